//! The invoice of recorded calls in words.

use super::language::Language;
use super::language::fill;
use super::language::tariff_words::TariffWords;
use crate::cost;
use crate::tariff::Direction;
use crate::tariff::Invoice;
use crate::tariff::Item;
use crate::tariff::Line;
use crate::tariff::Plan;

/// The lines of `plan`'s invoice and their sum, or why there is none.
#[must_use]
pub fn text(plan: &Plan, invoice: Option<&Invoice>, language: Language) -> String {
    let words = TariffWords::of(language);
    let Some(invoice) = invoice else {
        return format!("{}: {}\n\n", plan.title(), words.invoice_too_large);
    };
    let mut text = format!("{}\n", plan.title());
    let mut say = |sentence: &str| text.extend(["  ", sentence, "\n"]);
    for line in &invoice.lines {
        say(&written(line, language));
    }
    let (total, vat) =
        (number(cost::money(invoice.total), language), number(cost::money(invoice.vat), language));
    let currency = plan.currency.as_deref().unwrap_or("");
    say(&fill(words.invoice_total, &[("total", &total), ("currency", currency), ("vat", &vat)]));
    for (direction, left) in Direction::ALL.into_iter().zip(invoice.left_over) {
        if !left.is_zero() {
            let minutes = number(left.normalize().to_string(), language);
            let parts = [("minutes", &*minutes), ("direction", way(direction, words))];
            say(&fill(words.invoice_left_over, &parts));
        }
    }
    if !invoice.unpriced_excess.is_zero() {
        let minutes = number(invoice.unpriced_excess.normalize().to_string(), language);
        say(&fill(words.invoice_unpriced, &[("minutes", &minutes)]));
    }
    text + "\n"
}

fn written(line: &Line, language: Language) -> String {
    let words = TariffWords::of(language);
    let (days, month) = line.days;
    let part = [("days", &*days.to_string()), ("month", &*month.to_string())];
    let part = if days == month { String::new() } else { fill(words.invoice_days, &part) };
    let item = item(line.item, words);
    let amount = number(cost::money(line.amount), language);
    let quantity = number(line.quantity.normalize().to_string(), language);
    let price = number(line.price.to_string(), language);
    format!("{item:<36} {quantity} × {price}{part} = {amount}")
}

fn item(item: Item, words: &TariffWords) -> String {
    let of_direction = |word: &str, direction| fill(word, &[("direction", way(direction, words))]);
    match item {
        Item::SetUp => words.invoice_set_up.to_owned(),
        Item::Plan => words.invoice_plan.to_owned(),
        Item::Users => words.invoice_users.to_owned(),
        Item::Channels => words.invoice_channels.to_owned(),
        Item::Dids => words.invoice_numbers.to_owned(),
        Item::Feature(feature) => fill(words.invoice_feature, &[("name", feature.name())]),
        Item::CallsPerSecond => words.invoice_rate.to_owned(),
        Item::Minutes(direction) => of_direction(words.invoice_minutes, direction),
        Item::Calls(direction) => of_direction(words.invoice_calls, direction),
        Item::FairUse(direction) => of_direction(words.invoice_fair_use, direction),
        Item::Burst => words.invoice_burst.to_owned(),
        Item::Vat => words.invoice_vat.to_owned(),
    }
}

const fn way(direction: Direction, words: &TariffWords) -> &'static str {
    match direction {
        Direction::Inbound => words.inbound,
        Direction::Outbound => words.outbound,
        Direction::TollFree => words.toll_free,
    }
}

/// English amounts stay as a spreadsheet reads them.
fn number(text: String, language: Language) -> String {
    match language {
        Language::English => text,
        Language::Russian => language.digits(&text),
    }
}

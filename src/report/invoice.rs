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
use crate::tariff::Pools;
use crate::tariff::Usage;
use rust_decimal::Decimal;

/// The lines of `plan`'s invoice and their sum, or why there is none.
#[must_use]
pub fn text(plan: &Plan, invoice: Option<&Invoice>, usage: &Usage, language: Language) -> String {
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
    for sentence in held(usage, language) {
        say(&sentence);
    }
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

/// What the calls held, and what is taken for granted of it.
fn held(usage: &Usage, language: Language) -> Vec<String> {
    let words = TariffWords::of(language);
    let count = |n: u32| language.count(n.into());
    let at_once = if usage.channels.is_some() { words.invoice_at_once } else { words.invoice_at_once_alone };
    let (peak, channels) = (count(usage.peak), usage.channels.map_or_else(String::new, count));
    let mut told = vec![fill(at_once, &[("peak", &peak), ("channels", &channels)])];
    let pools = match usage.pools {
        Pools::One => None,
        Pools::ByNumber(_) => Some(words.invoice_pools_by_number),
        Pools::InTurn(_) => Some(words.invoice_pools_in_turn),
    };
    told.extend(pools.map(|sentence| fill(sentence, &[("pools", &count(usage.pools.count()))])));
    told.extend(usage.is_short.then(|| words.invoice_short.to_owned()));
    if let Some((calls, minutes)) = usage.over.filter(|(calls, _)| *calls > 0) {
        let minutes = number(minutes.normalize().to_string(), language);
        told.push(fill(words.invoice_over, &[("calls", &language.count(calls)), ("minutes", &minutes)]));
    }
    let kind = |name: &str| match name {
        "forwarded" => words.invoice_forwarded,
        "consulted" => words.invoice_consulted,
        _ => words.invoice_called_back,
    };
    for (name, share) in &usage.out {
        let share = language.round_percent(*share);
        told.push(fill(words.invoice_out, &[("kind", kind(name)), ("share", &share)]));
    }
    for (name, share, legs) in &usage.legs {
        let (share, legs) = (language.round_percent(*share), count(*legs));
        told.push(fill(words.invoice_legs, &[("kind", kind(name)), ("share", &share), ("legs", &legs)]));
    }
    if usage.lost > 0 {
        told.push(fill(words.invoice_lost, &[("calls", &language.count(usage.lost))]));
    }
    told
}

fn written(line: &Line, language: Language) -> String {
    let words = TariffWords::of(language);
    let (days, month) = line.days;
    let part = [("days", &*days.to_string()), ("month", &*month.to_string())];
    let part = if days == month { String::new() } else { fill(words.invoice_days, &part) };
    let item = item(line.item, words);
    let amount = number(cost::money(line.amount), language);
    let quantity = number(readable(line.quantity).normalize().to_string(), language);
    let price = number(readable(line.price).to_string(), language);
    format!("{item:<36} {quantity} × {price}{part} = {amount}")
}

/// As it is stated; what comes of a division, with four decimals. The amount is of the exact one.
fn readable(exact: Decimal) -> Decimal {
    if exact.scale() > 6 { exact.round_dp(4) } else { exact }
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

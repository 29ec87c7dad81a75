//! Service level and money against the number of agents, as a table.

use super::language::Language;
use super::language::staff_words::StaffWords;
use super::staffing::level_named;
use super::table::Table;
use crate::sizing::Targets;
use crate::sizing::curve::{Amount, StaffCurve};

/// One row for each number of agents, the needed one stressed; money per hour in `currency`, where there are prices.
#[must_use]
pub fn table(curve: &StaffCurve, targets: &Targets, currency: &str, language: Language) -> Table {
    let words = StaffWords::of(language);
    let tenths = |ratio: f64| language.decimal(100.0 * ratio, 1);
    let mut columns: Vec<String> = [
        words.axis_agents,
        &*level_named(targets, language),
        words.column_asa,
        words.column_abandoned,
        words.column_occupancy,
    ]
    .map(str::to_owned)
    .to_vec();
    let prices: [(&str, Amount); 3] = [
        (words.cost_agents, |point| point.agents_cost),
        (words.cost_lost, |point| point.lost_cost),
        (words.cost_total, |point| point.total_cost),
    ];
    let has_price = |of: Amount| curve.points.iter().any(|point| of(point).is_some());
    let prices: Vec<_> = prices.into_iter().filter(|(_, of)| has_price(*of)).collect();
    columns.extend(prices.iter().map(|(name, _)| format!("{name}, {currency}")));
    let mut table = Table::new(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    for point in &curve.points {
        let at = &point.point;
        let mut row = vec![
            language.count(u64::from(at.agents)),
            tenths(at.level(targets.definition)),
            at.asa_s.map_or_else(|| "–".to_owned(), |asa| language.decimal(asa, 1)),
            tenths(at.abandoned),
            tenths(at.occupancy),
        ];
        let money =
            |of: Amount| of(point).map_or_else(|| "–".to_owned(), |amount| language.decimal(amount, 0));
        row.extend(prices.iter().map(|(_, of)| money(*of)));
        table.push(row);
    }
    table.chosen = curve.points.iter().position(|point| point.point.agents == curve.needed);
    table
}

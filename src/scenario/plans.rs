//! Tariff plans from files, and those that come with the program.

use crate::scenario::Inputs;
use crate::scenario::decode::decode;
use crate::scenario::document::PlanDocument;
use crate::scenario::document::PlansDocument;
use crate::scenario::node::Node;
use crate::scenario::problem::Problem;
use crate::scenario::problem::Problems;
use crate::scenario::problem::nearest;
use crate::scenario::resolve::Resolver;
use crate::tariff::Plan;

/// Plans that come with the program: name and text.
pub const SHIPPED: [(&str, &str); 2] = [
    ("ladder", include_str!("../../tariffs/ladder.yaml")),
    ("published", include_str!("../../tariffs/published.yaml")),
];

/// Largest file of plans, in bytes.
const TEXT_MAX: usize = 1 << 20;

/// Why plans could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The file is not there, or there is no such name.
    File(String),
    /// What is wrong in it.
    Plans(Problems),
}

/// The plans of a shipped set or of a file.
///
/// # Errors
/// Why not: no such name or file, or every mistake in it.
pub fn read(name: &str, inputs: &Inputs<'_>) -> Result<Vec<Plan>, Unreadable> {
    documents(name, inputs).map(|(_, plans)| plans)
}

/// The same with the plans as written.
pub(crate) fn documents(
    name: &str,
    inputs: &Inputs<'_>,
) -> Result<(Vec<PlanDocument>, Vec<Plan>), Unreadable> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return parse(text, &format!("tariffs/{name}.yaml"), inputs).map_err(Unreadable::Plans);
    }
    let text = (inputs.read_file)(name).map_err(|error| {
        let names = SHIPPED.map(|(shipped, _)| shipped);
        let remedy = match nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write a file of plans, or one of {}", names.join(", ")),
        };
        Unreadable::File(format!("`{name}`: {error}; {remedy}"))
    })?;
    parse(&text, name, inputs).map_err(Unreadable::Plans)
}

fn parse(text: &str, file: &str, inputs: &Inputs<'_>) -> Result<(Vec<PlanDocument>, Vec<Plan>), Problems> {
    if text.len() > TEXT_MAX {
        let message = format!("more than {TEXT_MAX} bytes; split it into several files");
        return Err(Problems(vec![Problem { written_at: file.to_owned(), key: String::new(), message }]));
    }
    let mut tree = Node::read(text, file).map_err(|problem| Problems(vec![problem]))?;
    let (document, problems) = decode::<PlansDocument>(&mut tree, file);
    let Some(document) = document else { return Err(Problems(problems)) };
    let documents = document.plans.unwrap_or_default();
    let plans = Resolver::new(&tree, file, inputs, problems).plans(&documents).map_err(Problems)?;
    Ok((documents, plans))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Plan>, String> {
        let inputs = Inputs::with_seed(1);
        parse(text, "x.yaml", &inputs).map(|(_, plans)| plans).map_err(|problems| problems.to_string())
    }

    const SOUND: &str = "\
plans:
  - provider: P
    plan: A
    valid_from: 2026-01-01
    source: {name: a price list, read_on: 2026-04-01}
    capacity: {channels_included: 4, channels_max: 8}
    prices: {monthly: 100 RUB, per_user: 5 RUB}
    minutes:
      inbound: {included: 100, price: 1.5 RUB, first: 30s}
    over_cap: {burst: {per_minute: 2 RUB}}
";

    #[test]
    fn every_mistake_of_a_plan_is_named_with_its_line_key_and_remedy() {
        parsed(SOUND).unwrap();
        let cases = [
            ("monthly", "montly", 7, "plans[0].prices.montly", "did you mean `monthly`?"),
            ("per_user: 5 RUB", "per_user: 5 EUR", 7, "plans[0].prices.per_user", "one currency"),
            (
                "monthly: 100 RUB",
                "monthly: 100",
                7,
                "plans[0].prices.monthly",
                "write an amount with its currency",
            ),
            ("first: 30s", "first: 0s", 9, "plans[0].minutes.inbound", "write first: 1s"),
            ("first: 30s", "free_up_to: 3s, free_below: 3s", 9, "plans[0].minutes.inbound", "remove one"),
            ("2026-01-01", "1.1.2026", 4, "plans[0].valid_from", "write it as 2026-04-01"),
            ("channels_max: 8", "channels_max: 2", 6, "plans[0].capacity.channels_max", "exchange them"),
            ("channels_max: 8", "scope: city", 6, "plans[0].capacity.scope", "write account"),
            ("channels_max: 8", "codecs: [G728]", 6, "plans[0].capacity.codecs", "no codec `G728`"),
            (
                "burst: {per_minute: 2 RUB}",
                "refuse: {status: 200}",
                10,
                "plans[0].over_cap.refuse.status",
                "400 to 699",
            ),
            ("name: a price list, ", "", 5, "plans[0].source", "write source"),
            ("plan: A", "note: A", 2, "plans[0].plan", "`plan` is missing"),
        ];
        for (written, planted, line, key, remedy) in cases {
            assert!(SOUND.contains(written), "{written}");
            let told = parsed(&SOUND.replacen(written, planted, 1)).expect_err(planted);
            assert!(told.starts_with(&format!("x.yaml:{line}")), "`{planted}`, line {line}: {told}");
            assert!(told.contains(key) && told.contains(remedy), "`{planted}`: {told}");
        }
    }

    #[test]
    fn the_shipped_plans_are_sound_and_say_where_they_come_from() {
        let inputs = Inputs::with_seed(1);
        for (name, _) in SHIPPED {
            let plans = read(name, &inputs).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            for plan in plans {
                assert_eq!(plan.illustrative, name == "ladder", "{}", plan.title());
                assert!(!plan.source.name.is_empty(), "{}", plan.title());
                assert!(plan.illustrative || plan.source.read_on.is_some(), "{}", plan.title());
            }
        }
        let Err(Unreadable::File(told)) = read("lader", &inputs) else { panic!("there is no such file") };
        assert!(told.contains("did you mean `ladder`?"), "{told}");
    }

    #[test]
    fn the_ladder_has_its_six_names() {
        let plans = read("ladder", &Inputs::with_seed(1)).unwrap();
        let rungs: Vec<_> = plans
            .iter()
            .map(|plan| {
                let rate = plan.capacity.calls_per_second.expect("a rung has a cap").limit;
                (plan.name.as_str(), plan.capacity.channels_included.expect("a rung has channels"), rate)
            })
            .collect();
        let expected = [
            ("Тестовый", 2, 1.0),
            ("Эконом", 4, 1.0),
            ("Старт", 8, 2.0),
            ("Стандарт", 16, 3.0),
            ("Премиум", 30, 5.0),
            ("Макси", 60, 10.0),
        ];
        assert_eq!(rungs, expected);
    }
}

//! To whom agents send callers on.

use crate::pbx::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Table;
use crate::pbx::config::Transfer;
use crate::pbx::transfers::destinations;
use crate::pbx::transfers::is_nowhere;
use crate::random::Distribution;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::TransferDocument;
use crate::scenario::resolve::Resolver;
use crate::time::Duration;
use crate::units::Period;

/// Most ways of one queue's agents.
const WAYS_MAX: usize = 100;
/// Numbers that are worth reading in a message.
const NUMBERS_SHOWN: usize = 40;

impl Resolver<'_> {
    /// Adds to the queues to whom their agents send callers on. After everything that a number may lead to.
    pub(super) fn transfers(&mut self, document: &mut PbxDocument, pbx: &mut Config) {
        for (index, (name, queue)) in document.queues.iter_mut().flatten().enumerate() {
            let Some(ways) = &mut queue.transfers else { continue };
            let path = format!("pbx.queues.{name}.transfers");
            if ways.is_empty() {
                self.wrong(&path, "the list is empty; write [{to: \"200\", share: 12%}]");
            }
            if ways.len() > WAYS_MAX {
                self.wrong(&path, &format!("{} ways are too many; write {WAYS_MAX} or fewer", ways.len()));
            }
            let places = ways.iter_mut().take(WAYS_MAX).enumerate();
            let transfers: Vec<Transfer> =
                places.map(|(place, way)| self.transfer(way, pbx, &format!("{path}[{place}]"))).collect();
            let sum: f64 = transfers.iter().map(|transfer| transfer.share).sum();
            if sum > 1.0 + 1e-9 {
                let message = format!(
                    "the shares sum to {:.2}%, and nobody is sent on twice at once; let them be 100% or less",
                    sum * 100.0
                );
                self.wrong(&path, &message);
            }
            for (place, transfer) in transfers.iter().enumerate() {
                if transfers[..place].iter().any(|other| other.to == transfer.to) {
                    let message =
                        format!("`{}` stands here twice; add the shares up, and keep one", transfer.to);
                    self.wrong(&format!("{path}[{place}].to"), &message);
                }
            }
            if let Some(queue) = pbx.queues.get_mut(index) {
                queue.policy.transfers = transfers;
            }
        }
    }

    fn transfer(&mut self, way: &mut TransferDocument, pbx: &Config, path: &str) -> Transfer {
        let to = way.to.clone().unwrap_or_default();
        if self.required(way.to.as_ref(), &format!("{path}.to"), "\"200\"").is_some() {
            self.number_leads_somewhere(&to, pbx, &format!("{path}.to"));
        }
        let share = self.required(way.share, &format!("{path}.share"), "12%").map_or(0.0, |share| share.0);
        let after = self.law_or(&mut way.after, Period(Duration::ZERO), &format!("{path}.after"));
        let talk: Option<Distribution> =
            way.talk.as_ref().map(|talk| self.law(talk, &format!("{path}.talk")));
        Transfer { to: to.into(), share, after, talk }
    }

    fn number_leads_somewhere(&mut self, to: &str, pbx: &Config, path: &str) {
        let reached = destinations(pbx, to);
        if reached.iter().all(|destination| is_nowhere(pbx, destination)) {
            let mut numbers: Vec<&str> =
                pbx.queues.iter().flat_map(|queue| &queue.numbers).map(|number| &**number).collect();
            numbers.extend(pbx.menus.iter().flat_map(|menu| &menu.numbers).map(|number| &**number));
            numbers.extend(pbx.extensions.keys().map(|number| &**number));
            numbers.extend(pbx.table.iter().flat_map(Table::cells).map(|cell| &**cell.number));
            numbers.sort_unstable();
            numbers.dedup();
            numbers.retain(|number| *number != to);
            numbers.truncate(NUMBERS_SHOWN);
            return self.unknown_name(to, &numbers, "number", path);
        }
        let is_users = |destination: &Destination| match destination {
            Destination::Extension(number) => {
                matches!(pbx.extensions.get(number), Some(Extension::User(_)))
            }
            _ => false,
        };
        if reached.iter().any(is_users) {
            let message =
                format!("`{to}` is a user's; give the phone to an agent of a queue, and send callers there");
            self.wrong(path, &message);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pbx::transfers::circles;
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(transfers: &str, rest: &str) -> Result<Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{to: \"100\", talk: 3m}}]}}\npbx:\n  agents: {{count: \
             2}}\n  extensions: {{\"900\": {{answer: 5s}}, \"901\": unknown}}\n  queues:\n    sales: {{numbers: \
             [\"100\"], transfers: {transfers}}}\n    support: {{numbers: [\"200\"]}}\n{rest}"
        );
        parse(&text, "transfers.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    #[test]
    fn each_way_is_read_and_written_again_and_none_is_written_where_none_is() {
        let ways = "[{to: \"200\", share: 12%, after: {exponential: {mean: 60s}}, talk: 5m}, {to: \"900\", share: 3%}]";
        let scenario = read(ways, "").unwrap();
        let transfers = &scenario.pbx.queues[0].policy.transfers;
        assert_eq!(transfers.iter().map(|way| &*way.to).collect::<Vec<_>>(), ["200", "900"]);
        assert!((transfers[0].share - 0.12).abs() < 1e-12);
        let exponential = crate::random::Distribution::Exponential { mean: 60.0 };
        assert_eq!(transfers[0].after, exponential);
        assert_eq!(transfers[0].talk, Some(crate::random::Distribution::Constant { seconds: 300.0 }));
        assert_eq!(transfers[1].after, crate::random::Distribution::Constant { seconds: 0.0 });
        assert!(scenario.pbx.sends_on());
        let again = parse(&scenario.effective, "again.yaml", &Inputs::with_seed(1)).unwrap();
        assert_eq!(again.pbx, scenario.pbx);
        let none = read("[{to: \"200\", share: 0%}]", "").unwrap();
        assert_eq!(circles(&none.pbx), []);
    }

    #[test]
    fn what_cannot_be_is_said_with_line_key_and_remedy() {
        let users = "  users: [{name: \"101\", password: x}]\n";
        for (ways, rest, told) in [
            ("[{share: 12%}]", "", "write to: \"200\""),
            ("[{to: \"200\"}]", "", "write share: 12%"),
            ("[]", "", "write [{to: \"200\", share: 12%}]"),
            ("[{to: \"201\", share: 12%}]", "", "no number `201`"),
            ("[{to: \"901\", share: 12%}]", "", "no number `901`"),
            ("[{to: \"101\", share: 12%}]", users, "`101` is a user's"),
            ("[{to: \"200\", share: 70%}, {to: \"900\", share: 40%}]", "", "sum to 110.00%"),
            ("[{to: \"200\", share: 10%}, {to: \"200\", share: 40%}]", "", "stands here twice"),
            ("[{to: \"200\", share: 120%}]", "", "120"),
        ] {
            let problems = read(ways, rest).expect_err(ways);
            assert!(problems.contains(told), "{ways}: {problems}");
            assert!(problems.contains("transfers.yaml:"), "file and line: {problems}");
            assert!(problems.contains("pbx.queues.sales.transfers"), "key: {problems}");
        }
    }

    #[test]
    fn agents_who_send_callers_round_in_a_circle_are_found() {
        let round = |scenario: &Scenario| {
            circles(&scenario.pbx).iter().map(ToString::to_string).collect::<Vec<String>>()
        };
        let to_itself = read("[{to: \"100\", share: 12%}]", "").unwrap();
        assert_eq!(
            round(&to_itself),
            [
                "agents send callers round in a circle, sales → sales: after 10 transfers the agent who has the caller \
              talks on; lower a share, or lead one of them elsewhere"
            ]
        );
        assert_eq!(round(&read("[{to: \"200\", share: 12%}]", "").unwrap()), [""; 0]);
    }
}

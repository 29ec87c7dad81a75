//! Contacts other than calls.

use crate::pbx::Config;
use crate::pbx::config::ContactKind;
use crate::scenario::document::AllWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;

const WITHIN: Duration = Duration::from_secs(7_200);
/// Contacts a second that a simulation is made to bear.
const FASTEST: f64 = 100.0;
const FASTER: std::ops::RangeInclusive<f64> = 0.1..=100.0;

impl Resolver<'_> {
    /// The kinds of contacts, seen to by the firm's own agents.
    pub(super) fn contacts(&mut self, document: &mut PbxDocument, pbx: &mut Config) {
        let own = pbx.own_agents();
        for (name, written) in document.contacts.iter_mut().flatten() {
            let path = format!("pbx.contacts.{name}");
            let rate = self.required(written.rate, &format!("{path}.rate"), "20/h");
            let per_second = rate.map_or(1.0, |rate| rate.per_second);
            if per_second.is_nan() || per_second <= 0.0 {
                self.wrong(&format!("{path}.rate"), "none ever comes; write 20/h, or remove the kind");
            }
            if per_second > FASTEST {
                self.wrong(&format!("{path}.rate"), "more than 100/s; write fewer");
            }
            let Some(handle) = &written.handle else {
                self.wrong(
                    &format!("{path}.handle"),
                    "`handle` is missing; write handle: {exponential: {mean: 5m}}",
                );
                continue;
            };
            let handle = self.law(handle, &format!("{path}.handle"));
            let faster = *written.faster.get_or_insert(1.0);
            let faster = self.within(faster, FASTER, &format!("{path}.faster")).max(*FASTER.start());
            let mut agents = Vec::new();
            match written.agents.get_or_insert(Written::Text(AllWord::All)) {
                Written::Text(AllWord::All) => agents.extend(0..own),
                Written::Keys(never) => match *never {},
                Written::List(names) => {
                    let known: Vec<&str> = pbx.agents[..own].iter().map(|agent| &*agent.name).collect();
                    for wanted in names.iter() {
                        match known.iter().position(|known| known == wanted) {
                            Some(place) => agents.push(place),
                            None => self.unknown_name(wanted, &known, "agent", &format!("{path}.agents")),
                        }
                    }
                }
            }
            if agents.is_empty() {
                self.wrong(&path, "nobody sees to them; write pbx.agents: {count: 10}");
            }
            let answer_within = or_default(&mut written.answer_within, WITHIN);
            let name = name.as_str().into();
            let per_second = per_second.clamp(f64::MIN_POSITIVE, FASTEST);
            pbx.contacts.push(ContactKind { name, per_second, handle, faster, agents, answer_within });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(contacts: &str) -> Result<Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{talk: 3m}}]}}\npbx:\n  \
             agents: [{{name: anna}}, {{name: boris}}]\n  queues: {{sales: {{}}}}\n  contacts: {contacts}\n"
        );
        parse(&text, "contacts.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    #[test]
    fn contacts_are_read_and_written_again_and_what_cannot_be_is_said() {
        let mail = "{mail: {rate: 20/h, handle: 6m, faster: 3, answer_within: 2h, agents: [boris]}, \
                    chat: {rate: 1/h, handle: {exponential: {mean: 4m}}, answer_within: 3m}}";
        let scenario = read(mail).unwrap();
        assert_eq!(scenario.pbx.contacts.len(), 2);
        assert_eq!(
            (&scenario.pbx.contacts[1].agents[..], &*scenario.pbx.contacts[1].name),
            (&[1][..], "mail")
        );
        assert_eq!(parse(&scenario.effective, "x.yaml", &Inputs::with_seed(1)).unwrap().pbx, scenario.pbx);
        for (contacts, told) in [
            ("{mail: {handle: 6m}}", "write rate: 20/h"),
            ("{mail: {rate: 0/h, handle: 6m}}", "none ever comes"),
            ("{mail: {rate: 20/h}}", "`handle` is missing"),
            ("{mail: {rate: 101/s, handle: 6m}}", "more than 100/s"),
            ("{mail: {rate: 20/h, handle: 6m, faster: 0}}", "outside 0.1 to 100"),
            ("{mail: {rate: 20/h, handle: 6m, agents: [ana]}}", "did you mean `anna`?"),
        ] {
            let problems = read(contacts).expect_err(contacts);
            assert!(problems.contains(told), "{contacts}: {problems}");
        }
    }
}

//! Contacts other than calls.

use crate::pbx::Config;
use crate::pbx::config::ContactKind;
use crate::pbx::config::ContactOrder;
use crate::random::Seed;
use crate::scenario::document::AllWord;
use crate::scenario::document::ContactDocument;
use crate::scenario::document::ContactOrderWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::scenario::resolve::profile::Span;
use crate::time::Duration;
use crate::traffic::profile::Intensity;
use crate::traffic::profile::Profile;
use crate::units::Ratio;

const WITHIN: Duration = Duration::from_secs(7_200);
/// Contacts a second that a simulation is made to bear.
const FASTEST: f64 = 100.0;
const FASTER: std::ops::RangeInclusive<f64> = 0.1..=100.0;
/// Contacts in one agent's hand.
const AT_ONCE: std::ops::RangeInclusive<f64> = 1.0..=50.0;

impl Resolver<'_> {
    /// The kinds of contacts, seen to by the firm's own agents.
    pub(super) fn contacts(
        &mut self,
        document: &mut PbxDocument,
        pbx: &mut Config,
        start: &jiff::Zoned,
        span: Span,
    ) {
        for (name, written) in document.contacts.iter_mut().flatten() {
            let path = format!("pbx.contacts.{name}");
            let profile = self.coming(written, &path, start, span);
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
            let concurrent = *written.concurrent.get_or_insert(1);
            let at_once = self.within(f64::from(concurrent), AT_ONCE, &format!("{path}.concurrent"));
            let slower = written.slower.get_or_insert(Ratio(0.0)).0;
            if slower > 0.0 && at_once <= 1.0 {
                let remedy = "with one in hand there is nothing to slow it; write concurrent: 3 beside it";
                self.wrong(&format!("{path}.slower"), remedy);
            }
            let agents = self.who_sees_to_them(written, &path, pbx);
            pbx.contacts.push(ContactKind {
                name: name.as_str().into(),
                profile,
                handle,
                faster,
                agents,
                answer_within: or_default(&mut written.answer_within, WITHIN),
                concurrent: concurrent.max(1),
                slower,
                order: match written.order.get_or_insert(ContactOrderWord::CallsFirst) {
                    ContactOrderWord::CallsFirst => ContactOrder::CallsFirst,
                    ContactOrderWord::ContactsFirst => ContactOrder::ContactsFirst,
                    ContactOrderWord::ByAge => ContactOrder::ByAge,
                },
            });
        }
    }

    /// How many come, and when.
    fn coming(
        &mut self,
        written: &mut ContactDocument,
        path: &str,
        start: &jiff::Zoned,
        span: Span,
    ) -> Profile {
        let before = self.problems.len();
        let (key, profile) = match (written.rate, written.profile.as_mut()) {
            (rate, None) => {
                let rate = self.required(rate, &format!("{path}.rate"), "20/h");
                ("rate", Profile::Flat { per_second: rate.map_or(1.0, |rate| rate.per_second) })
            }
            (rate, Some(profile)) => {
                let key = format!("{path}.profile");
                if rate.is_some() {
                    self.wrong(&key, "`rate` says the same once for all time; remove one of them");
                }
                ("profile", self.profile(profile, &key, start, span))
            }
        };
        if self.problems.len() > before {
            // Nothing can be reckoned from a profile that is refused.
            return profile;
        }
        let most = Intensity::new(&profile, Seed(0)).max_rate(0.0, f64::MAX);
        if most.is_nan() || most <= 0.0 {
            self.wrong(&format!("{path}.{key}"), "none ever comes; write 20/h, or remove the kind");
        }
        if most > FASTEST {
            self.wrong(&format!("{path}.{key}"), "more than 100/s; write fewer");
        }
        profile
    }

    fn who_sees_to_them(&mut self, written: &mut ContactDocument, path: &str, pbx: &Config) -> Vec<usize> {
        let own = pbx.own_agents();
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
            self.wrong(path, "nobody sees to them; write pbx.agents: {count: 10}");
        }
        agents
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
                    chat: {profile: {curve: [{at: 0s, rate: 1/h}, {at: 1h, rate: 60/h}]}, handle: {exponential: {mean: 4m}}, \
                    answer_within: 3m, concurrent: 3, slower: 20%, order: by_age}}";
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
            ("{mail: {rate: 20/h, profile: 20/h, handle: 6m}}", "remove one of them"),
            (
                "{mail: {profile: {curve: [{at: 0s, rate: 0/h}, {at: 1h, rate: 0/h}]}, handle: 6m}}",
                "none ever comes",
            ),
            ("{mail: {profile: {busyness_cv: 0, profile: 20/h}, handle: 6m}}", "outside 0.001 to 10"),
            ("{mail: {profile: {busyness_cv: 1e300, profile: 20/h}, handle: 6m}}", "outside 0.001 to 10"),
            ("{chat: {rate: 20/h, handle: 6m, concurrent: 0}}", "outside 1 to 50"),
            ("{chat: {rate: 20/h, handle: 6m, slower: 10%}}", "write concurrent: 3"),
            ("{chat: {rate: 20/h, handle: 6m, order: oldest}}", "by_age"),
        ] {
            let problems = read(contacts).expect_err(contacts);
            assert!(problems.contains(told), "{contacts}: {problems}");
        }
    }
}

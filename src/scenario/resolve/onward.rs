//! Where callers go whom a queue does not keep.

use crate::pbx::Config;
use crate::pbx::Refusal;
use crate::pbx::config::Destination;
use crate::pbx::config::Onward;
use crate::pbx::onward::takes_callers;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::QueueDocument;
use crate::scenario::document::RouteDocument;
use crate::scenario::document::RouteValue;
use crate::scenario::document::RouteWord;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;

impl Resolver<'_> {
    /// A queue that promises calls says how they are made.
    pub(super) fn promises_calls(queue: &mut QueueDocument) {
        let ways = [&queue.on_full, &queue.on_timeout, &queue.on_empty];
        if ways.into_iter().flatten().any(|way| *way == Written::Text(RouteWord::Callback)) {
            queue.callback.get_or_insert_default();
        }
    }

    /// Adds to the queues where callers go whom they do not keep. After everything that they may lead to.
    pub(super) fn ways_on(&mut self, document: &mut PbxDocument, pbx: &mut Config) {
        for (index, (name, queue)) in document.queues.iter_mut().flatten().enumerate() {
            let path = format!("pbx.queues.{name}");
            let missing = [
                (
                    "on_full",
                    queue.on_full.is_some() && queue.max_length.is_none(),
                    "is never full; write max_length: 10",
                ),
                (
                    "on_timeout",
                    queue.on_timeout.is_some() && queue.max_wait.is_none(),
                    "keeps callers for ever; write max_wait: 3m",
                ),
                (
                    "on_empty",
                    queue.on_empty.is_some() && queue.join_empty.is_none() && queue.leave_empty.is_none(),
                    "keeps callers when nobody is there; write join_empty: [unavailable] or leave_empty: [unavailable]",
                ),
            ];
            for (key, _, remedy) in missing.into_iter().filter(|(_, missing, _)| *missing) {
                self.wrong(&format!("{path}.{key}"), &format!("this queue {remedy}"));
            }
            let defaults = [&pbx.refusal.queue_full, &pbx.refusal.queue_timeout, &pbx.refusal.queue_empty]
                .map(Clone::clone);
            let [full, timeout, empty] = defaults;
            let onward = Onward {
                full: self.way_on(queue.on_full.as_mut(), &full, pbx, &format!("{path}.on_full")),
                timeout: self.way_on(queue.on_timeout.as_mut(), &timeout, pbx, &format!("{path}.on_timeout")),
                empty: self.way_on(queue.on_empty.as_mut(), &empty, pbx, &format!("{path}.on_empty")),
            };
            if let Some(queue) = pbx.queues.get_mut(index) {
                queue.policy.onward = onward;
            }
        }
    }

    fn way_on(
        &mut self,
        value: Option<&mut RouteValue>,
        default: &Refusal,
        pbx: &Config,
        path: &str,
    ) -> Option<Destination> {
        let to = match value? {
            Written::Text(RouteWord::Callback) => return Some(Destination::Callback),
            Written::Text(RouteWord::Answer | RouteWord::Unknown | RouteWord::Ask) => {
                let remedy = "a queue leads to voicemail, callback, {queue: NAME}, {menu: NAME}, {extension: NUMBER} \
                              or {refuse: {status: 486}}; write one of them";
                self.wrong(path, remedy);
                return None;
            }
            Written::Keys(RouteDocument {
                refuse: Some(refusal),
                queue: None,
                menu: None,
                extension: None,
            }) => {
                return Some(Destination::Refuse(self.refusal_at(
                    refusal,
                    default,
                    &format!("{path}.refuse"),
                )));
            }
            value => self.destination(value, pbx, path),
        };
        if let Destination::Extension(number) = &to
            && !takes_callers(pbx, number)
        {
            let message =
                format!("`{number}` is a user's; give the phone to an agent of a queue, and lead there");
            self.wrong(&format!("{path}.extension"), &message);
        }
        Some(to)
    }
}

#[cfg(test)]
mod tests {
    use crate::pbx::Refusal;
    use crate::pbx::config::Destination;
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(queue: &str, rest: &str) -> Result<Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{talk: 3m}}]}}\npbx:\n  agents: {{count: 2}}\n  \
             extensions: {{\"900\": {{answer: 5s}}}}\n  queues:\n    sales: {{{queue}}}\n    support: {{numbers: \
             [\"200\"]}}\n{rest}"
        );
        parse(&text, "onward.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    #[test]
    fn each_way_on_is_read_and_written_again_and_none_is_written_where_none_is() {
        let queue = "max_length: 4, max_wait: 2m, leave_empty: [paused], on_full: {queue: support}, on_timeout: \
                     callback, on_empty: voicemail";
        let scenario = read(queue, "  voicemail: {}\n").unwrap();
        let onward = &scenario.pbx.queues[0].policy.onward;
        assert_eq!(onward.full, Some(Destination::Queue(1)));
        assert_eq!(onward.timeout, Some(Destination::Callback));
        assert_eq!(onward.empty, Some(Destination::Voicemail));
        assert!(scenario.pbx.queues[0].callback.is_some(), "promises are made as by default");
        let again = parse(&scenario.effective, "again.yaml", &Inputs::with_seed(1)).unwrap();
        assert_eq!(again.pbx, scenario.pbx);
        let refusal = read("max_length: 4, on_full: {refuse: {status: 503, reason: 34}}", "").unwrap();
        let to = &refusal.pbx.queues[0].policy.onward.full;
        assert_eq!(*to, Some(Destination::Refuse(Refusal::status(503, Some(34)))));
        assert!(!refusal.pbx.queues[0].policy.onward.leads_elsewhere());
        assert!(!read("max_length: 4", "").unwrap().effective.contains("on_full"));
        let outside = read("max_length: 4, on_full: {extension: \"900\"}", "").unwrap();
        assert_eq!(outside.pbx.queues[0].policy.onward.full, Some(Destination::Extension("900".into())));
    }

    #[test]
    fn what_leads_nowhere_is_said_with_a_remedy() {
        let table = "  routing: {rules: [{numbers: [\"100\"], to: callback}]}\n";
        let users = "  users: [{name: \"101\", password: x}]\n";
        for (queue, rest, told) in [
            ("on_full: voicemail", "  voicemail: {}\n", "is never full; write max_length: 10"),
            ("on_timeout: callback", "", "write max_wait: 3m"),
            ("on_empty: callback", "", "write join_empty: [unavailable]"),
            ("max_length: 1, on_full: voicemail", "", "write pbx.voicemail: {}"),
            ("max_length: 1, on_full: answer", "", "write one of them"),
            ("max_length: 1, on_full: {queue: suport}", "", "did you mean `support`?"),
            ("max_length: 1, on_full: {menu: main}", "", "no menu `main`"),
            ("max_length: 1, on_full: {extension: \"901\"}", "", "no extension `901`"),
            ("max_length: 1, on_full: {extension: \"101\"}", users, "give the phone to an agent"),
            ("max_length: 1, on_full: {refuse: {status: 200}}", "", "write 400 to 699"),
            ("max_length: 1, on_full: {queue: support, menu: main}", "", "exactly one key belongs here"),
            ("max_length: 1", table, "only a queue promises calls"),
        ] {
            let problems = read(queue, rest).expect_err(told);
            assert!(problems.contains(told), "{told}: {problems}");
        }
    }
}

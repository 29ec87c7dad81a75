//! What lies beside the PBX: the outside system that decides routes, what calls set off, changes during the run.

use std::sync::Arc;

use crate::pbx::Config;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::Destination;
use crate::pbx::config::Duty;
use crate::pbx::config::Hook;
use crate::pbx::config::HookModel;
use crate::pbx::config::NumberSet;
use crate::pbx::config::Trigger;
use crate::pbx::routing::HttpUrl;
use crate::scenario::document::AllWord;
use crate::scenario::document::ChangeDocument;
use crate::scenario::document::FailureWord;
use crate::scenario::document::HookDocument;
use crate::scenario::document::HookModelDocument;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::RouteValue;
use crate::scenario::document::RouteWord;
use crate::scenario::document::SiblingDocument;
use crate::scenario::document::TriggerDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::duty;
use crate::scenario::resolve::hours::Calendar;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::callers::Sibling;
use crate::units::Period;
use crate::units::Ratio;

const TIMEOUT: Duration = Duration::from_millis(500);
const SIBLING_DELAY: Period = Period(Duration::from_secs(5));
/// Longer than any run: hours of duty that a change brings do not repeat.
const EVER: Duration = Duration::from_secs(100 * 366 * 86_400);
/// More of one kind in one scenario are a mistake.
const ENTRIES_MAX: usize = 1_000;

impl Resolver<'_> {
    pub(super) fn hook(&mut self, document: &mut HookDocument, pbx: &Config) -> Hook {
        let path = "pbx.hook";
        let url = document.url.as_deref().and_then(|url| self.url(url, "pbx.hook.url"));
        let timeout = or_default(&mut document.timeout, TIMEOUT);
        if timeout.is_zero() {
            self.wrong("pbx.hook.timeout", "nothing answers within 0s; write for example 500ms");
        }
        let on_failure = document.on_failure.get_or_insert(Written::Text(FailureWord::Closed));
        let mut open: Option<RouteValue> = match on_failure {
            Written::Text(FailureWord::Closed) => None,
            Written::Text(FailureWord::Answer) => Some(Written::Text(RouteWord::Answer)),
            Written::List(never) => match *never {},
            Written::Keys(keys) => Some(Written::Keys(keys.clone())),
        };
        let open = open.as_mut().map(|open| self.destination(open, pbx, &format!("{path}.on_failure")));
        let model = self.hook_model(document.model.get_or_insert_default(), pbx, open.as_ref());
        Hook { url, timeout, open, model }
    }

    fn hook_model(
        &mut self,
        document: &mut HookModelDocument,
        pbx: &Config,
        open: Option<&Destination>,
    ) -> HookModel {
        let path = "pbx.hook.model";
        let delay = self.law_or(&mut document.delay, Period(Duration::ZERO), &format!("{path}.delay"));
        let failure = document.failure.get_or_insert(Ratio(0.0)).0;
        let written = document.answers.get_or_insert_default();
        if written.len() > ENTRIES_MAX {
            self.wrong(&format!("{path}.answers"), &format!("more than {ENTRIES_MAX} answers; write fewer"));
            written.truncate(ENTRIES_MAX);
        }
        if let [only] = written.as_mut_slice() {
            only.share.get_or_insert(Ratio(1.0));
        }
        let mut answers = Vec::with_capacity(written.len());
        for (place, answer) in written.iter_mut().enumerate() {
            let path = format!("{path}.answers[{place}]");
            let share =
                self.required(answer.share, &format!("{path}.share"), "50%").map_or(0.0, |share| share.0);
            let Some(to) = &mut answer.to else {
                self.wrong(&format!("{path}.to"), "`to` is missing; write to: {queue: NAME}");
                continue;
            };
            let to = self.destination(to, pbx, &format!("{path}.to"));
            if to == Destination::Ask {
                self.wrong(
                    &format!("{path}.to"),
                    "the outside system would be asked for ever; name a target",
                );
            }
            answers.push((share, to));
        }
        let total: f64 = answers.iter().map(|(share, _)| share).sum();
        if !answers.is_empty() && (total - 1.0).abs() > 1e-9 {
            let message = format!("the shares sum to {}, not 100%; correct one of them", Ratio(total));
            self.wrong(&format!("{path}.answers"), &message);
        }
        if answers.is_empty() {
            answers.extend(open.map(|open| (1.0, open.clone())));
        }
        HookModel { delay, failure, answers }
    }

    fn url(&mut self, text: &str, path: &str) -> Option<HttpUrl> {
        text.parse().map_err(|error: crate::pbx::routing::BadUrl| self.wrong(path, &error.to_string())).ok()
    }

    pub(super) fn triggers(&mut self, triggers: &mut [TriggerDocument]) -> Vec<Trigger> {
        if triggers.len() > ENTRIES_MAX {
            self.wrong("pbx.triggers", &format!("more than {ENTRIES_MAX} triggers; write fewer"));
            return Vec::new();
        }
        let mut resolved = Vec::with_capacity(triggers.len());
        for (place, trigger) in triggers.iter_mut().enumerate() {
            let path = format!("pbx.triggers[{place}]");
            let name = trigger.name.get_or_insert_with(|| format!("trigger-{}", place + 1)).as_str().into();
            let from = trigger.from.as_deref().unwrap_or_default();
            if from.is_empty() {
                self.wrong(&format!("{path}.from"), "whose calls? write from: [\"79001234567\", \"7495*\"]");
            }
            for number in from.iter().chain(trigger.to.iter().flatten()) {
                self.check_number(number, &path);
            }
            let set = |numbers: &Vec<String>| NumberSet::new(numbers.iter().map(String::as_str));
            resolved.push(Trigger {
                name,
                from: NumberSet::new(from.iter().map(String::as_str)),
                to: trigger.to.as_ref().map(set),
                even_if_refused: *trigger.even_if_refused.get_or_insert(false),
                webhook: trigger.webhook.as_deref().and_then(|url| self.url(url, &format!("{path}.webhook"))),
            });
        }
        resolved
    }

    pub(super) fn sibling(&mut self, document: &mut SiblingDocument, path: &str) -> Sibling {
        let path = format!("{path}.redial.sibling");
        let probability = self
            .required(document.probability, &format!("{path}.probability"), "30%")
            .map_or(0.0, |probability| probability.0);
        let numbers = document.numbers.as_deref().unwrap_or_default();
        if numbers.is_empty() {
            self.wrong(&format!("{path}.numbers"), "which other number? write numbers: [\"200\"]");
        }
        for number in numbers {
            self.check_number(number, &format!("{path}.numbers"));
        }
        let numbers: Vec<Arc<str>> = numbers.iter().map(|number| number.as_str().into()).collect();
        let delay = self.law_or(&mut document.delay, SIBLING_DELAY, &format!("{path}.delay"));
        Sibling { probability, numbers, delay }
    }

    /// Changes during the run: of the limit on channels, and of the agents' number.
    pub(super) fn changes(&mut self, document: &mut PbxDocument, pbx: &mut Config, calendar: &Calendar) {
        let Some(changes) = document.changes.clone() else { return };
        if changes.len() > ENTRIES_MAX {
            return self.wrong("pbx.changes", &format!("more than {ENTRIES_MAX} changes; write fewer"));
        }
        let (mut channels, mut agents) = (Vec::new(), Vec::new());
        for (place, change) in changes.iter().enumerate() {
            let path = format!("pbx.changes[{place}]");
            let Some(at) = self.instant_of(change, calendar, &path) else { continue };
            let set = change.set.clone().unwrap_or_default();
            if set.channels.is_none() && set.agents.is_none() {
                self.wrong(&format!("{path}.set"), "nothing changes; write set: {channels: 20}");
            }
            if set.channels.is_some() && pbx.channels.is_none() {
                self.wrong(&format!("{path}.set"), "there is no limit to change; write pbx.channels: 10");
            }
            channels.extend(set.channels.map(|channels| (at, channels)));
            agents.extend(set.agents.map(|agents| (at, agents)));
        }
        channels.sort_by_key(|(at, _)| *at);
        agents.sort_by_key(|(at, _)| *at);
        pbx.channel_changes = channels;
        if !agents.is_empty() {
            self.change_agents(document, pbx, &agents);
        }
    }

    fn instant_of(&mut self, change: &ChangeDocument, calendar: &Calendar, path: &str) -> Option<Instant> {
        match (change.at, change.after) {
            (Some(time), None) => calendar.next(time.0),
            (None, Some(after)) => Some(Instant::ZERO + after.0),
            _ => {
                self.wrong(path, "when? write at: \"10:00\", or after: 2h");
                None
            }
        }
    }

    /// Agent number k is there whenever more than k are wanted.
    fn change_agents(&mut self, document: &PbxDocument, pbx: &mut Config, changes: &[(Instant, u32)]) {
        let Some(Written::Keys(kind)) = &document.agents else {
            return self
                .wrong("pbx.changes", "only agents of a kind can change; write pbx.agents: {count: 10}");
        };
        let count = match &kind.count {
            Some(Written::Text(count)) if !pbx.agents.is_empty() => count.0,
            _ => {
                let message = "only a number of agents can change; write pbx.agents: {count: 10}";
                return self.wrong("pbx.changes", message);
            }
        };
        let present = 1.0 - kind.shrinkage.map_or(0.0, |shrinkage| shrinkage.0);
        let mut counts = vec![(Instant::ZERO, count)];
        counts.extend_from_slice(changes);
        if counts.iter().any(|(_, count)| *count > duty::AGENTS_MAX) {
            let message = format!("more than {} agents; write fewer", duty::AGENTS_MAX);
            return self.wrong("pbx.changes", &message);
        }
        let counts: Vec<(Instant, u32)> =
            counts.into_iter().map(|(at, count)| (at, duty::share(count, present))).collect();
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let template = pbx.agents[0].clone();
        let hired = pbx.agents.len()..most as usize;
        for queue in &mut pbx.queues {
            let written = document.queues.as_ref().and_then(|queues| queues.get(&*queue.name));
            let takes_all =
                written.is_some_and(|queue| matches!(queue.agents, None | Some(Written::Text(AllWord::All))));
            if takes_all {
                queue.agents.extend(hired.clone());
            }
        }
        for place in hired {
            let name = format!("agent-{}", place + 1).into();
            pbx.agents.push(AgentConfig { name, ..template.clone() });
        }
        for (place, agent) in (0..).zip(&mut pbx.agents) {
            agent.presence.duty = duty_of(place, &counts);
        }
    }
}

/// When agent `place` is there; absent means always.
fn duty_of(place: u32, counts: &[(Instant, u32)]) -> Option<Duty> {
    if counts.iter().all(|(_, count)| *count > place) {
        return None;
    }
    let ends = counts.iter().skip(1).map(|(at, _)| *at).chain([Instant::ZERO + EVER]);
    let stretches = counts.iter().zip(ends).filter(|((_, count), _)| *count > place);
    let stretches = stretches.map(|((from, _), to)| (from.since(Instant::ZERO), to.since(*from)));
    Some(Duty::new(EVER, &stretches.collect::<Vec<_>>()))
}

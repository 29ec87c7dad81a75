//! How a queue offers its calls, and what its agents bring.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::config::Absent;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::Announce;
use crate::pbx::config::AutoPause;
use crate::pbx::config::Change;
use crate::pbx::config::Config;
use crate::pbx::config::Needs;
use crate::pbx::config::Onward;
use crate::pbx::config::Policy;
use crate::pbx::config::Qualification;
use crate::pbx::config::RetryOf;
use crate::pbx::config::Step;
use crate::pbx::config::Steps;
use crate::pbx::config::StrategyKind;
use crate::pbx::config::Window;
use crate::scenario::document::AbsentWord;
use crate::scenario::document::AnnounceDocument;
use crate::scenario::document::AutoPauseDocument;
use crate::scenario::document::AutoPauseValue;
use crate::scenario::document::PauseWord;
use crate::scenario::document::PenaltyChange;
use crate::scenario::document::PercentWord;
use crate::scenario::document::QueueDocument;
use crate::scenario::document::RetryWord;
use crate::scenario::document::StepDocument;
use crate::scenario::document::StepsDocument;
use crate::scenario::document::StepsValue;
use crate::scenario::document::StrategyValue;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::units::Period;
use crate::units::Ratio;

const ANNOUNCE_EVERY: Duration = Duration::from_secs(60);
const ANNOUNCE_LASTS: Duration = Duration::from_secs(5);
const ANNOUNCE_LEAST: Duration = Duration::from_secs(15);
/// Shortest time between two things that come again and again.
const SHORTEST: Duration = Duration::from_secs(1);

impl Resolver<'_> {
    /// The policy of the queue at `path`, served by `members` of `agents`.
    pub(super) fn policy(
        &mut self,
        queue: &mut QueueDocument,
        agents: &[AgentConfig],
        members: &[usize],
        path: &str,
    ) -> Policy {
        let strategy = self.strategy(queue.strategy.as_ref(), path);
        if strategy == StrategyKind::Widening && queue.steps.is_none() {
            queue.steps = Some(Written::Keys(StepsDocument { every: Some(Period(StrategyKind::DELAY)) }));
        }
        let window = self.window(queue, path);
        let policy = Policy {
            recheck: None,
            strategy,
            weight: queue.weight.unwrap_or(0),
            first_only: queue.autofill == Some(false),
            retry: match queue.retry_of {
                Some(RetryWord::Caller) => RetryOf::Caller,
                Some(RetryWord::Agent) | None => RetryOf::Agent,
            },
            penalties: self.penalties(queue.penalties.as_ref(), agents, members, path),
            penalty_members_limit: queue.penalty_members_limit.unwrap_or(0),
            window,
            steps: self.widening(queue.steps.as_ref(), window, path),
            needs: needs(queue),
            auto_pause: queue.auto_pause.as_mut().map(|value| self.auto_pause(value, path)),
            join_empty: queue.join_empty.as_deref().map(absent),
            leave_empty: queue.leave_empty.as_deref().map(absent),
            announce: queue.announce.as_mut().map(|document| self.announce(document, path)),
            resume_within: queue.resume_within.map(|within| within.0),
            // The queues are not all known yet: see `contractors`, `ways_on` and `transfers`.
            overflow: None,
            outsourced: None,
            onward: Onward::default(),
            transfers: Vec::new(),
            owner: queue.owner.as_mut().map(|document| self.owner(document, agents, members, path)),
        };
        self.somebody_will_do(&policy, agents, members, path);
        self.percentages(&policy, agents, members, path);
        policy
    }

    fn strategy(&mut self, value: Option<&StrategyValue>, path: &str) -> StrategyKind {
        let path = format!("{path}.strategy");
        match value {
            None => StrategyKind::LongestIdle,
            Some(Written::Text(word)) => word.kind(),
            Some(Written::List(never)) => match *never {},
            Some(Written::Keys(keys)) => {
                self.exactly_one_key(&path, "percent, ring_progressively");
                if let Some(delay) = keys.ring_progressively {
                    if delay.0 < SHORTEST {
                        let message = "phones would join faster than they ring; write 1s or more";
                        self.wrong(&format!("{path}.ring_progressively"), message);
                    }
                    return StrategyKind::RingProgressively { delay: delay.0.max(SHORTEST) };
                }
                StrategyKind::Percent { random: keys.percent == Some(PercentWord::Random) }
            }
        }
    }

    fn window(&mut self, queue: &QueueDocument, path: &str) -> Window {
        let window = Window { min: queue.min_penalty, max: queue.max_penalty, raise: queue.raise_penalty };
        if let (Some(min), Some(max)) = (window.min, window.max)
            && min > max
        {
            let message = format!("no penalty lies between {min} and {max}; raise it to {min} or more");
            self.wrong(&format!("{path}.max_penalty"), &message);
        }
        window
    }

    fn penalties(
        &mut self,
        penalties: Option<&BTreeMap<String, u32>>,
        agents: &[AgentConfig],
        members: &[usize],
        path: &str,
    ) -> Vec<(usize, u32)> {
        let mut resolved = Vec::new();
        for (name, penalty) in penalties.into_iter().flatten() {
            if let Some(member) = members.iter().find(|member| *agents[**member].name == **name) {
                resolved.push((*member, *penalty));
            } else {
                let known: Vec<&str> = members.iter().map(|member| &*agents[*member].name).collect();
                self.unknown_name(name, &known, "agent", &format!("{path}.penalties"));
            }
        }
        resolved
    }

    fn widening(&mut self, value: Option<&StepsValue>, window: Window, path: &str) -> Steps {
        let path = format!("{path}.steps");
        match value {
            None => Steps::None,
            Some(Written::Text(never)) => match *never {},
            Some(Written::Keys(keys)) => {
                let every = self.required(keys.every, &format!("{path}.every"), "10s");
                let every = every.unwrap_or(Period(SHORTEST)).0;
                if every < SHORTEST {
                    self.wrong(
                        &format!("{path}.every"),
                        "every tier would be open at once; write 1s or more",
                    );
                }
                Steps::Every(every.max(SHORTEST))
            }
            Some(Written::List(steps)) => {
                let mut resolved = Vec::with_capacity(steps.len());
                for (place, step) in steps.iter().enumerate() {
                    resolved.push(self.step(step, window, &format!("{path}[{place}]")));
                }
                if !resolved.is_sorted_by_key(|step| step.after) {
                    self.wrong(&path, "steps come in the order of their waits; sort them by `after`");
                }
                Steps::Listed(resolved)
            }
        }
    }

    fn step(&mut self, step: &StepDocument, window: Window, path: &str) -> Step {
        let after = self.required(step.after, &format!("{path}.after"), "15s");
        let ends = [
            ("max_penalty", step.max_penalty, window.max),
            ("min_penalty", step.min_penalty, window.min),
            ("raise_penalty", step.raise_penalty, window.raise),
        ];
        if ends.iter().all(|(_, change, _)| change.is_none()) {
            self.wrong(path, "nothing changes; write for example max_penalty: +1");
        }
        for (key, change, entry) in ends {
            // As in Asterisk, where such a rule is passed over without a word.
            if change.is_some() && entry.is_none() {
                let message =
                    format!("only what is set on entry can change; give the queue a {key}, as {key}: 0");
                self.wrong(&format!("{path}.{key}"), &message);
            }
        }
        let [max, min, raise] = ends.map(|(_, change, _)| {
            change.map(|change| match change {
                PenaltyChange::To(penalty) => Change::To(penalty),
                PenaltyChange::By(by) => Change::By(by),
            })
        });
        Step { after: after.unwrap_or(Period(Duration::ZERO)).0, max, min, raise }
    }

    fn auto_pause(&mut self, value: &mut AutoPauseValue, path: &str) -> AutoPause {
        if let Written::Text(word) = value {
            *value = Written::Keys(AutoPauseDocument { scope: Some(*word), ..AutoPauseDocument::default() });
        }
        let Written::Keys(keys) = value else { unreachable!("a bare word has just become keys") };
        let after = *keys.after.get_or_insert(1);
        if after == 0 {
            self.wrong(
                &format!("{path}.auto_pause.after"),
                "who was not rung can't be paused; write 1 or more",
            );
        }
        AutoPause {
            everywhere: *keys.scope.get_or_insert(PauseWord::ThisQueue) == PauseWord::AllQueues,
            after: after.max(1),
            delay: or_default(&mut keys.delay, Duration::ZERO),
            lasts: keys.lasts.map(|lasts| lasts.0),
        }
    }

    fn announce(&mut self, document: &mut AnnounceDocument, path: &str) -> Announce {
        let every = or_default(&mut document.every, ANNOUNCE_EVERY);
        let lasts = or_default(&mut document.lasts, ANNOUNCE_LASTS);
        let least = or_default(&mut document.least, ANNOUNCE_LEAST);
        if lasts >= every || lasts >= least || least.is_zero() {
            let message =
                "one sentence would run into the next; let `every` and `least` be longer than `lasts`";
            self.wrong(&format!("{path}.announce"), message);
        }
        Announce { every: every.max(SHORTEST), lasts, least: least.max(SHORTEST) }
    }

    fn somebody_will_do(&mut self, policy: &Policy, agents: &[AgentConfig], members: &[usize], path: &str) {
        let mut has = |what: &str, key: &str, wanted: &Arc<str>, of: fn(&Qualification) -> &Vec<Arc<str>>| {
            if !members.iter().any(|member| of(&agents[*member].qualification).contains(wanted)) {
                let message =
                    format!("no agent of this queue has the {what} `{wanted}`; give it to one of them");
                self.wrong(&format!("{path}.{key}"), &message);
            }
        };
        for skill in &policy.needs.skills {
            has("skill", "skills", skill, |qualification| &qualification.skills);
        }
        if let Some(language) = &policy.needs.language {
            has("language", "language", language, |qualification| &qualification.languages);
        }
    }

    /// Callers who need what no agent has would wait for ever.
    pub(super) fn callers_are_served(&mut self, pbx: &Config) {
        if pbx.queues.is_empty() {
            return;
        }
        for (place, caller) in pbx.callers.iter().enumerate() {
            let wanted = [("language", "speaks", &caller.language), ("skill", "knows", &caller.skill)];
            for (key, verb, wanted) in wanted {
                let Some(wanted) = wanted else { continue };
                let has = |agent: &AgentConfig| {
                    let qualification = &agent.qualification;
                    let list = if key == "skill" { &qualification.skills } else { &qualification.languages };
                    list.contains(wanted)
                };
                if !pbx.agents.iter().any(has) {
                    let message = format!("no agent {verb} `{wanted}`; give it to one under pbx.agents");
                    self.wrong(&format!("traffic.callers[{place}].{key}"), &message);
                }
            }
        }
    }

    fn percentages(&mut self, policy: &Policy, agents: &[AgentConfig], members: &[usize], path: &str) {
        if !matches!(policy.strategy, StrategyKind::Percent { .. }) {
            return;
        }
        let shares = members.iter().map(|member| agents[*member].qualification.share);
        let sum: f64 = shares.clone().flatten().sum();
        let all_stated = shares.clone().all(|share| share.is_some());
        let wrong = sum > 1.0 + 1e-9 || (all_stated && sum < 1.0 - 1e-9);
        if wrong && !members.is_empty() {
            let message = format!("the agents' percent add up to {:.4} %; let them be 100 %", sum * 100.0);
            self.wrong(&format!("{path}.strategy"), &message);
        }
    }
}

/// What an agent brings.
pub(super) fn qualification(
    penalty: Option<u32>,
    skills: Option<&Vec<String>>,
    languages: Option<&Vec<String>>,
    percent: Option<Ratio>,
    conversion: Option<Ratio>,
) -> Qualification {
    let texts = |texts: Option<&Vec<String>>| -> Vec<Arc<str>> {
        texts.into_iter().flatten().map(|text| Arc::from(text.as_str())).collect()
    };
    Qualification {
        penalty: penalty.unwrap_or(0),
        skills: texts(skills),
        languages: texts(languages),
        share: percent.map(|share| share.0),
        conversion: conversion.map(|share| share.0),
    }
}

fn needs(queue: &QueueDocument) -> Needs {
    Needs {
        skills: queue.skills.iter().flatten().map(|skill| Arc::from(skill.as_str())).collect(),
        language: queue.language.as_deref().map(Arc::from),
    }
}

fn absent(words: &[AbsentWord]) -> Absent {
    Absent {
        paused: words.contains(&AbsentWord::Paused),
        penalty: words.contains(&AbsentWord::Penalty),
        in_use: words.contains(&AbsentWord::InUse),
        ringing: words.contains(&AbsentWord::Ringing),
        unavailable: words.contains(&AbsentWord::Unavailable),
        wrap_up: words.contains(&AbsentWord::WrapUp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Inputs;
    use crate::scenario::parse;

    fn read(agents: &str, queue: &str) -> Result<crate::scenario::Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{name: home, talk: 3m, priority: -2}}]}}\n\
             pbx:\n  agents: {agents}\n  queues: {{sales: {queue}}}\n"
        );
        parse(&text, "queue.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    const TWO: &str = "[{name: anna, skills: [loans], languages: [en], percent: 60%, conversion: 30%}, \
                       {name: boris, penalty: 1}]";

    #[test]
    fn every_key_of_a_queue_is_read_and_written_again() {
        let queues = [
            "{strategy: rrmemory, weight: 3, autofill: false, retry_of: caller}",
            "{strategy: {percent: random}, penalties: {anna: 2}, penalty_members_limit: 1}",
            "{strategy: {ring_progressively: 8s}, auto_pause: all_queues}",
            "{strategy: widening}",
            "{strategy: linear, steps: {every: 15s}, resume_within: 60s}",
            "{max_penalty: 0, min_penalty: 0, raise_penalty: 0, steps: [{after: 15s, max_penalty: +1}, \
             {after: 30s, max_penalty: 4, min_penalty: -1, raise_penalty: 1}]}",
            "{skills: [loans], language: en, auto_pause: {scope: this_queue, after: 2, delay: 1m, lasts: 10m}}",
            "{join_empty: [paused, penalty, unavailable], leave_empty: [in_use, ringing, wrap_up]}",
            "{announce: {every: 40s}}",
        ];
        let plain = read(TWO, "{}").unwrap();
        for queue in queues {
            let scenario = read(TWO, queue).unwrap();
            assert_ne!(scenario.pbx.queues, plain.pbx.queues, "{queue} says nothing");
            let again = parse(&scenario.effective, "again.yaml", &Inputs::with_seed(1)).unwrap();
            assert_eq!(again.pbx, scenario.pbx, "{queue}");
        }
        let steps = &read(TWO, queues[5]).unwrap().pbx.queues[0].policy.steps;
        let Steps::Listed(steps) = steps else { panic!("{steps:?}") };
        assert_eq!((steps[0].max, steps[1].max), (Some(Change::By(1)), Some(Change::To(4))));
        assert_eq!((steps[1].min, steps[1].raise), (Some(Change::By(-1)), Some(Change::To(1))));
        assert_eq!(plain.pbx.agents[0].qualification.conversion, Some(0.3));
    }

    #[test]
    fn what_cannot_be_is_said_with_a_remedy() {
        let nobody = "{count: 2}";
        for (agents, queue, told) in [
            (TWO, "{strategy: round_robbin}", "did you mean `round_robin`?"),
            (TWO, "{strategy: {ring_progressively: 0s}}", "write 1s or more"),
            (TWO, "{steps: [{after: 15s, max_penalty: +1}]}", "give the queue a max_penalty"),
            (TWO, "{max_penalty: 1, steps: [{after: 15s, max_penalty: much}]}", "a change as +1"),
            (TWO, "{max_penalty: 1, steps: [{max_penalty: 2}]}", "write after: 15s"),
            (TWO, "{max_penalty: 1, min_penalty: 2}", "raise it to 2 or more"),
            (TWO, "{penalties: {ana: 1}}", "did you mean `anna`?"),
            (nobody, "{skills: [loans]}", "no agent of this queue has the skill `loans`"),
            (nobody, "{language: en}", "no agent of this queue has the language `en`"),
            ("[{percent: 60%}, {percent: 60%}]", "{strategy: percent}", "let them be 100 %"),
            (TWO, "{announce: {every: 4s, lasts: 5s}}", "be longer than `lasts`"),
            (TWO, "{auto_pause: {after: 0}}", "write 1 or more"),
        ] {
            let problems = read(agents, queue).expect_err(queue);
            assert!(problems.contains(told), "{queue}: {problems}");
        }
        let english = "duration: 1h\ntraffic: {profile: 60/h, callers: [{talk: 3m, language: en}]}\n\
                       pbx: {agents: {count: 2}, queues: {sales: {}}}\n";
        let Err(problems) = parse(english, "queue.yaml", &Inputs::with_seed(1)) else { panic!("accepted") };
        assert!(problems.to_string().contains("no agent speaks `en`"), "{problems}");
    }
}

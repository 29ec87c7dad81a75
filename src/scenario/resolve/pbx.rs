//! What answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bandwidth::LossRule;
use crate::pbx::Config;
use crate::pbx::Refusal;
use crate::pbx::books::CdrDetail;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::Duty;
use crate::pbx::config::Extension;
use crate::pbx::config::Presence;
use crate::pbx::config::QueueAnswer;
use crate::pbx::config::QueueConfig;
use crate::pbx::config::Refusals;
use crate::pbx::refusal_profiles::Occasion;
use crate::scenario::document::AgentDocument;
use crate::scenario::document::AgentsDocument;
use crate::scenario::document::AllWord;
use crate::scenario::document::BooksWord;
use crate::scenario::document::ExtensionDocument;
use crate::scenario::document::ExtensionWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::QueueAnswerWord;
use crate::scenario::document::QueueDocument;
use crate::scenario::document::RefusalDocument;
use crate::scenario::document::RefusalValue;
use crate::scenario::document::RefusalWord;
use crate::scenario::document::RefusalsDocument;
use crate::scenario::document::RefusalsValue;
use crate::scenario::document::ShiftDocument;
use crate::scenario::document::Written;
use crate::scenario::problem::nearest;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::duty;
use crate::scenario::resolve::or_default;
use crate::scenario::resolve::queue;
use crate::time::Duration;
use crate::units::Period;
use crate::units::Ratio;

const RING_TIMEOUT: Duration = Duration::from_secs(15);
const RETRY: Duration = Duration::from_secs(5);
const NOW: Period = Period(Duration::ZERO);

impl Resolver<'_> {
    pub(super) fn pbx(
        &mut self,
        document: &mut PbxDocument,
        start: &jiff::Zoned,
        lost: Option<LossRule>,
    ) -> Config {
        let defaults = Config::default();
        let (channels, billed_channels) = self.channels(document);
        let agents = self.agents(document, start);
        let queues = self.queues(document, &agents);
        Config {
            channels,
            billed_channels,
            calls_per_second: self.rate_limit(document.calls_per_second.as_mut(), "pbx.calls_per_second"),
            scopes: self.scopes(document.limits.as_mut()),
            bandwidth: self.bandwidth(document, lost),
            processor: document.processor.as_mut().map(|processor| self.processor(processor)),
            recording: document.recording.as_mut().map(|recording| self.recording(recording)),
            legs: self.legs(document),
            capacity: *document.capacity.get_or_insert(defaults.capacity),
            refusal: self
                .refusals(document.refusal.get_or_insert_with(|| Written::Keys(RefusalsDocument::default()))),
            answer_delay: self.law_or(&mut document.answer_delay, NOW, "pbx.answer_delay"),
            extensions: self.extensions(document, &queues),
            menus: self.menus(document, &queues),
            voicemail: self.voicemail(document, &queues),
            queues,
            agents,
            cdr_detail: match document.books {
                None | Some(BooksWord::Full) => CdrDetail::Full,
                Some(BooksWord::AsteriskDefaults) => CdrDetail::AsteriskDefaults,
            },
            ..defaults
        }
    }

    fn refusals(&mut self, value: &mut RefusalsValue) -> Refusals {
        if let Written::Text(word) = value {
            let keys = profile_in_full(*word);
            *value = Written::Keys(keys);
        }
        let Written::Keys(document) = value else { unreachable!("a profile's name has just become keys") };
        let defaults = Refusals::default();
        let mut refusal =
            |slot: &mut Option<RefusalValue>, default: Refusal, key: &str, occasion: Occasion| {
                self.refusal(slot, &default, &format!("pbx.refusal.{key}"), occasion)
            };
        let (call_rate, queue_timeout) = (defaults.calls_per_second, defaults.queue_timeout);
        let queue_empty = defaults.queue_empty;
        Refusals {
            channels: refusal(&mut document.channels, defaults.channels, "channels", Occasion::Concurrency),
            calls_per_second: refusal(
                &mut document.calls_per_second,
                call_rate,
                "calls_per_second",
                Occasion::Rate,
            ),
            legs: refusal(&mut document.legs, defaults.legs, "legs", Occasion::Concurrency),
            bandwidth: refusal(&mut document.bandwidth, defaults.bandwidth, "bandwidth", Occasion::Bandwidth),
            processor: refusal(&mut document.processor, defaults.processor, "processor", Occasion::Processor),
            queue_full: refusal(
                &mut document.queue_full,
                defaults.queue_full,
                "queue_full",
                Occasion::QueueFull,
            ),
            queue_timeout: refusal(
                &mut document.queue_timeout,
                queue_timeout,
                "queue_timeout",
                Occasion::QueueTimeout,
            ),
            queue_empty: refusal(
                &mut document.queue_empty,
                queue_empty,
                "queue_empty",
                Occasion::QueueTimeout,
            ),
        }
    }

    pub(super) fn refusal(
        &mut self,
        slot: &mut Option<RefusalValue>,
        default: &Refusal,
        path: &str,
        occasion: Occasion,
    ) -> Refusal {
        let value = slot.get_or_insert_with(|| written_refusal(default));
        self.refusal_on(value, default, path, occasion)
    }

    /// The refusal written at `path`, where no limit but somebody's will is the cause.
    pub(super) fn refusal_at(&mut self, value: &mut RefusalValue, default: &Refusal, path: &str) -> Refusal {
        self.refusal_on(value, default, path, Occasion::Concurrency)
    }

    fn refusal_on(
        &mut self,
        value: &mut RefusalValue,
        default: &Refusal,
        path: &str,
        occasion: Occasion,
    ) -> Refusal {
        match value {
            Written::Text(word) => {
                let profile = word.profile();
                profile.refusal(occasion).unwrap_or_else(|| {
                    let known = profile.occasions().map(Occasion::key).collect::<Vec<_>>().join(", ");
                    let name = profile.name;
                    self.wrong(path, &format!("it is not known how {name} refuses here; it has {known}"));
                    default.clone()
                })
            }
            Written::List(never) => match *never {},
            Written::Keys(keys) => {
                let status_path = format!("{path}.status");
                let status = self.required(keys.status, &status_path, "503").unwrap_or(503);
                if !(400..=699).contains(&status) {
                    self.wrong(&status_path, &format!("{status} refuses nothing; write 400 to 699"));
                }
                if keys.reason.is_some_and(|cause| !(1..=127).contains(&cause)) {
                    self.wrong(&format!("{path}.reason"), "no such Q.850 cause; write 1 to 127, as 34");
                }
                if keys.phrase.as_ref().is_some_and(|phrase| phrase.chars().any(char::is_control)) {
                    self.wrong(
                        &format!("{path}.phrase"),
                        "a phrase is one line of text; remove the line break",
                    );
                }
                Refusal::Status {
                    status,
                    phrase: keys.phrase.as_deref().map(Arc::from),
                    reason: keys.reason,
                    retry_after: keys.retry_after.map(|after| after.0),
                }
            }
        }
    }

    fn extensions(
        &mut self,
        document: &mut PbxDocument,
        queues: &[QueueConfig],
    ) -> BTreeMap<Arc<str>, Extension> {
        let mut extensions = BTreeMap::new();
        for (number, value) in document.extensions.get_or_insert_default() {
            let path = format!("pbx.extensions.{number}");
            let extension = match value {
                Written::Text(ExtensionWord::Answer | ExtensionWord::Echo) => {
                    let answer_delay = crate::random::Distribution::Constant { seconds: 0.0 };
                    Extension::Answer { answer_delay }
                }
                Written::Text(ExtensionWord::Busy) => Extension::Busy,
                Written::Text(ExtensionWord::Declined) => Extension::Declined,
                Written::Text(ExtensionWord::Unknown) => Extension::Unknown,
                Written::List(never) => match *never {},
                Written::Keys(keys) => self.extension(keys, queues, &path),
            };
            extensions.insert(Arc::from(number.as_str()), extension);
        }
        extensions.extend(self.dialled_users(document));
        extensions
    }

    fn extension(&mut self, keys: &ExtensionDocument, queues: &[QueueConfig], path: &str) -> Extension {
        self.exactly_one_key(path, "answer, no_answer, queue");
        if let Some(answer) = &keys.answer {
            return Extension::Answer { answer_delay: self.law(answer, &format!("{path}.answer")) };
        }
        if let Some(Period(ring_timeout)) = keys.no_answer {
            return Extension::NoAnswer { ring_timeout };
        }
        let Some(name) = &keys.queue else { return Extension::Unknown };
        let found = queues.iter().position(|queue| *queue.name == **name);
        if found.is_none() {
            let names: Vec<&str> = queues.iter().map(|queue| &*queue.name).collect();
            self.unknown_name(name, &names, "queue", &format!("{path}.queue"));
        }
        Extension::Queue(found.unwrap_or(0))
    }

    pub(super) fn unknown_name(&mut self, name: &str, known: &[&str], what: &str, path: &str) {
        let remedy = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("there is none; add it under pbx.{what}s"),
            None => format!("write one of {}", known.join(", ")),
        };
        self.wrong(path, &format!("no {what} `{name}`; {remedy}"));
    }

    fn agents(&mut self, document: &mut PbxDocument, start: &jiff::Zoned) -> Vec<AgentConfig> {
        match &mut document.agents {
            None => Vec::new(),
            Some(Written::Text(never)) => match *never {},
            Some(Written::Keys(kind)) => self.agents_of_a_kind(kind, start),
            Some(Written::List(agents)) => {
                let mut configs: Vec<AgentConfig> = Vec::with_capacity(agents.len());
                for (place, agent) in agents.iter_mut().enumerate() {
                    let config = self.agent(agent, place, start);
                    if configs.iter().any(|known| known.name == config.name) {
                        let message =
                            format!("a second agent `{}`; give every agent a name of their own", config.name);
                        self.wrong(&format!("pbx.agents[{place}].name"), &message);
                    }
                    configs.push(config);
                }
                configs
            }
        }
    }

    fn agents_of_a_kind(&mut self, kind: &mut AgentsDocument, start: &jiff::Zoned) -> Vec<AgentConfig> {
        let duties = self.duties_of_a_kind(kind, start);
        let kind_path = "pbx.agents";
        let answer_delay = self.law_or(&mut kind.answer_delay, NOW, &format!("{kind_path}.answer_delay"));
        let wrap_up = self.law_or(&mut kind.wrap_up, NOW, &format!("{kind_path}.wrap_up"));
        let other_work = self.other_work(kind.other_work.as_mut(), &format!("{kind_path}.other_work"));
        let no_answer = kind.no_answer.get_or_insert(Ratio(0.0)).0;
        let qualification =
            queue::qualification(None, kind.skills.as_ref(), kind.languages.as_ref(), None, kind.conversion);
        let agent = |(place, duty): (u32, Option<Duty>)| AgentConfig {
            name: format!("agent-{place}").into(),
            phone: None,
            answer_delay: answer_delay.clone(),
            no_answer,
            wrap_up: wrap_up.clone(),
            presence: Presence { duty, other_work: other_work.clone() },
            qualification: qualification.clone(),
        };
        (1..).zip(duties).map(agent).collect()
    }

    /// For each agent of the kind who is not away for the whole day: the hours of duty, if not all of them.
    fn duties_of_a_kind(&mut self, kind: &mut AgentsDocument, start: &jiff::Zoned) -> Vec<Option<Duty>> {
        let shrinkage = kind.shrinkage.get_or_insert(Ratio(0.0)).0;
        if shrinkage >= 1.0 {
            self.wrong("pbx.agents.shrinkage", "nobody is left at 100%; write for example 30%");
        }
        let present = 1.0 - shrinkage;
        if kind.count.is_some() && kind.shifts.is_some() {
            self.wrong("pbx.agents", "`count` and `shifts` both say who is there; remove one");
        }
        if let Some(shifts) = &kind.shifts {
            return self.duties_of_shifts(shifts, present, start);
        }
        match &mut kind.count {
            None => {
                self.wrong("pbx.agents.count", "`count` is missing; write count: 10");
                Vec::new()
            }
            Some(Written::List(never)) => match *never {},
            Some(Written::Text(count)) if count.0 > duty::AGENTS_MAX => {
                let message = format!("more than {} agents; write fewer", duty::AGENTS_MAX);
                self.wrong("pbx.agents.count", &message);
                Vec::new()
            }
            Some(Written::Text(count)) => vec![None; duty::share(count.0, present) as usize],
            Some(Written::Keys(plan)) => {
                let duties = self.duties_of_counts(plan, present, start, "pbx.agents.count");
                duties.into_iter().map(Some).collect()
            }
        }
    }

    fn duties_of_shifts(
        &mut self,
        shifts: &[ShiftDocument],
        present: f64,
        start: &jiff::Zoned,
    ) -> Vec<Option<Duty>> {
        let mut duties = Vec::new();
        if shifts.is_empty() {
            self.wrong("pbx.agents.shifts", "there is no shift; write [{count: 4, from: 08:00, to: 17:00}]");
        }
        for (place, shift) in shifts.iter().enumerate() {
            let path = format!("pbx.agents.shifts[{place}]");
            let shift_duty = self.duty_of_shift(shift, start, &path);
            let count = duty::share(shift.count.unwrap_or(1), present);
            if duties.len() + count as usize > duty::AGENTS_MAX as usize {
                self.wrong(&path, &format!("more than {} agents; write fewer", duty::AGENTS_MAX));
                return duties;
            }
            duties.extend(std::iter::repeat_n(Some(shift_duty), count as usize));
        }
        duties
    }

    fn agent(&mut self, agent: &mut AgentDocument, place: usize, start: &jiff::Zoned) -> AgentConfig {
        let path = format!("pbx.agents[{place}]");
        let name = agent.name.get_or_insert_with(|| format!("agent-{}", place + 1)).as_str().into();
        AgentConfig {
            name,
            phone: agent.phone.as_deref().map(Arc::from),
            answer_delay: self.law_or(&mut agent.answer_delay, NOW, &format!("{path}.answer_delay")),
            no_answer: agent.no_answer.get_or_insert(Ratio(0.0)).0,
            wrap_up: self.law_or(&mut agent.wrap_up, NOW, &format!("{path}.wrap_up")),
            presence: self.presence(agent.shifts.as_ref(), agent.other_work.as_mut(), start, &path),
            qualification: queue::qualification(
                agent.penalty,
                agent.skills.as_ref(),
                agent.languages.as_ref(),
                agent.percent,
                agent.conversion,
            ),
        }
    }

    fn queues(&mut self, document: &mut PbxDocument, agents: &[AgentConfig]) -> Vec<QueueConfig> {
        let mut configs = Vec::new();
        for (name, queue) in document.queues.get_or_insert_default() {
            configs.push(self.queue(name, queue, agents));
        }
        let takes_the_rest = |queue: &&QueueDocument| {
            queue.outsourced.is_none() && queue.numbers.as_ref().is_none_or(Vec::is_empty)
        };
        let written = document.queues.iter().flat_map(BTreeMap::values);
        let catch_alls = written.filter(takes_the_rest).count();
        // A table, or an outside system, knows queues by their names.
        if catch_alls > 1 && document.routing.is_none() && document.hook.is_none() {
            self.wrong("pbx.queues", "more than one queue takes every number; give all but one `numbers`");
        }
        let mut numbers: Vec<&Arc<str>> = configs.iter().flat_map(|queue| &queue.numbers).collect();
        numbers.sort();
        let repeated = numbers.iter().zip(numbers.iter().skip(1)).find(|(number, next)| number == next);
        if let Some((number, _)) = repeated {
            let message = format!("number `{number}` leads to two queues; remove one");
            self.wrong("pbx.queues", &message);
        }
        configs
    }

    fn queue(&mut self, name: &str, queue: &mut QueueDocument, agents: &[AgentConfig]) -> QueueConfig {
        let path = format!("pbx.queues.{name}");
        let mut by_name = false;
        if queue.outsourced.is_some() && queue.agents.is_some() {
            let message =
                "the contractor's people answer; remove `agents`, and write outsourced: {agents: 5}";
            self.wrong(&format!("{path}.agents"), message);
        }
        let outsourced = queue.outsourced.is_some();
        let members = if outsourced { Vec::new() } else { self.members(queue, agents, &path, &mut by_name) };
        if members.is_empty() && !by_name && !outsourced {
            self.wrong(&path, "nobody answers this queue; write pbx.agents: {count: 10}");
        }
        let never_on_duty = |place: &usize| agents[*place].presence.duty.as_ref().is_some_and(Duty::is_empty);
        if !members.is_empty() && members.iter().all(never_on_duty) {
            self.wrong(&path, "nobody is ever on duty for this queue; give its agents hours");
        }
        let policy = self.policy(queue, agents, &members, &path);
        let answer = match queue.answer.get_or_insert(QueueAnswerWord::OnAgent) {
            QueueAnswerWord::OnAgent => QueueAnswer::OnAgent,
            QueueAnswerWord::OnEntry => QueueAnswer::OnEntry,
        };
        Self::promises_calls(queue);
        let callback = self.callback(queue.callback.as_mut(), answer, &path);
        let numbers = queue.numbers.get_or_insert_default();
        QueueConfig {
            name: name.into(),
            numbers: numbers.iter().map(|number| number.as_str().into()).collect(),
            agents: members,
            max_length: queue.max_length,
            max_wait: queue.max_wait.map(|wait| wait.0),
            ring_timeout: or_default(&mut queue.ring_timeout, RING_TIMEOUT),
            retry: or_default(&mut queue.retry, RETRY),
            answer,
            callback,
            policy,
        }
    }

    /// Who answers the queue at `path`; `by_name` if its list is written out.
    fn members(
        &mut self,
        queue: &mut QueueDocument,
        agents: &[AgentConfig],
        path: &str,
        by_name: &mut bool,
    ) -> Vec<usize> {
        match queue.agents.get_or_insert(Written::Text(AllWord::All)) {
            Written::Text(AllWord::All) => (0..agents.len()).collect(),
            Written::Keys(never) => match *never {},
            Written::List(names) => {
                *by_name = !names.is_empty();
                let mut members = Vec::with_capacity(names.len());
                for wanted in names.iter() {
                    if let Some(place) = agents.iter().position(|agent| *agent.name == **wanted) {
                        members.push(place);
                    } else {
                        let known: Vec<&str> = agents.iter().map(|agent| &*agent.name).collect();
                        self.unknown_name(wanted, &known, "agent", &format!("{path}.agents"));
                    }
                }
                members
            }
        }
    }
}

/// Every refusal of which a profile knows something, by the profile's name.
fn profile_in_full(word: RefusalWord) -> RefusalsDocument {
    let profile = word.profile();
    let on = |occasion| profile.refusal(occasion).map(|_| Written::Text(word));
    RefusalsDocument {
        channels: on(Occasion::Concurrency),
        calls_per_second: on(Occasion::Rate),
        legs: on(Occasion::Concurrency),
        bandwidth: on(Occasion::Bandwidth),
        processor: on(Occasion::Processor),
        queue_full: on(Occasion::QueueFull),
        queue_timeout: on(Occasion::QueueTimeout),
        queue_empty: on(Occasion::QueueTimeout),
    }
}

/// A refusal as it would be written.
pub(super) fn written_refusal(refusal: &Refusal) -> RefusalValue {
    match refusal {
        Refusal::Silence => Written::Text(RefusalWord::Silence),
        Refusal::AnswerThenHangUp => Written::Text(RefusalWord::AnswerThenHangUp),
        Refusal::Status { status, phrase, reason, retry_after } => Written::Keys(RefusalDocument {
            status: Some(*status),
            phrase: phrase.as_deref().map(str::to_owned),
            reason: *reason,
            retry_after: retry_after.map(Period),
        }),
    }
}

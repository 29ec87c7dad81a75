//! Callbacks: the queue's side of them, and the callers'.

use crate::keypad::Key;
use crate::pbx::Config;
use crate::pbx::config::CallbackConfig;
use crate::pbx::config::QueueAnswer;
use crate::pbx::config::QueueConfig;
use crate::scenario::document::ByWord;
use crate::scenario::document::CallbackDocument;
use crate::scenario::document::CallerDocument;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::traffic::Traffic;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::callbacks::CallbackHabit;
use crate::traffic::callers::CallerClass;
use crate::traffic::callers::Numbers;
use crate::units::Period;
use crate::units::Ratio;

const NOW: Period = Period(Duration::ZERO);

impl Resolver<'_> {
    /// How a queue calls back.
    pub(super) fn callback(
        &mut self,
        document: Option<&mut CallbackDocument>,
        answer: QueueAnswer,
        path: &str,
    ) -> Option<CallbackConfig> {
        let document = document?;
        let path = format!("{path}.callback");
        let default = CallbackConfig::default();
        let text = document.key.get_or_insert_with(|| default.key.to_string()).clone();
        let key = Key::from_text(&text);
        if key.is_none() {
            let message = format!("`{text}` is no key; write one of 0 to 9, *, # or A to D in quotes");
            self.wrong(&format!("{path}.key"), &message);
        }
        let offer_after = document.offer_after.map(|after| after.0);
        if offer_after.is_some() && answer == QueueAnswer::OnAgent {
            let message = "who only hears ringing can press no key; write answer: on_entry for this queue";
            self.wrong(&format!("{path}.offer_after"), message);
        }
        let ring_timeout = or_default(&mut document.ring_timeout, default.ring_timeout);
        let promise = or_default(&mut document.promise, default.promise);
        for (name, value) in [("ring_timeout", ring_timeout), ("promise", promise)] {
            if value.is_zero() {
                self.wrong(&format!("{path}.{name}"), "nobody can do that in no time; write for example 30s");
            }
        }
        Some(CallbackConfig {
            offer_after,
            key: key.unwrap_or(default.key),
            retries: *document.retries.get_or_insert(default.retries),
            pause: or_default(&mut document.pause, default.pause),
            ring_timeout,
            promise,
        })
    }

    /// Whoever asks on a web page needs a queue whose agents call.
    pub(super) fn web_is_answered(&mut self, pbx: &Config, traffic: &Traffic) {
        let on_web = |class: &&CallerClass| class.callback.on_web;
        for (place, class) in traffic.callers.iter().enumerate().filter(|(_, class)| on_web(class)) {
            let path = format!("traffic.callers[{place}].by");
            // An empty list of numbers has been refused already.
            let number = match &class.to {
                Numbers::Template(number) => Some(number),
                Numbers::List(numbers) => numbers.first(),
            };
            let Some(number) = number else { continue };
            let leads = |queue: &QueueConfig| queue.numbers.is_empty() || queue.numbers.contains(number);
            if !pbx.queues.iter().any(leads) {
                let message = format!("`{number}` leads to no queue whose agents could call; add pbx.queues");
                self.wrong(&path, &message);
            }
            if matches!(traffic.arrivals, Arrivals::Sources { .. }) {
                self.wrong(&path, "people of `sources` call again when they are free; write by: phone");
            }
        }
    }

    /// What a class of callers makes of callbacks.
    pub(super) fn callback_habit(&mut self, caller: &mut CallerDocument, path: &str) -> CallbackHabit {
        let on_web = caller.by == Some(ByWord::WebCallback);
        let Some(document) = caller.callback.as_mut() else {
            return CallbackHabit { on_web, ..CallbackHabit::default() };
        };
        let path = format!("{path}.callback");
        CallbackHabit {
            accept: document.accept.get_or_insert(Ratio(1.0)).0,
            think: self.law_or(&mut document.think, NOW, &format!("{path}.think")),
            answer: document.answer.get_or_insert(Ratio(1.0)).0,
            answer_delay: self.law_or(&mut document.answer_delay, NOW, &format!("{path}.answer_delay")),
            on_web,
        }
    }
}

//! Voicemail: the PBX's side of it, and the callers'.

use crate::pbx::config::QueueConfig;
use crate::pbx::voicemail::Voicemail;
use crate::scenario::document::DistributionDocument;
use crate::scenario::document::MeanDocument;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::VoicemailDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::traffic::habits::MessageHabit;
use crate::units::Period;
use crate::units::Ratio;

const GREETING: Duration = Duration::from_secs(10);
const MESSAGE: Period = Period(Duration::from_secs(30));
const MAX_LENGTH: Duration = Duration::from_secs(180);
const PATH: &str = "pbx.voicemail";

impl Resolver<'_> {
    pub(super) fn voicemail(
        &mut self,
        document: &mut PbxDocument,
        queues: &[QueueConfig],
    ) -> Option<Voicemail> {
        let voicemail = document.voicemail.as_mut()?;
        let max_length = or_default(&mut voicemail.max_length, MAX_LENGTH);
        if max_length.is_zero() {
            self.wrong(&format!("{PATH}.max_length"), "no message fits into 0s; write for example 3m");
        }
        let callback = voicemail.callback.clone().map(|name| {
            let names: Vec<&str> = queues.iter().map(|queue| &*queue.name).collect();
            self.place(&name, &names, "queue", &format!("{PATH}.callback"))
        });
        Some(Voicemail { greeting: or_default(&mut voicemail.greeting, GREETING), max_length, callback })
    }

    /// What callers do at the voicemail; writes its defaults out.
    pub(super) fn message(&mut self, voicemail: &mut VoicemailDocument) -> MessageHabit {
        let mean = MeanDocument { mean: Some(MESSAGE) };
        let exponential = DistributionDocument { exponential: Some(mean), ..DistributionDocument::default() };
        let length = voicemail.message.get_or_insert(Written::Keys(exponential)).clone();
        MessageHabit {
            leave: voicemail.leave.get_or_insert(Ratio(1.0)).0,
            greeting: or_default(&mut voicemail.greeting, GREETING),
            length: self.law(&length, &format!("{PATH}.message")),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pbx::config::Destination;
    use crate::scenario::Inputs;
    use crate::scenario::parse;

    /// Nothing is said of the message, nor of where callers go when the firm is closed.
    #[test]
    fn what_is_not_said_of_messages_and_closed_hours_is_the_default() {
        let read = |pbx: &str| {
            let text = format!(
                "name: v\ncalls: 5\ntraffic: {{profile: 60/h, callers: [{{talk: 1m}}]}}\npbx:\n  voicemail: {{}}\n  \
                 hours: {{open: [{{from: 08:00, to: 18:00}}]{pbx}}}\n"
            );
            parse(&text, "v.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"))
        };
        let opening = |scenario: &crate::scenario::Scenario| scenario.pbx.opening.clone().unwrap().closed;
        let recorded = read(", closed: voicemail");
        assert_eq!(opening(&recorded), Some(Destination::Voicemail));
        assert!(recorded.effective.contains("mean: 30s"), "{}", recorded.effective);
        let refused = read("");
        let Some(Destination::Refuse(refusal)) = opening(&refused) else { panic!("{:?}", opening(&refused)) };
        assert_eq!(refusal, crate::pbx::Refusal::status(480, Some(20)));
        for scenario in [recorded, refused] {
            let again = parse(&scenario.effective, "v.yaml", &Inputs::with_seed(1)).unwrap();
            assert_eq!(again.pbx, scenario.pbx);
        }
    }
}

//! From evidence to an outcome: one table, read from the top, first match wins.
//!
//! The order is: our own fault; how an answered call ended; what the bundled PBX said about itself; that the
//! caller gave up; what never came; the Q.850 cause (RFC 3326), which says more than the status; texts that
//! name a limit; the status itself. A cause of 0 or 16 on an error response is no evidence: systems put it
//! there for want of a better one. A user may give any row another outcome by its name; names are contract.

use crate::outcome::{CompletedBy, EndedBy, Human, Outcome, Technical};

/// What is known of an attempt when it is over. `Evidence::default()` knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each one made or not")]
pub struct Evidence<'a> {
    /// We could not offer the call properly: no port, send error, our own ceiling.
    pub generator_fault: bool,
    /// The run's end (drain, `stop`, Ctrl-C) ended the attempt.
    pub run_end: bool,
    /// That end was an interruption: Ctrl-C or SIGTERM.
    pub interrupted: bool,
    /// The caller's patience ended before a person was reached.
    pub gave_up: bool,
    /// We cancelled because the far side rang, or said that it was trying, for too long without saying more.
    pub rang_out: bool,
    /// Any provisional response above 100, or 100 itself: the far side is alive.
    pub provisional: bool,
    /// 180 or 183 was seen.
    pub ringing: bool,
    /// A 200 to the INVITE was seen.
    pub answered: bool,
    /// A queue answered and no agent has picked up: the bundled PBX's headers say so.
    pub awaiting_person: bool,
    /// A menu plays, and nobody has been asked for yet.
    pub in_menu: bool,
    /// Who ended an answered call.
    pub ended_by: EndedBy,
    /// The talk reached its planned length.
    pub planned_end: bool,
    /// The final status of the INVITE.
    pub status: Option<u16>,
    /// Q.850 cause of the final response or, once answered, of the far side's BYE.
    pub q850: Option<u8>,
    /// The response carried Retry-After.
    pub retry_after: bool,
    /// Reason phrase of the final response.
    pub phrase: &'a str,
    /// Warning header of the final response (RFC 3261, 20.43), or the text of its Reason header.
    pub warning: &'a str,
    /// Timer B: no response at all within 64·T1.
    pub timer_b: bool,
    /// The network refused the message: ICMP unreachable, connection refused or reset.
    pub transport_error: bool,
    /// An answered call with media fell silent, or never had sound.
    pub media_dead: bool,
    /// An answered call lost more of its packets for longer than the scenario bears.
    pub media_degraded: bool,
    /// Our BYE was never answered.
    pub bye_unanswered: bool,
    /// The bundled PBX's own word (`X-Busyhour-Cause`).
    pub pbx_cause: Option<&'a str>,
    /// Who serves the call if it is completed.
    pub completed_by: CompletedBy,
}

impl Default for Evidence<'_> {
    fn default() -> Self {
        Self {
            generator_fault: false,
            run_end: false,
            interrupted: false,
            gave_up: false,
            rang_out: false,
            provisional: false,
            ringing: false,
            answered: false,
            awaiting_person: false,
            in_menu: false,
            ended_by: EndedBy::Network,
            planned_end: false,
            status: None,
            q850: None,
            retry_after: false,
            phrase: "",
            warning: "",
            timer_b: false,
            transport_error: false,
            media_dead: false,
            media_degraded: false,
            bye_unanswered: false,
            pbx_cause: None,
            completed_by: CompletedBy::Pbx,
        }
    }
}

impl Evidence<'_> {
    /// All of it in one number, where it holds no text: equal numbers are equal evidence.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        if self.pbx_cause.is_some() || !self.phrase.is_empty() || !self.warning.is_empty() {
            return None;
        }
        let flags = [
            self.generator_fault,
            self.run_end,
            self.interrupted,
            self.gave_up,
            self.rang_out,
            self.provisional,
            self.ringing,
            self.answered,
            self.awaiting_person,
            self.in_menu,
            self.planned_end,
            self.retry_after,
            self.timer_b,
            self.transport_error,
            self.media_dead,
            self.media_degraded,
            self.bye_unanswered,
            self.status.is_some(),
            self.q850.is_some(),
        ];
        let flags = flags.into_iter().fold(0, |number, flag| number << 1 | u64::from(flag));
        let (status, q850) = (self.status.unwrap_or(0), self.q850.unwrap_or(0));
        let (ended_by, completed_by) = (self.ended_by as u8, self.completed_by as u8);
        let small = u64::from(status) << 24
            | u64::from(q850) << 16
            | u64::from(ended_by) << 8
            | u64::from(completed_by);
        Some(flags << 40 | small)
    }

    fn said(&self, cause: &str) -> bool {
        self.pbx_cause == Some(cause)
    }

    /// A machine has answered, and leads the caller on.
    const fn is_led(&self) -> bool {
        self.in_menu || (self.answered && self.awaiting_person)
    }

    fn is(&self, statuses: &[u16]) -> bool {
        self.status.is_some_and(|status| statuses.contains(&status))
    }

    fn refused(&self) -> bool {
        self.status.is_some_and(|status| status >= 300)
    }

    /// The status is an error with one of these causes.
    fn cause(&self, causes: &[u8]) -> bool {
        self.refused() && self.q850.is_some_and(|cause| causes.contains(&cause))
    }

    fn completed(&self, by: CompletedBy) -> bool {
        self.answered && self.completed_by == by
    }

    fn mentions(&self, words: &[&str]) -> bool {
        let text = format!("{} {}", self.phrase, self.warning).to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    fn mentions_limit(&self) -> bool {
        self.mentions(&["limit", "exceed", "too many", "maximum", "maxcalls"])
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// `486-busy`: what a scenario's `outcomes` and `calls.csv`'s `cause` call it.
    pub name: &'static str,
    /// What it decides unless overridden.
    pub outcome: Outcome,
    /// When it applies, for people.
    pub when: &'static str,
    applies: fn(&Evidence<'_>) -> bool,
}

/// Every row, in the order in which they are asked.
#[must_use]
pub const fn rules() -> &'static [Rule] {
    &RULES
}

/// A name that is no row of the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no rule of the classification; `busyhour schema` lists them, for example {examples}",
    examples = "486-busy, 480-without-ringing, 503-bare"
)]
pub struct UnknownRule(pub String);

/// The table with a user's changes.
#[derive(Debug, Clone)]
pub struct Classifier {
    outcomes: Vec<Outcome>,
}

impl Default for Classifier {
    fn default() -> Self {
        Self { outcomes: RULES.iter().map(|rule| rule.outcome).collect() }
    }
}

impl Classifier {
    /// The table with these rows decided otherwise: (rule name, outcome).
    ///
    /// # Errors
    /// A name that is no row.
    pub fn new<'a>(changes: impl IntoIterator<Item = (&'a str, Outcome)>) -> Result<Self, UnknownRule> {
        let mut classifier = Self::default();
        for (name, outcome) in changes {
            let row = RULES.iter().position(|rule| rule.name == name);
            let row = row.ok_or_else(|| UnknownRule(name.to_owned()))?;
            classifier.outcomes[row] = outcome;
        }
        Ok(classifier)
    }

    /// The outcome and the name of the rule that decided.
    #[must_use]
    pub fn classify(&self, evidence: &Evidence<'_>) -> (Outcome, &'static str) {
        let row = self.row(evidence);
        (self.outcome(row), RULES[row].name)
    }

    /// The place in [`rules`] of the rule that decides.
    ///
    /// # Panics
    /// Never: the last row of the table applies to everything.
    #[must_use]
    pub fn row(&self, evidence: &Evidence<'_>) -> usize {
        let row = RULES.iter().position(|rule| (rule.applies)(evidence));
        row.expect("the last row of the table applies to everything")
    }

    /// What the rule at this place of [`rules`] decides.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn outcome(&self, row: usize) -> Outcome {
        self.outcomes[row]
    }
}

const fn row(
    name: &'static str,
    outcome: Outcome,
    when: &'static str,
    applies: fn(&Evidence<'_>) -> bool,
) -> Rule {
    Rule { name, outcome, when, applies }
}

const TRUNK: Outcome = Outcome::Technical(Technical::Trunk);
const OVERLOAD: Outcome = Outcome::Technical(Technical::Overload);
const TIMEOUT: Outcome = Outcome::Technical(Technical::Timeout);
const FAILURE: Outcome = Outcome::Technical(Technical::Failure);
const MEDIA: Outcome = Outcome::Technical(Technical::Media);
const CUT_OFF: Outcome = Outcome::Technical(Technical::CutOff);
const BUSY: Outcome = Outcome::Human(Human::Busy);
const NO_ANSWER: Outcome = Outcome::Human(Human::NoAnswer);
const DECLINED: Outcome = Outcome::Human(Human::Declined);
const ABANDONED: Outcome = Outcome::Human(Human::Abandoned);
const QUEUE_FULL: Outcome = Outcome::Human(Human::QueueFull);
const QUEUE_TIMEOUT: Outcome = Outcome::Human(Human::QueueTimeout);

#[rustfmt::skip]
const RULES: [Rule; 82] = [
    row("generator-fault", Outcome::Generator, "we could not offer the call properly", |e| e.generator_fault),

    // The bundled PBX's own word, on a refusal or on the BYE of a call that it answered first.
    row("pbx-queue-full", QUEUE_FULL, "the bundled PBX says that the queue was full", |e| e.said("queue-full")),
    row("pbx-join-empty", NO_ANSWER, "the bundled PBX says that nobody was there to queue for", |e| e.said("join-empty")),
    row("pbx-leave-empty", NO_ANSWER, "the bundled PBX says that nobody was there any more to wait for", |e| e.said("leave-empty")),
    row("pbx-queue-timeout", QUEUE_TIMEOUT, "the bundled PBX says that the queue's maximum wait was over", |e| e.said("queue-timeout")),
    row("pbx-trunk-full", TRUNK, "the bundled PBX says that no channel was free", |e| e.said("trunk-full")),
    row("pbx-legs-full", TRUNK, "the bundled PBX says that no leg was free", |e| e.said("legs-full")),
    row("pbx-rate-limited", OVERLOAD, "the bundled PBX says that calls came too fast", |e| e.said("rate-limited")),
    row("pbx-link-full", TRUNK, "the bundled PBX says that the link had no room for the call", |e| e.said("link-full")),
    row("pbx-overloaded", OVERLOAD, "the bundled PBX says that its processor was busy", |e| e.said("overloaded")),
    row("pbx-capacity", OVERLOAD, "the bundled PBX says that its table of calls was full", |e| e.said("capacity")),
    row("pbx-blacklisted", Outcome::Policy, "the bundled PBX says that the caller is on its blacklist", |e| e.said("blacklisted")),
    row("pbx-turned-away", Outcome::Policy, "the bundled PBX says that its routing turns such calls away", |e| e.said("turned-away")),
    row("pbx-hook-failed", FAILURE, "the bundled PBX says that nobody told it where the call goes", |e| e.said("hook-failed")),
    row("pbx-contained", Outcome::Completed(CompletedBy::Ivr), "the bundled PBX says that a menu answered the question", |e| e.said("contained")),
    row("pbx-voicemail", Outcome::Completed(CompletedBy::Voicemail), "the bundled PBX says that the longest message has been recorded", |e| e.said("voicemail")),
    row("pbx-callback", Outcome::Completed(CompletedBy::Callback), "the bundled PBX says that it will call the caller back", |e| e.said("callback")),
    row("pbx-menu-failed", QUEUE_TIMEOUT, "the bundled PBX says that the caller pressed nothing useful, and hung up", |e| e.said("menu-failed")),
    row("pbx-shut-down", FAILURE, "the bundled PBX says that it was closing down", |e| e.said("shut-down")),

    // Answered.
    row("gave-up-at-answer", ABANDONED, "the 200 crossed the caller's giving up", |e| e.answered && e.gave_up && !e.awaiting_person),
    row("abandoned-in-menu", ABANDONED, "the caller hung up in a menu", |e| e.answered && e.in_menu && e.gave_up),
    row("menu-to-busy", BUSY, "a menu, or a queue that had answered, led to a number that was engaged", |e| e.is_led() && e.said("busy")),
    row("menu-to-no-answer", NO_ANSWER, "a menu, or a queue that had answered, led to a number where nobody picked up", |e| e.is_led() && e.said("no-answer")),
    row("menu-to-declined", DECLINED, "a menu, or a queue that had answered, led to a person who said no", |e| e.is_led() && e.said("declined")),
    row("menu-to-nowhere", FAILURE, "a menu, or a queue that had answered, led to a number that does not exist", |e| e.is_led() && e.said("unknown-number")),
    row("abandoned-in-queue", ABANDONED, "the caller hung up while a queue that had answered looked for an agent", |e| e.answered && e.awaiting_person && e.gave_up),
    row("in-progress-in-queue", Outcome::InProgress, "the run ended while a queue that had answered looked for an agent", |e| e.awaiting_person && e.run_end && e.interrupted),
    row("drained-in-queue", ABANDONED, "the drain or a stop ended while a queue that had answered looked for an agent", |e| e.awaiting_person && e.run_end),
    row("media-dead", MEDIA, "answered, but without usable sound", |e| e.answered && e.media_dead),
    row("media-degraded", MEDIA, "answered, but more packets were lost for longer than `media_loss` bears", |e| e.answered && e.media_degraded),
    row("bye-in-queue", CUT_OFF, "hung up by the far side before any agent picked up", |e| e.answered && e.awaiting_person),
    row("network-after-answer", CUT_OFF, "answered, then lost by the network", |e| e.answered && !e.run_end && (e.transport_error || (e.ended_by == EndedBy::Network && !e.bye_unanswered))),
    row("bye-unanswered", FAILURE, "our BYE was never answered", |e| e.answered && e.bye_unanswered && !e.run_end),
    row("bye-with-cause", CUT_OFF, "ended by the far side before the planned end, with a cause other than 16", |e| {
        e.answered && !e.planned_end && matches!(e.ended_by, EndedBy::Pbx | EndedBy::Agent) && !matches!(e.q850, None | Some(0 | 16))
    }),
    row("completed-by-agent", Outcome::Completed(CompletedBy::Agent), "answered and ended normally, with an agent", |e| e.completed(CompletedBy::Agent)),
    row("completed-by-ivr", Outcome::Completed(CompletedBy::Ivr), "answered and ended normally, in a menu", |e| e.completed(CompletedBy::Ivr)),
    row("completed-by-voicemail", Outcome::Completed(CompletedBy::Voicemail), "answered and ended normally, with a message left", |e| e.completed(CompletedBy::Voicemail)),
    row("completed-by-callback", Outcome::Completed(CompletedBy::Callback), "answered and ended normally, with a callback promised", |e| e.completed(CompletedBy::Callback)),
    row("completed-by-pbx", Outcome::Completed(CompletedBy::Pbx), "answered and ended normally", |e| e.completed(CompletedBy::Pbx)),

    // Not answered: the caller, the clock, the network.
    row("gave-up", ABANDONED, "the caller's patience ended and the far side was alive: CANCEL", |e| e.gave_up && e.provisional),
    row("ring-limit", NO_ANSWER, "it rang for `ring_timeout` and nobody picked up: CANCEL", |e| e.rang_out && e.ringing && !e.timer_b),
    row("progress-limit", TIMEOUT, "100 for `ring_timeout` and nothing after it: CANCEL", |e| e.rang_out && !e.timer_b),
    row("in-progress", Outcome::InProgress, "unanswered when the run was interrupted", |e| e.run_end && e.interrupted && e.status.is_none_or(|status| status == 487)),
    row("drained", ABANDONED, "unanswered when the drain or a stop ended, and the far side was alive: CANCEL", |e| e.run_end && e.provisional && e.status.is_none_or(|status| status == 487)),
    row("drained-in-silence", TIMEOUT, "no response at all when the drain or a stop ended", |e| e.run_end && e.status.is_none()),
    row("transport-error", FAILURE, "the network refused the message: unreachable, connection refused or reset", |e| e.transport_error),
    row("timer-b", TIMEOUT, "no response at all within 64·T1", |e| e.timer_b),

    // The Q.850 cause.
    row("503-reason-34", TRUNK, "503 with Q.850 cause 34, 44 or 47", |e| e.is(&[503]) && e.cause(&[34, 44, 47])),
    row("486-reason-34", TRUNK, "486 or 600 with Q.850 cause 34, 42 or 44: not the line is busy, the trunk is", |e| e.is(&[486, 600]) && e.cause(&[34, 42, 44])),
    row("488-capacity", TRUNK, "488 or 606 for want of bandwidth or capacity: Warning 370, such a text, or Q.850 cause 34, 47 or 58", |e| {
        e.is(&[488, 606]) && (e.cause(&[34, 47, 58]) || e.mentions(&["370", "bandwidth", "capacity"]))
    }),
    row("reason-34", TRUNK, "any other refusal with Q.850 cause 34, 44 or 47", |e| e.cause(&[34, 44, 47])),
    row("503-reason-42", OVERLOAD, "503 with Q.850 cause 42: switching equipment congestion", |e| e.is(&[503]) && e.cause(&[42])),
    row("480-limit", TRUNK, "480 with Retry-After, Q.850 cause 42 or a text that names a limit", |e| e.is(&[480]) && (e.retry_after || e.cause(&[42]) || e.mentions_limit())),
    row("reason-42", OVERLOAD, "any other refusal with Q.850 cause 42", |e| e.cause(&[42])),
    row("reason-17", BUSY, "any refusal but 486 and 600 with Q.850 cause 17: user busy", |e| e.cause(&[17]) && !e.is(&[486, 600])),
    row("reason-19", NO_ANSWER, "a refusal without ringing with Q.850 cause 19: alerted, no answer", |e| e.cause(&[19]) && !e.ringing),
    row("reason-102", TIMEOUT, "a refusal with Q.850 cause 102: a timer ran out", |e| e.cause(&[102])),
    row("5xx-reason-38", FAILURE, "5xx with Q.850 cause 27 or 38: out of order", |e| e.status.is_some_and(|status| status / 100 == 5) && e.cause(&[27, 38])),

    // Texts that name a limit, whatever the status they come with.
    row("channel-limit-text", TRUNK, "the phrase or Warning names a limit on channels or calls at once", |e| {
        e.refused() && e.mentions_limit() && e.mentions(&["channel", "concurrent", "maxcalls", "call limit", "circuit"])
    }),
    row("403-limit", OVERLOAD, "403 whose text names a limit", |e| e.is(&[403]) && e.mentions_limit()),

    // The status.
    row("486-busy", BUSY, "486", |e| e.is(&[486])),
    row("600-busy", BUSY, "600", |e| e.is(&[600])),
    row("603-declined", DECLINED, "603", |e| e.is(&[603])),
    row("607-unwanted", DECLINED, "607 (RFC 8197)", |e| e.is(&[607])),
    row("608-rejected", Outcome::Policy, "608: rejected by an intermediary on purpose (RFC 8688)", |e| e.is(&[608])),
    row("480-after-ringing", NO_ANSWER, "480 after 180 or 183", |e| e.is(&[480]) && e.ringing),
    row("480-without-ringing", FAILURE, "480 without ringing: ambiguous, old systems answer a call limit so", |e| e.is(&[480])),
    row("408-after-ringing", NO_ANSWER, "408 after 180 or 183", |e| e.is(&[408]) && e.ringing),
    row("408-without-ringing", TIMEOUT, "408 without ringing", |e| e.is(&[408])),
    row("487-unasked", FAILURE, "487 that no CANCEL asked for", |e| e.is(&[487])),
    row("429-too-many", OVERLOAD, "429", |e| e.is(&[429])),
    row("503-retry-after", OVERLOAD, "503 with Retry-After", |e| e.is(&[503]) && e.retry_after),
    row("503-bare", OVERLOAD, "503 with neither a telling cause nor Retry-After", |e| e.is(&[503])),
    row("504-timeout", TIMEOUT, "504", |e| e.is(&[504])),
    row("488-codec", Outcome::Excluded, "488 or 606: no common codec", |e| e.is(&[488, 606])),
    row("401-auth", Outcome::Excluded, "401 or 407 that our credentials did not satisfy", |e| e.is(&[401, 407])),
    row("403-forbidden", Outcome::Excluded, "403", |e| e.is(&[403])),
    row("404-wrong-number", Outcome::Excluded, "404, 410, 484, 485 or 604", |e| e.is(&[404, 410, 484, 485, 604])),
    row("3xx-redirect", Outcome::Excluded, "3xx, not followed", |e| e.status.is_some_and(|status| status / 100 == 3)),
    row("5xx-server-error", FAILURE, "any other 5xx", |e| e.status.is_some_and(|status| status / 100 == 5)),
    row("protocol-error", FAILURE, "any other status", |e| !e.answered && e.refused()),
    row("no-evidence", FAILURE, "over, and nothing says why", |_| true),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(evidence: &Evidence<'_>) -> (Outcome, &'static str) {
        Classifier::default().classify(evidence)
    }

    fn status(status: u16) -> Evidence<'static> {
        Evidence { status: Some(status), ..Evidence::default() }
    }

    fn reason(code: u16, q850: u8) -> Evidence<'static> {
        Evidence { q850: Some(q850), ..status(code) }
    }

    fn phrase(code: u16, phrase: &'static str) -> Evidence<'static> {
        Evidence { phrase, ..status(code) }
    }

    fn pbx_said(cause: &'static str) -> Evidence<'static> {
        Evidence { pbx_cause: Some(cause), provisional: true, ..status(486) }
    }

    fn answered(ended_by: EndedBy) -> Evidence<'static> {
        Evidence { answered: true, ended_by, ..status(200) }
    }

    fn served(by: CompletedBy) -> Evidence<'static> {
        Evidence { completed_by: by, planned_end: true, ..answered(EndedBy::Caller) }
    }

    fn in_queue(ended_by: EndedBy) -> Evidence<'static> {
        Evidence { awaiting_person: true, ..answered(ended_by) }
    }

    fn drained_in_queue() -> Evidence<'static> {
        Evidence { run_end: true, ..in_queue(EndedBy::RunEnd) }
    }

    /// One piece of evidence for every row, in the table's order.
    fn cases() -> Vec<(&'static str, Evidence<'static>)> {
        let mut cases = cases_answered_or_refused_by_the_pbx();
        cases.extend(cases_by_status());
        cases
    }

    fn cases_answered_or_refused_by_the_pbx() -> Vec<(&'static str, Evidence<'static>)> {
        let in_menu = Evidence { in_menu: true, ..in_queue(EndedBy::Pbx) };
        vec![
            ("generator-fault", Evidence { generator_fault: true, ..Evidence::default() }),
            ("pbx-queue-full", pbx_said("queue-full")),
            ("pbx-join-empty", pbx_said("join-empty")),
            ("pbx-leave-empty", pbx_said("leave-empty")),
            ("pbx-queue-timeout", pbx_said("queue-timeout")),
            ("pbx-trunk-full", pbx_said("trunk-full")),
            ("pbx-legs-full", pbx_said("legs-full")),
            ("pbx-rate-limited", pbx_said("rate-limited")),
            ("pbx-link-full", pbx_said("link-full")),
            ("pbx-overloaded", pbx_said("overloaded")),
            ("pbx-capacity", pbx_said("capacity")),
            ("pbx-blacklisted", pbx_said("blacklisted")),
            ("pbx-turned-away", pbx_said("turned-away")),
            ("pbx-hook-failed", pbx_said("hook-failed")),
            ("pbx-contained", pbx_said("contained")),
            ("pbx-voicemail", pbx_said("voicemail")),
            ("pbx-callback", pbx_said("callback")),
            ("pbx-menu-failed", pbx_said("menu-failed")),
            ("pbx-shut-down", pbx_said("shut-down")),
            ("gave-up-at-answer", Evidence { gave_up: true, ..answered(EndedBy::Caller) }),
            ("abandoned-in-menu", Evidence { gave_up: true, in_menu: true, ..in_queue(EndedBy::Caller) }),
            ("menu-to-busy", Evidence { pbx_cause: Some("busy"), ..in_menu }),
            ("menu-to-no-answer", Evidence { pbx_cause: Some("no-answer"), ..in_menu }),
            ("menu-to-declined", Evidence { pbx_cause: Some("declined"), ..in_menu }),
            ("menu-to-nowhere", Evidence { pbx_cause: Some("unknown-number"), ..in_menu }),
            ("abandoned-in-queue", Evidence { gave_up: true, ..in_queue(EndedBy::Caller) }),
            ("in-progress-in-queue", Evidence { interrupted: true, ..drained_in_queue() }),
            ("drained-in-queue", drained_in_queue()),
            ("media-dead", Evidence { media_dead: true, ..answered(EndedBy::Caller) }),
            ("media-degraded", Evidence { media_degraded: true, ..answered(EndedBy::Caller) }),
            ("bye-in-queue", in_queue(EndedBy::Pbx)),
            ("network-after-answer", answered(EndedBy::Network)),
            ("bye-unanswered", Evidence { bye_unanswered: true, ..answered(EndedBy::Caller) }),
            ("bye-with-cause", Evidence { q850: Some(38), ..answered(EndedBy::Pbx) }),
            ("completed-by-agent", served(CompletedBy::Agent)),
            ("completed-by-ivr", served(CompletedBy::Ivr)),
            ("completed-by-voicemail", served(CompletedBy::Voicemail)),
            ("completed-by-callback", served(CompletedBy::Callback)),
            ("completed-by-pbx", served(CompletedBy::Pbx)),
        ]
    }

    fn cases_by_status() -> Vec<(&'static str, Evidence<'static>)> {
        let none = Evidence::default();
        vec![
            ("gave-up", Evidence { gave_up: true, provisional: true, ..status(487) }),
            ("ring-limit", Evidence { rang_out: true, ringing: true, provisional: true, ..status(487) }),
            ("progress-limit", Evidence { rang_out: true, provisional: true, ..status(487) }),
            ("in-progress", Evidence { run_end: true, interrupted: true, provisional: true, ..none }),
            ("drained", Evidence { run_end: true, provisional: true, ..status(487) }),
            ("drained-in-silence", Evidence { run_end: true, ..none }),
            ("transport-error", Evidence { transport_error: true, ..none }),
            ("timer-b", Evidence { timer_b: true, ..none }),
            ("503-reason-34", reason(503, 34)),
            ("486-reason-34", reason(486, 34)),
            ("488-capacity", Evidence { warning: "370 host \"Insufficient bandwidth\"", ..status(488) }),
            ("reason-34", reason(500, 34)),
            ("503-reason-42", reason(503, 42)),
            ("480-limit", phrase(480, "Temporarily Unavailable (Call limit) ")),
            ("reason-42", reason(500, 42)),
            ("reason-17", reason(500, 17)),
            ("reason-19", reason(480, 19)),
            ("reason-102", reason(500, 102)),
            ("5xx-reason-38", reason(503, 38)),
            ("channel-limit-text", phrase(403, "User channel limit exceeded D1")),
            ("403-limit", phrase(403, "CPS limit exceeded")),
            ("486-busy", status(486)),
            ("600-busy", status(600)),
            ("603-declined", reason(603, 21)),
            ("607-unwanted", status(607)),
            ("608-rejected", status(608)),
            ("480-after-ringing", Evidence { ringing: true, ..status(480) }),
            ("480-without-ringing", reason(480, 31)),
            ("408-after-ringing", Evidence { ringing: true, ..reason(408, 18) }),
            ("408-without-ringing", reason(408, 18)),
            ("487-unasked", status(487)),
            ("429-too-many", status(429)),
            ("503-retry-after", Evidence { retry_after: true, ..status(503) }),
            ("503-bare", status(503)),
            ("504-timeout", status(504)),
            ("488-codec", reason(488, 65)),
            ("401-auth", status(407)),
            ("403-forbidden", reason(403, 21)),
            ("404-wrong-number", reason(404, 1)),
            ("3xx-redirect", status(302)),
            ("5xx-server-error", status(502)),
            ("protocol-error", status(482)),
            ("no-evidence", none),
        ]
    }

    #[test]
    fn every_row_decides_the_case_made_for_it() {
        let cases = cases();
        let names: Vec<_> = cases.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, rules().iter().map(|rule| rule.name).collect::<Vec<_>>());
        for ((name, evidence), rule) in cases.iter().zip(rules()) {
            assert_eq!(decide(evidence), (rule.outcome, *name), "{evidence:?}");
        }
    }

    #[test]
    fn a_cause_of_0_or_16_on_an_error_is_no_evidence() {
        for cause in [0, 16] {
            assert_eq!(decide(&reason(503, cause)).1, "503-bare");
            assert_eq!(decide(&reason(486, cause)).1, "486-busy");
        }
    }

    #[test]
    fn the_cause_is_preferred_to_retry_after_and_to_the_status() {
        let refusal = Evidence { retry_after: true, ..reason(503, 34) };
        assert_eq!(decide(&refusal).0, TRUNK);
        assert_eq!(decide(&reason(600, 44)).0, TRUNK);
    }

    #[test]
    fn without_the_bundled_pbx_a_full_queue_is_a_busy_line() {
        let foreign = Evidence { pbx_cause: None, ..pbx_said("queue-full") };
        assert_eq!(decide(&foreign).0, BUSY);
    }

    /// Who hangs up in a menu has given up; whom it hangs up on, since nothing useful was pressed, was sent away.
    #[test]
    fn a_menu_that_hangs_up_is_no_caller_who_gave_up() {
        let in_menu = Evidence { in_menu: true, awaiting_person: true, ..answered(EndedBy::Caller) };
        assert_eq!(decide(&Evidence { gave_up: true, ..in_menu }).0, ABANDONED);
        let failed = Evidence { pbx_cause: Some("menu-failed"), ended_by: EndedBy::Pbx, ..in_menu };
        assert_eq!(decide(&failed).0, QUEUE_TIMEOUT);
    }

    #[test]
    fn who_gives_up_in_silence_is_judged_by_what_comes_later() {
        let silent = Evidence { gave_up: true, ..Evidence::default() };
        assert_eq!(decide(&Evidence { timer_b: true, ..silent }).0, TIMEOUT);
        assert_eq!(decide(&Evidence { provisional: true, status: Some(487), ..silent }).0, ABANDONED);
        assert_eq!(decide(&Evidence { status: Some(503), q850: Some(34), ..silent }).0, TRUNK);
        assert_eq!(decide(&Evidence { answered: true, status: Some(200), ..silent }).0, ABANDONED);
    }

    #[test]
    fn a_call_hung_up_by_the_end_of_the_run_counts_as_completed() {
        let evidence = Evidence { run_end: true, ..answered(EndedBy::RunEnd) };
        assert!(decide(&evidence).0.is_completed());
        let unanswered_bye = Evidence { bye_unanswered: true, ..evidence };
        assert!(decide(&unanswered_bye).0.is_completed());
    }

    #[test]
    fn evidence_without_text_has_a_number_of_its_own() {
        let mut numbers = std::collections::BTreeMap::new();
        for (_, evidence) in cases() {
            let wordless = Evidence { pbx_cause: None, phrase: "", warning: "", ..evidence };
            let known = numbers.insert(wordless.number().unwrap(), wordless);
            assert!(known.is_none_or(|known| known == wordless), "{known:?} {wordless:?}");
        }
        assert!(numbers.len() > 40);
        assert_eq!(pbx_said("queue-full").number(), None);
        assert_eq!(phrase(403, "CPS limit exceeded").number(), None);
    }

    #[test]
    fn a_user_overrides_a_row_by_its_name() {
        let changed = Classifier::new([("480-without-ringing", TRUNK)]).unwrap();
        assert_eq!(changed.classify(&status(480)), (TRUNK, "480-without-ringing"));
        assert_eq!(changed.classify(&status(486)), (BUSY, "486-busy"));
        assert!(Classifier::new([("480", TRUNK)]).is_err());
    }
}

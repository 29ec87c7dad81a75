//! The few ways in which a call ends that goes straight through, each judged once.

use crate::metrics::Span;
use crate::outcome::CallRecord;
use crate::outcome::EndedBy;
use crate::outcome::Limiter;
use crate::outcome::Outcome;
use crate::outcome::classify::Evidence;
use crate::party::redial::Next;
use crate::pbx::AgentId;
use crate::pbx::AnsweredBy;
use crate::pbx::QueueId;
use crate::pbx::straight::TurnedAway;
use crate::sim::attempt;
use crate::sim::attempt::Attempt;
use crate::sim::attempt::Frame;
use crate::sim::judge::Judge;
use crate::sim::straight::Slot;
use crate::sim::straight::Stage;
use crate::time::Instant;
use crate::traffic::CallPlan;

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All was said to an agent.
    Served,
    /// All was said to the PBX.
    Answered,
    GaveUp,
    NoChannel,
    NoCapacity,
    QueueFull,
    /// Cut short by the end of the run, while the caller waited, or talked to an agent, or to the PBX.
    CutWaiting,
    CutServed,
    CutAnswered,
}

/// What the caller does after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    DialsAgain,
    Defects,
    Stops,
}

/// What counts of an attempt beside its times and its plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) end: End,
    pub(super) then: Then,
    /// The thresholds within which its wait lies, a bit for each.
    pub(super) within: usize,
}

/// Who makes an attempt, as far as it makes a difference to counts: the class, and three things more, in one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Who(u32);

/// Ways to end.
const ENDS: usize = 9;

/// Things that callers do next.
const THENS: usize = 3;

/// Callers of a class that count alike: measured or not, first attempt or not, served before or not.
const WHO: u32 = 2 * 2 * 2;

/// Sets of at most four thresholds.
const WITHIN: usize = 16;

/// Ways to end, and what is known of each.
#[derive(Debug)]
pub(super) struct Ends {
    judge: Judge,
    frame: Frame,
    /// How each was refused that is refused at all.
    refused: [Option<TurnedAway>; ENDS],
    judged: [Option<(Outcome, usize)>; ENDS],
    /// Kinds learned, by everything that makes a difference.
    kinds: Vec<Option<u32>>,
}

impl Ends {
    /// Nothing learned yet, of so many classes of callers.
    pub(super) fn new(judge: Judge, frame: Frame, classes: usize) -> Self {
        let kinds = vec![None; classes * WHO as usize * ENDS * THENS * WITHIN];
        let mut ends = Self { judge, frame, refused: Default::default(), judged: [None; ENDS], kinds };
        let never_refused =
            [End::Served, End::Answered, End::GaveUp, End::CutWaiting, End::CutServed, End::CutAnswered];
        for end in never_refused {
            ends.judge(end);
        }
        ends
    }

    /// The end that a refusal is; none if it is not one of these.
    pub(super) fn of_refusal(&mut self, refused: &TurnedAway) -> Option<End> {
        let end = match refused.limiter {
            _ if refused.by_queue => End::QueueFull,
            Some(Limiter::Channels) => End::NoChannel,
            Some(Limiter::Processor) => End::NoCapacity,
            _ => return None,
        };
        if self.refused[end as usize].is_none() {
            self.refused[end as usize] = Some(refused.clone());
            self.judge(end);
        }
        Some(end)
    }

    /// What the end is, by the table of all outcomes.
    #[inline]
    pub(super) fn outcome(&self, end: End) -> Outcome {
        self.judged[end as usize].expect("every end is judged before a call comes to it").0
    }

    fn judge(&mut self, end: End) {
        let mut attempt = Attempt::blank();
        happen(&mut attempt, end, [Instant::ZERO; 2], AgentId(0));
        let evidence = self.evidence(end, &attempt);
        self.judged[end as usize] = Some(self.judge.judge(&evidence));
    }

    /// What speaks for the end, as the general driver would see it.
    fn evidence(&self, end: End, attempt: &Attempt) -> Evidence<'static> {
        let ended_by = end.by();
        let shown = Evidence { ended_by, ..attempt.evidence() };
        match (end, &self.refused[end as usize]) {
            (_, Some(refused)) => attempt::refused(shown, &refused.refusal, refused.cause),
            (End::GaveUp, _) => Evidence { status: shown.status.or(Some(487)), ..shown },
            _ if ended_by == EndedBy::RunEnd => Evidence { run_end: true, ..shown },
            _ => Evidence { planned_end: true, ..shown },
        }
    }

    /// The kind of attempt that this one is of, if there has been one.
    #[inline]
    pub(super) fn known(&self, who: Who, facts: Facts) -> Option<usize> {
        self.kinds[place(who, facts)].map(|kind| kind as usize)
    }

    /// The kind is known from now on.
    pub(super) fn learned(&mut self, who: Who, facts: Facts, kind: usize) {
        self.kinds[place(who, facts)] = Some(u32::try_from(kind).expect("there are few kinds"));
    }

    /// What of a plan makes a difference to counts.
    #[inline]
    pub(super) fn who(&self, plan: &CallPlan) -> Who {
        let facts = [self.frame.is_measured(plan), plan.attempt == 0, plan.repeats > 0];
        let bits = facts.into_iter().fold(0, |bits, fact| bits << 1 | u32::from(fact));
        Who(u32::try_from(plan.class).expect("there are few classes") * WHO + bits)
    }

    /// The record of the first attempt of a kind.
    #[inline(never)]
    pub(super) fn example(
        &self,
        slot: &Slot,
        Facts { end, then, .. }: Facts,
        now: Instant,
        wait: Span,
    ) -> Box<CallRecord> {
        let mut attempt = Attempt::blank();
        attempt.plan = slot.who.plan(slot.intended_start);
        attempt.start(slot.started);
        let agent = match slot.stage {
            Stage::Talks(Some(agent)) => agent,
            _ => AgentId(0),
        };
        happen(
            &mut attempt,
            end,
            [slot.started, Instant::from_nanos(slot.started.as_nanos() + wait.nanos)],
            agent,
        );
        let evidence = self.evidence(end, &attempt);
        let (outcome, rule) =
            self.judged[end as usize].expect("every end is judged before a call comes to it");
        let ended = attempt::End {
            outcome,
            rule: self.judge.name(rule),
            status: evidence.status,
            q850: evidence.q850,
            limiter: self.refused[end as usize].as_ref().and_then(|refused| refused.limiter),
            ended_by: end.by(),
            next: &match then {
                Then::DialsAgain => Next::Redial(slot.who.plan(slot.intended_start)),
                Then::Defects => Next::Defected,
                Then::Stops => Next::Stopped,
            },
        };
        let mut record = attempt::blank_record();
        attempt.write(&mut record, now, &ended, &self.frame);
        record
    }
}

impl Who {
    /// Index of the class.
    #[inline]
    pub(super) const fn class(self) -> usize {
        (self.0 / WHO) as usize
    }

    #[inline]
    pub(super) const fn is_measured(self) -> bool {
        self.0 >> 2 & 1 == 1
    }

    /// A plan that counts as theirs.
    fn plan(self, intended_start: Instant) -> CallPlan {
        let [is_first, is_repeat] = [self.0 >> 1 & 1, self.0 & 1];
        let class = self.class();
        CallPlan { class, attempt: 1 - is_first, repeats: is_repeat, intended_start, ..CallPlan::blank() }
    }
}

/// All that makes a difference, in one number.
#[inline]
const fn place(who: Who, Facts { end, then, within }: Facts) -> usize {
    ((who.0 as usize * ENDS + end as usize) * THENS + then as usize) * WITHIN + within
}

impl End {
    const fn by(self) -> EndedBy {
        match self {
            Self::Served | Self::Answered | Self::GaveUp => EndedBy::Caller,
            Self::NoChannel | Self::NoCapacity | Self::QueueFull => EndedBy::Pbx,
            Self::CutWaiting | Self::CutServed | Self::CutAnswered => EndedBy::RunEnd,
        }
    }
}

/// Lets the attempt see what such a call sees that was `[started, connected]` then.
fn happen(attempt: &mut Attempt, end: End, [started, connected]: [Instant; 2], agent: AgentId) {
    let queue = Some(QueueId(0));
    match end {
        End::NoChannel | End::NoCapacity => {}
        End::QueueFull => attempt.enters(started, queue),
        End::GaveUp | End::CutWaiting => attempt.rings(started, queue),
        End::Served | End::CutServed => {
            attempt.rings(started, queue);
            attempt.is_answered(connected, &AnsweredBy::Agent(agent), queue);
        }
        End::Answered | End::CutAnswered => attempt.is_answered(started, &AnsweredBy::Pbx, None),
    }
    attempt.gave_up = end == End::GaveUp;
}

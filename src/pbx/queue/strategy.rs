//! What a strategy is: a choice among the free agents who may take a caller.

use std::fmt;

use crate::pbx::agent::IdleTicket;
use crate::pbx::input::AgentId;
use crate::pbx::queue::agent_order::AgentOrder;
use crate::pbx::queue::config::Policy;
use crate::pbx::queue::config::StrategyKind;
use crate::pbx::queue::fewest_calls::FewestCalls;
use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::least_recent::LeastRecent;
use crate::pbx::queue::least_talk_time::LeastTalkTime;
use crate::pbx::queue::percent::Percent;
use crate::pbx::queue::random::Random;
use crate::pbx::queue::ring_all::RingAll;
use crate::pbx::queue::ring_progressively::RingProgressively;
use crate::pbx::queue::round_robin::RoundRobin;
use crate::pbx::queue::rr_memory::RrMemory;
use crate::pbx::queue::sequential::Sequential;
use crate::pbx::queue::skill_priority::SkillPriority;
use crate::pbx::queue::top_down::TopDown;
use crate::pbx::queue::weighted_random::WeightedRandom;
use crate::random::Stream;
use crate::time::{Duration, Instant};

/// Which of the free agents are rung for a caller.
pub(super) trait Strategy: fmt::Debug + Send {
    /// Who of `field.free`, which is never empty, is rung now.
    fn choose(&mut self, turn: &mut Turn, field: &Field<'_>) -> Choice;

    /// The caller was answered or left, or all phones rang in vain.
    fn round_over(&mut self, _turn: &mut Turn) {}

    /// Whether only the best tier with a free agent is shown.
    fn is_tiered(&self) -> bool {
        true
    }
}

/// Who is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The member at this position of the queue's list.
    One(usize),
    /// All who are shown.
    All,
}

/// What a strategy sees.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// The queue's agents, in the order of its list.
    pub(super) members: &'a [Member],
    /// Those who can be rung for this caller, in that order.
    pub(super) free: &'a [Candidate],
    /// Everyone within the caller's window, free or not, in that order.
    pub(super) listed: &'a [Candidate],
}

/// One agent, for one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    /// 0 is offered first.
    pub(super) tier: u32,
    /// Place in the queue's list.
    pub(super) position: usize,
}

/// One agent of a queue.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) agent: AgentId,
    pub(super) penalty: u32,
    /// Since when the agent can be rung; none while not.
    pub(super) free: Option<IdleTicket>,
    /// Calls of this queue taken to their end, and what they lasted.
    pub(super) calls: u64,
    pub(super) talk: Duration,
    /// End of the last of them.
    pub(super) last_call: Option<Instant>,
    /// Offers that rang in vain since then.
    pub(super) in_vain: u32,
    pub(super) paused: Paused,
}

/// Whether an agent was paused for not picking up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paused {
    No,
    Until(Instant),
    ForGood,
}

impl Member {
    pub(super) const fn new(agent: AgentId, penalty: u32) -> Self {
        Self {
            agent,
            penalty,
            free: None,
            calls: 0,
            talk: Duration::ZERO,
            last_call: None,
            in_vain: 0,
            paused: Paused::No,
        }
    }

    pub(super) fn is_paused(&self, now: Instant) -> bool {
        match self.paused {
            Paused::No => false,
            Paused::Until(end) => now < end,
            Paused::ForGood => true,
        }
    }

    /// When a pause ends that has an end.
    pub(super) const fn pause_end(&self) -> Option<Instant> {
        match self.paused {
            Paused::Until(end) => Some(end),
            Paused::No | Paused::ForGood => None,
        }
    }

    pub(super) fn is_free(&self, now: Instant) -> bool {
        self.free.is_some() && !self.is_paused(now)
    }
}

impl Field<'_> {
    /// The free candidate whose key is lowest; at a tie the first of the list.
    pub(super) fn least<K: PartialOrd>(&self, mut key: impl FnMut(&Member, usize) -> K) -> Choice {
        let mut best: Option<(K, usize)> = None;
        for Candidate { position, .. } in self.free {
            let mine = key(&self.members[*position], *position);
            if best.as_ref().is_none_or(|(lowest, _)| mine < *lowest) {
                best = Some((mine, *position));
            }
        }
        Choice::One(best.expect("somebody is free").1)
    }
}

/// The strategy of a queue whose members have these shares of the offers.
pub(super) fn of(policy: &Policy, shares: Vec<f64>, stream: Stream) -> Box<dyn Strategy> {
    match policy.strategy {
        StrategyKind::LongestIdle | StrategyKind::Widening => Box::new(super::longest_idle::ByIdleTime),
        StrategyKind::RoundRobin => Box::new(RoundRobin::default()),
        StrategyKind::RrMemory => Box::new(RrMemory::default()),
        StrategyKind::Sequential => Box::new(Sequential),
        StrategyKind::Percent { random } => Box::new(Percent::new(shares, random.then_some(stream))),
        StrategyKind::SkillPriority => Box::new(SkillPriority),
        StrategyKind::RingAll => Box::new(RingAll),
        StrategyKind::RingProgressively { .. } => Box::new(RingProgressively),
        StrategyKind::LeastRecent => Box::new(LeastRecent),
        StrategyKind::FewestCalls => Box::new(FewestCalls),
        StrategyKind::Random => Box::new(Random(stream)),
        StrategyKind::WeightedRandom => Box::new(WeightedRandom(stream)),
        StrategyKind::LeastTalkTime => Box::new(LeastTalkTime),
        StrategyKind::TopDown => Box::new(TopDown),
        StrategyKind::AgentOrder => Box::new(AgentOrder),
    }
}

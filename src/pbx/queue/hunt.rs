//! A queue with a policy: its callers in line, its agents, and whose phone rings for whom.
//!
//! A caller is offered when the turn has come: when fewer callers who could be served, and are resting, stand ahead
//! than agents are free. A caller for whom nobody free will do is passed over and keeps the place (in Asterisk such a
//! caller holds up those behind). A hunt decides; phones, legs and the log are its owner's.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pbx::agent::IdleTicket;
use crate::pbx::call::Place;
use crate::pbx::config::Config;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::queue::config::AutoPause;
use crate::pbx::queue::config::Policy;
use crate::pbx::queue::config::RetryOf;
use crate::pbx::queue::config::StrategyKind;
use crate::pbx::queue::index::Filing;
use crate::pbx::queue::index::Index;
use crate::pbx::queue::line::Line;
use crate::pbx::queue::members;
use crate::pbx::queue::owner::Owners;
use crate::pbx::queue::owner::Reserved;
use crate::pbx::queue::pointer::Pointer;
use crate::pbx::queue::requirements::Requirements;
use crate::pbx::queue::strategy;
use crate::pbx::queue::strategy::Candidate;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Member;
use crate::pbx::queue::strategy::Paused;
use crate::pbx::queue::strategy::Strategy;
use crate::random::Stream;
use crate::time::{Duration, Instant};

/// Callers who gave up and are remembered, at most.
const REMEMBERED_MAX: usize = 10_000;

/// A queue with a policy.
#[derive(Debug)]
pub(in crate::pbx) struct Hunt {
    pub(super) policy: Policy,
    ring_timeout: Duration,
    retry: Duration,
    pub(super) members: Vec<Member>,
    /// Lowest penalty of the members.
    pub(super) lowest: u32,
    /// Their tiers, as the window of the queue raises them, in order.
    pub(super) tiers: Vec<u32>,
    pub(super) requirements: Requirements,
    strategy: Box<dyn Strategy>,
    pub(super) line: Line,
    /// Who of the line is to be looked at, and when.
    pub(super) index: Index,
    /// Callers' numbers, when they gave up, and the place that they had.
    left: BTreeMap<Arc<str>, (Instant, Place)>,
    /// Where callers have agents of their own.
    pub(super) owners: Option<Owners>,
    /// Asterisk's running average of the hold time, in whole seconds.
    pub(super) hold_s: u64,
}

/// A caller in line.
#[derive(Debug)]
pub(in crate::pbx) struct Turn {
    pub(in crate::pbx) call: CallId,
    pub(super) entered: Instant,
    /// The caller's type.
    pub(super) class: usize,
    /// Whose phones ring.
    pub(super) ringing: Vec<AgentId>,
    /// The caller is not offered before: a pause between rounds, or a sentence being said.
    pub(super) rests_until: Instant,
    /// When the first phone of this round rang.
    round_began: Instant,
    /// Positions that declined in this round.
    pub(super) tried: Vec<usize>,
    /// When one more phone joins those that ring.
    pub(super) more_at: Option<Instant>,
    /// When a sentence was last begun, and the position that it named.
    pub(super) announced: Option<(Instant, u32)>,
    pub(super) pointer: Pointer,
    /// First position not tried when the last phone began to ring; outer none: no round.
    #[expect(
        clippy::option_option,
        reason = "no round, and a round that has tried everyone, are different things"
    )]
    pub(super) next_position: Option<Option<usize>>,
    pub(super) offered_last: Option<Candidate>,
    /// Only the owner is asked.
    pub(super) reserved: Option<Reserved>,
    /// Where the index has the caller.
    pub(super) filed: Option<Filing>,
}

/// Agents whom a heavier queue keeps for its own callers.
pub(in crate::pbx) type Held<'a> = dyn Fn(AgentId) -> bool + 'a;

/// What became of a caller whose phone rang in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pbx) enum InVain {
    /// The phone rang out.
    RangOut,
    /// It was declined, or could not be reached.
    Declined,
}

impl Hunt {
    /// The queue of `config` at `index`.
    pub(in crate::pbx) fn new(config: &Config, index: usize, stream: Stream) -> Self {
        let queue = &config.queues[index];
        let members = members::of(config, queue);
        let raised = queue.policy.window.raise.unwrap_or(0);
        let tiers: BTreeSet<u32> = members.iter().map(|member| member.penalty.max(raised)).collect();
        Self {
            policy: queue.policy.clone(),
            ring_timeout: queue.ring_timeout,
            retry: queue.retry,
            lowest: members.iter().map(|member| member.penalty).min().unwrap_or(0),
            tiers: tiers.into_iter().collect(),
            requirements: Requirements::new(config, queue),
            strategy: strategy::of(&queue.policy, members::shares(config, queue), stream),
            members,
            line: Line::default(),
            index: Index::new(queue.policy.announce.is_some()),
            left: BTreeMap::new(),
            owners: queue.policy.owner.as_ref().map(|first| Owners::new(config, first)),
            hold_s: 0,
        }
    }

    /// Whether some free agent could be rung at once for a newcomer of type `class`, nobody waiting.
    pub(in crate::pbx) fn is_ready_for(&self, class: usize, now: Instant) -> bool {
        let nobody_waits = self.index.ringing.len() == self.line.len();
        let turn = Turn::new(CallId(0), class, now);
        nobody_waits && !self.free_for(&turn, now, &|_| false).is_empty()
    }

    #[inline(never)]
    pub(in crate::pbx) fn enter(&mut self, place: Place, call: CallId, class: usize, now: Instant) {
        self.line.insert(place, Turn::new(call, class, now));
        self.index.moves_behind(place);
        self.refile(place, now);
    }

    pub(in crate::pbx) fn len(&self) -> u32 {
        u32::try_from(self.line.len()).unwrap_or(u32::MAX)
    }

    /// The first in line for whom no phone rings and for whom this agent would do.
    pub(in crate::pbx) fn next_in_line_for(&self, agent: AgentId) -> Option<(Place, CallId)> {
        let position = self.members.iter().position(|member| member.agent == agent)?;
        let waits = |turn: &Turn| turn.ringing.is_empty() && self.requirements.fits(turn.class, position);
        let mut waiting = self.line.iter().filter(|(_, turn)| waits(turn));
        waiting.next().map(|(place, turn)| (place, turn.call))
    }

    /// The position of the caller at `place`, counted from 1.
    pub(in crate::pbx) fn position(&self, place: Place) -> u32 {
        u32::try_from(self.line.ahead(place) + 1).unwrap_or(u32::MAX)
    }

    /// Whose phones ring for the caller at `place`.
    pub(in crate::pbx) fn ringing_for(&self, place: Place) -> &[AgentId] {
        self.line.get(place).map_or(&[], |turn| &turn.ringing)
    }

    /// The caller at `place` leaves; returns whose phones rang.
    #[inline(never)]
    pub(in crate::pbx) fn leave(&mut self, place: Place) -> Vec<AgentId> {
        let mut turn = self.line.remove(place).expect("a queued caller stands in its line");
        self.index.file(place, turn.filed.as_ref(), None);
        self.index.moves_behind(place);
        self.strategy.round_over(&mut turn);
        turn.ringing
    }

    #[inline(never)]
    pub(in crate::pbx) fn set_free(&mut self, agent: AgentId, free: Option<IdleTicket>) {
        for member in self.members.iter_mut().filter(|member| member.agent == agent) {
            member.free = free;
        }
    }

    /// Agents who can be rung, as Asterisk's `num_available_members`: whatever the caller needs.
    pub(in crate::pbx) fn available(&self, now: Instant) -> usize {
        let free = self.members.iter().filter(|member| member.is_free(now)).count();
        let one_at_a_time = self.policy.strategy == StrategyKind::RingAll;
        if one_at_a_time { free.min(1) } else { free }
    }

    /// Who is rung for the caller at `place`, which is a first turn, and for how long at most.
    pub(in crate::pbx) fn choose(
        &mut self,
        place: Place,
        now: Instant,
        held: &Held<'_>,
    ) -> (Vec<AgentId>, Duration) {
        let turn = &self.line[place];
        if let Some(Reserved { position, until }) = turn.reserved(now) {
            return (vec![self.members[position].agent], self.ring_timeout.min(until - now));
        }
        let mut free = self.free_for(turn, now, held);
        let listed = self.listed(&self.asks(turn, now));
        if self.strategy.is_tiered() {
            let best = free.iter().map(|candidate| candidate.tier).min();
            free.retain(|candidate| Some(candidate.tier) == best);
        }
        let field = Field { members: &self.members, free: &free, listed: &listed };
        let turn = self.line.get_mut(place).expect("just seen");
        let chosen = match self.strategy.choose(turn, &field) {
            Choice::One(position) => vec![self.members[position].agent],
            Choice::All => free.iter().map(|candidate| self.members[candidate.position].agent).collect(),
        };
        if turn.ringing.is_empty() && turn.tried.is_empty() {
            turn.round_began = now;
        }
        turn.more_at = match self.policy.strategy {
            StrategyKind::RingProgressively { delay } => Some(now + delay),
            _ => None,
        };
        let joins_late = turn.more_at.is_some();
        let spent = if joins_late { Duration::ZERO } else { now - turn.round_began };
        (chosen, self.ring_timeout.saturating_sub(spent))
    }

    /// The agent's phone rings for the caller.
    pub(in crate::pbx) fn rings(&mut self, place: Place, agent: AgentId, now: Instant) -> CallId {
        let turn = self.line.get_mut(place).expect("a phone rings for a caller in line");
        turn.ringing.push(agent);
        let call = turn.call;
        self.refile(place, now);
        call
    }

    /// No other phone joins the one that rings for the caller.
    pub(in crate::pbx) fn rings_alone(&mut self, place: Place, now: Instant) {
        if let Some(turn) = self.line.get_mut(place) {
            turn.more_at = None;
        }
        self.refile(place, now);
    }

    /// The agent's phone rang in vain for the caller, who goes on to the next, rests, or hears other phones ring.
    pub(in crate::pbx) fn rang_in_vain(&mut self, place: Place, agent: AgentId, now: Instant, how: InVain) {
        self.stops_ringing(place, agent, now, how);
        self.refile(place, now);
    }

    fn stops_ringing(&mut self, place: Place, agent: AgentId, now: Instant, how: InVain) {
        let position = self.members.iter().position(|member| member.agent == agent);
        let position = position.expect("only members are rung");
        self.members[position].in_vain += 1;
        let rings_on = self.policy.strategy == StrategyKind::RingAll;
        let caller_rests = self.policy.retry == RetryOf::Caller;
        let turn = self.line.get_mut(place).expect("a phone rings for a caller in line");
        turn.ringing.retain(|other| *other != agent);
        if !turn.ringing.is_empty() {
            return;
        }
        if turn.reserved.take().is_some() {
            // The owner has been asked: everybody else is, at once.
            if caller_rests {
                turn.tried.push(position);
                turn.round_began = now;
            }
            return;
        }
        if caller_rests && how == InVain::Declined && !rings_on {
            turn.tried.push(position);
            let time_left = now - turn.round_began < self.ring_timeout;
            if time_left && !self.free_for(&self.line[place], now, &|_| false).is_empty() {
                return;
            }
        }
        let turn = self.line.get_mut(place).expect("just seen");
        self.strategy.round_over(turn);
        turn.tried.clear();
        turn.more_at = None;
        if caller_rests {
            turn.rests_until = now + self.retry.max(Duration::from_millis(1));
        }
    }

    /// The agent took a call of this queue, which lasted `talk` and is over.
    #[inline(never)]
    pub(in crate::pbx) fn call_over(&mut self, agent: AgentId, now: Instant, talk: Duration) {
        for member in self.members.iter_mut().filter(|member| member.agent == agent) {
            member.calls += 1;
            member.talk += talk;
            member.last_call = Some(now);
        }
    }

    /// Whose caller this is, if it is an agent's of this queue.
    pub(in crate::pbx) fn owner_of(&self, from: &str, class: usize, now: Instant) -> Option<AgentId> {
        let owner = self.owners.as_ref()?.of(from, class, now)?;
        self.members.iter().any(|member| member.agent == owner).then_some(owner)
    }

    /// Nobody but the owner is asked for the caller at `place` for as long as the policy says.
    pub(in crate::pbx) fn reserve(&mut self, place: Place, owner: AgentId, now: Instant) {
        let position = self.members.iter().position(|member| member.agent == owner);
        let (Some(owners), Some(position)) = (&self.owners, position) else { return };
        let until = now + owners.wait;
        if let Some(turn) = self.line.get_mut(place).filter(|_| !self.members[position].is_paused(now)) {
            turn.reserved = Some(Reserved { position, until });
        }
        self.refile(place, now);
    }

    /// The agent has taken the call of this number.
    pub(in crate::pbx) fn has_served(&mut self, from: &Arc<str>, agent: AgentId, now: Instant) {
        if let Some(owners) = &mut self.owners {
            owners.remember(from, agent, now);
        }
    }

    /// A caller was connected after waiting `hold`: Asterisk's average is three parts old, one part new.
    pub(in crate::pbx) fn connected(&mut self, agent: AgentId, hold: Duration) {
        self.hold_s = (self.hold_s * 3 + hold.as_secs()) / 4;
        for member in self.members.iter_mut().filter(|member| member.agent == agent) {
            member.in_vain = 0;
        }
    }

    /// Whether this agent's last phone in vain was one too many.
    pub(in crate::pbx) fn is_to_pause(&self, agent: AgentId, pause: AutoPause, now: Instant) -> bool {
        let member = self.members.iter().find(|member| member.agent == agent);
        member.is_some_and(|member| {
            let rested = member.last_call.is_none_or(|last| now - last >= pause.delay);
            rested && member.in_vain >= pause.after
        })
    }

    /// The agent is rung no more, until `end` where there is one.
    pub(in crate::pbx) fn pause(&mut self, agent: AgentId, end: Option<Instant>) {
        for member in self.members.iter_mut().filter(|member| member.agent == agent) {
            member.paused = end.map_or(Paused::ForGood, Paused::Until);
            member.in_vain = 0;
        }
    }

    /// Agents whose pauses are over.
    pub(in crate::pbx) fn end_pauses(&mut self, now: Instant) -> Vec<AgentId> {
        let over = |member: &&mut Member| member.pause_end().is_some_and(|end| end <= now);
        let back = self.members.iter_mut().filter(over).map(|member| {
            member.paused = Paused::No;
            member.agent
        });
        back.collect()
    }

    /// The caller gave up, and may want the place back.
    pub(in crate::pbx) fn remember(&mut self, from: &Arc<str>, place: Place, now: Instant) {
        let Some(within) = self.policy.resume_within else { return };
        if self.left.len() >= REMEMBERED_MAX {
            self.left.retain(|_, (at, _)| now - *at <= within);
        }
        if self.left.len() < REMEMBERED_MAX {
            self.left.insert(Arc::clone(from), (now, place));
        }
    }

    /// The place that this caller had and is in time to take again.
    pub(in crate::pbx) fn resume(&mut self, from: &str, now: Instant) -> Option<Place> {
        let within = self.policy.resume_within?;
        let (at, place) = self.left.remove(from)?;
        (now - at <= within && !self.line.contains(place)).then_some(place)
    }
}

impl Turn {
    const fn new(call: CallId, class: usize, now: Instant) -> Self {
        Self {
            call,
            entered: now,
            class,
            ringing: Vec::new(),
            rests_until: now,
            round_began: now,
            tried: Vec::new(),
            more_at: None,
            announced: None,
            pointer: Pointer::NEW,
            next_position: None,
            offered_last: None,
            reserved: None,
            filed: None,
        }
    }

    /// For whom the caller is kept, if that time is not over.
    pub(super) fn reserved(&self, now: Instant) -> Option<Reserved> {
        self.reserved.filter(|reserved| now < reserved.until)
    }

    /// No phone rings for the caller, or it is time for one more.
    pub(super) fn may_ring(&self, now: Instant) -> bool {
        self.ringing.is_empty() || self.more_at.is_some_and(|at| at <= now)
    }
}

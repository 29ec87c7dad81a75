//! Whose turn it is in a queue with a policy, found without looking at everybody who waits.

use crate::pbx::call::Place;
use crate::pbx::queue::config::Steps;
use crate::pbx::queue::config::StrategyKind;
use crate::pbx::queue::config::Window;
use crate::pbx::queue::hunt::Held;
use crate::pbx::queue::hunt::Hunt;
use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::index::Asks;
use crate::pbx::queue::index::Filing;
use crate::pbx::queue::index::Group;
use crate::pbx::queue::strategy::Candidate;
use crate::pbx::queue::strategy::Member;
use crate::time::{Duration, Instant};

impl Hunt {
    /// Files anew whoever has changed by `now` without an event; before turns are looked for and sentences begun.
    pub(in crate::pbx) fn bring_up_to(&mut self, now: Instant) {
        while let Some((_, place)) = self.index.next_change().filter(|(at, _)| *at <= now) {
            self.refile(place, now);
        }
    }

    /// The caller at `place` has changed.
    pub(super) fn refile(&mut self, place: Place, now: Instant) {
        let Some(turn) = self.line.get(place) else { return };
        let filing = self.filing(turn, now);
        let turn = self.line.get_mut(place).expect("just seen");
        let old = turn.filed.replace(filing);
        self.index.file(place, old.as_ref(), turn.filed.as_ref());
    }

    pub(super) fn filing(&self, turn: &Turn, now: Instant) -> Filing {
        let waits = turn.ringing.is_empty();
        let rests = turn.rests_until > now;
        Filing {
            asks: waits.then(|| self.asks(turn, now)),
            rests,
            can_be_told: waits && !rests && self.could_be_told(turn, now),
            change: self.change_of(turn, now),
        }
    }

    pub(super) fn asks(&self, turn: &Turn, now: Instant) -> Asks {
        Asks {
            class: turn.class,
            window: self.window(turn, now),
            reserved: turn.reserved(now).map(|reserved| reserved.position),
            tried: turn.tried.clone(),
        }
    }

    /// The penalties that the caller may be offered now. How far it is open between two tiers makes no difference.
    fn window(&self, turn: &Turn, now: Instant) -> Window {
        let window = self.policy.steps.window(self.policy.window, now - turn.entered, self.lowest);
        let last_of = |max: u32| self.tiers.iter().rev().find(|tier| **tier <= max).copied().unwrap_or(0);
        match self.policy.steps {
            Steps::Every(_) => Window { max: window.max.map(last_of), ..window },
            Steps::None | Steps::Listed(_) => window,
        }
    }

    /// When something changes about a caller that no event brings: the next step of the window, the end of a rest.
    pub(super) fn change_of(&self, turn: &Turn, now: Instant) -> Option<Instant> {
        let waited = self.policy.steps.next_change(now - turn.entered, self.lowest, &self.tiers);
        let step = waited.map(|waited| turn.entered + waited);
        let owner = turn.reserved.map(|reserved| reserved.until);
        let all = [step, owner, Some(turn.rests_until), turn.more_at, self.next_announcement(turn, now)];
        all.into_iter().flatten().filter(|at| *at > now).min()
    }

    /// When something changes in the queue that no event brings: about a caller, or the end of a pause.
    pub(in crate::pbx) fn next_change(&self, now: Instant) -> Option<Instant> {
        let caller = self.index.next_change().map(|(at, _)| at);
        let pauses = self.members.iter().filter_map(Member::pause_end).filter(|end| *end > now);
        pauses.chain(caller).min()
    }

    /// The first caller whose turn it is and for whom somebody free can be rung.
    pub(in crate::pbx) fn first_turn(&self, now: Instant, held: &Held<'_>) -> Option<Place> {
        let available = self.available(now);
        if available == 0 {
            return None;
        }
        if let Some(place) = self.first_reserved(now, held) {
            return Some(place);
        }
        if self.policy.first_only {
            let (place, turn) = self.line.iter().next()?;
            let is_ready = turn.may_ring(now) && turn.rests_until <= now;
            return (is_ready && self.has_free(&self.asks(turn, now), now, held)).then_some(place);
        }
        let groups = self.index.groups.iter().filter(|(asks, _)| self.has_free(asks, now, held));
        let groups: Vec<&Group> = groups.map(|(_, group)| group).collect();
        let joining = self.joining(now).filter(|(_, turn)| self.has_free(&self.asks(turn, now), now, held));
        let joining: Vec<(Place, &Turn)> = joining.collect();
        let joins = joining.iter().filter(|(_, turn)| turn.rests_until <= now).map(|(place, _)| *place);
        let first = groups.iter().filter_map(|group| group.ready.first().copied()).chain(joins).min()?;
        let resting = groups.iter().flat_map(|group| group.resting.range(..first)).take(available).count();
        let joins_later = |(place, turn): &&(Place, &Turn)| *place < first && turn.rests_until > now;
        (resting + joining.iter().filter(joins_later).count() < available).then_some(first)
    }

    /// The first caller whose owner is free.
    fn first_reserved(&self, now: Instant, held: &Held<'_>) -> Option<Place> {
        self.owners.as_ref()?;
        let groups = self.index.groups.iter().filter(|(asks, group)| {
            asks.reserved.is_some() && !group.ready.is_empty() && self.has_free(asks, now, held)
        });
        let joining = self.joining(now).filter(|(_, turn)| {
            turn.reserved(now).is_some()
                && turn.rests_until <= now
                && self.has_free(&self.asks(turn, now), now, held)
        });
        let waiting = groups.filter_map(|(_, group)| group.ready.first().copied());
        waiting.chain(joining.map(|(place, _)| place)).min()
    }

    /// Callers for whom phones ring, and whom it is time to give one more.
    fn joining(&self, now: Instant) -> impl Iterator<Item = (Place, &Turn)> {
        let is_progressive = matches!(self.policy.strategy, StrategyKind::RingProgressively { .. });
        let ringing = is_progressive.then_some(&self.index.ringing).into_iter().flatten();
        ringing.map(|place| (*place, &self.line[*place])).filter(move |(_, turn)| turn.may_ring(now))
    }

    /// Whoever could not be rung now looks again later, where the policy says so.
    pub(in crate::pbx) fn look_again_later(&mut self, now: Instant) {
        let Some(recheck) = self.policy.recheck else { return };
        let groups = self.index.groups.values();
        let looked: Vec<Place> = groups.flat_map(|group| group.ready.iter().copied()).collect();
        for place in looked {
            if let Some(turn) = self.line.get_mut(place) {
                turn.rests_until = now + recheck.max(Duration::from_millis(1));
            }
            self.refile(place, now);
        }
    }

    /// The member's tier for a caller with this window; none if the caller is not for this member.
    pub(super) fn tier(&self, window: Window, member: &Member) -> Option<u32> {
        if self.members.len() <= self.policy.penalty_members_limit as usize {
            Some(0)
        } else {
            window.tier(member.penalty)
        }
    }

    /// The tier of the member at `position` for a caller who asks for this; none if the caller is not for this member.
    fn tier_for(&self, asks: &Asks, position: usize) -> Option<u32> {
        if let Some(only) = asks.reserved {
            return (only == position).then_some(0);
        }
        let tier = self.tier(asks.window, &self.members[position])?;
        self.requirements.fits(asks.class, position).then_some(tier)
    }

    /// Everyone within the caller's window who has what the caller needs, free or not.
    pub(super) fn listed(&self, asks: &Asks) -> Vec<Candidate> {
        let candidate = |position| self.tier_for(asks, position).map(|tier| Candidate { tier, position });
        (0..self.members.len()).filter_map(candidate).collect()
    }

    /// Whether the member at `position` could be rung now for a caller who asks for this, if it is one of theirs.
    fn is_free_for(&self, asks: &Asks, position: usize, now: Instant, held: &Held<'_>) -> bool {
        let member = &self.members[position];
        member.is_free(now) && !asks.tried.contains(&position) && !held(member.agent)
    }

    /// Those of them who can be rung now.
    pub(super) fn free_for(&self, turn: &Turn, now: Instant, held: &Held<'_>) -> Vec<Candidate> {
        let asks = self.asks(turn, now);
        let mut listed = self.listed(&asks);
        listed.retain(|candidate| self.is_free_for(&asks, candidate.position, now, held));
        listed
    }

    /// Whether there is any.
    fn has_free(&self, asks: &Asks, now: Instant, held: &Held<'_>) -> bool {
        let serves = |at: usize| self.is_free_for(asks, at, now, held) && self.tier_for(asks, at).is_some();
        (0..self.members.len()).any(serves)
    }
}

#[cfg(test)]
mod tests;

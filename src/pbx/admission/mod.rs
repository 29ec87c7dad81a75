//! Who may come in: the limits that the configuration states, asked in order.
//!
//! A call is refused by the first limit that says no and then takes nothing from any of them; a call that all admit
//! takes its part of each. Some make a call wait instead: it holds its part of the others meanwhile. Each limit is
//! a file; one that is not stated costs nothing.

use crate::outcome::Limiter;
use crate::pbx::books::cause;
use crate::pbx::config::Config;
use crate::pbx::config::Refusal;
use crate::pbx::input::{CallId, ScopeId};
use crate::random::Seed;
use crate::time::{Duration, Instant};

pub use legs::LegDraws;

mod average;
mod call_rate;
mod channels;
mod legs;
mod link;
mod overload;
mod processor;
mod rate;
mod recording;
mod scopes;
mod sustain;
mod turns;
mod window;

/// Indices of the streams of limits that draw, far from those of the agents.
mod streams {
    pub(super) const KINDS: u64 = 1 << 40;
    pub(super) const CODECS: u64 = KINDS + 1;
    pub(super) const OVERLOAD: u64 = KINDS + 2;
    pub(super) const RECORDINGS: u64 = KINDS + 3;
    /// Those of scopes follow.
    pub(super) const SCOPES: u64 = KINDS + 1024;
}

/// A call at the door.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer<'a> {
    pub(super) call: CallId,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
}

/// Why and how a call was turned away.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) limiter: Option<Limiter>,
    pub(super) cause: &'static str,
    /// The part of the calls whose limit it is.
    pub(super) scope: Option<ScopeId>,
    pub(super) refusal: Refusal,
}

impl Refused {
    /// Not by a limit on a part of the calls.
    pub(super) const fn new(limiter: Option<Limiter>, cause: &'static str, refusal: Refusal) -> Self {
        Self { limiter, cause, scope: None, refusal }
    }
}

/// All limits of a PBX.
#[derive(Debug)]
pub(super) struct Admission {
    capacity: channels::Channels,
    processor: Option<processor::Processor>,
    rate: Option<rate::Rate>,
    scopes: Vec<scopes::Scope>,
    channels: Option<channels::Channels>,
    link: Option<link::Link>,
    legs: Option<legs::Legs>,
    recording: Option<recording::Recorder>,
    /// There is no limit but the table's own.
    is_open: bool,
    /// New limits on channels that are still to come, the next one last.
    changes: Vec<(Instant, u32)>,
}

/// What a call owes and leaves at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Account {
    pub(super) billed: bool,
    pub(super) recorded_bytes: Option<u64>,
}

impl Admission {
    /// The limits that `config` states, in the order in which a call meets them: the PBX's own table, the processor,
    /// the rate at the door, the parts of the calls, the circuits, the link, the legs.
    pub(super) fn new(config: &Config, seed: Seed) -> Self {
        let refusal = &config.refusal;
        let refused = |limiter, cause, refusal: &Refusal| Refused::new(Some(limiter), cause, refusal.clone());
        let capacity = refused(Limiter::Processor, cause::CAPACITY, &Refusal::status(503, Some(42)));
        let busy = refused(Limiter::Processor, cause::OVERLOADED, &refusal.processor);
        let fast = refused(Limiter::CallsPerSecond, cause::RATE_LIMITED, &refusal.calls_per_second);
        let full = refused(Limiter::Channels, cause::TRUNK_FULL, &refusal.channels);
        let no_room = refused(Limiter::Bandwidth, cause::LINK_FULL, &refusal.bandwidth);
        let no_leg = refused(Limiter::Legs, cause::LEGS_FULL, &refusal.legs);
        let scope = |(index, limit)| scopes::Scope::new(limit, ScopeId(index), refusal, seed);
        let rate = |limit| rate::Rate::new(limit, seed, streams::OVERLOAD, fast);
        let channels = |limit| channels::Channels::new(limit, full).with_billed(config.billed_channels);
        let mut admission = Self {
            capacity: channels::Channels::new(config.capacity, capacity),
            processor: config.processor.map(|limit| processor::Processor::new(limit, busy)),
            rate: config.calls_per_second.map(rate),
            scopes: (0..).zip(config.scopes.iter()).map(scope).collect(),
            channels: config.channels.map(channels),
            link: config.bandwidth.clone().map(|pool| link::Link::new(pool, seed, no_room)),
            legs: config.legs.clone().map(|limits| legs::Legs::new(limits, seed, no_leg)),
            recording: config.recording.map(|recording| recording::Recorder::new(recording, seed)),
            is_open: false,
            changes: config.channel_changes.iter().rev().copied().collect(),
        };
        admission.is_open = !admission.has_limits();
        admission
    }

    fn has_limits(&self) -> bool {
        self.processor.is_some()
            || self.rate.is_some()
            || !self.scopes.is_empty()
            || self.channels.is_some()
            || self.link.is_some()
            || self.legs.is_some()
            || self.recording.is_some()
    }

    /// Lets a call in, or says why not: from when it may go on, now unless it must wait.
    #[inline]
    pub(super) fn admit(&mut self, now: Instant, offer: Offer<'_>) -> Result<Instant, Refused> {
        if self.is_open {
            self.capacity.ask()?;
            self.capacity.seize();
            return Ok(now);
        }
        self.admit_by_limits(now, offer)
    }

    #[inline(never)]
    fn admit_by_limits(&mut self, now: Instant, offer: Offer<'_>) -> Result<Instant, Refused> {
        self.change_channels(now);
        self.see(now, offer);
        let admitted = self.ask(now, offer);
        if let Some(processor) = &mut self.processor {
            processor.answered_to(admitted.is_ok());
        }
        admitted?;
        self.capacity.seize();
        let mut goes_on = now;
        if let Some(processor) = &mut self.processor {
            goes_on = goes_on.max(processor.seize(now));
        }
        if let Some(rate) = &mut self.rate {
            goes_on = goes_on.max(rate.seize(now));
        }
        for scope in &mut self.scopes {
            goes_on = goes_on.max(scope.seize(now, offer));
        }
        if let Some(channels) = &mut self.channels {
            channels.seize_for(offer.call);
        }
        if let Some(link) = &mut self.link {
            link.seize(offer.call);
        }
        if let Some(legs) = &mut self.legs {
            legs.seize_wanted(offer.call);
        }
        Ok(goes_on)
    }

    /// Sets the limit that holds by `now`, which no call has met before. No call that is in is harmed.
    fn change_channels(&mut self, now: Instant) {
        while let Some((_, limit)) = self.changes.pop_if(|(at, _)| *at <= now) {
            if let Some(channels) = &mut self.channels {
                channels.change(limit);
            }
        }
    }

    /// Whoever measures what is offered, or draws for every call, does so before anybody is asked.
    fn see(&mut self, now: Instant, offer: Offer<'_>) {
        if let Some(processor) = &mut self.processor {
            processor.sample(now);
        }
        if let Some(rate) = &mut self.rate {
            rate.offered(now);
        }
        self.scopes.iter_mut().for_each(|scope| scope.offered(now, offer));
        if let Some(link) = &mut self.link {
            link.offered(offer);
        }
        if let Some(legs) = &mut self.legs {
            legs.draw();
        }
    }

    fn ask(&self, now: Instant, offer: Offer<'_>) -> Result<(), Refused> {
        self.capacity.ask()?;
        self.processor.as_ref().map_or(Ok(()), |processor| processor.ask(now))?;
        self.rate.as_ref().map_or(Ok(()), |rate| rate.ask(now))?;
        self.scopes.iter().try_for_each(|scope| scope.ask(now, offer))?;
        self.channels.as_ref().map_or(Ok(()), channels::Channels::ask)?;
        self.link.as_ref().map_or(Ok(()), link::Link::ask)?;
        self.legs.as_ref().map_or(Ok(()), legs::Legs::ask)
    }

    /// An admitted call is now one to another number: the limits on parts of the calls count it there, or say no and
    /// count it where it was.
    pub(super) fn change_number(
        &mut self,
        now: Instant,
        from: Offer<'_>,
        to: Offer<'_>,
    ) -> Result<(), Refused> {
        self.scopes
            .iter()
            .filter(|scope| scope.tells_apart(from, to))
            .try_for_each(|scope| scope.ask(now, to))?;
        for scope in self.scopes.iter_mut().filter(|scope| scope.tells_apart(from, to)) {
            scope.release(from);
            scope.seize(now, to);
        }
        Ok(())
    }

    /// There is no limit but the table's own.
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// An admitted call ended where there is no such limit.
    pub(super) fn release_open(&mut self) -> Account {
        self.capacity.release();
        Account::default()
    }

    /// An admitted call ended, after talking for so long.
    pub(super) fn release(&mut self, now: Instant, offer: Offer<'_>, talk: Duration) -> Account {
        let mut account = Account::default();
        if let Some(processor) = &mut self.processor {
            processor.sample(now);
            processor.release();
        }
        self.capacity.release();
        self.scopes.iter_mut().for_each(|scope| scope.release(offer));
        if let Some(channels) = &mut self.channels {
            account.billed = channels.release_of(offer.call);
        }
        if let Some(link) = &mut self.link {
            link.release(now, offer.call);
        }
        if let Some(legs) = &mut self.legs {
            legs.release_all(offer.call);
        }
        if let Some(recorder) = &mut self.recording
            && let Some(bytes) = recorder.stop(offer.call, talk)
        {
            account.recorded_bytes = Some(bytes);
            if let Some(processor) = &mut self.processor {
                processor.recording_ended();
            }
        }
        account
    }

    /// A call was answered: its packets flow from now on.
    pub(super) fn sound_begins(&mut self, now: Instant, call: CallId) {
        if let Some(link) = &mut self.link {
            link.sound_begins(now, call);
        }
    }

    /// Somebody talks to the caller: that may be recorded.
    pub(super) fn talk_begins(&mut self, now: Instant, call: CallId) {
        let Some(recorder) = &mut self.recording else { return };
        if !recorder.start(call) {
            return;
        }
        if let Some(processor) = &mut self.processor {
            processor.sample(now);
            processor.recording_began();
        }
        if let Some(link) = &mut self.link {
            link.uploads(now, call, recorder.uploads());
        }
    }

    /// When the next call will have had bad sound for too long.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.link.as_ref().and_then(link::Link::next_deadline)
    }

    /// Calls that have had bad sound for too long by `now`; each is told once.
    pub(super) fn sound_lost(&mut self, now: Instant) -> Vec<CallId> {
        self.link.as_mut().map_or_else(Vec::new, |link| link.sound_lost(now))
    }

    /// Whether packets are being lost at more than the tolerable rate.
    pub(super) fn is_link_overloaded(&self) -> bool {
        self.link.as_ref().is_some_and(link::Link::is_overloaded)
    }

    /// Whether that was so within the time that it takes to lose a call.
    pub(super) fn was_link_overloaded(&self, now: Instant) -> bool {
        self.link.as_ref().is_some_and(|link| link.was_overloaded(now))
    }

    /// Whether legs are counted, so that the end of one call may be what another waits for.
    pub(super) const fn counts_legs(&self) -> bool {
        self.legs.is_some()
    }

    /// Most legs at once so far; absent where they are not counted.
    pub(super) fn legs_peak(&self) -> Option<u32> {
        self.legs.as_ref().map(legs::Legs::peak)
    }

    /// Whether an agent's phone can be rung.
    pub(super) fn has_leg_for_agent(&self) -> bool {
        self.legs.as_ref().is_none_or(|legs| legs.has(1))
    }

    /// How a call is turned away for which no second leg is free.
    ///
    /// # Panics
    /// If legs are not counted: then one is always free.
    pub(super) fn no_leg(&self) -> Refused {
        self.legs.as_ref().expect("only counted legs run out").refused()
    }

    /// An agent's phone rings for an admitted call.
    pub(super) fn seize_agent_leg(&mut self, call: CallId) {
        if let Some(legs) = &mut self.legs {
            legs.seize(call, 1);
        }
    }

    /// An agent's phone rang in vain.
    pub(super) fn release_agent_leg(&mut self, call: CallId) {
        if let Some(legs) = &mut self.legs {
            legs.release_one(call);
        }
    }
}

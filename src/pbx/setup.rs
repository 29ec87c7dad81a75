//! Between the door and the routing: calls that wait to be set up, sound that is lost, and what a call
//! gives back at its end.

use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::admission::Account;
use crate::pbx::admission::Offer;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::input::{CallId, ScopeId};
use crate::pbx::machine::Pbx;
use crate::pbx::timers::Owner;
use crate::time::{Duration, Instant};

impl Call {
    /// The call as the limits see it.
    pub(super) fn offer(&self, call: CallId) -> Offer<'_> {
        let to = self.transferred.as_ref().map_or(&self.to, |transferred| &transferred.number);
        Offer { call, from: &self.from, to }
    }

    /// How long somebody has talked to the caller by `now`.
    pub(super) fn talk(&self, now: Instant) -> Duration {
        let transferred = self.transferred.as_deref();
        let before = transferred.map_or(Duration::ZERO, |transferred| transferred.talked);
        before
            + match self.state {
                State::Answered { at, .. } => now - transferred.map_or(at, |transferred| transferred.at),
                State::Talking(talking) => now - talking.connected,
                State::Asking { .. } | State::Arriving | State::SettingUp { .. } | State::Ringing { .. } => {
                    Duration::ZERO
                }
                State::Menu(_) | State::Recording(_) | State::Queued(_) => Duration::ZERO,
            }
    }
}

impl Pbx {
    /// Routes an admitted call, now or when its turn has come.
    pub(super) fn set_up(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        goes_on: Instant,
        actions: &mut Vec<Action>,
    ) {
        if goes_on <= now {
            return self.route(now, id, call, actions);
        }
        call.state = State::SettingUp { timer: self.timers.set(goes_on, Owner::Call(id)) };
        self.calls.insert(id, call);
    }

    /// Tells whose sound has been bad for too long.
    pub(super) fn tell_sound_lost(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let lost = self.admission.sound_lost(now);
        actions.extend(lost.into_iter().map(|call| Action::SoundLost { call }));
    }

    /// Whether the link loses more packets at present than a call can bear.
    #[must_use]
    pub fn is_link_overloaded(&self) -> bool {
        self.admission.is_link_overloaded()
    }

    /// Whether it has done so within the time that it takes to lose a call.
    #[must_use]
    pub fn was_link_overloaded(&self, now: Instant) -> bool {
        self.admission.was_link_overloaded(now)
    }

    /// The name of a limit on a part of the calls.
    ///
    /// # Panics
    /// If no action of this PBX has named it, and there is none of this number.
    #[must_use]
    pub fn scope_name(&self, scope: ScopeId) -> &Arc<str> {
        &self.config.scopes[scope.0 as usize].name
    }

    /// Gives back what an admitted call holds.
    pub(super) fn give_back(&mut self, now: Instant, id: CallId, call: &Call) -> Account {
        if self.admission.is_open() {
            return self.admission.release_open();
        }
        self.admission.release(now, call.offer(id), call.talk(now))
    }
}

//! The machine's part in asking a caller's owner first: who is there to be asked, and what became of it.

use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::outcome::note::OwnerMet;
use crate::pbx::action::Action;
use crate::pbx::call::Queued;
use crate::pbx::hunting::doing;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::queue::Doing;
use crate::time::Instant;
use std::sync::Arc;

impl Pbx {
    /// Keeps a caller who has just entered a queue for the owner, if there is one, and tells who that is. Nobody waits
    /// for an owner who is away, nor beyond the places of the queue.
    pub(super) fn ask_owner_first(
        &mut self,
        now: Instant,
        id: CallId,
        queued: &Queued,
        full: bool,
    ) -> Option<AgentId> {
        let hunt = self.queues[queued.queue].hunt.as_mut()?;
        let call = self.calls.get(&id)?;
        let owner = hunt.owner_of(&call.from, call.class, now)?;
        let idle = self.agents[owner.0 as usize].state.is_idle();
        let away = matches!(doing(&self.agents, owner), Doing::Paused | Doing::Unavailable);
        if idle || !(full || away) {
            hunt.reserve(queued.place, owner, now);
        }
        Some(owner)
    }

    /// Tells whether a caller who leaves the queue, to talk to `taker` or to nobody, has met the owner.
    pub(super) fn note_owner(
        &self,
        now: Instant,
        queued: &Queued,
        taker: Option<AgentId>,
        actions: &mut Vec<Action>,
    ) {
        let Some(owner) = queued.owner else { return };
        let met = match taker {
            Some(agent) if agent == owner => OwnerMet::Reached,
            Some(_) => OwnerMet::FellBack,
            None => OwnerMet::Gone,
        };
        let queue = queued.origin.map_or(queued.queue, |origin| origin.queue);
        let queue = Arc::clone(&self.config.queues[queue].name);
        actions.push(Action::Noted(Box::new(Noted { at: now, queue, note: Note::Owner(met) })));
    }
}

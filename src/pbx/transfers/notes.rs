//! What figures want to know where agents send callers on: how many, who waits where and for how long, and which agent
//! has talked for how long.

use std::sync::Arc;

use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::outcome::note::Passed;
use crate::outcome::note::Visit;
use crate::pbx::action::Action;
use crate::pbx::call::Call;
use crate::pbx::call::Queued;
use crate::pbx::call::State;
use crate::pbx::call::Talking;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::time::{Duration, Instant};

impl Pbx {
    /// An agent has picked up.
    pub(in crate::pbx) fn note_picked_up(
        &self,
        now: Instant,
        id: CallId,
        queued: Queued,
        actions: &mut Vec<Action>,
    ) {
        if self.sends_on && !self.config.queues[queued.queue].policy.transfers.is_empty() {
            self.note_at(&self.calls[&id], queued.queue, Note::Passed(Passed::Conversation), actions);
        }
        self.note_wait(now, id, queued, true, actions);
    }

    /// The wait of a caller in a queue is over: an agent has picked up, or nobody will.
    pub(in crate::pbx) fn note_wait(
        &self,
        now: Instant,
        id: CallId,
        queued: Queued,
        answered: bool,
        actions: &mut Vec<Action>,
    ) {
        self.note_visit(&self.calls[&id], queued.queue, now - queued.entered, answered, actions);
    }

    /// A caller was not let into a queue.
    pub(in crate::pbx) fn note_not_let_in(&self, call: &Call, queue: usize, actions: &mut Vec<Action>) {
        self.note_visit(call, queue, Duration::ZERO, false, actions);
    }

    fn note_visit(
        &self,
        call: &Call,
        queue: usize,
        wait: Duration,
        answered: bool,
        actions: &mut Vec<Action>,
    ) {
        if self.sends_on {
            let visit = Visit { answered, sent_here: call.transferred.is_some(), wait };
            self.note_at(call, queue, Note::Visit(visit), actions);
        }
    }

    /// An agent sends a caller on.
    pub(super) fn note_sent_on(
        &self,
        now: Instant,
        id: CallId,
        talking: Talking,
        to: &str,
        actions: &mut Vec<Action>,
    ) {
        let call = &self.calls[&id];
        let transfers = &self.config.queues[talking.queue].policy.transfers;
        if let Some(way) = transfers.iter().position(|transfer| *transfer.to == *to) {
            self.note_at(call, talking.queue, Note::Passed(Passed::SentOn { way }), actions);
        }
        if self.sends_on {
            let passed = Passed::Talked { agent: talking.agent.0, talk: now - talking.connected };
            self.note_at(call, talking.queue, Note::Passed(passed), actions);
        }
    }

    /// A call that agents had sent on is over: its record gives all talk to the last of them.
    pub(in crate::pbx) fn note_talk_of_others(&self, now: Instant, call: &Call, actions: &mut Vec<Action>) {
        if !self.sends_on {
            return;
        }
        let (Some(transferred), Some(served)) = (call.transferred.as_deref(), call.served()) else { return };
        let talks = matches!(call.state, State::Talking(_));
        let talk = if talks { transferred.talked } else { call.talk(now) };
        let passed = Passed::Others { agent: served.agent.0, talk, talks };
        self.note_at(call, served.queue, Note::Passed(passed), actions);
    }

    fn note_at(&self, call: &Call, queue: usize, note: Note, actions: &mut Vec<Action>) {
        let queue = Arc::clone(&self.config.queues[queue].name);
        actions.push(Action::Noted(Box::new(Noted { at: call.start, queue, note })));
    }
}

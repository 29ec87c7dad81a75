//! The machine's deadlines: which is next, and what it brings.

use crate::pbx::action::Action;
use crate::pbx::agent::Agent;
use crate::pbx::call::Call;
use crate::pbx::callbacks::Callbacks;
use crate::pbx::config::Config;
use crate::pbx::contacts::Contacts;
use crate::pbx::machine::Pbx;
use crate::pbx::table::CallTable;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::time::Instant;

/// Whether anything but a timer or a callback can fall due: agents who come and go, sound that is lost.
pub(super) fn has_more_deadlines(config: &Config) -> bool {
    config.bandwidth.is_some() || config.agents.iter().any(|agent| !agent.presence.is_constant())
}

impl Pbx {
    /// The earliest of all deadlines.
    #[inline]
    pub(super) fn earliest_deadline(&self) -> Option<Instant> {
        let timer = self.timers.peek();
        if self.has_more_deadlines || self.callbacks.are_requested() {
            self.earliest_of_all(timer)
        } else {
            timer
        }
    }

    #[inline(never)]
    fn earliest_of_all(&self, timer: Option<Instant>) -> Option<Instant> {
        let others = [self.roster.peek(), self.callbacks.next_deadline(), self.admission.next_deadline()];
        others.into_iter().chain([timer]).flatten().min()
    }

    /// Serves the deadlines that have passed by `now`, each at its own instant.
    #[inline]
    pub(super) fn serve_deadlines(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.due.is_some_and(|due| due <= now) {
            self.serve_due(now, actions);
        }
    }

    #[inline(never)]
    fn serve_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some(at) = self.due.filter(|at| *at <= now) {
            if self.callbacks.next_deadline() == Some(at) {
                self.place_callbacks(at, actions);
            } else if self.roster.peek() == Some(at) {
                self.change_presence(at, actions);
            } else if self.admission.next_deadline() == Some(at) {
                self.tell_sound_lost(at, actions);
            } else {
                let Some((at, timer, owner)) = self.timers.pop_due(at) else { break };
                let owners = (
                    &self.calls,
                    self.agents.as_slice(),
                    self.wakes.as_slice(),
                    &self.callbacks,
                    self.contacts.as_ref(),
                );
                if is_live(owners, timer, owner) {
                    self.deadline(at, owner, actions);
                }
            }
            // Who is rung all at once is so after all deadlines of one instant.
            if !self.has_policies || self.earliest_deadline() != Some(at) {
                self.settle(at, actions);
            }
            if self.contacts.is_some() && self.earliest_deadline() != Some(at) {
                self.take_up_contacts(at, actions);
            }
            self.due = self.earliest_deadline();
        }
    }

    fn deadline(&mut self, at: Instant, owner: Owner, actions: &mut Vec<Action>) {
        match owner {
            Owner::Call(call) => self.call_deadline(at, call, actions),
            Owner::Agent(agent) => self.agent_deadline(at, agent, actions),
            Owner::Queue(queue) => self.queue_deadline(queue),
            Owner::Offer(call) => self.offer_callback(at, call, actions),
            Owner::Callback(of) => self.customer_rang_out(at, of, actions),
            Owner::Contact(kind) => self.contact_comes(at, kind, actions),
        }
    }

    /// Drops deadlines that matter no more.
    #[inline]
    pub(super) fn sweep(&mut self) {
        if !self.timers.is_empty() {
            self.sweep_timers();
        }
    }

    fn sweep_timers(&mut self) {
        let count = self.calls.len() + self.agents.len() + self.queues.len();
        let owners = (
            &self.calls,
            self.agents.as_slice(),
            self.wakes.as_slice(),
            &self.callbacks,
            self.contacts.as_ref(),
        );
        self.timers.sweep(count, |timer, owner| is_live(owners, timer, owner));
    }
}

/// Whose deadlines timers are: calls, agents, queues that wake, customers who are called back, contacts.
type Owners<'a> = (
    &'a CallTable<Box<Call>>,
    &'a [Agent],
    &'a [Option<(Instant, TimerId)>],
    &'a Callbacks,
    Option<&'a Contacts>,
);

fn is_live((calls, agents, wakes, callbacks, contacts): Owners<'_>, timer: TimerId, owner: Owner) -> bool {
    let current = match owner {
        Owner::Call(call) => calls.get(&call).and_then(|call| call.state.timer()),
        Owner::Agent(agent) => agents.get(agent.0 as usize).and_then(|agent| agent.state.timer()),
        Owner::Queue(queue) => wakes[queue].map(|(_, timer)| timer),
        Owner::Offer(call) => calls.get(&call).and_then(|call| call.state.offer()),
        Owner::Callback(of) => callbacks.timer(of),
        Owner::Contact(kind) => contacts.and_then(|contacts| contacts.timer(kind)),
    };
    current == Some(timer)
}

//! How legs end: refused, given up, hung up on, gone; and with the last of them the fork.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::legs::Leg;
use crate::endpoint::pbx::legs::Progress;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::pbx::CallId;
use crate::sip::dialog::Dialog;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::write_cancel;
use crate::time::Instant;

impl PbxEndpoint {
    /// A phone refused, or nothing came of it.
    pub(super) fn leg_failed(&mut self, now: Instant, key: usize, status: u16, out: &mut Vec<Action>) {
        let leg = self.legs.remove(key);
        let Some(fork) = self.forks.get_mut(&(leg.call, leg.target)) else { return };
        if !fork.calling.remove(&leg.id) {
            return;
        }
        fork.best = Some(better(fork.best, status));
        if status >= 600 {
            // Who says so speaks for all their phones (RFC 3261, 16.7, 5).
            for other in std::mem::take(&mut fork.calling) {
                self.give_up_leg(now, other, out);
            }
        }
        self.fail_if_over(now, leg.call, leg.target, out);
    }

    pub(super) fn fail_if_over(&mut self, now: Instant, call: CallId, target: Target, out: &mut Vec<Action>) {
        let Some(fork) = self.forks.get(&(call, target)) else { return };
        if fork.calling.is_empty() && fork.answered.is_none() {
            let status = fork.best.unwrap_or(480);
            self.drop_fork(call, target, out);
            self.fork_failed(now, call, target, status, out);
        }
    }

    /// Ends whatever became of a fork.
    pub(super) fn end_fork(&mut self, now: Instant, call: CallId, target: Target, out: &mut Vec<Action>) {
        let Some(fork) = self.forks.get_mut(&(call, target)) else { return };
        let (calling, answered) = (std::mem::take(&mut fork.calling), fork.answered);
        self.drop_fork(call, target, out);
        for leg in calling {
            self.give_up_leg(now, leg, out);
        }
        if let Some(key) = answered.and_then(|leg| self.leg_key(leg)) {
            self.leave_leg(now, key, &[], out);
        }
    }

    /// Ends every fork of a call.
    pub(super) fn end_forks(&mut self, now: Instant, call: CallId, out: &mut Vec<Action>) {
        let all = (call, Target::User)..=(call, Target::Transfer(u32::MAX));
        let targets: Vec<Target> = self.forks.range(all).map(|((_, target), _)| *target).collect();
        for target in targets {
            self.end_fork(now, call, target, out);
        }
    }

    pub(super) fn drop_fork(&mut self, call: CallId, target: Target, out: &mut Vec<Action>) {
        if let Some(media) = self.forks.remove(&(call, target)).and_then(|fork| fork.media) {
            self.release_port(media, out);
        }
    }

    pub(super) fn give_up_leg(&mut self, now: Instant, leg: LegId, out: &mut Vec<Action>) {
        let Some(key) = self.leg_key(leg) else { return };
        self.legs[key].progress = Progress::Cancelling { sent: false };
        if self.legs[key].provisional {
            self.cancel_leg(now, key, out);
        }
    }

    pub(super) fn cancel_leg(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let leg = &mut self.legs[key];
        leg.progress = Progress::Cancelling { sent: true };
        let invite = Message::scan(&leg.invite).expect("what we write scans");
        let mut bytes = Vec::with_capacity(384);
        write_cancel(&invite, &mut bytes);
        let branch = invite.via.branch.unwrap_or_default();
        let mut actions = Vec::new();
        let (destination, user) = (leg.destination, leg.id.user());
        // Without room for the CANCEL the INVITE's own timer ends the leg.
        let _ = self.layer.request(now, destination, bytes, Method::Cancel, branch, user, &mut actions);
        Self::transmit(actions, out);
    }

    /// Hangs up on a phone that had picked up.
    pub(super) fn leave_leg(
        &mut self,
        now: Instant,
        key: usize,
        headers: &[(&'static str, &str)],
        out: &mut Vec<Action>,
    ) {
        if self.legs[key].progress != Progress::Answered {
            return;
        }
        self.legs[key].progress = Progress::Leaving;
        let id = self.legs[key].id;
        self.unlink(now, Side::Leg(id), out);
        if self.request_to(now, Side::Leg(id), Method::Bye, headers, None, out).is_none() {
            self.forget_leg(key);
        }
    }

    /// The phone hung up, or is gone without a word.
    pub(super) fn leg_is_gone(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let Leg { id, call, target, .. } = self.legs[key];
        self.unlink(now, Side::Leg(id), out);
        self.forget_leg(key);
        self.forks.remove(&(call, target));
        self.party_left(now, id, (call, target), out);
    }

    /// Takes a leg out of the table; its media have ended.
    pub(super) fn forget_leg(&mut self, key: usize) {
        let leg = self.legs.remove(key);
        self.stop_session(Side::Leg(leg.id));
        let theirs = leg.dialog.as_ref().map_or(&b""[..], Dialog::remote_tag);
        self.remember_ended(leg.call_id.as_bytes(), leg.tag.as_bytes(), theirs);
        if let Some(server) = leg.server {
            self.layer.acknowledged(server);
        }
    }

    /// What comes back, or never does, for requests of ours other than INVITEs that make legs.
    pub(super) fn leg_request_answered(
        &mut self,
        now: Instant,
        key: usize,
        status: Option<u16>,
        out: &mut Vec<Action>,
    ) {
        match self.legs[key].progress {
            Progress::Leaving => self.forget_leg(key),
            Progress::Answered if matches!(status, None | Some(408 | 481)) => self.leg_is_gone(now, key, out),
            _ => {}
        }
    }
}

/// The refusal to pass on (RFC 3261, 16.7, 6): a 6xx before all, then the lowest class; within it busy before the
/// rest, since it tells the caller most.
pub(super) fn better(best: Option<u16>, status: u16) -> u16 {
    let rank = |status: u16| match status {
        600.. => (0, 0),
        486 => (status / 100, 0),
        _ => (status / 100, 1),
    };
    best.filter(|best| rank(*best) <= rank(status)).unwrap_or(status)
}

#[cfg(test)]
mod tests {
    use super::better;

    #[test]
    fn the_refusal_that_tells_most_is_passed_on() {
        for (refusals, expected) in [
            (&[480, 486, 404][..], 486),
            (&[503, 480], 480),
            (&[486, 603], 603),
            (&[603, 486], 603),
            (&[404, 408], 404),
        ] {
            let best = refusals.iter().fold(None, |best, status| Some(better(best, *status)));
            assert_eq!(best, Some(expected), "{refusals:?}");
        }
    }
}

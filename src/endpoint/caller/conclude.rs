//! The end of an attempt: evidence, outcome, record, and what the caller does next.

use std::sync::Arc;

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::StopReason;
use crate::endpoint::caller::call::Call;
use crate::endpoint::caller::call::Progress;
use crate::endpoint::session;
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Latency;
use crate::outcome::MediaReport;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Phase;
use crate::outcome::classify::Evidence;
use crate::party;
use crate::party::redial;
use crate::party::redial::Next;
use crate::sip::message::Message;
use crate::time::Duration;
use crate::time::Instant;

impl Callers {
    /// The attempt is over: writes it down, once its media report is in.
    pub(super) fn conclude(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let people = self.settings.scale.people(now);
        let call = &mut self.calls[key];
        call.ended.get_or_insert(now);
        call.progress = Progress::Over;
        if std::mem::take(&mut call.seized) {
            out.push(Action::Observed(Observation::Released { at: people }));
        }
        self.stop_media(key, out);
        if !self.calls[key].media_flows || self.calls[key].media.is_some() {
            self.write_down(key, out);
        }
    }

    /// We ourselves could not do what the call needed.
    pub(super) fn spoilt(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        self.calls[key].spoilt = true;
        self.conclude(now, key, out);
    }

    fn write_down(&mut self, key: usize, out: &mut Vec<Action>) {
        let call = self.calls.remove(key);
        let (outcome, rule) = self.judge(&call);
        let scale = self.settings.scale;
        let ended_at = scale.people(call.ended.unwrap_or(call.started));
        let class = &self.settings.classes[call.plan.class];
        let next = if call.stopped.or(self.stopping).is_some() {
            Next::Stopped
        } else {
            redial::next(self.settings.seed, &call.plan, class, outcome, ended_at)
        };
        let record = self.record(&call, outcome, rule, &next);
        self.ladders.ended(call.serial, rule, outcome, &call.call_id, call.intended);
        self.keep_message(&call, outcome, ended_at);
        out.push(Action::Observed(Observation::Ended(Box::new(record))));
        if let Next::Redial(plan) = next {
            out.push(Action::Redial(plan));
        }
    }

    fn judge(&self, call: &Call) -> (Outcome, &'static str) {
        self.settings.classifier.classify(&Evidence {
            generator_fault: call.spoilt,
            run_end: call.stopped.is_some(),
            interrupted: call.stopped == Some(StopReason::Interrupted),
            gave_up: call.gave_up,
            rang_out: call.rang_out,
            provisional: call.provisional,
            ringing: call.ringing.is_some(),
            answered: call.answered.is_some(),
            awaiting_person: call.answered.is_some()
                && call.connected.is_none()
                && !call.content
                && (call.in_menu || call.heard.queue.is_some()),
            in_menu: call.in_menu && !call.content,
            ended_by: call.ended_by(),
            planned_end: call.bye_sent.is_some() && !call.gave_up && call.stopped.is_none(),
            status: call.heard.status,
            q850: call.heard.q850,
            retry_after: call.heard.retry_after,
            phrase: call.heard.phrase.as_deref().unwrap_or_default(),
            warning: call.heard.warning.as_deref().unwrap_or_default(),
            timer_b: call.timer_b,
            transport_error: call.transport_error,
            media_dead: call.silent_media,
            media_degraded: call.degraded_media,
            bye_unanswered: call.bye_sent.is_some() && call.bye_answered.is_none() && call.stopped.is_none(),
            pbx_cause: call.heard.cause.as_deref(),
            completed_by: call.served_by(),
        })
    }

    fn record(&self, call: &Call, outcome: Outcome, rule: &'static str, next: &Next) -> CallRecord {
        let people = |at: Instant| self.settings.scale.people(at);
        let ended = call.ended.map(people);
        let queue = call.heard.queue.clone();
        let since = call.queued.unwrap_or(call.intended);
        let spoke = [call.before.map(|(first, _)| first), call.connected];
        let spoke = spoke.into_iter().flatten().find(|at| *at >= since);
        let picked_up = call.sent_on.into_iter().chain(spoke).min().or(call.ended);
        let asked = queue.as_ref().filter(|_| !call.made_by_firm);
        let wait = asked.and(picked_up).map(|at| people(at) - people(call.queued.unwrap_or(call.intended)));
        let warm_up = call.plan.intended_start < self.settings.warm_up_end;
        CallRecord {
            call_id: call.call_id.clone(),
            index: call.plan.index,
            attempt: call.plan.attempt,
            phase: if warm_up { Phase::WarmUp } else { Phase::Measured },
            caller: call.plan.from.clone(),
            class: self.settings.classes[call.plan.class].name.clone(),
            did: self.settings.target.user.as_deref().map_or_else(|| call.plan.to.clone(), Arc::from),
            intended_start: call.plan.intended_start,
            started: Some(people(call.started)),
            ringing: call.ringing.map(people),
            answered: call.answered.map(people),
            ended,
            outcome,
            cause: Arc::from(rule),
            sip_status: call.heard.status,
            q850: call.heard.q850,
            limiter: call.heard.limiter.filter(|_| outcome.is_technical()),
            wait,
            talk: self.talk(call),
            agent: call.heard.agent.clone(),
            queue,
            ended_by: call.ended_by(),
            last_attempt: next.is_last_attempt() && !call.plan.called_back,
            defected: *next == Next::Defected,
            served_before: call.plan.repeats > 0,
            latency: Some(call.latency()),
            media: call.media,
        }
    }

    /// How long people have talked to the caller.
    fn talk(&self, call: &Call) -> Option<Duration> {
        let people = |at: Instant| self.settings.scale.people(at);
        let last = call.connected.zip(call.ended).map(|(connected, ended)| people(ended) - people(connected));
        match call.before {
            None => last,
            Some((_, talked)) => Some(self.settings.scale.people_duration(talked) + last.unwrap_or_default()),
        }
    }

    /// Begins to send sound where the scenario wants it; false if the answer leaves no way to.
    pub(super) fn start_media(&mut self, key: usize, message: &Message<'_>, out: &mut Vec<Action>) -> bool {
        let call = &mut self.calls[key];
        let Some(port) = call.media_port else { return true };
        let address = self.settings.advertised.ip();
        if let Some((remote, agreed)) = session::accepted(message.body, address, self.settings.media) {
            call.media_flows = true;
            call.events = agreed.telephone_event;
            let (payload_type, events) = (agreed.codec.payload_type(), agreed.telephone_event);
            out.push(Action::StartMedia { port, remote, payload_type, events });
        }
        call.media_flows
    }

    pub(super) fn stop_media(&mut self, key: usize, out: &mut Vec<Action>) {
        if let Some(port) = self.calls[key].media_port.filter(|_| !self.calls[key].media_stopped) {
            self.calls[key].media_stopped = true;
            out.push(Action::StopMedia { port });
        }
    }

    pub(super) fn media_reported(
        &mut self,
        now: Instant,
        port: u16,
        report: MediaReport,
        out: &mut Vec<Action>,
    ) {
        let found = self.calls.iter().find(|(_, call)| call.media_port == Some(port)).map(|(key, _)| key);
        let Some(key) = found else { return };
        self.calls[key].media = Some(report);
        if self.calls[key].progress == Progress::Over {
            self.conclude(now, key, out);
        }
    }

    pub(super) fn media_silent(&mut self, now: Instant, port: u16, out: &mut Vec<Action>) {
        let found = self.calls.iter().find(|(_, call)| call.media_port == Some(port)).map(|(key, _)| key);
        let Some(key) = found.filter(|&key| self.calls[key].progress == Progress::Answered) else { return };
        self.calls[key].silent_media = true;
        self.hang_up(now, key, out);
    }

    /// The caller has heard too little for too long, and hangs up.
    pub(super) fn media_degraded(&mut self, now: Instant, port: u16, out: &mut Vec<Action>) {
        let found = self.calls.iter().find(|(_, call)| call.media_port == Some(port)).map(|(key, _)| key);
        let Some(key) = found.filter(|&key| self.calls[key].progress == Progress::Answered) else { return };
        self.calls[key].degraded_media = true;
        self.hang_up(now, key, out);
    }

    /// Every caller hangs up or cancels; who has heard nothing at all yet waits for something to cancel.
    pub(super) fn stop(&mut self, now: Instant, reason: StopReason, out: &mut Vec<Action>) {
        self.stopping = Some(reason);
        self.stop_phones(now, out);
        let keys: Vec<usize> = self.calls.iter().map(|(key, _)| key).collect();
        for key in keys {
            match self.calls[key].progress {
                Progress::Calling => {
                    // Who had given up in silence already stays one who gave up.
                    if !self.calls[key].gave_up {
                        self.calls[key].stopped = Some(reason);
                    }
                    self.tell(now, key, party::caller::Input::Ended, out);
                    if self.calls[key].provisional {
                        self.cancel(now, key, out);
                    }
                }
                Progress::Answered => {
                    self.calls[key].stopped = Some(reason);
                    self.tell(now, key, party::caller::Input::Ended, out);
                    self.hang_up(now, key, out);
                }
                Progress::Cancelling | Progress::Leaving | Progress::Over => {}
            }
        }
    }

    /// The time given to the stop is over.
    pub(super) fn forget(&mut self, now: Instant, out: &mut Vec<Action>) {
        let keys: Vec<usize> = self.calls.iter().map(|(key, _)| key).collect();
        for key in keys {
            let call = &mut self.calls[key];
            if call.stopped.is_none() {
                call.stopped = self.stopping;
            }
            call.media.get_or_insert_default();
            self.conclude(now, key, out);
        }
    }
}

impl Call {
    const fn served_by(&self) -> CompletedBy {
        if self.content && self.at_voicemail {
            CompletedBy::Voicemail
        } else if self.content {
            CompletedBy::Ivr
        } else if self.heard.agent.is_some() {
            CompletedBy::Agent
        } else {
            CompletedBy::Pbx
        }
    }

    fn ended_by(&self) -> EndedBy {
        if self.stopped.is_some() {
            EndedBy::RunEnd
        } else if self.far_side_left {
            if self.heard.agent.is_some() && self.heard.cause.is_none() {
                EndedBy::Agent
            } else {
                EndedBy::Pbx
            }
        } else if self.timer_b || self.transport_error || self.silent_media || self.degraded_media {
            EndedBy::Network
        } else if self.bye_sent.is_some() || self.gave_up {
            EndedBy::Caller
        } else {
            EndedBy::Pbx
        }
    }

    fn latency(&self) -> Latency {
        Latency {
            lateness: self.started - self.intended,
            post_dial_delay: self.first_response.map(|at| at - self.intended),
            answer_delay: self.answered.map(|at| at - self.intended),
            disconnect_delay: self.bye_sent.zip(self.bye_answered).map(|(sent, answered)| answered - sent),
        }
    }
}

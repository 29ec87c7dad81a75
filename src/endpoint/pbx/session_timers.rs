//! Session timers (RFC 4028): a call whose other end has vanished without a word ends when nobody refreshes it.
//!
//! A side whose session is timed is refreshed by the PBX at half the interval, by UPDATE where the phone takes it and
//! by re-INVITE else; or the phone refreshes, and the PBX hangs up when it does not. A refresh that meets one of the
//! phone's own (491) is tried again after the time that RFC 3261, 14.1, gives the owner of the Call-ID or the other.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::sides::Side;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Parameters;
use crate::sip::message::trim;
use crate::sip::sdp::Direction;
use crate::sip::transaction::ClientId;
use crate::time::Duration;
use crate::time::Instant;

/// Longest time before the end of a session by which a refresh must have come (RFC 4028, 10).
const LAST_CALL: Duration = Duration::from_secs(32);
const EXPIRED: &str = "Q.850;cause=102;text=\"session timer expired\"";

/// How sessions are timed. Wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimers {
    /// The interval that the PBX asks for; absent: it times only the sessions of phones that ask.
    pub expires: Option<Duration>,
    /// Who asks for less gets 422 with this.
    pub min: Duration,
}

impl Default for SessionTimers {
    /// Only for those who ask, and not below RFC 4028's 90 s.
    fn default() -> Self {
        Self { expires: None, min: Duration::from_secs(90) }
    }
}

/// One side's timer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    interval: Duration,
    we_refresh: bool,
    due: Instant,
    /// The session ends at `due`, unless a refresh comes first.
    ends: bool,
    refresh: Option<ClientId>,
    takes_update: bool,
}

impl PbxEndpoint {
    /// What a request that makes or refreshes a session says of its timer, and what to answer.
    pub(super) fn time_session(&mut self, now: Instant, side: Side, message: &Message<'_>) -> Extra {
        let mut extra = Extra::default();
        let timers = self.settings.phones.session_timers;
        let supports = message.headers("Supported").any(|options| has_option(options, b"timer"));
        let asked = session_expires(message);
        let Some(interval) = asked.map(|(interval, _)| interval.max(timers.min)).or(timers.expires) else {
            self.stop_session(side);
            return extra;
        };
        let they_refresh = supports
            && match asked {
                Some((_, Some(theirs))) => theirs,
                Some((_, None)) => true,
                None => false,
            };
        let refresher = if they_refresh { "uac" } else { "uas" };
        extra.header("Session-Expires", format!("{};refresher={refresher}", interval.as_secs()));
        if they_refresh {
            extra.header("Require", "timer");
        }
        let known = self.sessions.get(&side).map(|session| session.takes_update);
        let lists = message.headers("Allow").any(|methods| has_option(methods, b"UPDATE"));
        let takes_update = lists || known.unwrap_or(false);
        self.start_session(now, side, interval, !they_refresh, takes_update);
        extra
    }

    /// Whether a request asks for too short a session: what a 422 says then.
    pub(super) fn too_brief(&self, message: &Message<'_>) -> Option<String> {
        let least = self.settings.phones.session_timers.min;
        let supports = message.headers("Supported").any(|options| has_option(options, b"timer"));
        let (asked, _) = session_expires(message)?;
        (supports && asked < least).then(|| least.as_secs().to_string())
    }

    /// What a phone's answer to our INVITE or refresh says of its timer: without a word, we refresh.
    pub(super) fn session_answered(&mut self, now: Instant, side: Side, message: &Message<'_>) {
        let known = self.sessions.get(&side).copied();
        let ours = known.map(|session| session.interval).or(self.settings.phones.session_timers.expires);
        let agreed = session_expires(message);
        let Some(interval) = agreed.map(|(interval, _)| interval).or(ours) else { return };
        let they_refresh = agreed.is_some_and(|(_, uac)| uac == Some(false));
        let lists = message.headers("Allow").any(|methods| has_option(methods, b"UPDATE"));
        let takes_update = lists || known.is_some_and(|session| session.takes_update);
        self.start_session(now, side, interval.max(Duration::from_secs(1)), !they_refresh, takes_update);
    }

    fn start_session(
        &mut self,
        now: Instant,
        side: Side,
        interval: Duration,
        we_refresh: bool,
        takes_update: bool,
    ) {
        // The time of a call that has not been answered begins with the answer.
        let due = if self.is_up(side) { now + first_due(interval, we_refresh) } else { Instant::FAR_FUTURE };
        self.put_session(
            side,
            Session { interval, we_refresh, due, ends: !we_refresh, refresh: None, takes_update },
        );
    }

    /// The call has been answered: its session's time begins.
    pub(super) fn begin_session(&mut self, now: Instant, side: Side) {
        if let Some(session) = self.sessions.get(&side).copied() {
            let due = now + first_due(session.interval, session.we_refresh);
            self.put_session(side, Session { due, ..session });
        }
    }

    fn put_session(&mut self, side: Side, session: Session) {
        if let Some(former) = self.sessions.insert(side, session) {
            self.session_deadlines.remove(&(former.due, side));
        }
        self.session_deadlines.insert((session.due, side));
    }

    /// What was agreed with one side holds for the other, which has taken its place.
    pub(super) fn move_session(&mut self, from: Side, to: Side) {
        if let Some(session) = self.sessions.remove(&from) {
            self.session_deadlines.remove(&(session.due, from));
            self.put_session(to, session);
        }
    }

    pub(super) fn stop_session(&mut self, side: Side) {
        if let Some(session) = self.sessions.remove(&side) {
            self.session_deadlines.remove(&(session.due, side));
        }
    }

    /// Whether a refresh of ours is on its way to this side.
    pub(super) fn is_refreshing(&self, side: Side) -> bool {
        self.sessions.get(&side).is_some_and(|session| session.refresh.is_some()) || self.is_resuming(side)
    }

    /// Refreshes, or ends, the sessions that are due.
    pub(super) fn serve_sessions(&mut self, now: Instant, out: &mut Vec<Action>) {
        while let Some(&(due, side)) = self.session_deadlines.first() {
            if due > now {
                return;
            }
            let Some(session) = self.sessions.get(&side).copied() else { return };
            if !self.is_up(side) {
                self.stop_session(side);
            } else if session.ends {
                self.stop_session(side);
                self.session_expired(now, side, out);
            } else {
                self.refresh_session(now, side, session, out);
            }
        }
    }

    fn session_expired(&mut self, now: Instant, side: Side, out: &mut Vec<Action>) {
        match side {
            Side::Call(call) => {
                if let Some(key) = self.key_of(call) {
                    let mut extra = Extra::default();
                    extra.header("Reason", EXPIRED);
                    self.caller_is_gone(now, key, &extra, out);
                }
            }
            Side::Leg(leg) => {
                if let Some(key) = self.leg_key(leg) {
                    self.drop_leg(now, key, &[("Reason", EXPIRED)], out);
                }
            }
        }
    }

    fn refresh_session(&mut self, now: Instant, side: Side, session: Session, out: &mut Vec<Action>) {
        let value = format!("{};refresher=uac", session.interval.as_secs());
        let headers = [("Supported", "timer"), ("Session-Expires", value.as_str())];
        let client = if session.takes_update {
            self.request_to(now, side, Method::Update, &headers, None, out)
        } else {
            let address = self.settings.advertised.ip();
            let offer = self.media_mut(side).map(|media| {
                let direction = match (media.sends, media.hears) {
                    (true, true) => Direction::SendRecv,
                    (true, false) => Direction::RecvOnly,
                    (false, true) => Direction::SendOnly,
                    (false, false) => Direction::Inactive,
                };
                media.speech.offer(address, Some(media.port), media.version, direction)
            });
            self.request_to(now, side, Method::Invite, &headers, offer.as_deref().map(Body::sdp), out)
        };
        let due = now + session.interval / 2;
        self.put_session(side, Session { refresh: client, due, ends: true, ..session });
    }

    /// Whether a final response answers a refresh of ours; then it has been heeded.
    pub(super) fn refresh_answered(
        &mut self,
        now: Instant,
        side: Side,
        client: ClientId,
        message: &Message<'_>,
    ) -> bool {
        let Some(session) =
            self.sessions.get(&side).copied().filter(|session| session.refresh == Some(client))
        else {
            return false;
        };
        let Some(status) = message.status().filter(|&status| status >= 200) else { return true };
        let again = |after: Duration, session: Session| Session {
            refresh: None,
            due: now + after,
            ends: false,
            ..session
        };
        match status {
            200..=299 => self.session_answered(now, side, message),
            491 => {
                let after = self.glare(side);
                self.put_session(side, again(after, session));
            }
            422 => {
                let least = message.header("Min-SE").and_then(seconds).unwrap_or(session.interval);
                let interval = least.max(session.interval);
                self.put_session(side, again(Duration::ZERO, Session { interval, ..session }));
            }
            405 | 501 if session.takes_update => {
                let session = Session { takes_update: false, ..session };
                self.put_session(side, again(Duration::ZERO, session));
            }
            // 481 and 408 end the call elsewhere; whatever else is said leaves it to the timer.
            _ => self.put_session(side, Session { refresh: None, ..session }),
        }
        true
    }

    /// How long to wait after a 491: 2.1 s to 4 s where the Call-ID is ours, 0 to 2 s where it is not, in steps of
    /// 10 ms (RFC 3261, 14.1).
    pub(super) fn glare(&mut self, side: Side) -> Duration {
        self.next_call += 1;
        let draw = self.next_call.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        Duration::from_millis(match side {
            Side::Leg(_) => 2_100 + 10 * (draw % 191),
            Side::Call(_) => 10 * (draw % 201),
        })
    }
}

fn first_due(interval: Duration, we_refresh: bool) -> Duration {
    if we_refresh { interval / 2 } else { deadline(interval) }
}

/// How long after a refresh the next one must have come.
fn deadline(interval: Duration) -> Duration {
    interval.saturating_sub(LAST_CALL.min(interval / 3))
}

/// The interval of Session-Expires, and whether its `refresher` is the UAC, if it names one.
fn session_expires(message: &Message<'_>) -> Option<(Duration, Option<bool>)> {
    let value = message.header("Session-Expires").or_else(|| message.header("x"))?;
    let interval = seconds(value)?;
    let refresher = Parameters::new(value).value_of(b"refresher");
    Some((interval, refresher.map(|refresher| refresher.eq_ignore_ascii_case(b"uac"))))
}

/// The number before the parameters.
pub(super) fn seconds(value: &[u8]) -> Option<Duration> {
    let digits = value.split(|&byte| byte == b';').next().map(trim)?;
    let number = std::str::from_utf8(digits).ok()?.parse::<u32>().ok()?;
    Some(Duration::from_secs(number.into()))
}

fn has_option(list: &[u8], option: &[u8]) -> bool {
    list.split(|&byte| byte == b',').any(|one| trim(one).eq_ignore_ascii_case(option))
}

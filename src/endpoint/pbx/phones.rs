//! Phones: who may register and who may call, and where everybody's phones are.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::SessionTimers;
use crate::sip::authentication;
use crate::sip::authentication::Account;
use crate::sip::authentication::Authenticator;
use crate::sip::authentication::Verdict;
use crate::sip::digest::Hash;
use crate::sip::hop::Hop;
use crate::sip::message::Message;
use crate::sip::registrar::Binding;
use crate::sip::registrar::Limits;
use crate::sip::registrar::Refusal;
use crate::sip::registrar::Registrar;
use crate::sip::transaction::ServerId;
use crate::time::Duration;
use crate::time::Instant;

/// Most nonces whose use is remembered, a few dozen bytes each.
const NONCES: usize = 1 << 16;

/// How phones are dealt with. Wall time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Who may register, with passwords. Without anybody REGISTER is not understood.
    pub users: Vec<Account>,
    /// Calls, too, must come from one of the users.
    pub authenticate_calls: bool,
    /// Numbers that send the caller's sound back.
    pub echo: BTreeSet<Arc<str>>,
    /// How calls without a word from the far end are noticed.
    pub session_timers: SessionTimers,
    /// How long registrations last.
    pub limits: Limits,
    /// How long a nonce may be used.
    pub nonce_lifetime: Duration,
    /// The hashes that challenges offer, the most wanted first.
    pub hashes: Vec<Hash>,
}

impl Default for Config {
    /// Nobody registers and everybody may call.
    fn default() -> Self {
        Self {
            users: Vec::new(),
            authenticate_calls: false,
            echo: BTreeSet::new(),
            session_timers: SessionTimers::default(),
            limits: Limits::default(),
            nonce_lifetime: Duration::from_mins(5),
            // Phones that know nothing but MD5 may answer no challenge at all that offers more.
            hashes: vec![Hash::Md5],
        }
    }
}

/// The phones at work.
#[derive(Debug)]
pub(super) struct Phones {
    users: BTreeSet<Arc<str>>,
    authenticate_calls: bool,
    echo: BTreeSet<Arc<str>>,
    authenticator: Authenticator,
    registrar: Registrar,
}

impl Phones {
    pub(super) fn new(config: &Config, own: SocketAddr, secret: [u8; 32]) -> Self {
        let settings = authentication::Settings {
            realm: "busyhour".into(),
            hashes: config.hashes.clone(),
            lifetime: config.nonce_lifetime,
            capacity: NONCES,
        };
        Self {
            users: config.users.iter().map(|account| Arc::clone(&account.user)).collect(),
            authenticate_calls: config.authenticate_calls,
            echo: config.echo.clone(),
            authenticator: Authenticator::new(settings, &config.users, secret),
            registrar: Registrar::new(config.limits, own.ip().is_loopback()),
        }
    }

    /// Whether somebody may register.
    pub(super) fn any(&self) -> bool {
        !self.users.is_empty()
    }

    /// Whether somebody may register under this name.
    pub(super) fn is_user(&self, number: &str) -> bool {
        self.users.contains(number)
    }

    /// The phones of `user`, the first to be called first.
    pub(super) fn bindings(&self, now: Instant, user: &str) -> impl Iterator<Item = &Binding> {
        self.registrar.bindings(now, user)
    }

    /// A connection is gone, and whose phones with it.
    pub(super) fn connection_lost(&mut self, hop: Hop) -> Vec<Arc<str>> {
        self.registrar.connection_lost(hop)
    }

    /// The registered phone that a URI names.
    pub(super) fn phone_at(&self, now: Instant, uri: &[u8]) -> Option<&Binding> {
        self.registrar.phone_at(now, uri)
    }

    /// Whether a number sends the caller's sound back.
    pub(super) fn is_echo(&self, number: &[u8]) -> bool {
        std::str::from_utf8(number).is_ok_and(|number| self.echo.contains(number))
    }
}

impl PbxEndpoint {
    /// A REGISTER (RFC 3261, 10.3).
    pub(super) fn register(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let (status, extra) = match self.identify(now, message, "Authorization") {
            Ok(user) => self.registered(now, &user, source, message),
            Err(why) => self.challenge(now, 401, "WWW-Authenticate", &why),
        };
        self.counters.refused_requests += u64::from(status >= 300);
        self.respond(now, source, message, server, status, &extra, out);
        if let (200, Some(user)) = (status, message.to.user()) {
            let user = String::from_utf8_lossy(user).into();
            self.reachability_changed(now, &user, out);
        }
    }

    /// Whether an INVITE may become a call; if not, it has been answered (RFC 3261, 22.3).
    pub(super) fn may_call(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) -> bool {
        if !self.phones.authenticate_calls {
            return true;
        }
        let Err(why) = self.identify(now, message, "Proxy-Authorization") else { return true };
        self.counters.refused_requests += 1;
        let (status, extra) = self.challenge(now, 407, "Proxy-Authenticate", &why);
        self.respond(now, source, message, server, status, &extra, out);
        false
    }

    /// Who sent a request, by its answer to a challenge of ours.
    pub(super) fn identify(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        header: &str,
    ) -> Result<Arc<str>, Verdict> {
        let method = message.method().name().as_bytes();
        match self.phones.authenticator.judge(now, method, message.headers(header)) {
            Verdict::Granted { user } => Ok(user),
            why => Err(why),
        }
    }

    /// The refusal of a request whose sender is not known: ask, or say no to a wrong password.
    pub(super) fn challenge(
        &mut self,
        now: Instant,
        status: u16,
        header: &'static str,
        why: &Verdict,
    ) -> (u16, Extra) {
        let mut extra = Extra::default();
        let Verdict::Challenge { stale } = *why else { return (403, extra) };
        for value in self.phones.authenticator.challenge(now, stale) {
            extra.header(header, value);
        }
        (status, extra)
    }

    /// The answer to a REGISTER of `user`, who may change nobody's registration but their own.
    fn registered(
        &mut self,
        now: Instant,
        user: &Arc<str>,
        source: Hop,
        message: &Message<'_>,
    ) -> (u16, Extra) {
        let mut extra = Extra::default();
        if message.to.user() != Some(user.as_bytes()) {
            return (403, extra);
        }
        match self.phones.registrar.register(now, user, source, message) {
            Ok(()) => {
                for phone in self.phones.registrar.bindings(now, user) {
                    extra.header("Contact", phone.contact(now));
                }
                (200, extra)
            }
            Err(refusal) => {
                if refusal == Refusal::TooBrief {
                    let shortest = self.phones.registrar.limits().min_expires.as_secs();
                    extra.header("Min-Expires", shortest.to_string());
                }
                (refusal.status(), extra)
            }
        }
    }

    /// Where the phones of `user` are, the first to be called first.
    #[must_use]
    pub fn registrations(&self, now: Instant, user: &str) -> Vec<SocketAddr> {
        self.phones.registrar.bindings(now, user).map(|phone| phone.address).collect()
    }
}

//! The registrar's data (RFC 3261 10.3): where a user's phones are, and for how long.
//!
//! It reads the Contacts of a REGISTER whose sender has been let in, and keeps or removes bindings, all of them or
//! none. It owns no transaction and does not know who may register: both are the endpoint's.
//!
//! A phone that starts anew registers another port and leaves its old Contact behind until that expires. So bindings
//! are offered in the order of their q, the latest of equals first; a binding of the same `+sip.instance`
//! (RFC 5626 4.1) is replaced, and where a user has no place left the oldest binding makes room.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::dialog::uri_address;
use super::dialog::uri_hop;
use super::hop::Hop;
use super::message::Address;
use super::message::Message;
use super::message::Parameters;
use super::message::split_list;
use super::message::trim;
use super::message::uri_user;
use crate::time::Duration;
use crate::time::Instant;

/// Longest Contact URI or instance kept.
const LONGEST: usize = 512;
/// q of a Contact without one, in thousandths: as wanted as can be.
const MOST_WANTED: u16 = 1000;

/// How long phones may stay, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a phone that asks for no time of its own.
    pub default_expires: Duration,
    /// A phone that asks for less gets 423 with this.
    pub min_expires: Duration,
    /// A phone that asks for more gets this.
    pub max_expires: Duration,
    /// Most Contacts of one user.
    pub contacts: usize,
}

impl Default for Limits {
    /// As Asterisk's PJSIP: an hour, at least a minute, at most two hours; ten Contacts.
    fn default() -> Self {
        Self {
            default_expires: Duration::from_hours(1),
            min_expires: Duration::from_mins(1),
            max_expires: Duration::from_hours(2),
            contacts: 10,
        }
    }
}

/// One phone of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The Contact's URI, as the phone wrote it.
    pub uri: Box<[u8]>,
    /// How much it wants to be called, 0 to 1000.
    pub q: u16,
    /// Gone from then on.
    pub expires_at: Instant,
    /// Its URI's address, or where its REGISTER came from if it named a host.
    pub address: SocketAddr,
    /// Where requests to it go: over TCP on the connection that its REGISTER came by (RFC 5626 5.3), since few
    /// phones can be called at another.
    pub hop: Hop,
    instance: Option<Box<[u8]>>,
    call_id: Box<[u8]>,
    cseq: u32,
    /// Counts registrations: the higher, the later.
    serial: u64,
}

/// Why a REGISTER changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Unreadable, too long, or too many Contacts: 400.
    Bad,
    /// Of the Call-ID that made a binding, and not later than what made it: 500 (RFC 3261 10.3, 7).
    OutOfOrder,
    /// The time asked for is too short: 423, with Min-Expires.
    TooBrief,
    /// An address outside loopback, to a registrar that is on it: 403.
    Foreign,
}

impl Refusal {
    /// The status to refuse with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Bad => 400,
            Self::OutOfOrder => 500,
            Self::TooBrief => 423,
            Self::Foreign => 403,
        }
    }
}

/// Where everybody's phones are.
#[derive(Debug)]
pub struct Registrar {
    limits: Limits,
    /// Phones are on loopback or nowhere.
    loopback_only: bool,
    bindings: BTreeMap<Arc<str>, Vec<Binding>>,
    serial: u64,
}

/// A Contact of a REGISTER, read.
struct Asked<'a> {
    uri: &'a [u8],
    q: u16,
    expires: Duration,
    instance: Option<&'a [u8]>,
}

impl Registrar {
    /// A registrar without bindings; `loopback_only`: it takes no phone elsewhere, so that nobody there is called.
    #[must_use]
    pub const fn new(limits: Limits, loopback_only: bool) -> Self {
        Self { limits, loopback_only, bindings: BTreeMap::new(), serial: 0 }
    }

    /// What it keeps to.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Carries out a REGISTER of `user`, received from `source` at `now`. Without a Contact it changes nothing, and
    /// only asks. The caller answers 200 with [`Registrar::bindings`].
    ///
    /// # Errors
    /// [`Refusal`], and nothing has changed.
    pub fn register(
        &mut self,
        now: Instant,
        user: &Arc<str>,
        source: Hop,
        request: &Message<'_>,
    ) -> Result<(), Refusal> {
        let mut phones = self.bindings.get(user).cloned().unwrap_or_default();
        phones.retain(|phone| phone.expires_at > now);
        let contacts: Vec<&[u8]> = request.headers("Contact").flat_map(split_list).collect();
        if contacts.iter().any(|contact| trim(contact) == b"*") {
            Self::remove_all(&mut phones, &contacts, request)?;
        } else if contacts.len() > self.limits.contacts {
            return Err(Refusal::Bad);
        } else {
            for contact in contacts {
                let asked = self.read(contact, request)?;
                self.bind(now, &mut phones, &asked, source, request)?;
            }
        }
        if phones.is_empty() {
            self.bindings.remove(user);
        } else {
            self.bindings.insert(Arc::clone(user), phones);
        }
        Ok(())
    }

    /// The connection to `hop` is gone: so are the phones that had registered over it and can't be called otherwise.
    /// Returns whose they were.
    pub fn connection_lost(&mut self, hop: Hop) -> Vec<Arc<str>> {
        let mut users = Vec::new();
        self.bindings.retain(|user, phones| {
            let before = phones.len();
            phones.retain(|phone| phone.hop != hop || uri_hop(&phone.uri) == Some(hop));
            if phones.len() < before {
                users.push(Arc::clone(user));
            }
            !phones.is_empty()
        });
        users
    }

    /// The phones of `user` at `now`, in the order in which to call them.
    pub fn bindings(&self, now: Instant, user: &str) -> impl Iterator<Item = &Binding> {
        let phones = self.bindings.get(user).map_or(&[][..], Vec::as_slice);
        phones.iter().filter(move |phone| phone.expires_at > now)
    }

    /// The phone that a URI with a literal address names, whoever has registered it.
    #[must_use]
    pub fn phone_at(&self, now: Instant, uri: &[u8]) -> Option<&Binding> {
        let address = uri_address(uri)?;
        let mut phones = self.bindings.values().flatten().filter(|phone| phone.expires_at > now);
        phones.find(|phone| phone.address == address && uri_user(&phone.uri) == uri_user(uri))
    }

    /// Users with a phone, those included whose phones have expired since their last REGISTER.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Nobody has a phone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// `Contact: *` with `Expires: 0`: every phone of the user goes (RFC 3261 10.2.2).
    fn remove_all(
        phones: &mut Vec<Binding>,
        contacts: &[&[u8]],
        request: &Message<'_>,
    ) -> Result<(), Refusal> {
        if contacts.len() != 1 || request.header("Expires").and_then(seconds) != Some(Duration::ZERO) {
            return Err(Refusal::Bad);
        }
        if phones.iter().any(|phone| phone.is_newer_than(request)) {
            return Err(Refusal::OutOfOrder);
        }
        phones.clear();
        Ok(())
    }

    fn read<'a>(&self, contact: &'a [u8], request: &Message<'a>) -> Result<Asked<'a>, Refusal> {
        let address = Address::parse(contact).ok_or(Refusal::Bad)?;
        let parameters = parameters_of(contact, address.uri);
        let find = |name: &[u8]| Parameters::new(parameters).value_of(name);
        let instance = find(b"+sip.instance");
        if address.uri.len() > LONGEST || instance.is_some_and(|instance| instance.len() > LONGEST) {
            return Err(Refusal::Bad);
        }
        let expires = find(b"expires").and_then(seconds);
        let expires = expires.or_else(|| request.header("Expires").and_then(seconds));
        let expires = expires.unwrap_or(self.limits.default_expires).min(self.limits.max_expires);
        if !expires.is_zero() && expires < self.limits.min_expires {
            return Err(Refusal::TooBrief);
        }
        Ok(Asked { uri: address.uri, q: find(b"q").map_or(MOST_WANTED, thousandths), expires, instance })
    }

    fn bind(
        &mut self,
        now: Instant,
        phones: &mut Vec<Binding>,
        asked: &Asked<'_>,
        source: Hop,
        request: &Message<'_>,
    ) -> Result<(), Refusal> {
        let same_phone = |phone: &Binding| {
            same_uri(&phone.uri, asked.uri)
                || (asked.instance.is_some() && phone.instance.as_deref() == asked.instance)
        };
        if phones.iter().any(|phone| same_uri(&phone.uri, asked.uri) && phone.is_newer_than(request)) {
            return Err(Refusal::OutOfOrder);
        }
        phones.retain(|phone| !same_phone(phone));
        if asked.expires.is_zero() {
            return Ok(());
        }
        let address = uri_address(asked.uri).unwrap_or(source.address);
        let named = uri_hop(asked.uri).unwrap_or(source);
        let connected = named.transport.is_reliable() && source.transport.is_reliable();
        if self.loopback_only && !address.ip().is_loopback() {
            return Err(Refusal::Foreign);
        }
        if phones.len() >= self.limits.contacts {
            let oldest = phones.iter().map(|phone| phone.serial).min();
            phones.retain(|phone| Some(phone.serial) != oldest);
        }
        self.serial += 1;
        phones.push(Binding {
            uri: asked.uri.into(),
            q: asked.q,
            expires_at: now + asked.expires,
            address,
            hop: if connected { source } else { named },
            instance: asked.instance.map(Into::into),
            call_id: request.call_id.into(),
            cseq: request.cseq.number,
            serial: self.serial,
        });
        phones.sort_by_key(|phone| std::cmp::Reverse((phone.q, phone.serial)));
        Ok(())
    }
}

impl Binding {
    /// The value of a Contact header of the 200, at `now`.
    #[must_use]
    pub fn contact(&self, now: Instant) -> String {
        let uri = String::from_utf8_lossy(&self.uri);
        let left = (self.expires_at - now).as_secs_f64().ceil();
        let q = if self.q == MOST_WANTED { String::new() } else { format!(";q=0.{:03}", self.q) };
        format!("<{uri}>{q};expires={left}")
    }

    /// Whether `request` comes too late to change this binding.
    fn is_newer_than(&self, request: &Message<'_>) -> bool {
        *self.call_id == *request.call_id && request.cseq.number <= self.cseq
    }
}

/// The parameters of a Contact: those after the angle brackets, or after the URI without them.
fn parameters_of<'a>(contact: &'a [u8], uri: &[u8]) -> &'a [u8] {
    // The URI is a slice of the Contact, so the distance is its place.
    let end = uri.as_ptr() as usize + uri.len() - contact.as_ptr() as usize;
    let after = &contact[end..];
    let close = memchr::memchr(b'>', after).map_or(0, |close| close + 1);
    &after[close..]
}

/// A number of seconds; one too large for 32 bits is as long as can be (RFC 3261 20.19).
fn seconds(value: &[u8]) -> Option<Duration> {
    let digits = trim(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = std::str::from_utf8(digits).ok()?.parse::<u32>().unwrap_or(u32::MAX);
    Some(Duration::from_secs(number.into()))
}

/// `0.7` in thousandths; what is no qvalue (RFC 3261 25.1) wants as much as can be.
fn thousandths(value: &[u8]) -> u16 {
    let value = trim(value);
    let (whole, rest) = value.split_at(value.len().min(1));
    let digits = match (whole, rest.strip_prefix(b".")) {
        (b"0", None) if rest.is_empty() => return 0,
        (b"0", Some(digits)) if digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => return MOST_WANTED,
    };
    let places = [100, 10, 1];
    digits.iter().zip(places).map(|(digit, place)| u16::from(digit - b'0') * place).sum()
}

/// Whether two URIs name one phone: the user part by every letter, the rest in any case (RFC 3261 19.1.4; its
/// rules for parameters and escapes tell more URIs apart than phones write).
fn same_uri(one: &[u8], other: &[u8]) -> bool {
    let split = |uri: &[u8]| memchr::memchr(b'@', uri).map_or(0, |at| at);
    let (one, other) = (one.split_at(split(one)), other.split_at(split(other)));
    let users = match (memchr::memchr(b':', one.0), memchr::memchr(b':', other.0)) {
        (Some(a), Some(b)) => one.0[..a].eq_ignore_ascii_case(&other.0[..b]) && one.0[a..] == other.0[b..],
        (a, b) => a == b,
    };
    users && one.1.eq_ignore_ascii_case(other.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "127.0.0.1:5999";

    struct Fixture {
        registrar: Registrar,
        user: Arc<str>,
        cseq: u32,
        source: Hop,
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    impl Fixture {
        fn new() -> Self {
            Self {
                registrar: Registrar::new(Limits::default(), false),
                user: "101".into(),
                cseq: 0,
                source: Hop::udp(SOURCE.parse().unwrap()),
            }
        }

        /// A REGISTER with the next number of its Call-ID.
        fn register(&mut self, now: u64, headers: &str) -> Result<(), Refusal> {
            self.cseq += 1;
            self.register_as(now, "c1", self.cseq, headers)
        }

        fn register_as(&mut self, now: u64, call_id: &str, cseq: u32, headers: &str) -> Result<(), Refusal> {
            let text = format!(
                "REGISTER sip:pbx SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:101@pbx>;tag=f\r\n\
                 To: <sip:101@pbx>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n{headers}\r\n"
            );
            let message = Message::scan(text.as_bytes()).unwrap();
            self.registrar.register(at(now), &self.user, self.source, &message)
        }

        fn contacts(&self, now: u64) -> Vec<String> {
            self.registrar.bindings(at(now), "101").map(|phone| phone.contact(at(now))).collect()
        }
    }

    #[test]
    fn on_loopback_no_phone_elsewhere_registers_and_else_any_is_found_by_its_own_uri() {
        let outside = "Contact: <sip:101@192.0.2.1:5070;ob>\r\n";
        let mut fixture = Fixture::new();
        assert_eq!(fixture.register(0, outside), Ok(()));
        for (uri, found) in [
            ("sip:101@192.0.2.1:5070", true),
            ("sip:102@192.0.2.1:5070", false),
            ("sip:101@192.0.2.1", false),
            ("sip:101@pbx", false),
        ] {
            assert_eq!(fixture.registrar.phone_at(at(1), uri.as_bytes()).is_some(), found, "{uri}");
        }
        assert!(fixture.registrar.phone_at(at(3_600), b"sip:101@192.0.2.1:5070").is_none(), "it has expired");
        fixture.registrar = Registrar::new(Limits::default(), true);
        assert_eq!(fixture.register(0, outside), Err(Refusal::Foreign));
        assert_eq!(fixture.register(0, "Contact: <sip:101@127.0.0.9>\r\n"), Ok(()));
    }

    #[test]
    fn over_tcp_a_phone_is_called_on_its_connection_and_gone_with_it() {
        let connection = Hop::tcp("127.0.0.1:40000".parse().unwrap());
        let mut fixture = Fixture { source: connection, ..Fixture::new() };
        let hops = |fixture: &Fixture| {
            fixture.registrar.bindings(at(1), "101").map(|phone| phone.hop).collect::<Vec<_>>()
        };
        assert_eq!(fixture.register(0, "Contact: <sip:101@127.0.0.1:5070;transport=TCP>\r\n"), Ok(()));
        assert_eq!(hops(&fixture), [connection]);
        assert!(fixture.registrar.phone_at(at(1), b"sip:101@127.0.0.1:5070").is_some());
        assert!(fixture.registrar.connection_lost(Hop::udp(connection.address)).is_empty());
        assert_eq!(fixture.registrar.connection_lost(connection), ["101".into()]);
        assert!(fixture.registrar.is_empty());
        // A Contact that says nothing of TCP is called as it says; one that came by UDP is connected to.
        assert_eq!(fixture.register(0, "Contact: <sip:101@127.0.0.1:5070>\r\n"), Ok(()));
        assert_eq!(hops(&fixture), [Hop::udp("127.0.0.1:5070".parse().unwrap())]);
        fixture.source = Hop::udp(connection.address);
        assert_eq!(fixture.register(0, "Contact: <sip:101@127.0.0.1:5070;transport=tcp>\r\n"), Ok(()));
        let listening = Hop::tcp("127.0.0.1:5070".parse().unwrap());
        assert_eq!(hops(&fixture)[0], listening, "the latest");
        assert!(fixture.registrar.connection_lost(listening).is_empty(), "it can be connected to again");
    }

    #[test]
    fn the_time_asked_for_is_kept_to_and_bounded() {
        for (headers, expected) in [
            ("Contact: <sip:101@127.0.0.1:5070>\r\n", Ok(3600)),
            ("Contact: <sip:101@127.0.0.1:5070>\r\nExpires: 120\r\n", Ok(120)),
            ("Contact: <sip:101@127.0.0.1:5070>;expires=90\r\nExpires: 120\r\n", Ok(90)),
            ("Contact: sip:101@127.0.0.1:5070;expires=90\r\n", Ok(90)),
            ("Contact: <sip:101@127.0.0.1:5070>;expires=99999999999\r\n", Ok(7200)),
            ("Contact: <sip:101@127.0.0.1:5070>;expires=soon\r\n", Ok(3600)),
            ("Contact: <sip:101@127.0.0.1:5070>;expires=59\r\n", Err(Refusal::TooBrief)),
            ("Contact: <sip:101@127.0.0.1:5070\r\n", Err(Refusal::Bad)),
        ] {
            let mut fixture = Fixture::new();
            let result = fixture.register(1, headers);
            assert_eq!(result, expected.map(|_| ()), "{headers}");
            if let Ok(seconds) = expected {
                let (before, after) = (fixture.contacts(seconds), fixture.contacts(seconds + 1));
                assert_eq!(before, ["<sip:101@127.0.0.1:5070>;expires=1"], "{headers}");
                assert!(after.is_empty());
            }
        }
    }

    #[test]
    fn phones_are_offered_by_q_and_the_latest_of_equals_first() {
        let mut fixture = Fixture::new();
        let contacts = "Contact: <sip:101@127.0.0.1:1>;q=0.5, <sip:101@127.0.0.1:2>;q=0.75\r\n\
            Contact: \"Desk, left\" <sip:101@127.0.0.1:3>;q=0.5\r\n";
        assert_eq!(fixture.register(0, contacts), Ok(()));
        assert_eq!(
            fixture.contacts(0),
            [
                "<sip:101@127.0.0.1:2>;q=0.750;expires=3600",
                "<sip:101@127.0.0.1:3>;q=0.500;expires=3600",
                "<sip:101@127.0.0.1:1>;q=0.500;expires=3600",
            ]
        );
        fixture.register(1, "").unwrap();
        assert_eq!(fixture.contacts(1).len(), 3, "a question changes nothing");
        fixture.register(2, "Contact: <sip:101@127.0.0.1:4>\r\n").unwrap();
        assert_eq!(fixture.contacts(2)[0], "<sip:101@127.0.0.1:4>;expires=3600");
    }

    #[test]
    fn a_phone_refreshes_moves_and_leaves() {
        let mut fixture = Fixture::new();
        fixture.register(0, "Contact: <sip:101@127.0.0.1:1>\r\n").unwrap();
        fixture.register(1800, "Contact: <SIP:101@127.0.0.1:1>\r\n").unwrap();
        assert_eq!(fixture.contacts(3600).len(), 1, "refreshed");
        fixture.register(3601, "Contact: <sip:101@127.0.0.1:1>;expires=0\r\n").unwrap();
        assert!(fixture.registrar.is_empty());
        let instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"";
        for port in [1, 2] {
            let contact = format!("Contact: <sip:101@127.0.0.1:{port}>;{instance}\r\n");
            fixture.register_as(4000, &format!("phone{port}"), 1, &contact).unwrap();
        }
        assert_eq!(
            fixture.contacts(4000),
            ["<sip:101@127.0.0.1:2>;expires=3600"],
            "the same phone has moved"
        );
        fixture.register(4001, "Contact: <sip:102@127.0.0.1:2>\r\n").unwrap();
        assert_eq!(fixture.contacts(4001).len(), 2, "another user part is another phone");
    }

    #[test]
    fn a_star_removes_all_and_stands_alone() {
        let mut fixture = Fixture::new();
        fixture.register(0, "Contact: <sip:101@127.0.0.1:1>, <sip:101@127.0.0.1:2>\r\n").unwrap();
        for bad in [
            "Contact: *\r\n",
            "Contact: *\r\nExpires: 60\r\n",
            "Contact: *, <sip:101@127.0.0.1:1>\r\nExpires: 0\r\n",
        ] {
            assert_eq!(fixture.register(1, bad), Err(Refusal::Bad), "{bad}");
        }
        assert_eq!(fixture.register_as(1, "c1", 1, "Contact: *\r\nExpires: 0\r\n"), Err(Refusal::OutOfOrder));
        assert_eq!(fixture.contacts(1).len(), 2);
        fixture.register(1, "Contact: *\r\nExpires: 0\r\n").unwrap();
        assert!(fixture.registrar.is_empty());
    }

    #[test]
    fn what_comes_out_of_order_changes_nothing() {
        let mut fixture = Fixture::new();
        let contact = "Contact: <sip:101@127.0.0.1:1>\r\n";
        fixture.register_as(0, "c1", 5, contact).unwrap();
        for cseq in [4, 5] {
            let gone = "Contact: <sip:101@127.0.0.1:2>, <sip:101@127.0.0.1:1>;expires=0\r\n";
            assert_eq!(fixture.register_as(1, "c1", cseq, gone), Err(Refusal::OutOfOrder));
            assert_eq!(fixture.contacts(1), ["<sip:101@127.0.0.1:1>;expires=3599"], "all or nothing");
        }
        fixture.register_as(1, "c2", 1, contact).unwrap();
        assert_eq!(
            fixture.contacts(1),
            ["<sip:101@127.0.0.1:1>;expires=3600"],
            "another Call-ID is a new start"
        );
    }

    #[test]
    fn a_full_user_loses_the_oldest_phone_and_a_flood_is_refused() {
        let mut fixture = Fixture::new();
        for port in 1..=12 {
            fixture.register(0, &format!("Contact: <sip:101@127.0.0.1:{port}>\r\n")).unwrap();
        }
        let contacts = fixture.contacts(0);
        assert_eq!(contacts.len(), 10);
        assert!(contacts[0].contains(":12>") && contacts[9].contains(":3>"), "{contacts:?}");
        let many: Vec<String> =
            (1..=11).map(|port| format!("Contact: <sip:101@127.0.0.1:{port}>\r\n")).collect();
        let many = many.concat();
        assert_eq!(fixture.register(0, &many), Err(Refusal::Bad));
        let long = format!("Contact: <sip:{}@127.0.0.1>\r\n", "x".repeat(LONGEST));
        assert_eq!(fixture.register(0, &long), Err(Refusal::Bad));
    }

    #[test]
    fn requests_go_to_the_contact_or_back_where_it_came_from() {
        let mut fixture = Fixture::new();
        fixture
            .register(0, "Contact: <sip:101@phone.invalid>, <sip:101@127.0.0.1:7;transport=udp>\r\n")
            .unwrap();
        let addresses: Vec<String> =
            fixture.registrar.bindings(at(0), "101").map(|phone| phone.address.to_string()).collect();
        assert_eq!(addresses, ["127.0.0.1:7", SOURCE]);
    }

    #[test]
    fn q_values_are_read_leniently() {
        for (text, expected) in [
            ("0", 0),
            ("0.7", 700),
            ("0.123", 123),
            ("0.", 0),
            ("1", 1000),
            ("1.0", 1000),
            ("", 1000),
            ("2", 1000),
        ] {
            assert_eq!(thousandths(text.as_bytes()), expected, "{text}");
        }
    }
}

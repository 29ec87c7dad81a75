//! Digest authentication, the server's half (RFC 3261 22, RFC 7616, RFC 8760): who is it that asks?
//!
//! A nonce is the time of its making, a serial number, and a hash of both with a secret, so that a challenge costs
//! no memory, however many strangers ask for one. Only nonces that have proved a password are remembered, with the
//! counts used up, so that an answer overheard on the wire opens nothing a second time. That table is bounded, too:
//! when it is full the oldest nonce leaves it, and with it every nonce as old is stale.
//!
//! What this is not: `auth-int`, `-sess`, user hashes. The URI of an answer is hashed as the client wrote it and not
//! compared with the Request-URI, which proxies may rewrite (RFC 3261 22.4 leaves it to the server).

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::Digest as _;
use sha2::Sha512_256;

use super::digest::Hash;
use super::digest::find;
use super::digest::hex;
use super::digest::quoted;
use crate::time::Duration;
use crate::time::Instant;

/// Counts of one nonce that may still come when a higher one has: UDP reorders.
const WINDOW: u32 = 64;
/// Digits of a nonce: time, serial number, proof.
const NONCE_DIGITS: usize = 16 + 16 + 64;

/// Someone who has a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The user name.
    pub user: Arc<str>,
    /// The password. With an empty one nobody gets in.
    pub password: Arc<str>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

/// How a server asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Named in every challenge, and hashed with the passwords.
    pub realm: Arc<str>,
    /// Which hashes are offered, the most wanted first (RFC 8760 2.3).
    pub hashes: Vec<Hash>,
    /// How long a nonce may be used.
    pub lifetime: Duration,
    /// Most nonces whose use is remembered.
    pub capacity: usize,
}

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The password was right, and the answer is fresh.
    Granted {
        /// Whose it was.
        user: Arc<str>,
    },
    /// Ask (again): there was no answer to a challenge of ours, or the nonce may not be used any more.
    Challenge {
        /// The password was right, only the nonce was too old or used up: worth another try without asking a person.
        stale: bool,
    },
    /// The nonce was good and the password was not, or there is no such user: not told apart.
    Denied,
}

/// Asks, and judges the answers.
#[derive(Debug)]
pub struct Authenticator {
    settings: Settings,
    secret: [u8; 32],
    /// By user name, as it stands in quotes.
    keys: BTreeMap<Vec<u8>, Key>,
    /// Stands in for a user who does not exist, so that the answer takes as long.
    nobody: Key,
    next_serial: u64,
    /// Nonces that proved a password, in the order of their making.
    used: BTreeMap<Nonce, Counts>,
    /// This nonce's counts had to be forgotten: it is stale, and so is every older one.
    forgotten: Option<Nonce>,
}

/// A user's H(user:realm:password), one for each hash that is offered. The password itself is not kept.
#[derive(Debug)]
struct Key {
    user: Arc<str>,
    hashed: Vec<String>,
}

/// When a nonce was made, and which one at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Nonce {
    made: Instant,
    serial: u64,
}

/// The parts of an answer that are hashed or looked up.
struct Answer<'a> {
    user: &'a [u8],
    nonce: &'a [u8],
    uri: &'a [u8],
    response: &'a [u8],
    /// Place in `Settings::hashes`.
    hash: usize,
    /// `nc` and `cnonce`; absent in the old form without `qop` (RFC 2069).
    counted: Option<(&'a [u8], &'a [u8])>,
}

impl Authenticator {
    /// Knows `accounts`. `secret` must be unknown to strangers: whoever has it can make nonces.
    #[must_use]
    pub fn new(settings: Settings, accounts: &[Account], secret: [u8; 32]) -> Self {
        let key = |account: &Account| {
            let (user, realm) = (quoted(&account.user), quoted(&settings.realm));
            let parts = [&user[..], &realm, account.password.as_bytes()];
            let hashed = settings.hashes.iter().map(|hash| hash.hex(&parts)).collect();
            Key { user: Arc::clone(&account.user), hashed }
        };
        let nobody = key(&Account { user: "".into(), password: hex(&secret).into() });
        let known = accounts.iter().filter(|account| !account.password.is_empty());
        let keys = known.map(|account| (quoted(&account.user), key(account))).collect();
        Self { settings, secret, keys, nobody, next_serial: 0, used: BTreeMap::new(), forgotten: None }
    }

    /// The values of the WWW-Authenticate or Proxy-Authenticate headers of a challenge made at `now`: one for each
    /// hash, all with one nonce.
    pub fn challenge(&mut self, now: Instant, stale: bool) -> Vec<String> {
        let nonce = self.write_nonce(Nonce { made: now, serial: self.next_serial });
        self.next_serial += 1;
        let realm = quoted(&self.settings.realm);
        let realm = String::from_utf8_lossy(&realm);
        let stale = if stale { ", stale=true" } else { "" };
        let value = |hash: &Hash| {
            let name = hash.name();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={name}, qop=\"auth\"{stale}")
        };
        self.settings.hashes.iter().map(value).collect()
    }

    /// Judges the Authorization or Proxy-Authorization headers of a request with this method. Of several the first
    /// one for our realm counts.
    pub fn judge<'a>(
        &mut self,
        now: Instant,
        method: &[u8],
        headers: impl IntoIterator<Item = &'a [u8]>,
    ) -> Verdict {
        let Some(answer) = headers.into_iter().find_map(|value| self.read(value)) else {
            return Verdict::Challenge { stale: false };
        };
        let key = self.keys.get(answer.user);
        let expected = self.expected(key.unwrap_or(&self.nobody), method, &answer);
        let right = same(expected.as_bytes(), &answer.response.to_ascii_lowercase()) && key.is_some();
        let user = key.map(|key| Arc::clone(&key.user)).filter(|_| right);
        let fresh = self.read_nonce(answer.nonce).filter(|nonce| self.is_fresh(now, *nonce));
        match (user, fresh) {
            (Some(user), Some(nonce)) if self.count(now, nonce, &answer) => Verdict::Granted { user },
            (Some(_), _) => Verdict::Challenge { stale: true },
            (None, Some(_)) => Verdict::Denied,
            (None, None) => Verdict::Challenge { stale: false },
        }
    }

    /// Reads one header; `None` if it is not Digest, not for our realm, or in a way that was not offered.
    fn read<'a>(&self, value: &'a [u8]) -> Option<Answer<'a>> {
        let value = value.trim_ascii();
        let (scheme, parameters) = value.split_at(value.iter().position(u8::is_ascii_whitespace)?);
        let realm = quoted(&self.settings.realm);
        if !scheme.eq_ignore_ascii_case(b"Digest") || find(parameters, "realm")? != realm {
            return None;
        }
        let algorithm = find(parameters, "algorithm").unwrap_or(b"MD5");
        let is_it = |hash: &Hash| hash.name().as_bytes().eq_ignore_ascii_case(algorithm);
        let counted = match find(parameters, "qop") {
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case(b"auth") => {
                Some((find(parameters, "nc")?, find(parameters, "cnonce")?))
            }
            Some(_) => return None,
        };
        Some(Answer {
            user: find(parameters, "username")?,
            nonce: find(parameters, "nonce")?,
            uri: find(parameters, "uri")?,
            response: find(parameters, "response")?,
            hash: self.settings.hashes.iter().position(is_it)?,
            counted,
        })
    }

    /// RFC 7616 3.4.1; RFC 2069 2.1.1 without `qop`.
    fn expected(&self, key: &Key, method: &[u8], answer: &Answer<'_>) -> String {
        let (hash, a1) = (self.settings.hashes[answer.hash], key.hashed[answer.hash].as_bytes());
        let a2 = hash.hex(&[method, answer.uri]);
        match answer.counted {
            Some((count, client_nonce)) => {
                hash.hex(&[a1, answer.nonce, count, client_nonce, b"auth", a2.as_bytes()])
            }
            None => hash.hex(&[a1, answer.nonce, a2.as_bytes()]),
        }
    }

    /// Whether a nonce of ours may still be used.
    fn is_fresh(&self, now: Instant, nonce: Nonce) -> bool {
        let forgotten = self.forgotten.is_some_and(|forgotten| nonce <= forgotten);
        now.since(nonce.made) <= self.settings.lifetime && !forgotten
    }

    /// Uses up the count of an answer; false if it has been used before.
    fn count(&mut self, now: Instant, nonce: Nonce, answer: &Answer<'_>) -> bool {
        if !self.used.contains_key(&nonce) {
            self.make_room(now);
            if !self.is_fresh(now, nonce) {
                return false;
            }
        }
        let counts = self.used.entry(nonce).or_default();
        match answer.counted {
            Some((digits, _)) => parse_count(digits).is_some_and(|count| counts.take(count)),
            // Without a count a nonce is good for one request.
            None => counts.take_all(),
        }
    }

    /// Makes room for one more nonce: forgets the expired ones, else the oldest.
    fn make_room(&mut self, now: Instant) {
        let mut remembered = self.used.len();
        while let Some(oldest) = self.used.first_entry() {
            let expired = now.since(oldest.key().made) > self.settings.lifetime;
            let full = !expired && remembered >= self.settings.capacity;
            if !expired && !full {
                return;
            }
            let nonce = *oldest.key();
            oldest.remove();
            remembered -= 1;
            if full {
                self.forgotten = Some(nonce);
            }
        }
    }

    fn write_nonce(&self, nonce: Nonce) -> String {
        let named = format!("{:016x}{:016x}", nonce.made.as_nanos(), nonce.serial);
        let proof = Sha512_256::new().chain_update(self.secret).chain_update(&named).finalize();
        named + &hex(&proof)
    }

    /// The nonce with this text, if we made it.
    fn read_nonce(&self, text: &[u8]) -> Option<Nonce> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() == NONCE_DIGITS)?;
        let number = |from: usize| u64::from_str_radix(text.get(from..from + 16)?, 16).ok();
        let nonce = Nonce { made: Instant::from_nanos(number(0)?), serial: number(16)? };
        same(self.write_nonce(nonce).as_bytes(), text.as_bytes()).then_some(nonce)
    }
}

/// Which counts of a nonce have come.
#[derive(Debug, Default)]
struct Counts {
    highest: u32,
    /// Bit i: `highest - i` has come.
    seen: u64,
}

impl Counts {
    /// Takes a count; false if it has come before, or is too far behind the highest to tell.
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let behind = self.highest - count;
        let bit = 1_u64.checked_shl(behind).filter(|_| behind < WINDOW).unwrap_or(0);
        let is_new = bit != 0 && self.seen & bit == 0;
        self.seen |= bit;
        is_new
    }

    /// Takes every count there is; false if any has come before.
    fn take_all(&mut self) -> bool {
        let is_new = self.highest == 0;
        *self = Self { highest: u32::MAX, seen: u64::MAX };
        is_new
    }
}

/// `nc`: eight hexadecimal digits, from 1 (RFC 7616 3.4).
fn parse_count(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.len() == 8)?;
    u32::from_str_radix(digits, 16).ok().filter(|count| *count > 0)
}

/// Whether two texts are equal, in a time that depends on their lengths only.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |differences, (a, b)| differences | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::super::digest::Challenge;
    use super::super::digest::Credentials;
    use super::super::digest::Use;
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(60);

    fn settings(hashes: &[Hash]) -> Settings {
        Settings { realm: "pbx \"one\"".into(), hashes: hashes.to_vec(), lifetime: LIFETIME, capacity: 4 }
    }

    fn accounts() -> Vec<Account> {
        [("101", "secret"), ("a\"b", "p:w")].map(|(user, password)| account(user, password)).to_vec()
    }

    fn account(user: &str, password: &str) -> Account {
        Account { user: user.into(), password: password.into() }
    }

    fn server(hashes: &[Hash]) -> Authenticator {
        Authenticator::new(settings(hashes), &accounts(), [7; 32])
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    /// What our own client makes of a challenge.
    fn answer(challenge: &str, user: &str, password: &str, nonce_count: u32) -> Vec<u8> {
        let request = Use { method: "REGISTER", uri: b"sip:pbx", nonce_count, client_nonce: "c1" };
        Challenge::parse(challenge.as_bytes()).unwrap().answer(&Credentials { user, password }, &request)
    }

    fn judge(server: &mut Authenticator, now: Instant, answer: &[u8]) -> Verdict {
        server.judge(now, b"REGISTER", [answer])
    }

    fn granted(user: &str) -> Verdict {
        Verdict::Granted { user: user.into() }
    }

    const STALE: Verdict = Verdict::Challenge { stale: true };
    const AGAIN: Verdict = Verdict::Challenge { stale: false };

    #[test]
    fn our_own_client_is_let_in_with_every_hash_and_odd_names() {
        let hashes = [Hash::Sha512Over256, Hash::Sha256, Hash::Md5];
        let mut server = server(&hashes);
        for Account { user, password } in accounts() {
            for (place, hash) in hashes.iter().enumerate() {
                let challenge = &server.challenge(at(1), false)[place];
                assert!(challenge.contains(hash.name()), "{challenge}");
                let answer = answer(challenge, &user, &password, 1);
                assert_eq!(judge(&mut server, at(2), &answer), granted(&user), "{}", hash.name());
            }
        }
    }

    #[test]
    fn an_empty_password_lets_nobody_in() {
        let accounts = [account("101", ""), account("102", "secret")];
        let mut server = Authenticator::new(settings(&[Hash::Md5]), &accounts, [7; 32]);
        let challenge = server.challenge(at(0), false).remove(0);
        for (user, password, granted) in [("101", "", false), ("102", "", false), ("102", "secret", true)] {
            let answer = answer(&challenge, user, password, 1);
            let verdict = server.judge(at(1), b"REGISTER", [&answer[..]]);
            assert_eq!(matches!(verdict, Verdict::Granted { .. }), granted, "{user} {password:?}");
        }
    }

    /// RFC 7616 3.9.1, judged: its realm, user, password and answers, with its nonce in place of one of ours.
    #[test]
    fn the_examples_of_rfc_7616_prove_their_password() {
        let settings =
            Settings { realm: "http-auth@example.org".into(), ..settings(&[Hash::Sha256, Hash::Md5]) };
        let mut server = Authenticator::new(settings, &[account("Mufasa", "Circle of Life")], [7; 32]);
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let answer = format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
                 algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
                 cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            // The password is right and the nonce is not ours: stale, not denied.
            assert_eq!(server.judge(at(1), b"GET", [answer.as_bytes()]), STALE);
            let wrong = answer.replace("Mufasa", "Scar");
            assert_eq!(server.judge(at(1), b"GET", [wrong.as_bytes()]), AGAIN);
        }
    }

    #[test]
    fn a_wrong_password_a_stranger_and_another_method_are_denied() {
        let mut server = server(&[Hash::Md5]);
        let challenge = server.challenge(at(1), false).remove(0);
        assert_eq!(judge(&mut server, at(1), &answer(&challenge, "101", "Secret", 1)), Verdict::Denied);
        assert_eq!(judge(&mut server, at(1), &answer(&challenge, "102", "secret", 1)), Verdict::Denied);
        let right = answer(&challenge, "101", "secret", 1);
        assert_eq!(server.judge(at(1), b"INVITE", [&right[..]]), Verdict::Denied);
        assert_eq!(judge(&mut server, at(1), &right), granted("101"), "a failure uses up no count");
    }

    #[test]
    fn an_answer_is_good_once_and_counts_may_come_out_of_order() {
        let mut server = server(&[Hash::Sha256]);
        let challenge = server.challenge(at(1), false).remove(0);
        let mut try_count = |count| judge(&mut server, at(2), &answer(&challenge, "101", "secret", count));
        for count in [1, 3, 2, 100, 37] {
            assert_eq!(try_count(count), granted("101"), "{count} is new");
            assert_eq!(try_count(count), STALE, "{count} is a replay");
        }
        assert_eq!(try_count(36), STALE, "too far behind to tell");
        assert_eq!(try_count(u32::MAX), granted("101"));
        assert_eq!(try_count(u32::MAX), STALE);
    }

    #[test]
    fn without_qop_a_nonce_is_good_for_one_request() {
        let mut server = server(&[Hash::Md5]);
        let challenge = server.challenge(at(1), false).remove(0).replace(", qop=\"auth\"", "");
        let old = answer(&challenge, "101", "secret", 1);
        assert!(find(&old["Digest ".len()..], "qop").is_none());
        assert_eq!(judge(&mut server, at(1), &old), granted("101"));
        assert_eq!(judge(&mut server, at(1), &old), STALE);
    }

    #[test]
    fn a_nonce_expires_and_another_servers_is_stale() {
        let (mut server, mut other) = (server(&[Hash::Md5]), server(&[Hash::Md5]));
        other.secret = [8; 32];
        let challenge = server.challenge(at(1), false).remove(0);
        assert_eq!(judge(&mut other, at(1), &answer(&challenge, "101", "secret", 1)), STALE);
        assert_eq!(judge(&mut server, at(61), &answer(&challenge, "101", "secret", 1)), granted("101"));
        assert_eq!(judge(&mut server, at(62), &answer(&challenge, "101", "secret", 2)), STALE);
        assert_eq!(judge(&mut server, at(62), &answer(&challenge, "101", "wrong", 2)), AGAIN);
        assert!(server.challenge(at(62), true)[0].ends_with(", stale=true"));
    }

    #[test]
    fn a_full_memory_makes_old_nonces_stale_rather_than_replayable() {
        let mut server = server(&[Hash::Md5]);
        let challenges: Vec<String> = (0..6).map(|_| server.challenge(at(1), false).remove(0)).collect();
        for challenge in &challenges[1..] {
            assert_eq!(judge(&mut server, at(1), &answer(challenge, "101", "secret", 1)), granted("101"));
        }
        assert_eq!(server.used.len(), 4);
        for challenge in &challenges {
            assert_eq!(judge(&mut server, at(1), &answer(challenge, "101", "secret", 1)), STALE);
        }
        assert!(server.used.len() <= 4);
        let again = judge(&mut server, at(1), &answer(&challenges[5], "101", "secret", 2));
        assert_eq!(again, granted("101"), "what is remembered goes on");
    }

    #[test]
    fn strangers_cost_no_memory_and_broken_answers_no_panic() {
        let mut server = server(&[Hash::Md5]);
        let challenge = server.challenge(at(1), false).remove(0);
        let right = String::from_utf8(answer(&challenge, "101", "secret", 1)).unwrap();
        for end in 0..right.len() {
            let verdict = judge(&mut server, at(1), &right.as_bytes()[..end]);
            assert!(
                matches!(verdict, Verdict::Challenge { stale: false } | Verdict::Denied),
                "{}",
                &right[..end]
            );
        }
        for (part, other) in [
            ("Digest", "Basic"),
            ("qop=auth", "qop=auth-int"),
            ("nc=00000001", "nc=1"),
            ("algorithm=MD5", "algorithm=SHA-256"),
            ("nonce=\"0", "nonce=\"\u{fc}"),
        ] {
            let verdict = judge(&mut server, at(1), right.replacen(part, other, 1).as_bytes());
            assert_ne!(verdict, granted("101"), "{other}");
        }
        assert!(server.used.is_empty());
        assert_eq!(server.judge(at(1), b"REGISTER", [&b"Basic x"[..], right.as_bytes()]), granted("101"));
    }
}

//! Digest authentication (RFC 7616, RFC 8760; RFC 2617 where they say so): reading challenges, writing answers.
//!
//! The client's half: what a caller needs when a PBX asks who it is. The client nonce is an argument, so that
//! an answer is a function of its inputs. `qop=auth-int` is not answered: no PBX asks for it alone, and it would
//! bind the answer to a body that the transaction layer does not see.

use md5::Md5;
use sha2::Digest as _;
use sha2::Sha256;
use sha2::Sha512_256;
use thiserror::Error;

use super::message::Message;

/// A hash of RFC 7616 6.1 and RFC 8760, strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hash {
    /// MD5 (RFC 1321): the one that every phone knows.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512Over256,
}

impl Hash {
    /// The hash of `parts` joined by colons, in lower-case hexadecimal.
    pub(super) fn hex(self, parts: &[&[u8]]) -> String {
        let joined = parts.join(&b':');
        match self {
            Self::Md5 => hex(&Md5::digest(joined)),
            Self::Sha256 => hex(&Sha256::digest(joined)),
            Self::Sha512Over256 => hex(&Sha512_256::digest(joined)),
        }
    }

    /// The token of the `algorithm` parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512Over256 => "SHA-512-256",
        }
    }
}

/// Why a challenge can't be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unanswerable {
    /// Another scheme than Digest.
    #[error("the authentication scheme is not Digest")]
    Scheme,
    /// No realm or no nonce.
    #[error("the challenge lacks its {0}")]
    Missing(&'static str),
    /// A hash that is not MD5, SHA-256 or SHA-512-256.
    #[error("the challenge wants a hash algorithm that is not known here")]
    Algorithm,
    /// Only a quality of protection other than `auth`.
    #[error("the challenge wants a quality of protection other than auth")]
    Qop,
}

/// A Digest challenge: WWW-Authenticate or Proxy-Authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// As written between its quotes, escapes included: so it is hashed and repeated.
    realm: Vec<u8>,
    nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    algorithm: Algorithm,
    auth: bool,
    stale: bool,
}

/// How a challenge wants its answer hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Algorithm {
    hash: Hash,
    /// `-sess`: the nonces go into the hash of the password.
    session: bool,
    /// The challenge named it, so the answer does, too.
    named: bool,
}

/// Who answers a challenge.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The user name.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
}

/// The request that an answer goes into.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The method.
    pub method: &'a str,
    /// The Request-URI, byte for byte as sent.
    pub uri: &'a [u8],
    /// The how-manieth answer to this nonce this is, from 1.
    pub nonce_count: u32,
    /// Fresh for each challenge; free of quotes.
    pub client_nonce: &'a str,
}

impl Challenge {
    /// Reads the value of one WWW-Authenticate or Proxy-Authenticate header.
    ///
    /// # Errors
    /// [`Unanswerable`], with the reason.
    pub fn parse(value: &[u8]) -> Result<Self, Unanswerable> {
        let value = value.trim_ascii();
        let scheme_end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
        if !value[..scheme_end].eq_ignore_ascii_case(b"Digest") {
            return Err(Unanswerable::Scheme);
        }
        let parameters = &value[scheme_end..];
        let algorithm = match find(parameters, "algorithm") {
            Some(name) => Algorithm::of(name).ok_or(Unanswerable::Algorithm)?,
            None => Algorithm { hash: Hash::Md5, session: false, named: false },
        };
        let qop = find(parameters, "qop");
        let auth = qop.is_some_and(offers_auth);
        if qop.is_some() && !auth {
            return Err(Unanswerable::Qop);
        }
        Ok(Self {
            realm: find(parameters, "realm").ok_or(Unanswerable::Missing("realm"))?.to_vec(),
            nonce: find(parameters, "nonce").ok_or(Unanswerable::Missing("nonce"))?.to_vec(),
            opaque: find(parameters, "opaque").map(<[u8]>::to_vec),
            algorithm,
            auth,
            stale: find(parameters, "stale").is_some_and(|stale| stale.eq_ignore_ascii_case(b"true")),
        })
    }

    /// The challenge of a 401 or 407 to answer: the one with the strongest hash known here (RFC 8760 2.4), the first
    /// of equals; with the name of the header that the answer goes into.
    ///
    /// # Errors
    /// Why the last of the challenges can't be answered, if none can; [`Unanswerable::Scheme`] without any.
    pub fn of(response: &Message<'_>) -> Result<(Self, &'static str), Unanswerable> {
        let (challenge_header, answer_header) = if response.status() == Some(407) {
            ("Proxy-Authenticate", "Proxy-Authorization")
        } else {
            ("WWW-Authenticate", "Authorization")
        };
        let mut best: Result<Self, Unanswerable> = Err(Unanswerable::Scheme);
        for challenge in response.headers(challenge_header).map(Self::parse) {
            best = match (best, challenge) {
                (Ok(best), Ok(challenge)) if challenge.algorithm.hash > best.algorithm.hash => Ok(challenge),
                (Err(_), challenge) => challenge,
                (best, _) => best,
            };
        }
        best.map(|challenge| (challenge, answer_header))
    }

    /// True if the password was right and only the nonce too old (RFC 7616 3.3): worth another try.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.stale
    }

    /// The value of the Authorization or Proxy-Authorization header that answers this challenge (RFC 7616 3.4).
    #[must_use]
    pub fn answer(&self, credentials: &Credentials<'_>, request: &Use<'_>) -> Vec<u8> {
        let count = format!("{:08x}", request.nonce_count);
        let response = self.response(credentials, request, &count);
        let mut out = Vec::with_capacity(256);
        let mut put = |name: &str, value: &[u8], quoted: bool| {
            out.extend_from_slice(if out.is_empty() { b"Digest " } else { b", " });
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(if quoted { b"\"" } else { b"" });
            out.extend_from_slice(value);
            out.extend_from_slice(if quoted { b"\"" } else { b"" });
        };
        put("username", &quoted(credentials.user), true);
        put("realm", &self.realm, true);
        put("nonce", &self.nonce, true);
        put("uri", request.uri, true);
        put("response", response.as_bytes(), true);
        if self.algorithm.named {
            let session = if self.algorithm.session { "-sess" } else { "" };
            put("algorithm", format!("{}{session}", self.algorithm.hash.name()).as_bytes(), false);
        }
        if self.auth {
            put("qop", b"auth", false);
            put("nc", count.as_bytes(), false);
        }
        if self.auth || self.algorithm.session {
            put("cnonce", request.client_nonce.as_bytes(), true);
        }
        if let Some(opaque) = &self.opaque {
            put("opaque", opaque, true);
        }
        out
    }

    /// The hash that proves the password (RFC 7616 3.4.1–3.4.3; RFC 2617 3.2.2.1 without qop).
    fn response(&self, credentials: &Credentials<'_>, request: &Use<'_>, count: &str) -> String {
        let (hash, client_nonce) = (self.algorithm.hash, request.client_nonce.as_bytes());
        let mut a1 = hash.hex(&[&quoted(credentials.user), &self.realm, credentials.password.as_bytes()]);
        if self.algorithm.session {
            a1 = hash.hex(&[a1.as_bytes(), &self.nonce, client_nonce]);
        }
        let a2 = hash.hex(&[request.method.as_bytes(), request.uri]);
        if self.auth {
            hash.hex(&[a1.as_bytes(), &self.nonce, count.as_bytes(), client_nonce, b"auth", a2.as_bytes()])
        } else {
            hash.hex(&[a1.as_bytes(), &self.nonce, a2.as_bytes()])
        }
    }
}

impl Algorithm {
    /// `MD5`, `SHA-256`, `SHA-512-256`, in any case, with or without `-sess`.
    fn of(name: &[u8]) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let (name, session) = match name.strip_suffix(b"-SESS") {
            Some(name) => (name, true),
            None => (name.as_slice(), false),
        };
        let hashes = [Hash::Md5, Hash::Sha256, Hash::Sha512Over256];
        let hash = hashes.into_iter().find(|hash| hash.name().as_bytes() == name)?;
        Some(Self { hash, session, named: true })
    }
}

/// True if a list of qualities of protection holds `auth`.
fn offers_auth(qop: &[u8]) -> bool {
    qop.split(|byte| *byte == b',').any(|option| option.trim_ascii().eq_ignore_ascii_case(b"auth"))
}

/// The first parameter called `name` in a comma-separated list, without quotes; commas inside quotes don't count.
#[must_use]
pub fn find<'a>(parameters: &'a [u8], name: &str) -> Option<&'a [u8]> {
    super::message::split_list(parameters).find_map(|parameter| {
        let equals = memchr::memchr(b'=', parameter)?;
        let value = parameter[equals + 1..].trim_ascii();
        let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        parameter[..equals].trim_ascii().eq_ignore_ascii_case(name.as_bytes()).then_some(bare)
    })
}

/// `text` as it stands in a quoted string (RFC 3261 25.1).
pub(super) fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUFASA: Credentials<'static> = Credentials { user: "Mufasa", password: "Circle of Life" };

    fn answer(challenge: &str, credentials: &Credentials<'_>, client_nonce: &str) -> String {
        let index = Use { method: "GET", uri: b"/dir/index.html", nonce_count: 1, client_nonce };
        let value = Challenge::parse(challenge.as_bytes()).unwrap().answer(credentials, &index);
        String::from_utf8(value).unwrap()
    }

    fn response(answer: &str) -> &[u8] {
        find(&answer.as_bytes()["Digest ".len()..], "response").unwrap()
    }

    /// RFC 2617 3.5.
    #[test]
    fn the_example_of_rfc_2617() {
        let challenge = r#"Digest realm="testrealm@host.com", qop="auth,auth-int",
            nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
        let credentials = Credentials { user: "Mufasa", password: "Circle Of Life" };
        assert_eq!(
            answer(challenge, &credentials, "0a4f113b"),
            "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
             nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", \
             response=\"6629fae49393a05397450978507c4ef1\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", \
             opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""
        );
    }

    /// RFC 7616 3.9.1.
    #[test]
    fn the_examples_of_rfc_7616() {
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            let answered = answer(&challenge, &MUFASA, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
            assert_eq!(response(&answered), expected.as_bytes());
            assert!(answered.contains(&format!("algorithm={algorithm}, qop=auth, nc=00000001")));
        }
    }

    /// The formulas of RFC 7616 3.4, written out once more with the hash crates alone.
    #[test]
    fn sessions_and_sha_512_256_follow_the_formula() {
        let digest = |text: String| hex(&Sha512_256::digest(text));
        let first = digest("u:r:p".into());
        let a1 = digest(format!("{first}:n:c"));
        let a2 = digest("GET:/dir/index.html".into());
        let expected = digest(format!("{a1}:n:00000001:c:auth:{a2}"));
        let credentials = Credentials { user: "u", password: "p" };
        let challenge = r#"Digest realm="r",nonce="n",qop=auth,algorithm="SHA-512-256-sess""#;
        let answered = answer(challenge, &credentials, "c");
        assert_eq!(response(&answered), expected.as_bytes());
        assert!(answered.contains("algorithm=SHA-512-256-sess, "));
    }

    /// RFC 2069's way: no qop, so no count and no client nonce.
    #[test]
    fn without_qop_the_answer_has_no_count() {
        let digest = |text: String| hex(&Md5::digest(text));
        let (a1, a2) = (digest("u:r:p".into()), digest("GET:/dir/index.html".into()));
        let answered =
            answer(r#"digest realm="r", nonce="n""#, &Credentials { user: "u", password: "p" }, "unused");
        assert_eq!(response(&answered), digest(format!("{a1}:n:{a2}")).as_bytes());
        assert!(!answered.contains("nc=") && !answered.contains("cnonce") && !answered.contains("algorithm"));
    }

    #[test]
    fn the_nonce_count_is_eight_hexadecimal_digits() {
        let challenge = Challenge::parse(br#"Digest realm="r", nonce="n", qop="auth""#).unwrap();
        for (nonce_count, text) in [(10, "nc=0000000a"), (16, "nc=00000010"), (256, "nc=00000100")] {
            let request = Use { method: "INVITE", uri: b"sip:x", nonce_count, client_nonce: "c" };
            let answered = String::from_utf8(challenge.answer(&MUFASA, &request)).unwrap();
            assert!(answered.contains(text), "{answered}");
        }
    }

    #[test]
    fn commas_and_escapes_inside_quotes_are_kept() {
        let challenge = Challenge::parse(br#"Digest realm="a, \"b\"", nonce="n,=", stale=TRUE"#).unwrap();
        assert_eq!(challenge.realm, br#"a, \"b\""#);
        assert_eq!(challenge.nonce, b"n,=");
        assert!(challenge.is_stale());
    }

    #[test]
    fn what_cannot_be_answered_says_why() {
        for (challenge, why) in [
            ("Basic realm=\"r\"", Unanswerable::Scheme),
            ("Digest nonce=\"n\"", Unanswerable::Missing("realm")),
            ("Digest realm=\"r\"", Unanswerable::Missing("nonce")),
            ("Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5", Unanswerable::Algorithm),
            ("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", Unanswerable::Qop),
        ] {
            assert_eq!(Challenge::parse(challenge.as_bytes()).unwrap_err(), why);
        }
    }

    #[test]
    fn of_several_challenges_the_strongest_known_is_answered() {
        let text = "SIP/2.0 407 Proxy Authentication Required\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
            From: <sip:a@h>;tag=f\r\nTo: <sip:b@h>;tag=t\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
            Proxy-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=NEW\r\n\
            Proxy-Authenticate: Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256\r\n\
            Proxy-Authenticate: Digest realm=\"r\", nonce=\"3\", algorithm=MD5\r\n\r\n";
        let (challenge, header) = Challenge::of(&Message::scan(text.as_bytes()).unwrap()).unwrap();
        assert_eq!((challenge.nonce.as_slice(), header), (&b"2"[..], "Proxy-Authorization"));
        let none = text.replace("Proxy-Authenticate:", "X:");
        assert_eq!(Challenge::of(&Message::scan(none.as_bytes()).unwrap()), Err(Unanswerable::Scheme));
    }
}

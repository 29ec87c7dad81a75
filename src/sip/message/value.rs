//! Structured header values: addresses, Via, `CSeq`, Reason, parameters, lists.
//!
//! All readers take a raw value that may contain folds, so white space includes CR and LF throughout.

use memchr::memchr;

use super::Method;

/// `bytes` without white space, line breaks included, at either end.
#[must_use]
pub const fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// From, To, Contact: a name-addr or an addr-spec, with parameters (RFC 3261 20.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// The whole value, as it is echoed.
    pub value: &'a [u8],
    /// The URI: within the angle brackets, or up to the first `;` without them.
    pub uri: &'a [u8],
    /// The tag, which stands outside the angle brackets only.
    pub tag: Option<&'a [u8]>,
}

impl<'a> Address<'a> {
    /// Reads one address; `None` if a quote or an angle bracket is never closed, or there is no URI.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let after_name = if value.first() == Some(&b'"') { skip_quoted(value)? } else { value };
        let (uri, parameters) = if let Some(open) = memchr(b'<', after_name) {
            let inside = &after_name[open + 1..];
            let close = memchr(b'>', inside)?;
            (&inside[..close], &inside[close + 1..])
        } else {
            let end = memchr(b';', after_name).unwrap_or(after_name.len());
            after_name.split_at(end)
        };
        let uri = trim(uri);
        let tag = Parameters::new(parameters).value_of(b"tag");
        (!uri.is_empty()).then_some(Self { value, uri, tag })
    }

    /// The user part of a `sip:` or `sips:` URI, or the number of a `tel:` one; escapes stay as written.
    #[must_use]
    pub fn user(&self) -> Option<&'a [u8]> {
        uri_user(self.uri)
    }
}

/// The user part of a `sip:` or `sips:` URI, or the number of a `tel:` one; escapes stay as written.
#[must_use]
pub fn uri_user(uri: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', uri)?;
    let (scheme, rest) = (&uri[..colon], &uri[colon + 1..]);
    if scheme.eq_ignore_ascii_case(b"tel") {
        return Some(&rest[..memchr(b';', rest).unwrap_or(rest.len())]);
    }
    let user = &rest[..memchr(b'@', rest)?];
    Some(&user[..memchr(b':', user).unwrap_or(user.len())])
}

/// One Via value (RFC 3261 20.42, RFC 3581).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// The value, without those that may follow it in a list.
    pub value: &'a [u8],
    /// `UDP`, `TCP`, … as written.
    pub transport: &'a [u8],
    /// Host of sent-by; brackets of an IPv6 address kept.
    pub host: &'a [u8],
    /// Port of sent-by.
    pub port: Option<u16>,
    /// The transaction's identity; compared case-insensitively (RFC 3261 7.3.1). `None` from RFC 2543 clients.
    pub branch: Option<&'a [u8]>,
    /// Where the previous hop saw the message come from.
    pub received: Option<&'a [u8]>,
    /// The value of `rport`, when it has one.
    pub rport: Option<u16>,
    /// Where in `value` an `rport` that has no value ends: the request for symmetric response routing.
    pub rport_asked: Option<usize>,
}

impl<'a> Via<'a> {
    /// Reads the first value of a Via header; `None` without a transport or a host.
    #[must_use]
    pub fn parse(header: &'a [u8]) -> Option<Self> {
        let value = split_list(header).next()?;
        let rest = after_slash(after_slash(value)?)?;
        let rest = rest.trim_ascii_start();
        let transport = &rest[..rest.iter().position(u8::is_ascii_whitespace)?];
        let rest = &rest[transport.len()..];
        let (sent_by, parameters) = rest.split_at(memchr(b';', rest).unwrap_or(rest.len()));
        let (host, port) = host_and_port(trim(sent_by))?;
        let mut via = Self {
            value,
            transport,
            host,
            port,
            branch: None,
            received: None,
            rport: None,
            rport_asked: None,
        };
        via.take_parameters(parameters);
        Some(via)
    }

    fn take_parameters(&mut self, parameters: &'a [u8]) {
        for Parameter { name, value } in Parameters::new(parameters) {
            if name.eq_ignore_ascii_case(b"branch") {
                self.branch = value.filter(|branch| !branch.is_empty());
            } else if name.eq_ignore_ascii_case(b"received") {
                self.received = value;
            } else if name.eq_ignore_ascii_case(b"rport") {
                self.rport = value.and_then(number);
                if value.is_none() {
                    // Both are slices of one value, so the distance is the position.
                    let start = name.as_ptr() as usize - self.value.as_ptr() as usize;
                    self.rport_asked = Some(start + name.len());
                }
            }
        }
    }
}

/// `CSeq` (RFC 3261 20.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// The sequence number.
    pub number: u32,
    /// The method.
    pub method: Method,
    /// The method as written.
    pub token: &'a [u8],
}

impl<'a> CSeq<'a> {
    /// Reads `314159 INVITE`; `None` if the number does not fit 32 bits or the method is absent.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let end = value.iter().position(u8::is_ascii_whitespace)?;
        let token = trim(&value[end..]);
        let number = number(&value[..end])?;
        is_token(token).then(|| Self { number, method: Method::of(token), token })
    }
}

/// One value of a Reason header (RFC 3326).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `Q.850`, `SIP`, …
    pub protocol: &'a [u8],
    /// The cause or status.
    pub cause: Option<u16>,
    /// The text, without its quotes.
    pub text: Option<&'a [u8]>,
}

impl<'a> Reason<'a> {
    /// Reads `Q.850;cause=34;text="no circuit"`.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Self {
        let (protocol, parameters) = value.split_at(memchr(b';', value).unwrap_or(value.len()));
        let parameters = Parameters::new(parameters);
        Self {
            protocol: trim(protocol),
            cause: parameters.clone().value_of(b"cause").and_then(number),
            text: parameters.clone().value_of(b"text"),
        }
    }
}

/// One `;name=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// Trimmed, as written.
    pub name: &'a [u8],
    /// Trimmed; a quoted string without its quotes, escapes as written. `None` without `=`.
    pub value: Option<&'a [u8]>,
}

/// The `;name=value` pairs that follow an address, a Via or a Reason. Separators inside quotes don't count.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Reads `bytes`, of which everything before the first `;` is passed over.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: memchr(b';', bytes).map_or(&[], |semicolon| &bytes[semicolon + 1..]) }
    }

    /// The value of the first parameter called `name`.
    #[must_use]
    pub fn value_of(mut self, name: &[u8]) -> Option<&'a [u8]> {
        self.find(|parameter| parameter.name.eq_ignore_ascii_case(name))?.value
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (one, rest) = split_unquoted(self.rest, b';');
        self.rest = rest;
        let Some(equals) = memchr(b'=', one) else {
            return Some(Parameter { name: trim(one), value: None });
        };
        Some(Parameter { name: trim(&one[..equals]), value: Some(unquote(trim(&one[equals + 1..]))) })
    }
}

/// The values of a comma-separated header, trimmed; commas inside quotes and angle brackets don't count.
pub fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let all = rest?;
        let end = list_item_end(all);
        rest = all.get(end + 1..);
        Some(trim(&all[..end]))
    })
}

/// Where the first value of a list ends.
fn list_item_end(list: &[u8]) -> usize {
    if memchr(b',', list).is_none() {
        return list.len();
    }
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    for (position, &byte) in list.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => bracketed = true,
            b'>' if !quoted => bracketed = false,
            b',' if !quoted && !bracketed => return position,
            _ => {}
        }
    }
    list.len()
}

/// `bytes` before and after the first `separator` outside quotes.
fn split_unquoted(bytes: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let (mut quoted, mut escaped) = (false, false);
    for (position, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => return (&bytes[..position], &bytes[position + 1..]),
            _ => {}
        }
    }
    (bytes, &[])
}

/// What follows the quoted string that `bytes` begins with; `None` if it never ends.
fn skip_quoted(bytes: &[u8]) -> Option<&[u8]> {
    let mut escaped = false;
    for (position, &byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(&bytes[position + 1..]),
            _ => {}
        }
    }
    None
}

/// A quoted string without its quotes; anything else as it is.
fn unquote(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inside @ .., b'"'] => inside,
        _ => value,
    }
}

fn after_slash(bytes: &[u8]) -> Option<&[u8]> {
    Some(&bytes[memchr(b'/', bytes)? + 1..])
}

/// Takes `host:port` apart, with brackets around IPv6; `None` for an empty host or a bad port.
fn host_and_port(sent_by: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let host_end = match sent_by.first()? {
        b'[' => memchr(b']', sent_by)? + 1,
        _ => memchr(b':', sent_by).unwrap_or(sent_by.len()),
    };
    let (host, rest) = sent_by.split_at(host_end);
    let host = trim(host);
    let rest = trim(rest);
    let port = match rest.strip_prefix(b":") {
        Some(port) => Some(number(trim(port))?),
        None if rest.is_empty() => None,
        None => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

/// True for a non-empty token (RFC 3261 25.1).
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte))
}

/// A decimal number that is all of `bytes` and fits `T`.
pub(super) fn number<T: TryFrom<u64>>(bytes: &[u8]) -> Option<T> {
    if bytes.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    for byte in bytes {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        total = total.checked_mul(10)?.checked_add(digit)?;
    }
    T::try_from(total).ok()
}

/// The decimal number that `bytes` begins with.
pub(super) fn leading_number<T: TryFrom<u64>>(bytes: &[u8]) -> Option<T> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    number(&bytes[..digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> (String, Option<String>) {
        let address = Address::parse(text.as_bytes()).unwrap();
        (text_of(address.uri), address.tag.map(text_of))
    }

    fn text_of(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_tag_stands_outside_the_brackets_only() {
        assert_eq!(address("<sip:a@b;tag=no>;tag=yes"), ("sip:a@b;tag=no".into(), Some("yes".into())));
        assert_eq!(address("<sip:a@b;tag=no>"), ("sip:a@b;tag=no".into(), None));
        assert_eq!(address("sip:a@b;tag=yes"), ("sip:a@b".into(), Some("yes".into())));
        assert_eq!(address("sip:john.doe@b.example"), ("sip:john.doe@b.example".into(), None));
    }

    #[test]
    fn a_display_name_may_hold_every_separator() {
        let (uri, tag) = address(r#""a <b>; \"tag=1\", c" <sip:a@b> ; tag = 2"#);
        assert_eq!((uri.as_str(), tag.as_deref()), ("sip:a@b", Some("2")));
    }

    #[test]
    fn unclosed_quotes_and_brackets_are_no_address() {
        assert!(Address::parse(b"\"Bell <sip:a@b>").is_none());
        assert!(Address::parse(b"Bell <sip:a@b").is_none());
        assert!(Address::parse(b"").is_none());
    }

    #[test]
    fn user_parts_keep_their_dots_and_lose_their_passwords() {
        assert_eq!(uri_user(b"sip:john.doe:secret@b.example"), Some(&b"john.doe"[..]));
        assert_eq!(uri_user(b"tel:112;phone-context=+7"), Some(&b"112"[..]));
        assert_eq!(uri_user(b"sip:b.example"), None);
    }

    #[test]
    fn via_with_ipv6_spaces_and_a_list() {
        let via =
            Via::parse(b"SIP / 2.0/ UDP [2001:db8::9:1]:5070 ; branch=\r\n z9hG4bK1 ; rport, SIP/2.0/TCP x")
                .unwrap();
        assert_eq!(via.transport, b"UDP");
        assert_eq!((via.host, via.port), (&b"[2001:db8::9:1]"[..], Some(5070)));
        assert_eq!(via.branch, Some(&b"z9hG4bK1"[..]));
        let asked = via.rport_asked.unwrap();
        assert!(via.value[..asked].ends_with(b"rport"));
        assert!(via.value.ends_with(b"rport"), "the second value is not part of the first");
    }

    #[test]
    fn via_as_a_client_finds_it_in_a_response() {
        let via =
            Via::parse(b"SIP/2.0/UDP pc.example;received=192.0.2.1;rport=9988;branch=z9hG4bKx").unwrap();
        assert_eq!((via.host, via.port), (&b"pc.example"[..], None));
        assert_eq!((via.received, via.rport), (Some(&b"192.0.2.1"[..]), Some(9988)));
        assert_eq!(via.rport_asked, None);
    }

    #[test]
    fn a_via_without_host_or_with_a_bad_port_is_refused() {
        for bad in
            ["SIP/2.0/UDP", "SIP/2.0/UDP ;branch=1", "SIP/2.0/UDP a:70000", "SIP/2.0/UDP [::1", "UDP a"]
        {
            assert!(Via::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn sequence_numbers_fit_32_bits_or_are_refused() {
        assert_eq!(CSeq::parse(b"0009\r\n  INVITE").unwrap().number, 9);
        assert_eq!(CSeq::parse(b"4294967295 BYE").unwrap().method, Method::Bye);
        assert!(CSeq::parse(b"4294967296 BYE").is_none());
        assert!(CSeq::parse(b"36893488147419103232 BYE").is_none());
        assert!(CSeq::parse(b"7").is_none());
        assert!(CSeq::parse(b"-7 BYE").is_none());
    }

    #[test]
    fn reason_with_text_that_holds_a_semicolon() {
        let reason = Reason::parse(br#"Q.850 ;cause=34 ;text="No circuit; try later""#);
        assert_eq!(reason.protocol, b"Q.850");
        assert_eq!(reason.cause, Some(34));
        assert_eq!(reason.text, Some(&b"No circuit; try later"[..]));
    }

    #[test]
    fn lists_split_outside_quotes_and_brackets() {
        let parts: Vec<&[u8]> = split_list(br#""a, b" <sip:x,y@h>, <sip:z@h>"#).collect();
        assert_eq!(parts, [&br#""a, b" <sip:x,y@h>"#[..], &b"<sip:z@h>"[..]]);
    }
}

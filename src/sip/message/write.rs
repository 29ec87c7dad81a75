//! Appending the pieces of a message to a reused buffer.

use std::io::Write as _;

/// A body and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body<'a> {
    /// Content-Type, such as `application/sdp`.
    pub content_type: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl<'a> Body<'a> {
    /// A session description (RFC 4566).
    #[must_use]
    pub const fn sdp(bytes: &'a [u8]) -> Self {
        Self { content_type: "application/sdp", bytes }
    }
}

/// Writes `name: value` as one line; folds and stray line breaks in the value become spaces, so that no value
/// can begin a header of its own.
pub(super) fn header(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    one_line(out, value);
    out.extend_from_slice(b"\r\n");
}

/// Writes `value` with its line breaks as spaces.
pub(super) fn one_line(out: &mut Vec<u8>, value: &[u8]) {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        out.extend_from_slice(value);
    } else {
        out.extend(value.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
    }
}

/// Writes a decimal number.
pub(super) fn decimal(out: &mut Vec<u8>, number: u64) {
    write!(out, "{number}").expect("a Vec takes every write");
}

/// Writes `name: number` as one line.
pub(super) fn number_header(out: &mut Vec<u8>, name: &str, number: u64) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    decimal(out, number);
    out.extend_from_slice(b"\r\n");
}

/// Ends the head with Content-Type and Content-Length, and appends the body.
pub(super) fn finish(out: &mut Vec<u8>, body: Option<Body<'_>>) {
    let Some(body) = body else {
        out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        return;
    };
    header(out, "Content-Type", body.content_type.as_bytes());
    number_header(out, "Content-Length", body.bytes.len() as u64);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.bytes);
}

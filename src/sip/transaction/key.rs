//! What identifies a transaction (RFC 3261 17.1.3, 17.2.3).
//!
//! Keys are bytes: compared as a whole, and written into a buffer that is used again. The first byte tells
//! client from server, so that both can stand in one table.

use crate::sip::message::Message;
use crate::sip::message::Method;

/// What every branch begins with that is unique by itself (RFC 3261 8.1.1.7).
const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

/// Writes the key of the client transaction under which a request with `branch` and `method` was sent.
///
/// Branches are ours, so they need no sent-by; they are compared case-insensitively (7.3.1).
pub(super) fn of_client(branch: &[u8], method: Method, key: &mut Vec<u8>) {
    start(b'C', method, key);
    push_lower_case(branch, key);
}

/// Writes the key of the server transaction that `request` belongs to, taken as a `method`: an ACK or a CANCEL finds
/// its INVITE when `method` is [`Method::Invite`].
pub(super) fn of_server(request: &Message<'_>, method: Method, key: &mut Vec<u8>) {
    let via = &request.via;
    match via.branch {
        Some(branch) if branch.len() > MAGIC_COOKIE.len() && has_cookie(branch) => {
            start(b'S', method, key);
            push_lower_case(branch, key);
        }
        _ => {
            start(b'O', method, key);
            push_old_identity(request, key);
        }
    }
    key.push(0);
    push_lower_case(via.host, key);
    key.extend_from_slice(&via.port.unwrap_or(0).to_be_bytes());
}

/// RFC 2543 clients send no unique branch; Call-ID, `CSeq` number, From tag and the Via's own value identify theirs.
/// The To tag is left out: an ACK has one that its INVITE had not.
fn push_old_identity(request: &Message<'_>, key: &mut Vec<u8>) {
    key.extend_from_slice(request.call_id);
    key.push(0);
    key.extend_from_slice(&request.cseq.number.to_be_bytes());
    key.extend_from_slice(request.from.tag.unwrap_or_default());
    key.push(0);
    key.extend_from_slice(request.via.branch.unwrap_or_default());
}

fn has_cookie(branch: &[u8]) -> bool {
    branch[..MAGIC_COOKIE.len()].eq_ignore_ascii_case(MAGIC_COOKIE)
}

fn start(side: u8, method: Method, key: &mut Vec<u8>) {
    key.clear();
    key.extend_from_slice(&[side, method as u8]);
}

fn push_lower_case(bytes: &[u8], key: &mut Vec<u8>) {
    let start = key.len();
    key.extend_from_slice(bytes);
    key[start..].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(method: &str, via: &str, as_method: Method) -> Vec<u8> {
        let text = format!(
            "{method} sip:100@pbx SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a@h>;tag=f\r\n\
             To: <sip:100@pbx>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n"
        );
        let mut key = Vec::new();
        of_server(&Message::scan(text.as_bytes()).unwrap(), as_method, &mut key);
        key
    }

    #[test]
    fn case_of_branch_and_host_does_not_matter() {
        let one = key("INVITE", "Pc.Example;branch=z9hG4bKAb", Method::Invite);
        assert_eq!(one, key("INVITE", "pc.example;branch=Z9HG4BKaB", Method::Invite));
    }

    #[test]
    fn branch_host_port_and_method_each_matter() {
        let one = key("INVITE", "h:5060;branch=z9hG4bK1", Method::Invite);
        assert_ne!(one, key("INVITE", "h:5060;branch=z9hG4bK2", Method::Invite));
        assert_ne!(one, key("INVITE", "g:5060;branch=z9hG4bK1", Method::Invite));
        assert_ne!(one, key("INVITE", "h:5061;branch=z9hG4bK1", Method::Invite));
        assert_ne!(one, key("CANCEL", "h:5060;branch=z9hG4bK1", Method::Cancel));
        assert_eq!(one, key("CANCEL", "h:5060;branch=z9hG4bK1", Method::Invite));
    }

    #[test]
    fn a_branch_without_the_cookie_is_no_identity() {
        let invite = key("INVITE", "h;branch=1", Method::Invite);
        assert_eq!(invite, key("ACK", "h;branch=1", Method::Invite));
        assert_ne!(invite, key("INVITE", "h;branch=z9hG4bK1", Method::Invite));
        assert_eq!(key("INVITE", "h", Method::Invite), key("ACK", "h", Method::Invite));
    }
}

//! Messages compiled once and filled in for each call.
//!
//! Of an INVITE's 500 bytes a generator changes some 60. A template is the message cut at its slots: filling it
//! is a row of copies into a buffer that is used again, Content-Length included.

use thiserror::Error;

use super::write::decimal;
use super::write::one_line;

/// A template that can't be compiled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadTemplate {
    /// `{name}` with a name that is not among the slots.
    #[error("the template has no slot {{{0}}}")]
    UnknownSlot(String),
    /// `{` without `}`.
    #[error("a brace in the template is never closed")]
    Unclosed,
}

/// A message with slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// All literal text on end.
    text: Box<[u8]>,
    /// Where in `text` each slot comes, and which value fills it.
    slots: Box<[(usize, usize)]>,
    slot_count: usize,
}

impl Template {
    /// Compiles `head`: start line and headers, each ended by CRLF, without Content-Length and without the empty line.
    /// `{name}` stands for the value of the slot of that name in `slots`; a slot may be used more than once.
    ///
    /// # Errors
    /// [`BadTemplate`] for an unknown slot or a brace left open.
    pub fn compile(head: &str, slots: &[&str]) -> Result<Self, BadTemplate> {
        let mut text = Vec::with_capacity(head.len());
        let mut places = Vec::new();
        let mut rest = head;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(BadTemplate::Unclosed)?;
            let slot = slots.iter().position(|slot| *slot == name);
            let slot = slot.ok_or_else(|| BadTemplate::UnknownSlot(name.to_owned()))?;
            text.extend_from_slice(literal.as_bytes());
            places.push((text.len(), slot));
            rest = after;
        }
        text.extend_from_slice(rest.as_bytes());
        Ok(Self { text: text.into(), slots: places.into(), slot_count: slots.len() })
    }

    /// Appends the message with `values` in the order of the slots, and `body`. Line breaks in values become spaces.
    ///
    /// # Panics
    /// If there are not as many values as slots: a mistake of the caller's, not of a peer's.
    pub fn fill(&self, values: &[&[u8]], body: &[u8], out: &mut Vec<u8>) {
        assert_eq!(values.len(), self.slot_count, "a template is filled with one value for each slot");
        let mut from = 0;
        for (position, slot) in &self.slots {
            out.extend_from_slice(&self.text[from..*position]);
            one_line(out, values[*slot]);
            from = *position;
        }
        out.extend_from_slice(&self.text[from..]);
        out.extend_from_slice(b"Content-Length: ");
        decimal(out, body.len() as u64);
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Message;
    use super::*;

    const HEAD: &str = "INVITE sip:{to}@pbx SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{id};rport\r\n\
        From: <sip:79@h>;tag={id}\r\nTo: <sip:{to}@pbx>\r\nCall-ID: {id}@h\r\nCSeq: 1 INVITE\r\n";

    #[test]
    fn a_slot_is_filled_wherever_it_stands() {
        let template = Template::compile(HEAD, &["to", "id"]).unwrap();
        let mut out = Vec::new();
        template.fill(&[b"100", b"a7"], b"v=0\r\n", &mut out);
        let message = Message::scan(&out).unwrap();
        assert_eq!(message.request_uri(), Some(&b"sip:100@pbx"[..]));
        assert_eq!(message.to.uri, b"sip:100@pbx");
        assert_eq!((message.via.branch, message.from.tag), (Some(&b"z9hG4bKa7"[..]), Some(&b"a7"[..])));
        assert_eq!(message.call_id, b"a7@h");
        assert_eq!(message.body, b"v=0\r\n");
    }

    #[test]
    fn filling_appends_and_a_value_begins_no_header() {
        let template = Template::compile("X: {x}\r\n", &["x"]).unwrap();
        let mut out = b"before ".to_vec();
        template.fill(&[b"1\r\nY: 2"], b"", &mut out);
        assert_eq!(out, b"before X: 1  Y: 2\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn a_mistake_in_a_template_is_named() {
        let unknown = BadTemplate::UnknownSlot("who".to_owned());
        assert_eq!(Template::compile("{who}", &["to"]), Err(unknown));
        assert_eq!(Template::compile("{to", &["to"]), Err(BadTemplate::Unclosed));
    }

    #[test]
    #[should_panic(expected = "one value for each slot")]
    fn a_missing_value_is_a_mistake_of_the_caller() {
        Template::compile("{a}", &["a"]).unwrap().fill(&[], b"", &mut Vec::new());
    }
}

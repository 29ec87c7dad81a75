//! Damages datagrams as hostile and broken peers do: bytes changed, inserted, dropped, doubled, cut, spliced with another
//! message, and digits renumbered. Who includes this file brings `Stream` along.

use super::Stream;

/// Bytes that mean something to a parser.
const SEPARATORS: &[u8] = b"\r\n \t:;,<>\"\\=@/[]\0\xff0-";

/// Draws damaged messages made from a corpus of sound ones.
pub struct Mutator {
    pub draws: Stream,
    pub corpus: Vec<Vec<u8>>,
}

impl Mutator {
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.draws.below(bound.max(1) as u64)).expect("less than a usize")
    }

    fn byte(&mut self) -> u8 {
        self.draws.next_u64().to_le_bytes()[0]
    }

    /// A sound message.
    pub fn message(&mut self) -> Vec<u8> {
        let index = self.below(self.corpus.len());
        self.corpus[index].clone()
    }

    /// A message with one to three wounds.
    pub fn damaged(&mut self) -> Vec<u8> {
        let mut bytes = self.message();
        for _ in 0..=self.below(3) {
            self.wound(&mut bytes);
        }
        bytes
    }

    fn wound(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let end = (at + self.below(40)).min(bytes.len());
        match self.below(8) {
            0 if !bytes.is_empty() => bytes[at] = self.byte(),
            1 if !bytes.is_empty() => bytes[at] = SEPARATORS[self.below(SEPARATORS.len())],
            2 => bytes.insert(at, SEPARATORS[self.below(SEPARATORS.len())]),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => bytes.truncate(at),
            6 => {
                // The head of one message, the tail of another.
                let other = self.message();
                let from = self.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => self.renumber(bytes),
        }
    }

    /// Changes one digit: other branches, sequence numbers, lengths, ports, statuses.
    fn renumber(&mut self, bytes: &mut [u8]) {
        let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let chosen = self.below(digits);
        let new = b'0' + self.byte() % 10;
        if let Some(digit) = bytes.iter_mut().filter(|byte| byte.is_ascii_digit()).nth(chosen) {
            *digit = new;
        }
    }
}

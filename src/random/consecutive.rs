//! The streams of consecutive indices, several at a time.
//!
//! A simulated call draws a handful of numbers from a stream of its own, and to set a generator up for each costs
//! more than all the draws. The first block of ChaCha's output depends on key and index alone, so those of four
//! neighbours are computed side by side (Bernstein, "ChaCha, a variant of Salsa20", 2008). The draws are the
//! same numbers as [`Seed::stream`]'s.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wide::u32x4;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;

/// Streams computed at once: as many as the narrowest register for it holds, which every machine has.
const LANES: usize = 4;

/// 64-bit numbers in a block of ChaCha.
pub(super) const BLOCK: usize = 8;

/// "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Double rounds of ChaCha8.
const DOUBLE_ROUNDS: usize = 4;

/// The same word of several blocks, in one register.
type Lanes = u32x4;

/// Streams of one purpose.
#[derive(Debug, Clone)]
pub struct Streams {
    seed: Seed,
    purpose: Purpose,
    key: [u32; 8],
    /// The first of the indices whose blocks are here; absent before the first question.
    first: Option<u64>,
    blocks: [[u64; BLOCK]; LANES],
}

impl Streams {
    pub(super) fn new(seed: Seed, purpose: Purpose) -> Self {
        let bytes = ChaCha8Rng::seed_from_u64(seed.key(purpose)).get_seed();
        let mut key = [0; 8];
        for (word, bytes) in key.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        Self { seed, purpose, key, first: None, blocks: [[0; BLOCK]; LANES] }
    }

    /// The stream of `index`: what [`Seed::stream`] gives.
    #[expect(clippy::cast_possible_truncation, reason = "below the number of lanes")]
    pub fn stream(&mut self, index: u64) -> Stream {
        let lane = index % LANES as u64;
        let first = index - lane;
        if self.first != Some(first) {
            self.blocks = blocks(&self.key, first);
            self.first = Some(first);
        }
        Stream::from_block(self.blocks[lane as usize], self.seed, self.purpose, index)
    }
}

/// The blocks number 0 of the streams from `first` on.
#[expect(clippy::cast_possible_truncation, reason = "an index is written in two halves")]
fn blocks(key: &[u32; 8], first: u64) -> [[u64; BLOCK]; LANES] {
    let mut input = [Lanes::ZERO; 16];
    for (word, constant) in input.iter_mut().zip(CONSTANTS.iter().chain(key)) {
        *word = Lanes::splat(*constant);
    }
    let indices: [u64; LANES] = std::array::from_fn(|lane| first + lane as u64);
    input[14] = Lanes::new(indices.map(|index| index as u32));
    input[15] = Lanes::new(indices.map(|index| (index >> 32) as u32));
    let mut state = input;
    for _ in 0..DOUBLE_ROUNDS {
        state = double_round(state);
    }
    let mut blocks = [[0; BLOCK]; LANES];
    let words: [[u32; LANES]; 16] = std::array::from_fn(|at| (state[at] + input[at]).to_array());
    for (lane, block) in blocks.iter_mut().enumerate() {
        for (place, number) in block.iter_mut().enumerate() {
            *number = u64::from(words[2 * place][lane]) | u64::from(words[2 * place + 1][lane]) << 32;
        }
    }
    blocks
}

/// Columns, then diagonals.
#[expect(clippy::many_single_char_names, reason = "sixteen words, as in the paper's square")]
#[inline]
fn double_round([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [Lanes; 16]) -> [Lanes; 16] {
    let [a, e, i, m] = quarter_round(a, e, i, m);
    let [b, f, j, n] = quarter_round(b, f, j, n);
    let [c, g, k, o] = quarter_round(c, g, k, o);
    let [d, h, l, p] = quarter_round(d, h, l, p);
    let [a, f, k, p] = quarter_round(a, f, k, p);
    let [b, g, l, m] = quarter_round(b, g, l, m);
    let [c, h, i, n] = quarter_round(c, h, i, n);
    let [d, e, j, o] = quarter_round(d, e, j, o);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

#[expect(clippy::inline_always, reason = "only in place do the words stay in registers")]
#[inline(always)]
fn quarter_round(mut a: Lanes, mut b: Lanes, mut c: Lanes, mut d: Lanes) -> [Lanes; 4] {
    a += b;
    d = mix::<16>(d, a);
    c += d;
    b = mix::<12>(b, c);
    a += b;
    d = mix::<8>(d, a);
    c += d;
    b = mix::<7>(b, c);
    [a, b, c, d]
}

/// The exclusive or, turned left.
#[expect(clippy::inline_always, reason = "only in place do the words stay in registers")]
#[inline(always)]
fn mix<const TURN: u32>(x: Lanes, y: Lanes) -> Lanes {
    let mixed = x ^ y;
    (mixed << TURN) | (mixed >> (u32::BITS - TURN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_are_those_of_streams_made_one_by_one() {
        let seed = Seed(42);
        let mut streams = seed.streams(Purpose::Attempt);
        // In order, out of order, beyond 32 bits; and more draws than a block holds.
        for index in (0..40).chain([7, 1_000_003, (1 << 32) - 1, 1 << 32, u64::MAX]) {
            let mut together = streams.stream(index);
            let mut alone = seed.stream(Purpose::Attempt, index);
            for draw in 0..3 * BLOCK {
                assert_eq!(together.next_u64(), alone.next_u64(), "draw {draw} of stream {index}");
            }
        }
    }
}

//! Named, independent streams of random numbers from one seed.
//!
//! A stream is chosen by what it is for ([`Purpose`]) and by an index (a call, an agent, a shard), so that
//! changing one part of a scenario never shifts the draws of another, and any number of threads draws the
//! same values. ChaCha8 is portable; logarithms go through `libm`, so that draws are the same bits on every
//! machine. Nothing here seeds itself: ambient randomness is banned.

use rand::SeedableRng;
use rand::rand_core::Rng;
use rand::rngs::ChaCha8Rng;

use crate::random::consecutive::BLOCK;

pub use consecutive::Streams;
pub use distribution::Distribution;
pub(crate) use distribution::gamma;

mod consecutive;
mod distribution;

/// What a stream of random numbers is used for. The discriminant is part of the file format of seeds:
/// never renumber, only append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Purpose {
    /// Times of first attempts.
    Arrivals = 1,
    /// Everything that one attempt draws: class, number, talk time, patience.
    Attempt = 2,
    /// Whether and when a caller dials again, or goes to a competitor.
    Redial = 3,
    /// An agent's answer delay, no-answer decision and wrap-up.
    Agent = 4,
    /// The PBX's own choices (random strategies, tags).
    Pbx = 5,
    /// Loss, delay and reordering of a simulated network.
    Network = 6,
    /// The factor by which a whole day is busier or quieter.
    Busyness = 7,
    /// SIP tags, branches, Call-IDs and RTP identifiers.
    Identifiers = 8,
    /// Replications of a simulation.
    Replication = 9,
    /// State changes of a bursty process.
    Burst = 10,
    /// What callers press in menus.
    Keys = 11,
    /// Whether callers take the offer of a callback, and whether they pick up.
    Callback = 12,
    /// What agents say that calls were about.
    WrapUpCode = 13,
    /// Mail, chats and the like: when they come, and what work they are.
    Contact = 14,
    /// Which calls are listened to.
    Sample = 15,
    /// Whether and when agents send callers on.
    Transfer = 16,
}

/// The number from which every draw of a run follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of `purpose` with the given `index`; the same three always give the same draws.
    #[must_use]
    pub fn stream(self, purpose: Purpose, index: u64) -> Stream {
        let mut generator = ChaCha8Rng::seed_from_u64(self.key(purpose));
        generator.set_stream(index);
        Stream(Source::Generator(generator))
    }

    /// The streams of `purpose` for those who ask for many, neighbours together.
    #[must_use]
    pub fn streams(self, purpose: Purpose) -> Streams {
        Streams::new(self, purpose)
    }

    const fn key(self, purpose: Purpose) -> u64 {
        self.0 ^ (purpose as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// The seed of replication `index` of a simulation: index 0 is the seed itself.
    #[must_use]
    pub fn replication(self, index: u64) -> Self {
        if index == 0 { self } else { Self(self.stream(Purpose::Replication, index).next_u64()) }
    }
}

/// One sequence of random numbers.
#[derive(Debug)]
pub struct Stream(Source);

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a stream lives on the stack, or as long as its agent")]
enum Source {
    Generator(ChaCha8Rng),
    /// The first block, computed together with its neighbours'; few streams need more.
    Block {
        numbers: [u64; BLOCK],
        next: usize,
        seed: Seed,
        purpose: Purpose,
        index: u64,
    },
}

impl Stream {
    const fn from_block(numbers: [u64; BLOCK], seed: Seed, purpose: Purpose, index: u64) -> Self {
        Self(Source::Block { numbers, next: 0, seed, purpose, index })
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        match &mut self.0 {
            Source::Generator(generator) => generator.next_u64(),
            Source::Block { numbers, next, .. } if *next < BLOCK => {
                *next += 1;
                numbers[*next - 1]
            }
            Source::Block { .. } => self.next_beyond_block(),
        }
    }

    /// The first number of the second block, and the generator that goes on from there.
    #[cold]
    fn next_beyond_block(&mut self) -> u64 {
        if let Source::Block { seed, purpose, index, .. } = self.0 {
            *self = seed.stream(purpose, index);
            for _ in 0..BLOCK {
                self.next_u64();
            }
        }
        self.next_u64()
    }

    /// Uniform in [0, 1), with 53 random bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in (0, 1]: never 0, so that its logarithm is finite.
    #[inline]
    pub fn open_unit(&mut self) -> f64 {
        1.0 - self.unit()
    }

    /// True with the given probability (0 never, 1 always).
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in 0..`bound`, without modulo bias worth speaking of (below 2⁻³² for bounds under 2³²).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "no number lies below 0");
        let wide = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the high half of a 128-bit product has 64 bits")
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.open_unit())
    }

    /// Standard normal, by the Box–Muller transform (one value of the pair is thrown away, so that a draw
    /// always costs two uniforms).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(2.0 * self.exponential());
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_seed_purpose_and_index() {
        let draw = |seed, purpose, index| Seed(seed).stream(purpose, index).next_u64();
        assert_eq!(draw(42, Purpose::Arrivals, 7), draw(42, Purpose::Arrivals, 7));
        assert_ne!(draw(42, Purpose::Arrivals, 7), draw(43, Purpose::Arrivals, 7));
        assert_ne!(draw(42, Purpose::Arrivals, 7), draw(42, Purpose::Redial, 7));
        assert_ne!(draw(42, Purpose::Arrivals, 7), draw(42, Purpose::Arrivals, 8));
    }

    /// The integers are those of a ChaCha8 of its own, written anew in another language; of the three doubles the
    /// second is `libm`'s, one last place beside another library's logarithm.
    #[test]
    fn draws_are_the_same_bits_on_every_machine() {
        let mut stream = Seed(42).stream(Purpose::Arrivals, 7);
        let numbers = [stream.next_u64(), stream.next_u64()];
        assert_eq!(numbers, [191_357_937_576_533_521, 7_684_127_569_312_686_710]);
        let draws = [stream.unit(), stream.exponential(), stream.normal()];
        let bits = [0x3fd9_1cd9_acef_8820, 0x3fe0_8fb3_e6d3_cffa, 0xbfc8_27d4_21f7_eaa4];
        assert_eq!(draws.map(f64::to_bits), bits);
    }

    #[test]
    fn the_normal_has_mean_0_and_variance_1() {
        let mut stream = Seed(1).stream(Purpose::Attempt, 0);
        let draws: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 1e5 - mean * mean;
        assert!(mean.abs() < 0.013, "mean {mean} is beyond 4 sigma");
        assert!((variance - 1.0).abs() < 0.018, "variance {variance} is beyond 4 sigma");
    }
}

//! Whether, and after how long, an agent picks up a ringing phone.
//!
//! Talk time is the caller's, wrap-up the PBX's: an agent only decides about the phone.

use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Duration;

/// What an agent makes of a ringing phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Picks up after this long.
    PickUp { after: Duration },
    /// Lets it ring.
    RingOut,
}

/// One agent's habits.
#[derive(Debug)]
pub struct Agent {
    answer_delay: Distribution,
    no_answer: f64,
    /// The delay, if nothing about this agent hangs on a draw.
    certain_delay: Option<Duration>,
    /// Apart, so that agents without draws lie close together.
    stream: Box<Stream>,
}

impl Agent {
    /// The agent number `index`, who takes `answer_delay` to pick up and lets the phone ring with probability
    /// `no_answer`, 0 to 1.
    #[must_use]
    pub fn new(answer_delay: Distribution, no_answer: f64, seed: Seed, index: u32) -> Self {
        let certain_delay = match answer_delay {
            Distribution::Constant { seconds } if no_answer <= 0.0 => {
                Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
            _ => None,
        };
        let stream = Box::new(seed.stream(Purpose::Agent, u64::from(index)));
        Self { answer_delay, no_answer, certain_delay, stream }
    }

    /// The phone rings, for at most `ring_timeout`. Both draws are made each time, so that one offer's fate
    /// does not shift the next one's.
    pub fn decide(&mut self, ring_timeout: Duration) -> Decision {
        if let Some(after) = self.certain_delay {
            return if after >= ring_timeout { Decision::RingOut } else { Decision::PickUp { after } };
        }
        let rings_out = self.stream.chance(self.no_answer);
        let after = self.answer_delay.sample(&mut self.stream);
        if rings_out || after >= ring_timeout { Decision::RingOut } else { Decision::PickUp { after } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(no_answer: f64, seconds: f64) -> Agent {
        Agent::new(Distribution::Constant { seconds }, no_answer, Seed(1), 0)
    }

    /// A no-answer probability of 0.2 lets a fifth of the offers ring out, within 4 sigma.
    #[test]
    fn a_fifth_of_the_offers_rings_out() {
        let mut anna = agent(0.2, 3.0);
        let offers = 20_000;
        let rang_out =
            (0..offers).filter(|_| anna.decide(Duration::from_secs(15)) == Decision::RingOut).count();
        let sigma = (0.2 * 0.8 / f64::from(offers)).sqrt();
        let share = f64::from(u32::try_from(rang_out).unwrap()) / f64::from(offers);
        assert!((share - 0.2).abs() < 4.0 * sigma, "{share}");
    }

    #[test]
    fn an_agent_slower_than_the_ringing_never_picks_up() {
        assert_eq!(agent(0.0, 15.0).decide(Duration::from_secs(15)), Decision::RingOut);
        let decision = agent(0.0, 14.0).decide(Duration::from_secs(15));
        assert_eq!(decision, Decision::PickUp { after: Duration::from_secs(14) });
    }
}

//! Whether an agent sends a caller on, to whom and when: decided as the conversation begins.

use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::Duration;

/// One of the ways by which the agents of a queue send callers on.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// Of all conversations, 0 to 1; those of one queue sum to 1 at most.
    pub share: f64,
    /// From the beginning of the conversation.
    pub after: Distribution,
    /// How long the caller then talks to whoever answers; absent: the rest of what there was to say.
    pub talk: Option<Distribution>,
}

/// What an agent is going to do with a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intention {
    /// The way's place in the list.
    pub way: usize,
    pub after: Duration,
    pub talk: Option<Duration>,
}

/// The habits of one agent.
#[derive(Debug)]
pub struct Passing {
    seed: Seed,
    agent: u32,
    conversations: u32,
}

impl Passing {
    /// Those of the agent number `agent`.
    #[must_use]
    pub const fn new(seed: Seed, agent: u32) -> Self {
        Self { seed, agent, conversations: 0 }
    }

    /// What becomes of the conversation that begins now, in a queue with these ways. Each conversation has a stream of
    /// its own, so that none shifts the draws of the next.
    pub fn decide(&mut self, ways: &[Way]) -> Option<Intention> {
        let index = u64::from(self.agent) << 32 | u64::from(self.conversations);
        self.conversations = self.conversations.wrapping_add(1);
        let mut stream = self.seed.stream(Purpose::Transfer, index);
        let mut left = stream.unit();
        let drawn = ways.iter().position(|way| {
            left -= way.share;
            left < 0.0
        });
        let way = drawn?;
        let after = ways[way].after.sample(&mut stream);
        let talk = ways[way].talk.as_ref().map(|talk| talk.sample(&mut stream));
        Some(Intention { way, after, talk })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(share: f64, after: f64, talk: Option<f64>) -> Way {
        let constant = |seconds| Distribution::Constant { seconds };
        Way { share, after: constant(after), talk: talk.map(constant) }
    }

    /// Two ways of 12 % and 30 %: so many take each, within 4 sigma.
    #[test]
    fn each_way_is_taken_as_often_as_it_says() {
        let ways = [way(0.12, 60.0, None), way(0.3, 5.0, Some(300.0))];
        let mut anna = Passing::new(Seed(1), 0);
        let mut taken = [0_u32; 2];
        let count = 20_000;
        for _ in 0..count {
            if let Some(intention) = anna.decide(&ways) {
                taken[intention.way] += 1;
                let seconds = Duration::from_secs;
                let expected = [(seconds(60), None), (seconds(5), Some(seconds(300)))][intention.way];
                assert_eq!((intention.after, intention.talk), expected);
            }
        }
        for (taken, way) in taken.into_iter().zip(&ways) {
            let share = f64::from(taken) / f64::from(count);
            let sigma = (way.share * (1.0 - way.share) / f64::from(count)).sqrt();
            assert!((share - way.share).abs() < 4.0 * sigma, "{share} for {}", way.share);
        }
    }

    #[test]
    fn all_or_nobody_is_sent_on_where_that_is_said_and_agents_differ() {
        let mut anna = Passing::new(Seed(1), 0);
        assert!((0..1_000).all(|_| anna.decide(&[way(1.0, 1.0, None)]).is_some()));
        assert!((0..1_000).all(|_| anna.decide(&[way(0.0, 1.0, None)]).is_none()));
        let drawn = |agent| {
            let mut agent = Passing::new(Seed(1), agent);
            (0..64).map(|_| agent.decide(&[way(0.5, 1.0, None)]).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(0), drawn(0));
        assert_ne!(drawn(0), drawn(1));
    }
}

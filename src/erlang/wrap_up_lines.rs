//! Lines in front of agents whose work goes on after the caller has hung up: a waiting or talking caller holds a line, an agent
//! in wrap-up holds none.
//!
//! The chain of (callers on lines, agents in wrap-up) has no product form. Its levels are the callers on lines, and calls come
//! one by one, so the levels below are folded into each next one (M. F. Neuts, Matrix-Geometric Solutions in Stochastic
//! Models, 1981): one pass gives the loss of every number of lines. No difference of nearly equal numbers is taken (W. K.
//! Grassmann, M. I. Taksar and D. P. Heyman, Operations Research 33 (1985) 1107). Exact for Poisson calls and exponential
//! times; of more than a hundred agents in wrap-up an approximation.

use crate::erlang::{ErlangError, not_negative, positive, proportion};

/// Agents and their callers. Times are means in seconds, rates per second; `theta` 0 is endless patience.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrapUpLines {
    pub agents: u32,
    pub lambda: f64,
    pub talk_s: f64,
    pub wrap_up_s: f64,
    pub theta: f64,
}

/// Losses below it are none.
const NOTHING: f64 = 1e-200;
/// Lines that are looked at, one after the other.
const MOST_LINES: u32 = 200_000;
/// More agents in wrap-up at once than this are taken for as many as they are in the mean of their distribution.
const MOST_PHASES: f64 = 120.0;

impl WrapUpLines {
    /// Share of calls that find every line held, for 0, 1, … `lines` of them.
    ///
    /// # Errors
    /// For arguments outside their ranges.
    pub fn losses(&self, lines: u32) -> Result<Vec<f64>, ErlangError> {
        self.checked()?;
        let mut losses = vec![1.0];
        let mut walk = self.walk();
        while losses.len() <= lines as usize {
            let loss = losses[losses.len() - 1];
            losses.push(if loss < NOTHING { 0.0 } else { walk.next_loss() });
        }
        Ok(losses)
    }

    /// The smallest number of lines that blocks at most `target` of the calls.
    ///
    /// # Errors
    /// For arguments outside their ranges, and where patient callers outgrow the agents.
    pub fn min_lines(&self, target: f64) -> Result<u32, ErlangError> {
        proportion("target_blocking", target)?;
        self.checked()?;
        let erlangs = self.lambda * (self.talk_s + self.wrap_up_s);
        if self.theta <= 0.0 && erlangs >= f64::from(self.agents) {
            return Err(ErlangError::Unstable { agents: f64::from(self.agents), erlangs });
        }
        let mut walk = self.walk();
        let reached = (1..=MOST_LINES).find(|_| walk.next_loss() <= target);
        reached.ok_or(ErlangError::OutOfReach { limit: MOST_LINES })
    }

    fn checked(&self) -> Result<(), ErlangError> {
        positive("agents", f64::from(self.agents))?;
        positive("lambda", self.lambda)?;
        positive("talk_s", self.talk_s)?;
        positive("wrap_up_s", self.wrap_up_s)?;
        not_negative("theta", self.theta)?;
        Ok(())
    }

    fn walk(&self) -> Walk {
        // In wrap-up are at most a Poisson number of agents, or as many of busy ones as their work is of all.
        let busy = f64::from(self.agents) * self.wrap_up_s / (self.talk_s + self.wrap_up_s);
        let mean = busy.min(self.lambda * self.wrap_up_s);
        let phases = (mean + 7.0 * mean.sqrt() + 7.0).min(f64::from(self.agents));
        if phases > MOST_PHASES {
            Walk::Mean(Mean::new(self, mean))
        } else {
            Walk::Exact(Levels::new(self, phases))
        }
    }

    /// Rates at which one of `callers` stops talking and gives up while `in_wrap_up` agents are.
    fn leaving(&self, callers: f64, in_wrap_up: f64) -> [f64; 2] {
        let talking = callers.min(f64::from(self.agents) - in_wrap_up);
        [talking / self.talk_s, (callers - talking) * self.theta]
    }
}

/// One line more at each step.
enum Walk {
    Exact(Levels),
    Mean(Mean),
}

impl Walk {
    fn next_loss(&mut self) -> f64 {
        match self {
            Self::Exact(levels) => levels.next_loss(),
            Self::Mean(mean) => mean.next_loss(),
        }
    }
}

type Matrix = Vec<Vec<f64>>;

/// The exact chain, up to a level.
struct Levels {
    of: WrapUpLines,
    callers: f64,
    /// Where the chain comes back from the levels below to the next one, by the phase in which it left that one for them.
    back: Matrix,
    /// Time in all levels up to this one, by time in each phase of it.
    below: Vec<f64>,
}

impl Levels {
    fn new(of: &WrapUpLines, phases: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most MOST_PHASES")]
        let size = phases as usize + 1;
        let level = Self { of: *of, callers: 0.0, back: Vec::new(), below: vec![1.0; size] };
        let back = level.up(&vec![vec![0.0; size]; size]);
        Self { back, ..level }
    }

    /// The loss with as many lines as this call is the how-manieth.
    fn next_loss(&mut self) -> f64 {
        self.callers += 1.0;
        let down = self.down();
        let all = |row: &Vec<f64>| {
            1.0 + row.iter().zip(&self.below).map(|(rate, time)| rate / self.of.lambda * time).sum::<f64>()
        };
        self.below = down.iter().map(all).collect();
        let mut watched = down.clone();
        self.add_wrap_up(&mut watched);
        let within = stationary(watched);
        let total: f64 = within.iter().zip(&self.below).map(|(share, time)| share * time).sum();
        self.back = self.up(&down);
        if total.is_finite() { total.recip() } else { 0.0 }
    }

    /// Rates from this level's phases to those in which the chain comes back to it from below.
    fn down(&self) -> Matrix {
        let last = self.below.len() - 1;
        let row = |phase: usize| {
            let [ends, gives_up] = self.of.leaving(self.callers, number(phase));
            // The last phase stands for all that are hardly ever met.
            let next = &self.back[(phase + 1).min(last)];
            self.back[phase].iter().zip(next).map(|(same, next)| gives_up * same + ends * next).collect()
        };
        (0..=last).map(row).collect()
    }

    fn add_wrap_up(&self, rates: &mut Matrix) {
        for phase in 1..rates.len() {
            rates[phase][phase - 1] += number(phase) / self.of.wrap_up_s;
        }
    }

    /// In which phase the chain reaches the next level from each of this one's: phases are taken out one after the other.
    fn up(&self, down: &Matrix) -> Matrix {
        let size = self.below.len();
        let mut rates = down.clone();
        self.add_wrap_up(&mut rates);
        for (phase, row) in rates.iter_mut().enumerate() {
            row.resize(2 * size, 0.0);
            row[size + phase] = self.of.lambda;
        }
        for phase in (0..size).rev() {
            let leaves: f64 = rates[phase]
                .iter()
                .enumerate()
                .filter(|(to, _)| *to != phase && (*to < phase || *to >= size))
                .map(|(_, rate)| rate)
                .sum();
            let row: Vec<f64> = rates[phase].iter().map(|rate| rate / leaves).collect();
            for other in rates.iter_mut().take(phase) {
                let into = other[phase];
                for to in (0..phase).chain(size..2 * size) {
                    other[to] += into * row[to];
                }
            }
            rates[phase] = row;
        }
        let mut reached: Matrix = Vec::new();
        for (phase, row) in rates.iter().enumerate() {
            let through =
                |to: usize| row[size + to] + (0..phase).map(|by| row[by] * reached[by][to]).sum::<f64>();
            let row: Vec<f64> = (0..size).map(through).collect();
            reached.push(row);
        }
        reached
    }
}

/// Shares of time in each state of an irreducible chain with these rates; the diagonal is not looked at.
fn stationary(mut rates: Matrix) -> Vec<f64> {
    for last in (1..rates.len()).rev() {
        let leaves: f64 = rates[last][..last].iter().sum();
        let (before, rest) = rates.split_at_mut(last);
        for row in before {
            row[last] /= leaves;
            for to in 0..last {
                row[to] += row[last] * rest[0][to];
            }
        }
    }
    let size = rates.len();
    let mut shares = vec![1.0];
    for state in 1..size {
        let share = shares.iter().zip(&rates).map(|(share, row): (&f64, &Vec<f64>)| share * row[state]).sum();
        shares.push(share);
    }
    let all: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / all).collect()
}

/// Of very many agents: those in wrap-up are a Poisson number whatever the callers on lines are, as they are while the agents
/// are enough for all. An approximation.
struct Mean {
    of: WrapUpLines,
    callers: f64,
    /// How likely so many are in wrap-up.
    wrapping: Vec<(f64, f64)>,
    /// Over the share of this level, that of all up to it.
    below: f64,
}

impl Mean {
    fn new(of: &WrapUpLines, mean: f64) -> Self {
        let most = (mean + 10.0 * mean.sqrt() + 10.0).min(f64::from(of.agents));
        let logarithm = |n: f64| n * libm::log(mean) - mean - libm::lgamma(n + 1.0);
        let numbers = std::iter::successors(Some(0.0), |n| Some(n + 1.0)).take_while(|n| *n <= most);
        let wrapping: Vec<(f64, f64)> = numbers.map(|n| (n, libm::exp(logarithm(n)))).collect();
        Self { of: *of, callers: 0.0, wrapping, below: 1.0 }
    }

    fn next_loss(&mut self) -> f64 {
        self.callers += 1.0;
        let leaving = |n: f64| self.of.leaving(self.callers, n).iter().sum::<f64>();
        let (rate, all) = self
            .wrapping
            .iter()
            .fold((0.0, 0.0), |(rate, all), (n, share)| (rate + share * leaving(*n), all + share));
        self.below = 1.0 + self.below * rate / all / self.of.lambda;
        self.below.recip()
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most MOST_PHASES")]
const fn number(phase: usize) -> f64 {
    phase as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::erlang_b;
    use crate::erlang::mmnk::Mmnk;

    const CENTRE: WrapUpLines = WrapUpLines {
        agents: 14,
        lambda: 200.0 / 3600.0,
        talk_s: 184.0,
        wrap_up_s: 30.0,
        theta: 1.0 / 120.0,
    };

    /// Solved from its balance equations with a general solver: all states (callers on lines, agents in wrap-up).
    #[test]
    fn it_is_the_chain_solved_whole() {
        let losses = CENTRE.losses(19).unwrap();
        for (lines, exact) in [
            (14, 0.059_250_434_757_515),
            (17, 0.010_638_043_356_442_6),
            (18, 0.005_214_068_382_127_6),
            (19, 0.002_390_558_890_343_73),
        ] {
            assert!((losses[lines] / exact - 1.0).abs() < 1e-8, "{lines}: {}, not {exact}", losses[lines]);
        }
        assert_eq!(CENTRE.min_lines(0.01), Ok(18));
        let small =
            |agents, lambda, wrap_up_s, theta| WrapUpLines { agents, lambda, talk_s: 1.0, wrap_up_s, theta };
        for (lines, it, exact) in [
            (5, small(3, 1.0, 2.0, 0.5), 0.010_175_477_898_951_9),
            (2, small(4, 1.0, 2.0, 0.5), 0.208_011_717_136_312),
            (6, small(2, 0.5, 0.8, 0.0), 0.001_362_077_185_345_5),
        ] {
            let loss = it.losses(lines).unwrap()[lines as usize];
            assert!((loss / exact - 1.0).abs() < 1e-8, "{it:?}, {lines}: {loss}, not {exact}");
        }
    }

    /// By hand: one agent, one line, all rates 1. With (callers on lines, agents in wrap-up), (0,0) = (0,1), (1,1) = (0,1),
    /// (1,0) = (0,0) + (1,1) and 2·(0,1) = (1,0): the line is held in (1,0) and (1,1), 3 of 5 parts of the time.
    #[test]
    fn one_agent_and_one_line_by_hand() {
        let one = WrapUpLines { agents: 1, lambda: 1.0, talk_s: 1.0, wrap_up_s: 1.0, theta: 0.0 };
        assert!((one.losses(1).unwrap()[1] - 0.6).abs() < 1e-14);
        assert!(matches!(one.min_lines(0.1), Err(ErlangError::Unstable { .. })));
    }

    #[test]
    fn without_wrap_up_it_is_mmnk_and_with_agents_enough_erlang_b_of_the_talk() {
        let short = WrapUpLines { wrap_up_s: 1e-9, ..CENTRE };
        let formula = Mmnk::new(14, 18, CENTRE.lambda, 1.0 / 184.0, CENTRE.theta).unwrap().p_block();
        assert!((short.losses(18).unwrap()[18] / formula - 1.0).abs() < 1e-6);
        let many = WrapUpLines { agents: 90, ..CENTRE };
        let formula = erlang_b::blocking(18, CENTRE.lambda * 184.0);
        assert!((many.losses(18).unwrap()[18] / formula - 1.0).abs() < 1e-9);
    }

    /// Where the chain grows too large, an approximation takes its place: near the chain, and Erlang B of the talk where agents are
    /// enough for all.
    #[test]
    fn very_many_agents_lose_nearly_what_the_chain_says() {
        let centre =
            WrapUpLines { agents: 120, lambda: 0.5, talk_s: 184.0, wrap_up_s: 30.0, theta: 1.0 / 120.0 };
        let exact = centre.losses(125).unwrap();
        let mut mean = Mean::new(&centre, 15.0);
        let mut near = vec![1.0];
        near.extend((1..=125).map(|_| mean.next_loss()));
        for lines in [100, 115, 125] {
            assert!(
                (near[lines] / exact[lines] - 1.0).abs() < 0.2,
                "{lines}: {} for {}",
                near[lines],
                exact[lines]
            );
        }
        let thousands = WrapUpLines { agents: 9_000, lambda: 18.0, ..centre };
        let loss = thousands.losses(3_400).unwrap()[3_400];
        let formula = erlang_b::blocking(3_400, 18.0 * 184.0);
        assert!((loss / formula - 1.0).abs() < 1e-6, "{loss}, not {formula}");
        assert!(CENTRE.losses(20_000).unwrap()[20_000] < 1e-199);
    }
}

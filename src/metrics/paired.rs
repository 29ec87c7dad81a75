//! The same calls played twice, call by call: how many ended alike, and how well the difference of two ratios is known.
//!
//! Where both sides play the same calls, chance moves both alike, and the difference of their ratios is known far better
//! than that of independent runs: its error is that of the calls' own differences (McNemar, Psychometrika 12 (1947) 153,
//! with the ratio's own linearisation where denominators differ). Calls of one busy period differ together, so that the
//! error is never less than that of the sums of 20 to 30 batches where the run is long enough for these.
//!
//! Both lists come in the order in which calls ended, which is not quite the same: who waits for the other half is kept,
//! and no more than a stated number of them.

use std::collections::BTreeMap;

use crate::metrics::Counts;
use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::facts::Facts;
use crate::metrics::ratio::{BATCHES, Evidence, HOLDING_TIMES, ratio};
use crate::outcome::CallRecord;
use crate::outcome::Outcome;
use crate::outcome::Phase;
use crate::time::Duration;

/// Most attempts that may wait for their other half: some 100 MB.
pub const MOST_WAITING: usize = 1_000_000;

/// Parts of the measured time.
const SLICES: usize = 120;

/// Figures that are told for a pair of calls: shares, and the mean wait of those answered from a queue.
pub const FIGURES: [&str; 5] = ["technical_drop_rate", "blocking", "abandoned", "service_level", "asa_s"];
const SHARES: [Measure; 4] = [
    Measure::TechnicalDropRate,
    Measure::Blocking,
    Measure::QueueAbandoned,
    Measure::ServiceLevel { threshold: 0, definition: ServiceLevelDefinition::OfOffered },
];

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Wire,
    Simulation,
}

/// Why calls can't be paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    #[error("more than {MOST_WAITING} attempts stand in one of the two lists of calls only")]
    TooManyApart,
    #[error("a list of calls has attempt {attempt} of call {index} twice")]
    Twice { index: u64, attempt: u32 },
}

/// What one attempt adds to numerator and denominator of each figure.
#[derive(Debug, Clone, Copy)]
struct Told {
    side: Side,
    outcome: Outcome,
    slice: usize,
    /// Bits: in the numerator, in the denominator of each share; of the answered from a queue the fifth.
    in_numerator: u8,
    in_denominator: u8,
    wait_s: f64,
}

/// Sums of one figure: numerator and denominator on the wire, then in the simulation.
type Four = [f64; 4];

/// Takes two lists of the same calls in turns.
#[derive(Debug)]
pub struct Pairs {
    threshold: Duration,
    from_s: f64,
    slice_s: f64,
    waiting: BTreeMap<(u64, u32), Told>,
    most_waiting: usize,
    measured: [u64; 2],
    only: [u64; 2],
    alike: Vec<(u64, u64)>,
    sums: Vec<[Four; FIGURES.len()]>,
    /// Sums of products of an attempt's four numbers, by figure.
    products: [[Four; 4]; FIGURES.len()],
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    /// Of the attempts that both have, those with the same outcome.
    pub alike: Ratio,
    /// Attempts of one side only: redials after another end, calls that were not started.
    pub wire_only: u64,
    pub simulation_only: u64,
    /// Measured attempts of each side.
    pub wire: u64,
    pub simulation: u64,
    /// In the order of [`FIGURES`]; `None` where a side has none to divide by.
    pub differences: [Option<Difference>; FIGURES.len()],
}

/// A figure's difference, wire less simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub value: f64,
    pub standard_error: f64,
}

impl Pairs {
    /// Of calls in the measured time `[from_s, until_s]` from the start; a service level is asked for within `threshold`.
    #[must_use]
    pub fn new(threshold: Duration, [from_s, until_s]: [f64; 2]) -> Self {
        Self {
            threshold,
            from_s,
            slice_s: ((until_s - from_s) / real(SLICES as u64)).max(f64::MIN_POSITIVE),
            waiting: BTreeMap::new(),
            most_waiting: MOST_WAITING,
            measured: [0; 2],
            only: [0; 2],
            alike: vec![(0, 0); SLICES],
            sums: vec![[[0.0; 4]; FIGURES.len()]; SLICES],
            products: [[[0.0; 4]; 4]; FIGURES.len()],
        }
    }

    /// An attempt of one side; those of the warm-up count as little as in any figure.
    ///
    /// # Errors
    /// The lists have too little in common to be held against each other.
    pub fn add(&mut self, side: Side, record: &CallRecord) -> Result<(), PairError> {
        if record.phase != Phase::Measured {
            return Ok(());
        }
        self.measured[side as usize] += 1;
        let told = self.told(side, record);
        let (index, attempt) = (record.index, record.attempt);
        match self.waiting.remove(&(index, attempt)) {
            Some(other) if other.side == side => return Err(PairError::Twice { index, attempt }),
            Some(other) => {
                let (slice, alike) = (other.slice.min(told.slice), told.outcome == other.outcome);
                self.alike[slice].0 += u64::from(alike);
                self.alike[slice].1 += 1;
                self.count(slice, &[told, other]);
            }
            None if self.waiting.len() >= self.most_waiting => return Err(PairError::TooManyApart),
            None => {
                self.waiting.insert((index, attempt), told);
            }
        }
        Ok(())
    }

    fn told(&self, side: Side, record: &CallRecord) -> Told {
        let mut counts = Counts::default();
        counts.add(record, &Facts::of(record), &[self.threshold]);
        let (mut in_numerator, mut in_denominator) = (0, 0);
        for (place, share) in SHARES.into_iter().enumerate() {
            let (k, n) = share.of(&counts);
            in_numerator |= u8::from(k > 0) << place;
            in_denominator |= u8::from(n > 0) << place;
        }
        in_denominator |= u8::from(counts.queue_answered > 0) << SHARES.len();
        let wait_s = record.wait.filter(|_| counts.queue_answered > 0).map_or(0.0, |wait| wait.as_secs_f64());
        let slice = slice((record.intended_start.as_secs_f64() - self.from_s) / self.slice_s);
        Told { side, outcome: record.outcome, slice, in_numerator, in_denominator, wait_s }
    }

    /// Both halves of a pair, or the one there is.
    fn count(&mut self, slice: usize, halves: &[Told]) {
        for figure in 0..FIGURES.len() {
            let mut four = [0.0; 4];
            for told in halves {
                let bit = |bits: u8| f64::from(bits >> figure & 1);
                let numerator = if figure == SHARES.len() { told.wait_s } else { bit(told.in_numerator) };
                let place = 2 * told.side as usize;
                four[place] = numerator;
                four[place + 1] = bit(told.in_denominator);
            }
            for (one, &value) in four.iter().enumerate() {
                self.sums[slice][figure][one] += value;
                for (other, &factor) in four.iter().enumerate() {
                    self.products[figure][one][other] += value * factor;
                }
            }
        }
    }

    /// What came of it, the mean holding time being so long where it is known.
    #[must_use]
    pub fn finish(mut self, mean_holding_s: Option<f64>) -> Paired {
        for told in std::mem::take(&mut self.waiting).into_values() {
            self.only[told.side as usize] += 1;
            self.count(told.slice, &[told]);
        }
        let slice_holding_times = mean_holding_s.filter(|mean| *mean > 0.0).map(|mean| self.slice_s / mean);
        let sum = |(k, n): (u64, u64), part: &(u64, u64)| (k + part.0, n + part.1);
        let (alike, both) = self.alike.iter().fold((0, 0), sum);
        let evidence = Evidence { replications: &[], slices: &self.alike, slice_holding_times, model: None };
        let mut differences = [None; FIGURES.len()];
        for (figure, difference) in differences.iter_mut().enumerate() {
            *difference = self.difference(figure, slice_holding_times);
        }
        Paired {
            alike: ratio(alike, both, 0.95, &evidence),
            wire_only: self.only[Side::Wire as usize],
            simulation_only: self.only[Side::Simulation as usize],
            wire: self.measured[Side::Wire as usize],
            simulation: self.measured[Side::Simulation as usize],
            differences,
        }
    }

    fn difference(&self, figure: usize, slice_holding_times: Option<f64>) -> Option<Difference> {
        let add = |mut sum: Four, part: &Four| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            sum
        };
        let slices: Vec<Four> = self.sums.iter().map(|slice| slice[figure]).collect();
        let [wire_k, wire_n, simulation_k, simulation_n] = slices.iter().fold([0.0; 4], add);
        if wire_n <= 0.0 || simulation_n <= 0.0 {
            return None;
        }
        let (wire, simulation) = (wire_k / wire_n, simulation_k / simulation_n);
        // What an attempt's numbers change of the difference.
        let weights = [1.0 / wire_n, -wire / wire_n, -1.0 / simulation_n, simulation / simulation_n];
        let effect =
            |four: &Four| four.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>();
        let of_pairs: f64 =
            self.products[figure].iter().zip(weights).map(|(row, weight)| weight * effect(row)).sum();
        let fits = |count: &usize| {
            slice_holding_times.is_some_and(|slice| real((SLICES / count) as u64) * slice >= HOLDING_TIMES)
        };
        let of_batches = BATCHES.rev().find(fits).map_or(0.0, |count| {
            let batch = |i: usize| &slices[i * SLICES / count..(i + 1) * SLICES / count];
            let squares = (0..count).map(|i| effect(&batch(i).iter().fold([0.0; 4], add)).powi(2));
            squares.sum::<f64>() * real(count as u64) / real(count as u64 - 1)
        });
        let standard_error = of_pairs.max(of_batches).max(0.0).sqrt();
        Some(Difference { value: wire - simulation, standard_error })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is the wish"
)]
fn slice(place: f64) -> usize {
    (place.max(0.0) as usize).min(SLICES - 1)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::fixture::{BY_AGENT, TRUNK, attempt, seconds};

    const UNTIL_S: f64 = 10_060.0;

    /// The outcome of each call on the wire and in the simulation; the one list forwards, the other backwards.
    fn paired(ends: &[[Outcome; 2]], mean_holding_s: Option<f64>) -> Paired {
        let mut pairs = Pairs::new(seconds(20.0), [60.0, UNTIL_S]);
        let length = real(ends.len() as u64);
        let record = |place: usize, side: usize| {
            let start_s = 60.0 + 10_000.0 * (real(place as u64) + 0.5) / length;
            attempt(place as u64, start_s, ends[place][side])
        };
        for place in 0..ends.len() {
            pairs.add(Side::Wire, &record(place, 0)).unwrap();
            pairs.add(Side::Simulation, &record(ends.len() - 1 - place, 1)).unwrap();
        }
        pairs.finish(mean_holding_s)
    }

    /// So many calls lost by both, by the wire only, by the simulation only, and by none, evenly mixed.
    fn mixed(table: [usize; 4]) -> Vec<[Outcome; 2]> {
        let cells = [[TRUNK, TRUNK], [TRUNK, BY_AGENT], [BY_AGENT, TRUNK], [BY_AGENT, BY_AGENT]];
        let all: usize = table.iter().sum();
        let list = table.iter().zip(cells).flat_map(|(count, cell)| vec![cell; *count]).collect::<Vec<_>>();
        // 7 and 1 000 have no common factor.
        (0..all).map(|place| list[7 * place % all]).collect()
    }

    /// By hand, of 1 000 calls with 25 lost by the wire only and 9 by the simulation only: the difference is 0.016, its
    /// variance (25 + 9 − 16²/1000)/1000². As if independent it would be p(1−p)/1000 of each: 0.165 and 0.149.
    #[test]
    fn the_error_of_a_difference_is_that_of_mcnemars_table() {
        let found = paired(&mixed([140, 25, 9, 826]), None);
        assert_eq!(
            (found.alike.k, found.alike.n, found.wire_only, found.simulation_only),
            (966, 1_000, 0, 0)
        );
        for place in [0, 1] {
            let difference = found.differences[place].unwrap();
            assert!((difference.value - 0.016).abs() < 1e-12, "{difference:?}");
            let exact = (34.0_f64 - 0.256).sqrt() / 1_000.0;
            assert!((difference.standard_error - exact).abs() < 1e-12, "{difference:?} {exact}");
            let independent = ((0.165 * 0.835 + 0.149 * 0.851) / 1_000.0_f64).sqrt();
            assert!(2.7 * difference.standard_error < independent, "{difference:?} {independent}");
        }
        assert_eq!(found.differences[2], None, "nobody asked for a queue");
        let [low, high] = found.alike.interval.unwrap();
        assert!(low < 0.966 && 0.966 < high && high - low < 0.03);
    }

    /// The same calls in the same places differ in nothing, whatever the order of the lists.
    #[test]
    fn what_ended_alike_differs_by_nothing_and_without_error() {
        let found = paired(&mixed([140, 0, 0, 860]), Some(10.0));
        assert_eq!(found.differences[0], Some(Difference { value: 0.0, standard_error: 0.0 }));
        assert_eq!((found.alike.k, found.alike.n), (1_000, 1_000));
    }

    /// All 30 that differ come in three busy periods of ten: the batches know, single calls don't.
    #[test]
    fn calls_that_differ_together_widen_the_error() {
        let mut ends = vec![[BY_AGENT, BY_AGENT]; 3_000];
        for begin in [400, 1_700, 2_800] {
            ends[begin..begin + 10].fill([TRUNK, BY_AGENT]);
        }
        let alone = paired(&ends, None).differences[1].unwrap();
        let together = paired(&ends, Some(10.0)).differences[1].unwrap();
        // Three of 30 batches with ten each: √(30/29 · (3 · 9² + 27 · 1)) of 3 000 calls; one by one √30.
        let exact = (30.0_f64 / 29.0 * 270.0).sqrt() / 3_000.0;
        assert!((together.standard_error - exact).abs() < 1e-12, "{together:?} {exact}");
        assert!(together.standard_error > 3.0 * alone.standard_error, "{alone:?}");
    }

    #[test]
    fn attempts_of_one_side_only_are_counted_and_never_held_without_end() {
        let mut pairs = Pairs::new(seconds(20.0), [60.0, UNTIL_S]);
        pairs.most_waiting = 3;
        for index in 0..3 {
            pairs.add(Side::Wire, &attempt(index, 100.0, BY_AGENT)).unwrap();
        }
        let warm_up = attempt(9, 1.0, BY_AGENT);
        pairs.add(Side::Wire, &warm_up).expect("it is not held");
        let error = pairs.add(Side::Wire, &attempt(9, 100.0, BY_AGENT));
        assert_eq!(error, Err(PairError::TooManyApart));
        let twice = pairs.add(Side::Wire, &attempt(2, 100.0, BY_AGENT));
        assert_eq!(twice, Err(PairError::Twice { index: 2, attempt: 0 }));
        pairs.add(Side::Simulation, &attempt(1, 100.0, TRUNK)).unwrap();
        let found = pairs.finish(None);
        assert_eq!((found.wire_only, found.simulation_only), (1, 0), "the twice told one is gone");
        assert_eq!((found.alike.k, found.alike.n), (0, 1));
    }
}

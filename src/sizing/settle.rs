//! From what formulas ask for to what the simulation confirms.
//!
//! In the manner of the iterative staffing algorithm (Feldman, Mandelbaum, Massey and Whitt, Management Science 54
//! (2008) 324): simulate, add an agent wherever the target is not confirmed, and begin again; then take one away
//! wherever the margin is wider than one agent is worth, and put back those that were needed after all. Every change
//! is reported with the figure that caused it.

use crate::sizing::trial::{Figure, Finding, Trial, Tried};

/// Most simulations of the whole plan.
const ROUNDS_MAX: u32 = 40;

/// One agent more or fewer in one interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Change {
    /// Counted from 1.
    pub round: u32,
    /// Place of the interval.
    pub interval: usize,
    pub from: u32,
    pub to: u32,
    /// Service level with `from` agents.
    pub service_level: Figure,
    pub finding: Finding,
}

/// A staffing and its last trial.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Settled {
    pub agents: Vec<u32>,
    pub tried: Tried,
    pub changes: Vec<Change>,
    pub rounds: u32,
    /// Intervals in which one more agent has changed nothing.
    #[serde(skip)]
    saturated: Vec<bool>,
}

impl Settled {
    /// Whether the simulation confirms every interval that has calls enough, and finds none amiss.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        confirmed(&self.tried)
    }
}

fn confirmed(tried: &Tried) -> bool {
    tried.intervals.iter().all(|interval| interval.finding.holds())
}

/// Corrects `start` until `trial` confirms every interval, and no interval has an agent it can do without. `floor`
/// is the least for each interval, whatever the simulation says: the limit on occupancy. One agent is the least of all,
/// but where nobody calls and nobody is left from before.
#[must_use]
pub fn settle(trial: &Trial<'_>, start: &[u32], floor: &[u32]) -> Settled {
    let agents: Vec<u32> = start.iter().zip(floor).map(|(start, floor)| (*start).max(*floor)).collect();
    let tried = trial.run(&agents);
    let saturated = vec![false; agents.len()];
    let mut settled = Settled { agents, tried, changes: Vec::new(), rounds: 1, saturated };
    add_until_confirmed(trial, &mut settled);
    if settled.is_confirmed() {
        take_what_is_not_needed(trial, &mut settled, floor);
    }
    settled
}

/// One more wherever the target is not confirmed, but for the intervals in which that has changed nothing: they are
/// judged by their value, with the agents they had.
fn add_until_confirmed(trial: &Trial<'_>, settled: &mut Settled) {
    while settled.rounds < ROUNDS_MAX {
        let is_short =
            |place: &usize| !settled.saturated[*place] && !settled.tried.intervals[*place].finding.holds();
        let short: Vec<usize> = (0..settled.agents.len()).filter(is_short).collect();
        if short.is_empty() {
            return;
        }
        let before = settled.tried.intervals.clone();
        settled.change(&short, 1);
        settled.run(trial);
        let in_vain = |place: &&usize| {
            settled.agents[**place] > 1 && settled.tried.intervals[**place] == before[**place]
        };
        let in_vain: Vec<usize> = short.iter().filter(in_vain).copied().collect();
        if !in_vain.is_empty() {
            settled.take_back(&in_vain);
            settled.run(trial);
        }
    }
}

/// One fewer wherever that has not been refused yet, a third of the intervals at a time, so that neighbours do not
/// suffer from each other's trial.
fn take_what_is_not_needed(trial: &Trial<'_>, settled: &mut Settled, floor: &[u32]) {
    let mut needed = vec![false; settled.agents.len()];
    while settled.rounds < ROUNDS_MAX {
        let least =
            |place: usize| if settled.tried.intervals[place].is_idle() { 0 } else { floor[place].max(1) };
        let spare = |place: &usize| !needed[*place] && settled.agents[*place] > least(*place);
        let Some(first) = (0..settled.agents.len()).find(spare) else { return };
        let places: Vec<usize> = (first..settled.agents.len()).step_by(3).filter(spare).collect();
        let before = settled.clone();
        settled.change(&places, -1);
        settled.run(trial);
        let hurt = |place: usize| {
            let near = place.saturating_sub(1)..(place + 3).min(settled.agents.len());
            settled.tried.intervals[near].iter().any(|interval| !interval.finding.holds())
        };
        let back: Vec<usize> = places.iter().copied().filter(|place| hurt(*place)).collect();
        if back.is_empty() && settled.is_confirmed() {
            continue;
        }
        for place in &back {
            needed[*place] = true;
        }
        let kept: Vec<usize> = places.into_iter().filter(|place| !back.contains(place)).collect();
        let rounds = settled.rounds;
        *settled = Settled { rounds, ..before.clone() };
        if kept.is_empty() {
            continue;
        }
        settled.change(&kept, -1);
        settled.run(trial);
        if !settled.is_confirmed() {
            for place in kept {
                needed[place] = true;
            }
            *settled = Settled { rounds: settled.rounds, ..before };
        }
    }
}

impl Settled {
    /// Tries the agents there are now.
    fn run(&mut self, trial: &Trial<'_>) {
        self.tried = trial.run(&self.agents);
        self.rounds += 1;
        for (interval, saturated) in self.tried.intervals.iter_mut().zip(&self.saturated) {
            if *saturated {
                *interval = trial.by_value(*interval);
            }
        }
    }

    /// Takes the agents back that the last change has added in vain.
    fn take_back(&mut self, places: &[usize]) {
        for place in places.iter().copied() {
            self.agents[place] -= 1;
            self.saturated[place] = true;
        }
        let round = self.rounds - 1;
        self.changes.retain(|change| change.round != round || !places.contains(&change.interval));
    }

    fn change(&mut self, places: &[usize], by: i32) {
        for place in places.iter().copied() {
            let from = self.agents[place];
            let to = from.saturating_add_signed(by);
            let tried = &self.tried.intervals[place];
            let (service_level, finding, round) = (tried.service_level, tried.finding, self.rounds);
            self.changes.push(Change { round, interval: place, from, to, service_level, finding });
            self.agents[place] = to;
        }
    }
}

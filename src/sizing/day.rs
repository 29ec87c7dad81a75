//! A day or a week of intervals, and the agents that formulas ask for in each.
//!
//! Three ways to turn a rate that changes into the load that a stationary formula is given: the interval's own rate
//! ([`Method::Stationary`]), the rate one handle time earlier ([`Method::Lagged`]), and the mean number of calls
//! that would be in progress if nobody ever waited ([`Method::Mol`]). None is the truth: `trial` asks the simulation.

use crate::erlang::ErlangError;
use crate::sizing::staff::{StaffModel, StaffPoint};
use crate::sizing::targets::Targets;

/// Where nobody calls, nobody stays for callers from before of whom fewer than this are expected at the beginning.
pub const LEFT_FROM_BEFORE: f64 = 0.01;
/// Fewer calls in an interval are none: what is left of rounding.
const NO_CALLS: f64 = 1e-6;

/// One interval of the plan.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct PlannedInterval {
    /// From the beginning of the first interval.
    pub start_s: f64,
    pub length_s: f64,
    /// Expected fresh calls.
    pub calls: f64,
    /// Mean handle time: talk and wrap-up.
    pub aht_s: f64,
}

impl PlannedInterval {
    /// Fresh calls per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.calls / self.length_s
    }

    /// Whether it brings no calls of its own: a closed night or weekend.
    #[must_use]
    pub fn is_without_calls(&self) -> bool {
        self.calls < NO_CALLS
    }
}

/// Intervals one after the other, and the callers' habits.
#[derive(Debug, Clone, PartialEq)]
pub struct DayPlan {
    pub intervals: Vec<PlannedInterval>,
    /// 1 / mean patience in seconds; 0 for endless patience.
    pub theta: f64,
    /// Probability that a caller who gave up dials again.
    pub redial: f64,
}

/// How a changing rate becomes a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Each interval as if its rate had always held (SIPP: stationary, independent, period by period).
    Stationary,
    /// The mean rate over the interval moved back by one handle time (Green, Kolesar and Soares, Operations
    /// Research 49 (2001) 549).
    Lagged,
    /// Modified offered load: the mean number in service of M_t/G/∞, here with exponential handle times
    /// (Jennings, Mandelbaum, Massey and Whitt, Management Science 42 (1996) 1383).
    Mol,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Stationary, Self::Lagged, Self::Mol];

    /// The name in options and results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stationary => "stationary",
            Self::Lagged => "lagged",
            Self::Mol => "mol",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|method| method.name() == text);
        found.ok_or_else(|| format!("no method is called `{text}`; write one of {names}"))
    }
}

impl DayPlan {
    /// The load in erlangs of each interval by `method`, from an empty start. Where nobody calls, callers from before
    /// are a load only if at least [`LEFT_FROM_BEFORE`] of them are expected in progress when the interval begins: the
    /// exponential tail of the modified offered load never ends, and would keep an agent all night for nobody.
    #[must_use]
    pub fn loads(&self, method: Method) -> Vec<f64> {
        let in_progress = self.in_progress();
        let mut loads: Vec<f64> = match method {
            Method::Stationary => {
                self.intervals.iter().map(|interval| interval.rate() * interval.aht_s).collect()
            }
            Method::Lagged => self.intervals.iter().map(|interval| self.lagged(interval)).collect(),
            Method::Mol => in_progress.iter().map(|[_, mean]| *mean).collect(),
        };
        for ((load, interval), [left, _]) in loads.iter_mut().zip(&self.intervals).zip(in_progress) {
            if interval.is_without_calls() && left < LEFT_FROM_BEFORE {
                *load = 0.0;
            }
        }
        loads
    }

    /// Mean rate over the interval as it was one handle time earlier; before the day there were no calls.
    fn lagged(&self, interval: &PlannedInterval) -> f64 {
        let from = interval.start_s - interval.aht_s;
        let to = from + interval.length_s;
        let calls = |other: &PlannedInterval| {
            let overlap = to.min(other.start_s + other.length_s) - from.max(other.start_s);
            other.rate() * overlap.max(0.0)
        };
        self.intervals.iter().map(calls).sum::<f64>() / interval.length_s * interval.aht_s
    }

    /// m of m' = λ(t) − m/h at the beginning of each interval and in its mean, exact for a rate that is constant in
    /// each.
    fn in_progress(&self) -> Vec<[f64; 2]> {
        let mut busy = 0.0;
        let within = |interval: &PlannedInterval| {
            let begins = busy;
            let settled = interval.rate() * interval.aht_s;
            let turns = interval.length_s / interval.aht_s;
            let left = libm::exp(-turns);
            let mean = settled + (busy - settled) * (1.0 - left) / turns;
            busy = settled + (busy - settled) * left;
            [begins, mean]
        };
        self.intervals.iter().map(within).collect()
    }

    /// The stationary model of an interval with this load.
    #[must_use]
    pub fn model(&self, place: usize, erlangs: f64) -> StaffModel {
        let handle_s = self.intervals[place].aht_s;
        StaffModel { lambda: erlangs / handle_s, handle_s, theta: self.theta, redial: self.redial }
    }

    /// Agents per interval for `targets`, with every load multiplied by `factor`.
    ///
    /// # Errors
    /// As [`StaffModel::needed_for`].
    pub fn required(&self, method: Method, targets: &Targets, factor: f64) -> Result<Vec<u32>, ErlangError> {
        let loads = self.loads(method);
        let needed = |(place, load): (usize, &f64)| self.model(place, load * factor).needed_for(targets);
        loads.iter().enumerate().map(needed).collect()
    }

    /// What the formula promises in each interval.
    ///
    /// # Errors
    /// For arguments outside their ranges.
    pub fn promised(
        &self,
        method: Method,
        agents: &[u32],
        threshold_s: f64,
    ) -> Result<Vec<StaffPoint>, ErlangError> {
        let loads = self.loads(method);
        let point = |((place, load), agents): ((usize, &f64), &u32)| {
            self.model(place, *load).point((*agents).max(1), threshold_s)
        };
        loads.iter().enumerate().zip(agents).map(point).collect()
    }

    /// Expected fresh calls of the whole plan.
    #[must_use]
    pub fn calls(&self) -> f64 {
        self.intervals.iter().map(|interval| interval.calls).sum()
    }

    /// Mean handle time over all calls, in seconds.
    #[must_use]
    pub fn mean_aht_s(&self) -> f64 {
        let work: f64 = self.intervals.iter().map(|interval| interval.calls * interval.aht_s).sum();
        work / self.calls()
    }

    /// From the beginning of the first to the end of the last interval.
    #[must_use]
    pub fn length_s(&self) -> f64 {
        self.intervals.last().map_or(0.0, |last| last.start_s + last.length_s)
    }

    /// Agent-hours of a number of agents per interval.
    #[must_use]
    pub fn hours(&self, agents: &[u32]) -> f64 {
        let hours =
            |(interval, agents): (&PlannedInterval, &u32)| interval.length_s / 3_600.0 * f64::from(*agents);
        self.intervals.iter().zip(agents).map(hours).sum()
    }

    /// Agents all day long for the busiest interval, and for the mean load: what planning by one number comes to.
    ///
    /// # Errors
    /// As [`StaffModel::needed_for`].
    pub fn by_one_number(&self, targets: &Targets) -> Result<[u32; 2], ErlangError> {
        let peak = self.required(Method::Stationary, targets, 1.0)?.into_iter().max().unwrap_or(0);
        let handle_s = self.mean_aht_s();
        let lambda = self.calls() / self.length_s();
        let mean = StaffModel { lambda, handle_s, theta: self.theta, redial: self.redial };
        Ok([peak, mean.needed_for(targets)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rates_per_h: &[f64], length_s: f64, aht_s: f64) -> DayPlan {
        let mut start_s = 0.0;
        let interval = |rate: &f64| {
            let interval = PlannedInterval { start_s, length_s, calls: rate * length_s / 3_600.0, aht_s };
            start_s += length_s;
            interval
        };
        DayPlan { intervals: rates_per_h.iter().map(interval).collect(), theta: 0.0, redial: 0.0 }
    }

    /// golden/mol.csv: 100/h ± 20/h over 24 h, half an hour of service: 48.713054524082512 E at midnight,
    /// 56.0419401867999144 E at 3:00, 59.8315392311369583 E at 6:00.
    #[test]
    fn the_modified_offered_load_is_that_of_the_sinusoid_in_the_golden_file() {
        let minute = 1.0 / 60.0;
        let turn = std::f64::consts::TAU / 24.0;
        let rate = |place: u32| 100.0 + 20.0 * libm::sin(turn * minute * (f64::from(place) + 0.5));
        let rates: Vec<f64> = (0..3 * 24 * 60).map(rate).collect();
        let loads = plan(&rates, 60.0, 1_800.0).loads(Method::Mol);
        for (hour, expected) in
            [(0, 48.713_054_524_082_51), (3, 56.041_940_186_799_91), (6, 59.831_539_231_136_96)]
        {
            let at = (24 + hour) * 60;
            let load = f64::midpoint(loads[at - 1], loads[at]);
            assert!((load / expected - 1.0).abs() < 1e-5, "{load} at {hour}:00");
        }
    }

    /// By hand: at 20:00 4 E are in progress, at 21:00 4·e^−15 = 1.2e-6 of a call, and in the mean of the hour
    /// 4·(1 − e^−15)/15 = 0.2667 E. Nobody stays for the rest of a closed night and weekend, by any method.
    #[test]
    fn nobody_stays_through_a_closed_night_for_the_tail_of_the_day() {
        let day =
            |open: bool| (0..24).map(move |hour| if open && (8..20).contains(&hour) { 60.0 } else { 0.0 });
        let week: Vec<f64> = [true, true, true, true, true, false, false].into_iter().flat_map(day).collect();
        for theta in [0.0, 1.0 / 120.0] {
            let plan = DayPlan { theta, ..plan(&week, 3_600.0, 240.0) };
            assert!((plan.loads(Method::Mol)[20] - 4.0 / 15.0).abs() < 1e-6);
            for method in Method::ALL {
                let required = plan.required(method, &Targets::default(), 1.0).unwrap();
                for (hour, agents) in required.iter().enumerate() {
                    let (calls, before) = (week[hour] > 0.0, hour > 0 && week[hour - 1] > 0.0);
                    let staffed = calls || before && method != Method::Stationary;
                    assert_eq!(*agents > 0, staffed, "{method:?}: {agents} at {hour} h");
                }
            }
        }
        // By quarter hours 4·e^−3.75 = 0.094 are left at 20:15 and somebody stays; 0.0022 at 20:30, and nobody does.
        let quarters: Vec<f64> = [vec![60.0; 16], vec![0.0; 8]].concat();
        let required = plan(&quarters, 900.0, 240.0).required(Method::Mol, &Targets::default(), 1.0).unwrap();
        let staffed: Vec<bool> = required[16..].iter().map(|agents| *agents > 0).collect();
        assert_eq!(staffed, [true, true, false, false, false, false, false, false]);
    }

    #[test]
    fn a_steady_rate_has_one_load_by_every_method_once_the_day_is_on_its_way() {
        let plan = plan(&[120.0; 16], 1_800.0, 180.0);
        for method in Method::ALL {
            let loads = plan.loads(method);
            assert!((loads[15] - 6.0).abs() < 1e-9, "{method:?} {loads:?}");
        }
        assert!(plan.loads(Method::Lagged)[0] < 6.0 && plan.loads(Method::Mol)[0] < 6.0);
    }

    /// Coverage row 6: headcount for the peak costs the most, for the mean it misses the target, and by interval it is
    /// the brute-force minimum.
    #[test]
    fn the_requirement_of_each_interval_is_the_least_that_meets_every_condition() {
        let plan = plan(&[40.0, 130.0, 250.0, 90.0], 1_800.0, 240.0);
        let targets = Targets { max_occupancy: 0.8, max_asa_s: Some(12.0), ..Targets::default() };
        let required = plan.required(Method::Stationary, &targets, 1.0).unwrap();
        for (place, agents) in required.iter().enumerate() {
            let model = plan.model(place, plan.loads(Method::Stationary)[place]);
            let brute = (1..200).find(|n| targets.met_by(&model.point(*n, 20.0).unwrap())).unwrap();
            assert_eq!(*agents, brute, "interval {place}");
            assert!(model.point(*agents, 20.0).unwrap().occupancy <= 0.8);
        }
        let [peak, mean] = plan.by_one_number(&targets).unwrap();
        assert!(plan.hours(&[peak; 4]) > plan.hours(&required));
        assert!(mean < peak && required[2] == peak);
    }

    const RATES: [f64; 4] = [40.0, 130.0, 250.0, 90.0];

    /// The least agents that meet a condition on them and the erlangs, at each of the rates: 2.67, 8.67, 16.67 and 6 E.
    fn least(meets: impl Fn(f64, f64) -> bool) -> Vec<u32> {
        let agents = |rate: f64| (1..200).find(|agents| meets(f64::from(*agents), rate / 15.0)).unwrap();
        RATES.map(agents).to_vec()
    }

    fn asked_for(targets: &Targets, theta: f64) -> Vec<u32> {
        let plan = DayPlan { theta, ..plan(&RATES, 1_800.0, 240.0) };
        plan.required(Method::Stationary, targets, 1.0).unwrap()
    }

    /// Erlang's formula C, and the mean wait and the share served within 20 s that follow from it, calls of 240 s.
    fn waiting(agents: f64, erlangs: f64) -> [f64; 2] {
        if agents <= erlangs {
            return [f64::INFINITY, 0.0];
        }
        let (mut fewer, mut term, mut busy) = (0.0, 1.0, 0.0);
        while busy < agents {
            fewer += term;
            busy += 1.0;
            term *= erlangs / busy;
        }
        let all_busy = term * agents / (agents - erlangs);
        let waits = all_busy / (fewer + all_busy);
        let spare = (agents - erlangs) / 240.0;
        [waits / spare, 1.0 - waits * libm::exp(-20.0 * spare)]
    }

    fn is_served(agents: f64, erlangs: f64) -> bool {
        waiting(agents, erlangs)[1] >= 0.8
    }

    #[test]
    fn the_least_agents_for_a_service_level_are_those_of_erlangs_formula_c() {
        let asked = asked_for(&Targets::default(), 0.0);
        assert_eq!((&asked, asked.as_slice()), (&least(is_served), [5, 12, 21, 9].as_slice()));
    }

    #[test]
    fn agents_are_added_until_they_are_busy_no_more_than_they_may() {
        let asked = asked_for(&Targets { max_occupancy: 0.6, ..Targets::default() }, 0.0);
        let expected = least(|agents, erlangs| erlangs <= 0.6 * agents && is_served(agents, erlangs));
        assert_eq!((&asked, asked.as_slice()), (&expected, [5, 15, 28, 10].as_slice()));
    }

    #[test]
    fn agents_are_added_until_the_mean_wait_is_as_short_as_it_must_be() {
        let asked = asked_for(&Targets { max_asa_s: Some(3.0), ..Targets::default() }, 0.0);
        let expected = least(|agents, erlangs| waiting(agents, erlangs)[0] <= 3.0);
        assert_eq!((&asked, asked.as_slice()), (&expected, [7, 15, 24, 11].as_slice()));
    }

    /// Callers who give up after two minutes: the states of births and deaths, added up.
    #[test]
    fn agents_are_added_until_no_more_give_up_than_may() {
        let given_up = |agents: f64, erlangs: f64| {
            let (mut state, mut states, mut waiting) = (1.0, 1.0, 0.0);
            for calls in 1..500 {
                let calls = f64::from(calls);
                let queue = (calls - agents).max(0.0);
                state *= erlangs / (calls.min(agents) + queue * 240.0 / 120.0);
                states += state;
                waiting += state * queue;
            }
            waiting / states * 240.0 / 120.0 / erlangs
        };
        let few = Targets { max_abandoned: Some(0.005), ..Targets::default() };
        let theta = 1.0 / 120.0;
        let asked = asked_for(&few, theta);
        let expected = least(|agents, erlangs| given_up(agents, erlangs) <= 0.005);
        assert_eq!((&asked, asked.as_slice()), (&expected, [7, 16, 25, 12].as_slice()));
        let without = asked_for(&Targets::default(), theta);
        assert!(without.iter().zip(&asked).all(|(without, with)| without < with), "{without:?}");
    }
}

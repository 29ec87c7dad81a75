//! M_t/M/n/K+M through time: n agents, K places, sinusoidal arrivals, exponential handle times and patience, empty
//! at the start. Kolmogorov's forward equations p' = Q(t)p, solved state by state.
//!
//! With Λ at least the fastest state's rate, q = e^{Λt}p obeys q' = (Q(t) + Λ)q, whose operator has no negative
//! entry: uniformisation (Jensen 1953) as a Taylor series in which λ(t) is expanded too. Over one step
//! (k + 1)q_{k+1} = (Q₀ + Λ)q_k + D·Σ_{j ≥ 1} ℓ_j q_{k−j}, ℓ_j the coefficients of λ and D an arrival's effect. No step
//! is ever unstable, no start underflows (steps are short: Λh ≤ 32), and small probabilities keep their digits.

use crate::erlang::offered_load::SinusoidalRate;
use crate::erlang::{ErlangError, checked, not_negative, positive};

/// A system that starts empty; rates and times in one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Transient {
    agents: usize,
    capacity: usize,
    arrivals: SinusoidalRate,
    highest_rate: f64,
    period: f64,
    mu: f64,
    theta: f64,
}

/// What a [`Transient`] is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransientInput {
    /// Agents, 1 or more.
    pub agents: u32,
    /// Places in the whole system, at least the agents.
    pub capacity: u32,
    /// λ(t) = `rate_mean` + `rate_amplitude`·sin(2πt/`period`), never below 0.
    pub rate_mean: f64,
    pub rate_amplitude: f64,
    pub period: f64,
    /// 1/mean handle time, over 0.
    pub mu: f64,
    /// 1/mean patience; 0 means endless patience.
    pub theta: f64,
}

/// The system at one time, and what has happened since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Calls in the system.
    pub mean_in_system: f64,
    pub mean_queue_len: f64,
    pub p_all_agents_busy: f64,
    /// Every place taken.
    pub p_full: f64,
    /// Calls that arrived while all agents were busy, blocked ones included.
    pub arrivals_finding_all_busy: f64,
    pub abandoned: f64,
    /// Calls that arrived while the system was full.
    pub blocked: f64,
}

/// Most operations on one state: about a minute.
pub const MOST_STEPS: f64 = 2e11;

/// Largest Λh of a step.
const STEP: f64 = 32.0;
/// Largest share of a period (in radians) of a step.
const TURN: f64 = 0.5;

impl Transient {
    /// Checks `input`.
    pub fn new(input: &TransientInput) -> Result<Self, ErlangError> {
        positive("agents", f64::from(input.agents))?;
        let agents = f64::from(input.agents);
        let allowed = "from the number of agents to 1000000";
        checked("capacity_K", f64::from(input.capacity), allowed, |k| k >= agents && k <= 1e6)?;
        let amplitude = input.rate_amplitude;
        Ok(Self {
            agents: input.agents as usize,
            capacity: input.capacity as usize,
            arrivals: SinusoidalRate::new(input.rate_mean, amplitude, input.period)?,
            highest_rate: input.rate_mean + amplitude.abs(),
            period: if amplitude.abs() > 0.0 { input.period } else { f64::INFINITY },
            mu: positive("mu", input.mu)?,
            theta: not_negative("theta", input.theta)?,
        })
    }

    /// The system at each of `times` (0 or later, not decreasing), integrated once.
    pub fn at(&self, times: &[f64]) -> Result<Vec<Moment>, ErlangError> {
        let last = times.last().copied().unwrap_or(0.0);
        checked("t", last, "0 or more", |t| t >= 0.0)?;
        let in_order = times.windows(2).all(|pair| pair[0] <= pair[1]) && times.iter().all(|t| *t >= 0.0);
        checked("t", if in_order { last } else { f64::NAN }, "0 or more, in order", |_| true)?;
        let steps = self.fastest() * last + std::f64::consts::TAU * last / self.period;
        let size = steps * 10.0 * real(self.capacity);
        if size > MOST_STEPS {
            let what = "states × time × fastest rate";
            return Err(ErlangError::TooLarge { what, size: size / 10.0, limit: MOST_STEPS / 10.0 });
        }
        let mut state = State::empty(self.capacity);
        let mut now = 0.0;
        let mut moments = Vec::with_capacity(times.len());
        for &time in times {
            while now < time {
                let longest = (STEP / self.fastest()).min(TURN * self.period / std::f64::consts::TAU);
                let left = time - now;
                let length = if left <= longest { left } else { left / (left / longest).ceil() };
                self.advance(&mut state, now, length);
                now = if left <= longest { time } else { now + length };
            }
            moments.push(self.observe(&state));
        }
        Ok(moments)
    }

    /// Λ: no state is left faster.
    fn fastest(&self) -> f64 {
        let waiting = real(self.capacity - self.agents);
        self.highest_rate + real(self.agents) * self.mu + waiting * self.theta
    }

    /// Departures per unit of time with `busy` calls in the system.
    fn departures(&self, calls: usize) -> f64 {
        let serving = real(calls.min(self.agents));
        serving * self.mu + real(calls.saturating_sub(self.agents)) * self.theta
    }

    fn observe(&self, state: &State) -> Moment {
        let p = &state.probabilities;
        let mean =
            |from: usize| -> f64 { p[from..].iter().enumerate().map(|(calls, p)| real(calls) * p).sum() };
        let [arrivals_finding_all_busy, abandoned, blocked] = state.counts;
        Moment {
            mean_in_system: mean(0),
            mean_queue_len: mean(self.agents),
            p_all_agents_busy: p[self.agents..].iter().sum(),
            p_full: p[self.capacity],
            arrivals_finding_all_busy,
            abandoned,
            blocked,
        }
    }

    /// One step of `length` from `now`.
    fn advance(&self, state: &mut State, now: f64, length: f64) {
        let uniform = self.fastest();
        let rates = self.rate_series(now, length);
        let departures: Vec<f64> = (0..=self.capacity).map(|calls| self.departures(calls)).collect();
        // Terms q_k·h^k, newest first, and those of the counts.
        let mut terms: Vec<Vec<f64>> = vec![state.probabilities.clone()];
        let mut sum = state.probabilities.clone();
        let mut count_term = [0.0; 3];
        let mut count_sum = [0.0; 3];
        let mut k = 0.0;
        loop {
            let arriving = arriving(&terms, &rates);
            let flows = self.flows(&arriving, &terms[0]);
            k += 1.0;
            let scale = length / k;
            for place in 0..3 {
                count_term[place] = (uniform * count_term[place] + flows[place]) * scale;
                count_sum[place] += count_term[place];
            }
            let mut next =
                if terms.len() > rates.len() { terms.pop().unwrap_or_default() } else { Vec::new() };
            next.clear();
            self.apply(&mut next, &terms, &arriving, &departures, scale);
            let mut size = 0.0;
            for (sum, term) in sum.iter_mut().zip(&next) {
                *sum += term;
                size += term.abs();
            }
            terms.insert(0, next);
            let total: f64 = sum.iter().sum();
            let counts_settled =
                (0..3).all(|place| count_term[place].abs() <= 1e-17 * count_sum[place].abs());
            if k > uniform * length && size < 1e-18 * total && counts_settled {
                break;
            }
        }
        let shrink = libm::exp(-uniform * length);
        state.probabilities = sum;
        state.probabilities.iter_mut().for_each(|p| *p = (*p * shrink).max(0.0));
        // Probability is conserved; what rounding adds or takes is given back to all alike.
        let total: f64 = state.probabilities.iter().sum();
        state.probabilities.iter_mut().for_each(|p| *p /= total);
        for (count, sum) in state.counts.iter_mut().zip(count_sum) {
            *count += sum * shrink;
        }
    }

    /// The next term: ((Λ − departures)q + departures from above + arrivals from below − arrivals)·`scale`.
    fn apply(
        &self,
        next: &mut Vec<f64>,
        terms: &[Vec<f64>],
        arriving: &[f64],
        departures: &[f64],
        scale: f64,
    ) {
        let (now, uniform, last) = (&terms[0], self.fastest(), self.capacity);
        for calls in 0..=last {
            let mut change = (uniform - departures[calls]) * now[calls];
            if calls < last {
                change += departures[calls + 1] * now[calls + 1] - arriving[calls];
            }
            if calls > 0 {
                change += arriving[calls - 1];
            }
            next.push(change * scale);
        }
    }

    /// Arrivals that find all agents busy, abandonments, and arrivals that find no place, per unit of time.
    fn flows(&self, arriving: &[f64], now: &[f64]) -> [f64; 3] {
        let busy: f64 = arriving[self.agents..].iter().sum();
        let waiting: f64 = now[self.agents..].iter().enumerate().map(|(k, q)| real(k) * q).sum();
        [busy, self.theta * waiting, arriving[self.capacity]]
    }

    /// λ's Taylor coefficients at `now`, times powers of `length`, down to nothing.
    fn rate_series(&self, now: f64, length: f64) -> Vec<f64> {
        let rate = self.arrivals.rate(now);
        if self.period.is_infinite() {
            return vec![rate];
        }
        let turn = std::f64::consts::TAU / self.period;
        let quarter = 0.25 * self.period;
        let mean = 0.5 * (rate + self.arrivals.rate(now + 0.5 * self.period));
        // Each derivative of a sine is the sine a quarter later, times the angular rate.
        let swings = [
            rate - mean,
            self.arrivals.rate(now + quarter) - mean,
            mean - rate,
            mean - self.arrivals.rate(now + quarter),
        ];
        let mut series = vec![rate];
        let (mut factor, mut j) = (1.0, 0.0);
        loop {
            j += 1.0;
            factor *= turn * length / j;
            if factor < 1e-19 {
                return series;
            }
            series.push(swings[series.len() % 4] * factor);
        }
    }
}

/// Σ_j ℓ_j q_{k−j}: calls arriving in each state.
fn arriving(terms: &[Vec<f64>], rates: &[f64]) -> Vec<f64> {
    let mut sum: Vec<f64> = terms[0].iter().map(|q| q * rates[0]).collect();
    for (term, rate) in terms.iter().zip(rates).skip(1) {
        for (sum, q) in sum.iter_mut().zip(term) {
            *sum += q * rate;
        }
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "at most a million states")]
fn real(number: usize) -> f64 {
    number as f64
}

#[derive(Debug, Clone)]
struct State {
    probabilities: Vec<f64>,
    counts: [f64; 3],
}

impl State {
    fn empty(capacity: usize) -> Self {
        let mut probabilities = vec![0.0; capacity + 1];
        probabilities[0] = 1.0;
        Self { probabilities, counts: [0.0; 3] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::erlang_b;
    use crate::erlang::mmnk::Mmnk;

    const STEADY: TransientInput = TransientInput {
        agents: 5,
        capacity: 9,
        rate_mean: 4.0,
        rate_amplitude: 0.0,
        period: 1.0,
        mu: 1.0,
        theta: 0.5,
    };

    #[test]
    fn after_a_long_time_it_is_the_steady_state() {
        let moment = Transient::new(&STEADY).unwrap().at(&[60.0]).unwrap()[0];
        let steady = Mmnk::new(5, 9, 4.0, 1.0, 0.5).unwrap();
        assert!((moment.p_full / steady.p_block() - 1.0).abs() < 1e-12);
        assert!((moment.mean_queue_len / steady.mean_queue_len() - 1.0).abs() < 1e-12);
        assert!((moment.mean_in_system / steady.mean_lines_busy() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn every_call_is_somewhere() {
        let input = TransientInput { rate_amplitude: 4.0, period: 7.0, theta: 0.0, capacity: 5, ..STEADY };
        let moments = Transient::new(&input).unwrap().at(&[0.0, 3.0, 3.0, 21.0]).unwrap();
        assert!(moments[0].mean_in_system.abs() < 1e-300);
        assert_eq!(moments[1], moments[2]);
        // Without waiting places, all busy is full.
        let last = moments[3];
        assert!((last.blocked / last.arrivals_finding_all_busy - 1.0).abs() < 1e-13);
        assert!((last.p_full / last.p_all_agents_busy - 1.0).abs() < 1e-13);
        assert!(erlang_b::blocking(5, 4.0) > 0.1 && last.blocked > 0.1 * 84.0);
    }

    /// One server, no waiting, steady rates: p(busy) = λ/(λ + μ)·(1 − e^{−(λ + μ)t}), right at every time.
    #[test]
    fn one_server_follows_its_exponential() {
        let input = TransientInput { agents: 1, capacity: 1, ..STEADY };
        let times = [1e-6, 0.01, 0.3, 2.0];
        let moments = Transient::new(&input).unwrap().at(&times).unwrap();
        for (t, moment) in times.iter().zip(moments) {
            let busy = 0.8 * -(-5.0 * t).exp_m1();
            assert!((moment.p_full / busy - 1.0).abs() < 1e-13, "{t}: {moment:?}");
            let lost = 4.0 * 0.8 * (t + (-5.0 * t).exp_m1() / 5.0);
            assert!((moment.blocked / lost - 1.0).abs() < 1e-9, "{t}: {moment:?}");
        }
    }

    #[test]
    fn what_would_take_hours_is_refused() {
        let input = TransientInput { capacity: 1_000_000, ..STEADY };
        assert!(Transient::new(&input).unwrap().at(&[1e6]).is_err());
        assert!(Transient::new(&STEADY).unwrap().at(&[2.0, 1.0]).is_err());
        assert!(Transient::new(&TransientInput { rate_amplitude: 5.0, ..STEADY }).is_err());
    }
}

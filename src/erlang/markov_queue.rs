//! The birth–death queue behind Erlang A and M/M/n/K(+M): Poisson arrivals, n agents, exponential handle
//! times, at most K calls in the system, exponential patience (or none).
//!
//! State weights relative to "all agents busy, nobody waits": d₀ = 1, d_k = d_{k−1} λ/(nμ + kθ); the states
//! with a free agent weigh 1/B − 1 together (Palm 1946; Garnett, Mandelbaum and Reiman, M&SOM 4 (2002) 208).
//! A caller with k others ahead waits V with e^{−θV} ~ Beta(c, k + 1), c = nμ/θ, so that with z = 1 − e^{−θt}
//!
//! - P(V ≤ t) = I_z(k + 1, c), and served by then: c/(c + k + 1) · I_z(k + 1, c + 1);
//! - P(abandoned by t) = Σ_{j ≤ k} c/((c + j)(c + j + 1)) · I_z(j + 1, c + 1), by integrating the density of
//!   patience against P(V > r) term by term;
//! - E[V; served] = c/(c + k + 1) · Σ_{j ≤ k+1} 1/((c + j)θ).
//!
//! The incomplete beta values of all k at once are tails of the negative binomial law, summed from the far end:
//! positive terms only, no cancellation. Patience without end is the limit (Poisson tails).

use crate::erlang::erlang_b;
use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, MOST_SERVERS, checked, not_negative, positive};

/// Most states above "all agents busy" that are looked at.
const MOST_STATES: u32 = 20_000_000;

/// A queue in its steady state.
#[derive(Debug, Clone)]
pub(super) struct MarkovQueue {
    agents: f64,
    arrival_rate: f64,
    service_rate: f64,
    /// 0 means endless patience.
    patience_rate: f64,
    /// Weights of the states with k waiting; the last is the full system where `limited`.
    weights: Vec<Wide>,
    limited: bool,
    free: Wide,
    norm: Wide,
}

/// Shares of all offered calls, for one answer time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ByThen {
    /// Would have been, or was, answered by then.
    pub(super) virtual_wait_over: f64,
    pub(super) answered: f64,
    pub(super) abandoned: f64,
}

impl MarkovQueue {
    /// `lines`: places in the whole system, agents' included; absent means no limit.
    pub(super) fn new(agents: u32, lines: Option<u32>, rates: (f64, f64, f64)) -> Result<Self, ErlangError> {
        let (arrival_rate, service_rate, patience_rate) = rates;
        positive("agents", f64::from(agents))?;
        positive("lambda_per_s", arrival_rate)?;
        positive("mu_per_s", service_rate)?;
        not_negative("theta_per_s", patience_rate)?;
        if let Some(lines) = lines {
            checked("lines", f64::from(lines), "at least the number of agents", |x| x >= f64::from(agents))?;
        }
        let few = "from 1 to 10000000";
        checked("agents", f64::from(agents), few, |n| n <= f64::from(MOST_SERVERS))?;
        let erlangs = arrival_rate / service_rate;
        checked("lambda_per_s / mu_per_s", erlangs, "greater than 1e-200", |a| a > erlang_b::LEAST_ERLANGS)?;
        if lines.is_none() && patience_rate == 0.0 && erlangs >= f64::from(agents) {
            return Err(ErlangError::Unstable { agents: f64::from(agents), erlangs });
        }
        let free = erlang_b::inverse_excess(f64::from(agents), erlangs);
        let waiting_places = lines.map(|lines| (lines - agents) as usize);
        if waiting_places.is_some_and(|places| places > MOST_STATES as usize) {
            let size = f64::from(lines.unwrap_or_default() - agents);
            return Err(ErlangError::TooLarge { what: "waiting places", size, limit: 2e7 });
        }
        let mut queue = Self {
            agents: f64::from(agents),
            arrival_rate,
            service_rate,
            patience_rate,
            weights: Vec::new(),
            limited: lines.is_some(),
            free,
            norm: free,
        };
        queue.fill(waiting_places)?;
        Ok(queue)
    }

    fn fill(&mut self, waiting_places: Option<usize>) -> Result<(), ErlangError> {
        let mut weight = Wide::ONE;
        let most = waiting_places.unwrap_or(MOST_STATES as usize);
        let mut waiting = 0.0;
        // Judged beside the waiting states alone: they matter even where nearly all agents are free.
        let mut busy = Wide::ZERO;
        while self.weights.len() <= most {
            self.weights.push(weight);
            self.norm = self.norm + weight;
            busy = busy + weight;
            waiting += 1.0;
            let ratio = self.arrival_rate / (self.capacity() + waiting * self.patience_rate);
            // Waits weigh a state by the number waiting: leave room for that factor.
            let rest = |ratio: f64| weight * (waiting * ratio / (1.0 - ratio));
            if !self.limited && ratio < 1.0 && rest(ratio).is_negligible_beside(busy) {
                return Ok(());
            }
            weight = weight * ratio;
        }
        if waiting_places.is_some() {
            return Ok(());
        }
        let (what, limit) = ("the number of callers waiting", f64::from(MOST_STATES));
        // Where calls pour in, the queue grows to the length at which as many give up.
        let size = (self.arrival_rate - self.capacity()) / self.patience_rate;
        Err(ErlangError::TooLarge { what, size: size.max(limit), limit })
    }

    fn capacity(&self) -> f64 {
        self.agents * self.service_rate
    }

    /// The states in which an arriving caller joins the queue.
    fn joining(&self) -> &[Wide] {
        let full = usize::from(self.limited);
        &self.weights[..self.weights.len() - full]
    }

    /// Share of calls that find a free agent.
    pub(super) fn p_free(&self) -> f64 {
        (self.free / self.norm).to_f64()
    }

    /// Share of calls that find the system full.
    pub(super) fn p_block(&self) -> f64 {
        match self.weights.last() {
            Some(full) if self.limited => (*full / self.norm).to_f64(),
            _ => 0.0,
        }
    }

    /// Share of calls that join the queue.
    pub(super) fn p_join(&self) -> f64 {
        self.sum_joining(|_| 1.0)
    }

    pub(super) fn p_abandon(&self) -> f64 {
        if self.patience_rate == 0.0 {
            return 0.0;
        }
        let c = self.capacity() / self.patience_rate;
        self.sum_joining(|k| (k + 1.0) / (c + k + 1.0))
    }

    /// Share of calls that an agent answers.
    pub(super) fn p_served(&self) -> f64 {
        self.p_free() + self.sum_joining(|k| self.served(k))
    }

    /// E[wait] over all offered calls, zero for the answered at once and the blocked; in the rates' unit.
    pub(super) fn mean_wait(&self) -> f64 {
        if self.patience_rate > 0.0 {
            return self.p_abandon() / self.patience_rate;
        }
        self.sum_joining(|k| (k + 1.0) / self.capacity())
    }

    /// E[wait; served].
    pub(super) fn mean_wait_of_served(&self) -> f64 {
        if self.patience_rate == 0.0 {
            return self.mean_wait();
        }
        let c = self.capacity() / self.patience_rate;
        let (mut harmonic, mut sum) = (0.0, Wide::ZERO);
        let mut place = 0.0;
        for weight in self.joining() {
            place += 1.0;
            harmonic += 1.0 / (c + place);
            sum = sum + *weight * (c / (c + place) * harmonic / self.patience_rate);
        }
        (sum / self.norm).to_f64()
    }

    /// E[wait; abandoned]. A caller with k ahead passes the stages k + 1 down to 1; stage i lasts 1/((c + i)θ)
    /// on average and ends with the caller's own impatience in one case of c + i, whatever its length.
    pub(super) fn mean_wait_of_abandoned(&self) -> f64 {
        if self.patience_rate == 0.0 {
            return 0.0;
        }
        let c = self.capacity() / self.patience_rate;
        // With `stage` stages left: E[wait; abandoned] and P(abandoned), each from the one with a stage fewer.
        let (mut wait, mut lost, mut sum) = (0.0, 0.0, Wide::ZERO);
        let mut stage = 0.0;
        for weight in self.joining() {
            stage += 1.0;
            let own = 1.0 / (c + stage);
            let stay = own / self.patience_rate;
            wait = own * stay + (1.0 - own) * (wait + stay * lost);
            lost = own + (1.0 - own) * lost;
            sum = sum + *weight * wait;
        }
        (sum / self.norm).to_f64()
    }

    /// Mean number waiting.
    pub(super) fn mean_queue_len(&self) -> f64 {
        let (mut sum, mut waiting) = (Wide::ZERO, 0.0);
        for weight in &self.weights {
            sum = sum + *weight * waiting;
            waiting += 1.0;
        }
        (sum / self.norm).to_f64()
    }

    /// Share of agents' time spent on calls.
    pub(super) fn occupancy(&self) -> f64 {
        self.arrival_rate * self.p_served() / self.capacity()
    }

    /// Shares of offered calls with an end, or an answer in sight, within `threshold`.
    pub(super) fn by_then(&self, threshold: f64) -> ByThen {
        let impatient = self.patience_rate > 0.0;
        let c = if impatient { self.capacity() / self.patience_rate } else { f64::INFINITY };
        let over = self.tails(threshold, c);
        let served_tails = if impatient { self.tails(threshold, c + 1.0) } else { over.clone() };
        let (mut wait_over, mut answered, mut abandoned) = (self.free, self.free, Wide::ZERO);
        let (mut left, mut k) = (Wide::ZERO, 0.0);
        for (place, weight) in self.joining().iter().enumerate() {
            wait_over = wait_over + *weight * over[place];
            answered = answered + *weight * served_tails[place] * self.served(k);
            if impatient {
                left = left + served_tails[place] * (c / ((c + k) * (c + k + 1.0)));
                abandoned = abandoned + *weight * left;
            }
            k += 1.0;
        }
        let share = |sum: Wide| (sum / self.norm).to_f64();
        ByThen { virtual_wait_over: share(wait_over), answered: share(answered), abandoned: share(abandoned) }
    }

    /// P(served | k ahead).
    fn served(&self, k: f64) -> f64 {
        if self.patience_rate == 0.0 {
            return 1.0;
        }
        let c = self.capacity() / self.patience_rate;
        c / (c + k + 1.0)
    }

    /// For each joining state k: Σ_{j > k} of the negative binomial law with size b (of the Poisson law for
    /// endless patience): I_z(k + 1, b).
    fn tails(&self, threshold: f64, b: f64) -> Vec<Wide> {
        let states = self.joining().len();
        let impatient = self.patience_rate > 0.0;
        let z = -(-self.patience_rate * threshold).exp_m1();
        let load = self.capacity() * threshold;
        let ratio = |j: f64| if impatient { z * (j + b) / (j + 1.0) } else { load / (j + 1.0) };
        let start = if impatient { b * self.patience_rate * threshold } else { load };
        let mut terms = vec![Wide::exp(-start)];
        let (mut j, mut head) = (0.0, terms[0]);
        while terms.len() < states {
            terms.push(terms[terms.len() - 1] * ratio(j));
            head = head + terms[terms.len() - 1];
            j += 1.0;
        }
        if head.to_f64() < 0.5 {
            return complements(&terms);
        }
        let mut term = terms[terms.len() - 1];
        let mut beyond = Wide::ZERO;
        loop {
            let factor = ratio(j);
            j += 1.0;
            term = term * factor;
            beyond = beyond + term;
            let rest = |factor: f64| term * (factor / (1.0 - factor));
            if factor < 1.0 && rest(factor).is_negligible_beside(beyond) {
                return tails_before(&terms, beyond);
            }
        }
    }

    fn sum_joining(&self, value: impl Fn(f64) -> f64) -> f64 {
        let (mut sum, mut k) = (Wide::ZERO, 0.0);
        for weight in self.joining() {
            sum = sum + *weight * value(k);
            k += 1.0;
        }
        (sum / self.norm).to_f64()
    }
}

/// 1 − (t₀ + … + t_k) for each k, where the whole sum is below a half: nothing cancels.
fn complements(terms: &[Wide]) -> Vec<Wide> {
    let mut head = Wide::ZERO;
    let complement = |term: &Wide| {
        head = head + *term;
        Wide::new(1.0 - head.to_f64())
    };
    terms.iter().map(complement).collect()
}

/// t_{k+1} + t_{k+2} + … for each k, given the sum beyond the last term.
fn tails_before(terms: &[Wide], beyond: Wide) -> Vec<Wide> {
    let mut tails = vec![beyond; terms.len()];
    for k in (1..terms.len()).rev() {
        tails[k - 1] = tails[k] + terms[k];
    }
    tails
}

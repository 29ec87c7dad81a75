//! Circuits: how many to have so that at most so many calls are lost.

use crate::erlang::ErlangError;
use crate::erlang::engset;
use crate::erlang::erlang_a::ErlangA;
use crate::erlang::erlang_b;
use crate::erlang::erlang_c::ErlangC;
use crate::erlang::extended_b;
use crate::erlang::hayward::PeakedTraffic;
use crate::erlang::mmnk;
use crate::erlang::shared_lines::SharedLines;
use crate::erlang::wrap_up_lines::WrapUpLines;
use crate::metrics::Measure;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::advice::{Advice, CurvePoint, GrowthStep, around};
use crate::sizing::limits;
use crate::sizing::lines;
use crate::sizing::load;
use crate::sizing::served;
use crate::sizing::served::Part;
use crate::traffic::profile::Intensity;
use crate::verdict::{Gate, Metric};

/// How calls are lost for want of a circuit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrunkModel {
    /// Blocked calls vanish.
    ErlangB { erlangs: f64 },
    /// Blocked calls are repeated with this probability.
    Extended { fresh_erlangs: f64, recall: f64 },
    /// Circuits in front of agents: waiting callers hold one. Rates per second; `theta` 0 is endless patience. The last `wrap_up_s`
    /// of 1 / `mu` an agent works without a caller, the circuit free.
    Lines { agents: u32, lambda: f64, mu: f64, theta: f64, wrap_up_s: f64 },
    /// The same circuits held by calls besides that neither wait for an agent nor are with one: menus, other numbers.
    SharedLines(SharedLines),
    /// The usual rule for the same: Erlang B on talk + mean wait, which takes waiting for talking.
    TalkAndWait { agents: u32, lambda: f64, mu: f64, theta: f64, wrap_up_s: f64 },
    /// A finite number of callers; `beta` is what a free one offers, in erlangs. The loss is that of calls.
    Engset { sources: u32, beta: f64 },
    /// Peaked traffic by Fredericks and Hayward.
    Hayward { erlangs: f64, peakedness: f64 },
    /// Peaked traffic by Wilkinson's equivalent random traffic.
    EquivalentRandom { erlangs: f64, peakedness: f64 },
}

impl TrunkModel {
    /// Blocked calls of a load vanish, or are repeated with the probability `recall` where that is over 0.
    #[must_use]
    pub fn lossy(fresh_erlangs: f64, recall: f64) -> Self {
        if recall > 0.0 {
            Self::Extended { fresh_erlangs, recall }
        } else {
            Self::ErlangB { erlangs: fresh_erlangs }
        }
    }

    /// The model's name in results.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ErlangB { .. } => "erlang_b",
            Self::Extended { .. } => "extended_erlang_b",
            Self::Lines { wrap_up_s, .. } if *wrap_up_s > 0.0 => "queue_with_wrap_up",
            Self::Lines { .. } => "mmnk",
            Self::SharedLines(_) => "shared_lines",
            Self::TalkAndWait { .. } => "erlang_b_on_talk_and_wait",
            Self::Engset { .. } => "engset",
            Self::Hayward { .. } => "hayward",
            Self::EquivalentRandom { .. } => "equivalent_random_traffic",
        }
    }

    /// The load in erlangs (fresh traffic; for lines the agents' work).
    #[must_use]
    pub fn erlangs(&self) -> f64 {
        match *self {
            Self::ErlangB { erlangs }
            | Self::Hayward { erlangs, .. }
            | Self::EquivalentRandom { erlangs, .. } => erlangs,
            Self::Engset { sources, beta } => f64::from(sources) * beta / (1.0 + beta),
            Self::Extended { fresh_erlangs, .. } => fresh_erlangs,
            Self::Lines { lambda, mu, .. } | Self::TalkAndWait { lambda, mu, .. } => lambda / mu,
            Self::SharedLines(lines) => lines.lambda / lines.mu,
        }
    }

    /// The same system with `growth` times the calls.
    #[must_use]
    pub fn grown(self, growth: f64) -> Self {
        match self {
            Self::ErlangB { erlangs } => Self::ErlangB { erlangs: erlangs * growth },
            Self::Extended { fresh_erlangs, recall } => {
                Self::Extended { fresh_erlangs: fresh_erlangs * growth, recall }
            }
            Self::Lines { agents, lambda, mu, theta, wrap_up_s } => {
                Self::Lines { agents, lambda: lambda * growth, mu, theta, wrap_up_s }
            }
            Self::SharedLines(lines) => Self::SharedLines(SharedLines {
                lambda: lines.lambda * growth,
                other: lines.other * growth,
                ..lines
            }),
            Self::TalkAndWait { agents, lambda, mu, theta, wrap_up_s } => {
                Self::TalkAndWait { agents, lambda: lambda * growth, mu, theta, wrap_up_s }
            }
            // More calls because there are more callers.
            Self::Engset { sources, beta } => Self::Engset { sources: more(sources, growth), beta },
            Self::Hayward { erlangs, peakedness } => Self::Hayward { erlangs: erlangs * growth, peakedness },
            Self::EquivalentRandom { erlangs, peakedness } => {
                Self::EquivalentRandom { erlangs: erlangs * growth, peakedness }
            }
        }
    }

    /// Agents behind the circuits, where the model knows of any.
    const fn agents(&self) -> Option<u32> {
        match *self {
            Self::Lines { agents, .. }
            | Self::SharedLines(SharedLines { agents, .. })
            | Self::TalkAndWait { agents, .. } => Some(agents),
            _ => None,
        }
    }

    /// Erlangs that hold circuits beside the queue's, where the model knows of any.
    const fn beside(&self) -> Option<f64> {
        match *self {
            Self::SharedLines(lines) => Some(lines.other),
            _ => None,
        }
    }

    /// The same circuits in front of so many agents.
    const fn behind(self, agents: u32) -> Self {
        match self {
            Self::Lines { lambda, mu, theta, wrap_up_s, .. } => {
                Self::Lines { agents, lambda, mu, theta, wrap_up_s }
            }
            Self::SharedLines(lines) => Self::SharedLines(SharedLines { agents, ..lines }),
            other => other,
        }
    }

    /// Share of attempts lost with so many circuits.
    pub fn loss(&self, circuits: u32) -> Result<f64, ErlangError> {
        match *self {
            _ if circuits == 0 => Ok(1.0),
            Self::ErlangB { erlangs } => Ok(erlang_b::blocking(circuits, erlangs)),
            Self::Extended { fresh_erlangs, recall } => {
                let result = extended_b::extended_erlang_b(f64::from(circuits), fresh_erlangs, recall)?;
                Ok(result.blocking_per_attempt)
            }
            Self::Lines { wrap_up_s, .. } if wrap_up_s > 0.0 => Ok(self.losses(&[circuits])?[0]),
            // Fewer circuits than agents: some agents can never be reached.
            Self::Lines { agents, lambda, mu, theta, .. } => {
                Ok(mmnk::Mmnk::new(agents.min(circuits), circuits, lambda, mu, theta)?.p_block())
            }
            Self::SharedLines(lines) => lines.p_block(circuits),
            Self::TalkAndWait { .. } => Ok(erlang_b::blocking(circuits, self.talk_and_wait()?)),
            Self::Engset { sources, beta } => {
                engset::engset(sources, circuits, beta).map(|result| result.call_congestion)
            }
            Self::Hayward { erlangs, peakedness } => {
                PeakedTraffic::new(erlangs, peakedness)?.hayward_blocking(f64::from(circuits))
            }
            Self::EquivalentRandom { erlangs, peakedness } => {
                let traffic = PeakedTraffic::new(erlangs, peakedness)?;
                traffic.blocking_behind(traffic.equivalent_random()?, f64::from(circuits))
            }
        }
    }

    /// The same for several numbers of circuits, at once where one number's loss is a step to the next one's.
    fn losses(&self, circuits: &[u32]) -> Result<Vec<f64>, ErlangError> {
        match *self {
            Self::Lines { agents, lambda, mu, theta, wrap_up_s } if wrap_up_s > 0.0 => {
                let most = circuits.iter().copied().max().unwrap_or(0);
                let losses = with_wrap_up(agents, lambda, mu, theta, wrap_up_s).losses(most)?;
                Ok(circuits.iter().map(|n| losses[*n as usize]).collect())
            }
            _ => circuits.iter().map(|n| self.loss(*n)).collect(),
        }
    }

    /// The smallest number of circuits that loses at most `target` (0 to 1, exclusive).
    pub fn needed(&self, target: f64) -> Result<u32, ErlangError> {
        match *self {
            Self::ErlangB { erlangs } => erlang_b::min_servers(erlangs, target).map(|(n, _)| n),
            Self::Extended { fresh_erlangs, recall } => {
                extended_b::min_servers(fresh_erlangs, recall, target)
            }
            Self::Lines { agents, lambda, mu, theta, wrap_up_s } if wrap_up_s > 0.0 => {
                with_wrap_up(agents, lambda, mu, theta, wrap_up_s).min_lines(target)
            }
            Self::Lines { agents, lambda, mu, theta, .. } => {
                let stable = theta > 0.0 || lambda < mu * f64::from(agents);
                if !stable {
                    return Err(ErlangError::Unstable { agents: f64::from(agents), erlangs: lambda / mu });
                }
                (1..agents)
                    .find(|&n| self.loss(n).is_ok_and(|loss| loss <= target))
                    .map_or_else(|| mmnk::min_lines(agents, lambda, mu, theta, target), Ok)
            }
            Self::SharedLines(lines) => lines.min_lines(target),
            Self::TalkAndWait { .. } => erlang_b::min_servers(self.talk_and_wait()?, target).map(|(n, _)| n),
            Self::Engset { sources, beta } => engset::min_servers(sources, beta, target),
            Self::Hayward { erlangs, peakedness } => {
                PeakedTraffic::new(erlangs, peakedness)?.min_servers_hayward(target)
            }
            Self::EquivalentRandom { erlangs, peakedness } => {
                PeakedTraffic::new(erlangs, peakedness)?.min_servers_equivalent(target)
            }
        }
    }

    /// λ(talk + mean wait) of the rule, without wrap-up, in erlangs; the wait is that without a limit on lines. Of other models their load.
    pub fn talk_and_wait(&self) -> Result<f64, ErlangError> {
        let Self::TalkAndWait { agents, lambda, mu, theta, wrap_up_s } = *self else {
            return Ok(self.erlangs());
        };
        let wait = if theta > 0.0 {
            ErlangA::new(agents, lambda, mu, theta)?.mean_wait_all_s()
        } else {
            ErlangC::new(f64::from(agents), lambda / mu, mu.recip())?.asa_s()
        };
        Ok(lambda * (mu.recip() - wrap_up_s + wait))
    }
}

fn with_wrap_up(agents: u32, lambda: f64, mu: f64, theta: f64, wrap_up_s: f64) -> WrapUpLines {
    WrapUpLines { agents, lambda, talk_s: mu.recip() - wrap_up_s, wrap_up_s, theta }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and the formula refuses it"
)]
fn more(sources: u32, growth: f64) -> u32 {
    (f64::from(sources) * growth).round().max(1.0) as u32
}

/// Advice on circuits for a load, given how many there are `now` and which loss is
/// accepted; also after `growth` (factors on the calls).
pub fn trunks(
    model: &TrunkModel,
    now: u32,
    target: f64,
    basis: &str,
    growth: &[f64],
) -> Result<Advice, ErlangError> {
    let needed = model.needed(target)?;
    let numbers = around(now, needed);
    let losses = model.losses(&numbers)?;
    let point = |(n, value): (&u32, f64)| CurvePoint { n: *n, value, asa_s: None, occupancy: None };
    let step = |growth: f64| {
        let grown = model.grown(growth);
        // Agents who can't keep up make any number of lines too few: the step is left out.
        let needed = grown.needed(target).ok()?;
        Some(GrowthStep { growth, erlangs: grown.erlangs(), value_now: grown.loss(now).ok()?, needed })
    };
    Ok(Advice {
        now,
        needed,
        target,
        measure: "blocking".to_owned(),
        model: model.name().to_owned(),
        erlangs: model.erlangs(),
        basis: basis.to_owned(),
        curve: numbers.iter().zip(losses).map(point).collect(),
        growth: growth.iter().copied().filter_map(step).collect(),
        ..Advice::default()
    })
}

/// Advice for the measured load: on fresh traffic, with its redials, at the busiest rate of the time in which people are
/// served; in front of the agents that the advice on them needs, or, without advice on them, by the time that calls held a
/// circuit, waits included. Absent where neither the scenario nor the measurement
/// knows of a limit on circuits, another limit refuses the calls, or no formula applies.
#[must_use]
pub fn trunk_advice(
    scenario: &Scenario,
    summary: &Summary,
    gates: &[Gate],
    agents: Option<&Advice>,
) -> Option<Advice> {
    let now = summary.traffic.circuits_seen.or(scenario.pbx.channels)?;
    let by_another = limits::limited(scenario, summary, gates, agents).is_some_and(|limited| limited.instead);
    if by_another { None } else { for_load(scenario, summary, gates, agents, now) }
}

/// The same, whatever limit refuses calls: so many of them at once.
pub(super) fn for_load(
    scenario: &Scenario,
    summary: &Summary,
    gates: &[Gate],
    agents: Option<&Advice>,
    now: u32,
) -> Option<Advice> {
    let target = accepted_loss(scenario, gates);
    let basis = load::basis(scenario, summary);
    let sized = |model: TrunkModel| trunks(&model, now, target, basis, &scenario.growth).ok();
    let hours = |advice: Advice, hours| Advice { served_s: hours, ..advice };
    let served = served_model(scenario, summary)
        .and_then(|(model, served_s)| sized(model).map(|advice| hours(advice, served_s)));
    let lines = agents.and_then(|agents| {
        let lines = lines::model(scenario, summary, agents)?;
        let busy = load::busy(scenario, summary)?;
        let advice = sized(lines)?;
        let growth = lines_growth(scenario, &lines, &advice, agents);
        let (with_agents, beside_erlangs) = (lines.agents(), lines.beside());
        Some(Advice { growth, with_agents, beside_erlangs, ..hours(advice, busy.hours()) })
    });
    // A voicemail may be busier in closed hours than people are in open ones.
    let closed = closed_model(scenario, summary).and_then(|(model, closed_s, is_steady)| {
        let basis = if is_steady { "measured" } else { "measured_peak" };
        let advice = trunks(&model, now, target, basis, &scenario.growth).ok()?;
        Some(Advice { closed: true, ..hours(advice, Some(closed_s)) })
    });
    let best = lines.or(served);
    [best, closed]
        .into_iter()
        .flatten()
        .reduce(|best, other| if other.needed > best.needed { other } else { best })
}

/// Steps of growth with the agents that each step needs.
fn lines_growth(
    scenario: &Scenario,
    lines: &TrunkModel,
    advice: &Advice,
    agents: &Advice,
) -> Vec<GrowthStep> {
    let step = |staff: &GrowthStep| {
        let grown = lines.grown(staff.growth).behind(lines::agents_behind(scenario, staff.needed));
        let (value_now, needed) = (grown.loss(advice.now).ok()?, grown.needed(advice.target).ok()?);
        Some(GrowthStep { growth: staff.growth, erlangs: grown.erlangs(), value_now, needed })
    };
    agents.growth.iter().filter_map(step).collect()
}

/// The loss that the scenario's gates accept, or else its `target_blocking`.
pub(super) fn accepted_loss(scenario: &Scenario, gates: &[Gate]) -> f64 {
    let about_loss = |gate: &&Gate| {
        let metric =
            [Measure::TechnicalDropRate, Measure::Blocking].map(Metric::Ratio).contains(&gate.metric);
        metric && gate.operator.is_upper_limit() && gate.limit > 0.0 && gate.limit < 1.0
    };
    let strictest = gates.iter().filter(about_loss).map(|gate| gate.limit).min_by(f64::total_cmp);
    strictest.unwrap_or(scenario.target_blocking)
}

/// Erlang B on the served time's load, and how long that time is where it is not all.
fn served_model(scenario: &Scenario, summary: &Summary) -> Option<(TrunkModel, Option<[f64; 2]>)> {
    let busy = load::busy(scenario, summary)?;
    let hours = busy.hours();
    let measured = summary.traffic.fresh_erlangs.filter(|_| load::is_measured(summary));
    let measured = measured.map(|fresh| {
        if hours.is_none() {
            return fresh * busy.factor;
        }
        // Who is not served may hold a circuit for another time, or for none.
        let part = served::load_share(scenario, summary, Part::Served).unwrap_or(busy.of_all);
        fresh * part * served::steadiness(scenario, within(summary), Part::Served)
    });
    let planned = || {
        let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
        let [from, to] = within(summary);
        let rate = intensity.integral(from, to) / (to - from) * busy.of_all;
        Some(rate * scenario.traffic.mean_talk()).filter(|erlangs| erlangs.is_finite() && *erlangs > 0.0)
    };
    let fresh = measured.or_else(planned)?;
    Some((TrunkModel::lossy(fresh, load::recall(scenario)), hours))
}

/// The same for the time in which nobody is served, where something holds circuits then, at the busiest rate of that
/// time; and whether the rate is steady in it.
fn closed_model(scenario: &Scenario, summary: &Summary) -> Option<(TrunkModel, [f64; 2], bool)> {
    let fresh = summary.traffic.fresh_erlangs.filter(|_| load::is_measured(summary))?;
    let [served_s, all_s] = match load::busy(scenario, summary) {
        Some(busy) => busy.hours()?,
        None => [0.0, summary.measured_s()],
    };
    let part = served::load_share(scenario, summary, Part::Closed).filter(|part| *part > 0.0)?;
    let peak = served::steadiness(scenario, within(summary), Part::Closed);
    let model = TrunkModel::lossy(fresh * part * peak, load::recall(scenario));
    Some((model, [all_s - served_s, all_s], peak <= load::STEADY))
}

fn within(summary: &Summary) -> [f64; 2] {
    summary.measured.map(crate::time::Instant::as_secs_f64)
}

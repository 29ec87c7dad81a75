//! Service level and money against the number of agents: what one more costs, and what the calls that it saves are
//! worth. Per hour of one interval, by formula. Not here: which number is recommended for a whole day (`plan`).

use crate::erlang::ErlangError;
use crate::sizing::staff::{StaffModel, StaffPoint};
use crate::sizing::targets::Targets;

/// Most numbers of agents on a curve.
pub const POINTS_MAX: u32 = 400;

/// Of the agents that are needed, so many fewer and more are shown where no range is asked for: a third, at least
/// five.
const SHARE_SHOWN: u32 = 3;
const LEAST_SHOWN: u32 = 5;

/// What an hour and a call are worth; in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    /// Of a paid hour of one agent.
    pub agent_hour: Option<f64>,
    /// Of a caller who gave up for good.
    pub lost_call: Option<f64>,
    /// Share of paid hours that nobody works in, 0 to under 1.
    pub shrinkage: f64,
}

/// The curve of one interval.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StaffCurve {
    /// Start of the interval in seconds from the beginning of the plan; absent where there is but one.
    pub start_s: Option<f64>,
    /// The agents that meet the target.
    pub needed: u32,
    /// The agents at whom agents and lost calls together cost least, which may lie outside `points`; absent unless both
    /// have a price.
    pub cheapest: Option<u32>,
    pub points: Vec<CostedPoint>,
}

/// An amount of money at a point, where it is known.
pub type Amount = fn(&CostedPoint) -> Option<f64>;

/// What so many agents achieve and cost, per hour.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CostedPoint {
    #[serde(flatten)]
    pub point: StaffPoint,
    /// Callers who give up and do not dial again.
    pub lost_per_hour: f64,
    pub agents_cost: Option<f64>,
    pub lost_cost: Option<f64>,
    /// Of both; absent unless both have a price, and where callers without patience wait for ever.
    pub total_cost: Option<f64>,
}

impl StaffCurve {
    /// The curve of `model` over `range`, or around the `needed` agents.
    ///
    /// # Errors
    /// For a load that no formula takes.
    pub fn new(
        model: &StaffModel,
        targets: &Targets,
        needed: u32,
        range: Option<[u32; 2]>,
        prices: Prices,
    ) -> Result<Self, ErlangError> {
        let [from, to] = range.unwrap_or_else(|| around(needed));
        let cost = |agents: u32| Ok(costed(model, model.point(agents, targets.threshold_s)?, prices));
        let points = (from.max(1)..=to).map(cost).collect::<Result<Vec<_>, ErlangError>>()?;
        let costs = points.iter().filter_map(|point| Some((point.point.agents, point.total_cost?)));
        let shown = costs.min_by(|(_, a), (_, b)| a.total_cmp(b));
        let total = |agents| cost(agents).map(|point| point.total_cost);
        let cheapest = shown.map(|shown| downhill(shown, [from.max(1), to], total)).transpose()?;
        Ok(Self { start_s: None, needed, cheapest, points })
    }

    /// The fewest and the most agents of `points`, if the cheapest number is not one of them.
    #[must_use]
    pub fn cheapest_lies_outside(&self) -> Option<[u32; 2]> {
        let shown = [self.points.first()?.point.agents, self.points.last()?.point.agents];
        self.cheapest.filter(|cheapest| !(shown[0]..=shown[1]).contains(cheapest)).map(|_| shown)
    }
}

/// The cheapest number of agents, searched on beyond a `range` at whose edge the cost still falls: a range that somebody
/// asks for is no reason to advise its edge.
fn downhill(
    (mut agents, mut least): (u32, f64),
    [from, to]: [u32; 2],
    total: impl Fn(u32) -> Result<Option<f64>, ErlangError>,
) -> Result<u32, ErlangError> {
    while (to..to.saturating_add(POINTS_MAX)).contains(&agents) {
        let Some(more) = total(agents + 1)?.filter(|more| *more < least) else { break };
        (agents, least) = (agents + 1, more);
    }
    while agents > 1 && agents <= from {
        let Some(fewer) = total(agents - 1)?.filter(|fewer| *fewer < least) else { break };
        (agents, least) = (agents - 1, fewer);
    }
    Ok(agents)
}

fn around(needed: u32) -> [u32; 2] {
    let more = (needed / SHARE_SHOWN).clamp(LEAST_SHOWN, POINTS_MAX / 2 - 1);
    [needed.saturating_sub(more).max(1), needed + more]
}

fn costed(model: &StaffModel, point: StaffPoint, prices: Prices) -> CostedPoint {
    let calls_per_hour = 3_600.0 * point.offered_erlangs / model.handle_s;
    let lost_per_hour = calls_per_hour * point.abandoned * (1.0 - model.redial);
    let agents_cost =
        prices.agent_hour.map(|price| price * f64::from(point.agents) / (1.0 - prices.shrinkage));
    let lost_cost = prices.lost_call.map(|price| price * lost_per_hour);
    let settles = point.asa_s.is_some();
    let total_cost = agents_cost.zip(lost_cost).filter(|_| settles).map(|(agents, lost)| agents + lost);
    CostedPoint { point, lost_per_hour, agents_cost, lost_cost, total_cost }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 calls in half an hour of 3 minutes, patience 2 minutes.
    fn model() -> StaffModel {
        StaffModel { lambda: 100.0 / 1_800.0, handle_s: 180.0, theta: 1.0 / 120.0, redial: 0.0 }
    }

    fn targets() -> Targets {
        Targets { service_level: 0.8, threshold_s: 20.0, ..Targets::default() }
    }

    /// With neither price nor patience there is no cheapest number; with both, one more agent costs their wage and
    /// saves the callers that it keeps, and the cheapest number is where that turns.
    #[test]
    fn the_cheapest_number_is_where_one_more_agent_costs_more_than_it_saves() {
        let prices = Prices { agent_hour: Some(500.0), lost_call: Some(300.0), shrinkage: 0.2 };
        let needed = model().needed_for(&targets()).unwrap();
        let curve = StaffCurve::new(&model(), &targets(), needed, Some([4, 24]), prices).unwrap();
        assert_eq!(curve.points.len(), 21);
        let cheapest = curve.cheapest.unwrap();
        for pair in curve.points.windows(2) {
            let saved = 300.0 * (pair[0].lost_per_hour - pair[1].lost_per_hour);
            let pays = saved > 500.0 / 0.8;
            assert_eq!(pays, pair[1].point.agents <= cheapest, "{} agents", pair[1].point.agents);
            assert!(pair[0].point.of_offered < pair[1].point.of_offered);
        }
        // A narrower range shows less of the curve and does not move its lowest point.
        for range in [[4, 6], [20, 24], [cheapest - 2, cheapest + 2]] {
            let part = StaffCurve::new(&model(), &targets(), needed, Some(range), prices).unwrap();
            let outside = !(range[0]..=range[1]).contains(&cheapest);
            assert_eq!(
                (part.cheapest, part.cheapest_lies_outside()),
                (Some(cheapest), outside.then_some(range))
            );
        }
        let first = curve.points[0];
        assert!((first.lost_per_hour - 200.0 * first.point.abandoned).abs() < 1e-9, "of 200 calls an hour");
        assert!((first.agents_cost.unwrap() - 2_500.0).abs() < 1e-9, "4 present are 5 paid");
        let free = StaffCurve::new(&model(), &targets(), needed, None, Prices::default()).unwrap();
        assert_eq!((free.cheapest, free.points[0].total_cost), (None, None));
        assert!(free.points.iter().any(|point| point.point.agents == needed));
    }

    /// Who dials again is not lost.
    #[test]
    fn callers_who_dial_again_are_not_lost() {
        let redialling = StaffModel { redial: 0.5, ..model() };
        let at = |model: &StaffModel| {
            let prices = Prices { lost_call: Some(1.0), ..Prices::default() };
            StaffCurve::new(model, &targets(), 8, Some([8, 8]), prices).unwrap().points[0]
        };
        let (once, again) = (at(&model()), at(&redialling));
        assert!(again.point.offered_erlangs > once.point.offered_erlangs);
        let given_up = 3_600.0 * again.point.offered_erlangs / 180.0 * again.point.abandoned;
        assert!((again.lost_per_hour - given_up / 2.0).abs() < 1e-9);
    }
}

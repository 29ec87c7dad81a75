//! What one more channel is worth: it pays while the calls it saves are worth more than its price, or, where a plan takes
//! and bills calls over its channels, while the minutes that it spares are.

use rust_decimal::Decimal;

use crate::pbx::config::Config;
use crate::scenario::Cost;
use crate::scenario::Scenario;
use crate::sizing::load;
use crate::sizing::tariffs::Amount;
use crate::sizing::tariffs::Marginal;
use crate::sizing::tariffs::formula;
use crate::sizing::tariffs::money;
use crate::tariff::Action;
use crate::tariff::Fit;
use crate::tariff::Plan;
use crate::tariff::exact;

/// A plan at one growth.
pub(super) struct Place<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) cost: &'a Cost,
    pub(super) plan: &'a Plan,
    /// With the channels beside which one more is looked at.
    pub(super) fit: &'a Fit,
    /// Channels of one pool that the plan can have.
    pub(super) most: u32,
    /// At growth 1.
    pub(super) erlangs: f64,
    pub(super) growth: f64,
    /// What the mean call costs if it is over the channels, at a price for each minute; simulated, so only where asked.
    pub(super) burst: &'a dyn Fn(Decimal) -> Option<Decimal>,
    /// How long a call that is let in holds its channels; simulated too.
    pub(super) holding_s: &'a dyn Fn() -> Option<f64>,
}

impl Place<'_> {
    /// That the channels of a pool carry if all calls are let in: where not every call is answered at once and holds a
    /// channel for just its talk, by the time that they are seen to hold one.
    fn erlangs(&self) -> f64 {
        let Self { scenario, fit, .. } = self;
        let talk = self.erlangs * fit.load * self.growth;
        if answers_at_once(&scenario.pbx) {
            return talk;
        }
        (self.holding_s)().map_or(talk, |held| talk * held / scenario.traffic.mean_talk())
    }
}

/// Whether every call that is let in is answered at once, and by nobody who might be engaged.
fn answers_at_once(pbx: &Config) -> bool {
    pbx.answer_delay.mean() <= 0.0
        && pbx.queues.is_empty()
        && pbx.menus.is_empty()
        && pbx.extensions.is_empty()
        && pbx.table.is_none()
        && pbx.opening.is_none()
        && pbx.blacklist.is_none()
        && pbx.hook.is_none()
}

/// Money that is lost for want of channels; a channel in each pool is one for its share of the calls.
struct Want<L> {
    /// A month's, if every call of a pool were lost, or billed as one over the channels.
    value: Decimal,
    /// Share of the calls, or of the channels that they take, that is, with so many channels.
    share: L,
}

/// By formula; nothing is said where none is known.
pub(super) fn marginal(place: &Place<'_>) -> Option<Marginal> {
    let &Place { scenario, cost, fit, growth, .. } = place;
    let erlangs = place.erlangs();
    if let Some(why) = unknown(place, erlangs) {
        let price = place.plan.prices.per_channel.map(Amount);
        return Some(Marginal { growth, price, unknown: Some(why.to_owned()), ..Marginal::default() });
    }
    let calls = Decimal::from(cost.calls_per_month).checked_mul(exact(growth))?;
    let calls = calls.checked_div(fit.pools.into())?;
    if let Action::Burst { per_minute } = place.plan.over_cap {
        let price = (place.burst)(per_minute)?;
        let beyond = formula::beyond(fit, place.plan.capacity.channels_max, erlangs)?;
        let share = |channels: u32| Some(beyond.get(channels as usize).copied().unwrap_or(0.0));
        // Calls out hold channels as well, and those over them are billed.
        let through = Decimal::from(cost.calls_per_month).checked_mul(exact(growth * fit.load))?;
        let want = Want { value: through.checked_mul(price)?, share };
        // One more channel saves no call: all are taken.
        return Some(Marginal { saved_ratio: Some(0.0), ..want.beside(place)? });
    }
    let share = |channels: u32| formula::loss(scenario, &Fit { channels, ..fit.clone() }, erlangs);
    let want = Want { value: calls.checked_mul(money::per_lost_call(cost)?)?, share };
    let saved_ratio = Some(share(fit.channels)? - share(fit.channels + 1)?);
    Some(Marginal { saved_ratio, ..want.beside(place)? })
}

/// Why no formula says what a channel is worth.
fn unknown(place: &Place<'_>, erlangs: f64) -> Option<&'static str> {
    let Place { scenario, plan, fit, .. } = place;
    let redials = load::recall(scenario) > 0.0;
    // Who gives up before the answer and dials again is no lost call of the formula's.
    let redials_unanswered = redials && !answers_at_once(&scenario.pbx);
    match plan.over_cap {
        Action::Queue => Some("queue"),
        // Callers who wait hold a channel, the longer the more channels let in: what formulas take for given.
        _ if !scenario.pbx.queues.is_empty() => Some("queues"),
        _ if redials_unanswered => Some("redials"),
        _ if plan.capacity.call_duration_max.is_some() => Some("duration"),
        Action::Burst { .. } if redials && plan.capacity.channels_max.is_some() => Some("redials"),
        Action::Burst { .. } => formula::beyond(fit, None, erlangs).is_none().then_some("load"),
        _ => formula::loss(scenario, fit, erlangs).is_none().then_some("redials"),
    }
}

impl<L: Fn(u32) -> Option<f64>> Want<L> {
    /// What one more channel is worth, and how many pay.
    fn beside(&self, place: &Place<'_>) -> Option<Marginal> {
        let &Place { fit, growth, .. } = place;
        let price = place.plan.prices.per_channel;
        let pays = match price {
            Some(price) => Some(self.pays(fit.channels, place.most, price)?),
            None => None,
        };
        let pays_up_to = pays.map(|(channels, _)| channels);
        let saves = match pays {
            // Of every pool.
            Some((most, net)) if most > fit.channels => {
                Some(Amount(net.checked_mul(fit.pools.into())?.round_dp(2)))
            }
            _ => None,
        };
        let worth = self.spared(fit.channels, fit.channels + 1)?;
        let (pays_below, price) = (Some(Amount(worth.round_dp(2))), price.map(Amount));
        Some(Marginal { growth, pays_below, price, pays_up_to, saves, ..Marginal::default() })
    }

    /// A month's money that `more` channels spare beside `fewer`.
    fn spared(&self, fewer: u32, more: u32) -> Option<Decimal> {
        self.value.checked_mul(exact((self.share)(fewer)? - (self.share)(more)?))
    }

    /// The number of channels from `bought` to `most` at which most is spared beyond `price` for each, and how much. Where
    /// calls take two channels, a third may be worth nothing without a fourth: the search goes on while all that is still
    /// lost would pay for one more.
    fn pays(&self, bought: u32, most: u32, price: Decimal) -> Option<(u32, Decimal)> {
        let mut best = (bought, Decimal::ZERO);
        for channels in bought + 1..=most {
            let paid = price.checked_mul((channels - bought).into())?;
            let net = self.spared(bought, channels)?.checked_sub(paid)?;
            if net > best.1 {
                best = (channels, net);
            }
            let rest = self.value.checked_mul(exact((self.share)(channels)?))?;
            if net.checked_add(rest)?.checked_sub(price)? <= best.1 {
                break;
            }
        }
        Some(best)
    }
}

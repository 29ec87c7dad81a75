//! What recorded calls held at once, and what of it a plan bills.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::outcome::CallRecord;
use crate::tariff::Action;
use crate::tariff::Bill;
use crate::tariff::Direction;
use crate::tariff::Meter;
use crate::tariff::Metered;
use crate::tariff::Needs;
use crate::tariff::Plan;
use crate::tariff::Scope;
use crate::tariff::Unfit;
use crate::tariff::burst;
use crate::tariff::burst::Held;
use crate::tariff::exact;
use crate::tariff::fit::{Fit, MOST_CHANNELS, got, has_regular_price, on_sale};
use crate::time::{Duration, Instant};

/// A recorded call, as far as an invoice asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The number that was dialled.
    pub number: Arc<str>,
    /// From when to when it held a channel; absent where it was turned away.
    pub held: Option<(Instant, Instant)>,
    /// From the answer to the end.
    pub answered: Option<Duration>,
    /// Of a call that was served.
    pub talk: Option<Duration>,
    /// For technical reasons.
    pub is_lost: bool,
}

impl From<&CallRecord> for Recorded {
    fn from(record: &CallRecord) -> Self {
        let answered = record.answered.zip(record.ended).map(|(answered, ended)| ended - answered);
        Self {
            number: Arc::clone(&record.did),
            held: burst::held(record),
            answered,
            talk: record.talk.filter(|_| record.outcome.is_completed()),
            is_lost: record.outcome.is_technical(),
        }
    }
}

/// What recorded calls ask of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Most channels at once.
    pub peak: u32,
    /// Channels billed, of all pools; absent where the plan's source states none.
    pub channels: Option<u32>,
    pub pools: Pools,
    /// Some calls would have found no channel, not even one that is sold beside those included.
    pub is_short: bool,
    /// Calls over the cap and their started minutes, where the plan bills them.
    pub over: Option<(u64, Decimal)>,
    /// Calls that were lost for technical reasons: no channel is counted for them.
    pub lost: u64,
    /// Calls out for each served one, of those sent on to an outside number and of those called back, where the plan has a
    /// price for calls out.
    pub out: Vec<(&'static str, f64)>,
    /// Share of calls and the channels that they are taken to hold, where the plan counts more than one.
    pub legs: Vec<(&'static str, f64, u32)>,
}

/// What the channels belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pools {
    One,
    /// Each call belongs to the pool of the number that was dialled.
    ByNumber(u32),
    /// A record does not say which: calls go round them in turn.
    InTurn(u32),
}

impl Pools {
    #[must_use]
    pub const fn count(self) -> u32 {
        match self {
            Self::One => 1,
            Self::ByNumber(count) | Self::InTurn(count) => count,
        }
    }
}

/// The bill of a month with these calls: channels, users, numbers and functions, their minutes and those over the cap. Of which calls were sent on or held, the record says nothing: as many as the firm
/// `needs`, spread evenly. Where channels are sold singly, as many are billed as the calls held.
///
/// # Errors
/// Why the plan is not for this firm, or has no price.
pub fn bill(plan: &Plan, needs: &Needs, on: Date, calls: &[Recorded]) -> Result<(Bill, Usage), Unfit> {
    let fit = fitted(plan, needs, on)?;
    let bursts = matches!(plan.over_cap, Action::Burst { .. });
    let held = held(calls, &fit.leg_kinds);
    let (pools, of_pools) = pools(plan, &fit, &held);
    let (base, most) = channels(plan, &fit);
    let busy = u32::try_from(of_pools.len()).unwrap_or(u32::MAX);
    let idle = pools.count().saturating_sub(busy);
    let (mut billed, mut over, mut is_short) = (base.saturating_mul(idle), (0_u64, Decimal::ZERO), false);
    for pool in &of_pools {
        let of_pool: Vec<Held> = pool.iter().map(|(_, held)| *held).collect();
        let peak = burst::peak(&of_pool);
        let sells = plan.prices.per_channel.is_some() && !bursts;
        let bought = if sells { peak.clamp(base, most) } else { base };
        billed = billed.saturating_add(bought);
        let room = if bursts { plan.capacity.channels_max.unwrap_or(u32::MAX) } else { bought };
        is_short |= plan.capacity.channels_included.is_some() && peak > room;
        for ((call, _), channels) in pool.iter().zip(burst::over_cap(&of_pool, bought)) {
            if channels > 0 {
                over.0 += 1;
                over.1 += burst::started_minutes(call.answered.unwrap_or_default(), channels);
            }
        }
    }
    let all: Vec<Held> = held.iter().map(|(_, held)| *held).collect();
    let usage = Usage {
        peak: burst::peak(&all),
        channels: plan.capacity.channels_included.map(|_| billed),
        pools,
        is_short,
        over: bursts.then_some(over),
        lost: calls.iter().map(|call| u64::from(call.is_lost)).sum(),
        out: out(plan, needs),
        legs: fit.leg_kinds,
    };
    let bill = Bill {
        users: needs.users,
        channels: billed,
        pools: pools.count(),
        dids: needs.dids,
        features: needs.features.clone(),
        rate_steps: fit.rate_steps,
        calls: metered(plan, needs, calls),
        burst_minutes: over.1,
        ..Bill::of_month(on)
    };
    Ok((bill, usage))
}

/// The calls that were served and their minutes, by [`Direction::ALL`]. They came in, to toll-free numbers where all do: a
/// record does not say of one. Nor does it say who was sent on to an outside number or called back, and so is on a call out
/// as well: as many as the firm `needs`, of every length.
fn metered(plan: &Plan, needs: &Needs, calls: &[Recorded]) -> [Metered; 3] {
    let incoming = if needs.toll_free >= 1.0 { Direction::TollFree } else { Direction::Inbound };
    let talks = || calls.iter().filter_map(|call| call.talk);
    Direction::ALL.map(|direction| {
        let all = plan.meter(direction).map(|meter| meter.total(talks())).unwrap_or_default();
        match direction {
            Direction::Outbound => all.times(exact(needs.calls_out())).unwrap_or_default().rounded(),
            _ if direction == incoming => all,
            _ => Metered::default(),
        }
    })
}

fn out(plan: &Plan, needs: &Needs) -> Vec<(&'static str, f64)> {
    let is_paid = plan.minutes.outbound.as_ref().is_some_and(has_price);
    let kinds = [("forwarded", needs.forwarded), ("called-back", needs.called_back)];
    kinds.into_iter().filter(|(_, share)| is_paid && *share > 0.0).collect()
}

/// What the firm gets. A plan that does not sell channels may leave open how many it has, and what calls or users cost is a
/// price for an invoice.
fn fitted(plan: &Plan, needs: &Needs, on: Date) -> Result<Fit, Unfit> {
    on_sale(plan, on)?;
    let sells_channels = plan.prices.per_channel.is_some() || matches!(plan.over_cap, Action::Burst { .. });
    if sells_channels && plan.capacity.channels_included.is_none() {
        return Err(Unfit::NoChannels);
    }
    if !has_regular_price(plan) && !has_price_by_use(plan) {
        return Err(Unfit::NoPrice);
    }
    got(plan, needs, 0)
}

/// What calls over the channels cost is not all that is paid.
fn has_price_by_use(plan: &Plan) -> bool {
    let meters = [&plan.minutes.inbound, &plan.minutes.outbound, &plan.minutes.toll_free];
    plan.prices.per_user.is_some() || meters.into_iter().flatten().any(has_price)
}

const fn has_price(meter: &Meter) -> bool {
    !meter.price.is_zero() || !meter.per_call.is_zero()
}

/// Channels of one pool that are paid in any case, and the most that it can have.
fn channels(plan: &Plan, fit: &Fit) -> (u32, u32) {
    let base = plan.capacity.channels_included.unwrap_or(0).saturating_add(fit.extra_channels);
    let most = plan.capacity.channels_max.unwrap_or(MOST_CHANNELS);
    (base, most.max(base))
}

/// The calls that held channels, and how many: of those that hold several, each kind as evenly spread as its share allows.
fn held<'a>(calls: &'a [Recorded], kinds: &[(&'static str, f64, u32)]) -> Vec<(&'a Recorded, Held)> {
    let mut due = vec![0.0_f64; kinds.len()];
    let mut in_order: Vec<_> = calls.iter().filter_map(|call| Some((call, call.held?))).collect();
    in_order.sort_by_key(|(_, (start, end))| (*start, *end));
    let each = in_order.into_iter().map(|(call, (start, end))| {
        for (due, (_, share, _)) in due.iter_mut().zip(kinds) {
            *due += share;
        }
        let turn = due.iter().position(|due| *due >= 1.0 - 1e-9);
        let channels = turn.map_or(1, |kind| {
            due[kind] -= 1.0;
            kinds[kind].2
        });
        (call, Held { start, end, channels })
    });
    each.collect()
}

type Pool<'a> = Vec<(&'a Recorded, Held)>;

/// The calls of each pool that has any.
fn pools<'a>(plan: &Plan, fit: &Fit, held: &[(&'a Recorded, Held)]) -> (Pools, Vec<Pool<'a>>) {
    let count = fit.pools.max(1);
    let mut busy: BTreeMap<(&str, usize), Pool<'a>> = BTreeMap::new();
    for (place, &(call, held)) in held.iter().enumerate() {
        let by_number = plan.capacity.scope == Scope::Did;
        let pool = if by_number { (&*call.number, 0) } else { ("", place % count as usize) };
        busy.entry(pool).or_default().push((call, held));
    }
    let used = u32::try_from(busy.len()).unwrap_or(u32::MAX);
    let pools = match plan.capacity.scope {
        Scope::Did if count.max(used) > 1 => Pools::ByNumber(count.max(used)),
        _ if count > 1 => Pools::InTurn(count),
        _ => Pools::One,
    };
    (pools, busy.into_values().collect())
}

//! A month's invoice in exact decimals.
//!
//! Every line is rounded to two decimals, half away from zero, as invoices are; totals add the rounded lines.
//! Part months follow the plan's pro-rata rule, for charges and for included minutes alike.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

use crate::tariff::Direction;
use crate::tariff::Feature;
use crate::tariff::Metered;
use crate::tariff::Plan;
use crate::tariff::plan::Action;

/// What is billed for.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// First and last day billed, both included, in one calendar month.
    pub from: Date,
    pub to: Date,
    /// Whether the set-up is due.
    pub first_month: bool,
    pub users: u32,
    /// All channels, of all pools.
    pub channels: u32,
    pub pools: u32,
    pub dids: u32,
    pub features: BTreeSet<Feature>,
    /// Steps of calls per second bought.
    pub rate_steps: u32,
    /// Calls by [`Direction::ALL`], metered by the plan's own meters.
    pub calls: [Metered; 3],
    /// Started minutes over the cap.
    pub burst_minutes: Decimal,
    /// Minutes left over from the month before, by [`Direction::ALL`].
    pub carried_over: [Decimal; 3],
}

impl Bill {
    /// A whole month of a plan without a call.
    #[must_use]
    pub fn of_month(month: Date) -> Self {
        Self {
            from: month.first_of_month(),
            to: month.last_of_month(),
            first_month: false,
            users: 0,
            channels: 0,
            pools: 1,
            dids: 0,
            features: BTreeSet::new(),
            rate_steps: 0,
            calls: [Metered::default(); 3],
            burst_minutes: Decimal::ZERO,
            carried_over: [Decimal::ZERO; 3],
        }
    }
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    SetUp,
    Plan,
    Users,
    Channels,
    Dids,
    Feature(Feature),
    CallsPerSecond,
    Minutes(Direction),
    Calls(Direction),
    FairUse(Direction),
    Burst,
    Vat,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub item: Item,
    pub quantity: Decimal,
    /// Price of one.
    pub price: Decimal,
    /// Share of the month billed: numerator and denominator in days.
    pub days: (u32, u32),
    /// Rounded to two decimals.
    pub amount: Decimal,
}

/// A month's invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice {
    pub lines: Vec<Line>,
    pub net: Decimal,
    pub vat: Decimal,
    pub total: Decimal,
    /// Included minutes that serve next month, by [`Direction::ALL`].
    pub left_over: [Decimal; 3],
    /// Minutes beyond fair use that have no price.
    pub unpriced_excess: Decimal,
}

/// The invoice of `bill` under `plan`; `None` where an amount has more than the 28 digits of a [`Decimal`].
#[must_use]
pub fn invoice(plan: &Plan, bill: &Bill) -> Option<Invoice> {
    let mut draft = Draft { lines: Vec::new(), days: plan.terms.share(bill.from, bill.to) };
    draft.charges(plan, bill)?;
    let mut left_over = [Decimal::ZERO; 3];
    let mut unpriced_excess = Decimal::ZERO;
    for (place, direction) in Direction::ALL.into_iter().enumerate() {
        let (left, excess) = draft.traffic(plan, bill, place, direction)?;
        left_over[place] = left;
        unpriced_excess = unpriced_excess.checked_add(excess)?;
    }
    if let Action::Burst { per_minute } = plan.over_cap {
        draft.once(Item::Burst, bill.burst_minutes, per_minute)?;
    }
    let sum = draft.lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.amount))?;
    let (net, vat) = match plan.vat {
        None => (sum, Decimal::ZERO),
        Some(vat) if vat.included => {
            let part = cents(sum.checked_mul(vat.rate)?.checked_div(Decimal::ONE + vat.rate)?);
            (sum - part, part)
        }
        Some(vat) => {
            draft.once(Item::Vat, sum, vat.rate)?;
            (sum, cents(sum.checked_mul(vat.rate)?))
        }
    };
    Some(Invoice { lines: draft.lines, net, vat, total: net.checked_add(vat)?, left_over, unpriced_excess })
}

struct Draft {
    lines: Vec<Line>,
    days: (u32, u32),
}

impl Draft {
    fn charges(&mut self, plan: &Plan, bill: &Bill) -> Option<()> {
        let (prices, capacity) = (&plan.prices, &plan.capacity);
        let one = Decimal::ONE;
        if bill.first_month {
            self.once(Item::SetUp, one, prices.setup.unwrap_or_default())?;
        }
        let yearly = prices.yearly.unwrap_or_default() / Decimal::from(12);
        self.monthly(Item::Plan, one, prices.monthly.unwrap_or_default().checked_add(yearly)?)?;
        let beyond =
            |used: u32, included: Option<u32>| Decimal::from(used.saturating_sub(included.unwrap_or(0)));
        let channels = capacity.channels_included.unwrap_or(0).saturating_mul(bill.pools);
        self.monthly(
            Item::Users,
            beyond(bill.users, capacity.users_included),
            prices.per_user.unwrap_or_default(),
        )?;
        self.monthly(
            Item::Channels,
            beyond(bill.channels, Some(channels)),
            prices.per_channel.unwrap_or_default(),
        )?;
        self.monthly(
            Item::Dids,
            beyond(bill.dids, capacity.dids_included),
            prices.per_did.unwrap_or_default(),
        )?;
        for feature in &bill.features {
            let price = prices.features.get(feature).copied().unwrap_or_default();
            self.monthly(Item::Feature(*feature), one, price)?;
        }
        let rate = prices.per_calls_per_second.map_or(Decimal::ZERO, |rate| rate.price);
        self.monthly(Item::CallsPerSecond, bill.rate_steps.into(), rate)
    }

    /// Lines of one direction; what is left of the included minutes, and minutes beyond fair use without a price.
    fn traffic(
        &mut self,
        plan: &Plan,
        bill: &Bill,
        place: usize,
        direction: Direction,
    ) -> Option<(Decimal, Decimal)> {
        let nothing = (Decimal::ZERO, Decimal::ZERO);
        let Some(meter) = plan.meter(direction) else { return Some(nothing) };
        let used = bill.calls[place];
        let own = self.part(meter.included)?;
        let available = own.checked_add(bill.carried_over[place])?;
        let over = (used.minutes - available).max(Decimal::ZERO);
        self.once(Item::Minutes(direction), over, meter.price)?;
        self.once(Item::Calls(direction), used.calls, meter.per_call)?;
        // What came from last month is used first, and never serves a third.
        let unused = (available - used.minutes).max(Decimal::ZERO).min(own);
        let left = if meter.roll_over { unused } else { Decimal::ZERO };
        let Some(fair) = meter.fair_use else { return Some((left, Decimal::ZERO)) };
        let limit = fair.minutes_per_channel.checked_mul(bill.channels.into())?;
        let excess = (used.minutes - limit).max(Decimal::ZERO);
        match fair.price {
            Some(price) => self.once(Item::FairUse(direction), excess, price).map(|()| (left, Decimal::ZERO)),
            None => Some((left, excess)),
        }
    }

    /// The billed days' part of a month's quantity.
    fn part(&self, quantity: Decimal) -> Option<Decimal> {
        let (days, month) = self.days;
        quantity.checked_mul(days.into())?.checked_div(month.into())
    }

    fn monthly(&mut self, item: Item, quantity: Decimal, price: Decimal) -> Option<()> {
        let days = self.days;
        let amount = self.part(quantity.checked_mul(price)?)?;
        self.line(item, quantity, price, days, amount);
        Some(())
    }

    fn once(&mut self, item: Item, quantity: Decimal, price: Decimal) -> Option<()> {
        self.line(item, quantity, price, (1, 1), quantity.checked_mul(price)?);
        Some(())
    }

    fn line(&mut self, item: Item, quantity: Decimal, price: Decimal, days: (u32, u32), amount: Decimal) {
        if !quantity.is_zero() && !price.is_zero() {
            self.lines.push(Line { item, quantity, price, days, amount: cents(amount) });
        }
    }
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

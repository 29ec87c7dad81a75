//! What the loss costs, in exact decimals.
//!
//! A lost call is one lost for technical reasons: of those lost for want of people [`never_served`] tells.
//! Lost calls a month = calls a month × technical loss; × conversion = customers who never came; × price of a
//! call = advertising wasted on callers who could not get through. These are different views of one loss, so
//! the total adds only what is money and is counted once: wasted advertising, revenue where a customer's
//! value is given, image where a price is given (its own term, 0 by default), and callers' time where it has
//! a value. No binary fraction touches an amount: 15 % of 1000 calls at 1000 roubles is 150 000.00.

use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

/// What a call and a customer are worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Attempts, redials included: the shares of [`Measured::counted`] are taken of them.
    pub calls_per_month: u64,
    /// Advertising spent per call.
    pub call_price: Decimal,
    /// Share of calls that become customers, 0 to 1.
    pub conversion: Decimal,
    /// Revenue per customer.
    pub customer_value: Option<Decimal>,
    /// Damage to the firm's image per lost call.
    pub image_per_lost_call: Decimal,
    /// Value of a caller's waiting minute.
    pub caller_minute: Decimal,
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Technical losses, of so many counted attempts.
    pub lost: u64,
    pub counted: u64,
    /// Milliseconds that all callers together waited, those who gave up included; absent without a queue.
    pub waited_ms: Option<u64>,
}

/// The loss in a month, exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub lost_calls: Decimal,
    pub lost_customers: Decimal,
    pub wasted_marketing: Decimal,
    pub lost_revenue: Option<Decimal>,
    pub image: Decimal,
    pub caller_minutes: Option<Decimal>,
    pub caller_time: Option<Decimal>,
    pub total: Decimal,
}

/// The month's statement; `None` if no call was counted, or if an amount has more than the 28 digits of a
/// [`Decimal`].
#[must_use]
pub fn statement(prices: &Prices, measured: &Measured) -> Option<Statement> {
    let counted = Decimal::from(measured.counted);
    let calls = Decimal::from(prices.calls_per_month);
    let lost_calls = calls.checked_mul(measured.lost.into())?.checked_div(counted)?;
    let lost_customers = lost_calls.checked_mul(prices.conversion)?;
    let wasted_marketing = lost_calls.checked_mul(prices.call_price)?;
    let lost_revenue = match prices.customer_value {
        Some(value) => Some(lost_customers.checked_mul(value)?),
        None => None,
    };
    let image = lost_calls.checked_mul(prices.image_per_lost_call)?;
    let caller_minutes = match measured.waited_ms {
        Some(ms) => Some(calls.checked_mul(ms.into())?.checked_div(counted)? / Decimal::from(60_000)),
        None => None,
    };
    let caller_time = match caller_minutes.filter(|_| !prices.caller_minute.is_zero()) {
        Some(minutes) => Some(minutes.checked_mul(prices.caller_minute)?),
        None => None,
    };
    let terms = [lost_revenue.unwrap_or_default(), image, caller_time.unwrap_or_default()];
    let total = terms.into_iter().try_fold(wasted_marketing, Decimal::checked_add)?;
    Some(Statement {
        lost_calls,
        lost_customers,
        wasted_marketing,
        lost_revenue,
        image,
        caller_minutes,
        caller_time,
        total,
    })
}

/// Callers who were never served, whatever the reason, and what they were worth: a view of its own, which holds those whom
/// people kept waiting and leaves out those who got through in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeverServed {
    pub callers: Decimal,
    /// Of these, those who would have bought.
    pub customers: Decimal,
    /// Their advertising, and their revenue where a customer's value is given.
    pub worth: Decimal,
}

/// The month's callers who were never served: `callers` of `counted` attempts were the last of such a caller. `None` if no
/// call was counted, or if an amount has more than the 28 digits of a [`Decimal`].
#[must_use]
pub fn never_served(prices: &Prices, callers: u64, counted: u64) -> Option<NeverServed> {
    let calls = Decimal::from(prices.calls_per_month);
    let callers = calls.checked_mul(callers.into())?.checked_div(counted.into())?;
    let customers = callers.checked_mul(prices.conversion)?;
    let revenue = customers.checked_mul(prices.customer_value.unwrap_or_default())?;
    let worth = callers.checked_mul(prices.call_price)?.checked_add(revenue)?;
    Some(NeverServed { callers, customers, worth })
}

/// An amount of money with two decimals: `150000.00`.
#[must_use]
pub fn money(amount: Decimal) -> String {
    let mut amount = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(2);
    amount.to_string()
}

/// A quantity with at most two decimals: `150`, `12.35`.
#[must_use]
pub fn quantity(amount: Decimal) -> String {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 000 calls a month; of 200 attempts 30 were the last of a caller who was never served: 150 callers, 30 of them
    /// buyers worth 15 000 each, and 1 000 of advertising for each caller.
    #[test]
    fn callers_who_were_never_served_are_worth_their_advertising_and_their_revenue() {
        let with_value = Prices { customer_value: Some(Decimal::from(15_000)), ..prices() };
        let never = never_served(&with_value, 30, 200).unwrap();
        assert_eq!((quantity(never.callers), quantity(never.customers)), ("150".to_owned(), "30".to_owned()));
        assert_eq!(money(never.worth), "600000.00");
        assert_eq!(money(never_served(&prices(), 30, 200).unwrap().worth), "150000.00");
        assert_eq!(never_served(&prices(), 0, 0), None);
    }

    fn prices() -> Prices {
        Prices {
            calls_per_month: 1000,
            call_price: Decimal::from(1000),
            conversion: Decimal::new(20, 2),
            customer_value: None,
            image_per_lost_call: Decimal::ZERO,
            caller_minute: Decimal::ZERO,
        }
    }

    #[test]
    fn fifteen_percent_of_1000_calls_is_150_calls_30_clients_and_150_000_roubles_exactly() {
        let measured = Measured { lost: 15, counted: 100, waited_ms: None };
        let loss = statement(&prices(), &measured).unwrap();
        assert_eq!(quantity(loss.lost_calls), "150");
        assert_eq!(quantity(loss.lost_customers), "30");
        assert_eq!(money(loss.wasted_marketing), "150000.00");
        assert_eq!(loss.image, Decimal::ZERO);
        assert_eq!(loss.total, loss.wasted_marketing);
    }

    #[test]
    fn the_total_is_the_sum_of_its_terms() {
        let prices = Prices {
            customer_value: Some(Decimal::from(40_000)),
            image_per_lost_call: Decimal::from(50),
            caller_minute: Decimal::new(75, 1),
            ..prices()
        };
        let measured = Measured { lost: 1, counted: 3, waited_ms: Some(3 * 90_000) };
        let loss = statement(&prices, &measured).unwrap();
        assert_eq!(quantity(loss.lost_calls), "333.33");
        assert_eq!(loss.caller_minutes, Some(Decimal::from(1500)));
        assert_eq!(loss.caller_time, Some(Decimal::from(11_250)));
        let sum = loss.wasted_marketing + loss.lost_revenue.unwrap() + loss.image + loss.caller_time.unwrap();
        assert_eq!(loss.total, sum);
    }

    #[test]
    fn the_price_of_a_damaged_image_stands_apart_and_is_nothing_unless_stated() {
        let measured = Measured { lost: 15, counted: 100, waited_ms: None };
        let plain = statement(&prices(), &measured).unwrap();
        assert_eq!(money(plain.image), "0.00");
        let priced = Prices { image_per_lost_call: Decimal::new(12_50, 2), ..prices() };
        let priced = statement(&priced, &measured).unwrap();
        assert_eq!(money(priced.image), "1875.00", "150 lost calls at 12.50");
        assert_eq!(priced.total - plain.total, priced.image);
        assert_eq!(priced.wasted_marketing, plain.wasted_marketing);
    }

    #[test]
    fn callers_minutes_are_told_even_where_they_have_no_price() {
        // 100 calls waited 50 minutes together: a month of 1000 waits 500.
        let measured = Measured { lost: 0, counted: 100, waited_ms: Some(50 * 60_000) };
        let unpriced = statement(&prices(), &measured).unwrap();
        assert_eq!(unpriced.caller_minutes.map(quantity).as_deref(), Some("500"));
        assert_eq!((unpriced.caller_time, unpriced.total), (None, Decimal::ZERO));
        let priced = Prices { caller_minute: Decimal::from(3), ..prices() };
        assert_eq!(statement(&priced, &measured).unwrap().caller_time.map(money).as_deref(), Some("1500.00"));
        let no_queue = Measured { waited_ms: None, ..measured };
        assert_eq!(statement(&prices(), &no_queue).unwrap().caller_minutes, None);
    }

    #[test]
    fn tenths_do_not_drift() {
        let prices = Prices { calls_per_month: 3, call_price: Decimal::new(1, 1), ..prices() };
        let loss = statement(&prices, &Measured { lost: 7, counted: 7, waited_ms: None }).unwrap();
        assert_eq!(loss.wasted_marketing, Decimal::new(3, 1), "in binary 3 × 0.1 is not 0.3");
        assert_eq!((money(Decimal::new(5, 3)), money(Decimal::new(4, 3))), ("0.01".into(), "0.00".into()));
    }

    #[test]
    fn amounts_beyond_28_digits_are_no_statement_and_no_panic() {
        let measured = Measured { lost: u64::MAX, counted: u64::MAX, waited_ms: None };
        let absurd = Prices { calls_per_month: u64::MAX, ..prices() };
        assert_eq!(statement(&absurd, &measured), None);
        let dear = Prices { call_price: Decimal::MAX, ..prices() };
        assert_eq!(statement(&dear, &Measured { lost: 1, counted: 1, waited_ms: None }), None);
        let waits = Measured { lost: 1, counted: 1, waited_ms: Some(u64::MAX) };
        assert_eq!(statement(&Prices { calls_per_month: u64::MAX, ..prices() }, &waits), None);
    }

    #[test]
    fn no_call_has_no_price() {
        assert_eq!(statement(&prices(), &Measured { lost: 0, counted: 0, waited_ms: None }), None);
    }
}

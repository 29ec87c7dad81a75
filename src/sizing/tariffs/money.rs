//! A month's money: the provider's invoice, and what the lost calls cost.

use rust_decimal::Decimal;

use crate::cost;
use crate::cost::Measured;
use crate::cost::Prices;
use crate::scenario::Cost;
use crate::scenario::Scenario;
use crate::sizing::tariffs::tally::Tally;
use crate::tariff::Bill;
use crate::tariff::Fit;
use crate::tariff::Invoice;
use crate::tariff::Metered;
use crate::tariff::Plan;
use crate::tariff::exact;
use crate::tariff::invoice;
use jiff::civil::Date;

/// The invoice of the month in which `on` lies, with `growth` times the calls.
pub(super) fn month(
    scenario: &Scenario,
    cost: &Cost,
    plan: &Plan,
    fit: &Fit,
    tally: &Tally,
    growth: f64,
    on: Date,
) -> Option<Invoice> {
    let needs = &scenario.needs;
    let (_, counted) = tally.sums();
    let calls = Decimal::from(cost.calls_per_month).checked_mul(exact(growth))?;
    // What was simulated, times this, is a month.
    let factor = calls.checked_div(Decimal::from(counted))?;
    let toll_free = exact(needs.toll_free);
    let outgoing = exact(needs.outbound + needs.calls_out());
    let shares = [Decimal::ONE - toll_free, outgoing, toll_free];
    let mut metered = [Metered::default(); 3];
    for ((slot, seen), share) in metered.iter_mut().zip(tally.metered).zip(shares) {
        *slot = seen.times(factor.checked_mul(share)?)?.rounded();
    }
    // What was simulated is what comes to a pool, calls out among it.
    let in_and_out = factor.checked_mul(exact(fit.load * f64::from(fit.pools)))?;
    let bill = Bill {
        users: needs.users,
        channels: plan.capacity.channels_included.unwrap_or(0).saturating_add(fit.extra_channels) * fit.pools,
        pools: fit.pools,
        dids: needs.dids,
        features: needs.features.clone(),
        rate_steps: fit.rate_steps,
        calls: metered,
        burst_minutes: tally.burst_minutes.checked_mul(in_and_out)?.round_dp(0),
        ..Bill::of_month(on)
    };
    invoice(plan, &bill)
}

/// What the month's lost calls cost.
pub(super) fn loss(cost: &Cost, tally: &Tally, growth: f64) -> Option<cost::Statement> {
    let (lost, counted) = tally.sums();
    let statement = cost::statement(&prices(cost), &Measured { lost, counted, waited_ms: None })?;
    let grown = exact(growth);
    Some(cost::Statement {
        lost_calls: statement.lost_calls.checked_mul(grown)?,
        lost_customers: statement.lost_customers.checked_mul(grown)?,
        total: statement.total.checked_mul(grown)?,
        ..statement
    })
}

/// What one lost call costs.
pub(super) fn per_lost_call(cost: &Cost) -> Option<Decimal> {
    let one = Prices { calls_per_month: 1, ..prices(cost) };
    cost::statement(&one, &Measured { lost: 1, counted: 1, waited_ms: None }).map(|statement| statement.total)
}

fn prices(cost: &Cost) -> Prices {
    Prices {
        calls_per_month: cost.calls_per_month,
        call_price: cost.call_price,
        conversion: cost.conversion,
        customer_value: cost.customer_value,
        image_per_lost_call: cost.image_per_lost_call,
        caller_minute: cost.caller_minute,
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::parse;
    use crate::sizing::tariffs::Step;
    use crate::sizing::tariffs::tests::compared;

    /// 3 erlangs on a plan with two channels, where `needs` and `capacity` say more, at 1 RUB a minute over the cap.
    fn burst(needs: &str, capacity: &str) -> Step {
        let text = format!(
            "seed: 3\nwarm_up: 1h\ncalls: 8000\ntraffic: {{profile: 60/h, callers: [{{talk: {{exponential: {{mean: \
             180s}}}}}}]}}\nneeds: {{{needs}}}\ncost: {{call_price: 100 RUB, conversion: 20%, calls_per_month: 12000}}\n\
             tariffs:\n  - {{provider: P, plan: Burst, source: {{name: s}}, capacity: {{channels_included: 2, {capacity}}}, \
             over_cap: {{burst: {{per_minute: 1 RUB}}}}, prices: {{monthly: 1000 RUB}}}}\n"
        );
        let scenario = parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|told| panic!("{told}"));
        compared(&scenario, &[1.0], 2, 0.5).unwrap().plans.remove(0).steps.remove(0)
    }

    fn billed(step: &Step) -> f64 {
        String::from(step.cost).parse::<f64>().unwrap() - 1_000.0
    }

    /// Channels in use where calls of one and of two come, with room for `most`, and where a call finds how many over the
    /// two of the plan: the recursion of Kaufman (1981) and Roberts (1981).
    fn exact(one: f64, two: f64, most: u32) -> f64 {
        let mut state = vec![(0_u32, 1.0)];
        for n in 1..=most {
            let fewer = |by: usize| state.len().checked_sub(by).map_or(0.0, |place| state[place].1);
            state.push((n, (one * fewer(1) + 2.0 * two * fewer(2)) / f64::from(n)));
        }
        let over =
            |n: u32, legs: u32| if n + legs > most { 0 } else { (n + legs).saturating_sub(2).min(legs) };
        let each = |&(n, p): &(u32, f64)| p * (one * f64::from(over(n, 1)) + two * f64::from(over(n, 2)));
        let all: f64 = state.iter().map(|(_, p)| p).sum();
        // Mean started minutes of an exponential talk of three: 1 / (1 - e^(-1/3)).
        state.iter().map(each).sum::<f64>() / all / (one + two) / (1.0 - libm::exp(-1.0 / 3.0))
    }

    #[test]
    fn minutes_over_the_cap_are_those_of_every_call_and_every_leg() {
        let near = |step: &Step, exact: f64| {
            assert!((billed(step) / exact - 1.0).abs() < 0.04, "{} {exact}", billed(step));
        };
        near(&burst("", ""), 12_000.0 * exact(3.0, 0.0, 99));
        // As many calls out as in, on the same channels.
        near(&burst("outbound: 1", ""), 24_000.0 * exact(6.0, 0.0, 99));
        let half = burst("forwarded: 50%", "legs_per_call: {forward: 2}");
        near(&half, 12_000.0 * exact(1.5, 1.5, 99));
        // Legs that the plan does not count are none.
        assert_eq!(burst("forwarded: 50%", "").cost, burst("", "").cost);
        // With no more than six to be had, calls of two are refused sooner, and fewer of them are billed.
        let few = burst("forwarded: 50%", "channels_max: 6, legs_per_call: {forward: 2}");
        near(&few, 12_000.0 * exact(1.5, 1.5, 6));
        let refused = crate::erlang::kaufman_roberts::kaufman_roberts(
            6,
            &[1, 2].map(|slots_per_call| crate::erlang::kaufman_roberts::TrafficClass {
                erlangs: 1.5,
                slots_per_call,
            }),
        );
        let loss = refused.unwrap().blocking.iter().sum::<f64>() / 2.0;
        assert!((few.loss.ratio / loss - 1.0).abs() < 0.1, "{} {loss}", few.loss.ratio);
    }
}

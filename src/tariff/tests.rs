//! Hand-computed cases: metering to its edges, invoices line by line, what a firm gets from a plan.

use std::collections::BTreeMap;

use jiff::civil::date;
use rust_decimal::Decimal;

use crate::tariff::fit::fit;
use crate::tariff::*;
use crate::time::{Duration, Instant};

fn exact(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Mango Office since 27 October 2015: up to 3 s free, half-minute units.
fn half_minutes() -> Meter {
    let unit = Duration::from_secs(30);
    Meter { first: unit, next: unit, free: Some(Free::UpTo(ms(3_000))), ..Meter::default() }
}

/// MegaFon 8-800: under 3 s not counted, full minutes.
fn full_minutes() -> Meter {
    let unit = Duration::from_secs(60);
    Meter { first: unit, next: unit, free: Some(Free::Below(ms(3_000))), ..Meter::default() }
}

fn minutes(meter: &Meter, call: Duration) -> Decimal {
    meter.total([call]).minutes
}

#[test]
fn half_minute_units_round_up_and_three_seconds_are_free() {
    let cases = [
        (ms(0), "0"),
        (ms(3_000), "0"),
        (ms(3_001), "0.5"),
        (ms(27_000), "0.5"),
        (ms(30_000), "0.5"),
        (ms(30_001), "1"),
        (ms(320_000), "5.5"), // 5:20
        (ms(330_000), "5.5"),
        (ms(332_000), "6"), // 5:32
    ];
    for (call, billed) in cases {
        assert_eq!(minutes(&half_minutes(), call), exact(billed), "{call:?}");
    }
}

#[test]
fn full_minutes_round_up_and_under_three_seconds_is_not_counted() {
    let cases = [(2_999, "0"), (3_000, "1"), (3_001, "1"), (60_000, "1"), (60_001, "2"), (320_000, "6")];
    for (call, billed) in cases {
        assert_eq!(minutes(&full_minutes(), ms(call)), exact(billed), "{call} ms");
    }
}

#[test]
fn the_first_unit_the_next_ones_and_the_minimum_are_told_apart() {
    let meter = Meter { first: ms(60_000), next: ms(1_000), ..Meter::default() };
    assert_eq!(meter.billed(ms(1)), ms(60_000));
    assert_eq!(meter.billed(ms(60_001)), ms(61_000));
    let six_seconds = Meter { first: ms(6_000), next: ms(6_000), ..Meter::default() };
    assert_eq!(six_seconds.billed(ms(6_001)), ms(12_000));
    let with_minimum = Meter { minimum: ms(20_000), ..six_seconds };
    assert_eq!(with_minimum.billed(ms(1)), ms(24_000), "20 s, in units of 6 s");
    assert_eq!(Meter::default().billed(Duration::ZERO), Duration::ZERO);
    let total = half_minutes().total([ms(2_000), ms(27_000), ms(320_000)]);
    assert_eq!(total, Metered { calls: exact("2"), minutes: exact("6") }, "the call of 2 s is in neither");
}

#[test]
fn increments_of_every_length_never_bill_less_than_the_call() {
    for unit in [1, 6, 30, 60] {
        let meter = Meter { first: ms(unit * 1000), next: ms(unit * 1000), ..Meter::default() };
        for call in (1..200_000).step_by(997) {
            let (call, billed) = (ms(call), meter.billed(ms(call)));
            assert!(billed >= call && billed < call + ms(unit * 1000), "{unit} s, {call:?}: {billed:?}");
        }
    }
}

fn plan() -> Plan {
    let unit = Duration::from_secs(60);
    Plan {
        provider: "Provider".into(),
        name: "Plan".into(),
        currency: Some("RUB".into()),
        capacity: Capacity {
            channels_included: Some(4),
            channels_max: Some(8),
            users_included: Some(5),
            dids_included: Some(1),
            ..Capacity::default()
        },
        prices: Prices {
            setup: Some(exact("500")),
            monthly: Some(exact("1000")),
            per_user: Some(exact("99.90")),
            per_channel: Some(exact("300")),
            per_did: Some(exact("150")),
            features: BTreeMap::from([
                (Feature::Ivr, exact("200")),
                (Feature::Recording, exact("350.50")),
                (Feature::Acd, exact("70")),
                (Feature::Api, exact("30")),
            ]),
            per_calls_per_second: Some(RatePrice { step: 1.0, price: exact("250") }),
            yearly: None,
        },
        minutes: Minutes {
            inbound: Some(Meter {
                included: exact("100"),
                price: exact("1.50"),
                first: unit,
                next: unit,
                per_call: exact("0.10"),
                ..Meter::default()
            }),
            outbound: None,
            toll_free: None,
        },
        terms: Terms { pro_rata: ProRata::ByDay, ..Terms::default() },
        ..Plan::default()
    }
}

fn bill() -> Bill {
    let mut bill = Bill::of_month(date(2026, 4, 1));
    bill.users = 5;
    bill.channels = 4;
    bill.dids = 1;
    bill
}

/// The lines as a reader sees them: what, how many, at which price, how much.
fn lines(invoice: &Invoice) -> Vec<String> {
    let line = |line: &Line| format!("{:?} {} × {} = {}", line.item, line.quantity, line.price, line.amount);
    invoice.lines.iter().map(line).collect()
}

#[test]
fn an_invoice_names_seats_channels_numbers_functions_minutes_and_calls() {
    let mut bill = bill();
    bill.first_month = true;
    bill.users = 8;
    bill.channels = 6;
    bill.dids = 3;
    bill.rate_steps = 2;
    bill.features = [Feature::Ivr, Feature::Recording].into();
    bill.calls[0] = Metered { calls: exact("40"), minutes: exact("123.5") };
    let invoice = invoice(&plan(), &bill).unwrap();
    let expected = [
        "SetUp 1 × 500 = 500",
        "Plan 1 × 1000 = 1000",
        "Users 3 × 99.90 = 299.70",
        "Channels 2 × 300 = 600",
        "Dids 2 × 150 = 300",
        "Feature(Ivr) 1 × 200 = 200",
        "Feature(Recording) 1 × 350.50 = 350.50",
        "CallsPerSecond 2 × 250 = 500",
        "Minutes(Inbound) 23.5 × 1.50 = 35.25",
        "Calls(Inbound) 40 × 0.10 = 4.00",
    ];
    assert_eq!(lines(&invoice), expected);
    assert_eq!(invoice.total, exact("3789.45"));
}

#[test]
fn part_months_are_paid_by_the_day_of_their_own_calendar_month() {
    let mut bill = bill();
    bill.from = date(2026, 4, 21);
    let ten_days = invoice(&plan(), &bill).unwrap();
    assert_eq!(ten_days.total, exact("333.33"), "10 of April's 30 days");
    (bill.from, bill.to) = (date(2026, 2, 1), date(2026, 2, 14));
    assert_eq!(invoice(&plan(), &bill).unwrap().total, exact("500.00"), "14 of February's 28");
    bill.calls[0] = Metered { calls: exact("0"), minutes: exact("60") };
    let half = invoice(&plan(), &bill).unwrap();
    assert_eq!(half.total, exact("515.00"), "50 of the 100 minutes are included: 10 at 1.50");
    let mut whole = plan();
    whole.terms.pro_rata = ProRata::FullMonth;
    assert_eq!(invoice(&whole, &bill).unwrap().total, exact("1000.00"));
}

#[test]
fn unused_minutes_expire_or_serve_one_more_month() {
    let mut bill = bill();
    bill.calls[0].minutes = exact("30");
    assert_eq!(invoice(&plan(), &bill).unwrap().left_over[0], Decimal::ZERO, "the package expires");
    let mut rolling = plan();
    rolling.minutes.inbound.as_mut().unwrap().roll_over = true;
    let april = invoice(&rolling, &bill).unwrap();
    assert_eq!(april.left_over[0], exact("70"));
    bill.carried_over = april.left_over;
    bill.calls[0].minutes = exact("180");
    let may = invoice(&rolling, &bill).unwrap();
    assert_eq!(lines(&may), ["Plan 1 × 1000 = 1000", "Minutes(Inbound) 10 × 1.50 = 15.00"]);
    bill.calls[0].minutes = Decimal::ZERO;
    assert_eq!(invoice(&rolling, &bill).unwrap().left_over[0], exact("100"), "never a third month");
}

#[test]
fn fair_use_is_counted_by_channel_and_priced_where_a_price_is_stated() {
    let mut plan = plan();
    let meter = plan.minutes.inbound.as_mut().unwrap();
    *meter = Meter {
        included: exact("1000000"),
        fair_use: Some(FairUse { minutes_per_channel: exact("3000"), price: None }),
        ..Meter::default()
    };
    let mut bill = bill();
    bill.calls[0].minutes = exact("12500");
    let unpriced = invoice(&plan, &bill).unwrap();
    assert_eq!(
        (unpriced.total, unpriced.unpriced_excess),
        (exact("1000"), exact("500")),
        "4 × 3000 are fair"
    );
    plan.minutes.inbound.as_mut().unwrap().fair_use.as_mut().unwrap().price = Some(exact("0.02"));
    let priced = invoice(&plan, &bill).unwrap();
    assert_eq!((priced.total, priced.unpriced_excess), (exact("1010.00"), Decimal::ZERO));
}

#[test]
fn tax_is_added_or_shown_within() {
    let mut plan = plan();
    plan.vat = Some(Vat { rate: exact("0.20"), included: false });
    let added = invoice(&plan, &bill()).unwrap();
    assert_eq!((added.net, added.vat, added.total), (exact("1000"), exact("200"), exact("1200")));
    plan.vat = Some(Vat { rate: exact("0.20"), included: true });
    let within = invoice(&plan, &bill()).unwrap();
    assert_eq!((within.net, within.vat, within.total), (exact("833.33"), exact("166.67"), exact("1000.00")));
    plan.vat = None;
    assert_eq!(invoice(&plan, &bill()).unwrap().vat, Decimal::ZERO);
}

#[test]
fn calls_over_the_cap_are_billed_where_the_plan_takes_them() {
    let second = |s: u64| Instant::ZERO + Duration::from_secs(s);
    let held = |(a, b, channels)| burst::Held { start: second(a), end: second(b), channels };
    let calls = [(0, 100, 1), (10, 60, 1), (20, 30, 1), (60, 90, 1), (70, 80, 1)].map(held);
    // At 20 two are in progress; at 60 one has just ended; at 70 two are.
    assert_eq!((burst::over_cap(&calls, 2), burst::peak(&calls)), (vec![0, 0, 1, 0, 1], 3));
    // The second call takes two channels: one is free. At 60 all of them are again.
    let legs = [(0, 100, 1), (10, 60, 2), (20, 30, 2), (60, 90, 2), (70, 80, 1)].map(held);
    assert_eq!((burst::over_cap(&legs, 2), burst::peak(&legs)), (vec![0, 1, 2, 1, 1], 5));
    assert_eq!(burst::started_minutes(ms(60_001), 2), exact("4"), "two started minutes on each");
    let mut plan = plan();
    plan.over_cap = Action::Burst { per_minute: exact("2.5") };
    let mut bill = bill();
    bill.burst_minutes = exact("3");
    assert_eq!(invoice(&plan, &bill).unwrap().total, exact("1007.50"));
    plan.over_cap = Action::Busy;
    assert_eq!(invoice(&plan, &bill).unwrap().total, exact("1000"));
}

#[test]
fn each_direction_has_its_own_meter_and_a_yearly_price_counts_by_twelfths() {
    let mut plan = plan();
    plan.minutes.outbound = Some(Meter { price: exact("2"), ..Meter::default() });
    plan.minutes.toll_free = Some(Meter { price: exact("3"), included: exact("5"), ..Meter::default() });
    plan.prices.monthly = None;
    plan.prices.yearly = Some(exact("350"));
    let mut bill = bill();
    for metered in &mut bill.calls {
        metered.minutes = exact("10");
    }
    let invoice = invoice(&plan, &bill).unwrap();
    assert_eq!(invoice.total, exact("29.17") + exact("20") + exact("15"));
}

#[test]
fn absurd_amounts_are_no_invoice_and_no_panic() {
    let mut plan = plan();
    plan.prices.per_user = Some(Decimal::MAX);
    let bill = Bill { users: 50, ..bill() };
    assert_eq!(invoice(&plan, &bill), None);
    assert!(half_minutes().total([Duration::MAX, Duration::MAX]).minutes > Decimal::ZERO);
}

#[test]
fn notice_and_commitment_are_kept() {
    let day = date(2026, 4, 17);
    assert_eq!(Notice::Immediately.effective(day), day);
    assert_eq!(Notice::NextMonth.effective(day), date(2026, 5, 1), "Twilio lowers a rate only on the 1st");
    assert_eq!(Notice::Days(30).effective(day), date(2026, 5, 17));
    let terms = Terms { commitment_months: 12, ..Terms::default() };
    assert_eq!(terms.leaving(5, exact("1000")), Some(exact("7000")));
    assert_eq!(terms.leaving(12, exact("1000")), Some(Decimal::ZERO));
}

const DAY: jiff::civil::Date = date(2026, 4, 17);

fn fitted(plan: &Plan, needs: &Needs) -> Result<Fit, Unfit> {
    fit(plan, needs, DAY, 0)
}

#[test]
fn a_plan_is_sold_on_its_days_only() {
    let mut plan = plan();
    (plan.valid_from, plan.valid_to) = (Some(date(2026, 1, 1)), Some(date(2026, 12, 31)));
    let on = |day| fit(&plan, &Needs::default(), day, 0).map(|_| ());
    assert_eq!(on(date(2026, 1, 1)), Ok(()));
    assert_eq!(on(date(2026, 12, 31)), Ok(()));
    assert_eq!(on(date(2025, 12, 31)), Err(Unfit::NotYet(date(2026, 1, 1))));
    assert_eq!(on(date(2027, 1, 1)), Err(Unfit::NoMore(date(2026, 12, 31))));
}

#[test]
fn what_a_source_does_not_state_is_not_guessed() {
    let mut plan = plan();
    plan.capacity.channels_included = None;
    assert_eq!(fitted(&plan, &Needs::default()), Err(Unfit::NoChannels));
    plan.capacity.channels_included = Some(4);
    (plan.prices.monthly, plan.prices.per_channel) = (None, None);
    assert_eq!(fitted(&plan, &Needs::default()), Err(Unfit::NoPrice));
}

#[test]
fn users_and_extra_channels_raise_the_channels_to_the_plans_most() {
    let mut plan = plan();
    plan.capacity.users_max_per_channel = Some(4);
    let needs = |users| Needs { users, ..Needs::default() };
    let channels =
        |users, extra| fit(&plan, &needs(users), DAY, extra).map(|fit| (fit.channels, fit.extra_channels));
    assert_eq!(channels(16, 0), Ok((4, 0)));
    assert_eq!(channels(17, 0), Ok((5, 1)));
    assert_eq!(channels(17, 2), Ok((7, 3)));
    assert_eq!(channels(32, 9), Ok((8, 4)));
    assert_eq!(channels(33, 0), Err(Unfit::TooManyUsers { most: 32 }));
}

#[test]
fn the_scope_says_who_shares_a_pool() {
    let mut plan = plan();
    let needs = Needs { dids: 3, trunks: 2, regions: 5, outbound: 0.5, ..Needs::default() };
    let cases = [
        (Scope::Account, 1, 1.5),
        (Scope::Direction, 1, 1.0),
        (Scope::Trunk, 2, 0.75),
        (Scope::Did, 3, 0.5),
        (Scope::Region, 5, 0.3),
    ];
    for (scope, pools, load) in cases {
        plan.capacity.scope = scope;
        let fit = fitted(&plan, &needs).unwrap();
        assert_eq!(fit.pools, pools, "{scope:?}");
        assert!((fit.load - load).abs() < 1e-12, "{scope:?}: {}", fit.load);
    }
}

#[test]
fn legs_functions_rates_codecs_and_the_link_decide_what_is_had() {
    let mut plan = plan();
    plan.capacity.legs_per_call = LegsPerCall { forward: 2, consult: 2, callback: 3 };
    plan.capacity.calls_per_second =
        Some(RateCap { limit: 1.0, max: Some(3.0), algorithm: Algorithm::TokenBucket, burst: 1.0 });
    plan.capacity.codecs = vec!["PCMA".into(), "G729".into()];
    let needs = Needs { forwarded: 0.2, called_back: 0.1, calls_per_second: Some(2.5), ..Needs::default() };
    let fit = fitted(&plan, &needs).unwrap();
    assert_eq!(fit.leg_kinds, [("forwarded", 0.2, 2), ("called-back", 0.1, 3)]);
    assert_eq!((fit.calls_per_second, fit.rate_steps), (Some(3.0), 2));
    let fast = Needs { calls_per_second: Some(4.0), ..Needs::default() };
    assert_eq!(fitted(&plan, &fast), Err(Unfit::CallsPerSecond { most: 3.0 }));
    let opus = Needs { codecs: vec!["opus".into()], ..Needs::default() };
    assert_eq!(fitted(&plan, &opus), Err(Unfit::Codecs));
    // 87.2 kbit/s a call in G.711, 31.2 in G.729; three quarters of the link.
    let link = |codecs: &[&str], kbit: f64| Needs {
        codecs: codecs.iter().map(|&codec| codec.to_owned()).collect(),
        link_bits_per_second: Some(kbit * 1000.0),
        ..Needs::default()
    };
    assert_eq!(fitted(&plan, &link(&["PCMA"], 256.0)).unwrap().channels, 2);
    assert_eq!(fitted(&plan, &link(&["PCMA", "G729"], 128.0)).unwrap().channels, 3);
    assert_eq!(fitted(&plan, &link(&["PCMA"], 64.0)), Err(Unfit::Link));
    let mut bare = plan.clone();
    bare.prices.features.remove(&Feature::Acd);
    let needs = Needs { features: [Feature::Acd].into(), ..Needs::default() };
    assert!(fitted(&plan, &needs).is_ok());
    assert_eq!(fitted(&bare, &needs), Err(Unfit::Feature(Feature::Acd)));
}

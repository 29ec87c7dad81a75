//! Plans under growth against formulas, with runs short enough for every push; long ones stand in `ci/accept`.

use jiff::civil::date;
use rust_decimal::Decimal;

use crate::erlang::erlang_b;
use crate::erlang::mmnk::Mmnk;
use crate::pbx::Refusal;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sizing::tariffs::apply::{Rules, apply};
use crate::sizing::tariffs::tally::{Tally, simulate};
use crate::sizing::tariffs::*;
use crate::tariff::fit::fit;
use crate::tariff::{Action, Needs, Notice, Plan};
use crate::time::Duration;

const DAY: jiff::civil::Date = date(2026, 4, 1);

/// 6 erlangs; one plan in the place of `PLAN`.
fn scenario(plan: &str, calls: u32) -> Scenario {
    let text = format!(
        "seed: 3
warm_up: 1h
calls: {calls}
traffic: {{profile: 120/h, callers: [{{talk: {{exponential: {{mean: 180s}}}}}}]}}
needs: {{users: 3, forwarded: 20%}}
cost: {{call_price: 100 RUB, conversion: 20%, calls_per_month: 1000}}
tariffs:
  - {plan}
  - {{provider: P, plan: Large, source: {{name: s}}, capacity: {{channels_included: 30}}, prices: {{monthly: 5000 RUB}}}}
"
    );
    parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn small(more: &str) -> String {
    format!(
        "{{provider: P, plan: Small, source: {{name: s}}, capacity: {{channels_included: 8, {more}}}, prices: {{monthly: 900 RUB}}}}"
    )
}

fn asked(scenario: &Scenario, growth: &[f64], threads: usize) -> Study {
    asked_at(scenario, growth, threads, 0.10)
}

fn asked_at(scenario: &Scenario, growth: &[f64], threads: usize, level: f64) -> Study {
    compared(scenario, growth, threads, level).unwrap()
}

/// The scenario's own plans, broken by a loss of `level`.
pub(super) fn compared(
    scenario: &Scenario,
    growth: &[f64],
    threads: usize,
    level: f64,
) -> Result<Study, Problem> {
    study(&Question {
        scenario,
        plans: &scenario.tariffs,
        on: DAY,
        growth,
        levels: &[level],
        replications: 4,
        threads,
        months_per_step: 12,
    })
}

/// Two channels are included and ten more are sold. From double the calls on not even the twelve hold 10 %: then they lose
/// what twelve lose by Erlang B, and the plan breaks where these do, not where the two would.
#[test]
fn a_plan_that_sells_further_channels_loses_what_all_of_them_lose_and_breaks_where_they_do() {
    let capacity = "capacity: {channels_included: 2, channels_max: 12}";
    let plan = format!(
        "{{provider: P, plan: More, source: {{name: s}}, {capacity}, prices: {{monthly: 900 RUB, per_channel: 100 RUB}}}}"
    );
    let study = asked(&scenario(&plan, 6_000), &[1.0, 2.0, 3.0], 2);
    let plan = &study.plans[0];
    assert!(plan.steps[0].meets_target && plan.steps[0].channels < 12, "{:?}", plan.steps[0]);
    for step in &plan.steps[1..] {
        let exact = erlang_b::blocking(12, 6.0 * step.growth);
        let [low, high] = step.loss.ci95;
        assert!(low - 0.02 < exact && exact < high + 0.02, "{exact}: {step:?}");
        assert_eq!((step.channels, step.meets_target), (12, false));
        assert_eq!(step.even_with.map(|most| most.channels), Some(12));
        assert_eq!(step.even_with.map(|most| most.loss), Some(step.loss.ratio));
    }
    let all = plan.knees[0].extended.expect("ten more channels");
    let exact = all.formula.unwrap();
    assert!((erlang_b::blocking(12, exact.erlangs) - 0.10).abs() < 1e-6, "{exact:?}");
    let knee = all.whole_plan.unwrap();
    assert!((knee.growth / exact.growth - 1.0).abs() < 0.06 && all.channels == 12, "{all:?}");
    assert_eq!(plan.knees[0].at_last(), Some(knee));
    // The other plan sells none.
    assert_eq!(study.plans[1].knees[0].extended, None);
}

/// Coverage row 74.
#[test]
fn the_knee_found_by_simulation_is_erlangs_and_is_the_same_at_any_number_of_threads() {
    let scenario = scenario(&small(""), 1_500);
    let found = asked(&scenario, &[1.0], 1);
    assert_eq!(found, asked(&scenario, &[1.0], 2));
    for plan in &found.plans {
        let knees = &plan.knees[0];
        let (formula, knee) = (knees.formula.unwrap(), knees.channels_alone.unwrap());
        // Four short replications: Student's t is wide, four standard errors are a little more than its 95 %.
        let half = (knee.ci95[1] - knee.ci95[0]) / 2.0;
        assert!((formula.growth - knee.growth).abs() < 1.3 * half, "{}: {formula:?} {knee:?}", plan.plan);
        assert!((formula.growth / knee.growth - 1.0).abs() < 0.1, "{formula:?} {knee:?}");
    }
}

#[test]
fn calls_of_two_legs_break_a_plan_earlier_and_kaufman_and_roberts_say_when() {
    let scenario = scenario(&small("legs_per_call: {forward: 2}"), 1_500);
    let found = asked(&scenario, &[1.0], 2);
    let knees = &found.plans[0].knees[0];
    let (formula, knee) = (knees.formula_legs.unwrap(), knees.whole_plan.unwrap());
    assert!(knee.growth < knees.channels_alone.unwrap().growth);
    assert!((formula.growth / knee.growth - 1.0).abs() < 0.1, "{formula:?} {knee:?}");
    assert!((found.plans[0].legs_per_call - 1.2).abs() < 1e-12);
}

/// A caller who is sent on to an outside number, or called back, is on a second call, which goes out: of 1000 calls of
/// three minutes at 2 RUB each tenth costs 600 RUB.
#[test]
fn calls_sent_on_and_called_back_are_billed_as_outgoing() {
    let metered = "{provider: P, plan: Wide, source: {name: s}, capacity: {channels_included: 60}, \
                   prices: {monthly: 900 RUB}, minutes: {outbound: {price: 2 RUB}}}";
    let cost = |needs: Needs| {
        let mut scenario = scenario(metered, 1_500);
        scenario.needs = needs;
        let cost: f64 = String::from(asked(&scenario, &[1.0], 1).plans[0].steps[0].cost).parse().unwrap();
        cost - 900.0
    };
    let nobody = cost(Needs::default());
    let (forwarded, called_back) = (0.2, 0.1);
    let sent_on = cost(Needs { forwarded, ..Needs::default() });
    let both = cost(Needs { forwarded, called_back, ..Needs::default() });
    assert!(nobody.abs() < 1e-9, "{nobody}");
    assert!((sent_on / 1_200.0 - 1.0).abs() < 0.1 && (both / sent_on - 1.5).abs() < 1e-3, "{sent_on} {both}");
}

#[test]
fn the_path_is_the_cheapest_plan_that_holds_and_says_where_none_does() {
    let scenario = scenario(&small(""), 1_000);
    let found = asked(&scenario, &[0.5, 2.0, 20.0], 2);
    let plans: Vec<Option<usize>> = found.path.iter().map(|step| step.plan).collect();
    assert_eq!(plans, [Some(0), Some(1), None]);
    assert_eq!(found.path[0].cost, Some(Amount(Decimal::from(900))));
    for plan in &found.plans {
        for step in &plan.steps {
            assert_eq!(step.total.0, step.cost.0 + step.loss_cost.0, "{step:?}");
            let formula = step.formula.unwrap();
            assert!((step.loss.ratio - formula).abs() < 0.06, "{formula} {step:?}");
        }
    }
    let lost = &found.plans[0].steps[2];
    let expected = 20_000.0 * lost.loss.ratio;
    assert_eq!(lost.lost_calls.0, Decimal::try_from(expected).unwrap().round_dp(2));
}

/// By hand, 3 months a step from 1 April. Small: 900 RUB a month, 12 months' commitment, 30 days' notice upwards. Large:
/// 5 000 RUB and 700 RUB to set up. At growth 2 Small breaks: 9 of its 12 months are still owed, 8 100 RUB; asked for on
/// 1 July, Large begins on the 31st, and 30 days of Small instead of Large save 4 100 × 30 × 12/365 = 4 043.84 RUB. After a
/// year on Small nothing is owed any more.
#[test]
fn leaving_a_plan_before_its_commitment_ends_costs_what_the_plan_says() {
    let bound = |months_per_step| {
        let mut scenario = scenario(&small(""), 1_000);
        scenario.tariffs[0].terms.commitment_months = 12;
        scenario.tariffs[0].terms.upgrade = Notice::Days(30);
        scenario.tariffs[1].prices.setup = Some(Decimal::from(700));
        let question = Question {
            scenario: &scenario,
            plans: &scenario.tariffs,
            on: DAY,
            growth: &[0.5, 2.0],
            levels: &[0.10],
            replications: 4,
            threads: 1,
            months_per_step,
        };
        study(&question).unwrap().path
    };
    let early = bound(3);
    assert_eq!(early.iter().map(|step| step.plan).collect::<Vec<_>>(), [Some(0), Some(1)]);
    assert_eq!(early[0].change, None);
    let change = early[1].change.clone().unwrap();
    let text = |amount: Amount| String::from(amount);
    assert_eq!((change.from, change.begins.as_str()), (0, "2026-07-31"));
    assert_eq!((text(change.leaving), text(change.set_up)), ("8100".to_owned(), "700".to_owned()));
    assert_eq!((text(change.notice), text(change.total)), ("-4043.84".to_owned(), "4756.16".to_owned()));
    let late = bound(12)[1].change.clone().unwrap();
    assert_eq!((text(late.leaving), late.begins.as_str()), ("0".to_owned(), "2027-05-01"));
}

/// Where a plan binds for a year, staying on it for a month more is cheaper than the smaller plan that would do.
#[test]
fn a_commitment_keeps_a_plan_that_is_no_longer_the_cheapest() {
    let path = |commitment_months| {
        let mut scenario = scenario(&small(""), 1_000);
        scenario.tariffs[1].terms.commitment_months = commitment_months;
        let question = Question {
            scenario: &scenario,
            plans: &scenario.tariffs,
            on: DAY,
            growth: &[2.0, 0.5],
            levels: &[0.10],
            replications: 4,
            threads: 1,
            months_per_step: 1,
        };
        study(&question).unwrap().path.iter().map(|step| step.plan).collect::<Vec<_>>()
    };
    assert_eq!(path(0), [Some(1), Some(0)]);
    assert_eq!(path(24), [Some(1), Some(1)]);
}

/// The provider's longest queue holds for the firm's own queue too.
#[test]
fn a_plans_longest_queue_shortens_the_scenarios_own() {
    let text = "seed: 3\nwarm_up: 1h\ncalls: 600\ntraffic: {profile: 120/h, callers: [{talk: {exponential: {mean: 180s}}}]}\n\
                pbx: {agents: {count: 6}, queues: {desk: {max_length: 50}}}\n\
                cost: {call_price: 100 RUB, conversion: 20%, calls_per_month: 1000}\ntariffs:\n  - ";
    let refused = |more: &str| {
        let plan = format!(
            "{{provider: P, plan: Small, source: {{name: s}}, capacity: {{channels_included: 40, {more}}}, prices: {{monthly: 900 RUB}}}}"
        );
        let scenario = parse(&format!("{text}{plan}\n"), "x.yaml", &Inputs::with_seed(1)).unwrap();
        let plan = &scenario.tariffs[0];
        let fit = fit(plan, &scenario.needs, DAY, 0).unwrap();
        let limited = apply(&scenario, plan, &fit, Rules::All, 1.2);
        let length = limited.pbx.queues[0].max_length;
        (length, simulate(&limited, plan, fit.channels, 2, 1).customers_lost())
    };
    let (short, lost) = refused("queue_length_max: 1");
    let (long, kept) = refused("");
    assert_eq!((short, long), (Some(1), Some(50)));
    assert!(lost > kept + 0.05, "{lost} {kept}");
}

#[test]
fn one_more_channel_pays_while_what_it_saves_is_worth_more() {
    let priced = "{provider: P, plan: Small, source: {name: s}, capacity: {channels_included: 8, channels_max: 40}, \
                  prices: {monthly: 900 RUB, per_channel: 300 RUB}}";
    let mut scenario = scenario(priced, 1_500);
    scenario.needs.forwarded = 0.0;
    let found = asked_at(&scenario, &[1.0], 2, 0.06);
    let step = &found.plans[0].marginal[0];
    // The eleventh channel beside the ten that are bought, by hand: 1000 calls × 100 RUB × (B(10, 6) − B(11, 6)) =
    // 100 000 × (0.043142 − 0.022991).
    let worth = String::from(step.pays_below.unwrap());
    assert!(worth.starts_with("2015"), "{worth}");
    let blocking = |n| crate::erlang::erlang_b::blocking(n, 6.0);
    let brute = (8..40).find(|&n| 100_000.0 * (blocking(n) - blocking(n + 1)) <= 300.0).unwrap();
    assert_eq!((step.channels, step.pays_up_to), (Some(10), Some(brute)));
    // What they save together beyond their price, as the page tells beside the advice to buy ten.
    let together = 100_000.0 * (blocking(10) - blocking(brute)) - 300.0 * f64::from(brute - 10);
    let saves: f64 = String::from(step.saves.unwrap()).parse().unwrap();
    assert!((saves - together).abs() < 0.01 && saves > 1_000.0, "{saves} {together}");
    // 9 channels lose 7.5 %, 10 lose 4.3 %: two extra ones are bought to stay below 6 %.
    let today = &found.plans[0].steps[0];
    assert_eq!((today.channels, String::from(today.cost)), (10, "1500".to_owned()));
}

/// 6 erlangs, every fifth call on two channels: the sums of Kaufman and Roberts, computed apart, lose 20.6154 % with 8
/// channels and 15.2323 % with 9, which is worth 5 383.12 RUB of 100 000. Where every call takes two, a ninth channel is
/// worth nothing, and yet all up to the 26th pay together. Where callers dial again, no formula is known.
#[test]
fn one_more_channel_is_priced_with_the_legs_of_the_plan() {
    let plan = "{provider: P, plan: Small, source: {name: s}, capacity: {channels_included: 8, channels_max: 40, \
                legs_per_call: {forward: 2}}, prices: {monthly: 900 RUB, per_channel: 300 RUB}}";
    let priced = |forwarded: f64, redials: u32| {
        let mut scenario = scenario(plan, 300);
        scenario.needs.forwarded = forwarded;
        let redial = &mut scenario.traffic.callers[0].redial;
        (redial.limit, redial.probability) = (redials, 0.5);
        asked_at(&scenario, &[1.0], 2, 0.6).plans[0].marginal[0].clone()
    };
    let told = |one_more: &Marginal| {
        let text = |amount: Option<Amount>| amount.map(String::from).unwrap_or_default();
        (text(one_more.pays_below), one_more.pays_up_to, text(one_more.saves))
    };
    assert_eq!(told(&priced(0.2, 0)), ("5383.12".to_owned(), Some(16), "17590.15".to_owned()));
    assert_eq!(told(&priced(1.0, 0)), ("0".to_owned(), Some(26), "41034.73".to_owned()));
    let again = priced(0.2, 2);
    assert_eq!(told(&again), (String::new(), None, String::new()));
    assert_eq!((again.saved_ratio, again.unknown.as_deref()), (None, Some("redials")));
}

/// A plan that takes every call: one more channel spares the minutes of the calls that found just the others in use. Of 6
/// erlangs Poisson's law gives 8 of them 10.326 % of 1000 calls, an exponential call of 3 min begins 3.5277 minutes, 2 RUB
/// each: 728.53 RUB, and not the 4 673 that refused calls would be worth. With ten calls at most, 10.785 %: Erlang's model.
/// The two bills, simulated, say the same. Where calls wait for a channel nothing is said.
#[test]
fn one_more_channel_spares_minutes_where_every_call_is_taken_and_nothing_is_said_where_calls_wait() {
    let study_with = |channels: u32, most: &str, action: Action| {
        let plan = format!(
            "{{provider: P, plan: Small, source: {{name: s}}, capacity: {{channels_included: {channels}{most}}}, \
             prices: {{monthly: 900 RUB, per_channel: 300 RUB}}}}"
        );
        let mut scenario = scenario(&plan, 2_000);
        scenario.tariffs[0].over_cap = action;
        asked_at(&scenario, &[1.0], 2, 0.5).plans[0].clone()
    };
    let burst = || Action::Burst { per_minute: Decimal::TWO };
    let number = |amount: Amount| String::from(amount).parse::<f64>().unwrap();
    let taken = study_with(8, "", burst());
    let one_more = &taken.marginal[0];
    let worth = number(one_more.pays_below.unwrap());
    assert!((worth / 728.53 - 1.0).abs() < 0.03, "{worth}");
    assert_eq!(one_more.saved_ratio, Some(0.0));
    let bills = number(taken.steps[0].cost) - number(study_with(9, "", burst()).steps[0].cost);
    assert!((bills / worth - 1.0).abs() < 0.1, "{bills} {worth}");
    // The tenth spares 486 RUB, the eleventh 291: less than the 300 that it costs.
    assert_eq!(one_more.pays_up_to, Some(10));
    let capped = study_with(8, ", channels_max: 10", burst());
    let worth_capped = number(capped.marginal[0].pays_below.unwrap());
    assert!((worth_capped / 760.9 - 1.0).abs() < 0.03, "{worth_capped}");
    // As many calls out as in double the load and what is billed of it: the two bills say so.
    let both_ways = |channels| {
        let plan = format!(
            "{{provider: P, plan: Small, source: {{name: s}}, capacity: {{channels_included: {channels}}}, \
             prices: {{monthly: 900 RUB, per_channel: 300 RUB}}}}"
        );
        let mut scenario = scenario(&plan, 2_000);
        (scenario.tariffs[0].over_cap, scenario.needs.outbound) = (burst(), 1.0);
        asked_at(&scenario, &[1.0], 2, 0.5).plans[0].clone()
    };
    let fewer = both_ways(14);
    let worth = number(fewer.marginal[0].pays_below.unwrap());
    let bills = number(fewer.steps[0].cost) - number(both_ways(15).steps[0].cost);
    assert!((bills / worth - 1.0).abs() < 0.1, "{bills} {worth}");
    // Every fifth call on two channels, each billed where it is over: the sums of Kaufman and Roberts, computed apart.
    let two = ", legs_per_call: {forward: 2}";
    let legs = study_with(8, two, burst());
    let worth = number(legs.marginal[0].pays_below.unwrap());
    assert!((worth / 997.89 - 1.0).abs() < 0.03, "{worth}");
    let bills = number(legs.steps[0].cost) - number(study_with(9, two, burst()).steps[0].cost);
    assert!((bills / worth - 1.0).abs() < 0.1, "{bills} {worth}");
    // The thirteenth spares 329 RUB, the fourteenth 214; with no more than twelve to be had, the ninth 1055.88.
    assert_eq!((legs.marginal[0].pays_up_to, legs.marginal[0].unknown.as_deref()), (Some(13), None));
    let capped = study_with(8, ", channels_max: 12, legs_per_call: {forward: 2}", burst());
    let worth = number(capped.marginal[0].pays_below.unwrap());
    assert!((worth / 1_055.88 - 1.0).abs() < 0.03, "{worth}");
    let waits = study_with(8, ", queue_length_max: 2", Action::Queue);
    let (one_more, unknown) = (&waits.marginal[0], waits.marginal[0].unknown.as_deref());
    assert_eq!((one_more.pays_below, one_more.pays_up_to, unknown), (None, None, Some("queue")));
}

/// 6 erlangs of talk and a minute of ringing are 8 erlangs on the channels: what the ninth saves is Erlang's formula at 8, as
/// the two simulated bills say, and a quarter less at 6. Where seven agents stand behind the channels, callers wait and hold
/// them meanwhile: the tenth saves what the states of births and deaths say, and nothing is said of it by Erlang's formula,
/// which says two fifths more, and at the time that channels are seen to be held even more.
#[test]
fn one_more_channel_is_priced_by_how_long_calls_hold_one_and_not_where_they_wait_in_the_scenarios_queues() {
    let study_with = |channels: u32, pbx: &str| {
        let text = format!(
            "seed: 3\nwarm_up: 1h\ncalls: 4000\ntraffic: {{profile: 120/h, callers: [{{talk: {{exponential: {{mean: \
             180s}}}}}}]}}\npbx: {pbx}\ncost: {{call_price: 100 RUB, conversion: 20%, calls_per_month: 1000}}\ntariffs:\n  - \
             {{provider: P, plan: Small, source: {{name: s}}, capacity: {{channels_included: {channels}}}, prices: {{monthly: \
             900 RUB, per_channel: 300 RUB}}}}\n"
        );
        let scenario = parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|told| panic!("{told}"));
        asked_at(&scenario, &[1.0], 2, 0.5).plans[0].clone()
    };
    let number = |amount: Amount| String::from(amount).parse::<f64>().unwrap();
    let spared = |channels: u32, pbx: &str, study: &PlanStudy| {
        number(study.steps[0].loss_cost) - number(study_with(channels + 1, pbx).steps[0].loss_cost)
    };
    let saves = |channels, erlangs| {
        100_000.0 * (erlang_b::blocking(channels, erlangs) - erlang_b::blocking(channels + 1, erlangs))
    };
    let rings = study_with(8, "{answer_delay: 60s}");
    let worth = number(rings.marginal[0].pays_below.unwrap());
    assert!((worth / saves(8, 8.0) - 1.0).abs() < 0.03 && worth > 1.25 * saves(8, 6.0), "{worth}");
    let simulated = spared(8, "{answer_delay: 60s}", &rings);
    assert!((simulated / worth - 1.0).abs() < 0.1, "{simulated} {worth}");

    let desk = "{agents: {count: 7}, queues: {desk: {}}}";
    let waits = study_with(9, desk);
    let one_more = &waits.marginal[0];
    assert_eq!((one_more.pays_below, one_more.pays_up_to, one_more.saved_ratio), (None, None, None));
    assert_eq!(one_more.unknown.as_deref(), Some("queues"));
    let blocked = |lines| Mmnk::new(7, lines, 6.0 / 180.0, 1.0 / 180.0, 0.0).unwrap().p_block();
    let (exact, simulated) = (100_000.0 * (blocked(9) - blocked(10)), spared(9, desk, &waits));
    assert!((simulated / exact - 1.0).abs() < 0.15, "{simulated} {exact}");
    assert!(saves(9, 6.0) > 1.4 * exact, "{} {exact}", saves(9, 6.0));
}

/// A rush of half an hour asks for more channels than the mean load does: Erlang's formula names too few, and the study
/// goes on to the fewest with which the simulation holds, or says what is lost with the most that are sold.
#[test]
fn a_rush_is_met_with_more_channels_than_the_mean_load_asks_for() {
    let study_of = |capacity: &str| {
        let text = format!(
            "seed: 3\nwarm_up: 30m\nduration: 8h\ntraffic: {{profile: {{spike: {{base: 120/h, extra_calls: 200, at: 3h, \
             ramp: 5m, hold: 20m, decay: 40m}}}}, callers: [{{talk: {{exponential: {{mean: 150s}}}}}}]}}\n\
             cost: {{call_price: 100 RUB, conversion: 20%, calls_per_month: 1000}}\ntariffs:\n  - {{provider: P, plan: Ten, \
             source: {{name: s}}, capacity: {{{capacity}}}, prices: {{monthly: 900 RUB, per_channel: 300 RUB}}}}\n"
        );
        let scenario = parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|told| panic!("{told}"));
        asked_at(&scenario, &[1.0], 1, 0.01)
    };
    let found = study_of("channels_included: 10, channels_max: 40");
    let step = &found.plans[0].steps[0];
    let bought = step.channels;
    assert!(step.meets_target && step.loss.ratio <= 0.01, "{step:?}");
    assert_eq!((found.path[0].plan, found.path[0].channels), (Some(0), bought));
    assert_eq!(step.cost.0, Decimal::from(900 + 300 * (bought - 10)));
    let by_formula = (10..40).find(|&n| crate::erlang::erlang_b::blocking(n, found.erlangs) <= 0.01).unwrap();
    assert!(bought > by_formula + 2, "{bought} {by_formula}");
    // One fewer, as sold, does not hold; with no more than that for sale nothing does, and the study says how far off.
    let fewer = bought - 1;
    let short = study_of(&format!("channels_included: 10, channels_max: {fewer}"));
    assert_eq!((short.path[0].plan, short.plans[0].steps[0].channels), (None, fewer));
    let most = short.plans[0].steps[0].even_with.unwrap();
    assert_eq!(most.channels, fewer);
    assert!(most.loss > 0.01 && most.loss < 0.05, "{most:?}");
}

#[test]
fn plans_that_cannot_be_had_are_named_with_the_reason() {
    let late = "{provider: P, plan: Late, source: {name: s}, valid_from: 2027-01-01, capacity: {channels_included: 8}, \
                prices: {monthly: 900 EUR}}";
    let scenario = scenario(late, 200);
    let found = asked(&scenario, &[1.0], 1);
    assert_eq!(found.not_offered[0].reason, "not_before");
    let question = Question {
        on: date(2027, 1, 1),
        scenario: &scenario,
        plans: &scenario.tariffs[..1],
        growth: &[1.0],
        levels: &[0.1],
        replications: 2,
        threads: 1,
        months_per_step: 12,
    };
    let Err(Problem::NoPlan(told)) = study(&question) else { panic!("euros among roubles") };
    assert!(told.contains("currency EUR"), "{told}");
}

fn outcome(more: &str, change: impl Fn(&mut Plan)) -> (Tally, Scenario) {
    let scenario = scenario(&small(more), 800);
    let mut plan = scenario.tariffs[0].clone();
    change(&mut plan);
    let fit = fit(&plan, &scenario.needs, DAY, 0).unwrap();
    let limited = apply(&scenario, &plan, &fit, Rules::All, 2.0);
    (simulate(&limited, &plan, fit.channels, 2, 1), limited)
}

/// Every key of `capacity` and `over_cap` that a simulation knows changes what it measures.
#[test]
fn each_cap_and_action_changes_what_is_lost_or_how() {
    let plain = outcome("", |_| ()).0.loss().ratio;
    let loss = |more: &str| outcome(more, |_| ()).0.loss().ratio;
    assert!(loss("legs_per_call: {forward: 2}") > plain + 0.02);
    let bucket = loss("calls_per_second: {limit: 0.05, algorithm: token_bucket, burst: 1}");
    let deeper = loss("calls_per_second: {limit: 0.05, algorithm: token_bucket, burst: 3}");
    let window = loss("calls_per_second: {limit: 0.05, algorithm: fixed_window}");
    assert!(bucket > deeper + 0.05 && bucket > plain + 0.05, "{bucket} {deeper} {plain}");
    assert!((window - bucket).abs() > 0.005, "{window} {bucket}");
    let (short, _) = outcome("call_duration_max: 60s", |_| ());
    assert!(
        short.loss().ratio < plain && short.cut_off() > 0.5,
        "{} {}",
        short.loss().ratio,
        short.cut_off()
    );
    let (burst, _) = outcome("", |plan| plan.over_cap = Action::Burst { per_minute: Decimal::ONE });
    assert!(burst.loss().lost == 0 && burst.burst_minutes > Decimal::from(100));
    let queue = |more: &str| outcome(more, |plan| plan.over_cap = Action::Queue).0.loss().ratio;
    assert!(queue("queue_length_max: 1") > queue("queue_length_max: 20"));
    let refusal = |action: &Action| outcome("", |plan| plan.over_cap = action.clone()).1.pbx.refusal.channels;
    assert_eq!(refusal(&Action::Busy), Refusal::status(486, Some(17)));
    assert_eq!(refusal(&Action::Drop), Refusal::Silence);
    let retry_after = Some(Duration::from_secs(5));
    let refuse = Action::Refuse { status: 403, reason: Some(34), retry_after };
    assert_eq!(
        refusal(&refuse),
        Refusal::Status { status: 403, phrase: None, reason: Some(34), retry_after }
    );
}

//! `busyhour simulate SCENARIO --strategies a,b,c`: which way of distributing calls suits this firm?
//!
//! Every strategy meets the same callers at the same moments; all queues of the scenario follow it.

use std::path::Path;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::load;
use crate::cli::simulate::refuse_the_impossible;
use crate::cli::simulate::vary;
use crate::cli::simulate::vary::Set;
use crate::live::interrupts::Interrupts;
use crate::pbx::config::Legs;
use crate::pbx::config::Steps;
use crate::pbx::config::StrategyKind;
use crate::result;
use crate::result::Variants;
use crate::result::strategies::Played;
use crate::scenario::Scenario;
use crate::sim::Gathered;
use crate::sim::Report;

/// Plays every strategy with the same seeds and reports the differences from the first.
///
/// # Errors
/// [`Failure::Usage`] for an unknown strategy or a scenario without a queue, [`Failure::Tool`] if a file can't be
/// written.
pub(super) fn execute(
    path: &Path,
    strategies: &str,
    replications: u64,
    common: &Common,
    interrupts: &Interrupts,
) -> Result<ExitCode, Failure> {
    let variants = compare(path, strategies, replications, common, interrupts)?;
    vary::present(&variants, "strategies", common, interrupts)
}

fn compare(
    path: &Path,
    strategies: &str,
    replications: u64,
    common: &Common,
    interrupts: &Interrupts,
) -> Result<Variants, Failure> {
    let base = load::scenario(path, common)?;
    load::refuse_auto_warm_up(&base, "simulate --strategies")?;
    refuse_the_impossible(&base, common)?;
    if base.seed_drawn && !common.quiet {
        eprintln!("seed {}", base.seed.0);
    }
    let Some(queue) = base.pbx.queues.first() else {
        return Err(Failure::Usage(format!(
            "scenario {}: without a queue there is nothing to distribute; give it pbx.queues and pbx.agents",
            base.name
        )));
    };
    let named = chosen(strategies, queue.policy.strategy)?;
    let sets: Vec<Set> = named.into_iter().map(|(name, kind)| set(&base, name, kind)).collect();
    vary::compared(&base, &sets, replications, (common, interrupts), |set, gathered: Gathered| {
        let Gathered { collector, report, .. } = gathered;
        let summary = collector.finish();
        let Report { attempts, phones_rung, legs_peak, .. } = report;
        result::strategies::parts(&set.scenario, &summary, Played { attempts, phones_rung, legs_peak })
    })
}

/// The strategies by these names; `all` begins with the scenario's own.
fn chosen(names: &str, own: StrategyKind) -> Result<Vec<(&'static str, StrategyKind)>, Failure> {
    let same = |kind: &StrategyKind| std::mem::discriminant(kind) == std::mem::discriminant(&own);
    if names.trim() == "all" {
        let (mut first, others): (Vec<_>, Vec<_>) =
            StrategyKind::NAMED.into_iter().partition(|(_, kind)| same(kind));
        first.extend(others);
        return Ok(first);
    }
    let mut chosen: Vec<(&'static str, StrategyKind)> = Vec::new();
    for name in names.split(',').map(str::trim) {
        let known = StrategyKind::NAMED.into_iter().find(|(known, _)| *known == name);
        let known = known.ok_or_else(|| {
            let all = StrategyKind::NAMED.map(|(name, _)| name).join(", ");
            Failure::Usage(format!("--strategies {names}: no strategy `{name}`; write all, or some of {all}"))
        })?;
        if chosen.contains(&known) {
            return Err(Failure::Usage(format!(
                "--strategies {names}: `{name}` stands there twice; write it once"
            )));
        }
        chosen.push(known);
    }
    if chosen.len() < 2 {
        return Err(Failure::Usage(format!(
            "--strategies {names}: one strategy has nothing to be compared with; write another after a comma, or all"
        )));
    }
    Ok(chosen)
}

/// The scenario with every queue following `kind`, and its legs counted. One that follows it already stays as it is; elsewhere tiers count
/// only under the strategies that are about tiers.
fn set(base: &Scenario, name: &str, kind: StrategyKind) -> Set {
    let mut scenario = base.clone();
    scenario.pbx.legs.get_or_insert(Legs { limit: u32::MAX, kinds: Vec::new() });
    for queue in &mut scenario.pbx.queues {
        let policy = &mut queue.policy;
        if std::mem::discriminant(&policy.strategy) != std::mem::discriminant(&kind) {
            policy.strategy = kind;
            if !is_about_tiers(kind) {
                policy.penalty_members_limit = u32::MAX;
            }
        }
        if kind == StrategyKind::Widening && policy.steps == Steps::None {
            policy.steps = Steps::Every(StrategyKind::DELAY);
        }
    }
    Set { name: name.to_owned(), scenario, growth: 1.0 }
}

const fn is_about_tiers(kind: StrategyKind) -> bool {
    matches!(
        kind,
        StrategyKind::SkillPriority
            | StrategyKind::Widening
            | StrategyKind::WeightedRandom
            | StrategyKind::TopDown
            | StrategyKind::RingProgressively { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "\
name: shop
question: Who should answer?
seed: 3
duration: 3h
traffic:
  profile: 60/h
  callers:
    - {name: customer, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 240s}}}
pbx:
  agents:
    - {name: anna, conversion: 40%, answer_delay: 2s}
    - {name: boris, conversion: 20%, answer_delay: 4s}
    - {name: clara, conversion: 10%, penalty: 1, answer_delay: 6s}
    - {name: denis, conversion: 5%, penalty: 1, answer_delay: 3s}
  queues: {sales: {}}
";

    fn compared(text: &str, strategies: &str, replications: u64) -> Result<Variants, Failure> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("scenario.yaml");
        std::fs::write(&path, text).unwrap();
        let common = Common { threads: 2, quiet: true, ..Common::default() };
        compare(&path, strategies, replications, &common, &Interrupts::none())
    }

    fn figure(variants: &Variants, strategy: &str, figure: &str) -> f64 {
        let variant = variants.variants.iter().find(|variant| variant.name == strategy).unwrap();
        variant.figures.iter().find(|known| known.figure == figure).unwrap().value.unwrap()
    }

    /// Distribution makes no sense while only the founder works.
    #[test]
    fn with_one_agent_all_strategies_agree() {
        let start = SHOP.find("    - {name: boris").unwrap();
        let end = SHOP.find("  queues").unwrap();
        let founder = format!("{}{}", &SHOP[..start], &SHOP[end..]).replace("60/h", "15/h");
        let variants = compared(&founder, "all", 2).unwrap();
        assert_eq!(variants.variants.len(), 16);
        for variant in &variants.variants[1..] {
            for figure in &variant.figures {
                let difference = figure.difference.unwrap();
                assert_eq!((difference.value, difference.ci95), (0.0, [0.0, 0.0]), "{variant:?}");
            }
        }
    }

    #[test]
    fn each_strategy_is_best_at_what_it_is_for() {
        let strategies = "least_talk_time,ring_all,agent_order,random";
        let even = SHOP.replace(" penalty: 1,", "");
        let variants = compared(&even, strategies, 6).unwrap();
        let of = |strategy, name| figure(&variants, strategy, name);
        assert!(of("least_talk_time", "load_gini") < of("random", "load_gini"));
        assert!(of("random", "load_gini") < of("agent_order", "load_gini"));
        assert!(
            of("agent_order", "sales") > of("random", "sales"),
            "the best sellers stand first in the list"
        );
        assert!(of("ring_all", "legs_per_call") > of("random", "legs_per_call") + 0.2);
        // One caller, and every phone: N + 1.
        let quiet = compared(&even.replace("60/h", "3/h"), "ring_all,random", 4).unwrap();
        assert!(figure(&quiet, "ring_all", "legs_peak") >= 5.0);
        assert!(figure(&quiet, "random", "legs_peak") < 5.0);
        assert!(of("ring_all", "asa_s") < of("random", "asa_s"), "the quickest hand picks up");
        let tiers = compared(SHOP, "round_robin,skill_priority,weighted_random", 6).unwrap();
        assert!(figure(&tiers, "skill_priority", "sales") > figure(&tiers, "weighted_random", "sales"));
    }

    /// Revenue is sales times what they are worth; without a value of customers there is none.
    #[test]
    fn revenue_is_what_each_agents_calls_are_expected_to_bring() {
        let cost =
            "cost: {call_price: 400 RUB, conversion: 20%, calls_per_month: 8000, customer_value: 6000 RUB}\n";
        let variants = compared(&format!("{SHOP}{cost}"), "skill_priority,random", 3).unwrap();
        for strategy in ["skill_priority", "random"] {
            let (sales, revenue) =
                (figure(&variants, strategy, "sales"), figure(&variants, strategy, "revenue_per_month"));
            assert!((revenue - sales * 8_000.0 * 6_000.0).abs() < 1e-3, "{strategy}: {sales} {revenue}");
        }
        assert!(
            figure(&variants, "skill_priority", "revenue_per_month")
                > figure(&variants, "random", "revenue_per_month")
        );
        let valueless = cost.replace(", customer_value: 6000 RUB", "");
        let without = compared(&format!("{SHOP}{valueless}"), "skill_priority,random", 2).unwrap();
        assert!(without.variants[0].figures.iter().all(|figure| figure.figure != "revenue_per_month"));
    }

    /// To count legs changes nothing that happens.
    #[test]
    fn counted_legs_change_no_call() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("scenario.yaml");
        std::fs::write(&path, SHOP).unwrap();
        let base = load::scenario(&path, &Common { quiet: true, ..Common::default() }).unwrap();
        for (name, kind) in StrategyKind::NAMED {
            let counted = set(&base, name, kind).scenario;
            let mut uncounted = counted.clone();
            uncounted.pbx.legs = None;
            let gathered = |scenario: &Scenario| {
                let settings = result::collector_settings(scenario, &[]);
                crate::sim::gather(scenario, scenario.seed, settings)
            };
            let (with, without) = (gathered(&counted), gathered(&uncounted));
            assert_eq!(with.collector, without.collector, "{name}");
            assert_eq!((with.report.legs_peak.is_some(), without.report.legs_peak), (true, None));
        }
    }

    /// Ranked by the equality of load over each of 30 seeds, five strategies hardly ever change places.
    #[test]
    fn the_ranking_is_stable_over_thirty_seeds() {
        let even = SHOP.replace(" penalty: 1,", "").replace("3h", "8h");
        let order = ["least_talk_time", "round_robin", "random", "sequential", "agent_order"];
        let mut kept = 0;
        for seed in 0..30 {
            let text = even.replace("seed: 3", &format!("seed: {}", 100 + seed));
            let variants = compared(&text, &order.join(","), 2).unwrap();
            let [least, turn, random, top, listed] =
                order.map(|strategy| figure(&variants, strategy, "load_gini"));
            // By turn and by chance differ too little to be told apart in a day, from the top and by the list not at
            // all while everyone picks up.
            let fair = least < turn.min(random);
            let unfair = turn.max(random) < top.min(listed);
            kept += u32::from(fair && unfair);
        }
        assert!(kept >= 28, "the ranking held for {kept} of 30 seeds");
    }

    #[test]
    fn nonsense_gets_a_sentence() {
        for (strategies, told) in [
            ("round_robbin,random", "no strategy `round_robbin`"),
            ("random", "one strategy"),
            ("random,random", "twice"),
        ] {
            let Err(Failure::Usage(message)) = compared(SHOP, strategies, 2) else { panic!("{strategies}") };
            assert!(message.contains(told), "{message}");
        }
        let settling = SHOP.replace("duration: 3h", "duration: 3h\nwarm_up: auto");
        let Err(Failure::Usage(message)) = compared(&settling, "all", 2) else { panic!("auto: accepted") };
        assert!(message.contains("simulate --strategies"), "{message}");
        let end = SHOP.find("pbx:").unwrap();
        let trunk = format!("{}pbx: {{channels: 5}}\n", &SHOP[..end]);
        assert!(compared(&trunk, "all", 2).is_err());
    }
}

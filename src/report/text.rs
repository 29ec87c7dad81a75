//! The summary that the terminal shows: verdict, gates, outcomes, advice, cost.

use std::fmt::Write;

use super::facts;
use super::language::Language;
use super::language::fill;
use super::language::page_words::PageWords;
use super::language::record_words::RecordWords;
use super::language::sentences;
use super::language::words::Words;
use super::language::work_words::WorkWords;
use super::required;
use super::work;
use crate::result::Advice;
use crate::result::Driver;
use crate::result::Ended;
use crate::result::GateResult;
use crate::result::ProcessorCost;
use crate::result::RunResult;
use crate::result::Status;

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// The summary for a terminal. Escape codes appear only with `colour`; spaces are plain ones, so that what is
/// seen can be searched for.
#[must_use]
pub fn text(result: &RunResult, language: Language, colour: bool) -> String {
    let summary =
        Summary { result, language, words: Words::of(language), page: PageWords::of(language), colour };
    let mut out = String::new();
    summary.heading(&mut out);
    summary.gates(&mut out);
    summary.required_fields(&mut out);
    summary.outcomes(&mut out);
    summary.work(&mut out);
    summary.advice(&mut out);
    summary.cost(&mut out);
    summary.notes(&mut out);
    plain_spaces(&out)
}

/// What a PBX's processor spends, for a terminal.
#[must_use]
pub fn processor_text(cost: &ProcessorCost, language: Language) -> String {
    let section = work::processor(cost, language);
    let mut out = format!("{}\n", section.title);
    for line in section.table.to_text().lines() {
        let _ = writeln!(out, "  {line}");
    }
    plain_spaces(&out)
}

/// One gate as everywhere shown: `✗ technical_drop_rate < 1%   4.02 % [3.25, 4.79]   n=14 920   x.yaml:23`.
#[must_use]
pub fn gate_line(gate: &GateResult, language: Language) -> String {
    let value = gate_value(gate, language);
    let n = language.count(gate.n);
    plain_spaces(&format!("{} {}   {value}   n={n}   {}", mark(gate.status), gate.gate, gate.written_at))
}

/// The sign of a status, readable without colour.
#[must_use]
pub const fn mark(status: Status) -> char {
    match status {
        Status::Pass => '✓',
        Status::Fail => '✗',
        Status::Inconclusive => '?',
        Status::Invalid => '!',
    }
}

/// A gate's value and interval in the metric's unit: `4.02 % [3.25, 4.79]`.
#[must_use]
pub fn gate_value(gate: &GateResult, language: Language) -> String {
    let Some(value) = gate.value else {
        return Words::of(language).none.to_owned();
    };
    let (bare, unit) = in_unit(value, &gate.unit, language);
    let interval = gate.ci.map(|[low, high]| {
        let (low, _) = in_unit(low, &gate.unit, language);
        let (high, _) = in_unit(high, &gate.unit, language);
        bracket(&low, &high, language)
    });
    let unit = if unit.is_empty() { String::new() } else { format!("\u{a0}{unit}") };
    format!("{bare}{unit}{}", interval.map(|text| format!(" {text}")).unwrap_or_default())
}

/// `[3.25, 4.79]`; with a decimal comma a semicolon separates: `[3,25; 4,79]`.
#[must_use]
pub fn bracket(low: &str, high: &str, language: Language) -> String {
    let separator = match language {
        Language::English => ",",
        Language::Russian => ";",
    };
    format!("[{low}{separator}\u{a0}{high}]")
}

fn in_unit(value: f64, unit: &str, language: Language) -> (String, &'static str) {
    let words = Words::of(language);
    match unit {
        "ratio" => (language.percent_bare(value), "%"),
        "ms" => (language.short(value), words.unit_ms),
        "s" => (language.short(value), words.unit_s),
        "erlangs" => (language.decimal(value, 2), words.unit_erlangs),
        "calls_per_second" => (language.short(value), words.unit_calls_per_second),
        _ => (language.short(value), ""),
    }
}

/// The word for a status.
#[must_use]
pub const fn status_word(status: Status, words: &Words) -> &'static str {
    match status {
        Status::Pass => words.pass,
        Status::Fail => words.fail,
        Status::Inconclusive => words.inconclusive,
        Status::Invalid => words.invalid,
    }
}

/// Which driver made the result.
#[must_use]
pub const fn driver_word(driver: Driver, words: &Words) -> &'static str {
    match driver {
        Driver::Live => words.live,
        Driver::Simulation => words.simulation,
        Driver::Audit => words.audit,
    }
}

/// How the run ended.
#[must_use]
pub const fn ended_word(ended: Ended, words: &Words) -> &'static str {
    match ended {
        Ended::Complete => words.complete,
        Ended::Interrupted => words.interrupted,
        Ended::Stopped => words.stopped,
    }
}

/// No-break spaces become plain ones.
#[must_use]
pub fn plain_spaces(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// The advice in one sentence: now, needed, one fewer, one more.
#[must_use]
pub fn advice_sentence(advice: &Advice, noun: &'static str, language: Language) -> String {
    let page = PageWords::of(language);
    let template = if advice.measure == "service_level" { page.advice_agents } else { page.advice_trunks };
    let at = |n: u32| {
        let value = facts::curve_at(advice, n).map(|point| language.percent(point.value));
        format!("{n}: {}", value.unwrap_or_else(|| Words::of(language).none.to_owned()))
    };
    let around =
        [advice.needed.saturating_sub(1), advice.needed, advice.needed.saturating_add(1)].map(at).join(" · ");
    let basis = basis_phrase(advice, language);
    fill(
        template,
        &[
            ("now", &language.counted(u64::from(advice.now), noun)),
            ("needed", &language.count(u64::from(advice.needed))),
            ("target", &language.round_percent(advice.target)),
            ("around", &around),
            ("model", Words::of(language).label(&advice.model)),
            ("erlangs", &language.erlangs(advice.erlangs)),
            ("basis", &basis),
        ],
    )
}

/// Why nothing is advised, or nothing on agents.
#[must_use]
pub fn nothing_sentences(result: &RunResult, language: Language) -> Vec<String> {
    let page = PageWords::of(language);
    let sentence = |why: &String| fill(page.no_advice, &[("why", &sentences::translate(why, language))]);
    result.recommendation.nothing.iter().map(sentence).collect()
}

/// Where the load of an advice comes from, what it consists of, and what else the advice takes for granted.
#[must_use]
pub fn basis_phrase(advice: &Advice, language: Language) -> String {
    let page = PageWords::of(language);
    // Queueing models count the work of agents, wrap-up included, not the time on a circuit.
    let work = matches!(
        advice.model.as_str(),
        "erlang_a" | "erlang_a_redial" | "erlang_c" | "mmnk" | "queue_with_wrap_up" | "shared_lines"
    );
    let load = match (advice.basis.as_str(), work) {
        ("measured", false) => page.basis_measured,
        ("measured", true) => page.basis_measured_work,
        ("measured_peak", false) => page.basis_measured_peak,
        ("measured_peak", true) => page.basis_measured_work_peak,
        ("measured_busy_hour", false) => page.basis_busy_hour,
        ("measured_busy_hour", true) => page.basis_busy_hour_work,
        ("simulated_redials", _) => page.basis_simulated_redials,
        ("simulated_contacts", _) => page.basis_simulated_contacts,
        ("scenario_peak", _) => page.basis_scenario_peak,
        _ => page.basis_scenario,
    };
    let hours = advice.served_s.map(|seconds| {
        let [served, all] = seconds.map(|seconds| language.duration(seconds));
        let phrase = if advice.closed { page.basis_closed } else { page.basis_served };
        fill(phrase, &[("served", &served), ("all", &all)])
    });
    let blocked = advice.with_blocked.then(|| page.basis_with_blocked.to_owned());
    let agents = advice
        .with_agents
        .map(|agents| fill(page.basis_with_agents, &[("agents", &language.count(u64::from(agents)))]));
    let beside = advice
        .beside_erlangs
        .map(|erlangs| fill(page.basis_beside, &[("erlangs", &language.erlangs(erlangs))]));
    let said = [Some(load.to_owned()), beside, hours, blocked, agents];
    said.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Gates that are not passed and are not about the drop rate, which the verdict names anyway.
#[must_use]
pub fn unmet(result: &RunResult, language: Language) -> Vec<String> {
    let unmet = result.verdict.gates.iter().filter(|gate| gate.status != Status::Pass);
    let unmet = unmet.filter(|gate| !gate.gate.contains("technical_drop_rate"));
    unmet.map(|gate| format!("{} {}: {}", mark(gate.status), gate.gate, gate_value(gate, language))).collect()
}

/// Rows of what the loss costs in a month: label, amount.
#[must_use]
pub fn cost_rows(result: &RunResult, language: Language) -> Vec<(&'static str, String)> {
    let page = PageWords::of(language);
    let Some(cost) = &result.cost else { return Vec::new() };
    let money = |amount: &str| format!("{}\u{a0}{}", language.digits(amount), cost.currency);
    let mut rows = vec![
        (page.cost_lost_calls, language.digits(&cost.lost_calls_per_month)),
        (page.cost_lost_customers, language.digits(&cost.lost_customers_per_month)),
        (page.cost_marketing, money(&cost.wasted_marketing_per_month)),
    ];
    if let Some(never) = &cost.never_served {
        rows.insert(1, (page.cost_never_served_callers, language.digits(&never.callers_per_month)));
    }
    if let Some(revenue) = &cost.lost_revenue_per_month {
        rows.push((page.cost_revenue, money(revenue)));
    }
    // Without a price for it there is nothing to say.
    if cost.image_per_month.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        rows.push((page.cost_image, money(&cost.image_per_month)));
    }
    if let Some(minutes) = &cost.caller_minutes_per_month {
        rows.push((page.cost_minutes, language.digits(minutes)));
    }
    if let Some(value) = &cost.caller_time_per_month {
        rows.push((page.cost_caller_time, money(value)));
    }
    if let Some(contractors) = &cost.contractors_per_month {
        rows.push((WorkWords::of(language).cost_contractors, money(contractors)));
    }
    rows.push((page.cost_total, money(&cost.total_per_month)));
    rows
}

/// What the total leaves out: callers lost for want of people, or saved by a redial.
#[must_use]
pub fn never_served(result: &RunResult, language: Language) -> Option<String> {
    let cost = result.cost.as_ref()?;
    let never = cost.never_served.as_ref()?;
    let callers = language.digits(&never.callers_per_month);
    let worth = format!("{}\u{a0}{}", language.digits(&never.worth_per_month), cost.currency);
    let outcomes = &result.outcomes;
    let attempts = outcomes.offered.saturating_sub(outcomes.policy + outcomes.excluded + outcomes.generator);
    let words = PageWords::of(language);
    // Where callers dial again, an attempt that is lost is not yet a buyer who is.
    let again = attempts > result.customers.unique;
    let sentence = if again { words.cost_never_served_redials } else { words.cost_never_served };
    let (attempts, people) = (language.count(attempts), language.count(result.customers.unique));
    let parts = [("callers", &*callers), ("worth", &*worth), ("attempts", &*attempts), ("people", &*people)];
    Some(fill(sentence, &parts))
}

struct Summary<'result> {
    result: &'result RunResult,
    language: Language,
    words: &'static Words,
    page: &'static PageWords,
    colour: bool,
}

impl Summary<'_> {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("{code}{text}{RESET}") } else { text.to_owned() }
    }

    fn status_code(status: Status) -> &'static str {
        match status {
            Status::Pass => GREEN,
            Status::Fail | Status::Invalid => RED,
            Status::Inconclusive => YELLOW,
        }
    }

    fn title(&self, out: &mut String, title: &str) {
        let _ = writeln!(out, "\n{}", self.paint(BOLD, title));
    }

    fn heading(&self, out: &mut String) {
        let result = self.result;
        let scenario = &result.scenario;
        let driver = driver_word(result.driver, self.words);
        let name = self.paint(BOLD, &scenario.name);
        let _ = writeln!(out, "{name} · {driver} · {} {}", self.page.seed, scenario.seed);
        if !scenario.question.is_empty() {
            let _ = writeln!(out, "{}", scenario.question);
        }
        if result.ended != Ended::Complete {
            let _ = writeln!(out, "{}", ended_word(result.ended, self.words));
        }
        let status = result.verdict.status;
        let word = status_word(status, self.words).to_uppercase();
        let badge = self.paint(Self::status_code(status), &format!("{} {word}", mark(status)));
        let rate = &result.technical_drop_rate;
        let drop = rate.ratio.map_or_else(
            || self.words.none.to_owned(),
            |ratio| {
                let interval = rate.ci95.map(|[low, high]| {
                    let bare = |ratio| self.language.percent_bare(ratio);
                    format!(" {}", bracket(&bare(low), &bare(high), self.language))
                });
                format!("{}{}", self.language.percent(ratio), interval.unwrap_or_default())
            },
        );
        let counts = format!("{} / {}", self.language.count(rate.k), self.language.count(rate.n));
        let _ = writeln!(out, "\n{badge}   {} {drop} ({counts})", self.page.drop_rate);
        for gate in unmet(result, self.language).into_iter().chain(required::unmet(result, self.language)) {
            let _ = writeln!(out, "  {gate}");
        }
        for reason in &result.verdict.reasons {
            let _ = writeln!(out, "  {}", sentences::translate(reason, self.language));
        }
    }

    fn gates(&self, out: &mut String) {
        self.title(out, self.page.gates);
        let widest =
            self.result.verdict.gates.iter().map(|gate| gate.gate.chars().count()).max().unwrap_or(0);
        for gate in &self.result.verdict.gates {
            let mark = self.paint(Self::status_code(gate.status), &mark(gate.status).to_string());
            let value = gate_value(gate, self.language);
            let n = self.language.count(gate.n);
            let _ = writeln!(out, "  {mark} {:widest$}   {value}   n={n}   {}", gate.gate, gate.written_at);
            if let Some(remark) = &gate.remark {
                let _ = writeln!(out, "      {}", sentences::translate(remark, self.language));
            }
        }
    }

    fn required_fields(&self, out: &mut String) {
        let fields = &self.result.verdict.required_fields;
        if fields.is_empty() {
            return;
        }
        self.title(out, RecordWords::of(self.language).title);
        let widest = fields.iter().map(|field| field.field.chars().count()).max().unwrap_or(0);
        for field in fields {
            let mark = self.paint(Self::status_code(field.status), &mark(field.status).to_string());
            let found = required::found(field, self.language);
            let _ = writeln!(out, "  {mark} {:widest$}   {found}   {}", field.field, field.written_at);
        }
    }

    fn outcomes(&self, out: &mut String) {
        let outcomes = &self.result.outcomes;
        self.title(out, self.page.outcomes);
        let line = |out: &mut String, indent: usize, label: &str, calls: u64| {
            let share = facts::share(calls, outcomes.offered).map(|share| self.language.percent(share));
            let label = format!("{:indent$}{label}", "");
            let count = self.language.count(calls);
            let _ = writeln!(out, "  {label:<44} {count:>10} {:>9}", share.unwrap_or_default());
        };
        line(out, 0, self.words.offered, outcomes.offered);
        for group in facts::outcome_groups(outcomes, &self.result.limiter) {
            if group.calls == 0 && group.class == "other" {
                continue;
            }
            line(out, 2, class_word(group.class, self.words), group.calls);
            for (name, calls) in group.parts.into_iter().filter(|(_, calls)| *calls > 0) {
                line(out, 4, self.words.label(name), calls);
            }
        }
        let sum = facts::outcome_sum(outcomes);
        let (template, sum) = (self.sum_sentence(sum), self.language.count(sum));
        let _ = writeln!(
            out,
            "  {}",
            fill(template, &[("sum", &sum), ("offered", &self.language.count(outcomes.offered))])
        );
        let customers = &self.result.customers;
        if customers.unique < outcomes.offered {
            let (lost, unique) = (self.language.count(customers.lost), self.language.count(customers.unique));
            let _ =
                writeln!(out, "  {}", fill(self.page.callers_lost, &[("lost", &lost), ("unique", &unique)]));
        }
    }

    fn work(&self, out: &mut String) {
        for section in work::sections(self.result, self.language) {
            self.title(out, section.title);
            for line in section.table.to_text().lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
    }

    const fn sum_sentence(&self, sum: u64) -> &'static str {
        if sum == self.result.outcomes.offered { self.page.sums } else { self.page.sums_not }
    }

    fn advice(&self, out: &mut String) {
        let recommendation = &self.result.recommendation;
        let nothing = nothing_sentences(self.result, self.language);
        if recommendation.trunks.is_none() && recommendation.agents.is_none() && nothing.is_empty() {
            return;
        }
        self.title(out, self.page.buy);
        if let Some(advice) = &recommendation.trunks {
            let _ = writeln!(out, "  {}", advice_sentence(advice, self.words.channels, self.language));
        }
        if let Some(advice) = &recommendation.agents {
            let _ = writeln!(out, "  {}", advice_sentence(advice, self.words.agents, self.language));
        }
        for sentence in nothing {
            let _ = writeln!(out, "  {sentence}");
        }
        if let Some(tariff) = &recommendation.tariff {
            let _ = writeln!(out, "  {}: {tariff}", self.page.tariff);
        }
    }

    fn cost(&self, out: &mut String) {
        let rows = cost_rows(self.result, self.language);
        if rows.is_empty() {
            return;
        }
        self.title(out, self.page.cost);
        for (label, amount) in rows {
            let _ = writeln!(out, "  {label:<44} {amount:>20}");
        }
        if let Some(sentence) = never_served(self.result, self.language) {
            let _ = writeln!(out, "  {sentence}");
        }
    }

    fn notes(&self, out: &mut String) {
        if self.result.notes.is_empty() {
            return;
        }
        self.title(out, self.page.notes);
        for note in &self.result.notes {
            let _ = writeln!(out, "  · {}", sentences::translate(note, self.language));
        }
    }
}

/// The word for a class of outcomes.
#[must_use]
pub fn class_word(class: &str, words: &Words) -> &'static str {
    match class {
        "completed" => words.completed,
        "human" => words.human,
        "technical" => words.technical,
        _ => words.other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    /// Compares with a committed file; `GOLDEN=write` writes it anew, for a person to read in the diff.
    fn assert_golden(name: &str, text: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/golden").join(name);
        if std::env::var("GOLDEN").is_ok_and(|value| value == "write") {
            std::fs::write(&path, text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, golden, "{name} changed: if that is meant, run the tests with GOLDEN=write");
    }

    /// Where callers dial again, a lost attempt is no lost buyer yet, and the sentence below the total says which it counts.
    #[test]
    fn the_total_says_that_it_counts_attempts_where_callers_dial_again() {
        let mut result = fixture::call_centre();
        let counted = result.outcomes.offered;
        result.customers.unique = counted;
        let once = never_served(&result, Language::English).unwrap();
        assert!(once.starts_with("The total is that of technical losses."), "{once}");
        result.customers.unique = counted - 1;
        let again = never_served(&result, Language::English).unwrap();
        assert!(again.contains("counts every attempt") && again.contains("dialled again"), "{again}");
        assert!(never_served(&result, Language::Russian).unwrap().contains("каждую попытку"));
    }

    #[test]
    fn the_summaries_are_the_committed_ones() {
        for (name, result) in [("loss", fixture::loss_system()), ("centre", fixture::call_centre())] {
            for language in Language::ALL {
                assert_golden(&format!("{name}.{language}.txt"), &text(&result, language, false));
                let markdown = crate::report::markdown::render(&result, language);
                assert_golden(&format!("{name}.{language}.md"), &markdown);
            }
        }
    }

    #[test]
    fn a_gate_is_printed_with_mark_value_interval_n_and_place() {
        let gate = GateResult {
            gate: "technical_drop_rate < 1%".to_owned(),
            status: Status::Fail,
            value: Some(0.0402),
            ci: Some([0.0325, 0.0479]),
            n: 14_920,
            written_at: "scenarios/x.yaml:23".to_owned(),
            unit: "ratio".to_owned(),
            remark: None,
        };
        assert_eq!(
            gate_line(&gate, Language::English),
            "✗ technical_drop_rate < 1%   4.02 % [3.25, 4.79]   n=14 920   scenarios/x.yaml:23"
        );
        assert!(gate_line(&gate, Language::Russian).contains("4,02 % [3,25; 4,79]   n=14 920"));
    }

    #[test]
    fn colour_appears_only_when_asked_for() {
        let result = fixture::loss_system();
        assert!(!text(&result, Language::English, false).contains('\x1b'));
        let coloured = text(&result, Language::English, true);
        assert!(coloured.contains("\x1b[31m✗ FAIL\x1b[0m"), "{coloured}");
    }
}

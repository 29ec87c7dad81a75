//! Everything that a run is known by, put together: scenario, figures, judgement, advice, money.

use std::collections::BTreeMap;

use crate::books::required::Tally;
use crate::metrics::Counts;
use crate::metrics::Distribution;
use crate::metrics::Figure;
use crate::metrics::Measure;
use crate::metrics::ProcessorCost;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::Settings;
use crate::metrics::Summary;
use crate::metrics::THRESHOLDS;
use crate::outcome::CompletedBy;
use crate::outcome::Human;
use crate::outcome::Limiter;
use crate::outcome::Outcome;
use crate::outcome::Technical as TechnicalOutcome;
use crate::result::cut_short;
use crate::result::menus;
use crate::result::money;
use crate::result::outsourcing;
use crate::result::recommendation;
use crate::result::{
    AgentFigures, Arrivals, Books, CompletedByOutcomes, Concurrency, Customers, Driver, Ended, FunnelStage,
    GateResult, HumanOutcomes, Indicators, Interval, Ladder, LatencyMs, Media, Outcomes, PercentilePoint,
    Percentiles, Queue, Ratio, RequiredField, RunResult, SCHEMA, ScenarioRef, ServiceLevel, Status,
    TechnicalOutcomes, Tool, Traffic, Verdict, WarmUpFound,
};
use crate::scenario::Scenario;
use crate::sizing;
use crate::time::{Duration, Instant};
use crate::traffic::arrivals::Arrivals as Process;
use crate::traffic::profile::Intensity;
use crate::units::Period;
use crate::verdict;
use crate::verdict::{Capabilities, Gate, GateError, RunFacts};

/// The book in which required fields are looked for.
const CDR: &str = "cdr.csv";

/// What only the driver knows.
#[derive(Debug, Clone)]
pub struct DriverFacts {
    pub driver: Driver,
    pub ended: Ended,
    /// `bundled` or the target's URI.
    pub target: String,
    /// Attempts of the plan, redials included, warm-up included.
    pub scheduled: u64,
    pub started: u64,
    pub not_started: u64,
    /// Records written, warm-up included.
    pub recorded: u64,
    /// Of first attempts' actual starts; `None` where the process is not Poisson.
    pub interarrival_cv: Option<f64>,
    pub ks_p: Option<f64>,
    pub ladders: Vec<Ladder>,
    pub books: Option<Books>,
    pub notes: Vec<String>,
    /// What the PBX's processor spends, where it was measured.
    pub processor: Option<ProcessorCost>,
    /// Where the scenario says `warm_up: auto`.
    pub warm_up_found: Option<WarmUpFound>,
    /// What was found in the PBX's records; empty where they were not kept, or nothing is required of them.
    pub required: Vec<Tally>,
    /// Whatever else spoils the measurement: makes the run invalid.
    pub faults: Vec<String>,
}

/// The scenario's gates, read and found decidable; the default gate where it has none.
///
/// # Errors
/// The first gate that doesn't read, or that the scenario can't decide.
pub fn gates(scenario: &Scenario, capabilities: &Capabilities) -> Result<Vec<Gate>, GateError> {
    let read = |text: &str, written_at: &str| {
        let gate = verdict::gate::parse(text, written_at)?;
        gate.check(capabilities)?;
        Ok(gate)
    };
    if scenario.gates.is_empty() {
        return Ok(vec![read(verdict::DEFAULT_GATE, "the default gate")?]);
    }
    let gates: Vec<Gate> = scenario
        .gates
        .iter()
        .map(|gate| read(&gate.text, &gate.written_at))
        .collect::<Result<_, GateError>>()?;
    check_thresholds(scenario, &gates)?;
    Ok(gates)
}

/// Refuses the gate whose answer time is one too many to count.
fn check_thresholds(scenario: &Scenario, gates: &[Gate]) -> Result<(), GateError> {
    let counted = thresholds(scenario, gates);
    let Some(excess) = counted.get(THRESHOLDS) else { return Ok(()) };
    let gate = gates.iter().find(|gate| gate.threshold() == Some(*excess));
    let text = gate.map(|gate| gate.text.clone()).unwrap_or_default();
    let listed: Vec<String> = counted[..THRESHOLDS].iter().map(|time| Period(*time).to_string()).collect();
    Err(GateError {
        text,
        problem: format!(
            "at most {THRESHOLDS} answer times can be counted, and {} is one more",
            Period(*excess)
        ),
        remedy: format!("judge one of {} (target.service_level's is always counted)", listed.join(", ")),
    })
}

/// The answer times that are counted: the target's own and those of the gates.
fn thresholds(scenario: &Scenario, gates: &[Gate]) -> Vec<Duration> {
    let mut thresholds = vec![scenario.target_service_level.threshold];
    for threshold in gates.iter().filter_map(Gate::threshold) {
        if !thresholds.contains(&threshold) {
            thresholds.push(threshold);
        }
    }
    thresholds
}

/// What this scenario can tell about its calls. `wire`: over real sockets; `waits_visible`: queue waits can be
/// seen (always in simulation and with the bundled PBX).
#[must_use]
pub fn capabilities(scenario: &Scenario, wire: bool, waits_visible: bool) -> Capabilities {
    Capabilities {
        queue: !scenario.pbx.queues.is_empty() && waits_visible,
        callbacks: (scenario.pbx.calls_back() || scenario.traffic.ask_on_web()) && waits_visible,
        wire,
        media: wire && scenario.live.media != crate::scenario::Media::None,
        duration: stated_duration(scenario),
    }
}

/// How to collect the figures of this scenario.
#[must_use]
pub fn collector_settings(scenario: &Scenario, gates: &[Gate]) -> Settings {
    let from = Instant::ZERO + scenario.warm_up;
    let to = stated_duration(scenario).map(|duration| from + duration);
    Settings {
        warm_up: scenario.warm_up,
        duration: stated_duration(scenario),
        circuits: scenario.pbx.channels,
        agents: cut_short::agents(scenario, to.map(|to| [from, to])),
        thresholds: thresholds(scenario, gates),
        week_start_s: week_start_s(scenario),
    }
}

/// Seconds from Monday's midnight to the start, by the clock of its zone.
fn week_start_s(scenario: &Scenario) -> u32 {
    let start = &scenario.start;
    let parts = [start.weekday().to_monday_zero_offset(), start.hour(), start.minute(), start.second()];
    let [days, hours, minutes, seconds] = parts.map(|part| u32::try_from(part).unwrap_or(0));
    ((days * 24 + hours) * 60 + minutes) * 60 + seconds
}

/// The result of one run or simulation.
#[must_use]
pub fn assemble(scenario: &Scenario, summary: &Summary, gates: &[Gate], facts: DriverFacts) -> RunResult {
    let expected = sizing::expected(scenario, summary);
    let mut notes = facts.notes.clone();
    notes.extend(expected.as_ref().err().cloned());
    notes.extend(circuits_note(scenario, summary));
    notes.extend(arrivals_note(scenario));
    let advice = recommendation::of(scenario, summary, gates);
    notes.extend(recommendation::remarks(scenario, summary, gates, &advice));
    notes.extend(clock_note(scenario, summary));
    let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
    let mut result = RunResult {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: "busyhour".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        scenario: scenario_ref(scenario, summary, &facts),
        driver: facts.driver,
        ended: facts.ended,
        arrivals: arrivals(summary, &facts),
        outcomes: outcomes(&summary.counts),
        sip_status: summary.sip_status.clone(),
        limiter: limiters(summary),
        technical_drop_rate: ratio(summary, Measure::TechnicalDropRate),
        blocking: ratio(summary, Measure::Blocking),
        customers: Customers {
            unique: summary.counts.customers,
            lost: summary.counts.customers_lost,
            defected: summary.counts.customers_defected,
            repeat_calls: summary.counts.repeats,
        },
        indicators: indicators(&summary.counts),
        latency_ms: LatencyMs {
            post_dial_delay: percentiles(&summary.latencies.post_dial_delay),
            answer_delay: percentiles(&summary.latencies.answer_delay),
            disconnect_delay: percentiles(&summary.latencies.disconnect_delay),
        },
        traffic: traffic(scenario, summary, facts.driver),
        queue: queue(summary),
        agents: summary.agents.iter().map(agent).collect(),
        classes: super::people::classes(scenario, summary),
        calendar: super::calendar::calendar(summary),
        deviations: super::people::deviations(gates, summary),
        sensitivity: None,
        media: media(summary),
        expected: expected.ok(),
        recommendation: advice,
        cost: money::per_month(scenario, summary),
        verdict: judge(scenario, summary, gates, &facts),
        causes: summary.causes.iter().map(|(cause, n)| (cause.to_string(), *n)).collect(),
        funnel: funnel(summary),
        menus: menus::of(summary),
        trends: Vec::new(),
        longest: Vec::new(),
        owners: super::owners::of(summary),
        callbacks: super::callbacks::of(summary, scenario),
        processor: facts.processor,
        sent_on: super::sent_on::of(scenario, summary),
        transfers: super::transfers::of(scenario, summary),
        outsourcing: outsourcing::of(scenario, summary),
        contacts: super::contacts::of(scenario, summary),
        intervals: intervals(summary, &intensity),
        interval_s: summary.slice_s,
        ladders: facts.ladders,
        books: facts.books,
        notes,
        replications: (!summary.replications.is_empty()).then_some(summary.replications.len() as u64),
        reproducible: None,
    };
    result.sensitivity = super::agreement::sensitivity(scenario, &result);
    result
}

/// Every limiter by its name, also those that refused nobody.
fn limiters(summary: &Summary) -> BTreeMap<String, u64> {
    let refused = |limiter: Limiter| summary.limiters.get(&limiter).copied().unwrap_or(0);
    Limiter::ALL.into_iter().map(|limiter| (limiter.name().to_owned(), refused(limiter))).collect()
}

fn stated_duration(scenario: &Scenario) -> Option<Duration> {
    match scenario.extent {
        crate::traffic::Extent::Duration(duration) => Some(duration),
        crate::traffic::Extent::Calls(_) | crate::traffic::Extent::Unstated => None,
    }
}

fn scenario_ref(scenario: &Scenario, summary: &Summary, facts: &DriverFacts) -> ScenarioRef {
    let agents = u32::try_from(scenario.pbx.own_agents()).unwrap_or(u32::MAX);
    ScenarioRef {
        name: scenario.name.clone(),
        question: scenario.question.clone(),
        sha256: scenario.sha256.clone(),
        seed: scenario.seed.0,
        effective: scenario.effective.clone(),
        start: scenario.start.to_string(),
        duration_s: summary.measured[1].as_secs_f64(),
        warm_up_s: scenario.warm_up.as_secs_f64(),
        warm_up_found: facts.warm_up_found.clone(),
        time_scale: if facts.driver == Driver::Live { scenario.time_scale.factor() } else { 1.0 },
        channels: scenario.pbx.channels,
        agents,
        target: facts.target.clone(),
    }
}

/// Says when the target behaves as if it had other circuits than the scenario states.
fn circuits_note(scenario: &Scenario, summary: &Summary) -> Option<String> {
    let seen = summary.traffic.circuits_seen?;
    let stated = scenario.pbx.channels?;
    (seen != stated).then(|| {
        format!(
            "the scenario states {stated} channels, but calls were refused as soon as {seen} were in use: the \
             target seems to have {seen}"
        )
    })
}

/// Says when the advice is for another kind of traffic than the one that was measured.
fn arrivals_note(scenario: &Scenario) -> Option<String> {
    let note = match scenario.traffic.arrivals {
        Process::Even => {
            "the advice is for calls at random moments, as people make them: evenly spaced ones lose less"
        }
        Process::Bursty(_) => "the advice is for calls at random moments: calls in bursts lose more",
        Process::Poisson | Process::Sources { .. } | Process::Replay { .. } => return None,
    };
    Some(note.to_owned())
}

/// Says that the hours of the week go on by the old clock where clocks are changed within the measured time.
fn clock_note(scenario: &Scenario, summary: &Summary) -> Option<String> {
    super::calendar::calendar(summary)?;
    let start = &scenario.start;
    let [from, to] = summary.measured.map(Instant::as_secs_f64);
    let changes = start.time_zone().following(start.timestamp());
    let changes =
        changes.map(|change| (change.timestamp().duration_since(start.timestamp()).as_secs_f64(), change));
    let mut changes = changes.take_while(|(after, _)| *after < to);
    let (_, change) = changes.find(|(after, change)| *after > from && change.offset() != start.offset())?;
    Some(format!(
        "clocks are changed on {} within the measured time: hours of the week, the busy hour and the shift go by the clock of \
         the start all the same, call records by the changed one",
        change.timestamp().to_zoned(start.time_zone().clone()).date()
    ))
}

fn arrivals(summary: &Summary, facts: &DriverFacts) -> Arrivals {
    Arrivals {
        scheduled: facts.scheduled,
        started: facts.started,
        not_started: facts.not_started,
        late: summary.late,
        interarrival_cv: facts.interarrival_cv,
        ks_p: facts.ks_p,
        lateness_ms: percentiles(&summary.latencies.lateness),
    }
}

fn outcomes(counts: &Counts) -> Outcomes {
    let human = |kind| counts.outcome(Outcome::Human(kind));
    let technical = |kind| counts.outcome(Outcome::Technical(kind));
    let by = |kind| counts.outcome(Outcome::Completed(kind));
    Outcomes {
        offered: counts.offered(),
        completed: counts.outcomes(Outcome::is_completed),
        human: HumanOutcomes {
            busy: human(Human::Busy),
            no_answer: human(Human::NoAnswer),
            declined: human(Human::Declined),
            abandoned: human(Human::Abandoned),
            queue_full: human(Human::QueueFull),
            queue_timeout: human(Human::QueueTimeout),
        },
        completed_by: CompletedByOutcomes {
            agent: by(CompletedBy::Agent),
            pbx: by(CompletedBy::Pbx),
            ivr: by(CompletedBy::Ivr),
            voicemail: by(CompletedBy::Voicemail),
            callback: by(CompletedBy::Callback),
        },
        technical: TechnicalOutcomes {
            trunk: technical(TechnicalOutcome::Trunk),
            overload: technical(TechnicalOutcome::Overload),
            timeout: technical(TechnicalOutcome::Timeout),
            failure: technical(TechnicalOutcome::Failure),
            media: technical(TechnicalOutcome::Media),
            cut_off: technical(TechnicalOutcome::CutOff),
        },
        policy: counts.outcome(Outcome::Policy),
        excluded: counts.outcome(Outcome::Excluded),
        generator: counts.outcome(Outcome::Generator),
        in_progress: counts.outcome(Outcome::InProgress),
    }
}

fn ratio(summary: &Summary, measure: Measure) -> Ratio {
    let ratio = summary.ratio(measure, 0.95);
    Ratio {
        ratio: ratio.value(),
        ci95: ratio.interval,
        ci_method: ratio.method.name().to_owned(),
        k: ratio.k,
        n: ratio.n,
        batches: ratio.batches.map(|(count, _)| count as u64),
        lag1: ratio.batches.map(|(_, lag1)| lag1),
    }
}

fn indicators(counts: &Counts) -> Indicators {
    let of = |measure: Measure| {
        let (k, n) = measure.of(counts);
        (n > 0).then(|| real(k) / real(n))
    };
    Indicators {
        asr: of(Measure::Asr),
        ner: of(Measure::Ner),
        ser: of(Measure::Ser),
        seer: of(Measure::Seer),
        isa: of(Measure::Isa),
        scr: of(Measure::Scr),
    }
}

fn percentiles(delays: &Distribution) -> Option<Percentiles> {
    Some(Percentiles {
        p50: delays.percentile_ms(50.0)?,
        p95: delays.percentile_ms(95.0)?,
        p99: delays.percentile_ms(99.0)?,
        max: delays.max_ms()?,
        n: delays.count(),
        histogram: delays.to_base64(),
        curve: delays
            .curve()
            .into_iter()
            .map(|(percentile, ms)| PercentilePoint { percentile, ms })
            .collect(),
    })
}

fn traffic(scenario: &Scenario, summary: &Summary, driver: Driver) -> Traffic {
    let figures = &summary.traffic;
    let wire = (driver == Driver::Live).then(|| figures.calls_per_second * scenario.time_scale.factor());
    Traffic {
        offered_erlangs: figures.offered_erlangs,
        offered_erlangs_ci95: interval(summary, Figure::OfferedErlangs),
        fresh_erlangs: figures.fresh_erlangs,
        carried_erlangs: figures.carried_erlangs,
        carried_erlangs_ci95: interval(summary, Figure::CarriedErlangs),
        mean_holding_s: figures.mean_holding_s,
        peak_concurrent: figures.peak_concurrent,
        calls_per_second: figures.calls_per_second,
        wire_calls_per_second: wire,
        circuits_seen: figures.circuits_seen,
    }
}

fn queue(summary: &Summary) -> Option<Queue> {
    let figures = summary.queue?;
    let definition = ServiceLevelDefinition::OfOffered;
    let level = summary.service_level(0, definition);
    let threshold = summary.thresholds.first().copied().unwrap_or_default();
    Some(Queue {
        service_level: ServiceLevel {
            threshold_s: threshold.as_secs_f64(),
            definition: definition.name().to_owned(),
            ratio: level.value(),
            ci95: level.interval,
        },
        asa_s: figures.asa_s,
        asa_s_ci95: interval(summary, Figure::AnswerWait),
        abandoned_ratio: (figures.offered > 0).then(|| real(figures.abandoned) / real(figures.offered)),
        abandoned_ci95: summary.ratio(Measure::QueueAbandoned, 0.95).interval,
        occupancy: figures.occupancy,
        occupancy_ci95: interval(summary, Figure::Occupancy),
        waits: super::people::waits(&summary.waits),
        max_length: figures.max_length,
        waiting_total_s: figures.waiting_total_s,
        offered: figures.offered,
        promised: figures.promised,
        called_back: figures.called_back,
        mean_handle_s: figures.mean_handle_s,
    })
}

fn agent(figures: &crate::metrics::AgentSummary) -> AgentFigures {
    AgentFigures {
        name: figures.name.to_string(),
        calls: figures.calls,
        not_answered: figures.not_answered,
        talk_s: figures.talk_s,
        contacts_s: figures.contacts_s,
        occupancy: figures.occupancy,
        asa_s: figures.asa_s,
        calls_per_hour: figures.calls_per_hour,
        longest_busy_s: figures.longest_busy_s,
        warnings: warnings(figures),
    }
}

/// Above these an agent tires, errs and leaves.
const OCCUPANCY_HIGH: f64 = 0.85;
const BUSY_LONG_S: f64 = 3_600.0;

fn warnings(figures: &crate::metrics::AgentSummary) -> Vec<String> {
    let high = figures.occupancy.is_some_and(|occupancy| occupancy > OCCUPANCY_HIGH).then_some("occupancy");
    let long = (figures.longest_busy_s > BUSY_LONG_S).then_some("longest_busy");
    [high, long].into_iter().flatten().map(str::to_owned).collect()
}

fn interval(summary: &Summary, figure: Figure) -> Option<[f64; 2]> {
    summary.mean(figure)?.interval
}

fn media(summary: &Summary) -> Option<Media> {
    let figures = summary.media?;
    let promised = figures.packets_received + figures.packets_lost;
    Some(Media {
        streams: figures.calls,
        packets_sent: figures.packets_sent,
        packets_received: figures.packets_received,
        loss_ratio: (promised > 0).then(|| real(figures.packets_lost) / real(promised)),
        jitter_ms_p95: figures.jitter_p95_ms,
        mos_p05: None,
    })
}

fn funnel(summary: &Summary) -> Vec<FunnelStage> {
    let stage = |(stage, calls, lost_here): &(&str, u64, u64)| FunnelStage {
        stage: (*stage).to_owned(),
        calls: *calls,
        lost_here: *lost_here,
    };
    summary.funnel.iter().map(stage).collect()
}

fn intervals(summary: &Summary, intensity: &Intensity) -> Vec<Interval> {
    let [from, to] = summary.measured.map(crate::time::Instant::as_secs_f64);
    // Replications lie on top of each other.
    let times = real(summary.replications.len().max(1) as u64);
    // No attempt counts in the warm-up, and none is planned after the end.
    let planned = |start_s: f64| {
        let (low, high) = (start_s.max(from), (start_s + summary.slice_s).min(to));
        (low < high).then(|| intensity.integral(low, high) * times)
    };
    let interval = |(place, slice): (usize, &crate::metrics::Slice)| {
        let start_s = real(place as u64) * summary.slice_s;
        let counts = &slice.counts;
        let completed = counts.outcomes(Outcome::is_completed);
        Interval {
            start_s,
            offered: counts.offered(),
            planned: planned(start_s),
            completed,
            human: counts.counted() - completed - counts.technical(),
            technical: counts.technical(),
            other: counts.offered() - counts.counted(),
            concurrency: Concurrency { mean: slice.concurrency_mean, peak: slice.concurrency_peak },
            queue_length_max: slice.queue_peak,
            queue_length_mean: slice.queue_mean,
            post_dial_delay_ms_p50: slice.post_dial_delay_p50_ms,
            post_dial_delay_ms_p95: slice.post_dial_delay_p95_ms,
        }
    };
    summary.slices.iter().enumerate().map(interval).collect()
}

fn judge(scenario: &Scenario, summary: &Summary, gates: &[Gate], facts: &DriverFacts) -> Verdict {
    let outcomes: Vec<_> = gates.iter().map(|gate| verdict::judge_gate(gate, summary)).collect();
    let talk = scenario.traffic.mean_talk() / scenario.time_scale.factor();
    let reasons = verdict::validity(
        summary,
        &RunFacts {
            scheduled: facts.scheduled,
            started: facts.started,
            not_started: facts.not_started,
            recorded: facts.recorded,
            mean_talk_wall_ms: (facts.driver == Driver::Live).then_some(talk * 1e3),
            allow_excluded: scenario.allow_excluded,
            book_differences: facts.books.iter().flat_map(|books| books.differences.clone()).collect(),
            cut_short: facts.ended != Ended::Complete,
            faults: facts.faults.clone(),
        },
    );
    let result = |(gate, outcome): (&Gate, &verdict::GateOutcome)| GateResult {
        gate: gate.text.clone(),
        status: outcome.status,
        value: outcome.value,
        ci: outcome.interval,
        n: outcome.n,
        written_at: gate.written_at.clone(),
        unit: gate.metric.unit().name().to_owned(),
        remark: outcome.remark.clone(),
    };
    let mut verdict = Verdict {
        status: verdict::overall(&outcomes, reasons.is_empty()),
        gates: gates.iter().zip(&outcomes).map(result).collect(),
        reasons,
        required_fields: facts.required.iter().map(|tally| RequiredField::new(tally.clone(), CDR)).collect(),
    };
    // Records that lack what they must are no pass, whatever the gates say; nor do they make an invalid run a mere failure.
    if verdict.lacks_fields() && verdict.status != Status::Invalid {
        verdict.status = Status::Fail;
    }
    verdict
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

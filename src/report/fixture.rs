//! Results for tests, made by a small simulation of its own, so that every figure in them is consistent.

use std::collections::BTreeMap;

use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::result::*;

/// Ten channels offered 10.118 erlangs for ten hours after an hour of warm-up, no queue: loses 22 %.
pub fn loss_system() -> RunResult {
    Model { hours: 10.0, rate_per_hour: 202.36, channels: 10, agents: None, seed: 42 }.run()
}

/// Sixteen channels in front of eight agents with callers who lose patience, for one hour a hundred times over.
pub fn call_centre() -> RunResult {
    let mut result = Model { hours: 4.0, rate_per_hour: 170.0, channels: 14, agents: Some(9), seed: 7 }.run();
    result.scenario.name = "staffing-on-monday".to_owned();
    result.scenario.question = "How many people answer 80 % of callers within 20 s?".to_owned();
    result
}

/// A run in which nobody called: every chart has to say why it is empty.
pub fn nobody_called() -> RunResult {
    let mut result = Model { hours: 1.0, rate_per_hour: 0.001, channels: 10, agents: None, seed: 1 }.run();
    result.intervals.clear();
    result.recommendation = Recommendation::default();
    result
}

struct Model {
    hours: f64,
    rate_per_hour: f64,
    channels: u32,
    agents: Option<u32>,
    seed: u64,
}

struct Call {
    at: f64,
    end: f64,
    wait: f64,
    post_dial_ms: f64,
    outcome: &'static str,
}

const WARM_UP_S: f64 = 3600.0;
const TALK_S: f64 = 180.0;
const THRESHOLD_S: f64 = 20.0;
const LONGEST_WAIT_S: f64 = 120.0;

impl Model {
    fn calls(&self) -> Vec<Call> {
        let mut arrivals = Seed(self.seed).stream(Purpose::Arrivals, 0);
        let mut draws = Seed(self.seed).stream(Purpose::Attempt, 0);
        let delay = Distribution::LogNormal { mean: 9.0, cv: 0.8 };
        let mut ends: Vec<f64> = Vec::new();
        let mut free_at = vec![0.0_f64; self.agents.unwrap_or(0) as usize];
        let (mut now, mut calls) = (0.0, Vec::new());
        loop {
            now += arrivals.exponential() * 3600.0 / self.rate_per_hour;
            if now >= WARM_UP_S + self.hours * 3600.0 {
                return calls;
            }
            let (talk, patience) = (draws.exponential() * TALK_S, draws.exponential() * 90.0);
            let post_dial_ms = 0.4 + delay.sample(&mut draws).as_secs_f64();
            ends.retain(|end| *end > now);
            let mut call = Call { at: now, end: now, wait: 0.0, post_dial_ms, outcome: "pbx" };
            if ends.len() as u32 >= self.channels {
                call.outcome = "trunk";
            } else if let Some(agent) = free_at.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                call.wait = (*agent - now).max(0.0);
                if call.wait > patience.min(LONGEST_WAIT_S) {
                    call.outcome = if patience < LONGEST_WAIT_S { "abandoned" } else { "queue_timeout" };
                    call.wait = patience.min(LONGEST_WAIT_S);
                    call.end = now + call.wait;
                } else {
                    call.outcome = "agent";
                    call.end = now + call.wait + talk;
                    *agent = call.end + 15.0;
                }
                ends.push(call.end);
            } else {
                call.end = now + talk;
                ends.push(call.end);
            }
            calls.push(call);
        }
    }

    fn run(&self) -> RunResult {
        let all = self.calls();
        let calls: Vec<&Call> = all.iter().filter(|call| call.at >= WARM_UP_S).collect();
        let of = |name: &str| calls.iter().filter(|call| call.outcome == name).count() as u64;
        let n = calls.len() as u64;
        let (trunk, pbx, agent) = (of("trunk"), of("pbx"), of("agent"));
        let (abandoned, queue_timeout) = (of("abandoned"), of("queue_timeout"));
        let admitted = n - trunk;
        let held: f64 = calls.iter().map(|call| call.end - call.at).sum();
        let mean_holding_s = (admitted > 0).then(|| held / admitted as f64);
        let erlangs = mean_holding_s.map_or(0.0, |mean| n as f64 * mean / (self.hours * 3600.0));
        let blocking = ratio(trunk, n);
        let agents = self.agents.unwrap_or(0);
        let waited: f64 = calls.iter().map(|call| call.wait).sum();
        let in_time =
            calls.iter().filter(|call| call.outcome == "agent" && call.wait <= THRESHOLD_S).count() as u64;
        let completed = pbx + agent;
        let lost_a_month = (trunk as f64 / n.max(1) as f64 * 1e5).round() / 100.0;
        let never_a_month = ((n - completed) as f64 / n.max(1) as f64 * 1e5).round() / 100.0;
        let intervals = self.intervals(&all);
        let gates = vec![
            gate("technical_drop_rate < 1% @95%", &blocking, 0.01, "scenarios/economy-tariff.yaml:23"),
            GateResult {
                gate: "post_dial_delay p95 < 800ms".to_owned(),
                status: Status::Pass,
                value: Some(23.4),
                ci: None,
                n: admitted,
                written_at: "scenarios/economy-tariff.yaml:24".to_owned(),
                unit: "ms".to_owned(),
                remark: None,
            },
            GateResult {
                gate: "technical_drop_rate < 22% @95%".to_owned(),
                status: Status::Inconclusive,
                value: blocking.ratio,
                ci: blocking.ci95,
                n,
                written_at: "--gate".to_owned(),
                unit: "ratio".to_owned(),
                remark: Some("the interval straddles the limit".to_owned()),
            },
        ];
        RunResult {
            schema: SCHEMA.to_owned(),
            tool: Tool { name: "busyhour".to_owned(), version: "0.1.0".to_owned() },
            scenario: ScenarioRef {
                name: "economy-tariff-after-growth".to_owned(),
                question: "What does a 10-channel tariff lose after calls have doubled?".to_owned(),
                sha256: "9b74c9897bac770ffc029102a200c5de3f5c1a2d5a5f7a7b3a1c6a7d0f1e2d3c".to_owned(),
                seed: self.seed,
                effective: "name: economy-tariff-after-growth\nseed: 42\ntraffic:\n  arrivals: poisson\n  profile: 202.36/h\npbx:\n  channels: 10\n".to_owned(),
                start: "2026-01-05T08:00:00+03:00[Europe/Moscow]".to_owned(),
                duration_s: WARM_UP_S + self.hours * 3600.0,
                warm_up_s: WARM_UP_S,
                warm_up_found: None,
                time_scale: 600.0,
                channels: Some(self.channels),
                agents,
                target: "bundled".to_owned(),
            },
            driver: Driver::Live,
            ended: Ended::Complete,
            arrivals: Arrivals {
                scheduled: all.len() as u64,
                started: all.len() as u64,
                not_started: 0,
                late: 3,
                interarrival_cv: Some(1.008),
                ks_p: Some(0.41),
                lateness_ms: Some(percentiles(vec![0.1, 0.2, 0.3, 0.8, 61.0])),
            },
            outcomes: Outcomes {
                offered: n,
                completed,
                human: HumanOutcomes { abandoned, queue_timeout, ..HumanOutcomes::default() },
                completed_by: CompletedByOutcomes { agent, pbx, ..CompletedByOutcomes::default() },
                technical: TechnicalOutcomes { trunk, ..TechnicalOutcomes::default() },
                ..Outcomes::default()
            },
            sip_status: BTreeMap::from([(200, completed), (503, trunk)]),
            limiter: BTreeMap::from([("channels".to_owned(), trunk)]),
            technical_drop_rate: blocking.clone(),
            blocking: blocking.clone(),
            customers: Customers { unique: n, lost: n - completed, defected: 0, repeat_calls: 0 },
            indicators: Indicators {
                asr: ratio(completed, n).ratio,
                ner: ratio(admitted, n).ratio,
                ser: ratio(completed, n).ratio,
                seer: ratio(completed, n).ratio,
                isa: ratio(trunk, n).ratio,
                scr: ratio(completed, n).ratio,
            },
            classes: vec![],
            calendar: None,
            deviations: vec![],
            callbacks: vec![],
            owners: vec![],
            sent_on: vec![],
            transfers: None,
            processor: None,
            outsourcing: None,
            contacts: vec![],
            sensitivity: None,
            latency_ms: LatencyMs {
                post_dial_delay: (n > 0)
                    .then(|| percentiles(calls.iter().map(|call| call.post_dial_ms).collect())),
                answer_delay: None,
                disconnect_delay: None,
            },
            traffic: Traffic {
                offered_erlangs: Some(erlangs),
                offered_erlangs_ci95: Some([0.96 * erlangs, 1.04 * erlangs]),
                fresh_erlangs: Some(erlangs),
                carried_erlangs: held / (self.hours * 3600.0),
                carried_erlangs_ci95: Some([0.97, 1.03].map(|factor| factor * held / (self.hours * 3600.0))),
                mean_holding_s,
                peak_concurrent: intervals.iter().map(|slice| slice.concurrency.peak).max().unwrap_or(0),
                calls_per_second: n as f64 / (self.hours * 3600.0),
                wire_calls_per_second: Some(600.0 * n as f64 / (self.hours * 3600.0)),
                circuits_seen: None,
            },
            queue: self.agents.map(|agents| Queue {
                service_level: ServiceLevel {
                    threshold_s: THRESHOLD_S,
                    definition: "of_offered".to_owned(),
                    ratio: ratio(in_time, admitted).ratio,
                    ci95: ratio(in_time, admitted).ci95,
                },
                asa_s: Some(waited / admitted as f64),
                asa_s_ci95: Some([0.8, 1.2].map(|factor| factor * waited / admitted as f64)),
                abandoned_ratio: ratio(abandoned, admitted).ratio,
                abandoned_ci95: ratio(abandoned, admitted).ci95,
                occupancy: Some((agent as f64 * (TALK_S + 15.0)) / (f64::from(agents) * self.hours * 3600.0)),
                occupancy_ci95: None,
                waits: Some(waits(all.iter().map(|call| call.wait).collect())),
                max_length: intervals.iter().map(|slice| slice.queue_length_max).max().unwrap_or(0),
                waiting_total_s: waited,
                offered: admitted,
                promised: 0,
                called_back: 0,
                mean_handle_s: Some(TALK_S + 15.0),
            }),
            agents: (1..=agents)
                .map(|index| AgentFigures {
                    name: format!("agent-{index}"),
                    calls: agent / u64::from(agents),
                    not_answered: 0,
                    talk_s: agent as f64 / f64::from(agents) * TALK_S,
                    contacts_s: 0.0,
                    occupancy: Some(0.78 + f64::from(index) / 100.0),
                    asa_s: Some(14.0),
                    calls_per_hour: Some(agent as f64 / f64::from(agents) / self.hours),
                    longest_busy_s: 1_500.0 + 600.0 * f64::from(index),
                    warnings: if index == agents { vec!["longest_busy".to_owned()] } else { vec![] },
                })
                .collect(),
            media: None,
            expected: Some(Expected {
                model: "erlang_b".to_owned(),
                blocking: Some(erlang_b(self.channels, erlangs)),
                service_level: None,
                servers: self.channels,
                erlangs,
                assumptions: vec![
                    "Poisson arrivals".to_owned(),
                    "a refused caller does not dial again".to_owned(),
                ],
                agrees: blocking.ci95.map(|[low, high]| (low..=high).contains(&erlang_b(self.channels, erlangs))),
            }),
            recommendation: Recommendation {
                trunks: Some(trunk_advice(self.channels, erlangs)),
                agents: self.agents.map(|now| agent_advice(now, erlangs)),
                nothing: Vec::new(),
                tariff: None,
            },
            cost: Some(Cost {
                currency: "RUB".to_owned(),
                calls_per_month: 1000,
                lost_calls_per_month: format!("{lost_a_month:.2}"),
                lost_customers_per_month: format!("{:.3}", lost_a_month * 0.2),
                wasted_marketing_per_month: format!("{:.2}", lost_a_month * 1000.0),
                lost_revenue_per_month: None,
                image_per_month: "0".to_owned(),
                total_per_month: format!("{:.2}", lost_a_month * 1000.0),
                contractors_per_month: None,
                caller_minutes_per_month: Some("184.5".to_owned()),
                caller_time_per_month: None,
                never_served: (abandoned > 0).then(|| NeverServed {
                    callers_per_month: format!("{never_a_month:.2}"),
                    customers_per_month: format!("{:.2}", never_a_month * 0.2),
                    worth_per_month: format!("{:.2}", never_a_month * 1000.0),
                }),
            }),
            verdict: Verdict { status: Status::Fail, gates, reasons: vec![], required_fields: vec![] },
            causes: BTreeMap::from([("channels_busy".to_owned(), trunk)]),
            menus: vec![],
            trends: vec![],
            longest: vec![],
            funnel: vec![
                stage("dialled", n, 0),
                stage("admitted", admitted, trunk),
                stage("reached", admitted, 0),
                stage("answered", completed, abandoned + queue_timeout),
                stage("completed", completed, 0),
            ],
            intervals,
            interval_s: 300.0,
            ladders: vec![ladder()],
            books: Some(Books { generator: all.len() as u64, cdr: all.len() as u64, queue_log: None, hidden: None, differences: vec![] }),
            notes: vec![],
            replications: None,
            reproducible: None,
        }
    }

    fn intervals(&self, calls: &[Call]) -> Vec<Interval> {
        let width = 300.0;
        let slices = ((WARM_UP_S + self.hours * 3600.0) / width) as usize;
        (0..slices)
            .map(|index| {
                let (start, end) = (index as f64 * width, (index + 1) as f64 * width);
                let started: Vec<&Call> =
                    calls.iter().filter(|call| (start..end).contains(&call.at)).collect();
                let of = |names: &[&str]| {
                    started.iter().filter(|call| names.contains(&call.outcome)).count() as u64
                };
                let overlap: f64 =
                    calls.iter().map(|call| (call.end.min(end) - call.at.max(start)).max(0.0)).sum();
                let in_use =
                    |at: f64| calls.iter().filter(|call| call.at <= at && at < call.end).count() as u32;
                let waiting = |at: f64| {
                    calls.iter().filter(|call| call.at <= at && at < call.at + call.wait).count() as u32
                };
                let mut delays: Vec<f64> = started.iter().map(|call| call.post_dial_ms).collect();
                delays.sort_by(f64::total_cmp);
                Interval {
                    start_s: start,
                    offered: started.len() as u64,
                    planned: Some(self.rate_per_hour * width / 3600.0),
                    completed: of(&["pbx", "agent"]),
                    human: of(&["abandoned", "queue_timeout"]),
                    technical: of(&["trunk"]),
                    other: 0,
                    concurrency: Concurrency {
                        mean: overlap / width,
                        peak: started
                            .iter()
                            .map(|call| in_use(call.at))
                            .max()
                            .unwrap_or(0)
                            .max(in_use(start)),
                    },
                    queue_length_max: started.iter().map(|call| waiting(call.at)).max().unwrap_or(0),
                    queue_length_mean: calls
                        .iter()
                        .map(|call| (call.at + call.wait).min(end) - call.at.max(start))
                        .map(|s| s.max(0.0))
                        .sum::<f64>()
                        / width,
                    post_dial_delay_ms_p50: delays.get(delays.len() / 2).copied(),
                    post_dial_delay_ms_p95: delays.get(delays.len() * 95 / 100).copied(),
                }
            })
            .collect()
    }
}

fn ratio(k: u64, n: u64) -> Ratio {
    if n == 0 {
        return Ratio { ci_method: "batch_means".to_owned(), ..Ratio::default() };
    }
    let p = k as f64 / n as f64;
    let half = 1.96 * 1.9 * (p * (1.0 - p) / n as f64).sqrt();
    let ci95 = Some([(p - half).max(0.0), (p + half).min(1.0)]);
    Ratio { ratio: Some(p), ci95, ci_method: "batch_means".to_owned(), k, n, ..Ratio::default() }
}

fn gate(text: &str, ratio: &Ratio, limit: f64, written_at: &str) -> GateResult {
    let status = match ratio.ci95 {
        Some([low, _]) if low > limit => Status::Fail,
        Some([_, high]) if high < limit => Status::Pass,
        _ => Status::Inconclusive,
    };
    GateResult {
        gate: text.to_owned(),
        status,
        value: ratio.ratio,
        ci: ratio.ci95,
        n: ratio.n,
        written_at: written_at.to_owned(),
        unit: "ratio".to_owned(),
        remark: None,
    }
}

fn waits(mut seconds: Vec<f64>) -> Waits {
    seconds.sort_by(f64::total_cmp);
    let at =
        |share: f64| seconds[((share * seconds.len() as f64).ceil() as usize).clamp(1, seconds.len()) - 1];
    let points = (1..=50).map(|step| f64::from(step) / 50.0).map(|share| (at(share), share));
    let (p50_s, p80_s, p95_s) = (at(0.5), at(0.8), at(0.95));
    Waits { p50_s, p80_s, p95_s, max_s: at(1.0), n: seconds.len() as u64, curve: points.collect() }
}

fn percentiles(mut values: Vec<f64>) -> Percentiles {
    values.sort_by(f64::total_cmp);
    let at = |percentile: f64| {
        let rank = (percentile / 100.0 * values.len() as f64).ceil() as usize;
        values[rank.clamp(1, values.len()) - 1]
    };
    let curve = [0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9]
        .map(|percentile| PercentilePoint { percentile, ms: at(percentile) });
    Percentiles {
        p50: at(50.0),
        p95: at(95.0),
        p99: at(99.0),
        max: values[values.len() - 1],
        n: values.len() as u64,
        histogram: String::new(),
        curve: curve.to_vec(),
    }
}

/// Erlang's loss formula by its recurrence, as in every textbook.
pub fn erlang_b(circuits: u32, erlangs: f64) -> f64 {
    (1..=circuits).fold(1.0, |b, n| erlangs * b / (f64::from(n) + erlangs * b))
}

fn trunk_advice(now: u32, erlangs: f64) -> Advice {
    let needed = |erlangs: f64| (1..500).find(|n| erlang_b(*n, erlangs) <= 0.01).unwrap();
    let last = needed(erlangs) + 6;
    Advice {
        now,
        needed: needed(erlangs),
        target: 0.01,
        measure: "blocking".to_owned(),
        model: "erlang_b".to_owned(),
        erlangs,
        basis: "measured".to_owned(),
        curve: (now.saturating_sub(4).max(1)..=last)
            .map(|n| CurvePoint { n, value: erlang_b(n, erlangs), ..CurvePoint::default() })
            .collect(),
        growth: [1.0, 1.2, 1.5, 2.0, 3.0]
            .map(|growth| GrowthStep {
                growth,
                erlangs: erlangs * growth,
                value_now: erlang_b(now, erlangs * growth),
                needed: needed(erlangs * growth),
            })
            .to_vec(),
        ..Advice::default()
    }
}

/// Erlang C: `P(wait)` from Erlang B, then the exponential wait.
fn service_level(agents: u32, erlangs: f64) -> f64 {
    let n = f64::from(agents);
    if erlangs >= n {
        return 0.0;
    }
    let b = erlang_b(agents, erlangs);
    let waits = b / (1.0 - erlangs / n * (1.0 - b));
    1.0 - waits * (-(n - erlangs) * THRESHOLD_S / (TALK_S + 15.0)).exp()
}

fn agent_advice(now: u32, erlangs: f64) -> Advice {
    let needed = |erlangs: f64| (1..500).find(|n| service_level(*n, erlangs) >= 0.8).unwrap();
    Advice {
        now,
        needed: needed(erlangs),
        target: 0.8,
        measure: "service_level".to_owned(),
        model: "erlang_c".to_owned(),
        erlangs,
        basis: "measured".to_owned(),
        curve: (now.saturating_sub(3)..=needed(erlangs) + 4)
            .map(|n| CurvePoint {
                n,
                value: service_level(n, erlangs),
                asa_s: Some(20.0),
                occupancy: Some((erlangs / f64::from(n)).min(1.0)),
            })
            .collect(),
        growth: [1.0, 1.2, 1.5, 2.0, 3.0]
            .map(|growth| GrowthStep {
                growth,
                erlangs: erlangs * growth,
                value_now: service_level(now, erlangs * growth),
                needed: needed(erlangs * growth),
            })
            .to_vec(),
        ..Advice::default()
    }
}

fn stage(name: &str, calls: u64, lost_here: u64) -> FunnelStage {
    FunnelStage { stage: name.to_owned(), calls, lost_here }
}

fn ladder() -> Ladder {
    let message = |at_ms, sent, line: &str, detail: Option<&str>| LadderMessage {
        at_ms,
        sent,
        line: line.to_owned(),
        detail: detail.map(str::to_owned),
    };
    Ladder {
        cause: "channels_busy".to_owned(),
        outcome: "technical.trunk".to_owned(),
        call_id: "b42-000117@127.0.0.1".to_owned(),
        messages: vec![
            message(0.11, true, "INVITE sip:100@127.0.0.1:5060", None),
            message(0.42, false, "100 Trying", None),
            message(0.58, false, "503 Service Unavailable", Some("Reason: Q.850;cause=34")),
            message(0.71, true, "ACK sip:100@127.0.0.1:5060", None),
        ],
    }
}

//! Figures worked out by hand, call by call.

use std::sync::Arc;

use super::*;
use crate::metrics::fixture::*;
use crate::metrics::slices::CAPACITY;
use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Latency;
use crate::outcome::MediaReport;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::outcome::note::Handling;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::time::{Duration, Instant};

fn trace() -> Summary {
    let mut collector = collected(two_agents(), &twelve_calls());
    collector.offer_not_answered(&"boris".into(), at(45.0));
    collector.offer_not_answered(&"boris".into(), at(235.0));
    collector.finish()
}

fn close(measured: impl Into<Option<f64>>, exact: f64) {
    let measured = measured.into().expect("a figure");
    assert!((measured - exact).abs() < 1e-9, "{measured} instead of {exact}");
}

fn fraction(summary: &Summary, measure: Measure) -> (u64, u64) {
    measure.of(&summary.counts)
}

#[test]
fn twelve_calls_are_offered_and_each_has_one_outcome() {
    let counts = trace().counts;
    assert_eq!(counts.offered(), 12);
    let outcomes: u64 = Outcome::ALL.into_iter().map(|outcome| counts.outcome(outcome)).sum();
    assert_eq!(outcomes, 12);
    assert_eq!(counts.outcome(BY_AGENT), 6);
    assert_eq!(counts.outcome(Outcome::Human(Human::Abandoned)), 2);
    assert_eq!(counts.outcome(Outcome::Human(Human::QueueFull)), 1);
    assert_eq!(counts.outcome(Outcome::Technical(Technical::CutOff)), 1);
    assert_eq!(counts.blocked(), 2);
    assert_eq!(counts.first_attempts, 10);
}

#[test]
fn the_warm_up_is_in_no_figure_but_the_circuits_that_it_still_holds() {
    let summary = trace();
    assert_eq!(summary.counts.offered(), 12, "thirteen calls, one before the measurement");
    assert_eq!(summary.agents[1].calls, 2, "boris' call in the warm-up is not his third");
    assert_eq!(summary.agents[1].not_answered, 1, "nor is what he let ring then");
    // Circuit-seconds after 60 s: 10 of call 0, then 60, 130, 80, 15, 105, 59, 90, 103 and 42.
    close(summary.traffic.carried_erlangs, 694.0 / 600.0);
}

#[test]
fn speed_of_answer_and_lost_calls_per_person() {
    let summary = trace();
    let [anna, boris, clara] = summary.agents.as_slice() else { panic!("three agents are stated") };
    assert_eq!((&*anna.name, anna.calls, anna.not_answered), ("anna", 5, 0));
    assert_eq!((&*boris.name, boris.calls, boris.not_answered), ("boris", 2, 1));
    assert_eq!((&*clara.name, clara.calls, clara.asa_s), ("clara", 0, None), "nobody rang clara");
    close(anna.asa_s, (0.0 + 50.0 + 45.0 + 0.0 + 2.0) / 5.0);
    close(boris.asa_s, 23.0 / 2.0);
    close(anna.talk_s, 60.0 + 30.0 + 60.0 + 90.0 + 40.0);
    close(anna.occupancy, (280.0 + 5.0 * 10.0) / 600.0);
    // Of the call from the warm-up he talks for 10 s in the measured time, and wraps it up for 20.
    close(boris.talk_s, 210.0 + 10.0);
    close(boris.occupancy, (220.0 + 3.0 * 20.0) / 600.0);
}

#[test]
fn the_queue_by_hand() {
    let queue = trace().queue.unwrap();
    assert_eq!((queue.offered, queue.answered, queue.abandoned), (10, 7, 2));
    close(queue.asa_s, 120.0 / 7.0);
    close(queue.waiting_total_s, 120.0 + 15.0 + 59.0);
    close(queue.occupancy, (330.0 + 280.0) / (3.0 * 600.0));
    close(queue.mean_handle_s, (330.0 + 250.0) / 7.0);
    assert_eq!(queue.max_length, 3, "calls 2, 3 and 4 from 88 s to 90 s");
    assert_eq!(fraction(&trace(), Measure::QueueAbandoned), (2, 10));
}

#[test]
fn each_definition_of_the_service_level_divides_by_something_else() {
    let summary = trace();
    let level = |threshold, definition| fraction(&summary, Measure::ServiceLevel { threshold, definition });
    // Answered within 20 s: calls 1, 2 (after exactly 20 s), 7, 8 and 12; gone within 20 s: call 4.
    assert_eq!(level(0, ServiceLevelDefinition::OfOffered), (5, 10));
    assert_eq!(level(0, ServiceLevelDefinition::OfAnswered), (5, 7));
    assert_eq!(level(0, ServiceLevelDefinition::ExclShortAbandons), (5, 9));
    assert_eq!(level(1, ServiceLevelDefinition::OfOffered), (7, 10));
    assert_eq!(level(1, ServiceLevelDefinition::OfAnswered), (7, 7));
    assert_eq!(level(1, ServiceLevelDefinition::ExclShortAbandons), (7, 8));
}

#[test]
fn attempts_lost_are_not_customers_lost() {
    let counts = trace().counts;
    assert_eq!(counts.customers, 10);
    assert_eq!(counts.customers_lost, 4, "calls 6, 10, 11 and 12; call 4 was served at the second attempt");
    assert_eq!(counts.customers_defected, 1);
    assert_eq!(Measure::TechnicalDropRate.of(&counts), (3, 12));
    assert_eq!(Measure::Blocking.of(&counts), (2, 12));
}

#[test]
fn the_losses_of_all_stages_add_up_to_the_total() {
    let stages =
        [("dialled", 12, 0), ("admitted", 10, 2), ("reached", 9, 1), ("answered", 7, 2), ("completed", 6, 1)];
    let summary = trace();
    assert_eq!(summary.funnel, stages);
    let lost: u64 = summary.funnel.iter().map(|stage| stage.2).sum();
    assert_eq!(lost, 12 - 6);
}

#[test]
fn redials_are_offered_but_not_fresh() {
    let traffic = trace().traffic;
    // Ten calls held a circuit for 684 s together; the one that found the queue full for none.
    close(traffic.mean_holding_s, 68.4);
    close(traffic.offered_erlangs, 12.0 * 68.4 / 600.0);
    close(traffic.fresh_erlangs, 10.0 * 68.4 / 600.0);
    close(traffic.calls_per_second, 12.0 / 600.0);
}

#[test]
fn concurrency_has_its_mean_and_its_peak_in_every_slice() {
    let summary = trace();
    close(summary.slice_s, 2.0);
    assert_eq!(summary.traffic.peak_concurrent, 4, "calls 1 to 4 at 88 s");
    let used: f64 = summary.slices.iter().map(|slice| slice.concurrency_mean * summary.slice_s).sum();
    close(used, 694.0 + 30.0);
    let slice = &summary.slices[51];
    close(slice.concurrency_mean, 3.5);
    assert_eq!(slice.concurrency_peak, 4, "from 102 s to 104 s: call 4 gives up at 103 s");
    let slice = &summary.slices[100];
    close(slice.concurrency_mean, 2.0);
    assert_eq!(slice.concurrency_peak, 2, "call 2 hangs up at 200 s, calls 5 and 6 go on");
}

#[test]
fn a_queue_that_nobody_joins_or_leaves_is_still_as_long_as_before() {
    let summary = trace();
    assert_eq!(summary.slices[55].queue_peak, 1, "at 110 s call 3 waits");
    assert_eq!(summary.slices[100].queue_peak, 1, "at 200 s call 6 waits");
    assert_eq!(summary.slices[120].queue_peak, 0, "at 240 s nobody waits");
}

#[test]
fn the_peaks_of_the_warm_up_are_not_measured() {
    let mut calls: Vec<_> = (0..9).map(|i| answered_by_pbx(i, 10.0, 20.0)).collect();
    calls.extend((9..11).map(|i| gave_up(i, 10.0, 5.0)));
    calls.push(answered_by_pbx(11, 100.0, 20.0));
    calls.push(gave_up(12, 100.0, 5.0));
    let summary = collected(two_agents(), &calls).finish();
    assert_eq!(summary.traffic.peak_concurrent, 2);
    assert_eq!(summary.queue.unwrap().max_length, 1);
}

/// ITU-T E.411 and E.425, RFC 6076, 4.6 to 4.9, on one attempt of every kind.
#[test]
fn indicators_of_a_mix_of_final_statuses() {
    let with = |index: u64, outcome, status| CallRecord {
        sip_status: Some(status),
        ..attempt(index, 100.0, outcome)
    };
    let failure = Outcome::Technical(Technical::Failure);
    let mut calls: Vec<_> = (0..6).map(|i| answered_by_pbx(i, 100.0, 60.0)).collect();
    calls.extend([
        with(6, Outcome::Human(Human::Busy), 486),
        with(7, Outcome::Human(Human::Busy), 600),
        with(8, Outcome::Human(Human::Declined), 603),
        with(9, Outcome::Human(Human::NoAnswer), 480),
        with(10, Outcome::Excluded, 302),
        with(11, Outcome::Excluded, 404),
        with(12, Outcome::Technical(Technical::Timeout), 408),
        with(13, failure, 500),
        with(14, TRUNK, 503),
        with(15, Outcome::Technical(Technical::Timeout), 504),
        with(16, failure, 501),
        with(17, Outcome::Policy, 403),
        attempt(18, 100.0, Outcome::Generator),
        attempt(19, 100.0, Outcome::InProgress),
    ]);
    let summary = collected(two_agents(), &calls).finish();
    assert_eq!(summary.counts.offered(), 20);
    assert_eq!(fraction(&summary, Measure::TechnicalDropRate), (5, 15), "of completed, human, technical");
    assert_eq!(fraction(&summary, Measure::Asr), (6, 18), "the last two never reached the network");
    assert_eq!(fraction(&summary, Measure::Ner), (10, 15));
    assert_eq!(fraction(&summary, Measure::Ser), (6, 17), "without the redirection");
    assert_eq!(fraction(&summary, Measure::Seer), (10, 17));
    assert_eq!(fraction(&summary, Measure::Isa), (4, 18));
    assert_eq!(fraction(&summary, Measure::Scr), (6, 18));
    assert_eq!(fraction(&summary, Measure::Outcome(Outcome::Policy)), (1, 20));
    assert_eq!(summary.sip_status[&200], 6);
    assert_eq!(summary.sip_status.values().sum::<u64>(), 18);
    assert_eq!(summary.counts.customers, 16, "whoever met our own mistakes is nobody's lost customer");
}

#[test]
fn what_was_never_offered_has_no_ratio() {
    let summary = Collector::new(two_agents()).finish();
    let measures =
        [Measure::TechnicalDropRate, Measure::Asr, Measure::Ner, Measure::Ser, Measure::Seer, Measure::Isa];
    for measure in measures {
        let ratio = summary.ratio(measure, 0.95);
        assert_eq!((ratio.value(), ratio.interval), (None, None), "{measure:?}");
    }
    assert_eq!(summary.queue, None);
    assert_eq!(summary.media, None);
    assert_eq!(summary.traffic.offered_erlangs, None);
    assert_eq!(summary.traffic.mean_holding_s, None);
    assert_eq!(summary.traffic.circuits_seen, None);
}

#[test]
fn delays_of_refusals_are_kept_apart_and_lateness_is_of_all() {
    let ms = |ms: u64| Some(Duration::from_millis(ms));
    let mut calls = Vec::new();
    for i in 1..=100 {
        let lateness = Duration::from_millis(if i > 98 { 51 } else { 50 });
        let latency =
            Latency { lateness, post_dial_delay: ms(i), answer_delay: ms(10 * i), disconnect_delay: ms(2) };
        calls.push(CallRecord { latency: Some(latency), ..answered_by_pbx(i, 100.0, 60.0) });
        let latency = Latency { post_dial_delay: ms(900), ..Latency::default() };
        calls.push(CallRecord { latency: Some(latency), ..refused(i, 100.0) });
    }
    let summary = collected(two_agents(), &calls).finish();
    let near = |figure: Option<f64>, exact: f64| {
        let figure = figure.unwrap();
        assert!((figure / exact - 1.0).abs() < 1e-3, "{figure} ms instead of {exact} ms");
    };
    near(summary.latencies.post_dial_delay.percentile_ms(50.0), 50.0);
    near(summary.latencies.post_dial_delay.percentile_ms(95.0), 95.0);
    near(summary.latencies.answer_delay.percentile_ms(99.0), 990.0);
    near(summary.latencies.answer_delay.max_ms(), 1000.0);
    near(summary.latencies.disconnect_delay.mean_ms(), 2.0);
    near(summary.latencies.refusal_delay.percentile_ms(50.0), 900.0);
    assert_eq!(summary.latencies.post_dial_delay.count(), 100);
    assert_eq!(summary.latencies.lateness.count(), 200);
    assert_eq!(summary.late, 2, "50 ms is not over 50 ms");
    let slice = &summary.slices[50];
    let p95 = slice.post_dial_delay_p95_ms.unwrap();
    assert!((p95 / 95.0 - 1.0).abs() < 0.12, "no refusal among them: {p95} ms");
}

#[test]
fn packets_of_all_calls_add_up() {
    let media = |lost, jitter_ms| {
        Some(MediaReport { packets_sent: 500, packets_received: 500 - lost, packets_lost: lost, jitter_ms })
    };
    let calls = [
        CallRecord { media: media(5, 1.0), ..answered_by_pbx(0, 100.0, 10.0) },
        CallRecord { media: media(0, 3.0), ..answered_by_pbx(1, 100.0, 10.0) },
        refused(2, 100.0),
    ];
    let summary = collected(two_agents(), &calls).finish();
    let figures = summary.media.unwrap();
    assert_eq!((figures.calls, figures.packets_sent, figures.packets_received), (2, 1_000, 995));
    assert_eq!(fraction(&summary, Measure::PacketLoss), (5, 1_000));
    assert!((figures.jitter_p95_ms.unwrap() - 3.0).abs() < 0.01);
}

#[test]
fn beyond_the_known_duration_slices_double_and_lose_nothing() {
    let calls: Vec<_> =
        (0..1_000_u32).map(|i| answered_by_pbx(i.into(), 60.0 + 20.0 * f64::from(i), 15.0)).collect();
    let summary = collected(two_agents(), &calls).finish();
    assert!(summary.slices.len() <= CAPACITY, "{} slices", summary.slices.len());
    close(summary.slice_s, 64.0);
    let offered: u64 = summary.slices.iter().map(|slice| slice.counts.offered()).sum();
    assert_eq!(offered, 1_000);
    let used: f64 = summary.slices.iter().map(|slice| slice.concurrency_mean * summary.slice_s).sum();
    assert!((used - 15_000.0).abs() < 1e-6, "{used} circuit-seconds");
}

#[test]
fn memory_does_not_grow_with_calls_causes_agents_or_hours() {
    let mut collector = Collector::new(two_agents());
    let mut other = Collector::new(two_agents());
    for second in 0..10_000_u32 {
        let i = u64::from(second);
        let call = served(i, 100.0 + f64::from(second), &format!("agent-{i}"), 1.0, 1.0);
        collector.observe(&Observation::Ended(Box::new(call)));
        let cause: Arc<str> = format!("cause-{i}").into();
        collector.observe(&Observation::Ended(Box::new(CallRecord { cause, ..refused(i, 100.0) })));
        let cause: Arc<str> = format!("another-{i}").into();
        other.observe(&Observation::Ended(Box::new(CallRecord { cause, ..refused(i, 100.0) })));
    }
    collector.merge(other);
    let summary = collector.finish();
    assert!(summary.slices.len() <= CAPACITY);
    assert!(summary.causes.len() <= 4_097, "{} causes", summary.causes.len());
    assert_eq!(summary.causes.values().sum::<u64>(), 20_000, "names beyond the capacity count as others");
    assert!(summary.agents.len() <= 4_097, "{} agents", summary.agents.len());
    assert_eq!(summary.agents.iter().map(|agent| agent.calls).sum::<u64>(), 10_000);
}

#[test]
fn circuits_are_seen_where_refusals_come_only_at_the_top() {
    let busy = |circuits: u64| {
        let mut calls: Vec<_> = (0..circuits).map(|i| answered_by_pbx(i, 100.0, 60.0)).collect();
        calls.extend((0..6_u32).map(|i| refused(100 + u64::from(i), 110.0 + f64::from(i))));
        calls
    };
    assert_eq!(collected(two_agents(), &busy(8)).finish().traffic.circuits_seen, Some(8));
    let mut calls = busy(8);
    calls.extend((0..6_u32).map(|i| refused(200 + u64::from(i), 300.0 + f64::from(i))));
    let anywhere = collected(two_agents(), &calls).finish();
    assert_eq!(anywhere.traffic.circuits_seen, None, "half of the refusals came with every circuit free");
    let four: Vec<_> = busy(8).into_iter().take(8 + 4).collect();
    assert_eq!(collected(two_agents(), &four).finish().traffic.circuits_seen, None, "four prove nothing");
}

#[test]
fn replications_add_up_and_average() {
    let mut twice = collected(two_agents(), &twelve_calls());
    twice.merge(collected(two_agents(), &twelve_calls()));
    let (once, twice) = (collected(two_agents(), &twelve_calls()).finish(), twice.finish());
    assert_eq!(twice.counts.offered(), 24);
    assert_eq!(twice.replications.len(), 2);
    assert_eq!(twice.traffic.offered_erlangs, once.traffic.offered_erlangs);
    close(twice.traffic.carried_erlangs, once.traffic.carried_erlangs);
    assert_eq!(twice.traffic.peak_concurrent, once.traffic.peak_concurrent);
    close(twice.agents[0].occupancy, once.agents[0].occupancy.unwrap());
    close(twice.queue.unwrap().occupancy, once.queue.unwrap().occupancy.unwrap());
    assert_eq!(twice.queue.unwrap().asa_s, once.queue.unwrap().asa_s);
}

/// Coverage row 9: anna talks five times, 280 s in all, and wraps up for 10 s each time; from her first call at 60 s to the
/// wrap-up that ends at 350 s no pause is as long as half a minute. Occupancy is the erlangs of agents' work over agents.
#[test]
fn what_an_agent_carries_and_how_long_without_rest() {
    let summary = trace();
    let [anna, boris, clara] = summary.agents.as_slice() else { panic!("three agents are stated") };
    close(anna.longest_busy_s, 290.0);
    close(clara.longest_busy_s, 0.0);
    close(anna.calls_per_hour, 5.0 * 6.0);
    let erlangs = [anna, boris, clara].iter().map(|agent| agent.occupancy.unwrap()).sum::<f64>();
    close(erlangs, (280.0 + 5.0 * 10.0 + 220.0 + 3.0 * 20.0) / 600.0 + clara.occupancy.unwrap());
    close(summary.queue.unwrap().occupancy, erlangs / 3.0);
}

/// A call a minute of half a minute each, planned for ten hours: alone, and beside a whole replication.
#[test]
fn a_run_that_is_stopped_counts_by_the_time_that_it_lasted() {
    let settings = Settings { duration: Some(Duration::from_secs(36_000)), ..Settings::default() };
    let played = |calls: u32| {
        let record = |i: u32| answered_by_pbx(u64::from(i), 60.0 * f64::from(i + 1), 30.0);
        let calls: Vec<_> = (0..calls).map(record).collect();
        collected(settings.clone(), &calls)
    };
    let mut stopped = played(60);
    stopped.stop_early();
    let summary = stopped.finish();
    assert_eq!(summary.measured[1], Instant::from_secs_f64(3_600.0));
    close(summary.traffic.calls_per_second, 60.0 / 3_600.0);
    close(summary.traffic.offered_erlangs, 60.0 * 30.0 / 3_600.0);
    let mut both = played(600);
    both.merge(stopped);
    close(both.finish().traffic.calls_per_second, 660.0 / 39_600.0);
}

/// A call a minute of half a minute each, until 60 calls were made, or 600: each replication lasts to its last call, and no
/// longer because another does. The tail of the last call is in no measured time.
#[test]
fn replications_whose_calls_decide_their_length_count_by_their_own() {
    let played = |calls: u32| {
        let record = |i: u32| answered_by_pbx(u64::from(i), 60.0 * f64::from(i + 1), 30.0);
        let calls: Vec<_> = (0..calls).map(record).collect();
        collected(Settings::default(), &calls)
    };
    let merged = |lengths: [u32; 3]| {
        let mut all = played(lengths[0]);
        all.merge(played(lengths[1]));
        all.merge(played(lengths[2]));
        all.finish()
    };
    let summary = merged([60, 600, 60]);
    close(summary.traffic.calls_per_second, 1.0 / 60.0);
    close(summary.traffic.offered_erlangs, 0.5);
    let used_s = 30.0 * f64::from(59 + 599 + 59);
    // The slice in which the last call starts counts in proportion.
    let carried = summary.traffic.carried_erlangs;
    assert!((carried - used_s / (60.0 * 720.0)).abs() < 1e-3, "{carried}");
    assert_eq!(summary.own_lengths_s, [3_600.0, 36_000.0, 3_600.0]);
    close(summary.measured_s(), 14_400.0);
    // Each replication had the same load: nothing is left to chance, whatever their lengths.
    let load = summary.mean(Figure::OfferedErlangs).unwrap();
    let [low, high] = load.interval.unwrap();
    assert!(high - low < 1e-9, "{low} to {high}");
    // Only the first hour was passed by all of them.
    assert_eq!(summary.calendar.hours().len(), 1);
    assert_eq!(merged([600, 60, 60]).traffic, merged([60, 60, 600]).traffic);
}

/// What is done after the measured time, from 660 s on, counts in no occupancy and no load: of a call or a chat that began
/// before, its part until then.
#[test]
fn work_after_the_measured_time_is_in_no_occupancy_and_no_load() {
    let plain = collected(two_agents(), &twelve_calls()).finish();
    let mut collector = collected(two_agents(), &twelve_calls());
    let mut call = |record: CallRecord| collector.observe(&Observation::Ended(Box::new(record)));
    call(served(20, 640.0, "anna", 0.0, 60.0));
    let late = CallRecord { wait: None, ..served(21, 3_000.0, "boris", 0.0, 600.0) };
    call(late);
    let mut tell = |second: f64, note: Note| {
        collector.noted(&Noted { at: at(second), queue: "chat".into(), note });
    };
    let an_hour = Duration::from_secs(3_600);
    tell(650.0, Note::AtContacts { agent: 1, lasting: an_hour });
    tell(5_000.0, Note::AtContacts { agent: 1, lasting: an_hour });
    tell(659.0, Note::Contact(Handling::Arrived));
    tell(660.0, Note::Contact(Handling::Arrived));
    let summary = collector.finish();
    let [anna, boris, _] = summary.agents.as_slice() else { panic!("three agents are stated") };
    close(anna.occupancy, (280.0 + 20.0 + 5.0 * 10.0) / 600.0);
    close(boris.occupancy, (220.0 + 3.0 * 20.0 + 10.0) / 600.0);
    close(boris.contacts_s, 10.0);
    assert_eq!(boris.calls, 2, "the customer was called after it");
    assert_eq!(summary.notes.contacts["chat"].arrived, 1);
    let queue = summary.queue.unwrap();
    assert_eq!((queue.customers(), queue.called_back), (plain.queue.unwrap().offered + 1, 0));
    let offered = |summary: &Summary| {
        summary.traffic.offered_erlangs.unwrap() * 600.0 / summary.traffic.mean_holding_s.unwrap()
    };
    close(offered(&summary), offered(&plain) + 1.0);
}

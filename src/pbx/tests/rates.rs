//! Each way to count calls by the second, on a trace of its own.

use super::*;
use crate::pbx::config::Algorithm;

/// Which of these calls (at so many seconds) come in; none ends.
fn admitted(limit: RateLimit, at: &[f64]) -> Vec<bool> {
    let mut bench = Bench::new(Config { calls_per_second: Some(limit), ..Config::default() });
    let offers = (0_u64..).zip(at);
    offers.map(|(call, at)| !bench.offer(*at, call, "100")[0].contains("refused")).collect()
}

fn limit(per_second: f64, algorithm: Algorithm) -> RateLimit {
    RateLimit { algorithm, ..RateLimit::token_bucket(per_second, per_second.max(1.0)) }
}

fn spaced(count: u32, from: f64, step: f64) -> Vec<f64> {
    (0..count).map(|call| from + step * f64::from(call)).collect()
}

fn count(admitted: &[bool]) -> usize {
    admitted.iter().filter(|admitted| **admitted).count()
}

/// FreeSWITCH takes one from what is left and then asks whether something is left.
#[test]
fn freeswitch_lets_one_call_fewer_pass_in_each_second() {
    let mut offers = spaced(40, 0.0, 0.02);
    offers.extend(spaced(40, 1.0, 0.02));
    let window = admitted(limit(30.0, Algorithm::FixedWindow), &offers);
    assert_eq!((count(&window[..40]), count(&window[40..])), (30, 30));
    let freeswitch = admitted(limit(30.0, Algorithm::FreeswitchWindow), &offers);
    assert_eq!((count(&freeswitch[..40]), count(&freeswitch[40..])), (29, 29));
    assert!(freeswitch[..29].iter().all(|admitted| *admitted), "the first 29 of the second");
}

#[test]
fn an_average_lets_one_second_see_more_and_the_period_not() {
    let average = limit(1.0, Algorithm::Average { period: Duration::from_secs(60) });
    let mut offers = spaced(70, 0.0, 0.001);
    offers.extend([59.0, 59.9]);
    // The first second's calls are a whole period old.
    offers.extend(spaced(70, 60.0, 0.001));
    let admitted = admitted(average, &offers);
    assert_eq!(count(&admitted[..70]), 60, "sixty in the first second");
    assert_eq!(&admitted[70..72], [false, false]);
    assert_eq!(count(&admitted[72..]), 60);
}

/// Bursts of up to 3 a second and 5 in ten seconds; beyond either, nobody for 20 seconds, whoever calls meanwhile.
#[test]
fn a_violation_of_either_window_closes_the_door_until_it_is_time_to_resume() {
    let algorithm = Algorithm::BurstAndSustain {
        window: Duration::from_secs(1),
        sustained: 0.5,
        sustain_window: Duration::from_secs(10),
        resume_after: Duration::from_secs(20),
    };
    let trace = [
        (0.0, true),
        (0.1, true),
        (0.2, true),
        (0.3, false), // The fourth of a burst closes the door,
        (5.0, false), // and a call that both windows would bear is refused, too,
        (20.2, false),
        (20.3, true), // until 20 s later.
        (22.0, true),
        (24.0, true),
        (26.0, true),
        (28.0, true),
        (29.0, false), // The sixth of ten seconds closes it,
        (48.9, false),
        (49.0, true), // for as long.
    ];
    let (at, expected): (Vec<f64>, Vec<bool>) = trace.into_iter().unzip();
    assert_eq!(admitted(limit(3.0, algorithm), &at), expected);
}

#[test]
fn a_call_waits_for_its_turn_and_only_too_long_a_wait_is_refused() {
    let queue = limit(0.5, Algorithm::Queue { max_delay: Duration::from_secs(4) });
    let mut bench = Bench::new(Config { calls_per_second: Some(queue), ..Config::default() });
    assert_eq!(bench.offer(0.0, 1, "100"), ["1 answered by Pbx"]);
    for call in 2..=3 {
        assert!(bench.offer(0.0, call, "100").is_empty(), "call {call} waits");
    }
    assert_eq!(
        bench.offer(0.0, 4, "100"),
        ["4 refused 503/42 rate-limited by calls_per_second", "CDR 4 CONGESTION rate-limited"]
    );
    assert_eq!(bench.pbx.circuits_in_use(), 3, "who waits holds a circuit");
    assert_eq!(bench.wait(2.1), ["2 answered by Pbx"]);
    assert_eq!(bench.hang_up(3.0, 3), ["CDR 3 NO ANSWER abandoned"]);
    assert!(bench.wait(5.0).is_empty(), "the turn of who gave up passes unused");
    assert_eq!(bench.offer(6.0, 5, "100"), ["5 answered by Pbx"]);
}

/// Twice the limit: half is held back from the second period on, and none where the load has gone.
#[test]
fn overload_control_holds_back_the_share_that_was_too_much() {
    let control = limit(10.0, Algorithm::OverloadControl { every: Duration::from_secs(10) });
    let mut offers = spaced(200, 0.0, 0.05);
    offers.extend(spaced(2_000, 10.0, 0.05));
    offers.extend(spaced(50, 300.0, 1.0));
    let admitted = admitted(control, &offers);
    assert_eq!(count(&admitted[..200]), 200, "nothing was known yet");
    let share = count(&admitted[200..2_200]);
    // Half of 2000, within four standard deviations of a coin.
    assert!((910..=1_090).contains(&share), "{share}");
    assert_eq!(count(&admitted[2_200..]), 50);
}

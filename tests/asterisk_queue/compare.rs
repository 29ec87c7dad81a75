//! Line by line: the same phones for the same callers in the same order, the same events with the same positions.
//!
//! One rule of Asterisk is set in the queue that is compared, `RECHECK`: a waiting caller looks for a phone once a
//! second. What is left is Asterisk's whole seconds: it takes both ends of a wait from `time(NULL)`, so that a figure or
//! an epoch may be a second off.

use crate::trace::{Line, Offer, Trace};

/// Differences, one sentence each.
pub fn compare(theirs: &Trace, ours: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    for (number, (their, our)) in theirs.offers.iter().zip(&ours.offers).enumerate() {
        if (their.phone, &their.caller) != (our.phone, &our.caller) || (their.at_s - our.at_s).abs() > 1.0 {
            found.push(format!("offer {}: Asterisk {}, here {}", number + 1, told(their), told(our)));
        }
    }
    let (their_log, our_log) = (in_order_of_phones(&theirs.log), in_order_of_phones(&ours.log));
    for (number, (their, our)) in their_log.iter().zip(&our_log).enumerate() {
        if key(their) != key(our) || (their.at_s - our.at_s).abs() > 1 || !same_data(their, our) {
            found.push(format!("line {}: Asterisk {their:?}, here {our:?}", number + 1));
        }
    }
    for (what, their, our) in
        [("offers", theirs.offers.len(), ours.offers.len()), ("lines", theirs.log.len(), ours.log.len())]
    {
        if their != our {
            found.push(format!("{what}: Asterisk {their}, here {our}"));
        }
    }
    found
}

/// The log with the lines of phones that stopped ringing together for one caller in the order of the phones: who of
/// them refuses first, or is told first, is chance.
fn in_order_of_phones(log: &[Line]) -> Vec<Line> {
    let mut log = log.to_vec();
    let together = |a: &Line, b: &Line| {
        a.event.starts_with("RING") && (a.at_s, &a.caller, &a.event) == (b.at_s, &b.caller, &b.event)
    };
    for group in log.chunk_by_mut(together) {
        group.sort_by(|a, b| a.agent.cmp(&b.agent));
    }
    log
}

fn told(offer: &Offer) -> String {
    format!("phone {} for caller {} at {:.1} s", offer.phone, offer.caller, offer.at_s)
}

fn key(line: &Line) -> (&str, &str, &str, &str) {
    (&line.caller, &line.queue, &line.agent, &line.event)
}

/// Positions and texts are the same, times to a second.
fn same_data(their: &Line, our: &Line) -> bool {
    let second = if their.event.starts_with("RING") { 1_000 } else { 1 };
    let times: &[usize] = match &*their.event {
        "CONNECT" => &[0, 2],
        "COMPLETECALLER" | "COMPLETEAGENT" => &[0, 1],
        "ABANDON" | "EXITWITHTIMEOUT" => &[2],
        "RINGNOANSWER" | "RINGCANCELED" => &[0],
        _ => &[],
    };
    let close = |their: &str, our: &str| match (their.parse::<i64>(), our.parse::<i64>()) {
        (Ok(their), Ok(our)) => (their - our).abs() <= second,
        _ => false,
    };
    their.data.len() == our.data.len()
        && their.data.iter().zip(&our.data).enumerate().all(|(place, (their, our))| {
            if times.contains(&place) { close(their, our) } else { their == our }
        })
}

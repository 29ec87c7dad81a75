//! Events of the script that would turn another way if they came in another order, and stand too close for a real clock.
//!
//! SIPp and Asterisk take some milliseconds over each message. Two things that happen to different callers within less
//! than that may come either way round, and a recording would then differ from the next by chance.

use std::collections::BTreeSet;

/// Whole seconds decide between phones whose last calls ended within so long of each other (`leastrecent`).
const COMPARED_S: f64 = 1.1;

/// What our own PBX did at one instant, in seconds.
#[derive(Debug, Clone)]
pub struct Moment {
    pub at_s: f64,
    /// Whom the log or a phone's ringing concerned; nobody, if a waiting caller only looked in vain.
    pub callers: BTreeSet<String>,
    /// A phone became free.
    pub frees: bool,
    /// A conversation ended.
    pub ends: bool,
}

/// A caller who was answered, and would have given up.
#[derive(Debug, Clone)]
pub struct Chance {
    pub at_s: f64,
    pub other_s: f64,
    pub caller: String,
}

#[derive(Debug, Clone)]
pub struct History {
    pub moments: Vec<Moment>,
    pub chances: Vec<Chance>,
}

/// Pairs of moments closer than `margin_s` whose order decides, in words.
pub fn too_close(history: &History, margin_s: f64, by_whole_seconds: bool) -> Vec<String> {
    let moments = &history.moments;
    let near = |chance: &&Chance| (chance.at_s - chance.other_s).abs() < margin_s;
    let told_of = |chance: &Chance| {
        format!("caller {} is answered at {:.3} s and would give up", chance.caller, chance.at_s)
    };
    let mut found: Vec<String> = history.chances.iter().filter(near).map(told_of).collect();
    for (place, early) in moments.iter().enumerate() {
        let near = |late: &&Moment| late.at_s - early.at_s < margin_s;
        for late in moments[place + 1..].iter().take_while(near) {
            let different = early.callers.is_disjoint(&late.callers);
            let looks = [early, late].map(|moment| moment.callers.is_empty());
            let decides = match looks {
                [true, true] => false,
                [true, false] => late.frees,
                [false, true] => early.frees,
                [false, false] => different,
            };
            if decides {
                found.push(format!("{} and {}", told(early), told(late)));
            }
        }
    }
    if by_whole_seconds {
        let ends: Vec<f64> = moments.iter().filter(|moment| moment.ends).map(|moment| moment.at_s).collect();
        let from_second = |at: f64| (at - at.round()).abs();
        for (early, late) in ends.iter().zip(&ends[1..]).filter(|(early, late)| *late - *early < COMPARED_S) {
            if from_second(*early) < margin_s || from_second(*late) < margin_s {
                found.push(format!("calls end at {early:.3} s and {late:.3} s, close to a whole second"));
            }
        }
    }
    found
}

fn told(moment: &Moment) -> String {
    let callers = moment.callers.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let who = if callers.is_empty() { "a look in vain".to_owned() } else { format!("caller {callers}") };
    format!("{who} at {:.3} s", moment.at_s)
}

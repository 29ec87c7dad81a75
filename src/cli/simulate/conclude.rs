//! From what all replications came to, to a result.

use crate::cli::simulate::replication::Played;
use crate::cli::simulate::warm_up;
use crate::endpoint::caller::Transport;
use crate::result;
use crate::result::Driver;
use crate::result::DriverFacts;
use crate::result::Ended;
use crate::result::RunResult;
use crate::scenario::Media;
use crate::scenario::Scenario;
use crate::sim::warm_up::WarmUp;
use crate::time::TimeScale;
use crate::verdict::Gate;

/// Judges the figures by the gates.
pub(super) fn judge(
    scenario: &Scenario,
    gates: &[Gate],
    mut played: Played,
    found: Option<&WarmUp>,
) -> RunResult {
    let summary = played.collector.finish();
    let replications = summary.replications.len() as u64;
    let mut notes = notes(scenario, replications);
    notes.extend(found.map(|found| warm_up::note(scenario, found)));
    let (out_of_time, cases) = (played.out_of_time, played.cases.take());
    let required = std::mem::take(&mut played.required);
    notes.append(&mut played.precision);
    notes.extend(out_of_time.then(|| {
        "stopped by the time limit: the same seed gives other figures on another machine".to_owned()
    }));
    notes.extend(played.interrupted.map(|_| interrupted(&played, replications)));
    notes.extend(played.stopped_by.as_ref().map(|gate| format!("stopped by the gate {gate}")));
    notes.extend(played.endless.then(|| {
        "stopped: callers wait for what never happens, as phones that nobody answers or a menu that leads to itself; \
         give them `patience`, or the scenario a `drain`"
            .to_owned()
    }));
    let facts = DriverFacts {
        driver: Driver::Simulation,
        ended: if played.interrupted.is_some() {
            Ended::Interrupted
        } else if played.stopped_by.is_some() || played.endless || played.attempts_cut() {
            Ended::Stopped
        } else {
            Ended::Complete
        },
        target: "bundled".to_owned(),
        scheduled: played.attempts + played.not_started,
        started: played.attempts,
        not_started: played.not_started,
        recorded: played.recorded,
        interarrival_cv: played.poisson.map(|fit| fit.interarrival_cv),
        ks_p: played.poisson.map(|fit| fit.ks_p),
        ladders: Vec::new(),
        books: played.books.map(result::Books::from),
        processor: None,
        warm_up_found: found.map(warm_up::facts),
        required,
        notes,
        faults: Vec::new(),
    };
    let result = result::assemble(scenario, &summary, gates, facts);
    let result = match cases {
        Some(cases) => cases.told(scenario, result),
        None => result,
    };
    let by_hand = result.ended == Ended::Interrupted;
    RunResult { reproducible: (out_of_time || by_hand).then_some(false), ..result }
}

/// What the figures of an interrupted simulation are of.
fn interrupted(played: &Played, replications: u64) -> String {
    if played.not_started > 0 {
        return "interrupted: the figures are of the simulated time until then".to_owned();
    }
    let finished = replications.max(1);
    format!("interrupted: the figures are those of --replications {finished}")
}

/// What a reader must know: the keys of the wire that have no effect here, and whose books the files are.
fn notes(scenario: &Scenario, replications: u64) -> Vec<String> {
    let authenticates = scenario.traffic.callers.iter().any(|caller| caller.auth.is_some());
    let keys = [
        ("time_scale", scenario.time_scale != TimeScale::REAL),
        ("media", scenario.live.media != Media::None),
        ("transport", scenario.live.transport != Transport::Udp),
        ("auth", authenticates),
        ("pbx.users", !scenario.live.phones.users.is_empty()),
    ];
    let unused: Vec<_> = keys.iter().filter(|(_, used)| *used).map(|(key, _)| *key).collect();
    let mut notes = Vec::new();
    if !unused.is_empty() {
        notes.push(format!("simulated without a wire: {} had no effect", unused.join(", ")));
    }
    if replications > 1 {
        notes.push(format!(
            "the call records and the PBX's books are those of the first of {replications} replications"
        ));
    }
    notes
}

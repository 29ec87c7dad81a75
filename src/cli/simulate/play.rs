//! All replications of a simulation, on several threads, merged in the order of their index.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::cli::Failure;
use crate::cli::lost_row::LostRow;
use crate::cli::simulate::Arguments;
use crate::cli::simulate::files::Files;
use crate::cli::simulate::progress::Progress;
use crate::cli::simulate::replication::Played;
use crate::cli::simulate::replication::Replication;
use crate::cli::simulate::stopping::Precision;
use crate::cli::simulate::stopping::TimeLimit;
use crate::live::interrupts::Interrupts;
use crate::metrics::Settings;
use crate::result;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::replications;
use crate::units::Period;
use crate::verdict::Gate;
use crate::verdict::gate::Capabilities;

/// What shall be simulated, and how long.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    scenario: &'a Scenario,
    gates: &'a [Gate],
    settings: Settings,
    /// At least so many replications, at most so many.
    least: u64,
    most: u64,
    precisions: Vec<Precision>,
    limit: Option<Period>,
    threads: usize,
    quiet: bool,
    loses: Option<LostRow>,
}

impl<'a> Plan<'a> {
    /// The plan of the command line.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a precision can't be asked for.
    pub(super) fn new(
        scenario: &'a Scenario,
        gates: &'a [Gate],
        arguments: &Arguments,
        capabilities: &Capabilities,
    ) -> Result<Self, Failure> {
        let precisions = arguments.precision.iter().map(|text| Precision::parse(text, capabilities));
        let precisions = precisions.collect::<Result<Vec<_>, _>>()?;
        let counted: Vec<Gate> =
            gates.iter().chain(precisions.iter().map(Precision::gate)).cloned().collect();
        let settings = result::collector_settings(scenario, &counted);
        if let Some(precision) =
            precisions.iter().find(|precision| !precision.is_counted(&settings.thresholds))
        {
            return Err(precision.uncounted());
        }
        let open_ended = !precisions.is_empty() || arguments.time_limit.is_some();
        let least = arguments.replications();
        let most = if open_ended { arguments.max_replications.max(least) } else { least };
        Ok(Self {
            scenario,
            gates,
            settings,
            least,
            most,
            precisions,
            limit: arguments.time_limit,
            threads: arguments.common.threads,
            quiet: arguments.common.quiet,
            loses: arguments.common.lose_row.map(LostRow::of),
        })
    }
}

/// Plays all replications that the plan asks for, or as many as are finished when a signal comes; the first one's books go
/// to `files`, where there are any.
///
/// # Errors
/// [`Failure::Tool`] if the books can't be written.
pub(super) fn play(
    mut plan: Plan<'_>,
    files: Option<&mut Files>,
    interrupts: &Interrupts,
) -> Result<Played, Failure> {
    let limit = TimeLimit::start(plan.limit.map(|limit| limit.0));
    let progress = Progress::new(plan.quiet);
    let mut precisions = std::mem::take(&mut plan.precisions);
    // Only the first replication finds them here.
    let files = Mutex::new(files);
    let work = |index| {
        let mut slot = files.lock().unwrap_or_else(PoisonError::into_inner);
        let files = if index == 0 { slot.take() } else { None };
        drop(slot);
        let (scenario, seed) = (plan.scenario, plan.scenario.seed.replication(index));
        let stops = (limit, interrupts);
        // Many may be over before any of them looks at the clock.
        if index > 0
            && let Some(none) = Played::none(&plan.settings, stops)
        {
            return Ok(none);
        }
        if files.is_none()
            && let settings = plan.settings.clone()
            && let Some(played) = Played::straight(plan.gates, scenario, seed, settings, &progress, stops)
        {
            return Ok(played);
        }
        let mut replication =
            Replication::new(plan.gates, scenario, plan.settings.clone(), files, &progress, stops)
                .losing(plan.loses);
        let report = if replication.keeps_books() {
            sim::run(scenario, seed, |entry| replication.take(entry))
        } else {
            sim::run_without_books(scenario, seed, |entry| replication.take(entry))
        };
        replication.finish(scenario, &report)
    };
    let mut all: Result<Option<Played>, Failure> = Ok(None);
    replications::in_order(plan.most, plan.threads, work, |index, one| match one {
        Err(failure) => {
            all = Err(failure);
            ControlFlow::Break(())
        }
        Ok(one) => {
            let Ok(played) = &mut all else { return ControlFlow::Break(()) };
            progress.finished(index + 1, plan.most);
            add(played, one, &plan, &mut precisions, index)
        }
    });
    progress.clear();
    let played = all?.expect("clap refuses fewer than one replication");
    Ok(Played { precision: precisions.iter().map(Precision::outcome).collect(), ..played })
}

/// Adds replication `index` to those before it; to break is to have enough.
fn add(
    all: &mut Option<Played>,
    one: Played,
    plan: &Plan<'_>,
    precisions: &mut [Precision],
    index: u64,
) -> ControlFlow<()> {
    for precision in &mut *precisions {
        precision.add(one.collector.counts(), &plan.settings.thresholds);
    }
    let stopped = one.stopped_by.is_some();
    let (out_of_time, interrupted) = (one.out_of_time, one.interrupted);
    let cut = out_of_time || interrupted.is_some();
    match all {
        // Half a replication is no replication: its late part, the busiest perhaps, is missing.
        Some(all) if cut => {
            all.out_of_time |= out_of_time;
            all.interrupted = interrupted;
        }
        Some(all) => all.add(one),
        None => *all = Some(one),
    }
    let precise = !precisions.is_empty() && precisions.iter().all(Precision::is_met);
    if stopped || cut || (precise && index + 1 >= plan.least) {
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(())
}

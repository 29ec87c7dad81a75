//! Tables about the work of the PBX and its people, each only where its feature is used.

use super::language::Language;
use super::language::fill;
use super::language::work_words::WorkWords;
use super::table::Table;
use crate::result::ProcessorCost;
use crate::result::RunResult;

/// A titled table with a note under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    pub table: Table,
    pub note: &'static str,
}

/// What there is to tell.
#[must_use]
pub fn sections(result: &RunResult, language: Language) -> Vec<Section> {
    [
        callbacks(result, language),
        super::menus::exits(result, language),
        super::menus::trends(result, language),
        sent_on(result, language),
        transfers(result, language),
        queue_waits(result, language),
        result.processor.as_ref().map(|cost| processor(cost, language)),
        owners(result, language),
        flows(result, language),
        contractors(result, language),
        contacts(result, language),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn callbacks(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.callbacks_requested,
        words.callbacks_done,
        words.callbacks_failed,
        words.callbacks_pending,
        words.callbacks_promise,
        words.callbacks_in_time,
        words.callbacks_late,
        words.callbacks_never,
        words.callbacks_kept,
    ]);
    for queue in &result.callbacks {
        let kept = super::figures::with_interval(queue.kept, queue.kept_ci95, language);
        table.push(vec![
            queue.queue.clone(),
            language.count(queue.requested),
            language.count(queue.done),
            language.count(queue.failed),
            language.count(queue.pending),
            language.duration(queue.promise_s),
            language.count(queue.in_time),
            language.count(queue.late),
            language.count(queue.never),
            kept.unwrap_or_default(),
        ]);
    }
    let section = Section { title: words.callbacks, table, note: words.callbacks_note };
    (!section.table.rows.is_empty()).then_some(section)
}

/// What a PBX's processor spends.
#[must_use]
pub fn processor(cost: &ProcessorCost, language: Language) -> Section {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[words.processor_what, words.processor_value]);
    let between = |[low, high]: [f64; 2], show: &dyn Fn(f64) -> String| {
        super::text::bracket(&show(low.max(0.0)), &show(high), language)
    };
    let milliseconds = |value: f64| language.decimal(value, 3);
    let percent = |value: f64| language.decimal(value * 1e4, 2);
    let setup = cost.setup_ms;
    let values = format!("{} {}", milliseconds(setup.value), between(setup.ci95, &milliseconds));
    table.push(vec![words.processor_setup.to_owned(), values]);
    let calls = cost.core_per_call.map_or_else(
        || words.processor_nothing.to_owned(),
        |call| format!("{} {}", percent(call.value), between(call.ci95, &percent)),
    );
    table.push(vec![words.processor_calls.to_owned(), calls]);
    let most =
        cost.concurrent_calls.map_or_else(String::new, |most| format!(", concurrent_calls: {most:.0}"));
    let carries = format!("processor: {{calls_per_second: {:.0}{most}}}", cost.calls_per_second);
    table.push(vec![words.processor_carries.to_owned(), carries]);
    let rests = [
        ("seconds", language.count(cost.seconds)),
        ("setups", language.count(cost.setups)),
        ("calls", language.decimal(cost.mean_calls, 1)),
        ("used", language.decimal(cost.used_s, 2)),
        ("cores", language.count(cost.cores.into())),
    ];
    let rests = rests.each_ref().map(|(name, value)| (*name, value.as_str()));
    table.push(vec![words.processor_basis.to_owned(), fill(words.processor_rests, &rests)]);
    Section { title: words.processor, table, note: words.processor_note }
}

fn sent_on(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[words.queue, words.sent_on_why, words.sent_on_to, words.sent_on_callers]);
    for way in &result.sent_on {
        let why = match &*way.why {
            "full" => words.sent_on_full,
            "timeout" => words.sent_on_timeout,
            _ => words.sent_on_empty,
        };
        let callers = language.count(way.callers);
        table.push(vec![way.queue.clone(), why.to_owned(), place(&way.to, words), callers]);
    }
    (!table.rows.is_empty()).then_some(Section { title: words.sent_on, table, note: words.sent_on_note })
}

fn transfers(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.transfer_number,
        words.sent_on_to,
        words.transfer_conversations,
        words.transfer_sent_on,
        words.transfer_share,
    ]);
    for way in &result.transfers.as_ref()?.ways {
        let share = super::figures::with_interval(way.share, way.share_ci95, language);
        let places: Vec<String> = way.leads_to.iter().map(|to| place(to, words)).collect();
        table.push(vec![
            way.queue.clone(),
            way.to.clone(),
            places.join("; "),
            language.count(way.conversations),
            language.count(way.sent_on),
            share.unwrap_or_default(),
        ]);
    }
    Some(Section { title: words.transfers, table, note: words.transfers_note })
}

fn queue_waits(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.transfer_callers,
        words.transfer_came_so,
        words.transfer_answered,
        words.transfer_wait,
        words.transfer_wait_so,
        words.transfer_in_time,
    ]);
    let seconds = |value: Option<f64>| value.map_or_else(String::new, |value| language.duration(value));
    for queue in &result.transfers.as_ref()?.queues {
        let in_time = super::figures::with_interval(queue.in_time, queue.in_time_ci95, language);
        let within = language.duration(queue.threshold_s);
        table.push(vec![
            queue.queue.clone(),
            language.count(queue.callers),
            language.count(queue.sent_here),
            language.count(queue.answered),
            seconds(queue.mean_wait_s),
            seconds(queue.sent_here_mean_wait_s),
            in_time.map_or_else(String::new, |share| format!("{within}: {share}")),
        ]);
    }
    let section = Section { title: words.transfer_waits, table, note: words.transfer_waits_note };
    (!section.table.rows.is_empty()).then_some(section)
}

/// Where a way on leads, in the reader's language.
fn place(to: &str, words: &'static WorkWords) -> String {
    match to.split_once(' ') {
        Some(("queue", name)) => format!("{}: {name}", words.queue),
        Some(("menu", name)) => format!("{}: {name}", words.sent_on_menu),
        Some(("extension", number)) => format!("{}: {number}", words.sent_on_extension),
        _ if to == "voicemail" => words.sent_on_voicemail.to_owned(),
        _ if to == "callback" => words.sent_on_callback.to_owned(),
        _ => to.to_owned(),
    }
}

fn owners(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.owners_known,
        words.owners_reached,
        words.owners_fell_back,
        words.owners_gone,
        words.owners_share,
    ]);
    for queue in &result.owners {
        let share = super::figures::with_interval(queue.share, queue.share_ci95, language);
        table.push(vec![
            queue.queue.clone(),
            language.count(queue.known),
            language.count(queue.reached),
            language.count(queue.fell_back),
            language.count(queue.gone),
            share.unwrap_or_default(),
        ]);
    }
    (!table.rows.is_empty()).then_some(Section { title: words.owners, table, note: words.owners_note })
}

fn flows(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.flows_entered,
        words.flows_own,
        words.flows_outsourced,
        words.flows_lost,
    ]);
    for queue in &result.outsourcing.as_ref()?.queues {
        let counts = [queue.entered, queue.own, queue.outsourced, queue.lost];
        let counts = counts.map(|count| language.count(count));
        table.push(std::iter::once(queue.queue.clone()).chain(counts).collect());
    }
    (!table.rows.is_empty()).then_some(Section { title: words.flows, table, note: words.flows_note })
}

fn contractors(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.contractor_offered,
        words.contractor_answered,
        words.contractor_back,
        words.flows_lost,
        words.contractor_in_time,
        words.contractor_promised,
        words.contractor_minutes,
        words.contractor_invoice,
    ]);
    for contractor in &result.outsourcing.as_ref()?.contractors {
        let in_time = super::figures::with_interval(contractor.in_time, contractor.in_time_ci95, language);
        let promised = [
            ("share", language.round_percent(contractor.promised)),
            ("time", language.duration(contractor.threshold_s)),
        ];
        let promised = promised.each_ref().map(|(name, value)| (*name, value.as_str()));
        table.push(vec![
            contractor.queue.clone(),
            language.count(contractor.offered),
            language.count(contractor.answered),
            language.count(contractor.handed_back),
            language.count(contractor.lost),
            in_time.unwrap_or_default(),
            fill(words.contractor_promise, &promised),
            language.digits(&contractor.charged_minutes),
            format!("{}\u{a0}{}", language.digits(&contractor.invoice), contractor.currency),
        ]);
    }
    Some(Section { title: words.contractors, table, note: words.contractors_note })
}

fn contacts(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.contact_kind,
        words.contact_arrived,
        words.contact_answered,
        words.contact_in_time,
        words.contact_due,
        words.contact_wait,
        words.contact_resolution,
        words.contact_work,
    ]);
    let seconds = |value: Option<f64>| value.map_or_else(String::new, |value| language.duration(value));
    for kind in &result.contacts {
        let share = super::figures::with_interval(kind.share, kind.share_ci95, language);
        table.push(vec![
            kind.kind.clone(),
            language.count(kind.arrived),
            language.count(kind.answered),
            share.unwrap_or_default(),
            language.duration(kind.answer_within_s),
            seconds(kind.mean_wait_s),
            seconds(kind.mean_resolution_s),
            language.duration(kind.work_s),
        ]);
    }
    (!table.rows.is_empty()).then_some(Section { title: words.contacts, table, note: words.contacts_note })
}

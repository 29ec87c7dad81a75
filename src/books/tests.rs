//! What is written is read back, and a row that is lost is missed.

use std::sync::Arc;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::books::{Agreement, Hidden, Reconciler, calls_csv, cdr_csv, master_csv, queue_log, reconcile};
use crate::outcome::{CallRecord, EndedBy, Latency, Limiter, MediaReport, Outcome, Phase};
use crate::pbx::books::{CdrDetail, CdrRow, Disposition, QueueEvent, QueueEventKind, cause};
use crate::time::{Duration, Instant};

const NAMES: &str = "[A-Za-z0-9а-я,\"; @.'-]{1,12}";

fn start() -> jiff::Zoned {
    "2026-01-05T08:00[Europe/Moscow]".parse().unwrap()
}

fn text() -> impl Strategy<Value = Arc<str>> {
    NAMES.prop_map(Arc::from)
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..10_u64.pow(15)).prop_map(Instant::from_nanos)
}

fn lasting() -> impl Strategy<Value = Duration> {
    (0..10_u64.pow(14)).prop_map(Duration::from_nanos)
}

fn ended_by() -> impl Strategy<Value = EndedBy> {
    select(vec![EndedBy::Caller, EndedBy::Agent, EndedBy::Pbx, EndedBy::Network, EndedBy::RunEnd])
}

fn latency() -> impl Strategy<Value = Latency> {
    (lasting(), option::of(lasting()), option::of(lasting()), option::of(lasting())).prop_map(
        |(lateness, post_dial_delay, answer_delay, disconnect_delay)| Latency {
            lateness,
            post_dial_delay,
            answer_delay,
            disconnect_delay,
        },
    )
}

fn media() -> impl Strategy<Value = MediaReport> {
    (any::<u64>(), any::<u64>(), any::<u64>(), 0.0..1e4).prop_map(
        |(packets_sent, packets_received, packets_lost, jitter_ms)| MediaReport {
            packets_sent,
            packets_received,
            packets_lost,
            jitter_ms,
        },
    )
}

prop_compose! {
    fn record()(
        texts in [text(), text(), text(), text(), text()],
        index in any::<u64>(),
        attempt in any::<u32>(),
        intended_start in instant(),
        instants in [option::of(instant()), option::of(instant()), option::of(instant()), option::of(instant())],
        outcome in select(Outcome::ALL.to_vec()),
        (sip_status, q850) in (option::of(100_u16..700), option::of(any::<u8>())),
        limiter in option::of(select(Limiter::ALL.to_vec())),
        (wait, talk) in (option::of(lasting()), option::of(lasting())),
        (agent, queue) in (option::of(text()), option::of(text())),
        ended_by in ended_by(),
        [warm_up, last_attempt, defected, served_before] in any::<[bool; 4]>(),
        (latency, media) in (option::of(latency()), option::of(media())),
    ) -> CallRecord {
        let [call_id, caller, class, did, cause] = texts;
        let [started, ringing, answered, ended] = instants;
        let phase = if warm_up { Phase::WarmUp } else { Phase::Measured };
        CallRecord {
            call_id, index, attempt, phase, caller, class, did, intended_start, started, ringing, answered,
            ended, outcome, cause, sip_status, q850, limiter, wait, talk, agent, queue, ended_by, last_attempt,
            defected, served_before, latency, media,
        }
    }
}

prop_compose! {
    fn cdr_row()(
        [name, from, to] in [text(), text(), text()],
        start in instant(),
        steps in [lasting(), lasting(), lasting()],
        [answered, is_connected] in any::<[bool; 2]>(),
        disposition in select(Disposition::ALL.to_vec()),
        (sip_status, q850) in (option::of(100_u16..700), option::of(any::<u8>())),
        limiter in option::of(select(Limiter::ALL.to_vec())),
        cause in select(cause::ALL.to_vec()),
        (queue, agent) in (option::of(text()), option::of(text())),
        ended_by in ended_by(),
    ) -> CdrRow {
        let answer = answered.then_some(start + steps[0]);
        let connected = is_connected.then_some(start + steps[0] + steps[1]);
        let end = start + steps[0] + steps[1] + steps[2];
        CdrRow {
            name, from, to, start, answer, connected, end, disposition, sip_status, q850, limiter, cause, queue,
            agent, ended_by,
            scope: limiter.map(|_| Arc::from("trunk 1")),
            billed: is_connected && limiter.is_none(),
            recorded_bytes: is_connected.then_some(8_000),
            class: is_connected.then(|| Arc::from("key, account")),
            route: answered.then(|| Arc::from("menu main > queue sales")),
            wrap_up: is_connected.then(|| Arc::from("billing")),
            transferred_to: answered.then(|| Arc::from("103 > 104")),
        }
    }
}

/// Ways out of the queue that are no agent's.
fn logged_exit() -> impl Strategy<Value = QueueEventKind> {
    let s = || (0..100_000_u64).prop_map(Duration::from_secs);
    let positions = || (1..1_000_u32, 1..1_000_u32, s());
    prop_oneof![
        positions().prop_map(|(position, original_position, wait)| {
            QueueEventKind::ExitEmpty { position, original_position, wait }
        }),
        ("[0-9*#]", positions()).prop_map(|(key, (position, original_position, wait))| {
            QueueEventKind::ExitWithKey { key: Arc::from(key), position, original_position, wait }
        }),
        (text(), s(), s(), 1..1_000_u32).prop_map(|(extension, hold, talk, original_position)| {
            let context = Arc::from("public");
            QueueEventKind::BlindTransfer { extension, context, hold, talk, original_position }
        }),
        (text(), s(), s(), 1..1_000_u32).prop_map(|(bridge, hold, talk, original_position)| {
            QueueEventKind::AttendedTransfer { bridge, hold, talk, original_position }
        }),
    ]
}

fn logged_presence() -> impl Strategy<Value = QueueEventKind> {
    prop_oneof![
        (0..100_000_u64).prop_map(|ms| QueueEventKind::RingCanceled { ring: Duration::from_millis(ms) }),
        Just(QueueEventKind::AddMember),
        Just(QueueEventKind::RemoveMember),
        text().prop_map(|reason| QueueEventKind::Pause { reason }),
        text().prop_map(|reason| QueueEventKind::Unpause { reason }),
    ]
}

/// A queue event as the log can hold it: whole seconds, milliseconds for the phone's ringing.
fn logged_event() -> impl Strategy<Value = QueueEvent> {
    let s = || (0..100_000_u64).prop_map(Duration::from_secs);
    let position = 1..1_000_u32;
    let kind = prop_oneof![
        ("[0-9]{3,12}", position.clone()).prop_map(|(caller, position)| {
            QueueEventKind::EnterQueue { caller: Arc::from(caller), position }
        }),
        (s(), s()).prop_map(|(hold, ring)| QueueEventKind::Connect { hold, ring }),
        (s(), s(), position.clone()).prop_map(|(hold, talk, original_position)| {
            QueueEventKind::CompleteCaller { hold, talk, original_position }
        }),
        (s(), s(), position.clone()).prop_map(|(hold, talk, original_position)| {
            QueueEventKind::CompleteAgent { hold, talk, original_position }
        }),
        (position.clone(), position.clone(), s()).prop_map(|(position, original_position, wait)| {
            QueueEventKind::Abandon { position, original_position, wait }
        }),
        (position.clone(), position.clone(), s()).prop_map(|(position, original_position, wait)| {
            QueueEventKind::ExitWithTimeout { position, original_position, wait }
        }),
        (position.clone(), position.clone(), s()).prop_map(|(position, original_position, wait)| {
            QueueEventKind::ExitEmpty { position, original_position, wait }
        }),
        (position, 0..1_000_u64)
            .prop_map(|(position, minutes)| QueueEventKind::Announce { position, minutes }),
        (0..100_000_u64).prop_map(|ms| QueueEventKind::RingNoAnswer { ring: Duration::from_millis(ms) }),
        logged_exit(),
        logged_presence(),
    ];
    (0..1_000_000_u64, text(), text(), option::of(text()), kind).prop_map(
        |(at, call, queue, agent, event)| QueueEvent {
            at: Instant::ZERO + Duration::from_secs(at),
            call,
            queue,
            agent,
            event,
        },
    )
}

proptest! {
    #[test]
    fn calls_csv_reads_back_as_written(records in prop::collection::vec(record(), 0..8)) {
        let mut text = Vec::new();
        let mut writer = calls_csv::Writer::new(&mut text).unwrap();
        for record in &records { writer.write(record).unwrap(); }
        writer.flush().unwrap();
        drop(writer);
        let read: Vec<_> = calls_csv::Reader::new(&*text).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read, records);
    }

    #[test]
    fn cdr_csv_reads_back_as_written(rows in prop::collection::vec(cdr_row(), 0..8)) {
        let mut text = Vec::new();
        let mut writer = cdr_csv::Writer::new(&mut text).unwrap();
        for row in &rows { writer.write(row).unwrap(); }
        writer.flush().unwrap();
        drop(writer);
        let read: Vec<_> = cdr_csv::Reader::new(&*text).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn master_csv_reads_back_as_written(rows in prop::collection::vec(cdr_row(), 0..8)) {
        let mut text = Vec::new();
        let mut writer = master_csv::Writer::new(&mut text, start(), CdrDetail::Full);
        for row in &rows { writer.write(row).unwrap(); }
        let read: Vec<_> = master_csv::read(&*text).map(Result::unwrap).collect();
        let written: Vec<_> =
            (0..).zip(&rows).map(|(sequence, row)| master_csv::MasterRow::new(row, sequence, &start())).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn queue_log_reads_back_as_written(events in prop::collection::vec(logged_event(), 0..8)) {
        let mut text = Vec::new();
        let mut writer = queue_log::Writer::new(&mut text, start()).unwrap();
        for event in &events { writer.write(event).unwrap(); }
        let read: Vec<_> = queue_log::read(&*text, &start()).map(Result::unwrap).collect();
        prop_assert_eq!(read, events);
    }

    /// Whatever stands in a file, reading it ends in rows or errors, never in a panic.
    #[test]
    fn readers_survive_any_text(text in "[\\PC\n\",|0-9]{0,200}") {
        let bytes = text.as_bytes();
        let header = calls_csv::COLUMNS.join(",") + "\n" + &text;
        let _ = calls_csv::Reader::new(bytes).map(Iterator::count);
        let _ = calls_csv::Reader::new(header.as_bytes()).unwrap().take(50).count();
        let _ = cdr_csv::Reader::new(bytes).map(Iterator::count);
        let _ = master_csv::read(bytes).count();
        let _ = queue_log::read(bytes, &start()).count();
    }
}

fn seconds(at: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(at)
}

fn row(name: &str) -> CdrRow {
    CdrRow {
        name: Arc::from(name),
        from: Arc::from("5510246"),
        to: Arc::from("320"),
        start: seconds(10),
        answer: Some(seconds(12)),
        connected: Some(seconds(12)),
        end: seconds(42),
        disposition: Disposition::Answered,
        sip_status: None,
        q850: None,
        limiter: None,
        cause: cause::ANSWERED,
        queue: Some(Arc::from("support")),
        agent: Some(Arc::from("201")),
        ended_by: EndedBy::Caller,
        scope: None,
        billed: false,
        recorded_bytes: None,
        class: None,
        route: None,
        wrap_up: None,
        transferred_to: None,
    }
}

/// Field by field what Asterisk 16 writes for such a call.
#[test]
fn asterisks_books_look_as_asterisk_writes_them() {
    let mut text = Vec::new();
    master_csv::Writer::new(&mut text, start(), CdrDetail::Full).write(&row("1795319332.4")).unwrap();
    let expected = "\"\",\"5510246\",\"320\",\"public\",\"\"\"\"\" <5510246>\",\"SIP/5510246-00000000\",\
        \"SIP/201\",\"Queue\",\"support\",\"2026-01-05 08:00:10\",\"2026-01-05 08:00:12\",\
        \"2026-01-05 08:00:42\",32,30,\"ANSWERED\",\"DOCUMENTATION\",\"1795319332.4\",\"answered\",\"\",\
        \"1795319332.4\",0\n";
    assert_eq!(String::from_utf8(text).unwrap(), expected);

    let mut text = Vec::new();
    let mut log = queue_log::Writer::new(&mut text, start()).unwrap();
    let enter = QueueEventKind::EnterQueue { caller: Arc::from("5510246"), position: 1 };
    let connect = QueueEventKind::Connect { hold: Duration::from_secs(2), ring: Duration::from_secs(2) };
    for (at, agent, event) in [(10, None, enter), (12, Some(Arc::from("PJSIP/201")), connect)] {
        let (call, queue) = (Arc::from("1795319332.4"), Arc::from("support"));
        log.write(&QueueEvent { at: seconds(at), call, queue, agent, event }).unwrap();
    }
    let epoch = start().timestamp().as_second();
    let expected = format!(
        "{epoch}|NONE|NONE|NONE|QUEUESTART|\n\
        {}|1795319332.4|support|NONE|ENTERQUEUE||5510246|1\n\
        {}|1795319332.4|support|PJSIP/201|CONNECT|2|1795319332.4|2\n",
        epoch + 10,
        epoch + 12
    );
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

/// As shipped: of a call that nobody answered no row, of an answered one 16 columns.
#[test]
fn asterisks_defaults_hide_what_was_refused_and_the_comparison_says_how_much() {
    let refused = CdrRow {
        answer: None,
        connected: None,
        disposition: Disposition::Congestion,
        cause: cause::TRUNK_FULL,
        limiter: Some(Limiter::Channels),
        queue: None,
        agent: None,
        ..row("2")
    };
    let mut text = Vec::new();
    let mut writer = master_csv::Writer::new(&mut text, start(), CdrDetail::AsteriskDefaults);
    for row in [&refused, &row("1")] {
        writer.write(row).unwrap();
    }
    let text = String::from_utf8(text).unwrap();
    assert!(text.ends_with(",32,30,\"ANSWERED\",\"DOCUMENTATION\"\n") && text.lines().count() == 1, "{text}");
    let read: Vec<_> = master_csv::read(text.as_bytes()).map(Result::unwrap).collect();
    assert_eq!((read[0].billed_s, &*read[0].unique_id), (30, ""));

    let (mut records, mut rows, events) = three_books();
    let lost = CallRecord {
        call_id: Arc::from("2"),
        outcome: "technical.trunk".parse().unwrap(),
        cause: Arc::from("pbx-trunk-full"),
        answered: None,
        agent: None,
        queue: None,
        ..records[0].clone()
    };
    records.push(lost);
    rows.push(refused);
    let compared = |detail| {
        let mut reconciler = Reconciler::new(true).showing(detail);
        for record in &records {
            reconciler.generator(record);
        }
        for row in &rows {
            reconciler.cdr(row);
        }
        for event in &events {
            reconciler.queue_event(event);
        }
        reconciler.finish()
    };
    let hidden = compared(CdrDetail::AsteriskDefaults);
    assert_eq!(hidden.differences, [""; 0]);
    assert_eq!(hidden.hidden, Some(Hidden { calls: 1, technical: 1 }));
    assert_eq!(compared(CdrDetail::Full).hidden, None);
}

/// A local time that a change of the clocks skips or repeats is written all the same.
#[test]
fn local_time_follows_the_clocks_of_the_zone() {
    let start: jiff::Zoned = "2026-03-29T01:30[Europe/Berlin]".parse().unwrap();
    let row = CdrRow { start: seconds(3_600), answer: None, connected: None, ..row("1") };
    let written = master_csv::MasterRow::new(&row, 0, &start);
    assert_eq!(written.start.to_string(), "2026-03-29T03:30:00");
}

/// Five calls, all answered by agents, in all three books.
fn three_books() -> (Vec<CallRecord>, Vec<CdrRow>, Vec<QueueEvent>) {
    let names = ["a", "b", "c", "d", "e"];
    let event = |name: &str, agent: Option<&str>, event| QueueEvent {
        at: seconds(10),
        call: Arc::from(name),
        queue: Arc::from("support"),
        agent: agent.map(Arc::from),
        event,
    };
    let events = names.iter().flat_map(|name| {
        let (hold, ring, talk) = (Duration::from_secs(2), Duration::from_secs(2), Duration::from_secs(30));
        [
            event(name, None, QueueEventKind::EnterQueue { caller: Arc::from("5510246"), position: 1 }),
            event(name, Some("201"), QueueEventKind::Connect { hold, ring }),
            event(name, Some("201"), QueueEventKind::CompleteCaller { hold, talk, original_position: 1 }),
        ]
    });
    let record = |name: &str| CallRecord {
        call_id: Arc::from(name),
        index: 0,
        attempt: 0,
        phase: Phase::Measured,
        caller: Arc::from("5510246"),
        class: Arc::from("customer"),
        did: Arc::from("320"),
        intended_start: seconds(10),
        started: Some(seconds(10)),
        ringing: Some(seconds(10)),
        answered: Some(seconds(12)),
        ended: Some(seconds(42)),
        outcome: "completed.agent".parse().unwrap(),
        cause: Arc::from("completed-by-agent"),
        sip_status: Some(200),
        q850: None,
        limiter: None,
        wait: Some(Duration::from_secs(2)),
        talk: Some(Duration::from_secs(30)),
        agent: Some(Arc::from("201")),
        queue: Some(Arc::from("support")),
        ended_by: EndedBy::Caller,
        last_attempt: true,
        defected: false,
        served_before: false,
        latency: None,
        media: None,
    };
    (names.map(record).to_vec(), names.map(row).to_vec(), events.collect())
}

fn compare(books: &(Vec<CallRecord>, Vec<CdrRow>, Vec<QueueEvent>)) -> Agreement {
    reconcile(&books.0, &books.1, Some(&books.2))
}

#[test]
fn books_that_agree_say_so() {
    let agreement = compare(&three_books());
    let expected =
        Agreement { generator: 5, cdr: 5, queue_log: Some(5), hidden: None, differences: Vec::new() };
    assert_eq!(agreement, expected);
}

/// The caller talks to one agent, is sent on, and gives up in the next queue, finds it full, or leaves a message.
#[test]
fn a_caller_who_was_sent_on_is_one_call_in_all_three_books() {
    for (cause, outcome) in [
        (cause::ABANDONED, "human.abandoned"),
        (cause::QUEUE_FULL, "human.queue_full"),
        (cause::VOICEMAIL, "completed.voicemail"),
    ] {
        let mut books = three_books();
        let (hold, talk) = (Duration::from_secs(2), Duration::from_secs(30));
        let (extension, context) = (Arc::from("300"), Arc::from("public"));
        books.2[2].event =
            QueueEventKind::BlindTransfer { extension, context, hold, talk, original_position: 1 };
        if cause == cause::ABANDONED {
            let (caller, wait) = (Arc::from("5510246"), Duration::from_secs(5));
            let entered = QueueEventKind::EnterQueue { caller, position: 1 };
            let left = QueueEventKind::Abandon { position: 1, original_position: 1, wait };
            for event in [left, entered] {
                books.2.insert(3, QueueEvent { event, agent: None, ..books.2[0].clone() });
            }
        }
        books.1[0].cause = cause;
        books.0[0].outcome = outcome.parse().unwrap();
        let agreement = compare(&books);
        assert_eq!((agreement.differences, agreement.queue_log), (Vec::new(), Some(5)), "{cause}");
    }
}

#[test]
fn a_lost_row_of_any_book_is_named() {
    for place in 0..5 {
        let mut books = three_books();
        let lost = books.1.remove(place).name;
        let expected = format!("call {lost} is in the generator's book but not in the CDR");
        assert_eq!(compare(&books).differences, [expected]);
        let mut books = three_books();
        let lost = books.0.remove(place).call_id;
        let expected = format!("call {lost} is in the CDR but not in the generator's book");
        assert_eq!(compare(&books).differences, [expected]);
    }
    for place in 0..15 {
        let mut books = three_books();
        books.2.remove(place);
        assert_eq!(compare(&books).differences.len(), 1, "line {place} of the queue log");
    }
}

#[test]
fn rows_that_contradict_each_other_are_named() {
    let mut books = three_books();
    books.1[1].cause = cause::QUEUE_TIMEOUT;
    books.0[2].agent = Some(Arc::from("202"));
    books.1.push(books.1[3].clone());
    let differences = compare(&books).differences;
    assert!(differences.iter().any(|told| told.starts_with("call b was completed for the generator")));
    assert!(
        differences.contains(&"call c has one agent in the generator's book and another in the CDR".into())
    );
    assert!(
        differences.iter().any(|told| told.starts_with("call d stands twice in the CDR")),
        "{differences:?}"
    );
}

#[test]
fn many_differences_are_counted_not_told() {
    let rows: Vec<_> = (0..1_000).map(|name| row(&name.to_string())).collect();
    let agreement = reconcile(&[], &rows, None::<&[QueueEvent]>);
    assert_eq!(agreement.differences.len(), 21);
    assert_eq!(agreement.differences[20], "and 980 further differences");
}

fn as_calls_csv(records: &[CallRecord]) -> String {
    let mut text = Vec::new();
    let mut writer = calls_csv::Writer::new(&mut text).unwrap();
    for record in records {
        writer.write(record).unwrap();
    }
    writer.flush().unwrap();
    drop(writer);
    String::from_utf8(text).unwrap()
}

/// The contract's columns alone: every row is a caller of its own.
#[test]
fn a_log_with_the_contracts_columns_alone_is_read() {
    let (records, ..) = three_books();
    let text = as_calls_csv(&records);
    let first = |line: &str| line.split(',').take(20).collect::<Vec<_>>().join(",");
    let short: Vec<String> = text.lines().map(first).collect();
    assert!(short[0].ends_with("ended_by"), "{}", short[0]);
    let read: Vec<_> =
        calls_csv::Reader::new(short.join("\n").as_bytes()).unwrap().map(Result::unwrap).collect();
    assert_eq!(read.len(), records.len());
    for ((place, record), written) in (0..).zip(&read).zip(&records) {
        assert_eq!((record.index, record.last_attempt), (place, true));
        assert!(!record.defected && !record.served_before);
        assert_eq!(
            (&record.call_id, record.talk, record.outcome),
            (&written.call_id, written.talk, written.outcome)
        );
    }
    // Of the contract's none may be missing: not the last of them either.
    for column in &calls_csv::COLUMNS[..20] {
        let named = |found: &str| if found == *column { "other" } else { found }.to_owned();
        let header = short[0].split(',').map(named).collect::<Vec<_>>().join(",");
        let error = calls_csv::Reader::new(header.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(column), "without {column}: {error}");
    }
}

#[test]
fn a_broken_row_is_named_by_line_column_and_value() {
    let (records, ..) = three_books();
    let text = as_calls_csv(&records).replacen("completed.agent", "completed.dog", 1);
    let error = calls_csv::Reader::new(text.as_bytes()).unwrap().find_map(Result::err).unwrap();
    assert_eq!(error.to_string(), "line 2, column outcome: \"completed.dog\" is not an outcome");
    let headless = calls_csv::Reader::new(&b"a,b\n1,2\n"[..]).unwrap_err();
    assert!(headless.to_string().contains("calls.csv"), "{headless}");
}

//! Where calls go on real sockets: what an outside system decides or fails to, what the table says by number, hour and
//! class of callers; and that `simulate` sends the same calls to the same places.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::busyhour;

/// A question → the bytes of the response, after which the server closes; `None`: it says nothing until the PBX has gone.
type Decide = fn(&Value) -> Option<Vec<u8>>;

/// Longer than any time-out here: a PBX that never leaves must not keep the test.
const STALL_AT_MOST: Duration = Duration::from_secs(30);

/// An outside system that decides routes, one thread a question; ends when dropped.
struct Server {
    port: u16,
    questions: Arc<Mutex<Vec<Value>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(decide: Decide) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        let (questions, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (asked, stopped) = (Arc::clone(&questions), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || serve(connection, decide, &asked));
            }
        });
        Self { port, questions, stop, thread: Some(thread) }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/route", self.port)
    }

    /// Number dialled → questions about it.
    fn asked_by_number(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for question in self.questions.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            *counts.entry(question["to"].as_str().expect("a number").to_owned()).or_insert(0) += 1;
        }
        counts
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes it from waiting for the next connection.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Hears one question and answers it.
fn serve(mut connection: TcpStream, decide: Decide, asked: &Mutex<Vec<Value>>) {
    connection.set_read_timeout(Some(STALL_AT_MOST)).expect("an option");
    let mut reader = BufReader::new(connection.try_clone().expect("a descriptor is left"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
        let field = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        length = field.map_or(length, |(_, value)| value.trim().parse().expect("a length"));
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let question: Value = serde_json::from_slice(&body).expect("the question is JSON");
    let response = decide(&question);
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    // Whoever asked may have gone, which is what some of these tests want.
    if let Some(response) = response {
        let _ = connection.write_all(&response);
    } else {
        let _ = connection.read_to_end(&mut Vec::new());
    }
}

fn response(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// What a run left behind.
struct Played {
    results: Results,
    calls: Calls,
    /// The PBX's book.
    records: Calls,
}

impl Played {
    /// Class, number, queue, outcome and status → calls.
    fn ends(&self) -> BTreeMap<[String; 5], u64> {
        counted(&self.calls, ["class", "did", "queue", "outcome", "sip_status"])
    }

    /// Class, number, way, queue and status in the PBX's book → calls.
    fn ways(&self) -> BTreeMap<[String; 5], u64> {
        counted(&self.records, ["class", "to", "route", "queue", "sip_status"])
    }

    /// Seconds of people's time from the INVITE until `to`, by the callers' clock, for each call to this number.
    fn seconds_until(&self, number: &str, to: &str) -> Vec<f64> {
        let at = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{to}: `{text}`"));
        let of_number = self.calls.rows().iter().filter(|row| row["did"] == number);
        of_number.map(|row| at(&row[to]) - at(&row["started_s"])).collect()
    }
}

fn counted<const N: usize>(calls: &Calls, columns: [&str; N]) -> BTreeMap<[String; N], u64> {
    let mut counts = BTreeMap::new();
    for row in calls.rows() {
        *counts.entry(columns.map(|column| row[column].clone())).or_insert(0) += 1;
    }
    counts
}

fn play(verb: &str, text: &str, folder: &Path) -> Played {
    let file = harness::write(folder, &format!("{verb}.yaml"), text);
    let out = folder.join(verb);
    let mut command = busyhour(&[verb, &file, "--quiet", "--out", out.to_str().expect("UTF-8")]);
    harness::run(&mut command, Duration::from_secs(90)).expect_code(&[0, 3, 5]);
    let results = Results::read(&out);
    results.assert_adds_up();
    Played { results, calls: Calls::read(&out.join("calls.csv")), records: Calls::read(&out.join("cdr.csv")) }
}

/// Plays `live` on the wire and `simulated` in simulation: every call ends the same and goes the same way.
fn played_alike(live: &str, simulated: &str) -> Played {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (simulated, live) = (play("simulate", simulated, folder.path()), play("run", live, folder.path()));
    assert_eq!(live.ends(), simulated.ends(), "calls.csv: the wire, and the simulation");
    assert_eq!(live.ways(), simulated.ways(), "cdr.csv: the wire, and the simulation");
    live
}

/// Two classes, four numbers; ROUTES is who decides.
const DECIDED: &str = "\
name: decided-outside
seed: 39
calls: 48
time_scale: 60
traffic:
  profile: 720/h
  callers:
    - {name: client, share: 75%, to: [\"100\", \"200\", \"300\", \"400\"], talk: {constant: 60s}}
    - {name: job-seeker, share: 25%, to: [\"100\", \"200\"], talk: {constant: 60s}}
pbx:
  agents: {count: 40}
  extensions: {\"17\": answer}
  queues: {sales: {}, support: {}, jobs: {}}
  ROUTES
";

/// The table that the server below has in its head.
const SAME_TABLE: &str = "routing: {rules: [\
    {callers: [job-seeker], to: {queue: jobs}}, \
    {callers: [client], numbers: [\"100\"], to: {queue: sales}}, \
    {callers: [client], numbers: [\"200\"], to: {queue: support}}, \
    {callers: [client], numbers: [\"300\"], to: {extension: \"17\"}}, \
    {callers: [client], numbers: [\"400\"], to: {refuse: {status: 603, reason: 21}}}]}";

fn by_class_and_number(question: &Value) -> Option<Vec<u8>> {
    let body = match (question["class"].as_str()?, question["to"].as_str()?) {
        ("job-seeker", _) => r#"{"queue": "jobs"}"#,
        (_, "100") => r#"{"queue": "sales"}"#,
        (_, "200") => r#"{"queue": "support"}"#,
        (_, "300") => r#"{"extension": "17"}"#,
        _ => r#"{"refuse": 603}"#,
    };
    Some(response("200 OK", body))
}

/// Coverage row 39: a real HTTP server decides by class and number, and every call goes where the same table in the PBX
/// would have sent it.
#[test]
fn a_real_server_decides_where_every_call_goes() {
    let _turn = harness::shared_turn();
    let server = Server::start(by_class_and_number);
    let hook = format!("hook: {{url: \"{}\", timeout: 5s}}", server.url());
    let live = played_alike(&DECIDED.replace("ROUTES", &hook), &DECIDED.replace("ROUTES", SAME_TABLE));
    assert_eq!(server.asked_by_number(), live.calls.by("did"), "asked once about every call");
    let routes = live.records.by("route");
    for way in ["queue sales", "queue support", "queue jobs", "extension 17", "refuse 603"] {
        assert!(routes.get(way).is_some_and(|calls| *calls >= 3), "{way}: {routes:?}");
    }
    assert_eq!(live.results.count("outcomes.policy"), routes["refuse 603"]);
    assert_eq!(live.results.count("technical_drop_rate.k"), 0);
}

/// The system is silent about calls to 100, and decides on those to 200 at once. TWO: how that is written.
const STALLED: &str = "\
name: stalled-outside
seed: 8
calls: 30
time_scale: 20
traffic:
  profile: 1200/h
  callers: [{name: customer, to: [\"100\", \"200\"], talk: {constant: 40s}}]
pbx:
  agents: {count: 40}
  queues: {sales: {}, fallback: {}}
  hook: {url: \"URL\", timeout: 1s, on_failure: FAILURE, model: {delay: 1m}}
  routing: {rules: [{numbers: [\"100\"], to: ask}, {numbers: [\"200\"], to: TWO}]}
";
/// A second on the wall clock, as people live it.
const TIME_OUT_S: f64 = 20.0;
/// Two seconds on the wall clock, for a machine that is busy.
const LATE_S: f64 = 40.0;

/// Plays it against a real server; the simulation has its model in place of the silence.
fn stalled(on_failure: &str) -> Played {
    let server = Server::start(|question| match question["to"].as_str() {
        Some("200") => Some(response("200 OK", r#"{"queue": "sales"}"#)),
        _ => None,
    });
    let text = STALLED.replace("URL", &server.url()).replace("FAILURE", on_failure);
    let live = played_alike(&text.replace("TWO", "ask"), &text.replace("TWO", "{queue: sales}"));
    assert_eq!(server.asked_by_number(), live.calls.by("did"), "asked once about every call");
    for answered in live.seconds_until("200", "answered_s") {
        assert!(answered < TIME_OUT_S, "decided at once, answered after {answered} s");
    }
    live
}

fn assert_left_in_time(after: &[f64]) {
    assert!(after.len() >= 10, "{after:?}");
    for seconds in after {
        assert!((TIME_OUT_S..TIME_OUT_S + LATE_S).contains(seconds), "{seconds} s: {after:?}");
    }
}

/// Coverage row 39: calls about which a real server says nothing reach the fall-back, at the time-out and not before;
/// those that it decides on do not wait for them.
#[test]
fn a_server_that_stalls_is_left_at_its_time_out_for_the_fall_back() {
    let _turn = harness::shared_turn();
    let live = stalled("{queue: fallback}");
    assert_left_in_time(&live.seconds_until("100", "answered_s"));
    let queues = counted(&live.calls, ["did", "queue", "outcome"]);
    let expected = [["100", "fallback", "completed.agent"], ["200", "sales", "completed.agent"]];
    let found: Vec<_> = queues.keys().map(|key| key.each_ref().map(String::as_str)).collect();
    assert_eq!(found, expected, "{queues:?}");
    assert_eq!(live.results.count("technical_drop_rate.k"), 0);
}

/// Coverage row 39: failing closed, the same calls are lost for a technical reason that is named, at the time-out and not
/// before; and no other is.
#[test]
fn a_server_that_stalls_loses_its_calls_at_its_time_out_where_it_fails_closed() {
    let _turn = harness::shared_turn();
    let live = stalled("closed");
    assert_left_in_time(&live.seconds_until("100", "ended_s"));
    let ends = counted(&live.calls, ["did", "queue", "outcome", "cause", "sip_status", "q850"]);
    let expected = [
        ["100", "", "technical.failure", "pbx-hook-failed", "503", "38"],
        ["200", "sales", "completed.agent", "completed-by-agent", "200", ""],
    ];
    let found: Vec<_> = ends.keys().map(|key| key.each_ref().map(String::as_str)).collect();
    assert_eq!(found, expected, "{ends:?}");
    assert_eq!(live.results.count("technical_drop_rate.k"), live.calls.by("did")["100"]);
}

/// Each number is a way to be broken; 109 is sound.
fn broken(question: &Value) -> Option<Vec<u8>> {
    Some(match question["to"].as_str()? {
        "100" => Vec::new(),
        "101" => b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec(),
        "102" => response("500 Internal Server Error", r#"{"queue": "sales"}"#),
        "103" => response("200 OK", "sales"),
        "104" => response("200 OK", r#"{"queue": "no such queue"}"#),
        "105" => response("200 OK", r#"{"queue": "sales", "refuse": 403}"#),
        "106" => b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"queue\"".to_vec(),
        "107" => [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b'['; 1 << 20]].concat(),
        "108" => response("200 OK", r#"{"refuse": 200}"#),
        _ => response("200 OK", r#"{"queue": "sales"}"#),
    })
}

/// Nine ways to be broken and a sound one. GOOD: how the sound one is written.
const BROKEN: &str = "\
name: broken-outside
seed: 17
calls: 60
time_scale: 60
traffic:
  profile: 1200/h
  callers:
    - name: customer
      to: [\"100\", \"101\", \"102\", \"103\", \"104\", \"105\", \"106\", \"107\", \"108\", \"109\"]
      talk: {constant: 60s}
pbx:
  agents: {count: 60}
  queues: {sales: {}, fallback: {}}
  hook: {url: \"URL\", timeout: 10s, on_failure: FAILURE, model: {failure: 100%}}
  routing:
    rules: [{numbers: [\"109\"], to: GOOD}]
    numbers: [\"100\", \"101\", \"102\", \"103\", \"104\", \"105\", \"106\", \"107\", \"108\", \"109\"]
    otherwise: ask
";

/// Coverage row 39: a server that closes at once, speaks no HTTP, is in trouble, breaks off, never ends or names no
/// target is no answer, known long before the time-out; so is a port where nobody listens.
#[test]
fn a_server_that_breaks_off_or_talks_rubbish_is_no_answer() {
    let _turn = harness::shared_turn();
    for (on_failure, queue, outcome) in
        [("closed", "", "technical.failure"), ("{queue: fallback}", "fallback", "completed.agent")]
    {
        let server = Server::start(broken);
        let text = BROKEN.replace("URL", &server.url()).replace("FAILURE", on_failure);
        let live = played_alike(&text.replace("GOOD", "ask"), &text.replace("GOOD", "{queue: sales}"));
        let dialled = live.calls.by("did");
        assert_eq!(dialled.len(), 10, "every way to be broken was met: {dialled:?}");
        assert_eq!(server.asked_by_number(), dialled, "asked once about every call");
        for ([number, found_queue, found], calls) in counted(&live.calls, ["did", "queue", "outcome"]) {
            let expected = if number == "109" { ("sales", "completed.agent") } else { (queue, outcome) };
            assert_eq!((&*found_queue, &*found), expected, "{calls} calls to {number}");
        }
        let known = if queue.is_empty() { "ended_s" } else { "answered_s" };
        for number in dialled.keys().filter(|number| *number != "109") {
            for seconds in live.seconds_until(number, known) {
                assert!(seconds < 300.0, "half the time-out, as people live it: {number} after {seconds} s");
            }
        }
    }
    let nobody = format!("http://127.0.0.1:{}/route", free_tcp_port());
    let text = BROKEN.replace("URL", &nobody).replace("FAILURE", "closed").replace("GOOD", "ask");
    let live = played_alike(&text, &text);
    assert_eq!(live.calls.by("cause"), BTreeMap::from([("pbx-hook-failed".to_owned(), 60)]));
}

/// A port where nobody listens.
fn free_tcp_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}

/// A minute before closing on a Tuesday. No call comes within ten seconds of the hour, half a second on the wall.
const BY_HOUR: &str = "\
name: by-number-and-hour
seed: 36
start: 2026-01-06T17:59[Europe/Moscow]
calls: 60
time_scale: 20
traffic:
  arrivals: {replay: [STARTS]}
  callers:
    - {name: client, share: 60%, to: [\"100\", \"200\"], talk: {constant: 40s}}
    - {name: spam, share: 20%, to: [\"100\", \"200\"], from: \"8800{number}\", talk: {constant: 40s}}
    - {name: unlucky, share: 20%, to: \"300\", talk: {constant: 40s}}
pbx:
  agents: {count: 60}
  queues: {sales: {}, support: {}}
  hours: {open: [{days: [mon, tue, wed, thu, fri], from: 08:00, to: 18:00}]}
  blacklist: {numbers: [\"8800*\"], refusal: {status: 607, reason: 21}}
  voicemail: {greeting: 2s, message: {constant: 20s}}
  hook: {url: \"URL\", model: {failure: 100%}}
  routing:
    rules:
      - {numbers: [\"100\"], hours: open, to: {queue: sales}}
      - {numbers: [\"200\"], hours: open, to: {queue: support}}
      - {numbers: [\"100\"], hours: closed, to: voicemail}
      - {numbers: [\"200\"], hours: closed, to: {refuse: {status: 480, reason: 20}}}
      - {numbers: [\"300\"], to: ask}
";

/// Coverage rows 18 and 36: on the wire, every number and hour leads to its own target; the blacklisted are refused with
/// a code of their own, whatever the number and the hour, and no drop rate has them.
#[test]
fn number_hour_and_blacklist_lead_every_call_to_its_end() {
    let _turn = harness::shared_turn();
    let starts = (1..=30).map(|call| f64::from(call) * 1.6);
    let starts = starts.clone().chain(starts.map(|start| start + 70.0)).map(|start| format!("{start:.1}"));
    let nobody = format!("http://127.0.0.1:{}/route", free_tcp_port());
    let text = BY_HOUR.replace("STARTS", &starts.collect::<Vec<_>>().join(", ")).replace("URL", &nobody);
    let live = played_alike(&text, &text);
    let mut met = BTreeMap::new();
    for row in live.calls.rows() {
        let open = row["intended_start_s"].parse::<f64>().expect("an instant") < 60.0;
        let expected = match (&*row["class"], &*row["did"], open) {
            ("spam", ..) => ("policy", "pbx-blacklisted", "607", ""),
            (_, "300", _) => ("technical.failure", "pbx-hook-failed", "503", ""),
            (_, "100", true) => ("completed.agent", "completed-by-agent", "200", "sales"),
            (_, "200", true) => ("completed.agent", "completed-by-agent", "200", "support"),
            (_, "100", false) => ("completed.voicemail", "completed-by-voicemail", "200", ""),
            _ => ("policy", "pbx-turned-away", "480", ""),
        };
        let found = ["outcome", "cause", "sip_status", "queue"].map(|column| &*row[column]);
        assert_eq!(found, <[&str; 4]>::from(expected), "{row:?}");
        *met.entry(expected).or_insert(0_u64) += 1;
    }
    assert_eq!(met.len(), 6, "every end was met: {met:?}");
    let total = |outcome: &str| met.iter().filter(|(end, _)| end.0 == outcome).map(|(_, calls)| calls).sum();
    let (policy, technical): (u64, u64) = (total("policy"), total("technical.failure"));
    assert_eq!(live.results.count("outcomes.policy"), policy);
    assert_eq!(live.results.count("technical_drop_rate.k"), technical);
    assert_eq!(
        live.results.count("technical_drop_rate.n"),
        60 - policy,
        "those refused on purpose are no calls"
    );
}

/// All dial one number from numbers alike: what tells them apart is the class that the INVITE names.
const BY_CLASS: &str = "\
name: by-class
seed: 18
calls: 48
time_scale: 60
traffic:
  profile: 1200/h
  callers:
    - {name: client, share: 40%, talk: {constant: 60s}}
    - {name: job-seeker, share: 30%, talk: {constant: 60s}}
    - {name: hawker, share: 30%, talk: {constant: 60s}}
pbx:
  agents: {count: 48}
  queues: {sales: {}, jobs: {}}
  routing:
    rules:
      - {callers: [client], to: {queue: sales}}
      - {callers: [job-seeker], to: {queue: jobs}}
      - {callers: [hawker], to: {refuse: {status: 403, reason: 21}}}
";

/// Coverage row 18: the class travels in X-Busyhour-Class, and leads every caller to the target of the class.
#[test]
fn the_class_of_callers_decides_their_route_on_the_wire() {
    let _turn = harness::shared_turn();
    let live = played_alike(BY_CLASS, BY_CLASS);
    let ways = counted(&live.records, ["class", "route", "queue"]);
    let expected = [
        ["client", "queue sales", "sales"],
        ["hawker", "refuse 403", ""],
        ["job-seeker", "queue jobs", "jobs"],
    ];
    let found: Vec<_> = ways.keys().map(|key| key.each_ref().map(String::as_str)).collect();
    assert_eq!(found, expected, "{ways:?}");
    assert_eq!(live.records.by("class"), live.calls.by("class"), "the PBX knows whom the callers know");
    assert_eq!(live.results.count("outcomes.policy"), live.calls.by("class")["hawker"]);
}

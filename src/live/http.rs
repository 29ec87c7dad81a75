//! Asking an outside system by HTTP/1.1: where a call goes, or that something has happened.
//!
//! One request a connection, bounded in time and size. No crate does so little: the known clients bring a pool, TLS
//! and a second HTTP version, none of which a PBX beside its own CRM needs.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::pbx::CallId;
use crate::pbx::routing::HttpUrl;
use crate::pbx::routing::NamedTarget;
use crate::pbx::routing::Question;
use crate::pbx::routing::Triggered;
use crate::time::Duration;

/// Largest response that is read.
const RESPONSE_MAX: usize = 64 << 10;
/// Requests under way at once; whoever comes on top is not asked, which is a failure.
const UNDER_WAY_MAX: usize = 1_024;
/// How long a webhook may take.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// What the outside system said of a call; `None` is a failure.
pub(super) type Answer = (CallId, Option<NamedTarget>);

/// Requests under way, and their answers.
#[derive(Debug)]
pub(super) struct Http {
    under_way: JoinSet<()>,
    room: Arc<Semaphore>,
    answers: mpsc::UnboundedSender<Answer>,
}

impl Http {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Answer>) {
        let (answers, answered) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        (Self { under_way: JoinSet::new(), room, answers }, answered)
    }

    /// Asks where a call goes. The answer, or that there is none, comes through the channel. Call inside a runtime.
    pub(super) fn ask(&mut self, question: &Question, timeout: Duration) {
        self.forget_finished();
        let call = question.call;
        let (Ok(room), Some(url)) = (Arc::clone(&self.room).try_acquire_owned(), question.url.clone()) else {
            // Whoever listens has gone: the run is over.
            let _ = self.answers.send((call, None));
            return;
        };
        let body = serde_json::json!({
            "call": &*question.name,
            "from": &*question.from,
            "to": &*question.to,
            "class": question.class.as_deref(),
        });
        let answers = self.answers.clone();
        self.under_way.spawn(async move {
            let response = post(&url, &body.to_string(), timeout).await;
            let target = response.ok().filter(|(status, _)| *status / 100 == 2);
            let _ = answers.send((call, target.and_then(|(_, body)| read_target(&body))));
            drop(room);
        });
    }

    /// Tells a webhook that a call set something off. Nobody waits for what it says.
    pub(super) fn tell(&mut self, triggered: &Triggered) {
        self.forget_finished();
        let room = Arc::clone(&self.room).try_acquire_owned();
        let (Ok(room), Some(url)) = (room, triggered.webhook.clone()) else { return };
        let body = serde_json::json!({
            "trigger": &*triggered.trigger,
            "call": &*triggered.call,
            "from": &*triggered.from,
            "to": &*triggered.to,
            "at_s": triggered.at.as_secs_f64(),
        });
        self.under_way.spawn(async move {
            // A webhook that is not there misses its news.
            let _ = post(&url, &body.to_string(), WEBHOOK_TIMEOUT).await;
            drop(room);
        });
    }

    /// Waits until nothing is under way any more, at most so long.
    pub(super) async fn finish(mut self, at_most: Duration) {
        let all = async { while self.under_way.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(at_most, all).await;
    }

    fn forget_finished(&mut self) {
        while self.under_way.try_join_next().is_some() {}
    }
}

/// One POST with a JSON body; status and body of the response.
async fn post(url: &HttpUrl, body: &str, timeout: Duration) -> io::Result<(u16, Vec<u8>)> {
    let exchange = async {
        let mut stream = TcpStream::connect((&*url.host, url.port)).await?;
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            url.path,
            url.authority(),
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut received = Vec::new();
        loop {
            let read = stream.read_buf(&mut received).await?;
            match Response::read(&received, read == 0) {
                Read::Whole(response) => return Ok((response.status, response.body)),
                Read::Broken => return Err(io::Error::new(io::ErrorKind::InvalidData, "no HTTP response")),
                Read::Partial if read == 0 || received.len() > RESPONSE_MAX => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Read::Partial => {}
            }
        }
    };
    tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A response as far as it matters here (RFC 9112).
#[derive(Debug, PartialEq, Eq)]
struct Response {
    status: u16,
    body: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
enum Read {
    Whole(Response),
    Partial,
    Broken,
}

impl Response {
    /// What has come so far; `ended`: the connection is closed, so that a body without a length is whole.
    fn read(received: &[u8], ended: bool) -> Read {
        let Some(head_end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            let begins_well = b"HTTP/1.".starts_with(&received[..received.len().min(7)]);
            return if begins_well { Read::Partial } else { Read::Broken };
        };
        let Ok(head) = std::str::from_utf8(&received[..head_end]) else { return Read::Broken };
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
        let Some(status) = status else { return Read::Broken };
        let header = |name: &str| {
            let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
            let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
            values.next().map(|(_, value)| value.trim())
        };
        let rest = &received[head_end + 4..];
        if status / 100 == 1 {
            // 100 Continue and the like: the response itself follows.
            return Self::read(rest, ended);
        }
        let body = if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        {
            unchunked(rest)
        } else if let Some(length) = header("content-length") {
            let Ok(length) = length.parse::<usize>() else { return Read::Broken };
            rest.get(..length).map(<[u8]>::to_vec)
        } else {
            ended.then(|| rest.to_vec())
        };
        body.map_or(Read::Partial, |body| Read::Whole(Self { status, body }))
    }
}

/// A body in chunks (RFC 9112, 7.1), once its last chunk has come.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line_end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok().filter(|size| *size <= RESPONSE_MAX)?;
        rest = &rest[line_end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// `{"queue": "sales"}`, `{"extension": "17"}`, `{"refuse": 403}` or `{"answer": true}`, and nothing beside it that
/// names a target.
fn read_target(body: &[u8]) -> Option<NamedTarget> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = |key: &str| Some(answer.get(key)?.as_str()?.to_owned());
    let refuse = || answer.get("refuse").and_then(serde_json::Value::as_u64);
    let mut targets = [
        text("queue").map(NamedTarget::Queue),
        text("extension").map(NamedTarget::Extension),
        (answer.get("answer") == Some(&serde_json::Value::Bool(true))).then_some(NamedTarget::Answer),
        refuse().and_then(|status| u16::try_from(status).ok()).map(NamedTarget::Refuse),
    ]
    .into_iter()
    .flatten();
    targets.next().filter(|_| targets.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(status: u16, body: &str) -> Read {
        Read::Whole(Response { status, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn responses_are_whole_by_length_by_last_chunk_or_by_the_end() {
        let read = |text: &str, ended| Response::read(text.as_bytes(), ended);
        let by_length = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(read(by_length, false), whole(200, "{}"));
        for cut in 0..by_length.len() {
            assert_eq!(read(&by_length[..cut], false), Read::Partial, "{cut}");
        }
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;x=1\r\n{\"a\r\n1\r\n}\r\n0\r\n\r\n";
        assert_eq!(read(chunked, false), whole(200, "{\"a}"));
        assert_eq!(read("HTTP/1.0 404 Not Found\r\n\r\nno", false), Read::Partial);
        assert_eq!(read("HTTP/1.0 404 Not Found\r\n\r\nno", true), whole(404, "no"));
        assert_eq!(
            read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", true),
            whole(204, "")
        );
        for broken in
            ["SIP/2.0 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"]
        {
            assert_eq!(read(broken, true), Read::Broken, "{broken}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", usize::MAX);
        assert_eq!(read(&endless, true), Read::Partial);
    }

    #[test]
    fn a_target_is_named_by_exactly_one_key() {
        let target = |text: &str| read_target(text.as_bytes());
        assert_eq!(target(r#"{"queue": "sales", "note": 1}"#), Some(NamedTarget::Queue("sales".into())));
        assert_eq!(target(r#"{"extension": "17"}"#), Some(NamedTarget::Extension("17".into())));
        assert_eq!(target(r#"{"refuse": 403}"#), Some(NamedTarget::Refuse(403)));
        assert_eq!(target(r#"{"answer": true}"#), Some(NamedTarget::Answer));
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"queue": 5}"#,
            r#"{"queue": "a", "refuse": 403}"#,
            r#"{"answer": false}"#,
            r#"{"refuse": 70000}"#,
        ] {
            assert_eq!(target(wrong), None, "{wrong}");
        }
    }

    /// A server that speaks to each connection in turn as its script says; `None` stalls until the client goes away.
    fn server(script: Vec<Option<&'static str>>) -> HttpUrl {
        use std::io::Read as _;
        use std::io::Write as _;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for words in script {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = vec![0; 4_096];
                let length = stream.read(&mut request).unwrap();
                assert!(request[..length].starts_with(b"POST /route HTTP/1.1\r\nHost: 127.0.0.1:"));
                match words {
                    Some(words) => stream.write_all(words.as_bytes()).unwrap(),
                    None => while stream.read(&mut request).is_ok_and(|read| read > 0) {},
                }
            }
        });
        format!("http://127.0.0.1:{port}/route").parse().unwrap()
    }

    /// Coverage row 39: what a real server says, and that one that stalls, refuses or breaks off is a failure in time.
    #[test]
    fn a_real_server_decides_and_one_that_stalls_or_breaks_off_fails_in_time() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = server(vec![
            Some("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"queue\": \"sales\"}"),
            Some("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
            Some("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"que"),
            None,
        ]);
        // Nobody listens there any more.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let gone: HttpUrl = format!("http://{gone}/route").parse().unwrap();
        let answer = |url: &HttpUrl, call| {
            let question = Question {
                call: CallId(call),
                name: "1-0".into(),
                from: "79".into(),
                to: "100".into(),
                class: None,
                url: Some(url.clone()),
                timeout: Duration::ZERO,
            };
            runtime.block_on(async {
                let (mut http, mut answers) = Http::new();
                let clock = crate::live::clock::Clock::start();
                http.ask(&question, Duration::from_millis(300));
                let answer = answers.recv().await.unwrap();
                assert!(
                    clock.now() < crate::time::Instant::ZERO + Duration::from_secs(5),
                    "bounded by its time-out"
                );
                answer
            })
        };
        assert_eq!(answer(&url, 1), (CallId(1), Some(NamedTarget::Queue("sales".into()))));
        for call in 2..=4 {
            assert_eq!(answer(&url, call), (CallId(call), None));
        }
        assert_eq!(answer(&gone, 5), (CallId(5), None));
    }
}

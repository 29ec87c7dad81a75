//! Asterisk's `queue_log`: `epoch|callid|queue|agent|EVENT|…`, whole seconds, with Asterisk's fields.
//!
//! Asterisk knows no callbacks; the four `CALLBACK…` events are written as its users write theirs with `QueueLog()`:
//! `CALLBACKREQUEST|origin`, `CALLBACKCALL|attempt|seconds since the promise`, `CALLBACKDONE|attempt`,
//! `CALLBACKFAILED|attempts`, each under the identifier of the call that asked.
//!
//! As in Asterisk, a full queue leaves no line. The bridged channel of CONNECT is written as the call's own
//! identifier: our agents have no channel of their own.

use std::io::BufRead;
use std::io::Write;
use std::sync::Arc;

use jiff::Zoned;

use crate::books::ReadError;
use crate::books::master_csv::whole_seconds;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::pbx::callbacks::Origin;
use crate::time::{Duration, Instant};

const NO_AGENT: &str = "NONE";

/// Writes lines as they come.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    start: Zoned,
}

impl<W: Write> Writer<W> {
    /// A log of a run that began at `start`; the first line says that the queues started.
    pub fn new(mut to: W, start: Zoned) -> std::io::Result<Self> {
        writeln!(to, "{}|NONE|NONE|NONE|QUEUESTART|", start.timestamp().as_second())?;
        Ok(Self { to, start })
    }

    /// Writes one event.
    pub fn write(&mut self, event: &QueueEvent) -> std::io::Result<()> {
        let epoch = self.start.timestamp().as_second().saturating_add_unsigned(seconds(event.at));
        let agent = event.agent.as_deref().unwrap_or(NO_AGENT);
        let (call, queue) = (safe(&event.call), safe(&event.queue));
        let (name, fields) = (event.event.name(), fields(event));
        writeln!(self.to, "{epoch}|{call}|{queue}|{}|{name}|{fields}", safe(agent))
    }

    /// Hands all that was written on to the file.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn seconds(at: Instant) -> u64 {
    whole_seconds(at - Instant::ZERO)
}

fn fields(event: &QueueEvent) -> String {
    let s = whole_seconds;
    match &event.event {
        QueueEventKind::EnterQueue { caller, position } => format!("|{}|{position}", safe(caller)),
        QueueEventKind::Connect { hold, ring } => format!("{}|{}|{}", s(*hold), safe(&event.call), s(*ring)),
        QueueEventKind::CompleteCaller { hold, talk, original_position }
        | QueueEventKind::CompleteAgent { hold, talk, original_position } => {
            format!("{}|{}|{original_position}", s(*hold), s(*talk))
        }
        QueueEventKind::Abandon { position, original_position, wait }
        | QueueEventKind::ExitWithTimeout { position, original_position, wait }
        | QueueEventKind::ExitEmpty { position, original_position, wait } => {
            format!("{position}|{original_position}|{}", s(*wait))
        }
        QueueEventKind::ExitWithKey { key, position, original_position, wait } => {
            format!("{}|{position}|{original_position}|{}", safe(key), s(*wait))
        }
        QueueEventKind::BlindTransfer { extension, context, hold, talk, original_position } => {
            let target = format!("{}|{}", safe(extension), safe(context));
            format!("{target}|{}|{}|{original_position}", s(*hold), s(*talk))
        }
        QueueEventKind::AttendedTransfer { bridge, hold, talk, original_position } => {
            format!("BRIDGE|{}|{}|{}|{original_position}", safe(bridge), s(*hold), s(*talk))
        }
        QueueEventKind::RingNoAnswer { ring } | QueueEventKind::RingCanceled { ring } => {
            ring.as_millis().to_string()
        }
        QueueEventKind::CallbackRequest { origin } => origin.name().to_owned(),
        QueueEventKind::CallbackCall { attempt, wait } => format!("{attempt}|{}", s(*wait)),
        QueueEventKind::CallbackDone { attempt: count }
        | QueueEventKind::CallbackFailed { attempts: count } => count.to_string(),
        QueueEventKind::AddMember | QueueEventKind::RemoveMember => String::new(),
        QueueEventKind::Pause { reason } | QueueEventKind::Unpause { reason } => safe(reason),
        QueueEventKind::Announce { position, minutes } => format!("{position}|{minutes}"),
    }
}

/// A text from the wire can't break the line.
fn safe(text: &str) -> String {
    text.replace(['|', '\n', '\r'], "_")
}

/// Reads our events back, to the second; lines of other events are passed over.
///
/// # Errors
/// The file can't be read, or a line of a known event has other fields.
pub fn read(from: impl BufRead, start: &Zoned) -> impl Iterator<Item = Result<QueueEvent, ReadError>> {
    let epoch = start.timestamp().as_second();
    from.lines().zip(1..).filter_map(move |(line, number)| match line {
        Ok(line) => parse(&line, number, epoch).transpose(),
        Err(error) => Some(Err(error.into())),
    })
}

fn parse(line: &str, number: u64, start: i64) -> Result<Option<QueueEvent>, ReadError> {
    let fields: Vec<&str> = line.split('|').collect();
    let &[at, call, queue, agent, name, ..] = fields.as_slice() else {
        return Err(refused(line, number, "line", "epoch|callid|queue|agent|EVENT|…"));
    };
    let data = Data { fields: &fields[5..], line: number };
    let Some(event) = data.event(name)? else {
        return Ok(None);
    };
    let since_start = at.parse::<i64>().ok().and_then(|at| u64::try_from(at.checked_sub(start)?).ok());
    let since_start = since_start.ok_or_else(|| refused(at, number, "epoch", "a second after the start"))?;
    Ok(Some(QueueEvent {
        at: Instant::ZERO + Duration::from_secs(since_start),
        call: Arc::from(call),
        queue: Arc::from(queue),
        agent: (agent != NO_AGENT).then(|| Arc::from(agent)),
        event,
    }))
}

fn refused(value: &str, line: u64, column: &'static str, expected: &'static str) -> ReadError {
    ReadError::Field { line, column, value: value.to_owned(), expected }
}

struct Data<'a> {
    fields: &'a [&'a str],
    line: u64,
}

impl Data<'_> {
    fn number(&self, index: usize) -> Result<u64, ReadError> {
        let value = self.fields.get(index).copied().unwrap_or("");
        value.parse().map_err(|_| refused(value, self.line, "data", "a whole number"))
    }

    fn seconds(&self, index: usize) -> Result<Duration, ReadError> {
        self.number(index).map(Duration::from_secs)
    }

    fn position(&self, index: usize) -> Result<u32, ReadError> {
        u32::try_from(self.number(index)?)
            .map_err(|_| refused(self.fields[index], self.line, "data", "a position"))
    }

    fn text(&self, index: usize) -> Arc<str> {
        Arc::from(self.fields.get(index).copied().unwrap_or(""))
    }

    fn milliseconds(&self, index: usize) -> Result<Duration, ReadError> {
        self.number(index).map(Duration::from_millis)
    }

    fn event(&self, name: &str) -> Result<Option<QueueEventKind>, ReadError> {
        Ok(Some(match name {
            "ENTERQUEUE" => QueueEventKind::EnterQueue { caller: self.text(1), position: self.position(2)? },
            "CONNECT" => QueueEventKind::Connect { hold: self.seconds(0)?, ring: self.seconds(2)? },
            "COMPLETECALLER" | "COMPLETEAGENT" | "BLINDTRANSFER" | "ATTENDEDTRANSFER" => self.end(name)?,
            "ABANDON" | "EXITWITHTIMEOUT" | "EXITEMPTY" | "EXITWITHKEY" => self.exit(name)?,
            "RINGNOANSWER" => QueueEventKind::RingNoAnswer { ring: self.milliseconds(0)? },
            "RINGCANCELED" => QueueEventKind::RingCanceled { ring: self.milliseconds(0)? },
            "CALLBACKREQUEST" | "CALLBACKCALL" | "CALLBACKDONE" | "CALLBACKFAILED" => self.callback(name)?,
            "ADDMEMBER" => QueueEventKind::AddMember,
            "REMOVEMEMBER" => QueueEventKind::RemoveMember,
            "PAUSE" => QueueEventKind::Pause { reason: self.text(0) },
            "UNPAUSE" => QueueEventKind::Unpause { reason: self.text(0) },
            "ANNOUNCE" => QueueEventKind::Announce { position: self.position(0)?, minutes: self.number(1)? },
            _ => return Ok(None),
        }))
    }

    /// A customer to be called back.
    fn callback(&self, name: &str) -> Result<QueueEventKind, ReadError> {
        let expected = "voicemail, queue or web";
        Ok(match name {
            "CALLBACKREQUEST" => {
                let origin = self.text(0);
                let known = Origin::from_name(&origin);
                let origin = known.ok_or_else(|| refused(&origin, self.line, "data", expected))?;
                QueueEventKind::CallbackRequest { origin }
            }
            "CALLBACKCALL" => {
                QueueEventKind::CallbackCall { attempt: self.position(0)?, wait: self.seconds(1)? }
            }
            "CALLBACKDONE" => QueueEventKind::CallbackDone { attempt: self.position(0)? },
            _ => QueueEventKind::CallbackFailed { attempts: self.position(0)? },
        })
    }

    /// The end of a conversation.
    fn end(&self, name: &str) -> Result<QueueEventKind, ReadError> {
        let first = if matches!(name, "COMPLETECALLER" | "COMPLETEAGENT") { 0 } else { 2 };
        let (hold, talk) = (self.seconds(first)?, self.seconds(first + 1)?);
        let original_position = self.position(first + 2)?;
        Ok(match name {
            "COMPLETECALLER" => QueueEventKind::CompleteCaller { hold, talk, original_position },
            "COMPLETEAGENT" => QueueEventKind::CompleteAgent { hold, talk, original_position },
            "BLINDTRANSFER" => {
                let (extension, context) = (self.text(0), self.text(1));
                QueueEventKind::BlindTransfer { extension, context, hold, talk, original_position }
            }
            _ => QueueEventKind::AttendedTransfer { bridge: self.text(1), hold, talk, original_position },
        })
    }

    /// The end of a wait without an agent.
    fn exit(&self, name: &str) -> Result<QueueEventKind, ReadError> {
        let first = usize::from(name == "EXITWITHKEY");
        let (position, original_position) = (self.position(first)?, self.position(first + 1)?);
        let wait = self.seconds(first + 2)?;
        Ok(match name {
            "ABANDON" => QueueEventKind::Abandon { position, original_position, wait },
            "EXITWITHTIMEOUT" => QueueEventKind::ExitWithTimeout { position, original_position, wait },
            "EXITEMPTY" => QueueEventKind::ExitEmpty { position, original_position, wait },
            _ => QueueEventKind::ExitWithKey { key: self.text(0), position, original_position, wait },
        })
    }
}

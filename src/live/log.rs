//! The SIP messages of a run as text: `--log-messages FILE`.
//!
//! One block a message: a line with the wall time, the direction and the addresses, then the message as it was on
//! the wire, then an empty line. Bytes that a terminal would act on are escaped, so that a hostile peer cannot
//! speak through the log.

use std::fmt::Write as _;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::time::Instant;

/// A log that several threads write to. After the first error nothing more is written; `finish` tells.
pub struct MessageLog {
    state: Mutex<State>,
}

struct State {
    file: BufWriter<Box<dyn Write + Send>>,
    messages: u64,
    error: Option<io::Error>,
}

impl std::fmt::Debug for MessageLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageLog").finish_non_exhaustive()
    }
}

impl MessageLog {
    /// Begins a log in `file`.
    #[must_use]
    pub fn new(file: Box<dyn Write + Send>) -> Self {
        let file = BufWriter::new(file);
        Self { state: Mutex::new(State { file, messages: 0, error: None }) }
    }

    /// Writes one message that passed at `at`, wall time from the start of the run.
    pub fn message(&self, at: Instant, sent: bool, local: SocketAddr, remote: SocketAddr, message: &[u8]) {
        let block = block(at, sent, local, remote, message);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.error.is_some() {
            return;
        }
        match state.file.write_all(block.as_bytes()) {
            Ok(()) => state.messages += 1,
            Err(error) => state.error = Some(error),
        }
    }

    /// Writes out what is buffered and returns how many messages the file holds.
    ///
    /// # Errors
    /// If this or an earlier write failed: the file then ends before the run did.
    pub fn finish(&self) -> io::Result<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.error.take() {
            state.error = Some(io::Error::from(error.kind()));
            return Err(error);
        }
        state.file.flush()?;
        Ok(state.messages)
    }
}

fn block(at: Instant, sent: bool, local: SocketAddr, remote: SocketAddr, message: &[u8]) -> String {
    let (direction, arrow) = if sent { ("sent", "->") } else { ("received", "<-") };
    let mut text = String::with_capacity(message.len() + 96);
    let seconds = at.as_secs_f64();
    let _ = writeln!(text, "{seconds:.6} s {direction} {local} {arrow} {remote} {} bytes", message.len());
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        text.push_str("    ");
        escape(line, &mut text);
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push('\n');
    text
}

/// A line end stays one; every other control character, and what is no UTF-8, becomes `\xNN`.
fn escape(line: &[u8], text: &mut String) {
    let content = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
    for chunk in content.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                control if control.is_control() => {
                    let _ = write!(text, "\\x{:02x}", u32::from(control));
                }
                other => text.push(other),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    if content.len() < line.len() {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn a_block_names_time_direction_and_addresses_and_shows_the_message() {
        let at = Instant::from_secs_f64(1.25);
        let text =
            block(at, true, address(40_000), address(5060), b"OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\n\r\n");
        let expected = "1.250000 s sent 127.0.0.1:40000 -> 127.0.0.1:5060 37 bytes\n    OPTIONS sip:a SIP/2.0\n    \
                        Call-ID: 1\n    \n\n";
        assert_eq!(text, expected);
        let text = block(at, false, address(40_000), address(5060), b"no line end");
        assert_eq!(
            text,
            "1.250000 s received 127.0.0.1:40000 <- 127.0.0.1:5060 11 bytes\n    no line end\n\n"
        );
    }

    #[test]
    fn control_characters_and_broken_text_are_escaped() {
        let text = block(Instant::ZERO, false, address(1), address(2), "Приём\x1b[2J\r\\\0\u{9b}".as_bytes());
        assert!(text.contains("    Приём\\x1b[2J\\x0d\\\\\\x00\\x9b\n"), "{text}");
        let text = block(Instant::ZERO, false, address(1), address(2), b"a\xFF\xC3\nb");
        assert!(text.contains("    a\\xff\\xc3\n    b\n"), "{text}");
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'));
    }

    #[test]
    fn a_full_disk_is_told_at_the_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let log = MessageLog::new(Box::new(Full));
        log.message(Instant::ZERO, true, address(1), address(2), &vec![b'a'; 100_000]);
        assert_eq!(log.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}

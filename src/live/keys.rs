//! Keys while a run goes on: `+` faster, `-` slower, `p` pause, `q` quit.
//!
//! The terminal is taken out of line mode and nothing else: Ctrl-C stays a signal, and lines still end where they
//! should, which a fully raw mode would spoil. Where standard input is no terminal, or belongs to another job,
//! there are no keys. The terminal's mode is restored when [`Keys`] is dropped and before a panic's
//! message is printed.

use std::io;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::Termios;
use rustix::time::Timespec;
use tokio::sync::mpsc;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `+` or `=`: the same key without shift.
    Faster,
    /// `-`
    Slower,
    /// `p` or space: stop offering calls, or go on.
    Pause,
    /// `q`: end the run properly.
    Quit,
}

impl Key {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            b'+' | b'=' => Some(Self::Faster),
            b'-' => Some(Self::Slower),
            b'p' | b'P' | b' ' => Some(Self::Pause),
            b'q' | b'Q' => Some(Self::Quit),
            _ => None,
        }
    }
}

/// Keys that may wait to be taken: more are thrown away.
const WAITING_MAX: usize = 64;
/// How often the reader looks whether it should end.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The keyboard, until it is dropped.
#[derive(Debug)]
pub struct Keys {
    pressed: mpsc::Receiver<Key>,
    stop: Arc<AtomicBool>,
    mode: Option<Arc<Mode>>,
    reader: Option<JoinHandle<()>>,
}

impl Keys {
    /// Listens to standard input, if it is a terminal of this job; else no key ever comes.
    #[must_use]
    pub fn start() -> Self {
        let input = io::stdin();
        let ours = input.is_terminal() && is_foreground(&input);
        let terminal = if ours { input.as_fd().try_clone_to_owned().ok() } else { None };
        terminal.and_then(|terminal| Self::of_terminal(terminal).ok()).unwrap_or_else(Self::none)
    }

    /// A keyboard on which no key is ever pressed.
    #[must_use]
    pub fn none() -> Self {
        let (_, pressed) = mpsc::channel(1);
        Self { pressed, stop: Arc::default(), mode: None, reader: None }
    }

    fn of_terminal(terminal: OwnedFd) -> io::Result<Self> {
        let mode = Arc::new(Mode::leave_line_mode(terminal.try_clone()?)?);
        restore_on_panic(&mode);
        let (sender, pressed) = mpsc::channel(WAITING_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let read = move || read_keys(&terminal, &stopped, &sender);
        let reader = std::thread::Builder::new().name("keys".into()).spawn(read)?;
        Ok(Self { pressed, stop, mode: Some(mode), reader: Some(reader) })
    }

    /// The next key; waits for ever where there is no keyboard. May be dropped and called again.
    pub async fn next(&mut self) -> Key {
        match self.pressed.recv().await {
            Some(key) => key,
            None => std::future::pending().await,
        }
    }

    /// The next key, if one has been pressed.
    pub fn pressed(&mut self) -> Option<Key> {
        self.pressed.try_recv().ok()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(mode) = &self.mode {
            mode.restore();
        }
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// A background job that changes the terminal's mode is stopped by the kernel (SIGTTOU).
fn is_foreground(terminal: impl AsFd) -> bool {
    rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

fn read_keys(terminal: &OwnedFd, stop: &AtomicBool, keys: &mpsc::Sender<Key>) {
    while !stop.load(Ordering::Relaxed) {
        let mut waiting = [PollFd::new(terminal, PollFlags::IN)];
        if !matches!(rustix::event::poll(&mut waiting, Some(&PATIENCE)), Ok(1..)) {
            continue;
        }
        let mut bytes = [0; 64];
        let Ok(length @ 1..) = rustix::io::read(terminal, &mut bytes) else { return };
        for key in bytes[..length].iter().copied().filter_map(Key::of) {
            let _ = keys.try_send(key);
        }
    }
}

/// A terminal out of line mode, and the mode that it had.
#[derive(Debug)]
struct Mode {
    terminal: OwnedFd,
    before: Mutex<Option<Termios>>,
}

impl Mode {
    fn leave_line_mode(terminal: OwnedFd) -> io::Result<Self> {
        let before = rustix::termios::tcgetattr(&terminal)?;
        let mut now = before.clone();
        now.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        rustix::termios::tcsetattr(&terminal, OptionalActions::Now, &now)?;
        Ok(Self { terminal, before: Mutex::new(Some(before)) })
    }

    /// Gives the terminal its mode back; once.
    fn restore(&self) {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(before) = before {
            let _ = rustix::termios::tcsetattr(&self.terminal, OptionalActions::Now, &before);
        }
    }
}

/// A panic on any thread restores the terminal first, so that its message can be read and the shell used.
fn restore_on_panic(mode: &Arc<Mode>) {
    let mode = Arc::downgrade(mode);
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(mode) = mode.upgrade() {
            mode.restore();
        }
        previous(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::OpenptFlags;

    /// A terminal with nobody before it: what the test writes to the first is typed on the second.
    fn terminal() -> (OwnedFd, OwnedFd) {
        let keyboard = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::pty::grantpt(&keyboard).unwrap();
        rustix::pty::unlockpt(&keyboard).unwrap();
        let name = rustix::pty::ptsname(&keyboard, Vec::new()).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let screen = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        (keyboard, screen)
    }

    fn modes(terminal: &OwnedFd) -> LocalModes {
        rustix::termios::tcgetattr(terminal).unwrap().local_modes
    }

    #[test]
    fn keys_come_without_a_line_end_and_the_terminal_gets_its_mode_back() {
        let (keyboard, screen) = terminal();
        let before = modes(&screen);
        assert!(before.contains(LocalModes::ICANON | LocalModes::ISIG));
        let mut keys = Keys::of_terminal(screen.try_clone().unwrap()).unwrap();
        assert!(!modes(&screen).intersects(LocalModes::ICANON | LocalModes::ECHO));
        assert!(modes(&screen).contains(LocalModes::ISIG), "Ctrl-C stays a signal");

        rustix::io::write(&keyboard, b"+x-pq").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for expected in [Key::Faster, Key::Slower, Key::Pause, Key::Quit] {
            assert_eq!(runtime.block_on(keys.next()), expected);
        }
        assert_eq!(keys.pressed(), None);
        drop(keys);
        assert_eq!(modes(&screen), before);
    }

    #[test]
    fn a_panic_restores_the_terminal() {
        let (_keyboard, screen) = terminal();
        let before = modes(&screen);
        let keys = Keys::of_terminal(screen.try_clone().unwrap()).unwrap();
        let panicked =
            std::thread::spawn(|| panic!("on purpose, for the test of the terminal's mode")).join();
        assert!(panicked.is_err());
        assert_eq!(modes(&screen), before);
        drop(keys);
    }

    #[test]
    fn without_a_terminal_no_key_comes() {
        assert_eq!(Keys::none().pressed(), None);
    }
}

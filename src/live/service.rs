//! The reference PBX alone, until a signal ends it.

use std::io;

use tokio::signal::unix::SignalKind;
use tokio::sync::mpsc;

use crate::endpoint::pbx::BookEntry;
use crate::live::clock::Clock;
use crate::live::conductor::PbxPart;
use crate::live::pbx_server;
use crate::live::streams::Closed;
use crate::live::wire::Witness;
use crate::time::Duration;

/// Serves until SIGINT or SIGTERM, then hangs up what remains and returns. `ready` is called once signals are
/// heard, `write` gets the books' entries as calls end, and `tick` is called once a second. Says how many connections ended of themselves, and why.
///
/// # Errors
/// If the thread or socket fails, or the books can't be written.
pub fn serve(
    part: PbxPart,
    clock: Clock,
    shutdown_timeout: Duration,
    ready: &mut dyn FnMut() -> io::Result<()>,
    write: &mut dyn FnMut(&[BookEntry]) -> io::Result<()>,
    tick: &mut dyn FnMut(),
) -> io::Result<Vec<(Closed, u64)>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let (command_sender, commands) = mpsc::unbounded_channel();
        let (book_sender, mut books) = mpsc::unbounded_channel();
        let PbxPart { socket, endpoint, media } = part;
        let settings = pbx_server::Settings { clock, shutdown_timeout, witness: Witness::default(), media };
        let run = move || pbx_server::run(settings, endpoint, socket, commands, book_sender);
        let thread = std::thread::Builder::new().name("pbx".into()).spawn(run)?;
        let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
        let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        // Not before a signal would be heard: whoever waits for the address may send one at once.
        let mut written = ready();
        if written.is_err() {
            finish(&command_sender);
        }
        loop {
            tokio::select! {
                entries = books.recv() => match entries {
                    Some(entries) => written = written.and_then(|()| write(&entries)),
                    None => break,
                },
                _ = seconds.tick() => tick(),
                _ = interrupt.recv() => finish(&command_sender),
                _ = terminate.recv() => finish(&command_sender),
            }
            if written.is_err() {
                finish(&command_sender);
            }
        }
        let served =
            thread.join().map_err(|_| io::Error::other("the PBX's thread panicked: this is a bug"))?;
        written?;
        served
    })
}

fn finish(commands: &mpsc::UnboundedSender<pbx_server::Command>) {
    // A PBX that has ended needs no command.
    let _ = commands.send(pbx_server::Command::Finish { grace: Duration::ZERO });
}

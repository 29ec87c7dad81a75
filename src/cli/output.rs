//! Where verbs write: standard output, whose reader may leave; and the files of a report, each to a temporary name,
//! then renamed, so that nobody ever reads half a file.

use std::fmt;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::Failure;
use crate::report::Artifact;

/// Prints a result. That the reader has seen enough and is gone is no error.
///
/// # Errors
/// [`Failure::Tool`] if it can't be printed.
pub fn print(text: &str) -> Result<(), Failure> {
    let printed = Out::stdout().write_all(text.as_bytes());
    printed.map_err(|error| Failure::Tool(format!("cannot print the result: {error}")))
}

/// Writes `artifacts` below `directory`, which is made if it does not exist.
///
/// # Errors
/// [`Failure::Tool`] naming the file, what went wrong, and the remedy. Files already written stay; the one that
/// failed leaves no trace.
pub fn write(directory: &Path, artifacts: &[Artifact]) -> Result<(), Failure> {
    make_directory(directory)?;
    for artifact in artifacts {
        let path = directory.join(&artifact.path);
        if let Some(parent) = path.parent() {
            make_directory(parent)?;
        }
        write_file(&path, &artifact.bytes)?;
    }
    Ok(())
}

/// Writes one file whole or not at all.
///
/// # Errors
/// [`Failure::Tool`], as for [`write`].
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = temporary_name(path);
    let written = write_and_sync(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // The error is already on its way to the user; a leftover that cannot be removed adds nothing.
        let _ = fs::remove_file(&temporary);
        explain("write", path, &error)
    })
}

/// Makes sure that `directory` exists and can be written to, before a run spends its minutes.
///
/// # Errors
/// [`Failure::Tool`], as for [`write`].
pub fn make_directory(directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory).map_err(|error| explain("make the directory", directory, &error))
}

/// Unique to this process, in the same directory: a rename across file systems would copy.
fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    // Delayed allocation reports a full disk here or never.
    file.sync_all()
}

fn explain(deed: &str, path: &Path, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or choose another place with --out"
        }
        io::ErrorKind::PermissionDenied => "choose a directory you may write to with --out",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only: choose another place with --out",
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            "a file stands where a directory is needed, or the other way round: move it away, or choose another place with --out"
        }
        _ => "choose another place with --out",
    };
    Failure::Tool(format!("cannot {deed} {}: {error}; {remedy}", path.display()))
}

/// Where a verb prints. When nobody reads any more (`… | head -1`), what is left goes nowhere, and the verb ends as
/// if all had been read: that is the reader's decision, not an error.
pub struct Out {
    inner: Box<dyn Write>,
    closed: bool,
}

impl Out {
    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::to(io::stdout())
    }

    pub fn to(inner: impl Write + 'static) -> Self {
        Self { inner: Box::new(inner), closed: false }
    }

    /// Whether the reader is gone: the rest need not be computed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    fn unless_closed<T>(&mut self, done: io::Result<T>, instead: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            done => done,
        }
    }
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").field("closed", &self.closed).finish_non_exhaustive()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let done = self.inner.write(bytes);
        self.unless_closed(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let done = self.inner.flush();
        self.unless_closed(done, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(path: &str) -> Artifact {
        Artifact { path: path.to_owned(), bytes: b"content".to_vec() }
    }

    #[test]
    fn files_appear_whole_under_their_own_names_and_nothing_else_remains() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("new/deep");
        write(&out, &[artifact("result.json"), artifact("charts/loss.svg")]).unwrap();
        assert_eq!(fs::read(out.join("charts/loss.svg")).unwrap(), b"content");
        let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["charts", "result.json"]);
    }

    #[test]
    fn a_file_in_the_way_is_named_with_a_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let blocked = directory.path().join("out");
        fs::write(&blocked, "a file").unwrap();
        let Err(Failure::Tool(message)) = write(&blocked, &[artifact("result.json")]) else {
            panic!("a file is no directory");
        };
        assert!(message.contains(&blocked.display().to_string()), "{message}");
        assert!(message.contains("--out"), "{message}");
        assert_eq!(fs::read(&blocked).unwrap(), b"a file", "what stood there is untouched");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_called_a_full_disk() {
        // Every write to this device fails with ENOSPC.
        let error = write_and_sync(Path::new("/dev/full"), b"content").unwrap_err();
        let Failure::Tool(message) = explain("write", Path::new("reports/result.json"), &error) else {
            panic!("a full disk is the tool's failure");
        };
        assert!(message.contains("reports/result.json"), "{message}");
        assert!(message.contains("free some space"), "{message}");
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_who_leaves_is_no_error_and_is_noticed() {
        let mut out = Out::to(Closed);
        assert!(!out.is_closed());
        writeln!(out, "nobody reads this").unwrap();
        out.flush().unwrap();
        assert!(out.is_closed());
    }
}

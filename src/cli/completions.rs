//! `busyhour completions SHELL` and `busyhour man`: for packagers and for one's own shell.

use std::io;
use std::io::Write;

use clap::Args;
use clap::Command;
use clap_complete::Shell;

use crate::cli::ExitCode;
use crate::cli::Failure;

/// Print the completions of a shell: busyhour completions bash > /etc/bash_completion.d/busyhour
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Print the man page: busyhour man > busyhour.1
#[derive(Debug, Clone, Args)]
pub struct Man {}

/// Prints the completions of `command` for a shell.
///
/// # Errors
/// Exit code 1 if they can't be printed.
pub fn completions(
    arguments: &Arguments,
    mut command: Command,
    out: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "busyhour", &mut text);
    print(&text, out)
}

/// Prints the man page of `command`: the program's, then one section for each verb.
///
/// # Errors
/// Exit code 1 if it can't be printed.
pub fn man(command: &Command, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    let broken = |error: io::Error| Failure::Tool(format!("cannot write the man page: {error}"));
    clap_mangen::Man::new(command.clone()).render(&mut text).map_err(broken)?;
    for verb in command.get_subcommands() {
        let page = clap_mangen::Man::new(verb.clone());
        let title = format!("busyhour-{}", verb.get_name());
        page.title(title).render(&mut text).map_err(broken)?;
    }
    print(&text, out)
}

fn print(text: &[u8], out: &mut dyn Write) -> Result<ExitCode, Failure> {
    match out.write_all(text).and_then(|()| out.flush()) {
        // Whoever read us has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::Passed),
        printed => printed
            .map(|()| ExitCode::Passed)
            .map_err(|error| Failure::Tool(format!("cannot print: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbs() -> Command {
        Command::new("busyhour").subcommand(Command::new("run").about("Place real calls"))
    }

    #[test]
    fn completions_and_man_page_name_the_verbs() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut out = Vec::new();
            completions(&Arguments { shell }, verbs(), &mut out).unwrap();
            assert!(String::from_utf8(out).unwrap().contains("run"), "{shell}");
        }
        let mut out = Vec::new();
        man(&verbs(), &mut out).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert!(page.contains("busyhour-run") && page.contains("Place real calls"), "{page}");
    }
}

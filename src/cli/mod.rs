//! The command line: one file or folder per verb. Here alone are files opened and exit codes chosen.
//!
//! A verb is a module with a clap `Arguments` struct and `pub fn execute(&Arguments) -> Result<ExitCode, Failure>`;
//! its line in [`Verb`] and in [`execute`] is all there is to plugging it in.

pub use exit_code::ExitCode;

pub mod check;
pub mod common;
pub mod compare;
pub mod completions;
pub mod demo;
pub mod erlang;
pub mod exit_code;
pub mod finish;
pub mod init;
pub mod interrupted;
pub mod ledger;
pub mod load;
pub mod lost_row;
mod one_call;
pub mod output;
pub mod pbx;
pub mod probe;
pub mod processor;
pub mod records;
pub mod report;
pub mod run;
pub mod schema;
pub mod secrets;
pub mod simulate;
pub mod size;
pub mod smoke;
pub mod stage;
pub mod target;
pub mod tariffs;

use std::fmt;

use clap::CommandFactory;
use clap::Parser;
use clap::Subcommand;

/// Load testing and capacity simulation for telephony: how many calls will this PBX, tariff, link and staff
/// lose, why, what does it cost, and what should you buy or hire?
#[derive(Debug, Parser)]
#[command(name = "busyhour", version, max_term_width = 100, after_help = EXIT_CODES)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  all gates passed              4  measurement invalid (the generator was at fault)
  1  the tool failed               5  inconclusive: too few calls to decide
  2  usage or scenario error       6  regression against the baseline
  3  a gate failed                 7  the call records lack a required field
  130/143  interrupted; run and simulate report what is finished";

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Arguments),
    Run(run::Arguments),
    Simulate(simulate::Arguments),
    Pbx(pbx::Arguments),
    Check(check::Arguments),
    Report(report::Arguments),
    Init(init::Arguments),
    Erlang(erlang::Arguments),
    Size(size::Arguments),
    Tariffs(tariffs::Arguments),
    Compare(compare::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(completions::Man),
}

/// Why a verb could not do its work. A failed call or gate is no failure of the verb.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The user's input is wrong; nothing was done. Exit code 2.
    Usage(String),
    /// The tool could not do it: network, disk. Exit code 1.
    Tool(String),
    /// There is nothing to measure: the target is not there. Exit code 4.
    Invalid(String),
    /// Ctrl-C or SIGTERM came before anything was finished. Exit code 130 or 143.
    Interrupted(ExitCode, String),
}

impl Failure {
    /// The exit code that this failure ends in.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::Usage,
            Self::Tool(_) => ExitCode::ToolFailed,
            Self::Invalid(_) => ExitCode::Invalid,
            Self::Interrupted(code, _) => *code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message)
            | Self::Tool(message)
            | Self::Invalid(message)
            | Self::Interrupted(_, message) => f.write_str(message),
        }
    }
}

/// Parses the command line, runs its verb, and says what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Passed };
            // A closed terminal is no reason to fail: there is nobody left to tell.
            let _ = error.print();
            return code;
        }
    };
    execute(&command_line.verb).unwrap_or_else(|failure| {
        eprintln!("busyhour: {failure}");
        failure.exit_code()
    })
}

fn execute(verb: &Verb) -> Result<ExitCode, Failure> {
    let out = &mut output::Out::stdout();
    match verb {
        Verb::Demo(arguments) => demo::execute(arguments),
        Verb::Run(arguments) => run::execute(arguments),
        Verb::Simulate(arguments) => simulate::execute(arguments),
        Verb::Pbx(arguments) => pbx::execute(arguments),
        Verb::Check(arguments) => check::execute(arguments, out),
        Verb::Report(arguments) => report::execute(arguments),
        Verb::Init(arguments) => init::execute(arguments, out),
        Verb::Erlang(arguments) => erlang::execute(arguments, out),
        Verb::Size(arguments) => size::execute(arguments, out),
        Verb::Tariffs(arguments) => tariffs::execute(arguments),
        Verb::Compare(arguments) => compare::execute(arguments, out),
        Verb::Schema(arguments) => schema::execute(arguments, out),
        Verb::Completions(arguments) => completions::completions(arguments, CommandLine::command(), out),
        Verb::Man(_) => completions::man(&CommandLine::command(), out),
    }
}

//! Options that `run`, `simulate` and their like share.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::lost_row::Book;
use crate::report::Language;
use crate::scenario::Scenario;

/// Options common to the verbs that produce a result.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Worker threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
    /// Where to write the report [default: reports/<scenario>-<driver>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The seed of every draw [default: the scenario's, or one drawn and printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Language of the summary and the report
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// A gate beside the scenario's, as 'technical_drop_rate < 1% @95%' (repeatable)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// Override one value of the scenario, as pbx.channels=12 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Print nothing but the result
    #[arg(long)]
    pub quiet: bool,
    /// What an inconclusive gate ends in
    #[arg(long, value_enum, default_value_t)]
    pub inconclusive: Inconclusive,
    /// Do not write calls.csv; a simulation then keeps none of the PBX's books either, which is faster
    #[arg(long)]
    pub no_calls: bool,
    /// Lose the third row of a book, to see that the comparison of the books notices: calls, cdr, queue_log
    #[arg(long, value_name = "BOOK", value_enum, hide = true, conflicts_with = "no_calls")]
    pub lose_row: Option<Book>,
}

impl Common {
    /// Where the report goes: `--out`, or `reports/<scenario>-<driver>`.
    #[must_use]
    pub fn directory(&self, scenario: &Scenario, driver: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| format!("reports/{}-{driver}", scenario.name).into())
    }
}

/// What to print on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

/// Language of what people read. Machine formats are never localised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    #[default]
    En,
    Ru,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Ru => Self::Russian,
        }
    }
}

/// What an inconclusive gate ends in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Inconclusive {
    /// Exit code 5.
    #[default]
    Code,
    /// Exit code 0.
    Pass,
    /// Exit code 3.
    Fail,
}

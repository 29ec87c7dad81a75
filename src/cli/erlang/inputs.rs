//! A formula's inputs by column name: from options, or from a row of a table.

use clap::Arg;
use clap::ArgMatches;
use clap::Command;
use clap::FromArgMatches;

use crate::cli::erlang::model::Model;

/// Column, other spellings of its option, and what it is.
const OPTIONS: [(&str, &[&str], &str, &str); 47] = [
    ("servers", &[], "N", "Circuits"),
    ("erlangs", &[], "E", "Offered traffic"),
    ("agents", &[], "N", "Agents"),
    ("lines", &[], "N", "Places in the whole system, agents' included"),
    ("aht_s", &["aht"], "S", "Mean handle time in seconds"),
    ("t_s", &["threshold"], "S", "Answer time in seconds"),
    ("lambda_per_s", &["lambda"], "RATE", "Arrivals per second"),
    ("lambda0_per_s", &[], "RATE", "Fresh arrivals per second"),
    ("mu_per_s", &[], "RATE", "1 / mean handle time, per second"),
    (
        "theta_per_s",
        &[],
        "RATE",
        "1 / mean patience, per second; 0 is endless patience (not in erlang_a: that is erlang_c)",
    ),
    ("fresh_erlangs", &[], "E", "Fresh traffic"),
    ("recall", &[], "RATIO", "Share of blocked attempts that are repeated"),
    ("redial_prob", &[], "RATIO", "Probability that a caller who gave up dials again"),
    ("target_blocking", &["target"], "RATIO", "Highest blocking"),
    ("kind", &[], "KIND", "What an inverse finds: max_erlangs, min_servers, max_beta or max_sources"),
    ("calls", &[], "N", "Calls in an interval"),
    ("interval_s", &[], "S", "Length of the interval in seconds"),
    ("target_sl", &[], "RATIO", "Share to answer in time"),
    ("max_occupancy", &[], "RATIO", "Highest share of agents' time on calls"),
    ("shrinkage", &[], "RATIO", "Share of the staff that is away"),
    ("calls_per_h", &[], "N", "Calls per hour"),
    ("patience_s", &[], "S", "Mean patience in seconds; 0 is endless"),
    ("sources", &[], "N", "Callers there are"),
    ("beta", &[], "X", "Erlangs of one free source (Engset); square-root margin (qed)"),
    ("alpha", &[], "E", "Erlangs that one source really offers"),
    ("capacity_slots", &[], "N", "Slots of a link"),
    (
        "slots_per_call",
        &[],
        "N,…",
        "Slots that a call takes; one number for each class of --erlangs, or one for all",
    ),
    ("primary_servers", &[], "N", "Circuits that overflow"),
    ("mean_erlangs", &[], "E", "Mean of peaked traffic"),
    ("peakedness", &[], "Z", "Its variance over its mean"),
    ("process", &[], "NAME", "mmpp2, hawkes_exp or gamma_busyness"),
    ("p1", &[], "X", "First rate; base rate; mean erlangs"),
    ("p2", &[], "X", "Second rate; excitement alpha; coefficient of variation"),
    ("p3", &[], "X", "Rate out of the first state; decay beta"),
    ("p4", &[], "X", "Rate out of the second state"),
    ("mu", &[], "RATE", "1 / mean holding time, in the unit of the other rates"),
    ("model", &[], "NAME", "halfin_whitt or garnett"),
    ("theta_over_mu", &[], "X", "Mean handle time over mean patience"),
    ("mean_rate_per_h", &[], "RATE", "Mean arrivals per hour"),
    ("amplitude_per_h", &[], "RATE", "Amplitude of the arrivals' sine"),
    ("period_h", &[], "H", "Period of the sine in hours"),
    ("mean_service_h", &[], "H", "Mean service time in hours"),
    ("t_h", &[], "H", "Time in hours"),
    ("mean_calls", &[], "N", "Mean number of calls"),
    ("busyness_cv", &[], "X", "Coefficient of variation of the day's factor"),
    ("capacity_K", &["capacity"], "N", "Places in the whole system, agents' included"),
    ("rate_mean", &[], "RATE", "Mean arrival rate"),
];

/// Options of the model that changes through time, in one unit of time.
const THROUGH_TIME: [(&str, &[&str], &str, &str); 4] = [
    ("rate_amplitude", &[], "RATE", "Amplitude of the arrival rate's sine"),
    ("period", &[], "TIME", "Period of the sine"),
    ("theta", &[], "RATE", "1 / mean patience; 0 is endless patience"),
    ("t", &[], "TIME,…", "When to look, one time or several"),
];

/// The option's own name: `model` is already the formula's.
const fn id(name: &'static str) -> &'static str {
    if matches!(name.as_bytes(), b"model") { "limit_model" } else { name }
}

/// What was given on the command line, in the order of the options.
#[derive(Debug, Clone, Default)]
pub(super) struct Given(Vec<(&'static str, String)>);

impl clap::Args for Given {
    fn augment_args(command: Command) -> Command {
        OPTIONS.iter().chain(&THROUGH_TIME).fold(command, |command, (name, others, value, help)| {
            let option = Arg::new(id(name)).long(*name).visible_aliases(others.iter().copied());
            command.arg(option.value_name(*value).help(*help).allow_hyphen_values(true))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |name: &'static str| matches.get_one::<String>(id(name)).cloned();
        let options = OPTIONS.iter().chain(&THROUGH_TIME);
        Ok(Self(options.filter_map(|(name, ..)| Some((*name, value(name)?))).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Given {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows that the options describe for `model`: one; or, where rows together make a system, as many as the
    /// longest list has entries, the others repeated.
    pub(super) fn rows(&self, model: Model) -> Result<(Header, Vec<csv::StringRecord>), String> {
        let columns = model.columns();
        let mut names = Vec::new();
        let mut lists: Vec<Vec<&str>> = Vec::new();
        for (name, text) in &self.0 {
            // `--mu` and `--theta` are short for the rates per second where a model has those.
            let per_second = format!("{name}_per_s");
            let name = if columns.reads(name) { (*name).to_owned() } else { per_second };
            if !columns.reads(&name) {
                let option = name.trim_end_matches("_per_s");
                return Err(format!(
                    "--{option} has no effect on {}, which takes {}",
                    model.name(),
                    listed(&columns)
                ));
            }
            let splits = model.is_grouped();
            lists.push(if splits { text.split(',').collect() } else { vec![text.as_str()] });
            names.push(name);
        }
        let longest = lists.iter().map(Vec::len).max().unwrap_or(1);
        if let Some(place) = lists.iter().position(|list| list.len() != 1 && list.len() != longest) {
            let (name, found) = (&names[place], lists[place].len());
            return Err(format!("--{name} lists {found} values, but another option {longest}"));
        }
        let row = |place: usize| lists.iter().map(|list| *list.get(place).unwrap_or(&list[0])).collect();
        Ok((Header(names), (0..longest).map(row).collect()))
    }
}

/// The inputs of a model in words.
pub(super) fn listed(columns: &super::model::Columns) -> String {
    let mut text = columns.needed.join(", ");
    if !columns.optional.is_empty() {
        text = format!("{text} (and, where they apply, {})", columns.optional.join(", "));
    }
    text
}

/// Names of the columns of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Header(pub(super) Vec<String>);

/// Inputs by column name, as written.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) header: &'a Header,
    pub(super) fields: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    /// The field of a column, if it is there and filled.
    pub(super) fn field(&self, name: &str) -> Option<&'a str> {
        let place = self.header.0.iter().position(|known| known == name)?;
        self.fields.get(place).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, String> {
        self.field(name)
            .ok_or_else(|| format!("{name} is missing; give it as --{name} or as a column of the CSV"))
    }

    pub(super) fn number(&self, name: &str) -> Result<f64, String> {
        let text = self.text(name)?;
        let (digits, scale) = text.strip_suffix('%').map_or((text, 1.0), |digits| (digits.trim(), 0.01));
        let number = digits.parse::<f64>().map_err(|_| not_a_number(name, text))?;
        if number.is_finite() {
            Ok(number * scale)
        } else {
            Err(format!("{name} is `{text}`, not a finite number"))
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
    pub(super) fn whole(&self, name: &str) -> Result<u32, String> {
        let number = self.number(name)?;
        let most = crate::erlang::MOST_SERVERS;
        if number.fract() == 0.0 && (0.0..=f64::from(most)).contains(&number) {
            return Ok(number as u32);
        }
        Err(format!("{name} is {number}, but must be a whole number from 0 to {most}"))
    }
}

fn not_a_number(name: &str, text: &str) -> String {
    let pointed = text.replace(',', ".");
    if pointed.trim_end_matches('%').trim().parse::<f64>().is_ok() {
        return format!("{name} is `{text}`: decimals take a point; for {text}: write {pointed}");
    }
    format!("{name} is `{text}`, not a number")
}

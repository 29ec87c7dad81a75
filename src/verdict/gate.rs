//! The gate grammar: `[name:] metric [stat] op value [for|within|over DURATION] [@ CONFIDENCE%] [, stop|continue]`.
//!
//! ```text
//! technical_drop_rate < 1% @95%
//! speed: post_dial_delay p95 < 800ms
//! service_level(20s, of_answered) >= 80%
//! technical_drop_rate < 5% for 10s, stop
//! blocking < 3% over 15m @95%
//! systemic_loss(3 of 12, 5m) < 1%
//! ```
//!
//! Read by hand: the language is regular and its errors matter more than its grammar.

use crate::metrics::ServiceLevelDefinition;
use crate::time::Duration;
use crate::units::{Period, Ratio};
use crate::verdict::metric;
use crate::verdict::metric::{Delay, Metric, Stat, Unit};

/// A gate, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// As written.
    pub text: String,
    pub name: Option<String>,
    pub metric: Metric,
    pub operator: Operator,
    /// In the metric's unit.
    pub limit: f64,
    pub window: Option<Window>,
    /// 0 to 1, exclusive; absent means that the point value decides.
    pub confidence: Option<f64>,
    pub action: Action,
    /// `file.yaml:23` or `--gate`.
    pub written_at: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// Whether `value` meets `limit`.
    #[must_use]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Greater => value > limit,
            Self::GreaterOrEqual => value >= limit,
        }
    }

    /// Whether smaller values are better.
    #[must_use]
    pub const fn is_upper_limit(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }
}

/// Which part of the run a gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Every window of this length must meet the limit.
    Over(Duration),
    /// Fails only if violated throughout this long.
    For(Duration),
    /// Must hold from this long after the start of the measurement.
    Within(Duration),
}

/// What happens when a gate fails while the run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Continue,
    Stop,
}

/// Why a gate can't be used, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gate `{text}`: {problem}; {remedy}")]
pub struct GateError {
    pub text: String,
    pub problem: String,
    pub remedy: String,
}

/// What a scenario can tell about its calls; the rest of the metrics is refused beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each one so or not")]
pub struct Capabilities {
    /// Callers queue for agents, and the wait is visible.
    pub queue: bool,
    /// Somebody is called back.
    pub callbacks: bool,
    /// Calls go over the wire: there are delays.
    pub wire: bool,
    /// Calls carry RTP.
    pub media: bool,
    /// Measured time, where known: windows must fit into it.
    pub duration: Option<Duration>,
}

/// Reads a gate. `written_at` is where: `file.yaml:23` or `--gate`.
pub fn parse(text: &str, written_at: &str) -> Result<Gate, GateError> {
    Reader { text, rest: text.trim() }.gate(written_at)
}

impl Gate {
    /// Refuses a gate whose metric this scenario can't produce.
    pub fn check(&self, capabilities: &Capabilities) -> Result<(), GateError> {
        let error = |problem: &str, remedy: &str| Err(self.error(problem, remedy));
        if self.metric.needs_queue() && !capabilities.queue {
            return error(
                "this scenario has no queue whose waits are visible",
                "add pbx.queues and pbx.agents, or judge technical_drop_rate",
            );
        }
        if matches!(self.metric, Metric::CallbackInTime { .. }) && !capabilities.callbacks {
            return error(
                "nobody is called back in this scenario",
                "add pbx.queues.*.callback or pbx.voicemail.callback, or leave the gate out",
            );
        }
        if matches!(self.metric, Metric::Delay(..)) && !capabilities.wire {
            return error(
                "a simulation has no delays on the wire",
                "use `busyhour run`, or judge asa or service_level",
            );
        }
        if self.metric == Metric::Ratio(crate::metrics::Measure::PacketLoss) && !capabilities.media {
            return error("these calls carry no RTP", "set `media: rtp`, or leave the gate out");
        }
        let needed = self.shortest_run();
        if capabilities.duration.is_some_and(|duration| needed > duration) {
            let remedy = format!("make the run at least {} long", metric::period(needed));
            return error("its window is longer than the measured time", &remedy);
        }
        Ok(())
    }

    /// The answer time that must be counted for this gate.
    #[must_use]
    pub const fn threshold(&self) -> Option<Duration> {
        match self.metric {
            Metric::ServiceLevel { threshold, .. } => Some(threshold),
            _ => None,
        }
    }

    fn shortest_run(&self) -> Duration {
        let window = match self.window {
            Some(Window::Over(length) | Window::For(length) | Window::Within(length)) => length,
            None => Duration::ZERO,
        };
        match self.metric {
            Metric::SystemicLoss { of, window, .. } => window.saturating_mul(of),
            _ => window,
        }
    }

    fn error(&self, problem: &str, remedy: &str) -> GateError {
        GateError { text: self.text.clone(), problem: problem.to_owned(), remedy: remedy.to_owned() }
    }
}

/// Where the reading of a gate has got to.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

const FORM: &str = "write it as `technical_drop_rate < 1% @95%`";

impl<'a> Reader<'a> {
    fn gate(mut self, written_at: &str) -> Result<Gate, GateError> {
        let name = self.name()?;
        let metric = self.metric()?;
        let operator = self.operator()?;
        let limit = self.limit(metric.unit())?;
        let window = self.window()?;
        let confidence = self.confidence()?;
        let action = self.action()?;
        if !self.rest.is_empty() {
            return Err(self.error(&format!("`{}` is not understood", self.rest), FORM));
        }
        let gate = Gate {
            text: self.text.trim().to_owned(),
            name,
            metric,
            operator,
            limit,
            window,
            confidence,
            action,
            written_at: written_at.to_owned(),
        };
        gate.check_sense()?;
        Ok(gate)
    }

    fn name(&mut self) -> Result<Option<String>, GateError> {
        let Some((name, rest)) = self.rest.split_once(':') else { return Ok(None) };
        let name = name.trim();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(self.error(
                &format!("`{name}` is no name"),
                "a name before the colon has letters, digits, `-`, `_` and spaces",
            ));
        }
        self.rest = rest.trim_start();
        Ok(Some(name.to_owned()))
    }

    fn metric(&mut self) -> Result<Metric, GateError> {
        let word = self.word(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let arguments = self.arguments()?;
        let delay = match word {
            "post_dial_delay" => Delay::PostDial,
            "answer_delay" => Delay::Answer,
            "disconnect_delay" => Delay::Disconnect,
            "lateness" => Delay::Lateness,
            "service_level" => return self.service_level(arguments),
            "systemic_loss" => return self.systemic_loss(arguments),
            "callback_in_time" => return self.callback_in_time(arguments),
            _ if arguments.is_some() => {
                return Err(self.error(&format!("{word} takes no arguments"), "leave the brackets out"));
            }
            _ => return Metric::plain(word).ok_or_else(|| self.unknown_metric(word)),
        };
        Ok(Metric::Delay(delay, self.stat()?))
    }

    fn arguments(&mut self) -> Result<Option<&'a str>, GateError> {
        let Some(inside) = self.rest.strip_prefix('(') else { return Ok(None) };
        let Some((arguments, rest)) = inside.split_once(')') else {
            return Err(self.error("the bracket is not closed", "add `)` before the comparison"));
        };
        self.rest = rest.trim_start();
        Ok(Some(arguments))
    }

    fn service_level(&self, arguments: Option<&str>) -> Result<Metric, GateError> {
        let form = "write it as `service_level(20s) >= 80%` or `service_level(20s, of_answered) >= 80%`";
        let Some(arguments) = arguments else { return Err(self.error("the answer time is missing", form)) };
        let (threshold, definition) = arguments.split_once(',').unwrap_or((arguments, "of_offered"));
        let threshold = self.duration(threshold)?;
        let definition = match definition.trim() {
            "of_offered" => ServiceLevelDefinition::OfOffered,
            "of_answered" => ServiceLevelDefinition::OfAnswered,
            "excl_short_abandons" => ServiceLevelDefinition::ExclShortAbandons,
            "virtual" => {
                let problem = "the virtual service level can't be measured: nobody knows how long those who \
                               gave up would have waited";
                return Err(
                    self.error(problem, "judge of_offered, of_answered or excl_short_abandons instead")
                );
            }
            other => {
                let problem = format!("`{other}` is no definition of a service level");
                return Err(self.error(&problem, "write of_offered, of_answered or excl_short_abandons"));
            }
        };
        Ok(Metric::ServiceLevel { threshold, definition })
    }

    fn callback_in_time(&self, arguments: Option<&str>) -> Result<Metric, GateError> {
        let form = "write it as `callback_in_time(15m) >= 90%`";
        let Some(within) = arguments else { return Err(self.error("the promised time is missing", form)) };
        Ok(Metric::CallbackInTime { within: self.duration(within)? })
    }

    fn systemic_loss(&self, arguments: Option<&str>) -> Result<Metric, GateError> {
        let error =
            || self.error("its windows are not understood", "write `systemic_loss(3 of 12, 5m) < 1%`");
        let (share, window) = arguments.and_then(|text| text.split_once(',')).ok_or_else(error)?;
        let (needed, of) = share.split_once(" of ").ok_or_else(error)?;
        let needed = needed.trim().parse().map_err(|_| error())?;
        let of = of.trim().parse().map_err(|_| error())?;
        if needed == 0 || needed > of || of > 480 {
            return Err(error());
        }
        Ok(Metric::SystemicLoss { needed, of, window: self.duration(window)? })
    }

    fn stat(&mut self) -> Result<Stat, GateError> {
        let word = self.word(|c| c.is_ascii_alphanumeric() || c == '.');
        let percentile = word.strip_prefix('p').and_then(|digits| digits.parse::<f64>().ok());
        match (word, percentile) {
            ("max", _) => Ok(Stat::Max),
            ("mean", _) => Ok(Stat::Mean),
            (_, Some(percentile)) if percentile > 0.0 && percentile < 100.0 => {
                Ok(Stat::Percentile(percentile))
            }
            _ => Err(self.error(
                "it does not say which part of the delays",
                "write p50, p95, p99, max or mean after the metric, as in `post_dial_delay p95 < 800ms`",
            )),
        }
    }

    fn operator(&mut self) -> Result<Operator, GateError> {
        let symbols = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        for (symbol, operator) in symbols {
            if let Some(rest) = self.rest.strip_prefix(symbol) {
                self.rest = rest.trim_start();
                return Ok(operator);
            }
        }
        Err(self.error("the comparison is missing", "write <, <=, > or >= between metric and limit"))
    }

    fn limit(&mut self, unit: Unit) -> Result<f64, GateError> {
        let number = self.word(|c| c.is_ascii_digit() || c == '.');
        let suffix = self.word(|c| c.is_alphabetic() || matches!(c, '%' | '/'));
        let written = format!("{number}{suffix}");
        let wrong = |remedy: &str| self.error(&format!("`{written}` is no limit for this metric"), remedy);
        let bare = |remedy: &str| number.parse::<f64>().map_err(|_| wrong(remedy));
        match (unit, suffix) {
            // One is a hundred per cent, and whoever writes it without a sign is likely to mean one of them.
            (Unit::Ratio, "") if number.parse() == Ok(1.0) => Err(wrong("write 1%, or 100% if all is meant")),
            (Unit::Ratio, _) => {
                let ratio: Result<Ratio, _> = written.parse();
                ratio.map(|ratio| ratio.0).map_err(|_| wrong("write a ratio as 1% or 0.01"))
            }
            (Unit::Milliseconds, _) => {
                Ok(self.period(&written, "write a delay as 800ms")?.as_secs_f64() * 1e3)
            }
            (Unit::Seconds, _) => Ok(self.period(&written, "write a time as 20s")?.as_secs_f64()),
            (Unit::Erlangs, "" | "E") => bare("write a load as 24E or 24"),
            (Unit::Erlangs, _) => Err(wrong("write a load as 24E or 24")),
            (Unit::Calls, "") => bare("write a number of calls as 100"),
            (Unit::Calls, _) => Err(wrong("write a number of calls as 100")),
            (Unit::CallsPerSecond, "" | "/s") => bare("write a rate as 10/s"),
            (Unit::CallsPerSecond, _) => Err(wrong("write a rate as 10/s")),
        }
    }

    fn window(&mut self) -> Result<Option<Window>, GateError> {
        type Maker = fn(Duration) -> Window;
        let makers: [(&str, Maker); 3] =
            [("over ", Window::Over), ("for ", Window::For), ("within ", Window::Within)];
        for (word, maker) in makers {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest.trim_start();
                let written = self.word(|c| c.is_ascii_alphanumeric() || c == '.');
                return Ok(Some(maker(self.duration(written)?)));
            }
        }
        Ok(None)
    }

    fn confidence(&mut self) -> Result<Option<f64>, GateError> {
        let Some(rest) = self.rest.strip_prefix('@') else { return Ok(None) };
        self.rest = rest.trim_start();
        let written = self.word(|c| c.is_ascii_digit() || matches!(c, '.' | '%'));
        let percent = written.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
        match percent {
            Some(percent) if (50.0..100.0).contains(&percent) => Ok(Some(percent / 100.0)),
            _ => {
                let problem = format!("`@{written}` is no confidence");
                Err(self.error(&problem, "write @95% (50% to under 100%)"))
            }
        }
    }

    fn action(&mut self) -> Result<Action, GateError> {
        let Some(rest) = self.rest.strip_prefix(',') else { return Ok(Action::Continue) };
        self.rest = rest.trim_start();
        match self.word(char::is_alphabetic) {
            "stop" => Ok(Action::Stop),
            "continue" => Ok(Action::Continue),
            other => {
                let problem = format!("`{other}` is nothing to do on failure");
                Err(self.error(&problem, "write `, stop` or `, continue`"))
            }
        }
    }

    fn duration(&self, text: &str) -> Result<Duration, GateError> {
        let duration = self.period(text, "write a duration as 20s, 5m or 1h")?;
        if duration.is_zero() {
            return Err(self.error("a duration of nothing", "write a duration as 20s, 5m or 1h"));
        }
        Ok(duration)
    }

    fn period(&self, text: &str, remedy: &str) -> Result<Duration, GateError> {
        let period: Result<Period, _> = text.trim().parse();
        period.map(|period| period.0).map_err(|error| self.error(&error.problem, remedy))
    }

    fn unknown_metric(&self, word: &str) -> GateError {
        let nearest = metric::NAMES.into_iter().min_by_key(|name| distance(name, word));
        // A slip changes a letter of three or four, and leaves the rest of the word.
        let near = nearest.filter(|name| distance(name, word) <= (word.len() / 3).min(4));
        let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        let remedy = format!("{near}metrics are {}", metric::NAMES.join(", "));
        self.error(&format!("`{word}` is no metric"), &remedy)
    }

    /// The longest prefix of such characters; the rest is left without leading blanks.
    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c: char| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn error(&self, problem: &str, remedy: &str) -> GateError {
        GateError {
            text: self.text.trim().to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

impl Gate {
    /// Combinations that read well and mean nothing.
    fn check_sense(&self) -> Result<(), GateError> {
        // Whoever writes `<= 100%` wants the figure told, and no run failed by it.
        let never_holds =
            matches!((self.operator, self.limit), (Operator::Greater, 1.0..) | (Operator::Less, ..=0.0));
        if never_holds && self.metric.unit() == Unit::Ratio {
            return Err(self.error(
                "it never holds, whatever happens: a ratio is 0% to 100%",
                "write the limit that is meant, as in `technical_drop_rate < 1%`",
            ));
        }
        if self.window.is_some() && !self.metric.is_ratio() {
            return Err(self.error(
                "only ratios can be judged per window",
                "leave the window out, or judge a ratio such as technical_drop_rate or service_level(20s)",
            ));
        }
        if self.action == Action::Stop && !self.metric.is_ratio() && !matches!(self.metric, Metric::Delay(..))
        {
            return Err(self.error(
                "only ratios and delays can stop a run",
                "leave `, stop` out: this figure is known when the run is over",
            ));
        }
        let has_interval = self.metric.is_ratio()
            || matches!(
                self.metric,
                Metric::SystemicLoss { .. }
                    | Metric::CallbackInTime { .. }
                    | Metric::Delay(_, Stat::Percentile(_))
            );
        if self.confidence.is_some() && !has_interval {
            return Err(self.error(
                "this metric has no confidence interval",
                "leave `@` out: only ratios and percentiles have one",
            ));
        }
        Ok(())
    }
}

/// Levenshtein's distance, for "did you mean".
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;

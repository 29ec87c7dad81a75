//! Who calls.

use std::sync::Arc;

use crate::random::Distribution;
use crate::scenario::document::ArrivalsDocument;
use crate::scenario::document::ArrivalsWord;
use crate::scenario::document::BurstyDocument;
use crate::scenario::document::CallerDocument;
use crate::scenario::document::DistributionDocument;
use crate::scenario::document::DistributionValue;
use crate::scenario::document::MeanDocument;
use crate::scenario::document::NumbersValue;
use crate::scenario::document::RedialDocument;
use crate::scenario::document::RepeatDocument;
use crate::scenario::document::ReplayValue;
use crate::scenario::document::TrafficDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::time::Duration;
use crate::traffic::Extent;
use crate::traffic::Traffic;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::burst::Burst;
use crate::traffic::callers::CallerClass;
use crate::traffic::callers::Credentials;
use crate::traffic::callers::Numbers;
use crate::traffic::callers::Redial;
use crate::traffic::callers::Repeat;
use crate::traffic::profile::Profile;
use crate::units::Period;
use crate::units::Ratio;

/// Shares may miss 100 % by rounding such as 33.3 % three times.
const SHARES_TOLERANCE: f64 = 1e-9;
/// Most people with a memory of their own: above, Poisson arrivals are the same but for their cost.
const SOURCES_MAX: u64 = 10_000_000;
/// Most starts or numbers read from a file.
const ROWS_MAX: usize = 10_000_000;

/// The part of all contacts that no chat bot answers.
pub(super) fn part_left(document: &TrafficDocument) -> f64 {
    let callers = document.callers.iter().flatten();
    let deflected = callers.filter_map(|caller| Some(caller.share?.0 * caller.deflection?.0));
    1.0 - deflected.sum::<f64>()
}

impl Resolver<'_> {
    /// The traffic; without a `traffic` section nobody calls.
    pub(super) fn traffic(
        &mut self,
        document: Option<&mut TrafficDocument>,
        start: &jiff::Zoned,
        warm_up: Duration,
        extent: Extent,
    ) -> Traffic {
        let Some(document) = document else {
            let profile = Profile::Flat { per_second: 0.0 };
            return Traffic { arrivals: Arrivals::Poisson, profile, callers: Vec::new() };
        };
        let arrivals = self.arrivals(document);
        let sources = match arrivals {
            Arrivals::Sources { count, idle_mean } => Some((count, idle_mean)),
            _ => None,
        };
        if sources.is_some() && matches!(extent, Extent::Calls(_)) {
            self.wrong("calls", "people who call again need a `duration`, not `calls`; write duration: 10h");
        }
        if sources.is_some() && document.profile.is_some() {
            self.wrong("traffic.profile", "the sources alone say when calls come; remove `profile`");
        }
        let needs_profile = !matches!(arrivals, Arrivals::Replay { .. } | Arrivals::Sources { .. });
        let before = self.problems.len();
        let profile = if let Some(value) = &mut document.profile {
            self.profile(value, "traffic.profile", start, (warm_up, extent))
        } else {
            if needs_profile {
                self.wrong("traffic.profile", "`profile` is missing; write profile: 1200/h");
            }
            Profile::Flat { per_second: 0.0 }
        };
        if needs_profile && self.problems.len() == before {
            self.refuse_silence(&profile, (warm_up, extent));
        }
        let mut traffic = Traffic { arrivals, profile, callers: self.callers(document) };
        if let Some((count, idle_mean)) = sources {
            #[expect(clippy::cast_precision_loss, reason = "at most ten million people")]
            let per_second = count as f64 / (idle_mean + traffic.mean_talk());
            traffic.profile = Profile::Flat { per_second };
        }
        self.deflect(document, &mut traffic);
        traffic
    }

    /// What a chat bot answers never becomes a call: the rate falls by exactly that share, and so do the shares of the
    /// classes. Says which part is left.
    fn deflect(&mut self, document: &TrafficDocument, traffic: &mut Traffic) {
        let left = part_left(document);
        if left >= 1.0 {
            return;
        }
        if left <= 0.0 {
            return self.wrong("traffic.callers", "nobody is left to call; lower `deflection`");
        }
        if matches!(traffic.arrivals, Arrivals::Replay { .. } | Arrivals::Sources { .. }) {
            let message =
                "`deflection` needs a `profile`: of a replayed list, or of people, leave some out instead";
            return self.wrong("traffic.callers", message);
        }
        traffic.profile = traffic.profile.scaled(left);
        for (class, caller) in traffic.callers.iter_mut().zip(document.callers.iter().flatten()) {
            class.share *= (1.0 - caller.deflection.map_or(0.0, |share| share.0)) / left;
        }
    }

    fn arrivals(&mut self, document: &mut TrafficDocument) -> Arrivals {
        match document.arrivals.get_or_insert(Written::Text(ArrivalsWord::Poisson)) {
            Written::Text(ArrivalsWord::Poisson) => Arrivals::Poisson,
            Written::Text(ArrivalsWord::Even) => Arrivals::Even,
            Written::List(never) => match *never {},
            Written::Keys(keys) => self.arrivals_with_parameters(keys),
        }
    }

    fn arrivals_with_parameters(&mut self, keys: &mut ArrivalsDocument) -> Arrivals {
        self.exactly_one_key("traffic.arrivals", "bursty, sources, replay");
        if let Some(sources) = &keys.sources {
            let count = self.required(sources.count, "traffic.arrivals.sources.count", "100").unwrap_or(1);
            if !(1..=SOURCES_MAX).contains(&count) {
                let message = format!("{count} people can't call; write 1 to {SOURCES_MAX}");
                self.wrong("traffic.arrivals.sources.count", &message);
            }
            let idle_mean = self.positive(sources.idle_mean, "traffic.arrivals.sources.idle_mean");
            return Arrivals::Sources { count, idle_mean };
        }
        if let Some(bursty) = &mut keys.bursty {
            return self.bursty(bursty);
        }
        match &mut keys.replay {
            Some(replay) => self.replay(replay),
            None => Arrivals::Poisson,
        }
    }

    fn bursty(&mut self, document: &mut BurstyDocument) -> Arrivals {
        let path = "traffic.arrivals.bursty";
        self.exactly_one_key(path, "mmpp, hawkes");
        if let Some(mmpp) = &mut document.mmpp {
            let place = |key: &str| format!("{path}.mmpp.{key}");
            let calm_factor = *mmpp.calm_factor.get_or_insert(1.0);
            let burst_factor = self.required(mmpp.burst_factor, &place("burst_factor"), "4").unwrap_or(1.0);
            return Arrivals::Bursty(Burst::Mmpp {
                calm_mean: self.positive(mmpp.calm_mean, &place("calm_mean")),
                burst_mean: self.positive(mmpp.burst_mean, &place("burst_mean")),
                calm_factor: self.within(calm_factor, 0.0..=1e6, &place("calm_factor")),
                burst_factor: self.within(burst_factor, 1e-6..=1e6, &place("burst_factor")),
            });
        }
        let Some(hawkes) = &document.hawkes else { return Arrivals::Poisson };
        let place = |key: &str| format!("{path}.hawkes.{key}");
        let branching = self.required(hawkes.branching, &place("branching"), "0.5").unwrap_or(0.5);
        let branching = self.within(branching, 0.001..=0.99, &place("branching"));
        Arrivals::Bursty(Burst::Hawkes { branching, decay: self.positive(hawkes.decay, &place("decay")) })
    }

    fn replay(&mut self, value: &mut ReplayValue) -> Arrivals {
        let path = "traffic.arrivals.replay";
        let mut starts = match value {
            Written::List(starts) => starts.clone(),
            Written::Text(file) => self.column(file, "start_s", path),
            Written::Keys(source) => {
                let file = source.csv.clone().unwrap_or_default();
                self.column(&file, source.column.as_deref().unwrap_or("start_s"), path)
            }
        };
        if starts.is_empty() {
            self.wrong(path, "there are no starts; write a file, or seconds as [0.5, 12, 13.75]");
        }
        if starts.iter().any(|start| !start.is_finite() || *start < 0.0) {
            self.wrong(path, "a start lies before 0; write seconds from the start of the run");
        }
        starts.sort_by(f64::total_cmp);
        *value = Written::List(starts.clone());
        Arrivals::Replay { starts: starts.into() }
    }

    /// Numbers of a CSV column, or of a file with one number a line.
    fn column(&mut self, file: &str, column: &str, path: &str) -> Vec<f64> {
        let cells = self.cells(file, column, path);
        let parsed: Result<Vec<f64>, String> =
            cells.iter().map(|cell| cell.parse().map_err(|_| cell.clone())).collect();
        parsed.unwrap_or_else(|cell| {
            self.wrong(path, &format!("`{cell}` in {file} is not a number of seconds; correct the file"));
            Vec::new()
        })
    }

    /// Cells of a column; of a file without a comma in its first line, every line.
    pub(super) fn cells(&mut self, file: &str, column: &str, path: &str) -> Vec<String> {
        let text = match (self.inputs.read_file)(file) {
            Ok(text) => text,
            Err(error) => {
                self.wrong(path, &format!("cannot read {file}: {error}; write the path of a CSV file"));
                return Vec::new();
            }
        };
        match crate::traffic::callers::column(&text, column, ROWS_MAX) {
            Ok(cells) => cells,
            Err(error) => {
                self.wrong(path, &format!("{file}: {error}"));
                Vec::new()
            }
        }
    }

    fn callers(&mut self, document: &mut TrafficDocument) -> Vec<CallerClass> {
        let Some(callers) = document.callers.as_mut().filter(|callers| !callers.is_empty()) else {
            self.wrong(
                "traffic.callers",
                "`callers` is missing; write callers: [{talk: {exponential: {mean: 180s}}}]",
            );
            return Vec::new();
        };
        if let [only] = callers.as_mut_slice() {
            only.share.get_or_insert(Ratio(1.0));
        }
        let mut classes = Vec::with_capacity(callers.len());
        for (place, caller) in callers.iter_mut().enumerate() {
            let path = format!("traffic.callers[{place}]");
            classes.push(self.caller(caller, place, &path));
        }
        let total: f64 = classes.iter().map(|class| class.share).sum();
        if (total - 1.0).abs() > SHARES_TOLERANCE {
            let message = format!("the shares sum to {}, not 100%; correct one of them", Ratio(total));
            self.wrong("traffic.callers", &message);
        }
        classes
    }

    fn caller(&mut self, caller: &mut CallerDocument, place: usize, path: &str) -> CallerClass {
        let name = caller.name.get_or_insert_with(|| match place {
            0 => "caller".to_owned(),
            _ => format!("caller-{}", place + 1),
        });
        let name = Arc::from(name.as_str());
        let share = self.required(caller.share, &format!("{path}.share"), "50%").map_or(0.0, |share| share.0);
        let to = self.numbers(&mut caller.to, "100", &format!("{path}.to"));
        let from = self.numbers(&mut caller.from, "79{number}", &format!("{path}.from"));
        let talk_path = format!("{path}.talk");
        let talk = if let Some(talk) = &caller.talk {
            self.law(talk, &talk_path)
        } else {
            self.wrong(&talk_path, "`talk` is missing; write talk: {exponential: {mean: 180s}}");
            Distribution::Constant { seconds: 0.0 }
        };
        let patience = caller.patience.as_ref().map(|law| self.law(law, &format!("{path}.patience")));
        let redial = caller.redial.as_mut().map_or(Redial::NEVER, |redial| self.redial(redial, path));
        let auth = caller.auth.as_ref().and_then(|auth| {
            let path = format!("{path}.auth");
            let user = auth.user.clone().unwrap_or_default();
            let variable = auth.password_env.clone().unwrap_or_default();
            if user.is_empty() || variable.is_empty() {
                self.wrong(&path, "`user` and `password_env` belong together; write both");
                return None;
            }
            let Some(password) = (self.inputs.environment)(&variable) else {
                let message =
                    format!("environment variable {variable} is not set; export the password in it");
                self.wrong(&format!("{path}.password_env"), &message);
                return None;
            };
            Some(Credentials { user: user.into(), password: password.into(), password_env: variable.into() })
        });
        let repeat = caller.repeat.as_mut().map_or(Repeat::NEVER, |repeat| self.repeat(repeat, path));
        let value = caller.value.clone();
        let priority = caller.priority.unwrap_or(0);
        let language = caller.language.as_deref().map(Arc::from);
        let skill = caller.skill.as_deref().map(Arc::from);
        let callback = self.callback_habit(caller, path);
        CallerClass {
            name,
            share,
            to,
            from,
            talk,
            patience,
            redial,
            repeat,
            value,
            habits: None,
            callback,
            auth,
            priority,
            language,
            skill,
        }
    }

    fn redial(&mut self, redial: &mut RedialDocument, path: &str) -> Redial {
        let delay = self.delay(&mut redial.delay, 60, &format!("{path}.redial.delay"));
        Redial {
            probability: redial.probability.get_or_insert(Ratio(0.0)).0,
            delay,
            limit: *redial.limit.get_or_insert(3),
            defection: redial.defection.get_or_insert(Ratio(0.0)).0,
            acknowledgement: redial.acknowledgement.get_or_insert(Ratio(0.0)).0,
            sibling: redial.sibling.as_mut().map(|sibling| self.sibling(sibling, path)),
        }
    }

    fn repeat(&mut self, repeat: &mut RepeatDocument, path: &str) -> Repeat {
        let delay = self.delay(&mut repeat.delay, 3_600, &format!("{path}.repeat.delay"));
        let elasticity = *repeat.elasticity.get_or_insert(1.5);
        if !(1.0..=2.0).contains(&elasticity) {
            let message =
                format!("`{elasticity}` lies outside 1 to 2 percent a point; write for example 1.5");
            self.wrong(&format!("{path}.repeat.elasticity"), &message);
        }
        let example = "20%";
        Repeat {
            probability: self
                .required(repeat.probability, &format!("{path}.repeat.probability"), example)
                .map_or(0.0, |probability| probability.0),
            delay,
            limit: *repeat.limit.get_or_insert(1),
            acknowledgement: repeat.acknowledgement.get_or_insert(Ratio(0.0)).0,
            resolution_gain: repeat.resolution_gain.get_or_insert(Ratio(0.0)).0,
            elasticity,
        }
    }

    /// A pause before the next call; exponential with this mean where none is written.
    fn delay(&mut self, slot: &mut Option<DistributionValue>, mean_s: u64, path: &str) -> Distribution {
        let usual = || {
            Written::Keys(DistributionDocument {
                exponential: Some(MeanDocument { mean: Some(Period(Duration::from_secs(mean_s))) }),
                ..DistributionDocument::default()
            })
        };
        if let Some(law) = slot.clone() {
            return self.law(&law, path);
        }
        *slot = Some(usual());
        Distribution::Exponential { mean: Duration::from_secs(mean_s).as_secs_f64() }
    }

    fn numbers(&mut self, slot: &mut Option<NumbersValue>, default: &str, path: &str) -> Numbers {
        let value = slot.get_or_insert_with(|| Written::Text(default.to_owned()));
        if let Written::Keys(source) = value {
            let file = source.csv.clone().unwrap_or_default();
            let column = source.column.clone().unwrap_or_else(|| "number".to_owned());
            *value = Written::List(self.cells(&file, &column, path));
        }
        let numbers = match value {
            Written::Text(template) => return self.template(template, path),
            Written::List(numbers) => numbers,
            Written::Keys(_) => unreachable!("a column has just become a list"),
        };
        if numbers.is_empty() {
            self.wrong(path, "there is no number; write for example \"100\"");
        }
        for number in numbers.iter() {
            self.check_number(number, path);
        }
        Numbers::List(numbers.iter().map(|number| Arc::from(number.as_str())).collect())
    }

    fn template(&mut self, template: &str, path: &str) -> Numbers {
        let bare = template.replace("{number}", "0").replace("{index}", "0");
        self.check_number(&bare, path);
        Numbers::Template(template.into())
    }

    /// Only characters that the user part of a SIP URI holds unescaped (RFC 3261, 25.1).
    pub(super) fn check_number(&mut self, number: &str, path: &str) {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+*#-_.!~'()&=$,;?/".contains(&byte);
        if number.is_empty() || !number.bytes().all(allowed) {
            let message = format!(
                "`{number}` is no number or user name; write for example \"100\" or \"79{{number}}\""
            );
            self.wrong(path, &message);
        }
    }
}

//! Short names of levers: which key of this scenario each of them pulls.

use crate::cli::Failure;
use crate::pbx::config::QueueConfig;
use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::scenario::nearest;
use crate::traffic::callers::CallerClass;

/// Short names beside `growth`, and where what they stand for is written.
const SHORT: [(&str, &str); 6] = [
    ("channels", "pbx.channels"),
    ("agents", "pbx.agents.count"),
    ("talk", "traffic.callers.N.talk"),
    ("patience", "traffic.callers.N.patience"),
    ("redial", "traffic.callers.N.redial.probability"),
    ("callback", "pbx.queues.NAME.callback.offer_after"),
];

/// The key that `name=value` sets in this scenario; a name that is not short is a key already. A plain time sets the mean of
/// talk and patience, and leaves their shape.
///
/// # Errors
/// [`Failure::Usage`] where there are several such keys, with all of them, or none.
pub(super) fn key(name: &str, value: &str, base: &Scenario) -> Result<String, Failure> {
    let is_plain = !value.starts_with(['{', '[']);
    let callers = &base.traffic.callers;
    let of_class = |has: &dyn Fn(&CallerClass) -> bool, rest: &dyn Fn(&CallerClass) -> Place| {
        let some = callers.iter().any(has);
        let classes = callers.iter().enumerate().filter(|(_, class)| !some || has(class));
        let place = |(number, class)| {
            let Place { key, is_settable } = rest(class);
            Place { key: format!("traffic.callers.{number}.{key}"), is_settable }
        };
        classes.map(place).collect::<Vec<_>>()
    };
    let law =
        |key: &str, law: Option<&Distribution>| if is_plain { mean_of(key, law) } else { Place::new(key) };
    let places = match name {
        "channels" => return Ok("pbx.channels".to_owned()),
        "agents" => return Ok("pbx.agents.count".to_owned()),
        "talk" => of_class(&|_| true, &|class| law("talk", Some(&class.talk))),
        "patience" => {
            of_class(&|class| class.patience.is_some(), &|class| law("patience", class.patience.as_ref()))
        }
        "redial" => of_class(&|class| class.redial.limit > 0, &|_| {
            Place::new(if is_plain { "redial.probability" } else { "redial" })
        }),
        "callback" => callbacks(&base.pbx.queues, is_plain),
        _ => return Ok(name.to_owned()),
    };
    let wrong = |what: String| Err(Failure::Usage(format!("--vary {name}={value}: {what}")));
    match places.as_slice() {
        [Place { key, is_settable: true }] => Ok(key.clone()),
        [Place { key, .. }] => wrong(format!(
            "a single time would leave nothing of how it is distributed; write it whole, as {key}={{exponential: \
             {{mean: 2m}}}}"
        )),
        [] => wrong("the scenario has no queue; give it pbx.queues".to_owned()),
        several => {
            let keys: Vec<&str> = several.iter().map(|place| &*place.key).collect();
            wrong(format!(
                "`{name}` stands for {} keys here; write the one that is meant: {}",
                keys.len(),
                keys.join(", ")
            ))
        }
    }
}

/// A key that a short name may stand for.
struct Place {
    key: String,
    /// Whether a single time says all.
    is_settable: bool,
}

impl Place {
    fn new(key: &str) -> Self {
        Self { key: key.to_owned(), is_settable: true }
    }
}

/// The key of the mean of what `key` distributes.
fn mean_of(key: &str, law: Option<&Distribution>) -> Place {
    match law {
        None | Some(Distribution::Constant { .. }) => Place::new(key),
        Some(Distribution::Exponential { .. }) => Place::new(&format!("{key}.exponential.mean")),
        Some(Distribution::LogNormal { .. }) => Place::new(&format!("{key}.lognormal.mean")),
        Some(Distribution::Gamma { .. }) => Place::new(&format!("{key}.gamma.mean")),
        Some(_) => Place { is_settable: false, ..Place::new(key) },
    }
}

fn callbacks(queues: &[QueueConfig], is_plain: bool) -> Vec<Place> {
    let some = queues.iter().any(|queue| queue.callback.is_some());
    let queues = queues.iter().filter(|queue| !some || queue.callback.is_some());
    let rest = if is_plain { ".offer_after" } else { "" };
    queues.map(|queue| Place::new(&format!("pbx.queues.{}.callback{rest}", queue.name))).collect()
}

/// What is wrong with the settings: of a short name that was misspelt, which was meant, and of a number of agents who are
/// listed one by one, what to do.
pub(super) fn meant(settings: &[(String, String)], failure: &Failure) -> String {
    let told = failure.to_string();
    if told.contains("`count` is no place in a list") {
        return "the scenario lists its agents one by one, so that none could be added; write pbx.agents: {count: 8} there for \
                agents who are all alike, or vary what one of them does, as pbx.agents.0.wrap_up=10s,30s"
            .to_owned();
    }
    let unknown = |key: &&String| told.contains(&format!("unknown key `{key}`"));
    let slip = settings.iter().map(|(key, _)| key).find(unknown);
    let known: Vec<&str> = SHORT.iter().map(|(short, _)| *short).chain(["growth"]).collect();
    let near = slip.and_then(|key| nearest(key, &known).map(|near| (key, near)));
    let long = |near: &str| {
        SHORT.iter().find(|(short, _)| *short == near).map(|(_, long)| format!(", which is {long}"))
    };
    match near {
        Some((key, near)) => {
            format!("no lever `{key}`; did you mean `{near}`{}?", long(near).unwrap_or_default())
        }
        None => told,
    }
}

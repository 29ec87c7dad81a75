//! The forecast as people read it.

use std::io;
use std::io::Write;

use crate::cli::check::Forecast;
use crate::cli::check::Route;
use crate::cli::check::significant;
use crate::report::Language;
use crate::report::language::check_words::CheckWords;
use crate::report::language::fill;
use crate::report::language::hour_words::HourWords;
use crate::report::language::sentences::translate;
use crate::report::language::smoke_words::SmokeWords;
use crate::report::text::plain_spaces;
use crate::time::Duration;
use crate::units::Period;

pub(super) fn print(forecast: &Forecast, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let words = CheckWords::of(language);
    let mut line = |text: &str| writeln!(out, "{}", plain_spaces(text));
    line(&fill(words.sound, &[("name", &forecast.name)]))?;
    if !forecast.question.is_empty() {
        line(&forecast.question)?;
    }
    line("")?;
    for told in figures(forecast, language) {
        line(&told)?;
    }
    for told in routing(&forecast.routing, language) {
        line(&told)?;
    }
    line(words.gates)?;
    for gate in &forecast.gates {
        line(&format!("    {}   {}", gate.gate, gate.written_at))?;
        line(&format!("      {}", translate(&gate.remark, language)))?;
    }
    if !forecast.required_fields.is_empty() {
        line(&fill(words.records, &[("fields", &forecast.required_fields.join(", "))]))?;
    }
    for warning in &forecast.warnings {
        line(&fill(words.warning, &[("warning", &finding(warning, language))]))?;
    }
    Ok(())
}

fn figures(forecast: &Forecast, language: Language) -> [String; 4] {
    let words = CheckWords::of(language);
    let number = |value: f64| figure(value, language);
    let hourly = |rate: f64| fill(words.per_hour, &[("rate", &number(rate))]);
    let filled = |text: &str, values: &[(&str, String)]| {
        values.iter().fold(text.to_owned(), |text, (name, value)| fill(&text, &[(name, value)]))
    };
    let count = |calls: u64| match language {
        Language::English => calls.to_string(),
        Language::Russian => language.count(calls),
    };
    [
        filled(
            words.calls,
            &[
                ("calls", count(forecast.calls)),
                ("seed", forecast.seed.to_string()),
                ("warm_up", count(forecast.calls_in_warm_up)),
            ],
        ),
        filled(
            words.people,
            &[
                ("mean", hourly(forecast.rate_per_hour_mean)),
                ("peak", hourly(forecast.rate_per_hour_peak)),
                ("length", length(forecast.duration_s, language)),
                ("talk", number(forecast.talk_s_mean)),
            ],
        ),
        filled(
            words.load,
            &[
                ("mean", number(forecast.offered_erlangs_mean)),
                ("peak", number(forecast.offered_erlangs_peak)),
            ],
        ),
        filled(
            words.wire,
            &[
                ("mean", number(forecast.wire_calls_per_second_mean)),
                ("peak", number(forecast.wire_calls_per_second_peak)),
                ("talk", number(forecast.wire_talk_ms_mean)),
                ("length", length(forecast.wire_duration_s, language)),
            ],
        ),
    ]
}

fn routing(routes: &[Route], language: Language) -> Vec<String> {
    if routes.is_empty() {
        return Vec::new();
    }
    let words = CheckWords::of(language);
    let callers = |route: &Route| {
        if route.callers == CheckWords::of(Language::English).anybody {
            words.anybody.to_owned()
        } else {
            route.callers.clone()
        }
    };
    let widest = |text: &dyn Fn(&Route) -> String| {
        routes.iter().map(|route| text(route).chars().count()).max().unwrap_or(0)
    };
    let (number, class) = (widest(&|route| route.number.clone()), widest(&callers));
    let mut lines = vec![words.routing.to_owned()];
    for route in routes {
        for (place, target) in route.targets.iter().enumerate() {
            let (from, who) =
                if place == 0 { (route.number.clone(), callers(route)) } else { Default::default() };
            let (hours, to) = (hours(&target.hours, language), destination(&target.to, language));
            lines.push(format!("    {from:number$}  {who:class$}  {hours}: {to}"));
        }
    }
    lines
}

/// Hours of the routing table: one of its four words, or days and times.
fn hours(text: &str, language: Language) -> String {
    let (english, words) = (CheckWords::of(Language::English), CheckWords::of(language));
    let known = [
        (english.always, words.always),
        (english.otherwise, words.otherwise),
        (english.open, words.open),
        (english.closed, words.closed),
    ];
    if let Some((_, word)) = known.iter().find(|(english, _)| *english == text) {
        return (*word).to_owned();
    }
    if language == Language::English {
        return text.to_owned();
    }
    let days = HourWords::of(Language::English).days.split('|').zip(HourWords::of(language).days.split('|'));
    let days: Vec<_> = days.map(|(english, own)| (english.to_lowercase(), own.to_lowercase())).collect();
    let word = |word: &str| {
        days.iter()
            .find(|(english, _)| english == word)
            .map_or_else(|| word.to_owned(), |(_, own)| own.clone())
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Where a call goes, as `pbx::routing::Destination::describe` tells it.
fn destination(text: &str, language: Language) -> String {
    if language == Language::English {
        return text.to_owned();
    }
    let words = SmokeWords::of(language);
    match text.split_once(' ') {
        Some(("menu", name)) => fill(words.menu, &[("name", name)]),
        Some(("queue", name)) => fill(words.queue, &[("name", name)]),
        Some(("extension", name)) => fill(words.extension, &[("name", name)]),
        Some(_) => translate(text, language),
        None => match text {
            "answer" => words.answer,
            "voicemail" => words.voicemail,
            "unknown" => words.unknown,
            "ask" => words.hook,
            "callback" => words.callback,
            other => other,
        }
        .to_owned(),
    }
}

/// A warning; in circles menus stand among queues.
fn finding(text: &str, language: Language) -> String {
    let menu = SmokeWords::of(language).menu.replace("{name}", "");
    translate(text, language).replace("→ menu ", &format!("→ {menu}"))
}

fn figure(value: f64, language: Language) -> String {
    match language {
        Language::English => significant(value),
        Language::Russian => language.digits(&significant(value)),
    }
}

/// A duration in whole seconds, or milliseconds when short.
fn length(seconds: f64, language: Language) -> String {
    if language != Language::English {
        return language.duration(seconds);
    }
    let rounded = if seconds >= 10.0 { seconds.round() } else { (seconds * 1_000.0).round() / 1_000.0 };
    Period(Duration::try_from_secs_f64(rounded).unwrap_or_default()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::check::forecast;
    use crate::keypad::Key;
    use crate::pbx::menu::Fault;
    use crate::pbx::menu::Finding;
    use crate::scenario::Inputs;
    use crate::scenario::parse;

    fn printed(text: &str, language: Language) -> String {
        let scenario = parse(text, "x.yaml", &Inputs::with_seed(1)).unwrap();
        let mut out = Vec::new();
        print(&forecast(&scenario), language, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Two queues send each other their callers, by a menu too, and a talk on the wire is short.
    const TANGLED: &str = "\
name: tangled
seed: 1
duration: 30h
time_scale: 3600
traffic:
  profile: 60/h
  callers: [{name: a, to: [\"100\", \"200\"], talk: {constant: 3m}, choices: {main: {\"1\": 100%}}}]
pbx:
  hours: {open: [{days: [mon, fri], from: 08:00, to: 18:00}]}
  agents: {count: 2}
  queues:
    sales: {max_wait: 1m, on_timeout: {menu: main}}
    support: {max_wait: 1m}
  ivr:
    main:
      digits: {\"1\": {queue: support}}
      otherwise: {queue: sales}
  voicemail: {}
  routing:
    numbers: [\"100\", \"200\"]
    rules:
      - {numbers: [\"100\"], hours: open, to: {queue: sales}}
      - {numbers: [\"100\"], hours: closed, to: {refuse: {status: 480}}}
      - {numbers: [\"200\"], hours: [{days: [tue], from: 08:00, to: 12:00}], to: voicemail}
    otherwise: {menu: main}
";

    #[test]
    fn every_fault_of_a_menu_is_known_in_russian() {
        let faults = [
            Fault::TooDeep(5),
            Fault::NoPersonBehindZero,
            Fault::DeadEnd(Some(Key::ZERO)),
            Fault::DeadEnd(None),
            Fault::Unreachable,
        ];
        for fault in faults {
            let told = Finding { menu: "main".into(), fault }.to_string();
            let russian = finding(&told, Language::Russian);
            let english = ["leads", "levels", "ends", "hangs", "remove"];
            assert!(
                russian.contains("main") && !english.iter().any(|word| russian.contains(word)),
                "{russian}"
            );
            assert_eq!(finding(&told, Language::English), told);
        }
    }

    #[test]
    fn everything_that_is_found_is_told_in_russian() {
        let told = printed(TANGLED, Language::Russian);
        for expected in [
            "сценарий составлен верно",
            "первых попыток: 1 858 ",
            "60 выз./ч",
            "3 Эрл",
            "длительность 30 ч",
            "часы работы: очередь sales",
            "нерабочие часы: отказ 480",
            "вт 08:00-12:00: голосовая почта",
            "иначе: меню main",
            "дадут вывод, если измеренная доля не окажется между 0,638 % и 1,564 %",
            "внимание: разговор длится в сети 50 мс",
            "внимание: очереди передают абонента по кругу, sales → меню main → sales",
            "внимание: меню main: по клавише 0 не попасть к человеку",
            "warm_up: 15m или больше",
        ] {
            assert!(told.contains(expected), "{expected}:\n{told}");
        }
        for english in ["the ", " of ", "leads", "warning", "open", "queue sales", "menu "] {
            assert!(!told.contains(english), "{english}:\n{told}");
        }
    }
}

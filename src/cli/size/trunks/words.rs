//! The study in words.

use std::fmt::Write as _;

use crate::bandwidth;
use crate::cli::size::trunks::{Study, Trunks};
use crate::erlang::shared_lines::SharedLines;
use crate::report::Language;
use crate::report::language::fill;
use crate::report::language::trunk_words::TrunkWords;
use crate::sizing::Advice;
use crate::sizing::CurvePoint;
use crate::sizing::TrunkModel;
use crate::sizing::trunk_rules;

pub(super) fn text(arguments: &Trunks, study: &Study, language: Language) -> String {
    let words = TrunkWords::of(language);
    let mut text = String::new();
    for source in &study.sources {
        let _ = writeln!(text, "{source}");
    }
    let rule = study.two_conditions.as_ref();
    // The answer comes first: with a second condition it is the rule's.
    if let Some(rule) = rule {
        two_conditions(&mut text, rule, language);
    }
    for (model, advice) in &study.models {
        if !text.is_empty() {
            text.push('\n');
        }
        answer(&mut text, model, advice, (arguments, rule), language);
    }
    notes(&mut text, study, language);
    if let Some((model, advice)) = study.models.first() {
        growth(&mut text, model, advice, language);
    }
    if let Some(split) = &study.split {
        split_groups(&mut text, split, language);
    }
    if let Some(link) = &study.link {
        let _ = writeln!(text);
        for class in &link.classes {
            let line = fill(
                words.link,
                &[
                    ("rate", &language.short(class.bits_per_second / 1e3)),
                    ("codec", &class.codec),
                    ("ptime", &language.short(link.ptime_ms)),
                    ("layer", layer(link.layer)),
                    ("link", &bits(link.bits_per_second, language)),
                    ("calls", &language.counted(class.calls_alone, words.calls)),
                ],
            );
            let _ = writeln!(text, "{line}");
        }
        link_losses(&mut text, link, language);
        link_needed(&mut text, link, language);
    }
    text.trim_start_matches('\n').to_owned()
}

fn answer(
    text: &mut String,
    model: &TrunkModel,
    advice: &Advice,
    (arguments, rule): (&Trunks, Option<&trunk_rules::TwoConditions>),
    language: Language,
) {
    let needed = super::answer(advice, rule, arguments.small_groups);
    let words = TrunkWords::of(language);
    let headline = fill(
        words.headline,
        &[
            ("circuits", &circuits(advice.needed, language)),
            ("erlangs", &language.erlangs(advice.erlangs)),
            ("target", &language.round_percent(advice.target)),
            ("model", &model_name(model, language)),
        ],
    );
    let _ = writeln!(text, "{headline}\n");
    let _ = writeln!(text, "  {:>8}  {:>9}", words.column_circuits, words.column_lost);
    let shown = |point: &&CurvePoint| point.n.abs_diff(advice.needed) <= 1 || point.n == needed;
    for point in advice.curve.iter().filter(shown) {
        let mark = match point.n {
            n if n == needed => format!("  {}", words.is_needed),
            n if n == advice.needed => format!("  {}", words.is_needed_alone),
            _ => String::new(),
        };
        let _ = writeln!(text, "  {:>8}  {:>9}{mark}", point.n, language.percent(point.value));
    }
    let known = arguments.now.is_some() || advice.basis == "measured";
    if let Some(loss) = known.then(|| model.loss(advice.now).ok()).flatten() {
        let (now, loss) = (circuits(advice.now, language), language.percent(loss));
        let _ = writeln!(text, "{}", fill(words.now, &[("circuits", &now), ("loss", &loss)]));
    }
}

fn notes(text: &mut String, study: &Study, language: Language) {
    let words = TrunkWords::of(language);
    if study.models.iter().any(|(model, _)| matches!(model, TrunkModel::Hayward { .. })) {
        let _ = writeln!(text, "\n{}", words.peaked_note);
    }
    if let [(TrunkModel::Lines { .. }, exact), (_, rule), ..] = study.models.as_slice() {
        let difference = i64::from(exact.needed) - i64::from(rule.needed);
        let note = fill(words.lines_note, &[("difference", &format!("{difference:+}"))]);
        let _ = writeln!(text, "\n{note}");
    }
}

fn growth(text: &mut String, model: &TrunkModel, advice: &Advice, language: Language) {
    let words = TrunkWords::of(language);
    let agents = match *model {
        TrunkModel::Lines { agents, .. } => Some(agents),
        _ => None,
    };
    let behind = agents.map(|agents| {
        let agents = language.counted(u64::from(agents), words.agents);
        fill(words.growth_behind, &[("agents", &agents)])
    });
    let _ = writeln!(text, "\n{}:", behind.as_deref().unwrap_or(words.growth));
    for step in &advice.growth {
        let line = fill(
            words.growth_step,
            &[
                ("growth", &language.short(step.growth)),
                ("erlangs", &language.erlangs(step.erlangs)),
                ("circuits", &circuits(step.needed, language)),
            ],
        );
        // Circuits for callers whom nobody will ever answer are no advice.
        let overloads = agents.is_some_and(|agents| step.erlangs >= f64::from(agents));
        let hint = if overloads { format!(" ({})", words.growth_overloads) } else { String::new() };
        let _ = writeln!(text, "  {line}{hint}");
    }
}

fn two_conditions(text: &mut String, rule: &trunk_rules::TwoConditions, language: Language) {
    let words = TrunkWords::of(language);
    let needed = fill(
        words.two_conditions,
        &[
            ("circuits", &circuits(rule.needed, language)),
            ("normal", &language.count(u64::from(rule.normal_needed))),
            ("target", &language.round_percent(rule.normal_target)),
            ("normal_load", &language.erlangs(rule.normal_erlangs)),
            ("busiest", &language.count(u64::from(rule.busiest_needed))),
            ("busiest_load", &language.erlangs(rule.busiest_erlangs)),
        ],
    );
    let (normal, busiest) = (language.percent(rule.normal_loss), language.percent(rule.busiest_loss));
    let losses = fill(words.two_losses, &[("normal", &normal), ("busiest", &busiest)]);
    let _ = writeln!(text, "{needed} {losses}");
}

fn split_groups(text: &mut String, split: &trunk_rules::Split, language: Language) {
    let words = TrunkWords::of(language);
    let each = split.groups.first().map_or(0, |group| group.circuits);
    let number = language.counted(split.groups.len() as u64, words.groups);
    let apart = [
        ("groups", number),
        ("circuits", circuits(each, language)),
        ("loss", language.percent(split.lost_apart)),
    ];
    let pooled = [
        ("circuits", circuits(split.pooled.circuits, language)),
        ("erlangs", language.erlangs(split.pooled.erlangs)),
        ("loss", language.percent(split.pooled.loss)),
    ];
    let same = [("circuits", circuits(split.pooled_circuits_for_the_same_loss, language))];
    let say = |message: &str, values: &[(&str, String)]| {
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fill(message, &values)
    };
    let _ = writeln!(text, "\n{}", say(words.split_apart, &apart));
    let _ = writeln!(text, "{}", say(words.split_pooled, &pooled));
    let _ = writeln!(text, "{}", say(words.split_same, &same));
}

fn link_losses(text: &mut String, link: &super::link::Link, language: Language) {
    let words = TrunkWords::of(language);
    let Some(mean) = link.mean_bits_per_second else { return };
    for class in &link.classes {
        let (erlangs, loss) = (language.erlangs(class.erlangs), language.percent(class.blocking));
        let values = [("codec", class.codec.as_str()), ("erlangs", &erlangs), ("loss", &loss)];
        let _ = writeln!(text, "{}", fill(words.link_loss, &values));
    }
    let (rate, whole) = (language.decimal(mean / 1e3, 1), bits(link.bits_per_second, language));
    let _ = writeln!(text, "{}", fill(words.link_use, &[("rate", &rate), ("link", &whole)]));
}

/// What the target asks of the link, and whether the link has it.
fn link_needed(text: &mut String, link: &super::link::Link, language: Language) {
    let words = TrunkWords::of(language);
    let Some(needed) = link.needed else { return };
    let kilobits = |bits: f64| language.decimal(bits / 1e3, 1);
    let missing = needed.bits_per_second - link.bits_per_second;
    // A link that is a multiple of the rate must not lack a call to rounding, as where calls are counted.
    let compared = if missing > 1e-9 * link.bits_per_second {
        fill(words.link_lacks, &[("rate", &kilobits(missing))])
    } else {
        words.link_has.to_owned()
    };
    let (target, rate) = (language.round_percent(needed.target), kilobits(needed.bits_per_second));
    let calls = needed.calls.map(|calls| language.counted(u64::from(calls), words.calls));
    let message = if calls.is_some() { words.link_needed } else { words.link_needed_mixed };
    let calls = calls.unwrap_or_default();
    let of = [("target", &*target), ("calls", &calls), ("rate", &rate), ("compared", &compared)];
    let _ = writeln!(text, "{}", fill(message, &of));
}

fn circuits(n: u32, language: Language) -> String {
    language.counted(u64::from(n), TrunkWords::of(language).circuits)
}

/// A bandwidth in kbit/s below a megabit, else in Mbit/s.
fn bits(per_second: f64, language: Language) -> String {
    let russian = language == Language::Russian;
    if per_second >= 1e6 {
        return format!("{} {}", language.short(per_second / 1e6), if russian { "Мбит/с" } else { "Mbit/s" });
    }
    format!("{} {}", language.short(per_second / 1e3), if russian { "кбит/с" } else { "kbit/s" })
}

const fn layer(layer: bandwidth::Layer) -> &'static str {
    match layer {
        bandwidth::Layer::Ip => "IP",
        bandwidth::Layer::Ethernet => "Ethernet, 18 B",
        bandwidth::Layer::Vlan => "Ethernet + 802.1Q, 22 B",
        bandwidth::Layer::Preamble => "Ethernet + preamble, 26 B",
        bandwidth::Layer::Wire => "Ethernet + preamble + gap, 38 B",
    }
}

/// The model by its name, with the parameters that make it out.
pub(super) fn model_name(model: &TrunkModel, language: Language) -> String {
    let words = TrunkWords::of(language);
    match *model {
        TrunkModel::ErlangB { .. } => words.erlang_b.to_owned(),
        TrunkModel::Extended { .. } => words.extended.to_owned(),
        TrunkModel::Engset { sources, beta } => {
            let (sources, beta) = (language.count(u64::from(sources)), language.decimal(beta, 4));
            fill(words.engset, &[("sources", &sources), ("beta", &beta)])
        }
        TrunkModel::Hayward { peakedness, .. } => fill(words.hayward, &[("z", &language.short(peakedness))]),
        TrunkModel::EquivalentRandom { peakedness, .. } => {
            fill(words.equivalent, &[("z", &language.short(peakedness))])
        }
        TrunkModel::Lines { agents, wrap_up_s, .. } if wrap_up_s > 0.0 => {
            fill(words.lines_with_wrap_up, &[("agents", &language.counted(u64::from(agents), words.agents))])
        }
        TrunkModel::Lines { agents, .. } | TrunkModel::SharedLines(SharedLines { agents, .. }) => {
            fill(words.lines, &[("agents", &language.counted(u64::from(agents), words.agents))])
        }
        TrunkModel::TalkAndWait { .. } => {
            let erlangs = model.talk_and_wait().map_or_else(|_| String::new(), |e| language.erlangs(e));
            fill(words.rule, &[("erlangs", &erlangs)])
        }
    }
}

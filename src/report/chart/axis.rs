//! Axes: where a value lies between the ends, and at which values a tick with a readable label stands.

use std::ops::Range;

use plotters::coord::ranged1d::DefaultFormatting;
use plotters::coord::ranged1d::KeyPointHint;
use plotters::coord::ranged1d::Ranged;

use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::words::Words;

/// How values spread along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    /// Logarithmic; values below the low end stand on it.
    Log,
    /// Percentiles by how many nines they have: 90, 99 and 99.9 are equally far apart.
    Nines,
}

/// A labelled value.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub label: String,
}

/// One axis of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub scale: Scale,
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<Tick>,
    /// What is measured, and its unit.
    pub name: String,
}

/// How many ticks an axis aims at.
const WISHED_TICKS: f64 = 6.0;

/// Two lines of text above the highest bar of a chart of 200 pixels.
const LABELS_ROOM: f64 = 1.25;

impl Axis {
    /// From zero to a little over `high`.
    #[must_use]
    pub fn from_zero(high: f64, name: &str, label: impl Fn(f64) -> String) -> Self {
        let high = if high > 0.0 { high * 1.06 } else { 1.0 };
        Self::linear(0.0, high, round_step(high / WISHED_TICKS), name, label)
    }

    /// From zero to a little over a whole number, with ticks at whole numbers.
    #[must_use]
    pub fn whole_from_zero(high: f64, name: &str, language: Language) -> Self {
        let high = if high > 0.0 { high * 1.08 } else { 1.0 };
        let step = round_step(high / WISHED_TICKS).max(1.0).round();
        Self::linear(0.0, high, step, name, |value| language.decimal(value, 0))
    }

    /// Ratios as percent, from a little below `low` to a little above `high`: not from zero, so for bars that
    /// stand on another line only. No tick stands above 100 %.
    #[must_use]
    pub fn percent_between(low: f64, high: f64, name: &str, language: Language) -> Self {
        let room = ((high - low) * 0.25).max(1e-4);
        let (low, high) = ((low - room).max(0.0), high + room);
        let step = round_step((high - low) / WISHED_TICKS);
        let mut axis = Self::linear(low, high, step, name, |value| language.round_percent_bare(value));
        axis.ticks.retain(|tick| tick.at <= 1.0 + 1e-9);
        axis
    }

    /// From as far below zero as above it.
    #[must_use]
    pub fn around_zero(extent: f64, name: &str, language: Language) -> Self {
        let extent = if extent > 0.0 { extent } else { 1.0 };
        Self::linear(-extent, extent, round_step(2.0 * extent / WISHED_TICKS), name, |value| {
            language.short(value)
        })
    }

    /// From half below `low` to half above `high`, ticks at whole numbers: for counts of channels or agents.
    #[must_use]
    pub fn whole(low: f64, high: f64, name: &str, language: Language) -> Self {
        let (low, high) = (low - 0.5, high + 0.5);
        let step = round_step((high - low) / 14.0).max(1.0).round();
        Self::linear(low, high, step, name, |value| language.decimal(value, 0))
    }

    /// From `low` to `high` with a tick at every multiple of `step`.
    #[must_use]
    pub fn stepped(low: f64, high: f64, step: f64, name: &str, language: Language) -> Self {
        Self::linear(low, high, step, name, |value| language.decimal(value, 0))
    }

    /// A ratio as percent, from 0 to at most 1.
    #[must_use]
    pub fn percent_from_zero(high: f64, name: &str, language: Language) -> Self {
        let high = if high > 0.0 { (high * 1.1).min(1.0) } else { 0.01 };
        let step = round_step(high / WISHED_TICKS);
        Self::linear(0.0, high, step, name, |value| language.round_percent_bare(value))
    }

    /// The same with room above the highest value for two lines of text; no tick stands above 100 %.
    #[must_use]
    pub fn percent_with_labels(high: f64, name: &str, language: Language) -> Self {
        let mut axis = Self::percent_from_zero(high, name, language);
        axis.high = high.max(axis.ticks.last().map_or(0.0, |tick| tick.at)) * LABELS_ROOM;
        axis
    }

    /// From `low` to `high`, both above 0, with a tick at each power of ten, and at 2 and 5 times it where few; at round
    /// values where even those are fewer than two.
    #[must_use]
    pub fn log(low: f64, high: f64, name: &str, label: impl Fn(f64) -> String) -> Self {
        // A foreign result may say 0 for a target; a logarithm needs a place to start.
        let low = if low > 0.0 { low } else { 1e-9 };
        let high = if high > low { high } else { low * 10.0 };
        let decades = libm::log10(high / low);
        let multiples: &[f64] = if decades <= 3.2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let mut ticks = Vec::new();
        let mut power = libm::pow(10.0, libm::floor(libm::log10(low)));
        while power <= high && ticks.len() < 64 {
            let at = multiples.iter().map(|multiple| power * multiple);
            let inside = at.filter(|at| (low * 0.999..=high * 1.001).contains(at));
            ticks.extend(inside.map(|at| Tick { at, label: label(at) }));
            power *= 10.0;
        }
        // With a single labelled value nobody can read another off the axis.
        if ticks.len() < 2 {
            ticks = Self::linear(low, high, round_step((high - low) / WISHED_TICKS), name, label).ticks;
        }
        Self { scale: Scale::Log, low, high, ticks, name: name.to_owned() }
    }

    /// Percentiles from 0 to `high` (below 100).
    #[must_use]
    pub fn nines(high: f64, name: &str, language: Language) -> Self {
        let at = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999];
        let digits = [0, 0, 0, 0, 1, 2, 3];
        let ticks = at.into_iter().zip(digits).filter(|(at, _)| *at <= high);
        let ticks = ticks.map(|(at, digits)| Tick { at, label: language.decimal(at, digits) }).collect();
        Self { scale: Scale::Nines, low: 0.0, high, ticks, name: name.to_owned() }
    }

    /// People's seconds from the start, with ticks at round times.
    #[must_use]
    pub fn time(low_s: f64, high_s: f64, language: Language) -> Self {
        const STEPS_S: [f64; 20] = [
            1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
            10_800.0, 21_600.0, 43_200.0, 86_400.0, 172_800.0, 604_800.0,
        ];
        let span = high_s - low_s;
        let step =
            STEPS_S.into_iter().find(|step| span / step <= 10.0).unwrap_or_else(|| round_step(span / 8.0));
        let (words, chart) = (Words::of(language), ChartWords::of(language));
        let (unit_s, unit) = match step {
            s if s >= 86_400.0 => (86_400.0, chart.unit_days),
            s if s >= 1800.0 => (3600.0, words.unit_h),
            s if s >= 60.0 => (60.0, words.unit_min),
            _ => (1.0, words.unit_s),
        };
        let name = format!("{}, {unit}", chart.time_from_start);
        Self::linear(low_s, high_s, step, &name, |s| language.short(s / unit_s))
    }

    /// Names from top to bottom (or left to right), one unit apart, the first at 0.
    #[must_use]
    pub fn categories(labels: Vec<String>, name: &str) -> Self {
        let count = u32::try_from(labels.len()).unwrap_or(u32::MAX);
        let ticks = (0..count).zip(labels).map(|(at, label)| Tick { at: f64::from(at), label }).collect();
        let high = f64::from(count) - 0.5;
        Self { scale: Scale::Linear, low: -0.5, high, ticks, name: name.to_owned() }
    }

    /// The same axis, upside down: the first category on top.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { low: self.high, high: self.low, ..self }
    }

    /// From `low` to `high`, ticks at round values.
    #[must_use]
    pub fn between(low: f64, high: f64, name: &str, label: impl Fn(f64) -> String) -> Self {
        Self::linear(low, high, round_step((high - low) / WISHED_TICKS / 2.0), name, label)
    }

    fn linear(low: f64, high: f64, step: f64, name: &str, label: impl Fn(f64) -> String) -> Self {
        let first = libm::ceil(low / step - 1e-9);
        let ticks = (0..64)
            .map(|index| (first + f64::from(index)) * step)
            .take_while(|at| *at <= high + step * 1e-9)
            .map(|at| Tick { at, label: label(at) })
            .collect();
        Self { scale: Scale::Linear, low, high, ticks, name: name.to_owned() }
    }

    /// Where `value` lies from the low end (0) to the high end (1).
    #[must_use]
    pub fn fraction(&self, value: f64) -> f64 {
        let position = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => libm::log10(value.max(self.low)),
            Scale::Nines => -libm::log10(1.0 - value.min(self.high) / 100.0),
        };
        let (low, high) = (position(self.low), position(self.high));
        ((position(value) - low) / (high - low)).clamp(0.0, 1.0)
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    #[expect(clippy::cast_possible_truncation, reason = "between the two ends, which are i32")]
    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let span = f64::from(limit.1 - limit.0);
        limit.0 + (self.fraction(*value) * span).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.iter().map(|tick| tick.at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// The smallest of 1, 2, 5 × 10ⁿ that is not below `rough`.
#[must_use]
pub fn round_step(rough: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| power * multiple >= rough * 0.999_999);
    power * multiple.unwrap_or(10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_stand_at_round_values_with_no_needless_decimals() {
        let axis = Axis::whole_from_zero(12.0, "calls", Language::English);
        assert_eq!(labels(&axis), ["0", "5", "10"]);
        let axis = Axis::whole(8.0, 22.0, "channels", Language::English);
        assert_eq!(labels(&axis).first(), Some(&"8"));
        assert!(labels(&axis).iter().all(|label| !label.contains('.')));
        let axis = Axis::percent_from_zero(0.047, "loss", Language::Russian);
        assert_eq!(labels(&axis), ["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn time_is_told_in_the_unit_that_fits() {
        let axis = Axis::time(0.0, 39_600.0, Language::English);
        assert!(axis.name.ends_with(", h"), "{}", axis.name);
        assert_eq!(labels(&axis), ["0", "2", "4", "6", "8", "10"]);
        assert!(Axis::time(0.0, 60.0, Language::English).name.ends_with(", s"));
    }

    #[test]
    fn each_nine_takes_the_same_room() {
        let axis = Axis::nines(99.99, "percentile", Language::English);
        let step = axis.fraction(99.0) - axis.fraction(90.0);
        assert!((axis.fraction(99.9) - axis.fraction(99.0) - step).abs() < 1e-9);
        assert!((axis.fraction(90.0) - step).abs() < 1e-9);
    }

    #[test]
    fn log_axes_have_at_least_two_labels() {
        let axis = Axis::log(1.5e6, 2.9e6, "roubles", |value| Language::Russian.short(value));
        assert_eq!(labels(&axis), ["1\u{a0}500\u{a0}000", "2\u{a0}000\u{a0}000", "2\u{a0}500\u{a0}000"]);
        for (low, high) in
            [(1.01, 1.02), (3.0, 4.9), (2.1, 9.9), (0.7, 12.0), (5.0, 5.0), (0.0, 0.0), (1.0, 1e9)]
        {
            let axis = Axis::log(low, high, "roubles", |value| value.to_string());
            assert!(axis.ticks.len() >= 2, "{low} {high}: {:?}", axis.ticks);
            assert!(axis.ticks.iter().all(|tick| (0.0..=1.0).contains(&axis.fraction(tick.at))));
        }
    }

    #[test]
    fn log_axes_keep_zero_on_their_low_end() {
        let axis = Axis::log(0.001, 1.0, "loss", |value| value.to_string());
        assert_eq!(axis.fraction(0.0).to_bits(), 0.0_f64.to_bits());
        assert!((axis.fraction(0.01) - 1.0 / 3.0).abs() < 1e-9);
    }
}

//! Numbers, durations and plurals as each language writes them.

use super::Language;
use super::words::Words;

/// No-break space, between groups of three digits and before a unit.
pub const NO_BREAK_SPACE: char = '\u{a0}';

/// Below this many percent nobody wants the digits: one call in a million.
const LEAST_PERCENT: f64 = 0.0001;

/// The form of a noun that goes with `n`, out of `one|few|many`; English has the first and the last.
///
/// Russian: 1, 21, 101 take the first form, 2–4, 22–24 the second, all else (11–14 too) the third.
#[must_use]
pub fn plural(language: Language, n: u64, forms: &'static str) -> &'static str {
    let mut forms = forms.split('|');
    let one = forms.next().unwrap_or_default();
    let second = forms.next().unwrap_or(one);
    match language {
        Language::English if n == 1 => one,
        Language::English => second,
        Language::Russian => match (n % 10, n % 100) {
            (_, 11..=14) => forms.next().unwrap_or(second),
            (1, _) => one,
            (2..=4, _) => second,
            _ => forms.next().unwrap_or(second),
        },
    }
}

impl Language {
    const fn decimal_mark(self) -> char {
        match self {
            Self::English => '.',
            Self::Russian => ',',
        }
    }

    /// A whole number in groups of three digits: `14 920`.
    #[must_use]
    pub fn count(self, n: u64) -> String {
        group(&n.to_string())
    }

    /// A number and its noun: `5 calls`, `21 вызов`.
    #[must_use]
    pub fn counted(self, n: u64, forms: &'static str) -> String {
        format!("{}{NO_BREAK_SPACE}{}", self.count(n), plural(self, n, forms))
    }

    /// `value` with `digits` decimals.
    #[must_use]
    pub fn decimal(self, value: f64, digits: usize) -> String {
        self.digits(&format!("{value:.digits$}"))
    }

    /// A decimal number given as text, every digit kept: `150000.50` → `150 000,50`.
    #[must_use]
    pub fn digits(self, text: &str) -> String {
        let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("\u{2212}", rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.to_owned();
        }
        let whole = group(whole);
        // A negative zero is a zero.
        let sign = if unsigned.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { sign } else { "" };
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}{}{fraction}", self.decimal_mark())
        }
    }

    /// Hours of work to a tenth, whole ones without it: `192.5`, `186`.
    #[must_use]
    pub fn hours(self, value: f64) -> String {
        let tenths = (value * 10.0).round() / 10.0;
        self.decimal(value, usize::from(tenths.fract() != 0.0))
    }

    /// `value` to about three significant digits, without trailing zeros: `0.85`, `24`, `1 240`.
    #[must_use]
    pub fn short(self, value: f64) -> String {
        let magnitude = value.abs();
        let digits = if magnitude >= 100.0 || magnitude == 0.0 {
            0
        } else if magnitude >= 10.0 {
            1
        } else if magnitude >= 1.0 {
            2
        } else {
            significant_decimals(magnitude, 2)
        };
        let text = format!("{value:.digits$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        self.digits(text)
    }

    /// A ratio from 0 to 1 as percent, without the sign: two decimals, more only where two would show zero,
    /// and `< 0.0001` below that.
    #[must_use]
    pub fn percent_bare(self, ratio: f64) -> String {
        let percent = ratio * 100.0;
        if percent > 0.0 && percent < LEAST_PERCENT {
            return format!("<{NO_BREAK_SPACE}{}", self.decimal(LEAST_PERCENT, 4));
        }
        let digits = if percent == 0.0 || percent.abs() >= 0.01 {
            2
        } else {
            significant_decimals(percent.abs(), 2).min(9)
        };
        self.decimal(percent, digits)
    }

    /// A ratio from 0 to 1 as percent: `4.02 %`.
    #[must_use]
    pub fn percent(self, ratio: f64) -> String {
        format!("{}{NO_BREAK_SPACE}%", self.percent_bare(ratio))
    }

    /// A share of a whole as a round percentage: `80 %`, `2.5 %`.
    #[must_use]
    pub fn round_percent(self, ratio: f64) -> String {
        format!("{}{NO_BREAK_SPACE}%", self.round_percent_bare(ratio))
    }

    /// The same without the sign.
    #[must_use]
    pub fn round_percent_bare(self, ratio: f64) -> String {
        // Twelve decimals take the binary dust off 0.07 × 100.
        self.short((ratio * 1e14).round() / 1e12)
    }

    /// Seconds in the largest unit that reads well: `20 s`, `3 min`, `10 h`.
    #[must_use]
    pub fn duration(self, seconds: f64) -> String {
        let words = Words::of(self);
        let (value, unit) = match seconds.abs() {
            s if s >= 7200.0 => (seconds / 3600.0, words.unit_h),
            s if s >= 120.0 => (seconds / 60.0, words.unit_min),
            s if s >= 1.0 || s == 0.0 => (seconds, words.unit_s),
            _ => (seconds * 1000.0, words.unit_ms),
        };
        format!("{}{NO_BREAK_SPACE}{unit}", self.short(value))
    }

    /// Milliseconds: `12 ms`, `0.8 ms`.
    #[must_use]
    pub fn milliseconds(self, ms: f64) -> String {
        format!("{}{NO_BREAK_SPACE}{}", self.short(ms), Words::of(self).unit_ms)
    }

    /// Erlangs: `24 Erl`.
    #[must_use]
    pub fn erlangs(self, erlangs: f64) -> String {
        let digits = if erlangs >= 1000.0 { 0 } else { 2 };
        format!("{}{NO_BREAK_SPACE}{}", self.decimal(erlangs, digits), Words::of(self).unit_erlangs)
    }
}

/// Decimals that show `count` significant digits of a number below 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 324")]
fn significant_decimals(magnitude: f64, count: usize) -> usize {
    let leading_zeros = (-libm::log10(magnitude)).ceil().max(0.0) as usize;
    (leading_zeros + count).saturating_sub(1)
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(NO_BREAK_SPACE);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_work_keep_their_halves() {
        let written = [192.5, 186.0, 7.96, 0.26].map(|hours| Language::English.hours(hours));
        assert_eq!(written, ["192.5", "186", "8", "0.3"]);
        assert_eq!(Language::Russian.hours(192.5), "192,5");
    }

    #[test]
    fn russian_nouns_have_three_forms() {
        let forms = "канал|канала|каналов";
        let of = |n| plural(Language::Russian, n, forms);
        for n in [1, 21, 101, 1001] {
            assert_eq!(of(n), "канал", "{n}");
        }
        for n in [2, 3, 4, 22, 34, 102] {
            assert_eq!(of(n), "канала", "{n}");
        }
        for n in [0, 5, 10, 11, 12, 14, 20, 111, 112, 25] {
            assert_eq!(of(n), "каналов", "{n}");
        }
        assert_eq!(plural(Language::English, 1, "call|calls"), "call");
        assert_eq!(plural(Language::English, 0, "call|calls"), "calls");
    }

    #[test]
    fn thousands_are_grouped_and_the_decimal_mark_is_the_languages_own() {
        assert_eq!(Language::English.count(14_920), "14\u{a0}920");
        assert_eq!(Language::English.count(1_000_000), "1\u{a0}000\u{a0}000");
        assert_eq!(Language::Russian.decimal(-1234.5, 2), "\u{2212}1\u{a0}234,50");
        assert_eq!(Language::Russian.decimal(-0.001, 2), "0,00");
        assert_eq!(Language::Russian.digits("150000.10"), "150\u{a0}000,10");
    }

    #[test]
    fn ratios_keep_two_decimals_and_never_show_a_small_loss_as_zero() {
        assert_eq!(Language::English.percent(0.0402), "4.02\u{a0}%");
        assert_eq!(Language::English.percent(0.000_042), "0.0042\u{a0}%");
        assert_eq!(Language::English.percent(0.0), "0.00\u{a0}%");
        assert_eq!(Language::English.round_percent(0.07), "7\u{a0}%");
        assert_eq!(Language::Russian.round_percent(0.025), "2,5\u{a0}%");
    }

    #[test]
    fn durations_choose_their_unit() {
        assert_eq!(Language::English.duration(20.0), "20\u{a0}s");
        assert_eq!(Language::English.duration(180.0), "3\u{a0}min");
        assert_eq!(Language::Russian.duration(36_000.0), "10\u{a0}ч");
        assert_eq!(Language::English.duration(0.0125), "12.5\u{a0}ms");
    }
}

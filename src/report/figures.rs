//! Single figures with their formulas, section by section, in the reader's language.

use super::language::Language;
use super::language::fact_words::FactWords;
use super::language::fill;
use super::language::words::Words;
use super::text::{basis_phrase, bracket};
use crate::result::Percentiles;
use crate::result::Ratio;
use crate::result::RunResult;

/// A figure: what it is, how much, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub label: String,
    pub value: String,
    pub how: String,
}

/// Collects figures; one without a value is left out.
struct Figures {
    language: Language,
    list: Vec<Figure>,
}

impl Figures {
    const fn new(language: Language) -> Self {
        Self { language, list: Vec::new() }
    }

    fn push(&mut self, label: &str, value: Option<String>, how: &str) {
        if let Some(value) = value {
            self.list.push(Figure { label: label.to_owned(), value, how: how.to_owned() });
        }
    }

    fn ratio(&mut self, label: &str, ratio: Option<f64>, how: &str) {
        self.push(label, ratio.map(|ratio| self.language.percent(ratio)), how);
    }

    fn count(&mut self, label: &str, count: u64, how: &str) {
        self.push(label, Some(self.language.count(count)), how);
    }

    fn delay(&mut self, label: &str, delay: Option<&Percentiles>) {
        let words = FactWords::of(self.language);
        let Some(delay) = delay.filter(|delay| delay.n > 0) else { return };
        let how = fill(words.delay_how, &[("n", &self.language.count(delay.n))]);
        let figures = [delay.p50, delay.p95, delay.p99, delay.max];
        self.push(label, Some(milliseconds(&figures, self.language)), &how);
    }
}

fn milliseconds(figures: &[f64], language: Language) -> String {
    let figures: Vec<String> = figures.iter().map(|ms| language.short(*ms)).collect();
    format!("{}\u{a0}{}", figures.join(" · "), Words::of(language).unit_ms)
}

/// A ratio with its interval: `4.02 % [3.25, 4.79]`.
#[must_use]
pub fn with_interval(ratio: Option<f64>, ci95: Option<[f64; 2]>, language: Language) -> Option<String> {
    let interval = ci95.map(|[low, high]| {
        format!(" {}", bracket(&language.percent_bare(low), &language.percent_bare(high), language))
    });
    ratio.map(|ratio| format!("{}{}", language.percent(ratio), interval.unwrap_or_default()))
}

/// Within what time a call of the service level was answered; no words where nobody asked for a queue.
pub fn threshold(result: &RunResult, language: Language) -> String {
    let level = result.queue.as_ref().map(|queue| &queue.service_level);
    level.map_or_else(String::new, |level| language.duration(level.threshold_s))
}

/// How the interval of a ratio was made, with what it rests on.
#[must_use]
pub fn method(ratio: &Ratio, language: Language) -> String {
    let words = Words::of(language);
    let name = words.label(&ratio.ci_method);
    let (Some(batches), Some(lag1)) = (ratio.batches, ratio.lag1) else { return name.to_owned() };
    let parts =
        [("method", name), ("batches", &language.count(batches)), ("lag1", &language.decimal(lag1, 2))];
    fill(words.ci_of_batches, &parts)
}

/// Loss and load.
#[must_use]
pub fn load(result: &RunResult, language: Language) -> Vec<Figure> {
    let (words, fact) = (Words::of(language), FactWords::of(language));
    let mut figures = Figures::new(language);
    let traffic = &result.traffic;
    let ratio = |ratio: &Ratio| with_interval(ratio.ratio, ratio.ci95, language);
    let how = |template: &str, ratio: &Ratio| {
        let (k, n) = (language.count(ratio.k), language.count(ratio.n));
        fill(template, &[("k", &k), ("n", &n), ("method", &method(ratio, language))])
    };
    let drop_rate = &result.technical_drop_rate;
    figures.push(fact.drop_rate, ratio(drop_rate), &how(fact.drop_rate_how, drop_rate));
    figures.push(fact.blocking, ratio(&result.blocking), &how(fact.blocking_how, &result.blocking));
    let erlangs = |erlangs: Option<f64>| erlangs.map(|erlangs| language.erlangs(erlangs));
    figures.push(fact.offered_load, erlangs(traffic.offered_erlangs), fact.offered_load_how);
    figures.push(fact.fresh_load, erlangs(traffic.fresh_erlangs), &fresh_load_how(result, language));
    figures.push(fact.carried_load, erlangs(Some(traffic.carried_erlangs)), fact.carried_load_how);
    let holding = traffic.mean_holding_s.map(|seconds| language.duration(seconds));
    figures.push(fact.holding, holding, fact.holding_how);
    let stated = result.scenario.channels.map_or(words.none.to_owned(), |n| n.to_string());
    let how = fill(fact.peak_how, &[("stated", &stated)]);
    figures.count(fact.peak, u64::from(traffic.peak_concurrent), &how);
    let wire = traffic.wire_calls_per_second.map(|rate| language.short(rate));
    let on_wire = |wire: String| fill(fact.call_rate_how, &[("wire", &wire)]);
    let how = wire.map_or_else(|| fact.call_rate_simulated.to_owned(), on_wire);
    figures.push(fact.call_rate, Some(language.short(traffic.calls_per_second * 3600.0)), &how);
    let unique = language.count(result.customers.unique);
    figures.count(fact.customers, result.customers.lost, &fill(fact.customers_how, &[("unique", &unique)]));
    figures.list
}

/// How the load of first attempts is counted, and whether channels were sized on it: behind a queue and for peaks they are
/// sized on another.
fn fresh_load_how(result: &RunResult, language: Language) -> String {
    let fact = FactWords::of(language);
    let advice = result.recommendation.trunks.as_ref();
    let Some((advice, fresh)) = advice.zip(result.traffic.fresh_erlangs) else {
        return fact.fresh_load_how.to_owned();
    };
    let is_sized_on_it = (advice.erlangs - fresh).abs() <= 1e-6 * fresh;
    let sentence = if is_sized_on_it { fact.fresh_load_sized } else { fact.fresh_load_not_sized };
    let (erlangs, basis) = (language.erlangs(advice.erlangs), basis_phrase(advice, language));
    fill(sentence, &[("how", fact.fresh_load_how), ("erlangs", &erlangs), ("basis", &basis)])
}

/// Indicators of RFC 6076 and E.425, and delays.
#[must_use]
pub fn indicators(result: &RunResult, language: Language) -> Vec<Figure> {
    let fact = FactWords::of(language);
    let mut figures = Figures::new(language);
    let indicators = result.indicators;
    figures.ratio(fact.asr, indicators.asr, fact.asr_how);
    figures.ratio(fact.ner, indicators.ner, fact.ner_how);
    figures.ratio(fact.ser, indicators.ser, fact.ser_how);
    figures.ratio(fact.seer, indicators.seer, fact.seer_how);
    figures.ratio(fact.isa, indicators.isa, fact.isa_how);
    figures.ratio(fact.scr, indicators.scr, fact.scr_how);
    figures.delay(fact.post_dial_delay, result.latency_ms.post_dial_delay.as_ref());
    figures.delay(fact.answer_delay, result.latency_ms.answer_delay.as_ref());
    figures.delay(fact.disconnect_delay, result.latency_ms.disconnect_delay.as_ref());
    if let Some(media) = &result.media {
        let (sent, received) = (language.count(media.packets_sent), language.count(media.packets_received));
        let how = fill(fact.streams_how, &[("sent", &sent), ("received", &received)]);
        figures.count(fact.streams, media.streams, &how);
        figures.ratio(fact.packet_loss, media.loss_ratio, fact.packet_loss_how);
    }
    figures.list
}

/// The queue; empty without one.
#[must_use]
pub fn queue(result: &RunResult, language: Language) -> Vec<Figure> {
    let fact = FactWords::of(language);
    let mut figures = Figures::new(language);
    let Some(queue) = &result.queue else { return figures.list };
    let level = &queue.service_level;
    let label = fill(fact.service_level, &[("threshold", &language.duration(level.threshold_s))]);
    let how = match level.definition.as_str() {
        "of_answered" => fact.of_answered,
        "virtual" => fact.of_virtual,
        "excl_short_abandons" => fact.of_without_short,
        _ => fact.of_offered,
    };
    figures.push(&label, with_interval(level.ratio, level.ci95, language), how);
    let duration = |seconds: Option<f64>| seconds.map(|seconds| language.duration(seconds));
    figures.push(fact.asa, duration(queue.asa_s), fact.asa_how);
    let how = fill(fact.abandoned_how, &[("n", &language.count(queue.offered))]);
    figures.ratio(fact.abandoned, queue.abandoned_ratio, &how);
    let blended = result.agents.iter().any(|agent| agent.contacts_s > 0.0);
    let how = if blended { fact.occupancy_how_blended } else { fact.occupancy_how };
    figures.ratio(fact.occupancy, queue.occupancy, how);
    figures.push(fact.handle, duration(queue.mean_handle_s), fact.handle_how);
    figures.count(fact.longest_queue, u64::from(queue.max_length), fact.longest_queue_how);
    figures.push(fact.waiting, duration(Some(queue.waiting_total_s)), fact.waiting_how);
    figures.list
}

/// May the measurement be trusted?
#[must_use]
pub fn validity(result: &RunResult, language: Language) -> Vec<Figure> {
    let fact = FactWords::of(language);
    let mut figures = Figures::new(language);
    let arrivals = &result.arrivals;
    let (started, not_started) = (language.count(arrivals.started), language.count(arrivals.not_started));
    let how = fill(fact.scheduled_how, &[("started", &started), ("not_started", &not_started)]);
    figures.count(fact.scheduled, arrivals.scheduled, &how);
    figures.count(fact.late, arrivals.late, fact.late_how);
    let lateness = arrivals.lateness_ms.as_ref();
    let lateness = lateness.map(|late| milliseconds(&[late.p50, late.p99, late.max], language));
    figures.push(fact.lateness, lateness, fact.lateness_how);
    figures.push(fact.cv, arrivals.interarrival_cv.map(|cv| language.decimal(cv, 3)), fact.cv_how);
    figures.push(fact.ks, arrivals.ks_p.map(|p| language.short(p)), fact.ks_how);
    figures.count(fact.generator_faults, result.outcomes.generator, fact.generator_faults_how);
    if let Some(books) = &result.books {
        let queue = books.queue_log.map(|n| language.count(n)).unwrap_or_default();
        let (generator, cdr) = (language.count(books.generator), language.count(books.cdr));
        let template = if books.queue_log.is_some() { fact.books_how } else { fact.books_two };
        let how = fill(template, &[("generator", &generator), ("cdr", &cdr), ("queue", &queue)]);
        let agreement = if books.differences.is_empty() { fact.books_agree } else { fact.books_differ };
        figures.push(fact.books, Some(agreement.to_owned()), &how);
        if let Some(hidden) = &books.hidden {
            let (calls, technical) = (language.count(hidden.calls), language.count(hidden.technical));
            let how = fill(fact.hidden_how, &[("generator", &generator), ("technical", &technical)]);
            figures.push(fact.hidden, Some(calls), &how);
        }
    }
    figures.list
}

/// What theory expected; empty where no model applies.
#[must_use]
pub fn expected(result: &RunResult, language: Language) -> Vec<Figure> {
    let (words, fact) = (Words::of(language), FactWords::of(language));
    let mut figures = Figures::new(language);
    let Some(expected) = &result.expected else { return figures.list };
    let model = words.label(&expected.model);
    let servers = language.count(u64::from(expected.servers));
    let erlangs = language.erlangs(expected.erlangs);
    let how = fill(fact.expected_how, &[("servers", &servers), ("erlangs", &erlangs)]);
    figures.ratio(&fill(fact.expected_blocking, &[("model", model)]), expected.blocking, &how);
    figures.ratio(&fill(fact.expected_level, &[("model", model)]), expected.service_level, &how);
    let agrees = expected.agrees.map(|agrees| if agrees { words.yes } else { words.no }.to_owned());
    figures.push(fact.agrees, agrees, fact.agrees_how);
    figures.list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    /// Behind a queue channels are sized on the work of its agents at the peak, whatever the load of first attempts is.
    #[test]
    fn the_load_of_first_attempts_says_that_channels_are_sized_on_it_only_where_they_are() {
        let mut result = fixture::call_centre();
        let how = |result: &RunResult, language| fresh_load_how(result, language);
        assert!(how(&result, Language::Russian).ends_with("; по ней рассчитаны каналы"));
        let trunks = result.recommendation.trunks.as_mut().unwrap();
        (trunks.erlangs, trunks.model, trunks.basis) = (12.77, "mmnk".to_owned(), "measured_peak".to_owned());
        let said = how(&result, Language::English);
        assert!(said.contains("sized on another load, 12.77") && said.contains("agents' work"), "{said}");
        assert!(!how(&result, Language::Russian).contains("по ней"));
        result.recommendation.trunks = None;
        assert!(!how(&result, Language::English).contains("sized"));
    }
}

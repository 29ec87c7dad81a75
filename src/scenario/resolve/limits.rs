//! What is limited, and how.

use std::sync::Arc;

use crate::pbx::config::Algorithm;
use crate::pbx::config::Each;
use crate::pbx::config::LegKind;
use crate::pbx::config::Legs;
use crate::pbx::config::Overload;
use crate::pbx::config::Processor;
use crate::pbx::config::RateLimit;
use crate::pbx::config::Recording;
use crate::pbx::config::ScopeLimit;
use crate::pbx::refusal_profiles::Occasion;
use crate::pbx::routing::NumberSet;
use crate::scenario::document::AlgorithmWord;
use crate::scenario::document::ChannelsDocument;
use crate::scenario::document::EachWord;
use crate::scenario::document::LegsDocument;
use crate::scenario::document::OverloadWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::PerSecond;
use crate::scenario::document::ProcessorDocument;
use crate::scenario::document::RateLimitDocument;
use crate::scenario::document::RateLimitValue;
use crate::scenario::document::RecordingDocument;
use crate::scenario::document::ScopeDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::units::Bandwidth;
use crate::units::Ratio;

const FIVE_MINUTES: Duration = Duration::from_secs(300);
/// What a recording in G.711 writes.
const RECORDING_BITS: f64 = 64_000.0;
/// How often a processor looks at its load.
const SAMPLED: Duration = Duration::from_secs(1);

/// How a processor looks at its load.
struct Looks {
    resume: f64,
    sampled: Duration,
    refusal_cost: f64,
}

impl Resolver<'_> {
    /// Calls at once, and those beyond them that are billed.
    pub(super) fn channels(&mut self, document: &mut PbxDocument) -> (Option<u32>, u32) {
        let Some(value) = &mut document.channels else { return (None, 0) };
        let keys = match value {
            Written::Text(limit) => ChannelsDocument { limit: Some(limit.0), billed: None },
            Written::List(never) => match *never {},
            Written::Keys(keys) => keys.clone(),
        };
        let limit = self.required(keys.limit, "pbx.channels.limit", "10").unwrap_or(1);
        if limit == 0 {
            self.wrong("pbx.channels.limit", "no call fits into 0 channels; write 1 or more");
        }
        (Some(limit), keys.billed.unwrap_or(0))
    }

    pub(super) fn rate_limit(&mut self, slot: Option<&mut RateLimitValue>, path: &str) -> Option<RateLimit> {
        let value = slot?;
        if let Written::Text(limit) = value {
            *value = Written::Keys(RateLimitDocument { limit: Some(*limit), ..RateLimitDocument::default() });
        }
        let Written::Keys(keys) = value else { unreachable!("a bare limit has just become keys") };
        let limit = self.required(keys.limit, &format!("{path}.limit"), "5").unwrap_or(PerSecond(1.0)).0;
        if limit <= 0.0 {
            self.wrong(path, "no call passes a limit of 0; write for example 5");
        }
        let word = *keys.algorithm.get_or_insert(AlgorithmWord::TokenBucket);
        self.foreign_keys(keys, word, path);
        if word == AlgorithmWord::FreeswitchWindow && limit < 2.0 {
            self.wrong(path, "FreeSWITCH lets one call fewer pass than this limit: none; write 2 or more");
        }
        let mut burst = limit.max(1.0);
        if word == AlgorithmWord::TokenBucket {
            burst = *keys.burst.get_or_insert(burst);
            burst = self.within(burst, 1.0..=1e9, &format!("{path}.burst"));
        }
        let algorithm = self.algorithm(keys, word, path);
        Some(RateLimit { per_second: limit, burst, algorithm })
    }

    fn algorithm(&mut self, keys: &mut RateLimitDocument, word: AlgorithmWord, path: &str) -> Algorithm {
        match word {
            AlgorithmWord::TokenBucket => Algorithm::TokenBucket,
            AlgorithmWord::FixedWindow => Algorithm::FixedWindow,
            AlgorithmWord::FreeswitchWindow => Algorithm::FreeswitchWindow,
            AlgorithmWord::Average => {
                let period = or_default(&mut keys.period, FIVE_MINUTES);
                self.lasts(period, &format!("{path}.period"));
                Algorithm::Average { period }
            }
            AlgorithmWord::BurstAndSustain => {
                let window = or_default(&mut keys.window, Duration::from_secs(1));
                let sustain_window = or_default(&mut keys.sustain_window, Duration::from_secs(30));
                let resume_after = or_default(&mut keys.resume_after, Duration::from_secs(60));
                self.lasts(window, &format!("{path}.window"));
                self.lasts(sustain_window, &format!("{path}.sustain_window"));
                let sustained = format!("{path}.sustained");
                let sustained = self.required(keys.sustained, &sustained, "2").unwrap_or(PerSecond(1.0)).0;
                let burst = keys.limit.map_or(1.0, |limit| limit.0);
                let whole = |rate: f64, window: Duration| rate * window.as_secs_f64() + 1e-9 >= 1.0;
                if !whole(burst, window) || !whole(sustained, sustain_window) {
                    self.wrong(path, "a window lets no whole call in; write a longer one or a higher limit");
                }
                Algorithm::BurstAndSustain { window, sustained, sustain_window, resume_after }
            }
            AlgorithmWord::Queue => {
                Algorithm::Queue { max_delay: or_default(&mut keys.max_delay, FIVE_MINUTES) }
            }
            AlgorithmWord::OverloadControl => {
                let every = or_default(&mut keys.every, Duration::from_secs(1));
                self.lasts(every, &format!("{path}.every"));
                Algorithm::OverloadControl { every }
            }
        }
    }

    /// Complains of keys that belong to another algorithm: they would be ignored.
    fn foreign_keys(&mut self, keys: &RateLimitDocument, word: AlgorithmWord, path: &str) {
        let known: &[&str] = match word {
            AlgorithmWord::TokenBucket => &["burst"],
            AlgorithmWord::FixedWindow | AlgorithmWord::FreeswitchWindow => &[],
            AlgorithmWord::Average => &["period"],
            AlgorithmWord::BurstAndSustain => &["window", "sustained", "sustain_window", "resume_after"],
            AlgorithmWord::Queue => &["max_delay"],
            AlgorithmWord::OverloadControl => &["every"],
        };
        let written = [
            ("burst", keys.burst.is_some()),
            ("period", keys.period.is_some()),
            ("window", keys.window.is_some()),
            ("sustained", keys.sustained.is_some()),
            ("sustain_window", keys.sustain_window.is_some()),
            ("resume_after", keys.resume_after.is_some()),
            ("max_delay", keys.max_delay.is_some()),
            ("every", keys.every.is_some()),
        ];
        for (key, _) in written.iter().filter(|(key, written)| *written && !known.contains(key)) {
            let remedy = if known.is_empty() {
                "remove it".to_owned()
            } else {
                format!("remove it; this algorithm knows {}", known.join(", "))
            };
            let message = format!("`{key}` belongs to another algorithm; {remedy}");
            self.wrong(&format!("{path}.{key}"), &message);
        }
    }

    pub(super) fn lasts(&mut self, period: Duration, path: &str) {
        if period < Duration::from_millis(1) {
            self.wrong(path, "too short to count in; write 1ms or more");
        }
    }

    pub(super) fn scopes(&mut self, documents: Option<&mut Vec<ScopeDocument>>) -> Vec<ScopeLimit> {
        let Some(documents) = documents else { return Vec::new() };
        let scopes = documents.iter_mut().enumerate().map(|(place, document)| {
            let path = format!("pbx.limits[{place}]");
            self.scope(document, place, &path)
        });
        scopes.collect()
    }

    fn scope(&mut self, document: &mut ScopeDocument, place: usize, path: &str) -> ScopeLimit {
        let name = document.scope.get_or_insert_with(|| format!("scope-{}", place + 1));
        if name.is_empty() || name.chars().any(char::is_control) {
            self.wrong(&format!("{path}.scope"), "a name is one line of text; write for example account");
        }
        if document.channels.is_none() && document.calls_per_second.is_none() {
            self.wrong(path, "nothing is limited; write channels: 10 or calls_per_second: 5");
        }
        if document.channels == Some(0) {
            self.wrong(&format!("{path}.channels"), "no call fits into 0 channels; write 1 or more");
        }
        if document.each.is_some() && document.calls_per_second.is_some() {
            let message =
                "a rate is counted for all calls of a scope together; write it in a scope without `each`";
            self.wrong(&format!("{path}.calls_per_second"), message);
        }
        let rate_path = format!("{path}.calls_per_second");
        let calls_per_second = self.rate_limit(document.calls_per_second.as_mut(), &rate_path);
        let occasion = if document.channels.is_some() { Occasion::Concurrency } else { Occasion::Rate };
        let refusal = document.refusal.is_some().then(|| {
            let default = crate::pbx::Refusal::status(503, Some(34));
            self.refusal(&mut document.refusal, &default, &format!("{path}.refusal"), occasion)
        });
        ScopeLimit {
            name: Arc::from(document.scope.as_deref().unwrap_or_default()),
            numbers: number_set(document.numbers.as_ref()),
            callers: number_set(document.callers.as_ref()),
            each: document.each.map(|each| match each {
                EachWord::Number => Each::Number,
                EachWord::Caller => Each::Caller,
            }),
            channels: document.channels,
            calls_per_second,
            refusal,
        }
    }

    pub(super) fn legs(&mut self, document: &mut PbxDocument) -> Option<Legs> {
        let path = "pbx.legs";
        let value = document.legs.as_mut()?;
        if let Written::Text(limit) = value {
            *value = Written::Keys(LegsDocument { limit: Some(limit.0), kinds: None });
        }
        let Written::Keys(keys) = value else { unreachable!("a bare limit has just become keys") };
        let limit = self.required(keys.limit, &format!("{path}.limit"), "30").unwrap_or(1);
        if limit == 0 {
            self.wrong(&format!("{path}.limit"), "no call fits into 0 legs; write 1 or more");
        }
        let mut kinds: Vec<LegKind> = Vec::new();
        for (place, kind) in keys.kinds.get_or_insert_default().iter_mut().enumerate() {
            let path = format!("{path}.kinds[{place}]");
            let name = kind.name.get_or_insert_with(|| format!("kind-{}", place + 1));
            let name = Arc::from(name.as_str());
            let share = self.required(kind.share, &format!("{path}.share"), "20%").unwrap_or(Ratio(0.0)).0;
            let legs = *kind.legs.get_or_insert(2);
            if legs == 0 || legs > limit {
                let message = format!("calls of {legs} legs never fit into {limit}; write 1 to {limit}");
                self.wrong(&format!("{path}.legs"), &message);
            }
            kinds.push(LegKind { name, share, legs });
        }
        if kinds.iter().map(|kind| kind.share).sum::<f64>() > 1.0 + 1e-9 {
            self.wrong(&format!("{path}.kinds"), "the shares sum to more than 100%; lower them");
        }
        Some(Legs { limit, kinds })
    }

    pub(super) fn processor(&mut self, document: &mut ProcessorDocument) -> Processor {
        let path = "pbx.processor";
        let stated =
            [document.calls_per_second.map(|rate| rate.0), document.concurrent_calls, document.recordings];
        if stated.iter().all(Option::is_none) {
            self.wrong(path, "nothing loads it; write calls_per_second: 50, concurrent_calls: 400 or both");
        }
        if stated.iter().flatten().any(|most| !(most.is_finite() && *most > 0.0)) {
            self.wrong(path, "what fills a processor alone is more than 0; write for example 400");
        }
        let [calls_per_second, concurrent_calls, recordings] =
            stated.map(|most| most.unwrap_or(f64::INFINITY));
        let limit = document.limit.get_or_insert(Ratio(1.0)).0;
        let Looks { resume, sampled, refusal_cost } = self.looks(document, limit);
        if limit <= 0.0 || resume > limit {
            self.wrong(path, "calls are admitted again at a load not above the limit; write resume: 80%");
        }
        let overload = match document.overload.get_or_insert(OverloadWord::Refuse) {
            OverloadWord::Refuse => Overload::Refuse,
            OverloadWord::SlowDown => {
                Overload::SlowDown { max_delay: or_default(&mut document.max_delay, Duration::from_secs(5)) }
            }
        };
        if overload == Overload::Refuse && document.max_delay.is_some() {
            self.wrong(
                &format!("{path}.max_delay"),
                "nobody is delayed here; remove it, or write overload: slow_down",
            );
        }
        Processor {
            calls_per_second,
            concurrent_calls,
            recordings,
            refusal_cost,
            limit,
            resume,
            sampled,
            overload,
        }
    }

    /// How a processor looks at its load: one that slows down never does.
    fn looks(&mut self, document: &mut ProcessorDocument, limit: f64) -> Looks {
        if document.overload == Some(OverloadWord::SlowDown) {
            let keys = [
                ("resume", document.resume.is_some()),
                ("sampled", document.sampled.is_some()),
                ("refusal_cost", document.refusal_cost.is_some()),
            ];
            for (key, _) in keys.into_iter().filter(|(_, written)| *written) {
                self.wrong(
                    &format!("pbx.processor.{key}"),
                    "nobody looks at the load here; remove it, or write overload: refuse",
                );
            }
            return Looks { resume: limit, sampled: SAMPLED, refusal_cost: 0.0 };
        }
        let sampled = or_default(&mut document.sampled, SAMPLED);
        self.lasts(sampled, "pbx.processor.sampled");
        Looks {
            resume: document.resume.get_or_insert(Ratio(limit)).0,
            sampled,
            refusal_cost: document.refusal_cost.get_or_insert(Ratio(0.0)).0,
        }
    }

    pub(super) fn recording(&mut self, document: &mut RecordingDocument) -> Recording {
        let rate = document.rate.get_or_insert(Bandwidth { bits_per_second: RECORDING_BITS });
        let bytes = rate.bits_per_second / 8.0;
        if !(1.0..=1e12).contains(&bytes) {
            self.wrong("pbx.recording.rate", "no recording writes that; write for example 64 kbit/s");
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let bytes_per_second = bytes as u64;
        Recording {
            share: document.share.get_or_insert(Ratio(1.0)).0,
            bytes_per_second,
            uploaded: *document.uploaded.get_or_insert(false),
        }
    }
}

/// Numbers as written: whole ones, or how they begin.
pub(super) fn number_set(numbers: Option<&Vec<String>>) -> NumberSet {
    NumberSet::new(numbers.into_iter().flatten().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::parse;

    #[test]
    fn a_processor_that_slows_down_takes_no_key_of_one_that_looks_at_its_load() {
        let read = |keys: &str| {
            let text = format!(
                "name: p\ncalls: 5\ntraffic: {{profile: 60/h, callers: [{{talk: 1m}}]}}\npbx:\n  processor: \
                 {{calls_per_second: 5, {keys}}}\n"
            );
            parse(&text, "p.yaml", &Inputs::with_seed(1))
        };
        for key in ["resume: 90%", "sampled: 2s", "refusal_cost: 10%"] {
            assert!(read(key).is_ok(), "{key}");
            let told = read(&format!("overload: slow_down, {key}")).unwrap_err().to_string();
            assert!(told.contains("nobody looks at the load here"), "{told}");
        }
        let slow = read("overload: slow_down").unwrap();
        assert_eq!(parse(&slow.effective, "p.yaml", &Inputs::with_seed(1)).unwrap().pbx, slow.pbx);
    }
}

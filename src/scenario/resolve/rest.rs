//! The wire, the gates, the money, the aims.

use rust_decimal::Decimal;

use crate::bandwidth::LossRule;
use crate::endpoint::caller::Transport;
use crate::endpoint::dtmf::Dtmf;
use crate::media::Codec;
use crate::outcome::Outcome;
use crate::outcome::classify;
use crate::scenario::Cost;
use crate::scenario::GateText;
use crate::scenario::Live;
use crate::scenario::Media;
use crate::scenario::OutcomeOverride;
use crate::scenario::ServiceLevelTarget;
use crate::scenario::document::CodecWord;
use crate::scenario::document::CostDocument;
use crate::scenario::document::DtmfWord;
use crate::scenario::document::MediaWord;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::document::TargetDocument;
use crate::scenario::document::TransportWord;
use crate::scenario::document::Written;
use crate::scenario::problem::nearest;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::units::Money;
use crate::units::Period;
use crate::units::Ratio;
use crate::units::ServiceLevel;
use crate::verdict::Capabilities;
use crate::verdict::DEFAULT_GATE;
use crate::verdict::gate;

const GROWTH: [f64; 5] = [1.0, 1.2, 1.5, 2.0, 3.0];
const MAX_CONCURRENT: u32 = 10_000;

impl Resolver<'_> {
    pub(super) fn live(&mut self, document: &mut ScenarioDocument, media_loss: Option<LossRule>) -> Live {
        let media = self.media(document);
        let max_concurrent = *document.max_concurrent.get_or_insert(MAX_CONCURRENT);
        if max_concurrent == 0 {
            self.wrong("max_concurrent", "no call may be made at all; write 1 or more");
        }
        let timers = document.timers.get_or_insert_default();
        let t1 = or_default(&mut timers.t1, Duration::from_millis(500));
        let t2 = or_default(&mut timers.t2, Duration::from_secs(4));
        let t4 = or_default(&mut timers.t4, Duration::from_secs(5));
        if t1.is_zero() || t2 < t1 {
            self.wrong(
                "timers",
                "t1 must be longer than 0s and not longer than t2; write {t1: 500ms, t2: 4s}",
            );
        }
        let probe_timeout = or_default(&mut document.probe_timeout, Duration::from_secs(5));
        let ring_timeout = or_default(&mut document.ring_timeout, Duration::from_secs(180));
        let shutdown_timeout = or_default(&mut document.shutdown_timeout, Duration::from_secs(4));
        let media_timeout = or_default(&mut document.media_timeout, Duration::from_secs(5));
        let phones = self.phones(document.pbx.get_or_insert_default());
        let dtmf = self.dtmf(document, media);
        // Written out only where it was: most scenarios know no other way than UDP.
        let transport = match document.transport {
            Some(TransportWord::Tcp) => Transport::Tcp,
            Some(TransportWord::Udp) | None => Transport::Udp,
        };
        Live {
            media,
            transport,
            dtmf,
            phones,
            max_concurrent,
            t1,
            t2,
            t4,
            probe_timeout,
            ring_timeout,
            shutdown_timeout,
            media_timeout,
            media_loss,
        }
    }

    /// How keys travel; written out only where somebody presses one.
    fn dtmf(&mut self, document: &mut ScenarioDocument, media: Media) -> Dtmf {
        let default = match media {
            Media::None => DtmfWord::InfoRelay,
            Media::Rtp(_) => DtmfWord::Rfc4733,
        };
        let has_menus = document.pbx.as_ref().is_some_and(|pbx| pbx.ivr.is_some());
        let presses = document.traffic.iter().flat_map(|traffic| traffic.callers.iter().flatten());
        if has_menus || presses.into_iter().any(|caller| caller.digits.is_some()) {
            document.dtmf.get_or_insert(default);
        }
        if document.dtmf == Some(DtmfWord::Rfc4733) && media == Media::None {
            self.wrong("dtmf", "events travel in RTP; write media: rtp, or dtmf: info_relay");
        }
        match document.dtmf.unwrap_or(default) {
            DtmfWord::Rfc4733 => Dtmf::TelephoneEvent,
            DtmfWord::InfoRelay => Dtmf::InfoRelay,
            DtmfWord::Info => Dtmf::Info,
        }
    }

    fn media(&mut self, document: &mut ScenarioDocument) -> Media {
        match document.media.get_or_insert(Written::Text(MediaWord::None)) {
            Written::Text(MediaWord::None) => Media::None,
            Written::Text(MediaWord::Rtp) => Media::Rtp(Codec::Pcma),
            Written::List(never) => match *never {},
            Written::Keys(keys) => {
                self.exactly_one_key("media", "rtp");
                match keys.rtp.get_or_insert_default().codec.get_or_insert(CodecWord::Pcma) {
                    CodecWord::Pcma => Media::Rtp(Codec::Pcma),
                    CodecWord::Pcmu => Media::Rtp(Codec::Pcmu),
                }
            }
        }
    }

    pub(super) fn target(&mut self, document: &mut TargetDocument) -> (f64, ServiceLevelTarget) {
        let blocking = document.blocking.get_or_insert(Ratio(0.01)).0;
        if blocking <= 0.0 || blocking >= 1.0 {
            self.wrong("target.blocking", "no number of channels gives this blocking; write for example 1%");
        }
        let default = ServiceLevel { ratio: Ratio(0.8), threshold: Period(Duration::from_secs(20)) };
        let level = *document.service_level.get_or_insert(default);
        if level.ratio.0 >= 1.0 {
            self.wrong("target.service_level", "no number of agents promises 100%; write for example 80/20");
        }
        (blocking, ServiceLevelTarget { ratio: level.ratio.0, threshold: level.threshold.0 })
    }

    /// The scenario's gates, then those of the command line; the default one if there are none. Gates that
    /// can't be understood, or that this scenario can't decide, are mistakes.
    pub(super) fn gates(
        &mut self,
        document: &mut ScenarioDocument,
        capabilities: &Capabilities,
    ) -> Vec<GateText> {
        let written = document.gates.get_or_insert_default();
        let mut gates = Vec::with_capacity(written.len() + self.inputs.gates.len() + 1);
        for (place, text) in written.iter().enumerate() {
            let path = format!("gates[{place}]");
            let written_at = self.tree.nearest_to(&path).place.line_of(self.file);
            gates.push(self.gate(text, written_at, &path, capabilities));
        }
        for text in self.inputs.gates {
            written.push(text.clone());
            gates.push(self.gate(text, "--gate".to_owned(), "", capabilities));
        }
        if gates.is_empty() {
            written.push(DEFAULT_GATE.to_owned());
            gates.push(GateText { text: DEFAULT_GATE.to_owned(), written_at: "default".to_owned() });
        }
        gates
    }

    fn gate(&mut self, text: &str, written_at: String, path: &str, capabilities: &Capabilities) -> GateText {
        let judged = gate::parse(text, &written_at).and_then(|gate| gate.check(capabilities));
        match judged {
            Ok(()) => {}
            Err(error) if path.is_empty() => self.note("--gate".to_owned(), "", &error.to_string()),
            Err(error) => self.wrong(path, &error.to_string()),
        }
        GateText { text: text.to_owned(), written_at }
    }

    pub(super) fn growth(&mut self, document: &mut ScenarioDocument) -> Vec<f64> {
        let growth = document.growth.get_or_insert_with(|| GROWTH.to_vec()).clone();
        if growth.is_empty() || growth.iter().any(|factor| !(0.01..=1_000.0).contains(factor)) {
            self.wrong("growth", "factors of growth lie between 0.01 and 1000; write [1, 1.2, 1.5, 2, 3]");
        }
        growth
    }

    pub(super) fn outcomes(&mut self, document: &mut ScenarioDocument) -> Vec<OutcomeOverride> {
        let mut overrides = Vec::new();
        for (rule, outcome) in document.outcomes.get_or_insert_default() {
            let known: Vec<&str> = classify::rules().iter().map(|rule| rule.name).collect();
            if !known.contains(&rule.as_str()) {
                let remedy = match nearest(rule, &known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {}", known.join(", ")),
                };
                self.wrong(&format!("outcomes.{rule}"), &format!("no rule `{rule}`; {remedy}"));
                continue;
            }
            match outcome.parse::<Outcome>() {
                Ok(outcome) => overrides.push(OutcomeOverride { rule: rule.as_str().into(), outcome }),
                Err(error) => self.wrong(&format!("outcomes.{rule}"), &error.to_string()),
            }
        }
        overrides
    }

    pub(super) fn cost(&mut self, document: Option<&mut CostDocument>) -> Option<Cost> {
        let document = document?;
        let example = "1000 RUB";
        if document.call_price.is_none() {
            self.wrong("cost.call_price", &format!("`call_price` is missing; write call_price: {example}"));
        }
        let price = document.call_price.clone()?;
        let zero = Money { amount: Decimal::ZERO, currency: price.currency.clone() };
        let image = document.image_per_lost_call.get_or_insert(zero.clone()).clone();
        let minute = document.caller_minute.get_or_insert(zero).clone();
        let value = document.customer_value.clone();
        let others = [
            ("image_per_lost_call", Some(&image)),
            ("caller_minute", Some(&minute)),
            ("customer_value", value.as_ref()),
        ];
        for (key, other) in others {
            if other.is_some_and(|money| money.currency != price.currency) {
                let message =
                    format!("a second currency beside {}; write one currency throughout", price.currency);
                self.wrong(&format!("cost.{key}"), &message);
            }
        }
        let conversion = self.required(document.conversion, "cost.conversion", "20%").map(|ratio| ratio.0);
        let calls_per_month = self.required(document.calls_per_month, "cost.calls_per_month", "1000");
        Some(Cost {
            currency: price.currency,
            call_price: price.amount,
            conversion: conversion?,
            calls_per_month: calls_per_month?,
            customer_value: value.map(|money| money.amount),
            image_per_lost_call: image.amount,
            caller_minute: minute.amount,
        })
    }
}

//! The link that all calls share, and when a call that loses packets is lost.

use crate::bandwidth;
use crate::bandwidth::LossRule;
use crate::bandwidth::Packing;
use crate::pbx::config::Pool;
use crate::pbx::config::PoolAdmission;
use crate::pbx::config::PoolCodec;
use crate::pbx::routing::NumberSet;
use crate::scenario::document::BandwidthDocument;
use crate::scenario::document::LayerWord;
use crate::scenario::document::MediaLossDocument;
use crate::scenario::document::MediaWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::PoolAdmissionWord;
use crate::scenario::document::PoolCodecDocument;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::limits::number_set;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::units::Bandwidth;
use crate::units::Period;
use crate::units::Ratio;

const PTIME: Duration = Duration::from_millis(20);
const BUFFER: Duration = Duration::from_millis(50);
/// Share of packets lost, and for how long.
const ABOVE: Ratio = Ratio(0.05);
const LASTING: Duration = Duration::from_secs(10);

impl Resolver<'_> {
    /// When a call with bad sound is lost; `None` where only silence counts.
    pub(super) fn media_loss(&mut self, document: &mut ScenarioDocument) -> Option<LossRule> {
        let link = document.pbx.as_ref().and_then(|pbx| pbx.bandwidth.as_ref());
        let in_force =
            matches!(link, Some(Written::Keys(keys)) if keys.admission == Some(PoolAdmissionWord::None));
        let silent = matches!(document.media, None | Some(Written::Text(MediaWord::None)));
        if document.media_loss.is_some() && silent && !in_force {
            self.wrong("media_loss", "no call has packets to lose; write media: rtp, or remove this");
        }
        if in_force {
            document.media_loss.get_or_insert_default();
        }
        let MediaLossDocument { above, lasting } = document.media_loss.as_mut()?;
        let above = above.get_or_insert(ABOVE).0;
        let lasting = or_default(lasting, LASTING);
        if above >= 1.0 {
            self.wrong("media_loss.above", "no call loses more than 100%; write for example 5%");
        }
        self.lasts(lasting, "media_loss.lasting");
        Some(LossRule { above, lasting })
    }

    pub(super) fn bandwidth(&mut self, document: &mut PbxDocument, lost: Option<LossRule>) -> Option<Pool> {
        let value = document.bandwidth.as_mut()?;
        if let Written::Text(limit) = value {
            *value = Written::Keys(BandwidthDocument { limit: Some(*limit), ..BandwidthDocument::default() });
        }
        let Written::Keys(keys) = value else { unreachable!("a bare limit has just become keys") };
        let usable = keys.usable.get_or_insert(Ratio(1.0)).0;
        let [up, down] = self.directions(keys, usable);
        let layer = *keys.layer.get_or_insert(LayerWord::Ethernet);
        let ipv6 = *keys.ipv6.get_or_insert(false);
        let srtp = *keys.srtp.get_or_insert(false);
        let packing = Packing { layer: layer.into(), ipv6, srtp };
        let codecs = self.pool_codecs(keys, packing);
        let fits = |codec: &PoolCodec| codec.bits_per_second <= up.min(down);
        if let Some(wide) = codecs.iter().find(|codec| !fits(codec)) {
            let kbit = 1e-3 * bits(wide.bits_per_second);
            let message =
                format!("not one call in {} fits, which takes {kbit} kbit/s; write more", wide.name);
            self.wrong("pbx.bandwidth", &message);
        }
        let admission = match (keys.admission.get_or_insert(PoolAdmissionWord::Refuse), lost) {
            (PoolAdmissionWord::None, Some(lost)) => {
                PoolAdmission::None { buffer: or_default(&mut keys.buffer, BUFFER), lost }
            }
            _ => PoolAdmission::Refuse,
        };
        if admission == PoolAdmission::Refuse && keys.buffer.is_some() {
            self.wrong("pbx.bandwidth.buffer", "no packet waits here; remove it, or write admission: none");
        }
        Some(Pool { up, down, codecs, packing, admission })
    }

    /// Bits per second up and down.
    fn directions(&mut self, keys: &BandwidthDocument, usable: f64) -> [u64; 2] {
        let path = "pbx.bandwidth";
        let asymmetric = keys.up.is_some() || keys.down.is_some();
        if keys.limit.is_some() && asymmetric {
            self.wrong(path, "`limit` is the same each way; remove it, or `up` and `down`");
        }
        let [up, down] =
            if asymmetric { [("up", keys.up), ("down", keys.down)] } else { [("limit", keys.limit); 2] }.map(
                |(key, written): (&str, Option<Bandwidth>)| {
                    self.required(written, &format!("{path}.{key}"), "1 Mbit/s")
                },
            );
        [up, down].map(|written| {
            written.map_or(u64::MAX, |link| whole_bits(link.bits_per_second * usable, f64::floor))
        })
    }

    fn pool_codecs(&mut self, keys: &mut BandwidthDocument, packing: Packing) -> Vec<PoolCodec> {
        let path = "pbx.bandwidth";
        let ptime = or_default(&mut keys.ptime, PTIME);
        if keys.codec.is_some() && keys.codecs.is_some() {
            self.wrong(path, "`codec` and `codecs` both say what calls speak; remove one");
        }
        if keys.codecs.is_none() {
            let name = keys.codec.get_or_insert_with(|| "PCMA".to_owned()).clone();
            let bits_per_second = self.bits_of(&name, ptime, packing, &format!("{path}.codec"));
            return vec![PoolCodec {
                name: name.into(),
                numbers: NumberSet::default(),
                share: 1.0,
                bits_per_second,
            }];
        }
        let documents = keys.codecs.get_or_insert_default();
        let mut codecs = Vec::with_capacity(documents.len());
        for (place, document) in documents.iter_mut().enumerate() {
            codecs.push(self.pool_codec(document, ptime, packing, &format!("{path}.codecs[{place}]")));
        }
        let shares =
            codecs.iter().filter(|codec: &&PoolCodec| codec.numbers.is_empty()).map(|codec| codec.share);
        let (count, sum) = shares.fold((0, 0.0), |(count, sum), share| (count + 1, sum + share));
        if count == 0 || (sum - 1.0_f64).abs() > 1e-9 {
            let message = format!(
                "the shares of codecs without numbers sum to {}%, not to 100%; write what all other calls speak",
                100.0 * sum
            );
            self.wrong(&format!("{path}.codecs"), &message);
        }
        codecs
    }

    fn pool_codec(
        &mut self,
        document: &mut PoolCodecDocument,
        ptime: Duration,
        packing: Packing,
        path: &str,
    ) -> PoolCodec {
        let numbers = number_set(document.numbers.as_ref());
        if document.codec.is_none() {
            self.wrong(&format!("{path}.codec"), "`codec` is missing; write codec: PCMA");
        }
        if !numbers.is_empty() && document.share.is_some() {
            self.wrong(&format!("{path}.share"), "calls to these numbers all speak it; remove `share`");
        }
        let name = document.codec.clone().unwrap_or_else(|| "PCMA".to_owned());
        let ptime = document.ptime.get_or_insert(Period(ptime)).0;
        let share = if numbers.is_empty() { document.share.get_or_insert(Ratio(1.0)).0 } else { 0.0 };
        let bits_per_second = self.bits_of(&name, ptime, packing, path);
        PoolCodec { name: name.into(), numbers, share, bits_per_second }
    }

    /// What one direction of a call takes, rounded up to whole bits.
    fn bits_of(&mut self, codec: &str, ptime: Duration, packing: Packing, path: &str) -> u64 {
        let rate = bandwidth::codec_rate(codec)
            .and_then(|rate| bandwidth::call_rate(rate, ptime.as_secs_f64(), packing));
        match rate {
            // A rate that is whole but for rounding stays as it is.
            Ok(rate) => whole_bits(rate - 1e-6, f64::ceil),
            Err(message) => {
                self.wrong(path, &message);
                0
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole_bits(bits: f64, round: fn(f64) -> f64) -> u64 {
    round(bits) as u64
}

#[expect(clippy::cast_precision_loss, reason = "bits per second of one call")]
fn bits(bits: u64) -> f64 {
    bits as f64
}

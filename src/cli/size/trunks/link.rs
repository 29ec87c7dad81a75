//! Calls on a link, by codec.

use clap::Args;
use serde::Serialize;

use crate::bandwidth;
use crate::cli::Failure;
use crate::cli::size::trunks::{Bandwidth, Layer, Period};
use crate::cli::size::usage;
use crate::sizing::link;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// A link that the calls share, as '1 Mbit/s' (one direction)
    #[arg(long, value_name = "BANDWIDTH", requires = "codec")]
    pub(super) link: Option<Bandwidth>,
    /// Codec of the calls; several with their erlangs, as --codec PCMA=6 --codec G729=3
    #[arg(long, value_name = "NAME[=E]", requires = "link")]
    codec: Vec<String>,
    /// Speech in one packet
    #[arg(long, value_name = "TIME", default_value = "20ms")]
    pub(super) ptime: Period,
    /// What is counted below IP: nothing, Ethernet's 18 bytes, with a VLAN tag, with preamble, all that a wire is busy
    #[arg(long, value_enum, default_value_t)]
    pub(super) layer: Layer,
    /// IPv6 instead of IPv4
    #[arg(long)]
    ipv6: bool,
    /// Encrypted (SRTP with an 80-bit tag)
    #[arg(long)]
    srtp: bool,
}

/// What a link does.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub(super) bits_per_second: f64,
    pub(super) layer: bandwidth::Layer,
    pub(super) ptime_ms: f64,
    pub(super) classes: Vec<link::LinkClass>,
    /// Absent where no traffic was named.
    pub(super) mean_bits_per_second: Option<f64>,
    /// What the target asks for; absent where no traffic was named.
    pub(super) needed: Option<link::Needed>,
}

/// Calls of which the load is known from elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) erlangs: f64,
    /// Circuits that they need.
    pub(super) needed: Option<u32>,
}

pub(super) fn study(options: &Options, known: Option<Load>, target: f64) -> Result<Option<Link>, Failure> {
    let Some(link) = options.link else { return Ok(None) };
    if !(link.bits_per_second.is_finite() && link.bits_per_second > 0.0) {
        return Err(Failure::Usage(format!("--link {link}: it must be more than 0")));
    }
    let layer = match options.layer {
        Layer::Ip => bandwidth::Layer::Ip,
        Layer::Ethernet => bandwidth::Layer::Ethernet,
        Layer::Vlan => bandwidth::Layer::Vlan,
        Layer::Preamble => bandwidth::Layer::Preamble,
        Layer::Wire => bandwidth::Layer::Wire,
    };
    let packing = bandwidth::Packing { layer, ipv6: options.ipv6, srtp: options.srtp };
    let ptime_s = options.ptime.seconds();
    let mut classes = Vec::new();
    let (mut loaded, mut calls) = (true, None);
    for text in &options.codec {
        let (name, load) =
            text.split_once('=').map_or((text.as_str(), None), |(name, load)| (name, Some(load)));
        let load = match load {
            Some(load) => Some(
                super::erlangs(load).map_err(|error| Failure::Usage(format!("--codec {text}: {error}")))?,
            ),
            None if options.codec.len() == 1 => {
                calls = known.and_then(|load| load.needed);
                known.map(|load| load.erlangs)
            }
            None => {
                return Err(Failure::Usage(format!(
                    "--codec {text}: of several codecs each needs its erlangs, as {name}=6"
                )));
            }
        };
        let rate = bandwidth::codec_rate(name).and_then(|rate| bandwidth::call_rate(rate, ptime_s, packing));
        let bits_per_second = rate.map_err(|error| Failure::Usage(format!("--codec {text}: {error}")))?;
        loaded &= load.is_some();
        classes.push(link::LinkClass {
            codec: name.to_owned(),
            erlangs: load.unwrap_or(0.0),
            bits_per_second,
            blocking: 0.0,
            calls_alone: bandwidth::calls_that_fit(link.bits_per_second, bits_per_second),
        });
    }
    let mean_bits_per_second =
        if loaded { Some(link::mix(link.bits_per_second, &mut classes).map_err(usage)?) } else { None };
    let busy = loaded && classes.iter().any(|class| class.erlangs > 0.0);
    let needed = busy.then(|| link::needed(&classes, target, calls)).transpose().map_err(usage)?;
    let bits_per_second = link.bits_per_second;
    Ok(Some(Link { bits_per_second, layer, ptime_ms: 1e3 * ptime_s, classes, mean_bits_per_second, needed }))
}

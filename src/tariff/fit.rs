//! What a firm gets from a plan on a day, or why it gets nothing.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;

use crate::bandwidth;
use crate::bandwidth::{Layer, Packing};
use crate::tariff::Feature;
use crate::tariff::Plan;
use crate::tariff::Scope;

/// What a firm needs beside its incoming calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Needs {
    pub users: u32,
    pub dids: u32,
    pub trunks: u32,
    pub regions: u32,
    pub features: BTreeSet<Feature>,
    /// New calls per second that the plan must allow, above its own cap if steps are sold.
    pub calls_per_second: Option<f64>,
    /// Outgoing minutes for each incoming one.
    pub outbound: f64,
    /// Share of incoming calls to a toll-free number, 0 to 1.
    pub toll_free: f64,
    /// Shares of calls, 0 to 1, that are sent on, held for a consultation, and called back.
    pub forwarded: f64,
    pub consulted: f64,
    pub called_back: f64,
    /// Codecs that the firm's phones speak; empty: any.
    pub codecs: Vec<String>,
    /// Smaller of the link's two directions, bits per second, where it may be the bottleneck.
    pub link_bits_per_second: Option<f64>,
}

impl Needs {
    /// Calls out for each one that came in and was served, each as long as its talk: whoever sends a caller on to an outside
    /// number, or rings back, makes one.
    #[must_use]
    pub const fn calls_out(&self) -> f64 {
        self.forwarded + self.called_back
    }
}

impl Default for Needs {
    /// One number, one user, nothing else.
    fn default() -> Self {
        Self {
            users: 1,
            dids: 1,
            trunks: 1,
            regions: 1,
            features: BTreeSet::new(),
            calls_per_second: None,
            outbound: 0.0,
            toll_free: 0.0,
            forwarded: 0.0,
            consulted: 0.0,
            called_back: 0.0,
            codecs: Vec::new(),
            link_bits_per_second: None,
        }
    }
}

/// What a firm gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Channels of one pool; those of the link where it carries fewer.
    pub channels: u32,
    /// Channels beyond those included, of one pool.
    pub extra_channels: u32,
    /// Pools of the same size among which the calls are spread evenly.
    pub pools: u32,
    /// Load of one pool for each erlang of incoming calls.
    pub load: f64,
    /// New calls per second of one pool.
    pub calls_per_second: Option<f64>,
    /// Steps of calls per second that are bought.
    pub rate_steps: u32,
    /// Share of calls and the legs that they take, where more than one.
    pub leg_kinds: Vec<(&'static str, f64, u32)>,
}

/// Why a plan is not for sale to a firm.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfit {
    NotYet(Date),
    NoMore(Date),
    /// Its source states no number of channels.
    NoChannels,
    /// Its source states no regular price.
    NoPrice,
    TooManyUsers {
        most: u32,
    },
    Feature(Feature),
    CallsPerSecond {
        most: f64,
    },
    Codecs,
    /// The link carries not even one call.
    Link,
}

impl Unfit {
    /// A word for the reason, and what belongs to it.
    #[must_use]
    pub fn reason(&self) -> (&'static str, String) {
        match self {
            Self::NotYet(date) => ("not_before", date.to_string()),
            Self::NoMore(date) => ("not_after", date.to_string()),
            Self::NoChannels => ("no_channels", String::new()),
            Self::NoPrice => ("no_price", String::new()),
            Self::TooManyUsers { most } => ("users", most.to_string()),
            Self::Feature(feature) => ("feature", feature.name().to_owned()),
            Self::CallsPerSecond { most } => ("calls_per_second", most.to_string()),
            Self::Codecs => ("codecs", String::new()),
            Self::Link => ("link", String::new()),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYet(date) => write!(f, "not sold before {date}"),
            Self::NoMore(date) => write!(f, "not sold after {date}"),
            Self::NoChannels => f.write_str("its source states no number of channels"),
            Self::NoPrice => f.write_str("its source states no regular price"),
            Self::TooManyUsers { most } => write!(f, "for at most {most} users"),
            Self::Feature(feature) => write!(f, "without {}", feature.name()),
            Self::CallsPerSecond { most } => write!(f, "at most {most} calls per second"),
            Self::Codecs => f.write_str("no codec in common"),
            Self::Link => f.write_str("the link does not carry one call"),
        }
    }
}

/// Channels of a pool where a plan sells them singly and states no limit.
pub(super) const MOST_CHANNELS: u32 = 10_000;

/// Whether `plan` is sold on `date`.
///
/// # Errors
/// Why not.
pub fn on_sale(plan: &Plan, date: Date) -> Result<(), Unfit> {
    match (plan.valid_from, plan.valid_to) {
        (Some(from), _) if date < from => Err(Unfit::NotYet(from)),
        (_, Some(to)) if date > to => Err(Unfit::NoMore(to)),
        _ => Ok(()),
    }
}

/// What a firm of these `needs` gets from `plan` on `date`, with `extra` channels bought for each pool.
///
/// # Errors
/// Why the plan is not for this firm.
pub fn fit(plan: &Plan, needs: &Needs, date: Date, extra: u32) -> Result<Fit, Unfit> {
    on_sale(plan, date)?;
    if plan.capacity.channels_included.is_none() {
        return Err(Unfit::NoChannels);
    }
    if !has_regular_price(plan) {
        return Err(Unfit::NoPrice);
    }
    got(plan, needs, extra)
}

/// Whether something is paid every month whatever the calls are.
pub(super) const fn has_regular_price(plan: &Plan) -> bool {
    plan.prices.monthly.is_some() || plan.prices.yearly.is_some() || plan.prices.per_channel.is_some()
}

/// What a firm of these `needs` gets from `plan`, whenever it is sold and whatever of it has a price, with `extra` channels
/// bought for each pool; no channels where it states none.
///
/// # Errors
/// Why the plan is not for this firm.
pub(super) fn got(plan: &Plan, needs: &Needs, extra: u32) -> Result<Fit, Unfit> {
    let capacity = &plan.capacity;
    if let Some(missing) = needs.features.iter().find(|wanted| !plan.prices.features.contains_key(wanted)) {
        return Err(Unfit::Feature(*missing));
    }
    let pools = pools(capacity.scope, needs);
    let bought = bought(plan, needs, pools, extra)?;
    let channels = bought.min(channels_of_link(plan, needs)?);
    let (calls_per_second, rate_steps) = rate(plan, needs)?;
    let legs = &capacity.legs_per_call;
    let kinds = [
        ("forwarded", needs.forwarded, legs.forward),
        ("consulted", needs.consulted, legs.consult),
        ("called-back", needs.called_back, legs.callback),
    ];
    let outbound = if capacity.scope == Scope::Direction { 0.0 } else { needs.outbound };
    Ok(Fit {
        channels,
        extra_channels: bought - capacity.channels_included.unwrap_or(0),
        pools,
        load: (1.0 + outbound) / f64::from(pools),
        calls_per_second,
        rate_steps,
        leg_kinds: kinds.into_iter().filter(|(_, share, legs)| *share > 0.0 && *legs > 1).collect(),
    })
}

/// Channels of each of so many pools, `extra` ones among them.
fn bought(plan: &Plan, needs: &Needs, pools: u32, extra: u32) -> Result<u32, Unfit> {
    let Some(included) = plan.capacity.channels_included else { return Ok(0) };
    let without_limit = if plan.prices.per_channel.is_some() { MOST_CHANNELS } else { included };
    let most = plan.capacity.channels_max.unwrap_or(without_limit).max(included);
    let for_users = channels_for_users(plan, needs, pools, most)?;
    Ok(included.max(for_users).saturating_add(extra).min(most))
}

fn pools(scope: Scope, needs: &Needs) -> u32 {
    let pools = match scope {
        Scope::Account | Scope::Direction => 1,
        Scope::Trunk => needs.trunks,
        Scope::Did => needs.dids,
        Scope::Region => needs.regions,
    };
    pools.max(1)
}

fn channels_for_users(plan: &Plan, needs: &Needs, pools: u32, most: u32) -> Result<u32, Unfit> {
    let Some(per_channel) = plan.capacity.users_max_per_channel.filter(|users| *users > 0) else {
        return Ok(0);
    };
    let wanted = needs.users.div_ceil(per_channel).div_ceil(pools);
    let most_users = most.saturating_mul(pools).saturating_mul(per_channel);
    if wanted > most { Err(Unfit::TooManyUsers { most: most_users }) } else { Ok(wanted) }
}

/// The cap on calls per second, and how many steps it takes to be as high as needed.
fn rate(plan: &Plan, needs: &Needs) -> Result<(Option<f64>, u32), Unfit> {
    let Some(cap) = plan.capacity.calls_per_second else { return Ok((None, 0)) };
    let Some(wanted) = needs.calls_per_second.filter(|wanted| *wanted > cap.limit) else {
        return Ok((Some(cap.limit), 0));
    };
    let most = cap.max.unwrap_or(cap.limit).max(cap.limit);
    let step = plan.prices.per_calls_per_second.map_or(1.0, |price| price.step);
    let steps = libm::ceil((wanted - cap.limit) / step - 1e-9);
    if wanted > most || steps > 1e6 {
        return Err(Unfit::CallsPerSecond { most });
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a million")]
    let bought = steps as u32;
    Ok((Some((cap.limit + f64::from(bought) * step).min(most)), bought))
}

/// Share of a link that voice may fill.
const LINK_SHARE: f64 = 0.75;
/// How its packets are counted.
const PACKING: Packing = Packing { layer: Layer::Ethernet, ipv6: false, srtp: false };
const PTIME_S: f64 = 0.02;
/// Bits per second of speech in the common denominator of all phones: G.711.
const ANY_PHONE: f64 = 64_000.0;

/// Codecs whose bandwidth is known.
#[must_use]
pub fn is_known_codec(codec: &str) -> bool {
    bandwidth::codec_rate(codec).is_ok()
}

/// Calls that the firm's link carries, in the leanest codec that plan and phones have in common, one direction
/// of the link, 20 ms packets, at three quarters of its rate.
fn channels_of_link(plan: &Plan, needs: &Needs) -> Result<u32, Unfit> {
    let (sold, spoken) = (&plan.capacity.codecs, &needs.codecs);
    let is_in = |list: &[String], name: &str| {
        list.is_empty() || list.iter().any(|codec| codec.eq_ignore_ascii_case(name))
    };
    let either = if sold.is_empty() { spoken } else { sold };
    if either.is_empty() {
        // Nobody says which.
        return link(needs, ANY_PHONE);
    }
    let common = either.iter().filter(|codec| is_in(sold, codec) && is_in(spoken, codec));
    let leanest = common.filter_map(|codec| bandwidth::codec_rate(codec).ok()).min_by(f64::total_cmp);
    link(needs, leanest.ok_or(Unfit::Codecs)?)
}

fn link(needs: &Needs, codec_rate: f64) -> Result<u32, Unfit> {
    let Some(bits) = needs.link_bits_per_second else { return Ok(u32::MAX) };
    let per_call = bandwidth::call_rate(codec_rate, PTIME_S, PACKING).expect("packets of 20 ms are known");
    let calls = bandwidth::calls_that_fit(bits * LINK_SHARE, per_call);
    let calls = u32::try_from(calls).unwrap_or(u32::MAX);
    if calls == 0 { Err(Unfit::Link) } else { Ok(calls) }
}

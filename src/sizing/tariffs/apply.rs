//! From a plan to a scenario that is limited as the plan limits.

use std::sync::Arc;

use crate::pbx::Refusal;
use crate::pbx::config;
use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::tariff::Action;
use crate::tariff::Algorithm;
use crate::tariff::Fit;
use crate::tariff::Plan;
use crate::time::Duration;

/// Over which a plan's average holds, and for which its queue of calls is long, where it says no more than that it has
/// them.
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// How much of a plan is taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// The number of channels, one a call, and nothing else.
    ChannelsAlone,
    /// Every cap and rule.
    All,
}

/// The scenario with `growth` times the calls, in one pool of what the plan sells.
pub(super) fn apply(scenario: &Scenario, plan: &Plan, fit: &Fit, rules: Rules, growth: f64) -> Scenario {
    let mut limited = scenario.clone();
    limited.traffic.profile = scenario.traffic.profile.scaled(growth * fit.load);
    let pbx = &mut limited.pbx;
    (pbx.channels, pbx.legs, pbx.calls_per_second) = (Some(fit.channels), None, None);
    if rules == Rules::ChannelsAlone {
        return limited;
    }
    if let Some(legs) = leg_kinds(fit, fit.channels) {
        (pbx.channels, pbx.legs) = (None, Some(legs));
    }
    if let (Some(per_second), Some(cap)) = (fit.calls_per_second, plan.capacity.calls_per_second) {
        let algorithm = match cap.algorithm {
            Algorithm::TokenBucket => config::Algorithm::TokenBucket,
            Algorithm::FixedWindow => config::Algorithm::FixedWindow,
            Algorithm::Average => config::Algorithm::Average { period: FIVE_MINUTES },
            Algorithm::Queue => config::Algorithm::Queue { max_delay: FIVE_MINUTES },
        };
        pbx.calls_per_second = Some(config::RateLimit { per_second, burst: cap.burst, algorithm });
    }
    if let Some(most) = plan.capacity.queue_length_max {
        for queue in &mut pbx.queues {
            queue.max_length = Some(queue.max_length.map_or(most, |length| length.min(most)));
        }
    }
    over_cap(pbx, plan, fit);
    if let Some(most) = plan.capacity.call_duration_max {
        for caller in &mut limited.traffic.callers {
            let law = Box::new(caller.talk.clone());
            caller.talk = Distribution::Capped { law, most: most.as_secs_f64() };
        }
    }
    limited
}

/// A limit on legs, where some calls take more than one.
fn leg_kinds(fit: &Fit, limit: u32) -> Option<config::Legs> {
    let kind = |&(name, share, legs): &(&'static str, f64, u32)| config::LegKind {
        name: name.into(),
        share,
        legs: legs.min(limit),
    };
    let kinds: Vec<_> = fit.leg_kinds.iter().map(kind).collect();
    (!kinds.is_empty()).then_some(config::Legs { limit, kinds })
}

fn over_cap(pbx: &mut config::Config, plan: &Plan, fit: &Fit) {
    let refusal = match &plan.over_cap {
        Action::Refuse { status, reason, retry_after } => {
            Refusal::Status { status: *status, phrase: None, reason: *reason, retry_after: *retry_after }
        }
        Action::Busy => Refusal::status(486, Some(17)),
        Action::Drop => Refusal::Silence,
        Action::Burst { .. } => {
            // Where the plan counts legs, those over the cap are billed, and the channels that can be had are so many legs.
            let most = plan.capacity.channels_max;
            pbx.channels = most.filter(|_| fit.leg_kinds.is_empty());
            pbx.legs = leg_kinds(fit, most.unwrap_or(u32::MAX));
            Refusal::status(503, Some(34))
        }
        Action::Queue => {
            wait_at_provider(pbx, plan, fit.channels);
            Refusal::status(503, Some(34))
        }
    };
    for slot in [&mut pbx.refusal.channels, &mut pbx.refusal.legs, &mut pbx.refusal.calls_per_second] {
        *slot = refusal.clone();
    }
}

/// A queue before the channels: each channel serves as an agent who picks up at once.
fn wait_at_provider(pbx: &mut config::Config, plan: &Plan, channels: u32) {
    let now = Distribution::Constant { seconds: 0.0 };
    let channel = |index: u32| config::AgentConfig {
        name: format!("channel-{}", index + 1).into(),
        phone: None,
        answer_delay: now.clone(),
        no_answer: 0.0,
        wrap_up: now.clone(),
        presence: config::Presence::default(),
        qualification: crate::pbx::config::Qualification::default(),
    };
    pbx.agents = (0..channels).map(channel).collect();
    pbx.queues = vec![config::QueueConfig {
        name: Arc::from("provider"),
        numbers: Vec::new(),
        agents: (0..channels as usize).collect(),
        max_length: plan.capacity.queue_length_max,
        max_wait: None,
        ring_timeout: Duration::from_secs(15),
        retry: Duration::from_secs(5),
        answer: config::QueueAnswer::OnAgent,
        callback: None,
        policy: crate::pbx::config::Policy::default(),
    }];
    (pbx.channels, pbx.legs) = (None, None);
}

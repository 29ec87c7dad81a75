//! The PBX in short, for calls that nothing can hold up on their way.
//!
//! Where a firm has no more than channels, one line of callers and agents who pick up at once, all that is to be decided
//! about a call is whether it comes in, who takes it and who is next; a machine that can do everything else as well
//! ([`Pbx`](crate::pbx::Pbx)) spends several times as long on finding out that there is nothing else. This one is put
//! together of the same parts (admission, line, order of the idle, wrap-up) and leaves out what can't happen.
//!
//! [`StraightPbx::of`] reads the configuration whole, so that nothing new can be overlooked, and gives none where
//! anything could happen that is not here. That both machines decide every call alike is tested by their figures.
//! Not here: actions and books. Whoever wants those asks the other one.

use crate::outcome::Limiter;
use crate::pbx::admission::Admission;
use crate::pbx::admission::Offer;
use crate::pbx::admission::Refused;
use crate::pbx::agent::IdleTicket;
use crate::pbx::books::cause;
use crate::pbx::call::Place;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::Config;
use crate::pbx::config::QueueAnswer;
use crate::pbx::config::QueueConfig;
use crate::pbx::config::Refusal;
use crate::pbx::hunting;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::onward::Onward;
use crate::pbx::queue::Fifo;
use crate::pbx::queue::LongestIdle;
use crate::pbx::routing::Routing;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::{Duration, Instant};

/// Channels, and behind them nobody or one line with its agents. All times are people's.
#[derive(Debug)]
pub struct StraightPbx {
    admission: Admission,
    desk: Option<Desk>,
}

/// The line and who serves it.
#[derive(Debug)]
struct Desk {
    line: Fifo,
    idle: LongestIdle,
    max_length: Option<u32>,
    full: Refusal,
    agents: Vec<Wrapping>,
    next_place: u64,
    next_ticket: u64,
}

/// How an agent finishes up.
#[derive(Debug)]
struct Wrapping {
    wrap_up: Distribution,
    /// How long it takes, if that hangs on no draw.
    certain: Option<Duration>,
    stream: Stream,
}

/// What a call meets.
#[derive(Debug, Clone, PartialEq)]
pub enum Met {
    /// The PBX itself, standing in for whoever was called.
    Pbx,
    /// An agent who was idle.
    Agent(AgentId),
    /// The end of the line.
    Line(InLine),
    /// A refusal.
    TurnedAway(TurnedAway),
}

/// Where a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InLine(Place);

/// Why and how a call was turned away: what `Action::Reject` says.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnedAway {
    pub refusal: Refusal,
    pub limiter: Option<Limiter>,
    pub cause: &'static str,
    /// By the queue, not at the door.
    pub by_queue: bool,
}

/// What becomes of an agent whose conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freed {
    /// Finishes up for so long.
    WrapsUp(Duration),
    /// Is idle.
    Idle,
    /// Takes the first in line.
    Takes(CallId),
}

impl StraightPbx {
    /// The PBX of `config`, idle; none where its calls could meet anything that is not here.
    #[must_use]
    pub fn of(config: &Config, seed: Seed) -> Option<Self> {
        let routing = Routing::new(config);
        if !goes_straight(config) {
            return None;
        }
        let desk = match config.queues.as_slice() {
            [] => None,
            [queue] if routing.only_queue() == Some(0) => Some(Desk::of(config, queue, seed)),
            _ => return None,
        };
        Some(Self { admission: Admission::new(config, seed), desk })
    }

    /// A call comes to the door.
    #[inline]
    pub fn offer(&mut self, now: Instant, call: CallId) -> Met {
        let offer = Self::offered(call);
        if let Err(refused) = self.admission.admit(now, offer) {
            return Met::TurnedAway(TurnedAway::at_the_door(refused));
        }
        let Some(desk) = &mut self.desk else { return Met::Pbx };
        if let Some(agent) = desk.idle.take_next() {
            return Met::Agent(agent);
        }
        if desk.max_length.is_some_and(|limit| desk.line.len() >= limit) {
            let refusal = desk.full.clone();
            self.release([now; 2], call);
            return Met::TurnedAway(TurnedAway {
                refusal,
                limiter: None,
                cause: cause::QUEUE_FULL,
                by_queue: true,
            });
        }
        Met::Line(desk.join(call))
    }

    /// Somebody's talk, from one instant to now, is over.
    #[inline]
    pub fn talk_over(&mut self, talk: [Instant; 2], call: CallId) {
        self.release(talk, call);
    }

    /// The agent of that talk comes free.
    ///
    /// # Panics
    /// If there are no agents.
    #[inline]
    pub fn hangs_up(&mut self, agent: AgentId) -> Freed {
        let desk = self.desk.as_mut().expect("an agent sits at a desk");
        let wrapping = &mut desk.agents[agent.0 as usize];
        let lasting = wrapping.certain.unwrap_or_else(|| wrapping.wrap_up.sample(&mut wrapping.stream));
        if lasting.is_zero() { desk.free(agent) } else { Freed::WrapsUp(lasting) }
    }

    /// The agent has finished up.
    ///
    /// # Panics
    /// If there are no agents.
    #[inline]
    pub fn wrapped_up(&mut self, agent: AgentId) -> Freed {
        self.desk.as_mut().expect("an agent sits at a desk").free(agent)
    }

    /// A caller leaves the line.
    ///
    /// # Panics
    /// If the caller does not stand there.
    pub fn leaves_line(&mut self, now: Instant, call: CallId, place: InLine) {
        let desk = self.desk.as_mut().expect("a line belongs to a desk");
        desk.line.leave(place.0);
        self.release([now; 2], call);
    }

    #[inline]
    fn release(&mut self, [connected, now]: [Instant; 2], call: CallId) {
        if self.admission.is_open() {
            self.admission.release_open();
        } else {
            self.admission.release(now, Self::offered(call), now - connected);
        }
    }

    /// Numbers make a difference only to limits on parts of the calls, and to links with several codecs, which are not
    /// here.
    const fn offered(call: CallId) -> Offer<'static> {
        Offer { call, from: "", to: "" }
    }
}

impl TurnedAway {
    fn at_the_door(refused: Refused) -> Self {
        let Refused { limiter, cause, scope: _, refusal } = refused;
        Self { refusal, limiter, cause, by_queue: false }
    }
}

impl Desk {
    fn of(config: &Config, queue: &QueueConfig, seed: Seed) -> Self {
        let mut desk = Self {
            line: Fifo::new(config.newest_first),
            idle: LongestIdle::default(),
            max_length: queue.max_length,
            full: config.refusal.queue_full.clone(),
            agents: Vec::with_capacity(config.agents.len()),
            next_place: 0,
            next_ticket: 0,
        };
        for (index, agent) in (0..).zip(&config.agents) {
            let mut stream = seed.stream(Purpose::Pbx, 1 + u64::from(index));
            let is_certain = matches!(agent.wrap_up, Distribution::Constant { .. });
            let certain = is_certain.then(|| agent.wrap_up.sample(&mut stream));
            desk.agents.push(Wrapping { wrap_up: agent.wrap_up.clone(), certain, stream });
            desk.free(AgentId(index));
        }
        desk
    }

    fn join(&mut self, call: CallId) -> InLine {
        let place = Place { behind: 0, entry: self.next_place };
        self.next_place += 1;
        self.line.put(place, call);
        InLine(place)
    }

    /// The agent takes the first in line, or begins a new idle time behind all who are idle already.
    #[inline]
    fn free(&mut self, agent: AgentId) -> Freed {
        if let Some((place, call)) = self.line.ring_next() {
            self.line.leave(place);
            return Freed::Takes(call);
        }
        self.idle.add(agent, IdleTicket(self.next_ticket));
        self.next_ticket += 1;
        Freed::Idle
    }
}

/// Whether the calls of `config` meet nothing but channels and, perhaps, a line with agents who pick up at once.
fn goes_straight(config: &Config) -> bool {
    let Config {
        // Whatever they are: the same `Admission` keeps them.
        channels: _,
        billed_channels: _,
        channel_changes: _,
        capacity: _,
        // A refusal by what is not here is never seen.
        refusal,
        // What is written into books only.
        cdr_detail: _,
        // Asked by `hunting::has_policies`.
        callers: _,
        // The line does as it says.
        newest_first: _,
        voicemail,
        calls_per_second,
        scopes,
        bandwidth,
        processor,
        recording,
        legs,
        answer_delay,
        extensions,
        menus,
        queues,
        agents,
        table,
        opening,
        blacklist,
        hook,
        triggers,
        wrap_up_codes,
        contacts,
    } = config;
    let refusals = [&refusal.channels, &refusal.queue_full];
    let door = calls_per_second.is_none()
        && scopes.is_empty()
        && bandwidth.is_none()
        && processor.is_none()
        && recording.is_none()
        && legs.is_none()
        && refusals.into_iter().all(|refusal| matches!(refusal, Refusal::Status { .. }));
    let way = extensions.is_empty()
        && menus.is_empty()
        && voicemail.is_none()
        && table.is_none()
        && opening.is_none()
        && blacklist.is_none()
        && hook.is_none()
        && triggers.is_empty();
    door && way
        && is_at_once(answer_delay)
        && contacts.is_empty()
        && wrap_up_codes.is_empty()
        && !hunting::has_policies(config)
        && queues.iter().all(|queue| keeps_callers(queue, agents.len()))
        && agents.iter().all(picks_up_at_once)
}

/// Whether the queue keeps every caller until one of all agents comes free or the caller leaves.
fn keeps_callers(queue: &QueueConfig, agents: usize) -> bool {
    let QueueConfig {
        name: _,
        numbers: _,
        agents: members,
        max_length: _,
        max_wait,
        ring_timeout,
        // Phones never ring in vain.
        retry: _,
        answer,
        callback,
        policy,
    } = queue;
    max_wait.is_none()
        && !ring_timeout.is_zero()
        && *answer == QueueAnswer::OnAgent
        && callback.is_none()
        && policy.is_default()
        && policy.onward == Onward::default()
        && policy.transfers.is_empty()
        && agents > 0
        && members.len() == agents
        && (0..agents).all(|agent| members.contains(&agent))
}

fn picks_up_at_once(agent: &AgentConfig) -> bool {
    let AgentConfig {
        name: _,
        phone,
        answer_delay,
        no_answer,
        wrap_up: _,
        presence,
        // Asked by `hunting::has_policies`.
        qualification: _,
    } = agent;
    phone.is_none() && is_at_once(answer_delay) && *no_answer <= 0.0 && presence.is_constant()
}

fn is_at_once(delay: &Distribution) -> bool {
    matches!(delay, Distribution::Constant { seconds } if *seconds <= 0.0)
}

//! The index finds what looking at everybody finds, and looks at few.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::pbx::agent::IdleTicket;
use crate::pbx::config::{AgentConfig, CallerType, Config, Qualification, QueueAnswer, QueueConfig};
use crate::pbx::input::{AgentId, CallId};
use crate::pbx::presence::Presence;
use crate::pbx::queue::announce::Sentence;
use crate::pbx::queue::config::{Absent, Announce, Policy, RetryOf};
use crate::pbx::queue::empty::Doing;
use crate::pbx::queue::hunt::InVain;
use crate::pbx::queue::owner::OwnerFirst;
use crate::random::{Distribution, Purpose, Seed};

/// Four agents of penalties 0 to 3; the third alone has what callers of the second type need.
fn hunt(policy: Policy) -> Hunt {
    let agent = |penalty: u32| AgentConfig {
        name: format!("agent-{penalty}").into(),
        phone: None,
        answer_delay: Distribution::Constant { seconds: 0.0 },
        no_answer: 0.0,
        wrap_up: Distribution::Constant { seconds: 0.0 },
        presence: Presence::default(),
        qualification: Qualification {
            penalty,
            skills: if penalty == 2 { vec!["loans".into()] } else { Vec::new() },
            ..Qualification::default()
        },
    };
    let queue = QueueConfig {
        name: "sales".into(),
        numbers: Vec::new(),
        agents: vec![0, 1, 2, 3],
        max_length: None,
        max_wait: None,
        ring_timeout: Duration::from_secs(15),
        retry: Duration::from_secs(3),
        answer: QueueAnswer::OnAgent,
        callback: None,
        policy,
    };
    let caller = |name: &str, skill: Option<&str>| CallerType {
        name: name.into(),
        priority: 0,
        language: None,
        skill: skill.map(Into::into),
    };
    let config = Config {
        queues: vec![queue],
        agents: (0..4).map(agent).collect(),
        callers: vec![caller("any", None), caller("loan", Some("loans"))],
        ..Config::default()
    };
    Hunt::new(&config, 0, Seed(1).stream(Purpose::Pbx, 0))
}

const SENTENCES: Announce = Announce {
    every: Duration::from_secs(60),
    lasts: Duration::from_secs(5),
    least: Duration::from_secs(15),
};

fn any_policy() -> impl Strategy<Value = Policy> {
    let strategies = [
        StrategyKind::LongestIdle,
        StrategyKind::RingAll,
        StrategyKind::RingProgressively { delay: Duration::from_secs(2) },
        StrategyKind::Sequential,
        StrategyKind::TopDown,
    ];
    let flags = prop::array::uniform8(any::<bool>());
    (prop::sample::select(strategies.to_vec()), flags, 0..4_u32).prop_map(|(strategy, flags, max)| Policy {
        strategy,
        first_only: flags[0] && flags[1],
        recheck: (flags[1] && flags[2]).then_some(Duration::from_secs(1)),
        retry: if flags[2] { RetryOf::Caller } else { RetryOf::Agent },
        window: Window { min: None, max: flags[3].then_some(max), raise: flags[4].then_some(max * 2) },
        steps: if flags[3] { Steps::Every(Duration::from_secs(4)) } else { Steps::None },
        leave_empty: Some(Absent { in_use: flags[5], penalty: flags[6], ..Absent::default() }),
        announce: flags[7].then_some(Announce {
            every: Duration::from_secs(6),
            lasts: Duration::from_secs(2),
            least: Duration::from_secs(u64::from(max)),
        }),
        owner: Some(OwnerFirst { wait: Duration::from_secs(7), ..OwnerFirst::default() }),
        ..Policy::default()
    })
}

/// The first turn by the definition: everybody is looked at, in order.
fn first_turn_of_all(hunt: &Hunt, now: Instant, held: &Held<'_>) -> Option<Place> {
    let available = hunt.available(now);
    if available == 0 {
        return None;
    }
    let is_reserved =
        |turn: &Turn| turn.reserved(now).is_some() && turn.may_ring(now) && turn.rests_until <= now;
    let mut reserved = hunt.line.iter().filter(|(_, turn)| is_reserved(turn));
    if let Some((place, _)) = reserved.find(|(_, turn)| !hunt.free_for(turn, now, held).is_empty()) {
        return Some(place);
    }
    let mut resting = 0;
    let reach = if hunt.policy.first_only { 1 } else { hunt.line.len() };
    for (place, turn) in hunt.line.iter().take(reach) {
        if !turn.may_ring(now) {
            continue;
        }
        if resting >= available {
            return None;
        }
        if hunt.free_for(turn, now, held).is_empty() {
            continue;
        }
        if turn.rests_until <= now {
            return Some(place);
        }
        resting += 1;
    }
    None
}

/// The positions that are due to be told, by the definition.
fn to_tell_of_all(hunt: &Hunt, now: Instant) -> Vec<(CallId, u32)> {
    let Some(announce) = hunt.policy.announce else { return Vec::new() };
    let told = hunt.line.iter().zip(1..).filter(|((_, turn), position)| {
        let is_due = turn.announced.is_none_or(|(begun, named)| {
            let pause = if named == *position { announce.every } else { announce.every.min(announce.least) };
            now - begun >= pause
        });
        is_due && turn.ringing.is_empty() && turn.rests_until <= now
    });
    told.map(|((_, turn), position)| (turn.call, position)).collect()
}

fn leavers_of_all(hunt: &Hunt, now: Instant, doing: impl Fn(AgentId) -> Doing) -> Vec<CallId> {
    let Some(absent) = hunt.policy.leave_empty else { return Vec::new() };
    let waiting = hunt.line.iter().filter(|(_, turn)| turn.ringing.is_empty());
    let leaves = waiting.filter(|(_, turn)| {
        let window = hunt.policy.steps.window(hunt.policy.window, now - turn.entered, hunt.lowest);
        hunt.is_empty(absent, window, now, &doing)
    });
    leaves.map(|(_, turn)| turn.call).collect()
}

fn next_change_of_all(hunt: &Hunt, now: Instant) -> Option<Instant> {
    let pauses = hunt.members.iter().filter_map(Member::pause_end).filter(|end| *end > now);
    hunt.line.iter().filter_map(|(_, turn)| hunt.change_of(turn, now)).chain(pauses).min()
}

/// Everybody is filed as they are, once.
fn is_filed(hunt: &Hunt, now: Instant) {
    for (place, turn) in hunt.line.iter() {
        assert_eq!(turn.filed, Some(hunt.filing(turn, now)), "{place:?}");
    }
    let groups = hunt.index.groups.values();
    let waiting: usize = groups.map(|group| group.ready.len() + group.resting.len()).sum();
    assert_eq!(waiting + hunt.index.ringing.len(), hunt.line.len());
    let ringing = hunt.line.iter().filter(|(_, turn)| !turn.ringing.is_empty()).map(|(place, _)| place);
    assert_eq!(hunt.index.ringing, ringing.collect());
}

/// A hunt to which anything happens, and what the PBX would do about it.
struct Desk {
    hunt: Hunt,
    now: Instant,
    entered: u64,
    /// Not on the phone, and not ringing.
    idle: BTreeSet<u32>,
    held: u32,
}

impl Desk {
    fn set_idle(&mut self, agent: u32, idle: bool) {
        let ticket = idle.then_some(IdleTicket(self.now.as_nanos()));
        self.hunt.set_free(AgentId(agent), ticket);
        if idle {
            self.idle.insert(agent)
        } else {
            self.idle.remove(&agent)
        };
    }

    /// The `which`th phone that rings.
    fn ringing(&self, which: usize) -> Option<(Place, AgentId)> {
        let phones = self
            .hunt
            .line
            .iter()
            .flat_map(|(place, turn)| turn.ringing.iter().map(move |agent| (place, *agent)));
        let phones: Vec<(Place, AgentId)> = phones.collect();
        (!phones.is_empty()).then(|| phones[which % phones.len()])
    }

    fn anyone(&self, which: usize) -> Option<Place> {
        let len = self.hunt.line.len();
        self.hunt.line.iter().nth(which.checked_rem(len)?).map(|(place, _)| place)
    }

    fn leaves(&mut self, place: Place) {
        for agent in self.hunt.leave(place) {
            self.set_idle(agent.0, true);
        }
    }

    fn happens(&mut self, what: u8, which: usize) {
        let (now, agent) = (self.now, u32::try_from(which % 4).unwrap());
        match what {
            0..=2 => {
                let place = Place { behind: i32::from(what / 2), entry: self.entered };
                let since =
                    Instant::from_nanos(now.as_nanos().saturating_sub(which as u64 % 7 * 1_000_000_000));
                self.hunt.enter(place, CallId(self.entered), which % 2, since);
                self.hunt.bring_up_to(now);
                self.entered += 1;
            }
            3 => self.anyone(which).into_iter().for_each(|place| self.leaves(place)),
            4 | 5 => {
                let how = if what == 4 { InVain::RangOut } else { InVain::Declined };
                if let Some((place, agent)) = self.ringing(which) {
                    self.hunt.rang_in_vain(place, agent, now, how);
                    self.set_idle(agent.0, true);
                }
            }
            6 => {
                if let Some((place, agent)) = self.ringing(which) {
                    self.leaves(place);
                    self.set_idle(agent.0, false);
                }
            }
            7 if self.idle.contains(&agent) => self.set_idle(agent, false),
            8 if self.ringing_agents().contains(&agent) => {}
            7 | 8 => self.set_idle(agent, true),
            9 => self.hunt.pause(AgentId(agent), Some(now + Duration::from_secs(which as u64 % 9))),
            10 => {
                if let Some(place) = self.anyone(which) {
                    self.hunt.reserve(place, AgentId(agent), now);
                }
            }
            _ => self.held = u32::try_from(which % 16).unwrap(),
        }
    }

    fn ringing_agents(&self) -> BTreeSet<u32> {
        self.hunt.line.iter().flat_map(|(_, turn)| turn.ringing.iter().map(|agent| agent.0)).collect()
    }

    /// What the PBX does after an event, each step beside its definition.
    fn settles(&mut self) {
        let now = self.now;
        self.hunt.bring_up_to(now);
        self.hunt.end_pauses(now);
        loop {
            is_filed(&self.hunt, now);
            let held = self.held;
            let held = |agent: AgentId| held >> agent.0 & 1 == 1;
            let first = self.hunt.first_turn(now, &held);
            assert_eq!(first, first_turn_of_all(&self.hunt, now, &held));
            let Some(place) = first else { break };
            let (agents, _) = self.hunt.choose(place, now, &held);
            for agent in agents {
                self.hunt.rings(place, agent, now);
                self.set_idle(agent.0, false);
            }
        }
        let idle = self.idle.clone();
        let doing = |agent: AgentId| if idle.contains(&agent.0) { Doing::Free } else { Doing::InUse };
        assert_eq!(self.hunt.leavers(now, doing), leavers_of_all(&self.hunt, now, doing));
        self.hunt.look_again_later(now);
        let expected = to_tell_of_all(&self.hunt, now);
        let told = self.hunt.announce(now, |_| true);
        assert_eq!(told.iter().map(|said| (said.call, said.position)).collect::<Vec<_>>(), expected);
        is_filed(&self.hunt, now);
        assert_eq!(self.hunt.next_change(now), next_change_of_all(&self.hunt, now));
    }
}

proptest! {
    /// Turns, leavers, sentences and the next change are those that looking at everybody finds, whatever happens.
    #[test]
    fn the_index_finds_what_looking_at_everybody_finds(
        policy in any_policy(),
        events in prop::collection::vec((0..12_u8, 0..1_000_usize, 0..3_000_u64), 1..150),
    ) {
        let mut desk =
            Desk { hunt: hunt(policy), now: Instant::ZERO, entered: 0, idle: BTreeSet::new(), held: 0 };
        for (what, which, pause) in events {
            let next = desk.now + Duration::from_millis(pause);
            while let Some(at) = desk.hunt.next_change(desk.now).filter(|at| *at < next) {
                desk.now = at;
                desk.settles();
            }
            desk.now = next;
            desk.hunt.bring_up_to(next);
            desk.happens(what, which);
            desk.settles();
        }
    }
}

/// What one event made of a line: sentences begun, callers looked at for that.
fn settle(hunt: &mut Hunt, now: Instant) -> (usize, usize) {
    let mut looks = 0;
    while let Some((_, place)) = hunt.index.next_change().filter(|(at, _)| *at <= now) {
        hunt.refile(place, now);
        looks += 1;
    }
    assert_eq!(hunt.first_turn(now, &|_| false), None);
    let places = hunt.index.take_to_tell();
    looks += places.len();
    let said: Vec<Sentence> =
        places.into_iter().filter_map(|place| hunt.begin_sentence(place, now)).collect();
    (said.len(), looks)
}

/// Three thousand callers hear a sentence every minute for ten, and the first gives up every ten seconds. Looking at
/// everybody at every event would be a thousand times as many looks.
#[test]
fn a_long_line_costs_as_much_as_is_said_in_it() {
    const CALLERS: u64 = 3_000;
    let mut hunt = hunt(Policy { announce: Some(SENTENCES), ..Policy::default() });
    let (mut said, mut looks, mut events) = (0, 0, 0);
    let mut count = |(sentences, looked): (usize, usize)| {
        (said, looks, events) = (said + sentences, looks + looked, events + 1);
    };
    let place = |entry| Place { behind: 0, entry };
    for caller in 0..CALLERS {
        let now = Instant::ZERO + Duration::from_millis(3 * caller);
        hunt.enter(place(caller), CallId(caller), 0, now);
        count(settle(&mut hunt, now));
    }
    let mut now = Instant::ZERO + Duration::from_secs(10);
    for caller in 0..60 {
        let next = now + Duration::from_secs(10);
        while let Some(at) = hunt.next_change(now).filter(|at| *at < next) {
            now = at;
            count(settle(&mut hunt, now));
        }
        now = next;
        hunt.leave(place(caller));
        count(settle(&mut hunt, now));
    }
    assert!(said > 30_000 && events > 30_000, "{said} sentences in {events} events");
    assert!(looks < 6 * said, "{looks} looks for {said} sentences");
}

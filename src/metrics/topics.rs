//! What callers want, and whether they want it more often: contacts by class of callers, by number dialled and by key in
//! a menu, the second half of a run against the first.
//!
//! Under the plan of a run both halves have shares of the contacts that are known. Given how many there were in all, the
//! second half's number is binomial (two Poisson counts compared by the exact conditional test of Przyborowski and
//! Wilenski, 1940).
//!
//! How many come to a menu the plan does not say: the firm may be closed, the lines engaged, callers dial again. A key is
//! therefore compared with whatever else callers did in the same menu, half against half: given the sums of that table of
//! four the number is hypergeometric (Fisher's exact test, 1935), whatever the hours were.
//!
//! A topic is marked when it grew by a fifth or more beyond that and the test says that it is no chance, at 5 % over all
//! topics that are compared (Bonferroni): where none grows, at most one report in 20 has a mark.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use statrs::distribution::Binomial;
use statrs::distribution::DiscreteCDF;
use statrs::distribution::Hypergeometric;

use crate::metrics::slices::Merge;
use crate::metrics::slices::Slices;
use crate::outcome::CallRecord;
use crate::outcome::Phase;
use crate::outcome::menu::Exit;
use crate::time::{Duration, Instant};

/// Topics beyond these are not told apart.
const TOPICS_MAX: usize = 500;
/// With fewer contacts in all, nothing is compared: no growth would be more than chance.
const CONTACTS_MIN: u64 = 20;
/// Growth that is worth a mark.
const GROWTH_MARKED: f64 = 0.2;
/// Chance of a mark in a report in which no topic grows.
const FALSE_ALARMS: f64 = 0.05;

/// What a contact is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Branch(Arc<str>, crate::keypad::Key),
    Class(Arc<str>),
    Number(Arc<str>),
}

/// Contacts of one slice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Contacts(u64);

impl Merge for Contacts {
    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }
}

/// Contacts by topic and time.
#[derive(Debug)]
pub struct Topics {
    extent: Option<Duration>,
    counts: BTreeMap<Topic, Slices<Contacts>>,
    /// All who left a menu of their own accord, by menu.
    menus: BTreeMap<Arc<str>, Slices<Contacts>>,
    from: Instant,
    last: Instant,
}

/// One topic, the two halves compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// class, number or branch.
    pub kind: String,
    /// Name of the class, the number, or menu and key.
    pub topic: String,
    /// Contacts in the first half of the measured time.
    pub before: u64,
    pub after: u64,
    /// How much more the second half had than the plan of both leads to expect, 0.5 for half as much again; of a key, more
    /// than all else that callers did in its menu leads to expect. Absent where the first half had none.
    pub growth: Option<f64>,
    /// Chance of so many or more in the second half if nothing has grown.
    pub p: f64,
    /// A fifth or more, and no chance.
    pub flagged: bool,
}

impl Topics {
    /// Contacts of a run that lasts `extent`, where that is known, and measures from `from` on.
    #[must_use]
    pub fn new(extent: Option<Duration>, from: Instant) -> Self {
        Self { extent, counts: BTreeMap::new(), menus: BTreeMap::new(), from, last: from }
    }

    /// An attempt has ended. A contact counts once, however often the caller dials.
    pub fn add(&mut self, record: &CallRecord) {
        if record.attempt == 0 && record.phase == Phase::Measured {
            self.count(record.intended_start, Topic::Class(Arc::clone(&record.class)));
            self.count(record.intended_start, Topic::Number(Arc::clone(&record.did)));
        }
    }

    /// A caller left a menu.
    pub fn left_menu(&mut self, at: Instant, menu: &Arc<str>, exit: Exit) {
        if at < self.from || exit == Exit::CutShort {
            return;
        }
        if self.menus.len() < TOPICS_MAX || self.menus.contains_key(menu) {
            let extent = self.extent;
            self.menus.entry(Arc::clone(menu)).or_insert_with(|| Slices::new(extent)).at(at).0 += 1;
        }
        if let Some(key) = exit.key() {
            self.count(at, Topic::Branch(Arc::clone(menu), key));
        }
    }

    fn count(&mut self, at: Instant, topic: Topic) {
        self.last = self.last.max(at);
        if self.counts.len() >= TOPICS_MAX && !self.counts.contains_key(&topic) {
            return;
        }
        let extent = self.extent;
        self.counts.entry(topic).or_insert_with(|| Slices::new(extent)).at(at).0 += 1;
    }

    /// The topics, those that grew most beyond chance first. `planned` is the number of contacts that the plan has between
    /// two times, in seconds: only the proportion of the halves matters.
    #[must_use]
    pub fn finish(self, planned: impl Fn(f64, f64) -> f64) -> Vec<Trend> {
        // The coarsest slices of all say where the halves meet.
        let width = self
            .counts
            .values()
            .chain(self.menus.values())
            .map(Slices::width)
            .max()
            .unwrap_or(Duration::ZERO)
            .as_secs_f64();
        let (from, end) = (
            self.from.as_secs_f64(),
            self.extent.map_or(self.last.as_secs_f64(), |extent| extent.as_secs_f64()),
        );
        let middle = if width > 0.0 { (f64::midpoint(from, end) / width).round() * width } else { end };
        let (first, second) = (planned(from, middle), planned(middle, end));
        if !(first > 0.0 && second > 0.0) {
            return Vec::new();
        }
        let share = second / (first + second);
        let compared: Vec<(Topic, u64, u64)> = self.compared(middle).collect();
        let alone = |kind: &str| compared.iter().filter(|(topic, ..)| topic.kind() == kind).count() < 2;
        let alone = ["branch", "class", "number"].map(|kind| (kind, alone(kind)));
        let compared: Vec<_> =
            compared.into_iter().filter(|(topic, ..)| !alone.contains(&(topic.kind(), true))).collect();
        let limit = FALSE_ALARMS / real(compared.len() as u64).max(1.0);
        let mut trends: Vec<Trend> = compared
            .iter()
            .map(|(topic, before, after)| {
                let beside = match topic {
                    Topic::Branch(menu, _) => self.menus.get(menu).map(|menu| halves(menu, middle)),
                    Topic::Class(_) | Topic::Number(_) => None,
                };
                let expected = beside.map_or(Expected::Planned { share }, |(first, second)| {
                    Expected::Beside { before: first - before, after: second - after }
                });
                trend(topic, (*before, *after), expected, limit)
            })
            .collect();
        trends.sort_by(|one, other| one.p.total_cmp(&other.p));
        trends
    }

    /// Topics of which there is enough, with the contacts before and after `middle`, in seconds.
    fn compared(&self, middle: f64) -> impl Iterator<Item = (Topic, u64, u64)> + '_ {
        self.counts.iter().filter_map(move |(topic, slices)| {
            let (before, after) = halves(slices, middle);
            (before + after >= CONTACTS_MIN).then(|| (topic.clone(), before, after))
        })
    }
}

impl Topic {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Branch(..) => "branch",
            Self::Class(_) => "class",
            Self::Number(_) => "number",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Branch(menu, key) => format!("{menu} · {key}"),
            Self::Class(name) | Self::Number(name) => name.to_string(),
        }
    }
}

/// What the halves of a topic are held against.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// The second half's part of the contacts that the plan has, above 0 and below 1.
    Planned { share: f64 },
    /// Whatever else callers did in the same menu.
    Beside { before: u64, after: u64 },
}

/// Contacts before and after `middle`, in seconds.
fn halves(slices: &Slices<Contacts>, middle: f64) -> (u64, u64) {
    let width = slices.width().as_secs_f64();
    let (mut before, mut after) = (0, 0);
    for (place, contacts) in (0_u64..).zip(slices.items()) {
        let half = if (real(place) + 0.5) * width < middle { &mut before } else { &mut after };
        *half += contacts.0;
    }
    (before, after)
}

fn trend(topic: &Topic, (before, after): (u64, u64), expected: Expected, limit: f64) -> Trend {
    let ratio = (before > 0).then(|| real(after) / real(before));
    let (p, growth) = match expected {
        Expected::Planned { share } => {
            // P(X ≥ after) = P(X > after − 1).
            let binomial = Binomial::new(share, before + after);
            let binomial = binomial.expect("a share of some contacts is a probability");
            let p = if after == 0 { 1.0 } else { binomial.sf(after - 1) };
            (p, ratio.map(|ratio| ratio * (1.0 - share) / share - 1.0))
        }
        Expected::Beside { before: first, after: second } => {
            let growth = ratio.filter(|_| second > 0).map(|ratio| ratio * real(first) / real(second) - 1.0);
            (as_many_or_more((before, after), (first, second)), growth)
        }
    };
    let flagged = p < limit && growth.is_none_or(|growth| growth >= GROWTH_MARKED);
    Trend { kind: topic.kind().to_owned(), topic: topic.name(), before, after, growth, p, flagged }
}

/// The chance that of all contacts of a topic so many or more fall into the second half, if they do as the others:
/// P(X ≥ after) of the hypergeometric law.
fn as_many_or_more((before, after): (u64, u64), (first, second): (u64, u64)) -> f64 {
    let (topic, later) = (before + after, after + second);
    let law = Hypergeometric::new(topic + first + second, topic, later);
    let law = law.expect("a part of all contacts is no more than all of them");
    // A sum of roundings may pass 1 by a trifle.
    if after == 0 { 1.0 } else { law.sf(after - 1).min(1.0) }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keypad::Key;
    use crate::random::{Purpose, Seed};

    const HOUR: f64 = 3_600.0;

    /// Ten keys, each pressed at `rate` an hour for 100 hours; key 3 more often in the second half.
    fn played(seed: u64, rate: f64, factor: f64) -> Vec<Trend> {
        played_while(seed, rate, factor, |_| true)
    }

    /// The same, while the firm is open.
    fn played_while(seed: u64, rate: f64, factor: f64, is_open: impl Fn(f64) -> bool) -> Vec<Trend> {
        let end = 100.0 * HOUR;
        let mut topics = Topics::new(Some(Duration::from_secs_f64(end)), Instant::ZERO);
        let menu: Arc<str> = "main".into();
        for key in "0123456789".chars() {
            let mut stream = Seed(seed).stream(Purpose::Arrivals, u64::from(u32::from(key)));
            let mut at = 0.0;
            loop {
                let faster = if key == '3' && at >= end / 2.0 { factor } else { 1.0 };
                at += stream.exponential() / (rate * faster / HOUR);
                if at >= end {
                    break;
                }
                if !is_open(at) {
                    continue;
                }
                let exit = Exit::Chose(Key::from_character(key).unwrap());
                topics.left_menu(Instant::from_secs_f64(at), &menu, exit);
            }
        }
        topics.finish(|from, to| to - from)
    }

    /// Half as many again on one topic is told, and all others are silent.
    #[test]
    fn planted_growth_on_one_topic_is_flagged_and_the_others_are_silent() {
        let trends = played(91, 4.0, 1.5);
        assert_eq!(trends.len(), 10);
        let flagged: Vec<&str> =
            trends.iter().filter(|trend| trend.flagged).map(|trend| &*trend.topic).collect();
        assert_eq!(flagged, ["main · 3"]);
        assert!((trends[0].growth.unwrap() - 0.5).abs() < 0.3, "{:?}", trends[0]);
    }

    /// Of 200 reports in which nothing grows, at most one in 20 has a mark: 10, and three deviations are 9.
    #[test]
    fn false_alarms_are_as_rare_as_is_said() {
        let alarms =
            (0..200).filter(|seed| played(*seed, 1.0, 1.0).iter().any(|trend| trend.flagged)).count();
        assert!(alarms <= 19, "{alarms} of 200");
    }

    /// The firm is open for 10 hours of the first half and for 40 of the second: nothing has grown, and what has is told.
    #[test]
    fn opening_hours_are_no_growth() {
        let hours = |at: f64| (40.0 * HOUR..90.0 * HOUR).contains(&at);
        let alarms = |seed: &u64| played_while(*seed, 4.0, 1.0, hours).iter().any(|trend| trend.flagged);
        let alarms = (0..200).filter(alarms).count();
        assert!(alarms <= 19, "{alarms} of 200");
        let told = |seed| {
            let trends = played_while(seed, 30.0, 1.5, hours);
            let flagged = trends.into_iter().filter(|trend| trend.flagged).map(|trend| trend.topic);
            flagged.collect::<Vec<_>>()
        };
        for seed in 0..5 {
            assert_eq!(told(seed), ["main · 3"], "seed {seed}");
        }
        // A menu that nobody could reach in the first half.
        let opened_late = played_while(1, 4.0, 1.5, |at| at > 60.0 * HOUR);
        assert!(opened_late.len() == 10 && opened_late.iter().all(|trend| !trend.flagged), "{opened_late:?}");
    }

    /// Fisher's lady who tastes tea: three or four cups of four right by chance in 17 of 70 cases; and both ends.
    #[test]
    fn the_chance_is_that_of_fishers_exact_test() {
        let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} is not {other}");
        close(as_many_or_more((1, 3), (3, 1)), 17.0 / 70.0);
        close(as_many_or_more((3, 1), (1, 3)), 69.0 / 70.0);
        close(as_many_or_more((0, 4), (4, 0)), 1.0 / 70.0);
        close(as_many_or_more((4, 0), (0, 4)), 1.0);
        close(as_many_or_more((0, 5), (0, 0)), 1.0);
        close(as_many_or_more((0, 590), (0, 300)), 1.0);
    }

    /// A jump of a fifth is told where there are contacts enough, and ten times fewer are silent.
    #[test]
    fn a_jump_of_a_fifth_needs_contacts_enough_to_be_no_chance() {
        let flagged = |rate, factor| played(68, rate, factor).iter().filter(|trend| trend.flagged).count();
        assert_eq!(flagged(40.0, 1.3), 1);
        assert_eq!(flagged(1.0, 1.3), 0);
        assert_eq!(flagged(400.0, 1.1), 0, "no chance, but not a fifth");
    }

    /// What the plan brings more of is no growth.
    #[test]
    fn a_busier_second_half_that_was_planned_is_no_growth() {
        let mut topics = Topics::new(Some(Duration::from_secs(7_200)), Instant::ZERO);
        let menu: Arc<str> = "main".into();
        for (half, calls) in [(0_u64, 100_u64), (1, 300)] {
            for call in 0..calls {
                for key in ['1', '2'] {
                    let at = Instant::ZERO + Duration::from_secs(half * 3_600 + call * 3_600 / calls);
                    topics.left_menu(at, &menu, Exit::Contained(Key::from_character(key).unwrap()));
                }
            }
        }
        let planned = |from: f64, to: f64| {
            let before = (to.min(HOUR) - from).max(0.0);
            before + 3.0 * (to - from - before)
        };
        for trend in topics.finish(planned) {
            assert_eq!((trend.before, trend.after, trend.flagged), (100, 300, false));
            assert!(trend.growth.unwrap().abs() < 1e-9, "{trend:?}");
        }
    }
}

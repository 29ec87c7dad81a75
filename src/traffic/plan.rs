//! The list of first attempts of a run, drawn one at a time.
//!
//! The list follows from (scenario, seed) alone. Arrival times come from one stream and are cheap, so every
//! thread or host draws them all; everything else about attempt i comes from attempt i's own stream, and is
//! drawn only where its shard is wanted. Memory does not grow with the number of calls.

use std::sync::Arc;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::random::Streams;
use crate::text::share;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::Traffic;
use crate::traffic::arrivals::ArrivalTimes;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::callers::CallerClass;
use crate::traffic::habits::Intent;
use crate::traffic::profile::Intensity;
use crate::traffic::sources::Sources;

/// Virtual shards to which attempts are dealt: attempt i and its redials belong to shard i mod 64, so that
/// the list of calls is the same for any number of threads or hosts.
pub const SHARDS: u64 = 64;

/// What one caller intends, drawn before the run from (scenario, seed, index). People's time throughout.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPlan {
    /// The place of the first attempt in the list, from 0. With finite sources the calls of one person lie a
    /// fixed multiple of 64 apart.
    pub index: u64,
    /// 0 for a first attempt; redials keep the index and count up.
    pub attempt: u32,
    pub intended_start: Instant,
    /// Index into `traffic.callers`.
    pub class: usize,
    /// The caller's number.
    pub from: Arc<str>,
    /// What is dialled.
    pub to: Arc<str>,
    /// How long the caller talks once connected.
    pub talk: Duration,
    /// How long the caller waits for a person, from the intended start; absent means for ever.
    pub patience: Option<Duration>,
    /// How often the caller has been served before: what is dialled then is a repeat call.
    pub repeats: u32,
    /// The firm called, since the caller had been promised it: the customer has been counted.
    pub called_back: bool,
    /// What the caller does when a machine answers; absent where none does.
    pub intent: Option<Box<Intent>>,
}

impl CallPlan {
    /// A plan to be written over, by [`Plans::next_into`].
    #[must_use]
    pub fn blank() -> Self {
        Self {
            index: 0,
            attempt: 0,
            intended_start: Instant::ZERO,
            class: 0,
            from: Arc::default(),
            to: Arc::default(),
            talk: Duration::ZERO,
            patience: None,
            repeats: 0,
            called_back: false,
            intent: None,
        }
    }

    /// The same person, called back at `at`: with the same to say, and the patience of one who is served. Who had only
    /// left a number `on_web` has not called before.
    #[must_use]
    pub fn called_back(self, at: Instant, on_web: bool) -> Self {
        let attempt = self.attempt + u32::from(!on_web);
        let called_back = !on_web;
        Self { attempt, intended_start: at, patience: None, intent: None, called_back, ..self }
    }

    /// The virtual shard, 0 to 63.
    #[must_use]
    pub const fn shard(&self) -> u64 {
        self.index % SHARDS
    }
}

/// First attempts in order of their intended start.
#[derive(Debug)]
pub struct Plans {
    times: ArrivalTimes,
    /// Instead of `times`, where people call again after their calls.
    sources: Option<Sources>,
    intensity: Arc<Intensity>,
    callers: Arc<[CallerClass]>,
    /// What each class dials, if it always dials the same.
    only_to: Vec<Option<Arc<str>>>,
    seed: Seed,
    /// Each attempt's own draws.
    streams: Streams,
    index: u64,
    end: End,
    warm_up: f64,
    shards: u64,
    /// Callers' numbers are made from their templates.
    with_numbers: bool,
    /// Patience is drawn for those only for whom it is asked.
    patience_later: bool,
}

/// The size of a list of calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// First attempts, the warm-up's included.
    pub calls: u64,
    /// Those of the warm-up.
    pub in_warm_up: u64,
    /// Intended start of the last one, in seconds.
    pub last_start: f64,
}

/// When the list ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// At this many seconds from the start.
    At(f64),
    /// After this many calls more, not counting those of the warm-up.
    After(u64),
}

impl Plans {
    /// The list for all shards.
    ///
    /// `warm_up` comes before `extent` and belongs to the list: with `Extent::Calls(n)`, n calls follow
    /// those of the warm-up. An unstated extent gives an empty list.
    #[must_use]
    pub fn new(traffic: &Traffic, extent: Extent, warm_up: Duration, seed: Seed) -> Self {
        let intensity = Arc::new(Intensity::new(&traffic.profile, seed));
        let end = match extent {
            Extent::Duration(duration) => End::At((warm_up + duration).as_secs_f64()),
            Extent::Calls(calls) => End::After(calls),
            Extent::Unstated => End::After(0),
        };
        let sources = match traffic.arrivals {
            Arrivals::Sources { count, idle_mean } => Some(Sources::new(count, idle_mean, seed)),
            _ => None,
        };
        Self {
            times: ArrivalTimes::new(&traffic.arrivals, Arc::clone(&intensity), seed),
            sources,
            intensity,
            callers: traffic.callers.as_slice().into(),
            only_to: traffic.callers.iter().map(|caller| caller.to.only().cloned()).collect(),
            seed,
            streams: seed.streams(Purpose::Attempt),
            index: 0,
            end,
            warm_up: warm_up.as_secs_f64(),
            shards: u64::MAX,
            with_numbers: true,
            patience_later: false,
        }
    }

    /// Keeps only the shards whose bit is set in `mask`; the calls themselves stay the same.
    #[must_use]
    pub const fn shards(mut self, mask: u64) -> Self {
        self.shards = mask;
        self
    }

    /// For those who read no caller's number: every caller of a class has the same one, which saves writing it.
    #[must_use]
    pub const fn without_numbers(mut self) -> Self {
        self.with_numbers = false;
        self
    }

    /// For those who ask for a caller's patience ([`Plans::patience_of`]) only if the caller must wait: plans come without.
    #[must_use]
    pub const fn with_patience_later(mut self) -> Self {
        self.patience_later = true;
        self
    }

    /// The patience of the caller of `plan`, where plans come without: what would have been in it. Asked of the latest plan it
    /// costs little.
    pub fn patience_of(&mut self, plan: &CallPlan) -> Option<Duration> {
        let caller = &self.callers[plan.class];
        let patience = caller.patience.as_ref()?;
        // What was drawn for the plan, in the same order: the class, the talk.
        let mut stream = self.streams.stream(plan.index);
        stream.unit();
        let _ = caller.talk.sample(&mut stream);
        Some(patience.sample(&mut stream))
    }

    /// With finite sources: a caller stays on the phone until [`Plans::source_freed`] says otherwise. `next` must
    /// then be asked when the call at [`Plans::peek_start`] is due, not before. Changes nothing else.
    #[must_use]
    pub fn expecting_feedback(mut self) -> Self {
        if let Some(sources) = &mut self.sources {
            sources.feedback = true;
        }
        self
    }

    /// With finite sources: the caller of `index` is off the phone for good at `now`, redials included.
    pub fn source_freed(&mut self, now: Instant, index: u64) {
        if let Some(sources) = self.sources.as_mut().filter(|sources| sources.feedback) {
            sources.freed(now, index);
        }
    }

    /// With finite sources: when the next call is due, if nobody is freed before; none while all are on the phone,
    /// and none at the end of the list.
    #[must_use]
    pub fn peek_start(&self) -> Option<Instant> {
        let (start, _) = self.sources.as_ref()?.peek()?;
        let is_past = matches!(self.end, End::At(end) if start.as_secs_f64() >= end);
        (!is_past).then_some(start)
    }

    /// The planned rate of this run, days' factors included.
    #[must_use]
    pub fn intensity(&self) -> &Intensity {
        &self.intensity
    }

    /// How many calls the list holds and when the last one starts, without drawing what each intends; counts
    /// at most `most` calls.
    #[must_use]
    pub fn outline(mut self, most: u64) -> Outline {
        let mut outline = Outline { calls: 0, in_warm_up: 0, last_start: 0.0 };
        while outline.calls < most
            && let Some(start) = self.next_outlined()
        {
            outline.calls += 1;
            outline.in_warm_up += u64::from(start < self.warm_up);
            outline.last_start = start;
        }
        outline
    }

    /// The start of the next call, drawing no more than that needs.
    fn next_outlined(&mut self) -> Option<f64> {
        if self.sources.is_some() {
            return self.next().map(|plan| plan.intended_start.as_secs_f64());
        }
        self.next_start()
    }

    /// The start of the next attempt of any shard, in seconds; none at the end of the list.
    fn next_start(&mut self) -> Option<f64> {
        if matches!(self.end, End::After(0)) {
            return None;
        }
        let start = self.times.next()?;
        self.counts(start).then_some(start)
    }

    /// Whether a call at `start` still belongs to the list; if so it is counted.
    fn counts(&mut self, start: f64) -> bool {
        match &mut self.end {
            End::At(end) => start < *end,
            End::After(0) => false,
            End::After(left) => {
                *left -= u64::from(start >= self.warm_up);
                true
            }
        }
    }

    /// Writes the next call over `plan` and says that there was one: for those who draw millions, whose calls have
    /// their numbers' texts in common.
    pub fn next_into(&mut self, plan: &mut CallPlan) -> bool {
        let wanted = |shards: u64, index: u64| shards >> (index % SHARDS) & 1 == 1;
        while self.sources.is_some() {
            if !self.next_of_sources(plan) {
                return false;
            }
            if wanted(self.shards, plan.index) {
                return true;
            }
        }
        loop {
            let Some(start) = self.next_start() else {
                // The list has one end, even if it is asked again.
                self.end = End::After(0);
                return false;
            };
            let index = self.index;
            self.index += 1;
            if wanted(self.shards, index) {
                self.draw(index, Instant::from_secs_f64(start), plan);
                return true;
            }
        }
    }

    /// The next call of a person, who is on the phone from then on. Says whether there is one.
    fn next_of_sources(&mut self, plan: &mut CallPlan) -> bool {
        let Some(start) = self.peek_start() else { return false };
        if !self.counts(start.as_secs_f64()) {
            return false;
        }
        let Some((start, index)) = self.sources.as_mut().and_then(Sources::take) else { return false };
        self.draw(index, start, plan);
        if let Some(sources) = self.sources.as_mut().filter(|sources| !sources.feedback) {
            sources.freed(start + plan.talk, index);
        }
        true
    }

    fn draw(&mut self, index: u64, intended_start: Instant, plan: &mut CallPlan) {
        let mut stream = self.streams.stream(index);
        let mut class = choose(&self.callers, &mut stream);
        let person = self.sources.as_ref().map_or(index, |sources| sources.person(index));
        if person != index {
            // Whoever calls again is who they were.
            class = choose(&self.callers, &mut self.seed.stream(Purpose::Attempt, person));
        }
        let caller = &self.callers[class];
        plan.index = index;
        plan.attempt = 0;
        plan.intended_start = intended_start;
        plan.class = class;
        if self.with_numbers {
            caller.from.write(person, &mut plan.from);
        } else {
            caller.from.write_any(&mut plan.from);
        }
        match &self.only_to[class] {
            Some(to) => share(&mut plan.to, to),
            None => caller.to.write(index, &mut plan.to),
        }
        plan.talk = caller.talk.sample(&mut stream);
        plan.patience = match &caller.patience {
            Some(patience) if !self.patience_later => Some(patience.sample(&mut stream)),
            _ => None,
        };
        plan.repeats = 0;
        plan.called_back = false;
        plan.intent = caller
            .habits
            .as_ref()
            .map(|habits| Box::new(Intent::draw(habits, &mut self.seed.stream(Purpose::Keys, index))));
    }
}

impl Iterator for Plans {
    type Item = CallPlan;

    fn next(&mut self) -> Option<CallPlan> {
        let mut plan = CallPlan::blank();
        self.next_into(&mut plan).then_some(plan)
    }
}

/// Chooses a class by share; one draw whatever the number of classes.
fn choose(callers: &[CallerClass], stream: &mut Stream) -> usize {
    let mut point = stream.unit();
    for (class, caller) in callers.iter().enumerate() {
        if point < caller.share {
            return class;
        }
        point -= caller.share;
    }
    // Shares sum to 1 but for rounding.
    callers.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;
    use crate::traffic::arrivals::Arrivals;
    use crate::traffic::callers::Numbers;
    use crate::traffic::callers::Redial;
    use crate::traffic::callers::Repeat;
    use crate::traffic::profile::Profile;

    fn caller(name: &str, share: f64) -> CallerClass {
        CallerClass {
            name: name.into(),
            share,
            to: Numbers::List(vec!["100".into(), "101".into()]),
            from: Numbers::Template("79{number}".into()),
            talk: Distribution::Exponential { mean: 180.0 },
            patience: Some(Distribution::Exponential { mean: 90.0 }),
            redial: Redial::NEVER,
            repeat: Repeat::NEVER,
            value: None,
            habits: None,
            callback: crate::traffic::callbacks::CallbackHabit::default(),
            auth: None,
            priority: 0,
            language: None,
            skill: None,
        }
    }

    fn traffic(arrivals: Arrivals, per_second: f64) -> Traffic {
        let callers = vec![caller("client", 0.3), caller("job seeker", 0.3), caller("other", 0.4)];
        Traffic { arrivals, profile: Profile::Flat { per_second }, callers }
    }

    fn hour(arrivals: Arrivals, per_second: f64, seed: u64) -> Plans {
        let extent = Extent::Duration(Duration::from_secs(3_600));
        Plans::new(&traffic(arrivals, per_second), extent, Duration::ZERO, Seed(seed))
    }

    #[test]
    fn two_threads_regenerate_the_list_of_one() {
        let whole: Vec<CallPlan> = hour(Arrivals::Poisson, 2.0, 42).collect();
        let even = hour(Arrivals::Poisson, 2.0, 42).shards(0x5555_5555_5555_5555);
        let odd = hour(Arrivals::Poisson, 2.0, 42).shards(0xAAAA_AAAA_AAAA_AAAA);
        let mut halves: Vec<CallPlan> = even.chain(odd).collect();
        halves.sort_by_key(|plan| plan.index);
        assert_eq!(halves, whole);
        assert!(whole.is_sorted_by_key(|plan| plan.intended_start));
        assert!(whole.iter().enumerate().all(|(place, plan)| plan.index == place as u64));
    }

    #[test]
    fn patience_is_the_same_whether_it_is_drawn_at_once_or_later() {
        let mut later = hour(Arrivals::Poisson, 2.0, 42).with_patience_later();
        for plan in hour(Arrivals::Poisson, 2.0, 42) {
            let mut without = later.next().unwrap();
            assert_eq!(without.patience, None);
            without.patience = later.patience_of(&without);
            assert_eq!(without, plan);
        }
    }

    #[test]
    fn another_seed_gives_another_list() {
        let first = hour(Arrivals::Poisson, 2.0, 1).next().unwrap();
        let second = hour(Arrivals::Poisson, 2.0, 2).next().unwrap();
        assert_ne!(first.intended_start, second.intended_start);
        assert_ne!(first.talk, second.talk);
    }

    #[test]
    fn even_arrivals_keep_their_distance() {
        let starts: Vec<f64> =
            hour(Arrivals::Even, 0.5, 1).map(|plan| plan.intended_start.as_secs_f64()).collect();
        assert_eq!(starts.len(), 1_800);
        assert!(starts.windows(2).all(|pair| (pair[1] - pair[0] - 2.0).abs() < 1e-6));
    }

    #[test]
    fn a_number_of_calls_follows_those_of_the_warm_up() {
        let warm_up = Duration::from_secs(100);
        let plans = Plans::new(&traffic(Arrivals::Poisson, 1.0), Extent::Calls(500), warm_up, Seed(4));
        let measured = plans.filter(|plan| plan.intended_start.as_secs_f64() >= 100.0).count();
        assert_eq!(measured, 500);
        let plans = Plans::new(&traffic(Arrivals::Poisson, 1.0), Extent::Calls(500), warm_up, Seed(4));
        let outline = plans.outline(u64::MAX);
        assert_eq!(outline.calls - outline.in_warm_up, 500);
        assert!((60..140).contains(&outline.in_warm_up) && outline.last_start > 400.0, "{outline:?}");
    }

    #[test]
    fn an_ended_list_stays_ended_and_an_unstated_one_is_empty() {
        let mut plans = hour(Arrivals::Poisson, 0.01, 1);
        assert!(plans.by_ref().count() > 0);
        assert!(plans.next().is_none());
        let mut unstated =
            Plans::new(&traffic(Arrivals::Poisson, 1.0), Extent::Unstated, Duration::ZERO, Seed(1));
        assert!(unstated.next().is_none());
    }

    #[test]
    fn classes_come_in_proportion_to_their_shares() {
        let mut counts = [0_u32; 3];
        for plan in hour(Arrivals::Poisson, 10.0, 11) {
            counts[plan.class] += 1;
        }
        let total = f64::from(counts.iter().sum::<u32>());
        for (count, share) in counts.into_iter().zip([0.3, 0.3, 0.4]) {
            let sigma = (total * share * (1.0 - share)).sqrt();
            assert!((f64::from(count) - total * share).abs() < 4.0 * sigma, "{counts:?}");
        }
    }

    /// Counts per bin against the intensity, by chi-square; 48 bins, beyond the 0.9999 quantile is failure.
    #[test]
    fn counts_per_bin_follow_a_curve() {
        let mut traffic = traffic(Arrivals::Poisson, 0.0);
        traffic.profile =
            Profile::through(&[(0.0, 1.0), (1_000.0, 6.0), (2_000.0, 6.0), (2_400.0, 0.5), (4_800.0, 2.0)]);
        let extent = Extent::Duration(Duration::from_secs(4_800));
        let plans = Plans::new(&traffic, extent, Duration::ZERO, Seed(8));
        let intensity = Intensity::new(&traffic.profile, Seed(8));
        let mut bins = [0_u32; 48];
        for plan in plans {
            let bin = plan.intended_start.as_nanos() / 100_000_000_000;
            bins[usize::try_from(bin).unwrap()] += 1;
        }
        let mut statistic = 0.0;
        let mut from = 0.0;
        for count in bins {
            let expected = intensity.integral(from, from + 100.0);
            statistic += (f64::from(count) - expected).powi(2) / expected;
            from += 100.0;
        }
        assert!(statistic < 93.2, "chi-square {statistic} with 48 degrees of freedom");
    }

    /// Finite sources with a driver's feedback are Engset's model: 10 sources on 5 circuits, β = 0.5 and 1.
    #[test]
    fn freed_sources_meet_engsets_call_congestion() {
        for (beta, congestion) in [(0.5, 0.106_960_95), (1.0, 0.329_842_93)] {
            let mut traffic = traffic(Arrivals::Sources { count: 10, idle_mean: 180.0 / beta }, 0.0);
            traffic.callers.truncate(1);
            traffic.callers[0].share = 1.0;
            let extent = Extent::Duration(Duration::from_secs(6_000_000));
            let mut plans = Plans::new(&traffic, extent, Duration::ZERO, Seed(5)).expecting_feedback();
            let mut ends: Vec<(Instant, u64)> = Vec::new();
            let (mut offered, mut blocked) = (0.0, 0.0);
            loop {
                let ended = ends.iter().copied().min();
                match (ended, plans.peek_start()) {
                    (Some((end, index)), start) if start.is_none_or(|start| end <= start) => {
                        ends.retain(|(_, busy)| *busy != index);
                        plans.source_freed(end, index);
                    }
                    _ => {
                        let Some(plan) = plans.next() else { break };
                        offered += 1.0;
                        if ends.len() == 5 {
                            blocked += 1.0;
                            plans.source_freed(plan.intended_start, plan.index);
                        } else {
                            ends.push((plan.intended_start + plan.talk, plan.index));
                        }
                    }
                }
            }
            assert!(offered > 50_000.0);
            let measured: f64 = blocked / offered;
            assert!((measured / congestion - 1.0).abs() < 0.05, "β {beta}: {measured}, not {congestion}");
        }
    }

    #[test]
    fn sources_without_feedback_offer_their_load_and_keep_their_number_and_shard() {
        let mut traffic = traffic(Arrivals::Sources { count: 100, idle_mean: 360.0 }, 0.0);
        traffic.callers[2].from = Numbers::Template("user{index}".into());
        let extent = Extent::Duration(Duration::from_secs(360_000));
        let plans: Vec<CallPlan> = Plans::new(&traffic, extent, Duration::ZERO, Seed(5)).collect();
        // Each person calls once in 540 s: 100 people, 360 000 s.
        let expected = 100.0 * 360_000.0 / 540.0;
        let count = f64::from(u32::try_from(plans.len()).unwrap());
        assert!((count / expected - 1.0).abs() < 0.02, "{count} calls, not {expected}");
        assert!(plans.is_sorted_by_key(|plan| plan.intended_start));
        let mut people = std::collections::BTreeMap::new();
        for plan in &plans {
            let who = (plan.from.clone(), plan.shard(), plan.class);
            let known = people.entry(plan.index % 128).or_insert_with(|| who.clone());
            assert_eq!(*known, who);
        }
        assert_eq!(people.len(), 100);
        let half = Plans::new(&traffic, extent, Duration::ZERO, Seed(5)).shards(0xFFFF_FFFF);
        let expected: Vec<CallPlan> = plans.into_iter().filter(|plan| plan.shard() < 32).collect();
        assert_eq!(half.collect::<Vec<_>>(), expected);
    }

    /// With a gamma factor per day the counts of days have variance m + m²·cv².
    #[test]
    fn busy_days_make_counts_as_variable_as_the_formula_says() {
        let (days, mean, cv) = (4_000_u32, 100.0, 0.2);
        let mut traffic = traffic(Arrivals::Poisson, 0.0);
        let day_ends: Vec<f64> = (1..days).map(f64::from).collect();
        let base = Box::new(Profile::Flat { per_second: mean });
        traffic.profile = Profile::Busyness { base, cv, day_ends: day_ends.into() };
        let extent = Extent::Duration(Duration::from_secs(u64::from(days)));
        let mut counts = vec![0.0; days as usize];
        for plan in Plans::new(&traffic, extent, Duration::ZERO, Seed(6)) {
            counts[usize::try_from(plan.intended_start.as_nanos() / 1_000_000_000).unwrap()] += 1.0;
        }
        let n = f64::from(days);
        let average = counts.iter().sum::<f64>() / n;
        let variance = counts.iter().map(|count| (count - average) * (count - average)).sum::<f64>() / n;
        let expected = mean + mean * mean * cv * cv;
        assert!((average - mean).abs() < 4.0 * (expected / n).sqrt(), "mean {average}");
        assert!((variance / expected - 1.0).abs() < 0.1, "variance {variance}, not {expected}");
    }
}

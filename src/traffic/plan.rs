//! The list of first attempts of a run, drawn one at a time.
//!
//! The list follows from (scenario, seed) alone. Arrival times come from one stream and are cheap, so every
//! thread or host draws them all; everything else about attempt i comes from attempt i's own stream, and is
//! drawn only where its shard is wanted. Memory does not grow with the number of calls.

use std::sync::Arc;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::Traffic;
use crate::traffic::arrivals::ArrivalTimes;
use crate::traffic::callers::CallerClass;
use crate::traffic::profile::Intensity;

/// Virtual shards to which attempts are dealt: attempt i and its redials belong to shard i mod 64, so that
/// the list of calls is the same for any number of threads or hosts.
pub const SHARDS: u64 = 64;

/// What one caller intends, drawn before the run from (scenario, seed, index). People's time throughout.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPlan {
    /// The place of the first attempt in the list, from 0.
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
}

impl CallPlan {
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
    intensity: Arc<Intensity>,
    callers: Arc<[CallerClass]>,
    seed: Seed,
    index: u64,
    end: End,
    warm_up: f64,
    shards: u64,
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
        Self {
            times: ArrivalTimes::new(&traffic.arrivals, Arc::clone(&intensity), seed),
            intensity,
            callers: traffic.callers.as_slice().into(),
            seed,
            index: 0,
            end,
            warm_up: warm_up.as_secs_f64(),
            shards: u64::MAX,
        }
    }

    /// Keeps only the shards whose bit is set in `mask`; the calls themselves stay the same.
    #[must_use]
    pub const fn shards(mut self, mask: u64) -> Self {
        self.shards = mask;
        self
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
            && let Some(start) = self.next_start()
        {
            outline.calls += 1;
            outline.in_warm_up += u64::from(start < self.warm_up);
            outline.last_start = start;
        }
        outline
    }

    /// The start of the next attempt of any shard, in seconds; none at the end of the list.
    fn next_start(&mut self) -> Option<f64> {
        if matches!(self.end, End::After(0)) {
            return None;
        }
        let start = self.times.next()?;
        match &mut self.end {
            End::At(end) if start >= *end => return None,
            End::At(_) => {}
            End::After(left) => *left -= u64::from(start >= self.warm_up),
        }
        Some(start)
    }

    fn draw(&self, index: u64, start: f64) -> CallPlan {
        let mut stream = self.seed.stream(Purpose::Attempt, index);
        let class = choose(&self.callers, &mut stream);
        let caller = &self.callers[class];
        CallPlan {
            index,
            attempt: 0,
            intended_start: Instant::from_secs_f64(start),
            class,
            from: caller.from.number(index),
            to: caller.to.number(index),
            talk: caller.talk.sample(&mut stream),
            patience: caller.patience.as_ref().map(|patience| patience.sample(&mut stream)),
        }
    }
}

impl Iterator for Plans {
    type Item = CallPlan;

    fn next(&mut self) -> Option<CallPlan> {
        loop {
            let Some(start) = self.next_start() else {
                // The list has one end, even if it is asked again.
                self.end = End::After(0);
                return None;
            };
            let index = self.index;
            self.index += 1;
            if self.shards >> (index % SHARDS) & 1 == 1 {
                return Some(self.draw(index, start));
            }
        }
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
            auth: None,
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

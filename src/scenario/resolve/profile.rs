//! The rate over time, from its written shape to knots.

use crate::random::Seed;
use crate::scenario::document::PeakDocument;
use crate::scenario::document::PointDocument;
use crate::scenario::document::ProfileDocument;
use crate::scenario::document::ProfileValue;
use crate::scenario::document::RampDocument;
use crate::scenario::document::SpikeDocument;
use crate::scenario::document::WeekDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::traffic::Extent;
use crate::traffic::profile::Intensity;
use crate::traffic::profile::Profile;
use crate::units::Period;
use crate::units::Rate;

const SHAPES: &str = "peak, ramp, curve, steps, week, spike, busyness_cv";
/// Longest calendar that is unrolled when only a number of calls is given.
const CALENDAR_MAX: Duration = Duration::from_secs(10 * 366 * 86_400);
const SECONDS_PER_HOUR: i64 = 3_600;

/// Warm-up and extent: how much of a repeating profile is needed.
pub(super) type Span = (Duration, Extent);

impl Resolver<'_> {
    pub(super) fn profile(
        &mut self,
        value: &mut ProfileValue,
        path: &str,
        start: &jiff::Zoned,
        span: Span,
    ) -> Profile {
        let shape = match value {
            Written::Text(rate) => return Profile::Flat { per_second: rate.per_second },
            Written::List(never) => match *never {},
            Written::Keys(shape) => shape,
        };
        if let Some(cv) = shape.busyness_cv {
            return self.busyness(shape, cv, path, start, span);
        }
        self.exactly_one_key(path, SHAPES);
        if let Some(peak) = &mut shape.peak {
            self.peak(peak, &format!("{path}.peak"))
        } else if let Some(ramp) = &mut shape.ramp {
            self.ramp(ramp, &format!("{path}.ramp"))
        } else if let Some(points) = &shape.curve {
            self.curve(points, &format!("{path}.curve"))
        } else if let Some(points) = &shape.steps {
            self.steps(points, &format!("{path}.steps"))
        } else if let Some(week) = &mut shape.week {
            self.week(week, &format!("{path}.week"), start, span)
        } else if let Some(spike) = &mut shape.spike {
            self.spike(spike, &format!("{path}.spike"))
        } else {
            Profile::Flat { per_second: 0.0 }
        }
    }

    /// Refuses a profile at which nobody calls while it is measured. Mail and chats may be all that a firm wants to know
    /// about.
    pub(super) fn refuse_silence(&mut self, profile: &Profile, (warm_up, extent): Span) {
        // Whatever factor a day is multiplied by, nothing stays nothing.
        let intensity = Intensity::new(profile, Seed(0));
        let warm_up_s = warm_up.as_secs_f64();
        let message = match extent {
            Extent::Unstated => return,
            Extent::Calls(_) if intensity.max_rate(0.0, f64::MAX) > 0.0 => return,
            Extent::Calls(calls) => {
                format!("at this rate none of the {calls} calls ever comes; write one above 0, as 60/h")
            }
            Extent::Duration(duration) => {
                let end_s = (warm_up + duration).as_secs_f64();
                let has_contacts = self.tree.at("pbx.contacts").is_some_and(|node| !node.keys().is_empty());
                if has_contacts || intensity.integral(warm_up_s, end_s) > 0.0 {
                    return;
                }
                if intensity.integral(0.0, end_s) > 0.0 {
                    format!(
                        "all calls come in the warm-up and none is measured; shorten warm_up, which is {}, or lengthen \
                         duration",
                        Period(warm_up)
                    )
                } else {
                    format!(
                        "nobody calls in the {} of the run, and nothing would be measured; write a rate above 0, as 60/h",
                        Period(warm_up + duration)
                    )
                }
            }
        };
        self.wrong("traffic.profile", &message);
    }

    fn rate(&mut self, rate: Option<Rate>, path: &str) -> f64 {
        self.required(rate, path, "1200/h").map_or(0.0, |rate| rate.per_second)
    }

    fn time(&mut self, time: Option<Period>, path: &str) -> f64 {
        self.required(time, path, "30m").map_or(0.0, Period::seconds)
    }

    fn peak(&mut self, peak: &mut PeakDocument, path: &str) -> Profile {
        let ramp = or_default(&mut peak.ramp, Duration::ZERO).as_secs_f64();
        let base = self.rate(peak.base, &format!("{path}.base"));
        let top = self.rate(peak.peak, &format!("{path}.peak"));
        let at = self.time(peak.at, &format!("{path}.at"));
        let hold = self.time(peak.hold, &format!("{path}.hold"));
        Profile::pulse(base, top, at, ramp, hold, ramp)
    }

    fn ramp(&mut self, ramp: &mut RampDocument, path: &str) -> Profile {
        let at = or_default(&mut ramp.at, Duration::ZERO).as_secs_f64();
        let from = self.rate(ramp.from, &format!("{path}.from"));
        let to = self.rate(ramp.to, &format!("{path}.to"));
        let over = self.time(ramp.over, &format!("{path}.over"));
        Profile::through(&[(at, from), (at + over, to)])
    }

    fn spike(&mut self, spike: &mut SpikeDocument, path: &str) -> Profile {
        let ramp = or_default(&mut spike.ramp, Duration::ZERO).as_secs_f64();
        let hold = or_default(&mut spike.hold, Duration::ZERO).as_secs_f64();
        let base = self.rate(spike.base, &format!("{path}.base"));
        let extra_path = format!("{path}.extra_calls");
        let extra = self.required(spike.extra_calls, &extra_path, "300").unwrap_or(1.0);
        let extra = self.within(extra, 0.0..=1e12, &extra_path);
        let at = self.time(spike.at, &format!("{path}.at"));
        let decay = self.time(spike.decay, &format!("{path}.decay"));
        if ramp + hold + decay <= 0.0 {
            self.wrong(&format!("{path}.decay"), "the spike has no length; write for example decay: 15m");
            return Profile::Flat { per_second: base };
        }
        Profile::spike(base, extra, at, ramp, hold, decay)
    }

    fn points(&mut self, points: &[PointDocument], path: &str) -> Vec<(f64, f64)> {
        if points.is_empty() {
            self.wrong(path, "there are no points; write [{at: 0s, rate: 5/min}, {at: 1h, rate: 20/min}]");
            return vec![(0.0, 0.0)];
        }
        let mut known: Vec<(f64, f64)> = Vec::with_capacity(points.len());
        for (place, point) in points.iter().enumerate() {
            let place = format!("{path}[{place}]");
            let at = self.time(point.at, &format!("{place}.at"));
            if known.last().is_some_and(|(before, _)| at < *before) {
                self.wrong(&format!("{place}.at"), "points go back in time; sort them by `at`");
            }
            known.push((at, self.rate(point.rate, &format!("{place}.rate"))));
        }
        known
    }

    fn curve(&mut self, points: &[PointDocument], path: &str) -> Profile {
        Profile::through(&self.points(points, path))
    }

    fn steps(&mut self, points: &[PointDocument], path: &str) -> Profile {
        Profile::steps(&self.points(points, path))
    }

    fn week(&mut self, week: &mut WeekDocument, path: &str, start: &jiff::Zoned, span: Span) -> Profile {
        let rate = self.rate(week.rate, &format!("{path}.rate"));
        let hours =
            self.factors(week.hours.get_or_insert_with(|| vec![1.0; 24]), 24, &format!("{path}.hours"));
        let days = self.factors(week.days.get_or_insert_with(|| vec![1.0; 7]), 7, &format!("{path}.days"));
        let mut month = [1.0; 32];
        for (day, factor) in week.days_of_month.get_or_insert_default().iter() {
            let place = format!("{path}.days_of_month");
            match day.parse::<usize>() {
                Ok(day @ 1..=31) => month[day] = self.within(*factor, 0.0..=1e6, &place),
                _ => self.wrong(&place, &format!("`{day}` is no day of a month; write 1 to 31")),
            }
        }
        let factor = |time: &jiff::Zoned| {
            let hour = usize::try_from(time.hour()).expect("an hour is not negative");
            let weekday = usize::try_from(time.weekday().to_monday_zero_offset()).expect("0 to 6");
            let day = usize::try_from(time.day()).expect("a day is not negative");
            rate * hours[hour] * days[weekday] * month[day]
        };
        let mut steps = Vec::new();
        let mut expected = 0.0;
        for (from, to, time) in Hours::from(start) {
            steps.push((from, factor(&time)));
            expected += factor(&time) * (to - from);
            if is_enough(to, expected, span) {
                break;
            }
        }
        Profile::steps(&steps)
    }

    fn factors(&mut self, factors: &[f64], count: usize, path: &str) -> Vec<f64> {
        if factors.len() != count {
            let message = format!("{} factors found; write {count} of them", factors.len());
            self.wrong(path, &message);
        }
        for factor in factors {
            self.within(*factor, 0.0..=1e6, path);
        }
        let mut factors = factors.to_vec();
        factors.resize(count, 1.0);
        factors
    }

    fn busyness(
        &mut self,
        shape: &mut ProfileDocument,
        cv: f64,
        path: &str,
        start: &jiff::Zoned,
        span: Span,
    ) -> Profile {
        let bounds = 0.001..=10.0;
        self.within(cv, bounds.clone(), &format!("{path}.busyness_cv"));
        // What is refused must not stand where somebody would draw from it.
        let cv = if bounds.contains(&cv) { cv } else { 1.0 };
        let inner = format!("{path}.profile");
        let Some(value) = &mut shape.profile else {
            self.wrong(&inner, "`profile` is missing; write profile: 1200/h beside busyness_cv");
            return Profile::Flat { per_second: 0.0 };
        };
        let base = Box::new(self.profile(value, &inner, start, span));
        if matches!(*base, Profile::Busyness { .. }) {
            self.wrong(&inner, "one busyness factor inside another; remove one");
        }
        let keys = self.tree.at(path).map_or(2, |node| node.keys().len());
        if keys > 2 {
            self.wrong(path, "beside busyness_cv only `profile` belongs; put the shape inside it");
        }
        let mut day_ends = Vec::new();
        let mut day = start.datetime().date();
        loop {
            let Some(end) = day.tomorrow().ok().and_then(|next| {
                day = next;
                start.time_zone().to_ambiguous_zoned(next.at(0, 0, 0, 0)).compatible().ok()
            }) else {
                break;
            };
            let seconds = seconds_between(start, &end);
            day_ends.push(seconds);
            if is_enough(seconds, 0.0, span) {
                break;
            }
        }
        Profile::Busyness { base, cv, day_ends: day_ends.into() }
    }
}

/// Whether a calendar that reaches `seconds` and brings `expected` calls covers the run.
fn is_enough(seconds: f64, expected: f64, (warm_up, extent): Span) -> bool {
    if seconds >= (warm_up + CALENDAR_MAX).as_secs_f64() {
        return true;
    }
    match extent {
        Extent::Duration(duration) => seconds >= (warm_up + duration).as_secs_f64(),
        // Twice as many, and a thousand: far beyond what chance makes of it.
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        Extent::Calls(calls) => seconds >= warm_up.as_secs_f64() && expected >= 2.0 * calls as f64 + 1_000.0,
        Extent::Unstated => true,
    }
}

/// Stretches of one local hour each, as seconds from the start and the local time at their beginning. Hours
/// that a change of clocks leaves out or repeats are left out or repeated.
struct Hours {
    start: jiff::Zoned,
    now: jiff::Zoned,
}

impl Hours {
    fn from(start: &jiff::Zoned) -> Self {
        Self { start: start.clone(), now: start.clone() }
    }
}

impl Iterator for Hours {
    type Item = (f64, f64, jiff::Zoned);

    fn next(&mut self) -> Option<Self::Item> {
        let into_hour = i64::from(self.now.minute()) * 60 + i64::from(self.now.second());
        let left = jiff::SignedDuration::from_secs(SECONDS_PER_HOUR - into_hour);
        let next = self.now.checked_add(left).ok()?;
        let from = seconds_between(&self.start, &self.now);
        let to = seconds_between(&self.start, &next);
        let time = std::mem::replace(&mut self.now, next);
        Some((from, to, time))
    }
}

fn seconds_between(from: &jiff::Zoned, to: &jiff::Zoned) -> f64 {
    to.timestamp().duration_since(from.timestamp()).as_secs_f64()
}

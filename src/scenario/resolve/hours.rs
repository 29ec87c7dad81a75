//! From a calendar to instants: local hours, days of the week, holidays, changes of clocks.

use crate::pbx::config::Hours;
use crate::scenario::document::HoursDocument;
use crate::scenario::document::SpanDocument;
use crate::scenario::document::TimeOfDay;
use crate::scenario::resolve::Resolver;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::Extent;

/// What is worked out at least, so that every holiday of a year and both changes of clocks are seen.
const CALENDAR_LEAST: Duration = Duration::from_secs(400 * 86_400);
/// And at most.
const CALENDAR_MOST: Duration = Duration::from_secs(10 * 366 * 86_400);
const DAY: u64 = 86_400;
/// More are a mistake.
const HOLIDAYS_MAX: usize = 10_000;

/// When and where hours are meant.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    start: jiff::Timestamp,
    pub(super) zone: jiff::tz::TimeZone,
    /// The day before the run's first one: its night may reach into the run.
    first: jiff::civil::Date,
    pub(super) horizon: Instant,
}

impl Calendar {
    pub(super) fn new(start: &jiff::Zoned, warm_up: Duration, extent: Extent) -> Self {
        let run = match extent {
            Extent::Duration(duration) => warm_up.saturating_add(duration),
            Extent::Calls(_) | Extent::Unstated => Duration::ZERO,
        };
        let horizon = run.saturating_add(Duration::from_secs(14 * DAY)).clamp(CALENDAR_LEAST, CALENDAR_MOST);
        let mut calendar = Self {
            start: start.timestamp(),
            zone: start.time_zone().clone(),
            first: start.date(),
            horizon: Instant::ZERO + horizon,
        };
        calendar.move_to(start.time_zone().clone());
        calendar
    }

    fn move_to(&mut self, zone: jiff::tz::TimeZone) {
        let first = self.start.to_zoned(zone.clone()).date();
        self.first = first.yesterday().unwrap_or(first);
        self.zone = zone;
    }

    /// A local time as an instant of the run; what lies before the run is its start.
    fn instant(&self, date: jiff::civil::Date, time: Duration) -> Option<Instant> {
        let (days, seconds) = (time.as_secs() / DAY, time.as_secs() % DAY);
        let date = if days == 0 { date } else { date.tomorrow().ok()? };
        let seconds = i8::try_from(seconds % 60).ok()?;
        let minutes = i8::try_from(time.as_secs() % DAY / 60 % 60).ok()?;
        let hours = i8::try_from(time.as_secs() % DAY / 3_600).ok()?;
        let local = date.at(hours, minutes, seconds, 0).to_zoned(self.zone.clone()).ok()?;
        let nanos = local.timestamp().as_nanosecond() - self.start.as_nanosecond();
        Some(Instant::from_nanos(u64::try_from(nanos.max(0)).ok()?))
    }

    /// The first instant of the run at which it is this time of day.
    pub(super) fn next(&self, time: Duration) -> Option<Instant> {
        let today = self.start.to_zoned(self.zone.clone()).date();
        let at = self.instant(today, time)?;
        let midnight = self.start.to_zoned(self.zone.clone()).time();
        let is_past = time
            < Duration::from_secs(
                u64::try_from(midnight.hour()).ok()? * 3_600 + u64::try_from(midnight.minute()).ok()? * 60,
            );
        if is_past { self.next_day(today, time) } else { Some(at) }
    }

    /// The hours of `spans` on all days that `is_day` allows.
    pub(super) fn hours(&self, spans: &[SpanDocument], is_day: impl Fn(jiff::civil::Date) -> bool) -> Hours {
        let mut stretches = Vec::new();
        let mut date = self.first;
        while self.instant(date, Duration::ZERO).is_some_and(|midnight| midnight < self.horizon) {
            let weekday = date.weekday().to_monday_zero_offset();
            let on_day = |span: &&SpanDocument| {
                span.days.as_ref().is_none_or(|days| days.iter().any(|day| *day as i8 == weekday))
            };
            for span in spans.iter().filter(on_day).filter(|_| is_day(date)) {
                let (from, to) = bounds(span);
                let end = if to > from { self.instant(date, to) } else { self.next_day(date, to) };
                stretches.extend(self.instant(date, from).zip(end));
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        Hours::new(stretches, self.horizon)
    }

    fn next_day(&self, date: jiff::civil::Date, time: Duration) -> Option<Instant> {
        self.instant(date.tomorrow().ok()?, time)
    }

    /// An instant of the run by the clock on the wall.
    pub(super) fn written(&self, at: Instant) -> String {
        let nanos = i128::from(at.as_nanos()) + self.start.as_nanosecond();
        jiff::Timestamp::from_nanosecond(nanos).map_or_else(
            |_| format!("{} s from the start", at.as_secs_f64()),
            |timestamp| timestamp.to_zoned(self.zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string(),
        )
    }
}

fn bounds(span: &SpanDocument) -> (Duration, Duration) {
    let from = span.from.map_or(Duration::ZERO, |time| time.0);
    (from, span.to.map_or(Duration::from_secs(DAY), |time| time.0))
}

/// A span as people write it: mon tue 08:00-12:00.
pub(super) fn in_words(spans: &[SpanDocument]) -> String {
    let word = |span: &SpanDocument| {
        let (from, to) = bounds(span);
        let days = span.days.iter().flatten().map(|day| format!("{day:?} ").to_lowercase());
        format!("{}{}-{}", days.collect::<String>(), TimeOfDay(from), TimeOfDay(to))
    };
    spans.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// A day without work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holiday {
    Once(jiff::civil::Date),
    Yearly { month: i8, day: i8 },
}

impl Holiday {
    fn read(text: &str) -> Option<Self> {
        if let Ok(date) = text.parse() {
            return Some(Self::Once(date));
        }
        let (month, day) = text.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // A leap year has every day that any year has.
        jiff::civil::Date::new(2024, month, day).ok()?;
        Some(Self::Yearly { month, day })
    }

    fn is(self, date: jiff::civil::Date) -> bool {
        match self {
            Self::Once(day) => day == date,
            Self::Yearly { month, day } => (date.month(), date.day()) == (month, day),
        }
    }
}

impl Resolver<'_> {
    /// The firm's hours. `calendar` takes over the firm's time zone.
    pub(super) fn hours(&mut self, document: &mut HoursDocument, calendar: &mut Calendar) -> Hours {
        let default_zone = || calendar.zone.iana_name().unwrap_or("UTC").to_owned();
        let zone = document.zone.get_or_insert_with(default_zone).clone();
        if let Ok(zone) = jiff::tz::TimeZone::get(&zone) {
            calendar.move_to(zone);
        } else {
            let message = format!("no time zone `{zone}`; write a name as Europe/Moscow");
            self.wrong("pbx.hours.zone", &message);
        }
        let mut holidays = Vec::new();
        for (place, text) in document.holidays.get_or_insert_default().iter().enumerate() {
            let path = format!("pbx.hours.holidays[{place}]");
            match Holiday::read(text) {
                _ if place >= HOLIDAYS_MAX => {
                    self.wrong("pbx.hours.holidays", &format!("more than {HOLIDAYS_MAX} days; write fewer"));
                    break;
                }
                Some(holiday) => holidays.push(holiday),
                None => self
                    .wrong(&path, &format!("`{text}` is no day; write 2026-05-01, or 05-01 for every year")),
            }
        }
        let is_day = |date| !holidays.iter().any(|holiday| holiday.is(date));
        let spans = document.open.as_deref().unwrap_or_default();
        if spans.is_empty() {
            let example = "[{days: [mon, tue, wed, thu, fri], from: 08:00, to: 18:00}]";
            self.wrong("pbx.hours.open", &format!("the firm is never open; write open: {example}"));
        }
        calendar.hours(spans, is_day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::document::DayWord;

    fn calendar(start: &str) -> Calendar {
        Calendar::new(&start.parse().unwrap(), Duration::ZERO, Extent::Unstated)
    }

    fn weekdays(from: u64, to: u64) -> SpanDocument {
        let time = |hour| Some(TimeOfDay(Duration::from_secs(hour * 3_600)));
        let days = Some(vec![DayWord::Mon, DayWord::Tue, DayWord::Wed, DayWord::Thu, DayWord::Fri]);
        SpanDocument { days, from: time(from), to: time(to) }
    }

    fn hour(hours: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(hours * 3_600)
    }

    #[test]
    fn office_hours_pass_over_weekends_and_holidays() {
        // A Friday noon in Moscow, where clocks do not change.
        let calendar = calendar("2026-01-09T12:00[Europe/Moscow]");
        let monday: jiff::civil::Date = "2026-01-12".parse().unwrap();
        let hours = calendar.hours(&[weekdays(8, 18)], |date| date != monday);
        assert!(hours.is_open(hour(0)) && hours.is_open(hour(5)) && !hours.is_open(hour(6)));
        assert_eq!(hours.next_opening(hour(6)), Some(hour(12 + 3 * 24 + 8)), "Tuesday at eight");
        assert_eq!(calendar.written(hour(92)), "Tue 2026-01-13 08:00");
    }

    #[test]
    fn local_hours_follow_the_change_of_clocks() {
        // Clocks in Berlin go forward on Sunday 29 March 2026 at 02:00, back on 25 October at 03:00.
        let spring = calendar("2026-03-28T00:00[Europe/Berlin]");
        let hours = spring.hours(&[weekdays(8, 18)], |_| true);
        assert_eq!(hours.next_opening(hour(0)), Some(hour(2 * 24 + 8 - 1)), "Sunday has 23 hours");
        let autumn = calendar("2026-10-24T00:00[Europe/Berlin]");
        let hours = autumn.hours(&[weekdays(8, 18)], |_| true);
        assert_eq!(hours.next_opening(hour(0)), Some(hour(2 * 24 + 8 + 1)), "Sunday has 25 hours");
    }

    #[test]
    fn a_night_shift_ends_on_the_next_day_and_may_begin_before_the_run() {
        let calendar = calendar("2026-01-05T03:00[Europe/Moscow]");
        let time = |hour: u64| Some(TimeOfDay(Duration::from_secs(hour * 3_600)));
        let night = SpanDocument { days: None, from: time(22), to: time(6) };
        let hours = calendar.hours(&[night], |_| true);
        assert!(hours.is_open(hour(0)) && !hours.is_open(hour(3)) && hours.is_open(hour(19)));
        let day = SpanDocument { days: None, from: None, to: None };
        assert_eq!(calendar.hours(&[day], |_| true).next_change(hour(0)), None, "all day, every day");
    }

    #[test]
    fn holidays_are_days_or_days_of_every_year() {
        let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
        assert!(Holiday::read("2026-05-01").unwrap().is(day("2026-05-01")));
        assert!(!Holiday::read("2026-05-01").unwrap().is(day("2027-05-01")));
        assert!(Holiday::read("05-01").unwrap().is(day("2031-05-01")));
        assert!(Holiday::read("02-29").is_some());
        for wrong in ["13-01", "02-30", "yesterday", "", "-", "2026-02-29"] {
            assert_eq!(Holiday::read(wrong), None, "{wrong}");
        }
    }
}

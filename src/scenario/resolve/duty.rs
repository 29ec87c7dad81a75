//! When agents are there: from days, shifts and headcounts to stretches of a cycle.

use crate::pbx::config::Duty;
use crate::pbx::config::OtherWork;
use crate::pbx::config::Presence;
use crate::scenario::document::BreakDocument;
use crate::scenario::document::CountsDocument;
use crate::scenario::document::DayWord;
use crate::scenario::document::OtherWorkDocument;
use crate::scenario::document::RepeatWord;
use crate::scenario::document::ShiftDocument;
use crate::scenario::document::TimeOfDay;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::time::Instant;
use crate::units::Period;

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// How far ahead changes of clocks are looked up.
const CLOCK_AHEAD: Duration = Duration::from_secs(10 * 366 * 86_400);
const INTERVAL: Duration = Duration::from_secs(1_800);
/// Most intervals of a plan: a week by minutes.
const INTERVALS_MAX: usize = 10_080;
/// Most agents of one scenario.
pub(super) const AGENTS_MAX: u32 = 100_000;

/// A beginning in a cycle and a length.
type Stretch = (Duration, Duration);

impl Resolver<'_> {
    /// Hours of duty for each of the agents that a plan by intervals asks for, who are of one kind: agent number k
    /// works wherever more than k are wanted.
    pub(super) fn duties_of_counts(
        &mut self,
        plan: &mut CountsDocument,
        present: f64,
        start: &jiff::Zoned,
        path: &str,
    ) -> Vec<Duty> {
        let every = or_default(&mut plan.every, INTERVAL);
        let from = plan.from.get_or_insert(TimeOfDay(Duration::ZERO)).0;
        let repeat = *plan.repeat.get_or_insert(RepeatWord::Day);
        let cycle = if repeat == RepeatWord::Day { DAY } else { WEEK };
        let outside = share(*plan.outside.get_or_insert(0), present);
        let Some(counts) = plan.counts.as_deref().filter(|counts| !counts.is_empty()) else {
            self.wrong(&format!("{path}.counts"), "no interval is given; write counts: [4, 6, 8, 6]");
            return Vec::new();
        };
        let fits = counts.len() <= INTERVALS_MAX
            && every
                .checked_mul(u32::try_from(counts.len()).unwrap_or(u32::MAX))
                .is_some_and(|all| all <= cycle);
        if every.is_zero() || !fits {
            let message = format!(
                "{} intervals of {} do not fit into a {}; write fewer, or repeat: week",
                counts.len(),
                Period(every),
                if repeat == RepeatWord::Day { "day" } else { "week" }
            );
            self.wrong(&format!("{path}.counts"), &message);
            return Vec::new();
        }
        let counts: Vec<u32> = counts.iter().map(|count| share(*count, present)).collect();
        let most = counts.iter().copied().chain([outside]).max().unwrap_or(0);
        if most > AGENTS_MAX {
            self.wrong(&format!("{path}.counts"), &format!("more than {AGENTS_MAX} agents; write fewer"));
            return Vec::new();
        }
        let origin = since_cycle_began(start, cycle);
        let clock = changes_of_clock(start);
        let covered = every * u32::try_from(counts.len()).unwrap_or(u32::MAX);
        let duty = |agent: u32| {
            let mut stretches: Vec<Stretch> = Vec::new();
            for (place, _) in (0..).zip(&counts).filter(|(_, count)| **count > agent) {
                stretches.push((in_cycle(from + every * place, origin, cycle), every));
            }
            if outside > agent {
                stretches.push((in_cycle(from + covered, origin, cycle), cycle.saturating_sub(covered)));
            }
            Duty::new(cycle, &stretches).by_clock(&clock)
        };
        (0..most).map(duty).collect()
    }

    /// The hours of someone who works these shifts.
    fn duty_of_shifts(&mut self, shifts: &[ShiftDocument], start: &jiff::Zoned, path: &str) -> Duty {
        if shifts.is_empty() {
            self.wrong(path, "there is no shift; write [{from: 08:00, to: 17:00}]");
        }
        let origin = since_cycle_began(start, WEEK);
        let mut stretches = Vec::new();
        for (place, shift) in shifts.iter().enumerate() {
            self.shift(shift, origin, &mut stretches, &format!("{path}[{place}]"));
        }
        Duty::new(WEEK, &stretches).by_clock(&changes_of_clock(start))
    }

    pub(super) fn duty_of_shift(&mut self, shift: &ShiftDocument, start: &jiff::Zoned, path: &str) -> Duty {
        let mut stretches = Vec::new();
        self.shift(shift, since_cycle_began(start, WEEK), &mut stretches, path);
        Duty::new(WEEK, &stretches).by_clock(&changes_of_clock(start))
    }

    fn shift(&mut self, shift: &ShiftDocument, origin: Duration, stretches: &mut Vec<Stretch>, path: &str) {
        let from =
            self.required(shift.from, &format!("{path}.from"), "08:00").map_or(Duration::ZERO, |time| time.0);
        let to = self.required(shift.to, &format!("{path}.to"), "17:00").map_or(DAY, |time| time.0);
        let length = if to > from { to } else { to + DAY }.saturating_sub(from);
        let breaks = shift.breaks.as_deref().unwrap_or_default();
        let mut pauses: Vec<Stretch> = Vec::with_capacity(breaks.len());
        for (place, pause) in breaks.iter().enumerate() {
            pauses.extend(self.pause(pause, from, length, &format!("{path}.breaks[{place}]")));
        }
        pauses.sort_unstable();
        for day in days_of(shift) {
            let begin = DAY * day + from;
            let mut worked = Duration::ZERO;
            for (after, lasting) in pauses.iter().copied().chain([(length, Duration::ZERO)]) {
                if after > worked {
                    stretches.push((in_cycle(begin + worked, origin, WEEK), after.saturating_sub(worked)));
                }
                worked = worked.max(after + lasting);
            }
        }
    }

    /// A break as the time from the shift's beginning, and its length.
    fn pause(
        &mut self,
        pause: &BreakDocument,
        from: Duration,
        length: Duration,
        path: &str,
    ) -> Option<Stretch> {
        let at = self.required(pause.at, &format!("{path}.at"), "12:00")?.0;
        let lasts = self.required(pause.lasts, &format!("{path}.lasts"), "30m")?.0;
        let after = if at >= from { at } else { at + DAY }.saturating_sub(from);
        if after + lasts > length {
            self.wrong(&format!("{path}.at"), "the break lies outside its shift; write a time within it");
        }
        Some((after, lasts))
    }

    pub(super) fn other_work(
        &mut self,
        work: Option<&mut OtherWorkDocument>,
        path: &str,
    ) -> Option<OtherWork> {
        let work = work?;
        let mut law = |value: &Option<_>, key: &str, example: &str| {
            let place = format!("{path}.{key}");
            let Some(value) = value else {
                self.wrong(&place, &format!("`{key}` is missing; write {key}: {example}"));
                return None;
            };
            let law = self.law(value, &place);
            if law.mean() <= 0.0 {
                self.wrong(&place, "other work that takes no time, or never stops, is none; write 30m");
            }
            Some(law)
        };
        Some(OtherWork { every: law(&work.every, "every", "30m")?, lasts: law(&work.lasts, "lasts", "5m")? })
    }

    /// One agent's presence.
    pub(super) fn presence(
        &mut self,
        shifts: Option<&Vec<ShiftDocument>>,
        work: Option<&mut OtherWorkDocument>,
        start: &jiff::Zoned,
        path: &str,
    ) -> Presence {
        if let Some(place) = shifts.and_then(|shifts| shifts.iter().position(|shift| shift.count.is_some())) {
            let message =
                "a named agent works a shift alone; remove `count`, or write agents: {shifts: [...]}";
            self.wrong(&format!("{path}.shifts[{place}].count"), message);
        }
        Presence {
            duty: shifts.map(|shifts| self.duty_of_shifts(shifts, start, &format!("{path}.shifts"))),
            other_work: self.other_work(work, &format!("{path}.other_work")),
        }
    }
}

/// How many of `count` are there when this share of them is. Nobody is there in part.
pub(super) fn share(count: u32, present: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and `count`")]
    let there = (f64::from(count) * present * (1.0 + 1e-12)).floor() as u32;
    there.min(count)
}

fn days_of(shift: &ShiftDocument) -> Vec<u32> {
    let number = |day: &DayWord| *day as u32;
    shift.days.as_ref().map_or_else(|| (0..7).collect(), |days| days.iter().map(number).collect())
}

/// How far into its day or week a run starts, by the clock on the wall.
fn since_cycle_began(start: &jiff::Zoned, cycle: Duration) -> Duration {
    let whole = |number: i8| u64::try_from(number).unwrap_or(0);
    let seconds = whole(start.hour()) * 3_600 + whole(start.minute()) * 60 + whole(start.second());
    let days = if cycle == WEEK { whole(start.weekday().to_monday_zero_offset()) } else { 0 };
    Duration::from_secs(days * 86_400 + seconds)
}

/// When the clocks of the start's zone are changed after it, and by how many seconds they are then ahead of the clock
/// that the start goes by.
fn changes_of_clock(start: &jiff::Zoned) -> Vec<(Instant, i64)> {
    let mut changes: Vec<(Instant, i64)> = Vec::new();
    for change in start.time_zone().following(start.timestamp()) {
        let after = change.timestamp().as_nanosecond() - start.timestamp().as_nanosecond();
        let at = Instant::from_nanos(u64::try_from(after).unwrap_or(u64::MAX));
        if at > Instant::ZERO + CLOCK_AHEAD {
            break;
        }
        let ahead = i64::from(change.offset().seconds()) - i64::from(start.offset().seconds());
        // A zone may change its name, or call summer time its standard, and leave the clocks alone.
        if changes.last().map_or(0, |(_, before)| *before) != ahead {
            changes.push((at, ahead));
        }
    }
    changes
}

/// A time of the calendar's cycle as a time of the run's.
fn in_cycle(time: Duration, origin: Duration, cycle: Duration) -> Duration {
    let nanos = (time + cycle).saturating_sub(origin).as_nanos() % cycle.as_nanos();
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;
    use crate::time::Instant;

    /// A scenario that starts on Monday at 8:00.
    fn with(agents: &str) -> Result<Scenario, String> {
        let text = format!(
            "name: x\nduration: 10h\ntraffic: {{profile: 100/h, callers: [{{talk: 3m}}]}}\n\
             pbx:\n  queues: {{sales: {{}}}}\n  agents: {agents}\n"
        );
        parse(&text, "x.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    fn on_duty(scenario: &Scenario, hours: f64) -> usize {
        let at = Instant::from_secs_f64(3_600.0 * hours);
        let is_on = |agent: &&crate::pbx::config::AgentConfig| {
            agent.presence.duty.as_ref().is_none_or(|duty| duty.is_on(at))
        };
        scenario.pbx.agents.iter().filter(is_on).count()
    }

    #[test]
    fn counts_are_agents_on_duty_by_the_clock() {
        let scenario = with("{count: {every: 1h, from: '07:00', counts: [1, 4, 6, 2], outside: 1}}").unwrap();
        let found = [0.0, 0.99, 1.0, 2.5, 3.0, 22.9, 23.5, 24.0].map(|hours| on_duty(&scenario, hours));
        assert_eq!(found, [4, 4, 6, 2, 1, 1, 1, 4]);
        let again = parse(&scenario.effective, "x.yaml", &Inputs::with_seed(1)).unwrap();
        assert_eq!((again.pbx, again.effective), (scenario.pbx, scenario.effective));
    }

    #[test]
    fn a_week_of_counts_begins_on_monday() {
        let counts = ["2"; 5 * 24].join(", ");
        let scenario = with(&format!("{{count: {{every: 1h, counts: [{counts}], repeat: week}}}}")).unwrap();
        let found = [0.0, 111.9, 112.0, 159.9, 160.0].map(|hours| on_duty(&scenario, hours));
        assert_eq!(found, [2, 2, 0, 0, 2], "Saturday begins 112 hours after Monday 8:00");
    }

    #[test]
    fn shifts_have_days_and_breaks_and_may_pass_midnight() {
        let scenario = with(
            "{shifts: [{count: 3, from: 08:00, to: 17:00, breaks: [{at: '12:00', lasts: 30m}]}, \
             {count: 2, from: '22:00', to: '06:00', days: [mon]}]}",
        );
        let scenario = scenario.unwrap();
        let found = [0.0, 3.9, 4.0, 4.5, 9.0, 14.0, 21.9, 22.0, 38.0].map(|hours| on_duty(&scenario, hours));
        assert_eq!(found, [3, 3, 0, 3, 0, 2, 2, 0, 0]);
        let named = with("[{name: anna, shifts: [{from: 09:00, to: 10:00}]}, {}]").unwrap();
        assert_eq!([0.5, 1.5].map(|hours| on_duty(&named, hours)), [1, 2]);
        let again = parse(&named.effective, "x.yaml", &Inputs::with_seed(1)).unwrap();
        assert_eq!(again.pbx, named.pbx);
    }

    /// Clocks in Berlin go back on Sunday 25 October 2026 at 03:00, forward on 28 March 2027 at 02:00. Agents come at
    /// nine by the clock, as the calls do whose profile has its hours by the same clock.
    #[test]
    fn duty_follows_the_changes_of_clocks() {
        let starting = |start: &str, agents: &str| {
            let text = format!(
                "name: x\nstart: {start}\nduration: 60h\ntraffic: {{profile: 100/h, callers: [{{talk: 3m}}]}}\n\
                 pbx:\n  queues: {{sales: {{}}}}\n  agents: {agents}\n"
            );
            parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"))
        };
        let counts = "{count: {every: 1h, from: '09:00', counts: [4], outside: 0}}";
        let shifts = "{shifts: [{count: 4, from: '09:00', to: '10:00'}]}";
        let named = "[{name: anna, shifts: [{from: '09:00', to: '10:00'}]}]";
        for (agents, all) in [(counts, 4), (shifts, 4), (named, 1)] {
            // From Saturday at ten in the evening it is eleven hours to nine in winter, ten in summer; 12 and 10 over the
            // nights of the changes.
            for (start, hours) in
                [("2026-10-24T22:00", 12.0), ("2027-03-27T22:00", 10.0), ("2026-10-17T22:00", 11.0)]
            {
                let scenario = starting(&format!("{start}[Europe/Berlin]"), agents);
                let found = [-0.1, 0.0, 0.9, 1.0, 23.9, 24.0].map(|after| on_duty(&scenario, hours + after));
                assert_eq!(found, [0, all, all, 0, 0, all], "{agents} from {start}");
            }
        }
        // Sixty days on clocks have gone back, half a year on they have gone forward again.
        let summer = starting("2026-10-17T22:00[Europe/Berlin]", counts);
        for (days, hours) in [(60.0, 12.0), (182.0, 11.0)] {
            let found = [-0.1, 0.0, 0.9].map(|after| on_duty(&summer, 24.0 * days + hours + after));
            assert_eq!(found, [0, 4, 4], "{days} days");
        }
    }

    #[test]
    fn shrinkage_leaves_fewer_on_duty() {
        let present = |agents: &str| with(agents).unwrap().pbx.agents.len();
        assert_eq!(present("{count: 10, shrinkage: 30%}"), 7);
        assert_eq!(present("{count: 20, shrinkage: 30%}"), 14);
        assert_eq!(present("{count: {counts: [10, 13]}, shrinkage: 30%}"), 9);
    }

    #[test]
    fn nonsense_is_refused_with_its_key() {
        for (agents, key) in [
            ("{count: ten}", "pbx.agents.count"),
            ("{count: {every: 1h, counts: [0, 0]}}", "pbx.queues.sales"),
            ("{count: {every: 10h, counts: [1, 2, 3]}}", "pbx.agents.count.counts"),
            ("{count: {every: 1h, counts: []}}", "pbx.agents.count.counts"),
            ("{count: {every: 1h, from: '8', counts: [1]}}", "pbx.agents.count.from"),
            ("{count: 3, shifts: [{from: 08:00, to: 09:00}]}", "pbx.agents"),
            ("{count: 3, shrinkage: 100%}", "pbx.agents.shrinkage"),
            ("{shifts: [{from: 08:00}]}", "pbx.agents.shifts[0].to"),
            ("{shifts: [{from: 08:00, to: 09:00, breaks: [{at: '12:00', lasts: 5m}]}]}", "breaks[0].at"),
            ("{count: 3, other_work: {every: 30m}}", "pbx.agents.other_work.lasts"),
            ("{count: 3, other_work: {every: 0s, lasts: 5m}}", "pbx.agents.other_work.every"),
            ("[{shifts: [{count: 2, from: 08:00, to: 09:00}]}]", "pbx.agents[0].shifts[0].count"),
        ] {
            let message = with(agents).unwrap_err();
            assert!(message.contains(key) && message.contains("x.yaml:"), "{agents}: {message}");
        }
    }
}

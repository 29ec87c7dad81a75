//! Who works which shift: people given to the shifts of a roster.

use crate::sizing::shifts::{Cover, Shift};

/// What may be asked of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotaRules {
    /// Most shifts of one person in the plan.
    pub max_shifts: u32,
    /// Least time between the end of one shift and the beginning of the next.
    pub rest_s: u32,
}

/// The shifts of one person, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Person {
    pub shifts: Vec<Shift>,
}

/// People for every shift: each goes to whoever has worked most and may work it, so that few are needed. Not always
/// the fewest: the number is an upper bound. In a plan of `cycle_s` that repeats, rest is kept over its end.
#[must_use]
pub fn assign(cover: &Cover, cycle_s: Option<u32>, rules: RotaRules) -> Vec<Person> {
    let each = |shift: &Shift| std::iter::repeat_n(Shift { count: 1, ..*shift }, shift.count as usize);
    let mut people: Vec<Person> = Vec::new();
    for shift in cover.shifts.iter().flat_map(each) {
        let may = |person: &Person| may_work(person, &shift, cycle_s, rules);
        let best = (0..people.len())
            .rev()
            .filter(|place| may(&people[*place]))
            .max_by_key(|place| people[*place].shifts.len());
        match best {
            Some(place) => people[place].shifts.push(shift),
            None => people.push(Person { shifts: vec![shift] }),
        }
    }
    people
}

fn may_work(person: &Person, shift: &Shift, cycle_s: Option<u32>, rules: RotaRules) -> bool {
    let (Some(first), Some(last)) = (person.shifts.first(), person.shifts.last()) else { return true };
    let rested = shift.start_s >= last.start_s + last.length_s + rules.rest_s;
    let rested_after =
        cycle_s.is_none_or(|cycle| first.start_s + cycle >= shift.start_s + shift.length_s + rules.rest_s);
    person.shifts.len() < rules.max_shifts.max(1) as usize && rested && rested_after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizing::shifts::ShiftRules;
    use crate::sizing::shifts::cover;

    /// Coverage row 23: one post day and night is 21 shifts of 8 hours a week; with 5 shifts a person at least 5 people.
    #[test]
    fn a_post_round_the_clock_takes_at_least_five_people() {
        let rules = ShiftRules {
            lengths_s: vec![8 * 3_600],
            start_every_s: 8 * 3_600,
            pause: None,
            max_shifts: None,
        };
        let cover = cover(&[1; 168], 3_600, true, &rules).unwrap();
        let rota = RotaRules { max_shifts: 5, rest_s: 11 * 3_600 };
        let people = assign(&cover, Some(7 * 86_400), rota);
        assert_eq!(people.iter().map(|person| person.shifts.len()).sum::<usize>(), 21);
        assert!((5..=6).contains(&people.len()), "{} people", people.len());
        for person in &people {
            assert!(person.shifts.len() <= 5);
            let rests =
                person.shifts.windows(2).map(|pair| pair[1].start_s - pair[0].start_s - pair[0].length_s);
            assert!(rests.min().is_none_or(|rest| rest >= 11 * 3_600));
        }
    }

    /// By hand: between Sunday at midnight and Monday at midnight there is no rest, from Sunday at 13:00 on there are eleven
    /// hours, from half an hour later on too few.
    #[test]
    fn rest_is_kept_over_the_end_of_a_week_that_repeats() {
        let shift = |start_s: u32| Shift {
            start_s,
            length_s: 8 * 3_600,
            break_start_s: None,
            break_length_s: 0,
            count: 1,
        };
        let people = |on_sunday_s: u32, cycle_s: Option<u32>| {
            let cover = Cover {
                shifts: vec![shift(0), shift(6 * 86_400 + on_sunday_s)],
                heads: 2,
                required_h: 16.0,
                roster_h: 16.0,
                bound_h: 16.0,
                gap: 0.0,
                slot_s: 3_600,
                required: Vec::new(),
                on_duty: Vec::new(),
            };
            assign(&cover, cycle_s, RotaRules { max_shifts: 5, rest_s: 11 * 3_600 }).len()
        };
        let week = Some(7 * 86_400);
        assert_eq!(people(16 * 3_600, week), 2);
        assert_eq!(people(5 * 3_600 + 1_800, week), 2);
        assert_eq!(people(5 * 3_600, week), 1);
        // A plan that does not repeat has no Monday after it.
        assert_eq!(people(16 * 3_600, None), 1);
    }
}

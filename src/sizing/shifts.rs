//! Shifts that cover a requirement at the least cost: set covering (Dantzig, Operations Research 2 (1954) 339).
//!
//! The linear programme gives the bound below which no roster can lie. Its solution is rounded by diving: whole
//! shifts are taken, the rest is solved again; then shifts are dropped, shortened and exchanged while that saves
//! hours. Nothing depends on how fast the machine is, and how far the roster may be from the best one is reported
//! as the gap to the bound, never hidden.

use good_lp::Expression;
use good_lp::ProblemVariables;
use good_lp::Solution;
use good_lp::SolverModel;
use good_lp::constraint;
use good_lp::microlp;
use good_lp::variable;

use crate::time::Duration;
use crate::units::Period;

/// Most different shifts considered; more is a slip of the keyboard.
const PATTERNS_MAX: usize = 20_000;
/// Most slots of a plan: a week by quarter hours, and room.
const SLOTS_MAX: usize = 2_016;

/// What shifts may look like. All times in seconds and multiples of the slot that they imply.
#[derive(Debug, Clone, PartialEq)]
pub struct ShiftRules {
    /// Lengths from beginning to end, the break included.
    pub lengths_s: Vec<u32>,
    /// Shifts begin at multiples of this from the beginning of the plan.
    pub start_every_s: u32,
    /// The break of shifts that are long enough; absent: none.
    pub pause: Option<BreakRule>,
    /// Most shifts; absent: no limit.
    pub max_shifts: Option<u32>,
}

/// A break of `length_s`, at least `margin_s` after the beginning and before the end of the shift, in shifts of
/// `from_s` or longer. Breaks are not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakRule {
    pub length_s: u32,
    pub from_s: u32,
    pub margin_s: u32,
}

/// One shift, and how many work it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Shift {
    /// From the beginning of the plan.
    pub start_s: u32,
    pub length_s: u32,
    /// From the beginning of the plan.
    pub break_start_s: Option<u32>,
    pub break_length_s: u32,
    pub count: u32,
}

impl Shift {
    /// Hours that are paid: all but the break.
    #[must_use]
    pub fn paid_h(&self) -> f64 {
        f64::from(self.length_s - self.break_length_s) / 3_600.0
    }
}

/// A roster and how good it is.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Cover {
    pub shifts: Vec<Shift>,
    /// Shifts to be worked.
    pub heads: u32,
    /// Required agents times hours.
    pub required_h: f64,
    /// Paid hours of all shifts.
    pub roster_h: f64,
    /// No roster by these rules takes fewer paid hours.
    pub bound_h: f64,
    /// How far the roster may be from the best, as a share of the bound.
    pub gap: f64,
    /// Length of the plan's slots.
    pub slot_s: u32,
    pub required: Vec<u32>,
    pub on_duty: Vec<u32>,
}

/// Why there is no roster.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShiftError {
    #[error("no shift fits: {0}")]
    Rules(String),
    #[error(
        "{} after the beginning {required} agents are needed, and no allowed shift covers that; allow other lengths \
         or beginnings",
        Period(Duration::from_secs(u64::from(*at_s)))
    )]
    Uncovered { at_s: u32, required: u32 },
    #[error("{max} shifts cannot cover the requirement; {found} can")]
    TooFew { max: u32, found: u32 },
    #[error("the linear programme was not solved: {0}")]
    Solver(String),
}

/// The slots that a shift covers, and what it costs in slots.
struct Pattern {
    shift: Shift,
    covers: Vec<usize>,
    cost: u32,
}

/// A roster that has at least `required` agents on duty in each interval of `interval_s`. In a `cyclic` plan the
/// end joins the beginning.
///
/// # Errors
/// Where the rules allow no shift, or none that covers some interval, or too few of them.
pub fn cover(
    required: &[u32],
    interval_s: u32,
    cyclic: bool,
    rules: &ShiftRules,
) -> Result<Cover, ShiftError> {
    let slot_s = slot(interval_s, rules)?;
    let per_interval = (interval_s / slot_s) as usize;
    let required: Vec<u32> =
        required.iter().flat_map(|count| std::iter::repeat_n(*count, per_interval)).collect();
    if required.len() > SLOTS_MAX {
        let message =
            format!("{} slots of {slot_s} s; write longer intervals and rounder times", required.len());
        return Err(ShiftError::Rules(message));
    }
    let patterns = patterns(required.len(), slot_s, cyclic, rules)?;
    let mut covered = vec![false; required.len()];
    for slot in patterns.iter().flat_map(|pattern| &pattern.covers) {
        covered[*slot] = true;
    }
    if let Some(slot) = (0..required.len()).find(|slot| required[*slot] > 0 && !covered[*slot]) {
        let at_s = u32::try_from(slot).unwrap_or(u32::MAX).saturating_mul(slot_s);
        return Err(ShiftError::Uncovered { at_s, required: required[slot] });
    }
    let residual: Vec<i64> = required.iter().map(|count| i64::from(*count)).collect();
    let relaxed = relax(&patterns, &residual, rules.max_shifts)?;
    let mut counts = dive(&patterns, residual, &relaxed)?;
    improve(&patterns, &required, &mut counts);
    finish(&patterns, &counts, &required, slot_s, &relaxed, rules)
}

/// The longest slot that every time is a multiple of.
fn slot(interval_s: u32, rules: &ShiftRules) -> Result<u32, ShiftError> {
    let pause = rules.pause.iter().flat_map(|pause| [pause.length_s, pause.margin_s]);
    let times = rules.lengths_s.iter().copied().chain([rules.start_every_s]).chain(pause);
    let slot = times.fold(interval_s, gcd);
    if slot < 60 || rules.lengths_s.is_empty() || rules.start_every_s == 0 || rules.lengths_s.contains(&0) {
        return Err(ShiftError::Rules(
            "write lengths, beginnings and breaks in multiples of 5 or 15 minutes".to_owned(),
        ));
    }
    Ok(slot)
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn patterns(total: usize, slot_s: u32, cyclic: bool, rules: &ShiftRules) -> Result<Vec<Pattern>, ShiftError> {
    let in_slots = |seconds: u32| (seconds / slot_s) as usize;
    let mut patterns = Vec::new();
    for length_s in &rules.lengths_s {
        let length = in_slots(*length_s);
        if length > total {
            continue;
        }
        let last_start = if cyclic { total - 1 } else { total - length };
        for start in (0..=last_start).step_by(in_slots(rules.start_every_s)) {
            let pauses = pauses(length, in_slots, *length_s, rules.pause);
            for pause in pauses {
                let works = |slot: &usize| pause.is_none_or(|(from, to)| *slot < from || *slot >= to);
                let covers: Vec<usize> =
                    (0..length).filter(works).map(|slot| (start + slot) % total).collect();
                let seconds = |slot: usize| u32::try_from(slot).unwrap_or(u32::MAX).saturating_mul(slot_s);
                let shift = Shift {
                    start_s: seconds(start),
                    length_s: *length_s,
                    break_start_s: pause.map(|(from, _)| seconds((start + from) % total)),
                    break_length_s: pause.map_or(0, |(from, to)| seconds(to - from)),
                    count: 0,
                };
                let cost = u32::try_from(covers.len()).unwrap_or(u32::MAX);
                patterns.push(Pattern { shift, covers, cost });
            }
        }
    }
    if patterns.is_empty() {
        return Err(ShiftError::Rules("every length is longer than the plan; write shorter ones".to_owned()));
    }
    if patterns.len() > PATTERNS_MAX {
        let message = format!("{} different ones; allow fewer lengths, beginnings or breaks", patterns.len());
        return Err(ShiftError::Rules(message));
    }
    Ok(patterns)
}

/// Beginnings and ends of breaks that a shift of `length` slots may have; none at all for a short one.
fn pauses(
    length: usize,
    in_slots: impl Fn(u32) -> usize,
    length_s: u32,
    rule: Option<BreakRule>,
) -> Vec<Option<(usize, usize)>> {
    let Some(rule) = rule.filter(|rule| length_s >= rule.from_s && rule.length_s > 0) else {
        return vec![None];
    };
    let (lasting, margin) = (in_slots(rule.length_s), in_slots(rule.margin_s));
    let begins: Vec<_> =
        (margin..=length.saturating_sub(margin + lasting)).map(|from| Some((from, from + lasting))).collect();
    if length < 2 * margin + lasting { vec![None] } else { begins }
}

/// The linear programme's solution.
struct Relaxed {
    shares: Vec<f64>,
    cost: f64,
}

fn relax(patterns: &[Pattern], residual: &[i64], max_shifts: Option<u32>) -> Result<Relaxed, ShiftError> {
    let mut variables = ProblemVariables::new();
    let useful = |pattern: &Pattern| pattern.covers.iter().any(|slot| residual[*slot] > 0);
    let used: Vec<_> =
        patterns.iter().map(|pattern| useful(pattern).then(|| variables.add(variable().min(0)))).collect();
    let chosen =
        || patterns.iter().zip(&used).filter_map(|(pattern, variable)| Some((pattern, (*variable)?)));
    let cost: Expression = chosen().map(|(pattern, variable)| f64::from(pattern.cost) * variable).sum();
    let mut rows: Vec<Expression> = residual.iter().map(|_| Expression::default()).collect();
    for (pattern, variable) in chosen() {
        for slot in &pattern.covers {
            rows[*slot] += variable;
        }
    }
    let all: Expression = chosen().map(|(_, variable)| Expression::from(variable)).sum();
    let mut model = variables.minimise(cost).using(microlp);
    for (row, wanted) in rows.into_iter().zip(residual).filter(|(_, wanted)| **wanted > 0) {
        model.add_constraint(constraint!(row >= real(*wanted)));
    }
    if let Some(max) = max_shifts {
        model.add_constraint(constraint!(all <= f64::from(max)));
    }
    let solved = model.solve().map_err(|error| match (error, max_shifts) {
        (good_lp::ResolutionError::Infeasible, Some(max)) => {
            let busiest = residual.iter().max().copied().unwrap_or(0);
            ShiftError::TooFew { max, found: u32::try_from(busiest).unwrap_or(u32::MAX).max(max + 1) }
        }
        (error, _) => ShiftError::Solver(error.to_string()),
    })?;
    let shares: Vec<f64> =
        used.iter().map(|variable| variable.map_or(0.0, |x| solved.value(x).max(0.0))).collect();
    let cost = patterns.iter().zip(&shares).map(|(pattern, share)| f64::from(pattern.cost) * share).sum();
    Ok(Relaxed { shares, cost })
}

/// Whole shifts of the relaxed solution, then of what it leaves, until all is covered.
fn dive(patterns: &[Pattern], mut residual: Vec<i64>, relaxed: &Relaxed) -> Result<Vec<u32>, ShiftError> {
    let mut counts = vec![0_u32; patterns.len()];
    let mut shares = relaxed.shares.clone();
    loop {
        let mut took = false;
        for (place, share) in shares.iter().enumerate() {
            let whole = whole(*share + 1e-6);
            if whole > 0 {
                take(patterns, &mut residual, &mut counts, place, whole);
                took = true;
            }
        }
        if residual.iter().all(|wanted| *wanted <= 0) {
            return Ok(counts);
        }
        if !took {
            // The largest share is the surest guess; the first among equals, so that every run agrees.
            let largest =
                (0..shares.len()).rev().max_by(|a, b| quantum(shares[*a]).cmp(&quantum(shares[*b])));
            take(patterns, &mut residual, &mut counts, largest.unwrap_or(0), 1);
            if residual.iter().all(|wanted| *wanted <= 0) {
                return Ok(counts);
            }
        }
        shares = relax(patterns, &residual, None)?.shares;
    }
}

fn take(patterns: &[Pattern], residual: &mut [i64], counts: &mut [u32], place: usize, number: u32) {
    counts[place] += number;
    for slot in &patterns[place].covers {
        residual[*slot] -= i64::from(number);
    }
}

/// Drops shifts nobody needs, and exchanges one or two for a cheaper one, while that saves hours.
fn improve(patterns: &[Pattern], required: &[u32], counts: &mut [u32]) {
    let mut spare: Vec<i64> = required.iter().map(|count| -i64::from(*count)).collect();
    for (pattern, count) in patterns.iter().zip(counts.iter()) {
        for slot in &pattern.covers {
            spare[*slot] += i64::from(*count);
        }
    }
    let mut by_cost: Vec<usize> = (0..patterns.len()).collect();
    by_cost.sort_by_key(|place| patterns[*place].cost);
    while improve_once(patterns, counts, &mut spare, &by_cost) {}
}

fn improve_once(patterns: &[Pattern], counts: &mut [u32], spare: &mut [i64], by_cost: &[usize]) -> bool {
    let used: Vec<usize> = (0..patterns.len()).filter(|place| counts[*place] > 0).collect();
    for (index, first) in used.iter().copied().enumerate() {
        for second in std::iter::once(None).chain(used[index..].iter().copied().map(Some)) {
            if second == Some(first) && counts[first] < 2 {
                continue;
            }
            let gone = [Some(first), second];
            let cost: u32 = gone.iter().flatten().map(|place| patterns[*place].cost).sum();
            shift_cover(patterns, spare, &gone, -1);
            let short: Vec<usize> = (0..spare.len()).filter(|slot| spare[*slot] < 0).collect();
            let covers_all = |place: &usize| short.iter().all(|slot| patterns[*place].covers.contains(slot));
            let cheaper = || by_cost.iter().copied().take_while(|place| patterns[*place].cost < cost);
            let replacement =
                if short.is_empty() { Some(None) } else { cheaper().find(covers_all).map(Some) };
            let deep_enough = short.iter().all(|slot| spare[*slot] >= -1);
            if let Some(replacement) = replacement.filter(|_| deep_enough) {
                shift_cover(patterns, spare, &[replacement, None], 1);
                for place in gone.iter().flatten() {
                    counts[*place] -= 1;
                }
                if let Some(place) = replacement {
                    counts[place] += 1;
                }
                return true;
            }
            shift_cover(patterns, spare, &gone, 1);
        }
    }
    false
}

fn shift_cover(patterns: &[Pattern], spare: &mut [i64], places: &[Option<usize>; 2], by: i64) {
    for slot in places.iter().flatten().flat_map(|place| &patterns[*place].covers) {
        spare[*slot] += by;
    }
}

fn finish(
    patterns: &[Pattern],
    counts: &[u32],
    required: &[u32],
    slot_s: u32,
    relaxed: &Relaxed,
    rules: &ShiftRules,
) -> Result<Cover, ShiftError> {
    let mut on_duty = vec![0; required.len()];
    let mut shifts = Vec::new();
    let mut worked: u64 = 0;
    for (pattern, count) in patterns.iter().zip(counts).filter(|(_, count)| **count > 0) {
        shifts.push(Shift { count: *count, ..pattern.shift });
        worked += u64::from(pattern.cost) * u64::from(*count);
        for slot in &pattern.covers {
            on_duty[*slot] += count;
        }
    }
    shifts.sort_by_key(|shift| (shift.start_s, shift.length_s, shift.break_start_s));
    let heads = counts.iter().sum();
    if let Some(max) = rules.max_shifts.filter(|max| heads > *max) {
        return Err(ShiftError::TooFew { max, found: heads });
    }
    let hours = |slots: f64| slots * f64::from(slot_s) / 3_600.0;
    // Costs are whole slots: what lies above a whole number by more than rounding costs the next one.
    let bound = (relaxed.cost - 1e-6).ceil();
    #[expect(clippy::cast_precision_loss, reason = "slots of a week stay far below 2^53")]
    let roster = worked as f64;
    Ok(Cover {
        shifts,
        heads,
        required_h: hours(required.iter().map(|count| f64::from(*count)).sum()),
        roster_h: hours(roster),
        bound_h: hours(bound),
        gap: if bound > 0.0 { roster / bound - 1.0 } else { 0.0 },
        slot_s,
        required: required.to_vec(),
        on_duty,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of shifts, not negative"
)]
fn whole(share: f64) -> u32 {
    share.floor() as u32
}

/// Shares in millionths: ties are ties on every machine.
#[expect(clippy::cast_possible_truncation, reason = "a share below 1")]
fn quantum(share: f64) -> i64 {
    (share * 1e6).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "a headcount")]
fn real(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(lengths_h: &[u32], pause: Option<BreakRule>) -> ShiftRules {
        let lengths_s = lengths_h.iter().map(|hours| hours * 3_600).collect();
        ShiftRules { lengths_s, start_every_s: 3_600, pause, max_shifts: None }
    }

    fn assert_covers(cover: &Cover) {
        assert!(cover.on_duty.iter().zip(&cover.required).all(|(on, wanted)| on >= wanted), "{cover:?}");
        let hours: f64 = cover.shifts.iter().map(|shift| f64::from(shift.count) * shift.paid_h()).sum();
        assert!((hours - cover.roster_h).abs() < 1e-9);
        let on_duty: f64 = cover.on_duty.iter().map(|count| f64::from(*count)).sum();
        assert!((on_duty * f64::from(cover.slot_s) / 3_600.0 - cover.roster_h).abs() < 1e-9);
    }

    /// The least hours over all multisets of patterns, by exhaustive search.
    fn brute_force(patterns: &[Pattern], required: &[u32], used: u32, best: &mut u32) {
        let Some(slot) = (0..required.len()).find(|slot| required[*slot] > 0) else {
            *best = (*best).min(used);
            return;
        };
        for pattern in patterns.iter().filter(|pattern| pattern.covers.contains(&slot)) {
            if used + pattern.cost < *best {
                let mut rest = required.to_vec();
                for slot in &pattern.covers {
                    rest[*slot] = rest[*slot].saturating_sub(1);
                }
                brute_force(patterns, &rest, used + pattern.cost, best);
            }
        }
    }

    #[test]
    fn the_roster_is_the_brute_force_minimum_of_small_days() {
        for required in [vec![1, 2, 3, 2, 1, 1], vec![2, 2, 0, 1, 3, 1], vec![1, 1, 1, 1, 1, 4]] {
            let rules = rules(&[2, 3, 4], None);
            let found = cover(&required, 3_600, false, &rules).unwrap();
            assert_covers(&found);
            let patterns = patterns(required.len(), 3_600, false, &rules).unwrap();
            let mut best = 1_000;
            brute_force(&patterns, &required, 0, &mut best);
            assert!(
                (found.roster_h - f64::from(best)).abs() < 1e-9,
                "{required:?}: {} h, best {best}",
                found.roster_h
            );
            assert!(found.bound_h <= found.roster_h + 1e-9 && found.gap >= -1e-12);
        }
    }

    #[test]
    fn breaks_are_not_worked_and_lie_within_their_margins() {
        let pause = BreakRule { length_s: 1_800, from_s: 6 * 3_600, margin_s: 2 * 3_600 };
        let found =
            cover(&[2, 3, 4, 5, 5, 4, 3, 3, 2, 1], 3_600, false, &rules(&[4, 6, 8], Some(pause))).unwrap();
        assert_covers(&found);
        for shift in &found.shifts {
            assert_eq!(shift.break_start_s.is_some(), shift.length_s >= 6 * 3_600);
            if let Some(at) = shift.break_start_s {
                assert!(at >= shift.start_s + 7_200 && at + 1_800 + 7_200 <= shift.start_s + shift.length_s);
            }
        }
    }

    /// Coverage row 23: a post that is never left, in three shifts of eight hours a day, for a week.
    #[test]
    fn round_the_clock_takes_its_hours_and_no_more() {
        let found = cover(&[2; 168], 3_600, true, &rules(&[8], None)).unwrap();
        assert_covers(&found);
        assert!((found.roster_h - 336.0).abs() < 1e-9 && (found.required_h - found.roster_h).abs() < 1e-9);
        assert_eq!(found.heads, 42);
    }

    #[test]
    fn what_no_shift_can_cover_is_said() {
        let late = ShiftRules { start_every_s: 5 * 3_600, ..rules(&[2], None) };
        let error = cover(&[1; 6], 3_600, false, &late).unwrap_err();
        assert!(matches!(error, ShiftError::Uncovered { at_s: 7_200, .. }), "{error}");
        let few = ShiftRules { max_shifts: Some(2), ..rules(&[4], None) };
        assert!(matches!(cover(&[3; 8], 3_600, false, &few).unwrap_err(), ShiftError::TooFew { max: 2, .. }));
        assert!(matches!(
            cover(&[1; 2], 3_600, false, &rules(&[4], None)).unwrap_err(),
            ShiftError::Rules(_)
        ));
    }
}

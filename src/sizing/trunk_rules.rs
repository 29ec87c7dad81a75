//! Rules around circuits: two conditions of load at once, and one pooled group against several small ones.

use serde::{Deserialize, Serialize};

use crate::erlang::ErlangError;
use crate::erlang::erlang_b;

/// ITU-T E.520: circuits for the mean busy hour and for the busiest days, whichever asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TwoConditions {
    /// Mean busy hour, in erlangs, and the loss accepted in it.
    pub normal_erlangs: f64,
    pub normal_target: f64,
    pub normal_needed: u32,
    /// Busy hour of the five busiest days.
    pub busiest_erlangs: f64,
    pub busiest_target: f64,
    pub busiest_needed: u32,
    /// The larger of the two.
    pub needed: u32,
    /// What the larger number loses under each condition.
    pub normal_loss: f64,
    pub busiest_loss: f64,
}

/// Loss that E.520 accepts on the five busiest days.
const BUSIEST: f64 = 0.07;

/// Circuits by E.520: at most 1 % lost at `normal` erlangs and 7 % at `busiest`. With `small_groups`, for few and
/// very long circuits, the first is 3 % up to 6 circuits and falls to 1 % at 20.
pub fn two_conditions(normal: f64, busiest: f64, small_groups: bool) -> Result<TwoConditions, ErlangError> {
    let (mut normal_needed, _) = erlang_b::min_servers(normal, 0.01)?;
    let target = |circuits: u32| if small_groups { sliding(circuits) } else { 0.01 };
    while normal_needed > 1 && erlang_b::blocking(normal_needed - 1, normal) <= target(normal_needed - 1) {
        normal_needed -= 1;
    }
    let (busiest_needed, _) = erlang_b::min_servers(busiest, BUSIEST)?;
    let needed = normal_needed.max(busiest_needed);
    Ok(TwoConditions {
        normal_erlangs: normal,
        normal_target: target(normal_needed),
        normal_needed,
        busiest_erlangs: busiest,
        busiest_target: BUSIEST,
        busiest_needed,
        needed,
        normal_loss: erlang_b::blocking(needed, normal),
        busiest_loss: erlang_b::blocking(needed, busiest),
    })
}

/// 3 % up to 6 circuits, 1 % from 20, a straight line between.
fn sliding(circuits: u32) -> f64 {
    0.01 + 0.02 * (20.0 - f64::from(circuits.clamp(6, 20))) / 14.0
}

/// Groups of their own against one group for all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub groups: Vec<Group>,
    /// Share of all calls lost by the groups apart.
    pub lost_apart: f64,
    pub pooled: Group,
    /// Circuits of one group for all that lose no more than the groups apart do.
    pub pooled_circuits_for_the_same_loss: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub erlangs: f64,
    pub circuits: u32,
    pub loss: f64,
}

/// Compares groups of `circuits` each, one for every entry of `erlangs`, with all circuits in one group.
pub fn split(erlangs: &[f64], circuits: u32) -> Result<Split, ErlangError> {
    let group = |erlangs: f64, circuits: u32| {
        let loss = erlang_b::erlang_b(f64::from(circuits), erlangs)?.blocking;
        Ok::<_, ErlangError>(Group { erlangs, circuits, loss })
    };
    let groups = erlangs.iter().map(|erlangs| group(*erlangs, circuits)).collect::<Result<Vec<_>, _>>()?;
    let offered: f64 = erlangs.iter().sum();
    let lost_apart = groups.iter().map(|group| group.erlangs * group.loss).sum::<f64>() / offered;
    let number = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let pooled = group(offered, circuits.saturating_mul(number))?;
    let (enough, _) = erlang_b::min_servers(offered, lost_apart.max(f64::MIN_POSITIVE))?;
    Ok(Split { groups, lost_apart, pooled, pooled_circuits_for_the_same_loss: enough })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_of_two_erlangs_lose_less_together() {
        let split = split(&[2.0, 2.0, 2.0], 5).unwrap();
        assert!((100.0 * split.lost_apart - 3.67).abs() < 0.005, "{split:?}");
        assert!((100.0 * split.pooled.loss - 0.089).abs() < 0.0005, "{split:?}");
        assert_eq!(split.pooled.circuits, 15);
        assert!(split.pooled_circuits_for_the_same_loss < 12, "{split:?}");
    }

    #[test]
    fn the_busiest_days_decide_where_they_are_much_busier() {
        let calm = two_conditions(24.0, 26.0, false).unwrap();
        assert_eq!(calm.needed, erlang_b::min_servers(24.0, 0.01).unwrap().0);
        assert!(calm.busiest_needed < calm.needed);
        let wild = two_conditions(24.0, 40.0, false).unwrap();
        assert_eq!(wild.needed, erlang_b::min_servers(40.0, 0.07).unwrap().0);
        assert!(wild.normal_loss < 0.01 && wild.busiest_loss <= 0.07);
    }

    #[test]
    fn small_groups_may_lose_up_to_three_percent() {
        for (circuits, target) in [(6, 0.03), (13, 0.02), (20, 0.01)] {
            assert!((sliding(circuits) - target).abs() < 1e-12, "{circuits}");
        }
        let few = two_conditions(2.0, 2.0, true).unwrap();
        assert!(few.normal_needed < two_conditions(2.0, 2.0, false).unwrap().normal_needed, "{few:?}");
        assert!(few.normal_loss <= few.normal_target);
        assert_eq!(
            two_conditions(24.0, 24.0, true).unwrap().needed,
            two_conditions(24.0, 24.0, false).unwrap().needed
        );
    }
}

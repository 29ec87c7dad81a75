//! Callers whom queues send on, over whole simulated runs, against exact formulas.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::books::Reconciler;
use crate::erlang::erlang_b;
use crate::erlang::mmnk::Mmnk;
use crate::outcome::CompletedBy;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::note::Note;
use crate::scenario::Inputs;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;

const CALLS: u64 = 40_000;
const MESSAGE: Outcome = Outcome::Completed(CompletedBy::Voicemail);
const FULL: Outcome = Outcome::Human(Human::QueueFull);
/// For ratios whose calls share busy periods: three deviations of independent calls, thrice as wide.
const WIDE: f64 = 9.0;

/// What became of the calls, and how many each queue sent on; the books are reconciled on the way.
struct Played {
    outcomes: BTreeMap<Outcome, u32>,
    sent_on: BTreeMap<String, u32>,
}

/// Talk lasts 180 s on average and calls are offered at `erlangs`.
fn play(erlangs: f64, pbx: &str) -> Played {
    let rate = erlangs * 20.0;
    let text = format!(
        "name: onward\nseed: 12\ncalls: {CALLS}\ntraffic: {{profile: {rate}/h, callers: [{{to: \"100\", talk: \
         {{exponential: {{mean: 180s}}}}}}]}}\npbx:\n  voicemail: {{leave: 100%}}\n{pbx}"
    );
    let scenario =
        parse(&text, "onward.yaml", &Inputs::with_seed(12)).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut books = Reconciler::new(true);
    let mut played = Played { outcomes: BTreeMap::new(), sent_on: BTreeMap::new() };
    sim::run(&scenario, scenario.seed, |entry| {
        match entry {
            Entry::Observation(Observation::Ended(record)) => {
                *played.outcomes.entry(record.outcome).or_default() += 1;
                books.generator(record);
            }
            Entry::Cdr(row) => books.cdr(row),
            Entry::QueueEvent(event) => books.queue_event(event),
            Entry::Noted(noted) if matches!(noted.note, Note::SentOn(_)) => {
                *played.sent_on.entry(noted.queue.to_string()).or_default() += 1;
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    assert_eq!(books.finish().differences, [""; 0]);
    assert_eq!(u64::from(played.outcomes.values().sum::<u32>()), CALLS, "one call, one outcome");
    played
}

impl Played {
    fn share(&self, outcome: Outcome) -> f64 {
        real(self.outcomes.get(&outcome).copied().unwrap_or(0))
    }
}

fn real(count: u32) -> f64 {
    f64::from(count) / 40_000.0
}

fn agrees(what: &str, measured: f64, expected: f64) {
    let sigma = (expected * (1.0 - expected) / 40_000.0).sqrt();
    assert!((measured - expected).abs() < WIDE * sigma, "{what}: {measured}, by formula {expected}");
    assert!(expected > 0.02, "{what}: too rare to tell anything");
}

/// M/M/8/12: who finds the four places taken leaves a message, so that messages are the calls that the formula loses.
/// Without the key they are refused.
#[test]
fn messages_are_the_calls_that_a_full_queue_loses_by_formula() {
    let lost = Mmnk::new(8, 12, 8.0 / 180.0, 1.0 / 180.0, 0.0).unwrap().p_block();
    let queue = |way: &str| format!("  agents: {{count: 8}}\n  queues: {{sales: {{max_length: 4{way}}}}}\n");
    let sent = play(8.0, &queue(", on_full: voicemail"));
    agrees("messages", sent.share(MESSAGE), lost);
    assert_eq!(sent.sent_on["sales"], sent.outcomes[&MESSAGE]);
    assert!(!sent.outcomes.contains_key(&FULL));
    let refused = play(8.0, &queue(""));
    agrees("refused", refused.share(FULL), lost);
    assert!(refused.sent_on.is_empty() && !refused.outcomes.contains_key(&MESSAGE));
}

/// Two groups without places, the first of which sends on to the second: together they lose what one group of all would
/// (full availability), and the first sends on what it alone would lose.
#[test]
fn two_queues_in_a_row_lose_what_one_of_all_their_agents_would() {
    let pbx = "  agents: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}, {name: f}]\n  queues:\n    sales: \
               {numbers: [\"100\"], agents: [a, b, c, d], max_length: 0, on_full: {queue: support}}\n    support: \
               {numbers: [\"200\"], agents: [e, f], max_length: 0}\n";
    let played = play(4.0, pbx);
    agrees("sent on", real(played.sent_on["sales"]), erlang_b::blocking(4, 4.0));
    agrees("lost", played.share(FULL), erlang_b::blocking(6, 4.0));
}

/// Places in both queues: the pair (callers in the first, callers in the second) is a Markov chain of 5 × 4 states.
#[test]
fn overflow_from_one_queue_with_places_into_another_is_that_of_the_chain() {
    let pbx = "  agents: [{name: a}, {name: b}, {name: c}]\n  queues:\n    sales: {numbers: [\"100\"], agents: [a, b], \
               max_length: 2, on_full: {queue: support}}\n    support: {numbers: [\"200\"], agents: [c], \
               max_length: 2, on_full: voicemail}\n";
    let played = play(2.5, pbx);
    let (sent_on, lost) = chain(2.5, (2, 4), (1, 3));
    agrees("sent on", real(played.sent_on["sales"]), sent_on);
    agrees("messages", played.share(MESSAGE), lost);
}

/// Shares of calls that find the first, and then the second, full; each given as agents and most callers in it. Service
/// at rate 1, arrivals at `erlangs`; Gauss–Seidel on the balance equations.
fn chain(erlangs: f64, first: (usize, usize), second: (usize, usize)) -> (f64, f64) {
    let served = |callers: usize, agents: usize| f64::from(u32::try_from(callers.min(agents)).unwrap());
    let mut p = vec![vec![1.0; second.1 + 1]; first.1 + 1];
    for _ in 0..20_000 {
        for i in 0..=first.1 {
            for j in 0..=second.1 {
                let mut flow_in = 0.0;
                if i > 0 {
                    flow_in += p[i - 1][j] * erlangs;
                }
                if i == first.1 && j > 0 {
                    flow_in += p[i][j - 1] * erlangs;
                }
                if i < first.1 {
                    flow_in += p[i + 1][j] * served(i + 1, first.0);
                }
                if j < second.1 {
                    flow_in += p[i][j + 1] * served(j + 1, second.0);
                }
                let arrivals = if i == first.1 && j == second.1 { 0.0 } else { erlangs };
                p[i][j] = flow_in / (arrivals + served(i, first.0) + served(j, second.0));
            }
        }
    }
    let all: f64 = p.iter().flatten().sum();
    (p[first.1].iter().sum::<f64>() / all, p[first.1][second.1] / all)
}

/// M/M/n with a longest wait τ (Barrer 1957): with the density of the virtual wait λ·p(n−1)·e^{(λ−nμ)x} up to τ and
/// falling as e^{−nμx} beyond, the calls sent on are those that find more than τ.
#[test]
fn who_has_waited_long_enough_is_sent_on_as_often_as_by_barrers_formula() {
    let (agents, erlangs, longest) = (5_u32, 5.0, 60.0);
    let (lambda, mu) = (erlangs / 180.0, 1.0 / 180.0);
    let n = f64::from(agents);
    let mut state = 1.0;
    let mut idle = 0.0;
    for callers in 1..=agents {
        idle += state;
        state *= if callers == agents { 1.0 } else { erlangs / f64::from(callers) };
    }
    // `state` is p(n−1) but for the factor that makes all sum to 1. λ = nμ here: the density is flat up to τ.
    let (within, beyond) = (lambda * state * longest, lambda * state / (n * mu));
    let lost = beyond / (idle + within + beyond);
    let queue = |way: &str| format!("  agents: {{count: 5}}\n  queues: {{sales: {{max_wait: 60s{way}}}}}\n");
    let played = play(erlangs, &queue(", on_timeout: voicemail"));
    agrees("messages", played.share(MESSAGE), lost);
    let refused = play(erlangs, &queue(""));
    agrees("refused", refused.share(Outcome::Human(Human::QueueTimeout)), lost);
}

//! Independent pieces of work on several threads, their results taken in order.
//!
//! What the taker sees does not depend on the number of threads: results come by index, and those beyond the
//! one at which the taker stopped are thrown away. The only place of the simulation that knows of threads.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Finished results that may wait for an earlier one, per thread.
const WAITING_PER_THREAD: u64 = 2;

/// Calls `work` for every index below `count` on up to `threads` threads, and hands the results to `take` on
/// the calling thread in the order of their indices, until it breaks. At most a few results a thread wait for
/// their turn, however many there are.
///
/// # Panics
/// If `work` panics, with its message.
pub fn in_order<T: Send>(
    count: u64,
    threads: usize,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(u64, T) -> ControlFlow<()>,
) {
    let threads = (threads.max(1) as u64).min(count);
    if threads <= 1 {
        for index in 0..count {
            if take(index, work(index)).is_break() {
                return;
            }
        }
        return;
    }
    let desk = Desk::new(count, threads * WAITING_PER_THREAD);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let _closing = CloseOnPanic(&desk);
                while let Some(index) = desk.next_to_start() {
                    desk.hand_in(index, work(index));
                }
            });
        }
        let _closing = CloseOnPanic(&desk);
        for index in 0..count {
            let Some(result) = desk.take(index) else { return };
            if take(index, result).is_break() {
                break;
            }
        }
        desk.close();
    });
}

/// Where threads fetch indices and hand in results.
struct Desk<T> {
    count: u64,
    /// Indices that may be ahead of the one to be taken next.
    ahead: u64,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    next_to_start: u64,
    next_to_take: u64,
    finished: BTreeMap<u64, T>,
    closed: bool,
}

impl<T> Desk<T> {
    const fn new(count: u64, ahead: u64) -> Self {
        let state = State { next_to_start: 0, next_to_take: 0, finished: BTreeMap::new(), closed: false };
        Self { count, ahead, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The index to work on; none when there is nothing left to do.
    fn next_to_start(&self) -> Option<u64> {
        let mut state = self.lock();
        while !state.closed && state.next_to_start < self.count {
            if state.next_to_start < state.next_to_take + self.ahead {
                state.next_to_start += 1;
                return Some(state.next_to_start - 1);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn hand_in(&self, index: u64, result: T) {
        self.lock().finished.insert(index, result);
        self.changed.notify_all();
    }

    /// Waits for the result of `index`; none if a thread has panicked instead.
    fn take(&self, index: u64) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.finished.remove(&index) {
                state.next_to_take = index + 1;
                self.changed.notify_all();
                return Some(result);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// No code of others runs under the lock, so that a panic leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets nobody wait for a thread that is no more.
struct CloseOnPanic<'a, T>(&'a Desk<T>);

impl<T> Drop for CloseOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering;

    use super::*;

    /// Work whose length differs from index to index.
    fn uneven(index: u64) -> u64 {
        let rounds = (index * 7919 % 13) * 2_000;
        (0..rounds).fold(index, |x, i| std::hint::black_box(x.wrapping_mul(31).wrapping_add(i)))
    }

    #[test]
    fn results_come_in_order_and_are_the_same_at_any_number_of_threads() {
        let taken = |threads| {
            let mut taken = Vec::new();
            in_order(100, threads, uneven, |index, result| {
                taken.push((index, result));
                ControlFlow::Continue(())
            });
            taken
        };
        let alone = taken(1);
        assert_eq!(alone.len(), 100);
        assert!(alone.iter().enumerate().all(|(place, (index, _))| *index == place as u64));
        for threads in [2, 4, 200] {
            assert_eq!(taken(threads), alone);
        }
    }

    #[test]
    fn nothing_is_taken_after_the_break() {
        for threads in [1, 3] {
            let mut seen = Vec::new();
            in_order(1_000_000, threads, uneven, |index, _| {
                seen.push(index);
                if index == 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert_eq!(seen, (0..=20).collect::<Vec<_>>());
        }
    }

    #[test]
    fn few_results_wait_for_a_slow_first_one() {
        let started = AtomicU64::new(0);
        in_order(
            500,
            4,
            |index| {
                started.fetch_add(1, Ordering::SeqCst);
                if index == 0 {
                    while started.load(Ordering::SeqCst) < 8 {
                        std::thread::yield_now();
                    }
                    // The others would run away if nothing held them.
                    std::hint::black_box(uneven(7));
                    assert!(started.load(Ordering::SeqCst) <= 8, "more than two a thread are ahead");
                }
            },
            |_, ()| ControlFlow::Continue(()),
        );
        assert_eq!(started.load(Ordering::SeqCst), 500);
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_of_the_work_is_not_waited_for() {
        in_order(10, 2, |index| assert!(index != 3, "the third fails"), |_, ()| ControlFlow::Continue(()));
    }
}

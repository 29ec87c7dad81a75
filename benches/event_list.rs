//! What one event costs the event list, beside the deadlines of calls and the standard library's binary heap: the hold
//! model (Jones, An Empirical Comparison of Priority-Queue and Event-Set Implementations, Communications of the ACM 29
//! (1986) 300). Of so many events to come the earliest is taken out, and one is put in an exponential time after it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use busyhour::random::{Purpose, Seed, Stream};
use busyhour::sim::{Deadlines, EventList};
use busyhour::time::Instant;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Steps between events are drawn beforehand; as many as fit the first cache.
const STEPS: usize = 4_096;

/// Steps with a mean of a second.
fn steps() -> Vec<u64> {
    let mut stream: Stream = Seed(1).stream(Purpose::Pbx, 0);
    (0..STEPS).map(|_| Instant::from_secs_f64(stream.exponential()).as_nanos()).collect()
}

fn hold(criterion: &mut Criterion) {
    let steps = steps();
    let mut group = criterion.benchmark_group("event_list");
    group.throughput(Throughput::Elements(1));
    for size in [100_usize, 10_000, 1_000_000] {
        let mut list = EventList::new();
        (0..size)
            .for_each(|event| list.schedule(Instant::from_nanos(steps[event % STEPS] * 2), event as u64));
        let mut turn = 0;
        group.bench_function(format!("hold/{size}"), |bencher| {
            bencher.iter(|| {
                let (now, event) = list.pop().expect("one is put in for each that is taken out");
                turn = (turn + 1) % STEPS;
                list.schedule(Instant::from_nanos(now.as_nanos() + steps[turn]), black_box(event));
            });
        });
        let mut deadlines = Deadlines::new();
        for (slot, step) in (0..u32::try_from(size).expect("few events")).zip(steps.iter().cycle()) {
            deadlines.put(slot, Instant::from_nanos(step * 2)).expect("there is room");
        }
        group.bench_function(format!("hold_deadlines/{size}"), |bencher| {
            bencher.iter(|| {
                let next = deadlines.take().expect("one is put in for each that is taken out");
                turn = (turn + 1) % STEPS;
                let at = Instant::from_nanos(next.at.as_nanos() + steps[turn]);
                deadlines.put(black_box(next.slot), at)
            });
        });
        let mut heap = BinaryHeap::new();
        let mut scheduled = 0_u64;
        for event in 0..size {
            heap.push(Reverse((steps[event % STEPS] * 2, scheduled, event as u64)));
            scheduled += 1;
        }
        group.bench_function(format!("hold_std_binary_heap/{size}"), |bencher| {
            bencher.iter(|| {
                let Reverse((now, _, event)) = heap.pop().expect("one is put in for each that is taken out");
                turn = (turn + 1) % STEPS;
                scheduled += 1;
                heap.push(Reverse((now + steps[turn], scheduled, black_box(event))));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);

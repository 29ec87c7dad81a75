//! What the formulas cost: one value each, and the searches that sizing runs for every step of growth.

use std::hint::black_box;

use busyhour::erlang::erlang_a::ErlangA;
use busyhour::erlang::erlang_b;
use busyhour::erlang::erlang_c::ErlangC;
use busyhour::erlang::extended_b;
use busyhour::erlang::mmnk::Mmnk;
use criterion::{Criterion, criterion_group, criterion_main};

fn values(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("erlang");
    for servers in [30_u32, 1_000] {
        let erlangs = 0.8 * f64::from(servers);
        group.bench_function(format!("b/{servers}"), |bencher| {
            bencher.iter(|| erlang_b::blocking(black_box(servers), black_box(erlangs)));
        });
    }
    group.bench_function("b_continuous/30.5", |bencher| {
        bencher.iter(|| erlang_b::erlang_b(black_box(30.5), black_box(24.0)));
    });
    group.bench_function("c/30", |bencher| {
        bencher.iter(|| {
            let system = ErlangC::new(black_box(30.0), black_box(24.0), 180.0).expect("stable");
            system.service_level(20.0)
        });
    });
    group.bench_function("a/30", |bencher| {
        bencher.iter(|| {
            let system =
                ErlangA::new(black_box(30), 0.15, 1.0 / 180.0, 1.0 / 90.0).expect("patience is finite");
            system.service_levels(black_box(20.0)).of_offered
        });
    });
    group.bench_function("mmnk/30+20", |bencher| {
        bencher.iter(|| {
            let system = Mmnk::new(black_box(30), 50, 0.15, 1.0 / 180.0, 1.0 / 90.0).expect("50 lines");
            system.sl_of_offered(black_box(20.0))
        });
    });
    group.finish();
}

fn searches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sizing");
    for erlangs in [24.0, 1_000.0] {
        group.bench_function(format!("circuits_b/{erlangs}"), |bencher| {
            bencher.iter(|| erlang_b::min_servers(black_box(erlangs), 0.01));
        });
    }
    group.bench_function("circuits_extended_b/24", |bencher| {
        bencher.iter(|| extended_b::min_servers(black_box(24.0), 0.6, 0.01));
    });
    group.bench_function("max_erlangs_b/30", |bencher| {
        bencher.iter(|| erlang_b::max_erlangs(black_box(30.0), 0.01));
    });
    group.finish();
}

criterion_group!(benches, values, searches);
criterion_main!(benches);

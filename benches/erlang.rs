//! What the formulas cost: one value each, and the searches that sizing runs for every step of growth.

use std::hint::black_box;

use busyhour::erlang::engset;
use busyhour::erlang::erlang_a::ErlangA;
use busyhour::erlang::erlang_b;
use busyhour::erlang::erlang_c::ErlangC;
use busyhour::erlang::extended_b;
use busyhour::erlang::gamma_poisson::GammaPoisson;
use busyhour::erlang::hayward::PeakedTraffic;
use busyhour::erlang::kaufman_roberts;
use busyhour::erlang::kaufman_roberts::TrafficClass;
use busyhour::erlang::mmnk::Mmnk;
use busyhour::erlang::overflow;
use busyhour::erlang::transient::{Transient, TransientInput};
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

fn beyond(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("models");
    group.bench_function("engset/50x10", |bencher| {
        bencher.iter(|| engset::engset(black_box(50), 10, 0.2));
    });
    group.bench_function("kaufman_roberts/1250x3", |bencher| {
        let class = |erlangs, slots_per_call| TrafficClass { erlangs, slots_per_call };
        let classes = [class(60.0, 11), class(80.0, 4), class(30.0, 7)];
        bencher.iter(|| kaufman_roberts::kaufman_roberts(black_box(1_250), &classes));
    });
    group.bench_function("overflow_moments/30", |bencher| {
        bencher.iter(|| overflow::overflow_moments(black_box(30.0), 24.0));
    });
    group.bench_function("equivalent_random/50", |bencher| {
        let traffic = PeakedTraffic::new(50.0, 2.0).expect("peaked");
        bencher.iter(|| black_box(traffic).equivalent_random());
    });
    group.bench_function("gamma_poisson_quantiles/500", |bencher| {
        let law = GammaPoisson::new(500.0, 0.2).expect("a law");
        bencher.iter(|| black_box(law).quantiles([0.5, 0.95]));
    });
    group.bench_function("transient/12+68, 10 min", |bencher| {
        let input = TransientInput {
            agents: 12,
            capacity: 80,
            rate_mean: 4.2,
            rate_amplitude: 0.0,
            period: 480.0,
            mu: 0.5,
            theta: 1.0,
        };
        let system = Transient::new(&input).expect("a system");
        bencher.iter(|| black_box(&system).at(&[10.0]));
    });
    group.finish();
}

criterion_group!(benches, values, searches, beyond);
criterion_main!(benches);

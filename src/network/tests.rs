use super::*;

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn at_us(microseconds: u64) -> Instant {
    Instant::from_nanos(microseconds * 1000)
}

/// Sends `count` numbered datagrams, 100 µs apart, and returns the network and what arrived.
fn play(config: Config, seed: u64, count: u64) -> (Network, Vec<Delivery>) {
    let (mut network, mut arrived) = (Network::new(config, Seed(seed)), Vec::new());
    for number in 0..count {
        let now = at_us(100 * number);
        network.deliver(now, &mut arrived);
        network.send(now, address(1), address(2), &number.to_be_bytes());
    }
    while let Some(deadline) = network.next_deadline() {
        network.deliver(deadline, &mut arrived);
    }
    (network, arrived)
}

fn numbers(arrived: &[Delivery]) -> Vec<u64> {
    arrived.iter().map(|delivery| u64::from_be_bytes(delivery.bytes[..].try_into().unwrap())).collect()
}

/// The count of a binomial lies within 4 standard deviations of its mean.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn assert_binomial(count: u64, n: u64, probability: f64) {
    let (mean, variance) = (n as f64 * probability, n as f64 * probability * (1.0 - probability));
    let deviation = (count as f64 - mean) / variance.sqrt();
    assert!(deviation.abs() < 4.0, "{count} of {n} at {probability} is {deviation:.1} sigma off");
}

#[test]
fn a_perfect_network_delivers_everything_at_once_and_in_order() {
    let (network, arrived) = play(Config::default(), 1, 1000);
    assert_eq!(numbers(&arrived), (0..1000).collect::<Vec<_>>());
    assert!(arrived.iter().zip(0..).all(|(delivery, number)| delivery.at == at_us(100 * number)));
    assert_eq!(network.counts(), Counts { sent: 1000, delivered: 1000, ..Counts::default() });
}

#[test]
fn each_fault_happens_as_often_as_asked_and_nothing_is_unaccounted_for() {
    let n = 100_000;
    let config = Config {
        loss: 0.03,
        duplication: 0.02,
        reordering: 0.05,
        corruption: 0.01,
        delay: Distribution::Exponential { mean: 0.01 },
        ..Config::default()
    };
    for seed in 1..=3 {
        let counts = play(config.clone(), seed, n).0.counts();
        assert_binomial(counts.lost, n, 0.03);
        let through = n - counts.lost;
        assert_binomial(counts.duplicated, through, 0.02);
        assert_binomial(counts.held_back, through, 0.05);
        assert_binomial(counts.corrupted, through, 0.01);
        assert_eq!((counts.sent, counts.delivered), (n, n - counts.lost + counts.duplicated));
    }
}

#[test]
fn the_same_seed_is_the_same_network_and_another_is_not() {
    let config = Config {
        loss: 0.1,
        duplication: 0.1,
        reordering: 0.1,
        corruption: 0.1,
        delay: Distribution::LogNormal { mean: 0.02, cv: 1.0 },
        ..Config::default()
    };
    assert_eq!(play(config.clone(), 5, 2000).1, play(config.clone(), 5, 2000).1);
    assert_ne!(play(config.clone(), 5, 2000).1, play(config, 6, 2000).1);
}

/// With loss switched on, the datagrams that survive have the delays that they had without it.
#[test]
fn one_fault_does_not_shift_the_fate_of_the_others() {
    let delay = Distribution::Exponential { mean: 0.000_01 };
    let (_, clean) = play(Config { delay: delay.clone(), ..Config::default() }, 4, 1000);
    let (_, lossy) = play(Config { delay, loss: 0.3, ..Config::default() }, 4, 1000);
    assert!(lossy.len() < 800);
    let same = lossy.iter().filter(|delivery| clean.contains(delivery)).count();
    assert!(same * 100 > lossy.len() * 98, "{same} of {} arrived when they did before", lossy.len());
}

#[test]
fn a_link_keeps_its_order_under_any_delay_and_loses_it_only_when_told() {
    let delay = Distribution::Exponential { mean: 0.05 };
    let (_, arrived) = play(Config { delay: delay.clone(), ..Config::default() }, 2, 5000);
    assert!(numbers(&arrived).is_sorted());
    assert!(arrived.is_sorted_by_key(|delivery| delivery.at));
    let (_, arrived) = play(Config { delay, reordering: 0.1, ..Config::default() }, 2, 5000);
    assert!(!numbers(&arrived).is_sorted());
    assert!(arrived.is_sorted_by_key(|delivery| delivery.at));
}

#[test]
fn datagrams_that_arrive_together_come_in_the_order_of_sending() {
    let mut network = Network::new(Config::default(), Seed(1));
    for port in [9, 3, 7, 5] {
        network.send(at_us(1), address(port), address(1), b"");
    }
    let mut arrived = Vec::new();
    network.deliver(at_us(1), &mut arrived);
    let ports: Vec<_> = arrived.iter().map(|delivery| delivery.source.port()).collect();
    assert_eq!(ports, [9, 3, 7, 5]);
}

#[test]
fn corruption_inverts_exactly_one_bit() {
    let (_, arrived) = play(Config { corruption: 1.0, ..Config::default() }, 3, 500);
    for (number, damaged) in numbers(&arrived).into_iter().enumerate() {
        assert_eq!((damaged ^ number as u64).count_ones(), 1);
    }
    let mut network = Network::new(Config { corruption: 1.0, ..Config::default() }, Seed(1));
    network.send(at_us(0), address(1), address(2), b"");
    assert_eq!((network.len(), network.counts().corrupted), (1, 0));
}

/// A --x-- B while C still hears both; what was under way at the cut is lost, and after healing all is well.
#[test]
fn a_partition_cuts_both_ways_until_it_heals() {
    let (a, b, c) = (address(1), address(2), address(3));
    let config = Config { delay: Distribution::Constant { seconds: 0.001 }, ..Config::default() };
    let (mut network, mut arrived) = (Network::new(config, Seed(1)), Vec::new());
    network.send(at_us(0), a, b, b"under way");
    network.partition(b, a);
    network.send(at_us(500), a, b, b"cut");
    network.send(at_us(500), b, a, b"cut");
    network.send(at_us(500), a, c, b"by the side");
    network.deliver(at_us(5000), &mut arrived);
    assert_eq!(arrived.iter().map(|delivery| &delivery.bytes[..]).collect::<Vec<_>>(), [b"by the side"]);
    assert_eq!(network.counts().partitioned, 3);
    network.heal(a, b);
    network.send(at_us(6000), a, b, b"again");
    network.deliver(at_us(7000), &mut arrived);
    assert_eq!(
        arrived.last().map(|delivery| (delivery.at, &delivery.bytes[..])),
        Some((at_us(7000), &b"again"[..]))
    );
}

#[test]
fn a_full_network_loses_and_counts_and_forgets_idle_links() {
    let delay = Distribution::Constant { seconds: 1.0 };
    let mut network = Network::new(Config { delay, capacity: 100, ..Config::default() }, Seed(1));
    for port in 1..=1000 {
        network.send(at_us(0), address(port), address(0), b"x");
    }
    assert_eq!((network.len(), network.links.len(), network.counts().overflowed), (100, 100, 900));
    let mut arrived = Vec::new();
    network.deliver(at_us(1_000_000), &mut arrived);
    assert_eq!((arrived.len(), network.links.len()), (100, 0));
}

//! Thirty days in many seeds. What they show: the chain is whole or the break is visible and named; a phone whose state was neither
//! copied nor put back never shows as a fork; nothing is sent under two numbers; pauses and queue are bounded, and what was dropped is said.

use muster_agent::core::Notice;
use muster_proto::message::OrderKind;
use muster_proto::time::Span;

use super::chain_rules::{Break, Record};
use super::weather::Weather;
use super::world::{Faults, World};

/// Runs of the two long tests: `MUSTER_SEEDS=500 cargo test …` looks longer.
fn seeds() -> u64 {
    std::env::var("MUSTER_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

const HONEST: Faults = Faults {
    outages: true,
    refusals: true,
    clock_jumps: true,
    kills: true,
    full_disk: true,
    lies: false,
    orders: true,
    new_keys: false,
};

fn record(world: &World) -> &Record {
    &world.server.devices[&world.device()].record
}

/// Everything that was made has arrived or was said to be lost.
fn assert_drained(world: &World, what: &str) {
    let state = &world.phones[0].disk;
    let record = record(world);
    assert!(
        state.queue.is_empty(),
        "{what}: {} reports wait, {:?}, {:?}, {:?}",
        state.queue.len(),
        state.standing,
        state.rekey,
        state.last_error
    );
    let (own, known) = (state.chain.head.expect("a head"), record.head.clone().expect("a head"));
    assert_eq!((known.number, known.digest), (own.number, own.digest), "{what}: both have the same head");
    assert_eq!(record.doubled(), Vec::<String>::new(), "{what}: nothing stands under two numbers");
}

#[test]
fn an_honest_phone_has_an_unbroken_chain() {
    let mut total = (0, 0, 0);
    for seed in 0..seeds() {
        let mut world = World::new(seed, Faults { new_keys: seed % 2 == 0, ..HONEST });
        world.live(30);
        world.calm(30);
        let what = format!("seed {seed}");
        assert_drained(&world, &what);
        assert_eq!(record(&world).breaks, [], "{what}");
        assert_eq!(record(&world).missing(), [], "{what}");
        for given in &world.server.devices[&world.device()].orders {
            assert!(given.answers <= 1, "{what}: an order is answered once");
        }
        assert!(world.sends < 30_000, "{what}: {} requests in thirty days", world.sends);
        total = (total.0 + record(&world).len(), total.1 + world.kills, total.2 + world.saves);
    }
    println!("{} phones, 30 days each: {} reports, {} kills, {} saves", seeds(), total.0, total.1, total.2);
    assert!(total.0 > 3_000 && total.1 > 1_000);
}

#[test]
fn no_fork_under_a_server_that_lies_and_is_restored() {
    let (mut gaps, mut resets) = (0, [0; 2]);
    for seed in 1000..1000 + seeds() {
        let mut world = World::new(seed, Faults { lies: true, ..HONEST });
        for _ in 0..3 {
            world.live(5);
            let backup = record(&world).clone();
            world.live(5);
            let device = world.device();
            world.server.devices.get_mut(&device).expect("enrolled").record = backup;
        }
        world.calm(60);
        let what = format!("seed {seed}");
        assert_drained(&world, &what);
        let record = record(&world);
        assert_eq!(record.forks(), 0, "{what}");
        gaps += record.missing().len();
        for kind in &record.breaks {
            if let Break::Reset { named } = kind {
                resets[usize::from(*named)] += 1;
            }
        }
    }
    println!(
        "{} phones under lies: {gaps} missing numbers, {} resets that name a chain, {} that name one that was forgotten",
        seeds(),
        resets[1],
        resets[0]
    );
    assert!(gaps > 0 && resets[1] > 0);
}

#[test]
fn a_restored_backup_shows() {
    for seed in 200..220 {
        let mut world = World::new(seed, Faults { orders: true, ..Faults::default() });
        world.live(3);
        let backup = world.phones[0].disk.clone();
        world.live(3);
        let phone = &mut world.phones[0];
        phone.kill();
        phone.disk = backup;
        world.live(3);
        world.calm(30);
        let what = format!("seed {seed}");
        let record = record(&world);
        assert!(record.breaks.contains(&Break::Reset { named: true }), "{what}: {:?}", record.breaks);
        assert_drained(&world, &what);
        assert_eq!(
            record.breaks.len(),
            2,
            "{what}: one fork and one reset, then it is quiet: {:?}",
            record.breaks
        );
    }
}

#[test]
fn two_copies_of_one_state_show() {
    for seed in 300..320 {
        let mut world = World::new(seed, Faults::default());
        world.live(2);
        let copy = world.phones[0].copy("copy");
        world.phones.push(copy);
        world.live(5);
        let breaks = &record(&world).breaks;
        assert!(breaks.contains(&Break::Fork), "seed {seed}: {breaks:?}");
        assert!(breaks.contains(&Break::Reset { named: true }), "seed {seed}: {breaks:?}");
        assert_eq!(record(&world).doubled(), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_full_queue_says_what_it_dropped() {
    for seed in 400..405 {
        let mut world = World::reporting_every(Span::from_secs(900), seed, Faults::default());
        world.live(1);
        world.weather = Weather::Down;
        world.live(20);
        assert!(world.notices(|notice| matches!(notice, Notice::Dropped { .. })) > 10, "seed {seed}");
        assert_eq!(world.longest_queue, 64, "seed {seed}");
        world.calm(30);
        assert_drained(&world, &format!("seed {seed}"));
        assert_eq!(record(&world).breaks, [], "seed {seed}: what is missing is explained");
        assert_eq!(record(&world).missing(), [], "seed {seed}");
    }
}

#[test]
fn a_long_outage_costs_few_requests() {
    let mut world = World::new(500, Faults::default());
    world.live(1);
    world.weather = Weather::Down;
    let before = world.sends;
    world.live(10);
    let per_day = (world.sends - before) / 10;
    // Reports about once an hour at worst, the channel every five minutes at worst; each with its jitter.
    assert!(per_day < 24 * 2 + 288 * 2 + 20, "{per_day} requests a day");
}

#[test]
fn orders_are_answered_whatever_the_clock_shows() {
    for (seed, clock) in
        [(600, "1970-01-01T00:00:00Z"), (601, "2040-01-01T00:00:00Z"), (602, "2027-01-10T00:00:00Z")]
    {
        let mut world = World::new(seed, Faults::default());
        world.live(1);
        let clock: muster_proto::time::Timestamp = clock.parse().expect("a time");
        world.phones[0].skew = clock.millis() - world.now.millis();
        let device = world.device();
        let order = world.server.order(device, OrderKind::Scan, world.now);
        world.calm(1);
        let given = world.server.devices[&device].orders.iter().find(|given| given.order.id == order);
        assert_eq!(given.map(|given| given.answers), Some(1), "{clock}");
    }
}

#[test]
fn a_retired_phone_says_no_more() {
    let mut world = World::new(700, Faults::default());
    world.live(1);
    let device = world.device();
    world.server.order(device, OrderKind::Retire, world.now);
    world.calm(1);
    let reports = record(&world).len();
    assert_eq!(world.server.devices[&device].orders[0].answers, 1);
    world.live(5);
    assert_eq!(record(&world).len(), reports);
}

#[test]
fn a_key_change_is_seamless() {
    for seed in 800..820 {
        let mut world = World::new(seed, Faults { outages: true, kills: true, ..Faults::default() });
        world.live(1);
        let device = world.device();
        let before = world.phones[0].disk.key;
        world.weather = Weather::Fair;
        for _ in 0..3 {
            world.server.order(device, OrderKind::RotateKey, world.now);
            world.live(1);
        }
        world.calm(30);
        assert_ne!(world.phones[0].disk.key, before, "seed {seed}");
        assert_eq!(record(&world).breaks, [], "seed {seed}");
        assert_drained(&world, &format!("seed {seed}"));
    }
}

#[test]
fn a_server_that_is_restored_from_before_a_key_change_is_told_of_it() {
    for seed in 820..830 {
        let mut world = World::new(seed, Faults { outages: true, kills: true, ..Faults::default() });
        world.live(1);
        let device = world.device();
        world.weather = Weather::Fair;
        world.server.order(device, OrderKind::RotateKey, world.now);
        world.live(1);
        world.calm(30);
        let keys = &mut world.server.devices.get_mut(&device).expect("the device").keys;
        assert_eq!(keys.len(), 2, "seed {seed}");
        keys.truncate(1);
        world.live(2);
        world.calm(30);
        assert_eq!(world.server.devices[&device].keys.len(), 2, "seed {seed}: it knows the new key again");
        assert_drained(&world, &format!("seed {seed}"));
    }
}

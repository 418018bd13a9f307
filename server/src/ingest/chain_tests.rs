//! The table of the chain's rules, row by row.

use super::*;
use muster_proto::facts::{
    AgentFacts, AppFacts, ChannelMode, DeviceFacts, Fact, Protection, Reason, Schedule, WatchListRef,
};
use muster_proto::id::{DeviceId, Nonce};
use muster_proto::report::{Profile, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::Span;

const CHAIN: ChainId = ChainId([1; 16]);
const OTHER: ChainId = ChainId([2; 16]);

/// What is stored: chain, number, digest, predecessor.
struct Stored(Vec<(ChainId, u64, Link)>);

impl History for Stored {
    fn at(&mut self, chain: ChainId, number: u64) -> Result<Vec<Link>, StoreError> {
        Ok(self.0.iter().filter(|(c, n, _)| (*c, *n) == (chain, number)).map(|(_, _, link)| *link).collect())
    }
    fn highest(&mut self, chain: ChainId) -> Result<Option<u64>, StoreError> {
        Ok(self.0.iter().filter(|(c, _, _)| *c == chain).map(|(_, n, _)| *n).max())
    }
}

/// The digest of a report that is called so.
fn d(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn stored(rows: &[(ChainId, u64, &str, Option<&str>)]) -> Stored {
    let link = |name: &str, previous: Option<&str>| Link { digest: d(name), previous: previous.map(d) };
    Stored(
        rows.iter().map(|(chain, number, name, previous)| (*chain, *number, link(name, *previous))).collect(),
    )
}

fn report(chain: ChainId, number: u64, previous: Option<&str>) -> Report {
    let schedule = Schedule {
        report_every: Span::default(),
        spread: Span::default(),
        channel: ChannelMode::Off,
        silent_after: Span::default(),
        remind: Default::default(),
    };
    let agent = AgentFacts {
        version: Text::clipped("1"),
        protection: Protection::Software,
        queued: 0,
        last_error: None,
        schedule,
        refused: Default::default(),
        work: None,
    };
    let watch_list = WatchListRef { digest: d("list"), size: 0 };
    let apps = AppFacts { sources: Default::default(), watch_list, sightings: Default::default() };
    Report {
        iat: Timestamp::from_secs(100),
        nonce: Nonce::new(&[0; 8]).expect("a nonce"),
        device: DeviceId([0; 16]),
        uptime: None,
        profile: Profile,
        submods: Submods { device: nothing_known(), apps, agent },
        chain,
        number,
        previous: previous.map(d),
        trigger: Trigger::Periodic,
        order: None,
        policy: None,
        catalogue: d("catalogue"),
        dropped: Default::default(),
        lost: None,
    }
}

fn nothing_known() -> DeviceFacts {
    DeviceFacts {
        sources: Default::default(),
        platform: unknown(),
        os_version: unknown(),
        security_patch: unknown(),
        build_id: unknown(),
        build_type: unknown(),
        manufacturer: unknown(),
        brand: unknown(),
        model: unknown(),
        management: unknown(),
        encryption: unknown(),
        lock_set: unknown(),
        lock_strength: unknown(),
        lock_after: unknown(),
        developer_options: unknown(),
        debug_bridge: unknown(),
        bootloader_locked: unknown(),
        verified_boot: unknown(),
        root_signs: unknown(),
        install_sources: unknown(),
        scope: unknown(),
        background_limits: unknown(),
        pending_update: unknown(),
        boot_count: unknown(),
        containers: unknown(),
        os_certified: unknown(),
        package_certificates: unknown(),
        restrictions: unknown(),
    }
}

fn unknown<T>() -> Fact<T> {
    Fact::Unknown(Reason::Absent)
}

fn head(chain: ChainId, number: u64, name: &str) -> Chain {
    Chain { id: chain, number, head: d(name), since: Timestamp::from_secs(50) }
}

const ONE_TO_THREE: &[(ChainId, u64, &str, Option<&str>)] =
    &[(CHAIN, 1, "one", None), (CHAIN, 2, "two", Some("one")), (CHAIN, 3, "three", Some("two"))];
const TWO_MISSING: &[(ChainId, u64, &str, Option<&str>)] =
    &[(CHAIN, 1, "one", None), (CHAIN, 3, "three", Some("two"))];
const LEFT: &[(ChainId, u64, &str, Option<&str>)] =
    &[(CHAIN, 1, "one", None), (CHAIN, 2, "two", Some("one")), (OTHER, 1, "new", None)];

#[test]
fn every_row_of_the_table() {
    use Standing::{Current, Fork, Gap, Known, Late, Reset};
    let at_three = || Some(head(CHAIN, 3, "three"));
    let at_new = || Some(head(OTHER, 1, "new"));
    let none = None::<Chain>;
    let (before, after) = (Timestamp::from_secs(40), Timestamp::from_secs(60));
    // what is stored; the head; chain, number, name, predecessor; when it was made; its standing; what is unexplained
    let table = [
        ("the first of all", &[][..], none.clone(), (CHAIN, 1, "one", None), after, Current, None),
        (
            "the first that comes is the third",
            &[],
            none,
            (CHAIN, 3, "three", Some("two")),
            after,
            Gap,
            Some((1, 2)),
        ),
        ("the next", ONE_TO_THREE, at_three(), (CHAIN, 4, "four", Some("three")), after, Current, None),
        (
            "the next with another predecessor",
            ONE_TO_THREE,
            at_three(),
            (CHAIN, 4, "four", Some("x")),
            after,
            Fork,
            None,
        ),
        ("the next without one", ONE_TO_THREE, at_three(), (CHAIN, 4, "four", None), after, Fork, None),
        ("the newest again", ONE_TO_THREE, at_three(), (CHAIN, 3, "three", Some("two")), after, Known, None),
        ("an older one again", ONE_TO_THREE, at_three(), (CHAIN, 1, "one", None), after, Known, None),
        (
            "another under a used number",
            ONE_TO_THREE,
            at_three(),
            (CHAIN, 2, "x", Some("one")),
            after,
            Fork,
            None,
        ),
        ("one that was missing", TWO_MISSING, at_three(), (CHAIN, 2, "two", Some("one")), after, Late, None),
        ("another in its place", TWO_MISSING, at_three(), (CHAIN, 2, "x", Some("one")), after, Fork, None),
        (
            "one that hangs elsewhere",
            TWO_MISSING,
            at_three(),
            (CHAIN, 2, "two", Some("x")),
            after,
            Fork,
            None,
        ),
        ("two steps on", ONE_TO_THREE, at_three(), (CHAIN, 6, "six", Some("five")), after, Gap, Some((4, 5))),
        ("a new chain", ONE_TO_THREE, at_three(), (OTHER, 1, "new", None), after, Reset, None),
        (
            "a new chain that begins late",
            ONE_TO_THREE,
            at_three(),
            (OTHER, 3, "new", None),
            after,
            Reset,
            Some((1, 2)),
        ),
        (
            "more of a left chain, made before",
            LEFT,
            at_new(),
            (CHAIN, 3, "three", Some("two")),
            before,
            Late,
            None,
        ),
        (
            "more of a left chain, made after",
            LEFT,
            at_new(),
            (CHAIN, 3, "three", Some("two")),
            after,
            Fork,
            None,
        ),
        ("another of a left chain", LEFT, at_new(), (CHAIN, 2, "x", Some("one")), before, Fork, None),
        ("a left chain again", LEFT, at_new(), (CHAIN, 2, "two", Some("one")), after, Known, None),
    ];
    for (case, rows, head, (chain, number, name, previous), made, standing, unexplained) in table {
        let report = report(chain, number, previous);
        let place = place(head.as_ref(), &report, d(name), &[], made, &mut stored(rows)).expect(case);
        assert_eq!(place.standing, standing, "{case}");
        assert_eq!(place.unexplained.map(|range| (range.first, range.last)), unexplained, "{case}");
    }
}

#[test]
fn what_the_device_dropped_is_no_gap() {
    let head = head(CHAIN, 3, "three");
    let range = |first, last| Range { first, last };
    let cases = [
        (vec![range(4, 9)], None),
        (vec![range(4, 6), range(7, 9)], None),
        (vec![range(7, 9), range(4, 6)], None),
        (vec![range(1, 20)], None),
        (vec![range(4, 6)], Some((7, 9))),
        (vec![range(6, 9)], Some((4, 5))),
        (vec![range(5, 8)], Some((4, 9))),
        (vec![range(20, 30)], Some((4, 9))),
    ];
    for (dropped, left) in cases {
        let report = report(CHAIN, 10, Some("nine"));
        let place =
            place(Some(&head), &report, d("ten"), &dropped, Timestamp::default(), &mut stored(ONE_TO_THREE));
        let place = place.expect("a place");
        assert_eq!(place.standing, Standing::Gap);
        assert_eq!(place.unexplained.map(|range| (range.first, range.last)), left, "{dropped:?}");
    }
}

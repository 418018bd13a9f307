//! Whoever attacks gets the documented answer, the server stays small, and ordinary phones go on reporting meanwhile, every one of them.
//!
//! One server, twenty ordinary phones, one attack after the other, each from an address of its own; the table that comes out is what it is
//! about. Times are shown and never judged: they are the machine's.

mod bodies;
mod crowd;
mod http2;
mod messages;
mod places;
mod slow;
#[path = "../support/mod.rs"]
mod support;
mod told;

use crowd::{Crowd, Measured};
use muster_fleet::http::Target;
use muster_tests::Server;
use slow::Begun;
use std::fmt::Display;
use std::future::Future;
use std::process::Command;
use support::{Device, enrol, target};

/// No attack makes the server hold so much more than it held in calm, in MiB; connections that somebody hoards are the most of it.
const GROWTH: u64 = 192;
/// Places of the server, and how many of them one address gets.
const PLACES: usize = 10_000;
const SHARE: usize = 7_500;

#[test]
fn ordinary_phones_report_on_under_every_attack() {
    lift_limit();
    let mut server = Server::start();
    server.with_officials("minfin");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut field = Field::new(&mut server).await;
        let readers = attack_slowly(&mut field).await;
        Box::pin(flood(&mut field)).await;
        send_bodies(&mut field, &server).await;
        speak_http2(&mut field).await;
        take_places(&mut field).await;
        drop(readers);
        field.after(&server).await;
    });
}

/// Both programs hold many connections; the soft limit of files is not meant for them.
fn lift_limit() {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("limits");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit");
    let hard = line.split_whitespace().nth(1).expect("a hard limit");
    let own = std::process::id().to_string();
    let set = Command::new("prlimit").args(["--pid", &own, &format!("--nofile={hard}:{hard}")]).status();
    assert!(set.expect("prlimit runs").success());
}

/// The server, the phones, and what came of the attacks.
struct Field {
    target: Target,
    crowd: Crowd,
    calm: Measured,
    /// Devices that somebody attacks with, or in whose name.
    devices: Vec<Device>,
    link: muster_proto::link::EnrolLink,
    attacks: u8,
}

impl Field {
    async fn new(server: &mut Server) -> Self {
        let target = target(server);
        let link = server.try_link("minfin", 4).expect("a link").parse().expect("a link");
        let mut connection = target.connect().await.expect("a connection");
        let mut devices = Vec::new();
        for nth in 100..104 {
            devices.push(enrol(&mut connection, &link, nth).await);
        }
        let crowd = Crowd::start(server).await;
        let ((), calm) = crowd.during("calm", async {}).await;
        println!("attack | answer | ordinary reports acknowledged | p99 calm → under attack | memory");
        println!(
            "calm | | {} of {} | {} ms | {} MiB",
            calm.answered,
            calm.answered,
            calm.p99.as_millis(),
            calm.resident >> 10
        );
        Self { target, crowd, calm, devices, link, attacks: 0 }
    }

    /// The server, from an address from which nobody has attacked yet.
    fn elsewhere(&mut self) -> Target {
        self.attacks += 1;
        self.target.from([127, 0, 1, self.attacks].into())
    }

    async fn during<T>(&self, what: &str, attack: impl Future<Output = T>) -> (T, Measured) {
        let (came, measured) = self.crowd.during(what, attack).await;
        let grown = measured.resident.saturating_sub(self.calm.resident) >> 10;
        assert!(grown < GROWTH, "{what}: the server has grown by {grown} MiB");
        (came, measured)
    }

    fn row(&self, what: &str, answer: impl Display, met: Measured) {
        let all = met.answered as u64 + met.failed;
        println!(
            "{what} | {answer} | {} of {all} | {} → {} ms | {} MiB",
            met.answered,
            self.calm.p99.as_millis(),
            met.p99.as_millis(),
            met.resident >> 10
        );
    }

    async fn attack<T: Display>(&self, what: &str, attack: impl Future<Output = T>) {
        let (answer, met) = self.during(what, attack).await;
        self.row(what, answer, met);
    }

    /// When all is over: calm again, and no report is missing.
    async fn after(&self, server: &Server) {
        self.attack("calm again", async { "" }).await;
        let devices = server.muster(&["device", "list", "--json"]).json();
        let devices = devices.as_array().expect("a list");
        let attackers: Vec<String> =
            self.devices.iter().map(|device| device.report.device.to_string()).collect();
        let ids = devices.iter().map(|device| device["id"].as_str().expect("an id"));
        let ordinary: Vec<&str> = ids.filter(|id| !attackers.iter().any(|other| other == id)).collect();
        assert_eq!(ordinary.len() as u64, crowd::PHONES);
        for id in ordinary {
            let device = server.device(id);
            assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", device["chain"]);
        }
    }
}

async fn attack_slowly(field: &mut Field) -> slow::Readers {
    let ways = [
        ("connections that say nothing", Begun::Nothing, "closed"),
        ("handshakes begun and left", Begun::Handshake, "closed"),
        ("heads that never end", Begun::Head, "closed"),
        ("bodies a byte at a time", Begun::Body, "408"),
    ];
    let mut begun = Vec::new();
    for (what, way, answer) in ways {
        let target = field.elsewhere();
        let (told, met) = field.during(what, slow::begin(&target, way)).await;
        begun.push((what, told, met, answer));
    }
    let target = field.elsewhere();
    let (readers, met) = field.during("readers who never read", slow::never_read(&target)).await;
    for (what, told, met, answer) in begun {
        field.row(what, told.await.expect("lines").only(&[answer]), met);
    }
    field.row(
        "readers who never read",
        format!("kept waiting after {} KiB of requests", readers.taken >> 10),
        met,
    );
    readers
}

async fn flood(field: &mut Field) {
    let target = field.elsewhere();
    field.attack("unknown keys", messages::unknown_keys(&target, &field.devices[0])).await;
    let target = field.elsewhere();
    let mut devices = std::mem::take(&mut field.devices);
    field.attack("wrong signatures", messages::wrong_signatures(&target, &mut devices[0])).await;
    let target = field.elsewhere();
    field.attack("one device's flood", messages::one_device(&target, &mut devices[1])).await;
    field.devices = devices;
    let target = field.elsewhere();
    field.attack("enrolment with guessed tokens", messages::wrong_tokens(&target, &field.link)).await;
    let target = field.elsewhere();
    let what = "one device's channels";
    let ((told, left), met) =
        field.during(what, Box::pin(messages::channels(&target, &field.devices[2]))).await;
    assert_eq!(left, 1, "a device has one channel");
    field.row(what, format!("{told}; {left} stays open"), met);
}

async fn send_bodies(field: &mut Field, server: &Server) {
    let target = field.elsewhere();
    field.attack("huge bodies", bodies::huge(&target)).await;
    let target = field.elsewhere();
    field.attack("deep CBOR, signed or not", bodies::deep_cbor(&target, &field.devices[3])).await;
    let target = field.elsewhere();
    field.attack("deep JSON and YAML", bodies::deep_text(&target, server)).await;
    let target = field.elsewhere();
    field.attack("packed bodies", bodies::packed(&target)).await;
}

async fn speak_http2(field: &mut Field) {
    let target = field.elsewhere();
    field.attack("HTTP/2 rapid reset", http2::rapid_reset(&target)).await;
    let target = field.elsewhere();
    field.attack("HTTP/2 streams without end", http2::streams_without_end(&target)).await;
    let target = field.elsewhere();
    field.attack("HTTP/2 head without end", http2::endless_head(&target)).await;
}

async fn take_places(field: &mut Field) {
    let (one, other) = (field.elsewhere(), field.elsewhere());
    let what = "all places for one address, and another";
    let (hoards, met) = field
        .during(what, async { (places::hoard(&one, PLACES).await, places::hoard(&other, PLACES / 4).await) })
        .await;
    let (one, other) = (hoards.0.held(), hoards.1.held());
    assert!(one <= SHARE && one + other < PLACES, "one address holds {one} places, another {other}");
    field.row(what, format!("{one} and {other} held, the others closed at once"), met);
}

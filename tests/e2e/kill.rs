//! SIGKILL under load, again and again: every report that was answered 200 is there afterwards, byte for byte.

mod support;

use muster_fleet::http::{Connection, Target};
use muster_proto::id::DeviceId;
use muster_tests::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{Device, enrol, is_accepted, send, target};

/// Kills.
const KILLS: usize = 20;
/// Connections that send at the same time, each for so many devices.
const CONNECTIONS: usize = 8;
const DEVICES: usize = 4;
/// Reports that are acknowledged before each kill: not the same moment twice.
const BEFORE_A_KILL: std::ops::Range<usize> = 40..140;

/// A device, and the report that it has sent without an answer: it sends the same bytes again.
struct Sender {
    device: Device,
    unanswered: Option<Vec<u8>>,
}

/// A report that was answered 200.
struct Acknowledged {
    device: DeviceId,
    number: u64,
    bytes: Vec<u8>,
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut server = Server::start();
    server.with_officials("minfin");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let link = server.try_link("minfin", u32::try_from(CONNECTIONS * DEVICES).expect("few")).expect("a link");
    let link = link.parse().expect("a link");
    let mut groups: Vec<Vec<Sender>> = Vec::new();
    runtime.block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        for group in 0..CONNECTIONS {
            let mut senders = Vec::new();
            for nth in 0..DEVICES {
                let nth = u64::try_from(group * DEVICES + nth).expect("few");
                senders.push(Sender { device: enrol(&mut connection, &link, nth).await, unanswered: None });
            }
            groups.push(senders);
        }
    });

    let (mut acknowledged, mut found) = (0, 0);
    for kill in 0..KILLS {
        let (back, acked) = round(&runtime, &mut server, groups, kill);
        groups = back;
        acknowledged += acked.len();
        found += runtime.block_on(look_up(&server, &acked));
    }
    println!("{acknowledged} reports acknowledged, {found} found, over {KILLS} kills");
    assert_eq!(acknowledged, found);
    for device in groups.iter().flatten() {
        let shown = server.device(&device.device.report.device.to_string());
        assert_eq!(shown["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", shown["chain"]);
    }
}

/// Lets everybody send until enough is acknowledged, then kills the server in the middle of it and starts it again.
fn round(
    runtime: &tokio::runtime::Runtime,
    server: &mut Server,
    groups: Vec<Vec<Sender>>,
    kill: usize,
) -> (Vec<Vec<Sender>>, Vec<Acknowledged>) {
    let count = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = groups
        .into_iter()
        .map(|senders| runtime.spawn(keep_sending(target(server), senders, Arc::clone(&count))))
        .collect();
    let enough = BEFORE_A_KILL.start + kill * 53 % BEFORE_A_KILL.len();
    muster_tests::wait_for("enough acknowledged reports", Duration::from_secs(60), || {
        (count.load(Ordering::SeqCst) >= enough).then_some(())
    });
    server.restart().expect("it starts again after a kill");
    let (mut groups, mut all) = (Vec::new(), Vec::new());
    for task in tasks {
        let (senders, acked) = runtime.block_on(task).expect("the task ends with its connection");
        groups.push(senders);
        all.extend(acked);
    }
    (groups, all)
}

async fn keep_sending(
    target: Target,
    mut senders: Vec<Sender>,
    count: Arc<AtomicUsize>,
) -> (Vec<Sender>, Vec<Acknowledged>) {
    let mut acked = Vec::new();
    let mut connection = target.connect().await.expect("the server was there");
    loop {
        for sender in &mut senders {
            let bytes = sender.unanswered.take().unwrap_or_else(|| sender.device.next());
            match send(&mut connection, &bytes).await {
                Ok(answer) => {
                    assert!(
                        is_accepted(&answer),
                        "{} {:?}",
                        answer.status,
                        String::from_utf8_lossy(&answer.body)
                    );
                    let (device, number) = (sender.device.report.device, sender.device.report.number);
                    acked.push(Acknowledged { device, number, bytes });
                    count.fetch_add(1, Ordering::SeqCst);
                }
                Err(_) => {
                    sender.unanswered = Some(bytes);
                    return (senders, acked);
                }
            }
        }
    }
}

/// How many of these the server has, byte for byte.
async fn look_up(server: &Server, acked: &[Acknowledged]) -> usize {
    let token = std::fs::read_to_string(server.data().join("local-admin.token")).expect("the token");
    let mut connection = target(server).connect().await.expect("a connection");
    let mut found = 0;
    for one in acked {
        found += usize::from(is_there(&mut connection, token.trim(), one).await);
    }
    found
}

async fn is_there(connection: &mut Connection, token: &str, one: &Acknowledged) -> bool {
    let path = format!("/api/v1/devices/{}/report?number={}", one.device, one.number);
    let headers = format!("authorization: Bearer {token}\r\n");
    let answer = connection.send("GET", &path, &headers, &[]).await.expect("an answer");
    answer.status == 200 && answer.body == one.bytes
}

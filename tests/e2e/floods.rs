//! Who sends too much, too slowly or to no end: he is told so, and the phones beside him are served.

mod support;

use muster_fleet::http::{Connection, Target};
use muster_proto::answer::REPORT_TYPE;
use muster_proto::cose::seal;
use muster_proto::link::EnrolLink;
use muster_proto::problem::Problem;
use muster_tests::Server;
use std::time::{Duration, Instant};
use support::{Device, enrol, is_accepted, key, send, target, try_enrol};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn server() -> Server {
    let server = Server::start();
    server.with_officials("minfin");
    server
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn a_body_of_a_mebibyte_is_refused_and_the_server_goes_on() {
    let server = server();
    let link = server.link("minfin").parse().expect("a link");
    runtime().block_on(async {
        let target = target(&server);
        let mut connection = target.connect().await.expect("a connection");
        let mut device = enrol(&mut connection, &link, 1).await;
        let answer = said_to(&target, &head(1 << 20), &vec![0; 1 << 20]).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("\"too-long\""), "{answer}");
        // without a length, it is noticed while it is read
        let chunked = format!("POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: {REPORT_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".as_slice(), &[0; 0x10000], b"\r\n"].concat();
        let answer = said_to(&target, &chunked, &chunk.repeat(4)).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(is_accepted(&send(&mut connection, &device.next()).await.expect("an answer")));
    });
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up_after_ten_seconds() {
    let server = server();
    runtime().block_on(async {
        let began = clock();
        let answer = said_to(&target(&server), &head(1000), b"only the beginning").await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        let took = clock() - began;
        assert!((Duration::from_secs(9)..Duration::from_secs(20)).contains(&took), "{took:?}");
    });
}

#[expect(clippy::disallowed_methods, reason = "the test measures how long the server waits")]
fn clock() -> Instant {
    Instant::now()
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let server = server();
    runtime().block_on(async {
        let answer = said_to(&target(&server), "POST /v1/reports HTTP/1.1\r\nhost: x\r\n", b"").await;
        assert!(!answer.contains(" 200 "), "{answer}");
    });
}

#[test]
fn a_flood_of_what_nobody_signed_is_slowed_down() {
    let server = server();
    let link = server.link("minfin").parse().expect("a link");
    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        let mut statuses = Vec::new();
        for _ in 0..80 {
            let answer = send(&mut connection, b"nobody signed this").await.expect("an answer");
            statuses.push(answer.status);
            if answer.status == 429 {
                let after: u64 =
                    answer.header("retry-after").expect("when to try again").parse().expect("seconds");
                assert!(after >= 1);
                let problem: Problem = serde_json::from_slice(&answer.body).expect("a problem");
                assert_eq!(problem.code, "too-many");
            }
        }
        assert!(statuses.contains(&429), "{statuses:?}");
        assert_ne!(statuses[0], 429);
        // a phone at the same address comes through as soon as it tries again when it was told
        let mut device = enrol_when_let_in(&mut connection, &link).await;
        // and once it has verified, the flood beside it does not touch it
        for _ in 0..80 {
            drop(send(&mut connection, b"nobody signed this").await.expect("an answer"));
        }
        assert!(is_accepted(&send(&mut connection, &device.next()).await.expect("an answer")));
    });
}

/// Enrols as soon as the address is let in again.
async fn enrol_when_let_in(connection: &mut Connection, link: &EnrolLink) -> Device {
    let deadline = clock() + Duration::from_secs(30);
    loop {
        match try_enrol(connection, link, 1).await {
            Ok(device) => return device,
            Err(answer) => assert_eq!(answer.status, 429),
        }
        assert!(clock() < deadline, "the address is never let in again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn a_flood_of_one_device_uses_up_its_own_rate_and_nobody_else_s() {
    let server = server();
    let link = server.try_link("minfin", 2).expect("a link").parse().expect("a link");
    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        let (mut flood, mut other) =
            (enrol(&mut connection, &link, 1).await, enrol(&mut connection, &link, 2).await);
        let mut bytes = flood.next();
        let mut refused = None;
        for _ in 0..600 {
            let answer = send(&mut connection, &bytes).await.expect("an answer");
            if answer.status == 429 {
                refused = Some(answer);
                break;
            }
            assert!(is_accepted(&answer));
            bytes = flood.next();
        }
        let refused = refused.expect("one device can't send without end");
        assert!(refused.header("retry-after").is_some());
        // somebody else's forgeries in its name use up nothing of another's
        let forged = seal(&other.report, &key()).expect("signed");
        for _ in 0..50 {
            drop(send(&mut connection, &forged).await.expect("an answer"));
        }
        assert!(is_accepted(&send(&mut connection, &other.next()).await.expect("an answer")));
    });
}

fn head(length: usize) -> String {
    format!(
        "POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: {REPORT_TYPE}\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// What the server says to bytes that somebody sends and then waits.
async fn said_to(target: &Target, head: &str, body: &[u8]) -> String {
    let mut stream = target.connect().await.expect("a connection").into_stream();
    stream.write_all(head.as_bytes()).await.expect("the head is sent");
    // a server that has said enough may hang up in the middle
    drop(stream.write_all(body).await);
    drop(stream.flush().await);
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => said.extend_from_slice(&buffer[..read]),
            }
            if said.ends_with(b"}") {
                break;
            }
        }
    });
    waited.await.expect("the server answers or hangs up");
    String::from_utf8_lossy(&said).into_owned()
}

//! HTTP/2 by hand, as no client speaks it: streams without end, and streams that are taken back at once.

use crate::told::Told;
use muster_fleet::http::Target;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Streams that are opened and taken back at once, by the thousand.
pub async fn rapid_reset(target: &Target) -> Told {
    let mut frames = Vec::new();
    for stream in streams(10_000) {
        frames.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, &get()));
        frames.extend(frame(RESET, 0, stream, &8_u32.to_be_bytes()));
    }
    spoken(target, &frames).await
}

/// Streams that are opened and never ended.
pub async fn streams_without_end(target: &Target) -> Told {
    let mut frames = Vec::new();
    for stream in streams(5_000) {
        frames.extend(frame(HEADERS, END_HEADERS, stream, &post()));
    }
    spoken(target, &frames).await
}

/// A head that is continued and continued.
pub async fn endless_head(target: &Target) -> Told {
    let mut frames = frame(HEADERS, END_STREAM, 1, &get());
    let more = literal("x", &"y".repeat(100)).repeat(100);
    for _ in 0..500 {
        frames.extend(frame(CONTINUATION, 0, 1, &more));
    }
    spoken(target, &frames).await
}

fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|n| 2 * n + 1)
}

/// Says all of it on ten connections, and reads until the server hangs up.
async fn spoken(target: &Target, frames: &[u8]) -> Told {
    let (target, mut told) = (target.speaking("h2"), Told::default());
    for _ in 0..10 {
        let stream = target.connect().await.expect("a connection").into_stream();
        let (mut reads, mut writes) = tokio::io::split(stream);
        let sending = async {
            let begin = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(SETTINGS, 1, 0, &[])].concat();
            // a server that has had enough hangs up in the middle
            drop(writes.write_all(&begin).await);
            drop(writes.write_all(frames).await);
            drop(writes.flush().await);
        };
        let reading = async {
            let mut last = "closed".to_owned();
            while let Some((kind, payload)) = next(&mut reads).await {
                if kind == GOAWAY {
                    last = format!("goaway {}", reason(&payload));
                }
            }
            last
        };
        let (_, last) = tokio::join!(sending, reading);
        told.word(last);
    }
    told
}

async fn next(reads: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    reads.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    reads.read_exact(&mut payload).await.ok()?;
    Some((head[3], payload))
}

/// The reason of a GOAWAY, in the standard's words (RFC 9113, section 7).
fn reason(payload: &[u8]) -> &'static str {
    match payload.get(7) {
        Some(0) => "no-error",
        Some(1) => "protocol-error",
        Some(11) => "enhance-your-calm",
        _ => "other",
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `GET /v1/ca`; the first three are in the static table (RFC 7541, appendix A).
fn get() -> Vec<u8> {
    [vec![0x82, 0x87], literal(":path", "/v1/ca"), literal(":authority", "x")].concat()
}

/// `POST /v1/reports`, whose body is to come.
fn post() -> Vec<u8> {
    [vec![0x83, 0x87], literal(":path", "/v1/reports"), literal(":authority", "x")].concat()
}

/// A field that no table keeps.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).expect("short");
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

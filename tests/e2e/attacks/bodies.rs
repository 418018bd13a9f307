//! Bodies that are too long, too deep, or packed.

use crate::support::{Device, send};
use crate::told::Told;
use muster_fleet::http::{Answer, Connection, Target};
use muster_proto::answer::REPORT_TYPE;
use muster_proto::cose::{Typ, seal_payload};
use muster_tests::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn connection(target: &Target) -> Connection {
    target.connect().await.expect("a connection")
}

/// A mebibyte with its length, one without, and one that says it is longer than anything.
pub async fn huge(target: &Target) -> Told {
    let mut told = Told::default();
    let head = |how: &str| {
        format!("POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: {REPORT_TYPE}\r\n{how}\r\n\r\n")
    };
    let piece = [b"10000\r\n".as_slice(), &[0; 0x10000], b"\r\n"].concat();
    for _ in 0..20 {
        told.word(said(target, &head("content-length: 1048576"), &vec![0; 1 << 20]).await);
        told.word(said(target, &head("transfer-encoding: chunked"), &piece.repeat(16)).await);
        told.word(said(target, &head("content-length: 9223372036854775807"), &[0; 1000]).await);
    }
    told.only(&["413"])
}

/// The status of what the server says to bytes.
async fn said(target: &Target, head: &str, body: &[u8]) -> String {
    let mut stream = connection(target).await.into_stream();
    stream.write_all(head.as_bytes()).await.expect("the head is sent");
    let (mut reads, mut writes) = tokio::io::split(stream);
    // a server that has said enough may hang up in the middle
    let sending = async { drop(writes.write_all(body).await) };
    let reading = async {
        let mut status = [0; 12];
        reads.read_exact(&mut status).await.map(|_| String::from_utf8_lossy(&status[9..]).into_owned())
    };
    let (_, status) = tokio::join!(sending, reading);
    status.unwrap_or_else(|_| "closed".to_owned())
}

/// CBOR within CBOR without end: bare, and signed by a device of ours.
pub async fn deep_cbor(target: &Target, device: &Device) -> Told {
    let (mut connection, mut told) = (connection(target).await, Told::default());
    let signed = |payload: &[u8]| seal_payload(Typ::Report, payload, &device.key, &[]).expect("signed");
    for byte in [0x81, 0xa1, 0x9f, 0xbf, 0xc1, 0xd2] {
        let deep = vec![byte; 60_000];
        told.note(&send(&mut connection, &deep).await.expect("an answer"));
        told.note(&send(&mut connection, &signed(&deep[..30_000])).await.expect("an answer"));
    }
    assert!(told.every(|word| !word.contains("accepted") && !word.starts_with('5')), "{told}");
    told
}

/// JSON and YAML within themselves, from an administrator.
pub async fn deep_text(target: &Target, server: &Server) -> Told {
    let (mut connection, mut told) = (connection(target).await, Told::default());
    let token = std::fs::read_to_string(server.data().join("local-admin.token")).expect("a token");
    let headers = |media_type: &str| {
        format!("authorization: Bearer {}\r\ncontent-type: {media_type}\r\n", token.trim())
    };
    for deep in ["[", "{\"a\":", "[{\"a\":"] {
        let deep = deep.repeat(60_000 / deep.len());
        let (json, yaml) = (headers("application/json"), headers("text/yaml"));
        told.note(&post(&mut connection, "/api/v1/orgs", &json, deep.as_bytes()).await);
        told.note(&post(&mut connection, "/api/v1/policies/plan", &yaml, deep.as_bytes()).await);
    }
    // each name stands for ten of the one before
    let mut laughs = "a0: &a0 [lol]\n".to_owned();
    for n in 1..12 {
        let ten = vec![format!("*a{}", n - 1); 10].join(", ");
        laughs += &format!("a{n}: &a{n} [{ten}]\n");
    }
    told.note(
        &post(&mut connection, "/api/v1/policies/plan", &headers("text/yaml"), laughs.as_bytes()).await,
    );
    told.only(&["400 malformed", "422 policy-malformed"])
}

async fn post(connection: &mut Connection, path: &str, headers: &str, body: &[u8]) -> Answer {
    connection.send("POST", path, headers, body).await.expect("an answer")
}

/// Bodies that say they are packed.
pub async fn packed(target: &Target) -> Told {
    let mut told = Told::default();
    // a gzip of nothing: if it were unpacked it would be an empty body
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for packing in ["gzip", "br", "deflate", "zstd", "gzip, gzip"] {
        let headers = format!("content-type: {REPORT_TYPE}\r\ncontent-encoding: {packing}\r\n");
        for path in ["/v1/reports", "/v1/enrol", "/v1/key"] {
            let mut connection = connection(target).await;
            told.note(&post(&mut connection, path, &headers, &gzip).await);
        }
    }
    // unpacked they would be empty; as they are they are refused, for their packing or because they are no message
    assert!(told.every(|word| word.starts_with("415 ") || word.ends_with("not-cose-sign1")), "{told}");
    told
}

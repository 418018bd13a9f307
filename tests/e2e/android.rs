//! A phone in set-up, as far as the server goes: the QR code, and the package that it names.

use muster_agent::transport::{CertificateClock, Transport, fetch_ca};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::link::EnrolLink;
use muster_proto::time::Timestamp;
use muster_tests::{Agent, Root, Server, repo};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn apk(name: &str) -> PathBuf {
    repo().join("server/apk/tests/apk").join(name)
}

fn add(server: &Server, name: &str) -> Value {
    server.muster(&["agent-package", "add", &apk(name).to_string_lossy(), "--json"]).json()
}

/// What a plain `GET` is answered: the head, and the body.
fn fetch(authority: &str, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(authority).expect("the listener is there");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")
        .expect("it takes a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end + 4..].to_vec())
}

/// The text of a QR code in a picture, read by somebody else's reader.
fn read_qr(file: &Path) -> String {
    let bytes = std::fs::read(file).expect("the picture is there");
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("it is PNG");
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let mut pixels = vec![0; width * height];
    reader.next_frame(&mut pixels).expect("grey pixels");
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code");
    grids[0].decode().expect("it is readable").1
}

#[test]
fn the_qr_code_leads_to_the_package_and_to_the_server() {
    let server = Server::start_with(&["--package-listen", "127.0.0.1:0"]);
    let _ = server.muster(&["org", "add", "minfin", "--title", "Finance"]).ok();
    let added = add(&server, "agent-0.1.0.apk");
    assert_eq!((added["version"].as_str(), added["version_code"].as_u64()), (Some("0.1.0"), Some(1000)));

    let png = server.data().join("qr.png");
    let file = png.to_string_lossy();
    let made = server
        .muster(&[
            "enrol-token",
            "--org",
            "minfin",
            "--android-qr",
            "--asset-tag",
            "MF-1",
            "--wifi-ssid",
            "Setup",
            "--wifi-password",
            "correct horse",
            "--locale",
            "ru_RU",
            "--qr-png",
            &file,
            "--json",
        ])
        .json();
    let said = &made["android_qr"];
    assert_eq!(serde_json::from_str::<Value>(&read_qr(&png)).expect("JSON in the code"), *said);
    let extra = |name: &str| said[format!("android.app.extra.PROVISIONING_{name}")].clone();
    assert_eq!(extra("DEVICE_ADMIN_COMPONENT_NAME"), "io.muster.agent/io.muster.agent.AdminReceiver");
    assert_eq!(extra("ADMIN_EXTRAS_BUNDLE"), json!({ "server_link": made["link"], "asset_tag": "MF-1" }));
    assert_eq!(extra("WIFI_SECURITY_TYPE"), "WPA");
    // `apksigner verify --print-certs` says 137ccb8b…
    assert_eq!(extra("DEVICE_ADMIN_SIGNATURE_CHECKSUM"), "E3zLi6FaK6M6breZLpbl9PPHZlwPlsXC8qUph0kD4uM");

    let location = extra("DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION");
    let address = location.as_str().and_then(|url| url.strip_prefix("http://")).expect("plain HTTP");
    let (authority, _) = address.split_once('/').expect("a path");
    let (head, body) = fetch(authority, "/agent/android.apk");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body == std::fs::read(apk("agent-0.1.0.apk")).expect("the fixture"), "byte for byte");
    let tag = format!("etag: \"{}\"", Digest::of(&body));
    assert!(head.to_lowercase().contains(&tag), "{head}");
    for other in ["/", "/agent/android.json", "/v1/ca", "/devices", "/api/v1/me", "/agent/../v1/ca"] {
        let (head, body) = fetch(authority, other);
        assert!(head.starts_with("HTTP/1.1 404") && body.is_empty(), "{other}: {head}");
    }
}

/// For one answer of a server on this machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_agent_fetches_what_its_ring_is_offered() {
    let server = Server::start();
    let _ = server.muster(&["org", "add", "minfin", "--title", "Finance"]).ok();
    let _ = add(&server, "agent-0.1.0.apk");
    let newer = apk("agent-0.2.0.apk");
    let _ = server.muster(&["agent-package", "add", &newer.to_string_lossy(), "--ring", "10"]).ok();

    let link: EnrolLink = server.link("minfin").parse().expect("a link");
    let ca = fetch_ca(&link.authority, link.ca).expect("the server's CA");
    let clock = CertificateClock::default();
    let made =
        std::fs::metadata(server.data().join("ca.pem")).and_then(|file| file.modified()).expect("its day");
    let made = made.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    clock.set(Timestamp::from_secs(i64::try_from(made).expect("a time") + 1));
    let transport = Transport::new(&link.authority, &ca, clock).expect("TLS");
    let offers: Vec<_> = (0..100)
        .map(|n| transport.offer(DeviceId([n; 16]), PATIENCE).expect("an answer").expect("a package"))
        .collect();
    let ahead = offers.iter().filter(|offer| offer.version_code == 2000).count();
    assert!((1..40).contains(&ahead), "{ahead} of 100 are in the ring of ten in a hundred");
    let newest = offers.iter().find(|offer| offer.version_code == 2000).expect("one of them");
    let mut file = Vec::new();
    transport.package(newest, &mut file, PATIENCE, &|| true).expect("the package");
    assert_eq!((Digest::of(&file), file.len() as u64), (newest.sha256, newest.size));
    let _ = server.muster(&["agent-package", "ring", "0.2.0", "halt"]).ok();
    let again = transport.package(newest, &mut Vec::new(), PATIENCE, &|| true);
    assert!(again.is_err(), "halted");
}

#[test]
fn people_see_the_code_on_their_terminal() {
    let server = Server::start_with(&["--package-listen", "127.0.0.1:0"]);
    let _ = server.muster(&["org", "add", "minfin", "--title", "Finance"]).ok();
    let qr =
        |more: &[&str]| server.muster(&[&["enrol-token", "--org", "minfin", "--android-qr"], more].concat());
    qr(&[]).refused("muster agent-package add FILE");
    let _ = add(&server, "agent-0.1.0.apk");
    let text = qr(&[]).ok().text();
    assert!(
        text.starts_with("muster://") && text.contains("PROVISIONING_DEVICE_ADMIN") && text.contains('█'),
        "{text}"
    );
    assert!(text.contains("http://127.0.0.1:") && text.contains("/agent/android.apk"), "{text}");

    let elsewhere = qr(&["--apk-url", "https://files.example/muster.apk"]);
    assert!(elsewhere.stderr.is_empty(), "{}", elsewhere.stderr);
    assert!(elsewhere.ok().text().contains("https://files.example/muster.apk"));
    let long = format!("https://files.example/{}", "x".repeat(3000));
    qr(&["--apk-url", &long]).refused("more than a QR code takes");
}

#[test]
fn a_code_that_no_phone_could_follow_is_not_made() {
    let server = Server::start();
    let _ = server.muster(&["org", "add", "minfin", "--title", "Finance"]).ok();
    let _ = add(&server, "agent-0.1.0.apk");
    let qr = |more: &[&str]| {
        server.muster(&[&["enrol-token", "--org", "minfin", "--android-qr", "--json"], more].concat())
    };
    let unreachable = qr(&[]);
    for way_out in ["--apk-url", "--package-listen"] {
        assert!(unreachable.stderr.contains(way_out), "{}", unreachable.stderr);
    }
    unreachable.refused("does not know this server's certificate");

    let elsewhere = ["--apk-url", "https://files.example/muster.apk"];
    for (more, part) in [
        (["--time-zone", "Europe/Moskva"], "time zone database"),
        (["--locale", "Russian"], "ru_RU"),
        (["--apk-url", "files.example"], "neither http://… nor https://…"),
        (["--wifi-password", "12345678"], "--wifi-ssid"),
    ] {
        let ran = qr(&more).ends(2);
        assert!(ran.stderr.contains(part), "{more:?}: {}", ran.stderr);
    }
    let network = |more: &[&str]| qr(&[&elsewhere, ["--wifi-ssid", "Setup"].as_slice(), more].concat());
    let ran = network(&["--wifi-password", "short"]).ends(2);
    assert!(ran.stderr.contains("8 to 63 bytes"), "{}", ran.stderr);
    let made = network(&["--locale", "ru-RU", "--time-zone", "europe/moscow"]).json();
    let extra = |name: &str| made["android_qr"][format!("android.app.extra.PROVISIONING_{name}")].clone();
    assert_eq!((extra("LOCALE"), extra("TIME_ZONE")), (json!("ru_RU"), json!("Europe/Moscow")));
    let audit = server.muster(&["audit", "--json"]).json();
    let made = |entry: &&Value| entry["action"] == "token.make" && entry["subject"] == "org:minfin";
    assert_eq!(
        audit.as_array().into_iter().flatten().filter(made).count(),
        1,
        "what was refused has made no link"
    );
}

#[test]
fn packages_are_kept_over_a_restart_and_offered_in_rings() {
    let mut server = Server::start();
    let _ = add(&server, "agent-0.1.0.apk");
    let unsigned = apk("unsigned.apk");
    server.muster(&["agent-package", "add", &unsigned.to_string_lossy()]).refused("scheme v2");
    server.muster(&["agent-package", "add", "/dev/zero"]).refused("not a regular file");
    let newer = apk("agent-0.2.0.apk");
    let _ = server.muster(&["agent-package", "add", &newer.to_string_lossy(), "--ring", "1"]).ok();
    let _ = server.muster(&["agent-package", "ring", "0.2.0", "10"]).ok();
    server.restart().expect("it starts again");
    let list = server.muster(&["agent-package", "list", "--json"]).json();
    assert_eq!(
        (list["current"].as_u64(), list["packages"][0]["ring"].as_str()),
        (Some(1000), Some("10")),
        "{list}"
    );
    assert!(list["packages"].as_array().into_iter().flatten().all(|one| one["intact"] == true), "{list}");
    let text = server.muster(&["agent-package", "list"]).ok().text();
    assert!(text.contains("0.2.0") && text.contains("/agent/android.apk"), "{text}");
    server.muster(&["agent-package", "remove", "0.2.0"]).refused("halt it first");
    let _ = server.muster(&["agent-package", "ring", "0.2.0", "halt"]).ok();
    let _ = server.muster(&["agent-package", "remove", "0.2.0"]).ok();
    assert!(!server.muster(&["agent-package", "list"]).ok().text().contains("0.2.0"));
    let audit = server.muster(&["audit", "--json"]).json().to_string();
    for action in ["package.add", "package.ring", "package.remove"] {
        assert!(audit.contains(action), "{audit}");
    }
}

#[test]
fn each_permission_is_explained() {
    let read = |path: &str| std::fs::read_to_string(repo().join(path)).expect(path);
    let (manifest, page) =
        (read("android-wrapper/app/src/main/AndroidManifest.xml"), read("docs/android.md"));
    let asked: Vec<&str> = manifest
        .split("<uses-permission android:name=\"android.permission.")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!((1..=8).contains(&asked.len()), "{asked:?}");
    for permission in asked {
        assert!(
            page.contains(&format!("`{permission}`")),
            "docs/android.md does not say what {permission} is for"
        );
    }
}

#[test]
fn a_key_without_certificates_says_so() {
    let server = Server::start();
    let _ = server.muster(&["org", "add", "minfin", "--title", "Finance"]).ok();
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let id = agent.id();
    assert_eq!(server.device(&id)["key"]["chain"], Value::Null);
    server.muster(&["device", "chain", &id]).refused("attestation chain");
}

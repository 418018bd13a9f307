//! Mails through the router and their turns, against a small mail server of the test's own, which takes, refuses or is not there.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::time::Span;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::sync::Notify;

use super::{Mailer, Settings, digests, prompts, send_due};
use crate::http::testing::{Answer, Phone, World, telegram, world};
use crate::store::{StoreError, Tx, values};

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - id: messengers
    kind: messengers
    title: { en: No foreign messengers, ru: Без иностранных мессенджеров }
    deny: [telegram]
    grace: 72h
assign:
  - org: minfin
";

/// A mail server that speaks as much SMTP as is needed.
#[derive(Clone)]
struct Post {
    url: String,
    kept: Arc<Mutex<Kept>>,
    /// It waits with its answer to a mail for as long as a test holds this.
    hold: Arc<tokio::sync::Mutex<()>>,
    /// A mail came.
    came: Arc<Notify>,
}

#[derive(Default)]
struct Kept {
    mails: Vec<String>,
    /// What is answered to recipients, where not 250.
    refuse: Option<&'static str>,
}

impl Post {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}?tls=off", listener.local_addr().unwrap());
        let kept = Arc::<Mutex<Kept>>::default();
        let (hold, came) = (Arc::default(), Arc::<Notify>::default());
        let post = Self { url, kept, hold, came };
        let shared = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        post
    }

    fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.kept.lock().unwrap().mails).into_iter().map(Mail::of).collect()
    }

    fn refuse(&self, with: Option<&'static str>) {
        self.kept.lock().unwrap().refuse = with;
    }

    fn mailer(&self) -> Mailer {
        mailer(&self.url)
    }
}

fn mailer(url: &str) -> Mailer {
    let (url, from) = (url.parse().unwrap(), "Muster <muster@server.example>".to_owned());
    Mailer::new(&Settings { url, password_file: None, from, ca: None }).unwrap()
}

async fn serve(stream: tokio::net::TcpStream, post: Post) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let refuse = post.kept.lock().unwrap().refuse;
        let answer = match line.split(' ').next().unwrap_or_default().trim() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).await.unwrap();
                }
                post.kept.lock().unwrap().mails.push(mail);
                post.came.notify_one();
                drop(post.hold.lock().await);
                "250 taken"
            }
            "RCPT" => refuse.unwrap_or("250 fine"),
            _ => "250 fine",
        };
        line.clear();
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
}

/// A mail as it came, with its parts read.
struct Mail {
    raw: String,
}

impl Mail {
    fn of(raw: String) -> Self {
        Self { raw }
    }

    fn header(&self, name: &str) -> &str {
        let line = self.raw.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.raw))
    }

    /// All parts, decoded and one after the other.
    fn said(&self) -> String {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        let boundary = self.raw.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut said = String::new();
        for part in self.raw.split("Content-Transfer-Encoding: ").skip(1) {
            let (head, body) = part.split_once("\r\n\r\n").unwrap();
            let encoding = head.lines().next().unwrap();
            let body = body.split(&format!("\r\n--{boundary}")).next().unwrap();
            said += &match encoding {
                "base64" => {
                    String::from_utf8(BASE64_STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap()
                }
                "quoted-printable" => quoted(body),
                _ => body.to_owned(),
            };
        }
        said.replace("\r\n", "\n")
    }
}

fn quoted(text: &str) -> String {
    let (mut bytes, text) = (Vec::new(), text.replace("=\r\n", ""));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn apply(world: &World) {
    apply_text(world, POLICY.to_owned()).await;
}

async fn apply_text(world: &World, policy: String) {
    let request = Request::post("/api/v1/policies")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .body(Body::from(policy));
    assert_eq!(world.send(request.unwrap()).await.status, StatusCode::OK);
}

async fn patch(world: &World, path: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn recipient(world: &World, more: &Value) -> String {
    let mut new = json!({ "address": "duty@minfin.example", "language": "en" });
    for (key, value) in more.as_object().into_iter().flatten() {
        new[key] = value.clone();
    }
    let made = world.post("/mail-recipients", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn sent(world: &World, post: &Post) -> Vec<Mail> {
    send_due(&world.app, &post.mailer()).await.unwrap();
    post.take()
}

async fn broken(world: &World, tag: &str) -> Phone {
    let mut phone = world.phone("R570E", tag).await;
    phone.report(world, vec![telegram("harbour-fernschreiber")], None).await;
    phone
}

#[tokio::test]
async fn a_digest_comes_each_day_at_its_hour_and_tells_what_has_changed() {
    let (world, post) = (world().await, Post::start().await);
    apply(&world).await;
    patch(&world, "/orgs/minfin", &json!({ "time_zone": "Europe/Moscow" })).await;
    // it is noon there: the digest of today is over
    let ru = json!({ "language": "ru", "org": "minfin", "digest_hour": 9 });
    recipient(&world, &ru).await;
    let mut phone = broken(&world, "МФ-1").await;
    broken(&world, "MF-<2>").await;
    assert_eq!(digests(&world.app).await.unwrap(), 0);
    world.clock.pass(Span::from_hours(20));
    assert_eq!(digests(&world.app).await.unwrap(), 0, "it is eight o'clock");
    world.clock.pass(Span::from_hours(1));
    assert_eq!((digests(&world.app).await.unwrap(), digests(&world.app).await.unwrap()), (1, 0));
    let mut mails = sent(&world, &post).await;
    assert_eq!((mails.len(), sent(&world, &post).await.len()), (1, 0));
    let mail = mails.remove(0);
    assert_eq!(mail.header("To"), "duty@minfin.example");
    assert_eq!(mail.header("From"), "Muster <muster@server.example>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(
        mail.header("Message-ID").starts_with("<digest.")
            && mail.header("Message-ID").ends_with("@server.example>")
    );
    let said = mail.said();
    for part in [
        "Ministry <of> Finance",
        "Отсрочка",
        "МФ-1 (minfin)",
        "- MF-<2> (minfin)",
        "MF-&lt;2&gt; (minfin)",
        "2026-03-31 12:00",
        "minfin: ",
        &format!("https://localhost:8443/devices/{}", phone.id),
    ] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }

    // three days later the grace is over, and one was put in order
    world.clock.pass(Span::from_hours(24));
    phone.report(&world, vec![], None).await;
    world.clock.pass(Span::from_hours(36));
    crate::judge::due(&world.app).await.unwrap();
    digests(&world.app).await.unwrap();
    let said = sent(&world, &post).await.remove(0).said();
    let of = |title: &str| {
        said.split(title)
            .nth(1)
            .unwrap_or_else(|| panic!("no {title:?} in {said}"))
            .split("\n\n")
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(of("Новые нарушения: 3").contains("Без иностранных мессенджеров"), "{said}");
    assert!(of("Устранено: 1").contains("МФ-1"), "{said}");
    assert!(of("Не на связи: ").contains("MF-<2>"), "{said}");
}

#[tokio::test]
async fn a_change_of_many_is_one_mail_and_comes_again_under_its_id() {
    let (world, post) = (world().await, Post::start().await);
    apply(&world).await;
    let id = recipient(&world, &json!({ "at_once": ["grace"] })).await;
    recipient(&world, &json!({ "address": "other@minfin.example", "at_once": ["exempt"] })).await;
    for nth in 0..3 {
        broken(&world, &format!("MF-{nth}")).await;
    }
    assert_eq!(prompts(&world.app).await.unwrap(), 0, "a minute is gathered");
    world.clock.pass(Span::from_secs(60));
    assert_eq!((prompts(&world.app).await.unwrap(), prompts(&world.app).await.unwrap()), (1, 0));
    post.refuse(Some("451 later"));
    assert_eq!(sent(&world, &post).await.len(), 0);
    let listed = world.get("/mail-recipients").await.json();
    let duty = listed["recipients"].as_array().unwrap().iter().find(|one| one["id"] == id.as_str()).unwrap();
    assert_eq!((&duty["waiting"], &duty["dead"]), (&json!(1), &json!(0)), "{listed}");
    assert!(duty["error"].as_str().unwrap().contains("later"), "{listed}");
    post.refuse(None);
    assert_eq!(sent(&world, &post).await.len(), 0, "it has its pause");
    world.clock.pass(Span::from_secs(10));
    let mail = sent(&world, &post).await.remove(0);
    let said = mail.said();
    assert!(mail.header("Subject").contains('3') && said.contains("No foreign messengers"), "{said}");
    assert_eq!(said.matches("(minfin): ").count(), 6, "each in both parts: {said}");

    // the same mail, if the server died before it noted that it was taken
    broken(&world, "MF-9").await;
    world.clock.pass(Span::from_secs(60));
    prompts(&world.app).await.unwrap();
    let ids = world.app.store.read(|tx| tx.query("SELECT id FROM mails", &[])).await.unwrap();
    let stored: String = ids.into_iter().next().unwrap().take().unwrap();
    let mail = sent(&world, &post).await.remove(0);
    assert_eq!(mail.header("Message-ID"), format!("<{stored}@server.example>"));
}

#[tokio::test]
async fn what_is_only_observed_is_marked_and_told_again_when_it_decides() {
    let (world, post) = (world().await, Post::start().await);
    let watched = "mode: observe\n    escalate: { enforce: 10h }";
    apply_text(&world, POLICY.replace("grace: 72h", watched)).await;
    let hour = (world.app.now().millis() / 3_600_000 + 5) % 24;
    recipient(&world, &json!({ "at_once": ["failing"], "digest_hour": hour })).await;
    broken(&world, "MF-1").await;
    let told = async |pass: Span| {
        world.clock.pass(pass);
        crate::judge::due(&world.app).await.unwrap();
        world.clock.pass(Span::from_secs(60));
        assert_eq!(prompts(&world.app).await.unwrap(), 1);
        digests(&world.app).await.unwrap();
        sent(&world, &post).await.iter().map(|mail| mail.said()).collect::<Vec<_>>()
    };
    let first = told(Span::from_secs(0)).await;
    assert!(first[0].contains("Failing (observed only)"), "{first:?}");
    let second = told(Span::from_hours(10)).await;
    assert!(second[0].contains("No foreign messengers: Failing, "), "{second:?}");
    let digest = &second[1];
    assert!(digest.contains("Newly failing: 1"), "{digest}");
    assert!(digest.contains("(observed or warning only): 0"), "it is one that decides: {digest}");
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_is_asked_once_for_all() {
    let world = world().await;
    let insert = |tx: &mut dyn Tx| {
        for id in ["a", "b", "c"] {
            tx.execute(
                "INSERT INTO mails (id, recipient, address, subject, body, html, made, attempts, next_try, error) \
                 VALUES ($1, 'r', 'a@b.example', 's', 't', 'h', 0, 0, 0, '')",
                &values![id],
            )?;
        }
        Ok::<_, StoreError>(())
    };
    world.app.store.write(insert).await.unwrap();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sent = send_due(&world.app, &mailer(&format!("smtp://{closed}?tls=off"))).await.unwrap();
    assert_eq!((sent.sent, sent.failed), (0, 1), "the rest waits for the next look");
}

#[tokio::test]
async fn recipients_are_edited_and_what_is_wrong_is_said() {
    let world = world().await;
    for (new, code) in [
        (json!({ "address": "nobody", "language": "en" }), "bad-mail"),
        (json!({ "address": "a@b.example\r\nBcc: c@d.example", "language": "en" }), "bad-mail"),
        (json!({ "address": "a@b.example", "language": "en", "digest_hour": 24 }), "bad-mail"),
        (json!({ "address": "a@b.example", "language": "de" }), "malformed"),
        (
            json!({ "address": "a@b.example", "language": "en", "digest_hour": 9, "org": "nobody" }),
            "not-found",
        ),
        (json!({ "address": "a@b.example", "language": "en" }), "bad-mail"),
        (json!({ "address": "a@b.example", "language": "en", "at_once": ["purple"] }), "malformed"),
    ] {
        let refused = world.post("/mail-recipients", &new).await;
        assert_eq!(refused.json()["code"], code, "{new}: {}", refused.text);
    }
    let id = recipient(&world, &json!({ "digest_hour": 9, "org": "minfin" })).await;
    let path = format!("/mail-recipients/{id}");
    let change = json!({ "digest_hour": null, "org": null, "at_once": ["failing"], "language": "ru" });
    let after = patch(&world, &path, &change).await.json();
    assert_eq!(
        (&after["digest_hour"], &after["org"], &after["at_once"]),
        (&Value::Null, &Value::Null, &json!(["failing"]))
    );
    assert_eq!(world.get(&path).await.json(), after);
    let nothing = patch(&world, &path, &json!({ "at_once": [] })).await;
    assert_eq!(nothing.json()["code"], "bad-mail", "told of nothing: {}", nothing.text);
    // the mail server of the tests' configuration is not there
    let tried = world.post(&format!("{path}/test"), &json!({})).await.json();
    assert_eq!(tried["delivered"], false, "{tried}");
    assert!(!tried["error"].as_str().unwrap().is_empty());
    let audit = world.get("/audit?limit=500").await.text;
    assert_eq!(world.delete(&path).await.json()["id"], id.as_str());
    assert_eq!(world.get(&path).await.status, StatusCode::NOT_FOUND);
    for action in ["mail.add", "mail.edit", "mail.test"] {
        assert!(audit.contains(action), "{action}");
    }
}

mod dead;
mod meanwhile;

//! Passwords, one-time codes and people's pages, as browsers see them.

use axum::http::{Method, StatusCode};
use muster_proto::time::Span;
use serde_json::json;
use totp_rs::{Builder, Secret};

use crate::auth::Actor;
use crate::http::testing::{Answer, World, world};
use crate::people;

/// A person's phone with the application that makes codes, and what the person remembers.
struct Holder {
    secret: String,
    recovery: Vec<String>,
    cookie: String,
}

const PASSWORD: &str = "correct horse battery";

fn code(world: &World, secret: &str) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(u64::try_from(world.app.now().secs()).unwrap()).to_string()
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The texts of all elements with this class.
fn secrets(page: &str) -> Vec<String> {
    let found = page.split("<pre class=\"secret\">").skip(1);
    found.filter_map(|rest| rest.split("</pre>").next()).map(str::to_owned).collect()
}

async fn link(world: &World, name: &str) -> String {
    let made = people::make_set_up_link(&world.app, &Actor::system("test"), name).await.unwrap();
    made.link.rsplit('=').next().unwrap().to_owned()
}

async fn finish(world: &World, link: &str, (password, again): (&str, &str), code: &str) -> Answer {
    let form = format!("link={link}&password={}&again={}&code={code}", escaped(password), escaped(again));
    world.visit(Method::POST, "/set-up", "", &form).await
}

/// Anna, with a password and codes.
async fn anna(world: &World) -> Holder {
    world.post("/people", &json!({ "name": "Anna", "grants": [{ "role": "owner" }] })).await;
    let link = link(world, "Anna").await;
    let page = world.visit(Method::GET, &format!("/set-up?link={link}"), "", "").await;
    let secret = secrets(&page.text).remove(0);
    let done = finish(world, &link, (PASSWORD, PASSWORD), &code(world, &secret)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let recovery = secrets(&done.text).remove(0).lines().map(str::to_owned).collect();
    let cookie = done.cookie();
    // the code that was shown is used up
    world.clock.pass(Span::from_secs(60));
    Holder { secret, recovery, cookie }
}

async fn sign_in(world: &World, name: &str, password: &str, code: &str) -> Answer {
    let form = format!("name={}&password={}&code={}", escaped(name), escaped(password), escaped(code));
    world.visit(Method::POST, "/sign-in/password", "", &form).await
}

async fn post(world: &World, cookie: &str, path: &str, form: &str) -> Answer {
    let csrf = world.visit(Method::GET, "/devices", cookie, "").await.csrf();
    world.visit(Method::POST, path, cookie, &format!("{form}&csrf={csrf}")).await
}

#[tokio::test]
async fn a_person_chooses_a_password_once_and_nothing_changes_before() {
    let world = world().await;
    world.post("/people", &json!({ "name": "Anna", "grants": [{ "role": "auditor" }] })).await;
    let old = link(&world, "Anna").await;
    let link = link(&world, "Anna").await;
    let gone = world.visit(Method::GET, &format!("/set-up?link={old}"), "", "").await;
    assert_eq!(gone.status, StatusCode::FORBIDDEN, "a newer link takes the place of an older one");
    let page = world.visit(Method::GET, &format!("/set-up?link={link}"), "", "").await;
    assert!(page.text.contains("<svg") && page.text.contains("Anna"), "{}", page.text);
    let secret = secrets(&page.text).remove(0);
    let right = code(&world, &secret);
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for (words, code, said) in [
        ((PASSWORD, PASSWORD), wrong, "one-time code is wrong"),
        (("elevenchars", "elevenchars"), right.as_str(), "at least 12"),
        ((PASSWORD, "another"), right.as_str(), "differ"),
    ] {
        let refused = finish(&world, &link, words, code).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(refused.text.contains(said) && secrets(&refused.text) == [secret.clone()], "{said}");
    }
    assert_eq!(world.get("/people/Anna").await.json()["password"], json!(false));
    let done = finish(&world, &link, (PASSWORD, PASSWORD), &right).await;
    assert_eq!(secrets(&done.text)[0].lines().count(), 10, "{}", done.text);
    assert_eq!(world.visit(Method::GET, "/devices", &done.cookie(), "").await.status, StatusCode::OK);
    assert_eq!(world.get("/people/Anna").await.json()["password"], json!(true));
    let again = finish(&world, &link, (PASSWORD, PASSWORD), &right).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "the link works once");
    let audit = world.get("/audit?subject=person:Anna").await.text;
    assert!(!audit.contains(&secret) && !audit.contains("argon2") && audit.contains("person.password"));
}

#[tokio::test]
async fn a_password_and_a_code_open_the_console_and_no_code_works_twice() {
    let world = world().await;
    let anna = anna(&world).await;
    let first = code(&world, &anna.secret);
    let come_in = sign_in(&world, " Anna ", PASSWORD, &first).await;
    assert_eq!(come_in.status, StatusCode::SEE_OTHER, "{}", come_in.text);
    assert_ne!(come_in.cookie(), anna.cookie, "each session has a secret of its own");
    let open = world.get("/people/Anna/sessions").await.json();
    assert_eq!(open["sessions"].as_array().unwrap().iter().filter(|one| one["how"] == "password").count(), 2);
    let twice = sign_in(&world, "Anna", PASSWORD, &first).await;
    assert_eq!(twice.status, StatusCode::FORBIDDEN);
    let unknown = sign_in(&world, "Boris", PASSWORD, &first).await;
    let wrong = sign_in(&world, "Anna", "correct horse batterz", &code(&world, &anna.secret)).await;
    assert_eq!((unknown.status, &unknown.text), (twice.status, &twice.text), "the same answer");
    assert_eq!((wrong.status, &wrong.text), (twice.status, &twice.text), "the same answer");
    let spare = sign_in(&world, "Anna", PASSWORD, &anna.recovery[3].to_uppercase()).await;
    assert_eq!(spare.status, StatusCode::SEE_OTHER, "{}", spare.text);
    let again = sign_in(&world, "Anna", PASSWORD, &anna.recovery[3]).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "a recovery code works once");
    world.post("/people", &json!({ "name": "C", "grants": [{ "role": "owner" }] })).await;
    world.post("/people/Anna/disable", &json!({})).await;
    let shut = sign_in(&world, "Anna", PASSWORD, &anna.recovery[4]).await;
    assert_eq!(shut.status, StatusCode::FORBIDDEN, "shut out");
    let told = world.get("/audit?action=sign-in.fail").await;
    assert_eq!(told.json()["entries"][0]["after"]["passwords"], json!(1), "{}", told.text);
}

#[tokio::test]
async fn an_account_waits_after_five_wrong_tries_and_longer_each_time() {
    let world = world().await;
    let anna = anna(&world).await;
    let right = async |nth: usize| sign_in(&world, "Anna", PASSWORD, &anna.recovery[nth]).await.status;
    for _ in 0..5 {
        assert_eq!(sign_in(&world, "Anna", "wrong", "000000").await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(right(0).await, StatusCode::FORBIDDEN, "the account waits");
    assert!(world.get("/people").await.json()["people"][0]["locked"].is_string());
    world.clock.pass(Span::from_secs(60));
    sign_in(&world, "Anna", "wrong", "000000").await;
    world.clock.pass(Span::from_secs(119));
    assert_eq!(right(1).await, StatusCode::FORBIDDEN, "two minutes now");
    world.clock.pass(Span::from_secs(1));
    assert_eq!(right(1).await, StatusCode::SEE_OTHER, "what was tried while it waited is not used up");
    assert_eq!(sign_in(&world, "Anna", "wrong", "000000").await.status, StatusCode::FORBIDDEN);
    world.clock.pass(Span::from_secs(300));
    assert_eq!(right(2).await, StatusCode::SEE_OTHER, "a good one begins the count anew");
    let locks = world.get("/audit?action=person.lock").await;
    assert_eq!(locks.json()["entries"].as_array().unwrap().len(), 2, "{}", locks.text);
    world.clock.pass(Span::from_secs(300));
    for _ in 0..10 {
        sign_in(&world, "nobody", "wrong", "000000").await;
    }
    assert_eq!(right(3).await, StatusCode::TOO_MANY_REQUESTS, "an address that failed too often");
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let world = world().await;
    let anna = anna(&world).await;
    let other = sign_in(&world, "Anna", PASSWORD, &code(&world, &anna.secret)).await.cookie();
    let new = escaped("twelve owls in a row");
    let wrong = format!("old=wrong&password={new}&again={new}");
    let refused = post(&world, &anna.cookie, "/account/password", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("role=\"alert\""), "{}", refused.text);
    assert_eq!(world.visit(Method::GET, "/devices", &other, "").await.status, StatusCode::OK);
    let form = format!("old={}&password={new}&again={new}", escaped(PASSWORD));
    let changed = post(&world, &anna.cookie, "/account/password", &form).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(world.visit(Method::GET, "/devices", &other, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.visit(Method::GET, "/devices", &anna.cookie, "").await.status, StatusCode::OK);
    let old = sign_in(&world, "Anna", PASSWORD, &anna.recovery[0]).await;
    assert_eq!(old.status, StatusCode::FORBIDDEN, "the old password");
    let fresh = sign_in(&world, "Anna", "twelve owls in a row", &anna.recovery[0]).await;
    assert_eq!(fresh.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_generator_takes_the_place_of_the_old_one() {
    let world = world().await;
    let anna = anna(&world).await;
    let page = world.visit(Method::GET, "/account/generator", &anna.cookie, "").await;
    let secret = secrets(&page.text).remove(0);
    let seed = page.text.split("name=\"page\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("page={seed}&old={}&code={}", escaped(PASSWORD), code(&world, &secret));
    let done = post(&world, &anna.cookie, "/account/generator", &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let fresh: Vec<String> = secrets(&done.text)[0].lines().map(str::to_owned).collect();
    world.clock.pass(Span::from_secs(60));
    for dead in [code(&world, &anna.secret), anna.recovery[0].clone()] {
        assert_eq!(sign_in(&world, "Anna", PASSWORD, &dead).await.status, StatusCode::FORBIDDEN);
    }
    for good in [code(&world, &secret), fresh[0].clone()] {
        assert_eq!(sign_in(&world, "Anna", PASSWORD, &good).await.status, StatusCode::SEE_OTHER);
    }
    let more = post(&world, &anna.cookie, "/account/codes", &format!("old={}", escaped(PASSWORD))).await;
    assert_eq!(secrets(&more.text)[0].lines().count(), 10, "{}", more.text);
}

#[tokio::test]
async fn people_are_added_and_changed_on_their_pages() {
    let world = world().await;
    let me = world.sign_in("Owner").await;
    let made = post(&world, &me, "/people", "name=Anna+%2F+B&title=Head&role=auditor&org=minfin").await;
    let here = made.headers[axum::http::header::LOCATION].to_str().unwrap().to_owned();
    assert_eq!(here, "/people/Anna%20%2F%20B");
    let page = world.visit(Method::GET, &here, &me, "").await;
    assert!(page.text.contains("auditor (minfin)"), "{}", page.text);
    let version = page.text.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let version = escaped(&version.replace("&quot;", "\""));
    let form = format!("version={version}&role=operator&org=");
    let given = post(&world, &me, &format!("{here}/grant"), &form).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text);
    let stale = post(&world, &me, &format!("{here}/take"), &format!("{form}&sure=1")).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "somebody has changed it meanwhile");
    for what in ["sign-in-link", "set-up-link"] {
        let link = post(&world, &me, &format!("{here}/{what}"), "").await;
        assert!(secrets(&link.text)[0].starts_with("https://localhost:8443/s"), "{}", link.text);
    }
    let shut = post(&world, &me, &format!("{here}/disable"), "sure=1").await;
    assert_eq!(shut.status, StatusCode::SEE_OTHER);
    let list = world.visit(Method::GET, "/people", &me, "").await.text;
    assert!(list.contains("shut out") && list.contains("operator (the whole server)"), "{list}");
    let last = post(&world, &me, "/people/Owner/disable", "sure=1").await;
    assert_eq!(last.status, StatusCode::CONFLICT, "the last owner stays");
}

#[tokio::test]
async fn a_waiting_account_is_let_in_on_its_page() {
    let world = world().await;
    let me = world.sign_in("Owner").await;
    post(&world, &me, "/people", "name=Boris&title=&role=auditor&org=").await;
    let until = world.app.now() + Span::from_secs(600);
    let lock = world.app.store.write(move |tx| {
        let sql = "UPDATE users SET locked = $1, failures = 6 WHERE name = 'Boris'";
        tx.execute(sql, &crate::store::values![until])
    });
    assert_eq!(lock.await.unwrap(), 1);
    let page = async |lang: &str| {
        world.visit(Method::GET, &format!("/people/Boris?lang={lang}"), &me, "").await.text
    };
    for (lang, state, button) in [
        ("ru", "ожидание после неверных попыток", "Впустить сейчас"),
        ("en", "waits, after too many wrong tries", "Let in now"),
    ] {
        let shown = page(lang).await;
        assert!(shown.contains(state) && shown.contains(button), "{shown}");
    }
    let pressed = post(&world, &me, "/people/Boris/enable", "").await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER, "{}", pressed.text);
    let shown = page("en").await;
    assert!(!shown.contains("Let in now") && !shown.contains("waits, after"), "{shown}");
}

/// Whoever signs in with the directory's password has no password here.
#[tokio::test]
async fn who_has_no_password_here_proves_it_with_a_code() {
    let world = world().await;
    let anna = anna(&world).await;
    let forget = world.app.store.write(|tx| tx.execute("UPDATE users SET password = NULL", &[]));
    forget.await.unwrap();
    let page = world.visit(Method::GET, "/account", &anna.cookie, "").await;
    assert!(
        page.text.contains("One-time code of now") && !page.text.contains("/account/password"),
        "{}",
        page.text
    );
    let csrf = page.csrf();
    let send = async |path: &str, form: &str| {
        world.visit(Method::POST, path, &anna.cookie, &format!("csrf={csrf}&{form}")).await
    };
    let password =
        format!("old={}&password=another+long+one&again=another+long+one", code(&world, &anna.secret));
    assert_eq!(send("/account/password", &password).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send("/account/codes", "old=000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = send("/account/codes", &format!("old={}", code(&world, &anna.secret))).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert_ne!(secrets(&made.text).remove(0).lines().next(), anna.recovery.first().map(String::as_str));
    let again = send("/account/codes", &format!("old={}", code(&world, &anna.secret))).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a code is used up");

    let forget = world.app.store.write(|tx| tx.execute("UPDATE users SET totp = NULL", &[]));
    forget.await.unwrap();
    let offer = world.visit(Method::GET, "/account/generator", &anna.cookie, "").await;
    assert_eq!(offer.status, StatusCode::SEE_OTHER, "there is nothing to prove it with");
}

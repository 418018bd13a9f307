//! The pages of policies, in both languages, without scripts.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;

use crate::auth::Actor;
use crate::http::testing::{Answer, Phone, World, telegram, world};

pub const POLICY: &str = "policy: phones
title: { en: Work phones, ru: Служебные телефоны }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram] }
assign:
  - org: minfin
";

pub async fn page(world: &World, cookie: &str, path: &str) -> String {
    let answer = world.visit(Method::GET, path, cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

pub async fn send(world: &World, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = world.visit(Method::GET, "/policies", cookie, "").await.csrf();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf", &csrf).extend_pairs(fields);
    world.visit(Method::POST, path, cookie, &form.finish()).await
}

/// What a hidden field of a page's form carries.
pub fn hidden(page: &str, name: &str) -> String {
    let value = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split("\">").next().unwrap();
    value.replace("&quot;", "\"")
}

/// The version that a page's form carries.
pub fn version(page: &str) -> String {
    hidden(page, "version")
}

/// Plans a text in the editor.
pub async fn plan(world: &World, cookie: &str, text: &str, version: &str) -> Answer {
    let fields = [("document", text), ("version", version), ("do", "plan")];
    send(world, cookie, "/policy-editor?lang=en", &fields).await
}

/// Applies a text after its plan, as its form has it.
pub async fn apply_planned(world: &World, cookie: &str, text: &str, planned: &str) -> Answer {
    let fields = [
        ("document", text),
        ("version", &version(planned)),
        ("planned", &hidden(planned, "planned")),
        ("do", "apply"),
    ];
    send(world, cookie, "/policy-editor?lang=en", &fields).await
}

pub async fn broken_phone(world: &World) -> Phone {
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(world, vec![telegram("org.telegram.messenger")], None).await;
    phone
}

#[tokio::test]
async fn a_policy_is_planned_and_applied_and_nobody_is_overwritten() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    broken_phone(&world).await;
    assert!(page(&world, &cookie, "/policies").await.contains("muster apply"), "it says what to do");
    assert_eq!(version(&page(&world, &cookie, "/policy-editor").await), "");
    let planned = plan(&world, &cookie, POLICY, "").await;
    assert_eq!(planned.status, StatusCode::OK, "{}", planned.text);
    assert!(planned.text.contains("1 device would get another verdict"), "{}", planned.text);
    assert!(planned.text.contains("no-telegram") && planned.text.contains("value=\"apply\""));
    assert_eq!(world.get("/policies").await.json()["policies"].as_array().map(Vec::len), Some(0));

    let applied = apply_planned(&world, &cookie, POLICY, &planned.text).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
    let again = apply_planned(&world, &cookie, POLICY, &planned.text).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "there is one by now");
    assert!(
        again.text.contains("id: no-telegram") && again.text.contains("role=\"alert\""),
        "{}",
        again.text
    );

    let editor = page(&world, &cookie, "/policy-editor?policy=phones").await;
    let (from, changed) = (version(&editor), POLICY.replace("telegram] }", "telegram, viber] }"));
    let late = POLICY.replace("telegram]", "whatsapp]");
    let late_plan = plan(&world, &cookie, &late, &from).await;
    let edit = plan(&world, &cookie, &changed, &from).await;
    let edited = apply_planned(&world, &cookie, &changed, &edit.text).await;
    assert_eq!(edited.status, StatusCode::SEE_OTHER, "{}", edited.text);
    let refused = apply_planned(&world, &cookie, &late, &late_plan.text).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "another came between");
    assert!(refused.text.contains("whatsapp]"), "the text is kept: {}", refused.text);
    let anew = plan(&world, &cookie, &late, &from).await;
    assert!(anew.text.contains("Another version is in force"), "it is said: {}", anew.text);
    assert_ne!(version(&anew.text), from, "and planned against the newest");

    let shown = page(&world, &cookie, "/policies/phones").await;
    assert!(shown.contains("+  - { id: no-telegram, kind: messengers, deny: [telegram, viber] }"), "{shown}");
    let list = page(&world, &cookie, "/policies?lang=ru").await;
    assert!(list.contains("Служебные телефоны"), "{list}");
    let asked = [("to", "1"), ("version", &version(&shown)), ("reason", "a <mistake>")];
    let sure = send(&world, &cookie, "/policies/phones/rollback?lang=en", &asked).await;
    assert_eq!(sure.status, StatusCode::OK, "{}", sure.text);
    assert!(sure.text.contains("id=\"plan\"") && sure.text.contains("rules.no-telegram"), "{}", sure.text);
    assert_eq!(world.get("/policies/phones").await.text, changed, "nothing is done yet");
    let back = [asked.as_slice(), &[("sure", "1")]].concat();
    let back = send(&world, &cookie, "/policies/phones/rollback", &back).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    assert_eq!(world.get("/policies/phones").await.text, POLICY);
    let shown = page(&world, &cookie, "/policies/phones?lang=en").await;
    assert!(shown.contains("As version 1 was:") && shown.contains("a &lt;mistake&gt;"), "{shown}");
    assert!(shown.contains("<del>-  - { id: no-telegram"), "what went has its mark: {shown}");
    let versions = world.get("/policies/phones/versions").await.json();
    assert_eq!(versions["versions"][0]["back"], serde_json::json!({ "to": 1, "reason": "a <mistake>" }));
    assert_eq!(versions["versions"][1]["back"], Value::Null);
}

#[tokio::test]
async fn a_flaw_is_shown_at_its_place_and_nothing_is_lost() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let flawed = POLICY.replace("deny:", "denyy:").replace('\n', "\r\n");
    for pressed in ["plan", "apply"] {
        let fields = [("document", flawed.as_str()), ("version", ""), ("do", pressed)];
        let answer = send(&world, &cookie, "/policy-editor", &fields).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.text.contains("role=\"alert\"") && answer.text.contains("line 4, column"),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("4 |   - { id: no-telegram") && answer.text.contains("denyy"));
    }
    let foreign = POLICY.replace("minfin", "nowhere");
    let fields = [("document", foreign.as_str()), ("version", ""), ("do", "plan")];
    assert!(send(&world, &cookie, "/policy-editor", &fields).await.text.contains("no such organisation"));
}

#[tokio::test]
async fn a_policy_or_a_rule_is_tried_on_a_device() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let phone = broken_phone(&world).await;
    let rule = "id: own\nkind: expression\nexpect: 'device.lock_strength >= STRENGTH_HIGH'\n";
    for (text, id) in [(POLICY, "no-telegram"), (rule, "own")] {
        let path = format!("/api/v1/policies/try?device={}", phone.id);
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, "text/yaml");
        let tried = world.send(request.body(Body::from(text)).unwrap()).await;
        assert_eq!(tried.status, StatusCode::OK, "{}", tried.text);
        let tried: Value = tried.json();
        assert_eq!(tried["findings"][0]["rule"], id);
        assert_eq!(tried["findings"].as_array().map(Vec::len), Some(1));
        let name = phone.id.to_string();
        let fields = [("document", text), ("version", ""), ("device", &name), ("do", "try")];
        let shown = send(&world, &cookie, "/policy-editor?lang=ru", &fields).await;
        assert!(shown.text.contains(id) && shown.text.contains("Что будет найдено"), "{}", shown.text);
    }
    assert_eq!(world.get("/policies").await.json()["policies"].as_array().map(Vec::len), Some(0));
    let fields = [("document", POLICY), ("version", ""), ("device", "x"), ("do", "try")];
    assert_eq!(send(&world, &cookie, "/policy-editor", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_only_reads_is_offered_nothing_that_would_be_refused() {
    let world = world().await;
    crate::policies::apply(&world.app, &Actor::system("test"), POLICY.to_owned(), false).await.unwrap();
    let new =
        crate::auth::NewLink { role: Some(crate::auth::Role::Auditor), ..crate::auth::NewLink::of("Ada") };
    let link = crate::auth::make_link(&world.app, &Actor::system("test"), new).await.unwrap();
    let secret = link.link.rsplit("link=").next().unwrap().to_owned();
    let reader = world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await.cookie();
    let owner = world.sign_in("Anna").await;
    for (path, offered) in [
        ("/policies", "href=\"/policy-editor\""),
        ("/policies/phones", "/policy-editor?policy="),
        ("/exemptions", "action=\"/exemptions\""),
        ("/scans", "action=\"/scans/new\""),
        ("/register", "href=\"/register/new\""),
        ("/orgs", "action=\"/orgs"),
    ] {
        assert!(page(&world, &owner, path).await.contains(offered), "{path}: the owner may");
        let shown = page(&world, &reader, path).await;
        assert!(!shown.contains(offered), "{path} offers {offered}: {shown}");
    }
}

#[tokio::test]
async fn a_branch_sees_which_policies_judge_it_and_no_name_of_another() {
    let world = world().await;
    let test = Actor::system("test");
    for (id, title) in [("north", "North"), ("secret", "Secret place")] {
        let new =
            crate::orgs::NewOrg { id: id.to_owned(), title: title.to_owned(), parent: None, time_zone: None };
        crate::orgs::add(&world.app, &test, new).await.unwrap();
    }
    let both = format!("{POLICY}  - org: secret\n");
    let other = "policy: other\ntitle: { en: Others, ru: Другие }\nrules: []\nassign: [{ org: secret }]\n";
    for text in [both.as_str(), other] {
        crate::policies::apply(&world.app, &test, text.to_owned(), false).await.unwrap();
    }
    let grant = crate::auth::Grant { role: crate::auth::Role::Author, org: Some("minfin".to_owned()) };
    let new = crate::people::NewPerson { name: "Ada".to_owned(), grants: vec![grant], ..Default::default() };
    crate::people::add(&world.app, &test, new).await.unwrap();
    let link = crate::auth::make_link(&world.app, &test, crate::auth::NewLink::of("Ada")).await.unwrap();
    let secret = link.link.rsplit("link=").next().unwrap().to_owned();
    let cookie = world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await.cookie();
    let shown = page(&world, &cookie, "/policies?lang=en").await;
    for part in ["Work phones", "Ministry &lt;of&gt; Finance", "not yours to read"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    for hidden in ["Secret place", "Others", "href=\"/policies/phones\"", "No policy is in force"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    let rule = page(&world, &cookie, "/rules/no-telegram?lang=en").await;
    assert!(rule.contains("Work phones") && !rule.contains("href=\"/policies/phones\""), "{rule}");
    let mine = POLICY.replace("telegram]", "whatsapp]");
    let taken = plan(&world, &cookie, &mine, "").await;
    assert_eq!(taken.status, StatusCode::FORBIDDEN, "{}", taken.text);
    assert!(
        taken.text.contains("is taken by a policy") && taken.text.contains("whatsapp]"),
        "{}",
        taken.text
    );
}

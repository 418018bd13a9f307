//! Organisations on their page: a tree, and nobody undoes unseen what another has done.

use super::*;
use crate::http::testing::world;
use axum::http::{Method, StatusCode};

#[test]
fn a_tree_has_everybody_once_even_in_a_circle() {
    let org = |id: &str, parent: Option<&str>| OrgView {
        id: id.to_owned(),
        title: id.to_owned(),
        parent: parent.map(str::to_owned),
        time_zone: "UTC".to_owned(),
        devices: 0,
    };
    let list =
        [org("a", Some("b")), org("b", None), org("c", Some("a")), org("x", Some("y")), org("y", Some("x"))];
    let placed: Vec<_> = in_tree(&list).into_iter().map(|(depth, org)| (depth, org.id.as_str())).collect();
    assert_eq!(placed, [(0, "b"), (1, "a"), (2, "c"), (0, "x"), (0, "y")]);
}

#[tokio::test]
async fn one_is_added_and_changed_but_not_over_another_change() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let csrf = world.visit(Method::GET, "/orgs", &cookie, "").await.csrf();
    let post = async |path: &str, said: &str| {
        world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let added = post("/orgs", "id=tax&title=Taxes&parent=minfin&time_zone=Europe/Moscow").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let page = world.visit(Method::GET, "/orgs?lang=en", &cookie, "").await.text;
    assert!(
        page.contains("<td class=\"depth-1\">Taxes</td>") && page.contains("Ministry &lt;of&gt; Finance"),
        "{page}"
    );
    let form = page.split("action=\"/orgs/tax\"").nth(1).unwrap();
    let version = form.split("name=\"version\" value=\"").nth(1).unwrap().split("\">").next().unwrap();
    let version = version.replace("&quot;", "%22");
    let change = format!("version={version}&title=Tax+office&parent=&time_zone=UTC");
    assert_eq!(post("/orgs/tax", &change).await.status, StatusCode::SEE_OTHER);
    let late = post("/orgs/tax", &change).await;
    assert!(
        late.status == StatusCode::PRECONDITION_FAILED && late.text.contains("other-version"),
        "{}",
        late.text
    );
    let told = world.get("/orgs/tax").await.json();
    assert_eq!(
        (&told["title"], &told["parent"]),
        (&serde_json::json!("Tax office"), &serde_json::Value::Null)
    );
    for (said, code) in
        [("id=A&title=x", "bad-id"), ("id=b&title=x&time_zone=Mars", "bad-time-zone"), ("id=b", "bad-title")]
    {
        let refused = post("/orgs", said).await;
        assert!(refused.status.is_client_error() && refused.text.contains(code), "{said}: {}", refused.text);
    }
    let stranger = world.visit(Method::POST, "/orgs", &cookie, "csrf=x&id=c&title=c").await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
}

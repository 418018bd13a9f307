//! The page of exemptions: what ends soon stands first, and what was typed is not lost.

use axum::http::StatusCode;

use crate::auth::Actor;
use crate::http::console::policies::tests::{POLICY, broken_phone, page, send};
use crate::http::testing::world;

#[tokio::test]
async fn exemptions_that_end_soon_stand_first_and_can_be_ended() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let policy = POLICY.to_owned();
    crate::policies::apply(&world.app, &Actor::system("test"), policy, false).await.unwrap();
    let phone = broken_phone(&world).await;
    assert!(page(&world, &cookie, "/exemptions").await.contains("no-telegram"), "the rule can be chosen");
    let name = phone.id.to_string();
    for (org, device, days, reason) in [("minfin", "", "90", "later"), ("", name.as_str(), "5", "sooner")] {
        let fields =
            [("rule", "no-telegram"), ("org", org), ("device", device), ("days", days), ("reason", reason)];
        let added = send(&world, &cookie, "/exemptions", &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    }
    let shown = page(&world, &cookie, "/exemptions").await;
    assert!(shown.find(">sooner<").unwrap() < shown.find(">later<").unwrap(), "{shown}");
    assert!(shown.contains("ends soon") && shown.contains("in force"));
    let first = shown.split("action=\"/exemptions/").nth(1).unwrap().split('"').next().unwrap();
    let ended = send(&world, &cookie, &format!("/exemptions/{first}"), &[("sure", "1")]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
    let shown = page(&world, &cookie, "/exemptions?lang=ru").await;
    assert!(shown.contains("закончилось") && shown.contains("действует"), "{shown}");
    let both =
        [("rule", "no-telegram"), ("org", "minfin"), ("device", &name), ("days", "1"), ("reason", "x")];
    let refused = send(&world, &cookie, "/exemptions", &both).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "one of the two");
    let typed = [
        ("rule", "no-telegram"),
        ("org", ""),
        ("device", "no such"),
        ("days", "7"),
        ("reason", "on <leave>"),
    ];
    let refused = send(&world, &cookie, "/exemptions?lang=en", &typed).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
    for part in ["value=\"no such\"", "value=\"7\"", "value=\"on &lt;leave&gt;\"", "role=\"alert\""] {
        assert!(refused.text.contains(part), "what was typed is there: {part}: {}", refused.text);
    }
    let by_tag =
        [("rule", "no-telegram"), ("org", ""), ("device", "MF-1"), ("days", "7"), ("reason", "leave")];
    let added = send(&world, &cookie, "/exemptions", &by_tag).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
}

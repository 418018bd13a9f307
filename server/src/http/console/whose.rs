//! Where one chooses an organisation: a form offers those in which whoever looks may do what it does, and all of them to whom that is
//! theirs. What would be refused is not offered, and where nothing says which one is meant, nothing is chosen in advance.

use maud::{Markup, html};

use super::frame::Frame;
use crate::auth::Right;
use crate::orgs::OrgView;

/// A field for an organisation, or for all.
#[must_use]
pub fn field(frame: &Frame, right: Right, orgs: &[OrgView], chosen: Option<&str>) -> Markup {
    let all = frame.may_everywhere(right).then(|| frame.lang.say("all-organisations"));
    html! {
        label { (frame.lang.say("organisation"))
            @match all {
                Some(all) => select name="org" {
                    option value="" { (all) }
                    (options(frame, right, orgs, chosen))
                },
                None => select name="org" required { (one_of(frame, right, orgs, chosen)) },
            }
        }
    }
}

/// The organisations of a field that must say one. What nobody chose is the one that all others there lie below; where there is none such, whoever
/// fills the form in has to choose.
#[must_use]
pub fn one_of(frame: &Frame, right: Right, orgs: &[OrgView], chosen: Option<&str>) -> Markup {
    let offered: Vec<&OrgView> = orgs.iter().filter(|org| frame.may_in(right, &org.id)).collect();
    let has = |id: &str| offered.iter().any(|org| org.id == id);
    let top = top(&offered);
    let chosen = chosen.filter(|id| has(id)).or(top);
    html! {
        @if chosen.is_none() { option value="" { "–" } }
        (options(frame, right, orgs, chosen))
    }
}

/// The only one that lies below none of the others.
fn top<'a>(orgs: &[&'a OrgView]) -> Option<&'a str> {
    let below =
        |org: &OrgView| org.parent.as_ref().is_some_and(|parent| orgs.iter().any(|one| one.id == *parent));
    let mut tops = orgs.iter().filter(|org| !below(org));
    tops.next().filter(|_| tops.next().is_none()).map(|org| org.id.as_str())
}

/// The organisations of a field.
#[must_use]
pub fn options(frame: &Frame, right: Right, orgs: &[OrgView], chosen: Option<&str>) -> Markup {
    html! {
        @for org in orgs.iter().filter(|org| frame.may_in(right, &org.id)) {
            option value=(org.id) selected[chosen == Some(&org.id)] { (org.title) }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    use crate::auth;
    use crate::http::testing::{World, world};

    /// The forms that make or change something of an organisation, and whether a value of none says something else than all of them.
    const OF_OPERATORS: [(&str, &str, bool); 7] = [
        ("/scans", "org", true),
        ("/schedules", "org", false),
        ("/groups", "org", false),
        ("/devices?q=model:R570E", "org", false),
        ("/enrolment", "org", false),
        ("/register/new", "org", false),
        ("/register/{asset}/edit", "org", false),
    ];
    const OF_OWNERS: [(&str, &str, bool); 7] = [
        ("/hooks", "org", false),
        ("/hooks/{hook}", "org", false),
        ("/mail", "org", false),
        ("/orgs", "parent", true),
        ("/exemptions", "org", true),
        ("/groups", "org", false),
        ("/enrolment", "org", false),
    ];

    /// What the selects of this name offer, in forms that are posted.
    fn offered(page: &str, name: &str) -> Vec<Vec<String>> {
        let posted = page.split("<form").filter(|form| form.contains("method=\"post\""));
        let forms = posted.filter_map(|form| form.split("</form>").next());
        let opening = format!("<select name=\"{name}\"");
        let selects = forms
            .flat_map(|form| form.split(opening.as_str()).skip(1).map(str::to_owned).collect::<Vec<_>>());
        selects
            .map(|select| {
                let select = select.split("</select>").next().unwrap_or_default();
                let values = select.split("<option value=\"").skip(1);
                values.map(|option| option.split('"').next().unwrap_or_default().to_owned()).collect()
            })
            .collect()
    }

    /// Somebody who has this role in `minfin` and below, and reads `other`.
    async fn of_a_branch(world: &World, name: &str, role: &str) -> String {
        let grants = [json!({ "role": role, "org": "minfin" }), json!({ "role": "auditor", "org": "other" })];
        let made = world.post("/people", &json!({ "name": name, "grants": grants })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        world.sign_in_with(auth::NewLink::of(name)).await
    }

    #[tokio::test]
    async fn forms_offer_the_organisations_in_which_one_may_and_no_others() {
        let world = world().await;
        for (id, parent) in [("other", None), ("tax", Some("minfin"))] {
            world.post("/orgs", &json!({ "id": id, "title": id, "parent": parent })).await;
        }
        for (org, tag) in [("minfin", "MF-1"), ("other", "O-1")] {
            world.phone_in(org, "R570E", tag).await;
        }
        let asset = world.post("/assets", &json!({ "org": "minfin", "tag": "A-1" })).await.json();
        let hook = json!({ "title": "x", "url": "https://hooks.example.org/x", "org": "minfin" });
        let hook = world.post("/hooks", &hook).await.json();
        let whole = world.sign_in("Anna").await;
        for (name, role, forms) in [("Olga", "operator", OF_OPERATORS), ("Oleg", "owner", OF_OWNERS)] {
            let cookie = of_a_branch(&world, name, role).await;
            for (path, field, none) in forms {
                let path = path
                    .replace("{asset}", asset["id"].as_str().unwrap_or_default())
                    .replace("{hook}", hook["id"].as_str().unwrap_or_default());
                let page = world.visit(Method::GET, &path, &cookie, "").await;
                assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
                let selects = offered(&page.text, field);
                assert!(!selects.is_empty(), "{path}: {}", page.text);
                for select in selects {
                    let mine = |org: &String| org == "minfin" || org == "tax" || (none && org.is_empty());
                    assert!(
                        select.iter().all(mine) && select.iter().any(|org| !org.is_empty()),
                        "{path}: {select:?}"
                    );
                }
                let page = world.visit(Method::GET, &path, &whole, "").await;
                let selects = offered(&page.text, field);
                assert!(
                    selects.iter().any(|select| select.iter().any(|org| org == "other")),
                    "{path}: {selects:?}"
                );
            }
        }
        let oleg = world.sign_in_with(auth::NewLink::of("Oleg")).await;
        let page = world.visit(Method::GET, "/orgs", &oleg, "").await;
        assert_eq!(offered(&page.text, "parent").last().unwrap(), &["minfin", "tax"], "a new one lies below");
        let page = world.visit(Method::GET, "/schedules?lang=en", &whole, "").await;
        assert!(
            offered(&page.text, "org")[0].contains(&String::new()),
            "all of them, to whom that is theirs"
        );
    }

    /// What the first select of this name that must say something has chosen in advance: the selected option, else the first.
    fn chosen(page: &str, name: &str) -> Option<String> {
        let select =
            page.split(&format!("<select name=\"{name}\" required")).nth(1)?.split("</select>").next()?;
        let options: Vec<&str> = select.split("<option value=\"").skip(1).collect();
        let option = options.iter().find(|option| option.contains("\" selected")).or(options.first())?;
        option.split('"').next().map(str::to_owned)
    }

    #[tokio::test]
    async fn the_top_of_a_branch_is_chosen_in_advance_and_of_several_none() {
        let world = world().await;
        for (id, parent) in [("a-tax", Some("minfin")), ("other", None)] {
            world.post("/orgs", &json!({ "id": id, "title": id, "parent": parent })).await;
        }
        let several = json!([{ "role": "owner", "org": "other" }, { "role": "owner", "org": "a-tax" }]);
        let made = world.post("/people", &json!({ "name": "Petra", "grants": several })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let forms =
            ["/schedules", "/groups", "/devices?q=model:A", "/enrolment", "/register/new", "/hooks", "/mail"];
        let of_one = of_a_branch(&world, "Oleg", "owner").await;
        let of_two = world.sign_in_with(auth::NewLink::of("Petra")).await;
        for path in forms {
            for (cookie, wanted) in [(&of_one, "minfin"), (&of_two, "")] {
                let page = world.visit(Method::GET, path, cookie, "").await.text;
                assert_eq!(chosen(&page, "org").as_deref(), Some(wanted), "{path}: {page}");
            }
        }
        let page = world.visit(Method::GET, "/orgs", &of_one, "").await.text;
        let new = page.split("method=\"post\" action=\"/orgs\"").nth(1).unwrap();
        assert_eq!(chosen(new, "parent").as_deref(), Some("minfin"), "{new}");
    }

    #[tokio::test]
    async fn whoever_has_a_branch_asks_all_of_it() {
        let world = world().await;
        world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
        let cookie = of_a_branch(&world, "Olga", "operator").await;
        let page = world.visit(Method::GET, "/scans?lang=en", &cookie, "").await.text;
        assert!(page.contains("All of my organisations") && !page.contains("All organisations"), "{page}");
    }
}

//! `docs/roles.md`: what each role may, made of the table of operations.

use super::Api;
use crate::auth::{Right, Role};

/// The page with its two tables made anew: whatever stands between its marks is replaced.
#[must_use]
pub fn listed_in(page: &str, api: &Api) -> String {
    let rights = between(page, "rights", &rights());
    between(&rights, "operations", &operations(api))
}

fn rights() -> String {
    let names = Role::ALL.map(Role::name).join(" | ");
    let row = |right: &Right| {
        let marks = Role::ALL.map(|role| if role.may(*right) { "yes" } else { "–" }).join(" | ");
        format!("| {} | {marks} |\n", right.means())
    };
    let rows: String = Right::ALL.iter().map(row).collect();
    format!("| the right | {names} |\n|---|---|---|---|---|---|\n{rows}")
}

fn operations(api: &Api) -> String {
    let names = Role::ALL.map(Role::name).join(" | ");
    let mut text = format!("| operation | | {names} |\n|---|---|---|---|---|---|---|\n");
    for operation in api.operations() {
        let needs = operation.about.taken();
        let mark = |role: Role| match (operation.about.open, role.may(needs.right), needs.scoped) {
            (true, ..) => "open",
            (_, false, _) => "no",
            (_, true, true) if needs.right == Right::Myself => "yes",
            (_, true, true) => "branch",
            (_, true, false) => "server",
        };
        let marks = Role::ALL.map(mark).join(" | ");
        let method = operation.method.to_uppercase();
        text += &format!("| `{}` | `{method} {}` | {marks} |\n", operation.about.id, operation.path);
    }
    text
}

fn between(page: &str, name: &str, text: &str) -> String {
    let (begins, ends) = (format!("<!-- {name}: generated -->\n"), format!("<!-- end of {name} -->"));
    let parts = page.split_once(&begins).and_then(|(before, rest)| Some((before, rest.split_once(&ends)?.1)));
    match parts {
        Some((before, after)) => format!("{before}{begins}{text}{ends}{after}"),
        None => page.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::admin;

    #[test]
    fn the_committed_page_is_what_the_operations_say() {
        let page = include_str!("../../../../docs/roles.md");
        let api = admin::operations(None);
        assert!(listed_in(page, &api) == page, "run `cargo run -p muster-server --example roles`");
        assert!(page.contains("`showDevice`"), "the page has the marks between which the tables stand");
    }
}

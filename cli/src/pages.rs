//! Lists that the server gives out page by page.

use crate::field::Field as _;
use crate::progress;
use crate::server::Server;
use serde_json::Value;

/// Asked for at a time.
const PAGE: usize = 500;

/// The entries of a list, page after page; at most so many where a number is given.
pub fn collect(
    server: &Server,
    attempt: &str,
    path: &str,
    list: &str,
    query: &[(&str, &str)],
    most: Option<usize>,
) -> anyhow::Result<Vec<Value>> {
    let most = most.unwrap_or(usize::MAX);
    let (mut entries, mut after) = (Vec::new(), None::<String>);
    let got = progress::count(list);
    loop {
        let limit = PAGE.min(most - entries.len()).to_string();
        let mut asked = query.to_vec();
        asked.push(("limit", &limit));
        asked.extend(after.as_deref().map(|after| ("after", after)));
        let page = server.read(attempt, path, &asked)?;
        entries.extend_from_slice(page.list(list));
        got.set_position(entries.len() as u64);
        match page.text("next") {
            Some(next) if entries.len() < most && after.as_deref() != Some(next) => {
                after = Some(next.to_owned());
            }
            _ => return Ok(entries),
        }
    }
}

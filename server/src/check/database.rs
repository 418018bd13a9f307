//! Whether the database can be reached, is whole, and fits this program.

use muster_proto::time::Timestamp;
use std::collections::BTreeSet;

use super::{Finding, in_full};
use crate::config::Config;
use crate::store::{self, Place};

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// What was found.
    pub findings: Vec<Finding>,
    /// The time of the newest entry.
    pub newest: Option<Timestamp>,
    /// The organisations; none where they can't be read.
    pub orgs: Option<BTreeSet<String>>,
}

impl Seen {
    fn only(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}

/// Looks at it.
pub fn look(config: &Config, running: bool) -> Seen {
    // where it can't be read, the folder is not readable for this user at all
    if let Ok(Some(noted)) = store::noted_otherwise(&config.data, &config.place) {
        let seen = format!(
            "the folder's server has its rows in {noted}, and what is named here is {}",
            config.place.shown()
        );
        let advice =
            "name the same with `database` in server.toml: variables of the service alone are not seen here";
        return Seen::only(Finding::failure("database", seen, advice));
    }
    if let Place::File(path) = &config.place
        && !path.exists()
    {
        return Seen::only(Finding::ok("database", "it will be made at the first start"));
    }
    let seen = match store::look(&config.place, running) {
        Ok(seen) => seen,
        Err(error) => {
            let advice = match config.place {
                Place::File(_) => "restore it from a backup; keep the broken file aside",
                Place::Postgres(_) => {
                    "see that the database runs, and that name, user and password are right"
                }
            };
            return Seen::only(Finding::failure("database", in_full(&error), advice));
        }
    };
    let mut found = vec![match &seen.flaw {
        None => Finding::ok("database", "it can be read and is whole"),
        Some(flaw) => Finding::failure(
            "database",
            format!("it is damaged: {flaw}"),
            "stop the server, keep the file aside, and restore from a backup",
        ),
    }];
    found.push(migrations(seen.found, seen.known));
    Seen { findings: found, newest: seen.newest, orgs: seen.orgs }
}

fn migrations(found: i64, known: i64) -> Finding {
    let what = "migrations";
    match known - found {
        0 => Finding::ok(what, format!("all {known} are applied")),
        1.. => Finding::ok(what, format!("{} of {known} will be applied at the next start", known - found)),
        _ => Finding::failure(
            what,
            format!("the database has {found}, and this program knows {known}"),
            "install the program's version that made it, or a later one",
        ),
    }
}

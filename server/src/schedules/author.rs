//! Who made a schedule, as the account or the token that has to have the right at each run.

use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};

use crate::auth::{Actor, ActorKind, Reach, roles};
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

/// What is written down of an author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Author {
    /// The account of a person, or [`SERVER`].
    pub account: Option<String>,
    /// The token of a program.
    pub token: Option<Digest>,
    /// How the person's session began. What groups elsewhere give holds in such sessions alone.
    pub how: Option<String>,
}

/// What groups elsewhere give holds for so long after the person came from there last: nobody asks about them in between.
const REMEMBERED: Span = Span::from_hours(30 * 24);

/// In the place of an account: the server itself. No account has such an id.
const SERVER: &str = "system";

/// Who acts.
///
/// # Errors
/// There is no such account or token; the store's.
pub(super) fn of(tx: &mut dyn Tx, actor: &Actor, now: Timestamp) -> Result<Author, ActionError> {
    let none = Author { account: None, token: None, how: None };
    match actor.kind() {
        ActorKind::System => Ok(Author { account: Some(SERVER.to_owned()), ..none }),
        ActorKind::Session => {
            let row = tx.query_one("SELECT id FROM users WHERE name = $1", &values![actor.name()])?;
            let account = row.ok_or_else(|| ActionError::missing("person", actor.name()))?.take()?;
            let how = actor.how().map(|how| how.word().to_owned());
            Ok(Author { account: Some(account), how, ..none })
        }
        ActorKind::Token => {
            let sql = "SELECT hash FROM api_tokens WHERE name = $1 AND (expires IS NULL OR expires > $2) ORDER BY created DESC LIMIT 1";
            let row = tx.query_one(sql, &values![actor.name(), now])?;
            let token = row.ok_or_else(|| ActionError::missing("API token", actor.name()))?.take()?;
            Ok(Author { token: Some(token), ..none })
        }
        ActorKind::Device => Err(ActionError::missing("person", actor.name())),
    }
}

/// How far an author reaches by now; nowhere where it is not there any more, or is shut out.
///
/// # Errors
/// The store's.
pub(super) fn reach(tx: &mut dyn Tx, author: &Author, now: Timestamp) -> Result<Reach, StoreError> {
    let grants = match author {
        Author { account: Some(account), .. } if account == SERVER => return Ok(Reach::everything()),
        Author { account: Some(account), how, .. } => {
            let sql = "SELECT 1 FROM users WHERE id = $1 AND disabled IS NULL";
            let there = tx.query_one(sql, &values![account])?.is_some();
            if there { roles::of_absent(tx, account, how.as_deref(), now - REMEMBERED)? } else { Vec::new() }
        }
        Author { token: Some(token), .. } => {
            let sql = "SELECT 1 FROM api_tokens WHERE hash = $1 AND (expires IS NULL OR expires > $2)";
            let there = tx.query_one(sql, &values![*token, now])?.is_some();
            if there { roles::of_token(tx, *token)? } else { Vec::new() }
        }
        Author { account: None, token: None, .. } => Vec::new(),
    };
    Reach::of(tx, grants)
}

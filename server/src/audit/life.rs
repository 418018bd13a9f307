//! The server's own life in the record: which program began and ended when, and with which keys. A key that somebody has put in another's place
//! shows at the next start.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use serde_json::{Value as Json, json};

use super::{Act, append, note_refusals};
use crate::app::App;
use crate::auth::Actor;
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes down that the server starts, and the keys that were not in use before.
///
/// # Errors
/// The store's.
pub async fn started(app: &App) -> Result<(), ActionError> {
    let (now, address) = (app.now(), app.reached.phones.clone());
    let keys = [("key:ca", app.keys.ca.digest), ("key:order", app.keys.order_key.digest())];
    app.store
        .write(move |tx| {
            for (subject, digest) in keys {
                in_use(tx, now, subject, digest)?;
            }
            let act = Act::new("server.start", "server")
                .detail(VERSION)
                .after(json!({ "version": VERSION, "address": address }));
            let act = match latest(tx, "server.start", "server")? {
                Some(before) => {
                    act.before(json!({ "version": before["version"], "address": before["address"] }))
                }
                None => act,
            };
            Ok(append(tx, now, &me(), act)?)
        })
        .await
}

/// Writes down that the server stops, and what was not written down yet.
///
/// # Errors
/// The store's.
pub async fn stopping(app: &App) -> Result<(), ActionError> {
    note_refusals(app, true).await?;
    let now = app.now();
    let act = Act::new("server.stop", "server").detail(VERSION);
    app.store.write(move |tx| Ok(append(tx, now, &me(), act)?)).await
}

fn me() -> Actor {
    Actor::system("server")
}

fn in_use(tx: &mut dyn Tx, now: Timestamp, subject: &str, digest: Digest) -> Result<(), StoreError> {
    let after = json!({ "sha256": digest });
    let act = Act::new("key.use", subject).after(after.clone());
    match latest(tx, "key.use", subject)? {
        Some(before) if before == after => Ok(()),
        Some(before) => append(tx, now, &me(), act.before(before)),
        None => append(tx, now, &me(), act),
    }
}

/// What the newest entry of an action on something says is there since.
fn latest(tx: &mut dyn Tx, action: &str, subject: &str) -> Result<Option<Json>, StoreError> {
    let sql = "SELECT after_json FROM audit WHERE subject = $1 AND action = $2 ORDER BY seq DESC LIMIT 1";
    let row = tx.query_one(sql, &values![subject, action])?;
    let text = row.map(|mut row| row.take::<Option<String>>()).transpose()?.flatten();
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{self, Asked};
    use crate::http::testing::world;

    #[tokio::test]
    async fn keys_are_written_down_once_and_starts_every_time() {
        let world = world().await;
        for _ in 0..2 {
            started(&world.app).await.unwrap();
            stopping(&world.app).await.unwrap();
        }
        let of = async |action: &str| {
            let asked = Asked { action: Some(action.to_owned()), ..Asked::default() };
            audit::list(&world.app, &me(), asked).await.unwrap().entries
        };
        assert_eq!(of("key.use").await.len(), 2);
        let starts = of("server.start").await;
        assert_eq!((starts.len(), of("server.stop").await.len()), (2, 2));
        assert_eq!(starts[0].before, None);
        assert_eq!(starts[1].before, starts[1].after);

        let other = Digest([9; 32]);
        let put = move |tx: &mut dyn Tx| in_use(tx, Timestamp::from_secs(1), "key:ca", other);
        world.app.store.write(put).await.unwrap();
        let last = of("key.use").await.pop().unwrap();
        assert_eq!(last.before.unwrap().value(), json!({ "sha256": world.app.keys.ca.digest }));
    }
}

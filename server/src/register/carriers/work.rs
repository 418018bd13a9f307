//! The job: it looks now and then whether a comparison is due.

use std::sync::Arc;
use std::time::Duration;

use super::run::{is_due, last};
use super::{Asked, import, people};
use crate::app::App;
use crate::auth::Actor;
use crate::error::ActionError;

/// It is looked this often. The first look comes after as long, so that a server that starts again and again asks nobody.
const EVERY: Duration = Duration::from_secs(60);

/// Runs until the server stops; not at all where nothing is compared by itself.
pub async fn keep_comparing(app: Arc<App>) {
    if people(&app).is_none_or(|of| of.every.is_none()) {
        return;
    }
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = turn(&app).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the register was not compared with the directory"
            );
        }
    }
}

/// Compares, where that is due.
pub(super) async fn turn(app: &Arc<App>) -> Result<(), ActionError> {
    let Some(every) = people(app).and_then(|of| of.every) else { return Ok(()) };
    let last = app.store.read(last).await?;
    if is_due(last.as_ref(), every, app.now()) {
        import(app, &Actor::system("directory"), Asked::default()).await?;
    }
    Ok(())
}

//! Who writes the mails, and hands them over.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

use super::outbox::{forget_dead, send_due};
use super::{digests, prompts};
use crate::app::App;
use crate::error::ActionError;

/// Wakes the one who writes before his time: somebody is to be written to, or no more.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Bell {
    /// Wakes him.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Between two looks.
const A_LOOK: Duration = Duration::from_secs(15);
/// Nothing is done again sooner.
const SHORTEST_SLEEP: Duration = Duration::from_secs(1);

/// Writes and sends mails until the server stops; nothing where the configuration names no mail server.
pub async fn keep_writing(app: Arc<App>) {
    let Some(mailer) = &app.mailer else { return };
    loop {
        let written = [prompts(&app).await, digests(&app).await];
        written.into_iter().filter_map(Result::err).for_each(|error| told(&error));
        forget_dead(&app).await.unwrap_or_else(|error| told(&error));
        let next = match send_due(&app, mailer).await {
            Ok(sent) => sent.next,
            Err(error) => {
                told(&error);
                None
            }
        };
        let pause = next.map_or(A_LOOK, |next| Duration::from(next.since(app.now())));
        tokio::select! {
            () = tokio::time::sleep(pause.clamp(SHORTEST_SLEEP, A_LOOK)) => {}
            () = app.writing.0.notified() => {}
        }
    }
}

fn told(error: &ActionError) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "mails wait: what they tell could not be read or written"
    );
}

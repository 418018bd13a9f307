//! `POST /v1/key`: a device changes its key. The new key signs around a message that the old one signed.

use axum::extract::{Request, State};
use axum::response::Response;
use muster_proto::answer::RekeyAnswer;
use std::sync::Arc;

use super::refused::Refused;
use super::request::{answer, failed, limited, receive};
use crate::app::App;
use crate::devices::{RekeyError, rekey};
use crate::problems::PhoneCode;

/// Changes the key. A retry is harmless.
///
/// # Errors
/// The messages do not hold, or reports that the old key signed are in the way.
pub async fn post(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let received = receive(&app, request).await?;
    let envelope = received.envelope(&app)?;
    match rekey(&app, &envelope).await {
        Ok((device, from)) => {
            app.limits
                .note_verified(received.from, device, 1, app.now())
                .map_err(|after| limited(&app, "device", after))?;
            Ok(answer(200, &RekeyAnswer { from }))
        }
        Err(error) => Err(failed(&app, received.from, refused(error))),
    }
}

fn refused(error: RekeyError) -> Refused {
    Refused::of(match error {
        RekeyError::Envelope(error) => return error.into(),
        RekeyError::Action(error) => return error.into(),
        RekeyError::Certificates(error) => return error.into(),
        RekeyError::UnknownDevice => PhoneCode::UnknownDevice,
        RekeyError::OtherDevice => PhoneCode::OtherDevice,
        RekeyError::KeyTaken => PhoneCode::KeyTaken,
        RekeyError::Used => PhoneCode::NumberUsed,
    })
}

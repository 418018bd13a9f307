//! `POST /v1/enrol`: a phone becomes a device. 202 while a person must approve.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use muster_proto::answer::{Enrolment, TOKEN_HEADER};
use std::sync::Arc;

use super::refused::Refused;
use super::request::{answer, failed, receive};
use crate::app::App;
use crate::enrolment::{EnrolError, enrol};
use crate::problems::PhoneCode;

/// Enrols.
///
/// # Errors
/// The token or the message does not hold.
pub async fn post(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let received = receive(&app, request).await?;
    let envelope = received.envelope(&app)?;
    let token = received.headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    let enrolled = match enrol(&app, token, &envelope, received.from).await {
        Ok(enrolled) => {
            app.limits.spare_address(received.from, app.now());
            let outcome = if enrolled.answer.status == Enrolment::Pending { "pending" } else { "enrolled" };
            app.metrics.enrolments.with_label_values(&[outcome]).inc();
            enrolled.answer
        }
        Err(error) => {
            let refused = refused(&app, error);
            app.metrics.enrolments.with_label_values(&[refused.code()]).inc();
            return Err(failed(&app, received.from, refused));
        }
    };
    let status = if enrolled.status == Enrolment::Pending { 202 } else { 200 };
    let mut response = answer(status, &enrolled);
    if let Some(after) = enrolled.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.secs()));
    }
    Ok(response)
}

fn refused(app: &App, error: EnrolError) -> Refused {
    Refused::of(match error {
        EnrolError::Envelope(error) => return error.into(),
        EnrolError::Action(error) => return error.into(),
        EnrolError::Certificates(error) => return error.into(),
        EnrolError::TokenMismatch => PhoneCode::TokenMismatch,
        EnrolError::TokenUnknown => PhoneCode::TokenUnknown,
        EnrolError::TokenExpired => PhoneCode::TokenExpired,
        EnrolError::TokenRevoked => PhoneCode::TokenRevoked,
        EnrolError::TokenSpent => PhoneCode::TokenSpent,
        EnrolError::OtherCa => PhoneCode::OtherCa,
        EnrolError::OtherOrderKey => PhoneCode::OtherOrderKey,
        EnrolError::KeyTaken(how) => {
            return Refused::of(PhoneCode::KeyTaken).because(format!("that device is {how}"));
        }
        EnrolError::Refused => PhoneCode::Refused,
        EnrolError::OldNonce => {
            return Refused::of(PhoneCode::OldNonce).with_nonce(app.keys.nonces.make(app.now()));
        }
    })
}

//! `GET /ca`: the CA behind what people are shown here. It is fetched without trust and compared by its fingerprint, so nobody has to call.

use crate::app::App;
use crate::http::fault::Fault;
use crate::problems::Code;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The certificate in PEM.
pub async fn get(State(app): State<Arc<App>>) -> Result<Response, Fault> {
    match &app.reached.people_ca {
        Some(pem) => {
            Ok(([(header::CONTENT_TYPE, "application/pem-certificate-chain")], pem.clone()).into_response())
        }
        None => Err(Fault::of(Code::NoCa).because(GIVEN)),
    }
}

const GIVEN: &str = "the certificate that people are shown was given to this server without its CA: name the CA that it is from yourself \
                     (muster login --ca FILE), or, where browsers know it, the system's roots (/etc/ssl/certs/ca-certificates.crt)";

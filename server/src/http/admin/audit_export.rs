//! `GET /audit/export`: the whole record, an entry on each line (newline-delimited JSON), and on the last one its head. What is read is what goes
//! out next, so the record may be longer than memory.

use crate::app::App;
use crate::audit;
use crate::auth::Actor;
use crate::error::ActionError;
use crate::http::fault::Fault;
use crate::http::stream;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use muster_proto::audit::{End, Head};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The record as it is now.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Result<Response, Fault> {
    let head = audit::head(&app).await?;
    let (pages, waiting) = mpsc::channel(1);
    tokio::spawn(async move {
        if let Err(error) = pass_on(&app, head, &pages).await {
            tracing::error!(error = &error as &dyn std::error::Error, "an export of the audit broke off");
            // the connection breaks: whoever reads must not take what came for the whole
            pages.send(Err(error)).await.ok();
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\""),
    ];
    Ok((headers, stream::body(waiting)).into_response())
}

async fn pass_on(app: &App, head: Head, pages: &mpsc::Sender<Page>) -> Result<(), ActionError> {
    let mut after = 0;
    loop {
        let entries = app.store.read(move |tx| audit::following(tx, after, head.seq)).await?;
        let Some(last) = entries.last() else { break };
        after = last.seq;
        let lines = entries.iter().map(line).collect::<Vec<_>>().concat();
        if pages.send(Ok(lines.into())).await.is_err() {
            return Ok(());
        }
    }
    // who has left needs no end
    pages.send(Ok(line(&End { head }).into())).await.ok();
    Ok(())
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("an entry has only text and numbers");
    line.push(b'\n');
    line
}

type Page = Result<Bytes, ActionError>;

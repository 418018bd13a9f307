//! The agent's requests as HTTP, and the server's answers as the agent's core wants them.

use crate::http::{self, Connection, Target};
use muster_agent::core::{Answer, Request, SendError};
use muster_proto::answer::{COSE_TYPE, REPORT_TYPE, SEQUENCE_TYPE};
use muster_proto::cbor::{Wire, decode_within};
use muster_proto::problem::Problem;
use muster_proto::report::PROFILE;
use muster_proto::time::Span;

/// Longest answer: it may bring a policy, a catalogue, a verdict and orders.
const MAX_ANSWER: usize = 1 << 20;

/// Sends a request over the open connection, or over a new one.
pub(crate) async fn send(connection: &mut Option<Connection>, target: &Target, request: Request) -> Answer {
    match request {
        Request::Challenge => Answer::Challenge(
            exchange(connection, target, "GET", "/v1/challenge", "", &[])
                .await
                .and_then(|answer| read(&answer)),
        ),
        Request::Reports(reports) => {
            let content = match reports.len() {
                1 => format!("content-type: {REPORT_TYPE}; eat_profile=\"{PROFILE}\"\r\n"),
                _ => format!("content-type: {SEQUENCE_TYPE}\r\n"),
            };
            let answer =
                exchange(connection, target, "POST", "/v1/reports", &content, &reports.concat()).await;
            Answer::Reports(answer.and_then(|answer| read(&answer)).map(Box::new))
        }
        Request::Ack(order, bytes) => {
            let path = format!("/v1/orders/{order}");
            Answer::Ack(exchange(connection, target, "POST", &path, &cose(), &bytes).await.map(drop))
        }
        Request::Rekey(bytes) => Answer::Rekey(
            exchange(connection, target, "POST", "/v1/key", &cose(), &bytes)
                .await
                .and_then(|answer| read(&answer)),
        ),
    }
}

/// Why there is no answer that counts.
pub(crate) fn error(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Challenge(Err(error))
        | Answer::Reports(Err(error))
        | Answer::Ack(Err(error))
        | Answer::Rekey(Err(error)) => Some(error.to_string()),
        _ => None,
    }
}

/// An answer that refuses.
pub(crate) fn refusal(answer: &http::Answer) -> SendError {
    let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
    let retry_after = answer.header("retry-after").and_then(|secs| secs.parse().ok()).map(Span::from_secs);
    let (code, detail, nonce) = problem.map_or_else(
        || (format!("http-{}", answer.status), String::new(), None),
        |problem| (problem.code, problem.detail.unwrap_or(problem.title), problem.nonce),
    );
    SendError::Refused { status: answer.status, code, detail, retry_after, nonce }
}

fn cose() -> String {
    format!("content-type: {COSE_TYPE}\r\n")
}

async fn exchange(
    connection: &mut Option<Connection>,
    target: &Target,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Result<http::Answer, SendError> {
    let unreachable = |error: anyhow::Error| SendError::Unreachable(format!("{error:#}"));
    let open = match connection.take() {
        Some(open) => open,
        None => target.connect().await.map_err(unreachable)?,
    };
    let open = connection.insert(open);
    let answer = open.send(method, path, headers, body).await.map_err(unreachable)?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(&answer)) }
}

fn read<T: Wire>(answer: &http::Answer) -> Result<T, SendError> {
    decode_within(&answer.body, MAX_ANSWER).map_err(|error| SendError::Garbled(error.to_string()))
}

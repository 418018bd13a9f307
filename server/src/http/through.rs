//! What was begun is carried through. Whoever hangs up drops the future that answers him, and what follows a commit (telling open
//! channels and pages, keeping the answer) would stay undone; so a request that changes something goes on in a task of its own.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::task::JoinError;
use tracing::Instrument as _;

use super::console::visit::Visitor;
use super::fault::Fault;
use super::mine::Looking;
use crate::app::App;
use crate::auth::{Actor, Known};
use crate::problems::Code;

/// Around an operation that changes something. Who calls is asked first: nobody else makes tasks that outlive his connection.
pub async fn through(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match Actor::from_request_parts(&mut parts, &app).await {
        Ok(actor) => drop(parts.extensions.insert(Known(actor))),
        Err(fault) => return fault.into_response(),
    }
    run(next, Request::from_parts(parts, body)).await
}

/// Around the console's pages: a form of whoever is signed in.
pub async fn form_through(request: Request, next: Next) -> Response {
    let signed_in = request.extensions().get::<Visitor>().is_some_and(|visitor| visitor.secret.is_some());
    if request.method().is_safe() || !signed_in {
        return next.run(request).await;
    }
    run(next, request).await
}

/// Around a phone's own page: a form of whoever has it in hand.
pub async fn carriers_form_through(request: Request, next: Next) -> Response {
    let looking = request.extensions().get::<Looking>();
    if request.method().is_safe() || looking.is_none_or(|looking| looking.carrier.is_none()) {
        return next.run(request).await;
    }
    run(next, request).await
}

async fn run(next: Next, request: Request) -> Response {
    to_its_end(next.run(request)).await.unwrap_or_else(|error| broken_off(&error))
}

/// Goes on whether or not anybody waits for it, and is logged as a part of the request.
///
/// # Errors
/// It panicked, or the server is stopping.
pub async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    tokio::spawn(work.in_current_span()).await
}

/// What is answered for work that broke off.
pub fn broken_off(error: &JoinError) -> Response {
    tracing::error!(%error, "a request broke off");
    Fault::of(Code::Bug).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::{World, world};
    use crate::live::{Event, Hint};
    use axum::body::Body;
    use axum::http::{Request, header};
    use serde_json::{Value, json};
    use std::time::Duration;

    /// Long enough for anything that happens at all.
    const PATIENCE: Duration = Duration::from_secs(20);
    const KEY: &str = "0b7f0e5c-8d2e-4f6e";

    fn post(world: &World, path: &str, key: Option<&str>, body: &Value) -> Request<Body> {
        let request = Request::post(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, "application/json");
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        request.body(Body::from(body.to_string())).unwrap()
    }

    #[tokio::test]
    async fn whoever_hangs_up_before_it_began_finds_the_answer_when_he_comes_again() {
        let world = world().await;
        let made = || post(&world, "/tokens", Some(KEY), &json!({ "org": "minfin" }));
        world.abandon(made()).await;
        let again = async {
            loop {
                let answer = world.send(made()).await;
                if answer.json()["code"] != "repeat-running" {
                    return answer;
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, again).await.expect("the key is not locked");
        assert_eq!(answer.headers["idempotency-replayed"], "true", "{}", answer.text);
        assert_eq!(world.get("/tokens").await.json()["tokens"].as_array().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_order_reaches_an_open_channel_though_he_who_gave_it_has_hung_up() {
        let world = world().await;
        let phone = world.phone("R570E", "MF-1").await;
        let (_, mut hints) = world.app.hub.open(phone.id);
        let mut events = world.app.events.listen();
        let path = format!("/devices/{}/orders", phone.id);
        world.abandon(post(&world, &path, None, &json!({ "kind": "scan", "reason": "a test" }))).await;
        let hint = tokio::time::timeout(PATIENCE, hints.recv()).await.expect("the channel is told");
        assert_eq!(hint, Some(Hint::Orders));
        assert!(matches!(events.try_recv(), Ok(Event::Order(_, device)) if device == phone.id));
    }

    #[tokio::test]
    async fn a_form_of_the_console_is_carried_through_likewise() {
        let world = world().await;
        let (phone, cookie) = (world.phone("R570E", "MF-1").await, world.sign_in("Anna").await);
        let (_, mut hints) = world.app.hub.open(phone.id);
        let path = format!("/devices/{}", phone.id);
        let csrf = world.visit(axum::http::Method::GET, &path, &cookie, "").await.csrf();
        let form = Request::post(format!("{path}/scan"))
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        world.abandon(form.body(Body::from(format!("csrf={csrf}&reason=a+test"))).unwrap()).await;
        let hint = tokio::time::timeout(PATIENCE, hints.recv()).await.expect("the channel is told");
        assert_eq!(hint, Some(Hint::Orders));
    }

    #[tokio::test]
    async fn what_it_says_is_logged_as_the_request_s() {
        use crate::log::{Levels, Raised, Scope};
        use tracing_subscriber::layer::SubscriberExt as _;
        use tracing_subscriber::{EnvFilter, Layer as _};

        let levels = Levels::new("off", EnvFilter::new("off"));
        let lines = tempfile::NamedTempFile::new().unwrap();
        let writer = Arc::new(lines.reopen().unwrap());
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(levels.filter()));
        let _heard = tracing::subscriber::set_default(subscriber);
        let (scope, until) =
            (Scope::Request("request-4711".to_owned()), "2030-01-01T00:00:00Z".parse().unwrap());
        levels.raise(Raised { scope, level: tracing::Level::DEBUG, until });
        for id in ["request-4711", "request-4712"] {
            let span = tracing::info_span!("request", id);
            let work = to_its_end(async move { tracing::debug!("at work for {id}") });
            work.instrument(span).await.unwrap();
        }
        let text = std::fs::read_to_string(lines.path()).unwrap();
        assert!(text.contains("id=\"request-4711\"") && text.contains("at work for request-4711"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[tokio::test]
    async fn a_panic_is_answered() {
        let done = to_its_end(async { panic!("of the test") });
        let answer = done.await.unwrap_or_else(|error| broken_off(&error));
        assert_eq!(answer.status(), 500);
    }
}

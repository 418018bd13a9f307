//! The API as a contract. An operation is added once, with its handler; its route and its part of the OpenAPI document are made of that:
//! parameters, bodies and answers of the handler's types, the rest of a line [`About`] it. So no route is without its description, and
//! none can be described otherwise than it is.

mod document;
mod roles;
mod sheet;

pub use document::{document, text};
pub use roles::listed_in as roles;
pub use sheet::{Described, Input, Output, Sheet};

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use muster_proto::problem::Problem;
use std::sync::Arc;

use super::allowed::{Needs, allowed};
use super::{repeat, through, version};
use crate::app::App;
use crate::auth::{Kind, Right};
use crate::problems::Code;

/// The document as it is committed and answered.
pub const COMMITTED: &str = include_str!("../../../openapi.json");

/// Operations and the router that carries them out.
pub struct Api {
    app: Option<Arc<App>>,
    router: Router<Arc<App>>,
    operations: Vec<Operation>,
}

/// An operation, as far as its types don't say it.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its stable name, from which generated clients make theirs.
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// More about it.
    pub more: &'static str,
    /// Media types of a body that is no JSON.
    pub takes: &'static [&'static str],
    /// Media types of an answer that is no JSON, or not alone.
    pub gives: &'static [&'static str],
    /// What can be wrong, beside what the types say.
    pub problems: &'static [Code],
    /// It makes something, and takes an idempotency key.
    pub makes: bool,
    /// The answer has a version.
    pub versioned: bool,
    /// It changes nothing, whatever its method: whoever hangs up ends it.
    pub reads: bool,
    /// The right that it takes. One of which nothing is said is an owner's of the whole server; a test asks for it.
    pub needs: Option<Right>,
    /// Whoever has the right in some organisations gets what lies there, and is refused otherwise.
    pub scoped: bool,
    /// What its address names first.
    pub of: Option<Kind>,
    /// Nobody has to call.
    pub open: bool,
}

/// One line of the API.
pub struct Operation {
    /// `get`, `post` ….
    pub method: &'static str,
    /// Its address below `/api/v1`.
    pub path: &'static str,
    /// What the types don't say.
    pub about: About,
    describe: fn(&mut Sheet<'_>),
}

impl Operation {
    /// Whether it changes something.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.method != "get" && !self.about.reads
    }
}

/// Describes an operation by its name and a sentence.
#[must_use]
pub const fn about(id: &'static str, summary: &'static str) -> About {
    About {
        id,
        summary,
        more: "",
        takes: &[],
        gives: &[],
        problems: &[],
        makes: false,
        versioned: false,
        reads: false,
        needs: None,
        scoped: false,
        of: None,
        open: false,
    }
}

impl About {
    /// More about it.
    #[must_use]
    pub const fn more(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    /// The body is one of these.
    #[must_use]
    pub const fn takes(self, takes: &'static [&'static str]) -> Self {
        Self { takes, ..self }
    }

    /// The answer is one of these.
    #[must_use]
    pub const fn gives(self, gives: &'static [&'static str]) -> Self {
        Self { gives, ..self }
    }

    /// It makes something: with an idempotency key it can be asked for twice.
    #[must_use]
    pub const fn makes(self) -> Self {
        Self { makes: true, ..self }
    }

    /// The answer has a version.
    #[must_use]
    pub const fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// It changes nothing, though it is no `get`.
    #[must_use]
    pub const fn reads(self) -> Self {
        Self { reads: true, ..self }
    }

    /// It takes this right, on the whole server.
    #[must_use]
    pub const fn needs(self, right: Right) -> Self {
        Self { needs: Some(right), ..self }
    }

    /// The right is enough in some organisations: the operation keeps to what lies there.
    #[must_use]
    pub const fn scoped(self) -> Self {
        Self { scoped: true, ..self }
    }

    /// The right is enough where this lies, which the address names.
    #[must_use]
    pub const fn of(self, kind: Kind) -> Self {
        Self { scoped: true, of: Some(kind), ..self }
    }

    /// Nobody has to call.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { open: true, needs: Some(Right::Myself), ..self }
    }

    /// What the caller needs.
    #[must_use]
    pub fn taken(&self) -> Needs {
        Needs { right: self.needs.unwrap_or(Right::Server), scoped: self.scoped, of: self.of }
    }

    /// What can be wrong.
    #[must_use]
    pub const fn problems(self, problems: &'static [Code]) -> Self {
        Self { problems, ..self }
    }
}

impl Api {
    /// None yet. Without an app they are described, and not carried out.
    #[must_use]
    pub fn new(app: Option<Arc<App>>) -> Self {
        Self { app, router: Router::new(), operations: Vec::new() }
    }

    /// An operation that reads.
    #[must_use]
    pub fn get<T: 'static, H>(self, path: &'static str, about: About, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
    {
        self.add((MethodFilter::GET, "get"), path, about, handler)
    }

    /// An operation that does something.
    #[must_use]
    pub fn post<T: 'static, H>(self, path: &'static str, about: About, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
    {
        self.add((MethodFilter::POST, "post"), path, about, handler)
    }

    /// An operation that sets something.
    #[must_use]
    pub fn put<T: 'static, H>(self, path: &'static str, about: About, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
    {
        self.add((MethodFilter::PUT, "put"), path, about, handler)
    }

    /// An operation that changes parts of something.
    #[must_use]
    pub fn patch<T: 'static, H>(self, path: &'static str, about: About, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
    {
        self.add((MethodFilter::PATCH, "patch"), path, about, handler)
    }

    /// An operation that takes something away.
    #[must_use]
    pub fn delete<T: 'static, H>(self, path: &'static str, about: About, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
    {
        self.add((MethodFilter::DELETE, "delete"), path, about, handler)
    }

    fn add<T: 'static, H>(
        mut self,
        (filter, method): (MethodFilter, &'static str),
        path: &'static str,
        about: About,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
    {
        let operation = Operation { method, path, about, describe: H::describe };
        let mut route = on(filter, handler);
        if let Some(app) = self.app.as_ref().filter(|_| operation.changes()) {
            if about.makes {
                route = route.layer(from_fn_with_state(Arc::clone(app), repeat::once));
            }
            route = route.layer(from_fn_with_state(Arc::clone(app), through::through));
        }
        if about.versioned {
            route = route.layer(from_fn(version::versioned));
        }
        if let Some(app) = self.app.as_ref().filter(|_| !about.open) {
            route = route.layer(from_fn_with_state((Arc::clone(app), about.taken()), allowed));
        }
        let route = if cfg!(debug_assertions) { route.layer(from_fn(keeps(&operation))) } else { route };
        self.router = self.router.route(path, route);
        self.operations.push(operation);
        self
    }

    /// The routes.
    pub fn into_router(self) -> Router<Arc<App>> {
        self.router
    }

    /// The operations, in the order in which they were added.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

/// For the documentation: what makes something, and so takes an idempotency key.
#[must_use]
pub fn made(api: &Api) -> String {
    let all = api.operations().iter().filter(|operation| operation.about.makes);
    all.map(|Operation { method, path, about, .. }| {
        format!("- `{} {path}`: {}\n", method.to_uppercase(), about.summary)
    })
    .collect()
}

/// In builds for development: an answer that the document doesn't know is a bug of the document, and whoever tests it shall see it.
fn keeps(
    operation: &Operation,
) -> impl Fn(Request, Next) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>> + Clone + use<> {
    let sheet = Sheet::alone(operation);
    let (id, statuses, problems) = (operation.about.id, sheet.statuses(), sheet.problems);
    let known = Arc::new((statuses, problems));
    move |request, next| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let response = next.run(request).await;
            let problem = response.extensions().get::<Problem>();
            let described = match problem {
                Some(problem) => known.1.iter().any(|code| code.word() == problem.code),
                None => known.0.contains(&response.status().as_u16()),
            };
            if described {
                return response;
            }
            let said = problem.map_or_else(|| response.status().to_string(), |problem| problem.code.clone());
            tracing::error!(operation = id, said, "the API's document does not know this answer");
            let text = format!("{id} answered {said}, which its description does not have\n");
            (StatusCode::NOT_IMPLEMENTED, text).into_response()
        })
    }
}

#[cfg(test)]
mod tests;

//! Who is calling, and may they: tokens for programs, one-time links and sessions for people.
//!
//! A handler that asks for an [`Actor`] is only reached by somebody who may act. What is given out is 32 random bytes each time; the
//! store has digests.

mod actor;
pub mod api_tokens;
mod caller;
pub mod cookie;
mod files;
mod limit;
mod links;
pub(crate) mod names;
mod reach;
pub mod roles;
pub mod secret;
pub mod session;
mod things;
pub(crate) mod token;

pub use actor::{Actor, ActorKind};
pub use api_tokens::{ApiTokenView, IssuedApiToken, NewApiToken};
pub use caller::{CSRF_HEADER, Known, csrf_of, peer, visitor};
pub use files::{AuthFileError, local_admin};
pub use limit::FailureLimit;
pub use links::{LinkView, NewLink, SignedIn, first_sign_in, make_link, sign_in, sign_out};
pub use reach::{Branch, Reach, Within};
pub use roles::{Grant, Right, Role};
pub use secret::Secret;
pub use session::{How, Visit};
pub use things::{Kind, Thing, check, lies_within};
pub use token::LOCAL_ADMIN;

//! Signing in with an account from outside: who somebody is says a provider of OpenID Connect or a directory, and what they may here follows from groups there,
//! anew at each sign-in.

mod enter;
pub mod ldap;
mod map;
pub mod oidc;
mod secrets;

pub use enter::{Refusal, settle};
pub(crate) use enter::{Told, admit, enter, name_of};
pub use map::Mapped;
pub use secrets::FileError;

#[cfg(test)]
mod tests;

//! A directory that speaks LDAP, Active Directory among them: people type its password here, and their second factor is one of here.

mod directory;
mod people;
mod settings;
mod sign_in;

pub use directory::{Directory, Failed};
pub use people::{Found, Part, People, Person, Place, Plain};
pub use settings::{Bind, Filter, LdapUrl, Settings};
pub use sign_in::{Came, sign_in};

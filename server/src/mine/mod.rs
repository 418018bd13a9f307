//! The page of one phone for the person who carries it: a link that the phone has signed begins a short session, which sees this phone
//! alone and changes nothing but a scan that it asks for, and what it says is wrong.

mod session;

pub use session::{Carrier, LIFE, LINK_LIFE, find, leave, open};

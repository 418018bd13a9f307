//! The judgement as a whole: stories told line by line, and what holds for every story.

pub(crate) mod world;

#[cfg(feature = "document")]
mod compiled;
#[cfg(feature = "document")]
mod documents;

#[cfg(feature = "document")]
mod properties;
#[cfg(feature = "document")]
mod second_source;
#[cfg(feature = "document")]
mod stories;
#[cfg(feature = "document")]
pub(crate) mod story;

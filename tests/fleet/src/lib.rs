//! Many phones that are not there: the agent's real core and real signatures around made-up facts, to try out and to size a server.

pub mod model;
pub mod rng;

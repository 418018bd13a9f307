//! Muster's policy server: takes reports, judges them, hands out orders, shows the console.
//!
//! Rooms of the business hold types, actions and queries; rooms of the edge only translate between the outside and them. An action is one
//! function: it takes the actor, does its work in one transaction, and writes its audit entry there.

pub mod app;
pub mod audit;
pub mod auth;
pub mod away;
pub mod backup;
pub mod board;
pub mod calendar;
pub mod catalogue;
pub mod certificates;
pub mod check;
pub mod clock;
pub mod config;
pub mod devices;
pub mod disputes;
pub mod doors;
pub mod enrolment;
pub mod error;
pub mod exemptions;
pub mod groups;
pub mod health;
pub mod hooks;
pub mod http;
pub mod i18n;
pub mod ingest;
pub mod inventory;
pub mod judge;
pub mod keys;
pub mod live;
pub mod log;
pub mod mail;
pub mod metrics;
pub mod mine;
pub mod notify;
pub mod orders;
pub mod orgs;
pub mod outside;
pub mod packages;
pub mod people;
pub mod point;
pub mod policies;
pub mod problems;
pub mod program;
pub mod reason;
pub mod register;
pub mod repeats;
pub mod retention;
mod room;
pub mod schedules;
pub mod serve;
pub mod space;
pub mod store;
pub mod version;

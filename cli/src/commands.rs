//! One file for each group of commands: its arguments, the request, and what people see of the answer.

pub mod agent_package;
pub mod api_token;
pub mod asset;
pub mod audit;
pub mod board;
pub mod device;
pub mod dispute;
pub mod enrol;
pub mod exempt;
pub mod health;
pub mod hook;
pub mod import;
pub mod inventory;
pub mod log_level;
pub mod login;
pub mod mail;
pub mod manual;
pub mod order;
pub mod org;
pub mod people;
pub mod person;
pub mod policy;
pub mod scan;
pub mod session;
pub mod token;
pub mod verify;

//! # Countersign's store: all SQL, and nothing but SQL
//!
//! Every write is a script: conditional statements handed over whole, run as one atomic step, durable
//! before the answer leaves. Nothing is read in between, so no transaction ever waits for a caller.
//! No SQL type appears in a public name; whoever calls speaks the words of the domain.
//!
//! [`guide`] leads from a keyring to a verified code in a program with users of its own.

pub mod accounts;
pub mod address_confirmations;
pub mod application_accounts;
mod application_enrolments;
mod application_factors;
pub mod application_feed;
pub mod applications;
pub mod authenticators;
pub mod budgets;
pub mod chain;
mod claims;
mod codes_again;
mod confirmations;
pub mod copying;
mod database;
pub mod deliveries;
pub mod devices;
pub mod endpoints;
mod enrolments;
mod errand_factors;
pub mod errands;
pub mod events;
pub mod foreign_passwords;
pub mod groups;
pub mod guide;
pub mod imports;
mod in_process;
pub mod installation;
pub mod invitations;
pub mod kept_answers;
mod keyring;
pub mod keys;
pub mod links;
pub mod log;
pub mod looks;
mod migrate;
#[cfg(test)]
#[path = "model/tests/mod.rs"]
mod model;
pub mod nodes;
mod open_error;
mod opening;
pub mod outbox;
#[cfg(test)]
#[path = "../tests/contract/own_database.rs"]
mod own_database;
pub mod password_resets;
mod passwords;
mod place;
mod postgres;
#[cfg(test)]
mod prepare_tests;
pub mod profile;
mod read;
mod recovery;
mod refusal;
pub mod resealing;
mod restorations;
pub mod results;
mod script;
pub mod sessions;
pub mod set_up_links;
pub mod sign_in;
mod sign_out;
pub mod signing_keys;
pub mod site_sessions;
mod sqlite;
mod statements;
mod store;
mod sweep;
pub mod tally;
mod two_factor;
mod unavailable;
mod unfinished;
mod value;
pub mod verifications;

pub use budgets::Lane;
pub use installation::Installation;
pub use keyring::{KeySource, WrongKeyring};
pub use log::Log;
pub use open_error::OpenError;
pub use place::Place;
pub use postgres::{NotAPostgresUrl, PostgresUrl};
pub use refusal::Refusal;
pub use store::{Store, Visit};
pub use unavailable::Unavailable;

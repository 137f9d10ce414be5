//! Every door of the portal, tried the way others were broken into: the tests are named after the rows of
//! `docs/security/failures.md`. Whole requests go in and whole answers come out; nothing is stubbed but the clock.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod api;
mod browser;
mod busy;
mod bypass;
mod clocks;
mod confirming;
mod crowd;
mod enrolling;
mod enumerating;
mod exports;
mod forgetting;
mod guessing;
mod headers;
mod hosted;
mod importing;
mod input;
mod killed;
mod listed;
mod mail_server;
mod mailing;
mod moving;
mod moving_passwords;
#[path = "../../../store/tests/contract/own_database.rs"]
mod own_database;
mod person;
mod processes;
mod receiver;
mod recovering;
mod remembering;
mod replay;
mod restoring;
mod rotating;
mod routes;
mod rows;
mod sites;
mod slow;
mod telling;
mod trouble;
mod two_services;
mod watching;
mod webhooks;
mod wire;
mod world;

//! The API, as an attacker and as a developer come to it: whole requests, the documented answers, nothing stubbed but
//! the clock. Whatever a test asks is held to the OpenAPI document on the way (`client.rs`).

pub(crate) mod client;
mod documented;
mod enrolling;
mod feed;
mod guessing;
mod input;
mod isolation;
mod journeys;
mod keys;
mod limits;
mod remembering;
mod trouble;
mod twice;

//! Webhooks: messages to applications, by Standard Webhooks 1.0. The store writes them beside the events they tell; here
//! they get their words and their signatures, and find their way to the endpoint and to nobody else.

pub mod addresses;
pub mod client;
pub mod message;
pub mod sender;
pub mod target;

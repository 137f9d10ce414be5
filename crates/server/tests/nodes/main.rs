//! Several nodes on one PostgreSQL database, with real processes: a proxy before them, servers that stand in for each
//! other below. Run with `scripts/with-postgres`; needs nginx, and the example `with_a_test_clock`, which is built with
//! everything else (`cargo build -p countersign-server --example with_a_test_clock`).

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../http/browser.rs"]
#[expect(dead_code, reason = "the stories of tests/http need more of it")]
mod browser;
mod clocks;
mod failover;
mod guest;
mod installation;
mod node;
#[path = "../../../store/tests/contract/own_database.rs"]
mod own_database;
mod pair;
#[path = "../http/person.rs"]
#[expect(dead_code, reason = "the stories of tests/http need more of it")]
mod person;
mod proxy;
mod rolling;
mod rotating;
mod silent;
mod stopping;
mod together;
mod unmarked;
mod wire;
#[path = "../http/world.rs"]
#[expect(dead_code, reason = "the stories of tests/http need more of it")]
mod world;

//! Every parser of Countersign, fuzzed by libFuzzer: `FUZZ_TARGET=code fuzz -runs=10000 FOLDER`.
//!
//! One program holds all targets, so that one build does for all. `scripts/fuzz` builds and runs it, and
//! `docs/security/fuzzing.md` says what each target promises. A broken promise ends the run by panicking.

#![no_main]

mod chain;
mod code;
mod command_line;
mod config;
mod cookies;
mod email;
mod endpoint;
mod foreign_hash;
mod form;
mod high_water;
mod hosted;
mod id;
mod import;
mod key_uri;
mod keyring_file;
mod name;
mod next;
mod password;
mod password_hash;
mod proxies;
mod public_url;
mod recovery_code;
mod request;
mod same_origin;
mod sealed;
mod shm;
mod shop;
mod site_path;
mod targets;
mod ticket;
mod token;
mod user_agent;
mod words;
mod world;

use std::sync::LazyLock;

/// The target that the environment names.
static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let named = targets::ALL.iter().find(|(known, _)| *known == name);
    named.unwrap_or_else(|| panic!("FUZZ_TARGET={name:?} is no target")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));

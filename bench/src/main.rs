//! The load and the ceilings of `scripts/bench`, which starts all of this and says what it means. Each command prints one
//! line of JSON.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads clocks and draws no secrets")]

mod accounts;
mod disk;
mod http;
mod latencies;
mod load;
mod password_hash;
mod plan;
mod prototype;
mod seed;
mod steps;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "The load and the ceilings of scripts/bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sends requests in a closed loop.
    Load(load::Wanted),
    /// Serves the bare check that Countersign is compared with.
    Prototype(prototype::Wanted),
    /// Fills a database of Countersign with accounts.
    Seed(seed::Wanted),
    /// Lets every code be used again: for bursts on few accounts.
    Forget(seed::Forget),
    /// Commits durably as fast as this disk does.
    Disk(disk::Wanted),
    /// Hashes passwords as fast as these cores do.
    PasswordHash(password_hash::Wanted),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Load(wanted) => load::run(&wanted),
        Command::Prototype(wanted) => prototype::run(&wanted),
        Command::Seed(wanted) => seed::run(&wanted),
        Command::Forget(wanted) => seed::forget(&wanted),
        Command::Disk(wanted) => disk::run(&wanted),
        Command::PasswordHash(wanted) => password_hash::run(&wanted),
    }
}

//! `countersign application …`: what can be typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign::budget::Probability;

/// What is to be done about applications.
#[derive(Clone, Debug, Subcommand)]
pub enum Application {
    /// Add an application, and print its API key, once
    Add {
        /// What you call it; also its name in authenticator apps, unless --issuer says another
        name: String,
        /// What it decides
        #[command(flatten)]
        choices: Choices,
        /// Print one line of JSON with `name` and `api_key`, for scripts
        #[arg(long)]
        json: bool,
    },
    /// List all applications
    List,
    /// Change what an application decides for its accounts; it holds for the next request
    Set {
        /// What you call it
        name: String,
        /// What it decides
        #[command(flatten)]
        choices: Choices,
    },
    /// Print another API key; the ones of before go on for a while
    RotateKey {
        /// What you call it
        name: String,
        /// For how many hours the keys of before go on; 0 ends them at once
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=720))]
        overlap_hours: u16,
        /// Print one line of JSON with `name` and `api_key`, for scripts
        #[arg(long)]
        json: bool,
    },
    /// Print the key that messages to an application are signed with, and any that it goes on from
    SigningKey {
        /// What you call it
        name: String,
        /// Make another; the ones of before sign as well for a while
        #[arg(long)]
        rotate: bool,
        /// For how many hours the keys of before sign as well; 0 ends them at once
        #[arg(long, value_name = "HOURS", requires = "rotate", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=720))]
        overlap_hours: u16,
    },
    /// Set where an application takes its users back from our pages, and how these look; without any flag, show it
    Pages {
        /// What you call it
        name: String,
        /// What is set
        #[command(flatten)]
        looks: Looks,
    },
    /// Remove an application with all its accounts: their second factors are gone for good
    Remove {
        /// What you call it
        name: String,
        /// Its name once more, so that nothing is removed by mistake
        #[arg(long, value_name = "NAME")]
        really: String,
    },
}

/// What an application decides for its accounts.
#[derive(Args, Clone, Debug, Default)]
pub struct Choices {
    /// The name that authenticator apps show; no colon
    #[arg(long, value_name = "NAME")]
    pub issuer: Option<String>,
    /// For how many days a device is remembered; 0: none is [default: 30]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=365))]
    pub remember_days: Option<u16>,
    /// How probable it may be that a tireless guesser gets in, per account and year [default: 0.001]
    #[arg(long, value_name = "P", value_parser = probability)]
    pub guess_probability: Option<Probability>,
    /// How many recovery codes a set has; 0: none are made [default: 10]
    #[arg(long, value_name = "CODES", value_parser = clap::value_parser!(u8).range(0..=20))]
    pub recovery_codes: Option<u8>,
    /// How many requests a minute it may make at each node; 0: as many as it likes [default: 0]
    #[arg(long, value_name = "REQUESTS")]
    pub requests_a_minute: Option<u32>,
}

/// Where an application takes its users back, and how our pages look to them.
#[derive(Args, Clone, Debug, Default)]
pub struct Looks {
    /// An address to which its users come back; all of them at once, in place of those of before; "none" for none
    #[arg(long, value_name = "ADDRESS")]
    pub return_to: Vec<String>,
    /// The colour of links and buttons, #rrggbb; "none" for ours
    #[arg(long, value_name = "COLOUR")]
    pub colour: Option<String>,
    /// A PNG or WebP of at most 64 KiB; "none" for none
    #[arg(long, value_name = "FILE")]
    pub logo: Option<PathBuf>,
}

fn probability(text: &str) -> Result<Probability, String> {
    let fits = text.parse().ok().and_then(Probability::new);
    fits.ok_or_else(|| format!("it has to lie between {} and {}", Probability::LEAST, Probability::MOST))
}

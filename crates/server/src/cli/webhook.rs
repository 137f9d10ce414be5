//! `countersign webhook …`: what can be typed.

use clap::{Args, Subcommand};
use countersign::topic::Topic;

/// What is to be done about webhooks.
#[derive(Clone, Debug, Subcommand)]
pub enum Webhook {
    /// Tell an application from now on what happens to its accounts, at this address
    Add {
        /// Which
        #[command(flatten)]
        endpoint: Endpoint,
        /// Only of this, such as two_factor.enabled; several with commas between them
        #[arg(long, value_name = "TYPE", value_delimiter = ',', value_parser = topic)]
        only: Vec<Topic>,
    },
    /// List all endpoints, and how they fare
    List {
        /// Those of this application alone
        application: Option<String>,
    },
    /// Send a message that tells nothing now, and print what comes back
    Try(Endpoint),
    /// Send again to an endpoint that was switched off
    Resume(Endpoint),
    /// Send nothing there any more
    Remove(Endpoint),
}

/// An endpoint.
#[derive(Args, Clone, Debug)]
pub struct Endpoint {
    /// What you call the application
    pub application: String,
    /// The address, such as `https://shop.example.com/webhooks`
    pub url: String,
}

fn topic(word: &str) -> Result<Topic, String> {
    let known = || Topic::ALL.iter().map(|topic| topic.word()).collect::<Vec<_>>().join(", ");
    Topic::parse(word).ok_or_else(|| format!("there are {}", known()))
}

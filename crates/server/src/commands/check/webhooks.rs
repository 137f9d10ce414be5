//! What `countersign check` says of the endpoints of applications: those that do not fare well.

use countersign_store::{Store, Unavailable};

use super::super::say;
use super::super::webhook::fares;
use crate::webhooks::target::Target;

/// Looks at the endpoints.
pub(super) async fn look(store: &Store) -> Result<(), Unavailable> {
    for endpoint in store.endpoints().await? {
        if endpoint.off_at.is_none() && endpoint.failing_since.is_none() && endpoint.given_up == 0 {
            continue;
        }
        // What comes after the host may be what lets somebody in there, and this is sent to whoever helps.
        let to = Target::parse(&endpoint.url).map_or_else(|_| "?".to_owned(), |target| target.to_string());
        let name = &endpoint.application_name;
        say(format_args!("warning    messages to {name} at {to}: {}", fares(&endpoint)));
        if endpoint.off_at.is_some() {
            say(format_args!(
                "           when it works again: countersign webhook resume; what it missed stands in the feed of events"
            ));
        }
    }
    Ok(())
}

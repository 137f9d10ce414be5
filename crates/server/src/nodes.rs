//! A node among others: it tells the database that it is there, how far its clock is off, and which keys it holds.
//!
//! Codes and waits are decided by the clock of whichever node is asked. One that is wrong refuses right codes, and only
//! at times; so nodes compare their clocks with the database's, and say so where anybody looks.

use std::sync::Arc;
use std::time::Duration;

use countersign::NodeId;
use countersign::clock_difference::ClockDifference;
use countersign_store::{Unavailable, nodes, nodes::Node};
use tokio::sync::watch;

use crate::app::App;

/// How soon the others hear of a key that this node has just got.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Tells of this node until it is told to stop. On SQLite there is nobody to tell.
pub(crate) async fn tell(app: Arc<App>, mut stopping: watch::Receiver<bool>) {
    let mut chance = app.chance;
    let mut node = Node {
        id: NodeId::fresh(app.clock.now(), &mut chance),
        name: name(app.config.service.listen.port()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: ClockDifference::of(0, countersign::Span::ZERO),
        keys: Vec::new(),
    };
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut silent_for = nodes::TELLS_EVERY;
    let mut warned = false;
    loop {
        tokio::select! {
            _tick = looks.tick() => {}
            _told = stopping.wait_for(|stop| *stop) => break,
        }
        let keys = keys_of(&app);
        silent_for = silent_for.saturating_add(1);
        if silent_for < nodes::TELLS_EVERY && keys == node.keys {
            continue;
        }
        // Others say that the database does not answer; the next round is soon.
        match told(&app, Node { keys, ..node.clone() }).await {
            Ok(Some(told)) => {
                warned = warn(told.clock, warned);
                (node, silent_for) = (told, 0);
            }
            Ok(None) => return,
            Err(_) => {}
        }
    }
    // Where this fails it is forgotten soon.
    let _forgotten = app.store.node_leaves(node.id).await;
}

/// The node as it was told of; nothing where there is no other clock.
async fn told(app: &App, node: Node) -> Result<Option<Node>, Unavailable> {
    let Some(clock) = app.store.compare_clocks(|| app.clock.now()).await? else { return Ok(None) };
    let node = Node { clock, ..node };
    app.store.tell_of_node(&node, app.clock.now()).await?;
    Ok(Some(node))
}

/// Says it once that the clock is off, and once that it is right again.
fn warn(clock: ClockDifference, warned: bool) -> bool {
    match (clock.is_too_large(), warned) {
        (true, false) => tracing::warn!(
            "the clock of this node is {clock} the database's, so that right codes may be refused here: set it by NTP \
             (timedatectl). `countersign check` compares all nodes"
        ),
        (false, true) => tracing::info!("the clock of this node is right again: {clock} the database's"),
        _ => {}
    }
    clock.is_too_large()
}

fn keys_of(app: &App) -> Vec<String> {
    app.store.keyring().ids().map(|id| id.as_str().to_owned()).collect()
}

/// The machine and the port.
fn name(port: u16) -> String {
    format!("{}:{port}", rustix::system::uname().nodename().to_string_lossy())
}

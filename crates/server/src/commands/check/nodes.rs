//! What `countersign check` says of the nodes: whether their clocks agree, and whether all hold the key that seals.

use countersign::{clock_difference::ClockDifference, secret::KeyId};
use countersign_store::{Store, Unavailable, nodes::Node};

use super::super::say;
use crate::clock::{Clock as _, WallClock};

/// Looks at the nodes that serve, and at this machine's own clock; how many things are wrong. On SQLite there is
/// nothing to compare.
pub(super) async fn look(store: &Store, seals: &KeyId) -> Result<u32, Unavailable> {
    let Some(own) = store.compare_clocks(|| WallClock.now()).await? else { return Ok(0) };
    let nodes = store.nodes().await?;
    let mut wrong = u32::from(is_off("this machine", own));
    for node in &nodes {
        let off = is_off(&format!("the node {}", node.name), node.clock);
        wrong = wrong.saturating_add(off.into()).saturating_add(lacks(node, seals).into());
    }
    if agree(&nodes) {
        say("note       the nodes agree with one another: look at the clock of the database's machine first");
    }
    Ok(wrong)
}

/// Says how far a clock is off, and whether that is too far.
fn is_off(whose: &str, clock: ClockDifference) -> bool {
    let off = clock.is_too_large();
    match off {
        true => say(format_args!(
            "wrong      the clock of {whose} is {clock} the database's: right codes may be refused there. Set it by NTP \
             (timedatectl)"
        )),
        false => say(format_args!("ok         the clock of {whose} is {clock} the database's")),
    }
    off
}

fn lacks(node: &Node, seals: &KeyId) -> bool {
    let lacks = node.keys.iter().all(|key| key != seals.as_str());
    if lacks {
        say(format_args!(
            "wrong      the node {} does not hold the key {seals}, which seals: copy this keyring to it",
            node.name
        ));
    }
    lacks
}

/// Whether several nodes are all off, and by the same.
fn agree(nodes: &[Node]) -> bool {
    let [first, _, ..] = nodes else { return false };
    nodes.iter().all(|node| node.clock.is_too_large() && !node.clock.from(first.clock).is_too_large())
}

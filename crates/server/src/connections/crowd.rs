//! The crowd at the doors, as far as it can be watched.

use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use prometheus_client::registry::Registry;

/// Who came, in numbers. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd {
    /// How many places there are.
    pub(super) most: Gauge,
    /// How many are taken.
    pub(super) open: Gauge,
    /// Newcomers for whom there was none.
    pub(super) refused: Counter,
    /// Those who were silent and had to leave for a newcomer.
    pub(super) made_room: Counter,
}

impl Crowd {
    /// Shows the numbers.
    pub(crate) fn register(&self, all: &mut Registry) {
        all.register("most", "How many connections may be open", self.most.clone());
        all.register("open", "How many are", self.open.clone());
        all.register("refused", "Newcomers for whom there was no place", self.refused.clone());
        all.register(
            "made_room",
            "Silent connections that were closed for newcomers",
            self.made_room.clone(),
        );
    }
}

//! Nodes: the processes that serve on one database, as far as the others have to know of them: how far their clocks
//! are off, and which keys they hold.
//!
//! A node says that it is there every few seconds; what has been silent for longer is not, and its row goes. Nothing
//! that lets anybody in depends on it. On SQLite there is one machine, one clock and one keyring: nobody is listed.

use countersign::{NodeId, Span, Timestamp, clock_difference::ClockDifference};

use crate::read::{all, corrupt, id};
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How often a node says that it is there, in seconds.
pub const TELLS_EVERY: u64 = 5;

/// Whoever has been silent for this long is gone: longer than a server takes to be replaced by its standby.
pub const LIVES: Span = Span::seconds(30);

/// How often the clocks are compared for one answer; the quickest of them is the most exact.
const ROUNDS: usize = 3;

statements! {
    /// A node is there.
    pub(crate) TELL = "INSERT INTO nodes (id, name, version, seen_at, ahead, within, keys) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
        seen_at = excluded.seen_at, ahead = excluded.ahead, within = excluded.within, keys = excluded.keys";
    /// Whoever is silent is not there. One that was seen later than now was seen by a clock that has since stepped back.
    pub(crate) FORGET_SILENT = "DELETE FROM nodes WHERE seen_at <= $1 OR seen_at > $2";
    /// A node ends.
    pub(crate) LEAVE = "DELETE FROM nodes WHERE id = $1";
    /// Who is there.
    pub(crate) THERE = "SELECT id, name, version, seen_at, ahead, within, keys FROM nodes \
        WHERE seen_at > $1 AND seen_at <= $2 ORDER BY name, id";
}

/// One process that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub id: NodeId,
    /// Its machine and its port, for people.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// Its clock, against the database's.
    pub clock: ClockDifference,
    /// The ids of the keys it holds.
    pub keys: Vec<String>,
}

impl Store {
    /// How far the clock `own` is ahead of the database's; nothing on SQLite, which has no other clock.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn compare_clocks(
        &self,
        own: impl Fn() -> Timestamp + Send + Sync,
    ) -> Result<Option<ClockDifference>, Unavailable> {
        let mut best: Option<ClockDifference> = None;
        for _ in 0..ROUNDS {
            let before = own();
            let Some(theirs) = self.database.clock().await? else { return Ok(None) };
            let measured = ClockDifference::measured(before, theirs, own());
            best = Some(best.map_or(measured, |best| best.or_better(measured)));
        }
        Ok(best)
    }

    /// Says that a node is there, and forgets who is silent.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn tell_of_node(&self, node: &Node, now: Timestamp) -> Result<(), Unavailable> {
        let theirs = node.clock.theirs(now);
        let values = params![
            node.id.to_string(),
            node.name.as_str(),
            node.version.as_str(),
            theirs.milliseconds(),
            node.clock.ahead(),
            node.clock.within().as_milliseconds(),
            node.keys.join(" ")
        ];
        let (since, until) = alive_at(theirs);
        self.database.settle(Script::new().may(TELL, values).may(FORGET_SILENT, params![since, until])).await
    }

    /// A node ends.
    ///
    /// # Errors
    /// [`Unavailable`]; then it is forgotten when it has been silent for long enough.
    pub async fn node_leaves(&self, node: NodeId) -> Result<(), Unavailable> {
        self.database.settle(Script::new().may(LEAVE, params![node.to_string()])).await
    }

    /// The nodes that are there, by their names; none on SQLite.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn nodes(&self) -> Result<Vec<Node>, Unavailable> {
        let Some(theirs) = self.database.clock().await? else { return Ok(Vec::new()) };
        let (since, until) = alive_at(theirs);
        let answers = self.database.read(Read::new().select(THERE, params![since, until])).await?;
        all(&answers, 0).iter().map(node_of).collect()
    }
}

/// After which moment, and until when, somebody was seen who is there; by the database's clock. What two nodes take
/// for its time differs by as much as their measurements are inexact.
fn alive_at(theirs: Timestamp) -> (i64, i64) {
    ((theirs - LIVES).milliseconds(), (theirs + LIVES).milliseconds())
}

fn node_of(row: &Row) -> Result<Node, Unavailable> {
    let within = row.int(5)?;
    if within < 0 {
        return Err(corrupt("the clock of a node"));
    }
    Ok(Node {
        id: id(row.text(0)?, NodeId::parse)?,
        name: row.text(1)?.to_owned(),
        version: row.text(2)?.to_owned(),
        clock: ClockDifference::of(row.int(4)?, Span::milliseconds(within)),
        keys: row.text(6)?.split_whitespace().map(str::to_owned).collect(),
    })
}

//! The chain of the audit log: lines are chained soon after they were appended, never in the script of what they
//! tell, since then everybody who writes would wait for the one last link.
//!
//! Lines are chained in the order of their places. Scripts run one after the other on either kind of database, so that
//! a place is never filled after a later one.

use countersign::{
    Timestamp,
    chain::{Head, Line, LinkHash},
};

use crate::database::Database;
use crate::installation::Installation;
use crate::read::{all, one};
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How many lines are chained in one script.
const CHUNK: usize = 500;
/// How many of them in one statement, as long as there are so many.
const AT_ONCE: usize = 16;
/// The condition that a link follows the last one.
const LAST: &str = "the last link";

/// Adds links: the numbers of its parameters, three for each.
macro_rules! add_links {
    (($link:literal, $position:literal, $hash:literal) $(, ($links:literal, $positions:literal, $hashes:literal))*) => {
        concat!(
            "INSERT INTO event_links (link, position, hash) VALUES ($", $link, ", $", $position, ", $", $hash, ")",
            $(", ($", $links, ", $", $positions, ", $", $hashes, ")"),*
        )
    };
}

statements! {
    /// The last link, and when its line was written.
    pub(crate) LAST_LINK = "SELECT l.link, l.hash, l.position, e.at FROM event_links l \
        LEFT JOIN events e ON e.position = l.position ORDER BY l.link DESC LIMIT 1";
    /// Lines that are not chained yet.
    pub(crate) TO_CHAIN = "SELECT position, account_id, at, kind, subject, count, browser, address, actor, method, \
        detail, until, session_id FROM events WHERE position > $1 ORDER BY position LIMIT $2";
    /// That this is the last link. Scripts run one after the other, so looking is enough.
    pub(crate) IS_LAST = "SELECT CAST(1 AS BIGINT) WHERE COALESCE((SELECT max(link) FROM event_links), 0) = $1";
    /// Chains a line.
    pub(crate) CHAIN = add_links!((1, 2, 3));
    /// Chains [`AT_ONCE`] lines: a statement costs more than what it writes.
    pub(crate) CHAIN_MANY = add_links!(
        (1, 2, 3), (4, 5, 6), (7, 8, 9), (10, 11, 12), (13, 14, 15), (16, 17, 18), (19, 20, 21), (22, 23, 24),
        (25, 26, 27), (28, 29, 30), (31, 32, 33), (34, 35, 36), (37, 38, 39), (40, 41, 42), (43, 44, 45), (46, 47, 48)
    );
    /// The hash of one link.
    pub(crate) HASH_AT = "SELECT hash FROM event_links WHERE link = $1";
}

/// How far the chain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chained {
    /// Its last link.
    pub head: Head,
    /// When the line of that link was written, if there is one.
    pub at: Option<Timestamp>,
    /// Whether lines may still be waiting to be chained.
    pub more: bool,
}

impl Store {
    /// Chains lines that are not chained yet, some hundreds at a time. Several processes may do so at once: each
    /// link is set once, and whoever comes second is told that there is more to do.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn chain_events(&self, installation: &Installation) -> Result<Chained, Unavailable> {
        let (before, position) = self.last_link(installation).await?;
        let most = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        let answers = self.database.read(Read::new().select(TO_CHAIN, params![position, most])).await?;
        let rows = all(&answers, 0);
        let (mut chained, mut links) = (before, Vec::with_capacity(rows.len()));
        for row in rows {
            let line = line_of(row, 0)?;
            chained.head = chained.head.then(&line);
            chained.at = Some(line.at());
            links.push(params![chained.head.link, line.position, chained.head.hash.as_bytes()]);
        }
        let mut script = Script::new().must_find(LAST, IS_LAST, params![before.head.link]);
        for links in links.chunks(AT_ONCE) {
            script = match links.len() {
                AT_ONCE => script.may(CHAIN_MANY, links.concat()),
                _ => links.iter().fold(script, |script, link| script.may(CHAIN, link.clone())),
            };
        }
        if rows.is_empty() {
            return Ok(before);
        }
        match self.database.write(script).await {
            Ok(_) => Ok(Chained { more: rows.len() == CHUNK, ..chained }),
            Err(Failed::Refused { .. }) => Ok(Chained { more: true, ..before }),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable),
        }
    }

    /// How far the chain has come, without chaining more.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn chained(&self, installation: &Installation) -> Result<Chained, Unavailable> {
        self.last_link(installation).await.map(|(chained, _)| chained)
    }

    /// The hash of one link, if there is such a link.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn hash_at(
        &self,
        installation: &Installation,
        link: i64,
    ) -> Result<Option<LinkHash>, Unavailable> {
        hash_at(&self.database, installation, link).await
    }

    /// The last link, and the place of its line.
    async fn last_link(&self, installation: &Installation) -> Result<(Chained, i64), Unavailable> {
        let answers = self.database.read(Read::new().select(LAST_LINK, params![])).await?;
        let Some(row) = one(&answers, 0) else {
            let head = Head::beginning(installation.id);
            return Ok((Chained { head, at: None, more: false }, 0));
        };
        let head = Head { link: row.int(0)?, hash: LinkHash::from_bytes(row.bytes(1)?) };
        let at = row.opt_int(3)?.map(Timestamp::from_milliseconds);
        Ok((Chained { head, at, more: false }, row.int(2)?))
    }
}

/// The hash of one link, if there is such a link.
pub(crate) async fn hash_at(
    database: &Database,
    installation: &Installation,
    link: i64,
) -> Result<Option<LinkHash>, Unavailable> {
    let beginning = Head::beginning(installation.id);
    if link == beginning.link {
        return Ok(Some(beginning.hash));
    }
    let answers = database.read(Read::new().select(HASH_AT, params![link])).await?;
    one(&answers, 0).map(|row| row.bytes(0).map(LinkHash::from_bytes)).transpose()
}

/// A line, in the columns from `first` on, word for word.
pub(crate) fn line_of(row: &Row, first: usize) -> Result<Line, Unavailable> {
    let column = |nth: usize| first.saturating_add(nth);
    let text = |nth: usize| row.text(column(nth)).map(str::to_owned);
    let maybe = |nth: usize| row.opt_text(column(nth)).map(|text| text.map(str::to_owned));
    Ok(Line {
        position: row.int(column(0))?,
        account: text(1)?,
        at: row.int(column(2))?,
        kind: text(3)?,
        subject: maybe(4)?,
        count: row.opt_int(column(5))?,
        browser: text(6)?,
        address: maybe(7)?,
        actor: maybe(8)?,
        method: maybe(9)?,
        detail: maybe(10)?,
        until: row.opt_int(column(11))?,
        session: maybe(12)?,
    })
}

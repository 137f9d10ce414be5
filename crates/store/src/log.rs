//! The whole audit log, as an auditor reads it: over a database that is looked at and never changed.

use countersign::{
    Timestamp,
    chain::{Found, Head, Kept, Line, LinkHash},
};

use crate::chain::{hash_at, line_of};
use crate::database::Database;
use crate::installation::{INSTALLATION, Installation, installation_of};
use crate::open_error::OpenError;
use crate::place::Place;
use crate::read::{all, one};
use crate::script::Read;
use crate::statements::statements;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

statements! {
    /// Links with their lines, by number.
    pub(crate) LINKS = "SELECT l.link, l.position, l.hash, e.position, e.account_id, e.at, e.kind, e.subject, e.count, \
        e.browser, e.address, e.actor, e.method, e.detail, e.until, e.session_id \
        FROM event_links l LEFT JOIN events e ON e.position = l.position \
        WHERE l.link > $1 ORDER BY l.link LIMIT $2";
    /// Lines that no link chains, although a later one is chained.
    pub(crate) STRAY = "SELECT e.position, e.account_id, e.at, e.kind, e.subject, e.count, e.browser, e.address, \
        e.actor, e.method, e.detail, e.until, e.session_id FROM events e \
        WHERE e.position > $1 AND e.position < (SELECT max(position) FROM event_links) \
        AND NOT EXISTS (SELECT 1 FROM event_links l WHERE l.position = e.position) ORDER BY e.position LIMIT $2";
    /// How many lines wait to be chained.
    pub(crate) WAITING = "SELECT count(*) FROM events \
        WHERE position > COALESCE((SELECT max(position) FROM event_links), 0)";
    /// The last link.
    pub(crate) HEAD = "SELECT link, hash FROM event_links ORDER BY link DESC LIMIT 1";
    /// Lines after a place, of one account or of all, with the address of whose they are.
    pub(crate) LINES = "SELECT e.position, e.account_id, e.at, e.kind, e.subject, e.count, e.browser, e.address, \
        e.actor, e.method, e.detail, e.until, e.session_id, a.email \
        FROM events e LEFT JOIN accounts a ON a.id = e.account_id \
        WHERE e.position > $1 AND ($2 = '' OR a.email_key = $2) ORDER BY e.position LIMIT $3";
    /// Whether an address has an account.
    pub(crate) HAS_ACCOUNT = "SELECT count(*) FROM accounts WHERE email_key = $1";
    /// The address of an account.
    pub(crate) EMAIL = "SELECT email FROM accounts WHERE id = $1";
    /// How often an older backup was restored, and what was lost, latest first.
    pub(crate) RESTORATIONS = "SELECT at, last_kept, kept_until, last_marked, marked_at FROM restorations \
        ORDER BY number DESC";
}

/// The log of an installation, to be read and nothing else.
pub struct Log {
    database: Database,
}

/// A line, and whose it is.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The line, word for word.
    pub line: Line,
    /// The address of the account, while there is one.
    pub email: Option<String>,
}

/// An older backup that was restored, and what was lost by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// When that was noticed and dealt with.
    pub at: Timestamp,
    /// The last link of the backup.
    pub last_kept: i64,
    /// When its line was written.
    pub kept_until: Option<Timestamp>,
    /// The link that had been marked, if the mark was there.
    pub last_marked: Option<i64>,
    /// When its line was written.
    pub marked_at: Option<Timestamp>,
}

impl Log {
    /// Opens the database at `place` to look at it. It is neither made nor brought up to date. Blocks while
    /// it works.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::Behind`] where an older program has last opened it.
    pub fn of(place: &Place) -> Result<Self, OpenError> {
        Ok(Self { database: Database::look_at(place)? })
    }

    /// What the database is called; `None` before its first start.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn installation(&self) -> Result<Option<Installation>, Unavailable> {
        let answers = self.database.read(Read::new().select(INSTALLATION, params![])).await?;
        one(&answers, 0).map(installation_of).transpose()
    }

    /// The last link.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn head(&self, installation: &Installation) -> Result<Head, Unavailable> {
        let answers = self.database.read(Read::new().select(HEAD, params![])).await?;
        let Some(row) = one(&answers, 0) else { return Ok(Head::beginning(installation.id)) };
        Ok(Head { link: row.int(0)?, hash: LinkHash::from_bytes(row.bytes(1)?) })
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

    /// At most so many links behind the link `after`, with their lines.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn links(&self, after: i64, most: u32) -> Result<Vec<Kept>, Unavailable> {
        let answers = self.database.read(Read::new().select(LINKS, params![after, most])).await?;
        all(&answers, 0).iter().map(kept_of).collect()
    }

    /// At most so many lines that no link chains although a later one is chained, behind the place `after`.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn strays(&self, after: i64, most: u32) -> Result<Vec<(i64, Found)>, Unavailable> {
        let answers = self.database.read(Read::new().select(STRAY, params![after, most])).await?;
        all(&answers, 0).iter().map(|row| Ok((row.int(0)?, found(row, 0)))).collect()
    }

    /// How many lines wait to be chained.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn waiting(&self) -> Result<i64, Unavailable> {
        let answers = self.database.read(Read::new().select(WAITING, params![])).await?;
        one(&answers, 0).map_or(Ok(0), |row| row.int(0))
    }

    /// At most so many lines behind the place `after`, of the account that has this address or of all.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn lines(
        &self,
        after: i64,
        email_key: Option<&str>,
        most: u32,
    ) -> Result<Vec<Listed>, Unavailable> {
        let values = params![after, email_key.unwrap_or_default(), most];
        let answers = self.database.read(Read::new().select(LINES, values)).await?;
        let listed =
            |row: &Row| Ok(Listed { line: line_of(row, 0)?, email: row.opt_text(13)?.map(str::to_owned) });
        all(&answers, 0).iter().map(listed).collect()
    }

    /// Whether an address has an account.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn has_account(&self, email_key: &str) -> Result<bool, Unavailable> {
        let answers = self.database.read(Read::new().select(HAS_ACCOUNT, params![email_key])).await?;
        one(&answers, 0).map_or(Ok(false), |row| row.int(0).map(|count| count > 0))
    }

    /// The address of an account, by its id as a line has it.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn email_of(&self, account: &str) -> Result<Option<String>, Unavailable> {
        let answers = self.database.read(Read::new().select(EMAIL, params![account])).await?;
        one(&answers, 0).map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// The older backups that were restored, latest first.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn restorations(&self) -> Result<Vec<Restoration>, Unavailable> {
        let answers = self.database.read(Read::new().select(RESTORATIONS, params![])).await?;
        all(&answers, 0).iter().map(restoration_of).collect()
    }
}

fn kept_of(row: &Row) -> Result<Kept, Unavailable> {
    let line = match row.opt_int(3) {
        Ok(None) => Found::Nothing,
        Ok(Some(_)) | Err(_) => found(row, 3),
    };
    let hash = row.bytes(2).ok().map(LinkHash::from_bytes);
    Ok(Kept { link: row.int(0)?, position: row.int(1)?, hash, line })
}

/// What somebody put where a number belongs is no outage: it is what the auditor is looking for.
fn found(row: &Row, first: usize) -> Found {
    line_of(row, first).map_or(Found::Unreadable, |line| Found::Line(Box::new(line)))
}

fn restoration_of(row: &Row) -> Result<Restoration, Unavailable> {
    Ok(Restoration {
        at: Timestamp::from_milliseconds(row.int(0)?),
        last_kept: row.int(1)?,
        kept_until: row.opt_int(2)?.map(Timestamp::from_milliseconds),
        last_marked: row.opt_int(3)?,
        marked_at: row.opt_int(4)?.map(Timestamp::from_milliseconds),
    })
}

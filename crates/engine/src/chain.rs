//! The chain of the audit log: each line is hashed together with the hash of the line before it.
//!
//! Whoever has noted one link ([`Head`], `LINK:HASH`) has noted every line up to it: none of them can be altered,
//! removed, exchanged or slipped in without that hash becoming another. The hash is plain SHA-256 over a form that
//! `docs/security/audit.md` gives in full, so that somebody with a copy of the database can check it without a
//! key and without this program.

use crate::{InstallationId, Timestamp};
use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Hashed first of all at the beginning of a chain.
const CHAIN: &[u8] = b"countersign-event-chain-1";
/// Hashed first of all in each link.
const LINK: &[u8] = b"countersign-event-link-1";

/// The hash of a link. It is no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkHash([u8; 32]);

/// One line of the log as it is kept, word for word: a line that somebody has altered is a line too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its place in the log.
    pub position: i64,
    /// Whose.
    pub account: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// What.
    pub kind: String,
    /// A name, where the kind has one.
    pub subject: Option<String>,
    /// A number, where the kind has one.
    pub count: Option<i64>,
    /// By which browser.
    pub browser: String,
    /// From where.
    pub address: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// By which method.
    pub method: Option<String>,
    /// A second name, where the kind has one.
    pub detail: Option<String>,
    /// A moment in milliseconds since the epoch, where the kind has one.
    pub until: Option<i64>,
    /// In which session.
    pub session: Option<String>,
}

/// One link of the chain. The last one stands for everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number: 1 for the first line, 0 where there is none yet.
    pub link: i64,
    /// Its hash.
    pub hash: LinkHash,
}

/// The text is no link: `LINK:HASH` is a number, a colon and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link is written LINK:HASH, a number and 64 hexadecimal digits")]
pub struct NotALink;

impl Head {
    /// Where the chain of an installation begins: link 0, whose hash is that of the installation's id.
    pub fn beginning(installation: InstallationId) -> Self {
        let mut form = Form::of(CHAIN);
        form.text(&installation.to_string());
        Self { link: 0, hash: form.hash() }
    }

    /// The link that chains this line behind this one.
    #[must_use]
    pub fn then(self, line: &Line) -> Self {
        let link = self.link.saturating_add(1);
        let mut form = Form::of(LINK);
        form.0.update(self.hash.0);
        form.0.update(link.to_be_bytes());
        // What a line does not have leaves no trace, so that a column of the future changes no hash of the past.
        form.number("position", Some(line.position));
        form.words("account_id", Some(&line.account));
        form.number("at", Some(line.at));
        form.words("kind", Some(&line.kind));
        form.words("subject", line.subject.as_deref());
        form.number("count", line.count);
        form.words("browser", Some(&line.browser));
        form.words("address", line.address.as_deref());
        form.words("actor", line.actor.as_deref());
        form.words("method", line.method.as_deref());
        form.words("detail", line.detail.as_deref());
        form.number("until", line.until);
        form.words("session_id", line.session.as_deref());
        Self { link, hash: form.hash() }
    }

    /// Reads `LINK:HASH`.
    ///
    /// # Errors
    /// [`NotALink`].
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        let (link, hash) = text.trim().split_once(':').ok_or(NotALink)?;
        let digits = !link.is_empty() && link.bytes().all(|byte| byte.is_ascii_digit());
        let link = link.parse().ok().filter(|_| digits).ok_or(NotALink)?;
        Ok(Self { link, hash: LinkHash::parse(hash).ok_or(NotALink)? })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.link, self.hash)
    }
}

impl LinkHash {
    /// A hash that was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for LinkHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER_PERMISSIVE.encode(&self.0))
    }
}

impl fmt::Debug for LinkHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Found {
    fn line(&self) -> Option<Box<Line>> {
        match self {
            Self::Line(line) => Some(line.clone()),
            Self::Unreadable | Self::Nothing => None,
        }
    }
}

impl Line {
    /// When it was written.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.at)
    }
}

/// Bytes that can be read in one way only: every text says its length, every number its kind.
struct Form(Sha256);

impl Form {
    fn of(what: &[u8]) -> Self {
        Self(Sha256::new().chain_update(what))
    }

    fn text(&mut self, text: &str) {
        self.0.update(b"T");
        self.0.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(text);
    }

    fn words(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(column);
            self.text(value);
        }
    }

    fn number(&mut self, column: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.text(column);
            self.0.update(b"I");
            self.0.update(value.to_be_bytes());
        }
    }

    fn hash(self) -> LinkHash {
        LinkHash(self.0.finalize().into())
    }
}

/// A link as it is kept, with the line it chains, for [`Walk`].
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its number.
    pub link: i64,
    /// The place of its line.
    pub position: i64,
    /// Its hash, unless what is kept is none.
    pub hash: Option<LinkHash>,
    /// Its line.
    pub line: Found,
}

/// What is found where a line should be.
#[derive(Clone, Debug)]
pub enum Found {
    /// A line.
    Line(Box<Line>),
    /// Something that cannot be read as one.
    Unreadable,
    /// Nothing.
    Nothing,
}

/// What is wrong with a chain, found by walking it from its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The line is not the one that was chained: altered, or exchanged with another.
    Altered {
        /// The link.
        link: i64,
        /// Its line as it reads now, if it can be read.
        line: Option<Box<Line>>,
    },
    /// The line that this link chained is gone.
    Removed {
        /// The link.
        link: i64,
        /// The place of the line.
        position: i64,
    },
    /// Links are gone, and their lines cannot be told from lines that were never chained.
    Gap {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
    /// A line stands before the one that was chained before it.
    Reordered {
        /// The link.
        link: i64,
        /// The place of its line.
        position: i64,
    },
    /// A line that was never chained stands between lines that were.
    Inserted {
        /// The line, if it can be read.
        line: Option<Box<Line>>,
        /// Its place.
        position: i64,
    },
    /// The end is cut off: a link that was noted outside the database is not there.
    CutOff {
        /// The link that was noted.
        noted: Head,
        /// The last one there is.
        last: i64,
    },
    /// A link that was noted outside the database has another hash: everything up to it may have been rewritten.
    Rewritten {
        /// The link that was noted.
        noted: Head,
        /// The hash it has now.
        found: LinkHash,
    },
}

/// Walks a chain from its beginning to its end and says what is wrong with it.
#[derive(Clone, Debug)]
pub struct Walk {
    last: Head,
    position: i64,
    /// Links that were noted elsewhere and have not been met yet.
    noted: Vec<Head>,
    findings: Vec<Finding>,
}

impl Walk {
    /// A walk that compares what it meets with links that were noted outside the database.
    pub fn from_the_beginning(installation: InstallationId, noted: Vec<Head>) -> Self {
        let mut walk = Self { last: Head::beginning(installation), position: 0, noted, findings: Vec::new() };
        walk.compare(walk.last);
        walk
    }

    /// Takes the next link, by number.
    pub fn step(&mut self, kept: &Kept) {
        let expected = self.last.link.saturating_add(1);
        let follows = kept.link == expected;
        if !follows {
            self.findings.push(Finding::Gap { first: expected, last: kept.link.saturating_sub(1) });
        }
        match &kept.line {
            Found::Nothing => {
                self.findings.push(Finding::Removed { link: kept.link, position: kept.position });
            }
            // Behind a gap there is no hash to go on from; the lines after it are checked again.
            Found::Line(line) if !follows || kept.hash == Some(self.last.then(line).hash) => {}
            found => {
                self.findings.push(Finding::Altered { link: kept.link, line: found.line() });
            }
        }
        if kept.position <= self.position {
            self.findings.push(Finding::Reordered { link: kept.link, position: kept.position });
        }
        self.position = self.position.max(kept.position);
        // On from what is kept: one wrong line is one finding, and not all the lines after it.
        let hash = kept.hash.unwrap_or(self.last.hash);
        self.last = Head { link: kept.link, hash };
        self.compare(self.last);
    }

    /// Takes a line that no link chains and that stands before one that is chained.
    pub fn unchained(&mut self, position: i64, found: &Found) {
        self.findings.push(Finding::Inserted { line: found.line(), position });
    }

    /// The last link that was met.
    pub fn last(&self) -> Head {
        self.last
    }

    /// The findings so far, which are handed out once.
    pub fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Ends the walk: what was noted and never met is cut off.
    pub fn end(mut self) -> Vec<Finding> {
        let last = self.last.link;
        let gone = self.noted.iter().map(|noted| Finding::CutOff { noted: *noted, last });
        self.findings.extend(gone);
        self.findings
    }

    fn compare(&mut self, met: Head) {
        let findings = &mut self.findings;
        self.noted.retain(|noted| {
            if noted.link == met.link && noted.hash != met.hash {
                findings.push(Finding::Rewritten { noted: *noted, found: met.hash });
            }
            noted.link != met.link
        });
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;

//! The installation: what a database is called from its first start on, and whether a mark of it was kept outside.

use countersign::{InstallationId, Timestamp};

use crate::read::{corrupt, id, one};
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

statements! {
    /// What the database is called.
    pub(crate) INSTALLATION = "SELECT id, marked, restored FROM installation WHERE one = 1";
    /// Names it, once.
    pub(crate) NAME = "INSERT INTO installation (one, id, created_at, marked, restored) VALUES (1, $1, $2, 0, 0) \
        ON CONFLICT (one) DO NOTHING";
    /// From now on a missing mark means that it was lost.
    pub(crate) MARKED = "UPDATE installation SET marked = 1 WHERE one = 1 AND marked = 0";
}

/// One database with everything in it, as it was when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installation {
    /// What it is called.
    pub id: InstallationId,
    /// Whether a mark of it was ever kept outside.
    pub marked: bool,
    /// How often an older backup was restored and dealt with: the condition of dealing with the next.
    pub(crate) restored: i64,
}

impl Store {
    /// What this database is called; `fresh` from now on, if it has no name yet.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn installation(
        &self,
        fresh: InstallationId,
        now: Timestamp,
    ) -> Result<Installation, Unavailable> {
        let read = || Read::new().select(INSTALLATION, params![]);
        let answers = self.database.read(read()).await?;
        if let Some(row) = one(&answers, 0) {
            return installation_of(row);
        }
        // Two processes may name it at once: the first name stays.
        let name = Script::new().may(NAME, params![fresh.to_string(), now.milliseconds()]);
        self.database.settle(name).await?;
        let answers = self.database.read(read()).await?;
        one(&answers, 0).map_or_else(|| Err(corrupt("the installation")), installation_of)
    }

    /// Notes that a mark is kept outside; to be said when it is.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn marked(&self, installation: &Installation) -> Result<(), Unavailable> {
        if installation.marked {
            return Ok(());
        }
        self.database.settle(Script::new().may(MARKED, params![])).await
    }
}

pub(crate) fn installation_of(row: &Row) -> Result<Installation, Unavailable> {
    Ok(Installation {
        id: id(row.text(0)?, InstallationId::parse)?,
        marked: row.flag(1)?,
        restored: row.int(2)?,
    })
}

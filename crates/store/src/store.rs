//! The store: a database, the keyring that opens what is sealed in it, and the policy it goes by.

use std::path::Path;
use std::sync::Arc;

use countersign::{Timestamp, event::Actor, policy::Policy};

use crate::database::Database;
use crate::keyring::{HeldKeyring, KeySource};
use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::opening::wait;
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{script::Read, statements::statements};

/// Every step of the schema, in order. The text of a released one never changes again.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "accounts", sql: include_str!("../migrations/sqlite/0001_accounts.sql") },
    Migration {
        number: 2,
        name: "chained events",
        sql: include_str!("../migrations/sqlite/0002_chained_events.sql"),
    },
    Migration {
        number: 3,
        name: "sealing keys",
        sql: include_str!("../migrations/sqlite/0003_sealing_keys.sql"),
    },
    Migration {
        number: 4,
        name: "copied devices",
        sql: include_str!("../migrations/sqlite/0004_copied_devices.sql"),
    },
    Migration { number: 5, name: "resets", sql: include_str!("../migrations/sqlite/0005_resets.sql") },
    Migration {
        number: 6,
        name: "mailed links",
        sql: include_str!("../migrations/sqlite/0006_mailed_links.sql"),
    },
    Migration { number: 7, name: "outbox", sql: include_str!("../migrations/sqlite/0007_outbox.sql") },
];

/// Where Countersign keeps its accounts. Clones share one database.
#[derive(Clone)]
pub struct Store {
    pub(crate) database: Database,
    pub(crate) keyring: Arc<HeldKeyring>,
    pub(crate) policy: Policy,
}

/// One request, as far as the store records it: when, by which browser, from where.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The moment of the request: the only clock that everything done by it knows.
    pub now: Timestamp,
    /// The browser as a person names it: "Firefox on Linux".
    pub browser: String,
    /// The network address, if one is known that nobody could forge.
    pub address: Option<String>,
    /// Who it is: whoever comes through a door, or somebody at the terminal.
    pub actor: Actor,
}

impl Visit {
    /// The browser of whatever is done from the terminal, or by the server itself.
    pub const OF_THE_SERVER: &'static str = "countersign";
}

statements! {
    /// Answers while the database does.
    pub(crate) ALIVE = "SELECT count(*) FROM accounts WHERE id = $1";
}

impl Store {
    /// Opens the SQLite database at `path`, making it where there is none, and brings its schema up to
    /// date. The keys have to be the ones that this database was sealed with. Blocks while it works.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the file, its place, its schema or the keys.
    pub fn open_sqlite(
        path: &Path,
        keys: impl KeySource,
        policy: Policy,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let keyring = Arc::new(HeldKeyring::read_from(keys)?);
        let database = Database::open_sqlite(path, MIGRATIONS, now)?.with_letters(policy.notices);
        let store = Self { database, keyring, policy };
        wait(store.adopt_keyring(now))?;
        Ok(store)
    }

    /// Opens the SQLite database at `path` to look at it: nothing is made, changed or brought up to date, and the
    /// keys need not be its own. Blocks while it works.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn look_at_sqlite(path: &Path, keys: impl KeySource, policy: Policy) -> Result<Self, OpenError> {
        let keyring = Arc::new(HeldKeyring::read_from(keys)?);
        Ok(Self { database: Database::look_at_sqlite(path, MIGRATIONS)?, keyring, policy })
    }

    /// What the operator decided.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Unavailable`] says why it does not.
    pub async fn alive(&self) -> Result<(), Unavailable> {
        self.database.read(Read::new().select(ALIVE, params![""])).await.map(drop)
    }
}

//! The store: a database, the keyring that opens what is sealed in it, and the policy it goes by.

use std::sync::Arc;

use countersign::{Timestamp, event::Actor, policy::Policy};

use crate::database::Database;
use crate::keyring::{HeldKeyring, KeySource};
use crate::open_error::OpenError;
use crate::opening::wait;
use crate::place::Place;
use crate::tally::{Counted, Tally};
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{script::Read, statements::statements};

/// Where Countersign keeps its accounts. Clones share one database.
#[derive(Clone)]
pub struct Store {
    pub(crate) database: Database,
    pub(crate) keyring: Arc<HeldKeyring>,
    pub(crate) policy: Policy,
    pub(crate) tally: Arc<Tally>,
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
    /// Opens the database at `place` and brings its schema up to date. An SQLite file is made where there is none; a
    /// PostgreSQL database has to be there, and be Countersign's alone. The keys have to be the ones that this database
    /// was sealed with. Blocks while it works.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the database, its place, its schema or the keys.
    pub fn open(
        place: &Place,
        keys: impl KeySource,
        policy: Policy,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let keyring = Arc::new(HeldKeyring::read_from(keys)?);
        let database = Database::open(place, now)?.with_letters(policy.notices);
        let store = Self { database, keyring, policy, tally: Arc::default() };
        wait(store.adopt_keyring(now))?;
        Ok(store)
    }

    /// Opens the database at `place` to look at it: nothing is made, changed or brought up to date, and the keys need
    /// not be its own. Blocks while it works.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn look_at(place: &Place, keys: impl KeySource, policy: Policy) -> Result<Self, OpenError> {
        let keyring = Arc::new(HeldKeyring::read_from(keys)?);
        Ok(Self { database: Database::look_at(place)?, keyring, policy, tally: Arc::default() })
    }

    /// What the operator decided.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What this process has decided and written since it opened the database.
    pub fn counted(&self) -> Counted {
        Counted::of(&self.tally, self.database.tally())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Unavailable`] says why it does not.
    pub async fn alive(&self) -> Result<(), Unavailable> {
        self.database.read(Read::new().select(ALIVE, params![""])).await.map(drop)
    }
}

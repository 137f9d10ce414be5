//! Passwords whose hash another system made: how many there are, and which of them takes longest to check.

use std::collections::BTreeMap;

use countersign::password::{Scheme, StoredPassword};

use crate::read::{all, corrupt};
use crate::script::Read;
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::params;

/// How many are read at a time.
const AT_A_TIME: i64 = 1000;

statements! {
    /// Accounts whose hash does not begin as all of ours do. By their addresses, of which an application's accounts have
    /// none: they are not looked at.
    pub(crate) SOME = "SELECT email_key, password_hash FROM accounts WHERE email_key > $1 \
        AND password_hash IS NOT NULL AND substr(password_hash, 1, 10) <> $2 ORDER BY email_key LIMIT $3";
}

/// What there is of hashes that other systems made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignPasswords {
    /// How many accounts have one, by what made it.
    pub counts: BTreeMap<Scheme, u64>,
    /// The one that takes longest to check.
    pub dearest: Option<StoredPassword>,
}

impl ForeignPasswords {
    /// How many accounts have one.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

impl Store {
    /// Looks at every account of the portal. For somebody who has the time: an operator, or a service now and then.
    ///
    /// # Errors
    /// [`Unavailable`]; a hash that cannot be read is one.
    pub async fn foreign_passwords(&self) -> Result<ForeignPasswords, Unavailable> {
        let mut found = ForeignPasswords::default();
        let mut last = String::new();
        loop {
            let values = params![last.as_str(), StoredPassword::OURS, AT_A_TIME];
            let answers = self.database.read(Read::new().select(SOME, values)).await?;
            let rows = all(&answers, 0);
            for row in rows {
                let stored = StoredPassword::parse(row.text(1)?.to_owned());
                let stored = stored.map_err(|_| corrupt("a password hash"))?;
                let scheme = stored.foreign().ok_or_else(|| corrupt("a password hash"))?;
                let count = found.counts.entry(scheme).or_default();
                *count = count.saturating_add(1);
                let dearer = found.dearest.as_ref().is_none_or(|known| stored.work() > known.work());
                found.dearest = if dearer { Some(stored) } else { found.dearest };
            }
            match rows.last() {
                Some(row) => row.text(0)?.clone_into(&mut last),
                None => return Ok(found),
            }
        }
    }
}

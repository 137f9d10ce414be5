//! My profile: all that its owner sees of an account, from one snapshot.

use countersign::{AccountId, RecoverySetId, Timestamp};

use crate::read::{all, id, one};
use crate::script::Read;
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{authenticators, devices, events, recovery, sessions};

/// How many events My profile shows.
const LATEST_EVENTS: u32 = 10;

statements! {
    /// The present recovery codes, and when they were made.
    pub(crate) CODES_MADE = "SELECT id, created_at, doubted_at FROM recovery_sets WHERE account_id = $1 AND replaced_at IS NULL";
}

/// What My profile shows.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its authenticators, the first first.
    pub authenticators: Vec<authenticators::Listed>,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
    /// Their set, and when it was made.
    pub recovery_set: Option<(RecoverySetId, Timestamp)>,
    /// Since when they are switched off, because an older backup was restored.
    pub recovery_codes_doubted: Option<Timestamp>,
    /// Its remembered devices, latest first.
    pub devices: Vec<devices::Listed>,
    /// Its sessions, last used first.
    pub sessions: Vec<sessions::Listed>,
    /// Its latest events, latest first.
    pub events: Vec<events::Recorded>,
}

impl Store {
    /// All that its owner sees of an account.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn profile(&self, account: AccountId, now: Timestamp) -> Result<Profile, Unavailable> {
        let whose = account.to_string();
        let (created, seen) = self.alive_since(now);
        let read = Read::new()
            .select(authenticators::LISTED, params![whose.as_str()])
            .select(recovery::COUNT_LEFT, params![whose.as_str()])
            .select(CODES_MADE, params![whose.as_str()])
            .select(devices::OF_ACCOUNT, params![whose.as_str(), now.milliseconds()])
            .select(sessions::OF_ACCOUNT, params![whose.as_str(), created, seen])
            .select(events::LATEST, params![whose, i64::MAX, LATEST_EVENTS]);
        let answers = self.database.read(read).await?;
        let left = one(&answers, 1).map(|row| row.int(0)).transpose()?.unwrap_or(0);
        let set = match one(&answers, 2) {
            Some(row) => {
                Some((id(row.text(0)?, RecoverySetId::parse)?, Timestamp::from_milliseconds(row.int(1)?)))
            }
            None => None,
        };
        Ok(Profile {
            authenticators: all(&answers, 0).iter().map(authenticators::listed).collect::<Result<_, _>>()?,
            recovery_codes_left: u32::try_from(left).unwrap_or(0),
            recovery_set: set,
            recovery_codes_doubted: one(&answers, 2)
                .map(|row| row.opt_int(2))
                .transpose()?
                .flatten()
                .map(Timestamp::from_milliseconds),
            devices: all(&answers, 3).iter().map(devices::listed).collect::<Result<_, _>>()?,
            sessions: all(&answers, 4).iter().map(sessions::listed).collect::<Result<_, _>>()?,
            events: all(&answers, 5).iter().map(events::recorded).collect::<Result<_, _>>()?,
        })
    }
}

//! Recovery code sets: read for one check, replaced, and their `.txt` handed out once.

use countersign::{
    AccountId, RecoverySetId, Timestamp,
    event::{Event, Kind, Method},
    factors::RecoverySets,
    recovery::{Pepper, RecoverySet, StoredCode},
    secret::{Keyring, Sealed},
    step_up::Confirmation,
};
use rand_core::CryptoRng;

use crate::budgets::Lane;
use crate::read::{all, id};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{events, keys, two_factor};

/// The condition that a set of recovery codes is the present one.
pub(crate) const PRESENT: &str = "the recovery codes";

statements! {
    /// Keeps a set.
    pub(crate) INSERT_SET = "INSERT INTO recovery_sets (id, account_id, salt, pepper, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    /// Keeps a code of a set.
    pub(crate) INSERT_CODE = "INSERT INTO recovery_codes (set_id, hash) VALUES ($1, $2)";
    /// The sets of an account: the present one, and the one before.
    pub(crate) SETS = "SELECT id, salt, pepper, replaced_at, doubted_at FROM recovery_sets WHERE account_id = $1";
    /// The codes of all its sets.
    pub(crate) CODES = "SELECT c.set_id, c.hash, c.used_at FROM recovery_codes c \
        JOIN recovery_sets s ON s.id = c.set_id WHERE s.account_id = $1";
    /// Forgets the set before the present one.
    pub(crate) FORGET_REPLACED = "DELETE FROM recovery_sets WHERE account_id = $1 AND replaced_at IS NOT NULL";
    /// The present set is replaced: from now on it only explains a refusal.
    pub(crate) REPLACE = "UPDATE recovery_sets SET replaced_at = $2 \
        WHERE account_id = $1 AND replaced_at IS NULL AND ($3 = '' OR id = $3)";
    /// Forgets all sets of an account.
    pub(crate) FORGET_ALL = "DELETE FROM recovery_sets WHERE account_id = $1";
    /// How many codes are left, and how many sets are switched off: none or one.
    pub(crate) COUNT_LEFT = "SELECT count(*), (SELECT count(*) FROM recovery_sets WHERE account_id = $1 \
        AND replaced_at IS NULL AND doubted_at IS NOT NULL) \
        FROM recovery_codes c JOIN recovery_sets s ON s.id = c.set_id \
        WHERE s.account_id = $1 AND s.replaced_at IS NULL AND s.doubted_at IS NULL AND c.used_at IS NULL";
    /// Spends a ticket, while its set is the present one: the recovery-code file is handed out once, and never
    /// with codes that are dead.
    pub(crate) SPEND_TICKET = "INSERT INTO spent_tickets (id, expires_at) \
        SELECT s.id, $2 FROM recovery_sets s WHERE s.id = $1 AND s.account_id = $3 AND s.replaced_at IS NULL \
        AND s.doubted_at IS NULL ON CONFLICT (id) DO NOTHING";
}

impl Store {
    /// The recovery codes of an account, opened for one check.
    ///
    /// # Errors
    /// [`Unavailable`]; a pepper that does not open is one.
    pub async fn recovery_sets(&self, account: AccountId) -> Result<RecoverySets, Unavailable> {
        let whose = account.to_string();
        let read =
            || Read::new().select(SETS, params![whose.as_str()]).select(CODES, params![whose.as_str()]);
        self.opened(read, |keyring, answers| {
            let mut sets = RecoverySets { account, present: None, doubted: None, replaced: None };
            for row in all(answers, 0) {
                let set = set_of(keyring, account, row, all(answers, 1))?;
                match (row.opt_int(3)?, row.opt_int(4)?) {
                    (None, None) => sets.present = Some(set),
                    (None, Some(_)) => sets.doubted = Some(set),
                    (Some(_), _) => sets.replaced = Some(set),
                }
            }
            Ok(sets)
        })
        .await
    }

    /// Replaces the recovery codes. The old ones open nothing from this commit on. `present` is the set that
    /// whoever asked saw: a form that is sent twice replaces once. `None` replaces whichever is present.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: 2FA is off, or `present` is replaced already; and every other [`Refusal`].
    pub async fn replace_recovery_codes(
        &self,
        confirmation: Confirmation,
        present: Option<RecoverySetId>,
        new: &RecoverySet,
        lane: Lane,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let account = confirmation.account();
        let method = confirmation.method();
        let build = || self.replacing(account, present, new, method, visit, rng);
        self.confirmed(confirmation, lane, visit, build).await.map(drop)
    }

    /// The statements that replace the recovery codes.
    pub(crate) fn replacing(
        &self,
        account: AccountId,
        present: Option<RecoverySetId>,
        new: &RecoverySet,
        method: Method,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Script {
        let which = present.map(|set| set.to_string()).unwrap_or_default();
        let replaced = Event::plain(Kind::RecoveryCodesReplaced).by(method);
        let pepper = new.pepper.seal(&self.keyring.now(), account, new.id, rng);
        let whose = account.to_string();
        two_factor::still_on(account)
            .may(FORGET_REPLACED, params![whose.as_str()])
            .must(PRESENT, REPLACE, params![whose, visit.now.milliseconds(), which])
            .then(insert(account, new, &pepper, visit.now))
            .then(events::append(account, &replaced, visit))
    }

    /// Spends the ticket of a set's recovery-code file.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it was spent before, or the set is not the present one any more.
    pub async fn spend_ticket(
        &self,
        account: AccountId,
        set: RecoverySetId,
        expires_at: Timestamp,
    ) -> Result<(), Refusal> {
        let values = params![set.to_string(), expires_at.milliseconds(), account.to_string()];
        Ok(self.database.write(Script::new().must("the ticket", SPEND_TICKET, values)).await.map(drop)?)
    }
}

fn set_of(
    keyring: &Keyring,
    account: AccountId,
    row: &Row,
    codes: &[Row],
) -> Result<RecoverySet, Unavailable> {
    let set = id(row.text(0)?, RecoverySetId::parse)?;
    let pepper = Pepper::open(keyring, account, set, &Sealed::from_bytes(row.blob(2)?.to_vec()))?;
    let mut found = RecoverySet { id: set, salt: row.bytes(1)?, pepper, codes: Vec::new() };
    for code in codes {
        if code.text(0)? == row.text(0)? {
            let used_at = code.opt_int(2)?.map(Timestamp::from_milliseconds);
            found.codes.push(StoredCode { hash: code.bytes(1)?, used_at });
        }
    }
    Ok(found)
}

/// The statements that keep a new set.
pub(crate) fn insert(account: AccountId, new: &RecoverySet, pepper: &Sealed, now: Timestamp) -> Script {
    let set = new.id.to_string();
    let values = params![set.as_str(), account.to_string(), new.salt, pepper.as_bytes(), now.milliseconds()];
    let script = keys::still_seals(pepper).must("the recovery codes", INSERT_SET, values);
    new.codes.iter().fold(script, |script, code| {
        script.must("the recovery codes", INSERT_CODE, params![set.as_str(), code.hash])
    })
}

/// The question how many codes are left.
pub(crate) fn count_left(account: AccountId) -> Script {
    Script::new().returning(COUNT_LEFT, params![account.to_string()])
}

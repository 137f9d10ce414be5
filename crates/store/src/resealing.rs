//! A key takes over from another: from one commit on it seals, and then everything that others have sealed is
//! sealed again, a page at a time. Each value is compared and set, so the service goes on beside it, and whoever
//! stops half-way starts where it stopped: what is sealed already is not looked at again.

use countersign::{
    AccountId, ApplicationId, Timestamp,
    id::NotAnId,
    secret::{KeyId, OpenError as NotOpened, Owner, Place, Purpose, Sealed},
};
use rand_core::CryptoRng;

use crate::keyring::WrongKeyring;
use crate::keys::{SEALING, bounds};
use crate::read::{all, id};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How many values are sealed again in one commit.
const PAGE: i64 = 100;
/// The condition that nothing is sealed with another key than the one that seals.
const ALL_RESEALED: &str = "everything sealed again";

statements! {
    /// Another key is to seal.
    pub(crate) RETIRE = "UPDATE sealing_keys SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL";
    /// This key seals.
    pub(crate) BEGIN = "INSERT INTO sealing_keys (id, mark, began_at) VALUES ($1, $2, $3)";
    /// Whether this key seals.
    pub(crate) SEALS = "SELECT id FROM sealing_keys WHERE id = $1 AND retired_at IS NULL";
    /// Offered secrets that other keys have sealed.
    pub(crate) ENROLMENTS = "SELECT e.id, e.account_id, e.authenticator_id, e.secret, a.email FROM enrolments e \
        JOIN accounts a ON a.id = e.account_id WHERE e.id > $3 AND (e.secret < $1 OR e.secret >= $2) \
        ORDER BY e.id LIMIT $4";
    /// Puts the same secret under another seal.
    pub(crate) RESEAL_ENROLMENT = "UPDATE enrolments SET secret = $3 WHERE id = $1 AND secret = $2";
    /// Secrets that other keys have sealed.
    pub(crate) AUTHENTICATORS = "SELECT t.id, t.account_id, t.id, t.secret, a.email FROM authenticators t \
        JOIN accounts a ON a.id = t.account_id WHERE t.id > $3 AND (t.secret < $1 OR t.secret >= $2) \
        ORDER BY t.id LIMIT $4";
    /// Puts the same secret under another seal.
    pub(crate) RESEAL_AUTHENTICATOR = "UPDATE authenticators SET secret = $3 WHERE id = $1 AND secret = $2";
    /// Peppers that other keys have sealed.
    pub(crate) RECOVERY_SETS = "SELECT s.id, s.account_id, s.id, s.pepper, a.email FROM recovery_sets s \
        JOIN accounts a ON a.id = s.account_id WHERE s.id > $3 AND (s.pepper < $1 OR s.pepper >= $2) \
        ORDER BY s.id LIMIT $4";
    /// Puts the same pepper under another seal.
    pub(crate) RESEAL_RECOVERY_SET = "UPDATE recovery_sets SET pepper = $3 WHERE id = $1 AND pepper = $2";
    /// Signing keys that other keys have sealed.
    pub(crate) SIGNING_KEYS = "SELECT k.id, k.application_id, k.id, k.secret, a.name FROM signing_keys k \
        JOIN applications a ON a.id = k.application_id WHERE k.id > $3 AND (k.secret < $1 OR k.secret >= $2) \
        ORDER BY k.id LIMIT $4";
    /// Puts the same signing key under another seal.
    pub(crate) RESEAL_SIGNING_KEY = "UPDATE signing_keys SET secret = $3 WHERE id = $1 AND secret = $2";
    /// Whether this key seals and has sealed everything.
    pub(crate) SEALED_ALL = "SELECT id FROM sealing_keys WHERE id = $3 AND retired_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM enrolments WHERE secret < $1 OR secret >= $2) \
        AND NOT EXISTS (SELECT 1 FROM authenticators WHERE secret < $1 OR secret >= $2) \
        AND NOT EXISTS (SELECT 1 FROM recovery_sets WHERE pepper < $1 OR pepper >= $2) \
        AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE secret < $1 OR secret >= $2)";
    /// Forgets the keys that do not seal any more.
    pub(crate) FORGET = "DELETE FROM sealing_keys WHERE retired_at IS NOT NULL";
}

/// A table that holds sealed values.
struct Shelf {
    /// One of them, in words.
    what: &'static str,
    purpose: Purpose,
    owner: fn(&str) -> Result<Owner, NotAnId>,
    /// Its values that other keys have sealed: id, owner, item, value, the owner in words.
    page: &'static str,
    reseal: &'static str,
}

/// All tables that hold sealed values. Enrolments come first: they become authenticators as they are sealed.
const SHELVES: [Shelf; 4] = [
    Shelf {
        what: "an authenticator that is being set up",
        purpose: Purpose::SharedSecret,
        owner: account,
        page: ENROLMENTS,
        reseal: RESEAL_ENROLMENT,
    },
    Shelf {
        what: "an authenticator",
        purpose: Purpose::SharedSecret,
        owner: account,
        page: AUTHENTICATORS,
        reseal: RESEAL_AUTHENTICATOR,
    },
    Shelf {
        what: "the recovery codes",
        purpose: Purpose::RecoveryPepper,
        owner: account,
        page: RECOVERY_SETS,
        reseal: RESEAL_RECOVERY_SET,
    },
    Shelf {
        what: "a signing key",
        purpose: Purpose::SigningKey,
        owner: application,
        page: SIGNING_KEYS,
        reseal: RESEAL_SIGNING_KEY,
    },
];

/// How far sealing again has come.
#[derive(Clone, Debug, Default)]
pub struct Resealing {
    shelf: usize,
    after: String,
    /// How many values were sealed again.
    pub done: usize,
}

impl Resealing {
    /// Once more from the beginning, without forgetting what was done.
    pub fn once_more(self) -> Self {
        Self { done: self.done, ..Self::default() }
    }
}

/// Why not everything is sealed again. What is not, is as it was; no key may be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotResealed {
    /// A value does not open.
    #[error("{what} of {whose} cannot be opened: {reason}")]
    Shut {
        /// What, in words.
        what: &'static str,
        /// The address of its account, or the name of its application.
        whose: String,
        /// Why.
        reason: NotOpened,
    },
    /// Another key seals by now.
    #[error("another key took over meanwhile")]
    Overtaken,
    /// Nothing was decided; try again.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Store {
    /// From this commit on the key `next` seals, and the one before only opens. It has to be in the keyring of
    /// every process, or where they read it again.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: another key took over meanwhile. [`Refusal::Unavailable`]: the keyring lacks `next`.
    pub async fn seal_with(&self, next: &KeyId, now: Timestamp) -> Result<(), Refusal> {
        self.read_keys_again().await?;
        let keyring = self.keyring.now();
        let lacks = || Unavailable::Keyring(WrongKeyring::Lacks(next.as_str().to_owned()));
        let mark = keyring.mark(next).ok_or_else(lacks)?;
        let script = Script::new()
            .must(SEALING, RETIRE, params![keyring.sealing().as_str(), now.milliseconds()])
            .must(SEALING, BEGIN, params![next.as_str(), mark, now.milliseconds()]);
        self.database.write(script).await?;
        Ok(self.read_keys_again().await?)
    }

    /// Seals the next page of what other keys have sealed with the key that seals. Says whether there may be more.
    ///
    /// # Errors
    /// [`NotResealed`].
    pub async fn reseal(
        &self,
        so_far: &mut Resealing,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<bool, NotResealed> {
        let Some(shelf) = SHELVES.get(so_far.shelf) else { return Ok(false) };
        let keyring = self.keyring.now();
        let (first, end) = bounds(keyring.sealing());
        let page = Read::new().select(shelf.page, params![first, end, so_far.after.as_str(), PAGE]);
        let answers = self.database.read(page).await?;
        let rows = all(&answers, 0);
        let Some(last) = rows.last() else {
            so_far.shelf = so_far.shelf.saturating_add(1);
            so_far.after.clear();
            return Ok(so_far.shelf < SHELVES.len());
        };
        let mut script = Script::new().must_return(SEALING, SEALS, params![keyring.sealing().as_str()]);
        for row in rows {
            let place =
                Place { owner: id(row.text(1)?, shelf.owner)?, item: row.text(2)?, purpose: shelf.purpose };
            let old = Sealed::from_bytes(row.blob(3)?.to_vec());
            let secret = keyring.open(&place, &old).map_err(|reason| shut(shelf, row, reason))?;
            let new = keyring.seal(&place, &secret, rng);
            script = script.may(shelf.reseal, params![row.text(0)?, old.as_bytes(), new.as_bytes()]);
        }
        match self.database.write(script).await {
            Ok(_) => {}
            Err(Failed::Refused { .. }) => return Err(NotResealed::Overtaken),
            Err(Failed::Unavailable(unavailable)) => return Err(unavailable.into()),
        }
        last.text(0)?.clone_into(&mut so_far.after);
        so_far.done = so_far.done.saturating_add(rows.len());
        Ok(true)
    }

    /// Whether everything is sealed with the key that seals. Once it is, it stays so until the next takes over.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn all_resealed(&self) -> Result<bool, Unavailable> {
        let answers = self.database.read(Read::new().select(SEALED_ALL, self.sealed_all())).await?;
        Ok(!all(&answers, 0).is_empty())
    }

    /// Forgets the keys that do not seal any more.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: something is sealed with one of them.
    pub async fn forget_retired_keys(&self) -> Result<(), Refusal> {
        let script = crate::keys::hold()
            .must_return(ALL_RESEALED, SEALED_ALL, self.sealed_all())
            .may(FORGET, params![]);
        Ok(self.database.write(script).await.map(drop)?)
    }

    fn sealed_all(&self) -> Vec<crate::value::Value> {
        let keyring = self.keyring.now();
        let (first, end) = bounds(keyring.sealing());
        params![first, end, keyring.sealing().as_str()]
    }
}

fn shut(shelf: &Shelf, row: &Row, reason: NotOpened) -> NotResealed {
    let whose = row.text(4).unwrap_or("(nobody)").to_owned();
    NotResealed::Shut { what: shelf.what, whose, reason }
}

fn account(text: &str) -> Result<Owner, NotAnId> {
    AccountId::parse(text).map(Owner::Account)
}

fn application(text: &str) -> Result<Owner, NotAnId> {
    ApplicationId::parse(text).map(Owner::Application)
}

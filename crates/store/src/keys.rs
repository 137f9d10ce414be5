//! Which key seals. It is a fact of the database, so that all processes seal with the same key from one moment
//! on; every script that writes a sealed value has the condition that its key is still the one.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign::{
    Timestamp,
    secret::{KeyId, Keyring, OpenError as NotOpened, Sealed, head},
};

use crate::keyring::WrongKeyring;
use crate::open_error::OpenError;
use crate::read::{all, corrupt, one};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script, Written};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// The condition that the key which sealed a value is the one that seals.
pub(crate) const SEALING: &str = "the sealing key";
/// How often the keys are read again because one has come or gone meanwhile. Once is enough unless keys are
/// rotated faster than a row is read.
const ROUNDS: usize = 3;

statements! {
    /// The key that seals.
    pub(crate) SEALING_KEY = "SELECT id, mark FROM sealing_keys WHERE retired_at IS NULL";
    /// The first key of a database.
    pub(crate) FIRST = "INSERT INTO sealing_keys (id, mark, began_at) SELECT $1, $2, $3 \
        WHERE NOT EXISTS (SELECT 1 FROM sealing_keys)";
    /// Holds the key that seals, if it is this one.
    pub(crate) HOLD = "UPDATE sealing_keys SET began_at = began_at WHERE id = $1 AND retired_at IS NULL";
    /// Holds the key that seals, whichever it is.
    pub(crate) HOLD_ANY = "UPDATE sealing_keys SET began_at = began_at WHERE retired_at IS NULL";
    /// All keys that the database knows, the sealing one first.
    pub(crate) KNOWN = "SELECT id, began_at, retired_at FROM sealing_keys ORDER BY retired_at IS NOT NULL, began_at DESC";
    /// How many values one key has sealed.
    pub(crate) COUNT_SEALED = "SELECT (SELECT count(*) FROM enrolments WHERE secret >= $1 AND secret < $2) \
        + (SELECT count(*) FROM authenticators WHERE secret >= $1 AND secret < $2) \
        + (SELECT count(*) FROM recovery_sets WHERE pepper >= $1 AND pepper < $2) \
        + (SELECT count(*) FROM signing_keys WHERE secret >= $1 AND secret < $2)";
    /// The beginnings, where the keys are named, of all values that other keys have sealed.
    pub(crate) SEALED_OTHERWISE = "SELECT substr(secret, 1, 64) FROM enrolments WHERE secret < $1 OR secret >= $2 \
        UNION ALL SELECT substr(secret, 1, 64) FROM authenticators WHERE secret < $1 OR secret >= $2 \
        UNION ALL SELECT substr(pepper, 1, 64) FROM recovery_sets WHERE pepper < $1 OR pepper >= $2 \
        UNION ALL SELECT substr(secret, 1, 64) FROM signing_keys WHERE secret < $1 OR secret >= $2";
}

/// A key, as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInUse {
    /// Its id.
    pub id: String,
    /// What it does.
    pub duty: Duty,
    /// How many values are sealed with it.
    pub sealed: usize,
}

/// What a key does in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It seals, since this moment.
    Seals(Timestamp),
    /// Another key took over at this moment. What it sealed before still needs it.
    Retired(Timestamp),
    /// Values name it, and the database does not know it.
    Stray,
}

impl Store {
    /// The keys that this process holds at this moment.
    pub fn keyring(&self) -> Arc<Keyring> {
        self.keyring.now()
    }

    /// Reads the keys again from where they come. They are held from now on if they are this database's;
    /// otherwise those of before are kept.
    ///
    /// # Errors
    /// [`Unavailable::Keyring`] says what is wrong with them.
    pub async fn read_keys_again(&self) -> Result<(), Unavailable> {
        let _turn = self.keyring.turn.lock().await;
        let mut rounds = 1..ROUNDS;
        loop {
            // In this order: a key is in the keyring before the database seals with it.
            let (id, mark) = self.sealing_key().await?.ok_or_else(|| corrupt(SEALING))?;
            match self.keyring.read_again(&id, &mark) {
                Err(WrongKeyring::Lacks(_)) if rounds.next().is_some() => {}
                answer => return Ok(answer?),
            }
        }
    }

    /// The keys that seal here, sealed here, or are named by what is sealed here; the sealing one first.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn keys(&self) -> Result<Vec<KeyInUse>, Unavailable> {
        let answers = self.database.read(Read::new().select(KNOWN, params![])).await?;
        let mut keys = all(&answers, 0).iter().map(key_in_use).collect::<Result<Vec<_>, _>>()?;
        let Some(sealing) = keys.first_mut() else { return Ok(keys) };
        let (first, end) = bounds(&key_id(&sealing.id)?);
        let answers = self.database.read(Read::new().select(COUNT_SEALED, params![first, end])).await?;
        let counted = one(&answers, 0).map(|row| row.int(0)).transpose()?.unwrap_or_default();
        sealing.sealed = usize::try_from(counted).unwrap_or(0);
        for (id, sealed) in self.sealed_otherwise(&key_id(&sealing.id)?).await? {
            match keys.iter_mut().find(|key| key.id == id) {
                Some(key) => key.sealed = sealed,
                None => keys.push(KeyInUse { id, duty: Duty::Stray, sealed }),
            }
        }
        Ok(keys)
    }

    /// Reads what is sealed, and opens it. Where it names a key that this process has not seen, the keys are read
    /// again, and then the rows: one more key may have come and gone in between.
    pub(crate) async fn opened<T>(
        &self,
        read: impl Fn() -> Read + Send,
        open: impl Fn(&Keyring, &[Vec<Row>]) -> Result<T, Unavailable> + Send,
    ) -> Result<T, Unavailable> {
        let mut rounds = 1..ROUNDS;
        loop {
            let keyring = self.keyring.now();
            let answers = self.database.read(read()).await?;
            match open(&keyring, &answers) {
                Err(Unavailable::Sealed(NotOpened::UnknownKey(_))) if rounds.next().is_some() => {
                    self.read_keys_again().await?;
                }
                answer => return answer,
            }
        }
    }

    /// Runs a script that writes sealed values, and makes it again where the key it was sealed with has just
    /// retired.
    pub(crate) async fn write_sealed(
        &self,
        mut build: impl FnMut() -> Script + Send,
    ) -> Result<Written, Refusal> {
        let mut rounds = 1..ROUNDS;
        loop {
            match self.database.write(build()).await {
                Err(Failed::Refused { at: SEALING }) if rounds.next().is_some() => {
                    self.read_keys_again().await?;
                }
                answer => return Ok(answer?),
            }
        }
    }

    /// Makes sure that the keyring is the one of this database, which remembers its first key if it has none
    /// yet. Processes that start at once agree.
    pub(crate) async fn adopt_keyring(&self, now: Timestamp) -> Result<(), OpenError> {
        while self.sealing_key().await?.is_none() {
            let keyring = self.keyring.now();
            let id = keyring.sealing();
            let known = |name: &str| keyring.ids().any(|id| id.as_str() == name);
            let strays = self.sealed_otherwise(id).await?;
            if let Some((key, count)) = strays.into_iter().find(|(name, _)| !known(name)) {
                return Err(WrongKeyring::Older { key, count }.into());
            }
            let mark = keyring.mark(id).unwrap_or_default();
            let first = params![id.as_str(), mark, now.milliseconds()];
            match self.database.write(Script::new().must(SEALING, FIRST, first)).await {
                // Somebody else was first: their key is what counts.
                Ok(_) | Err(Failed::Refused { .. }) => {}
                Err(Failed::Unavailable(unavailable)) => return Err(unavailable.into()),
            }
        }
        match self.read_keys_again().await {
            Err(Unavailable::Keyring(wrong)) => Err(wrong.into()),
            answer => Ok(answer?),
        }
    }

    /// The key that seals, and its mark.
    pub(crate) async fn sealing_key(&self) -> Result<Option<(KeyId, Vec<u8>)>, Unavailable> {
        let answers = self.database.read(Read::new().select(SEALING_KEY, params![])).await?;
        one(&answers, 0).map(|row| Ok((key_id(row.text(0)?)?, row.blob(1)?.to_vec()))).transpose()
    }

    /// How many values are sealed with each key but `id`.
    pub(crate) async fn sealed_otherwise(&self, id: &KeyId) -> Result<BTreeMap<String, usize>, Unavailable> {
        let (first, end) = bounds(id);
        let answers = self.database.read(Read::new().select(SEALED_OTHERWISE, params![first, end])).await?;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for row in all(&answers, 0) {
            let key = Sealed::from_bytes(row.blob(0)?.to_vec()).key();
            let name = key.map_or_else(|| "(damaged)".to_owned(), |id| id.as_str().to_owned());
            let count = counts.entry(name).or_default();
            *count = count.saturating_add(1);
        }
        Ok(counts)
    }
}

/// The condition that what sealed this value seals still. It stands in every script that writes a sealed value,
/// and holds the key, which cannot retire while the script runs.
pub(crate) fn still_seals(sealed: &Sealed) -> Script {
    let id = sealed.key().map(|id| id.as_str().to_owned()).unwrap_or_default();
    Script::new().must(SEALING, HOLD, params![id])
}

/// Holds the sealing key, for a script that copies a sealed value as it is: the copy is there before the key that
/// sealed it is looked for the last time.
pub(crate) fn hold() -> Script {
    Script::new().must(SEALING, HOLD_ANY, params![])
}

/// The first and the end of all values that a key has sealed, in the order of their bytes.
pub(crate) fn bounds(id: &KeyId) -> (Vec<u8>, Vec<u8>) {
    let first = head(id);
    let mut end = first.clone();
    if let Some(last) = end.last_mut() {
        // No letter of an id is the last of all bytes.
        *last = last.saturating_add(1);
    }
    (first, end)
}

fn key_in_use(row: &Row) -> Result<KeyInUse, Unavailable> {
    let retired_at = row.opt_int(2)?.map(Timestamp::from_milliseconds);
    let began_at = Timestamp::from_milliseconds(row.int(1)?);
    let duty = retired_at.map_or(Duty::Seals(began_at), Duty::Retired);
    Ok(KeyInUse { id: row.text(0)?.to_owned(), duty, sealed: 0 })
}

fn key_id(text: &str) -> Result<KeyId, Unavailable> {
    KeyId::parse(text).ok_or_else(|| corrupt("the id of a key"))
}

//! The keys that messages to an application are signed with, whichever messages these are. An application has one when
//! it is wanted first; when another takes its place the older one signs as well for a while, so that nobody has to
//! change both sides at one moment.

use countersign::{
    ApplicationId, SigningKeyId, Span, Timestamp,
    secret::{Keyring, Sealed},
    signing_key::SigningKey,
};
use rand_core::CryptoRng;

use crate::applications::THERE;
use crate::keys;
use crate::read::{all, id};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// The condition that an application has no present key yet.
const NONE_YET: &str = "the first signing key";

statements! {
    /// The keys that sign for an application, the present one first and then the newest.
    pub(crate) SIGNING = "SELECT id, secret, created_at, signs_until FROM signing_keys WHERE application_id = $1 \
        AND (signs_until IS NULL OR signs_until > $2) ORDER BY signs_until IS NOT NULL, created_at DESC, id DESC";
    /// The first key of an application, or the next one after the present one has got its end.
    pub(crate) ADD = "INSERT INTO signing_keys (id, application_id, secret, created_at) \
        SELECT $1, a.id, $3, $4 FROM applications a WHERE a.id = $2 AND NOT EXISTS \
        (SELECT 1 FROM signing_keys k WHERE k.application_id = a.id AND k.signs_until IS NULL)";
    /// Lets the keys of before end, unless they end sooner.
    pub(crate) END = "UPDATE signing_keys SET signs_until = $2 WHERE application_id = $1 \
        AND (signs_until IS NULL OR signs_until > $2)";
    /// Forgets keys of an application that have ended.
    pub(crate) FORGET = "DELETE FROM signing_keys WHERE application_id = $1 AND signs_until <= $2";
    /// Forgets all keys that have ended.
    pub(crate) OVER = "DELETE FROM signing_keys WHERE signs_until <= $1";
}

/// A key that signs.
pub struct Signing {
    /// The key.
    pub key: SigningKey,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it signs, once another has taken its place.
    pub until: Option<Timestamp>,
}

impl Store {
    /// The keys that messages to an application are signed with, newest first: each message by all of them. Makes the
    /// first one where there is none, whoever asks at once.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the application was removed. [`Refusal::Unavailable`]; a key that does not open is one.
    pub async fn signing_keys(
        &self,
        application: ApplicationId,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Vec<Signing>, Refusal> {
        let found = self.signing_keys_there(application, now).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        let key = SigningKey::fresh(rng);
        match self.write_sealed(|| add(&self.keyring.now(), application, &key, now, rng)).await {
            // Somebody else was first: their key is what signs. Or the application is gone, and there is none.
            Ok(_) | Err(Refusal::Gone(_)) => {}
            Err(refusal) => return Err(refusal),
        }
        let found = self.signing_keys_there(application, now).await?;
        if found.is_empty() { Err(Refusal::Gone(THERE)) } else { Ok(found) }
    }

    /// Gives an application another signing key. The ones of before sign as well for `overlap`.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the application was removed.
    pub async fn rotate_signing_key(
        &self,
        application: ApplicationId,
        overlap: Span,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<SigningKey, Refusal> {
        let key = SigningKey::fresh(rng);
        let whose = application.to_string();
        self.write_sealed(|| {
            Script::new()
                .may(END, params![whose.as_str(), (now + overlap).milliseconds()])
                .may(FORGET, params![whose.as_str(), now.milliseconds()])
                .then(add(&self.keyring.now(), application, &key, now, rng))
        })
        .await?;
        Ok(key)
    }

    async fn signing_keys_there(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<Signing>, Unavailable> {
        let read = || Read::new().select(SIGNING, params![application.to_string(), now.milliseconds()]);
        self.opened(read, |keyring, answers| {
            all(answers, 0).iter().map(|row| signing(keyring, application, row)).collect()
        })
        .await
    }
}

fn add(
    keyring: &Keyring,
    application: ApplicationId,
    key: &SigningKey,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Script {
    let id = SigningKeyId::fresh(now, rng);
    let sealed = key.seal(keyring, application, id, rng);
    let values = params![id.to_string(), application.to_string(), sealed.as_bytes(), now.milliseconds()];
    keys::still_seals(&sealed).must(NONE_YET, ADD, values)
}

fn signing(keyring: &Keyring, application: ApplicationId, row: &Row) -> Result<Signing, Unavailable> {
    let key = id(row.text(0)?, SigningKeyId::parse)?;
    let sealed = Sealed::from_bytes(row.blob(1)?.to_vec());
    Ok(Signing {
        key: SigningKey::open(keyring, application, key, &sealed)?,
        created_at: Timestamp::from_milliseconds(row.int(2)?),
        until: row.opt_int(3)?.map(Timestamp::from_milliseconds),
    })
}

//! The second factor: all that the server asks of Countersign, in this process and in its own database.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use countersign::{
    Timestamp,
    application::{Choices, UserId},
    attempt::Wrong,
    claim::FactorMethod,
    enrolment::Enrolment,
    event::Actor,
    key_uri::key_uri,
    name::Name,
    password::Memory,
    policy::Policy,
    recovery::{RecoveryCode, RecoverySet},
    secret::{KeyId, Keyring},
};
use countersign_store::{
    Lane, Place, PostgresUrl, Refusal, Store, Visit,
    application_accounts::ApplicationAccount,
    applications::Application,
    devices::Remember,
    kept_answers::Once,
    verifications::{Question, Shown, Verified},
};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Chance, from the operating system.
pub(crate) const CHANCE: UnwrapErr<SysRng> = UnwrapErr(SysRng);
/// How authenticator apps call this server.
const ISSUER: &str = "Git server";

/// Countersign, for the users of this server.
#[derive(Clone)]
pub(crate) struct SecondFactor {
    store: Store,
    server: Arc<Application>,
}

/// An authenticator that is offered, to be scanned and proven with a code.
pub(crate) struct Offer {
    pub(crate) qr_code: String,
    pub(crate) uri: String,
    pub(crate) key: String,
    enrolment: Enrolment,
}

/// Why not: words for the person, or an error of ours.
pub(crate) enum No {
    Because(String),
    Broken(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for No {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

impl SecondFactor {
    /// Opens the server's database, or another on PostgreSQL.
    pub(crate) async fn open(database: &Path, postgres: Option<&str>) -> anyhow::Result<Self> {
        let place = match postgres {
            Some(url) => Place::Postgres(PostgresUrl::parse(url)?),
            None => Place::Sqlite(database.to_owned()),
        };
        let store = Store::open(&place, keyring(database)?, Policy::default(), now())?;
        let name = Name::parse(ISSUER)?;
        let server =
            store.own_application(&name, &Choices::with_issuer(ISSUER), now(), &mut CHANCE.clone()).await?;
        Ok(Self { store: store.of(&server), server: Arc::new(server) })
    }

    /// The account of a user whose second factor is on.
    pub(crate) async fn on(&self, user: &str) -> anyhow::Result<Option<ApplicationAccount>> {
        let account = self.store.account_of_user(self.server.id, &UserId::parse(user)?).await?;
        Ok(account.filter(|account| account.two_factor_at.is_some()))
    }

    /// Enrol, first half: offers an authenticator. Nothing is on before a code was right.
    pub(crate) async fn offer(&self, user: &str) -> anyhow::Result<Offer> {
        let (id, once) = (UserId::parse(user)?, Once::unkept());
        let account = self.store.account_of_user(self.server.id, &id).await?;
        let visit = at_the_terminal();
        let enrolment = self
            .store
            .start_enrolment(&self.server, &id, account, &once, &visit, &mut CHANCE.clone())
            .await?;
        let uri = key_uri(ISSUER, user, &enrolment.secret, &enrolment.parameters).to_string();
        let qr = fast_qr::QRBuilder::new(uri.as_str()).build().ok().context("no QR code holds this")?;
        Ok(Offer { qr_code: qr.to_str(), uri, key: enrolment.secret.to_base32().to_string(), enrolment })
    }

    /// Enrol, second half: a right code turns it on. The recovery codes are said here and never again.
    pub(crate) async fn prove(&self, offer: &Offer, typed: &str) -> Result<Vec<String>, No> {
        let proven = offer.enrolment.prove(typed, now()).map_err(|reason| not(&reason))?;
        let codes =
            apart(|| RecoverySet::fresh(now(), &mut Memory::default(), &mut CHANCE.clone())).await??;
        let (name, once, visit) = (Name::parse("Authenticator app")?, Once::unkept(), at_the_terminal());
        self.store
            .confirm_enrolment(&proven, &name, Some(&codes.stored), &once, &visit, &mut CHANCE.clone())
            .await?;
        Ok(codes.codes.iter().map(|code| code.reveal().to_string()).collect())
    }

    /// Sign in: whether what was typed is right, a code of the app or a recovery code. It is spent when this answers,
    /// with the number of recovery codes left.
    pub(crate) async fn verify(
        &self,
        account: &ApplicationAccount,
        typed: &str,
        address: &str,
    ) -> Result<usize, No> {
        let to_verify = self.store.to_verify(account).await?;
        let attempt = match RecoveryCode::parse(typed) {
            Ok(code) => {
                let sets = self.store.recovery_sets(account.id).await?;
                apart(move || sets.check(&code, now(), &mut Memory::default())).await?
            }
            Err(_) => match to_verify.factors.read(typed) {
                Ok(code) => to_verify.factors.check(code, now()),
                Err(reason) => return Err(not(&reason)),
            },
        };
        // No device of anybody is remembered here, so everybody's guesses are counted together.
        let question = Question { read: &to_verify, lane: Lane::Everybody, remember: Remember::No };
        let visit = Visit {
            now: now(),
            browser: "ssh".to_owned(),
            address: Some(address.to_owned()),
            actor: Actor::Owner,
        };
        match self.store.verify(question, attempt, &Once::unkept(), &visit, &mut CHANCE.clone()).await {
            Ok(Verified { shown: Shown::Factor(FactorMethod::RecoveryCode), .. }) => {
                Ok(to_verify.recovery_codes_left.saturating_sub(1))
            }
            Ok(_) => Ok(to_verify.recovery_codes_left),
            Err(refusal) => Err(no(refusal)),
        }
    }

    /// Turn off: nothing of it ever works again.
    pub(crate) async fn turn_off(&self, account: &ApplicationAccount) -> anyhow::Result<()> {
        let visit = at_the_terminal();
        Ok(self.store.turn_off_for(account, &Once::unkept(), &visit, &mut CHANCE.clone()).await?)
    }
}

/// What the rules say of a code that was not looked at, or proves nothing.
fn not(reason: &dyn std::fmt::Display) -> No {
    No::Because(format!("This does not work: {reason}."))
}

/// What the store refused, for the person who typed it.
fn no(refusal: Refusal) -> No {
    No::Because(match refusal {
        Refusal::Wrong(Wrong::SpentCode | Wrong::UsedRecoveryCode(_)) | Refusal::Spent => {
            "This code has already been used.".to_owned()
        }
        Refusal::Wrong(_) => "This code is not right.".to_owned(),
        Refusal::Locked(_) => "There were too many wrong codes. Wait, or use a recovery code.".to_owned(),
        other => return No::Broken(other.into()),
    })
}

/// The key that seals the secrets in the database: a file beside it, made with it, which nobody else reads. Copy both, and
/// keep them apart.
fn keyring(database: &Path) -> anyhow::Result<Keyring> {
    let path = database.with_extension("key");
    // A database without its key gets no other. A key without a database is of a first start that failed.
    if !database.exists() && !path.exists() {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).context("the operating system gives no random bytes")?;
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.with_context(|| path.display().to_string())?.write_all(key.as_slice())?;
    }
    let bytes = Zeroizing::new(std::fs::read(&path).with_context(|| path.display().to_string())?);
    let key = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).context("a key has 32 bytes")?);
    Ok(Keyring::new([(KeyId::parse("k-1").context("no key id")?, key)])?)
}

/// Slow work goes to a thread where nobody waits behind it, and no more of it at a time than there is memory for.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    static AT_A_TIME: Semaphore = Semaphore::const_new(4);
    let _place = AT_A_TIME.acquire().await?;
    Ok(tokio::task::spawn_blocking(work).await?)
}

/// What is done by whoever runs the server, as the log keeps it.
fn at_the_terminal() -> Visit {
    Visit { now: now(), browser: "the terminal".to_owned(), address: None, actor: Actor::Owner }
}

#[expect(
    clippy::disallowed_methods,
    reason = "somebody has to read the clock: in this program it is done here"
)]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

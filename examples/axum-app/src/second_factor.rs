//! The second factor of this shop: all that it asks of Countersign, in this process and in its own database.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use countersign::{
    AuthenticatorId, Timestamp,
    application::{Choices, UserId},
    attempt::Wrong,
    event::Actor,
    key_uri::key_uri,
    name::Name,
    password::Memory,
    policy::Policy,
    recovery::{RecoveryCode, RecoverySet},
    secret::{KeyId, Keyring},
    token::{Device, Session, Token},
};
use countersign_store::{
    Place, PostgresUrl, Refusal, Store, Visit,
    application_accounts::ApplicationAccount,
    applications::Application,
    devices::Remember,
    kept_answers::Once,
    verifications::{Question, Verified},
};
use fast_qr::convert::{Builder as _, svg::SvgBuilder};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use zeroize::Zeroizing;

/// Chance, from the operating system.
const CHANCE: UnwrapErr<SysRng> = UnwrapErr(SysRng);

/// Countersign, for the users of this shop.
#[derive(Clone)]
pub(crate) struct SecondFactor {
    store: Store,
    shop: Arc<Application>,
}

/// An authenticator that is offered: to be drawn, scanned, and proven with a code.
pub(crate) struct Offer {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) qr_svg: String,
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
    /// Opens the shop's database, or another on PostgreSQL. The store comes first: it wants an empty database or its own.
    pub(crate) async fn open(database: &Path, postgres: Option<&str>) -> anyhow::Result<Self> {
        let place = match postgres {
            Some(url) => Place::Postgres(PostgresUrl::parse(url)?),
            None => Place::Sqlite(database.to_owned()),
        };
        let store = Store::open(&place, keyring(database)?, Policy::default(), now())?;
        let (name, choices) = (Name::parse("Pottery")?, Choices::with_issuer("Pottery"));
        let shop = store.own_application(&name, &choices, now(), &mut CHANCE.clone()).await?;
        Ok(Self { store: store.of(&shop), shop: Arc::new(shop) })
    }

    /// The account of a user, where two-factor authentication is on.
    pub(crate) async fn on(&self, user: i64) -> anyhow::Result<Option<ApplicationAccount>> {
        let account = self.store.account_of_user(self.shop.id, &id_of(user)?).await?;
        Ok(account.filter(|account| account.two_factor_at.is_some()))
    }

    /// How many recovery codes are left, and how many devices are remembered.
    pub(crate) async fn left(&self, account: &ApplicationAccount) -> anyhow::Result<(u32, usize)> {
        let profile = self.store.profile(account.id, now()).await?;
        Ok((profile.recovery_codes_left, profile.devices.len()))
    }

    /// Enrol, first half: offers an authenticator. Nothing is on before a code was right.
    pub(crate) async fn offer(&self, user: i64, email: &str, browser: &str) -> anyhow::Result<Offer> {
        let (user, once) = (id_of(user)?, Once::unkept());
        let account = self.store.account_of_user(self.shop.id, &user).await?;
        let offered = self
            .store
            .start_enrolment(&self.shop, &user, account, &once, &visit(browser), &mut CHANCE.clone())
            .await?;
        let uri = key_uri(&self.shop.choices.issuer, email, &offered.secret, &offered.parameters);
        let qr = fast_qr::QRBuilder::new(uri.as_str()).build().ok().context("no QR code holds this")?;
        let qr_svg = SvgBuilder::default().margin(4).to_str(&qr);
        Ok(Offer {
            id: offered.authenticator.to_string(),
            key: offered.secret.to_base32().to_string(),
            qr_svg,
        })
    }

    /// Enrol, second half: a right code turns it on. The recovery codes are said here and never again.
    pub(crate) async fn prove(
        &self,
        user: i64,
        id: &str,
        code: &str,
        browser: &str,
    ) -> Result<Vec<String>, No> {
        let over = || No::Because("The QR code has expired. Show a new one.".to_owned());
        let account = self.store.account_of_user(self.shop.id, &id_of(user)?).await?.ok_or_else(over)?;
        let id = AuthenticatorId::parse(id).map_err(|_| over())?;
        let offered = self.store.enrolment_of_application(account.id, id, now()).await?.ok_or_else(over)?;
        let proven = offered.prove(code, now()).map_err(|reason| not(&reason))?;
        // Ten slow hashes: not on a thread that answers others.
        let codes = hashed(|memory| RecoverySet::fresh(now(), memory, &mut CHANCE.clone())).await??;
        let (name, once) = (Name::parse("Authenticator app")?, Once::unkept());
        self.store
            .confirm_enrolment(
                &proven,
                &name,
                Some(&codes.stored),
                &once,
                &visit(browser),
                &mut CHANCE.clone(),
            )
            .await?;
        Ok(codes.codes.iter().map(|code| code.reveal().to_string()).collect())
    }

    /// Sign in: whether what was typed is right, a code of the app or a recovery code. It is spent when this answers.
    pub(crate) async fn verify(
        &self,
        account: &ApplicationAccount,
        typed: &str,
        remember: Remember,
        browser: &str,
    ) -> Result<Verified, No> {
        let to_verify = self.store.to_verify(account).await?;
        let attempt = match RecoveryCode::parse(typed) {
            Ok(code) => {
                let sets = self.store.recovery_sets(account.id).await?;
                hashed(move |memory| sets.check(&code, now(), memory)).await?
            }
            Err(_) => {
                to_verify.factors.check(to_verify.factors.read(typed).map_err(|reason| not(&reason))?, now())
            }
        };
        let lane = self.store.lane_of(account.id, None, now()).await?;
        let question = Question { read: &to_verify, lane, remember };
        self.store
            .verify(question, attempt, &Once::unkept(), &visit(browser), &mut CHANCE.clone())
            .await
            .map_err(no)
    }

    /// Sign in on a remembered device: it stands for a code, and gets its next token. `None`: ask for a code.
    pub(crate) async fn verify_device(
        &self,
        account: &ApplicationAccount,
        token: &str,
        browser: &str,
    ) -> anyhow::Result<Option<Verified>> {
        let Some(token) = Token::<Device>::parse(token) else { return Ok(None) };
        let once = Once::unkept();
        match self.store.verify_device(account.id, &token, &once, &visit(browser), &mut CHANCE.clone()).await
        {
            Ok(verified) => Ok(Some(verified)),
            Err(Refusal::Unavailable(reason)) => Err(reason.into()),
            Err(_) => Ok(None),
        }
    }

    /// Turn off: nothing of it ever works again.
    pub(crate) async fn turn_off(&self, account: &ApplicationAccount, browser: &str) -> anyhow::Result<()> {
        Ok(self.store.turn_off_for(account, &Once::unkept(), &visit(browser), &mut CHANCE.clone()).await?)
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

/// Argon2 on a thread where nobody waits behind it.
async fn hashed<T: Send + 'static>(
    hash: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(move || hash(&mut Memory::default())).await?)
}

/// A token for a session of the shop's own: 256 random bits.
pub(crate) fn token() -> String {
    Token::<Session>::fresh(&mut CHANCE.clone()).reveal().to_owned()
}

fn id_of(user: i64) -> anyhow::Result<UserId> {
    Ok(UserId::parse(&user.to_string())?)
}

/// The request, as the log keeps it.
fn visit(browser: &str) -> Visit {
    Visit { now: now(), browser: browser.chars().take(100).collect(), address: None, actor: Actor::Owner }
}

#[expect(
    clippy::disallowed_methods,
    reason = "somebody has to read the clock: in this program it is done here"
)]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

//! Moving in: an account as another system knew it, carried over whole or not at all.
//!
//! An import adds. It makes accounts that are not there and turns 2FA on where it never was on; what somebody has set
//! up here it leaves as it is. So it can be stopped and given again as often as one likes.

use countersign::{
    AccountId, ApplicationId, AuthenticatorId, RecoverySetId, Timestamp,
    application::UserId,
    enrolment::MOST_AUTHENTICATORS,
    event::{Event, Kind},
    name::Name,
    recovery::{Pepper, RecoverySet},
    totp::{Parameters, SharedSecret},
};
use rand_core::CryptoRng;

use crate::accounts::NewAccount;
use crate::read::{id, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{accounts, application_accounts, budgets, events, keys, recovery, sessions};

/// The condition that 2FA of an account is off, and never was on.
const NEVER_ON: &str = "the account without 2FA";
/// The condition that the account has not been made meanwhile.
const NEW: &str = "the new account";

statements! {
    /// What there is of an address: whether 2FA is on, whether the account is closed, and whether 2FA ever was on.
    pub(crate) OF_EMAIL = "SELECT a.id, a.two_factor_at, a.disabled_at, (SELECT count(*) FROM events e \
        WHERE e.account_id = a.id AND e.kind IN ($2, $3)) FROM accounts a WHERE a.email_key = $1";
    /// The same of a user of an application.
    pub(crate) OF_USER = "SELECT a.id, a.two_factor_at, a.disabled_at, (SELECT count(*) FROM events e \
        WHERE e.account_id = a.id AND e.kind IN ($3, $4)) FROM accounts a WHERE a.application_id = $1 AND a.user_id = $2";
    /// Turns 2FA on where it never was on.
    pub(crate) TURN_ON = "UPDATE accounts SET two_factor_at = $2, epoch = epoch + 1 WHERE id = $1 \
        AND two_factor_at IS NULL AND disabled_at IS NULL AND NOT EXISTS (SELECT 1 FROM events e \
        WHERE e.account_id = $1 AND e.kind IN ($3, $4))";
    /// The other system knew the address to be its owner's.
    pub(crate) CONFIRM = "UPDATE accounts SET address_confirmed_at = $2 WHERE id = $1 AND address_confirmed_at IS NULL";
    /// Keeps an authenticator. Every step that another system may have accepted is spent.
    pub(crate) KEEP = "INSERT INTO authenticators (id, account_id, name, secret, algorithm, digits, period, last_step, \
        created_at) SELECT $1, a.id, $3, $4, $5, $6, $7, $8, $9 FROM accounts a WHERE a.id = $2 \
        AND (SELECT count(*) FROM authenticators WHERE account_id = $2) < $10";
}

/// An account to be carried over.
pub struct Newcomer {
    /// Whose it is.
    pub whose: Whose,
    /// Its authenticators, each with its own parameters. None: 2FA stays off.
    pub authenticators: Vec<Carried>,
}

/// Whose a carried account is.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Somebody who signs in at the portal.
    Portal {
        /// The account, should it have to be made.
        account: NewAccount,
        /// Whether the address is known to be its owner's.
        confirmed: bool,
    },
    /// A user of an application.
    Application(ApplicationId, UserId),
}

/// An authenticator to be carried over: the app that somebody has goes on as it is.
pub struct Carried {
    /// What its owner called it.
    pub name: Name,
    /// The secret in the app.
    pub secret: SharedSecret,
    /// How the app makes its codes.
    pub parameters: Parameters,
}

/// What is here already of a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Absent,
    /// An account, whose 2FA is off and never was on.
    Open(AccountId),
    /// All of it: the very authenticators, perhaps more of them.
    There,
    /// 2FA is on with other authenticators.
    On,
    /// 2FA was on here before, and is off.
    WasOn,
    /// The account is disabled.
    Disabled,
}

impl Store {
    /// What is here already of a newcomer.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn standing(&self, newcomer: &Newcomer) -> Result<Standing, Unavailable> {
        let (on, imported) = (Kind::TwoFactorOn.word(), Kind::TwoFactorImported.word());
        let read = match &newcomer.whose {
            Whose::Portal { account, .. } => {
                Read::new().select(OF_EMAIL, params![account.email.key(), on, imported])
            }
            Whose::Application(application, user) => {
                Read::new().select(OF_USER, params![application.to_string(), user.as_str(), on, imported])
            }
        };
        let answers = self.database.read(read).await?;
        let Some(row) = one(&answers, 0) else { return Ok(Standing::Absent) };
        let account = id(row.text(0)?, AccountId::parse)?;
        let (is_on, disabled, ever) = (row.opt_int(1)?.is_some(), row.opt_int(2)?.is_some(), row.int(3)? > 0);
        Ok(match (disabled, is_on, newcomer.authenticators.is_empty()) {
            (true, ..) => Standing::Disabled,
            (_, true, false) if self.has_all(account, newcomer).await? => Standing::There,
            (_, true, false) => Standing::On,
            (_, _, true) => Standing::There,
            (_, false, false) if ever => Standing::WasOn,
            (_, false, false) => Standing::Open(account),
        })
    }

    /// Carries an account over, all of it in one commit. Of the recovery codes of another system nothing can be
    /// carried: a set without codes is kept, which says "none left" and is replaced as every other.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: somebody else was faster; [`Store::standing`] says what is here now.
    pub async fn import(
        &self,
        newcomer: &Newcomer,
        standing: Standing,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let (account, made) = match standing {
            Standing::Absent => (AccountId::fresh(visit.now, rng), true),
            Standing::Open(account) => (account, false),
            Standing::There | Standing::On | Standing::WasOn | Standing::Disabled => {
                return Err(Refusal::Gone(NEVER_ON));
            }
        };
        let ids = newcomer.authenticators.iter().map(|one| (AuthenticatorId::fresh(visit.now, rng), one));
        let authenticators: Vec<_> = ids.take(MOST_AUTHENTICATORS).collect();
        let (set, pepper) = (RecoverySetId::fresh(visit.now, rng), Pepper::fresh(rng));
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let codes = RecoverySet { id: set, salt, pepper, codes: Vec::new() };
        let build = || {
            let script = if made { making(account, &newcomer.whose, visit) } else { Script::new() };
            if authenticators.is_empty() {
                return script;
            }
            let keyring = self.keyring.now();
            let pepper = codes.pepper.seal(&keyring, account, codes.id, rng);
            let script = script
                .then(turning_on(account, visit.now))
                .may(recovery::FORGET_ALL, params![account.to_string()]);
            let script = authenticators.iter().fold(script, |script, (id, carried)| {
                let sealed = carried.secret.seal(&keyring, account, &id.to_string(), rng);
                script.then(keys::still_seals(&sealed)).must(NEVER_ON, KEEP, {
                    let parameters = &carried.parameters;
                    params![
                        id.to_string(),
                        account.to_string(),
                        carried.name.as_str(),
                        sealed.as_bytes(),
                        parameters.algorithm().word(),
                        parameters.digits().get(),
                        parameters.period(),
                        parameters.last_acceptable(visit.now).number(),
                        visit.now.milliseconds(),
                        i64::try_from(MOST_AUTHENTICATORS).unwrap_or(i64::MAX)
                    ]
                })
            });
            let first = authenticators.first().map(|(_, one)| one.name.as_str().to_owned());
            let count = u32::try_from(authenticators.len()).ok();
            // Whoever had an account here already is told by letter, as when they turn 2FA on themselves.
            let kind = if made { Kind::TwoFactorImported } else { Kind::TwoFactorOn };
            let told = Event { subject: first, count, ..Event::plain(kind) };
            script
                .then(recovery::insert(account, &codes, &pepper, visit.now))
                .may(budgets::BEGIN_ANEW, params![account.to_string()])
                .then(sessions::end_everything(account))
                .then(events::append(account, &told, visit))
        };
        let store = match newcomer.whose {
            Whose::Portal { .. } => self.clone(),
            Whose::Application(..) => self.of_any_application(),
        };
        store.write_sealed(build).await.map(drop)
    }

    /// Whether an account has every authenticator of a newcomer.
    async fn has_all(&self, account: AccountId, newcomer: &Newcomer) -> Result<bool, Unavailable> {
        let factors = self.factors(account).await?;
        let kept: Vec<_> = factors.authenticators.iter().map(|one| one.secret.to_base32()).collect();
        let mut carried = newcomer.authenticators.iter().take(MOST_AUTHENTICATORS);
        Ok(carried.all(|one| kept.contains(&one.secret.to_base32())))
    }
}

/// The statements that make an account which is not there yet.
fn making(account: AccountId, whose: &Whose, visit: &Visit) -> Script {
    match whose {
        Whose::Portal { account: new, confirmed } => {
            let script = accounts::insert(account, new, None, visit);
            let at = params![account.to_string(), visit.now.milliseconds()];
            if *confirmed { script.must(NEW, CONFIRM, at) } else { script }
        }
        Whose::Application(application, user) => {
            let values = params![
                account.to_string(),
                visit.now.milliseconds(),
                application.to_string(),
                user.as_str()
            ];
            let created = Event::plain(Kind::AccountCreated);
            Script::new()
                .must(NEW, application_accounts::INSERT, values)
                .then(events::append(account, &created, visit))
        }
    }
}

/// The statement that turns 2FA on where it never was on.
fn turning_on(account: AccountId, now: Timestamp) -> Script {
    let on = params![
        account.to_string(),
        now.milliseconds(),
        Kind::TwoFactorOn.word(),
        Kind::TwoFactorImported.word()
    ];
    Script::new().must(NEVER_ON, TURN_ON, on)
}

//! Applications: products that keep their own users, each known by its API keys.

use countersign::{
    ApiKeyId, ApplicationId, Span, Timestamp,
    application::{Choices, UserId},
    budget::Probability,
    name::Name,
    token::{ApiKey, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::application_accounts::{self, ApplicationAccount};
use crate::read::{all, corrupt, id, one};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, Value, params};
use crate::verifications::{Unopened, decided_by, deciding};

/// The condition that no application has this name.
const FREE: &str = "the name of an application";
/// From which column on [`CALLING_ABOUT`] says what a verification is decided by.
const DECIDED_BY: usize = 9;
/// The condition that there is this application.
pub(crate) const THERE: &str = "the application";

statements! {
    /// Adds an application.
    pub(crate) ADD = "INSERT INTO applications (id, name, issuer, remember, guess_probability, recovery_codes, \
        requests_a_minute, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING";
    /// Changes what an application decides.
    pub(crate) CHANGE = "UPDATE applications SET issuer = $2, remember = $3, guess_probability = $4, \
        recovery_codes = $5, requests_a_minute = $6 WHERE id = $1";
    /// Forgets what was guessed at its accounts.
    pub(crate) FORGET_BUDGETS = "DELETE FROM guess_budgets \
        WHERE subject IN (SELECT id FROM accounts WHERE application_id = $1)";
    /// Removes an application, and its accounts with it.
    pub(crate) REMOVE = "DELETE FROM applications WHERE id = $1";
    /// All applications, with how many accounts have 2FA on, and how many keys open.
    pub(crate) EVERY = "SELECT a.id, a.name, a.issuer, a.remember, a.guess_probability, a.recovery_codes, \
        a.requests_a_minute, (SELECT count(*) FROM accounts c WHERE c.application_id = a.id \
        AND c.two_factor_at IS NOT NULL), (SELECT count(*) FROM api_keys k WHERE k.application_id = a.id \
        AND (k.expires_at IS NULL OR k.expires_at > $1)) FROM applications a ORDER BY a.name";
    /// The application of a name.
    pub(crate) NAMED = "SELECT id, name, issuer, remember, guess_probability, recovery_codes, requests_a_minute \
        FROM applications WHERE name = $1";
    /// The application of a key that opens.
    pub(crate) CALLING = "SELECT a.id, a.name, a.issuer, a.remember, a.guess_probability, a.recovery_codes, \
        a.requests_a_minute FROM api_keys k JOIN applications a ON a.id = k.application_id \
        WHERE k.token = $1 AND (k.expires_at IS NULL OR k.expires_at > $2)";
    /// The same, its account of a user, if there is one, and what a verification is decided by.
    pub(crate) CALLING_ABOUT = concat!(
        "SELECT a.id, a.name, a.issuer, a.remember, a.guess_probability, a.recovery_codes, a.requests_a_minute, \
         c.id, c.two_factor_at, ",
        decided_by!("c.id"),
        " FROM api_keys k JOIN applications a ON a.id = k.application_id \
         LEFT JOIN accounts c ON c.application_id = a.id AND c.user_id = $3 AND c.disabled_at IS NULL",
        deciding!("c.id"),
        " WHERE k.token = $1 AND (k.expires_at IS NULL OR k.expires_at > $2)"
    );
    /// Adds a key to an application.
    pub(crate) ADD_KEY = "INSERT INTO api_keys (id, application_id, token, created_at) \
        SELECT $1, a.id, $3, $4 FROM applications a WHERE a.id = $2";
    /// Lets the keys of before end, unless they end sooner.
    pub(crate) END_KEYS = "UPDATE api_keys SET expires_at = $2 WHERE application_id = $1 \
        AND (expires_at IS NULL OR expires_at > $2)";
    /// Forgets keys that have ended.
    pub(crate) FORGET_KEYS = "DELETE FROM api_keys WHERE application_id = $1 AND expires_at <= $2";
}

/// An application as the store keeps it.
#[derive(Clone, Debug)]
pub struct Application {
    /// Which.
    pub id: ApplicationId,
    /// What the operator calls it.
    pub name: String,
    /// What it decides for its accounts.
    pub choices: Choices,
}

/// Whoever shows an API key, and the account that they ask about.
pub struct Calling {
    /// Who.
    pub application: Application,
    /// Their account of this user, if there is one.
    pub account: Option<ApplicationAccount>,
    /// What a verification of it is decided by.
    pub to_verify: Option<Unopened>,
}

/// One row of the list of applications.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub application: Application,
    /// How many of its accounts have 2FA on.
    pub with_two_factor: u64,
    /// How many API keys open.
    pub keys: u64,
}

/// Why an application is not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdded {
    /// There is one of this name.
    #[error("there is an application of this name already")]
    Taken,
    /// Nothing was decided.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Store {
    /// The same store for the accounts of an application: what it decides holds for them.
    #[must_use]
    pub fn of(&self, application: &Application) -> Self {
        let policy = application.choices.policy(&self.policy);
        let database = self.database.clone().with_letters(policy.notices).with_deliveries();
        Self { database, keyring: self.keyring.clone(), policy, tally: self.tally.clone() }
    }

    /// The same store for accounts of whichever application: it is told what happens to them.
    pub(crate) fn of_any_application(&self) -> Self {
        Self { database: self.database.clone().with_deliveries(), ..self.clone() }
    }

    /// Adds an application, and returns its first API key.
    ///
    /// # Errors
    /// [`NotAdded`].
    pub async fn add_application(
        &self,
        name: &Name,
        choices: &Choices,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<ApiKey>, NotAdded> {
        let application = ApplicationId::fresh(now, rng);
        let mut values = params![application.to_string(), name.as_str()];
        values.extend(columns(choices));
        values.extend(params![now.milliseconds()]);
        let (key, script) = add_key(application, now, rng);
        match self.database.write(Script::new().must(FREE, ADD, values).then(script)).await {
            Ok(_) => Ok(key),
            Err(Failed::Refused { .. }) => Err(NotAdded::Taken),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable.into()),
        }
    }

    /// All applications, by name.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn applications(&self, now: Timestamp) -> Result<Vec<Listed>, Unavailable> {
        let answers = self.database.read(Read::new().select(EVERY, params![now.milliseconds()])).await?;
        let listed = |row: &Row| {
            let count = |column| row.int(column).map(|count| u64::try_from(count).unwrap_or(0));
            Ok(Listed { application: application_of(row)?, with_two_factor: count(7)?, keys: count(8)? })
        };
        all(&answers, 0).iter().map(listed).collect()
    }

    /// The application of a name.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn application_named(&self, name: &str) -> Result<Option<Application>, Unavailable> {
        let answers = self.database.read(Read::new().select(NAMED, params![name])).await?;
        one(&answers, 0).map(application_of).transpose()
    }

    /// Whoever shows this API key.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn calling(
        &self,
        key: &TokenHash<ApiKey>,
        now: Timestamp,
    ) -> Result<Option<Application>, Unavailable> {
        let read = Read::new().select(CALLING, params![key.as_bytes(), now.milliseconds()]);
        one(&self.database.read(read).await?, 0).map(application_of).transpose()
    }

    /// The same, their account of this user, if there is one, and what a verification is decided by: from one snapshot.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn calling_about(
        &self,
        key: &TokenHash<ApiKey>,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Option<Calling>, Unavailable> {
        let values = params![key.as_bytes(), now.milliseconds(), user.as_str()];
        let keyring = self.keyring.now();
        let mut answers = self.database.read(Read::new().select(CALLING_ABOUT, values)).await?;
        let Some(row) = one(&answers, 0) else { return Ok(None) };
        let application = application_of(row)?;
        let account = row.opt_text(7)?.map(|_| application_accounts::account_of(row, 7)).transpose()?;
        let to_verify =
            account.map(|account| Unopened::new(account, answers.swap_remove(0), DECIDED_BY, keyring));
        Ok(Some(Calling { application, account, to_verify }))
    }

    /// Changes what an application decides. It holds for the next request.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it was removed.
    pub async fn change_application(
        &self,
        application: ApplicationId,
        choices: &Choices,
    ) -> Result<(), Refusal> {
        let mut values = params![application.to_string()];
        values.extend(columns(choices));
        Ok(self.database.write(Script::new().must(THERE, CHANGE, values)).await.map(drop)?)
    }

    /// Gives an application another API key. The ones of before end after `overlap`.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it was removed.
    pub async fn rotate_api_key(
        &self,
        application: ApplicationId,
        overlap: Span,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<ApiKey>, Refusal> {
        let whose = application.to_string();
        let (key, add) = add_key(application, now, rng);
        let script = Script::new()
            .may(END_KEYS, params![whose.as_str(), (now + overlap).milliseconds()])
            .may(FORGET_KEYS, params![whose, now.milliseconds()])
            .then(add);
        self.database.write(script).await?;
        Ok(key)
    }

    /// Removes an application with all its accounts: their second factors are gone for good. The audit log stays.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it was removed already.
    pub async fn remove_application(&self, application: ApplicationId) -> Result<(), Refusal> {
        let which = || params![application.to_string()];
        let script = Script::new().may(FORGET_BUDGETS, which()).must(THERE, REMOVE, which());
        Ok(self.database.write(script).await.map(drop)?)
    }
}

fn add_key(
    application: ApplicationId,
    now: Timestamp,
    rng: &mut (impl CryptoRng + Send),
) -> (Token<ApiKey>, Script) {
    let key: Token<ApiKey> = Token::fresh(rng);
    let values = params![
        ApiKeyId::fresh(now, rng).to_string(),
        application.to_string(),
        key.hash().as_bytes(),
        now.milliseconds()
    ];
    (key, Script::new().must(THERE, ADD_KEY, values))
}

/// What an application decides, in the order of the columns.
pub(crate) fn columns(choices: &Choices) -> Vec<Value> {
    params![
        choices.issuer.as_str(),
        choices.remember.as_milliseconds(),
        choices.guess_probability.millionths(),
        u32::try_from(choices.recovery_codes).unwrap_or(u32::MAX),
        choices.requests_a_minute
    ]
}

/// An application in the first seven columns.
pub(crate) fn application_of(row: &Row) -> Result<Application, Unavailable> {
    let probability = u32::try_from(row.int(4)?).ok().and_then(Probability::from_millionths);
    Ok(Application {
        id: id(row.text(0)?, ApplicationId::parse)?,
        name: row.text(1)?.to_owned(),
        choices: Choices {
            issuer: row.text(2)?.to_owned(),
            remember: Span::milliseconds(row.int(3)?),
            guess_probability: probability.ok_or_else(|| corrupt("a probability"))?,
            recovery_codes: usize::try_from(row.int(5)?).unwrap_or(0),
            requests_a_minute: row.opt_int(6)?.and_then(|number| u32::try_from(number).ok()),
        },
    })
}

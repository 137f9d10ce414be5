//! Invitations: one-time links that make the first administrator or set an account's first password.

use countersign::{
    AccountId, Span, Timestamp,
    event::{Event, Kind, Method},
    name::Name,
    password::StoredPassword,
    token::{Invitation, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::accounts::{self, NewAccount, NotAdded};
use crate::read::{id, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{events, password_resets};

/// How long an invitation is good for.
pub const GOOD_FOR: Span = Span::hours(24);
/// The condition that the invitation is good.
const GOOD: &str = "the invitation";

statements! {
    /// Forgets the invitations to make the first administrator.
    pub(crate) FORGET_FIRST = "DELETE FROM invitations WHERE account_id IS NULL";
    /// Forgets the invitation of an account.
    pub(crate) FORGET_OF = "DELETE FROM invitations WHERE account_id = $1";
    /// Keeps an invitation.
    pub(crate) INVITE = "INSERT INTO invitations (token, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    /// The invitation of a token. One that lasts longer than any does was made by a clock that has since stepped back.
    pub(crate) BY_TOKEN = "SELECT i.account_id, a.email, a.name FROM invitations i \
        LEFT JOIN accounts a ON a.id = i.account_id WHERE i.token = $1 AND i.expires_at > $2 \
        AND i.expires_at <= $3 AND a.disabled_at IS NULL";
    /// Takes the invitation to make the first administrator, while nobody can be one.
    pub(crate) TAKE_FIRST = "DELETE FROM invitations WHERE token = $1 AND account_id IS NULL AND expires_at > $2 \
        AND expires_at <= $3 AND NOT EXISTS (SELECT 1 FROM accounts WHERE administrator = 1 AND password_hash IS NOT NULL)";
    /// Takes the invitation of an account.
    pub(crate) TAKE = "DELETE FROM invitations WHERE token = $1 AND account_id = $2 AND expires_at > $3 \
        AND expires_at <= $4";
    /// Sets the first password of an account.
    pub(crate) FIRST_PASSWORD = "UPDATE accounts SET password_hash = $2, password_at = $3, name = $4, epoch = epoch + 1 \
        WHERE id = $1 AND password_hash IS NULL AND disabled_at IS NULL";
}

/// Whom an invitation invites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// Whoever holds it, to make the first account.
    FirstAdministrator,
    /// This account, to set its first password.
    Account {
        /// Which.
        id: AccountId,
        /// Its address.
        email: String,
        /// Its name.
        name: String,
    },
}

impl Store {
    /// A new invitation to make the first administrator; earlier ones are void.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn invite_first_administrator(
        &self,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<Invitation>, Refusal> {
        self.invite(Script::new().may(FORGET_FIRST, params![]), None, now, rng).await
    }

    /// A new invitation for an account to set its first password; an earlier one is void.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn invite_account(
        &self,
        account: AccountId,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<Invitation>, Refusal> {
        let forget = Script::new().may(FORGET_OF, params![account.to_string()]);
        self.invite(forget, Some(account), now, rng).await
    }

    /// Whom a living invitation invites.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn invited(
        &self,
        token: &TokenHash<Invitation>,
        now: Timestamp,
    ) -> Result<Option<Invited>, Unavailable> {
        let read = Read::new().select(BY_TOKEN, params![token.as_bytes(), now.milliseconds(), at_most(now)]);
        let answers = self.database.read(read).await?;
        let Some(row) = one(&answers, 0) else { return Ok(None) };
        let Some(account) = row.opt_text(0)? else { return Ok(Some(Invited::FirstAdministrator)) };
        let (email, name) = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        Ok(Some(Invited::Account { id: id(account, AccountId::parse)?, email, name }))
    }

    /// Makes the first administrator, once, while there is none who can sign in.
    ///
    /// # Errors
    /// [`NotAdded::Taken`] also where the invitation is spent or there is an administrator.
    pub async fn accept_first(
        &self,
        token: &TokenHash<Invitation>,
        new: &NewAccount,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<AccountId, NotAdded> {
        let account = AccountId::fresh(visit.now, rng);
        let script = Script::new()
            .must(GOOD, TAKE_FIRST, params![token.as_bytes(), visit.now.milliseconds(), at_most(visit.now)])
            .then(accounts::insert(account, new, Some(Method::Link), visit));
        self.database.write(script).await?;
        Ok(account)
    }

    /// Sets the first password of an invited account.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the invitation is spent or over, or the account has a password.
    pub async fn accept(
        &self,
        token: &TokenHash<Invitation>,
        account: AccountId,
        name: &Name,
        password: &StoredPassword,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let now = visit.now.milliseconds();
        let script = Script::new()
            .must(GOOD, TAKE, params![token.as_bytes(), account.to_string(), now, at_most(visit.now)])
            .must(GOOD, FIRST_PASSWORD, params![account.to_string(), password.as_str(), now, name.as_str()])
            .then(password_resets::not_forgotten(account))
            .then(events::append(account, &Event::plain(Kind::PasswordChanged).by(Method::Link), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    async fn invite(
        &self,
        before: Script,
        account: Option<AccountId>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<Invitation>, Refusal> {
        let token: Token<Invitation> = Token::fresh(rng);
        let until = (now + GOOD_FOR).milliseconds();
        let whose = account.map(|account| account.to_string());
        let values = params![token.hash().as_bytes(), whose, now.milliseconds(), until];
        self.database.write(before.must("the account", INVITE, values)).await?;
        Ok(token)
    }
}

/// Until when an invitation can be good at most.
fn at_most(now: Timestamp) -> i64 {
    (now + GOOD_FOR).milliseconds()
}

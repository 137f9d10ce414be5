//! Forgotten passwords: asked for by anybody, set anew by whoever holds the link. It signs nobody in.

use countersign::{
    AccountId,
    event::{Event, Kind, Method},
    password::StoredPassword,
    token::{PasswordReset, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::refusal::Refusal;
use crate::script::Script;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;
use crate::{accounts, address_confirmations, events, invitations, links, passwords, sessions};

statements! {
    /// Tells the owner of an address, if it has one, that somebody asked.
    pub(crate) APPEND_ASKED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address) \
        SELECT a.id, $1, $2, $3, $4, $5, $6 FROM accounts a WHERE a.email_key = $7 AND a.disabled_at IS NULL";
    /// Whoever reads the mail of an address need not wait for those who guess at its password.
    pub(crate) END_WAITS = "UPDATE guess_budgets SET failures = 0, next_at = 0, version = version + 1 \
        WHERE kind = 'password' AND subject = (SELECT email_key FROM accounts WHERE id = $1)";
}

impl Store {
    /// Asks for a letter with a link to set the password of this address anew. One script, the same for an address
    /// that nobody has.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the address has been sent so many letters that it gets none now, whoever has it.
    pub async fn ask_for_password_reset(&self, email_key: &str, visit: &Visit) -> Result<(), Refusal> {
        let mut told = events::after_the_account(Kind::PasswordResetAsked, None, visit);
        told.extend(params![email_key]);
        let script = links::allow::<PasswordReset>(email_key, visit.now)
            .then(links::want::<PasswordReset>(email_key, visit))
            .may(APPEND_ASKED, told);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// An administrator hands out a link to set a forgotten password anew, good for a day: where no mail is sent, or
    /// none arrives.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account is disabled.
    pub async fn hand_out_password_reset(
        &self,
        account: AccountId,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<PasswordReset>, Refusal> {
        let token = Token::fresh(rng);
        let script = accounts::hold(account)
            .then(links::hand_out(account, &token.hash(), visit.now))
            .then(events::append(account, &Event::plain(Kind::PasswordLinkHandedOut), visit));
        self.database.write(script).await?;
        Ok(token)
    }

    /// Sets the password anew and spends the link. Every session, pending sign-in, trusted device and other reset link
    /// of the account is gone in the same commit; its second factor is as it was, and so is the guess budget of its
    /// codes. If the link came by mail, the address is its owner's.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the link is spent or over, or the account is disabled.
    pub async fn reset_password(
        &self,
        token: &TokenHash<PasswordReset>,
        account: AccountId,
        new: &StoredPassword,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let whose = || params![account.to_string()];
        let values = params![account.to_string(), new.as_str(), visit.now.milliseconds()];
        let script = accounts::hold(account)
            .then(address_confirmations::by_any_link(account, token, visit))
            .then(links::spend(account, token, visit))
            .must(accounts::USABLE, passwords::CHANGE, values)
            .then(not_forgotten(account))
            .may(invitations::FORGET_OF, whose())
            .may(END_WAITS, whose())
            .then(sessions::end_everything(account))
            .then(events::append(account, &Event::plain(Kind::PasswordReset).by(Method::Link), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// A password that was set otherwise is not forgotten: a link that was asked for before is over.
pub(crate) fn not_forgotten(account: AccountId) -> Script {
    links::forget::<PasswordReset>(account)
}

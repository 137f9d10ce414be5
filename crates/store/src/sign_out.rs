//! Signing out: one session, the others, all of an account, or everybody.

use countersign::{
    AccountId, SessionId,
    event::{Event, Kind, Method},
    token::{self, TokenHash},
};

use crate::outbox::{self, Whose};
use crate::refusal::Refusal;
use crate::script::Script;
use crate::sessions::{END_ALL, END_BUT_ONE, END_ENROLMENTS, THERE};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;
use crate::{events, unfinished};

statements! {
    /// Ends the session of a token.
    pub(crate) END_BY_TOKEN = "DELETE FROM sessions WHERE token = $1 AND account_id = $2";
    /// Ends one session of an account.
    pub(crate) END_ONE = "DELETE FROM sessions WHERE id = $1 AND account_id = $2";
    /// Tells of one session before it ends.
    pub(crate) APPEND_ENDED_ONE = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject) \
        SELECT account_id, $2, $3, $4, $5, $6, $7, browser FROM sessions WHERE id = $8 AND account_id = $1";
    /// Ends every session there is.
    pub(crate) END_OF_EVERYBODY = "DELETE FROM sessions";
    /// Ends every enrolment there is.
    pub(crate) END_ENROLMENTS_OF_EVERYBODY = "DELETE FROM enrolments";
    /// Appends how many sessions each account has, before all end.
    pub(crate) APPEND_ENDED_OF_EVERYBODY = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, \
        count) SELECT account_id, $1, $2, $3, $4, $5, $6, count(*) FROM sessions GROUP BY account_id \
        ORDER BY account_id";
    /// Appends how many other sessions an account has, before they end.
    pub(crate) APPEND_ENDED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, count) \
        SELECT $1, $2, $3, $4, $5, $6, $7, count(*) FROM sessions WHERE account_id = $1 AND id <> $8";
}

impl Store {
    /// Signs out: the session of this very token is gone.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`] means that it was gone before.
    pub async fn sign_out(
        &self,
        token: &TokenHash<token::Session>,
        account: AccountId,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = Script::new()
            .must(THERE, END_BY_TOKEN, params![token.as_bytes(), account.to_string()])
            .then(events::append(account, &Event::plain(Kind::SignedOut).by(Method::Session), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Ends one session of an account.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has no such session.
    pub async fn end_session(
        &self,
        account: AccountId,
        session: SessionId,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let (session, owner) = (session.to_string(), account.to_string());
        let mut told = events::begun(account, Kind::SessionEnded, Some(Method::Session), visit);
        told.extend(params![session.as_str()]);
        let script = Script::new().may(APPEND_ENDED_ONE, told).must(THERE, END_ONE, params![session, owner]);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Ends every session of an account but `kept`; all of them where that is `None`.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn end_sessions(
        &self,
        account: AccountId,
        kept: Option<SessionId>,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let kept = kept.map(|kept| kept.to_string()).unwrap_or_default();
        let mut told = events::begun(account, Kind::SessionsEnded, Some(Method::Session), visit);
        told.extend(params![kept.as_str()]);
        let script =
            Script::new().may(APPEND_ENDED, told).may(END_BUT_ONE, params![account.to_string(), kept]);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// An administrator signs an account out: sessions, pending sign-ins and enrolments end; its factors and its
    /// remembered devices stay.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn sign_out_account(&self, account: AccountId, visit: &Visit) -> Result<(), Refusal> {
        let whose = || params![account.to_string()];
        let mut told = events::begun(account, Kind::SignedOutByAdministrator, None, visit);
        told.extend(params![""]);
        let script = Script::new()
            .may(APPEND_ENDED, told)
            .then(outbox::tell(Whose::Account(account), Kind::SignedOutByAdministrator, None, visit))
            .may(END_ALL, whose())
            .then(unfinished::end_of(account))
            .may(END_ENROLMENTS, whose());
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// An administrator signs everybody out. Only accounts that are signed in get an event of it.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn sign_everybody_out(&self, visit: &Visit) -> Result<(), Refusal> {
        let told = events::after_the_account(Kind::SignedOutByAdministrator, None, visit);
        let script = Script::new()
            .may(APPEND_ENDED_OF_EVERYBODY, told)
            .then(outbox::tell(Whose::Everybody, Kind::SignedOutByAdministrator, None, visit))
            .may(END_OF_EVERYBODY, params![])
            .then(unfinished::end_of_everybody())
            .may(END_ENROLMENTS_OF_EVERYBODY, params![]);
        Ok(self.database.write(script).await.map(drop)?)
    }
}

//! Confirmed addresses: a link that was sent to an address came back, or an administrator vouched for it.

use countersign::{
    AccountId,
    event::{Event, Kind, Method},
    token::{AddressConfirmation, TokenHash},
};

use crate::links::{self, Purpose};
use crate::refusal::Refusal;
use crate::script::Script;
use crate::sessions::Session;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;
use crate::{accounts, events};

/// The condition that there is something to confirm.
const UNCONFIRMED: &str = "the address, which is confirmed already";

statements! {
    /// Holds an account whose address is still to be confirmed.
    pub(crate) HOLD_UNCONFIRMED = "UPDATE accounts SET epoch = epoch \
        WHERE id = $1 AND disabled_at IS NULL AND address_confirmed_at IS NULL";
    /// The address is its owner's.
    pub(crate) CONFIRM = "UPDATE accounts SET address_confirmed_at = $2 WHERE id = $1 AND address_confirmed_at IS NULL";
    /// The same, if this link was sent to it.
    pub(crate) CONFIRM_BY = "UPDATE accounts SET address_confirmed_at = $2 WHERE id = $1 \
        AND address_confirmed_at IS NULL AND email_key = (SELECT sent_to FROM links WHERE token = $3 AND purpose = $4)";
    /// Tells of it beforehand.
    pub(crate) APPEND_CONFIRMED_BY = "INSERT INTO events (account_id, at, kind, actor, method, browser, address) \
        SELECT $1, $2, $3, $4, $5, $6, $7 FROM accounts WHERE id = $1 AND address_confirmed_at IS NULL \
        AND email_key = (SELECT sent_to FROM links WHERE token = $8 AND purpose = $9)";
}

impl Store {
    /// Asks for a letter with a link that confirms the address of whoever is signed in.
    ///
    /// # Errors
    /// [`Refusal::finds_letters_enough`]: the address has been sent so many that it gets none now. Any other
    /// [`Refusal::Gone`]: it is confirmed already.
    pub async fn ask_for_address_confirmation(
        &self,
        session: &Session,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let address = session.email_key.as_str();
        let script = Script::new()
            .must(UNCONFIRMED, HOLD_UNCONFIRMED, params![session.account.to_string()])
            .then(links::allow::<AddressConfirmation>(address, visit.now))
            .then(links::want::<AddressConfirmation>(address, visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Confirms the address that a link was sent to, once.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the link is spent or over, or the account is disabled.
    pub async fn confirm_address(
        &self,
        token: &TokenHash<AddressConfirmation>,
        account: AccountId,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = accounts::hold(account)
            .then(by_any_link(account, token, visit))
            .then(links::spend(account, token, visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// An administrator vouches for the address of an account: somebody whose mail does not arrive.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it is confirmed already.
    pub async fn vouch_for_address(&self, account: AccountId, visit: &Visit) -> Result<(), Refusal> {
        let script = Script::new()
            .must(UNCONFIRMED, CONFIRM, params![account.to_string(), visit.now.milliseconds()])
            .then(links::forget::<AddressConfirmation>(account))
            .then(events::append(account, &Event::plain(Kind::AddressConfirmed), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// Confirms the address, unless it is, where this link was sent to it. Stands before what spends the link.
pub(crate) fn by_any_link<K: Purpose>(account: AccountId, token: &TokenHash<K>, visit: &Visit) -> Script {
    let mut told = events::begun(account, Kind::AddressConfirmed, Some(Method::Link), visit);
    told.extend(params![token.as_bytes(), K::WORD]);
    let values = params![account.to_string(), visit.now.milliseconds(), token.as_bytes(), K::WORD];
    Script::new().may(APPEND_CONFIRMED_BY, told).may(CONFIRM_BY, values)
}

//! Links to set 2FA up anew after an administrator's reset, where it is required: the password alone, which somebody
//! may know, does not lead to a second factor then.

use countersign::{
    AccountId, Span,
    event::{Event, Kind, Method},
    notice::Notice,
    sign_in::NeedsLink,
    token::{self, SetUp, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::accounts::Account;
use crate::events;
use crate::links::{self, Purpose};
use crate::outbox::{self, Whose};
use crate::refusal::Refusal;
use crate::script::Script;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;

/// The condition that the link is good.
pub use crate::links::GOOD as LINK;

/// The condition that an administrator has reset the account's 2FA, and that it is not on again.
const RESET: &str = "the reset account";

statements! {
    /// Holds an account whose 2FA an administrator has reset.
    pub(crate) HOLD_RESET = "UPDATE accounts SET epoch = epoch WHERE id = $1 AND reset_at IS NOT NULL \
        AND two_factor_at IS NULL AND disabled_at IS NULL";
}

impl Purpose for SetUp {
    const GOOD_FOR: Span = links::WORTH_SENDING;
}

impl Store {
    /// A new link, good for a day, with which the owner of an account sets 2FA up anew after an administrator's reset;
    /// an earlier one is void.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: nobody has reset the account's 2FA, or it is on again, or the account is disabled.
    pub async fn give_set_up_link(
        &self,
        account: AccountId,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<SetUp>, Refusal> {
        let token: Token<SetUp> = Token::fresh(rng);
        let script = Script::new()
            .must(RESET, HOLD_RESET, params![account.to_string()])
            .then(links::hand_out(account, &token.hash(), visit.now))
            .then(events::append(account, &Event::plain(Kind::SetUpLinkGiven), visit));
        self.database.write(script).await?;
        Ok(token)
    }

    /// Opens the session of a sign-in that needed a link, which is spent in the same script. It is good for turning
    /// 2FA on, and for no more while that is required.
    ///
    /// # Errors
    /// [`Refusal::Gone`] at [`LINK`]: the link is spent, over or somebody else's; or the account has changed.
    pub async fn open_session_with_link(
        &self,
        needs: NeedsLink,
        account: &Account,
        link: &TokenHash<SetUp>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<token::Session>, Refusal> {
        let spent = links::spend(account.id, link, visit);
        self.open_after(spent, &needs.to_turn_on_with_the_link(), account, visit, rng).await
    }
}

impl Store {
    /// Notes that a password was right and no good link came with it, and tells the owner at once: no pending sign-in is
    /// there that could be told of when it ends.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn refuse_without_link(&self, account: AccountId, visit: &Visit) -> Result<(), Refusal> {
        let accepted = Event::plain(Kind::PasswordAccepted).by(Method::Password);
        let missing = Notice::SecondFactorMissing { wrong: 0 };
        let told = outbox::tell_now(Whose::Account(account), accepted.kind, &missing, visit);
        let script = Script::new().then(events::append(account, &accepted, visit)).then(told);
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// The statement that forgets the link of an account: its 2FA is on.
pub(crate) fn forget(account: AccountId) -> Script {
    links::forget::<SetUp>(account)
}

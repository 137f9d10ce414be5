//! Links to set 2FA up anew after an administrator's reset, where it is required: the password alone, which somebody
//! may know, does not lead to a second factor then.

use countersign::{
    AccountId, Span,
    event::{Event, Kind},
    sign_in::NeedsLink,
    token::{self, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::accounts::Account;
use crate::events;
use crate::refusal::Refusal;
use crate::script::Script;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;

/// How long a link is good for.
pub const GOOD_FOR: Span = Span::hours(24);
/// The condition that an administrator has reset the account's 2FA, and that it is not on again.
const RESET: &str = "the reset account";
/// The condition that the link is good.
pub const LINK: &str = "the link";

statements! {
    /// Forgets the link of an account.
    pub(crate) FORGET = "DELETE FROM set_up_links WHERE account_id = $1";
    /// Keeps a link of an account whose 2FA an administrator has reset.
    pub(crate) KEEP = "INSERT INTO set_up_links (token, account_id, expires_at) SELECT $1, a.id, $3 FROM accounts a \
        WHERE a.id = $2 AND a.reset_at IS NOT NULL AND a.two_factor_at IS NULL AND a.disabled_at IS NULL";
    /// Takes a link.
    pub(crate) TAKE = "DELETE FROM set_up_links WHERE token = $1 AND account_id = $2 AND expires_at > $3";
}

impl Store {
    /// A new link with which the owner of an account sets 2FA up anew after an administrator's reset; an earlier one
    /// is void.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: nobody has reset the account's 2FA, or it is on again, or the account is disabled.
    pub async fn give_set_up_link(
        &self,
        account: AccountId,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<token::SetUp>, Refusal> {
        let token: Token<token::SetUp> = Token::fresh(rng);
        let until = (visit.now + GOOD_FOR).milliseconds();
        let script = Script::new()
            .may(FORGET, params![account.to_string()])
            .must(RESET, KEEP, params![token.hash().as_bytes(), account.to_string(), until])
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
        link: &TokenHash<token::SetUp>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<token::Session>, Refusal> {
        let take = params![link.as_bytes(), account.id.to_string(), visit.now.milliseconds()];
        let spent = Script::new().must(LINK, TAKE, take);
        self.open_after(spent, &needs.to_turn_on_with_the_link(), account, visit, rng).await
    }
}

/// The statement that forgets the link of an account: its 2FA is on.
pub(crate) fn forget(account: AccountId) -> Script {
    Script::new().may(FORGET, params![account.to_string()])
}

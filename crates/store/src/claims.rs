//! Spending a claim: one conditional statement decides, and zero rows mean that somebody was first.

use countersign::{AccountId, AuthenticatorId, Claim, claim::OnceOnly, totp::Step};

use crate::script::Script;
use crate::statements::statements;
use crate::value::params;

/// The condition that a once-only fact was not spent before.
pub(crate) const SPENT: &str = "spent";

statements! {
    /// A step is spent once, and everything at or below it with it (RFC 6238 §5.2). Of two in a row neither may have
    /// been spent: nothing at or above the first (`$5`).
    pub(crate) SPEND_STEP = "UPDATE authenticators SET last_step = $3, last_used_at = $4 \
        WHERE id = $1 AND account_id = $2 AND last_step < $5";
    /// A recovery code of the present set is spent once, while nobody doubts the set.
    pub(crate) SPEND_RECOVERY_CODE = "UPDATE recovery_codes SET used_at = $4 WHERE set_id = $1 AND hash = $2 \
        AND used_at IS NULL \
        AND EXISTS (SELECT 1 FROM recovery_sets s WHERE s.id = $1 AND s.account_id = $3 AND s.replaced_at IS NULL \
        AND s.doubted_at IS NULL)";
}

/// The statement that spends a claim for `account`: that of the pending sign-in or of the session. A claim
/// of any other account finds no row, and so spends nothing.
pub(crate) fn spend(account: AccountId, claim: &Claim, at: i64) -> Script {
    let account = account.to_string();
    let step = |authenticator: AuthenticatorId, first: Step, last: Step| {
        let values = params![authenticator.to_string(), account.as_str(), last.number(), at, first.number()];
        Script::new().must(SPENT, SPEND_STEP, values)
    };
    match claim.fact() {
        OnceOnly::Step { authenticator, step: this } => step(authenticator, this, this),
        OnceOnly::TwoSteps { authenticator, last } => step(authenticator, last.plus(-1), last),
        OnceOnly::RecoveryCode { set, hash } => {
            Script::new().must(SPENT, SPEND_RECOVERY_CODE, params![set.to_string(), hash, account, at])
        }
    }
}

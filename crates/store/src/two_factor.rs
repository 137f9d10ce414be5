//! Turning 2FA on and off: one script each, and nothing of before survives either.

use countersign::{
    AccountId,
    enrolment::Proven,
    event::{Event, Kind, Method},
    name::Name,
    recovery::RecoverySet,
    sign_in::Methods,
    step_up::Confirmation,
};
use rand_core::CryptoRng;

use crate::budgets::Lane;
use crate::refusal::Refusal;
use crate::script::Script;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;
use crate::{
    authenticators, budgets, confirmations, events, recovery, sessions, set_up_links, site_sessions,
};

/// The condition that 2FA is on.
pub(crate) const ON: &str = "2FA, which is off";
/// The condition that 2FA is off.
pub(crate) const OFF: &str = "2FA, which is on already";

statements! {
    /// Turns 2FA on, where the policy asks for it (`$3`) only with a confirmed address.
    pub(crate) TURN_ON = "UPDATE accounts SET two_factor_at = $2, reset_at = NULL, epoch = epoch + 1 \
        WHERE id = $1 AND two_factor_at IS NULL AND disabled_at IS NULL \
        AND (address_confirmed_at IS NOT NULL OR CAST($3 AS BIGINT) = 0)";
    /// Turns 2FA off.
    pub(crate) TURN_OFF = "UPDATE accounts SET two_factor_at = NULL, epoch = epoch + 1 \
        WHERE id = $1 AND two_factor_at IS NOT NULL";
    /// An administrator turns 2FA off.
    pub(crate) RESET = "UPDATE accounts SET two_factor_at = NULL, reset_at = $2, epoch = epoch + 1 \
        WHERE id = $1 AND two_factor_at IS NOT NULL";
    /// Holds the account while one of its factors changes, so that two changes happen one after the other.
    pub(crate) STILL_ON = "UPDATE accounts SET epoch = epoch + 1 \
        WHERE id = $1 AND two_factor_at IS NOT NULL AND disabled_at IS NULL";
    /// The session that turned 2FA on has just shown its factor, where the policy lets it stay.
    pub(crate) SHOWN = "UPDATE sessions SET factor_at = $2, methods = $3 WHERE id = $1";
}

impl Store {
    /// Turns 2FA on with a proven enrolment. The code that proved it is spent; sessions, pending sign-ins,
    /// enrolments and trusted devices of the account are gone in the same commit. Where the policy does
    /// not sign out, the session that turned it on stays, and it alone.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the enrolment is over, 2FA is on already, or the policy asks for the address to be
    /// confirmed first.
    pub async fn turn_on(
        &self,
        proven: &Proven,
        name: &Name,
        codes: &RecoverySet,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        self.write_sealed(|| self.turning_on(proven, name, codes, visit, rng)).await.map(drop)
    }

    /// The statements that turn 2FA on.
    pub(crate) fn turning_on(
        &self,
        proven: &Proven,
        name: &Name,
        codes: &RecoverySet,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Script {
        let (account, now) = (proven.account(), visit.now.milliseconds());
        let ended = match proven.session().filter(|_| !self.policy.sign_out_after) {
            None => sessions::end_everything(account),
            Some(session) => {
                let shown = params![session.to_string(), now, Methods::PasswordAndCode.word()];
                let renewed = proven.renewed().map(|token| confirmations::renew(session, account, &token));
                Script::new()
                    .may(SHOWN, shown)
                    .then(renewed.unwrap_or_default())
                    .then(sessions::end_all_but(account, session))
            }
        };
        let on = Event::about(Kind::TwoFactorOn, name.as_str()).by(Method::Code);
        let pepper = codes.pepper.seal(&self.keyring.now(), account, codes.id, rng);
        Script::new()
            .must(OFF, TURN_ON, params![account.to_string(), now, self.policy.address_first])
            .then(set_up_links::forget(account))
            .may(authenticators::FORGET_ALL, params![account.to_string()])
            .then(authenticators::adopt(proven, name, visit))
            .may(budgets::BEGIN_ANEW, params![account.to_string()])
            .may(recovery::FORGET_ALL, params![account.to_string()])
            .then(recovery::insert(account, codes, &pepper, visit.now))
            .then(ended)
            .then(events::append(account, &on, visit))
    }

    /// Turns 2FA off. The secrets, the recovery codes and the devices are deleted: nothing of them ever
    /// works again, and turning on again starts from a fresh secret.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: 2FA is off already; and every other [`Refusal`].
    pub async fn turn_off(
        &self,
        confirmation: Confirmation,
        lane: Lane,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let account = confirmation.account();
        let method = confirmation.method();
        let build = || turning_off(account, method, visit);
        self.confirmed(confirmation, lane, visit, build).await.map(drop)
    }

    /// An administrator turns 2FA off for somebody who has lost everything. Their sessions end too. Where the policy
    /// requires 2FA, the way back on is a link: [`Store::give_set_up_link`].
    ///
    /// # Errors
    /// [`Refusal::Gone`]: 2FA is off already.
    pub async fn reset_two_factor(
        &self,
        account: AccountId,
        reason: &str,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let reset = Event::about(Kind::TwoFactorReset, reason);
        let script = Script::new()
            .must(ON, RESET, params![account.to_string(), visit.now.milliseconds()])
            .then(forget_factors(account))
            .then(sessions::end_everything(account))
            .then(events::append(account, &reset, visit));
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// The condition that 2FA is on. It holds the account and outruns every sign-in under way.
pub(crate) fn still_on(account: AccountId) -> Script {
    Script::new().must(ON, STILL_ON, params![account.to_string()])
}

/// The statements that turn 2FA off.
pub(crate) fn turning_off(account: AccountId, method: Method, visit: &Visit) -> Script {
    let off = Event::plain(Kind::TwoFactorOff).by(method);
    Script::new()
        .must(ON, TURN_OFF, params![account.to_string()])
        .then(forget_factors(account))
        .then(events::append(account, &off, visit))
}

fn forget_factors(account: AccountId) -> Script {
    let whose = || params![account.to_string()];
    Script::new()
        .may(authenticators::FORGET_ALL, whose())
        .may(recovery::FORGET_ALL, whose())
        .then(sessions::end_unfinished(account))
        .then(site_sessions::close_of_account(account))
}

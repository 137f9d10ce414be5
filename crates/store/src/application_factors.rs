//! What an application does with the second factor of a user it vouches for: turn it off, remove an authenticator,
//! replace the recovery codes. Whether it asks the user for anything first is its own affair.

use countersign::{AuthenticatorId, event::Method, recovery::RecoverySet};
use rand_core::CryptoRng;

use crate::application_accounts::ApplicationAccount;
use crate::kept_answers::Once;
use crate::refusal::Refusal;
use crate::store::{Store, Visit};
use crate::{authenticators, two_factor};

impl Store {
    /// Turns 2FA off. Nothing of it ever works again.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: 2FA is off already, or the idempotency key was used before.
    pub async fn turn_off_for(
        &self,
        account: &ApplicationAccount,
        once: &Once<'_, ()>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let off = two_factor::turning_off(account.id, Method::Application, visit);
        let script = once.keep(Ok(&()), visit.now, rng).then(off);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Removes an authenticator. The last one stays: without any, 2FA is to be turned off.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has no such authenticator, it is the last, 2FA is off, or the idempotency key was
    /// used before.
    pub async fn remove_authenticator_for(
        &self,
        account: &ApplicationAccount,
        authenticator: AuthenticatorId,
        once: &Once<'_, ()>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let removing = authenticators::removing(account.id, authenticator, Method::Application, visit);
        let script = once.keep(Ok(&()), visit.now, rng).then(removing);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Replaces the recovery codes. The old ones open nothing from this commit on.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: 2FA is off, or the idempotency key was used before.
    pub async fn replace_recovery_codes_for(
        &self,
        account: &ApplicationAccount,
        new: &RecoverySet,
        once: &Once<'_, ()>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let build = || {
            let kept = once.keep(Ok(&()), visit.now, rng);
            kept.then(self.replacing(account.id, None, new, Method::Application, visit, rng))
        };
        self.write_sealed(build).await.map(drop)
    }
}

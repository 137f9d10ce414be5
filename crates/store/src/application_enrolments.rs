//! Enrolments of applications: an authenticator offered to a user of theirs, and its proof.

use countersign::{
    AccountId, AuthenticatorId, EnrolmentId, ErrandId, Timestamp,
    application::UserId,
    enrolment::{Enrolment, MOST_AUTHENTICATORS, Proven},
    name::Name,
    recovery::RecoverySet,
    totp::{Parameters, SharedSecret},
};
use rand_core::CryptoRng;

use crate::application_accounts::ApplicationAccount;
use crate::applications::Application;
use crate::enrolments::{KEPT, enrolment_of};
use crate::kept_answers::Once;
use crate::read::all;
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{authenticators, keys};

/// The condition that the account may have one more authenticator.
pub(crate) const ROOM: &str = "room for another authenticator";

statements! {
    /// Earlier offers to the same user give way.
    pub(crate) GIVE_WAY = "UPDATE enrolments SET superseded = 1 WHERE account_id = $1 AND session_id IS NULL \
        AND COALESCE(errand_id, '') = $2";
    /// Offers an authenticator, while the account may have one more.
    pub(crate) OFFER = "INSERT INTO enrolments (id, account_id, authenticator_id, secret, algorithm, digits, period, \
        superseded, created_at, expires_at, errand_id) \
        SELECT $1, a.id, $3, $4, $5, $6, $7, 0, $8, $9, CAST($11 AS TEXT) FROM accounts a \
        WHERE a.id = $2 AND a.application_id IS NOT NULL AND a.disabled_at IS NULL \
        AND (SELECT count(*) FROM authenticators WHERE account_id = $2) < $10";
    /// Only the latest few are kept to explain a code of theirs.
    pub(crate) FORGET_OLD = "DELETE FROM enrolments WHERE account_id = $1 AND session_id IS NULL \
        AND COALESCE(errand_id, '') = $3 AND id NOT IN \
        (SELECT e.id FROM enrolments e WHERE e.account_id = $1 AND e.session_id IS NULL AND COALESCE(e.errand_id, '') = $3 \
        ORDER BY e.superseded, e.created_at DESC, e.id DESC LIMIT $2)";
    /// What a user was offered, the present offer first.
    pub(crate) OFFERED = "SELECT id, authenticator_id, secret, algorithm, digits, period, superseded, expires_at \
        FROM enrolments WHERE account_id = $1 AND session_id IS NULL AND expires_at > $2 AND COALESCE(errand_id, '') = $3 \
        ORDER BY superseded, created_at DESC, id DESC";
}

impl Store {
    /// Offers an authenticator with a fresh secret to a user of an application. Earlier offers to the same user only
    /// explain a code from then on; nothing that is in use is touched.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has as many authenticators as it may, or the idempotency key was used before.
    pub async fn start_enrolment(
        &self,
        application: &Application,
        user: &UserId,
        account: Option<ApplicationAccount>,
        once: &Once<'_, Enrolment>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Enrolment, Refusal> {
        let account = match account {
            Some(account) => account.id,
            None => self.account_for(application, user, visit, rng).await?,
        };
        let enrolment = fresh_enrolment(account, visit.now + self.policy.enrolment, visit.now, rng);
        let build = || {
            let kept = once.keep(Ok(&enrolment), visit.now, rng);
            kept.then(self.offering(&enrolment, None, visit.now, rng))
        };
        self.write_sealed(build).await?;
        Ok(enrolment)
    }

    /// What a user of an application is offered, opened; `None` where it is over, or another offer took its place.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn enrolment_of_application(
        &self,
        account: AccountId,
        authenticator: AuthenticatorId,
        now: Timestamp,
    ) -> Result<Option<Enrolment>, Unavailable> {
        let enrolment = self.offered_to(account, None, now).await?;
        Ok(enrolment.filter(|enrolment| enrolment.authenticator == authenticator))
    }

    /// What is offered to an account: on this errand, or by the application itself.
    pub(crate) async fn offered_to(
        &self,
        account: AccountId,
        errand: Option<ErrandId>,
        now: Timestamp,
    ) -> Result<Option<Enrolment>, Unavailable> {
        let values = || params![account.to_string(), now.milliseconds(), or_nothing(errand)];
        let read = || Read::new().select(OFFERED, values());
        self.opened(read, |keyring, answers| {
            let Some((present, earlier)) = all(answers, 0).split_first() else { return Ok(None) };
            if present.flag(6)? {
                return Ok(None);
            }
            enrolment_of(keyring, account, None, present, earlier).map(Some)
        })
        .await
    }

    /// The statements that offer an authenticator: on an errand, or by the application itself.
    pub(crate) fn offering(
        &self,
        enrolment: &Enrolment,
        errand: Option<ErrandId>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Script {
        let account = enrolment.account;
        let (whose, on) = (account.to_string(), or_nothing(errand));
        let authenticator = enrolment.authenticator.to_string();
        let secret = enrolment.secret.seal(&self.keyring.now(), account, &authenticator, rng);
        let values = params![
            enrolment.id.to_string(),
            whose.as_str(),
            authenticator.as_str(),
            secret.as_bytes(),
            enrolment.parameters.algorithm().word(),
            enrolment.parameters.digits().get(),
            enrolment.parameters.period(),
            now.milliseconds(),
            enrolment.expires_at.milliseconds(),
            i64::try_from(MOST_AUTHENTICATORS).unwrap_or(i64::MAX),
            errand.map(|errand| errand.to_string())
        ];
        keys::still_seals(&secret)
            .may(GIVE_WAY, params![whose.as_str(), on.as_str()])
            .must(ROOM, OFFER, values)
            .may(FORGET_OLD, params![whose, KEPT, on])
    }

    /// Turns 2FA on with a proven enrolment, where `codes` are given; else adds it to the authenticators of an
    /// account that has 2FA on. The code that proved it is spent.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the enrolment is over, 2FA is on or off already, or the idempotency key was used before.
    pub async fn confirm_enrolment(
        &self,
        proven: &Proven,
        name: &Name,
        codes: Option<&RecoverySet>,
        once: &Once<'_, ()>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let build = || -> Script {
            let kept = once.keep(Ok(&()), visit.now, rng);
            kept.then(match codes {
                Some(codes) => self.turning_on(proven, name, codes, visit, rng),
                None => authenticators::adding(proven, name, visit),
            })
        };
        self.write_sealed(build).await.map(drop)
    }
}

/// An enrolment with a fresh secret, which belongs to no session.
pub(crate) fn fresh_enrolment(
    account: AccountId,
    expires_at: Timestamp,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Enrolment {
    Enrolment {
        id: EnrolmentId::fresh(now, rng),
        account,
        session: None,
        authenticator: AuthenticatorId::fresh(now, rng),
        secret: SharedSecret::fresh(rng),
        parameters: Parameters::default(),
        expires_at,
        earlier: Vec::new(),
    }
}

fn or_nothing(errand: Option<ErrandId>) -> String {
    errand.map(|errand| errand.to_string()).unwrap_or_default()
}

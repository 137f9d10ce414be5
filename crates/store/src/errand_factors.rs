//! What is done on an errand with a second factor: shown, turned on and off, changed. The errand's own step stands in the
//! script of each, so that what it says has happened and nothing happens that it does not know of.

use countersign::{
    Attempt, AuthenticatorId, Claim, DeviceId, Timestamp,
    attempt::Wrong,
    claim::FactorMethod,
    enrolment::{Enrolment, Proven},
    errand::{Outcome, Purpose},
    event::Method,
    name::Name,
    recovery::RecoverySet,
    token::{self, Token},
};
use rand_core::CryptoRng;

use crate::application_enrolments::fresh_enrolment;
use crate::budgets::{Lane, Subject};
use crate::confirmations::wrong_answer;
use crate::errands::{Errand, Step};
use crate::kept_answers::Once;
use crate::refusal::Refusal;
use crate::script::Script;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::verifications::{Question, Shown, Verified};
use crate::{accounts, authenticators, claims, devices, enrolments, events, two_factor};

statements! {
    /// The present offer gives way to another, if it is still the present one.
    pub(crate) GIVE_WAY = "UPDATE enrolments SET superseded = 1 WHERE id = $1 AND errand_id = $2 AND superseded = 0 \
        AND expires_at > $3";
}

impl Store {
    /// Decides about a second factor that is shown on an errand, as [`Store::verify`] does. If it is right, the errand
    /// ends with it.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`] where 2FA is off, or the errand is over.
    pub async fn verify_on_errand(
        &self,
        errand: &Errand,
        question: Question<'_>,
        attempt: Attempt<Claim>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Verified, Refusal> {
        let step = |outcome: Result<&Verified, Wrong>| shown_on(errand, outcome, visit.now);
        self.verify(question, attempt, &Once::on_errand(&step), visit, rng).await
    }

    /// Lets a trusted device stand for a code on an errand, as [`Store::verify_device`] does.
    ///
    /// # Errors
    /// As there; and [`Refusal::Gone`] where the errand is over, or wants a code.
    pub async fn verify_device_on_errand(
        &self,
        errand: &Errand,
        device: &Token<token::Device>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Verified, Refusal> {
        if errand.fresh {
            return Err(Refusal::Gone(devices::TRUSTED));
        }
        let step = |outcome: Result<&Verified, Wrong>| shown_on(errand, outcome, visit.now);
        self.verify_device(errand.account.id, device, &Once::on_errand(&step), visit, rng).await
    }

    /// Offers an authenticator on an errand. Where 2FA is on, `shown` is the second factor for it, unless one was shown
    /// on the errand just before.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`]: the errand is over, or the account has as many authenticators as it may.
    pub async fn offer_on_errand(
        &self,
        errand: &Errand,
        shown: Option<Attempt<Claim>>,
        lane: Lane,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let enrolment = fresh_enrolment(errand.account.id, visit.now + self.policy.enrolment, visit.now, rng);
        let build = || self.offering(&enrolment, Some(errand.id), visit.now, rng);
        self.confirmed_on_errand(errand, shown, Step::default(), lane, visit, build).await
    }

    /// Offers another QR code in place of the present one, until that would have ended.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the errand is over, or nothing is offered on it.
    pub async fn offer_again_on_errand(
        &self,
        errand: &Errand,
        present: &Enrolment,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let enrolment = fresh_enrolment(errand.account.id, present.expires_at, visit.now, rng);
        let which = || params![present.id.to_string(), errand.id.to_string(), visit.now.milliseconds()];
        let build = || {
            Step::default()
                .of(errand.id, visit.now)
                .must(enrolments::OFFERED_TO, GIVE_WAY, which())
                .then(self.offering(&enrolment, Some(errand.id), visit.now, rng))
        };
        self.write_sealed(build).await.map(drop)
    }

    /// What is offered on an errand, opened.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn enrolment_on_errand(
        &self,
        errand: &Errand,
        now: Timestamp,
    ) -> Result<Option<Enrolment>, Unavailable> {
        self.offered_to(errand.account.id, Some(errand.id), now).await
    }

    /// Turns 2FA on with an enrolment that was proven on an errand, where `codes` are given; else adds it to the
    /// authenticators.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the errand or the enrolment is over.
    pub async fn prove_on_errand(
        &self,
        errand: &Errand,
        proven: &Proven,
        name: &Name,
        codes: Option<&RecoverySet>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let turns_on = Step {
            two_factor_at: Some(visit.now.milliseconds()),
            outcome: Some(Outcome::TurnedOn),
            shown: Some(Method::Code),
            ends: errand.purpose == Purpose::TurnOn,
            ..Step::default()
        };
        let build = || match codes {
            Some(codes) => {
                let on = self.turning_on(proven, name, codes, visit, rng);
                turns_on.of(errand.id, visit.now).then(on)
            }
            None => Step::change().of(errand.id, visit.now).then(authenticators::adding(proven, name, visit)),
        };
        self.write_sealed(build).await.map(drop)
    }

    /// Turns 2FA off. Nothing of it ever works again.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`]: the errand is over, or 2FA is off already.
    pub async fn turn_off_on_errand(
        &self,
        errand: &Errand,
        shown: Option<Attempt<Claim>>,
        lane: Lane,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let method = method_on(errand, shown.as_ref());
        let step = Step { two_factor_at: Some(0), outcome: Some(Outcome::TurnedOff), ..Step::default() };
        let build = || two_factor::turning_off(errand.account.id, method, visit);
        self.confirmed_on_errand(errand, shown, step, lane, visit, build).await
    }

    /// Removes an authenticator that is not the last.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`]: the errand is over, or the account has no such authenticator, or it is the last.
    pub async fn remove_authenticator_on_errand(
        &self,
        errand: &Errand,
        authenticator: AuthenticatorId,
        shown: Option<Attempt<Claim>>,
        lane: Lane,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let method = method_on(errand, shown.as_ref());
        let build = || authenticators::removing(errand.account.id, authenticator, method, visit);
        self.confirmed_on_errand(errand, shown, Step::change(), lane, visit, build).await
    }

    /// Replaces the recovery codes. `present` is the set that whoever asked saw, as in
    /// [`Store::replace_recovery_codes`].
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`]: the errand is over, or `present` is replaced already.
    pub async fn replace_recovery_codes_on_errand(
        &self,
        errand: &Errand,
        (present, new): (Option<countersign::RecoverySetId>, &RecoverySet),
        shown: Option<Attempt<Claim>>,
        lane: Lane,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let method = method_on(errand, shown.as_ref());
        let build = || self.replacing(errand.account.id, present, new, method, visit, rng);
        self.confirmed_on_errand(errand, shown, Step::change(), lane, visit, build).await
    }

    /// Gives an authenticator another name.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the errand is over, or the account has no such authenticator.
    pub async fn rename_authenticator_on_errand(
        &self,
        errand: &Errand,
        authenticator: AuthenticatorId,
        name: &Name,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let renamed = authenticators::renaming(errand.account.id, authenticator, name, Method::Link, visit);
        Ok(self.database.write(Step::change().of(errand.id, visit.now).then(renamed)).await.map(drop)?)
    }

    /// Forgets one remembered device, or all of them.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the errand is over, or the account has no such device.
    pub async fn forget_devices_on_errand(
        &self,
        errand: &Errand,
        device: Option<DeviceId>,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let account = errand.account.id;
        let forgotten = match device {
            Some(device) => devices::forgetting(account, device, None, Method::Link, visit),
            None => devices::forgetting_all(account, None, Method::Link, visit),
        };
        Ok(self.database.write(Step::change().of(errand.id, visit.now).then(forgotten)).await.map(drop)?)
    }

    /// Runs what a second factor was asked for: `shown` is charged and spent before it in the same script; without it the
    /// errand has to have one that is fresh, where 2FA is on.
    async fn confirmed_on_errand<F>(
        &self,
        errand: &Errand,
        shown: Option<Attempt<Claim>>,
        step: Step,
        lane: Lane,
        visit: &Visit,
        mut build: F,
    ) -> Result<(), Refusal>
    where
        F: FnMut() -> Script + Send,
    {
        let account = errand.account.id;
        let there = |step: Step| accounts::hold(account).then(step.of(errand.id, visit.now));
        let Some(attempt) = shown else {
            let step = Step { asks: errand.two_factor_on(), ..step };
            return self.write_sealed(|| there(step).then(build())).await.map(drop);
        };
        let guess = attempt.guess();
        let step = Step { shown: Some(Method::of_guess(guess)), ..step };
        let whole = |claim: Option<&Claim>, begins_a_wait: bool| match claim {
            None => wrong_answer(account, guess, begins_a_wait, visit),
            Some(claim) => {
                let spent = claims::spend(account, claim, visit.now.milliseconds());
                there(step).then(spent).then(events::append_use(claim, visit)).then(build())
            }
        };
        self.charge(Subject::Factor(account), lane, 0, attempt, visit.now, whole).await.map(drop)
    }
}

/// The errand's step where a second factor was shown: it ends. A wrong one leaves it as it is.
fn shown_on(errand: &Errand, outcome: Result<&Verified, Wrong>, now: Timestamp) -> Script {
    let Ok(verified) = outcome else { return Script::new() };
    let shown = Some(match verified.shown {
        Shown::Factor(FactorMethod::Code) => Method::Code,
        Shown::Factor(FactorMethod::TwoCodes) => Method::TwoCodes,
        Shown::Factor(FactorMethod::RecoveryCode) => Method::RecoveryCode,
        Shown::TrustedDevice => Method::TrustedDevice,
    });
    Step { outcome: Some(Outcome::Verified), shown, ends: true, ..Step::default() }.of(errand.id, now)
}

/// By which method something is done on an errand: what is shown for it, or was shown before.
fn method_on(errand: &Errand, shown: Option<&Attempt<Claim>>) -> Method {
    shown.map(|attempt| Method::of_guess(attempt.guess())).or(errand.method).unwrap_or(Method::Link)
}

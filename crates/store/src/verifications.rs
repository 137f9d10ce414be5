//! Verifications: an application asks whether its user has just shown a second factor. One question, one decision, one
//! script.

use std::sync::Arc;

use countersign::{
    AccountId, Claim, DeviceId, Timestamp,
    attempt::{Attempt, Guess, Wrong},
    claim::FactorMethod,
    device::TrustedDevice,
    event::{Event, Kind, Method},
    factors::Factors,
    secret::{Keyring, OpenError as NotOpened},
    token::{self, Token},
};
use rand_core::CryptoRng;

use crate::application_accounts::ApplicationAccount;
use crate::budgets::{Count, Counter, Lane, Subject, budget_of};
use crate::confirmations::wrong_answer;
use crate::devices::Remember;
use crate::kept_answers::{FIRST, Once};
use crate::read::{all, corrupt};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::two_factor::ON;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{authenticators, claims, devices, events};

/// What a verification is decided by: an authenticator with its sealed secret in each row, and beside it how many recovery
/// codes are left, and the budget. It is asked before every answer, and a statement costs more than what it reads: so
/// there is one. It gives them in no order: nearly everybody has a single authenticator, and to sort one row is dear.
macro_rules! decided_by {
    ($account:literal) => {
        concat!(
            "n.id, n.secret, n.algorithm, n.digits, n.period, n.last_step, \
             (SELECT count(*) FROM recovery_codes r JOIN recovery_sets s ON s.id = r.set_id WHERE s.account_id = ",
            $account,
            " AND s.replaced_at IS NULL AND s.doubted_at IS NULL AND r.used_at IS NULL), \
             b.failures, b.level, b.level_at, b.next_at, b.version"
        )
    };
}
/// Where that is found.
macro_rules! deciding {
    ($account:literal) => {
        concat!(
            " LEFT JOIN authenticators n ON n.account_id = ",
            $account,
            " LEFT JOIN guess_budgets b ON b.subject = ",
            $account,
            " AND b.kind = 'code' AND b.lane = ''"
        )
    };
}
pub(crate) use {decided_by, deciding};

statements! {
    /// That 2FA is on.
    pub(crate) IS_ON = "SELECT id FROM accounts WHERE id = $1 AND two_factor_at IS NOT NULL AND disabled_at IS NULL";
    /// What a verification is decided by.
    pub(crate) TO_VERIFY = concat!(
        "SELECT ", decided_by!("$1"), " FROM (SELECT 1 AS one) AS always", deciding!("$1")
    );
}

/// How a second factor was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// By a code, two codes or a recovery code.
    Factor(FactorMethod),
    /// By nothing: a trusted device stood for it.
    TrustedDevice,
}

/// A second factor that was shown, is spent, and is durable.
pub struct Verified {
    /// How.
    pub shown: Shown,
    /// The device and its new token: it was remembered, or it stood for a code.
    pub device: Option<(Token<token::Device>, TrustedDevice)>,
}

/// What an application asks, besides what its user showed.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// What it is decided by. The account is the one that this was read for: no question can name another.
    pub read: &'a ToVerify,
    /// Whose guesses it is counted with.
    pub lane: Lane,
    /// Whether the device is to be remembered.
    pub remember: Remember,
}

/// What a verification is decided by.
pub struct ToVerify {
    /// The authenticators, opened for one check.
    pub factors: Factors,
    /// How many recovery codes are left, as it was read: one less when one of them is spent by what follows.
    pub recovery_codes_left: usize,
    counter: Counter,
}

/// The same as it was read together with something else: not opened yet, since few who read it verify.
pub struct Unopened {
    account: ApplicationAccount,
    rows: Vec<Row>,
    /// Which column is the first.
    first: usize,
    /// As it was before reading.
    keyring: Arc<Keyring>,
}

impl Unopened {
    pub(crate) const fn new(
        account: ApplicationAccount,
        rows: Vec<Row>,
        first: usize,
        keyring: Arc<Keyring>,
    ) -> Self {
        Self { account, rows, first, keyring }
    }
}

impl Store {
    /// What a verification is decided by, from one snapshot.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn to_verify(&self, account: &ApplicationAccount) -> Result<ToVerify, Unavailable> {
        let read = || Read::new().select(TO_VERIFY, params![account.id.to_string()]);
        self.opened(read, |keyring, answers| self.to_verify_in(keyring, account.id, all(answers, 0), 0)).await
    }

    /// The same from what was read before. Where a key has come since, it is read again.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn open_to_verify(&self, unopened: Unopened) -> Result<ToVerify, Unavailable> {
        let Unopened { account, rows, first, keyring } = unopened;
        match self.to_verify_in(&keyring, account.id, &rows, first) {
            Err(Unavailable::Sealed(NotOpened::UnknownKey(_))) => self.to_verify(&account).await,
            answer => answer,
        }
    }

    fn to_verify_in(
        &self,
        keyring: &Keyring,
        account: AccountId,
        rows: &[Row],
        first: usize,
    ) -> Result<ToVerify, Unavailable> {
        let column = |nth: usize| first.saturating_add(nth);
        // Without any authenticator there is one row, in which they are NULL.
        let is_one = |row: &&Row| !matches!(row.opt_text(first), Ok(None));
        let mut factors = authenticators::factors_in(keyring, account, rows.iter().filter(is_one), first)?;
        factors.authenticators.sort_unstable_by_key(|one| one.id);
        let digits = factors.authenticators.iter().map(|one| one.parameters.digits()).collect();
        let row = rows.first().ok_or_else(|| corrupt("what a verification is decided by"))?;
        let budget = row.opt_int(column(11))?.map(|_| budget_of(row, column(7))).transpose()?;
        let count = Count::of(Subject::Factor(account), Lane::Everybody, Guess::Code);
        Ok(ToVerify {
            factors,
            recovery_codes_left: usize::try_from(row.int(column(6))?).unwrap_or(0),
            counter: self.counter_of(count, budget, digits),
        })
    }

    /// Decides about an attempt: charges it, and if it is right spends it, remembers the device where that is asked
    /// for, and writes the events, in one script.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Gone`] where 2FA is off, or the idempotency key was used before.
    pub async fn verify(
        &self,
        question: Question<'_>,
        attempt: Attempt<Claim>,
        once: &Once<'_, Verified>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Verified, Refusal> {
        let Question { read, lane, remember } = question;
        let account = read.factors.account;
        let (now, guess) = (visit.now, attempt.guess());
        let device =
            TrustedDevice::expiry(&self.policy, now).filter(|_| remember.wanted()).map(|expires_at| {
                let id = DeviceId::fresh(now, rng);
                (Token::fresh(rng), TrustedDevice { id, account, remembered_at: now, expires_at })
            });
        let (method, wrong) = match attempt.peek_for_the_script() {
            Ok(claim) => (claim.method(), None),
            Err(wrong) => (FactorMethod::Code, Some(wrong)),
        };
        let verified = Verified { shown: Shown::Factor(method), device };
        let build = |claim: Option<&Claim>, begins_a_wait: bool| match claim {
            None => {
                let answer = Err(wrong.unwrap_or(Wrong::Code));
                once.keep(answer, now, rng).then(wrong_answer(account, guess, begins_a_wait, visit))
            }
            Some(claim) => {
                let fresh = verified.device.as_ref().map(|(token, device)| (device, token.hash()));
                let remembered = devices::remember(account, fresh, remember, visit);
                let told = Event::plain(Kind::Verified).by(Method::of_guess(guess));
                once.keep(Ok(&verified), now, rng)
                    .then(is_on(account))
                    .then(claims::spend(account, claim, now.milliseconds()))
                    .then(remembered)
                    .then(events::append(account, &told, visit))
                    .then(events::append_use(claim, visit))
            }
        };
        let charged = match (lane, guess) {
            (Lane::Everybody, Guess::Code) => {
                self.charge_to(read.counter.clone(), 0, attempt, now, build).await
            }
            _ => self.charge(Subject::Factor(account), lane, 0, attempt, now, build).await,
        };
        // The claim is spent: what was prepared is true.
        charged.map(|_| verified)
    }

    /// Lets a trusted device stand for a code. It gets a new token, and lives no longer for it; whoever sends the one
    /// before has a copy, and the device is forgotten.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: this is no trusted device of the account, or no longer; 2FA is off; the idempotency key was
    /// used before.
    pub async fn verify_device(
        &self,
        account: AccountId,
        present: &Token<token::Device>,
        once: &Once<'_, Verified>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Verified, Refusal> {
        let present = present.hash();
        let found = self.device(&present, account).await?;
        let Some(device) = found.filter(|device| device.stands_for(account, &self.policy, visit.now)) else {
            if let Some(had) = self.had(&present, account).await? {
                // Unless it is the very request that has just given the device its next token, asked once more.
                let copied = had.copied(&self.policy, visit.now);
                let forget = copied
                    .map(|device| devices::forget_copied(account, device, Method::TrustedDevice, visit));
                let forget = forget.unwrap_or_default();
                match self.database.write(once.unanswered(visit.now).then(forget)).await {
                    Ok(_) => {}
                    Err(Failed::Refused { at }) if at != FIRST => {}
                    Err(failed) => return Err(failed.into()),
                }
            }
            return Err(Refusal::Gone(devices::TRUSTED));
        };
        let next = Token::fresh(rng);
        let rotated = devices::rotate(device.id, account, &present, &next.hash(), visit);
        let verified = Verified { shown: Shown::TrustedDevice, device: Some((next, device)) };
        let told = Event::plain(Kind::Verified).by(Method::TrustedDevice);
        let script = once
            .keep(Ok(&verified), visit.now, rng)
            .then(is_on(account))
            .then(rotated)
            .then(events::append(account, &told, visit));
        self.database.write(script).await?;
        Ok(verified)
    }

    /// The guess budget for a request that came with the token of this device.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn lane_of(
        &self,
        account: AccountId,
        device: Option<&Token<token::Device>>,
        now: Timestamp,
    ) -> Result<Lane, Unavailable> {
        let Some(token) = device else { return Ok(Lane::Everybody) };
        Ok(devices::lane_of(self.device(&token.hash(), account).await?.as_ref(), now))
    }
}

/// The condition that 2FA is on. Scripts run one after the other, so looking is enough.
fn is_on(account: AccountId) -> Script {
    Script::new().must_find(ON, IS_ON, params![account.to_string()])
}

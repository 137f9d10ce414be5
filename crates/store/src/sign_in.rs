//! Pending sign-ins: kept between the right password and the right code, and finished in one script.

use countersign::{
    AccountId, Claim, DeviceId, PendingId, SessionId, Span, Timestamp,
    attempt::Attempt,
    claim::FactorMethod,
    device::TrustedDevice,
    event::{Event, Kind, Method},
    recovery::FEW_LEFT,
    sign_in::{Authenticated, AwaitingFactor},
    token::{self, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::accounts::Account;
use crate::budgets::{Lane, Subject};
use crate::confirmations::wrong_answer;
use crate::devices::Remember;
use crate::read::{id, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::tally::word_of;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{accounts, claims, devices, events, recovery, sessions, unfinished};

/// Wrong answers after which a pending sign-in is over and the password is asked again.
const MOST_WRONG: u32 = 10;
/// How long a pending sign-in may be prolonged after its password.
const MOST_PENDING: Span = Span::hours(1);
/// The condition that the sign-in is still pending.
const AWAITING: &str = "the pending sign-in";

statements! {
    /// Keeps a pending sign-in, while 2FA is on. The script holds the account before.
    pub(crate) KEEP = "INSERT INTO pending_sign_ins (id, account_id, token, password_at, wrong, expires_at, browser, \
        address) SELECT $1, a.id, $3, $4, 0, $5, $6, $7 FROM accounts a \
        WHERE a.id = $2 AND a.two_factor_at IS NOT NULL";
    /// The pending sign-in of a token.
    pub(crate) BY_TOKEN = "SELECT p.id, p.account_id, p.password_at, p.wrong, p.expires_at, a.email, a.language, \
        p.follows         FROM pending_sign_ins p JOIN accounts a ON a.id = p.account_id \
        WHERE p.token = $1 AND p.expires_at > $2 AND p.given_up = 0 AND a.two_factor_at IS NOT NULL AND a.disabled_at IS NULL";
    /// Takes a pending sign-in: one becomes one session at most.
    pub(crate) TAKE = "DELETE FROM pending_sign_ins WHERE id = $1 AND account_id = $2 AND expires_at > $3 \
        AND given_up = 0";
    /// Counts a wrong answer, and gives the person time for the next.
    pub(crate) COUNT_WRONG = "UPDATE pending_sign_ins SET wrong = wrong + 1, expires_at = $3 \
        WHERE id = $1 AND expires_at > $2 AND given_up = 0";
    /// Gives the person more time, within an hour of the password (WCAG 2.2.1).
    pub(crate) PROLONG = "UPDATE pending_sign_ins SET expires_at = $3 \
        WHERE id = $1 AND expires_at > $2 AND expires_at < $3 AND given_up = 0";
}

/// A pending sign-in, found by its token. It opens nothing.
#[derive(Debug)]
pub struct Pending {
    /// Which.
    pub id: PendingId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The address of the account, for the page to say who is signing in.
    pub email: String,
    /// The language that the account's owner chose.
    pub language: Option<String>,
    awaiting: AwaitingFactor,
    wrong: u32,
    /// The first pending sign-in of the same browser, which this one goes on from.
    follows: Option<String>,
}

/// A sign-in that has been finished and is durable.
pub struct SignedIn {
    /// Who signed in, and how.
    pub authenticated: Authenticated,
    /// The token of the new session.
    pub session: Token<token::Session>,
    /// The device and its token, if it is remembered.
    pub device: Option<(Token<token::Device>, TrustedDevice)>,
    /// How many recovery codes are left, where the person is to be told: one was used, or few are left.
    pub recovery_codes_left: Option<usize>,
    /// Whether the recovery codes are switched off, since an older backup was restored: the person is to be told.
    pub recovery_codes_doubted: bool,
}

impl Pending {
    /// Whose sign-in it is: the one account it can become a session of.
    pub fn account(&self) -> AccountId {
        self.awaiting.account()
    }
}

impl Store {
    /// Keeps a pending sign-in and returns its token.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has changed since its password was right; start again.
    pub async fn open_pending(
        &self,
        awaiting: &AwaitingFactor,
        account: &Account,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<token::Pending>, Refusal> {
        if awaiting.account() != account.id {
            return Err(Refusal::Gone(accounts::USABLE));
        }
        let token: Token<token::Pending> = Token::fresh(rng);
        let id = PendingId::fresh(visit.now, rng);
        let values = params![
            id.to_string(),
            awaiting.account().to_string(),
            token.hash().as_bytes(),
            awaiting.password_at().milliseconds(),
            (visit.now + self.policy.pending).milliseconds(),
            visit.browser.as_str(),
            visit.address.clone()
        ];
        let accepted = Event::plain(Kind::PasswordAccepted).by(Method::Password);
        let script = accounts::hold_as_it_was(account)
            .must(accounts::USABLE, KEEP, values)
            .then(unfinished::follow(&token.hash(), awaiting.before()))
            .then(events::append(account.id, &accepted, visit));
        self.database.write(script).await?;
        Ok(token)
    }

    /// The living pending sign-in of a token.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn pending(
        &self,
        token: &TokenHash<token::Pending>,
        now: Timestamp,
    ) -> Result<Option<Pending>, Unavailable> {
        let read = Read::new().select(BY_TOKEN, params![token.as_bytes(), now.milliseconds()]);
        let answers = self.database.read(read).await?;
        let pending = one(&answers, 0).map(pending_of).transpose()?;
        // One that ends later than any can was opened by a clock that has since stepped back.
        Ok(pending.filter(|pending| pending.expires_at <= now + MOST_PENDING))
    }

    /// Gives the person more time: opening a page of the second step again prolongs the pending sign-in,
    /// up to an hour after the password.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn prolong(&self, pending: &Pending, visit: &Visit) -> Result<(), Refusal> {
        let until = self.pending_until(pending, visit).milliseconds();
        let values = params![pending.id.to_string(), visit.now.milliseconds(), until];
        Ok(self.database.write(Script::new().may(PROLONG, values)).await.map(drop)?)
    }

    /// Finishes a sign-in: charges the attempt, spends the claim, takes the pending sign-in, opens the
    /// session, remembers the device and writes the events, in one script. A wrong answer is charged and
    /// counted, and nothing else happens.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn finish_sign_in(
        &self,
        pending: Pending,
        attempt: Attempt<Claim>,
        remember: impl Into<Remember>,
        lane: Lane,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<SignedIn, Refusal> {
        let (account, remember) = (pending.account(), remember.into());
        let (now, guess) = (visit.now, attempt.guess());
        let session: Token<token::Session> = Token::fresh(rng);
        let session_id = SessionId::fresh(now, rng);
        let token: Token<token::Device> = Token::fresh(rng);
        let device =
            TrustedDevice::expiry(&self.policy, now).filter(|_| remember.wanted()).map(|expires_at| {
                TrustedDevice { id: DeviceId::fresh(now, rng), account, remembered_at: now, expires_at }
            });
        let build = |claim: Option<&Claim>, begins_a_wait: bool| match claim {
            None => self.wrong_code(&pending, visit).then(wrong_answer(account, guess, begins_a_wait, visit)),
            Some(claim) => {
                let fresh = device.as_ref().map(|device| (device, token.hash()));
                let remembered = devices::remember(account, fresh, remember, visit);
                let terms = pending.awaiting.terms_with(claim);
                let take = params![pending.id.to_string(), account.to_string(), now.milliseconds()];
                accounts::hold(account)
                    .must(AWAITING, TAKE, take)
                    .then(unfinished::forget_before(account, pending.follows.as_deref()))
                    .then(claims::spend(account, claim, now.milliseconds()))
                    .then(sessions::open(session_id, account, &terms, &session.hash(), visit))
                    .then(sessions::tell(session_id, account, &terms, Some(claim), Span::ZERO, visit))
                    .then(remembered)
                    .then(events::append_use(claim, visit))
                    .then(recovery::count_left(account))
            }
        };
        let charged = self.charge(Subject::Factor(account), lane, pending.wrong, attempt, now, build);
        let (claim, written) = charged.await?;
        let used_one = claim.method() == FactorMethod::RecoveryCode;
        let left = written.row(0).map(|row| row.int(0)).transpose()?;
        let doubted = written.row(0).map(|row| row.int(1)).transpose()?.is_some_and(|sets| sets > 0);
        let authenticated =
            pending.awaiting.complete(claim.spent_by_the_store()).map_err(|_| Refusal::Gone(AWAITING))?;
        self.tally.signed_in(word_of(guess));
        Ok(SignedIn {
            authenticated,
            session,
            device: device.map(|device| (token, device)),
            recovery_codes_left: left
                .and_then(|left| usize::try_from(left).ok())
                .filter(|left| used_one || (!doubted && *left <= FEW_LEFT)),
            recovery_codes_doubted: doubted,
        })
    }

    /// When a pending sign-in ends that is touched now: later, but no later than an hour after its password.
    fn pending_until(&self, pending: &Pending, visit: &Visit) -> Timestamp {
        let last = pending.awaiting.password_at() + MOST_PENDING.max(self.policy.pending);
        (visit.now + self.policy.pending).min(last).max(pending.expires_at)
    }

    fn wrong_code(&self, pending: &Pending, visit: &Visit) -> Script {
        let id = pending.id.to_string();
        let until = self.pending_until(pending, visit).milliseconds();
        let count = params![id.as_str(), visit.now.milliseconds(), until];
        Script::new().must(AWAITING, COUNT_WRONG, count).then(unfinished::end_worn_out(&id, MOST_WRONG))
    }
}

fn pending_of(row: &Row) -> Result<Pending, Unavailable> {
    let account = id(row.text(1)?, AccountId::parse)?;
    let password_at = Timestamp::from_milliseconds(row.int(2)?);
    Ok(Pending {
        id: id(row.text(0)?, PendingId::parse)?,
        wrong: u32::try_from(row.int(3)?).unwrap_or(u32::MAX),
        expires_at: Timestamp::from_milliseconds(row.int(4)?),
        email: row.text(5)?.to_owned(),
        language: row.opt_text(6)?.map(str::to_owned),
        follows: row.opt_text(7)?.map(str::to_owned),
        awaiting: AwaitingFactor::kept_by_the_store(account, password_at),
    })
}

//! Guess budgets: no answer leaves before its attempt was accepted here, in the same script.

use countersign::{
    AccountId, DeviceId, Timestamp,
    attempt::{Attempt, Guess},
    budget::{Admitted, Budget, Limits},
    code::Digits,
    email::Email,
    event::{Event, Kind},
};
use sha2::{Digest as _, Sha256};

use crate::accounts::Account;
use crate::events;
use crate::keys::SEALING;
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script, Written};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// The condition under which another attempt was accepted first.
const RACED: &str = "budget";
/// How often an attempt that was raced is put to the budget again. Each round one of the racers gets
/// through, and the budget locks long before so many could.
const ROUNDS: usize = 64;

pub(crate) const CODES: &str = "code";
const TWO_CODES: &str = "two-codes";
const PASSWORDS: &str = "password";

statements! {
    /// One budget.
    pub(crate) BUDGET = "SELECT failures, level, level_at, next_at, version FROM guess_budgets \
        WHERE subject = $1 AND kind = $2 AND lane = $3";
    /// How many digits each authenticator of an account has: what the limits are computed from.
    pub(crate) DIGITS = "SELECT digits FROM authenticators WHERE account_id = $1";
    /// Accepts an attempt, if the budget is still the one that was read.
    pub(crate) ACCEPT = "INSERT INTO guess_budgets (subject, kind, lane, failures, level, level_at, next_at, version) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, CAST($8 AS BIGINT) + 1) \
        ON CONFLICT (subject, kind, lane) DO UPDATE SET failures = excluded.failures, level = excluded.level, \
        level_at = excluded.level_at, next_at = excluded.next_at, version = excluded.version \
        WHERE guess_budgets.version = $8";
    /// Accepts an attempt that leaves the budget as it is: nothing is spent, and nobody waits.
    pub(crate) ACCEPT_FREE = "SELECT CAST(1 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM guess_budgets \
        WHERE subject = $1 AND kind = $2 AND lane = $3 AND version <> $4)";
    /// Somebody proved himself another way: no failure in a row, no wait; what was spent stays spent.
    pub(crate) FORGIVE = "UPDATE guess_budgets SET failures = 0, next_at = 0, version = version + 1 \
        WHERE subject = $1 AND kind = $2 AND lane = $3";
    /// A new second factor begins without the failures of the one before; what was spent stays spent.
    pub(crate) BEGIN_ANEW = "UPDATE guess_budgets SET failures = 0, next_at = 0, version = version + 1 \
        WHERE subject = $1 AND kind <> 'password'";
    /// The waits of an account are over: those of its codes and those of the passwords typed for its address.
    pub(crate) UNLOCK = "UPDATE guess_budgets SET failures = 0, next_at = 0, version = version + 1 \
        WHERE subject = $1 OR (subject = $2 AND kind = 'password')";
}

/// Whose guesses are counted together: everybody's, or those of one trusted device alone, so that
/// strangers who know the password cannot lock its owner out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    /// All browsers that are nobody's trusted device.
    #[default]
    Everybody,
    /// One trusted device of this account.
    Device(DeviceId),
}

impl Lane {
    fn key(self) -> String {
        match self {
            Self::Everybody => String::new(),
            Self::Device(id) => id.to_string(),
        }
    }
}

/// What an attempt is charged to.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// The second factor of an account.
    Factor(AccountId),
    /// The password of whoever has this address.
    Password(&'a str),
}

/// What an attempt is counted under.
#[derive(Clone)]
pub(crate) struct Count {
    subject: String,
    kind: &'static str,
    lane: String,
    guess: Guess,
}

/// A budget as it was read, and what it is decided by.
#[derive(Clone)]
pub(crate) struct Counter {
    of: Count,
    limits: Limits,
    budget: Budget,
    version: i64,
}

impl Store {
    /// Puts an attempt to the budget: runs the script that `build` makes for its answer, with the charge
    /// as its first statement, and again with fresh numbers when another attempt was accepted first.
    ///
    /// `own` is how many wrong answers the same sign-in gave before: they are given back if this is right.
    /// `build` gets the answer, and whether this failure begins a wait.
    pub(crate) async fn charge<T, F>(
        &self,
        subject: Subject<'_>,
        lane: Lane,
        own: u32,
        attempt: Attempt<T>,
        now: Timestamp,
        build: F,
    ) -> Result<(T, Written), Refusal>
    where
        F: FnMut(Option<&T>, bool) -> Script + Send,
        T: Send + Sync,
    {
        let counter = self.counter(Count::of(subject, lane, attempt.guess())).await?;
        self.charge_to(counter, own, attempt, now, build).await
    }

    /// The same where the budget was read together with something else.
    pub(crate) async fn charge_to<T, F>(
        &self,
        counter: Counter,
        own: u32,
        attempt: Attempt<T>,
        now: Timestamp,
        build: F,
    ) -> Result<(T, Written), Refusal>
    where
        F: FnMut(Option<&T>, bool) -> Script + Send,
        T: Send + Sync,
    {
        let guess = attempt.guess();
        let outcome = self.put_to_the_budget(counter, own, attempt, now, build).await;
        self.tally.tried(guess, &outcome);
        outcome
    }

    async fn put_to_the_budget<T, F>(
        &self,
        mut counter: Counter,
        own: u32,
        attempt: Attempt<T>,
        now: Timestamp,
        mut build: F,
    ) -> Result<(T, Written), Refusal>
    where
        F: FnMut(Option<&T>, bool) -> Script + Send,
        T: Send + Sync,
    {
        for _ in 0..ROUNDS {
            let admitted = counter.admit(now).map_err(Refusal::Locked)?;
            let right = attempt.peek_for_the_script().ok();
            let after = if right.is_some() { admitted.if_right(own) } else { admitted.if_wrong() };
            let mut script = counter.accept(&after);
            if right.is_some() && counter.of.kind == TWO_CODES {
                let Count { subject, lane, .. } = &counter.of;
                script = script.may(FORGIVE, params![subject.as_str(), CODES, lane.as_str()]);
            }
            let begins_a_wait = right.is_none() && admitted.begins_a_wait();
            match self.database.write(script.then(build(right, begins_a_wait))).await {
                Err(Failed::Refused { at: RACED }) => {}
                // What the script writes is sealed again, with the key that took over.
                Err(Failed::Refused { at: SEALING }) => self.read_keys_again().await?,
                Err(failed) => return Err(failed.into()),
                Ok(written) => {
                    let answer = attempt.open_after_the_budget_accepted().map_err(Refusal::Wrong)?;
                    return Ok((answer, written));
                }
            }
            counter = self.counter(counter.of).await?;
        }
        Err(Unavailable::Busy.into())
    }

    /// Ends the waits of an account: an administrator knows that it is its owner who waits. What guessers have
    /// spent of the year stays spent.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn unlock_account(&self, account: &Account, visit: &Visit) -> Result<(), Refusal> {
        let script = Script::new()
            .may(UNLOCK, params![account.id.to_string(), Email::key_of(&account.email)])
            .then(events::append(account.id, &Event::plain(Kind::Unlocked), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Whether the next attempt of this kind is allowed at `now`, and when if not.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn locked(
        &self,
        account: AccountId,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Option<countersign::budget::Locked>, Unavailable> {
        let counter = self.counter(Count::of(Subject::Factor(account), lane, Guess::Code)).await?;
        Ok(counter.budget.locked(&counter.limits, now))
    }

    /// Whether no password for this address is looked at now, and until when. Whoever asks is turned away without one,
    /// and counted as somebody who was locked out.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn password_locked(
        &self,
        email_key: &str,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Option<countersign::budget::Locked>, Unavailable> {
        let counter = self.counter(Count::of(Subject::Password(email_key), lane, Guess::Password)).await?;
        let locked = counter.budget.locked(&counter.limits, now);
        if let Some(locked) = locked {
            self.tally.tried(Guess::Password, &Err::<(), _>(Refusal::Locked(locked)));
        }
        Ok(locked)
    }

    async fn counter(&self, of: Count) -> Result<Counter, Unavailable> {
        let answers = self.database.read(of.asked(Read::new())).await?;
        self.counter_in(of, &answers)
    }

    /// The budget in the last two of these answers, as [`Count::asked`] asked for it.
    pub(crate) fn counter_in(&self, of: Count, answers: &[Vec<Row>]) -> Result<Counter, Unavailable> {
        let (rows, digits) = match answers {
            [.., rows, digits] => (rows.as_slice(), digits.as_slice()),
            _ => (&[][..], &[][..]),
        };
        let budget = rows.first().map(|row| budget_of(row, 0)).transpose()?;
        let digits = digits.iter().map(digits_of).collect::<Result<Vec<_>, _>>()?;
        Ok(self.counter_of(of, budget, digits))
    }

    /// The budget as it was read, if there is one yet, of an account whose authenticators have so many digits.
    pub(crate) fn counter_of(
        &self,
        of: Count,
        budget: Option<(Budget, i64)>,
        digits: Vec<Digits>,
    ) -> Counter {
        let (budget, version) = budget.unwrap_or((Budget::FRESH, 0));
        let p = self.policy.guess_probability;
        let limits = match of.kind {
            PASSWORDS => Limits::for_passwords(),
            TWO_CODES => Limits::for_two_codes(p, digits),
            _ => Limits::for_codes(p, digits),
        };
        Counter { of, limits, budget, version }
    }
}

impl Count {
    pub(crate) fn of(subject: Subject<'_>, lane: Lane, guess: Guess) -> Self {
        let (subject, kind) = match (subject, guess) {
            (Subject::Password(email_key), _) => (subject_of(email_key), PASSWORDS),
            (Subject::Factor(account), Guess::TwoCodes) => (account.to_string(), TWO_CODES),
            (Subject::Factor(account), _) => (account.to_string(), CODES),
        };
        Self { subject, kind, lane: lane.key(), guess }
    }

    /// Asks for its budget, after whatever else is asked.
    pub(crate) fn asked(&self, read: Read) -> Read {
        read.select(BUDGET, params![self.subject.as_str(), self.kind, self.lane.as_str()])
            .select(DIGITS, params![self.subject.as_str()])
    }
}

/// What wrong passwords are counted under: the key of an address, or a short digest of what cannot be one. Anybody may
/// type anything.
fn subject_of(email_key: &str) -> String {
    if Email::parse(email_key).is_ok() {
        return email_key.to_owned();
    }
    let digest = Sha256::digest(email_key.as_bytes());
    digest.iter().take(16).fold("no address ".to_owned(), |subject, byte| subject + &format!("{byte:02x}"))
}

impl Counter {
    fn admit(&self, now: Timestamp) -> Result<Admitted, countersign::budget::Locked> {
        match self.of.guess {
            Guess::RecoveryCode => Ok(self.budget.admit_recovery(&self.limits, now)),
            _ => self.budget.admit(&self.limits, now),
        }
    }

    /// Whether there is nothing to write down.
    fn is_left_by(&self, after: &Budget) -> bool {
        self.budget.is_spotless() && after.is_spotless()
    }

    fn accept(&self, after: &Budget) -> Script {
        let Count { subject, kind, lane, .. } = &self.of;
        let mut values = params![subject.as_str(), *kind, lane.as_str()];
        if self.is_left_by(after) {
            values.extend(params![self.version]);
            return Script::new().must_find(RACED, ACCEPT_FREE, values);
        }
        let level = i64::try_from(after.level).unwrap_or(i64::MAX);
        values.extend(params![
            after.failures,
            level,
            after.level_at.milliseconds(),
            after.next_at.milliseconds(),
            self.version
        ]);
        Script::new().must(RACED, ACCEPT, values)
    }
}

/// A budget and its version, in five columns from `first` on.
pub(crate) fn budget_of(row: &Row, first: usize) -> Result<(Budget, i64), Unavailable> {
    let column = |nth: usize| row.int(first.saturating_add(nth));
    let budget = Budget {
        failures: u32::try_from(column(0)?).unwrap_or(u32::MAX),
        level: u64::try_from(column(1)?).unwrap_or(u64::MAX),
        level_at: Timestamp::from_milliseconds(column(2)?),
        next_at: Timestamp::from_milliseconds(column(3)?),
    };
    Ok((budget, column(4)?))
}

pub(crate) fn digits_of(row: &Row) -> Result<Digits, Unavailable> {
    u8::try_from(row.int(0)?)
        .ok()
        .and_then(Digits::new)
        .ok_or_else(|| Unavailable::Corrupt { reason: "an authenticator's digits".to_owned() })
}

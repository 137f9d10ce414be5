//! The second factors of one account, opened for one check.

use crate::{
    AccountId, Attempt, Claim, Timestamp,
    attempt::{Guess, Wrong},
    claim::{FactorMethod, OnceOnly},
    code::{Code, Digits, NotACode},
    password::Memory,
    recovery::{Found, RecoveryCode, RecoverySet},
    totp::Authenticator,
};

/// What an account can show as its second factor. The account is the one the store read it for: a
/// check has no parameter that could name another.
///
/// On with zero usable authenticators refuses: there is nothing that any code could match.
pub struct Factors {
    /// Whose.
    pub account: AccountId,
    /// Its authenticators.
    pub authenticators: Vec<Authenticator>,
}

/// Its recovery codes: the present set, and the one before, which only explains a refusal.
pub struct RecoverySets {
    /// Whose.
    pub account: AccountId,
    /// The codes that count.
    pub present: Option<RecoverySet>,
    /// In their place the codes that are switched off, since an older backup was restored and nobody knows which
    /// of them are spent: they only explain a refusal, too.
    pub doubted: Option<RecoverySet>,
    /// The codes that counted before.
    pub replaced: Option<RecoverySet>,
}

impl Factors {
    /// Reads what was typed as a code of one of the authenticators.
    ///
    /// # Errors
    /// [`NotACode`]: it cannot be a code; no guess was made.
    pub fn read(&self, text: &str) -> Result<Code, NotACode> {
        let mut lengths = self.lengths();
        let first = Code::parse(text, lengths.next().unwrap_or(Digits::SIX));
        lengths.find_map(|digits| Code::parse(text, digits).ok()).map_or(first, Ok)
    }

    /// Checks a code against every authenticator.
    pub fn check(&self, code: Code, now: Timestamp) -> Attempt<Claim> {
        let mut answer = Err(Wrong::Code);
        for authenticator in &self.authenticators {
            match authenticator.check(code, now) {
                Some(Ok(step)) => {
                    let fact = OnceOnly::Step { authenticator: authenticator.id, step };
                    answer = Ok(self.claim(fact, FactorMethod::Code, now));
                }
                Some(Err(_)) if answer.is_err() => answer = Err(Wrong::SpentCode),
                _ => {}
            }
        }
        Attempt::sealed(Guess::Code, answer)
    }

    /// Checks two consecutive codes of one authenticator: the way in for somebody who is locked out.
    pub fn check_two(&self, code: Code, next: Code, now: Timestamp) -> Attempt<Claim> {
        let mut answer = Err(Wrong::TwoCodes);
        for authenticator in &self.authenticators {
            if let Some(last) = authenticator.check_two(code, next, now) {
                let fact = OnceOnly::TwoSteps { authenticator: authenticator.id, last };
                answer = Ok(self.claim(fact, FactorMethod::TwoCodes, now));
            }
        }
        Attempt::sealed(Guess::TwoCodes, answer)
    }

    fn lengths(&self) -> impl Iterator<Item = Digits> {
        self.authenticators.iter().map(|authenticator| authenticator.parameters.digits())
    }

    fn claim(&self, fact: OnceOnly, method: FactorMethod, at: Timestamp) -> Claim {
        Claim { account: self.account, fact, method, at }
    }
}

impl RecoverySets {
    /// Checks a recovery code: one Argon2id hash, and a second one where the first finds nothing.
    pub fn check(&self, code: &RecoveryCode, now: Timestamp, memory: &mut Memory) -> Attempt<Claim> {
        let found = self
            .present
            .as_ref()
            .map_or((Found::Nothing, None), |set| (set.find(code, memory), Some(set.id)));
        let answer = match found {
            (Found::Unspent(hash), Some(set)) => {
                let fact = OnceOnly::RecoveryCode { set, hash };
                Ok(Claim { account: self.account, fact, method: FactorMethod::RecoveryCode, at: now })
            }
            (Found::Spent(when), _) => Err(Wrong::UsedRecoveryCode(when)),
            _ => Err(self.explain(code, memory)),
        };
        Attempt::sealed(Guess::RecoveryCode, answer)
    }

    /// What a code is that is none of those that count.
    fn explain(&self, code: &RecoveryCode, memory: &mut Memory) -> Wrong {
        let mut is_of = |set: &Option<RecoverySet>| {
            let found = set.as_ref().map(|set| set.find(code, memory));
            matches!(found, Some(Found::Unspent(_) | Found::Spent(_)))
        };
        match (is_of(&self.doubted), is_of(&self.replaced)) {
            (true, _) => Wrong::DoubtedRecoveryCode,
            (false, true) => Wrong::ReplacedRecoveryCode,
            (false, false) => Wrong::RecoveryCode,
        }
    }

    /// How many codes are left.
    pub fn left(&self) -> usize {
        self.present.as_ref().map_or(0, RecoverySet::left)
    }
}

#[cfg(test)]
#[path = "factors_tests.rs"]
mod tests;

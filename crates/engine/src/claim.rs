//! A claim is a right answer that has not been spent yet; a proof is one that has.

use crate::{AccountId, AuthenticatorId, RecoverySetId, Timestamp, totp::Step};

/// The once-only fact behind a right answer: exactly what the store has to spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnceOnly {
    /// A time step of an authenticator, and all below it.
    Step {
        /// Whose step.
        authenticator: AuthenticatorId,
        /// Which step.
        step: Step,
    },
    /// Two time steps in a row of an authenticator, and all below them: neither may have been spent.
    TwoSteps {
        /// Whose steps.
        authenticator: AuthenticatorId,
        /// The second of them.
        last: Step,
    },
    /// One recovery code.
    RecoveryCode {
        /// Of which set.
        set: RecoverySetId,
        /// Its hash in that set.
        hash: [u8; 32],
    },
}

/// How the second factor was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorMethod {
    /// A code of an authenticator.
    Code,
    /// Two consecutive codes, by somebody who was locked out.
    TwoCodes,
    /// A recovery code.
    RecoveryCode,
}

/// A right answer that has not been spent yet.
#[derive(Debug)]
pub struct Claim {
    pub(crate) account: AccountId,
    pub(crate) fact: OnceOnly,
    pub(crate) method: FactorMethod,
    pub(crate) at: Timestamp,
}

impl Claim {
    /// Whose it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// What is to be spent.
    pub fn fact(&self) -> OnceOnly {
        self.fact
    }

    /// How it was shown.
    pub fn method(&self) -> FactorMethod {
        self.method
    }

    /// Turns the claim into a proof.
    ///
    /// Danger: only a store calls this, after its conditional statement has changed the row and the
    /// commit is durable. A claim that somebody else has spent first is a refusal, not a proof.
    pub fn spent_by_the_store(self) -> FactorProof {
        FactorProof { account: self.account, method: self.method, at: self.at }
    }
}

/// A claim that the store has spent: the second factor was shown, once, at this moment.
#[derive(Debug)]
pub struct FactorProof {
    pub(crate) account: AccountId,
    pub(crate) method: FactorMethod,
    pub(crate) at: Timestamp,
}

impl FactorProof {
    /// Whose it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// How it was shown.
    pub fn method(&self) -> FactorMethod {
        self.method
    }
}

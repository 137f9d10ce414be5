//! Signing in: from a right password to an [`Authenticated`], and nothing in between opens anything.

use crate::{
    AccountId, Claim, DeviceId, Timestamp,
    claim::{FactorMethod, FactorProof},
    device::TrustedDevice,
    password::PasswordProof,
    policy::{Policy, Required},
    token::{self, TokenHash},
};

/// What follows a right password.
#[derive(Debug)]
pub enum Next {
    /// Nothing more: 2FA is off, or this browser is a trusted device of this very account.
    SignedIn(Authenticated),
    /// 2FA is on: a code.
    NeedsFactor(AwaitingFactor),
    /// The policy requires 2FA and the account has none: turning it on.
    MustEnrol(MustEnrol),
    /// The same after an administrator's reset: the password alone does not lead to a new second factor.
    NeedsLink(NeedsLink),
}

/// Whether an account has 2FA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoFactor {
    /// It is on.
    On,
    /// It is off: its owner never turned it on, or turned it off.
    Off,
    /// It is off because an administrator has reset it. Whoever knew the password may be why.
    Reset,
}

/// The password was right and 2FA is on. It opens nothing; one of it becomes one session at most.
#[derive(Debug)]
pub struct AwaitingFactor {
    account: AccountId,
    password_at: Timestamp,
    before: Option<TokenHash<token::Pending>>,
}

/// The password was right, the policy requires 2FA, and it is off: good for turning it on alone.
#[derive(Debug)]
pub struct MustEnrol {
    account: AccountId,
    password_at: Timestamp,
}

/// The password was right, the policy requires 2FA, and an administrator has reset it: good for nothing without the
/// link that the administrator has given to the owner.
#[derive(Debug)]
pub struct NeedsLink {
    account: AccountId,
    password_at: Timestamp,
}

/// A finished sign-in. Only proofs make one, and only one of these opens a session.
#[derive(Debug)]
pub struct Authenticated {
    account: AccountId,
    terms: Terms,
    before: Option<TokenHash<token::Pending>>,
}

/// What a session records of the sign-in that opened it. A record and no permit: it opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// By which methods.
    pub methods: Methods,
    /// When the password was right.
    pub password_at: Timestamp,
    /// When the second factor was shown, if it was.
    pub factor_at: Option<Timestamp>,
    /// The trusted device that stood for the second factor, if one did.
    pub device: Option<DeviceId>,
}

/// Which methods a session passed, in the words of RFC 8176.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// The password alone: 2FA was off.
    Password,
    /// The password on a trusted device: the password alone, as far as assurance goes.
    PasswordOnTrustedDevice,
    /// The password and a code.
    PasswordAndCode,
    /// The password and a recovery code.
    PasswordAndRecoveryCode,
}

impl Methods {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Password, Self::PasswordOnTrustedDevice, Self::PasswordAndCode, Self::PasswordAndRecoveryCode];

    /// The `amr` of RFC 8176.
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password | Self::PasswordOnTrustedDevice => &["pwd"],
            Self::PasswordAndCode => &["pwd", "otp", "mfa"],
            Self::PasswordAndRecoveryCode => &["pwd", "mfa"],
        }
    }

    /// The word the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordOnTrustedDevice => "password+trusted-device",
            Self::PasswordAndCode => "password+code",
            Self::PasswordAndRecoveryCode => "password+recovery-code",
        }
    }

    /// Reads [`Methods::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|methods| methods.word() == word)
    }

    /// The password, and a second factor that was shown by this method.
    pub const fn with(factor: FactorMethod) -> Self {
        match factor {
            FactorMethod::Code | FactorMethod::TwoCodes => Self::PasswordAndCode,
            FactorMethod::RecoveryCode => Self::PasswordAndRecoveryCode,
        }
    }
}

/// The proof is of another account than the pending sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof belongs to another account")]
pub struct NotYours;

/// Decides what follows a right password. `device` is the trusted device whose token the browser sent.
pub fn after_password(
    policy: &Policy,
    proof: &PasswordProof,
    two_factor: TwoFactor,
    device: Option<&TrustedDevice>,
    now: Timestamp,
) -> Next {
    let account = proof.account;
    let password_at = proof.at;
    let alone = |methods, device| {
        Next::SignedIn(Authenticated {
            account,
            terms: Terms { methods, password_at, factor_at: None, device },
            before: None,
        })
    };
    match (two_factor, policy.required) {
        (TwoFactor::On, _) => match device.filter(|device| device.stands_for(account, policy, now)) {
            Some(device) => alone(Methods::PasswordOnTrustedDevice, Some(device.id)),
            None => Next::NeedsFactor(AwaitingFactor { account, password_at, before: None }),
        },
        (TwoFactor::Off, Required::OfEverybody) => Next::MustEnrol(MustEnrol { account, password_at }),
        (TwoFactor::Reset, Required::OfEverybody) => Next::NeedsLink(NeedsLink { account, password_at }),
        (TwoFactor::Off | TwoFactor::Reset, Required::OfNobody) => alone(Methods::Password, None),
    }
}

impl AwaitingFactor {
    /// Whose sign-in it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// When the password was right.
    pub fn password_at(&self) -> Timestamp {
        self.password_at
    }

    /// Takes back the pending sign-in that a store kept between two requests.
    ///
    /// Danger: only a store calls this, for a row that one of these was written to, found by its token.
    pub fn kept_by_the_store(account: AccountId, password_at: Timestamp) -> Self {
        Self { account, password_at, before: None }
    }

    /// The same, in a browser that gave the sign-in of this token up before: its owner need not be told of that one.
    #[must_use]
    pub fn going_on_from(self, before: Option<TokenHash<token::Pending>>) -> Self {
        Self { before, ..self }
    }

    /// What its browser gave up before.
    pub fn before(&self) -> Option<TokenHash<token::Pending>> {
        self.before
    }

    /// Completes the sign-in.
    ///
    /// # Errors
    /// [`NotYours`]: the proof is of another account.
    #[expect(clippy::needless_pass_by_value, reason = "a proof is consumed: it opens one session")]
    pub fn complete(self, proof: FactorProof) -> Result<Authenticated, NotYours> {
        if proof.account != self.account {
            return Err(NotYours);
        }
        let terms = self.terms(proof.method, proof.at);
        Ok(Authenticated { account: self.account, terms, before: self.before })
    }

    /// What the session will record if the store spends this claim: it writes both in one script.
    pub fn terms_with(&self, claim: &Claim) -> Terms {
        self.terms(claim.method, claim.at)
    }

    fn terms(&self, method: FactorMethod, at: Timestamp) -> Terms {
        let methods = Methods::with(method);
        Terms { methods, password_at: self.password_at, factor_at: Some(at), device: None }
    }
}

impl MustEnrol {
    /// Whose sign-in it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The sign-in for turning 2FA on. What its session may do is decided at every request, by
    /// [`Standing::must_enrol`](crate::step_up::Standing::must_enrol), so that a policy made stricter holds
    /// for sessions of before, too.
    pub fn to_turn_on(self) -> Authenticated {
        Authenticated::with_the_password_alone(self.account, self.password_at)
    }
}

impl NeedsLink {
    /// Whose sign-in it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The sign-in for turning 2FA on, as that of [`MustEnrol`].
    ///
    /// Danger: only a store calls this, for the script that spends the link, and hands it out when that is durable.
    pub fn to_turn_on_with_the_link(self) -> Authenticated {
        Authenticated::with_the_password_alone(self.account, self.password_at)
    }
}

impl Authenticated {
    const fn with_the_password_alone(account: AccountId, password_at: Timestamp) -> Self {
        let terms = Terms { methods: Methods::Password, password_at, factor_at: None, device: None };
        Self { account, terms, before: None }
    }

    /// The same, in a browser that gave the sign-in of this token up before: its owner need not be told of that one.
    #[must_use]
    pub fn going_on_from(self, before: Option<TokenHash<token::Pending>>) -> Self {
        Self { before, ..self }
    }

    /// What its browser gave up before.
    pub fn before(&self) -> Option<TokenHash<token::Pending>> {
        self.before
    }

    /// Who signed in.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// What its session records.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
}

#[cfg(test)]
#[path = "sign_in_tests.rs"]
mod tests;

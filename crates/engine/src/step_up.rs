//! Step-up: what is asked again before a factor changes (OWASP ASVS 7.5.1).

use crate::{
    AccountId, Attempt, Claim, SessionId, Span, Timestamp,
    event::Method,
    password::PasswordProof,
    policy::{Policy, Required},
    token::{self, TokenHash},
};

/// For how long a session's second factor counts as just shown.
pub const FRESH: Span = Span::minutes(15);

/// What a session knows of its second factor.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Which session.
    pub session: SessionId,
    /// Whose session.
    pub account: AccountId,
    /// Whether 2FA is on.
    pub two_factor_on: bool,
    /// Whether the account's address has been confirmed.
    pub address_confirmed: bool,
    /// When this session's second factor was shown; `None`: never.
    pub factor_at: Option<Timestamp>,
}

impl Standing {
    /// Whether the session is good for turning 2FA on alone: the policy requires it, and it is off.
    pub fn must_enrol(&self, policy: &Policy) -> bool {
        policy.required == Required::OfEverybody && !self.two_factor_on
    }

    /// Whether the address has to be confirmed before 2FA can be turned on: nobody should find out that
    /// their address is wrong on the day they need it. What is on stays on.
    pub fn must_confirm_address(&self, policy: &Policy) -> bool {
        policy.address_first && !self.two_factor_on && !self.address_confirmed
    }

    /// Whether a code or recovery code is asked besides the password: the session's second factor is
    /// older than fifteen minutes, or it never had one, as on a trusted device.
    pub fn needs_factor(&self, now: Timestamp) -> bool {
        self.two_factor_on && !is_fresh(self.factor_at, now)
    }
}

/// Whether a second factor that was shown at this moment counts as just shown. One that lies in the future was shown
/// under another clock: it does not.
pub(crate) fn is_fresh(factor_at: Option<Timestamp>, now: Timestamp) -> bool {
    factor_at.is_some_and(|at| at <= now && now < at + FRESH)
}

/// The person said again who they are. The second factor, where one was needed, is checked and still
/// to be spent: the store spends it in the same script as what it is for.
pub struct Confirmation {
    session: SessionId,
    account: AccountId,
    factor: Option<Attempt<Claim>>,
    renewed: Option<TokenHash<token::Session>>,
}

/// Why there is no confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unconfirmed {
    /// A code or recovery code is needed too.
    #[error("a code is needed too")]
    NeedsFactor,
    /// The password is another account's.
    #[error("the password belongs to another account")]
    NotYours,
}

impl Confirmation {
    /// Confirms with a password and, where [`Standing::needs_factor`] says so, a code or recovery code.
    ///
    /// # Errors
    /// [`Unconfirmed`].
    pub fn new(
        standing: &Standing,
        password: &PasswordProof,
        factor: Option<Attempt<Claim>>,
        now: Timestamp,
    ) -> Result<Self, Unconfirmed> {
        if password.account() != standing.account {
            return Err(Unconfirmed::NotYours);
        }
        if factor.is_none() && standing.needs_factor(now) {
            return Err(Unconfirmed::NeedsFactor);
        }
        Ok(Self { session: standing.session, account: standing.account, factor, renewed: None })
    }

    /// The same, and the session answers to this new token alone once what was confirmed has happened: a copy
    /// of the old one dies with what it could have been stolen for (OWASP ASVS 7.2.4).
    #[must_use]
    pub fn renewing(self, token: TokenHash<token::Session>) -> Self {
        Self { renewed: Some(token), ..self }
    }

    /// The token that the session is to answer to from then on.
    pub fn renewed(&self) -> Option<TokenHash<token::Session>> {
        self.renewed
    }

    /// Whose it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// In which session: it has to live still when what was confirmed happens.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// By which method it was given, for the log.
    pub fn method(&self) -> Method {
        Method::of_confirmation(self.factor.as_ref().map(Attempt::guess))
    }

    /// The second factor that the store has to spend; `None` where the session's own was fresh.
    pub fn into_factor(self) -> Option<Attempt<Claim>> {
        self.factor
    }
}

/// Leave to show a QR code.
pub struct MayEnrol(Confirmation);

impl MayEnrol {
    /// Leave without a password, where 2FA is off and the policy does not ask for the password first.
    pub fn without_password(standing: &Standing, policy: &Policy) -> Option<Self> {
        let free = !policy.password_first && !standing.two_factor_on;
        free.then_some(Self(Confirmation {
            session: standing.session,
            account: standing.account,
            factor: None,
            renewed: None,
        }))
    }

    /// The confirmation inside.
    pub fn into_confirmation(self) -> Confirmation {
        self.0
    }
}

impl From<Confirmation> for MayEnrol {
    fn from(confirmation: Confirmation) -> Self {
        Self(confirmation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Guess, Wrong};
    use rand::{SeedableRng, rngs::StdRng};

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn standing(two_factor_on: bool, factor_at: Option<Timestamp>) -> Standing {
        let mut rng = StdRng::seed_from_u64(1);
        let (account, session) = (AccountId::fresh(NOW, &mut rng), SessionId::fresh(NOW, &mut rng));
        Standing { session, account, two_factor_on, address_confirmed: false, factor_at }
    }

    #[test]
    fn a_code_is_asked_again_after_fifteen_minutes_and_of_a_remembered_device_always() {
        assert!(!standing(false, None).needs_factor(NOW));
        assert!(standing(true, None).needs_factor(NOW));
        assert!(!standing(true, Some(NOW)).needs_factor(NOW));
        assert!(!standing(true, Some(NOW - FRESH + Span::milliseconds(1))).needs_factor(NOW));
        assert!(standing(true, Some(NOW - FRESH)).needs_factor(NOW));
        assert!(standing(true, Some(NOW + Span::milliseconds(1))).needs_factor(NOW));
    }

    #[test]
    fn a13_where_2fa_is_required_a_session_without_it_is_good_for_turning_it_on_alone() {
        let strict = Policy { required: Required::OfEverybody, ..Policy::default() };
        assert!(standing(false, None).must_enrol(&strict));
        assert!(!standing(true, None).must_enrol(&strict));
        assert!(!standing(false, None).must_enrol(&Policy::default()));
    }

    #[test]
    fn an_address_is_asked_for_where_mail_is_sent_before_2fa_is_on_and_never_afterwards() {
        let mailing = Policy { address_first: true, ..Policy::default() };
        assert!(standing(false, None).must_confirm_address(&mailing));
        assert!(!standing(false, None).must_confirm_address(&Policy::default()));
        assert!(!standing(true, None).must_confirm_address(&mailing), "existing 2FA is never touched");
        let confirmed = Standing { address_confirmed: true, ..standing(false, None) };
        assert!(!confirmed.must_confirm_address(&mailing));
    }

    #[test]
    fn d2_without_the_password_and_the_code_it_needs_there_is_no_confirmation() {
        let stale = standing(true, None);
        let own = PasswordProof { account: stale.account, at: NOW, renewal: None };
        let others = PasswordProof {
            account: AccountId::fresh(NOW, &mut StdRng::seed_from_u64(2)),
            at: NOW,
            renewal: None,
        };
        assert_eq!(Confirmation::new(&stale, &own, None, NOW).err(), Some(Unconfirmed::NeedsFactor));
        assert_eq!(Confirmation::new(&stale, &others, None, NOW).err(), Some(Unconfirmed::NotYours));
        let attempt = Attempt::sealed(Guess::Code, Err(Wrong::Code));
        let confirmation = Confirmation::new(&stale, &own, Some(attempt), NOW).unwrap();
        assert_eq!(confirmation.account(), stale.account);
        assert_eq!(confirmation.session(), stale.session);
        assert_eq!(confirmation.method(), Method::PasswordAndCode);
        assert!(confirmation.into_factor().is_some(), "a wrong code is the store's to refuse and to charge");
        assert!(Confirmation::new(&standing(true, Some(NOW)), &own, None, NOW).is_ok());
    }

    #[test]
    fn a_confirmation_says_which_token_the_session_gets_once_it_has_happened() {
        let standing = standing(false, None);
        let own = PasswordProof { account: standing.account, at: NOW, renewal: None };
        let confirmation = Confirmation::new(&standing, &own, None, NOW).unwrap();
        assert_eq!(confirmation.renewed(), None);
        let token = token::Token::fresh(&mut StdRng::seed_from_u64(3)).hash();
        assert_eq!(confirmation.renewing(token).renewed(), Some(token));
    }

    #[test]
    fn only_a_policy_without_password_first_lets_2fa_be_turned_on_without_it() {
        let free = Policy { password_first: false, ..Policy::default() };
        assert!(MayEnrol::without_password(&standing(false, None), &free).is_some());
        assert!(MayEnrol::without_password(&standing(false, None), &Policy::default()).is_none());
        assert!(MayEnrol::without_password(&standing(true, Some(NOW)), &free).is_none());
    }
}

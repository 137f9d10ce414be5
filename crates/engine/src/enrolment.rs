//! An enrolment: an authenticator that is offered and not yet proven by a code.
//!
//! It expires, it belongs to the session that started it (or to the application, for an account of its own), and it
//! never touches an authenticator in use.

use crate::{
    AccountId, AuthenticatorId, EnrolmentId, SessionId, Timestamp,
    code::{Code, Digits, NotACode},
    explain::{Explanation, Offered, explain},
    token::{self, TokenHash},
    totp::{Authenticator, Parameters, SharedSecret, Step},
};

/// How many authenticators an account may have: each one more makes a guess likelier to be right.
pub const MOST_AUTHENTICATORS: usize = 5;

/// An enrolment, opened for one look or one check.
pub struct Enrolment {
    /// Which.
    pub id: EnrolmentId,
    /// Whose.
    pub account: AccountId,
    /// The session that started it: it means nothing to any other. `None`: the application whose account it is.
    pub session: Option<SessionId>,
    /// The id that the authenticator will have.
    pub authenticator: AuthenticatorId,
    /// The secret in the QR code.
    pub secret: SharedSecret,
    /// Its parameters.
    pub parameters: Parameters,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The secrets of QR codes that this session was shown before: only to explain.
    pub earlier: Vec<SharedSecret>,
}

/// A right code for an enrolment, not yet spent: what the store needs to turn 2FA on or to add an
/// authenticator.
#[derive(Debug)]
pub struct Proven {
    account: AccountId,
    session: Option<SessionId>,
    enrolment: EnrolmentId,
    step: Step,
    renewed: Option<TokenHash<token::Session>>,
}

/// Why an enrolment is not proven. It says so in English, to the person who typed the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// What was typed cannot be a code.
    #[error(transparent)]
    NotACode(NotACode),
    /// It is a code, and not of this QR code at this moment.
    #[error(transparent)]
    Wrong(Explanation),
}

impl Enrolment {
    /// Checks the code that is to prove the enrolment. The step it belongs to is spent with it.
    ///
    /// # Errors
    /// [`Unproven`], with an explanation.
    pub fn prove(&self, typed: &str, now: Timestamp) -> Result<Proven, Unproven> {
        let code = match Code::parse(typed, self.parameters.digits()) {
            Ok(code) => code,
            // An app set to another length is explained rather than told to count.
            Err(refusal) => {
                let explained = Code::parse(typed, Digits::EIGHT).map(|code| self.explain(code, now));
                return Err(match explained {
                    Ok(Explanation::Unknown) | Err(_) => Unproven::NotACode(refusal),
                    Ok(explanation) => Unproven::Wrong(explanation),
                });
            }
        };
        let present = self.parameters.step(now);
        let (first, last) = (present.plus(-1), present.plus(1));
        match self.secret.matching(&self.parameters, code, first, last) {
            Some(step) => {
                let Self { account, session, id: enrolment, .. } = *self;
                Ok(Proven { account, session, enrolment, step, renewed: None })
            }
            None => Err(Unproven::Wrong(self.explain(code, now))),
        }
    }

    fn explain(&self, code: Code, now: Timestamp) -> Explanation {
        explain(
            &Offered { secret: &self.secret, parameters: self.parameters, earlier: &self.earlier },
            code,
            now,
        )
    }

    /// The authenticator it becomes, with the proving step spent.
    pub fn into_authenticator(self, proven: &Proven) -> Authenticator {
        let Self { authenticator: id, secret, parameters, .. } = self;
        Authenticator { id, secret, parameters, last_step: proven.step }
    }
}

impl Proven {
    /// The same, and where the session stays it answers to this new token alone once 2FA is on: it passes for one with
    /// a second factor then, and a copy of the old token must not (OWASP ASVS 7.2.4).
    #[must_use]
    pub fn renewing(self, token: TokenHash<token::Session>) -> Self {
        Self { renewed: Some(token), ..self }
    }

    /// The token that the session is to answer to from then on.
    pub fn renewed(&self) -> Option<TokenHash<token::Session>> {
        self.renewed
    }

    /// Whose.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The session that proved it; `None`: the application whose account it is.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// Which enrolment.
    pub fn enrolment(&self) -> EnrolmentId {
        self.enrolment
    }

    /// The step that the code belongs to: spent with the enrolment.
    pub fn step(&self) -> Step {
        self.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::totp::Algorithm;
    use rand::{SeedableRng, rngs::StdRng};
    use zeroize::Zeroizing;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_010);

    fn secret(byte: u8) -> SharedSecret {
        SharedSecret::from_bytes(Zeroizing::new(vec![byte; 20])).unwrap()
    }

    fn enrolment() -> Enrolment {
        let mut rng = StdRng::seed_from_u64(1);
        Enrolment {
            id: EnrolmentId::fresh(NOW, &mut rng),
            account: AccountId::fresh(NOW, &mut rng),
            session: Some(SessionId::fresh(NOW, &mut rng)),
            authenticator: AuthenticatorId::fresh(NOW, &mut rng),
            secret: secret(1),
            parameters: Parameters::default(),
            expires_at: NOW + Span::minutes(10),
            earlier: vec![secret(2)],
        }
    }

    fn typed(secret: &SharedSecret, parameters: Parameters, at: Timestamp) -> String {
        secret.code(&parameters, parameters.step(at)).to_string()
    }

    #[test]
    fn the_code_that_proves_an_enrolment_is_spent_with_it() {
        let e = enrolment();
        let code = typed(&e.secret, e.parameters, NOW);
        let proven = e.prove(&code, NOW).unwrap();
        assert_eq!((proven.account(), proven.session(), proven.enrolment()), (e.account, e.session, e.id));
        assert_eq!(proven.step(), e.parameters.step(NOW));
        let authenticator = e.into_authenticator(&proven);
        assert_eq!(authenticator.last_step, proven.step());
        let again = Code::parse(&code, Digits::SIX).unwrap();
        assert!(matches!(authenticator.check(again, NOW), Some(Err(_))));
    }

    #[test]
    fn a_wrong_code_is_explained_and_never_accepted() {
        let e = enrolment();
        let wrong = |text: &str| e.prove(text, NOW).unwrap_err();
        let slow = typed(&e.secret, e.parameters, NOW - Span::minutes(3));
        assert_eq!(wrong(&slow), Unproven::Wrong(Explanation::ClockSlow { minutes: 3 }));
        let earlier = typed(&secret(2), e.parameters, NOW);
        assert_eq!(wrong(&earlier), Unproven::Wrong(Explanation::EarlierQrCode));
        let eight = Parameters::new(Algorithm::Sha1, Digits::EIGHT, 30).unwrap();
        assert_eq!(
            wrong(&typed(&e.secret, eight, NOW)),
            Unproven::Wrong(Explanation::OtherDigits(Digits::EIGHT))
        );
        assert_eq!(
            wrong(&slow).to_string(),
            "the phone's clock is slow by about 3 min: set it to the network's time"
        );
        assert_eq!(wrong("12345").to_string(), "a code has 6 digits, not 5");
        assert_eq!(wrong(""), Unproven::NotACode(NotACode::Empty));
        assert_eq!(wrong("12345"), Unproven::NotACode(NotACode::Length { found: 5, expected: 6 }));
        assert_eq!(wrong("abcdef"), Unproven::NotACode(NotACode::NotDigits));
    }
}

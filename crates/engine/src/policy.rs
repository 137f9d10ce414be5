//! What the operator decides. Everything else is decided here, in the engine.

use crate::{Span, budget::Probability};

/// Who must have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Required {
    /// Everybody decides for themselves.
    #[default]
    OfNobody,
    /// An account without one gets no further than turning it on.
    OfEverybody,
}

/// The operator's choices about the second factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Whether the password is asked for before a QR code is shown.
    pub password_first: bool,
    /// Whether the account's address has to be confirmed before 2FA is turned on: it is where mail is sent.
    pub address_first: bool,
    /// Whether turning on ends every session, so that the person signs in again with a code.
    pub sign_out_after: bool,
    /// How long a trusted device is not asked again; zero switches "Remember me on this device" off.
    pub remember: Span,
    /// For how long after a trusted device got its next token the one before is taken for a request sent twice: it is
    /// refused, and no more. Later whoever sends it has a copy, and the device is forgotten. Zero: a copy at once.
    pub sent_twice: Span,
    /// The probability that the guess budget is computed from.
    pub guess_probability: Probability,
    /// Who must have a second factor.
    pub required: Required,
    /// How long an offered authenticator may wait for its code.
    pub enrolment: Span,
    /// How long a right password may wait for its code.
    pub pending: Span,
    /// How long a session lives without being used.
    pub session_idle: Span,
    /// How long a session lives however much it is used.
    pub session_most: Span,
    /// Whether owners are told by mail of what happens to their accounts.
    pub notices: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            password_first: true,
            address_first: false,
            sign_out_after: true,
            remember: Span::days(30),
            sent_twice: Span::seconds(30),
            guess_probability: Probability::default(),
            required: Required::OfNobody,
            enrolment: Span::minutes(10),
            pending: Span::minutes(10),
            session_idle: Span::hours(1),
            session_most: Span::hours(24),
            notices: false,
        }
    }
}

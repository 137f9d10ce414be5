//! Applications: products that keep their own users and ask about the second factor. What each decides for its own
//! accounts, and how it names them.

use crate::{Span, budget::Probability, policy::Policy, recovery::CODES_IN_A_SET};

/// The longest user id, in bytes of UTF-8.
pub const LONGEST_USER_ID: usize = 255;
/// The most recovery codes in a set: each is an Argon2id hash when they are made.
pub const MOST_RECOVERY_CODES: usize = 20;
/// The longest time for which a device may be remembered.
pub const LONGEST_REMEMBERED: Span = Span::days(365);

/// How an application calls one of its users: 1 to 255 bytes of UTF-8 without control characters, compared byte by
/// byte. Whether two spellings are one user is the application's to know. `.` and `..` are none: clients and proxies
/// take them out of an address before it gets here (RFC 3986 §5.2.4), also where they are percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserId(String);

/// Why the text is no user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAUserId {
    /// Nothing is there.
    #[error("a user id has at least one character")]
    Empty,
    /// More than [`LONGEST_USER_ID`] bytes.
    #[error("a user id has at most {LONGEST_USER_ID} bytes")]
    TooLong,
    /// A control character.
    #[error("a user id has no control characters")]
    Character,
    /// A step of a path.
    #[error("\".\" and \"..\" are no user ids: they do not survive in an address")]
    Dots,
}

impl UserId {
    /// Reads a user id, as it is.
    ///
    /// # Errors
    /// [`NotAUserId`].
    pub fn parse(text: &str) -> Result<Self, NotAUserId> {
        match text {
            "" => Err(NotAUserId::Empty),
            "." | ".." => Err(NotAUserId::Dots),
            _ if text.len() > LONGEST_USER_ID => Err(NotAUserId::TooLong),
            _ if text.chars().any(char::is_control) => Err(NotAUserId::Character),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The user id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an application decides for its accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// The name that authenticator apps show beside the account.
    pub issuer: String,
    /// How long a device is remembered; zero: none is.
    pub remember: Span,
    /// The probability that the guess budgets of its accounts are computed from.
    pub guess_probability: Probability,
    /// How many recovery codes a set has; zero: there are none.
    pub recovery_codes: usize,
    /// How many requests a minute it may make at each node; `None`: as many as it likes.
    pub requests_a_minute: Option<u32>,
}

impl Choices {
    /// What holds where an application has not decided otherwise.
    pub fn with_issuer(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            remember: Policy::default().remember,
            guess_probability: Probability::default(),
            recovery_codes: CODES_IN_A_SET,
            requests_a_minute: None,
        }
    }

    /// The policy for its accounts, where the operator's is `portal`. Passwords, addresses and sessions are the
    /// application's own: what the policy says of them does not concern its accounts, and no letter is written to
    /// owners whose addresses nobody here knows.
    #[must_use]
    pub fn policy(&self, portal: &Policy) -> Policy {
        Policy {
            remember: self.remember.min(LONGEST_REMEMBERED),
            guess_probability: self.guess_probability,
            address_first: false,
            sign_out_after: true,
            notices: false,
            ..*portal
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_the_applications_own_text_whatever_it_looks_like() {
        for good in ["1", "jana@example.com", "Jana", " a/b?c#d ", "ž", "../x", "...", &"x".repeat(255)] {
            assert_eq!(UserId::parse(good).unwrap().as_str(), good);
        }
        assert_ne!(UserId::parse("Jana"), UserId::parse("jana"));
        assert_eq!(UserId::parse(""), Err(NotAUserId::Empty));
        assert_eq!(UserId::parse(&"ž".repeat(128)), Err(NotAUserId::TooLong));
        for bad in ["a\0b", "a\nb", "\u{7f}"] {
            assert_eq!(UserId::parse(bad), Err(NotAUserId::Character));
        }
        for bad in [".", ".."] {
            assert_eq!(UserId::parse(bad), Err(NotAUserId::Dots));
        }
    }

    #[test]
    fn an_application_decides_for_its_accounts_and_is_sent_no_letters_for_them() {
        let portal =
            Policy { notices: true, address_first: true, sign_out_after: false, ..Policy::default() };
        let choices = Choices { remember: Span::days(7), ..Choices::with_issuer("Shop") };
        let policy = choices.policy(&portal);
        assert_eq!(policy.remember, Span::days(7));
        assert!(!policy.notices && !policy.address_first && policy.sign_out_after);
        let endless = Choices { remember: Span::days(100_000), ..choices };
        assert_eq!(endless.policy(&portal).remember, LONGEST_REMEMBERED);
    }
}

//! What the API answers where it does not do what it was asked: `application/problem+json` (RFC 9457), with a type that
//! never changes. One table says what each is; the page at `/api/v1/problems` and the OpenAPI document are made of it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign::{attempt::Wrong, budget::Locked};
use countersign_store::{Refusal, Unavailable};
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::moment;
use crate::hasher::NotHashed;
use crate::seldom::Seldom;

/// Where the types of problems are explained, on every installation.
pub const TYPES: &str = "/api/v1/problems";
/// Seconds after which a service that is busy or out of reach may be asked again.
const RETRY_AFTER: i64 = 5;

macro_rules! kinds {
    ($($name:ident = $status:literal $word:literal $title:literal;)+) => {
        /// The types of problems. The words never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[doc = $title] $name,)+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// The last part of the type.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it is, in a sentence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

kinds! {
    Malformed = 400 "malformed" "The request cannot be read.";
    Unauthenticated = 401 "unauthenticated" "The API key is missing, or is none of this service.";
    WrongCode = 403 "wrong-code" "The code is wrong. It was counted.";
    UnprovenCode = 403 "unproven-code" "The code does not prove the authenticator. Nothing was counted.";
    SpentCode = 403 "spent-code" "The code was used before. The next one of the app will do.";
    WrongCodes = 403 "wrong-codes" "These are not two consecutive codes. It was counted.";
    WrongRecoveryCode = 403 "wrong-recovery-code" "The recovery code is none of this account. It was counted.";
    UsedRecoveryCode = 403 "used-recovery-code" "The recovery code was used before.";
    ReplacedRecoveryCode = 403 "replaced-recovery-code" "The recovery code is of a set that was replaced.";
    DoubtedRecoveryCode = 403 "doubted-recovery-code" "The recovery codes are switched off since an older backup was \
        restored: nobody knows which of them were used.";
    UntrustedDevice = 403 "untrusted-device" "The device token does not stand for a code: ask for one.";
    UnfitResult = 403 "unfit-result" "The result is none of this user and this purpose, or its time is over.";
    Cancelled = 403 "cancelled" "The person went back without doing it.";
    Locked = 403 "locked" "After so many wrong codes a single one is not looked at: two consecutive codes or a recovery \
        code are needed.";
    NotFound = 404 "not-found" "Nothing is at this address.";
    NoSuchAuthenticator = 404 "no-such-authenticator" "The account has no such authenticator.";
    EnrolmentOver = 404 "enrolment-over" "The enrolment has expired, was replaced by a later one, or never began.";
    NoSuchDevice = 404 "no-such-device" "The account has no such device.";
    MethodNotAllowed = 405 "method-not-allowed" "The address has no such method.";
    TooSlow = 408 "too-slow" "The request did not arrive in time.";
    TwoFactorOff = 409 "two-factor-off" "Two-factor authentication of this account is off.";
    TwoFactorOn = 409 "two-factor-on" "Two-factor authentication of this account is on already.";
    LastAuthenticator = 409 "last-authenticator" "It is the last authenticator: to be without any, turn two-factor \
        authentication off.";
    TooManyAuthenticators = 409 "too-many-authenticators" "The account has as many authenticators as it may.";
    ChangedMeanwhile = 409 "changed-meanwhile" "The account was changed at the same moment. Ask again.";
    AnswerLost = 409 "answer-lost" "This request was answered to another API key, and the answer cannot be told again.";
    UsedResult = 409 "used-result" "The result was redeemed before.";
    TooLarge = 413 "too-large" "The request is too large.";
    WrongMediaType = 415 "wrong-media-type" "A body has to be application/json.";
    NotACode = 422 "not-a-code" "This cannot be a code. It was not counted.";
    NotARecoveryCode = 422 "not-a-recovery-code" "This cannot be a recovery code. It was not counted.";
    UnknownReturnAddress = 422 "unknown-return-address" "The return address is none of those that the operator has set \
        for this application.";
    IdempotencyKeyReused = 422 "idempotency-key-reused" "Another request was sent with the same idempotency key.";
    Wait = 429 "wait" "No code is looked at now. Two consecutive codes or a recovery code are.";
    RateLimited = 429 "rate-limited" "The application has made too many requests.";
    Internal = 500 "internal" "A mistake of this service. Nothing was decided.";
    Unavailable = 503 "unavailable" "The service is busy, or its database or keys are out of reach. Nothing was decided.";
}

impl Kind {
    /// The type, as problems name it.
    pub fn uri(self) -> String {
        format!("{TYPES}#{}", self.word())
    }

    fn refuses_a_factor(self) -> bool {
        self.status() == 403 || matches!(self, Self::NotACode | Self::NotARecoveryCode | Self::Wait)
    }
}

/// One problem.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    more: Map<String, Value>,
    retry_after: Option<i64>,
}

/// The members in the order in which people read them.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Problem {
    /// A problem that its type says all about.
    pub fn of(kind: Kind) -> Self {
        let retry_after = (kind == Kind::Unavailable).then_some(RETRY_AFTER);
        Self { kind, detail: None, more: Map::new(), retry_after }
    }

    /// The same, with what is to be known of this one: what is wrong, where, and what to do.
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// The same, with a member of its own.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// The same, to be asked again after this many seconds.
    #[must_use]
    pub fn after(self, seconds: i64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// That no code is looked at.
    pub fn locked(locked: Locked, now: countersign::Timestamp) -> Self {
        match locked {
            Locked::Until(until) => {
                let wait = until.milliseconds().saturating_sub(now.milliseconds()).saturating_add(999) / 1000;
                Self::of(Kind::Wait).with("next_try_at", moment(until)).after(wait)
            }
            Locked::UntilProven => Self::of(Kind::Locked),
        }
    }

    /// Why an answer was wrong.
    pub fn wrong(wrong: Wrong) -> Self {
        match wrong {
            Wrong::SpentCode => Self::of(Kind::SpentCode),
            Wrong::TwoCodes => Self::of(Kind::WrongCodes),
            Wrong::UsedRecoveryCode(at) => Self::of(Kind::UsedRecoveryCode).with("used_at", moment(at)),
            Wrong::ReplacedRecoveryCode => Self::of(Kind::ReplacedRecoveryCode),
            Wrong::DoubtedRecoveryCode => Self::of(Kind::DoubtedRecoveryCode),
            Wrong::RecoveryCode => Self::of(Kind::WrongRecoveryCode),
            Wrong::Code | Wrong::Password => Self::of(Kind::WrongCode),
        }
    }

    /// What the store refused.
    pub fn refused(refusal: Refusal, now: countersign::Timestamp) -> Self {
        match refusal {
            Refusal::Wrong(wrong) => Self::wrong(wrong),
            Refusal::Spent => Self::of(Kind::SpentCode),
            Refusal::Locked(locked) => Self::locked(locked, now),
            Refusal::Unavailable(unavailable) => unavailable.into(),
            refusal if refusal.finds_two_factor_off() => Self::of(Kind::TwoFactorOff),
            refusal if refusal.finds_two_factor_on() => Self::of(Kind::TwoFactorOn),
            refusal if refusal.finds_no_return_address() => Self::of(Kind::UnknownReturnAddress).because(
                "It has to be one of them, letter by letter: `countersign application pages NAME` shows and sets them.",
            ),
            refusal if refusal.finds_no_room() => Self::of(Kind::TooManyAuthenticators),
            refusal if refusal.finds_no_trusted_device() => Self::of(Kind::UntrustedDevice),
            Refusal::Gone(_) => Self::of(Kind::ChangedMeanwhile),
        }
    }

    /// The problem as an answer. A refused factor says so once more in a word that nobody overlooks.
    pub fn answer(&self) -> Answer {
        let kind = self.kind;
        let body = Body {
            r#type: kind.uri(),
            title: kind.title(),
            status: kind.status(),
            detail: self.detail.as_deref(),
            verified: kind.refuses_a_factor().then_some(false),
            more: &self.more,
        };
        Answer::with(kind.status(), &body)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.answer().into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Bearer realm=\"countersign\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        }
        response
    }
}

impl From<Unavailable> for Problem {
    fn from(reason: Unavailable) -> Self {
        static SAID: Seldom = Seldom::new();
        if let Some(times) = SAID.happened(&reason.to_string()) {
            tracing::error!(%reason, times, "requests of applications are refused");
        }
        Self::of(match reason {
            Unavailable::Fault { .. } => Kind::Internal,
            _ => Kind::Unavailable,
        })
    }
}

impl From<NotHashed> for Problem {
    fn from(reason: NotHashed) -> Self {
        Self::of(match reason {
            NotHashed::Busy => Kind::Unavailable,
            NotHashed::Broken => Kind::Internal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_words_are_distinct_and_a_refused_factor_is_never_a_success() {
        let words: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.status() >= 400, "{kind:?}");
            assert!(kind.title().ends_with('.'), "{kind:?}");
        }
        for wrong in [Wrong::Code, Wrong::SpentCode, Wrong::RecoveryCode] {
            let answer = Problem::wrong(wrong).answer();
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((answer.status, &body["verified"]), (403, &Value::Bool(false)));
        }
    }
}

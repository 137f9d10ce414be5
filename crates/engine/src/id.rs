//! Ids: one type a noun, so that one noun's id never reaches another's query.
//!
//! Each is a UUID version 7 (RFC 9562 §5.7): time-ordered for the index, 74 random bits, and no secret.

use crate::Timestamp;
use rand_core::CryptoRng;
use std::fmt;
use uuid::{Builder, Uuid};

/// The text given is not the id of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

fn fresh(now: Timestamp, rng: &mut impl CryptoRng) -> Uuid {
    let mut chance = [0; 10];
    rng.fill_bytes(&mut chance);
    Builder::from_unix_timestamp_millis(u64::try_from(now.milliseconds()).unwrap_or(0), &chance).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one.
            pub fn fresh(now: Timestamp, rng: &mut impl CryptoRng) -> Self {
                Self(fresh(now, rng))
            }

            /// Reads the one form that [`fmt::Display`] writes: 32 lower-case hexadecimal digits.
            ///
            /// # Errors
            /// [`NotAnId`] for anything else, other spellings of the same UUID among them.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                let id = Self(Uuid::try_parse(text).map_err(|_| NotAnId)?);
                if id.to_string() == text { Ok(id) } else { Err(NotAnId) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_simple().fmt(f)
            }
        }
    )+};
}

ids! {
    /// Someone who signs in.
    AccountId;
    /// One authenticator app bound to an account.
    AuthenticatorId;
    /// An authenticator that is offered and not yet proven.
    EnrolmentId;
    /// Ten recovery codes made together.
    RecoverySetId;
    /// A browser that asked to be remembered.
    DeviceId;
    /// The state between a right password and a right code.
    PendingId;
    /// A finished sign-in.
    SessionId;
    /// A product whose accounts are protected here, but for the portal itself.
    ApplicationId;
    /// What an application sends one of its users for, from the link to the result.
    ErrandId;
    /// One of the keys by which an application is known.
    ApiKeyId;
    /// One of the keys by which an application knows our messages.
    SigningKeyId;
    /// One of the addresses at which an application is told what happens.
    EndpointId;
    /// One database with everything in it, from its first start on, wherever it is moved.
    InstallationId;
    /// One process that serves, from its start to its end.
    NodeId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn an_id_survives_its_text_and_other_spellings_are_refused() {
        let mut rng = StdRng::seed_from_u64(1);
        let id = AccountId::fresh(Timestamp::from_seconds(1_800_000_000), &mut rng);
        let text = id.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(AccountId::parse(&text), Ok(id));
        assert_eq!(AccountId::parse(&text.to_uppercase()), Err(NotAnId));
        assert_eq!(AccountId::parse(&format!("{{{text}}}")), Err(NotAnId));
        assert_eq!(AccountId::parse(""), Err(NotAnId));
    }

    #[test]
    fn later_ids_sort_later_and_a_clock_before_1970_does_not_panic() {
        let mut rng = StdRng::seed_from_u64(2);
        let early = DeviceId::fresh(Timestamp::from_seconds(10), &mut rng);
        let late = DeviceId::fresh(Timestamp::from_seconds(20), &mut rng);
        assert!(early < late);
        DeviceId::fresh(Timestamp::from_seconds(-1), &mut rng);
    }
}

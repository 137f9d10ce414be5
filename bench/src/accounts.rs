//! The accounts that a load is about. Everything of the n-th one follows from its number, so that the seed and the load
//! agree on a million of them without a file between them.

use countersign::{
    AccountId, AuthenticatorId, SessionId, Timestamp,
    totp::{Parameters, SharedSecret, Step},
};
use data_encoding::BASE64URL_NOPAD;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use zeroize::Zeroizing;

/// The moment in which the seeded accounts were made: 1 January 2026.
pub(crate) const MADE_AT: i64 = 1_767_225_600_000;

fn bytes_of(what: &str, nth: u64) -> [u8; 32] {
    Sha256::new()
        .chain_update("countersign-bench ")
        .chain_update(what)
        .chain_update(nth.to_be_bytes())
        .finalize()
        .into()
}

/// The secret that the n-th account's authenticator shares with its app.
pub(crate) fn secret(nth: u64) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(bytes_of("secret", nth).iter().take(20).copied().collect())
}

/// The code of one step.
pub(crate) fn code(secret: &SharedSecret, step: i64) -> Zeroizing<String> {
    secret.code(&Parameters::default(), Step::new(step))
}

/// The name by which an application calls the n-th account.
pub(crate) fn user(nth: u64) -> String {
    format!("user-{nth}")
}

/// Its address, where it has one.
pub(crate) fn email(nth: u64) -> String {
    format!("user-{nth}@example.com")
}

/// The token of its session, as a browser sends it.
pub(crate) fn session_token(nth: u64) -> String {
    BASE64URL_NOPAD.encode(&bytes_of("session", nth))
}

/// Ids as the service makes them, but the same at every run.
pub(crate) struct Ids {
    pub(crate) account: AccountId,
    pub(crate) authenticator: AuthenticatorId,
    pub(crate) session: SessionId,
}

impl Ids {
    pub(crate) fn of(nth: u64) -> Self {
        // Made one after the other, so that they lie in the index as those of a grown installation do.
        let at = Timestamp::from_milliseconds(MADE_AT + i64::try_from(nth % (1 << 32)).unwrap_or(0));
        let mut chance = Chance::of(nth);
        Self {
            account: AccountId::fresh(at, &mut chance),
            authenticator: AuthenticatorId::fresh(at, &mut chance),
            session: SessionId::fresh(at, &mut chance),
        }
    }
}

/// No chance at all: numbers that follow from the account's. They protect nothing, and repeat at every run.
pub(crate) struct Chance {
    nth: u64,
    drawn: u64,
}

impl Chance {
    pub(crate) fn of(nth: u64) -> Self {
        Self { nth, drawn: 0 }
    }
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for part in to.chunks_mut(32) {
            self.drawn += 1;
            let drawn = bytes_of("chance", self.nth.wrapping_mul(1_000).wrapping_add(self.drawn));
            for (to, from) in part.iter_mut().zip(drawn) {
                *to = from;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Chance {}

const fn _is_a_rng<R: CryptoRng>() {}
const _: () = _is_a_rng::<Chance>();

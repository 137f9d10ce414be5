//! Chance: random bytes from the operating system, in the shape the engine asks for.
//!
//! The engine takes an infallible [`rand_core::CryptoRng`], for a rule that has drawn half a secret has no
//! sensible way on. So a failing source is met in two places: [`Chance::open`] draws once at start, where
//! failure is an error like any other; and should the source break later, which a healthy kernel never
//! does, the process ends with a clear text. To answer with weaker bytes is no option, and a panic would
//! leave the service up while every sign-in fails. What was committed is durable, so ending loses nothing.

use rand_core::{Infallible, TryCryptoRng, TryRng};
use std::io::Write as _;

/// `EX_OSERR` of sysexits.h: "an operating system error has been detected".
const OS_ERROR: i32 = 71;

/// The operating system's random source. A copy is the same source, never a repeated state.
#[derive(Clone, Copy, Debug)]
pub struct Chance(());

/// The operating system gives no random bytes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the operating system gives no random bytes ({0}); secrets cannot be made, so the service does not start"
)]
pub struct NoChance(#[source] getrandom::Error);

impl Chance {
    /// Draws once to see that the source works.
    ///
    /// # Errors
    /// [`NoChance`] when the operating system refuses.
    pub fn open() -> Result<Self, NoChance> {
        getrandom::u64().map_err(NoChance)?;
        Ok(Self(()))
    }
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(getrandom::u32().unwrap_or_else(|error| end(error)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(getrandom::u64().unwrap_or_else(|error| end(error)))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        getrandom::fill(bytes).unwrap_or_else(|error| end(error));
        Ok(())
    }
}

impl TryCryptoRng for Chance {}

/// Ends the process. Not `abort`: a core file would hold the keyring.
fn end(error: getrandom::Error) -> ! {
    let text =
        "the operating system gives no random bytes any more; the service ends rather than make weak secrets";
    tracing::error!(%error, "{text}");
    // The log may be filtered or not started yet; the last words are said in any case.
    let _unheard = writeln!(std::io::stderr(), "countersign: {text} ({error})");
    std::process::exit(OS_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::{CryptoRng, Rng as _};
    use std::collections::HashSet;

    fn draw(rng: &mut impl CryptoRng) -> [u8; 20] {
        let mut bytes = [0; 20];
        rng.fill_bytes(&mut bytes);
        bytes
    }

    #[test]
    fn ten_thousand_draws_from_copies_are_all_different() {
        let chance = Chance::open().unwrap();
        let drawn: HashSet<_> = (0..10_000)
            .map(|_| {
                let mut copy = chance;
                draw(&mut copy)
            })
            .collect();
        assert_eq!(drawn.len(), 10_000);
    }

    #[test]
    fn words_are_drawn_too() {
        let mut chance = Chance::open().unwrap();
        assert_ne!(chance.next_u64(), chance.next_u64());
        let words: HashSet<_> = (0..64).map(|_| chance.next_u32()).collect();
        assert!(words.len() > 60);
    }
}

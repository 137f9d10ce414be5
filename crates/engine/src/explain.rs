//! Why a code was wrong while enrolling: it explains, and never accepts.
//!
//! Offered only to somebody who was just shown the secret. At sign-in the same words would tell a
//! guesser how near he came.

use crate::{
    Timestamp,
    code::{Code, Digits},
    totp::{Algorithm, Parameters, SharedSecret, Step},
};

/// How far the clock of a phone is looked for, in minutes to either side.
const CLOCK_MINUTES: i64 = 15;

/// What the wrong code was. It says so in English, with what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Explanation {
    /// Right for this QR code, but the phone's clock is slow by about this many minutes (at least one).
    #[error("the phone's clock is slow by about {minutes} min: set it to the network's time")]
    ClockSlow {
        /// Rounded to whole minutes.
        minutes: u32,
    },
    /// Right for this QR code, but the phone's clock is fast by about this many minutes (at least one).
    #[error("the phone's clock is fast by about {minutes} min: set it to the network's time")]
    ClockFast {
        /// Rounded to whole minutes.
        minutes: u32,
    },
    /// Right now for a QR code shown earlier in this sitting.
    #[error("the code belongs to an earlier QR code: scan the present one")]
    EarlierQrCode,
    /// Right for this QR code if the app used another hash.
    #[error("the app computes with {}: enter the key again with the given parameters", .0.word())]
    OtherAlgorithm(Algorithm),
    /// Right for this QR code if the app used another period, in seconds.
    #[error("the app changes its codes every {0} s: enter the key again with the given parameters")]
    OtherPeriod(u32),
    /// As many digits as the app shows when it is set to another length, and right so.
    #[error("the app shows {} digits: enter the key again with the given parameters", .0.get())]
    OtherDigits(Digits),
    /// Nothing of the above.
    #[error("type the code that the app shows now for this QR code")]
    Unknown,
}

/// What was offered, and what was offered before it.
pub struct Offered<'a> {
    /// The secret of the QR code on the page.
    pub secret: &'a SharedSecret,
    /// Its parameters.
    pub parameters: Parameters,
    /// Secrets of QR codes that this session was shown earlier.
    pub earlier: &'a [SharedSecret],
}

/// Explains a code that was refused at `now`.
pub fn explain(offered: &Offered<'_>, code: Code, now: Timestamp) -> Explanation {
    let p = offered.parameters;
    let near = |secret: &SharedSecret, q: &Parameters, code: Code| {
        let present = q.step(now);
        secret.matching(q, code, present.plus(-1), present.plus(1)).is_some()
    };
    if offered.earlier.iter().any(|secret| near(secret, &p, code)) {
        return Explanation::EarlierQrCode;
    }
    if code.digits() == p.digits()
        && let Some(skew) = clock_skew(offered.secret, &p, code, now)
    {
        return skew;
    }
    for algorithm in Algorithm::ALL {
        for period in [p.period(), 30, 60] {
            for digits in [p.digits(), Digits::SIX, Digits::EIGHT] {
                let Some(q) = Parameters::new(algorithm, digits, period) else { continue };
                if q == p || !near(offered.secret, &q, code) {
                    continue;
                }
                return if algorithm != p.algorithm() {
                    Explanation::OtherAlgorithm(algorithm)
                } else if period != p.period() {
                    Explanation::OtherPeriod(period)
                } else {
                    Explanation::OtherDigits(digits)
                };
            }
        }
    }
    Explanation::Unknown
}

/// The nearest step within fifteen minutes whose code this is, as a difference of clocks.
fn clock_skew(secret: &SharedSecret, p: &Parameters, code: Code, now: Timestamp) -> Option<Explanation> {
    let period = i64::from(p.period());
    let reach = CLOCK_MINUTES * 60 / period;
    let present = p.step(now);
    let at = |offset: i64| -> bool {
        let step: Step = present.plus(offset);
        secret.matching(p, code, step, step).is_some()
    };
    let minutes = |steps: i64| u32::try_from((steps * period + 30) / 60).unwrap_or(0).max(1);
    (1..=reach).find_map(|steps| {
        if at(-steps) {
            Some(Explanation::ClockSlow { minutes: minutes(steps) })
        } else if at(steps) {
            Some(Explanation::ClockFast { minutes: minutes(steps) })
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use zeroize::Zeroizing;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_010);

    fn secret(byte: u8) -> SharedSecret {
        SharedSecret::from_bytes(Zeroizing::new(vec![byte; 20])).unwrap()
    }

    fn explained(code_of: &SharedSecret, parameters: Parameters, at: Timestamp) -> Explanation {
        let digits = parameters.digits();
        let code = Code::parse(&code_of.code(&parameters, parameters.step(at)), digits).unwrap();
        let (this, earlier) = (secret(1), [secret(2)]);
        explain(&Offered { secret: &this, parameters: Parameters::default(), earlier: &earlier }, code, NOW)
    }

    #[test]
    fn a_wrong_clock_is_named_in_minutes_and_direction() {
        let p = Parameters::default();
        for minutes in [1, 2, 3, 10, 15] {
            let away = Span::minutes(minutes);
            assert_eq!(explained(&secret(1), p, NOW - away), Explanation::ClockSlow { minutes });
            assert_eq!(explained(&secret(1), p, NOW + away), Explanation::ClockFast { minutes });
        }
        assert_eq!(explained(&secret(1), p, NOW - Span::minutes(16)), Explanation::Unknown);
        assert_eq!(explained(&secret(1), p, NOW + Span::minutes(16)), Explanation::Unknown);
    }

    #[test]
    fn an_earlier_qr_code_and_a_stranger_are_told_apart() {
        assert_eq!(explained(&secret(2), Parameters::default(), NOW), Explanation::EarlierQrCode);
        assert_eq!(explained(&secret(3), Parameters::default(), NOW), Explanation::Unknown);
    }

    #[test]
    fn another_hash_period_or_length_is_named() {
        let with = |algorithm, digits, period| Parameters::new(algorithm, digits, period).unwrap();
        let told = |p| explained(&secret(1), p, NOW);
        assert_eq!(
            told(with(Algorithm::Sha256, Digits::SIX, 30)),
            Explanation::OtherAlgorithm(Algorithm::Sha256)
        );
        assert_eq!(
            told(with(Algorithm::Sha512, Digits::SIX, 60)),
            Explanation::OtherAlgorithm(Algorithm::Sha512)
        );
        assert_eq!(told(with(Algorithm::Sha1, Digits::SIX, 60)), Explanation::OtherPeriod(60));
        assert_eq!(told(with(Algorithm::Sha1, Digits::EIGHT, 30)), Explanation::OtherDigits(Digits::EIGHT));
    }
}

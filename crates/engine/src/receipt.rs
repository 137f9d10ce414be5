//! Receipts: why a sign-in was, or was not, asked for a code.
//!
//! The event of a sign-in holds all of it, so a receipt outlives the session that was opened and the device that
//! stood for the code.

use crate::{
    Timestamp,
    event::{Event, Kind, Method},
};

/// Why a sign-in was, or was not, asked for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// A code was asked for, and was right.
    Code,
    /// Two codes in a row were asked for, and were right.
    TwoCodes,
    /// A code was asked for, and a recovery code took its place.
    RecoveryCode {
        /// How many were left after it, if that was recorded.
        left: Option<u32>,
    },
    /// No code was asked for: this browser was remembered.
    TrustedDevice {
        /// The name it had: "Firefox on Linux".
        device: String,
        /// Until when it was remembered, as it stood then.
        until: Timestamp,
    },
    /// No code was asked for: 2FA was off.
    TwoFactorOff,
}

impl Receipt {
    /// The receipt that the event of a sign-in holds; `None` for other events, and for sign-ins from before
    /// receipts were kept.
    pub fn of(event: &Event) -> Option<Self> {
        if event.kind != Kind::SignedIn {
            return None;
        }
        match event.method? {
            Method::PasswordAndCode => Some(Self::Code),
            Method::PasswordAndTwoCodes => Some(Self::TwoCodes),
            Method::PasswordAndRecoveryCode => Some(Self::RecoveryCode { left: event.count }),
            Method::PasswordOnTrustedDevice => {
                Some(Self::TrustedDevice { device: event.detail.clone()?, until: event.until? })
            }
            Method::Password => Some(Self::TwoFactorOff),
            Method::Code
            | Method::TwoCodes
            | Method::RecoveryCode
            | Method::TrustedDevice
            | Method::Application
            | Method::Session
            | Method::Link
            | Method::Terminal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{claim::FactorMethod, sign_in::Methods, sign_in::Terms};

    fn signed_in(methods: Methods, factor: Option<FactorMethod>) -> Event {
        let terms = Terms { methods, password_at: Timestamp::from_seconds(1), factor_at: None, device: None };
        Event::about(Kind::SignedIn, methods.word()).by(Method::of_sign_in(&terms, factor))
    }

    #[test]
    fn every_way_of_signing_in_has_its_receipt() {
        let code = signed_in(Methods::PasswordAndCode, Some(FactorMethod::Code));
        assert_eq!(Receipt::of(&code), Some(Receipt::Code));
        let two = signed_in(Methods::PasswordAndCode, Some(FactorMethod::TwoCodes));
        assert_eq!(Receipt::of(&two), Some(Receipt::TwoCodes));
        let recovery = Event {
            count: Some(9),
            ..signed_in(Methods::PasswordAndRecoveryCode, Some(FactorMethod::RecoveryCode))
        };
        assert_eq!(Receipt::of(&recovery), Some(Receipt::RecoveryCode { left: Some(9) }));
        let off = signed_in(Methods::Password, None);
        assert_eq!(Receipt::of(&off), Some(Receipt::TwoFactorOff));
        let until = Timestamp::from_seconds(2);
        let device = Event {
            detail: Some("Firefox on Linux".to_owned()),
            until: Some(until),
            ..signed_in(Methods::PasswordOnTrustedDevice, None)
        };
        let expected = Receipt::TrustedDevice { device: "Firefox on Linux".to_owned(), until };
        assert_eq!(Receipt::of(&device), Some(expected));
    }

    #[test]
    fn what_is_no_sign_in_or_was_not_recorded_has_none() {
        assert_eq!(Receipt::of(&Event::about(Kind::SignedIn, "password+code")), None);
        assert_eq!(Receipt::of(&Event::plain(Kind::TwoFactorOff).by(Method::Password)), None);
        let nameless = signed_in(Methods::PasswordOnTrustedDevice, None);
        assert_eq!(Receipt::of(&nameless), None);
        let link = Event::plain(Kind::SignedIn).by(Method::Link);
        assert_eq!(Receipt::of(&link), None);
    }
}

//! Trusted devices: a browser that passed the second factor and asked to be remembered.
//!
//! It stands for the second factor at the sign-in page only. Its session records the password alone
//! (NIST SP 800-63B-4 §5.1: a remembered browser is not an authentication), and step-up still asks.

use crate::{AccountId, DeviceId, Span, Timestamp, policy::Policy};

/// For how long after its end a device still has a guess budget of its own, so that strangers who know
/// the password cannot lock out somebody whose thirty days are just over.
pub const BUDGET_OUTLIVES_TRUST: Span = Span::days(60);

/// A trusted device as the store keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedDevice {
    /// Which.
    pub id: DeviceId,
    /// Whose: a device of one account means nothing to another.
    pub account: AccountId,
    /// When the code was right that earned it.
    pub remembered_at: Timestamp,
    /// When it ends; never extended by use.
    pub expires_at: Timestamp,
}

impl TrustedDevice {
    /// When a device remembered `now` ends; `None` where the policy remembers none.
    pub fn expiry(policy: &Policy, now: Timestamp) -> Option<Timestamp> {
        (policy.remember > Span::ZERO).then(|| now + policy.remember)
    }

    /// Whether it stands for the second factor of `account` at `now`. A policy made stricter since holds
    /// at once; a clock that has stepped back before the device was remembered refuses.
    pub fn stands_for(&self, account: AccountId, policy: &Policy, now: Timestamp) -> bool {
        let ends = self.expires_at.min(self.remembered_at + policy.remember);
        self.account == account && self.remembered_at <= now && now < ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn thirty_days_from_the_code_for_its_own_account_and_not_a_moment_longer() {
        let mut rng = StdRng::seed_from_u64(1);
        let now = Timestamp::from_seconds(1_700_000_000);
        let (a, b) = (AccountId::fresh(now, &mut rng), AccountId::fresh(now, &mut rng));
        let policy = Policy::default();
        let expires_at = TrustedDevice::expiry(&policy, now).unwrap();
        let device =
            TrustedDevice { id: DeviceId::fresh(now, &mut rng), account: a, remembered_at: now, expires_at };
        assert!(device.stands_for(a, &policy, now));
        assert!(device.stands_for(a, &policy, now + Span::days(30) - Span::milliseconds(1)));
        assert!(!device.stands_for(a, &policy, now + Span::days(30)));
        assert!(!device.stands_for(b, &policy, now));
        assert!(!device.stands_for(a, &policy, now - Span::milliseconds(1)));
        let stricter = Policy { remember: Span::days(7), ..policy };
        assert!(device.stands_for(a, &stricter, now + Span::days(7) - Span::milliseconds(1)));
        assert!(!device.stands_for(a, &stricter, now + Span::days(7)));
        let off = Policy { remember: Span::ZERO, ..policy };
        assert!(!device.stands_for(a, &off, now));
        assert_eq!(TrustedDevice::expiry(&off, now), None);
    }
}

//! Ids: one spelling each, which is the one that is written.

use countersign::{AccountId, DeviceId, InstallationId, SessionId};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let account = AccountId::parse(text);
    assert_eq!(account.is_ok(), plain);
    if let Ok(id) = account {
        assert_eq!(id.to_string(), text);
    }
    assert_eq!(DeviceId::parse(text).is_ok(), plain);
    assert_eq!(SessionId::parse(text).is_ok(), plain);
    assert_eq!(InstallationId::parse(text).is_ok(), plain);
}

//! Exports of other systems: whatever stands in them, a reader answers; what it refuses it names by file and line, and
//! repeats nothing of it.

use countersign::ApplicationId;
use countersign_server::import::keys::Keys;
use countersign_server::import::names::Names;
use countersign_server::import::plan::{Target, UserBy, plan};
use countersign_server::import::{Source, System, read};

/// Up to a line with three hyphens alone: the keys. After it: the export.
fn keys_and_export(data: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mark = b"\n---\n";
    match data.windows(mark.len()).position(|window| window == mark) {
        Some(at) => (data[..at].to_vec(), data[at + mark.len()..].to_vec()),
        None => (Vec::new(), data.to_vec()),
    }
}

fn run(system: System, data: &[u8]) {
    let (keys, export) = keys_and_export(data);
    let keys = Keys::read(&Source::new("keys", keys)).unwrap_or_default();
    let text = String::from_utf8_lossy(&export).into_owned();
    match read(system, &[Source::new("export", export)], &keys) {
        Err(wrong) => {
            assert!(wrong.place.starts_with("export"), "{wrong}");
            let told = wrong.to_string();
            let secrets = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= 16);
            assert!(!secrets.into_iter().any(|word| told.contains(word) && !known(word)), "{told}");
        }
        Ok(people) => {
            let application = ApplicationId::parse("019ab0c8a1b27c3d8e4f5a6b7c8d9e0f").unwrap();
            let target = match data.len() % 2 {
                0 => Target::Portal,
                _ => Target::Application(application, UserBy::Username),
            };
            for planned in plan(people, target, &Names::default()) {
                if let Some(why) = planned.new_password.as_ref().map(ToString::to_string) {
                    let hashes =
                        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= 16);
                    assert!(!hashes.into_iter().any(|word| why.contains(word) && !known(word)), "{why}");
                }
                assert!(!planned.place.is_empty() && !planned.who.chars().any(char::is_control));
                if let Ok(newcomer) = &planned.newcomer {
                    assert!(newcomer.authenticators.len() <= 5);
                    for carried in &newcomer.authenticators {
                        assert!((10..=300).contains(&carried.parameters.period()));
                    }
                }
            }
        }
    }
}

/// Words of the messages themselves.
fn known(word: &str) -> bool {
    [
        "two_factor_secret",
        "encrypted_otp_secret",
        "totp_configurations",
        "pi-tokenjanitor",
        "additionalParameters",
    ]
    .iter()
    .any(|own| own.contains(word))
}

/// A table in the form of our own.
pub(crate) fn own(data: &[u8]) {
    run(System::Countersign, data);
}

/// A realm of Keycloak.
pub(crate) fn keycloak(data: &[u8]) {
    run(System::Keycloak, data);
}

/// The export or the users of Authelia.
pub(crate) fn authelia(data: &[u8]) {
    run(System::Authelia, data);
}

/// The export of privacyIDEA.
pub(crate) fn privacyidea(data: &[u8]) {
    run(System::PrivacyIdea, data);
}

/// `dumpdata` of Django.
pub(crate) fn django(data: &[u8]) {
    run(System::Django, data);
}

/// A table of Laravel Fortify.
pub(crate) fn fortify(data: &[u8]) {
    run(System::Fortify, data);
}

/// A table of devise-two-factor.
pub(crate) fn devise(data: &[u8]) {
    run(System::Devise, data);
}

/// QR codes of Google Authenticator.
pub(crate) fn google(data: &[u8]) {
    run(System::Google, data);
}

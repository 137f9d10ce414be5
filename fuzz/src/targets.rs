//! The table of targets. `docs/security/fuzzing.md` and `fuzz/corpus` have the same names; a test holds them together.

/// A target: its name, and what it does with the bytes that libFuzzer makes up.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(crate) const ALL: &[Target] = &[
    ("chain", crate::chain::run),
    ("code", crate::code::run),
    ("command_line", crate::command_line::run),
    ("config", crate::config::run),
    ("cookies", crate::cookies::run),
    ("email", crate::email::run),
    ("form", crate::form::run),
    ("high_water", crate::high_water::run),
    ("hosted", crate::hosted::run),
    ("id", crate::id::run),
    ("import_authelia", crate::import::authelia),
    ("import_devise", crate::import::devise),
    ("import_django", crate::import::django),
    ("import_fortify", crate::import::fortify),
    ("import_google", crate::import::google),
    ("import_keycloak", crate::import::keycloak),
    ("import_own", crate::import::own),
    ("import_privacyidea", crate::import::privacyidea),
    ("key_uri", crate::key_uri::run),
    ("keyring_file", crate::keyring_file::run),
    ("name", crate::name::run),
    ("next", crate::next::run),
    ("password", crate::password::run),
    ("password_hash", crate::password_hash::run),
    ("proxies", crate::proxies::run),
    ("public_url", crate::public_url::run),
    ("recovery_code", crate::recovery_code::run),
    ("request", crate::request::run),
    ("same_origin", crate::same_origin::run),
    ("sealed", crate::sealed::run),
    ("site_path", crate::site_path::run),
    ("ticket", crate::ticket::run),
    ("token", crate::token::run),
    ("user_agent", crate::user_agent::run),
    ("words", crate::words::run),
];

//! Password hashes of other systems: what is Argon2id is kept as it is.

use countersign::password::StoredPassword;

use super::person::Password;

/// What can be kept of a hash in its text form. Django writes `argon2` before it.
pub(crate) fn of(text: Option<&str>) -> Password {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Password::None };
    let phc = text.strip_prefix("argon2").filter(|rest| rest.starts_with("$argon2")).unwrap_or(text);
    StoredPassword::parse(phc.to_owned()).map_or(Password::Other, Password::Kept)
}

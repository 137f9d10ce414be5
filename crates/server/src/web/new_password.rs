//! A new password, wherever somebody chooses one: at sign-up, instead of the present one, instead of a forgotten one.

use countersign::password::{Password, StoredPassword};

use super::failure::Failure;
use super::refusals;
use super::visitor::Visitor;
use crate::password_rules;

/// How many characters it has to have, for the page that asks for it.
pub(super) fn min_length(visitor: &Visitor) -> u16 {
    u16::try_from(visitor.app.config.password.min_length).unwrap_or(u16::MAX)
}

/// Reads and judges a new password: the words of what is wrong with it, otherwise.
pub(super) fn fit(visitor: &Visitor, typed: &str, email: &str, name: &str) -> Result<Password, String> {
    let password = Password::parse(typed).map_err(|_| refusals::too_long(visitor))?;
    let config = &visitor.app.config;
    let context = [email, name, config.service.name.as_str()];
    match password_rules::judge(&password, config.password.min_length, &visitor.app.breached, &context) {
        Ok(()) => Ok(password),
        Err(reason) => Err(refusals::unfit(visitor, reason)),
    }
}

/// Hashes a new password on a hashing thread.
pub(super) async fn hash(visitor: &Visitor, password: Password) -> Result<StoredPassword, Failure> {
    let (cost, mut chance) = (visitor.app.config.password.hash_cost, visitor.app.chance);
    let hashed = visitor
        .hasher()
        .run(move |memory| StoredPassword::hash(&password, cost, memory, &mut chance))
        .await?;
    hashed.map_err(|_| Failure::Internal)
}

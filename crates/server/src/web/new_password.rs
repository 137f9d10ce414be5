//! A new password, wherever somebody chooses one: at sign-up, instead of the present one, instead of a forgotten one.

use std::sync::Arc;

use countersign::password::{Password, StoredPassword};

use super::failure::Failure;
use super::refusals;
use super::visitor::Visitor;
use crate::password_rules;

/// How many characters it has to have, for the page that asks for it.
pub(super) fn min_length(visitor: &Visitor) -> u16 {
    u16::try_from(visitor.app.config.password.min_length).unwrap_or(u16::MAX)
}

/// Reads and judges a new password: the words of what is wrong with it, otherwise. Judging takes its turn at the
/// hashing threads, since nobody has to have a password for it and it can take as long as a hash.
pub(super) async fn fit(
    visitor: &Visitor,
    typed: &str,
    email: &str,
    name: &str,
) -> Result<Result<Password, String>, Failure> {
    let Ok(password) = Password::parse(typed) else { return Ok(Err(refusals::too_long(visitor))) };
    let (app, email, name) = (Arc::clone(&visitor.app), email.to_owned(), name.to_owned());
    let hasher = visitor.hasher();
    let judged = hasher.run(move |_| {
        let context = [email.as_str(), name.as_str(), app.config.service.name.as_str()];
        let least = app.config.password.min_length;
        password_rules::judge(&password, least, &app.breached, &context).map(|()| password)
    });
    Ok(judged.await?.map_err(|reason| refusals::unfit(visitor, reason)))
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

//! Which rows an account has.

use countersign::{
    secret::Keyring,
    sign_in::Methods,
    token::{Session, Token},
    totp::SharedSecret,
};
use countersign_server::clock::{Clock as _, WallClock};

use super::rows::{Database, Value};
use crate::accounts::{self, Chance, Ids, MADE_AT};

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

/// The n-th secret, sealed for the n-th authenticator.
fn sealed(keyring: &Keyring, nth: u64) -> anyhow::Result<Value> {
    let ids = Ids::of(nth);
    let secret = SharedSecret::from_bytes(accounts::secret(nth))?;
    let item = ids.authenticator.to_string();
    let sealed = secret.seal(keyring, ids.account, &item, &mut Chance::of(nth));
    Ok(Value::Bytes(sealed.as_bytes().to_vec()))
}

const AUTHENTICATORS: [&str; 9] =
    ["id", "account_id", "name", "secret", "algorithm", "digits", "period", "last_step", "created_at"];

fn authenticator(keyring: &Keyring, nth: u64) -> anyhow::Result<Vec<Value>> {
    let ids = Ids::of(nth);
    Ok(vec![
        text(ids.authenticator),
        text(ids.account),
        text("Phone"),
        sealed(keyring, nth)?,
        text("SHA1"),
        Value::Number(6),
        Value::Number(30),
        Value::Number(-1),
        Value::Number(MADE_AT),
    ])
}

/// Accounts of the portal with 2FA on, the first of them signed in.
pub(super) fn portal(
    database: &mut Database,
    keyring: &Keyring,
    count: u64,
    sessions: u64,
    password: &str,
) -> anyhow::Result<()> {
    let columns = [
        "id",
        "email",
        "email_key",
        "name",
        "administrator",
        "password_hash",
        "password_at",
        "two_factor_at",
        "epoch",
        "created_at",
        "address_confirmed_at",
    ];
    let account = |nth| {
        let email = accounts::email(nth);
        let made = || Value::Number(MADE_AT);
        vec![
            text(Ids::of(nth).account),
            text(&email),
            text(&email),
            text(accounts::user(nth)),
            Value::Number(0),
            text(password),
            made(),
            made(),
            Value::Number(1),
            made(),
            made(),
        ]
    };
    database.add("accounts", &columns, (0..count).map(account))?;
    let authenticators = (0..count).map(|nth| authenticator(keyring, nth)).collect::<Result<Vec<_>, _>>()?;
    database.add("authenticators", &AUTHENTICATORS, authenticators.into_iter())?;
    let columns = [
        "id",
        "account_id",
        "token",
        "methods",
        "password_at",
        "factor_at",
        "device_id",
        "browser",
        "created_at",
        "seen_at",
    ];
    let now = WallClock.now_ms();
    let session = |nth| {
        let ids = Ids::of(nth);
        let token = Token::<Session>::parse(&accounts::session_token(nth))?;
        Some(vec![
            text(ids.session),
            text(ids.account),
            Value::Bytes(token.hash().as_bytes().to_vec()),
            text(Methods::PasswordAndCode.word()),
            Value::Number(now),
            Value::Number(now),
            Value::Null,
            text("Firefox on Linux"),
            Value::Number(now),
            Value::Number(now),
        ])
    };
    database.add("sessions", &columns, (0..sessions).filter_map(session))
}

/// Accounts of the application.
pub(super) fn application(_database: &mut Database, _keyring: &Keyring, _count: u64) -> anyhow::Result<()> {
    anyhow::bail!("this version has no applications")
}

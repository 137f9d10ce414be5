//! Which rows an account has.

use countersign::{
    secret::Keyring,
    sign_in::Methods,
    token::{Session, Site, Token},
    totp::SharedSecret,
};

use super::rows::{Database, Value};
use crate::accounts::{self, Chance, Ids, MADE_AT};
use crate::steps;

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

const AUTHENTICATORS: [&str; 9] =
    ["id", "account_id", "name", "secret", "algorithm", "digits", "period", "last_step", "created_at"];

/// The authenticator of an account, with the n-th secret sealed for it.
fn authenticator(keyring: &Keyring, ids: &Ids, nth: u64) -> anyhow::Result<Vec<Value>> {
    let secret = SharedSecret::from_bytes(accounts::secret(nth))?;
    let item = ids.authenticator.to_string();
    let sealed = secret.seal(keyring, ids.account, &item, &mut Chance::of(nth));
    Ok(vec![
        text(&item),
        text(ids.account),
        text("Phone"),
        Value::Bytes(sealed.as_bytes().to_vec()),
        text("SHA1"),
        Value::Number(6),
        Value::Number(30),
        Value::Number(-1),
        Value::Number(MADE_AT),
    ])
}

fn add_authenticators(
    database: &mut Database,
    keyring: &Keyring,
    count: u64,
    ids: impl Fn(u64) -> Ids,
) -> anyhow::Result<()> {
    // Not a million of them at once in memory.
    for first in (0..count).step_by(50_000) {
        let some = first..count.min(first + 50_000);
        let rows = some.map(|nth| authenticator(keyring, &ids(nth), nth)).collect::<Result<Vec<_>, _>>()?;
        database.add("authenticators", &AUTHENTICATORS, rows.into_iter())?;
    }
    Ok(())
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
    add_authenticators(database, keyring, count, Ids::of)?;
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
    let now = steps::now_ms();
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

/// A site that is open in the first sessions, by the same tokens.
pub(super) fn site(database: &mut Database, origin: &str, sessions: u64) -> anyhow::Result<()> {
    let open = |nth| {
        let token = Token::<Site>::parse(&accounts::session_token(nth))?;
        let hash = Value::Bytes(token.hash().as_bytes().to_vec());
        Some(vec![hash, text(Ids::of(nth).session), text(origin), Value::Number(steps::now_ms())])
    };
    database.add(
        "site_sessions",
        &["token", "session_id", "site", "created_at"],
        (0..sessions).filter_map(open),
    )
}

/// Accounts of the application that was added first, with 2FA on.
pub(super) fn application(database: &mut Database, keyring: &Keyring, count: u64) -> anyhow::Result<()> {
    let whose = database.text("SELECT id FROM applications ORDER BY id LIMIT 1")?;
    // Other ids than those of the portal's accounts.
    let ids = |nth| Ids::of(nth + (1 << 40));
    let columns =
        ["id", "name", "administrator", "epoch", "created_at", "two_factor_at", "application_id", "user_id"];
    let account = |nth| {
        vec![
            text(ids(nth).account),
            text(""),
            Value::Number(0),
            Value::Number(1),
            Value::Number(MADE_AT),
            Value::Number(MADE_AT),
            text(&whose),
            text(accounts::user(nth)),
        ]
    };
    database.add("accounts", &columns, (0..count).map(account))?;
    add_authenticators(database, keyring, count, ids)
}

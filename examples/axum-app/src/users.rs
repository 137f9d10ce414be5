//! The shop's own users, with passwords hashed by Argon2, and their sessions. Its tables stand beside Countersign's in
//! one database; only their names must differ.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::task::spawn_blocking;

const TABLES: &str = "PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS shop_users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS shop_sessions (token TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES shop_users,
        signed_in INTEGER NOT NULL, began INTEGER NOT NULL DEFAULT (unixepoch()))";
/// A right password waits so many seconds for its code; a session lives for a day.
const WAITS: i64 = 600;
const LIVES: i64 = 86_400;

#[derive(Clone)]
pub(crate) struct Users(Arc<Mutex<Connection>>);

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) email: String,
    password: String,
}

impl Users {
    pub(crate) fn open(database: &Path) -> anyhow::Result<Self> {
        // Only its owner reads the hashes in it; SQLite would let everybody. A file that is there is not opened here: to
        // close it would end the locks that this process has on it.
        if !database.exists() {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(database)?;
        }
        let connection = Connection::open(database)?;
        connection.execute_batch(TABLES)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    fn with<T>(&self, ask: impl FnOnce(&Connection) -> T) -> T {
        ask(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the email was free.
    pub(crate) async fn add(&self, email: String, password: String) -> anyhow::Result<bool> {
        let hash =
            spawn_blocking(move || Argon2::default().hash_password(password.as_bytes())).await??.to_string();
        let add = "INSERT INTO shop_users (email, password) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        Ok(self.with(|connection| connection.execute(add, params![key_of(&email), hash]))? == 1)
    }

    pub(crate) fn with_email(&self, email: &str) -> rusqlite::Result<Option<User>> {
        let find = "SELECT id, email, password FROM shop_users WHERE email = ?1";
        self.with(|connection| connection.query_row(find, [key_of(email)], user).optional())
    }

    /// Whose session this is; `signed_in`: not one that still waits for its code.
    pub(crate) fn of_session(&self, token: &str, signed_in: bool) -> rusqlite::Result<Option<User>> {
        let find = "SELECT u.id, u.email, u.password FROM shop_sessions s JOIN shop_users u ON u.id = s.user
            WHERE s.token = ?1 AND s.signed_in = ?2 AND s.began > unixepoch() - ?3";
        let lives = if signed_in { LIVES } else { WAITS };
        self.with(|connection| connection.query_row(find, params![token, signed_in, lives], user).optional())
    }

    pub(crate) fn start_session(&self, token: &str, user: i64, signed_in: bool) -> rusqlite::Result<usize> {
        let start = "INSERT INTO shop_sessions (token, user, signed_in) VALUES (?1, ?2, ?3)";
        self.with(|connection| connection.execute(start, params![token, user, signed_in]))
    }

    /// Ends one session.
    pub(crate) fn end_session(&self, token: &str) -> rusqlite::Result<usize> {
        self.with(|connection| connection.execute("DELETE FROM shop_sessions WHERE token = ?1", [token]))
    }

    /// Ends every session of a user but this one.
    pub(crate) fn end_others(&self, user: i64, token: &str) -> rusqlite::Result<usize> {
        let end = "DELETE FROM shop_sessions WHERE user = ?1 AND token <> ?2";
        self.with(|connection| connection.execute(end, params![user, token]))
    }
}

fn user(row: &rusqlite::Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, email: row.get(1)?, password: row.get(2)? })
}

fn key_of(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether it is the password of this user. Nobody's costs a hash as well: the time tells no one who has an account.
pub(crate) async fn is_password_of(user: Option<User>, password: String) -> anyhow::Result<bool> {
    let check = move || match user {
        Some(user) => Argon2::default().verify_password(password.as_bytes(), user.password.as_str()).is_ok(),
        None => Argon2::default().hash_password(password.as_bytes()).is_err(),
    };
    Ok(spawn_blocking(check).await?)
}

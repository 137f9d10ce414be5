//! The server's own users: names and password hashes, in a table beside Countersign's.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::second_factor::apart;

const TABLE: &str = "PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS git_users (name TEXT PRIMARY KEY, password TEXT NOT NULL)";

#[derive(Clone)]
pub(crate) struct Users {
    connection: Arc<Mutex<Connection>>,
    /// The hash of no password: what somebody types for a name that nobody has is compared with it, and takes as long.
    nobody: Arc<str>,
}

impl Users {
    pub(crate) fn open(database: &Path) -> anyhow::Result<Self> {
        // Only its owner reads the hashes in it; SQLite would let everybody. A file that is there is not opened here: to
        // close it would end the locks that this process has on it.
        if !database.exists() {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(database)?;
        }
        let connection = Connection::open(database)?;
        connection.execute_batch(TABLE)?;
        let nobody = Argon2::default().hash_password(b"")?.to_string();
        Ok(Self { connection: Arc::new(Mutex::new(connection)), nobody: nobody.into() })
    }

    fn with<T>(&self, ask: impl FnOnce(&Connection) -> T) -> T {
        ask(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives somebody a password, in place of one they had.
    pub(crate) async fn set_password(&self, name: String, password: String) -> anyhow::Result<()> {
        let users = self.clone();
        let set = "INSERT INTO git_users (name, password) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET password = excluded.password";
        apart(move || {
            let hash = Argon2::default().hash_password(password.as_bytes())?.to_string();
            users.with(|connection| connection.execute(set, params![name, hash]))?;
            Ok(())
        })
        .await?
    }

    /// Whether it is the password of whoever has this name.
    pub(crate) async fn is_password_of(&self, name: String, password: String) -> anyhow::Result<bool> {
        let users = self.clone();
        let find = "SELECT password FROM git_users WHERE name = ?1";
        apart(move || {
            let ask =
                |connection: &Connection| connection.query_row(find, [name], |row| row.get(0)).optional();
            let kept: Option<String> = users.with(ask)?;
            let hash = kept.as_deref().unwrap_or(&users.nobody);
            let is_right = Argon2::default().verify_password(password.as_bytes(), hash).is_ok();
            Ok(is_right && kept.is_some())
        })
        .await?
    }
}

//! Which database: a URL, so that another kind is another scheme.

use super::{Wrong, literal::quoted};
use std::path::PathBuf;

/// A database that the store can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
}

const ADVICE: &str = "Give sqlite:PATH, for instance \"sqlite:/var/lib/countersign/countersign.db\", or leave it \
     out for countersign.db in the data directory";

/// Reads a database URL. No message repeats one of another kind, for it may hold a password.
pub(super) fn parse(url: &str) -> Result<Database, Wrong> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(Wrong::new(format!("{} is not a database URL", quoted(url)), ADVICE));
    };
    match scheme {
        "sqlite" => {
            // sqlite:PATH, sqlite://PATH and sqlite:///PATH are all in use; the path is what follows.
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() || path == ":memory:" || path.contains(['?', '#', '\0']) {
                Err(Wrong::new(format!("{} names no file", quoted(url)), ADVICE))
            } else {
                Ok(Database::Sqlite(PathBuf::from(path)))
            }
        }
        "postgres" | "postgresql" => Err(Wrong::new("PostgreSQL is not supported yet", ADVICE)),
        _ => Err(Wrong::new("this kind of database is not known", ADVICE)),
    }
}

//! Which database: a URL, so that another kind is another scheme.

use super::{Wrong, literal::quoted};
use countersign_store::{Place, PostgresUrl};
use std::path::PathBuf;

const ADVICE: &str = "Give sqlite:PATH, for instance \"sqlite:/var/lib/countersign/countersign.db\", or leave it \
     out for countersign.db in the data directory; for PostgreSQL give postgresql://USER:PASSWORD@HOST:PORT/DATABASE";

/// Reads a database URL. No message repeats one of another kind than SQLite, for it may hold a password.
pub(super) fn parse(url: &str) -> Result<Place, Wrong> {
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
                Ok(Place::Sqlite(PathBuf::from(path)))
            }
        }
        "postgres" | "postgresql" => PostgresUrl::parse(url).map(Place::Postgres).map_err(|reason| {
            Wrong::new(format!("this address of a PostgreSQL database is not taken: {reason}"), ADVICE)
        }),
        _ => Err(Wrong::new("this kind of database is not known", ADVICE)),
    }
}

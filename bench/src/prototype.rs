//! The bare check that Countersign is compared with: what a second factor costs when nothing else is asked of it. The
//! hash of the API key, the row, the seal, three codes, a conditional update, and an answer after the commit. No budget,
//! no log, no account that could be disabled.

pub(crate) mod postgres;
mod rows;
pub(crate) mod sqlite;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use clap::ValueEnum;
use countersign::secret::{Keyring, Sealed};
use countersign::totp::SharedSecret;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::accounts::{self, Ids};
use crate::steps;

/// The key that its application holds.
pub(crate) const API_KEY: &str = "prototype-key";

/// How writes share a sync of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Commits {
    /// Every write has a commit of its own.
    Single,
    /// All writes that wait are committed together.
    Shared,
}

#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// Where to listen.
    listen: SocketAddr,
    /// A directory in which its SQLite database is made; or the address of a PostgreSQL server.
    #[arg(long, required_unless_present = "postgres")]
    directory: Option<PathBuf>,
    #[arg(long)]
    postgres: Option<String>,
    #[arg(long, value_enum, default_value_t = Commits::Shared)]
    commits: Commits,
    /// How many accounts it has.
    #[arg(long, default_value_t = 200_000)]
    accounts: u64,
}

/// Its database.
enum Database {
    Sqlite { reader: sqlite::Reader, writer: sqlite::Writer },
    Postgres(postgres::Pool),
}

struct Prototype {
    keyring: Keyring,
    database: Database,
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

/// Serves until it is ended.
pub(crate) fn run(wanted: &Wanted) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let keyring = rows::keyring()?;
        let database = match (&wanted.directory, &wanted.postgres) {
            (Some(directory), _) => {
                let path = directory.join("prototype.db");
                let writer = sqlite::Writer::made(&path, wanted.accounts, wanted.commits)?;
                Database::Sqlite { reader: sqlite::Reader::of(path), writer }
            }
            (None, Some(url)) => {
                Database::Postgres(postgres::Pool::made(url, wanted.accounts, wanted.commits).await?)
            }
            (None, None) => anyhow::bail!("no database"),
        };
        let router = Router::new()
            .route("/health", get(async || "ok\n"))
            .route("/accounts/{user}/verify", post(verify))
            .route("/session", get(session))
            .with_state(Arc::new(Prototype { keyring, database }));
        let listener = tokio::net::TcpListener::bind(wanted.listen).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

type Failed = (StatusCode, String);

fn broken(error: impl std::fmt::Display) -> Failed {
    (StatusCode::SERVICE_UNAVAILABLE, error.to_string())
}

async fn verify(
    State(prototype): State<Arc<Prototype>>,
    Path(user): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<&'static str, Failed> {
    let typed: Typed = serde_json::from_slice(&body).map_err(|_| (StatusCode::BAD_REQUEST, String::new()))?;
    let key =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let key: [u8; 32] = Sha256::digest(key.unwrap_or_default()).into();
    let nth: u64 =
        user.strip_prefix("user-").and_then(|nth| nth.parse().ok()).ok_or((StatusCode::NOT_FOUND, user))?;
    let found = match &prototype.database {
        Database::Sqlite { reader, .. } => reader.secret(&key, nth).map_err(broken)?,
        Database::Postgres(pool) => pool.secret(&key, nth).await.map_err(broken)?,
    };
    let sealed = Sealed::from_bytes(found.ok_or((StatusCode::UNAUTHORIZED, String::new()))?);
    let ids = Ids::of(nth);
    let secret = SharedSecret::open(&prototype.keyring, ids.account, rows::ITEM, &sealed).map_err(broken)?;
    let now = steps::now() / 30;
    let right = |step: &i64| accounts::code(&secret, *step).as_bytes().ct_eq(typed.code.as_bytes()).into();
    // All three of them, as whoever must not tell by the time would.
    let matched: Vec<i64> = [now - 1, now, now + 1].into_iter().filter(right).collect();
    let step = *matched.first().ok_or((StatusCode::FORBIDDEN, "wrong".to_owned()))?;
    let spent = match &prototype.database {
        Database::Sqlite { writer, .. } => writer.spend(nth, step).await.map_err(broken)?,
        Database::Postgres(pool) => pool.spend(nth, step).await.map_err(broken)?,
    };
    if spent { Ok("{\"verified\":true}") } else { Err((StatusCode::FORBIDDEN, "used".to_owned())) }
}

/// One read for a session: the other bare check.
async fn session(State(prototype): State<Arc<Prototype>>, headers: HeaderMap) -> Result<StatusCode, Failed> {
    let token = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()?.strip_prefix("session="));
    let token: [u8; 32] = Sha256::digest(token.unwrap_or_default()).into();
    let Database::Sqlite { reader, .. } = &prototype.database else { return Err(broken("on SQLite alone")) };
    match reader.session(&token).map_err(broken)? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err((StatusCode::UNAUTHORIZED, String::new())),
    }
}

//! A Git server over SSH. russh speaks SSH, git serves the repositories, and neither is ours: what is ours stands between
//! them and asks for a password and an authentication code. `second_factor.rs` has all that it asks of Countersign.

mod connections;
mod dialogue;
mod enrolment;
mod repositories;
mod second_factor;
mod users;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use dialogue::Door;
use repositories::Repositories;
use russh::keys::{Algorithm, PrivateKey, ssh_key::LineEnding};
use russh::server::Config;
use russh::{MethodKind, MethodSet};
use second_factor::{CHANCE, SecondFactor};
use users::Users;

/// How many seconds somebody may take to be let in, where GIT_SERVER_WAY_IN says nothing else.
const WAY_IN: u64 = 120;
const USAGE: &str = "git-server serve | enrol NAME | reset NAME";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let database = setting("GIT_SERVER_DATABASE", "git-server.db");
    // postgresql://… where the second factor has a database of its own there.
    let postgres = std::env::var("GIT_SERVER_SECOND_FACTOR").ok();
    // The library first: it wants an empty database or its own. Then the table of users beside its.
    let second_factor = SecondFactor::open(&database, postgres.as_deref()).await?;
    let users = Users::open(&database)?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve"] => serve(&database, Door::new(users, second_factor, repositories()?)).await,
        ["enrol", name] => enrolment::enrol(name, &users, &second_factor).await,
        ["reset", name] => enrolment::reset(name, &second_factor).await,
        _ => anyhow::bail!("usage: {USAGE}"),
    }
}

async fn serve(database: &Path, door: Door) -> anyhow::Result<()> {
    let config = Config {
        keys: vec![host_key(&database.with_extension("host"))?],
        // No public keys and no passwords in one go: everybody is asked, and asked for both.
        methods: MethodSet::from(&[MethodKind::KeyboardInteractive][..]),
        max_auth_attempts: 3,
        ..Config::default()
    };
    let port = std::env::var("PORT").unwrap_or_else(|_| "2222".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    writeln!(std::io::stdout(), "listening on {}", listener.local_addr()?)?;
    let way_in = std::env::var("GIT_SERVER_WAY_IN").map_or(Ok(WAY_IN), |seconds| seconds.parse())?;
    connections::serve(listener, config, door, Duration::from_secs(way_in)).await
}

/// What the server shows its clients that it is the same as ever: made at the first start, readable by its owner alone.
fn host_key(path: &Path) -> anyhow::Result<PrivateKey> {
    if !path.exists() {
        PrivateKey::random(&mut CHANCE.clone(), Algorithm::Ed25519)?
            .write_openssh_file(path, LineEnding::LF)?;
    }
    PrivateKey::read_openssh_file(path).with_context(|| path.display().to_string())
}

fn repositories() -> anyhow::Result<Repositories> {
    let folder = setting("GIT_SERVER_REPOSITORIES", "repositories");
    Ok(Repositories(folder.canonicalize().with_context(|| folder.display().to_string())?.into()))
}

fn setting(name: &str, otherwise: &str) -> PathBuf {
    PathBuf::from(std::env::var_os(name).unwrap_or_else(|| otherwise.into()))
}

//! Fills a database of Countersign with accounts: directly, since making a million of them by the front door would take
//! a day of hashing. The service made the database, its keyring and one account before; every account that is added
//! gets the password of that one.

mod rows;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use countersign::secret::{KeyId, Keyring};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use rows::Database;

#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// Where the database is: `sqlite:PATH` or `postgresql://…`.
    #[arg(long)]
    database: String,
    /// The keyring of the service.
    #[arg(long)]
    keyring: PathBuf,
    /// How many accounts of the portal, each with 2FA on.
    #[arg(long, default_value_t = 0)]
    portal: u64,
    /// How many of them have an open session.
    #[arg(long, default_value_t = 0)]
    sessions: u64,
    /// A site behind a proxy that is open in each of these sessions: its scheme, host and port.
    #[arg(long)]
    site: Option<String>,
    /// How many accounts of the application.
    #[arg(long, default_value_t = 0)]
    api: u64,
}

#[derive(clap::Args)]
pub(crate) struct Forget {
    /// Where the database is.
    #[arg(long)]
    database: String,
    /// Where it is kept which codes were used.
    #[arg(long)]
    steps: PathBuf,
}

/// Fills.
pub(crate) fn run(wanted: &Wanted) -> anyhow::Result<()> {
    let keyring = keyring(&wanted.keyring)?;
    let mut database = Database::open(&wanted.database)?;
    if wanted.portal > 0 {
        let password =
            database.text("SELECT password_hash FROM accounts WHERE password_hash IS NOT NULL LIMIT 1")?;
        tables::portal(&mut database, &keyring, wanted.portal, wanted.sessions, &password)?;
    }
    if let Some(site) = &wanted.site {
        tables::site(&mut database, site, wanted.sessions)?;
    }
    if wanted.api > 0 {
        tables::application(&mut database, &keyring, wanted.api)?;
    }
    database.close()
}

/// Lets every code be used again.
pub(crate) fn forget(wanted: &Forget) -> anyhow::Result<()> {
    let mut database = Database::open(&wanted.database)?;
    database.execute("UPDATE authenticators SET last_step = -1")?;
    database.close()?;
    if wanted.steps.exists() {
        fs::remove_file(&wanted.steps)?;
    }
    Ok(())
}

/// The keyring of a service that has just been started for the first time: its head, and one key.
fn keyring(path: &Path) -> anyhow::Result<Keyring> {
    let text = fs::read_to_string(path)?;
    let fields: Vec<&str> = text.lines().nth(1).context("no key")?.split(' ').collect();
    let [id, key, _made_at] = fields.as_slice() else { bail!("another layout") };
    let bytes = BASE64URL_NOPAD.decode(key.as_bytes())?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| anyhow::anyhow!("no key of 32 bytes"))?;
    Ok(Keyring::new([(KeyId::parse(id).context("no key id")?, Zeroizing::new(bytes))])?)
}

//! The command line: what can be typed. It only parses; `main` does what was asked for.

use crate::config::Sources;
use clap::{Args, CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use countersign::{budget::Probability, chain::Head};
use std::{ffi::OsString, path::PathBuf};

/// Self-hosted two-factor sign-in.
#[derive(Clone, Debug, Parser)]
#[command(name = "countersign", version, disable_help_subcommand = true)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub common: Common,
    /// Flags of `serve`, which is meant when no command is named.
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// The TOML file with the settings; none is read unless named here or in COUNTERSIGN_CONFIG
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Where the database and the keyring are kept
    #[arg(long, value_name = "DIR", global = true)]
    pub data_dir: Option<String>,
    /// The database: sqlite:PATH, or postgresql://… (better in the environment: it may hold a password)
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
}

/// Flags of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct Serve {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The address that people type, such as `https://sign-in.example.com`
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

/// What is to be done.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the service
    Serve(Serve),
    /// Look after portal accounts
    #[command(subcommand)]
    Account(Account),
    /// Look after applications and their API keys
    #[command(subcommand)]
    Application(Application),
    /// Read and verify the audit log
    #[command(subcommand)]
    Events(Events),
    /// Look after the keys that seal secrets
    #[command(subcommand)]
    Keys(Keys),
    /// Try the mail server
    #[command(subcommand)]
    Mail(Mail),
    /// Move to another database
    #[command(subcommand)]
    Database(Database),
    /// Explain what is wrong with the settings, the keyring or the database
    Check,
}

/// What is to be done about the database.
#[derive(Clone, Debug, Subcommand)]
pub enum Database {
    /// Copy everything from SQLite into an empty PostgreSQL database, and compare every row; the service is stopped
    Copy {
        /// The target, `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`; - reads it from standard input, where no list of
        /// processes shows its password
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

/// What is to be done about mail.
#[derive(Clone, Debug, Subcommand)]
pub enum Mail {
    /// Send one letter now, and print what the mail server said
    Test {
        /// The address it goes to
        address: String,
    },
}

/// What is to be done about keys.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Keys {
    /// List the keys: when each was made, what it does, how many secrets are sealed with it
    List,
    /// Let a new key seal everything, while the service runs; the old one opens nothing afterwards
    Rotate,
}

/// What is to be done about accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum Account {
    /// Create an account; prints a one-time link where no password is given
    Add {
        /// The email to sign in with
        email: String,
        /// The account may look after others
        #[arg(long)]
        admin: bool,
        /// The name shown in the menu
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input, one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts
    List,
    /// Show one account: its second factor, sessions and recent activity
    Show {
        /// The email it signs in with
        email: String,
    },
    /// Close an account's doors and end its sessions
    Disable {
        /// The email it signs in with
        email: String,
        /// Open them again
        #[arg(long)]
        enable: bool,
    },
    /// Sign an account out everywhere: its sessions end, its second factor and remembered devices stay
    #[command(group = clap::ArgGroup::new("whose").required(true).args(["email", "everybody"]))]
    SignOut {
        /// The email it signs in with
        email: Option<String>,
        /// Sign out every account there is
        #[arg(long)]
        everybody: bool,
    },
    /// End the waits that wrong passwords and codes have brought
    Unlock {
        /// The email it signs in with
        email: String,
    },
    /// Print a one-time link to choose a new password, for somebody who forgot theirs
    ResetPassword {
        /// The email it signs in with
        email: String,
    },
    /// Vouch for an account's email, for somebody whom no mail reaches
    ConfirmAddress {
        /// The email it signs in with
        email: String,
    },
    /// Turn the second factor off for somebody who lost it
    ResetTwoFactor {
        /// The email it signs in with
        email: String,
        /// Why, in words for the account's activity log
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
    },
    /// Give a link with which somebody sets 2FA up again after a reset, where it is required; an earlier one is void
    SetUpLink {
        /// The email it signs in with
        email: String,
    },
}

/// What is to be done about applications.
#[derive(Clone, Debug, Subcommand)]
pub enum Application {
    /// Add an application, and print its API key, once
    Add {
        /// What you call it; also its name in authenticator apps, unless --issuer says another
        name: String,
        /// What it decides
        #[command(flatten)]
        choices: Choices,
    },
    /// List all applications
    List,
    /// Change what an application decides for its accounts; it holds for the next request
    Set {
        /// What you call it
        name: String,
        /// What it decides
        #[command(flatten)]
        choices: Choices,
    },
    /// Print another API key; the ones of before go on for a while
    RotateKey {
        /// What you call it
        name: String,
        /// For how many hours the keys of before go on; 0 ends them at once
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=720))]
        overlap_hours: u16,
    },
    /// Remove an application with all its accounts: their second factors are gone for good
    Remove {
        /// What you call it
        name: String,
        /// Its name once more, so that nothing is removed by mistake
        #[arg(long, value_name = "NAME")]
        really: String,
    },
}

/// What an application decides for its accounts.
#[derive(Args, Clone, Debug, Default)]
pub struct Choices {
    /// The name that authenticator apps show; no colon
    #[arg(long, value_name = "NAME")]
    pub issuer: Option<String>,
    /// For how many days a device is remembered; 0: none is [default: 30]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=365))]
    pub remember_days: Option<u16>,
    /// How probable it may be that a tireless guesser gets in, per account and year [default: 0.001]
    #[arg(long, value_name = "P", value_parser = probability)]
    pub guess_probability: Option<Probability>,
    /// How many recovery codes a set has; 0: none are made [default: 10]
    #[arg(long, value_name = "CODES", value_parser = clap::value_parser!(u8).range(0..=20))]
    pub recovery_codes: Option<u8>,
    /// How many requests a minute it may make at each node; 0: as many as it likes [default: 0]
    #[arg(long, value_name = "REQUESTS")]
    pub requests_a_minute: Option<u32>,
}

/// What is to be done about the audit log.
#[derive(Clone, Debug, Subcommand)]
pub enum Events {
    /// List the lines of one account, or of all
    List {
        /// The email of an account
        email: Option<String>,
        /// Only lines after this position
        #[arg(long, value_name = "POSITION", default_value_t = 0)]
        after: i64,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print the last link of the chain, to be noted elsewhere
    Head,
    /// Find lines that were altered, removed or inserted; ends with 0 where there are none, 1 where there are
    Verify {
        /// A link that was noted elsewhere, as `events head` printed it; may be given several times
        #[arg(long, value_name = "LINK:HASH", value_parser = Head::parse)]
        expect: Vec<Head>,
    },
}

fn probability(text: &str) -> Result<Probability, String> {
    let fits = text.parse().ok().and_then(Probability::new);
    fits.ok_or_else(|| format!("it has to lie between {} and {}", Probability::LEAST, Probability::MOST))
}

/// A reason that says nothing is none.
fn reason(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() { Err("say why: the owner will read it") } else { Ok(text.to_owned()) }
}

impl Cli {
    /// Reads the command line, the program's name first.
    ///
    /// # Errors
    /// Help, version and mistakes are all clap errors: let clap print them and end (`error.exit()`).
    pub fn read(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(words)?;
        let misplaced = match (&cli.command, &cli.serve) {
            (None, _) => None,
            (Some(_), Serve { listen: Some(_), .. }) => Some("--listen"),
            (Some(_), Serve { public_url: Some(_), .. }) => Some("--public-url"),
            (Some(_), Serve { listen: None, public_url: None }) => None,
        };
        match misplaced {
            None => Ok(cli),
            Some(flag) => Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                format!("{flag} belongs after `serve`: countersign serve {flag} …"),
            )),
        }
    }

    /// What is to be done.
    pub fn to_do(&self) -> Command {
        self.command.clone().unwrap_or_else(|| Command::Serve(self.serve.clone()))
    }

    /// Where the settings come from: the file named, the environment given, the flags typed.
    pub fn sources(&self, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Sources {
        let (listen, public_url) = match self.to_do() {
            Command::Serve(serve) => (serve.listen, serve.public_url),
            Command::Account(_)
            | Command::Application(_)
            | Command::Events(_)
            | Command::Keys(_)
            | Command::Mail(_)
            | Command::Database(_)
            | Command::Check => (None, None),
        };
        let flags = [
            ("listen", listen),
            ("public_url", public_url),
            ("data_dir", self.common.data_dir.clone()),
            ("database", self.common.database.clone()),
        ];
        Sources {
            file: self.common.config.clone(),
            environment: environment.into_iter().collect(),
            flags: flags.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
        }
    }
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;

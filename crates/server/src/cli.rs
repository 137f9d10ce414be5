//! The command line: what can be typed. It only parses; `main` does what was asked for.

mod application;
mod webhook;

use crate::config::Sources;
use crate::import::{System, plan::UserBy};
pub use application::{Application, Choices, Looks};
use clap::{Args, CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use countersign::{chain::Head, group::Group};
use std::{ffi::OsString, path::PathBuf};
pub use webhook::{Endpoint, Webhook};

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
    /// Look after the addresses at which applications are told what happens to their accounts
    #[command(subcommand)]
    Webhook(Webhook),
    /// Read and verify the audit log
    #[command(subcommand)]
    Events(Events),
    /// Look after the keys that seal secrets
    #[command(subcommand)]
    Keys(Keys),
    /// Try the mail server
    #[command(subcommand)]
    Mail(Mail),
    /// Carry people over from another system, so that nobody scans a QR code again; without --write nothing is written
    Import(Import),
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
    /// Say that a backup of the database was restored and no high-water mark is left: nothing that was used or ended
    /// since may revive. All sessions end; all nodes are stopped
    Restored,
}

/// Who is carried over, and from where.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// The export, as the other system wrote it
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The other system
    #[arg(long, value_enum, value_name = "SYSTEM")]
    pub from: System,
    /// Into this application, without passwords; else into the portal
    #[arg(long, value_name = "NAME")]
    pub application: Option<String>,
    /// What the application's user ids are [default: the first of them that the export has]
    #[arg(long, value_enum, requires = "application")]
    pub user_id: Option<UserBy>,
    /// A file with the keys that the other system sealed its secrets with
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Other names for people: a table with the columns `there` and `here`
    #[arg(long, value_name = "FILE")]
    pub names: Option<PathBuf>,
    /// Do it; without this it is only said what would be done
    #[arg(long)]
    pub write: bool,
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
    /// Make a new key that does not seal yet, so that the keyring can be copied to other machines before `rotate`
    Add,
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
    /// Show the groups of an account, or put it into some and take it out of others: they say which sites it may see
    Groups {
        /// The email it signs in with
        email: String,
        /// Put it into this group; may be given several times
        #[arg(long, value_name = "GROUP", value_parser = Group::parse)]
        add: Vec<Group>,
        /// Take it out of this group; may be given several times
        #[arg(long, value_name = "GROUP", value_parser = Group::parse)]
        remove: Vec<Group>,
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
            | Command::Webhook(_)
            | Command::Events(_)
            | Command::Keys(_)
            | Command::Mail(_)
            | Command::Database(_)
            | Command::Import(_)
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

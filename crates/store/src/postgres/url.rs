//! The address of a PostgreSQL database: what libpq takes, read strictly where a mistake would weaken something.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// How long to try one host, where the address does not say.
const CONNECT: Duration = Duration::from_secs(2);
/// How long the network may swallow what was sent before the connection counts as lost.
const UNHEARD: Duration = Duration::from_secs(10);

/// The address of a database on a PostgreSQL server: `postgresql://user:password@host:port/database`. Several hosts,
/// separated by commas, stand in for each other; whichever takes writes is used. `sslrootcert` names the certificates
/// that are trusted instead of the system's.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(super) config: Box<Config>,
    pub(super) root_certificates: Option<PathBuf>,
    shown: String,
}

/// Why an address is not taken. The text never repeats it: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAPostgresUrl(String);

fn not(what: impl Into<String>) -> NotAPostgresUrl {
    NotAPostgresUrl(what.into())
}

impl PostgresUrl {
    /// Reads an address. Where it does not say `sslmode`, the connection is encrypted and the server's certificate
    /// checked, but for hosts on this machine.
    ///
    /// # Errors
    /// [`NotAPostgresUrl`].
    pub fn parse(text: &str) -> Result<Self, NotAPostgresUrl> {
        if !["postgresql://", "postgres://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(not("it does not begin with postgresql://"));
        }
        let (url, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut kept, mut ssl_mode, mut root_certificates) = (Vec::new(), None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => ssl_mode = Some(mode),
                Some(("sslrootcert", path)) => root_certificates = Some(PathBuf::from(path)),
                Some(("target_session_attrs", _)) => {
                    return Err(not("target_session_attrs cannot be chosen: it is read-write"));
                }
                _ => kept.push(pair),
            }
        }
        let mark = if kept.is_empty() { "" } else { "?" };
        let mut config: Config =
            format!("{url}{mark}{}", kept.join("&")).parse().map_err(|error| said(&error))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(not("it names no host"));
        }
        if config.get_dbname().is_none() {
            return Err(not("it names no database"));
        }
        let ours = match (ssl_mode, is_here(&config)) {
            (Some("disable"), _) | (None, true) => SslMode::Disable,
            (Some("require" | "verify-full"), _) | (None, false) => SslMode::Require,
            _ => {
                return Err(not(
                    "sslmode has to be verify-full, or disable where the network can be trusted",
                ));
            }
        };
        config.ssl_mode(ours).target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.tcp_user_timeout(UNHEARD).keepalives_idle(UNHEARD);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        let shown = shown(&config);
        Ok(Self { config: Box::new(config), root_certificates, shown })
    }

    /// The file of certificates that are trusted instead of the system's.
    pub(super) fn root_certificates(&self) -> Option<&Path> {
        self.root_certificates.as_deref()
    }
}

/// Where the crate says what is wrong it may repeat the value of a parameter; its kind is enough.
fn said(error: &tokio_postgres::Error) -> NotAPostgresUrl {
    let text = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
    let parameter =
        text.split('`').nth(1).filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    match parameter {
        Some(name) => not(format!("it cannot be read, at the parameter {name}")),
        None => not(
            "it cannot be read; characters beyond letters and digits are written %XX in names and passwords",
        ),
    }
}

/// Whether every host is this machine.
fn is_here(config: &Config) -> bool {
    let loopback = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(loopback)
        && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn shown(config: &Config) -> String {
    let port =
        |nth: usize| config.get_ports().get(nth).or(config.get_ports().first()).copied().unwrap_or(5432);
    let named = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let names: Vec<String> = match config.get_hosts().is_empty() {
        false => named.collect(),
        true => config.get_hostaddrs().iter().map(ToString::to_string).collect(),
    };
    let hosts: Vec<String> =
        names.iter().enumerate().map(|(nth, name)| format!("{name}:{}", port(nth))).collect();
    format!("postgresql://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

impl PartialEq for PostgresUrl {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config && self.root_certificates == other.root_certificates
    }
}

impl Eq for PostgresUrl {}

/// Without user and password.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

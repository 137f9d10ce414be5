//! The top of the file: where the service listens, what it is called, where it keeps things.

use super::{
    NotPublic, PublicUrl, Section, TrustedProxies, Wrong, database,
    literal::quoted,
    proxies,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};
use crate::l10n::Language;
use countersign::key_uri::is_formatting;
use countersign_store::Place;
use jiff::tz::TimeZone;
use std::{net::SocketAddr, path::PathBuf};

/// The settings at the top of the file.
#[derive(Clone, Debug)]
pub struct Service {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address that people type.
    pub public_url: PublicUrl,
    /// Whether `public_url` was given; otherwise it follows from `listen`.
    public_url_given: bool,
    /// Where the database and the keyring are kept.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Place,
    /// Where it is noted how far the audit log has come.
    pub high_water_file: PathBuf,
    /// The operator's name, on every page.
    pub name: String,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// The language where nobody chose one and the browser names none of ours.
    pub language: Language,
    /// The time zone of the moments on pages.
    pub time_zone: TimeZone,
    /// The proxies whose `X-Forwarded-…` is believed.
    pub trusted_proxies: TrustedProxies,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// The operator alone.
    Closed,
    /// Everybody who finds the page.
    Open,
}

impl Service {
    /// The keyring's place.
    pub fn keyring(&self) -> PathBuf {
        self.data_dir.join("keyring")
    }

    /// Tells where the service really listens: port 0 means "any", and a public address that follows from it
    /// follows the port that was found.
    pub fn listening_on(&mut self, bound: SocketAddr) {
        self.listen = bound;
        if !self.public_url_given {
            self.public_url = PublicUrl::localhost(bound.port());
        }
    }
}

pub(super) const SECTION: Section = Section {
    name: "",
    about: "The service: where it listens, what it is called and where it keeps things. These keys stand at the top \
            of the file, above all sections.",
    settings: &[
        &LISTEN,
        &PUBLIC_URL,
        &DATA_DIR,
        &DATABASE,
        &HIGH_WATER_FILE,
        &NAME,
        &SIGN_UP,
        &LANGUAGE,
        &TIME_ZONE,
        &TRUSTED_PROXIES,
    ],
};

const LISTEN: Setting = Setting {
    key: "listen",
    flag: Some("--listen"),
    default: Default::Toml("\"127.0.0.1:8080\""),
    accepts: Accepts::Text("an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\""),
    meaning: "Where the service listens, in plain http. Put a proxy with https in front of it.",
};

const PUBLIC_URL: Setting = Setting {
    key: "public_url",
    flag: Some("--public-url"),
    default: Default::Derived(
        "`http://localhost:PORT`, as long as the service listens on this machine alone",
    ),
    accepts: Accepts::Text("scheme, host and port, such as \"https://sign-in.example.com\""),
    meaning: "The address that people type. Forms are accepted from pages of this address alone. Away from localhost \
              it must be https; browsers are then told to use https for this host and the hosts below it \
              for a year (HSTS with includeSubDomains).",
};

const DATA_DIR: Setting = Setting {
    key: "data_dir",
    flag: Some("--data-dir"),
    default: Default::Toml("\"data\""),
    accepts: Accepts::Text("a directory"),
    meaning: "Where the database and the keyring are kept. A relative path starts from the working directory.",
};

const DATABASE: Setting = Setting {
    key: "database",
    flag: Some("--database"),
    default: Default::Derived("`countersign.db` in the data directory"),
    accepts: Accepts::Text("sqlite:PATH, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"),
    meaning: "The database. On PostgreSQL any number of nodes may share one; several hosts with commas between them \
              stand in for each other. Connections to other machines are encrypted and the server's certificate is \
              checked: by this system's certificates, or by those of the file that `?sslrootcert=FILE` names; \
              `?sslmode=disable` does without. A password in it belongs into the environment variable or into a file \
              that the service alone can read.",
};

const HIGH_WATER_FILE: Setting = Setting {
    key: "high_water_file",
    flag: None,
    default: Default::Derived("`high-water` in the data directory"),
    accepts: Accepts::Text("a file that no backup holds"),
    meaning: "Where the service notes how far its audit log has come. An older backup of the database is known by it, \
              so it must never be restored together with one: where backups take the whole data directory, put it \
              elsewhere on this machine.",
};

const NAME: Setting = Setting {
    key: "name",
    flag: None,
    default: Default::Toml("\"Countersign\""),
    accepts: Accepts::Text("1 to 64 characters on one line"),
    meaning: "Your name as people know it. Every page shows it.",
};

const SIGN_UP: Setting = Setting {
    key: "sign_up",
    flag: None,
    default: Default::Toml("\"closed\""),
    accepts: Accepts::OneOf(&["closed", "open"]),
    meaning: "Whether people may make an account themselves. When closed, `countersign account add` makes them.",
};

const LANGUAGE: Setting = Setting {
    key: "language",
    flag: None,
    default: Default::Toml("\"en\""),
    accepts: Accepts::OneOf(&["en", "cs"]),
    meaning: "The language of pages where a person chose none and the browser names none of ours.",
};

const TIME_ZONE: Setting = Setting {
    key: "time_zone",
    flag: None,
    default: Default::Toml("\"UTC\""),
    accepts: Accepts::Text("a name of the IANA database, such as \"Europe/Prague\""),
    meaning: "The time zone of the moments on pages.",
};

const TRUSTED_PROXIES: Setting = Setting {
    key: "trusted_proxies",
    flag: None,
    default: Default::Toml("[]"),
    accepts: Accepts::List("a list of IP addresses and networks, such as \"127.0.0.1\" or \"10.0.0.0/8\""),
    meaning: "The proxies whose X-Forwarded-For is believed when a visitor's address is logged and when households \
              take turns at the hashing threads. No guess budget looks at it.",
};

pub(super) fn read(reader: &mut Reader) -> Option<Service> {
    let listen = reader.text(&LISTEN, listen);
    let public_url = public_url(reader, listen);
    let data_dir = reader.text(&DATA_DIR, data_dir);
    let database = reader.said_text(&DATABASE, database_or_nothing);
    let high_water = reader.said_text(&HIGH_WATER_FILE, file_or_nothing);
    let name = reader.text(&NAME, name);
    let sign_up = reader.choice(&SIGN_UP, &[SignUp::Closed, SignUp::Open]);
    let language = reader.choice(&LANGUAGE, &Language::ALL);
    let time_zone = reader.text(&TIME_ZONE, time_zone);
    let trusted_proxies = reader.list(&TRUSTED_PROXIES, proxies::parse).map(TrustedProxies::new);

    let (public_url, public_url_given) = public_url?;
    let data_dir = data_dir?;
    Some(Service {
        listen: listen?,
        public_url,
        public_url_given,
        database: database?.flatten().unwrap_or_else(|| Place::Sqlite(data_dir.join("countersign.db"))),
        high_water_file: high_water?.flatten().unwrap_or_else(|| data_dir.join("high-water")),
        data_dir,
        name: name?,
        sign_up: sign_up?,
        language: language?,
        time_zone: time_zone?,
        trusted_proxies: trusted_proxies?,
    })
}

fn listen(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        let what = format!("{} is not an IP address and a port", quoted(text));
        Wrong::new(
            what,
            "Write \"127.0.0.1:8080\" for this machine alone, \"0.0.0.0:8080\" for all that can reach it",
        )
    })
}

/// The public address, and whether it was given.
fn public_url(reader: &mut Reader, listen: Option<SocketAddr>) -> Option<(PublicUrl, bool)> {
    let given = reader.said_text(&PUBLIC_URL, |text| {
        PublicUrl::parse(text).map_err(|reason| {
            let advice = match reason {
                NotPublic::NotAnAddress => "Write scheme and host, such as \"https://sign-in.example.com\"; names \
                                            with letters beyond a-z in their xn-- form",
                NotPublic::MoreThanOrigin => "Write scheme, host and port alone, such as \
                                              \"https://sign-in.example.com\"; the service needs a host of its own",
                NotPublic::NeedsHttps => "Put a proxy with https in front and write https:// here",
            };
            // A user name in an address comes with a password, so that one is not repeated.
            let shown = if text.contains('@') { "the address".to_owned() } else { quoted(text) };
            Wrong::new(format!("{shown} {reason}"), advice)
        })
    })?;
    match (given, listen) {
        (Some(url), _) => Some((url, true)),
        (None, Some(listen)) if listen.ip().to_canonical().is_loopback() => {
            Some((PublicUrl::localhost(listen.port()), false))
        }
        (None, Some(listen)) => {
            let advice = format!(
                "Write the https address that people will type; to try it out in a container, write \
                 \"http://localhost:{}\"",
                listen.port()
            );
            let what = format!("it is not set, and {listen} can be reached from other machines");
            reader.refuse(&PUBLIC_URL, Wrong::new(what, advice));
            None
        }
        (None, None) => None,
    }
}

fn data_dir(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() || text.contains('\0') {
        return Err(Wrong::new(
            "this is not a directory",
            "Write a path; \"data\" is the default, \".\" is here",
        ));
    }
    Ok(PathBuf::from(text))
}

/// Empty means the default, as it does in an environment variable.
fn database_or_nothing(text: &str) -> Result<Option<Place>, Wrong> {
    if text.is_empty() { Ok(None) } else { database::parse(text).map(Some) }
}

pub(super) fn file_or_nothing(text: &str) -> Result<Option<PathBuf>, Wrong> {
    if text.contains('\0') || text.ends_with('/') {
        return Err(Wrong::new(format!("{} is not a file", quoted(text)), "Write the path of a file"));
    }
    Ok(Some(text).filter(|text| !text.is_empty()).map(PathBuf::from))
}

/// A name that people read: on one line, without characters that hide or reorder others.
pub(super) fn name(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let advice = format!("Give {}", NAME.accepts);
    match text.chars().count() {
        0 => Err(Wrong::new("it is empty", advice)),
        count if count > 64 => Err(Wrong::new(format!("it has {count} characters"), advice)),
        _ if text.contains(|c: char| c.is_control() || is_formatting(c)) => {
            Err(Wrong::new(format!("{} has control or invisible characters", quoted(text)), advice))
        }
        _ => Ok(text.to_owned()),
    }
}

fn time_zone(text: &str) -> Result<TimeZone, Wrong> {
    TimeZone::get(text).map_err(|_| {
        let advice = format!("Give {}", TIME_ZONE.accepts);
        Wrong::new(format!("{} is not a time zone", quoted(text)), advice)
    })
}

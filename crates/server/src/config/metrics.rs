//! `[metrics]`: where the service can be watched, and by whom.

use super::{
    Section, Wrong,
    literal::quoted,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};
use sha2::{Digest as _, Sha256};
use std::{fmt, net::SocketAddr};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The settings of `[metrics]`.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Where `/metrics` is served.
    pub listen: SocketAddr,
    /// What has to be shown there.
    pub token: Option<MetricsToken>,
}

/// The token of whoever may read `/metrics`. Only what it hashes to is kept.
#[derive(Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    /// Whether this is it; the time it takes tells nothing of the token.
    pub fn admits(&self, presented: &str) -> bool {
        self.0.ct_eq(Sha256::digest(presented).as_slice()).into()
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

pub(super) const SECTION: Section = Section {
    name: "metrics",
    about: "Numbers for Prometheus at `/metrics`, on a listener of its own: how many sign in, and how many fail, is \
            nobody's business, so the address that people use never serves them.",
    settings: &[&LISTEN, &TOKEN_FILE],
};

const LISTEN: Setting = Setting {
    key: "metrics.listen",
    flag: None,
    default: Default::Derived("nothing: there are no metrics"),
    accepts: Accepts::Text("an IP address and a port, such as \"127.0.0.1:9187\""),
    meaning: "Where `/metrics` is served, in plain http. Where other machines reach it, `metrics.token_file` has to be \
              given as well.",
};

const TOKEN_FILE: Setting = Setting {
    key: "metrics.token_file",
    flag: None,
    default: Default::Derived("nothing: on this machine alone, whoever is on it may read them"),
    accepts: Accepts::Text("a file whose first line is a token of 16 to 256 visible ASCII characters"),
    meaning: "What Prometheus has to show (`authorization: credentials_file` in its scrape_configs). `openssl rand -hex \
              24` makes one.",
};

/// `Some(None)` where nobody watches.
pub(super) fn read(reader: &mut Reader, people: Option<SocketAddr>) -> Option<Option<Metrics>> {
    let listen = reader.said_text(&LISTEN, listen);
    let token = reader.said_text(&TOKEN_FILE, token_file);
    let (listen, token) = (listen?.flatten(), token?.flatten());
    let refused = match (listen, &token) {
        (None, None) => return Some(None),
        (None, Some(_)) => (
            &LISTEN,
            "it is not set, and a token is".to_owned(),
            "Say where the metrics are served".to_owned(),
        ),
        (Some(listen), _) if people.is_some_and(|people| meets(people, listen)) => (
            &LISTEN,
            format!("{listen} is where people come in"),
            "Give the metrics a port of their own, such as \"127.0.0.1:9187\"".to_owned(),
        ),
        (Some(listen), None) if !listen.ip().to_canonical().is_loopback() => (
            &LISTEN,
            format!(
                "{listen} can be reached from other machines, and everybody there could read the metrics"
            ),
            format!("Write \"127.0.0.1:{}\", or give metrics.token_file", listen.port()),
        ),
        (Some(listen), token) => return Some(Some(Metrics { listen, token: token.clone() })),
    };
    let (setting, what, advice) = refused;
    reader.refuse(setting, Wrong::new(what, advice));
    None
}

/// Whether two listeners would be in each other's way. Port 0 is any that is free.
fn meets(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let same_ip = ip == other_ip || ip.is_unspecified() || other_ip.is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_ip
}

/// Empty means none, as it does in an environment variable.
fn listen(text: &str) -> Result<Option<SocketAddr>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Wrong::new(
            format!("{} is not an IP address and a port", quoted(text)),
            format!("Give {}", LISTEN.accepts),
        )
    })
}

fn token_file(path: &str) -> Result<Option<MetricsToken>, Wrong> {
    if path.is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|reason| {
        Wrong::new(
            format!("{} cannot be read: {reason}", quoted(path)),
            "Name a file that this user may read",
        )
    })?;
    let token = text.lines().next().unwrap_or_default().trim_end();
    if !(16..=256).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = format!("the first line of {} is no such token", quoted(path));
        return Err(Wrong::new(what, format!("Give {}", TOKEN_FILE.accepts)));
    }
    Ok(Some(MetricsToken(Sha256::digest(token).into())))
}

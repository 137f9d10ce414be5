//! `[webhooks]`: where messages to applications may go, besides the public internet.

use super::{
    Network, Section, Wrong,
    literal::quoted,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use std::net::IpAddr;

/// The settings of `[webhooks]`.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    /// The networks that endpoints may be in although they are not public. Plain http goes there, and nowhere else.
    pub allow_networks: Vec<Network>,
    /// Authorities that are believed besides those of the system.
    pub authorities: Vec<CertificateDer<'static>>,
}

impl Webhooks {
    /// Whether the operator has allowed this address.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allow_networks.iter().any(|network| network.contains(address))
    }
}

pub(super) const SECTION: Section = Section {
    name: "webhooks",
    about: "Messages to applications about what happens to their accounts. `countersign webhook add` says where they go. The \
            guide is [Webhooks](webhooks.md).",
    settings: &[&ALLOW_NETWORKS, &CA_FILE],
};

const ALLOW_NETWORKS: Setting = Setting {
    key: "webhooks.allow_networks",
    flag: None,
    default: Default::Toml("[]"),
    accepts: Accepts::List("addresses or networks, such as [\"127.0.0.1\", \"10.1.0.0/16\"]"),
    meaning: "Messages go to public addresses alone, so that no webhook reaches into your own network. Name the networks \
              of your own that endpoints are in. Plain http is accepted there, and nowhere else.",
};

const CA_FILE: Setting = Setting {
    key: "webhooks.ca_file",
    flag: None,
    default: Default::Derived("the certificates that this system trusts"),
    accepts: Accepts::Text("a file of certificates in PEM form"),
    meaning: "Authorities of your own that have signed certificates of endpoints. They are trusted besides those of the \
              system.",
};

pub(super) fn read(reader: &mut Reader) -> Option<Webhooks> {
    let allow_networks = reader.list(&ALLOW_NETWORKS, network);
    let authorities = reader.said_text(&CA_FILE, ca_file);
    Some(Webhooks { allow_networks: allow_networks?, authorities: authorities?.unwrap_or_default() })
}

fn network(text: &str) -> Result<Network, Wrong> {
    let advice = format!("Give {}", ALLOW_NETWORKS.accepts);
    let network = Network::parse(text);
    let network = network
        .ok_or_else(|| Wrong::new(format!("{} is no address and no network", quoted(text)), &advice))?;
    if network.is_everybody() {
        let what = format!("{} is every address, the metadata service of a cloud among them", quoted(text));
        return Err(Wrong::new(what, advice));
    }
    Ok(network)
}

/// Empty means none, as it does in an environment variable.
fn ca_file(path: &str) -> Result<Vec<CertificateDer<'static>>, Wrong> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |what: String| Wrong::new(what, format!("Give {}", CA_FILE.accepts));
    let read = CertificateDer::pem_file_iter(path).and_then(|found| found.collect::<Result<Vec<_>, _>>());
    let found = read.map_err(|reason| wrong(format!("{} cannot be read: {reason}", quoted(path))))?;
    if found.is_empty() { Err(wrong(format!("{} holds no certificate", quoted(path)))) } else { Ok(found) }
}

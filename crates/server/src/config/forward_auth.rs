//! `[forward_auth]`: applications behind a proxy that asks here before every request.

use super::{
    Section, Wrong,
    reader::Reader,
    service::Service,
    setting::{Accepts, Default, Setting},
    site::{self, Site},
};
use std::sync::Arc;

/// The settings of `[forward_auth]`.
#[derive(Clone, Debug, Default)]
pub struct ForwardAuth {
    /// The sites, in the order of the file. No two share a host.
    pub sites: Vec<Arc<Site>>,
}

impl ForwardAuth {
    /// The site with this origin, as browsers write it.
    pub fn site_at(&self, origin: &str) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.url.origin() == origin)
    }

    /// The site with this host.
    pub fn site_on(&self, host: &str) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.url.host() == host)
    }
}

pub(super) const SECTION: Section = Section {
    name: "forward_auth",
    about: "Sites that this service stands in front of: applications behind nginx, Caddy or Traefik, which ask here \
            before every request. The guide is [Before any application](forward-auth.md).",
    settings: &[&SITES],
};

const SITES: Setting = Setting {
    key: "forward_auth.sites",
    flag: None,
    default: Default::Toml("[]"),
    accepts: Accepts::Tables("tables `[[forward_auth.sites]]`, each with a `name`, a `url` and its rules"),
    meaning: "The sites; any other host is refused. It needs `trusted_proxies`: the proxy says which page of which site \
              is wanted, and is believed from there alone.",
};

pub(super) fn read(reader: &mut Reader, service: Option<&Service>) -> Option<ForwardAuth> {
    let mut sites: Vec<Arc<Site>> = Vec::new();
    for literal in reader.tables(&SITES)? {
        let Some((origin, site)) = site::read(reader, &literal, service) else { continue };
        if sites.iter().any(|other| other.url.host() == site.url.host()) {
            let what = format!("{} has a site already", site.url.host());
            let advice =
                "Browsers send a cookie to every port of a host, so each site needs a host of its own";
            reader.refuse_at(origin, "forward_auth.sites.url", Wrong::new(what, advice));
        }
        sites.push(Arc::new(site));
    }
    if !sites.is_empty() && service.is_some_and(|service| service.trusted_proxies.is_empty()) {
        let what = "no proxy is trusted, so nobody could ask for a site";
        let advice = "Set trusted_proxies to the addresses your proxy connects from, such as [\"127.0.0.1\"]";
        reader.refuse(&SITES, Wrong::new(what, advice));
    }
    Some(ForwardAuth { sites })
}

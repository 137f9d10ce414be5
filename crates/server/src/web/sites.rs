//! `/sites/…`: what the portal has to say to somebody on the way to a site.

use std::sync::Arc;

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign::{
    site::Entry,
    token::{SiteBegin, TokenHash},
};
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::full::Full;
use super::visitor::Visitor;
use super::{next, page, redirect};
use crate::app::App;
use crate::config;
use crate::pages::{Chrome, Site, SiteStage};

/// The way to a page of a site, as an address of ours carries it.
#[derive(Clone)]
pub(super) struct Enter {
    /// The site.
    pub(super) site: Arc<config::Site>,
    /// The hash of what the site has given the browser.
    pub(super) begun: TokenHash<SiteBegin>,
    /// The page: a path with its query.
    pub(super) to: String,
}

/// The query of such an address.
#[derive(Deserialize)]
pub(super) struct EnterQuery {
    #[serde(default)]
    site: String,
    #[serde(default)]
    begun: String,
    #[serde(default)]
    to: String,
    /// Said by the page that a form has led to: no form is under way any more.
    onward: Option<String>,
}

/// A site by its host.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    site: String,
}

impl Enter {
    /// The way to `to`. A page whose address is too long for it gives way to the start page.
    pub(super) fn new(site: &Arc<config::Site>, begun: &TokenHash<SiteBegin>, to: &str) -> Self {
        let enter = Self { site: Arc::clone(site), begun: *begun, to: to.to_owned() };
        let fits = is_a_page(to) && next::ours(&enter.path_to("/sites/enter")).is_some();
        if fits { enter } else { Self { to: "/".to_owned(), ..enter } }
    }

    /// Reads it. Only a site that is configured is one, and only a path of it can be wanted.
    pub(super) fn read(app: &App, query: &EnterQuery) -> Option<Self> {
        let site = app.config.forward_auth.site_on(&query.site)?;
        Some(Self::new(site, &TokenHash::parse(&query.begun)?, &query.to))
    }

    /// Its address.
    pub(super) fn path(&self) -> String {
        self.path_to("/sites/enter")
    }

    /// The same way at another address of ours.
    pub(super) fn path_to(&self, page: &str) -> String {
        let to = next::in_query(&self.to);
        format!("{page}?site={}&begun={}&to={to}", self.site.url.host(), self.begun.to_text())
    }

    /// Whether this session may see the page, and what is missing.
    pub(super) async fn entry(&self, full: &Full) -> Result<Entry, Failure> {
        let store = &full.visitor.app.store;
        let (standing, groups) = (full.session.standing(), store.groups(full.session.account).await?);
        let guest = countersign::site::Guest { standing: &standing, groups: &groups };
        let path = self.to.split('?').next().unwrap_or(&self.to);
        Ok(self.site.rules.enter(path, Some(guest), store.policy(), full.visitor.now()))
    }

    /// A page on this way.
    fn page(&self, chrome: Chrome, stage: SiteStage) -> Site {
        Site { chrome, site: self.site.name.clone(), start: start(&self.site), stage }
    }
}

/// Visible ASCII that begins with a slash: behind the origin of a site it stays at that site, whatever it is.
fn is_a_page(to: &str) -> bool {
    to.starts_with('/') && to.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Leads somebody who is signed in on to the site, or says what is missing.
pub(super) async fn enter(
    full: Full,
    headers: HeaderMap,
    query: Result<Query<EnterQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::NotFound)?;
    let enter = Enter::read(&full.visitor.app, &query).ok_or(Failure::NotFound)?;
    let stage = match enter.entry(&full).await? {
        Entry::Welcome if query.onward.is_some() || !begun_by_a_form(&headers) => {
            return go_on(full, &enter).await;
        }
        Entry::Welcome => SiteStage::Going { onward: format!("{}&onward=yes", enter.path()) },
        Entry::ShowFactor => return Ok(redirect(&enter.path_to("/sites/code"), full.visitor.cookies)),
        Entry::NotAllowed => {
            let (store, visit) = (&full.visitor.app.store, &full.visitor.visit);
            store.refused_at_site(&full.session, enter.site.url.origin(), visit).await?;
            SiteStage::NotAllowed { email: full.session.email.clone() }
        }
        Entry::TurnOn => SiteStage::TurnOn,
        Entry::SignIn => return Err(Failure::Internal),
    };
    let status = match stage {
        SiteStage::Going { .. } => StatusCode::OK,
        _ => StatusCode::FORBIDDEN,
    };
    Ok(page(status, enter.page(full.chrome(), stage).render()))
}

/// Whether a form of ours may have led here. Our policy lets a form lead to our own pages alone, and Chromium holds
/// every redirect that follows it to that, so the way to another host begins on a page.
fn begun_by_a_form(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    !matches!(site, Some("cross-site" | "same-site" | "none"))
}

async fn go_on(full: Full, enter: &Enter) -> Result<Response, Failure> {
    let (store, mut chance) = (&full.visitor.app.store, full.visitor.app.chance);
    let (origin, now) = (enter.site.url.origin(), full.visitor.now());
    let drawn =
        store.draw_site_ticket(&full.session, origin, &enter.begun, &enter.to, now, &mut chance).await;
    match drawn {
        Ok(ticket) => {
            let to = format!("{origin}/.countersign/return?ticket={}", ticket.reveal());
            Ok(redirect(&to, full.visitor.cookies))
        }
        // Signed out in this very moment: the next look at the session says so.
        Err(Refusal::Gone(_)) => Ok(redirect(&enter.path(), full.visitor.cookies)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The start page of a site: pages of ours link to no other host themselves.
pub(super) async fn go(
    visitor: Visitor,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Failure> {
    let site = named(&visitor, which)?;
    Ok(redirect(&format!("{}/", site.url.origin()), visitor.cookies))
}

/// Says that somebody came to a site with a ticket that was no good there.
pub(super) async fn failed(
    visitor: Visitor,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Failure> {
    said(&visitor, which, StatusCode::BAD_REQUEST, SiteStage::Failed)
}

/// Says that a form was sent to a site by somebody who was signed out.
pub(super) async fn unsent(
    visitor: Visitor,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Failure> {
    said(&visitor, which, StatusCode::OK, SiteStage::Unsent)
}

fn said(
    visitor: &Visitor,
    which: Result<Query<Which>, QueryRejection>,
    status: StatusCode,
    stage: SiteStage,
) -> Result<Response, Failure> {
    let site = named(visitor, which)?;
    let view = Site { chrome: visitor.chrome(), site: site.name.clone(), start: start(&site), stage };
    Ok(page(status, view.render()))
}

fn named(
    visitor: &Visitor,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Arc<config::Site>, Failure> {
    let Query(which) = which.map_err(|_| Failure::NotFound)?;
    visitor.app.config.forward_auth.site_on(&which.site).cloned().ok_or(Failure::NotFound)
}

fn start(site: &config::Site) -> String {
    format!("/sites/go?site={}", site.url.host())
}

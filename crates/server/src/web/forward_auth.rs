//! `/forward-auth`: a proxy asks before every request to a site, and passes on what leads its visitors here and back.
//!
//! The portal's cookie is the portal's alone. A site has a cookie of its own, which its visitor gets like this: the site
//! keeps a token in the browser and leads to `/sites/enter` of the portal with its hash; there one signs in, as far as
//! the site asks; the portal leads back with a ticket that is good once, for a minute, at this site and with that token.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use countersign::{
    group::Group,
    site::Entry,
    token::{SiteBegin, Token},
};
use countersign_store::{Refusal, site_sessions::Guest};
use serde::Deserialize;

use super::cookies::Cookies;
use super::failure::Failure;
use super::forwarded::{Asks, AtSite, Forwarded, bare};
use super::sites::Enter;
use crate::headers::OfAnotherHost;

/// What a site's visitor comes back with.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    ticket: String,
}

/// Whether the visitor may see the page: 200 with who it is, or a redirect to the portal, or 401 or 403. For proxies that
/// pass on what is not 200. The query of the address is the visitor's own with some of them, and is not looked at.
pub(super) async fn check(forwarded: Forwarded) -> Result<Response, Failure> {
    match forwarded.entry().await? {
        (Entry::Welcome, guest) => Ok(welcome(guest.as_ref())),
        (entry, _) => Ok(lead_on(forwarded, entry)),
    }
}

/// The same for nginx, whose `auth_request` knows 401 and 403 alone and leads its visitors by [`lead`].
pub(super) async fn check_for_nginx(forwarded: Forwarded) -> Result<Response, Failure> {
    match forwarded.entry().await? {
        (Entry::Welcome, guest) => Ok(welcome(guest.as_ref())),
        (entry, _) => Ok(refused(&forwarded, entry)),
    }
}

/// Leads the visitor whom [`check_for_nginx`] refused: nginx comes here with the request that it asked about.
pub(super) async fn lead(forwarded: Forwarded) -> Result<Response, Failure> {
    let entry = match forwarded.entry().await? {
        // Somebody else's tab was faster, or this very address was opened: signing in is what it is for.
        (Entry::Welcome, _) => Entry::SignIn,
        (entry, _) => entry,
    };
    Ok(lead_on(forwarded, entry))
}

/// Opens the site to a browser that comes back with a good ticket.
pub(super) async fn come_back(
    at: AtSite,
    back: Result<Query<Back>, QueryRejection>,
) -> Result<Response, Failure> {
    let ticket = back.ok().and_then(|Query(back)| Token::parse(&back.ticket));
    let origin = at.site.url.origin().to_owned();
    if let (Some(ticket), Some(begun)) = (ticket, at.cookies.begun()) {
        let (store, mut chance) = (&at.visitor.app.store, at.visitor.app.chance);
        let (ticket, begun, visit) = (ticket.hash(), begun.hash(), &at.visitor.visit);
        match store.open_site(&ticket, &origin, &begun, visit, &mut chance).await {
            Ok((token, path)) => {
                let cookies = at.cookies.open_site(&token);
                return Ok(redirect(StatusCode::SEE_OTHER, &format!("{origin}{path}"), cookies));
            }
            Err(Refusal::Gone(_)) => {}
            Err(refusal) => {
                let _said_in_the_log = Failure::from(refusal);
                return Ok(bare(StatusCode::SERVICE_UNAVAILABLE));
            }
        }
    }
    // Whoever is here already has gone back, or has opened two pages at once.
    let to = match at.guest().await? {
        Some(_) => format!("{origin}/"),
        None => at.at_the_portal("/sites/failed"),
    };
    Ok(redirect(StatusCode::SEE_OTHER, &to, at.cookies))
}

/// Who it is, for the application. What is open to everybody is told of nobody, in so many words: some proxies leave what
/// a visitor said, or worse, where a header is not in the answer.
fn welcome(guest: Option<&Guest>) -> Response {
    let groups: Vec<&str> =
        guest.map(|guest| guest.groups.iter().map(Group::as_str).collect()).unwrap_or_default();
    let of = |value: fn(&Guest) -> &str| guest.map_or("", value);
    let values = [
        ("remote-user", of(|guest| &guest.session.email_key)),
        ("remote-email", of(|guest| &guest.session.email)),
        ("remote-name", of(|guest| &guest.session.name)),
        ("remote-groups", &groups.join(",")),
    ];
    let mut response = bare(StatusCode::OK);
    for (name, value) in values {
        response.headers_mut().insert(HeaderName::from_static(name), plain(value));
    }
    response
}

/// UTF-8 as it is, without what could begin another header. Addresses and names have no such character anyway.
fn plain(value: &str) -> HeaderValue {
    let value: String = value.chars().filter(|c| !c.is_control()).collect();
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or(HeaderValue::from_static(""))
}

fn refused(forwarded: &Forwarded, entry: Entry) -> Response {
    if entry == Entry::NotAllowed {
        return bare(StatusCode::FORBIDDEN);
    }
    let mut response = bare(StatusCode::UNAUTHORIZED);
    // RFC 9110 §15.5.2 wants a challenge. No browser knows this one, so none asks for a password of its own.
    let realm = format!("Countersign realm=\"{}\"", forwarded.at.site.url.origin());
    if let Ok(realm) = HeaderValue::from_str(&realm) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    response
}

fn lead_on(forwarded: Forwarded, entry: Entry) -> Response {
    match (forwarded.asks, entry) {
        (Asks::Program, _) => refused(&forwarded, entry),
        // Led to the portal and back, a form would have been sent by nobody, and nobody would know.
        (Asks::Form, Entry::SignIn | Entry::ShowFactor | Entry::TurnOn) => {
            let to = forwarded.at.at_the_portal("/sites/unsent");
            redirect(StatusCode::SEE_OTHER, &to, forwarded.at.cookies)
        }
        (Asks::Page | Asks::Form, _) => {
            let mut chance = forwarded.at.visitor.app.chance;
            // One token for all tabs of this browser: the ticket of none is spoilt by another.
            let begun =
                forwarded.at.cookies.begun().unwrap_or_else(|| Token::<SiteBegin>::fresh(&mut chance));
            let enter = Enter::new(&forwarded.at.site, &begun.hash(), forwarded.to());
            let to = forwarded.at.visitor.app.config.service.public_url.page(&enter.path());
            redirect(StatusCode::FOUND, &to, forwarded.at.cookies.begin_site(&begun))
        }
    }
}

/// An answer that leads to another host, with cookies of the site.
fn redirect(status: StatusCode, to: &str, cookies: Cookies) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else { return bare(StatusCode::FORBIDDEN) };
    let mut response = (status, cookies.into_jar(), [(header::LOCATION, to)]).into_response();
    response.extensions_mut().insert(OfAnotherHost);
    response
}

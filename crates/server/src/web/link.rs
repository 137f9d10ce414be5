//! One-time links as they stand in an address: `?link=…`.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use countersign::token::Token;
use countersign_store::links::{LinkOf, Purpose};
use serde::Deserialize;

use super::failure::Failure;
use super::next;
use super::visitor::Visitor;

/// The secret of a link, as text that may be anything; empty where the address has none.
pub(super) struct Link(pub(super) String);

#[derive(Deserialize)]
struct Linked {
    link: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Link {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let linked = Query::<Linked>::from_request_parts(parts, state).await.ok();
        Ok(Self(linked.and_then(|Query(linked)| linked.link).unwrap_or_default()))
    }
}

/// A link of this purpose and whose it is, while it is good. Looking spends nothing.
pub(super) async fn good<K: Purpose>(
    visitor: &Visitor,
    link: &str,
) -> Result<Option<(Token<K>, LinkOf)>, Failure> {
    let Some(token) = Token::parse(link) else { return Ok(None) };
    let of = visitor.app.store.link_of(&token.hash(), visitor.now()).await?;
    Ok(of.map(|of| (token, of)))
}

/// The page's address with its link in it: a refused form is still the same page.
pub(super) fn address(page: &str, link: &str) -> String {
    match link {
        "" => page.to_owned(),
        link => format!("{page}?link={}", next::in_query(link)),
    }
}

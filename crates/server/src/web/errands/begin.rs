//! `/hosted/begin?link=…`: the first browser that opens a link goes on the errand, and its address has no secret any more.

use axum::{
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use countersign::{errand::Purpose, token::Token};
use countersign_store::Refusal;

use super::super::failure::Failure;
use super::super::link::Link;
use super::super::redirect;
use super::super::visitor::Visitor;
use super::{OnErrand, over};
use crate::pages::ErrandEndWhy;

/// Opens a link.
pub(in super::super) async fn begin(
    visitor: Visitor,
    method: Method,
    Link(link): Link,
) -> Result<Response, Failure> {
    // Whoever looks without opening, such as a scanner of links, does not use it up.
    if method == Method::HEAD {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let Some(link) = Token::parse(&link).map(|link: Token<_>| link.hash()) else {
        return Ok(over(&visitor, ErrandEndWhy::Over));
    };
    let (store, mut chance) = (visitor.app.store.clone(), visitor.app.chance);
    let Some((errand, token)) = store.open_errand(&link, visitor.now(), &mut chance).await? else {
        let opened = store.errand_of_link(&link).await?;
        // The same browser again, by its back button: it is on the errand already.
        if let Some(errand) = opened.filter(|errand| visitor.cookies.errand(*errand).is_some())
            && let Some(on) = OnErrand::of(visitor.clone(), errand).await?
        {
            return Ok(redirect(&on.first_page(), on.visitor.cookies));
        }
        let why = if opened.is_some() { ErrandEndWhy::Used } else { ErrandEndWhy::Over };
        return Ok(over(&visitor, why));
    };
    let mut visitor = visitor;
    visitor.cookies = visitor.cookies.begin_errand(errand, &token);
    let Some(on) = OnErrand::of(visitor.clone(), errand).await? else {
        return Ok(over(&visitor, ErrandEndWhy::Over));
    };
    if on.errand.purpose == Purpose::Verify {
        return by_device(on).await;
    }
    let to = on.first_page();
    Ok(redirect(&to, on.visitor.cookies))
}

/// A device that is remembered stands for the code, and its owner goes straight back.
async fn by_device(on: OnErrand) -> Result<Response, Failure> {
    let device = on.visitor.cookies.device(on.account()).filter(|_| !on.errand.fresh);
    let asks = on.first_page();
    let Some(device) = device else { return Ok(redirect(&asks, on.visitor.cookies)) };
    let mut chance = on.visitor.app.chance;
    match on.store.verify_device_on_errand(&on.errand, &device, &on.visitor.visit, &mut chance).await {
        Ok(verified) => {
            let (back, now) = (on.path("return"), on.visitor.now());
            let cookies = match &verified.device {
                Some((token, device)) => on.visitor.cookies.remember(token, device, now),
                None => on.visitor.cookies,
            };
            Ok(redirect(&back, cookies))
        }
        Err(Refusal::Gone(_)) => Ok(redirect(&asks, on.visitor.cookies)),
        Err(refusal) => Err(refusal.into()),
    }
}

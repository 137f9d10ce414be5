//! Where one wanted to go: no address leads away from here, at any of the doors that read one.

use axum::http::{HeaderMap, Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::world::{Who, world};

/// The address; it comes back in `Location`, which [`crate::world`] looks at in every answer.
pub(crate) fn run(data: &[u8]) {
    let mut world = world();
    let written = percent_encode(data, NON_ALPHANUMERIC).to_string();
    let none = HeaderMap::new();
    let body = format!("language=en&next={written}").into_bytes();
    let answer = world.ask(Who::Eva, Method::POST, Uri::from_static("/language"), &none, body);
    let to = answer.header("location");
    assert!(to.is_none_or(|to| to == "/account" || to.as_bytes() == data), "{to:?}");
    for who in [Who::Eva, Who::Anybody] {
        let Ok(uri) = Uri::try_from(format!("/sign-in?next={written}")) else { continue };
        let answer = world.ask(who, Method::GET, uri, &none, Vec::new());
        assert!([200, 303].contains(&answer.status), "{}", answer.status);
    }
}

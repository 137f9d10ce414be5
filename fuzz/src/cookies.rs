//! Cookies: nobody gets in with one that was not given out, and no message or language is believed that is none.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};

use crate::world::{Who, world};

/// The `Cookie` header. `{session}` and `{pending}` stand for the tokens that somebody really has.
pub(crate) fn run(data: &[u8]) {
    let mut world = world();
    let (session, pending) = (world.token(Who::Eva).unwrap(), world.token(Who::Pending).unwrap());
    let text = replaced(&replaced(data, b"{session}", session.as_bytes()), b"{pending}", pending.as_bytes());
    let Ok(cookie) = HeaderValue::from_bytes(&text) else { return };
    let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
    let has = |token: &str| text.windows(token.len()).any(|part| part == token.as_bytes());
    for (path, token) in [("/account", &session), ("/sign-in/code", &pending)] {
        let answer = world.send(Method::GET, Uri::from_static(path), headers.clone(), Vec::new());
        assert!([200, 303].contains(&answer.status), "{path}: {}", answer.status);
        assert!(answer.status != 200 || has(token), "{path} is open without its token");
    }
    let page = world.send(Method::GET, Uri::from_static("/sign-in"), headers, Vec::new()).text();
    assert!(
        page.is_empty() || page.contains("<html lang=\"en\"") || page.contains("<html lang=\"cs\""),
        "{page}"
    );
}

fn replaced(data: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut rest = data;
    let mut all = Vec::new();
    while let Some(at) = rest.windows(what.len()).position(|part| part == what) {
        all.extend_from_slice(&rest[..at]);
        all.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    all.extend_from_slice(rest);
    all
}

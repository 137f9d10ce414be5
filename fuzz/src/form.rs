//! Forms: what is kept is what was sent, and a body that can be read in two ways is not read at all.

use axum::http::{HeaderMap, Method, Uri};
use countersign::name::Name;
use percent_encoding::percent_decode;

use crate::world::{Who, world};

/// The body of the form in which people change their name.
pub(crate) fn run(data: &[u8]) {
    let mut world = world();
    let uri = Uri::from_static("/account/name");
    let answer = world.ask(Who::Eva, Method::POST, uri, &HeaderMap::new(), data.to_vec());
    if answer.status != 303 {
        assert!([400, 413].contains(&answer.status), "{}", answer.status);
        return;
    }
    let fields: Vec<(Vec<u8>, Vec<u8>)> = data
        .split(|byte| *byte == b'&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let at = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
            (decoded(&field[..at]), decoded(field.get(at + 1..).unwrap_or_default()))
        })
        .collect();
    let [(name, value)] = &fields[..] else { panic!("{} fields were read as one", fields.len()) };
    assert_eq!(name, b"name");
    let sent = Name::parse(std::str::from_utf8(value).unwrap()).unwrap();
    let token = countersign::token::Token::parse(&world.token(Who::Eva).unwrap()).unwrap();
    let now = countersign_server::clock::Clock::now(&*world.app().clock);
    let kept = world.wait(world.app().store.session(&token.hash(), now)).unwrap().unwrap().name;
    assert_eq!(kept, sent.as_str(), "another name is kept");
}

/// WHATWG URL §5.1: a plus is a space, and then percent signs are read.
fn decoded(field: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = field.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

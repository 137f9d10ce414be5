//! The ticket of the recovery code file: JSON under seal. Whatever was sealed, and whatever was not, is answered.

use axum::http::{HeaderMap, Method, Uri};
use countersign::secret::{Place, Purpose};
use data_encoding::BASE64URL_NOPAD;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::world::{Who, world};

/// Sent as it is, and sealed as the JSON of a ticket.
pub(crate) fn run(data: &[u8]) {
    let mut world = world();
    let raw = percent_encode(data, NON_ALPHANUMERIC).to_string();
    let uri = || Uri::from_static("/account/two-factor/recovery-codes/download");
    let none = HeaderMap::new();
    let answer = world.ask(Who::Anybody, Method::POST, uri(), &none, format!("ticket={raw}").into_bytes());
    assert!([204, 400, 413].contains(&answer.status), "{}: nobody sealed that", answer.status);

    let account = world.eva();
    let place = Place { owner: account.into(), item: "", purpose: Purpose::RecoveryTicket };
    let mut chance = world.app().chance;
    let sealed = world.app().store.keyring().seal(&place, data, &mut chance);
    let ticket = format!("ticket={account}.{}", BASE64URL_NOPAD.encode(sealed.as_bytes())).into_bytes();
    let answer = world.ask(Who::Anybody, Method::POST, uri(), &none, ticket.clone());
    assert!([200, 204, 400, 413].contains(&answer.status), "{}", answer.status);
    if answer.status == 200 {
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\""));
        let again = world.ask(Who::Anybody, Method::POST, uri(), &none, ticket);
        assert_eq!(again.status, 204, "a ticket is good once");
    }
}

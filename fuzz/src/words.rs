//! The words that databases and applications keep: each reads back as itself, and nothing else reads at all.

use countersign::event::{Actor, Kind, Method};
use countersign::sign_in::Methods;
use countersign::topic::Topic;
use countersign::totp::Algorithm;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let written = [
        Kind::parse(text).map(Kind::word),
        Actor::parse(text).map(Actor::word),
        Method::parse(text).map(Method::word),
        Methods::parse(text).map(Methods::word),
        Algorithm::parse(text).map(Algorithm::word),
        Topic::parse(text).map(Topic::word),
    ];
    for word in written.into_iter().flatten() {
        assert_eq!(word, text);
    }
}

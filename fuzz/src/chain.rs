//! The audit chain: a link reads back as it is written, and no two lines share their bytes.

use countersign::InstallationId;
use countersign::chain::{Head, Line, LinkHash};

/// Read as a link; and as a line of the log, its texts with zero bytes between them.
pub(crate) fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        reads_back(text);
    }
    let installation = InstallationId::parse("019ab0c8a1b27c3d8e4f5a6b7c8d9e0f").unwrap();
    let beginning = Head::beginning(installation);
    let line = line_of(data);
    let head = beginning.then(&line);
    reads_back(&head.to_string());
    // The same letters cut elsewhere, or in another place, are another line.
    let (mut moved, mut shifted) = (line.clone(), line.clone());
    moved.browser.extend(moved.kind.pop());
    std::mem::swap(&mut shifted.subject, &mut shifted.address);
    let renumbered = Line { count: line.until, until: line.count, ..line.clone() };
    let emptied = Line { detail: line.detail.clone().filter(|text| !text.is_empty()), ..line.clone() };
    for other in [moved, shifted, renumbered, emptied] {
        assert_eq!(beginning.then(&other) == head, other == line, "{other:?} has the hash of {line:?}");
    }
    assert_ne!(head.then(&line), head);
}

fn reads_back(text: &str) {
    let Ok(head) = Head::parse(text) else { return };
    assert!(head.link >= 0);
    assert_eq!(Head::parse(&head.to_string()), Ok(head));
    assert_eq!(LinkHash::parse(&head.hash.to_string()), Some(head.hash));
}

fn line_of(data: &[u8]) -> Line {
    let mut texts = data.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
    let mut text = || texts.next().unwrap_or_default();
    let (account, kind, browser) = (text(), text(), text());
    let mut maybe = || texts.next();
    let (subject, address, actor, method) = (maybe(), maybe(), maybe(), maybe());
    let (detail, session) = (maybe(), maybe());
    let count = i64::try_from(data.len()).ok().filter(|count| count % 3 > 0);
    let until = data.first().map(|byte| i64::from(*byte));
    let (position, at) = (1, 1_795_000_020_000);
    Line {
        position,
        account,
        at,
        kind,
        subject,
        count,
        browser,
        address,
        actor,
        method,
        detail,
        until,
        session,
    }
}

use super::*;

const INSTALLATION: &str = "0192f0c8a1b27c3d8e4f5a6b7c8d9e0f";

fn beginning() -> Head {
    Head::beginning(InstallationId::parse(INSTALLATION).unwrap())
}

fn line(position: i64) -> Line {
    Line {
        position,
        account: "0192f0c8a1b27c3d8e4f5a6b7c8d9e10".to_owned(),
        at: 1_795_000_020_000 + position,
        kind: "signed-in".to_owned(),
        subject: Some("password+trusted-device".to_owned()),
        browser: "Firefox on Linux".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        actor: Some("owner".to_owned()),
        method: Some("password+trusted-device".to_owned()),
        detail: Some("Firefox on Linux".to_owned()),
        until: Some(1_797_592_020_000),
        ..Line::default()
    }
}

/// A chain of so many lines, at the places 1, 2, ….
fn chain(lines: i64) -> Vec<Kept> {
    let mut head = beginning();
    (1..=lines)
        .map(|position| {
            let line = line(position);
            head = head.then(&line);
            Kept { link: head.link, position, hash: Some(head.hash), line: Found::Line(Box::new(line)) }
        })
        .collect()
}

fn walk(chain: &[Kept], noted: Vec<Head>) -> Vec<Finding> {
    let mut walk = Walk::from_the_beginning(InstallationId::parse(INSTALLATION).unwrap(), noted);
    chain.iter().for_each(|kept| walk.step(kept));
    walk.end()
}

fn head(kept: &Kept) -> Head {
    Head { link: kept.link, hash: kept.hash.unwrap() }
}

/// The test vector of docs/security/audit.md, which an implementation of somebody else's can be tried with.
#[test]
fn the_vector_of_the_documents_holds() {
    assert_eq!(beginning().to_string(), "0:c2a763efe05a8711ba6ed0dc77456c2fc1ec84d3afbb18f99aa21d56662adbee");
    let first = beginning().then(&line(1));
    assert_eq!(first.to_string(), "1:58a92763ca0eebdaf0e8c179e8f0e72045f6b097f24670df6bffb191da9f8708");
    let bare = Line { position: 2, kind: "locked".to_owned(), ..Line::default() };
    assert_eq!(
        first.then(&bare).to_string(),
        "2:4c9edf3b7b03b4f7c9ffa90c2811df8643e7e2b2ce91f09a28c9b6a88b8bb946"
    );
}

#[test]
fn every_part_of_a_line_and_its_place_in_the_chain_count() {
    let (good, other) = (line(1), || "x".to_owned());
    let changed = [
        Line { position: 2, ..good.clone() },
        Line { account: other(), ..good.clone() },
        Line { at: 0, ..good.clone() },
        Line { kind: other(), ..good.clone() },
        Line { subject: None, ..good.clone() },
        Line { subject: Some(String::new()), ..good.clone() },
        Line { count: Some(0), ..good.clone() },
        Line { browser: other(), ..good.clone() },
        Line { address: None, ..good.clone() },
        Line { actor: Some(other()), ..good.clone() },
        Line { method: Some(other()), ..good.clone() },
        Line { detail: Some(other()), ..good.clone() },
        Line { until: None, ..good.clone() },
        Line { session: Some(other()), ..good.clone() },
        // What is moved from one column to the next is something else.
        Line { detail: None, session: good.detail.clone(), ..good.clone() },
        Line {
            browser: "Firefox on Linux192.0.2.7".to_owned(),
            address: Some(String::new()),
            ..good.clone()
        },
    ];
    let hash = beginning().then(&good).hash;
    for line in changed {
        assert_ne!(beginning().then(&line).hash, hash, "{line:?}");
    }
    let later = Head { link: 1, ..beginning() };
    assert_ne!(later.then(&good).hash, hash);
    let another = Head::beginning(InstallationId::parse("0192f0c8a1b27c3d8e4f5a6b7c8d9e11").unwrap());
    assert_ne!(another.then(&good).hash, hash);
}

#[test]
fn a_whole_chain_has_no_findings_and_holds_what_was_noted() {
    let chain = chain(5);
    assert_eq!(walk(&chain, vec![head(&chain[2]), head(&chain[4]), beginning()]), []);
    assert_eq!(walk(&[], vec![]), []);
}

#[test]
fn an_altered_line_is_one_finding() {
    let mut chain = chain(5);
    let altered = Line { address: None, ..line(3) };
    chain[2].line = Found::Line(Box::new(altered.clone()));
    assert_eq!(walk(&chain, vec![]), [Finding::Altered { link: 3, line: Some(Box::new(altered)) }]);
    chain[2].line = Found::Unreadable;
    assert_eq!(walk(&chain, vec![]), [Finding::Altered { link: 3, line: None }]);
    chain[2].hash = None;
    let found = walk(&chain, vec![]);
    assert_eq!(found.len(), 2, "its hash is gone, so that of the next hangs in the air: {found:?}");
}

#[test]
fn a_removed_line_a_removed_link_and_an_exchange_are_told_apart() {
    let mut removed = chain(5);
    removed[2].line = Found::Nothing;
    assert_eq!(walk(&removed, vec![]), [Finding::Removed { link: 3, position: 3 }]);
    let mut gap = chain(5);
    gap.drain(1..3);
    assert_eq!(walk(&gap, vec![]), [Finding::Gap { first: 2, last: 3 }]);
    let mut exchanged = chain(5);
    let (second, third) = (exchanged[1].clone(), exchanged[2].clone());
    exchanged[1] = Kept { link: 2, ..third };
    exchanged[2] = Kept { link: 3, ..second };
    let found = walk(&exchanged, vec![]);
    assert!(found.contains(&Finding::Reordered { link: 3, position: 2 }), "{found:?}");
    assert!(found.iter().any(|one| matches!(one, Finding::Altered { link: 2, .. })), "{found:?}");
}

#[test]
fn a_line_that_was_slipped_in_is_found_and_each_finding_is_handed_out_once() {
    let mut walk = Walk::from_the_beginning(InstallationId::parse(INSTALLATION).unwrap(), vec![]);
    let slipped_in = Found::Line(Box::new(line(2)));
    walk.step(&chain(1)[0]);
    walk.unchained(2, &slipped_in);
    walk.unchained(3, &Found::Unreadable);
    let found = walk.findings();
    assert_eq!(
        found,
        [
            Finding::Inserted { line: Some(Box::new(line(2))), position: 2 },
            Finding::Inserted { line: None, position: 3 }
        ]
    );
    assert_eq!(walk.findings(), []);
    assert_eq!(walk.end(), []);
}

#[test]
fn a_chain_that_was_cut_or_written_anew_does_not_fit_what_was_noted() {
    let chain = chain(5);
    let noted = head(&chain[4]);
    assert_eq!(walk(&chain[..3], vec![noted]), [Finding::CutOff { noted, last: 3 }]);
    let mut anew = Vec::new();
    let mut head = beginning();
    for position in 1..=5 {
        let line = Line { address: None, ..line(position) };
        head = head.then(&line);
        anew.push(Kept {
            link: head.link,
            position,
            hash: Some(head.hash),
            line: Found::Line(Box::new(line)),
        });
    }
    assert_eq!(walk(&anew, vec![]), [], "by itself it is whole: hence the mark outside");
    assert_eq!(walk(&anew, vec![noted]), [Finding::Rewritten { noted, found: head.hash }]);
}

#[test]
fn a_link_is_read_as_it_is_written_and_nothing_else_is_one() {
    let head = beginning().then(&line(1));
    assert_eq!(Head::parse(&head.to_string()), Ok(head));
    assert_eq!(Head::parse(&format!(" {}\n", head.to_string().to_uppercase())), Ok(head));
    let hash = head.hash.to_string();
    assert_eq!(format!("{:?}", head.hash), hash, "findings are read by people");
    for bad in
        ["", ":", "1", &hash, &format!("-1:{hash}"), &format!("+1:{hash}"), &format!("1:{hash}0"), "1:00"]
    {
        assert_eq!(Head::parse(bad), Err(NotALink), "{bad}");
    }
}

//! Every statement of every noun is prepared against the real schema: a misspelt column never waits for its day.

use countersign::Timestamp;

use crate::database::Database;
use crate::store::MIGRATIONS;

macro_rules! files {
    ($($file:ident),+ $(,)?) => {
        &[$((stringify!($file), crate::$file::ALL)),+]
    };
}

type Statements = &'static [(&'static str, &'static str)];

const FILES: &[(&str, Statements)] = files![
    accounts,
    address_confirmations,
    authenticators,
    budgets,
    chain,
    claims,
    confirmations,
    devices,
    enrolments,
    events,
    installation,
    invitations,
    keys,
    links,
    log,
    outbox,
    password_resets,
    passwords,
    profile,
    recovery,
    resealing,
    restorations,
    sessions,
    set_up_links,
    sign_in,
    sign_out,
    store,
    sweep,
    two_factor,
    unfinished,
];

#[test]
fn every_statement_of_every_noun_fits_the_schema() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("countersign.db");
    let database = Database::open_sqlite(&path, MIGRATIONS, Timestamp::from_seconds(1_790_000_000)).unwrap();
    for (file, statements) in FILES {
        assert!(!statements.is_empty(), "{file}");
        assert_eq!(database.prepare_all(statements), Ok(()), "{file}");
    }
}

#[test]
fn no_noun_with_statements_is_forgotten_here() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let names_statements = |path: &std::path::Path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().any(|line| line == "statements! {")
    };
    let mut found: Vec<String> = std::fs::read_dir(source)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| names_statements(path))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let known: Vec<&str> = FILES.iter().map(|(file, _)| *file).collect();
    assert_eq!(found, known);
}

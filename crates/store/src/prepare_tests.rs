//! Every statement of every noun is prepared against the real schema: a misspelt column never waits for its day.

use countersign::Timestamp;

use crate::database::Database;
use crate::own_database::OwnDatabase;
use crate::place::Place;
use crate::postgres::PostgresUrl;

macro_rules! files {
    ($($file:ident),+ $(,)?) => {
        &[$((stringify!($file), crate::$file::ALL)),+]
    };
}

type Statements = &'static [(&'static str, &'static str)];

const FILES: &[(&str, Statements)] = files![
    accounts,
    address_confirmations,
    application_accounts,
    application_enrolments,
    application_feed,
    applications,
    authenticators,
    budgets,
    chain,
    claims,
    confirmations,
    deliveries,
    devices,
    endpoints,
    enrolments,
    errand_factors,
    errands,
    events,
    foreign_passwords,
    groups,
    imports,
    installation,
    invitations,
    kept_answers,
    keys,
    links,
    log,
    looks,
    nodes,
    outbox,
    password_resets,
    passwords,
    profile,
    recovery,
    resealing,
    restorations,
    results,
    sessions,
    set_up_links,
    sign_in,
    sign_out,
    signing_keys,
    site_sessions,
    store,
    sweep,
    two_factor,
    unfinished,
    verifications,
];

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn every_statement_fits(database: &Database) {
    for (file, statements) in FILES {
        assert!(!statements.is_empty(), "{file}");
        assert_eq!(database.prepare_all(statements), Ok(()), "{file}");
    }
}

#[test]
fn every_statement_of_every_noun_fits_the_schema_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::Sqlite(directory.path().join("countersign.db"));
    every_statement_fits(&Database::open(&place, NOW).unwrap());
}

#[test]
fn every_statement_of_every_noun_fits_the_schema_on_postgres() {
    let own = OwnDatabase::new();
    let place = Place::Postgres(PostgresUrl::parse(&own.url()).unwrap());
    every_statement_fits(&Database::open(&place, NOW).unwrap());
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

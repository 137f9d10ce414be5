use super::{Applied, Migration, pending};
use crate::open_error::OpenError;

const KNOWN: [Migration; 3] = [
    Migration { number: 1, name: "one", sql: "first" },
    Migration { number: 2, name: "two", sql: "second" },
    Migration { number: 4, name: "four", sql: "fourth" },
];

fn applied(migrations: &[Migration]) -> Vec<Applied> {
    migrations
        .iter()
        .map(|migration| Applied { number: migration.number, checksum: migration.checksum() })
        .collect()
}

#[test]
fn a_checksum_is_the_sha_256_of_the_text() {
    let migration = Migration { number: 1, name: "any", sql: "abc" };
    // FIPS 180-4, example of SHA-256.
    assert_eq!(migration.checksum(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn what_remains_begins_where_the_database_ends() {
    for done in 0..=KNOWN.len() {
        let rest = pending(&KNOWN, &applied(&KNOWN[..done])).unwrap();
        let numbers: Vec<_> = rest.iter().map(|migration| migration.number).collect();
        let expected: Vec<_> = KNOWN[done..].iter().map(|migration| migration.number).collect();
        assert_eq!(numbers, expected);
    }
}

#[test]
fn a_newer_database_is_refused_before_anything_else_is_compared() {
    let mut future = applied(&KNOWN);
    future.push(Applied { number: 5, checksum: "of the future".to_owned() });
    future[0].checksum = "changed there as well".to_owned();
    assert!(matches!(pending(&KNOWN, &future), Err(OpenError::NewerSchema { found: 5, known: 4 })));
    assert!(matches!(pending(&[], &future), Err(OpenError::NewerSchema { found: 5, known: 0 })));
}

#[test]
fn an_applied_migration_never_changes() {
    let mut changed = applied(&KNOWN);
    changed[1].checksum = "other".to_owned();
    assert!(matches!(pending(&KNOWN, &changed), Err(OpenError::MigrationChanged { number: 2, .. })));
}

#[test]
fn a_migration_slipped_in_before_an_applied_one_is_refused() {
    let without_two = applied(&[KNOWN[0], KNOWN[2]]);
    assert!(matches!(pending(&KNOWN, &without_two), Err(OpenError::MigrationChanged { number: 2, .. })));
}

#[test]
fn numbers_rise() {
    let twice = [KNOWN[0], KNOWN[1], KNOWN[1]];
    assert!(matches!(pending(&twice, &[]), Err(OpenError::MigrationsUnordered { number: 2 })));
}

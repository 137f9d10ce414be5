//! Secrets at rest: a database without its keyring opens nothing, and says so.

use countersign::policy::Policy;
use countersign_store::{Store, Unavailable};

use crate::borrowed::{FIRST, PASSWORD, SECOND};
use crate::house::{KeyFile, at, chance};
use crate::person::{Person, finish};
use crate::resealing::rotate;

fn assert_sealed<T>(answer: Result<T, Unavailable>) {
    assert!(matches!(answer.err(), Some(Unavailable::Sealed(_) | Unavailable::Keyring(_))));
}

/// Nobody's factors open, and nobody is taken for somebody without any.
async fn assert_shut(store: &Store, person: &Person) {
    assert_sealed(store.factors(person.id).await);
    assert_sealed(store.recovery_sets(person.id).await);
    assert!(person.account(store).await.two_factor_at.is_some(), "never read as off");
}

for_every_database! {
    async fn a20_a_wrong_or_missing_key_is_an_outage_and_never_off(house) {
        let file = KeyFile::of(&[("k1", 7)]);
        let store = house.open_with(file.clone(), Policy::default());
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let other = Person::new(&store, "anna").await;
        let session = other.signs_in(&store, &at(0)).await;
        other.scans(&store, &session, &at(0)).await;
        house.tamper("DELETE FROM sessions WHERE id NOT IN (SELECT session_id FROM enrolments)");
        let sessions = house.count("sessions");
        // Everything is sealed anew by a process whose keyring is not there any more when this one looks for it.
        rotate(&house, &[("k1", 7)], ("k2", 8)).await;
        for found in [&[("k1", 7)][..], &[("k2", 9)], &[("other", 7)], &[]] {
            file.becomes(found);
            assert_shut(&store, &person).await;
            assert_sealed(store.enrolment(other.id, session.id, at(0).now).await);
        }
        assert_eq!(house.count("sessions"), sessions);
        file.becomes(&[("k2", 8)]);
        assert!(store.factors(person.id).await.is_ok());
        assert!(store.enrolment(other.id, session.id, at(0).now).await.unwrap().is_some());
    }

    async fn h5_secrets_exchanged_between_accounts_open_for_neither(house) {
        let store = house.open();
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        let (app_a, app_b) = (a.turns_on(&store, &at(0)).await, b.turns_on(&store, &at(0)).await);
        let exchange = |table: &str, column: &str| {
            house.tamper(&format!(
                "CREATE TEMP TABLE kept AS SELECT account_id, {column} FROM {table};
                 UPDATE {table} SET {column} =
                    (SELECT kept.{column} FROM kept WHERE kept.account_id <> {table}.account_id);"
            ));
        };
        exchange("authenticators", "secret");
        assert_sealed(store.factors(a.id).await);
        assert_sealed(store.factors(b.id).await);
        exchange("authenticators", "secret");
        assert!(store.factors(a.id).await.is_ok(), "put back, it opens");
        exchange("recovery_sets", "pepper");
        assert_sealed(store.recovery_sets(a.id).await);
        assert_sealed(store.recovery_sets(b.id).await);
        exchange("recovery_sets", "pepper");

        // Whole rows handed from one account to the other are no better.
        house.tamper(&format!("UPDATE authenticators SET account_id = '{}'", a.id));
        assert_sealed(store.factors(a.id).await);
        assert_eq!(store.factors(b.id).await.unwrap().authenticators.len(), 0);
        house.tamper(&format!(
            "UPDATE authenticators SET account_id = '{}' WHERE id = '{}'",
            b.id, app_b.authenticator
        ));
        a.enters_rightly(&store, &app_a, &at(60)).await;
    }

    async fn h5_recovery_codes_of_a_copied_to_b_open_nothing(house) {
        let store = house.open();
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        a.turns_on(&store, &at(0)).await;
        let session = b.signs_in(&store, &at(0)).await;
        let app = b.scans(&store, &session, &at(0)).await;
        b.proves(&store, &session, &app, &SECOND, &at(0)).await.unwrap();
        house.tamper(&format!(
            "INSERT INTO recovery_codes (set_id, hash) SELECT (SELECT id FROM recovery_sets WHERE account_id = '{b}'), c.hash
               FROM recovery_codes c JOIN recovery_sets s ON s.id = c.set_id WHERE s.account_id = '{a}'",
            a = a.id, b = b.id
        ));
        let attempt = b.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert!(b.enters(&store, attempt, &at(60)).await.is_err());
    }

    async fn nothing_on_the_disk_opens_an_account(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let invitation = store.invite_account(person.id, at(0).now, &mut chance()).await.unwrap();
        let before = person.signs_in_for_token(&store, &at(0)).await;
        let app = person.turns_on(&store, &at(0)).await;
        let device = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let entered = person.enters_with(&store, &app.code(&at(90)), &at(90)).await.ok().unwrap();
        let session = store.session(&entered.session.hash(), at(90).now).await.unwrap().unwrap();
        let offered = person.scans(&store, &session, &at(90)).await;
        let waiting = person.waits_for_code_with_token(&store, &at(90)).await;
        let pending = store.pending(&waiting.hash(), at(90).now).await.unwrap().unwrap();
        let wrong = app.wrong(&at(120));
        let attempt = person.types(&store, &wrong, &at(120)).await;
        assert!(finish(&store, pending, attempt, &at(120)).await.is_err());
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(120)).await;
        assert!(person.enters(&store, attempt, &at(120)).await.is_ok());

        let mut secrets: Vec<Vec<u8>> = vec![PASSWORD.into()];
        for token in [
            before.reveal(),
            entered.session.reveal(),
            device.reveal(),
            waiting.reveal(),
            invitation.reveal(),
        ] {
            secrets.push(token.into());
        }
        for app in [&app, &offered] {
            let base32 = app.secret.to_base32();
            let raw = raw(&base32);
            secrets.push(raw.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
            secrets.push(raw);
            secrets.push(base32.as_bytes().to_vec());
        }
        for code in FIRST.printed() {
            secrets.push(code.into());
            secrets.push(code.replace('-', "").into());
            secrets.push(code.to_lowercase().into());
        }
        let disk = house.home.bytes();
        assert!(contains(&disk, b"zofie@example.org"), "the search finds what is there");
        for secret in &secrets {
            assert!(!contains(&disk, secret), "{}", String::from_utf8_lossy(secret));
        }
        // A code is too short to search the disk for: no column that keeps text or numbers has it.
        for code in [app.code(&at(90)), wrong] {
            let found: Vec<String> = house.everything().into_iter().filter(|row| holds(row, &code)).collect();
            assert!(found.is_empty(), "{found:?}");
        }
        // What was in the log beside the database is in the database after the last store has closed.
        drop(store);
        let disk = house.home.bytes();
        assert!(secrets.iter().all(|secret| !contains(&disk, secret)));
    }
}

fn contains(disk: &[u8], secret: &[u8]) -> bool {
    disk.windows(secret.len()).any(|window| window == secret)
}

/// Whether a row has this code as a value of its own.
fn holds(row: &str, code: &str) -> bool {
    row.contains(&format!("Integer({})", code.trim_start_matches('0')))
        || row.contains(&format!("Text({:?})", code.as_bytes()))
}

/// RFC 4648 base 32 without padding, read here by hand.
fn raw(base32: &str) -> Vec<u8> {
    let digits = base32.bytes().map(|c| u16::from(if c >= b'A' { c - b'A' } else { c - b'2' + 26 }));
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u16, 0);
    for digit in digits {
        bits = bits << 5 | digit;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

//! Passwords: changed with all that hung on the old one, and hashed anew only while they are the same.

use countersign::password::StoredPassword;
use countersign_store::{Lane, Refusal};

use crate::borrowed::{FIRST, PASSWORD, hash, other_hash};
use crate::house::at;
use crate::person::{Person, Tally, finish, password_attempt, refusal};
use crate::race::race;

for_every_database! {
    async fn e4_changing_the_password_ends_every_other_session_sign_in_and_device(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let device = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let waiting = person.waits_for_code_with_token(&store, &at(60)).await;
        let session = person.enters_rightly(&store, &app, &at(90)).await;
        let other = person.enters_rightly(&store, &app, &at(120)).await;
        person.scans(&store, &other, &at(120)).await;
        let confirmed = person.confirms(&session, None, &at(120));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(120)).await.unwrap();
        assert_eq!(house.count("sessions"), 1);
        assert_eq!(house.count(&format!("sessions WHERE id = '{}'", session.id)), 1);
        assert_eq!(house.count("enrolments"), 0);
        assert!(store.pending(&waiting.hash(), at(120).now).await.unwrap().is_none());
        assert!(store.device(&device.hash(), person.id).await.unwrap().is_none());
        let account = person.account(&store).await;
        assert!(account.two_factor_at.is_some(), "A10: the second factor is as it was");
        assert_eq!(account.password, Some(other_hash()));
    }

    async fn of_thirty_two_sessions_that_change_the_password_at_once_one_does(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let mut racers = Vec::new();
        for nth in 0..32 {
            let store = processes[nth % 2].clone();
            let session = person.signs_in(&store, &at(0)).await;
            let confirmed = person.confirms(&session, None, &at(0));
            racers.push(async move {
                store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(0)).await
            });
        }
        // Whoever was first has ended the sessions of all others: they cannot overwrite his password.
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 31, ..Tally::default() });
        assert_eq!(house.count("sessions"), 1);
        assert_eq!(house.count("events WHERE kind = 'password-changed'"), 1);
    }

    async fn a_session_that_was_ended_meanwhile_changes_no_password(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let theirs = person.signs_in(&store, &at(0)).await;
        let confirmed = person.confirms(&theirs, None, &at(0));
        store.end_sessions(person.id, None, &at(1)).await.unwrap();
        let before = house.everything();
        let changed =
            store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(1)).await;
        assert_eq!(changed, Err(Refusal::Gone("the session")));
        assert_eq!(house.everything(), before);
    }

    async fn a_stronger_hash_never_brings_an_old_password_back(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let confirmed = person.confirms(&session, None, &at(0));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(0)).await.unwrap();
        let late = store.rehash(person.id, &hash(), &hash()).await;
        assert_eq!(late, Err(Refusal::Gone("the old hash")));
        assert_eq!(person.account(&store).await.password, Some(other_hash()));
        assert_eq!(store.rehash(person.id, &other_hash(), &hash()).await, Ok(()));
        assert_eq!(
            person.account(&store).await.password.as_ref().map(StoredPassword::as_str),
            Some(hash().as_str())
        );
    }

    async fn c6_wrong_passwords_of_somebody_with_2fa_count_too(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let stored = hash();
        for _ in 0..10 {
            let attempt = password_attempt(Some((person.id, &stored)), "wrong", &at(60));
            let answer =
                store.settle_password(&person.key, Some(person.id), Lane::Everybody, attempt, &at(60)).await;
            assert!(matches!(answer, Err(Refusal::Wrong(_))), "{answer:?}");
        }
        let attempt = password_attempt(Some((person.id, &stored)), PASSWORD, &at(60));
        let answer =
            store.settle_password(&person.key, Some(person.id), Lane::Everybody, attempt, &at(60)).await;
        assert!(matches!(answer, Err(Refusal::Locked(_))), "{answer:?}");
    }

    async fn a_wrong_code_changes_no_password_and_is_charged(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let attempt = person.types(&store, &app.wrong(&at(60)), &at(60)).await;
        let confirmed = person.confirms(&session, Some(attempt), &at(60));
        let changed =
            store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(60)).await;
        assert!(matches!(changed, Err(Refusal::Wrong(_))), "{changed:?}");
        assert_eq!(person.account(&store).await.password, Some(hash()));
        assert_eq!(house.number("SELECT failures FROM guess_budgets WHERE kind = 'code'"), 1);
    }

    async fn a_refused_change_spends_no_recovery_code(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        let confirmed = person.confirms(&session, Some(attempt), &at(60));
        store.end_session(person.id, session.id, &at(60)).await.unwrap();
        let changed =
            store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(60)).await;
        assert_eq!(changed, Err(Refusal::Gone("the session")));
        let pending = person.waits_for_code(&store, &at(60)).await;
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert_eq!(
            finish(&store, pending, attempt, &at(60)).await.ok().unwrap().recovery_codes_left,
            Some(9)
        );
        let stale = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert!(matches!(refusal(person.enters(&store, stale, &at(60)).await), Refusal::Wrong(_)));
    }
}

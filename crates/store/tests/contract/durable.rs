//! Promise 4: what was answered is there, for another connection at once and after a restart.

use countersign_store::Lane;

use crate::borrowed::FIRST;
use crate::house::at;
use crate::person::{Person, refusal};

for_every_database! {
    async fn every_answer_is_seen_by_another_connection_at_once(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        assert_eq!(house.count("accounts"), 1);
        let session = person.signs_in(&store, &at(0)).await;
        assert_eq!(house.count("sessions"), 1);
        let app = person.scans(&store, &session, &at(0)).await;
        assert_eq!(house.count("enrolments"), 1);
        person.proves(&store, &session, &app, &FIRST, &at(0)).await.unwrap();
        assert_eq!((house.count("authenticators"), house.count("recovery_codes")), (1, 10));
        refusal(person.enters_with(&store, &app.wrong(&at(60)), &at(60)).await);
        assert_eq!(house.number("SELECT failures FROM guess_budgets"), 1);
        assert_eq!(house.count("pending_sign_ins WHERE wrong = 1"), 1);
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        assert_eq!(house.number("SELECT last_step FROM authenticators"), at(60).now.seconds() / 30);
        assert_eq!(house.number("SELECT failures FROM guess_budgets"), 0);
        store.turn_off(person.confirms(&session, None, &at(60)), Lane::Everybody, &at(60)).await.unwrap();
        assert_eq!(house.count("accounts WHERE two_factor_at IS NULL"), 1);
        store.end_sessions(person.id, None, &at(60)).await.unwrap();
        assert_eq!(house.count("sessions"), 0);
    }

    async fn everything_is_as_it_was_after_a_restart(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let device = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let waiting = person.waits_for_code_with_token(&store, &at(60)).await;
        let before = house.everything();
        drop(store);
        let store = house.open();
        assert_eq!(house.everything(), before);
        assert!(store.device(&device.hash(), person.id).await.unwrap().is_some());
        assert!(store.pending(&waiting.hash(), at(60).now).await.unwrap().is_some());
        person.enters_rightly(&store, &app, &at(90)).await;
        let attempt = person.types_recovery(&store, FIRST.code(9), &at(90)).await;
        assert!(person.enters(&store, attempt, &at(90)).await.is_ok());
    }

    async fn a_caller_who_stops_waiting_takes_nothing_back(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let attempt = person.types(&store, &app.wrong(&at(60)), &at(60)).await;
        let task = tokio::spawn({
            let store = store.clone();
            async move { crate::person::finish(&store, pending, attempt, &at(60)).await.map(drop) }
        });
        task.abort();
        let _ = task.await;
        // Whatever the caller heard, the next one finds either no charge or a whole one.
        drop(store);
        drop(house.open());
        let charged = house.count("guess_budgets");
        assert_eq!(house.count("events WHERE kind = 'wrong-code'"), charged);
        assert_eq!(house.count("pending_sign_ins WHERE wrong = 1"), charged);
    }
}

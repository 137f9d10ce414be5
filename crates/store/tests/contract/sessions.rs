//! Sessions: they end by time, by their owner, and by nobody else.

use countersign::{Span, sign_in::Methods};
use countersign_store::Refusal;

use crate::house::{after, at};
use crate::person::Person;

for_every_database! {
    async fn a_session_lives_an_hour_from_its_last_use(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        let used = Span::minutes(59);
        assert!(store.session(&token.hash(), after(used).now).await.unwrap().is_some());
        let idle = after(used).now + Span::hours(1);
        assert!(store.session(&token.hash(), idle - Span::milliseconds(1)).await.unwrap().is_some());
        let again = idle - Span::milliseconds(1) + Span::hours(1);
        assert!(store.session(&token.hash(), again).await.unwrap().is_none());
        assert_eq!(store.profile(person.id, again).await.unwrap().sessions.len(), 0);
    }

    async fn a_session_lives_a_day_however_much_it_is_used(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        for half_hours in 1..48 {
            let now = at(1800 * half_hours).now;
            assert!(store.session(&token.hash(), now).await.unwrap().is_some(), "{half_hours}");
        }
        assert!(store.session(&token.hash(), after(Span::hours(24)).now).await.unwrap().is_none());
    }

    async fn a_session_used_every_second_is_written_once_a_minute(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        store.session(&token.hash(), at(59).now).await.unwrap().unwrap();
        let seen = "SELECT seen_at FROM sessions";
        assert_eq!(house.number(seen), at(0).now.milliseconds());
        store.session(&token.hash(), at(60).now).await.unwrap().unwrap();
        // Nobody waits for that; whatever is written after it comes after it.
        store.set_language(person.id, "cs").await.unwrap();
        assert_eq!(house.number(seen), at(60).now.milliseconds());
        store.session(&token.hash(), at(30).now).await.unwrap().unwrap();
        store.set_language(person.id, "en").await.unwrap();
        assert_eq!(
            house.number(seen),
            at(60).now.milliseconds(),
            "a clock that steps back takes nothing away"
        );
    }

    async fn an_administrator_signs_one_account_out_or_everybody(house) {
        let store = house.open();
        let (zofie, adam) = (Person::new(&store, "zofie").await, Person::new(&store, "adam").await);
        let app = zofie.turns_on(&store, &at(0)).await;
        zofie.enters_and_is_remembered(&store, &app, &at(60)).await;
        zofie.waits_for_code(&store, &at(90)).await;
        let adams = adam.signs_in_for_token(&store, &at(90)).await;
        store.sign_out_account(zofie.id, &at(100)).await.unwrap();
        let hers = format!("WHERE account_id = '{}'", zofie.id);
        assert_eq!(house.count(&format!("sessions {hers}")) + house.count(&format!("pending_sign_ins {hers}")), 0);
        assert_eq!(house.count(&format!("trusted_devices {hers}")), 1, "no factor is touched");
        assert!(store.session(&adams.hash(), at(100).now).await.unwrap().is_some());
        let told = "events WHERE kind = 'signed-out-by-administrator'";
        assert_eq!(house.number(&format!("SELECT sum(count) FROM {told}")), 1);
        adam.signs_in_for_token(&store, &at(101)).await;
        store.sign_everybody_out(&at(110)).await.unwrap();
        assert_eq!(house.count("sessions"), 0);
        assert_eq!((house.count(told), house.number(&format!("SELECT sum(count) FROM {told}"))), (2, 3));
    }

    async fn an_open_session_is_read_while_nothing_can_be_written(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        let _held = house.home.held_by_another_program();
        let session = store.session(&token.hash(), at(120).now).await.unwrap();
        assert_eq!(session.map(|session| session.account), Some(person.id));
    }

    async fn signing_out_ends_this_session_and_no_other(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let here = person.signs_in_for_token(&store, &at(0)).await;
        let there = person.signs_in_for_token(&store, &at(0)).await;
        store.sign_out(&here.hash(), person.id, &at(1)).await.unwrap();
        assert!(store.session(&here.hash(), at(1).now).await.unwrap().is_none());
        assert!(store.session(&there.hash(), at(1).now).await.unwrap().is_some());
        assert_eq!(store.sign_out(&here.hash(), person.id, &at(1)).await, Err(Refusal::Gone("the session")));
    }

    async fn an_owner_ends_one_session_or_all_others_and_the_log_says_which(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let here = person.signs_in(&store, &at(0)).await;
        let there = person.signs_in(&store, &at(0)).await;
        for _ in 0..3 {
            person.signs_in(&store, &at(0)).await;
        }
        store.end_session(person.id, there.id, &at(1)).await.unwrap();
        assert_eq!(house.count("events WHERE kind = 'session-ended' AND subject = 'Firefox on Linux'"), 1);
        store.end_sessions(person.id, Some(here.id), &at(1)).await.unwrap();
        assert_eq!(house.count("events WHERE kind = 'sessions-ended' AND count = 3"), 1);
        let left = store.profile(person.id, at(1).now).await.unwrap().sessions;
        assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [here.id]);
        store.end_sessions(person.id, None, &at(1)).await.unwrap();
        assert_eq!(house.count("sessions"), 0);
    }

    async fn a_session_remembers_how_it_was_opened(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        assert_eq!((session.methods, session.factor_at), (Methods::PasswordAndCode, Some(at(60).now)));
        assert!(!session.standing().needs_factor(at(60).now + Span::minutes(14)));
        assert!(session.standing().needs_factor(at(60).now + Span::minutes(15)));
        let attempt = person.types_recovery(&store, crate::borrowed::FIRST.code(0), &at(90)).await;
        let entered = person.enters(&store, attempt, &at(90)).await.ok().unwrap();
        let session = crate::person::session_of(&store, &entered, &at(90)).await;
        assert_eq!(session.methods, Methods::PasswordAndRecoveryCode);
    }

    async fn a_pending_sign_in_ends_after_ten_minutes_and_its_token_opens_no_session(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.waits_for_code_with_token(&store, &at(60)).await;
        let end = at(60).now + Span::minutes(10);
        assert!(store.pending(&token.hash(), end - Span::milliseconds(1)).await.unwrap().is_some());
        assert!(store.pending(&token.hash(), end).await.unwrap().is_none());
        let pending = store.pending(&token.hash(), at(61).now).await.unwrap().unwrap();
        let late = countersign_store::Visit { now: end, ..at(0) };
        let attempt = person.types(&store, &app.code(&late), &late).await;
        let refused = crate::person::finish(&store, pending, attempt, &late).await;
        assert_eq!(crate::person::refusal(refused), Refusal::Gone("the pending sign-in"));
        // A24: the same text as a token of another kind is unknown.
        let as_session =
            countersign::token::Token::<countersign::token::Session>::parse(token.reveal()).unwrap();
        assert!(store.session(&as_session.hash(), at(61).now).await.unwrap().is_none());
        assert_eq!(house.count("sessions"), 0);
    }
}

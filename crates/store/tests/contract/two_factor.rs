//! Promise 3, all or nothing, where it matters most: turning 2FA on and off.

use countersign::{Span, attempt::Wrong, policy::Policy, sign_in::Methods, step_up::MayEnrol};
use countersign_store::{Lane, Refusal};

use crate::borrowed::{FIRST, SECOND};
use crate::house::{at, chance};
use crate::person::{Person, Tally, finish, refusal};
use crate::race::race;

/// What the store keeps of anybody's second factor.
const FACTORS: [&str; 4] = ["authenticators", "recovery_sets", "recovery_codes", "trusted_devices"];
/// What is open of anybody.
const OPEN: [&str; 4] = ["sessions", "pending_sign_ins", "enrolments", "trusted_devices"];

/// A pending sign-in and a device of everybody, as if they were left over.
const LEFT_OVER: &str = "
    INSERT INTO pending_sign_ins (id, account_id, token, password_at, wrong, expires_at) \
        SELECT 'left', id, x'01', 0, 0, 9999999999999 FROM accounts;
    INSERT INTO trusted_devices SELECT 'left', id, x'02', 'Safari', 0, 9999999999999, NULL FROM accounts;";

for_every_database! {
    async fn d11_turning_on_leaves_nothing_open_and_the_person_signs_in_again_with_a_code(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        let other = person.signs_in(&store, &at(0)).await;
        person.scans(&store, &other, &at(0)).await;
        house.tamper(LEFT_OVER);
        let session = store.session(&token.hash(), at(0).now).await.unwrap().unwrap();
        let app = person.scans(&store, &session, &at(0)).await;
        person.proves(&store, &session, &app, &FIRST, &at(0)).await.unwrap();
        for table in OPEN {
            assert_eq!(house.count(table), 0, "{table}");
        }
        assert!(store.session(&token.hash(), at(0).now).await.unwrap().is_none());
        let session = person.enters_rightly(&store, &app, &at(30)).await;
        assert_eq!(session.methods, Methods::PasswordAndCode);
        assert_eq!(session.two_factor_at, Some(at(0).now));
    }

    async fn without_sign_out_after_the_session_that_turned_on_stays_and_it_alone(house) {
        let house = house.under(Policy { sign_out_after: false, ..Policy::default() });
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let others = [
            person.signs_in_for_token(&store, &at(0)).await,
            person.signs_in_for_token(&store, &at(0)).await,
        ];
        let token = person.signs_in_for_token(&store, &at(0)).await;
        house.tamper(LEFT_OVER);
        let session = store.session(&token.hash(), at(0).now).await.unwrap().unwrap();
        let app = person.scans(&store, &session, &at(5)).await;
        person.proves(&store, &session, &app, &FIRST, &at(5)).await.unwrap();
        for other in others {
            assert!(store.session(&other.hash(), at(5).now).await.unwrap().is_none());
        }
        let session = store.session(&token.hash(), at(5).now).await.unwrap().unwrap();
        assert_eq!((session.methods, session.factor_at), (Methods::PasswordAndCode, Some(at(5).now)));
        for table in ["pending_sign_ins", "enrolments", "trusted_devices"] {
            assert_eq!(house.count(table), 0, "{table}");
        }
    }

    async fn d1_an_authenticator_that_is_offered_and_not_proven_changes_nothing_at_sign_in(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        person.scans(&store, &session, &at(0)).await;
        assert_eq!(person.signs_in(&store, &at(1)).await.methods, Methods::Password);
        assert_eq!(store.factors(person.id).await.unwrap().authenticators.len(), 0);
    }

    async fn b9_thirty_two_sessions_that_turn_on_at_once_make_one_authenticator_and_ten_codes(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let mut racers = Vec::new();
        for nth in 0..32 {
            let store = processes[nth % 2].clone();
            let session = person.signs_in(&store, &at(0)).await;
            let app = person.scans(&store, &session, &at(0)).await;
            let enrolment = store.enrolment(person.id, session.id, at(0).now).await.unwrap().unwrap();
            let proven = enrolment.prove(&app.code(&at(0)), at(0).now).unwrap();
            racers.push(async move {
                let codes = FIRST.set();
                store.turn_on(&proven, &crate::person::name("Phone"), &codes, &at(0), &mut chance()).await
            });
        }
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 31, ..Tally::default() });
        assert_eq!(house.count("authenticators"), 1);
        assert_eq!(house.count("recovery_sets"), 1);
        assert_eq!(house.count("recovery_codes"), 10);
        assert_eq!(house.count("sessions"), 0);
        assert_eq!(house.count("events WHERE kind = 'two-factor-on'"), 1);
    }

    async fn a_refused_turning_on_leaves_everything_as_it_was(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let app = person.scans(&store, &session, &at(0)).await;
        let enrolment = store.enrolment(person.id, session.id, at(0).now).await.unwrap().unwrap();
        let proven = enrolment.prove(&app.code(&at(0)), at(0).now).unwrap();
        store.withdraw(person.id, session.id).await.unwrap();
        let before = house.everything();
        let refused =
            store.turn_on(&proven, &crate::person::name("x"), &FIRST.set(), &at(0), &mut chance()).await;
        assert_eq!(refused, Err(Refusal::Gone("the enrolment")));
        assert_eq!(house.everything(), before);
    }

    async fn a_refused_sign_in_leaves_everything_as_it_was(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let late = person.types_recovery(&store, FIRST.code(5), &at(60)).await;
        let first = person.types_recovery(&store, FIRST.code(5), &at(60)).await;
        assert!(person.enters(&store, first, &at(60)).await.is_ok());
        let before = house.everything();
        let answer = store.finish_sign_in(pending, late, true, Lane::Everybody, &at(60), &mut chance()).await;
        assert_eq!(refusal(answer), Refusal::Spent);
        assert_eq!(house.everything(), before, "no charge, no session, no device, no event");
    }

    async fn turning_off_deletes_the_secret_the_codes_and_the_devices(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let session = person.enters_rightly(&store, &app, &at(90)).await;
        let waiting = person.waits_for_code_with_token(&store, &at(90)).await;
        person.scans(&store, &session, &at(90)).await;
        let confirmed = person.confirms(&session, None, &at(90));
        store.turn_off(confirmed, Lane::Everybody, &at(90)).await.unwrap();
        for table in FACTORS {
            assert_eq!(house.count(table), 0, "{table}");
        }
        assert_eq!(house.count("enrolments"), 0);
        assert!(store.pending(&waiting.hash(), at(90).now).await.unwrap().is_none());
        assert!(store.device(&token.hash(), person.id).await.unwrap().is_none());
        assert_eq!(person.signs_in(&store, &at(91)).await.methods, Methods::Password);
        let again = store.turn_off(person.confirms(&session, None, &at(92)), Lane::Everybody, &at(92)).await;
        assert!(matches!(again, Err(Refusal::Gone(_))), "{again:?}");
    }

    async fn nothing_from_before_works_after_turning_off_and_on_again(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let old = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &old, &at(60)).await;
        let stale = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        store.turn_off(person.confirms(&session, None, &at(60)), Lane::Everybody, &at(60)).await.unwrap();

        let session = person.signs_in(&store, &at(60)).await;
        let new = person.scans(&store, &session, &at(60)).await;
        assert_ne!(*old.secret.to_base32(), *new.secret.to_base32());
        person.proves(&store, &session, &new, &SECOND, &at(60)).await.unwrap();
        assert_eq!(
            refusal(finish(&store, pending, stale, &at(60)).await),
            Refusal::Gone("the pending sign-in")
        );
        let code = person.enters_with(&store, &old.code(&at(90)), &at(90)).await;
        assert_eq!(refusal(code), Refusal::Wrong(Wrong::Code));
        let recovery = person.types_recovery(&store, FIRST.code(1), &at(90)).await;
        assert_eq!(
            refusal(person.enters(&store, recovery, &at(90)).await),
            Refusal::Wrong(Wrong::RecoveryCode)
        );
        person.enters_rightly(&store, &new, &at(90)).await;
    }

    async fn a_confirmation_from_before_2fa_was_on_turns_nothing_off(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        // Somebody who knows the password begins to turn off what is off, and takes his time.
        let theirs = person.signs_in(&store, &at(0)).await;
        let stale = || person.confirms(&theirs, None, &at(1));
        let leave = MayEnrol::from(stale());
        let app = person.turns_on(&store, &at(1)).await;
        let before = house.everything();
        let lane = Lane::Everybody;
        assert!(matches!(store.turn_off(stale(), lane, &at(1)).await, Err(Refusal::Gone(_))));
        let codes = SECOND.set();
        let replaced = store.replace_recovery_codes(stale(), None, &codes, lane, &at(1), &mut chance()).await;
        assert!(matches!(replaced, Err(Refusal::Gone(_))), "{replaced:?}");
        let removed = store.remove_authenticator(stale(), app.authenticator, lane, &at(1)).await;
        assert!(matches!(removed, Err(Refusal::Gone(_))), "{removed:?}");
        let offered = store.offer(leave, lane, &at(1), &mut chance()).await;
        assert!(matches!(offered, Err(Refusal::Gone(_))), "{offered:?}");
        assert_eq!(house.everything(), before);
    }

    async fn on_without_any_authenticator_refuses_and_is_never_off(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        house.tamper("DELETE FROM authenticators");
        assert!(person.account(&store).await.two_factor_at.is_some());
        let entered = person.enters_with(&store, &app.code(&at(60)), &at(60)).await;
        assert_eq!(refusal(entered), Refusal::Wrong(Wrong::Code));
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert!(person.enters(&store, attempt, &at(60)).await.is_ok(), "that is what recovery codes are for");
    }

    async fn an_administrator_turns_2fa_off_and_everything_of_the_account_ends(house) {
        let store = house.open();
        let (person, other) = (Person::new(&store, "zofie").await, Person::new(&store, "adam").await);
        let app = person.turns_on(&store, &at(0)).await;
        let others = other.turns_on(&store, &at(0)).await;
        person.enters_and_is_remembered(&store, &app, &at(60)).await;
        person.waits_for_code(&store, &at(60)).await;
        let kept = other.enters_rightly(&store, &others, &at(60)).await;
        store.reset_two_factor(person.id, "lost phone, seen in person", &at(90)).await.unwrap();
        for table in FACTORS.into_iter().chain(OPEN).filter(|table| *table != "recovery_codes") {
            assert_eq!(house.count(&format!("{table} WHERE account_id = '{}'", person.id)), 0, "{table}");
        }
        assert_eq!(house.count("recovery_codes"), 10, "the other's");
        assert_eq!(house.count(&format!("sessions WHERE id = '{}'", kept.id)), 1);
        assert_eq!(person.signs_in(&store, &at(91)).await.methods, Methods::Password);
        let again = store.reset_two_factor(person.id, "again", &at(92)).await;
        assert!(matches!(again, Err(Refusal::Gone(_))), "{again:?}");
        let told = store.events(person.id, None, 50).await.unwrap();
        assert!(told.iter().any(|line| line.event.subject.as_deref() == Some("lost phone, seen in person")));
    }

    async fn an_enrolment_that_has_waited_too_long_turns_nothing_on(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let app = person.scans(&store, &session, &at(0)).await;
        let enrolment = store.enrolment(person.id, session.id, at(0).now).await.unwrap().unwrap();
        let mut late = at(0);
        late.now = enrolment.expires_at;
        assert_eq!(late.now.since(at(0).now), Span::minutes(10));
        let proven = enrolment.prove(&app.code(&late), late.now).unwrap();
        let refused =
            store.turn_on(&proven, &crate::person::name("x"), &FIRST.set(), &late, &mut chance()).await;
        assert_eq!(refused, Err(Refusal::Gone("the enrolment")));
        assert!(store.enrolment(person.id, session.id, late.now).await.unwrap().is_none());
        assert_eq!(house.count("accounts WHERE two_factor_at IS NOT NULL"), 0);
    }

    async fn a_confirmation_dies_with_its_session_and_speaks_for_no_other(house) {
        let house = house.under(Policy { sign_out_after: false, ..Policy::default() });
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        // Given in another session while 2FA was off, when no code was needed.
        let elsewhere = person.signs_in(&store, &at(0)).await;
        let stale = person.confirms(&elsewhere, None, &at(0));
        let token = person.signs_in_for_token(&store, &at(1)).await;
        let session = store.session(&token.hash(), at(1).now).await.unwrap().unwrap();
        let app = person.scans(&store, &session, &at(1)).await;
        person.proves(&store, &session, &app, &FIRST, &at(1)).await.unwrap();
        let refused = store.turn_off(stale, Lane::Everybody, &at(2)).await;
        assert_eq!(refused, Err(Refusal::Gone("the session")), "the living session's code is not its own");
        // Found fresh, and held until it was not.
        let held = person.confirms(&store.session(&token.hash(), at(2).now).await.unwrap().unwrap(), None, &at(2));
        let refused = store.turn_off(held, Lane::Everybody, &at(902)).await;
        assert_eq!(refused, Err(Refusal::Gone("the confirmation")));
        // The same with a code: it is not spent for a session that has ended.
        let entered = person.enters_rightly(&store, &app, &at(60)).await;
        let attempt = person.types(&store, &app.code(&at(120)), &at(120)).await;
        let late = person.confirms(&entered, Some(attempt), &at(120));
        store.end_session(person.id, entered.id, &at(120)).await.unwrap();
        let refused = store.turn_off(late, Lane::Everybody, &at(120)).await;
        assert_eq!(refused, Err(Refusal::Gone("the session")));
        person.enters_rightly(&store, &app, &at(120)).await;
        assert_eq!(house.count("accounts WHERE two_factor_at IS NOT NULL"), 1);
    }

    async fn a_new_authenticator_begins_without_the_failures_of_the_old_one_and_with_what_was_spent(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let inside = person.enters_rightly(&store, &app, &at(60)).await;
        for _ in 0..5 {
            let refused = refusal(person.enters_with(&store, &app.wrong(&at(90)), &at(90)).await);
            assert_eq!(refused, Refusal::Wrong(Wrong::Code));
        }
        assert!(store.locked(person.id, Lane::Everybody, at(90).now).await.unwrap().is_some());
        store.turn_off(person.confirms(&inside, None, &at(90)), Lane::Everybody, &at(90)).await.unwrap();
        person.turns_on(&store, &at(91)).await;
        assert_eq!(store.locked(person.id, Lane::Everybody, at(91).now).await.unwrap(), None);
        assert_eq!(house.number("SELECT level FROM guess_budgets WHERE kind = 'code'"), 5000);
    }
}

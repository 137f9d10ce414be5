//! A right password that no second factor followed: its owner is told, however it ended, and nobody is told of
//! themselves where that can be known.

use countersign::{Span, notice::Notice, token};
use countersign_store::{Refusal, Store, Visit, outbox::Letter};

use crate::devices::enters_on_going_on_from;
use crate::house::{START, after, at};
use crate::outbox::{notices, telling};
use crate::person::{Person, finish, refusal};

const MISSING: Notice = Notice::SecondFactorMissing { wrong: 0 };

/// Somebody with 2FA whose letters so far are sent, and what their app shows.
async fn somebody(store: &Store) -> (Person, crate::app::App) {
    let person = Person::new(store, "zofie").await;
    let app = person.turns_on(store, &at(0)).await;
    notices(store, at(1).now).await;
    (person, app)
}

/// Types the right code into a pending sign-in that is known by its token.
async fn goes_on(
    store: &Store,
    person: &Person,
    token: &token::Token<token::Pending>,
    code: &str,
    visit: &Visit,
) -> Result<(), Refusal> {
    let pending = store.pending(&token.hash(), visit.now).await.unwrap().unwrap();
    let attempt = person.types(store, code, visit).await;
    finish(store, pending, attempt, visit).await.map(drop)
}

for_every_database! {
    async fn h1_a_right_password_without_a_code_is_told_when_its_time_is_over(house) {
        let house = telling(house);
        let store = house.open();
        let (person, _) = somebody(&store).await;
        let visit = Visit { address: Some("192.0.2.9".to_owned()), browser: "Safari on macOS".to_owned(), ..at(60) };
        let pending = person.again(&visit).waits_for_code(&store, &visit).await;
        store.end_expired_sign_ins(pending.expires_at - Span::milliseconds(1)).await.unwrap();
        assert_eq!((house.count("outbox"), house.count("pending_sign_ins")), (0, 1));
        store.end_expired_sign_ins(pending.expires_at).await.unwrap();
        store.end_expired_sign_ins(pending.expires_at).await.unwrap();
        assert_eq!((house.count("outbox"), house.count("pending_sign_ins")), (1, 0));
        let taken = store.take_letter(pending.expires_at).await.unwrap().unwrap();
        let Letter::Notice { notice, browser, address, .. } = &taken.letter else { panic!("{taken:?}") };
        assert_eq!((notice, taken.at), (&MISSING, visit.now), "when the password was typed");
        assert_eq!((browser.as_deref(), address.as_deref()), (Some("Safari on macOS"), Some("192.0.2.9")));
    }

    async fn h1_the_sweep_tells_too_and_nothing_twice(house) {
        let house = telling(house);
        let stores = [house.open(), house.open()];
        let (person, _) = somebody(&stores[0]).await;
        person.waits_for_code(&stores[0], &at(60)).await;
        let late = after(Span::hours(1));
        for store in &stores {
            store.sweep(late.now).await.unwrap();
            store.end_expired_sign_ins(late.now).await.unwrap();
        }
        assert_eq!(notices(&stores[1], late.now).await, [MISSING]);
    }

    async fn h1_a_sign_in_that_is_finished_is_told_to_nobody(house) {
        let house = telling(house);
        let store = house.open();
        let (person, app) = somebody(&store).await;
        person.enters_rightly(&store, &app, &at(60)).await;
        store.end_expired_sign_ins(START + Span::hours(2)).await.unwrap();
        assert_eq!(house.count("outbox"), 0);
    }

    async fn h1_wrong_codes_that_wear_a_sign_in_out_are_told_at_once_with_their_number(house) {
        let house = telling(house);
        let store = house.open();
        let (person, app) = somebody(&store).await;
        let token = person.waits_for_code_with_token(&store, &at(60)).await;
        let mut visit = at(60);
        for _ in 0..10 {
            let wrong = app.wrong(&visit);
            let wait = store.locked(person.id, countersign_store::Lane::Everybody, visit.now).await.unwrap();
            if let Some(countersign::budget::Locked::Until(until)) = wait {
                // Prolonged, as its page is while somebody waits.
                let pending = store.pending(&token.hash(), visit.now).await.unwrap().unwrap();
                store.prolong(&pending, &visit).await.unwrap();
                visit.now = until;
            }
            assert!(goes_on(&store, &person, &token, &wrong, &visit).await.is_err());
        }
        assert_eq!(house.count("pending_sign_ins"), 0);
        let told = notices(&store, visit.now).await;
        assert!(told.contains(&Notice::SecondFactorMissing { wrong: 10 }), "{told:?}");
        assert!(told.contains(&Notice::TooManyWrongCodes), "{told:?}");
    }

    async fn h1_whoever_cancels_silences_nothing(house) {
        let house = telling(house);
        let store = house.open();
        let (person, app) = somebody(&store).await;
        let token = person.waits_for_code_with_token(&store, &at(60)).await;
        let held = store.pending(&token.hash(), at(61).now).await.unwrap().unwrap();
        store.give_up(&token.hash()).await.unwrap();
        assert!(store.pending(&token.hash(), at(61).now).await.unwrap().is_none());
        store.prolong(&held, &at(300)).await.unwrap();
        let attempt = person.types(&store, &app.code(&at(61)), &at(61)).await;
        assert!(matches!(refusal(finish(&store, held, attempt, &at(61)).await), Refusal::Gone(_)));
        // The owner signs in elsewhere, from a browser of the same name and the same place: that shows nothing.
        person.enters_rightly(&store, &app, &at(90)).await;
        store.end_expired_sign_ins(at(660).now).await.unwrap();
        assert_eq!(notices(&store, at(660).now).await, [MISSING]);
    }

    async fn h1_who_gives_up_and_then_signs_in_in_the_same_browser_is_not_told_of_themselves(house) {
        let house = telling(house);
        let store = house.open();
        let (person, app) = somebody(&store).await;
        let mut before = person.waits_for_code_with_token(&store, &at(60)).await;
        for seconds in [70, 80] {
            store.give_up(&before.hash()).await.unwrap();
            before = person.goes_on_from(Some(&before), &store, &at(seconds)).await;
        }
        goes_on(&store, &person, &before, &app.code(&at(90)), &at(90)).await.unwrap();
        assert_eq!(house.count("pending_sign_ins"), 0);
        store.end_expired_sign_ins(START + Span::hours(1)).await.unwrap();
        assert_eq!(house.count("outbox"), 0);
    }

    async fn h1_of_several_sign_ins_the_one_with_the_most_wrong_codes_is_told_with_those_of_all(house) {
        let house = telling(house);
        let store = house.open();
        let (person, app) = somebody(&store).await;
        for (seconds, guesses) in [(60, 1), (61, 3), (62, 0)] {
            let visit = at(seconds);
            let token = person.again(&visit).waits_for_code_with_token(&store, &visit).await;
            for _ in 0..guesses {
                let wrong = app.wrong(&at(seconds));
                assert!(goes_on(&store, &person, &token, &wrong, &at(seconds)).await.is_err());
            }
        }
        let late = START + Span::hours(1);
        store.end_expired_sign_ins(late).await.unwrap();
        let taken = store.take_letter(late).await.unwrap().unwrap();
        let Letter::Notice { notice, .. } = &taken.letter else { panic!("{taken:?}") };
        assert_eq!((notice, taken.at), (&Notice::SecondFactorMissing { wrong: 4 }, at(61).now));
        assert_eq!((house.count("outbox"), house.count("pending_sign_ins")), (1, 0));
    }

    async fn h1_beginning_again_and_again_puts_no_notice_off(house) {
        let house = telling(house);
        let store = house.open();
        let (person, _) = somebody(&store).await;
        let mut before = person.waits_for_code_with_token(&store, &at(60)).await;
        for seconds in (120..660).step_by(60) {
            store.give_up(&before.hash()).await.unwrap();
            before = person.goes_on_from(Some(&before), &store, &at(seconds)).await;
        }
        store.end_expired_sign_ins(at(660).now).await.unwrap();
        assert_eq!(notices(&store, at(660).now).await, [MISSING], "of the first, in its time");
    }

    async fn h1_signing_in_to_another_account_silences_nothing(house) {
        let house = telling(house);
        let store = house.open();
        let (person, _) = somebody(&store).await;
        let other = Person::new(&store, "boris").await;
        let app = other.turns_on(&store, &at(2)).await;
        notices(&store, at(3).now).await;
        let theirs = person.waits_for_code_with_token(&store, &at(60)).await;
        store.give_up(&theirs.hash()).await.unwrap();
        let own = other.goes_on_from(Some(&theirs), &store, &at(61)).await;
        goes_on(&store, &other, &own, &app.code(&at(62)), &at(62)).await.unwrap();
        let mut token = other.enters_and_is_remembered(&store, &app, &at(120)).await;
        enters_on_going_on_from(Some(&theirs), &store, &other, &mut token, &at(121)).await;
        notices(&store, at(122).now).await;
        store.end_expired_sign_ins(at(661).now).await.unwrap();
        let taken = store.take_letter(at(661).now).await.unwrap().unwrap();
        assert_eq!(taken.to.account, Some(person.id));
        assert_eq!(house.count("outbox"), 1);
    }

    async fn a_trusted_device_that_lets_its_browser_in_ends_what_that_gave_up(house) {
        let house = telling(house);
        let store = house.open();
        let (person, app) = somebody(&store).await;
        let mut device = person.enters_and_is_remembered(&store, &app, &at(30)).await;
        let first = person.waits_for_code_with_token(&store, &at(60)).await;
        store.give_up(&first.hash()).await.unwrap();
        let second = person.goes_on_from(Some(&first), &store, &at(61)).await;
        let elsewhere = person.waits_for_code_with_token(&store, &at(62)).await;
        enters_on_going_on_from(Some(&second), &store, &person, &mut device, &at(63)).await;
        assert_eq!(house.count("pending_sign_ins"), 1);
        assert!(store.pending(&elsewhere.hash(), at(63).now).await.unwrap().is_some());
    }
}

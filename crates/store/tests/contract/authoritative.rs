//! Promise 5: decisions rest on the rows as they are in the commit, not as somebody read them before.

use countersign::{
    Span,
    policy::Policy,
    sign_in::{self, Authenticated, AwaitingFactor, Next},
};
use countersign_store::{Lane, Refusal, Store, accounts::Account};

use crate::borrowed::other_hash;
use crate::house::{at, chance, keyring};
use crate::person::{Person, finish, refusal};

/// The password was right, 2FA was off, and nothing is opened yet.
async fn through(store: &Store, person: &Person) -> (Authenticated, Account) {
    let account = person.account(store).await;
    let next =
        sign_in::after_password(store.policy(), &person.proof, sign_in::TwoFactor::Off, None, at(0).now);
    let Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
    (authenticated, account)
}

/// The password was right, 2FA was on, and no pending sign-in is kept yet.
async fn waiting(store: &Store, person: &Person) -> (AwaitingFactor, Account) {
    let account = person.account(store).await;
    let next =
        sign_in::after_password(store.policy(), &person.proof, sign_in::TwoFactor::On, None, at(0).now);
    let Next::NeedsFactor(awaiting) = next else { panic!("{next:?}") };
    (awaiting, account)
}

for_every_database! {
    async fn a_sign_in_that_2fa_overtook_opens_no_session(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let (authenticated, account) = through(&store, &person).await;
        person.turns_on(&store, &at(0)).await;
        let late = store.open_session(&authenticated, &account, &at(1), &mut chance()).await;
        assert_eq!(refusal(late), Refusal::Gone("the account"));
        assert_eq!(house.count("sessions"), 0);
    }

    async fn a_sign_in_that_a_new_password_overtook_opens_nothing(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let (authenticated, account) = through(&store, &person).await;
        let session = person.signs_in(&store, &at(0)).await;
        let confirmed = person.confirms(&session, None, &at(0));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(0)).await.unwrap();
        let late = store.open_session(&authenticated, &account, &at(1), &mut chance()).await;
        assert_eq!(refusal(late), Refusal::Gone("the account"));

        let app = person.turns_on(&store, &at(2)).await;
        let (awaiting, account) = waiting(&store, &person).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let claim = person.types(&store, &app.code(&at(60)), &at(60)).await;
        let session = person.enters_rightly(&store, &app, &at(90)).await;
        let confirmed = person.confirms(&session, None, &at(90));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(90)).await.unwrap();
        let late = store.open_pending(&awaiting, &account, &at(91), &mut chance()).await;
        assert_eq!(refusal(late), Refusal::Gone("the account"));
        assert_eq!(
            refusal(finish(&store, pending, claim, &at(91)).await),
            Refusal::Gone("the pending sign-in")
        );
        assert_eq!(house.count("pending_sign_ins"), 0);
    }

    async fn a_disabled_account_is_out_at_once_and_comes_back_with_nothing_open(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let (authenticated, off) = through(&store, &person).await;
        let app = person.turns_on(&store, &at(0)).await;
        let device = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let entered = person.enters_with(&store, &app.code(&at(90)), &at(90)).await.ok().unwrap();
        let (awaiting, on) = waiting(&store, &person).await;
        let pending = person.waits_for_code(&store, &at(90)).await;
        let claim = person.types(&store, &app.code(&at(120)), &at(120)).await;

        store.disable_account(person.id, &at(120)).await.unwrap();
        assert!(store.session(&entered.session.hash(), at(120).now).await.unwrap().is_none());
        for _ in 0..2 {
            let session = store.open_session(&authenticated, &off, &at(120), &mut chance()).await;
            assert_eq!(refusal(session), Refusal::Gone("the account"));
            let waits = store.open_pending(&awaiting, &on, &at(120), &mut chance()).await;
            assert_eq!(refusal(waits), Refusal::Gone("the account"));
            if person.account(&store).await.disabled_at.is_some() {
                store.enable_account(person.id, &at(121)).await.unwrap();
            }
        }
        assert!(matches!(refusal(finish(&store, pending, claim, &at(121)).await), Refusal::Gone(_)));
        assert!(store.session(&entered.session.hash(), at(121).now).await.unwrap().is_none());
        assert!(store.device(&device.hash(), person.id).await.unwrap().is_none());
        // A10: its second factor is as it was.
        person.enters_rightly(&store, &app, &at(150)).await;
    }

    async fn a_confirmation_does_not_outlive_the_account(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let attempt = person.types(&store, &app.code(&at(90)), &at(90)).await;
        let confirmed = person.confirms(&session, Some(attempt), &at(90));
        store.disable_account(person.id, &at(90)).await.unwrap();
        let late = store.turn_off(confirmed, Lane::Everybody, &at(90)).await;
        assert_eq!(late, Err(Refusal::Gone("the account")));
        assert_eq!(house.count("authenticators"), 1);
    }

    async fn a_pending_sign_in_that_is_read_again_lives_longer_and_a_finished_one_does_not(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.waits_for_code_with_token(&store, &at(60)).await;
        let pending = store.pending(&token.hash(), at(600).now).await.unwrap().unwrap();
        store.prolong(&pending, &at(600)).await.unwrap();
        assert!(store.pending(&token.hash(), at(1199).now).await.unwrap().is_some());
        let mut now = 1100;
        while let Some(pending) = store.pending(&token.hash(), at(now).now).await.unwrap() {
            store.prolong(&pending, &at(now)).await.unwrap();
            now += 500;
            assert!(now < 2 * 3600, "it is prolonged up to an hour after the password");
        }
        store.prolong(&pending, &at(now)).await.unwrap();
        assert!(store.pending(&token.hash(), at(now).now).await.unwrap().is_none());
        let late = person.types(&store, &app.code(&at(now)), &at(now)).await;
        assert_eq!(
            refusal(finish(&store, pending, late, &at(now)).await),
            Refusal::Gone("the pending sign-in")
        );
    }

    async fn a_pending_sign_in_does_not_outlive_2fa(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let (awaiting, account) = waiting(&store, &person).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        store.turn_off(person.confirms(&session, None, &at(60)), Lane::Everybody, &at(60)).await.unwrap();
        let late = store.open_pending(&awaiting, &account, &at(60), &mut chance()).await;
        assert_eq!(refusal(late), Refusal::Gone("the account"));
    }

    async fn a_shorter_remembering_holds_at_once_for_devices_remembered_before(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        drop(store);
        let week = at(60).now + Span::days(7);
        for (remember, stands) in [(Span::days(30), true), (Span::days(7), false), (Span::ZERO, false)] {
            let store = house.open_with(keyring(7), Policy { remember, ..Policy::default() });
            let device = store.device(&token.hash(), person.id).await.unwrap().unwrap();
            assert_eq!(device.stands_for(person.id, store.policy(), week), stands);
        }
    }

    async fn a_shorter_session_holds_at_once_for_sessions_opened_before(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        let stricter = Policy { session_idle: Span::minutes(5), ..Policy::default() };
        let strict = house.open_with(keyring(7), stricter);
        assert!(strict.session(&token.hash(), at(300).now).await.unwrap().is_none());
        assert!(store.session(&token.hash(), at(300).now).await.unwrap().is_some());
    }

    async fn what_one_process_wrote_the_other_reads_at_once(house) {
        let (one, other) = (house.open(), house.open());
        let person = Person::new(&one, "zofie").await;
        for round in 0..20 {
            let token = person.signs_in_for_token(&one, &at(round)).await;
            assert!(other.session(&token.hash(), at(round).now).await.unwrap().is_some());
            other.sign_out(&token.hash(), person.id, &at(round)).await.unwrap();
            assert!(one.session(&token.hash(), at(round).now).await.unwrap().is_none());
        }
    }
}

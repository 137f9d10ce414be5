//! A25: what is A's is not there for B, whatever ids B knows.

use countersign::sign_in::{self, Next};
use countersign_store::{Lane, Refusal};

use crate::borrowed::FIRST;
use crate::house::{House, at, chance};
use crate::person::{Person, finish, name, refusal};

/// The rows of one account, wherever they are.
fn rows_of(house: &House, person: &Person) -> Vec<String> {
    let id = person.id.to_string();
    house.everything().into_iter().filter(|row| row.contains(&id)).collect()
}

for_every_database! {
    async fn a25_ids_of_a_are_gone_for_b(house) {
        let store = house.open();
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        let (app_a, app_b) = (a.turns_on(&store, &at(0)).await, b.turns_on(&store, &at(0)).await);
        a.enters_and_is_remembered(&store, &app_a, &at(60)).await;
        let session_a = a.enters_rightly(&store, &app_a, &at(90)).await;
        let token_a = a.enters_with(&store, &app_a.code(&at(120)), &at(120)).await.ok().unwrap().session;
        a.scans(&store, &session_a, &at(120)).await;
        let session_b = b.enters_rightly(&store, &app_b, &at(120)).await;
        let device_a = store.profile(a.id, at(120).now).await.unwrap().devices[0].id;
        let (before, visit, lane) = (rows_of(&house, &a), at(120), Lane::Everybody);

        let confirmed = || b.confirms(&session_b, None, &visit);
        let removed = store.remove_authenticator(confirmed(), app_a.authenticator, lane, &visit).await;
        assert_eq!(removed, Err(Refusal::Gone("the authenticator")));
        let renamed = store.rename_authenticator(b.id, app_a.authenticator, &name("mine"), &visit).await;
        assert_eq!(renamed, Err(Refusal::Gone("the authenticator")));
        assert_eq!(store.forget_device(b.id, device_a, None, &visit).await, Err(Refusal::Gone("the device")));
        assert_eq!(store.end_session(b.id, session_a.id, &visit).await, Err(Refusal::Gone("the session")));
        assert_eq!(store.sign_out(&token_a.hash(), b.id, &visit).await, Err(Refusal::Gone("the session")));
        assert!(store.enrolment(b.id, session_a.id, visit.now).await.unwrap().is_none());
        store.withdraw(b.id, session_a.id).await.unwrap();
        store.end_sessions(b.id, None, &visit).await.unwrap();
        store.forget_devices(b.id, None, &visit).await.unwrap();
        assert_eq!(rows_of(&house, &a), before);
        assert_eq!(
            house.count("accounts WHERE email_key = 'a@example.org' AND two_factor_at IS NOT NULL"),
            1
        );
    }

    async fn a25_a_code_of_b_finishes_no_sign_in_of_a_and_is_not_spent(house) {
        let store = house.open();
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        let (_, app_b) = (a.turns_on(&store, &at(0)).await, b.turns_on(&store, &at(0)).await);
        let before = house.everything();
        let pending = a.waits_for_code(&store, &at(60)).await;
        let kept = house.everything();
        assert_ne!(before, kept);
        let attempt = b.types(&store, &app_b.code(&at(60)), &at(60)).await;
        assert_eq!(refusal(finish(&store, pending, attempt, &at(60)).await), Refusal::Spent);
        assert_eq!(house.everything(), kept);
        let pending = a.waits_for_code(&store, &at(60)).await;
        let attempt = b.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert_eq!(refusal(finish(&store, pending, attempt, &at(60)).await), Refusal::Spent);
        assert_eq!(house.count("sessions"), 0);
        b.enters_rightly(&store, &app_b, &at(60)).await;
    }

    async fn a25_a_code_of_b_confirms_nothing_of_a(house) {
        let store = house.open();
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        let (app_a, app_b) = (a.turns_on(&store, &at(0)).await, b.turns_on(&store, &at(0)).await);
        let session = a.enters_rightly(&store, &app_a, &at(60)).await;
        let late = at(60 + 15 * 60);
        let attempt = b.types(&store, &app_b.code(&late), &late).await;
        let confirmed = a.confirms(&session, Some(attempt), &late);
        assert_eq!(store.turn_off(confirmed, Lane::Everybody, &late).await, Err(Refusal::Spent));
        assert_eq!(house.count("accounts WHERE two_factor_at IS NOT NULL"), 2);
        b.enters_rightly(&store, &app_b, &late).await;
    }

    async fn a25_the_password_of_b_opens_nothing_of_a(house) {
        let store = house.open();
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        let next = sign_in::after_password(store.policy(), &b.proof, sign_in::TwoFactor::Off, None, at(0).now);
        let Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
        let opened =
            store.open_session(&authenticated, &a.account(&store).await, &at(0), &mut chance()).await;
        assert_eq!(refusal(opened), Refusal::Gone("the account"));
        a.turns_on(&store, &at(0)).await;
        b.turns_on(&store, &at(0)).await;
        let next = sign_in::after_password(store.policy(), &b.proof, sign_in::TwoFactor::On, None, at(0).now);
        let Next::NeedsFactor(awaiting) = next else { panic!("{next:?}") };
        let kept = store.open_pending(&awaiting, &a.account(&store).await, &at(0), &mut chance()).await;
        assert_eq!(refusal(kept), Refusal::Gone("the account"));
        assert_eq!(house.count("sessions") + house.count("pending_sign_ins"), 0);
    }
}

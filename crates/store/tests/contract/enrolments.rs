//! Enrolments: they belong to one session, expire, give way to the next, and touch nothing in use.

use countersign::{
    Span,
    enrolment::{Enrolment, Unproven},
    explain::Explanation,
    step_up::MayEnrol,
};
use countersign_store::{Lane, Refusal, Store, sessions::Session};

use crate::app::App;
use crate::borrowed::FIRST;
use crate::house::{at, chance};
use crate::person::{Person, name};
use crate::race::race;

async fn offered(store: &Store, person: &Person, session: &Session) -> Enrolment {
    store.enrolment(person.id, session.id, at(0).now).await.unwrap().unwrap()
}

for_every_database! {
    async fn an_enrolment_belongs_to_the_session_that_started_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let mine = person.signs_in(&store, &at(0)).await;
        let other = person.signs_in(&store, &at(0)).await;
        person.scans(&store, &mine, &at(0)).await;
        assert!(store.enrolment(person.id, other.id, at(0).now).await.unwrap().is_none());

        // Even with the secret in hand, the other session proves nothing.
        let mut stolen = offered(&store, &person, &mine).await;
        stolen.session = Some(other.id);
        let app = App::scans(offered(&store, &person, &mine).await);
        let proven = stolen.prove(&app.code(&at(0)), at(0).now).unwrap();
        let refused = store.turn_on(&proven, &name("x"), &FIRST.set(), &at(0), &mut chance()).await;
        assert_eq!(refused, Err(Refusal::Gone("the enrolment")));
    }

    async fn a_session_that_ends_takes_its_enrolment_along(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        let session = store.session(&token.hash(), at(0).now).await.unwrap().unwrap();
        person.scans(&store, &session, &at(0)).await;
        let leave = MayEnrol::from(person.confirms(&session, None, &at(0)));
        let present = offered(&store, &person, &session).await;
        store.sign_out(&token.hash(), person.id, &at(1)).await.unwrap();
        assert_eq!(house.count("enrolments"), 0);
        let late = store.offer(leave, Lane::Everybody, &at(1), &mut chance()).await;
        assert_eq!(late, Err(Refusal::Gone("the session")));
        let again = store.offer_again(&present, &at(1), &mut chance()).await;
        assert_eq!(again, Err(Refusal::Gone("the session")));
    }

    async fn an_earlier_qr_code_is_explained_and_never_accepted(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let old = person.scans(&store, &session, &at(0)).await;
        let first = offered(&store, &person, &session).await;
        store.offer_again(&first, &at(0), &mut chance()).await.unwrap();
        let present = offered(&store, &person, &session).await;
        assert_ne!(present.id, first.id);
        let answer = present.prove(&old.code(&at(0)), at(0).now).unwrap_err();
        assert_eq!(answer, Unproven::Wrong(Explanation::EarlierQrCode));
        let proven = first.prove(&old.code(&at(0)), at(0).now).unwrap();
        let refused = store.turn_on(&proven, &name("x"), &FIRST.set(), &at(0), &mut chance()).await;
        assert_eq!(refused, Err(Refusal::Gone("the enrolment")));
    }

    async fn however_many_qr_codes_are_shown_in_one_moment_the_last_one_counts(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        person.scans(&store, &session, &at(0)).await;
        for _ in 0..20 {
            let before = offered(&store, &person, &session).await;
            store.offer_again(&before, &at(0), &mut chance()).await.unwrap();
            assert_ne!(offered(&store, &person, &session).await.id, before.id);
            assert!(offered(&store, &person, &session).await.earlier.len() <= 2);
        }
        assert_eq!(house.count("enrolments"), 3);
        assert_eq!(house.count("enrolments WHERE superseded = 0"), 1);
        let app = App::scans(offered(&store, &person, &session).await);
        person.proves(&store, &session, &app, &FIRST, &at(0)).await.unwrap();
    }

    async fn b9_a_hundred_qr_codes_asked_for_at_once_leave_one(house) {
        let processes = [house.open(), house.open()];
        let (zofie, adam) =
            (Person::new(&processes[0], "zofie").await, Person::new(&processes[0], "adam").await);
        let sessions =
            [zofie.signs_in(&processes[0], &at(0)).await, adam.signs_in(&processes[0], &at(0)).await];
        let racers = (0..100).map(|nth| {
            let (person, session) = ([&zofie, &adam][nth % 2], &sessions[nth % 2]);
            let (store, session) = (processes[nth / 2 % 2].clone(), session.clone());
            let leave = MayEnrol::from(person.confirms(&session, None, &at(0)));
            async move { store.offer(leave, Lane::Everybody, &at(0), &mut chance()).await }
        });
        assert!(race(racers).await.iter().all(Result::is_ok));
        assert_eq!(house.count("enrolments WHERE superseded = 0"), 2);
        assert_eq!(house.count("enrolments"), 6);
        for (person, session) in [&zofie, &adam].into_iter().zip(&sessions) {
            let app = App::scans(offered(&processes[1], person, session).await);
            person.proves(&processes[1], session, &app, &FIRST, &at(0)).await.unwrap();
        }
    }

    async fn what_was_withdrawn_is_not_offered_again(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        person.scans(&store, &session, &at(0)).await;
        let present = offered(&store, &person, &session).await;
        store.withdraw(person.id, session.id).await.unwrap();
        assert!(store.enrolment(person.id, session.id, at(0).now).await.unwrap().is_none());
        let again = store.offer_again(&present, &at(0), &mut chance()).await;
        assert_eq!(again, Err(Refusal::Gone("the enrolment")));
        assert_eq!(house.count("enrolments"), 0);
    }

    async fn an_enrolment_beside_an_authenticator_in_use_does_not_touch_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let second = person.scans(&store, &session, &at(60)).await;
        assert!(person.enters_with(&store, &app.code(&at(90)), &at(90)).await.is_ok());
        let early = person.enters_with(&store, &second.code(&at(90)), &at(90)).await;
        assert!(early.is_err(), "what is not proven signs nobody in");
        let mut late = at(60);
        late.now = late.now + Span::minutes(10);
        assert!(store.enrolment(person.id, session.id, late.now).await.unwrap().is_none());
    }
}

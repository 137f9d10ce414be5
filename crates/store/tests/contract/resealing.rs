//! A key takes over from another while people sign in: what it sealed opens, and the old one opens nothing.

use countersign::{
    policy::Policy,
    secret::{KeyId, OpenError as NotOpened},
};
use countersign_store::{
    Lane, Refusal, Store,
    keys::Duty,
    resealing::{NotResealed, Resealing},
};
use std::sync::Arc;

use crate::app::App;
use crate::borrowed::{FIRST, SECOND};
use crate::house::{House, KeyFile, at, chance};
use crate::keys::sealed_with;
use crate::person::{Person, finish, name};
use crate::race::race;

pub(crate) fn key(id: &str) -> KeyId {
    KeyId::parse(id).unwrap()
}

/// Seals everything again; says how much it was.
pub(crate) async fn reseals(store: &Store) -> usize {
    let mut so_far = Resealing::default();
    while store.reseal(&mut so_far, &mut chance()).await.unwrap() {}
    assert!(store.all_resealed().await.unwrap());
    so_far.done
}

/// A rotation from start to end, by a process of its own.
pub(crate) async fn rotate(house: &House, old: &[(&'static str, u8)], new: (&'static str, u8)) -> usize {
    let file = KeyFile::of(&[old, &[new]].concat());
    let store = house.open_with(file.clone(), Policy::default());
    store.seal_with(&key(new.0), at(0).now).await.unwrap();
    let resealed = reseals(&store).await;
    file.becomes(&[new]);
    store.read_keys_again().await.unwrap();
    store.forget_retired_keys().await.unwrap();
    resealed
}

for_every_database! {
    async fn h5_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(house) {
        let store = house.open();
        let mut people: Vec<(Person, App)> = Vec::new();
        for nth in 0..3 {
            let person = Person::new(&store, &format!("person{nth}")).await;
            let app = person.turns_on(&store, &at(0)).await;
            people.push((person, app));
        }
        let waiting = Person::new(&store, "waiting").await;
        let session = waiting.signs_in(&store, &at(0)).await;
        let first = waiting.scans(&store, &session, &at(0)).await;
        let second = waiting.scans(&store, &session, &at(0)).await;
        assert_eq!(sealed_with(&house, "k1"), 8);
        drop(store);

        assert_eq!(rotate(&house, &[("k1", 7)], ("k2", 8)).await, 8);
        assert_eq!((sealed_with(&house, "k1"), sealed_with(&house, "k2")), (0, 8));
        assert!(house.try_open(KeyFile::of(&[("k1", 7)]), Policy::default()).is_err());
        let store = house.open_with(KeyFile::of(&[("k2", 8)]), Policy::default());
        for (person, app) in &people {
            person.enters_rightly(&store, app, &at(60)).await;
            let attempt = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
            assert!(person.enters(&store, attempt, &at(60)).await.is_ok());
        }
        let offered = store.enrolment(waiting.id, session.id, at(0).now).await.unwrap().unwrap();
        assert_eq!(offered.secret.to_base32(), second.secret.to_base32());
        assert_eq!(offered.earlier[0].to_base32(), first.secret.to_base32(), "which explains a code of it");
        waiting.proves(&store, &session, &second, &FIRST, &at(0)).await.unwrap();
        let keys = store.keys().await.unwrap();
        assert_eq!((keys.len(), keys[0].id.as_str(), keys[0].sealed), (1, "k2", 8));
    }

    async fn a_rotation_goes_on_where_it_stopped_and_counts_nothing_twice(house) {
        let file = KeyFile::of(&[("k1", 7), ("k2", 8)]);
        let store = house.open_with(file.clone(), Policy::default());
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        for nth in 0..101 {
            let other = Person::new(&store, &format!("other{nth}")).await;
            let session = other.signs_in(&store, &at(0)).await;
            other.scans(&store, &session, &at(0)).await;
        }
        store.seal_with(&key("k2"), at(100).now).await.unwrap();

        // Killed after every page.
        let mut pages = 0;
        while !store.all_resealed().await.unwrap() {
            let mut so_far = Resealing::default();
            while so_far.done == 0 {
                assert!(store.reseal(&mut so_far, &mut chance()).await.unwrap());
            }
            pages += 1;
            assert!(store.factors(person.id).await.is_ok());
        }
        assert_eq!((pages, sealed_with(&house, "k1"), sealed_with(&house, "k2")), (4, 0, 103));
        assert_eq!(reseals(&store).await, 0);
        person.enters_rightly(&store, &app, &at(60)).await;
    }

    async fn keys_are_forgotten_only_when_nothing_is_sealed_with_them(house) {
        let store = house.open_with(KeyFile::of(&[("k1", 7), ("k2", 8)]), Policy::default());
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        store.seal_with(&key("k2"), at(0).now).await.unwrap();
        assert!(!store.all_resealed().await.unwrap());
        assert!(matches!(store.forget_retired_keys().await, Err(Refusal::Gone(_))));
        assert_eq!(house.count("sealing_keys WHERE retired_at IS NOT NULL"), 1);
        assert_eq!(reseals(&store).await, 2);
        store.forget_retired_keys().await.unwrap();
        assert_eq!(house.count("sealing_keys"), 1);
    }

    async fn a_value_that_does_not_open_stops_the_rotation_and_says_whose_it_is(house) {
        let store = house.open_with(KeyFile::of(&[("k1", 7), ("k2", 8)]), Policy::default());
        let (a, b) = (Person::new(&store, "a").await, Person::new(&store, "b").await);
        let app = a.turns_on(&store, &at(0)).await;
        b.turns_on(&store, &at(0)).await;
        house.tamper(&format!(
            "UPDATE authenticators SET secret = (SELECT t.secret FROM authenticators t WHERE t.account_id = '{}')
               WHERE account_id = '{}'",
            a.id, b.id
        ));
        store.seal_with(&key("k2"), at(0).now).await.unwrap();
        let before = house.everything();
        let mut so_far = Resealing::default();
        let stopped = loop {
            match store.reseal(&mut so_far, &mut chance()).await {
                Ok(true) => {}
                Ok(false) => panic!("it opened"),
                Err(stopped) => break stopped,
            }
        };
        let shut = NotResealed::Shut {
            what: "an authenticator",
            whose: "b@example.org".into(),
            reason: NotOpened::Damaged,
        };
        assert_eq!(stopped, shut);
        assert_eq!(house.everything(), before, "the whole page is as it was");
        assert!(store.forget_retired_keys().await.is_err());
        a.enters_rightly(&store, &app, &at(60)).await;
    }

    async fn what_was_offered_under_the_old_key_becomes_an_authenticator_under_it_and_is_sealed_again(house) {
        let store = house.open_with(KeyFile::of(&[("k1", 7), ("k2", 8)]), Policy::default());
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let app = person.scans(&store, &session, &at(0)).await;
        store.seal_with(&key("k2"), at(0).now).await.unwrap();
        person.proves(&store, &session, &app, &FIRST, &at(0)).await.unwrap();
        assert_eq!((sealed_with(&house, "k1"), sealed_with(&house, "k2")), (1, 1));
        assert_eq!(reseals(&store).await, 1);
        person.enters_rightly(&store, &app, &at(60)).await;
    }

    async fn of_two_keys_that_would_take_over_one_does(house) {
        let store = house.open_with(KeyFile::of(&[("k1", 7), ("k2", 8), ("k3", 9)]), Policy::default());
        let racers = [key("k2"), key("k3"), key("k2"), key("k3")].map(|next| {
            let store = store.clone();
            async move { store.seal_with(&next, at(0).now).await.is_ok() }
        });
        let won = race(racers).await.into_iter().filter(|won| *won).count();
        assert!(won >= 1);
        assert_eq!(house.count("sealing_keys WHERE retired_at IS NULL"), 1);
        let keys = store.keys().await.unwrap();
        assert!(matches!(keys[0].duty, Duty::Seals(_)) && keys[1..].iter().all(|key| matches!(key.duty, Duty::Retired(_))));
    }

    async fn f7_h5_while_keys_take_over_everybody_signs_in_enrols_and_turns_off(house) {
        let file = KeyFile::of(&[("k0", 100)]);
        let stores: [Store; 2] = std::array::from_fn(|_| house.open_with(file.clone(), Policy::default()));
        let ids: [&'static str; 6] = ["k0", "k1", "k2", "k3", "k4", "k5"];
        for round in 0..5_u8 {
            let [one, other] = &stores;
            let (signs_in, recovers) =
                (Person::new(one, &format!("a{round}")).await, Person::new(one, &format!("b{round}")).await);
            let (turns_off, replaces) =
                (Person::new(one, &format!("c{round}")).await, Person::new(one, &format!("d{round}")).await);
            let turns_on = Person::new(one, &format!("e{round}")).await;
            let app = signs_in.turns_on(one, &at(0)).await;
            recovers.turns_on(one, &at(0)).await;
            let off = turns_off.turns_on(one, &at(0)).await;
            let off = turns_off.enters_rightly(one, &off, &at(60)).await;
            let again = replaces.turns_on(one, &at(0)).await;
            let again = replaces.enters_rightly(one, &again, &at(60)).await;
            let session = turns_on.signs_in(one, &at(60)).await;

            let rotation = {
                let (file, store) = (file.clone(), other.clone());
                let (old, new) = ((ids[usize::from(round)], 100 + round), (ids[usize::from(round) + 1], 101 + round));
                async move {
                    file.becomes(&[old, new]);
                    store.seal_with(&key(new.0), at(60).now).await.unwrap();
                    reseals(&store).await;
                    file.becomes(&[new]);
                    store.read_keys_again().await.unwrap();
                    store.forget_retired_keys().await.unwrap();
                }
            };
            let (rotation, one) = (tokio::spawn(rotation), Arc::new(one.clone()));
            let store = Arc::clone(&one);
            let entering = tokio::spawn(async move {
                for nth in 2..12 {
                    let visit = at(nth * 30);
                    let pending = signs_in.waits_for_code(&store, &visit).await;
                    let attempt = signs_in.types(&store, &app.code(&visit), &visit).await;
                    assert!(finish(&store, pending, attempt, &visit).await.is_ok(), "{nth}");
                }
            });
            let store = Arc::clone(&one);
            let recovering = tokio::spawn(async move {
                for nth in 0..3 {
                    let attempt = recovers.types_recovery(&store, FIRST.code(nth), &at(60)).await;
                    assert!(recovers.enters(&store, attempt, &at(60)).await.is_ok(), "{nth}");
                }
            });
            let store = Arc::clone(&one);
            let turning_off = tokio::spawn(async move {
                let confirmed = turns_off.confirms(&off, None, &at(60));
                store.turn_off(confirmed, Lane::Everybody, &at(60)).await.unwrap();
            });
            let store = Arc::clone(&one);
            let replacing = tokio::spawn(async move {
                let (confirmed, codes) = (replaces.confirms(&again, None, &at(60)), SECOND.set());
                let lane = Lane::Everybody;
                let mut rng = chance();
                store.replace_recovery_codes(confirmed, None, &codes, lane, &at(60), &mut rng).await.unwrap();
                let attempt = replaces.types_recovery(&store, SECOND.code(0), &at(60)).await;
                assert!(replaces.enters(&store, attempt, &at(60)).await.is_ok());
            });
            let store = Arc::clone(&one);
            let turning_on = tokio::spawn(async move {
                let app = turns_on.scans(&store, &session, &at(60)).await;
                let enrolment = store.enrolment(turns_on.id, session.id, at(60).now).await.unwrap().unwrap();
                let proven = enrolment.prove(&app.code(&at(60)), at(60).now).unwrap();
                let codes = FIRST.set();
                store.turn_on(&proven, &name("Phone"), &codes, &at(60), &mut chance()).await.unwrap();
                turns_on.enters_rightly(&store, &app, &at(90)).await;
            });
            for task in [rotation, entering, recovering, turning_off, replacing, turning_on] {
                task.await.unwrap();
            }
            assert_eq!(sealed_with(&house, ids[usize::from(round)]), 0, "round {round}");
        }
    }
}

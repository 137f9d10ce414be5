//! Which key seals is a fact of the database: every process obeys it, and no other keyring opens a store on it.

use countersign::{policy::Policy, secret::Keyring};
use countersign_store::{
    Lane, OpenError, Refusal, Store, Unavailable, WrongKeyring,
    keys::{Duty, KeyInUse},
};

use crate::borrowed::{FIRST, SECOND};
use crate::house::{House, KeyFile, START, after, at, chance, keyring};
use crate::person::{Person, name, refusal};
use crate::resealing::{key, reseals, rotate};

/// Why a store does not open.
fn closed(house: &House, keys: &[(&'static str, u8)]) -> WrongKeyring {
    match house.try_open(KeyFile::of(keys), Policy::default()) {
        Err(OpenError::Keyring(wrong)) => wrong,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opens with {keys:?}"),
    }
}

/// How many values name a key: their second byte is the length of its id.
pub(crate) fn sealed_with(house: &House, key: &str) -> i64 {
    let named = |table: &str, column: &str| {
        let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("substr({column}, 1, {}) = x'01{:02x}{hex}'", key.len() + 2, key.len());
        house.count(&format!("{table} WHERE {name}"))
    };
    let of_accounts = named("enrolments", "secret") + named("authenticators", "secret");
    of_accounts + named("recovery_sets", "pepper") + named("signing_keys", "secret")
}

async fn in_use(store: &Store) -> Vec<(String, Duty, usize)> {
    let keys = store.keys().await.unwrap();
    keys.into_iter().map(|KeyInUse { id, duty, sealed }| (id, duty, sealed)).collect()
}

for_every_database! {
    async fn the_first_key_of_the_first_keyring_seals_whoever_starts_at_once(house) {
        let seals: Vec<String> = std::thread::scope(|scope| {
            let opens = |n: u32| {
                let keys = if n.is_multiple_of(2) { [("a", 1), ("b", 2)] } else { [("b", 2), ("a", 1)] };
                let store = house.open_with(KeyFile::of(&keys), Policy::default());
                store.keyring().sealing().as_str().to_owned()
            };
            let openers: Vec<_> = (0..8).map(|n| scope.spawn(move || opens(n))).collect();
            openers.into_iter().map(|opener| opener.join().unwrap()).collect()
        });
        assert!(seals.iter().all(|other| *other == seals[0]), "{seals:?}");
        assert_eq!(house.count("sealing_keys"), 1);
        assert_eq!(house.number("SELECT began_at FROM sealing_keys"), START.milliseconds());
    }

    async fn a_keyring_of_another_database_opens_no_store_and_changes_nothing(house) {
        drop(house.open());
        let before = house.everything();
        assert_eq!(closed(&house, &[("k2", 7)]), WrongKeyring::Lacks("k1".into()));
        assert_eq!(closed(&house, &[("k2", 8), ("k1", 8)]), WrongKeyring::Differs("k1".into()));
        assert!(matches!(closed(&house, &[]), WrongKeyring::Unreadable(_)));
        assert_eq!(house.everything(), before);
        let wrong = closed(&house, &[("k2", 7)]).to_string();
        assert!(wrong.contains("k1") && wrong.contains("does not belong to this database"), "{wrong}");
        drop(house.open_with(KeyFile::of(&[("k2", 8), ("k1", 7)]), Policy::default()));
    }

    async fn a_database_from_before_there_were_sealing_keys_takes_the_keyring_that_opens_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        drop(store);
        house.tamper("DELETE FROM sealing_keys");
        assert_eq!(closed(&house, &[("k2", 7)]), WrongKeyring::Older { key: "k1".into(), count: 2 });
        assert_eq!(house.count("sealing_keys"), 0);
        // Of a keyring that somebody had turned by hand the first key goes on sealing, and the others open.
        let store = house.open_with(KeyFile::of(&[("k2", 8), ("k1", 7)]), Policy::default());
        assert!(store.factors(person.id).await.is_ok());
        let duties = [("k2".into(), Duty::Seals(START), 0), ("k1".into(), Duty::Stray, 2)];
        assert_eq!(in_use(&store).await, duties);
    }

    async fn h5_nothing_is_sealed_with_a_key_that_has_retired(house) {
        let stale = house.open();
        let person = Person::new(&stale, "zofie").await;
        let session = person.signs_in(&stale, &at(0)).await;
        let app = person.scans(&stale, &session, &at(0)).await;
        let enrolment = stale.enrolment(person.id, session.id, at(0).now).await.unwrap().unwrap();
        let proven = enrolment.prove(&app.code(&at(0)), at(0).now).unwrap();
        rotate(&house, &[("k1", 7)], ("k2", 8)).await;
        let before = house.everything();
        // This process holds the old key alone, and finds no other.
        let wrong = Refusal::Unavailable(Unavailable::Keyring(WrongKeyring::Lacks("k2".into())));
        let leave = person.confirms(&session, None, &at(0)).into();
        let mut rng = chance();
        assert_eq!(refusal(stale.offer(leave, Lane::Everybody, &at(0), &mut rng).await), wrong);
        assert_eq!(refusal(stale.offer_again(&enrolment, &at(0), &mut rng).await), wrong);
        let turned_on = stale.turn_on(&proven, &name("Phone"), &FIRST.set(), &at(0), &mut rng).await;
        assert_eq!(refusal(turned_on), wrong);
        assert_eq!(house.everything(), before, "nothing is half done");
        drop(stale);

        let current = house.open_with(KeyFile::of(&[("k2", 8)]), Policy::default());
        person.proves(&current, &session, &app, &FIRST, &at(0)).await.unwrap();
        let entered = person.enters_rightly(&current, &app, &at(60)).await;
        let stale = current;
        rotate(&house, &[("k2", 8)], ("k3", 9)).await;
        let before = house.everything();
        let confirmed = person.confirms(&entered, None, &at(60));
        let codes = SECOND.set();
        let replaced =
            stale.replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &at(60), &mut rng).await;
        assert!(matches!(replaced, Err(Refusal::Unavailable(Unavailable::Keyring(_)))));
        assert_eq!(house.everything(), before);
    }

    async fn a_process_that_has_not_seen_the_new_key_opens_and_seals_with_it_at_once(house) {
        let file = KeyFile::of(&[("k1", 7)]);
        let (store, other) = (
            house.open_with(file.clone(), Policy::default()),
            house.open_with(file.clone(), Policy::default()),
        );
        let (person, newcomer) = (Person::new(&store, "zofie").await, Person::new(&store, "anna").await);
        let app = person.turns_on(&store, &at(0)).await;
        let session = newcomer.signs_in(&store, &at(0)).await;
        let mut now = 60;
        for (old, new, byte) in [("k1", "k2", 8), ("k2", "k3", 9), ("k3", "k4", 10)] {
            let keys = [(old, byte - 1), (new, byte)];
            file.becomes(&keys);
            store.seal_with(&key(new), at(now).now).await.unwrap();
            // The new key only seals what comes; the old one still opens what is there.
            person.enters_rightly(&other, &app, &at(now)).await;
            newcomer.scans(&other, &session, &at(now)).await;
            assert_eq!(sealed_with(&house, new), 1, "{new}");
            reseals(&store).await;
            file.becomes(&keys[1..]);
            store.read_keys_again().await.unwrap();
            store.forget_retired_keys().await.unwrap();
            // Now all is sealed with a key that the other process holds, and it holds the old one as well.
            person.enters_rightly(&other, &app, &at(now + 30)).await;
            now += 60;
        }
        assert_eq!(in_use(&store).await, [("k4".into(), Duty::Seals(at(180).now), 5)]);
        assert_eq!(other.keyring().ids().count(), 2, "until it looks again");
        other.read_keys_again().await.unwrap();
        assert_eq!(other.keyring().ids().map(|id| id.as_str()).collect::<Vec<_>>(), ["k4"]);
    }

    async fn keys_that_cannot_be_had_leave_the_ones_in_memory_as_they_are(house) {
        let file = KeyFile::of(&[("k1", 7)]);
        let store = house.open_with(file.clone(), Policy::default());
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        for found in [&[][..], &[("k1", 8)], &[("k2", 7)]] {
            file.becomes(found);
            assert!(matches!(store.read_keys_again().await, Err(Unavailable::Keyring(_))));
            assert!(store.factors(person.id).await.is_ok());
        }
        person.enters_rightly(&store, &app, &at(60)).await;
    }

    async fn a_key_of_the_ring_that_nobody_needs_harms_nobody(house) {
        let store = house.open_with(KeyFile::of(&[("k1", 7), ("k0", 6)]), Policy::default());
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        assert_eq!(in_use(&store).await, [("k1".into(), Duty::Seals(START), 2)]);
        let lacking = store.seal_with(&key("k9"), at(0).now).await;
        assert!(matches!(lacking, Err(Refusal::Unavailable(Unavailable::Keyring(WrongKeyring::Lacks(_))))));
        person.enters_rightly(&store, &app, &after(countersign::Span::days(1))).await;
    }

    async fn a_fixed_keyring_is_read_again_as_it_is(house) {
        let store = house.open_with(keyring(7), Policy::default());
        store.read_keys_again().await.unwrap();
        let ids = |ring: &Keyring| ring.ids().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&store.keyring()), ["k1"]);
    }
}

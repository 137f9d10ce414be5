//! Signing keys: one when it is wanted first, and while another takes its place both sign.

use countersign::{
    ApplicationId, Span, Timestamp, application::Choices, name::Name, policy::Policy, signing_key::SigningKey,
};
use countersign_store::{Refusal, Store, Unavailable};

use crate::house::{KeyFile, START, chance};
use crate::race::race;
use crate::resealing::{reseals, rotate};

async fn shop(store: &Store, name: &str) -> ApplicationId {
    let choices = Choices::with_issuer(name);
    store.add_application(&Name::parse(name).unwrap(), &choices, START, &mut chance()).await.unwrap();
    store.application_named(name).await.unwrap().unwrap().id
}

async fn keys(store: &Store, whose: ApplicationId, now: Timestamp) -> Vec<String> {
    let keys = store.signing_keys(whose, now, &mut chance()).await.unwrap();
    keys.iter().map(|signing| signing.key.reveal().to_string()).collect()
}

fn text(key: &SigningKey) -> String {
    key.reveal().to_string()
}

for_every_database! {
    async fn whoever_wants_the_first_key_at_once_gets_the_same(house) {
        let stores = [house.open(), house.open()];
        let shop = shop(&stores[0], "Shop").await;
        let wanting = (0..16).map(|nth| {
            let store = stores[nth % 2].clone();
            async move { keys(&store, shop, START).await }
        });
        let found: Vec<Vec<String>> = race(wanting).await;
        assert!(found.iter().all(|other| *other == found[0]) && found[0].len() == 1, "{found:?}");
        assert_eq!(house.count("signing_keys"), 1);
    }

    async fn a_rotated_key_signs_through_the_overlap_and_not_a_millisecond_longer(house) {
        let store = house.open();
        let (shop, other) = (shop(&store, "Shop").await, shop(&store, "Other").await);
        let first = keys(&store, shop, START).await;
        let apart = keys(&store, other, START).await;
        let rotate = async |overlap, now| text(&store.rotate_signing_key(shop, overlap, now, &mut chance()).await.unwrap());
        let second = rotate(Span::hours(24), START).await;
        assert_eq!(keys(&store, shop, START).await, [second.clone(), first[0].clone()], "newest first");
        // Another rotation does not prolong the first.
        let soon = START + Span::hours(1);
        let third = rotate(Span::hours(48), soon).await;
        let last = START + Span::hours(24);
        assert_eq!(keys(&store, shop, last - Span::milliseconds(1)).await, [third.clone(), second.clone(), first[0].clone()]);
        assert_eq!(keys(&store, shop, last).await, [third.clone(), second]);
        let fourth = rotate(Span::ZERO, last).await;
        assert_eq!(keys(&store, shop, last).await, [fourth], "at once, where there is no overlap");
        assert_eq!(keys(&store, other, last).await, apart);
        assert_eq!(house.count("signing_keys"), 2, "what has ended is not kept");
        rotate(Span::hours(1), last).await;
        store.sweep(last + Span::minutes(59)).await.unwrap();
        assert_eq!(house.count("signing_keys"), 3);
        store.sweep(last + Span::hours(1)).await.unwrap();
        assert_eq!(house.count("signing_keys"), 2);
    }

    async fn rotations_at_once_leave_one_present_key_and_lose_none(house) {
        let stores = [house.open(), house.open()];
        let shop = shop(&stores[0], "Shop").await;
        let turning = (0..8).map(|nth| {
            let store = stores[nth % 2].clone();
            async move { text(&store.rotate_signing_key(shop, Span::hours(24), START, &mut chance()).await.unwrap()) }
        });
        let mut made = race(turning).await;
        let mut found = keys(&stores[0], shop, START).await;
        assert_eq!(house.count("signing_keys WHERE signs_until IS NULL"), 1);
        made.sort();
        found.sort();
        assert_eq!(made, found);
    }

    async fn an_application_that_is_removed_takes_its_keys_with_it(house) {
        let store = house.open();
        let shop = shop(&store, "Shop").await;
        keys(&store, shop, START).await;
        store.remove_application(shop).await.unwrap();
        assert_eq!(house.count("signing_keys"), 0);
        let wanted = store.signing_keys(shop, START, &mut chance()).await;
        assert!(matches!(wanted, Err(Refusal::Gone(_))));
        let turned = store.rotate_signing_key(shop, Span::ZERO, START, &mut chance()).await;
        assert!(matches!(turned, Err(Refusal::Gone(_))));
    }

    async fn h5_signing_keys_are_sealed_and_follow_a_rotation_of_the_keyring(house) {
        let file = KeyFile::of(&[("k1", 7)]);
        let store = house.open_with(file.clone(), Policy::default());
        let (shop, other) = (shop(&store, "Shop").await, shop(&store, "Other").await);
        let (mine, theirs) = (keys(&store, shop, START).await, keys(&store, other, START).await);
        let raw = mine[0].strip_prefix("whsec_").unwrap();
        let disk = house.home.bytes();
        assert!(!disk.windows(raw.len()).any(|bytes| bytes == raw.as_bytes()));
        assert_eq!(rotate(&house, &[("k1", 7)], ("k2", 8)).await, 2);
        // A keyring that cannot open them is an outage, and makes no other key.
        let shut = store.signing_keys(shop, START, &mut chance()).await;
        assert!(matches!(shut, Err(Refusal::Unavailable(Unavailable::Keyring(_)))));
        file.becomes(&[("k2", 8)]);
        assert_eq!(keys(&store, shop, START).await, mine);
        assert_eq!(reseals(&store).await, 0);
        // Exchanged between applications they open for neither.
        house.tamper(
            "CREATE TEMP TABLE kept AS SELECT application_id, secret FROM signing_keys;
             UPDATE signing_keys SET secret =
                (SELECT kept.secret FROM kept WHERE kept.application_id <> signing_keys.application_id);",
        );
        for whose in [shop, other] {
            let shut = store.signing_keys(whose, START, &mut chance()).await;
            assert!(matches!(shut, Err(Refusal::Unavailable(Unavailable::Sealed(_)))));
        }
        drop(theirs);
    }
}

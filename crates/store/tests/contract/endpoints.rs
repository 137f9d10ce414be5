//! Endpoints: an application has a few, each once, and they go when it goes.

use countersign::{application::Choices, topic::Topic};
use countersign_store::{
    Refusal, Store,
    applications::Application,
    endpoints::{MOST_ENDPOINTS, NotAdded},
};

use crate::applications::application;
use crate::house::{START, chance};
use crate::race::race;

pub(crate) const URL: &str = "https://shop.example/hooks";

pub(crate) async fn added(store: &Store, application: &Application, url: &str, only: &[Topic]) {
    store.add_endpoint(application.id, url, only, START, &mut chance()).await.unwrap();
}

for_every_database! {
    async fn an_endpoint_is_added_once_and_at_most_ten_however_many_try_at_once(house) {
        let stores = [house.open(), house.open()];
        let (shop, _) = application(&stores[0], "Shop", Choices::with_issuer("Shop")).await;
        let adding = (0..24).map(|nth: usize| {
            let (store, whose) = (stores[nth % 2].clone(), shop.id);
            // Each address twice.
            let url = format!("{URL}/{}", nth / 2);
            async move { store.add_endpoint(whose, &url, &[], START, &mut chance()).await }
        });
        let outcomes = race(adding).await;
        let most = usize::try_from(MOST_ENDPOINTS).unwrap();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), most);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(NotAdded::Enough))));
        let found = stores[0].endpoints().await.unwrap();
        let mut urls: Vec<&str> = found.iter().map(|endpoint| endpoint.url.as_str()).collect();
        urls.sort_unstable();
        urls.dedup();
        assert_eq!((found.len(), urls.len()), (most, most));
    }

    async fn an_endpoint_is_listed_with_what_it_wants_and_removed_with_its_application(house) {
        let store = house.open();
        let (shop, _) = application(&store, "Shop", Choices::with_issuer("Shop")).await;
        let (club, _) = application(&store, "Club", Choices::with_issuer("Club")).await;
        let wanted = [Topic::TwoFactorEnabled, Topic::AccountLocked];
        added(&store, &shop, URL, &wanted).await;
        added(&store, &shop, "https://shop.example/all", &[]).await;
        // Another application may have the same address.
        added(&store, &club, URL, &[]).await;
        let found = store.endpoints().await.unwrap();
        let of: Vec<_> = found.iter().map(|one| (one.application_name.as_str(), one.url.as_str(), &*one.only)).collect();
        let expected: [(&str, &str, &[Topic]); 3] =
            [("Club", URL, &[]), ("Shop", "https://shop.example/all", &[]), ("Shop", URL, &wanted)];
        for one in expected {
            assert!(of.contains(&one), "{of:?}");
        }
        store.remove_endpoint(shop.id, URL).await.unwrap();
        assert!(matches!(store.remove_endpoint(shop.id, URL).await, Err(Refusal::Gone(_))));
        assert!(matches!(store.resume_endpoint(shop.id, URL).await, Err(Refusal::Gone(_))));
        store.remove_application(shop.id).await.unwrap();
        assert_eq!(house.count("webhook_endpoints"), 1);
        let gone = store.add_endpoint(shop.id, URL, &[], START, &mut chance()).await;
        assert_eq!(gone, Err(NotAdded::Gone));
    }
}

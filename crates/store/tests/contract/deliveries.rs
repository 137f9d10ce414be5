//! Deliveries: written with the event or not at all, taken by one sender at a time, tried for days and no longer.

use std::collections::BTreeSet;

use countersign::{Span, Timestamp, application::UserId, event::Kind, high_water::Restored, topic::Topic};
use countersign_store::{
    Refusal, Store, Visit,
    deliveries::{Delivery, FAILS_FOR, Failure, Fate, LONGEST_ASKED, TAKEN_FOR, WAITS},
    devices::Remember,
    imports::{Newcomer, Whose},
    kept_answers::Once,
};

use crate::applications::{Shop, written};
use crate::chain::installation;
use crate::copying::copy;
use crate::endpoints::{URL, added};
use crate::house::{House, START, at, chance};
use crate::imports::{import, newcomer};
use crate::person::Person;
use crate::race::race;

/// Longer than any rest, shorter than any wait but the first.
const SOON: Span = Span::seconds(7);

async fn take(store: &Store, now: Timestamp) -> Option<Delivery> {
    store.take_delivery(now, &mut chance()).await.unwrap()
}

/// Replaces the recovery codes of the shop's user: one event.
async fn replaces(store: &Store, shop: &Shop, seconds: u32) -> Result<(), Refusal> {
    let once = Once::new(shop.application.id, None, &written);
    let (codes, visit) = (crate::borrowed::SECOND.set(), at(seconds));
    store
        .of(&shop.application)
        .replace_recovery_codes_for(&shop.account, &codes, &once, &visit, &mut chance())
        .await
}

fn refused() -> Failure {
    Failure { trouble: "it said 500".to_owned(), asked: None, gone: false }
}

async fn fails(store: &Store, delivery: &Delivery, failure: &Failure, now: Timestamp) -> Fate {
    store.delivery_failed(delivery, failure, now, &mut chance()).await.unwrap()
}

/// A shop with an endpoint, and one event that it is told of.
async fn told(house: &House) -> (Store, Shop) {
    let store = house.open();
    let shop = Shop::open(&store, "Shop").await;
    added(&store, &shop.application, URL, &[]).await;
    replaces(&store, &shop, 0).await.unwrap();
    (store, shop)
}

for_every_database! {
    async fn h1_an_event_and_what_is_told_of_it_are_written_together_or_not_at_all(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        replaces(&store, &shop, 0).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 0, "nobody wants it");
        added(&store, &shop.application, URL, &[]).await;
        added(&store, &shop.application, "https://two.example/", &[Topic::RecoveryCodesReplaced, Topic::AccountLocked]).await;
        added(&store, &shop.application, "https://other.example/", &[Topic::TwoFactorDisabled]).await;
        replaces(&store, &shop, 1).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 2, "whoever wants this topic");
        let once = Once::new(shop.application.id, None, &written);
        let of = store.of(&shop.application);
        of.turn_off_for(&shop.account, &once, &at(2), &mut chance()).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 4);
        let before = house.everything();
        let again = of.turn_off_for(&shop.account, &once, &at(3), &mut chance()).await;
        assert!(again.unwrap_err().finds_two_factor_off());
        assert!(replaces(&store, &shop, 3).await.is_err());
        assert_eq!(house.everything(), before, "what did not happen is not told");
    }

    async fn a_verification_writes_nothing_for_webhooks_and_a_recovery_code_one_line(house) {
        let (store, shop) = told(&house).await;
        let before = house.count("webhook_deliveries");
        shop.shows(&store, &shop.app.code(&at(60)), None, false, &at(60)).await.unwrap();
        assert!(shop.shows(&store, &shop.app.wrong(&at(61)), None, false, &at(61)).await.is_err());
        assert_eq!(house.count("webhook_deliveries"), before);
        shop.shows(&store, &shop.app.code(&at(90)), None, true, &at(90)).await.unwrap();
        assert_eq!(house.count("webhook_deliveries WHERE kind = 'device-remembered'"), 1);
    }

    async fn a_device_whose_token_was_lost_is_told_as_forgotten(house) {
        let (store, shop) = told(&house).await;
        let remembers = async |remember: Remember, visit: Visit| {
            let code = shop.app.code(&visit);
            shop.shows(&store, &code, None, remember, &visit).await.unwrap().device.unwrap().0
        };
        let lost = remembers(Remember::Yes, at(60)).await;
        let once = Once::new(shop.application.id, None, &written);
        let of = store.of(&shop.application);
        of.verify_device(shop.account.id, &lost, &once, &at(62), &mut chance()).await.unwrap();
        assert_eq!(house.count("webhook_deliveries WHERE kind = 'device-forgotten'"), 0);
        remembers(Remember::asked(true, Some(&lost)), at(90)).await;
        assert_eq!(house.count("trusted_devices"), 1);
        assert_eq!(house.count("webhook_deliveries WHERE kind = 'device-forgotten'"), 1);
        assert_eq!(house.count("webhook_deliveries WHERE kind = 'device-remembered'"), 2);
    }

    async fn the_portal_tells_no_application_anything(house) {
        let (store, _) = told(&house).await;
        let before = house.count("webhook_deliveries");
        Person::new(&store, "zofie").await.turns_on(&store, &at(0)).await;
        assert_eq!(house.count("webhook_deliveries"), before);
    }

    async fn of_many_senders_one_sends_to_an_endpoint_and_each_message_is_taken_once(house) {
        let stores = [house.open(), house.open()];
        let shop = Shop::open(&stores[0], "Shop").await;
        for nth in 0..3 {
            added(&stores[0], &shop.application, &format!("{URL}/{nth}"), &[]).await;
        }
        for seconds in 0..4 {
            replaces(&stores[0], &shop, seconds).await.unwrap();
        }
        let now = at(10).now;
        let taking = (0..16).map(|nth| {
            let store = stores[nth % 2].clone();
            async move { take(&store, now).await }
        });
        let taken: Vec<Delivery> = race(taking).await.into_iter().flatten().collect();
        let urls: BTreeSet<&str> = taken.iter().map(|one| one.url.as_str()).collect();
        assert_eq!((taken.len(), urls.len()), (3, 3), "one at each endpoint");
        let names: BTreeSet<&str> = taken.iter().map(Delivery::name).collect();
        assert_eq!(names.len(), 1, "the same message has one name at every endpoint");
        assert!(take(&stores[0], now).await.is_none());
        for delivery in &taken {
            stores[1].delivered(delivery).await.unwrap();
        }
        let mut seen = 3;
        while let Some(delivery) = take(&stores[0], now).await {
            stores[0].delivered(&delivery).await.unwrap();
            seen += 1;
        }
        assert_eq!((seen, house.count("webhook_deliveries")), (12, 0));
    }

    async fn whoever_dies_between_sending_and_noting_it_leaves_the_message_to_the_next_under_the_same_name(house) {
        let (store, _) = told(&house).await;
        let first = take(&store, at(1).now).await.unwrap();
        let (almost, then) = (at(1).now + TAKEN_FOR - Span::milliseconds(1), at(1).now + TAKEN_FOR);
        assert!(take(&store, almost).await.is_none());
        let again = take(&store, then).await.unwrap();
        assert_eq!(again.name(), first.name());
        assert!(again.name().starts_with("msg_") && !again.name().contains('.'));
        assert_eq!(again.message, first.message);
        // The first was not dead after all: it changes nothing of what the second has in hand.
        fails(&store, &first, &refused(), then).await;
        assert!(take(&store, then + Span::seconds(30)).await.is_none(), "still in the hand of the second");
        store.delivered(&again).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 0);
    }

    async fn a_message_is_tried_for_three_days_with_longer_and_longer_waits(house) {
        let (store, _) = told(&house).await;
        let (mut now, began) = (at(1).now, at(1).now);
        let mut waited = Vec::new();
        loop {
            let delivery = take(&store, now).await.unwrap();
            let fate = fails(&store, &delivery, &refused(), now).await;
            let Fate::Waits(next) = fate else {
                assert_eq!(fate, Fate::GivenUp);
                break;
            };
            assert!(take(&store, next - Span::milliseconds(1)).await.is_none());
            waited.push(next.since(now));
            now = next;
        }
        assert_eq!(waited.len(), WAITS.len());
        for (waited, least) in waited.iter().zip(WAITS) {
            let most = least.as_milliseconds() * 12 / 10;
            assert!((least.as_milliseconds()..=most).contains(&waited.as_milliseconds()), "{waited:?} {least:?}");
        }
        assert!(now.since(began) > Span::days(3) && now.since(began) < Span::days(4));
        assert_eq!(house.count("webhook_deliveries"), 0);
        let endpoint = store.endpoints().await.unwrap().remove(0);
        assert_eq!((endpoint.given_up, endpoint.failures, endpoint.off_at), (1, 10, None));
        assert_eq!((endpoint.failing_since, endpoint.trouble.as_deref()), (Some(began), Some("it said 500")));
    }

    async fn an_endpoint_that_fails_rests_longer_and_longer_and_takes_nobodys_turn(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        added(&store, &shop.application, URL, &[]).await;
        for seconds in 0..20 {
            replaces(&store, &shop, seconds).await.unwrap();
        }
        added(&store, &shop.application, "https://well.example/", &[]).await;
        replaces(&store, &shop, 20).await.unwrap();
        let mut now = at(30).now;
        let mut rests = Vec::new();
        let dead = take(&store, now).await.unwrap();
        assert_eq!(dead.url, URL, "its messages are the oldest");
        let well = take(&store, now).await.unwrap();
        assert_eq!(well.url, "https://well.example/", "and yet it holds up itself alone");
        store.delivered(&well).await.unwrap();
        fails(&store, &dead, &refused(), now).await;
        for _ in 0..12 {
            let failed_at = now;
            let dead = loop {
                now = now + Span::milliseconds(500);
                if let Some(dead) = take(&store, now).await { break dead }
            };
            rests.push(now.since(failed_at).as_milliseconds() / 1000);
            fails(&store, &dead, &refused(), now).await;
        }
        assert_eq!(rests, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        // One that is taken ends the rest, and whatever waits follows at once.
        now = now + Span::minutes(5);
        let taken = take(&store, now).await.unwrap();
        store.delivered(&taken).await.unwrap();
        assert!(take(&store, now).await.is_some());
        let endpoint = store.endpoints().await.unwrap().remove(0);
        assert_eq!((endpoint.failures, endpoint.failing_since, endpoint.trouble), (0, None, None));
    }

    async fn an_endpoint_may_ask_for_a_rest_but_not_for_an_endless_one(house) {
        let (store, shop) = told(&house).await;
        replaces(&store, &shop, 1).await.unwrap();
        let now = at(2).now;
        for (asked, rest) in [(Span::minutes(10), Span::minutes(10)), (Span::days(900), LONGEST_ASKED)] {
            let delivery = take(&store, now).await.unwrap();
            let failure = Failure { asked: Some(asked), ..refused() };
            let fate = fails(&store, &delivery, &failure, now).await;
            assert_eq!(fate, Fate::Waits(now + rest));
            // Of the other message it is true as well.
            assert!(take(&store, now + rest - Span::milliseconds(1)).await.is_none());
            assert!(take(&store, now + rest).await.is_some());
            house.tamper("UPDATE webhook_deliveries SET tries = 0, next_at = 0");
            house.tamper("UPDATE webhook_endpoints SET next_at = 0, failures = 0");
        }
    }

    async fn an_endpoint_that_says_it_is_gone_gets_nothing_more_until_it_is_switched_on(house) {
        let (store, shop) = told(&house).await;
        replaces(&store, &shop, 1).await.unwrap();
        let delivery = take(&store, at(2).now).await.unwrap();
        let gone = Failure { trouble: "it said 410".to_owned(), asked: None, gone: true };
        assert_eq!(fails(&store, &delivery, &gone, at(2).now).await, Fate::Off);
        let endpoint = store.endpoints().await.unwrap().remove(0);
        assert_eq!((endpoint.off_at, endpoint.given_up, endpoint.waiting), (Some(at(2).now), 2, 0));
        replaces(&store, &shop, 3).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 0, "nothing is kept for it either");
        store.resume_endpoint(shop.application.id, URL).await.unwrap();
        replaces(&store, &shop, 4).await.unwrap();
        let delivery = take(&store, at(5).now).await.unwrap();
        assert_eq!(delivery.message.unwrap().at, at(4).now);
    }

    async fn an_endpoint_that_takes_nothing_for_five_days_is_switched_off(house) {
        let (store, shop) = told(&house).await;
        let mut now = at(1).now;
        let began = now;
        let mut tried = 0;
        while now.since(began) < FAILS_FOR {
            if let Some(delivery) = take(&store, now).await {
                assert_ne!(fails(&store, &delivery, &refused(), now).await, Fate::Off, "not before");
                tried += 1;
            }
            now = now + Span::hours(1);
        }
        let seconds = now.since(START).as_milliseconds() / 1000;
        replaces(&store, &shop, u32::try_from(seconds).unwrap()).await.unwrap();
        let delivery = take(&store, now).await.unwrap();
        assert_eq!(fails(&store, &delivery, &refused(), now).await, Fate::Off);
        assert!(tried > 9 && store.endpoints().await.unwrap()[0].off_at == Some(now));
        assert_eq!(house.count("webhook_deliveries"), 0);
    }

    async fn what_was_on_its_way_goes_with_its_endpoint_and_not_with_its_account(house) {
        let (store, shop) = told(&house).await;
        store.of(&shop.application).remove_account(&shop.account, &at(1)).await.unwrap();
        assert_eq!(house.count("accounts"), 0);
        let mut kinds = Vec::new();
        while let Some(delivery) = take(&store, at(2).now).await {
            store.delivered(&delivery).await.unwrap();
            let message = delivery.message.unwrap();
            assert_eq!(message.user, shop.user.as_str());
            kinds.push(message.event.kind);
        }
        assert_eq!(kinds, [Kind::RecoveryCodesReplaced, Kind::AccountRemoved]);

        let again = Shop::open(&store, "Club").await;
        added(&store, &again.application, URL, &[]).await;
        replaces(&store, &again, 3).await.unwrap();
        let delivery = take(&store, at(4).now).await.unwrap();
        store.remove_endpoint(again.application.id, URL).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 0);
        // Whoever had it in hand notes what became of it, and nothing comes of that.
        fails(&store, &delivery, &refused(), at(5).now).await;
        store.delivered(&delivery).await.unwrap();
        assert_eq!(house.count("webhook_deliveries"), 0);
        assert!(take(&store, at(5).now + SOON).await.is_none());
    }

    async fn a_clock_that_steps_back_keeps_no_message_for_ever(house) {
        let (store, _) = told(&house).await;
        let late = START + Span::days(3);
        let delivery = take(&store, late).await.unwrap();
        fails(&store, &delivery, &refused(), late).await;
        let now = at(60).now;
        store.sweep(now).await.unwrap();
        let again = take(&store, now).await.unwrap();
        assert_eq!(again.name(), delivery.name());
    }

    async fn whoever_moves_in_is_told_of_like_anybody_else(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        added(&store, &shop.application, URL, &[]).await;
        import(&store, &newcomer("zofie", &[1]), 0).await.unwrap();
        let whose = Whose::Application(shop.application.id, UserId::parse("eva").unwrap());
        import(&store, &Newcomer { whose, ..newcomer("eva", &[1, 2]) }, 0).await.unwrap();
        let message = take(&store, at(1).now).await.unwrap().message.unwrap();
        assert_eq!((message.user.as_str(), message.event.kind), ("eva", Kind::TwoFactorImported));
        assert_eq!((message.event.subject.as_deref(), message.event.count), (Some("Phone"), Some(2)));
        assert_eq!(house.count("webhook_deliveries"), 1);
    }

    async fn what_a_restored_backup_had_to_tell_was_told(house) {
        let (store, _) = told(&house).await;
        let restored = Restored::MarkMissing;
        store.deal_with_restored(&installation(&store).await, &restored, at(60).now).await.unwrap();
        assert_eq!((house.count("webhook_deliveries"), house.count("webhook_endpoints")), (0, 1));
    }

    async fn a_message_that_nobody_could_send_for_days_is_given_up_however_often_it_was_in_hand(house) {
        let (store, _) = told(&house).await;
        house.tamper("UPDATE webhook_deliveries SET tries = 500");
        let delivery = take(&store, at(1).now).await.unwrap();
        assert!(matches!(fails(&store, &delivery, &refused(), at(1).now).await, Fate::Waits(_)));
        let late = START + Span::days(4);
        let delivery = take(&store, late).await.unwrap();
        assert_eq!(fails(&store, &delivery, &refused(), late).await, Fate::GivenUp);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_on_their_way_move_to_postgres_with_their_names_and_others_follow() {
    let (old, new) = (House::on_sqlite(), House::on_postgres());
    let (store, shop) = told(&old).await;
    let name = take(&store, at(1).now).await.unwrap().name().to_owned();
    drop(store);
    copy(&old, &new).unwrap();
    let store = new.open();
    replaces(&store, &shop, 2).await.unwrap();
    let now = at(1).now + TAKEN_FOR;
    let first = take(&store, now).await.unwrap();
    assert_eq!(first.name(), name);
    store.delivered(&first).await.unwrap();
    assert_ne!(take(&store, now).await.unwrap().name(), name);
}

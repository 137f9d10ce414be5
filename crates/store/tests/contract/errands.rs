//! Errands: opened once, walked by conditions, redeemed once; and nothing of them revives.

use std::sync::Arc;

use countersign::{
    ErrandId, Span,
    errand::{BACK_SOON, LINK_WAITS, Outcome, Purpose, RESULT_LIVES},
    high_water::Restored,
    return_address::ReturnAddress,
    token::{self, Token},
};
use countersign_store::{
    Lane, Refusal, Store, Visit,
    devices::Remember,
    errands::{Asked, Errand},
    kept_answers::Once,
    looks::Change,
    results::Which,
    verifications::{Question, Verified},
};

use crate::applications::Shop;
use crate::chain::installation;
use crate::house::{after, at, chance};
use crate::race::race;

const BACK: &str = "https://shop.example.com/back";

/// Lets the application take its users back.
async fn registers(store: &Store, shop: &Shop) {
    let addresses = Some(vec![ReturnAddress::parse(BACK).unwrap()]);
    let change = Change { return_addresses: addresses, ..Change::default() };
    store.change_look(shop.application.id, &change).await.unwrap();
}

async fn draws(
    store: &Store,
    shop: &Shop,
    purpose: Purpose,
    visit: &Visit,
) -> Result<Token<token::ErrandLink>, Refusal> {
    let asked = Asked {
        purpose,
        fresh: false,
        account_name: "Jana".to_owned(),
        return_to: BACK.to_owned(),
        state: Some("mine".to_owned()),
        language: None,
    };
    let (whose, once) = ((&shop.user, Some(shop.account)), Once::unkept());
    let store = store.of(&shop.application);
    let drawn = store.draw_errand(&shop.application, whose, &asked, &once, visit, &mut chance()).await?;
    Ok(drawn.link)
}

/// A browser that has opened a link.
async fn sent(
    store: &Store,
    shop: &Shop,
    purpose: Purpose,
    visit: &Visit,
) -> (ErrandId, Token<token::Errand>) {
    let link = draws(store, shop, purpose, visit).await.unwrap();
    store.open_errand(&link.hash(), visit.now, &mut chance()).await.unwrap().unwrap()
}

async fn of(store: &Store, (id, token): &(ErrandId, Token<token::Errand>), visit: &Visit) -> Option<Errand> {
    store.errand(*id, &token.hash(), visit.now).await.unwrap()
}

async fn shows(
    store: &Store,
    shop: &Shop,
    errand: &Errand,
    code: &str,
    visit: &Visit,
) -> Result<Verified, Refusal> {
    let store = store.of(&shop.application);
    let read = store.to_verify(&shop.account).await.unwrap();
    let attempt = read.factors.check(read.factors.read(code).unwrap(), visit.now);
    let question = Question { read: &read, lane: Lane::Everybody, remember: Remember::No };
    store.verify_on_errand(errand, question, attempt, visit, &mut chance()).await
}

async fn redeems(store: &Store, shop: &Shop, errand: ErrandId, visit: &Visit) -> Result<Outcome, Refusal> {
    let which = Which { errand, account: shop.account, purpose: Purpose::Verify };
    let result = store.redeem(&which, &Once::unkept(), visit, &mut chance()).await?;
    assert_eq!(result.state.as_deref(), Some("mine"));
    Ok(result.outcome)
}

for_every_database! {
    async fn b1_one_link_opened_by_forty_at_two_handles_is_one_browsers(house) {
        let processes = [house.open(), house.open()];
        let shop = Shop::open(&processes[0], "Shop").await;
        registers(&processes[0], &shop).await;
        let link = draws(&processes[0], &shop, Purpose::Verify, &at(60)).await.unwrap();
        let racers = (0..40).map(|nth| {
            let (store, hash) = (processes[nth % 2].clone(), link.hash());
            async move { store.open_errand(&hash, at(61).now, &mut chance()).await.unwrap() }
        });
        let opened: Vec<_> = race(racers).await.into_iter().flatten().collect();
        assert_eq!(opened.len(), 1);
        assert_eq!(processes[0].errand_of_link(&link.hash()).await.unwrap(), Some(opened[0].0));
        assert!(of(&processes[1], &opened[0], &at(62)).await.is_some());
        let late = draws(&processes[0], &shop, Purpose::Verify, &at(60)).await.unwrap();
        let now = at(60).now + LINK_WAITS;
        assert!(processes[0].open_errand(&late.hash(), now, &mut chance()).await.unwrap().is_none());
    }

    async fn b1_one_result_redeemed_by_forty_at_two_handles_counts_once(house) {
        let processes = [house.open(), house.open()];
        let shop = Arc::new(Shop::open(&processes[0], "Shop").await);
        registers(&processes[0], &shop).await;
        let browser = sent(&processes[0], &shop, Purpose::Verify, &at(60)).await;
        let errand = of(&processes[0], &browser, &at(60)).await.unwrap();
        shows(&processes[0], &shop, &errand, &shop.app.code(&at(60)), &at(60)).await.ok().unwrap();
        assert_eq!(redeems(&processes[0], &shop, errand.id, &at(61)).await, Err(Refusal::Gone("the result")));
        let errand = of(&processes[0], &browser, &at(61)).await.unwrap();
        assert_eq!(processes[0].go_back(&errand, at(61).now).await, Ok(at(61).now));
        let racers = (0..40).map(|nth| {
            let (store, shop) = (processes[nth % 2].clone(), Arc::clone(&shop));
            async move { redeems(&store, &shop, errand.id, &at(62)).await }
        });
        let said = race(racers).await;
        assert_eq!(said.iter().filter(|said| **said == Ok(Outcome::Verified)).count(), 1);
        assert_eq!(said.iter().filter(|said| **said == Err(Refusal::Spent)).count(), 39);
        let late = Visit { now: at(61).now + RESULT_LIVES, ..at(0) };
        assert_eq!(redeems(&processes[0], &shop, errand.id, &late).await, Err(Refusal::Gone("the result")));
    }

    async fn one_code_on_twenty_errands_ends_one_and_says_so_in_one_commit(house) {
        let store = house.open();
        let shop = Arc::new(Shop::open(&store, "Shop").await);
        registers(&store, &shop).await;
        let code = shop.app.code(&at(60));
        let mut browsers = Vec::new();
        for _ in 0..20 {
            browsers.push(Arc::new(sent(&store, &shop, Purpose::Verify, &at(60)).await));
        }
        let racers = browsers.iter().cloned().map(|browser| {
            let (store, shop, code) = (store.clone(), Arc::clone(&shop), code.clone());
            async move {
                let errand = of(&store, &browser, &at(60)).await.unwrap();
                shows(&store, &shop, &errand, &code, &at(60)).await.map(drop)
            }
        });
        let said = race(racers).await;
        assert_eq!(said.iter().filter(|said| said.is_ok()).count(), 1);
        let mut ended = 0;
        for browser in &browsers {
            let errand = of(&store, browser, &at(61)).await.unwrap();
            ended += usize::from(errand.outcome == Some(Outcome::Verified) && errand.ended_at.is_some());
        }
        assert_eq!((ended, house.count("events WHERE kind = 'verified'")), (1, 1));
    }

    async fn what_is_over_spends_nothing_and_says_nothing(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        registers(&store, &shop).await;
        let browser = sent(&store, &shop, Purpose::Verify, &at(60)).await;
        let errand = of(&store, &browser, &at(60)).await.unwrap();
        store.leave_errand(&errand, at(61).now).await.unwrap();
        let code = shop.app.code(&at(62));
        let late = shows(&store, &shop, &errand, &code, &at(62)).await.err().unwrap();
        assert_eq!(late, Refusal::Gone("the errand"));
        assert_eq!(house.count("events WHERE kind = 'verified'"), 0);
        let errand = of(&store, &browser, &at(62)).await.unwrap();
        assert_eq!(errand.outcome, Some(Outcome::Cancelled));
        assert!(of(&store, &browser, &Visit { now: at(61).now + BACK_SOON, ..at(0) }).await.is_none());
        // The code is good still, on an errand that goes on.
        let browser = sent(&store, &shop, Purpose::Verify, &at(62)).await;
        let errand = of(&store, &browser, &at(62)).await.unwrap();
        shows(&store, &shop, &errand, &code, &at(62)).await.ok().unwrap();
        // A change that asks for a second factor does not happen without one.
        let browser = sent(&store, &shop, Purpose::Manage, &at(63)).await;
        let errand = of(&store, &browser, &at(63)).await.unwrap();
        let own = store.of(&shop.application);
        let off = own.turn_off_on_errand(&errand, None, Lane::Everybody, &at(63)).await;
        assert_eq!(off, Err(Refusal::Gone("the errand")));
        assert_eq!(house.count("accounts WHERE two_factor_at IS NOT NULL"), 1);
    }

    async fn a_result_that_nobody_has_redeemed_is_none_when_2fa_was_turned_off_since(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        registers(&store, &shop).await;
        let browser = sent(&store, &shop, Purpose::Verify, &at(60)).await;
        let errand = of(&store, &browser, &at(60)).await.unwrap();
        shows(&store, &shop, &errand, &shop.app.code(&at(60)), &at(60)).await.ok().unwrap();
        let errand = of(&store, &browser, &at(61)).await.unwrap();
        store.go_back(&errand, at(61).now).await.unwrap();
        store.reset_two_factor(shop.account.id, "lost", &at(62)).await.unwrap();
        assert_eq!(redeems(&store, &shop, errand.id, &at(63)).await, Err(Refusal::Gone("the result")));
    }

    async fn whoever_leaves_while_something_is_done_goes_back_with_what_was_done(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        registers(&store, &shop).await;
        let browser = sent(&store, &shop, Purpose::Manage, &at(60)).await;
        // Another request of the same browser was read before, and comes to its commit afterwards.
        let errand = of(&store, &browser, &at(60)).await.unwrap();
        let own = store.of(&shop.application);
        let read = own.to_verify(&shop.account).await.unwrap();
        let code = read.factors.read(&shop.app.code(&at(60))).unwrap();
        let shown = Some(read.factors.check(code, at(60).now));
        own.turn_off_on_errand(&errand, shown, Lane::Everybody, &at(60)).await.unwrap();
        store.leave_errand(&errand, at(61).now).await.unwrap();
        let errand = of(&store, &browser, &at(61)).await.unwrap();
        assert_eq!(errand.outcome, Some(Outcome::TurnedOff));
    }

    async fn a_restored_backup_revives_no_link_and_no_result(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        registers(&store, &shop).await;
        let link = draws(&store, &shop, Purpose::Verify, &at(60)).await.unwrap();
        let browser = sent(&store, &shop, Purpose::Verify, &at(60)).await;
        let errand = of(&store, &browser, &at(60)).await.unwrap();
        shows(&store, &shop, &errand, &shop.app.code(&at(60)), &at(60)).await.ok().unwrap();
        let errand = of(&store, &browser, &at(61)).await.unwrap();
        store.go_back(&errand, at(61).now).await.unwrap();
        house.home.back_up();
        redeems(&store, &shop, errand.id, &at(62)).await.unwrap();
        drop(store);
        house.home.put_back();
        let store = house.open();
        let found = installation(&store).await;
        store.deal_with_restored(&found, &Restored::MarkMissing, at(63).now).await.unwrap();
        assert!(store.open_errand(&link.hash(), at(64).now, &mut chance()).await.unwrap().is_none());
        assert!(of(&store, &browser, &at(64)).await.is_none());
        assert_eq!(redeems(&store, &shop, errand.id, &at(64)).await, Err(Refusal::Gone("the result")));
    }

    async fn errands_are_swept_a_day_after_their_end_and_go_with_their_account(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        registers(&store, &shop).await;
        draws(&store, &shop, Purpose::Verify, &at(0)).await.unwrap();
        sent(&store, &shop, Purpose::Manage, &at(0)).await;
        store.sweep(after(Span::hours(24)).now).await.unwrap();
        assert_eq!(house.count("errands"), 2);
        store.sweep(after(Span::hours(25)).now).await.unwrap();
        assert_eq!(house.count("errands"), 0);
        draws(&store, &shop, Purpose::Verify, &at(0)).await.unwrap();
        store.remove_account(&shop.account, &at(1)).await.unwrap();
        assert_eq!(house.count("errands"), 0);
    }
}

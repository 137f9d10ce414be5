//! Links to set 2FA up anew after an administrator's reset: one link, one sign-in, one day, one account.

use countersign::{
    policy::{Policy, Required},
    sign_in::{self, NeedsLink, Next, TwoFactor},
};
use countersign_store::{Refusal, Store, Visit, links::WORTH_SENDING};

use crate::app::App;
use crate::house::{at, chance};
use crate::person::{Person, refusal};
use crate::race::race;

async fn needs_link(store: &Store, person: &Person, visit: &Visit) -> NeedsLink {
    let account = person.account(store).await;
    let strict = Policy { required: Required::OfEverybody, ..Policy::default() };
    let next = sign_in::after_password(&strict, &person.proof, account.two_factor(), None, visit.now);
    let Next::NeedsLink(needs) = next else { panic!("{next:?}") };
    needs
}

/// Somebody whose 2FA an administrator has reset, and the app that is void now.
async fn reset(store: &Store, name: &str) -> (Person, App) {
    let person = Person::new(store, name).await;
    let app = person.turns_on(store, &at(0)).await;
    store.reset_two_factor(person.id, "lost phone", &at(60)).await.unwrap();
    assert_eq!(person.account(store).await.two_factor(), TwoFactor::Reset);
    (person, app)
}

for_every_database! {
    async fn a20_a_link_leads_back_once_with_thirty_two_at_the_door(house) {
        let processes = [house.open(), house.open()];
        let (person, _) = reset(&processes[0], "zofie").await;
        let token = processes[0].give_set_up_link(person.id, &at(60), &mut chance()).await.unwrap();
        let account = person.account(&processes[0]).await;
        let mut racers = Vec::new();
        for nth in 0..32 {
            let needs = needs_link(&processes[0], &person, &at(60)).await;
            let (store, account, link) = (processes[nth % 2].clone(), account.clone(), token.hash());
            racers.push(async move {
                store.open_session_with_link(needs, &account, &link, &at(60), &mut chance()).await.map(drop)
            });
        }
        let answers = race(racers).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| **answer == Err(Refusal::Gone("the link"))).count(), 31);
        assert_eq!(house.count("sessions"), 1);
    }

    async fn a20_an_older_a_late_and_anothers_link_lead_nowhere(house) {
        let store = house.open();
        let (person, _) = reset(&store, "zofie").await;
        let (other, _) = reset(&store, "adam").await;
        let older = store.give_set_up_link(person.id, &at(60), &mut chance()).await.unwrap();
        let newer = store.give_set_up_link(person.id, &at(60), &mut chance()).await.unwrap();
        let others = store.give_set_up_link(other.id, &at(60), &mut chance()).await.unwrap();
        let account = person.account(&store).await;
        let late = Visit { now: at(60).now + WORTH_SENDING, ..at(60) };
        for (link, visit) in [(&older, at(60)), (&others, at(60)), (&newer, late)] {
            let needs = needs_link(&store, &person, &at(60)).await;
            let opened =
                store.open_session_with_link(needs, &account, &link.hash(), &visit, &mut chance()).await;
            assert_eq!(refusal(opened), Refusal::Gone("the link"));
        }
        let needs = needs_link(&store, &person, &at(60)).await;
        store.open_session_with_link(needs, &account, &newer.hash(), &at(60), &mut chance()).await.unwrap();
        assert_eq!(house.count("events WHERE kind = 'set-up-link-given' AND actor = 'owner'"), 3);
    }

    async fn a20_there_is_no_link_for_an_account_that_nobody_has_reset(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let none = |answer: Result<_, Refusal>| matches!(answer.err(), Some(Refusal::Gone("the reset account")));
        assert!(none(store.give_set_up_link(person.id, &at(0), &mut chance()).await));
        let app = person.turns_on(&store, &at(0)).await;
        assert!(none(store.give_set_up_link(person.id, &at(0), &mut chance()).await));
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let confirmed = person.confirms(&session, None, &at(60));
        store.turn_off(confirmed, countersign_store::Lane::Everybody, &at(60)).await.unwrap();
        assert_eq!(person.account(&store).await.two_factor(), TwoFactor::Off, "its owner did that");
        assert!(none(store.give_set_up_link(person.id, &at(60), &mut chance()).await));
    }

    async fn turning_on_again_ends_the_reset_and_its_link(house) {
        let store = house.open();
        let (person, void) = reset(&store, "zofie").await;
        let link = store.give_set_up_link(person.id, &at(60), &mut chance()).await.unwrap();
        // Where 2FA is not required, the password alone leads on, and its owner turns it on unasked.
        let app = person.turns_on(&store, &at(90)).await;
        assert_eq!(house.count("links"), 0);
        assert_eq!(person.account(&store).await.two_factor(), TwoFactor::On);
        let attempt = person.types(&store, &void.code(&at(150)), &at(150)).await;
        assert!(person.enters(&store, attempt, &at(150)).await.is_err());
        person.enters_rightly(&store, &app, &at(150)).await;
        store.reset_two_factor(person.id, "again", &at(180)).await.unwrap();
        let needs = needs_link(&store, &person, &at(180)).await;
        let account = person.account(&store).await;
        let opened = store.open_session_with_link(needs, &account, &link.hash(), &at(180), &mut chance()).await;
        assert_eq!(refusal(opened), Refusal::Gone("the link"));
    }
}

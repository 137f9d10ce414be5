//! Invitations: one link, one account, one day.

use countersign::Span;
use countersign_store::{
    Refusal,
    accounts::{NewAccount, NotAdded},
    invitations::{GOOD_FOR, Invited},
};

use crate::borrowed::hash;
use crate::house::{START, after, at, chance};
use crate::person::{name, new_account};
use crate::race::race;

for_every_database! {
    async fn one_invitation_makes_one_administrator_with_thirty_two_at_the_door(house) {
        let processes = [house.open(), house.open()];
        let token = processes[0].invite_first_administrator(START, &mut chance()).await.unwrap();
        let racers = (0..32).map(|nth| {
            let (store, token) = (processes[nth % 2].clone(), token.hash());
            async move {
                let mut new = new_account(&format!("admin{nth}"));
                new.administrator = true;
                store.accept_first(&token, &new, &at(0), &mut chance()).await
            }
        });
        let answers = race(racers).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| **answer == Err(NotAdded::Taken)).count(), 31);
        assert_eq!((house.count("accounts"), house.count("invitations")), (1, 0));
    }

    async fn there_is_no_second_first_administrator(house) {
        let store = house.open();
        assert!(!store.has_administrator().await.unwrap());
        let token = store.invite_first_administrator(START, &mut chance()).await.unwrap();
        store.add_account(&new_account("stranger"), &at(0), &mut chance()).await.unwrap();
        assert!(!store.has_administrator().await.unwrap(), "who signs up first is not the administrator for it");
        let administrator = NewAccount { administrator: true, ..new_account("zofie") };
        store.add_account(&administrator, &at(0), &mut chance()).await.unwrap();
        assert!(store.has_administrator().await.unwrap());
        let late = store.accept_first(&token.hash(), &new_account("eve"), &at(0), &mut chance()).await;
        assert_eq!(late, Err(NotAdded::Taken));
        assert_eq!(house.count("accounts"), 2);
    }

    async fn b11_a_newer_invitation_kills_the_older_and_a_day_kills_both(house) {
        let store = house.open();
        let older = store.invite_first_administrator(START, &mut chance()).await.unwrap();
        let newer = store.invite_first_administrator(START, &mut chance()).await.unwrap();
        assert_eq!(store.invited(&older.hash(), START).await, Ok(None));
        assert_eq!(store.invited(&newer.hash(), START).await, Ok(Some(Invited::FirstAdministrator)));
        assert_eq!(GOOD_FOR, Span::hours(24));
        assert_eq!(store.invited(&newer.hash(), START + GOOD_FOR).await, Ok(None));
        let late =
            store.accept_first(&newer.hash(), &new_account("zofie"), &after(GOOD_FOR), &mut chance()).await;
        assert_eq!(late, Err(NotAdded::Taken));
        let early = store.accept_first(&newer.hash(), &new_account("zofie"), &at(0), &mut chance()).await;
        assert!(early.is_ok());
    }

    async fn an_invited_account_gets_one_password_whoever_holds_the_link(house) {
        let processes = [house.open(), house.open()];
        let store = &processes[0];
        let mut new = new_account("zofie");
        new.password = None;
        let id = store.add_account(&new, &at(0), &mut chance()).await.unwrap();
        let older = store.invite_account(id, START, &mut chance()).await.unwrap();
        let token = store.invite_account(id, START, &mut chance()).await.unwrap();
        assert_eq!(store.invited(&older.hash(), START).await, Ok(None));
        let Ok(Some(Invited::Account { id: invited, email, .. })) = store.invited(&token.hash(), START).await
        else {
            panic!("the newer invitation is void")
        };
        assert_eq!((invited, email.as_str()), (id, "zofie@example.org"));
        let racers = (0..32).map(|nth| {
            let (store, token) = (processes[nth % 2].clone(), token.hash());
            async move { store.accept(&token, id, &name("Žofie"), &hash(), &at(0)).await }
        });
        let answers = race(racers).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(
            answers.iter().filter(|answer| **answer == Err(Refusal::Gone("the invitation"))).count(),
            31
        );
        assert_eq!(house.count("events WHERE kind = 'password-changed'"), 1);
    }

    async fn an_invitation_sets_no_second_password_and_none_of_another_account(house) {
        let store = house.open();
        let zofie = store.add_account(&new_account("zofie"), &at(0), &mut chance()).await.unwrap();
        let mut new = new_account("adam");
        new.password = None;
        let adam = store.add_account(&new, &at(0), &mut chance()).await.unwrap();
        let token = store.invite_account(zofie, START, &mut chance()).await.unwrap();
        let before = house.everything();
        for account in [zofie, adam] {
            let refused = store.accept(&token.hash(), account, &name("x"), &hash(), &at(0)).await;
            assert_eq!(refused, Err(Refusal::Gone("the invitation")));
        }
        assert_eq!(house.everything(), before);
    }

    async fn a10_a_disabled_account_has_no_invitation_and_none_revives_when_it_is_enabled(house) {
        let store = house.open();
        let new = NewAccount { password: None, ..new_account("ivan") };
        let id = store.add_account(&new, &at(0), &mut chance()).await.unwrap();
        let token = store.invite_account(id, START, &mut chance()).await.unwrap();
        store.disable_account(id, &at(1)).await.unwrap();
        assert_eq!(store.invited(&token.hash(), at(2).now).await.unwrap(), None);
        let again = store.invite_account(id, START, &mut chance()).await.unwrap();
        assert_eq!(store.invited(&again.hash(), at(2).now).await.unwrap(), None);
        store.enable_account(id, &at(3)).await.unwrap();
        assert_eq!(store.invited(&token.hash(), at(4).now).await.unwrap(), None);
        let late = store.accept(&token.hash(), id, &name("Ivan"), &hash(), &at(4)).await;
        assert!(matches!(late, Err(Refusal::Gone(_))));
    }
}

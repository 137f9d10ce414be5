//! Accounts: one an address, and a log of their own.

use countersign::{AccountId, email::Email};
use countersign_store::{Refusal, accounts::NotAdded};

use crate::house::{at, chance};
use crate::person::{Person, name, new_account};
use crate::race::race;

for_every_database! {
    async fn i10_thirty_two_spellings_of_one_address_make_one_account(house) {
        let processes = [house.open(), house.open()];
        let spellings =
            ["zofie@example.org", "ZOFIE@example.org", " Zofie@Example.Org ", "ｚｏｆｉｅ@example.org"];
        let racers = (0..32).map(|nth| {
            let store = processes[nth % 2].clone();
            let mut new = new_account("x");
            new.email = Email::parse(spellings[nth % 4]).unwrap();
            async move { store.add_account(&new, &at(0), &mut chance()).await }
        });
        let answers = race(racers).await;
        let made: Vec<&AccountId> = answers.iter().flatten().collect();
        assert_eq!(made.len(), 1);
        assert_eq!(answers.iter().filter(|answer| **answer == Err(NotAdded::Taken)).count(), 31);
        let found =
            processes[1].account_by_email(&Email::key_of(" ZOFIE@EXAMPLE.ORG")).await.unwrap().unwrap();
        assert_eq!(found.id, *made[0]);
        assert_eq!(house.count("events WHERE kind = 'account-created'"), 1);
    }

    async fn an_account_is_renamed_and_speaks_its_language_until_it_is_disabled(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        store.rename_account(person.id, &name("Žofie \"><b>"), &at(1)).await.unwrap();
        store.set_language(person.id, "cs").await.unwrap();
        let account = person.account(&store).await;
        assert_eq!((account.name.as_str(), account.language.as_deref()), ("Žofie \"><b>", Some("cs")));
        store.disable_account(person.id, &at(2)).await.unwrap();
        assert_eq!(store.disable_account(person.id, &at(3)).await, Err(Refusal::Gone("the account")));
        assert_eq!(
            store.rename_account(person.id, &name("x"), &at(3)).await,
            Err(Refusal::Gone("the account"))
        );
        assert_eq!(store.set_language(person.id, "en").await, Err(Refusal::Gone("the account")));
        store.enable_account(person.id, &at(4)).await.unwrap();
        assert!(store.enable_account(person.id, &at(5)).await.is_err());
        assert_eq!(house.count("events WHERE at > 0 AND kind LIKE 'account-%'"), 3);
    }

    async fn the_log_is_read_backwards_in_pages_and_only_by_its_owner(house) {
        let store = house.open();
        let (zofie, adam) = (Person::new(&store, "zofie").await, Person::new(&store, "adam").await);
        for nth in 0..25 {
            store.rename_account(zofie.id, &name(&format!("Žofie {nth}")), &at(nth)).await.unwrap();
        }
        let (mut before, mut read) = (None, Vec::new());
        loop {
            let page = store.events(zofie.id, before, 10).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.position);
            read.extend(page);
        }
        assert_eq!(read.len(), 26);
        assert!(read.windows(2).all(|two| two[0].position > two[1].position));
        assert_eq!(read[0].at, at(24).now);
        assert_eq!(store.events(adam.id, None, 10).await.unwrap().len(), 1);
        assert_eq!(house.count("events"), 27);
    }

    async fn a_database_that_answers_is_alive(house) {
        let store = house.open();
        assert_eq!(store.alive().await, Ok(()));
        assert_eq!(store.accounts().await.unwrap().len(), 0);
        Person::new(&store, "zofie").await;
        Person::new(&store, "adam").await;
        let all: Vec<String> =
            store.accounts().await.unwrap().into_iter().map(|account| account.email).collect();
        assert_eq!(all, ["adam@example.org", "zofie@example.org"]);
    }
}

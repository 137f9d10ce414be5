//! Passwords that another system has hashed: the first right one puts a hash of ours in place, in the script that
//! settles it, and never over anything but the hash that it was checked with.

use std::collections::BTreeMap;

use countersign::password::{HashCost, Scheme, StoredPassword};
use countersign_store::accounts::NewAccount;
use countersign_store::{Lane, Refusal, Store};

use crate::borrowed::{PASSWORD, hash, other_hash};
use crate::copying::{copy, rows};
use crate::house::{House, at, chance};
use crate::person::{Person, new_account, password_attempt};
use crate::race::race;

/// bcrypt with cost 4, of [`PASSWORD`].
const BCRYPT: &str = "$2b$04$wxQK6oQsi1nVuaNcAv3vPu3y1jmd8VXx.3ZC51nKpjsxErFVQxjP.";

fn foreign() -> StoredPassword {
    StoredPassword::parse(BCRYPT.to_owned()).unwrap()
}

/// Somebody who has moved in, with a proof that the password was right.
async fn moved_in(store: &Store, name: &str) -> Person {
    let new = NewAccount { password: Some(foreign()), ..new_account(name) };
    let id = store.add_account(&new, &at(0), &mut chance()).await.unwrap();
    let attempt = password_attempt(Some((id, &foreign())), PASSWORD, &at(0));
    Person { id, key: new.email.key().to_owned(), proof: attempt.open_after_the_budget_accepted().unwrap() }
}

/// A password is typed and settled; the hash that was to take the old one's place, if it was right.
fn types(
    store: &Store,
    person: &Person,
    password: &str,
    seconds: u32,
) -> impl Future<Output = Result<StoredPassword, Refusal>> + Send + use<> {
    let attempt = password_attempt(Some((person.id, &foreign())), password, &at(seconds));
    let (store, key, whose) = (store.clone(), person.key.clone(), Some(person.id));
    async move {
        let settled = store.settle_password(&key, whose, Lane::Everybody, attempt, &at(seconds)).await;
        settled.map(|proof| proof.renewal().unwrap().new.clone())
    }
}

for_every_database! {
    async fn of_sixteen_sign_ins_at_once_all_are_right_and_one_puts_its_hash_in_place(house) {
        let processes = [house.open(), house.open()];
        let person = moved_in(&processes[0], "zofie").await;
        let racers = (0..16).map(|nth| types(&processes[nth % 2], &person, PASSWORD, 60));
        let hashes: Vec<_> = race(racers).await.into_iter().map(Result::unwrap).collect();
        let kept = person.account(&processes[0]).await.password.unwrap();
        assert_eq!(hashes.iter().filter(|hash| **hash == kept).count(), 1);
        assert!(kept.is_of(HashCost::LEAST));
        // Whoever was checked with the old one and comes late changes nothing any more.
        types(&processes[1], &person, PASSWORD, 61).await.unwrap();
        assert_eq!(person.account(&processes[0]).await.password, Some(kept));
    }

    async fn a_password_that_is_changed_meanwhile_stays_changed(house) {
        let store = house.open();
        let person = moved_in(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let confirmed = person.confirms(&session, None, &at(0));
        let attempt = password_attempt(Some((person.id, &foreign())), PASSWORD, &at(0));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(0)).await.unwrap();
        let settled = store.settle_password(&person.key, Some(person.id), Lane::Everybody, attempt, &at(0)).await;
        assert!(settled.is_ok(), "it was right when it was typed, and the sign-in fails for nothing");
        assert_eq!(person.account(&store).await.password, Some(other_hash()));
    }

    async fn at_once_with_a_change_of_the_password_one_order_or_the_other_holds_and_the_new_password_stays(house) {
        let processes = [house.open(), house.open()];
        for round in 0..8 {
            let person = moved_in(&processes[0], &format!("zofie{round}")).await;
            let session = person.signs_in(&processes[0], &at(0)).await;
            let confirmed = person.confirms(&session, None, &at(0));
            let (other, visit) = (other_hash(), at(60));
            let (settled, changed) = tokio::join!(
                types(&processes[0], &person, PASSWORD, 60),
                processes[1].change_password(confirmed, &other, Lane::Everybody, &visit),
            );
            assert!(settled.is_ok() && changed.is_ok(), "{changed:?}");
            assert_eq!(person.account(&processes[0]).await.password, Some(other_hash()));
        }
    }

    async fn what_the_budget_does_not_accept_puts_nothing_in_place(house) {
        let store = house.open();
        let person = moved_in(&store, "zofie").await;
        let mut wrong = 0;
        while store.password_locked(&person.key, Lane::Everybody, at(60).now).await.unwrap().is_none() {
            assert!(matches!(types(&store, &person, "wrong", 60).await, Err(Refusal::Wrong(_))));
            wrong += 1;
        }
        assert!((1..12).contains(&wrong), "{wrong}");
        assert!(matches!(types(&store, &person, PASSWORD, 60).await, Err(Refusal::Locked(_))));
        assert_eq!(person.account(&store).await.password, Some(foreign()));
        assert!(store.password_locked("nobody@example.org", Lane::Everybody, at(60).now).await.unwrap().is_none());
        assert!(types(&store, &person, PASSWORD, 60 + 86_400).await.is_ok());
        assert!(person.account(&store).await.password.unwrap().is_of(HashCost::LEAST));
    }

    async fn how_many_there_are_is_counted_by_what_made_them_and_the_dearest_is_found(house) {
        let store = house.open();
        Person::new(&store, "boris").await;
        let nobody = NewAccount { password: None, ..new_account("karel") };
        store.add_account(&nobody, &at(0), &mut chance()).await.unwrap();
        assert_eq!(store.foreign_passwords().await.unwrap().count(), 0);
        let person = moved_in(&store, "zofie").await;
        moved_in(&store, "jana").await;
        let dearest = StoredPassword::parse(BCRYPT.replace("$04$", "$12$")).unwrap();
        let pbkdf2 = format!("$pbkdf2$1000$c2FsdHNhbHQ${}", "A".repeat(27));
        for (name, hash) in [("dora", dearest.as_str()), ("pavel", pbkdf2.as_str())] {
            let password = Some(StoredPassword::parse(hash.to_owned()).unwrap());
            let new = NewAccount { password, ..new_account(name) };
            store.add_account(&new, &at(0), &mut chance()).await.unwrap();
        }
        let found = store.foreign_passwords().await.unwrap();
        assert_eq!(found.counts, BTreeMap::from([(Scheme::Bcrypt, 3), (Scheme::Pbkdf2, 1)]));
        assert_eq!((found.count(), found.dearest), (4, Some(dearest)));
        types(&store, &person, PASSWORD, 60).await.unwrap();
        assert_eq!(store.foreign_passwords().await.unwrap().count(), 3, "they disappear with use");
        assert!(hash().as_str().starts_with(StoredPassword::OURS) && StoredPassword::OURS.len() == 10);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hash_of_elsewhere_moves_to_postgres_and_is_good_there() {
    let (old, new) = (House::on_sqlite(), House::on_postgres());
    let store = old.open();
    let person = moved_in(&store, "zofie").await;
    crate::chain::chain(&store).await;
    drop(store);
    copy(&old, &new).unwrap();
    assert_eq!(rows(&new), rows(&old));
    let store = new.open();
    assert_eq!(person.account(&store).await.password, Some(foreign()));
    types(&store, &person, PASSWORD, 60).await.unwrap();
    assert!(person.account(&store).await.password.unwrap().is_of(HashCost::LEAST));
}

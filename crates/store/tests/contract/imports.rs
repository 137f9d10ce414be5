//! Moving in: an account comes whole or not at all, once, and what somebody has set up here stays.

use countersign::{
    application::{Choices, UserId},
    code::Digits,
    policy::Policy,
    totp::{Algorithm, Parameters, SharedSecret},
};
use countersign_store::imports::{Carried, Newcomer, Standing, Whose};
use countersign_store::{Refusal, Store};
use zeroize::Zeroizing;

use crate::house::{KeyFile, START, at, chance};
use crate::keys::sealed_with;
use crate::person::{Person, name, new_account};
use crate::race::race;

/// Somebody with authenticators of these secrets: one byte, again and again.
pub(crate) fn newcomer(who: &str, secrets: &[u8]) -> Newcomer {
    let odd = Parameters::new(Algorithm::Sha256, Digits::EIGHT, 60).unwrap();
    let authenticators = secrets.iter().map(|byte| Carried {
        name: name("Phone"),
        secret: SharedSecret::from_bytes(Zeroizing::new(vec![*byte; 20])).unwrap(),
        parameters: if *byte == 2 { odd } else { Parameters::default() },
    });
    let whose = Whose::Portal { account: new_account(who), confirmed: true };
    Newcomer { whose, authenticators: authenticators.collect() }
}

pub(crate) async fn import(store: &Store, newcomer: &Newcomer, seconds: u32) -> Result<(), Refusal> {
    let standing = store.standing(newcomer).await.unwrap();
    store.import(newcomer, standing, &at(seconds), &mut chance()).await
}

for_every_database! {
    async fn thirty_two_imports_of_one_person_at_once_bring_one_account(house) {
        let processes = [house.open(), house.open()];
        let racers = (0..32).map(|nth| {
            let store = processes[nth % 2].clone();
            async move {
                let jana = newcomer("jana", &[1, 2]);
                store.import(&jana, Standing::Absent, &at(0), &mut chance()).await
            }
        });
        let answers = race(racers).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert!(answers.iter().flat_map(|answer| answer.as_ref().err()).all(|why| matches!(why, Refusal::Gone(_))));
        assert_eq!((house.count("accounts"), house.count("authenticators")), (1, 2));
        assert_eq!(house.count("events WHERE kind = 'two-factor-imported'"), 1);
        assert_eq!(processes[0].standing(&newcomer("jana", &[1, 2])).await, Ok(Standing::There));
    }

    async fn parameters_are_kept_and_every_step_that_could_have_been_accepted_is_spent(house) {
        let store = house.open();
        import(&store, &newcomer("jana", &[1, 2]), 0).await.unwrap();
        let account = store.account_by_email("jana@example.org").await.unwrap().unwrap();
        assert!(account.two_factor_at.is_some() && account.address_confirmed_at.is_some());
        let factors = store.factors(account.id).await.unwrap();
        for one in &factors.authenticators {
            assert_eq!(one.last_step, one.parameters.last_acceptable(START));
        }
        let periods: Vec<u32> = factors.authenticators.iter().map(|one| one.parameters.period()).collect();
        assert!(periods.contains(&30) && periods.contains(&60), "{periods:?}");
        let sets = store.recovery_sets(account.id).await.unwrap();
        assert_eq!(sets.present.map(|set| set.codes.len()), Some(0), "a set that has no codes left");
    }

    async fn an_import_that_is_refused_leaves_every_row_as_it_was(house) {
        let store = house.open();
        import(&store, &newcomer("jana", &[1]), 0).await.unwrap();
        let before = house.everything();
        let again = store.import(&newcomer("jana", &[3]), Standing::Absent, &at(9), &mut chance()).await;
        assert!(matches!(again, Err(Refusal::Gone(_))), "{again:?}");
        assert_eq!(house.everything(), before);
        assert_eq!(store.standing(&newcomer("jana", &[3])).await, Ok(Standing::On));
        assert_eq!(store.standing(&newcomer("jana", &[])).await, Ok(Standing::There));
        let refused = import(&store, &newcomer("jana", &[3]), 9).await;
        assert!(matches!(refused, Err(Refusal::Gone(_))), "{refused:?}");
        assert_eq!(house.everything(), before);
    }

    async fn somebody_who_is_here_gets_2fa_once_and_keeps_it_off_if_they_turned_it_off(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let zofie = newcomer("zofie", &[1]);
        let standing = store.standing(&zofie).await.unwrap();
        assert!(matches!(standing, Standing::Open(_)), "{standing:?}");
        person.signs_in(&store, &at(0)).await;
        import(&store, &zofie, 0).await.unwrap();
        assert_eq!(house.count("sessions"), 0, "whoever was in with the password alone is out");
        assert_eq!(store.standing(&zofie).await, Ok(Standing::There));
        let more = store.standing(&newcomer("zofie", &[1, 2])).await;
        assert_eq!(more, Ok(Standing::On), "one of two apps is not all of them");
        store.reset_two_factor(person.id, "Lost", &at(1)).await.unwrap();
        assert_eq!(store.standing(&zofie).await, Ok(Standing::WasOn));
        store.disable_account(person.id, &at(2)).await.unwrap();
        assert_eq!(store.standing(&zofie).await, Ok(Standing::Disabled));
        let late = store.import(&zofie, standing, &at(3), &mut chance()).await;
        assert!(matches!(late, Err(Refusal::Gone(_))), "what was seen before the reset no longer holds");
    }

    async fn what_was_seen_of_an_account_holds_no_longer_once_it_is_disabled(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let zofie = newcomer("zofie", &[1]);
        let standing = store.standing(&zofie).await.unwrap();
        store.disable_account(person.id, &at(1)).await.unwrap();
        let before = house.everything();
        let late = store.import(&zofie, standing, &at(2), &mut chance()).await;
        assert!(matches!(late, Err(Refusal::Gone(_))), "somebody disabled it meanwhile");
        assert_eq!(house.everything(), before);
    }

    async fn a_user_of_an_application_is_nobody_of_the_portal_and_of_no_other_application(house) {
        let store = house.open();
        let mut rng = chance();
        let mut ids = Vec::new();
        for called in ["shop", "forum"] {
            let choices = Choices::with_issuer(called);
            store.add_application(&name(called), &choices, START, &mut rng).await.unwrap();
            ids.push(store.application_named(called).await.unwrap().unwrap().id);
        }
        let user = UserId::parse("7").unwrap();
        let of = |id| Newcomer { whose: Whose::Application(id, user.clone()), ..newcomer("jana", &[1]) };
        import(&store, &of(ids[0]), 0).await.unwrap();
        assert_eq!(store.standing(&of(ids[0])).await, Ok(Standing::There));
        assert_eq!(store.standing(&of(ids[1])).await, Ok(Standing::Absent));
        assert_eq!(store.standing(&newcomer("7", &[1])).await, Ok(Standing::Absent));
        let account = store.account_of_user(ids[0], &user).await.unwrap().unwrap();
        assert!(account.two_factor_at.is_some());
    }

    async fn an_import_seals_with_the_key_that_seals_at_that_moment(house) {
        let file = KeyFile::of(&[("one", 1)]);
        let store = house.open_with(file.clone(), Policy::default());
        import(&store, &newcomer("jana", &[1]), 0).await.unwrap();
        assert_eq!(sealed_with(&house, "one"), 2, "the secret, and the pepper of the set");
    }
}

//! Recovery code sets: replaced whole, counted, and real.

use countersign::{attempt::Wrong, recovery::RecoveryCode};
use countersign_store::{Lane, Refusal};

use crate::borrowed::{FIRST, SECOND};
use crate::house::{at, chance};
use crate::person::{Person, Tally, finish, refusal};
use crate::race::race;

#[test]
fn the_borrowed_codes_are_codes() {
    for code in FIRST.printed().chain(SECOND.printed()) {
        assert_eq!(RecoveryCode::parse(code).unwrap().reveal().as_str(), code);
    }
}

for_every_database! {
    async fn replaced_codes_open_nothing_and_say_that_they_are_replaced(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let claimed = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        let confirmed = person.confirms(&session, None, &at(60));
        let codes = SECOND.set();
        store
            .replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &at(60), &mut chance())
            .await
            .unwrap();
        assert_eq!(refusal(finish(&store, pending, claimed, &at(60)).await), Refusal::Spent);
        let old = person.types_recovery(&store, FIRST.code(1), &at(60)).await;
        let answer = refusal(person.enters(&store, old, &at(60)).await);
        assert_eq!(answer, Refusal::Wrong(Wrong::ReplacedRecoveryCode));
        let new = person.types_recovery(&store, SECOND.code(0), &at(60)).await;
        assert_eq!(person.enters(&store, new, &at(60)).await.ok().unwrap().recovery_codes_left, Some(9));
        let profile = store.profile(person.id, at(60).now).await.unwrap();
        assert_eq!(profile.recovery_codes_left, 9);
        let (present, made_at) = profile.recovery_set.unwrap();
        assert_eq!(made_at, at(60).now);
        // A form that was sent for the present set replaces it once.
        let again = |codes| {
            let confirmed = person.confirms(&session, None, &at(61));
            let (store, present) = (store.clone(), Some(present));
            async move {
                let mut rng = chance();
                store.replace_recovery_codes(confirmed, present, codes, Lane::Everybody, &at(61), &mut rng).await
            }
        };
        let (first, second) = (FIRST.set(), SECOND.set());
        assert_eq!(again(&first).await, Ok(()));
        let before = house.everything();
        assert_eq!(again(&second).await, Err(Refusal::Gone("the recovery codes")));
        assert_eq!(house.everything(), before);
    }

    async fn of_sixteen_replacements_at_once_one_set_is_present_and_one_explains(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let app = person.turns_on(&processes[0], &at(0)).await;
        let session = person.enters_rightly(&processes[0], &app, &at(60)).await;
        let racers = (0..16).map(|nth| {
            let store = processes[nth % 2].clone();
            let confirmed = person.confirms(&session, None, &at(60));
            let codes = if nth % 2 == 0 { FIRST.set() } else { SECOND.set() };
            async move {
                store.replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &at(60), &mut chance()).await
            }
        });
        assert_eq!(Tally::of(race(racers).await), Tally { done: 16, ..Tally::default() });
        assert_eq!(house.count("recovery_sets WHERE replaced_at IS NULL"), 1);
        assert_eq!(house.count("recovery_sets WHERE replaced_at IS NOT NULL"), 1);
        assert_eq!(house.count("recovery_codes"), 20);
        let profile = processes[0].profile(person.id, at(60).now).await.unwrap();
        assert_eq!(profile.recovery_codes_left, 10);
    }

    async fn f3_codes_are_not_replaced_while_2fa_is_off(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let confirmed = person.confirms(&session, None, &at(0));
        let codes = SECOND.set();
        let refused =
            store.replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &at(0), &mut chance()).await;
        assert!(matches!(refused, Err(Refusal::Gone(_))), "{refused:?}");
        assert_eq!(house.count("recovery_sets"), 0);
    }

    async fn a_recovery_code_that_confirms_its_own_replacement_is_spent_with_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let late = at(60 + 15 * 60);
        let attempt = person.types_recovery(&store, FIRST.code(0), &late).await;
        let confirmed = person.confirms(&session, Some(attempt), &late);
        let codes = SECOND.set();
        store.replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &late, &mut chance()).await.unwrap();
        assert_eq!(house.count("recovery_codes WHERE used_at IS NOT NULL"), 1);
        assert_eq!(house.count("recovery_sets WHERE replaced_at IS NULL"), 1);
    }
}

//! What a process counts of its decisions and its writes.

use countersign_store::Store;

use crate::borrowed::FIRST;
use crate::house::at;
use crate::person::{Person, finish};
use crate::race::race;

/// How often this was typed and ended so.
fn attempts(store: &Store, what: &str, outcome: &str) -> u64 {
    let counted = store.counted();
    let found = counted.attempts.iter().find(|(one, other, _)| (*one, *other) == (what, outcome));
    found.unwrap_or_else(|| panic!("{what} {outcome}: {counted:?}")).2
}

fn sign_ins(store: &Store, method: &str) -> u64 {
    store.counted().sign_ins.iter().find(|(one, _)| *one == method).unwrap().1
}

for_every_database! {
    async fn what_is_typed_is_counted_by_what_came_of_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        assert_eq!((sign_ins(&store, "password"), sign_ins(&store, "code")), (1, 0));
        person.enters_rightly(&store, &app, &at(60)).await;
        assert_eq!((attempts(&store, "code", "right"), sign_ins(&store, "code")), (1, 1));
        let _spent = person.enters_with(&store, &app.code(&at(60)), &at(60)).await;
        assert_eq!(attempts(&store, "code", "spent"), 1);
        for _ in 0..6 {
            let _wrong = person.enters_with(&store, &app.wrong(&at(90)), &at(90)).await;
        }
        let (wrong, locked) = (attempts(&store, "code", "wrong"), attempts(&store, "code", "locked"));
        assert_eq!((wrong + locked, locked > 0), (6, true));
        for spent in [0, 1] {
            let attempt = person.types_recovery(&store, FIRST.code(0), &at(90)).await;
            let _right_then_spent = person.enters(&store, attempt, &at(90)).await;
            assert_eq!(attempts(&store, "recovery-code", "spent"), spent);
        }
        assert_eq!((attempts(&store, "recovery-code", "right"), sign_ins(&store, "recovery-code")), (1, 1));
        assert_eq!(attempts(&store, "two-codes", "right"), 0, "also what has not happened is there");
    }

    async fn scripts_that_wait_together_share_commits_and_none_waits_afterwards(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let before = store.counted();
        let mut racers = Vec::new();
        for _ in 0..32 {
            let (store, pending) = (store.clone(), person.waits_for_code(&store, &at(60)).await);
            let attempt = person.types(&store, &app.code(&at(60)), &at(60)).await;
            racers.push(async move { finish(&store, pending, attempt, &at(60)).await });
        }
        race(racers).await;
        let after = store.counted();
        let scripts = |nth: usize| after.scripts[nth].1 - before.scripts[nth].1;
        assert!(scripts(0) >= 33 && scripts(1) >= 31, "32 waits and a sign-in; the others were refused: {after:?}");
        assert_eq!((scripts(2), after.waiting), (0, 0));
        let commits = after.commits - before.commits;
        assert!(commits > 0 && commits < scripts(0) + scripts(1), "{commits} of {after:?}");
    }
}

//! Promise 2: no answer leaves before the budget has accepted its attempt.

use countersign::{
    Span,
    attempt::Wrong,
    budget::{FREE_CODES, FREE_PASSWORDS, Locked, MOST_FAILURES},
    token,
};
use countersign_store::{Lane, Refusal, Store, Visit, devices::lane_of};

use crate::app::App;
use crate::borrowed::{FIRST, PASSWORD, SECOND, hash, other_hash};
use crate::house::{START, after, at, chance};
use crate::person::{Person, Tally, finish, password_attempt, refusal, session_of};
use crate::race::race;

const FREE: usize = FREE_CODES as usize;
const LEVEL: &str = "SELECT level FROM guess_budgets WHERE kind = 'code' AND lane = ''";
const FAILURES: &str = "SELECT failures FROM guess_budgets WHERE kind = 'code' AND lane = ''";

/// Types wrong codes, each in a sign-in of its own, until the budget says no.
async fn lock(store: &Store, person: &Person, app: &App, visit: &Visit) -> Locked {
    loop {
        match refusal(person.enters_with(store, &app.wrong(visit), visit).await) {
            Refusal::Wrong(Wrong::Code) => {}
            Refusal::Locked(locked) => return locked,
            other => panic!("{other:?}"),
        }
    }
}

for_every_database! {
    async fn c1_sixty_four_wrong_codes_at_once_through_two_handles_get_five_answers(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let app = person.turns_on(&processes[0], &at(0)).await;
        let mut racers = Vec::new();
        for nth in 0..64 {
            let store = processes[nth % 2].clone();
            let pending = person.waits_for_code(&store, &at(60)).await;
            let attempt = person.types(&store, &app.wrong(&at(60)), &at(60)).await;
            racers.push(async move { finish(&store, pending, attempt, &at(60)).await });
        }
        let tally = Tally::of(race(racers).await);
        assert_eq!(tally, Tally { wrong: FREE, locked: 64 - FREE, ..Tally::default() });
        // C5: another connection sees what was charged.
        assert_eq!(house.number(FAILURES), 5);
        assert_eq!(house.number(LEVEL), 5000);
        assert_eq!(house.count("events WHERE kind = 'wrong-code'"), 5);
        assert_eq!(house.count("events WHERE kind = 'locked'"), 1, "the owner is told once");
    }

    async fn c1_a_right_code_among_sixty_four_guesses_buys_no_more_than_the_budget(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let mut racers = Vec::new();
        for nth in 0..64 {
            let store = store.clone();
            let pending = person.waits_for_code(&store, &at(60)).await;
            let code = if nth == 40 { app.code(&at(60)) } else { app.wrong(&at(60)) };
            let attempt = person.types(&store, &code, &at(60)).await;
            racers.push(async move { finish(&store, pending, attempt, &at(60)).await });
        }
        let tally = Tally::of(race(racers).await);
        assert!(tally.done <= 1);
        // A right answer ends the waits, so five more may follow it, and no more.
        assert!(tally.wrong <= FREE * (1 + tally.done), "{tally:?}");
        assert_eq!(
            house.number(LEVEL),
            i64::try_from(tally.wrong).unwrap() * 1000,
            "each answer was charged"
        );
    }

    async fn the_right_code_beyond_the_budget_is_locked_like_a_wrong_one_also_after_a_restart(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let until = Locked::Until(START + Span::seconds(60 + 30));
        assert_eq!(lock(&store, &person, &app, &at(60)).await, until);
        drop(store);
        let store = house.open();
        for code in [app.code(&at(60)), app.wrong(&at(60))] {
            let answer = refusal(person.enters_with(&store, &code, &at(60)).await);
            assert_eq!(answer, Refusal::Locked(until));
        }
        assert_eq!(store.locked(person.id, Lane::Everybody, at(60).now).await, Ok(Some(until)));
        assert_eq!(store.locked(person.id, Lane::Everybody, at(90).now).await, Ok(None));
        assert!(person.enters_with(&store, &app.code(&at(90)), &at(90)).await.is_ok());
    }

    async fn c7_five_wrong_codes_spread_over_five_doors_lock_them_all(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let (visit, lane) = (at(60 + 15 * 60), Lane::Everybody);
        let typed = || person.types(&store, "000000", &visit);
        assert_ne!(app.code(&visit), "000000");
        let wrongly = async || person.confirms(&session, Some(typed().await), &visit);
        let wrong = Err(Refusal::Wrong(Wrong::Code));
        assert_eq!(store.turn_off(wrongly().await, lane, &visit).await, wrong);
        let codes = SECOND.set();
        let replaced =
            store.replace_recovery_codes(wrongly().await, None, &codes, lane, &visit, &mut chance()).await;
        assert_eq!(replaced, wrong);
        assert_eq!(store.remove_authenticator(wrongly().await, app.authenticator, lane, &visit).await, wrong);
        let changed = store.change_password(wrongly().await, &other_hash(), lane, &visit).await;
        assert_eq!(changed, wrong);
        let leave = wrongly().await.into();
        assert_eq!(store.offer(leave, lane, &visit, &mut chance()).await, wrong);

        let entered = refusal(person.enters_with(&store, &app.code(&visit), &visit).await);
        assert!(matches!(entered, Refusal::Locked(Locked::Until(_))), "{entered:?}");
        let off = store
            .turn_off(
                person.confirms(
                    &session,
                    Some(person.types(&store, &app.code(&visit), &visit).await),
                    &visit,
                ),
                lane,
                &visit,
            )
            .await;
        assert!(matches!(off, Err(Refusal::Locked(_))), "{off:?}");
        assert_eq!(house.count("accounts WHERE two_factor_at IS NOT NULL"), 1);
    }

    async fn wrong_codes_of_a_sign_in_that_succeeds_are_given_back_and_strangers_stay_charged(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let visit = at(60);
        for _ in 0..2 {
            let strangers = person.enters_with(&store, &app.wrong(&visit), &visit).await;
            assert_eq!(refusal(strangers), Refusal::Wrong(Wrong::Code));
        }
        let token = person.waits_for_code_with_token(&store, &visit).await;
        for right in [false, false, true] {
            let pending = store.pending(&token.hash(), visit.now).await.unwrap().unwrap();
            let code = if right { app.code(&visit) } else { app.wrong(&visit) };
            let attempt = person.types(&store, &code, &visit).await;
            assert_eq!(finish(&store, pending, attempt, &visit).await.is_ok(), right);
        }
        assert_eq!(house.number(LEVEL), 2000);
        assert_eq!(house.number(FAILURES), 0);
    }

    async fn c13_a_code_without_a_living_pending_sign_in_counts_against_nobody(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        for right in [true, false] {
            let token = person.waits_for_code_with_token(&store, &at(60)).await;
            let pending = store.pending(&token.hash(), at(60).now).await.unwrap().unwrap();
            store.give_up(&token.hash()).await.unwrap();
            let code = if right { app.code(&at(60)) } else { app.wrong(&at(60)) };
            let attempt = person.types(&store, &code, &at(60)).await;
            // The same answer either way: it tells nothing of the code.
            assert_eq!(
                refusal(finish(&store, pending, attempt, &at(60)).await),
                Refusal::Gone("the pending sign-in")
            );
        }
        assert_eq!(house.count("guess_budgets"), 0);
        assert!(person.enters_with(&store, &app.code(&at(60)), &at(60)).await.is_ok(), "the code is unspent");
    }

    async fn c4_a_pending_sign_in_is_worn_out_by_ten_wrong_codes(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.waits_for_code_with_token(&store, &at(60)).await;
        let mut visit = at(60);
        for _ in 0..10 {
            if let Some(Locked::Until(moment)) =
                store.locked(person.id, Lane::Everybody, visit.now).await.unwrap()
            {
                visit.now = moment;
            }
            let pending = store.pending(&token.hash(), visit.now).await.unwrap().unwrap();
            let attempt = person.types(&store, &app.wrong(&visit), &visit).await;
            assert_eq!(refusal(finish(&store, pending, attempt, &visit).await), Refusal::Wrong(Wrong::Code));
        }
        assert!(store.pending(&token.hash(), visit.now).await.unwrap().is_none());
        assert_eq!(house.count("pending_sign_ins"), 0);
    }

    async fn c11_waits_grow_and_after_a_hundred_failures_a_single_code_is_not_enough(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let (mut visit, mut waits) = (at(60), Vec::new());
        let mut failures = 0;
        let end = loop {
            let pending = person.waits_for_code(&store, &visit).await;
            let attempt = person.types(&store, &app.wrong(&visit), &visit).await;
            match refusal(finish(&store, pending, attempt, &visit).await) {
                Refusal::Wrong(Wrong::Code) => failures += 1,
                Refusal::Locked(Locked::Until(moment)) => {
                    waits.push(moment.since(visit.now));
                    visit.now = moment;
                }
                Refusal::Locked(end) => break end,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((failures, end), (MOST_FAILURES, Locked::UntilProven));
        assert_eq!(waits[..4], [30, 60, 120, 240].map(Span::seconds));
        assert!(waits.iter().all(|wait| *wait <= Span::hours(1)), "NIST SP 800-63B-4 §3.2.2");
        visit.now = visit.now + Span::days(3);
        let single = person.enters_with(&store, &app.code(&visit), &visit).await;
        assert_eq!(refusal(single), Refusal::Locked(Locked::UntilProven));
        let two = [app.steps_away(&visit, -1), app.code(&visit)];
        let attempt = person.types_two(&store, [&two[0], &two[1]], &visit).await;
        assert!(person.enters(&store, attempt, &visit).await.is_ok());
        visit.now = visit.now + Span::seconds(30);
        assert!(person.enters_with(&store, &app.code(&visit), &visit).await.is_ok());
    }

    async fn somebody_locked_out_comes_in_with_a_recovery_code_and_is_locked_no_more(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        lock(&store, &person, &app, &at(60)).await;
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert!(person.enters(&store, attempt, &at(60)).await.is_ok());
        assert_eq!(house.number(LEVEL), 5000, "what strangers spent stays spent");
        assert!(person.enters_with(&store, &app.code(&at(60)), &at(60)).await.is_ok());
    }

    async fn somebody_locked_out_comes_in_with_two_codes_and_both_are_spent(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let visit = at(90);
        lock(&store, &person, &app, &visit).await;
        let two = [app.steps_away(&visit, -1), app.code(&visit)];
        let wrong = person.types_two(&store, [&two[1], &two[0]], &visit).await;
        assert_eq!(refusal(person.enters(&store, wrong, &visit).await), Refusal::Wrong(Wrong::TwoCodes));
        assert_eq!(house.number(FAILURES), 5, "two wrong codes are charged elsewhere");
        let mut racers = Vec::new();
        for _ in 0..32 {
            let (store, visit) = (store.clone(), visit.clone());
            let pending = person.waits_for_code(&store, &visit).await;
            let attempt = person.types_two(&store, [&two[0], &two[1]], &visit).await;
            racers.push(async move { finish(&store, pending, attempt, &visit).await });
        }
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, spent: 31, ..Tally::default() });
        assert_eq!(house.number(FAILURES), 0);
        assert_eq!(house.number(LEVEL), 5000);
        for code in &two {
            let answer = refusal(person.enters_with(&store, code, &visit).await);
            assert_eq!(answer, Refusal::Wrong(Wrong::SpentCode));
        }
    }

    async fn c15_wrong_recovery_codes_count_with_the_codes(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        for _ in 0..FREE {
            let attempt = person.types_recovery(&store, SECOND.code(0), &at(60)).await;
            let answer = refusal(person.enters(&store, attempt, &at(60)).await);
            assert_eq!(answer, Refusal::Wrong(Wrong::RecoveryCode));
        }
        let answer = refusal(person.enters_with(&store, &app.code(&at(60)), &at(60)).await);
        assert!(matches!(answer, Refusal::Locked(Locked::Until(_))), "{answer:?}");
        assert_eq!(house.count("events WHERE kind = 'wrong-recovery-code'"), 5);
    }

    async fn strangers_cannot_lock_out_the_owner_of_a_trusted_device(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        // Thirty days and an hour later the device is asked again, and the strangers are still there.
        let visit = after(Span::hours(30 * 24 + 1));
        lock(&store, &person, &app, &visit).await;
        let device = store.device(&token.hash(), person.id).await.unwrap().unwrap();
        assert!(!device.stands_for(person.id, store.policy(), visit.now));
        let own = lane_of(Some(&device), visit.now);
        assert_eq!(own, Lane::Device(device.id));
        let pending = person.waits_for_code(&store, &visit).await;
        let attempt = person.types(&store, &app.code(&visit), &visit).await;
        assert!(store.finish_sign_in(pending, attempt, false, own, &visit, &mut chance()).await.is_ok());
        assert_eq!(house.number(FAILURES), 5, "the strangers stay locked out");
        assert_eq!(lane_of(Some(&device), visit.now + Span::days(60)), Lane::Everybody);
        assert_eq!(lane_of(None, visit.now), Lane::Everybody);
        let _: token::TokenHash<token::Device> = token.hash();
    }

    async fn a_device_that_guesses_locks_itself_alone(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let own = Lane::Device(store.device(&token.hash(), person.id).await.unwrap().unwrap().id);
        for locked in [false, false, false, false, false, true] {
            let pending = person.waits_for_code(&store, &at(90)).await;
            let attempt = person.types(&store, &app.wrong(&at(90)), &at(90)).await;
            let answer = store.finish_sign_in(pending, attempt, false, own, &at(90), &mut chance()).await;
            assert_eq!(matches!(refusal(answer), Refusal::Locked(_)), locked);
        }
        assert!(person.enters_with(&store, &app.code(&at(90)), &at(90)).await.is_ok());
    }

    async fn a_claim_that_was_raced_is_not_charged_for_it_tells_nothing(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let raced = person.types(&store, &app.code(&at(60)), &at(60)).await;
        let entered = person.enters_with(&store, &app.code(&at(60)), &at(60)).await.ok().unwrap();
        assert!(session_of(&store, &entered, &at(60)).await.factor_at.is_some());
        let before = house.everything();
        assert_eq!(refusal(finish(&store, pending, raced, &at(60)).await), Refusal::Spent);
        assert_eq!(house.everything(), before);
        // The same code typed now is seen to be spent, and that answer is charged.
        let again = refusal(person.enters_with(&store, &app.code(&at(60)), &at(60)).await);
        assert_eq!((again, house.number(FAILURES)), (Refusal::Wrong(Wrong::SpentCode), 1));
    }

    async fn g3_passwords_of_nobody_lock_as_those_of_somebody(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let stored = hash();
        let mut tallies = Vec::new();
        for (key, account) in
            [(person.key.clone(), Some((person.id, &stored))), ("nobody@example.org".to_owned(), None)]
        {
            let mut racers = Vec::new();
            for nth in 0..32 {
                let (store, key, id) = (processes[nth % 2].clone(), key.clone(), account.map(|(id, _)| id));
                let attempt = password_attempt(account, "not it", &at(0));
                racers.push(async move {
                    store.settle_password(&key, id, Lane::Everybody, attempt, &at(0)).await
                });
            }
            tallies.push(Tally::of(race(racers).await));
            let right = password_attempt(account, PASSWORD, &at(0));
            let id = account.map(|(id, _)| id);
            let answer = processes[0].settle_password(&key, id, Lane::Everybody, right, &at(0)).await;
            let until = Locked::Until(START + Span::seconds(30));
            assert_eq!(answer.unwrap_err(), Refusal::Locked(until), "{key}");
        }
        let free = usize::try_from(FREE_PASSWORDS).unwrap();
        assert_eq!(tallies[0], Tally { wrong: free, locked: 32 - free, ..Tally::default() });
        assert_eq!(tallies[0], tallies[1]);
        assert_eq!(house.count("events WHERE kind = 'wrong-password'"), 10, "only an account has a log");
        assert_eq!(house.count("events WHERE kind = 'locked'"), 1);

        let right = password_attempt(Some((person.id, &stored)), PASSWORD, &at(30));
        let answer =
            processes[1].settle_password(&person.key, Some(person.id), Lane::Everybody, right, &at(30)).await;
        assert_eq!(answer.unwrap().account(), person.id);
        assert_eq!(house.number("SELECT failures FROM guess_budgets WHERE subject = 'zofie@example.org'"), 0);
    }

    async fn a_stricter_operator_is_obeyed_by_the_budget_that_is_there(house) {
        let policy = countersign::policy::Policy {
            guess_probability: countersign::budget::Probability::new(countersign::budget::Probability::LEAST).unwrap(),
            ..countersign::policy::Policy::default()
        };
        let house = house.under(policy);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        // 33 guesses a year, 17 of them at once; the waits between them are waited for.
        let (mut visit, mut answered) = (at(60), 0);
        let until = loop {
            match refusal(person.enters_with(&store, &app.wrong(&visit), &visit).await) {
                Refusal::Wrong(Wrong::Code) => answered += 1,
                Refusal::Locked(Locked::Until(moment)) if moment > visit.now + Span::days(1) => break moment,
                Refusal::Locked(Locked::Until(moment)) => visit.now = moment,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(answered, 17);
        assert!(until < visit.now + Span::days(24), "one guess in 23 days trickles back");
        let answer = refusal(person.enters_with(&store, &app.code(&visit), &visit).await);
        assert_eq!(answer, Refusal::Locked(Locked::Until(until)), "the right code is not looked at either");
        let attempt = person.types_recovery(&store, FIRST.code(0), &visit).await;
        assert!(person.enters(&store, attempt, &visit).await.is_ok());
    }
}

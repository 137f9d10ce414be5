//! Promise 1: a once-only fact is spent once, whoever comes, however many at once, at whichever door.

use countersign::{Span, Timestamp, attempt::Wrong, recovery::CODES_IN_A_SET};
use countersign_store::{Lane, Refusal};

use crate::borrowed::{FIRST, SECOND, other_hash};
use crate::house::{START, at, chance};
use crate::person::{Person, Tally, finish, refusal, session_of};
use crate::race::{Racer, race};

const RACERS: usize = 64;

for_every_database! {
    async fn b3_one_code_typed_by_sixty_four_racers_through_two_handles_opens_one_session(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let app = person.turns_on(&processes[0], &at(0)).await;
        let visit = at(60);
        let mut racers = Vec::new();
        for nth in 0..RACERS {
            let store = processes[nth % 2].clone();
            let pending = person.waits_for_code(&store, &visit).await;
            let attempt = person.types(&store, &app.code(&visit), &visit).await;
            racers.push(async move { finish(&store, pending, attempt, &at(60)).await });
        }
        let tally = Tally::of(race(racers).await);
        assert_eq!(tally, Tally { done: 1, spent: RACERS - 1, ..Tally::default() });
        assert_eq!(house.count("sessions"), 1);
        assert_eq!(house.count("pending_sign_ins"), 63, "whoever came second may type the next code");
        assert_eq!(house.count("events WHERE kind = 'signed-in'"), 2, "the first was before 2FA");
    }

    async fn b7_one_recovery_code_typed_by_thirty_two_racers_opens_one_session(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        person.turns_on(&processes[0], &at(0)).await;
        let mut racers = Vec::new();
        for nth in 0..32 {
            let store = processes[nth % 2].clone();
            let pending = person.waits_for_code(&store, &at(60)).await;
            let attempt = person.types_recovery(&store, FIRST.code(3), &at(60)).await;
            racers.push(async move { finish(&store, pending, attempt, &at(60)).await });
        }
        let answers = race(racers).await;
        let left: Vec<_> = answers.iter().flatten().map(|signed_in| signed_in.recovery_codes_left).collect();
        assert_eq!(left, [Some(9)]);
        assert_eq!(Tally::of(answers), Tally { done: 1, spent: 31, ..Tally::default() });
        assert_eq!(house.count("recovery_codes WHERE used_at IS NOT NULL"), 1);
        assert_eq!(house.count("sessions"), 1);
    }

    async fn b7_a_used_recovery_code_is_refused_with_its_day_also_after_a_restart(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(60)).await;
        assert_eq!(person.enters(&store, attempt, &at(60)).await.ok().unwrap().recovery_codes_left, Some(9));
        drop(store);
        let store = house.open();
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(90)).await;
        let answer = refusal(person.enters(&store, attempt, &at(90)).await);
        assert_eq!(answer, Refusal::Wrong(Wrong::UsedRecoveryCode(START + Span::seconds(60))));
        assert_eq!(store.profile(person.id, START).await.unwrap().recovery_codes_left, 9);
    }

    async fn f7_every_recovery_code_of_a_set_signs_in_once(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        for (nth, code) in FIRST.printed().enumerate() {
            let attempt = person.types_recovery(&store, code, &at(60)).await;
            let left = person.enters(&store, attempt, &at(60)).await.ok().unwrap().recovery_codes_left;
            assert_eq!(left, Some(CODES_IN_A_SET - 1 - nth));
        }
        assert_eq!(house.count("sessions"), 10);
    }

    async fn one_pending_sign_in_becomes_one_session_with_ten_right_codes_in_hand(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let token = person.waits_for_code_with_token(&store, &at(60)).await;
        let mut racers = Vec::new();
        for code in FIRST.printed() {
            let store = store.clone();
            let pending = store.pending(&token.hash(), at(60).now).await.unwrap().unwrap();
            let attempt = person.types_recovery(&store, code, &at(60)).await;
            racers.push(async move { finish(&store, pending, attempt, &at(60)).await });
        }
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 9, ..Tally::default() });
        assert_eq!(house.count("sessions"), 1);
        assert_eq!(house.count("recovery_codes WHERE used_at IS NULL"), 9, "the losers lost no code");
    }

    async fn b1_a_code_is_accepted_once_in_its_own_step_and_in_the_next(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let code = app.code(&at(60));
        assert!(person.enters_with(&store, &code, &at(60)).await.is_ok());
        for later in [60, 61, 89, 90, 119] {
            let answer = refusal(person.enters_with(&store, &code, &at(later)).await);
            assert_eq!(answer, Refusal::Wrong(Wrong::SpentCode), "{later}");
        }
        assert_eq!(house.count("sessions"), 1);
    }

    async fn a_spent_step_spends_every_step_below_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let (visit, pending) = (at(120), person.waits_for_code(&store, &at(120)).await);
        let below = person.types(&store, &app.steps_away(&visit, -1), &visit).await;
        let above = person.types(&store, &app.steps_away(&visit, 1), &visit).await;
        assert!(person.enters(&store, above, &visit).await.is_ok());
        assert_eq!(refusal(finish(&store, pending, below, &visit).await), Refusal::Spent);
        let again = refusal(person.enters_with(&store, &app.code(&visit), &visit).await);
        assert_eq!(again, Refusal::Wrong(Wrong::SpentCode));
    }

    async fn a_code_spent_at_one_door_is_spent_at_every_door(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let (visit, lane) = (at(60), Lane::Everybody);
        let session = person.enters_rightly(&store, &app, &visit).await;
        let typed = async || person.types(&store, &app.code(&visit), &visit).await;
        let confirmed = async || person.confirms(&session, Some(typed().await), &visit);
        let spent = Err(Refusal::Wrong(Wrong::SpentCode));
        assert_eq!(store.turn_off(confirmed().await, lane, &visit).await, spent);
        let codes = SECOND.set();
        let replaced =
            store.replace_recovery_codes(confirmed().await, None, &codes, lane, &visit, &mut chance()).await;
        assert_eq!(replaced, spent);
        let removed = store.remove_authenticator(confirmed().await, app.authenticator, lane, &visit).await;
        assert_eq!(removed, spent);
        let changed = store.change_password(confirmed().await, &other_hash(), lane, &visit).await;
        assert_eq!(changed, spent);
        let entered = person.enters(&store, typed().await, &visit).await;
        assert_eq!(entered.map(drop), spent);
        assert_eq!(house.count("accounts WHERE two_factor_at IS NOT NULL"), 1);
    }

    async fn a_code_spent_at_a_step_up_is_spent_at_sign_in(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let attempt = person.types(&store, &app.code(&at(90)), &at(90)).await;
        let confirmed = person.confirms(&session, Some(attempt), &at(90));
        let codes = SECOND.set();
        store
            .replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &at(90), &mut chance())
            .await
            .unwrap();
        let entered = person.enters_with(&store, &app.code(&at(90)), &at(90)).await;
        assert_eq!(refusal(entered), Refusal::Wrong(Wrong::SpentCode));

        let recovery = person.types_recovery(&store, SECOND.code(0), &at(90)).await;
        let confirmed = person.confirms(&session, Some(recovery), &at(90));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(90)).await.unwrap();
        let attempt = person.types_recovery(&store, SECOND.code(0), &at(90)).await;
        let entered = refusal(person.enters(&store, attempt, &at(90)).await);
        assert_eq!(entered, Refusal::Wrong(Wrong::UsedRecoveryCode(at(90).now)));
        assert_eq!(house.count("events WHERE kind = 'recovery-code-used' AND count = 9"), 1);
    }

    async fn b3_one_code_raced_through_three_doors_opens_one_of_them(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        // The code of the session is too old by now: every door asks for one.
        let late = at(60 + 15 * 60);
        let mut doors: Vec<Racer> = Vec::new();
        for nth in 0..30 {
            let (store, late) = (store.clone(), late.clone());
            let attempt = person.types(&store, &app.code(&late), &late).await;
            match nth % 3 {
                0 => {
                    let pending = person.waits_for_code(&store, &late).await;
                    doors.push(Box::pin(
                        async move { finish(&store, pending, attempt, &late).await.map(drop) },
                    ));
                }
                1 => {
                    let confirmed = person.confirms(&session, Some(attempt), &late);
                    let codes = SECOND.set();
                    doors.push(Box::pin(async move {
                        let mut rng = chance();
                        store
                            .replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &late, &mut rng)
                            .await
                    }));
                }
                _ => {
                    let confirmed = person.confirms(&session, Some(attempt), &late);
                    doors.push(Box::pin(async move {
                        store.change_password(confirmed, &other_hash(), Lane::Everybody, &late).await
                    }));
                }
            }
        }
        let tally = Tally::of(race(doors).await);
        assert_eq!(tally.done, 1, "{tally:?}");
        assert_eq!(tally.spent + tally.gone, 29, "{tally:?}");
    }

    async fn the_code_that_proved_an_enrolment_is_spent(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        for code in [app.code(&at(0)), app.steps_away(&at(0), -1)] {
            let answer = refusal(person.enters_with(&store, &code, &at(10)).await);
            assert_eq!(answer, Refusal::Wrong(Wrong::SpentCode));
        }
        let next = person.enters_with(&store, &app.code(&at(30)), &at(30)).await.ok().unwrap();
        assert_eq!(session_of(&store, &next, &at(30)).await.factor_at, Some(at(30).now));
    }

    async fn f8_a_ticket_for_the_recovery_code_file_is_good_once(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        person.turns_on(&processes[0], &at(0)).await;
        let (set, _) = processes[0].profile(person.id, at(0).now).await.unwrap().recovery_set.unwrap();
        let racers = (0..32).map(|nth| {
            let (store, whose) = (processes[nth % 2].clone(), person.id);
            async move { store.spend_ticket(whose, set, START + Span::minutes(10)).await }
        });
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 31, ..Tally::default() });
        let again = processes[1].spend_ticket(person.id, set, Timestamp::from_seconds(0)).await;
        assert_eq!(again, Err(Refusal::Gone("the ticket")));
    }

    async fn no_file_is_handed_out_with_codes_that_are_dead_or_anothers(house) {
        let store = house.open();
        let (person, other) = (Person::new(&store, "zofie").await, Person::new(&store, "eva").await);
        let app = person.turns_on(&store, &at(0)).await;
        let (old, _) = store.profile(person.id, at(0).now).await.unwrap().recovery_set.unwrap();
        assert_eq!(store.spend_ticket(other.id, old, START).await, Err(Refusal::Gone("the ticket")));
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let (confirmed, codes) = (person.confirms(&session, None, &at(60)), SECOND.set());
        store
            .replace_recovery_codes(confirmed, Some(old), &codes, Lane::Everybody, &at(60), &mut chance())
            .await
            .unwrap();
        assert_eq!(store.spend_ticket(person.id, old, START).await, Err(Refusal::Gone("the ticket")));
        assert_eq!(person.spends_ticket(&store, START).await, Ok(()));
    }

    // Found by the model: the pair was checked, somebody used its first code, and then the pair was spent.
    async fn of_two_codes_in_a_row_neither_may_have_been_spent_meanwhile(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let two = [app.code(&at(60)), app.steps_away(&at(60), 1)];
        let attempt = person.types_two(&store, [&two[0], &two[1]], &at(60)).await;
        person.enters_rightly(&store, &app, &at(60)).await;
        assert_eq!(refusal(finish(&store, pending, attempt, &at(60)).await), Refusal::Spent);
        assert_eq!(house.count("sessions"), 1);
        // What was refused has spent nothing: the second code is good still.
        person.enters_rightly(&store, &app, &at(90)).await;
    }
}

//! An older backup is put back: nothing that was spent, forgotten or ended since revives.

use countersign::{
    Span,
    attempt::Wrong,
    high_water::{Mark, Restored, Verdict},
    sign_in::Methods,
    token::{AddressConfirmation, PasswordReset},
};
use countersign_store::{Lane, Refusal, Store};

use crate::borrowed::{FIRST, SECOND};
use crate::chain::{chain, installation};
use crate::house::{START, after, at, chance};
use crate::person::{Person, finish, refusal};

/// The mark that is kept outside after everything so far was chained.
async fn mark(store: &Store) -> Mark {
    let head = chain(store).await;
    let installation = installation(store).await;
    store.marked(&installation).await.unwrap();
    let chained = store.chained(&installation).await.unwrap();
    assert_eq!(chained.head, head);
    Mark { installation: installation.id, head, at: chained.at.unwrap_or(START) }
}

/// What a start finds out.
async fn judge(store: &Store, mark: Option<&Mark>) -> Verdict {
    let installation = installation(store).await;
    let found = match mark {
        Some(mark) => store.hash_at(&installation, mark.head.link).await.unwrap(),
        None => None,
    };
    Mark::judge(mark, installation.marked, installation.id, found)
}

/// What a start does about it.
async fn deal(store: &Store, restored: &Restored, now: countersign::Timestamp) {
    store.deal_with_restored(&installation(store).await, restored, now).await.unwrap();
}

for_every_database! {
    async fn nothing_of_before_revives_when_an_older_backup_is_put_back(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let other = Person::new(&store, "boris").await;
        let invited = store.invite_account(other.id, at(0).now, &mut chance()).await.unwrap();
        let handed = store.hand_out_password_reset(other.id, &at(0), &mut chance()).await.unwrap();
        store.ask_for_password_reset(&person.key, &at(0)).await.unwrap();
        let link = store.draw_link::<PasswordReset>(person.id, at(0).now, &mut chance()).await.unwrap().unwrap();
        let asks = other.signs_in(&store, &at(0)).await;
        store.ask_for_address_confirmation(&asks, &at(0)).await.unwrap();
        let app = person.turns_on(&store, &at(0)).await;
        let device = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let session = person.enters_with(&store, &app.code(&at(90)), &at(90)).await.ok().unwrap().session;
        let waiting = person.waits_for_code_with_token(&store, &at(100)).await;
        mark(&store).await;
        house.home.back_up();

        // Since the backup a code, a recovery code and a device were spent and forgotten.
        let code = app.code(&at(120));
        person.enters_with(&store, &code, &at(120)).await.ok().unwrap();
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(121)).await;
        person.enters(&store, attempt, &at(121)).await.ok().unwrap();
        store.forget_devices(person.id, None, &at(122)).await.unwrap();
        store.end_sessions(person.id, None, &at(122)).await.unwrap();
        let mark = mark(&store).await;
        assert_eq!(judge(&store, Some(&mark)).await, Verdict::Sound);
        drop(store);
        house.home.put_back();
        let store = house.open();
        let restored = Restored::Behind(mark);
        assert_eq!(judge(&store, Some(&mark)).await, Verdict::Restored(restored));
        let in_flight = (person.types(&store, &code, &at(125)).await, person.waits_for_code(&store, &at(125)).await);
        assert!(in_flight.0.peek_for_the_script().is_ok(), "by itself the backup would take the code again");
        deal(&store, &restored, at(125).now).await;

        let answer = refusal(person.enters_with(&store, &code, &at(126)).await);
        assert_eq!(answer, Refusal::Wrong(Wrong::SpentCode));
        let next = app.steps_away(&at(126), 1);
        let answer = refusal(person.enters_with(&store, &next, &at(126)).await);
        assert_eq!(answer, Refusal::Wrong(Wrong::SpentCode), "it was acceptable before, too");
        for nth in [0, 1] {
            let attempt = person.types_recovery(&store, FIRST.code(nth), &at(126)).await;
            let answer = refusal(person.enters(&store, attempt, &at(126)).await);
            assert_eq!(answer, Refusal::Wrong(Wrong::DoubtedRecoveryCode));
        }
        assert!(store.device(&device.hash(), person.id).await.unwrap().is_none());
        assert!(store.session(&session.hash(), at(126).now).await.unwrap().is_none());
        assert!(store.pending(&waiting.hash(), at(126).now).await.unwrap().is_none());
        assert!(store.invited(&invited.hash(), at(126).now).await.unwrap().is_none());
        for link in [link, handed] {
            assert!(store.link_of(&link.hash(), at(126).now).await.unwrap().is_none());
        }
        let unsent = store.draw_link::<AddressConfirmation>(other.id, at(126).now, &mut chance()).await;
        assert!(unsent.unwrap().is_none(), "a letter of before the backup is not sent any more");
        let late = finish(&store, in_flight.1, in_flight.0, &at(126)).await;
        assert!(matches!(late, Err(Refusal::Gone(_))), "a sign-in under way is outrun");
        assert!(person.spends_ticket(&store, after(Span::days(1)).now).await.is_err());

        // The owner gets in with the phone, and makes new codes.
        let entered = person.enters_with(&store, &app.code(&at(240)), &at(240)).await.ok().unwrap();
        assert!(entered.recovery_codes_doubted && entered.recovery_codes_left.is_none());
        let session = store.session(&entered.session.hash(), at(240).now).await.unwrap().unwrap();
        assert_eq!(session.methods, Methods::PasswordAndCode);
        let profile = store.profile(person.id, at(240).now).await.unwrap();
        assert_eq!((profile.recovery_codes_left, profile.recovery_codes_doubted), (0, Some(at(125).now)));
        let confirmed = person.confirms(&session, None, &at(241));
        let codes = SECOND.set();
        store
            .replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &at(241), &mut chance())
            .await
            .unwrap();
        let attempt = person.types_recovery(&store, SECOND.code(0), &at(242)).await;
        assert!(!person.enters(&store, attempt, &at(242)).await.ok().unwrap().recovery_codes_doubted);
        assert_eq!(house.count("events WHERE kind = 'restored-from-backup' AND actor = 'system'"), 2);
    }

    async fn letters_of_before_are_not_sent_again_and_those_of_afterwards_are(house) {
        let house = crate::outbox::telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        person.waits_for_code(&store, &at(1)).await;
        mark(&store).await;
        assert_eq!(house.count("outbox"), 1);
        deal(&store, &Restored::MarkMissing, at(60).now).await;
        store.end_expired_sign_ins(after(Span::hours(1)).now).await.unwrap();
        assert_eq!(house.count("outbox") + house.count("pending_sign_ins"), 0);
        let (attempt, late) = (person.types(&store, &app.code(&at(150)), &at(150)).await, at(150));
        let pending = person.waits_for_code(&store, &late).await;
        let lane = Lane::Everybody;
        store.finish_sign_in(pending, attempt, true, lane, &late, &mut chance()).await.ok().unwrap();
        assert_eq!(house.count("outbox WHERE kind = 'device-remembered'"), 1);
    }

    async fn dealing_with_it_again_changes_nothing_more_and_two_processes_do_it_one_after_the_other(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let mark = mark(&store).await;
        let before = installation(&store).await;
        let restored = Restored::Differs(mark);
        store.deal_with_restored(&before, &restored, at(60).now).await.unwrap();
        let second = store.deal_with_restored(&before, &restored, at(60).now).await;
        assert!(matches!(second, Err(Refusal::Gone(_))), "{second:?}");
        let floor = house.number("SELECT last_step FROM authenticators");
        deal(&store, &restored, at(60).now).await;
        assert_eq!(house.number("SELECT last_step FROM authenticators"), floor);
        assert_eq!(house.count("restorations"), 2);
        person.enters_rightly(&store, &app, &at(150)).await;
    }

    async fn a_slow_clock_leaves_no_code_unspent_and_floors_never_sink(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(600)).await;
        let mut mark = mark(&store).await;
        mark.at = at(900).now;
        // The clock of the machine shows ten minutes before the last line that was marked.
        deal(&store, &Restored::Behind(mark), at(300).now).await;
        let accepted_then = app.steps_away(&at(900), 1);
        let answer = refusal(person.enters_with(&store, &accepted_then, &at(900)).await);
        assert_eq!(answer, Refusal::Wrong(Wrong::SpentCode), "the clock is right again");
        let floor = house.number("SELECT last_step FROM authenticators");
        deal(&store, &Restored::MarkMissing, at(0).now).await;
        assert_eq!(house.number("SELECT last_step FROM authenticators"), floor);
        person.enters_rightly(&store, &app, &at(990)).await;
    }

    async fn guesses_that_nobody_remembers_count_as_made_and_nobody_is_locked_for_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        Person::new(&store, "without").await;
        mark(&store).await;
        deal(&store, &Restored::MarkMissing, at(60).now).await;
        assert_eq!(house.count("guess_budgets WHERE kind = 'code'"), 1, "only who has something to guess");
        assert_eq!(house.number("SELECT level FROM guess_budgets WHERE kind = 'code'"), 90_000);
        assert_eq!(store.locked(person.id, Lane::Everybody, at(60).now).await.unwrap(), None);
        person.enters_rightly(&store, &app, &at(150)).await;
        house.tamper("UPDATE guess_budgets SET level = 95000, failures = 3 WHERE kind = 'code'");
        deal(&store, &Restored::MarkMissing, at(160).now).await;
        assert_eq!(house.count("guess_budgets WHERE level = 95000 AND failures = 3"), 1, "it only rises");
    }
}

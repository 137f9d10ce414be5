//! Forgotten passwords: one link, one password, and nothing of before opens anything.

use countersign::{Span, notice::Notice, token::PasswordReset, token::Token};
use countersign_store::{
    Lane, Refusal, Store, Visit,
    links::{LinkOf, Purpose as _, WORTH_SENDING},
    outbox::Letter,
};

use crate::borrowed::{FIRST, hash, other_hash};
use crate::house::{START, at, chance};
use crate::outbox::{notices, telling};
use crate::person::{Person, Tally, new_account, password_attempt};
use crate::race::race;

type Link = Token<PasswordReset>;

/// The letter is sent.
async fn drawn(store: &Store, person: &Person, seconds: u32) -> Option<Link> {
    store.draw_link(person.id, at(seconds).now, &mut chance()).await.unwrap()
}

/// Asks, and takes the link out of the letter.
async fn asks(store: &Store, person: &Person, seconds: u32) -> Link {
    store.ask_for_password_reset(&person.key, &at(seconds)).await.unwrap();
    drawn(store, person, seconds).await.unwrap()
}

async fn is_good(store: &Store, link: &Link, seconds: u32) -> bool {
    store.link_of(&link.hash(), at(seconds).now).await.unwrap().is_some()
}

const OVER: Refusal = Refusal::Gone("the link");

for_every_database! {
    async fn a10_e4_setting_a_forgotten_password_ends_everything_and_touches_no_second_factor(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let device = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let waiting = person.waits_for_code_with_token(&store, &at(60)).await;
        let session = person.enters_rightly(&store, &app, &at(90)).await;
        person.scans(&store, &session, &at(90)).await;
        store.invite_account(person.id, START, &mut chance()).await.unwrap();
        store.hand_out_password_reset(person.id, &at(90), &mut chance()).await.unwrap();
        let link = asks(&store, &person, 100).await;
        let factors = || ["authenticators", "recovery_sets", "recovery_codes WHERE used_at IS NULL"].map(|of| house.count(of));
        let before = (factors(), house.number("SELECT last_step FROM authenticators"));

        store.reset_password(&link.hash(), person.id, &other_hash(), &at(110)).await.unwrap();
        for table in ["sessions", "pending_sign_ins", "enrolments", "trusted_devices", "invitations", "links"] {
            assert_eq!(house.count(table), 0, "{table}");
        }
        assert!(store.pending(&waiting.hash(), at(110).now).await.unwrap().is_none());
        assert!(store.device(&device.hash(), person.id).await.unwrap().is_none());
        assert_eq!((factors(), house.number("SELECT last_step FROM authenticators")), before);
        let account = person.account(&store).await;
        assert_eq!((account.two_factor_at, account.password), (Some(at(0).now), Some(other_hash())));
        assert_eq!(account.address_confirmed_at, Some(at(110).now), "the link came to the address");
        // The next sign-in waits for a code, and the code before the reset is spent as it was.
        person.enters_rightly(&store, &app, &at(150)).await;
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(151)).await;
        assert!(person.enters(&store, attempt, &at(151)).await.is_ok());
    }

    async fn a10_a_sign_in_under_way_does_not_slip_past_the_new_password(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let as_it_was = person.account(&store).await;
        let link = asks(&store, &person, 0).await;
        store.reset_password(&link.hash(), person.id, &other_hash(), &at(1)).await.unwrap();
        let next = countersign::sign_in::after_password(store.policy(), &person.proof, countersign::sign_in::TwoFactor::Off, None, at(1).now);
        let countersign::sign_in::Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
        let opened = store.open_session(&authenticated, &as_it_was, &at(1), &mut chance()).await;
        assert!(matches!(opened.err(), Some(Refusal::Gone(_))));
        assert_eq!(house.count("sessions"), 0);
    }

    async fn b11_of_thirty_two_who_hold_the_link_one_sets_a_password(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let link = asks(&processes[0], &person, 0).await;
        let racers = (0..32).map(|nth| {
            let (store, token, account) = (processes[nth % 2].clone(), link.hash(), person.id);
            async move { store.reset_password(&token, account, &other_hash(), &at(1)).await }
        });
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 31, ..Tally::default() });
        assert_eq!(house.count("events WHERE kind = 'password-reset' AND method = 'link' AND actor = 'visitor'"), 1);
        assert_eq!(house.count("events WHERE kind = 'address-confirmed'"), 1);
    }

    async fn b11_a_link_is_good_for_an_hour_and_a_newer_request_kills_it_before_its_letter_is_sent(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let older = asks(&store, &person, 0).await;
        let expected = LinkOf { account: person.id, email: "zofie@example.org".into(), name: "zofie".into() };
        assert_eq!(store.link_of(&older.hash(), START).await, Ok(Some(expected)));
        assert!(is_good(&store, &older, 3599).await && !is_good(&store, &older, 3600).await);
        let late = store.reset_password(&older.hash(), person.id, &other_hash(), &at(3600)).await;
        assert_eq!(late, Err(OVER));
        store.ask_for_password_reset(&person.key, &at(1)).await.unwrap();
        assert!(!is_good(&store, &older, 1).await);
        let newer = drawn(&store, &person, 2).await.unwrap();
        // The mail server did not take the letter: it is sent once more, with a fresh link.
        let again = drawn(&store, &person, 3).await.unwrap();
        assert!(!is_good(&store, &newer, 3).await && is_good(&store, &again, 3).await);
        for dead in [&older, &newer] {
            let refused = store.reset_password(&dead.hash(), person.id, &other_hash(), &at(3)).await;
            assert_eq!(refused, Err(OVER));
        }
        assert_eq!(person.account(&store).await.password, Some(hash()));
        assert_eq!(PasswordReset::GOOD_FOR, Span::hours(1));
        let processes = [store, house.open()];
        assert!(is_good(&processes[1], &again, 3).await, "every process knows it");
    }

    async fn a_letter_that_nobody_wants_any_more_gets_no_link(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        assert!(drawn(&store, &person, 0).await.is_none(), "nobody asked");
        let link = asks(&store, &person, 0).await;
        store.reset_password(&link.hash(), person.id, &other_hash(), &at(1)).await.unwrap();
        assert!(drawn(&store, &person, 1).await.is_none(), "the password is set");
        store.ask_for_password_reset(&person.key, &at(2)).await.unwrap();
        let late = at(2).now + WORTH_SENDING;
        let drawn_late = store.draw_link::<PasswordReset>(person.id, late, &mut chance()).await;
        assert!(drawn_late.unwrap().is_none(), "the mail server was away for a day");
        store.disable_account(person.id, &at(3)).await.unwrap();
        store.enable_account(person.id, &at(4)).await.unwrap();
        assert!(drawn(&store, &person, 4).await.is_none(), "the account was disabled");
    }

    async fn a10_no_link_outlives_disabling_and_none_is_made_for_a_disabled_account(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let mailed = asks(&store, &person, 0).await;
        let handed = store.hand_out_password_reset(person.id, &at(0), &mut chance()).await.unwrap();
        store.disable_account(person.id, &at(1)).await.unwrap();
        let refused = store.hand_out_password_reset(person.id, &at(1), &mut chance()).await;
        assert_eq!(refused.err(), Some(Refusal::Gone("the account")));
        store.ask_for_password_reset(&person.key, &at(1)).await.unwrap();
        assert_eq!((house.count("links"), drawn(&store, &person, 1).await.is_none()), (0, true));
        store.enable_account(person.id, &at(2)).await.unwrap();
        for link in [mailed, handed] {
            assert!(!is_good(&store, &link, 2).await);
            let refused = store.reset_password(&link.hash(), person.id, &other_hash(), &at(2)).await;
            assert_eq!(refused, Err(OVER));
        }
    }

    async fn a25_a_link_sets_the_password_of_its_own_account_alone(house) {
        let store = house.open();
        let zofie = Person::new(&store, "zofie").await;
        let adam = Person::new(&store, "adam").await;
        let link = asks(&store, &zofie, 0).await;
        let before = house.everything();
        let refused = store.reset_password(&link.hash(), adam.id, &other_hash(), &at(1)).await;
        assert_eq!(refused, Err(OVER));
        assert_eq!(house.everything(), before);
    }

    async fn a_link_goes_with_the_address_it_was_sent_to(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let link = asks(&store, &person, 0).await;
        house.tamper("UPDATE accounts SET email = 'eve@example.org', email_key = 'eve@example.org'");
        assert!(!is_good(&store, &link, 1).await);
        let refused = store.reset_password(&link.hash(), person.id, &other_hash(), &at(1)).await;
        assert_eq!((refused, drawn(&store, &person, 1).await.is_none()), (Err(OVER), true));
    }

    async fn g5_an_address_that_nobody_has_is_counted_the_same_and_gets_nothing(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let letters = |key: &'static str| {
            let store = store.clone();
            async move {
                let mut sent = Vec::new();
                // Three at once, then one an hour.
                for seconds in [0, 0, 1, 1, 3599, 3600, 3601, 7200, 7200, 86400, 86400, 86400, 86400] {
                    sent.push(store.ask_for_password_reset(key, &at(seconds)).await.is_ok());
                }
                sent
            }
        };
        let expected =
            [true, true, true, false, false, true, false, true, false, true, true, true, false];
        assert_eq!(letters("nobody@example.org").await, expected);
        assert_eq!((house.count("links"), house.count("events WHERE kind LIKE '%reset%'")), (0, 0));
        let refused = store.ask_for_password_reset("nobody@example.org", &at(86400)).await.unwrap_err();
        assert!(refused.finds_letters_enough());
        assert_eq!(letters("zofie@example.org").await, expected);
        assert_eq!(person.key, "zofie@example.org");
        assert_eq!(house.count("events WHERE kind = 'password-reset-asked' AND actor = 'visitor'"), 8);
        assert_eq!(house.number("SELECT count(*) FROM link_allowances"), 2);
    }

    async fn asking_again_when_the_letters_are_used_up_leaves_the_last_link_as_it_is(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        for _ in 0..2 {
            asks(&processes[0], &person, 0).await;
        }
        let link = asks(&processes[0], &person, 0).await;
        let before = house.everything();
        let racers = (0..32).map(|nth| {
            let (store, key) = (processes[nth % 2].clone(), person.key.clone());
            async move { store.ask_for_password_reset(&key, &at(1)).await }
        });
        assert_eq!(Tally::of(race(racers).await), Tally { gone: 32, ..Tally::default() });
        assert_eq!(house.everything(), before);
        assert!(is_good(&processes[1], &link, 1).await);
    }

    async fn strangers_who_guess_at_the_password_do_not_keep_its_owner_waiting_after_a_reset(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let guess = || async {
            let attempt = password_attempt(None, "x", &at(0));
            store.settle_password(&person.key, Some(person.id), Lane::Everybody, attempt, &at(0)).await
        };
        while !matches!(guess().await, Err(Refusal::Locked(_))) {}
        while !matches!(person.enters_with(&store, &app.wrong(&at(60)), &at(60)).await, Err(Refusal::Locked(_))) {}
        let link = asks(&store, &person, 70).await;
        store.reset_password(&link.hash(), person.id, &other_hash(), &at(70)).await.unwrap();
        assert!(matches!(guess().await, Err(Refusal::Wrong(_))), "passwords are looked at again");
        let locked = store.locked(person.id, Lane::Everybody, at(70).now).await.unwrap();
        assert!(locked.is_some(), "who reads the mail knows no code: codes wait as before");
    }

    async fn a_link_that_an_administrator_hands_out_confirms_no_address_and_no_letter_takes_its_place(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let older = store.hand_out_password_reset(person.id, &at(0), &mut chance()).await.unwrap();
        let handed = store.hand_out_password_reset(person.id, &at(0), &mut chance()).await.unwrap();
        let mailed = asks(&store, &person, 1).await;
        assert!(!is_good(&store, &older, 1).await, "a newer one kills the older");
        assert!(is_good(&store, &handed, 1).await, "a stranger who asks for a letter takes nothing from it");
        assert!(is_good(&store, &handed, 86_399).await && !is_good(&store, &handed, 86_400).await);
        store.reset_password(&handed.hash(), person.id, &other_hash(), &at(2)).await.unwrap();
        assert!(!is_good(&store, &mailed, 2).await, "one password is forgotten once");
        assert_eq!(person.account(&store).await.address_confirmed_at, None);
        assert_eq!(house.count("events WHERE kind = 'address-confirmed'"), 0);
    }

    async fn whoever_was_invited_and_lost_the_link_may_ask_for_a_letter_and_the_invitation_is_void(house) {
        let store = house.open();
        let mut new = new_account("zofie");
        new.password = None;
        let id = store.add_account(&new, &at(0), &mut chance()).await.unwrap();
        let invitation = store.invite_account(id, START, &mut chance()).await.unwrap();
        store.ask_for_password_reset(new.email.key(), &at(0)).await.unwrap();
        let link = store.draw_link::<PasswordReset>(id, START, &mut chance()).await.unwrap().unwrap();
        store.reset_password(&link.hash(), id, &other_hash(), &at(1)).await.unwrap();
        assert_eq!(store.invited(&invitation.hash(), START).await, Ok(None));
    }

    async fn a_password_that_was_set_otherwise_is_not_forgotten_any_more(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let link = asks(&store, &person, 0).await;
        let session = person.signs_in(&store, &at(1)).await;
        let confirmed = person.confirms(&session, None, &at(1));
        store.change_password(confirmed, &other_hash(), Lane::Everybody, &at(1)).await.unwrap();
        assert!(!is_good(&store, &link, 1).await);
        assert!(drawn(&store, &person, 1).await.is_none());
    }

    async fn every_request_writes_one_letter_without_a_link_and_only_to_somebody_who_is_there(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let disabled = Person::new(&store, "adam").await;
        store.disable_account(disabled.id, &at(0)).await.unwrap();
        for key in ["nobody@example.org", disabled.key.as_str()] {
            store.ask_for_password_reset(key, &at(1)).await.unwrap();
        }
        assert_eq!(house.count("outbox WHERE letter = 'password-reset'"), 0);
        let visit = Visit { address: Some("192.0.2.7".to_owned()), ..at(1) };
        for _ in 0..5 {
            let _enough = store.ask_for_password_reset(&person.key, &visit).await;
        }
        assert_eq!(house.count("outbox WHERE letter = 'password-reset'"), 1, "only the newest is sent");
        let mut letters = Vec::new();
        for seconds in [1, 3601] {
            let visit = Visit { now: at(seconds).now, ..visit.clone() };
            // The mail server was out of reach for the first one: it does not come behind the second.
            store.ask_for_password_reset(&person.key, &visit).await.unwrap_or_default();
            while let Some(taken) = store.take_letter(visit.now).await.unwrap() {
                if matches!(taken.letter, Letter::PasswordReset { .. }) {
                    store.letter_failed(&taken, "451 later", false, visit.now).await.unwrap();
                    letters.push(taken);
                }
            }
        }
        assert_eq!((letters.len(), house.count("outbox WHERE letter = 'password-reset'")), (2, 1));
        let asked = Letter::PasswordReset {
            browser: Some("Firefox on Linux".to_owned()),
            address: Some("192.0.2.7".to_owned()),
        };
        for letter in letters {
            assert_eq!((&letter.letter, letter.to.email.as_str()), (&asked, "zofie@example.org"));
            assert_eq!(letter.to.account, Some(person.id));
        }
        assert_eq!(house.count("links WHERE token IS NOT NULL"), 0);
        house.tamper("DELETE FROM outbox");
        let link = drawn(&store, &person, 3602).await.unwrap();
        store.reset_password(&link.hash(), person.id, &other_hash(), &at(3603)).await.unwrap();
        assert_eq!(notices(&store, at(3604).now).await, [Notice::PasswordReset]);
    }

    async fn e10_the_database_holds_no_link_but_its_hash(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        store.ask_for_password_reset(&person.key, &at(0)).await.unwrap();
        assert_eq!(house.count("links WHERE token IS NULL AND good_until IS NULL"), 1, "nothing to steal yet");
        let link = drawn(&store, &person, 0).await.unwrap();
        let everything = house.home.bytes();
        assert!(!everything.windows(43).any(|bytes| bytes == link.reveal().as_bytes()));
        assert!(everything.windows(32).any(|bytes| bytes == link.hash().as_bytes()));
    }
}

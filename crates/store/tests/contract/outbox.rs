//! Letters: written with what they tell or not at all, sent by one at a time, and never lost.

use countersign::{Span, Timestamp, event::Actor, notice::Notice, policy::Policy};
use countersign_store::{
    Lane, Store, Visit,
    outbox::{Fate, Letter, TAKEN_FOR, Taken},
};

use crate::authenticators::add;
use crate::borrowed::{FIRST, SECOND, hash};
use crate::house::{House, START, after, at, chance};
use crate::person::{Person, name, password_attempt};
use crate::race::race;

/// The same house, where owners are told by mail.
pub(crate) fn telling(house: House) -> House {
    house.under(Policy { notices: true, ..Policy::default() })
}

/// Every notice that is due, in order; none of them is in the outbox afterwards.
pub(crate) async fn notices(store: &Store, now: Timestamp) -> Vec<Notice> {
    let mut told = Vec::new();
    while let Some(taken) = store.take_letter(now).await.unwrap() {
        store.letter_sent(&taken).await.unwrap();
        told.push(notice(&taken));
    }
    told
}

fn notice(taken: &Taken) -> Notice {
    let Letter::Notice { notice, .. } = &taken.letter else { panic!("{taken:?}") };
    notice.clone()
}

/// Whatever can happen to an account, one thing after the other, and nothing of it twice.
async fn everything_happens(store: &Store) -> Person {
    let (lane, person) = (Lane::Everybody, Person::new(store, "zofie").await);
    let app = person.turns_on(store, &at(0)).await;
    person.enters_and_is_remembered(store, &app, &at(60)).await;
    let session = person.enters_rightly(store, &app, &at(90)).await;
    let tablet = add(store, &person, &session, &at(92)).await.unwrap();
    store.rename_authenticator(person.id, tablet.authenticator, &name("Slate"), &at(93)).await.unwrap();
    let sure = |seconds| person.confirms(&session, None, &at(seconds));
    store.remove_authenticator(sure(94), tablet.authenticator, lane, &at(94)).await.unwrap();
    let attempt = person.types_recovery(store, FIRST.code(0), &at(120)).await;
    person.enters(store, attempt, &at(120)).await.ok().unwrap();
    let (codes, mut rng) = (SECOND.set(), chance());
    store.replace_recovery_codes(sure(121), None, &codes, lane, &at(121), &mut rng).await.unwrap();
    for second in 130..140 {
        let _wrong_or_refused = person.enters_with(store, &app.wrong(&at(second)), &at(second)).await;
        let wrong = password_attempt(None, "wrong", &at(second));
        let _wrong_or_refused =
            store.settle_password(&person.key, Some(person.id), lane, wrong, &at(second)).await;
        store.sign_up_repeated(&person.key, &at(second)).await.unwrap();
    }
    store.change_password(sure(141), &hash(), lane, &at(141)).await.unwrap();
    store.turn_off(sure(142), lane, &at(142)).await.unwrap();
    let terminal = |seconds| Visit { actor: Actor::Administrator, ..at(seconds) };
    store.sign_out_account(person.id, &terminal(150)).await.unwrap();
    person.turns_on(store, &at(180)).await;
    store.reset_two_factor(person.id, "Lost the phone", &terminal(190)).await.unwrap();
    store.unlock_account(&person.account(store).await, &terminal(191)).await.unwrap();
    store.disable_account(person.id, &terminal(192)).await.unwrap();
    store.enable_account(person.id, &terminal(193)).await.unwrap();
    person.signs_in(store, &at(194)).await;
    store.sign_everybody_out(&terminal(195)).await.unwrap();
    person
}

for_every_database! {
    async fn h1_every_event_that_its_owner_is_told_of_has_its_letter_and_others_have_none(house) {
        let house = telling(house);
        let store = house.open();
        everything_happens(&store).await;
        let authenticator = || "Phone".to_owned();
        let told = notices(&store, START + Span::hours(1)).await;
        let expected = [
            Notice::TwoFactorOn { authenticator: authenticator() },
            // Ten sign-ins that were never finished: ended by the new password, and told as of the moment of the old one.
            Notice::SecondFactorMissing { wrong: 5 },
            Notice::DeviceRemembered,
            Notice::AuthenticatorAdded { authenticator: "Tablet".to_owned() },
            Notice::AuthenticatorRemoved { authenticator: "Slate".to_owned() },
            Notice::RecoveryCodeUsed { left: 9 },
            Notice::RecoveryCodesReplaced,
            Notice::SignUpRepeated,
            Notice::TooManyWrongCodes,
            Notice::PasswordChanged,
            Notice::TwoFactorOff,
            Notice::SignedOutByAdministrator,
            Notice::TwoFactorOn { authenticator: authenticator() },
            Notice::TwoFactorReset { reason: "Lost the phone".to_owned() },
            Notice::AccountDisabled,
            Notice::AccountEnabled,
            Notice::SignedOutByAdministrator,
        ];
        assert_eq!(told, expected);
        assert_eq!(house.count("outbox"), 0);
    }

    async fn a_letter_says_who_and_whence_whatever_changes_afterwards(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        store.set_language(person.id, "cs").await.unwrap();
        store.vouch_for_address(person.id, &at(4)).await.unwrap();
        let visit = Visit { address: Some("192.0.2.7".to_owned()), ..at(5) };
        person.turns_on(&store, &visit).await;
        store.rename_account(person.id, &name("Somebody else"), &at(6)).await.unwrap();
        store.set_language(person.id, "en").await.unwrap();
        let taken = store.take_letter(at(7).now).await.unwrap().unwrap();
        let (to, whence) = (&taken.to, "Firefox on Linux".to_owned());
        assert_eq!((to.account, to.email.as_str(), to.name.as_str()), (Some(person.id), "zofie@example.org", "zofie"));
        assert_eq!((to.language.as_deref(), taken.at), (Some("cs"), at(5).now));
        let expected = Letter::Notice {
            notice: Notice::TwoFactorOn { authenticator: "Phone".to_owned() },
            actor: Some(Actor::Owner),
            browser: Some(whence),
            address: Some("192.0.2.7".to_owned()),
        };
        assert_eq!(taken.letter, expected);
    }

    async fn where_no_mail_is_sent_no_letter_is_written(house) {
        let store = house.open();
        everything_happens(&store).await;
        store.end_expired_sign_ins(START + Span::hours(1)).await.unwrap();
        assert_eq!(house.count("outbox") + house.count("notices_told") + house.count("pending_sign_ins"), 0);
    }

    async fn what_was_refused_is_told_to_nobody(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        assert_eq!(notices(&store, at(61).now).await.len(), 1);
        let removed = person.confirms(&session, None, &at(62));
        assert!(store.remove_authenticator(removed, app.authenticator, Lane::Everybody, &at(62)).await.is_err());
        assert!(store.enable_account(person.id, &at(63)).await.is_err());
        assert_eq!(house.count("outbox"), 0);
    }

    async fn f9_a_recovery_code_that_is_used_is_told_with_how_many_are_left_every_time(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        notices(&store, at(1).now).await;
        for (nth, seconds) in (0..3).zip([60, 61, 62]) {
            let attempt = person.types_recovery(&store, FIRST.code(nth), &at(seconds)).await;
            person.enters(&store, attempt, &at(seconds)).await.ok().unwrap();
        }
        let left = [9, 8, 7].map(|left| Notice::RecoveryCodeUsed { left });
        assert_eq!(notices(&store, at(63).now).await, left);
    }

    async fn strangers_cannot_flood_a_mailbox_and_are_told_of_again_after_an_hour(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        notices(&store, at(1).now).await;
        let mut told = Vec::new();
        for minute in (0..240).step_by(10) {
            let visit = after(Span::minutes(minute));
            let _wrong_or_refused = person.again(&visit).enters_with(&store, &app.wrong(&visit), &visit).await;
            store.sign_up_repeated(&person.key, &visit).await.unwrap();
            store.end_expired_sign_ins(visit.now).await.unwrap();
            told.extend(notices(&store, visit.now).await);
        }
        let kinds: [fn(&Notice) -> bool; 3] = [
            |told| matches!(told, Notice::TooManyWrongCodes),
            |told| matches!(told, Notice::SignUpRepeated),
            |told| matches!(told, Notice::SecondFactorMissing { .. }),
        ];
        for kind in kinds {
            let times = told.iter().filter(|told| kind(told)).count();
            assert!((3..=4).contains(&times), "{told:?}");
        }
        assert!(told.len() <= 12, "{told:?}");
        store.sweep(START + Span::hours(6)).await.unwrap();
        assert_eq!(house.count("notices_told"), 0);
    }

    async fn a_letter_is_in_one_hand_at_a_time_whoever_asks(house) {
        let house = telling(house);
        let processes = [house.open(), house.open()];
        let mut people = 0;
        for who in ["anna", "boris", "cecil", "dana", "emil", "fanny"] {
            Person::new(&processes[0], who).await.turns_on(&processes[0], &at(0)).await;
            people += 1;
        }
        let racers = (0..32).map(|nth: usize| {
            let store = processes[nth % 2].clone();
            async move { store.take_letter(at(1).now).await.unwrap() }
        });
        let taken: Vec<Taken> = race(racers).await.into_iter().flatten().collect();
        let names: std::collections::BTreeSet<String> = taken.iter().map(Taken::name).collect();
        assert_eq!((taken.len(), names.len()), (people, people));
        assert_eq!(house.count("outbox"), 6, "none is removed before it is sent");
        assert!(processes[0].take_letter(at(2).now).await.unwrap().is_none());
    }

    async fn what_a_dead_sender_had_in_hand_is_sent_by_the_next_under_the_same_name(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let first = store.take_letter(at(1).now).await.unwrap().unwrap();
        let over = at(1).now + TAKEN_FOR;
        assert!(store.take_letter(over - Span::milliseconds(1)).await.unwrap().is_none());
        let second = house.open().take_letter(over).await.unwrap().unwrap();
        assert_eq!(first.name(), second.name());
        // It was not dead after all: what it says of a letter in another hand does not count.
        store.letter_failed(&first, "too late", true, over).await.unwrap();
        assert_eq!(store.outbox().await.unwrap().given_up, 0);
        store.letter_sent(&second).await.unwrap();
        assert_eq!(house.count("outbox"), 0);
    }

    async fn a_letter_that_is_not_accepted_waits_longer_each_time_and_is_given_up_after_days(house) {
        let house = telling(house);
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        person.turns_on(&store, &at(0)).await;
        let (mut now, mut waits) = (START, Vec::new());
        loop {
            let taken = store.take_letter(now).await.unwrap().unwrap();
            match store.letter_failed(&taken, "451 greylisted", false, now).await.unwrap() {
                Fate::GivenUp => break,
                Fate::Waits(until) => {
                    assert!(store.take_letter(until - Span::milliseconds(1)).await.unwrap().is_none());
                    waits.push((until.milliseconds() - now.milliseconds()) / 1000);
                    now = until;
                }
            }
        }
        assert_eq!(waits[..4], [30, 60, 120, 240]);
        assert!(waits.iter().all(|wait| *wait <= 6 * 3600) && waits.windows(2).all(|two| two[0] <= two[1]));
        assert!(now >= START + Span::days(3) && now <= START + Span::days(4), "{waits:?}");
        let outbox = store.outbox().await.unwrap();
        assert_eq!((outbox.waiting, outbox.given_up, outbox.trouble.as_deref()), (0, 1, Some("451 greylisted")));
        assert!(store.take_letter(now + Span::days(300)).await.unwrap().is_none());
        store.sweep(now + Span::days(29)).await.unwrap();
        assert_eq!(house.count("outbox"), 1);
        store.sweep(now + Span::days(30)).await.unwrap();
        assert_eq!(house.count("outbox"), 0);
    }

    async fn a_letter_that_is_refused_for_good_is_tried_once(house) {
        let house = telling(house);
        let store = house.open();
        Person::new(&store, "zofie").await.turns_on(&store, &at(0)).await;
        let taken = store.take_letter(at(0).now).await.unwrap().unwrap();
        let long = "550 no such user ".repeat(100);
        assert_eq!(store.letter_failed(&taken, &long, true, at(0).now).await.unwrap(), Fate::GivenUp);
        assert!(store.take_letter(at(999).now).await.unwrap().is_none());
        assert_eq!(store.outbox().await.unwrap().trouble.unwrap().len(), 500);
    }

    async fn a_letter_of_another_version_is_left_to_whoever_asks_what_it_is(house) {
        let house = telling(house);
        let store = house.open();
        Person::new(&store, "zofie").await.turns_on(&store, &at(0)).await;
        house.tamper("UPDATE outbox SET letter = 'postcard'");
        assert_eq!(store.take_letter(at(0).now).await.unwrap().unwrap().letter, Letter::Unknown);
    }
}

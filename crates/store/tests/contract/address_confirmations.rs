//! Confirmed addresses, and that 2FA waits for them where mail is sent.

use countersign::{
    event::Actor,
    policy::Policy,
    token::{AddressConfirmation, PasswordReset, Token},
};
use countersign_store::{Refusal, Store, Visit, links::Purpose as _};

use crate::borrowed::FIRST;
use crate::house::{at, chance};
use crate::person::{Person, Tally};
use crate::race::race;

/// The policy where mail is sent.
fn mailing() -> Policy {
    Policy { address_first: true, ..Policy::default() }
}

/// Asks while signed in, and takes the link out of the letter.
async fn asks(store: &Store, person: &Person, seconds: u32) -> Token<AddressConfirmation> {
    let session = person.signs_in(store, &at(seconds)).await;
    store.ask_for_address_confirmation(&session, &at(seconds)).await.unwrap();
    store.draw_link(person.id, at(seconds).now, &mut chance()).await.unwrap().unwrap()
}

const OVER: Refusal = Refusal::Gone("the link");

for_every_database! {
    async fn where_mail_is_sent_2fa_is_turned_on_with_a_confirmed_address_alone(house) {
        let house = house.under(mailing());
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        assert!(session.standing().must_confirm_address(store.policy()));
        let app = person.scans(&store, &session, &at(0)).await;
        let before = house.everything();
        let refused = person.proves(&store, &session, &app, &FIRST, &at(0)).await;
        assert!(matches!(refused, Err(Refusal::Gone(_))), "whichever way one came here");
        assert_eq!(house.everything(), before);
        let link = asks(&store, &person, 1).await;
        store.confirm_address(&link.hash(), person.id, &at(2)).await.unwrap();
        person.proves(&store, &session, &app, &FIRST, &at(2)).await.unwrap();
        assert_eq!(house.count("events WHERE kind = 'address-confirmed' AND method = 'link'"), 1);
    }

    async fn second_factors_from_before_mail_was_sent_are_never_touched(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        drop(store);
        let house = house.under(mailing());
        let store = house.open();
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        assert!(!session.standing().must_confirm_address(store.policy()));
        let tablet = person.scans(&store, &session, &at(60)).await;
        let enrolment = store.enrolment(person.id, session.id, at(60).now).await.unwrap().unwrap();
        let proven = enrolment.prove(&tablet.code(&at(60)), at(60).now).unwrap();
        store.add_authenticator(&proven, &crate::person::name("Tablet"), &at(60)).await.unwrap();
    }

    async fn b11_one_link_confirms_once_the_address_that_it_was_sent_to(house) {
        let processes = [house.open(), house.open()];
        let store = &processes[0];
        let person = Person::new(store, "zofie").await;
        let older = asks(store, &person, 0).await;
        let link = asks(store, &person, 1).await;
        assert_eq!(store.confirm_address(&older.hash(), person.id, &at(2)).await, Err(OVER));
        let other = Person::new(store, "adam").await;
        assert_eq!(store.confirm_address(&link.hash(), other.id, &at(2)).await, Err(OVER));
        let late = Visit { now: at(1).now + AddressConfirmation::GOOD_FOR, ..at(1) };
        let late = store.confirm_address(&link.hash(), person.id, &late).await;
        assert_eq!(late, Err(OVER));
        let racers = (0..32).map(|nth| {
            let (store, token, account) = (processes[nth % 2].clone(), link.hash(), person.id);
            async move { store.confirm_address(&token, account, &at(3)).await }
        });
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 31, ..Tally::default() });
        assert_eq!(house.count("accounts WHERE address_confirmed_at IS NOT NULL"), 1);
        assert_eq!(house.count("events WHERE kind = 'address-confirmed'"), 1);

        let moved = asks(store, &other, 4).await;
        house.tamper("UPDATE accounts SET email_key = 'eve@example.org' WHERE name = 'adam'");
        assert_eq!(store.confirm_address(&moved.hash(), other.id, &at(5)).await, Err(OVER));
        assert_eq!(house.count("accounts WHERE address_confirmed_at IS NOT NULL"), 1);
    }

    async fn a24_a_link_of_one_purpose_does_nothing_for_another(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let confirms = asks(&store, &person, 0).await;
        store.ask_for_password_reset(&person.key, &at(0)).await.unwrap();
        let resets: Token<PasswordReset> =
            store.draw_link(person.id, at(0).now, &mut chance()).await.unwrap().unwrap();
        let before = house.everything();
        let as_reset: Token<PasswordReset> = Token::parse(confirms.reveal()).unwrap();
        let as_confirmation: Token<AddressConfirmation> = Token::parse(resets.reveal()).unwrap();
        let password = crate::borrowed::other_hash();
        let refused = store.reset_password(&as_reset.hash(), person.id, &password, &at(1)).await;
        assert_eq!(refused, Err(OVER));
        assert_eq!(store.confirm_address(&as_confirmation.hash(), person.id, &at(1)).await, Err(OVER));
        assert_eq!(store.link_of(&as_reset.hash(), at(1).now).await, Ok(None));
        assert_eq!(house.everything(), before);
    }

    async fn nobody_floods_a_mailbox_and_nobody_confirms_what_is_confirmed(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        for _ in 0..3 {
            store.ask_for_address_confirmation(&session, &at(0)).await.unwrap();
        }
        let refused = store.ask_for_address_confirmation(&session, &at(0)).await.unwrap_err();
        assert!(refused.finds_letters_enough());
        // Letters of one purpose do not use up those of another.
        store.ask_for_password_reset(&person.key, &at(0)).await.unwrap();
        let by_hand = Visit { actor: Actor::Administrator, ..at(1) };
        store.vouch_for_address(person.id, &by_hand).await.unwrap();
        assert_eq!(house.count("links WHERE purpose = 'address-confirmation'"), 0);
        assert_eq!(
            house.count("events WHERE kind = 'address-confirmed' AND actor = 'administrator' AND method = 'terminal'"),
            1
        );
        assert!(matches!(store.vouch_for_address(person.id, &by_hand).await, Err(Refusal::Gone(_))));
        let again = store.ask_for_address_confirmation(&session, &at(2)).await.unwrap_err();
        assert!(!again.finds_letters_enough(), "{again:?}");
    }
}

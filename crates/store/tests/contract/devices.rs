//! Trusted devices: thirty days from the code that earned them, each its owner's alone.

use countersign::{
    SessionId, Span,
    policy::Policy,
    sign_in::{self, Methods, Next},
    token::{self, Token},
};
use countersign_store::{Lane, Refusal, Store, Visit, devices::Remember};

use crate::app::App;
use crate::house::{after, at, chance};
use crate::outbox::telling;
use crate::person::{Person, finish};

/// Signs in with the password and this device's token, which becomes the next one; tells by which methods, or `None`
/// where a code is asked.
pub(crate) async fn enters_on(
    store: &Store,
    person: &Person,
    token: &mut Token<token::Device>,
    visit: &Visit,
) -> Option<Methods> {
    enters_on_going_on_from(None, store, person, token, visit).await
}

/// The same in a browser that gave this sign-in up before.
pub(crate) async fn enters_on_going_on_from(
    before: Option<&Token<token::Pending>>,
    store: &Store,
    person: &Person,
    token: &mut Token<token::Device>,
    visit: &Visit,
) -> Option<Methods> {
    let account = person.account(store).await;
    let device = store.device(&token.hash(), person.id).await.unwrap();
    let on = account.two_factor();
    match sign_in::after_password(store.policy(), &person.proof, on, device.as_ref(), visit.now) {
        Next::SignedIn(authenticated) => {
            let (mut rng, present) = (chance(), token.hash());
            let authenticated = authenticated.going_on_from(before.map(Token::hash));
            let opened = store.open_session_on_device(&authenticated, &account, &present, visit, &mut rng);
            let (session, next) = opened.await.unwrap();
            *token = next;
            let session = store.session(&session.hash(), visit.now).await.unwrap().unwrap();
            assert_eq!(session.factor_at, None, "a remembered device is not an authentication");
            Some(session.methods)
        }
        Next::NeedsFactor(_) | Next::MustEnrol(_) | Next::NeedsLink(_) => None,
    }
}

/// The rows of a session for which a device had stood.
fn resting(session: SessionId) -> String {
    format!("sessions WHERE id = '{session}' AND device_id IS NOT NULL")
}

for_every_database! {
    async fn e12_a_remembered_device_is_asked_for_no_code_for_thirty_days_and_use_adds_none(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let mut token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let earned = Span::seconds(60);
        for day in [0, 1, 15, 29] {
            let visit = after(earned).now + Span::days(day);
            let visit = Visit { now: visit, ..at(0) };
            assert_eq!(
                enters_on(&store, &person, &mut token, &visit).await,
                Some(Methods::PasswordOnTrustedDevice)
            );
        }
        let over = Visit { now: after(earned).now + Span::days(30), ..at(0) };
        assert_eq!(enters_on(&store, &person, &mut token, &over).await, None);
        assert_eq!(
            house.number("SELECT expires_at - remembered_at FROM trusted_devices"),
            Span::days(30).as_milliseconds()
        );
    }

    async fn e5_each_browser_is_a_device_of_its_own_and_one_is_forgotten_alone(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let mut laptop = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let mut tablet = person.enters_and_is_remembered(&store, &app, &at(90)).await;
        let listed = store.profile(person.id, at(90).now).await.unwrap().devices;
        assert_eq!(listed.len(), 2);
        let first = listed.iter().find(|device| device.is(Some(&laptop.hash()))).unwrap();
        assert!(!first.is(Some(&tablet.hash())) && !first.is(None));
        store.forget_device(person.id, first.id, None, &at(90)).await.unwrap();
        assert_eq!(enters_on(&store, &person, &mut laptop, &at(90)).await, None);
        assert!(enters_on(&store, &person, &mut tablet, &at(90)).await.is_some());
        assert_eq!(store.forget_device(person.id, first.id, None, &at(90)).await, Err(Refusal::Gone("the device")));
        assert_eq!(house.count("events WHERE kind = 'device-forgotten' AND subject = 'Firefox on Linux'"), 1);
        store.forget_devices(person.id, None, &at(90)).await.unwrap();
        assert_eq!(enters_on(&store, &person, &mut tablet, &at(90)).await, None);
        assert_eq!(house.count("events WHERE kind = 'devices-forgotten' AND count = 1"), 1);
    }

    async fn e5_who_forgets_a_device_ends_the_sessions_for_which_it_had_stood_and_stays_signed_in(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let mut laptop = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let mut tablet = person.enters_and_is_remembered(&store, &app, &at(90)).await;
        let by_code = house.count("sessions");
        for seconds in [91, 92] {
            enters_on(&store, &person, &mut laptop, &at(seconds)).await.unwrap();
            enters_on(&store, &person, &mut tablet, &at(seconds)).await.unwrap();
        }
        let profile = store.profile(person.id, at(93).now).await.unwrap();
        let first = profile.devices.iter().find(|device| device.is(Some(&laptop.hash()))).unwrap().id;
        store.forget_device(person.id, first, None, &at(93)).await.unwrap();
        assert_eq!(house.count("sessions"), by_code + 2);
        let own = profile.sessions.iter().find(|one| house.count(&resting(one.id)) == 1).unwrap().id;
        store.forget_devices(person.id, Some(own), &at(94)).await.unwrap();
        assert_eq!((house.count("sessions"), house.count(&resting(own))), (by_code + 1, 1));
    }

    async fn two_people_who_share_a_browser_each_keep_their_own_device(house) {
        let store = house.open();
        let (zofie, adam) = (Person::new(&store, "zofie").await, Person::new(&store, "adam").await);
        let app = zofie.turns_on(&store, &at(0)).await;
        adam.turns_on(&store, &at(0)).await;
        let mut token = zofie.enters_and_is_remembered(&store, &app, &at(60)).await;
        assert!(enters_on(&store, &zofie, &mut token, &at(90)).await.is_some());
        assert!(store.device(&token.hash(), adam.id).await.unwrap().is_none());
        assert_eq!(enters_on(&store, &adam, &mut token, &at(90)).await, None);
    }

    async fn e2_a_device_is_remembered_only_when_asked_and_only_after_the_code(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let attempt = person.types(&store, &app.wrong(&at(60)), &at(60)).await;
        let lane = Lane::Everybody;
        assert!(store.finish_sign_in(pending, attempt, true, lane, &at(60), &mut chance()).await.is_err());
        let pending = person.waits_for_code(&store, &at(60)).await;
        let attempt = person.types(&store, &app.code(&at(60)), &at(60)).await;
        assert!(finish(&store, pending, attempt, &at(60)).await.ok().unwrap().device.is_none());
        assert_eq!(house.count("trusted_devices"), 0);
    }

    async fn where_the_operator_remembers_nothing_nothing_is_remembered(house) {
        let house = house.under(Policy { remember: Span::ZERO, ..Policy::default() });
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let pending = person.waits_for_code(&store, &at(60)).await;
        let attempt = person.types(&store, &app.code(&at(60)), &at(60)).await;
        let entered =
            store.finish_sign_in(pending, attempt, true, Lane::Everybody, &at(60), &mut chance()).await;
        assert!(entered.ok().unwrap().device.is_none());
        assert_eq!(house.count("trusted_devices"), 0);
    }

    async fn a_device_whose_days_end_between_the_password_and_the_session_stands_for_nothing(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let account = person.account(&store).await;
        let device = store.device(&token.hash(), person.id).await.unwrap().unwrap();
        let last = device.expires_at - Span::milliseconds(1);
        let next = sign_in::after_password(store.policy(), &person.proof, sign_in::TwoFactor::On, Some(&device), last);
        let Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
        let over = Visit { now: device.expires_at, ..at(0) };
        let mut rng = chance();
        let late =
            store.open_session_on_device(&authenticated, &account, &token.hash(), &over, &mut rng).await;
        assert_eq!(crate::person::refusal(late), Refusal::Gone("the trusted device"));
    }

    async fn a_device_forgotten_between_the_password_and_the_session_stands_for_nothing(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let account = person.account(&store).await;
        let device = store.device(&token.hash(), person.id).await.unwrap();
        let next = sign_in::after_password(store.policy(), &person.proof, sign_in::TwoFactor::On, device.as_ref(), at(90).now);
        let Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
        store.forget_devices(person.id, None, &at(90)).await.unwrap();
        let mut rng = chance();
        let late =
            store.open_session_on_device(&authenticated, &account, &token.hash(), &at(90), &mut rng).await;
        assert_eq!(crate::person::refusal(late), Refusal::Gone("the trusted device"));
    }
    async fn e7_a_token_stands_for_one_code_and_of_thirty_two_racers_who_hold_it_one_gets_in(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let account = person.account(&store).await;
        let device = store.device(&token.hash(), person.id).await.unwrap();
        let racers: Vec<_> = (0..32)
            .map(|_| {
                let (store, account) = (store.clone(), account.clone());
                let next =
                    sign_in::after_password(store.policy(), &person.proof, sign_in::TwoFactor::On, device.as_ref(), at(90).now);
                let Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
                let present = token.hash();
                async move {
                    let mut rng = chance();
                    let visit = at(90);
                    let opened =
                        store.open_session_on_device(&authenticated, &account, &present, &visit, &mut rng).await;
                    opened.map(drop)
                }
            })
            .collect();
        let outcomes = crate::race::race(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let refused = outcomes.into_iter().filter_map(Result::err);
        assert!(refused.into_iter().all(|refusal| refusal == Refusal::Gone("the trusted device")));
        assert_eq!(house.count("sessions"), 2, "with the one that was remembered");
        assert!(store.device(&token.hash(), person.id).await.unwrap().is_none());
        assert_eq!(store.copied_device(&token.hash(), person.id, at(120).now).await.unwrap(), device.map(|device| device.id));
    }

    async fn e7_a_device_with_a_copy_is_forgotten_with_its_sessions_and_no_others(house) {
        let store = house.open();
        let (person, other) = (Person::new(&store, "zofie").await, Person::new(&store, "adam").await);
        let app = person.turns_on(&store, &at(0)).await;
        other.turns_on(&store, &at(0)).await;
        let old = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let mut present = Token::<token::Device>::parse(old.reveal()).unwrap();
        let tablet = person.enters_and_is_remembered(&store, &app, &at(90)).await;
        for _ in 0..2 {
            assert!(enters_on(&store, &person, &mut present, &at(120)).await.is_some());
        }
        assert_eq!(store.copied_device(&present.hash(), person.id, at(150).now).await.unwrap(), None);
        assert_eq!(store.copied_device(&old.hash(), other.id, at(150).now).await.unwrap(), None, "it is nobody else's");
        let copied = store.copied_device(&old.hash(), person.id, at(150).now).await.unwrap().unwrap();
        assert_eq!(store.forget_copied_device(other.id, copied, &at(150)).await, Err(Refusal::Gone("the device")));
        assert_eq!(house.count("sessions WHERE device_id IS NOT NULL"), 2);
        store.forget_copied_device(person.id, copied, &at(150)).await.unwrap();
        assert_eq!(house.count("sessions WHERE device_id IS NOT NULL"), 0);
        assert_eq!(house.count("sessions"), 2, "those of a code stay");
        assert_eq!(house.count("spent_device_tokens"), 0);
        assert_eq!(house.count("events WHERE kind = 'device-copied' AND count = 2"), 1);
        let again = store.forget_copied_device(person.id, copied, &at(150)).await;
        assert_eq!(again, Err(Refusal::Gone("the device")));
        assert_eq!(house.count("events WHERE kind = 'device-copied'"), 1);
        assert!(store.device(&tablet.hash(), person.id).await.unwrap().is_some());
    }

    async fn e7_a_token_sent_twice_within_half_a_minute_is_refused_and_is_no_copy(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let old = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let mut present = Token::<token::Device>::parse(old.reveal()).unwrap();
        assert!(enters_on(&store, &person, &mut present, &at(90)).await.is_some());
        let copied = async |second: u32| {
            assert!(store.device(&old.hash(), person.id).await.unwrap().is_none(), "it stands for nothing");
            store.copied_device(&old.hash(), person.id, at(second).now).await.unwrap().is_some()
        };
        // A clock may be a little behind the one that it was spent by.
        assert!(!copied(89).await && !copied(90).await && !copied(119).await && copied(120).await);
        // Nothing is spent so much later than now, unless a clock stepped back: then nobody waits until it is that late.
        assert!(!copied(61).await && copied(60).await);
        assert!(enters_on(&store, &person, &mut present, &at(121)).await.is_some(), "the device is trusted as before");
    }

    async fn e7_a_right_code_with_a_token_that_the_device_has_no_more_puts_out_who_has_the_next_one_and_tells(house) {
        let house = telling(house);
        let store = house.open();
        for (person, wanted, devices) in [("zofie", false, 0), ("adam", true, 1)] {
            let person = Person::new(&store, person).await;
            let app = person.turns_on(&store, &at(0)).await;
            let owners = person.enters_and_is_remembered(&store, &app, &at(60)).await;
            let mut thiefs = Token::<token::Device>::parse(owners.reveal()).unwrap();
            assert!(enters_on(&store, &person, &mut thiefs, &at(90)).await.is_some());
            assert_eq!(store.copied_device(&owners.hash(), person.id, at(91).now).await.unwrap(), None, "no alarm yet");
            let pending = person.waits_for_code(&store, &at(91)).await;
            let attempt = person.types(&store, &app.code(&at(91)), &at(91)).await;
            let (remember, mut rng) = (Remember::asked(wanted, Some(&owners)), chance());
            store.finish_sign_in(pending, attempt, remember, Lane::Everybody, &at(91), &mut rng).await.unwrap();
            assert_eq!(house.count("sessions WHERE device_id IS NOT NULL"), 0, "ticked: {wanted}");
            assert!(store.device(&thiefs.hash(), person.id).await.unwrap().is_none(), "ticked: {wanted}");
            let whose = format!("WHERE account_id = '{}'", person.id);
            assert_eq!(house.count(&format!("trusted_devices {whose}")), devices);
            assert_eq!(house.count(&format!("events {whose} AND kind = 'device-forgotten'")), 1);
            assert_eq!(house.count(&format!("outbox {whose} AND kind = 'device-forgotten'")), 1, "ticked: {wanted}");
        }
    }

    async fn e7_a_device_remembered_again_takes_the_place_of_the_one_whose_token_the_browser_lost(house) {
        let store = house.open();
        let (person, other) = (Person::new(&store, "zofie").await, Person::new(&store, "adam").await);
        let app = person.turns_on(&store, &at(0)).await;
        let others = other.turns_on(&store, &at(0)).await;
        let lost = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let mut elsewhere = Token::<token::Device>::parse(lost.reveal()).unwrap();
        let tablet = person.enters_and_is_remembered(&store, &app, &at(90)).await;
        assert!(enters_on(&store, &person, &mut elsewhere, &at(100)).await.is_some(), "here, or at a thief's");
        let again = async |person: &Person, app: &App, sent: &Token<token::Device>, visit: Visit| {
            let pending = person.waits_for_code(&store, &visit).await;
            let attempt = person.types(&store, &app.code(&visit), &visit).await;
            let remember = Remember::asked(true, Some(sent));
            let mut rng = chance();
            let done = store.finish_sign_in(pending, attempt, remember, Lane::Everybody, &visit, &mut rng);
            done.await.unwrap_or_else(|refusal| panic!("{refusal:?}")).device.unwrap().0
        };
        again(&other, &others, &lost, at(120)).await;
        assert_eq!(house.count("trusted_devices"), 3, "a token moves nothing of somebody else's");
        let fresh = again(&person, &app, &lost, at(120)).await;
        assert_eq!(house.count("trusted_devices"), 3);
        assert_eq!(house.count("sessions WHERE device_id IS NOT NULL"), 0, "whoever signed in with it is out");
        assert!(store.device(&elsewhere.hash(), person.id).await.unwrap().is_none());
        for token in [&fresh, &tablet] {
            assert!(store.device(&token.hash(), person.id).await.unwrap().is_some());
        }
        assert_eq!(house.count("events WHERE kind = 'device-forgotten'"), 1);
        // The token of a device that it has still is nothing to replace: it is another person's, or not asked about.
        again(&person, &app, &fresh, at(150)).await;
        assert!(store.device(&fresh.hash(), person.id).await.unwrap().is_some());
    }
}

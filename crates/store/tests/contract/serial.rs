//! B10: whatever runs side by side, what comes out is what some order one after the other makes.

use countersign::{
    sign_in::{self, Next},
    step_up::MayEnrol,
};
use countersign_store::{Lane, Store, Visit, sessions::Session};

use crate::app::App;
use crate::borrowed::{FIRST, SECOND, other_hash};
use crate::house::{House, at, chance};
use crate::person::{Person, Tally, finish, name};
use crate::race::{Racer, race};

const ROUNDS: u32 = 12;

/// 2FA is on with all that belongs to it, or off with nothing of it.
fn assert_whole(house: &House, person: &Person, round: u32) -> bool {
    let id = person.id;
    let of = |what: &str| house.count(&format!("{what} AND account_id = '{id}'"));
    let on = house.count(&format!("accounts WHERE id = '{id}' AND two_factor_at IS NOT NULL")) == 1;
    let present = of("recovery_sets WHERE replaced_at IS NULL");
    let codes = of("recovery_codes c JOIN recovery_sets s ON s.id = c.set_id WHERE s.replaced_at IS NULL");
    if on {
        assert!((1..=5).contains(&of("authenticators WHERE 1 = 1")), "round {round}");
        assert_eq!((present, codes), (1, 10), "round {round}");
    } else {
        assert_eq!((present, codes), (0, 0), "round {round}");
        for table in ["authenticators", "recovery_sets", "trusted_devices", "pending_sign_ins"] {
            assert_eq!(of(&format!("{table} WHERE 1 = 1")), 0, "{table}, round {round}");
        }
    }
    on
}

fn turn_off(store: &Store, person: &Person, session: &Session, visit: Visit) -> Racer {
    let (store, confirmed) = (store.clone(), person.confirms(session, None, &visit));
    Box::pin(async move { store.turn_off(confirmed, Lane::Everybody, &visit).await })
}

fn change_password(store: &Store, person: &Person, session: &Session, visit: Visit) -> Racer {
    let (store, confirmed) = (store.clone(), person.confirms(session, None, &visit));
    Box::pin(async move { store.change_password(confirmed, &other_hash(), Lane::Everybody, &visit).await })
}

fn replace_codes(store: &Store, person: &Person, session: &Session, visit: Visit) -> Racer {
    let (store, confirmed) = (store.clone(), person.confirms(session, None, &visit));
    Box::pin(async move {
        let codes = SECOND.set();
        store.replace_recovery_codes(confirmed, None, &codes, Lane::Everybody, &visit, &mut chance()).await
    })
}

async fn sign_in_remembered(store: &Store, person: &Person, app: &App, visit: Visit) -> Racer {
    let pending = person.waits_for_code(store, &visit).await;
    let attempt = person.types(store, &app.code(&visit), &visit).await;
    let store = store.clone();
    Box::pin(async move {
        let mut rng = chance();
        store.finish_sign_in(pending, attempt, true, Lane::Everybody, &visit, &mut rng).await.map(drop)
    })
}

async fn sign_in_without_code(store: &Store, person: &Person, visit: Visit) -> Racer {
    let account = person.account(store).await;
    let next =
        sign_in::after_password(store.policy(), &person.proof, sign_in::TwoFactor::Off, None, visit.now);
    let Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
    let store = store.clone();
    Box::pin(
        async move { store.open_session(&authenticated, &account, &visit, &mut chance()).await.map(drop) },
    )
}

async fn turn_on(store: &Store, person: &Person, session: &Session, visit: Visit) -> Racer {
    let app = person.scans(store, session, &visit).await;
    let enrolment = store.enrolment(person.id, session.id, visit.now).await.unwrap().unwrap();
    let proven = enrolment.prove(&app.code(&visit), visit.now).unwrap();
    let store = store.clone();
    Box::pin(async move { store.turn_on(&proven, &name("Phone"), &FIRST.set(), &visit, &mut chance()).await })
}

async fn add(store: &Store, person: &Person, session: &Session, visit: Visit) -> Racer {
    let app = person.scans(store, session, &visit).await;
    let enrolment = store.enrolment(person.id, session.id, visit.now).await.unwrap().unwrap();
    let proven = enrolment.prove(&app.code(&visit), visit.now).unwrap();
    let store = store.clone();
    Box::pin(async move { store.add_authenticator(&proven, &name("Tablet"), &visit).await })
}

for_every_database! {
    async fn b10_with_2fa_on_turning_off_beside_everything_else_leaves_a_whole_state(house) {
        let processes = [house.open(), house.open()];
        for round in 0..ROUNDS {
            let [one, other] = &processes;
            let person = Person::new(one, &format!("zofie{round}")).await;
            let app = person.turns_on(one, &at(0)).await;
            let first = person.enters_rightly(one, &app, &at(60)).await;
            let second = person.enters_rightly(one, &app, &at(90)).await;
            let mut doing = vec![
                sign_in_remembered(other, &person, &app, at(120)).await,
                add(one, &person, &second, at(120)).await,
                change_password(other, &person, &second, at(120)),
                replace_codes(one, &person, &first, at(120)),
                turn_off(other, &person, &first, at(120)),
                change_password(one, &person, &first, at(120)),
                sign_in_remembered(one, &person, &app, at(120)).await,
            ];
            doing.rotate_left(usize::try_from(round).unwrap() % 7);
            let tally = Tally::of(race(doing).await);
            assert!(tally.done >= 1, "{tally:?}");
            let on = assert_whole(&house, &person, round);
            if on {
                person.enters_rightly(other, &app, &at(180)).await;
            }
        }
    }

    async fn b10_with_2fa_off_no_session_without_a_code_slips_past_turning_on(house) {
        let processes = [house.open(), house.open()];
        for round in 0..ROUNDS {
            let [one, other] = &processes;
            let person = Person::new(one, &format!("zofie{round}")).await;
            let first = person.signs_in(one, &at(0)).await;
            let second = person.signs_in(one, &at(0)).await;
            let mut doing = vec![
                sign_in_without_code(one, &person, at(0)).await,
                turn_on(other, &person, &first, at(0)).await,
                turn_off(one, &person, &second, at(0)),
                turn_off(other, &person, &first, at(0)),
                turn_on(one, &person, &second, at(0)).await,
                change_password(other, &person, &second, at(0)),
                sign_in_without_code(other, &person, at(0)).await,
            ];
            doing.rotate_left(usize::try_from(round).unwrap() % 7);
            let tally = Tally::of(race(doing).await);
            assert!(tally.done >= 1, "{tally:?}");
            let on = assert_whole(&house, &person, round);
            let turned =
                house.count(&format!("events WHERE kind = 'two-factor-on' AND account_id = '{}'", person.id));
            assert_eq!(i64::from(on), turned, "what was turned on was turned off by a stale confirmation");
            if on {
                assert_eq!(house.count(&format!("sessions WHERE account_id = '{}'", person.id)), 0);
            }
        }
    }

    async fn b9_a_crowd_of_different_people_does_not_mix(house) {
        let processes = [house.open(), house.open()];
        let mut people = Vec::new();
        for nth in 0..16 {
            let person = Person::new(&processes[0], &format!("person{nth}")).await;
            let session = person.signs_in(&processes[nth % 2], &at(0)).await;
            people.push((person, session));
        }
        let racers = people.into_iter().enumerate().map(|(nth, (person, session))| {
            let store = processes[nth % 2].clone();
            async move {
                let leave = MayEnrol::from(person.confirms(&session, None, &at(0)));
                store.offer(leave, Lane::Everybody, &at(0), &mut chance()).await.unwrap();
                let app =
                    App::scans(store.enrolment(person.id, session.id, at(0).now).await.unwrap().unwrap());
                person.proves(&store, &session, &app, &FIRST, &at(0)).await.unwrap();
                let pending = person.waits_for_code(&store, &at(60)).await;
                let attempt = person.types(&store, &app.code(&at(60)), &at(60)).await;
                let entered = finish(&store, pending, attempt, &at(60)).await.ok().unwrap();
                assert_eq!(entered.authenticated.account(), person.id);
            }
        });
        race(racers).await;
        assert_eq!((house.count("authenticators"), house.count("sessions")), (16, 16));
    }
}

//! Authenticators: added with a proof, at most five, never removed to the last.

use countersign::{enrolment::MOST_AUTHENTICATORS, step_up::MayEnrol};
use countersign_store::{Lane, Refusal, Store, Visit, sessions::Session};

use crate::app::App;
use crate::house::{at, chance};
use crate::person::{Person, Tally, name};
use crate::race::race;

pub(crate) async fn add(
    store: &Store,
    person: &Person,
    session: &Session,
    visit: &Visit,
) -> Result<App, Refusal> {
    let leave = MayEnrol::from(person.confirms(session, None, visit));
    store.offer(leave, Lane::Everybody, visit, &mut chance()).await?;
    let present = || store.enrolment(person.id, session.id, visit.now);
    let app = App::scans(present().await.unwrap().unwrap());
    let proven = present().await.unwrap().unwrap().prove(&app.code(visit), visit.now).unwrap();
    store.add_authenticator(&proven, &name("Tablet"), visit).await?;
    Ok(app)
}

for_every_database! {
    async fn any_authenticator_signs_in_and_each_spends_its_own_steps(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let phone = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &phone, &at(60)).await;
        let tablet = add(&store, &person, &session, &at(60)).await.unwrap();
        assert!(
            person.enters_with(&store, &tablet.code(&at(60)), &at(60)).await.is_err(),
            "it proved the tablet"
        );
        person.enters_rightly(&store, &tablet, &at(90)).await;
        person.enters_rightly(&store, &phone, &at(90)).await;
        let names: Vec<String> = store
            .profile(person.id, at(90).now)
            .await
            .unwrap()
            .authenticators
            .into_iter()
            .map(|a| a.name)
            .collect();
        assert_eq!(names, ["Phone", "Tablet"]);
        assert_eq!(house.count("events WHERE kind = 'authenticator-added' AND subject = 'Tablet'"), 1);
    }

    async fn an_account_has_five_authenticators_at_most_also_when_sixteen_are_added_at_once(house) {
        let processes = [house.open(), house.open()];
        let person = Person::new(&processes[0], "zofie").await;
        let phone = person.turns_on(&processes[0], &at(0)).await;
        let mut racers = Vec::new();
        for nth in 0..16 {
            let store = processes[nth % 2].clone();
            let visit = at(60 + 30 * u32::try_from(nth).unwrap());
            let session = person.enters_rightly(&store, &phone, &visit).await;
            let leave = MayEnrol::from(person.confirms(&session, None, &visit));
            store.offer(leave, Lane::Everybody, &visit, &mut chance()).await.unwrap();
            let enrolment = store.enrolment(person.id, session.id, visit.now).await.unwrap().unwrap();
            let code = enrolment.secret.code(&enrolment.parameters, enrolment.parameters.step(visit.now));
            let proven = enrolment.prove(&code, visit.now).unwrap();
            racers.push(async move { store.add_authenticator(&proven, &name("x"), &visit).await });
        }
        let most = MOST_AUTHENTICATORS;
        assert_eq!(
            Tally::of(race(racers).await),
            Tally { done: most - 1, gone: 16 - (most - 1), ..Tally::default() }
        );
        assert_eq!(house.count("authenticators"), 5);
        let visit = at(600);
        let session = person.enters_rightly(&processes[0], &phone, &visit).await;
        let sixth = add(&processes[0], &person, &session, &visit).await.err();
        assert_eq!(sixth, Some(Refusal::Gone("the session")), "no sixth is even offered");
    }

    async fn one_enrolment_becomes_one_authenticator(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let phone = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &phone, &at(60)).await;
        let app = person.scans(&store, &session, &at(60)).await;
        let mut racers = Vec::new();
        for _ in 0..16 {
            let store = store.clone();
            let enrolment = store.enrolment(person.id, session.id, at(60).now).await.unwrap().unwrap();
            let proven = enrolment.prove(&app.code(&at(60)), at(60).now).unwrap();
            racers.push(async move { store.add_authenticator(&proven, &name("x"), &at(60)).await });
        }
        assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 15, ..Tally::default() });
        assert_eq!(house.count("authenticators"), 2);
    }

    async fn of_two_authenticators_removed_at_once_one_stays(house) {
        let processes = [house.open(), house.open()];
        for round in 0..8 {
            let store = &processes[0];
            let person = Person::new(store, &format!("zofie{round}")).await;
            let phone = person.turns_on(store, &at(0)).await;
            let session = person.enters_rightly(store, &phone, &at(60)).await;
            let tablet = add(store, &person, &session, &at(60)).await.unwrap();
            let racers = [phone.authenticator, tablet.authenticator].into_iter().zip(&processes).map(|(which, store)| {
                let (store, confirmed) = (store.clone(), person.confirms(&session, None, &at(60)));
                async move { store.remove_authenticator(confirmed, which, Lane::Everybody, &at(60)).await }
            });
            assert_eq!(Tally::of(race(racers).await), Tally { done: 1, gone: 1, ..Tally::default() });
            assert_eq!(store.factors(person.id).await.unwrap().authenticators.len(), 1);
        }
    }

    async fn the_last_authenticator_is_not_removed_and_says_nothing_in_the_log(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let phone = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &phone, &at(60)).await;
        let before = house.everything();
        let confirmed = person.confirms(&session, None, &at(60));
        let removed =
            store.remove_authenticator(confirmed, phone.authenticator, Lane::Everybody, &at(60)).await;
        assert_eq!(removed, Err(Refusal::Gone("the authenticator")));
        assert_eq!(house.everything(), before);
    }

    async fn a_removed_authenticator_signs_nobody_in_even_with_a_claim_in_hand(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let phone = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &phone, &at(60)).await;
        let tablet = add(&store, &person, &session, &at(60)).await.unwrap();
        let pending = person.waits_for_code(&store, &at(90)).await;
        let claim = person.types(&store, &tablet.code(&at(90)), &at(90)).await;
        let confirmed = person.confirms(&session, None, &at(90));
        store.remove_authenticator(confirmed, tablet.authenticator, Lane::Everybody, &at(90)).await.unwrap();
        let late = crate::person::finish(&store, pending, claim, &at(90)).await;
        assert_eq!(crate::person::refusal(late), Refusal::Spent);
        assert!(person.enters_with(&store, &tablet.code(&at(120)), &at(120)).await.is_err());
        person.enters_rightly(&store, &phone, &at(120)).await;
    }

    async fn an_authenticator_takes_the_name_its_owner_gives_it(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let phone = person.turns_on(&store, &at(0)).await;
        store.rename_authenticator(person.id, phone.authenticator, &name("Nokia"), &at(1)).await.unwrap();
        let listed = store.profile(person.id, at(1).now).await.unwrap().authenticators;
        assert_eq!((listed.len(), listed[0].name.as_str()), (1, "Nokia"));
        assert_eq!(house.count("events WHERE kind = 'authenticator-renamed' AND subject = 'Nokia'"), 1);
    }
}

//! The chain of the audit log: it grows without a gap, and whoever tampers with it is found out.

use std::process::Command;

use countersign::{
    InstallationId,
    chain::{Finding, Head, Walk},
    claim::FactorMethod,
    receipt::Receipt,
};
use countersign_store::{Installation, Log, Store, sessions::Listed};

use crate::borrowed::FIRST;
use crate::house::{House, START, at, chance};
use crate::person::{Person, session_of};
use crate::race::race;

/// What the database is called.
pub(crate) async fn installation(store: &Store) -> Installation {
    store.installation(InstallationId::fresh(START, &mut chance()), START).await.unwrap()
}

/// Chains all there is.
pub(crate) async fn chain(store: &Store) -> Head {
    let installation = installation(store).await;
    loop {
        let chained = store.chain_events(&installation).await.unwrap();
        if !chained.more {
            return chained.head;
        }
    }
}

/// What is wrong with the chain.
async fn findings(house: &House, noted: Vec<Head>) -> Vec<Finding> {
    let log = Log::of(&house.home.place()).unwrap();
    let mut walk = Walk::from_the_beginning(log.installation().await.unwrap().unwrap().id, noted);
    loop {
        let links = log.links(walk.last().link, 3).await.unwrap();
        if links.is_empty() {
            break;
        }
        links.iter().for_each(|kept| walk.step(kept));
    }
    for (position, line) in log.strays(0, 100).await.unwrap() {
        walk.unchained(position, &line);
    }
    walk.end()
}

/// A chained log of somebody who has signed in a few times, and its head.
async fn chained_log(house: &House) -> Head {
    let store = house.open();
    let person = Person::new(&store, "zofie").await;
    let app = person.turns_on(&store, &at(0)).await;
    for seconds in [60, 120, 180] {
        person.enters_rightly(&store, &app, &at(seconds)).await;
    }
    chain(&store).await
}

for_every_database! {
    async fn every_line_is_chained_once_in_order_and_a_program_of_somebody_elses_agrees(house) {
        let head = chained_log(&house).await;
        assert_eq!(head.link, house.count("events"));
        assert_eq!(house.count("event_links l JOIN events e ON e.position = l.position"), head.link);
        assert_eq!(findings(&house, vec![head]).await, []);
        let store = house.open();
        assert_eq!(chain(&store).await, head, "nothing is chained twice");
        Person::new(&store, "boris").await;
        let later = chain(&store).await;
        assert_eq!(later.link, head.link + 1);
        // It reads SQLite files.
        let Some(file) = house.home.file() else { return };
        let auditor = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/audit.py");
        let answer = Command::new("python3").arg(auditor).arg(file).output().unwrap();
        let said = String::from_utf8(answer.stdout).unwrap();
        assert_eq!(said.trim(), later.to_string(), "{}", String::from_utf8_lossy(&answer.stderr));
    }

    async fn more_lines_than_one_script_chains_are_chained_one_script_after_the_other(house) {
        let store = house.open();
        Person::new(&store, "zofie").await;
        house.tamper(
            "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 1200)
             INSERT INTO events (account_id, at, kind, browser) SELECT 'a', n, 'locked', '' FROM many",
        );
        let installation = installation(&store).await;
        let first = store.chain_events(&installation).await.unwrap();
        assert!(first.more && first.head.link == 500, "{first:?}");
        assert_eq!(chain(&store).await.link, 1201);
        assert_eq!(findings(&house, vec![first.head]).await, []);
    }

    async fn eight_sealers_at_once_make_one_chain(house) {
        let processes = [house.open(), house.open()];
        for n in 0..20 {
            Person::new(&processes[0], &format!("person{n}")).await;
        }
        let sealers = (0..8).map(|nth| {
            let store = processes[nth % 2].clone();
            async move { chain(&store).await }
        });
        let heads = race(sealers).await;
        assert!(heads.iter().all(|head| *head == heads[0] && head.link == 20), "{heads:?}");
        assert_eq!(findings(&house, vec![]).await, []);
    }

    async fn a_database_is_named_once_however_many_start_on_it(house) {
        let processes = [house.open(), house.open()];
        let starts = (0..8).map(|nth| {
            let store = processes[nth % 2].clone();
            async move { installation(&store).await.id }
        });
        let names = race(starts).await;
        assert!(names.iter().all(|name| *name == names[0]));
        let before = installation(&processes[0]).await;
        assert!(!before.marked);
        processes[0].marked(&before).await.unwrap();
        assert!(installation(&processes[1]).await.marked);
    }

    async fn the_log_is_only_appended_to(house) {
        chained_log(&house).await;
        for change in [
            "UPDATE events SET address = '192.0.2.1'",
            "DELETE FROM events",
            "UPDATE event_links SET hash = x'00'",
            "DELETE FROM event_links WHERE link = 3",
        ]
        .iter()
        .chain(house.home.ways_around_the_log())
        {
            assert!(house.refuses(change), "{change}");
        }
        assert_eq!(findings(&house, vec![]).await, []);
    }

    async fn an_altered_line_is_found(house) {
        let head = chained_log(&house).await;
        house.rewrite_log("UPDATE events SET address = '192.0.2.1' WHERE position = 4");
        let found = findings(&house, vec![head]).await;
        assert!(matches!(&found[..], [Finding::Altered { link: 4, line: Some(_) }]), "{found:?}");
        if house.home.file().is_none() {
            // PostgreSQL keeps nothing in a text that is none.
            return;
        }
        house.rewrite_log("UPDATE events SET browser = x'ff00' WHERE position = 4");
        let found = findings(&house, vec![head]).await;
        assert!(matches!(&found[..], [Finding::Altered { link: 4, line: None }]), "{found:?}");
    }

    async fn a_removed_line_a_removed_link_and_both_are_found(house) {
        let head = chained_log(&house).await;
        house.rewrite_log("DELETE FROM events WHERE position = 4");
        assert_eq!(findings(&house, vec![head]).await, [Finding::Removed { link: 4, position: 4 }]);
        house.rewrite_log("DELETE FROM event_links WHERE link = 4");
        assert_eq!(findings(&house, vec![head]).await, [Finding::Gap { first: 4, last: 4 }]);
        house.rewrite_log("DELETE FROM event_links WHERE link = 6");
        let found = findings(&house, vec![head]).await;
        assert!(found.contains(&Finding::Gap { first: 6, last: 6 }), "{found:?}");
        assert!(found.iter().any(|one| matches!(one, Finding::Inserted { position: 6, .. })), "{found:?}");
    }

    async fn a_line_slipped_in_and_lines_exchanged_are_found(house) {
        let head = chained_log(&house).await;
        house.rewrite_log(
            "UPDATE events SET position = position + 1000 WHERE position > 4;
             UPDATE event_links SET position = position + 1000 WHERE position > 4;
             INSERT INTO events (position, account_id, at, kind, browser) VALUES (500, 'a', 1, 'locked', '')",
        );
        let found = findings(&house, vec![head]).await;
        assert!(found.iter().any(|one| matches!(one, Finding::Inserted { position: 500, .. })), "{found:?}");
        house.rewrite_log(
            "UPDATE event_links SET position = 99 WHERE link = 2; UPDATE event_links SET position = 2 WHERE link = 3;
             UPDATE event_links SET position = 3 WHERE link = 2",
        );
        let found = findings(&house, vec![head]).await;
        assert!(found.contains(&Finding::Reordered { link: 3, position: 2 }), "{found:?}");
    }

    async fn a_cut_end_is_found_by_whoever_noted_a_link(house) {
        let head = chained_log(&house).await;
        let last = head.link - 2;
        house.rewrite_log(&format!(
            "DELETE FROM event_links WHERE link > {last}; DELETE FROM events WHERE position > {last}"
        ));
        assert_eq!(findings(&house, vec![]).await, [], "what is left is whole by itself");
        assert_eq!(findings(&house, vec![head]).await, [Finding::CutOff { noted: head, last }]);
        // Even where the log has grown past it since.
        let store = house.open();
        for n in 0..5 {
            Person::new(&store, &format!("person{n}")).await;
        }
        chain(&store).await;
        let found = findings(&house, vec![head]).await;
        assert!(matches!(&found[..], [Finding::Rewritten { noted, .. }] if *noted == head), "{found:?}");
    }

    async fn each_sign_in_keeps_its_receipt_and_the_receipt_outlives_the_device(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let receipts = async || {
            let profile = store.profile(person.id, at(200).now).await.unwrap();
            profile.sessions.into_iter().map(|session| session.receipt).collect::<Vec<_>>()
        };
        person.signs_in(&store, &at(0)).await;
        assert_eq!(receipts().await, [Some(Receipt::TwoFactorOff)]);
        let app = person.turns_on(&store, &at(0)).await;
        assert_eq!(receipts().await, [], "turning on has ended it");
        let token = person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let account = person.account(&store).await;
        let device = store.device(&token.hash(), person.id).await.unwrap().unwrap();
        let next = countersign::sign_in::after_password(
            store.policy(), &person.proof, countersign::sign_in::TwoFactor::On, Some(&device), at(90).now,
        );
        let countersign::sign_in::Next::SignedIn(authenticated) = next else { panic!("{next:?}") };
        let (mut rng, present) = (chance(), token.hash());
        store.open_session_on_device(&authenticated, &account, &present, &at(90), &mut rng).await.unwrap();
        let two = [app.steps_away(&at(120), -1), app.code(&at(120))];
        let attempt = person.types_two(&store, [&two[0], &two[1]], &at(120)).await;
        assert!(attempt.peek_for_the_script().is_ok_and(|claim| claim.method() == FactorMethod::TwoCodes));
        let entered = person.enters(&store, attempt, &at(120)).await.ok().unwrap();
        session_of(&store, &entered, &at(120)).await;
        let attempt = person.types_recovery(&store, FIRST.code(0), &at(150)).await;
        person.enters(&store, attempt, &at(150)).await.ok().unwrap();
        let expected = [
            Some(Receipt::RecoveryCode { left: Some(9) }),
            Some(Receipt::TwoCodes),
            Some(Receipt::TrustedDevice {
                device: "Firefox on Linux".to_owned(),
                until: device.expires_at,
            }),
            Some(Receipt::Code),
        ];
        assert_eq!(receipts().await, expected);
        let listed = store.profile(person.id, at(160).now).await.unwrap().sessions;
        let on_device = |one: &&Listed| matches!(one.receipt, Some(Receipt::TrustedDevice { .. }));
        let own = listed.iter().find(on_device).unwrap().id;
        store.forget_devices(person.id, Some(own), &at(160)).await.unwrap();
        assert_eq!(receipts().await, expected, "the device is forgotten, and the receipt is kept");
    }
}

//! Sweeping deletes what time has ended, and nothing that still means something.

use countersign::{Span, budget::FREE_PASSWORDS, device::BUDGET_OUTLIVES_TRUST};
use countersign_store::{Lane, Refusal};

use crate::borrowed::FIRST;
use crate::house::{START, after, at, chance};
use crate::person::{Person, password_attempt};

for_every_database! {
    async fn what_lives_is_never_swept(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let session = person.enters_rightly(&store, &app, &at(90)).await;
        person.scans(&store, &session, &at(90)).await;
        person.waits_for_code(&store, &at(90)).await;
        let wrong = person.enters_with(&store, &app.wrong(&at(90)), &at(90)).await;
        assert!(wrong.is_err());
        store.invite_account(person.id, START, &mut chance()).await.unwrap();
        store.ask_for_password_reset(&person.key, &at(0)).await.unwrap();
        person.spends_ticket(&store, START + Span::minutes(10)).await.unwrap();
        let before = house.everything();
        store.sweep(at(90).now).await.unwrap();
        assert_eq!(house.everything(), before);
        store.sweep(START + Span::minutes(10) - Span::milliseconds(1)).await.unwrap();
        assert_eq!(house.everything(), before);
    }

    async fn what_time_has_ended_is_swept_kind_by_kind(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        person.enters_and_is_remembered(&store, &app, &at(60)).await;
        let session = person.enters_rightly(&store, &app, &at(90)).await;
        person.scans(&store, &session, &at(90)).await;
        person.waits_for_code(&store, &at(90)).await;
        assert!(person.enters_with(&store, &app.wrong(&at(90)), &at(90)).await.is_err());
        store.invite_account(person.id, START, &mut chance()).await.unwrap();
        store.ask_for_password_reset(&person.key, &at(0)).await.unwrap();
        person.spends_ticket(&store, START + Span::minutes(10)).await.unwrap();
        let attempt = password_attempt(None, "x", &at(0));
        let settled =
            store.settle_password("nobody@example.org", None, Lane::Everybody, attempt, &at(0)).await;
        assert!(settled.is_err());

        let all = [
            "pending_sign_ins",
            "enrolments",
            "spent_tickets",
            "sessions",
            "invitations",
            "links",
            "link_allowances",
            "trusted_devices",
            "guess_budgets",
        ];
        let ends = [
            (Span::minutes(12), vec!["pending_sign_ins", "enrolments", "spent_tickets"]),
            (Span::minutes(62), vec!["sessions", "link_allowances"]),
            (Span::hours(25), vec!["invitations", "links"]),
            (Span::days(31), vec![]),
            (Span::days(92), vec!["trusted_devices"]),
            (Span::days(367), vec!["guess_budgets"]),
        ];
        let mut ended: Vec<&str> = Vec::new();
        for (moment, tables) in ends {
            store.sweep(START + moment).await.unwrap();
            ended.extend(tables);
            for table in all {
                assert_eq!(house.count(table) == 0, ended.contains(&table), "{table} after {moment:?}");
            }
            let passwords = house.count("guess_budgets WHERE kind = 'password'");
            assert_eq!(passwords == 0, moment >= Span::hours(25), "{moment:?}");
        }
        assert_eq!(BUDGET_OUTLIVES_TRUST, Span::days(60));
        assert_eq!(
            (house.count("accounts"), house.count("authenticators"), house.count("recovery_codes")),
            (1, 1, 10)
        );
        let late = after(Span::days(367));
        let attempt = person.types_recovery(&store, FIRST.code(0), &late).await;
        assert!(person.enters(&store, attempt, &late).await.is_ok());
    }

    async fn i6_what_cannot_be_an_address_is_counted_in_few_bytes_and_few_failures_for_a_day(house) {
        let store = house.open();
        let long = format!("{}@", "x".repeat(254));
        let tries = async |key: &str, times: u32| {
            let mut refused = Vec::new();
            for _ in 0..times {
                let attempt = password_attempt(None, "x", &at(0));
                let settled = store.settle_password(key, None, Lane::Everybody, attempt, &at(0)).await;
                refused.push(settled.unwrap_err());
            }
            refused.pop().unwrap()
        };
        assert!(matches!(tries(&long, FREE_PASSWORDS + 1).await, Refusal::Locked(_)), "counted like any other");
        assert!(matches!(tries(&format!("y{long}"), 1).await, Refusal::Wrong(_)), "and apart from every other");
        tries("nobody@example.org", FREE_PASSWORDS).await;
        assert_eq!((house.count("guess_budgets"), house.count("guess_budgets WHERE length(subject) > 64")), (3, 0));
        assert_eq!(house.count("guess_budgets WHERE subject = 'nobody@example.org'"), 1);
        store.sweep(START + Span::hours(25)).await.unwrap();
        assert_eq!(house.count("guess_budgets"), 2, "who has to wait waits on");
        store.sweep(START + Span::days(31)).await.unwrap();
        assert_eq!(house.count("guess_budgets"), 0);
    }

    async fn a_hundred_failures_are_not_forgotten_by_sweeping(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        assert!(person.enters_with(&store, &app.wrong(&at(60)), &at(60)).await.is_err());
        house.tamper("UPDATE guess_budgets SET failures = 100");
        let late = after(Span::days(800));
        store.sweep(late.now).await.unwrap();
        let single = person.enters_with(&store, &app.code(&late), &late).await;
        assert!(matches!(crate::person::refusal(single), Refusal::Locked(_)));
    }
}

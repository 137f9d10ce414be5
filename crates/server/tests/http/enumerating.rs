//! Who has an account, and in which state it is: nobody learns it at the password step, nor by being made to wait.

use std::time::Duration;

use countersign::email::Email;
use countersign::name::Name;
use countersign_store::accounts::NewAccount;

use crate::browser::Page;
use crate::world::{DAY, MAIL, MINUTE, PASSWORD, World};

/// An address of each state, all of one length, so that nothing but the address itself may differ.
const STATES: [&str; 6] = ["unknown", "plain..", "enrolld", "disabld", "disenrd", "nopassw"];

fn email(state: &str) -> String {
    format!("{}@example.org", state.replace("..", "xx"))
}

async fn every_state() -> World {
    let world = World::new();
    world.person(&email("plain..")).await;
    world.enrolled(&email("enrolld")).await;
    for (state, enrolled) in [("disabld", false), ("disenrd", true)] {
        let email = email(state);
        let person = if enrolled { world.enrolled(&email).await } else { world.person(&email).await };
        world.app.store.disable_account(person.id, &world.visit()).await.unwrap();
    }
    let (address, name) = (Email::parse(&email("nopassw")).unwrap(), Name::parse("Petr").unwrap());
    let new = NewAccount { email: address, name, language: None, administrator: false, password: None };
    world.app.store.add_account(&new, &world.visit(), &mut world.app.chance.clone()).await.unwrap();
    world
}

/// All of an answer but the address that was typed.
fn all_of(page: &Page, email: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (page.status, headers, page.text.replace(email, "EMAIL"))
}

#[tokio::test]
async fn g2_g3_whatever_state_an_account_is_in_a_wrong_password_gets_the_same_answer_and_the_same_waits() {
    let world = every_state().await;
    let mut waited = 0;
    for _ in 0..16 {
        let mut answers = Vec::new();
        for state in STATES {
            let email = email(state);
            let fields = [("email", email.as_str()), ("password", "not this one, I fear")];
            let page = world.browser().post("/sign-in", &fields).await;
            assert_eq!(page.status == 429, page.header("retry-after").is_some());
            waited += usize::from(page.status == 429);
            answers.push(all_of(&page, &email));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        world.pass(MINUTE);
    }
    assert!(waited >= STATES.len(), "the waits were tried as well");
}

#[tokio::test]
async fn g2_a_disabled_account_answers_to_the_right_password_as_to_a_wrong_one() {
    let world = every_state().await;
    let wrong =
        world.browser().post("/sign-in", &[("email", &email("unknown")), ("password", "wrong")]).await;
    for state in ["disabld", "disenrd"] {
        let email = email(state);
        let right = world.browser().post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(all_of(&right, &email), all_of(&wrong, &crate::enumerating::email("unknown")));
        assert!(!right.gives("pending") && !right.gives("session"));
    }
}

#[tokio::test]
async fn g2_every_wrong_password_costs_one_hash_whoever_has_the_address_and_a_wait_spares_none() {
    let world = every_state().await;
    for _ in 0..14 {
        for state in STATES {
            let before = world.app.hasher.begun();
            let email = email(state);
            world.browser().post("/sign-in", &[("email", &email), ("password", "not this one")]).await;
            assert_eq!(world.app.hasher.begun() - before, 1, "{state}");
        }
    }
}

#[tokio::test]
async fn i6_asking_for_a_letter_takes_a_turn_and_costs_one_hash_whoever_has_the_address() {
    let world = World::mailing();
    world.person("known@example.org").await;
    for email in ["known@example.org", "nobody@example.org"] {
        let before = world.app.hasher.begun();
        let asked = world.browser().post("/forgotten-password", &[("email", email)]).await;
        asked.leads_to("/forgotten-password/sent");
        assert_eq!(world.app.hasher.begun() - before, 1, "{email}");
    }
}

#[tokio::test]
async fn g2_an_answer_that_must_not_tell_who_has_an_account_comes_after_a_random_wait() {
    let world = every_state().await;
    let waits_of = async |path: &str, fields: &[(&str, &str)]| {
        world.clock.take_waits();
        world.browser().post(path, fields).await;
        world.clock.take_waits()
    };
    let mut waits = Vec::new();
    for _ in 0..12 {
        for state in STATES {
            let refused =
                waits_of("/sign-in", &[("email", &email(state)), ("password", "not this one")]).await;
            assert_eq!(refused.len(), 1, "{state}, with a wait of the budget or without");
            waits.extend(refused);
        }
    }
    assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(100)), "{waits:?}");
    let third = |nth: u32| {
        let within = Duration::from_millis(34) * nth..Duration::from_millis(34) * (nth + 1);
        waits.iter().filter(|wait| within.contains(*wait)).count()
    };
    // Of 72 that are drawn evenly, fewer than 6 in a third happen once in millions of runs.
    assert!((0..3).all(|nth| third(nth) >= 6), "{waits:?}");
    world.pass(DAY);
    let right = waits_of("/sign-in", &[("email", &email("enrolld")), ("password", PASSWORD)]).await;
    assert_eq!(right.len(), 0, "who knows the password learns more than a wait hides");
}

#[tokio::test]
async fn g2_asking_for_a_letter_and_signing_up_wait_as_long_for_an_account_as_for_nobody() {
    let open = format!("sign_up = \"open\"\n{MAIL}");
    let world = World::with(&open);
    world.person("jana@example.org").await;
    for address in ["jana@example.org", "nobody@example.org"] {
        world.clock.take_waits();
        let page = world.browser().post("/forgotten-password", &[("email", address)]).await;
        page.leads_to("/forgotten-password/sent");
        assert_eq!(world.clock.take_waits().len(), 1, "{address}");
        let fields = [("email", address), ("name", "Jana"), ("password", PASSWORD)];
        world.browser().post("/sign-up", &fields).await.leads_to("/sign-in");
        assert_eq!(world.clock.take_waits().len(), 1, "{address}");
    }
}

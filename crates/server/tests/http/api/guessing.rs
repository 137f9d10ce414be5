//! The guess budget at the API's door: what tireless guessers learn, whatever they send.

use std::collections::HashSet;

use countersign::budget::Probability;
use serde_json::json;

use super::client::{Said, at_once};
use crate::world::{DAY, MINUTE, STEP, World};

/// The free codes, before waits begin.
const FREE: usize = 5;

fn answered(said: &[Said]) -> usize {
    said.iter().filter(|said| said.status == 403).count()
}

#[tokio::test]
async fn c4_five_wrong_codes_are_answered_and_then_it_waits_and_says_until_when() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    for code in jana.wrong_codes().take(FREE) {
        shop.verify_code(&jana, &code).await.problem("wrong-code");
    }
    let wait = shop.verify_code(&jana, &jana.code()).await;
    wait.problem("wait");
    assert_eq!(wait.header("retry-after"), Some("30"));
    let until = wait.text("next_try_at");
    let state = shop.state(&jana).await;
    assert_eq!((&state["code"], &state["next_try_at"]), (&json!("after_a_wait"), &json!(until)));
    // Waiting costs no guess, however often one asks.
    for _ in 0..20 {
        shop.verify_code(&jana, &jana.code()).await.problem("wait");
    }
    world.pass(STEP);
    shop.verify_code(&jana, &jana.code()).await.is(200);
    assert_eq!(shop.state(&jana).await["code"], "accepted");
    let kinds: Vec<String> = shop.events().await.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "wrong-code").count(), FREE);
    assert!(kinds.contains(&"locked".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn c1_c7_sixty_guesses_at_once_at_two_nodes_learn_no_more_than_five_one_after_the_other() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let asking = jana.wrong_codes().take(60).enumerate().map(|(nth, code)| {
        let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
        let jana = jana.clone();
        // Each looks like a request of its own, in every way that a caller can choose.
        async move {
            let client_said =
                json!({ "user_agent": format!("Browser {nth}"), "ip_address": format!("192.0.2.{nth}") });
            let body = json!({ "code": code, "remember_device": nth % 3 == 0, "client": client_said });
            client.post_once(&format!("guess {nth}"), &jana.path("/verify"), body).await
        }
    });
    let said = at_once(asking).await;
    assert_eq!(answered(&said), FREE);
    assert!(said.iter().all(|said| [403, 429].contains(&said.status)), "{said:?}");
    shop.verify_code(&jana, &jana.code()).await.problem("wait");
}

#[tokio::test]
async fn c13_a_wait_is_the_users_own_and_ends_with_two_consecutive_codes_or_a_recovery_code() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let (jana, eva) = (shop.enrolled("jana").await, shop.enrolled("eva").await);
    for user in [&jana, &eva] {
        for code in user.wrong_codes().take(FREE) {
            shop.verify_code(user, &code).await.problem("wrong-code");
        }
        shop.verify_code(user, &user.code()).await.problem("wait");
    }
    let zoe = shop.enrolled("zoe").await;
    shop.verify_code(&zoe, &zoe.code()).await.is(200);

    let not_in_a_row = json!({ "code": jana.code_in(-1), "next_code": jana.wrong_code() });
    shop.verify(&jana, not_in_a_row).await.problem("wrong-codes");
    let wrong_way_round = json!({ "code": jana.code_in(1), "next_code": jana.code() });
    shop.verify(&jana, wrong_way_round).await.problem("wrong-codes");
    let both = json!({ "code": jana.code(), "next_code": jana.code_in(1) });
    let said = shop.verify(&jana, both.clone()).await;
    assert_eq!(said.is(200).body["method"], "two_codes");
    shop.verify(&jana, both).await.is(403);
    // Both are spent, and a single code is looked at again.
    for code in [jana.code(), jana.code_in(1)] {
        shop.verify_code(&jana, &code).await.problem("spent-code");
    }
    world.pass(2 * STEP);
    shop.verify_code(&jana, &jana.code()).await.is(200);

    let used = json!({ "recovery_code": eva.recovery_codes[0], "remember_device": true });
    let said = shop.verify(&eva, used).await;
    assert_eq!(said.is(200).body["method"], "recovery_code");
    assert!(said.body["device"]["token"].is_string());
}

#[tokio::test]
async fn c15_recovery_codes_are_counted_with_the_codes_and_guessing_them_locks_single_codes() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let wrong = world.application("Other").await.enrolled("x").await.recovery_codes;
    for _ in 0..3 {
        for code in &wrong {
            let said = shop.verify(&jana, json!({ "recovery_code": code })).await;
            said.problem("wrong-recovery-code");
        }
    }
    shop.verify_code(&jana, &jana.code()).await.problem("wait");
    shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await.is(200);
}

#[tokio::test]
async fn c11_after_a_hundred_failures_in_a_row_a_single_code_is_not_looked_at_any_more() {
    let world = World::new();
    let shop = world.application_with("Shop", |choices| {
        choices.guess_probability = Probability::new(0.1).unwrap();
    });
    let shop = shop.await;
    let jana = shop.enrolled("jana").await;
    let mut failed = 0;
    while failed < 100 {
        let said = shop.verify_code(&jana, &jana.wrong_code()).await;
        match said.status {
            403 => failed += 1,
            _ => {
                said.problem("wait");
                let seconds: i64 = said.header("retry-after").unwrap().parse().unwrap();
                assert!(seconds <= 3600, "{seconds}");
                world.pass(seconds * 1000);
            }
        }
    }
    world.pass(DAY);
    let locked = shop.verify_code(&jana, &jana.code()).await;
    locked.problem("locked");
    assert_eq!(shop.state(&jana).await["code"], "not_alone");
    let both = json!({ "code": jana.code(), "next_code": jana.code_in(1) });
    shop.verify(&jana, both).await.is(200);
    world.pass(2 * STEP);
    shop.verify_code(&jana, &jana.code()).await.is(200);
}

#[tokio::test]
async fn a_stricter_application_answers_fewer_guesses_at_once() {
    let world = World::new();
    let strict = world.application_with("Bank", |choices| {
        choices.guess_probability = Probability::new(Probability::LEAST).unwrap();
    });
    let bank = strict.await;
    let jana = bank.enrolled("jana").await;
    let mut answers = 0;
    for _ in 0..200 {
        let said = bank.verify_code(&jana, &jana.wrong_code()).await;
        answers += usize::from(said.status == 403);
        let seconds = said.header("retry-after").map_or(0, |seconds| seconds.parse().unwrap());
        if seconds > 7200 {
            break;
        }
        world.pass(seconds * 1000);
    }
    // 0.0001 / 0.000003 = 33 a year, half of them at once.
    assert!((16..=18).contains(&answers), "{answers}");
}

#[tokio::test]
async fn c1_the_budget_outlives_turning_off_and_on_and_a_restart() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    for code in jana.wrong_codes().take(FREE) {
        shop.verify_code(&jana, &code).await.problem("wrong-code");
    }
    let waiting = shop.waits();
    let world = world.restart();
    let shop = world.known(waiting);
    shop.verify_code(&jana, &jana.code()).await.problem("wait");
    shop.delete("/accounts/jana/two-factor").await.is(204);
    let jana = shop.enrolled("jana").await;
    // A new factor begins without a wait; of the year's guesses five are gone.
    shop.verify_code(&jana, &jana.code()).await.is(200);
    let mut answers = 0;
    for _ in 0..200 {
        let said = shop.verify_code(&jana, &jana.wrong_code()).await;
        answers += usize::from(said.status == 403);
        let seconds = said.header("retry-after").map_or(0, |seconds| seconds.parse().unwrap());
        if seconds > 7200 || said.text("type").ends_with("#locked") {
            break;
        }
        world.pass(seconds * 1000);
    }
    assert!(answers <= 98, "{answers}");
}

#[tokio::test]
async fn what_cannot_be_a_code_costs_no_guess_and_is_told_apart_from_a_wrong_one() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let none: [&str; 10] = [
        "",
        " ",
        "12345",
        "1234567",
        "12345a",
        "１２３４５６",
        "١٢٣٤٥٦",
        "123456\u{0}",
        "-123456.0",
        "0x1E240",
    ];
    let mut details = HashSet::new();
    for _ in 0..3 {
        for text in none {
            let said = shop.verify_code(&jana, text).await;
            said.problem("not-a-code");
            details.insert(said.text("detail"));
        }
    }
    assert!(details.len() >= 3, "{details:?}");
    for text in ["", "x", "7QK2-M9TA-4WXD-P0RY", &"A".repeat(16), &jana.recovery_codes.concat()] {
        shop.verify(&jana, json!({ "recovery_code": text })).await.problem("not-a-recovery-code");
    }
    let code = jana.code();
    let spaced = format!(" {} {}\u{a0}", &code[..3], &code[3..]);
    shop.verify_code(&jana, &spaced).await.is(200);
    assert!(!shop.events().await.iter().any(|(_, kind)| kind.starts_with("wrong")));
}

#[tokio::test]
async fn a_code_is_good_one_step_either_side_of_its_own_and_no_longer() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    for steps in [-2, 2] {
        shop.verify_code(&jana, &jana.code_in(steps)).await.problem("wrong-code");
    }
    world.pass(MINUTE);
    shop.verify_code(&jana, &jana.code_in(-1)).await.is(200);
    shop.verify_code(&jana, &jana.code_in(1)).await.is(200);
    shop.verify_code(&jana, &jana.code()).await.problem("spent-code");
}

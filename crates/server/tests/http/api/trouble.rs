//! A20: where the database or the keys are out of reach, the API says so and lets nobody in.

use std::fs;

use serde_json::json;

use crate::rotating::rotate;
use crate::rows;
use crate::world::{STEP, World};

#[tokio::test]
async fn a20_without_the_key_that_sealed_a_secret_nothing_is_decided_and_2fa_is_not_off() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    rows::does(
        &world.data(),
        "UPDATE authenticators SET secret = (SELECT token FROM api_keys); \
        UPDATE recovery_sets SET pepper = (SELECT token FROM api_keys)",
    );
    let bodies = [
        json!({ "code": jana.code() }),
        json!({ "code": jana.code(), "next_code": jana.code_in(1) }),
        json!({ "recovery_code": jana.recovery_codes[0] }),
    ];
    for body in bodies {
        shop.verify(&jana, body).await.problem("unavailable");
    }
    assert_eq!(shop.state(&jana).await["two_factor"], "on");
}

#[tokio::test]
async fn h5_the_secret_of_another_user_in_the_place_of_ones_own_opens_nothing() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let (jana, eva) = (shop.enrolled("jana").await, shop.enrolled("eva").await);
    let swap = format!(
        "UPDATE authenticators SET secret = (SELECT secret FROM authenticators WHERE id = '{}') WHERE id = '{}'",
        eva.authenticator, jana.authenticator
    );
    rows::does(&world.data(), &swap);
    shop.verify_code(&jana, &eva.code()).await.problem("unavailable");
    shop.verify_code(&jana, &jana.code()).await.problem("unavailable");
    shop.verify_code(&eva, &eva.code()).await.is(200);
}

#[tokio::test]
async fn h5_rotating_the_keys_keeps_the_users_of_applications_and_what_they_are_offered() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let offered = shop.post_once("offer", "/accounts/eva/authenticators", json!({})).await;
    let eva = shop.offered("zoe").await;
    rotate(&world).await;
    for client in [&shop.at(&node), &shop.at(&world.another())] {
        client.verify_code(&jana, &jana.code()).await.is(200);
        world.pass(STEP);
        let again = client.post_once("offer", "/accounts/eva/authenticators", json!({})).await;
        assert_eq!(again.is(201).bytes, offered.bytes);
    }
    shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await.is(200);
    shop.at(&node).confirm(&eva, &eva.code()).await.is(200);
}

#[tokio::test]
async fn a20_without_its_database_every_call_says_503_and_none_says_yes() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    rows::does(&world.data(), "ALTER TABLE api_keys RENAME TO elsewhere");
    let calls = [
        shop.verify_code(&jana, &jana.code()).await,
        shop.get("/accounts/jana").await,
        shop.get("/events").await,
        shop.delete("/accounts/jana/two-factor").await,
        shop.post("/accounts/jana/authenticators", json!({})).await,
    ];
    for said in calls {
        assert!(said.status >= 500, "{said:?}");
    }
    rows::does(&world.data(), "ALTER TABLE elsewhere RENAME TO api_keys");
    rows::does(&world.data(), "ALTER TABLE events RENAME TO elsewhere");
    let said = shop.verify_code(&jana, &jana.code()).await;
    assert!(said.status >= 500, "what cannot be logged is not done: {said:?}");
    rows::does(&world.data(), "ALTER TABLE elsewhere RENAME TO events");
    shop.verify_code(&jana, &jana.code()).await.is(200);
}

#[tokio::test]
async fn nothing_that_was_used_or_ended_revives_with_an_older_backup() {
    let world = World::new();
    let strict = world.application_with("Bank", |choices| {
        choices.guess_probability = countersign::budget::Probability::new(0.0001).unwrap();
    });
    let bank = strict.await;
    let jana = bank.enrolled("jana").await;
    let body = json!({ "code": jana.code(), "remember_device": true });
    let said = bank.post_once("before", &jana.path("/verify"), body.clone()).await;
    let token = said.is(200).body["device"]["token"].clone();
    let waiting = bank.waits();
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    rows::back_up(&stopped.data());
    let world = stopped.start();
    world.pass(STEP);
    let bank = world.known(waiting);
    let code = jana.code();
    bank.verify_code(&jana, &code).await.is(200);
    bank.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await.is(200);
    let waiting = bank.waits();
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    rows::put_back(&stopped.data());
    let world = stopped.start();
    let bank = world.known(waiting);
    bank.verify_code(&jana, &code).await.problem("spent-code");
    bank.verify(&jana, json!({ "device_token": token })).await.problem("untrusted-device");
    let said = bank.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await;
    said.problem("doubted-recovery-code");
    assert_eq!(bank.state(&jana).await["recovery_codes_doubted"], true);
    // An answer of before is not told again: it says of a device and of codes what is no longer true.
    bank.post_once("before", &jana.path("/verify"), body).await.problem("spent-code");
    // Its owner comes in with the next code, also where the application allows few guesses.
    world.pass(3 * STEP);
    bank.verify_code(&jana, &jana.code()).await.is(200);
    assert!(fs::exists(world.data().join("high-water")).unwrap());
}

//! `Idempotency-Key`: a lost answer is asked for again, and nothing happens twice.

use axum::http::Method;
use countersign::Span;
use countersign_server::api::caller::KEY_BEGINS;
use serde_json::json;

use super::client::{Client, Said, at_once};
use crate::world::{DAY, STEP, World};

fn all_the_same(said: &[Said]) {
    for one in said {
        assert_eq!((one.status, &one.bytes), (said[0].status, &said[0].bytes), "{said:?}");
    }
}

#[tokio::test]
async fn every_write_asked_again_gets_the_same_bytes_and_nothing_happens_twice() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    // Each is asked twice, the second time at another node, and later.
    let twice = async |key: &str, path: &str, body: serde_json::Value| {
        let first = shop.post_once(key, path, body.clone()).await;
        let events = shop.events().await;
        let again = shop.at(&node).post_once(key, path, body).await;
        assert!(!first.was_told_before() && again.was_told_before(), "{again:?}");
        assert_eq!((first.status, &first.bytes), (again.status, &again.bytes));
        assert_eq!(shop.events().await, events);
        first
    };
    let offered = twice("a", "/accounts/jana/authenticators", json!({})).await;
    let mut jana = shop.offered("jana").await;
    shop.post_once("a", "/accounts/jana/authenticators", json!({})).await.is(201);
    assert_ne!(offered.text("key"), jana.key);
    let said = twice("b", &jana.confirmation(), json!({ "code": jana.code_in(-1) })).await;
    jana.recovery_codes = said.is(200).body["recovery_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    let body = json!({ "code": jana.code(), "remember_device": true });
    let said = twice("c", &jana.path("/verify"), body).await;
    let device = said.is(200).body["device"].clone();
    let said = twice("d", &jana.path("/verify"), json!({ "device_token": device["token"] })).await;
    shop.verify(&jana, json!({ "device_token": said.is(200).body["device"]["token"] })).await.is(200);
    let used = json!({ "recovery_code": jana.recovery_codes[0] });
    twice("e", &jana.path("/verify"), used).await.is(200);
    assert_eq!(shop.state(&jana).await["recovery_codes_left"], 1);
    // Refusals that were counted are kept as well: asked again, they are not counted again.
    for nth in 0..3 {
        let wrong = json!({ "code": jana.wrong_code() });
        twice(&format!("f{nth}"), &jana.path("/verify"), wrong).await.problem("wrong-code");
    }
    let codes = twice("g", &jana.path("/recovery-codes"), json!({})).await;
    shop.verify(&jana, json!({ "recovery_code": codes.body["recovery_codes"][0] })).await.is(200);

    let second = shop.offered("jana").await;
    shop.confirm(&second, &second.code()).await.is(200);
    for (key, path) in [
        ("h", jana.path(&format!("/authenticators/{}", second.authenticator))),
        ("i", jana.path("/two-factor")),
    ] {
        let first = shop.delete_once(key, &path).await;
        let again = shop.at(&node).delete_once(key, &path).await;
        assert!(!first.is(204).was_told_before() && again.is(204).was_told_before());
    }
}

#[tokio::test]
async fn a_code_asked_about_again_without_the_key_is_spent() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let body = json!({ "code": jana.code() });
    shop.post_once("a", &jana.path("/verify"), body.clone()).await.is(200);
    shop.post_once("b", &jana.path("/verify"), body.clone()).await.problem("spent-code");
    shop.verify(&jana, body.clone()).await.problem("spent-code");
    shop.post_once("a", &jana.path("/verify"), body).await.is(200);
}

#[tokio::test]
async fn one_key_is_for_one_request() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let (jana, eva) = (shop.enrolled("jana").await, shop.enrolled("eva").await);
    let body = json!({ "code": jana.code() });
    shop.post_once("a", &jana.path("/verify"), body.clone()).await.is(200);
    let before = (shop.state(&jana).await, shop.state(&eva).await, shop.events().await);
    let reused = "idempotency-key-reused";
    shop.post_once("a", &jana.path("/verify"), json!({ "code": jana.code_in(1) })).await.problem(reused);
    shop.post_once("a", &eva.path("/verify"), body.clone()).await.problem(reused);
    shop.post_once("a", &jana.path("/recovery-codes"), json!({})).await.problem(reused);
    shop.delete_once("a", &jana.path("/two-factor")).await.problem(reused);
    assert_eq!((shop.state(&jana).await, shop.state(&eva).await, shop.events().await), before);
    shop.post_once("A", &jana.path("/verify"), body).await.problem("spent-code");
}

#[tokio::test]
async fn duplicates_at_once_have_one_effect_and_one_answer() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let together = async |key: String, path: String, body: serde_json::Value| {
        let asking = (0..12).map(|nth| {
            let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
            let (key, path, body) = (key.clone(), path.clone(), body.clone());
            async move { client.post_once(&key, &path, body).await }
        });
        let said = at_once(asking).await;
        all_the_same(&said);
        said.into_iter().next().unwrap()
    };
    for nth in 0..4 {
        let at = format!("user-{nth}");
        let mut user = shop.offered(&at).await;
        let key = |what: &str| format!("{what} {nth}");
        let said = together(key("prove"), user.confirmation(), json!({ "code": user.code_in(-1) })).await;
        let codes = said.is(200).body["recovery_codes"].as_array().unwrap().clone();
        user.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();

        let body = json!({ "code": user.code(), "remember_device": true });
        together(key("show"), user.path("/verify"), body).await.is(200);
        assert_eq!(shop.state(&user).await["devices"].as_array().unwrap().len(), 1);

        together(key("recover"), user.path("/verify"), json!({ "recovery_code": user.recovery_codes[0] }))
            .await
            .is(200);
        let said = together(key("replace"), user.path("/recovery-codes"), json!({})).await;
        shop.verify(&user, json!({ "recovery_code": said.is(200).body["recovery_codes"][1] })).await.is(200);
        // The fifth wrong code begins a wait: who asked the same as it did hears the same, and no 429.
        for code in user.wrong_codes().take(4) {
            shop.verify_code(&user, &code).await.problem("wrong-code");
        }
        let wrong = json!({ "code": user.wrong_code() });
        together(key("guess"), user.path("/verify"), wrong).await.problem("wrong-code");
        let wrong = shop.events().await.into_iter().filter(|(who, kind)| *who == at && kind == "wrong-code");
        assert_eq!(wrong.count(), 5);
    }
    let fresh = together("offer".to_owned(), "/accounts/fresh/authenticators".to_owned(), json!({})).await;
    fresh.is(201);
}

#[tokio::test]
async fn duplicates_of_a_removal_at_once_have_one_answer() {
    let world = World::new();
    let shop = world.application("Shop").await;
    for round in 0..5 {
        let [first, second] = shop.enrolled_twice(&format!("user-{round}")).await;
        let paths =
            [first.path(&format!("/authenticators/{}", second.authenticator)), first.path("/two-factor")];
        for path in paths {
            let asking = (0..6).map(|_| {
                let (shop, path, key) = (shop.clone(), path.clone(), format!("remove {path}"));
                async move { shop.delete_once(&key, &path).await }
            });
            for said in at_once(asking).await {
                said.is(204);
            }
        }
    }
}

#[tokio::test]
async fn after_a_day_a_key_is_free_again_and_its_code_long_spent() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let body = json!({ "code": jana.code() });
    shop.post_once("a", &jana.path("/verify"), body.clone()).await.is(200);
    world.pass(DAY - 1);
    assert!(shop.post_once("a", &jana.path("/verify"), body.clone()).await.is(200).was_told_before());
    world.pass(1);
    let said = shop.post_once("a", &jana.path("/verify"), body).await;
    said.is(403);
    let body = json!({ "code": jana.code() });
    shop.post_once("b", &jana.path("/verify"), body).await.is(200);
    world.app.store.sweep(world.visit().now).await.unwrap();
}

#[tokio::test]
async fn an_answer_given_to_another_api_key_is_lost_and_the_request_is_not_done_again() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let said = shop.post_once("a", &jana.path("/recovery-codes"), json!({})).await;
    let codes = said.is(200).body["recovery_codes"].clone();
    let (store, mut chance, now) = (&world.app.store, world.app.chance, world.visit().now);
    let key = store.rotate_api_key(shop.id, Span::hours(1), now, &mut chance).await.unwrap();
    let new = shop.with_key(&format!("{KEY_BEGINS}{}", key.reveal()));
    new.post_once("a", &jana.path("/recovery-codes"), json!({})).await.problem("answer-lost");
    assert_eq!(
        shop.post_once("a", &jana.path("/recovery-codes"), json!({})).await.body["recovery_codes"],
        codes
    );
    new.verify(&jana, json!({ "recovery_code": codes[0] })).await.is(200);
}

#[tokio::test]
async fn a_wait_is_no_answer_and_is_not_kept() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    for code in jana.wrong_codes().take(5) {
        shop.verify_code(&jana, &code).await.problem("wrong-code");
    }
    let body = json!({ "code": jana.code_in(1) });
    shop.post_once("a", &jana.path("/verify"), body.clone()).await.problem("wait");
    world.pass(STEP);
    assert!(!shop.post_once("a", &jana.path("/verify"), body).await.is(200).was_told_before());
}

#[tokio::test]
async fn h5_what_was_answered_cannot_be_read_in_the_database() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let said = shop.post_once("my idempotency key", "/accounts/jana/authenticators", json!({})).await;
    let key = said.text("key");
    let raw = data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let at = format!("/accounts/jana/authenticators/{}/confirm", said.text("id"));
    let code = crate::person::code_of(&key, world.visit().now.milliseconds());
    let codes = shop.post_once("second", &at, json!({ "code": code })).await;
    let recovery = codes.is(200).body["recovery_codes"][0].as_str().unwrap().to_owned();
    let bare = recovery.replace('-', "");
    world.pass(STEP);
    let code = crate::person::code_of(&key, world.visit().now.milliseconds());
    let body = json!({ "code": code, "remember_device": true });
    let said = shop.post_once("third", "/accounts/jana/verify", body).await;
    let token = said.is(200).body["device"]["token"].as_str().unwrap().to_owned();
    let token_bytes = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    let kept = world.kept();
    let secrets: [&[u8]; 7] = [
        key.as_bytes(),
        &raw,
        recovery.as_bytes(),
        bare.as_bytes(),
        token.as_bytes(),
        &token_bytes,
        b"my idempotency key",
    ];
    for secret in secrets {
        assert!(
            !kept.windows(secret.len()).any(|window| window == secret),
            "{}",
            String::from_utf8_lossy(secret)
        );
    }
}

#[tokio::test]
async fn a_key_is_one_to_255_visible_characters_given_once() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let path = "/accounts/jana/authenticators";
    for bad in ["", &"k".repeat(256), "ž"] {
        let said = shop.send(Method::POST, path, &[("idempotency-key", bad)], "").await;
        said.problem("malformed");
    }
    let two = [("idempotency-key", "a"), ("idempotency-key", "a")];
    shop.send(Method::POST, path, &two, "").await.problem("malformed");
    let long = "k".repeat(255);
    for good in ["1", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &long, "with space"] {
        shop.send(Method::POST, path, &[("idempotency-key", good)], "").await.is(201);
    }
}

#[tokio::test]
async fn what_was_malformed_leaves_its_key_free() {
    let world = World::new();
    let shop: Client = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    shop.post_once("a", &jana.path("/verify"), json!({ "cod": "1" })).await.problem("malformed");
    shop.post_once("a", &jana.path("/verify"), json!({ "code": "1" })).await.problem("not-a-code");
    shop.post_once("a", &jana.path("/verify"), json!({ "code": jana.code() })).await.is(200);
}

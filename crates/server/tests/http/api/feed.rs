//! `GET /events`: what happened to the application's users, in order, page by page.

use serde_json::json;

use super::client::Client;
use crate::processes::run;
use crate::world::{STEP, World};

async fn all(shop: &Client, page: u32) -> Vec<i64> {
    let (mut after, mut positions) = (0, Vec::new());
    loop {
        let said = shop.get(&format!("/events?after={after}&limit={page}")).await;
        let events = said.is(200).body["events"].as_array().unwrap().clone();
        assert!(events.len() <= page as usize);
        if events.is_empty() {
            assert_eq!(said.body["next_after"], json!(after), "where nothing is new one stays where one is");
            return positions;
        }
        positions.extend(events.iter().map(|event| event["position"].as_i64().unwrap()));
        after = said.body["next_after"].as_i64().unwrap();
        assert_eq!(Some(&after), positions.last());
    }
}

#[tokio::test]
async fn h1_the_feed_tells_of_everything_once_and_in_order_whatever_the_size_of_a_page() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let other = world.application("Other").await;
    let jana = shop.enrolled("jana").await;
    other.enrolled("jana").await;
    world.person("zofie@example.org").await;
    shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await.is(200);
    shop.verify_code(&jana, &jana.wrong_code()).await.problem("wrong-code");
    shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await.is(200);
    shop.post("/accounts/jana/recovery-codes", json!({})).await.is(200);
    let second = shop.offered("jana").await;
    shop.confirm(&second, &second.code()).await.is(200);
    shop.delete(&jana.path(&format!("/authenticators/{}", second.authenticator))).await.is(204);
    world.pass(STEP);
    shop.delete("/accounts/jana/devices").await.is(204);
    shop.delete("/accounts/jana/two-factor").await.is(204);
    let kinds: Vec<String> = shop.events().await.into_iter().map(|(_, kind)| kind).collect();
    let expected = [
        "account-created",
        "two-factor-on",
        "device-remembered",
        "verified",
        "wrong-code",
        "verified",
        "recovery-code-used",
        "recovery-codes-replaced",
        "authenticator-added",
        "authenticator-removed",
        "devices-forgotten",
        "two-factor-off",
    ];
    assert_eq!(kinds, expected);
    let whole = all(&shop, 1000).await;
    assert_eq!(whole.len(), kinds.len());
    assert!(whole.is_sorted_by(|one, next| one < next), "{whole:?}");
    for page in [1, 2, 5, 12] {
        assert_eq!(all(&shop, page).await, whole);
    }
    let others = all(&other, 1000).await;
    assert!(others.iter().all(|position| !whole.contains(position)));
    // Who and how, and no secret.
    let said = shop.get("/events").await;
    let text = String::from_utf8(said.bytes.clone()).unwrap();
    let secrets = [&jana.key, &jana.recovery_codes[0], &jana.recovery_codes[1], &shop.key];
    assert!(secrets.iter().all(|secret| !text.contains(*secret)));
    let used =
        said.body["events"].as_array().unwrap().iter().find(|event| event["kind"] == "recovery-code-used");
    assert_eq!((&used.unwrap()["count"], &used.unwrap()["actor"]), (&json!(1), &json!("application")));
}

#[tokio::test]
async fn d5_f10_after_it_is_on_no_call_shows_the_secret_a_code_or_a_token_again() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let said = shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await;
    let token = said.is(200).body["device"]["token"].as_str().unwrap().to_owned();
    world.app.seal().await.unwrap();
    let mut seen = Vec::new();
    for path in ["/accounts/jana", "/accounts/jana/devices", "/events", "/problems", "/openapi.json"] {
        seen.extend(shop.get(path).await.is(200).bytes.clone());
    }
    for words in [&["events", "list"][..], &["application", "list"], &["check"], &["account", "list"]] {
        let output = run(&world.data(), words);
        seen.extend([output.stdout, output.stderr].concat());
    }
    seen.extend(world.kept());
    let raw = data_encoding::BASE32_NOPAD.decode(jana.key.as_bytes()).unwrap();
    let hex = data_encoding::HEXLOWER.encode(&raw);
    let secrets: [&[u8]; 7] = [
        jana.key.as_bytes(),
        &raw,
        hex.as_bytes(),
        jana.recovery_codes[0].as_bytes(),
        jana.recovery_codes[1].as_bytes(),
        token.as_bytes(),
        shop.key.as_bytes(),
    ];
    for secret in secrets {
        assert!(
            !seen.windows(secret.len()).any(|window| window == secret),
            "{}",
            String::from_utf8_lossy(secret)
        );
    }
}

#[tokio::test]
async fn the_feed_is_read_strictly() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.enrolled("jana").await;
    for query in [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1e2",
        "after=-1",
        "after=x",
        "after=",
        "after=1&after=2",
        "offset=1",
        "after=9223372036854775808",
        "user=jana",
        "limit=1&x",
    ] {
        let said = shop.get(&format!("/events?{query}")).await;
        assert!(!said.problem("malformed").text("detail").is_empty(), "{query}");
    }
    for query in ["", "?", "?after=0", "?limit=1000", "?after=1", "?after=9223372036854775807"] {
        shop.get(&format!("/events{query}")).await.is(200);
    }
}

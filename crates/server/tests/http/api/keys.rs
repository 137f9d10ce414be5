//! API keys: missing, wrong, of somebody removed, rotated.

use axum::http::Method;
use countersign::Span;
use countersign_server::api::caller::KEY_BEGINS;
use serde_json::json;

use super::client::Client;
use crate::processes::said;
use crate::world::World;

const HOUR: i64 = 3_600_000;

async fn rotated(world: &World, shop: &Client, overlap: Span) -> Client {
    let (store, mut chance, now) = (&world.app.store, world.app.chance, world.visit().now);
    let key = store.rotate_api_key(shop.id, overlap, now, &mut chance).await.unwrap();
    shop.with_key(&format!("{KEY_BEGINS}{}", key.reveal()))
}

#[tokio::test]
async fn without_a_key_that_is_known_nothing_is_said_but_how_to_send_one() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let nobody = shop.with_key("");
    let jana = shop.enrolled("jana").await;
    let before = (shop.state(&jana).await, shop.events().await);
    let key = shop.key.clone();
    let (begin, end) = key.split_at(key.len() - 1);
    let other_end = if end == "A" { "E" } else { "A" };
    let bearers = [
        String::new(),
        key.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {}", key.trim_start_matches(KEY_BEGINS)),
        format!("Bearer {begin}"),
        format!("Bearer {begin}{other_end}"),
        format!("Bearer {key}x"),
        format!("Bearer {key} "),
        format!("Bearer \"{key}\""),
        format!("Bearer {}", key.to_uppercase()),
        format!("Basic {key}"),
        format!("Basic {}", data_encoding::BASE64.encode(format!("{key}:").as_bytes())),
        format!("Bearer {key}, Bearer {key}"),
    ];
    let requests = [
        (Method::GET, "/accounts/jana"),
        (Method::DELETE, "/accounts/jana"),
        (Method::DELETE, "/accounts/jana/two-factor"),
        (Method::POST, "/accounts/jana/verify"),
        (Method::POST, "/accounts/jana/authenticators"),
        (Method::POST, "/accounts/jana/recovery-codes"),
        (Method::GET, "/accounts/jana/devices"),
        (Method::DELETE, "/accounts/jana/devices"),
        (Method::GET, "/events"),
        (Method::GET, "/accounts/%00"),
        (Method::GET, "/events?after=x"),
    ];
    for bearer in &bearers {
        for (method, path) in &requests {
            let said = nobody.send(method.clone(), path, &[("authorization", bearer)], "{").await;
            said.problem("unauthenticated");
            assert!(said.text("detail").contains("Authorization: Bearer countersign_"), "{said:?}");
        }
    }
    // Two headers are ambiguous, and none of them counts.
    let two = [("authorization", format!("Bearer {key}")), ("authorization", format!("Bearer {key}"))];
    let two: Vec<(&str, &str)> = two.iter().map(|(name, value)| (*name, value.as_str())).collect();
    nobody.send(Method::GET, "/events", &two, "").await.problem("unauthenticated");
    nobody.send(Method::GET, &format!("/events?api_key={key}"), &[], "").await.problem("unauthenticated");
    assert_eq!((shop.state(&jana).await, shop.events().await), before);
    // RFC 9110 §11.1: the scheme in any case.
    let shouted = format!("BEARER {key}");
    nobody.send(Method::GET, "/events", &[("authorization", &shouted)], "").await.is(200);
}

#[tokio::test]
async fn a_rotated_key_opens_through_the_overlap_and_not_a_millisecond_longer() {
    let world = World::new();
    let old = world.application("Shop").await;
    let jana = old.enrolled("jana").await;
    let new = rotated(&world, &old, Span::hours(2)).await;
    for client in [&old, &new] {
        assert_eq!(client.state(&jana).await["two_factor"], "on");
    }
    world.pass(2 * HOUR - 1);
    old.get("/events").await.is(200);
    world.pass(1);
    old.get("/events").await.problem("unauthenticated");
    old.verify_code(&jana, &jana.code()).await.problem("unauthenticated");
    new.verify_code(&jana, &jana.code()).await.is(200);
}

#[tokio::test]
async fn a_second_rotation_does_not_prolong_the_keys_of_before_and_none_is_immediate() {
    let world = World::new();
    let first = world.application("Shop").await;
    let second = rotated(&world, &first, Span::hours(1)).await;
    let third = rotated(&world, &second, Span::hours(48)).await;
    world.pass(HOUR);
    first.get("/events").await.problem("unauthenticated");
    second.get("/events").await.is(200);
    let fourth = rotated(&world, &third, Span::ZERO).await;
    for dead in [&first, &second, &third] {
        dead.get("/events").await.problem("unauthenticated");
    }
    fourth.get("/events").await.is(200);
}

#[tokio::test]
async fn e10_the_database_holds_no_api_key_but_its_hash() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.get("/events").await.is(200);
    let secret = shop.key.trim_start_matches(KEY_BEGINS);
    let raw = data_encoding::BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap();
    let kept = world.kept();
    for bytes in [secret.as_bytes(), &raw] {
        assert!(!kept.windows(bytes.len()).any(|window| window == bytes));
    }
}

#[tokio::test]
async fn the_command_line_adds_changes_rotates_and_removes_an_application() {
    let world = World::new();
    let (data, template) = (world.data(), world.application("Template").await);
    let key_in = |text: &str| {
        let found = text.split_whitespace().find(|word| word.starts_with(KEY_BEGINS));
        found.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    let told =
        said(&data, &["application", "add", "Corner shop", "--recovery-codes", "1", "--remember-days", "7"]);
    let shop = template.with_key(&key_in(&told));
    let jana = shop.enrolled("jana").await;
    assert_eq!(jana.recovery_codes.len(), 1);
    said(&data, &["application", "set", "Corner shop", "--issuer", "The shop"]);
    let offered = shop.post("/accounts/eva/authenticators", json!({})).await;
    assert!(offered.text("key_uri").starts_with("otpauth://totp/The%20shop:eva?"));
    let told = said(&data, &["application", "rotate-key", "Corner shop", "--overlap-hours", "0"]);
    let new = template.with_key(&key_in(&told));
    shop.get("/events").await.problem("unauthenticated");
    new.verify_code(&jana, &jana.code()).await.is(200);
    let refused =
        crate::processes::run(&data, &["application", "remove", "Corner shop", "--really", "Corner"]);
    assert!(!refused.status.success());
    new.get("/events").await.is(200);
    said(&data, &["application", "remove", "Corner shop", "--really", "Corner shop"]);
    new.get("/events").await.problem("unauthenticated");
}

#[tokio::test]
async fn the_command_line_shows_the_signing_key_and_rotates_it() {
    let world = World::new();
    let data = world.data();
    world.application("Corner shop").await;
    let keys_in = |text: &str| -> Vec<String> {
        text.split_whitespace().filter(|word| word.starts_with("whsec_")).map(str::to_owned).collect()
    };
    let show = |words: &[&str]| {
        keys_in(&said(&data, &[&["application", "signing-key", "Corner shop"], words].concat()))
    };
    let first = show(&[]);
    assert_eq!((first.len(), show(&[])), (1, first.clone()), "the same each time");
    let both = show(&["--rotate"]);
    assert_eq!((both.len(), &both[1]), (2, &first[0]), "the newest first");
    let third = show(&["--rotate", "--overlap-hours", "0"]);
    assert_eq!((third.len(), show(&[])), (1, third.clone()));
    assert!(!both.contains(&third[0]));
}

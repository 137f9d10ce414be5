//! A25: an application sees its own users alone; the portal and the applications do not see each other's.

use axum::http::Method;
use serde_json::json;

use super::client::Client;
use crate::person::Person;
use crate::processes::{run, said};
use crate::world::{DAY, MAIL, MINUTE, PASSWORD, STEP, World};

#[tokio::test]
async fn a25_two_applications_with_the_same_user_id_know_two_users() {
    let world = World::new();
    let (shop, club) = (world.application("Shop").await, world.application("Club").await);
    let at_shop = shop.enrolled("jana").await;
    assert_eq!(club.get("/accounts/jana").await.body["two_factor"], "off");
    club.verify_code(&at_shop, &at_shop.code()).await.problem("two-factor-off");
    let at_club = club.enrolled("jana").await;
    assert_ne!(at_shop.key, at_club.key);
    club.verify_code(&at_shop, &at_shop.code()).await.is(403);
    club.verify(&at_shop, json!({ "recovery_code": at_shop.recovery_codes[0] })).await.is(403);
    club.delete("/accounts/jana/two-factor").await.is(204);
    club.delete("/accounts/jana").await.is(204);
    shop.verify_code(&at_shop, &at_shop.code()).await.is(200);
    let users: Vec<String> = club.events().await.into_iter().map(|(user, _)| user).collect();
    assert_eq!(users, Vec::<String>::new());
    assert!(shop.events().await.iter().all(|(_, kind)| kind != "two-factor-off"));
}

#[tokio::test]
async fn a25_an_id_of_one_application_is_not_there_for_another_and_nothing_changes() {
    let world = World::new();
    let (shop, club) = (world.application("Shop").await, world.application("Club").await);
    let jana = shop.enrolled("jana").await;
    let body = json!({ "code": jana.code(), "remember_device": true });
    let device = shop.verify(&jana, body).await.is(200).body["device"].clone();
    let offered = shop.offered("jana").await;
    // The attacker has a user of the same name, with everything, and another.
    for user in ["jana", "mallory"] {
        let own = club.enrolled(user).await;
        let before = (shop.state(&jana).await, shop.events().await);
        let device_id = device["id"].as_str().unwrap();
        club.delete(&own.path(&format!("/devices/{device_id}"))).await.problem("no-such-device");
        let path = own.path(&format!("/authenticators/{}", jana.authenticator));
        club.delete(&path).await.problem("no-such-authenticator");
        let path = own.path(&format!("/authenticators/{}/confirm", offered.authenticator));
        club.post(&path, json!({ "code": offered.code() })).await.problem("enrolment-over");
        let body = json!({ "device_token": device["token"] });
        club.verify(&own, body).await.problem("untrusted-device");
        club.delete(&own.path("/devices")).await.is(204);
        assert_eq!((shop.state(&jana).await, shop.events().await), before, "{user}");
    }
    // The same between two users of one application.
    let eva = shop.enrolled("eva").await;
    let path = eva.path(&format!("/authenticators/{}", jana.authenticator));
    shop.delete(&path).await.problem("no-such-authenticator");
    let path = eva.path(&format!("/authenticators/{}/confirm", offered.authenticator));
    shop.post(&path, json!({ "code": offered.code() })).await.problem("enrolment-over");
    world.pass(STEP);
    shop.confirm(&offered, &offered.code()).await.is(200);
}

#[tokio::test]
async fn a25_an_idempotency_key_of_one_application_tells_another_nothing() {
    let world = World::new();
    let (shop, club) = (world.application("Shop").await, world.application("Club").await);
    let path = "/accounts/jana/authenticators";
    let at_shop = shop.post_once("one", path, json!({})).await;
    let at_club = club.post_once("one", path, json!({})).await;
    assert_ne!(at_shop.is(201).text("key"), at_club.is(201).text("key"));
    assert!(!at_club.was_told_before());
}

#[tokio::test]
async fn a25_accounts_of_the_portal_cannot_be_reached_through_the_api() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut browser = world.browser();
    browser.sign_in_and_remember(&person).await;
    let token = browser.cookie(&format!("device-{}", person.id)).unwrap();
    world.pass(STEP);
    let shop = world.application("Shop").await;
    let before = world.state(person.id).await;
    for user in ["zofie@example.org", &person.id.to_string()] {
        assert_eq!(shop.get(&format!("/accounts/{user}")).await.body["two_factor"], "off");
        let bodies = [
            json!({ "code": person.code() }),
            json!({ "recovery_code": person.recovery_codes[0] }),
            json!({ "device_token": token }),
        ];
        for body in bodies {
            shop.post(&format!("/accounts/{user}/verify"), body).await.problem("two-factor-off");
        }
        shop.delete(&format!("/accounts/{user}/two-factor")).await.problem("two-factor-off");
        // Enrolled here, it is a user of the application and nobody else.
        let own = shop.enrolled(user).await;
        shop.verify_code(&own, &person.code()).await.is(403);
        shop.verify(&own, json!({ "device_token": token })).await.problem("untrusted-device");
        shop.delete(&format!("/accounts/{user}")).await.is(204);
    }
    assert_eq!(shop.events().await, []);
    assert_eq!(world.state(person.id).await, before);
    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn a24_no_token_of_the_portal_is_an_api_key_and_no_api_key_is_a_token_of_the_portal() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    browser.sign_in_and_remember(&person).await;
    let shop = world.application("Shop").await;
    for token in browser.jar.values().cloned().collect::<Vec<_>>() {
        for key in [token.clone(), format!("countersign_{token}")] {
            shop.with_key(&key).get("/events").await.problem("unauthenticated");
        }
    }
    // The cookies alone open nothing here, with or without a key.
    let cookies: Vec<String> = browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let nobody = shop.with_key("");
    nobody.send(Method::GET, "/accounts/jana", &[("cookie", &cookies)], "").await.problem("unauthenticated");
    let secret = shop.key.trim_start_matches("countersign_");
    for name in ["session", "pending", "device"] {
        let name = browser.cookie_name(name);
        let mut other = world.browser().with_cookie(&name, secret);
        other.get("/account").await.leads_to("/sign-in");
    }
    let bearer = format!("Bearer {}", shop.key);
    let page = world.browser().saying("authorization", &bearer).get("/account").await;
    page.leads_to("/sign-in");
}

#[tokio::test]
async fn a25_users_of_applications_cannot_be_reached_through_the_portal() {
    let world = World::with(&format!("sign_up = \"open\"\n{MAIL}"));
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana@example.org").await;
    let before = (shop.state(&jana).await, shop.events().await);
    let sign_in = [("email", "jana@example.org"), ("password", PASSWORD)];
    world.browser().post("/sign-in", &sign_in).await.is(401);
    let mut browser = world.browser();
    browser.post("/forgotten-password", &[("email", "jana@example.org")]).await;
    // Somebody of that address is somebody else.
    let person: Person = world.person("jana@example.org").await;
    let mut browser = world.browser();
    browser.type_password(&person).await.leads_to("/account");
    assert_eq!((shop.state(&jana).await, shop.events().await), before);
    assert_eq!(
        world.app.store.accounts().await.unwrap().len(),
        1,
        "the list knows people of the portal alone"
    );
}

#[tokio::test]
async fn no_letter_is_written_for_users_of_applications_whose_addresses_nobody_here_knows() {
    let world = World::mailing();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana@example.org").await;
    let said = shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await;
    let token = said.is(200).body["device"]["token"].clone();
    for code in jana.wrong_codes().take(6) {
        assert!(shop.verify_code(&jana, &code).await.status >= 400);
    }
    shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await.is(200);
    shop.verify(&jana, json!({ "device_token": token })).await.is(200);
    world.pass(MINUTE);
    shop.verify(&jana, json!({ "device_token": token })).await.problem("untrusted-device");
    shop.delete("/accounts/jana@example.org/two-factor").await.is(204);
    let kinds: Vec<String> = shop.events().await.into_iter().map(|(_, kind)| kind).collect();
    for told in ["two-factor-on", "locked", "recovery-code-used", "device-copied", "two-factor-off"] {
        assert!(kinds.iter().any(|kind| kind == told), "{told} in {kinds:?}");
    }
    let outbox = world.app.store.outbox().await.unwrap();
    assert_eq!((outbox.waiting, outbox.given_up), (0, 0));
}

#[tokio::test]
async fn a25_the_command_line_keeps_the_two_apart_and_can_tell_of_both() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.enrolled("jana@example.org").await;
    world.app.seal().await.unwrap();
    let data = world.data();
    assert!(!said(&data, &["account", "list"]).contains("jana"));
    for words in [
        &["account", "show", "jana@example.org"][..],
        &["account", "disable", "jana@example.org"],
        &["account", "unlock", "jana@example.org"],
        &["account", "reset-two-factor", "jana@example.org", "--reason", "lost"],
    ] {
        let output = run(&data, words);
        assert!(!output.status.success(), "{words:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("no account") && !told.contains("panicked"), "{words:?}: {told}");
    }
    let events = said(&data, &["events", "list"]);
    assert!(events.contains("two-factor-on"), "{events}");
    said(&data, &["events", "verify"]);
    said(&data, &["check"]);
    let listed = said(&data, &["application", "list"]);
    assert!(listed.contains("Shop") && listed.contains("1 accounts with 2FA"), "{listed}");
}

#[tokio::test]
async fn a_removed_application_leaves_nobody_behind_and_its_key_opens_nothing() {
    let world = World::new();
    let (shop, club) = (world.application("Shop").await, world.application("Club").await);
    let jana = shop.enrolled("jana").await;
    let stays = club.enrolled("jana").await;
    world.app.store.remove_application(shop.id).await.unwrap();
    shop.get("/accounts/jana").await.problem("unauthenticated");
    shop.verify_code(&jana, &jana.code()).await.problem("unauthenticated");
    club.verify_code(&stays, &stays.code()).await.is(200);
    let again: Client = world.application("Shop").await;
    assert_eq!(again.get("/accounts/jana").await.body["two_factor"], "off");
    assert_eq!(again.events().await, []);
    world.pass(DAY);
    world.app.store.sweep(world.visit().now).await.unwrap();
}

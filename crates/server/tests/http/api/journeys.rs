//! Whole ways through the API, as a developer's program goes them.

use serde_json::json;

use super::client::Client;
use crate::world::{DAY, STEP, World};

#[tokio::test]
async fn a_user_turns_2fa_on_shows_a_code_recovers_and_turns_it_off_again() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let before = shop.get("/accounts/jana").await;
    assert_eq!(before.is(200).body["two_factor"], "off", "a user nobody has heard of");
    shop.post("/accounts/jana/verify", json!({ "code": "123456" })).await.problem("two-factor-off");

    let offered =
        shop.post("/accounts/jana/authenticators", json!({ "account_name": "jana@example.com" })).await;
    offered.is(201);
    let uri = offered.text("key_uri");
    assert!(uri.starts_with("otpauth://totp/Shop:jana%40example.com?secret="), "{uri}");
    assert!(uri.contains(&format!("secret={}&issuer=Shop", offered.text("key"))), "{uri}");
    assert!(offered.text("qr_svg").starts_with("<svg "), "{}", offered.text("qr_svg"));
    assert_eq!(offered.text("expires_at"), "2026-11-18T11:17:00Z");

    // D1: what is only offered asks nobody for a code and opens nothing.
    assert_eq!(shop.get("/accounts/jana").await.body["two_factor"], "off");
    let jana = shop.enrolled("jana").await;
    assert_eq!(jana.recovery_codes.len(), 2);
    let state = shop.state(&jana).await;
    assert_eq!(state["two_factor"], "on");
    assert_eq!(state["authenticators"][0]["name"], "Authenticator app");
    assert_eq!((&state["recovery_codes_left"], &state["code"]), (&json!(2), &json!("accepted")));

    let verified = shop.verify_code(&jana, &jana.code()).await;
    let expected = json!({ "verified": true, "method": "code", "recovery_codes_left": 2 });
    assert_eq!(verified.is(200).body, expected);
    shop.verify_code(&jana, &jana.code()).await.problem("spent-code");
    shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0].to_lowercase() })).await.is(200);
    let again = shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await;
    again.problem("used-recovery-code");
    assert_eq!(again.text("used_at"), "2026-11-18T11:07:00Z");
    assert_eq!(shop.state(&jana).await["recovery_codes_left"], 1);

    shop.delete("/accounts/jana/two-factor").await.is(204);
    shop.delete("/accounts/jana/two-factor").await.problem("two-factor-off");
    assert_eq!(shop.state(&jana).await["two_factor"], "off");
}

#[tokio::test]
async fn b1_b3_a_code_is_accepted_once_at_every_node_and_before_the_one_that_follows_it() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let code = jana.code();
    shop.verify_code(&jana, &code).await.is(200);
    for client in [&shop, &shop.at(&node)] {
        let body = json!({ "code": code, "remember_device": true });
        client.verify(&jana, body).await.problem("spent-code");
    }
    world.pass(STEP);
    shop.at(&node).verify_code(&jana, &code).await.problem("spent-code");
    shop.verify_code(&jana, &jana.code()).await.is(200);
    // What proved an authenticator is spent with it.
    let eva = shop.offered("eva").await;
    let code = eva.code();
    shop.confirm(&eva, &code).await.is(200);
    shop.verify_code(&eva, &code).await.problem("spent-code");
}

#[tokio::test]
async fn b3_fifty_that_show_one_code_at_two_nodes_are_let_in_once() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let asking = (0..50).map(|nth| {
        let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
        let (jana, code) = (jana.clone(), jana.code());
        async move { client.verify_code(&jana, &code).await }
    });
    let said = super::client::at_once(asking).await;
    assert_eq!(said.iter().filter(|said| said.status == 200).count(), 1);
    for said in said.iter().filter(|said| said.status != 200) {
        let word = said.text("type");
        assert!(["#spent-code", "#wait"].iter().any(|end| word.ends_with(end)), "{word}");
    }
    let verified = shop.events().await.into_iter().filter(|(_, kind)| kind == "verified").count();
    assert_eq!(verified, 1);
}

#[tokio::test]
async fn b7_fifty_that_show_one_recovery_code_are_let_in_once() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let asking = (0..50).map(|_| {
        let (shop, jana) = (shop.clone(), jana.clone());
        async move { shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[1] })).await }
    });
    let said = super::client::at_once(asking).await;
    assert_eq!(said.iter().filter(|said| said.status == 200).count(), 1);
    assert_eq!(shop.state(&jana).await["recovery_codes_left"], 1);
}

#[tokio::test]
async fn turning_it_off_ends_codes_recovery_codes_and_devices_and_on_again_is_another_qr_code() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let before = shop.enrolled("jana").await;
    let body = json!({ "code": before.code(), "remember_device": true });
    let token = shop.verify(&before, body).await.is(200).body["device"]["token"].clone();
    // An offer that was never proven ends with the rest.
    let offered = shop.offered("jana").await;
    shop.delete("/accounts/jana/two-factor").await.is(204);
    world.pass(STEP);
    let old = [
        json!({ "code": before.code() }),
        json!({ "code": before.code(), "next_code": before.code_in(1) }),
        json!({ "recovery_code": before.recovery_codes[0] }),
        json!({ "device_token": token }),
    ];
    for body in &old {
        shop.verify(&before, body.clone()).await.problem("two-factor-off");
    }
    shop.confirm(&offered, &offered.code()).await.problem("enrolment-over");

    let after = shop.enrolled("jana").await;
    assert_ne!(after.key, before.key);
    assert!(after.recovery_codes.iter().all(|code| !before.recovery_codes.contains(code)));
    for body in old {
        let refused = shop.verify(&after, body).await;
        refused.is(403);
        assert!(!refused.text("type").ends_with("#spent-code"), "{refused:?}");
    }
    assert_eq!(shop.state(&after).await["devices"], json!([]));
    // F3: the codes of the new set are the ones that count.
    shop.verify(&after, json!({ "recovery_code": after.recovery_codes[0] })).await.is(200);
}

#[tokio::test]
async fn f3_recovery_codes_are_replaced_where_2fa_is_on_alone_and_the_old_ones_open_nothing() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.post("/accounts/jana/recovery-codes", json!({})).await.problem("two-factor-off");
    shop.offered("jana").await;
    shop.post("/accounts/jana/recovery-codes", json!({})).await.problem("two-factor-off");
    let jana = shop.enrolled("jana").await;
    let said = shop.post("/accounts/jana/recovery-codes", json!({})).await;
    let new = said.is(200).body["recovery_codes"].clone();
    assert_eq!(new.as_array().unwrap().len(), 2);
    let old = shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await;
    old.problem("replaced-recovery-code");
    shop.verify(&jana, json!({ "recovery_code": new[0] })).await.is(200);
}

#[tokio::test]
async fn an_application_decides_how_many_recovery_codes_there_are_none_included() {
    let world = World::new();
    let bare = world.application_with("Bare", |choices| choices.recovery_codes = 0).await;
    let jana = bare.enrolled("jana").await;
    assert_eq!(jana.recovery_codes, Vec::<String>::new());
    assert_eq!(
        bare.post("/accounts/jana/recovery-codes", json!({})).await.is(200).body["recovery_codes"],
        json!([])
    );
    let none = json!({ "recovery_code": "7QK2-M9TA-4WXD-P0RZ" });
    assert!(bare.verify(&jana, none).await.status >= 400);
    bare.verify_code(&jana, &jana.code()).await.is(200);
}

#[tokio::test]
async fn a_user_who_is_forgotten_leaves_nothing_and_begins_anew() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    shop.delete("/accounts/jana").await.is(204);
    shop.delete("/accounts/jana").await.is(204);
    assert_eq!(shop.get("/accounts/jana").await.body["two_factor"], "off");
    shop.verify_code(&jana, &jana.code()).await.problem("two-factor-off");
    assert_eq!(shop.events().await, []);
    let again = shop.enrolled("jana").await;
    shop.verify_code(&again, &jana.code()).await.is(403);
    shop.verify_code(&again, &again.code()).await.is(200);
}

#[tokio::test]
async fn b10_turning_off_and_verifying_at_once_ends_as_one_of_the_two_orders() {
    let world = World::new();
    let shop = world.application("Shop").await;
    for round in 0..5 {
        let user = shop.enrolled(&format!("user-{round}")).await;
        let body = json!({ "code": user.code(), "remember_device": true });
        let off = async |shop: Client, path: String| shop.delete(&path).await;
        let (verified, off) =
            tokio::join!(shop.verify(&user, body), off(shop.clone(), user.path("/two-factor")));
        off.is(204);
        assert!([200, 403, 409].contains(&verified.status), "{verified:?}");
        let state = shop.state(&user).await;
        assert_eq!((&state["two_factor"], &state["devices"]), (&json!("off"), &json!([])));
    }
}

#[tokio::test]
async fn f7_b7_a_day_and_a_restart_later_codes_are_good_once() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let waiting = shop.waits();
    let world = world.restart();
    world.pass(DAY);
    let shop = world.known(waiting);
    shop.verify_code(&jana, &jana.code()).await.is(200);
    let used = json!({ "recovery_code": jana.recovery_codes[1] });
    shop.verify(&jana, used.clone()).await.is(200);
    shop.verify(&jana, used).await.problem("used-recovery-code");
}

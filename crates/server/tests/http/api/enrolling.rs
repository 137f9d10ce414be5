//! Turning on: offers, their proofs, and what a wrong code says.

use serde_json::json;

use super::client::at_once;
use crate::person::code_of;
use crate::world::{MINUTE, NOW, STEP, World};

#[tokio::test]
async fn d1_a_wrong_code_proves_nothing_is_explained_and_is_not_counted() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let first = shop.offered("jana").await;
    let jana = shop.offered("jana").await;
    let slow = shop.confirm(&jana, &code_of(&jana.key, NOW - 5 * MINUTE)).await;
    slow.problem("unproven-code");
    assert_eq!(slow.body["explanation"], json!({ "reason": "clock-slow", "minutes": 5 }));
    let fast = shop.confirm(&jana, &code_of(&jana.key, NOW + 5 * MINUTE)).await;
    assert_eq!(fast.problem("unproven-code").body["explanation"]["reason"], "clock-fast");
    let earlier = shop.confirm(&jana, &first.code()).await;
    assert_eq!(earlier.problem("unproven-code").body["explanation"]["reason"], "earlier-qr-code");
    for _ in 0..20 {
        let said = shop.confirm(&jana, &jana.wrong_code()).await;
        assert!(
            ["unknown", "clock-slow", "clock-fast"]
                .contains(&said.problem("unproven-code").body["explanation"]["reason"].as_str().unwrap())
        );
    }
    shop.confirm(&jana, "").await.problem("not-a-code");
    shop.post(&jana.confirmation(), json!({})).await.problem("not-a-code");
    assert_eq!(shop.get("/accounts/jana").await.body["two_factor"], "off");
    shop.confirm(&jana, &jana.code()).await.is(200);
}

#[tokio::test]
async fn an_offer_ends_with_its_time_with_the_next_offer_and_with_its_proof() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let expired = shop.offered("jana").await;
    world.pass(10 * MINUTE);
    shop.confirm(&expired, &expired.code()).await.problem("enrolment-over");
    let superseded = shop.offered("jana").await;
    let present = shop.offered("jana").await;
    assert_ne!(superseded.key, present.key);
    shop.confirm(&superseded, &superseded.code()).await.problem("enrolment-over");
    shop.confirm(&present, &present.code()).await.is(200);
    world.pass(STEP);
    shop.confirm(&present, &present.code()).await.problem("enrolment-over");
    for id in ["", "x", "0190f3a87c5e7d4e8f0a1b2c3d4e5f60", "..", "%00"] {
        let path = format!("/accounts/jana/authenticators/{id}/confirm");
        let said = shop.post(&path, json!({ "code": "123456" })).await;
        assert_eq!(said.status, 404, "{id}: {said:?}");
    }
}

#[tokio::test]
async fn b9_many_offers_and_proofs_at_once_leave_one_authenticator_and_one_set_of_codes() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let asking = (0..20).map(|nth| {
        let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
        async move { client.post("/accounts/jana/authenticators", json!({})).await }
    });
    for said in at_once(asking).await {
        said.is(201);
    }
    let jana = shop.offered("jana").await;
    let asking = (0..10).map(|nth| {
        let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
        let jana = jana.clone();
        async move { client.confirm(&jana, &jana.code()).await }
    });
    let said = at_once(asking).await;
    let won: Vec<_> = said.iter().filter(|said| said.status == 200).collect();
    assert_eq!(won.len(), 1, "{said:?}");
    let codes = &won[0].body["recovery_codes"];
    assert_eq!(shop.state(&jana).await["authenticators"].as_array().unwrap().len(), 1);
    shop.verify(&jana, json!({ "recovery_code": codes[0] })).await.is(200);
    let created = shop.events().await.into_iter().filter(|(_, kind)| kind == "account-created").count();
    assert_eq!(created, 1);
}

#[tokio::test]
async fn a_second_authenticator_touches_neither_the_first_nor_the_recovery_codes() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let first = shop.enrolled("jana").await;
    let second = shop.offered("jana").await;
    // The offer alone changes nothing: the app in use goes on, the offered one opens nothing.
    shop.verify_code(&first, &second.code()).await.problem("wrong-code");
    shop.verify_code(&first, &first.code()).await.is(200);
    // They are listed in the order in which they were added.
    world.pass(1);
    let said =
        shop.post(&second.confirmation(), json!({ "code": second.code_in(-1), "name": "  Tablet " })).await;
    assert_eq!(said.is(200).body["recovery_codes"], json!([]), "the codes of before stay");
    assert_eq!(shop.state(&first).await["authenticators"][1]["name"], "Tablet");
    shop.verify_code(&first, &second.code()).await.is(200);
    shop.verify(&first, json!({ "recovery_code": first.recovery_codes[0] })).await.is(200);
    shop.delete(&first.path(&format!("/authenticators/{}", first.authenticator))).await.is(204);
    world.pass(STEP);
    shop.verify_code(&first, &first.code()).await.problem("wrong-code");
    shop.verify_code(&first, &second.code()).await.is(200);
    let last = first.path(&format!("/authenticators/{}", second.authenticator));
    shop.delete(&last).await.problem("last-authenticator");
    let gone = first.path(&format!("/authenticators/{}", first.authenticator));
    shop.delete(&gone).await.problem("no-such-authenticator");
}

#[tokio::test]
async fn b10_of_two_authenticators_removed_at_once_one_stays() {
    let world = World::new();
    let shop = world.application("Shop").await;
    for round in 0..5 {
        let [first, second] = shop.enrolled_twice(&format!("user-{round}")).await;
        let asking = [first.clone(), second].map(|user| {
            let shop = shop.clone();
            async move { shop.delete(&user.path(&format!("/authenticators/{}", user.authenticator))).await }
        });
        let said = at_once(asking).await;
        assert_eq!(said.iter().filter(|said| said.status == 204).count(), 1, "{said:?}");
        assert_eq!(shop.state(&first).await["authenticators"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_account_has_five_authenticators_at_most() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    for _ in 0..4 {
        let more = shop.offered("jana").await;
        shop.confirm(&more, &more.code()).await.is(200);
    }
    let said = shop.post("/accounts/jana/authenticators", json!({})).await;
    said.problem("too-many-authenticators");
    assert_eq!(shop.state(&jana).await["authenticators"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn i7_whatever_the_names_are_the_qr_code_is_there_and_nothing_is_drawn_into_it() {
    let world = World::new();
    let wide = "𝕏".repeat(64);
    let shop = world.application_with("Shop", |choices| choices.issuer.clone_from(&wide)).await;
    for name in
        [wide.as_str(), "<svg onload=alert(1)>", "a:b", "\u{200b}", "🦉🦉", "x&secret=AAAA&issuer=Evil"]
    {
        let said = shop.post("/accounts/jana/authenticators", json!({ "account_name": name })).await;
        let svg = said.is(201).text("qr_svg");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{name}: {svg}");
        assert!(!svg.contains("onload") && !svg.contains("<script"), "{svg}");
        let uri = said.text("key_uri");
        assert_eq!(uri.matches("secret=").count(), 1, "{uri}");
        assert_eq!(uri.matches("issuer=").count(), 1, "{uri}");
    }
    for name in ["", " ", "a\nb", "\u{202e}evil", &"x".repeat(101)] {
        shop.post("/accounts/jana/authenticators", json!({ "account_name": name }))
            .await
            .problem("malformed");
        let jana = shop.offered("jana").await;
        let body = json!({ "code": jana.code(), "name": name });
        let said = shop.post(&jana.confirmation(), body).await;
        assert!(said.problem("malformed").text("detail").starts_with("name: "), "{said:?}");
    }
    // A user id is the label where nobody gives another.
    let long = "ž".repeat(127);
    let said = shop.post(&format!("/accounts/{}/authenticators", "%C5%BE".repeat(127)), json!({})).await;
    assert!(long.len() < 255 && said.is(201).text("qr_svg").starts_with("<svg "));
}

#[tokio::test]
async fn d7_secrets_have_160_bits_and_never_come_twice() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let key = shop.post("/accounts/jana/authenticators", json!({})).await.text("key");
        assert_eq!(data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap().len(), 20);
        assert!(seen.insert(key));
    }
}

//! Remembered devices, through the API: each use brings the next token, a copy ends the trust.

use countersign::Span;
use serde_json::{Value, json};

use super::client::{Client, User, at_once};
use crate::world::{DAY, MINUTE, STEP, World};

async fn remembered(shop: &Client, user: &User) -> String {
    let said = shop.verify(user, json!({ "code": user.code(), "remember_device": true })).await;
    said.is(200).body["device"]["token"].as_str().unwrap().to_owned()
}

fn token_of(body: &Value) -> String {
    body["device"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn e12_a_remembered_device_stands_for_a_code_each_time_with_another_token_until_its_end() {
    let world = World::new();
    let shop = world.application_with("Shop", |choices| choices.remember = Span::days(30)).await;
    let jana = shop.enrolled("jana").await;
    let mut token = remembered(&shop, &jana).await;
    let until = shop.state(&jana).await["devices"][0]["expires_at"].clone();
    for _ in 0..3 {
        world.pass(7 * DAY);
        let said = shop.verify(&jana, json!({ "device_token": token })).await;
        assert_eq!(said.is(200).body["method"], "trusted_device");
        assert_eq!(said.body["device"]["expires_at"], until, "E5: use does not prolong it");
        let next = token_of(&said.body);
        assert_ne!(next, token);
        token = next;
    }
    world.pass(9 * DAY);
    shop.verify(&jana, json!({ "device_token": token })).await.problem("untrusted-device");
    assert_eq!(shop.state(&jana).await["devices"], json!([]));
}

#[tokio::test]
async fn e7_whoever_sends_the_token_of_before_has_a_copy_and_the_device_is_forgotten() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let stolen = remembered(&shop, &jana).await;
    let said = shop.verify(&jana, json!({ "device_token": stolen })).await;
    let owners = token_of(&said.is(200).body);
    world.pass(MINUTE / 2);
    shop.verify(&jana, json!({ "device_token": stolen })).await.problem("untrusted-device");
    shop.verify(&jana, json!({ "device_token": owners })).await.problem("untrusted-device");
    assert_eq!(shop.state(&jana).await["devices"], json!([]));
    assert!(shop.events().await.iter().any(|(_, kind)| kind == "device-copied"));
}

#[tokio::test]
async fn e7_a_token_sent_twice_is_refused_and_the_device_remembered_again_takes_its_place() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let sent = remembered(&shop, &jana).await;
    let said = shop.verify(&jana, json!({ "device_token": sent })).await;
    let first = token_of(&said.is(200).body);
    world.pass(MINUTE / 2 - 1);
    shop.verify(&jana, json!({ "device_token": sent })).await.problem("untrusted-device");
    let devices = shop.state(&jana).await["devices"].as_array().unwrap().len();
    assert_eq!(devices, 1, "whoever is asked for a code has lost nothing");
    world.pass(STEP);
    let again = json!({ "code": jana.code(), "device_token": sent, "remember_device": true });
    let fresh = token_of(&shop.verify(&jana, again).await.is(200).body);
    assert_eq!(shop.state(&jana).await["devices"].as_array().unwrap().len(), 1);
    shop.verify(&jana, json!({ "device_token": first })).await.problem("untrusted-device");
    shop.verify(&jana, json!({ "device_token": fresh })).await.is(200);
    assert!(!shop.events().await.iter().any(|(_, kind)| kind == "device-copied"));
}

#[tokio::test]
async fn e7_one_lost_answer_asked_again_at_once_is_no_copy() {
    let world = World::new();
    let node = world.another();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let mut token = remembered(&shop, &jana).await;
    for round in 0..10 {
        let asking = (0..6).map(|nth| {
            let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
            let (path, token) = (jana.path("/verify"), token.clone());
            async move {
                client.post_once(&format!("round {round}"), &path, json!({ "device_token": token })).await
            }
        });
        let said = at_once(asking).await;
        for one in &said {
            assert_eq!(one.is(200).bytes, said[0].bytes, "all get the one answer");
        }
        token = token_of(&said[0].body);
    }
    assert_eq!(shop.state(&jana).await["devices"].as_array().unwrap().len(), 1);
    assert!(!shop.events().await.iter().any(|(_, kind)| kind == "device-copied"));
    shop.verify(&jana, json!({ "device_token": token })).await.is(200);
}

#[tokio::test]
async fn e1_e2_a_token_is_good_for_its_user_alone_and_nothing_else_is_one() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let (jana, eva) = (shop.enrolled("jana").await, shop.enrolled("eva").await);
    let token = remembered(&shop, &jana).await;
    let secret = shop.key.trim_start_matches("countersign_").to_owned();
    for text in
        ["", "x", "null", &secret, &jana.recovery_codes[0], &format!("{token}="), &format!(" {token}")]
    {
        shop.verify(&jana, json!({ "device_token": text })).await.problem("untrusted-device");
    }
    shop.verify(&eva, json!({ "device_token": token })).await.problem("untrusted-device");
    shop.verify(&jana, json!({ "device_token": token })).await.is(200);
    // No token before a factor was shown.
    let wrong = json!({ "code": jana.wrong_code(), "remember_device": true });
    assert_eq!(shop.verify(&jana, wrong).await.problem("wrong-code").body.get("device"), None);
    let alone = json!({ "device_token": token, "remember_device": true });
    shop.verify(&jana, alone).await.problem("malformed");
    assert_eq!(shop.state(&jana).await["devices"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn devices_are_listed_and_forgotten_one_or_all() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(remembered(&shop, &jana).await);
        world.pass(STEP);
    }
    let listed = shop.get("/accounts/jana/devices").await.is(200).body.clone();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(listed[0]["name"], "Shop", "nobody said which browser");
    let (latest, last) = (listed[0]["id"].as_str().unwrap(), tokens.pop().unwrap());
    shop.delete(&format!("/accounts/jana/devices/{latest}")).await.is(204);
    shop.delete(&format!("/accounts/jana/devices/{latest}")).await.problem("no-such-device");
    shop.delete("/accounts/jana/devices/none").await.problem("no-such-device");
    shop.verify(&jana, json!({ "device_token": last })).await.problem("untrusted-device");
    shop.delete("/accounts/jana/devices").await.is(204);
    for token in tokens {
        shop.verify(&jana, json!({ "device_token": token })).await.problem("untrusted-device");
    }
    assert_eq!(shop.get("/accounts/jana/devices").await.is(200).body, json!([]));
    assert_eq!(shop.get("/accounts/nobody/devices").await.is(200).body, json!([]));
}

#[tokio::test]
async fn where_an_application_remembers_none_there_is_no_token_and_an_old_one_is_worth_nothing() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let token = remembered(&shop, &jana).await;
    let application = world.app.store.application_named("Shop").await.unwrap().unwrap();
    let choices = countersign::application::Choices { remember: Span::ZERO, ..application.choices };
    world.app.store.change_application(application.id, &choices).await.unwrap();
    shop.verify(&jana, json!({ "device_token": token })).await.problem("untrusted-device");
    world.pass(STEP);
    let said = shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await;
    assert_eq!(said.is(200).body.get("device"), None);
}

#[tokio::test]
async fn c13_strangers_who_guess_do_not_lock_out_the_device_that_is_remembered() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let token = remembered(&shop, &jana).await;
    world.pass(STEP);
    let mut wrong = jana.wrong_codes();
    loop {
        let said = shop.verify_code(&jana, &wrong.next().unwrap()).await;
        if said.status == 429 {
            break;
        }
        said.problem("wrong-code");
    }
    shop.verify_code(&jana, &jana.code()).await.problem("wait");
    // The device itself still stands for a code, and a code that comes with its token is looked at.
    let body = json!({ "code": jana.code(), "device_token": token });
    shop.verify(&jana, body).await.is(200);
    let said = shop.verify(&jana, json!({ "device_token": token })).await;
    let token = token_of(&said.is(200).body);
    // Its own guesses are counted too.
    world.pass(MINUTE);
    let mut refused = 0;
    for code in jana.wrong_codes().take(10) {
        let body = json!({ "code": code, "device_token": token });
        refused += usize::from(shop.verify(&jana, body).await.status == 403);
    }
    assert_eq!(refused, 5, "the free ones, and then it waits");
}

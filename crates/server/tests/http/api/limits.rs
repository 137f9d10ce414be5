//! Rate limits: the application's own, said in every answer, enforced at each node.

use serde_json::json;

use super::client::at_once;
use crate::world::{MINUTE, World};

#[tokio::test]
async fn an_application_with_a_limit_is_told_how_much_is_left_and_when_to_come_again() {
    let world = World::new();
    let shop = world.application_with("Shop", |choices| choices.requests_a_minute = Some(6)).await;
    let other = world.application("Other").await;
    for left in (0..6).rev() {
        let said = shop.get("/accounts/jana").await;
        assert_eq!(said.is(200).header("ratelimit-policy"), Some("\"minute\";q=6;w=60"));
        let full = (6 - left) * 10;
        assert_eq!(said.header("ratelimit").unwrap(), format!("\"minute\";r={left};t={full}"));
    }
    let said = shop.post("/accounts/jana/verify", json!({ "code": "123456" })).await;
    said.problem("rate-limited");
    assert_eq!(said.header("retry-after"), Some("10"));
    assert!(said.header("ratelimit").unwrap().starts_with("\"minute\";r=0;"));
    // A mistake counts like any other request, a request without a key does not.
    shop.get("/accounts/%00").await.problem("rate-limited");
    shop.get("/events?limit=0").await.problem("rate-limited");
    let nobody = shop.with_key("").get("/accounts/jana").await;
    assert_eq!(nobody.problem("unauthenticated").header("ratelimit"), None);
    let said = other.get("/accounts/jana").await;
    assert_eq!(said.is(200).header("ratelimit"), None, "no limit of others");
    shop.at(&world.another()).get("/events").await.is(200);
    world.pass(10_000);
    shop.get("/events").await.is(200);
    shop.get("/events").await.problem("rate-limited");
    world.pass(MINUTE);
    for _ in 0..6 {
        shop.get("/events").await.is(200);
    }
    shop.get("/events").await.problem("rate-limited");
}

#[tokio::test]
async fn forty_at_once_get_no_more_than_their_limit_and_a_limit_can_be_changed() {
    let world = World::new();
    let shop = world.application_with("Shop", |choices| choices.requests_a_minute = Some(10)).await;
    let asking = (0..40).map(|_| {
        let shop = shop.clone();
        async move { shop.get("/events").await }
    });
    let said = at_once(asking).await;
    assert_eq!(said.iter().filter(|said| said.status == 200).count(), 10);
    let application = world.app.store.application_named("Shop").await.unwrap().unwrap();
    let choices = countersign::application::Choices { requests_a_minute: None, ..application.choices };
    world.app.store.change_application(application.id, &choices).await.unwrap();
    shop.get("/events").await.is(200);
}

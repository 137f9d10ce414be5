//! Pages that applications send their users to: links, errands, results, and everybody who tries to use them otherwise.

use axum::body::Body;
use axum::http::Method;
use countersign::return_address::ReturnAddress;
use countersign_server::clock::Clock as _;
use countersign_store::looks::Change;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::api::client::{Client, Said, at_once};
use crate::browser::{Browser, Page};
use crate::input::no_codes;
use crate::person::code_of;
use crate::processes::{run, said};
use crate::world::{DAY, MINUTE, STEP, World};

/// Where users come back to, unless a test says otherwise.
const BACK: &str = "https://shop.example.com/two-factor/back";
/// The application's own text.
const STATE: &str = "a&b=c#d";

impl World {
    /// An application that has a return address.
    async fn shop(&self) -> Client {
        let shop = self.application("Shop").await;
        self.takes_back(&shop, &[BACK]).await;
        shop
    }

    /// The application takes its users back to these addresses from now on.
    async fn takes_back(&self, client: &Client, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| ReturnAddress::parse(address).unwrap()).collect();
        let change = Change { return_addresses: Some(addresses), ..Change::default() };
        self.app.store.change_look(client.id, &change).await.unwrap();
    }
}

/// What is sent for a link.
fn wanted(purpose: &str) -> Value {
    json!({ "purpose": purpose, "return_to": BACK, "state": STATE, "account_name": "jana@example.com" })
}

/// The path of a new link.
async fn link(shop: &Client, user: &str, purpose: &str) -> String {
    link_of(&shop.post(&format!("/accounts/{user}/links"), wanted(purpose)).await)
}

fn link_of(said: &Said) -> String {
    let url = said.is(201).text("url");
    url.strip_prefix("http://localhost:8080").unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// A browser on a new errand, and where its pages are.
async fn sent(world: &World, shop: &Client, user: &str, purpose: &str) -> (Browser, String) {
    let mut browser = world.browser();
    let base = opens(&mut browser, &link(shop, user, purpose).await).await;
    (browser, base)
}

/// Opens a link that is good.
async fn opens(browser: &mut Browser, link: &str) -> String {
    let page = browser.get(link).await;
    let base = page.is(303).location().rsplit_once('/').unwrap().0.to_owned();
    assert!(base.starts_with("/hosted/") && !page.location().contains('?'), "{page:?}");
    base
}

/// Goes on to the application, and says with what.
async fn returns(browser: &mut Browser, base: &str) -> String {
    let page = browser.get(&format!("{base}/return")).await;
    result_in(&page)
}

fn result_in(page: &Page) -> String {
    let rest = page.is(303).location().strip_prefix(&format!("{BACK}?countersign_result="));
    let rest = rest.unwrap_or_else(|| panic!("{page:?}"));
    rest.strip_suffix("&state=a%26b%3Dc%23d").unwrap_or_else(|| panic!("{page:?}")).to_owned()
}

async fn redeem(shop: &Client, user: &str, purpose: &str, result: &str) -> Said {
    let body = json!({ "result": result, "purpose": purpose });
    shop.post(&format!("/accounts/{user}/results"), body).await
}

/// What the payload of a result says.
fn claims(result: &str) -> Value {
    let payload = result.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn somebody_shows_a_code_and_comes_back_with_a_result_that_counts_once() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.get(&format!("{base}/code")).await.is(200).says("jana@example.com").says("<bdi>Shop</bdi>");
    browser.get(&format!("{base}/return")).await.leads_to(&format!("{base}/code"));
    let page = browser.post(&format!("{base}/code"), &[("code", &jana.wrong_code())]).await;
    page.is(401).says("This code is not right.");
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.leads_to(&format!("{base}/done"));
    // A form may not lead to another origin: a page of ours stands between, and goes on by itself.
    let page = browser.get(&format!("{base}/done")).await;
    page.is(200).says(&format!("content=\"0; url={base}/return\"")).is_silent_about("shop.example.com");
    let result = returns(&mut browser, &base).await;
    assert_eq!(returns(&mut browser, &base).await, result, "a reload changes nothing");
    let said = claims(&result);
    let names = [("iss", "http://localhost:8080"), ("aud", "Shop"), ("sub", "jana"), ("purpose", "verify")];
    for (name, value) in
        names.into_iter().chain([("outcome", "verified"), ("method", "code"), ("state", STATE)])
    {
        assert_eq!(said[name], value, "{said}");
    }
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 90);
    let redeemed = redeem(&shop, "jana", "verify", &result).await;
    assert_eq!(redeemed.is(200).body["outcome"], "verified");
    assert_eq!((&redeemed.body["method"], &redeemed.body["state"]), (&json!("code"), &json!(STATE)));
    redeem(&shop, "jana", "verify", &result).await.problem("used-result");
    shop.verify_code(&jana, &jana.code()).await.problem("spent-code");
    let told: Vec<String> = shop.events().await.into_iter().map(|(_, kind)| kind).collect();
    assert!(told[2..] == ["wrong-code", "verified", "wrong-code"], "{told:?}");
}

#[tokio::test]
async fn a_lost_answer_to_a_redemption_is_asked_for_again() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.is(303);
    let body = json!({ "result": returns(&mut browser, &base).await, "purpose": "verify" });
    let first = shop.post_once("a", "/accounts/jana/results", body.clone()).await;
    let again = shop.post_once("a", "/accounts/jana/results", body.clone()).await;
    assert_eq!((first.is(200).bytes.clone(), again.was_told_before()), (again.is(200).bytes.clone(), true));
    shop.post_once("b", "/accounts/jana/results", body).await.problem("used-result");
    // The same link, too, and not another.
    let first = shop.post_once("c", "/accounts/jana/links", wanted("verify")).await;
    let again = shop.post_once("c", "/accounts/jana/links", wanted("verify")).await;
    assert_eq!(first.is(201).bytes, again.is(201).bytes);
    // Who went back without a code is told so again as well.
    let base = opens(&mut browser, &link_of(&first)).await;
    browser.post(&format!("{base}/leave"), &[]).await.leads_to(&format!("{base}/done"));
    let body = json!({ "result": returns(&mut browser, &base).await, "purpose": "verify" });
    for told_before in [false, true] {
        let said = shop.post_once("d", "/accounts/jana/results", body.clone()).await;
        assert_eq!(said.problem("cancelled").was_told_before(), told_before);
    }
}

#[tokio::test]
async fn somebody_turns_it_on_and_gets_codes_that_work() {
    let world = World::new();
    let shop = world.shop().await;
    let (mut browser, base) = sent(&world, &shop, "jana", "turn_on").await;
    let page = browser.get(&format!("{base}/turn-on")).await;
    page.is(200)
        .says("You go back to Shop.")
        .says("You save 2 recovery codes")
        .is_silent_about("type=\"password\"");
    browser.get(&format!("{base}/set-up")).await.leads_to(&format!("{base}/turn-on"));
    browser.post(&format!("{base}/turn-on"), &[]).await.leads_to(&format!("{base}/set-up"));
    let before = browser.get(&format!("{base}/set-up")).await.key();
    browser.post(&format!("{base}/set-up/restart"), &[]).await.leads_to(&format!("{base}/set-up"));
    let page = browser.get(&format!("{base}/set-up")).await;
    page.is(200).says("jana@example.com").is_silent_about("href=\"/account\"");
    let key = page.key();
    let now = world.clock.now_ms();
    let page = browser.post(&format!("{base}/set-up"), &[("code", &code_of(&before, now))]).await;
    page.is(400).says("earlier QR code");
    let page = browser.post(&format!("{base}/set-up"), &[("code", &code_of(&key, now - 6 * STEP))]).await;
    page.is(400).says("3 minutes slow");
    assert_eq!(shop.get("/accounts/jana").await.body["two_factor"], "off");
    let page = browser.post(&format!("{base}/set-up"), &[("code", &code_of(&key, now))]).await;
    page.is(200).says(&format!("href=\"{base}/return\"")).says("Keep these 2 recovery codes.");
    let codes = page.recovery_codes();
    assert_eq!(codes.len(), 2);
    // The file, once.
    let ticket = page.ticket();
    let download = "/account/two-factor/recovery-codes/download";
    let file = browser.post(download, &[("ticket", &ticket)]).await;
    file.is(200).says(&codes[0]).says("jana@example.com").says("Shop");
    browser.post(download, &[("ticket", &ticket)]).await.is(204);
    // Reading them takes a while.
    world.pass(40 * MINUTE);
    browser.get(&format!("{base}/set-up")).await.leads_to(&format!("{base}/done"));
    let result = returns(&mut browser, &base).await;
    let said = redeem(&shop, "jana", "turn_on", &result).await;
    assert_eq!(said.is(200).body["outcome"], "turned_on");
    let path = "/accounts/jana/verify";
    shop.post(path, json!({ "recovery_code": codes[0] })).await.is(200);
    shop.post(path, json!({ "code": code_of(&key, world.clock.now_ms()) })).await.is(200);
    shop.post("/accounts/jana/links", wanted("turn_on")).await.problem("two-factor-on");
}

#[tokio::test]
async fn an_application_without_recovery_codes_shows_none() {
    let world = World::new();
    let shop = world.application_with("Shop", |choices| choices.recovery_codes = 0).await;
    world.takes_back(&shop, &[BACK]).await;
    let (mut browser, base) = sent(&world, &shop, "jana", "turn_on").await;
    browser.get(&format!("{base}/turn-on")).await.is(200).is_silent_about("recovery code");
    browser.post(&format!("{base}/turn-on"), &[]).await.is(303);
    let key = browser.get(&format!("{base}/set-up")).await.key();
    let code = code_of(&key, world.clock.now_ms());
    browser.post(&format!("{base}/set-up"), &[("code", &code)]).await.leads_to(&format!("{base}/done"));
    world.pass(STEP);
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.get(&format!("{base}/code")).await.is(200).is_silent_about("recovery code");
    let (mut browser, base) = sent(&world, &shop, "jana", "manage").await;
    browser.get(&format!("{base}/manage")).await.is(200).is_silent_about("ecovery code");
    browser.get(&format!("{base}/recovery-codes")).await.leads_to(&format!("{base}/manage"));
    browser.get(&format!("{base}/turn-off")).await.is(200).is_silent_about("ecovery code");
}

#[tokio::test]
async fn a_device_that_is_remembered_comes_back_at_once_unless_a_code_is_wanted() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.get(&format!("{base}/code")).await.says("Remember me on this device");
    let fields = [("code", &*jana.code()), ("remember", "on")];
    browser.post(&format!("{base}/code"), &fields).await.leads_to(&format!("{base}/done"));
    returns(&mut browser, &base).await;
    for _ in 0..2 {
        let page = browser.get(&link(&shop, "jana", "verify").await).await;
        let base = page.location().strip_suffix("/return").unwrap_or_else(|| panic!("{page:?}")).to_owned();
        let result = returns(&mut browser, &base).await;
        let said = redeem(&shop, "jana", "verify", &result).await;
        assert_eq!(said.is(200).body["method"], "trusted_device");
    }
    // It is of this user alone, and stands for nothing where a fresh code is wanted.
    let petr = shop.enrolled("petr").await;
    let base = opens(&mut browser, &link(&shop, "petr", "verify").await).await;
    browser.get(&format!("{base}/code")).await.is(200);
    let mut fresh = wanted("verify");
    fresh["fresh"] = json!(true);
    let said = shop.post("/accounts/jana/links", fresh).await;
    let base = opens(&mut browser, &link_of(&said)).await;
    browser.get(&format!("{base}/code")).await.is(200).is_silent_about("Remember me");
    world.pass(STEP);
    let fields = [("code", &*jana.code()), ("remember", "on")];
    let page = browser.post(&format!("{base}/code"), &fields).await;
    assert!(!page.leads_to(&format!("{base}/done")).gives("device"));
    // Forgotten, it is asked.
    shop.delete("/accounts/jana/devices").await.is(204);
    let base = opens(&mut browser, &link(&shop, "jana", "verify").await).await;
    browser.get(&format!("{base}/code")).await.is(200);
    drop(petr);
}

#[tokio::test]
async fn a_recovery_code_counts_once_and_says_so() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    let path = format!("{base}/recovery-code");
    browser.get(&path).await.is(200);
    browser.post(&path, &[("recovery_code", "7QK2")]).await.is(400);
    let code = jana.recovery_codes[0].clone();
    browser.post(&path, &[("recovery_code", &code)]).await.leads_to(&format!("{base}/done"));
    let result = returns(&mut browser, &base).await;
    let said = redeem(&shop, "jana", "verify", &result).await;
    assert_eq!(said.is(200).body["method"], "recovery_code");
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    let page = browser.post(&format!("{base}/recovery-code"), &[("recovery_code", &code)]).await;
    page.is(401).says("already used");
}

#[tokio::test]
async fn c7_guesses_through_pages_and_the_api_share_one_budget_and_two_codes_lead_out() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    let path = format!("{base}/code");
    let wrong: Vec<String> = jana.wrong_codes().take(6).collect();
    for (nth, code) in wrong.iter().take(5).enumerate() {
        match nth % 2 {
            0 => assert_eq!(browser.post(&path, &[("code", code)]).await.status, 401),
            _ => assert_eq!(shop.verify_code(&jana, code).await.status, 403),
        }
    }
    let page = browser.post(&path, &[("code", &wrong[5])]).await;
    page.is(429).says("Too many wrong codes.").says(&format!("{base}/two-codes"));
    assert!(page.header("retry-after").is_some());
    shop.verify_code(&jana, &jana.code()).await.problem("wait");
    // Another link is no way around it.
    let (mut other, at) = sent(&world, &shop, "jana", "verify").await;
    other.post(&format!("{at}/code"), &[("code", &jana.code())]).await.is(429);
    let two = format!("{base}/two-codes");
    browser.get(&two).await.is(200);
    let (one, next) = (jana.code(), jana.code_in(1));
    browser.post(&two, &[("code", &one), ("next_code", &next)]).await.leads_to(&format!("{base}/done"));
    let result = returns(&mut browser, &base).await;
    let said = redeem(&shop, "jana", "verify", &result).await;
    assert_eq!(said.is(200).body["method"], "two_codes");
}

#[tokio::test]
async fn somebody_manages_all_of_it_with_one_code_and_turns_it_off() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await.is(200);
    world.pass(STEP);
    let (mut browser, base) = sent(&world, &shop, "jana", "manage").await;
    let at = |page: &str| format!("{base}/{page}");
    let page = browser.get(&at("manage")).await;
    page.is(200).says("Authenticator app").says("2 of 2 codes left").is_silent_about("/account/two-factor");
    // Adding asks for a code; what follows within a quarter of an hour does not.
    let add = at("authenticators/add");
    browser.get(&add).await.is(200).says("name=\"code\"").is_silent_about("type=\"password\"");
    browser.post(&add, &[]).await.is(400);
    browser.post(&add, &[("code", &jana.wrong_code())]).await.is(403).says("This code is not right.");
    browser.get(&at("set-up")).await.leads_to(&add);
    browser.post(&add, &[("code", &jana.code())]).await.leads_to(&at("set-up"));
    let key = browser.get(&at("set-up")).await.key();
    let code = code_of(&key, world.clock.now_ms());
    browser.post(&at("set-up"), &[("code", &code), ("name", "Tablet")]).await.leads_to(&at("manage"));
    let page = browser.get(&at("manage")).await;
    page.says("“Tablet” is added.");
    let path = at(&format!("authenticators/{}", jana.authenticator));
    browser.get(&format!("{path}/rename")).await.is(200);
    browser.post(&format!("{path}/rename"), &[("name", "")]).await.is(400);
    browser.post(&format!("{path}/rename"), &[("name", "Old phone")]).await.leads_to(&at("manage"));
    browser.get(&format!("{path}/remove")).await.is(200).is_silent_about("name=\"code\"");
    browser.post(&format!("{path}/remove"), &[]).await.leads_to(&at("manage"));
    let codes = at("recovery-codes");
    let set = browser.get(&codes).await.between("name=\"set\" value=\"", "\"");
    let page = browser.post(&codes, &[("set", &set)]).await;
    page.is(200).says(&format!("href=\"{}\"", at("manage")));
    let fresh = page.recovery_codes();
    browser.post(&codes, &[("set", &set)]).await.leads_to(&at("manage"));
    assert_eq!(fresh.len(), 2);
    let devices = browser.get(&at("manage")).await;
    let device = devices.between("/devices/", "/forget");
    browser.post(&at(&format!("devices/{device}/forget")), &[]).await.leads_to(&at("manage"));
    assert_eq!(shop.state(&jana).await["devices"], json!([]));
    browser.get(&at("turn-off")).await.is(200).is_silent_about("name=\"code\"");
    browser.post(&at("turn-off"), &[]).await.leads_to(&at("manage"));
    browser.get(&at("manage")).await.is(200).says("Two-factor authentication is off.");
    assert_eq!(shop.get("/accounts/jana").await.body["two_factor"], "off");
    browser.post(&at("leave"), &[]).await.leads_to(&at("done"));
    let result = returns(&mut browser, &base).await;
    let said = redeem(&shop, "jana", "manage", &result).await;
    assert_eq!(said.is(200).body["outcome"], "turned_off");
    let kinds: Vec<String> = shop.events().await.into_iter().map(|(_, kind)| kind).collect();
    for kind in
        ["authenticator-added", "authenticator-renamed", "authenticator-removed", "recovery-codes-replaced"]
    {
        assert!(kinds.iter().any(|told| told == kind), "{kind}: {kinds:?}");
    }
}

#[tokio::test]
async fn whoever_manages_can_turn_it_on_again_and_is_asked_for_a_code_a_quarter_of_an_hour_later() {
    let world = World::new();
    let shop = world.shop().await;
    let (mut browser, base) = sent(&world, &shop, "jana", "manage").await;
    let at = |page: &str| format!("{base}/{page}");
    browser.get(&at("manage")).await.is(200).says(&at("turn-on"));
    browser.post(&at("turn-on"), &[]).await.leads_to(&at("set-up"));
    let key = browser.get(&at("set-up")).await.key();
    let code = code_of(&key, world.clock.now_ms());
    let page = browser.post(&at("set-up"), &[("code", &code)]).await;
    page.is(200).says(&format!("href=\"{}\"", at("manage")));
    browser.get(&at("turn-off")).await.is(200).is_silent_about("name=\"code\"");
    world.pass(8 * MINUTE);
    browser.get(&at("manage")).await.is(200);
    world.pass(8 * MINUTE);
    browser.get(&at("turn-off")).await.is(200).says("name=\"code\"");
    browser.post(&at("turn-off"), &[]).await.is(400);
    browser.post(&at("leave"), &[]).await.is(303);
    let result = returns(&mut browser, &base).await;
    assert_eq!(redeem(&shop, "jana", "manage", &result).await.is(200).body["outcome"], "turned_on");
    // Nothing done is said, too.
    let (mut browser, base) = sent(&world, &shop, "jana", "manage").await;
    browser.post(&format!("{base}/leave"), &[]).await.is(303);
    let result = returns(&mut browser, &base).await;
    assert_eq!(redeem(&shop, "jana", "manage", &result).await.is(200).body["outcome"], "unchanged");
}

#[tokio::test]
async fn b1_a_link_is_opened_by_one_browser_however_many_try_at_once() {
    let world = World::new();
    let node = world.another();
    let shop = world.shop().await;
    shop.enrolled("jana").await;
    for _ in 0..5 {
        let link = link(&shop, "jana", "verify").await;
        // Whoever only looks does not use it up.
        world.browser().send(Method::HEAD, &link, &[], Body::empty()).await.is(204);
        let opening = (0..10).map(|nth| {
            let mut browser = if nth % 2 == 0 { world.browser() } else { world.browser().at(&node) };
            let link = link.clone();
            async move { (browser.get(&link).await, browser) }
        });
        let opened = at_once(opening).await;
        let (won, lost): (Vec<_>, Vec<_>) = opened.into_iter().partition(|(page, _)| page.status == 303);
        assert_eq!((won.len(), lost.len()), (1, 9));
        for (page, mut browser) in lost {
            page.is(410).says("This link was opened before");
            assert!(!page.gives("errand"), "{page:?}");
            let base = won[0].0.location().to_owned();
            browser.get(&base).await.is(410).says("This page is over");
        }
        // The winner who opens it again is where it was.
        let (page, mut browser) = won.into_iter().next().unwrap();
        browser.get(&link).await.leads_to(page.location());
    }
}

#[tokio::test]
async fn b11_a_link_waits_five_minutes_and_an_errand_ends_by_itself() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let late = link(&shop, "jana", "verify").await;
    world.pass(5 * MINUTE);
    world.browser().get(&late).await.is(410).says("This page is over");
    for bad in
        ["/hosted/begin", "/hosted/begin?link=", "/hosted/begin?link=x", &late.replace("link=", "link=A")]
    {
        world.browser().get(bad).await.is(410);
    }
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    world.pass(15 * MINUTE);
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.is(410);
    // Whoever opens its pages goes on, for an hour.
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    for _ in 0..11 {
        world.pass(6 * MINUTE - 1000);
        let page = browser.get(&format!("{base}/code")).await;
        if page.status == 410 {
            break;
        }
    }
    browser.get(&format!("{base}/code")).await.is(410);
    shop.verify_code(&jana, &jana.code()).await.is(200);
}

#[tokio::test]
async fn b1_a_result_is_redeemed_once_however_many_ask_at_once() {
    let world = World::new();
    let node = world.another();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    for _ in 0..3 {
        world.pass(STEP);
        let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
        browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.is(303);
        let leaving = (0..6).map(|_| {
            let (mut browser, path) = (browser.clone(), format!("{base}/return"));
            async move { result_in(&browser.get(&path).await) }
        });
        let results = at_once(leaving).await;
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        let asking = (0..10).map(|nth| {
            let client = if nth % 2 == 0 { shop.clone() } else { shop.at(&node) };
            let result = results[0].clone();
            async move { redeem(&client, "jana", "verify", &result).await }
        });
        let said = at_once(asking).await;
        assert_eq!(said.iter().filter(|said| said.status == 200).count(), 1, "{said:?}");
        for lost in said.iter().filter(|said| said.status != 200) {
            lost.problem("used-result");
        }
    }
}

#[tokio::test]
async fn b3_the_same_code_in_many_browsers_ends_one_errand() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let mut browsers = Vec::new();
    for _ in 0..6 {
        browsers.push(sent(&world, &shop, "jana", "verify").await);
    }
    let code = jana.code();
    let typing = browsers.into_iter().map(|(mut browser, base)| {
        let code = code.clone();
        async move { browser.post(&format!("{base}/code"), &[("code", &code)]).await.status }
    });
    let mut said = at_once(typing).await;
    said.sort_unstable();
    assert_eq!(said, [303, 401, 401, 401, 401, 401]);
}

#[tokio::test]
async fn a24_a_result_is_good_for_its_user_its_purpose_its_application_and_a_minute_and_a_half() {
    let world = World::new();
    let shop = world.shop().await;
    let club = world.application("Club").await;
    let (jana, _petr) = (shop.enrolled("jana").await, shop.enrolled("petr").await);
    let at_club = club.enrolled("jana").await;
    world.takes_back(&club, &[BACK]).await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.is(303);
    let result = returns(&mut browser, &base).await;
    redeem(&club, "jana", "verify", &result).await.problem("unfit-result");
    redeem(&shop, "petr", "verify", &result).await.problem("unfit-result");
    redeem(&shop, "nobody", "verify", &result).await.problem("unfit-result");
    redeem(&shop, "jana", "manage", &result).await.problem("unfit-result");
    redeem(&shop, "jana", "turn_on", &result).await.problem("unfit-result");
    let parts: Vec<&str> = result.split('.').collect();
    let mut forged = claims(&result);
    forged["sub"] = json!("petr");
    let forged = BASE64URL_NOPAD.encode(forged.to_string().as_bytes());
    let none = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    let forged = format!("{}.{forged}.{}", parts[0], parts[2]);
    for (user, bad) in [
        ("petr", forged.as_str()),
        ("jana", ""),
        ("jana", "a.b.c"),
        ("jana", &format!("{none}.{}.", parts[1])),
        ("jana", &format!("{}.{}.", parts[0], parts[1])),
        ("jana", &format!("{result}A")),
    ] {
        redeem(&shop, user, "verify", bad).await.problem("unfit-result");
    }
    for body in [json!({ "result": result }), json!({ "result": result, "purpose": "login" }), json!({})] {
        shop.post("/accounts/jana/results", body).await.problem("malformed");
    }
    redeem(&shop, "jana", "verify", &result).await.is(200);
    // Another, which comes too late.
    world.pass(STEP);
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.is(303);
    let result = returns(&mut browser, &base).await;
    world.pass(90_000);
    redeem(&shop, "jana", "verify", &result).await.problem("unfit-result");
    browser.get(&format!("{base}/return")).await.is(410);
    drop(at_club);
}

#[tokio::test]
async fn what_was_shown_is_no_use_to_a_browser_that_stays_away() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.is(303);
    world.pass(2 * MINUTE);
    browser.get(&format!("{base}/done")).await.is(410);
    browser.get(&format!("{base}/return")).await.is(410);
}

#[tokio::test]
async fn whoever_goes_back_without_a_code_is_not_verified() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    browser.post(&format!("{base}/leave"), &[]).await.leads_to(&format!("{base}/done"));
    // It ended: no code opens it any more, and none is spent.
    browser.post(&format!("{base}/code"), &[("code", &jana.code())]).await.leads_to(&format!("{base}/done"));
    let result = returns(&mut browser, &base).await;
    assert_eq!(claims(&result)["outcome"], "cancelled");
    redeem(&shop, "jana", "verify", &result).await.problem("cancelled");
    redeem(&shop, "jana", "verify", &result).await.problem("used-result");
    shop.verify_code(&jana, &jana.code()).await.is(200);
    let (mut browser, base) = sent(&world, &shop, "petr", "turn_on").await;
    browser.post(&format!("{base}/leave"), &[]).await.is(303);
    let result = returns(&mut browser, &base).await;
    redeem(&shop, "petr", "turn_on", &result).await.problem("cancelled");
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.enrolled("jana").await;
    shop.post("/accounts/jana/links", wanted("verify")).await.problem("unknown-return-address");
    world.takes_back(&shop, &[BACK, "https://shop.example.com/?a=b"]).await;
    for bad in [
        "",
        "https://evil.example/",
        "https://shop.example.com/",
        "https://shop.example.com/two-factor/back/",
        "https://shop.example.com/two-factor/back?next=https://evil.example",
        "https://shop.example.com/two-factor/back#x",
        "https://shop.example.com/two-factor/../evil",
        "https://shop.example.com/two-factor/back\\evil",
        "https://SHOP.example.com/two-factor/back",
        "https://shop.example.com@evil.example/",
        "http://shop.example.com/two-factor/back",
        "//shop.example.com/two-factor/back",
        "javascript:alert(1)",
        " https://shop.example.com/two-factor/back",
        "https://shop.example.com/two-factor/back\r\nset-cookie: a=b",
        "https://shop.example.com/two-factor/back\0",
    ] {
        let mut body = wanted("verify");
        body["return_to"] = json!(bad);
        shop.post("/accounts/jana/links", body).await.problem("unknown-return-address");
    }
    // What an address has of its own is kept.
    let mut body = wanted("verify");
    body["return_to"] = json!("https://shop.example.com/?a=b");
    let said = shop.post("/accounts/jana/links", body).await;
    let mut browser = world.browser();
    let base = opens(&mut browser, &link_of(&said)).await;
    browser.post(&format!("{base}/leave"), &[]).await.is(303);
    let page = browser.get(&format!("{base}/return")).await;
    assert!(page.location().starts_with("https://shop.example.com/?a=b&countersign_result="), "{page:?}");
    // Another application's is none of this one's, and one that is taken away is none at once, for whoever is under way.
    let club = world.application("Club").await;
    club.enrolled("jana").await;
    club.post("/accounts/jana/links", wanted("verify")).await.problem("unknown-return-address");
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    let (mut returned, at_returned) = sent(&world, &shop, "jana", "verify").await;
    browser.post(&format!("{base}/leave"), &[]).await.is(303);
    returned.post(&format!("{at_returned}/leave"), &[]).await.is(303);
    returns(&mut returned, &at_returned).await;
    world.takes_back(&shop, &[]).await;
    browser.get(&format!("{base}/return")).await.is(410).is_silent_about("shop.example.com");
    returned.get(&format!("{at_returned}/return")).await.is(410).is_silent_about("shop.example.com");
}

#[tokio::test]
async fn a_request_for_a_link_is_read_strictly() {
    let world = World::new();
    let shop = world.shop().await;
    shop.enrolled("jana").await;
    for (field, value) in [
        ("purpose", json!("login")),
        ("purpose", json!(1)),
        ("purpose", Value::Null),
        ("state", json!("")),
        ("state", json!("a b")),
        ("state", json!("ž")),
        ("state", json!("a\nb")),
        ("state", json!("a".repeat(256))),
        ("language", json!("de")),
        ("account_name", json!("")),
        ("account_name", json!("a\u{202e}b")),
        ("fresh", json!("true")),
        ("user", json!("petr")),
        ("return_to", json!(["https://shop.example.com/"])),
    ] {
        let mut body = wanted("verify");
        body[field] = value;
        shop.post("/accounts/jana/links", body).await.problem("malformed");
    }
    shop.post("/accounts/jana/links", json!({})).await.problem("malformed");
    shop.post("/accounts/nobody/links", wanted("verify")).await.problem("two-factor-off");
    assert_eq!(shop.get("/accounts/nobody").await.body["two_factor"], "off");
    shop.with_key("").post("/accounts/jana/links", wanted("verify")).await.problem("unauthenticated");
}

#[tokio::test]
async fn a25_an_errand_serves_its_account_its_purpose_and_its_browser_alone() {
    let world = World::new();
    let shop = world.shop().await;
    let (jana, petr) = (shop.enrolled("jana").await, shop.enrolled("petr").await);
    let (verify, at_verify) = sent(&world, &shop, "jana", "verify").await;
    let (manage, at_manage) = sent(&world, &shop, "jana", "manage").await;
    let (eve, at_eve) = sent(&world, &shop, "petr", "manage").await;
    let (turn_on, at_turn_on) = sent(&world, &shop, "new", "turn_on").await;
    let before = (shop.state(&jana).await, shop.state(&petr).await);
    let pages = [
        "turn-off",
        "recovery-codes",
        "authenticators/add",
        "devices/forget-all",
        "turn-on",
        "set-up",
        "set-up/restart",
        "manage",
    ];
    let code = jana.code();
    // Of a purpose that has no such page.
    for page in pages {
        let mut browser = verify.clone();
        for answer in [
            browser.get(&format!("{at_verify}/{page}")).await,
            browser.post(&format!("{at_verify}/{page}"), &[("code", &code)]).await,
        ] {
            assert!([404, 405].contains(&answer.status), "{page}: {answer:?}");
        }
    }
    for page in ["turn-off", "recovery-codes", "authenticators/add", "devices/forget-all", "manage", "code"] {
        let mut browser = turn_on.clone();
        let answer = browser.post(&format!("{at_turn_on}/{page}"), &[("code", &code)]).await;
        assert!([404, 405].contains(&answer.status), "{page}: {answer:?}");
    }
    manage.clone().post(&format!("{at_manage}/code"), &[("code", &code)]).await.is(404);
    // In a browser with another errand's cookie, under this one's name as well.
    let token = |browser: &Browser, base: &str| {
        browser.cookie(&format!("errand-{}", base.strip_prefix("/hosted/").unwrap())).unwrap()
    };
    let name = |base: &str| {
        world.browser().cookie_name(&format!("errand-{}", base.strip_prefix("/hosted/").unwrap()))
    };
    let stolen = token(&eve, &at_eve);
    for mut browser in [eve.clone(), eve.with_cookie(&name(&at_manage), &stolen), world.browser()] {
        browser.post(&format!("{at_manage}/turn-off"), &[("code", &code)]).await.is(410);
        browser.get(&format!("{at_manage}/manage")).await.is(410);
        browser.get(&format!("{at_manage}/return")).await.is(410);
    }
    // Petr's own errand knows nothing of what is Jana's.
    let path = format!("{at_eve}/authenticators/{}", jana.authenticator);
    let mut browser = eve.clone();
    browser.get(&format!("{path}/remove")).await.is(404);
    browser.post(&format!("{path}/rename"), &[("name", "x")]).await.is(404);
    browser.post(&format!("{at_eve}/turn-off"), &[("code", &code)]).await.is(403);
    assert_eq!(shop.state(&jana).await, before.0);
    assert_eq!(shop.state(&petr).await["two_factor"], "on");
}

#[tokio::test]
async fn a24_the_portals_session_is_no_errand_and_an_errand_is_no_session() {
    let world = World::new();
    let shop = world.shop().await;
    shop.enrolled("jana").await;
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    let (on, base) = sent(&world, &shop, "jana", "manage").await;
    let errand = format!("errand-{}", base.strip_prefix("/hosted/").unwrap());
    let (session, token) = (signed_in.cookie("session").unwrap(), on.cookie(&errand).unwrap());
    let browser = world.browser();
    let (errand, own) = (browser.cookie_name(&errand), browser.cookie_name("session"));
    signed_in.with_cookie(&errand, &session).get(&format!("{base}/manage")).await.is(410);
    for cookie in ["session", "pending"] {
        let name = browser.cookie_name(cookie);
        let page = browser.with_cookie(&name, &token).get("/account").await;
        assert!(page.is(303).location().starts_with("/sign-in"), "{page:?}");
    }
    // Side by side each is what it is, and a hosted page shows nothing of the portal's.
    let both = on.with_cookie(&own, &session);
    let page = both.clone().get(&format!("{base}/manage")).await;
    page.is(200).is_silent_about("zofie").is_silent_about("Žofie").is_silent_about("/sign-out");
    both.clone().get("/account").await.is(200).is_silent_about("jana@example.com");
    // A link of an errand opens nothing else, and no other link opens an errand.
    let path = link(&shop, "jana", "verify").await;
    let secret = path.split_once("link=").unwrap().1;
    world.browser().get(&format!("/reset-password?link={secret}")).await.is(410);
    world.browser().get(&format!("/confirm-address?link={secret}")).await.is(410);
    world.browser().get(&format!("/hosted/begin?link={token}")).await.is(410);
}

#[tokio::test]
async fn two_errands_in_one_browser_know_nothing_of_each_other() {
    let world = World::new();
    let shop = world.shop().await;
    let (jana, petr) = (shop.enrolled("jana").await, shop.enrolled("petr").await);
    let mut browser = world.browser();
    let first = opens(&mut browser, &link(&shop, "jana", "manage").await).await;
    let second = opens(&mut browser, &link(&shop, "petr", "manage").await).await;
    browser
        .post(&format!("{first}/turn-off"), &[("code", &jana.code())])
        .await
        .leads_to(&format!("{first}/manage"));
    assert_eq!(shop.get("/accounts/jana").await.body["two_factor"], "off");
    assert_eq!(shop.state(&petr).await["two_factor"], "on");
    browser.get(&format!("{second}/manage")).await.is(200);
}

#[tokio::test]
async fn a_browser_on_very_many_errands_forgets_the_oldest_and_not_the_way() {
    let world = World::new();
    let shop = world.shop().await;
    shop.enrolled("jana").await;
    let mut browser = world.browser();
    let mut bases = Vec::new();
    for _ in 0..12 {
        bases.push(opens(&mut browser, &link(&shop, "jana", "verify").await).await);
        world.pass(1);
    }
    assert_eq!(browser.jar.keys().filter(|name| name.contains("errand")).count(), 10);
    for (nth, base) in bases.iter().enumerate() {
        browser.get(&format!("{base}/code")).await.is(if nth < 2 { 410 } else { 200 });
    }
}

#[tokio::test]
async fn an_errand_ends_when_what_it_is_about_changes_beneath_it() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    // Turned off in between, and on again: nothing of before goes on.
    let waiting = link(&shop, "jana", "verify").await;
    let (mut verify, at_verify) = sent(&world, &shop, "jana", "verify").await;
    let (mut manage, at_manage) = sent(&world, &shop, "jana", "manage").await;
    let (mut shown, at_shown) = sent(&world, &shop, "jana", "verify").await;
    shown.post(&format!("{at_shown}/code"), &[("code", &jana.code())]).await.is(303);
    let (mut back, at_back) = sent(&world, &shop, "jana", "manage").await;
    back.post(&format!("{at_back}/leave"), &[]).await.is(303);
    let result = returns(&mut back, &at_back).await;
    shop.delete("/accounts/jana/two-factor").await.is(204);
    redeem(&shop, "jana", "manage", &result).await.problem("unfit-result");
    world.pass(STEP);
    let gone = async |on: &mut Browser, path: String| assert_eq!(on.get(&path).await.status, 410);
    for _ in 0..2 {
        gone(&mut verify, format!("{at_verify}/code")).await;
        gone(&mut manage, format!("{at_manage}/manage")).await;
        gone(&mut shown, format!("{at_shown}/return")).await;
        gone(&mut world.browser(), waiting.clone()).await;
        verify.post(&format!("{at_verify}/code"), &[("code", &jana.code())]).await.is(410);
        if shop.get("/accounts/jana").await.body["two_factor"] == "off" {
            shop.enrolled("jana").await;
        }
    }
    // A QR code that is waiting when the API turns 2FA on is none any more.
    let (mut turning, at) = sent(&world, &shop, "petr", "turn_on").await;
    turning.post(&format!("{at}/turn-on"), &[]).await.is(303);
    let key = turning.get(&format!("{at}/set-up")).await.key();
    shop.enrolled("petr").await;
    let code = code_of(&key, world.clock.now_ms());
    turning.post(&format!("{at}/set-up"), &[("code", &code)]).await.is(410);
    // The account, the application.
    let (mut browser, base) = sent(&world, &shop, "jana", "manage").await;
    shop.delete("/accounts/jana").await.is(204);
    gone(&mut browser, format!("{base}/manage")).await;
    let (mut browser, base) = sent(&world, &shop, "petr", "verify").await;
    let waiting = link(&shop, "petr", "verify").await;
    world.app.store.remove_application(shop.id).await.unwrap();
    gone(&mut browser, format!("{base}/code")).await;
    gone(&mut world.browser(), waiting).await;
}

#[tokio::test]
async fn d1_the_key_in_a_qr_code_is_shown_on_one_errand_alone() {
    let world = World::new();
    let shop = world.shop().await;
    let (mut one, at_one) = sent(&world, &shop, "jana", "turn_on").await;
    let (mut other, at_other) = sent(&world, &shop, "jana", "turn_on").await;
    one.post(&format!("{at_one}/turn-on"), &[]).await.is(303);
    other.get(&format!("{at_other}/set-up")).await.leads_to(&format!("{at_other}/turn-on"));
    other.post(&format!("{at_other}/turn-on"), &[]).await.is(303);
    let offered = shop.offered("jana").await;
    let keys = [
        one.get(&format!("{at_one}/set-up")).await.key(),
        other.get(&format!("{at_other}/set-up")).await.key(),
        offered.key.clone(),
    ];
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    // The first that is proven turns it on; a code of another proves nothing.
    let code = code_of(&keys[1], world.clock.now_ms());
    one.post(&format!("{at_one}/set-up"), &[("code", &code)]).await.is(400);
    let code = code_of(&keys[0], world.clock.now_ms());
    one.post(&format!("{at_one}/set-up"), &[("code", &code)]).await.is(200);
    other.get(&format!("{at_other}/set-up")).await.is(410);
    shop.confirm(&offered, &offered.code()).await.is(404);
}

#[tokio::test]
async fn the_same_form_sent_at_once_turns_it_on_once() {
    let world = World::new();
    let shop = world.shop().await;
    let (mut browser, base) = sent(&world, &shop, "jana", "turn_on").await;
    browser.post(&format!("{base}/turn-on"), &[]).await.is(303);
    let key = browser.get(&format!("{base}/set-up")).await.key();
    let code = code_of(&key, world.clock.now_ms());
    let sending = (0..5).map(|_| {
        let (mut browser, path, code) = (browser.clone(), format!("{base}/set-up"), code.clone());
        async move { browser.post(&path, &[("code", &code)]).await.status }
    });
    let said = at_once(sending).await;
    assert_eq!(said.iter().filter(|status| **status == 200).count(), 1, "{said:?}");
    let events = shop.events().await;
    assert_eq!(events.iter().filter(|(_, kind)| kind == "two-factor-on").count(), 1);
}

#[tokio::test]
async fn i7_hostile_names_stay_text_and_the_language_is_the_one_that_was_asked_for() {
    let world = World::new();
    let shop = world.application_with("Shop", |choices| choices.issuer = "<b>Sh\"op</b>".to_owned()).await;
    world.takes_back(&shop, &[BACK]).await;
    shop.enrolled("jana").await;
    let mut body = wanted("verify");
    body["account_name"] = json!("<script>alert(1)</script>\"><img src=x>");
    body["language"] = json!("cs");
    let said = shop.post("/accounts/jana/links", body).await;
    let mut browser = world.browser();
    let base = opens(&mut browser, &link_of(&said)).await;
    let page = browser.get(&format!("{base}/code")).await;
    page.is(200)
        .says("&#60;script&#62;")
        .is_silent_about("<script>alert")
        .is_silent_about("<b>Sh")
        .says("lang=\"cs\"");
    // Whoever chooses another language keeps it.
    browser.post("/language", &[("language", "en"), ("next", &format!("{base}/code"))]).await.is(303);
    browser.get(&format!("{base}/code")).await.says("lang=\"en\"");
}

#[tokio::test]
async fn a_logo_and_a_colour_come_from_our_own_origin_as_what_they_are() {
    let world = World::new();
    let shop = world.shop().await;
    shop.enrolled("jana").await;
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x40\x08\x06\0\0\0<script>".to_vec();
    let name = countersign_server::logo::name_of(&png).unwrap();
    let logo = Some(Some((name.clone(), png.clone())));
    let change = Change { colour: Some(Some("7a2e1f".to_owned())), logo, ..Change::default() };
    world.app.store.change_look(shop.id, &change).await.unwrap();
    let (mut browser, base) = sent(&world, &shop, "jana", "verify").await;
    let page = browser.get(&format!("{base}/code")).await;
    page.is(200).says("href=\"/hosted/colour/7a2e1f.css\"").says(&format!("src=\"/hosted/logo/{name}\""));
    let sheet = world.browser().get("/hosted/colour/7a2e1f.css").await;
    assert_eq!(sheet.is(200).header("content-type"), Some("text/css; charset=utf-8"));
    sheet.says("--accent:#7a2e1f");
    let image = world.browser().get(&format!("/hosted/logo/{name}")).await;
    assert_eq!(image.is(200).header("content-type"), Some("image/png"));
    for bad in [
        "/hosted/colour/ffee00.css",
        "/hosted/colour/7a2e1f",
        "/hosted/colour/;}body{.css",
        "/hosted/logo/x.svg",
    ] {
        world.browser().get(bad).await.is(404);
    }
    let change = Change { logo: Some(None), ..Change::default() };
    world.app.store.change_look(shop.id, &change).await.unwrap();
    world.browser().get(&format!("/hosted/logo/{name}")).await.is(404);
    browser.get(&format!("{base}/code")).await.is(200).is_silent_about("/hosted/logo/");
}

#[tokio::test]
async fn d6_no_form_from_elsewhere_does_anything_on_an_errand() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (browser, base) = sent(&world, &shop, "jana", "manage").await;
    let before = shop.state(&jana).await;
    for page in ["turn-off", "recovery-codes", "authenticators/add", "devices/forget-all", "leave"] {
        for site in ["cross-site", "same-site"] {
            let form = [("sec-fetch-site", site), ("content-type", "application/x-www-form-urlencoded")];
            let body = Body::from(format!("code={}", jana.code()));
            let path = format!("{base}/{page}");
            browser.clone().send(Method::POST, &path, &form, body).await.is(403);
        }
    }
    assert_eq!(shop.state(&jana).await, before);
    browser.clone().get(&format!("{base}/manage")).await.is(200);
}

#[tokio::test]
async fn nothing_of_a_link_or_an_errand_is_kept_in_the_clear_or_for_ever() {
    let world = World::new();
    let shop = world.shop().await;
    shop.enrolled("jana").await;
    let path = link(&shop, "jana", "verify").await;
    let (browser, base) = sent(&world, &shop, "jana", "verify").await;
    let token = browser.cookie(&format!("errand-{}", base.strip_prefix("/hosted/").unwrap())).unwrap();
    let kept = world.kept();
    for secret in [path.split_once("link=").unwrap().1, &token] {
        assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{secret}");
    }
    world.pass(2 * DAY);
    world.app.store.sweep(world.clock.now()).await.unwrap();
    world.browser().get(&path).await.is(410).says("This page is over");
}

#[tokio::test]
async fn i2_i5_what_cannot_be_a_code_is_refused_at_every_form_of_an_errand_and_counted_at_none() {
    let world = World::new();
    let shop = world.shop().await;
    let jana = shop.enrolled("jana").await;
    let (verify, at_verify) = sent(&world, &shop, "jana", "verify").await;
    let (manage, at_manage) = sent(&world, &shop, "jana", "manage").await;
    let (mut turning, at_turning) = sent(&world, &shop, "new", "turn_on").await;
    turning.post(&format!("{at_turning}/turn-on"), &[]).await.is(303);
    let before = (shop.state(&jana).await, shop.events().await);
    let remove = format!("authenticators/{}/remove", jana.authenticator);
    let right = jana.code();
    let doors = [
        (&verify, &at_verify, "code"),
        (&verify, &at_verify, "two-codes"),
        (&verify, &at_verify, "recovery-code"),
        (&manage, &at_manage, "turn-off"),
        (&manage, &at_manage, "recovery-codes"),
        (&manage, &at_manage, "authenticators/add"),
        (&manage, &at_manage, remove.as_str()),
        (&turning, &at_turning, "set-up"),
    ];
    for typed in no_codes() {
        for (browser, base, page) in doors {
            let path = format!("{base}/{page}");
            let fields: &[(&str, &str)] = match page {
                "two-codes" => &[("code", &right), ("next_code", &typed)],
                "recovery-code" => &[("recovery_code", &typed)],
                _ => &[("code", &typed)],
            };
            browser.clone().post(&path, fields).await.is(400);
        }
    }
    for (browser, base, page) in doors {
        let path = format!("{base}/{page}");
        for unread in [&b"code=1&code=2"[..], b"x=1", b"code=%ff", b"code=000000&account=petr", b"user=petr"]
        {
            browser.clone().post_raw(&path, unread.to_vec()).await.is(400);
        }
        let huge = format!("code={}", "1".repeat(10_000_000)).into_bytes();
        browser.clone().post_raw(&path, huge).await.is(413);
    }
    assert_eq!((shop.state(&jana).await, shop.events().await), before);
}

/// The words of a command.
fn pages<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["application", "pages", "Shop"], words].concat()
}

#[tokio::test]
async fn the_command_line_sets_return_addresses_colour_and_logo_and_says_what_cannot_be_one() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.enrolled("jana").await;
    let data = world.data();
    let told = said(&data, &pages(&[]));
    assert!(told.contains("return addresses: none") && told.contains("colour: none"), "{told}");
    let told = said(&data, &pages(&["--return-to", BACK, "--return-to", "http://localhost:5000/back"]));
    assert!(told.contains(BACK) && told.contains("http://localhost:5000/back"), "{told}");
    link(&shop, "jana", "verify").await;
    let file = data.join("logo.png");
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x40\x08\x06\0\0\0";
    std::fs::write(&file, png).unwrap();
    let told = said(&data, &pages(&["--colour", "#7A2E1F", "--logo", file.to_str().unwrap()]));
    assert!(told.contains("colour: #7a2e1f") && told.contains(".png") && told.contains(BACK), "{told}");
    std::fs::write(&file, "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").unwrap();
    for (words, why) in [
        (["--colour", "#ffee00"], "too light"),
        (["--colour", "red"], "#rrggbb"),
        (["--logo", file.to_str().unwrap()], "an SVG could carry a script"),
        (["--logo", "/nowhere/logo.png"], "cannot be read"),
        (["--return-to", "http://shop.example.com/"], "plain http"),
        (["--return-to", "https://shop.example.com"], "visible ASCII"),
    ] {
        let refused = run(&data, &pages(&words));
        let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && complaint.contains(why), "{words:?}: {complaint}");
    }
    let told = said(&data, &pages(&["--return-to", "none", "--colour", "none", "--logo", "none"]));
    assert!(told.contains("return addresses: none") && told.contains("logo: none"), "{told}");
    shop.post("/accounts/jana/links", wanted("verify")).await.problem("unknown-return-address");
}

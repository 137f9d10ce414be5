//! Group E: "Remember me on this device".

use countersign::{
    event::Kind,
    token::{Device, Token},
};
use countersign_server::clock::Clock as _;
use data_encoding::HEXLOWER;

use crate::browser::Browser;
use crate::person::Person;
use crate::world::{DAY, MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// A browser that is remembered and signed out.
async fn remembered(world: &World, person: &Person) -> Browser {
    let mut browser = world.browser();
    browser.sign_in_and_remember(person).await;
    browser.post("/sign-out", &[]).await.leads_to("/sign-in");
    browser
}

/// The same with the next code.
async fn remembered_elsewhere(world: &World, person: &Person) -> Browser {
    world.pass(STEP);
    remembered(world, person).await
}

fn trust(browser: &Browser, person: &Person) -> Option<String> {
    browser.cookie(&format!("device-{}", person.id))
}

/// Whether the password alone signs this browser in; it is signed out again.
async fn is_spared(browser: &mut Browser, person: &Person) -> bool {
    let page = browser.type_password(person).await;
    assert!(["/account", "/sign-in/code"].contains(&page.location()), "{page:?}");
    let spared = page.location() == "/account";
    browser.post(if spared { "/sign-out" } else { "/sign-in/cancel" }, &[]).await.leads_to("/sign-in");
    spared
}

#[tokio::test]
async fn e1_a_device_token_is_256_random_bits_and_whatever_else_is_sent_is_ignored() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = remembered(&world, &person).await;
    let name = format!("countersign-device-{}", person.id);
    let token = trust(&browser, &person).unwrap();
    assert_eq!(data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap().len(), 32);
    let mut other = token.clone();
    other.replace_range(42..43, if token.ends_with('A') { "Q" } else { "A" });
    for forged in [
        other,
        token[..42].to_owned(),
        format!("{token}."),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6b2ZpZUBleGFtcGxlLm9yZyIsImV4cCI6OTk5OTk5OTk5OX0.".to_owned(),
        person.id.to_string(),
        "true".to_owned(),
        "1".to_owned(),
    ] {
        assert!(!is_spared(&mut world.browser().with_cookie(&name, &forged), &person).await, "{forged}");
    }
    assert!(is_spared(&mut browser, &person).await);
}

#[tokio::test]
async fn e2_no_trust_is_given_before_the_code_was_right_nor_to_whoever_did_not_ask() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut browser = world.browser();
    let answer = browser.type_password(&person).await;
    let lasting = |cookie: &String| cookie.contains("Max-Age") || cookie.contains("Expires");
    assert!(!answer.gives("device") && !answer.cookies_set().iter().any(lasting), "{answer:?}");
    let wrong = [("code", &*person.wrong_code()), ("remember", "on")];
    assert!(!browser.post("/sign-in/code", &wrong).await.is(401).gives("device"));
    for odd in ["yes", "true", "1", ""] {
        let page = browser.post("/sign-in/code", &[("code", &*person.code()), ("remember", odd)]).await;
        assert!(!page.is(400).gives("device"), "a checkbox sends \"on\" or nothing");
    }
    let page = browser.post("/sign-in/code", &[("code", &person.code())]).await;
    assert!(page.gives("session") && !page.gives("device"));

    let mut other = world.one_pending(&person).await;
    let fields = [("recovery_code", person.recovery_codes[0].as_str()), ("remember", "on")];
    assert!(other.post("/sign-in/recovery-code", &fields).await.gives("device"));
}

#[tokio::test]
async fn e2_trust_alone_is_no_session() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let browser = remembered(&world, &person).await;
    let name = format!("countersign-device-{}", person.id);
    let token = trust(&browser, &person).unwrap();
    let restored = world.browser().with_cookie(&name, &token).with_cookie("countersign-session", &token);
    assert!(!restored.is_signed_in().await);
    let wrong = [("email", &*person.email), ("password", "wrong")];
    assert!(!restored.clone().post("/sign-in", &wrong).await.is(401).gives("session"));
}

#[tokio::test]
async fn e4_a_new_password_a_reset_and_turning_off_end_all_trust() {
    let world = World::new();
    let (anna, boris, cilka) = (
        world.enrolled("anna@example.org").await,
        world.enrolled("boris@example.org").await,
        world.enrolled("cilka@example.org").await,
    );
    let mut browsers = Vec::new();
    for person in [&anna, &boris, &cilka] {
        browsers.push(remembered(&world, person).await);
    }
    world.pass(STEP);
    let mut elsewhere = world.browser();
    elsewhere.sign_in(&anna).await;
    let fields = [("password", PASSWORD), ("new_password", NEW_PASSWORD)];
    elsewhere.post("/account/password", &fields).await.leads_to("/account");
    let new = [("email", &*anna.email), ("password", NEW_PASSWORD)];
    browsers[0].clone().post("/sign-in", &new).await.leads_to("/sign-in/code");
    assert!(elsewhere.is_signed_in().await, "the session that changed it stays");

    world.app.store.reset_two_factor(boris.id, "lost everything", &world.visit()).await.unwrap();
    assert!(world.state(boris.id).await.devices.is_empty());

    let mut owner = browsers[2].clone();
    owner.type_password(&cilka).await.leads_to("/account");
    let fields = [("password", PASSWORD), ("code", &*cilka.code())];
    owner.post("/account/two-factor/turn-off", &fields).await.leads_to("/account");
    assert!(trust(&owner, &cilka).is_none() && world.state(cilka.id).await.devices.is_empty());
}

#[tokio::test]
async fn e5_each_browser_is_a_row_of_its_own_and_one_is_forgotten_without_the_other() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut first = remembered(&world, &person).await;
    world.pass(STEP);
    let mut second = remembered(&world, &person).await;
    assert_ne!(trust(&first, &person), trust(&second, &person));
    first.type_password(&person).await.leads_to("/account");
    let listed = world.app.store.profile(person.id, world.clock.now()).await.unwrap().devices;
    assert_eq!(listed.len(), 2);
    let latest = listed.iter().max_by_key(|device| device.remembered_at).unwrap();
    let path = format!("/account/two-factor/devices/{}/forget", latest.id);
    first.post(&path, &[]).await.leads_to("/account");
    first.post(&path, &[]).await.is(404);
    assert!(!is_spared(&mut second, &person).await);
    assert!(is_spared(&mut first, &person).await, "it was the other one");
    first.type_password(&person).await.leads_to("/account");
    first.post("/account/two-factor/devices/forget-all", &[]).await.leads_to("/account");
    assert!(trust(&first, &person).is_none() && !is_spared(&mut first, &person).await);
}

#[tokio::test]
async fn e5_thirty_days_are_thirty_days_however_often_it_is_used() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = remembered(&world, &person).await;
    for _ in 0..29 {
        world.pass(DAY);
        assert!(is_spared(&mut browser, &person).await);
    }
    world.pass(DAY - MINUTE);
    assert!(is_spared(&mut browser, &person).await);
    world.pass(MINUTE);
    assert!(!is_spared(&mut browser, &person).await, "the server ends it, though the cookie is still sent");
}

#[tokio::test]
async fn e7_every_use_gives_a_new_token_and_an_old_one_ends_the_trust_and_the_sessions_on_it() {
    for thief_comes_first in [true, false] {
        let world = World::new();
        let person = world.enrolled("zofie@example.org").await;
        let mut owner = remembered(&world, &person).await;
        let other = remembered_elsewhere(&world, &person).await;
        let mut thief = owner.clone();
        let copied = trust(&owner, &person).unwrap();
        let (first, second) =
            if thief_comes_first { (&mut thief, &mut owner) } else { (&mut owner, &mut thief) };
        first.type_password(&person).await.leads_to("/account");
        assert_ne!(trust(first, &person).unwrap(), copied, "the token that was used never counts again");
        first.post("/sign-out", &[]).await.leads_to("/sign-in");
        world.pass(DAY / 2);
        first.type_password(&person).await.leads_to("/account");
        assert!(first.is_signed_in().await);

        second.type_password(&person).await.leads_to("/sign-in/code");
        assert!(!first.is_signed_in().await, "nobody can say which of the two is the owner");
        first.type_password(&person).await.leads_to("/sign-in/code");
        second.type_password(&person).await.leads_to("/sign-in/code");
        let events = world.app.store.events(person.id, None, 50).await.unwrap();
        let told: Vec<_> = events.iter().filter(|line| line.event.kind == Kind::DeviceCopied).collect();
        assert_eq!(told.len(), 1, "and it is told once");
        assert_eq!(told[0].event.count, Some(1));

        second.post("/sign-in/code", &[("code", &*person.code())]).await.leads_to("/account");
        second.get("/account").await.says("Somebody had a copy of what remembers");
        let devices = world.app.store.profile(person.id, world.clock.now()).await.unwrap().devices;
        assert_eq!(devices.len(), 1, "the other device stays");
        assert!(is_spared(&mut other.clone(), &person).await);
    }
}

#[tokio::test]
async fn e7_a_button_pressed_twice_asks_for_a_code_and_alarms_nobody() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = remembered(&world, &person).await;
    let mut pressed_twice = browser.clone();
    // The answer to the first never arrives: what it would have brought is lost.
    browser.type_password(&person).await.leads_to("/account");
    pressed_twice.type_password(&person).await.leads_to("/sign-in/code");
    assert!(browser.is_signed_in().await);
    world.pass(MINUTE);
    let fields = [("code", &*person.code()), ("remember", "on")];
    pressed_twice.post("/sign-in/code", &fields).await.leads_to("/account");
    let page = pressed_twice.get("/account").await;
    assert!(!page.text.contains("Somebody had a copy of what remembers"), "{page:?}");
    assert!(!browser.is_signed_in().await, "what was signed in with the lost token is out all the same");
    let devices = world.app.store.profile(person.id, world.clock.now()).await.unwrap().devices;
    assert_eq!(devices.len(), 1, "the new one took the place of the lost one");
    pressed_twice.post("/sign-out", &[]).await.leads_to("/sign-in");
    assert!(is_spared(&mut pressed_twice, &person).await);
}

#[tokio::test]
async fn e7_a_thief_who_came_half_a_minute_before_is_out_with_the_code_though_nothing_is_ticked() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = remembered(&world, &person).await;
    let mut thief = owner.clone();
    thief.type_password(&person).await.leads_to("/account");
    owner.type_password(&person).await.leads_to("/sign-in/code");
    assert!(thief.is_signed_in().await);
    world.pass(MINUTE);
    owner.post("/sign-in/code", &[("code", &*person.code())]).await.leads_to("/account");
    assert!(!thief.is_signed_in().await && !is_spared(&mut thief, &person).await);
    let events = world.app.store.events(person.id, None, 50).await.unwrap();
    assert!(events.iter().any(|line| line.event.kind == Kind::DeviceForgotten));
}

#[tokio::test]
async fn e7_without_the_password_a_copied_token_moves_nothing() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = remembered(&world, &person).await;
    let mut thief = owner.clone();
    owner.type_password(&person).await.leads_to("/account");
    let wrong = [("email", &*person.email), ("password", "a guess of the thief")];
    thief.post("/sign-in", &wrong).await.is(401);
    thief.get("/sign-in").await.is(200);
    assert!(owner.is_signed_in().await);
    owner.post("/sign-out", &[]).await.leads_to("/sign-in");
    assert!(is_spared(&mut owner, &person).await);
}

#[tokio::test]
async fn e9_trust_moved_to_the_name_of_another_account_is_worth_nothing() {
    let world = World::new();
    let (anna, boris) = (world.enrolled("anna@example.org").await, world.enrolled("boris@example.org").await);
    let browser = remembered(&world, &anna).await;
    let token = trust(&browser, &anna).unwrap();
    let mut moved = world.browser().with_cookie(&format!("countersign-device-{}", boris.id), &token);
    assert!(!is_spared(&mut moved, &boris).await);
    let mut both = moved.with_cookie(&format!("countersign-device-{}", anna.id), &token);
    assert!(!is_spared(&mut both, &boris).await && is_spared(&mut both, &anna).await);
}

#[tokio::test]
async fn e10_the_database_holds_the_hash_of_a_token_and_never_the_token() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    browser.type_password(&person).await;
    let pending = browser.cookie("pending").unwrap();
    let kept_between = world.kept();
    let fields = [("code", &*person.code()), ("remember", "on")];
    browser.post("/sign-in/code", &fields).await.leads_to("/account");
    let kept = world.kept();
    let holds = |kept: &[u8], what: &[u8]| kept.windows(what.len()).any(|window| window == what);
    let device = trust(&browser, &person).unwrap();
    for token in [&pending, &device, &browser.cookie("session").unwrap()] {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        for spelling in [token.as_bytes(), &bytes, HEXLOWER.encode(&bytes).as_bytes()] {
            assert!(!holds(&kept, spelling) && !holds(&kept_between, spelling));
        }
    }
    let hash = Token::<Device>::parse(&device).unwrap().hash();
    assert!(holds(&kept, hash.as_bytes()), "the search itself works");
}

#[tokio::test]
async fn e12_trust_spares_the_code_at_every_sign_in_and_never_in_a_confirmation() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = remembered(&world, &person).await;
    for _ in 0..3 {
        world.pass(9 * DAY);
        browser.type_password(&person).await.leads_to("/account");
        browser.get("/account").await.says("password on a remembered device");
        let page = browser.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await;
        page.is(400).says("Type the six digits from your app or one of your recovery codes.");
        browser.post("/sign-out", &[]).await;
    }
    world.browser().type_password(&person).await.leads_to("/sign-in/code");
}

#[tokio::test]
async fn e12_where_remembering_is_switched_off_nothing_is_remembered() {
    let world = World::with("[two_factor]\nremember_days = 0");
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.one_pending(&person).await;
    browser.get("/sign-in/code").await.is_silent_about("Remember me");
    let fields = [("code", &*person.code()), ("remember", "on")];
    assert!(!browser.post("/sign-in/code", &fields).await.leads_to("/account").gives("device"));
    assert!(world.state(person.id).await.devices.is_empty());
}

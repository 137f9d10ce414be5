//! Group D: enrolment, change, turning off.

use std::collections::HashSet;

use countersign_server::clock::Clock as _;
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use crate::browser::Browser;
use crate::person::{Person, code_of};
use crate::world::{MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// Somebody else's password.
const OTHERS: &str = "four grey badgers dig by night";

/// The password before the QR code; the app scans it.
async fn begin(browser: &mut Browser, person: &Person) {
    let page = browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    page.leads_to("/account/two-factor/set-up");
    person.scan(&browser.get("/account/two-factor/set-up").await.is(200).key());
}

#[tokio::test]
async fn the_whole_way_through_the_pages() {
    let world = World::with("sign_up = \"open\"");
    let mut browser = world.browser();
    browser.get("/sign-in").await.is(200).says("Create an account");
    let fields = [("email", "Eva@example.org"), ("name", "Eva"), ("password", PASSWORD)];
    browser.post("/sign-up", &fields).await.leads_to("/sign-in");
    browser.get("/sign-in").await.says("Your account is ready");
    browser.get("/sign-in").await.is_silent_about("Your account is ready.");
    let signing_in = [("email", "eva@example.org"), ("password", PASSWORD)];
    browser.post("/sign-in", &signing_in).await.leads_to("/account");
    browser.get("/account").await.says("aria-checked=\"false\"").says("Enable 2-factor authentication");
    browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    let key = browser.get("/account/two-factor/set-up").await.key();
    let code = |steps: i64| code_of(&key, world.clock.now_ms() + steps * STEP);
    let shown = browser.post("/account/two-factor/set-up", &[("code", &code(0))]).await;
    assert_eq!(shown.is(200).recovery_codes().len(), 10);
    let file =
        browser.post("/account/two-factor/recovery-codes/download", &[("ticket", &shown.ticket())]).await;
    file.is(200).says(&shown.recovery_codes()[0]);
    browser.get("/sign-in").await.is(200).says("Two-factor authentication is on. Sign in again");
    browser.post("/sign-in", &signing_in).await.leads_to("/sign-in/code");
    browser.get("/sign-in/code").await.says("Eva@example.org").says("Remember me on this device");
    world.pass(STEP);
    browser.post("/sign-in/code", &[("code", &code(0))]).await.leads_to("/account");
    browser.get("/account").await.says("aria-checked=\"true\"").says("10 of 10 codes left");
    browser.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await.leads_to("/account");
    browser.get("/account").await.says("Your password alone opens this account.");
    browser.post("/sign-out", &[]).await.leads_to("/sign-in");
    browser.post("/sign-in", &signing_in).await.leads_to("/account");
}

#[tokio::test]
async fn d1_a_set_up_that_is_not_finished_changes_nothing() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    begin(&mut browser, &person).await;
    let before = world.state(person.id).await;
    for wrong in
        [person.wrong_code(), person.code_in(5), person.code_in(-5), "12345".to_owned(), String::new()]
    {
        let page = browser.post("/account/two-factor/set-up", &[("code", &wrong)]).await;
        assert!(page.is(400).recovery_codes().is_empty());
    }
    assert_eq!(world.state(person.id).await, before, "explained, and no more than that");
    let mut elsewhere = world.browser();
    elsewhere.type_password(&person).await.leads_to("/account");
    // It belongs to the session that began it, and to no other.
    elsewhere.get("/account/two-factor/set-up").await.leads_to("/account/two-factor/turn-on");
    let stolen = [("code", &*person.code())];
    elsewhere.post("/account/two-factor/set-up", &stolen).await.leads_to("/account/two-factor/turn-on");

    world.pass(11 * MINUTE);
    browser.post("/account/two-factor/set-up", &stolen).await.leads_to("/account/two-factor/turn-on");
    browser.get("/account/two-factor/turn-on").await.says("The QR code has expired.");
    assert!(world.state(person.id).await.account.contains("two_factor_at: None"));
}

#[tokio::test]
async fn d1_a_replaced_qr_code_is_explained_and_opens_nothing() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    begin(&mut browser, &person).await;
    let earlier = person.code();
    browser.post("/account/two-factor/set-up/restart", &[]).await.leads_to("/account/two-factor/set-up");
    let page = browser.post("/account/two-factor/set-up", &[("code", &earlier)]).await;
    page.is(400).says("That code belongs to an earlier QR code.");
    person.scan(&page.key());
    let slow = browser.post("/account/two-factor/set-up", &[("code", &person.code_in(-6))]).await;
    slow.is(400).says("Your phone’s clock is 3 minutes slow.");
    browser.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
}

#[tokio::test]
async fn d2_nothing_about_a_factor_changes_without_the_password_of_this_very_account() {
    let world = World::new();
    let other = password_of_another(&world).await;
    let doors = [
        "turn-off",
        "recovery-codes",
        "authenticators/add",
        "authenticators/ID/remove",
        "../password",
        "turn-on",
    ];
    for (n, door) in doors.into_iter().enumerate() {
        let email = format!("person{n}@example.org");
        let person = match door {
            "turn-on" => world.person(&email).await,
            _ => world.enrolled(&email).await,
        };
        let mut owner = world.browser();
        owner.sign_in(&person).await;
        let now = world.clock.now();
        let kept = world.app.store.profile(person.id, now).await.unwrap().authenticators;
        let id = kept.first().map(|one| one.id.to_string()).unwrap_or_default();
        let path = format!("/account/two-factor/{door}").replace("two-factor/../", "").replace("ID", &id);
        let before = world.state(person.id).await.apart_from_counting();
        for password in ["", "wrong", &other] {
            let mut fields = vec![("password", password)];
            if door == "../password" {
                fields.push(("new_password", NEW_PASSWORD));
            }
            let page = owner.post(&path, &fields).await;
            page.is(403).says("This password is not right.");
        }
        let missing: &[(&str, &str)] =
            if door == "../password" { &[("new_password", NEW_PASSWORD)] } else { &[] };
        owner.post(&path, missing).await.is(403);
        assert_eq!(world.state(person.id).await.apart_from_counting(), before, "{door}");
        assert_eq!(owner.get("/account/two-factor/set-up").await.status, 303, "nothing is offered");
    }
}

/// Another account, and its password.
async fn password_of_another(world: &World) -> String {
    let mut chance = world.app.chance;
    let new = countersign_store::accounts::NewAccount {
        email: countersign::email::Email::parse("other@example.org").unwrap(),
        name: countersign::name::Name::parse("Other").unwrap(),
        language: None,
        administrator: false,
        password: Some(crate::world::hash(OTHERS)),
    };
    world.app.store.add_account(&new, &world.visit(), &mut chance).await.unwrap();
    OTHERS.to_owned()
}

#[tokio::test]
async fn d2_a_stale_session_needs_a_code_besides_the_password() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    owner.get("/account/two-factor/turn-off").await.is_silent_about("name=\"code\"");
    world.pass(15 * MINUTE);
    owner.get("/account/two-factor/turn-off").await.says("name=\"code\"");
    let before = world.state(person.id).await;
    for code in ["", "12345", "x"] {
        let fields = [("password", PASSWORD), ("code", code)];
        owner.post("/account/two-factor/turn-off", &fields).await.is(400);
    }
    owner.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await.is(400);
    assert_eq!(world.state(person.id).await, before, "what is no code costs no guess");
    let fields = [("password", PASSWORD), ("code", &*person.wrong_code())];
    owner.post("/account/two-factor/turn-off", &fields).await.is(403);
    let after = world.state(person.id).await;
    assert_eq!(after.events_since(&before), ["wrong-code"]);
    let fields = [("password", PASSWORD), ("code", &*person.code())];
    owner.post("/account/two-factor/turn-off", &fields).await.leads_to("/account");
}

#[tokio::test]
async fn d5_after_the_set_up_no_page_and_no_byte_on_disk_shows_the_secret() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    begin(&mut browser, &person).await;
    let key = person.key();
    let shown = browser.post("/account/two-factor/set-up", &[("code", &person.code())]).await;
    world.pass(STEP);
    browser.sign_in(&person).await;
    browser.post("/account/two-factor/authenticators/add", &[("password", PASSWORD)]).await;
    let secret = BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let grouped = key.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>();
    let spelled = [
        key.clone(),
        key.to_lowercase(),
        grouped.join(" "),
        grouped.join("</span> <span>"),
        HEXLOWER.encode(&secret),
        HEXUPPER.encode(&secret),
        BASE64.encode(&secret),
        BASE64URL_NOPAD.encode(&secret),
    ];
    let mut pages = vec![shown];
    let id = world.app.store.profile(person.id, world.clock.now()).await.unwrap().authenticators[0].id;
    for route in countersign_server::web::routes::table() {
        pages.push(browser.get(&route.path.replace("{id}", &id.to_string())).await);
    }
    assert!(pages.iter().filter(|page| page.status == 200).count() > 10);
    for page in &pages {
        for spelling in &spelled {
            page.is_silent_about(spelling);
        }
    }
    let kept = world.kept();
    let holds = |what: &[u8]| kept.windows(what.len()).any(|window| window == what);
    assert!(!holds(&secret));
    for spelling in &spelled {
        assert!(!holds(spelling.as_bytes()), "{spelling}");
    }
    assert!(holds(person.email.as_bytes()), "the search itself works");
}

#[tokio::test]
async fn d7_every_key_has_20_bytes_and_no_two_are_equal() {
    let world = World::with("[two_factor]\npassword_first = false");
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    browser.post("/account/two-factor/turn-on", &[]).await.leads_to("/account/two-factor/set-up");
    let mut keys = HashSet::new();
    for _ in 0..50 {
        let key = browser.get("/account/two-factor/set-up").await.key();
        assert_eq!(BASE32_NOPAD.decode(key.as_bytes()).unwrap().len(), 20);
        keys.insert(key);
        browser.post("/account/two-factor/set-up/restart", &[]).await;
    }
    assert_eq!(keys.len(), 50);
}

#[tokio::test]
async fn d8_the_set_up_page_asks_nobody_else_for_its_qr_code_and_no_address_holds_the_key() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    begin(&mut browser, &person).await;
    let page = browser.get("/account/two-factor/set-up").await;
    for attribute in ["src=\"", "href=\"", "action=\"", "data=\"", "url("] {
        for target in page.text.split(attribute).skip(1) {
            let target = target.split(['"', ')']).next().unwrap();
            assert!(
                target.starts_with('/') && !target.starts_with("//") || target.starts_with('#'),
                "{target}"
            );
            assert!(!target.contains(&person.key()), "{target}");
        }
    }
    // The name of SVG itself is no address that anybody fetches.
    let text = page.text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(text.contains("<svg") && !text.contains("otpauth:") && !text.contains("://"), "{text}");
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
}

#[tokio::test]
async fn d11_turning_on_ends_everything_that_was_open() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let (mut first, mut second) = (world.signed_in(&person).await, world.signed_in(&person).await);
    begin(&mut second, &person).await;
    begin(&mut first, &person).await;
    first.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
    second.get("/account").await.leads_to("/sign-in");
    second.get("/sign-in").await.says("Your session has ended.");
    first.get("/account").await.leads_to("/sign-in");
    second.post("/account/two-factor/set-up", &[("code", &person.code())]).await.leads_to("/sign-in");
    let state = world.state(person.id).await;
    assert!(state.sessions.is_empty() && state.devices.is_empty());
}

#[tokio::test]
async fn d11_where_the_policy_does_not_sign_out_the_session_that_turned_it_on_stays_alone() {
    let world = World::with("[two_factor]\nsign_out_after = false");
    let person = world.person("zofie@example.org").await;
    let (mut first, mut second) = (world.signed_in(&person).await, world.signed_in(&person).await);
    first.get("/account/two-factor/turn-on").await.says("Every other session ends.");
    begin(&mut first, &person).await;
    let page = first.post("/account/two-factor/set-up", &[("code", &person.code())]).await;
    page.is(200).says("Two-factor authentication is on</h1>").says("Back to My profile");
    page.is_silent_about("no longer work").is_silent_about("Enable 2-factor authentication");
    second.get("/account").await.leads_to("/sign-in");
    first.get("/account").await.is(200).says("Two-factor authentication is on.");
}

#[tokio::test]
async fn d11_nothing_of_an_earlier_time_with_2fa_works_after_turning_it_off_and_on() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    let waiting = world.one_pending(&person).await;
    let old_key = person.key();
    owner.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await.leads_to("/account");
    waiting.clone().get("/sign-in/code").await.leads_to("/sign-in");
    begin(&mut owner, &person).await;
    assert_ne!(person.key(), old_key, "a new QR code");
    owner.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
    world.pass(STEP);
    owner.type_password(&person).await.leads_to("/sign-in/code");
    let old = code_of(&old_key, world.clock.now_ms());
    owner.post("/sign-in/code", &[("code", &old)]).await.is(401);
    let field = [("recovery_code", person.recovery_codes[0].as_str())];
    owner.post("/sign-in/recovery-code", &field).await.is(401);
    waiting.clone().get("/sign-in/code").await.leads_to("/sign-in");
    owner.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
}

#[tokio::test]
async fn d13_between_the_two_steps_the_password_is_nowhere() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    let answer = browser.type_password(&person).await;
    let page = browser.get("/sign-in/code").await;
    let kept = world.kept();
    let encoded = serde_urlencoded::to_string([("p", PASSWORD)]).unwrap();
    for spelling in [PASSWORD.to_owned(), encoded[2..].to_owned(), BASE64.encode(PASSWORD.as_bytes())] {
        assert!(!kept.windows(spelling.len()).any(|window| window == spelling.as_bytes()), "{spelling}");
        assert!(!browser.jar.values().any(|value| value.contains(&spelling)));
        page.is_silent_about(&spelling);
        assert!(!answer.cookies_set().iter().any(|cookie| cookie.contains(&spelling)));
    }
    page.is_silent_about("$argon2");
    assert!(!browser.jar.values().any(|value| value.contains("argon2")));
}

#[tokio::test]
async fn the_last_authenticator_stays_and_a_sixth_is_not_offered() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let listed =
        || async { world.app.store.profile(person.id, world.clock.now()).await.unwrap().authenticators };
    let remove = |id: countersign::AuthenticatorId| format!("/account/two-factor/authenticators/{id}/remove");
    owner.post(&remove(listed().await[0].id), &[("password", PASSWORD)]).await.leads_to("/account");
    owner.get("/account").await.says("This is the only authenticator.");
    let phone = person.key();
    for n in 1..5 {
        owner.post("/account/two-factor/authenticators/add", &[("password", PASSWORD)]).await;
        person.scan(&owner.get("/account/two-factor/set-up").await.key());
        let fields = [("code", &*person.code()), ("name", &*format!("Tablet {n}"))];
        owner.post("/account/two-factor/set-up", &fields).await.leads_to("/account");
    }
    owner
        .post("/account/two-factor/authenticators/add", &[("password", PASSWORD)])
        .await
        .leads_to("/account");
    owner.get("/account").await.says("An account may have 5 authenticators.");
    assert_eq!(listed().await.len(), 5);

    let kept = listed().await.into_iter().find(|one| one.name == "Phone").unwrap();
    owner.post(&remove(kept.id), &[("password", PASSWORD)]).await.leads_to("/account");
    world.pass(STEP);
    let mut other = world.one_pending(&person).await;
    other.post("/sign-in/code", &[("code", &code_of(&phone, world.clock.now_ms()))]).await.is(401);
    other.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
}

//! Group A: the second step bypassed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::Method;
use countersign::recovery::RecoveryCode;
use countersign::token::{Invitation, Token};
use countersign_server::clock::Clock as _;
use countersign_server::web::routes::{Door, table};

use crate::browser::{Browser, PEER};
use crate::person::Person;
use crate::routes::{ID, addresses, knock};
use crate::world::{DAY, MAIL, MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// Where the page of a QR code leads somebody who is not signed in.
const SIGN_IN_FIRST: &str = "/sign-in?next=/account/two-factor/set-up";

/// Everything that begins, ends or changes a factor, with the best a thief of the password can type.
fn changes_of_a_factor(person: &Person) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let both = || vec![("password", PASSWORD.to_owned()), ("code", person.code())];
    vec![
        ("/account/two-factor/turn-on", vec![("password", PASSWORD.to_owned())]),
        ("/account/two-factor/set-up", vec![("code", person.code())]),
        ("/account/two-factor/set-up/restart", vec![]),
        ("/account/two-factor/turn-off", both()),
        ("/account/two-factor/recovery-codes", both()),
        ("/account/two-factor/authenticators/add", both()),
        ("/account/two-factor/devices/forget-all", vec![]),
        ("/account/password", [both(), vec![("new_password", NEW_PASSWORD.to_owned())]].concat()),
    ]
}

async fn try_all(browser: &Browser, person: &Person) {
    for (path, fields) in changes_of_a_factor(person) {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.clone().post(path, &fields).await.leads_to("/sign-in");
        let page = browser.clone().get(path).await;
        assert!(page.status == 405 || page.location().starts_with("/sign-in?next="), "{page:?}");
    }
}

#[tokio::test]
async fn a1_who_has_only_the_password_binds_no_factor_and_removes_none() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut thief = world.browser();
    thief.type_password(&person).await.leads_to("/sign-in/code");
    let before = world.state(person.id).await;
    try_all(&thief, &person).await;
    // The pending token in the place of a session is no session.
    let token = thief.cookie("pending").unwrap();
    try_all(&thief.with_cookie("countersign-session", &token), &person).await;
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn a4_no_request_without_a_session_moves_a_finished_enrolment() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    world.pass(STEP);
    let before = world.state(person.id).await;
    let device = owner.cookie_name(&format!("device-{}", person.id));
    let only_trusted = world.browser().with_cookie(&device, &owner.jar[&device]);
    for browser in [world.browser(), only_trusted] {
        try_all(&browser, &person).await;
    }
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn a5_nobody_sets_up_a_factor_without_having_signed_in_with_the_password() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let before = world.state(person.id).await;
    person.scan("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    try_all(&world.browser(), &person).await;
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn a6_the_answer_to_the_password_holds_no_session_and_no_claim_of_the_browser_makes_one() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    for name in ["mfa_required", "mfa_verified", "verified", "is_mfa", "two_factor", "countersign-verified"] {
        browser.jar.insert(name.to_owned(), if name == "mfa_required" { "false" } else { "true" }.to_owned());
    }
    let says = [("email", &*person.email), ("password", PASSWORD)];
    let answer = browser.post("/sign-in?mfa_required=false&mfa_verified=true&verified=true", &says).await;
    answer.leads_to("/sign-in/code");
    assert!(!answer.gives("session") && !answer.gives("device") && answer.gives("pending"));
    for claim in [("mfa_required", "false"), ("mfa_verified", "true"), ("verified", "true")] {
        world.browser().post("/sign-in", &[says[0], says[1], claim]).await.is(400);
        let page = browser.clone().post("/sign-in/code", &[("code", &*person.wrong_code()), claim]).await;
        assert!(!page.is(400).gives("session"));
        let page = browser.clone().get(&format!("/sign-in/code?{}={}", claim.0, claim.1)).await;
        assert!(!page.is(200).gives("session"));
    }
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a8_a_password_in_an_authorization_header_opens_nothing() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let before = world.state(person.id).await;
    let pair = data_encoding::BASE64.encode(format!("{}:{PASSWORD}", person.email).as_bytes());
    let token = "A".repeat(43);
    for said in [format!("Basic {pair}"), format!("Bearer {token}"), format!("Bearer {pair}")] {
        let browser = world.browser().saying("authorization", &said);
        for (path, door, address) in addresses() {
            for page in knock(&browser, &address).await {
                let no_errand = door == Door::Errand && page.status == 410;
                let shut = page.status == 405 || no_errand || page.location().starts_with("/sign-in");
                assert!(shut || door == Door::Anybody, "{path}: {page:?}");
                assert!(
                    !page.gives("session") && !page.gives("pending") && !page.gives("device"),
                    "{page:?}"
                );
                page.is_silent_about(&person.email);
            }
        }
    }
    assert_eq!(world.state(person.id).await, before);
}

/// Every Rust file below a directory, with its text.
fn sources(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false => found.push((path.display().to_string(), fs::read_to_string(&path).unwrap())),
        }
    }
    found
}

#[test]
fn a9_a_password_is_checked_in_one_place_and_asked_for_by_two() {
    let all = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let naming = |what: &str| -> Vec<String> {
        let has = |text: &&(String, String)| text.1.contains(what);
        all.iter().filter(has).map(|(path, _)| path.rsplit("src/").next().unwrap().to_owned()).collect()
    };
    assert_eq!(
        naming("StoredPassword::check("),
        ["web/sign_in.rs"],
        "the one place that looks at a password"
    );
    assert_eq!(naming("sign_in::check("), ["web/step_up.rs"], "step-up asks again; it opens no session");
    let mut opening = naming(".open_session(&");
    opening.sort();
    assert_eq!(opening, ["web/second_step.rs", "web/sign_in.rs"]);
    assert_eq!(naming("PasswordProof {"), Vec::<String>::new(), "nobody here makes a proof by hand");
}

#[tokio::test]
async fn a12_where_2fa_is_required_an_account_without_it_can_turn_it_on_and_nothing_else() {
    let world = World::with("[two_factor]\nrequired = \"everybody\"");
    let person = world.person("zofie@example.org").await;
    let mut browser = world.browser();
    browser.type_password(&person).await.leads_to("/account/two-factor/turn-on");
    let id = "0190f3a87c5e7d4e8f0a1b2c3d4e5f60";
    for route in table().iter().filter(|route| route.door == Door::Session) {
        let path = route.path.replace("{id}", id);
        for page in [browser.clone().get(&path).await, browser.clone().post(&path, &[]).await] {
            assert!(page.status == 405 || page.location() == "/account/two-factor/turn-on", "{page:?}");
        }
    }
    // The way back to the beginning is no way round.
    for next in ["/account", "/account/password"] {
        let fields = [("email", &*person.email), ("password", PASSWORD), ("next", next)];
        world.browser().post("/sign-in", &fields).await.leads_to("/account/two-factor/turn-on");
    }
    browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    person.scan(&browser.get("/account/two-factor/set-up").await.key());
    browser.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
    world.pass(STEP);
    browser.sign_in(&person).await;
    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn a12_who_has_a_factor_adds_no_other_before_passing_the_first() {
    let world = World::with("[two_factor]\nrequired = \"everybody\"");
    let person = world.enrolled("zofie@example.org").await;
    let mut thief = world.browser();
    thief.type_password(&person).await.leads_to("/sign-in/code");
    let before = world.state(person.id).await;
    try_all(&thief, &person).await;
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn a12_the_rule_holds_for_sessions_that_were_there_before_it() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let jar = world.signed_in(&person).await.jar;
    let world = world.stop().with("[two_factor]\nrequired = \"everybody\"").start();
    let mut browser = world.browser();
    browser.jar = jar;
    browser.get("/account").await.leads_to("/account/two-factor/turn-on");
}

#[tokio::test]
async fn a13_no_door_beside_the_pages_opens_to_a_pending_sign_in() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let pending = world.one_pending(&person).await;
    let upgrade = pending.saying("connection", "upgrade").saying("upgrade", "websocket");
    for path in ["/account", "/account/activity"] {
        assert!(upgrade.clone().get(path).await.location().starts_with("/sign-in"));
        let stream = pending.saying("accept", "text/event-stream").get(path).await;
        assert!(stream.location().starts_with("/sign-in"));
    }
    for path in ["/metrics", "/events", "/ws"] {
        pending.clone().get(path).await.is(404);
    }
    // An application's alone: no cookie opens it.
    pending.clone().get("/api/v1/accounts/x").await.is(401);
    // A proxy's alone; and to a pending sign-in no site is open: tests/http/sites.rs.
    pending.clone().get("/forward-auth").await.is(403);
    let page = pending.clone().post("/account/two-factor/recovery-codes/download", &[("ticket", "")]).await;
    page.is(400);
}

#[tokio::test]
async fn a15_what_a_stranger_planted_is_replaced_at_both_steps_and_what_was_there_is_dead() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let planted = "P".repeat(43);
    let mut browser = world
        .browser()
        .with_cookie("countersign-session", &planted)
        .with_cookie("countersign-pending", &planted);
    browser.type_password(&person).await.leads_to("/sign-in/code");
    let first = browser.cookie("pending").unwrap();
    assert_ne!(first, planted);
    assert_eq!(browser.cookie("session"), None, "whoever was here before is signed out here");

    // Signing in anew begins anew: the pending sign-in of before opens nothing.
    browser.type_password(&person).await.leads_to("/sign-in/code");
    assert_ne!(browser.cookie("pending"), Some(first.clone()));
    let mut old = world.browser().with_cookie("countersign-pending", &first);
    old.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/sign-in");

    browser.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    let session = browser.cookie("session").unwrap();
    assert!(session != planted && browser.cookie("pending").is_none());
    assert!(!world.browser().with_cookie("countersign-session", &planted).is_signed_in().await);

    // The session of before does not live on behind the new one (ASVS 7.2.4).
    world.pass(STEP);
    browser.sign_in(&person).await;
    assert_ne!(browser.cookie("session"), Some(session.clone()));
    assert!(!world.browser().with_cookie("countersign-session", &session).is_signed_in().await);
    assert_eq!(world.state(person.id).await.sessions.len(), 1);
}

/// ASVS 7.2.4. What is stolen here is the session; what it would be worth is the owner's second factor.
#[tokio::test]
async fn a15_a_copy_of_the_session_dies_before_the_owner_is_shown_the_key_and_does_not_come_by_a_second_factor()
 {
    let world = World::with("[two_factor]\nsign_out_after = false");
    let person = world.person("zofie@example.org").await;
    let mut owner = world.signed_in(&person).await;
    let thief = owner.clone();
    owner.post("/account/two-factor/turn-on", &[("password", "wrong")]).await.is(403);
    assert!(thief.is_signed_in().await, "a refusal renews nothing");
    owner.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await.is(303);
    thief.clone().get("/account/two-factor/set-up").await.leads_to(SIGN_IN_FIRST);
    thief.clone().post("/account/two-factor/set-up/restart", &[]).await.leads_to("/sign-in");

    let thief = owner.clone();
    person.scan(&owner.get("/account/two-factor/set-up").await.is(200).key());
    owner.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
    assert!(owner.is_signed_in().await && !thief.is_signed_in().await);
}

/// Browsers keep the promise of `__Host-` for the name as it is sent. A host beside ours may send the rest.
#[tokio::test]
async fn a15_a_cookie_whose_name_is_ours_only_once_it_is_decoded_is_a_neighbours() {
    let world = World::with("public_url = \"https://sign-in.example.com\"");
    let [anna, boris] = ["anna@example.org", "boris@example.org"];
    let (anna, boris) = (world.person(anna).await, world.person(boris).await);
    let (mut hers, his) = (world.signed_in(&anna).await, world.signed_in(&boris).await);
    let planted = his.cookie("session").unwrap();
    for name in
        ["%5F%5FHost-countersign-session", "__Host%2Dcountersign-session", "__Host-countersign-sessio%6E"]
    {
        assert!(!world.browser().with_cookie(name, &planted).is_signed_in().await, "{name}");
        // Before hers and behind hers: it neither replaces her session nor ends it.
        hers.clone().with_cookie(name, &planted).get("/account").await.is(200).says("anna@example.org");
    }
    hers.get("/account").await.is(200);
    let twice = format!("{planted}; __Host-countersign-session={}", hers.cookie("session").unwrap());
    let both = world.browser().with_cookie("__Host-countersign-session", &twice);
    assert!(!both.is_signed_in().await, "nobody knows which of the two is ours");
}

#[tokio::test]
async fn a_neighbours_cookie_that_no_text_can_be_made_of_keeps_nobody_from_signing_in() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser().with_cookie("a-neighbour", "žluťoučký").with_cookie("zz", "kůň=;;=; =");
    browser.sign_in_and_remember(&person).await;
    assert!(browser.is_signed_in().await);
    browser.post("/sign-out", &[]).await.is(303);
    browser.type_password(&person).await.leads_to("/account");
}

#[tokio::test]
async fn a19_nothing_is_decided_by_a_header_that_anybody_can_write() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let pending = world.pending(&person, 6).await;
    for (n, browser) in pending.iter().enumerate() {
        let elsewhere = format!("198.51.100.{n}");
        let mut browser = browser
            .saying("x-forwarded-for", &elsewhere)
            .saying("x-real-ip", &elsewhere)
            .saying("forwarded", &format!("for={elsewhere}"))
            .saying("x-forwarded-host", "evil.example")
            .saying("x-trusted", "1")
            .saying("x-remember", "1");
        let page = browser.post("/sign-in/code", &[("code", &person.wrong_code())]).await;
        page.is(if n < 5 { 401 } else { 429 }).is_silent_about("evil.example");
    }
    let recorded = world.app.store.events(person.id, None, 3).await.unwrap();
    for event in recorded.iter().filter(|event| event.event.kind.word() == "wrong-code") {
        assert_eq!(event.address.as_deref(), Some(PEER));
    }
    let mut elsewhere = world.browser().saying("x-forwarded-host", "evil.example");
    elsewhere.get("/account").await.leads_to("/sign-in");
    let from = [("origin", "https://evil.example"), ("content-type", "application/x-www-form-urlencoded")];
    elsewhere.send(Method::POST, "/sign-in", &from, Body::empty()).await.is(403);
}

#[tokio::test]
async fn a19_behind_a_proxy_that_the_operator_trusts_the_address_is_the_last_one_it_saw() {
    let world = World::with(&format!("trusted_proxies = [\"{PEER}\"]"));
    let person = world.person("zofie@example.org").await;
    let mut browser = world.browser().saying("x-forwarded-for", "203.0.113.1, 203.0.113.9");
    browser.sign_in(&person).await;
    let recorded = world.app.store.events(person.id, None, 1).await.unwrap();
    assert_eq!(recorded[0].address.as_deref(), Some("203.0.113.9"));
    // The visitor wrote what is no text, and the proxy appended to it whom it saw.
    let mut hiding = world.browser().saying("x-forwarded-for", "ř, 203.0.113.10");
    hiding.sign_in(&person).await;
    let recorded = world.app.store.events(person.id, None, 1).await.unwrap();
    assert_eq!(recorded[0].address.as_deref(), Some("203.0.113.10"));
}

#[tokio::test]
async fn a20_with_the_keyring_of_another_installation_the_service_does_not_start() {
    let other = World::new().stop();
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let stopped = world.stop();
    let [keyring, kept] = ["keyring", "kept"].map(|name| stopped.data().join(name));
    fs::rename(&keyring, &kept).unwrap();
    fs::copy(other.data().join("keyring"), &keyring).unwrap();
    let why = stopped.refuses();
    assert!(
        why.contains("this keyring does not belong to this database") && why.contains("Put back"),
        "{why}"
    );

    // The right name is not enough.
    let mine = fs::read_to_string(&kept).unwrap();
    let theirs = fs::read_to_string(&keyring).unwrap();
    let id = |text: &str| text.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    fs::write(&keyring, theirs.replace(&id(&theirs), &id(&mine))).unwrap();
    let why = stopped.refuses();
    assert!(why.contains("is not the key of that name"), "{why}");

    fs::rename(kept, keyring).unwrap();
    let world = stopped.start();
    world.browser().sign_in(&person).await;
}

#[tokio::test]
async fn a20_without_the_key_that_seals_nobody_gets_past_the_code_and_2fa_is_not_off() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let node = world.another();
    // Another process takes a new key into use, and then its keyring is exchanged: this one cannot learn of the key.
    let keyring = world.data().join("keyring");
    let old = fs::read(&keyring).unwrap();
    crate::rotating::rotate(&node).await;
    let new = fs::read(&keyring).unwrap();
    fs::write(&keyring, old).unwrap();
    let mut browser = world.browser();
    browser.type_password(&person).await.leads_to("/sign-in/code");
    let attempts: [(&str, Vec<(&str, &str)>); 3] = [
        ("/sign-in/code", vec![("code", "123456"), ("remember", "on")]),
        ("/sign-in/two-codes", vec![("code", "123456"), ("next_code", "654321")]),
        ("/sign-in/recovery-code", vec![("recovery_code", &person.recovery_codes[0])]),
    ];
    for (path, fields) in attempts {
        let page = browser.clone().post(path, &fields).await;
        page.is(503).says("<h1>Back in a moment</h1>");
        assert_eq!(page.header("retry-after"), Some("5"));
        assert!(!page.gives("session") && !page.gives("device"));
    }
    assert!(!browser.is_signed_in().await);
    assert!(!world.events(person.id).await.contains(&"wrong-code".to_owned()), "no answer was given");
    fs::write(&keyring, new).unwrap();
    browser.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
}

#[tokio::test]
async fn a20_with_a_damaged_database_every_door_is_shut_and_says_so() {
    let world = World::with(&format!("sign_up = \"open\"\n{MAIL}"));
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    world.pass(STEP);
    let pending = world.one_pending(&person).await;
    let (session, waits) = (signed_in.jar.clone(), pending.jar.clone());
    drop((signed_in, pending));
    let stopped = world.stop();
    let file = stopped.data().join("countersign.db");
    let world = stopped.start();
    // Everything behind the first page, the schema, is overwritten under the running service.
    let mut bytes = fs::read(&file).unwrap();
    bytes[4096..].fill(0x5a);
    fs::write(&file, bytes).unwrap();

    let browser = |jar: &BTreeMap<String, String>| {
        let mut browser = world.browser();
        browser.jar = jar.clone();
        browser
    };
    let link = "A".repeat(43);
    let link = ("link", link.as_str());
    let (email, new_password) = (("email", &*person.email), ("new_password", NEW_PASSWORD));
    let mut pages = vec![
        browser(&waits).post("/sign-in/code", &[("code", &person.code())]).await,
        world.browser().type_password(&person).await,
        world.browser().post("/forgotten-password", &[email]).await,
        world.browser().post("/reset-password", &[link, new_password]).await,
        world.browser().post("/confirm-address", &[link]).await,
        world.browser().post("/sign-up", &[email, ("name", "Eva"), ("password", PASSWORD)]).await,
        world.browser().post("/sign-up", &[link, email, ("name", "Eva"), ("password", PASSWORD)]).await,
    ];
    pages.push(world.browser().get(&format!("/hosted/begin?link={}", link.1)).await);
    let name = world.browser().cookie_name(&format!("errand-{ID}"));
    let errand = world.browser().with_cookie(&name, link.1).jar;
    for (_, door, address) in addresses() {
        let jar = match door {
            Door::Pending => &waits,
            Door::Errand => &errand,
            _ => &session,
        };
        if door != Door::Anybody {
            let answers = knock(&browser(jar), &address).await;
            pages.extend(answers.into_iter().filter(|page| page.status != 405));
        }
    }
    assert!(pages.len() > 25, "{}", pages.len());
    for page in pages {
        page.is(503).says("<h1>Back in a moment</h1>");
        assert_eq!((page.header("retry-after"), page.cookies_set()), (Some("5"), Vec::new()));
    }
    world.browser().get("/health").await.is(503);
    world.browser().get(countersign_server::static_files::css_url()).await.is(200);
}

#[tokio::test]
async fn a20_after_an_administrators_reset_the_password_alone_sets_up_no_new_factor() {
    let world = World::mailing_with("[two_factor]\nrequired = \"everybody\"");
    let person = world.enrolled("zofie@example.org").await;
    let store = &world.app.store;
    store.reset_two_factor(person.id, "lost phone", &world.visit()).await.unwrap();
    let letters = async || store.outbox().await.unwrap().waiting;
    let before = letters().await;
    let mut thief = world.browser();
    let page = thief.type_password(&person).await;
    page.is(403).says("Your administrator has reset your two-factor authentication.");
    // ASVS 16.3.1, 6.3.5: somebody has the password, and the owner hears of it.
    assert_eq!(world.events(person.id).await.last().map(String::as_str), Some("password-accepted"));
    assert_eq!(letters().await, before + 1);
    assert!(page.cookies_set().is_empty(), "{page:?}");
    thief.get("/account/two-factor/turn-on").await.leads_to("/sign-in?next=/account/two-factor/turn-on");
    fn with<'a>(person: &'a Person, token: &'a str) -> [(&'a str, &'a str); 3] {
        [("email", &person.email), ("password", PASSWORD), ("set_up", token)]
    }
    for forged in ["A".repeat(43), "x".to_owned(), String::new()] {
        world.browser().post("/sign-in", &with(&person, &forged)).await.is(403);
    }
    assert_eq!(letters().await, before + 1, "once an hour");

    let mut chance = world.app.chance;
    let token = store.give_set_up_link(person.id, &world.visit(), &mut chance).await.unwrap();
    let mut owner = world.browser();
    for _ in 0..2 {
        let page = owner.get(&format!("/sign-in?set_up={}", token.reveal())).await;
        page.is(200).says(token.reveal()).says("you can set up two-factor authentication again");
    }
    let wrong = [("email", &*person.email), ("password", "wrong"), ("set_up", token.reveal())];
    owner.post("/sign-in", &wrong).await.is(401).says(token.reveal());
    owner.post("/sign-in", &with(&person, token.reveal())).await.leads_to("/account/two-factor/turn-on");
    let page = world.browser().post("/sign-in", &with(&person, token.reveal())).await;
    page.is(403).says("This link was used already or is older than 24 hours.");

    owner.get("/account").await.leads_to("/account/two-factor/turn-on");
    owner.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    person.scan(&owner.get("/account/two-factor/set-up").await.key());
    owner.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
    world.pass(STEP);
    owner.sign_in(&person).await;
    owner.get("/account").await.is(200).says("An administrator gave a link");
}

#[tokio::test]
async fn a24_a_token_opens_the_one_door_it_was_made_for() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    let replaced = owner.post("/account/two-factor/recovery-codes", &[("password", PASSWORD)]).await;
    let ticket = replaced.is(200).ticket();
    world.pass(STEP);
    let waiting = world.one_pending(&person).await;
    let device = format!("device-{}", person.id);
    let mut chance = world.app.chance;
    let invited = {
        let new = countersign_store::accounts::NewAccount {
            email: countersign::email::Email::parse("ivan@example.org").unwrap(),
            name: countersign::name::Name::parse("Ivan").unwrap(),
            language: None,
            administrator: false,
            password: None,
        };
        world.app.store.add_account(&new, &world.visit(), &mut chance).await.unwrap()
    };
    let invitation: Token<Invitation> =
        world.app.store.invite_account(invited, world.clock.now(), &mut chance).await.unwrap();
    let store = &world.app.store;
    let password_link = store.hand_out_password_reset(person.id, &world.visit(), &mut chance).await.unwrap();
    let newcomer = world.person("nora@example.org").await;
    let confirmation = world.confirmation_link(&newcomer).await;
    let reset = world.enrolled("radek@example.org").await;
    store.reset_two_factor(reset.id, "lost phone", &world.visit()).await.unwrap();
    let set_up = store.give_set_up_link(reset.id, &world.visit(), &mut chance).await.unwrap();
    let tokens = [
        ("reset", password_link.reveal().to_owned()),
        ("confirmation", confirmation),
        ("session", owner.cookie("session").unwrap()),
        ("pending", waiting.cookie("pending").unwrap()),
        ("device", owner.cookie(&device).unwrap()),
        ("invitation", invitation.reveal().to_owned()),
        ("ticket", ticket),
        ("set-up link", set_up.reveal().to_owned()),
        ("recovery code", RecoveryCode::fresh(&mut chance).reveal().to_string()),
        ("key", person.key()),
    ];
    for (kind, token) in &tokens {
        let with = |cookie: &str| world.browser().with_cookie(&format!("countersign-{cookie}"), token);
        let opens = |door: &str| *kind == door;
        assert_eq!(with("session").is_signed_in().await, opens("session"), "{kind} as a session");
        let page = with("pending").get("/sign-in/code").await;
        assert_eq!(page.status == 200, opens("pending"), "{kind} as a pending sign-in");
        let page = with(&device).type_password(&person).await;
        assert_eq!(page.location() == "/account", opens("device"), "{kind} as a trusted device: {page:?}");
        assert_eq!(page.gives("session"), opens("device"));
        let page = world.browser().get(&format!("/sign-up?link={}", token.replace(' ', ""))).await;
        assert_eq!(page.status == 200, opens("invitation"), "{kind} as an invitation");
        let page = world.browser().get(&format!("/reset-password?link={}", token.replace(' ', ""))).await;
        assert_eq!(page.status == 200, opens("reset"), "{kind} as a reset link");
        let page = world.browser().get(&format!("/confirm-address?link={}", token.replace(' ', ""))).await;
        assert_eq!(page.status == 200, opens("confirmation"), "{kind} as a link that confirms an address");
        let field = [("ticket", token.as_str())];
        let page = world.browser().post("/account/two-factor/recovery-codes/download", &field).await;
        assert_eq!(page.status == 200, opens("ticket"), "{kind} as a ticket");
    }
    let required = "[two_factor]\nrequired = \"everybody\"";
    let strict = World::within(world.data().parent().unwrap(), world.clock.clone(), required);
    // What changes something comes last: each of these does it for one of them alone.
    for (kind, token) in &tokens {
        let confirms = world.browser().post("/confirm-address", &[("link", token)]).await;
        assert_eq!(confirms.status == 303, *kind == "confirmation", "{kind} confirms an address");
        let fields = [("link", token.as_str()), ("new_password", NEW_PASSWORD)];
        let resets = world.browser().post("/reset-password", &fields).await;
        assert_eq!(resets.status == 303, *kind == "reset", "{kind} sets a password");
        let fields = [("link", token.as_str()), ("name", "Ivan"), ("password", PASSWORD)];
        let first = world.browser().post("/sign-up", &fields).await;
        assert_eq!(first.status == 303, *kind == "invitation", "{kind} sets a first password");
        let fields = [("email", &*reset.email), ("password", PASSWORD), ("set_up", token)];
        let sets_up = strict.browser().post("/sign-in", &fields).await;
        assert_eq!(sets_up.gives("session"), *kind == "set-up link", "{kind} leads to a new factor");
        assert!(!confirms.gives("session") && !resets.gives("session") && !first.gives("session"));
    }
}

#[tokio::test]
async fn a24_a_forged_a_foreign_an_expired_and_a_swapped_cookie_open_nothing() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let session = owner.cookie("session").unwrap();
    let mut flipped = session.clone();
    flipped.replace_range(0..1, if session.starts_with('A') { "B" } else { "A" });
    let forged = [
        String::new(),
        "x".to_owned(),
        flipped,
        session.to_lowercase(),
        session[..42].to_owned(),
        format!("{session}A"),
        format!("{session}="),
        format!("\"{session}x\""),
        "A".repeat(43),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6b2ZpZSJ9.".to_owned(),
        "' OR 1=1 --".to_owned(),
        person.id.to_string(),
        "%00".repeat(20),
        "é".repeat(21),
        "A".repeat(5000),
    ];
    let before = world.state(person.id).await;
    for value in &forged {
        for name in ["session", "pending"] {
            let mut browser = world.browser().with_cookie(&format!("countersign-{name}"), value);
            browser.get("/account").await.leads_to("/sign-in");
            let mut browser = world.browser().with_cookie(&format!("countersign-{name}"), value);
            let page = browser.post("/sign-in/code", &[("code", &person.code())]).await;
            assert!(!page.gives("session"), "{page:?}");
            assert!(["/sign-in", "/account"].contains(&page.location()), "{page:?}");
        }
    }
    assert_eq!(world.state(person.id).await, before, "no guess was made, so none was counted");

    let pending = world.one_pending(&person).await;
    let swapped = world
        .browser()
        .with_cookie("countersign-session", &pending.jar["countersign-pending"])
        .with_cookie("countersign-pending", &session);
    assert!(!swapped.is_signed_in().await);
    swapped.clone().get("/sign-in/code").await.is(303);

    // Idle for an hour, and a day old however busy: the server ends it, whatever the browser still sends.
    let mut busy = owner.clone();
    for _ in 0..25 {
        world.pass(58 * MINUTE);
        busy.get("/account").await;
    }
    assert!(!busy.is_signed_in().await && !owner.is_signed_in().await);
    world.pass(DAY);
    pending.clone().get("/sign-in/code").await.leads_to("/sign-in");
}

#[tokio::test]
async fn a25_what_belongs_to_somebody_else_is_not_there() {
    let world = World::new();
    let (anna, boris) = (world.enrolled("anna@example.org").await, world.enrolled("boris@example.org").await);
    let mut of_anna = world.browser();
    of_anna.sign_in_and_remember(&anna).await;
    let mut of_boris = world.browser();
    of_boris.sign_in(&boris).await;
    let now = world.clock.now();
    let profile = world.app.store.profile(anna.id, now).await.unwrap();
    let (authenticator, device, session) =
        (profile.authenticators[0].id, profile.devices[0].id, profile.sessions[0].id);
    let before = world.state(anna.id).await;
    let confirmed = [("password", PASSWORD)];
    for path in [
        format!("/account/two-factor/authenticators/{authenticator}/rename"),
        format!("/account/two-factor/authenticators/{authenticator}/remove"),
    ] {
        of_boris.get(&path).await.is(404).is_silent_about("Phone");
    }
    let rename = format!("/account/two-factor/authenticators/{authenticator}/rename");
    of_boris.post(&rename, &[("name", "Mine now")]).await.is(404);
    of_boris.post(&rename.replace("rename", "remove"), &confirmed).await.is(404);
    of_boris.post(&format!("/account/two-factor/devices/{device}/forget"), &[]).await.is(404);
    of_boris.post(&format!("/account/sessions/{session}/end"), &[]).await.is(404);
    of_boris.post("/account/sessions/end-others", &[]).await.leads_to("/account");
    of_boris.post("/account/two-factor/devices/forget-all", &[]).await.leads_to("/account");
    assert_eq!(world.state(anna.id).await, before);

    // Ids in another spelling are no ids, and ids of another noun are nobody's.
    for id in [session.to_string().to_uppercase(), device.to_string(), anna.id.to_string(), "..".to_owned()] {
        of_anna.post(&format!("/account/sessions/{id}/end"), &[]).await.is(404);
    }
    assert_eq!(world.state(anna.id).await, before);
}

#[tokio::test]
async fn a25_the_trust_in_one_persons_browser_is_nobody_elses() {
    let world = World::new();
    let (anna, boris) = (world.enrolled("anna@example.org").await, world.enrolled("boris@example.org").await);
    let mut shared = world.browser();
    shared.sign_in_and_remember(&anna).await;
    shared.post("/sign-out", &[]).await;
    shared.type_password(&boris).await.leads_to("/sign-in/code");
    let trust = shared.jar[&format!("countersign-device-{}", anna.id)].clone();
    let moved = world.browser().with_cookie(&format!("countersign-device-{}", boris.id), &trust);
    moved.clone().type_password(&boris).await.leads_to("/sign-in/code");
}

/// ASVS 7.2.4: a copy of the session's cookie, however it was taken, dies with the change that its owner makes.
#[tokio::test]
async fn a_stolen_session_cookie_dies_when_its_owner_changes_the_password_or_a_factor() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let mut thief = owner.clone();
    let codes = owner.post("/account/two-factor/recovery-codes", &[("password", PASSWORD)]).await;
    codes.is(200);
    assert!(owner.is_signed_in().await && !thief.is_signed_in().await, "new recovery codes");

    thief = owner.clone();
    let add = "/account/two-factor/authenticators/add";
    owner.post(add, &[("password", PASSWORD)]).await.leads_to("/account/two-factor/set-up");
    thief.clone().get("/account/two-factor/set-up").await.leads_to(SIGN_IN_FIRST);
    thief.clone().post("/account/two-factor/set-up/restart", &[]).await.leads_to("/sign-in");
    assert!(owner.is_signed_in().await && !thief.is_signed_in().await, "another QR code");

    thief = owner.clone();
    owner.post("/account/password", &[("password", PASSWORD), ("new_password", NEW_PASSWORD)]).await.is(303);
    assert!(owner.is_signed_in().await && !thief.is_signed_in().await, "another password");

    thief = owner.clone();
    owner.post("/account/two-factor/turn-off", &[("password", "wrong")]).await.is(403);
    assert!(thief.is_signed_in().await, "a refusal renews nothing");
    owner.post("/account/two-factor/turn-off", &[("password", NEW_PASSWORD)]).await.leads_to("/account");
    assert!(owner.is_signed_in().await && !thief.is_signed_in().await, "turning off");
}

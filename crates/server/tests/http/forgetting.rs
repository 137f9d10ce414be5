//! Forgotten passwords: what is asked, what a link does, and what it never does.

use axum::body::Body;
use axum::http::Method;
use countersign::token::{PasswordReset, Token};
use countersign_server::clock::Clock as _;
use countersign_server::mail::sender;
use countersign_store::accounts::NewAccount;
use serde_json::json;

use crate::browser::{Browser, PEER, Page};
use crate::mail_server::{MailServer, Received};
use crate::person::Person;
use crate::world::{DAY, MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

const HOUR: i64 = 60 * MINUTE;

impl World {
    /// The link of the letter that is sent now to somebody who asked for one; none where no letter is.
    async fn reset_link(&self, person: &Person) -> Option<String> {
        let (now, mut chance) = (self.clock.now(), self.app.chance);
        let token: Option<Token<PasswordReset>> =
            self.app.store.draw_link(person.id, now, &mut chance).await.unwrap();
        token.map(|token| token.reveal().to_owned())
    }

    /// Somebody asks on the page, and their letter is sent.
    async fn asks(&self, person: &Person) -> String {
        ask(&mut self.browser(), &person.email).await.leads_to("/forgotten-password/sent");
        self.reset_link(person).await.unwrap()
    }
}

async fn ask(browser: &mut Browser, email: &str) -> Page {
    browser.post("/forgotten-password", &[("email", email)]).await
}

/// Chooses [`NEW_PASSWORD`] with a link, in a browser of its own.
async fn choose(world: &World, link: &str) -> Page {
    world.browser().post("/reset-password", &[("link", link), ("new_password", NEW_PASSWORD)]).await
}

async fn page_of(world: &World, link: &str) -> Page {
    world.browser().get(&format!("/reset-password?link={link}")).await
}

#[tokio::test]
async fn g5_whoever_asks_for_whichever_address_gets_the_same_answer_to_the_byte() {
    let world = World::mailing();
    world.person("known@example.org").await;
    world.enrolled("enrolled@example.org").await;
    let disabled = world.enrolled("disabled@example.org").await;
    world.app.store.disable_account(disabled.id, &world.visit()).await.unwrap();
    let locked = world.person("locked@example.org").await;
    while world.browser().post("/sign-in", &[("email", &locked.email), ("password", "x")]).await.status != 429
    {
    }
    let invited = NewAccount {
        email: countersign::email::Email::parse("invited@example.org").unwrap(),
        name: countersign::name::Name::parse("Ivan").unwrap(),
        language: None,
        administrator: false,
        password: None,
    };
    let mut chance = world.app.chance;
    world.app.store.add_account(&invited, &world.visit(), &mut chance).await.unwrap();
    let whole = |page: &Page| (page.status, page.headers.clone(), page.text.clone());
    let mut answers = Vec::new();
    for who in ["nobody", "known", "enrolled", "disabled", "locked", "invited", "KNOWN", " nobody "] {
        // Also when the address has been sent all the letters it gets.
        for _ in 0..5 {
            let email = if who.starts_with(' ') { who.to_owned() } else { format!("{who}@example.org") };
            if email.contains('@') {
                answers.push(whole(&ask(&mut world.browser(), &email).await));
            }
        }
    }
    let (status, headers, text) = &answers[0];
    assert_eq!((*status, text.as_str()), (303, ""));
    assert_eq!(headers["location"], "/forgotten-password/sent");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let page = world.browser().get("/forgotten-password/sent").await;
    page.is(200).says("If an account has the email you typed").is_silent_about("example.org");
    // Those who can sign in are told, and each is sent three letters.
    assert_eq!(
        world.events(locked.id).await.iter().filter(|kind| *kind == "password-reset-asked").count(),
        3
    );
    assert!(!world.events(disabled.id).await.contains(&"password-reset-asked".to_owned()));
}

#[tokio::test]
async fn a10_e4_a_new_password_by_mail_signs_nobody_in_and_leaves_the_second_factor_as_it_was() {
    let world = World::mailing();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    world.pass(STEP);
    let waiting = world.one_pending(&person).await;
    let before = world.state(person.id).await;
    let link = world.asks(&person).await;
    page_of(&world, &link).await.is(200).says("Choose a new password").says("zofie@example.org");

    let mut browser = world.browser();
    let fields = [("link", link.as_str()), ("new_password", NEW_PASSWORD)];
    let after = browser.post("/reset-password", &fields).await;
    after.leads_to("/sign-in");
    assert!(!after.gives("session") && !after.gives("pending") && !after.gives("device"));
    assert!(!browser.is_signed_in().await);
    browser
        .get("/sign-in")
        .await
        .is(200)
        .says("Your new password is set.")
        .says("Two-factor authentication is as it was");

    let now = world.state(person.id).await;
    assert_eq!((&now.factor, &now.locked), (&before.factor, &before.locked));
    assert_eq!((now.sessions.len(), now.devices.len()), (0, 0));
    assert_eq!(now.events_since(&before), ["password-reset-asked", "password-reset"]);
    assert!(!owner.is_signed_in().await);
    waiting.clone().get("/sign-in/code").await.leads_to("/sign-in");
    // The browser that was remembered is asked for a code like any other.
    let typed = [("email", person.email.as_str()), ("password", NEW_PASSWORD)];
    owner.post("/sign-in", &typed).await.leads_to("/sign-in/code");
    owner.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    world.browser().type_password(&person).await.is(401);
}

#[tokio::test]
async fn a10_neither_a_link_nor_its_letter_outlives_disabling_and_enabling() {
    let world = World::mailing();
    let person = world.enrolled("zofie@example.org").await;
    let link = world.asks(&person).await;
    let store = &world.app.store;
    store.disable_account(person.id, &world.visit()).await.unwrap();
    choose(&world, &link).await.is(410);
    assert_eq!(world.reset_link(&person).await, None);
    store.enable_account(person.id, &world.visit()).await.unwrap();
    choose(&world, &link).await.is(410);
    assert_eq!(world.reset_link(&person).await, None);
    let link = world.asks(&person).await;
    choose(&world, &link).await.leads_to("/sign-in");
    let typed = [("email", person.email.as_str()), ("password", NEW_PASSWORD)];
    world.browser().post("/sign-in", &typed).await.leads_to("/sign-in/code");
}

#[tokio::test]
async fn b11_a_link_works_once_within_an_hour_and_a_newer_request_kills_it() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let older = world.asks(&person).await;
    let newer = world.asks(&person).await;
    page_of(&world, &older).await.is(410).says("This link no longer works");
    choose(&world, &older).await.is(410);
    world.pass(HOUR - 1);
    // Whoever scans letters opens every link, and more than once.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let address = format!("/reset-password?link={newer}");
        world.browser().send(method, &address, &[], Body::empty()).await.is(200);
    }
    choose(&world, &newer).await.leads_to("/sign-in");
    choose(&world, &newer).await.is(410);
    page_of(&world, &newer).await.is(410);
    let late = world.asks(&person).await;
    world.pass(HOUR);
    page_of(&world, &late).await.is(410);
    choose(&world, &late).await.is(410);
    assert_eq!(world.events(person.id).await.iter().filter(|kind| *kind == "password-reset").count(), 1);
    let world = world.restart();
    choose(&world, &newer).await.is(410);
}

#[tokio::test]
async fn a_new_password_by_link_keeps_the_rules_of_every_other_and_a_refused_one_spends_nothing() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let link = world.asks(&person).await;
    let before = world.state(person.id).await;
    for (typed, words) in [
        ("", "Type your password."),
        ("too short", "at least 15 characters; this one has 9"),
        ("passwordpassword", "easy to guess"),
        ("zofie@example.org", "contains your name, your email"),
        (&"x".repeat(2000), "The password is too long"),
    ] {
        let mut browser = world.browser();
        let page = browser.post("/reset-password", &[("link", &link), ("new_password", typed)]).await;
        page.is(400).says(words).says(&format!("name=\"link\" value=\"{link}\""));
        page.is_silent_about("passwordpassword").is_silent_about("too short");
    }
    assert_eq!(world.state(person.id).await, before);
    choose(&world, &link).await.leads_to("/sign-in");
}

#[tokio::test]
async fn d6_a_form_from_elsewhere_sets_no_password_however_good_its_link() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let link = world.asks(&person).await;
    let before = world.state(person.id).await;
    let body =
        serde_urlencoded::to_string([("link", link.as_str()), ("new_password", NEW_PASSWORD)]).unwrap();
    for said in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("accept", "*/*")] {
        let form = [said, ("content-type", "application/x-www-form-urlencoded")];
        for path in ["/reset-password", "/forgotten-password"] {
            world.browser().send(Method::POST, path, &form, Body::from(body.clone())).await.is(403);
        }
    }
    let form = [("sec-fetch-site", "same-origin"), ("content-type", "text/plain")];
    world.browser().send(Method::POST, "/reset-password", &form, Body::from(body)).await.is(400);
    assert_eq!(world.state(person.id).await, before);
    choose(&world, &link).await.leads_to("/sign-in");
}

#[tokio::test]
async fn nobody_floods_a_mailbox_and_who_gets_no_further_letter_has_a_link_that_works() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let mut link = String::new();
    let mut letters = 0;
    for _ in 0..(24 * 6) {
        ask(&mut world.browser(), &person.email).await.leads_to("/forgotten-password/sent");
        let asked =
            world.events(person.id).await.iter().filter(|kind| *kind == "password-reset-asked").count();
        if asked > letters {
            letters = asked;
            link = world.reset_link(&person).await.unwrap();
        }
        page_of(&world, &link).await.is(200);
        world.pass(10 * MINUTE);
    }
    assert_eq!(letters, 26, "three at once and one an hour, whatever a stranger does for a day");
}

#[tokio::test]
async fn c13_strangers_who_guess_at_a_password_keep_its_owner_waiting_no_longer_than_a_letter_takes() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let guess =
        || async { world.browser().post("/sign-in", &[("email", &person.email), ("password", "x")]).await };
    while guess().await.status != 429 {}
    let link = world.asks(&person).await;
    choose(&world, &link).await.leads_to("/sign-in");
    let typed = [("email", person.email.as_str()), ("password", NEW_PASSWORD)];
    world.browser().post("/sign-in", &typed).await.leads_to("/account");
}

/// The link of a letter, which both parts hold, and which begins as it should.
fn link_in<'a>(letter: &'a Received, page: &str) -> &'a str {
    let begins = letter.plain.find(page).unwrap_or_else(|| panic!("no {page} in {}", letter.plain));
    let link = letter.plain[begins + page.len()..].lines().next().unwrap();
    assert!(letter.html.contains(&format!("href=\"{page}{link}\"")), "{}", letter.html);
    link
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_letter_leads_to_the_public_address_whatever_a_request_calls_us_and_holds_the_only_copy_of_the_link()
 {
    let mut server = MailServer::start();
    let world = World::with(&format!("name = \"Acme\"\n{}", server.settings()));
    let person = world.enrolled("zofie@example.org").await;
    let round = || sender::round(&world.app, || false);
    round().await.unwrap();
    assert_eq!(server.next().subject, "Two-factor authentication turned on · Acme");
    let mut elsewhere =
        world.browser().saying("host", "evil.example").saying("x-forwarded-host", "evil.example");
    ask(&mut elsewhere, &person.email).await.leads_to("/forgotten-password/sent");
    ask(&mut elsewhere, "nobody@example.org").await.leads_to("/forgotten-password/sent");
    // The mail server takes it at the second try: the first link is void, and the second letter is no copy of it.
    server.orders(&json!({ "data": ["451 4.3.0 later"] }));
    round().await.unwrap();
    world.pass(MINUTE);
    round().await.unwrap();
    let (refused, letter) = (server.next(), server.next());
    assert_ne!(letter.header("Message-ID"), refused.header("Message-ID"));
    assert_eq!(
        (letter.subject.as_str(), letter.to.as_slice()),
        ("Choose a new password · Acme", &[person.email.clone()][..])
    );
    let page = world.app.config.service.public_url.page("/reset-password?link=");
    let link = link_in(&letter, &page);
    for part in [&letter.plain, &letter.html] {
        assert!(
            part.contains(PEER) && part.contains("It works once, until") && !part.contains("evil"),
            "{part}"
        );
    }
    choose(&world, link_in(&refused, &page)).await.is(410);
    let kept = world.kept();
    assert!(!kept.windows(link.len()).any(|bytes| bytes == link.as_bytes()));
    choose(&world, link).await.leads_to("/sign-in");
    round().await.unwrap();
    assert_eq!(server.next().subject, "A new password was chosen · Acme");
    // A letter that nobody wants any more leaves the outbox and is not sent.
    ask(&mut world.browser(), &person.email).await.leads_to("/forgotten-password/sent");
    world.app.store.disable_account(person.id, &world.visit()).await.unwrap();
    round().await.unwrap();
    assert_eq!(server.next().subject, "Account disabled · Acme");
    let outbox = world.app.store.outbox().await.unwrap();
    assert_eq!((outbox.waiting, outbox.given_up, server.so_far().len()), (0, 0, 0));
}

#[tokio::test]
async fn what_is_no_email_is_said_beside_the_field() {
    let world = World::mailing();
    for typed in ["", "zofie", "zofie@", "a@b@c", "\"><script>@x.y", &"x".repeat(3000)] {
        let page = ask(&mut world.browser(), typed).await;
        page.is(400).says("This is not a complete email address").is_silent_about("<script>@");
    }
    world.browser().post("/forgotten-password", &[("email", "a@b.cz"), ("mail", "x")]).await.is(400);
}

#[tokio::test]
async fn where_no_mail_is_sent_the_page_says_whom_to_ask_and_an_administrator_hands_the_link_out() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    world.browser().get("/sign-in").await.says("href=\"/forgotten-password\"");
    let page = world.browser().get("/forgotten-password").await;
    page.is(200)
        .says("This service sends no mail. Ask the administrator")
        .is_silent_about("<form method=\"post\" action=\"/forgotten");
    let before = world.state(person.id).await;
    ask(&mut world.browser(), &person.email).await.is(403).says("Ask the administrator");
    assert_eq!(world.reset_link(&person).await, None);
    assert_eq!(world.state(person.id).await, before);

    let mut chance = world.app.chance;
    let link = world.app.store.hand_out_password_reset(person.id, &world.visit(), &mut chance).await.unwrap();
    world.pass(DAY - 1);
    choose(&world, link.reveal()).await.leads_to("/sign-in");
    let typed = [("email", person.email.as_str()), ("password", PASSWORD)];
    world.browser().post("/sign-in", &typed).await.is(401);
}

//! Letters, from the portal to a real mail server, whatever that does with them.

use std::net::TcpListener;
use std::process::Output;
use std::sync::Arc;

use countersign::{event::Actor, notice::STRANGERS_EVERY};
use countersign_server::app::App;
use countersign_server::clock::{Clock as _, ManualClock, WallClock};
use countersign_server::commands::serve::Service;
use countersign_server::mail::sender;
use countersign_store::{Visit, outbox::TAKEN_FOR};
use serde_json::json;

use crate::browser::{Browser, PEER};
use crate::mail_server::{Authority, MailServer, Received, settings};
use crate::person::Person;
use crate::processes::{Serving, installation, program, run};
use crate::world::{MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

const EMAIL: &str = "zofie@example.org";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Sends what is due, as the service's own task does.
async fn round(world: &World) {
    sender::round(&world.app, || false).await.unwrap();
}

/// What lies in the outbox: waiting, and given up.
async fn lying(world: &World) -> (u32, u32) {
    let outbox = world.app.store.outbox().await.unwrap();
    (outbox.waiting, outbox.given_up)
}

/// What the mail server said last.
async fn trouble(world: &World) -> String {
    world.app.store.outbox().await.unwrap().trouble.unwrap_or_default()
}

fn firefox(world: &World) -> Browser {
    world.browser().saying("user-agent", FIREFOX)
}

/// The person turns 2FA on through the pages: the recovery codes.
async fn turns_on(browser: &mut Browser, person: &Person) -> Vec<String> {
    browser.type_password(person).await.leads_to("/account");
    browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    person.scan(&browser.get("/account/two-factor/set-up").await.key());
    let page = browser.post("/account/two-factor/set-up", &[("code", &person.code())]).await;
    page.is(200).recovery_codes()
}

/// An administrator, at a terminal.
fn terminal(world: &World) -> Visit {
    Visit { actor: Actor::Administrator, browser: Visit::OF_THE_SERVER.to_owned(), ..world.visit() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_each_change_in_the_portal_arrives_as_one_letter_that_says_what_when_and_whence() {
    let server = MailServer::start();
    let world = World::with(&format!("name = \"Acme\"\nsign_up = \"open\"\n{}", server.settings()));
    let person = world.confirmed(EMAIL).await;
    let mut owner = firefox(&world);
    let arrives = async |subjects: &[&str]| -> Vec<Received> {
        round(&world).await;
        let letters: Vec<Received> = subjects.iter().map(|_| server.next()).collect();
        let arrived: Vec<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
        let expected: Vec<String> = subjects.iter().map(|subject| format!("{subject} · Acme")).collect();
        assert_eq!(arrived, expected);
        assert_eq!((lying(&world).await, server.so_far().len()), ((0, 0), 0));
        letters
    };
    let codes = turns_on(&mut owner, &person).await;
    let letters = arrives(&["Two-factor authentication turned on"]).await;
    let letter = &letters[0];
    assert_eq!(
        (letter.to.as_slice(), letter.sender.as_str()),
        (&[EMAIL.to_owned()][..], "sign-in@acme.example")
    );
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    let profile = world.app.config.service.public_url.page("/account");
    for part in [&letter.plain, &letter.html] {
        for said in
            ["Žofie", "18 November 2026", "(UTC)", "Firefox on Linux", PEER, "Authenticator app", &profile]
        {
            assert!(part.contains(said), "{said}: {part}");
        }
    }
    world.pass(STEP);
    owner.sign_in_and_remember(&person).await;
    arrives(&["New device remembered"]).await;
    owner.post("/account/two-factor/devices/forget-all", &[]).await.leads_to("/account");
    arrives(&["All devices forgotten"]).await;
    owner.post("/account/two-factor/authenticators/add", &[("password", PASSWORD)]).await;
    let phone = person.key();
    person.scan(&owner.get("/account/two-factor/set-up").await.key());
    owner.post("/account/two-factor/set-up", &[("code", &*person.code()), ("name", "Tablet")]).await;
    assert!(arrives(&["Authenticator added"]).await[0].plain.contains("“Tablet”"));
    let listed = world.app.store.profile(person.id, world.clock.now()).await.unwrap().authenticators;
    let tablet = listed.iter().find(|one| one.name == "Tablet").unwrap().id;
    owner
        .post(&format!("/account/two-factor/authenticators/{tablet}/remove"), &[("password", PASSWORD)])
        .await;
    assert!(arrives(&["Authenticator removed"]).await[0].plain.contains("“Tablet”"));
    person.scan(&phone);
    let mut elsewhere = world.browser();
    elsewhere.type_password(&person).await;
    elsewhere.post("/sign-in/recovery-code", &[("recovery_code", &*codes[0])]).await.leads_to("/account");
    assert!(arrives(&["Recovery code used"]).await[0].plain.contains("9 are left"));
    owner.post("/account/two-factor/recovery-codes", &[("password", PASSWORD)]).await.is(200);
    arrives(&["Recovery codes replaced"]).await;
    let again = [("email", EMAIL), ("name", "Eva"), ("password", NEW_PASSWORD)];
    world.browser().post("/sign-up", &again).await;
    arrives(&["Somebody tried to create an account with your email"]).await;
    let new = [("password", PASSWORD), ("new_password", NEW_PASSWORD)];
    owner.post("/account/password", &new).await.is(303);
    arrives(&["Password changed"]).await;
    owner.post("/account/two-factor/turn-off", &[("password", NEW_PASSWORD)]).await.leads_to("/account");
    arrives(&["Two-factor authentication turned off"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_what_an_administrator_does_arrives_and_names_no_browser() {
    let server = MailServer::start();
    let world = World::with(&server.settings());
    let person = world.enrolled(EMAIL).await;
    let store = &world.app.store;
    store.sign_out_account(person.id, &terminal(&world)).await.unwrap();
    store.reset_two_factor(person.id, "phone lost, seen in person", &terminal(&world)).await.unwrap();
    store.disable_account(person.id, &terminal(&world)).await.unwrap();
    store.enable_account(person.id, &terminal(&world)).await.unwrap();
    round(&world).await;
    let letters: Vec<Received> = (0..5).map(|_| server.next()).collect();
    let titles = letters.iter().map(|letter| letter.plain.lines().next().unwrap());
    let expected = [
        "Two-factor authentication turned on",
        "Signed out by an administrator",
        "Two-factor authentication reset by an administrator",
        "Account disabled",
        "Account enabled",
    ];
    assert_eq!(titles.collect::<Vec<_>>(), expected);
    for letter in &letters[1..] {
        assert!(
            letter.plain.contains("By an administrator") && !letter.plain.contains("Browser:"),
            "{letter:?}"
        );
    }
    assert!(letters[2].html.contains("phone lost, seen in person"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_letters_are_in_the_language_and_the_zone_of_their_reader() {
    let server = MailServer::start();
    let world =
        World::with(&format!("name = \"Sklárny\"\ntime_zone = \"Europe/Prague\"\n{}", server.settings()));
    let person = world.confirmed(EMAIL).await;
    let mut browser = firefox(&world);
    browser.type_password(&person).await;
    browser.post("/language", &[("language", "cs"), ("next", "/account")]).await.is(303);
    turns_on(&mut browser, &person).await;
    round(&world).await;
    let letter = server.next();
    assert_eq!(letter.subject, "Dvoufázové ověření zapnuto · Sklárny");
    assert!(
        letter.plain.contains("listopadu 2026") && letter.plain.contains("(Europe/Prague)"),
        "{}",
        letter.plain
    );
    assert!(letter.html.contains("<html lang=\"cs\">"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c1_the_owner_is_told_of_wrong_codes_and_of_the_sign_ins_that_they_ended_once_an_hour() {
    let server = MailServer::start();
    let world = World::with(&server.settings());
    let person = world.enrolled(EMAIL).await;
    round(&world).await;
    server.next();
    for mut browser in world.pending(&person, 6).await {
        browser.post("/sign-in/code", &[("code", &person.wrong_code())]).await;
    }
    round(&world).await;
    assert!(server.next().plain.starts_with("Too many wrong codes"));
    world.pass(11 * MINUTE);
    world.app.store.end_expired_sign_ins(world.clock.now()).await.unwrap();
    round(&world).await;
    assert!(server.next().plain.starts_with("Your password was used, but no code followed"));
    for mut browser in world.pending(&person, 3).await {
        browser.post("/sign-in/cancel", &[]).await;
    }
    world.pass(11 * MINUTE);
    world.app.store.end_expired_sign_ins(world.clock.now()).await.unwrap();
    round(&world).await;
    assert_eq!((server.so_far().len(), lying(&world).await), (0, (0, 0)));
    world.pass(STRANGERS_EVERY.as_milliseconds());
    world.one_pending(&person).await.post("/sign-in/cancel", &[]).await;
    world.pass(11 * MINUTE);
    world.app.store.end_expired_sign_ins(world.clock.now()).await.unwrap();
    round(&world).await;
    assert!(server.next().plain.contains("no code. Nobody was signed in."));
}

#[tokio::test]
async fn h1_who_cancels_and_signs_in_again_in_the_same_browser_gets_no_letter_and_a_stranger_brings_one() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::with(&settings(nobody.local_addr().unwrap().port()));
    let person = world.enrolled(EMAIL).await;
    let told = async || {
        world.pass(11 * MINUTE);
        world.app.store.end_expired_sign_ins(world.clock.now()).await.unwrap();
        lying(&world).await.0
    };
    let before = told().await;
    let mut owner = world.browser();
    owner.type_password(&person).await.leads_to("/sign-in/code");
    let cancelled = owner.cookie("pending").unwrap();
    owner.post("/sign-in/cancel", &[]).await.leads_to("/sign-in");
    owner.get("/sign-in/code").await.leads_to("/sign-in");
    owner.type_password(&person).await.leads_to("/sign-in/code");
    assert_ne!(owner.cookie("pending"), Some(cancelled));
    owner.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    assert_eq!(told().await, before);

    // Two tabs: one gives up, the other one still shows the page for the code.
    owner.type_password(&person).await.leads_to("/sign-in/code");
    owner.post("/sign-in/cancel", &[]).await.leads_to("/sign-in");
    owner.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/sign-in");
    owner.type_password(&person).await.leads_to("/sign-in/code");
    owner.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    assert_eq!(told().await, before);

    let mut stranger = world.browser();
    stranger.type_password(&person).await.leads_to("/sign-in/code");
    stranger.post("/sign-in/cancel", &[]).await.leads_to("/sign-in");
    // The owner signs in at the same place with the same kind of browser.
    world.browser().sign_in(&person).await;
    assert_eq!(told().await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i7_who_makes_an_account_for_somebodys_address_writes_nothing_into_their_letters() {
    let server = MailServer::start();
    let world = World::with(&format!("sign_up = \"open\"\n{}", server.settings()));
    let mut stranger = world.browser();
    let name = "You have won: https://evil.example/";
    stranger.post("/sign-up", &[("email", EMAIL), ("name", name), ("password", PASSWORD)]).await.is(303);
    stranger.post("/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await.leads_to("/account");
    stranger.post("/account/address/send-link", &[]).await.is(303);
    stranger.post("/forgotten-password", &[("email", EMAIL)]).await.is(303);
    stranger.post("/sign-up", &[("email", EMAIL), ("name", name), ("password", PASSWORD)]).await.is(303);
    stranger
        .post("/account/password", &[("password", PASSWORD), ("new_password", NEW_PASSWORD)])
        .await
        .leads_to("/account");
    round(&world).await;
    let letters = [server.next(), server.next(), server.next()];
    for letter in letters {
        assert_eq!((letter.to.as_slice(), letter.header("To")), (&[EMAIL.to_owned()][..], EMAIL));
        assert!(!letter.plain.contains("evil") && !letter.html.contains("evil"), "{}", letter.plain);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i7_a_hostile_name_is_text_in_a_letter_and_makes_no_header() {
    let server = MailServer::start();
    let world = World::with(&server.settings());
    let name = "\"><img src=x onerror=alert(1)>, <b@c.example>; &amp;";
    let person = world.person_called(EMAIL, name).await;
    world.app.store.vouch_for_address(person.id, &world.visit()).await.unwrap();
    turns_on(&mut world.browser().saying("user-agent", "x\"><script>/1"), &person).await;
    round(&world).await;
    let letter = server.next();
    assert_eq!(letter.to, [EMAIL]);
    assert!(letter.header("To").ends_with(&format!("<{EMAIL}>")), "{:?}", letter.headers);
    assert!(letter.plain.contains(name));
    assert!(!letter.html.contains("<img") && !letter.html.contains("<script"), "{}", letter.html);
    let mut known: Vec<&str> = letter.headers.iter().map(|(name, _)| name.as_str()).collect();
    known.sort_unstable();
    assert_eq!(
        known,
        ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_down_loses_no_letter_and_gets_it_when_it_is_up() {
    let port = MailServer::start().port;
    let world = World::with(&settings(port));
    let person = world.confirmed(EMAIL).await;
    turns_on(&mut world.browser(), &person).await;
    round(&world).await;
    assert_eq!(lying(&world).await, (1, 0));
    assert!(trouble(&world).await.contains("connecting to 127.0.0.1"), "{}", trouble(&world).await);
    let world = world.restart();
    let server = MailServer::at(port);
    round(&world).await;
    assert!(server.so_far().is_empty(), "it waits for half a minute");
    world.pass(30_000);
    round(&world).await;
    assert!(server.next().plain.starts_with("Two-factor authentication turned on"));
    assert_eq!(lying(&world).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_is_refused_for_now_is_tried_again_and_one_that_is_refused_for_good_is_not() {
    let mut server = MailServer::start();
    let world = World::with(&server.settings());
    let person = world.confirmed(EMAIL).await;
    server.orders(&json!({ "rcpt": ["451 greylisted, come again"], "data": ["452 disk full"] }));
    turns_on(&mut world.browser(), &person).await;
    round(&world).await;
    assert!(trouble(&world).await.contains("451") && trouble(&world).await.contains("greylisted"));
    world.pass(30_000);
    round(&world).await;
    let once = server.next();
    assert!(trouble(&world).await.contains("disk full"), "{}", trouble(&world).await);
    world.pass(MINUTE);
    round(&world).await;
    let twice = server.next();
    assert_eq!(once.header("Message-ID"), twice.header("Message-ID"), "a reader knows it for the same");
    assert_eq!(lying(&world).await, (0, 0));

    server.orders(&json!({ "rcpt": ["550 no such user here"] }));
    world.app.store.disable_account(person.id, &terminal(&world)).await.unwrap();
    round(&world).await;
    world.pass(365 * 24 * 60 * MINUTE);
    round(&world).await;
    assert_eq!(lying(&world).await, (0, 1));
    assert!(trouble(&world).await.contains("no such user here"));
    assert!(server.so_far().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_hangs_delays_no_request_and_loses_nothing() {
    let mut server = MailServer::start();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let world = World::with(&(settings(port) + "timeout_seconds = 1\n"));
    let person = world.confirmed(EMAIL).await;
    let mut browser = world.browser();
    turns_on(&mut browser, &person).await;
    // It takes the connection and never says a word; meanwhile the portal answers.
    let sending = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { sender::round(&app, || false).await }
    });
    let (_connection, _) = silent.accept().unwrap();
    world.pass(STEP);
    browser.sign_in(&person).await;
    sending.await.unwrap().unwrap();
    assert!(trouble(&world).await.contains("did not answer within 1 s"), "{}", trouble(&world).await);
    drop(browser);
    // Silence after the letter, and then a line that is cut: it was not accepted, so it is sent again.
    let world = world.stop().with(&(server.settings() + "timeout_seconds = 1\n")).start();
    for order in ["hang", "cut"] {
        server.orders(&json!({ "data": [order] }));
        world.pass(10 * MINUTE);
        round(&world).await;
        server.next();
        assert_eq!(lying(&world).await, (1, 0), "{order}");
    }
    world.pass(10 * MINUTE);
    round(&world).await;
    server.next();
    assert_eq!(lying(&world).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_on_one_database_send_each_letter_once() {
    let server = MailServer::start();
    let world = World::with(&server.settings());
    let another = world.another();
    for n in 0..10 {
        world.enrolled(&format!("person{n}@example.org")).await;
    }
    let (one, two) = tokio::join!(sender::round(&world.app, || false), sender::round(&another.app, || false));
    assert!(one.is_ok() && two.is_ok());
    let mut to: Vec<String> = (0..10).flat_map(|_| server.next().to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), server.so_far().len(), lying(&world).await), (10, 0, (0, 0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_killed_between_sending_and_removing_may_send_twice_and_never_not_at_all() {
    let (stopped, owner, _) = installation(0).await;
    let mut server = MailServer::start();
    let stopped = stopped.with(&server.settings());
    let data = stopped.data();
    let toml = data.with_file_name("countersign.toml");
    std::fs::write(&toml, server.settings()).unwrap();
    server.orders(&json!({ "data": ["hang"] }));
    let serving = Serving::start_with(&data, "one", &["--config", &toml.to_string_lossy()]);
    let code = ("recovery_code", owner.recovery_codes[0].as_str());
    assert_eq!(serving.signs_in(&owner.email, "/sign-in/recovery-code", code).0, 303, "{}", serving.told());
    // The service's own task sends it, and dies before it hears that it was accepted.
    let first = server.next();
    drop(serving);
    let later = ManualClock::at(WallClock.now_ms());
    let config = crate::world::config_at(&data, &toml);
    let app = App::open(config, Arc::new(later.clone())).unwrap();
    sender::round(&app, || false).await.unwrap();
    assert_eq!(app.store.outbox().await.unwrap().waiting, 1, "it is still in the dead hand");
    later.advance(TAKEN_FOR.as_milliseconds() + 1000);
    sender::round(&app, || false).await.unwrap();
    let second = server.next();
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    assert_eq!(app.store.outbox().await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_a_running_service_tells_of_a_sign_in_soon_after_its_end_and_stops_with_no_letter_in_hand() {
    let server = MailServer::start();
    let world = World::with(&server.settings());
    let person = world.enrolled(EMAIL).await;
    let clock = world.clock.clone();
    let stopped = world.stop();
    let toml = stopped.data().with_file_name("countersign.toml");
    std::fs::write(&toml, format!("listen = \"127.0.0.1:0\"\n{}", server.settings())).unwrap();
    let app = App::open(crate::world::config_at(&stopped.data(), &toml), Arc::new(clock.clone())).unwrap();
    let service = Service::bind(app).await.unwrap();
    let (stop, told) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(service.serve(async { drop(told.await) }));
    assert!(server.next().plain.starts_with("Two-factor authentication turned on"));
    // Another process on the same database, in which the password is typed.
    let world = stopped.start();
    world.one_pending(&person).await;
    clock.advance(11 * MINUTE);
    assert!(server.next().plain.starts_with("Your password was used, but no code followed"));
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert_eq!(lying(&world).await, (0, 0));
}

/// `countersign mail test`, with these settings.
fn test_mail(settings: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let toml = dir.path().join("countersign.toml");
    std::fs::write(&toml, settings).unwrap();
    let words = ["mail", "test", EMAIL, "--config", &toml.to_string_lossy()];
    run(&dir.path().join("data"), &words)
}

#[test]
fn mail_goes_through_tls_signed_by_an_authority_of_ones_own_and_by_no_other() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let other = format!("ca_file = \"{}\"\n", stranger.file("ca.pem").display());
    let file = |name: &str| authority.file(name).to_string_lossy().into_owned();
    for (security, tls) in [("tls", "tls"), ("starttls", "starttls")] {
        let login = json!({
            "tls": tls, "cert": file("cert.pem"), "key": file("key.pem"), "user": "portal", "password": "pass word",
        });
        let server = MailServer::with(&login);
        let settings = |host: &str, ca: &str, password: &str| {
            format!(
                "[mail]\nhost = \"{host}\"\nport = {}\nsecurity = \"{security}\"\nfrom = \"a@acme.example\"\n\
                 user = \"portal\"\npassword = \"{password}\"\n{ca}",
                server.port
            )
        };
        let ca = format!("ca_file = \"{}\"\n", file("ca.pem"));
        let output = test_mail(&settings("localhost", &ca, "pass word"));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("250 kept for you"), "{security}: {output:?}");
        let letter = server.next();
        assert!(letter.encrypted && letter.user == "portal" && letter.to == [EMAIL], "{letter:?}");
        for (why, wrong) in [
            ("535", settings("localhost", &ca, "hunter2-hunter2")),
            ("UnknownIssuer", settings("localhost", "", "pass word")),
            ("BadSignature", settings("localhost", &other, "pass word")),
        ] {
            let output = test_mail(&wrong);
            let told = format!("{output:?}");
            assert!(!output.status.success() && told.contains(why), "{why}: {told}");
            assert!(!told.contains("hunter2") && !told.contains("pass word"), "{why}: {told}");
        }
        assert!(server.so_far().is_empty());
    }
}

#[test]
fn a_mail_server_that_offers_no_tls_gets_neither_password_nor_letter() {
    let server = MailServer::start();
    let settings = format!(
        "[mail]\nhost = \"localhost\"\nport = {}\nsecurity = \"starttls\"\nfrom = \"a@acme.example\"\n\
         user = \"portal\"\npassword = \"hunter2-hunter2\"\n",
        server.port
    );
    let output = test_mail(&settings);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("STARTTLS"), "{told}");
    assert!(server.so_far().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_sent_is_said_by_check() {
    let mut server = MailServer::start();
    let world = World::with(&server.settings());
    let person = world.enrolled(EMAIL).await;
    server.orders(&json!({ "rcpt": ["550 no such user here"] }));
    round(&world).await;
    world.app.store.disable_account(person.id, &terminal(&world)).await.unwrap();
    let data = world.data();
    let toml = data.with_file_name("countersign.toml").to_string_lossy().into_owned();
    let output = program(&data, &["check", "--config", &toml]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    for expected in
        ["mail goes to 127.0.0.1", "1 letter(s) wait", "1 letter(s) could not be sent", "no such user here"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_a_notice_that_fails_undoes_nothing() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let world = World::with(&settings(nobody));
    let person = world.confirmed(EMAIL).await;
    let mut browser = world.browser();
    turns_on(&mut browser, &person).await;
    for _ in 0..40 {
        round(&world).await;
        world.pass(6 * 60 * MINUTE);
    }
    assert_eq!(lying(&world).await, (0, 1), "given up after days");
    browser.sign_in(&person).await;
    browser.get("/account").await.says("aria-checked=\"true\"");
}

//! Every address in the table of routes, tried by everybody who might knock.

use axum::body::Body;
use axum::http::Method;
use countersign_server::clock::Clock as _;
use countersign_server::static_files;
use countersign_server::web::routes::{Door, table};

use crate::browser::{Browser, Page};
use crate::person::Person;
use crate::world::{NEW_PASSWORD, PASSWORD, STEP, World};

/// The addresses that answer whoever asks, with what they answer to GET and to an empty POST. A route that is new
/// and open stands here with its reason, or the tests below fail.
const OPEN: &[(&str, u16, u16)] = &[
    // Leads to My profile, which asks.
    ("/", 303, 405),
    ("/favicon.ico", 308, 405),
    ("/static/{name}", 200, 405),
    ("/health", 200, 405),
    // Writes a cookie; the account is touched only with a session.
    ("/language", 405, 400),
    ("/.well-known/change-password", 307, 405),
    // Closed, unless the operator opens it or there is a link.
    ("/sign-up", 403, 403),
    // Without mail it says whom to ask, and takes no form; nothing is sent, so nothing can have been.
    ("/forgotten-password", 200, 403),
    ("/forgotten-password/sent", 303, 405),
    // The one-time link is the right to them.
    ("/reset-password", 410, 410),
    ("/confirm-address", 410, 410),
    // A trusted proxy alone; whoever is none gets nothing.
    ("/forward-auth", 403, 405),
    ("/forward-auth/nginx", 403, 405),
    ("/.countersign/sign-in", 403, 405),
    ("/.countersign/return", 403, 405),
    // Say something about a site, of which there is none.
    ("/sites/go", 404, 405),
    ("/sites/failed", 404, 405),
    ("/sites/unsent", 404, 405),
    ("/sign-in", 200, 401),
    // Gives up the pending sign-in of this browser, if there is one.
    ("/sign-in/cancel", 405, 303),
    // The one-time link is the right to it.
    ("/hosted/begin", 410, 405),
    // Say what a colour looks like, and show the logo of this name.
    ("/hosted/colour/{name}", 404, 405),
    ("/hosted/logo/{name}", 404, 405),
    // The sealed ticket in the form is the right to it.
    ("/account/two-factor/recovery-codes/download", 405, 400),
];

/// These end what the request came with; they are tried last.
const ENDING: &[&str] =
    &["/sign-in/cancel", "/sign-out", "/account/sessions/end-all", "/account/sessions/end-others"];

/// An id that nobody has.
pub(crate) const ID: &str = "0190f3a87c5e7d4e8f0a1b2c3d4e5f60";

/// Every address, filled with an id that nobody has, and its door; those that end something last.
pub(crate) fn addresses() -> Vec<(&'static str, Door, String)> {
    let file = static_files::css_url().trim_start_matches("/static/");
    let filled = |path: &str| path.replace("{id}", ID).replace("{errand}", ID).replace("{name}", file);
    let mut all: Vec<_> = table().iter().map(|route| (route.path, route.door, filled(route.path))).collect();
    all.sort_by_key(|(path, ..)| ENDING.contains(path));
    all
}

/// What is really there, with the part of the address that its id follows: an authenticator, a device, a session.
async fn ids_of(world: &World, person: &Person) -> Vec<(&'static str, String)> {
    let profile = world.app.store.profile(person.id, world.clock.now()).await.unwrap();
    let authenticator = profile.authenticators.first().map(|one| ("/authenticators/", one.id.to_string()));
    let device = profile.devices.first().map(|one| ("/devices/", one.id.to_string()));
    let session = profile.sessions.last().map(|one| ("/sessions/", one.id.to_string()));
    [authenticator, device, session].into_iter().flatten().collect()
}

/// An address with the id that it asks for.
fn with_ids(path: &str, ids: &[(&str, String)]) -> String {
    let id = ids.iter().find(|(part, _)| path.contains(part)).map_or("x", |(_, id)| id);
    path.replace("{id}", id).replace("{errand}", ID).replace("{name}", "x")
}

/// Asks with GET and with an empty form, each time in the same state of the browser.
pub(crate) async fn knock(browser: &Browser, path: &str) -> [Page; 2] {
    [browser.clone().get(path).await, browser.clone().post(path, &[]).await]
}

fn is_refused_by_method(page: &Page) -> bool {
    page.status == 405 && page.header("allow").is_some_and(|methods| !methods.is_empty())
}

/// The answers of an address that everybody may ask.
fn answers_as_listed(path: &str, [got, posted]: &[Page; 2]) {
    let listed = OPEN.iter().find(|(open, ..)| *open == path);
    let (_, get, post) = listed.unwrap_or_else(|| panic!("{path} is open to everybody and not listed here"));
    got.is(*get);
    posted.is(*post);
}

/// The portal's own cookies are no errand of an application's.
fn no_errand_is_here(answers: &[Page; 2]) {
    for page in answers {
        assert!(is_refused_by_method(page) || page.status == 410, "{page:?}");
    }
    assert!(answers.iter().any(|page| page.status == 410));
}

#[test]
fn a2_nothing_is_listed_as_open_that_does_not_exist_or_is_not_open() {
    for (path, ..) in OPEN {
        let door = table().iter().find(|route| route.path == *path).map(|route| route.door);
        assert_eq!(door, Some(Door::Anybody), "{path}");
    }
}

#[tokio::test]
async fn a2_without_any_cookie_every_page_of_an_account_leads_to_the_sign_in_page() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let before = world.state(person.id).await;
    for (path, door, address) in addresses() {
        let answers = knock(&world.browser(), &address).await;
        if door == Door::Anybody {
            answers_as_listed(path, &answers);
        } else if door == Door::Errand {
            no_errand_is_here(&answers);
        } else {
            for page in &answers {
                assert!(is_refused_by_method(page) || page.location().starts_with("/sign-in"), "{page:?}");
            }
            assert!(answers.iter().any(|page| page.status == 303), "{path} has a method");
        }
        for page in answers {
            assert!(!page.gives("session") && !page.gives("pending") && !page.gives("device"), "{page:?}");
        }
    }
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn a2_with_a_pending_sign_in_only_the_second_step_answers() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let pending = world.one_pending(&person).await;
    let before = world.state(person.id).await;
    for (path, door, address) in addresses() {
        let answers = knock(&pending, &address).await;
        match door {
            Door::Anybody => answers_as_listed(path, &answers),
            Door::Pending => {
                answers[0].is(200).says("zofie@example.org");
                answers[1].is(400);
            }
            Door::Errand => no_errand_is_here(&answers),
            Door::Enrolling | Door::Session => {
                for page in &answers {
                    assert!(
                        is_refused_by_method(page) || page.location().starts_with("/sign-in"),
                        "{page:?}"
                    );
                    assert!(page.text.is_empty() || page.status == 405, "{page:?}");
                }
            }
        }
        for page in answers {
            assert!(!page.gives("session") && !page.gives("device"), "{page:?}");
        }
    }
    assert_eq!(world.state(person.id).await, before, "no door moved anything");
}

#[tokio::test]
async fn a2_with_a_session_every_page_of_the_account_answers_and_the_second_step_is_over() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    for (path, door, address) in addresses() {
        let answers = knock(&signed_in, &address).await;
        for page in &answers {
            match door {
                _ if page.status == 405 => assert!(is_refused_by_method(page)),
                Door::Anybody => assert!(page.status < 500, "{page:?}"),
                Door::Pending => drop(page.leads_to("/account")),
                Door::Errand => drop(page.is(410)),
                Door::Enrolling | Door::Session if ENDING.contains(&path) => drop(page.is(303)),
                Door::Enrolling | Door::Session => {
                    let fine = [200, 303, 400, 403, 404].contains(&page.status);
                    assert!(fine && !page.location().starts_with("/sign-in"), "{page:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn whoever_is_signed_in_can_sign_out_on_every_page_and_there_is_no_way_back() {
    let world = World::new();
    let (with, without) = (world.enrolled("zofie@example.org").await, world.person("nora@example.org").await);
    let mut browsers = [world.signed_in(&with).await, world.signed_in(&without).await];
    // Each has a QR code to scan, so that there is a page to show it on.
    for (browser, begin) in browsers.iter_mut().zip(["authenticators/add", "turn-on"]) {
        let path = format!("/account/two-factor/{begin}");
        browser.post(&path, &[("password", PASSWORD)]).await.leads_to("/account/two-factor/set-up");
    }
    let ids = ids_of(&world, &with).await;
    let mut seen = Vec::new();
    for route in table() {
        if !matches!(route.door, Door::Session | Door::Enrolling) {
            continue;
        }
        let address = with_ids(route.path, &ids);
        let mut pages = Vec::new();
        for browser in &browsers {
            pages.push(browser.clone().get(&address).await);
        }
        pages.retain(|page| page.status != 405);
        let forms_alone = pages.is_empty();
        pages.retain(|page| page.status == 200);
        // Pages on the way to a site, of which there is none here: tests/http/sites.rs.
        let for_sites = address.starts_with("/sites/");
        assert!(forms_alone || for_sites || !pages.is_empty(), "nobody gets to {address}");
        for page in pages {
            page.says("action=\"/sign-out\"");
            seen.push(address.clone());
        }
    }
    for mut browser in browsers {
        let copy = browser.clone();
        browser.post("/sign-out", &[]).await.leads_to("/sign-in");
        for address in &seen {
            // The same cookie once more, as after the back button: the session is gone on the server.
            let page = copy.clone().get(address).await;
            assert!(page.is(303).location().starts_with("/sign-in"), "{address}");
        }
    }
}

#[tokio::test]
async fn d6_a_method_that_an_address_does_not_know_is_refused_with_those_it_does() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    let before = world.state(person.id).await;
    let ours = [("sec-fetch-site", "same-origin")];
    for (path, _, address) in addresses() {
        for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::from_bytes(b"BREW").unwrap()] {
            let page = signed_in.clone().send(method, &address, &ours, Body::empty()).await;
            assert!(is_refused_by_method(&page), "{path}: {page:?}");
            page.says("<h1>This page cannot be opened directly</h1>");
        }
    }
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn d6_nothing_that_only_looks_changes_anything_at_any_address() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut signed_in = world.browser();
    signed_in.sign_in_and_remember(&person).await;
    let mut other = world.one_pending(&person).await;
    world.pass(STEP);
    other.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    let pending = world.one_pending(&person).await;
    let ids = ids_of(&world, &person).await;
    assert_eq!(ids.len(), 3);
    world.pass(STEP);
    let before = world.state(person.id).await;
    assert_eq!((before.sessions.len(), before.devices.len()), (2, 1));
    // Every field of every form, as a form that is sent by GET has them.
    let code = person.code();
    let filled = [
        ("password", PASSWORD),
        ("new_password", NEW_PASSWORD),
        ("code", &code),
        ("name", "Eve"),
        ("language", "cs"),
        ("email", &person.email),
    ];
    let query = serde_urlencoded::to_string(filled).unwrap();
    for route in table() {
        let path = with_ids(route.path, &ids);
        for address in [path.clone(), format!("{path}?{query}")] {
            for browser in [&signed_in, &pending] {
                for method in [Method::GET, Method::HEAD] {
                    let page = browser.clone().send(method, &address, &[], Body::empty()).await;
                    if page.status == 405 {
                        assert_eq!(page.header("allow"), Some("POST"), "{address}");
                    }
                    assert!(!page.gives("session") && !page.gives("device"), "{page:?}");
                }
            }
        }
    }
    assert_eq!(world.state(person.id).await, before);
    assert!(signed_in.is_signed_in().await && other.is_signed_in().await);
    pending.clone().get("/sign-in/code").await.is(200);
}

#[tokio::test]
async fn d6_no_form_from_elsewhere_changes_anything_at_any_address() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    let pending = world.one_pending(&person).await;
    let before = world.state(person.id).await;
    let elsewhere: [&[(&str, &str)]; 9] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://localhost:8081")],
        &[("origin", "null")],
        &[("referer", "http://localhost:8080/account")],
        &[("origin", "https://evil.example"), ("x-forwarded-host", "evil.example"), ("host", "evil.example")],
        &[],
    ];
    for (_, _, address) in addresses() {
        for said in elsewhere {
            for browser in [&signed_in, &pending] {
                let form = [said, &[("content-type", "application/x-www-form-urlencoded")]].concat();
                let body = Body::from(format!("code={}&password=x&name=Eve&language=cs", person.code()));
                let page = browser.clone().send(Method::POST, &address, &form, body).await;
                page.is(403).says("<h1>Request refused</h1>");
                assert_eq!(page.cookies_set(), Vec::<String>::new());
            }
        }
    }
    assert_eq!(world.state(person.id).await, before);
    assert!(signed_in.is_signed_in().await);
}

#[tokio::test]
async fn d6_a_form_from_our_own_origin_is_taken_from_browsers_that_say_no_more_than_that() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    for said in [("origin", "http://localhost:8080"), ("sec-fetch-site", "none")] {
        let form = [said, ("content-type", "application/x-www-form-urlencoded")];
        let page = signed_in.clone().send(Method::POST, "/account/name", &form, Body::from("name=Eva")).await;
        page.leads_to("/account");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so() {
    let world = World::new();
    for path in
        ["/metrics", "/api/v2/accounts", "/account/", "//", "/sign-in/", "/static/none.css", "/static/%2e%2e"]
    {
        world.browser().get(path).await.is(404).says("<h1>Nothing is here</h1>");
        world.browser().post(path, &[]).await.is(if path.starts_with("/static") { 405 } else { 404 });
    }
    for path in ["/static/%ff", "/account/two-factor/authenticators/%ff/rename"] {
        let page = world.browser().get(path).await;
        assert!([303, 404].contains(&page.status), "{page:?}");
        assert!(
            page.status == 303 || page.header("content-type").unwrap().starts_with("text/html"),
            "{page:?}"
        );
    }
}

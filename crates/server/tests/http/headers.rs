//! Headers, cookies and languages. [`Browser`](crate::browser::Browser) looks at the headers of every answer in this
//! whole crate; here are the stories that need a page of their own.

use axum::body::Body;
use axum::http::Method;

use crate::world::{PASSWORD, STEP, World};

#[tokio::test]
async fn on_https_every_cookie_is_bound_to_this_very_host() {
    let world = World::with("public_url = \"https://sign-in.example.com\"\nsign_up = \"open\"");
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    browser.get("/account/activity").await.is(303);
    browser.sign_in_and_remember(&person).await;
    browser.post("/language", &[("language", "cs")]).await.is(303);
    let names: Vec<&str> = browser.jar.keys().map(String::as_str).collect();
    assert!(names.iter().all(|name| name.starts_with("__Host-countersign-")), "{names:?}");
    let page = browser.get("/account").await;
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
    // A cookie without the prefix could have been set by a neighbouring host: it is none of ours.
    let session = browser.cookie("session").unwrap();
    let planted = world.browser().with_cookie("countersign-session", &session);
    assert!(browser.is_signed_in().await && !planted.is_signed_in().await);
    let origin =
        [("origin", "https://sign-in.example.com"), ("content-type", "application/x-www-form-urlencoded")];
    browser.clone().send(Method::POST, "/sign-out", &origin, Body::empty()).await.leads_to("/sign-in");
    let other = [("origin", "https://sign-in.example.com.evil.example"), origin[1]];
    browser.send(Method::POST, "/sign-out", &other, Body::empty()).await.is(403);
}

#[tokio::test]
async fn on_localhost_cookies_do_without_the_prefix_that_needs_https() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    browser.sign_in_and_remember(&person).await;
    assert!(browser.jar.keys().all(|name| name.starts_with("countersign-")));
    assert!(browser.get("/account").await.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn a_session_ends_with_the_browser_and_trust_does_not() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    let first = browser.type_password(&person).await;
    let fields = [("code", &*person.code()), ("remember", "on")];
    let second = browser.post("/sign-in/code", &fields).await;
    let set = [first.cookies_set(), second.cookies_set()].concat();
    let one = |what: &str| {
        let named = format!("countersign-{what}");
        set.iter().find(|cookie| cookie.starts_with(&named) && !cookie.contains("Max-Age=0")).unwrap()
    };
    assert!(!one("session").contains("Max-Age") && !one("pending").contains("Max-Age"));
    assert!(one("device").contains("Max-Age"));
}

#[tokio::test]
async fn the_language_is_the_browsers_until_a_person_chooses_one() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let asks = |accepts: &str| world.browser().saying("accept-language", accepts);
    for (accepts, language) in [
        ("cs", "cs"),
        ("cs-CZ,cs;q=0.9,en;q=0.8", "cs"),
        ("en-GB,en;q=0.9,cs;q=0.8", "en"),
        ("de,sk;q=0.9,cs;q=0.3", "cs"),
        ("de", "en"),
        ("*", "en"),
        ("cs;q=0", "en"),
        (";;;,,,q=", "en"),
    ] {
        let page = asks(accepts).get("/sign-in").await;
        page.says(&format!("<html lang=\"{language}\">"));
    }
    asks(&"cs,".repeat(2000)).get("/sign-in").await.is(200).says("<html lang=\"cs\">");
    let mut chosen = asks("cs");
    chosen.post("/language", &[("language", "en"), ("next", "/sign-in")]).await.leads_to("/sign-in");
    chosen.get("/sign-in").await.says("<html lang=\"en\">");

    let mut owner = world.browser();
    owner.sign_in(&person).await;
    owner.get("/account").await.says("<html lang=\"en\">");
    owner.post("/language", &[("language", "cs"), ("next", "/account")]).await.leads_to("/account");
    owner.get("/account").await.says("<html lang=\"cs\">").says("Můj profil");
    // The account's own choice is known in every browser, once it is known who is there.
    let mut elsewhere = asks("en");
    elsewhere.sign_in(&person).await;
    elsewhere.get("/account").await.says("<html lang=\"cs\">");
    for unknown in ["de", "", "cs-CZ", "../cs"] {
        owner.post("/language", &[("language", unknown)]).await.is(400);
    }
    World::with("language = \"cs\"").browser().get("/sign-in").await.says("<html lang=\"cs\">");
}

#[tokio::test]
async fn error_pages_speak_the_language_of_who_meets_them() {
    let world = World::new();
    for language in ["en", "cs"] {
        let mut browser = world.browser().saying("accept-language", language);
        let pages = [
            browser.get("/nowhere").await,
            browser.get("/sign-out").await,
            browser.send(Method::POST, "/sign-in", &[], Body::empty()).await,
            browser.post_raw("/sign-in", b"email=%ff".to_vec()).await,
            browser.post_raw("/sign-in", vec![b'a'; 100_000]).await,
        ];
        for (page, status) in pages.iter().zip([404, 405, 403, 400, 413]) {
            page.is(status).says(&format!("<html lang=\"{language}\">"));
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        }
        let titles: std::collections::HashSet<String> =
            pages.iter().map(|page| page.between("<h1>", "</h1>")).collect();
        assert_eq!(titles.len(), 5, "each says what it is about");
        assert_eq!(titles.contains("Nothing is here"), language == "en");
    }
}

#[tokio::test]
async fn a_message_is_shown_once_and_no_cookie_writes_another() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut owner = world.signed_in(&person).await;
    owner.post("/account/name", &[("name", "Eva")]).await.leads_to("/account");
    owner.get("/account").await.says("Your name is saved.");
    owner.get("/account").await.is_silent_about("Your name is saved.");
    for forged in ["<script>", "authenticator-added.PHNjcmlwdD4", "name-changed.x", "x"] {
        let page = owner.with_cookie("countersign-flash", forged).get("/account").await;
        page.is(200).is_silent_about("<script>");
    }
}

#[tokio::test]
async fn where_password_managers_look_they_find_the_way() {
    let world = World::new();
    let page = world.browser().get("/.well-known/change-password").await;
    assert_eq!((page.status, page.location()), (307, "/account/password"));
}

#[tokio::test]
async fn after_signing_in_one_is_where_one_wanted_to_go() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    let asked = browser.get("/account/activity?before=7").await;
    asked.leads_to("/sign-in?next=/account/activity%3Fbefore%3D7");
    browser.get(asked.location()).await.says("value=\"/account/activity?before=7\"");
    let fields = [("email", &*person.email), ("password", PASSWORD), ("next", "/account/activity?before=7")];
    browser.post("/sign-in", &fields).await.leads_to("/sign-in/code");
    let page = browser.post("/sign-in/code", &[("code", &person.code())]).await;
    page.leads_to("/account/activity?before=7");
    world.pass(STEP);
    browser.get("/sign-in?next=/account/password").await.leads_to("/account/password");
}

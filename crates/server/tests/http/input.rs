//! Group I and the bad input of every form: a clear answer, the right status, and nothing changed.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use countersign_server::clock::Clock as _;
use countersign_server::web::routes::table;
use countersign_store::accounts::NewAccount;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::browser::Browser;
use crate::person::Person;
use crate::world::{MAIL, MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// What cannot be a code, whoever types it.
pub(crate) fn no_codes() -> Vec<String> {
    let mut all: Vec<String> = [0, 1, 2, 3, 4, 5, 7, 8, 100].iter().map(|n| "7".repeat(*n)).collect();
    let odd = [
        "abcdef",
        "12345a",
        "-123456-7",
        "+12345",
        "0x1234",
        "1e5",
        "12.456",
        "12,456",
        "½23456",
        "１２３４５６",
        "١٢٣٤٥٦",
        "१२३४५६",
        "¹²³⁴⁵⁶",
        "①②③④⑤⑥",
        "123456\0",
        "\u{200b}123456",
        "123\u{2003}456",
        "123456;",
        "<b>1</b>",
        "null",
        "é",
        "🔢🔢🔢🔢🔢🔢",
    ];
    all.extend(odd.map(str::to_owned));
    all
}

#[tokio::test]
async fn i2_i5_what_is_not_six_ascii_digits_is_refused_at_every_door_and_counted_at_none() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut stale = world.browser();
    stale.sign_in(&person).await;
    world.pass(16 * MINUTE);
    let pending = world.one_pending(&person).await;
    let newcomer = world.person("eva@example.org").await;
    let mut enrolling = world.signed_in(&newcomer).await;
    enrolling.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    let before = (world.state(person.id).await, world.state(newcomer.id).await);
    let (id, right) = (authenticator_of(&world, &person).await, person.code());
    let is_code = |name: &str| ["code", "next_code"].contains(&name);
    let mut doors = Vec::new();
    for (path, needs_session, fields) in forms() {
        let browser = match (path, needs_session) {
            ("/account/two-factor/set-up", _) => &enrolling,
            (_, true) => &stale,
            (_, false) => &pending,
        };
        for at in (0..fields.len()).filter(|at| is_code(fields[*at].0)) {
            doors.push((path.replace("{id}", &id), browser, fields.clone(), at));
        }
    }
    assert!(doors.len() >= 9, "{}", doors.len());
    for typed in no_codes() {
        for (path, browser, fields, at) in &doors {
            let typed_in = |(n, (name, value)): (usize, &(&'static str, &'static str))| match () {
                () if n == *at => (*name, typed.clone()),
                () if is_code(name) => (*name, right.clone()),
                () => (*name, (*value).to_owned()),
            };
            let fields: Vec<(&str, String)> = fields.iter().enumerate().map(typed_in).collect();
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
            let page = (*browser).clone().post(path, &fields).await;
            assert!(!page.is(400).gives("session"), "{path} {typed:?}");
        }
    }
    assert_eq!((world.state(person.id).await, world.state(newcomer.id).await), before);
}

#[tokio::test]
async fn i5_a_code_is_read_however_apps_show_it_and_people_paste_it() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    for with in [" ", "-", "\u{a0}", "\u{202f}", "\t", " - "] {
        world.pass(STEP);
        let code = person.code();
        let (left, right) = code.split_at(3);
        let mut browser = world.one_pending(&person).await;
        let typed = format!(" {left}{with}{right}\r\n");
        browser.post("/sign-in/code", &[("code", &typed)]).await.leads_to("/account");
    }
    world.pass(16 * MINUTE);
    let mut owner = world.one_pending(&person).await;
    owner.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    world.pass(16 * MINUTE);
    let code = person.code();
    let typed = format!("{} {}\n", &code[..3], &code[3..]);
    let fields = [("password", PASSWORD), ("code", &*typed)];
    owner.post("/account/two-factor/turn-off", &fields).await.leads_to("/account");
}

#[tokio::test]
async fn i2_a_body_of_ten_megabytes_is_too_much_at_every_form() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    let pending = world.one_pending(&person).await;
    let before = world.state(person.id).await;
    let huge = format!("code={}", "1".repeat(10_000_000)).into_bytes();
    let id = authenticator_of(&world, &person).await;
    for (path, needs_session, _) in forms() {
        let mut browser = if needs_session { signed_in.clone() } else { pending.clone() };
        let page = browser.post_raw(&path.replace("{id}", &id), huge.clone()).await;
        page.is(413).says("<h1>That is too much</h1>");
    }
    assert_eq!(world.state(person.id).await, before);
}

/// Names and values.
type Fields = Vec<(&'static str, &'static str)>;

/// The forms that take fields, as the table of routes has them: whether they need a session, and what their own page
/// sends.
fn forms() -> Vec<(&'static str, bool, Fields)> {
    let confirm = || vec![("password", PASSWORD), ("code", "000000")];
    let link = ("link", "x");
    let (email, new_password) = (("email", "zofie@example.org"), ("new_password", NEW_PASSWORD));
    vec![
        ("/sign-in", false, vec![email, ("password", PASSWORD), ("next", "/"), ("set_up", "x")]),
        ("/sign-in/code", false, vec![("code", "000000"), ("remember", "on")]),
        ("/sign-in/two-codes", false, vec![("code", "000000"), ("next_code", "000000")]),
        ("/sign-in/recovery-code", false, vec![("recovery_code", "x"), ("remember", "on")]),
        ("/sign-up", false, vec![email, ("name", "Eva"), ("password", NEW_PASSWORD), link]),
        ("/forgotten-password", false, vec![email]),
        ("/reset-password", false, vec![link, new_password]),
        ("/confirm-address", false, vec![link]),
        ("/language", true, vec![("language", "cs"), ("next", "/")]),
        ("/account/name", true, vec![("name", "Eva")]),
        ("/account/password", true, vec![("password", PASSWORD), new_password, ("code", "")]),
        ("/account/two-factor/turn-on", true, vec![("password", PASSWORD)]),
        ("/account/two-factor/set-up", true, vec![("code", "000000"), ("name", "x")]),
        ("/account/two-factor/turn-off", true, confirm()),
        ("/account/two-factor/recovery-codes", true, [confirm(), vec![("set", "x")]].concat()),
        ("/account/two-factor/recovery-codes/download", true, vec![("ticket", "x")]),
        ("/account/two-factor/authenticators/add", true, confirm()),
        ("/account/two-factor/authenticators/{id}/rename", true, vec![("name", "x")]),
        ("/account/two-factor/authenticators/{id}/remove", true, confirm()),
    ]
}

/// The form of a site, of which an installation as it comes has none. It is tried in sites.rs.
const OF_SITES: [&str; 1] = ["/sites/code"];

/// The forms and buttons of an errand, which begins with a link. They are tried in hosted.rs.
const OF_ERRANDS: [&str; 14] = [
    "/hosted/{errand}/code",
    "/hosted/{errand}/two-codes",
    "/hosted/{errand}/recovery-code",
    "/hosted/{errand}/turn-on",
    "/hosted/{errand}/set-up",
    "/hosted/{errand}/set-up/restart",
    "/hosted/{errand}/turn-off",
    "/hosted/{errand}/recovery-codes",
    "/hosted/{errand}/authenticators/add",
    "/hosted/{errand}/authenticators/{id}/rename",
    "/hosted/{errand}/authenticators/{id}/remove",
    "/hosted/{errand}/devices/forget-all",
    "/hosted/{errand}/devices/{id}/forget",
    "/hosted/{errand}/leave",
];

/// Buttons: what they do is in their address, and no field is read.
const BUTTONS: [&str; 9] = [
    "/sign-in/cancel",
    "/sign-out",
    "/account/address/send-link",
    "/account/sessions/end-others",
    "/account/sessions/end-all",
    "/account/sessions/{id}/end",
    "/account/two-factor/set-up/restart",
    "/account/two-factor/devices/forget-all",
    "/account/two-factor/devices/{id}/forget",
];

/// The id of somebody's first authenticator.
async fn authenticator_of(world: &World, person: &Person) -> String {
    let profile = world.app.store.profile(person.id, world.clock.now()).await.unwrap();
    profile.authenticators[0].id.to_string()
}

#[tokio::test]
async fn every_address_that_takes_a_form_is_tried_here() {
    let world = World::mailing();
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    let mut posted = BTreeSet::new();
    for route in table() {
        let path = route.path.replace("{id}", "x").replace("{errand}", "x").replace("{name}", "x");
        let ours = [("sec-fetch-site", "same-origin")];
        let refused = world.browser().send(Method::PUT, &path, &ours, Body::empty()).await;
        if refused.is(405).header("allow").unwrap().contains("POST") {
            posted.insert(route.path);
        }
    }
    let tried: Vec<&str> =
        forms().into_iter().map(|(path, ..)| path).chain(BUTTONS).chain(OF_SITES).chain(OF_ERRANDS).collect();
    assert_eq!(posted, tried.iter().copied().collect());
    assert_eq!(posted.len(), tried.len());
    for path in BUTTONS {
        let unreadable = [("sec-fetch-site", "same-origin"), ("content-type", "text/plain")];
        let path = path.replace("{id}", &person.id.to_string());
        let page = signed_in.clone().send(Method::POST, &path, &unreadable, Body::from("x")).await;
        assert_ne!(page.status, 400, "{path} reads what is sent: it is a form");
    }
}

#[tokio::test]
async fn a_form_with_a_field_twice_an_unknown_field_or_no_form_at_all_is_not_read() {
    let world = World::with(&format!("sign_up = \"open\"\n{MAIL}"));
    let person = world.enrolled("zofie@example.org").await;
    let mut signed_in = world.browser();
    signed_in.sign_in_and_remember(&person).await;
    signed_in.post("/account/two-factor/authenticators/add", &[("password", PASSWORD)]).await.is(303);
    let pending = world.one_pending(&person).await;
    let id = authenticator_of(&world, &person).await;
    let before = world.state(person.id).await;
    for (path, needs_session, fields) in forms() {
        let browser: &Browser = if needs_session { &signed_in } else { &pending };
        let path = &path.replace("{id}", &id);
        for (name, value) in &fields {
            let twice = [&fields[..], &[(name, value)]].concat();
            browser.clone().post(path, &twice).await.is(400).says("<h1>We could not read that</h1>");
            let mut listed = fields.clone();
            listed.retain(|(other, _)| other != name);
            let as_list = format!("{name}[]");
            let listed = [&listed[..], &[(as_list.as_str(), *value)]].concat();
            browser.clone().post(path, &listed).await.is(400);
        }
        for unknown in ["mfa", "account", "user_id", "administrator", "CODE", "Password", "id", "__proto__"] {
            let more = [&fields[..], &[(unknown, "1")]].concat();
            browser.clone().post(path, &more).await.is(400);
        }
        let whole = serde_urlencoded::to_string(&fields).unwrap();
        for kind in [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
            "",
            "application/x-www-form-urlencoded-not",
        ] {
            let form = [("sec-fetch-site", "same-origin"), ("content-type", kind)];
            browser.clone().send(Method::POST, path, &form, Body::from(whole.clone())).await.is(400);
        }
        let kindless = [("sec-fetch-site", "same-origin")];
        browser.clone().send(Method::POST, path, &kindless, Body::from(whole.clone())).await.is(400);
        let (name, _) = fields[0];
        for bytes in [&b"\xff"[..], b"%ff", b"%c3%28", b"%ed%a0%80", b"caf%e9", b"%f0%28%8c%bc"] {
            let body = [name.as_bytes(), b"=", bytes].concat();
            browser.clone().post_raw(path, body).await.is(400).says("<h1>We could not read that</h1>");
        }
    }
    assert_eq!(world.state(person.id).await, before, "nothing changed, and no guess was counted");
    assert_eq!(world.app.store.accounts().await.unwrap().len(), 1, "nobody was signed up");
    let charset = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "Application/X-WWW-Form-URLEncoded; charset=UTF-8"),
    ];
    let body = Body::from("name=%C5%BDofie");
    signed_in.send(Method::POST, "/account/name", &charset, body).await.leads_to("/account");
}

#[tokio::test]
async fn i6_no_door_falls_over_whatever_is_sent() {
    let world = World::with("sign_up = \"open\"\n[password]\nhash_threads = 2");
    let person = world.enrolled("zofie@example.org").await;
    let mut signed_in = world.browser();
    signed_in.sign_in(&person).await;
    let pending = world.one_pending(&person).await;
    let mut rng = StdRng::seed_from_u64(6);
    let names = [
        "email",
        "password",
        "code",
        "next_code",
        "recovery_code",
        "name",
        "next",
        "ticket",
        "link",
        "language",
    ];
    let bits = [
        "%", "&", "=", "+", ";", "%00", "%ff", "é", "\u{202e}", "'", "\"", "<", "000000", "/", "\\", "on",
        "en",
    ];
    let ours = ("sec-fetch-site", "same-origin");
    let kinds = ["application/x-www-form-urlencoded", "application/json", "x", "multipart/form-data"];
    let routes = table();
    for _ in 0..1500 {
        let route = &routes[rng.random_range(0..routes.len())];
        let any: String =
            (0..rng.random_range(0..40)).map(|_| bits[rng.random_range(0..bits.len())]).collect();
        let tail: String = any.chars().filter(|c| c.is_ascii_alphanumeric() || "%/.".contains(*c)).collect();
        let path = route.path.replace("{id}", "x").replace("{errand}", "x").replace("{name}", "x");
        let path = match rng.random_range(0..4) {
            0 => format!("{path}?{}={}", names[rng.random_range(0..names.len())], tail.replace('/', "%2f")),
            1 => format!("{path}/{tail}"),
            _ => path,
        };
        let mut body = Vec::new();
        for _ in 0..rng.random_range(0..4) {
            body.extend_from_slice(names[rng.random_range(0..names.len())].as_bytes());
            body.push(b'=');
            body.extend_from_slice(any.as_bytes());
            body.push(b'&');
        }
        if rng.random_range(0..4) == 0 {
            body.extend((0..rng.random_range(0..200)).map(|_| rng.random::<u8>()));
        }
        body.truncate(rng.random_range(0..=body.len()));
        let method = [Method::GET, Method::POST, Method::HEAD, Method::PUT, Method::OPTIONS]
            [rng.random_range(0..5)]
        .clone();
        let browser = match rng.random_range(0..4) {
            0 => world.browser(),
            1 => pending.clone(),
            2 => signed_in.clone(),
            _ => world
                .browser()
                .with_cookie("countersign-session", &"A".repeat(43))
                .with_cookie("countersign-flash", "x"),
        };
        // A password is worth a hash, and hashing is not what is tried here.
        let hashes = ["/sign-in", "/sign-up"].contains(&route.path) && method == Method::POST;
        if hashes && rng.random_range(0..10) > 0 {
            continue;
        }
        let form = [ours, ("content-type", kinds[rng.random_range(0..kinds.len())])];
        let page = browser.clone().send(method, &path, &form, Body::from(body)).await;
        assert!(page.status < 500, "{page:?}");
    }
    world.browser().get("/health").await.is(200);
    assert_eq!(world.events(person.id).await.iter().filter(|word| *word == "two-factor-off").count(), 0);
}

#[tokio::test]
async fn i6_an_empty_and_an_endless_sign_in_are_refused_like_any_other() {
    let world = World::new();
    for fields in [&[][..], &[("email", ""), ("password", "")], &[("email", "@")], &[("password", "x")]] {
        world.browser().post("/sign-in", fields).await.is(401);
    }
    let long = "x".repeat(2000);
    let page = world.browser().post("/sign-in", &[("email", &*long), ("password", &*long)]).await;
    assert!(page.is(401).text.len() < 4000, "what was typed is not sent back whole");
}

#[tokio::test]
async fn i6_a_password_that_grows_when_it_is_read_is_too_long_and_no_fault() {
    let world = World::with("sign_up = \"open\"");
    let words: String = (0..150).map(|n| format!("{:x} ", n * 7919)).collect();
    let words: String = words.chars().take(600).collect();
    // Each is two characters in the form in which passwords are hashed: 1000 are typed, 1400 are read.
    let grows = format!("{words}{}", "\u{958}".repeat(400));
    let fields = [("email", "eva@example.org"), ("name", "Eva"), ("password", &*grows)];
    world.browser().post("/sign-up", &fields).await.is(400).says("The password is too long");
}

/// What people who mean harm are called.
const HOSTILE: [&str; 5] = [
    "\"><img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "' onfocus=alert(1) autofocus='",
    "{{7*7}}${7*7}<%= 7*7 %>",
];

#[tokio::test]
async fn i7_a_hostile_name_is_text_on_every_page_and_in_the_file() {
    let world = World::with("name = \"<b>Evil & Co</b>\"\n[two_factor]\nissuer = \"<i>&\\\"Evil\"");
    for (n, name) in HOSTILE.into_iter().enumerate() {
        let person = world.person_called(&format!("o'x&{n}@example.org"), name).await;
        let mut owner = world.browser().saying("user-agent", name);
        owner.sign_in(&person).await;
        owner.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
        person.scan(&owner.get("/account/two-factor/set-up").await.key());
        let mut pages = vec![owner.get("/account/two-factor/set-up").await];
        let turned_on =
            owner.post("/account/two-factor/set-up", &[("code", &*person.code()), ("name", name)]).await;
        let ticket = turned_on.ticket();
        pages.push(turned_on);
        let file = owner.post("/account/two-factor/recovery-codes/download", &[("ticket", &*ticket)]).await;
        // Nothing reads it as a page, so the names stand in it as they are: each on the one line that is its own.
        assert_eq!(file.is(200).header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\""));
        assert!(!file.header("content-disposition").unwrap().contains("Evil"));
        let lines: Vec<&str> = file.text.split("\r\n").collect();
        assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])), "{lines:?}");
        let with = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
        assert_eq!((with("<i>&\"Evil"), with(&person.email)), (1, 1), "{lines:?}");
        world.pass(STEP);
        owner.type_password(&person).await;
        pages.push(owner.get("/sign-in/code").await);
        owner
            .post("/sign-in/code", &[("code", &*person.code()), ("remember", "on")])
            .await
            .leads_to("/account");
        let now = world.clock.now();
        let id = world.app.store.profile(person.id, now).await.unwrap().authenticators[0].id;
        let base = format!("/account/two-factor/authenticators/{id}");
        for path in ["/account", "/account/activity", &format!("{base}/rename"), &format!("{base}/remove")] {
            pages.push(owner.get(path).await);
        }
        owner.post(&format!("{base}/rename"), &[("name", &format!("{name}!"))]).await.leads_to("/account");
        pages.push(owner.get("/account").await);
        pages.push(owner.post("/account/name", &[("name", &format!("{name}\n"))]).await);
        let signing_in = [("email", name), ("password", "wrong")];
        pages.push(world.browser().post("/sign-in", &signing_in).await);
        let found =
            pages.iter().filter(|page| page.text.contains("alert(1)") || page.text.contains("7*7")).count();
        assert!(found >= 5, "the name is on the pages");
        for page in &pages {
            for tag in
                ["<img src=x", "<script>", "onerror=alert(1)>", "<b>", "<i>", "' onfocus=", "\" onfocus="]
            {
                page.is_silent_about(tag);
            }
            assert!(!page.text.contains("href=\"javascript:") && !page.text.contains("action=\"javascript:"));
        }
    }
}

#[tokio::test]
async fn i7_a_name_that_turns_hides_or_never_ends_is_refused() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let now = world.clock.now();
    let id = world.app.store.profile(person.id, now).await.unwrap().authenticators[0].id;
    let rename = format!("/account/two-factor/authenticators/{id}/rename");
    let before = world.state(person.id).await;
    let long = "x".repeat(10_000);
    for name in [
        "",
        "   ",
        "a\u{202e}b",
        "a\u{200f}b",
        "a\u{2066}b",
        "a\0b",
        "a\r\nb",
        "a\u{1b}[31m",
        &long,
        &"ř".repeat(101),
    ] {
        for path in ["/account/name", &rename] {
            let page = owner.post(path, &[("name", name)]).await;
            page.is(400).is_silent_about(&"x".repeat(200));
        }
    }
    assert_eq!(world.state(person.id).await, before);
    owner.post("/account/name", &[("name", "محمد")]).await.leads_to("/account");
    owner.get("/account").await.says("<bdi>محمد</bdi>");
}

#[tokio::test]
async fn i10_an_address_is_one_account_and_one_count_however_it_is_written() {
    let world = World::with("sign_up = \"open\"");
    let person = world.person("žofie@example.org").await;
    let spellings = [
        "ŽOFIE@EXAMPLE.ORG",
        "  žofie@Example.org \t",
        "z\u{30c}ofie@example.org",
        "ｚ\u{30c}ofie@example.org",
    ];
    for spelling in spellings {
        let fields = [("email", spelling), ("password", PASSWORD)];
        world.browser().post("/sign-in", &fields).await.leads_to("/account");
        let fields = [("email", spelling), ("password", PASSWORD), ("name", "Eva")];
        world.browser().post("/sign-up", &fields).await.leads_to("/sign-in");
    }
    for n in 0..10 {
        let fields = [("email", spellings[n % 4]), ("password", "wrong")];
        world.browser().post("/sign-in", &fields).await.is(401);
    }
    world.browser().type_password(&person).await.is(429);
}

#[tokio::test]
async fn no_next_leads_away_from_here() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    for (n, next) in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "@evil.example",
        ".evil.example",
        " /account",
        "%2f%2fevil.example",
        "/á",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let fields = [("email", &*person.email), ("password", PASSWORD), ("next", next)];
        let mut browser = world.browser();
        let page = browser.post("/sign-in", &fields).await;
        page.leads_to("/account");
        browser.post("/language", &[("language", "cs"), ("next", next)]).await.leads_to("/account");
        let query = serde_urlencoded::to_string([("next", next)]).unwrap();
        browser.get(&format!("/sign-in?{query}")).await.leads_to("/account");
        let page = world.browser().get(&format!("/sign-in?{query}")).await;
        page.is(200).is_silent_about("evil.example");
        // The cookie that carries it through the second step is as little believed.
        if next.is_ascii() && !next.contains(char::is_control) {
            let planted = world.browser().with_cookie("countersign-next", next);
            let enrolled = world.enrolled(&format!("eva{n}@example.org")).await;
            let mut browser = world.one_pending(&enrolled).await;
            browser.jar.extend(planted.jar);
            browser.post("/sign-in/code", &[("code", &enrolled.code())]).await.leads_to("/account");
        }
    }
}

#[tokio::test]
async fn an_account_is_made_by_whom_the_operator_lets_and_no_password_is_too_easy() {
    let world = World::new();
    let fields = |email, password| [("email", email), ("name", "Eva"), ("password", password)];
    let mut browser = world.browser();
    browser.post("/sign-up", &fields("eva@example.org", PASSWORD)).await.is(403);
    for link in ["x", &"A".repeat(43), "' OR 1=1"] {
        let query = serde_urlencoded::to_string([("link", link)]).unwrap();
        browser.get(&format!("/sign-up?{query}")).await.is(410);
        let with_link = [&fields("eva@example.org", PASSWORD)[..], &[("link", link)]].concat();
        browser.post("/sign-up", &with_link).await.is(410);
    }
    assert!(!world.app.store.has_administrator().await.unwrap());

    let world = World::with("sign_up = \"open\"");
    let mut browser = world.browser();
    let long = format!("{PASSWORD} {}", "å".repeat(2000));
    for password in ["", "short", "passwordpassword", "aaaaaaaaaaaaaaaa", "eva@example.org!!", &long] {
        let page = browser.post("/sign-up", &fields("eva@example.org", password)).await;
        page.is(400).is_silent_about(&format!("value=\"{password}\"").replace("value=\"\"", "\u{0}"));
    }
    for email in [
        "",
        "eva",
        "eva@",
        "@example.org",
        "a b@example.org",
        "eva@example.org, b@example.org",
        "<a@b.c>",
        "a\u{202e}@b.c",
    ] {
        browser.post("/sign-up", &fields(email, PASSWORD)).await.is(400).says("not a complete email address");
    }
    assert!(!world.app.store.has_administrator().await.unwrap());
    browser.post("/sign-up", &fields("eva@example.org", PASSWORD)).await.leads_to("/sign-in");
    assert!(!browser.is_signed_in().await, "making an account signs nobody in");
}

/// ASVS 6.2.12.
#[tokio::test]
async fn a_leaked_password_is_refused_wherever_one_is_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("leaked.txt");
    std::fs::write(&list, "eleven patient geese fly home\n").unwrap();
    let settings =
        format!("sign_up = \"open\"\n[password]\nbreached_file = {:?}", list.display().to_string());
    let world = World::with(&settings);
    let leaked = "Eleven patient geese fly home";
    let mut browser = world.browser();
    let fields = |password| [("email", "eva@example.org"), ("name", "Eva"), ("password", password)];
    let page = browser.post("/sign-up", &fields(leaked)).await;
    page.is(400).says("This password is on lists of leaked passwords").is_silent_about(leaked);
    browser.post("/sign-up", &fields(PASSWORD)).await.leads_to("/sign-in");
    let person = world.person("zofie@example.org").await;
    let mut signed_in = world.signed_in(&person).await;
    let change = [("password", PASSWORD), ("new_password", leaked)];
    signed_in
        .post("/account/password", &change)
        .await
        .is(400)
        .says("This password is on lists of leaked passwords");
    signed_in.post("/sign-out", &[]).await;
    signed_in.type_password(&person).await.leads_to("/account");

    let (store, mut chance, visit) = (&world.app.store, world.app.chance, world.visit());
    let reset = store.hand_out_password_reset(person.id, &visit, &mut chance).await.unwrap();
    let first = store.invite_first_administrator(visit.now, &mut chance).await.unwrap();
    let new = NewAccount {
        email: countersign::email::Email::parse("ivan@example.org").unwrap(),
        name: countersign::name::Name::parse("Ivan").unwrap(),
        language: None,
        administrator: false,
        password: None,
    };
    let ivan = store.add_account(&new, &visit, &mut chance).await.unwrap();
    let invitation = store.invite_account(ivan, visit.now, &mut chance).await.unwrap();
    for (path, link, field) in [
        ("/reset-password", reset.reveal(), "new_password"),
        ("/sign-up", invitation.reveal(), "password"),
        ("/sign-up", first.reveal(), "password"),
    ] {
        let others: &[(&str, &str)] = match path {
            "/sign-up" => &[("name", "Ivan"), ("email", "root@example.org")],
            _ => &[],
        };
        for (password, status) in [(leaked, 400), (NEW_PASSWORD, 303)] {
            let fields = [others, &[("link", link), (field, password)]].concat();
            let page = world.browser().post(path, &fields).await;
            let told = page.is(status).text.contains("This password is on lists of leaked passwords");
            assert_eq!(told, status == 400, "{path}");
        }
    }
}

/// ASVS 6.3.8, at the door where accounts are made.
#[tokio::test]
async fn signing_up_with_an_address_that_has_an_account_looks_like_making_one_and_its_owner_reads_of_it() {
    let world = World::with("sign_up = \"open\"");
    let person = world.person("zofie@example.org").await;
    let sign_up = async |email: &str| {
        let fields = [("email", email), ("name", "Eve"), ("password", NEW_PASSWORD)];
        let mut browser = world.browser();
        let answer = browser.post("/sign-up", &fields).await;
        (answer.status, answer.headers, browser.get("/sign-in").await.text)
    };
    let (taken, free) = (sign_up("Zofie@Example.org").await, sign_up("eve@example.org").await);
    assert_eq!(taken, free);
    for _ in 0..3 {
        sign_up("zofie@example.org").await;
    }
    let fields = [("email", &*person.email), ("password", NEW_PASSWORD)];
    world.browser().post("/sign-in", &fields).await.is(401);
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let activity = owner.get("/account/activity").await;
    activity.is(200).says("Somebody tried to create an account with your email");
    assert_eq!(activity.text.matches("Somebody tried").count(), 1, "once an hour is enough");
}

#[tokio::test]
async fn the_first_administrators_link_works_once() {
    let world = World::new();
    let mut chance = world.app.chance;
    let now = world.clock.now();
    let token = world.app.store.invite_first_administrator(now, &mut chance).await.unwrap();
    let link = token.reveal();
    let mut browser = world.browser();
    browser.get(&format!("/sign-up?link={link}")).await.is(200).says(link);
    let fields = [("link", link), ("email", "root@example.org"), ("name", "Root"), ("password", PASSWORD)];
    browser.post("/sign-up", &fields).await.leads_to("/sign-in");
    let other = [("link", link), ("email", "eve@example.org"), ("name", "Eve"), ("password", PASSWORD)];
    browser.post("/sign-up", &other).await.is(410);
    browser.get(&format!("/sign-up?link={link}")).await.is(410);
    assert_eq!(world.app.store.accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn i5_an_address_with_a_nul_in_it_is_nobodys_on_either_database() {
    let world = World::mailing();
    for email in ["\0", "a\0b@example.org", "a@exam\0ple.org"] {
        let page = world.browser().post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        page.is(401);
        world.browser().post("/forgotten-password", &[("email", email)]).await.is(400);
    }
}

//! Sites behind a proxy, as the proxy asks about them: who gets in, and everything that was tried to get in otherwise.
//! With a real nginx and a real Caddy in front: tests/proxies.

use axum::body::Body;
use axum::http::Method;
use countersign::group::Group;

use crate::browser::{Browser, PEER, Page};
use crate::input::no_codes;
use crate::person::Person;
use crate::rows::rewrite_log;
use crate::world::{MINUTE, PASSWORD, STEP, World};

const WIKI: &str = "wiki.example.com";
const SHOP: &str = "shop.example.com";
const PORTAL: &str = "https://sign-in.example.com";
const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// Two sites; requests come from a proxy that is trusted.
fn settings() -> String {
    format!(
        r#"
        public_url = "{PORTAL}"
        trusted_proxies = ["{PEER}"]
        [[forward_auth.sites]]
        name = "Wiki"
        url = "https://{WIKI}"
        [[forward_auth.sites.rules]]
        paths = ["/public"]
        require = "open"
        [[forward_auth.sites.rules]]
        paths = ["/plain"]
        require = "one_factor"
        [[forward_auth.sites.rules]]
        paths = ["/admin"]
        recent_factor = "15m"
        groups = ["admins"]
        [[forward_auth.sites]]
        name = "Shop"
        url = "https://{SHOP}"
        groups = ["staff"]
        "#
    )
}

fn world() -> World {
    World::with(&settings())
}

/// A browser, as the portal and as each site know it: cookies are their host's alone.
#[derive(Clone)]
struct Somebody {
    portal: Browser,
    wiki: Browser,
    shop: Browser,
}

impl Somebody {
    fn new(world: &World) -> Self {
        Self { portal: world.browser(), wiki: world.browser(), shop: world.browser() }
    }

    async fn signed_in(world: &World, person: &Person) -> Self {
        let mut browser = Self::new(world);
        browser.portal.sign_in(person).await;
        browser
    }

    fn site(&mut self, host: &str) -> &mut Browser {
        if host == WIKI { &mut self.wiki } else { &mut self.shop }
    }

    /// What the proxy is told of a page that the browser opens there.
    async fn opens(&mut self, host: &str, uri: &str) -> Page {
        ask(self.site(host), host, Method::GET, uri, &[("accept", HTML)]).await
    }

    async fn sees(&mut self, host: &str, uri: &str) -> bool {
        self.opens(host, uri).await.status == 200
    }

    /// Follows the way through the portal, where nothing more is asked, and back to the site.
    async fn walks(&mut self, host: &str, uri: &str) -> Page {
        let led = self.opens(host, uri).await;
        let back = self.at_portal(led.is(302).location()).await;
        self.comes_back(host, back.is(303).location()).await
    }

    /// Opens an address of the portal, coming from a site.
    async fn at_portal(&mut self, location: &str) -> Page {
        let path = location.strip_prefix(PORTAL).unwrap();
        self.portal.send(Method::GET, path, &[("sec-fetch-site", "same-site")], Body::empty()).await
    }

    /// Opens what the portal has led to.
    async fn comes_back(&mut self, host: &str, location: &str) -> Page {
        let path = location.strip_prefix(&format!("https://{host}")).unwrap().to_owned();
        passed_on(self.site(host), host, &path).await
    }
}

/// The proxy asks about a request.
async fn ask(
    site: &mut Browser,
    host: &str,
    method: Method,
    uri: &str,
    says: &[(&'static str, &str)],
) -> Page {
    let asked = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", host),
        ("x-forwarded-uri", uri),
        ("x-forwarded-method", method.as_str()),
    ];
    let headers = [&asked, says].concat();
    let page = site.send(Method::GET, "/forward-auth", &headers, Body::empty()).await;
    assert_eq!(page.text, "", "nginx keeps its connection only where there is no body");
    page
}

/// The proxy passes on a request for one of our paths at the site.
async fn passed_on(site: &mut Browser, host: &str, path: &str) -> Page {
    let says = [("x-forwarded-proto", "https"), ("x-forwarded-host", host)];
    site.send(Method::GET, path, &says, Body::empty()).await
}

async fn put_into(world: &World, person: &Person, group: &str) {
    let group = Group::parse(group).unwrap();
    world.app.store.change_groups(person.id, &[group], &[], &world.visit()).await.unwrap();
}

#[tokio::test]
async fn a_site_is_seen_after_password_and_code_and_closed_at_once_by_signing_out() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::new(&world);
    let led = browser.opens(WIKI, "/page?a=b&c=%2F").await;
    assert!(led.is(302).location().starts_with(&format!("{PORTAL}/sites/enter?site={WIKI}&begun=")));
    let sign_in = browser.at_portal(led.location()).await;
    let to = sign_in.is(303).location().to_owned();
    assert!(to.starts_with("/sign-in?next=/sites/enter"), "{to}");
    let form = browser.portal.get(&to).await;
    let next = form.between("name=\"next\" value=\"", "\"").replace("&#38;", "&");
    let fields = [("email", &*person.email), ("password", PASSWORD), ("next", &next)];
    browser.portal.post("/sign-in", &fields).await.leads_to("/sign-in/code");
    assert!(!browser.sees(WIKI, "/page").await, "the password alone opens nothing");
    assert!(browser.at_portal(led.location()).await.location().starts_with("/sign-in?"));
    let on = browser.portal.post("/sign-in/code", &[("code", &person.code())]).await;
    // A form has led here, so a page goes on: our policy lets no form lead to another host.
    let going = browser.portal.get(on.is(303).location()).await;
    let onward = going.is(200).between("url=", "\"").replace("&#38;", "&");
    assert!(onward.starts_with("/sites/enter?"), "{onward}");
    let back = browser.portal.get(&onward).await;
    let opened = browser.comes_back(WIKI, back.is(303).location()).await;
    opened.leads_to(&format!("https://{WIKI}/page?a=b&c=%2F"));
    let seen = browser.opens(WIKI, "/page?a=b&c=%2F").await;
    seen.is(200);
    let told =
        ["remote-user", "remote-email", "remote-groups"].map(|name| seen.header(name).unwrap().to_owned());
    assert_eq!(told, ["zofie@example.org", "zofie@example.org", ""]);
    assert_eq!(seen.headers["remote-name"].as_bytes(), "Žofie".as_bytes());
    let copy = browser.clone();
    browser.portal.post("/sign-out", &[]).await.leads_to("/sign-in");
    for mut browser in [browser, copy] {
        assert!(!browser.sees(WIKI, "/page").await);
    }
}

#[tokio::test]
async fn what_ends_a_session_closes_its_sites_at_every_server() {
    let world = world();
    let other = world.another();
    for (name, what) in ["end", "password", "off", "disable", "by-administrator"].into_iter().enumerate() {
        let person = world.enrolled(&format!("{name}@example.org")).await;
        let mut browser = Somebody::signed_in(&world, &person).await;
        browser.walks(WIKI, "/page").await.is(303);
        browser.wiki = browser.wiki.at(&other);
        assert!(browser.sees(WIKI, "/page").await, "{what}");
        let store = &world.app.store;
        match what {
            "end" => drop(browser.portal.post("/account/sessions/end-all", &[]).await.is(303)),
            "password" => {
                let new = crate::world::NEW_PASSWORD;
                let fields = [("password", PASSWORD), ("new_password", new)];
                browser.portal.post("/account/password", &fields).await.is(303);
            }
            "off" => {
                let fields = [("password", PASSWORD)];
                browser.portal.post("/account/two-factor/turn-off", &fields).await.leads_to("/account");
            }
            "disable" => store.disable_account(person.id, &world.visit()).await.unwrap(),
            _ => store.sign_out_account(person.id, &world.visit()).await.unwrap(),
        }
        assert!(!browser.sees(WIKI, "/page").await, "{what}");
    }
}

#[tokio::test]
async fn a19_what_is_said_of_a_request_is_believed_from_trusted_proxies_alone() {
    let world = World::with(&settings().replace(PEER, "198.51.100.1"));
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    for forged in ["198.51.100.1", "127.0.0.1"] {
        browser.wiki = browser.wiki.saying("x-forwarded-for", forged).saying("x-real-ip", forged);
        browser.opens(WIKI, "/public").await.is(403);
        passed_on(&mut browser.wiki, WIKI, "/.countersign/return?ticket=x").await.is(403);
        passed_on(&mut browser.wiki, WIKI, "/.countersign/sign-in").await.is(403);
    }
}

#[tokio::test]
async fn a_question_that_can_be_read_in_two_ways_is_refused() {
    let world = world();
    let whole = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", WIKI),
        ("x-forwarded-uri", "/public"),
        ("x-forwarded-method", "GET"),
    ];
    let mut site = world.browser();
    site.send(Method::GET, "/forward-auth", &whole, Body::empty()).await.is(200);
    for missing in 0..whole.len() {
        let mut headers = whole.to_vec();
        let (name, value) = headers.remove(missing);
        site.send(Method::GET, "/forward-auth", &headers, Body::empty()).await.is(403);
        headers.extend([(name, value), (name, "https")]);
        site.send(Method::GET, "/forward-auth", &headers, Body::empty()).await.is(403);
    }
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-host", "wiki.example.com, evil.example"),
        ("x-forwarded-host", "wiki.example.com:444"),
        ("x-forwarded-host", "wiki.example.com@evil.example"),
        ("x-forwarded-host", "sign-in.example.com"),
        ("x-forwarded-host", ""),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-proto", "https,http"),
        ("x-forwarded-uri", "public"),
        ("x-forwarded-uri", ""),
        ("x-forwarded-uri", "https://wiki.example.com/public"),
        ("x-forwarded-method", ""),
    ] {
        let headers = whole.map(|(header, was)| (header, if header == name { value } else { was }));
        site.send(Method::GET, "/forward-auth", &headers, Body::empty()).await.is(403);
    }
    for host in ["WIKI.example.com", "wiki.example.com:443"] {
        let headers = whole.map(|(name, was)| (name, if name == "x-forwarded-host" { host } else { was }));
        site.send(Method::GET, "/forward-auth", &headers, Body::empty()).await.is(200);
    }
    // With some proxies the query is the visitor's own.
    site.send(Method::GET, "/forward-auth?redirect=no&ticket=x", &whole, Body::empty()).await.is(200);
    for host in [
        "sign-in.example.com",
        "Sign-In.example.com",
        "sign-in.example.com:443",
        "sign-in.example.com.",
        "sign-in.example.com.:443",
    ] {
        let at_portal = [&whole[..], &[("host", host)]].concat();
        site.send(Method::GET, "/forward-auth", &at_portal, Body::empty()).await.is(403);
    }
    let elsewhere = [&whole[..], &[("host", "countersign.internal:8080")]].concat();
    site.send(Method::GET, "/forward-auth", &elsewhere, Body::empty()).await.is(200);
    let twice = [&whole[..], &[("host", "countersign.internal"), ("host", "sign-in.example.com")]].concat();
    site.send(Method::GET, "/forward-auth", &twice, Body::empty()).await.is(403);
}

#[tokio::test]
async fn a24_a_ticket_is_good_once_in_its_own_browser_at_its_own_site() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    put_into(&world, &person, "staff").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    let led = browser.opens(WIKI, "/page").await;
    let back = browser.at_portal(led.location()).await.location().to_owned();
    let failed = |host: &str| format!("{PORTAL}/sites/failed?site={host}");

    // Whoever has seen the address has no use of it: not without the site's token, and not with one of their own.
    let mut thief = Somebody::new(&world);
    thief.comes_back(WIKI, &back).await.leads_to(&failed(WIKI));
    thief.opens(WIKI, "/page").await.is(302);
    thief.comes_back(WIKI, &back).await.leads_to(&failed(WIKI));
    // The owner who opens a link with the ticket of somebody else is not signed in as them (login CSRF).
    let mut owner = Somebody::new(&world);
    owner.opens(WIKI, "/").await.is(302);
    owner.comes_back(WIKI, &back).await.leads_to(&failed(WIKI));
    assert!(!owner.sees(WIKI, "/page").await);
    // It is no ticket of another site, even with the same token there.
    let at_shop = back.replace(WIKI, SHOP);
    browser.shop = browser.wiki.clone();
    browser.comes_back(SHOP, &at_shop).await.leads_to(&failed(SHOP));

    browser.comes_back(WIKI, &back).await.leads_to(&format!("https://{WIKI}/page"));
    assert!(browser.sees(WIKI, "/page").await);
    let mut again = browser.clone();
    again.wiki.jar.clear();
    again.comes_back(WIKI, &back).await.leads_to(&failed(WIKI));
    // Somebody who goes back in the history is not scared.
    browser.comes_back(WIKI, &back).await.leads_to(&format!("https://{WIKI}/"));

    let late = Somebody::signed_in(&world, &world.enrolled("nora@example.org").await).await;
    let mut late = late;
    let led = late.opens(WIKI, "/").await;
    let back = late.at_portal(led.location()).await.location().to_owned();
    world.pass(MINUTE);
    late.comes_back(WIKI, &back).await.leads_to(&failed(WIKI));
    late.portal.get(&failed(WIKI)[PORTAL.len()..]).await.is(400).says("Wiki could not be opened");
}

#[tokio::test]
async fn two_tabs_on_their_way_at_once_both_arrive() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    let (one, two) = (browser.opens(WIKI, "/one").await, browser.opens(WIKI, "/two").await);
    let mut backs = Vec::new();
    for led in [one, two] {
        backs.push(browser.at_portal(led.is(302).location()).await.location().to_owned());
    }
    for (back, page) in backs.iter().zip(["/one", "/two"]) {
        browser.comes_back(WIKI, back).await.leads_to(&format!("https://{WIKI}{page}"));
        assert!(browser.sees(WIKI, page).await);
    }
}

#[tokio::test]
async fn while_the_database_is_out_of_reach_nobody_gets_in_and_nobody_is_led_away() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    browser.walks(WIKI, "/page").await.is(303);
    rewrite_log(&world.data(), "ALTER TABLE site_sessions RENAME TO gone");
    let refused = browser.opens(WIKI, "/page").await;
    refused.is(503);
    assert!(refused.header("remote-user").is_none() && refused.cookies_set().is_empty(), "{refused:?}");
    browser.opens(WIKI, "/public").await.is(200);
}

#[tokio::test]
async fn a24_no_cookie_of_one_host_is_one_of_another() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    put_into(&world, &person, "staff").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    browser.walks(WIKI, "/page").await.is(303);
    let (session, site) = (browser.portal.cookie("session").unwrap(), browser.wiki.cookie("site").unwrap());
    assert_ne!(session, site);
    for name in ["site", "session", "begin", "pending"] {
        let full = browser.portal.cookie_name(name);
        for token in [&session, &site] {
            let opens = (name, token) == ("site", &site);
            let mut other = Somebody::new(&world);
            other.wiki = other.wiki.with_cookie(&full, token);
            other.shop = other.shop.with_cookie(&full, token);
            assert_eq!(other.sees(WIKI, "/page").await, opens, "{name}");
            assert!(!other.sees(SHOP, "/").await, "{name}: the shop has another");
            let portal = other.portal.with_cookie(&full, token);
            assert_eq!(portal.is_signed_in().await, (name, token) == ("session", &session));
        }
    }
    assert!(!world.kept().windows(43).any(|bytes| bytes == site.as_bytes()), "it is kept as a hash");
    // A neighbour's cookie of the same name, sent beside ours: nobody knows which is which.
    let full = browser.wiki.cookie_name("site");
    let both = format!("{full}={site}; {full}=x");
    let mut doubled = world.browser();
    let page = ask(&mut doubled, WIKI, Method::GET, "/page", &[("cookie", &both), ("accept", HTML)]).await;
    page.is(302);
}

#[tokio::test]
async fn nobody_is_led_to_a_host_that_is_no_site() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    let begun = "A".repeat(43);
    for site in ["evil.example", "wiki.example.com.evil.example", "https://evil.example", "", WIKI_AT_EVIL] {
        for page in ["enter", "code", "go", "failed", "unsent"] {
            let path = format!("/sites/{page}?site={site}&begun={begun}&to=/");
            browser.portal.get(&path).await.is(404);
        }
    }
    for to in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "@evil.example",
        ".evil.example",
        "/%C5%BE",
        "/a%0d%0alocation:%20https://evil.example",
        "",
        "x",
    ] {
        // As somebody changes it who has the browser begin at the site.
        let led = browser.opens(WIKI, "/").await;
        let path = led.is(302).location().strip_suffix("to=/").unwrap().to_owned();
        let back = browser.at_portal(&format!("{path}to={to}")).await;
        let return_to = back.is(303).location();
        assert!(return_to.starts_with(&format!("https://{WIKI}/.countersign/return?ticket=")));
        let opened = browser.comes_back(WIKI, return_to).await;
        assert!(opened.is(303).location().starts_with(&format!("https://{WIKI}/")), "{to}: {opened:?}");
        browser.wiki.jar.clear();
    }
    // And where it leads to in the end, whatever was asked for.
    for uri in ["//evil.example", "/\\evil.example", "/a@evil.example"] {
        let opened = browser.walks(WIKI, uri).await;
        assert!(opened.is(303).location().starts_with(&format!("https://{WIKI}/")), "{opened:?}");
        browser.wiki.jar.clear();
    }
    let long = format!("/{}", "%20".repeat(700));
    browser.walks(WIKI, &long).await.leads_to(&format!("https://{WIKI}/"));
    browser.wiki.jar.clear();
    // Our own pages at the site are no page to come back to: it would be a circle.
    for ours in
        ["/.countersign/sign-in", "//.countersign/x", "/%2ecountersign/sign-in?a", "/a/../.countersign/x"]
    {
        browser.walks(WIKI, ours).await.leads_to(&format!("https://{WIKI}/"));
        browser.wiki.jar.clear();
    }
    browser.walks(WIKI, "/.countersigned").await.leads_to(&format!("https://{WIKI}/.countersigned"));
}

/// What a browser would read as a user name.
const WIKI_AT_EVIL: &str = "wiki.example.com%40evil.example";

#[tokio::test]
async fn programs_are_told_and_no_form_is_lost_without_a_word() {
    let world = world();
    let mut site = world.browser();
    let page = [("accept", HTML)];
    ask(&mut site, WIKI, Method::GET, "/", &page).await.is(302);
    ask(&mut site, WIKI, Method::HEAD, "/", &page).await.is(302);
    let in_an_app = [("accept", HTML), ("x-requested-with", "com.example.app")];
    ask(&mut site, WIKI, Method::GET, "/", &in_an_app).await.is(302);
    for says in [
        vec![("accept", "application/json")],
        vec![("accept", "*/*")],
        vec![],
        vec![("accept", HTML), ("x-requested-with", "XMLHttpRequest")],
        vec![("accept", HTML), ("sec-fetch-mode", "cors")],
        vec![("accept", HTML), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        vec![("upgrade", "websocket"), ("connection", "upgrade")],
    ] {
        for method in [Method::GET, Method::POST] {
            let told = ask(&mut site, WIKI, method, "/", &says).await;
            told.is(401);
            assert!(told.header("www-authenticate").unwrap().starts_with("Countersign realm="));
            assert!(told.cookies_set().is_empty());
        }
    }
    let unsent = ask(&mut site, WIKI, Method::POST, "/edit", &page).await;
    unsent.leads_to(&format!("{PORTAL}/sites/unsent?site={WIKI}"));
    let mut portal = world.browser();
    portal.get(&unsent.location()[PORTAL.len()..]).await.is(200).says("Your form was not sent").says("Wiki");
    portal.get(&format!("/sites/go?site={WIKI}")).await.leads_to(&format!("https://{WIKI}/"));
    // nginx wants the bare answer for everybody, and leads its visitors itself.
    let asked = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", WIKI),
        ("x-forwarded-uri", "/page"),
        ("x-forwarded-method", "GET"),
        ("accept", HTML),
    ];
    site.send(Method::GET, "/forward-auth/nginx", &asked, Body::empty()).await.is(401);
    site.send(Method::GET, "/.countersign/sign-in", &asked, Body::empty()).await.is(302);
}

#[tokio::test]
async fn the_strictest_reading_of_a_path_counts() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    let mut nobody = Somebody::new(&world);
    for open in ["/public", "/public/", "/public/a%20b?x=/admin", "/public/%C5%BDofie"] {
        let seen = nobody.opens(WIKI, open).await;
        assert_eq!((seen.is(200).header("remote-user"), seen.cookies_set().len()), (Some(""), 0));
    }
    browser.walks(WIKI, "/page").await.is(303);
    for tricky in [
        "/admin",
        "/Admin/x",
        "//admin",
        "/./admin",
        "/page/../admin",
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/public/..%2fadmin",
        "/public/%252e%252e%252fadmin",
        "/%61dmin",
        "/public/..;/admin",
        "/admin;x=y",
        "/admin%3f",
        "/public/%5c..%5c../admin",
        "/admin%20",
        "/public/%00",
        "/%c0%ae%c0%ae/admin",
    ] {
        // Not in the group: no reading may help, and no code either.
        let led = browser.opens(WIKI, tricky).await;
        browser.at_portal(led.is(302).location()).await.is(403).says("zofie@example.org");
        nobody.opens(WIKI, tricky).await.is(302);
    }
}

#[tokio::test]
async fn a_remembered_device_does_not_stand_for_the_code_that_a_site_asks_for() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::new(&world);
    browser.portal.sign_in_and_remember(&person).await;
    browser.portal.post("/sign-out", &[]).await.is(303);
    browser.portal.type_password(&person).await.leads_to("/account");
    browser.walks(WIKI, "/plain").await.leads_to(&format!("https://{WIKI}/plain"));
    assert!(browser.sees(WIKI, "/plain").await);
    let led = browser.opens(WIKI, "/page").await;
    let asked = browser.at_portal(led.is(302).location()).await;
    let code_page = asked.is(303).location().to_owned();
    assert!(code_page.starts_with("/sites/code?site=wiki.example.com&"), "{code_page}");
    browser.portal.get(&code_page).await.is(200).says("Wiki asks for a code");
    world.pass(STEP);
    let before = browser.portal.cookie("session").unwrap();
    browser.portal.post(&code_page, &[("code", "12")]).await.is(400);
    browser.portal.post(&code_page, &[("code", &person.wrong_code())]).await.is(403);
    let on = browser.portal.post(&code_page, &[("code", &person.code())]).await;
    assert!(on.is(303).location().starts_with("/sites/enter?"));
    assert_ne!(browser.portal.cookie("session").unwrap(), before, "the session answers to a new token");
    assert!(!browser.sees(WIKI, "/plain").await, "a cookie of before the code gains nothing by it");
    browser.walks(WIKI, "/page").await.leads_to(&format!("https://{WIKI}/page"));
    assert!(browser.sees(WIKI, "/page").await);
    let page = browser.portal.post(&code_page, &[("code", &person.code())]).await;
    page.is(403).says("already");
    assert!(world.events(person.id).await.contains(&"code-given-again".to_owned()));
}

#[tokio::test]
async fn i2_b3_c7_a_code_for_a_site_is_read_spent_and_counted_as_at_every_door() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::new(&world);
    browser.portal.sign_in_and_remember(&person).await;
    let spent = person.code();
    browser.portal.post("/sign-out", &[]).await.is(303);
    browser.portal.type_password(&person).await.leads_to("/account");
    let led = browser.opens(WIKI, "/page").await;
    let code_page = browser.at_portal(led.is(302).location()).await.location().to_owned();
    let before = world.state(person.id).await;
    for typed in no_codes() {
        browser.portal.post(&code_page, &[("code", &typed)]).await.is(400);
    }
    for unread in [vec![("code", "1"), ("code", "2")], vec![("code", "1"), ("account", "x")]] {
        browser.portal.post(&code_page, &unread).await.is(400);
    }
    assert_eq!(world.state(person.id).await, before);
    browser.portal.post(&code_page, &[("code", &spent)]).await.is(403).says("already");
    for _ in 0..4 {
        browser.portal.post(&code_page, &[("code", &person.wrong_code())]).await.is(403);
    }
    let locked = browser.portal.post(&code_page, &[("code", &person.code_in(1))]).await;
    locked.is(429);
    let code = person.code_in(1);
    let fields = [("password", PASSWORD), ("code", &*code)];
    browser.portal.post("/account/two-factor/turn-off", &fields).await.is(429);
    // Nobody gives a code for somebody else's session, or without one.
    world.browser().post(&code_page, &[("code", &person.code())]).await.is(303);
}

#[tokio::test]
async fn a_recent_factor_is_asked_for_again_and_a_recovery_code_will_do() {
    let world = world();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    put_into(&world, &person, "admins").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    browser.walks(WIKI, "/admin").await.leads_to(&format!("https://{WIKI}/admin"));
    world.pass(14 * MINUTE);
    assert!(browser.sees(WIKI, "/admin").await);
    world.pass(MINUTE);
    assert!(!browser.sees(WIKI, "/admin").await && browser.sees(WIKI, "/page").await);
    let led = browser.opens(WIKI, "/admin").await;
    let code_page = browser.at_portal(led.location()).await.location().to_owned();
    browser.portal.post(&code_page, &[("code", &person.recovery_codes[0])]).await.is(303);
    browser.walks(WIKI, "/admin").await.leads_to(&format!("https://{WIKI}/admin"));
    assert!(browser.sees(WIKI, "/admin").await);
    // A form to a part that wants a code again is not lost without a word either.
    world.pass(15 * MINUTE);
    let form = ask(&mut browser.wiki, WIKI, Method::POST, "/admin", &[("accept", HTML)]).await;
    form.leads_to(&format!("{PORTAL}/sites/unsent?site={WIKI}"));
}

#[tokio::test]
async fn who_may_not_see_a_site_reads_so() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    let led = browser.opens(SHOP, "/").await;
    let refused = browser.at_portal(led.is(302).location()).await;
    refused.is(403).says("You may not see this page of Shop").says("zofie@example.org");
    browser.at_portal(led.location()).await.is(403);
    let asked = [("x-forwarded-proto", "https"), ("x-forwarded-host", SHOP), ("x-forwarded-uri", "/")];
    put_into(&world, &person, "staff").await;
    browser.walks(SHOP, "/").await.is(303);
    let seen = browser.opens(SHOP, "/").await;
    assert_eq!(seen.is(200).header("remote-groups"), Some("staff"));
    assert!(browser.sees(SHOP, "/more").await);
    let events = world.events(person.id).await;
    let count = |kind: &str| events.iter().filter(|event| *event == kind).count();
    assert_eq!((count("site-refused"), count("site-entered")), (1, 1), "not for every request: {events:?}");
    let mut profile = browser.portal.get("/account/activity").await;
    profile.is(200).says("Not allowed to see shop.example.com").says("Signed in to shop.example.com");
    profile = browser
        .portal
        .send(Method::GET, "/account/activity", &[("accept-language", "cs")], Body::empty())
        .await;
    profile.is(200).says("shop.example.com odmítnut").says("Přihlášení k");
    let staff = Group::parse("staff").unwrap();
    world.app.store.change_groups(person.id, &[], &[staff], &world.visit()).await.unwrap();
    let headers = [&asked[..], &[("x-forwarded-method", "GET")]].concat();
    browser.shop.send(Method::GET, "/forward-auth/nginx", &headers, Body::empty()).await.is(403);

    // Without a second factor, a site that asks for one is seen after turning it on.
    let bare = world.person("nora@example.org").await;
    let mut browser = Somebody::signed_in(&world, &bare).await;
    browser.walks(WIKI, "/plain").await.is(303);
    let led = browser.opens(WIKI, "/page").await;
    let page = browser.at_portal(led.is(302).location()).await;
    page.is(403).says("Wiki asks for two-factor authentication").says("/account/two-factor/turn-on");
}

#[tokio::test]
async fn a12_where_2fa_is_required_a_session_without_it_sees_no_site() {
    let required = settings() + "\n[two_factor]\nrequired = \"everybody\"";
    let world = World::with(&required);
    let person = world.person("zofie@example.org").await;
    let mut browser = Somebody::new(&world);
    browser.portal.type_password(&person).await.leads_to("/account/two-factor/turn-on");
    let led = browser.opens(WIKI, "/plain").await;
    browser.at_portal(led.is(302).location()).await.leads_to("/account/two-factor/turn-on");
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_at_its_sites_too() {
    let world = world();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = Somebody::signed_in(&world, &person).await;
    browser.walks(WIKI, "/page").await.is(303);
    for _ in 0..4 {
        world.pass(40 * MINUTE);
        assert!(browser.sees(WIKI, "/page").await, "using a site is using the session");
    }
    assert!(browser.portal.is_signed_in().await);
    world.pass(60 * MINUTE);
    assert!(!browser.sees(WIKI, "/page").await && !browser.portal.is_signed_in().await);
}

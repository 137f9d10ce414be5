//! What requests bring: read strictly, or refused with what is wrong. Nothing is understood otherwise than it was meant.

use axum::http::Method;
use serde_json::json;

use super::client::User;
use crate::world::World;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn i2_a_body_is_one_json_object_of_known_fields_each_of_its_type_and_there_once() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let code = jana.code();
    let deep = format!("{{\"code\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let nested = format!("{{\"client\":{}}}", "{\"client\":".repeat(200) + "1" + &"}".repeat(200));
    let bodies = [
        "{",
        "null",
        "true",
        "\"123456\"",
        "[]",
        "{}",
        "{}{}",
        "{} x",
        "\u{feff}{}",
        &format!("[\"{code}\"]"),
        &format!("[\"{code}\",null,null,null,false,{{}}]"),
        &format!("{{\"code\":{code}}}"),
        &format!("{{\"code\":[\"{code}\"]}}"),
        &format!("{{\"code\":{{\"$ne\":\"{code}\"}}}}"),
        &format!("{{\"code\":\"{code}\",\"code\":\"{code}\"}}"),
        &format!("{{\"code\":\"{code}\",\"c\\u006fde\":\"000000\"}}"),
        &format!("{{\"code\":\"{code}\",\"verified\":true}}"),
        &format!("{{\"Code\":\"{code}\"}}"),
        &format!("{{\"code\":\"{code}\",\"remember_device\":\"true\"}}"),
        &format!("{{\"code\":\"{code}\",\"remember_device\":1}}"),
        &format!("{{\"code\":\"{code}\",\"remember_device\":\"{code}\"}}"),
        &format!("{{\"code\":\"{code}\",\"client\":\"{code}\"}}"),
        &format!("{{\"code\":\"{code}\",\"client\":{{\"ip_address\":\"{code}\"}}}}"),
        &format!("{{\"code\":\"{code}\",\"remember_device\":null}}"),
        &format!("{{\"code\":\"{code}\",\"recovery_code\":\"7QK2-M9TA-4WXD-P0RZ\"}}"),
        &format!("{{\"next_code\":\"{code}\"}}"),
        &format!("{{\"code\":\"{code}\",\"client\":[]}}"),
        &format!("{{\"code\":\"{code}\",\"client\":[\"Firefox\",\"192.0.2.1\"]}}"),
        &format!("{{\"code\":\"{code}\",\"client\":{{\"admin\":true}}}}"),
        &format!("{{\"code\":\"{code}\",\"client\":{{\"ip_address\":\"localhost\"}}}}"),
        &format!("{{\"code\":\"{code}\",\"client\":{{\"ip_address\":\"192.0.2.1:80\"}}}}"),
        &format!("{{\"code\":\"{code}\",\"client\":{{\"ip_address\":3221225985}}}}"),
        &format!("{{\"code\":\"{code}\",}}"),
        &format!("{{'code':'{code}'}}"),
        &format!("{{\"code\":\"{code}\"/**/}}"),
        "{\"code\":\"\\ud800\"}",
        "{\"code\":1e999}",
        "{\"code\":null}",
        "{\"remember_device\":true}",
        &deep,
        &nested,
    ];
    for body in bodies {
        let said = shop.send(Method::POST, &jana.path("/verify"), &[JSON], body).await;
        let detail = said.problem("malformed").text("detail");
        assert!(!detail.is_empty() && !detail.contains(&code), "{body}: {detail}");
    }
    let bad = [b"{\"code\":\"".to_vec(), vec![0xff, 0xfe], b"\"}".to_vec()].concat();
    shop.send(Method::POST, &jana.path("/verify"), &[JSON], bad).await.problem("malformed");
    let wide: Vec<u8> =
        format!("{{\"code\":\"{code}\"}}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    shop.send(Method::POST, &jana.path("/verify"), &[JSON], wide).await.problem("malformed");
    shop.send(Method::POST, &jana.path("/verify"), &[], "").await.problem("malformed");
    // None of it was counted, and the code is still good.
    assert!(!shop.events().await.iter().any(|(_, kind)| kind.starts_with("wrong") || kind == "verified"));
    let body = json!({ "code": code, "next_code": null, "client": { "ip_address": "2001:db8::7", "user_agent": null } });
    shop.verify(&jana, body).await.is(200);
}

#[tokio::test]
async fn every_write_reads_strictly() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let offered = shop.offered("jana").await;
    let before = (shop.state(&jana).await, shop.events().await);
    let writes = [
        (Method::POST, jana.path("/authenticators")),
        (Method::POST, offered.confirmation()),
        (Method::POST, jana.path("/recovery-codes")),
        (Method::DELETE, jana.path("/two-factor")),
        (Method::DELETE, jana.path(&format!("/authenticators/{}", jana.authenticator))),
    ];
    for (method, path) in writes {
        for body in [
            "{",
            "[]",
            "[[]]",
            "{\"x\":1}",
            "{\"client\":1}",
            "{\"client\":{},\"client\":{}}",
            "{\"client\":null}",
        ] {
            shop.send(method.clone(), &path, &[JSON], body).await.problem("malformed");
        }
        shop.send(method.clone(), &path, &[], "{}").await.problem("wrong-media-type");
        shop.send(method, &path, &[JSON], vec![b' '; 16 * 1024 + 1]).await.problem("too-large");
    }
    assert_eq!((shop.state(&jana).await, shop.events().await), before);
}

#[tokio::test]
async fn d6_a_body_has_to_say_that_it_is_json_so_that_no_form_of_a_page_is_read_as_one() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let body = json!({ "code": jana.code() }).to_string();
    for kind in [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "application/json, text/plain",
        "json",
    ] {
        let said = shop.send(Method::POST, &jana.path("/verify"), &[("content-type", kind)], &body).await;
        said.problem("wrong-media-type");
    }
    shop.send(Method::POST, &jana.path("/verify"), &[], &body).await.problem("wrong-media-type");
    let kind = [("content-type", "Application/JSON ; charset=utf-8")];
    shop.send(Method::POST, &jana.path("/verify"), &kind, &body).await.is(200);
}

#[tokio::test]
async fn i2_what_is_too_large_is_not_read() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let full = format!("{{\"code\":\"{}\"}}", "1".repeat(16 * 1024 - 11));
    assert_eq!(full.len(), 16 * 1024);
    shop.send(Method::POST, &jana.path("/verify"), &[JSON], &full).await.problem("not-a-code");
    let said = shop.send(Method::POST, &jana.path("/verify"), &[JSON], format!("{full} ")).await;
    assert!(said.problem("too-large").text("detail").contains("16384"), "{said:?}");
    shop.send(Method::POST, &jana.path("/verify"), &[JSON], vec![b'1'; 10_000_000])
        .await
        .problem("too-large");
    // Who has no key is not read at all.
    let nobody = shop.with_key("");
    nobody
        .send(Method::POST, &jana.path("/verify"), &[JSON], vec![b'1'; 20_000])
        .await
        .problem("unauthenticated");
}

#[tokio::test]
async fn a_user_id_is_any_text_of_the_application_in_one_segment_of_the_address() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let named = [
        ("1", "1"),
        ("jana%40example.com", "jana@example.com"),
        ("jana@example.com", "jana@example.com"),
        ("Jana", "Jana"),
        ("jana", "jana"),
        ("a%2Fb", "a/b"),
        ("a%2fb%2Fverify", "a/b/verify"),
        ("..%2F..%2Fevents", "../../events"),
        ("...", "..."),
        ("%25", "%"),
        ("%2500", "%00"),
        ("a%3Fb%23c", "a?b#c"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("%20", " "),
        ("a;b=c,d", "a;b=c,d"),
        ("%C5%BE", "ž"),
        ("z%CC%8C", "z\u{30c}"),
        ("%F0%9F%A6%89", "🦉"),
        ("%22%3E%3Cimg%20src%3Dx%3E", "\"><img src=x>"),
        ("%27%20OR%201%3D1--", "' OR 1=1--"),
        ("%7Buser%7D", "{user}"),
        ("null", "null"),
        ("%E2%80%AE", "\u{202e}"),
    ];
    let mut users: Vec<(User, &str)> = Vec::new();
    for (at, name) in named {
        if at == "jana@example.com" {
            continue;
        }
        users.push((shop.enrolled(at).await, name));
    }
    for (user, _) in &users {
        shop.verify_code(user, &user.code()).await.is(200);
    }
    // Two spellings of one address are one user, and nothing else is.
    assert_eq!(shop.get("/accounts/jana@example.com").await.body["two_factor"], "on");
    assert_eq!(shop.get("/accounts/%6Aana").await.body["two_factor"], "on");
    let verified: Vec<String> = shop
        .events()
        .await
        .into_iter()
        .filter(|(_, kind)| kind == "verified")
        .map(|(user, _)| user)
        .collect();
    let names: Vec<String> = users.iter().map(|(_, name)| (*name).to_owned()).collect();
    assert_eq!(verified, names, "as the application wrote them");

    let longest = "x".repeat(255);
    shop.enrolled(&longest).await;
    let wide = "%F0%9F%A6%89".repeat(63);
    shop.enrolled(&wide).await;
    let bad = [
        "%00",
        "a%00b",
        "a%0Ab",
        "%7F",
        "%C2%85",
        "%FF",
        "%C0%AF",
        "%ED%A0%80",
        ".",
        "..",
        "%2e%2E",
        &"x".repeat(256),
        &"%C5%BE".repeat(128),
    ];
    for at in bad {
        for (method, below) in [
            (Method::GET, ""),
            (Method::DELETE, ""),
            (Method::POST, "/verify"),
            (Method::POST, "/authenticators"),
            (Method::DELETE, "/two-factor"),
            (Method::GET, "/devices"),
        ] {
            let said = shop.send(method, &format!("/accounts/{at}{below}"), &[], "").await;
            assert!(!said.problem("malformed").text("detail").is_empty(), "{at}");
        }
    }
    for path in ["/accounts/", "/accounts", "/accounts/a/b/verify", "/accounts/a/", ""] {
        shop.get(path).await.problem("not-found");
    }
}

#[tokio::test]
async fn methods_that_an_address_does_not_know_are_refused_with_those_it_does() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let before = (shop.state(&jana).await, shop.events().await);
    let known = [
        ("/accounts/jana", "DELETE,GET,HEAD"),
        ("/accounts/jana/verify", "POST"),
        ("/accounts/jana/two-factor", "DELETE"),
        ("/accounts/jana/authenticators", "POST"),
        ("/accounts/jana/recovery-codes", "POST"),
        ("/accounts/jana/devices", "DELETE,GET,HEAD"),
        ("/events", "GET,HEAD"),
        ("/openapi.json", "GET,HEAD"),
    ];
    for (path, methods) in known {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "post"] {
            if methods.split(',').any(|known| known == method) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
            for headers in [&[][..], &preflight] {
                let said = shop.send(method.clone(), path, headers, "").await;
                let mut allowed: Vec<&str> =
                    said.is(405).header("allow").unwrap().split(',').map(str::trim).collect();
                allowed.sort_unstable();
                assert_eq!(allowed.join(","), methods, "{method} {path}");
            }
        }
        // A method in a header or a query is none.
        let overridden = [("x-http-method-override", "DELETE")];
        shop.send(Method::GET, "/accounts/jana?_method=DELETE", &overridden, "").await.is(200);
    }
    let head = shop.send(Method::HEAD, "/accounts/jana", &[], "").await;
    head.is(200);
    assert_eq!((shop.state(&jana).await, shop.events().await), before);
}

#[tokio::test]
async fn d6_a_page_of_another_origin_gets_no_leave_to_read_anything() {
    let world = World::new();
    let shop = world.application("Shop").await;
    for origin in ["https://evil.example", "null", "http://localhost:8080"] {
        let said = shop.send(Method::GET, "/accounts/jana", &[("origin", origin)], "").await;
        // That no answer has a CORS header is looked at in each of them.
        assert_eq!(said.is(200).header("vary"), None);
    }
}

#[tokio::test]
async fn a19_no_header_says_who_asks_or_from_where() {
    let world = World::with("trusted_proxies = [\"192.0.2.1\"]");
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let headers = [
        JSON,
        ("x-forwarded-for", "203.0.113.66"),
        ("x-forwarded-user", "admin"),
        ("x-real-ip", "203.0.113.66"),
        ("x-original-url", "/api/v1/accounts/eva"),
        ("remote-user", "admin"),
    ];
    let body = json!({ "code": jana.code() }).to_string();
    shop.send(Method::POST, &jana.path("/verify"), &headers, body).await.is(200);
    let said = shop.get("/events").await;
    let last = said.body["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["kind"], &last["ip_address"], &last["browser"]),
        (&json!("verified"), &json!(null), &json!("Shop"))
    );
}

#[tokio::test]
async fn h4_what_an_application_says_of_its_client_is_a_plain_name_in_the_log() {
    let world = World::new();
    let shop = world.application("Shop").await;
    let jana = shop.enrolled("jana").await;
    let evil = "\u{1b}[31m\r\nFAKE line \"},{\"kind\":\"x\" <script> \u{202e}";
    for agent in [evil, "", &"x".repeat(10_000)] {
        let client = json!({ "user_agent": agent, "ip_address": "::ffff:192.0.2.7" });
        shop.verify(&jana, json!({ "code": jana.wrong_code(), "client": client }))
            .await
            .problem("wrong-code");
    }
    let said = shop.get("/events").await;
    for event in said.body["events"].as_array().unwrap() {
        let browser = event["browser"].as_str().unwrap();
        assert!(
            browser.chars().count() <= 60 && !browser.contains(['\u{1b}', '\n', '<', '\u{202e}']),
            "{browser:?}"
        );
    }
}

#[tokio::test]
async fn addresses_of_the_api_that_lead_nowhere_say_so_in_its_own_words() {
    let world = World::new();
    let shop = world.application("Shop").await;
    for path in
        ["", "/", "/account", "/accounts/jana/nothing", "/openapi", "//accounts/jana", "/events/", "/v2"]
    {
        shop.get(path).await.problem("not-found");
    }
    let problems = shop.get("/problems").await;
    assert!(problems.header("content-type").unwrap().starts_with("text/plain"));
    let text = String::from_utf8(problems.is(200).bytes.clone()).unwrap();
    for kind in countersign_server::api::problem::Kind::ALL {
        assert!(text.contains(&format!("{}  {}\n", kind.status(), kind.uri())), "{kind:?}");
    }
}

//! What visitors make up: names, hosts, addresses, paths.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::scene::Scene;
use crate::visitor::{PORTAL, WIKI};

const PAGE: &str = "accept: text/html\r\n";

behind_every_proxy! {
    async fn a_forged_name_never_reaches_the_application(scene) {
        let person = scene.member().await;
        let forged = "Remote-User: root\r\nremote-email: root@example.org\r\nREMOTE-NAME: Root\r\nRemote-Groups: admins\r\n\
            Remote_User: root\r\nREMOTE_EMAIL: root@example.org\r\nremote_groups: admins\r\nRemote_Name: Root\r\n\
            Remote-User: root2\r\n";
        let mut visitor = scene.visitor();
        let open = visitor.send(WIKI, "GET", "/public", forged, "");
        for name in ["remote-user", "remote-email", "remote-name", "remote-groups"] {
            assert_eq!(open.got(name).concat(), "", "{name}: {open:?}");
        }
        let asked = visitor.opens(WIKI, "/");
        visitor.signs_in(&person, &asked).is(200);
        let page = visitor.send(WIKI, "GET", "/", forged, "");
        for answer in [&open, &page] {
            let got = answer.text.split_once("the application got").unwrap().1.to_lowercase();
            assert!(!got.contains("remote_"), "CGI cannot tell a hyphen from an underscore: {got}");
        }
        assert_eq!(page.got("remote-user"), ["zofie@example.org"]);
        assert_eq!(page.got("remote-groups"), ["staff"]);
        assert_eq!((page.got("remote-email"), page.got("remote-name")), (vec!["zofie@example.org"], vec!["Žofie"]));
    }

    async fn a19_a_forged_page_host_or_address_changes_nothing(scene) {
        let mut visitor = scene.visitor();
        for forged in [
            "X-Forwarded-Uri: /public\r\n",
            "X-Forwarded-Host: shop.example.com\r\nX-Forwarded-Uri: /public\r\n",
            "X-Forwarded-Method: OPTIONS\r\nX-Forwarded-Proto: http\r\n",
            "X-Original-URL: https://wiki.example.com/public\r\nX-Original-URI: /public\r\n",
            "X-Rewrite-Url: /public\r\nForwarded: for=127.0.0.1;host=wiki.example.com\r\n",
            "X-Forwarded-For: 127.0.0.1\r\nX-Real-Ip: 127.0.0.1\r\n",
            "Connection: x-forwarded-uri, cookie\r\n",
        ] {
            let answer = visitor.send(WIKI, "GET", "/admin", &format!("{PAGE}{forged}"), "");
            assert!([302, 303, 403].contains(&answer.status), "{forged}: {answer:?}");
            if let Some(led) = answer.header("location") {
                assert!(led.starts_with("https://sign-in.example.com/sites/enter?site=wiki.example.com&"), "{led}");
                assert!(led.ends_with("&to=/admin"), "{led}");
            }
        }
        // Through the portal's own door of the proxy: nobody may ask.
        let forged = "X-Forwarded-Host: wiki.example.com\r\nX-Forwarded-Uri: /public\r\nX-Forwarded-Method: GET\r\n\
            X-Forwarded-Proto: https\r\n";
        let asked = visitor.send(PORTAL, "GET", "/forward-auth", forged, "");
        asked.is(403);
        // A host that is no site, and one that is a site of another proxy.
        for host in ["evil.example", "shop.example.com"] {
            let answer = visitor.send(host, "GET", "/public", PAGE, "");
            assert!(!answer.text.contains("the application got"), "{host}: {answer:?}");
        }
        assert_eq!(scene.application.reached(), 0);
    }

    async fn no_spelling_of_a_path_gets_past_its_rule(scene) {
        let person = scene.member().await;
        let mut nobody = scene.visitor();
        let mut member = scene.visitor();
        let asked = member.opens(WIKI, "/");
        member.signs_in(&person, &asked).is(200);
        let reached = scene.application.reached();
        for tricky in [
            "/admin",
            "/Admin",
            "//admin",
            "/./admin",
            "/public/../admin",
            "/public/%2e%2e/admin",
            "/public/..%2fadmin",
            "/public/%252e%252e/admin",
            "/public%2f..%2fadmin",
            "/%61dmin",
            "/public/..;/admin",
            "/admin;x",
            "/admin%3f",
            "/public\\..\\admin",
            "/public/%5c..%5c..%5cadmin",
            "/public/%00/admin",
            "/admin%20",
            "/feed.xml/../admin",
            "/.countersign/../admin",
            "/.countersign/%2e%2e/admin",
            "/.countersign%2f..%2fadmin",
            "/public/../.countersign/../admin/",
            "/admin#/public",
            "/admin?/public",
            "http://wiki.example.com/admin",
            "http://shop.example.com/admin",
        ] {
            for visitor in [&mut nobody, &mut member] {
                let answer = visitor.send(WIKI, "GET", tricky, PAGE, "");
                assert!(!answer.text.contains("the application got"), "{tricky}: {answer:?}");
            }
        }
        for open in ["/public/..", "/PUBLIC", "/public/%2e%2e/wiki", "/publicly"] {
            let answer = nobody.send(WIKI, "GET", open, PAGE, "");
            assert!(!answer.text.contains("the application got"), "{open}: {answer:?}");
        }
        assert_eq!(scene.application.reached(), reached);
    }
}

async fn two_requests_in_one_are_no_way_around_the_question(scene: Scene) {
    for smuggled in [
        "POST /public HTTP/1.1\r\nhost: wiki.example.com\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n\
         0\r\n\r\nGET /admin HTTP/1.1\r\nhost: wiki.example.com\r\naccept: text/html\r\nconnection: close\r\n\r\n",
        "GET /public HTTP/1.1\r\nhost: wiki.example.com\r\n\r\n\
         GET /admin HTTP/1.1\r\nhost: wiki.example.com\r\naccept: text/html\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(scene.place).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        stream.write_all(smuggled.as_bytes()).unwrap();
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!text.contains("GET /admin"), "{text}");
    }
}

#[tokio::test]
async fn two_requests_behind_nginx() {
    two_requests_in_one_are_no_way_around_the_question(Scene::nginx().await).await;
}

#[tokio::test]
async fn two_requests_behind_caddy() {
    two_requests_in_one_are_no_way_around_the_question(Scene::caddy().await).await;
}

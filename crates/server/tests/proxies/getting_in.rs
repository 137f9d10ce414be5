//! Who gets to the application, and who does not any more.

use crate::visitor::{PORTAL, WIKI};

behind_every_proxy! {
    async fn the_application_is_reached_after_password_and_code_and_closed_at_once_by_signing_out(scene) {
        let person = scene.member().await;
        let mut visitor = scene.visitor();
        let asked = visitor.opens(WIKI, "/wiki/page?a=b&c=%2F");
        asked.is(200).says("name=\"password\"");
        assert_eq!(scene.application.reached(), 0, "{}", scene.told());
        let page = visitor.signs_in(&person, &asked);
        page.is(200).says("GET /wiki/page?a=b&c=%2F HTTP/1.1");
        assert_eq!(page.got("remote-user"), ["zofie@example.org"]);
        assert_eq!(page.got("remote-email"), ["zofie@example.org"]);
        assert_eq!(page.got("remote-name"), ["Žofie"]);
        assert_eq!(page.got("remote-groups"), ["staff"]);
        let sees = |visitor: &mut crate::visitor::Visitor| visitor.get(WIKI, "/").status == 200;
        let mut copy = visitor.clone();
        assert!(sees(&mut visitor) && sees(&mut copy));
        let reached = scene.application.reached();
        visitor.signs_out();
        assert!(!sees(&mut visitor) && !sees(&mut copy));
        assert_eq!(scene.application.reached(), reached);
    }

    async fn a_long_address_is_come_back_to_and_one_that_is_too_long_leads_to_the_start(scene) {
        let person = scene.member().await;
        let mut visitor = scene.visitor();
        let long = format!("/{}", "a%20-/%C5%BD~.".repeat(45));
        let asked = visitor.opens(WIKI, &long);
        visitor.signs_in(&person, &asked).is(200).says(&format!("GET {long} HTTP/1.1"));
        visitor.jar.retain(|(host, _), _| host == PORTAL);
        let longer = format!("/{}", "%25".repeat(1000));
        visitor.opens(WIKI, &longer).is(200).says("GET / HTTP/1.1");
    }

    async fn what_is_open_is_open_and_what_wants_a_new_code_wants_one(scene) {
        let person = scene.member().await;
        let mut visitor = scene.visitor();
        let open = visitor.get(WIKI, "/public/page");
        assert_eq!((open.got("remote-user").concat(), open.got("remote-groups").concat()), Default::default());
        let asked = visitor.opens(WIKI, "/wiki");
        visitor.signs_in(&person, &asked).is(200);
        assert_eq!(visitor.get(WIKI, "/public/page").got("remote-user").concat(), "", "nobody is told of there");
        visitor.opens(WIKI, "/admin").is(403).says("You may not see this page of Wiki");
        scene.put_into(&person, "admins").await;
        visitor.opens(WIKI, "/admin").is(200).says("the application got");
        assert_eq!(visitor.get(WIKI, "/admin").got("remote-groups"), ["admins,staff"]);
    }

    async fn programs_are_told_and_forms_do_not_reach_the_application_unsigned(scene) {
        let person = scene.member().await;
        let mut visitor = scene.visitor();
        let told = visitor.send(WIKI, "GET", "/api", "accept: application/json\r\n", "");
        told.is(401);
        assert!(!told.text.contains("password"), "{told:?}");
        let unsent = visitor.post(WIKI, "/edit", &[("text", "hello")]);
        let there = unsent.is(303).header("location").unwrap().strip_prefix("https://sign-in.example.com").unwrap();
        let there = there.to_owned();
        visitor.get(PORTAL, &there).is(200).says("Your form was not sent");
        assert_eq!(scene.application.reached(), 0);
        let asked = visitor.opens(WIKI, "/");
        visitor.signs_in(&person, &asked).is(200);
        visitor.post(WIKI, "/edit", &[("text", "hello")]).is(200).says("POST /edit").says("and 10 bytes");
        visitor.send(WIKI, "GET", "/api", "accept: application/json\r\n", "").is(200);
        visitor.send(WIKI, "GET", "/admin", "accept: application/json\r\n", "").is(403);
    }

    async fn a_ticket_that_was_seen_opens_nothing(scene) {
        let person = scene.member().await;
        let mut visitor = scene.visitor();
        let asked = visitor.opens(WIKI, "/");
        visitor.signs_in(&person, &asked).is(200);
        visitor.jar.retain(|(host, name), _| host == PORTAL || name.ends_with("-begin"));
        let led = visitor.get(WIKI, "/page").header("location").unwrap().to_owned();
        let enter = led.strip_prefix("https://sign-in.example.com").unwrap();
        let says = "sec-fetch-site: same-site\r\naccept: text/html\r\n";
        let back = visitor.send(PORTAL, "GET", enter, says, "").header("location").unwrap().to_owned();
        let back = back.strip_prefix("https://wiki.example.com").unwrap().to_owned();
        let mut thief = scene.visitor();
        let failed = "https://sign-in.example.com/sites/failed?site=wiki.example.com";
        thief.get(WIKI, &back).leads_to(failed);
        thief.get(WIKI, "/page");
        thief.get(WIKI, &back).leads_to(failed);
        visitor.get(WIKI, &back).leads_to("https://wiki.example.com/page");
        visitor.get(WIKI, "/page").is(200);
        assert_ne!(thief.get(WIKI, "/page").status, 200);
    }
}

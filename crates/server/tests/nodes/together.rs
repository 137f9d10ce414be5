//! Nodes are one service: whatever happens at one of them holds at all.

use std::collections::BTreeSet;
use std::sync::Barrier;

use crate::guest::Guest;
use crate::installation::Installation;
use crate::node::free_port;
use crate::own_database::OwnDatabase;
use crate::proxy::Proxy;
use crate::world::PASSWORD;

/// Wrong codes before the first wait.
const FREE: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_that_takes_nodes_in_turn_somebody_enrols_signs_in_is_remembered_and_recovers() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let person = world.person("zofie@example.org").await;
    world.stop();
    let port = free_port();
    let public_url = format!("http://localhost:{port}");
    let nodes: Vec<_> = (0..3).map(|number| installation.node(number, 0, &public_url)).collect();
    let _proxy = Proxy::start(port, &nodes.iter().map(|node| node.port).collect::<Vec<_>>());
    let mut laptop = Guest::default();

    laptop.type_password(port, &person).leads_to("/account");
    let password = [("password", PASSWORD)];
    let page = laptop.post(port, "/account/two-factor/turn-on", &password);
    page.leads_to("/account/two-factor/set-up");
    let page = laptop.get(port, "/account/two-factor/set-up");
    let key = page.is(200).between("<code class=\"key\" id=\"key\" translate=\"no\">", "</code>");
    person.scan(&key.replace("<span>", "").replace("</span>", "").replace(' ', ""));
    // The code before is right too, and leaves that of now for the sign-in.
    let proven = [("code", &*person.code_of_now(-1))];
    let shown = laptop.post(port, "/account/two-factor/set-up", &proven);
    let recovery_code = shown.is(200).between("<li><code>", "</code>");

    laptop.type_password(port, &person).leads_to("/sign-in/code");
    let remember = [("code", &*person.code_of_now(0)), ("remember", "on")];
    laptop.post(port, "/sign-in/code", &remember).leads_to("/account");
    let mut answered_by = BTreeSet::new();
    for _ in 0..4 {
        // Two pages a round: so every step is taken at every node.
        for page in ["/account", "/account/activity"] {
            let page = laptop.get(port, page);
            answered_by.insert(page.is(200).headers("answered-by").join(" "));
        }
        laptop.post(port, "/sign-out", &[]).leads_to("/sign-in");
        laptop.type_password(port, &person).leads_to("/account");
    }
    assert_eq!(answered_by.len(), 3, "{answered_by:?}");

    let recover = [("recovery_code", &*recovery_code)];
    let mut phone = Guest::pending(port, &person);
    phone.post(port, "/sign-in/recovery-code", &recover).leads_to("/account");
    phone.get(port, "/account").is(200).between("9 of 10 codes left", "");
    for _ in &nodes {
        Guest::pending(port, &person).post(port, "/sign-in/recovery-code", &recover).is(401);
    }
    for node in &nodes {
        assert!(!node.told().contains("older backup"), "a new node is no restore: {}", node.told());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_posted_to_three_nodes_at_once_opens_one_session() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let mut people = Vec::new();
    for nth in 0..20 {
        people.push(world.enrolled(&format!("person{nth}@example.org")).await);
    }
    world.stop();
    let nodes = installation.nodes(3);
    for person in &people {
        let waiting: Vec<_> =
            nodes.iter().map(|node| (node.port, Guest::pending(node.port, person))).collect();
        let code = [("code", &*person.code_of_now(0))];
        let (code, ready) = (&code, &Barrier::new(nodes.len()));
        let answers = std::thread::scope(|scope| {
            let racing = waiting.iter().map(|(port, guest)| {
                scope.spawn(move || {
                    let held = guest.hold(*port, "POST", "/sign-in/code", code).unwrap();
                    ready.wait();
                    held.answer().unwrap()
                })
            });
            let racing: Vec<_> = racing.collect();
            racing.into_iter().map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
        });
        let (entered, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.location() == "/account");
        assert_eq!((entered.len(), refused.len()), (1, 2), "{answers:?}");
        for answer in refused {
            answer.is(401);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_three_nodes_are_as_many_as_at_one() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let person = world.enrolled("zofie@example.org").await;
    world.stop();
    let nodes = installation.nodes(3);
    let wrong = [("code", &*person.wrong_code_of_now())];
    let mut waiting: Vec<_> = nodes.iter().map(|node| Guest::pending(node.port, &person)).collect();
    for nth in 0..FREE {
        waiting[nth % 3].post(nodes[nth % 3].port, "/sign-in/code", &wrong).is(401);
    }
    for (guest, node) in waiting.iter_mut().zip(&nodes) {
        guest.post(node.port, "/sign-in/code", &wrong).is(429);
        // While locked, the right one is not looked at either.
        guest.post(node.port, "/sign-in/code", &[("code", &person.code_of_now(0))]).is(429);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ended_or_forgotten_at_one_node_is_so_at_every_node_with_the_next_request() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let mut people = Vec::new();
    for name in ["anna", "boris", "cilka"] {
        people.push(world.enrolled(&format!("{name}@example.org")).await);
    }
    world.stop();
    let nodes = installation.nodes(3);
    let [one, two, three] = [nodes[0].port, nodes[1].port, nodes[2].port];
    let everywhere = |guest: &Guest| [one, two, three].map(|port| guest.is_signed_in(port));
    let [anna, boris, cilka] = &people[..] else { panic!("three people") };

    // Signed out.
    let mut laptop = Guest::signed_in(one, anna, &anna.code_of_now(0));
    let copy = laptop.clone();
    assert_eq!(everywhere(&copy), [true; 3]);
    laptop.post(two, "/sign-out", &[]).leads_to("/sign-in");
    assert_eq!(everywhere(&copy), [false; 3]);

    // Ended from another browser.
    let laptop = Guest::signed_in(one, boris, &boris.code_of_now(0));
    let mut phone = Guest::signed_in(two, boris, &boris.code_of_now(1));
    assert_eq!(everywhere(&laptop), [true; 3]);
    phone.post(two, "/account/sessions/end-others", &[]).leads_to("/account");
    assert_eq!((everywhere(&laptop), everywhere(&phone)), ([false; 3], [true; 3]));

    // Forgotten.
    let mut laptop = Guest::pending(one, cilka);
    let remember = [("code", &*cilka.code_of_now(0)), ("remember", "on")];
    laptop.post(one, "/sign-in/code", &remember).leads_to("/account");
    for port in [two, three, one] {
        laptop.post(port, "/sign-out", &[]).leads_to("/sign-in");
        laptop.type_password(port, cilka).leads_to("/account");
    }
    let mut phone = Guest::signed_in(two, cilka, &cilka.code_of_now(1));
    phone.post(two, "/account/two-factor/devices/forget-all", &[]).leads_to("/account");
    for port in [three, one, two] {
        laptop.type_password(port, cilka).leads_to("/sign-in/code");
    }
}

//! The database dies under load, and its standby takes over.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::guest::Guest;
use crate::installation::Installation;
use crate::node::{Node, program};
use crate::pair::Pair;
use crate::person::Person;

/// How many sign-ins are answered before the primary is killed, and at least so many after the standby took over.
const EACH: usize = 12;

/// Somebody's code that was posted, and what was answered in the end.
struct Posted<'a> {
    person: &'a Person,
    code: String,
    /// The browser that it signed in; nothing where an earlier try had spent it, whose answer was lost.
    entered: Option<Guest>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_primary_is_killed_under_sign_ins_and_with_the_standby_nothing_is_lost_and_no_code_is_good_twice()
{
    let mut pair = Pair::start();
    let installation = Installation::on(pair.url());
    let world = installation.world();
    let mut people = Vec::new();
    for nth in 0..3 * EACH {
        people.push(world.enrolled(&format!("person{nth}@example.org")).await);
    }
    world.stop();
    let nodes = installation.nodes(2);
    // The passwords beforehand: then commits are what the load consists of.
    let waiting = people.iter().zip(nodes.iter().cycle());
    let waiting = waiting.map(|(person, node)| (person, Guest::pending(node.port, person)));
    let waiting = Mutex::new(waiting.collect::<VecDeque<_>>());
    let (posted, unavailable) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let answered = || posted.lock().unwrap().len();
    let aimed = pair.aim_at_primary();
    std::thread::scope(|scope| {
        let working: Vec<_> = nodes
            .iter()
            .chain(&nodes)
            .map(|node| {
                scope.spawn(|| {
                    while let Some((person, guest)) = { waiting.lock().unwrap().pop_front() } {
                        let done = sign_in(node, person, guest, &unavailable);
                        posted.lock().unwrap().push(done);
                    }
                })
            })
            .collect();
        let until = |reached: &dyn Fn() -> bool| {
            while !reached() {
                assert!(!working.iter().any(|worker| worker.is_finished()), "{}", nodes[0].told());
                std::thread::yield_now();
            }
        };
        until(&|| answered() >= EACH);
        pair.kill_primary(&aimed);
        until(&|| unavailable.load(Ordering::SeqCst) > 0);
        let before = answered();
        pair.promote();
        println!("{before} codes were answered before");
        assert!(before + EACH <= people.len(), "{before}");
    });
    let posted = posted.into_inner().unwrap();
    let entered = posted.iter().filter(|done| done.entered.is_some()).count();
    println!("{} codes, {entered} sessions, {unavailable:?} times 503", posted.len());

    let mut said_so = 0;
    for (done, node) in posted.iter().zip(nodes.iter().cycle()) {
        if let Some(guest) = &done.entered {
            assert!(guest.is_signed_in(node.port), "{}: {}", done.person.email, node.told());
        }
        let mut again = Guest::pending(node.port, done.person);
        let page = again.post(node.port, "/sign-in/code", &[("code", &done.code)]);
        page.is(401);
        // As long as it would be right, it is the replay that is refused.
        if (-1..=1).any(|steps| done.person.code_of_now(steps) == done.code) {
            assert!(page.text.contains("already"), "{}: {page:?}", done.person.email);
            said_so += 1;
        }
    }
    assert!(said_so > 0, "no code was still good when it was posted again");
    for (number, node) in nodes.into_iter().enumerate() {
        node.stop();
        let again = installation.node(number, 0, "http://localhost");
        assert!(!again.told().contains("older backup"), "{}", again.told());
    }
    let verified = program(&installation.directory(0), &pair.url(), &["events", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_standby_is_gone_nothing_is_acknowledged_and_all_goes_on_when_it_is_back() {
    let mut pair = Pair::start();
    let installation = Installation::on(pair.url());
    let world = installation.world();
    let (anna, boris) = (world.enrolled("anna@example.org").await, world.enrolled("boris@example.org").await);
    world.stop();
    let nodes = installation.nodes(2);
    let [one, other] = [nodes[0].port, nodes[1].port];
    let open = Guest::signed_in(one, &anna, &anna.code_of_now(0));
    let mut late = Guest::pending(one, &boris);
    let code = boris.code_of_now(0);

    pair.kill_standby();
    let page = late.post(one, "/sign-in/code", &[("code", &code)]);
    assert_eq!(page.is(503).headers("retry-after"), ["5"]);
    // Whoever reads waits for no standby.
    assert_eq!([one, other].map(|port| open.is_signed_in(port)), [true; 2], "{}", nodes[0].told());
    Guest::default().type_password(other, &anna).is(503);

    pair.start_standby();
    let mut again = Guest::default();
    while again.type_password(other, &boris).status == 503 {}
    // What was answered with 503 happened whole, or not at all; the code is good once, whichever it was.
    let entered = [one, other].map(|port| {
        let page = Guest::pending(port, &boris).post(port, "/sign-in/code", &[("code", &code)]);
        page.location() == "/account"
    });
    let spent = entered.iter().filter(|entered| **entered).count();
    assert!(spent <= 1, "{entered:?}");
    again.post(other, "/sign-in/code", &[("code", &boris.code_of_now(1))]).leads_to("/account");
}

/// Posts a code, and as long as nothing is answered but that the service is not available, signs in anew with the same.
fn sign_in<'a>(node: &Node, person: &'a Person, mut guest: Guest, unavailable: &AtomicUsize) -> Posted<'a> {
    let code = person.code_of_now(0);
    let mut tries = 0;
    loop {
        let page = match tries {
            0 => guest.post(node.port, "/sign-in/code", &[("code", &code)]),
            _ => match guest.type_password(node.port, person) {
                page if page.status == 503 => page,
                page => {
                    page.leads_to("/sign-in/code");
                    guest.post(node.port, "/sign-in/code", &[("code", &code)])
                }
            },
        };
        let entered = match page.status {
            503 => {
                tries += 1;
                unavailable.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            401 if tries > 0 => None,
            _ => {
                page.leads_to("/account");
                Some(guest)
            }
        };
        return Posted { person, code, entered };
    }
}

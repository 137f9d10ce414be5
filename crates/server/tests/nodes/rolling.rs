//! A rolling restart: one node after the other, under load.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::guest::Guest;
use crate::installation::Installation;
use crate::node::free_port;
use crate::own_database::OwnDatabase;
use crate::person::Person;
use crate::proxy::Proxy;

/// How many people there are, each with one browser that never rests.
const PEOPLE: usize = 6;
/// How many answers they get between one restart and the next.
const BETWEEN: usize = 40;

/// Sets this when it is dropped, also by a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_after_the_other_is_restarted_under_load_and_every_request_is_answered() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let mut people = Vec::new();
    for nth in 0..PEOPLE {
        people.push(world.enrolled(&format!("person{nth}@example.org")).await);
    }
    world.stop();
    let port = free_port();
    let public_url = format!("http://localhost:{port}");
    let mut nodes: Vec<_> = (0..3).map(|number| Some(installation.node(number, 0, &public_url))).collect();
    let proxy = Proxy::start(port, &nodes.iter().flatten().map(|node| node.port).collect::<Vec<_>>());
    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let over = Over(&over);
        let working: Vec<_> = people
            .iter()
            .map(|person| scope.spawn(|| sign_in_and_out(port, person, over.0, &answered)))
            .collect();
        for number in (0..3).chain(0..3) {
            let enough = answered.load(Ordering::SeqCst) + BETWEEN;
            while answered.load(Ordering::SeqCst) < enough {
                assert!(!working.iter().any(|worker| worker.is_finished()), "{}", proxy.told());
                std::thread::yield_now();
            }
            let node = nodes[number].take().unwrap();
            let its_port = node.port;
            node.stop();
            nodes[number] = Some(installation.node(number, its_port, &public_url));
        }
    });
    println!("{answered:?} requests were answered");
}

/// Signs in with a code, is remembered, and from then on with the password, over and over.
fn sign_in_and_out(port: u16, person: &Person, over: &AtomicBool, answered: &AtomicUsize) {
    let mut guest = Guest::pending(port, person);
    let remember = [("code", &*person.code_of_now(0)), ("remember", "on")];
    guest.post(port, "/sign-in/code", &remember).leads_to("/account");
    while !over.load(Ordering::SeqCst) {
        guest.get(port, "/account").is(200);
        guest.post(port, "/sign-out", &[]).leads_to("/sign-in");
        guest.type_password(port, person).leads_to("/account");
        answered.fetch_add(3, Ordering::SeqCst);
    }
}

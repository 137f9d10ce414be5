//! A node falls silent while it holds the lock of the writers.

use std::time::Duration;

use tokio::time::Instant;

use crate::guest::Guest;
use crate::installation::Installation;
use crate::node::Node;
use crate::own_database::OwnDatabase;
use crate::wire::Wire;

/// What the server allows somebody who holds the lock and says nothing.
const ALLOWED: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_falls_silent_with_the_lock_of_the_writers_holds_the_others_up_for_three_seconds_and_refuses_nobody()
 {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let mut people = Vec::new();
    for name in ["anna", "boris", "cilka", "dana"] {
        people.push(world.enrolled(&format!("{name}@example.org")).await);
    }
    world.stop();
    let url = database.url();
    let server = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap();
    let wire = Wire::to(server.parse().unwrap());
    let other = installation.node(1, 0, "http://localhost");
    let through_the_wire = url.replace(&format!(":{server}/"), &format!(":{}/", wire.port));
    let node = Node::start(&installation.settled(0), &through_the_wire, 0, "http://localhost");

    let cut_off = Guest::pending(node.port, &people[0]);
    let waiting: Vec<_> =
        people[1..].iter().map(|person| (person, Guest::pending(other.port, person))).collect();
    wire.falls_silent();
    std::thread::scope(|scope| {
        let (mut guest, port, code) = (cut_off.clone(), node.port, people[0].code_of_now(0));
        // Whatever it writes next is the transaction that never ends: this, or its own housekeeping.
        let lost = scope.spawn(move || guest.post(port, "/sign-in/code", &[("code", &*code)]).status);
        while !wire.is_silent() {
            std::thread::yield_now();
        }
        let began = Instant::now();
        let answers: Vec<_> = waiting
            .into_iter()
            .map(|(person, mut guest)| {
                let (port, code) = (other.port, person.code_of_now(0));
                scope.spawn(move || {
                    guest.post(port, "/sign-in/code", &[("code", &*code)]).leads_to("/account");
                    began.elapsed()
                })
            })
            .collect();
        for answer in answers {
            let waited = answer.join().unwrap();
            assert!(waited > ALLOWED / 2, "{waited:?}: nobody held the lock");
            assert!(waited < ALLOWED + Duration::from_secs(2), "{waited:?}");
        }
        // It is told that nothing was decided, unless it was only the housekeeping that was cut off.
        assert!([303, 503].contains(&lost.join().unwrap()), "{}", node.told());
    });

    // By new connections the silent one is as good as the others: what it had not committed was undone.
    let mut again = Guest::pending(node.port, &people[0]);
    let next = [("code", &*people[0].code_of_now(1))];
    again.post(node.port, "/sign-in/code", &next).leads_to("/account");
    assert!(again.is_signed_in(other.port));
}

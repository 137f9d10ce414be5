//! Keys that are rotated over nodes with files of their own, none of which is stopped.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::guest::Guest;
use crate::installation::Installation;
use crate::own_database::OwnDatabase;
use crate::person::Person;

/// Copies the keyring as an operator does: whole, beside the old one, and then in its place.
fn copy_keyring(installation: &Installation, from: usize, to: usize) {
    let [from, to] = [from, to].map(|number| installation.settled(number).join("keyring"));
    let draft = to.with_extension("new");
    fs::copy(from, &draft).unwrap();
    fs::rename(draft, to).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_added_copied_and_takes_over_while_three_nodes_with_files_of_their_own_go_on() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let mut people = Vec::new();
    for name in ["anna", "boris", "cilka"] {
        people.push(world.enrolled_with_codes(&format!("{name}@example.org")).await);
    }
    world.stop();
    let nodes = installation.nodes(3);
    let ports = [nodes[0].port, nodes[1].port, nodes[2].port];
    let (over, opened) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _over = Over(&over);
        let working: Vec<_> = people
            .iter()
            .map(|person| scope.spawn(|| has_secrets_opened(ports, person, &over, &opened)))
            .collect();
        let mut unused =
            people.iter().flat_map(|person| person.recovery_codes.iter().map(move |code| (person, code)));
        let mut recover_at_every_node = || {
            for (port, (person, code)) in ports.into_iter().zip(&mut unused) {
                let mut guest = Guest::pending(port, person);
                guest.post(port, "/sign-in/recovery-code", &[("recovery_code", code)]).leads_to("/account");
            }
        };

        // Made at one machine alone: nothing takes over, and it says where the key is missing.
        let (done, told) = installation.command(0, &["keys", "add"]);
        assert!(done && told.contains("does not seal yet") && told.contains("every other machine"), "{told}");
        let key = told.split("the key ").nth(1).unwrap().split(':').next().unwrap().to_owned();
        let (done, told) = installation.command(0, &["keys", "add"]);
        assert!(done && told.contains(&format!("{key} waits already")), "one is enough: {told}");
        copy_keyring(&installation, 0, 1);
        let (done, told) = installation.command(0, &["keys", "rotate"]);
        assert!(!done && told.contains(&format!("{key} waits to take over")), "{told}");
        assert!(told.contains(&format!(":{} is without it", ports[2])), "{told}");
        assert!(
            !told.contains(&format!(":{}", ports[1])) && !told.contains(&format!(":{}", ports[0])),
            "{told}"
        );
        let (done, told) = installation.command(0, &["keys", "list"]);
        assert!(
            done && told.contains("waits to take over")
                && told.contains("12 secret(s)") | told.contains("6 secret(s)"),
            "{told}"
        );

        // Everywhere: from any machine it takes over, and nobody was stopped.
        copy_keyring(&installation, 0, 2);
        let (done, told) = installation.command(1, &["keys", "rotate"]);
        assert!(done && told.contains(&format!("The key {key} seals from now on")), "{told}");
        recover_at_every_node();
        let enough = opened.load(Ordering::SeqCst) + 30;
        while opened.load(Ordering::SeqCst) < enough {
            assert!(!working.iter().any(|worker| worker.is_finished()));
            std::thread::yield_now();
        }
    });
    println!("secrets were opened {opened:?} times");

    // The other machines still have the old key, which opens nothing. With the copy it is gone there too.
    for number in [0, 2] {
        copy_keyring(&installation, 1, number);
        let (done, told) = installation.command(number, &["keys", "list"]);
        assert!(done && told.lines().count() == 1 && told.contains("seals since"), "{told}");
    }
    let phone = Guest::signed_in(ports[2], &people[2], &people[2].code_of_now(0));
    assert!(phone.is_signed_in(ports[0]));
    let (sound, told) = installation.command(2, &["check"]);
    assert!(sound, "{told}");
}

/// Sets this when it is dropped, also by a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Has its secrets opened at every node in turn, over and over: what is typed is too short to be a code, which is found
/// out when they are open, and costs nothing.
fn has_secrets_opened(ports: [u16; 3], person: &Person, over: &AtomicBool, opened: &AtomicUsize) {
    let mut guest = Guest::pending(ports[0], person);
    for port in ports.into_iter().cycle() {
        guest.post(port, "/sign-in/code", &[("code", "12345")]).is(400);
        opened.fetch_add(1, Ordering::SeqCst);
        if over.load(Ordering::SeqCst) {
            return;
        }
    }
}

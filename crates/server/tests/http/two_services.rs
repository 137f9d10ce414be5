//! Two services, each a process of its own, over one database: what one of them has spent or counted the other knows,
//! and so does whoever is started when both were killed.

use std::collections::BTreeMap;
use std::sync::Barrier;

use countersign_server::clock::{Clock as _, WallClock};

use crate::person::{Person, code_of};
use crate::processes::{Serving, installation};
use crate::world::{MINUTE, PASSWORD, STEP, World};

/// A browser in which the password was right, and the service that it goes on with.
type Waiting<'a> = (&'a Serving, BTreeMap<String, String>);

/// So many sign-ins in which the password was right, at either service in turn.
fn waiting<'a>(servers: &'a [Serving; 2], person: &Person, count: usize) -> Vec<Waiting<'a>> {
    let password = [("email", person.email.as_str()), ("password", PASSWORD)];
    let begin = |server: &'a Serving| {
        let mut jar = BTreeMap::new();
        let after = server.post("/sign-in", &password, &mut jar);
        assert_eq!(after, (303, "/sign-in/code".to_owned()), "{}", server.told());
        (server, jar)
    };
    servers.iter().cycle().take(count).map(begin).collect()
}

/// The answers to all of them, sent at once: the statuses in order.
fn at_once(waiting: Vec<Waiting<'_>>, path: &str, field: (&str, &str)) -> Vec<u16> {
    let together = Barrier::new(waiting.len());
    let send = |(server, mut jar): Waiting<'_>| {
        together.wait();
        server.post(path, &[field], &mut jar).0
    };
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let senders: Vec<_> = waiting.into_iter().map(|one| scope.spawn(|| send(one))).collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}

/// What the app shows at the machine's moment.
fn right(person: &Person) -> String {
    code_of(&person.key(), WallClock.now_ms())
}

/// What it shows neither now nor within the next minute.
fn wrong(person: &Person) -> String {
    let now = WallClock.now_ms();
    let shown: Vec<String> = (-1..=3).map(|steps| code_of(&person.key(), now + steps * STEP)).collect();
    (0..10).map(|n| format!("{n:06}")).find(|code| !shown.contains(code)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b3_of_twenty_sign_ins_with_one_code_at_two_processes_one_gets_in_and_a_kill_gives_no_code_back() {
    let (stopped, _, people) = installation(1).await;
    let (data, person) = (stopped.data(), &people[0]);
    let servers = ["one", "other"].map(|name| Serving::start(&data, name));
    let twenty = waiting(&servers, person, 20);
    let code = right(person);
    let statuses = at_once(twenty, "/sign-in/code", ("code", &code));
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [303, 401, 429].contains(status)), "{statuses:?}");
    drop(servers);
    let again = Serving::start(&data, "again");
    let (status, _) = again.signs_in(&person.email, "/sign-in/code", ("code", &code));
    assert!([401, 429].contains(&status), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b7_of_eight_sign_ins_with_one_recovery_code_at_two_processes_one_gets_in_and_none_after_a_kill() {
    let (stopped, owner, _) = installation(0).await;
    let data = stopped.data();
    let servers = ["one", "other"].map(|name| Serving::start(&data, name));
    let field = ("recovery_code", owner.recovery_codes[3].as_str());
    let statuses = at_once(waiting(&servers, &owner, 8), "/sign-in/recovery-code", field);
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    drop(servers);
    let again = Serving::start(&data, "again");
    let (status, _) = again.signs_in(&owner.email, "/sign-in/recovery-code", field);
    assert!([401, 429].contains(&status), "{status}");
    let another = ("recovery_code", owner.recovery_codes[4].as_str());
    let after = again.signs_in(&owner.email, "/sign-in/recovery-code", another);
    assert_eq!(after, (303, "/account".to_owned()), "{}", again.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c1_c9_five_wrong_codes_at_two_processes_are_five() {
    let (stopped, _, people) = installation(1).await;
    let (data, person) = (stopped.data(), &people[0]);
    let servers = ["one", "other"].map(|name| Serving::start(&data, name));
    let before = WallClock.now_ms();
    for server in servers.iter().cycle().take(5) {
        let (status, _) = server.signs_in(&person.email, "/sign-in/code", ("code", &wrong(person)));
        assert_eq!(status, 401, "{}", server.told());
    }
    drop(servers);
    // Whoever looks has a clock that stands, so that half a minute cannot pass meanwhile.
    let world = stopped.start();
    world.clock.set(before);
    let page = world.one_pending(person).await.post("/sign-in/code", &[("code", &person.code())]).await;
    page.is(429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c4_c5_c9_a_wait_that_one_process_began_holds_at_the_other_and_after_a_kill() {
    // Eleven wrong codes, the last an hour ago: with the twelfth begins a wait of an hour, longer than any test.
    let world = World::at(WallClock.now_ms() - 11 * 60 * MINUTE);
    let person = world.enrolled("zofie@example.org").await;
    for _ in 0..11 {
        let mut browser = world.one_pending(&person).await;
        browser.post("/sign-in/code", &[("code", &person.wrong_code())]).await.is(401);
        drop(browser);
        world.pass(60 * MINUTE);
    }
    let stopped = world.stop();
    let data = stopped.data();
    let servers = ["one", "other"].map(|name| Serving::start(&data, name));
    let statuses = at_once(waiting(&servers, &person, 20), "/sign-in/code", ("code", &wrong(&person)));
    assert_eq!((statuses[0], &statuses[1..]), (401, &[429; 19][..]), "one of twenty guesses is answered");
    for server in &servers {
        let after = server.signs_in(&person.email, "/sign-in/code", ("code", &right(&person)));
        assert_eq!(after.0, 429, "{}", server.told());
    }
    drop(servers);
    let again = Serving::start(&data, "again");
    let after = again.signs_in(&person.email, "/sign-in/code", ("code", &right(&person)));
    assert_eq!(after.0, 429, "{}", again.told());
}

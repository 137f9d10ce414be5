//! A node whose high-water mark is missing: a new one, or one of a database that was put back.

use std::fs;

use crate::guest::Guest;
use crate::installation::Installation;
use crate::own_database::OwnDatabase;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_node_without_a_mark_does_not_start_and_ends_nobodys_session_until_somebody_says_it_is_a_restore()
 {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    let world = installation.world();
    let person = world.enrolled("zofie@example.org").await;
    world.stop();
    let first = installation.node(0, 0, "http://localhost");
    let laptop = Guest::signed_in(first.port, &person, &person.code_of_now(0));
    let mark = installation.settled(1).join("high-water");
    fs::remove_file(&mark).unwrap();

    // Not by any command, and the check says the same.
    for words in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["account", "list"], &["keys", "rotate"], &["check"]]
    {
        let (done, told) = installation.command(1, words);
        assert!(!done && told.contains("is missing, and this database has had one"), "{words:?}: {told}");
        assert!(told.contains("copy the file high-water of a running node"), "{words:?}: {told}");
        assert!(!mark.exists(), "{words:?}");
    }
    // While another node runs nothing can have been restored.
    let (done, told) = installation.command(1, &["database", "restored"]);
    assert!(!done && told.contains(&format!(":{} serve(s)", first.port)) && !mark.exists(), "{told}");
    assert!(laptop.is_signed_in(first.port));

    // What helps a new node.
    fs::copy(installation.settled(0).join("high-water"), &mark).unwrap();
    let second = installation.node(1, 0, "http://localhost");
    assert!(laptop.is_signed_in(second.port));
    second.stop();
    first.stop();

    // And what is to be said of a restored one, once, on one machine.
    fs::remove_file(&mark).unwrap();
    let (done, told) = installation.command(1, &["database", "restored"]);
    assert!(done && told.contains("Done. Lost:") && told.contains("to every other node"), "{told}");
    let (done, told) = installation.command(1, &["database", "restored"]);
    assert!(done && told.contains("Nothing to do"), "{told}");
    let second = installation.node(1, 0, "http://localhost");
    assert!(!laptop.is_signed_in(second.port));
}

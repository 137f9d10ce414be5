//! Nodes say that they are there, and are forgotten when they are silent.

use countersign::{NodeId, Span, Timestamp, clock_difference::ClockDifference};
use countersign_store::nodes::{LIVES, Node};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::house::House;

fn node(seed: u64, name: &str, ahead: i64) -> Node {
    Node {
        id: NodeId::fresh(Timestamp::from_seconds(1), &mut StdRng::seed_from_u64(seed)),
        name: name.to_owned(),
        version: "1.2.3".to_owned(),
        clock: ClockDifference::of(ahead, Span::milliseconds(2)),
        keys: vec!["k-1".to_owned(), "k-2".to_owned()],
    }
}

/// What the server's clock shows, by somebody whose own shows nothing of worth.
async fn server_clock(store: &countersign_store::Store) -> Timestamp {
    let zero = Timestamp::from_milliseconds(0);
    store.compare_clocks(|| zero).await.unwrap().unwrap().theirs(zero)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_are_there_as_long_as_they_say_so_and_by_the_clock_of_the_database() {
    let house = House::on_postgres();
    let (store, other) = (house.open(), house.open());
    assert_eq!(store.nodes().await.unwrap(), []);
    let now = server_clock(&store).await;
    // Each says it by its own clock, which is off by minutes.
    let (fast, slow) = (node(1, "a", 240_000), node(2, "b", -300_000));
    store.tell_of_node(&fast, now + Span::minutes(4)).await.unwrap();
    other.tell_of_node(&slow, now - Span::minutes(5)).await.unwrap();
    assert_eq!(other.nodes().await.unwrap(), [fast.clone(), slow.clone()]);
    let renamed = Node { name: "c".to_owned(), keys: vec!["k-3".to_owned()], ..fast.clone() };
    store.tell_of_node(&renamed, now + Span::minutes(4)).await.unwrap();
    assert_eq!(store.nodes().await.unwrap(), [slow.clone(), renamed.clone()]);

    store.node_leaves(renamed.id).await.unwrap();
    assert_eq!(store.nodes().await.unwrap(), std::slice::from_ref(&slow));

    // Silent for long, or from a time that has not come: not there, and forgotten by whoever speaks next.
    for seen in ["seen_at - 30000", "seen_at + 90000"] {
        store.tell_of_node(&fast, now + Span::minutes(4)).await.unwrap();
        house.tamper(&format!("UPDATE nodes SET seen_at = {seen} WHERE name = 'a'"));
        assert_eq!(store.nodes().await.unwrap(), std::slice::from_ref(&slow), "{seen}");
        assert_eq!(house.count("nodes"), 2);
        other.tell_of_node(&slow, now - Span::minutes(5)).await.unwrap();
        assert_eq!(house.count("nodes"), 1, "{seen}");
    }
    assert_eq!(LIVES, Span::seconds(30));
}

#[tokio::test]
async fn on_sqlite_there_is_no_other_clock_and_nobody_is_listed() {
    let house = House::on_sqlite();
    let store = house.open();
    assert_eq!(store.compare_clocks(|| Timestamp::from_seconds(1)).await.unwrap(), None);
    store.tell_of_node(&node(1, "a", 0), Timestamp::from_seconds(1)).await.unwrap();
    assert_eq!(store.nodes().await.unwrap(), []);
}

#[tokio::test]
async fn a_clock_that_is_off_is_found_to_be_off_by_that() {
    let house = House::on_postgres();
    let store = house.open();
    let now = server_clock(&store).await;
    // A clock that stands still a minute ahead of the server's: both were read within this test.
    let found = store.compare_clocks(|| now + Span::minutes(1)).await.unwrap().unwrap();
    assert!((50_000..=60_000).contains(&found.ahead()), "{found:?}");
    assert!(found.is_too_large());
}

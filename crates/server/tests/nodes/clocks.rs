//! Nodes whose clocks are apart: it is noticed, and said wherever an operator looks.

use crate::guest::Guest;
use crate::installation::Installation;
use crate::node::{Node, free_port};
use crate::own_database::OwnDatabase;

/// The value of a metric.
fn metric(port: u16, name: &str) -> f64 {
    let text = Guest::default().get(port, "/metrics").text;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in {text}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_off_says_so_in_its_log_its_metrics_and_the_check_of_every_machine() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    installation.world().stop();
    let ports = [free_port(), free_port(), free_port()];
    let node = |number: usize, seconds| {
        let listen = ("COUNTERSIGN_METRICS_LISTEN", format!("127.0.0.1:{}", ports[number]));
        installation.node_ahead(number, seconds, &[listen])
    };
    let mut nodes: Vec<Node> = [(0, 0), (1, 45), (2, -20)].map(|(number, ahead)| node(number, ahead)).into();
    let name = |node: &Node| format!(":{} is ", node.port);

    for (nth, way) in [(1, "45.0 s ahead of"), (2, "20.0 s behind")] {
        nodes[nth].until_it_says(&format!("the clock of this node is {way} the database's"));
    }
    let differences = ports.map(|port| metric(port, "countersign_clock_difference_seconds"));
    for (found, expected) in differences.iter().zip([0.0, 45.0, -20.0]) {
        assert!((found - expected).abs() < 2.0, "{differences:?}");
    }
    for port in ports {
        assert!(metric(port, "countersign_clock_error_seconds") < 1.0);
        assert!((metric(port, "countersign_clock_spread_seconds") - 65.0).abs() < 2.0);
        assert_eq!(metric(port, "countersign_nodes"), 3.0);
    }
    assert!(!nodes[0].told().contains("the clock of this node"), "{}", nodes[0].told());

    // Whichever machine it is asked at.
    let (sound, told) = installation.command(0, &["check"]);
    assert!(!sound && told.contains("2 thing(s) need mending"), "{told}");
    assert!(told.contains("ok         the clock of this machine is 0.0 s"), "{told}");
    for (node, says) in nodes.iter().zip(["0.0 s", "45.0 s ahead of", "20.0 s behind"]) {
        let line = told.lines().find(|line| line.contains(&name(node))).unwrap_or_else(|| panic!("{told}"));
        assert!(line.contains(says) && line.starts_with("wrong") == (says != "0.0 s"), "{told}");
    }

    // Put right, which is said once, as the trouble was.
    nodes[1].move_clock(-45);
    nodes[2].move_clock(20);
    for node in &mut nodes[1..] {
        node.until_it_says("the clock of this node is right again");
        assert_eq!(node.told().matches("right codes may be refused here").count(), 1, "{}", node.told());
    }
    let (sound, told) = installation.command(2, &["check"]);
    assert!(sound && !told.contains("wrong"), "{told}");

    // Whoever stops is no node any more.
    for (left, node) in nodes.drain(1..).enumerate() {
        node.stop();
        assert_eq!(metric(ports[0], "countersign_nodes"), f64::from(u8::try_from(2 - left).unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_all_nodes_agree_it_is_the_clock_of_the_database_that_is_off() {
    let database = OwnDatabase::new();
    let installation = Installation::on(database.url());
    installation.world().stop();
    let mut nodes = [0, 1].map(|number| installation.node_ahead(number, 90, &[]));
    for node in &mut nodes {
        node.until_it_says("90.0 s ahead of the database's");
    }
    let (sound, told) = installation.command(0, &["check"]);
    assert!(!sound && told.contains("the nodes agree with one another"), "{told}");
}

//! The service, watched: what `/metrics` says, to whom, and of whom it says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use countersign_server::clock::{Clock as _, WallClock};

use crate::person::code_of;
use crate::processes::{Serving, installation, program};
use crate::world::PASSWORD;

/// What is answered to a GET with these headers.
fn get(port: u16, path: &str, headers: &str) -> String {
    get_at(SocketAddr::from(([127, 0, 0, 1], port)), path, headers)
}

fn get_at(place: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(place).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A service, and where its metrics are: at a loopback address of this test's own, where nobody else takes the port
/// between its being found free and its being used.
fn watched(data: &Path, settings: &[(&str, &str)]) -> (Serving, SocketAddr) {
    let [.., high, low] = std::process::id().to_be_bytes();
    let metrics =
        TcpListener::bind(SocketAddr::from(([127, 1, high, low], 0))).unwrap().local_addr().unwrap();
    let mut command = program(data, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("COUNTERSIGN_METRICS_LISTEN", metrics.to_string());
    command.envs(settings.iter().copied());
    (Serving::of(command, data.with_file_name("watched.log")), metrics)
}

/// The samples: name and labels, value.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let body = text.split_once("\r\n\r\n").unwrap().1;
    let lines = body.lines().filter(|line| !line.starts_with('#') && line.contains("countersign"));
    lines
        .filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name, value.parse().unwrap_or_else(|_| panic!("{line}"))))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted_and_nobody_is_named() {
    let (stopped, owner, people) = installation(1).await;
    let data = stopped.data();
    let (service, metrics) = watched(&data, &[]);
    let person = &people[0];
    let before = get_at(metrics, "/metrics", "");
    assert!(before.starts_with("HTTP/1.1 200") && before.ends_with("# EOF\n"), "{before}");
    assert_eq!(samples(&before)["countersign_attempts_total{what=\"code\",outcome=\"wrong\"}"], 0.0);

    let right = || code_of(&person.key(), WallClock.now_ms());
    let wrong = (0..).map(|n| format!("{n:06}")).find(|code| {
        (-1..=2).all(|steps| *code != code_of(&person.key(), WallClock.now_ms() + steps * 30_000))
    });
    let wrong = wrong.unwrap();
    assert_eq!(service.signs_in(&person.email, "/sign-in/code", ("code", &wrong)).0, 401);
    assert_eq!(service.signs_in(&person.email, "/sign-in/code", ("code", &right())).0, 303);
    for _ in 0..2 {
        let code = ("recovery_code", owner.recovery_codes[0].as_str());
        service.signs_in(&owner.email, "/sign-in/recovery-code", code);
    }
    let nobody = [("email", "nobody@example.net"), ("password", "not the password")];
    assert_eq!(service.post("/sign-in", &nobody, &mut BTreeMap::new()).0, 401);
    for hole in ["/wp-login.php", "/account/sessions/0192abcd/end", "/sign-in?email=eva@example.org"] {
        get(service.port, hole, "");
    }
    let text = get_at(metrics, "/metrics", "");
    let found = samples(&text);
    for (name, expected) in [
        ("countersign_attempts_total{what=\"code\",outcome=\"wrong\"}", 1.0),
        ("countersign_attempts_total{what=\"code\",outcome=\"right\"}", 1.0),
        ("countersign_attempts_total{what=\"recovery-code\",outcome=\"spent\"}", 1.0),
        ("countersign_attempts_total{what=\"password\",outcome=\"wrong\"}", 1.0),
        ("countersign_attempts_total{what=\"password\",outcome=\"right\"}", 4.0),
        ("countersign_sign_ins_total{method=\"code\"}", 1.0),
        ("countersign_sign_ins_total{method=\"recovery-code\"}", 1.0),
        ("countersign_answers_total{method=\"POST\",route=\"/sign-in\",status=\"303\"}", 4.0),
        ("countersign_answers_total{method=\"POST\",route=\"/sign-in/code\",status=\"401\"}", 1.0),
        ("countersign_answers_total{method=\"GET\",route=\"elsewhere\",status=\"404\"}", 1.0),
        (
            "countersign_answers_total{method=\"GET\",route=\"/account/sessions/{id}/end\",status=\"405\"}",
            1.0,
        ),
        ("countersign_answer_seconds_count{method=\"POST\"}", 9.0),
        ("countersign_database_up", 1.0),
        ("countersign_hashing_waiting", 0.0),
        ("countersign_scripts_total{outcome=\"failed\"}", 0.0),
        ("countersign_outbox_letters{state=\"given-up\"}", 0.0),
        ("countersign_webhook_endpoints{state=\"off\"}", 0.0),
        ("countersign_webhook_messages_waiting", 0.0),
        ("countersign_webhook_messages_given_up", 0.0),
        ("countersign_connections_refused_total", 0.0),
    ] {
        assert_eq!(found.get(name), Some(&expected), "{name} in {text}");
    }
    assert!(
        found["countersign_commits_total"] >= 6.0 && found["countersign_audit_mark_link"] > 0.0,
        "{text}"
    );
    assert!(found["countersign_hashing_wait_seconds_count"] >= 7.0, "{text}");
    assert!(found["countersign_connections_most"] > 0.0, "{text}");
    let chained = found["countersign_audit_chained_timestamp_seconds"];
    assert!((0.0..60.0).contains(&(WallClock.now().seconds() as f64 - chained)), "{chained}");

    for named in ["@", "example", &person.id.to_string(), "wp-login", "0192abcd", "127.0.0.1", PASSWORD] {
        assert!(!text.contains(named), "{named} in {text}");
    }
    // Every sample is of a family that says what it is, and a family says so once.
    let types: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let families: BTreeSet<&str> = types.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(types.len(), families.len());
    for name in found.keys() {
        let name = name.split('{').next().unwrap();
        let family =
            ["_total", "_count", "_sum", "_bucket", "_info"].iter().find_map(|end| name.strip_suffix(end));
        assert!(families.contains(family.unwrap_or(name)), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_never_reach_them_and_whoever_does_has_the_token() {
    let (stopped, ..) = installation(0).await;
    let data = stopped.data();
    let file = stopped.dir().join("token");
    std::fs::write(&file, "0123456789abcdef\n").unwrap();
    let (service, metrics) = watched(&data, &[("COUNTERSIGN_METRICS_TOKEN_FILE", file.to_str().unwrap())]);
    assert!(get(service.port, "/metrics", "").starts_with("HTTP/1.1 404"));
    let right = "authorization: Bearer 0123456789abcdef\r\n";
    assert!(get(service.port, "/metrics", right).starts_with("HTTP/1.1 404"));
    for wrong in [
        "",
        "authorization: Bearer 0123456789abcdeF\r\n",
        "authorization: Bearer\r\n",
        "authorization: Basic 0123456789abcdef\r\n",
        "authorization: 0123456789abcdef\r\n",
    ] {
        let answer = get_at(metrics, "/metrics", wrong);
        assert!(
            answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate: Bearer"),
            "{answer}"
        );
        assert!(!answer.contains("countersign_"), "{answer}");
    }
    assert!(get_at(metrics, "/metrics", right).starts_with("HTTP/1.1 200"));
    // Nothing else is behind that door.
    for path in ["/", "/sign-in", "/account", "/health"] {
        assert!(get_at(metrics, path, right).starts_with("HTTP/1.1 404"), "{path}");
    }
}

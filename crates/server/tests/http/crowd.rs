//! Crowds at the doors, over real connections: too many sign-ins, too many connections, and a stop in the middle.

use std::fs;
use std::net::SocketAddr;
use std::sync::mpsc;

use countersign::password::Memory;
use countersign_server::clock::{Clock as _, WallClock};
use countersign_server::hasher::Hasher;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::processes::{Serving, program};
use crate::wire::{FORM, Listening, status};
use crate::world::{PASSWORD, World};

/// One hashing thread, and eight places in front of it.
const NARROW: &str = "trusted_proxies = [\"127.0.0.1\"]\n[password]\nhash_threads = 1\nhash_queue = 8\n";

/// Holds the only hashing thread until what comes back is dropped.
async fn hold(hasher: Hasher<Memory>) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let job = move |_: &mut Memory| {
            begin.send(()).unwrap();
            let _ended = released.recv();
        };
        hasher.run(job).await
    });
    begun.await.unwrap();
    release
}

/// A wrong or right sign-in from an address that the proxy tells.
async fn sign_in(at: SocketAddr, from: &str, email: &str, password: &str) -> String {
    let fields = [("email", email), ("password", password)];
    let body = serde_urlencoded::to_string(fields).unwrap();
    let request = format!(
        "POST /sign-in HTTP/1.1\r\n{FORM}x-forwarded-for: {from}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(at, &request).await
}

async fn exchange(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Whoever is refused at the door may hear nothing of it.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_a_flood_of_sign_ins_from_one_address_leaves_a_place_for_others_and_every_page_answers() {
    let world = World::at(WallClock.now_ms());
    let person = world.person("zofie@example.org").await;
    let mut browser = world.browser();
    browser.sign_in(&person).await;
    let session = browser.cookie("session").unwrap();
    drop(browser);
    let stopped = world.stop().with(NARROW);
    let app = stopped.app();
    let hasher = app.hasher.clone();
    let service = Listening::open(app).await;
    let at = service.at;
    let release = hold(hasher).await;

    let mut flood = JoinSet::new();
    for n in 0..300 {
        flood.spawn(async move {
            let email = format!("guess{n}@example.org");
            sign_in(at, "198.51.100.1", &email, "not this one, I fear").await
        });
    }
    let refused = async |flood: &mut JoinSet<String>, count: usize| {
        for _ in 0..count {
            let answer = flood.join_next().await.unwrap().unwrap();
            assert_eq!(status(&answer), 503, "{answer}");
            assert!(answer.contains("retry-after: 5\r\n") && answer.contains("cache-control: no-store\r\n"));
            assert!(!answer.contains("etag") && answer.contains("<h1>Back in a moment</h1>"));
        }
    };
    // All but those eight that have a place. None of them moves while the thread is held.
    refused(&mut flood, 292).await;
    assert_eq!(status(&service.get("/health").await), 200);
    let open = format!(
        "GET /account HTTP/1.1\r\nhost: x\r\ncookie: countersign-session={session}\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(status(&exchange(at, &open).await), 200, "an open session");

    // Somebody from elsewhere gets a place; the latest of the flood loses it.
    let email = person.email.clone();
    let mut other = tokio::spawn(async move { sign_in(at, "203.0.113.5", &email, PASSWORD).await });
    refused(&mut flood, 1).await;
    assert!(!other.is_finished());
    drop(release);
    let answer = (&mut other).await.unwrap();
    assert!(status(&answer) == 303 && answer.contains("location: /account\r\n"), "{answer}");
    for answer in flood.join_all().await {
        assert_eq!(status(&answer), 401, "{answer}");
    }
    service.stop().await;
}

/// The body of a form that comes late.
fn late(nth: usize) -> String {
    format!("email=nobody{nth:02}%40example.org&password=not+this+one")
}

/// A form that is on its way: the service has read the head, and waits for the body.
async fn begin(at: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let length = late(0).len();
    let head =
        format!("POST /sign-in HTTP/1.1\r\n{FORM}content-length: {length}\r\nexpect: 100-continue\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_where_every_place_is_in_use_the_newcomer_is_refused_and_a_stop_finishes_what_was_begun() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::with(&dir, "[connections]\nmost = 16\nbody_seconds = 3600\n").await;
    let at = service.at;
    let mut begun = Vec::new();
    for _ in 0..16 {
        begun.push(begin(at).await);
    }
    let refusal = exchange(at, "").await;
    assert_eq!(status(&refusal), 503, "{refusal}");
    assert!(refusal.contains("retry-after: 5\r\n") && refusal.ends_with("Please try again.\n"), "{refusal}");
    drop(begun.pop());
    // Whoever left makes room, as soon as the service has noticed.
    let silent = loop {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let ask = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
        let mut answer = [0; 15];
        if stream.write_all(ask).await.is_ok()
            && stream.read_exact(&mut answer).await.is_ok()
            && &answer == b"HTTP/1.1 200 OK"
        {
            break stream;
        }
    };
    let stopping = tokio::spawn(service.stop());
    // Nobody new is let in any more, and those who are in get their answers.
    while TcpStream::connect(at).await.is_ok() {}
    for (nth, mut stream) in begun.into_iter().enumerate() {
        assert!(!stopping.is_finished());
        stream.write_all(late(nth).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(status(&answer), 401, "{answer}");
    }
    // The silent connection is still held by its owner, and stops nobody.
    stopping.await.unwrap();
    drop(silent);
}

/// A line of `/proc/PID/status` in KiB.
fn kib(process: u32, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_a_flood_of_sign_ins_takes_no_more_memory_than_its_threads_have() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut command = program(&data, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("COUNTERSIGN_PASSWORD_HASH_THREADS", "2").env("COUNTERSIGN_PASSWORD_HASH_QUEUE", "16");
    let service = Serving::of(command, dir.path().join("one.log"));
    let process = service.process.id();
    let quiet = kib(process, "VmHWM");
    let at = SocketAddr::from(([127, 0, 0, 1], service.port));
    let mut flood = JoinSet::new();
    for n in 0..400 {
        flood.spawn(async move { status(&sign_in(at, "", &format!("n{n}@example.org"), "wrong").await) });
    }
    let statuses = flood.join_all().await;
    let of = |status: u16| statuses.iter().filter(|one| **one == status).count();
    assert!(of(401) >= 16 && of(401) + of(503) == 400, "{statuses:?}");
    // Two threads of 19 MiB; each of 400 connections its buffers; and some air.
    let bound = quiet + 2 * 19 * 1024 + 400 * 80 + 16 * 1024;
    let most = kib(process, "VmHWM");
    assert!(most <= bound, "{most} KiB at most, of which {quiet} before; the bound is {bound}");
    let said = service.told().matches("requests are refused").count();
    assert!((1..=3).contains(&said), "{}", service.told());
}

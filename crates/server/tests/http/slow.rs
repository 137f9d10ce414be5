//! Whoever is slower than anybody needs to be: drop by drop, silent, or not fetching what is ready.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::wire::{FORM, Listening, status};

/// How long a test listens before it says the next byte; no more than a pace.
const PACE: Duration = Duration::from_millis(50);

const QUICK: &str =
    "[connections]\nhead_seconds = 1\nbody_seconds = 1\nidle_seconds = 1\nanswer_seconds = 1\n";

/// Says `begin` at once and then this byte again and again, until the service hangs up. What it said then.
fn drip(at: SocketAddr, begin: &[u8], byte: u8) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PACE)).unwrap();
    stream.write_all(begin).unwrap();
    let mut answer = Vec::new();
    for _ in 0..1200 {
        let mut some = [0; 4096];
        match stream.read(&mut some) {
            Ok(0) => return String::from_utf8(answer).unwrap(),
            Ok(count) => answer.extend_from_slice(&some[..count]),
            Err(waiting) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&waiting.kind()) => {
                let _may_be_over = stream.write_all(&[byte]);
            }
            Err(_) => return String::from_utf8(answer).unwrap(),
        }
    }
    panic!("still connected after a minute of drops");
}

/// Waits until the service hangs up on somebody who says no more. What it said before.
fn listen(at: SocketAddr, begin: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(begin).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

async fn meanwhile<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_whoever_sends_a_request_drop_by_drop_is_cut_off_and_everybody_else_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::with(&dir, QUICK).await;
    let at = service.at;
    let slow = [
        meanwhile_dripping(at, b"GET / HTTP/1.1\r\nx-slow: ", b'a'),
        meanwhile_dripping(at, b"P", b'O'),
        meanwhile_dripping(at, b"", b'\n'),
    ];
    assert_eq!(status(&service.get("/health").await), 200);
    for answer in slow {
        let answer = answer.await.unwrap();
        assert!([0, 400].contains(&status(&answer)), "{answer}");
    }

    // A form that does not arrive is told so in words, and the connection is of no more use.
    let form = format!("POST /sign-in HTTP/1.1\r\n{FORM}content-length: 9000\r\n\r\nemail=");
    let form = form.replace("connection: close\r\n", "").into_bytes();
    let answer = meanwhile(move || drip(at, &form, b'a')).await;
    assert_eq!(status(&answer), 408, "{answer}");
    assert!(answer.contains("<h1>That took too long</h1>") && answer.contains("cache-control: no-store"));
    let chunked = format!("POST /sign-in HTTP/1.1\r\n{FORM}transfer-encoding: chunked\r\n\r\n5\r\n");
    let answer = meanwhile(move || listen(at, chunked.as_bytes())).await;
    assert_eq!(status(&answer), 408, "{answer}");
    service.stop().await;
}

fn meanwhile_dripping(at: SocketAddr, begin: &'static [u8], byte: u8) -> tokio::task::JoinHandle<String> {
    tokio::task::spawn_blocking(move || drip(at, begin, byte))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_connection_is_closed_before_its_first_request_and_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::with(&dir, QUICK).await;
    let at = service.at;
    assert_eq!(meanwhile(move || listen(at, b"")).await, "");
    let two = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = meanwhile(move || listen(at, two)).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_whoever_does_not_fetch_the_answers_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::with(&dir, QUICK).await;
    let at = service.at;
    let cut_off = meanwhile(move || {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_write_timeout(Some(PACE)).unwrap();
        // Asks on and on and reads nothing: first the buffers fill, then the service waits for us, then no more.
        let asked = b"GET /sign-in HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
        let mut written = 0;
        (0..1_000_000).any(|_| match stream.write(&asked[written % asked.len()..]) {
            Ok(count) => {
                written += count;
                false
            }
            Err(waiting) => ![ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&waiting.kind()),
        })
    });
    assert!(cut_off.await);
    assert_eq!(status(&service.get("/health").await), 200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_when_all_places_are_taken_the_silent_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::with(&dir, "[connections]\nmost = 50\nidle_seconds = 3600\n").await;
    let at = service.at;
    let silent: Vec<TcpStream> =
        meanwhile(move || (0..400).map(|_| TcpStream::connect(at).unwrap()).collect()).await;
    for _ in 0..10 {
        assert_eq!(status(&service.get("/health").await), 200);
    }
    let hung_up = meanwhile(move || {
        let hung_up = |mut stream: &TcpStream| {
            stream.set_read_timeout(Some(PACE)).unwrap();
            matches!(stream.read(&mut [0]), Ok(0))
        };
        // The earliest had to leave; the latest are still here, each as silent as the other.
        while !silent.iter().take(350).all(hung_up) {}
        silent.iter().rev().take(40).filter(|stream| hung_up(stream)).count()
    });
    assert_eq!(hung_up.await, 0);
    service.stop().await;
}

//! What only a real connection shows: the service on a port of its own, and a client that keeps to no rule.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use countersign_server::app::App;
use countersign_server::clock::WallClock;
use countersign_server::commands::serve::Service;
use tempfile::TempDir;

use crate::world::config_of;

/// A service that listens, until this is dropped.
pub(crate) struct Listening {
    /// Where.
    pub(crate) at: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<anyhow::Result<()>>,
    invitation: Option<String>,
}

impl Listening {
    async fn start(dir: &TempDir) -> Self {
        Self::with(dir, "").await
    }

    /// The same with these settings (TOML).
    pub(crate) async fn with(dir: &TempDir, settings: &str) -> Self {
        let config = config_of(dir.path(), &format!("listen = \"127.0.0.1:0\"\n{settings}"));
        Self::open(App::open(config, Arc::new(WallClock)).unwrap()).await
    }

    /// The doors of a service that is there already.
    pub(crate) async fn open(app: App) -> Self {
        let service = Service::bind(app).await.unwrap();
        let port: u16 = service.address().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        let invitation = service.invitation.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(service.serve(async { drop(stopped.await) }));
        Self { at: ([127, 0, 0, 1], port).into(), stop: Some(stop), served, invitation }
    }

    /// Sends a whole request as it is and returns whatever comes back until the service closes.
    pub(crate) async fn say(&self, bytes: Vec<u8>) -> String {
        self.exchange(bytes, false).await
    }

    /// Sends bytes as they are and says that no more will follow.
    async fn break_off(&self, bytes: Vec<u8>) -> String {
        self.exchange(bytes, true).await
    }

    async fn exchange(&self, bytes: Vec<u8>, break_off: bool) -> String {
        let at = self.at;
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(at).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let mut writing = stream.try_clone().unwrap();
            let writer = std::thread::spawn(move || {
                // The service may hang up on us before we have said everything.
                let _ = writing.write_all(&bytes);
                if break_off {
                    let _ = writing.shutdown(Shutdown::Write);
                }
            });
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            writer.join().unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        })
        .await
        .unwrap()
    }

    /// Opens an address, on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.say(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").into_bytes())
            .await
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }
}

/// The status of an answer; 0 where there is none.
pub(crate) fn status(answer: &str) -> u16 {
    let line = answer.lines().next().unwrap_or_default();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The head of a form that one of our own pages sends.
pub(crate) const FORM: &str = "host: localhost\r\nsec-fetch-site: same-origin\r\n\
     content-type: application/x-www-form-urlencoded\r\nconnection: close\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i2_ten_megabytes_are_refused_on_the_wire_whether_or_not_their_length_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::start(&dir).await;
    let body = vec![b'1'; 10_000_000];
    let said = format!("POST /sign-in HTTP/1.1\r\n{FORM}content-length: {}\r\n\r\n", body.len());
    let answer = service.say([said.into_bytes(), body].concat()).await;
    assert_eq!(status(&answer), 413, "{answer}");
    assert!(
        answer.contains("That is too much") && answer.contains("content-security-policy: default-src 'none'")
    );

    let mut chunked =
        format!("POST /sign-in HTTP/1.1\r\n{FORM}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..160 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend(std::iter::repeat_n(b'1', 65536));
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let answer = service.say(chunked).await;
    assert_eq!(status(&answer), 413, "{answer}");
    assert_eq!(status(&service.get("/health").await), 200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_garbage_floods_and_half_requests_end_their_own_connection_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::start(&dir).await;
    let many: String = (0..5000).map(|n| format!("x-{n}: y\r\n")).collect();
    let long = format!("cookie: countersign-session={}\r\n", "A".repeat(1_000_000));
    let same: String = (0..90).map(|_| "cookie: countersign-session=A\r\n").collect();
    let whole: [(u16, Vec<u8>); 13] = [
        (400, b"\0\xff\xfe\r\n\r\n".to_vec()),
        (400, b"GET\r\n\r\n".to_vec()),
        (400, b"GET / HTTP/9.9\r\n\r\n".to_vec()),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
        (
            303,
            b"GET http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        (
            403,
            b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        (
            431,
            format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "a".repeat(70_000))
                .into_bytes(),
        ),
        (431, format!("GET / HTTP/1.1\r\nhost: x\r\n{many}connection: close\r\n\r\n").into_bytes()),
        (431, format!("GET / HTTP/1.1\r\nhost: x\r\n{long}connection: close\r\n\r\n").into_bytes()),
        (303, format!("GET /account HTTP/1.1\r\nhost: x\r\n{same}connection: close\r\n\r\n").into_bytes()),
        (
            400,
            format!("POST /sign-in HTTP/1.1\r\n{FORM}content-length: 5\r\ncontent-length: 6\r\n\r\nemail=")
                .into_bytes(),
        ),
        (400, format!("POST /sign-in HTTP/1.1\r\n{FORM}content-length: -1\r\n\r\n").into_bytes()),
        (
            303,
            b"GET /account HTTP/1.1\r\nhost: x\r\ncookie: \xff\xfe=\xff\r\nconnection: close\r\n\r\n"
                .to_vec(),
        ),
    ];
    for (expected, request) in whole {
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        let answer = service.say(request).await;
        assert_eq!(status(&answer), expected, "{shown}: {answer}");
        assert!(!answer.contains("evil.example"), "{shown}: {answer}");
        assert_eq!(status(&service.get("/health").await), 200, "after {shown}");
    }
    let broken_off: [Vec<u8>; 5] = [
        Vec::new(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nhost".to_vec(),
        format!("POST /sign-in HTTP/1.1\r\n{FORM}content-length: 100\r\n\r\nemail=").into_bytes(),
        format!("POST /sign-in HTTP/1.1\r\n{FORM}transfer-encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
    ];
    for request in broken_off {
        let shown = String::from_utf8_lossy(&request).into_owned();
        let answer = service.break_off(request).await;
        assert!([0, 400].contains(&status(&answer)), "{shown}: {answer}");
        assert_eq!(status(&service.get("/health").await), 200, "after {shown}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_prints_a_link_that_opens_and_a_stop_waits_for_nobody_in_vain() {
    let dir = tempfile::tempdir().unwrap();
    let service = Listening::start(&dir).await;
    let link = service.invitation.clone().unwrap();
    assert!(link.starts_with(&format!("http://localhost:{}/sign-up?link=", service.at.port())));
    let path = link.split_once(&format!(":{}", service.at.port())).unwrap().1;
    let answer = service.get(path).await;
    assert_eq!(status(&answer), 200, "{answer}");
    // A second server over the same directory: the newer link counts.
    let other = Listening::start(&dir).await;
    assert_ne!(other.invitation, service.invitation);
    assert_eq!(status(&service.get(path).await), 410);
    other.stop().await;
    service.stop().await;
}

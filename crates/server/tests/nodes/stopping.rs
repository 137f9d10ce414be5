//! A service that is told to stop: whoever was let in is answered.

use std::future::ready;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use countersign_server::commands::serve::Service;
use tokio::sync::oneshot;

use crate::world::{Stopped, World};

/// A connection to the service at this address.
fn connected(at: &str) -> TcpStream {
    let address = at.trim_start_matches("http://").trim_end_matches('/');
    let stream = TcpStream::connect(address.replace("localhost", "127.0.0.1")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Asks for a page, whoever listens by now.
fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
}

/// What is answered until the other side hangs up.
async fn heard(mut stream: TcpStream) -> String {
    let listening = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        // Somebody who is cut off hears what came before.
        let _ = stream.read_to_string(&mut text);
        text
    });
    listening.await.unwrap()
}

/// A service that listens, and the directory that it lives in.
async fn a_service() -> (Service, Stopped) {
    let installation = World::new().stop();
    (Service::bind(installation.app()).await.unwrap(), installation)
}

#[tokio::test]
async fn whoever_was_connected_and_not_yet_greeted_when_the_service_was_told_to_stop_is_answered() {
    let (service, _installation) = a_service().await;
    // The system has them in its queue: they are connected, as far as they can tell.
    let mut waiting: Vec<_> = (0..20).map(|_| connected(&service.address())).collect();
    waiting.iter_mut().for_each(ask);
    let stopping = tokio::spawn(service.serve(ready(())));
    for stream in waiting {
        let answer = heard(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("connection: close"), "{answer:?}");
    }
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_is_kept_is_answered_once_more_and_told_that_it_is_over() {
    let (service, _installation) = a_service().await;
    let (mut kept, mut fresh) = (connected(&service.address()), connected(&service.address()));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(service.serve(async move { drop(stopped.await) }));
    ask(&mut kept);
    let first = tokio::task::spawn_blocking(move || {
        let mut answer = [0; 1024];
        let length = kept.read(&mut answer).unwrap();
        (String::from_utf8_lossy(&answer[..length]).into_owned(), kept)
    });
    let (first, mut kept) = first.await.unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK") && !first.contains("connection: close"), "{first:?}");
    // On its way when the service is told: sent, and not read yet.
    ask(&mut kept);
    ask(&mut fresh);
    stop.send(()).unwrap();
    for stream in [kept, fresh] {
        let answer = heard(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("connection: close"), "{answer:?}");
    }
    serving.await.unwrap().unwrap();
}

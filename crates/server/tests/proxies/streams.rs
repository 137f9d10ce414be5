//! Long things: uploads and WebSockets.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::scene::Scene;
use crate::visitor::{Visitor, WIKI};

const UPLOAD: usize = 8 * 1024 * 1024;

async fn uploads_reach_the_application_from_members_alone(scene: Scene) {
    let person = scene.member().await;
    let (mut member, mut nobody) = (scene.visitor(), scene.visitor());
    let asked = member.opens(WIKI, "/");
    member.signs_in(&person, &asked).is(200);
    let reached = scene.application.reached();
    let (says, body) = (format!("content-length: {UPLOAD}\r\n"), "x".repeat(UPLOAD));
    nobody.send(WIKI, "PUT", "/file", &says, &body).is(401);
    assert_eq!(scene.application.reached(), reached);
    member.send(WIKI, "PUT", "/file", &says, &body).is(200).says(&format!("and {UPLOAD} bytes"));
}

/// Opens a WebSocket: what came back at once, and the connection.
fn upgrade(visitor: &Visitor, scene: &Scene) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(scene.place).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!(
        "GET /live HTTP/1.1\r\nhost: {WIKI}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        visitor.cookies(WIKI)
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        answer.extend(byte);
    }
    (String::from_utf8(answer).unwrap(), stream)
}

async fn a_websocket_is_asked_about_when_it_opens(scene: Scene) {
    let person = scene.member().await;
    let mut member = scene.visitor();
    let (refused, _) = upgrade(&member, &scene);
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert_eq!(scene.application.reached(), 0);
    let asked = member.opens(WIKI, "/");
    member.signs_in(&person, &asked).is(200);
    let (opened, mut stream) = upgrade(&member, &scene);
    assert!(opened.starts_with("HTTP/1.1 101 "), "{opened}\n{}", scene.told());
    // What the document says of open ones: they stay.
    member.signs_out();
    stream.write_all(b"ping").unwrap();
    let mut back = [0; 4];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"ping");
    assert!(upgrade(&member, &scene).0.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn uploads_behind_nginx() {
    uploads_reach_the_application_from_members_alone(Scene::nginx().await).await;
}

#[tokio::test]
async fn uploads_behind_caddy() {
    uploads_reach_the_application_from_members_alone(Scene::caddy().await).await;
}

#[tokio::test]
async fn websockets_behind_nginx() {
    a_websocket_is_asked_about_when_it_opens(Scene::nginx().await).await;
}

#[tokio::test]
async fn websockets_behind_caddy() {
    a_websocket_is_asked_about_when_it_opens(Scene::caddy().await).await;
}

/// nginx keeps the connection of its questions: without that, each would cost a new one.
#[tokio::test]
async fn nginx_asks_on_a_connection_that_it_keeps() {
    let scene = Scene::nginx().await;
    let person = scene.member().await;
    let mut member = scene.visitor();
    let asked = member.opens(WIKI, "/");
    member.signs_in(&person, &asked).is(200);
    let before = connections_to(scene.countersign);
    for _ in 0..50 {
        member.get(WIKI, "/").is(200);
    }
    let new = connections_to(scene.countersign).difference(&before).count();
    assert!(new < 25, "{new} connections for 50 questions");
}

/// The other ends of a place's connections: of those that are open, and of those that were a moment ago.
fn connections_to(place: SocketAddr) -> BTreeSet<String> {
    let SocketAddr::V4(place) = place else { panic!("{place} is of no IPv4") };
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let address = format!("{:08X}:{:04X}", u32::from_ne_bytes(place.ip().octets()), place.port());
    let other_end = |line: &str| {
        let mut ends = line.split_whitespace().skip(1);
        // Whoever closed first is the one who remembers it.
        match (ends.next()?, ends.next()?) {
            (own, other) | (other, own) if own == address => Some(other.to_owned()),
            _ => None,
        }
    };
    table.lines().filter_map(other_end).collect()
}

//! Traefik's contract, as its documentation of ForwardAuth states it, on the file that docs/forward-auth.md shows. It asks
//! with GET and without a body, overwrites X-Forwarded-Method, -Proto, -Host, -Uri and -For, passes on whatever is not
//! 2xx as it is, and puts the authResponseHeaders of a 2xx in the place of the visitor's.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::process::free_place;
use crate::recipe::block;
use crate::visitor::{PORTAL, WIKI};

/// What the file says.
#[derive(Clone)]
pub(crate) struct Traefik {
    countersign: SocketAddr,
    application: SocketAddr,
    ours: String,
    question: String,
    copied: Vec<HeaderName>,
    dropped: Vec<HeaderName>,
}

impl Traefik {
    pub(crate) fn of_the_document(countersign: SocketAddr, application: SocketAddr) -> Self {
        let file = block("forward-auth.md", "# A file of the file provider");
        let value = |key: &str| file.split_once(&format!("{key}: ")).unwrap().1.lines().next().unwrap();
        assert_eq!(value("trustForwardHeader"), "false");
        let question = value("address").trim_matches('"').strip_prefix("http://127.0.0.1:8080").unwrap();
        let copied = value("authResponseHeaders").trim_matches(['[', ']']).split(", ");
        let copied = copied.map(|name| name.trim_matches('"').to_lowercase().parse().unwrap());
        let ours = file.split_once("PathPrefix(`").unwrap().1.split('`').next().unwrap();
        let (ours, question) = (ours.to_owned(), question.to_owned());
        // Each in its own small letters, as Go compares them; an empty value takes a header away.
        let dropped = value("customRequestHeaders").trim_matches(['{', '}', ' ']).split(", ");
        let dropped =
            dropped.map(|entry| entry.strip_suffix(": \"\"").unwrap().to_lowercase().parse().unwrap());
        assert_eq!(value("middlewares"), "[\"no-forged-names\", \"countersign\"]");
        let dropped = dropped.collect();
        Self { countersign, application, ours, question, copied: copied.collect(), dropped }
    }

    /// Begins to listen; returns where.
    pub(crate) async fn start(self) -> SocketAddr {
        let place = free_place();
        let listener = TcpListener::bind(place).await.unwrap();
        let router = Router::new().fallback(route).with_state(self);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        // The visitors of a test block their thread: this one has its own.
        let listener = listener.into_std().unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                axum::serve(listener, service).await.unwrap();
            });
        });
        place
    }
}

async fn route(
    State(traefik): State<Traefik>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let host = parts.headers[header::HOST].to_str().unwrap().to_owned();
    let uri = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let forwarded = [
        ("x-forwarded-method", parts.method.as_str()),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", &host),
        ("x-forwarded-uri", &uri),
        ("x-forwarded-port", "443"),
        ("x-forwarded-for", &peer.ip().to_string()),
    ];
    for (name, value) in forwarded {
        parts.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    if host == PORTAL || (host == WIKI && parts.uri.path().starts_with(&traefik.ours)) {
        return pass_on(traefik.countersign, parts.method.as_str(), &uri, &parts.headers, &body).await;
    }
    if host != WIKI {
        return StatusCode::NOT_FOUND.into_response();
    }
    for name in &traefik.dropped {
        parts.headers.remove(name);
    }
    let mut asking = parts.headers.clone();
    asking.remove(header::CONTENT_LENGTH);
    asking.remove(header::TRANSFER_ENCODING);
    asking.remove(header::UPGRADE);
    asking.insert(header::HOST, HeaderValue::from_str(&traefik.countersign.to_string()).unwrap());
    let answer = pass_on(traefik.countersign, "GET", &traefik.question, &asking, &[]).await;
    if !answer.status().is_success() {
        return answer;
    }
    for name in &traefik.copied {
        parts.headers.remove(name);
        for value in answer.headers().get_all(name) {
            parts.headers.append(name, value.clone());
        }
    }
    pass_on(traefik.application, parts.method.as_str(), &uri, &parts.headers, &body).await
}

async fn pass_on(to: SocketAddr, method: &str, uri: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let mut request = format!("{method} {uri} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers.iter().filter(|(name, _)| **name != header::CONNECTION) {
        request.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    request.extend(b"connection: close\r\n\r\n");
    request.extend(body);
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    // The application of the test keeps connections: what was said of the length is read, and no more.
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.unwrap();
        answer.extend(&some[..read]);
        if read == 0 || is_whole(&answer) {
            break;
        }
    }
    let text_begins = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&answer[..text_begins]).into_owned();
    let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        if !["transfer-encoding", "connection", "content-length"].contains(&name.to_lowercase().as_str()) {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer[text_begins..].to_vec())).unwrap()
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let mut lengths =
        head.lines().filter_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    lengths.next().is_some_and(|length: usize| body.len() >= length)
}

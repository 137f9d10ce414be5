//! A real HTTP server of an application: it keeps what comes, checks it by a library of its own, and answers as it is
//! told to.

use std::collections::VecDeque;
use std::fs;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use countersign_server::clock::{Clock as _, ManualClock};
use data_encoding::BASE64;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::mail_server::Authority;

/// How far a timestamp may be off, in seconds, as the libraries of the specification have it.
const TOLERANCE: i64 = 300;

/// What the next request meets.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// These bytes.
    Bytes(String),
    /// Nothing, as long as the other side waits.
    Silence,
    /// Byte after byte for ever, after these.
    Endless(String),
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The first line.
    pub(crate) line: String,
    /// The headers, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, byte by byte.
    pub(crate) body: String,
}

impl Received {
    /// One header, which came exactly once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let header = found.next().unwrap_or_else(|| panic!("no {name} in {self:?}"));
        assert!(found.next().is_none(), "{name} twice in {self:?}");
        &header.1
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The `type` of the message.
    pub(crate) fn about(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the holder of this key takes it for ours at this moment.
    pub(crate) fn is_ours(&self, key: &str, clock: &ManualClock) -> bool {
        let (id, timestamp) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let recent = timestamp.parse::<i64>().unwrap().abs_diff(clock.now().seconds()) <= TOLERANCE as u64;
        let bytes = BASE64.decode(key.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let signed = format!("{id}.{timestamp}.{}", self.body);
        let fits = |signature: &str| {
            let mac = signature.strip_prefix("v1,").and_then(|text| BASE64.decode(text.as_bytes()).ok());
            mac.is_some_and(|mac| hmac::verify(&key, signed.as_bytes(), &mac).is_ok())
        };
        recent && self.header("webhook-signature").split(' ').any(fits)
    }
}

/// An application's server, on this machine.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    replies: Mutex<VecDeque<Reply>>,
    came: Notify,
}

/// Bytes of an answer without a body.
pub(crate) fn status(line: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n"))
}

impl Receiver {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        Self::at("127.0.0.1", 0, None).await
    }

    /// One that is known by a certificate.
    pub(crate) async fn with(authority: &Authority) -> Self {
        let file = |name: &str| fs::read(authority.file(name)).unwrap();
        let certificate = CertificateDer::from_pem_slice(&file("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(&file("key.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        Self::at("127.0.0.1", 0, Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    /// One at this address and port.
    pub(crate) async fn at(address: &str, port: u16, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let receiver = Self { port: listener.local_addr().unwrap().port(), inner: Arc::default() };
        let inner = Arc::clone(&receiver.inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (inner, tls) = (Arc::clone(&inner), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(&inner, stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(&inner, stream).await;
                            }
                        }
                    }
                });
            }
        });
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks?of=shop", self.port)
    }

    /// What the next requests meet, one after the other.
    pub(crate) fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inner.replies.lock().unwrap().extend(replies);
    }

    /// What has come so far.
    pub(crate) fn so_far(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap().clone()
    }

    /// Waits until so many have come.
    pub(crate) async fn until(&self, count: usize) -> Vec<Received> {
        loop {
            let came = self.inner.came.notified();
            let so_far = self.so_far();
            if so_far.len() >= count {
                return so_far;
            }
            came.await;
        }
    }
}

async fn serve(inner: &Inner, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let Some(received) = read(&mut stream).await else { return };
    let reply = inner.replies.lock().unwrap().pop_front();
    inner.received.lock().unwrap().push(received);
    inner.came.notify_waiters();
    // Whoever asked may be gone by now.
    match reply.unwrap_or_else(|| status("204 No Content")) {
        Reply::Bytes(bytes) => {
            let _gone = stream.write_all(bytes.as_bytes()).await;
            let _gone = stream.shutdown().await;
        }
        Reply::Silence => while matches!(stream.read(&mut [0; 64]).await, Ok(1..)) {},
        Reply::Endless(bytes) => {
            let mut gone = stream.write_all(bytes.as_bytes()).await;
            while gone.is_ok() {
                gone = stream.write_all(&[b'x'; 1024]).await;
            }
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.split("\r\n");
            let line = lines.next()?.to_owned();
            let headers = lines.filter_map(|line| line.split_once(": "));
            let headers: Vec<(String, String)> =
                headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
            let length =
                headers.iter().find(|(name, _)| name == "content-length")?.1.parse::<usize>().ok()?;
            if body.len() >= length {
                return Some(Received { line, headers, body: body.to_owned() });
            }
        }
        match stream.read(&mut piece).await {
            Ok(read @ 1..) => bytes.extend(&piece[..read]),
            _ => return None,
        }
    }
}

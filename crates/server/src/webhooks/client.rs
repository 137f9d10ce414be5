//! The way to an endpoint: one connection, one request, every step within its time. The address that is judged is the
//! very one that is connected to. No redirect is followed, no proxy asked, no cookie kept: there is nothing here that
//! could.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Host;

use super::addresses::closed;
use super::target::Target;
use crate::config::Webhooks;

/// How long an endpoint may take, as a rule: the specification asks for 15 to 30 seconds for the answer.
const PATIENCE: Patience =
    Patience { to_connect: Duration::from_secs(10), to_answer: Duration::from_secs(15) };
/// How many of the addresses of a host are tried.
const MOST_ADDRESSES: usize = 4;
/// The most that is read of the head of an answer, in bytes.
const MOST_HEAD: usize = 16 * 1024;
/// The most that is read of the rest.
const MOST_BODY: usize = 4 * 1024;

/// Answers where a host is.
pub trait Resolve: Send + Sync {
    /// The addresses of a host.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// What is answered in the end.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// The resolver of the system.
pub struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// How long an endpoint may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To be found and connected to.
    pub to_connect: Duration,
    /// To answer.
    pub to_answer: Duration,
}

/// Sends messages to endpoints.
pub struct Client {
    allowed: Webhooks,
    patience: Patience,
    resolver: Box<dyn Resolve>,
    /// Made when it is wanted first: an installation without webhooks reads no certificates.
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
}

/// What an endpoint answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// `Retry-After`, as it stands there.
    pub retry_after: Option<String>,
    /// The beginning of the rest, on one line.
    pub text: String,
}

/// What goes with a message.
pub struct Signed<'a> {
    /// The name of the message.
    pub id: &'a str,
    /// When it is sent, in seconds.
    pub timestamp: i64,
    /// The signatures.
    pub signature: &'a str,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// Nobody knows where the host is.
    #[error("the host cannot be found: {0}")]
    Unknown(String),
    /// The host is where messages do not go.
    #[error("{address} is {what}, and webhooks.allow_networks does not allow it")]
    Closed {
        /// Its address.
        address: IpAddr,
        /// What that is.
        what: &'static str,
    },
    /// The way there is not protected.
    #[error("{0} can be reached by https alone; http is for networks of webhooks.allow_networks")]
    Unprotected(IpAddr),
    /// It cannot be connected to.
    #[error("connecting: {0}")]
    Connect(String),
    /// It does not prove who it is.
    #[error("TLS: {0}")]
    Tls(String),
    /// What it says is not HTTP.
    #[error("the answer: {0}")]
    Answer(String),
    /// It takes too long.
    #[error("{0}")]
    Late(&'static str),
}

impl Client {
    /// One that asks the system where hosts are.
    pub fn new(allowed: Webhooks) -> Self {
        Self { allowed, patience: PATIENCE, resolver: Box::new(System), tls: OnceLock::new() }
    }

    /// The same that asks this resolver.
    #[must_use]
    pub fn asking(self, resolver: impl Resolve + 'static) -> Self {
        Self { resolver: Box::new(resolver), ..self }
    }

    /// The same with this patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Where a target is, if messages may go there: every address of its host has to be one that they may go to.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, NotSent> {
        let late = |_| NotSent::Late("the host was not found in time");
        timeout(self.patience.to_connect, self.judged(target)).await.map_err(late)?
    }

    async fn judged(&self, target: &Target) -> Result<Vec<SocketAddr>, NotSent> {
        let unknown = |reason: &dyn fmt::Display| NotSent::Unknown(reason.to_string());
        let found = match target.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(address.into(), target.port())],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(address.into(), target.port())],
            Some(Host::Domain(host)) => {
                let found = self.resolver.resolve(host, target.port()).await;
                found.map_err(|reason| unknown(&reason))?
            }
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(unknown(&"it has no address"));
        }
        for address in found.iter().map(|address| address.ip().to_canonical()) {
            let allowed = self.allowed.allows(address);
            match closed(address) {
                _ if allowed => {}
                Some(what) => return Err(NotSent::Closed { address, what }),
                None if target.is_protected() => {}
                None => return Err(NotSent::Unprotected(address)),
            }
        }
        Ok(found)
    }

    /// Sends a message, and returns what the endpoint answers.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn post(&self, target: &Target, signed: &Signed<'_>, body: String) -> Result<Answer, NotSent> {
        let late = |_| NotSent::Late("it could not be connected to in time");
        let stream = timeout(self.patience.to_connect, self.connect(target)).await.map_err(late)??;
        let late = |_| NotSent::Late("it did not answer in time");
        if !target.is_protected() {
            return timeout(self.patience.to_answer, ask(stream, target, signed, body))
                .await
                .map_err(late)?;
        }
        let tls = self.tls.get_or_init(|| trusting(&self.allowed)).as_ref();
        let tls = TlsConnector::from(Arc::clone(tls.map_err(|reason| NotSent::Tls(reason.clone()))?));
        let name =
            target.server_name().ok_or_else(|| NotSent::Tls("no certificate has such a name".to_owned()))?;
        let asked = async {
            let stream = tls.connect(name, stream).await;
            let stream = stream.map_err(|reason| NotSent::Tls(reason.to_string()))?;
            ask(stream, target, signed, body).await
        };
        timeout(self.patience.to_answer, asked).await.map_err(late)?
    }

    /// Connects to the addresses that were judged, one after the other, and asks nobody again where the host is.
    async fn connect(&self, target: &Target) -> Result<TcpStream, NotSent> {
        let mut last = None;
        for address in self.judged(target).await?.into_iter().take(MOST_ADDRESSES) {
            match timeout(self.patience.to_connect / 2, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(reason)) => last = Some(format!("{address}: {reason}")),
                Err(_) => last = Some(format!("{address} does not answer")),
            }
        }
        Err(NotSent::Connect(last.unwrap_or_default()))
    }
}

async fn ask<S>(stream: S, target: &Target, signed: &Signed<'_>, body: String) -> Result<Answer, NotSent>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let request = Request::post(target.path())
        .header(header::HOST, target.authority())
        .header(header::USER_AGENT, concat!("Countersign/", env!("CARGO_PKG_VERSION")))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .header("webhook-id", signed.id)
        .header("webhook-timestamp", signed.timestamp)
        .header("webhook-signature", signed.signature)
        .body(body)
        .map_err(|reason| NotSent::Connect(reason.to_string()))?;
    answer(TokioIo::new(stream), request).await.map_err(|reason| NotSent::Answer(in_words(&reason)))
}

async fn answer<S>(stream: S, request: Request<String>) -> hyper::Result<Answer>
where
    S: Read + Write + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MOST_HEAD).handshake::<_, String>(stream).await?;
    // Whatever has not come when the answer is read is not waited for: it ends with this.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let retry_after = head.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Ok(Answer {
        status: head.status,
        retry_after: retry_after.map(str::to_owned),
        text: beginning(body).await,
    })
}

/// The beginning of a body. What breaks off, or goes on for ever, was answered all the same.
async fn beginning(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_BODY {
        let Some(Ok(frame)) = body.frame().await else { break };
        bytes.extend(frame.into_data().unwrap_or_default().into_iter().take(MOST_BODY));
    }
    bytes.truncate(MOST_BODY);
    let text = String::from_utf8_lossy(&bytes);
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect::<String>().trim().to_owned()
}

/// What went wrong, down to its cause.
fn in_words(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Trusts the authorities of the system and those of the operator.
fn trusting(allowed: &Webhooks) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(allowed.authorities.iter().cloned());
    if roots.is_empty() {
        return Err(
            "this system trusts nobody: install its certificates, or name webhooks.ca_file".to_owned()
        );
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|reason| reason.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

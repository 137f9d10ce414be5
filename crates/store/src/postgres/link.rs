//! The way to the server: one connection at a time, made anew when it is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::PostgresConnection;
use super::trouble::{Trouble, lost};
use super::url::PostgresUrl;
use crate::open_error::OpenError;
use crate::unavailable::Unavailable;

/// How long the servers may all be out of reach before whoever waits is told: long enough for a standby to take over
/// where somebody is quick.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon they are tried again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long anything at all may take before the connection is given up. A commit that waits for a standby waits no
/// longer either: its outcome is unknown then, and nobody is told that it held.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// Of every connection. Whoever holds the writers' lock and falls silent loses it, before those who wait for it give up;
/// nobody waits for a lock for longer than a request may take. There is no timeout of statements: one that ends a commit would have it acknowledged
/// although no standby has it. Statements are planned once a connection, and on a young database that is when tables are empty
/// and reading all of one looks cheap: where an index leads to a row, it is taken. A statement that is a transaction by itself
/// may write, and sees after a lock what was committed before it.
const SETTINGS: &str = "
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '3s';
    SET statement_timeout = 0;
    SET jit = off;
    SET enable_seqscan = off;
    SET client_min_messages = warning;
    SET default_transaction_isolation = 'read committed';
    SET default_transaction_read_only = off;
";
/// Of a connection that reads: nothing that comes that way is ever written.
const READING: &str = "SET default_transaction_read_only = on";

/// The least version: 13 is the oldest one that is still looked after.
const OLDEST: &str = "SELECT current_setting('server_version_num')::int >= 130000";
/// What the promise to be durable rests on, and what texts rest on.
const DURABLE: &str = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'";
const UNICODE: &str = "SELECT current_setting('server_encoding') = 'UTF8'";
/// A commit that is acknowledged is on the disk, here and at a synchronous standby. A stricter choice is left alone.
const SYNCHRONOUS: &str = "SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/// One connection, as long as it lasts, and how to get the next.
pub(super) struct Link {
    url: PostgresUrl,
    tls: Option<MakeRustlsConnect>,
    reads_only: bool,
    connection: Option<PostgresConnection>,
}

impl Link {
    /// A way that nobody has gone yet.
    pub(super) fn to(url: PostgresUrl) -> Result<Self, OpenError> {
        let tls = match url.config.get_ssl_mode() {
            tokio_postgres::config::SslMode::Disable => None,
            _ => Some(MakeRustlsConnect::new(trusting(&url)?)),
        };
        Ok(Self { url, tls, reads_only: false, connection: None })
    }

    /// Another way to the same server.
    pub(super) fn another(&self) -> Self {
        Self { url: self.url.clone(), tls: self.tls.clone(), reads_only: false, connection: None }
    }

    /// The same for reading alone.
    pub(super) fn for_reading(self) -> Self {
        Self { reads_only: true, ..self }
    }

    /// A connection that is open as far as anybody knows. Where there is none, the servers are tried for a while.
    pub(super) async fn ready(&mut self) -> Result<&mut PostgresConnection, Unavailable> {
        if self.connection.as_ref().is_some_and(PostgresConnection::is_over) {
            self.connection = None;
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.reach().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// The connection, where there is one.
    pub(super) fn open(&self) -> Option<&PostgresConnection> {
        self.connection.as_ref()
    }

    /// Hangs up. Whatever was not committed is undone.
    pub(super) fn give_up(&mut self) {
        self.connection = None;
    }

    async fn reach(&self) -> Result<PostgresConnection, Unavailable> {
        let trying = async {
            loop {
                match self.connect().await {
                    Ok(connection) => return connection,
                    Err(_) => tokio::time::sleep(AGAIN).await,
                }
            }
        };
        match tokio::time::timeout(PATIENCE, trying).await {
            Ok(connection) => Ok(connection),
            Err(_) => Err(lost("the PostgreSQL server cannot be reached")),
        }
    }

    /// Connects for the first time, and looks at whether the server can keep what the store promises.
    pub(super) async fn connect_first(&mut self) -> Result<&mut PostgresConnection, OpenError> {
        let place = self.url.to_string();
        let connected = tokio::time::timeout(ANSWER, self.connect()).await;
        let connection = match connected {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                return Err(OpenError::Unreachable { place, reason: reason_of(&error) });
            }
            Err(_) => return Err(OpenError::Unreachable { place, reason: "it does not answer".to_owned() }),
        };
        let unfit = [
            (OLDEST, "it is older than PostgreSQL 13"),
            (
                DURABLE,
                "it runs with fsync or full_page_writes off, so that a power cut loses what it acknowledged",
            ),
            (UNICODE, "the encoding of the database is not UTF8"),
        ];
        for (question, reason) in unfit {
            let fit = connection.client().query_one_scalar(question, &[]).await;
            if !fit.map_err(|error| OpenError::Unavailable(Trouble::from(error).into_unavailable()))? {
                return Err(OpenError::Unfit { place, reason: reason.to_owned() });
            }
        }
        Ok(self.connection.insert(connection))
    }

    async fn connect(&self) -> Result<PostgresConnection, tokio_postgres::Error> {
        match &self.tls {
            Some(tls) => self.connect_by(tls.clone()).await,
            None => self.connect_by(NoTls).await,
        }
    }

    async fn connect_by<T>(&self, tls: T) -> Result<PostgresConnection, tokio_postgres::Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = self.url.config.connect(tls).await?;
        let warned = Arc::new(AtomicBool::new(false));
        tokio::spawn(drive(connection, Arc::clone(&warned)));
        client.batch_execute(SETTINGS).await?;
        client.batch_execute(SYNCHRONOUS).await?;
        if self.reads_only {
            client.batch_execute(READING).await?;
        }
        Ok(PostgresConnection::new(client, warned))
    }
}

impl std::fmt::Display for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.url.fmt(formatter)
    }
}

/// Carries bytes until the connection is over, and notes that the server has warned: of a commit that no standby has,
/// for one.
async fn drive<S>(mut connection: Connection<Socket, S>, warned: Arc<AtomicBool>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message
            && notice.parsed_severity().is_none_or(|severity| severity == Severity::Warning)
        {
            warned.store(true, Ordering::SeqCst);
        }
    }
}

/// What the server, or the network, said. Neither repeats a password.
fn reason_of(error: &tokio_postgres::Error) -> String {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let said = next.to_string();
        if !reason.contains(&said) {
            reason = format!("{reason}: {said}");
        }
        cause = next.source();
    }
    reason
}

/// The certificates that a server is known by.
fn trusting(url: &PostgresUrl) -> Result<ClientConfig, OpenError> {
    let untrusted = |reason: String| OpenError::Certificates { place: url.to_string(), reason };
    let mut roots = RootCertStore::empty();
    match url.root_certificates() {
        Some(path) => {
            let said = |reason: &dyn std::fmt::Display| untrusted(format!("{}: {reason}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|reason| said(&reason))? {
                let certificate = certificate.map_err(|reason| said(&reason))?;
                roots.add(certificate).map_err(|reason| said(&reason))?;
            }
            if roots.is_empty() {
                return Err(said(&"it holds no certificate"));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(untrusted(
                    "this system has none; name a file of them with sslrootcert=".to_owned(),
                ));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|reason| untrusted(reason.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

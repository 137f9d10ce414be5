//! The way to the mail server (RFC 5321): one connection, one letter, every step within its time.

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, CertificateStore, TlsParameters},
        commands::{Data, Mail as MailFrom, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use std::time::Duration;
use tokio::time::timeout;

use crate::config::{Mail, MailSecurity};

/// How long the mail server may take to say goodbye; nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why the mail server has not taken a letter.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It may take it another time: it is down, slow, busy, or set up wrongly.
    #[error("{0}")]
    ForNow(String),
    /// It never takes this one (5xx for this recipient or this text).
    #[error("{0}")]
    ForGood(String),
}

/// Hands a letter over and returns what the mail server said: from then on it answers for it. `hello` is the name that
/// this service has for people.
///
/// # Errors
/// [`NotSent`].
pub async fn hand_over(mail: &Mail, hello: &str, message: &Message) -> Result<Accepted, NotSent> {
    let late = |what: &str| {
        let seconds = mail.patience.as_secs();
        NotSent::ForNow(format!("{what}: {}:{} did not answer within {seconds} s", mail.host, mail.port))
    };
    let connected = timeout(mail.patience, connect(mail, hello)).await;
    let mut connection = connected.unwrap_or_else(|_| Err(late("connecting")))?;
    let said = timeout(mail.patience, send(&mut connection, message)).await;
    let said = said.unwrap_or_else(|_| Err(late("sending")))?;
    Ok(Accepted { said, connection })
}

/// The mail server has the letter.
pub struct Accepted {
    /// What it said.
    pub said: String,
    connection: AsyncSmtpConnection,
}

impl Accepted {
    /// Says goodbye, which may fail: what is accepted is accepted.
    pub async fn goodbye(mut self) {
        let _accepted_all_the_same = timeout(GOODBYE, self.connection.quit()).await;
    }
}

async fn connect(mail: &Mail, hello: &str) -> Result<AsyncSmtpConnection, NotSent> {
    let (hello, server) = (ClientId::Domain(hello.to_owned()), (mail.host.as_str(), mail.port));
    let tls = match mail.security {
        MailSecurity::Tls => Some(tls(mail)?),
        MailSecurity::StartTls | MailSecurity::None | MailSecurity::Unprotected => None,
    };
    let failed = |step: &'static str| {
        move |error: Error| {
            NotSent::ForNow(format!("{step} {}:{}: {}", mail.host, mail.port, in_words(&error)))
        }
    };
    let connected = AsyncSmtpConnection::connect_tokio1(server, Some(mail.patience), &hello, tls, None).await;
    let mut connection = connected.map_err(failed("connecting to"))?;
    if mail.security == MailSecurity::StartTls {
        connection.starttls(self::tls(mail)?, &hello).await.map_err(failed("STARTTLS with"))?;
    }
    if let Some(login) = &mail.login {
        let credentials = Credentials::new(login.user.clone(), login.password.as_str().to_owned());
        let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
        signed_in.map_err(failed("signing in to"))?;
    }
    Ok(connection)
}

fn tls(mail: &Mail) -> Result<TlsParameters, NotSent> {
    let builder = TlsParameters::builder(mail.host.clone());
    let builder = match &mail.ca {
        Some(ca) => builder.certificate_store(CertificateStore::None).add_root_certificate(ca.clone()),
        None => builder,
    };
    builder.build().map_err(|error| NotSent::ForNow(format!("TLS: {}", in_words(&error))))
}

async fn send(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<String, NotSent> {
    let envelope = message.envelope();
    let mut parameters = Vec::new();
    // RFC 6531: an address with other letters than ASCII needs a server that knows them.
    if !envelope.to().iter().chain(envelope.from()).all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let text = "the mail server takes no address with letters beyond ASCII (SMTPUTF8)";
            return Err(NotSent::ForGood(text.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let from = connection.command(MailFrom::new(envelope.from().cloned(), parameters)).await;
    // A sender that is not allowed is a mistake of ours, which somebody will mend.
    from.map_err(|error| NotSent::ForNow(format!("MAIL FROM: {}", in_words(&error))))?;
    for to in envelope.to() {
        let taken = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
        taken.map_err(|error| judged("RCPT TO", &error))?;
    }
    connection.command(Data).await.map_err(|error| judged("DATA", &error))?;
    let response =
        connection.message(&message.formatted()).await.map_err(|error| judged("the letter", &error))?;
    let said: Vec<&str> = response.message().collect();
    Ok(printable(&format!("{} {}", response.code(), said.join(" "))))
}

/// What the mail server says of this recipient or this letter: 5xx is for good (RFC 5321 §4.2.1).
fn judged(step: &str, error: &Error) -> NotSent {
    let text = format!("{step}: {}", in_words(error));
    if error.is_permanent() { NotSent::ForGood(text) } else { NotSent::ForNow(text) }
}

fn in_words(error: &Error) -> String {
    printable(&error.to_string())
}

/// What a stranger's server said, on one line and without anything that moves a cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

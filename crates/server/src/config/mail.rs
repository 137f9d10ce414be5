//! `[mail]`: the server that takes our letters. Without a host nothing is sent, and no letter is written.

use super::{
    Section, Wrong,
    literal::quoted,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};
use lettre::{message::Mailbox, transport::smtp::client::Certificate};
use std::{fmt, net::IpAddr, time::Duration};
use zeroize::Zeroizing;

/// The settings of `[mail]`, where letters are sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail server's name or IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub security: MailSecurity,
    /// Who we are to it, if it asks.
    pub login: Option<Login>,
    /// Whom letters come from.
    pub from: Mailbox,
    /// The certificates that may have signed that of the server; those of the system where there are none.
    pub ca: Option<Certificate>,
    /// How long it may take to answer: for the connection, and again for the letter.
    pub patience: Duration,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after `STARTTLS`, and nothing without it.
    StartTls,
    /// Nothing: on this machine alone.
    None,
    /// Nothing, over a network whose operator answers for it. No password goes there.
    Unprotected,
}

/// A user and a password. Neither `Debug` nor an error shows the latter.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

pub(super) const SECTION: Section = Section {
    name: "mail",
    about: "The mail server that takes letters to account holders. Without `mail.host` none are written or sent.",
    settings: &[&HOST, &PORT, &SECURITY, &USER, &PASSWORD, &PASSWORD_FILE, &FROM, &CA_FILE, &TIMEOUT],
};

const HOST: Setting = Setting {
    key: "mail.host",
    flag: None,
    default: Default::Derived("nothing: no mail is sent"),
    accepts: Accepts::Text("a host name or an IP address, such as \"mail.example.com\""),
    meaning: "The mail server. With it, account holders are told by mail of what happens to their second factor, set a \
              forgotten password anew, and confirm their address before they turn 2FA on.",
};

const PORT: Setting = Setting {
    key: "mail.port",
    flag: None,
    default: Default::Derived("465 with `tls`, 587 with `starttls`, 25 otherwise"),
    accepts: Accepts::Whole { least: 1, most: 65_535 },
    meaning: "Its port.",
};

const SECURITY: Setting = Setting {
    key: "mail.security",
    flag: None,
    default: Default::Toml("\"tls\""),
    accepts: Accepts::OneOf(&["tls", "starttls", "none", "unprotected"]),
    meaning: "How the way to the mail server is protected: by TLS from the first byte, or by TLS after STARTTLS and \
              never without. `none` is for a mail server on this machine. `unprotected` is the same over a network; \
              whoever is on the way reads and alters letters, one-time links among them.",
};

const USER: Setting = Setting {
    key: "mail.user",
    flag: None,
    default: Default::Derived("nothing: the mail server asks for no password"),
    accepts: Accepts::Text("a name of at most 256 characters"),
    meaning: "The user at the mail server.",
};

const PASSWORD: Setting = Setting {
    key: "mail.password",
    flag: None,
    default: Default::Derived("what `mail.password_file` holds"),
    accepts: Accepts::Secret("a password, between quotation marks"),
    meaning: "The password of that user. No message and no log repeats it.",
};

const PASSWORD_FILE: Setting = Setting {
    key: "mail.password_file",
    flag: None,
    default: Default::Derived("nothing"),
    accepts: Accepts::Text("a file whose first line is the password"),
    meaning: "Where that password is read from at the start, instead of `mail.password`.",
};

const FROM: Setting = Setting {
    key: "mail.from",
    flag: None,
    default: Default::Derived("nothing: it has to be given together with `mail.host`"),
    accepts: Accepts::Text("an address such as \"Example <sign-in@example.com>\""),
    meaning: "Whom letters come from.",
};

const CA_FILE: Setting = Setting {
    key: "mail.ca_file",
    flag: None,
    default: Default::Derived("the certificates that this system trusts"),
    accepts: Accepts::Text("a file of certificates in PEM form"),
    meaning: "The authority that has signed the certificate of the mail server, where it is one of your own. No other \
              is then trusted.",
};

const TIMEOUT: Setting = Setting {
    key: "mail.timeout_seconds",
    flag: None,
    default: Default::Toml("20"),
    // Connecting and sending may each take as long, and a letter is in one hand for three minutes.
    accepts: Accepts::Whole { least: 1, most: 60 },
    meaning: "How long the mail server may take to answer: to be connected, and again to take a letter. No request \
              ever waits for it.",
};

/// `Some(None)` where nothing is to be sent.
pub(super) fn read(reader: &mut Reader) -> Option<Option<Mail>> {
    let host = reader.said_text(&HOST, host);
    let port = reader.whole_or(&PORT, 0);
    let security = reader.choice(
        &SECURITY,
        &[MailSecurity::Tls, MailSecurity::StartTls, MailSecurity::None, MailSecurity::Unprotected],
    );
    let user = reader.said_text(&USER, user);
    let password = reader.said_text(&PASSWORD, password);
    let password_file = reader.said_text(&PASSWORD_FILE, password_file);
    let from = reader.said_text(&FROM, from);
    let ca = reader.said_text(&CA_FILE, ca_file);
    let patience = reader.whole(&TIMEOUT).map(|seconds| Duration::from_secs(seconds.into()));
    let (host, security) = (host?.flatten(), security?);
    let (user, password, password_file) = (user?, password?, password_file?);
    let (port, from, ca, patience) = (port?, from?, ca?, patience?);

    let Some(host) = host else {
        if from.is_some() || user.is_some() {
            reader.refuse(
                &HOST,
                Wrong::new("it is not set, and other settings of mail are", "Name the mail server"),
            );
            return None;
        }
        return Some(None);
    };
    let Some(from) = from else {
        let advice = format!("Give {}", FROM.accepts);
        reader.refuse(&FROM, Wrong::new("it is not set, and a letter comes from somebody", advice));
        return None;
    };
    if security == MailSecurity::None && !is_this_machine(&host) {
        let what =
            format!("{} is not this machine, and nothing would protect letters on the way", quoted(&host));
        reader.refuse(
            &SECURITY,
            Wrong::new(what, "Write \"tls\" or \"starttls\"; \"unprotected\" where the network is yours"),
        );
        return None;
    }
    let login = login(reader, security, user, password, password_file)?;
    let port = match (u16::try_from(port).unwrap_or(0), security) {
        (0, MailSecurity::Tls) => 465,
        (0, MailSecurity::StartTls) => 587,
        (0, MailSecurity::None | MailSecurity::Unprotected) => 25,
        (given, _) => given,
    };
    Some(Some(Mail { host, port, security, login, from, ca, patience }))
}

/// Who we are to the mail server; `Some(None)` where it does not ask.
fn login(
    reader: &mut Reader,
    security: MailSecurity,
    user: Option<String>,
    password: Option<Zeroizing<String>>,
    password_file: Option<Zeroizing<String>>,
) -> Option<Option<Login>> {
    let (setting, what, advice) = match (user, password, password_file) {
        (None, None, None) => return Some(None),
        (_, Some(_), Some(_)) => (&PASSWORD_FILE, "mail.password is given too", "Give one of the two"),
        (None, ..) => (&USER, "it is not set, and a password is", "Name the user whose password it is"),
        (Some(_), None, None) => {
            (&PASSWORD, "it is not set, and mail.user is", "Give it, or mail.password_file")
        }
        (Some(_), ..) if security == MailSecurity::Unprotected => (
            &SECURITY,
            "a password would go over the network for everybody to read",
            "Write \"tls\" or \"starttls\"",
        ),
        (Some(user), Some(password), None) | (Some(user), None, Some(password)) => {
            return Some(Some(Login { user, password }));
        }
    };
    reader.refuse(setting, Wrong::new(what, advice));
    None
}

/// Empty means none, as it does in an environment variable.
fn host(text: &str) -> Result<Option<String>, Wrong> {
    let named = text.len() <= 253 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    match text {
        "" => Ok(None),
        _ if named || text.parse::<IpAddr>().is_ok() => Ok(Some(text.to_owned())),
        _ => Err(Wrong::new(
            format!("{} is not a host", quoted(text)),
            "Write the name alone, without a port; names with letters beyond a-z in their xn-- form",
        )),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn user(text: &str) -> Result<String, Wrong> {
    match text.chars().count() {
        1..=256 if !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(Wrong::new(format!("{} is not a user", quoted(text)), format!("Give {}", USER.accepts))),
    }
}

fn password(text: &str) -> Result<Zeroizing<String>, Wrong> {
    if text.is_empty() || text.contains(char::is_control) {
        return Err(Wrong::new("it is empty or has control characters", "Give the password as it is"));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn password_file(path: &str) -> Result<Zeroizing<String>, Wrong> {
    let text =
        std::fs::read_to_string(path).map(Zeroizing::new).map_err(|reason| unreadable(path, &reason))?;
    password(text.lines().next().unwrap_or_default()).map_err(|_| {
        Wrong::new(
            format!("the first line of {} is no password", quoted(path)),
            format!("Give {}", PASSWORD_FILE.accepts),
        )
    })
}

fn from(text: &str) -> Result<Mailbox, Wrong> {
    let advice = || format!("Give {}", FROM.accepts);
    let wrong = || Wrong::new(format!("{} is not an address", quoted(text)), advice());
    if text.contains(char::is_control) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

fn ca_file(path: &str) -> Result<Certificate, Wrong> {
    let pem = std::fs::read(path).map_err(|reason| unreadable(path, &reason))?;
    let advice = format!("Give {}", CA_FILE.accepts);
    if !pem.windows(11).any(|piece| piece == b"-----BEGIN ") {
        return Err(Wrong::new(format!("{} holds no certificate", quoted(path)), advice));
    }
    Certificate::from_pem(&pem)
        .map_err(|reason| Wrong::new(format!("{} cannot be read: {reason}", quoted(path)), advice))
}

fn unreadable(path: &str, reason: &std::io::Error) -> Wrong {
    Wrong::new(format!("{} cannot be read: {reason}", quoted(path)), "Name a file that this user may read")
}

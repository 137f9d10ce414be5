//! The settings: one TOML file, environment variables and flags, in that order of increasing weight.
//!
//! One file a section: its types, defaults, words for the documentation and rules. Reading never stops at the
//! first mistake; whoever has to mend the settings sees all of them at once.

mod connections;
mod database;
mod file;
mod forward_auth;
mod literal;
mod log;
mod mail;
mod metrics;
mod password;
mod problem;
mod proxies;
mod public_url;
mod reader;
mod service;
mod session;
mod setting;
mod site;
mod table;
mod two_factor;
mod webhooks;

pub use connections::Connections;
pub use forward_auth::ForwardAuth;
pub use log::{Log, LogFormat, LogLevel};
pub use mail::{Login, Mail, MailSecurity};
pub use metrics::{Metrics, MetricsToken};
pub use password::Password;
pub use problem::{ConfigErrors, Origin, Problem};
pub use proxies::{Network, TrustedProxies};
pub use public_url::{NotPublic, PublicUrl};
pub use service::{Service, SignUp};
pub use session::Session;
pub use setting::{Accepts, Default as DefaultValue, Key, Section, Setting};
pub use site::{RULE_KEYS, SITE_KEYS, Site};
pub use two_factor::TwoFactor;
pub use webhooks::Webhooks;

use countersign::policy::Policy;
use problem::Wrong;
use reader::Reader;
use std::{ffi::OsString, path::PathBuf};

/// What every environment variable of ours begins with.
pub const PREFIX: &str = "COUNTERSIGN_";

/// Names the file where no `--config` does.
const CONFIG_VARIABLE: &str = "COUNTERSIGN_CONFIG";

/// All sections, in the order of the documentation.
pub const SECTIONS: &[Section] = &[
    service::SECTION,
    two_factor::SECTION,
    password::SECTION,
    session::SECTION,
    mail::SECTION,
    forward_auth::SECTION,
    webhooks::SECTION,
    connections::SECTION,
    log::SECTION,
    metrics::SECTION,
];

/// Every setting there is.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings.iter().copied())
}

/// Where settings come from. Nothing else is looked at, so a test says all there is.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named by `--config`.
    pub file: Option<PathBuf>,
    /// The environment (`std::env::vars_os`).
    pub environment: Vec<(OsString, OsString)>,
    /// Keys of settings and what the flags of the same meaning said.
    pub flags: Vec<(&'static str, String)>,
}

impl Sources {
    fn config_file(&self) -> Option<PathBuf> {
        let named =
            || self.environment.iter().find(|(name, value)| name == CONFIG_VARIABLE && !value.is_empty());
        self.file.clone().or_else(|| named().map(|(_, value)| PathBuf::from(value)))
    }
}

/// All settings, judged.
#[derive(Clone, Debug)]
pub struct Config {
    /// The top of the file: addresses, places, names.
    pub service: Service,
    /// `[two_factor]`.
    pub two_factor: TwoFactor,
    /// `[password]`.
    pub password: Password,
    /// `[session]`.
    pub session: Session,
    /// `[mail]`; nothing is sent without it.
    pub mail: Option<Mail>,
    /// `[forward_auth]`.
    pub forward_auth: ForwardAuth,
    /// `[webhooks]`.
    pub webhooks: Webhooks,
    /// `[connections]`.
    pub connections: Connections,
    /// `[log]`.
    pub log: Log,
    /// `[metrics]`; nobody can watch without it.
    pub metrics: Option<Metrics>,
    /// What is not wrong and yet worth a line in the log.
    pub warnings: Vec<String>,
}

impl Config {
    /// Whether this service sends mail.
    pub fn sends_mail(&self) -> bool {
        self.mail.is_some()
    }

    /// What the engine goes by.
    pub fn policy(&self) -> Policy {
        Policy {
            password_first: self.two_factor.password_first,
            address_first: self.sends_mail(),
            sign_out_after: self.two_factor.sign_out_after,
            remember: self.two_factor.remember,
            sent_twice: Policy::default().sent_twice,
            guess_probability: self.two_factor.guess_probability,
            required: self.two_factor.required,
            enrolment: self.session.enrolment,
            pending: self.session.pending,
            session_idle: self.session.idle,
            session_most: self.session.most,
            notices: self.sends_mail(),
        }
    }

    /// Reads and judges all settings.
    ///
    /// # Errors
    /// [`ConfigErrors`] with everything that is wrong.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::of(sources);
        let service = service::read(&mut reader);
        let name = service.as_ref().map(|service| service.name.as_str());
        let two_factor = two_factor::read(&mut reader, name);
        let password = password::read(&mut reader);
        let session = session::read(&mut reader);
        let mail = mail::read(&mut reader);
        let forward_auth = forward_auth::read(&mut reader, service.as_ref());
        let webhooks = webhooks::read(&mut reader);
        let connections = connections::read(&mut reader);
        let log = log::read(&mut reader);
        let metrics = metrics::read(&mut reader, service.as_ref().map(|service| service.listen));
        let (problems, warnings) = reader.finish();
        match (
            service,
            two_factor,
            password,
            session,
            mail,
            forward_auth,
            webhooks,
            connections,
            log,
            metrics,
        ) {
            (
                Some(service),
                Some(two_factor),
                Some(password),
                Some(session),
                Some(mail),
                Some(forward_auth),
                Some(webhooks),
                Some(connections),
                Some(log),
                Some(metrics),
            ) if problems.is_empty() => Ok(Self {
                service,
                two_factor,
                password,
                session,
                mail,
                forward_auth,
                webhooks,
                connections,
                log,
                metrics,
                warnings,
            }),
            _ => Err(ConfigErrors(problems)),
        }
    }
}

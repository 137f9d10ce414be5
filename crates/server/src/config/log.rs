//! `[log]`: what is written to standard error, and how.

use super::{
    Section,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};

/// The settings of `[log]`.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// For whom the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// How much is logged: each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What may become a failure.
    Warn,
    /// What happened.
    Info,
    /// How it happened.
    Debug,
    /// Every step.
    Trace,
}

pub(super) const SECTION: Section =
    Section { name: "log", about: "The log, on standard error.", settings: &[&FORMAT, &LEVEL] };

const FORMAT: Setting = Setting {
    key: "log.format",
    flag: None,
    default: Default::Toml("\"text\""),
    accepts: Accepts::OneOf(&["text", "json"]),
    meaning: "Lines for people, or one JSON object a line.",
};

const LEVEL: Setting = Setting {
    key: "log.level",
    flag: None,
    default: Default::Toml("\"info\""),
    accepts: Accepts::OneOf(&["error", "warn", "info", "debug", "trace"]),
    meaning: "How much is logged. No level logs a secret.",
};

pub(super) fn read(reader: &mut Reader) -> Option<Log> {
    use LogLevel::{Debug, Error, Info, Trace, Warn};
    let format = reader.choice(&FORMAT, &[LogFormat::Text, LogFormat::Json]);
    let level = reader.choice(&LEVEL, &[Error, Warn, Info, Debug, Trace]);
    Some(Log { format: format?, level: level? })
}

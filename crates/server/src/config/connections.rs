//! `[connections]`: how many there may be and how slow.

use super::{
    Section,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};
use std::time::Duration;

/// The settings of `[connections]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// How many may be open.
    pub most: usize,
    /// How many may be open to one address, unless it is a trusted proxy or this machine.
    pub most_per_address: usize,
    /// How long the head of a request may take, from its first byte on.
    pub head: Duration,
    /// How long its body may take.
    pub body: Duration,
    /// How long a connection may be silent between requests, and before the first.
    pub idle: Duration,
    /// How long the other side may let an answer lie.
    pub answer: Duration,
}

pub(super) const SECTION: Section = Section {
    name: "connections",
    about: "Connections: how many, and how slow. Where all places are taken, whoever has been silent for longest makes \
            room; where nobody is silent, the newcomer is refused (503).",
    settings: &[&MOST, &MOST_PER_ADDRESS, &HEAD_SECONDS, &BODY_SECONDS, &IDLE_SECONDS, &ANSWER_SECONDS],
};

const MOST: Setting = Setting {
    key: "connections.most",
    flag: None,
    default: Default::Toml("10000"),
    accepts: Accepts::Whole { least: 16, most: 1_000_000 },
    meaning: "How many connections may be open. Fewer where the system allows the service fewer open files, which it \
              says at the start; one takes up to 80 KiB of memory.",
};

const MOST_PER_ADDRESS: Setting = Setting {
    key: "connections.most_per_address",
    flag: None,
    default: Default::Toml("512"),
    accepts: Accepts::Whole { least: 8, most: 1_000_000 },
    meaning: "How many of them one address may open (of IPv6 a /64 network). Addresses of `trusted_proxies` and of this \
              machine are free: behind a proxy everybody comes from there, and the proxy is the place for such a limit.",
};

const HEAD_SECONDS: Setting = Setting {
    key: "connections.head_seconds",
    flag: None,
    default: Default::Toml("10"),
    accepts: Accepts::Whole { least: 1, most: 3600 },
    meaning: "How many seconds the head of a request may take, from its first byte on.",
};

const BODY_SECONDS: Setting = Setting {
    key: "connections.body_seconds",
    flag: None,
    default: Default::Toml("30"),
    accepts: Accepts::Whole { least: 1, most: 3600 },
    meaning: "How many seconds a form may take to arrive.",
};

const IDLE_SECONDS: Setting = Setting {
    key: "connections.idle_seconds",
    flag: None,
    default: Default::Toml("75"),
    accepts: Accepts::Whole { least: 1, most: 3600 },
    meaning: "How many seconds a connection may be silent. Longer than your proxy keeps its own open (60 seconds with \
              nginx), so that the proxy is the one that closes.",
};

const ANSWER_SECONDS: Setting = Setting {
    key: "connections.answer_seconds",
    flag: None,
    default: Default::Toml("30"),
    accepts: Accepts::Whole { least: 1, most: 3600 },
    meaning: "How many seconds the other side may take to fetch an answer that is ready.",
};

pub(super) fn read(reader: &mut Reader) -> Option<Connections> {
    let [most, most_per_address] = [&MOST, &MOST_PER_ADDRESS]
        .map(|setting| reader.whole(setting).map(|number| usize::try_from(number).unwrap_or(usize::MAX)));
    let [head, body, idle, answer] = [&HEAD_SECONDS, &BODY_SECONDS, &IDLE_SECONDS, &ANSWER_SECONDS]
        .map(|setting| reader.whole(setting).map(|seconds| Duration::from_secs(seconds.into())));
    Some(Connections {
        most: most?,
        most_per_address: most_per_address?,
        head: head?,
        body: body?,
        idle: idle?,
        answer: answer?,
    })
}

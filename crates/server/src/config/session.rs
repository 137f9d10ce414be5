//! `[session]`: how long things last.

use super::{
    Section, Wrong,
    reader::Reader,
    setting::{Accepts, Default, Setting},
};
use countersign::Span;

/// The settings of `[session]`.
#[derive(Clone, Debug)]
pub struct Session {
    /// A session ends when nothing happened for so long.
    pub idle: Span,
    /// A session ends so long after its sign-in, whatever happened.
    pub most: Span,
    /// How long a right password may wait for its code.
    pub pending: Span,
    /// How long an offered authenticator may wait for its code.
    pub enrolment: Span,
}

pub(super) const SECTION: Section = Section {
    name: "session",
    about: "How long things last.",
    settings: &[&IDLE_MINUTES, &MAX_HOURS, &PENDING_MINUTES, &ENROLMENT_MINUTES],
};

const IDLE_MINUTES: Setting = Setting {
    key: "session.idle_minutes",
    flag: None,
    // NIST SP 800-63B-4 §2.2.3: one hour without activity, 24 hours in all.
    default: Default::Toml("60"),
    accepts: Accepts::Whole { least: 1, most: 43_200 },
    meaning: "A session ends after so many minutes without a request; at most `max_hours`.",
};

const MAX_HOURS: Setting = Setting {
    key: "session.max_hours",
    flag: None,
    default: Default::Toml("24"),
    accepts: Accepts::Whole { least: 1, most: 720 },
    meaning: "A session ends so many hours after its sign-in, whatever happened.",
};

const PENDING_MINUTES: Setting = Setting {
    key: "session.pending_minutes",
    flag: None,
    default: Default::Toml("10"),
    accepts: Accepts::Whole { least: 1, most: 60 },
    meaning: "How many minutes a right password waits for its code.",
};

const ENROLMENT_MINUTES: Setting = Setting {
    key: "session.enrolment_minutes",
    flag: None,
    default: Default::Toml("10"),
    accepts: Accepts::Whole { least: 1, most: 60 },
    meaning: "How many minutes a QR code waits for the code that proves it was scanned.",
};

pub(super) fn read(reader: &mut Reader) -> Option<Session> {
    let idle = reader.whole(&IDLE_MINUTES).map(Span::minutes);
    let most = reader.whole(&MAX_HOURS).map(Span::hours);
    let pending = reader.whole(&PENDING_MINUTES).map(Span::minutes);
    let enrolment = reader.whole(&ENROLMENT_MINUTES).map(Span::minutes);
    let (idle, most) = (idle?, most?);
    if idle > most {
        let wrong = Wrong::new(
            "a session would be idle for longer than it lasts",
            "Give fewer minutes, or raise session.max_hours",
        );
        reader.refuse(&IDLE_MINUTES, wrong);
    }
    Some(Session { idle, most, pending: pending?, enrolment: enrolment? })
}

//! A moment as a page shows it.

/// A point in time, ready to be shown as `<time datetime="{iso}">{text}</time>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339 with seconds and offset, for example `2026-11-22T14:02:00Z`. Scripts turn it into the reader's own zone.
    pub iso: String,
    /// The same in the words of the page's language and the operator's zone, for example "today 14:02".
    pub text: String,
}

impl Moment {
    /// A moment from its two spellings.
    pub fn new(iso: impl Into<String>, text: impl Into<String>) -> Self {
        Self { iso: iso.into(), text: text.into() }
    }
}

/// Moments for samples: just now, an hour ago, some days and weeks ago, and some weeks ahead.
pub(crate) mod sample {
    use super::Moment;
    use crate::l10n::{Language, Words};

    pub(crate) fn now(language: Language) -> Moment {
        Moment::new("2026-11-22T14:02:00Z", Words::of(language).moment_today("14:02"))
    }

    pub(crate) fn earlier(language: Language) -> Moment {
        Moment::new("2026-11-21T09:15:00Z", Words::of(language).moment_yesterday("9:15"))
    }

    pub(crate) fn long_ago(language: Language) -> Moment {
        let words = Words::of(language);
        Moment::new("2026-10-03T18:40:00Z", words.moment_on(words.moment_date(3, 10, 2026), "18:40"))
    }

    pub(crate) fn ahead(language: Language) -> Moment {
        Moment::new("2026-12-22T14:02:00Z", Words::of(language).moment_date(22, 12, 2026))
    }
}

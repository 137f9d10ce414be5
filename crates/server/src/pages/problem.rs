//! Error pages: what happened, and what to do next.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// Which error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// 400: the form could not be read.
    BadRequest,
    /// 403: the request came from another site, or may not be made.
    Forbidden,
    /// 404: nothing is at this address.
    NotFound,
    /// 405: the address is right, the method is not.
    MethodNotAllowed,
    /// 408: the form did not arrive in time.
    TooSlow,
    /// 413: too much was sent.
    TooLarge,
    /// 429: too many tries.
    TooManyRequests,
    /// 500: a mistake of ours.
    Internal,
    /// 503: too busy, or the storage or the keys are out of reach.
    Unavailable,
}

impl ProblemKind {
    /// Every kind there is.
    pub const ALL: [Self; 9] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::TooLarge,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The status code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// An error page.
#[derive(Clone, Debug, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    /// The frame.
    pub chrome: Chrome,
    /// Which error.
    pub kind: ProblemKind,
    /// Seconds until it makes sense to try again.
    pub retry_after: Option<i64>,
}

impl Problem {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        let words = self.chrome.words;
        match self.kind {
            ProblemKind::BadRequest => words.problem_bad_request_title(),
            ProblemKind::Forbidden => words.problem_forbidden_title(),
            ProblemKind::NotFound => words.problem_not_found_title(),
            ProblemKind::MethodNotAllowed => words.problem_method_title(),
            ProblemKind::TooSlow => words.problem_too_slow_title(),
            ProblemKind::TooLarge => words.problem_too_large_title(),
            ProblemKind::TooManyRequests => words.problem_too_many_title(),
            ProblemKind::Internal => words.problem_internal_title(),
            ProblemKind::Unavailable => words.problem_unavailable_title(),
        }
    }

    /// What happened.
    fn happened(&self) -> &'static str {
        let words = self.chrome.words;
        match self.kind {
            ProblemKind::BadRequest => words.problem_bad_request_text(),
            ProblemKind::Forbidden => words.problem_forbidden_text(),
            ProblemKind::NotFound => words.problem_not_found_text(),
            ProblemKind::MethodNotAllowed => words.problem_method_text(),
            ProblemKind::TooSlow => words.problem_too_slow_text(),
            ProblemKind::TooLarge => words.problem_too_large_text(),
            ProblemKind::TooManyRequests => words.problem_too_many_text(),
            ProblemKind::Internal => words.problem_internal_text(),
            ProblemKind::Unavailable => words.problem_unavailable_text(),
        }
    }

    /// What to do next.
    fn advice(&self) -> &'static str {
        let words = self.chrome.words;
        match self.kind {
            ProblemKind::BadRequest => words.problem_bad_request_advice(),
            ProblemKind::Forbidden => words.problem_forbidden_advice(),
            ProblemKind::NotFound => words.problem_not_found_advice(),
            ProblemKind::MethodNotAllowed => words.problem_method_advice(),
            ProblemKind::TooSlow => words.problem_too_slow_advice(),
            ProblemKind::TooLarge => words.problem_too_large_advice(),
            ProblemKind::TooManyRequests => words.problem_too_many_advice(),
            ProblemKind::Internal => words.problem_internal_advice(),
            ProblemKind::Unavailable => words.problem_unavailable_advice(),
        }
    }

    /// How long to wait, in words: seconds up to a minute and a half, then minutes.
    fn wait(&self) -> Option<String> {
        let words = self.chrome.words;
        self.retry_after.map(|seconds| match seconds.max(1) {
            seconds if seconds <= 90 => words.wait_seconds(seconds),
            seconds => words.wait_minutes(seconds.saturating_add(59) / 60),
        })
    }

    fn is_wrong(&self) -> bool {
        true
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let names = ["400", "403", "404", "405", "408", "413", "429", "500", "503"];
        let retry_after = |kind| match kind {
            ProblemKind::TooManyRequests => Some(300),
            ProblemKind::Unavailable => Some(5),
            _ => None,
        };
        names
            .into_iter()
            .zip(ProblemKind::ALL)
            .map(|(name, kind)| {
                (name, Self { chrome: Chrome::sample(language, "/"), kind, retry_after: retry_after(kind) })
            })
            .collect()
    }
}

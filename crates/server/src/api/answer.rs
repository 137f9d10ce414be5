//! An answer of the API: a status and JSON, in a form that can also be kept for whoever asks again.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A status and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON; nothing where there is no body.
    pub body: Vec<u8>,
}

impl Answer {
    /// 200 with this.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::with(200, body)
    }

    /// This status with this.
    pub fn with(status: u16, body: &impl Serialize) -> Self {
        // What is written here has no keys that are not text, and no number that JSON lacks.
        Self { status, body: serde_json::to_vec(body).unwrap_or_default() }
    }

    /// 204: it is done, and there is nothing more to say.
    pub const fn done() -> Self {
        Self { status: 204, body: Vec::new() }
    }

    /// The answer as it is kept.
    pub fn to_kept(&self) -> Vec<u8> {
        [self.status.to_be_bytes().as_slice(), &self.body].concat()
    }

    /// Reads [`Answer::to_kept`].
    pub fn from_kept(kept: &[u8]) -> Option<Self> {
        let (status, body) = kept.split_first_chunk::<2>()?;
        Some(Self { status: u16::from_be_bytes(*status), body: body.to_vec() })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.body.is_empty() {
            return status.into_response();
        }
        let kind = if self.status >= 400 { "application/problem+json" } else { "application/json" };
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], self.body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_kept_is_told_again_word_for_word() {
        for answer in [Answer::ok(&["a"]), Answer::with(201, &"b"), Answer::done()] {
            assert_eq!(Answer::from_kept(&answer.to_kept()), Some(answer));
        }
        assert_eq!(Answer::from_kept(&[1]), None);
    }
}

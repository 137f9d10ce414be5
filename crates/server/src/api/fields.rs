//! What requests bring: JSON objects, read strictly. A field that nobody knows, one that comes twice, or one of another
//! type is an error and not a misunderstanding.

use std::net::IpAddr;
use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign::{
    attempt::Wrong,
    kept_answer::{Asked, LONGEST_KEY},
};
use countersign_store::{
    Refusal, Unavailable,
    kept_answers::{Before, Once},
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::{About, sentence};
use super::problem::{Kind, Problem};
use crate::app::App;
use crate::hasher::NotHashed;

/// The largest body, in bytes.
pub(super) const LARGEST: usize = 16 * 1024;

/// For whom the application asks: for the audit log alone, nothing is decided by it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The `User-Agent` of the person's browser. Without it the log names the application.
    #[schema(max_length = 1000)]
    pub user_agent: Option<String>,
    /// The network address of the person.
    #[schema(value_type = Option<String>, example = "192.0.2.7")]
    pub ip_address: Option<IpAddr>,
}

/// A request that changes something: who asks about whom, with what, and under which idempotency key.
pub struct Write<T> {
    pub(super) about: About,
    pub(super) fields: T,
    asked: Option<Asked>,
}

/// Why something was not done.
pub enum NotDone {
    /// For this reason.
    Problem(Problem),
    /// The very same was asked and answered before: so.
    AnsweredBefore(Answer),
}

/// What a request that changes something comes to.
pub type Outcome = Result<Answer, NotDone>;

impl From<Problem> for NotDone {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<NotHashed> for NotDone {
    fn from(reason: NotHashed) -> Self {
        Self::Problem(reason.into())
    }
}

impl From<Unavailable> for NotDone {
    fn from(reason: Unavailable) -> Self {
        Self::Problem(reason.into())
    }
}

impl IntoResponse for NotDone {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::AnsweredBefore(answer) => {
                let mut response = answer.into_response();
                response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
                response
            }
        }
    }
}

impl<T> Write<T> {
    /// The request as one that is answered once; `answer` says how.
    pub(super) fn once<'a, W>(
        &'a self,
        answer: &'a (dyn Fn(Result<&W, Wrong>) -> Vec<u8> + Send + Sync),
    ) -> Once<'a, W> {
        Once::new(self.about.caller.application.id, self.asked.as_ref(), answer)
    }

    /// What to answer to a refusal. Where the very same was answered meanwhile, that is the answer.
    pub(super) async fn refused(&self, refusal: Refusal) -> NotDone {
        let Some(asked) = self.asked.as_ref().filter(|_| refusal.finds_an_answer()) else {
            return Problem::refused(refusal, self.about.caller.now).into();
        };
        match answered(&self.about, asked).await {
            Ok(Some(answer)) => NotDone::AnsweredBefore(answer),
            Ok(None) => Problem::of(Kind::ChangedMeanwhile).into(),
            Err(problem) => problem.into(),
        }
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for Write<T> {
    type Rejection = NotDone;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, NotDone> {
        let (mut parts, body) = request.into_parts();
        let about = About::from_request_parts(&mut parts, app).await?;
        let name = idempotency_key(&parts.headers)?;
        let is_json = is_json(&parts.headers);
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let request = Request::from_parts(parts, body);
        let body = Bytes::from_request(request, app).await.map_err(|refused| match refused.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::of(Kind::TooLarge).because(format!("At most {LARGEST} bytes are read."))
            }
            _ => Problem::of(Kind::TooSlow),
        })?;
        let asked = name.map(|name| {
            let request = [method.as_str().as_bytes(), path.as_bytes(), &body];
            Asked::new(&about.caller.key, &name, request)
        });
        if let Some(asked) = &asked
            && let Some(answer) = answered(&about, asked).await?
        {
            return Err(NotDone::AnsweredBefore(answer));
        }
        let fields = match (body.is_empty(), is_json) {
            (true, _) => T::default(),
            (false, false) => return Err(Problem::of(Kind::WrongMediaType).into()),
            (false, true) => read(&body)?,
        };
        Ok(Self { about, fields, asked })
    }
}

/// Reads one JSON value and nothing after it.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|reason| Problem::of(Kind::Malformed).because(sentence(&reason)))
}

/// What was answered to the same request before.
async fn answered(about: &About, asked: &Asked) -> Result<Option<Answer>, Problem> {
    let caller = &about.caller;
    match caller.store.answered_before(caller.application.id, asked, caller.now).await? {
        None => Ok(None),
        Some(Before::Answered(kept)) => {
            Answer::from_kept(&kept).map(Some).ok_or_else(|| Problem::of(Kind::Internal))
        }
        Some(Before::AnotherRequest) => Err(Problem::of(Kind::IdempotencyKeyReused)),
        Some(Before::Unreadable) => Err(Problem::of(Kind::AnswerLost)),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if values.next().is_some() || text.is_empty() || text.len() > LONGEST_KEY {
        let detail = format!(
            "Idempotency-Key has to be there once, with 1 to {LONGEST_KEY} visible ASCII characters."
        );
        return Err(Problem::of(Kind::Malformed).because(detail));
    }
    Ok(Some(text.to_owned()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Fields {
        code: Option<String>,
        remember: Option<bool>,
    }

    #[test]
    fn what_is_not_exactly_what_was_asked_for_is_refused() {
        let right: Fields = read(br#"{"code":"123456"}"#).unwrap();
        assert_eq!(right.code.as_deref(), Some("123456"));
        for bad in [
            r#"{"code":123456}"#,
            r#"{"code":"1","code":"2"}"#,
            r#"{"code":"1","x":1}"#,
            r#"{"remember":"true"}"#,
            r#"{"code":"1"} {"code":"2"}"#,
            r#"["1", true]"#,
            r#""code""#,
            "",
            "{",
            "\u{feff}{}",
            &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        ] {
            assert!(read::<Fields>(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read::<Fields>(b"{\"code\":\"\xff\"}").is_err());
    }
}

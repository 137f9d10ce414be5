//! What requests bring: JSON objects, read strictly. A field that nobody knows, one that comes twice, or one of another
//! type is an error and not a misunderstanding.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;
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
    Refusal, Unavailable, Visit,
    kept_answers::{Before, Once},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::{About, sentence};
use super::problem::{Kind, Problem};
use crate::app::App;
use crate::chance::Chance;
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
    /// Has it done by `act`, and answers with what `answer` makes of it. The answer is kept in the very script that does
    /// it, for whoever asks again; so is a wrong answer of the person's, which was counted.
    pub(super) async fn done<W: Sync>(
        &self,
        client: &Client,
        answer: impl Fn(&W) -> Answer + Send + Sync,
        act: impl AsyncFnOnce(&Once<'_, W>, &Visit, &mut Chance) -> Result<W, Refusal>,
    ) -> Result<Answer, Refusal> {
        let caller = &self.about.caller;
        let kept = |outcome: Result<&W, Wrong>| match outcome {
            Ok(what) => answer(what).to_kept(),
            Err(wrong) => Problem::wrong(wrong).answer().to_kept(),
        };
        let once = Once::new(caller.application.id, self.asked.as_ref(), &kept);
        let (visit, mut chance) = (caller.visit(client), caller.app.chance);
        act(&once, &visit, &mut chance).await.map(|what| answer(&what))
    }

    /// What to answer to a refusal.
    pub(super) fn refused(&self, refusal: Refusal) -> NotDone {
        Problem::refused(refusal, self.about.caller.now).into()
    }

    /// The last word. Of two that ask the very same at once the second may find the world as the first left it, and be
    /// refused at any step for what is true only since then: its answer is the first one's.
    pub(super) async fn settled(&self, outcome: Outcome) -> Outcome {
        let (Err(NotDone::Problem(problem)), Some(asked)) = (&outcome, &self.asked) else { return outcome };
        match answered(&self.about, asked).await? {
            // A refusal that was itself kept, in the script that counted it, is nobody else's answer.
            Some(answer) if answer != problem.answer() => Err(NotDone::AnsweredBefore(answer)),
            _ => outcome,
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

/// Reads one JSON object and nothing after it.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let malformed = |reason| Problem::of(Kind::Malformed).because(sentence(&without_values(&reason)));
    let mut json = serde_json::Deserializer::from_slice(body);
    let fields = object(&mut json).map_err(malformed)?;
    json.end().map_err(malformed)?;
    Ok(fields)
}

/// What is wrong with a body, without what was in it: problems are logged, and a code in the wrong place is still a code.
fn without_values(reason: &serde_json::Error) -> String {
    let text = reason.to_string();
    let value = text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "));
    let expected = value.and_then(|value| Some((value, value.rfind(", expected ")?)));
    let Some((value, at)) = expected else { return text };
    let kind = value.split(['`', '"', ',']).next().unwrap_or_default().trim();
    format!("{kind} found{}", value.get(at..).unwrap_or_default())
}

/// Reads fields from an object alone. What is derived would take an array of their values in their order as well: a
/// second spelling of every request, in which nothing is named.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    from.deserialize_map(Object(PhantomData))
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
    use serde_json::Value;

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

    #[test]
    fn a_refusal_says_what_and_where_and_repeats_no_value() {
        let told = |body: &str| {
            let problem: Value =
                serde_json::from_slice(&read::<Fields>(body.as_bytes()).unwrap_err().answer().body).unwrap();
            problem["detail"].as_str().unwrap().to_owned()
        };
        assert_eq!(told(r#"{"code":123456}"#), "Integer found, expected a string at line 1 column 14.");
        assert_eq!(
            told(r#"{"remember":"a, expected b"}"#),
            "String found, expected a boolean at line 1 column 27."
        );
        assert_eq!(told(r#"{"remember":"\"x"}"#), "String found, expected a boolean at line 1 column 17.");
        assert_eq!(told("[1]"), "Sequence found, expected an object at line 1 column 0.");
        assert_eq!(
            told(r#"{"x":1}"#),
            "Unknown field `x`, expected `code` or `remember` at line 1 column 4."
        );
    }
}

//! How many requests an application may make a minute: a bucket that fills evenly, at each node for itself.
//!
//! It protects the service from a loop in an application. Codes are protected by the guess budget, which is the same at
//! every node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::Response,
};
use countersign::{ApplicationId, Timestamp};
use countersign_store::applications::Application;

use super::problem::{Kind, Problem};
use crate::app::App;

/// A minute in microseconds: fine enough for a million requests in it.
const MINUTE: i64 = 60_000_000;

/// Whose limit the answer is to tell, once it is known who asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Limited(Arc<OnceLock<Application>>);

impl Limited {
    /// This application asks.
    pub(super) fn is(&self, application: &Application) {
        if application.choices.requests_a_minute.is_some() {
            // A request is asked by one application.
            let _was_known = self.0.set(application.clone());
        }
    }
}

/// The middleware that tells an application with a limit how much of it is left.
pub(super) async fn tell(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let limited = Limited::default();
    request.extensions_mut().insert(limited.clone());
    let mut response = next.run(request).await;
    if let Some(application) = limited.0.get() {
        app.rates.say(application, response.headers_mut());
    }
    response
}

/// The buckets of all applications that have a limit and asked lately.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<ApplicationId, Bucket>>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Microseconds of a minute that are left: each request takes its share of it.
    left: i64,
    at: Timestamp,
}

impl Rates {
    /// Takes a request from the bucket of an application.
    ///
    /// # Errors
    /// [`Kind::RateLimited`], with when to come again.
    pub fn take(&self, application: &Application, now: Timestamp) -> Result<(), Problem> {
        let Some(limit) = application.choices.requests_a_minute else { return Ok(()) };
        let share = share(limit);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(application.id).or_insert(Bucket { left: MINUTE, at: now });
        let passed = now.milliseconds().saturating_sub(bucket.at.milliseconds());
        let filled = passed.saturating_mul(1000).clamp(0, MINUTE);
        bucket.left = bucket.left.saturating_add(filled).min(MINUTE);
        bucket.at = now;
        if bucket.left < share {
            let wait = seconds(share.saturating_sub(bucket.left));
            let detail = format!("It may make {limit} a minute.");
            return Err(Problem::of(Kind::RateLimited).because(detail).after(wait));
        }
        bucket.left = bucket.left.saturating_sub(share);
        Ok(())
    }

    /// Says in the headers of an answer how much is left (`RateLimit` and `RateLimit-Policy` of the IETF draft).
    pub fn say(&self, application: &Application, headers: &mut HeaderMap) {
        let Some(limit) = application.choices.requests_a_minute else { return };
        let buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = buckets.get(&application.id).map_or(MINUTE, |bucket| bucket.left);
        let (share, full) = (share(limit), seconds(MINUTE.saturating_sub(left)));
        let said = [
            ("ratelimit-policy", format!("\"minute\";q={limit};w=60")),
            ("ratelimit", format!("\"minute\";r={};t={full}", left / share)),
        ];
        for (name, value) in said {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(microseconds: i64) -> i64 {
    microseconds.saturating_add(999_999) / 1_000_000
}

/// How much of a minute a request takes.
fn share(limit: u32) -> i64 {
    (MINUTE / i64::from(limit.max(1))).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign::{Span, application::Choices};
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn a_minutes_worth_comes_at_once_and_the_rest_evenly() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut rng = StdRng::seed_from_u64(1);
        let mut application = Application {
            id: ApplicationId::fresh(now, &mut rng),
            name: "shop".to_owned(),
            choices: Choices { requests_a_minute: Some(6), ..Choices::with_issuer("Shop") },
        };
        let rates = Rates::default();
        for _ in 0..6 {
            rates.take(&application, now).unwrap();
        }
        assert!(rates.take(&application, now).is_err());
        assert!(rates.take(&application, now + Span::milliseconds(9_999)).is_err());
        assert!(rates.take(&application, now + Span::seconds(10)).is_ok());
        assert!(
            rates.take(&application, now - Span::hours(1)).is_err(),
            "a clock that steps back fills nothing"
        );
        let mut headers = HeaderMap::new();
        rates.say(&application, &mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"minute\";q=6;w=60");
        assert_eq!(headers["ratelimit"], "\"minute\";r=0;t=60");
        application.choices.requests_a_minute = None;
        assert!(rates.take(&application, now).is_ok());
    }
}

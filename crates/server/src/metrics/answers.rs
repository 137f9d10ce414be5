//! What was answered at which address, and how long it took.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family, histogram::Histogram};
use tokio::time::Instant;

use crate::app::App;

/// Seconds. A page takes some milliseconds, a password fifty and its queue; a request is given up by proxies after a
/// minute.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// An address that is in no table: whoever looks for holes asks for thousands of them.
const NOWHERE: &str = "elsewhere";

/// The answers since the start. Clones count together.
#[derive(Clone)]
pub(crate) struct Answers {
    /// How many.
    pub(super) count: Family<Answered, Counter>,
    /// How long they took, from the head of the request to that of the answer.
    pub(super) seconds: Family<Asked, Histogram, fn() -> Histogram>,
}

/// What was asked, where, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Answered {
    method: String,
    /// As it stands in the table of routes, where ids have no value.
    route: String,
    status: u16,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Asked {
    method: String,
}

impl Default for Answers {
    fn default() -> Self {
        let seconds = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        Self { count: Family::default(), seconds }
    }
}

/// Counts an answer.
pub(crate) async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = word_of(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or(NOWHERE, MatchedPath::as_str).to_owned();
    let answer = next.run(request).await;
    let status = answer.status().as_u16();
    app.answers
        .seconds
        .get_or_create(&Asked { method: method.clone() })
        .observe(began.elapsed().as_secs_f64());
    app.answers.count.get_or_create(&Answered { method, route, status }).inc();
    answer
}

/// A method that somebody made up is none of ours.
fn word_of(method: &Method) -> String {
    let ours = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    match method {
        // It is a GET without its body.
        method if *method == Method::HEAD => Method::GET.to_string(),
        method if ours.contains(method) => method.to_string(),
        _ => "other".to_owned(),
    }
}

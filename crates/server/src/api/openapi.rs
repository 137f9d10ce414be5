//! The API described in OpenAPI 3.1: made of the code that answers, so that the two cannot differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use utoipa::{
    IntoResponses, OpenApi,
    openapi::{
        Header, HeaderBuilder, ObjectBuilder, RefOr, Required, Response, ResponseBuilder, Type,
        content::ContentBuilder,
        schema::Ref,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::problem::Kind;
use super::{account, authenticators, devices, events, links, recovery_codes, results, verify};
use crate::app::App;

/// What every problem has, as RFC 9457 has it.
#[derive(utoipa::ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it describes what `problem` writes")]
struct ProblemBody {
    /// Which problem it is: the same word on every installation. Compare what follows the `#`.
    #[schema(example = "/api/v1/problems#wrong-code")]
    r#type: String,
    /// The same in a sentence.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong in this case, and what to do.
    detail: Option<String>,
    /// False wherever a second factor was refused.
    verified: Option<bool>,
    /// With `wait`: when a single code is looked at again.
    #[schema(format = DateTime)]
    next_try_at: Option<String>,
    /// With `used-recovery-code`: when it was used.
    #[schema(format = DateTime)]
    used_at: Option<String>,
    /// With `unproven-code`: why the code does not prove the authenticator, as far as it can be known.
    explanation: Option<Explained>,
}

/// Why a code does not prove an authenticator.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes what `authenticators` writes")]
struct Explained {
    reason: Reason,
    /// With `clock-slow` and `clock-fast`: by about how much.
    minutes: Option<u64>,
    /// With `other-algorithm`: which the app computes with.
    algorithm: Option<String>,
    /// With `other-period`: how long the app shows a code.
    seconds: Option<u32>,
    /// With `other-digits`: how many the app shows.
    digits: Option<u8>,
}

/// What the code tells.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "it describes what `authenticators` writes")]
enum Reason {
    ClockSlow,
    ClockFast,
    EarlierQrCode,
    OtherAlgorithm,
    OtherPeriod,
    OtherDigits,
    Unknown,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        version = "1",
        description = "A second factor for any application. The application keeps its own users and passwords; this \
            service keeps authenticators, recovery codes and remembered devices, and decides about codes.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/api/v1")),
    security(("api_key" = [])),
    components(schemas(ProblemBody))
)]
struct Described;

/// Every address of the API, with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(account::show, account::forget))
        .routes(routes!(account::turn_off))
        .routes(routes!(authenticators::start))
        .routes(routes!(authenticators::confirm))
        .routes(routes!(authenticators::remove))
        .routes(routes!(verify::verify))
        .routes(routes!(recovery_codes::replace))
        .routes(routes!(devices::list, devices::forget_all))
        .routes(routes!(devices::forget))
        .routes(routes!(links::make))
        .routes(routes!(results::redeem))
        .routes(routes!(events::list))
}

/// The writes that need no more than their address.
const WITHOUT_A_BODY: [&str; 2] = ["offer_authenticator", "replace_recovery_codes"];

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes().split_for_parts().1;
    for operation in document.paths.paths.values_mut().filter_map(|path| path.post.as_mut()) {
        let bare = operation.operation_id.as_deref().is_some_and(|id| WITHOUT_A_BODY.contains(&id));
        if let Some(RefOr::T(body)) = operation.request_body.as_mut().filter(|_| bare) {
            body.required = Some(Required::False);
        }
    }
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("countersign_…")
        .description(Some("What `countersign application add` printed."))
        .build();
    let components = document.components.get_or_insert_with(Default::default);
    components.security_schemes.insert("api_key".to_owned(), RefOr::T(SecurityScheme::Http(scheme)));
    document
}

/// What every call may be refused with.
pub(crate) struct Refusals;

/// What a call that changes something may be refused with besides.
pub(crate) struct WriteRefusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(&[400, 401, 403, 404, 408, 409, 422, 429, 500, 503])
    }
}

impl IntoResponses for WriteRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(&[413, 415])
    }
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
    HeaderBuilder::new().schema(Some(seconds)).description(Some("In how many seconds to ask again.")).build()
}

/// The problems of these statuses.
fn described(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let response = |status: &u16| {
        let kinds = Kind::ALL.iter().filter(|kind| kind.status() == *status);
        let words: Vec<String> = kinds.map(|kind| format!("`{}`: {}", kind.word(), kind.title())).collect();
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new()
            .description(words.join("\n\n"))
            .content("application/problem+json", content);
        let response = match status {
            429 | 503 => response.header("Retry-After", retry_after()),
            _ => response,
        };
        (status.to_string(), RefOr::T(response.build()))
    };
    statuses.iter().map(response).collect()
}

//! `POST /accounts/{user}/links`: a one-time link to our own pages, for an application that does not draw them itself.

use countersign::{errand, name::Name};
use countersign_store::errands::{Asked, Drawn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::sentence;
use super::fields::{Client, Outcome, Write};
use super::moment;
use super::problem::{Kind, Problem};
use crate::l10n::Language;

/// The longest text of an application's own, in bytes.
const LONGEST_STATE: usize = 255;

/// What the person is sent for, and where they come back to.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What for. It has to be there.
    purpose: Option<Purpose>,
    /// Where the person comes back to: one of the return addresses that the operator has set, letter by letter. It has to
    /// be there.
    #[serde(default)]
    #[schema(example = "https://shop.example.com/two-factor/back", max_length = 512)]
    return_to: String,
    /// A text of your own that comes back with the result: 1 to 255 visible ASCII characters. Make one up for each link,
    /// keep it in the person's session, and compare.
    #[schema(min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    state: Option<String>,
    /// The language of the pages. Without it they are in the one that the browser asks for.
    #[schema(example = "cs")]
    language: Option<String>,
    /// The account as its owner knows it, such as an email address. Without it, the user id.
    #[schema(max_length = 100, example = "jana@example.com")]
    account_name: Option<String>,
    /// With `verify`: whether a code is asked for even on a remembered device, as before something that matters.
    #[serde(default)]
    fresh: bool,
    #[serde(default, deserialize_with = "super::fields::object")]
    client: Client,
}

/// What a person is sent to our pages for.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LinkPurpose)]
pub(super) enum Purpose {
    /// To turn two-factor authentication on.
    TurnOn,
    /// To see and change all there is of it.
    Manage,
    /// To show a second factor.
    Verify,
}

impl From<Purpose> for errand::Purpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::TurnOn => Self::TurnOn,
            Purpose::Manage => Self::Manage,
            Purpose::Verify => Self::Verify,
        }
    }
}

/// Where to send the person.
#[derive(Serialize, ToSchema)]
pub struct LinkDrawn {
    /// The link. The first browser that opens it goes on, and no other: lead the person's browser there at once, with a
    /// redirect.
    url: String,
    /// Until when it waits to be opened.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Make a link to our pages
///
/// Lead the person's browser to it. They turn two-factor authentication on, manage it, or show a code, and come back to
/// `return_to` with `countersign_result`, which is to be redeemed.
#[utoipa::path(post, operation_id = "make_link", path = "/accounts/{user}/links", tag = "Hosted pages",
    params(super::UserParameter, super::IdempotencyParameter), request_body = Link,
    responses((status = 201, description = "Made.", body = LinkDrawn), super::Refusals, super::WriteRefusals))]
pub(super) async fn make(write: Write<Link>) -> Outcome {
    write.settled(making(&write).await).await
}

async fn making(write: &Write<Link>) -> Outcome {
    let (about, fields) = (&write.about, &write.fields);
    let caller = &about.caller;
    let asked = Asked {
        purpose: purposed(fields.purpose)?,
        fresh: fields.fresh,
        account_name: match &fields.account_name {
            None => about.user.as_str().to_owned(),
            Some(name) => Name::parse(name)
                .map_err(|reason| malformed("account_name", &sentence(&reason)))?
                .as_str()
                .to_owned(),
        },
        return_to: fields.return_to.clone(),
        state: match &fields.state {
            Some(state) if !is_state(state) => {
                return Err(malformed("state", "It has 1 to 255 visible ASCII characters.").into());
            }
            state => state.clone(),
        },
        language: match fields.language.as_deref() {
            None => None,
            Some(code) => Some(
                Language::parse(code)
                    .ok_or_else(|| malformed("language", "The pages are in \"en\" and \"cs\"."))?
                    .code(),
            ),
        },
    };
    let origin = &caller.app.config.service.public_url;
    let whose = (&about.user, about.account);
    let drawn = write.done(
        &fields.client,
        |drawn| Answer::with(201, &said(drawn, origin)),
        async |once, visit, chance| {
            caller.store.draw_errand(&caller.application, whose, &asked, once, visit, chance).await
        },
    );
    drawn.await.map_err(|refusal| write.refused(refusal))
}

/// What somebody is sent for, which has to be said.
pub(super) fn purposed(purpose: Option<Purpose>) -> Result<errand::Purpose, Problem> {
    purpose
        .map(Into::into)
        .ok_or_else(|| malformed("purpose", "It is \"turn_on\", \"manage\" or \"verify\"."))
}

fn is_state(state: &str) -> bool {
    (1..=LONGEST_STATE).contains(&state.len()) && state.bytes().all(|byte| byte.is_ascii_graphic())
}

fn malformed(field: &str, why: &str) -> Problem {
    Problem::of(Kind::Malformed).because(format!("{field}: {why}"))
}

fn said(drawn: &Drawn, origin: &crate::config::PublicUrl) -> LinkDrawn {
    LinkDrawn {
        url: origin.page(&format!("/hosted/begin?link={}", drawn.link.reveal())),
        expires_at: moment(drawn.expires_at),
    }
}

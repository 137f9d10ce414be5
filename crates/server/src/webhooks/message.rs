//! The body of a message: its type, when what it tells happened, and to whom. Nothing secret is ever in one: no key, no
//! code, no token. Whoever wants more asks the feed of events, where `position` is its place.

use countersign::topic::Topic;
use countersign_store::deliveries::Message;
use serde::Serialize;

use crate::api::moment;

/// The type of the message that only shows that messages arrive.
pub const TEST: &str = "webhook.test";

#[derive(Serialize)]
struct Body<D> {
    r#type: &'static str,
    timestamp: String,
    data: D,
}

#[derive(Serialize)]
struct Data<'a> {
    user: &'a str,
    position: i64,
    actor: Option<&'static str>,
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticators: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes_left: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<u32>,
}

#[derive(Serialize)]
struct Test<'a> {
    application: &'a str,
}

/// The body of a message; nothing where this version does not know what it tells.
pub fn body(message: &Message) -> Option<String> {
    let topic = Topic::of(message.event.kind)?;
    let (subject, count) = (message.event.subject.as_deref(), message.event.count);
    let plain = Data {
        user: &message.user,
        position: message.position,
        actor: message.actor.map(countersign::event::Actor::word),
        method: message.event.method.map(countersign::event::Method::word),
        authenticator: None,
        authenticators: None,
        recovery_codes_left: None,
        device: None,
        devices: None,
    };
    let data = match topic {
        Topic::TwoFactorEnabled | Topic::AuthenticatorAdded | Topic::AuthenticatorRemoved => {
            Data { authenticator: subject, ..plain }
        }
        Topic::TwoFactorImported => Data { authenticator: subject, authenticators: count, ..plain },
        Topic::RecoveryCodeUsed => Data { recovery_codes_left: count, ..plain },
        Topic::DeviceRemembered | Topic::DeviceForgotten | Topic::DeviceCopied => {
            Data { device: subject, ..plain }
        }
        Topic::DevicesForgotten => Data { devices: count, ..plain },
        Topic::TwoFactorDisabled
        | Topic::RecoveryCodesReplaced
        | Topic::AccountLocked
        | Topic::AccountRemoved => plain,
    };
    serde_json::to_string(&Body { r#type: topic.word(), timestamp: moment(message.at), data }).ok()
}

/// The body of the message that only shows that messages arrive.
pub fn test(application: &str, now: countersign::Timestamp) -> String {
    let body = Body { r#type: TEST, timestamp: moment(now), data: Test { application } };
    serde_json::to_string(&body).unwrap_or_default()
}

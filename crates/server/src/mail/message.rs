//! A letter as it goes over the wire (RFC 5322): who, to whom, two parts that say the same, and a name for good.

use countersign::Timestamp;
use countersign_store::outbox::Recipient;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use std::time::{Duration, UNIX_EPOCH};

use super::letter::{Letter, on_one_line};

/// Why a letter cannot be put on the wire. Trying again changes nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWritten {
    /// Mail cannot be sent to this address.
    #[error("mail cannot be sent to this address: {0}")]
    Address(lettre::address::AddressError),
    /// The parts do not fit together.
    #[error("the letter cannot be written: {0}")]
    Parts(lettre::error::Error),
}

/// Whom the letter goes to, with their name.
pub(super) fn mailbox(to: &Recipient) -> Result<Mailbox, NotWritten> {
    let address: Address = to.email.parse().map_err(NotWritten::Address)?;
    Ok(Mailbox::new(Some(on_one_line(&to.name)).filter(|name| !name.trim().is_empty()), address))
}

/// The letter as one message. `name` is its own for good: a reader that gets it twice sees that it is one.
pub(super) fn message(
    letter: &Letter,
    from: &Mailbox,
    to: Mailbox,
    name: &str,
    now: Timestamp,
) -> Result<Message, NotWritten> {
    let sent = Duration::from_millis(u64::try_from(now.milliseconds()).unwrap_or(0));
    let written = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(letter.subject())
        .date(UNIX_EPOCH + sent)
        .message_id(Some(format!("<{name}@{}>", from.email.domain())))
        // RFC 3834: no machine answers it with "I am away".
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(letter.plain(), letter.html()));
    written.map_err(NotWritten::Parts)
}

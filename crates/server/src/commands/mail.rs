//! `countersign mail`: tries the mail server before somebody's account depends on it.

use anyhow::{Context as _, bail};
use lettre::message::Mailbox;
use rand_core::Rng as _;

use super::say;
use crate::chance::Chance;
use crate::cli::Mail;
use crate::clock::{Clock as _, WallClock};
use crate::config::Config;
use crate::mail::sender;

/// Does what was asked about mail.
///
/// # Errors
/// Mail is not set up, or the mail server has not taken the letter; what it said is in the error.
pub async fn run(config: &Config, command: &Mail) -> anyhow::Result<()> {
    let Mail::Test { address } = command;
    let Some(mail) = &config.mail else { bail!("no mail is set up: give mail.host and mail.from") };
    let to: Mailbox = address.parse().with_context(|| format!("{address:?} is not an address"))?;
    let mut chance = Chance::open()?;
    let name = format!("test-{:016x}", chance.next_u64());
    match sender::send_test(config, mail, to, &name, WallClock.now()).await {
        Ok(said) => say(format_args!("{}:{} has taken the letter: {said}", mail.host, mail.port)),
        Err(reason) => bail!("the letter was not sent: {reason}"),
    }
    Ok(())
}

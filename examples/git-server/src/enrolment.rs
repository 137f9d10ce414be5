//! Setting up, on the machine itself: whoever runs the server lets its users sit down at the terminal.

use std::io::{self, BufRead as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::second_factor::{No, SecondFactor};
use crate::users::Users;

/// The fewest characters of a password.
const SHORTEST: usize = 15;

/// Gives somebody a password and a second factor. It is on once a code of theirs was right, and not before.
pub(crate) async fn enrol(name: &str, users: &Users, second_factor: &SecondFactor) -> anyhow::Result<()> {
    if second_factor.on(name).await?.is_some() {
        anyhow::bail!("{name} has a second factor. If it is lost: git-server reset {name}");
    }
    show_typing(false);
    let password = ask("New password: ");
    show_typing(true);
    let password = password?;
    anyhow::ensure!(password.chars().count() >= SHORTEST, "a password has at least {SHORTEST} characters");
    users.set_password(name.to_owned(), password).await?;
    let offer = second_factor.offer(name).await?;
    writeln!(io::stdout(), "\n{}\n{}\n\nScan it, or type the key: {}", offer.qr_code, offer.uri, offer.key)?;
    let codes = loop {
        match second_factor.prove(&offer, &ask("Authentication code: ")?).await {
            Ok(codes) => break codes,
            Err(No::Because(reason)) => writeln!(io::stdout(), "{reason}")?,
            Err(No::Broken(error)) => return Err(error),
        }
    };
    let codes = codes.join("\n");
    Ok(writeln!(io::stdout(), "{name} can sign in. Each of these stands for a lost phone once:\n\n{codes}")?)
}

/// Ends a second factor that is lost.
pub(crate) async fn reset(name: &str, second_factor: &SecondFactor) -> anyhow::Result<()> {
    let account = second_factor.on(name).await?.with_context(|| format!("{name} has no second factor"))?;
    second_factor.turn_off(&account).await?;
    Ok(writeln!(io::stdout(), "Nobody gets in as {name} now, until: git-server enrol {name}")?)
}

fn ask(question: &str) -> anyhow::Result<String> {
    write!(io::stdout(), "{question}")?;
    io::stdout().flush()?;
    let line = io::stdin().lock().lines().next();
    Ok(line.context("nothing more is typed")??)
}

/// Whether the terminal shows what is typed, if there is a terminal.
fn show_typing(seen: bool) {
    let mode = if seen { "echo" } else { "-echo" };
    let _not_a_terminal = Command::new("stty").arg(mode).stderr(Stdio::null()).status();
}

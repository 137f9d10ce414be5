//! What stands behind the door: git itself, for repositories in one folder.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context as _;
use russh::{Channel, server::Msg};
use tokio::io::copy;
use tokio::process::Command;

/// A folder of bare repositories: everybody who is let in reads and writes all of them.
#[derive(Clone)]
pub(crate) struct Repositories(pub(crate) Arc<Path>);

impl Repositories {
    /// The program that was asked for, `git-upload-pack '/notes.git'` or `git-receive-pack '/notes.git'`: no other, and
    /// for nothing but a name in the folder. No shell reads any of it.
    pub(crate) fn program(&self, asked: &[u8]) -> Option<Command> {
        let (program, name) = str::from_utf8(asked).ok()?.split_once(' ')?;
        let program = ["upload-pack", "receive-pack"]
            .into_iter()
            .find(|one| program.strip_prefix("git-") == Some(one))?;
        let name = name.strip_prefix('\'')?.strip_suffix('\'')?.trim_start_matches('/');
        let name = name.strip_suffix(".git").unwrap_or(name);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        let mut command = Command::new("git");
        // A path, whatever the name: nothing that git could take for an option.
        command.arg(program).arg(format!("./{name}.git")).current_dir(&self.0);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Some(command)
    }

    /// Runs it, with its input, output and errors on a channel, for as long as both are there.
    pub(crate) async fn run(mut program: Command, channel: Channel<Msg>) -> anyhow::Result<()> {
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut running = program.spawn().context("git cannot be started")?;
        let pipes = (running.stdin.take(), running.stdout.take(), running.stderr.take());
        let (Some(mut input), Some(mut output), Some(mut errors)) = pipes else {
            anyhow::bail!("git has no pipes")
        };
        let (mut from_client, to_client) = channel.split();
        let feeds = tokio::spawn(async move { copy(&mut from_client.make_reader(), &mut input).await });
        let (mut shows, mut complains) = (to_client.make_writer(), to_client.make_writer_ext(Some(1)));
        let said = tokio::try_join!(copy(&mut output, &mut shows), copy(&mut errors, &mut complains));
        feeds.abort();
        // Whoever has gone reads no more: git ends with this function.
        said.context("the client has gone")?;
        let ended = running.wait().await?;
        to_client.exit_status(ended.code().and_then(|code| u32::try_from(code).ok()).unwrap_or(1)).await?;
        to_client.eof().await?;
        Ok(to_client.close().await?)
    }
}

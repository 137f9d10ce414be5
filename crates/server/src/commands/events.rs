//! `countersign events …`: the audit log of everybody, read and verified. Nothing here changes the database.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use countersign::{
    chain::{Finding, Head, Line, Walk},
    email::Email,
    event::{Kind, Outcome},
};
use countersign_store::{Installation, Log, log::Listed};
use serde_json::json;

use super::say;
use crate::cli::Events as Command;
use crate::config::Config;
use crate::high_water::HighWater;
use crate::sealer::{Lost, utc};

/// How many lines are read at a time.
const CHUNK: u32 = 1000;
/// Somebody has tampered with the log.
const TAMPERED: u8 = 1;
/// Nothing could be said about it.
const NOT_VERIFIED: u8 = 2;

/// Does one of the events commands. `verify` ends with 0 where the log is whole, 1 where it is not, and 2 where that
/// cannot be said.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List { email, after, json } => list(config, email.as_deref(), after, json).await,
        Command::Head => head(config).await,
        Command::Verify { expect } => Ok(verify(config, expect).await.unwrap_or_else(|reason| {
            let _closed = writeln!(std::io::stderr(), "countersign: the log is not verified: {reason:#}");
            ExitCode::from(NOT_VERIFIED)
        })),
    }
}

async fn open(config: &Config) -> anyhow::Result<(Log, Installation)> {
    let log = Log::of(&config.service.database)?;
    let installation = log.installation().await?;
    Ok((log, installation.context("the service has not been started on this database yet")?))
}

async fn head(config: &Config) -> anyhow::Result<ExitCode> {
    let (log, installation) = open(config).await?;
    say(log.head(&installation).await?);
    Ok(ExitCode::SUCCESS)
}

async fn list(config: &Config, email: Option<&str>, after: i64, as_json: bool) -> anyhow::Result<ExitCode> {
    let (log, _) = open(config).await?;
    let key = email.map(Email::key_of);
    if let Some(email) = email
        && !log.has_account(&Email::key_of(email)).await?
    {
        anyhow::bail!("no account has the email {email}");
    }
    let mut after = after;
    loop {
        let lines = log.lines(after, key.as_deref(), CHUNK).await?;
        let Some(last) = lines.last() else { return Ok(ExitCode::SUCCESS) };
        after = last.line.position;
        for listed in &lines {
            if as_json {
                say(in_json(listed));
            } else {
                say(in_words(listed));
            }
        }
    }
}

fn in_json(Listed { line, email }: &Listed) -> serde_json::Value {
    let moment = |milliseconds: i64| {
        jiff::Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |at| at.to_string())
    };
    json!({
        "position": line.position,
        "at": moment(line.at),
        "account": line.account,
        "email": email,
        "kind": line.kind,
        "actor": line.actor,
        "method": line.method,
        "result": Kind::parse(&line.kind).map(|kind| kind.outcome().word()),
        "subject": line.subject,
        "count": line.count,
        "detail": line.detail,
        "until": line.until.map(moment),
        "browser": line.browser,
        "address": line.address,
        "session": line.session,
    })
}

fn in_words(Listed { line, email }: &Listed) -> String {
    let result = Kind::parse(&line.kind).map(Kind::outcome).filter(|outcome| *outcome != Outcome::Done);
    let mut words = vec![line.position.to_string(), utc(line.at()), line.kind.clone()];
    words.push(email.clone().unwrap_or_else(|| line.account.clone()));
    words.extend(line.actor.as_ref().map(|actor| format!("by={actor}")));
    words.extend(line.method.as_ref().map(|method| format!("method={method}")));
    words.extend(result.map(|result| format!("result={}", result.word())));
    words.extend(line.subject.as_ref().map(|subject| format!("subject={subject:?}")));
    words.extend(line.count.map(|count| format!("count={count}")));
    words.extend(line.detail.as_ref().map(|detail| format!("detail={detail:?}")));
    words.extend(
        line.until.map(|until| format!("until={}", utc(countersign::Timestamp::from_milliseconds(until)))),
    );
    words.push(format!("browser={:?}", line.browser));
    words.extend(line.address.as_ref().map(|address| format!("address={address}")));
    on_one_line(&words.join("  "))
}

/// Whatever somebody wrote into the database stays on its line and moves no cursor.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

async fn verify(config: &Config, expect: Vec<Head>) -> anyhow::Result<ExitCode> {
    let (log, installation) = open(config).await?;
    // The mark before the chain: it only names links that are there by then, however busy the service is.
    let mark = HighWater::at(config.service.high_water_file.clone()).read()?;
    let own = mark.filter(|mark| mark.installation == installation.id);
    let mut noted = expect;
    noted.extend(own.map(|mark| mark.head));
    let mut walk = Walk::from_the_beginning(installation.id, noted);
    let mut found = 0_u64;
    let mut progress = Progress::to(log.head(&installation).await?.link);
    loop {
        let links = log.links(walk.last().link, CHUNK).await?;
        if links.is_empty() {
            break;
        }
        links.iter().for_each(|kept| walk.step(kept));
        progress.at(walk.last().link);
        found = found.saturating_add(report(&log, walk.findings()).await?);
    }
    let mut after = 0;
    loop {
        let strays = log.strays(after, CHUNK).await?;
        let Some((last, _)) = strays.last() else { break };
        after = *last;
        strays.iter().for_each(|(position, line)| walk.unchained(*position, line));
    }
    progress.end();
    let last = walk.last();
    found = found.saturating_add(report(&log, walk.end()).await?);
    if own.is_none() && installation.marked {
        found = found.saturating_add(1);
        say(if mark.is_some() {
            "wrong      the high-water mark is of another installation: nothing shows that the end is there"
        } else {
            "wrong      there is no high-water mark: nothing shows that the end is there"
        });
    }
    for restoration in log.restorations().await? {
        let at = utc(restoration.at);
        say(format_args!("note       at {at} an older backup was restored; lost: {}", Lost(&restoration)));
    }
    match log.waiting().await? {
        0 => {}
        waiting => {
            say(format_args!("note       {waiting} line(s) are not chained yet; the service does that"));
        }
    }
    if found == 0 {
        say(format_args!("ok         {} lines, whole and in order up to {last}", last.link));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("{found} finding(s) in {} lines", last.link));
    Ok(ExitCode::from(TAMPERED))
}

/// Says what is wrong, and how often something is.
async fn report(log: &Log, findings: Vec<Finding>) -> anyhow::Result<u64> {
    let mut said = 0_u64;
    for finding in findings {
        let what = match &finding {
            Finding::Altered { link, line } => {
                format!("link {link}: its line was altered: {}", whose(log, line).await?)
            }
            Finding::Removed { link, position } => {
                format!("link {link}: its line was removed (position {position})")
            }
            Finding::Gap { first, last } if first == last => format!("link {first} was removed"),
            Finding::Gap { first, last } => format!("links {first} to {last} were removed"),
            Finding::Reordered { link, position } => {
                format!("link {link}: its line (position {position}) stands before that of the link before")
            }
            Finding::Inserted { line, position } => {
                format!("position {position}: this line was inserted later: {}", whose(log, line).await?)
            }
            Finding::CutOff { noted, last } => {
                format!(
                    "the end was cut off: link {} was noted as {noted}, the last one here is {last}",
                    noted.link
                )
            }
            Finding::Rewritten { noted, found } => {
                format!(
                    "link {}: it was noted as {noted} and is {found} now: lines up to it were rewritten",
                    noted.link
                )
            }
        };
        say(format_args!("wrong      {}", on_one_line(&what)));
        said = said.saturating_add(1);
    }
    Ok(said)
}

/// Which line, whose, and of when.
async fn whose(log: &Log, line: &Option<Box<Line>>) -> anyhow::Result<String> {
    let Some(line) = line else { return Ok("it cannot be read as a line any more".to_owned()) };
    let whose = log.email_of(&line.account).await?.unwrap_or_else(|| format!("account {}", line.account));
    Ok(format!("now {} of {whose} at {}, position {}", line.kind, utc(line.at()), line.position))
}

/// How far the walk has come, on a terminal alone.
struct Progress {
    of: i64,
    shown: bool,
}

impl Progress {
    fn to(of: i64) -> Self {
        Self { of, shown: std::io::stderr().is_terminal() }
    }

    fn at(&mut self, link: i64) {
        if self.shown {
            let _closed = write!(std::io::stderr(), "\r{link} of {}", self.of);
        }
    }

    fn end(&mut self) {
        if self.shown {
            let _closed = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

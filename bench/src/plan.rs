//! What a client does in one visit, as `scripts/bench` describes it: requests one after the other, with gaps that are
//! filled for each account.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::http::Answer;

/// A plan as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// The requests of one visit.
    pub(crate) visit: Vec<Request>,
    /// How many steps before and after the present one the server takes.
    #[serde(default = "one")]
    pub(crate) window: i64,
    /// Whether the server lets a code be used again: then its accounts never run out.
    #[serde(default)]
    pub(crate) replay: bool,
    /// How long a client rests after a visit.
    #[serde(default)]
    pub(crate) pause_ms: u64,
}

const fn one() -> i64 {
    1
}

/// One request of a plan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: Text,
    #[serde(default)]
    pub(crate) headers: Text,
    /// The type of the body and the body.
    #[serde(default)]
    pub(crate) body: Option<(String, Text)>,
    /// The status of an answer that is as it should be.
    pub(crate) expect: u16,
    /// Where a redirection has to lead, if it matters.
    #[serde(default)]
    pub(crate) leads_to: Option<String>,
    /// What has to stand in the answer.
    #[serde(default)]
    pub(crate) says: Option<String>,
    /// What of the answer is needed later: a name, and where it stands in its JSON.
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, String>,
}

/// A text with gaps, such as `/api/v1/accounts/{user}/verify`.
#[derive(Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(Vec<Part>);

enum Part {
    Plain(String),
    Gap(String),
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (mut parts, mut rest) = (Vec::new(), text.as_str());
        // A gap is `<name>`: braces are JSON's.
        while let Some((before, after)) = rest.split_once('<') {
            let (name, after) =
                after.split_once('>').ok_or_else(|| format!("{text}: a gap without an end"))?;
            parts.push(Part::Plain(before.to_owned()));
            parts.push(Part::Gap(name.to_owned()));
            rest = after;
        }
        parts.push(Part::Plain(rest.to_owned()));
        Ok(Self(parts))
    }
}

impl Text {
    pub(crate) fn has(&self, gap: &str) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Gap(name) if name == gap))
    }

    /// The text with its gaps filled.
    pub(crate) fn filled(&self, visit: &Facts) -> anyhow::Result<String> {
        let mut text = String::with_capacity(256);
        for part in &self.0 {
            match part {
                Part::Plain(plain) => text.push_str(plain),
                Part::Gap(name) if name == "cookies" => visit.write_cookies(&mut text),
                Part::Gap(name) => text.push_str(visit.get(name)?),
            }
        }
        Ok(text)
    }
}

impl Plan {
    /// Reads a plan.
    pub(crate) fn read(path: &std::path::Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        serde_json::from_str(&text).with_context(|| format!("{} is no plan", path.display()))
    }

    /// Whether a visit needs this of its account.
    pub(crate) fn needs(&self, gap: &str) -> bool {
        self.visit.iter().any(|request| {
            let body = request.body.as_ref().is_some_and(|(_, body)| body.has(gap));
            body || request.path.has(gap) || request.headers.has(gap)
        })
    }
}

/// What is known in a visit: of its account, and of the answers so far.
#[derive(Default)]
pub(crate) struct Facts {
    known: BTreeMap<String, String>,
    cookies: BTreeMap<String, String>,
}

impl Facts {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.known.insert(name.to_owned(), value.into());
    }

    pub(crate) fn get(&self, name: &str) -> anyhow::Result<&str> {
        self.known.get(name).map(String::as_str).with_context(|| format!("nothing fills <{name}>"))
    }

    pub(crate) fn keep(&mut self, request: &Request, answer: &Answer) -> anyhow::Result<()> {
        for (name, value) in answer.cookies() {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        if request.keep.is_empty() {
            return Ok(());
        }
        let json: serde_json::Value =
            serde_json::from_slice(&answer.body).context("an answer that is no JSON")?;
        for (name, pointer) in &request.keep {
            let Some(value) = json.pointer(pointer).and_then(|value| value.as_str()) else {
                bail!("the answer has no {pointer}");
            };
            self.set(name, value);
        }
        Ok(())
    }

    fn write_cookies(&self, text: &mut String) {
        for (nth, (name, value)) in self.cookies.iter().enumerate() {
            let between = if nth == 0 { "" } else { "; " };
            // A String takes all that is written to it.
            let _ = write!(text, "{between}{name}={value}");
        }
    }
}

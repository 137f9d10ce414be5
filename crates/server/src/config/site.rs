//! One site of `[forward_auth]`: its address, its name, and what each part of it asks for.

use super::{
    NotPublic, Origin, PublicUrl, Wrong,
    literal::{Literal, quoted},
    reader::Reader,
    service::{self, Service},
    setting::{Accepts, Key},
    table::Table,
};
use countersign::{
    Span,
    group::Group,
    site::{Condition, Demand, Rule, Rules},
    site_path::RulePath,
};

/// A site.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name, as people know it.
    pub name: String,
    /// Its address.
    pub url: PublicUrl,
    /// What its parts ask for.
    pub rules: Rules,
}

const WORDS: &[&str] = &["open", "one_factor", "two_factor"];
const DEMANDS: [Demand; 3] = [Demand::Open, Demand::OneFactor, Demand::TwoFactor];

const NAME: Key = Key {
    name: "name",
    default: "has to be given",
    accepts: Accepts::Text("1 to 64 characters on one line"),
    meaning: "The name of the site, on the pages that people see on their way to it.",
};
const URL: Key = Key {
    name: "url",
    default: "has to be given",
    accepts: Accepts::Text("scheme, host and port, such as \"https://wiki.example.com\""),
    meaning: "The address of the site as browsers show it. It needs a host of its own, for its cookie.",
};
const REQUIRE: Key = Key {
    name: "require",
    default: "`\"two_factor\"`",
    accepts: Accepts::OneOf(WORDS),
    meaning: "What somebody has to have shown: nothing, a sign-in, or a sign-in with a code. A remembered device does \
              not stand for the code here; `\"one_factor\"` is content with one.",
};
const RECENT_FACTOR: Key = Key {
    name: "recent_factor",
    default: "not asked",
    accepts: Accepts::Text("a time from \"1m\" to \"24h\", such as \"15m\""),
    meaning: "In place of `require`: a code that was given in this session no longer ago than this.",
};
const GROUPS: Key = Key {
    name: "groups",
    default: "every account",
    accepts: Accepts::List("names of groups, such as [\"staff\"]"),
    meaning: "Which accounts may come in: those in one of these groups (`countersign account groups`).",
};
const RULES: Key = Key {
    name: "rules",
    default: "none",
    accepts: Accepts::Tables("tables `[[forward_auth.sites.rules]]`"),
    meaning: "What holds for parts of the site. The first rule that covers a path counts; elsewhere the site's own \
              `require` and `groups` do. A path that can be read in several ways is held to the strictest of them.",
};
const PATHS: Key = Key {
    name: "paths",
    default: "has to be given",
    accepts: Accepts::List("paths, such as [\"/admin\"]"),
    meaning: "Where the rule holds: at these paths and below them.",
};
const RULE_GROUPS: Key = Key { default: "those of the site", ..GROUPS };

/// The keys of `[[forward_auth.sites]]`.
pub const SITE_KEYS: &[&Key] = &[&NAME, &URL, &REQUIRE, &RECENT_FACTOR, &GROUPS, &RULES];
/// The keys of `[[forward_auth.sites.rules]]`.
pub const RULE_KEYS: &[&Key] = &[&PATHS, &REQUIRE, &RECENT_FACTOR, &RULE_GROUPS];

/// Reads one site, and where its address stands.
pub(super) fn read(
    reader: &mut Reader,
    literal: &Literal,
    service: Option<&Service>,
) -> Option<(Origin, Site)> {
    let mut table = Table::begin(reader, literal, "forward_auth.sites", SITE_KEYS)?;
    let name = table.text(&NAME, service::name);
    let url = table.text(&URL, |text| url(text, service));
    let (name, url) = (needed(&mut table, &NAME, name), needed(&mut table, &URL, url));
    let otherwise = condition(&mut table, &GROUPS, &[]);
    let literals = table.tables(&RULES);
    let origin = table.says(&URL).unwrap_or(&table.origin).clone();
    let groups = otherwise.as_ref().map_or(&[][..], |condition| &condition.groups);
    let (mut rules, mut all_read) = (Vec::new(), true);
    for literal in literals? {
        match rule(table.reader(), &literal, groups, &rules) {
            Some(rule) => rules.push(rule),
            None => all_read = false,
        }
    }
    let rules = all_read.then_some(rules)?;
    Some((origin, Site { name: name?, url: url?, rules: Rules::new(rules, otherwise?) }))
}

fn rule(reader: &mut Reader, literal: &Literal, of_the_site: &[Group], earlier: &[Rule]) -> Option<Rule> {
    let mut table = Table::begin(reader, literal, "forward_auth.sites.rules", RULE_KEYS)?;
    let paths = table.list(&PATHS, path);
    let paths = needed(&mut table, &PATHS, paths);
    let condition = condition(&mut table, &RULE_GROUPS, of_the_site);
    let paths = paths?;
    // The first rule that covers a path counts. Whoever writes a stricter one behind it believes that it holds.
    let covered = |path: &&RulePath| {
        earlier.iter().flat_map(|rule| &rule.paths).any(|before| before.covers_all_of(path))
    };
    if let Some(dead) = paths.iter().find(covered) {
        let what = format!(
            "{} is covered by an earlier rule, so this one never counts there",
            quoted(dead.as_str())
        );
        table.refuse(&PATHS, Wrong::new(what, "Write the rule for the smaller part first"));
    }
    Some(Rule { paths, condition: condition? })
}

/// What is asked, and of whom; where no groups are said, `otherwise`.
fn condition(table: &mut Table<'_>, of: &Key, otherwise: &[Group]) -> Option<Condition> {
    let (demand, groups) = (demand(table), table.list(of, group));
    if demand == Some(Demand::Open) && table.says(of).is_some() {
        let wrong = Wrong::new("what is open is open to everybody", "Leave groups out, or require a sign-in");
        table.refuse(of, wrong);
    }
    let groups = groups?.unwrap_or_else(|| otherwise.to_vec());
    Some(Condition { demand: demand?, groups })
}

/// What one of `require` and `recent_factor` says; without either a code.
fn demand(table: &mut Table<'_>) -> Option<Demand> {
    let word = table.text(&REQUIRE, |text| {
        let known = WORDS.iter().zip(DEMANDS).find(|(word, _)| **word == text);
        known.map(|(_, demand)| demand).ok_or_else(|| Literal::Text(text.to_owned()).unfit(&REQUIRE.accepts))
    });
    let recent = table.text(&RECENT_FACTOR, |text| span(text).map(Demand::RecentFactor));
    match (word?, recent?) {
        (Some(_), Some(_)) => {
            let wrong = Wrong::new("require says something else", "Give one of the two");
            table.refuse(&RECENT_FACTOR, wrong);
            None
        }
        (Some(demand), None) | (None, Some(demand)) => Some(demand),
        (None, None) => Some(Demand::TwoFactor),
    }
}

fn needed<T>(table: &mut Table<'_>, key: &Key, read: Option<Option<T>>) -> Option<T> {
    let read = read?;
    if read.is_none() {
        table.refuse(key, Wrong::new("it is not given", format!("Give {}", key.accepts)));
    }
    read
}

fn url(text: &str, service: Option<&Service>) -> Result<PublicUrl, Wrong> {
    let url = PublicUrl::parse(text).map_err(|reason| {
        let advice = match reason {
            NotPublic::NotAnAddress => "Write scheme and host, such as \"https://wiki.example.com\"",
            NotPublic::MoreThanOrigin => "Write scheme, host and port alone; paths have rules",
            NotPublic::NeedsHttps => "Let the proxy speak https for it, and write https:// here",
        };
        let shown = if text.contains('@') { "the address".to_owned() } else { quoted(text) };
        Wrong::new(format!("{shown} {reason}"), advice)
    })?;
    if service.is_some_and(|service| service.public_url.host() == url.host()) {
        let what = format!("{} is the host of this service", url.host());
        let advice = "Give the site a host of its own: what runs on ours could read our cookies";
        return Err(Wrong::new(what, advice));
    }
    Ok(url)
}

fn group(text: &str) -> Result<Group, Wrong> {
    Group::parse(text).map_err(|reason| Wrong::new(format!("{}: {reason}", quoted(text)), "Give such names"))
}

fn path(text: &str) -> Result<RulePath, Wrong> {
    RulePath::parse(text).map_err(|reason| {
        let advice = "Write a path as people see it, such as \"/admin\": decoded, no wildcard, no query; what is below \
                      it is covered";
        Wrong::new(format!("{} {reason}", quoted(text)), advice)
    })
}

/// `15m`, `90s`, `8h`.
fn span(text: &str) -> Result<Span, Wrong> {
    let unit = text.chars().last();
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<u32>().ok());
    let span = match (number, unit) {
        (Some(number @ 60..=86_400), Some('s')) => Some(Span::seconds(number)),
        (Some(number @ 1..=1440), Some('m')) => Some(Span::minutes(number)),
        (Some(number @ 1..=24), Some('h')) => Some(Span::hours(number)),
        _ => None,
    };
    let advice =
        || Wrong::new(format!("{} is no such time", quoted(text)), format!("Give {}", RECENT_FACTOR.accepts));
    span.ok_or_else(advice)
}

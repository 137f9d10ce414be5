//! Paths of sites: whatever an application behind us makes of a path, nobody gets past the rule that covers what it made.

use countersign::{
    Timestamp,
    group::Group,
    policy::Policy,
    site::{Condition, Demand, Entry, Rule, Rules},
    site_path::RulePath,
};

/// The first line is what the application does to a path, letter by letter; the second is the path; the third a rule's.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let (reader, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let rule = lines.next().unwrap_or("/admin");
    if let Ok(group) = Group::parse(rule) {
        assert_eq!(Group::parse(group.as_str()), Ok(group));
    }
    let Ok(covered) = RulePath::parse(rule) else { return };
    if !path.starts_with('/') {
        return;
    }
    let open = Condition { demand: Demand::Open, groups: Vec::new() };
    let closed = Condition { demand: Demand::OneFactor, groups: Vec::new() };
    let rules = Rules::new(vec![Rule { paths: vec![covered], condition: closed }], open);
    let entry = rules.enter(path, None, &Policy::default(), Timestamp::from_seconds(0));
    // Eight steps are more than any application takes.
    let made = reader.chars().take(8).fold(path.to_owned(), application);
    let rule = rule.trim_end_matches('/').to_lowercase();
    let is_covered =
        |path: &str| path.strip_prefix(&rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_covered(&made) || is_covered(&made.to_lowercase()) {
        assert_eq!(entry, Entry::SignIn, "{path:?} became {made:?} and is open");
    }
}

/// One thing that applications do, written another way than in the engine.
fn application(path: String, what: char) -> String {
    match what {
        'd' => percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned(),
        'b' => path.replace('\\', "/"),
        'q' => path.split_once('?').map_or(path.clone(), |(before, _)| before.to_owned()),
        'h' => path.split_once('#').map_or(path.clone(), |(before, _)| before.to_owned()),
        's' => {
            let mut kept = String::new();
            let mut dropping = false;
            for c in path.chars() {
                dropping = c != '/' && (dropping || c == ';');
                if !dropping {
                    kept.push(c);
                }
            }
            kept
        }
        'm' => {
            let mut kept = path;
            while kept.contains("//") {
                kept = kept.replace("//", "/");
            }
            kept
        }
        'n' if path.starts_with('/') => {
            let mut stack: Vec<&str> = Vec::new();
            for part in path.split('/').skip(1) {
                match part {
                    "." => {}
                    ".." => {
                        stack.pop();
                    }
                    other => stack.push(other),
                }
            }
            format!("/{}", stack.join("/"))
        }
        _ => path,
    }
}

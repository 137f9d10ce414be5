//! docs/integrate.md and docs/hosted-pages.md are run word for word: their commands in one shell, in order, against the program itself, and every
//! answer that they show is compared with the one that came. Ids, secrets, codes and moments differ; nothing else may.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What stands between two blocks of commands in what the shell prints.
const MARK: &str = "----- the next block -----";
/// The one block that is not run as it stands: it fetches this repository and builds this program.
/// `scripts/first-code` runs it.
const FETCHED: &str = "git clone https://github.com/countersign/countersign\ncd countersign\ncargo build\n";

/// Commands, and what they are said to answer, if it is said.
#[derive(Debug)]
struct Example {
    commands: String,
    answer: Option<String>,
}

/// The fenced blocks of a document. A block in another language would be one that nobody runs.
fn examples(document: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = document.lines();
    while let Some(fence) = lines.by_ref().find(|line| line.starts_with("```")) {
        let body: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match fence {
            "```sh" => examples.push(Example { commands: body, answer: None }),
            "```json" | "```text" => {
                let asked = examples.last_mut().filter(|example| example.answer.is_none());
                let Some(asked) = asked else { panic!("nothing is asked before:\n{body}") };
                asked.answer = Some(body);
            }
            other => panic!("{other}: no test runs this"),
        }
    }
    examples
}

/// A text without what differs from time to time: each such word is replaced by its kind.
fn lasting(text: &str) -> String {
    let is_moment = text.ends_with("Z") && text.parse::<jiff::Timestamp>().is_ok();
    if is_moment {
        return "(moment)".to_owned();
    }
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut lasting = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| part_of_word(c) != part_of_word(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        lasting.push_str(kind(piece));
        rest = after;
    }
    lasting
}

/// The kind of a word that is another one each time; any other word is its own.
fn kind(word: &str) -> &str {
    let all = |of: fn(char) -> bool| word.chars().all(of);
    let base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
    match word.len() {
        32 if all(|c| c.is_ascii_hexdigit()) => "(id)",
        32 if word.chars().all(base32) => "(key)",
        43 => "(token)",
        55 if word.starts_with("countersign_") => "(API key)",
        19 if word.split('-').count() == 4
            && all(|c| c == '-' || c.is_ascii_uppercase() || c.is_ascii_digit()) =>
        {
            "(code)"
        }
        _ => word,
    }
}

/// The same of JSON; order counts in lists alone.
fn lasting_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(lasting(&text)),
        Value::Array(items) => items.into_iter().map(lasting_json).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, lasting_json(value))).collect()
        }
        other => other,
    }
}

/// What a block answers, in a form that can be compared: JSON values where it is JSON, words where it is not.
fn comparable(answer: &str) -> Vec<Value> {
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(answer).into_iter().collect();
    match values {
        Ok(values) => values.into_iter().map(lasting_json).collect(),
        Err(_) => answer.split_whitespace().map(|word| Value::String(lasting(word))).collect(),
    }
}

/// Runs the commands of all blocks in one shell, as somebody does who pastes them; what each block printed.
fn run(examples: &[Example], folder: &Path) -> Vec<String> {
    let script: String =
        examples.iter().map(|example| format!("{}printf '\\n%s\\n' '{MARK}'\n", example.commands)).collect();
    // A port that is free now. The document says 8080, and so does its curl; both are led there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fs::write(folder.join(".curlrc"), format!("connect-to = \"localhost:8080:127.0.0.1:{port}\"\n")).unwrap();
    let mut shell = Command::new("bash");
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COUNTERSIGN_"))
    {
        shell.env_remove(name);
    }
    let shell = shell
        .args(["-eu", "-c", &format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}")])
        .current_dir(folder)
        .env("CURL_HOME", folder)
        .env("COUNTERSIGN_LISTEN", format!("127.0.0.1:{port}"))
        .env("COUNTERSIGN_PUBLIC_URL", "http://localhost:8080")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (printed, complained) =
        (String::from_utf8(shell.stdout).unwrap(), String::from_utf8_lossy(&shell.stderr).into_owned());
    assert!(shell.status.success(), "{printed}\n{complained}");
    printed.split(&format!("\n{MARK}\n")).map(str::to_owned).collect()
}

#[test]
fn every_example_of_the_guide_answers_what_the_guide_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/integrate.md");
    let mut examples = examples(&fs::read_to_string(path).unwrap());
    assert_eq!(
        examples.first().unwrap().commands,
        FETCHED,
        "scripts/first-code and this test know this block"
    );
    examples.remove(0);
    answers_as_it_says(&examples, 15);
}

#[test]
fn every_example_of_the_hosted_pages_answers_what_their_guide_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hosted-pages.md");
    answers_as_it_says(&examples(&fs::read_to_string(path).unwrap()), 5);
}

/// Runs the blocks of a document beside a program of its own, and compares more than so many answers.
fn answers_as_it_says(examples: &[Example], least: usize) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("target/debug")).unwrap();
    symlink(env!("CARGO_BIN_EXE_countersign"), folder.path().join("target/debug/countersign")).unwrap();
    let printed = run(examples, folder.path());
    assert_eq!(printed.len(), examples.len() + 1, "a block for each, and what comes after the last");
    let mut compared = 0;
    for (Example { commands, answer }, printed) in examples.iter().zip(&printed) {
        let Some(answer) = answer else { continue };
        assert_eq!(
            comparable(printed),
            comparable(answer),
            "{commands}\nanswered\n{printed}\nand not\n{answer}"
        );
        compared += 1;
    }
    assert!(compared > least, "only {compared} answers were compared");
}

#[test]
fn what_differs_each_time_is_told_from_what_must_not() {
    let code = "M6FZ-8JKB-MRT2-3YC6";
    assert_eq!(lasting(&format!("{code} 2026-11-25")), "(code) 2026-11-25");
    assert_eq!(lasting("2026-11-25T22:33:47.297Z"), "(moment)");
    assert_eq!(
        lasting("otpauth://totp/P:j?secret=RAPUDJN5RBEET6YEEPRYJCUJIQTB747X&digits=6"),
        "otpauth://totp/P:j?secret=(key)&digits=6"
    );
    assert_eq!(lasting("used-recovery-code"), "used-recovery-code");
    assert_ne!(comparable("{\"a\": 1}\n204"), comparable("{\"a\": 1}\n200"));
    assert_eq!(comparable("{\"b\": 2, \"a\": 1}"), comparable("{\"a\":1,\n\"b\":2}\n"));
}

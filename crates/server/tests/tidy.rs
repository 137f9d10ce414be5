//! The house is tidy: what ARCHITECTURE.md says is absent is looked for here, in the repository itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "tidy/files.rs"]
mod files;
#[path = "tidy/fuzzing.rs"]
mod fuzzing;
#[path = "tidy/markdown.rs"]
mod markdown;
#[path = "tidy/rust.rs"]
mod rust;

use std::collections::BTreeSet;
use std::path::Path;

/// Whether `word` stands in `code` as a word of its own.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        !code[..at].ends_with(is_name) && !code[at + word.len()..].starts_with(is_name)
    })
}

/// A manifest's table of dependencies of one kind; empty where there is none.
fn dependencies(name: &str, kind: &str) -> BTreeSet<String> {
    let manifest: toml::Table = files::read(&format!("crates/{name}/Cargo.toml")).parse().unwrap();
    let table = manifest.get(kind).and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}

fn looks_like_sql(text: &str) -> bool {
    let loud = ["SELECT", "INSERT", "UPDATE", "DELETE", "PRAGMA", "SAVEPOINT", "RETURNING"];
    let quiet = ["insert into ", "delete from ", "create table ", "select * from ", "on conflict "];
    let lower = text.to_lowercase();
    loud.iter().any(|word| has_word(text, word)) || quiet.iter().any(|words| lower.contains(words))
}

#[test]
fn sql_is_written_in_the_store_alone() {
    let in_store = rust::sources("crates/store/src").into_iter().flat_map(|source| source.texts);
    assert!(
        in_store.filter(|text| looks_like_sql(text)).count() > 50,
        "the test no longer knows SQL when it sees it"
    );
    let folders = ["crates/engine/src", "crates/server/src", "crates/server/examples"];
    for source in folders.into_iter().flat_map(rust::sources) {
        for text in &source.texts {
            assert!(
                !looks_like_sql(text),
                "{}: {text:?} looks like SQL. All SQL stands in crates/store, where it is prepared on every database \
                 and where a write is one script; add a verb there",
                source.path
            );
        }
    }
}

#[test]
fn the_engine_is_handed_time_and_chance_and_performs_no_io() {
    let forbidden = [
        "async",
        "await",
        "SystemTime",
        "Instant",
        "getrandom",
        "OsRng",
        "SysRng",
        "ThreadRng",
        "thread_rng",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::io",
    ];
    for source in rust::sources("crates/engine/src") {
        for word in forbidden {
            assert!(
                !has_word(&source.code, word),
                "{} has `{word}`: the engine's rules take `now` and an rng as values, so that every rule can be tested \
                 at any moment and used from anywhere",
                source.path
            );
        }
    }
    let depends_on = dependencies("engine", "dependencies");
    let forbidden = [
        "async-std",
        "axum",
        "chrono",
        "getrandom",
        "hyper",
        "jiff",
        "rand",
        "reqwest",
        "rusqlite",
        "sqlx",
        "time",
        "tokio",
        "tokio-postgres",
        "tracing",
    ];
    for name in forbidden {
        assert!(
            !depends_on.contains(name),
            "the engine depends on {name}: it has no I/O, clock or chance of its own"
        );
    }
}

#[test]
fn nothing_below_the_engine_is_a_runtime() {
    let lock: toml::Table = files::read("Cargo.lock").parse().unwrap();
    let mut below = BTreeSet::new();
    let mut unread: Vec<String> = dependencies("engine", "dependencies").into_iter().collect();
    while let Some(name) = unread.pop() {
        let packages = lock["package"].as_array().unwrap().iter();
        for package in packages.filter(|package| package["name"].as_str() == Some(&name)) {
            let needs = package.get("dependencies").and_then(toml::Value::as_array);
            let needs = needs.into_iter().flatten().filter_map(|need| need.as_str()?.split(' ').next());
            unread.extend(needs.filter(|need| !below.contains(*need)).map(str::to_owned));
        }
        below.insert(name);
    }
    assert!(below.len() > 20, "the test no longer reads Cargo.lock: {below:?}");
    for name in ["tokio", "mio", "async-std", "smol", "futures-executor", "socket2", "hyper"] {
        assert!(!below.contains(name), "the engine brings {name} into every program that uses it");
    }
}

#[test]
fn chance_comes_from_the_operating_system_alone() {
    for name in ["engine", "store", "server"] {
        let others = ["rand", "rand_chacha", "fastrand", "nanorand", "oorandom"];
        let depends_on = dependencies(name, "dependencies");
        for other in others {
            assert!(!depends_on.contains(other), "{name} depends on {other}: secrets are drawn by `Chance`");
        }
        for source in rust::sources(&format!("crates/{name}/src")) {
            let is_chance = source.path.ends_with("server/src/chance.rs");
            for word in ["getrandom", "TryRng for", "TryCryptoRng for"] {
                assert_eq!(
                    source.code.contains(word),
                    is_chance,
                    "{}: {word} belongs into chance.rs, and there alone",
                    source.path
                );
            }
        }
    }
}

#[test]
fn the_arrows_point_down() {
    let ours = |name: &str| -> BTreeSet<String> {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .into_iter()
            .flat_map(|kind| dependencies(name, kind))
            .filter(|name| name.starts_with("countersign"))
            .collect()
    };
    let why =
        "server → store → engine and server → engine: an arrow that points up lets a rule depend on a door";
    assert_eq!(ours("engine"), BTreeSet::new(), "{why}");
    assert_eq!(ours("store"), BTreeSet::from(["countersign".to_owned()]), "{why}");
    let below = ["countersign", "countersign-store"].map(str::to_owned);
    assert_eq!(ours("server"), BTreeSet::from(below), "{why}");
    let crates = files::names("crates");
    assert_eq!(crates, ["engine", "server", "store"], "three crates, because only three walls are real");
    for name in ["rusqlite", "tokio-postgres", "sqlx"] {
        let server = dependencies("server", "dependencies");
        assert!(
            !server.contains(name),
            "the server depends on {name}: it speaks to the store in words of the domain"
        );
    }
}

#[test]
fn nothing_is_filed_under_common() {
    for path in files::below("crates", &[".rs"]) {
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        let vague = ["common", "util", "utils", "types", "helpers", "misc"].contains(&stem);
        assert!(!vague, "{path}: a file is named for the one noun it holds");
    }
}

#[test]
fn what_only_a_store_may_do_is_done_in_the_store_alone() {
    let dangers = [
        "open_after_the_budget_accepted",
        "peek_for_the_script",
        "spent_by_the_store",
        "to_turn_on_with_the_link",
        "kept_by_the_store",
    ];
    for danger in dangers {
        let mut used = 0;
        for source in rust::sources("crates") {
            let in_store = source.path.starts_with("crates/store/");
            // The engine's own tests come last in its files, or in files of their own.
            let in_engine = source.path.starts_with("crates/engine/");
            let code = source.code.split("#[cfg(test)]").next().filter(|_| in_engine).unwrap_or(&source.code);
            let found = code.matches(danger).count();
            let defined = code.matches(&format!("fn {danger}")).count();
            assert!(
                found == defined || in_store || (in_engine && is_test_file(&source.path)),
                "{} calls {danger}: an answer opened or a claim turned into a proof before the store's commit is a \
                 second factor that can be guessed in parallel or used twice",
                source.path
            );
            used += usize::from(in_store && found > 0);
        }
        assert!(used > 0, "{danger} is not used in the store: the test looks for a name that is gone");
    }
}

#[test]
fn a9_passwords_are_checked_in_one_place() {
    let callers: Vec<String> = ["crates/store/src", "crates/server/src"]
        .into_iter()
        .flat_map(rust::sources)
        .filter(|source| !is_test_file(&source.path) && source.code.contains("StoredPassword::check"))
        .map(|source| source.path)
        .collect();
    assert_eq!(
        callers,
        ["crates/server/src/web/sign_in.rs"],
        "another place that checks a password is another door, which forgets the budget or the second factor one day"
    );
}

#[test]
fn the_api_knows_neither_sessions_nor_cookies_nor_passwords() {
    let foreign = [
        "session",
        "sessions",
        "cookie",
        "cookies",
        "pending",
        "StoredPassword",
        "PasswordProof",
        "web",
        "Email",
    ];
    for source in rust::sources("crates/server/src/api") {
        let found: Vec<_> = foreign.iter().filter(|word| has_word(&source.code, word)).collect();
        assert!(
            found.is_empty(),
            "{} has {found:?}: the portal's doors and the API's open for different keys",
            source.path
        );
    }
}

#[test]
fn no_call_of_the_api_is_answered_before_it_is_known_who_asks_about_whom() {
    let mut calls = 0;
    for source in rust::sources("crates/server/src/api") {
        let parses = ["AccountId::parse", "ApplicationId::parse"];
        assert!(
            !parses.iter().any(|parse| source.code.contains(parse)),
            "{} reads whose account it is from a request: the API key and the user id say so together",
            source.path
        );
        for call in source.code.split("#[utoipa::path(").skip(1) {
            let arguments =
                call.split_once("async fn ").and_then(|(_, call)| call.split_once(") ->")).unwrap().0;
            let knows = ["About", "Caller", "Write<"].iter().any(|who| arguments.contains(who));
            assert!(knows, "{}: fn {arguments}) answers whoever asks", source.path);
            let writes = arguments.contains("Write<");
            let body = call.split_once(") ->").unwrap().1.split("\n}").next().unwrap_or_default();
            assert!(
                !writes || body.contains("write.settled("),
                "{}: fn {arguments}): of two that ask the very same at once the second must get the answer of the first",
                source.path
            );
            calls += 1;
        }
    }
    assert_eq!(calls, 14, "the test no longer knows a call when it sees one, or there is one more");
}

#[test]
fn a_pending_sign_in_and_a_session_are_two_tables_two_cookies_and_two_types() {
    let schema = files::read("crates/store/migrations/sqlite/0001_accounts.sql");
    assert!(schema.contains("CREATE TABLE pending_sign_ins") && schema.contains("CREATE TABLE sessions"));
    let cookies = files::read("crates/server/src/web/cookies.rs");
    assert!(cookies.contains("\"countersign-pending\"") && cookies.contains("\"countersign-session\""));
    let flag = concat!("is_", "mfa");
    for path in files::below("crates", &[".rs", ".sql", ".html", ".ftl", ".js"]) {
        // Tests may forge such a flag, to show that nobody believes it.
        let believed = !is_test_file(&path) && files::read(&path).contains(flag);
        assert!(!believed, "{path} has {flag}: a flag can be forgotten, a type cannot");
    }
}

#[test]
fn what_is_left_out_on_postgres_exists() {
    let profile = files::read(".config/nextest.toml");
    let names: Vec<&str> =
        profile.split("test(=").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(!names.is_empty());
    for name in names {
        let (file, test) = name.split_once("::").unwrap();
        let source = files::read(&format!("crates/server/tests/http/{file}.rs"));
        assert!(source.contains(&format!("fn {test}()")), "{name} is no test any more");
    }
}

#[test]
fn no_secret_type_can_be_shown() {
    let secrets = [
        ("attempt.rs", "Attempt"),
        ("code.rs", "Code"),
        ("password.rs", "Password"),
        ("recovery.rs", "RecoveryCode"),
        ("recovery.rs", "Pepper"),
        ("secret.rs", "Keyring"),
        ("signing_key.rs", "SigningKey"),
        ("token.rs", "Token"),
        ("totp.rs", "SharedSecret"),
    ];
    let sources = rust::sources("crates/engine/src");
    for (file, secret) in secrets {
        let path = format!("crates/engine/src/{file}");
        let source = sources.iter().find(|source| source.path == path).unwrap();
        let lines: Vec<&str> = source.code.lines().collect();
        let at = lines
            .iter()
            .position(|line| {
                let rest = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_prefix(secret));
                rest.is_some_and(|rest| rest.starts_with(['(', '<', ' ']))
            })
            .unwrap_or_else(|| panic!("{path}: there is no `pub struct {secret}`"));
        let above: String =
            lines[..at].iter().rev().take_while(|line| !line.trim().is_empty()).copied().collect();
        for shows in ["Debug", "Display", "Serialize"] {
            let written = [format!("{shows} for {secret} "), format!("{shows} for {secret}<")];
            assert!(
                !has_word(&above, shows) && !written.iter().any(|written| source.code.contains(written)),
                "{path}: {secret} has {shows}; one log line is enough to give it away"
            );
        }
    }
}

#[test]
fn lints_are_not_silenced_and_nothing_is_left_to_do() {
    for source in rust::sources("crates") {
        for left in ["#[allow(", "#![allow(", "todo!", "unimplemented!", "dbg!"] {
            let why = "say `#[expect(…, reason = …)]`, which ends with its cause; finish what is begun";
            assert!(!source.code.contains(left), "{} has {left}: {why}", source.path);
        }
        let why = "no unsafe code in this house; the workspace forbids it";
        assert!(!has_word(&source.code, "unsafe"), "{}: {why}", source.path);
    }
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    for krate in files::names("crates") {
        for path in files::below(&format!("crates/{krate}/src"), &[".rs"]) {
            let lines = files::read(&path).lines().count();
            assert!(
                lines <= 400 || is_test_file(&path),
                "{path} has {lines} lines: past 400 a file wants to be two, each named for one noun"
            );
        }
    }
}

#[test]
fn migrations_are_numbered_upwards_and_every_one_is_run() {
    let store = files::read("crates/store/src/migrate.rs");
    let databases = files::names("crates/store/migrations");
    let first = files::names(&format!("crates/store/migrations/{}", databases[0]));
    for database in &databases {
        let migrations = files::names(&format!("crates/store/migrations/{database}"));
        assert_eq!(
            migrations, first,
            "{database}: the same numbers and names on every database, so that none drifts"
        );
        let mut before = 0;
        for name in &migrations {
            let number =
                name.split_once('_').filter(|(digits, rest)| digits.len() == 4 && rest.ends_with(".sql"));
            let number: u32 = number.and_then(|(digits, _)| digits.parse().ok()).unwrap_or(0);
            assert!(number > before, "{name}: a number of four digits, above {before:04}");
            before = number;
            assert!(
                store.contains(&format!("\"{name}\"")) && store.contains(&format!("migrations/{database}/")),
                "{database}/{name} is never run"
            );
        }
    }
}

#[test]
fn every_language_has_the_same_files() {
    let languages = files::names("crates/server/locales");
    assert!(languages.len() >= 2);
    let english = files::names("crates/server/locales/en");
    for language in languages {
        let files = files::names(&format!("crates/server/locales/{language}"));
        assert_eq!(
            files, english,
            "{language}: build.rs compares the messages; a translator compares the files"
        );
    }
    let english = files::names("docs/account/en");
    assert_eq!(
        files::names("docs/account/cs"),
        english,
        "guides for account holders stand in both languages"
    );
}

#[test]
fn no_page_asks_anything_of_another_host() {
    let folders = ["crates/server/templates", "crates/server/static"];
    for path in folders.into_iter().flat_map(|folder| files::below(folder, &[""])) {
        let text = files::read(&path).replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for elsewhere in ["http://", "https://", "src=\"//", "href=\"//", "url(//", "@import"] {
            assert!(
                !text.contains(elsewhere),
                "{path} has {elsewhere}: whoever serves it would learn who signs in, and could change the page"
            );
        }
    }
}

#[test]
fn lock_files_name_versions_and_no_place_of_ours() {
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let cargo = files::read(lock);
        for line in cargo.lines().filter(|line| line.starts_with("source = ")) {
            assert_eq!(
                line, "source = \"registry+https://github.com/rust-lang/crates.io-index\"",
                "in {lock}"
            );
        }
    }
    for folder in ["tests/browser", "tests/webhooks", "examples/express"] {
        let npm = files::read(&format!("{folder}/package-lock.json"));
        assert!(
            !npm.contains("\"resolved\""),
            "{folder}/package-lock.json says where it fetched from: .npmrc keeps that out"
        );
    }
    for line in files::read("examples/flask/requirements.txt").lines() {
        let names_a_version =
            line.split("==").count() == 2 && !line.contains("://") && !line.starts_with('-');
        assert!(names_a_version, "requirements.txt: {line}");
    }
}

#[test]
fn the_two_commands_of_the_readme_work() {
    let readme = files::read("README.md");
    for command in ["cargo run --release", "scripts/test"] {
        assert!(readme.lines().any(|line| line.starts_with(command)), "README.md does not show `{command}`");
    }
    let server: toml::Table = files::read("crates/server/Cargo.toml").parse().unwrap();
    let default_run = server["package"].get("default-run").and_then(toml::Value::as_str);
    assert_eq!(default_run, Some("countersign"), "`cargo run` would ask which program is meant");
    for script in files::below("scripts", &[""]).into_iter().chain([".ci/run".to_owned()]) {
        assert!(files::is_executable(&script), "{script} cannot be run: chmod +x {script}");
    }
    assert!(files::read(".ci/run").contains("scripts/test"), "CI runs what people run, and nothing else");
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let root = files::root();
    for path in files::below(".", &[".md"]) {
        let text = files::read(&path);
        for target in markdown::targets(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) =
                target.split_once('#').map_or((target.as_str(), None), |(f, a)| (f, Some(a)));
            let leads_to = match file {
                "" => root.join(&path),
                file => root.join(&path).parent().unwrap().join(file),
            };
            assert!(leads_to.exists(), "{path}: {target} does not exist");
            if let Some(anchor) = anchor.filter(|_| leads_to.extension().is_some_and(|ending| ending == "md"))
            {
                let there = markdown::anchors(&std::fs::read_to_string(&leads_to).unwrap());
                assert!(
                    there.iter().any(|known| known == anchor),
                    "{path}: {target}: there is no such heading"
                );
            }
        }
    }
}

#[test]
fn our_script_writes_text_and_no_html_and_keeps_nothing() {
    let script = files::read("crates/server/static/countersign.js");
    assert!(script.contains("\"use strict\""));
    for danger in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "postMessage",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
        "__proto__",
        "prototype",
        "location.hash",
        "window[",
        "setTimeout(\"",
        "var ",
        "jsonp",
    ] {
        assert!(
            !script.contains(danger),
            "the script says {danger}: it shows and hides what the server wrote, and does nothing else"
        );
    }
}

/// What SECURITY.md of the design lists of each standard: none may be dropped from the paper.
const ITEMS: &[(&str, &str)] = &[
    ("RFC 4226, RFC 6238 and the key URI", "4226§4 4226D 6238§5.2 6238B key-uri"),
    ("NIST SP 800-63B-4", "2.2.3 3.1.1.2 3.1.2 3.1.4 3.2.2 4.1.2.1 4.2.1.1 4.2.3 5.1 5.1.1"),
    (
        "OWASP ASVS 5.0",
        "2.3.1 2.3.2 2.3.3 2.3.4 3.2.1 3.2.2 3.2.3 3.3.1 3.3.2 3.3.3 3.3.4 3.3.5 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 \
         3.4.7 3.4.8 3.5.1 3.5.2 3.5.3 3.5.4 3.5.5 3.5.6 3.5.7 3.5.8 3.6.1 3.7.1 3.7.2 3.7.3 3.7.4 3.7.5 4.1.1 4.1.2 \
         4.1.3 4.1.4 4.1.5 6.1.1 6.1.3 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11 6.2.12 6.3.1 \
         6.3.2 6.3.3 6.3.4 6.3.5 6.3.6 6.3.7 6.3.8 6.4.1 6.4.2 6.4.3 6.4.4 6.4.5 6.4.6 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 \
         6.5.6 6.5.7 6.5.8 7.1.1 7.1.2 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 \
         7.5.3 8.2.2 8.4.1 11.2.4 11.4.2 13.3.1 14.2.1 14.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7 15.4.2 16.2.5 16.3.1 \
         16.4.1 16.5.3",
    ),
    ("WCAG 2.2 AA", "1.1.1 1.3.5 1.4.10 1.4.11 2.2.1 2.4.11 2.5.8 3.2.2 3.3.1 3.3.2 3.3.3 3.3.7 3.3.8 4.1.3"),
];

#[test]
fn every_item_of_the_standards_has_its_row() {
    let paper = files::read("docs/security/conformance.md");
    for (standard, items) in ITEMS {
        let (_, after) =
            paper.split_once(&format!("## {standard}\n")).unwrap_or_else(|| panic!("no part on {standard}"));
        let part = after.split("\n## ").next().unwrap();
        let rows = || part.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
        for item in items.split_whitespace() {
            let row =
                rows().find(|row| row.split(" | ").next().unwrap().split(", ").any(|named| named == item));
            let row = row.unwrap_or_else(|| panic!("{standard}: no row on {item}"));
            let said: Vec<&str> = row.split(" | ").collect();
            assert!(
                said.len() == 3 && said[2].len() > 8,
                "{standard} {item}: nothing shows it, and no reason is given"
            );
        }
    }
}

#[test]
fn every_test_that_the_papers_name_exists() {
    let rust: String = rust::sources("crates").into_iter().map(|source| source.code).collect();
    let journeys = files::names("tests/browser");
    let papers = ["conformance", "fuzzing", "mutants"].map(|name| format!("docs/security/{name}.md"));
    for path in papers.iter().map(String::as_str).chain(["ARCHITECTURE.md"]) {
        for name in markdown::code(&files::read(path)) {
            let is_test = name.matches('_').count() >= 3
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let known = match name.ends_with(".test.mjs") {
                true => journeys.contains(&name),
                false => !is_test || has_word(&rust, &name),
            };
            assert!(
                known,
                "{path} names {name}, which does not exist: a requirement without a test is a hope"
            );
        }
    }
}

#[test]
fn every_document_can_be_found_from_the_readme() {
    let root = files::root();
    let mut found = BTreeSet::new();
    let mut unread = vec![root.join("README.md")];
    while let Some(path) = unread.pop() {
        if path.extension().is_none_or(|ending| ending != "md") || !found.insert(path.clone()) {
            continue;
        }
        let folder = path.parent().unwrap();
        for target in markdown::targets(&std::fs::read_to_string(&path).unwrap_or_default()) {
            let file = target.split('#').next().unwrap_or_default();
            unread.extend(folder.join(file).canonicalize());
        }
    }
    for path in files::below("docs", &[".md"]) {
        let document = root.join(&path).canonicalize().unwrap();
        assert!(found.contains(&document), "{path}: no link leads here from README.md");
    }
}

#[test]
fn nothing_committed_names_the_machine_it_was_written_on() {
    let places =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/ho", "me/")];
    for path in files::below(
        ".",
        &[".md", ".rs", ".toml", ".mjs", ".sql", ".ftl", ".html", ".service", ".conf", ".py", ".txt"],
    ) {
        let text = files::read(&path);
        for place in places {
            assert!(!text.contains(place), "{path} has {place}: it means nothing on another machine");
        }
    }
}

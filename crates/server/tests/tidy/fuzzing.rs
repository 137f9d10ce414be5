//! The fuzzers, their seeds, their guide and the parsers are held to each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{files, is_test_file, rust};

/// The rows of the guide: target, what it reads, promise, seeds, runs.
fn rows() -> Vec<Vec<String>> {
    let guide = files::read("docs/security/fuzzing.md");
    let of_a_target = guide.lines().filter(|line| line.starts_with("| `"));
    of_a_target
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[test]
fn every_fuzzing_target_has_its_seeds_and_its_row() {
    let table = files::read("fuzz/src/targets.rs");
    let name = |line: &str| line.trim().strip_prefix("(\"")?.split_once('"').map(|(name, _)| name.to_owned());
    let targets: Vec<String> = table.lines().filter_map(name).collect();
    assert!(targets.len() > 20, "the test no longer knows the table of targets when it sees it");
    assert_eq!(
        files::names("fuzz/corpus"),
        targets,
        "each target has a folder of seeds, and no other is there"
    );
    let rows = rows();
    let described: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(described, targets, "docs/security/fuzzing.md has a row for each target, in their order");
    for (row, target) in rows.iter().zip(&targets) {
        let seeds = files::names(&format!("fuzz/corpus/{target}"));
        assert!(
            seeds.len() >= 5,
            "{target} begins with {seeds:?}: libFuzzer needs an example of each kind of input"
        );
        assert_eq!(
            row[3],
            seeds.len().to_string(),
            "docs/security/fuzzing.md miscounts the seeds of {target}"
        );
        let telling =
            |seed: &String| seed.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(
            seeds.iter().all(telling) && !seeds.iter().any(|seed| seed.len() > 40),
            "{target}: {seeds:?}"
        );
    }
}

#[test]
fn every_parser_is_fuzzed() {
    let cells: String = rows().into_iter().map(|row| row[1].clone()).collect();
    let fuzzed: BTreeSet<String> = super::markdown::code(&cells).into_iter().collect();
    for path in &fuzzed {
        assert!(files::root().join("crates").join(path).exists(), "{path} is fuzzed and does not exist");
    }
    let reads = ["fn parse(", "fn from_cookie(", "fn from_toml(", "fn from_accept_language("];
    let mut found = 0;
    for source in rust::sources("crates") {
        let code = source.code.split("#[cfg(test)]").next().unwrap_or_default();
        if is_test_file(&source.path) || !reads.iter().any(|read| code.contains(read)) {
            continue;
        }
        found += 1;
        let path = source.path.strip_prefix("crates/").unwrap();
        assert!(
            fuzzed.contains(path),
            "{path} reads what somebody wrote, and no target of docs/security/fuzzing.md says that it reads it: add a \
             target to fuzz/src, or name the file in the row of the target that reaches it"
        );
    }
    assert!(found > 15, "the test no longer knows a parser when it sees one");
}

#[test]
fn the_fuzzers_use_the_versions_that_everybody_uses() {
    let versions = |path: &str| -> BTreeMap<String, BTreeSet<String>> {
        let lock: toml::Table = files::read(path).parse().unwrap();
        let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
        for package in lock["package"].as_array().unwrap() {
            let text = |key: &str| package[key].as_str().unwrap().to_owned();
            versions.entry(text("name")).or_default().insert(text("version"));
        }
        versions
    };
    let ours = versions("Cargo.lock");
    for (name, theirs) in versions("fuzz/Cargo.lock") {
        let same = ours.get(&name).is_none_or(|ours| theirs.is_subset(ours));
        assert!(
            same,
            "fuzz/Cargo.lock has {name} {theirs:?}, Cargo.lock another one; scripts/fuzz lock writes it anew"
        );
    }
}

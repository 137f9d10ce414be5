//! `docs/security/failures.md` and the tests it names are held to each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows of the list of failures: none may be dropped.
const ROWS: &[&str] = &[
    "A1", "A2", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A12", "A13", "A15", "A19", "A20", "A21", "A24",
    "A25", "A27", "B1", "B3", "B7", "B9", "B10", "B11", "B12", "C1", "C3", "C4", "C5", "C6", "C7", "C9",
    "C11", "C13", "C14", "C15", "D1", "D2", "D5", "D6", "D7", "D8", "D10", "D11", "D13", "D15", "D16", "E1",
    "E2", "E4", "E5", "E7", "E9", "E10", "E12", "F2", "F3", "F5", "F7", "F8", "F9", "F10", "G2", "G3", "G4",
    "G5", "H1", "H2", "H4", "H5", "I2", "I5", "I6", "I7", "I10", "I11",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the document: the number, and what stands in the last column.
fn rows() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("docs/security/failures.md")).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let numbered = |row: &Vec<String>| {
        let number = row[0].trim_start_matches(|c: char| c.is_ascii_uppercase());
        row.len() == 4 && row[0].len() > number.len() && number.parse::<u8>().is_ok()
    };
    let rows = text.lines().filter(|line| line.starts_with('|')).map(cells).filter(numbered);
    rows.map(|row| (row[0].clone(), row[3].clone())).collect()
}

/// The names in backticks that are names of tests.
fn names(cell: &str) -> BTreeSet<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.contains('_')).map(str::to_owned).collect()
}

/// The names of all functions that are tests, in every crate.
fn tests(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for after in text.split("fn ").skip(1) {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                found.insert(after[..end].to_owned());
            }
        }
    }
}

fn all_tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in ["crates/engine", "crates/store", "crates/server"] {
        tests(&root().join(part), &mut found);
    }
    found
}

#[test]
fn every_row_is_in_the_list_once_and_has_a_test_or_a_reason() {
    let rows = rows();
    let numbers: Vec<&str> = rows.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!(numbers, ROWS);
    for (number, cell) in &rows {
        assert!(!names(cell).is_empty() || cell.contains("(later) because"), "{number}: {cell}");
    }
}

/// The rows that the name of a test begins with: `f7_h5_…` is of both.
fn rows_of(test: &str) -> impl Iterator<Item = &'static str> {
    let row = |part: &str| ROWS.iter().find(|row| row.eq_ignore_ascii_case(part)).copied();
    test.split('_').map_while(row)
}

/// The list as it should be: what a row says besides the names of tests, then the tests that exist.
fn should_be(number: &str, cell: &str, exist: &BTreeSet<String>) -> String {
    let said = cell.split("<br>").filter(|part| !part.starts_with('`')).map(str::to_owned);
    let named = names(cell).into_iter().filter(|name| exist.contains(name));
    let of_the_row = exist.iter().filter(|test| rows_of(test).any(|row| row == number)).cloned();
    let tests: BTreeSet<String> = named.chain(of_the_row).collect();
    tests.into_iter().map(|name| format!("`{name}`")).chain(said).collect::<Vec<_>>().join("<br>")
}

#[test]
fn the_list_names_the_tests_that_exist_and_all_that_are_named_after_a_row() {
    let exist = all_tests();
    let path = root().join("docs/security/failures.md");
    let mut text = fs::read_to_string(&path).unwrap();
    let mut wrong = Vec::new();
    for (number, cell) in rows() {
        let should = should_be(&number, &cell, &exist);
        if cell != should {
            text = text.replace(&format!(" | {cell} |\n"), &format!(" | {should} |\n"));
            wrong.push(number);
        }
    }
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    } else {
        let write = "WRITE_DOCS=1 cargo nextest run -p countersign-server --test http listed";
        assert!(
            wrong.is_empty(),
            "rows {wrong:?} of docs/security/failures.md are not true; {write} writes them"
        );
    }
}

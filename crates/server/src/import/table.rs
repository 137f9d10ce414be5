//! A table of another database: CSV with a header, an array of JSON objects, or one object a line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{NotRead, Source, json};

/// One row: its fields by the names of their columns.
pub struct Row {
    /// File and line.
    pub place: String,
    fields: BTreeMap<String, Zeroizing<String>>,
}

impl Row {
    /// A field; `None` where it is empty, or there is no such column.
    pub fn get(&self, column: &str) -> Option<&str> {
        // PostgreSQL writes \N for nothing, and MySQL NULL.
        let field = self.fields.get(column).map(|field| field.as_str());
        field.filter(|field| !matches!(*field, "" | "\\N" | "NULL"))
    }

    /// The same as text of its own.
    pub(crate) fn owned(&self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    /// The names of its columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }
}

/// Whether a table has a column. An object of JSON says nothing of a column that is empty in its row.
pub(crate) fn has(rows: &[Row], column: &str) -> bool {
    rows.iter().any(|row| row.columns().any(|name| name == column))
}

/// The rows of a table.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source) -> Result<Vec<Row>, NotRead> {
    match source.text()?.trim_start().bytes().next() {
        Some(b'[') => array(source),
        Some(b'{') => lines(source),
        Some(_) => separated(source),
        None => Err(source.wrong("it is empty")),
    }
}

fn array(source: &Source) -> Result<Vec<Row>, NotRead> {
    let rows: Vec<Map<String, Value>> = json::whole(source, "it is no list of objects")?;
    let rows = rows.into_iter().zip(1_u64..);
    Ok(rows.map(|(row, nth)| of_object(format!("{} record {nth}", source.name), row)).collect())
}

fn lines(source: &Source) -> Result<Vec<Row>, NotRead> {
    let mut rows = Vec::new();
    for (line, nth) in source.text()?.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty()) {
        let row = serde_json::from_str(line).map_err(|_| source.at(nth, "the line is no JSON object"))?;
        rows.push(of_object(format!("{} line {nth}", source.name), row));
    }
    Ok(rows)
}

fn of_object(place: String, row: Map<String, Value>) -> Row {
    let fields = row.into_iter().map(|(name, value)| (name, json::text(&value).unwrap_or_default()));
    Row { place, fields: fields.collect() }
}

fn separated(source: &Source) -> Result<Vec<Row>, NotRead> {
    let mut reader = csv::ReaderBuilder::new().from_reader(source.text()?.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        source.at(line, "the line has another number of fields than the header")
    };
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let mut names = Vec::new();
    for name in &header {
        let name = name.trim().to_owned();
        if name.is_empty() || names.contains(&name) {
            return Err(source.at(1, "the header names a column twice, or one has no name"));
        }
        names.push(name);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let fields = names.iter().zip(&record);
        let fields = fields.map(|(name, field)| (name.clone(), Zeroizing::new(field.to_owned())));
        rows.push(Row { place: format!("{} line {line}", source.name), fields: fields.collect() });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Row>, NotRead> {
        read(&Source::new("users", text.into()))
    }

    #[test]
    fn a_table_is_the_same_in_each_of_its_forms() {
        for text in [
            "\u{feff}id,email,on\r\n7,\"a@example.org\",\n",
            "[{\"id\": 7, \"email\": \"a@example.org\", \"on\": null}]",
            "{\"id\": 7, \"email\": \"a@example.org\"}\n",
        ] {
            let rows = rows(text).unwrap();
            assert_eq!(rows.len(), 1, "{text}");
            let found = ["id", "email", "on"].map(|column| rows[0].get(column));
            assert_eq!(found, [Some("7"), Some("a@example.org"), None], "{text}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line_and_without_its_values() {
        for (text, place) in [
            ("id,secret\n1,hunter2,x\n", "users line 2"),
            ("id,id\n1,hunter2\n", "users line 1"),
            ("{\"id\": 1}\n{\"secret\": \"hunter2\"\n", "users line 2"),
            ("[1, \"hunter2\"]", "users line 1"),
            ("[{\"a\": \"hunter2\"}", "users line 1"),
            ("  \n", "users"),
        ] {
            let Err(wrong) = rows(text) else { panic!("{text} is read") };
            assert_eq!(wrong.place, place, "{text}");
            assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
        }
        assert_eq!(rows("id,a\n1,\u{fffd}\n").unwrap().len(), 1);
        let latin = read(&Source::new("users", b"id\n\n\xe9\n".to_vec()));
        assert_eq!(latin.err().unwrap().place, "users line 3");
    }
}

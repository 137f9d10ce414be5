//! Rows of values on their way to the server together: an array for each of their columns.

use tokio_postgres::types::{ToSql, Type};

use crate::value::Value;

/// Rows that one statement takes, as an array for each column.
pub(super) struct Rows<'a>(Vec<Column<'a>>);

enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Blobs(Vec<Option<&'a [u8]>>),
}

/// What the server calls the type of a parameter, where there can be an array of it.
pub(super) fn name_of(kind: &Type) -> Option<&'static str> {
    match *kind {
        Type::INT8 => Some("bigint"),
        Type::TEXT => Some("text"),
        Type::BYTEA => Some("bytea"),
        _ => None,
    }
}

impl<'a> Rows<'a> {
    /// These rows, for a statement that takes such arrays; nothing where they do not fit.
    pub(super) fn of<R>(arrays: &[Type], rows: impl Iterator<Item = R>) -> Option<Self>
    where
        R: Iterator<Item = &'a Value>,
    {
        let mut columns = arrays.iter().map(Column::of).collect::<Option<Vec<_>>>()?;
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.add(value)?;
            }
        }
        Some(Self(columns))
    }

    pub(super) fn parameters(&self) -> impl ExactSizeIterator<Item = &(dyn ToSql + Sync)> {
        self.0.iter().map(|column| match column {
            Column::Ints(ints) => ints as &(dyn ToSql + Sync),
            Column::Texts(texts) => texts,
            Column::Blobs(blobs) => blobs,
        })
    }
}

impl<'a> Column<'a> {
    fn of(array: &Type) -> Option<Self> {
        match *array {
            Type::INT8_ARRAY => Some(Self::Ints(Vec::new())),
            Type::TEXT_ARRAY => Some(Self::Texts(Vec::new())),
            Type::BYTEA_ARRAY => Some(Self::Blobs(Vec::new())),
            _ => None,
        }
    }

    fn add(&mut self, value: &'a Value) -> Option<()> {
        match (self, value) {
            (Self::Ints(ints), Value::Null) => ints.push(None),
            (Self::Ints(ints), Value::Int(int)) => ints.push(Some(*int)),
            (Self::Texts(texts), Value::Null) => texts.push(None),
            (Self::Texts(texts), Value::Text(text)) => texts.push(Some(text)),
            (Self::Blobs(blobs), Value::Null) => blobs.push(None),
            (Self::Blobs(blobs), Value::Blob(blob)) => blobs.push(Some(blob)),
            _ => return None,
        }
        Some(())
    }
}

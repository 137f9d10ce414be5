//! What goes into a statement and what comes out of it.

use crate::unavailable::Unavailable;

#[cfg(test)]
mod tests;

/// One value of the common dialect: TEXT, BIGINT or BLOB/BYTEA.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// No value.
    Null,
    /// BIGINT: numbers, unix times, and 0 or 1 for no and yes.
    Int(i64),
    /// TEXT, UTF-8.
    Text(String),
    /// BLOB or BYTEA.
    Blob(Vec<u8>),
}

/// Shows the kind alone: values may be hashes, sealed secrets, addresses of people.
impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.kind())
    }
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Blob(_) => "a blob",
        }
    }
}

macro_rules! value_from {
    ($($source:ty, $binding:ident => $value:expr;)+) => {
        $(impl From<$source> for Value {
            fn from($binding: $source) -> Self {
                $value
            }
        })+
    };
}

value_from! {
    i64, number => Self::Int(number);
    i32, number => Self::Int(number.into());
    u32, number => Self::Int(number.into());
    u16, number => Self::Int(number.into());
    u8, number => Self::Int(number.into());
    bool, yes => Self::Int(yes.into());
    &str, text => Self::Text(text.to_owned());
    String, text => Self::Text(text);
    Vec<u8>, bytes => Self::Blob(bytes);
    &[u8], bytes => Self::Blob(bytes.to_vec());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, `$1` first: `params![account, step]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::value::Value::from($value)),*]
    };
}
pub(crate) use params;

/// One row of an answer, its columns by position from 0. Every getter fails with
/// [`Unavailable::Corrupt`] where the column holds something else, and with [`Unavailable::Fault`] where
/// there is no such column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row(Vec<Value>);

impl Row {
    pub(crate) const fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// Its last column, where that is an integer, and the row without it.
    pub(crate) fn without_last_int(mut self) -> Option<(Self, i64)> {
        match self.0.pop() {
            Some(Value::Int(number)) => Some((self, number)),
            _ => None,
        }
    }

    /// Whether it holds these values and no others.
    pub(crate) fn is(&self, values: &[Value]) -> bool {
        self.0 == values
    }

    /// An integer.
    pub(crate) fn int(&self, column: usize) -> Result<i64, Unavailable> {
        self.opt_int(column)?.ok_or_else(|| unexpected(column, "an integer", &Value::Null))
    }

    /// An integer or nothing.
    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, Unavailable> {
        match self.at(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            other => Err(unexpected(column, "an integer", other)),
        }
    }

    /// Yes (1) or no (0).
    pub(crate) fn flag(&self, column: usize) -> Result<bool, Unavailable> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(corrupt(format!("column {column} holds a number where 0 or 1 belongs"))),
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Unavailable> {
        self.opt_text(column)?.ok_or_else(|| unexpected(column, "text", &Value::Null))
    }

    /// A text or nothing.
    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<&str>, Unavailable> {
        match self.at(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(unexpected(column, "text", other)),
        }
    }

    /// Bytes.
    pub(crate) fn blob(&self, column: usize) -> Result<&[u8], Unavailable> {
        self.opt_blob(column)?.ok_or_else(|| unexpected(column, "a blob", &Value::Null))
    }

    /// Bytes or nothing.
    pub(crate) fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, Unavailable> {
        match self.at(column)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            other => Err(unexpected(column, "a blob", other)),
        }
    }

    /// Exactly `N` bytes.
    pub(crate) fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], Unavailable> {
        let bytes = self.blob(column)?;
        bytes
            .try_into()
            .map_err(|_| corrupt(format!("column {column} holds {} bytes where {N} belong", bytes.len())))
    }

    fn at(&self, column: usize) -> Result<&Value, Unavailable> {
        self.0.get(column).ok_or_else(|| Unavailable::Fault {
            reason: format!("column {column} was asked of a row of {}", self.0.len()),
        })
    }
}

fn unexpected(column: usize, expected: &str, found: &Value) -> Unavailable {
    corrupt(format!("column {column} holds {} where {expected} belongs", found.kind()))
}

const fn corrupt(reason: String) -> Unavailable {
    Unavailable::Corrupt { reason }
}

//! Values on their way to PostgreSQL and back.

use std::error::Error;

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use super::trouble::Trouble;
use crate::unavailable::Unavailable;
use crate::value::{Row, Value};

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Why a statement cannot run with these parameters, if it cannot. Checked before anything is sent: what is refused by
/// this side alone would not abort the transaction.
pub(super) fn misfit(kinds: &[Type], parameters: &[Value]) -> Option<String> {
    if kinds.len() != parameters.len() {
        return Some(format!("{} parameters were given for {}", parameters.len(), kinds.len()));
    }
    let fits = |(kind, value): (&Type, &Value)| match value {
        Value::Null => true,
        Value::Int(number) => *kind == Type::INT8 || (*kind == Type::INT4 && i32::try_from(*number).is_ok()),
        // PostgreSQL keeps no NUL in a text.
        Value::Text(text) => *kind == Type::TEXT && !text.contains('\0'),
        Value::Blob(_) => *kind == Type::BYTEA,
    };
    let wrong = kinds.iter().zip(parameters).position(|pair| !fits(pair))?;
    let kind = kinds.get(wrong)?;
    Some(format!("${} is {:?} where {kind} belongs", wrong.saturating_add(1), parameters.get(wrong)?))
}

/// What of an answer cannot be read, if anything cannot. Checked before anything is sent: a commit that goes with the
/// statement would hold, and nobody would learn what it answered.
pub(super) fn unreadable(columns: &[tokio_postgres::Column]) -> Option<String> {
    let column = columns.iter().find(|column| !<Column as FromSql<'_>>::accepts(column.type_()))?;
    Some(format!("it answers with {} of type {}", column.name(), column.type_()))
}

/// A value of the common dialect.
struct Column(Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            // Yes and no, as SQLite answers them.
            Type::BOOL => Value::Int(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Blob(raw.to_vec()),
            _ => Value::Text(str::from_utf8(raw)?.to_owned()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::BYTEA, Type::TEXT].contains(kind)
    }
}

/// The row as the store reads it.
pub(super) fn row(found: &tokio_postgres::Row) -> Result<Row, Trouble> {
    let column = |nth: usize| match found.try_get::<_, Column>(nth) {
        Ok(Column(value)) => Ok(value),
        Err(_) => {
            let reason = format!("column {nth} of an answer holds what the store never writes");
            Err(Trouble::Script(Unavailable::Corrupt { reason }))
        }
    };
    (0..found.len()).map(column).collect::<Result<_, _>>().map(Row::new)
}

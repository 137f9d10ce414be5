//! JSON of others: errors by line and column, and fields that may be text or numbers.

use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{NotRead, Source};

/// Reads a whole file. What serde says of an error repeats values, so it is not passed on.
pub(crate) fn whole<T: DeserializeOwned>(source: &Source, expected: &'static str) -> Result<T, NotRead> {
    serde_json::from_str(source.text()?).map_err(|broken| {
        let line = u64::try_from(broken.line()).unwrap_or(0);
        let kind = if broken.is_data() { expected } else { "it is not JSON" };
        source.at(line, format!("{kind} (column {})", broken.column()))
    })
}

/// A field as text: numbers and yes-or-no as they are written, nothing for null.
pub(crate) fn text(value: &Value) -> Option<Zeroizing<String>> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(Zeroizing::new(text))
}

/// A field that is a number, or text that is one.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

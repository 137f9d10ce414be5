//! Reading rows back into the words of the domain.

use countersign::id::NotAnId;

use crate::unavailable::Unavailable;
use crate::value::Row;

/// The first row of the `nth` answer.
pub(crate) fn one(answers: &[Vec<Row>], nth: usize) -> Option<&Row> {
    answers.get(nth).and_then(|rows| rows.first())
}

/// All rows of the `nth` answer.
pub(crate) fn all(answers: &[Vec<Row>], nth: usize) -> &[Row] {
    answers.get(nth).map_or(&[], Vec::as_slice)
}

/// An id that the store wrote.
pub(crate) fn id<T>(text: &str, parse: fn(&str) -> Result<T, NotAnId>) -> Result<T, Unavailable> {
    parse(text).map_err(|NotAnId| corrupt("an id"))
}

/// Something stored is not what the store once wrote.
pub(crate) fn corrupt(what: &str) -> Unavailable {
    Unavailable::Corrupt { reason: what.to_owned() }
}

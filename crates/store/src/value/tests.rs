use super::{Row, Value, params};
use crate::unavailable::Unavailable;

fn row() -> Row {
    Row::new(params![7, "seven", b"\x07\x07", None::<i64>, true])
}

#[test]
fn a_row_gives_back_what_was_put_in() {
    let row = row();
    assert_eq!(row.int(0), Ok(7));
    assert_eq!(row.text(1), Ok("seven"));
    assert_eq!(row.blob(2), Ok(&[7, 7][..]));
    assert_eq!(row.bytes::<2>(2), Ok([7, 7]));
    assert_eq!(row.opt_int(3), Ok(None));
    assert_eq!(row.opt_text(3), Ok(None));
    assert_eq!(row.opt_blob(3), Ok(None));
    assert_eq!(row.opt_int(0), Ok(Some(7)));
    assert_eq!(row.flag(4), Ok(true));
}

#[test]
fn a_column_of_another_kind_is_an_error_and_names_it() {
    let row = row();
    let corrupt = |reason: &str| Unavailable::Corrupt { reason: reason.to_owned() };
    assert_eq!(row.int(1), Err(corrupt("column 1 holds text where an integer belongs")));
    assert_eq!(row.text(3), Err(corrupt("column 3 holds null where text belongs")));
    assert_eq!(row.opt_blob(0), Err(corrupt("column 0 holds an integer where a blob belongs")));
    assert_eq!(row.flag(0), Err(corrupt("column 0 holds a number where 0 or 1 belongs")));
    assert_eq!(row.bytes::<32>(2), Err(corrupt("column 2 holds 2 bytes where 32 belong")));
    assert!(matches!(row.int(5), Err(Unavailable::Fault { .. })));
}

#[test]
fn a_value_does_not_print_itself() {
    let shown = format!("{:?}", params!["ada@example.org", b"sealed", 42, None::<String>]);
    assert_eq!(shown, "[text, a blob, an integer, null]");
    assert_eq!(format!("{:?}", row()), "Row([an integer, text, a blob, null, an integer])");
}

#[test]
fn nothing_of_any_kind_is_null() {
    assert_eq!(
        params![None::<&str>, None::<Vec<u8>>, Some(3_i64)],
        [Value::Null, Value::Null, Value::Int(3)]
    );
}

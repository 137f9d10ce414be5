use super::{for_sqlite, parameter_numbers, renumbered};

#[test]
fn parameters_are_bound_by_number_on_sqlite() {
    assert_eq!(
        for_sqlite("UPDATE a SET s = $2 WHERE id = $1 AND s < $2"),
        "UPDATE a SET s = ?2 WHERE id = ?1 AND s < ?2"
    );
}

#[test]
fn ten_is_not_one_followed_by_nought() {
    assert_eq!(for_sqlite("($1,$10,$11)"), "(?1,?10,?11)");
    assert_eq!(parameter_numbers("($1,$10,$11)"), [1, 10, 11]);
}

#[test]
fn a_dollar_in_a_text_a_name_or_a_comment_is_left_alone() {
    for untouched in [
        "SELECT '$1'",
        "SELECT 'it''s $1' || '$2'",
        "SELECT \"$1\", \"a\"\"$2\"",
        "SELECT 1 -- not $1\n, 2",
        "SELECT /* nor $1 */ 2",
        "SELECT a$1 FROM b_$2",
        "SELECT '$' || 'unclosed $1",
        "SELECT $ FROM $name",
        "-- $1",
        "/* $1",
        "",
    ] {
        assert_eq!(for_sqlite(untouched), untouched);
        assert!(parameter_numbers(untouched).is_empty(), "{untouched}");
    }
    assert_eq!(for_sqlite("'ž$1'||$1-- $1"), "'ž$1'||?1-- $1");
}

#[test]
fn parameters_next_to_operators_and_words_are_found() {
    assert_eq!(for_sqlite("a=$1-$2/$3*($4)"), "a=?1-?2/?3*(?4)");
    assert_eq!(for_sqlite("$1"), "?1");
}

#[test]
fn parameters_behind_others_count_on_and_what_is_quoted_stays() {
    let behind = |sql| renumbered(sql, 9, |number| format!("${number}"));
    assert_eq!(behind("a=$2 AND b=$1 AND c=$2"), ("a=$11 AND b=$10 AND c=$11".to_owned(), 2));
    assert_eq!(behind("SELECT '$1', \"$2\" -- $3"), ("SELECT '$1', \"$2\" -- $3".to_owned(), 0));
}

mod named {
    use crate::statements::statements;

    statements! {
        /// The first.
        pub(crate) ONE = "SELECT 1";
        TWO = "SELECT $1";
    }
}

#[test]
fn a_file_lists_its_statements_by_name() {
    assert_eq!(named::ALL, [("ONE", named::ONE), ("TWO", "SELECT $1")]);
}

//! The statements of a shape, each for all the rows of a call at once, where that comes to the same.
//!
//! To begin and to end a statement costs a server more than most of ours cost to run. So a call tries each of them once,
//! for all of its rows. Where any row falls short of anything, that is undone, and the rows run one after the other
//! ([`super::routine`]), each with an outcome of its own.
//!
//! One after the other a row sees what the rows before it wrote. So only those shapes go at once in which no row could
//! tell: no statement looks at a table that another one writes, each table is written by one statement, and what that is
//! given is the row itself or the key of one. Two rows of a call that change the same row are noticed by the count.

use super::routine::{Asked, locked};
use crate::statements::renumbered;

/// What a function does for all rows; it answers whether that is all there is to do. Nothing where a row could tell.
pub(super) fn body(steps: &[(&'static str, Asked)]) -> Option<String> {
    let written: Vec<&str> = steps.iter().filter_map(|(sql, _)| written_by(sql)).collect();
    let (mut questions, mut asked_of, mut writes, mut before) = (Vec::new(), Vec::new(), String::new(), 0);
    for (sql, asked) in steps {
        let others = written.iter().filter(|table| written_by(sql) != Some(table));
        let (text, parameters) = renumbered(sql, before, |number| format!("rows_.p{number}"));
        let own: Vec<usize> = (before + 1..=before + parameters).collect();
        let rows = rows(&own)?;
        before += parameters;
        let own_alone = written.iter().filter(|table| written_by(sql) == Some(table)).count() < 2;
        if !own_alone || others.into_iter().any(|table| mentions(sql, table)) {
            return None;
        }
        match asked {
            // With OFFSET it is asked for each row by itself, and never for a whole table.
            Asked::MustFind => {
                questions.push(format!("EXISTS ({text} OFFSET 0)"));
                asked_of.extend(own);
            }
            Asked::Must if changes_one_by_its_id(sql) => {
                let (change, which) = text.split_once(" WHERE ")?;
                writes +=
                    &format!("{change} FROM {rows} WHERE {which};\nGET DIAGNOSTICS found_ = ROW_COUNT;\n");
                writes += "IF found_ < wanted_ THEN RAISE EXCEPTION 'refused'; END IF;\n";
            }
            Asked::Must | Asked::May if adds_what_it_is_given(sql) => {
                let (place, values) = text.split_once(" VALUES (")?;
                writes += &format!("{place} SELECT {} FROM {rows};\n", values.strip_suffix(')')?);
            }
            Asked::Must | Asked::May => return None,
        }
    }
    let asked = rows(&asked_of).map_or_else(String::new, |rows| {
        format!(
            "SELECT count(*) INTO found_ FROM {rows} WHERE {};\n\
             IF found_ < wanted_ THEN RETURN false; END IF;\n",
            questions.join(" AND ")
        )
    });
    Some(format!(
        "DECLARE wanted_ bigint := cardinality($1); found_ bigint;\n\
         BEGIN\n\
         {}\
         IF wanted_ < 2 THEN RETURN false; END IF;\n\
         {asked}\
         BEGIN\n{writes}RETURN true;\n\
         EXCEPTION WHEN raise_exception OR unique_violation OR foreign_key_violation OR check_violation THEN\n\
         RETURN false;\n\
         END;\n\
         END",
        locked()
    ))
}

/// The rows of the call, with the columns of these numbers; nothing where there are none.
fn rows(numbers: &[usize]) -> Option<String> {
    let listed =
        |mark: &str| numbers.iter().map(|number| format!("{mark}{number}")).collect::<Vec<_>>().join(", ");
    (!numbers.is_empty()).then(|| format!("unnest({}) AS rows_ ({})", listed("$"), listed("p")))
}

/// The table that a statement writes.
fn written_by(sql: &'static str) -> Option<&'static str> {
    let mut words = words(sql);
    match words.next()? {
        "UPDATE" => words.next(),
        "INSERT" | "DELETE" => words.nth(1),
        _ => None,
    }
}

fn mentions(sql: &'static str, table: &str) -> bool {
    words(sql).any(|word| word == table)
}

fn words(sql: &'static str) -> impl Iterator<Item = &'static str> {
    sql.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

/// Whether a statement changes the row of an id and looks at nothing else.
fn changes_one_by_its_id(sql: &'static str) -> bool {
    sql.starts_with("UPDATE ")
        && sql.split_once(" WHERE ").is_some_and(|(_, which)| which.starts_with("id = $"))
        && !words(sql).any(|word| matches!(word, "SELECT" | "FROM" | "OR" | "RETURNING"))
}

/// Whether a statement adds one row of what it is given, and nothing else.
fn adds_what_it_is_given(sql: &'static str) -> bool {
    sql.starts_with("INSERT INTO ")
        && sql.ends_with(')')
        && !words(sql).any(|word| matches!(word, "SELECT" | "CONFLICT" | "RETURNING"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IS_ON: &str = "SELECT id FROM accounts WHERE id = $1 AND on_at IS NOT NULL";
    const SPEND: &str = "UPDATE steps SET last = $2 WHERE id = $1 AND last < $2";
    const APPEND: &str = "INSERT INTO events (account, kind) VALUES ($1, 'spent')";

    fn goes(steps: &[(&'static str, Asked)]) -> bool {
        body(steps).is_some()
    }

    #[test]
    fn questions_a_change_by_id_and_what_is_added_go_at_once() {
        let body = body(&[(IS_ON, Asked::MustFind), (SPEND, Asked::Must), (APPEND, Asked::May)]).unwrap();
        for said in [
            "FROM unnest($1) AS rows_ (p1) WHERE EXISTS (SELECT id FROM accounts WHERE \
             id = rows_.p1 AND on_at IS NOT NULL OFFSET 0);",
            "UPDATE steps SET last = rows_.p3 FROM unnest($2, $3) AS rows_ (p2, p3) WHERE id = rows_.p2 AND last < rows_.p3;",
            "INSERT INTO events (account, kind) SELECT rows_.p4, 'spent' FROM unnest($4) AS rows_ (p4);",
        ] {
            assert!(body.contains(said), "{said}\n{body}");
        }
    }

    #[test]
    fn where_a_row_could_tell_what_the_ones_before_it_wrote_none_go_at_once() {
        let rest = [(SPEND, Asked::Must), (APPEND, Asked::May)];
        assert!(goes(&rest));
        for (one, asked) in [
            // It looks at what the others write.
            ("SELECT id FROM steps WHERE id = $1", Asked::MustFind),
            ("SELECT id FROM accounts a JOIN events e ON e.account = a.id WHERE a.id = $1", Asked::MustFind),
            ("INSERT INTO notes (step) SELECT id FROM steps WHERE id = $1", Asked::May),
            // A second one writes the same table.
            (SPEND, Asked::Must),
            (APPEND, Asked::May),
            ("DELETE FROM steps WHERE id = $1", Asked::Must),
            // Nobody counts which rows were touched, or a row may touch several.
            ("UPDATE accounts SET on_at = $2 WHERE id = $1", Asked::May),
            ("UPDATE accounts SET on_at = $2 WHERE email = $1", Asked::Must),
            ("UPDATE accounts SET on_at = $2 WHERE id = $1 OR email = $1", Asked::Must),
            ("UPDATE accounts SET on_at = (SELECT max(at) FROM days) WHERE id = $1", Asked::Must),
            ("DELETE FROM accounts WHERE id = $1", Asked::Must),
            ("INSERT INTO notes (step) VALUES ($1) ON CONFLICT (step) DO NOTHING", Asked::May),
            ("INSERT INTO notes (step) VALUES ($1) ON CONFLICT (step) DO UPDATE SET at = ($1)", Asked::Must),
            // There are no rows to take its values from.
            ("SELECT id FROM accounts", Asked::MustFind),
        ] {
            assert!(!goes(&[(one, asked), rest[0], rest[1]]), "{one}");
            assert!(!goes(&[rest[0], rest[1], (one, asked)]), "{one}");
        }
    }
}

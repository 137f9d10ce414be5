use super::{Gives, Script, Written};
use crate::value::{Row, params};

#[test]
fn scripts_joined_run_in_the_order_they_were_joined() {
    let spend = Script::new().must("step", "first", params![]).may("second", params![]);
    let open = Script::new().must_return("session", "third", params![]).returning("fourth", params![]);
    let open = open.must_find("account", "fifth", params![]);
    let whole = spend.then(open);
    let order: Vec<_> = whole.steps().iter().map(|step| (step.sql, step.condition, step.gives)).collect();
    assert_eq!(
        order,
        [
            ("first", Some("step"), Gives::Count),
            ("second", None, Gives::Count),
            ("third", Some("session"), Gives::Rows),
            ("fourth", None, Gives::Rows),
            ("fifth", Some("account"), Gives::Nothing),
        ]
    );
}

#[test]
fn what_was_written_is_found_by_its_place() {
    let row = Row::new(params![1]);
    let written = Written { rows: vec![vec![], vec![row.clone()]], changed: vec![3] };
    assert_eq!(written.row(0), None);
    assert_eq!(written.row(1), Some(&row));
    assert_eq!(written.rows(2), &[]);
    assert_eq!(written.changed(0), 3);
    assert_eq!(written.changed(1), 0);
}

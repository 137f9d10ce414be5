use super::*;

on_every_database! {
    async fn a_statement_whose_parameters_are_written_out_of_order_gets_each_in_its_place(place) {
        let database = place.open();
        // $2 stands before $1: SQLite alone would bind 'a' to `last`.
        database.write(Script::new().must("step", SPEND, params!["a", 7])).await.unwrap();
        assert_eq!(last(&database, "a").await, 7);
    }

    async fn a_refused_script_leaves_nothing_and_names_the_condition(place) {
        let database = place.open();
        let script = line(1).may(MOVE, params!["b", 5]).must("unspent step", SPEND, params!["a", 0]).must(
            "line",
            WRITE_LINE,
            params![2, "a", b""],
        );
        assert_eq!(database.write(script).await, Err(Failed::Refused { at: "unspent step" }));
        assert_eq!(lines(&database).await, []);
        assert_eq!(last(&database, "b").await, 100);
    }

    async fn a_broken_constraint_is_a_refusal_with_the_name_of_its_condition(place) {
        let database = place.open();
        database.write(line(1)).await.unwrap();
        // Primary key, foreign key, check.
        assert_eq!(database.write(line(1)).await, Err(Failed::Refused { at: "line" }));
        let orphan = Script::new().must("known step", WRITE_LINE, params![2, "nobody", b""]);
        assert_eq!(database.write(orphan).await, Err(Failed::Refused { at: "known step" }));
        let below = Script::new().may(MOVE, params!["a", -1]);
        assert_eq!(database.write(below).await, Err(Failed::Refused { at: CONSTRAINT }));
        assert_eq!(lines(&database).await, [1]);
    }

    async fn a_missing_value_is_our_fault_and_no_refusal(place) {
        let database = place.open();
        let nameless = Script::new().must("line", WRITE_LINE, params![1, None::<&str>, b""]);
        let failed = database.write(nameless).await.unwrap_err();
        assert!(matches!(failed, Failed::Unavailable(Unavailable::Fault { .. })), "{failed:?}");
    }

    async fn rows_and_counts_come_back_in_the_order_of_the_script(place) {
        let database = place.open();
        let written = database
            .write(
                Script::new()
                    .returning("UPDATE steps SET last = last + $1 RETURNING id, last", params![1])
                    .may("UPDATE steps SET last = last + $1", params![1])
                    .must_find("step", LAST, params!["a"])
                    .must_return("step", LAST, params!["b"])
                    .may(MOVE, params!["nobody", 1])
                    .returning(LAST, params!["nobody"]),
            )
            .await
            .unwrap();
        let mut returned: Vec<_> =
            written.rows(0).iter().map(|row| (row.text(0).unwrap(), row.int(1).unwrap())).collect();
        returned.sort_unstable();
        assert_eq!(returned, [("a", 1), ("b", 101)]);
        assert_eq!(written.row(1).unwrap().int(0), Ok(102));
        assert_eq!(written.rows(2), []);
        assert_eq!((written.changed(0), written.changed(1)), (2, 0));
    }

    async fn a_statement_that_must_return_a_row_and_does_not_refuses_the_script(place) {
        let database = place.open();
        let script = line(1).must_return("a step further on", LAST, params!["nobody"]);
        assert_eq!(database.write(script).await, Err(Failed::Refused { at: "a step further on" }));
        let script = line(1).must_find("a step further on", LAST, params!["nobody"]);
        assert_eq!(database.write(script).await, Err(Failed::Refused { at: "a step further on" }));
        assert_eq!(lines(&database).await, []);
    }

    async fn a_script_of_no_statements_does_nothing_and_succeeds(place) {
        let database = place.open();
        let written = database.write(Script::new()).await.unwrap();
        assert!(written.rows.is_empty() && written.changed.is_empty());
        assert!(database.read(Read::new()).await.unwrap().is_empty());
    }

    async fn every_kind_of_value_comes_back_as_it_went_in(place) {
        let database = place.open();
        let blob: Vec<u8> = (0..=255).collect();
        let text = "Příliš žluťoučký kůň \u{202e} '\" 🐴";
        let select = "SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), body, CAST($3 AS BIGINT) FROM lines WHERE id = 1";
        database.write(Script::new().may(WRITE_LINE, params![1, "a", blob.clone()])).await.unwrap();
        let values = params![text, i64::MIN, None::<i64>];
        let answers = database.read(Read::new().select(select, values)).await.unwrap();
        let row = &answers[0][0];
        assert_eq!(row.text(0), Ok(text));
        assert_eq!(row.int(1), Ok(i64::MIN));
        assert_eq!(row.blob(2), Ok(&blob[..]));
        assert_eq!(row.opt_int(3), Ok(None));
        database.write(Script::new().may(WRITE_LINE, params![2, "a", b""])).await.unwrap();
        let empty = database.read(Read::new().select("SELECT body FROM lines WHERE id = 2", params![])).await;
        assert_eq!(empty.unwrap()[0][0].blob(0), Ok(&[][..]));
    }

    async fn a_faulty_statement_fails_alone_and_leaves_nothing(place) {
        let database = place.open();
        let faulty = [
            line(1).may("UPDATE nowhere SET a = 1", params![]),
            line(1).may(SPEND, params!["a"]),
            line(1).may(SPEND, params!["a", 1, 2]),
            line(1).returning("SELECT 0.5", params![]),
            line(1).may("UPDATE steps SET last = 1; DELETE FROM steps", params![]),
        ];
        for script in faulty {
            let failed = database.write(script).await.unwrap_err();
            assert!(
                matches!(failed, Failed::Unavailable(Unavailable::Fault { .. } | Unavailable::Corrupt { .. })),
                "{failed:?}"
            );
        }
        assert_eq!(lines(&database).await, []);
        database.write(line(1)).await.unwrap();
    }

    async fn a_read_cannot_write(place) {
        let database = place.open();
        let sneaky = Read::new().select("UPDATE steps SET last = 5 RETURNING last", params![]);
        assert_eq!(database.read(sneaky).await, Err(Unavailable::ReadOnly));
        assert_eq!(last(&database, "a").await, 0);
    }
}

#[test]
fn every_statement_of_a_file_can_be_prepared_before_it_is_needed() {
    let place = Place::new();
    let database = place.open();
    assert_eq!(database.prepare_all(&[("SPEND", SPEND), ("MOVE", MOVE), ("LINES", LINES)]), Ok(()));
    let complaints = database
        .prepare_all(&[
            ("LAST", LAST),
            ("GAP", "SELECT $1, $3"),
            ("TYPO", "SELECT lats FROM steps"),
            ("QUOTED", "SELECT \"lats\" FROM steps"),
            ("TWO", "SELECT 1; SELECT 2"),
        ])
        .unwrap_err();
    let names: Vec<_> = complaints.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names, ["GAP", "TYPO", "QUOTED", "TWO"]);
}

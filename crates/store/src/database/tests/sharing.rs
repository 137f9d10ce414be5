use super::*;

const RACERS: usize = 64;

on_every_database! {
    async fn of_many_racers_for_one_step_one_wins_and_again_after_every_restart(place) {
        for step in 1..=5_i64 {
            let database = place.open();
            let mut racers = JoinSet::new();
            for _ in 0..RACERS {
                let database = database.clone();
                racers.spawn(async move {
                    database.write(Script::new().must("unspent step", SPEND, params!["a", step])).await
                });
            }
            let answers = racers.join_all().await;
            let won = answers.iter().filter(|answer| answer.is_ok()).count();
            let refused =
                answers.iter().filter(|answer| **answer == Err(Failed::Refused { at: "unspent step" })).count();
            assert_eq!((won, refused), (1, RACERS - 1));
            drop(database);
            // The winner's step is still spent after the restart.
            let reopened = place.open();
            let again = reopened.write(Script::new().must("unspent step", SPEND, params!["a", step])).await;
            assert_eq!(again, Err(Failed::Refused { at: "unspent step" }));
        }
    }

    async fn a_refused_script_does_not_touch_its_neighbours(place) {
        let database = place.open();
        let mut writers = JoinSet::new();
        for id in 0..100_i64 {
            let database = database.clone();
            writers.spawn(async move {
                let condition = if id % 3 == 0 { "nobody" } else { "a" };
                let script = line(id).must("step", MOVE, params![condition, 1]);
                (id, database.write(script).await.is_ok())
            });
        }
        for (id, succeeded) in writers.join_all().await {
            assert_eq!(succeeded, id % 3 != 0);
        }
        let kept: Vec<i64> = (0..100).filter(|id| id % 3 != 0).collect();
        assert_eq!(lines(&database).await, kept);
        assert_eq!(last(&database, "a").await, i64::try_from(kept.len()).unwrap());
    }

    async fn a_read_sees_one_snapshot(place) {
        let database = place.open();
        let writer = database.clone();
        // One commit after another; what leaves b arrives at a, so that the sum never changes.
        let writing = tokio::spawn(async move {
            for _ in 0..100 {
                let script = Script::new().must("from", MOVE, params!["b", -1]).must("to", MOVE, params!["a", 1]);
                writer.write(script).await.unwrap();
            }
        });
        let mut seen = vec![0];
        while *seen.last().unwrap() < 100 {
            let mut read = Read::new();
            for _ in 0..50 {
                read = read.select(LAST, params!["a"]).select(LAST, params!["b"]);
            }
            let answers = database.read(read).await.unwrap();
            let numbers: Vec<_> = answers.iter().map(|rows| rows[0].int(0).unwrap()).collect();
            let a = numbers[0];
            assert!(numbers.chunks(2).all(|pair| pair == [a, 100 - a]), "{numbers:?}");
            seen.push(a);
        }
        assert!(seen.is_sorted(), "a write that had been seen was gone: {seen:?}");
        writing.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_leaves_after_the_commit() {
    let place = Place::new();
    let database = place.open();
    let path = place.path();
    let mut writers = JoinSet::new();
    for id in 0..50_i64 {
        let (database, path) = (database.clone(), path.clone());
        writers.spawn(async move {
            database.write(line(id)).await.unwrap();
            let onlooker = Connection::open(path).unwrap();
            onlooker
                .query_row("SELECT count(*) FROM lines WHERE id = ?1", [id], |row| row.get::<_, i64>(0))
                .unwrap()
        });
    }
    assert!(writers.join_all().await.into_iter().all(|seen| seen == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_refused_while_another_program_holds_the_file_and_works_afterwards() {
    let place = Place::new();
    let database = place.open();
    let onlooker = place.onlooker();
    onlooker.execute_batch("BEGIN IMMEDIATE; UPDATE steps SET last = 50 WHERE id = 'b'").unwrap();
    let (first, second) = tokio::join!(database.write(line(1)), database.write(line(2)));
    assert_eq!(first, Err(Failed::Unavailable(Unavailable::Locked)));
    assert_eq!(second, Err(Failed::Unavailable(Unavailable::Locked)));
    // Readers do not wait for anybody's write, and do not see it.
    assert_eq!(last(&database, "b").await, 100);
    onlooker.execute_batch("COMMIT").unwrap();
    database.write(line(3)).await.unwrap();
    assert_eq!(lines(&database).await, [3]);
    assert_eq!(last(&database, "b").await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_went_away_leaves_all_or_nothing() {
    let place = Place::new();
    let database = place.open();
    {
        let write = database.write(line(1).may(MOVE, params!["a", 9]));
        tokio::pin!(write);
        // Polled once, so that the script is queued; then dropped.
        tokio::select! {
            biased;
            _ = &mut write => {}
            () = std::future::ready(()) => {}
        }
    }
    // The queue is served in order: when the next answer is here, the script before it has run.
    database.write(line(2)).await.unwrap();
    assert_eq!(lines(&database).await, [1, 2]);
    assert_eq!(last(&database, "a").await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_finishes_what_is_queued_and_leaves_one_file() {
    let place = Place::new();
    let database = place.open();
    let copy = database.clone();
    for id in 0..20 {
        let write = copy.write(line(id));
        tokio::pin!(write);
        tokio::select! {
            biased;
            _ = &mut write => {}
            () = std::future::ready(()) => {}
        }
    }
    drop(database);
    assert!(place.directory.path().join("countersign.db-wal").exists(), "a clone keeps it open");
    drop(copy);
    let files: Vec<_> =
        place.directory.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["countersign.db"]);
    assert_eq!(place.count("lines"), 20);
}

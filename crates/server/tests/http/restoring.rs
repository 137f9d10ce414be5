//! An older backup of the database is put back, with the service as it is started in between: nothing that was
//! used or ended since opens anything, and nobody is frightened by a service that was only killed.

use std::fs;

use countersign_server::high_water::HighWater;
use countersign_server::sealer::NotSealed;

use crate::processes::said;
use crate::rows;
use crate::world::{DAY, STEP, Stopped, World, database_of};

/// Every place of the log that holds text, as `countersign events list` reads it.
async fn log_of(stopped: &Stopped) -> String {
    let log = rows::log_of(&stopped.data());
    let lines = log.lines(0, None, 10_000).await.unwrap();
    lines.iter().map(|listed| format!("{:?}\n", listed.line)).collect()
}

impl Stopped {
    fn back_up(&self) {
        rows::back_up(&self.data());
    }

    fn put_back(&self) {
        rows::put_back(&self.data());
    }

    /// On PostgreSQL a mark that is not there may be a new node's, which only the operator knows.
    fn says_so_where_nodes_are_shared(&self, what: &str) {
        if database_of(&self.data()).is_some() {
            let told = self.refuses();
            assert!(told.contains(what) && told.contains("countersign database restored"), "{told}");
            let told = said(&self.data(), &["database", "restored"]);
            assert!(told.contains("Done. Lost: whatever came after link"), "{told}");
        }
    }

    fn mark(&self) -> String {
        fs::read_to_string(self.data().join("high-water")).unwrap()
    }
}

#[tokio::test]
async fn nothing_that_was_used_or_ended_revives_with_an_older_backup() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let (laptop, waiting) = {
        let mut laptop = world.browser();
        laptop.sign_in_and_remember(&person).await;
        (laptop.jar, world.one_pending(&person).await.jar)
    };
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    stopped.back_up();
    let world = stopped.start();

    world.pass(STEP);
    let code = person.code();
    world.browser().sign_in(&person).await;
    let mut browser = world.one_pending(&person).await;
    let used = [("recovery_code", person.recovery_codes[0].as_str())];
    browser.post("/sign-in/recovery-code", &used).await.leads_to("/account");
    browser.post("/account/two-factor/devices/forget-all", &[]).await;
    browser.post("/account/sessions/end-all", &[]).await;
    world.app.seal().await.unwrap();
    drop(browser);
    let stopped = world.stop();
    let marked = stopped.mark();
    stopped.put_back();
    let world = stopped.start();

    // The laptop's session and trust, and the sign-in under way, were in the backup.
    let mut revived = world.browser();
    revived.jar = laptop;
    assert!(!revived.is_signed_in().await);
    revived.type_password(&person).await.leads_to("/sign-in/code");
    let mut under_way = world.browser();
    under_way.jar = waiting;
    under_way.get("/sign-in/code").await.leads_to("/sign-in");
    let page = revived.post("/sign-in/code", &[("code", &code)]).await;
    page.is(401).says("already been used");
    for code in &person.recovery_codes[..2] {
        let page = revived.post("/sign-in/recovery-code", &[("recovery_code", code)]).await;
        page.is(401).says("An older backup of this service was restored");
    }

    world.pass(3 * STEP);
    revived.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    let page = revived.get("/account").await;
    page.is(200).says("Your recovery codes may have been used and are switched off").says("Switched off");
    revived.get("/account/activity").await.says("An older backup of this service was restored");
    assert_eq!(
        world.events(person.id).await.iter().filter(|kind| *kind == "restored-from-backup").count(),
        1
    );

    // From here on it is a database like any other.
    drop((revived, under_way));
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    assert_ne!(stopped.mark(), marked);
    let world = stopped.start();
    assert_eq!(
        world.events(person.id).await.iter().filter(|kind| *kind == "restored-from-backup").count(),
        1
    );
}

#[tokio::test]
async fn onto_a_new_machine_without_the_mark_it_is_a_restore_also_where_the_service_was_started_before() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    let new_machine = World::new().stop();
    stopped.back_up();
    for file in ["backup", "keyring"] {
        fs::copy(stopped.data().join(file), new_machine.data().join(file)).unwrap();
    }
    new_machine.put_back();
    let strange = new_machine.mark();
    new_machine.says_so_where_nodes_are_shared("is of another installation");
    let world = new_machine.start();
    let restored = world.events(person.id).await;
    assert_eq!(restored.last().map(String::as_str), Some("restored-from-backup"));
    assert_ne!(strange, world.stop().mark(), "the mark is now that of this database");

    fs::remove_file(stopped.data().join("high-water")).unwrap();
    stopped.says_so_where_nodes_are_shared("is missing");
    let world = stopped.start();
    assert_eq!(world.events(person.id).await.last().map(String::as_str), Some("restored-from-backup"));
}

#[tokio::test]
async fn a_service_that_was_killed_or_whose_clock_jumps_or_that_runs_twice_is_no_restore() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let early = {
        world.app.seal().await.unwrap();
        let another = world.another();
        world.browser().sign_in(&person).await;
        // Killed after the chain was durable and before the mark was: the mark stays behind.
        let mark = fs::read(another.app.config.service.high_water_file.clone()).unwrap();
        another.app.seal().await.unwrap();
        world.app.seal().await.unwrap();
        mark
    };
    let stopped = world.stop();
    assert_ne!(stopped.mark().into_bytes(), early);
    fs::write(stopped.data().join("high-water"), early).unwrap();
    let world = stopped.start();
    world.pass(-400 * DAY);
    let (first, second) = (world.another(), world.another());
    for one in [&first, &second, &world] {
        one.browser().type_password(&person).await;
        one.app.seal().await.unwrap();
    }
    drop((first, second));
    world.pass(800 * DAY);
    let world = world.restart();
    let killed_before_it_was_chained = world.browser().type_password(&person).await;
    drop(killed_before_it_was_chained);
    let world = world.restart();
    assert!(!world.events(person.id).await.contains(&"restored-from-backup".to_owned()));
    let mark = HighWater::at(world.app.config.service.high_water_file.clone()).read().unwrap().unwrap();
    assert!(mark.head.link > 0);
}

#[tokio::test]
async fn a_log_that_is_cut_while_the_service_runs_is_noticed_and_the_mark_stays() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    world.app.seal().await.unwrap();
    let marked = fs::read_to_string(&world.app.config.service.high_water_file).unwrap();
    let cut = "DELETE FROM event_links WHERE link > 1; DELETE FROM events WHERE position > 1";
    rows::rewrite_log(&world.app.config.service.data_dir, cut);
    for _ in 0..5 {
        world.browser().type_password(&person).await.leads_to("/sign-in/code");
        let noticed = world.app.seal().await;
        assert!(matches!(noticed, Err(NotSealed::MarkLost(_))), "{noticed:?}");
        world.pass(STEP);
    }
    assert_eq!(fs::read_to_string(&world.app.config.service.high_water_file).unwrap(), marked);
    let world = world.restart();
    assert_eq!(world.events(person.id).await.last().map(String::as_str), Some("restored-from-backup"));
    world.app.seal().await.unwrap();
}

#[tokio::test]
async fn nothing_secret_is_in_the_log_of_an_eventful_life() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut secrets =
        vec![crate::world::PASSWORD.to_owned(), crate::world::NEW_PASSWORD.to_owned(), person.key()];
    secrets.extend(person.recovery_codes.clone());
    secrets.extend(person.recovery_codes.iter().map(|code| code.replace('-', "")));
    let mut browser = world.browser();
    browser.type_password(&person).await;
    secrets.extend(browser.jar.values().cloned());
    let (wrong, right) = (person.wrong_code(), person.code());
    browser.post("/sign-in/code", &[("code", &wrong)]).await;
    browser.post("/sign-in/code", &[("code", &*right), ("remember", "on")]).await.leads_to("/account");
    secrets.extend(browser.jar.values().cloned());
    let mut other = world.one_pending(&person).await;
    secrets.extend(other.jar.values().cloned());
    let code = [("recovery_code", person.recovery_codes[0].as_str())];
    other.post("/sign-in/recovery-code", &code).await.leads_to("/account");
    let shown =
        other.post("/account/two-factor/recovery-codes", &[("password", crate::world::PASSWORD)]).await;
    secrets.extend(shown.recovery_codes());
    let fields = [("password", crate::world::PASSWORD), ("new_password", crate::world::NEW_PASSWORD)];
    other.post("/account/password", &fields).await;
    let mut chance = world.app.chance;
    let invited = world.person("boris@example.org").await;
    let link = world.app.store.invite_account(invited.id, world.visit().now, &mut chance).await.unwrap();
    secrets.push(link.reveal().to_owned());
    other.post("/account/two-factor/turn-off", &[("password", crate::world::NEW_PASSWORD)]).await;
    other.post("/sign-out", &[]).await;
    drop((browser, other));
    let log = log_of(&world.stop()).await;
    assert!(
        log.contains("two-factor-off") && log.contains("recovery-code-used") && log.contains("wrong-code"),
        "{log}"
    );
    for secret in secrets {
        assert!(secret.len() >= 12 && !log.contains(&secret), "{secret}");
    }
    for code in [wrong, right] {
        assert!(!log.contains(&format!("\"{code}\"")), "{code}");
    }
}

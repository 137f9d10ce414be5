//! Keys that are rotated while people sign in, and rotations that are killed half-way.

use std::fs;

use countersign_server::keyring_file::{self, Changing, KeyringFileError};
use countersign_server::rotation::{NotRotated, Rotation, Step};
use data_encoding::BASE64URL_NOPAD;

use crate::telling::secret_of;
use crate::world::{PASSWORD, STEP, World};

/// A rotation from start to end, as the command does it.
pub(crate) async fn rotate(world: &World) -> Vec<Step> {
    let mut rotation = Rotation::begin(&world.app).await.unwrap();
    let mut done = Vec::new();
    while let Some(step) = rotation.step().await.unwrap() {
        done.push(step);
    }
    done
}

/// The keys of the file, as they are written there.
fn keys(world: &World) -> Vec<String> {
    let keys = keyring_file::load(&world.data().join("keyring")).unwrap();
    keys.iter().map(|key| BASE64URL_NOPAD.encode(key.bytes.as_slice())).collect()
}

/// The file of the data directory that has this text in it.
fn found_in(world: &World, text: &str) -> Option<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let files = fs::read_dir(world.data()).unwrap().map(|entry| entry.unwrap().path());
    let found = files.filter(|path| holds(&fs::read(path).unwrap())).map(|path| path.display().to_string());
    found.last()
}

#[tokio::test]
async fn h5_a_rotation_killed_after_any_step_is_finished_by_the_next_and_nobody_notices() {
    for killed_after in 0..=10 {
        let world = World::new();
        let person = world.enrolled_with_codes("zofie@example.org").await;
        let node = world.another();
        let [old] = &keys(&world)[..] else { panic!("one key") };
        let mut rotation = Rotation::begin(&world.app).await.unwrap();
        let mut steps = Vec::new();
        for _ in 0..killed_after {
            steps.push(rotation.step().await.unwrap().unwrap());
        }
        drop(rotation);
        let half_done = steps.iter().any(|step| matches!(step, Step::TookOver(_)))
            && steps.last() != Some(&Step::Forgotten);
        assert_eq!(half_done, (2..10).contains(&killed_after), "{steps:?}");
        fs::write(world.data().join("keyring.0badcafe.draft"), "left behind").unwrap();
        world.pass(STEP);
        node.browser().sign_in(&person).await;

        // Whoever starts now finds keys that open everything.
        let after = world.another();
        let done = rotate(&after).await;
        assert_eq!(done.last(), Some(&Step::Forgotten), "{killed_after}");
        let begun_anew = done.iter().any(|step| matches!(step, Step::Made(_)));
        // One that was made and did not take over yet is not made a second time.
        let begins = !half_done && killed_after != 1;
        assert_eq!(begun_anew, begins, "{killed_after}: {done:?}");
        assert_eq!(keys(&world).len(), 1, "{killed_after}");
        assert_eq!(found_in(&world, old), None, "{killed_after}");
        assert!(!world.data().join("keyring.0badcafe.draft").exists());
        assert_eq!(world.app.store.keys().await.unwrap().len(), 1);
        for server in [&world, &node, &after] {
            world.pass(STEP);
            server.browser().sign_in(&person).await;
        }
        let mut browser = node.one_pending(&person).await;
        let field = [("recovery_code", person.recovery_codes[0].as_str())];
        browser.post("/sign-in/recovery-code", &field).await.leads_to("/account");
    }
}

#[tokio::test]
async fn h5_sessions_devices_and_half_finished_sign_ins_outlive_a_rotation() {
    let world = World::new();
    let (person, newcomer) =
        (world.enrolled("zofie@example.org").await, world.person("eva@example.org").await);
    let mut remembered = world.browser();
    remembered.sign_in_and_remember(&person).await;
    world.pass(STEP);
    let mut pending = world.browser();
    pending.type_password(&person).await.leads_to("/sign-in/code");
    let mut enrolling = world.signed_in(&newcomer).await;
    enrolling.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    newcomer.scan(&enrolling.get("/account/two-factor/set-up").await.key());

    rotate(&world.another()).await;

    remembered.get("/account").await.is(200);
    pending.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
    let mut again = world.browser();
    again.jar = remembered.jar.clone();
    again.jar.remove(&again.cookie_name("session"));
    again.type_password(&person).await.leads_to("/account");
    let page = enrolling.post("/account/two-factor/set-up", &[("code", &newcomer.code())]).await;
    assert_eq!(page.is(200).recovery_codes().len(), 10);
    world.pass(STEP);
    world.browser().sign_in(&newcomer).await;
}

#[tokio::test]
async fn f8_a_file_from_before_a_rotation_is_answered_calmly_and_one_from_after_is_handed_out() {
    let world = World::new();
    let node = world.another();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let replace = [("password", PASSWORD)];
    let before = owner.post("/account/two-factor/recovery-codes", &replace).await.is(200).ticket();
    rotate(&node).await;
    world.app.store.read_keys_again().await.unwrap();
    let download = "/account/two-factor/recovery-codes/download";
    let refused = owner.post(download, &[("ticket", &before)]).await;
    assert!(refused.is(204).text.is_empty(), "the page with the codes stays where it is");
    let after = owner.post("/account/two-factor/recovery-codes", &replace).await.is(200).ticket();
    owner.at(&node).post(download, &[("ticket", &after)]).await.is(200);
    // A process that has never seen the key that sealed the next one.
    let third = world.another();
    rotate(&world).await;
    let next = owner.post("/account/two-factor/recovery-codes", &replace).await.is(200).ticket();
    owner.at(&third).post(download, &[("ticket", &next)]).await.is(200);
}

#[tokio::test]
async fn two_rotations_exclude_each_other_and_a_failed_one_keeps_the_keyring() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let first = Rotation::begin(&world.app).await.unwrap();
    let node = world.another();
    let second = Rotation::begin(&node.app).await.map(drop);
    assert!(matches!(second, Err(NotRotated::File(KeyringFileError::Busy(_)))), "{second:?}");
    drop((first, node));

    let stopped = world.stop();
    let path = stopped.data().join("countersign.db");
    let mut file = fs::read(&path).unwrap();
    let (at, length) = secret_of(&stopped, &file, &person);
    file[at + length - 1] ^= 1;
    fs::write(&path, file).unwrap();
    let damaged = stopped.start();
    let mut rotation = Rotation::begin(&damaged.app).await.unwrap();
    let stopped = loop {
        match rotation.step().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it went through"),
            Err(stopped) => break stopped.to_string(),
        }
    };
    assert!(stopped.contains("zofie@example.org") && stopped.contains("authenticator"), "{stopped}");
    assert_eq!(keys(&damaged).len(), 2, "the old key is still there");
    drop(rotation);
    assert!(Rotation::begin(&damaged.app).await.unwrap().takes_up());
}

#[test]
fn a_keyring_behind_a_link_is_replaced_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (safe, data) = (dir.path().join("safe"), dir.path().join("data"));
    fs::create_dir(&safe).unwrap();
    fs::create_dir(&data).unwrap();
    let mut chance = countersign_server::chance::Chance::open().unwrap();
    keyring_file::create(&safe.join("keys"), &mut chance, 1).unwrap();
    std::os::unix::fs::symlink(safe.join("keys"), data.join("keyring")).unwrap();
    let old = keyring_file::load(&data.join("keyring")).unwrap();
    let changing = Changing::begin(&data.join("keyring")).unwrap();
    let new = keyring_file::StoredKey::fresh(&mut chance, countersign::Timestamp::from_seconds(2));
    let id = new.id.clone();
    changing.replace(&[new], &mut chance).unwrap();
    let read = keyring_file::load(&data.join("keyring")).unwrap();
    assert!(read.len() == 1 && read[0].id == id && id != old[0].id);
    assert!(fs::symlink_metadata(data.join("keyring")).unwrap().is_symlink());
    assert_eq!(fs::read_dir(&safe).unwrap().count(), 1, "no draft is left");
}

#[tokio::test]
async fn a_key_that_was_added_opens_and_does_not_seal_until_it_takes_over_and_an_old_one_never_does_again() {
    let world = World::new();
    let old = keyring_file::load(&world.data().join("keyring")).unwrap();
    let person = world.enrolled("zofie@example.org").await;
    world.pass(STEP);
    let mut adding = Rotation::begin(&world.app).await.unwrap();
    assert!(adding.waiting().is_none());
    let Some(Step::Made(added)) = adding.step().await.unwrap() else { panic!("a key is made first") };
    drop(adding);
    assert_eq!(Rotation::begin(&world.app).await.unwrap().waiting(), Some(&added));
    world.browser().sign_in(&person).await;
    assert_eq!(world.app.store.keyring().sealing().as_str(), old[0].id.as_str());
    assert_eq!(rotate(&world).await.first(), Some(&Step::TookOver(added.clone())));
    assert_eq!(world.app.store.keyring().sealing(), &added);

    // Somebody puts the old one back, for a backup that needs it.
    let mut both = keyring_file::load(&world.data().join("keyring")).unwrap();
    both.extend(old);
    Changing::begin(&world.data().join("keyring"))
        .unwrap()
        .replace(&both, &mut world.app.chance.clone())
        .unwrap();
    assert!(Rotation::begin(&world.app).await.unwrap().waiting().is_none());
    let done = rotate(&world).await;
    assert!(matches!(done.first(), Some(Step::Made(_))), "{done:?}");
    assert_eq!(keys(&world).len(), 1);
}

use super::*;
use rand::{SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;

const NOW: i64 = 1_763_786_400_000;
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn house() -> (TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (keyring, database) = (dir.path().join("keyring"), dir.path().join("countersign.db"));
    (dir, keyring, database)
}

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn put(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn complaint(text: &str) -> String {
    let (_dir, keyring, _) = house();
    put(&keyring, text, 0o600);
    load(&keyring).map(|keys| keys.len()).unwrap_err().to_string()
}

#[test]
fn a_fresh_keyring_has_one_key_is_private_and_leaves_no_draft() {
    let (dir, keyring, _) = house();
    create(&keyring, &mut rng(1), NOW).unwrap();
    let keys = load(&keyring).unwrap();
    assert_eq!(keys.len(), 1);
    assert!(keys[0].id.as_str().starts_with("k-"));
    assert_eq!(keys[0].created_at, Timestamp::from_milliseconds(NOW));
    assert_ne!(*keys[0].bytes, [0; 32]);
    assert_eq!(fs::metadata(&keyring).unwrap().permissions().mode() & 0o7777, 0o600);
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["keyring"]);
}

#[test]
fn a_keyring_is_never_overwritten() {
    let (dir, keyring, _) = house();
    create(&keyring, &mut rng(1), NOW).unwrap();
    let first = fs::read(&keyring).unwrap();
    assert!(matches!(create(&keyring, &mut rng(2), NOW), Err(KeyringFileError::Exists(_))));
    assert_eq!(fs::read(&keyring).unwrap(), first);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the draft is gone");
}

#[test]
fn sixteen_first_starts_at_once_agree_on_one_key() {
    let (_dir, keyring, database) = house();
    let keys: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|seed| {
                scope.spawn({
                    let (keyring, database) = (&keyring, &database);
                    move || {
                        *load_or_create(keyring, &Place::Sqlite(database.clone()), &mut rng(seed), NOW)
                            .unwrap()[0]
                            .bytes
                    }
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn where_no_database_can_be_reached_no_keyring_is_made() {
    let (_dir, keyring, _) = house();
    let nowhere =
        Place::Postgres(countersign_store::PostgresUrl::parse("postgresql://u@127.0.0.1:1/d").unwrap());
    let Err(error) = load_or_create(&keyring, &nowhere, &mut rng(1), NOW) else { panic!("refused") };
    assert!(error.to_string().contains("cannot reach the database"), "{error}");
    assert!(!keyring.exists());
}

#[test]
fn a_database_whose_keyring_is_gone_gets_no_new_one() {
    let (_dir, keyring, database) = house();
    fs::write(&database, "rows").unwrap();
    let Err(error) = load_or_create(&keyring, &Place::Sqlite(database), &mut rng(1), NOW) else {
        panic!("refused")
    };
    assert!(matches!(error, KeyringFileError::Lost { .. }));
    assert!(error.to_string().contains("backup") && error.to_string().contains("countersign.db"), "{error}");
    assert!(!keyring.exists());
}

#[test]
fn a_missing_file_is_not_a_damaged_one() {
    let (_dir, keyring, _) = house();
    assert!(matches!(load(&keyring), Err(KeyringFileError::Missing(_))));
}

#[test]
fn the_first_key_seals_and_the_others_follow_in_order() {
    let (_dir, keyring, _) = house();
    put(&keyring, &format!("{HEAD}\nk-2 {KEY} 2\nk-1 {KEY} 1\n"), 0o400);
    let keys = load(&keyring).unwrap();
    let ids: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.created_at.milliseconds())).collect();
    assert_eq!(ids, [("k-2", 2), ("k-1", 1)]);
}

#[test]
fn a_keyring_that_others_can_read_is_refused_with_the_command_that_helps() {
    for mode in [0o640, 0o604, 0o620, 0o666, 0o610] {
        let (_dir, keyring, _) = house();
        put(&keyring, &format!("{HEAD}\nk-1 {KEY} 1\n"), mode);
        let Err(error) = load(&keyring) else { panic!("mode {mode:o} was accepted") };
        assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

#[test]
fn damage_is_named_by_line_and_never_quoted() {
    let cases = [
        (String::new(), "cut short"),
        ("countersign-keyring 1".to_owned(), "cut short"),
        (format!("{HEAD}\n"), "cut short"),
        (format!("{HEAD}\nk-1 {KEY} 1"), "cut short"),
        (format!("{HEAD}\nk-1 {}", &KEY[..20]), "cut short"),
        ("something else\n".to_owned(), "line 1: this is not a keyring"),
        (format!("countersign-keyring 2\nk-1 {KEY} 1\n"), "line 1"),
        (format!("{HEAD}\nk-1 {KEY} 1\nk-1 {KEY} 2\n"), "line 3: two keys have the same id"),
        (format!("{HEAD}\nk-1 {} 1\n", &KEY[1..]), "line 2: a key is 32 bytes"),
        (format!("{HEAD}\nk-1 {KEY}= 1\n"), "line 2: a key is 32 bytes"),
        (format!("{HEAD}\nk-1 {KEY}AAAA 1\n"), "line 2: a key is 32 bytes"),
        (format!("{HEAD}\nk-1 {}+ 1\n", &KEY[1..]), "line 2: a key is 32 bytes"),
        (format!("{HEAD}\nK_1 {KEY} 1\n"), "line 2: a key id"),
        (format!("{HEAD}\n {KEY} 1\n"), "line 2: a key id"),
        (format!("{HEAD}\nk-1 {KEY} soon\n"), "line 2: the moment"),
        (format!("{HEAD}\nk-1 {KEY}\n"), "line 2: a line is"),
        (format!("{HEAD}\nk-1 {KEY} 1 2\n"), "line 2: a line is"),
        (format!("{HEAD}\nk-1 {KEY} 1\r\n"), "line 2: the moment"),
        (format!("{HEAD}\n\nk-1 {KEY} 1\n"), "line 2: a line is"),
    ];
    for (text, expected) in cases {
        let complaint = complaint(&text);
        assert!(complaint.contains(expected), "{text:?} → {complaint}");
        assert!(!complaint.contains("AAAAAA"), "a key is quoted: {complaint}");
    }
}

#[test]
fn a_directory_or_a_binary_file_is_an_error_and_no_keyring() {
    let (dir, keyring, _) = house();
    assert!(load(dir.path()).is_err());
    fs::write(&keyring, [0xff, 0xfe, 0x00]).unwrap();
    fs::set_permissions(&keyring, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(load(&keyring), Err(KeyringFileError::Io { .. })));
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_that_names_the_file() {
    let (dir, _, _) = house();
    let nowhere = dir.path().join("missing/keyring");
    let error = create(&nowhere, &mut rng(1), NOW).unwrap_err();
    assert!(matches!(error, KeyringFileError::Io { .. }));
    assert!(error.to_string().contains("missing/keyring"), "{error}");
}

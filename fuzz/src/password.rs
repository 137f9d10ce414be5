//! Passwords: read once or twice, it is the same one, and no longer than is promised.

use countersign::password::{LONGEST, Password};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Password::parse(text) {
        Ok(password) => {
            assert!(password.reveal().chars().count() <= LONGEST);
            let again = Password::parse(password.reveal());
            assert!(
                again.is_ok_and(|again| again.reveal() == password.reveal()),
                "read again, it is another"
            );
        }
        Err(_) => assert!(text.len() > LONGEST / 3),
    }
}

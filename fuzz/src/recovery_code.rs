//! Recovery codes: what is accepted is one code however it is written, and no typing mistake is one (F2).

use countersign::recovery::{NotARecoveryCode, RecoveryCode};
use rand::{SeedableRng as _, rngs::StdRng};

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub(crate) fn run(data: &[u8]) {
    if let Some(seed) = data.first_chunk::<8>() {
        holds(&RecoveryCode::fresh(&mut StdRng::seed_from_u64(u64::from_be_bytes(*seed))));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    match RecoveryCode::parse(text) {
        Ok(code) => holds(&code),
        Err(NotARecoveryCode::Length { found }) => assert_ne!(found, 16),
        Err(NotARecoveryCode::Empty | NotARecoveryCode::Character | NotARecoveryCode::Typo) => {}
    }
}

fn holds(code: &RecoveryCode) {
    let shown = code.reveal();
    let groups: Vec<&str> = shown.split('-').collect();
    assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4));
    assert!(groups.concat().chars().all(|c| ALPHABET.contains(c)));
    for written in
        [shown.to_lowercase(), shown.replace('-', " "), shown.replace('-', ""), shown.replace('1', "l")]
    {
        assert!(*RecoveryCode::parse(&written).unwrap().reveal() == *shown, "{written:?} is another code");
    }
    // One place a run: the code itself says which.
    let places: Vec<(usize, char)> = shown.char_indices().filter(|(_, c)| *c != '-').collect();
    let (at, there) = places[shown.bytes().map(usize::from).sum::<usize>() % places.len()];
    for other in ALPHABET.chars().filter(|other| *other != there) {
        let mut typo = shown.to_string();
        typo.replace_range(at..=at, &other.to_string());
        assert!(matches!(RecoveryCode::parse(&typo), Err(NotARecoveryCode::Typo)), "{typo} is accepted");
    }
}

//! A state in a form in which two states are equal if nothing can tell them apart: names are replaced by the order in
//! which they appear, moments by how far off they are, and what only tells of the past is left out.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use countersign::token::{self, Kind, Token};

use super::scene::{Cast, Held, World, hash_of, step};

/// What a column is.
#[derive(Clone, Copy)]
enum Column {
    /// A name: an id or the hash of a token.
    Name,
    /// A number, or a word.
    Plain,
    /// A moment that something ends at: what is over is over.
    End,
    /// A moment that something began at.
    Past,
    /// Whether there is a moment at all.
    Whether,
    /// The number of a step.
    Step,
}
use Column::{End, Name, Past, Plain, Step, Whether};

/// The tables, with what of them can matter.
const TABLES: &[(&str, &[Column])] = &[
    (
        "SELECT id, password_hash, two_factor_at, disabled_at, reset_at, address_confirmed_at FROM accounts ORDER BY rowid",
        &[Name, Name, Whether, Whether, Whether, Whether],
    ),
    ("SELECT account_id, id, last_step FROM authenticators ORDER BY rowid", &[Name, Name, Step]),
    (
        "SELECT account_id, id, replaced_at, doubted_at FROM recovery_sets ORDER BY rowid",
        &[Name, Name, Whether, Whether],
    ),
    ("SELECT set_id, used_at FROM recovery_codes ORDER BY rowid", &[Name, Whether]),
    (
        "SELECT account_id, id, token, remembered_at, expires_at FROM trusted_devices ORDER BY rowid",
        &[Name, Name, Name, Past, End],
    ),
    ("SELECT device_id, token FROM spent_device_tokens ORDER BY rowid", &[Name, Name]),
    (
        "SELECT account_id, id, token, wrong, expires_at FROM pending_sign_ins ORDER BY rowid",
        &[Name, Name, Name, Plain, End],
    ),
    (
        "SELECT account_id, id, token, methods, factor_at, device_id, created_at, seen_at FROM sessions ORDER BY rowid",
        &[Name, Name, Name, Plain, Past, Name, Past, Past],
    ),
    (
        "SELECT account_id, session_id, id, authenticator_id, superseded, expires_at FROM enrolments ORDER BY rowid",
        &[Name, Name, Name, Name, Plain, End],
    ),
    (
        "SELECT subject, kind, lane, failures, level, level_at, next_at FROM guess_budgets ORDER BY subject, kind, lane",
        &[Name, Plain, Name, Plain, Plain, Past, End],
    ),
];

/// Stands behind each table.
const BEHIND_A_TABLE: char = '§';

/// Longer ago than this is long ago.
const LONG_AGO: i64 = 400 * 86_400_000;

struct Names(HashMap<String, usize>);

impl Names {
    fn of(&mut self, text: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(text.to_owned()).or_insert(next)
    }
}

fn text_of(row: &crate::value::Row, column: usize) -> Option<String> {
    if let Ok(text) = row.opt_text(column) {
        return text.map(str::to_owned);
    }
    if let Ok(number) = row.opt_int(column) {
        return number.map(|number| number.to_string());
    }
    row.blob(column).ok().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The state of the database and of the world, in words.
pub(super) fn words(cast: &Cast, world: &World) -> String {
    let mut names = Names(HashMap::new());
    let mut said = database(cast, world, &mut names);
    outside(world, &mut names, &mut said);
    said
}

/// The state of the database alone.
pub(super) fn database_words(cast: &Cast, world: &World) -> String {
    database(cast, world, &mut Names(HashMap::new()))
}

/// The same without the last table, that of the guess budgets.
pub(super) fn uncharged(words: &str) -> &str {
    // Only one mark stands behind the last table, which may be empty as those before it.
    let others = words.strip_suffix(BEHIND_A_TABLE).unwrap_or(words).rfind(BEHIND_A_TABLE);
    others.map_or(words, |end| &words[..end])
}

fn database(cast: &Cast, world: &World, names: &mut Names) -> String {
    let mut said = String::new();
    let now = world.now.milliseconds();
    for (sql, columns) in TABLES {
        for row in cast.stage.rows(sql) {
            for (nth, column) in columns.iter().enumerate() {
                let moment = || row.opt_int(nth).ok().flatten().map(|at| at - now);
                let _ = match column {
                    Name => write!(said, "{:?},", text_of(&row, nth).map(|text| names.of(&text))),
                    Plain => write!(said, "{:?},", text_of(&row, nth)),
                    End => write!(said, "{:?},", moment().map(|left| left.max(0))),
                    Past => write!(said, "{:?},", moment().map(|ago| ago.max(-LONG_AGO))),
                    Whether => write!(said, "{},", text_of(&row, nth).is_some()),
                    Step => {
                        let last = row.int(nth).unwrap_or(0) - step(world.now);
                        write!(said, "{},", last.clamp(-3, 3))
                    }
                };
            }
            said.push('\n');
        }
        said.push(BEHIND_A_TABLE);
    }
    said
}

fn outside(world: &World, names: &mut Names, said: &mut String) {
    fn hash<K: Kind>(held: &Held) -> String {
        let token: Token<K> = Token::parse(&held.token).unwrap();
        token.hash().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
    for browser in &world.browsers {
        let session = browser.session.as_ref().map(|held| (hash::<token::Session>(held), held));
        let pending = browser.pending.as_ref().map(|held| (hash::<token::Pending>(held), held));
        let devices =
            browser.devices.iter().map(|held| held.as_ref().map(|held| (hash::<token::Device>(held), held)));
        for held in [session, pending].into_iter().chain(devices) {
            let since = |held: &Held| (held.since.milliseconds() - world.now.milliseconds()).max(-LONG_AGO);
            let shown = held.map(|(hash, held)| (names.of(&hash), held.account, held.lives, since(held)));
            let _ = write!(said, "{shown:?},");
        }
        let knows = browser.knows.map(|nth| names.of(hash_of(nth).as_str()));
        let _ = writeln!(said, "{knows:?}");
    }
    for (truth, phones) in world.truth.iter().zip(&world.phones) {
        let shown: Vec<usize> =
            phones.iter().map(|phone| names.of(&phone.authenticator.to_string())).collect();
        let answered: Vec<i64> =
            truth.answered.iter().map(|at| at.milliseconds() - world.now.milliseconds()).collect();
        let password = names.of(hash_of(truth.password).as_str());
        let _ = writeln!(said, "{shown:?}{}{:?}{password}{answered:?}", truth.sets, truth.unspent);
    }
}

/// A fingerprint of the state: 128 bits, so that no two states are taken for one.
pub(super) fn fingerprint(words: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        words.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(1) << 64 | half(2)
}

//! Who and what there is: two people, two browsers, their phones, what they hold in their hands, and what has to be true
//! of it whatever the store says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign::{
    AccountId, AuthenticatorId, RecoverySetId, Span, Timestamp,
    email::Email,
    event::Actor,
    name::Name,
    password::{HashCost, Memory, Password, PasswordProof, StoredPassword},
    policy::Policy,
    recovery::{Pepper, RecoverySet, StoredCode},
    secret::{KeyId, Keyring, Sealed},
    totp::{Parameters, SharedSecret},
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::accounts::NewAccount;
use crate::database::Database;
use crate::keyring::HeldKeyring;
use crate::migrate;
use crate::sqlite::stage::{Break, Stage};
use crate::store::{Store, Visit};

/// When every story begins: the first moment of a step.
pub(super) const START: Timestamp = Timestamp::from_seconds(1_790_000_010);
/// How many recovery codes a set of a story has, and how many sets there are.
pub(super) const CODES: usize = 2;
const SETS: usize = 3;

/// One account, by its place.
pub(super) const A: usize = 0;
/// Another.
pub(super) const B: usize = 1;
/// The browser of the owner of A.
pub(super) const X: usize = 0;
/// A browser of somebody who knows the passwords as they were at the beginning.
pub(super) const Y: usize = 1;

/// A phone with an authenticator app: it keeps a secret whatever the store does with its own.
pub(super) struct Phone {
    pub(super) authenticator: AuthenticatorId,
    pub(super) secret: SharedSecret,
}

/// A token in somebody's hands, and whether it may still open anything.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) token: Rc<str>,
    pub(super) account: usize,
    /// What has to be true: nothing has ended it.
    pub(super) lives: bool,
    /// When it was given.
    pub(super) since: Timestamp,
    /// Whether it is a session for which a device stood.
    pub(super) on_device: bool,
}

/// What a browser keeps.
#[derive(Clone, Default)]
pub(super) struct Browser {
    pub(super) session: Option<Held>,
    pub(super) pending: Option<Held>,
    pub(super) devices: [Option<Held>; 2],
    /// Which password of each account whoever sits there knows.
    pub(super) knows: [u64; 2],
}

/// What has to be true of an account.
#[derive(Clone, Default)]
pub(super) struct Truth {
    pub(super) on: bool,
    pub(super) reset: bool,
    pub(super) password: u64,
    /// The authenticators that count, each with the last step that was accepted.
    pub(super) authenticators: BTreeMap<String, i64>,
    /// The sets made so far, and which codes of the present one are unspent.
    pub(super) sets: usize,
    pub(super) unspent: [bool; CODES],
    /// Wrong answers that were answered, and when.
    pub(super) answered: Vec<Timestamp>,
}

/// The world outside the database.
#[derive(Clone)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) browsers: [Browser; 2],
    pub(super) truth: [Truth; 2],
    /// The phones of each account, the oldest first: those that count and those that did once.
    pub(super) phones: [Vec<Rc<Phone>>; 2],
}

/// What does not change while a story is told.
pub(super) struct Cast {
    pub(super) store: Store,
    pub(super) stage: Arc<Stage>,
    pub(super) ids: [AccountId; 2],
    pub(super) proofs: [PasswordProof; 2],
    pub(super) keys: [String; 2],
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::new(Memory::default());
}

/// Hashes with memory that is used again and again.
pub(super) fn with_memory<T>(work: impl FnOnce(&mut Memory) -> T) -> T {
    MEMORY.with_borrow_mut(work)
}

/// Chance of its own: no two calls give the same.
pub(super) fn chance() -> StdRng {
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    StdRng::seed_from_u64(DRAWN.fetch_add(1, Ordering::Relaxed))
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn visit(now: Timestamp) -> Visit {
    Visit { now, browser: "Firefox on Linux".to_owned(), address: None, actor: Actor::Owner }
}

fn keyring() -> Keyring {
    Keyring::new([(KeyId::parse("k1").unwrap(), [7; 32].into())]).unwrap()
}

const PASSWORD: &str = "a password of its own";

/// The hash of the `nth` password of an account. The store compares no passwords, so one real hash does for the first.
pub(super) fn hash_of(nth: u64) -> StoredPassword {
    static REAL: OnceLock<StoredPassword> = OnceLock::new();
    let real = REAL.get_or_init(|| {
        let password = Password::parse(PASSWORD).unwrap();
        with_memory(|memory| StoredPassword::hash(&password, HashCost::LEAST, memory, &mut chance())).unwrap()
    });
    if nth == 0 {
        return real.clone();
    }
    // The same with another salt: a text of the right form, which is all the store looks at.
    let mut parts: Vec<&str> = real.as_str().split('$').collect();
    let salt = format!("{nth:021x}A");
    parts[4] = &salt;
    StoredPassword::parse(parts.join("$")).unwrap()
}

/// A set that was made once: hashing is slow on purpose.
struct Made {
    codes: Vec<String>,
    salt: [u8; 16],
    hashes: Vec<[u8; 32]>,
    pepper: Sealed,
    place: (AccountId, RecoverySetId),
}

fn made() -> &'static [Made] {
    static MADE: OnceLock<Vec<Made>> = OnceLock::new();
    MADE.get_or_init(|| {
        let one = |_| {
            let mut rng = chance();
            let fresh = with_memory(|memory| RecoverySet::fresh(START, memory, &mut rng)).unwrap();
            let place = (AccountId::fresh(START, &mut rng), RecoverySetId::fresh(START, &mut rng));
            Made {
                codes: fresh.codes.iter().take(CODES).map(|code| code.reveal().to_string()).collect(),
                salt: fresh.stored.salt,
                hashes: fresh.stored.codes.iter().take(CODES).map(|code| code.hash).collect(),
                pepper: fresh.stored.pepper.seal(&keyring(), place.0, place.1, &mut rng),
                place,
            }
        };
        (0..2 * SETS).map(one).collect()
    })
}

/// The `nth` set of an account, under an id of its own; `None` where the story has made as many as it may.
pub(super) fn set(account: usize, nth: usize) -> Option<RecoverySet> {
    let made = made().get(account * SETS + nth).filter(|_| nth < SETS)?;
    let pepper = Pepper::open(&keyring(), made.place.0, made.place.1, &made.pepper).unwrap();
    let codes = made.hashes.iter().map(|hash| StoredCode { hash: *hash, used_at: None }).collect();
    Some(RecoverySet { id: RecoverySetId::fresh(START, &mut chance()), salt: made.salt, pepper, codes })
}

/// The `nth` code of a set, as it is printed.
pub(super) fn printed(account: usize, set: usize, nth: usize) -> &'static str {
    &made()[account * SETS + set].codes[nth]
}

impl Phone {
    /// The code that it shows so many steps from this moment.
    pub(super) fn code(&self, now: Timestamp, steps: i64) -> String {
        let parameters = Parameters::default();
        self.secret.code(&parameters, parameters.step(now).plus(steps)).to_string()
    }
}

/// The number of the step of this moment.
pub(super) fn step(now: Timestamp) -> i64 {
    Parameters::default().step(now).number()
}

impl Cast {
    /// Two people with passwords and nothing else.
    pub(super) fn new(policy: Policy, broken: Option<Break>) -> Self {
        // Nobody here presses a button twice: a token of before is a copy at once, and no clock has to pass for it.
        let policy = Policy { sent_twice: Span::ZERO, ..policy };
        let stage = Arc::new(Stage::new(migrate::SQLITE, broken));
        let keyring = Arc::new(HeldKeyring::read_from(keyring()).unwrap());
        let store = Store {
            database: Database::on_stage(Arc::clone(&stage)),
            keyring,
            policy,
            tally: Arc::default(),
        };
        now_or_never(store.adopt_keyring(START)).unwrap();
        let add = |who: &str| {
            let new = NewAccount {
                email: Email::parse(&format!("{who}@example.org")).unwrap(),
                name: name(who),
                language: None,
                administrator: false,
                password: Some(hash_of(0)),
            };
            let id = now_or_never(store.add_account(&new, &visit(START), &mut chance())).unwrap();
            let typed = Password::parse(PASSWORD).unwrap();
            let attempt = with_memory(|memory| {
                let whose = Some((id, &hash_of(0)));
                StoredPassword::check(whose, &typed, START, HashCost::LEAST, memory, &mut chance())
            });
            (id, attempt.open_after_the_budget_accepted().unwrap(), new.email.key().to_owned())
        };
        let ((a, proof_a, key_a), (b, proof_b, key_b)) = (add("a"), add("b"));
        Self { store, stage, ids: [a, b], proofs: [proof_a, proof_b], keys: [key_a, key_b] }
    }
}

impl World {
    pub(super) fn new() -> Self {
        let (browsers, truth) = Default::default();
        Self { now: START, browsers, truth, phones: Default::default() }
    }
}

/// The outcome of what waits for nobody but the stage, which answers at once.
pub(super) fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(outcome) => outcome,
        std::task::Poll::Pending => panic!("it waits for somebody"),
    }
}

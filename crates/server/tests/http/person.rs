//! People: made through the store, so that a test pays for no more hashes than its story needs.

use std::sync::{Arc, Mutex};

use countersign::enrolment::Enrolment;
use countersign::name::Name;
use countersign::password::{Memory, Password, PasswordProof, StoredPassword};
use countersign::recovery::{Pepper, RecoverySet, StoredCode};
use countersign::sign_in::{Next, TwoFactor, after_password};
use countersign::step_up::Confirmation;
use countersign::totp::{Parameters, SharedSecret};
use countersign::{AccountId, RecoverySetId, Timestamp, email::Email};
use countersign_server::clock::{Clock as _, ManualClock};
use countersign_store::Lane;
use countersign_store::accounts::{Account, NewAccount};
use data_encoding::BASE32_NOPAD;
use rand_core::Rng as _;
use zeroize::Zeroizing;

use crate::browser::Browser;
use crate::world::{PASSWORD, STEP, World, hashed};

/// Somebody with an account.
#[derive(Clone)]
pub(crate) struct Person {
    /// Their account.
    pub(crate) id: AccountId,
    /// Their address.
    pub(crate) email: String,
    /// Their recovery codes, where a test asked for real ones.
    pub(crate) recovery_codes: Vec<String>,
    /// The key in their app.
    key: Arc<Mutex<String>>,
    clock: ManualClock,
}

impl Person {
    /// What their app shows now.
    pub(crate) fn code(&self) -> String {
        self.code_in(0)
    }

    /// What it shows so many steps from now.
    pub(crate) fn code_in(&self, steps: i64) -> String {
        code_of(&self.key(), self.clock.now_ms() + steps * STEP)
    }

    /// A code that is wrong at this moment, whatever is right.
    pub(crate) fn wrong_code(&self) -> String {
        let right: Vec<String> = (-1..=1).map(|steps| self.code_in(steps)).collect();
        (0..10).map(|n| format!("{n:06}")).find(|code| !right.contains(code)).unwrap()
    }

    /// The key in their app, in base 32.
    pub(crate) fn key(&self) -> String {
        self.key.lock().unwrap().clone()
    }

    /// They scan another QR code.
    pub(crate) fn scan(&self, key: &str) {
        key.clone_into(&mut self.key.lock().unwrap());
    }
}

impl Person {
    /// The same person, as another process knows them.
    pub(crate) fn known(id: AccountId, email: &str, key: &str, codes: &[&str], clock: ManualClock) -> Self {
        let recovery_codes = codes.iter().map(|code| (*code).to_owned()).collect();
        Self { id, email: email.to_owned(), recovery_codes, key: Arc::new(Mutex::new(key.to_owned())), clock }
    }
}

/// What an app with this key shows at a moment.
pub(crate) fn code_of(key: &str, at_ms: i64) -> String {
    let bytes = BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let parameters = Parameters::default();
    let step = parameters.step(Timestamp::from_milliseconds(at_ms));
    SharedSecret::from_bytes(Zeroizing::new(bytes)).unwrap().code(&parameters, step).to_string()
}

impl World {
    /// Somebody without 2FA.
    pub(crate) async fn person(&self, email: &str) -> Person {
        self.person_called(email, "Žofie").await
    }

    /// Somebody without 2FA, whose address is confirmed.
    pub(crate) async fn confirmed(&self, email: &str) -> Person {
        let person = self.person(email).await;
        self.app.store.vouch_for_address(person.id, &self.visit()).await.unwrap();
        person
    }

    /// Somebody of this name without 2FA.
    pub(crate) async fn person_called(&self, email: &str, name: &str) -> Person {
        let (email, name) = (Email::parse(email).unwrap(), Name::parse(name).unwrap());
        let password = Some(hashed());
        let new = NewAccount { email: email.clone(), name, language: None, administrator: false, password };
        let mut chance = self.app.chance;
        let id = self.app.store.add_account(&new, &self.visit(), &mut chance).await.unwrap();
        let (key, clock) = (Arc::default(), self.clock.clone());
        Person { id, email: email.as_str().to_owned(), recovery_codes: Vec::new(), key, clock }
    }

    /// Somebody with 2FA, whose recovery codes are in nobody's hands. The code of this moment is unspent.
    pub(crate) async fn enrolled(&self, email: &str) -> Person {
        let mut person = self.person(email).await;
        let set = self.unusable_codes();
        self.enrol(&mut person, &set).await;
        person
    }

    /// Ten recovery codes that are in nobody's hands.
    pub(crate) fn unusable_codes(&self) -> RecoverySet {
        let mut chance = self.app.chance;
        let codes = (0..10).map(|_| {
            let mut hash = [0; 32];
            chance.fill_bytes(&mut hash);
            StoredCode { hash, used_at: None }
        });
        let codes: Vec<StoredCode> = codes.collect();
        let (id, pepper) = (RecoverySetId::fresh(self.clock.now(), &mut chance), Pepper::fresh(&mut chance));
        RecoverySet { id, salt: [7; 16], pepper, codes }
    }

    /// Somebody with 2FA and ten recovery codes that work.
    pub(crate) async fn enrolled_with_codes(&self, email: &str) -> Person {
        let mut person = self.person(email).await;
        let mut chance = self.app.chance;
        let set = RecoverySet::fresh(self.clock.now(), &mut Memory::default(), &mut chance).unwrap();
        self.enrol(&mut person, &set.stored).await;
        person.recovery_codes = set.codes.iter().map(|code| code.reveal().to_string()).collect();
        person
    }

    /// They turn 2FA on, which is off, with these recovery codes.
    pub(crate) async fn enrol(&self, person: &mut Person, set: &RecoverySet) {
        let (store, mut chance, visit) = (&self.app.store, self.app.chance, self.visit());
        if store.policy().address_first {
            store.vouch_for_address(person.id, &visit).await.unwrap();
        }
        let (account, proof) = self.password_proof(person).await;
        let authenticated = match after_password(store.policy(), &proof, TwoFactor::Off, None, visit.now) {
            Next::SignedIn(authenticated) => authenticated,
            Next::MustEnrol(must) => must.to_turn_on(),
            Next::NeedsFactor(_) | Next::NeedsLink(_) => panic!("2FA is off"),
        };
        let token = store.open_session(&authenticated, &account, &visit, &mut chance).await.unwrap();
        let session = store.session(&token.hash(), visit.now).await.unwrap().unwrap();
        let confirmation = Confirmation::new(&session.standing(), &proof, None, visit.now).unwrap();
        let lane = Lane::Everybody;
        store.offer(confirmation.into(), lane, &visit, &mut chance).await.unwrap();
        let enrolment: Enrolment = store.enrolment(person.id, session.id, visit.now).await.unwrap().unwrap();
        person.scan(&enrolment.secret.to_base32());
        // Proven with the code before, so that the code of this moment is there for the story.
        let proven = enrolment.prove(&person.code_in(-1), visit.now).unwrap();
        let name = Name::parse("Phone").unwrap();
        store.turn_on(&proven, &name, set, &visit, &mut chance).await.unwrap();
    }

    /// The account as it is, and a proof that the password was right.
    pub(crate) async fn password_proof(&self, person: &Person) -> (Account, PasswordProof) {
        let store = &self.app.store;
        let account = store.account_by_email(&Email::key_of(&person.email)).await.unwrap().unwrap();
        let stored = account.password.clone().unwrap();
        let (typed, cost) = (Password::parse(PASSWORD).unwrap(), self.app.config.password.hash_cost);
        let whose = Some((account.id, &stored));
        let (mut memory, mut chance) = (Memory::default(), self.app.chance);
        let attempt = StoredPassword::check(whose, &typed, self.clock.now(), cost, &mut memory, &mut chance);
        let (key, visit) = (Email::key_of(&person.email), self.visit());
        let settled = store.settle_password(&key, Some(account.id), Lane::Everybody, attempt, &visit);
        (account, settled.await.unwrap())
    }

    /// A browser in which this password was right.
    pub(crate) async fn pending_of(&self, (account, proof): &(Account, PasswordProof)) -> Browser {
        let (store, mut chance, visit) = (&self.app.store, self.app.chance, self.visit());
        let Next::NeedsFactor(awaiting) =
            after_password(store.policy(), proof, TwoFactor::On, None, visit.now)
        else {
            panic!("2FA is on");
        };
        let token = store.open_pending(&awaiting, account, &visit, &mut chance).await.unwrap();
        let browser = self.browser();
        let name = browser.cookie_name("pending");
        browser.with_cookie(&name, token.reveal())
    }

    /// So many browsers in which the password was just right, for one hash.
    pub(crate) async fn pending(&self, person: &Person, count: usize) -> Vec<Browser> {
        let proven = self.password_proof(person).await;
        let mut browsers = Vec::new();
        for _ in 0..count {
            browsers.push(self.pending_of(&proven).await);
        }
        browsers
    }

    /// A browser in which the password was just right.
    pub(crate) async fn one_pending(&self, person: &Person) -> Browser {
        self.pending(person, 1).await.remove(0)
    }

    /// A browser signed in by a password that is all the account has, and its session.
    pub(crate) async fn signed_in(&self, person: &Person) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(person).await;
        browser
    }
}

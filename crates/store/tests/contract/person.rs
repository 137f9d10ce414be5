//! Somebody with an account: what they do, in few words.

use std::sync::Mutex;

use countersign::{
    AccountId, Attempt, Claim, Timestamp,
    attempt::Wrong,
    email::Email,
    name::Name,
    password::{HashCost, Memory, Password, PasswordProof, StoredPassword},
    recovery::RecoveryCode,
    sign_in::{self, Next},
    step_up::{Confirmation, MayEnrol},
    token::{self, Token},
};
use countersign_store::{
    Lane, Refusal, Store, Visit,
    accounts::{Account, NewAccount},
    sessions::Session,
    sign_in::{Pending, SignedIn},
};

use crate::app::App;
use crate::borrowed::{self, Borrowed, FIRST, PASSWORD};
use crate::house::{at, chance};

/// One memory for all hashes of a test: they take turns, as they would on a small machine.
static MEMORY: Mutex<Option<Memory>> = Mutex::new(None);

fn with_memory<T>(work: impl FnOnce(&mut Memory) -> T) -> T {
    work(MEMORY.lock().unwrap().get_or_insert_default())
}

pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) key: String,
    pub(crate) proof: PasswordProof,
}

impl Person {
    /// Makes an account with the password [`PASSWORD`] for `name@example.org`.
    pub(crate) async fn new(store: &Store, name: &str) -> Self {
        let new = new_account(name);
        let id = store.add_account(&new, &at(0), &mut chance()).await.unwrap();
        let attempt = password_attempt(Some((id, &borrowed::hash())), PASSWORD, &at(0));
        Self { id, key: new.email.key().to_owned(), proof: attempt.open_after_the_budget_accepted().unwrap() }
    }

    /// The same person, who has just typed the password again.
    pub(crate) fn again(&self, visit: &Visit) -> Self {
        let attempt = password_attempt(Some((self.id, &borrowed::hash())), PASSWORD, visit);
        Self { id: self.id, key: self.key.clone(), proof: attempt.open_after_the_budget_accepted().unwrap() }
    }

    pub(crate) async fn account(&self, store: &Store) -> Account {
        store.account_by_email(&self.key).await.unwrap().unwrap()
    }

    /// Signs in with the password alone, while 2FA is off.
    pub(crate) async fn signs_in(&self, store: &Store, visit: &Visit) -> Session {
        let token = self.signs_in_for_token(store, visit).await;
        store.session(&token.hash(), visit.now).await.unwrap().unwrap()
    }

    pub(crate) async fn signs_in_for_token(&self, store: &Store, visit: &Visit) -> Token<token::Session> {
        let account = self.account(store).await;
        let on = account.two_factor();
        let next = sign_in::after_password(store.policy(), &self.proof, on, None, visit.now);
        let Next::SignedIn(authenticated) = next else { panic!("a code is needed: {next:?}") };
        store.open_session(&authenticated, &account, visit, &mut chance()).await.unwrap()
    }

    /// Says the password again, and a code where one is needed.
    pub(crate) fn confirms(
        &self,
        session: &Session,
        factor: Option<Attempt<Claim>>,
        visit: &Visit,
    ) -> Confirmation {
        Confirmation::new(&session.standing(), &self.proof, factor, visit.now).unwrap()
    }

    /// Is shown a QR code in this session and scans it.
    pub(crate) async fn scans(&self, store: &Store, session: &Session, visit: &Visit) -> App {
        let leave = MayEnrol::from(self.confirms(session, None, visit));
        store.offer(leave, Lane::Everybody, visit, &mut chance()).await.unwrap();
        App::scans(store.enrolment(self.id, session.id, visit.now).await.unwrap().unwrap())
    }

    /// Types the code that proves what this session was offered, and turns 2FA on.
    pub(crate) async fn proves(
        &self,
        store: &Store,
        session: &Session,
        app: &App,
        codes: &Borrowed,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let enrolment = store.enrolment(self.id, session.id, visit.now).await.unwrap().unwrap();
        let proven = enrolment.prove(&app.code(visit), visit.now).unwrap();
        store.turn_on(&proven, &name("Phone"), &codes.set(), visit, &mut chance()).await
    }

    /// Turns 2FA on in a session of its own, with the codes of [`FIRST`].
    pub(crate) async fn turns_on(&self, store: &Store, visit: &Visit) -> App {
        let session = self.signs_in(store, visit).await;
        let app = self.scans(store, &session, visit).await;
        self.proves(store, &session, &app, &FIRST, visit).await.unwrap();
        app
    }

    /// Downloads the file of the present recovery codes.
    pub(crate) async fn spends_ticket(&self, store: &Store, until: Timestamp) -> Result<(), Refusal> {
        let profile = store.profile(self.id, at(0).now).await.unwrap();
        let (set, _) = profile.recovery_set.unwrap();
        store.spend_ticket(self.id, set, until).await
    }

    /// Types the right password at the sign-in page; a code is awaited.
    pub(crate) async fn waits_for_code(&self, store: &Store, visit: &Visit) -> Pending {
        let token = self.waits_for_code_with_token(store, visit).await;
        store.pending(&token.hash(), visit.now).await.unwrap().unwrap()
    }

    pub(crate) async fn waits_for_code_with_token(
        &self,
        store: &Store,
        visit: &Visit,
    ) -> Token<token::Pending> {
        self.goes_on_from(None, store, visit).await
    }

    /// The same in a browser that gave this sign-in up before.
    pub(crate) async fn goes_on_from(
        &self,
        before: Option<&Token<token::Pending>>,
        store: &Store,
        visit: &Visit,
    ) -> Token<token::Pending> {
        let account = self.account(store).await;
        let next =
            sign_in::after_password(store.policy(), &self.proof, sign_in::TwoFactor::On, None, visit.now);
        let Next::NeedsFactor(awaiting) = next else { panic!("no code is needed: {next:?}") };
        let awaiting = awaiting.going_on_from(before.map(Token::hash));
        store.open_pending(&awaiting, &account, visit, &mut chance()).await.unwrap()
    }

    /// Types a code; the answer is sealed.
    pub(crate) async fn types(&self, store: &Store, code: &str, visit: &Visit) -> Attempt<Claim> {
        let factors = store.factors(self.id).await.unwrap();
        factors.check(factors.read(code).unwrap(), visit.now)
    }

    /// Types two codes.
    pub(crate) async fn types_two(&self, store: &Store, codes: [&str; 2], visit: &Visit) -> Attempt<Claim> {
        let factors = store.factors(self.id).await.unwrap();
        let [first, second] = codes.map(|code| factors.read(code).unwrap());
        factors.check_two(first, second, visit.now)
    }

    /// Types a recovery code.
    pub(crate) async fn types_recovery(&self, store: &Store, code: &str, visit: &Visit) -> Attempt<Claim> {
        let sets = store.recovery_sets(self.id).await.unwrap();
        let code = RecoveryCode::parse(code).unwrap();
        with_memory(|memory| sets.check(&code, visit.now, memory))
    }

    /// The whole sign-in: password, then what was typed.
    pub(crate) async fn enters(
        &self,
        store: &Store,
        attempt: Attempt<Claim>,
        visit: &Visit,
    ) -> Result<SignedIn, Refusal> {
        let pending = self.waits_for_code(store, visit).await;
        finish(store, pending, attempt, visit).await
    }

    /// The whole sign-in with a code.
    pub(crate) async fn enters_with(
        &self,
        store: &Store,
        code: &str,
        visit: &Visit,
    ) -> Result<SignedIn, Refusal> {
        let attempt = self.types(store, code, visit).await;
        self.enters(store, attempt, visit).await
    }

    /// The whole sign-in with the code that the app shows now, which is right.
    pub(crate) async fn enters_rightly(&self, store: &Store, app: &App, visit: &Visit) -> Session {
        let signed_in = self.enters_with(store, &app.code(visit), visit).await;
        session_of(store, &signed_in.unwrap_or_else(|refusal| panic!("{refusal:?}")), visit).await
    }

    /// The whole sign-in, remembering the device.
    pub(crate) async fn enters_and_is_remembered(
        &self,
        store: &Store,
        app: &App,
        visit: &Visit,
    ) -> Token<token::Device> {
        let pending = self.waits_for_code(store, visit).await;
        let attempt = self.types(store, &app.code(visit), visit).await;
        let lane = Lane::Everybody;
        let entered = store.finish_sign_in(pending, attempt, true, lane, visit, &mut chance()).await;
        entered.unwrap_or_else(|refusal| panic!("{refusal:?}")).device.unwrap().0
    }
}

/// An account that is not made yet.
pub(crate) fn new_account(who: &str) -> NewAccount {
    NewAccount {
        email: Email::parse(&format!("{who}@example.org")).unwrap(),
        name: name(who),
        language: None,
        administrator: false,
        password: Some(borrowed::hash()),
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A password is typed; the answer is sealed.
pub(crate) fn password_attempt(
    account: Option<(AccountId, &StoredPassword)>,
    typed: &str,
    visit: &Visit,
) -> Attempt<PasswordProof> {
    let typed = Password::parse(typed).unwrap();
    with_memory(|memory| {
        StoredPassword::check(account, &typed, visit.now, HashCost::LEAST, memory, &mut chance())
    })
}

/// The second step, on a browser that is nobody's trusted device and asks for nothing.
pub(crate) async fn finish(
    store: &Store,
    pending: Pending,
    attempt: Attempt<Claim>,
    visit: &Visit,
) -> Result<SignedIn, Refusal> {
    store.finish_sign_in(pending, attempt, false, Lane::Everybody, visit, &mut chance()).await
}

/// The session that a sign-in opened, found by its token.
pub(crate) async fn session_of(store: &Store, signed_in: &SignedIn, visit: &Visit) -> Session {
    store.session(&signed_in.session.hash(), visit.now).await.unwrap().unwrap()
}

/// The refusal of what must not have succeeded.
pub(crate) fn refusal<T>(answer: Result<T, Refusal>) -> Refusal {
    match answer {
        Ok(_) => panic!("it was not refused"),
        Err(refusal) => refusal,
    }
}

/// What a whole race came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) done: usize,
    pub(crate) wrong: usize,
    pub(crate) locked: usize,
    pub(crate) spent: usize,
    pub(crate) gone: usize,
}

impl Tally {
    pub(crate) fn of<T>(answers: impl IntoIterator<Item = Result<T, Refusal>>) -> Self {
        let mut tally = Self::default();
        for answer in answers {
            match answer {
                Ok(_) => tally.done += 1,
                Err(Refusal::Wrong(Wrong::SpentCode | Wrong::UsedRecoveryCode(_)) | Refusal::Spent) => {
                    tally.spent += 1;
                }
                Err(Refusal::Wrong(_)) => tally.wrong += 1,
                Err(Refusal::Locked(_)) => tally.locked += 1,
                Err(Refusal::Gone(_)) => tally.gone += 1,
                Err(Refusal::Unavailable(unavailable)) => panic!("{unavailable}"),
            }
        }
        tally
    }
}

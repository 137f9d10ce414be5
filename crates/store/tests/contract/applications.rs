//! Applications: the promises hold for their accounts as for any other, and an answer that was kept is given once.

use countersign::{
    ApplicationId, Span, Timestamp,
    application::{Choices, UserId},
    attempt::Wrong,
    budget::{Locked, Probability},
    enrolment::Enrolment,
    factors::Factors,
    high_water::Restored,
    kept_answer::Asked,
    name::Name,
    token::{self, ApiKey, Token},
};
use countersign_store::{
    Lane, Refusal, Store, Visit,
    application_accounts::ApplicationAccount,
    applications::Application,
    devices::Remember,
    kept_answers::{Before, Once},
    verifications::{Question, Verified},
};

use crate::app::App;
use crate::borrowed::{FIRST, SECOND};
use crate::chain::installation;
use crate::copying::{copy, rows};
use crate::house::{House, START, at, chance};
use crate::race::race;

/// An application with one user, who has 2FA on.
pub(crate) struct Shop {
    pub(crate) application: Application,
    key: Token<ApiKey>,
    pub(crate) user: UserId,
    pub(crate) account: ApplicationAccount,
    pub(crate) app: App,
}

/// What was answered, as the server would write it.
type Written = Vec<u8>;

pub(crate) fn written<T>(outcome: Result<&T, Wrong>) -> Written {
    format!("{:?}", outcome.map(|_| "done")).into_bytes()
}

fn told(outcome: Result<&Verified, Wrong>) -> Written {
    match outcome {
        Ok(verified) => {
            let token = verified.device.as_ref().map(|(token, _)| token.reveal().to_owned());
            format!("verified {token:?}").into_bytes()
        }
        Err(wrong) => format!("{wrong:?}").into_bytes(),
    }
}

pub(crate) async fn application(store: &Store, name: &str, choices: Choices) -> (Application, Token<ApiKey>) {
    let key =
        store.add_application(&Name::parse(name).unwrap(), &choices, START, &mut chance()).await.unwrap();
    (store.application_named(name).await.unwrap().unwrap(), key)
}

impl Shop {
    /// Opened for business, and its user turns 2FA on with a code of the step before this one.
    pub(crate) async fn open(store: &Store, name: &str) -> Self {
        Self::with(store, name, Choices::with_issuer(name)).await
    }

    async fn with(store: &Store, name: &str, choices: Choices) -> Self {
        let (application, key) = application(store, name, choices).await;
        let user = UserId::parse("jana").unwrap();
        let (store, visit) = (store.of(&application), at(0));
        let enrolment = offered(&store, &application, &user, None, &visit).await;
        let known = store.account_of_user(application.id, &user).await.unwrap().unwrap();
        let found = store.enrolment_of_application(known.id, enrolment.authenticator, visit.now).await;
        let found = found.unwrap().unwrap();
        let app = App::scans(enrolment);
        let proven = found.prove(&app.code(&visit), visit.now).unwrap();
        let (once, name) = (Once::new(application.id, None, &written), Name::parse("Phone").unwrap());
        let codes = FIRST.set();
        store.confirm_enrolment(&proven, &name, Some(&codes), &once, &visit, &mut chance()).await.unwrap();
        let account = store.account_of_user(application.id, &user).await.unwrap().unwrap();
        Self { application, key, user, account, app }
    }

    fn asked(&self, key: &str, body: &str) -> Asked {
        Asked::new(&self.key, key, [b"POST".as_slice(), b"/verify", body.as_bytes()])
    }

    async fn factors(&self, store: &Store) -> Factors {
        store.factors(self.account.id).await.unwrap()
    }

    /// Shows a code under an idempotency key, or under none.
    pub(crate) async fn shows(
        &self,
        store: &Store,
        code: &str,
        asked: Option<&Asked>,
        remember: impl Into<Remember>,
        visit: &Visit,
    ) -> Result<Verified, Refusal> {
        let store = store.of(&self.application);
        let read = store.to_verify(&self.account).await.unwrap();
        let attempt = read.factors.check(read.factors.read(code).unwrap(), visit.now);
        let once = Once::new(self.application.id, asked, &told);
        let question = Question { read: &read, lane: Lane::Everybody, remember: remember.into() };
        store.verify(question, attempt, &once, visit, &mut chance()).await
    }

    async fn answer_to(&self, store: &Store, asked: &Asked, now: Timestamp) -> Option<String> {
        match store.answered_before(self.application.id, asked, now).await.unwrap()? {
            Before::Answered(kept) => Some(String::from_utf8(kept.to_vec()).unwrap()),
            Before::AnotherRequest => Some("another request".to_owned()),
            Before::Unreadable => Some("unreadable".to_owned()),
        }
    }
}

async fn offered(
    store: &Store,
    application: &Application,
    user: &UserId,
    account: Option<ApplicationAccount>,
    visit: &Visit,
) -> Enrolment {
    let once = Once::new(application.id, None, &written);
    store.start_enrolment(application, user, account, &once, visit, &mut chance()).await.unwrap()
}

fn count(outcomes: &[Result<(), Refusal>], of: impl Fn(&Result<(), Refusal>) -> bool) -> usize {
    outcomes.iter().filter(|outcome| of(outcome)).count()
}

for_every_database! {
    async fn b3_one_code_shown_by_forty_at_two_handles_verifies_once(house) {
        let processes = [house.open(), house.open()];
        let shop = std::sync::Arc::new(Shop::open(&processes[0], "Shop").await);
        let code = shop.app.code(&at(60));
        let racers = (0..40).map(|nth| {
            let (store, shop, code) = (processes[nth % 2].clone(), shop.clone(), code.clone());
            async move { shop.shows(&store, &code, None, true, &at(60)).await.map(drop) }
        });
        let outcomes = race(racers).await;
        assert_eq!(count(&outcomes, Result::is_ok), 1);
        assert_eq!(house.count("events WHERE kind = 'verified'"), 1);
        assert_eq!(house.count("trusted_devices"), 1, "the losers remembered nothing");
    }

    async fn c1_forty_wrong_codes_at_two_handles_get_five_answers(house) {
        let processes = [house.open(), house.open()];
        let shop = std::sync::Arc::new(Shop::open(&processes[0], "Shop").await);
        let wrong = shop.app.wrong(&at(60));
        let racers = (0..40).map(|nth| {
            let (store, shop, wrong) = (processes[nth % 2].clone(), shop.clone(), wrong.clone());
            async move {
                let asked = shop.asked(&format!("guess {nth}"), &wrong);
                shop.shows(&store, &wrong, Some(&asked), false, &at(60)).await.map(drop)
            }
        });
        let outcomes = race(racers).await;
        let wrong = Err(Refusal::Wrong(Wrong::Code));
        assert_eq!(count(&outcomes, |outcome| *outcome == wrong), 5);
        let locked = |outcome: &Result<(), Refusal>| matches!(outcome, Err(Refusal::Locked(Locked::Until(_))));
        assert_eq!(count(&outcomes, locked), 35);
        assert_eq!(house.count("kept_answers"), 5, "no answer is kept that was not given");
    }

    async fn of_twenty_that_ask_the_same_at_once_one_is_answered_and_the_others_find_its_answer(house) {
        let processes = [house.open(), house.open()];
        let shop = std::sync::Arc::new(Shop::open(&processes[0], "Shop").await);
        let code = shop.app.code(&at(60));
        let racers = (0..20).map(|nth| {
            let (store, shop, code) = (processes[nth % 2].clone(), shop.clone(), code.clone());
            async move {
                let asked = shop.asked("one", &code);
                shop.shows(&store, &code, Some(&asked), true, &at(60)).await.map(drop)
            }
        });
        let outcomes = race(racers).await;
        assert_eq!(count(&outcomes, Result::is_ok), 1);
        assert_eq!(count(&outcomes, |outcome| outcome.as_ref().is_err_and(Refusal::finds_an_answer)), 19);
        let token = shop.answer_to(&processes[1], &shop.asked("one", &code), at(60).now).await.unwrap();
        assert!(token.starts_with("verified Some("), "{token}");
        assert_eq!((house.count("kept_answers"), house.count("trusted_devices")), (1, 1));
    }

    async fn an_answer_is_there_if_and_only_if_what_it_tells_was_done(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        let visit = at(60);
        let spent = shop.app.code(&at(0));
        shop.shows(&store, &shop.app.code(&visit), None, false, &visit).await.unwrap();
        // A claim that somebody spent first: the whole script is undone, its answer with it.
        let factors = shop.factors(&store).await;
        let later = at(90);
        let attempt = factors.check(factors.read(&shop.app.code(&later)).unwrap(), later.now);
        shop.shows(&store, &shop.app.code(&later), None, false, &later).await.unwrap();
        let before = house.everything();
        let (asked, of) = (shop.asked("late", "x"), store.of(&shop.application));
        let once = Once::new(shop.application.id, Some(&asked), &told);
        let read = of.to_verify(&shop.account).await.unwrap();
        let question = Question { read: &read, lane: Lane::Everybody, remember: Remember::Yes };
        let refused = of.verify(question, attempt, &once, &later, &mut chance()).await.map(drop);
        assert_eq!(refused, Err(Refusal::Spent));
        assert_eq!(house.everything(), before);
        // 2FA that was turned off meanwhile: nothing is spent, nothing kept.
        let once = Once::new(shop.application.id, None, &written);
        let next = at(120);
        let attempt = factors.check(factors.read(&shop.app.code(&next)).unwrap(), next.now);
        of.turn_off_for(&shop.account, &once, &next, &mut chance()).await.unwrap();
        let before = house.everything();
        let once = Once::new(shop.application.id, Some(&asked), &told);
        let refused = of.verify(question, attempt, &once, &next, &mut chance()).await.map(drop);
        assert!(refused.unwrap_err().finds_two_factor_off());
        assert_eq!(house.everything(), before);
        assert!(shop.answer_to(&store, &asked, next.now).await.is_none());
        let refused = shop.shows(&store, &spent, Some(&asked), false, &next).await.map(drop);
        assert_eq!(refused, Err(Refusal::Wrong(Wrong::Code)), "there is no authenticator any more");
        assert_eq!(shop.answer_to(&store, &asked, next.now).await.as_deref(), Some("Code"), "counted, and kept");
    }

    async fn a_kept_answer_is_for_one_request_of_one_api_key_for_a_day(house) {
        let store = house.open();
        let (shop, club) = (Shop::open(&store, "Shop").await, Shop::open(&store, "Club").await);
        let code = shop.app.code(&at(60));
        let asked = shop.asked("one", &code);
        shop.shows(&store, &code, Some(&asked), false, &at(60)).await.unwrap();
        let now = at(60).now;
        assert_eq!(shop.answer_to(&store, &asked, now).await.as_deref(), Some("verified None"));
        let other = shop.answer_to(&store, &shop.asked("one", "000000"), now).await;
        assert_eq!(other.as_deref(), Some("another request"));
        let rotated = Asked::new(&club.key, "one", [b"POST".as_slice(), b"/verify", code.as_bytes()]);
        assert_eq!(shop.answer_to(&store, &rotated, now).await.as_deref(), Some("unreadable"));
        assert!(club.answer_to(&store, &rotated, now).await.is_none());
        let day = now + Span::hours(24);
        assert!(shop.answer_to(&store, &asked, day - Span::milliseconds(1)).await.is_some());
        assert!(shop.answer_to(&store, &asked, day).await.is_none());
        store.sweep(day).await.unwrap();
        assert_eq!(house.count("kept_answers"), 0);
    }

    async fn e7_of_ten_that_show_one_device_token_at_once_one_is_let_in_and_nobody_is_alarmed(house) {
        let processes = [house.open(), house.open()];
        let shop = std::sync::Arc::new(Shop::open(&processes[0], "Shop").await);
        let visit = at(60);
        let code = shop.app.code(&visit);
        let (token, _) = shop.shows(&processes[0], &code, None, true, &visit).await.unwrap().device.unwrap();
        let token = token.reveal().to_owned();
        let racers = (0..10).map(|nth| {
            let (store, shop, token) = (processes[nth % 2].clone(), shop.clone(), token.clone());
            async move {
                let token: Token<token::Device> = Token::parse(&token).unwrap();
                let once = Once::new(shop.application.id, None, &told);
                let store = store.of(&shop.application);
                store.verify_device(shop.account.id, &token, &once, &at(90), &mut chance()).await.map(drop)
            }
        });
        let outcomes = race(racers).await;
        assert_eq!(count(&outcomes, Result::is_ok), 1);
        let refused = |outcome: &Result<(), Refusal>| outcome.as_ref().is_err_and(Refusal::finds_no_trusted_device);
        assert_eq!(count(&outcomes, refused), 9);
        assert_eq!(house.count("events WHERE kind = 'device-copied'"), 0);
        assert_eq!(house.count("trusted_devices"), 1);
    }

    async fn e7_a_lost_answer_of_a_device_asked_again_is_no_copy(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        let code = shop.app.code(&at(60));
        let (token, _) = shop.shows(&store, &code, None, true, &at(60)).await.unwrap().device.unwrap();
        let asked = shop.asked("device", token.reveal());
        let of = store.of(&shop.application);
        let once = Once::new(shop.application.id, Some(&asked), &told);
        let (whose, visit) = (shop.account.id, at(90));
        of.verify_device(whose, &token, &once, &visit, &mut chance()).await.unwrap();
        let before = house.everything();
        let again = of.verify_device(whose, &token, &once, &visit, &mut chance()).await.map(drop);
        assert!(again.unwrap_err().finds_an_answer());
        assert_eq!(house.everything(), before);
        let asked = shop.asked("another", token.reveal());
        let once = Once::new(shop.application.id, Some(&asked), &told);
        for (second, left) in [(119, 1), (120, 0)] {
            let asked = of.verify_device(whose, &token, &once, &at(second), &mut chance()).await.map(drop);
            assert!(asked.unwrap_err().finds_no_trusted_device());
            assert_eq!(house.count("trusted_devices"), left, "{second}");
        }
    }

    async fn b9_twenty_first_offers_at_two_handles_make_one_account_with_one_present_offer(house) {
        let processes = [house.open(), house.open()];
        let (shop, _) = application(&processes[0], "Shop", Choices::with_issuer("Shop")).await;
        let racers = (0..20).map(|nth| {
            let (store, shop) = (processes[nth % 2].of(&shop), shop.clone());
            async move {
                let user = UserId::parse("jana").unwrap();
                let once = Once::new(shop.id, None, &written);
                store.start_enrolment(&shop, &user, None, &once, &at(0), &mut chance()).await.map(drop)
            }
        });
        assert_eq!(count(&race(racers).await, Result::is_ok), 20);
        assert_eq!((house.count("accounts"), house.count("events")), (1, 1));
        assert_eq!(house.count("enrolments WHERE superseded = 0"), 1);
        assert_eq!(house.count("enrolments"), 3, "only the latest few are kept to explain a code of theirs");
    }

    async fn b9_one_offer_proven_by_ten_at_once_turns_it_on_once(house) {
        let processes = [house.open(), house.open()];
        let (shop, _) = application(&processes[0], "Shop", Choices::with_issuer("Shop")).await;
        let (store, user) = (processes[0].of(&shop), UserId::parse("jana").unwrap());
        let enrolment = offered(&store, &shop, &user, None, &at(0)).await;
        let account = store.account_of_user(shop.id, &user).await.unwrap().unwrap();
        let mut racers = Vec::new();
        for nth in 0..10 {
            let (store, shop) = (processes[nth % 2].of(&shop), shop.clone());
            let found = store.enrolment_of_application(account.id, enrolment.authenticator, START).await;
            let code = enrolment.secret.code(&enrolment.parameters, enrolment.parameters.step(START)).to_string();
            let proven = found.unwrap().unwrap().prove(&code, START).unwrap();
            racers.push(async move {
                let (name, once) = (Name::parse("Phone").unwrap(), Once::new(shop.id, None, &written));
                let set = if nth % 3 == 0 { FIRST.set() } else { SECOND.set() };
                store.confirm_enrolment(&proven, &name, Some(&set), &once, &at(0), &mut chance()).await
            });
        }
        assert_eq!(count(&race(racers).await, Result::is_ok), 1);
        assert_eq!((house.count("authenticators"), house.count("recovery_sets")), (1, 1));
        assert_eq!(house.count("recovery_codes"), 10, "the losers left no code");
    }

    async fn a25_ids_of_one_application_are_nothing_to_another_and_nothing_changes(house) {
        let store = house.open();
        let (shop, club) = (Shop::open(&store, "Shop").await, Shop::open(&store, "Club").await);
        let visit = at(60);
        let code = shop.app.code(&visit);
        let (token, device) = shop.shows(&store, &code, None, true, &visit).await.unwrap().device.unwrap();
        let enrolment = offered(&store, &shop.application, &shop.user, Some(shop.account), &visit).await;
        let before = house.everything();
        let of = store.of(&club.application);
        assert!(of.enrolment_of_application(club.account.id, enrolment.authenticator, visit.now).await.unwrap().is_none());
        let once = Once::new(club.application.id, None, &written);
        let (whose, which) = (&club.account, shop.app.authenticator);
        let removed = of.remove_authenticator_for(whose, which, &once, &visit, &mut chance()).await;
        assert!(removed.unwrap_err().finds_no_spare_authenticator());
        let once = Once::new(club.application.id, None, &told);
        let shown = of.verify_device(club.account.id, &token, &once, &visit, &mut chance()).await.map(drop);
        assert!(shown.unwrap_err().finds_no_trusted_device());
        assert!(of.forget_device(club.account.id, device.id, None, &visit).await.is_err());
        assert_eq!(of.lane_of(club.account.id, Some(&token), visit.now).await.unwrap(), Lane::Everybody);
        // A claim of one account finds no row of another.
        let factors = shop.factors(&store).await;
        let claim = factors.check(factors.read(&shop.app.steps_away(&visit, 1)).unwrap(), visit.now);
        let once = Once::new(club.application.id, None, &told);
        let read = of.to_verify(&club.account).await.unwrap();
        let question = Question { read: &read, lane: Lane::Everybody, remember: Remember::No };
        let verified = of.verify(question, claim, &once, &visit, &mut chance()).await.map(drop);
        assert_eq!(verified, Err(Refusal::Spent));
        assert_eq!(house.everything(), before);
        let mine = store.feed(club.application.id, 0, 1000).await.unwrap();
        assert!(mine.iter().all(|fed| fed.event.at == START), "{mine:?}");
    }

    async fn a_key_that_ended_finds_nobody_and_an_application_takes_its_users_along(house) {
        let store = house.open();
        let shop = Shop::open(&store, "Shop").await;
        let hash = shop.key.hash();
        let found = store.calling_about(&hash, &shop.user, START).await.unwrap().unwrap();
        assert_eq!(found.account.unwrap().id, shop.account.id);
        let hour = START + Span::hours(1);
        let new = store.rotate_api_key(shop.application.id, Span::hours(1), START, &mut chance()).await.unwrap();
        assert!(store.calling(&hash, hour - Span::milliseconds(1)).await.unwrap().is_some());
        assert!(store.calling(&hash, hour).await.unwrap().is_none());
        assert!(store.calling_about(&hash, &shop.user, hour).await.unwrap().is_none());
        assert!(shop.shows(&store, &shop.app.wrong(&at(60)), None, false, &at(60)).await.is_err());
        assert_eq!(house.count("guess_budgets"), 1);
        store.remove_application(shop.application.id).await.unwrap();
        assert!(store.calling(&new.hash(), START).await.unwrap().is_none());
        let empty = ["applications", "api_keys", "accounts", "authenticators", "recovery_sets", "recovery_codes"];
        for table in empty.into_iter().chain(["guess_budgets"]) {
            assert_eq!(house.count(table), 0, "{table}");
        }
        assert_eq!(house.count("events"), 3, "the log stays");
        let gone: ApplicationId = shop.application.id;
        assert!(store.rotate_api_key(gone, Span::ZERO, START, &mut chance()).await.is_err());
        assert!(store.change_application(gone, &shop.application.choices).await.is_err());
        assert!(store.remove_application(gone).await.is_err());
    }

    async fn a_restored_backup_leaves_ten_guesses_by_each_applications_own_probability(house) {
        let store = house.open();
        let of = |p: f64| Choices { guess_probability: Probability::new(p).unwrap(), ..Choices::with_issuer("X") };
        let shops = [
            (Shop::with(&store, "Strict", of(0.0001)).await, 7_000),
            (Shop::with(&store, "Usual", of(0.001)).await, 90_000),
            (Shop::with(&store, "Lax", of(0.1)).await, 90_000),
        ];
        let restored = Restored::MarkMissing;
        store.deal_with_restored(&installation(&store).await, &restored, at(60).now).await.unwrap();
        for (shop, level) in shops {
            let question = format!(
                "SELECT level FROM guess_budgets WHERE kind = 'code' AND lane = '' AND subject = '{}'",
                shop.account.id
            );
            assert_eq!(house.number(&question), level, "{}", shop.application.name);
            let now = at(180);
            let locked = store.of(&shop.application).locked(shop.account.id, Lane::Everybody, now.now).await;
            assert_eq!(locked.unwrap(), None, "{}", shop.application.name);
            let code = shop.app.code(&now);
            shop.shows(&store, &code, None, false, &now).await.unwrap();
        }
        assert_eq!(house.count("kept_answers"), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn applications_with_their_users_and_answers_move_to_postgres_whole() {
    let (old, new) = (House::on_sqlite(), House::on_postgres());
    let store = old.open();
    let shop = Shop::open(&store, "Shop").await;
    let code = shop.app.code(&at(60));
    let asked = shop.asked("one", &code);
    let device = shop.shows(&store, &code, Some(&asked), true, &at(60)).await.unwrap().device.unwrap();
    let enrolment = offered(&store, &shop.application, &shop.user, Some(shop.account), &at(61)).await;
    drop(store);
    copy(&old, &new).unwrap();
    assert_eq!(rows(&new), rows(&old));

    let store = new.open();
    let found = store.calling_about(&shop.key.hash(), &shop.user, at(62).now).await.unwrap().unwrap();
    assert_eq!(found.account.unwrap().id, shop.account.id);
    assert!(shop.answer_to(&store, &asked, at(62).now).await.unwrap().starts_with("verified Some("));
    let again = shop.shows(&store, &code, None, false, &at(62)).await.map(drop);
    assert_eq!(again, Err(Refusal::Wrong(Wrong::SpentCode)));
    let of = store.of(&shop.application);
    let once = Once::new(shop.application.id, None, &told);
    of.verify_device(shop.account.id, &device.0, &once, &at(63), &mut chance()).await.unwrap();
    let found =
        of.enrolment_of_application(shop.account.id, enrolment.authenticator, at(64).now).await.unwrap();
    let app = App::scans(enrolment);
    let proven = found.unwrap().prove(&app.code(&at(64)), at(64).now).unwrap();
    let (once, name) = (Once::new(shop.application.id, None, &written), Name::parse("Tablet").unwrap());
    of.confirm_enrolment(&proven, &name, None, &once, &at(64), &mut chance()).await.unwrap();
}

//! `kill -9` in the middle of everything, over and over: what was answered holds, what was not is whole or not there.
//!
//! The same test is both sides. Started by itself with [`WORK`] in its environment it is the worker: it signs people in,
//! types wrong codes, turns 2FA on and off, chains the log, and tells over a pipe what it is about to do and what was
//! answered. Otherwise it is the judge, who kills the worker at a random moment, opens what is left, and compares.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use countersign::step_up::Confirmation;
use countersign::{AccountId, Timestamp, budget::Locked, recovery::CODES_IN_A_SET, totp::Parameters};
use countersign_server::clock::{Clock as _, ManualClock, WallClock};
use countersign_store::{Lane, Refusal};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::person::Person;
use crate::processes::{Serving, said};
use crate::rows::log_of;
use crate::world::{MINUTE, NOW, PASSWORD, STEP, Stopped, World};

/// Tells the worker where to work, and from what moment on.
const WORK: &str = "COUNTERSIGN_TEST_WORK";
/// How often the worker is killed, where forty times are not wanted: `scripts/soak` wants a thousand.
const ROUNDS: &str = "COUNTERSIGN_TEST_ROUNDS";
/// Who signs in with codes, who with recovery codes as long as there are some, who turns 2FA off and on, and who guesses.
const NAMES: [&str; 5] = ["codes", "other", "recovery", "flip", "guesser"];

/// A thousand replays must not use up what may be guessed in a year: then the codes of this test would be refused too.
/// Every code takes half a minute, and a quick worker spends hundreds before it is killed: that must not end a session.
const LASTING: &str =
    "[two_factor]\nguess_probability = 0.1\n[session]\nidle_minutes = 43200\nmax_hours = 720\n";

/// So many wrong codes in a row begin a wait of half a minute, and each after them doubles it.
const BEFORE_A_WAIT: u32 = 5;

/// What the worker says: one line a deed, before it and after it.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever is killed says nothing more, and nobody listens to whoever is about to be.
    let _ = writeln!(out, "\n@ {line}").and_then(|()| out.flush());
}

/// What somebody did, as far as the worker told.
#[derive(Default, Debug)]
struct Told {
    /// Codes: the moment, and the session that came of it once it was answered.
    codes: Vec<(i64, Option<String>)>,
    /// Recovery codes: the number, and whether it was answered.
    recovery: Vec<(usize, bool)>,
    /// The key with which 2FA is on, as long as it was not about to be turned off.
    on: Option<String>,
    /// The keys that turning off has put an end to.
    dead: Vec<String>,
    /// Wrong codes: how many were answered, and how many were sent.
    wrong: (u32, u32),
}

/// What must hold of somebody after all rounds so far.
#[derive(Clone, Copy, Default, Debug)]
struct Sure {
    /// As many devices were answered to be remembered, and at most so many more may be.
    devices: (usize, usize),
    /// The same of recovery codes.
    recovery: (usize, usize),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b1_b7_c5_killed_at_any_moment_nothing_that_was_answered_is_lost_and_nothing_is_half_done() {
    if let Some(task) = env::var_os(WORK) {
        let task = task.into_string().unwrap();
        let (now, dir) = task.split_once(' ').unwrap();
        return work(Path::new(dir), now.parse().unwrap()).await;
    }
    let rounds: u64 = env::var(ROUNDS).map_or(40, |rounds| rounds.parse().unwrap());
    let world = World::with(LASTING);
    let mut people = BTreeMap::new();
    for name in NAMES {
        people.insert(name, world.enrolled_with_codes(&format!("{name}@example.org")).await);
    }
    let mut sure: BTreeMap<&str, Sure> = BTreeMap::new();
    let mut stopped = world.stop();
    let (mut now, mut answered, mut refused) = (NOW, 0, 0);
    for round in 0..rounds {
        let mut chance = StdRng::seed_from_u64(round);
        now += 10 * MINUTE;
        write_people(&stopped, &people);
        let told = kill_at_random(stopped.dir(), now, &mut chance);
        answered += told.values().map(count_answers).sum::<usize>();
        refused += told.values().map(|told| told.wrong.0).sum::<u32>();
        now = told.values().flat_map(|told| told.codes.iter().map(|(at, _)| *at)).fold(now, i64::max);
        stopped = judge(stopped, now + MINUTE, &mut people, &told, &mut sure).await;
        now += 10 * MINUTE;
        if (round + 1) % 50 == 0 {
            println!("killed {} times after {answered} answers", round + 1);
        }
    }
    println!("killed {rounds} times after {answered} answers and {refused} refusals: {sure:?}");
    assert!(refused > 0, "nobody guessed");
    assert!(answered as u64 >= rounds, "the worker was killed before it did anything: {answered}");
    let data = stopped.data();
    said(&data, &["events", "verify"]);
    said(&data, &["check"]);
    let log = log_of(&data);
    assert_eq!(log.restorations().await.unwrap(), [], "the mark was never ahead of the database");
}

fn count_answers(told: &Told) -> usize {
    let codes = told.codes.iter().filter(|(_, session)| session.is_some()).count();
    codes + told.recovery.iter().filter(|(_, answered)| *answered).count()
}

/// Starts the worker and kills it after a random number of lines and a moment more.
fn kill_at_random(dir: &Path, now: i64, chance: &mut StdRng) -> BTreeMap<String, Told> {
    let name =
        "killed::b1_b7_c5_killed_at_any_moment_nothing_that_was_answered_is_lost_and_nothing_is_half_done";
    let mut worker = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(WORK, format!("{now} {}", dir.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut told = BTreeMap::<String, Told>::new();
    // One round in ten is killed while it opens the database.
    let heard = if chance.random_ratio(1, 10) { 0 } else { chance.random_range(1..25) };
    for line in lines.by_ref().filter(|line| line.starts_with('@')).take(heard) {
        note(&mut told, &line);
    }
    for _ in 0..chance.random_range(0..2000) {
        std::thread::yield_now();
    }
    worker.kill().unwrap();
    let ended = worker.wait().unwrap();
    assert_eq!(ended.signal(), Some(9), "the worker ended by itself; what it said is above");
    for line in lines.filter(|line| line.starts_with('@')) {
        note(&mut told, &line);
    }
    told
}

fn note(told: &mut BTreeMap<String, Told>, line: &str) {
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    // The last line may be cut off where the worker died: then it was not said.
    let [who, what, rest @ ..] = words.as_slice() else { return };
    let told = told.entry((*who).to_owned()).or_default();
    match (*what, rest) {
        ("tries-code", [at, "."]) => told.codes.push((at.parse().unwrap(), None)),
        ("got-session", [session, "."]) => told.codes.last_mut().unwrap().1 = Some((*session).to_owned()),
        ("tries-recovery", [nth, "."]) => told.recovery.push((nth.parse().unwrap(), false)),
        ("used-recovery", ["."]) => told.recovery.last_mut().unwrap().1 = true,
        ("turns-off", ["."]) => told.on = None,
        ("turned-off", [key, "."]) => told.dead.push((*key).to_owned()),
        ("types-wrong", ["."]) => told.wrong.1 += 1,
        ("was-wrong", ["."]) => told.wrong.0 += 1,
        ("turned-on", [key, "."]) => told.on = Some((*key).to_owned()),
        _ => {}
    }
}

/// The people as the worker reads them: name, email, account, key, recovery codes.
fn write_people(stopped: &Stopped, people: &BTreeMap<&str, Person>) {
    let line = |(name, person): (&&str, &Person)| {
        let codes = person.recovery_codes.join(" ");
        format!("{name} {} {} {} {codes}\n", person.email, person.id, person.key())
    };
    std::fs::write(stopped.dir().join("people"), people.iter().map(line).collect::<String>()).unwrap();
}

async fn work(dir: &Path, now: i64) {
    let clock = ManualClock::at(now);
    let world = World::within(dir, clock.clone(), LASTING);
    let text = std::fs::read_to_string(dir.join("people")).unwrap();
    let people = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, email, id, key, codes @ ..] = words.as_slice() else { panic!("{line}") };
        let id = AccountId::parse(id).unwrap();
        ((*name).to_owned(), Person::known(id, email, key, codes, clock.clone()))
    });
    let people: BTreeMap<String, Person> = people.collect();
    // Turning 2FA on takes a moment in which no time may pass: it has a clock of its own, and so a server of its own.
    let still = World::within(dir, ManualClock::at(now), LASTING);
    let flip = &people["flip"];
    let flip = Person::known(flip.id, &flip.email, &flip.key(), &[], still.clock.clone());
    // Time passes with every code, since each is good once.
    let turn = tokio::sync::Mutex::new(());
    tell("ready");
    let sealing = async {
        loop {
            world.app.seal().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(
        sealing,
        spend_codes(&world, "codes", &people["codes"], &turn),
        spend_codes(&world, "other", &people["other"], &turn),
        spend_recovery_codes(&world, &people["recovery"]),
        turn_off_and_on(&still, flip),
        type_wrong_codes(&world, &people["guesser"]),
    );
}

/// Signs in with one code after the other, and has the browser remembered.
async fn spend_codes(world: &World, name: &str, person: &Person, turn: &tokio::sync::Mutex<()>) {
    let proven = world.password_proof(person).await;
    loop {
        let (mut browser, code) = {
            let _turn = turn.lock().await;
            world.pass(STEP);
            tell(&format!("{name} tries-code {} .", world.clock.now_ms()));
            (world.pending_of(&proven).await, person.code())
        };
        let page = browser.post("/sign-in/code", &[("code", &code), ("remember", "on")]).await;
        page.leads_to("/account");
        tell(&format!("{name} got-session {} .", browser.cookie("session").unwrap()));
    }
}

/// Signs in with recovery codes from the last on, which the judge has to find used.
async fn spend_recovery_codes(world: &World, person: &Person) {
    let proven = world.password_proof(person).await;
    let used = CODES_IN_A_SET - usize::try_from(left(world, person).await).unwrap();
    for (nth, code) in person.recovery_codes.iter().enumerate().skip(used) {
        let mut browser = world.pending_of(&proven).await;
        tell(&format!("recovery tries-recovery {nth} ."));
        let page = browser.post("/sign-in/recovery-code", &[("recovery_code", code)]).await;
        page.leads_to("/account");
        tell("recovery used-recovery .");
    }
    std::future::pending::<()>().await;
}

/// Types wrong codes until a wait begins, each in a sign-in of its own.
async fn type_wrong_codes(world: &World, person: &Person) {
    let proven = world.password_proof(person).await;
    for _ in 0..BEFORE_A_WAIT {
        let mut browser = world.pending_of(&proven).await;
        tell("guesser types-wrong .");
        browser.post("/sign-in/code", &[("code", &person.wrong_code())]).await.is(401);
        tell("guesser was-wrong .");
    }
    std::future::pending::<()>().await;
}

async fn left(world: &World, person: &Person) -> u32 {
    world.app.store.profile(person.id, world.clock.now()).await.unwrap().recovery_codes_left
}

/// Turns 2FA off, where it is on, and on again with another key.
async fn turn_off_and_on(world: &World, mut person: Person) {
    let (store, name) = (&world.app.store, "flip");
    loop {
        if !store.factors(person.id).await.unwrap().authenticators.is_empty() {
            let mut browser = world.one_pending(&person).await;
            let code = person.code();
            browser.post("/sign-in/code", &[("code", &code)]).await.leads_to("/account");
            tell(&format!("{name} turns-off ."));
            let (_, proof) = world.password_proof(&person).await;
            let hash = countersign::token::Token::parse(&browser.cookie("session").unwrap()).unwrap().hash();
            let session = store.session(&hash, world.clock.now()).await.unwrap().unwrap();
            let confirmed = Confirmation::new(&session.standing(), &proof, None, world.clock.now()).unwrap();
            match store.turn_off(confirmed, Lane::Everybody, &world.visit()).await {
                Ok(()) => tell(&format!("{name} turned-off {} .", person.key())),
                Err(Refusal::Gone(_)) => continue,
                Err(refusal) => panic!("{refusal}"),
            }
        }
        world.enrol(&mut person, &world.unusable_codes()).await;
        tell(&format!("{name} turned-on {} .", person.key()));
    }
}

/// Opens what the worker left behind, and compares with what it told.
async fn judge(
    stopped: Stopped,
    now: i64,
    people: &mut BTreeMap<&'static str, Person>,
    told: &BTreeMap<String, Told>,
    sure: &mut BTreeMap<&'static str, Sure>,
) -> Stopped {
    let world = stopped.start();
    world.clock.set(now);
    let store = &world.app.store;
    for (name, person) in people.iter_mut() {
        let told = told.get(*name);
        let sure = sure.entry(name).or_default();
        for (at, session) in told.iter().flat_map(|told| &told.codes) {
            sure.devices.1 += 1;
            let Some(session) = session else { continue };
            sure.devices.0 += 1;
            let spent = store.factors(person.id).await.unwrap().authenticators[0].last_step;
            let step = Parameters::default().step(Timestamp::from_milliseconds(*at));
            assert!(spent >= step, "{name}: a code was accepted and is not spent");
            let browser = world.browser().with_cookie("countersign-session", session);
            assert!(browser.is_signed_in().await, "{name}: a session was opened and is not there");
        }
        for (_, answered) in told.iter().flat_map(|told| &told.recovery) {
            sure.recovery.0 += usize::from(*answered);
            sure.recovery.1 += 1;
        }
        let profile = store.profile(person.id, world.clock.now()).await.unwrap();
        let account = store.accounts().await.unwrap().into_iter().find(|one| one.id == person.id).unwrap();
        let whole = (
            account.two_factor_at.is_some(),
            !profile.authenticators.is_empty(),
            profile.recovery_set.is_some(),
        );
        assert!([(true, true, true), (false, false, false)].contains(&whole), "{name}: half on: {whole:?}");
        if *name == "flip" {
            flipped(&world, person, told).await;
            continue;
        }
        let devices = profile.devices.len();
        assert!((sure.devices.0..=sure.devices.1).contains(&devices), "{name}: {devices} of {sure:?}");
        let used = CODES_IN_A_SET - usize::try_from(profile.recovery_codes_left).unwrap();
        assert!((sure.recovery.0..=sure.recovery.1).contains(&used), "{name}: {used} of {sure:?}");
        // What nobody was told is known now.
        sure.devices = (devices, devices);
        sure.recovery = (used, used);
    }
    counted(&world, &people["guesser"], told.get("guesser").map_or((0, 0), |told| told.wrong)).await;
    // The next round guesses at somebody of whom nothing is counted yet.
    people.insert("guesser", world.enrolled(&format!("guesser{now}@example.org")).await);
    sure.remove("guesser");
    replay(&world, people, told).await;
    world.app.seal().await.unwrap();
    if sure["recovery"].recovery.0 == CODES_IN_A_SET {
        people.insert("recovery", world.enrolled_with_codes(&format!("recovery{now}@example.org")).await);
        sure.remove("recovery");
    }
    world.stop()
}

/// Whoever turned 2FA on has it with the key they saw, and no key comes back that turning off has put an end to.
async fn flipped(world: &World, person: &mut Person, told: Option<&Told>) {
    let factors = world.app.store.factors(person.id).await.unwrap();
    let found = factors.authenticators.first().map(|one| one.secret.to_base32().to_string());
    if let Some(told) = told {
        assert!(told.on.is_none() || told.on == found, "turned on with {:?}, found {found:?}", told.on);
        let back = told.dead.iter().find(|key| found.as_ref() == Some(key));
        assert_eq!(back, None, "turned off, and its key is there");
    }
    if let Some(key) = found {
        person.scan(&key);
    }
}

/// Every wrong code that was answered is counted, and in the log: the wait that further ones begin tells how many there were.
async fn counted(world: &World, person: &Person, (answered, sent): (u32, u32)) {
    let store = &world.app.store;
    let in_log = world.events(person.id).await.iter().filter(|word| *word == "wrong-code").count();
    let later = world.clock.now_ms();
    // The wait of the fifth, if it came so far, is over.
    world.pass(2 * MINUTE);
    let mut typed = 0;
    let wait = loop {
        let (mut browser, code) = (world.one_pending(person).await, person.wrong_code());
        browser.post("/sign-in/code", &[("code", &code)]).await.is(401);
        typed += 1;
        match store.locked(person.id, Lane::Everybody, world.clock.now()).await.unwrap() {
            Some(Locked::Until(moment)) => break moment.milliseconds() - world.clock.now_ms(),
            Some(Locked::UntilProven) => panic!("nobody guessed a hundred times"),
            None => {}
        }
    };
    let found = BEFORE_A_WAIT + (wait / STEP).ilog2() - typed;
    assert!(
        (answered..=sent).contains(&found),
        "{found} of {answered} to {sent} wrong codes, with {typed} more: {wait}"
    );
    assert_eq!(in_log, found as usize, "each in the log");
    world.clock.set(later);
}

/// The last code that was accepted of anybody is refused at the door, now and for good.
async fn replay(world: &World, people: &BTreeMap<&str, Person>, told: &BTreeMap<String, Told>) {
    let last = |(name, told): (&String, &Told)| {
        let (at, _) = told.codes.iter().rev().find(|(_, session)| session.is_some())?;
        Some((name.clone(), *at))
    };
    let Some((name, at)) = told.iter().filter_map(last).max_by_key(|(_, at)| *at) else { return };
    let later = world.clock.now_ms();
    world.clock.set(at);
    let person = &people[name.as_str()];
    let page = world.one_pending(person).await.post("/sign-in/code", &[("code", &person.code())]).await;
    assert!(page.status == 401 && page.text.contains("already"), "{name}: {page:?}");
    world.clock.set(later);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b1_killed_under_sign_ins_the_service_comes_back_with_every_session_and_no_code_unspent() {
    let rounds: usize = env::var(ROUNDS).map_or(8, |rounds| rounds.parse::<usize>().unwrap() / 20);
    let world = World::at(WallClock.now_ms());
    let mut people = Vec::new();
    for nth in 0..rounds * 6 {
        people.push(world.enrolled(&format!("person{nth}@example.org")).await);
    }
    let stopped = world.stop();
    let data = stopped.data();
    let mut answered = 0;
    for (round, people) in people.chunks(6).enumerate() {
        let mut service = Serving::start(&data, "killed");
        let entered = Mutex::new(Vec::new());
        let enough = round % 5;
        std::thread::scope(|scope| {
            for people in people.chunks(2) {
                let (service, entered) = (&service, &entered);
                scope.spawn(move || {
                    for person in people {
                        let code = person.fresh_code();
                        let Some(session) = sign_in(service, person, &code) else { return };
                        entered.lock().unwrap().push((person, code, session));
                    }
                });
            }
            while entered.lock().unwrap().len() < enough {
                std::thread::yield_now();
            }
            // SIGKILL by its number: the handle is lent to those who sign in.
            let number = service.process.id().to_string();
            assert!(Command::new("kill").args(["-9", &number]).status().unwrap().success());
        });
        service.process.wait().unwrap();
        drop(service);
        let again = Serving::start(&data, "again");
        for (person, code, session) in entered.into_inner().unwrap() {
            answered += 1;
            let mut jar = BTreeMap::from([("countersign-session".to_owned(), session)]);
            // Only somebody who is signed in may sign out.
            let (status, location) = again.post("/account/sessions/end-others", &[], &mut jar);
            assert_eq!((status, location.as_str()), (303, "/account"), "{}: {}", person.email, again.told());
            let (status, _) = again.signs_in(&person.email, "/sign-in/code", ("code", &code));
            assert_eq!(status, 401, "{}: its code was good twice", person.email);
        }
        assert!(!again.told().contains("older backup"), "{}", again.told());
    }
    println!("killed {rounds} services after {answered} sign-ins");
    said(&data, &["events", "verify"]);
    assert!(said(&data, &["check"]).contains("ok         the database"));
}

impl Person {
    /// The code of the machine's moment.
    fn fresh_code(&self) -> String {
        crate::person::code_of(&self.key(), WallClock.now_ms())
    }
}

/// A whole sign-in at a service that may be killed in the middle of it: the session, where one was answered.
fn sign_in(service: &Serving, person: &Person, code: &str) -> Option<String> {
    let mut jar = BTreeMap::new();
    let password = [("email", person.email.as_str()), ("password", PASSWORD)];
    let (status, _) = service.try_post("/sign-in", &password, &mut jar)?;
    assert_eq!(status, 303, "{}", service.told());
    let (status, location) = service.try_post("/sign-in/code", &[("code", code)], &mut jar)?;
    assert_eq!((status, location.as_str()), (303, "/account"), "{}", service.told());
    jar.get("countersign-session").cloned()
}

//! Moving in: people come from every system with the app they have, and sign in with the code that it shows.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::Method;
use countersign::application::Choices;
use countersign::email::Email;
use countersign::name::Name;
use countersign_server::clock::Clock as _;
use countersign_server::import::carry::{self, Verdict};
use countersign_server::import::keys::Keys;
use countersign_server::import::names::Names;
use countersign_server::import::plan::{Planned, Target, UserBy, plan};
use countersign_server::import::{NotRead, Person, Source, System, Why, read};
use data_encoding::BASE32_NOPAD;

use crate::browser::{Browser, Page};
use crate::processes::{program, run, said};
use crate::world::{NEW_PASSWORD, PASSWORD, STEP, World};

/// What the people of the fixtures have in their apps: the secrets in hexadecimal, as `oathtool` takes them.
pub(crate) const JANA: &[&str] = &["--totp=sha1", "6a616e612d6861732d746869732d736563726574"];
const JANA_OF_KEYCLOAK: &[&str] = &["--totp=sha1", "6a616e61486173546869734f776e536563726574"];
pub(crate) const KAREL: &[&str] = &[
    "--totp=sha256",
    "-d",
    "8",
    "-s",
    "60",
    "6b6172656c2d616e642d6869732d6f776e2d7365637265742d33326279746573",
];
pub(crate) const KAREL_AS_EVERYBODY: &[&str] =
    &["--totp=sha1", "6b6172656c2d616e642d6869732d6f776e2d7365637265742d33326279746573"];
const KAREL_OF_DJANGO: &[&str] = &[
    "--totp=sha1",
    "-d",
    "8",
    "-s",
    "60",
    "6b6172656c2d616e642d6869732d6f776e2d7365637265742d33326279746573",
];
const KAREL_OF_GOOGLE: &[&str] =
    &["--totp=sha256", "-d", "8", "6b6172656c2d616e642d6869732d6f776e2d7365637265742d33326279746573"];
/// As long as what Fortify makes.
const PETR_OF_FORTIFY: &[&str] = &["--totp=sha1", "706574722d6861733130"];
const VERA_OF_DEVISE: &[&str] = &["--totp=sha1", "766572612d626567616e2d776974682d372e3021"];
const OLGA: &[&str] = &["--totp=sha1", "6f6c67612d6861732d746869732d736563726574"];

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/fixtures").join(name)
}

fn sources(files: &[&str]) -> Vec<Source> {
    files.iter().map(|file| Source::open(&fixture(file)).unwrap()).collect()
}

fn keys(file: Option<&str>) -> Keys {
    file.map_or_else(Keys::default, |file| Keys::read(&Source::open(&fixture(file)).unwrap()).unwrap())
}

/// Names for people who have none, as an operator would write them.
fn names() -> Names {
    let table = "there,here\njana,jana@example.org\nkarel,karel@example.org\nmarie,marie@example.org\n\
                 TOTP0001,jana@example.org\nTOTP0002,karel@example.org\nHOTP0003,marie@example.org\n";
    Names::read(&Source::new("names", table.into())).unwrap()
}

/// What an app with this secret shows at a moment.
fn phone(app: &[&str], at_ms: i64) -> String {
    let shown =
        Command::new("oathtool").args(["-N", &format!("@{}", at_ms / 1000)]).args(app).output().unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    String::from_utf8(shown.stdout).unwrap().trim().to_owned()
}

impl World {
    /// Carries people over, and what became of each.
    pub(crate) async fn imports(&self, plans: &[Planned]) -> BTreeMap<String, Verdict> {
        let mut chance = self.app.chance;
        let mut verdicts = BTreeMap::new();
        for planned in plans {
            let verdict =
                carry::carry(&self.app.store, planned, self.clock.now(), &mut chance).await.unwrap();
            assert_eq!(verdicts.insert(planned.who.clone(), verdict), None, "{}", planned.who);
        }
        verdicts
    }

    /// The same of these files, into the portal.
    pub(crate) async fn imports_files(
        &self,
        system: System,
        files: &[&str],
        key: Option<&str>,
    ) -> BTreeMap<String, Verdict> {
        let people = read(system, &sources(files), &keys(key)).unwrap();
        self.imports(&plan(people, Target::Portal, &names())).await
    }

    /// A browser in which the password was just right.
    pub(crate) async fn knocks(&self, email: &str, password: &str) -> (Browser, Page) {
        let mut browser = self.browser();
        let after = browser.post("/sign-in", &[("email", email), ("password", password)]).await;
        (browser, after)
    }

    /// Somebody whose password stayed behind sets a new one by a link of the administrator's.
    async fn sets_a_password(&self, email: &str) {
        let store = &self.app.store;
        let account = store.account_by_email(&Email::key_of(email)).await.unwrap().unwrap();
        let mut chance = self.app.chance;
        let link = store.hand_out_password_reset(account.id, &self.visit(), &mut chance).await.unwrap();
        let fields = [("link", link.reveal()), ("new_password", NEW_PASSWORD)];
        self.browser().post("/reset-password", &fields).await.leads_to("/sign-in");
    }

    /// They sign in with what their app shows.
    pub(crate) async fn signs_in(&self, email: &str, password: &str, app: &[&str]) {
        let (mut browser, after) = self.knocks(email, password).await;
        after.leads_to("/sign-in/code");
        let code = phone(app, self.clock.now_ms());
        browser.post("/sign-in/code", &[("code", &code)]).await.leads_to("/account");
        assert!(browser.is_signed_in().await, "{email}");
    }
}

#[tokio::test]
async fn somebody_of_keycloak_signs_in_with_the_password_and_the_app_she_had_there() {
    let world = World::new();
    let verdicts = world.imports_files(System::Keycloak, &["keycloak.json"], None).await;
    assert_eq!(verdicts["jana@example.org"], Verdict::Verifies);
    assert_eq!(verdicts["karel@example.org"], Verdict::Verifies);
    assert_eq!(verdicts["marie@example.org"], Verdict::EnrolsAgain(Why::Counter));
    assert_eq!(verdicts["petr@example.org"], Verdict::LeftOut(Why::Closed));
    assert_eq!(verdicts["olga@example.org"], Verdict::NoFactor);
    world.pass(3 * 60_000);
    world.signs_in("jana@example.org", PASSWORD, JANA_OF_KEYCLOAK).await;
    let (_, after) = world.knocks("olga@example.org", PASSWORD).await;
    after.leads_to("/account");
    let (_, nobody) = world.knocks("petr@example.org", PASSWORD).await;
    assert_ne!(nobody.status, 303);
    world.sets_a_password("karel@example.org").await;
    world.signs_in("karel@example.org", NEW_PASSWORD, KAREL).await;
    let jana = world.app.store.account_by_email("jana@example.org").await.unwrap().unwrap();
    assert_eq!(jana.name, "Jana Nováková");
    assert!(jana.address_confirmed_at.is_some());
    let events = world.events(jana.id).await;
    assert_eq!(events[..2], ["account-created".to_owned(), "two-factor-imported".to_owned()]);
}

#[tokio::test]
async fn an_argon2id_hash_with_the_lanes_of_authelia_is_good_for_the_sign_in_and_made_anew_by_it() {
    let world = World::new();
    world.imports_files(System::Authelia, &["authelia-totp.yml", "authelia-users.yml"], None).await;
    let hash = || async {
        let account = world.app.store.account_by_email("jana@example.org").await.unwrap().unwrap();
        account.password.unwrap().as_str().to_owned()
    };
    assert!(hash().await.contains("m=65536,t=3,p=4"));
    world.pass(3 * 60_000);
    world.signs_in("jana@example.org", PASSWORD, JANA).await;
    assert!(hash().await.contains("p=1"));
}

#[tokio::test]
async fn everybody_of_every_other_system_signs_in_with_the_app_they_have() {
    type Phones = &'static [(&'static str, &'static [&'static str])];
    const BOTH: Phones = &[("jana@example.org", JANA), ("karel@example.org", KAREL)];
    const USUAL: Phones = &[("jana@example.org", JANA), ("karel@example.org", KAREL_AS_EVERYBODY)];
    const DJANGO: Phones =
        &[("jana@example.org", JANA), ("karel@example.org", KAREL_OF_DJANGO), ("olga@example.org", OLGA)];
    const FORTIFY: Phones = &[
        ("jana@example.org", JANA),
        ("karel@example.org", KAREL_AS_EVERYBODY),
        ("petr@example.org", PETR_OF_FORTIFY),
    ];
    const DEVISE: Phones = &[
        ("jana@example.org", JANA),
        ("karel@example.org", KAREL_AS_EVERYBODY),
        ("vera@example.org", VERA_OF_DEVISE),
    ];
    const GOOGLE: Phones = &[("jana@example.org", JANA), ("karel@example.org", KAREL_OF_GOOGLE)];
    let systems: &[(System, &[&str], Option<&str>, Phones)] = &[
        (System::Authelia, &["authelia-totp.yml", "authelia-users.yml"], None, BOTH),
        (System::Authelia, &["authelia-users.yml", "authelia-totp.csv"], None, BOTH),
        (System::PrivacyIdea, &["privacyidea.pi"], Some("privacyidea-pi.key"), BOTH),
        (System::PrivacyIdea, &["privacyidea.xml"], Some("privacyidea-pskc.key"), BOTH),
        (System::Django, &["django.json"], None, DJANGO),
        (System::Fortify, &["fortify-13.json"], Some("fortify-13.key"), FORTIFY),
        (System::Fortify, &["fortify-13.csv"], Some("fortify-13.key"), FORTIFY),
        (System::Fortify, &["fortify-13-128.json"], Some("fortify-13-128.key"), FORTIFY),
        (System::Fortify, &["fortify-8.json"], Some("fortify-8.key"), FORTIFY),
        (System::Fortify, &["fortify-8.csv"], Some("fortify-8.key"), FORTIFY),
        (System::Fortify, &["fortify-8-128.csv"], Some("fortify-8-128.key"), FORTIFY),
        (System::Devise, &["devise-5.csv"], Some("devise-5.key"), DEVISE),
        (System::Devise, &["devise-5.jsonl"], Some("devise-5.key"), DEVISE),
        (System::Devise, &["devise-4.csv"], Some("devise-4.key"), USUAL),
        (System::Devise, &["devise-4-by-rails.jsonl"], None, USUAL),
        (System::Google, &["google.txt"], None, GOOGLE),
    ];
    for (system, files, key, people) in systems {
        let world = World::new();
        let verdicts = world.imports_files(*system, files, *key).await;
        world.pass(3 * 60_000);
        for (email, app) in *people {
            assert_eq!(verdicts.get(*email), Some(&Verdict::Verifies), "{email} of {files:?}: {verdicts:?}");
            world.sets_a_password(email).await;
            world.signs_in(email, NEW_PASSWORD, app).await;
        }
    }
}

#[tokio::test]
async fn whoever_cannot_be_carried_over_is_told_of_with_the_reason() {
    let of = |system, files: &'static [&str], key| async move {
        World::new().imports_files(system, files, key).await
    };
    let authelia = of(System::Authelia, &["authelia-totp.yml", "authelia-users.yml"], None).await;
    assert_eq!(authelia["eva@example.org"], Verdict::EnrolsAgain(Why::Length));
    let pi = of(System::PrivacyIdea, &["privacyidea.pi"], Some("privacyidea-pi.key")).await;
    assert_eq!(pi["marie@example.org"], Verdict::EnrolsAgain(Why::Counter));
    assert_eq!(pi["TOTP0004"], Verdict::LeftOut(Why::NoEmail));
    let sealed = of(System::PrivacyIdea, &["privacyidea.xml"], Some("privacyidea-pi.key")).await;
    assert_eq!(sealed["jana@example.org"], Verdict::EnrolsAgain(Why::NoKey), "a key of another kind is none");
    let fortifies: [(&'static [&str], _); 4] = [
        (&["fortify-13.json"], "fortify-13.key"),
        (&["fortify-13-128.csv"], "fortify-13-128.key"),
        (&["fortify-8.csv"], "fortify-8.key"),
        (&["fortify-8-128.json"], "fortify-8-128.key"),
    ];
    for (files, key) in fortifies {
        let fortify = of(System::Fortify, files, Some(key)).await;
        assert_eq!(fortify["marie@example.org"], Verdict::EnrolsAgain(Why::Unconfirmed));
        assert_eq!(fortify["olga@example.org"], Verdict::NoFactor);
        assert_eq!(
            fortify["eva@example.org"],
            Verdict::EnrolsAgain(Why::WrongKey),
            "a letter of it was changed"
        );
    }
    let fortify = of(System::Fortify, &["fortify-13.json"], None).await;
    assert_eq!(fortify["jana@example.org"], Verdict::EnrolsAgain(Why::NoKey));
    let devise = of(System::Devise, &["devise-5.csv"], Some("devise-5.key")).await;
    assert_eq!(devise["zofie@example.org"], Verdict::EnrolsAgain(Why::Unreadable("otp_secret", "base 32")));
    for (files, key) in [(&["devise-5.csv"], "devise-5.key"), (&["devise-4.csv"], "devise-4.key")] {
        let devise = of(System::Devise, files, Some(key)).await;
        assert_eq!(devise["marie@example.org"], Verdict::EnrolsAgain(Why::Off));
        assert_eq!(
            devise["olga@example.org"],
            Verdict::EnrolsAgain(Why::Off),
            "nobody has said that it is on"
        );
        assert_eq!(devise["petr@example.org"], Verdict::NoFactor);
    }
    let devise = of(System::Devise, &["devise-4.csv"], Some("devise-5.key")).await;
    assert_eq!(devise["jana@example.org"], Verdict::EnrolsAgain(Why::NoKey));
    let devise = of(System::Devise, &["devise-5.csv"], Some("devise-4.key")).await;
    assert_eq!(devise["jana@example.org"], Verdict::EnrolsAgain(Why::NoKey));
    let django = of(System::Django, &["django.json"], None).await;
    assert_eq!(django["marie@example.org"], Verdict::EnrolsAgain(Why::Unconfirmed));
    assert_eq!(django["petr@example.org"], Verdict::LeftOut(Why::Closed));
    let google = of(System::Google, &["google.txt"], None).await;
    assert_eq!(google["marie@example.org"], Verdict::EnrolsAgain(Why::Counter));
    assert_eq!(google["eva@example.org"], Verdict::EnrolsAgain(Why::Algorithm));
}

/// What is carried over of each person: their secrets in base 32.
fn opened(people: &[Person]) -> BTreeMap<&str, Vec<String>> {
    let opened = people.iter().map(|person| {
        let carried = person.tokens.iter().filter_map(|token| token.carried.as_ref().ok());
        let secrets = carried.map(|(secret, _)| secret.to_base32().to_string());
        (person.email.as_deref().unwrap(), secrets.collect())
    });
    opened.collect()
}

#[test]
fn what_is_opened_of_devise_is_what_the_gem_itself_opens() {
    let sealed = read(System::Devise, &sources(&["devise-4.csv"]), &keys(Some("devise-4.key"))).unwrap();
    let plain = read(System::Devise, &sources(&["devise-4-by-rails.jsonl"]), &Keys::default()).unwrap();
    assert_eq!(opened(&sealed), opened(&plain));
    let with_secrets: Vec<_> =
        opened(&plain).into_iter().filter(|of| !of.1.is_empty()).map(|of| of.0).collect();
    assert_eq!(with_secrets, ["eva@example.org", "jana@example.org", "karel@example.org"]);
    let with_codes: Vec<_> = sealed.iter().map(|person| person.recovery_codes).collect();
    assert_eq!(with_codes, [true, false, false, false, false, false], "hers are in an array of PostgreSQL");
}

#[test]
fn where_fortify_has_nobody_confirm_the_column_is_left_out_and_whoever_has_a_secret_has_it_on() {
    let table = fs::read_to_string(fixture("fortify-13.csv")).unwrap();
    let without: Vec<_> = table.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    let marie = |text: &str| {
        let source = Source::new("users", text.into());
        let people = read(System::Fortify, &[source], &keys(Some("fortify-13.key"))).unwrap();
        opened(&people)["marie@example.org"].clone()
    };
    assert!(marie(&table).is_empty());
    assert_eq!(marie(&without.join("\n")), ["NVQXE2LFFVUGC4ZNMEWWG33VNZ2GK4RB"]);
}

#[tokio::test]
async fn a_code_that_the_other_system_may_have_accepted_is_not_accepted_again() {
    let world = World::new();
    world.imports_files(System::Keycloak, &["keycloak.json"], None).await;
    let imported = world.clock.now_ms();
    for steps in [-1, 0, 1] {
        let (mut browser, after) = world.knocks("jana@example.org", PASSWORD).await;
        after.leads_to("/sign-in/code");
        let code = phone(JANA_OF_KEYCLOAK, imported + steps * STEP);
        let page = browser.post("/sign-in/code", &[("code", &code)]).await;
        assert_ne!(page.status, 303, "{steps}");
    }
    world.pass(2 * STEP);
    world.signs_in("jana@example.org", PASSWORD, JANA_OF_KEYCLOAK).await;
}

#[tokio::test]
async fn importing_again_changes_nothing_and_an_import_that_stopped_goes_on() {
    let world = World::new();
    let plans = || {
        let people = read(System::Django, &sources(&["django.json"]), &Keys::default()).unwrap();
        plan(people, Target::Portal, &Names::default())
    };
    let (all, half) = (plans(), plans().into_iter().take(2).collect::<Vec<_>>());
    world.imports(&half).await;
    let jana = world.app.store.account_by_email("jana@example.org").await.unwrap().unwrap();
    let before = world.state(jana.id).await;
    let rest = world.imports(&all).await;
    assert_eq!(rest["jana@example.org"], Verdict::There);
    assert_eq!(rest["karel@example.org"], Verdict::There);
    assert_eq!(rest["olga@example.org"], Verdict::Verifies);
    let accounts = world.app.store.accounts().await.unwrap().len();
    world.pass(60_000);
    let again = world.imports(&all).await;
    assert_eq!(again["olga@example.org"], Verdict::There);
    assert_eq!(again["marie@example.org"], Verdict::EnrolsAgain(Why::Unconfirmed));
    assert_eq!(world.state(jana.id).await, before);
    assert_eq!(world.app.store.accounts().await.unwrap().len(), accounts);
}

#[tokio::test]
async fn what_somebody_has_set_up_here_is_left_as_it_is() {
    let world = World::new();
    let own = world.enrolled("jana@example.org").await;
    let before = world.state(own.id).await;
    let off = world.person("karel@example.org").await;
    let verdicts = world.imports_files(System::Django, &["django.json"], None).await;
    assert_eq!(verdicts["jana@example.org"], Verdict::LeftOut(Why::On));
    assert_eq!(world.state(own.id).await, before);
    // Karel never had 2FA here: it comes with his account as it is, and his password stays.
    assert_eq!(verdicts["karel@example.org"], Verdict::TurnsOn);
    assert_eq!(world.events(off.id).await.last().unwrap(), "two-factor-on");
    world.pass(3 * 60_000);
    world.signs_in("karel@example.org", PASSWORD, KAREL_OF_DJANGO).await;
    // Whoever turned it off again on purpose is not brought back.
    world.app.store.reset_two_factor(off.id, "Lost", &world.visit()).await.unwrap();
    let again = world.imports_files(System::Django, &["django.json"], None).await;
    assert_eq!(again["karel@example.org"], Verdict::LeftOut(Why::WasOn));
}

#[tokio::test]
async fn an_imported_account_has_no_recovery_codes_and_makes_new_ones() {
    let world = World::new();
    world.imports_files(System::Keycloak, &["keycloak.json"], None).await;
    world.pass(3 * 60_000);
    let (mut browser, _) = world.knocks("jana@example.org", PASSWORD).await;
    let refused = browser.post("/sign-in/recovery-code", &[("recovery_code", "7QK2-M9TA-0000-0000")]).await;
    assert_ne!(refused.status, 303);
    let code = phone(JANA_OF_KEYCLOAK, world.clock.now_ms());
    browser.post("/sign-in/code", &[("code", &code)]).await.leads_to("/account");
    let profile = browser.get("/account").await;
    profile.is(200).says("Recovery codes");
    let jana = world.app.store.account_by_email("jana@example.org").await.unwrap().unwrap();
    world.pass(STEP);
    let fields = [("password", PASSWORD)];
    let made = browser.post("/account/two-factor/recovery-codes", &fields).await;
    assert!([200, 303].contains(&made.status), "{made:?}");
    let sets = world.app.store.recovery_sets(jana.id).await.unwrap();
    assert_eq!(sets.present.map(|set| set.codes.len()), Some(10));
}

#[tokio::test]
async fn two_people_under_one_address_are_neither_of_them_carried_over() {
    let table = "[{\"id\":1,\"email\":\"Jana@example.org\",\"otp_secret\":\"NJQW4YJNNBQXGLLUNBUXGLLTMVRXEZLU\"},\
                 {\"id\":2,\"email\":\"jana@example.org\",\"otp_secret\":\"N5WGOYJNNBQXGLLUNBUXGLLTMVRXEZLU\"},\
                 {\"id\":3,\"email\":\"jana@EXAMPLE.org\",\"otp_secret\":\"N5WGOYJNNBQXGLLUNBUXGLLTMVRXEZLU\"}]";
    let people = read(System::Devise, &[Source::new("users", table.into())], &Keys::default()).unwrap();
    let plans = plan(people, Target::Portal, &Names::default());
    for planned in &plans {
        assert!(matches!(&planned.newcomer, Err(Why::Twice(_))), "{}", planned.place);
    }
    let world = World::new();
    world.imports(&plans).await;
    assert!(world.app.store.accounts().await.unwrap().is_empty());
}

#[tokio::test]
async fn users_of_an_application_are_carried_over_by_their_own_ids_and_verified_by_the_api() {
    let world = World::new();
    let mut chance = world.app.chance;
    let (store, now) = (&world.app.store, world.clock.now());
    let shop = Name::parse("shop").unwrap();
    let key = store.add_application(&shop, &Choices::with_issuer("Shop"), now, &mut chance).await.unwrap();
    let application = store.application_named("shop").await.unwrap().unwrap().id;
    let people = read(System::Fortify, &sources(&["fortify-13.csv"]), &keys(Some("fortify-13.key"))).unwrap();
    let plans = plan(people, Target::Application(application, UserBy::Id), &Names::default());
    let verdicts = world.imports(&plans).await;
    assert_eq!(verdicts["jana@example.org"], Verdict::Verifies);
    assert_eq!(verdicts["olga@example.org"], Verdict::Nothing);
    assert_eq!(verdicts["marie@example.org"], Verdict::EnrolsAgain(Why::Unconfirmed));
    assert!(store.accounts().await.unwrap().is_empty(), "nobody of the portal");
    world.pass(3 * 60_000);
    let code = phone(JANA, world.clock.now_ms());
    let bearer = format!("Bearer countersign_{}", key.reveal());
    let verify = |code: String| {
        let (mut browser, bearer) = (world.browser(), bearer.clone());
        async move {
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let body = Body::from(format!("{{\"code\":\"{code}\"}}"));
            browser.send(Method::POST, "/api/v1/accounts/1/verify", &headers, body).await
        }
    };
    let answer = verify(code.clone()).await;
    answer.is(200).says("\"verified\":true");
    assert!(!verify(code).await.text.contains("\"verified\":true"), "it is spent");
}

#[tokio::test]
async fn the_example_of_the_guide_is_what_it_says() {
    let guide =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import.md")).unwrap();
    let example = |mark: &str, begins: &str| -> String {
        let blocks = guide.split(mark).skip(1).filter_map(|rest| rest.split("```").next());
        blocks.map(str::trim_start).find(|block| block.starts_with(begins)).unwrap().to_owned()
    };
    let world = World::new();
    let people = |text: String| {
        read(System::Countersign, &[Source::new("users", text.into())], &Keys::default()).unwrap()
    };
    let table = people(example("```csv\n", "user,email"));
    let verdicts = world.imports(&plan(table, Target::Portal, &Names::default())).await;
    assert_eq!(verdicts.into_values().collect::<Vec<_>>(), [Verdict::Verifies, Verdict::Verifies]);
    let lines = people(example("```json\n", "{\"user\""));
    let again = world.imports(&plan(lines, Target::Portal, &Names::default())).await;
    assert_eq!(again["jana@example.org"], Verdict::There, "the same person in the other form");
    world.pass(3 * 60_000);
    for (email, app) in
        [("jana@example.org", JANA), ("karel@example.org", KAREL), ("karel@example.org", JANA)]
    {
        world.sets_a_password(email).await;
        world.signs_in(email, NEW_PASSWORD, app).await;
        world.pass(10 * 60_000);
    }
}

#[test]
fn what_is_in_no_known_form_is_refused_by_file_and_line_and_never_by_value() {
    let refused = |system, text: &str| -> NotRead {
        match read(system, &[Source::new("export", text.into())], &Keys::default()) {
            Ok(_) => panic!("{text} is read"),
            Err(wrong) => wrong,
        }
    };
    for (system, text, place) in [
        (System::Countersign, "user,secrets\n1,hunter2\n", "export line 2"),
        (System::Countersign, "user,secret,secret_encoding\n1,hunter2,base58\n", "export line 2"),
        (System::Keycloak, "{\"realm\": \"hunter2\"}", "export line 1"),
        (System::Keycloak, "{\"users\": [\n{\"username\": 7, \"id\": \"hunter2\"}]}", "export line 2"),
        (System::Authelia, "hunter2: x\n", "export"),
        (System::Authelia, "users: [\n", "export line 2"),
        (System::PrivacyIdea, "jana@example, TOTP0001, 6a616e61, totp, 6, 30\n", "export"),
        (System::PrivacyIdea, "<KeyContainer><hunter2></KeyContainer>", "export line 1"),
        (System::PrivacyIdea, "gAAAAABhunter2", "export"),
        (System::Django, "[{\"model\": \"auth.user\", \"hunter2\": 1}]", "export line 1"),
        (System::Fortify, "id,email\n1,hunter2\n", "export"),
        (System::Devise, "id,email\n1,hunter2\n", "export"),
        (System::Google, "# QR codes\nhunter2\n", "export line 2"),
        (System::Google, "otpauth-migration://offline?data=%%%hunter2", "export line 1"),
        (System::Google, "otpauth://totp/a?secret=hunter2&secret=x", "export line 1"),
    ] {
        let wrong = refused(system, text);
        assert_eq!(wrong.place, place, "{system:?}: {wrong}");
        assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
    }
    let one = read(System::Google, &sources(&["google-first-of-two.txt"]), &Keys::default());
    assert!(one.err().unwrap().to_string().contains("1 of 2 QR codes"));
}

/// Every file below, with all that is in it.
fn contents(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_writes_nothing_and_neither_run_tells_a_secret() {
    let world = World::at(countersign_server::clock::WallClock.now_ms());
    world.person("olga@example.org").await;
    let stopped = world.stop();
    let (data, file) = (stopped.data(), fixture("keycloak.json"));
    let words = ["import", file.to_str().unwrap(), "--from", "keycloak"];
    let before = contents(&data);
    let told = said(&data, &words);
    assert_eq!(contents(&data), before, "the same files, byte for byte");
    assert!(told.contains("will verify        jana@example.org (keycloak.json user 1)"), "{told}");
    assert!(told.contains("must enrol again   marie@example.org") && told.contains("(HOTP)"), "{told}");
    assert!(told.contains("left as it is      petr@example.org"), "{told}");
    assert!(told.contains("there already      olga@example.org"), "{told}");
    assert!(told.contains("This was a dry run"), "{told}");
    let done = said(&data, &[&words[..], &["--write"]].concat());
    assert!(done.contains("carried over       jana@example.org") && !done.contains("dry run"), "{done}");
    let again = said(&data, &[&words[..], &["--write"]].concat());
    assert!(again.contains("there already      jana@example.org"), "{again}");
    for secret in ["janaHasThisOwnSecret", "NNQXEZLM", "marieHasAnotherThing", "argon2", "of-sixteen"] {
        assert!(![&told, &done, &again].iter().any(|told| told.contains(secret)), "{secret}");
    }
    let listed = said(&data, &["account", "list"]);
    assert!(listed.contains("jana@example.org") && listed.contains("2FA on"), "{listed}");
}

#[test]
fn a_dry_run_needs_no_installation_and_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let file = fixture("google.txt");
    let told = program(&data, &["import", file.to_str().unwrap(), "--from", "google"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("will verify        jana@example.org"), "{told}");
    assert!(!data.exists());
    let refused = run(&data, &["import", "nowhere.json", "--from", "google"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("nowhere.json"));
    let unknown = ["import", file.to_str().unwrap(), "--from", "google", "--application", "shop"];
    let refused = run(&data, &unknown);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no application of the name shop"));
}

#[test]
fn an_import_that_is_killed_leaves_nobody_half_carried_and_goes_on_from_there() {
    const PEOPLE: usize = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let table = dir.path().join("people.csv");
    let lines = (0..PEOPLE).map(|nth| {
        let secret = BASE32_NOPAD.encode(format!("of-person-{nth:010}").as_bytes());
        format!("person{nth}@example.org,{secret}\n")
    });
    fs::write(&table, format!("email,secret\n{}", lines.collect::<String>())).unwrap();
    let words = ["import", table.to_str().unwrap(), "--from", "countersign", "--write"];
    let mut importing = program(&data, &words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // Killed in the middle of its second hundred.
    let heard = BufReader::new(importing.stdout.take().unwrap()).lines().take(100);
    assert!(heard.map(Result::unwrap).all(|line| line.starts_with("carried over")));
    importing.kill().unwrap();
    importing.wait().unwrap();
    let output = run(&data, &words);
    let (told, progress) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let people = |words: &str| told.lines().filter(|line| line.starts_with(words)).count();
    let (there, carried) = (people("there already"), people("carried over"));
    assert!(there >= 100 && there + carried == PEOPLE, "{there} and {carried}");
    assert!(progress.contains("1000 of 2000 people"), "{progress}");
    let listed = said(&data, &["account", "list"]);
    assert_eq!(listed.lines().filter(|line| line.contains("2FA on")).count(), PEOPLE);
}

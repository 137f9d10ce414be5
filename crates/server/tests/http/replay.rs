//! Group B: replay and race.

use std::collections::HashSet;

use countersign_server::clock::Clock as _;

use crate::browser::{Browser, Page};
use crate::person::Person;
use crate::world::{MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// Sends one form from many browsers at once.
async fn all_at_once(browsers: Vec<Browser>, path: &str, fields: &[(&str, &str)]) -> Vec<(Browser, Page)> {
    let tasks: Vec<_> = browsers
        .into_iter()
        .map(|mut browser| {
            let path = path.to_owned();
            let fields: Vec<(String, String)> =
                fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            tokio::spawn(async move {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let page = browser.post(&path, &fields).await;
                (browser, page)
            })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

#[tokio::test]
async fn b1_a_code_is_good_once_within_its_step_and_in_the_next() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let code = person.code();
    world.browser().sign_in(&person).await;
    for passed in [0, STEP, STEP] {
        world.pass(passed);
        let mut again = world.one_pending(&person).await;
        let page = again.post("/sign-in/code", &[("code", &code)]).await;
        assert!(!page.is(401).gives("session"));
        if passed == 0 {
            page.says("This code has already been used.");
        }
    }
    world
        .one_pending(&person)
        .await
        .post("/sign-in/code", &[("code", &person.code())])
        .await
        .leads_to("/account");
}

#[tokio::test]
async fn b1_an_earlier_code_is_dead_once_a_later_one_was_used() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    world.pass(2 * STEP);
    let earlier = person.code_in(-1);
    world.browser().sign_in(&person).await;
    world.one_pending(&person).await.post("/sign-in/code", &[("code", &earlier)]).await.is(401);
}

#[tokio::test]
async fn b1_the_code_that_proved_the_enrolment_signs_nobody_in() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
    person.scan(&browser.get("/account/two-factor/set-up").await.key());
    browser.post("/account/two-factor/set-up", &[("code", &person.code())]).await.is(200);
    browser.type_password(&person).await.leads_to("/sign-in/code");
    browser.post("/sign-in/code", &[("code", &person.code())]).await.is(401);
    browser.post("/sign-in/code", &[("code", &person.code_in(1))]).await.leads_to("/account");
}

/// Every form that takes a code of an authenticator, from a session whose own second factor is stale.
fn step_up_doors(code: &str, authenticator: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
    let both = || vec![("password", PASSWORD.to_owned()), ("code", code.to_owned())];
    let two_factor = |door: &str| format!("/account/two-factor/{door}");
    vec![
        (two_factor("turn-off"), both()),
        (two_factor("recovery-codes"), both()),
        (two_factor("authenticators/add"), both()),
        (two_factor(&format!("authenticators/{authenticator}/remove")), both()),
        ("/account/password".to_owned(), [both(), vec![("new_password", NEW_PASSWORD.to_owned())]].concat()),
    ]
}

#[tokio::test]
async fn b3_a_code_spent_at_one_door_is_spent_at_every_door() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut stale = world.browser();
    stale.sign_in(&person).await;
    world.pass(16 * MINUTE);
    let code = person.code();
    let waiting = world.one_pending(&person).await;
    waiting.clone().post("/sign-in/code", &[("code", &code)]).await.leads_to("/account");

    let before = world.state(person.id).await.apart_from_counting();
    let now = world.clock.now();
    let authenticator =
        world.app.store.profile(person.id, now).await.unwrap().authenticators[0].id.to_string();
    for (path, fields) in step_up_doors(&code, &authenticator) {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = stale.clone().post(&path, &fields).await;
        // 429: the refusals are guesses like any other, and five of them begin a wait.
        assert!([403, 429].contains(&page.status), "{path}: {page:?}");
        assert!(page.status == 429 || page.text.contains("This code has already been used."), "{page:?}");
    }
    let mut second = world.one_pending(&person).await;
    let two = [("code", &*code), ("next_code", &*person.code_in(1))];
    second.post("/sign-in/two-codes", &two).await.is(401);
    assert_eq!(world.state(person.id).await.apart_from_counting(), before);
}

#[tokio::test]
async fn b3_a_code_spent_in_a_confirmation_signs_nobody_in() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut stale = world.browser();
    stale.sign_in(&person).await;
    world.pass(16 * MINUTE);
    let fields = [("password", PASSWORD), ("code", &*person.code())];
    stale.post("/account/two-factor/recovery-codes", &fields).await.is(200);
    world.one_pending(&person).await.post("/sign-in/code", &[("code", &person.code())]).await.is(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b3_of_fifty_sign_ins_with_one_code_on_two_servers_one_gets_in() {
    let world = World::new();
    let other = world.another();
    let person = world.enrolled("zofie@example.org").await;
    let browsers = world.pending(&person, 50).await;
    let half = |(n, browser): (usize, Browser)| if n % 2 == 0 { browser } else { browser.at(&other) };
    let browsers = browsers.into_iter().enumerate().map(half).collect();
    let done = all_at_once(browsers, "/sign-in/code", &[("code", &person.code()), ("remember", "on")]).await;
    let (inside, outside): (Vec<_>, Vec<_>) = done.iter().partition(|(_, page)| page.status == 303);
    assert_eq!(inside.len(), 1);
    for (_, page) in &outside {
        assert!([401, 429].contains(&page.status), "{page:?}");
        assert!(!page.gives("session") && !page.gives("device"));
    }
    let after = world.state(person.id).await;
    assert_eq!((after.sessions.len(), after.devices.len()), (1, 1));
    assert_eq!(
        after.events.iter().filter(|word| *word == "signed-in").count(),
        2,
        "one of them to turn 2FA on"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b3_one_pending_sign_in_becomes_one_session_however_often_it_is_sent() {
    let world = World::new();
    let other = world.another();
    let person = world.enrolled("zofie@example.org").await;
    let waiting = world.one_pending(&person).await;
    let browsers = (0..20).map(|n| if n % 2 == 0 { waiting.clone() } else { waiting.at(&other) }).collect();
    let done = all_at_once(browsers, "/sign-in/code", &[("code", &person.code())]).await;
    assert_eq!(done.iter().filter(|(_, page)| page.gives("session")).count(), 1);
    assert_eq!(world.state(person.id).await.sessions.len(), 1);
}

#[tokio::test]
async fn b7_a_recovery_code_is_good_once_also_after_a_restart() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let field = [("recovery_code", person.recovery_codes[3].as_str())];
    let mut browser = world.one_pending(&person).await;
    browser.post("/sign-in/recovery-code", &field).await.leads_to("/account");
    browser.get("/account").await.says("9 of 10 codes left");
    let page = world.one_pending(&person).await.post("/sign-in/recovery-code", &field).await;
    page.is(401).says("This recovery code was already used: today");
    drop(browser);

    let world = world.restart();
    let page = world.one_pending(&person).await.post("/sign-in/recovery-code", &field).await;
    assert!(!page.is(401).gives("session"));
    let other = [("recovery_code", person.recovery_codes[4].as_str())];
    world.one_pending(&person).await.post("/sign-in/recovery-code", &other).await.leads_to("/account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b7_of_eight_sign_ins_with_one_recovery_code_one_gets_in() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let field = [("recovery_code", person.recovery_codes[0].as_str())];
    let done = all_at_once(world.pending(&person, 8).await, "/sign-in/recovery-code", &field).await;
    assert_eq!(done.iter().filter(|(_, page)| page.gives("session")).count(), 1);
    for (_, page) in done.iter().filter(|(_, page)| !page.gives("session")) {
        page.is(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b9_a_hundred_set_ups_at_once_leave_one_secret_a_session_and_one_that_turns_2fa_on() {
    let world = World::with("[two_factor]\npassword_first = false");
    let mut everybody: Vec<(Person, Browser)> = Vec::new();
    for n in 0..4 {
        let person = world.person(&format!("person{n}@example.org")).await;
        let browser = world.signed_in(&person).await;
        everybody.push((person, browser));
    }
    let hundred = (0..100).map(|n: usize| everybody[n % 4].1.clone()).collect();
    for (_, page) in all_at_once(hundred, "/account/two-factor/turn-on", &[]).await {
        page.leads_to("/account/two-factor/set-up");
    }
    let mut keys = HashSet::new();
    for (person, browser) in &mut everybody {
        let key = browser.get("/account/two-factor/set-up").await.key();
        assert_eq!(key, browser.get("/account/two-factor/set-up").await.key(), "it stays the same");
        person.scan(&key);
        keys.insert(key);
    }
    assert_eq!(keys.len(), 4);

    let (person, browser) = &everybody[0];
    let four = (0..4).map(|_| browser.clone()).collect();
    let done = all_at_once(four, "/account/two-factor/set-up", &[("code", &person.code())]).await;
    let shown: Vec<_> = done.iter().filter(|(_, page)| !page.recovery_codes().is_empty()).collect();
    assert_eq!(shown.len(), 1);
    let now = world.clock.now();
    let kept = world.app.store.profile(person.id, now).await.unwrap();
    assert_eq!((kept.authenticators.len(), kept.recovery_codes_left), (1, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b10_whatever_happens_at_once_ends_as_if_one_thing_had_come_after_the_other() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    world.pass(STEP);
    let waiting = world.one_pending(&person).await;
    let post = |browser: &Browser, path: &'static str, fields: Vec<(&'static str, String)>| {
        let mut browser = browser.clone();
        tokio::spawn(async move {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post(path, &fields).await
        })
    };
    let password = || ("password", PASSWORD.to_owned());
    let change = vec![password(), ("new_password", NEW_PASSWORD.to_owned())];
    let tasks = [
        post(&owner, "/account/two-factor/turn-off", vec![password()]),
        post(&owner, "/account/password", change),
        post(&owner, "/account/two-factor/recovery-codes", vec![password()]),
        post(&owner, "/account/two-factor/authenticators/add", vec![password()]),
        post(&waiting, "/sign-in/code", vec![("code", person.code())]),
    ];
    let mut pages = Vec::new();
    for task in tasks {
        let page = task.await.unwrap();
        assert!(page.status < 500, "{page:?}");
        pages.push(page);
    }
    let now = world.clock.now();
    let kept = world.app.store.profile(person.id, now).await.unwrap();
    let account = world.app.store.account_by_email(&person.email).await.unwrap().unwrap();
    assert!(
        pages[0].status == 303 && account.two_factor_at.is_none(),
        "turning off met nothing that stops it"
    );
    assert_eq!((kept.authenticators.len(), kept.recovery_codes_left, kept.devices.len()), (0, 0, 0));
    let changed = pages[1].status == 303;
    let mut again = world.browser();
    let new = again.post("/sign-in", &[("email", &person.email), ("password", NEW_PASSWORD)]).await;
    assert_eq!(new.status == 303, changed);
    let mut again = world.browser();
    let old = again.type_password(&person).await;
    assert_eq!(old.status == 303, !changed);
}

//! Group C: brute force and lock-out.

use countersign::recovery::RecoveryCode;
use countersign_server::clock::Clock as _;
use countersign_store::Lane;

use crate::browser::{Browser, Page};
use crate::person::Person;
use crate::world::{DAY, MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// Wrong codes before the first wait.
const FREE: usize = 5;

async fn guess(browser: &mut Browser, person: &Person) -> Page {
    browser.post("/sign-in/code", &[("code", &person.wrong_code())]).await
}

/// Uses up what is free, each guess in a pending sign-in of its own.
async fn use_up(world: &World, person: &Person) {
    for mut browser in world.pending(person, FREE).await {
        guess(&mut browser, person).await.is(401);
    }
}

/// A recovery code with a right check character that belongs to nobody.
fn nobodys_recovery_code(world: &World) -> String {
    let mut chance = world.app.chance;
    RecoveryCode::fresh(&mut chance).reveal().to_string()
}

#[tokio::test]
async fn c1_fresh_sign_ins_give_no_fresh_guesses() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let pending = world.pending(&person, FREE + 1).await;
    for (n, mut browser) in pending.into_iter().enumerate() {
        let page = guess(&mut browser, &person).await;
        page.is(if n < FREE { 401 } else { 429 });
        // The guess that begins the wait says so at once.
        assert_eq!(page.text.contains("Too many wrong codes. Next try:"), n + 1 >= FREE, "{n}: {page:?}");
    }
    let page = world.one_pending(&person).await.post("/sign-in/code", &[("code", &person.code())]).await;
    assert!(!page.is(429).gives("session"), "while locked the right code is not looked at either");
    let events = world.events(person.id).await;
    assert_eq!(events.iter().filter(|word| *word == "wrong-code").count(), FREE);
    assert_eq!(events.iter().filter(|word| *word == "locked").count(), 1, "its owner reads about it");
}

#[tokio::test]
async fn c1_a_code_lives_for_one_step_either_side_and_no_longer() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    world.pass(10 * STEP);
    for (steps, right) in [(-2, false), (2, false), (-3, false), (-1, true), (1, true)] {
        let mut browser = world.one_pending(&person).await;
        let page = browser.post("/sign-in/code", &[("code", &person.code_in(steps))]).await;
        assert_eq!(page.gives("session"), right, "{steps}: {page:?}");
    }
}

#[tokio::test]
async fn c3_going_back_to_an_earlier_cookie_takes_no_failure_back() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let earliest = world.one_pending(&person).await;
    for _ in 0..FREE {
        guess(&mut earliest.clone(), &person).await.is(401);
    }
    guess(&mut earliest.clone(), &person).await.is(429);
    let page = earliest.clone().post("/sign-in/code", &[("code", &person.code())]).await;
    assert!(!page.is(429).gives("session"));
}

#[tokio::test]
async fn c4_a_pending_sign_in_ends_after_ten_wrong_codes() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.one_pending(&person).await;
    for n in 0..10 {
        guess(&mut browser, &person).await.is(401);
        // Waits of half a minute, one, two, four and eight: opening the page again prolongs the sign-in meanwhile.
        for _ in 0..(1 << (n + 1_usize).saturating_sub(FREE)) * usize::from(n + 1 >= FREE && n < 9) {
            world.pass(MINUTE / 2);
            browser.get("/sign-in/code").await.is(200);
        }
    }
    browser.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/sign-in");
    assert!(!browser.is_signed_in().await);
    browser.get("/sign-in").await.says("Please sign in again.");
    browser.get("/sign-in/code").await.leads_to("/sign-in");
}

#[tokio::test]
async fn c4_the_wait_outlives_a_restart() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    use_up(&world, &person).await;
    let world = world.restart();
    let page = world.one_pending(&person).await.post("/sign-in/code", &[("code", &person.code())]).await;
    page.is(429);
}

#[tokio::test]
async fn c5_a_failure_is_on_disk_when_its_answer_leaves() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    use_up(&world, &person).await;
    let other = world.another();
    let now = world.clock.now();
    let locked = other.app.store.locked(person.id, Lane::Everybody, now).await.unwrap();
    assert!(locked.is_some(), "a new connection sees it");
    assert_eq!(other.events(person.id).await.iter().filter(|word| *word == "wrong-code").count(), FREE);
}

#[tokio::test]
async fn c6_wrong_passwords_of_somebody_with_2fa_are_counted_like_anybodys() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.browser();
    for _ in 0..10 {
        let page = browser.post("/sign-in", &[("email", &*person.email), ("password", "wrong")]).await;
        page.is(401);
    }
    browser.type_password(&person).await.is(429).says("Next try:");
    let events = world.events(person.id).await;
    assert_eq!(events.iter().filter(|word| *word == "wrong-password").count(), 10);
    assert_eq!(events.last().map(String::as_str), Some("locked"));
    world.pass(MINUTE);
    browser.type_password(&person).await.leads_to("/sign-in/code");
}

#[tokio::test]
async fn c7_five_failures_at_five_doors_are_five_failures() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut stale = world.browser();
    stale.sign_in(&person).await;
    world.pass(16 * MINUTE);
    let profile = world.app.store.profile(person.id, world.clock.now()).await.unwrap();
    let remove = format!("/account/two-factor/authenticators/{}/remove", profile.authenticators[0].id);
    let doors = [
        "/account/two-factor/turn-off",
        "/account/two-factor/recovery-codes",
        "/account/two-factor/authenticators/add",
        "/account/password",
        &remove,
    ];
    let fields = |path: &str, code: &str| {
        let new = (path == "/account/password").then(|| ("new_password", NEW_PASSWORD.to_owned()));
        let both = [("password", PASSWORD.to_owned()), ("code", code.to_owned())];
        both.into_iter().chain(new).collect::<Vec<_>>()
    };
    let post = async |path: &str, code: &str| {
        let fields = fields(path, code);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        stale.clone().post(path, &fields).await.status
    };
    let before = world.state(person.id).await.apart_from_counting();
    for path in doors {
        assert_eq!(post(path, &person.wrong_code()).await, 403, "{path}");
    }
    let mut pending = world.one_pending(&person).await;
    for path in doors {
        assert_eq!(post(path, &person.code()).await, 429, "{path}");
    }
    pending.post("/sign-in/code", &[("code", &person.code())]).await.is(429);

    // The sixth, at the sixth door, begins a wait twice as long.
    world.pass(MINUTE / 2);
    guess(&mut pending, &person).await.is(401);
    world.pass(MINUTE - 1);
    for path in doors {
        assert_eq!(post(path, &person.code()).await, 429, "{path}");
    }
    assert_eq!(world.state(person.id).await.apart_from_counting(), before);
}

#[tokio::test]
async fn c7_wrong_passwords_at_every_door_are_one_count() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    let profile = world.app.store.profile(person.id, world.clock.now()).await.unwrap();
    let remove = format!("/account/two-factor/authenticators/{}/remove", profile.authenticators[0].id);
    let wrong = [("password", "wrong")];
    let with_new = [wrong[0], ("new_password", NEW_PASSWORD)];
    let at_sign_in = [("email", &*person.email), wrong[0]];
    for _ in 0..2 {
        owner.post("/account/two-factor/turn-off", &wrong).await.is(403);
        owner.post("/account/two-factor/recovery-codes", &wrong).await.is(403);
        owner.post("/account/two-factor/authenticators/add", &wrong).await.is(403);
        owner.post("/account/password", &with_new).await.is(403);
    }
    owner.post(&remove, &wrong).await.is(403);
    world.browser().post("/sign-in", &at_sign_in).await.is(401);
    owner.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await.is(429).says("Next try:");
    owner.post(&remove, &[("password", PASSWORD)]).await.is(429);
    world.browser().type_password(&person).await.is(429);

    // Where 2FA is off there is one more, and turning it on counts like the others.
    let person = world.person("nora@example.org").await;
    let mut owner = world.signed_in(&person).await;
    let at_sign_in = [("email", &*person.email), wrong[0]];
    for _ in 0..3 {
        owner.post("/account/two-factor/turn-on", &wrong).await.is(403);
        owner.post("/account/password", &with_new).await.is(403);
        world.browser().post("/sign-in", &at_sign_in).await.is(401);
    }
    owner.post("/account/two-factor/turn-on", &wrong).await.is(403);
    owner.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await.is(429);
    world.browser().type_password(&person).await.is(429);
}

#[tokio::test]
async fn c9_two_servers_over_one_database_share_every_count() {
    let world = World::new();
    let other = world.another();
    let person = world.enrolled("zofie@example.org").await;
    for (n, browser) in world.pending(&person, FREE).await.into_iter().enumerate() {
        let mut browser = if n % 2 == 0 { browser } else { browser.at(&other) };
        guess(&mut browser, &person).await.is(401);
    }
    for server in [&world, &other] {
        let mut browser = world.one_pending(&person).await.at(server);
        browser.post("/sign-in/code", &[("code", &person.code())]).await.is(429);
    }
    for n in 0..10 {
        let mut browser = if n % 2 == 0 { world.browser() } else { other.browser() };
        browser.post("/sign-in", &[("email", &*person.email), ("password", "wrong")]).await.is(401);
    }
    world.browser().type_password(&person).await.is(429);
    other.browser().type_password(&person).await.is(429);
}

#[tokio::test]
async fn c11_after_a_wait_the_next_failure_waits_twice_as_long() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    use_up(&world, &person).await;
    let mut wait = 30_000;
    for _ in 0..4 {
        world.pass(wait - 1);
        let mut early = world.one_pending(&person).await;
        guess(&mut early, &person).await.is(429);
        world.pass(1);
        guess(&mut early, &person).await.is(401);
        wait *= 2;
    }
    world.pass(wait);
    let mut browser = world.one_pending(&person).await;
    browser.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
}

#[tokio::test]
async fn c11_after_a_hundred_failures_in_a_row_only_two_codes_or_a_recovery_code_help() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let proven = world.password_proof(&person).await;
    for _ in 0..100 {
        let mut browser = world.pending_of(&proven).await;
        guess(&mut browser, &person).await.is(401);
        // Longer than the longest wait.
        world.pass(61 * MINUTE);
    }
    world.pass(400 * DAY);
    let mut browser = world.one_pending(&person).await;
    let page = browser.post("/sign-in/code", &[("code", &person.code())]).await;
    page.is(429).says("a single code is not enough any more").says("Next authentication code");
    page.says("href=\"/sign-in/recovery-code\"").is_silent_about("href=\"/sign-in/code\"");
    let two = [("code", &*person.code()), ("next_code", &*person.code_in(1))];
    browser.post("/sign-in/two-codes", &two).await.leads_to("/account");
    world.pass(3 * STEP);
    world.browser().sign_in(&person).await;
}

#[tokio::test]
async fn c13_without_the_password_nobody_can_use_up_anothers_guesses() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let before = world.state(person.id).await;
    let stranger = world.browser().with_cookie("countersign-pending", &"A".repeat(43));
    for browser in [world.browser(), stranger] {
        for _ in 0..2 * FREE {
            for path in ["/sign-in/code", "/sign-in/two-codes", "/sign-in/recovery-code"] {
                let page = browser.clone().post(path, &[("code", "123456")]).await;
                page.leads_to("/sign-in");
            }
        }
    }
    assert_eq!(world.state(person.id).await, before);
}

#[tokio::test]
async fn c13_a_lock_ends_neither_a_session_nor_a_remembered_device_and_its_owner_gets_in() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    world.pass(STEP);
    use_up(&world, &person).await;
    assert!(owner.is_signed_in().await);
    // The remembered browser has a budget of its own, for the password and for the code of a confirmation.
    let mut remembered = owner.clone();
    remembered.jar.remove("countersign-session");
    remembered.type_password(&person).await.leads_to("/account");
    let fields = [("password", PASSWORD), ("code", &*person.code()), ("name", "")];
    let page = remembered.post("/account/two-factor/authenticators/add", &fields[..2]).await;
    page.leads_to("/account/two-factor/set-up");

    // Three ways in from anywhere else: a recovery code, two codes in a row, and waiting.
    let waiting = world.pending(&person, 3).await;
    waiting[0].clone().post("/sign-in/code", &[("code", &person.code_in(1))]).await.is(429);
    let page = waiting[0].clone().get("/sign-in/code").await;
    page.is(200).says("Use two codes in a row").says("Use a recovery code");
    let recovery = [("recovery_code", person.recovery_codes[0].as_str())];
    waiting[0].clone().post("/sign-in/recovery-code", &recovery).await.leads_to("/account");
    use_up(&world, &person).await;
    world.pass(STEP);
    let two = [("code", &*person.code_in(-1)), ("next_code", &*person.code())];
    waiting[1].clone().post("/sign-in/two-codes", &two).await.is(401);
    world.pass(STEP);
    let two = [("code", &*person.code()), ("next_code", &*person.code_in(1))];
    waiting[1].clone().post("/sign-in/two-codes", &two).await.leads_to("/account");
    use_up(&world, &person).await;
    world.pass(3 * STEP);
    let mut waited = world.one_pending(&person).await;
    waited.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
}

#[tokio::test]
async fn c13_who_is_signed_in_and_locked_out_is_told_of_the_ways_that_the_form_in_front_has() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in(&person).await;
    world.pass(16 * MINUTE);
    use_up(&world, &person).await;
    let with = |code: &str| [("password", PASSWORD.to_owned()), ("code", code.to_owned())];
    let fields = with(&person.code());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
    let page = owner.post("/account/two-factor/turn-off", &fields).await;
    page.is(429).says("Use a recovery code, or try a code again: today ").says("(UTC)");
    page.is_silent_about("two codes in a row");
    let fields = with(&person.recovery_codes[0]);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
    owner.post("/account/two-factor/turn-off", &fields).await.leads_to("/account");
}

#[tokio::test]
async fn c13_strangers_who_guess_passwords_do_not_lock_out_a_remembered_browser() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut owner = world.browser();
    owner.sign_in_and_remember(&person).await;
    owner.post("/sign-out", &[]).await;
    for _ in 0..11 {
        world.browser().post("/sign-in", &[("email", &*person.email), ("password", "wrong")]).await;
    }
    world.browser().type_password(&person).await.is(429);
    owner.type_password(&person).await.leads_to("/account");
}

#[tokio::test]
async fn c15_wrong_recovery_codes_and_wrong_codes_are_one_count() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.one_pending(&person).await;
    for _ in 0..FREE {
        let field = [("recovery_code", &*nobodys_recovery_code(&world))];
        browser.post("/sign-in/recovery-code", &field).await.is(401).says("This recovery code is not right.");
    }
    browser.post("/sign-in/code", &[("code", &person.code())]).await.is(429);
    let events = world.events(person.id).await;
    assert_eq!(events.iter().filter(|word| *word == "wrong-recovery-code").count(), FREE);
    assert_eq!(events.iter().filter(|word| *word == "locked").count(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_code_is_told_so_and_costs_no_guess() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let mut browser = world.one_pending(&person).await;
    let before = world.state(person.id).await;
    let mut mistyped = nobodys_recovery_code(&world);
    let last = mistyped.pop().unwrap();
    mistyped.push(if last == '0' { '1' } else { '0' });
    for _ in 0..3 * FREE {
        browser.post("/sign-in/code", &[("code", "12345")]).await.is(400).says("A code has six digits");
        let two = [("code", &*person.code()), ("next_code", "x")];
        browser.post("/sign-in/two-codes", &two).await.is(400);
        let page = browser.post("/sign-in/recovery-code", &[("recovery_code", &*mistyped)]).await;
        page.is(400).says("This try was not counted.");
    }
    assert_eq!(world.state(person.id).await, before);
    browser.post("/sign-in/code", &[("code", &person.code())]).await.leads_to("/account");
}

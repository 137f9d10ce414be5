//! A clock that jumps by hours and years, forward and back: nothing revives, and whoever is locked out by it is let in as
//! soon as it is right again.

use countersign::token::PasswordReset;
use countersign_server::clock::Clock as _;

use crate::world::{DAY, MINUTE, STEP, World};

const HOUR: i64 = 60 * MINUTE;
const JUMPS: [i64; 8] = [HOUR, -HOUR, 5 * HOUR, -5 * HOUR, 400 * DAY, -400 * DAY, 3650 * DAY, -3650 * DAY];

#[tokio::test]
async fn b1_whatever_the_clock_does_a_spent_code_stays_spent_and_the_next_one_is_good() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    for (nth, jump) in JUMPS.into_iter().enumerate() {
        world.pass(STEP);
        let (spent, used) = (person.code(), &person.recovery_codes[nth]);
        world.browser().sign_in(&person).await;
        let mut browser = world.one_pending(&person).await;
        browser.post("/sign-in/recovery-code", &[("recovery_code", used)]).await.leads_to("/account");

        // While the clock is wrong the phone, which is right, shows codes of another time. Nothing opens by them.
        world.pass(jump);
        let waiting = world.one_pending(&person).await;
        waiting.clone().post("/sign-in/code", &[("code", &spent)]).await.is(401);
        waiting.clone().post("/sign-in/recovery-code", &[("recovery_code", used)]).await.is(401);

        world.pass(-jump);
        let again = world.one_pending(&person).await.post("/sign-in/code", &[("code", &spent)]).await;
        again.is(401).says("already");
        world.pass(STEP);
        world.browser().sign_in(&person).await;
    }
}

#[tokio::test]
async fn c4_a_wait_that_a_wrong_clock_began_holds_while_it_is_wrong_and_locks_nobody_out_when_it_is_right() {
    for jump in JUMPS {
        let world = World::new();
        let person = world.enrolled("zofie@example.org").await;
        world.pass(jump);
        let browser = world.one_pending(&person).await;
        for _ in 0..5 {
            browser.clone().post("/sign-in/code", &[("code", &person.wrong_code())]).await.is(401);
        }
        let locked = browser.clone().post("/sign-in/code", &[("code", &person.code())]).await;
        assert_eq!(locked.is(429).header("retry-after"), Some("30"), "{jump}");
        world.pass(-jump);
        // A wait of now never exceeds an hour, whatever year the clock was in.
        world.pass(HOUR + MINUTE);
        world.browser().sign_in(&person).await;
    }
}

#[tokio::test]
async fn what_has_ended_does_not_come_back_and_nothing_lives_longer_because_a_clock_was_fast() {
    for jump in JUMPS {
        let world = World::new();
        let person = world.enrolled("zofie@example.org").await;
        let mut before = world.browser();
        before.sign_in_and_remember(&person).await;

        // Opened while the clock was wrong: over a day after it is right again at the latest.
        world.pass(jump);
        let person_then = world.enrolled("petr@example.org").await;
        let mut then = world.browser();
        then.sign_in_and_remember(&person_then).await;
        let pending_then = world.one_pending(&person_then).await;
        world.app.store.sweep(world.app.clock.now()).await.unwrap();
        let ended = !before.is_signed_in().await;

        world.pass(-jump);
        world.app.seal().await.unwrap();
        assert_eq!(
            ended,
            !(-DAY..=0).contains(&jump),
            "{jump}: idle for too long, or of a day that is not yet"
        );
        assert_eq!(before.is_signed_in().await, jump < 0, "{jump}: what was swept does not come back");
        world.pass(25 * HOUR);
        assert!(!before.is_signed_in().await && !then.is_signed_in().await, "{jump}");
        pending_then.clone().get("/sign-in/code").await.leads_to("/sign-in");
        world.pass(31 * DAY);
        before.type_password(&person).await.leads_to("/sign-in/code");
        then.type_password(&person_then).await.leads_to("/sign-in/code");
    }
}

#[tokio::test]
async fn a_clock_that_was_wrong_leaves_no_letter_unsent_no_owner_untold_and_no_link_good_for_longer() {
    for jump in JUMPS.into_iter().filter(|jump| jump.abs() > 24 * HOUR) {
        let world = World::mailing();
        let person = world.enrolled("zofie@example.org").await;
        let store = &world.app.store;
        let ask = async || {
            world.browser().post("/forgotten-password", &[("email", "zofie@example.org")]).await.is(303);
        };
        // A sign-in without a code, a letter that is asked for and its link, an account that is made a second time.
        let happens = async || {
            world.one_pending(&person).await.post("/sign-in/cancel", &[]).await;
            store.sign_up_repeated("zofie@example.org", &world.visit()).await.unwrap();
            ask().await;
            world.pass(11 * MINUTE);
            store.end_expired_sign_ins(world.clock.now()).await.unwrap();
        };
        let taken = async || {
            let mut letters = Vec::new();
            while let Some(letter) = store.take_letter(world.clock.now()).await.unwrap() {
                store.letter_sent(&letter).await.unwrap();
                letters.push(letter);
            }
            letters.len()
        };
        taken().await;
        let now = world.clock.now_ms();
        world.pass(jump);
        happens().await;
        let mut chance = world.app.chance;
        let fast = store.draw_link::<PasswordReset>(person.id, world.clock.now(), &mut chance).await.unwrap();
        let first = store.invite_first_administrator(world.clock.now(), &mut chance).await.unwrap();
        ask().await;

        world.pass(now - world.clock.now_ms());
        let page = format!("/reset-password?link={}", fast.unwrap().reveal());
        world.browser().get(&page).await.is(410);
        let page = format!("/sign-up?link={}", first.reveal());
        world.browser().get(&page).await.is(410);
        assert_eq!(taken().await, 3, "{jump}: of what the wrong clock saw");
        happens().await;
        assert_eq!(taken().await, 3, "{jump}: and of what the right one sees");
        let link = store.draw_link::<PasswordReset>(person.id, world.clock.now(), &mut chance).await.unwrap();
        let page = format!("/reset-password?link={}", link.unwrap().reveal());
        world.browser().get(&page).await.is(200);
    }
}

//! Group F: recovery codes.

use std::collections::HashSet;

use countersign::recovery::RecoveryCode;
use sha2::{Digest as _, Sha256};

use crate::browser::{Browser, Page};
use crate::person::Person;
use crate::world::{MINUTE, PASSWORD, STEP, World};

const DOWNLOAD: &str = "/account/two-factor/recovery-codes/download";

/// Signs in and replaces the codes: the page that shows them.
async fn replace(world: &World, person: &Person) -> (Browser, Page) {
    let mut owner = world.browser();
    owner.sign_in(person).await;
    let page = owner.post("/account/two-factor/recovery-codes", &[("password", PASSWORD)]).await;
    page.is(200);
    (owner, page)
}

/// The codes of a downloaded file.
fn codes_of(file: &Page) -> Vec<String> {
    let lines = file.text.split("\r\n").filter(|line| RecoveryCode::parse(line).is_ok());
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn f2_what_is_no_recovery_code_opens_nothing_and_costs_nothing() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let real = &person.recovery_codes[0];
    let mut browser = world.one_pending(&person).await;
    let before = world.state(person.id).await;
    let all = person.recovery_codes.concat();
    for typed in [
        "anything",
        "",
        "null",
        "000000",
        &" ".repeat(24),
        &"-".repeat(19),
        &real[..15],
        &real[..4],
        &all,
        &format!("{real}{real}"),
        &format!("{real}\0"),
        &format!("{real}%"),
        "' OR '1'='1",
        "７ＱＫ２-Ｍ９ＴＡ-４ＸＷＮ-０Ｃ３Ｄ",
        &person.code(),
    ] {
        let page = browser.post("/sign-in/recovery-code", &[("recovery_code", typed)]).await;
        assert!(!page.is(400).gives("session"), "{typed}");
    }
    assert_eq!(world.state(person.id).await, before);
    browser.post("/sign-in/recovery-code", &[("recovery_code", real)]).await.leads_to("/account");
}

#[tokio::test]
async fn f2_a_code_is_read_however_a_person_writes_it() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let codes = &person.recovery_codes;
    for typed in [
        codes[0].to_lowercase(),
        codes[1].replace('-', ""),
        format!("  {}\r\n", codes[2].replace('-', " ")),
        codes[3].replace('0', "O").replace('1', "l"),
    ] {
        let mut browser = world.one_pending(&person).await;
        browser.post("/sign-in/recovery-code", &[("recovery_code", &typed)]).await.leads_to("/account");
    }
}

#[tokio::test]
async fn f3_there_are_no_recovery_codes_without_2fa_and_turning_it_on_makes_new_ones() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let mut browser = world.signed_in(&person).await;
    let before = world.state(person.id).await;
    let page = browser.post("/account/two-factor/recovery-codes", &[("password", PASSWORD)]).await;
    page.leads_to("/account");
    browser.get("/account").await.says("Two-factor authentication is off already.");
    browser.get("/account/two-factor/recovery-codes").await.leads_to("/account");
    assert_eq!(world.state(person.id).await, before, "no row was made, and none was shown");

    let mut lists: Vec<Vec<String>> = Vec::new();
    for _ in 0..2 {
        browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await;
        person.scan(&browser.get("/account/two-factor/set-up").await.key());
        let shown = browser.post("/account/two-factor/set-up", &[("code", &person.code())]).await;
        lists.push(shown.is(200).recovery_codes());
        world.pass(STEP);
        browser.sign_in(&person).await;
        browser.get("/account").await.says("10 of 10 codes left");
        let off = browser.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await;
        off.leads_to("/account");
        let sets = world.app.store.recovery_sets(person.id).await.unwrap();
        assert!(sets.present.is_none(), "no code outlives turning off");
    }
    let different: HashSet<&String> = lists.iter().flatten().collect();
    assert_eq!(different.len(), 20, "each turning on makes ten codes of its own");
}

#[tokio::test]
async fn f5_the_database_holds_neither_a_code_nor_a_fast_hash_of_one() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let (_, page) = replace(&world, &person).await;
    let codes = page.recovery_codes();
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
    let kept = world.kept();
    let holds = |what: &[u8]| kept.windows(what.len()).any(|window| window == what);
    for code in &codes {
        let bare = code.replace('-', "");
        assert_eq!(bare.len(), 16, "fifteen random characters of five bits and a check character");
        for spelling in [code.clone(), bare.clone(), bare.to_lowercase()] {
            assert!(!holds(spelling.as_bytes()));
            assert!(!holds(&Sha256::digest(spelling.as_bytes())));
        }
    }
    let ticket = page.ticket();
    assert!(!holds(&ticket.as_bytes()[40..80]), "the ticket is in the page alone");
}

#[tokio::test]
async fn f7_every_code_that_was_shown_and_downloaded_signs_in_once_also_after_a_restart() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let (mut owner, page) = replace(&world, &person).await;
    let file = owner.post(DOWNLOAD, &[("ticket", &page.ticket())]).await;
    assert_eq!(codes_of(&file), page.recovery_codes());
    drop(owner);
    let codes = codes_of(&file);
    let (before, after) = codes.split_at(5);
    for code in before {
        let mut browser = world.one_pending(&person).await;
        browser.post("/sign-in/recovery-code", &[("recovery_code", code)]).await.leads_to("/account");
    }
    let world = world.restart();
    for code in after {
        let mut browser = world.one_pending(&person).await;
        browser.post("/sign-in/recovery-code", &[("recovery_code", code)]).await.leads_to("/account");
    }
    let mut browser = world.one_pending(&person).await;
    browser.post("/sign-in/recovery-code", &[("recovery_code", &codes[7])]).await.is(401);
}

#[tokio::test]
async fn f8_the_file_is_handed_out_once_to_whoever_holds_the_page_with_the_codes() {
    let world = World::new();
    let person = world.enrolled("=1+1@example.org").await;
    let (mut owner, page) = replace(&world, &person).await;
    let ticket = page.ticket();
    for forged in ["", "x", "x.y", &ticket[..ticket.len() - 1], &ticket.replacen('.', "..", 1), &ticket[33..]]
    {
        owner.post(DOWNLOAD, &[("ticket", forged)]).await.is(400);
    }
    let stranger = world.enrolled("eva@example.org").await;
    let of_another = ticket.replacen(&person.id.to_string(), &stranger.id.to_string(), 1);
    owner.post(DOWNLOAD, &[("ticket", &of_another)]).await.is(400);
    owner.get(DOWNLOAD).await.is(405);
    owner.get(&format!("{DOWNLOAD}?ticket={ticket}")).await.is(405);

    let file = owner.post(DOWNLOAD, &[("ticket", &ticket)]).await;
    file.is(200).says("Recovery codes for Countersign").says("Account: =1+1@example.org");
    assert_eq!(file.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"recovery-codes.txt\""));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    for again in 0..2 {
        // No content: a browser keeps the page that shows the codes.
        let refused = owner.post(DOWNLOAD, &[("ticket", &ticket)]).await;
        assert!(refused.is(204).text.is_empty(), "{again}");
    }
    drop(owner);
    let world = world.restart();
    world.browser().post(DOWNLOAD, &[("ticket", &ticket)]).await.is(204);
}

#[tokio::test]
async fn f8_after_a_day_the_file_is_gone() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let (mut owner, page) = replace(&world, &person).await;
    world.pass(24 * 60 * MINUTE);
    let refused = owner.post(DOWNLOAD, &[("ticket", &page.ticket())]).await;
    assert!(refused.is(204).text.is_empty());
}

#[tokio::test]
async fn f9_using_a_code_is_recorded_told_and_followed_by_an_offer_of_new_ones() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut browser = world.one_pending(&person).await;
    let field = [("recovery_code", person.recovery_codes[0].as_str())];
    browser.post("/sign-in/recovery-code", &field).await.leads_to("/account");
    let page = browser.get("/account").await;
    page.says("You signed in with a recovery code. 9 are left.").says("9 of 10 codes left");
    page.says("Signed in with a recovery code; 9 codes left")
        .says("href=\"/account/two-factor/recovery-codes\"");
    let recorded = world.app.store.events(person.id, None, 2).await.unwrap();
    let used = recorded.iter().find(|one| one.event.kind.word() == "recovery-code-used").unwrap();
    assert_eq!((used.event.count, used.address.as_deref()), (Some(9), Some(crate::browser::PEER)));
    assert!(browser.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await.status == 303);
}

#[tokio::test]
async fn f9_with_the_last_code_one_is_told_to_turn_off_while_that_needs_no_code() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let mut browser = world.browser();
    for code in &person.recovery_codes {
        browser = world.one_pending(&person).await;
        browser.post("/sign-in/recovery-code", &[("recovery_code", code)]).await.leads_to("/account");
    }
    browser.get("/account").await.says("That was your last recovery code.");
    browser.post("/account/two-factor/turn-off", &[("password", PASSWORD)]).await.leads_to("/account");
}

#[tokio::test]
async fn f9_with_three_codes_left_every_sign_in_says_so() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    for code in &person.recovery_codes[..7] {
        let mut browser = world.one_pending(&person).await;
        browser.post("/sign-in/recovery-code", &[("recovery_code", code)]).await.leads_to("/account");
    }
    let mut browser = world.browser();
    browser.sign_in(&person).await;
    browser.get("/account").await.says("You have 3 recovery codes left.");
}

#[tokio::test]
async fn f10_after_the_page_that_shows_them_no_answer_holds_a_recovery_code() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let (mut owner, page) = replace(&world, &person).await;
    let codes = page.recovery_codes();
    for route in countersign_server::web::routes::table() {
        let answer = owner.get(route.path).await;
        for code in &codes {
            answer.is_silent_about(code).is_silent_about(&code.replace('-', ""));
        }
    }
    let replaced = owner.post("/account/two-factor/recovery-codes", &[("password", PASSWORD)]).await;
    assert!(replaced.recovery_codes().iter().all(|code| !codes.contains(code)));
    world.pass(STEP);
    let mut other = world.one_pending(&person).await;
    let page = other.post("/sign-in/recovery-code", &[("recovery_code", &codes[0])]).await;
    page.is(401).says("This recovery code is from an earlier list");
}

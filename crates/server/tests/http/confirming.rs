//! Confirmed addresses: where mail is sent, 2FA is turned on by somebody whom mail reaches.

use axum::body::Body;
use axum::http::Method;
use countersign::token::{AddressConfirmation, Token};
use countersign_server::clock::Clock as _;

use crate::browser::Browser;
use crate::person::Person;
use crate::world::{MINUTE, NEW_PASSWORD, PASSWORD, World};

const TURN_ON: &str = "/account/two-factor/turn-on";
const SEND: &str = "/account/address/send-link";

impl World {
    /// The link of a letter that goes to somebody who asked for it while signed in.
    pub(crate) async fn confirmation_link(&self, person: &Person) -> String {
        let browser = self.signed_in(person).await;
        let (store, now) = (&self.app.store, self.clock.now());
        let token = Token::parse(&browser.cookie("session").unwrap()).unwrap();
        let session = store.session(&token.hash(), now).await.unwrap().unwrap();
        store.ask_for_address_confirmation(&session, &self.visit()).await.unwrap();
        self.drawn_confirmation(person).await
    }

    /// The link of the letter that is sent now.
    async fn drawn_confirmation(&self, person: &Person) -> String {
        let (now, mut chance) = (self.clock.now(), self.app.chance);
        let token: Token<AddressConfirmation> =
            self.app.store.draw_link(person.id, now, &mut chance).await.unwrap().unwrap();
        token.reveal().to_owned()
    }
}

async fn confirm(browser: &mut Browser, link: &str) -> crate::browser::Page {
    browser.post("/confirm-address", &[("link", link)]).await
}

#[tokio::test]
async fn where_everybody_needs_2fa_the_way_leads_from_the_first_sign_in_through_the_mailbox_to_the_end() {
    let world = World::mailing_with("[two_factor]\nrequired = \"everybody\"\n");
    let person = world.person("zofie@example.org").await;
    let mut laptop = world.browser();
    laptop.type_password(&person).await.leads_to(TURN_ON);
    let page = laptop.get(TURN_ON).await;
    page.is(200)
        .says("First confirm your email")
        .says("asks everybody for two-factor")
        .says("zofie@example.org");
    page.is_silent_about("name=\"password\"");
    // Nothing else opens meanwhile, and the password alone leads to no QR code.
    laptop.get("/account").await.leads_to(TURN_ON);
    laptop.post(TURN_ON, &[("password", PASSWORD)]).await.is(403).says("First confirm your email");
    laptop.get("/account/two-factor/set-up").await.leads_to(TURN_ON);
    laptop.get(TURN_ON).await;

    laptop.post(SEND, &[]).await.leads_to(TURN_ON);
    laptop.get(TURN_ON).await.says("A message is on its way").says("Send another message");
    let link = world.drawn_confirmation(&person).await;
    let mut phone = world.browser();
    phone.get(&format!("/confirm-address?link={link}")).await.is(200).says("zofie@example.org");
    laptop.get(TURN_ON).await.says("First confirm your email");
    confirm(&mut phone, &link).await.leads_to("/sign-in?next=/account/two-factor/turn-on");
    phone.get("/sign-in").await.says("Your email is confirmed.");

    laptop.get(TURN_ON).await.says("name=\"password\"").says("asks everybody for two-factor");
    laptop.post(TURN_ON, &[("password", PASSWORD)]).await.leads_to("/account/two-factor/set-up");
    person.scan(&laptop.get("/account/two-factor/set-up").await.key());
    let codes = laptop.post("/account/two-factor/set-up", &[("code", &person.code())]).await;
    assert_eq!(codes.is(200).recovery_codes().len(), 10);
}

#[tokio::test]
async fn b11_a_link_confirms_once_and_opening_it_confirms_nothing() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let link = world.confirmation_link(&person).await;
    let before = world.state(person.id).await;
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let address = format!("/confirm-address?link={link}");
        world.browser().send(method, &address, &[], Body::empty()).await.is(200);
    }
    assert_eq!(world.state(person.id).await, before);
    let mut owner = world.signed_in(&person).await;
    let after = confirm(&mut owner, &link).await;
    after.leads_to(TURN_ON);
    assert!(!after.gives("session"));
    owner.get(TURN_ON).await.says("Your email is confirmed.").says("name=\"password\"");
    confirm(&mut owner, &link).await.is(410).says("This link no longer works");
    world.browser().get(&format!("/confirm-address?link={link}")).await.is(410);
    assert_eq!(world.events(person.id).await.iter().filter(|kind| *kind == "address-confirmed").count(), 1);
}

#[tokio::test]
async fn a25_whoever_is_signed_in_there_the_link_confirms_the_address_it_was_sent_to() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let other = world.person("adam@example.org").await;
    let link = world.confirmation_link(&person).await;
    let mut theirs = world.signed_in(&other).await;
    confirm(&mut theirs, &link).await.leads_to("/account");
    theirs.get(TURN_ON).await.says("First confirm your email");
    let confirmed = |email: &str| {
        let (store, key) = (world.app.store.clone(), email.to_owned());
        async move { store.account_by_email(&key).await.unwrap().unwrap().address_confirmed_at }
    };
    assert_eq!(confirmed("zofie@example.org").await, Some(world.clock.now()));
    assert_eq!(confirmed("adam@example.org").await, None);
}

#[tokio::test]
async fn d6_a_form_from_elsewhere_confirms_nothing_and_sends_no_letter() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let link = world.confirmation_link(&person).await;
    let owner = world.signed_in(&person).await;
    let before = world.state(person.id).await;
    for said in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("accept", "*/*")] {
        let form = [said, ("content-type", "application/x-www-form-urlencoded")];
        for path in ["/confirm-address", SEND] {
            let body = Body::from(format!("link={link}"));
            owner.clone().send(Method::POST, path, &form, body).await.is(403);
        }
    }
    assert_eq!(world.state(person.id).await, before);
    confirm(&mut world.browser(), &link).await.is(303);
}

#[tokio::test]
async fn nobody_is_sent_more_letters_than_three_at_once_and_the_page_says_so() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    let mut owner = world.signed_in(&person).await;
    for _ in 0..3 {
        owner.post(SEND, &[]).await.leads_to(TURN_ON);
    }
    let link = world.drawn_confirmation(&person).await;
    owner.post(SEND, &[]).await.is(429).says("Several messages have been sent").says("role=\"alert\"");
    confirm(&mut world.browser(), &link).await.is(303);
    world.pass(1);
    owner.post(SEND, &[]).await.leads_to(TURN_ON);
    owner.get(TURN_ON).await.says("name=\"password\"").says("Your email is confirmed.");
}

#[tokio::test]
async fn a_qr_code_from_before_mail_was_sent_turns_nothing_on_until_the_address_is_confirmed() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let enrolled = world.enrolled("eva@example.org").await;
    let mut owner = world.signed_in(&person).await;
    owner.get(TURN_ON).await.says("name=\"password\"");
    owner.post(SEND, &[]).await.leads_to(TURN_ON);
    owner.post(TURN_ON, &[("password", PASSWORD)]).await.leads_to("/account/two-factor/set-up");
    person.scan(&owner.get("/account/two-factor/set-up").await.key());
    let jar = owner.jar.clone();
    drop(owner);
    let world = world.stop().with(crate::world::MAIL).start();
    let mut owner = world.browser();
    owner.jar = jar;
    owner.post("/account/two-factor/set-up", &[("code", &person.code())]).await.leads_to(TURN_ON);
    owner.get(TURN_ON).await.says("First confirm your email");
    assert!(!world.events(person.id).await.contains(&"two-factor-on".to_owned()));
    // Whoever has 2FA already is asked for nothing, and may add to it.
    let mut eva = world.signed_in(&enrolled).await;
    eva.get(TURN_ON).await.leads_to("/account");
    let add = "/account/two-factor/authenticators/add";
    eva.post(add, &[("password", PASSWORD)]).await.leads_to("/account/two-factor/set-up");
}

#[tokio::test]
async fn a_password_that_was_set_by_mail_confirms_the_address_as_well() {
    let world = World::mailing();
    let person = world.person("zofie@example.org").await;
    world.browser().post("/forgotten-password", &[("email", &person.email)]).await.is(303);
    let (now, mut chance) = (world.clock.now(), world.app.chance);
    let token: Token<countersign::token::PasswordReset> =
        world.app.store.draw_link(person.id, now, &mut chance).await.unwrap().unwrap();
    let fields = [("link", token.reveal()), ("new_password", NEW_PASSWORD)];
    world.browser().post("/reset-password", &fields).await.leads_to("/sign-in");
    let mut owner = world.browser();
    let typed = [("email", person.email.as_str()), ("password", NEW_PASSWORD)];
    owner.post("/sign-in", &typed).await.leads_to("/account");
    owner.get(TURN_ON).await.says("name=\"password\"");
    world.pass(MINUTE);
}

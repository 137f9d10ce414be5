//! Letters with a one-time link: to set a forgotten password anew, and to confirm an address. They hold the only copy.

use countersign::token::{AddressConfirmation, PasswordReset};
use countersign_store::{
    Unavailable,
    links::Purpose,
    outbox::{self, Recipient, Taken},
};

use super::letter::{Fact, Letter, Link, greeting, on_one_line};
use crate::agent;
use crate::app::App;
use crate::l10n::{Language, Words};
use crate::moments::Moments;

/// What a letter with a link is written from.
struct Carried<'a> {
    words: Words,
    brand: &'a str,
    to: &'a Recipient,
    /// Whole: it begins with the operator's public address, whatever a request called us.
    link: String,
    /// Until when it is good, with the time zone.
    until: String,
}

/// Who asked for a link, as far as it is known: the reader may be somebody else.
struct Asked<'a> {
    /// When, with the time zone.
    when: String,
    browser: Option<&'a str>,
    address: Option<&'a str>,
}

/// The letter that was taken, its link drawn; `None` where nobody wants it any more.
pub(super) async fn letter(app: &App, taken: &Taken, words: Words) -> Result<Option<Letter>, Unavailable> {
    match &taken.letter {
        outbox::Letter::PasswordReset { browser, address } => {
            let moments = Moments::new(words, app.config.service.time_zone.clone(), app.clock.now());
            let when = moments.in_a_letter(taken.at);
            let asked = Asked { when, browser: browser.as_deref(), address: address.as_deref() };
            let carried = drawn::<PasswordReset>(app, taken, words, "/reset-password").await?;
            Ok(carried.map(|carried| password_reset(carried, &asked)))
        }
        outbox::Letter::AddressConfirmation => {
            let carried = drawn::<AddressConfirmation>(app, taken, words, "/confirm-address").await?;
            Ok(carried.map(address_confirmation))
        }
        outbox::Letter::Notice { .. } | outbox::Letter::Unknown => Ok(None),
    }
}

/// Draws the link: from here on the database has its hash, and the letter the only copy.
async fn drawn<'a, K: Purpose>(
    app: &'a App,
    taken: &'a Taken,
    words: Words,
    page: &str,
) -> Result<Option<Carried<'a>>, Unavailable> {
    let Some(account) = taken.to.account else { return Ok(None) };
    let (now, mut chance) = (app.clock.now(), app.chance);
    let Some(token) = app.store.draw_link::<K>(account, now, &mut chance).await? else { return Ok(None) };
    let service = &app.config.service;
    Ok(Some(Carried {
        words,
        brand: &service.name,
        to: &taken.to,
        link: service.public_url.page(&format!("{page}?link={}", token.reveal())),
        until: Moments::new(words, service.time_zone.clone(), now).in_a_letter(now + K::GOOD_FOR),
    }))
}

/// The letter to somebody who forgot their password.
fn password_reset(carried: Carried<'_>, asked: &Asked<'_>) -> Letter {
    let Carried { words, brand, to, link, until } = carried;
    let mut facts = vec![
        Fact { label: words.letter_account(), value: on_one_line(&to.email) },
        Fact { label: words.letter_when(), value: asked.when.clone() },
    ];
    let browser = asked.browser.map(|browser| on_one_line(&agent::in_words(words, browser)));
    facts.extend(browser.map(|value| Fact { label: words.letter_browser(), value }));
    let address = asked.address.map(on_one_line);
    facts.extend(address.map(|value| Fact { label: words.letter_address(), value }));
    Letter {
        words,
        brand: brand.to_owned(),
        title: words.letter_password_link_title(),
        greeting: greeting(words, to),
        text: words.letter_password_link(until),
        facts,
        advice: Some(words.letter_password_link_advice().to_owned()),
        link: Some(Link { label: words.letter_password_link_title(), address: link }),
        why: words.letter_why_link(),
    }
}

/// The letter to somebody whose address is still to be confirmed.
fn address_confirmation(carried: Carried<'_>) -> Letter {
    let Carried { words, brand, to, link, until } = carried;
    Letter {
        words,
        brand: brand.to_owned(),
        title: words.letter_confirm_title(),
        greeting: greeting(words, to),
        text: words.letter_confirm(until),
        facts: vec![Fact { label: words.letter_account(), value: on_one_line(&to.email) }],
        advice: Some(words.letter_confirm_advice().to_owned()),
        link: Some(Link { label: words.letter_confirm_title(), address: link }),
        why: words.letter_why_link(),
    }
}

/// Both letters.
pub(super) fn samples(language: Language) -> Vec<(&'static str, Letter)> {
    let words = Words::of(language);
    let to = Recipient {
        account: None,
        email: "jana@example.com".to_owned(),
        name: "Jana Nováková".to_owned(),
        language: None,
    };
    let at = |time: &str| words.moment_on(words.moment_date(22, 11, 2026), time) + " (UTC)";
    let carried = |page: &str, until: &str| Carried {
        words,
        brand: "Acme Mail",
        to: &to,
        link: format!("https://sign-in.example.com/{page}?link=c2FtcGxlLWxpbms"),
        until: at(until),
    };
    let asked = Asked { when: at("14:02"), browser: Some("Firefox on Linux"), address: Some("192.0.2.7") };
    vec![
        ("password_reset_link", password_reset(carried("reset-password", "15:02"), &asked)),
        ("address_confirmation", address_confirmation(carried("confirm-address", "15:02"))),
    ]
}

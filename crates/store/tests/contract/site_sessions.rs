//! Sites: open in one session, by a ticket that is good once, and closed with it.

use countersign::{
    Span,
    attempt::Wrong,
    group::Group,
    sign_in::Methods,
    token::{Site, SiteBegin, Token, TokenHash},
};
use countersign_store::{Lane, Refusal, Store, Visit, sessions::Session};

use crate::house::{after, at, chance};
use crate::person::{Person, refusal};

const WIKI: &str = "https://wiki.example.com";
const SHOP: &str = "https://shop.example.com";

fn begun() -> TokenHash<SiteBegin> {
    Token::<SiteBegin>::fresh(&mut chance()).hash()
}

/// Opens a site in a session.
async fn opens(store: &Store, session: &Session, site: &str, visit: &Visit) -> Token<Site> {
    let (begun, mut chance) = (begun(), chance());
    let ticket =
        store.draw_site_ticket(session, site, &begun, "/page", visit.now, &mut chance).await.unwrap();
    let (token, path) = store.open_site(&ticket.hash(), site, &begun, visit, &mut chance).await.unwrap();
    assert_eq!(path, "/page");
    token
}

async fn is_open(store: &Store, token: &Token<Site>, site: &str, visit: &Visit) -> bool {
    store.guest(&token.hash(), site, visit.now).await.unwrap().is_some()
}

for_every_database! {
    async fn a_ticket_is_good_once_in_its_browser_at_its_site_and_for_a_minute(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let mine = begun();
        let draw = async || {
            store.draw_site_ticket(&session, WIKI, &mine, "/a?b=c", at(30).now, &mut chance()).await.unwrap()
        };
        let ticket = draw().await;
        let open = async |site: &str, begun: &TokenHash<SiteBegin>, visit: Visit| {
            store.open_site(&ticket.hash(), site, begun, &visit, &mut chance()).await
        };
        for (site, whose, visit) in [
            (SHOP, mine, at(31)),
            (WIKI, begun(), at(31)),
            (WIKI, mine, at(90)),
            // A clock that has stepped back prolongs nothing.
            (WIKI, mine, at(19)),
        ] {
            assert!(matches!(refusal(open(site, &whose, visit).await), Refusal::Gone(_)), "{site}");
        }
        // The node that the browser is led back through may be as far behind as one may be.
        let (token, path) = open(WIKI, &mine, at(20)).await.unwrap();
        assert_eq!(path, "/a?b=c");
        assert!(matches!(refusal(open(WIKI, &mine, at(31)).await), Refusal::Gone(_)), "it is spent");
        assert!(is_open(&store, &token, WIKI, &at(32)).await);
        assert!(!is_open(&store, &token, SHOP, &at(32)).await, "its token opens no other site");
        assert_eq!(house.count("site_tickets"), 0);
        let entered = "events WHERE kind = 'site-entered' AND subject = 'wiki.example.com' AND session_id IS NOT NULL";
        assert_eq!(house.count(entered), 1, "said once, and not for what was refused");
    }

    async fn whoever_may_not_see_a_site_is_told_of_once_a_session(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let (one, other) = (person.signs_in(&store, &at(0)).await, person.signs_in(&store, &at(90)).await);
        for session in [&one, &one, &other] {
            store.refused_at_site(session, SHOP, &at(91)).await.unwrap();
        }
        store.refused_at_site(&one, WIKI, &at(92)).await.unwrap();
        assert_eq!(house.count("events WHERE kind = 'site-refused' AND subject = 'shop.example.com'"), 2);
        assert_eq!(house.count("events WHERE kind = 'site-refused'"), 3);
        assert_eq!(house.count("outbox"), 0, "it is worth no letter");
    }

    async fn of_thirty_two_who_hold_a_ticket_one_opens_the_site(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let mine = begun();
        let ticket = store.draw_site_ticket(&session, WIKI, &mine, "/", at(0).now, &mut chance()).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let (store, ticket) = (store.clone(), ticket.hash());
            racers.spawn(async move { store.open_site(&ticket, WIKI, &mine, &at(1), &mut chance()).await });
        }
        let answers = racers.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(house.count("site_sessions"), 1);
    }

    async fn a_site_closes_with_its_session_and_with_everything_that_ends_one(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let session = person.enters_rightly(&store, &app, &at(60)).await;
        let other = person.enters_rightly(&store, &app, &at(90)).await;
        let (here, there) = (opens(&store, &session, WIKI, &at(91)).await, opens(&store, &other, WIKI, &at(91)).await);
        store.end_session(person.id, other.id, &at(92)).await.unwrap();
        assert!(is_open(&store, &here, WIKI, &at(92)).await);
        assert!(!is_open(&store, &there, WIKI, &at(92)).await);
        let late = store.draw_site_ticket(&other, WIKI, &begun(), "/", at(93).now, &mut chance()).await;
        assert!(matches!(refusal(late), Refusal::Gone(_)), "a session that has ended draws no ticket");
        store.disable_account(person.id, &at(94)).await.unwrap();
        assert!(!is_open(&store, &here, WIKI, &at(94)).await);
        assert_eq!(house.count("site_sessions"), 0);
    }

    async fn turning_2fa_off_closes_every_site_of_the_account(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let [one, two] = [60, 90].map(at);
        let (session, other) =
            (person.enters_rightly(&store, &app, &one).await, person.enters_rightly(&store, &app, &two).await);
        let sites = [opens(&store, &session, WIKI, &two).await, opens(&store, &other, WIKI, &two).await];
        let again = person.again(&two);
        store.turn_off(again.confirms(&other, None, &two), Lane::Everybody, &two).await.unwrap();
        for site in sites {
            assert!(!is_open(&store, &site, WIKI, &two).await);
        }
    }

    async fn a_session_that_is_used_at_a_site_alone_lives_on(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let token = person.signs_in_for_token(&store, &at(0)).await;
        let session = store.session(&token.hash(), at(0).now).await.unwrap().unwrap();
        let site = opens(&store, &session, WIKI, &at(0)).await;
        for half_hours in 1..48 {
            assert!(is_open(&store, &site, WIKI, &at(1800 * half_hours)).await, "{half_hours}");
        }
        assert!(!is_open(&store, &site, WIKI, &after(Span::hours(24))).await, "and no longer than a day");
    }

    async fn of_one_site_a_session_has_one_token_the_latest(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let first = opens(&store, &session, WIKI, &at(1)).await;
        let shop = opens(&store, &session, SHOP, &at(1)).await;
        let second = opens(&store, &session, WIKI, &at(2)).await;
        assert!(!is_open(&store, &first, WIKI, &at(3)).await);
        assert!(is_open(&store, &second, WIKI, &at(3)).await && is_open(&store, &shop, SHOP, &at(3)).await);
    }

    async fn a_guest_has_the_groups_of_the_account_at_once(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let session = person.signs_in(&store, &at(0)).await;
        let site = opens(&store, &session, WIKI, &at(1)).await;
        let [staff, admins] = ["staff", "admins"].map(|name| Group::parse(name).unwrap());
        let groups = async || store.guest(&site.hash(), WIKI, at(2).now).await.unwrap().unwrap().groups;
        assert_eq!(groups().await, []);
        store.change_groups(person.id, &[staff.clone(), admins.clone()], &[], &at(2)).await.unwrap();
        store.change_groups(person.id, std::slice::from_ref(&staff), &[], &at(2)).await.unwrap();
        assert_eq!(groups().await, [admins.clone(), staff.clone()]);
        store.change_groups(person.id, &[], &[admins], &at(2)).await.unwrap();
        assert_eq!((groups().await, store.groups(person.id).await.unwrap()), (vec![staff.clone()], vec![staff]));
        assert_eq!(house.count("events WHERE kind = 'groups-changed' AND subject = '+staff +admins'"), 1);
    }

    async fn a_code_given_again_is_spent_renews_the_session_and_closes_its_sites(house) {
        let store = house.open();
        let person = Person::new(&store, "zofie").await;
        let app = person.turns_on(&store, &at(0)).await;
        let entered = person.enters_with(&store, &app.code(&at(60)), &at(60)).await.ok().unwrap().session;
        let later = after(Span::minutes(30));
        let session = store.session(&entered.hash(), later.now).await.unwrap().unwrap();
        let site = opens(&store, &session, WIKI, &later).await;
        let give = async |code: &str, token: &Token<countersign::token::Session>| {
            let attempt = person.types(&store, code, &later).await;
            store.give_code_again(&session, "wiki", attempt, &token.hash(), Lane::Everybody, &later).await
        };
        let (no, renewed) = (Token::fresh(&mut chance()), Token::fresh(&mut chance()));
        assert_eq!(refusal(give(&app.wrong(&later), &no).await), Refusal::Wrong(Wrong::Code));
        assert!(is_open(&store, &site, WIKI, &later).await, "a wrong code changes nothing");
        give(&app.code(&later), &renewed).await.unwrap();
        assert!(!is_open(&store, &site, WIKI, &later).await);
        assert!(store.session(&entered.hash(), later.now).await.unwrap().is_none());
        let now = store.session(&renewed.hash(), later.now).await.unwrap().unwrap();
        assert_eq!((now.id, now.factor_at, now.methods), (session.id, Some(later.now), Methods::PasswordAndCode));
        assert_eq!(refusal(give(&app.code(&later), &no).await), Refusal::Wrong(Wrong::SpentCode));
        assert_eq!(house.count("events WHERE kind = 'code-given-again' AND subject = 'wiki'"), 1);
    }
}

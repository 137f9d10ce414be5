//! A program that is its own application: no API key, the same promises.

use countersign::{
    Attempt, Claim, Span,
    application::{Choices, UserId},
    attempt::Wrong,
    name::Name,
    password::Memory,
    recovery::RecoverySet,
};
use countersign_store::{
    Refusal, Store,
    applications::Application,
    devices::Remember,
    kept_answers::Once,
    verifications::{Question, Shown},
};

use crate::app::App;
use crate::house::{START, at, chance};

async fn pottery(store: &Store, choices: &Choices) -> Application {
    let name = Name::parse("Pottery").unwrap();
    store.own_application(&name, choices, START, &mut chance()).await.unwrap()
}

for_every_database! {
    async fn a_program_finds_its_own_application_at_every_start_and_nobody_has_a_key_to_it(house) {
        let choices = Choices::with_issuer("Pottery");
        let first = pottery(&house.open(), &choices).await;
        let fewer_days = Choices { remember: Span::days(7), ..choices };
        let second = pottery(&house.open(), &fewer_days).await;
        assert_eq!(first.id, second.id);
        assert_eq!((second.choices, house.count("applications"), house.count("api_keys")), (fewer_days, 1, 0));
    }

    async fn a_code_spent_in_a_program_is_spent_there_too(house) {
        let store = house.open();
        let shop = pottery(&store, &Choices::with_issuer("Pottery")).await;
        let (store, user) = (store.of(&shop), UserId::parse("42").unwrap());
        assert!(store.account_of_user(shop.id, &user).await.unwrap().is_none());

        let offered = store.start_enrolment(&shop, &user, None, &Once::unkept(), &at(0), &mut chance()).await.unwrap();
        let (account, id) = (offered.account, offered.authenticator);
        let app = App::scans(offered);
        let found = store.enrolment_of_application(account, id, at(0).now).await.unwrap().unwrap();
        let proven = found.prove(&app.code(&at(0)), at(0).now).unwrap();
        let set = RecoverySet::fresh(at(0).now, &mut Memory::default(), &mut chance()).unwrap();
        let (name, once) = (Name::parse("Phone").unwrap(), Once::unkept());
        store.confirm_enrolment(&proven, &name, Some(&set.stored), &once, &at(0), &mut chance()).await.unwrap();

        let on = store.account_of_user(shop.id, &user).await.unwrap().unwrap();
        assert_eq!((on.id, on.two_factor_at), (account, Some(at(0).now)));
        let asks = async |code: String, visit| {
            let to_verify = store.to_verify(&on).await.unwrap();
            let attempt: Attempt<Claim> = to_verify.factors.check(to_verify.factors.read(&code).unwrap(), at(visit).now);
            let lane = store.lane_of(on.id, None, at(visit).now).await.unwrap();
            let question = Question { read: &to_verify, lane, remember: Remember::Yes };
            store.verify(question, attempt, &Once::unkept(), &at(visit), &mut chance()).await
        };
        let spent = Some(Refusal::Wrong(Wrong::SpentCode));
        assert_eq!(asks(app.code(&at(0)), 0).await.err(), spent, "it proved the authenticator");
        let verified = asks(app.code(&at(30)), 30).await.unwrap();
        assert_eq!(asks(app.code(&at(30)), 30).await.err(), spent);

        let (token, _) = verified.device.unwrap();
        let once = Once::unkept();
        let next = store.verify_device(on.id, &token, &once, &at(60), &mut chance()).await.unwrap();
        assert_eq!(next.shown, Shown::TrustedDevice);
        store.turn_off_for(&on, &Once::unkept(), &at(90), &mut chance()).await.unwrap();
        let (token, _) = next.device.unwrap();
        assert!(store.verify_device(on.id, &token, &Once::unkept(), &at(90), &mut chance()).await.is_err());
    }
}

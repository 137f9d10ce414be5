//! An application, and the one of its users who has 2FA on.

use countersign::application::{Choices, UserId};
use countersign::attempt::Wrong;
use countersign::name::Name;
use countersign::password::Memory;
use countersign::recovery::RecoverySet;
use countersign_server::api::caller::KEY_BEGINS;
use countersign_server::app::App;
use countersign_server::clock::ManualClock;
use countersign_store::kept_answers::Once;
use tokio::runtime::Runtime;

use crate::world::visit;

/// Adds it, and returns what it sends as `Authorization`.
pub(crate) fn opens(runtime: &Runtime, app: &App, clock: &ManualClock) -> String {
    let (mut chance, visit, choices) = (app.chance, visit(clock), Choices::with_issuer("Shop"));
    runtime.block_on(async {
        let name = Name::parse("Shop").unwrap();
        let key = app.store.add_application(&name, &choices, visit.now, &mut chance).await.unwrap();
        let shop = app.store.application_named("Shop").await.unwrap().unwrap();
        let (store, user) = (app.store.of(&shop), UserId::parse("jana").unwrap());
        let nothing = |_: Result<&_, Wrong>| Vec::new();
        let once = Once::new(shop.id, None, &nothing);
        let offered = store.start_enrolment(&shop, &user, None, &once, &visit, &mut chance).await.unwrap();
        let code = offered.secret.code(&offered.parameters, offered.parameters.step(visit.now)).to_string();
        let proven = offered.prove(&code, visit.now).unwrap();
        let set = RecoverySet::of(2, visit.now, &mut Memory::default(), &mut chance).unwrap();
        let (phone, nothing) = (Name::parse("Phone").unwrap(), |_: Result<&(), Wrong>| Vec::new());
        let once = Once::new(shop.id, None, &nothing);
        let codes = Some(&set.stored);
        store.confirm_enrolment(&proven, &phone, codes, &once, &visit, &mut chance).await.unwrap();
        format!("Bearer {KEY_BEGINS}{}", key.reveal())
    })
}

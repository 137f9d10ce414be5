//! Somebody's authenticator app: it keeps a secret whatever the store does with its own.

use countersign::{
    AuthenticatorId,
    enrolment::Enrolment,
    totp::{Parameters, SharedSecret},
};
use countersign_store::Visit;

pub(crate) struct App {
    pub(crate) authenticator: AuthenticatorId,
    pub(crate) secret: SharedSecret,
}

impl App {
    /// The app that has scanned this QR code.
    pub(crate) fn scans(enrolment: Enrolment) -> Self {
        Self { authenticator: enrolment.authenticator, secret: enrolment.secret }
    }

    /// The code it shows at the moment of this visit.
    pub(crate) fn code(&self, visit: &Visit) -> String {
        self.steps_away(visit, 0)
    }

    /// The code it shows so many steps later, or earlier.
    pub(crate) fn steps_away(&self, visit: &Visit, steps: i64) -> String {
        let parameters = Parameters::default();
        self.secret.code(&parameters, parameters.step(visit.now).plus(steps)).to_string()
    }

    /// A code that it shows at no moment near this one.
    pub(crate) fn wrong(&self, visit: &Visit) -> String {
        let near: Vec<String> = (-3..=3).map(|steps| self.steps_away(visit, steps)).collect();
        (0..10).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

//! An application that lives in this very process: a program that uses the store as a library. It needs no API key, and
//! no answer of the store can get lost on the way to it.

use countersign::{ApplicationId, Timestamp, application::Choices, name::Name};
use rand_core::CryptoRng;

use crate::applications::{self, Application};
use crate::refusal::Refusal;
use crate::script::Script;
use crate::store::Store;
use crate::value::params;

impl Store {
    /// The application of this name, made where there is none, with these choices from now on. Nobody gets an API key
    /// for it: the program that calls this is the application.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`]; [`Refusal::Gone`]: somebody removed it at the same moment.
    pub async fn own_application(
        &self,
        name: &Name,
        choices: &Choices,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Application, Refusal> {
        let mut values = params![ApplicationId::fresh(now, rng).to_string(), name.as_str()];
        values.extend(applications::columns(choices));
        values.extend(params![now.milliseconds()]);
        self.database.write(Script::new().may(applications::ADD, values)).await?;
        let found = self.application_named(name.as_str()).await?;
        let mut application = found.ok_or(Refusal::Gone(applications::THERE))?;
        if application.choices != *choices {
            self.change_application(application.id, choices).await?;
            application.choices = choices.clone();
        }
        Ok(application)
    }
}

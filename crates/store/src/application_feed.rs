//! The audit feed of an application: what happened to its accounts, in the order of the log.

use countersign::ApplicationId;

use crate::events::{Recorded, recorded};
use crate::read::all;
use crate::script::Read;
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::params;

statements! {
    /// The events of an application's accounts after a position, with the user of each.
    pub(crate) AFTER = "SELECT e.position, e.at, e.kind, e.subject, e.count, e.browser, e.address, e.actor, e.method, \
        e.detail, e.until, a.user_id FROM events e JOIN accounts a ON a.id = e.account_id \
        WHERE a.application_id = $1 AND e.position > $2 ORDER BY e.position LIMIT $3";
}

/// An event of an application's account.
#[derive(Clone, Debug)]
pub struct Fed {
    /// Whose, in the application's own words.
    pub user: String,
    /// What.
    pub event: Recorded,
}

impl Store {
    /// The next `most` events of an application's accounts after the position `after`, the first first.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn feed(
        &self,
        application: ApplicationId,
        after: i64,
        most: u32,
    ) -> Result<Vec<Fed>, Unavailable> {
        let read = Read::new().select(AFTER, params![application.to_string(), after, most]);
        let answers = self.database.read(read).await?;
        let fed = |row| Ok(Fed { event: recorded(row)?, user: row.text(11)?.to_owned() });
        all(&answers, 0).iter().map(fed).collect()
    }
}

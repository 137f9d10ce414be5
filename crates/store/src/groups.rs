//! The groups of accounts: an administrator's to give and to take.

use countersign::{
    AccountId,
    event::{Event, Kind},
    group::Group,
};

use crate::events;
use crate::read::{all, corrupt};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

statements! {
    /// The groups of an account.
    pub(crate) OF_ACCOUNT = "SELECT name FROM account_groups WHERE account_id = $1 ORDER BY name";
    /// Puts an account into a group.
    pub(crate) ADD = "INSERT INTO account_groups (account_id, name) VALUES ($1, $2) \
        ON CONFLICT (account_id, name) DO NOTHING";
    /// Takes it out again.
    pub(crate) REMOVE = "DELETE FROM account_groups WHERE account_id = $1 AND name = $2";
}

impl Store {
    /// The groups of an account, by name.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn groups(&self, account: AccountId) -> Result<Vec<Group>, Unavailable> {
        let read = Read::new().select(OF_ACCOUNT, params![account.to_string()]);
        groups_of(all(&self.database.read(read).await?, 0), 0)
    }

    /// An administrator puts an account into groups and takes it out of others. It holds with the next request to any
    /// site.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn change_groups(
        &self,
        account: AccountId,
        into: &[Group],
        out_of: &[Group],
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let row = |group: &Group| params![account.to_string(), group.as_str()];
        let script = into.iter().fold(Script::new(), |script, group| script.may(ADD, row(group)));
        let script = out_of.iter().fold(script, |script, group| script.may(REMOVE, row(group)));
        let said = into.iter().map(|group| format!("+{group}"));
        let said: Vec<String> = said.chain(out_of.iter().map(|group| format!("-{group}"))).collect();
        let event = Event::about(Kind::GroupsChanged, said.join(" "));
        Ok(self.database.write(script.then(events::append(account, &event, visit))).await.map(drop)?)
    }
}

pub(crate) fn groups_of(rows: &[Row], column: usize) -> Result<Vec<Group>, Unavailable> {
    let group = |name: &str| Group::parse(name).map_err(|_| corrupt("the name of a group"));
    rows.iter()
        .filter_map(|row| row.opt_text(column).map(|name| name.map(group)).transpose())
        .map(|found| found?)
        .collect()
}

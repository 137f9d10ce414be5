//! Where an application takes its users back, and how it looks on our pages.

use countersign::{ApplicationId, return_address::ReturnAddress};

use crate::applications::THERE;
use crate::read::{all, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

statements! {
    /// That the application is there.
    pub(crate) IS_THERE = "SELECT id FROM applications WHERE id = $1";
    /// Its return addresses.
    pub(crate) ADDRESSES = "SELECT address FROM return_addresses WHERE application_id = $1 ORDER BY address";
    /// Forgets them.
    pub(crate) FORGET_ADDRESSES = "DELETE FROM return_addresses WHERE application_id = $1";
    /// Adds one.
    pub(crate) ADD_ADDRESS = "INSERT INTO return_addresses (application_id, address) VALUES ($1, $2) \
        ON CONFLICT (application_id, address) DO NOTHING";
    /// How it looks.
    pub(crate) LOOK = "SELECT colour, logo_name FROM application_looks WHERE application_id = $1";
    /// Gives it a colour, or none.
    pub(crate) COLOUR = "INSERT INTO application_looks (application_id, colour) VALUES ($1, $2) \
        ON CONFLICT (application_id) DO UPDATE SET colour = excluded.colour";
    /// Gives it a logo, or none.
    pub(crate) LOGO = "INSERT INTO application_looks (application_id, logo, logo_name) VALUES ($1, $2, $3) \
        ON CONFLICT (application_id) DO UPDATE SET logo = excluded.logo, logo_name = excluded.logo_name";
    /// The logo of this name.
    pub(crate) NAMED = "SELECT logo FROM application_looks WHERE logo_name = $1 LIMIT 1";
}

/// How an application looks on our pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Its colour, as six hexadecimal digits.
    pub colour: Option<String>,
    /// What its logo is called.
    pub logo: Option<String>,
}

/// A change of how it looks. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The addresses it has from then on.
    pub return_addresses: Option<Vec<ReturnAddress>>,
    /// Another colour, or none.
    pub colour: Option<Option<String>>,
    /// Another logo with its name, or none.
    pub logo: Option<Option<(String, Vec<u8>)>>,
}

impl Store {
    /// Where an application takes its users back, and how it looks.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn look(&self, application: ApplicationId) -> Result<(Vec<String>, Look), Unavailable> {
        let whose = || params![application.to_string()];
        let read = Read::new().select(ADDRESSES, whose()).select(LOOK, whose());
        let answers = self.database.read(read).await?;
        let addresses = all(&answers, 0).iter().map(|row| row.text(0).map(str::to_owned));
        let look = one(&answers, 1).map(|row| look_of(row, 0)).transpose()?.unwrap_or_default();
        Ok((addresses.collect::<Result<_, _>>()?, look))
    }

    /// Changes that. It holds for the next request; whoever is on the way back to an address that is none any more does
    /// not get there.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the application was removed.
    pub async fn change_look(&self, application: ApplicationId, change: &Change) -> Result<(), Refusal> {
        let whose = application.to_string();
        let mut script = Script::new().must_find(THERE, IS_THERE, params![whose.as_str()]);
        if let Some(addresses) = &change.return_addresses {
            script = script.may(FORGET_ADDRESSES, params![whose.as_str()]);
            for address in addresses {
                script = script.may(ADD_ADDRESS, params![whose.as_str(), address.as_str()]);
            }
        }
        if let Some(colour) = &change.colour {
            script = script.may(COLOUR, params![whose.as_str(), colour.clone()]);
        }
        if let Some(logo) = &change.logo {
            let (name, bytes) = logo.clone().unzip();
            script = script.may(LOGO, params![whose.as_str(), bytes, name]);
        }
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// The logo of this name, if an application has it now.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn logo(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let answers = self.database.read(Read::new().select(NAMED, params![name])).await?;
        one(&answers, 0).map(|row| row.blob(0).map(<[u8]>::to_vec)).transpose()
    }
}

/// A look in two columns from `first` on.
pub(crate) fn look_of(row: &Row, first: usize) -> Result<Look, Unavailable> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    Ok(Look { colour: text(first)?, logo: text(first.saturating_add(1))? })
}

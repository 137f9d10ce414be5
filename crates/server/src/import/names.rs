//! Other names for people: a table of two columns, what the export calls somebody and what they are called here.

use std::collections::HashMap;

use super::{NotRead, Source, table};

/// What people of the export are called here.
#[derive(Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Reads a table with the columns `there` and `here`.
    ///
    /// # Errors
    /// [`NotRead`]: another form, or a name that is there twice.
    pub fn read(source: &Source) -> Result<Self, NotRead> {
        let mut names = HashMap::new();
        for row in table::read(source)? {
            let wrong = |what: &'static str| NotRead { place: row.place.clone(), what: what.into() };
            let (Some(there), Some(here)) = (row.owned("there"), row.owned("here")) else {
                return Err(wrong("each line has the two columns `there` and `here`"));
            };
            if names.insert(there, here).is_some() {
                return Err(wrong("the name in the column `there` has a line already"));
            }
        }
        Ok(Self(names))
    }

    /// What somebody is called here, by any of the names they have there.
    pub(crate) fn here<'a>(&'a self, mut there: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        there.find_map(|name| self.0.get(name)).map(String::as_str)
    }
}

//! A table within a list of the file: read key by key, with the line of each in every complaint.

use super::{
    Origin, Wrong, file,
    literal::{Entry, Literal, quoted},
    reader::Reader,
    setting::{Accepts, Key},
};

/// What a table says. A key is read once; what nobody reads is not known.
pub(super) struct Table<'a> {
    /// Where it begins.
    pub(super) origin: Origin,
    name: &'static str,
    entries: &'a [Entry],
    reader: &'a mut Reader,
}

impl<'a> Table<'a> {
    /// Begins to read a table that has these keys; `name` is how complaints call it.
    pub(super) fn begin(
        reader: &'a mut Reader,
        literal: &'a Literal,
        name: &'static str,
        keys: &[&Key],
    ) -> Option<Self> {
        let Literal::Table(origin, entries) = literal else { return None };
        let table = Self { origin: origin.clone(), name, entries, reader };
        for entry in entries.iter().filter(|entry| keys.iter().all(|key| key.name != entry.key)) {
            let known = keys.iter().map(|key| key.name.to_owned());
            let advice = match file::nearest(&entry.key, known.clone()) {
                Some(near) => format!("Did you mean {near}?"),
                None => format!("It has {}", known.collect::<Vec<_>>().join(", ")),
            };
            let wrong = Wrong::new(format!("{} is not a key of it", quoted(&entry.key)), advice);
            table.reader.refuse_at(entry.origin.clone(), name, wrong);
        }
        Some(table)
    }

    /// Whether a key is said at all, and where.
    pub(super) fn says(&self, key: &Key) -> Option<&'a Origin> {
        self.entries.iter().find(|entry| entry.key == key.name).map(|entry| &entry.origin)
    }

    /// A text; `Some(None)` where it is not said.
    pub(super) fn text<T>(
        &mut self,
        key: &Key,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        self.read(key, |literal, accepts| parse(literal.text(accepts)?))
    }

    /// A list of texts; `Some(None)` where it is not said.
    pub(super) fn list<T>(
        &mut self,
        key: &Key,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Option<Vec<T>>> {
        self.read(key, |literal, accepts| match literal.list(accepts)? {
            empty if empty.is_empty() => {
                Err(Wrong::new("the list is empty", "Leave the key out, or name somebody"))
            }
            texts => texts.into_iter().map(parse).collect(),
        })
    }

    /// Tables below this one; none where the key is not said.
    pub(super) fn tables(&mut self, key: &Key) -> Option<Vec<Literal>> {
        self.read(key, Literal::tables).map(Option::unwrap_or_default)
    }

    /// Refuses what a key says, or that it says nothing.
    pub(super) fn refuse(&mut self, key: &Key, wrong: Wrong) {
        let origin = self.says(key).unwrap_or(&self.origin).clone();
        self.reader.refuse_at(origin, &format!("{}.{}", self.name, key.name), wrong);
    }

    /// Whoever reads the tables below.
    pub(super) fn reader(&mut self) -> &mut Reader {
        self.reader
    }

    fn read<T>(
        &mut self,
        key: &Key,
        judge: impl FnOnce(&Literal, &Accepts) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        let Some(entry) = self.entries.iter().find(|entry| entry.key == key.name) else { return Some(None) };
        match judge(&entry.value, &key.accepts) {
            Ok(value) => Some(Some(value)),
            Err(wrong) => {
                self.refuse(key, wrong);
                None
            }
        }
    }
}

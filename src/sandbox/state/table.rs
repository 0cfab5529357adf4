//! Objects of one kind, in the order of their ids, each position reached at once.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;

use super::fields::Record;
use super::id::{Id, Kind};

/// One object.
#[derive(Debug)]
pub(in crate::sandbox) struct Row {
    pub(in crate::sandbox) kind: Kind,
    pub(in crate::sandbox) id: Id,
    pub(in crate::sandbox) record: Record,
    /// The JSON text of its answer, made when it is first asked for: lists send the same texts again and again.
    pub(in crate::sandbox) answer: OnceLock<Bytes>,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.record == other.record
    }
}

impl Eq for Row {}

/// Objects by id. Cloning shares them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Table {
    /// Sorted by id. New ids are the highest, so a new row is nearly always put at the end.
    rows: Vec<Arc<Row>>,
}

impl Table {
    /// Nothing.
    pub(super) const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    pub(in crate::sandbox) fn rows(&self) -> &[Arc<Row>] {
        &self.rows
    }

    pub(in crate::sandbox) fn row(&self, id: Id) -> Option<&Arc<Row>> {
        self.find(id).ok().and_then(|place| self.rows.get(place))
    }

    pub(in crate::sandbox) fn get(&self, id: Id) -> Option<&Record> {
        self.row(id).map(|row| &row.record)
    }

    pub(in crate::sandbox) fn iter(&self) -> impl ExactSizeIterator<Item = (Id, &Record)> {
        self.rows.iter().map(|row| (row.id, &row.record))
    }

    /// Puts an object in the place of the one of that id, if there is one.
    pub(super) fn put(&mut self, kind: Kind, id: Id, record: Record) {
        let row = Arc::new(Row { kind, id, record, answer: OnceLock::new() });
        match self.find(id) {
            Ok(place) => {
                if let Some(old) = self.rows.get_mut(place) {
                    *old = row;
                }
            }
            Err(place) => self.rows.insert(place, row),
        }
    }

    pub(super) fn take(&mut self, id: Id) -> Option<Arc<Row>> {
        self.find(id).ok().map(|place| self.rows.remove(place))
    }

    fn find(&self, id: Id) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&id, |row| row.id)
    }
}

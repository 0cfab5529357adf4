//! What a request changes, as data: it is written to the log, and then carried out.

use serde::{Deserialize, Serialize};

use super::State;
use super::fields::Record;
use super::id::{Id, Kind, Node};

/// One thing that changes. It holds whole values, so that whoever carries it out has nothing to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::sandbox) enum Change {
    /// An object comes to be, or is another than it was.
    Put { kind: Kind, id: Id, record: Record },
    /// An object goes, and its connections with it.
    Remove { kind: Kind, id: Id },
    /// Two objects are connected, with these attributes from now on.
    Link {
        one: Node,
        other: Node,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attributes: Option<Record>,
    },
    /// Two objects are connected no more.
    Unlink { one: Node, other: Node },
}

/// A change in the making: the state as it is, and what is to become of it. Whoever refuses on the way leaves no trace.
#[derive(Debug)]
pub(in crate::sandbox) struct Draft<'s> {
    pub(in crate::sandbox) state: &'s State,
    pub(in crate::sandbox) changes: Vec<Change>,
    /// What the next id is made of, afterwards.
    pub(in crate::sandbox) next_id: u64,
    /// The time now, where there is a clock.
    pub(in crate::sandbox) now: Option<jiff::Timestamp>,
}

impl<'s> Draft<'s> {
    pub(in crate::sandbox) fn new(state: &'s State, now: Option<jiff::Timestamp>) -> Self {
        Self { state, changes: Vec::new(), next_id: state.next_id, now }
    }

    /// An id that nothing has yet: the latest is the highest.
    pub(super) fn new_id(&mut self) -> Id {
        loop {
            let id = Id::numbered(self.next_id);
            self.next_id += 1;
            if !self.state.is_taken(id) {
                return id;
            }
        }
    }

    pub(super) fn put(&mut self, kind: Kind, id: Id, record: Record) {
        self.changes.push(Change::Put { kind, id, record });
    }
}

//! A state as it will be after a write, without carrying the write out.

use std::collections::BTreeMap;

use super::State;
use super::change::Change;
use super::fields::Record;
use super::id::{Id, Kind, Node};

/// A state with changes laid over it.
#[derive(Debug)]
pub(in crate::sandbox) struct View<'s> {
    state: &'s State,
    /// Objects that are another one, or gone.
    records: BTreeMap<Node, Option<&'s Record>>,
    /// Connections that come or go, by both of their ends.
    edges: BTreeMap<Node, BTreeMap<Node, bool>>,
}

impl<'s> View<'s> {
    pub(in crate::sandbox) fn new(state: &'s State, changes: &'s [Change]) -> Self {
        let mut view = Self { state, records: BTreeMap::new(), edges: BTreeMap::new() };
        for change in changes {
            match change {
                Change::Put { kind, id, record } => {
                    view.records.insert(Node::new(*kind, *id), Some(record));
                }
                Change::Remove { kind, id } => {
                    view.records.insert(Node::new(*kind, *id), None);
                }
                Change::Link { one, other, .. } => view.connect(*one, *other, true),
                Change::Unlink { one, other } => view.connect(*one, *other, false),
            }
        }
        view
    }

    fn connect(&mut self, one: Node, other: Node, is_there: bool) {
        for (from, to) in [(one, other), (other, one)] {
            self.edges.entry(from).or_default().insert(to, is_there);
        }
    }

    pub(in crate::sandbox) fn record(&self, node: Node) -> Option<&'s Record> {
        self.records.get(&node).copied().unwrap_or_else(|| self.state.table(node.kind).get(node.id))
    }

    /// Whether two objects are connected.
    pub(in crate::sandbox) fn edge(&self, one: Node, other: Node) -> bool {
        let is_there = || self.state.graph.edge(one, other).is_some();
        let changed = self.edges.get(&one).and_then(|edges| edges.get(&other)).copied();
        changed.unwrap_or_else(is_there) && !self.is_gone(one) && !self.is_gone(other)
    }

    /// What of a kind an object is connected with.
    pub(in crate::sandbox) fn neighbours(&self, node: Node, kind: Kind) -> impl Iterator<Item = Id> {
        let before = self.state.graph.neighbours(node, kind).map(|(id, _)| id);
        let new = self.edges.get(&node).into_iter().flatten().map(|(other, _)| *other);
        let new = new.filter(move |other| other.kind == kind).map(|other| other.id);
        let new = new.filter(move |id| self.state.graph.edge(node, Node::new(kind, *id)).is_none());
        before.chain(new).filter(move |id| self.edge(node, Node::new(kind, *id)))
    }

    fn is_gone(&self, node: Node) -> bool {
        matches!(self.records.get(&node), Some(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_shows_what_carrying_the_changes_out_comes_to() {
        let text = r#"{
            "users": [{ "username": "ada", "email": "a@x.org" }, { "username": "bob", "email": "b@x.org" }],
            "groups": [{ "name": "g", "members": ["ada", "bob"] }, { "name": "h", "members": ["ada"] }]
        }"#;
        let state = State::parse("state.json", text).unwrap();
        let nodes = [Node::user(Id::numbered(1)), Node::user(Id::numbered(2)), Node::group(Id::numbered(3))];
        let [ada, bob, g] = nodes;
        let h = Node::group(Id::numbered(4));
        let new = Node::user(Id::numbered(9));
        let record = Record::from_iter([("username".to_owned(), serde_json::json!("eve"))]);
        let link = |one, other| Change::Link { one, other, attributes: None };
        let changes = vec![
            Change::Put { kind: Kind::User, id: new.id, record: record.clone() },
            link(g, new),
            Change::Unlink { one: ada, other: h },
            link(h, bob),
            Change::Remove { kind: Kind::User, id: bob.id },
        ];
        let view = View::new(&state, &changes);
        let mut after = state.clone();
        after.apply(changes.clone(), 10);
        for node in [ada, bob, g, h, new] {
            assert_eq!(view.record(node), after.table(node.kind).get(node.id), "{node:?}");
            for kind in [Kind::User, Kind::UserGroup] {
                let shown: Vec<Id> = view.neighbours(node, kind).collect();
                let carried_out: Vec<Id> = after.graph.neighbours(node, kind).map(|(id, _)| id).collect();
                assert_eq!(shown, carried_out, "{node:?}");
            }
            for other in [ada, bob, g, h, new] {
                assert_eq!(view.edge(node, other), after.graph.edge(node, other).is_some());
            }
        }
        assert_eq!(View::new(&state, &[]).record(bob), state.table(Kind::User).get(bob.id));
    }
}

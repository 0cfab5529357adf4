//! What is connected with what: memberships, and the bindings of users and groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::Record;
use super::id::{Id, Kind, Node};

/// What a connection carries beside its ends (`GraphAttributes`); most carry nothing.
pub(in crate::sandbox) type Attributes = Option<Arc<Record>>;

/// Connections, each found from both of its ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Graph {
    edges: BTreeMap<Node, BTreeMap<Node, Attributes>>,
}

impl Graph {
    /// What of a kind a node is connected with directly, in the order of ids.
    pub(in crate::sandbox) fn neighbours(
        &self,
        node: Node,
        kind: Kind,
    ) -> impl DoubleEndedIterator<Item = (Id, &Attributes)> {
        let edges = self.edges.get(&node).into_iter();
        edges.flat_map(move |edges| {
            edges.range(Node::all(kind)).map(|(node, attributes)| (node.id, attributes))
        })
    }

    /// The attributes of a connection; none when there is no connection.
    pub(in crate::sandbox) fn edge(&self, one: Node, other: Node) -> Option<&Attributes> {
        self.edges.get(&one)?.get(&other)
    }

    /// The connections that carry attributes, each once.
    pub(super) fn with_attributes(&self) -> impl Iterator<Item = (Node, Node, &Record)> {
        self.edges.iter().flat_map(|(one, edges)| {
            let edges = edges.range(one..);
            edges.filter_map(|(other, attributes)| Some((*one, *other, attributes.as_deref()?)))
        })
    }

    pub(super) fn link(&mut self, one: Node, other: Node, attributes: &Attributes) {
        self.edges.entry(one).or_default().insert(other, attributes.clone());
        self.edges.entry(other).or_default().insert(one, attributes.clone());
    }

    pub(super) fn unlink(&mut self, one: Node, other: Node) {
        for (from, to) in [(one, other), (other, one)] {
            if let Some(edges) = self.edges.get_mut(&from) {
                edges.remove(&to);
                if edges.is_empty() {
                    self.edges.remove(&from);
                }
            }
        }
    }

    /// Takes a node out, with all of its connections.
    pub(super) fn forget(&mut self, node: Node) {
        let others: Vec<Node> = self.edges.get(&node).into_iter().flat_map(BTreeMap::keys).copied().collect();
        for other in others {
            self.unlink(node, other);
        }
    }
}

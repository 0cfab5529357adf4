//! The rules for what users and groups are bound to, and what they reach.

use std::collections::BTreeMap;

use super::State;
use super::change::{Change, Draft};
use super::fields::Record;
use super::id::{Id, Kind, Node};
use crate::sandbox::refusal::Refusal;

/// `op` of a request about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Op {
    Add,
    Remove,
    Update,
}

impl Op {
    pub(in crate::sandbox) fn parse(op: Option<&str>) -> Result<Self, Refusal> {
        match op {
            Some("add") => Ok(Self::Add),
            Some("remove") => Ok(Self::Remove),
            Some("update") => Ok(Self::Update),
            _ => Err(Refusal::invalid("op must be add, remove or update")),
        }
    }
}

/// Ways from one object to another: the groups on each, none on the direct one.
pub(in crate::sandbox) type Paths = Vec<Vec<Id>>;

impl State {
    /// Whether a user or a group can be bound to an object of this kind.
    pub(in crate::sandbox) fn is_target(kind: Kind) -> bool {
        kind == Kind::ActiveDirectory || Kind::TARGETS.contains(&kind)
    }

    /// What of a kind a node reaches, directly or through user groups that are between the two.
    pub(in crate::sandbox) fn reached(&self, node: Node, kind: Kind) -> BTreeMap<Id, Paths> {
        let mut reached: BTreeMap<Id, Paths> = BTreeMap::new();
        for (id, _) in self.graph.neighbours(node, kind) {
            reached.entry(id).or_default().push(Vec::new());
        }
        // A membership is one step, so groups reach nothing through other groups.
        if node.kind != Kind::UserGroup && kind != Kind::UserGroup {
            for (group, _) in self.graph.neighbours(node, Kind::UserGroup) {
                for (id, _) in self.graph.neighbours(Node::group(group), kind) {
                    reached.entry(id).or_default().push(vec![group]);
                }
            }
        }
        reached
    }
}

impl Draft<'_> {
    /// Binds a user or a group to a target, or takes the binding off.
    pub(in crate::sandbox) fn change_binding(
        &mut self,
        bound: Node,
        target: Node,
        op: Op,
        attributes: Option<Record>,
    ) -> Result<(), Refusal> {
        if !self.state.has(bound) || !self.state.has(target) {
            return Err(Refusal::missing());
        }
        self.connect(bound, target, op, attributes)
    }

    pub(super) fn connect(
        &mut self,
        one: Node,
        other: Node,
        op: Op,
        attributes: Option<Record>,
    ) -> Result<(), Refusal> {
        let edge = self.state.graph.edge(one, other);
        let is_there = edge.is_some();
        let attributes = match (attributes, edge) {
            // An update that says nothing of them leaves them.
            (None, Some(Some(kept))) if op == Op::Update => Some(Record::clone(kept)),
            (attributes, _) => attributes.filter(|attributes| !attributes.is_empty()),
        };
        match op {
            Op::Add if is_there => return Err(Refusal::conflict("Already Exists")),
            Op::Remove | Op::Update if !is_there => return Err(Refusal::missing()),
            Op::Add | Op::Update => self.changes.push(Change::Link { one, other, attributes }),
            Op::Remove => self.changes.push(Change::Unlink { one, other }),
        }
        Ok(())
    }
}

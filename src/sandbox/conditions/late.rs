//! The graph as lists show it while what was written is still on its way.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::sandbox::state::State;
use crate::sandbox::state::change::Change;
use crate::sandbox::state::id::Kind;

/// What lists of the graph show in the place of the state: everything but the latest changes of connections.
#[derive(Debug)]
pub(in crate::sandbox) struct Late {
    shown: State,
    /// What is not shown yet, and when it will be; in that order.
    waiting: VecDeque<(Instant, Change)>,
}

impl Late {
    /// Begins with what is shown before a write.
    pub(in crate::sandbox) fn new(shown: State) -> Self {
        Self { shown, waiting: VecDeque::new() }
    }

    /// Whether a write has anything that can show late.
    pub(in crate::sandbox) fn concerns(changes: &[Change]) -> bool {
        changes.iter().any(is_of_the_graph)
    }

    /// Takes in a write: objects at once, connections at `due`.
    pub(in crate::sandbox) fn note(&mut self, changes: Vec<Change>, due: Instant) {
        let (connections, objects): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_of_the_graph);
        let next_id = self.shown.next_id;
        self.shown.apply(objects, next_id);
        self.waiting.extend(connections.into_iter().map(|change| (due, change)));
    }

    /// Lets nothing wait longer than this from now on.
    pub(in crate::sandbox) fn hurry(&mut self, lag: Duration, now: Instant) {
        for (due, _) in &mut self.waiting {
            *due = (*due).min(now + lag);
        }
    }

    /// Shows what is due, and then the rest; none when everything is shown.
    pub(in crate::sandbox) fn shown(&mut self, now: Instant) -> Option<&State> {
        while let Some((_, change)) = self.waiting.pop_front_if(|(due, _)| *due <= now) {
            // An object may be gone by now, and its connections with it.
            let is_whole = match &change {
                Change::Link { one, other, .. } => self.shown.has(*one) && self.shown.has(*other),
                Change::Unlink { .. } | Change::Put { .. } | Change::Remove { .. } => true,
            };
            if is_whole {
                let next_id = self.shown.next_id;
                self.shown.apply(vec![change], next_id);
            }
        }
        (!self.waiting.is_empty()).then_some(&self.shown)
    }
}

/// Whether a change is of a membership or a binding. What is planned for a user is connected with the user, but no part of
/// the graph that the API shows.
fn is_of_the_graph(change: &Change) -> bool {
    match change {
        Change::Link { one, other, .. } | Change::Unlink { one, other } => {
            one.kind != Kind::UserState && other.kind != Kind::UserState
        }
        Change::Put { .. } | Change::Remove { .. } => false,
    }
}

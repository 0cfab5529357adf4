//! Several plans of one run, in a line.

use super::style::{plural, strong};
use crate::plan::Plan;

/// The sum below the plans of a run over `given` policies, ending in a line feed. Changes are those that an apply would
/// make.
///
/// `Policies: 2 of 3 planned, 1 stopped by a guard, 28 changes`
pub fn render_sum(given: usize, plans: &[&Plan]) -> String {
    let mut parts = vec![format!("{} of {given} planned", plans.len())];
    let stopped = plans.iter().filter(|plan| !plan.guards.is_empty()).count();
    if stopped > 0 {
        parts.push(format!("{stopped} stopped by a guard"));
    }
    parts.push(plural(changes(plans), "change", "changes"));
    format!("{}\n", strong(&format!("Policies: {}", parts.join(", "))))
}

/// What an apply of several policies does: `28 changes of 2 policies`
pub fn render_work(plans: &[&Plan]) -> String {
    let changes = plural(changes(plans), "change", "changes");
    format!("{changes} of {}", plural(plans.len(), "policy", "policies"))
}

fn changes(plans: &[&Plan]) -> usize {
    plans.iter().filter(|plan| plan.guards.is_empty()).map(|plan| plan.changes.len()).sum()
}

//! An apply for people: a line for each thing that is not done, and the sum.

use std::fmt::Write as _;

use super::safe::safe;
use super::style::{removed, strong, symbol, warning};
use crate::event::{Event, Outcome, Report};
use crate::plan::{Action, Change, Deed, Kind, Plan};

/// What is being done, on one line, for a progress display.
pub fn render_event(plan: &Plan, event: &Event) -> Option<String> {
    let (Event::Began { change, deed } | Event::Ended { change, deed, .. }) = event;
    let change = plan.changes.get(*change)?;
    let doing = match (deed, change.action) {
        (Deed::Park, _) => "parking",
        (Deed::Write, Action::Create) => "creating",
        (Deed::Write, Action::Update) => "updating",
        (Deed::Write, Action::Add) => "adding",
        (Deed::Write, Action::Remove | Action::Drop) => "removing",
    };
    Some(format!("{doing} {}", subject(change)))
}

/// What became of a plan, with colours, ending in a line feed.
pub fn render_report(plan: &Plan, report: &Report) -> String {
    let mut out = String::new();
    for (change, outcome) in plan.changes.iter().zip(&report.outcomes) {
        let (verdict, why) = match outcome {
            Outcome::Done => continue,
            Outcome::Failed(why) => (removed("failed"), why),
            Outcome::Unknown(why) => (removed("unknown"), why),
            Outcome::Skipped(why) => (warning("skipped"), why),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {} {}  {verdict}: {}", symbol(change.action), subject(change), safe(why));
    }
    let left = report.outcomes.len().saturating_sub(report.done());
    let sum = if report.is_whole() {
        format!("Applied: {} of {} changes.", report.done(), report.outcomes.len())
    } else if report.was_interrupted {
        format!(
            "Interrupted: {} of {} changes are applied, {left} are left. Apply again to finish.",
            report.done(),
            report.outcomes.len()
        )
    } else {
        format!(
            "Applied in part: {} of {} changes; {left} are left. Plan again to see what remains.",
            report.done(),
            report.outcomes.len()
        )
    };
    out.push_str(&strong(&sum));
    out.push('\n');
    out
}

fn subject(change: &Change) -> String {
    let kind = match change.kind {
        Kind::User => "user",
        Kind::Group => "group",
        Kind::Membership => "member",
    };
    match &change.group {
        Some(group) => format!("{kind} {} of {}", safe(&change.name), safe(&group.name)),
        None => format!("{kind} {}", safe(&change.name)),
    }
}

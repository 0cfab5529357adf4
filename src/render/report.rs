//! An apply for people: a line for each thing that is not done, and the sum.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::safe::safe;
use super::style::{faint, plural, removed, strong, symbol, warning};
use crate::event::{CanaryReport, Event, Outcome, Report};
use crate::plan::{Action, Change, Deed, Kind, Plan};

/// Most changes that are listed as skipped for one reason before the rest is counted.
const SKIPPED_LISTED: usize = 10;

/// What is being done, on one line, for a progress display.
pub fn render_event(plan: &Plan, event: &Event) -> Option<String> {
    let (change, deed) = match event {
        Event::Began { change, deed } | Event::Ended { change, deed, .. } => {
            (plan.changes.get(*change)?, deed)
        }
        Event::Looked(canary) => return Some(render_canary(*canary)),
    };
    let doing = match (deed, change.action) {
        (Deed::Park, _) => "parking",
        (Deed::Manage, _) => "naming the manager of",
        (Deed::Write, Action::Create) => "creating",
        (Deed::Write, Action::Adopt) => "adopting",
        (Deed::Write, Action::Suspend) => "suspending",
        (Deed::Write, Action::Activate) => "activating",
        (Deed::Write, Action::Unbind) => "unbinding",
        (Deed::Write, Action::Update) => "updating",
        (Deed::Write, Action::Add) => "adding",
        (Deed::Write, Action::Remove | Action::Drop) => "removing",
    };
    Some(format!("{doing} {}", subject(change)))
}

/// What was found when the canary was looked at.
fn render_canary(canary: CanaryReport) -> String {
    let objects = plural(canary.objects, "object", "objects");
    if canary.is_held {
        format!("The canary held: {objects} read again, all as planned.")
    } else {
        format!("The canary did not hold ({objects}): nothing else is begun.")
    }
}

/// What is not done, in a line each, with colours: what failed and what was skipped.
pub fn render_left(plan: &Plan, report: &Report) -> Vec<String> {
    let mut left = Vec::new();
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    for (change, outcome) in plan.changes.iter().zip(&report.outcomes) {
        let (verdict, why) = match outcome {
            Outcome::Done => continue,
            Outcome::Failed(why) => (removed("failed"), why),
            Outcome::Unknown(why) => (removed("unknown"), why),
            Outcome::Skipped(why) => {
                let count = skipped.entry(why).or_default();
                *count += 1;
                if *count > SKIPPED_LISTED {
                    continue;
                }
                (warning("skipped"), why)
            }
        };
        left.push(format!("{} {}  {verdict}: {}", symbol(change.action), subject(change), safe(why)));
    }
    for (why, count) in skipped {
        if let Some(more) = count.checked_sub(SKIPPED_LISTED).filter(|more| *more > 0) {
            left.push(format!("and {more} more {}: {}", warning("skipped"), safe(why)));
        }
    }
    left
}

/// Where the journal is, with colours; or that it could not be written, and where.
pub fn render_journal(journal: Option<&str>, failed: Option<&str>) -> Option<String> {
    let path = journal.map(safe).unwrap_or_default();
    match failed {
        Some(why) => Some(format!(
            "{}: {}. It does not tell the end of this run; make room on its disk.",
            removed(&format!("The journal {path} could not be written")),
            safe(why)
        )),
        None => journal.map(|_| faint(&format!("Journal: {path}"))),
    }
}

/// What became of a plan, with colours, ending in a line feed.
pub fn render_report(plan: &Plan, report: &Report) -> String {
    let mut out = String::new();
    for line in render_left(plan, report) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {line}");
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
    } else if report.canary.is_some_and(|canary| !canary.is_held) {
        format!(
            "The canary did not hold: {} of {} changes are applied, {left} are left. Plan again to see what remains.",
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
    if let Some(journal) = render_journal(report.journal.as_deref(), report.failed_journal.as_deref()) {
        out.push_str(&journal);
        out.push('\n');
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_skipped_for_one_reason_is_counted_and_what_failed_is_listed() {
        let change = |number: usize| Change {
            kind: Kind::User,
            action: Action::Create,
            name: format!("u{number}"),
            guid: "0000000a-0000-4000-8000-000000000000".parse().unwrap(),
            group: None,
            jumpcloud_id: None,
            cause: None,
            because: String::new(),
            fields: Vec::new(),
            parked: BTreeMap::new(),
            coming_manager: None,
            managers: BTreeMap::new(),
            is_silent: false,
        };
        let plan = Plan { changes: (0..45).map(change).collect(), ..Plan::default() };
        let outcome = |number: usize| match number {
            0..15 => Outcome::Failed("refused".to_owned()),
            15..25 => Outcome::Skipped("needs another".to_owned()),
            _ => Outcome::Skipped("interrupted".to_owned()),
        };
        let report =
            Report { outcomes: (0..45).map(outcome).collect(), was_interrupted: true, ..Report::default() };
        let text = anstream::adapter::strip_str(&render_report(&plan, &report)).to_string();
        assert_eq!(text.matches("failed: refused").count(), 15);
        assert_eq!(text.matches("user u2").count(), 6 + 5, "u2, u20 to u24, and five of the interrupted");
        assert!(text.contains("\n  and 10 more skipped: interrupted\nInterrupted: 0 of 45"), "{text}");
        assert!(!text.contains("more skipped: needs"), "{text}");
    }
}

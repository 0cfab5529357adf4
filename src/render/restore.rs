//! A restore for people: what comes back, what does not, and what became of it.

use std::fmt::Write as _;

use serde_json::Value;

use super::report::render_journal;
use super::safe::safe;
use super::style::{added, faint, removed, strong, warning};
use crate::event::{Outcome, PartOutcome, RestoreReport};
use crate::model::{Binding, JumpCloudGroupId, Record, RemovedGroup, ScheduledState};
use crate::plan::{Kind, Other, Part, Place, Restoration, RestorePlan};

/// The whole plan, with colours, ending in a line feed.
pub fn render_restore_plan(plan: &RestorePlan, policy: &str, target: &str) -> String {
    let mut out = format!("{}  {} {}\n", strong(&safe(policy)), faint("removed objects →"), safe(target));
    for (kind, title) in [(Kind::Group, "Groups"), (Kind::User, "Users")] {
        let restorations = plan.restorations.iter().filter(|restoration| restoration.kind == kind);
        for (position, restoration) in restorations.enumerate() {
            if position == 0 {
                line(&mut out, &format!("\n{}", strong(title)));
            }
            self::restoration(&mut out, restoration);
        }
    }
    if !plan.held_back.is_empty() {
        line(&mut out, &format!("\n{}", strong("Held back (nothing that exists is overwritten)")));
        for held in &plan.held_back {
            let subject = format!("{} {}", word(held.kind), safe(&held.name));
            line(&mut out, &format!("  {subject}  {}", faint(&safe(&held.because))));
        }
    }
    line(&mut out, "");
    line(&mut out, &strong(&summary(plan)));
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// `Restore: 2 users and 1 group, 1 held back`
fn summary(plan: &RestorePlan) -> String {
    let held = match plan.held_back.len() {
        0 => String::new(),
        count => format!(", {count} held back"),
    };
    if plan.is_empty() {
        return format!("Nothing to restore{held}");
    }
    format!("Restore: {}{held}", render_restore_work(plan))
}

/// What a restore does: `2 users and 1 group`
pub fn render_restore_work(plan: &RestorePlan) -> String {
    let count = |kind| plan.restorations.iter().filter(|restoration| restoration.kind == kind).count();
    let counted = |kind, word: &str| match count(kind) {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let parts = [counted(Kind::User, "user"), counted(Kind::Group, "group")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn restoration(out: &mut String, restoration: &Restoration) {
    let Restoration { name, old_id, half_made, parts, lost, .. } = restoration;
    let state = match half_made {
        None => format!("was {}", safe(old_id)),
        Some(id) => format!("was {}, half restored as {}", safe(old_id), safe(id)),
    };
    line(out, &format!("  {} {}  {}", added("+"), safe(name), faint(&state)));
    for part in parts.iter().filter(|part| **part != Part::Finish) {
        line(out, &format!("      {} {}", added("+"), part_words(restoration, part)));
    }
    for lost in lost {
        line(out, &format!("      {} {}: {}", removed("-"), safe(&lost.what), faint(&safe(&lost.because))));
    }
}

/// A part, in words that a terminal only shows.
fn part_words(restoration: &Restoration, part: &Part) -> String {
    let other = |other: &Other| {
        let renewed = if matches!(other.place, Place::Renewed(_)) {
            " (by its name: it has another id now)"
        } else {
            ""
        };
        format!("{}{}", safe(&other.name), faint(renewed))
    };
    let is_itself = |one: &Other| one.name == restoration.name;
    match part {
        Part::Create(fields) => values(&without_note(fields, restoration), &restoration.name),
        Part::Fields(fields) => format!("{} as they were", safe(&names(fields))),
        Part::SshKey(key) => format!("SSH key {}", safe(&key.name)),
        Part::Membership { user, group, attributes } if restoration.kind == Kind::User && is_itself(user) => {
            format!("group {}{}", other(group), with(attributes))
        }
        Part::Membership { user, attributes, .. } => format!("member {}{}", other(user), with(attributes)),
        Part::Binding(Binding { kind, id, attributes }) => {
            format!("binding {} {}{}", safe(kind), safe(id), with(attributes))
        }
        Part::Manager { user, manager } if is_itself(user) => format!("manager {}", other(manager)),
        Part::Manager { user, .. } => format!("report {}", other(user)),
        Part::Schedule(ScheduledState { state, date }) => format!("{} on {date}", safe(state)),
        Part::Finish => "no longer marked as half restored".to_owned(),
    }
}

/// The fields as they will be in the end: the note that the object is being restored goes with the last request.
fn without_note(fields: &Record, restoration: &Restoration) -> Record {
    let note = RemovedGroup::restoring(&JumpCloudGroupId::new(restoration.old_id.as_str()));
    let mut fields = fields.clone();
    if let Some(text) = fields.get("description").and_then(Value::as_str)
        && let Some(own) = text.strip_suffix(&note).map(|own| own.trim_end().to_owned())
    {
        if own.is_empty() {
            fields.remove("description");
        } else {
            fields.insert("description".to_owned(), own.into());
        }
    }
    fields
}

/// `email "ada@example.com", firstname "Ada", sudo`: all of them, for any may be a right that somebody gets again. The name
/// that is shown already is left out.
fn values(fields: &Record, shown: &str) -> String {
    let said = fields.iter().filter(|(name, value)| {
        let is_shown = matches!(name.as_str(), "username" | "name") && value.as_str() == Some(shown);
        !is_shown && !matches!(value.as_bool(), Some(false))
    });
    let said: Vec<String> = said
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{} \"{}\"", faint(&safe(name)), safe(text)),
            None => faint(&safe(name)),
        })
        .collect();
    said.join(", ")
}

/// ` with sudo`: what a connection carries, for it may be a right.
fn with(attributes: &Record) -> String {
    if attributes.is_empty() { String::new() } else { format!(" with {}", safe(&names(attributes))) }
}

fn names(fields: &Record) -> String {
    fields.keys().cloned().collect::<Vec<_>>().join(", ")
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "user",
        Kind::Group => "group",
        Kind::Membership => "member",
    }
}

/// What is being done, on one line, for a progress display.
pub fn render_restore_step(restoration: &Restoration, part: &Part) -> String {
    format!("{} {}: {}", word(restoration.kind), safe(&restoration.name), part_words(restoration, part))
}

/// What became of a restore, and which journal tells of it, with colours, ending in a line feed.
pub fn render_restore_report(plan: &RestorePlan, report: &RestoreReport) -> String {
    let mut out = String::new();
    for (restoration, outcomes) in plan.restorations.iter().zip(&report.outcomes) {
        for (part, outcome) in restoration.parts.iter().zip(outcomes) {
            let (verdict, why) = match outcome {
                PartOutcome::Ended(Outcome::Done) => continue,
                PartOutcome::Gone => (warning("gone"), "it is not there any more"),
                PartOutcome::Ended(Outcome::Failed(why)) => (removed("failed"), why.as_str()),
                PartOutcome::Ended(Outcome::Unknown(why)) => (removed("unknown"), why.as_str()),
                PartOutcome::Ended(Outcome::Skipped(why)) => (warning("skipped"), why.as_str()),
            };
            let step = render_restore_step(restoration, part);
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  {step}  {verdict}: {}", safe(why));
        }
    }
    let (all, settled) = report.counts();
    let sum = if report.is_whole() {
        format!("Restored: {}.", render_restore_work(plan))
    } else if report.was_interrupted {
        format!("Interrupted: {settled} of {all} parts are done. Restore again to finish.")
    } else {
        format!("Restored in part: {settled} of {all} parts are done. Restore again to go on.")
    };
    line(&mut out, &strong(&sum));
    if let Some(journal) = render_journal(report.journal.as_deref(), report.failed_journal.as_deref()) {
        line(&mut out, &journal);
    }
    out
}

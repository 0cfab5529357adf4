//! A plan for people: who loses something first, why on every line, the sum at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::safe::safe;
use super::style::{column, faint, pad, plural, removed, strong, symbol, warning};
use super::value::{difference, shown};
use crate::model::{EndOfRead, Evidence, Field, Note};
use crate::plan::{Action, Change, FieldChange, Guard, GuardName, Header, HeldBack, Kind, Plan};

/// Widest name column; longer names push their line to the right.
const NAME_COLUMNS: usize = 32;
/// Most names that one membership line lists before it counts the rest.
const NAMES_LISTED: usize = 12;
/// Most notes of one kind that are listed before the rest is counted.
const NOTES_LISTED: usize = 10;

/// The whole plan, with colours, ending in a line feed.
pub fn render_plan(plan: &Plan, header: &Header) -> String {
    let mut out = render_heading(header);
    if !plan.only.is_empty() {
        line(&mut out, &warning(&format!("Only: {}", safe(&plan.only.join(", ")))));
    }
    objects(&mut out, plan, Kind::User, "Users");
    objects(&mut out, plan, Kind::Group, "Groups");
    memberships(&mut out, plan);
    held_back(&mut out, &plan.held_back);
    notes(&mut out, &plan.notes);
    line(&mut out, "");
    line(&mut out, &faint(&evidence(&header.source.evidence)));
    for guards in plan.guards.chunk_by(|one, next| one.guard == next.guard) {
        line(&mut out, &guard_line(guards));
    }
    line(&mut out, &strong(&summary(plan)));
    out
}

/// The line above a plan: the policy, where from and where to.
pub fn render_heading(header: &Header) -> String {
    format!("{}  {} → {}\n", strong(&safe(&header.policy)), source(header), target(header))
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn heading(out: &mut String, text: &str) {
    line(out, "");
    line(out, &strong(text));
}

fn source(header: &Header) -> String {
    format!("{} in {}", safe(&header.source.root_container), safe(&header.source.location))
}

fn target(header: &Header) -> String {
    safe(&header.target.location)
}

/// `Plan: 3 to create, 2 to update, 1 to remove, 14 memberships`
fn summary(plan: &Plan) -> String {
    let held = match plan.held_back.len() {
        0 => String::new(),
        count => format!(", {count} held back"),
    };
    if plan.is_empty() && !plan.only.is_empty() {
        return format!("No changes to what --only names{held}");
    }
    if plan.is_empty() {
        return format!("No changes: JumpCloud is in step with Active Directory{held}");
    }
    let count = |action| plan.count(Kind::User, action) + plan.count(Kind::Group, action);
    let rare = |action, words| match count(action) {
        0 => String::new(),
        count => format!("{count} {words}, "),
    };
    let memberships = plan.count(Kind::Membership, Action::Add) + plan.count(Kind::Membership, Action::Drop);
    format!(
        "Plan: {} to create, {}{} to update, {}{}{}{} to remove, {}{held}",
        count(Action::Create),
        rare(Action::Adopt, "to adopt"),
        count(Action::Update),
        rare(Action::Suspend, "to suspend"),
        rare(Action::Activate, "to activate"),
        rare(Action::Unbind, "to unbind"),
        count(Action::Remove),
        plural(memberships, "membership", "memberships"),
    )
}

fn objects(out: &mut String, plan: &Plan, kind: Kind, title: &str) {
    let mut changes: Vec<&Change> = plan.changes.iter().filter(|change| change.kind == kind).collect();
    if changes.is_empty() {
        return;
    }
    changes.sort_by_key(|change| loss_first(change.action));
    heading(out, title);
    let names: Vec<String> = changes.iter().map(|change| safe(&change.name)).collect();
    let width = column(names.iter().map(String::as_str), NAME_COLUMNS);
    for (change, name) in changes.iter().zip(&names) {
        let mail =
            if change.is_silent && change.action == Action::Activate { "; without a mail" } else { "" };
        let because = faint(&format!("{}{mail}", safe(&change.because)));
        let verdict = verdict(change);
        line(out, &format!("  {} {}  {verdict}{because}", symbol(change.action), pad(name, width)));
        fields(out, change);
    }
}

/// Who loses something comes first.
fn loss_first(action: Action) -> u8 {
    match action {
        Action::Remove | Action::Drop => 0,
        Action::Unbind => 1,
        Action::Suspend => 2,
        Action::Create | Action::Add => 3,
        Action::Adopt => 4,
        Action::Activate => 5,
        Action::Update => 6,
    }
}

/// `left: `, `suspend, left: `, `adopt: `, or nothing.
fn verdict(change: &Change) -> String {
    let verb = verb(change.action).map(strong);
    let cause = change.cause.map(|cause| removed(&cause.to_string()));
    match (verb, cause) {
        (None, None) => String::new(),
        (Some(word), None) | (None, Some(word)) => format!("{word}: "),
        (Some(verb), Some(cause)) => format!("{verb}, {cause}: "),
    }
}

/// The action in a word, where the symbol alone does not tell it.
fn verb(action: Action) -> Option<&'static str> {
    match action {
        Action::Create | Action::Update | Action::Remove | Action::Add | Action::Drop => None,
        Action::Adopt => Some("adopt"),
        Action::Suspend => Some("suspend"),
        Action::Activate => Some("activate"),
        Action::Unbind => Some("unbind"),
    }
}

fn fields(out: &mut String, change: &Change) {
    match change.action {
        Action::Remove | Action::Add | Action::Drop => {}
        Action::Create => created(out, change),
        Action::Adopt | Action::Update | Action::Suspend | Action::Activate | Action::Unbind => {
            let told: Vec<&FieldChange> =
                change.fields.iter().filter(|field| is_told(change, field)).collect();
            differences(out, change, &told);
        }
    }
    for (field, value) in &change.parked {
        let why = "for a moment, because names go round";
        line(out, &faint(&format!("      {field} is \"{}\" {why}", safe(value))));
    }
}

/// Whether a difference says more than the verb does: marks, clocks and locks come and go with it.
fn is_told(change: &Change, field: &FieldChange) -> bool {
    let is_moved = field.field == Field::ExternalDn && field.before.is_some() && field.after.is_some();
    let is_mark = change.kind == Kind::Group && field.field == Field::Description;
    let is_state = matches!(change.action, Action::Suspend | Action::Activate) && field.field == Field::State;
    change.action == Action::Update || is_moved || !(field.field.is_bookkeeping() || is_mark || is_state)
}

fn differences(out: &mut String, change: &Change, fields: &[&FieldChange]) {
    let names: Vec<String> = fields.iter().map(|field| safe(&field.field.to_string())).collect();
    let width = column(names.iter().map(String::as_str), NAME_COLUMNS);
    for (field, name) in fields.iter().zip(&names) {
        let [before, after] =
            [&field.before, &field.after].map(|value| change.shown(&field.field, value.as_deref()));
        let value = difference(before, after);
        line(out, &format!("      {}  {value}", pad(name, width)));
    }
}

/// What is worth reading of a new user: not its name once more, and not the mark and locks that all have.
fn created(out: &mut String, change: &Change) {
    let news = change.fields.iter().filter(|field| {
        change.kind == Kind::User
            && !field.field.is_bookkeeping()
            && !matches!(field.field, Field::Username | Field::State)
    });
    let news: Vec<String> = news
        .map(|field| {
            let after = change.shown(&field.field, field.after.as_deref());
            format!("{} {}", faint(&safe(&field.field.to_string())), shown(after))
        })
        .collect();
    if !news.is_empty() {
        line(out, &format!("      {}", news.join(&faint(", "))));
    }
}

fn memberships(out: &mut String, plan: &Plan) {
    let mut groups: BTreeMap<&str, [Vec<String>; 2]> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| change.kind == Kind::Membership) {
        if let Some(group) = &change.group {
            let [dropped, added] = groups.entry(&group.name).or_default();
            let names = if change.action == Action::Drop { dropped } else { added };
            names.push(safe(&change.name));
        }
    }
    if groups.is_empty() {
        return;
    }
    heading(out, "Memberships");
    let titles: Vec<String> = groups.keys().map(|name| safe(name)).collect();
    let width = column(titles.iter().map(String::as_str), NAME_COLUMNS);
    for (title, [dropped, added]) in titles.iter().zip(groups.values()) {
        let mut title = title.as_str();
        for (names, action) in [(dropped, Action::Drop), (added, Action::Add)] {
            if !names.is_empty() {
                line(out, &format!("  {}  {} {}", pad(title, width), symbol(action), listed(names)));
                title = "";
            }
        }
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_LISTED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_LISTED) {
        0 => shown,
        more => format!("{shown} {}", faint(&format!("and {more} more"))),
    }
}

fn held_back(out: &mut String, held_back: &[HeldBack]) {
    if held_back.is_empty() {
        return;
    }
    heading(out, "Held back (left exactly as they are)");
    let names: Vec<String> = held_back.iter().map(|held| safe(&held.name)).collect();
    let width = column(names.iter().map(String::as_str), NAME_COLUMNS);
    let reasons = column(held_back.iter().map(|held| held.reason.code()), NAME_COLUMNS);
    for (held, name) in held_back.iter().zip(&names) {
        let group = if held.kind == Kind::Group { "group: " } else { "" };
        let reason = warning(&pad(held.reason.code(), reasons));
        line(
            out,
            &format!(
                "    {}  {reason}  {}",
                pad(name, width),
                faint(&format!("{group}{}", safe(&held.because)))
            ),
        );
    }
}

fn notes(out: &mut String, notes: &[Note]) {
    if notes.is_empty() {
        return;
    }
    heading(out, "Notes");
    let mut by_code: BTreeMap<&str, Vec<&Note>> = BTreeMap::new();
    for note in notes {
        by_code.entry(&note.code).or_default().push(note);
    }
    for notes in by_code.values() {
        let subjects: Vec<String> = notes.iter().take(NOTES_LISTED).map(|note| safe(&note.subject)).collect();
        let width = column(subjects.iter().map(String::as_str), NAME_COLUMNS);
        for (note, subject) in notes.iter().zip(&subjects) {
            line(out, &format!("    {}  {}", pad(subject, width), faint(&safe(&note.message))));
        }
        if let Some(more) = notes.len().checked_sub(NOTES_LISTED).filter(|more| *more > 0) {
            line(out, &faint(&format!("    and {more} more of these")));
        }
    }
}

fn evidence(evidence: &Evidence) -> String {
    let pages: u32 = evidence.searches.iter().map(|search| search.pages).sum();
    let entries: u64 = evidence.searches.iter().map(|search| search.entries).sum();
    let mut text = format!(
        "Read whole: {} in {} of {}, {} closed",
        plural(count(entries), "entry", "entries"),
        plural(count(pages.into()), "page", "pages"),
        plural(evidence.searches.len(), "search", "searches"),
        plural(count(evidence.ranges_closed), "range", "ranges"),
    );
    if evidence.end == EndOfRead::NotProven {
        text.push_str("; end not proven (the file has no numEntries line)");
    }
    if !evidence.references.is_empty() {
        let _ =
            write!(text, "; {} not followed", plural(evidence.references.len(), "reference", "references"));
    }
    text
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What stops the plan, by how much, and the flag that lets it pass once: of all that one guard counts.
fn guard_line(guards: &[Guard]) -> String {
    let Some(first) = guards.first() else { return String::new() };
    let next = match &first.allow {
        Some(allow) => format!("To go on once: {allow}"),
        None => "Remove the agent in JumpCloud, or write directory \"ignore\" in the policy".to_owned(),
    };
    let against: Vec<String> = guards.iter().map(render_guard).collect();
    format!("{} by the guard {}: {}. {next}", removed("Stopped"), first.guard, against.join("; "))
}

/// What a guard has against a plan: `21 of 400 users, more than 20 or 10 %`
pub fn render_guard(guard: &Guard) -> String {
    match (guard.limit, guard.owned) {
        (Some(limit), Some(owned)) => {
            let (measured, of) = (guard.measured, safe(&guard.of));
            let share = if guard.guard == GuardName::AttributeChanges {
                format!("{measured} of {owned} users lose their {of}")
            } else {
                format!("{measured} of {owned} {of}")
            };
            match guard.percent {
                Some(percent) => format!("{share}, more than {limit} or {percent} %"),
                None => format!("{share}, more than {limit}"),
            }
        }
        _ if guard.guard == GuardName::SyncAgent => {
            "a sync agent is attached to JumpCloud's Active Directory object, \
            and would write into Active Directory what is bound to it"
                .to_owned()
        }
        _ => "no member of the security group can be imported".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_one_line_with_one_flag_whatever_it_counts() {
        let guard = |of: &str, measured, percent| Guard {
            guard: GuardName::Removals,
            of: of.to_owned(),
            measured,
            limit: Some(20),
            percent,
            owned: Some(400),
            allow: Some("--allow removals=30".to_owned()),
        };
        let said = |guards: &[Guard]| anstream::adapter::strip_str(&guard_line(guards)).to_string();
        assert_eq!(
            said(&[guard("users", 21, Some(10)), guard("groups", 30, Some(10))]),
            "Stopped by the guard removals: 21 of 400 users, more than 20 or 10 %; 30 of 400 groups, more than 20 or 10 %. \
             To go on once: --allow removals=30"
        );
        assert_eq!(
            said(&[guard("users", 30, None)]),
            "Stopped by the guard removals: 30 of 400 users, more than 20. To go on once: --allow removals=30"
        );
    }
}

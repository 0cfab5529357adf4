//! The table of leavers: what is seen of a user at a moment, and how it is written down.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AGED, CAUSES};
use crate::support::organization::text;
use crate::support::record::{attribute, bound, groups_of, locks};
use crate::support::scene::Plan;

/// The lines of each action and grace period.
pub(super) struct Table(pub(super) Vec<Course>);

/// What happens under one action and grace period: for each cause one line for each moment, in the order of time.
pub(super) struct Course {
    /// `remove, after 7d`
    pub(super) title: String,
    pub(super) rows: BTreeMap<&'static str, Vec<Row>>,
}

pub(super) type Row = [String; COLUMNS.len()];

pub(super) const COLUMNS: [&str; 11] = [
    "moment",
    "plan",
    "id",
    "state",
    "bound",
    "groups",
    "marks",
    "external_dn, locks",
    "adLeaving",
    "adSuspended",
    "not ours",
];

impl Table {
    /// The table as people read it.
    pub(super) fn to_text(&self) -> String {
        let rows = || self.0.iter().flat_map(|course| course.rows.values().flatten());
        let width = |column: usize| {
            rows().map(|row| row[column].len()).chain([COLUMNS[column].len()]).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells: Vec<String> =
                cells.zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            format!("    {}", cells.join("  ")).trim_end().to_owned()
        };
        let mut text = String::new();
        for Course { title, rows } in &self.0 {
            // Causes of which the same is to be told are told once.
            let mut alike: Vec<(Vec<&str>, &Vec<Row>)> = Vec::new();
            for (cause, rows) in rows {
                match alike.iter_mut().find(|(_, others)| *others == rows) {
                    Some((causes, _)) => causes.push(cause),
                    None => alike.push((vec![cause], rows)),
                }
            }
            for (causes, rows) in alike {
                let causes = if causes.len() == CAUSES.len() { "every cause" } else { &causes.join(", ") };
                writeln!(text, "{causes} → {title}\n{}", line(&mut COLUMNS.into_iter())).unwrap();
                for row in rows {
                    writeln!(text, "{}", line(&mut row.iter().map(String::as_str))).unwrap();
                }
                text.push('\n');
            }
        }
        text
    }
}

/// What a plan says of a user: `remove`, `activate +2`, `held back: taken-username`.
pub(super) fn deeds(plan: &Plan, username: &str) -> String {
    let of_user = |list: &str| -> Vec<&Value> {
        let list = plan.0[list].as_array().unwrap().iter();
        list.filter(|one| one["name"] == username || one["subject"] == username).collect()
    };
    let (memberships, changes): (Vec<_>, Vec<_>) =
        of_user("changes").into_iter().partition(|change| change["kind"] == "membership");
    let mut said: BTreeSet<String> = changes.iter().map(|change| text(&change["action"])).collect();
    for (action, sign) in [("add", '+'), ("remove", '-')] {
        let count = memberships.iter().filter(|change| change["action"] == action).count();
        said.extend((count > 0).then(|| format!("{sign}{count} memberships")));
    }
    said.extend(of_user("held_back").iter().map(|held| format!("held back: {}", text(&held["reason"]))));
    // Whoever is excluded has a note, whatever becomes of it.
    let notes =
        of_user("notes").into_iter().map(|note| text(&note["code"])).filter(|code| code != "excluded");
    said.extend(notes.map(|code| format!("note: {code}")));
    let said: Vec<String> = said.into_iter().collect();
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

/// The cells from `id` on.
pub(super) fn look(document: &Value, user: &Value, [id, guid, dn]: [&str; 3]) -> [String; COLUMNS.len() - 2] {
    let username = text(&user["username"]);
    let is_same = user["_id"] == id;
    let marks = ["adObjectGuid", "adDomain", "adPolicy"].map(|name| attribute(user, name));
    let marks = match marks {
        [None, None, None] => "none".to_owned(),
        marks if marks == [Some(guid), Some("corp.example.com"), Some("test")] => "ours".to_owned(),
        other => format!("{other:?}"),
    };
    let external = [&user["external_dn"], &user["external_source_type"]].map(|value| value.as_str());
    let external = match external {
        [None | Some(""), None | Some("")] => "none".to_owned(),
        [Some(own), Some("active_directory")] if own == dn => "ours".to_owned(),
        other => format!("{other:?}"),
    };
    let own_locks = locks(user, "active_directory");
    let all = ["email", "firstname", "lastname", "password", "username"];
    let own_locks = if own_locks.is_empty() {
        "none".to_owned()
    } else if own_locks.iter().eq(all.iter()) {
        "ours".to_owned()
    } else {
        format!("{own_locks:?}")
    };
    let foreign = [
        attribute(user, "badge") == Some("4711"),
        user["phoneNumbers"] == json!([{ "type": "home", "number": "+49 30 1" }]),
        locks(user, "scim").contains("jobTitle"),
        groups_of(document, &username).contains("Canteen"),
    ];
    let foreign = match foreign {
        [true, true, true, true] => "there".to_owned(),
        [false, false, false, false] => "-".to_owned(),
        some => format!("{some:?}"),
    };
    let clock = |name| attribute(user, name).map_or("-".to_owned(), clock_words);
    [
        if is_same { "same" } else { "new" }.to_owned(),
        text(&user["state"]).to_lowercase(),
        if bound(document, "users").contains(&username) { "yes" } else { "no" }.to_owned(),
        groups_of(document, &username).into_iter().collect::<Vec<_>>().join(" "),
        marks,
        if external == own_locks { own_locks } else { format!("{external}, {own_locks}") },
        clock("adLeaving"),
        clock("adSuspended"),
        foreign,
    ]
}

/// `left, now` or `left, long ago`
fn clock_words(departure: &str) -> String {
    let (cause, since) = departure.split_once(' ').unwrap();
    let [since, aged] = [since, AGED].map(|time| time.parse::<Timestamp>().unwrap());
    format!("{cause}, {}", if since > aged { "now" } else { "long ago" })
}

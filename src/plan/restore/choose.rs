//! Which objects come back.

use std::collections::BTreeMap;

use super::{Kind, NotRestored, RestoreReason, Wanted};
use crate::model::{
    JumpCloudGroupId, JumpCloudUserId, Mark, Present, Removed, RemovedGroup, RemovedUser, fold,
};
use crate::policy::Pattern;

/// An object that comes back, and the id that an interrupted restore has given it.
pub(super) struct Chosen<'r> {
    pub(super) removed: &'r Removed,
    pub(super) half_made: Option<String>,
}

/// The wanted objects. Of several removals of one name, or of one id, the last counts.
pub(super) fn last_of_each<'r>(removed: &'r [Removed], wanted: &Wanted) -> Vec<&'r Removed> {
    let mut by_id: BTreeMap<(Kind, &str), (usize, &Removed)> = BTreeMap::new();
    for (position, one) in removed.iter().enumerate() {
        by_id.insert((kind(one), one.id()), (position, one));
    }
    let mut last: Vec<(usize, &Removed)> = by_id.into_values().collect();
    last.sort_by_key(|(position, _)| *position);
    let by_name: BTreeMap<(Kind, String), &Removed> = last
        .into_iter()
        .filter(|(_, one)| wanted.takes(one))
        .map(|(_, one)| ((in_order(one), fold(one.name())), one))
        .collect();
    by_name.into_values().collect()
}

/// The names that were asked for and that no removal has.
pub(super) fn unknown(removed: &[Removed], wanted: &Wanted) -> Vec<String> {
    let is_unknown = |of: Kind, pattern: &Pattern| {
        !removed.iter().any(|one| kind(one) == of && pattern.matches(one.name()))
    };
    let of = |of: Kind, word: &str, patterns: &[Pattern]| -> Vec<String> {
        let unknown = patterns.iter().filter(|pattern| is_unknown(of, pattern));
        unknown.map(|pattern| format!("{word} {}", pattern.as_str())).collect()
    };
    [of(Kind::User, "user", &wanted.users), of(Kind::Group, "group", &wanted.groups)].concat()
}

impl Wanted {
    /// Whether it is among them.
    pub fn takes(&self, removed: &Removed) -> bool {
        let patterns = match removed {
            Removed::User(_) => &self.users,
            Removed::Group(_) => &self.groups,
        };
        let is_all = self.users.is_empty() && self.groups.is_empty();
        is_all || patterns.iter().any(|pattern| pattern.matches(removed.name()))
    }
}

pub(super) fn kind(removed: &Removed) -> Kind {
    match removed {
        Removed::User(_) => Kind::User,
        Removed::Group(_) => Kind::Group,
    }
}

/// Groups come first, since users are put into them.
fn in_order(removed: &Removed) -> Kind {
    match removed {
        Removed::User(_) => Kind::Group,
        Removed::Group(_) => Kind::User,
    }
}

/// Who comes back, and who does not.
pub(super) fn choose<'r>(removed: &[&'r Removed], present: &Present) -> (Vec<Chosen<'r>>, Vec<NotRestored>) {
    let names = Names::of(present);
    let mut chosen = Vec::new();
    let mut held_back = Vec::new();
    // Of two who want one mail address the first by name gets it.
    let mut mails: BTreeMap<String, &str> = BTreeMap::new();
    for one in removed {
        let verdict = match one {
            Removed::User(user) => user_verdict(user, present, &names).and_then(|half_made| {
                let first = mails.entry(fold(user.text("email"))).or_insert(&user.username);
                if *first == user.username {
                    return Ok(half_made);
                }
                let because = format!("its mail address goes to {first}, who is restored as well");
                Err((RestoreReason::TakenEmail, because))
            }),
            Removed::Group(group) => group_verdict(group, present, &names),
        };
        match verdict {
            Ok(half_made) => chosen.push(Chosen { removed: one, half_made }),
            Err((reason, because)) => held_back.push(NotRestored {
                kind: kind(one),
                name: one.name().to_owned(),
                old_id: one.id().to_owned(),
                reason,
                because,
            }),
        }
    }
    (chosen, held_back)
}

/// Who has which name, folded.
struct Names<'p> {
    usernames: BTreeMap<String, &'p JumpCloudUserId>,
    emails: BTreeMap<String, &'p JumpCloudUserId>,
    groups: BTreeMap<String, &'p JumpCloudGroupId>,
}

impl<'p> Names<'p> {
    fn of(present: &'p Present) -> Self {
        let users = || present.users.iter();
        Self {
            usernames: users().map(|(id, user)| (fold(&user.username), id)).collect(),
            emails: users().map(|(id, user)| (fold(&user.email), id)).collect(),
            groups: present.groups.iter().map(|(id, group)| (fold(&group.name), id)).collect(),
        }
    }
}

type Verdict = Result<Option<String>, (RestoreReason, String)>;

fn user_verdict(user: &RemovedUser, present: &Present, names: &Names<'_>) -> Verdict {
    if user.text("username") != user.username {
        return Err(other_record(&user.username, user.text("username")));
    }
    if present.users.contains_key(&user.id) {
        return Err(still_there());
    }
    let half_made = present.users.iter().filter(|(_, now)| now.restoring.as_ref() == Some(&user.id));
    if let Some(verdict) = only_one(half_made.map(|(id, _)| id.as_str())) {
        return verdict;
    }
    let email = user.text("email");
    if let Some(id) = names.usernames.get(&fold(&user.username)) {
        let now = present.users.get(*id);
        let is_back = now.is_some_and(|now| {
            fold(&now.email) == fold(email)
                && !now.external_dn.is_empty()
                && fold(&now.external_dn) == fold(user.text("external_dn"))
        });
        return Err(if is_back {
            (RestoreReason::IsBack, format!("a user of its name, mail address and DN is there: {id}"))
        } else {
            let has_it = now.map(|now| format!(" ({})", now.email)).unwrap_or_default();
            (
                RestoreReason::TakenUsername,
                format!("the user {id}{has_it} has its username by now: {MAKE_ROOM}"),
            )
        });
    }
    match names.emails.get(&fold(email)) {
        Some(id) => {
            let has_it = present.users.get(*id).map_or("", |now| now.username.as_str());
            let because = format!("the user {has_it} ({id}) has its mail address by now: {MAKE_ROOM}");
            Err((RestoreReason::TakenEmail, because))
        }
        None => Ok(None),
    }
}

fn group_verdict(group: &RemovedGroup, present: &Present, names: &Names<'_>) -> Verdict {
    let recorded = group.record.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
    if recorded != group.name {
        return Err(other_record(&group.name, recorded));
    }
    if present.groups.contains_key(&group.id) {
        return Err(still_there());
    }
    let half_made = present.groups.iter().filter(|(_, now)| now.restoring.as_ref() == Some(&group.id));
    if let Some(verdict) = only_one(half_made.map(|(id, _)| id.as_str())) {
        return verdict;
    }
    match names.groups.get(&fold(&group.name)) {
        Some(id) => {
            let now = present.groups.get(*id);
            let is_back = now.is_some_and(|now| {
                now.name == group.name
                    && Mark::unmark_description(&now.description) == group.own_description()
            });
            Err(if is_back {
                (RestoreReason::IsBack, format!("a group of its name and description is there: {id}"))
            } else {
                (RestoreReason::TakenName, format!("the group {id} has its name by now: {MAKE_ROOM}"))
            })
        }
        None => Ok(None),
    }
}

/// What to do where somebody else has a name.
const MAKE_ROOM: &str = "rename or remove that one, then restore again";

fn other_record(name: &str, of: &str) -> (RestoreReason, String) {
    let of = if of.is_empty() { "nobody" } else { of };
    (RestoreReason::OtherRecord, format!("the journal holds the record of {of} for {name}: it was changed"))
}

fn still_there() -> (RestoreReason, String) {
    (
        RestoreReason::StillThere,
        "it is there under the id that it had: it was not removed after all".to_owned(),
    )
}

/// The verdict on what says that it is being restored; none where nothing does.
fn only_one<'i>(mut ids: impl Iterator<Item = &'i str>) -> Option<Verdict> {
    let first = ids.next()?;
    Some(match ids.next() {
        None => Ok(Some(first.to_owned())),
        Some(second) => Err((
            RestoreReason::DuplicateRestore,
            format!("{first} and {second} both say that they are it: remove one of them by hand"),
        )),
    })
}

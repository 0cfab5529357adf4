//! Whether an organization still looks as a saved plan expects it to.

use std::collections::{BTreeMap, BTreeSet};

use super::super::directory::sync_agents;
use super::super::{Action, Change, FieldChange, GroupRef, Kind, Plan};
use super::needs::{Needs, names_freed, names_taken};
use crate::desired::mark;
use crate::model::{
    Departure, DirectoryId, Field, JumpCloudGroupId, JumpCloudUserId, Mark, MarkReading, MembershipMethod,
    ObjectGuid, Organization, UserGroup, fold,
};
use crate::policy::Policy;

/// One thing that is not as a saved plan expects it, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What it is about: `user ada`, `group Sales`, `member ada of Sales`.
    pub object: String,
    /// The field, or what else it is of the object.
    pub field: String,
    /// What the plan expects.
    pub expected: String,
    /// What was found.
    pub found: String,
}

const NOTHING: &str = "nothing";

/// Everything that the plan expects and that does not hold in `now`, where what it `needs` must be. Sorted, each once.
pub fn differences(plan: &Plan, policy: &Policy, needs: &Needs, now: &Organization) -> Vec<Difference> {
    let mut check = Check::new(plan, policy, now);
    for change in &plan.changes {
        match change.kind {
            Kind::User => check.user(change),
            Kind::Group => check.group(change),
            Kind::Membership => check.membership(change),
        }
    }
    let directory = "directory object";
    if let Some(id) = &needs.agents_of
        && !now.directories.iter().any(|object| object.id == *id)
    {
        check.is_gone(directory, id.as_str());
    }
    let agents = sync_agents(policy, now);
    if agents > 0 {
        check.report(directory, "sync agents", "0".to_owned(), agents.to_string());
    }
    check.found.into_iter().collect()
}

struct Check<'a> {
    policy: &'a Policy,
    now: &'a Organization,
    /// Who has a name by now, by kind, field and folded name.
    holders: BTreeMap<(Kind, &'a Field, String), Vec<Holder>>,
    /// Who carries a mark of this policy by now.
    marked: BTreeMap<(Kind, Mark), Vec<Holder>>,
    /// The names that the plan itself frees, with the ids of those who have them.
    freed: BTreeSet<(Kind, &'a Field, String, &'a str)>,
    /// Objects with a change of their own.
    changed: BTreeSet<(Kind, ObjectGuid)>,
    found: BTreeSet<Difference>,
}

/// Somebody who has something.
#[derive(Debug, Clone)]
struct Holder {
    id: String,
    name: String,
}

impl<'a> Check<'a> {
    fn new(plan: &'a Plan, policy: &'a Policy, now: &'a Organization) -> Self {
        let mut holders: BTreeMap<_, Vec<Holder>> = BTreeMap::new();
        let mut marked: BTreeMap<_, Vec<Holder>> = BTreeMap::new();
        for (id, user) in &now.users {
            let holder = Holder { id: id.to_string(), name: user.username().to_owned() };
            for (field, value) in [(&Field::Username, user.username()), (&Field::Email, user.email())] {
                holders.entry((Kind::User, field, fold(value))).or_default().push(holder.clone());
            }
            if let MarkReading::Marked(mark) = user.mark() {
                marked.entry((Kind::User, mark)).or_default().push(holder);
            }
        }
        for (id, group) in &now.groups {
            let holder = Holder { id: id.to_string(), name: group.name.clone() };
            holders.entry((Kind::Group, &Field::Name, fold(&group.name))).or_default().push(holder.clone());
            if let MarkReading::Marked(mark) = group.mark() {
                marked.entry((Kind::Group, mark)).or_default().push(holder);
            }
        }
        let freed = plan.changes.iter().flat_map(|change| {
            let id = change.jumpcloud_id.as_deref().unwrap_or_default();
            names_freed(change).map(move |(field, name)| (change.kind, field, name, id))
        });
        let changed = plan.changes.iter().filter(|change| change.kind != Kind::Membership);
        let changed = changed.map(|change| (change.kind, change.guid));
        Self {
            policy,
            now,
            holders,
            marked,
            freed: freed.collect(),
            changed: changed.collect(),
            found: BTreeSet::new(),
        }
    }

    fn user(&mut self, change: &'a Change) {
        let object = format!("user {}", change.name);
        self.names_are_free(change, &object);
        if let Some(manager) = change.standing_manager().filter(|id| !self.now.users.contains_key(id)) {
            let found = "not in JumpCloud any more".to_owned();
            self.report(&object, "manager", manager.to_string(), found);
        }
        let Some(id) = &change.jumpcloud_id else { return self.mark_is_free(change, &object) };
        let Some(user) = self.now.users.get(&JumpCloudUserId::new(id.as_str())) else {
            return self.is_gone(&object, id);
        };
        if change.action == Action::Adopt {
            self.mark_is_free(change, &object);
            self.is_unmarked(&object, &user.mark());
        } else {
            self.is_marked(&object, change.guid, &user.mark());
        }
        let is_safe_from_us = change.action == Action::Adopt || change.cause.is_some();
        if is_safe_from_us && change.action != Action::Unbind && user.is_console_administrator {
            let administrator = "linked to a console administrator".to_owned();
            self.report(&object, "admin", NOTHING.to_owned(), administrator);
        }
        for field in change.fields.iter().filter(|field| is_expected(change, &field.field)) {
            self.has_value(&object, field, user.field(&field.field));
        }
    }

    fn group(&mut self, change: &'a Change) {
        let object = format!("group {}", change.name);
        self.names_are_free(change, &object);
        let Some(id) = &change.jumpcloud_id else { return self.mark_is_free(change, &object) };
        let Some(group) = self.now.groups.get(&JumpCloudGroupId::new(id.as_str())) else {
            return self.is_gone(&object, id);
        };
        if change.action == Action::Adopt {
            self.mark_is_free(change, &object);
            self.is_unmarked(&object, &group.mark());
        } else {
            self.is_marked(&object, change.guid, &group.mark());
        }
        self.is_static(&object, group);
        for field in change.fields.iter().filter(|field| is_expected(change, &field.field)) {
            let value = group_value(group, &field.field);
            self.has_value(&object, field, value.filter(|value| !value.is_empty()));
        }
    }

    /// Whoever has a change of its own is looked at there.
    fn membership(&mut self, change: &'a Change) {
        let Some(GroupRef { name, guid, jumpcloud_id: group_id }) = &change.group else { return };
        let user_id = change.jumpcloud_id.as_deref().map(JumpCloudUserId::new);
        if let Some(id) = user_id.as_ref().filter(|_| !self.changed.contains(&(Kind::User, change.guid))) {
            let object = format!("user {}", change.name);
            match self.now.users.get(id) {
                Some(user) => self.is_marked(&object, change.guid, &user.mark()),
                None => self.is_gone(&object, id.as_str()),
            }
        }
        let group_id = group_id.as_deref().map(JumpCloudGroupId::new);
        if let Some(id) = group_id.as_ref().filter(|_| !self.changed.contains(&(Kind::Group, *guid))) {
            let object = format!("group {name}");
            match self.now.groups.get(id) {
                Some(group) => {
                    self.is_marked(&object, *guid, &group.mark());
                    self.is_static(&object, group);
                }
                None => self.is_gone(&object, id.as_str()),
            }
        }
        let (Some(user), Some(group)) = (user_id, group_id) else { return };
        let is_there = |members: &BTreeSet<JumpCloudUserId>| members.contains(&user);
        let words = |is_member: bool| if is_member { "a member" } else { "no member" }.to_owned();
        let expected = change.action == Action::Drop;
        let found = self.now.members.get(&group).is_some_and(is_there);
        if found != expected && self.now.groups.contains_key(&group) && self.now.users.contains_key(&user) {
            let object = format!("member {} of {name}", change.name);
            self.report(&object, "membership", words(expected), words(found));
        }
    }

    /// Nobody has the names that the change gives, but those who lose them in this very plan.
    fn names_are_free(&mut self, change: &'a Change, object: &str) {
        let own = change.jumpcloud_id.as_deref();
        for (field, name) in names_taken(change) {
            let key = (change.kind, field, fold(name));
            let holders = self.holders.get(&key).map(Vec::as_slice).unwrap_or_default();
            let is_freed = |holder: &Holder| {
                self.freed.contains(&(change.kind, field, key.2.clone(), holder.id.as_str()))
            };
            let others = holders.iter().filter(|holder| own != Some(&holder.id) && !is_freed(holder));
            let others: Vec<Holder> = others.cloned().collect();
            for holder in others {
                self.report(object, &field.to_string(), format!("{name:?} free"), holder.words());
            }
        }
    }

    /// Nobody else carries the mark that the change gives.
    fn mark_is_free(&mut self, change: &Change, object: &str) {
        let mark = mark(self.policy, change.guid);
        let holders = self.marked.get(&(change.kind, mark.clone())).cloned().unwrap_or_default();
        for holder in holders.into_iter().filter(|holder| change.jumpcloud_id.as_ref() != Some(&holder.id)) {
            self.report(object, "mark", format!("{mark} free"), holder.words());
        }
    }

    /// The whole mark counts: the same GUID under another policy is another owner.
    fn is_marked(&mut self, object: &str, guid: ObjectGuid, found: &MarkReading) {
        let expected = mark(self.policy, guid);
        if !matches!(found, MarkReading::Marked(found) if *found == expected) {
            self.report(object, "mark", expected.to_string(), mark_words(found));
        }
    }

    fn is_unmarked(&mut self, object: &str, found: &MarkReading) {
        if matches!(found, MarkReading::Marked(_)) {
            self.report(object, "mark", NOTHING.to_owned(), mark_words(found));
        }
    }

    fn is_static(&mut self, object: &str, group: &UserGroup) {
        if group.membership_method == MembershipMethod::Dynamic {
            self.report(object, "membershipMethod", "STATIC".to_owned(), "DYNAMIC".to_owned());
        }
    }

    fn is_gone(&mut self, object: &str, id: &str) {
        self.report(object, "id", id.to_owned(), "not in JumpCloud any more".to_owned());
    }

    fn has_value(&mut self, object: &str, field: &FieldChange, found: Option<&str>) {
        if field.before.as_deref() != found {
            self.report(object, &field.field.to_string(), quoted(field.before.as_deref()), quoted(found));
        }
    }

    fn report(&mut self, object: &str, field: &str, expected: String, found: String) {
        self.found.insert(Difference { object: object.to_owned(), field: field.to_owned(), expected, found });
    }
}

impl Holder {
    fn words(&self) -> String {
        format!("{:?} has it ({})", self.name, self.id)
    }
}

/// Whether the value before must still be there. Marks are compared as a whole. Of an object that is removed its names
/// count, and whether and why it may be: whatever else it holds goes with it.
fn is_expected(change: &Change, field: &Field) -> bool {
    let is = |names: &[&str]| matches!(field, Field::Custom(name) if names.contains(&&**name));
    if is(&[Mark::GUID, Mark::DOMAIN, Mark::POLICY]) {
        return false;
    }
    change.action != Action::Remove
        || matches!(field, Field::Username | Field::Email | Field::Name | Field::State)
        || is(&[Departure::LEAVING, Departure::SUSPENDED])
}

/// The value of one of the fields that changes of groups have.
fn group_value<'g>(group: &'g UserGroup, field: &Field) -> Option<&'g str> {
    if *field == Field::Name {
        Some(&group.name)
    } else if *field == Field::Directory {
        group.directory.as_ref().map(DirectoryId::as_str)
    } else {
        Some(&group.description)
    }
}

fn quoted(value: Option<&str>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| format!("{value:?}"))
}

fn mark_words(mark: &MarkReading) -> String {
    match mark {
        MarkReading::None => NOTHING.to_owned(),
        MarkReading::Marked(mark) => mark.to_string(),
        MarkReading::Malformed => "a malformed mark".to_owned(),
    }
}

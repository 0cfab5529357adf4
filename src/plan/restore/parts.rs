//! What of an object is missing, and what of it is lost.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::choose::{Chosen, kind};
use super::find::Finder;
use super::{Lost, Other, Part, Place, Restoration};
use crate::model::{
    Binding, DirectoryId, JumpCloudGroupId, JumpCloudUserId, Mark, Present, PresentUser, Record, Removed,
    RemovedGroup, RemovedUser,
};

/// The graph's word for Active Directory objects.
pub(super) const ACTIVE_DIRECTORY: &str = "active_directory";

/// Why nothing is changed that a sync agent watches.
const WRITTEN_BACK: &str =
    "a sync agent is attached to a directory there: JumpCloud would write into Active Directory";

/// Fields that say that there was a second factor.
const SECOND_FACTORS: [&str; 2] = ["mfaEnrollment", "totp_enabled"];

pub(super) fn restorations(chosen: &[Chosen<'_>], present: &Present, now: Timestamp) -> Vec<Restoration> {
    let finder = Finder::new(chosen, present);
    let mut pairs = Pairs::default();
    let restorations = chosen.iter().enumerate().map(|(index, chosen)| {
        let mut builder =
            Builder { finder: &finder, pairs: &mut pairs, index, now, parts: Vec::new(), lost: Vec::new() };
        let half_made = chosen.half_made.as_deref();
        match chosen.removed {
            Removed::User(user) => builder.user(user, half_made.map(JumpCloudUserId::new).as_ref()),
            Removed::Group(group) => builder.group(group, half_made.map(JumpCloudGroupId::new).as_ref()),
        }
        builder.parts.push(Part::Finish);
        let Builder { parts, lost, .. } = builder;
        Restoration {
            kind: kind(chosen.removed),
            name: chosen.removed.name().to_owned(),
            old_id: chosen.removed.id().to_owned(),
            half_made: chosen.half_made.clone(),
            parts,
            lost,
        }
    });
    restorations.collect()
}

/// Connections of two that both come back, which both of them name.
#[derive(Default)]
struct Pairs {
    members: BTreeSet<(Place, Place)>,
    managers: BTreeSet<(Place, Place)>,
}

struct Builder<'a, 'p> {
    finder: &'a Finder<'p>,
    pairs: &'a mut Pairs,
    index: usize,
    now: Timestamp,
    parts: Vec<Part>,
    lost: Vec<Lost>,
}

impl Builder<'_, '_> {
    fn lose(&mut self, what: impl Into<String>, because: impl Into<String>) {
        self.lost.push(Lost { what: what.into(), because: because.into() });
    }

    fn itself(&self, name: &str) -> Other {
        Other { name: name.to_owned(), place: Place::Restored(self.index) }
    }

    fn user(&mut self, user: &RemovedUser, half_made: Option<&JumpCloudUserId>) {
        let present = self.finder.present;
        let there = half_made.and_then(|id| present.half_users.get(id));
        self.lose("id", "JumpCloud gives a new one");
        self.lose("password", "JumpCloud never tells it: a new one has to be set");
        self.lost_fields(&user.left_out);
        if user.was_suspended_by_us() {
            self.lose("activation", "adjunct had suspended it: it comes back suspended, and nobody's");
        }
        let locks = Record::from_iter([("restrictedFields".to_owned(), locks(user))]);
        if there.is_none() {
            let fields = self.user_fields(user);
            self.parts.push(Part::Create(fields));
        }
        let is_external = user.record.get("externally_managed") == Some(&Value::Bool(true));
        let have = |there: &RemovedUser| there.record.get("restrictedFields").cloned();
        if is_external && there.is_none_or(|there| locks.values().next() != have(there).as_ref()) {
            self.parts.push(Part::Fields(locks));
        }
        let keys = user.ssh_keys.iter().filter(|key| there.is_none_or(|there| !there.ssh_keys.contains(key)));
        self.parts.extend(keys.cloned().map(Part::SshKey));
        self.memberships(user, there);
        self.bindings(&user.bindings, there.map_or(&[], |there| &there.bindings));
        self.manager(user, there);
        self.reports(user, half_made);
        self.scheduled_states(user, there);
    }

    fn group(&mut self, group: &RemovedGroup, half_made: Option<&JumpCloudGroupId>) {
        let present = self.finder.present;
        let there = half_made.and_then(|id| present.half_groups.get(id));
        self.lose("id", "JumpCloud gives a new one");
        self.lost_fields(&group.left_out);
        if there.is_none() {
            let mut fields = group.record.clone();
            let description = format!("{} {}", group.own_description(), RemovedGroup::restoring(&group.id));
            fields.insert("description".to_owned(), json!(description.trim_start()));
            self.parts.push(Part::Create(fields));
        }
        let method = group.record.get("membershipMethod").and_then(Value::as_str).unwrap_or_default();
        if !method.starts_with("DYNAMIC") {
            self.members(group, there);
        }
        self.bindings(&group.bindings, there.map_or(&[], |there| &there.bindings));
    }

    fn lost_fields(&mut self, left_out: &[String]) {
        if left_out.iter().any(|field| SECOND_FACTORS.contains(&field.as_str())) {
            self.lose("second factor", "it has to be set up anew");
        }
        for field in left_out.iter().filter(|field| !SECOND_FACTORS.contains(&field.as_str())) {
            self.lose(
                format!("field {field}"),
                "what it held is not kept, for it may be a secret, or cannot be written",
            );
        }
    }

    /// The first request of a user: all fields, and the note that it is being restored.
    fn user_fields(&mut self, user: &RemovedUser) -> Record {
        let mut fields = user.record.clone();
        let mut attributes = user.own_attributes();
        attributes.push(json!({ "name": RemovedUser::RESTORING, "value": user.id }));
        fields.insert("attributes".to_owned(), Value::Array(attributes));
        // Named even when there are none: the organization may have defaults.
        fields.insert("restrictedFields".to_owned(), locks(user));
        for field in PresentUser::UNIQUE {
            let Some(value) = fields.get(field) else { continue };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let Some(holder) = self.finder.holder(field, &value) {
                fields.remove(field);
                self.lose(format!("field {field}"), format!("{holder} has its value by now"));
            }
        }
        let directory =
            user.record.get("delegatedAuthority").and_then(|authority| authority.get("id")?.as_str());
        if directory.is_some_and(|id| !self.finder.present.directories.contains(&DirectoryId::new(id))) {
            fields.remove("delegatedAuthority");
            self.lose("field delegatedAuthority", "the Active Directory object is gone by now");
        }
        // A manager who is there is named at once; for one who comes back there is no id yet.
        let manager = JumpCloudUserId::new(user.text("manager"));
        if !self.finder.present.users.contains_key(&manager) {
            fields.remove("manager");
        }
        let suspended = user.record.get("suspended") == Some(&Value::Bool(true));
        let state = match user.text("state") {
            "" if suspended => "SUSPENDED",
            "" => "ACTIVATED",
            state => state,
        };
        fields.remove("suspended");
        if state == "SUSPENDED" {
            fields.insert("suspended".to_owned(), Value::Bool(true));
        }
        fields.insert("state".to_owned(), json!(state));
        fields
    }

    fn memberships(&mut self, user: &RemovedUser, there: Option<&RemovedUser>) {
        let present = self.finder.present;
        for membership in &user.memberships {
            let name = shown(&membership.name, membership.id.as_str());
            let Some(group) = self.finder.group(&membership.id, &membership.name) else {
                self.lose(format!("group {name}"), "it is gone by now");
                continue;
            };
            if self.finder.is_dynamic(&group) {
                self.lose(format!("group {name}"), "JumpCloud computes who is in it");
                continue;
            }
            if group_id(&group.place)
                .is_some_and(|id| present.synced.groups.contains(&JumpCloudGroupId::new(id)))
            {
                self.lose(format!("group {name}"), WRITTEN_BACK);
                continue;
            }
            let is_in = there.is_some_and(|there| {
                there.memberships.iter().any(|now| {
                    now.id.as_str() == group_id(&group.place).unwrap_or_default()
                        || (!now.name.is_empty() && now.name == membership.name)
                })
            });
            let itself = self.itself(&user.username);
            if !is_in && self.pairs.members.insert((itself.place.clone(), group.place.clone())) {
                let attributes = membership.attributes.clone();
                self.parts.push(Part::Membership { user: itself, group, attributes });
            }
        }
    }

    fn members(&mut self, group: &RemovedGroup, there: Option<&RemovedGroup>) {
        for member in &group.members {
            let name = shown(&member.username, member.id.as_str());
            let Some(user) = self.finder.user(&member.id, name) else {
                self.lose(format!("member {name}"), "the user is gone by now");
                continue;
            };
            let is_in = there.is_some_and(|there| {
                there.members.iter().any(|now| {
                    matches!(&user.place, Place::There(id) if *id == now.id.as_str())
                        || (!now.username.is_empty() && now.username == member.username)
                })
            });
            let itself = self.itself(&group.name);
            if !is_in && self.pairs.members.insert((user.place.clone(), itself.place.clone())) {
                let attributes = member.attributes.clone();
                self.parts.push(Part::Membership { user, group: itself, attributes });
            }
        }
    }

    fn bindings(&mut self, bindings: &[Binding], there: &[Binding]) {
        let present = self.finder.present;
        for binding in bindings {
            let what = format!("binding {} {}", binding.kind, binding.id);
            let id = DirectoryId::new(binding.id.as_str());
            let is_directory = binding.kind == ACTIVE_DIRECTORY;
            if is_directory && !present.directories.contains(&id) {
                self.lose(what, "the Active Directory object is gone by now");
            } else if is_directory && present.synced_directories.contains(&id) {
                self.lose(what, WRITTEN_BACK);
            } else if !there.iter().any(|now| now.kind == binding.kind && now.id == binding.id) {
                self.parts.push(Part::Binding(binding.clone()));
            }
        }
    }

    fn manager(&mut self, user: &RemovedUser, there: Option<&RemovedUser>) {
        let id = user.text("manager");
        if id.is_empty() || there.is_some_and(|there| !there.text("manager").is_empty()) {
            return;
        }
        let id = JumpCloudUserId::new(id);
        let name = user.manager.as_deref().unwrap_or(id.as_str());
        match self.finder.user(&id, name) {
            None => self.lose(format!("manager {name}"), "the user is gone by now"),
            // The first request has it.
            Some(Other { place: Place::There(_), .. })
                if there.is_none() && self.finder.present.users.contains_key(&id) => {}
            Some(manager) => {
                let itself = self.itself(&user.username);
                self.manage(itself, manager);
            }
        }
    }

    fn reports(&mut self, user: &RemovedUser, half_made: Option<&JumpCloudUserId>) {
        for report in &user.reports {
            let name = shown(&report.username, report.id.as_str());
            let Some(other) = self.finder.user(&report.id, name) else {
                self.lose(format!("report {name}"), "the user is gone by now");
                continue;
            };
            let id = match &other.place {
                Place::There(id) | Place::Renewed(id) => Some(JumpCloudUserId::new(id.as_str())),
                Place::Restored(_) => None,
            };
            let present = self.finder.present;
            match id.as_ref().and_then(|id| present.users.get(id)?.manager.as_ref()) {
                None if id.is_some_and(|id| present.synced.users.contains(&id)) => {
                    self.lose(format!("report {name}"), WRITTEN_BACK);
                }
                None => {
                    let itself = self.itself(&user.username);
                    self.manage(other, itself);
                }
                Some(manager) if half_made == Some(manager) => {}
                Some(_) => self.lose(format!("report {name}"), "the user has another manager by now"),
            }
        }
    }

    fn manage(&mut self, user: Other, manager: Other) {
        if self.pairs.managers.insert((user.place.clone(), manager.place.clone())) {
            self.parts.push(Part::Manager { user, manager });
        }
    }

    fn scheduled_states(&mut self, user: &RemovedUser, there: Option<&RemovedUser>) {
        let Some(states) = &user.scheduled_states else {
            self.lose("planned changes of its state", "JumpCloud did not tell whether there were any");
            return;
        };
        for scheduled in states {
            let is_there = there.is_some_and(|there| {
                there.scheduled_states.as_ref().is_some_and(|now| now.contains(scheduled))
            });
            if scheduled.date <= self.now {
                let what = format!("change to {} on {}", scheduled.state, scheduled.date);
                self.lose(what, "it was due meanwhile, and is not made up for");
            } else if !is_there {
                self.parts.push(Part::Schedule(scheduled.clone()));
            }
        }
    }
}

/// The read-only fields, but Active Directory's lock on the password: the password is gone, and where Active Directory does
/// not select the user again nobody could set a new one.
fn locks(user: &RemovedUser) -> Value {
    let entries = user.record.get("restrictedFields").and_then(Value::as_array).into_iter().flatten();
    let is = |entry: &Value, name: &str, value: &str| entry.get(name).and_then(Value::as_str) == Some(value);
    entries
        .filter(|entry| !(is(entry, "field", "password") && is(entry, "type", Mark::SOURCE_TYPE)))
        .cloned()
        .collect()
}

fn group_id(place: &Place) -> Option<&str> {
    match place {
        Place::There(id) | Place::Renewed(id) => Some(id),
        Place::Restored(_) => None,
    }
}

/// A name, or the id where the name is not known.
fn shown<'n>(name: &'n str, id: &'n str) -> &'n str {
    if name.is_empty() { id } else { name }
}

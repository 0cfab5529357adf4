//! The rules for users.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::State;
use super::change::{Change, Draft};
use super::fields::{Record, Writer, answer, set_fields};
use super::id::{Id, Kind};
use super::table::Table;
use crate::sandbox::mail::{Mail, MailTo};
use crate::sandbox::refusal::Refusal;

/// Users, with what must be unique at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Users {
    table: Table,
    /// Ids by unique field and its value in lower case.
    by_unique: BTreeMap<(&'static str, String), Id>,
    /// Ids of reports by their manager's id.
    reports: BTreeMap<Id, BTreeSet<Id>>,
}

const UNIQUE: [&str; 3] = ["username", "email", "employeeIdentifier"];

impl Users {
    pub(in crate::sandbox) fn table(&self) -> &Table {
        &self.table
    }

    pub(in crate::sandbox) fn get(&self, id: Id) -> Option<&Record> {
        self.table.get(id)
    }

    /// The id of the user of this name, without case.
    pub(super) fn id_of(&self, username: &str) -> Option<Id> {
        self.by_unique.get(&("username", username.to_lowercase())).copied()
    }

    /// Checks what the API checks about a whole user: required fields and uniqueness. A new user has no id yet.
    pub(super) fn check(&self, id: Option<Id>, record: &Record) -> Result<(), Refusal> {
        if text(record, "username").is_none() {
            return Err(Refusal::of("username", "username is required"));
        }
        let email = text(record, "email").ok_or_else(|| Refusal::of("email", "email is required"))?;
        if !matches!(email.split_once('@'), Some((local, domain)) if !local.is_empty() && !domain.is_empty())
        {
            return Err(Refusal::of("email", format!("{email:?} is not a mail address")));
        }
        for name in UNIQUE {
            let Some(value) = text(record, name) else { continue };
            let owner = self.by_unique.get(&(name, value.to_lowercase()));
            if owner.is_some_and(|owner| Some(*owner) != id) {
                return Err(Refusal::taken(name, format!("a user with {name} {value:?} exists already")));
            }
        }
        Ok(())
    }

    /// Puts a checked user in the place of the one of that id, if there is one.
    pub(super) fn put(&mut self, id: Id, record: Record) {
        self.forget(id);
        for name in UNIQUE {
            if let Some(value) = text(&record, name) {
                self.by_unique.insert((name, value.to_lowercase()), id);
            }
        }
        if let Some(manager) = id_in(&record, "manager") {
            self.reports.entry(manager).or_default().insert(id);
        }
        self.table.put(Kind::User, id, record);
    }

    pub(super) fn take(&mut self, id: Id) {
        self.forget(id);
        self.table.take(id);
    }

    /// Takes the user of this id out of what is kept at hand.
    fn forget(&mut self, id: Id) {
        let Some(record) = self.table.get(id) else { return };
        for name in UNIQUE {
            if let Some(value) = text(record, name) {
                self.by_unique.remove(&(name, value.to_lowercase()));
            }
        }
        if let Some(manager) = id_in(record, "manager")
            && let Some(reports) = self.reports.get_mut(&manager)
        {
            reports.remove(&id);
            if reports.is_empty() {
                self.reports.remove(&manager);
            }
        }
    }
}

/// What becomes of the reports of a deleted manager (`cascade_manager`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum CascadeManager {
    /// Absent: a manager with reports stays.
    Unsaid,
    /// `null`: they have no manager then.
    Clear,
    /// They get this one.
    HandOver(String),
}

/// What writing a user comes to: the answer, and the mail that it sends.
pub(in crate::sandbox) type Written = (Value, Option<Mail>);

impl State {
    pub(in crate::sandbox) fn answer_user(&self, id: Id) -> Option<Value> {
        self.users.get(id).map(|record| answer(id, record, self.organization.id))
    }

    fn check_manager(&self, record: &Record) -> Result<(), Refusal> {
        match text(record, "manager") {
            Some(manager) if !manager.parse().is_ok_and(|id| self.users.get(id).is_some()) => {
                Err(Refusal::of("manager", "manager is no user"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The read-only fields of new users whose request names none (`systemUserDefaults`).
    fn default_locks(&self) -> Option<Value> {
        let locks = self.organization.settings.get("systemUserDefaults")?.get("restrictedFields")?;
        locks.as_array().filter(|locks| !locks.is_empty()).map(|locks| json!(locks))
    }

    /// How many users more there may be; none without a limit (`maxSystemUsers`).
    fn free_seats(&self) -> Option<usize> {
        let seats = self.organization.settings.get("maxSystemUsers").and_then(Value::as_u64)?;
        let seats = usize::try_from(seats).unwrap_or(usize::MAX);
        Some(seats.saturating_sub(self.users.table.rows().len()))
    }
}

impl Draft<'_> {
    pub(in crate::sandbox) fn create_user(&mut self, body: &Record) -> Result<Written, Refusal> {
        self.create_user_with(body, "manualEntry", None)
    }

    /// Creates a user of a job, as this source brings it in (`creation-source`).
    pub(in crate::sandbox) fn create_user_from(
        &mut self,
        body: &Record,
        source: &str,
    ) -> Result<Written, Refusal> {
        let default = if source == "jumpcloud:bulk" { "csvImport" } else { "applicationImport" };
        self.create_user_with(body, default, Some(source))
    }

    /// `default` is the setting of the organization that gives the state which the request does not
    /// (`newSystemUserStateDefaults`).
    fn create_user_with(
        &mut self,
        body: &Record,
        default: &str,
        source: Option<&str>,
    ) -> Result<Written, Refusal> {
        let mut record = Record::new();
        let defaults = self.state.organization.settings.get("newSystemUserStateDefaults");
        if let Some(state) = defaults.and_then(|defaults| defaults.get(default)).and_then(Value::as_str) {
            record.insert("state".to_owned(), json!(state));
        }
        record.extend(source.map(|source| ("creationSource".to_owned(), json!(source))));
        record.extend(self.state.default_locks().map(|locks| ("restrictedFields".to_owned(), locks)));
        set_fields(&mut record, body, Writer::Create)?;
        self.date(&mut record, body);
        self.state.users.check(None, &record)?;
        self.state.check_manager(&record)?;
        if self.state.free_seats() == Some(0) {
            return Err(Refusal::invalid(
                "the organization has as many users as it has seats (maxSystemUsers)",
            ));
        }
        if let Some(now) = self.now {
            record.insert("created".to_owned(), json!(now.to_string()));
        }
        let id = self.new_id();
        let mail = is_active(&record).then(|| Mail::to(id, &record, &MailTo::Usual)).flatten();
        Ok((self.put_user(id, record), mail))
    }

    pub(in crate::sandbox) fn update_user(&mut self, id: Id, body: &Record) -> Result<Written, Refusal> {
        let mut record = self.state.users.get(id).cloned().ok_or_else(Refusal::missing)?;
        let was_staged = is_staged(&record);
        set_fields(&mut record, body, Writer::Update)?;
        self.date(&mut record, body);
        self.set_ssh_keys(&mut record, body)?;
        self.state.users.check(Some(id), &record)?;
        if body.contains_key("manager") {
            self.state.check_manager(&record)?;
        }
        let mail =
            (was_staged && is_active(&record)).then(|| Mail::to(id, &record, &MailTo::Usual)).flatten();
        Ok((self.put_user(id, record), mail))
    }

    /// A new password and a lock have the date of their request. A new password has not expired.
    fn date(&self, record: &mut Record, body: &Record) {
        let now = self.now.map(|now| json!(now.to_string()));
        if body.contains_key("password") {
            record.remove("password_expired");
            record.extend(now.clone().map(|now| ("password_date".to_owned(), now)));
        }
        if record.get("account_locked") != Some(&json!(true)) {
            record.remove("account_locked_date");
        } else if !record.contains_key("account_locked_date") {
            record.extend(now.map(|now| ("account_locked_date".to_owned(), now)));
        }
    }

    /// `STAGED` to `ACTIVATED`, and no other way.
    pub(in crate::sandbox) fn activate_user(&mut self, id: Id, to: &MailTo) -> Result<Written, Refusal> {
        let mut record = self.state.users.get(id).cloned().ok_or_else(Refusal::missing)?;
        if !is_staged(&record) {
            return Err(Refusal::invalid("only a staged user can be activated"));
        }
        record.insert("state".to_owned(), json!("ACTIVATED"));
        let mail = Mail::to(id, &record, to);
        Ok((self.put_user(id, record), mail))
    }

    /// Changes a user in a way that no field of a request does.
    pub(in crate::sandbox) fn edit_user(
        &mut self,
        id: Id,
        edit: impl FnOnce(&mut Record),
    ) -> Result<Value, Refusal> {
        let mut record = self.state.users.get(id).cloned().ok_or_else(Refusal::missing)?;
        edit(&mut record);
        Ok(self.put_user(id, record))
    }

    pub(in crate::sandbox) fn remove_user(
        &mut self,
        id: Id,
        cascade: &CascadeManager,
    ) -> Result<Value, Refusal> {
        let users = &self.state.users;
        let answer = self.state.answer_user(id).ok_or_else(Refusal::missing)?;
        let reports: Vec<Id> = users.reports.get(&id).into_iter().flatten().copied().collect();
        let heir = match cascade {
            CascadeManager::Unsaid if !reports.is_empty() => {
                return Err(Refusal::conflict("the user is the manager of others: say cascade_manager"));
            }
            CascadeManager::Unsaid | CascadeManager::Clear => None,
            CascadeManager::HandOver(heir) => match heir.parse() {
                Ok(heir) if heir != id && users.get(heir).is_some() => Some(heir),
                _ => return Err(Refusal::invalid("cascade_manager is no other user")),
            },
        };
        for report in reports {
            if let Some(mut record) = users.get(report).cloned() {
                record.remove("manager");
                // Nobody is given to himself.
                if let Some(heir) = heir.filter(|heir| *heir != report) {
                    record.insert("manager".to_owned(), json!(heir));
                }
                self.put(Kind::User, report, record);
            }
        }
        self.changes.push(Change::Remove { kind: Kind::User, id });
        Ok(answer)
    }

    fn put_user(&mut self, id: Id, record: Record) -> Value {
        let answer = answer(id, &record, self.state.organization.id);
        self.put(Kind::User, id, record);
        answer
    }
}

fn is_staged(record: &Record) -> bool {
    text(record, "state") == Some("STAGED")
}

fn is_active(record: &Record) -> bool {
    text(record, "state") == Some("ACTIVATED")
}

/// A text of a record that is not empty.
pub(in crate::sandbox) fn text<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    record.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// An id that a record holds.
pub(super) fn id_in(record: &Record, name: &str) -> Option<Id> {
    text(record, name).and_then(|text| text.parse().ok())
}

//! The rules for users.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::directories::Bindable;
use super::fields::{Record, Writer, answer, set_fields};
use super::mail::{Mail, MailTo};
use super::refusal::Refusal;
use super::state::State;

/// Users by id, with what must be unique at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Users {
    by_id: BTreeMap<String, Record>,
    /// Ids by unique field and its value in lower case.
    by_unique: BTreeMap<(&'static str, String), String>,
    /// Ids of reports by their manager's id.
    reports: BTreeMap<String, BTreeSet<String>>,
}

const UNIQUE: [&str; 3] = ["username", "email", "employeeIdentifier"];

impl Users {
    pub(super) fn get(&self, id: &str) -> Option<&Record> {
        self.by_id.get(id)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Record)> {
        self.by_id.iter().map(|(id, record)| (id.as_str(), record))
    }

    /// The id of the user of this name, without case.
    pub(super) fn id_of(&self, username: &str) -> Option<&str> {
        self.by_unique.get(&("username", username.to_lowercase())).map(String::as_str)
    }

    /// Checks what the API checks about a whole user: required fields and uniqueness.
    pub(super) fn check(&self, id: &str, record: &Record) -> Result<(), Refusal> {
        if text(record, "username").is_none() {
            return Err(Refusal::invalid("username is required"));
        }
        let email = text(record, "email").ok_or_else(|| Refusal::invalid("email is required"))?;
        if !matches!(email.split_once('@'), Some((local, domain)) if !local.is_empty() && !domain.is_empty())
        {
            return Err(Refusal::invalid(format!("{email:?} is not a mail address")));
        }
        for name in UNIQUE {
            let Some(value) = text(record, name) else { continue };
            if self.by_unique.get(&(name, value.to_lowercase())).is_some_and(|owner| owner != id) {
                return Err(Refusal::invalid(format!("a user with {name} {value:?} exists already")));
            }
        }
        Ok(())
    }

    /// Puts a checked user in the place of the one of that id, if there is one.
    pub(super) fn put(&mut self, id: &str, record: Record) {
        self.take(id);
        for name in UNIQUE {
            if let Some(value) = text(&record, name) {
                self.by_unique.insert((name, value.to_lowercase()), id.to_owned());
            }
        }
        if let Some(manager) = text(&record, "manager") {
            self.reports.entry(manager.to_owned()).or_default().insert(id.to_owned());
        }
        self.by_id.insert(id.to_owned(), record);
    }

    fn take(&mut self, id: &str) -> Option<Record> {
        let record = self.by_id.remove(id)?;
        for name in UNIQUE {
            if let Some(value) = text(&record, name) {
                self.by_unique.remove(&(name, value.to_lowercase()));
            }
        }
        if let Some(manager) = text(&record, "manager")
            && let Some(reports) = self.reports.get_mut(manager)
        {
            reports.remove(id);
            if reports.is_empty() {
                self.reports.remove(manager);
            }
        }
        Some(record)
    }
}

/// What becomes of the reports of a deleted manager (`cascade_manager`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CascadeManager {
    /// Absent: a manager with reports stays.
    Unsaid,
    /// `null`: they have no manager then.
    Clear,
    /// They get this one.
    HandOver(String),
}

impl State {
    pub(super) fn answer_user(&self, id: &str) -> Option<Value> {
        self.users.get(id).map(|record| answer(id, record, &self.organization.id))
    }

    pub(super) fn create_user(
        &mut self,
        body: &Record,
        created: Option<&str>,
    ) -> Result<(Value, Option<Mail>), Refusal> {
        let mut record = Record::new();
        set_fields(&mut record, body, Writer::Create)?;
        self.users.check("", &record)?;
        self.check_manager(&record)?;
        if let Some(created) = created {
            record.insert("created".to_owned(), json!(created));
        }
        let id = self.new_id();
        let mail = is_active(&record).then(|| Mail::to(&id, &record, &MailTo::Usual)).flatten();
        self.users.put(&id, record);
        Ok((self.answer_user(&id).ok_or_else(Refusal::missing)?, mail))
    }

    pub(super) fn update_user(&mut self, id: &str, body: &Record) -> Result<(Value, Option<Mail>), Refusal> {
        let mut record = self.users.get(id).cloned().ok_or_else(Refusal::missing)?;
        let was_staged = is_staged(&record);
        set_fields(&mut record, body, Writer::Update)?;
        self.users.check(id, &record)?;
        if body.contains_key("manager") {
            self.check_manager(&record)?;
        }
        let mail =
            (was_staged && is_active(&record)).then(|| Mail::to(id, &record, &MailTo::Usual)).flatten();
        self.users.put(id, record);
        Ok((self.answer_user(id).ok_or_else(Refusal::missing)?, mail))
    }

    /// `STAGED` to `ACTIVATED`, and no other way.
    pub(super) fn activate_user(&mut self, id: &str, to: &MailTo) -> Result<(Value, Option<Mail>), Refusal> {
        let mut record = self.users.get(id).cloned().ok_or_else(Refusal::missing)?;
        if !is_staged(&record) {
            return Err(Refusal::invalid("only a staged user can be activated"));
        }
        record.insert("state".to_owned(), json!("ACTIVATED"));
        let mail = Mail::to(id, &record, to);
        self.users.put(id, record);
        Ok((self.answer_user(id).ok_or_else(Refusal::missing)?, mail))
    }

    pub(super) fn remove_user(&mut self, id: &str, cascade: &CascadeManager) -> Result<Value, Refusal> {
        let answer = self.answer_user(id).ok_or_else(Refusal::missing)?;
        let reports: Vec<String> = self.users.reports.get(id).into_iter().flatten().cloned().collect();
        let heir = match cascade {
            CascadeManager::Unsaid if !reports.is_empty() => {
                return Err(Refusal::conflict("the user is the manager of others: say cascade_manager"));
            }
            CascadeManager::Unsaid | CascadeManager::Clear => None,
            CascadeManager::HandOver(heir) if heir == id || self.users.get(heir).is_none() => {
                return Err(Refusal::invalid("cascade_manager is no other user"));
            }
            CascadeManager::HandOver(heir) => Some(heir),
        };
        for report in reports {
            if let Some(mut record) = self.users.get(&report).cloned() {
                record.remove("manager");
                // Nobody is given to himself.
                if let Some(heir) = heir.filter(|heir| **heir != report) {
                    record.insert("manager".to_owned(), json!(heir));
                }
                self.users.put(&report, record);
            }
        }
        self.users.take(id);
        self.groups.forget_user(id);
        self.forget_bindings(Bindable::User, id);
        Ok(answer)
    }

    pub(super) fn check_manager(&self, record: &Record) -> Result<(), Refusal> {
        match text(record, "manager") {
            Some(manager) if self.users.get(manager).is_none() => Err(Refusal::invalid("manager is no user")),
            Some(_) | None => Ok(()),
        }
    }
}

fn is_staged(record: &Record) -> bool {
    text(record, "state") == Some("STAGED")
}

fn is_active(record: &Record) -> bool {
    text(record, "state") == Some("ACTIVATED")
}

/// A text of a record that is not empty.
pub(super) fn text<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    record.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

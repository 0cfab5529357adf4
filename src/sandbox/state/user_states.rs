//! Changes of users' states that are planned for a time (JumpCloud API v2, `/bulk/userstates`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::State;
use super::change::{Change, Draft};
use super::fields::Record;
use super::id::{Id, Kind, Node};
use super::users::{Written, text};
use crate::sandbox::mail::MailTo;
use crate::sandbox::refusal::Refusal;

/// A planned change in the text of a state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct UserStateEntry {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) user: String,
    state: UserState,
    scheduled_date: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum UserState {
    Activated,
    Suspended,
}

impl UserStateEntry {
    pub(super) fn into_record(self) -> Record {
        let Self { id: _, user: _, state, scheduled_date, email } = self;
        let mut record = Record::from_iter([
            ("state".to_owned(), json!(state)),
            ("scheduledDate".to_owned(), json!(scheduled_date.to_string())),
        ]);
        record.extend(email.map(|email| ("email".to_owned(), email)));
        record
    }

    pub(super) fn new(id: Id, record: &Record, state: &State) -> Self {
        let user = state.user_of(id).map(|user| state.name_of_user(user));
        Self {
            id: Some(id.to_string()),
            user: user.unwrap_or_default(),
            state: match text(record, "state") {
                Some("SUSPENDED") => UserState::Suspended,
                _ => UserState::Activated,
            },
            scheduled_date: date(record).unwrap_or_default(),
            email: record.get("email").cloned(),
        }
    }
}

impl State {
    /// The user whose state a planned change is about.
    fn user_of(&self, change: Id) -> Option<Id> {
        let node = Node::new(Kind::UserState, change);
        self.graph.neighbours(node, Kind::User).next().map(|(id, _)| id)
    }

    /// A planned change as the API answers it (`scheduled-userstate-result`).
    pub(in crate::sandbox) fn answer_user_state(&self, id: Id, record: &Record) -> Value {
        answer(id, record, self.user_of(id))
    }

    /// The planned changes of a user, or all.
    pub(in crate::sandbox) fn user_states(&self, user: Option<Id>) -> Vec<(Id, &Record)> {
        let changes = self.table(Kind::UserState).iter();
        changes.filter(|(id, _)| user.is_none() || self.user_of(*id) == user).collect()
    }

    /// The planned change that is due first, if any is due.
    pub(in crate::sandbox) fn due(&self, now: Timestamp) -> Option<Id> {
        let changes = self.table(Kind::UserState).iter();
        let dated = changes.filter_map(|(id, record)| Some((date(record)?, id)));
        dated.filter(|(date, _)| *date <= now).min().map(|(_, id)| id)
    }
}

fn answer(id: Id, record: &Record, user: Option<Id>) -> Value {
    json!({
        "scheduledJobId": id,
        "systemUserId": user,
        "state": record.get("state"),
        "scheduledDate": record.get("scheduledDate"),
    })
}

fn date(record: &Record) -> Option<Timestamp> {
    text(record, "scheduledDate")?.parse().ok()
}

impl Draft<'_> {
    /// Plans a change for each of the users that a request names (`bulk-scheduled-statechange-create`).
    pub(in crate::sandbox) fn create_user_states(&mut self, body: &Record) -> Result<Vec<Value>, Refusal> {
        let wrong =
            |name: &str| Refusal::invalid(format!("{name} is missing or has a value of the wrong type"));
        let state = text(body, "state").filter(|state| matches!(*state, "ACTIVATED" | "SUSPENDED"));
        let state = state.ok_or_else(|| wrong("state"))?;
        let start = text(body, "start_date").and_then(|date| date.parse::<Timestamp>().ok());
        let start = start.ok_or_else(|| wrong("start_date"))?;
        let users = body.get("user_ids").and_then(Value::as_array).filter(|users| !users.is_empty());
        let users = users.ok_or_else(|| wrong("user_ids"))?;
        let given = |name: &str| body.get(name).filter(|value| !value.is_null());
        let mail = match (given("send_activation_emails"), given("activation_email_override")) {
            (None | Some(Value::Bool(true)), None) => None,
            (None | Some(Value::Bool(true)), Some(Value::String(address))) if users.len() == 1 => {
                Some(json!(address))
            }
            (Some(Value::Bool(false)), None) => Some(json!(false)),
            _ => return Err(Refusal::invalid("activation_email_override needs a single user and mails")),
        };
        let mut record = Record::from_iter([
            ("state".to_owned(), json!(state)),
            ("scheduledDate".to_owned(), json!(start.to_string())),
        ]);
        record.extend(mail.map(|mail| ("email".to_owned(), mail)));
        let mut answers = Vec::new();
        for user in users {
            let user = user.as_str().and_then(|id| id.parse().ok()).ok_or_else(|| wrong("user_ids"))?;
            self.state.users.get(user).ok_or_else(Refusal::missing)?;
            let id = self.new_id();
            self.put(Kind::UserState, id, record.clone());
            let (one, other) = (Node::new(Kind::UserState, id), Node::user(user));
            self.changes.push(Change::Link { one, other, attributes: None });
            answers.push(answer(id, &record, Some(user)));
        }
        Ok(answers)
    }

    pub(in crate::sandbox) fn remove_user_state(&mut self, id: Id) -> Result<(), Refusal> {
        self.state.table(Kind::UserState).get(id).ok_or_else(Refusal::missing)?;
        self.changes.push(Change::Remove { kind: Kind::UserState, id });
        Ok(())
    }

    /// Carries out a planned change.
    pub(in crate::sandbox) fn carry_out(&mut self, id: Id) -> Result<Written, Refusal> {
        let record = self.state.table(Kind::UserState).get(id).ok_or_else(Refusal::missing)?;
        let user = self.state.user_of(id).ok_or_else(Refusal::missing)?;
        self.changes.push(Change::Remove { kind: Kind::UserState, id });
        let staged = self.state.users.get(user).and_then(|user| text(user, "state")) == Some("STAGED");
        match text(record, "state") {
            Some("ACTIVATED") if staged => self.activate_user(user, &mail_to(record)),
            state => self.update_user(user, &Record::from_iter([("state".to_owned(), json!(state))])),
        }
    }
}

fn mail_to(record: &Record) -> MailTo {
    match record.get("email") {
        Some(Value::String(address)) => MailTo::Address(address.clone()),
        Some(Value::Bool(false)) => MailTo::Nobody,
        _ => MailTo::Usual,
    }
}

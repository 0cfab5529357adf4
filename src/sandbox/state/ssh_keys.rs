//! The rules for the SSH keys of users. They are public keys, kept in the user's record.

use serde_json::{Value, json};

use super::State;
use super::change::Draft;
use super::fields::Record;
use super::id::Id;
use super::users::text;
use crate::sandbox::refusal::Refusal;

/// The field of a user that holds its keys.
const KEYS: &str = "ssh_keys";

impl State {
    /// The keys of a user (`sshkeylist`).
    pub(in crate::sandbox) fn ssh_keys(&self, user: Id) -> Result<&[Value], Refusal> {
        let record = self.users.get(user).ok_or_else(Refusal::missing)?;
        Ok(record.get(KEYS).and_then(Value::as_array).map_or(&[], Vec::as_slice))
    }
}

impl Draft<'_> {
    pub(in crate::sandbox) fn create_ssh_key(&mut self, user: Id, body: &Record) -> Result<Value, Refusal> {
        let mut keys = self.state.ssh_keys(user)?.to_vec();
        let key = self.new_ssh_key(body)?;
        keys.push(key.clone());
        self.edit_user(user, |record| drop(record.insert(KEYS.to_owned(), Value::Array(keys))))?;
        Ok(key)
    }

    pub(in crate::sandbox) fn remove_ssh_key(&mut self, user: Id, key: Id) -> Result<(), Refusal> {
        let is_meant = |entry: &Value| entry.get("_id").and_then(Value::as_str) == Some(&key.to_string());
        let (gone, keys): (Vec<Value>, Vec<Value>) =
            self.state.ssh_keys(user)?.iter().cloned().partition(is_meant);
        if gone.is_empty() {
            return Err(Refusal::missing());
        }
        self.edit_user(user, |record| {
            record.remove(KEYS);
            if !keys.is_empty() {
                record.insert(KEYS.to_owned(), Value::Array(keys));
            }
        })?;
        Ok(())
    }

    /// Replaces all keys of a user by those of a request, where it has any to say.
    pub(super) fn set_ssh_keys(&mut self, record: &mut Record, body: &Record) -> Result<(), Refusal> {
        let Some(keys) = body.get(KEYS) else { return Ok(()) };
        let wrong = || Refusal::invalid("ssh_keys must be a list of objects with name and public_key");
        let keys = keys.as_array().ok_or_else(wrong)?.iter();
        let keys = keys.map(|key| self.new_ssh_key(key.as_object().ok_or_else(wrong)?));
        let keys: Vec<Value> = keys.collect::<Result<_, _>>()?;
        record.remove(KEYS);
        if !keys.is_empty() {
            record.insert(KEYS.to_owned(), Value::Array(keys));
        }
        Ok(())
    }

    /// Reads a key of a request (`sshkeypost`).
    fn new_ssh_key(&mut self, body: &Record) -> Result<Value, Refusal> {
        let (Some(name), Some(public_key)) = (text(body, "name"), text(body, "public_key")) else {
            return Err(Refusal::invalid("a key has a name and a public_key"));
        };
        let mut key = json!({ "_id": self.new_id(), "name": name, "public_key": public_key });
        if let (Some(now), Some(key)) = (self.now, key.as_object_mut()) {
            key.insert("create_date".to_owned(), json!(now.to_string()));
        }
        Ok(key)
    }
}

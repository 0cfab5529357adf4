//! The rules for Active Directory objects and their agents.

use serde_json::{Value, json};

use super::State;
use super::change::{Change, Draft};
use super::fields::Record;
use super::id::{Id, Kind};
use super::translation_rules::RULES;
use super::users::text;
use crate::sandbox::refusal::Refusal;

/// The field of an object's record that holds its agents. No answer has it.
pub(in crate::sandbox) const AGENTS: &str = "agents";

const USE_CASES: [&str; 4] = ["UNSET", "TWOWAYSYNC", "JCASAUTHORITY", "ADASAUTHORITY"];

impl State {
    pub(in crate::sandbox) fn directory(&self, id: Id) -> Result<&Record, Refusal> {
        self.table(Kind::ActiveDirectory).get(id).ok_or_else(Refusal::missing)
    }

    /// The object as the API answers it (`active-directory`).
    pub(in crate::sandbox) fn answer_directory(&self, id: Id) -> Option<Value> {
        self.table(Kind::ActiveDirectory).get(id).map(|record| answer(id, record))
    }

    /// The agents of an object (`active-directory-agent-list`), in the order in which they came.
    pub(in crate::sandbox) fn agents(&self, directory: Id) -> Result<Vec<(Id, &Record)>, Refusal> {
        let agents = self.directory(directory)?.get(AGENTS).and_then(Value::as_array);
        let agents = agents.into_iter().flatten().filter_map(Value::as_object);
        Ok(agents.filter_map(|agent| Some((super::users::id_in(agent, "id")?, agent))).collect())
    }
}

fn answer(id: Id, record: &Record) -> Value {
    let mut answer = record.clone();
    answer.remove(AGENTS);
    answer.remove(RULES);
    answer.insert("id".to_owned(), json!(id));
    Value::Object(answer)
}

impl Draft<'_> {
    pub(in crate::sandbox) fn create_directory(&mut self, body: &Record) -> Result<Value, Refusal> {
        let domain = text(body, "domain").ok_or_else(|| Refusal::invalid("domain is required"))?;
        let is_there =
            |record: &Record| text(record, "domain").is_some_and(|other| same_domain(other, domain));
        if self.state.table(Kind::ActiveDirectory).iter().any(|(_, record)| is_there(record)) {
            return Err(Refusal::conflict("Already Exists"));
        }
        let record = Record::from_iter([("domain".to_owned(), json!(domain))]);
        let id = self.new_id();
        self.put_directory(id, record, body)
    }

    /// Changes what `body` names of `useCase` and `groupsEnabled`.
    pub(in crate::sandbox) fn update_directory(&mut self, id: Id, body: &Record) -> Result<Value, Refusal> {
        let record = self.state.directory(id)?.clone();
        self.put_directory(id, record, body)
    }

    fn put_directory(&mut self, id: Id, mut record: Record, body: &Record) -> Result<Value, Refusal> {
        for (name, value) in body {
            let is_right = match name.as_str() {
                "useCase" => value.as_str().is_some_and(|case| USE_CASES.contains(&case)),
                "groupsEnabled" => value.is_boolean(),
                _ => continue,
            };
            if !is_right {
                return Err(Refusal::invalid(format!("{name} has a value of the wrong type")));
            }
            record.insert(name.clone(), value.clone());
        }
        record.entry("useCase").or_insert_with(|| json!("UNSET"));
        let answer = answer(id, &record);
        self.put(Kind::ActiveDirectory, id, record);
        Ok(answer)
    }

    pub(in crate::sandbox) fn remove_directory(&mut self, id: Id) -> Result<Value, Refusal> {
        let answer = self.state.answer_directory(id).ok_or_else(Refusal::missing)?;
        self.changes.push(Change::Remove { kind: Kind::ActiveDirectory, id });
        Ok(answer)
    }

    /// Attaches an agent, which waits for its installation. Answers with the key that the installation asks for, which no
    /// later answer has.
    pub(in crate::sandbox) fn create_agent(
        &mut self,
        directory: Id,
        body: &Record,
    ) -> Result<Value, Refusal> {
        let mut record = self.state.directory(directory)?.clone();
        // The published sample spells it the second way.
        let kind = body.get("agentType").or_else(|| body.get("agent_type"));
        let kind = match kind.map(Value::as_str) {
            None => "SYNC",
            Some(Some(kind @ ("SYNC" | "IMPORT"))) => kind,
            Some(_) => return Err(Refusal::invalid("agentType must be SYNC or IMPORT")),
        };
        let id = self.new_id();
        let agent = json!({ "id": id, "agentType": kind, "state": "unsealed" });
        let agents = record.entry(AGENTS).or_insert_with(|| json!([]));
        if let Some(agents) = agents.as_array_mut() {
            agents.push(agent.clone());
        }
        self.put(Kind::ActiveDirectory, directory, record);
        Ok(json!({ "id": id, "state": "unsealed", "connectKey": format!("sandbox-connect-key-{id}") }))
    }

    pub(in crate::sandbox) fn remove_agent(&mut self, directory: Id, agent: Id) -> Result<(), Refusal> {
        let mut record = self.state.directory(directory)?.clone();
        if !self.state.agents(directory)?.iter().any(|(id, _)| *id == agent) {
            return Err(Refusal::missing());
        }
        let agents = record.get_mut(AGENTS).and_then(Value::as_array_mut);
        let is_meant = |entry: &Value| entry.get("id").and_then(Value::as_str) == Some(&agent.to_string());
        if let Some(agents) = agents {
            agents.retain(|entry| !is_meant(entry));
        }
        self.put(Kind::ActiveDirectory, directory, record);
        Ok(())
    }
}

/// Whether two texts name one domain: parts between semicolons or commas, without case.
fn same_domain(one: &str, other: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        text.split([';', ',']).map(|part| part.trim().to_lowercase()).collect()
    };
    parts(one) == parts(other)
}

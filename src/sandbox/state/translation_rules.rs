//! The rules by which attributes are translated between JumpCloud and a domain. They are kept in the record of their
//! Active Directory object.
//!
//! The published specification has only their paths. What is known comes from JumpCloud's own command-line client; the
//! rules that JumpCloud makes itself are not known, so an object starts with none.

use serde_json::{Value, json};

use super::State;
use super::change::Draft;
use super::fields::Record;
use super::id::{Id, Kind};
use super::users::{id_in, text};
use crate::sandbox::refusal::Refusal;

/// The field of an object's record that holds its rules. No answer has it.
pub(super) const RULES: &str = "translationRules";

const SOURCE_TYPES: [&str; 4] = ["PATH", "EXPR", "CONSTANT", "GOLANG_TEMPLATE"];
const DIRECTIONS: [&str; 3] = ["UNSPECIFIED", "EXPORT", "IMPORT"];
const OCCASIONS: [&str; 2] = ["CREATE", "UPDATE"];

impl State {
    /// The rules of an object, in the order in which they came.
    pub(in crate::sandbox) fn translation_rules(&self, directory: Id) -> Result<Vec<(Id, &Record)>, Refusal> {
        let rules = self.directory(directory)?.get(RULES).and_then(Value::as_array);
        let rules = rules.into_iter().flatten().filter_map(Value::as_object);
        Ok(rules.filter_map(|rule| Some((id_in(rule, "objectId")?, rule))).collect())
    }
}

impl Draft<'_> {
    /// Adds, replaces and takes out rules of an object, all or none. Gives those that are new and those that are replaced.
    pub(in crate::sandbox) fn change_translation_rules(
        &mut self,
        directory: Id,
        new: &[Value],
        replaced: &[Value],
        gone: &[Id],
    ) -> Result<(Vec<Value>, Vec<Value>), Refusal> {
        let mut record = self.state.directory(directory)?.clone();
        let mut rules = record.remove(RULES).and_then(|rules| rules.as_array().cloned()).unwrap_or_default();
        for id in gone {
            let place = editable(&rules, *id)?;
            rules.remove(place);
        }
        let mut changed = Vec::new();
        for body in replaced {
            let id =
                body.as_object().and_then(|body| id_in(body, "objectId")).ok_or_else(Refusal::missing)?;
            let place = editable(&rules, id)?;
            let old = rules.get(place).and_then(|rule| rule.get("direction")).cloned();
            let mut rule = read(body, true)?;
            rule.insert("objectId".to_owned(), json!(id));
            // A rule never turns round.
            rule.extend(old.map(|direction| ("direction".to_owned(), direction)));
            if let Some(slot) = rules.get_mut(place) {
                *slot = Value::Object(rule.clone());
            }
            changed.push(Value::Object(rule));
        }
        let mut added = Vec::new();
        for body in new {
            let mut rule = read(body, false)?;
            rule.insert("objectId".to_owned(), json!(self.new_id()));
            added.push(Value::Object(rule));
        }
        rules.extend(added.iter().cloned());
        if !rules.is_empty() {
            record.insert(RULES.to_owned(), Value::Array(rules));
        }
        self.put(Kind::ActiveDirectory, directory, record);
        Ok((added, changed))
    }
}

/// Where a rule is that may be changed.
fn editable(rules: &[Value], id: Id) -> Result<usize, Refusal> {
    let is_meant = |rule: &Value| rule.as_object().and_then(|rule| id_in(rule, "objectId")) == Some(id);
    let place = rules.iter().position(is_meant).ok_or_else(Refusal::missing)?;
    let is_fixed = rules.get(place).and_then(|rule| rule.get("editable")) == Some(&json!(false));
    if is_fixed { Err(Refusal::invalid("a rule of JumpCloud's own cannot be changed")) } else { Ok(place) }
}

/// Reads a rule of a request. One that replaces another must be whole.
fn read(body: &Value, is_whole: bool) -> Result<Record, Refusal> {
    let body = body.as_object().ok_or_else(|| Refusal::invalid("a rule must be an object"))?;
    let mut rule = Record::new();
    for name in ["source", "destination"] {
        let value = text(body, name).ok_or_else(|| Refusal::of(name, format!("{name} is required")))?;
        rule.insert(name.to_owned(), json!(value));
    }
    let choice = |name: &str, choices: &[&str], default: &str| match body.get(name) {
        None if !is_whole || name == "direction" => Ok(json!(default)),
        Some(Value::String(value)) if choices.contains(&value.as_str()) => Ok(json!(value)),
        None | Some(_) => Err(Refusal::of(name, format!("{name} must be one of {}", choices.join(", ")))),
    };
    rule.insert("sourceType".to_owned(), choice("sourceType", &SOURCE_TYPES, "PATH")?);
    rule.insert("direction".to_owned(), choice("direction", &DIRECTIONS, "UNSPECIFIED")?);
    let is_occasion = |value: &Value| value.as_str().is_some_and(|value| OCCASIONS.contains(&value));
    let occasions = match body.get("appliedOn") {
        None if !is_whole => json!(OCCASIONS),
        Some(Value::Array(values)) if values.iter().all(is_occasion) => json!(values),
        None | Some(_) => return Err(Refusal::of("appliedOn", "appliedOn must be a list of CREATE, UPDATE")),
    };
    rule.insert("appliedOn".to_owned(), occasions);
    for (name, value) in [("required", false), ("editable", true), ("default", false)] {
        rule.insert(name.to_owned(), json!(value));
    }
    Ok(rule)
}

/// What rules make of a user. Expressions and templates are JumpCloud's languages, which the sandbox does not speak.
pub(in crate::sandbox) fn translate(rules: &[Value], user: &Value) -> Result<Record, Refusal> {
    let mut translated = Record::new();
    for rule in rules {
        let rule = read(rule, false)?;
        let (source, destination) =
            (text(&rule, "source").unwrap_or_default(), text(&rule, "destination").unwrap_or_default());
        let value = match text(&rule, "sourceType") {
            Some("PATH") => source.split('.').try_fold(user, |value, part| value.get(part)).cloned(),
            Some("CONSTANT") => Some(json!(source)),
            _ => {
                return Err(Refusal::invalid(
                    "the sandbox evaluates rules of the types PATH and CONSTANT only",
                ));
            }
        };
        translated.extend(value.map(|value| (destination.to_owned(), value)));
    }
    Ok(translated)
}

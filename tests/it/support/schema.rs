//! JSON against the schemas in `schemas/`: as much of JSON Schema as those use, and stricter in one point. A property
//! that the schema does not name is a problem, so that no document grows in silence.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A schema document.
#[derive(Debug)]
pub(crate) struct Schema {
    root: Value,
}

impl Schema {
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
        Self { root: serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() }
    }

    /// Everything in which a document does not fit, each with its place (a JSON pointer) in front.
    pub(crate) fn problems(&self, document: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(&self.root, document, "", &mut problems);
        problems
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut problems = Vec::new();
        self.check(schema, value, "", &mut problems);
        problems.is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        if *schema == Value::Bool(true) {
            return;
        }
        for (keyword, rule) in schema.as_object().unwrap() {
            let fits = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "default" | "required" => true,
                "$ref" => {
                    let pointer = rule.as_str().unwrap().trim_start_matches('#');
                    self.check(self.root.pointer(pointer).unwrap(), value, place, problems);
                    true
                }
                "type" => match rule.as_array() {
                    Some(types) => types.iter().any(|one| is_of_type(value, one)),
                    None => is_of_type(value, rule),
                },
                "const" => value == rule,
                "enum" => rule.as_array().unwrap().contains(value),
                "oneOf" => rule.as_array().unwrap().iter().filter(|one| self.fits(one, value)).count() == 1,
                "anyOf" => rule.as_array().unwrap().iter().any(|one| self.fits(one, value)),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
                "format" if rule == "uuid" => {
                    value.as_str().is_none_or(|text| uuid::Uuid::try_parse(text).is_ok())
                }
                // Of numbers: `minimum` and `type` say the same.
                "format" => rule == "double" || rule.as_str().unwrap().starts_with("uint"),
                "items" => {
                    for (position, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{place}/{position}"), problems);
                    }
                    true
                }
                "properties" | "additionalProperties" => {
                    self.check_properties(schema, value, place, problems);
                    true
                }
                other => panic!("a keyword that this check does not know: {other}"),
            };
            if !fits {
                problems.push(format!("{place}: {value} does not fit {keyword} {rule}"));
            }
        }
    }

    fn check_properties(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        let Some(object) = value.as_object() else { return };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                problems.push(format!("{place}/{name}: missing"));
            }
        }
        for (name, property) in object {
            let place = format!("{place}/{name}");
            match schema["properties"].get(name).or(schema.get("additionalProperties")) {
                Some(rule) => self.check(rule, property, &place, problems),
                None => problems.push(format!("{place}: not in the schema")),
            }
        }
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("no type is called {other}"),
    }
}

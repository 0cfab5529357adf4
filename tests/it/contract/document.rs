//! The operations of JumpCloud's published documents, and what their answers must be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// An operation, as a document has it.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    /// From the root, with `{name}` for its parameters.
    pub(super) path: String,
    /// What is published of each answer's body; none where there is no body.
    pub(super) answers: BTreeMap<u16, Option<Validator>>,
}

/// What the documents say of errors that they do not list by operation.
pub(super) struct Documents {
    pub(super) operations: Vec<Operation>,
    pub(super) error: Validator,
}

impl Documents {
    pub(super) fn read() -> Self {
        let documents = ["v1", "v2"].map(|name| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/openapi/{name}.json"));
            serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap()
        });
        let error = validator(&documents[1], &json!({ "$ref": "#/definitions/Error" }));
        Self { operations: documents.iter().flat_map(operations).collect(), error }
    }

    pub(super) fn operation(&self, id: &str) -> &Operation {
        self.operations
            .iter()
            .find(|operation| operation.id == id)
            .unwrap_or_else(|| panic!("no operation {id}"))
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let root = document["basePath"].as_str().unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(answers) = operation.get("responses").and_then(Value::as_object) else { continue };
            let answers = answers.iter().map(|(status, answer)| {
                let schema = answer.get("schema").map(|schema| validator(document, schema));
                (status.parse().unwrap(), schema)
            });
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: format!("{root}{path}"),
                answers: answers.collect(),
            });
        }
    }
    operations
}

/// A validator of a schema of a document. It is stricter in one point: a property that the document does not name is a
/// problem, unless it says that there may be others.
fn validator(document: &Value, schema: &Value) -> Validator {
    let mut definitions = Map::new();
    for (name, definition) in document["definitions"].as_object().unwrap() {
        definitions.insert(name.clone(), translated(definition, true));
        definitions.insert(open(name), translated(definition, false));
    }
    let mut schema = translated(schema, true);
    schema.as_object_mut().unwrap().insert("definitions".to_owned(), definitions.into());
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(&schema).unwrap()
}

/// The name of a definition as a part of another, which may add properties.
fn open(name: &str) -> String {
    format!("{name} and more")
}

/// A schema of Swagger 2.0 as JSON Schema. `is_whole` is false for a part of another schema.
fn translated(schema: &Value, is_whole: bool) -> Value {
    let Some(schema) = schema.as_object() else { return schema.clone() };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.trim_start_matches("#/definitions/");
        let name = if is_whole { name.to_owned() } else { open(name) };
        return json!({ "$ref": format!("#/definitions/{}", name.replace(' ', "%20")) });
    }
    let mut made = Map::new();
    for (keyword, rule) in schema {
        let rule = match keyword.as_str() {
            "properties" => {
                let properties = rule.as_object().unwrap().iter();
                Value::Object(properties.map(|(name, rule)| (name.clone(), translated(rule, true))).collect())
            }
            "items" | "additionalProperties" => translated(rule, true),
            "allOf" => rule.as_array().unwrap().iter().map(|part| translated(part, false)).collect(),
            "type" | "enum" | "required" | "format" | "minimum" | "maximum" | "minLength" | "maxLength"
            | "pattern" | "minItems" | "maxItems" | "uniqueItems" => rule.clone(),
            "title" | "description" | "readOnly" | "x-nullable" | "x-note" | "example" | "default" => {
                continue;
            }
            other => panic!("{other} is not read"),
        };
        made.insert(keyword.clone(), rule);
    }
    let has_names = made.contains_key("properties") || made.contains_key("allOf");
    if is_whole && has_names && !made.contains_key("additionalProperties") {
        made.insert("unevaluatedProperties".to_owned(), false.into());
    }
    if schema.get("x-nullable") == Some(&Value::Bool(true)) {
        json!({ "anyOf": [made, { "type": "null" }] })
    } else {
        made.into()
    }
}

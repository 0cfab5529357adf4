//! Which rows a request asks for.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::list::{Listed, Version};
use crate::sandbox::refusal::Refusal;

/// The most that the filters of a request may weigh: every row is held against all of them.
const HEAVIEST: usize = 1000;
/// What a pattern weighs, beside 1 of a plain comparison.
const WEIGHT_OF_A_PATTERN: usize = 50;
/// How large a pattern may be, in bytes, and what matching it may keep at hand.
const LARGEST_PATTERN: usize = 1 << 17;

/// One condition on a row.
#[derive(Debug, Clone)]
pub(in crate::sandbox) enum Filter {
    /// A field compared with a text, with case.
    Compare {
        field: String,
        comparison: Comparison,
        value: String,
    },
    /// A field matches a pattern.
    Matches {
        field: String,
        pattern: Regex,
    },
    /// Any of the fields contains any of the terms, without case. The terms are in lower case.
    Contains {
        fields: Vec<String>,
        terms: Vec<String>,
    },
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Whether no row is left out.
    pub(super) fn takes_all(&self) -> bool {
        matches!(self, Self::All(filters) if filters.iter().all(Self::takes_all))
    }

    pub(in crate::sandbox) fn takes(&self, row: &impl Listed) -> bool {
        match self {
            Self::Compare { field, comparison, value } => {
                let order = row.text(field).as_ref().cmp(value.as_str());
                match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                }
            }
            Self::Matches { field, pattern } => pattern.is_match(&row.text(field)),
            Self::Contains { fields, terms } => fields.iter().any(|field| {
                let text = row.text(field).to_lowercase();
                terms.iter().any(|term| text.contains(term))
            }),
            Self::All(filters) => filters.iter().all(|filter| filter.takes(row)),
            Self::Any(filters) => filters.iter().any(|filter| filter.takes(row)),
        }
    }

    /// How much work it is to hold a row against it.
    fn weight(&self) -> usize {
        match self {
            Self::Compare { .. } => 1,
            Self::Matches { .. } => WEIGHT_OF_A_PATTERN,
            Self::Contains { fields, terms } => fields.len().saturating_mul(terms.len()),
            Self::All(filters) | Self::Any(filters) => filters.iter().map(Self::weight).sum(),
        }
    }

    /// Refuses filters that are too many.
    pub(super) fn weigh(filters: &[Self]) -> Result<(), Refusal> {
        bear(filters.iter().map(Self::weight).sum())
    }

    /// The filter of a list.
    pub(in crate::sandbox) fn parse(text: &str, version: Version) -> Result<Self, Refusal> {
        match version {
            Version::V1 => Self::parse_v1(text),
            Version::V2 => Self::parse_v2(text),
        }
    }

    /// `field:$op:value` of API v1.
    fn parse_v1(text: &str) -> Result<Self, Refusal> {
        let mut parts = text.splitn(3, ':');
        match (parts.next(), parts.next().and_then(|op| op.strip_prefix('$')), parts.next()) {
            (Some(field), Some(op), Some(value)) => Self::compare(field, op, value),
            _ => Err(Refusal::invalid(format!("filter {text:?} is not field:$op:value"))),
        }
    }

    /// `field:op:value` of API v2.
    fn parse_v2(text: &str) -> Result<Self, Refusal> {
        let mut parts = text.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(field), Some("search"), Some(value)) => {
                Ok(Self::Contains { fields: vec![field.to_owned()], terms: vec![value.to_lowercase()] })
            }
            (Some(field), Some("in"), Some(value)) => value
                .split('|')
                .map(|value| Self::compare(field, "eq", value))
                .collect::<Result<_, _>>()
                .map(Self::Any),
            (Some(field), Some("between"), Some(value)) => {
                let wrong = || Refusal::invalid(format!("filter {text:?} does not name two values"));
                let (low, high) = value.split_once(['|', ',']).ok_or_else(wrong)?;
                Ok(Self::All(vec![Self::compare(field, "gte", low)?, Self::compare(field, "lte", high)?]))
            }
            (Some(field), Some("eq"), Some(value)) if value.contains('*') => {
                let pattern: Vec<String> = value.split('*').map(regex::escape).collect();
                Self::matches(field, &format!("^(?s:{})$", pattern.join(".*")))
            }
            // The two versions spell these differently.
            (Some(field), Some("ge"), Some(value)) => Self::compare(field, "gte", value),
            (Some(field), Some("le"), Some(value)) => Self::compare(field, "lte", value),
            (Some(field), Some(op @ ("eq" | "ne" | "gt" | "lt")), Some(value)) => {
                Self::compare(field, op, value)
            }
            _ => Err(Refusal::invalid(format!("filter {text:?} is not field:op:value"))),
        }
    }

    /// `filter` of a search: one `and` or `or` with a list, a list (all of them), or one expression.
    pub(super) fn parse_search(filter: &Value) -> Result<Self, Refusal> {
        // Before any of its patterns takes memory.
        bear(weight(filter))?;
        Self::parse_conditions(filter)
    }

    fn parse_conditions(filter: &Value) -> Result<Self, Refusal> {
        match filter {
            Value::Null => Ok(Self::All(Vec::new())),
            Value::Array(expressions) => {
                expressions.iter().map(Self::parse_conditions).collect::<Result<_, _>>().map(Self::All)
            }
            Value::String(text) => Self::parse_v1(text),
            Value::Object(object) => {
                let filters = object.iter().map(|(name, value)| match (name.as_str(), value) {
                    ("and", Value::Array(_)) => Self::parse_conditions(value),
                    ("or", Value::Array(expressions)) => expressions
                        .iter()
                        .map(Self::parse_conditions)
                        .collect::<Result<_, _>>()
                        .map(Self::Any),
                    (field, Value::Object(conditions)) => conditions
                        .iter()
                        .map(|(op, value)| Self::compare(field, op.trim_start_matches('$'), &plain(value)))
                        .collect::<Result<_, _>>()
                        .map(Self::All),
                    (field, value) => Self::compare(field, "eq", &plain(value)),
                });
                filters.collect::<Result<_, _>>().map(Self::All)
            }
            Value::Bool(_) | Value::Number(_) => Err(Refusal::invalid("filter must be an object or a list")),
        }
    }

    /// `searchFilter` of a search: one term or several, in these fields.
    pub(super) fn parse_terms(search: &Value) -> Result<Self, Refusal> {
        if search.is_null() {
            return Ok(Self::All(Vec::new()));
        }
        let wrong = || Refusal::invalid("searchFilter must hold searchTerm and fields");
        let texts = |value: &Value| match value {
            Value::String(text) => Ok(vec![text.to_owned()]),
            Value::Array(texts) => {
                texts.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(wrong()),
        };
        let terms = texts(search.get("searchTerm").unwrap_or_default())?;
        let fields = texts(search.get("fields").unwrap_or_default())?;
        bear(fields.len().saturating_mul(terms.len()))?;
        Ok(Self::Contains { fields, terms: terms.iter().map(|term| term.to_lowercase()).collect() })
    }

    /// A pattern as clients send it: bare, or as `/pattern/i`.
    fn matches(field: &str, pattern: &str) -> Result<Self, Refusal> {
        let slashed = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let (pattern, flags) = slashed.unwrap_or((pattern, ""));
        let pattern = RegexBuilder::new(pattern)
            .case_insensitive(flags.contains('i'))
            .size_limit(LARGEST_PATTERN)
            .dfa_size_limit(LARGEST_PATTERN)
            .build();
        let wrong =
            |error| Refusal::invalid(format!("the pattern of the filter of {field} is wrong: {error}"));
        Ok(Self::Matches { field: field.to_owned(), pattern: pattern.map_err(wrong)? })
    }

    fn compare(field: &str, op: &str, value: &str) -> Result<Self, Refusal> {
        if op == "regex" {
            return Self::matches(field, value);
        }
        let comparison = match op {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "gt" => Comparison::Greater,
            "gte" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "lte" => Comparison::LessOrEqual,
            _ => {
                return Err(Refusal::invalid(format!(
                    "the sandbox does not know the filter operator {op:?}"
                )));
            }
        };
        Ok(Self::Compare { field: field.to_owned(), comparison, value: value.to_owned() })
    }
}

/// What the filter of a search weighs, as it was sent.
fn weight(filter: &Value) -> usize {
    match filter {
        Value::Array(expressions) => expressions.iter().map(weight).sum(),
        Value::Object(fields) => {
            let weight = |(name, value): (&String, &Value)| {
                if name.ends_with("regex") { WEIGHT_OF_A_PATTERN } else { weight(value) }
            };
            fields.iter().map(weight).sum()
        }
        Value::String(text) if text.contains(":$regex:") => WEIGHT_OF_A_PATTERN,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// Refuses a weight that is too much.
fn bear(weight: usize) -> Result<(), Refusal> {
    if weight > HEAVIEST { Err(Refusal::invalid("there are too many filters")) } else { Ok(()) }
}

/// The text that a value is compared as.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::state::id::Id;

    fn search_takes(filter: &Value) -> bool {
        let record = json!({ "username": "ada", "department": "Engines", "sudo": true });
        let row = (Id::numbered(1), record.as_object().unwrap());
        Filter::parse_search(filter).unwrap().takes(&row)
    }

    #[test]
    fn understands_each_form_of_a_filter() {
        for filter in [
            json!(null),
            json!({ "username": "ada" }),
            json!([{ "username": "ada" }, { "department": "Engines" }]),
            json!({ "and": [{ "username": { "$eq": "ada" } }, "department:$ne:Sales"] }),
            json!({ "or": ["username:$eq:bob", { "sudo": true }] }),
            json!({ "_id": Id::numbered(1) }),
            json!({ "username": { "$regex": "(?i)^ADA$" } }),
            json!(["username:$regex:/^A/i"]),
        ] {
            assert!(search_takes(&filter), "{filter}");
        }
        for filter in [
            json!({ "username": "Ada" }),
            json!({ "and": ["username:$eq:ada", "sudo:$eq:false"] }),
            json!({ "or": [] }),
            json!({ "username": { "$regex": "^ADA$" } }),
        ] {
            assert!(!search_takes(&filter), "{filter}");
        }
        assert!(Filter::parse_v1("username:eq:ada").is_err());
        assert!(Filter::parse_v2("name:$eq:ada").is_err());
        assert!(Filter::parse_search(&json!({ "username": { "$near": "a" } })).is_err());
        assert!(Filter::parse_search(&json!({ "username": { "$regex": "(" } })).is_err());
        assert!(Filter::parse_search(&json!({ "username": { "$regex": "a{999}{999}" } })).is_err());
    }

    #[test]
    fn understands_the_operators_of_the_second_version() {
        let record = json!({ "name": "Sales (EMEA)" });
        let row = (Id::numbered(1), record.as_object().unwrap());
        let takes = |text: &str| Filter::parse_v2(text).unwrap().takes(&row);
        for text in [
            "name:eq:Sales*",
            "name:eq:*(*)",
            "name:search:emea",
            "name:in:IT|Sales (EMEA)",
            "name:between:R|T",
            "name:ge:Sales",
        ] {
            assert!(takes(text), "{text}");
        }
        for text in ["name:eq:sales*", "name:eq:Sales", "name:between:T|Z", "name:lt:Sales"] {
            assert!(!takes(text), "{text}");
        }
        assert!(Filter::parse_v2("name:between:a").is_err());
    }
}

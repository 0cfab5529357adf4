//! What a request asks of the events (`EventQuery`).

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Event, Insights};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::Id;

/// How many rows an answer has when a request names no number that makes sense.
const DEFAULT_LIMIT: usize = 1_000;
/// The most rows; a larger limit counts as this one.
const LARGEST_LIMIT: usize = 10_000;

const SERVICES: [&str; 12] = [
    "alert",
    "alerts",
    "all",
    "directory",
    "ldap",
    "mdm",
    "object_storage",
    "password_manager",
    "radius",
    "software",
    "sso",
    "systems",
];

/// The fields of the sandbox's events.
const FIELDS: [&str; 14] = [
    "@version",
    "association",
    "auth_method",
    "changes",
    "client_ip",
    "event_type",
    "id",
    "initiated_by",
    "organization",
    "provider",
    "resource",
    "service",
    "success",
    "timestamp",
];

/// What nobody can search in.
const NOT_SEARCHED: [&str; 2] = ["changes", "useragent"];

/// Which events a request asks for, and which page of them.
#[derive(Debug)]
pub(in crate::sandbox) struct Query {
    /// Whether it asks for the service that the sandbox has.
    is_about_directory: bool,
    start: Timestamp,
    end: Timestamp,
    pub(in crate::sandbox) limit: usize,
    skip: usize,
    pub(in crate::sandbox) is_descending: bool,
    after: Option<(i64, Id)>,
    term: Term,
    /// A text, in lower case, that any searched field holds.
    text: String,
    /// What rows are cut down to; none leaves them whole.
    fields: Option<Vec<String>>,
}

/// A condition on an event.
#[derive(Debug)]
enum Term {
    /// A field has one of these values, in lower case.
    Is(String, Vec<String>),
    All(Vec<Self>),
    Any(Vec<Self>),
    None(Vec<Self>),
}

impl Query {
    /// Reads a request that comes at this time.
    pub(in crate::sandbox) fn parse(body: &Record, now: Option<Timestamp>) -> Result<Self, Refusal> {
        let start = time(body, "start_time")?.ok_or_else(|| wrong("start_time", "is required"))?;
        if now.is_some_and(|now| start > now) {
            return Err(wrong("start_time", "is in the future"));
        }
        let end = time(body, "end_time")?;
        if end.is_some_and(|end| end < start) {
            return Err(wrong("end_time", "is before start_time"));
        }
        let count = |name: &str| {
            body.get(name).and_then(Value::as_u64).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
        };
        let sort = body.get("sort").and_then(Value::as_str).unwrap_or_default();
        let text = match body.get("q") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.to_lowercase(),
            Some(_) => return Err(wrong("q", "must be a text")),
        };
        Ok(Self {
            is_about_directory: services(body)?,
            start,
            end: end.unwrap_or(Timestamp::MAX),
            limit: count("limit")
                .filter(|limit| *limit > 0)
                .map_or(DEFAULT_LIMIT, |limit| limit.min(LARGEST_LIMIT)),
            skip: count("skip").unwrap_or_default(),
            is_descending: sort.eq_ignore_ascii_case("DESC"),
            after: search_after(body)?,
            term: search_term(body)?,
            text,
            fields: fields(body)?,
        })
    }

    /// All events that it asks for, oldest first, whatever the page.
    pub(in crate::sandbox) fn matches(&self, insights: &Insights, now: Option<Timestamp>) -> Vec<Event> {
        if !self.is_about_directory {
            return Vec::new();
        }
        let mut events = insights.between(self.start, self.end, now);
        let takes_all = self.text.is_empty() && matches!(&self.term, Term::All(terms) if terms.is_empty());
        if !takes_all {
            events.retain(|event| {
                let event = event.record();
                self.term.takes(&event) && (self.text.is_empty() || self.is_in(&event))
            });
        }
        events
    }

    /// The page of these events that it asks for, in its order.
    pub(in crate::sandbox) fn page(&self, events: Vec<Event>) -> Vec<Event> {
        let is_due = |event: &Event| match self.after {
            None => true,
            Some(after) if self.is_descending => event.place() < after,
            Some(after) => event.place() > after,
        };
        let events = events.into_iter().filter(is_due);
        if self.is_descending {
            events.rev().skip(self.skip).take(self.limit).collect()
        } else {
            events.skip(self.skip).take(self.limit).collect()
        }
    }

    /// Where the page after an empty one begins.
    pub(in crate::sandbox) fn after(&self) -> Option<(i64, Id)> {
        self.after
    }

    /// An event cut down to the fields that it names; none when it wants all.
    pub(in crate::sandbox) fn project(&self, event: &Event) -> Option<Value> {
        let fields = self.fields.as_ref()?;
        let event = Value::Object(event.record());
        let mut row = Record::new();
        for name in fields {
            copy(&event, &mut row, name);
        }
        Some(Value::Object(row))
    }

    fn is_in(&self, event: &Record) -> bool {
        let searched = event.iter().filter(|(name, _)| !NOT_SEARCHED.contains(&name.as_str()));
        searched.into_iter().any(|(_, value)| holds(value, &self.text))
    }
}

impl Term {
    fn takes(&self, event: &Record) -> bool {
        match self {
            Self::Is(name, values) => {
                field(event, name).is_some_and(|value| values.contains(&value.to_lowercase()))
            }
            Self::All(terms) => terms.iter().all(|term| term.takes(event)),
            Self::Any(terms) => terms.iter().any(|term| term.takes(event)),
            Self::None(terms) => !terms.iter().any(|term| term.takes(event)),
        }
    }

    /// `and`, `or` or `not`, with what stands in it: fields with their values, as an object or as a list of objects.
    fn read(operator: &str, value: &Value) -> Result<Self, Refusal> {
        let malformed =
            || wrong("search_term", "must hold fields with their values, as an object or a list of objects");
        let one = |value: &Value| value.as_object().cloned().ok_or_else(malformed);
        let objects = match value.as_array() {
            Some(values) => values.iter().map(one).collect::<Result<Vec<_>, _>>()?,
            None => vec![one(value)?],
        };
        let mut names = BTreeSet::new();
        let mut terms = Vec::new();
        for (name, value) in objects.into_iter().flatten() {
            if matches!(name.as_str(), "and" | "or" | "not") {
                terms.push(Self::read(&name, &value)?);
                continue;
            }
            if name.split('.').next().is_some_and(|name| NOT_SEARCHED.contains(&name)) {
                return Err(wrong("search_term", &format!("cannot search in {name:?}")));
            }
            if !names.insert(name.clone()) {
                return Err(wrong("search_term", &format!("names {name:?} twice in one list")));
            }
            let values = match value.as_array() {
                Some(values) => values.iter().map(plain).collect::<Option<Vec<_>>>(),
                None => plain(&value).map(|value| vec![value]),
            };
            let values = values.ok_or_else(malformed)?;
            terms.push(Self::Is(name, values.iter().map(|value| value.to_lowercase()).collect()));
        }
        Ok(match operator {
            "or" => Self::Any(terms),
            "not" => Self::None(terms),
            _ => Self::All(terms),
        })
    }
}

fn wrong(name: &str, problem: &str) -> Refusal {
    Refusal::of(name, format!("{name} {problem}"))
}

/// A time of a request: RFC 3339, in UTC where it names no zone.
fn time(body: &Record, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let malformed = || wrong(name, "must be a time such as 2027-01-31T18:00:00Z");
    let text = match body.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_str().ok_or_else(malformed)?,
    };
    let in_utc = || {
        let time = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(time.timestamp())
    };
    text.parse().ok().or_else(in_utc).map(Some).ok_or_else(malformed)
}

/// Whether the services of a request include the directory.
fn services(body: &Record) -> Result<bool, Refusal> {
    let malformed = || wrong("service", &format!("must be a list of some of {}", SERVICES.join(", ")));
    let services = body.get("service").and_then(Value::as_array).filter(|services| !services.is_empty());
    let mut is_about_directory = false;
    for service in services.ok_or_else(malformed)? {
        let service = service.as_str().filter(|service| SERVICES.contains(service)).ok_or_else(malformed)?;
        is_about_directory |= matches!(service, "all" | "directory");
    }
    Ok(is_about_directory)
}

/// `search_after`: a time in milliseconds and an id, as the header of an answer has them.
fn search_after(body: &Record) -> Result<Option<(i64, Id)>, Refusal> {
    let malformed = || wrong("search_after", "must be what the header X-Search_after of an answer holds");
    match body.get("search_after") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(parts)) => match parts.as_slice() {
            [] => Ok(None),
            [at, Value::String(id)] => {
                let at = at.as_i64().or_else(|| at.as_str()?.parse().ok());
                Ok(Some((at.ok_or_else(malformed)?, id.parse().map_err(|_| malformed())?)))
            }
            _ => Err(malformed()),
        },
        Some(_) => Err(malformed()),
    }
}

fn search_term(body: &Record) -> Result<Term, Refusal> {
    match body.get("search_term") {
        None | Some(Value::Null) => Ok(Term::All(Vec::new())),
        Some(Value::Object(term)) => {
            let mut terms = term.iter();
            match (terms.next(), terms.next()) {
                (None, _) => Ok(Term::All(Vec::new())),
                (Some((operator, value)), None) if matches!(operator.as_str(), "and" | "or" | "not") => {
                    Term::read(operator, value)
                }
                _ => Err(wrong("search_term", "must hold one of and, or, not")),
            }
        }
        Some(_) => Err(wrong("search_term", "must be an object")),
    }
}

/// The fields that a request wants rows to have. A list without a known one is refused.
fn fields(body: &Record) -> Result<Option<Vec<String>>, Refusal> {
    let names = match body.get("fields") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned),
        Some(_) => return Err(wrong("fields", "must be a list")),
    };
    let is_known = |name: &String| name.split('.').next().is_some_and(|name| FIELDS.contains(&name));
    let known: Vec<String> = names.filter(is_known).collect();
    if known.is_empty() { Err(wrong("fields", "names no field that is known")) } else { Ok(Some(known)) }
}

/// A value that can be compared, as text.
fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The value of a field of an event as text; a dot leads into an object.
pub(in crate::sandbox) fn field<'e>(event: &'e Record, name: &str) -> Option<Cow<'e, str>> {
    let mut parts = name.split('.');
    let first = event.get(parts.next()?)?;
    plain(parts.try_fold(first, |value, part| value.get(part))?)
}

/// Whether a text, in lower case, is in a value or in what it holds.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::Object(values) => values.values().any(|value| holds(value, text)),
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            plain(value).is_some_and(|value| value.to_lowercase().contains(text))
        }
    }
}

/// Copies a field, which may be in an object, to the same place of another record.
fn copy(from: &Value, to: &mut Record, name: &str) {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let Some(value) = from.get(first) else { return };
    match rest {
        None => drop(to.insert(first.to_owned(), value.clone())),
        Some(rest) => {
            let inner = to.entry(first).or_insert_with(|| Value::Object(Record::new()));
            if let Some(inner) = inner.as_object_mut() {
                copy(value, inner, rest);
            }
        }
    }
}

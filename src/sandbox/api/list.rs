//! Lists: which rows, in which order, and which page of them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;
use url::form_urlencoded;

use super::filter::Filter;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::Id;
use crate::sandbox::state::implied;
use crate::sandbox::state::table::Row;

/// The page size when a request names none.
const DEFAULT_LIMIT: usize = 10;
/// The largest page; a larger limit counts as this one.
const LARGEST_LIMIT: usize = 100;
/// The largest page of a search.
const LARGEST_SEARCH: usize = 1000;

/// Where the free text of `search` is looked for. What JumpCloud looks at is not published.
const SEARCHED: [&str; 6] =
    ["username", "email", "firstname", "lastname", "displayname", "employeeIdentifier"];

/// Something that is listed.
pub(in crate::sandbox) trait Listed {
    fn id(&self) -> Id;

    /// A field other than the id as the text that it is sorted and filtered by; empty when there is none.
    fn field(&self, name: &str) -> Cow<'_, str>;

    /// A field as text, the id by any of its names.
    fn text(&self, name: &str) -> Cow<'_, str> {
        if is_id(name) { Cow::Owned(self.id().to_string()) } else { self.field(name) }
    }
}

impl Listed for Arc<Row> {
    fn id(&self) -> Id {
        self.id
    }

    fn field(&self, name: &str) -> Cow<'_, str> {
        implied(self, name).map_or_else(|| field(&self.record, name), Cow::Borrowed)
    }
}

impl Listed for (Id, &Record) {
    fn id(&self) -> Id {
        self.0
    }

    fn field(&self, name: &str) -> Cow<'_, str> {
        field(self.1, name)
    }
}

/// A field of a record as text. A dot leads into an object.
pub(in crate::sandbox) fn field<'a>(record: &'a Record, name: &str) -> Cow<'a, str> {
    let mut parts = name.split('.');
    let first = parts.next().and_then(|part| record.get(part));
    match parts.fold(first, |value, part| value.and_then(|value| value.get(part))) {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(value) => Cow::Owned(value.to_string()),
    }
}

/// What a request says about a list.
#[derive(Debug, Clone)]
pub(super) struct ListRequest {
    pub(super) limit: usize,
    pub(super) skip: usize,
    /// Fields, the first the most important; true descends.
    sort: Vec<(String, bool)>,
    filter: Filter,
    /// What rows are cut down to, beside their ids; empty leaves them whole.
    fields: Vec<String>,
}

/// The two spellings of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Version {
    /// Sort keys between spaces, `field:$op:value`.
    V1,
    /// Sort keys between commas, `field:op:value`.
    V2,
}

impl ListRequest {
    /// Reads the query of a list.
    pub(super) fn parse(query: &str, version: Version) -> Result<Self, Refusal> {
        let mut request = Self {
            limit: DEFAULT_LIMIT,
            skip: 0,
            sort: Vec::new(),
            filter: Filter::All(Vec::new()),
            fields: Vec::new(),
        };
        let (mut filters, mut alternatives) = (Vec::new(), Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "limit" => request.limit = limit(number(&name, &value)?, LARGEST_LIMIT),
                "skip" => request.skip = number(&name, &value)?,
                "sort" => request.sort.extend(sort_keys(&value, version)),
                "fields" => request.fields.extend(parts(&value, version).map(str::to_owned)),
                name if name.starts_with("filter[or]") => alternatives.push(Filter::parse(&value, version)?),
                name if name == "filter" || name.starts_with("filter[") => {
                    filters.push(Filter::parse(&value, version)?);
                }
                "search" if version == Version::V1 && !value.is_empty() => {
                    let fields = SEARCHED.map(str::to_owned).to_vec();
                    filters.push(Filter::Contains { fields, terms: vec![value.to_lowercase()] });
                }
                _ => continue,
            }
            // At once: each pattern takes memory.
            Filter::weigh(&filters)?;
            Filter::weigh(&alternatives)?;
        }
        if !alternatives.is_empty() {
            filters.push(Filter::Any(alternatives));
        }
        request.filter = Filter::All(filters);
        Ok(request)
    }

    /// Reads the body of a search. Its pages may hold a thousand rows.
    pub(super) fn parse_search(body: &Record) -> Result<Self, Refusal> {
        let count = |name: &str, default: usize| match body.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_u64()
                .and_then(|count| usize::try_from(count).ok())
                .ok_or_else(|| Refusal::invalid(format!("{name} must be a number"))),
        };
        let none = Value::Null;
        let filter = Filter::parse_search(body.get("filter").unwrap_or(&none))?;
        let terms = Filter::parse_terms(body.get("searchFilter").unwrap_or(&none))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            limit: limit(count("limit", DEFAULT_LIMIT)?, LARGEST_SEARCH),
            skip: count("skip", 0)?,
            sort: sort_keys(text("sort"), Version::V1).collect(),
            filter: Filter::All(vec![filter, terms]),
            fields: parts(text("fields"), Version::V1).map(str::to_owned).collect(),
        })
    }

    /// The rows of the page, and how many there are on all pages. `rows` come in the order of their ids. Without a sort
    /// key the order is another one at each `turn`, as nobody may rely on it.
    pub(super) fn page<'a, T: Listed>(&self, rows: &'a [T], turn: usize) -> (Vec<&'a T>, usize) {
        if self.filter.takes_all() && (self.sort.is_empty() || self.is_by_id()) {
            // The usual requests, of which a list of many pages brings many: no need to look at every row each time.
            let turn =
                if self.sort.is_empty() { turn.checked_rem(rows.len()).unwrap_or_default() } else { 0 };
            let (last, first) = rows.split_at(turn);
            return (self.cut(first.iter().chain(last)), rows.len());
        }
        let mut rows: Vec<&T> = rows.iter().filter(|row| self.filter.takes(*row)).collect();
        let total = rows.len();
        if self.sort.is_empty() {
            rows.rotate_left(turn.checked_rem(total).unwrap_or_default());
        } else if !self.is_by_id() {
            rows.sort_by(|left, right| self.compare(*left, *right));
        }
        (self.cut(rows.into_iter()), total)
    }

    /// Like [`ListRequest::page`], for lists that take no sort key: the order is another one each time, whatever the
    /// request says.
    pub(super) fn page_unsorted<'a, T: Listed>(&self, rows: &'a [T], turn: usize) -> (Vec<&'a T>, usize) {
        Self { sort: Vec::new(), ..self.clone() }.page(rows, turn)
    }

    /// Like [`ListRequest::page`], for lists that have no `sort` of their own: the order of `rows` stands.
    pub(super) fn page_in_order<'a, T: Listed>(&self, rows: &'a [T]) -> (Vec<&'a T>, usize) {
        let rows: Vec<&T> = rows.iter().filter(|row| self.filter.takes(*row)).collect();
        let total = rows.len();
        (self.cut(rows.into_iter()), total)
    }

    /// The part of all rows that the page shows.
    fn cut<'a, T: 'a>(&self, rows: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
        rows.skip(self.skip).take(self.limit).collect()
    }

    /// Whether the order is that of ids.
    fn is_by_id(&self) -> bool {
        matches!(self.sort.as_slice(), [(key, false)] if is_id(key))
    }

    /// Whether rows are answered whole.
    pub(super) fn is_whole(&self) -> bool {
        self.fields.is_empty()
    }

    /// A row cut down to the fields that the request names.
    pub(super) fn project(&self, mut row: Value) -> Value {
        if let Some(row) = row.as_object_mut().filter(|_| !self.fields.is_empty()) {
            row.retain(|name, _| is_id(name) || self.fields.contains(name));
        }
        row
    }

    fn compare<T: Listed>(&self, left: &T, right: &T) -> Ordering {
        let orders = self.sort.iter().map(|(key, is_descending)| {
            let order = left.text(key).cmp(&right.text(key));
            if *is_descending { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// Whether a field is the id, by any of its names.
fn is_id(field: &str) -> bool {
    matches!(field, "_id" | "id" | "object_id")
}

fn limit(limit: usize, largest: usize) -> usize {
    if limit == 0 { DEFAULT_LIMIT } else { limit.min(largest) }
}

fn number(name: &str, value: &str) -> Result<usize, Refusal> {
    value.parse().map_err(|_| Refusal::invalid(format!("{name} must be a number")))
}

fn sort_keys(text: &str, version: Version) -> impl Iterator<Item = (String, bool)> {
    parts(text, version).map(|key| {
        let field = key.trim_start_matches('-');
        (field.to_owned(), field.len() < key.len())
    })
}

/// The parts of a parameter that names several fields.
fn parts(text: &str, version: Version) -> impl Iterator<Item = &str> {
    let separator = match version {
        Version::V1 => ' ',
        Version::V2 => ',',
    };
    text.split(separator).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(query: &str, turn: usize) -> (String, usize) {
        let records: Vec<Record> = "cabde"
            .chars()
            .map(|name| {
                Record::from_iter([
                    ("name".to_owned(), json!(name.to_string())),
                    ("even".to_owned(), json!("x")),
                ])
            })
            .collect();
        let rows: Vec<(Id, &Record)> = (1..).map(Id::numbered).zip(&records).collect();
        let request = ListRequest::parse(query, Version::V2).unwrap();
        let (rows, total) = request.page(&rows, turn);
        (rows.iter().map(|row| row.text("name").into_owned()).collect(), total)
    }

    #[test]
    fn orders_by_request_only() {
        assert_eq!(page("sort=name", 3), ("abcde".to_owned(), 5));
        assert_eq!(page("sort=-name&limit=2&skip=1", 0), ("dc".to_owned(), 5));
        assert_eq!(page("sort=id", 3), ("cabde".to_owned(), 5));
        assert_ne!(page("", 1), page("", 2));
        assert_eq!(page("sort=even,-id", 0).0, "edbac");
    }

    #[test]
    fn limits_pages_and_filters_rows() {
        assert_eq!(ListRequest::parse("", Version::V1).unwrap().limit, 10);
        assert_eq!(ListRequest::parse("limit=5000", Version::V1).unwrap().limit, 100);
        assert!(ListRequest::parse("limit=all", Version::V1).is_err());
        assert!(ListRequest::parse("skip=-1", Version::V1).is_err());
        assert_eq!(page("filter=name:ne:a&filter=name:ne:b&sort=name", 0), ("cde".to_owned(), 3));
        assert_eq!(page("filter=name:in:a|e&sort=name", 0), ("ae".to_owned(), 2));
    }
}

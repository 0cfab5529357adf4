//! Users who are managed from outside.

use serde_json::{Value, json};

use super::fields::Record;

/// What `externally_managed` locks.
const LOCKED_BY_IMPORT: [&str; 4] = ["email", "firstname", "lastname", "username"];

/// A change of `externally_managed` rewrites `restrictedFields` (`externallymanagedpropertyinfo`). Which fields JumpCloud
/// fills in is not published; here it is those that every import has.
pub(super) fn follow_external_management(record: &mut Record, was_external: bool) {
    let is_external = is_externally_managed(record);
    if is_external == was_external {
        return;
    }
    let locks = record.remove("restrictedFields");
    let mut locks = locks.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |lock: &Value, name: &str| lock.get(name).and_then(Value::as_str).map(str::to_owned);
    if is_external {
        locks.retain(|lock| {
            !text(lock, "field").is_some_and(|field| LOCKED_BY_IMPORT.contains(&field.as_str()))
        });
        locks.extend(LOCKED_BY_IMPORT.map(|field| json!({ "field": field, "type": "active_directory" })));
    } else {
        locks.retain(|lock| text(lock, "type").as_deref() != Some("active_directory"));
    }
    if !locks.is_empty() {
        record.insert("restrictedFields".to_owned(), Value::Array(locks));
    }
}

pub(super) fn is_externally_managed(record: &Record) -> bool {
    record.get("externally_managed").and_then(Value::as_bool).unwrap_or_default()
}

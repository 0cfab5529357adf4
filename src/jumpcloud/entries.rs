//! Entries of a user's arrays: one is put in the place of others, or changed in a part, and the rest stays as it is.

use serde_json::{Map, Value, json};

use crate::model::AddressPart;

/// An object in an array.
pub(super) type Entry = Map<String, Value>;

/// Puts `value` in the place of every entry of that key; drops them when there is no value. An entry that has the value
/// already stays, with whatever else it holds.
pub(super) fn replace(
    entries: &mut Vec<Entry>,
    key_name: &str,
    key: &str,
    value_name: &str,
    value: Option<&str>,
) {
    let is_of_key = |entry: &Entry| entry.get(key_name).and_then(Value::as_str) == Some(key);
    let mut wanted = value.filter(|value| !value.is_empty());
    entries.retain(|entry| {
        let is_wanted = wanted.is_some() && entry.get(value_name).and_then(Value::as_str) == wanted;
        if is_of_key(entry) && is_wanted {
            wanted = None;
            return true;
        }
        !is_of_key(entry)
    });
    if let Some(value) = wanted {
        let entry = [(key_name.to_owned(), json!(key)), (value_name.to_owned(), json!(value))];
        entries.push(entry.into_iter().collect());
    }
}

/// Sets a part of the first address of a type and takes it out of the others of that type; without a value, out of all.
/// The other parts stay, and an address of which nothing is left goes.
pub(super) fn set_part(addresses: &mut Vec<Entry>, kind: &str, part: AddressPart, value: Option<&str>) {
    let is_of_kind = |entry: &Entry| entry.get(TYPE).and_then(Value::as_str) == Some(kind);
    for address in addresses.iter_mut().filter(|address| is_of_kind(address)) {
        address.remove(part.name());
    }
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        let position = addresses.iter().position(is_of_kind).unwrap_or_else(|| {
            addresses.push([(TYPE.to_owned(), json!(kind))].into_iter().collect());
            addresses.len() - 1
        });
        if let Some(address) = addresses.get_mut(position) {
            address.insert(part.name().to_owned(), json!(value));
        }
    }
    addresses.retain(|address| !is_of_kind(address) || !is_blank(address));
}

/// The part of an entry that says which it is.
const TYPE: &str = "type";

/// Whether an address says nothing but its type.
fn is_blank(address: &Entry) -> bool {
    address
        .iter()
        .all(|(name, value)| name == TYPE || value.is_null() || value.as_str().is_some_and(str::is_empty))
}

/// The entries without the ids that answers add to them and requests do not take.
pub(super) fn without_ids(entries: Option<Vec<Entry>>) -> Vec<Entry> {
    let mut entries = entries.unwrap_or_default();
    for entry in &mut entries {
        entry.remove("_id");
        entry.remove("id");
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(now: &Value, kind: &str, part: AddressPart, value: Option<&str>) -> Value {
        let mut entries = serde_json::from_value(now.clone()).unwrap();
        set_part(&mut entries, kind, part, value);
        json!(entries)
    }

    #[test]
    fn a_part_is_set_beside_what_else_an_address_has() {
        let home = json!({ "type": "home", "locality": "Lyon", "x": 1 });
        let now = json!([home, { "type": "work", "extendedAddress": "2nd floor", "locality": "Paris" }]);
        assert_eq!(
            set(&now, "work", AddressPart::Locality, Some("Rome")),
            json!([home, { "type": "work", "extendedAddress": "2nd floor", "locality": "Rome" }])
        );
        assert_eq!(
            set(&now, "work", AddressPart::Locality, None),
            json!([home, { "type": "work", "extendedAddress": "2nd floor" }])
        );
        assert_eq!(
            set(&json!([home]), "work", AddressPart::Country, Some("IT")),
            json!([home, { "type": "work", "country": "IT" }])
        );
    }

    #[test]
    fn an_address_of_which_nothing_is_left_goes() {
        let home = json!({ "type": "home", "poBox": "" });
        let work = json!({ "type": "work", "region": "IDF", "poBox": "", "country": null });
        assert_eq!(set(&json!([home, work]), "work", AddressPart::Region, None), json!([home]));
        assert_eq!(set(&json!([home]), "work", AddressPart::Region, Some("")), json!([home]));
    }

    #[test]
    fn of_two_addresses_of_one_type_a_part_is_in_one() {
        let now = json!([
            { "type": "work", "region": "A" },
            { "type": "work", "locality": "B", "region": "C" },
            { "type": "work", "region": "D" },
        ]);
        assert_eq!(
            set(&now, "work", AddressPart::Region, Some("E")),
            json!([{ "type": "work", "region": "E" }, { "type": "work", "locality": "B" }])
        );
        assert_eq!(
            set(&now, "work", AddressPart::Region, None),
            json!([{ "type": "work", "locality": "B" }])
        );
    }
}

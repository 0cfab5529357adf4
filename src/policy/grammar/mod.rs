//! The grammar of policies, as data: which node stands where, with which arguments and properties, and how it is
//! written. What values mean is not here but in `read`.

pub(super) mod choice;
mod merge;
mod nodes;
mod rule;
mod shape;

pub(super) use merge::merge_shared;
pub(super) use rule::{Arguments, Block, Kind, PropertyRule, Repeats, Rule};
pub(super) use shape::{check, check_document, check_required, check_shared};

pub(super) use nodes::{file, shared_file};

/// The name of every node, alone and with each of its properties.
#[cfg(test)]
pub(super) fn rules_for_tests() -> Vec<(&'static str, Option<&'static str>)> {
    fn gather(rule: &Rule, found: &mut Vec<(&'static str, Option<&'static str>)>) {
        for child in rule.children() {
            found.push((child.name, None));
            found.extend(child.properties.iter().map(|property| (child.name, Some(property.name))));
            gather(child, found);
        }
    }
    let mut found = Vec::new();
    gather(&file(), &mut found);
    found
}

/// Every place where a node may stand, as `exclude/include/user` within the policy, alone and with each of its properties; `…`
/// for properties of any name.
#[cfg(test)]
pub(super) fn places_for_tests() -> Vec<(String, Option<&'static str>)> {
    fn gather(rule: &Rule, above: &str, found: &mut Vec<(String, Option<&'static str>)>) {
        for child in rule.children() {
            let place =
                if above.is_empty() { child.name.to_owned() } else { format!("{above}/{}", child.name) };
            found.push((place.clone(), None));
            let others = child.others.map(|_| "…");
            let properties = child.properties.iter().map(|property| property.name).chain(others);
            found.extend(properties.map(|property| (place.clone(), Some(property))));
            gather(child, &place, found);
        }
    }
    let mut found = vec![("policy".to_owned(), None)];
    file().children().iter().for_each(|policy| gather(policy, "", &mut found));
    found
}

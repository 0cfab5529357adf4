//! The block `attributes`: where the fields of users come from.

use std::collections::BTreeMap;

use crate::model::{AddressPart, AttributeName, Field, Mark};

use super::super::error::Problems;
use super::super::grammar::choice;
use super::super::problem::Problem;
use super::super::suggest::quote;
use super::super::syntax::{Content, Node, Value};
use super::super::{Mapping, Origin};
use super::preset;
use super::template::read_template;
use super::value::{choose, read_attribute};

/// Custom attributes that carry marks and the clock of a grace period.
const RESERVED: [&str; 6] =
    [Mark::GUID, Mark::DOMAIN, Mark::POLICY, "adLeaving", "adSuspended", "adRestoring"];
/// Longest name of a custom attribute, in characters.
const LONGEST_CUSTOM_NAME: usize = 31;
/// The parts of an address by the properties that name them.
const PARTS: [(&str, AddressPart); 6] = [
    ("street", AddressPart::Street),
    ("po-box", AddressPart::PoBox),
    ("locality", AddressPart::Locality),
    ("region", AddressPart::Region),
    ("postal-code", AddressPart::PostalCode),
    ("country", AddressPart::Country),
];

/// The mappings in the order of their fields. Nothing when the preset or a needed field is missing.
pub(super) fn read(policy: &Node, problems: &mut Problems) -> Option<Vec<Mapping>> {
    let Some(node) = policy.children().find(|child| child.name.value == "attributes") else {
        return Some(by_field(preset::core()).into_values().collect());
    };
    let preset = match node.property_text("preset") {
        Some(text) => choose("the preset", &text, &choice::PRESETS, problems),
        None => node.is_sound.then_some("core"),
    };
    let mut mappings = match preset {
        Some("none") => BTreeMap::new(),
        Some("agent") => by_field(preset::agent()),
        _ => by_field(preset::core()),
    };
    for child in node.children().filter(|child| child.is_sound) {
        mappings.extend(by_field(read_line(child, problems)));
    }
    if preset == Some("none") {
        for (field, form) in
            [("username", "username \"sAMAccountName\""), ("email", "email \"mail\" \"userPrincipalName\"")]
        {
            if !node.has_child(field) {
                problems.report(node.name.span, Problem::MissingMapping { field, form });
            }
        }
    }
    preset.map(|_| mappings.into_values().collect())
}

fn by_field(mappings: impl IntoIterator<Item = Mapping>) -> BTreeMap<Field, Mapping> {
    mappings.into_iter().map(|mapping| (mapping.field.clone(), mapping)).collect()
}

/// What one line maps: a field, or each part of an address that it names.
fn read_line(node: &Node, problems: &mut Problems) -> Vec<Mapping> {
    let origins = match node.name.value.as_str() {
        "address" => read_address(node, problems),
        "phone" => {
            let field = read_type("the type of a telephone number", node, &choice::PHONES, problems)
                .map(Field::phone);
            let origin = read_origin(node, 1, problems);
            field.zip(origin).into_iter().collect()
        }
        "custom" => {
            let field = read_custom(node, problems);
            let origin = read_origin(node, 1, problems);
            field.zip(origin).into_iter().collect()
        }
        "manager" => {
            let name = node.text(0).and_then(|name| read_attribute(&name, problems));
            name.map(|name| (Field::Manager, attribute(name))).into_iter().collect()
        }
        name => {
            let origin = read_origin(node, 0, problems);
            Field::text(name).zip(origin).into_iter().collect()
        }
    };
    let is_required = node.property("required").is_some_and(|value| value.content == Content::Boolean(true));
    let mapping = |(field, origin)| Mapping { field, origin, is_required, line: Some(node.line.clone()) };
    origins.into_iter().map(mapping).collect()
}

fn attribute(name: AttributeName) -> Origin {
    Origin::Attributes { names: vec![name], join: None }
}

fn read_type<'c>(
    what: &'static str,
    node: &Node,
    types: &[&'c str],
    problems: &mut Problems,
) -> Option<&'c str> {
    choose(what, &node.text(0)?, types, problems)
}

fn read_address(node: &Node, problems: &mut Problems) -> Vec<(Field, Origin)> {
    let kind = read_type("the type of an address", node, &choice::ADDRESSES, problems);
    let named: Vec<_> =
        PARTS.iter().filter_map(|(name, part)| Some((node.property_text(name)?, *part))).collect();
    if named.is_empty() {
        problems.report(node.name.span, Problem::EmptyAddress);
    }
    let parts = named.iter().filter_map(|(name, part)| Some((*part, read_attribute(name, problems)?)));
    let parts: Vec<_> = parts.collect();
    let Some(kind) = kind else { return Vec::new() };
    parts.into_iter().map(|(part, name)| (Field::address(kind, part), attribute(name))).collect()
}

fn read_custom(node: &Node, problems: &mut Problems) -> Option<Field> {
    let name = node.text(0)?;
    if name.value.len() > LONGEST_CUSTOM_NAME || !name.value.chars().all(|c| c.is_ascii_alphanumeric()) {
        problems.report(name.span, Problem::InvalidCustomName { name: quote(name.value) });
        return None;
    }
    // Whether JumpCloud tells names apart by case is not documented; nothing may come near a mark.
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name.value)) {
        problems.report(name.span, Problem::ReservedName { name: quote(name.value) });
        return None;
    }
    Some(Field::custom(name.value))
}

/// What a value is made of: the attributes behind the first `skipped` arguments, a template, or a constant.
fn read_origin(node: &Node, skipped: usize, problems: &mut Problems) -> Option<Origin> {
    let written: Vec<_> = node.arguments.iter().skip(skipped).filter_map(Value::text).collect();
    let join = node.property_text("join");
    if let Some(property) = ["template", "value"].into_iter().find(|name| node.property(name).is_some()) {
        let others = [
            (!written.is_empty()).then_some("AD attributes"),
            (property == "template" && node.property("value").is_some()).then_some("value"),
            join.as_ref().map(|_| "join"),
        ];
        if let Some(other) = others.into_iter().flatten().next() {
            let span = node.property(property).map_or(node.name.span, |value| value.span);
            problems.report(span, Problem::Conflict { node: property, other });
            return None;
        }
        let value = node.property(property)?;
        if property == "template" {
            return read_template(value, problems).map(Origin::Template);
        }
        if matches!(node.name.value.as_str(), "username" | "email") {
            problems.report(value.span, Problem::ConstantName { node: node.name.value.clone() });
            return None;
        }
        return Some(Origin::Constant(value.text()?.value.to_owned()));
    }
    if written.is_empty() {
        problems.report(node.name.span, Problem::NoSources { name: node.name.value.clone() });
        return None;
    }
    let names: Vec<Option<AttributeName>> =
        written.iter().map(|name| read_attribute(name, problems)).collect();
    let names: Option<Vec<AttributeName>> = names.into_iter().collect();
    Some(Origin::Attributes { names: names?, join: join.map(|join| join.value.to_owned()) })
}

//! The block `attributes`: where the fields of users come from.

use std::collections::BTreeMap;

use crate::model::{AttributeName, Field, Mark};

use super::super::Mapping;
use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::quote;
use super::super::syntax::{Node, Value};
use super::value::{choose, read_attribute, refuse_later};

/// What JumpCloud's own agent imports by default.
const CORE: [(&str, &[&str]); 4] = [
    ("username", &["sAMAccountName"]),
    ("email", &["mail", "userPrincipalName"]),
    ("firstname", &["givenName"]),
    ("lastname", &["sn"]),
];
/// Custom attributes that carry marks and the clock of a grace period.
const RESERVED: [&str; 6] =
    [Mark::GUID, Mark::DOMAIN, Mark::POLICY, "adLeaving", "adSuspended", "adRestoring"];
/// Longest name of a custom attribute, in characters.
const LONGEST_CUSTOM_NAME: usize = 31;

/// The mappings in the order of their fields. Nothing when the preset or a needed field is missing.
pub(super) fn read(policy: &Node, problems: &mut Problems) -> Option<Vec<Mapping>> {
    let Some(node) = policy.children().find(|child| child.name.value == "attributes") else {
        return Some(core_mappings().into_values().collect());
    };
    let preset = match node.property_text("preset") {
        Some(text) => match choose("the preset", &text, &["core", "agent", "none"], problems) {
            Some("agent") => {
                refuse_later(
                    "the preset \"agent\"",
                    "choose \"core\" and map the others",
                    text.span,
                    problems,
                );
                None
            }
            preset => preset,
        },
        None => node.is_sound.then_some("core"),
    };
    let mut mappings = if preset == Some("none") { BTreeMap::new() } else { core_mappings() };
    for child in node.children().filter(|child| child.is_sound) {
        if let Some(mapping) = read_mapping(child, problems) {
            mappings.insert(mapping.field.clone(), mapping);
        }
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

fn core_mappings() -> BTreeMap<Field, Mapping> {
    let mapping = |(name, sources): (&str, &[&str])| {
        let field = Field::text(name)?;
        let sources = sources.iter().map(|source| AttributeName::new(source)).collect();
        Some((field.clone(), Mapping { field, sources, line: None }))
    };
    CORE.into_iter().filter_map(mapping).collect()
}

fn read_mapping(node: &Node, problems: &mut Problems) -> Option<Mapping> {
    let (field, is_first_a_name) = match Field::text(&node.name.value) {
        Some(field) => (Some(field), false),
        None => (read_custom(node, problems), true),
    };
    let sources = read_sources(node, usize::from(is_first_a_name), problems);
    Some(Mapping { field: field?, sources: sources?, line: Some(node.line) })
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

/// The attributes behind the first `skipped` arguments.
fn read_sources(node: &Node, skipped: usize, problems: &mut Problems) -> Option<Vec<AttributeName>> {
    let template = node.property_text("template");
    let written: Vec<_> = node.arguments.iter().skip(skipped).filter_map(Value::text).collect();
    match (template, written.first()) {
        (Some(template), Some(_)) => {
            problems.report(template.span, Problem::Conflict { node: "template", other: "AD attributes" });
            return None;
        }
        (Some(template), None) => {
            refuse_later("`template`", "name one AD attribute or more", template.span, problems);
            return None;
        }
        (None, None) => {
            problems.report(node.name.span, Problem::NoSources { name: node.name.value.clone() });
            return None;
        }
        (None, Some(_)) => {}
    }
    let sources: Vec<Option<AttributeName>> =
        written.iter().map(|name| read_attribute(name, problems)).collect();
    sources.into_iter().collect()
}

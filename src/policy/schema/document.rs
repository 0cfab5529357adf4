//! The grammar in the KDL Schema Language.

use super::super::grammar::{Arguments, Block, Kind, PropertyRule, Repeats, Rule};
use super::super::written::{kdl, line};

/// The schema of files that one of these rules describes.
pub(super) fn document(files: &[Rule]) -> String {
    let mut out = String::from(
        "// Written by `adjunct schema policy`, from the table that adjunct reads policies by.\n",
    );
    line(&mut out, 0, "document {");
    line(&mut out, 1, "info {");
    line(&mut out, 2, "title \"A policy of adjunct\" lang=en");
    line(
        &mut out,
        2,
        "description \"One Active Directory domain into one JumpCloud organization; or parts that policies include, from which may come what a policy needs.\" lang=en",
    );
    line(&mut out, 1, "}");
    for rule in files.iter().flat_map(Rule::children) {
        node(&mut out, 1, rule);
    }
    line(&mut out, 0, "}");
    out
}

/// None of the nodes must be there: a file is of one kind, and what a policy needs may come from what it includes.
fn node(out: &mut String, depth: usize, rule: &Rule) {
    line(out, depth, &format!("node {} description={} {{", kdl(rule.name), kdl(rule.doc)));
    let inner = depth + 1;
    if rule.repeats == Repeats::Never {
        line(out, inner, "max 1");
    }
    arguments(out, inner, rule.arguments);
    for property in &rule.properties {
        self::property(out, inner, property);
    }
    if rule.others.is_some() {
        line(out, inner, "other-props-allowed #true");
    }
    let children = rule.children();
    if !children.is_empty() {
        line(out, inner, "children {");
        if matches!(rule.block, Block::Required(_)) {
            line(out, inner + 1, "// The braces must be there.");
        }
        for child in children {
            node(out, inner + 1, child);
        }
        line(out, inner, "}");
    }
    line(out, depth, "}");
}

fn arguments(out: &mut String, depth: usize, arguments: Arguments) {
    if arguments.most == 0 {
        return;
    }
    line(out, depth, "value {");
    line(out, depth + 1, &format!("min {}", arguments.least));
    if arguments.most != usize::MAX {
        line(out, depth + 1, &format!("max {}", arguments.most));
    }
    // Where more values follow, the list is of the first alone, which the language cannot say.
    let choices = if arguments.most == 1 { arguments.choices } else { &[] };
    value(out, depth + 1, arguments.kind, choices);
    line(out, depth, "}");
}

fn property(out: &mut String, depth: usize, property: &PropertyRule) {
    line(out, depth, &format!("prop {} description={} {{", kdl(property.name), kdl(property.doc)));
    if property.is_required {
        line(out, depth + 1, "required #true");
    }
    value(out, depth + 1, property.kind, property.choices);
    line(out, depth, "}");
}

fn value(out: &mut String, depth: usize, kind: Kind, choices: &[&str]) {
    let name = match kind {
        Kind::Text | Kind::Written | Kind::WrittenOrNull | Kind::Secret => "string",
        Kind::Integer => "number",
        Kind::Boolean => "boolean",
    };
    line(out, depth, &format!("type {name}"));
    if kind == Kind::Secret {
        line(out, depth, "tag {");
        line(out, depth + 1, "enum env file command");
        line(out, depth, "}");
    }
    if !choices.is_empty() {
        line(out, depth, &format!("enum {}", choices.join(" ")));
    }
}

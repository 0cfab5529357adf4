//! The grammar as a page.

use std::fmt::Write as _;

use super::super::grammar::{Arguments, Kind, Repeats, Rule};

const BEGINNING: &str = "\
# The policy language

This page is written by `adjunct schema reference`, from the table that adjunct reads policies by. Policies are
[KDL 2](https://kdl.dev). Texts stand in quotes; `(var)\"name\"` may stand for any text but a secret. Paths are relative to the
policy. `adjunct validate` says what is wrong with a file, `adjunct fmt` lays it out.
";

pub(super) fn page(file: &Rule, shared_file: &Rule) -> String {
    let mut page = BEGINNING.to_owned();
    for rule in file.children() {
        section(&mut page, rule, &[], 2);
    }
    for rule in shared_file.children() {
        heading(&mut page, &format!("`{}`", rule.name), 2);
        said(&mut page, rule);
        page.push_str("\nIn it stands what stands in `policy`, but for `include`.\n");
    }
    page
}

/// A node, and those in its block. `above` are the blocks that it stands in.
fn section(page: &mut String, rule: &Rule, above: &[&str], level: usize) {
    let path: Vec<&str> = above.iter().copied().chain([rule.name]).collect();
    // The policy itself goes without saying.
    let shown: Vec<String> =
        path.iter().skip(usize::from(path.len() > 1)).map(|name| format!("`{name}`")).collect();
    heading(page, &shown.join(" › "), level);
    said(page, rule);
    let level = (level + 1).min(4);
    let mut children = rule.children();
    while let Some((first, rest)) = children.split_first() {
        if above.last() == Some(&"policy") && rule.name == "exclude" && first.name == "include" {
            heading(page, "`exclude` › `include`", level);
            said(page, first);
            page.push_str("\nIn it stand lines of `user`, `group` and `dn` as in `exclude`.\n");
            children = rest;
            continue;
        }
        // Nodes that say the same are told together.
        let alike = rest.iter().take_while(|other| other.doc == first.doc).count();
        section(page, first, &path, level);
        let (others, rest) = rest.split_at(alike);
        if !others.is_empty() {
            let names: Vec<String> = others.iter().map(|other| format!("`{}`", other.name)).collect();
            let _ = writeln!(page, "\nSo are {}.", names.join(", "));
        }
        children = rest;
    }
}

fn heading(page: &mut String, text: &str, level: usize) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "\n{} {text}", "#".repeat(level));
}

/// What is said of a node by itself.
fn said(page: &mut String, rule: &Rule) {
    let _ = writeln!(page, "\n{}\n\n```kdl\n{}\n```", rule.doc, rule.form);
    let facts: Vec<String> =
        [Some(needed(rule).to_owned()), written(rule.arguments)].into_iter().flatten().collect();
    let _ = writeln!(page, "\n{}", facts.join(" "));
    if rule.properties.is_empty() && rule.others.is_none() {
        return;
    }
    page.push_str("\n| property | value | |\n| --- | --- | --- |\n");
    for property in &rule.properties {
        let value = values(property.kind, property.choices);
        let required = if property.is_required { " Required." } else { "" };
        let _ = writeln!(page, "| `{}` | {value} | {}{required} |", property.name, cell(property.doc));
    }
    if rule.others.is_some() {
        page.push_str("| any other | text | The AD attribute of this name matches the pattern. |\n");
    }
}

fn needed(rule: &Rule) -> &'static str {
    match (rule.is_required, rule.repeats) {
        (true, _) => "Required.",
        (false, Repeats::Never) => "May be left out.",
        (false, Repeats::ByFirstArgument) => "May be left out, and repeated with another first argument.",
        (false, Repeats::Freely) => "May be left out, and repeated.",
    }
}

fn written(arguments: Arguments) -> Option<String> {
    if arguments.most == 0 {
        return None;
    }
    let kind = values(arguments.kind, arguments.choices);
    let first = if arguments.choices.is_empty() || arguments.most == 1 { "" } else { "the first is " };
    Some(format!("Takes {}: {first}{kind}.", arguments.wanted()))
}

fn values(kind: Kind, choices: &[&str]) -> String {
    if !choices.is_empty() {
        return choices.iter().map(|choice| format!("`\"{choice}\"`")).collect::<Vec<_>>().join(", ");
    }
    match kind {
        Kind::Text | Kind::Written => "text",
        Kind::WrittenOrNull => "text or `#null`",
        Kind::Integer => "whole number",
        Kind::Boolean => "`#true` or `#false`",
        Kind::Secret => "`(env)\"NAME\"`, `(file)\"path\"` or `(command)\"pass show ad\"`",
    }
    .to_owned()
}

/// A text in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

//! Tests that the schema lets all pass that is right, and refuses what it can know to be wrong. There is no library that holds files
//! against such a schema, so here is as much of one as is needed.

use std::collections::BTreeMap;
use std::path::Path;

use kdl::{KdlDocument, KdlNode, KdlValue};

use super::policy_schema;

/// What is wrong with a document by a schema: the parts of the schema language that are used here.
fn violations(schema: &KdlNode, nodes: &[&KdlNode]) -> Vec<String> {
    let mut found = Vec::new();
    let rules = children(schema, "node");
    let by_name: BTreeMap<&str, &KdlNode> = rules.iter().map(|rule| (argument(rule), *rule)).collect();
    for (name, rule) in &by_name {
        let count = nodes.iter().filter(|node| node.name().value() == *name).count();
        let bound = |bound: &str| number(rule, bound);
        if bound("min").is_some_and(|least| count < least) || bound("max").is_some_and(|most| count > most) {
            found.push(format!("{count} of {name}"));
        }
    }
    for node in nodes {
        let name = node.name().value();
        match by_name.get(name) {
            Some(rule) => found.extend(violations_of(rule, node)),
            None => found.push(format!("{name} is unknown")),
        }
    }
    found
}

fn violations_of(rule: &KdlNode, node: &KdlNode) -> Vec<String> {
    let name = node.name().value();
    let mut found = Vec::new();
    let props = children(rule, "prop");
    for prop in &props {
        let key = argument(prop);
        match node.entry(key) {
            Some(entry) if !suits(prop, entry) => found.push(format!("{name} {key} does not suit")),
            None if !children(prop, "required").is_empty() => found.push(format!("{name} lacks {key}")),
            Some(_) | None => {}
        }
    }
    let is_open = !children(rule, "other-props-allowed").is_empty();
    let mut values = node.entries().iter().filter(|entry| entry.name().is_none());
    for entry in node.entries().iter().filter_map(|entry| entry.name()) {
        if !is_open && !props.iter().any(|prop| argument(prop) == entry.value()) {
            found.push(format!("{name} has no {}", entry.value()));
        }
    }
    for value in children(rule, "value") {
        let (least, most) = (number(value, "min").unwrap_or(0), number(value, "max").unwrap_or(usize::MAX));
        let taken: Vec<_> = values.by_ref().take(most).collect();
        if taken.len() < least || !taken.iter().all(|entry| suits(value, entry)) {
            found.push(format!("{name}: a value does not suit"));
        }
    }
    if values.next().is_some() {
        found.push(format!("{name} has too many values"));
    }
    let block: Vec<&KdlNode> = node.children().map(KdlDocument::nodes).unwrap_or_default().iter().collect();
    match children(rule, "children").first() {
        Some(schema) => found.extend(violations(schema, &block)),
        None if node.children().is_some() => found.push(format!("{name} has a block")),
        None => {}
    }
    found
}

fn suits(rule: &KdlNode, entry: &kdl::KdlEntry) -> bool {
    let listed = |name: &str| -> Vec<&KdlValue> {
        children(rule, name).iter().flat_map(|node| node.entries()).map(kdl::KdlEntry::value).collect()
    };
    let kind = match entry.value() {
        KdlValue::String(_) => "string",
        KdlValue::Integer(_) | KdlValue::Float(_) => "number",
        KdlValue::Bool(_) => "boolean",
        KdlValue::Null => "null",
    };
    let within = |bound: &str, is_kept: &dyn Fn(i128, i128) -> bool| match (
        listed(bound).first().and_then(|value| value.as_integer()),
        entry.value().as_integer(),
    ) {
        (Some(bound), Some(number)) => is_kept(number, bound),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let tag = entry.ty().map(|tag| KdlValue::String(tag.value().to_owned()));
    let tags: Vec<&KdlNode> = children(rule, "tag");
    let is_tagged = tags.iter().all(|rule| {
        let known: Vec<&KdlValue> =
            children(rule, "enum").iter().flat_map(|node| node.entries()).map(kdl::KdlEntry::value).collect();
        tag.as_ref().is_some_and(|tag| known.contains(&tag))
    });
    listed("type").iter().any(|known| known.as_string() == Some(kind))
        && (children(rule, "enum").is_empty() || listed("enum").contains(&entry.value()))
        && within(">=", &|number, bound| number >= bound)
        && within("<=", &|number, bound| number <= bound)
        && is_tagged
}

fn children<'n>(node: &'n KdlNode, name: &str) -> Vec<&'n KdlNode> {
    let block = node.children().map(KdlDocument::nodes).unwrap_or_default();
    block.iter().filter(|child| child.name().value() == name).collect()
}

fn argument(node: &KdlNode) -> &str {
    node.get(0).and_then(KdlValue::as_string).unwrap()
}

fn number(node: &KdlNode, name: &str) -> Option<usize> {
    let value = children(node, name).first()?.get(0)?.as_integer()?;
    Some(usize::try_from(value).unwrap())
}

fn judge(text: &str) -> Vec<String> {
    let schema = KdlDocument::parse(&policy_schema()).unwrap();
    let document = KdlDocument::parse(text).unwrap();
    violations(schema.get("document").unwrap(), &document.nodes().iter().collect::<Vec<_>>())
}

#[test]
fn the_policies_and_shared_parts_of_the_repository_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut judged, mut shared) = (0, 0);
    let folders = std::fs::read_dir(root.join("tests/scenarios")).unwrap().map(|entry| entry.unwrap().path());
    for folder in folders.chain([root.join("policies")]) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.extension().is_none_or(|extension| extension != "kdl") || name.ends_with(".test.kdl") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(judge(&text), Vec::<String>::new(), "{}", path.display());
            judged += 1;
            shared += usize::from(text.starts_with("shared ") || text.contains("\nshared "));
        }
    }
    assert!(judged > 20 && shared > 0, "{judged} {shared}");
}

#[test]
fn what_the_parser_refuses_is_refused_where_a_schema_can_tell() {
    for (line, expected) in [
        ("takeover \"refuse\"", None),
        ("takeover \"adpot\"", Some("takeover: a value does not suit")),
        ("takeover \"refuse\" \"adopt\"", Some("takeover has too many values")),
        ("takeover \"refuse\"; takeover \"refuse\"", Some("2 of takeover")),
        ("takover \"refuse\"", Some("takover is unknown")),
        ("new-users welcome-email=\"yes\"", Some("new-users welcome-email does not suit")),
        ("new-users sate=\"staged\"", Some("new-users has no sate")),
        ("group-name", Some("group-name lacks template")),
        ("jumpcloud { api-key \"x\"; }", Some("api-key: a value does not suit")),
        ("attributes { phone \"work\" \"telephoneNumber\" \"mobile\"; }", None),
        ("exclude { user \"x\" department=\"y\"; }", None),
        ("exclude { dn \"x\" department=\"y\"; }", Some("dn has no department")),
        ("root-container \"x\" { }", Some("root-container has a block")),
    ] {
        let found = judge(&format!("policy \"x\" {{ {line} }}"));
        assert_eq!(found.first().map(String::as_str), expected, "{line}: {found:?}");
    }
}

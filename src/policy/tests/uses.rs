//! Every node and every property, rightly and wrongly used. A test holds the table against the grammar.

use crate::model::Field;
use crate::policy::grammar::rules_for_tests;
use crate::policy::{Included, Policy, PolicyErrors, Source, parse};

use super::codes;
use super::table::TABLE;

/// The lines of a whole policy by the block that they stand in; `""` is the block of `policy`.
const BASE: [(&str, &str); 6] = [
    ("active-directory", "server \"ldaps://dc1.corp.example.com\""),
    ("active-directory", "bind \"CORP\\\\jcimport\" password=(env)\"AD_PASSWORD\""),
    ("jumpcloud", "api-key (env)\"JUMPCLOUD_API_KEY\""),
    ("", "root-container \"OU=Staff,DC=corp,DC=example,DC=com\""),
    ("", "security-group \"JumpCloud\""),
    ("exclude", "user \"base\""),
];

/// The base with one line written in a block.
pub(super) fn policy_with(block: &str, written: &str) -> String {
    let (line, without) =
        match written.split_once("- ").filter(|(line, _)| line.is_empty() || line.ends_with(' ')) {
            Some((line, without)) => (line, without),
            None => (written, ""),
        };
    let replaced: Vec<&str> = line.split_whitespace().take(1).chain(without.split_whitespace()).collect();
    let lines_of = |name: &str| {
        let base = BASE.iter().filter(|(block, _)| *block == name).map(|(_, line)| *line);
        let kept = base.filter(|base| {
            block != name || !replaced.iter().any(|name| base.split(' ').next() == Some(name))
        });
        let own = (block == name).then_some(line);
        kept.chain(own).collect::<Vec<_>>().join("\n")
    };
    let mut text = format!("policy \"corp\" {{\n{}\n", lines_of(""));
    for name in ["active-directory", "jumpcloud", "dissociation", "attributes", "exclude", "limits"] {
        let lines = lines_of(name);
        if !lines.is_empty() {
            let argument = if name == "dissociation" { " \"remove\"" } else { "" };
            text = format!("{text}{name}{argument} {{\n{lines}\n}}\n");
        }
    }
    text + "}\n"
}

/// Reads a policy whose includes are empty.
fn read(name: &str, text: &str) -> Result<Policy, PolicyErrors> {
    let mut source = Source::new(name, text);
    for path in source.includes() {
        let (name, identity) = (path.clone(), path.trim_start_matches("./").to_owned());
        source.include(Included { path, name, identity, text: Ok("shared { }".to_owned()) });
    }
    source.read()
}

#[test]
fn the_base_of_the_table_is_a_policy() {
    parse("base.kdl", &policy_with("", "")).unwrap();
}

#[test]
fn every_use_has_the_problems_of_the_table() {
    let mut wrong = Vec::new();
    for (block, written, expected) in TABLE {
        let text = policy_with(block, written);
        let actual = read("table.kdl", &text).map_or_else(|errors| codes(&errors), |_| Vec::new());
        let expected: Vec<String> = expected.iter().map(|code| format!("policy::{code}")).collect();
        if actual != expected {
            wrong.push(format!("{block}: {written}\n  expected {expected:?}\n  actual   {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_node_and_property_rightly_and_wrongly_used() {
    let is_right = |codes: &[&str]| codes.is_empty();
    for (node, property) in rules_for_tests() {
        // The text fields share one rule; one of them stands for all.
        if property.is_some() && node != "displayname" && Field::text(node).is_some() {
            continue;
        }
        let uses = TABLE.iter().filter(|(_, written, _)| {
            let has_node = written.split_whitespace().any(|word| word == node);
            has_node && property.is_none_or(|property| written.contains(&format!("{property}=")))
        });
        let (right, wrong): (Vec<bool>, Vec<bool>) =
            uses.map(|(_, _, codes)| is_right(codes)).partition(|right| *right);
        // The blocks themselves are rightly used by the base.
        let is_block = ["policy", "active-directory", "jumpcloud", "exclude", "limits"].contains(&node);
        assert!(is_block || !right.is_empty(), "no right use of {node} {property:?}");
        assert!(!wrong.is_empty(), "no wrong use of {node} {property:?}");
    }
}

#[test]
fn a_file_holds_one_policy_with_a_name_for_marks() {
    let body = policy_with("", "");
    let body = body.strip_prefix("policy \"corp\"").unwrap();
    let longest = "é".repeat(64);
    for name in ["\"corp\"", "corp", "\"a b\"", "#\"a'b\"#", &format!("\"{longest}\"")] {
        assert!(parse("x.kdl", &format!("policy {name}{body}")).is_ok(), "{name}");
    }
    for (name, code) in [
        ("\"a[b\"", "invalid_name"),
        ("\"a]b\"", "invalid_name"),
        ("\"a/b\"", "invalid_name"),
        ("\"a@b\"", "invalid_name"),
        ("#\"a\"b\"#", "invalid_name"),
        ("\" a\"", "invalid_name"),
        ("\"a \"", "invalid_name"),
        (&format!("\"{longest}e\""), "invalid_name"),
        ("\"\"", "empty_value"),
        ("\"a\\nb\"", "stray_escape"),
        ("", "missing_argument"),
        ("1", "wrong_type"),
        ("\"a\" \"b\"", "unexpected_argument"),
        ("\"a\" b=1", "unknown_property"),
    ] {
        let errors = parse("x.kdl", &format!("policy {name}{body}")).unwrap_err();
        assert_eq!(codes(&errors), [format!("policy::{code}")], "{name}");
    }
    for (text, code) in [
        (String::new(), "missing_node"),
        ("// nothing".to_owned(), "missing_node"),
        (format!("policy \"a\"{body}policy \"b\"{body}"), "duplicate_node"),
        (format!("polciy \"a\"{body}"), "unknown_node"),
        (format!("policy \"a\"{body}limits {{ }}"), "unknown_node"),
        (format!("policy \"a\"{body}shared {{ }}"), "shared_part"),
        ("shared { }".to_owned(), "shared_part"),
        (format!("include \"x.kdl\"\npolicy \"a\"{body}"), "unknown_node"),
        (format!("/- policy \"a\"{body}"), "missing_node"),
        ("policy \"a\"".to_owned(), "missing_block"),
    ] {
        let errors = parse("x.kdl", &text).unwrap_err();
        assert_eq!(codes(&errors), [format!("policy::{code}")], "{text}");
    }
    let errors = parse("x.kdl", "policy \"a\" { }").unwrap_err();
    assert_eq!(codes(&errors), ["policy::missing_node"; 4]);
}

#[test]
fn long_files_and_long_patterns_are_refused() {
    let mut text = policy_with("", "");
    text.push_str(&"// more\n".repeat(140_000));
    assert_eq!(codes(&parse("x.kdl", &text).unwrap_err()), ["policy::too_large"]);
    let text = policy_with("exclude", &format!("user \"{}\"", "a".repeat(2_001)));
    assert_eq!(codes(&parse("x.kdl", &text).unwrap_err()), ["policy::long_pattern"]);
}

//! Variables: where they have their values from, and what is said where they have none.

use crate::policy::{GroupSelector, Policy, PolicyErrors, Source, Variable};

use super::{codes, show};

const POLICY: &str = r#"policy "corp" {
    variable "ou" env="POLICY_OU" default="OU=Staff,DC=example,DC=com"
    variable "group"
    active-directory { ldif "corp.ldif"; }
    jumpcloud { sandbox "org.json"; }
    root-container (var)"ou"
    security-group (var)"group"
}
"#;

fn source(text: &str, values: &[(&str, &str)]) -> Source {
    let mut source = Source::new("corp.kdl", text);
    for (name, value) in values {
        source.give(name, value);
    }
    source
}

fn read(values: &[(&str, &str)]) -> Result<Policy, PolicyErrors> {
    source(POLICY, values).read()
}

#[test]
fn a_value_that_is_given_counts_before_the_default() {
    let policy = read(&[("group", "Everybody")]).unwrap();
    assert!(
        matches!(&policy.security_group.value, GroupSelector::Name(name) if name == "Everybody"),
        "{policy:?}"
    );
    assert_eq!(policy.root_container.value.as_str(), "OU=Staff,DC=example,DC=com");
    let policy = read(&[("group", "Everybody"), ("ou", "OU=Labs,DC=example,DC=com")]).unwrap();
    assert_eq!(policy.root_container.value.as_str(), "OU=Labs,DC=example,DC=com");
    assert_eq!(policy.root_container.span.slice(POLICY), "\"ou\"", "it stands where it is used");
}

#[test]
fn what_it_declares_is_known_before_it_is_read() {
    let expected = [
        Variable { name: "group".to_owned(), env: None },
        Variable { name: "ou".to_owned(), env: Some("POLICY_OU".to_owned()) },
    ];
    assert_eq!(source(POLICY, &[]).variables(), expected);
    assert_eq!(source("policy {", &[]).variables(), []);
}

#[test]
fn a_variable_without_a_value_is_told_at_its_declaration() {
    let errors = read(&[]).unwrap_err();
    assert_eq!(codes(&errors), ["policy::unset_variable"]);
    let shown = show(&errors);
    assert!(shown.contains("the variable `group` has no value"), "{shown}");
    assert!(shown.contains("give it one with --var group=VALUE"), "{shown}");
    let shown = show(
        &source(&POLICY.replace(" default=\"OU=Staff,DC=example,DC=com\"", ""), &[]).read().unwrap_err(),
    );
    assert!(shown.contains("--var ou=VALUE, or set the environment variable POLICY_OU"), "{shown}");
}

#[test]
fn what_is_wrong_with_a_value_is_told_where_it_is_used() {
    let errors = read(&[("group", "JumpCloud"), ("ou", "Staff")]).unwrap_err();
    assert_eq!(codes(&errors), ["policy::invalid_dn"]);
    assert!(show(&errors).contains("the value of this variable"), "{}", show(&errors));
    for (value, code) in [("", "empty_value"), ("a\u{1b}[31mb", "stray_escape")] {
        assert_eq!(codes(&read(&[("group", value)]).unwrap_err()), [format!("policy::{code}")]);
    }
    let text = POLICY.replace("(var)\"group\"", "(var)\"gruop\"");
    assert!(show(&source(&text, &[]).read().unwrap_err()).contains("did you mean (var)\"group\"?"));
}

#[test]
fn without_values_everything_else_is_checked() {
    let checked = source(POLICY, &[]).check().unwrap();
    assert!(checked.policy.is_none());
    assert_eq!(checked.unset, ["group"]);
    let checked = source(POLICY, &[("group", "a")]).check().unwrap();
    assert!(checked.policy.is_some() && checked.unset.is_empty());
    // Whatever the value is for: nothing is said of what is not known.
    for (line, codes_of_it) in [
        ("takeover (var)\"x\"", &[][..]),
        ("attributes preset=(var)\"x\" { department (var)\"x\"; }", &[]),
        ("attributes { displayname template=(var)\"x\"; address \"work\" street=(var)\"x\"; }", &[]),
        ("attributes preset=\"none\" { username (var)\"x\"; email \"mail\" (var)\"x\"; }", &[]),
        ("exclude { user (var)\"x\"; user department=(var)\"x\"; include { dn (var)\"x\"; }; }", &[]),
        ("dissociation (var)\"x\" { left \"remove\" after=(var)\"x\"; }", &[]),
        ("group-name template=(var)\"x\"", &[]),
        ("takeover (var)\"x\"; passwords \"nobody\"", &["policy::unknown_value"]),
    ] {
        let text =
            POLICY.replace("variable \"group\"", &format!("variable \"group\"; variable \"x\"; {line}"));
        let source = source(&text, &[("group", "a")]);
        match source.check() {
            Ok(checked) => {
                assert_eq!(codes_of_it, &[""; 0], "{line}");
                assert_eq!((checked.policy.is_none(), checked.unset), (true, vec!["x".to_owned()]), "{line}");
            }
            Err(errors) => assert_eq!(codes(&errors), codes_of_it, "{line}"),
        }
        assert!(codes(&source.read().unwrap_err()).contains(&"policy::unset_variable".to_owned()), "{line}");
    }
}

#[test]
fn all_that_a_policy_is_read_from_is_one_text() {
    assert_eq!(source(POLICY, &[]).whole(), POLICY, "without values it is the file's own");
    let wholes: Vec<String> = [
        &[][..],
        &[("ou", "a")],
        &[("ou", "b")],
        &[("group", "a")],
        &[("group", "a"), ("ou", "a")],
        &[("group", "a\0variable 2 ou 1 a")],
    ]
    .map(|values| source(POLICY, values).whole())
    .to_vec();
    let different: std::collections::BTreeSet<&String> = wholes.iter().collect();
    assert_eq!(different.len(), wholes.len(), "{wholes:?}");
}

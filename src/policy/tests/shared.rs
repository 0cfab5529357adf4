//! Shared parts: what a policy makes of them, and where its problems are told.

use miette::Diagnostic;

use crate::policy::{Included, LeaveAction, Policy, PolicyErrors, Source, parse};

use super::{codes, show};

const POLICY: &str = r#"policy "corp" {
    include "common.kdl"
    include "limits.kdl"
    active-directory { ldif "corp.ldif"; }
    root-container "OU=Staff,DC=example,DC=com"
    takeover "adopt"
    attributes {
        department "division"
    }
    exclude {
        user "own-*"
    }
}
"#;

const COMMON: &str = r#"// What all policies have.
shared {
    variable "org" default="org.json"
    jumpcloud { sandbox (var)"org"; }
    security-group "JumpCloud"
    takeover "refuse"
    dissociation "suspend" { left "remove"; }
    attributes preset="none" {
        username "uid"
        email "mail"
        department "department"
    }
    exclude {
        user "svc-*" reason="service accounts"
        include { user "svc-print"; }
    }
}
"#;

const LIMITS: &str = "shared {\n    limits { removals 5; }\n    exclude { user \"tmp-*\"; include { user \"tmp-ada\"; }; }\n}\n";

fn source(policy: &str, files: &[(&str, &str)]) -> Source {
    let mut source = Source::new("folder/corp.kdl", policy);
    for path in source.includes() {
        let text = files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        let text = text.ok_or_else(|| "No such file".to_owned());
        source.include(Included { name: format!("folder/{path}"), identity: path.clone(), path, text });
    }
    source
}

fn read(policy: &str, files: &[(&str, &str)]) -> Result<Policy, PolicyErrors> {
    source(policy, files).read()
}

fn meaning(policy: &Policy) -> String {
    format!("{policy:?}")
}

#[test]
fn blocks_become_one_and_the_policys_own_lines_count_first() {
    let policy = read(POLICY, &[("common.kdl", COMMON), ("limits.kdl", LIMITS)]).unwrap();
    let lines: Vec<String> = policy.exclusions.iter().map(|line| line.line.to_string()).collect();
    assert_eq!(lines, ["line 14 of common.kdl", "line 3 of limits.kdl", "line 11 of the policy"]);
    let lines: Vec<String> = policy.exceptions.iter().map(|line| line.line.to_string()).collect();
    assert_eq!(lines, ["line 15 of common.kdl", "line 3 of limits.kdl"]);
    assert_eq!(policy.takeover, crate::policy::Takeover::Adopt);
    assert_eq!(policy.dissociation.default.action, LeaveAction::Suspend);
    assert_eq!(policy.limits.removals.number, 5);
    let mappings: Vec<String> = policy
        .mappings
        .iter()
        .map(|mapping| format!("{} {} {}", mapping.field, mapping.words(), mapping.line.as_ref().unwrap()))
        .collect();
    assert_eq!(
        mappings,
        [
            "username uid line 9 of common.kdl",
            "email mail line 10 of common.kdl",
            "department division line 8 of the policy"
        ]
    );
}

#[test]
fn it_is_the_policy_that_one_file_with_all_of_it_would_be() {
    let whole = POLICY
        .replace("    include \"common.kdl\"\n    include \"limits.kdl\"\n", "jumpcloud { sandbox \"org.json\"; }; security-group \"JumpCloud\"; dissociation \"suspend\" { left \"remove\"; }; limits { removals 5; }\n")
        .replace("attributes {", "attributes preset=\"none\" { username \"uid\"; email \"mail\";")
        .replace("exclude {", "exclude { user \"svc-*\" reason=\"service accounts\"; user \"tmp-*\"; include { user \"svc-print\"; user \"tmp-ada\"; };");
    let bare = |policy: &Policy| {
        // Without places, which differ.
        let text = meaning(policy);
        let span = regex_free(&text, "Span { start: ", "}");
        let lines = regex_free(&span, "Line { number: ", "}");
        lines.replace("Some(\"common.kdl\")", "None")
    };
    let merged = read(POLICY, &[("common.kdl", COMMON), ("limits.kdl", LIMITS)]).unwrap();
    assert_eq!(bare(&merged), bare(&parse("corp.kdl", &whole).unwrap()));
}

/// The text without what stands between these two.
fn regex_free(text: &str, begin: &str, end: &str) -> String {
    let mut pieces = text.split(begin);
    let mut rest = pieces.next().unwrap().to_owned();
    for piece in pieces {
        rest.push_str(piece.split_once(end).unwrap().1);
    }
    rest
}

#[test]
fn a_problem_is_told_in_its_own_file() {
    let common = COMMON.replace("\"refuse\"", "\"refsue\"").replace("\"uid\"", "\"u i d\"");
    // What the policy has itself is not taken from the shared part, and is checked all the same.
    let common = common.replace("department \"department\"", "department 5");
    let policy = POLICY.replace("\"adopt\"", "\"adpot\"");
    let errors = read(&policy, &[("common.kdl", &common), ("limits.kdl", LIMITS)]).unwrap_err();
    assert_eq!(codes(&errors), ["policy::unknown_value", "policy::invalid_attribute", "policy::wrong_type"]);
    let places: Vec<&str> = errors
        .errors()
        .iter()
        .zip([policy.as_str(), &common, &common])
        .map(|(error, text)| error.span().slice(text))
        .collect();
    assert_eq!(places, ["\"adpot\"", "\"u i d\"", "5"]);
    let shown = show(&errors);
    for place in ["folder/corp.kdl:6:14", "folder/common.kdl:9:18", "folder/common.kdl:11:20"] {
        assert!(shown.contains(place), "{place} in {shown}");
    }
}

#[test]
fn what_two_shared_parts_have_is_told_with_both_places() {
    for (common, limits, code) in [
        ("passwords \"jumpcloud\"", "passwords \"directory\"", "shared_twice"),
        ("takeover \"refuse\"", "takeover \"adopt\"", ""),
        ("limits { removals 5; }", "limits { removals 6; suspensions 1; }", "shared_twice"),
        ("limits { removals 5; }", "limits { suspensions 1; }", ""),
        (
            "dissociation \"keep\" { left \"keep\"; }",
            "dissociation \"keep\" { moved \"keep\"; }",
            "shared_twice",
        ),
        ("attributes preset=\"agent\"", "attributes preset=\"agent\"", "duplicate_property"),
        ("attributes { custom \"a\" \"b\"; }", "attributes { custom \"A\" \"c\"; }", "shared_twice"),
        ("attributes { department \"b\"; }", "attributes { department \"c\"; }", ""),
        ("variable \"a\" default=\"keep\"", "variable \"a\" default=\"keep\"", "shared_twice"),
    ] {
        let base = "jumpcloud { sandbox \"org.json\"; }; security-group \"JumpCloud\"";
        let files = [
            ("common.kdl", &*format!("shared {{ {base}\n {common}\n}}")),
            ("limits.kdl", &*format!("shared {{ {limits}\n}}")),
        ];
        let Err(errors) = read(POLICY, &files) else {
            assert_eq!(code, "", "{common}, {limits}");
            continue;
        };
        assert_eq!(codes(&errors), [format!("policy::{code}")], "{common}, {limits}");
        let shown = show(&errors);
        for place in ["folder/limits.kdl:1:", "folder/common.kdl:2:", "here before"] {
            assert!(shown.contains(place), "{place} in {shown}");
        }
        assert_eq!(errors.errors()[0].related().unwrap().count(), 1);
    }
}

#[test]
fn what_is_missing_is_told_once_all_parts_are_there() {
    let errors = read(POLICY, &[("common.kdl", "shared { }"), ("limits.kdl", LIMITS)]).unwrap_err();
    assert_eq!(codes(&errors), ["policy::missing_node", "policy::missing_node"]);
    let errors = read(POLICY, &[("limits.kdl", "shared { takeover 5; }")]).unwrap_err();
    assert_eq!(codes(&errors), ["policy::unreadable_include"]);
    assert!(show(&errors).contains("folder/common.kdl could not be read: No such file"), "{}", show(&errors));
    let errors = parse("corp.kdl", POLICY).unwrap_err();
    assert_eq!(codes(&errors), ["policy::unreadable_include"; 2], "an include is never passed over");
}

#[test]
fn a_file_that_shares_nothing_is_told_as_what_it_is() {
    for (text, expected) in [
        ("", "missing_node"),
        ("// all comments", "missing_node"),
        ("shared", "missing_block"),
        ("shared { }\nshared { }", "duplicate_node"),
        ("shared \"common\" { }", "unexpected_argument"),
        ("takeover \"adopt\"", "unknown_node"),
        ("shared { include \"more.kdl\"; }", "nested_include"),
        ("include \"more.kdl\"\nshared { }", "nested_include"),
        ("shared {", "syntax"),
        ("shared { api-key \"hunter2\"; }", "unknown_node"),
        ("shared { a { b { c { d { e { f { g { h { i { j { k { l { m { n { o { p { q { r {", "too_deep"),
    ] {
        let errors = read(POLICY, &[("common.kdl", text), ("limits.kdl", LIMITS)]).unwrap_err();
        assert!(codes(&errors).contains(&format!("policy::{expected}")), "{text}: {:?}", codes(&errors));
    }
    let policy = POLICY.replace("policy \"corp\"", "policy \"other\"");
    let errors = read(POLICY, &[("common.kdl", &policy), ("limits.kdl", LIMITS)]).unwrap_err();
    assert_eq!(codes(&errors), ["policy::policy_included"]);
    let errors = parse("common.kdl", COMMON).unwrap_err();
    assert_eq!(codes(&errors), ["policy::shared_part"], "no policy by itself");
}

#[test]
fn a_secret_in_a_shared_part_is_masked() {
    let common =
        COMMON.replace("sandbox (var)\"org\"", "api-key \"hunter2\"").replace("variable", "// variable");
    let shown = show(&read(POLICY, &[("common.kdl", &common), ("limits.kdl", LIMITS)]).unwrap_err());
    assert!(shown.contains("folder/common.kdl:4:") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_shared_variable_is_for_all_files_and_need_not_be_used() {
    let unused = COMMON.replace("(var)\"org\"", "\"org.json\"");
    read(POLICY, &[("common.kdl", &unused), ("limits.kdl", LIMITS)]).unwrap();
    let files = [("common.kdl", COMMON), ("limits.kdl", LIMITS)];
    let own = POLICY.replace("takeover", "variable \"org\" default=\"own.json\"\n    takeover");
    let policy = read(&own, &files).unwrap();
    let crate::policy::JumpCloud::Sandbox { state, .. } = &policy.jumpcloud else { panic!("{policy:?}") };
    assert_eq!(state.value, "own.json", "the policy's own declaration counts first");
    assert_eq!(source(POLICY, &files).variables().len(), 1);
    let wholes = [
        source(POLICY, &files).whole(),
        source(POLICY, &[("common.kdl", &unused), files[1]]).whole(),
        source(POLICY, &[files[0], ("limits.kdl", "shared { }")]).whole(),
    ];
    assert!(wholes[0] != wholes[1] && wholes[0] != wholes[2] && wholes[1] != wholes[2]);
}

#[test]
fn nothing_that_is_cut_off_is_a_smaller_valid_policy() {
    let expected = meaning(&read(POLICY, &[("common.kdl", COMMON), ("limits.kdl", LIMITS)]).unwrap());
    let mut whole = 0;
    let mut expect = |cut: &str, policy: &str, common: &str, limits: &str| {
        if let Ok(policy) = read(policy, &[("common.kdl", common), ("limits.kdl", limits)]) {
            assert_eq!(meaning(&policy), expected, "{cut}");
            whole += 1;
        }
    };
    for at in 0..POLICY.len() {
        // The places of what stands in the other files hang on the length of this one.
        if at < POLICY.rfind('}').unwrap() {
            expect(&format!("the policy at {at}"), &POLICY[..at], COMMON, LIMITS);
        }
    }
    for at in 0..COMMON.len() {
        if at <= COMMON.rfind('}').unwrap() {
            expect(&format!("common.kdl at {at}"), POLICY, &COMMON[..at], LIMITS);
        }
    }
    for at in 0..LIMITS.len() {
        expect(&format!("limits.kdl at {at}"), POLICY, COMMON, &LIMITS[..at]);
    }
    assert_eq!(whole, 1, "without its last line feed a file is whole");
}

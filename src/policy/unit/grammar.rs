//! The grammar of tests.

use super::super::grammar::{Kind, Repeats, Rule};

/// How the directory is written.
pub(super) const DIRECTORY: &str = "directory \"corp.ldif\"";

/// The rules of a whole file. One node holds all of it, so that no part of a file is a file with fewer tests.
pub(super) fn file() -> Rule {
    let test = Rule::new("test", "test \"a joiner is created\" { … }")
        .one(Kind::Written)
        .required()
        .repeats(Repeats::ByFirstArgument)
        .block(givens().into_iter().chain([expect()]).collect());
    let policy = Rule::new("policy", "policy \"corp.kdl\"").one(Kind::Written);
    let variable = Rule::new("variable", "variable \"ou\" \"OU=Staff,DC=example,DC=com\"")
        .arguments(Kind::Written, 2, 2)
        .repeats(Repeats::ByFirstArgument);
    Rule::new("file", "tests { … }").block(vec![
        Rule::new("tests", "tests { … }")
            .required()
            .block([policy, variable].into_iter().chain(givens()).chain([test]).collect()),
    ])
}

/// What a test begins with; those of the file are for tests that have none of their own.
fn givens() -> Vec<Rule> {
    vec![
        directory(Rule::new("directory", DIRECTORY)),
        directory(Rule::new("before", "before \"corp.ldif\" now=\"2025-12-01T00:00:00Z\""))
            .property("now", Kind::Written)
            .repeats(Repeats::Freely),
        Rule::new("jumpcloud", "jumpcloud \"org.json\"").one(Kind::WrittenOrNull),
        Rule::new("now", "now \"2026-01-31T08:00:00Z\"").one(Kind::Written),
    ]
}

fn directory(rule: Rule) -> Rule {
    rule.arguments(Kind::Written, 0, 1).optional_block(vec![
        Rule::new("user", "user \"alice\" givenName=\"Alice\" sn=\"Ames\" mail=\"alice@example.com\"")
            .one(Kind::Written)
            .property("disabled", Kind::Boolean)
            .property("expires", Kind::Written)
            .property("container", Kind::Written)
            .open_to(Kind::Written)
            .repeats(Repeats::ByFirstArgument),
        Rule::new("group", "group \"JumpCloud\" \"alice\" \"Sales\"")
            .some(Kind::Written)
            .property("container", Kind::Written)
            .open_to(Kind::Written)
            .repeats(Repeats::ByFirstArgument),
    ])
}

fn expect() -> Rule {
    Rule::new("expect", "expect { user \"alice\" \"create\"; }").required().block(vec![
        Rule::new("user", "user \"alice\" \"create\" department=\"Sales\"")
            .arguments(Kind::Written, 2, 2)
            .property("reason", Kind::Written)
            .property("cause", Kind::Written)
            .open_to(Kind::WrittenOrNull)
            .repeats(Repeats::Freely),
        Rule::new("group", "group \"Sales\" \"create\"")
            .arguments(Kind::Written, 2, 2)
            .property("reason", Kind::Written)
            .property("cause", Kind::Written)
            .open_to(Kind::WrittenOrNull)
            .repeats(Repeats::Freely),
        Rule::new("membership", "membership \"alice\" \"Sales\" \"add\"")
            .arguments(Kind::Written, 3, 3)
            .repeats(Repeats::Freely),
        Rule::new("none", "none \"remove\" \"user\"").arguments(Kind::Written, 1, 4).repeats(Repeats::Freely),
        Rule::new("guard", "guard \"removals\"").one(Kind::Written).repeats(Repeats::ByFirstArgument),
        Rule::new("plan", "plan \"expected.json\"").one(Kind::Written),
    ])
}

//! The grammar of tests.

use super::super::grammar::{Kind, Repeats, Rule};

/// How the directory is written.
pub(super) const DIRECTORY: &str = "directory \"corp.ldif\"";

/// The rules of a whole file. One node holds all of it, so that no part of a file is a file with fewer tests.
pub(super) fn file() -> Rule {
    let test = Rule::new(
        "test",
        "test \"a joiner is created\" { … }",
        "What is given, and what the plan is then to be.",
    )
    .one(Kind::Written)
    .required()
    .repeats(Repeats::ByFirstArgument)
    .block(givens().into_iter().chain([expect()]).collect());
    let policy = Rule::new(
        "policy",
        "policy \"corp.kdl\"",
        "The policy that is tested, where it is not named by this file's name.",
    )
    .one(Kind::Written);
    let variable = Rule::new(
        "variable",
        "variable \"ou\" \"OU=Staff,DC=example,DC=com\"",
        "The value of a variable of the policy.",
    )
    .arguments(Kind::Written, 2, 2)
    .repeats(Repeats::ByFirstArgument);
    Rule::new("file", "tests { … }", "Tests of a policy.").block(vec![
        Rule::new(
            "tests",
            "tests { … }",
            "Tests of a policy, and what is given to those that give nothing of their own.",
        )
        .required()
        .block([policy, variable].into_iter().chain(givens()).chain([test]).collect()),
    ])
}

/// What a test begins with; those of the file are for tests that have none of their own.
fn givens() -> Vec<Rule> {
    vec![
        directory(Rule::new(
            "directory",
            DIRECTORY,
            "Who is in Active Directory: an LDIF export, or users and groups.",
        )),
        directory(Rule::new(
            "before",
            "before \"corp.ldif\" now=\"2025-12-01T00:00:00Z\"",
            "Who was there at a run before, whose plan is done first.",
        ))
        .property("now", Kind::Written, "The time of that run. Without it, 30 days before.")
        .repeats(Repeats::Freely),
        Rule::new(
            "jumpcloud",
            "jumpcloud \"org.json\"",
            "The organization at the start, as `sandbox` keeps it; #null is an empty one.",
        )
        .one(Kind::WrittenOrNull),
        Rule::new("now", "now \"2026-01-31T08:00:00Z\"", "The time of the plan.").one(Kind::Written),
    ]
}

fn directory(rule: Rule) -> Rule {
    let object = |rule: Rule| {
        rule.property(
            "container",
            Kind::Written,
            "The container in which it lies, within the root container's domain.",
        )
        .open_to(Kind::Written)
        .repeats(Repeats::ByFirstArgument)
    };
    let user = Rule::new(
        "user",
        "user \"alice\" givenName=\"Alice\" sn=\"Ames\" mail=\"alice@example.com\"",
        "A user, with AD attributes.",
    )
    .one(Kind::Written)
    .property("disabled", Kind::Boolean, "Whether the account is disabled.")
    .property("expires", Kind::Written, "When the account expires.");
    let group = Rule::new(
        "group",
        "group \"JumpCloud\" \"alice\" \"Sales\"",
        "A security group, with its members behind its name.",
    )
    .some(Kind::Written);
    rule.arguments(Kind::Written, 0, 1).optional_block(vec![object(user), object(group)])
}

fn expect() -> Rule {
    let object = |name, form, doc| {
        Rule::new(name, form, doc)
            .arguments(Kind::Written, 2, 2)
            .property("reason", Kind::Written, "The reason code of whoever is held back.")
            .property("cause", Kind::Written, "Why it leaves.")
            .open_to(Kind::WrittenOrNull)
            .repeats(Repeats::Freely)
    };
    Rule::new("expect", "expect { user \"alice\" \"create\"; }", "What the plan is to be.").required().block(
        vec![
            object(
                "user",
                "user \"alice\" \"create\" department=\"Sales\"",
                "What happens to a user, and values of fields afterwards.",
            ),
            object(
                "group",
                "group \"Sales\" \"create\"",
                "What happens to a group, and values of fields afterwards.",
            ),
            Rule::new(
                "membership",
                "membership \"alice\" \"Sales\" \"add\"",
                "A user who comes into a group, or goes out of it.",
            )
            .arguments(Kind::Written, 3, 3)
            .repeats(Repeats::Freely),
            Rule::new("none", "none \"remove\" \"user\"", "That nothing of a kind happens to anybody.")
                .arguments(Kind::Written, 1, 4)
                .repeats(Repeats::Freely),
            Rule::new("guard", "guard \"removals\"", "That a guard stops the plan.")
                .one(Kind::Written)
                .repeats(Repeats::ByFirstArgument),
            Rule::new("plan", "plan \"expected.json\"", "That the plan is exactly the one in a file.")
                .one(Kind::Written),
        ],
    )
}

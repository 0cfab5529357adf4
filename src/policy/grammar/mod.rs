//! The grammar of policies, as data: which node stands where, with which arguments and properties, and how it is
//! written. What values mean is not here but in `read`.

mod merge;
mod rule;
mod shape;

pub(super) use merge::merge_shared;
pub(super) use rule::{Kind, Repeats, Rule};
pub(super) use shape::{check, check_document, check_required, check_shared};

use crate::model::Field;

/// The rules of a policy's file.
fn file() -> Rule {
    let include =
        Rule::new("include", "include \"common.kdl\"").one(Kind::Written).repeats(Repeats::ByFirstArgument);
    let children = std::iter::once(include).chain(parts()).collect();
    Rule::new("file", "policy \"corp\" { … }")
        .block(vec![Rule::new("policy", "policy \"corp\" { … }").one(Kind::Text).required().block(children)])
}

/// The rules of a file that policies include. One node holds all of it, so that no truncated file is a smaller valid one.
fn shared_file() -> Rule {
    Rule::new("file", "shared { … }")
        .block(vec![Rule::new("shared", "shared { … }").required().block(parts())])
}

/// What a policy consists of, wherever it is written.
fn parts() -> Vec<Rule> {
    vec![
        Rule::new("variable", "variable \"ou\" env=\"POLICY_OU\" default=\"OU=Staff,DC=example,DC=com\"")
            .one(Kind::Written)
            .property("env", Kind::Written)
            .property("default", Kind::Written)
            .repeats(Repeats::ByFirstArgument),
        active_directory(),
        jumpcloud(),
        Rule::new("root-container", "root-container \"OU=Staff,DC=example,DC=com\"")
            .one(Kind::Text)
            .required(),
        Rule::new("security-group", "security-group \"JumpCloud\"").one(Kind::Text).required(),
        Rule::new("administrators-group", "administrators-group \"JumpCloud Admins\"").one(Kind::Text),
        Rule::new("group-name", "group-name template=\"ad-{cn}\"").required_property("template", Kind::Text),
        Rule::new("takeover", "takeover \"refuse\"").one(Kind::Text),
        Rule::new("passwords", "passwords \"directory\"").one(Kind::Text),
        Rule::new("new-users", "new-users state=\"activated\" welcome-email=#true")
            .property("state", Kind::Text)
            .property("welcome-email", Kind::Boolean),
        dissociation(),
        attributes(),
        exclude(),
        limits(),
    ]
}

/// The name of every node, alone and with each of its properties.
#[cfg(test)]
pub(super) fn rules_for_tests() -> Vec<(&'static str, Option<&'static str>)> {
    fn gather(rule: &Rule, found: &mut Vec<(&'static str, Option<&'static str>)>) {
        for child in rule.children() {
            found.push((child.name, None));
            found.extend(child.properties.iter().map(|property| (child.name, Some(property.name))));
            gather(child, found);
        }
    }
    let mut found = Vec::new();
    gather(&file(), &mut found);
    found
}

fn active_directory() -> Rule {
    Rule::new("active-directory", "active-directory { … }").required().block(vec![
        Rule::new("server", "server \"ldaps://dc1.corp.example.com\"").some(Kind::Text),
        Rule::new("domain", "domain \"DC=corp,DC=example,DC=com\"").one(Kind::Text),
        Rule::new("bind", "bind \"CORP\\\\jcimport\" password=(env)\"AD_PASSWORD\"")
            .one(Kind::Text)
            .property("password", Kind::Secret)
            .property("keytab", Kind::Text),
        Rule::new("ca-certificate", "ca-certificate \"corp-ca.pem\"").one(Kind::Text),
        Rule::new("timeout", "timeout \"30s\"").one(Kind::Text),
        Rule::new("page-size", "page-size 1000").one(Kind::Integer),
        Rule::new("allow-insecure", "allow-insecure #true").one(Kind::Boolean),
        Rule::new("ldif", "ldif \"corp.ldif\"").one(Kind::Text),
    ])
}

fn jumpcloud() -> Rule {
    Rule::new("jumpcloud", "jumpcloud { … }").required().block(vec![
        Rule::new("api-key", "api-key (env)\"JUMPCLOUD_API_KEY\"").one(Kind::Secret),
        Rule::new("service-account", "service-account \"ID\" secret=(env)\"JUMPCLOUD_SECRET\"")
            .one(Kind::Text)
            .required_property("secret", Kind::Secret),
        Rule::new("organization", "organization \"5f1b881d9b3a4d2b3c4d5e6f\"").one(Kind::Text),
        Rule::new("url", "url \"https://console.eu.jumpcloud.com\"").one(Kind::Text),
        Rule::new("rate", "rate \"20/s\"").one(Kind::Text),
        Rule::new("directory", "directory \"ignore\"").one(Kind::Text),
        Rule::new("sandbox", "sandbox \"demo-org.json\" seed=\"seed.json\"")
            .one(Kind::Text)
            .property("seed", Kind::Text),
    ])
}

fn dissociation() -> Rule {
    let cause = |name, form| Rule::new(name, form).one(Kind::Text).property("after", Kind::Text);
    Rule::new("dissociation", "dissociation \"remove\" { … }")
        .one(Kind::Text)
        .property("after", Kind::Text)
        .optional_block(vec![
            cause("deleted", "deleted \"remove\" after=\"7d\""),
            cause("disabled", "disabled \"remove\""),
            cause("expired", "expired \"remove\""),
            cause("moved", "moved \"remove\""),
            cause("excluded", "excluded \"remove\""),
            cause("left", "left \"remove\""),
        ])
}

fn attributes() -> Rule {
    // What a value may be made of beside AD attributes, and whether there must be one.
    let sources = |rule: Rule| {
        rule.property("template", Kind::Text)
            .property("value", Kind::Text)
            .property("join", Kind::Text)
            .property("required", Kind::Boolean)
    };
    let text =
        |name| sources(Rule::new(name, "department \"department\"").arguments(Kind::Text, 0, usize::MAX));
    let others = [
        sources(Rule::new("phone", "phone \"work\" \"telephoneNumber\"").some(Kind::Text))
            .repeats(Repeats::ByFirstArgument),
        Rule::new("address", "address \"work\" street=\"streetAddress\" locality=\"l\"")
            .one(Kind::Text)
            .property("street", Kind::Text)
            .property("po-box", Kind::Text)
            .property("locality", Kind::Text)
            .property("region", Kind::Text)
            .property("postal-code", Kind::Text)
            .property("country", Kind::Text)
            .property("required", Kind::Boolean)
            .repeats(Repeats::ByFirstArgument),
        Rule::new("manager", "manager \"manager\"").one(Kind::Text).property("required", Kind::Boolean),
        sources(Rule::new("custom", "custom \"costCode\" \"extensionAttribute1\"").some(Kind::Text))
            .repeats(Repeats::ByFirstArgument),
    ];
    Rule::new("attributes", "attributes preset=\"core\" { … }")
        .property("preset", Kind::Text)
        .optional_block(Field::text_names().map(text).chain(others).collect())
}

fn exclude() -> Rule {
    let include = Rule::new("include", "include { user \"svc-print\"; }").block(principals());
    let lines = principals().into_iter().chain([include]).collect();
    Rule::new("exclude", "exclude { … }").block(lines)
}

/// Lines that name users, groups or both.
fn principals() -> Vec<Rule> {
    let principal = |name, form| {
        Rule::new(name, form)
            .arguments(Kind::Text, 0, 1)
            .property("reason", Kind::Text)
            .open()
            .repeats(Repeats::Freely)
    };
    vec![
        principal("user", "user \"svc-*\" department=\"IT\" reason=\"service accounts\""),
        principal("group", "group \"Domain *\" reason=\"built in\""),
        Rule::new("dn", "dn \"*,OU=Vendors,*\" reason=\"not ours\"")
            .one(Kind::Text)
            .property("reason", Kind::Text)
            .repeats(Repeats::Freely),
    ]
}

fn limits() -> Rule {
    let limit =
        |name, form| Rule::new(name, form).arguments(Kind::Integer, 0, 1).property("percent", Kind::Integer);
    Rule::new("limits", "limits { … }").block(vec![
        limit("removals", "removals 20 percent=10"),
        limit("suspensions", "suspensions 20 percent=10"),
        limit("membership-removals", "membership-removals 200 percent=20"),
        limit("attribute-changes", "attribute-changes 500 percent=50"),
    ])
}

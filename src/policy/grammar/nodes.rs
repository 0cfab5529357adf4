//! The nodes of policies: what each is called, how it is written, what it says.

use crate::model::Field;

use super::choice;
use super::rule::{Kind, Repeats, Rule};

/// The rules of a policy's file.
pub(in crate::policy) fn file() -> Rule {
    let include = Rule::new(
        "include",
        "include \"common.kdl\"",
        "A file, relative to the policy, whose node `shared` holds parts of this policy. What the policy says itself counts before \
         it; lines of blocks come together.",
    );
    let include = include.one(Kind::Written).repeats(Repeats::ByFirstArgument);
    let children = std::iter::once(include).chain(parts()).collect();
    let policy = Rule::new(
        "policy",
        "policy \"corp\" { … }",
        "One Active Directory domain into one JumpCloud organization. Its name is part of the mark of all that it owns: do not \
         change it later.",
    );
    Rule::new("file", "policy \"corp\" { … }", "A policy.")
        .block(vec![policy.one(Kind::Text).required().block(children)])
}

/// The rules of a file that policies include. One node holds all of it, so that no truncated file is a smaller valid one.
pub(in crate::policy) fn shared_file() -> Rule {
    let shared = Rule::new("shared", "shared { … }", "Parts of policies that include this file.");
    Rule::new("file", "shared { … }", "What several policies share.")
        .block(vec![shared.required().block(parts())])
}

/// What a policy consists of, wherever it is written.
fn parts() -> Vec<Rule> {
    vec![
        Rule::new(
            "variable",
            "variable \"ou\" env=\"POLICY_OU\" default=\"OU=Staff,DC=example,DC=com\"",
            "A value that is given from outside, with `--var ou=…`. It is used as (var)\"ou\" in the place of any text but a secret.",
        )
        .one(Kind::Written)
        .property("env", Kind::Written, "The environment variable that gives it where `--var` does not.")
        .property("default", Kind::Written, "What it is where nothing else gives it.")
        .repeats(Repeats::ByFirstArgument),
        active_directory(),
        jumpcloud(),
        Rule::new(
            "root-container",
            "root-container \"OU=Staff,DC=example,DC=com\"",
            "The DN of the container under which everybody and every group lies that may be imported.",
        )
        .one(Kind::Text)
        .required(),
        Rule::new(
            "security-group",
            "security-group \"JumpCloud\"",
            "The group whose members are imported, directly or through other groups: its `cn`, its `sAMAccountName` or its DN. It \
             lies in the root container.",
        )
        .one(Kind::Text)
        .required(),
        Rule::new(
            "administrators-group",
            "administrators-group \"JumpCloud Admins\"",
            "The group whose direct members, where they are imported, are administrators (`sudo`) on all devices, and nobody else \
             is. Without it nobody's `sudo` is touched.",
        )
        .one(Kind::Text),
        Rule::new(
            "group-name",
            "group-name template=\"ad-{cn}\"",
            "How mirrored groups are called in JumpCloud. Without it, by their `cn`.",
        )
        .required_property(
            "template",
            Kind::Text,
            "The name, with AD attributes of the group between braces and filters behind them: {cn|lower}.",
        ),
        Rule::new(
            "takeover",
            "takeover \"refuse\"",
            "Whether a JumpCloud user or group that nobody owns and that has the mail address or the name of a selected one is \
             taken over (\"adopt\") or left as it is (\"refuse\", the default).",
        )
        .one(Kind::Text)
        .choice(&choice::TAKEOVER),
        Rule::new(
            "passwords",
            "passwords \"directory\"",
            "Who sets the passwords of owned users: Active Directory, through JumpCloud's agent (the default), or JumpCloud.",
        )
        .one(Kind::Text)
        .choice(&choice::PASSWORDS),
        Rule::new(
            "new-users",
            "new-users state=\"activated\" welcome-email=#true",
            "How users come into being.",
        )
        .property("state", Kind::Text, "Whether they can log in (\"activated\", the default), or wait (\"staged\").")
        .property_choice(&choice::STATES)
        .property(
            "welcome-email",
            Kind::Boolean,
            "Whether JumpCloud sends them a mail. The default is #true; without a mail they are created staged, then activated.",
        ),
        dissociation(),
        attributes(),
        exclude(),
        limits(),
    ]
}

fn active_directory() -> Rule {
    let children = vec![
        Rule::new(
            "server",
            "server \"ldaps://dc1.corp.example.com\"",
            "Domain controllers, tried in this order. ldaps:// is TLS, ldap:// means StartTLS; never the global catalog's ports.",
        )
        .some(Kind::Text),
        Rule::new(
            "domain",
            "domain \"DC=corp,DC=example,DC=com\"",
            "The domain. Without it, the DC parts of the root container.",
        )
        .one(Kind::Text),
        Rule::new(
            "bind",
            "bind \"CORP\\\\jcimport\" password=(env)\"AD_PASSWORD\"",
            "The account that reads the directory: `DOMAIN\\user`, a user principal name or a DN.",
        )
        .one(Kind::Text)
        .property("password", Kind::Secret, "Where its password is to be had: (env), (file) or (command). Never the password itself.")
        .property("keytab", Kind::Text, "A keytab in place of a password; the account is then a Kerberos principal."),
        Rule::new(
            "ca-certificate",
            "ca-certificate \"corp-ca.pem\"",
            "PEM file of the CA to trust, in place of those of the platform.",
        )
        .one(Kind::Text),
        Rule::new("timeout", "timeout \"30s\"", "Longest wait for each answer. The default is 30s.")
            .one(Kind::Text),
        Rule::new(
            "page-size",
            "page-size 1000",
            "Entries asked for in one page, from 1 to 1000, which is the default.",
        )
        .one(Kind::Integer),
        Rule::new(
            "allow-insecure",
            "allow-insecure #true",
            "Lets ldap:// do without TLS: the password and all that is read can be seen and changed on the way.",
        )
        .one(Kind::Boolean),
        Rule::new(
            "ldif",
            "ldif \"corp.ldif\"",
            "An LDIF export, relative to the policy, in place of `server`, `bind` and `ca-certificate`.",
        )
        .one(Kind::Text),
    ];
    Rule::new("active-directory", "active-directory { … }", "Where people come from.")
        .required()
        .block(children)
}

fn jumpcloud() -> Rule {
    let children = vec![
        Rule::new(
            "api-key",
            "api-key (env)\"JUMPCLOUD_API_KEY\"",
            "Where an administrator's API key is to be had: (env), (file) or (command). Never the key itself.",
        )
        .one(Kind::Secret),
        Rule::new(
            "service-account",
            "service-account \"ID\" secret=(env)\"JUMPCLOUD_SECRET\"",
            "A service account in place of an API key, by its client id.",
        )
        .one(Kind::Text)
        .required_property("secret", Kind::Secret, "Where its client secret is to be had: (env), (file) or (command)."),
        Rule::new(
            "organization",
            "organization \"5f1b881d9b3a4d2b3c4d5e6f\"",
            "The organization's id, 24 hexadecimal digits (`x-org-id`), where the credentials are for several.",
        )
        .one(Kind::Text),
        Rule::new(
            "url",
            "url \"https://console.eu.jumpcloud.com\"",
            "The API's host. The default is https://console.jumpcloud.com; http:// only to this machine.",
        )
        .one(Kind::Text),
        Rule::new(
            "rate",
            "rate \"20/s\"",
            "The most requests in a second (/s) or a minute (/m). Without it JumpCloud alone says when it is too much.",
        )
        .one(Kind::Text),
        Rule::new(
            "directory",
            "directory \"ignore\"",
            "Whether owned users and groups are bound to JumpCloud's Active Directory object (\"bind\", the default) or not (\"ignore\").",
        )
        .one(Kind::Text)
        .choice(&choice::DIRECTORY),
        Rule::new(
            "sandbox",
            "sandbox \"demo-org.json\" seed=\"seed.json\"",
            "A local organization in a file, relative to the policy, in place of all of the above: to rehearse with.",
        )
        .one(Kind::Text)
        .property("seed", Kind::Text, "The file that it starts as a copy of. Without it, it starts empty."),
    ];
    Rule::new("jumpcloud", "jumpcloud { … }", "Where people go.").required().block(children)
}

fn dissociation() -> Rule {
    const AFTER: &str =
        "A grace period, as a number and one of s m h d w: suspended at once, the action so much later.";
    let cause = |name, form, doc| {
        Rule::new(name, form, doc).one(Kind::Text).choice(&choice::ACTIONS).property(
            "after",
            Kind::Text,
            AFTER,
        )
    };
    let children = vec![
        cause("deleted", "deleted \"remove\" after=\"7d\"", "Of whoever is gone from Active Directory."),
        cause("disabled", "disabled \"remove\"", "Of whoever is disabled in Active Directory."),
        cause("expired", "expired \"remove\"", "Of whoever's account has expired."),
        cause("moved", "moved \"remove\"", "Of whoever lies outside of the root container now."),
        cause("excluded", "excluded \"remove\"", "Of whom the policy excludes now."),
        cause("left", "left \"remove\"", "Of whoever is not in the security group any more."),
    ];
    Rule::new(
        "dissociation",
        "dissociation \"remove\" { … }",
        "What happens to owned users and groups that leave: \"remove\" (the default), \"unbind\" (stays, and is JumpCloud's), \
         \"suspend\" (until it returns) or \"keep\". Its lines are for single causes.",
    )
    .one(Kind::Text)
    .choice(&choice::ACTIONS)
    .property("after", Kind::Text, AFTER)
    .optional_block(children)
}

fn attributes() -> Rule {
    const REQUIRED: &str = "Holds a user without a value back (`missing-attribute`), where it is #true.";
    // What a value may be made of beside AD attributes, and whether there must be one.
    let sources = |rule: Rule| {
        rule.property(
            "template",
            Kind::Text,
            "The value, with AD attributes between braces and filters behind them: {mail|lower}, {givenName} {sn}.",
        )
        .property("value", Kind::Text, "The same value for everybody.")
        .property("join", Kind::Text, "What stands between all values of the attribute. Without it, the first one counts.")
        .property("required", Kind::Boolean, REQUIRED)
    };
    let text = |name| {
        let rule = Rule::new(
            name,
            "department \"department\"",
            "This field of JumpCloud users, from the AD attributes named: the first that has a value counts.",
        );
        sources(rule.arguments(Kind::Text, 0, usize::MAX))
    };
    let others = [
        sources(
            Rule::new(
                "phone",
                "phone \"work\" \"telephoneNumber\"",
                "The telephone number of a type, from the AD attributes behind it.",
            )
            .some(Kind::Text)
            .choice(&choice::PHONES),
        )
        .repeats(Repeats::ByFirstArgument),
        Rule::new(
            "address",
            "address \"work\" street=\"streetAddress\" locality=\"l\"",
            "The address of a type; each part from the AD attribute that its property names.",
        )
        .one(Kind::Text)
        .choice(&choice::ADDRESSES)
        .property("street", Kind::Text, "AD attribute of the street, such as streetAddress.")
        .property("po-box", Kind::Text, "AD attribute of the post office box, such as postOfficeBox.")
        .property("locality", Kind::Text, "AD attribute of the city, such as l.")
        .property("region", Kind::Text, "AD attribute of the state or region, such as st.")
        .property("postal-code", Kind::Text, "AD attribute of the postal code, such as postalCode.")
        .property("country", Kind::Text, "AD attribute of the country, such as co.")
        .property("required", Kind::Boolean, REQUIRED)
        .repeats(Repeats::ByFirstArgument),
        Rule::new(
            "manager",
            "manager \"manager\"",
            "The manager, from the AD attribute that holds the DN of another imported user.",
        )
        .one(Kind::Text)
        .property("required", Kind::Boolean, REQUIRED),
        sources(
            Rule::new(
                "custom",
                "custom \"costCode\" \"extensionAttribute1\"",
                "A custom attribute of JumpCloud users, by its name of 1 to 31 letters and digits, from the AD attributes behind it.",
            )
            .some(Kind::Text),
        )
        .repeats(Repeats::ByFirstArgument),
    ];
    Rule::new(
        "attributes",
        "attributes preset=\"core\" { … }",
        "Where the fields of users come from. A mapped field that is empty in Active Directory is cleared in JumpCloud; what nothing \
         maps is never touched.",
    )
    .property(
        "preset",
        Kind::Text,
        "The mappings that it starts from: \"core\" (username, email, firstname, lastname; the default), \"agent\" (what JumpCloud's \
         agent imports) or \"none\". A line takes the place of the preset's.",
    )
    .property_choice(&choice::PRESETS)
    .optional_block(Field::text_names().map(text).chain(others).collect())
}

fn exclude() -> Rule {
    let include = Rule::new(
        "include",
        "include { user \"svc-print\"; }",
        "Whom none of the exclusions takes out. It selects nobody.",
    );
    let lines = principals().into_iter().chain([include.block(principals())]).collect();
    Rule::new(
        "exclude",
        "exclude { … }",
        "Who is not imported although a group names them. `*` is any run of characters, `?` is one; case does not count.",
    )
    .block(lines)
}

/// Lines that name users, groups or both.
fn principals() -> Vec<Rule> {
    const REASON: &str = "Why, for plans.";
    let principal = |name, form, doc| {
        Rule::new(name, form, doc)
            .arguments(Kind::Text, 0, 1)
            .property("reason", Kind::Text, REASON)
            .open()
            .repeats(Repeats::Freely)
    };
    vec![
        principal(
            "user",
            "user \"svc-*\" department=\"IT\" reason=\"service accounts\"",
            "Users whose `sAMAccountName` or `cn` matches, and whose AD attributes match the properties: all of them must.",
        ),
        principal(
            "group",
            "group \"Domain *\" reason=\"built in\"",
            "Groups, likewise; they are neither mirrored nor walked.",
        ),
        Rule::new("dn", "dn \"*,OU=Vendors,*\" reason=\"not ours\"", "Users and groups whose DN matches.")
            .one(Kind::Text)
            .property("reason", Kind::Text, REASON)
            .repeats(Repeats::Freely),
    ]
}

fn limits() -> Rule {
    let limit = |name, form, doc| {
        Rule::new(name, form, doc).arguments(Kind::Integer, 0, 1).property(
            "percent",
            Kind::Integer,
            "The most, in percent of what is owned, from 0 to 100; it counts from two on.",
        )
    };
    let children = vec![
        limit(
            "removals",
            "removals 20 percent=10",
            "Users or groups that are removed or unbound. The default is 20 and 10 %.",
        ),
        limit(
            "suspensions",
            "suspensions 20 percent=10",
            "Users who are suspended. The default is 20 and 10 %.",
        ),
        limit(
            "membership-removals",
            "membership-removals 200 percent=20",
            "Memberships that end, of those who stay. The default is 200 and 20 %.",
        ),
        limit(
            "attribute-changes",
            "attribute-changes 500 percent=50",
            "Values of one mapped field that are blanked or replaced. The default is 500 and 50 %.",
        ),
    ];
    Rule::new(
        "limits",
        "limits { … }",
        "How much one run may change before a guard stops it, each as a number and a percentage; a half that is left out keeps its \
         default.",
    )
    .block(children)
}

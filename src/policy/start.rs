//! What a first look at a domain showed → a first policy, with comments for whoever goes on with it, and its first tests.

use super::written::{kdl, line};
use crate::model::Dn;

/// What a first policy is made of. No secret is in it, but the names of the variables that hold them.
#[derive(Debug, Clone)]
pub struct Start {
    /// The policy's name.
    pub name: String,
    /// Where people come from.
    pub source: StartSource,
    /// Where they go.
    pub target: StartTarget,
    /// The container under which everybody lives who may be imported.
    pub root_container: Dn,
    /// The security group, as the policy is to name it.
    pub security_group: String,
}

/// Where people come from.
#[derive(Debug, Clone)]
pub enum StartSource {
    /// A domain controller.
    Server {
        /// `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`.
        url: String,
        /// The account that reads it.
        bind: String,
        /// The environment variable with its password.
        password: String,
        /// The CA to trust, as the policy is to name it.
        ca_certificate: Option<String>,
    },
    /// An LDIF export, as the policy is to name it.
    Ldif(String),
}

/// Where they go.
#[derive(Debug, Clone)]
pub enum StartTarget {
    /// JumpCloud, with the API key in this environment variable.
    Api(String),
    /// A local organization, to rehearse with, as the policy is to name it.
    Sandbox(String),
}

/// A first policy, in the one layout. Whether it is one, [`parse`](super::parse) says: names may have anything in them.
pub fn policy_of_start(start: &Start) -> String {
    let mut out = String::from(
        "// Which part of Active Directory goes into which JumpCloud organization, and how. `adjunct validate` says what is wrong\n\
         // here, `adjunct plan` shows what would change and writes nothing, `adjunct apply` does exactly that.\n\n\
         // The name is part of the mark of all that the policy owns in JumpCloud: do not change it later.\n",
    );
    line(&mut out, 0, &format!("policy {} {{", kdl(&start.name)));
    active_directory(&mut out, &start.source);
    jumpcloud(&mut out, &start.target);
    for (comment, text) in [
        (
            "Nothing outside of this container is imported. The groups have to be in it too.",
            format!("root-container {}", kdl(start.root_container.as_str())),
        ),
        (
            "Whoever is in this group, directly or through other groups, has an account in JumpCloud.",
            format!("security-group {}", kdl(&start.security_group)),
        ),
        (
            "Accounts that JumpCloud already has stay as they are; \"adopt\" takes over those of the same mail address or name.",
            "takeover \"refuse\"".to_owned(),
        ),
    ] {
        line(&mut out, 1, &format!("// {comment}"));
        line(&mut out, 1, &format!("{text}\n"));
    }
    dissociation(&mut out);
    attributes(&mut out);
    exclude(&mut out);
    line(&mut out, 0, "}");
    out
}

/// First tests of such a policy, in the one layout; none where the security group is named by its DN, which a directory that is
/// written down in a test does not have.
pub fn tests_of_start(start: &Start) -> Option<String> {
    if Dn::parse(&start.security_group).is_ok() {
        return None;
    }
    let mut out = String::from(
        "// What the policy beside this file is to do, whatever else is changed in it: `adjunct test` says whether it does. A test \
         writes\n// down who is there, or names an export, and what the plan then is. No server is asked.\n",
    );
    line(&mut out, 0, "tests {");
    line(
        &mut out,
        1,
        "test \"whoever is in the security group gets an account, and service accounts do not\" {",
    );
    line(&mut out, 2, "directory {");
    line(&mut out, 3, "user \"ada\" givenName=\"Ada\" sn=\"King\" mail=\"ada@example.com\"");
    line(&mut out, 3, "user \"svc-backup\" givenName=\"Backup\" sn=\"Service\" mail=\"backup@example.com\"");
    line(&mut out, 3, &format!("group {} \"ada\" \"svc-backup\"", kdl(&start.security_group)));
    line(&mut out, 2, "}");
    line(&mut out, 2, "expect {");
    line(&mut out, 3, "user \"ada\" \"create\" email=\"ada@example.com\"");
    line(&mut out, 3, "user \"svc-backup\" \"unchanged\"");
    line(&mut out, 3, "none \"remove\"");
    line(&mut out, 2, "}");
    line(&mut out, 1, "}");
    line(&mut out, 0, "}");
    Some(out)
}

/// The lowest container that all of these names lie in, or are; none without one.
pub fn common_container<'d>(dns: impl IntoIterator<Item = &'d Dn>) -> Option<Dn> {
    let mut dns = dns.into_iter();
    let mut common = dns.next()?.clone();
    for dn in dns {
        while !dn.is_within(&common) {
            common = common.parent()?;
        }
    }
    Some(common)
}

fn active_directory(out: &mut String, source: &StartSource) {
    line(out, 1, "active-directory {");
    match source {
        StartSource::Ldif(file) => {
            line(out, 2, "// An export. A policy in use asks a domain controller:");
            line(out, 2, "//     server \"ldaps://dc1.corp.example.com\"");
            line(out, 2, "//     bind \"CORP\\\\jcimport\" password=(env)\"AD_PASSWORD\"");
            line(out, 2, &format!("ldif {}", kdl(file)));
        }
        StartSource::Server { url, bind, password, ca_certificate } => {
            line(out, 2, "// More of them may follow on this line: they are tried in order.");
            line(out, 2, &format!("server {}", kdl(url)));
            line(out, 2, &format!("bind {} password=(env){}", kdl(bind), kdl(password)));
            if let Some(file) = ca_certificate {
                line(out, 2, &format!("ca-certificate {}", kdl(file)));
            }
        }
    }
    line(out, 1, "}");
}

fn jumpcloud(out: &mut String, target: &StartTarget) {
    line(out, 1, "jumpcloud {");
    match target {
        StartTarget::Sandbox(file) => {
            line(
                out,
                2,
                "// A local organization, to rehearse with. To go on with JumpCloud, put in its place:",
            );
            line(out, 2, "//     api-key (env)\"JUMPCLOUD_API_KEY\"");
            line(out, 2, &format!("sandbox {}", kdl(file)));
        }
        StartTarget::Api(variable) => {
            line(out, 2, "// Or: service-account \"ID\" secret=(env)\"JUMPCLOUD_SECRET\"");
            line(out, 2, &format!("api-key (env){}", kdl(variable)));
            line(out, 2, "// organization \"5f1b881d9b3a4d2b3c4d5e6f\" // where the key is for several");
        }
    }
    line(out, 1, "}\n");
}

fn dissociation(out: &mut String) {
    line(
        out,
        1,
        "// What happens to whoever leaves: \"remove\", \"unbind\" (stays, and is JumpCloud's), \"suspend\" or \"keep\". Here",
    );
    line(
        out,
        1,
        "// everybody is suspended first, and removed a week later; whoever comes back meanwhile is active again.",
    );
    line(out, 1, "dissociation \"remove\" after=\"7d\"\n");
}

fn attributes(out: &mut String) {
    line(
        out,
        1,
        "// \"core\" is username, mail address, first and last name; \"agent\" has title, department, manager and more beside",
    );
    line(out, 1, "// them. A mapped field that is empty in Active Directory is cleared in JumpCloud.");
    line(out, 1, "attributes preset=\"core\" {");
    line(out, 2, "// department \"department\"");
    line(out, 2, "// displayname template=\"{givenName} {sn}\"");
    line(out, 1, "}\n");
}

fn exclude(out: &mut String) {
    line(out, 1, "// Who is left out although a group names them. `*` is any run of characters, `?` one.");
    line(out, 1, "exclude {");
    line(out, 2, "user \"svc-*\" reason=\"service accounts\"");
    line(out, 1, "}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{ActiveDirectory, JumpCloud, format, parse};

    fn start() -> Start {
        Start {
            name: "corp".to_owned(),
            source: StartSource::Server {
                url: "ldaps://dc1.corp.example.com".to_owned(),
                bind: "CORP\\jcimport".to_owned(),
                password: "AD_PASSWORD".to_owned(),
                ca_certificate: Some("corp-ca.pem".to_owned()),
            },
            target: StartTarget::Api("JUMPCLOUD_API_KEY".to_owned()),
            root_container: Dn::parse("OU=Staff,DC=corp,DC=example,DC=com").unwrap(),
            security_group: "JumpCloud".to_owned(),
        }
    }

    #[test]
    fn it_is_a_policy_in_the_one_layout() {
        let rehearsal = Start {
            source: StartSource::Ldif("corp.ldif".to_owned()),
            target: StartTarget::Sandbox(".adjunct/corp.json".to_owned()),
            ..start()
        };
        for (start, is_rehearsal) in [(start(), false), (rehearsal, true)] {
            let text = policy_of_start(&start);
            assert_eq!(format("corp.kdl", &text).unwrap(), text);
            let policy = parse("corp.kdl", &text).unwrap();
            assert_eq!(matches!(policy.active_directory, ActiveDirectory::Ldif { .. }), is_rehearsal);
            assert_eq!(matches!(policy.jumpcloud, JumpCloud::Sandbox { .. }), is_rehearsal);
            assert!(text.lines().all(|line| line.chars().count() <= 125), "{text}");
            let tests = tests_of_start(&start).unwrap();
            assert_eq!(format("corp.test.kdl", &tests).unwrap(), tests);
            assert_eq!(crate::policy::unit::parse("corp.test.kdl", &tests).unwrap().tests.len(), 1);
        }
    }

    #[test]
    fn finds_the_lowest_container_of_all() {
        let common = |dns: &[&str]| {
            let dns: Vec<Dn> = dns.iter().map(|dn| Dn::parse(dn).unwrap()).collect();
            common_container(&dns).map(|dn| dn.to_string())
        };
        assert_eq!(common(&["OU=a,OU=x,DC=y", "OU=b,OU=c,OU=x,DC=y"]).as_deref(), Some("OU=x,DC=y"));
        assert_eq!(common(&["OU=x,DC=y", "OU=b,OU=x,DC=y"]).as_deref(), Some("OU=x,DC=y"));
        assert_eq!(common(&["OU=x,DC=y", "OU=x,DC=z"]), None);
        assert_eq!(common(&[]), None);
    }

    #[test]
    fn what_its_comments_offer_is_policy_too() {
        let text = policy_of_start(&start());
        let offered: Vec<&str> = ["// department", "// displayname", "// organization"].into_iter().collect();
        let mut taken = text.clone();
        for line in &offered {
            assert!(taken.contains(line), "{line}");
            taken = taken.replace(line, line.trim_start_matches("// "));
        }
        parse("corp.kdl", &taken).unwrap();
    }

    proptest! {
        #[test]
        fn whatever_a_directory_names_it_stays_one_value(container in "[^\u{0}]{1,12}", group in "\\PC{1,12}", name in "\\PC{0,8}") {
            let escaped = container.bytes().fold(String::new(), |escaped, byte| format!("{escaped}\\{byte:02x}"));
            let root_container = Dn::parse(&format!("OU={escaped},DC=example,DC=com"));
            let Ok(root_container) = root_container else { return Ok(()) };
            let start = Start { name, root_container: root_container.clone(), security_group: group, ..start() };
            if let Ok(policy) = parse("corp.kdl", &policy_of_start(&start)) {
                prop_assert_eq!(policy.root_container.value, root_container);
                prop_assert_eq!(policy.exclusions.len(), 1);
            }
        }
    }
}

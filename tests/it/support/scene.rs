//! A test's own corner of the directory, its own organization, and the binary between them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::command::{Answer, adjunct_with};
use super::organization::{Organization, text};
use super::samba::{Container, Samba};

/// The parts of a policy that tests vary.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) server: String,
    pub(crate) bind: String,
    pub(crate) password: String,
    /// PEM of the authority to trust; none leaves the node out.
    pub(crate) ca_certificate: Option<String>,
    /// PEM of the authority that the platform trusts; none leaves that to the machine.
    pub(crate) platform_ca: Option<String>,
    /// Whether `ldap://` does without TLS.
    pub(crate) allow_insecure: bool,
    pub(crate) api_key: String,
    pub(crate) root_container: String,
    pub(crate) security_group: String,
    /// More nodes.
    pub(crate) nodes: String,
}

/// A container of the domain controller and an organization.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) samba: &'static Samba,
    pub(crate) container: Container,
    pub(crate) organization: Organization,
    pub(crate) policy: Policy,
    folder: TempDir,
}

impl Scene {
    /// An empty organization and a new container of this name, which must be that of one test alone.
    pub(crate) fn new(name: &str) -> Self {
        let samba = Samba::shared();
        let container = samba.container(name);
        let policy = Policy {
            server: samba.url(),
            bind: Samba::BIND_DN.to_owned(),
            password: Samba::PASSWORD.to_owned(),
            ca_certificate: Some(samba.authority().pem().to_owned()),
            platform_ca: None,
            allow_insecure: false,
            api_key: Organization::API_KEY.to_owned(),
            root_container: container.dn().to_owned(),
            security_group: "JumpCloud".to_owned(),
            // Tests are small, so most changes are a large part of what is owned.
            nodes: "limits { removals 20 percent=100; membership-removals 200 percent=100; attribute-changes 500 percent=100 }"
                .to_owned(),
        };
        Self {
            samba,
            container,
            organization: Organization::empty(),
            policy,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Adds nodes to the policy.
    pub(crate) fn add_to_policy(&mut self, nodes: &str) {
        self.policy.nodes = format!("{}\n    {nodes}", self.policy.nodes);
    }

    /// Plans, without a guard or an error in the way.
    pub(crate) fn plan(&self) -> Plan {
        let writes = self.organization.writes();
        let answer = self.run(&["plan", "--format", "json"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert_eq!(self.organization.writes(), writes, "a plan writes nothing");
        Plan(serde_json::from_str(&answer.stdout).unwrap())
    }

    /// Applies to the end, and checks that nothing is left to do: a second plan is empty and writes nothing.
    pub(crate) fn apply(&self) -> Plan {
        let answer = self.run(&["apply", "--auto-approve", "--format", "json"]);
        assert_eq!(answer.code, 0, "{}\n{}", answer.stdout, answer.stderr);
        let mut document: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(document["complete"], true, "{}", answer.stdout);
        let again = self.plan();
        assert_eq!(again.0["changes"], Value::Array(Vec::new()), "a plan after an apply is empty");
        Plan(document["plan"].take())
    }

    /// Runs the binary on the policy, in an environment that holds the secrets and nothing else.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        let file = self.folder.path().join("policy.kdl");
        fs::write(&file, self.policy_text()).unwrap();
        let (command, options) = arguments.split_first().unwrap();
        let mut line = vec![*command, "policy.kdl"];
        line.extend(options);
        let mut variables = vec![
            ("AD_PASSWORD", self.policy.password.as_str()),
            ("JUMPCLOUD_API_KEY", self.policy.api_key.as_str()),
        ];
        let platform_ca = self.folder.path().join("platform.pem");
        if let Some(pem) = &self.policy.platform_ca {
            fs::write(&platform_ca, pem).unwrap();
            variables.push(("SSL_CERT_FILE", platform_ca.to_str().unwrap()));
        }
        adjunct_with(self.folder.path(), &variables, &line)
    }

    /// Runs `apply`, which must be refused with this exit code, an explanation and a next step, and without a write.
    pub(crate) fn refused(&self, code: i32) -> String {
        let writes = self.organization.writes();
        let answer = self.run(&["apply", "--auto-approve"]);
        assert_eq!(answer.code, code, "{}\n{}", answer.stdout, answer.stderr);
        assert_eq!(self.organization.writes(), writes, "nothing is written");
        assert!(answer.stderr.contains("help: "), "no next step in:\n{}", answer.stderr);
        assert!(!answer.stderr.contains(&self.policy.password), "a secret in:\n{}", answer.stderr);
        answer.stderr
    }

    fn policy_text(&self) -> String {
        let Policy { server, bind, root_container, security_group, nodes, .. } = &self.policy;
        let ca_certificate = self.policy.ca_certificate.as_ref().map_or_else(String::new, |pem| {
            let file = self.folder.path().join("ca.pem");
            fs::write(&file, pem).unwrap();
            r#"ca-certificate "ca.pem""#.to_owned()
        });
        let insecure = if self.policy.allow_insecure { "allow-insecure #true" } else { "" };
        let (bind, url) = (bind.replace('\\', "\\\\"), self.organization.url());
        format!(
            r#"policy "test" {{
    active-directory {{
        server "{server}"
        bind "{bind}" password=(env)"AD_PASSWORD"
        {ca_certificate}
        {insecure}
    }}
    jumpcloud {{
        api-key (env)"JUMPCLOUD_API_KEY"
        url "{url}"
    }}
    root-container "{root_container}"
    security-group "{security_group}"
    {nodes}
}}
"#
        )
    }
}

/// A plan as JSON (`schemas/plan.schema.json`).
#[derive(Debug)]
pub(crate) struct Plan(pub(crate) Value);

impl Plan {
    /// The changes of one kind and action.
    pub(crate) fn changes(&self, kind: &str, action: &str) -> Vec<&Value> {
        let changes = self.0["changes"].as_array().unwrap().iter();
        changes.filter(|change| change["kind"] == kind && change["action"] == action).collect()
    }

    /// The names in the changes of one kind and action.
    pub(crate) fn names(&self, kind: &str, action: &str) -> BTreeSet<String> {
        self.changes(kind, action).into_iter().map(|change| text(&change["name"])).collect()
    }

    /// Name and cause of each object that is removed.
    pub(crate) fn removals(&self) -> BTreeSet<(String, String)> {
        let changes = self.0["changes"].as_array().unwrap().iter();
        let removals =
            changes.filter(|change| change["kind"] != "membership" && change["action"] == "remove");
        removals.map(|change| (text(&change["name"]), text(&change["cause"]))).collect()
    }

    /// Name and reason of each object that is held back.
    pub(crate) fn held_back(&self) -> BTreeSet<(String, String)> {
        let held_back = self.0["held_back"].as_array().unwrap().iter();
        held_back.map(|one| (text(&one["name"]), text(&one["reason"]))).collect()
    }

    /// How often something else than a hold or a note happens, by the summary.
    pub(crate) fn count(&self, action: &str) -> u64 {
        self.0["summary"][action].as_u64().unwrap()
    }
}

/// Names as a set.
pub(crate) fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Pairs as a set.
pub(crate) fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeSet<(String, String)> {
    pairs.into_iter().map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

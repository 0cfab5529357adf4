//! The binary between a directory that is a file and an organization that is a file or a sandbox beside the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::command::{Answer, adjunct_with, state_folder};
use super::forest::Forest;
use super::organization::Organization;
use super::scene::Plan;

/// A directory, an organization, and a policy that joins them.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) forest: Forest,
    pub(crate) policy: LocalPolicy,
    pub(crate) target: Target,
    folder: TempDir,
}

/// The parts of a policy that tests vary.
#[derive(Debug, Clone)]
pub(crate) struct LocalPolicy {
    pub(crate) name: String,
    pub(crate) security_group: String,
    /// More nodes.
    pub(crate) nodes: String,
    /// More nodes in `jumpcloud`; for [`Target::Api`] alone.
    pub(crate) jumpcloud: String,
}

/// Where the organization is.
#[derive(Debug)]
pub(crate) enum Target {
    /// In the binary itself, from a state file.
    File,
    /// Beside the test, over HTTP.
    Api(Organization),
    /// At this address, as a process of its own.
    Url(String),
}

impl Default for LocalPolicy {
    fn default() -> Self {
        Self {
            name: "test".to_owned(),
            security_group: Forest::SECURITY_GROUP.to_owned(),
            // Tests are small, so most changes are a large part of what is owned.
            nodes: "limits { removals 20 percent=100; suspensions 20 percent=100; \
                    membership-removals 200 percent=100; attribute-changes 500 percent=100 }"
                .to_owned(),
            jumpcloud: String::new(),
        }
    }
}

impl Local {
    /// Nothing on either side; the organization is a file.
    pub(crate) fn in_file(document: &Value) -> Self {
        let local = Self::new(Target::File);
        local.write_state(document);
        local
    }

    /// An organization over HTTP.
    pub(crate) fn over_http(document: &Value) -> Self {
        Self::new(Target::Api(Organization::of(document)))
    }

    fn new(target: Target) -> Self {
        Self {
            forest: Forest::new(),
            policy: LocalPolicy::default(),
            target,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Everything in the organization.
    pub(crate) fn document(&self) -> Value {
        match &self.target {
            Target::File => serde_json::from_str(&fs::read_to_string(self.state_file()).unwrap()).unwrap(),
            Target::Api(organization) => organization.document(),
            Target::Url(url) => panic!("what is at {url} cannot be looked at"),
        }
    }

    /// Changes the organization behind the back of adjunct.
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Value)) {
        let mut document = self.document();
        edit(&mut document);
        match &mut self.target {
            Target::File => self.write_state(&document),
            Target::Api(organization) => *organization = Organization::of(&document),
            Target::Url(_) => {}
        }
    }

    /// Adds nodes to the policy.
    pub(crate) fn add_to_policy(&mut self, nodes: &str) {
        self.policy.nodes = format!("{}\n    {nodes}", self.policy.nodes);
    }

    /// The organization over HTTP.
    pub(crate) fn organization(&self) -> &Organization {
        match &self.target {
            Target::File | Target::Url(_) => panic!("the organization is not in this process"),
            Target::Api(organization) => organization,
        }
    }

    /// Plans, without a guard or an error in the way, and without a change to the organization.
    pub(crate) fn plan(&self) -> Plan {
        let document = || (!matches!(self.target, Target::Url(_))).then(|| self.document());
        let before = document();
        let answer = self.run(&["plan", "--format", "json"]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        assert_eq!(document(), before, "a plan writes nothing");
        Plan(answer.json())
    }

    /// Applies to the end, and checks that a second plan is empty.
    pub(crate) fn apply(&self) -> Plan {
        let answer = self.run(&["apply", "--auto-approve", "--format", "json"]);
        assert_eq!(answer.code, 0, "{}\n{}", answer.stdout, answer.stderr);
        let mut document = answer.json();
        assert_eq!(document["complete"], true, "{}", answer.stdout);
        let again = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(again.code, 0, "a plan after an apply is empty:\n{}{}", again.stdout, again.stderr);
        Plan(document["plan"].take())
    }

    /// Runs `plan` and `apply`, which must both end so, without a change to the organization.
    pub(crate) fn refused(&self, code: i32) -> Answer {
        let before = self.document();
        let planned = self.run(&["plan"]);
        assert_eq!(planned.code, code, "{}\n{}", planned.stdout, planned.stderr);
        let answer = self.run(&["apply", "--auto-approve", "--format", "json"]);
        assert_eq!(answer.code, code, "{}\n{}", answer.stdout, answer.stderr);
        assert_eq!(self.document(), before, "nothing is written");
        answer
    }

    /// Runs the binary on the policy.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.write_policy();
        let (command, options) = arguments.split_first().unwrap();
        let mut line = vec![*command, "policy.kdl"];
        line.extend(options);
        adjunct_with(self.folder.path(), &[("JUMPCLOUD_API_KEY", Organization::API_KEY)], &line)
    }

    /// Writes the policy and the directory to where [`Local::run`] reads them.
    pub(crate) fn write_policy(&self) {
        fs::write(self.folder.path().join("policy.kdl"), self.policy_text()).unwrap();
        fs::write(self.folder.path().join("directory.ldif"), self.forest.ldif()).unwrap();
    }

    /// The binary beside the policy, ready to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adjunct"));
        command
            .env_clear()
            .env("XDG_STATE_HOME", state_folder(self.folder.path()))
            .env("JUMPCLOUD_API_KEY", Organization::API_KEY)
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Where the policy is, and what a command leaves.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn state_file(&self) -> PathBuf {
        self.folder.path().join("organization.json")
    }

    fn write_state(&self, document: &Value) {
        fs::write(self.state_file(), document.to_string()).unwrap();
    }

    pub(crate) fn policy_text(&self) -> String {
        let api = |url: &str| format!("api-key (env)\"JUMPCLOUD_API_KEY\"\n        url \"{url}\"");
        let LocalPolicy { name, security_group, nodes, jumpcloud } = &self.policy;
        let target = match &self.target {
            Target::File => r#"sandbox "organization.json""#.to_owned(),
            Target::Api(organization) => api(&organization.url()),
            Target::Url(url) => api(url),
        };
        format!(
            r#"policy "{name}" {{
    active-directory {{
        ldif "directory.ldif"
    }}
    jumpcloud {{
        {target}
        {jumpcloud}
    }}
    root-container "{root}"
    security-group "{security_group}"
    {nodes}
}}
"#,
            root = Forest::ROOT
        )
    }
}

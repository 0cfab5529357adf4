//! A policy and a directory on a disk, and the binary that carries them into an organization, or dies on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use super::command::{Answer, adjunct_with, state_folder};
use super::crossing::{Crossing, Cut};
use super::organization::Organization;
use super::staff::{ROOT, Staff};

/// Nothing but the interruption is to stop a run: tests are small, so most changes are a large part of what is owned.
const NO_LIMITS: &str = "limits {
        removals 500 percent=100
        suspensions 500 percent=100
        membership-removals 500 percent=100
        attribute-changes 500 percent=100
    }";

const AUTHORITIES: &str = "authorities.pem";

/// One authority in the place of the system's hundred or more: to read those takes longer than all else that a run does.
static AUTHORITY: LazyLock<String> =
    LazyLock::new(|| generate_simple_self_signed(Vec::new()).unwrap().cert.pem());

/// A folder with a policy `test` and an export.
#[derive(Debug)]
pub(crate) struct Desk {
    folder: TempDir,
    nodes: String,
}

impl Desk {
    /// What the binary needs in its environment.
    pub(crate) const VARIABLES: [(&str, &str); 2] =
        [("KEY", Organization::API_KEY), ("SSL_CERT_FILE", AUTHORITIES)];

    /// A policy with these nodes beside those that it must have.
    pub(crate) fn new(nodes: &str, staff: &Staff) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("staff.ldif"), staff.ldif()).unwrap();
        fs::write(folder.path().join(AUTHORITIES), AUTHORITY.as_str()).unwrap();
        Self { folder, nodes: nodes.to_owned() }
    }

    /// Plans: an exit code of 2 says that something is to be done.
    pub(crate) fn plan(&self, organization: &Organization) -> Answer {
        self.run(organization, &["plan", "--format", "json", "--detailed-exitcode"])
    }

    /// Applies to the end, one request at a time.
    pub(crate) fn apply(&self, organization: &Organization) -> Answer {
        self.run(organization, &["apply", "--auto-approve", "--parallelism", "1"])
    }

    /// Applies, and kills the process at the cut. Names the write there; none when the run does not come so far.
    pub(crate) fn apply_until(&self, organization: &Organization, cut: Cut) -> Option<String> {
        let crossing = Crossing::to(&organization.url(), cut);
        let policy = self.write_policy(crossing.url());
        let mut child = self
            .command(&["apply", &policy, "--auto-approve", "--parallelism", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let reached = crossing.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        reached
    }

    /// Runs the binary at this desk, with these variables beside those that it needs.
    pub(crate) fn adjunct(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
        adjunct_with(self.folder.path(), &[&Self::VARIABLES, variables].concat(), arguments)
    }

    /// The binary at this desk, ready to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adjunct"));
        command
            .env_clear()
            .env("XDG_STATE_HOME", state_folder(self.folder.path()))
            .envs(Self::VARIABLES)
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Where everything is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the saved plans that were applied are noted.
    pub(crate) fn used_plans(&self) -> PathBuf {
        state_folder(self.folder.path()).join("adjunct/used")
    }

    /// Where the journals of runs go.
    pub(crate) fn journals(&self) -> PathBuf {
        state_folder(self.folder.path()).join("adjunct/journal")
    }

    fn run(&self, organization: &Organization, arguments: &[&str]) -> Answer {
        let policy = self.write_policy(&organization.url());
        let (command, options) = arguments.split_first().unwrap();
        let arguments = [&[*command, &policy], options].concat();
        adjunct_with(self.folder.path(), &Self::VARIABLES, &arguments)
    }

    /// The policy against an organization at `url`, in a file of its own: a desk serves many organizations at a time.
    pub(crate) fn write_policy(&self, url: &str) -> String {
        let name = format!("{}.kdl", url.replace(|c: char| !c.is_ascii_digit(), ""));
        let nodes = &self.nodes;
        let text = format!(
            r#"policy "test" {{
    active-directory {{
        ldif "staff.ldif"
    }}
    jumpcloud {{
        api-key (env)"KEY"
        url "{url}"
    }}
    root-container "{ROOT}"
    security-group "JumpCloud"
    {NO_LIMITS}
    {nodes}
}}
"#
        );
        fs::write(self.folder.path().join(&name), text).unwrap();
        name
    }
}

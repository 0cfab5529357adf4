//! What can be typed.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

use super::init_args::{INIT_EXAMPLES, InitArgs};
use super::service_args::{
    PAUSE_EXAMPLES, PauseArgs, RESUME_EXAMPLES, ResumeArgs, WATCH_EXAMPLES, WatchArgs,
};
use super::test::{TEST_EXAMPLES, TestArgs};
use super::variables::VariableArgs;
use crate::plan::{Allow, Selector};
use crate::sandbox::{self, Fault, Habit, Rate};

/// Keep a JumpCloud organization in step with Active Directory, one way, from a policy file
///
/// `plan` shows what differs and writes nothing; `apply` does exactly that.
#[derive(Debug, Parser)]
#[command(name = "adjunct", version, arg_required_else_help = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look at a directory, and write a first policy for it
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Show what an apply would do; write nothing
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArgs),
    /// Show the plan, ask, and do it
    #[command(after_help = APPLY_EXAMPLES)]
    #[command(mut_arg("policies", |policies| policies.value_name("POLICY|PLAN-FILE").help(APPLIED)))]
    Apply(ApplyArgs),
    /// Say what is wrong with policies; ask nobody, and read no secret
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Bring policies into the one layout; keep every comment
    #[command(after_help = FMT_EXAMPLES)]
    Fmt(FmtArgs),
    /// Run the tests of policies; ask nobody, and read no secret
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestArgs),
    /// Show a saved plan as `plan` showed it
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// List the runs that have changed something, or tried to
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArgs),
    /// Bring back what a removal took, out of the journal of its run
    #[command(after_help = RESTORE_EXAMPLES)]
    Restore(RestoreArgs),
    /// Plan and apply again and again, without asking, until somebody ends it
    #[command(after_help = WATCH_EXAMPLES)]
    Watch(WatchArgs),
    /// Let `watch` leave policies alone until they are resumed
    #[command(after_help = PAUSE_EXAMPLES)]
    Pause(PauseArgs),
    /// End the pause of policies
    #[command(after_help = RESUME_EXAMPLES)]
    Resume(ResumeArgs),
    /// Make a policy of the configuration of JumpCloud's import agent, and print it
    #[command(after_help = IMPORT_EXAMPLES)]
    ImportAgentConfig(ImportAgentConfigArgs),
    /// Serve an editor: diagnostics, completion, documentation and layout of policies, over standard input and output
    Lsp,
    /// Print the language of policies, or the form of a document
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema(SchemaArgs),
    /// Copy an organization into a file that `sandbox` serves; write nothing to JumpCloud
    #[command(after_help = SNAPSHOT_EXAMPLES)]
    Snapshot(SnapshotArgs),
    /// Serve a local JumpCloud API, to rehearse against
    #[command(after_help = SANDBOX_EXAMPLES)]
    Sandbox(SandboxArgs),
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// Save the plan, for `show` and `apply`; replaces a saved plan, and nothing else
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Exit with 2 when there are changes, 0 when there are none
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// Do not ask
    #[arg(long)]
    pub(super) auto_approve: bool,
    /// The most requests in flight at a time
    #[arg(long, value_name = "N", default_value = "8")]
    pub(super) parallelism: NonZeroUsize,
    /// Do so many users and groups first, with what they need, and read them again; go on only if all is as planned. Of
    /// several policies, so many for each
    #[arg(long, value_name = "N")]
    pub(super) canary: Option<NonZeroUsize>,
    /// Where the journal of the run goes; without it, into the platform's state folder
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(super) struct ValidateArgs {
    /// Policy files, or files with their tests
    #[arg(required = true, value_name = "POLICY")]
    pub(super) policies: Vec<PathBuf>,
    /// How to show what is wrong
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) values: VariableArgs,
}

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub(super) struct FmtArgs {
    /// Files to lay out, in place; `-` lays standard input out to standard output
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Write nothing: print what would change, and exit with 1 when something would
    #[arg(long)]
    pub(super) check: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// What to print
    #[arg(value_enum, default_value_t = SchemaName::Policy, value_name = "NAME")]
    pub(super) name: SchemaName,
}

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaName {
    /// Policies, in the KDL Schema Language
    Policy,
    /// Policies, as a page in Markdown
    Reference,
    /// `plan --format json`
    Plan,
    /// The file of `plan --out`
    SavedPlan,
    /// `apply --format json`
    Apply,
    /// A line of a journal
    Journal,
    /// `history --format json`
    History,
    /// `restore --format json`
    Restore,
    /// `validate --format json`
    Validate,
    /// A line of `watch --log-format json`
    WatchLine,
}

/// Arguments of `import-agent-config`.
#[derive(Debug, Args)]
pub(super) struct ImportAgentConfigArgs {
    /// `jcadimportagent.config.json`, or `adint.config.json` of an older agent
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Where the journals are; without it, the platform's state folder
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
    /// How to show the runs
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The file that `plan --out` wrote
    #[arg(value_name = "PLAN-FILE")]
    pub(super) plan_file: PathBuf,
    /// How to show the plan
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The journal of a run, or a folder of journals: then of each object the last removal counts
    #[arg(value_name = "JOURNAL")]
    pub(super) from: PathBuf,
    /// Only the users of this username; may be given several times. In NAME `*` is any run of characters, `?` one
    #[arg(long = "user", value_name = "NAME")]
    pub(super) users: Vec<String>,
    /// Only the groups of this name; may be given several times
    #[arg(long = "group", value_name = "NAME")]
    pub(super) groups: Vec<String>,
    /// The policy file, where it is not at the place any more that the journal names
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(super) values: VariableArgs,
    /// How to show what comes back
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
    /// Do not ask
    #[arg(long)]
    pub(super) auto_approve: bool,
    /// The most requests in flight at a time
    #[arg(long, value_name = "N", default_value = "8")]
    pub(super) parallelism: NonZeroUsize,
    /// Where the journal of this run goes; without it, into the platform's state folder
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
}

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    /// The policy file whose organization is copied
    #[arg(value_name = "POLICY")]
    pub(super) policy: PathBuf,
    /// Where the copy goes
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Replace names, mail addresses and whatever else names people by pseudonyms
    #[arg(long)]
    pub(super) pseudonymize: bool,
    /// Replace a file that is there already, and what a sandbox has logged beside it
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) values: VariableArgs,
}

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// The organization that is served, and kept, and that nobody else writes to meanwhile; without it, an empty one in
    /// memory
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// The key that requests must carry; without it, everybody is let in
    #[arg(long, value_name = "KEY", env = "ADJUNCT_SANDBOX_API_KEY", hide_env_values = true)]
    pub(super) api_key: Option<SecretString>,
    /// Under which conditions it answers.
    #[command(flatten)]
    pub(super) conditions: ConditionArgs,
}

/// What makes a sandbox less than perfect. All of it can be changed over HTTP while it runs.
#[derive(Debug, Args)]
pub(super) struct ConditionArgs {
    /// What goes wrong with which requests: METHOD PATH [nth=N|every=N], and one of status=CODE [retry-after=SECONDS],
    /// ip-block, drop=before, drop=after, stall[=DURATION]. In METHOD and PATH `*` is anything; may be given several times
    #[arg(long = "fault", value_name = "FAULT", help_heading = BAD_DAYS)]
    pub(super) faults: Vec<Fault>,
    /// How long each answer takes at least, such as 50ms
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = sandbox::parse_duration, help_heading = BAD_DAYS)]
    pub(super) latency: Duration,
    /// Up to how much longer it takes, by chance
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = sandbox::parse_duration, help_heading = BAD_DAYS)]
    pub(super) jitter: Duration,
    /// What chance begins with: the same seed, the same jitter
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true, help_heading = BAD_DAYS)]
    pub(super) seed: u64,
    /// How many requests are answered, such as 20/s or 600/m; the others get 429
    #[arg(long, value_name = "N/s|N/m|N/h", help_heading = BAD_DAYS)]
    pub(super) rate: Option<Rate>,
    /// How many requests are answered at once after a quiet time; without it, one
    #[arg(long, value_name = "N", requires = "rate", help_heading = BAD_DAYS)]
    pub(super) burst: Option<NonZeroU32>,
    /// Let 429 say when to try again
    #[arg(long, requires = "rate", help_heading = BAD_DAYS)]
    pub(super) retry_after: bool,
    /// How long it takes until lists show a membership or a binding that was written
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = sandbox::parse_duration, help_heading = BAD_DAYS)]
    pub(super) graph_lag: Duration,
    /// A habit that JumpCloud may have or not: stable-order, no-link, no-total-count, shifting-pages or
    /// conflict-on-duplicates; may be given several times
    #[arg(long = "habit", value_name = "HABIT", help_heading = BAD_DAYS)]
    pub(super) habits: Vec<Habit>,
}

const BAD_DAYS: &str = "Bad days and habits";

/// Arguments of every command that computes a plan.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    /// The policy files, planned in the order given
    #[arg(value_name = "POLICY", required = true)]
    pub(super) policies: Vec<PathBuf>,
    /// How to show the plan
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
    /// Lift a guard for this run, in every policy: empty, or removals, suspensions, membership-removals,
    /// attribute-changes, each with or without a number that replaces its limit
    #[arg(long, value_name = "GUARD[=N]")]
    pub(super) allow: Vec<Allow>,
    /// Only the users or groups of this name, their memberships, and what these need; may be given several times. In GLOB
    /// `*` is any run of characters, `?` one
    #[arg(long, value_name = "user:GLOB|group:GLOB")]
    pub(super) only: Vec<Selector>,
    #[command(flatten)]
    pub(super) values: VariableArgs,
}

impl CommonArgs {
    /// Those of a service: nobody is there who could lift a guard, and a part of a plan is not a policy.
    pub(super) fn unattended(policies: &[PathBuf]) -> Self {
        Self {
            policies: policies.to_vec(),
            format: Format::Text,
            allow: Vec::new(),
            only: Vec::new(),
            values: VariableArgs::default(),
        }
    }
}

/// How to show a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For machines: the documents of schemas/
    Json,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  done, or nothing to do
    1  error: usage, policy, a failed test, refused credentials, TLS, missing container or group, declined
    2  changes are planned (plan --detailed-exitcode)
    3  stopped by a guard, nothing written
    4  applied in part
    5  the approved or saved plan does not fit any more, nothing written
    6  a side could not be read whole, nothing planned
    7  locked: another run is at work on the same policy and organization, or on the same local organization
  130  interrupted: by Ctrl-C, SIGTERM or SIGHUP
Of several policies the worst counts, in the order 130 1 6 7 5 3 4 2 0.";

const APPLIED: &str = "The policy files, planned in the order given; or one saved plan, alone";

const PLAN_EXAMPLES: &str = "\
Examples:
  adjunct plan policies/example.kdl
  adjunct plan policies/example.kdl --detailed-exitcode
  adjunct plan policies/example.kdl --format json
  adjunct plan policies/example.kdl --out today.plan
  adjunct plan policies/example.kdl policies/partners.kdl
  adjunct plan policies/example.kdl --only \"user:grace*\" --only group:Finance

Several policies with --format json: one array, with a document for each policy that could be planned.
A plan that a guard stops is saved too, and stays stopped: --allow belongs to the plan, not to its apply.";

const APPLY_EXAMPLES: &str = "\
Examples:
  adjunct apply policies/example.kdl
  adjunct apply policies/example.kdl --auto-approve
  adjunct apply policies/example.kdl --auto-approve --allow removals=40
  adjunct apply policies/example.kdl --auto-approve --canary 3
  adjunct apply policies/example.kdl policies/partners.kdl --auto-approve
  adjunct apply today.plan --auto-approve

Several policies are approved together and applied one after the other. With --format json: \
one array, with a document for each policy that could be planned.

A saved plan is applied as it was approved, or not at all: when it was edited, is older than 24 hours or was applied before, \
when the policy or the organization is another one, or when JumpCloud changed in what it touches. Active Directory is \
not read again.

Ctrl-C, SIGTERM and SIGHUP let what is in flight finish, and begin nothing else; twice, they end the program at once. \
Either way the next apply goes on from what is there.";

const FMT_EXAMPLES: &str = "\
Examples:
  adjunct fmt policies/example.kdl
  adjunct fmt --check policies/example.kdl policies/partners.kdl

The names of files that were changed are printed. What a policy says stays the same, to the last quotation mark: white space, \
line ends and semicolons alone are changed, so a file need not be a valid policy yet. Files with the line ends of Windows keep \
them.";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  adjunct schema
  adjunct schema reference
  adjunct schema plan";

const SHOW_EXAMPLES: &str = "\
Examples:
  adjunct show today.plan
  adjunct show today.plan --format json

A plan that is expired or was applied can still be shown.";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  adjunct validate policies/example.kdl
  adjunct validate policies/example.kdl policies/partners.kdl --format json

Every problem is told at once, each with its place, a code that stays the same, and what to do. Exit codes: 0 all are \
valid, 1 something is wrong. In a workflow of GitHub's the problems are shown at their places in the change as well.";

const IMPORT_EXAMPLES: &str = "\
Examples:
  adjunct import-agent-config jcadimportagent.config.json > corp.kdl
  adjunct validate corp.kdl

The policy does what the agent does, as far as there is a counterpart; what has none is named in its comments. Secrets are \
not copied: the policy names the variables that are to hold them. The agent has to be stopped before the first apply.";

const HISTORY_EXAMPLES: &str = "\
Examples:
  adjunct history
  adjunct history --journal audit --format json

Each run has a journal, a text file with a JSON object a line: the run, its plan, every request before it was sent, and \
how it ended. It names people, so only its owner can read it; it holds no secrets.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  adjunct restore journal
  adjunct restore journal --user george.penn --auto-approve
  adjunct restore journal --user \"g*\" --policy policies/example.kdl --format json --auto-approve

Here journal is the folder of a run before: adjunct apply --journal journal. Without that option journals are in the \
platform's state folder.

Everything comes back that JumpCloud takes, under a new id: fields, SSH keys, memberships, bindings, the manager and \
the reports, and planned changes of the state. Passwords and second factors do not, and what is gone by now is listed. \
Nothing that exists is overwritten. A restore that was interrupted is gone on with by running it again.

Whoever comes back is nobody's: Active Directory adopts it again if it selects it.";

const SNAPSHOT_EXAMPLES: &str = "\
Examples:
  adjunct snapshot policies/example.kdl --out rehearsal.json
  adjunct snapshot policies/example.kdl --out rehearsal.json --pseudonymize

The file holds no secrets: no passwords, keys, second factors or recovery addresses. It does hold people's names and \
mail addresses, so only its owner can read it. Bindings to anything but Active Directory are not copied.

Pseudonyms are counted up: the same value gets the same one, in any case. Ids, memberships, bindings, the names of \
domains and policies and the marks of what is owned stay, so a plan over such a copy shows who leaves and which \
memberships change. Names and addresses differ from those in Active Directory then: owned users and groups all show as \
updates, and nobody is found by name, mail address or DN.";

const SANDBOX_EXAMPLES: &str = "\
Examples:
  adjunct sandbox
  adjunct sandbox --state policies/example-org.json --listen 127.0.0.1:0
  adjunct sandbox --state org.json --api-key rehearsal
  adjunct sandbox --state org.json --rate 20/s --burst 50 --retry-after
  adjunct sandbox --state org.json --fault \"POST /api/systemusers nth=3 status=500\"
  adjunct sandbox --fault \"* * every=100 drop=after\" --graph-lag 5s --habit no-link

In a browser its address shows what it holds and what it was asked for. /sandbox/faults and \
/sandbox/conditions change what goes wrong while it runs.";

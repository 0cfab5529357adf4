//! What can be typed.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

use crate::plan::{Allow, Selector};

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
    /// Show what an apply would do; write nothing
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArgs),
    /// Show the plan, ask, and do it
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(ApplyArgs),
    /// Serve a local JumpCloud API, to rehearse against
    #[command(after_help = SANDBOX_EXAMPLES)]
    Sandbox(SandboxArgs),
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
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
}

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// The organization that is served, and kept; without it, an empty one in memory
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// The key that requests must carry; without it, everybody is let in
    #[arg(long, value_name = "KEY", env = "ADJUNCT_SANDBOX_API_KEY", hide_env_values = true)]
    pub(super) api_key: Option<SecretString>,
}

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
}

/// How to show a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For machines: schemas/plan.schema.json and schemas/apply.schema.json
    Json,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  done, or nothing to do
    1  error: usage, policy, refused credentials, TLS, missing container or group, declined
    2  changes are planned (plan --detailed-exitcode)
    3  stopped by a guard, nothing written
    4  applied in part
    5  the approved plan does not fit any more, nothing written
    6  a side could not be read whole, nothing planned
  130  interrupted
Of several policies the worst counts, in the order 130 1 6 5 3 4 2 0.";

const PLAN_EXAMPLES: &str = "\
Examples:
  adjunct plan policies/example.kdl
  adjunct plan policies/example.kdl --detailed-exitcode
  adjunct plan policies/example.kdl --format json
  adjunct plan policies/example.kdl policies/partners.kdl
  adjunct plan policies/example.kdl --only \"user:grace*\" --only group:Finance

Several policies with --format json: one array, with a document for each policy that could be planned.";

const APPLY_EXAMPLES: &str = "\
Examples:
  adjunct apply policies/example.kdl
  adjunct apply policies/example.kdl --auto-approve
  adjunct apply policies/example.kdl --auto-approve --allow removals=40
  adjunct apply policies/example.kdl policies/partners.kdl --auto-approve

Several policies are approved together and applied one after the other. With --format json: \
one array, with a document for each policy that could be planned.";

const SANDBOX_EXAMPLES: &str = "\
Examples:
  adjunct sandbox
  adjunct sandbox --state policies/example-org.json --listen 127.0.0.1:0
  adjunct sandbox --state org.json --api-key rehearsal";

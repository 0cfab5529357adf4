//! What can be typed behind `watch`, `pause` and `resume`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::variables::VariableArgs;
use crate::sandbox;

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// The policy files, one after the other in each cycle; read anew in each
    #[arg(value_name = "POLICY", required = true)]
    pub(super) policies: Vec<PathBuf>,
    /// From the beginning of one cycle to that of the next, up to a tenth longer by chance
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = interval)]
    pub(super) interval: Duration,
    /// The most requests in flight at a time
    #[arg(long, value_name = "N", default_value = "8")]
    pub(super) parallelism: NonZeroUsize,
    /// Where the journals go, of each cycle that writes; without it, into the platform's state folder
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
    /// How to write the log, which goes to standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(super) log_format: LogFormat,
    #[command(flatten)]
    pub(super) values: VariableArgs,
}

fn interval(text: &str) -> Result<Duration, String> {
    match sandbox::parse_duration(text)? {
        Duration::ZERO => Err("without an interval it would never rest".to_owned()),
        interval => Ok(interval),
    }
}

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub(super) struct PauseArgs {
    /// The policy files
    #[arg(value_name = "POLICY", required = true)]
    pub(super) policies: Vec<PathBuf>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    #[command(flatten)]
    pub(super) values: VariableArgs,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// The policy files
    #[arg(value_name = "POLICY", required = true)]
    pub(super) policies: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) values: VariableArgs,
}

/// How to write a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Text,
    /// For machines: an object a line, always with the same keys
    Json,
}

pub(super) const WATCH_EXAMPLES: &str = "\
Examples:
  adjunct watch policies/example.kdl
  adjunct watch policies/example.kdl policies/partners.kdl --interval 5m
  adjunct watch policies/example.kdl --log-format json --journal journal

Each cycle is a plan and an apply that nobody approves, so the policy's limits hold for all cycles of 24 hours together, \
also over restarts. What they stop is let pass by hand, with `apply --allow`. An apply by hand does not count. The \
budget, the pause and the lock are of this machine: run the service for a policy on one machine only.

SIGTERM or Ctrl-C: what is in flight is finished, nothing else is begun, and the exit code is 0. A second one ends at \
once, with 130. A policy that cannot be read at the start is 1; later errors are lines of the log.";

pub(super) const PAUSE_EXAMPLES: &str = "\
Examples:
  adjunct pause policies/example.kdl
  adjunct pause policies/example.kdl --reason \"the domain is being moved\"

Cycles of `watch` on this machine then read and write nothing of the policy, also after a restart; what one has begun to \
write is finished. Commands by hand work as ever. A policy is known by its name, its domain and its target as the file \
has them; nothing is asked of JumpCloud.";

pub(super) const RESUME_EXAMPLES: &str = "\
Examples:
  adjunct resume policies/example.kdl
  adjunct resume policies/example.kdl policies/partners.kdl";

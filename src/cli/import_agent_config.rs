//! `adjunct import-agent-config`

use super::args::ImportAgentConfigArgs;
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use crate::policy::policy_of_agent;

/// The file of agents that know the four main attributes alone.
const OLD: &str = "adint.config.json";

/// Prints the policy that does what an agent of this configuration does.
pub(super) fn run(args: &ImportAgentConfigArgs) -> Result<Exit, CliError> {
    let path = &args.file;
    let bytes = std::fs::read(path).map_err(|source| CliError::File {
        what: "the agent's configuration",
        path: path.clone(),
        source,
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let is_old = path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(OLD));
    let policy = policy_of_agent(&text, is_old)
        .map_err(|error| CliError::AgentConfig { path: path.clone(), error })?;
    terminal::print(&policy)?;
    Ok(Exit::Done)
}

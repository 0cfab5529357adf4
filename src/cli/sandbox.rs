//! `adjunct sandbox`

use super::args::SandboxArgs;
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use crate::sandbox::{self, Clock, Sandbox, StateFile};

/// Serves a local JumpCloud until somebody ends it.
pub(super) async fn run(args: &SandboxArgs) -> Result<Exit, CliError> {
    let (state, state_file) = match &args.state {
        Some(path) => {
            let (state, file) = StateFile::open(path)?;
            file.check()?;
            (state.unwrap_or_default(), Some(file))
        }
        None => (sandbox::State::empty(), None),
    };
    let options = sandbox::Options {
        listen: args.listen,
        api_key: args.api_key.clone(),
        state_file,
        clock: Clock::running_from(clock::now()),
        ..sandbox::Options::default()
    };
    let sandbox = Sandbox::start(state, options)
        .await
        .map_err(|source| CliError::Listen { address: args.listen, source })?;
    terminal::print(&format!("{}\n", sandbox.url()))?;
    terminal::until_stopped().await;
    sandbox.stop().await.map_err(|source| CliError::KeepSandbox { source })?;
    Ok(Exit::Done)
}

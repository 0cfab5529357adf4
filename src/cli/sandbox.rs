//! `adjunct sandbox`

use std::path::Path;

use super::args::SandboxArgs;
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use crate::sandbox::{self, Sandbox};

/// Serves a local JumpCloud until somebody ends it.
pub(super) async fn run(args: &SandboxArgs) -> Result<Exit, CliError> {
    let state = match &args.state {
        Some(path) if path.exists() => read(path)?,
        Some(path) => {
            Sandbox::check_state_file(path)?;
            sandbox::State::empty()
        }
        None => sandbox::State::empty(),
    };
    let options = sandbox::Options {
        listen: args.listen,
        api_key: args.api_key.clone(),
        state_file: args.state.clone(),
        now: Some(clock::now()),
        ..sandbox::Options::default()
    };
    let sandbox = Sandbox::start(state, options)
        .await
        .map_err(|source| CliError::Listen { address: args.listen, source })?;
    terminal::print(&format!("{}\n", sandbox.url()))?;
    terminal::until_stopped().await;
    sandbox.stop().await;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<sandbox::State, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| CliError::File {
        what: "the state of the sandbox",
        path: path.to_owned(),
        source,
    })?;
    Ok(sandbox::State::parse(&path.to_string_lossy(), &text)?)
}

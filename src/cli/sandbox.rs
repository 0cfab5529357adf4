//! `adjunct sandbox`

use std::net::SocketAddr;
use std::path::PathBuf;

use super::args::{ConditionArgs, SandboxArgs};
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::run_record;
use super::signals;
use super::target;
use super::terminal;
use crate::sandbox::{self, Clock, Conditions, Sandbox, StateFile};

/// Its name, for whoever finds the lock taken.
const COMMAND: &str = "sandbox";

/// Serves a local JumpCloud until somebody ends it.
pub(super) async fn run(args: &SandboxArgs) -> Result<Exit, CliError> {
    // Before the file is read, and until the last write is in it.
    let lock = |path: &PathBuf| run_record::lock_local(COMMAND, path, &target::canonical(path));
    let _lock = args.state.as_ref().map(lock).transpose()?;
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
        faults: args.conditions.faults.clone(),
        conditions: conditions(&args.conditions),
        seed: args.conditions.seed,
        ..sandbox::Options::default()
    };
    let sandbox = Sandbox::start(state, options)
        .await
        .map_err(|source| CliError::Listen { address: args.listen, source })?;
    let stopped = signals::until_stopped();
    terminal::say(&who_can_reach(sandbox.address(), args.api_key.is_some()));
    terminal::print(&format!("{}\n", sandbox.url()))?;
    stopped.await;
    sandbox.stop().await.map_err(|source| CliError::KeepSandbox { source })?;
    Ok(Exit::Done)
}

fn conditions(args: &ConditionArgs) -> Conditions {
    Conditions {
        latency: args.latency,
        jitter: args.jitter,
        rate: args.rate,
        burst: args.burst,
        retry_after: args.retry_after,
        graph_lag: args.graph_lag,
        habits: args.habits.iter().copied().collect(),
    }
}

/// What people should know about the address that is listened on.
fn who_can_reach(address: SocketAddr, has_key: bool) -> String {
    if address.ip().to_canonical().is_loopback() {
        format!("Listening on {address}; only this machine can reach it.\n")
    } else if has_key {
        format!(
            "Warning: listening on {address}. Everybody who can reach this address and has the key can read and \
             change the organization; the key and the answers cross the network unencrypted.\n"
        )
    } else {
        format!(
            "Warning: listening on {address} without --api-key. Everybody who can reach this address can read and \
             change the organization.\n"
        )
    }
}

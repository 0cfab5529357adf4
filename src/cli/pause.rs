//! `adjunct pause` and `adjunct resume`

use std::path::PathBuf;

use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::policies::{self, PolicyFile};
use super::run_record;
use super::service_args::{PauseArgs, ResumeArgs};
use super::target::Target;
use super::terminal;
use super::variables::{Values, VariableArgs};
use crate::journal::{Scope, StateFolder};
use crate::render::safe;
use crate::watch::Pause;

/// Lets the service leave policies alone.
pub(super) fn pause(args: &PauseArgs) -> Result<Exit, CliError> {
    each(&args.policies, &args.values, |file| {
        let folder = StateFolder::of_platform()?.make_scope(&scope(file))?;
        if let Some(pause) = Pause::read(&folder)? {
            return Ok(format!("was {pause} already"));
        }
        let pause = Pause {
            user: run_record::user(),
            host: run_record::host(),
            since: clock::this_second(),
            reason: args.reason.clone(),
        };
        pause.keep(&folder)?;
        Ok(pause.to_string())
    })
}

/// Lets the service go on with policies.
pub(super) fn resume(args: &ResumeArgs) -> Result<Exit, CliError> {
    each(&args.policies, &args.values, |file| {
        Ok(if Pause::end(&folder(file)?)? { "resumed" } else { "was not paused" }.to_owned())
    })
}

/// The pause of a policy, if there is one.
pub(super) fn of(file: &PolicyFile) -> Result<Option<Pause>, CliError> {
    Ok(Pause::read(&folder(file)?)?)
}

fn folder(file: &PolicyFile) -> Result<PathBuf, CliError> {
    Ok(StateFolder::of_platform()?.of_scope(&scope(file)))
}

/// What is paused: the policy as its file has it. The lock's scope may take an id that only JumpCloud knows; a pause asks
/// nobody.
fn scope(file: &PolicyFile) -> Scope {
    let organization = match &file.target {
        Target::Api { organization, .. } => organization.as_deref(),
        Target::Sandbox(_) => None,
    };
    run_record::scope(&file.policy, &file.target, organization)
}

/// Does something with each policy, and says what came of it. One that cannot be read fails alone.
fn each(
    paths: &[PathBuf],
    values: &VariableArgs,
    work: impl Fn(&PolicyFile) -> Result<String, CliError>,
) -> Result<Exit, CliError> {
    let mut exits = Vec::new();
    for (file, path) in policies::read_all(paths, &Values::from(values))?.into_iter().zip(paths) {
        match file.and_then(|file| work(&file)) {
            Ok(words) => terminal::print(&format!("{} {}\n", safe(&path.to_string_lossy()), safe(&words)))?,
            Err(error) => {
                terminal::print_error_of(path, &error);
                exits.push(error.exit());
            }
        }
    }
    Ok(Exit::worst(exits))
}

//! The policy files of a run: read, checked, and held against each other before either side is asked.

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::plan_file_error::PlanFileError;
use super::target::{self, Target};
use crate::plan::saved::is_saved_plan;
use crate::policy::{self, Policy};

/// A policy and the file that it stands in.
#[derive(Debug)]
pub(super) struct PolicyFile {
    /// As it was given.
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) policy: Policy,
    /// Where its changes go.
    pub(super) target: Target,
}

impl PolicyFile {
    /// The folder that paths in the policy are relative to.
    pub(super) fn folder(&self) -> &Path {
        folder(&self.path)
    }
}

/// Reads every file. One that cannot be read, or holds no policy, fails alone.
///
/// # Errors
/// When no run over these files can be right: [`CliError::SameFile`] and [`CliError::SameMark`].
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<Result<PolicyFile, CliError>>, CliError> {
    let files: Vec<PathBuf> = paths.iter().map(|path| target::canonical(path)).collect();
    if let Some((first, second)) = first_pair(&files, |first, second| first == second) {
        let path = |index: usize| paths.get(index).cloned().unwrap_or_default();
        return Err(CliError::SameFile { first: path(first), second: path(second) });
    }
    let policies: Vec<Result<PolicyFile, CliError>> = paths.iter().map(|path| read(path)).collect();
    let whole: Vec<&PolicyFile> = policies.iter().filter_map(|policy| policy.as_ref().ok()).collect();
    let clash = first_pair(&whole, |first, second| {
        first.policy.name == second.policy.name
            && first.policy.domain == second.policy.domain
            && first.target == second.target
    });
    if let Some((first, second)) =
        clash.and_then(|(first, second)| Some((whole.get(first)?, whole.get(second)?)))
    {
        return Err(CliError::SameMark {
            first: first.path.clone(),
            second: second.path.clone(),
            policy: first.policy.name.clone(),
            domain: first.policy.domain.to_string(),
        });
    }
    Ok(policies)
}

/// Positions of the first two that clash.
fn first_pair<T>(all: &[T], is_clash: impl Fn(&T, &T) -> bool) -> Option<(usize, usize)> {
    all.iter().enumerate().find_map(|(second, later)| {
        let first = all.iter().take(second).position(|earlier| is_clash(earlier, later))?;
        Some((first, second))
    })
}

/// Reads one file.
pub(super) fn read(path: &Path) -> Result<PolicyFile, CliError> {
    let bytes = std::fs::read(path).map_err(|source| CliError::File {
        what: "the policy file",
        path: path.to_owned(),
        source,
    })?;
    if !bytes.is_empty() && is_saved_plan(&bytes) {
        return Err(PlanFileError::NoPolicy { path: path.to_owned() }.into());
    }
    let text = String::from_utf8(bytes).map_err(|_| CliError::NotText { path: path.to_owned() })?;
    let policy =
        policy::parse(&path.to_string_lossy(), &text).map_err(|errors| CliError::Policy(Box::new(errors)))?;
    let target = target::target(&policy, folder(path));
    Ok(PolicyFile { path: path.to_owned(), text, policy, target })
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

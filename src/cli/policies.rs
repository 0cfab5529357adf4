//! The policy files of a run: read, checked, and held against each other before either side is asked.

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::keytab;
use super::plan_file_error::PlanFileError;
use super::target::{self, Target};
use crate::model::DomainName;
use crate::plan::saved::is_saved_plan;
use crate::policy::{self, Policy};

/// A policy and the file that it stands in.
#[derive(Debug, Clone)]
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

/// Reads every file that is to be planned. The process may begin anew, for a keytab of one of them.
///
/// # Errors
/// As [`read_all`].
pub(super) fn read_to_plan(paths: &[PathBuf]) -> Result<Vec<Result<PolicyFile, CliError>>, CliError> {
    let ready = |file: Result<PolicyFile, CliError>| {
        let file = file?;
        keytab::ensure_environment(&file.policy, file.folder())?;
        Ok(file)
    };
    Ok(read_all(paths)?.into_iter().map(ready).collect())
}

/// The policies of a run, as the others see them.
#[derive(Debug)]
pub(super) struct Company(Vec<(Target, String, DomainName)>);

impl Company {
    /// Those that could be read.
    pub(super) fn of(files: &[Result<PolicyFile, CliError>]) -> Self {
        let whole = files.iter().filter_map(|file| file.as_ref().ok());
        let seen =
            |file: &PolicyFile| (file.target.clone(), file.policy.name.clone(), file.policy.domain.clone());
        Self(whole.map(seen).collect())
    }

    /// The others for the same organization, by name and domain. A policy is no rival of its own: two of one name, domain
    /// and target are not planned at all.
    pub(super) fn rivals_of(&self, file: &PolicyFile) -> Vec<(&str, &DomainName)> {
        let others = self.0.iter().filter(|(target, name, domain)| {
            *target == file.target && (name, domain) != (&file.policy.name, &file.policy.domain)
        });
        others.map(|(_, name, domain)| (name.as_str(), domain)).collect()
    }
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

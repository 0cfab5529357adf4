//! The policy files of a run: read, checked, and held against each other before either side is asked.

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::keytab;
use super::plan_file_error::PlanFileError;
use super::target::{self, Target};
use super::variables::Values;
use crate::model::DomainName;
use crate::plan::saved::is_saved_plan;
use crate::policy::{Included, Policy, Source};

/// A policy and the file that it stands in.
#[derive(Debug, Clone)]
pub(super) struct PolicyFile {
    /// As it was given.
    pub(super) path: PathBuf,
    /// What it was read from.
    pub(super) source: Source,
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
/// When no run over these files can be right: [`CliError::SameFile`], [`CliError::SameMark`] and
/// [`CliError::UndeclaredVariable`].
pub(super) fn read_all(
    paths: &[PathBuf],
    values: &Values,
) -> Result<Vec<Result<PolicyFile, CliError>>, CliError> {
    let sources = load_all(paths, values)?;
    let read = |(path, source): (&PathBuf, Result<Source, CliError>)| read_source(path, source?);
    let policies: Vec<Result<PolicyFile, CliError>> = paths.iter().zip(sources).map(read).collect();
    ensure_no_rivals(policies.iter().filter_map(|policy| policy.as_ref().ok()))?;
    Ok(policies)
}

/// Reads the texts, and gives their variables values. One that cannot be read fails alone.
///
/// # Errors
/// [`CliError::SameFile`] and [`CliError::UndeclaredVariable`].
pub(super) fn load_all(
    paths: &[PathBuf],
    values: &Values,
) -> Result<Vec<Result<Source, CliError>>, CliError> {
    let files: Vec<PathBuf> = paths.iter().map(|path| target::canonical(path)).collect();
    if let Some((first, second)) = first_pair(&files, |first, second| first == second) {
        let path = |index: usize| paths.get(index).cloned().unwrap_or_default();
        return Err(CliError::SameFile { first: path(first), second: path(second) });
    }
    let sources: Vec<Result<Source, CliError>> = paths.iter().map(|path| load(path, values)).collect();
    // What is not declared anywhere may be so in a file that could not be read.
    if sources.iter().all(Result::is_ok) {
        values.ensure_declared(sources.iter().flatten())?;
    }
    Ok(sources)
}

/// Whether no two of them mark what they own alike.
///
/// # Errors
/// [`CliError::SameMark`]
pub(super) fn ensure_no_rivals<'f>(files: impl Iterator<Item = &'f PolicyFile>) -> Result<(), CliError> {
    let files: Vec<&PolicyFile> = files.collect();
    let clash = first_pair(&files, |first, second| {
        first.policy.name == second.policy.name
            && first.policy.domain == second.policy.domain
            && first.target == second.target
    });
    match clash.and_then(|(first, second)| Some((files.get(first)?, files.get(second)?))) {
        None => Ok(()),
        Some((first, second)) => Err(CliError::SameMark {
            first: first.path.clone(),
            second: second.path.clone(),
            policy: first.policy.name.clone(),
            domain: first.policy.domain.to_string(),
        }),
    }
}

/// Reads every file that is to be planned. The process may begin anew, for a keytab of one of them.
///
/// # Errors
/// As [`read_all`].
pub(super) fn read_to_plan(
    paths: &[PathBuf],
    values: &Values,
) -> Result<Vec<Result<PolicyFile, CliError>>, CliError> {
    let ready = |file: Result<PolicyFile, CliError>| {
        let file = file?;
        keytab::ensure_environment(&file.policy, file.folder())?;
        Ok(file)
    };
    Ok(read_all(paths, values)?.into_iter().map(ready).collect())
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

/// Reads one file, alone.
pub(super) fn read(path: &Path, values: &Values) -> Result<PolicyFile, CliError> {
    let source = load(path, values)?;
    values.ensure_declared(std::iter::once(&source))?;
    read_source(path, source)
}

/// Reads the text of a file, and gives its variables values.
pub(super) fn load(path: &Path, values: &Values) -> Result<Source, CliError> {
    let bytes = std::fs::read(path).map_err(|source| CliError::File {
        what: "the policy file",
        path: path.to_owned(),
        source,
    })?;
    if !bytes.is_empty() && is_saved_plan(&bytes) {
        return Err(PlanFileError::NoPolicy { path: path.to_owned() }.into());
    }
    let text = String::from_utf8(bytes).map_err(|_| CliError::NotText { path: path.to_owned() })?;
    let mut source = source_of(path, &text);
    values.fill(&mut source)?;
    Ok(source)
}

/// A text that stands in this file, with what it includes.
pub(super) fn source_of(path: &Path, text: &str) -> Source {
    let mut source = Source::new(&path.to_string_lossy(), text);
    for included in source.includes() {
        source.include(read_included(folder(path), included));
    }
    source
}

/// Reads a shared part. That it cannot be read is a problem of the policy, told at its line.
fn read_included(folder: &Path, path: String) -> Included {
    let file = folder.join(&path);
    // A device or a pipe has no end. An editor reads what a policy names as soon as it shows the policy.
    let text = match std::fs::metadata(&file) {
        Ok(metadata) if !metadata.is_file() => Err("it is no file".to_owned()),
        Ok(_) => std::fs::read(&file).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_owned()));
    let identity = target::canonical(&file).to_string_lossy().into_owned();
    Included { path, name: file.to_string_lossy().into_owned(), identity, text }
}

fn read_source(path: &Path, source: Source) -> Result<PolicyFile, CliError> {
    let policy = source.read().map_err(|errors| CliError::Policy(Box::new(errors)))?;
    Ok(with_policy(path, source, policy))
}

/// A policy that was read from a source.
pub(super) fn with_policy(path: &Path, source: Source, policy: Policy) -> PolicyFile {
    let target = target::target(&policy, folder(path));
    PolicyFile { path: path.to_owned(), source, policy, target }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

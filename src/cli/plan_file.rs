//! Saved plans on the disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

use super::clock;
use super::error::CliError;
use super::plan_file_error::PlanFileError;
use super::sides::Prepared;
use super::target;
use super::terminal;
use crate::plan::Allowances;
use crate::plan::saved::{SavedPlan, Seal, is_saved_plan, seal};
use crate::render::{safe, safe_json};

/// What makes and applies plans. Another version may mean something else by the same plan.
pub(super) const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// How much of a file is looked at to know what it is.
const HEAD: u64 = 4096;

/// The saved plan among the arguments of an apply: alone or not at all.
pub(super) fn only_plan(paths: &[PathBuf]) -> Result<Option<&Path>, CliError> {
    // What cannot be read is no saved plan; whoever takes it for a policy says why.
    let is_plan = |path: &&PathBuf| {
        // An empty file may be what is left of either: then its name tells.
        let may_be = |head: &[u8]| !head.is_empty() || path.extension().is_none_or(|name| name != "kdl");
        read_head(path).is_ok_and(|head| is_saved_plan(&head) && may_be(&head))
    };
    match (paths.iter().find(is_plan), paths) {
        (None, _) => Ok(None),
        (Some(plan), [_]) => Ok(Some(plan)),
        (Some(plan), _) => Err(PlanFileError::Mixed { path: plan.clone() }.into()),
    }
}

fn read_head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    if !path.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a file that is to be shown is a saved plan, or what is left of one, by what an apply goes by.
pub(super) fn ensure_no_policy(path: &Path) -> Result<(), CliError> {
    // What cannot be read at all is for whoever reads it.
    let is_policy = read_head(path).is_ok() && only_plan(&[path.to_owned()])?.is_none();
    if is_policy { Err(PlanFileError::NoSavedPlan { path: path.to_owned() }.into()) } else { Ok(()) }
}

/// Reads a saved plan whose seal holds.
pub(super) fn open(path: &Path) -> Result<(SavedPlan, Seal), CliError> {
    let file = fs::read(path).map_err(|source| CliError::File {
        what: "the saved plan",
        path: path.to_owned(),
        source,
    })?;
    SavedPlan::parse(&file)
        .map_err(|source| PlanFileError::Unreadable { path: path.to_owned(), source }.into())
}

/// Whether a plan may be saved there: nothing is there, or a saved plan.
pub(super) fn ensure_free(path: &Path) -> Result<(), CliError> {
    let is_free = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(source) => return Err(PlanFileError::Unsaved { path: path.to_owned(), source }.into()),
        Ok(_) => read_head(path).is_ok_and(|head| is_saved_plan(&head)),
    };
    if is_free { Ok(()) } else { Err(PlanFileError::InTheWay { path: path.to_owned() }.into()) }
}

/// Saves the plan, whole or not at all, readable for its owner alone.
pub(super) fn save(path: &Path, prepared: &Prepared, allow: Allowances) -> Result<(), CliError> {
    let policy = target::canonical(&prepared.path);
    let policy = policy.to_str().ok_or_else(|| PlanFileError::NotUnicode { path: policy.clone() })?;
    let saved = SavedPlan::new(
        prepared.plan.clone(),
        prepared.header.clone(),
        allow,
        prepared.population,
        (policy.to_owned(), prepared.variables.clone()),
        TOOL_VERSION.to_owned(),
        clock::this_second(),
    );
    ensure_free(path)?;
    let unsaved = |source: io::Error| PlanFileError::Unsaved { path: path.to_owned(), source };
    let body = saved.to_json().map_err(|error| unsaved(error.into()))?;
    write(path, &seal(&safe_json(&body))).map_err(unsaved)?;
    let name = safe(&path.to_string_lossy());
    let next = if saved.plan.guards.is_empty() && saved.plan.is_empty() {
        "There is nothing in it to apply".to_owned()
    } else if saved.plan.guards.is_empty() {
        format!("Until {} it can be applied, once: adjunct apply {name}", saved.expires)
    } else {
        "A guard stops it: to apply it, save it anew with what lifts the guard".to_owned()
    };
    terminal::say(&format!("\nSaved in {name}. {next}\n"));
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is its owner's alone from the start (0600 on Unix), and keeps that when it gets its name.
    let mut file = Builder::new().prefix(".adjunct-plan-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(io::Error::from)?;
    Ok(())
}

//! Which policies are tested, and by what.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::super::error::CliError;
use super::super::policies::{self, PolicyFile};
use super::super::target::canonical;
use super::super::variables::Values;
use super::TestError;
use crate::policy::unit::{self, UnitTests};

/// What the name of a file with tests ends in.
const TESTS: &str = ".test.kdl";

/// A policy and its tests.
pub(super) struct Suite {
    /// As it was given, or as it lies beside what was given.
    pub(super) policy: PathBuf,
    /// The same of the tests.
    pub(super) tests: PathBuf,
    /// What they hold.
    pub(super) content: Result<Content, CliError>,
}

/// What the files of a suite hold.
pub(super) struct Content {
    pub(super) policy: PolicyFile,
    pub(super) tests: UnitTests,
}

/// Reads each policy with its tests once, however often it is named: `*.kdl` names both files.
///
/// # Errors
/// When a value of the command line is of a variable that none of them declares.
pub(super) fn read_all(paths: &[PathBuf], values: &Values) -> Result<Vec<Suite>, CliError> {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut suites = Vec::new();
    for path in paths {
        let tests = if holds_tests(path) { path.clone() } else { path.with_extension("test.kdl") };
        let place = canonical(&tests);
        if !seen.contains(&place) {
            seen.push(place);
            suites.push(read(path, tests, values));
        }
    }
    // What is not declared anywhere may be so in a file that could not be read.
    if suites.iter().all(|suite| suite.content.is_ok()) {
        let contents = suites.iter().filter_map(|suite| suite.content.as_ref().ok());
        values.ensure_declared(contents.map(|content| &content.policy.source))?;
    }
    Ok(suites)
}

/// Whether a file is one of tests, by its name.
pub(in crate::cli) fn holds_tests(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.ends_with(TESTS))
}

fn read(given: &Path, tests: PathBuf, values: &Values) -> Suite {
    let read = read_tests(given, &tests);
    let beside = if holds_tests(given) { beside(&tests) } else { given.to_owned() };
    match read {
        Err(error) => Suite { policy: beside, tests, content: Err(error) },
        Ok(content) => {
            let named = content.policy.as_ref().map(|file| folder(&tests).join(&file.value));
            let is_other = |named: &PathBuf| !holds_tests(given) && canonical(named) != canonical(given);
            let policy = match named {
                Some(named) if is_other(&named) => {
                    let error = TestError::OtherPolicy { policy: beside.clone(), named };
                    return Suite { policy: beside, tests, content: Err(error.into()) };
                }
                Some(named) if holds_tests(given) => named,
                Some(_) | None => beside,
            };
            let whole =
                read_policy(&policy, &content, values).map(|policy| Content { policy, tests: content });
            Suite { policy, tests, content: whole }
        }
    }
}

/// Reads a policy with the values that its tests give its variables.
fn read_policy(path: &Path, tests: &UnitTests, values: &Values) -> Result<PolicyFile, CliError> {
    let mut source = policies::load(path, values)?;
    let declared = source.variables();
    for (name, value) in &tests.variables {
        if !declared.iter().any(|variable| variable.name == *name) {
            return Err(TestError::Undeclared { policy: path.to_owned(), name: name.clone() }.into());
        }
        source.give(name, value);
    }
    let policy = source.read().map_err(|errors| CliError::Policy(Box::new(errors)))?;
    Ok(policies::with_policy(path, source, policy))
}

/// The policy beside its tests.
fn beside(tests: &Path) -> PathBuf {
    let name = tests.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_suffix(TESTS));
    tests.with_file_name(format!("{}.kdl", name.unwrap_or_default()))
}

/// The folder that paths in a file are relative to.
pub(super) fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// Reads tests as they are, whatever comes of them.
pub(in crate::cli) fn check(tests: &Path) -> Result<(), CliError> {
    read_tests(tests, tests).map(drop)
}

fn read_tests(given: &Path, tests: &Path) -> Result<UnitTests, CliError> {
    let bytes = std::fs::read(tests).map_err(|source| {
        if source.kind() == std::io::ErrorKind::NotFound && !holds_tests(given) && given.is_file() {
            return TestError::Untested { policy: given.to_owned(), tests: tests.to_owned() }.into();
        }
        let path = if holds_tests(given) || given.is_file() { tests } else { given };
        CliError::File { what: "the file", path: path.to_owned(), source }
    })?;
    let text = String::from_utf8(bytes).map_err(|_| CliError::NotText { path: tests.to_owned() })?;
    unit::parse(&tests.to_string_lossy(), &text).map_err(|errors| CliError::Policy(Box::new(errors)))
}

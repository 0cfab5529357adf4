//! `adjunct validate`

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::args::{Format, ValidateArgs};
use super::error::CliError;
use super::exit::Exit;
use super::policies::{self, PolicyFile};
use super::terminal;
use super::test;
use super::variables::Values;
use crate::policy::{Checked, Source};
use crate::render::{PolicyValidation, ValidationDocument, safe};

/// What a policy is found to be.
enum Valid {
    /// A whole policy.
    Whole(Box<PolicyFile>),
    /// A policy in which these variables have no value; what hangs on them was not looked at.
    Open(Vec<String>),
    /// Tests of a policy.
    Tests,
}

/// Holds policies, and tests of policies, against the language: neither side is asked, and no secret is read.
pub(super) fn run(args: &ValidateArgs) -> Result<Exit, CliError> {
    let values = Values::from(&args.values);
    let policies: Vec<PathBuf> =
        args.policies.iter().filter(|path| !test::holds_tests(path)).cloned().collect();
    let (sources, together) = match policies::load_all(&policies, &values) {
        Ok(sources) => (sources, None),
        Err(error) => (policies.iter().map(|path| policies::load(path, &values)).collect(), Some(error)),
    };
    let mut sources = sources.into_iter();
    let all = args.policies.iter().map(|path| {
        let checked = if test::holds_tests(path) {
            test::check(path).map(|()| Valid::Tests)
        } else {
            let source = sources.next().unwrap_or_else(|| policies::load(path, &values));
            source.and_then(|source| check(path, source))
        };
        (path.as_path(), checked)
    });
    let all: Vec<(&Path, Result<Valid, CliError>)> = all.collect();
    let whole = all.iter().filter_map(|(_, file)| match file {
        Ok(Valid::Whole(file)) => Some(&**file),
        Ok(Valid::Open(_) | Valid::Tests) | Err(_) => None,
    });
    let together = together.or_else(|| policies::ensure_no_rivals(whole).err());
    let is_valid = together.is_none() && all.iter().all(|(_, file)| file.is_ok());
    match args.format {
        Format::Json => {
            let policies = all.iter().map(|(path, file)| validation(path, file)).collect();
            let together = together.as_ref().map(|error| error as &dyn Diagnostic);
            let document = ValidationDocument::new(policies, together);
            terminal::print_documents(std::iter::once(document), false)?;
        }
        Format::Text => {
            for (path, file) in &all {
                match file {
                    Ok(valid) => {
                        terminal::print(&format!("{}: {}\n", safe(&path.to_string_lossy()), words(valid)))?;
                    }
                    Err(error) => {
                        terminal::print_error(error);
                        if is_on_github() {
                            terminal::print(&validation(path, file).annotations())?;
                        }
                    }
                }
            }
            if let Some(error) = &together {
                terminal::print_error(error);
            }
        }
    }
    Ok(if is_valid { Exit::Done } else { Exit::Error })
}

fn check(path: &Path, source: Source) -> Result<Valid, CliError> {
    let checked = source.check().map_err(|errors| CliError::Policy(Box::new(errors)))?;
    Ok(match checked {
        Checked { policy: Some(policy), .. } => {
            Valid::Whole(Box::new(policies::with_policy(path, source, policy)))
        }
        Checked { policy: None, unset } => Valid::Open(unset),
    })
}

fn words(valid: &Valid) -> String {
    match valid {
        Valid::Whole(_) | Valid::Tests => "valid".to_owned(),
        Valid::Open(unset) => {
            format!("valid, but for what hangs on variables without a value: {}", safe(&unset.join(", ")))
        }
    }
}

fn validation(path: &Path, file: &Result<Valid, CliError>) -> PolicyValidation {
    let error = file.as_ref().err().map(|error| error as &dyn Diagnostic);
    let unset = match file {
        Ok(Valid::Open(unset)) => unset.clone(),
        Ok(Valid::Whole(_) | Valid::Tests) | Err(_) => Vec::new(),
    };
    PolicyValidation::new(&path.to_string_lossy(), error, unset)
}

/// Whether a runner of GitHub's shows the output.
fn is_on_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

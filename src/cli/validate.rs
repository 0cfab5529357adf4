//! `adjunct validate`

use std::path::Path;

use miette::Diagnostic;

use super::args::{Format, ValidateArgs};
use super::error::CliError;
use super::exit::Exit;
use super::policies::{self, PolicyFile};
use super::terminal;
use crate::render::{PolicyValidation, ValidationDocument, safe};

/// Holds policies against the language: neither side is asked, and no secret is read.
pub(super) fn run(args: &ValidateArgs) -> Result<Exit, CliError> {
    let (files, together) = match policies::read_all(&args.policies) {
        Ok(files) => (files, None),
        Err(error) => (args.policies.iter().map(|path| policies::read(path)).collect(), Some(error)),
    };
    let all: Vec<(&Path, Result<PolicyFile, CliError>)> =
        args.policies.iter().map(AsRef::as_ref).zip(files).collect();
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
                    Ok(_) => terminal::print(&format!("{}: valid\n", safe(&path.to_string_lossy())))?,
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

fn validation(path: &Path, file: &Result<PolicyFile, CliError>) -> PolicyValidation {
    let error = file.as_ref().err().map(|error| error as &dyn Diagnostic);
    PolicyValidation::new(&path.to_string_lossy(), error)
}

/// Whether a runner of GitHub's shows the output.
fn is_on_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

//! Every policy of a run, planned one after the other.
//!
//! Policies are independent in their errors: one that fails does not stop the others. Those on one organization see each
//! other: each is planned for the organization as it will be after the plans before it.

use super::args::CommonArgs;
use super::directory;
use super::error::CliError;
use super::exit::Exit;
use super::policies::{self, Company};
use super::sides::{self, Access, Prepared};
use super::terminal;
use super::variables::Values;
use crate::plan::Plan;
use crate::render::{render_plan, render_sum};

/// Where plans are shown as text, each as soon as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// On standard output.
    Output,
    /// On standard error, beside a document on standard output.
    Beside,
    /// Nowhere.
    Nowhere,
}

impl Show {
    /// Shows a text there.
    pub(super) fn text(self, text: &str) -> Result<(), CliError> {
        match self {
            Self::Output => terminal::print(text),
            Self::Beside => {
                terminal::say(text);
                Ok(())
            }
            Self::Nowhere => Ok(()),
        }
    }
}

/// What came of planning.
pub(super) struct Planned {
    /// What could be planned, in the order given.
    pub(super) prepared: Vec<Prepared>,
    /// How the others ended.
    pub(super) failed: Vec<Exit>,
    /// How many policies there are.
    given: usize,
}

impl Planned {
    /// Whether there are several policies, planned or not. Their documents are an array.
    pub(super) fn is_several(&self) -> bool {
        self.given > 1
    }
}

/// Plans every policy and shows the plans; what fails is shown on standard error.
///
/// # Errors
/// When nothing at all can be planned, or nobody can be shown it.
pub(super) async fn plan_all(args: &CommonArgs, access: Access, show: Show) -> Result<Planned, CliError> {
    // Before anything is asked or shown: the process may begin anew.
    let files = policies::read_to_plan(&args.policies, &Values::from(&args.values))?;
    let mut planned = Planned { prepared: Vec::new(), failed: Vec::new(), given: files.len() };
    let company = Company::of(&files);
    for (file, path) in files.into_iter().zip(&args.policies) {
        let prepared = match file {
            Ok(file) => {
                if let Some(warning) = directory::plain_warning(&file.policy) {
                    terminal::say(&format!("warning: {warning}\n"));
                }
                let rivals = company.rivals_of(&file);
                sides::prepare(file, args, access, &planned.prepared, &rivals).await
            }
            Err(error) => Err(error),
        };
        match prepared {
            Ok(prepared) => {
                if show != Show::Nowhere {
                    let text = render_plan(&prepared.plan, &prepared.header);
                    let gap = if planned.prepared.is_empty() { "" } else { "\n" };
                    show.text(&format!("{gap}{text}"))?;
                }
                planned.prepared.push(prepared);
            }
            // Neither is right then.
            Err(error @ CliError::SameMark { .. }) => return Err(error),
            Err(error) => {
                if planned.is_several() {
                    terminal::print_error_of(path, &error);
                } else {
                    terminal::print_error(&error);
                }
                planned.failed.push(error.exit());
            }
        }
    }
    if planned.is_several() && show != Show::Nowhere {
        let plans: Vec<&Plan> = planned.prepared.iter().map(|prepared| &prepared.plan).collect();
        show.text(&format!("\n{}", render_sum(planned.given, &plans)))?;
    }
    Ok(planned)
}

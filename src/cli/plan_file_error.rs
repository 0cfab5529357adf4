//! Why a saved plan is not written, shown or applied. Nothing was written to JumpCloud then.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use miette::Diagnostic;
use thiserror::Error;

use super::exit::Exit;
use crate::plan::saved::SavedPlanError;

/// What is wrong with a plan file, or with how it is used.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum PlanFileError {
    #[error("--out saves the plan of one policy, and {count} are given")]
    #[diagnostic(code(cli::several_to_save), help("save each in a file of its own"))]
    SeveralToSave { count: usize },
    #[error("{} is there, and is no saved plan", path.display())]
    #[diagnostic(
        code(cli::in_the_way),
        help("--out replaces saved plans and nothing else: name another file")
    )]
    InTheWay { path: PathBuf },
    #[error("the plan could not be saved in {}", path.display())]
    #[diagnostic(code(cli::unsaved_plan), help("check the folder, its permissions and the disk"))]
    Unsaved {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the path {} is not Unicode, so a saved plan cannot name it", path.display())]
    #[diagnostic(code(cli::not_unicode), help("give the policy file another name"))]
    NotUnicode { path: PathBuf },
    #[error("{} is a saved plan, and is applied alone", path.display())]
    #[diagnostic(code(cli::mixed), help("give either policies or one saved plan"))]
    Mixed { path: PathBuf },
    #[error("{} is a saved plan, and {flag} is for policies", path.display())]
    #[diagnostic(
        code(cli::settled),
        help("what is applied stands in the plan: save it anew with plan {flag} … --out")
    )]
    Settled { path: PathBuf, flag: &'static str },
    #[error("{} is a saved plan, and no policy", path.display())]
    #[diagnostic(code(cli::no_policy), help("adjunct show prints it, and adjunct apply applies it"))]
    NoPolicy { path: PathBuf },
    #[error("{} is a policy, and no saved plan", path.display())]
    #[diagnostic(
        code(cli::no_saved_plan),
        help("adjunct plan shows what would be done under it; show prints what plan --out saved")
    )]
    NoSavedPlan { path: PathBuf },
    #[error("{} cannot be used", path.display())]
    #[diagnostic(
        code(cli::unreadable_plan),
        help("nothing was written; a file that was cut short or edited counts for nothing")
    )]
    Unreadable {
        path: PathBuf,
        #[source]
        #[diagnostic_source]
        source: SavedPlanError,
    },
    #[error("the saved plan expired at {expires}: nothing was written")]
    #[diagnostic(code(cli::expired), help("make a plan of today with plan --out"))]
    Expired { expires: Timestamp },
    #[error("adjunct {saved_by} saved the plan, and this is {this}: nothing was written")]
    #[diagnostic(code(cli::other_version), help("another version may plan otherwise: save it anew"))]
    OtherVersion { saved_by: String, this: &'static str },
    #[error("the policy file {policy} of the saved plan is not where it was: nothing was written")]
    #[diagnostic(
        code(cli::policy_gone),
        help("apply it where it was saved, or save a plan of the policy that there is now")
    )]
    PolicyGone { policy: String },
    #[error("the policy file {policy} changed since the plan was saved: nothing was written")]
    #[diagnostic(code(cli::policy_changed), help("save a plan of the policy as it is now"))]
    PolicyChanged { policy: String },
    #[error("the saved plan is for {planned}, and the policy leads to {found} now: nothing was written")]
    #[diagnostic(
        code(cli::other_organization),
        help("use the API key of the organization that the plan was made for")
    )]
    OtherOrganization { planned: String, found: String },
    #[error("the guards of the saved plan are not those that its changes trip: nothing was written")]
    #[diagnostic(code(cli::other_verdict), help("the file was not written by plan --out: save it anew"))]
    OtherVerdict,
    #[error("the saved plan was applied already, at {since}: nothing was written")]
    #[diagnostic(
        code(cli::used_plan),
        help("a plan is applied once, even when it was interrupted; plan again to see what is left")
    )]
    Used { since: Timestamp },
    #[error("JumpCloud is not as the saved plan expects it: nothing was written")]
    #[diagnostic(
        code(cli::unmet),
        help("what differs is listed above; plan again, and approve what is planned then")
    )]
    Unmet,
}

impl PlanFileError {
    /// The exit code that it ends the command with.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::SeveralToSave { .. }
            | Self::InTheWay { .. }
            | Self::Unsaved { .. }
            | Self::NotUnicode { .. }
            | Self::Mixed { .. }
            | Self::Settled { .. }
            | Self::NoPolicy { .. }
            | Self::NoSavedPlan { .. } => Exit::Error,
            Self::Unreadable { .. }
            | Self::Expired { .. }
            | Self::OtherVersion { .. }
            | Self::PolicyGone { .. }
            | Self::PolicyChanged { .. }
            | Self::OtherOrganization { .. }
            | Self::OtherVerdict
            | Self::Used { .. }
            | Self::Unmet => Exit::Stale,
        }
    }
}

//! Why a file is no saved plan that can be read.

use miette::Diagnostic;
use thiserror::Error;

/// Why a saved plan cannot be read. Nothing of it may be applied then.
#[derive(Debug, Error, Diagnostic)]
pub enum SavedPlanError {
    /// The seal does not hold.
    #[error("not a whole saved plan: {why}")]
    #[diagnostic(
        code(plan::broken_seal),
        help("a saved plan counts as it was written, to the byte; save it anew with plan --out")
    )]
    Broken {
        /// What is wrong.
        why: &'static str,
    },
    /// A later version wrote it.
    #[error("a saved plan of the form {version}, and this version reads up to {}", super::FORMAT_VERSION)]
    #[diagnostic(code(plan::newer_form), help("use the version of adjunct that saved it, or save it anew"))]
    Newer {
        /// The version of the form.
        version: Box<str>,
    },
    /// The seal holds, and the rest is of an unknown form.
    #[error("a saved plan of an unknown form")]
    #[diagnostic(code(plan::unknown_form), help("save it anew with plan --out"))]
    UnknownForm(#[source] serde_json::Error),
    /// The seal holds, and the steps do not fit the changes.
    #[error("a saved plan whose steps do not fit its changes")]
    #[diagnostic(code(plan::unfit_steps), help("save it anew with plan --out"))]
    UnfitSteps,
}

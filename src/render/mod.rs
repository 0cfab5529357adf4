//! Plans and reports → text and JSON. The only home of symbols and colours.
//!
//! Nothing here prints, and nothing decides by what it shows. Names come from a directory that others write to:
//! [`safe()`] shows control characters and bidirectional marks instead of letting a terminal interpret them, and
//! [`safe_json`] escapes them.

mod differences;
mod history;
mod json;
mod layout;
mod report;
mod restore;
mod restore_json;
mod safe;
mod several;
mod style;
mod tests_run;
mod text;
mod validation;
mod value;

pub use crate::model::safe_json;
pub use differences::render_differences;
pub use history::{HistoryDocument, PastOutcome, PastRun, SkippedLine, Unreadable, render_history};
pub use json::{ApplyDocument, FORMAT_VERSION, PlanDocument};
pub use layout::render_layout_difference;
pub use report::{render_event, render_journal, render_left, render_report};
pub use restore::{render_restore_plan, render_restore_report, render_restore_step, render_restore_work};
pub use restore_json::{RestoreDocument, RestorePlanDocument};
pub use safe::safe;
pub use several::{render_sum, render_work};
pub use tests_run::{TestOutcome, TestedCase, TestedPolicy, render_junit, render_tests};
pub use text::{render_guard, render_heading, render_plan};
pub use validation::{PolicyPlace, PolicyPosition, PolicyProblem, PolicyValidation, ValidationDocument};

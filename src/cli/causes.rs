//! Errors where one line has to do.

use std::error::Error;

/// The error and what caused it, on one line.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

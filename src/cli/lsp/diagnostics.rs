//! What is wrong with a text that is open.

use std::path::Path;

use lsp_types::{DiagnosticSeverity, NumberOrString, Range};
use miette::Diagnostic as _;

use super::place::Encoding;
use crate::cli::causes::with_causes;
use crate::cli::policies;
use crate::cli::test::holds_tests;
use crate::policy::editor::{is_ours, is_shared_part};
use crate::policy::{PolicyError, PolicyErrors, Span, check_shared_part, unit};

/// All problems of a text, with their places in it.
pub(super) fn diagnostics(path: &Path, text: &str, encoding: Encoding) -> Vec<lsp_types::Diagnostic> {
    let name = path.to_string_lossy();
    let (errors, includes) = if holds_tests(path) {
        (unit::parse(&name, text).err(), Vec::new())
    } else if !is_ours(text) {
        return Vec::new();
    } else if is_shared_part(text) {
        (check_shared_part(&name, text).err(), Vec::new())
    } else {
        let source = policies::source_of(path, text);
        (source.check().err(), source.includes())
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let place = |error: &PolicyError| {
        if error.file() == name {
            return error.span();
        }
        // It is in a file that this one includes: told at the line that does.
        let path = includes.iter().find(|path| folder.join(path).to_string_lossy() == error.file());
        let written = path.map(|path| format!("\"{path}\""));
        let start = written.as_ref().and_then(|written| text.find(written.as_str()));
        Span { start: start.unwrap_or(0), length: written.map_or(0, |written| written.len()) }
    };
    let errors = errors.as_ref().map(PolicyErrors::errors).unwrap_or_default();
    errors.iter().map(|error| shown(error, &name, encoding.range(text, place(error)))).collect()
}

fn shown(error: &PolicyError, name: &str, range: Range) -> lsp_types::Diagnostic {
    let mut message = with_causes(error);
    if error.file() != name {
        message = format!("{}: {message}", error.file());
    }
    if let Some(help) = error.help() {
        message = format!("{message}\n{help}");
    }
    lsp_types::Diagnostic {
        range,
        severity: Some(DiagnosticSeverity::ERROR),
        code: error.code().map(|code| NumberOrString::String(code.to_string())),
        source: Some("adjunct".to_owned()),
        message,
        ..lsp_types::Diagnostic::default()
    }
}

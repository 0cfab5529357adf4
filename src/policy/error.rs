//! The problems of a policy text as one diagnostic: each with its place in the text, all at once.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::Span;
use super::problem::Problem;

/// All problems of a policy text, in the order of the text. Never empty.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{file}: {} in the policy", count(.errors.len()))]
pub struct PolicyErrors {
    file: String,
    #[related]
    errors: Vec<PolicyError>,
}

impl PolicyErrors {
    /// The problems, in the order of the text.
    pub fn errors(&self) -> &[PolicyError] {
        &self.errors
    }
}

fn count(errors: usize) -> String {
    match errors {
        1 => "1 problem".to_owned(),
        _ => format!("{errors} problems"),
    }
}

/// One problem of a policy text. The excerpt it carries has asterisks in place of secrets.
#[derive(Debug, Clone)]
pub struct PolicyError {
    problem: Problem,
    span: Span,
    /// Another place that belongs to it, and what that is.
    other: Option<(Span, &'static str)>,
    source: Arc<NamedSource<String>>,
}

impl PolicyError {
    /// Where the problem is.
    pub fn span(&self) -> Span {
        self.span
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for PolicyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

impl Diagnostic for PolicyError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.problem.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = self.problem.label().map(str::to_owned);
        let own = LabeledSpan::new_primary_with_span(label, (self.span.start, self.span.length));
        let other = self.other.map(|(span, label)| LabeledSpan::at((span.start, span.length), label));
        Some(Box::new(std::iter::once(own).chain(other)))
    }
}

/// Gathers problems while a text is read.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<(Problem, Span, Option<(Span, &'static str)>)>,
}

impl Problems {
    /// Adds a problem at a place.
    pub(super) fn report(&mut self, span: Span, problem: Problem) {
        self.found.push((problem, span, None));
    }

    /// Adds a problem at a place that has to do with another one.
    pub(super) fn report_beside(&mut self, span: Span, problem: Problem, other: Span, label: &'static str) {
        self.found.push((problem, span, Some((other, label))));
    }

    /// How many were reported so far.
    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing was reported.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether one of the problems begins in these bytes.
    pub(super) fn has_one_within(&self, start: usize, end: usize) -> bool {
        self.found.iter().any(|(_, span, _)| (start..end).contains(&span.start))
    }

    /// The problems as one error. `masked` is the text with its secrets masked, of the same length.
    pub(super) fn into_errors(mut self, file: &str, masked: String) -> PolicyErrors {
        let source = Arc::new(NamedSource::new(file, masked));
        self.found.sort_by_key(|(_, span, _)| *span);
        let errors = self
            .found
            .into_iter()
            .map(|(problem, span, other)| PolicyError { problem, span, other, source: Arc::clone(&source) })
            .collect();
        PolicyErrors { file: file.to_owned(), errors }
    }
}

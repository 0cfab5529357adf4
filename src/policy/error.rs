//! The problems of a policy text as one diagnostic: each with its place in the text, all at once.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::Span;
use super::problem::Problem;

/// Most problems that are told. A text with more is no policy, and nobody reads on.
const MOST_ERRORS: usize = 100;

/// All problems of a policy text, in the order of the text; of more than 100, the first. Never empty.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{file}: {} in the policy", in_words(*.count))]
pub struct PolicyErrors {
    file: String,
    count: usize,
    #[related]
    errors: Vec<PolicyError>,
}

impl PolicyErrors {
    /// The problems, in the order of the text.
    pub fn errors(&self) -> &[PolicyError] {
        &self.errors
    }
}

fn in_words(count: usize) -> String {
    match count {
        1 => "1 problem".to_owned(),
        2..=MOST_ERRORS => format!("{count} problems"),
        _ => format!("more than {MOST_ERRORS} problems"),
    }
}

/// One problem of a policy text. The excerpt it carries has asterisks in place of secrets.
#[derive(Debug, Clone)]
pub struct PolicyError {
    problem: Problem,
    span: Span,
    /// Another place that belongs to it, and what that is.
    other: Option<(Span, &'static str)>,
    /// Whether the place holds a variable.
    is_variable: bool,
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
        let of_variable = self.is_variable.then_some("the value of this variable");
        let label = self.problem.label().or(of_variable).map(str::to_owned);
        let own = LabeledSpan::new_primary_with_span(label, (self.span.start, self.span.length));
        let other = self.other.map(|(span, label)| LabeledSpan::at((span.start, span.length), label));
        Some(Box::new(std::iter::once(own).chain(other)))
    }
}

/// Gathers problems while a text is read.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Found>,
    /// Places that hold variables.
    variables: Vec<Span>,
}

#[derive(Debug)]
struct Found {
    problem: Problem,
    span: Span,
    other: Option<(Span, &'static str)>,
}

impl Problems {
    /// Adds a problem at a place.
    pub(super) fn report(&mut self, span: Span, problem: Problem) {
        self.found.push(Found { problem, span, other: None });
    }

    /// Adds a problem at a place that has to do with another one.
    pub(super) fn report_beside(&mut self, span: Span, problem: Problem, other: Span, label: &'static str) {
        self.found.push(Found { problem, span, other: Some((other, label)) });
    }

    /// Says where variables stand in the place of values.
    pub(super) fn mark_values(&mut self, uses: &[Span]) {
        self.variables.extend(uses);
    }

    /// How many were reported so far.
    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing was reported.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The problems as one error. `masked` is the text with its secrets masked, of the same length.
    pub(super) fn into_errors(mut self, file: &str, masked: String) -> PolicyErrors {
        let source = Arc::new(NamedSource::new(file, masked));
        self.found.sort_by_key(|found| found.span);
        let count = self.found.len();
        self.found.truncate(MOST_ERRORS);
        let errors = self
            .found
            .into_iter()
            .map(|Found { problem, span, other }| PolicyError {
                problem,
                span,
                other,
                is_variable: self.variables.contains(&span),
                source: Arc::clone(&source),
            })
            .collect();
        PolicyErrors { file: file.to_owned(), count, errors }
    }
}

//! The problems of a policy text as one diagnostic: each with its place in the text, all at once.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan};

use super::Span;
use super::problem::Problem;
use super::syntax;

/// Most problems that are told. A text with more is no policy, and nobody reads on.
const MOST_ERRORS: usize = 100;

/// All problems of the text of a policy or of its tests, in the order of the text; of more than 100, the first. Never empty.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{file}: {} in the {what}", in_words(*.count))]
pub struct PolicyErrors {
    file: String,
    /// What kind of text it is.
    what: &'static str,
    count: usize,
    #[related]
    errors: Vec<PolicyError>,
}

impl PolicyErrors {
    /// The same, of a text that is no policy but `what`.
    pub(super) fn of(self, what: &'static str) -> Self {
        Self { what, ..self }
    }

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
    other: Option<Other>,
    /// Whether the place holds a variable.
    is_variable: bool,
    source: Arc<NamedSource<String>>,
}

/// A place that belongs to a problem.
#[derive(Debug, Clone)]
enum Other {
    /// In the same file.
    Here(Span, &'static str),
    /// In another one.
    Elsewhere(OtherPlace),
}

/// A place in another file than the problem that it belongs to.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("the other place")]
#[diagnostic(severity(Advice))]
struct OtherPlace {
    label: &'static str,
    #[label("{label}")]
    span: SourceSpan,
    #[source_code]
    text: Arc<NamedSource<String>>,
}

impl PolicyError {
    /// Where the problem is, in the text of its own file.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What that file is called.
    pub fn file(&self) -> &str {
        self.source.name()
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
        let other = match &self.other {
            Some(Other::Here(span, label)) => Some(LabeledSpan::at((span.start, span.length), *label)),
            Some(Other::Elsewhere(_)) | None => None,
        };
        Some(Box::new(std::iter::once(own).chain(other)))
    }

    fn related(&self) -> Option<Box<dyn Iterator<Item = &dyn Diagnostic> + '_>> {
        match &self.other {
            Some(Other::Elsewhere(place)) => Some(Box::new(std::iter::once(place as &dyn Diagnostic))),
            Some(Other::Here(..)) | None => None,
        }
    }
}

/// A text that problems are found in.
pub(super) struct File {
    /// What the diagnostics call it.
    pub(super) name: String,
    /// The byte at which spans in it begin.
    pub(super) start: usize,
    /// The text with its secrets masked, of the same length.
    pub(super) masked: String,
}

impl File {
    /// A text by itself.
    pub(super) fn alone(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), start: 0, masked: syntax::mask(text) }
    }
}

/// The texts by the places that spans give them.
struct Sources(Vec<(usize, Arc<NamedSource<String>>)>);

impl Sources {
    fn new(files: Vec<File>) -> Self {
        let source = |file: File| (file.start, Arc::new(NamedSource::new(file.name, file.masked)));
        Self(files.into_iter().map(source).collect())
    }

    /// The text that a place is in, and the place there.
    fn of(&self, span: Span) -> Option<(Span, &Arc<NamedSource<String>>)> {
        let behind = self.0.partition_point(|(start, _)| *start <= span.start);
        let (start, source) = self.0.get(behind.checked_sub(1)?)?;
        Some((Span { start: span.start.saturating_sub(*start), length: span.length }, source))
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

    /// Takes in the problems of a text that begins at this byte.
    pub(super) fn absorb(&mut self, others: Self, start: usize) {
        let moved = |span: Span| Span { start: span.start.saturating_add(start), length: span.length };
        self.found.extend(others.found.into_iter().map(|Found { problem, span, other }| Found {
            problem,
            span: moved(span),
            other: other.map(|(span, label)| (moved(span), label)),
        }));
    }

    /// The problems as one error, in the texts that they were found in.
    pub(super) fn into_errors(mut self, file: &str, files: Vec<File>) -> PolicyErrors {
        let sources = Sources::new(files);
        self.found.sort_by_key(|found| found.span);
        let count = self.found.len();
        self.found.truncate(MOST_ERRORS);
        let variables = self.variables;
        let error = |Found { problem, span, other }: Found| {
            let (own, source) = sources.of(span)?;
            let other = other.and_then(|(span, label)| {
                let (place, of_other) = sources.of(span)?;
                Some(if Arc::ptr_eq(source, of_other) {
                    Other::Here(place, label)
                } else {
                    let span = (place.start, place.length).into();
                    Other::Elsewhere(OtherPlace { label, span, text: Arc::clone(of_other) })
                })
            });
            let (is_variable, source) = (variables.contains(&span), Arc::clone(source));
            Some(PolicyError { problem, span: own, other, is_variable, source })
        };
        let errors = self.found.into_iter().filter_map(error).collect();
        PolicyErrors { file: file.to_owned(), what: "policy", count, errors }
    }
}

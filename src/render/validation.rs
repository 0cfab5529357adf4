//! What is wrong with policies, for machines. The shapes are public: their schemas stand in `schemas/`.

use std::fmt::Write as _;

use miette::{Diagnostic, LabeledSpan, SourceCode, SourceSpan};
use serde::Serialize;

use super::FORMAT_VERSION;
use super::safe::safe;

/// Policies, held against the language.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ValidationDocument {
    /// Version of this document.
    format_version: &'static str,
    /// Whether nothing is wrong.
    valid: bool,
    /// The policies, in the order in which they were named.
    policies: Vec<PolicyValidation>,
    /// What is wrong with them together.
    problems: Vec<PolicyProblem>,
}

/// A policy, held against the language.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PolicyValidation {
    /// The file, as it was named.
    path: String,
    /// Whether nothing is wrong with it.
    valid: bool,
    /// Its variables that have no value here. What hangs on them was not looked at.
    unset: Vec<String>,
    /// In the order of the text; of more than 100, the first.
    problems: Vec<PolicyProblem>,
}

/// Something that is wrong.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PolicyProblem {
    /// What kind of problem it is, in words that stay the same, such as `policy::unknown_node`.
    code: String,
    /// What is wrong.
    message: String,
    /// What to do; null where that goes without saying.
    help: Option<String>,
    /// Where it is; null where it is about the whole file.
    place: Option<PolicyPlace>,
    /// Other places that belong to it.
    beside: Vec<PolicyPlace>,
}

/// A place in a policy, or in what it includes.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PolicyPlace {
    /// The file: that of the policy, or one that it includes.
    file: String,
    /// What is there, in a word or two.
    label: Option<String>,
    /// Its first character.
    start: PolicyPosition,
    /// Behind its last character.
    end: PolicyPosition,
}

/// A position in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PolicyPosition {
    /// From 1.
    line: usize,
    /// Characters of the line (Unicode scalar values), from 1.
    column: usize,
    /// Bytes of the file, from 0.
    offset: usize,
}

impl ValidationDocument {
    /// The document of these policies; `together` is what is wrong with them together.
    pub fn new(policies: Vec<PolicyValidation>, together: Option<&dyn Diagnostic>) -> Self {
        let problems: Vec<PolicyProblem> = together.into_iter().flat_map(problems).collect();
        let valid = problems.is_empty() && policies.iter().all(|policy| policy.valid);
        Self { format_version: FORMAT_VERSION, valid, policies, problems }
    }
}

impl PolicyValidation {
    /// A policy and what is wrong with it.
    pub fn new(path: &str, error: Option<&dyn Diagnostic>, unset: Vec<String>) -> Self {
        let problems: Vec<PolicyProblem> = error.into_iter().flat_map(problems).collect();
        Self { path: path.to_owned(), valid: problems.is_empty(), unset, problems }
    }

    /// A line for each problem, in the form in which GitHub's runners show it at its place in a change. Empty where
    /// nothing is wrong.
    /// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
    pub fn annotations(&self) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            let file = problem.place.as_ref().map_or(&self.path, |place| &place.file);
            let mut properties = format!("file={}", property(file));
            if let Some(PolicyPlace { start, end, .. }) = &problem.place {
                // Writing to a String cannot fail.
                let _ = write!(
                    properties,
                    ",line={},endLine={},col={},endColumn={}",
                    start.line, end.line, start.column, end.column
                );
            }
            let help = problem.help.iter().map(|help| format!("\n{help}"));
            let message: String = std::iter::once(problem.message.clone()).chain(help).collect();
            let title = property(&problem.code);
            let _ = writeln!(out, "::error {properties},title={title}::{}", data(&message));
        }
        out
    }
}

/// A text as the message of a workflow command: line feeds stay, whatever else a terminal interprets is shown.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| safe(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// A text as the value of a property of a workflow command.
fn property(text: &str) -> String {
    safe(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// The problems that an error gathers, or the error itself.
fn problems(error: &dyn Diagnostic) -> Vec<PolicyProblem> {
    match error.related() {
        Some(related) => related.map(problem).collect(),
        None => vec![problem(error)],
    }
}

fn problem(error: &dyn Diagnostic) -> PolicyProblem {
    let (own, mut beside): (Vec<_>, Vec<_>) =
        places(error).into_iter().partition(|(is_primary, _)| *is_primary);
    beside.extend(error.related().into_iter().flatten().flat_map(places));
    let words = |text: Box<dyn std::fmt::Display + '_>| text.to_string();
    PolicyProblem {
        code: error.code().map(words).unwrap_or_default(),
        message: error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
        help: error.help().map(words),
        place: own.into_iter().next().map(|(_, place)| place),
        beside: beside.into_iter().map(|(_, place)| place).collect(),
    }
}

/// The labelled places of an error, each with whether it is the one that the error is about.
fn places(error: &dyn Diagnostic) -> Vec<(bool, PolicyPlace)> {
    let (Some(source), Some(labels)) = (error.source_code(), error.labels()) else { return Vec::new() };
    labels.filter_map(|label| Some((label.primary(), place(source, &label)?))).collect()
}

fn place(source: &dyn SourceCode, label: &LabeledSpan) -> Option<PolicyPlace> {
    let start = position(source, label.offset())?;
    let end = position(source, label.offset().saturating_add(label.len()))?;
    let contents = source.read_span(&SourceSpan::from((0, 0)), 0, 0).ok()?;
    let file = contents.name().unwrap_or_default().to_owned();
    Some(PolicyPlace { file, label: label.label().map(str::to_owned), start, end })
}

fn position(source: &dyn SourceCode, offset: usize) -> Option<PolicyPosition> {
    let contents = source.read_span(&SourceSpan::from((0, offset)), 0, 0).ok()?;
    let before = String::from_utf8_lossy(contents.data().get(..offset)?).into_owned();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some(PolicyPosition { line, column, offset })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    fn validated(text: &str) -> PolicyValidation {
        PolicyValidation::new(
            "a,b:c%.kdl",
            policy::parse("a,b:c%.kdl", text).err().as_ref().map(|error| error as _),
            Vec::new(),
        )
    }

    #[test]
    fn every_problem_has_its_place_code_and_help() {
        let policy = validated("policy \"é\" {\n    ünknown \"x\"\n    root-container \"OU=a,DC=b\" 1\n}\n");
        let places: Vec<(&str, usize, usize, usize)> = policy
            .problems
            .iter()
            .map(|problem| {
                let start = problem.place.as_ref().unwrap().start;
                (problem.code.as_str(), start.line, start.column, start.offset)
            })
            .collect();
        assert!(places.contains(&("policy::unknown_node", 2, 5, 18)), "{places:?}");
        assert!(policy.problems.iter().all(|problem| !problem.code.is_empty()));
        assert!(!policy.valid);
    }

    #[test]
    fn an_annotation_is_one_line_whatever_a_name_holds() {
        let policy = validated("policy \"x\" {\n    unknown\u{1b}node\n}\n");
        let lines = policy.annotations();
        assert_eq!(lines.lines().count(), policy.problems.len());
        for line in lines.lines() {
            assert!(line.starts_with("::error file=a%2Cb%3Ac%25.kdl,line="), "{line}");
            assert!(!line.contains('\u{1b}'), "{line}");
        }
        assert_eq!(data("a%\nb\rc"), "a%25%0Ab\\rc");
    }
}

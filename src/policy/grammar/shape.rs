//! Holds a text against the grammar: names, numbers and types of what stands where, and nothing of what it means.

use std::collections::BTreeMap;

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::{closest, quote};
use super::super::syntax::{Content, Node, Property, Value, name_before_a_secret};
use super::super::variable::{Use, Variables};
use super::super::{Span, Spanned};
use super::rule::{Block, Kind, Repeats, Rule};
use crate::model::fold;

/// Checks the nodes of a policy's file and marks the unsound ones. What is missing in the block of the policy may come from
/// shared parts: [`check_required`] looks at that.
pub(in crate::policy) fn check_document(
    nodes: &mut [Node],
    variables: &mut Variables<'_>,
    problems: &mut Problems,
) {
    check_file(nodes, &super::file(), 0, &mut Check { variables, problems });
}

/// Checks the nodes of a file that policies include, whose text begins at this byte.
pub(in crate::policy) fn check_shared(
    nodes: &mut [Node],
    start: usize,
    variables: &mut Variables<'_>,
    problems: &mut Problems,
) {
    check_file(nodes, &super::shared_file(), start, &mut Check { variables, problems });
}

fn check_file(nodes: &mut [Node], file: &Rule, start: usize, check: &mut Check<'_, '_>) {
    let scope = Scope { rule: file, root: file, span: Span { start, length: 0 } };
    check_block(nodes, &scope, check);
    check_children(nodes, &scope, check.problems);
}

/// Checks the nodes of a file by itself, of which nothing may be missing, against the rule of such files.
pub(in crate::policy) fn check(
    nodes: &mut [Node],
    file: &Rule,
    variables: &mut Variables<'_>,
    problems: &mut Problems,
) {
    check_file(nodes, file, 0, &mut Check { variables, problems });
    check_required_in(nodes, &Scope { rule: file, root: file, span: Span { start: 0, length: 0 } }, problems);
}

/// Checks that nothing is missing in the blocks of a policy's file.
pub(in crate::policy) fn check_required(nodes: &[Node], problems: &mut Problems) {
    let file = super::file();
    check_required_in(
        nodes,
        &Scope { rule: &file, root: &file, span: Span { start: 0, length: 0 } },
        problems,
    );
}

fn check_required_in(nodes: &[Node], scope: &Scope<'_>, problems: &mut Problems) {
    for node in nodes {
        let rule = scope.rule.children().iter().find(|rule| rule.name == node.name.value);
        let (Some(rule), Some(block)) = (rule.filter(|rule| !rule.children().is_empty()), &node.block) else {
            continue;
        };
        let scope = Scope { rule, root: scope.root, span: node.name.span };
        check_children(block, &scope, problems);
        check_required_in(block, &scope, problems);
    }
}

/// Reports the nodes that a block must have and has not.
fn check_children(nodes: &[Node], scope: &Scope<'_>, problems: &mut Problems) {
    for rule in scope.rule.children().iter().filter(|rule| rule.is_required) {
        if !nodes.iter().any(|node| node.is_meant_as(rule.name)) {
            let problem = Problem::MissingNode { name: rule.name, parent: scope.name(), form: rule.form };
            problems.report(scope.span, problem);
        }
    }
}

/// What a check needs and leaves.
struct Check<'c, 's> {
    variables: &'c mut Variables<'s>,
    problems: &'c mut Problems,
}

/// A block that is being checked.
struct Scope<'r> {
    /// The rule of the node that it belongs to.
    rule: &'r Rule,
    /// The rule of the file.
    root: &'r Rule,
    /// The name of that node.
    span: Span,
}

impl Scope<'_> {
    fn is_file(&self) -> bool {
        std::ptr::eq(self.rule, self.root)
    }

    fn name(&self) -> String {
        if self.is_file() { "the file".to_owned() } else { format!("`{}`", self.rule.name) }
    }
}

fn check_block(nodes: &mut [Node], scope: &Scope<'_>, check: &mut Check<'_, '_>) {
    let mut first_spans: BTreeMap<String, Span> = BTreeMap::new();
    for node in &mut *nodes {
        let Some(rule) = scope.rule.children().iter().find(|rule| rule.name == node.name.value) else {
            node.meant = report_unknown(node, scope, check.problems);
            node.is_sound = false;
            continue;
        };
        check_node(node, rule, scope, check);
        if let Some(Key { key, words }) = key_of(node, rule) {
            if let Some(first) = first_spans.get(&key) {
                let problem = Problem::DuplicateNode { name: words };
                check.problems.report_beside(node.name.span, problem, *first, "here before");
                node.is_sound = false;
            }
            first_spans.entry(key).or_insert(node.name.span);
        }
    }
}

/// What may stand once only.
pub(super) struct Key {
    /// What two have in common that may not stand beside each other.
    pub(super) key: String,
    /// The same for people.
    pub(super) words: String,
}

/// By what a node may not be there twice; none where it may.
pub(super) fn key_of(node: &Node, rule: &Rule) -> Option<Key> {
    let name = rule.name;
    match (rule.repeats, node.text(0)) {
        (Repeats::Freely, _) | (Repeats::ByFirstArgument, None) => None,
        (Repeats::Never, _) => Some(Key { key: name.to_owned(), words: format!("`{name}`") }),
        // Whether JumpCloud tells names apart by case is not documented: such two would overwrite each other.
        (Repeats::ByFirstArgument, Some(first)) => {
            let words = format!("`{name} {}`", quote(first.value));
            Some(Key { key: format!("{name} {}", fold(first.value)), words })
        }
    }
}

/// Gives the name that was meant, if there is a near one.
fn report_unknown(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<&'static str> {
    let name = node.name.value.as_str();
    let is_shared_file = scope.root.children().iter().any(|rule| rule.name == "shared");
    match (name, is_shared_file) {
        ("shared", false) if scope.is_file() => {
            problems.report(node.name.span, Problem::SharedPart);
            return Some("policy");
        }
        ("policy", true) if scope.is_file() => {
            problems.report(node.name.span, Problem::PolicyIncluded);
            return Some("shared");
        }
        ("include", true) => {
            problems.report(node.name.span, Problem::NestedInclude);
            return None;
        }
        _ => {}
    }
    let known = || scope.rule.children().iter().map(|rule| rule.name);
    let bare = name.trim_end_matches(':');
    let exact = scope.rule.children().iter().find(|rule| rule.name == bare);
    let close = closest(bare, known());
    let help = if let Some(rule) = exact {
        format!("KDL has no colons; write it like this: {}", rule.form)
    } else if let Some(parent) = scope.root.parent_of(bare).filter(|parent| *parent != scope.root.name) {
        format!("it belongs into the block of `{parent}`")
    } else if let Some(close) = close {
        format!("did you mean `{close}`?")
    } else {
        format!("known here: {}", known().collect::<Vec<_>>().join(", "))
    };
    // A name that is written with its secret in one word is shown without it. One in quotes may be a secret as a whole.
    let is_quoted = node.name.span.length > name.len();
    let shown = match name_before_a_secret(name) {
        Some(before) => format!("{}:…", quote(before)),
        None if is_quoted && close.is_none() => "…".to_owned(),
        None => quote(name),
    };
    problems.report(node.name.span, Problem::UnknownNode { name: shown, parent: scope.name(), help });
    close
}

fn check_node(node: &mut Node, rule: &Rule, scope: &Scope<'_>, check: &mut Check<'_, '_>) {
    let mut is_sound = true;
    if let Some(annotation) = node.annotation {
        check.problems.report(annotation, Problem::UnexpectedAnnotation { what: format!("`{}`", rule.name) });
        is_sound = false;
    }
    is_sound &= check_arguments(node, rule, check);
    is_sound &= check_properties(node, rule, check);
    match &mut node.block {
        Some(nodes) if !rule.children().is_empty() => {
            check_block(nodes, &Scope { rule, root: scope.root, span: node.name.span }, check);
        }
        Some(_) => {
            check
                .problems
                .report(node.name.span, Problem::UnexpectedBlock { node: rule.name, form: rule.form });
            is_sound = false;
        }
        None if matches!(rule.block, Block::Required(_)) => {
            check.problems.report(node.name.span, Problem::MissingBlock { node: rule.name, form: rule.form });
            is_sound = false;
        }
        None => {}
    }
    node.is_sound &= is_sound;
}

fn check_arguments(node: &mut Node, rule: &Rule, check: &mut Check<'_, '_>) -> bool {
    let wanted = rule.arguments.wanted();
    let mut is_sound = true;
    if node.arguments.len() < rule.arguments.least {
        check
            .problems
            .report(node.name.span, Problem::MissingArgument { node: rule.name, wanted, form: rule.form });
        is_sound = false;
    }
    if let Some(surplus) = node.arguments.get(rule.arguments.most) {
        let help = if surplus.is_bare() && surplus.written.ends_with(':') {
            format!("a property is written with `=` and without spaces; the form is: {}", rule.form)
        } else {
            format!("the form is: {}", rule.form)
        };
        check.problems.report(surplus.span, Problem::UnexpectedArgument { node: rule.name, wanted, help });
        is_sound = false;
    }
    let what = || format!("the argument of `{}`", rule.name);
    for value in node.arguments.iter_mut().take(rule.arguments.most) {
        is_sound &= check_value(value, rule.arguments.kind, &what, rule, check);
    }
    is_sound
}

fn check_properties(node: &mut Node, rule: &Rule, check: &mut Check<'_, '_>) -> bool {
    let mut is_sound = true;
    // The names of open properties are those of AD attributes, which have no case.
    let mut first_spans: BTreeMap<String, Span> = BTreeMap::new();
    let mut meant = Vec::new();
    for Property { name, value } in &mut node.properties {
        let known = rule.properties.iter().find(|known| known.name == name.value);
        let others = || rule.others.filter(|_| !is_misspelt(&name.value, rule));
        let Some(kind) = known.map(|known| known.kind).or_else(others) else {
            meant.extend(report_unknown_property(name, rule, check.problems));
            is_sound = false;
            continue;
        };
        let key = name.value.to_ascii_lowercase();
        if let Some(first) = first_spans.get(&key) {
            let problem =
                Problem::DuplicateProperty { name: quote(&name.value), node: rule.name, form: rule.form };
            check.problems.report_beside(name.span, problem, *first, "here before");
            is_sound = false;
        }
        first_spans.entry(key).or_insert(name.span);
        let what = || format!("the property `{}` of `{}`", quote(&name.value), rule.name);
        is_sound &= check_value(value, kind, &what, rule, check);
    }
    for property in rule.properties.iter().filter(|property| property.is_required) {
        if node.property(property.name).is_none() && !meant.contains(&property.name) {
            let problem = Problem::MissingProperty { name: property.name, node: rule.name, form: rule.form };
            check.problems.report(node.name.span, problem);
            is_sound = false;
        }
    }
    is_sound
}

/// Whether a property of an open node is one slip away from a known one. Taken for an AD attribute, which nobody has,
/// it would turn an exclusion off.
fn is_misspelt(name: &str, rule: &Rule) -> bool {
    name.len() < 16
        && rule
            .properties
            .iter()
            .any(|known| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known.name) <= 1)
}

/// Gives the name that was meant, if there is a near one.
fn report_unknown_property(
    name: &Spanned<String>,
    rule: &Rule,
    problems: &mut Problems,
) -> Option<&'static str> {
    let close = closest(&name.value, rule.properties.iter().map(|property| property.name));
    let help = match close {
        Some(close) => format!("did you mean `{close}`? The form is: {}", rule.form),
        None => format!("the form is: {}", rule.form),
    };
    // Where a secret is due, a name may be a piece of one, as base64 ends in `=`.
    let is_secret = rule.arguments.kind == Kind::Secret && rule.arguments.most > 0;
    let shown = if is_secret { "…".to_owned() } else { quote(&name.value) };
    problems.report(name.span, Problem::UnknownProperty { name: shown, node: rule.name, help });
    close
}

fn check_value(
    value: &mut Value,
    kind: Kind,
    what: &dyn Fn() -> String,
    rule: &Rule,
    check: &mut Check<'_, '_>,
) -> bool {
    if kind == Kind::Text
        && let Some(name) = value.variable()
    {
        match check.variables.put(&name, check.problems) {
            Use::Text(text) => value.become_content(Content::Text(text)),
            Use::Open | Use::Wrong => {
                value.become_content(Content::Null);
                return false;
            }
        }
    }
    let problems = &mut *check.problems;
    let before = problems.count();
    if kind == Kind::Secret {
        check_secret(value, what, rule, problems);
        return problems.count() == before;
    }
    if let Some(annotation) = &value.annotation {
        problems.report(annotation.span, Problem::UnexpectedAnnotation { what: what() });
    }
    let expected = match (kind, &value.content) {
        (Kind::Text | Kind::Written | Kind::WrittenOrNull, Content::Text(text)) => {
            check_text(text, value, what, rule, problems);
            None
        }
        (Kind::Integer, Content::Integer(_))
        | (Kind::Boolean, Content::Boolean(_))
        | (Kind::WrittenOrNull, Content::Null) => None,
        (Kind::WrittenOrNull, _) => Some("a text in quotes, or #null for no value"),
        (Kind::Text | Kind::Written | Kind::Secret, _) => Some("a text in quotes"),
        (Kind::Integer, _) => Some("a whole number"),
        (Kind::Boolean, _) => Some("#true or #false"),
    };
    if let Some(expected) = expected {
        let problem =
            Problem::WrongType { what: what(), expected, found: value.content.kind(), form: rule.form };
        problems.report(value.span, problem);
    }
    problems.count() == before
}

fn check_text(text: &str, value: &Value, what: &dyn Fn() -> String, rule: &Rule, problems: &mut Problems) {
    if text.trim().is_empty() {
        problems.report(value.span, Problem::EmptyValue { what: what(), form: rule.form });
    } else if has_stray_escape(text, &value.written) {
        problems.report(value.span, Problem::StrayEscape { what: what() });
    }
}

/// Whether escapes made control characters or white space. No name, path or pattern has use for them, and they are how
/// a backslash that should have been doubled goes unnoticed: `"CORP\nora"`, `"C:\temp"`, `"CORP\sam"`.
fn has_stray_escape(text: &str, written: &str) -> bool {
    let mut is_escaped = false;
    let has_space_escape = written.starts_with('"')
        && written.chars().any(|character| {
            let is_hit = is_escaped && (character == 's' || character.is_whitespace());
            is_escaped = !is_escaped && character == '\\';
            is_hit
        });
    has_space_escape || text.chars().any(char::is_control)
}

/// A secret is never in the text. Nothing of its value goes into the messages.
fn check_secret(value: &Value, what: &dyn Fn() -> String, rule: &Rule, problems: &mut Problems) {
    let Some(annotation) = &value.annotation else {
        problems.report(value.span, Problem::LiteralSecret { what: what() });
        return;
    };
    match (annotation.value.as_str(), &value.content) {
        ("var", _) => problems.report(value.span, Problem::VariableSecret { what: what() }),
        ("env" | "file" | "command", Content::Text(text)) if text.trim().is_empty() => {
            problems.report(value.span, Problem::EmptyValue { what: what(), form: rule.form });
        }
        // No environment variable has such a name, but many a password.
        ("env", Content::Text(text)) if text.contains('=') => {
            problems.report(value.span, Problem::LiteralSecret { what: what() });
        }
        ("env" | "file", Content::Text(text)) if has_stray_escape(text, &value.written) => {
            problems.report(value.span, Problem::StrayEscape { what: what() });
        }
        ("env" | "file" | "command", Content::Text(_)) => {}
        ("env" | "file" | "command", content) => {
            let problem = Problem::WrongType {
                what: what(),
                expected: "a text in quotes",
                found: content.kind(),
                form: rule.form,
            };
            problems.report(value.span, problem);
        }
        _ => problems.report(annotation.span, Problem::UnknownSecretForm { what: what() }),
    }
}

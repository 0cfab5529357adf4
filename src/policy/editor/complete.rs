//! What can stand at a place.

use super::super::Span;
use super::super::grammar::{Kind, PropertyRule, Repeats, Rule};
use super::context::{Context, Spot};

/// Something that can stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it is called.
    pub label: String,
    /// What is written in the place of [`Completion::replaced`].
    pub text: String,
    /// What is there already; empty where nothing is.
    pub replaced: Span,
    /// What it is.
    pub kind: CompletionKind,
    /// What it says, for people.
    pub doc: String,
}

/// What can be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A node.
    Node,
    /// A property.
    Property,
    /// A value.
    Value,
}

/// All that can stand at this byte.
pub fn completions(text: &str, at: usize) -> Vec<Completion> {
    let context = Context::at(text, at);
    let place = |span: Option<Span>| span.unwrap_or(Span { start: at, length: 0 });
    match &context.spot {
        Spot::Name(span) => nodes(&context, place(*span)),
        Spot::Argument { index, span } => {
            let Some(rule) = context.node_rule() else {
                return Vec::new();
            };
            let mut found = Vec::new();
            if *index == 0 {
                found.extend(choices(rule.arguments.choices, rule.doc, place(*span)));
            }
            if *index < rule.arguments.most {
                found.extend(typed(rule.arguments.kind, rule.doc, place(*span)));
            }
            found.extend(properties(&rule, &context.properties, place(*span)));
            found
        }
        Spot::Property(span) => {
            let rule = context.node_rule();
            let named = rule.map(|rule| properties(&rule, &context.properties, *span)).unwrap_or_default();
            // The `=` is there already.
            named.into_iter().map(|one| Completion { text: one.label.clone(), ..one }).collect()
        }
        Spot::Value { property, span } => {
            let rule = context.node_rule();
            let property = rule.and_then(|rule| rule.properties.into_iter().find(|one| one.name == property));
            property.map(|property| values(&property, place(*span))).unwrap_or_default()
        }
        Spot::Nothing => Vec::new(),
    }
}

/// The nodes that the block may have, and has not.
fn nodes(context: &Context, replaced: Span) -> Vec<Completion> {
    let Some(block) = context.block_rule() else { return Vec::new() };
    let rules = block.into_children().into_iter();
    let is_free = |rule: &Rule| {
        rule.repeats != Repeats::Never || !context.siblings.iter().any(|name| name == rule.name)
    };
    let completion = |rule: Rule| Completion {
        label: rule.name.to_owned(),
        text: written(&rule),
        replaced,
        kind: CompletionKind::Node,
        doc: rule.doc.to_owned(),
    };
    rules.filter(is_free).map(completion).collect()
}

/// A node as it is written for a start: its form, where that is its own, with its braces open.
fn written(rule: &Rule) -> String {
    if !rule.form.starts_with(rule.name) {
        return format!("{} \"\"", rule.name);
    }
    rule.form.replace("{ … }", "{\n}")
}

fn properties(rule: &Rule, others: &[String], replaced: Span) -> Vec<Completion> {
    let free = rule.properties.iter().filter(|property| !others.iter().any(|name| name == property.name));
    let completion = |property: &PropertyRule| {
        let value = match (property.kind, property.choices.first()) {
            (_, Some(first)) => format!("\"{first}\""),
            (Kind::Text | Kind::Written | Kind::WrittenOrNull, None) => "\"\"".to_owned(),
            (Kind::Boolean, None) => "#true".to_owned(),
            (Kind::Secret, None) => "(env)\"\"".to_owned(),
            (Kind::Integer, None) => String::new(),
        };
        Completion {
            label: property.name.to_owned(),
            text: format!("{}={value}", property.name),
            replaced,
            kind: CompletionKind::Property,
            doc: property.doc.to_owned(),
        }
    };
    free.map(completion).collect()
}

fn values(property: &PropertyRule, replaced: Span) -> Vec<Completion> {
    let mut found = choices(property.choices, property.doc, replaced);
    found.extend(typed(property.kind, property.doc, replaced));
    found
}

/// The values of a closed list.
fn choices(choices: &[&str], doc: &str, replaced: Span) -> Vec<Completion> {
    choices.iter().map(|choice| value(&format!("\"{choice}\""), doc, replaced)).collect()
}

/// The forms that values of a kind have.
fn typed(kind: Kind, doc: &str, replaced: Span) -> Vec<Completion> {
    let forms: &[&str] = match kind {
        Kind::Boolean => &["#true", "#false"],
        Kind::Secret => &["(env)\"\"", "(file)\"\"", "(command)\"\""],
        Kind::Text | Kind::Written | Kind::WrittenOrNull | Kind::Integer => &[],
    };
    forms.iter().map(|form| value(form, doc, replaced)).collect()
}

fn value(written: &str, doc: &str, replaced: Span) -> Completion {
    Completion {
        label: written.to_owned(),
        text: written.to_owned(),
        replaced,
        kind: CompletionKind::Value,
        doc: doc.to_owned(),
    }
}

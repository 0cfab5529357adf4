//! What stands at a place.

use super::super::Span;
use super::super::grammar::Rule;
use super::context::{Context, Spot, unquoted};

/// What is to be said of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The name or value that it is said of.
    pub span: Span,
    /// How the node is written.
    pub form: &'static str,
    /// What it says, in sentences.
    pub doc: &'static str,
    /// The values of a closed list.
    pub choices: &'static [&'static str],
}

/// What the grammar says of what stands at this byte. Nothing of the text itself is in it.
pub fn hover(text: &str, at: usize) -> Option<Hover> {
    let context = Context::at(text, at);
    let of_node =
        |rule: &Rule, span| Hover { span, form: rule.form, doc: rule.doc, choices: rule.arguments.choices };
    match &context.spot {
        Spot::Name(Some(span)) => Some(of_node(&context.rule_of(unquoted(span.slice(text)))?, *span)),
        Spot::Argument { span: Some(span), .. } => Some(of_node(&context.node_rule()?, *span)),
        Spot::Property(span) => property(&context.node_rule()?, span.slice(text), *span),
        Spot::Value { property: name, span: Some(span) } => property(&context.node_rule()?, name, *span),
        Spot::Name(None)
        | Spot::Argument { span: None, .. }
        | Spot::Value { span: None, .. }
        | Spot::Nothing => None,
    }
}

fn property(rule: &Rule, name: &str, span: Span) -> Option<Hover> {
    let property = rule.properties.iter().find(|property| property.name == name)?;
    Some(Hover { span, form: rule.form, doc: property.doc, choices: property.choices })
}

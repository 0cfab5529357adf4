//! The property `template` of mappings.

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::{closest, quote};
use super::super::syntax::Value;
use super::super::template::{Parsed, SlipKind, Template, parse};
use super::super::{Span, Spanned};
use super::value::read_attribute;

/// Reads a template, with each problem at its place in the text.
pub(super) fn read_template(value: &Value, problems: &mut Problems) -> Option<Template> {
    let text = value.text()?.value;
    let before = problems.count();
    let Parsed { template, names, slips } = parse(text);
    let place = |start: usize, length: usize| place_in(value, text, start, length);
    for (start, name) in &names {
        read_attribute(&Spanned::new(*name, place(*start, name.len())), problems);
    }
    for slip in &slips {
        problems.report(place(slip.start, slip.length), problem(slip.kind));
    }
    if names.is_empty() && slips.is_empty() {
        problems.report(value.span, Problem::NoPlaceholder);
    }
    (problems.count() == before).then_some(template)
}

/// The place of a part of a text. A text that is written with escapes has no places of its own.
fn place_in(value: &Value, text: &str, start: usize, length: usize) -> Span {
    match value.written.find(text) {
        Some(found) => Span { start: value.span.start + found + start, length },
        None => value.span,
    }
}

fn problem(kind: SlipKind<'_>) -> Problem {
    match kind {
        SlipKind::Unclosed => {
            Problem::TemplateBrace { problem: "a brace is opened and not closed", brace: "{{" }
        }
        SlipKind::Unopened => {
            Problem::TemplateBrace { problem: "a brace is closed and was not opened", brace: "}}" }
        }
        SlipKind::NoName => Problem::EmptyPlaceholder,
        SlipKind::UnknownFilter(name) => {
            let known = SlipKind::FILTERS;
            let help = match closest(name, known.into_iter()) {
                Some(close) => format!("did you mean `{close}`? There are {}", known.join(", ")),
                None => format!("there are {}", known.join(", ")),
            };
            Problem::UnknownFilter { name: quote(name), help }
        }
        SlipKind::Arguments(name, form) => Problem::FilterArguments { name: quote(name), form },
    }
}

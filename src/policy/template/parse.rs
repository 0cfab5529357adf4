//! The text of a template → its parts.
//!
//! `{` and `}` enclose a placeholder: the name of an attribute, then filters, each behind a `|`, with their arguments
//! behind a `:`. `{{` and `}}` are the braces themselves. An argument goes on to the next `|` or `}`; only the first one
//! of `replace` ends at a `:`.

use super::filter::Filter;
use super::{Part, Template};
use crate::model::AttributeName;

/// What a text holds, and what is wrong with it.
#[derive(Debug)]
pub(in crate::policy) struct Parsed<'t> {
    /// The template, without what is wrong.
    pub(in crate::policy) template: Template,
    /// The names of attributes as written, with the byte at which each begins.
    pub(in crate::policy) names: Vec<(usize, &'t str)>,
    /// What is wrong, in the order of the text.
    pub(in crate::policy) slips: Vec<Slip<'t>>,
}

/// One thing that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::policy) struct Slip<'t> {
    /// The byte at which it begins.
    pub(in crate::policy) start: usize,
    /// How many bytes it has, at least 1.
    pub(in crate::policy) length: usize,
    /// What it is.
    pub(in crate::policy) kind: SlipKind<'t>,
}

/// What can be wrong with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum SlipKind<'t> {
    /// A `{` without its `}`.
    Unclosed,
    /// A `}` without its `{`.
    Unopened,
    /// Nothing, where the name of an attribute should be.
    NoName,
    /// A filter that nobody knows.
    UnknownFilter(&'t str),
    /// A filter without the arguments that it needs, or with some that it does not take: the form that it has.
    Arguments(&'t str, &'static str),
}

impl SlipKind<'_> {
    /// The filters that there are.
    pub(in crate::policy) const FILTERS: [&'static str; 7] = Filter::NAMES;
}

/// Reads a template.
pub(in crate::policy) fn parse(text: &str) -> Parsed<'_> {
    let mut parser =
        Parser { parts: Vec::new(), literal: String::new(), names: Vec::new(), slips: Vec::new() };
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let mut at = 0;
    while let Some(found) = rest(at).find(['{', '}']) {
        let brace = at + found;
        parser.literal.push_str(text.get(at..brace).unwrap_or_default());
        at = brace + 1;
        let is_open = rest(brace).starts_with('{');
        if rest(at).starts_with(if is_open { '{' } else { '}' }) {
            parser.literal.push(if is_open { '{' } else { '}' });
            at += 1;
        } else if !is_open {
            parser.slip(brace, 1, SlipKind::Unopened);
        } else if let Some((inner, _)) = rest(at).split_once('}').filter(|(inner, _)| !inner.contains('{')) {
            parser.placeholder(at, inner);
            at += inner.len() + 1;
        } else {
            parser.slip(brace, 1, SlipKind::Unclosed);
        }
    }
    parser.literal.push_str(rest(at));
    parser.end_literal();
    let Parser { parts, names, slips, .. } = parser;
    Parsed { template: Template { parts }, names, slips }
}

struct Parser<'t> {
    parts: Vec<Part>,
    literal: String,
    names: Vec<(usize, &'t str)>,
    slips: Vec<Slip<'t>>,
}

impl<'t> Parser<'t> {
    fn slip(&mut self, start: usize, length: usize, kind: SlipKind<'t>) {
        self.slips.push(Slip { start, length, kind });
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal)));
        }
    }

    /// What stands between two braces, the first of which is the byte before `start`.
    fn placeholder(&mut self, start: usize, inner: &'t str) {
        self.end_literal();
        let mut pieces = inner.split('|');
        let name = pieces.next().unwrap_or_default();
        if name.is_empty() {
            self.slip(start - 1, inner.len() + 2, SlipKind::NoName);
        } else {
            self.names.push((start, name));
        }
        let mut filters = Vec::new();
        let mut at = start + name.len();
        for piece in pieces {
            match filter(piece) {
                Ok(filter) => filters.push(filter),
                Err(kind) => self.slip(at, piece.len() + 1, kind),
            }
            at += piece.len() + 1;
        }
        self.parts.push(Part::Placeholder { attribute: AttributeName::new(name), filters });
    }
}

fn filter(piece: &str) -> Result<Filter, SlipKind<'_>> {
    let (name, argument) = piece.split_once(':').map_or((piece, None), |(name, rest)| (name, Some(rest)));
    let one = |form| {
        argument.filter(|text| !text.is_empty()).map(str::to_owned).ok_or(SlipKind::Arguments(name, form))
    };
    let none =
        |filter, form| if argument.is_none() { Ok(filter) } else { Err(SlipKind::Arguments(name, form)) };
    match name {
        "lower" => none(Filter::Lower, "lower"),
        "upper" => none(Filter::Upper, "upper"),
        "trim" => none(Filter::Trim, "trim"),
        "before" => one("before:@").map(Filter::Before),
        "after" => one("after:@").map(Filter::After),
        "default" => one("default:none").map(Filter::Default),
        "replace" => argument
            .and_then(|argument| argument.split_once(':'))
            .filter(|(from, _)| !from.is_empty())
            .map(|(from, to)| Filter::Replace(from.to_owned(), to.to_owned()))
            .ok_or(SlipKind::Arguments(name, "replace:this:that")),
        _ => Err(SlipKind::UnknownFilter(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_at_their_place() {
        for (text, expected) in [
            ("{sn", vec![("{", SlipKind::Unclosed)]),
            ("sn}", vec![("}", SlipKind::Unopened)]),
            ("{a{sn}", vec![("{", SlipKind::Unclosed)]),
            ("é{}", vec![("{}", SlipKind::NoName)]),
            ("{|lower}", vec![("{|lower}", SlipKind::NoName)]),
            ("{sn|lowr}", vec![("|lowr", SlipKind::UnknownFilter("lowr"))]),
            ("{sn|}", vec![("|", SlipKind::UnknownFilter(""))]),
            ("{sn|lower:x}", vec![("|lower:x", SlipKind::Arguments("lower", "lower"))]),
            ("{sn|before}", vec![("|before", SlipKind::Arguments("before", "before:@"))]),
            ("{sn|after:}", vec![("|after:", SlipKind::Arguments("after", "after:@"))]),
            ("{sn|replace:a}", vec![("|replace:a", SlipKind::Arguments("replace", "replace:this:that"))]),
            ("{sn|replace::b}", vec![("|replace::b", SlipKind::Arguments("replace", "replace:this:that"))]),
            ("{sn|default:}", vec![("|default:", SlipKind::Arguments("default", "default:none"))]),
            (
                "{sn|x|upper|y}} {",
                vec![
                    ("|x", SlipKind::UnknownFilter("x")),
                    ("|y", SlipKind::UnknownFilter("y")),
                    ("}", SlipKind::Unopened),
                    ("{", SlipKind::Unclosed),
                ],
            ),
        ] {
            let slips = parse(text).slips;
            let slips: Vec<_> =
                slips.iter().map(|slip| (&text[slip.start..slip.start + slip.length], slip.kind)).collect();
            assert_eq!(slips, expected, "{text}");
        }
    }

    #[test]
    fn names_are_told_at_their_place() {
        assert_eq!(parse("ä{givenName} {{{sn|lower}").names, [(3, "givenName"), (17, "sn")]);
        assert!(parse("no {{placeholder}}").names.is_empty());
    }
}

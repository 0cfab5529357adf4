//! Text to nodes: the guard in front of the parser, the parser, and what is said about syntax errors.

#[cfg(test)]
mod agreement;
mod character;
mod layout;
#[cfg(test)]
mod layouts;
mod mask;
mod secret;
mod slip;
mod structure;
mod token;
mod tree;

use kdl::KdlDocument;

pub(super) use layout::{lay_out, substance};
pub(super) use mask::mask;
pub(in crate::policy) use secret::name_before_a_secret;
pub(in crate::policy) use token::{Kind, Token, tokens_of};
pub(super) use tree::{Content, Node, Property, Value};

use super::Span;
use super::error::Problems;
use super::problem::Problem;

/// Most bytes of a policy.
const MOST_BYTES: usize = 1024 * 1024;

/// The nodes of a text; nothing when a problem was reported.
pub(super) fn read_nodes(text: &str, problems: &mut Problems) -> Option<Vec<Node>> {
    if text.len() > MOST_BYTES {
        let problem = Problem::TooLarge { bytes: text.len(), most: MOST_BYTES };
        problems.report(Span { start: 0, length: 0 }, problem);
        return None;
    }
    structure::check_structure(&tokens_of(text), text, problems);
    if !problems.is_empty() {
        return None;
    }
    match KdlDocument::parse(text) {
        Ok(document) => Some(tree::nodes_of(&document, text)),
        Err(error) => {
            for diagnostic in error.diagnostics {
                let message = diagnostic.message.unwrap_or_default();
                let problem = Problem::Syntax { message, help: diagnostic.help };
                let start = diagnostic.span.offset().min(text.len());
                let end = start.saturating_add(diagnostic.span.len()).min(text.len());
                problems.report(Span::between(start, end), problem);
            }
            None
        }
    }
}

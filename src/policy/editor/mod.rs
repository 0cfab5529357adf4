//! What an editor asks about a place in a policy: what can stand there, what stands there, where it leads.
//!
//! A text that is being written is no policy most of the time, and often no KDL. So all of this goes by the tokens, and by
//! the table that the parser goes by.

mod complete;
mod context;
mod hover;

pub use complete::{Completion, CompletionKind, completions};
pub use hover::{Hover, hover};

use super::Span;
use context::{Context, Spot, unquoted};

/// The file that the text at this byte includes, as the text writes it, and where.
pub fn included_at(text: &str, at: usize) -> Option<(Span, String)> {
    let context = Context::at(text, at);
    let is_include = context.path == ["policy"] && context.node.as_deref() == Some("include");
    let Spot::Argument { index: 0, span: Some(span) } = context.spot else { return None };
    let written = unquoted(span.slice(text));
    (is_include && !written.is_empty()).then(|| (span, written.to_owned()))
}

/// Whether the text is a policy or a shared part, or is to become one: KDL is for other files too.
pub fn is_ours(text: &str) -> bool {
    let names = context::outermost_names(text);
    let is_near = |name: &String| super::nearest(name, ["policy", "shared"].into_iter()).is_some();
    names.is_empty() || names.iter().any(is_near)
}

/// Whether the text is a part that policies include, by its first node.
pub fn is_shared_part(text: &str) -> bool {
    context::first_name(text).as_deref() == Some("shared")
}

#[cfg(test)]
mod tests;

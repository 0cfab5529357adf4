//! A policy in the one layout.
//!
//! Four spaces a level, one node a line, at most one empty line in a row, none at the ends of the text and in front of a
//! closing brace; comments behind consecutive lines stand in a column. Every line ends as the first one does, with a line feed or
//! as Windows has it, and there is no byte order mark. A line that a backslash continues stays continued. Names, values and
//! comments stay as they are written: quotes and escapes decide what a diagnostic can say, so a layout that took them away
//! would hide mistakes.

use super::error::{File, PolicyErrors, Problems};
use super::syntax::{self, Content, Node, Value};

/// Why a text was not laid out.
#[derive(Debug, Clone, thiserror::Error, miette::Diagnostic)]
pub enum FormatError {
    /// It is no KDL.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Syntax(Box<PolicyErrors>),
    /// Its layout would say something else.
    #[error("{file}: its layout would say something else than the text does, so it stays as it is")]
    #[diagnostic(
        code(policy::unfaithful_layout),
        help("this is an error of adjunct: please report it, with the policy")
    )]
    Unfaithful {
        /// What the text is called.
        file: String,
    },
}

/// The text in the one layout, whatever it means. `file_name` is what the diagnostics call the text.
///
/// # Errors
/// When the text is no KDL, and when its layout would not say the same.
pub fn format(file_name: &str, text: &str) -> Result<String, FormatError> {
    let mut problems = Problems::default();
    let Some(nodes) = syntax::read_nodes(text, &mut problems) else {
        let errors = problems.into_errors(file_name, vec![File::alone(file_name, text)]);
        return Err(FormatError::Syntax(Box::new(errors)));
    };
    let mut formatted = syntax::lay_out(text);
    let first_end = text.find('\n').and_then(|end| text.get(..end));
    if first_end.is_some_and(|line| line.ends_with('\r')) {
        formatted = formatted.replace('\n', "\r\n");
    }
    let is_faithful = syntax::substance(text) == syntax::substance(&formatted)
        && syntax::read_nodes(&formatted, &mut problems).is_some_and(|laid_out| are_same(&nodes, &laid_out));
    if is_faithful { Ok(formatted) } else { Err(FormatError::Unfaithful { file: file_name.to_owned() }) }
}

/// The text as it may be shown: an asterisk for each byte of what is a secret, or may be one, a question mark for each of what
/// a terminal would obey. Every byte is at its place.
pub fn masked(text: &str) -> String {
    syntax::mask(text)
}

/// Whether nodes say the same, wherever they stand.
fn are_same(some: &[Node], others: &[Node]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| is_same_node(one, other))
}

fn is_same_node(one: &Node, other: &Node) -> bool {
    let blocks = match (&one.block, &other.block) {
        (None, None) => true,
        (Some(one), Some(other)) => are_same(one, other),
        (Some(_), None) | (None, Some(_)) => false,
    };
    let properties = one.properties.iter().zip(&other.properties);
    blocks
        && one.name.value == other.name.value
        && one.annotation.is_some() == other.annotation.is_some()
        && one.arguments.len() == other.arguments.len()
        && one.properties.len() == other.properties.len()
        && one.arguments.iter().zip(&other.arguments).all(|(one, other)| is_same_value(one, other))
        && properties
            .into_iter()
            .all(|(one, other)| one.name.value == other.name.value && is_same_value(&one.value, &other.value))
}

fn is_same_value(one: &Value, other: &Value) -> bool {
    let annotation = |value: &Value| value.annotation.as_ref().map(|annotation| annotation.value.clone());
    let contents = match (&one.content, &other.content) {
        // Its digits are compared as they are written: it may be no number that equals itself.
        (Content::Fraction, Content::Fraction) => one.written == other.written,
        (content, other) => content == other,
    };
    contents && annotation(one) == annotation(other)
}

//! KDL as the rest of this module sees it: nodes, arguments and properties with their places and without the
//! parser's types.

use kdl::{KdlDocument, KdlEntry, KdlIdentifier, KdlNode, KdlValue};

use std::sync::Arc;

use super::super::{Line, Span, Spanned};

/// One node.
#[derive(Debug)]
pub(in crate::policy) struct Node {
    /// Its name.
    pub(in crate::policy) name: Spanned<String>,
    /// Where its type annotation stands, if it has one.
    pub(in crate::policy) annotation: Option<Span>,
    /// Its arguments, in order.
    pub(in crate::policy) arguments: Vec<Value>,
    /// Its properties, in order, each as often as it is written.
    pub(in crate::policy) properties: Vec<Property>,
    /// The nodes in its braces; none without braces.
    pub(in crate::policy) block: Option<Vec<Node>>,
    /// The line of its name.
    pub(in crate::policy) line: Line,
    /// Whether no problem with its own shape was found. Its block is judged apart.
    pub(in crate::policy) is_sound: bool,
    /// The known name that an unknown one was probably meant to be.
    pub(in crate::policy) meant: Option<&'static str>,
}

/// One property.
#[derive(Debug)]
pub(in crate::policy) struct Property {
    /// Its name.
    pub(in crate::policy) name: Spanned<String>,
    /// Its value.
    pub(in crate::policy) value: Value,
}

/// One value of an argument or property.
#[derive(Debug)]
pub(in crate::policy) struct Value {
    /// What it is.
    pub(in crate::policy) content: Content,
    /// Its type annotation, without the parentheses.
    pub(in crate::policy) annotation: Option<Spanned<String>>,
    /// Where the value stands, without its annotation.
    pub(in crate::policy) span: Span,
    /// How it is written, quotes included.
    pub(in crate::policy) written: String,
}

/// What a value is.
#[derive(Debug, PartialEq)]
pub(in crate::policy) enum Content {
    /// A string.
    Text(String),
    /// A number without a fraction.
    Integer(i128),
    /// Any other number.
    Fraction,
    /// `#true` or `#false`.
    Boolean(bool),
    /// `#null`.
    Null,
}

impl Node {
    /// Moves it to a file whose text begins at this byte.
    pub(in crate::policy) fn move_to(&mut self, file: &Arc<str>, start: usize) {
        let shift = |span: &mut Span| span.start += start;
        self.line.file = Some(Arc::clone(file));
        shift(&mut self.name.span);
        self.annotation.iter_mut().for_each(shift);
        for property in &mut self.properties {
            shift(&mut property.name.span);
        }
        let of_properties = self.properties.iter_mut().map(|property| &mut property.value);
        for value in self.arguments.iter_mut().chain(of_properties) {
            shift(&mut value.span);
            value.annotation.iter_mut().for_each(|annotation| shift(&mut annotation.span));
        }
        self.block.iter_mut().flatten().for_each(|node| node.move_to(file, start));
    }

    /// The sound node of this name in the block.
    pub(in crate::policy) fn child(&self, name: &str) -> Option<&Self> {
        self.children().find(|child| child.is_sound && child.name.value == name)
    }

    /// The first node of this name that has a block, sound or not: what is in the block is judged apart.
    pub(in crate::policy) fn child_block(&self, name: &str) -> Option<&Self> {
        self.children().find(|child| child.block.is_some() && child.name.value == name)
    }

    /// Whether the block has a node of this name, sound or not, or one that was meant to have it.
    pub(in crate::policy) fn has_child(&self, name: &str) -> bool {
        self.children().any(|child| child.is_meant_as(name))
    }

    /// Whether this is the node of this name, or was probably meant to be.
    pub(in crate::policy) fn is_meant_as(&self, name: &str) -> bool {
        self.name.value == name || self.meant == Some(name)
    }

    /// All nodes of the block.
    pub(in crate::policy) fn children(&self) -> impl Iterator<Item = &Self> {
        self.block.iter().flatten()
    }

    /// The argument at this index, when it is a text.
    pub(in crate::policy) fn text(&self, index: usize) -> Option<Spanned<&str>> {
        self.arguments.get(index)?.text()
    }

    /// The property of this name.
    pub(in crate::policy) fn property(&self, name: &str) -> Option<&Value> {
        self.properties.iter().find(|property| property.name.value == name).map(|property| &property.value)
    }

    /// The property of this name, when it is a text.
    pub(in crate::policy) fn property_text(&self, name: &str) -> Option<Spanned<&str>> {
        self.property(name)?.text()
    }
}

impl Value {
    /// The text, when it is one.
    pub(in crate::policy) fn text(&self) -> Option<Spanned<&str>> {
        match &self.content {
            Content::Text(text) => Some(Spanned::new(text, self.span)),
            Content::Integer(_) | Content::Fraction | Content::Boolean(_) | Content::Null => None,
        }
    }

    /// The name of the variable that it is.
    pub(in crate::policy) fn variable(&self) -> Option<Spanned<&str>> {
        self.text().filter(|_| self.annotation.as_ref().is_some_and(|annotation| annotation.value == "var"))
    }

    /// Takes the value of the variable that it is. Where it stands, and how that is written, stays.
    pub(in crate::policy) fn become_content(&mut self, content: Content) {
        self.content = content;
        self.annotation = None;
    }

    /// Whether it is a text without quotes.
    pub(in crate::policy) fn is_bare(&self) -> bool {
        matches!(self.content, Content::Text(_)) && !self.written.starts_with(['"', '#'])
    }
}

impl Content {
    /// What it is, in words.
    pub(in crate::policy) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a number",
            Self::Fraction => "a decimal number",
            Self::Boolean(_) => "#true or #false",
            Self::Null => "#null",
        }
    }
}

/// The nodes of a parsed document.
pub(super) fn nodes_of(document: &KdlDocument, text: &str) -> Vec<Node> {
    let line_ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    convert_nodes(document, text, &line_ends)
}

fn convert_nodes(document: &KdlDocument, text: &str, line_ends: &[usize]) -> Vec<Node> {
    document.nodes().iter().map(|node| convert_node(node, text, line_ends)).collect()
}

fn convert_node(node: &KdlNode, text: &str, line_ends: &[usize]) -> Node {
    let name = convert_identifier(node.name());
    let line = Line::of_policy(line_ends.partition_point(|end| *end < name.span.start) + 1);
    let mut arguments = Vec::new();
    let mut properties = Vec::new();
    for entry in node.entries() {
        let value = convert_value(entry, text);
        match entry.name() {
            Some(name) => properties.push(Property { name: convert_identifier(name), value }),
            None => arguments.push(value),
        }
    }
    Node {
        name,
        annotation: node.ty().map(|annotation| span_of(annotation.span())),
        arguments,
        properties,
        block: node.children().map(|block| convert_nodes(block, text, line_ends)),
        line,
        is_sound: true,
        meant: None,
    }
}

fn convert_identifier(identifier: &KdlIdentifier) -> Spanned<String> {
    Spanned::new(identifier.value().to_owned(), span_of(identifier.span()))
}

fn convert_value(entry: &KdlEntry, text: &str) -> Value {
    let entry_span = span_of(entry.span());
    // The span of an entry takes in its name and its annotation; the value is what it ends with.
    let written = entry.format().map(|format| format.value_repr.clone()).unwrap_or_default();
    let own_span = Span::between(entry_span.end().saturating_sub(written.len()), entry_span.end());
    let span = if own_span.slice(text) == written { own_span } else { entry_span };
    let content = match entry.value() {
        KdlValue::String(text) => Content::Text(text.clone()),
        KdlValue::Integer(number) => Content::Integer(*number),
        KdlValue::Float(_) => Content::Fraction,
        KdlValue::Bool(value) => Content::Boolean(*value),
        KdlValue::Null => Content::Null,
    };
    Value { content, annotation: entry.ty().map(convert_identifier), span, written }
}

/// The place that the parser gives, which counts bytes.
fn span_of(span: miette::SourceSpan) -> Span {
    Span { start: span.offset(), length: span.len() }
}

//! Where in the grammar a byte of a text is.

use super::super::Span;
use super::super::grammar::{Rule, file, shared_file};
use super::super::syntax::{Kind, Token, tokens_of};

/// Where a byte of a text is.
#[derive(Debug)]
pub(super) struct Context {
    /// The names of the nodes in whose blocks it is, from the outside.
    pub(super) path: Vec<String>,
    /// The node that it is in, if any.
    pub(super) node: Option<String>,
    /// What stands there.
    pub(super) spot: Spot,
    /// The other nodes of the block.
    pub(super) siblings: Vec<String>,
    /// The other properties of the node.
    pub(super) properties: Vec<String>,
}

/// What stands at a place; the span is of what is written there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// The name of a node.
    Name(Option<Span>),
    /// An argument, or the name of a property.
    Argument { index: usize, span: Option<Span> },
    /// The name of a property.
    Property(Span),
    /// The value of a property.
    Value { property: String, span: Option<Span> },
    /// A comment, or anything else that nobody completes.
    Nothing,
}

/// A node of the text.
#[derive(Debug, Default)]
struct Seen {
    name: String,
    block: usize,
    properties: Vec<String>,
    arguments: usize,
}

impl Context {
    /// Of the byte at `at`; one behind a word belongs to it.
    pub(super) fn at(text: &str, at: usize) -> Self {
        let tokens = tokens_of(text);
        let mut reader = Reader::default();
        let mut found = None;
        for (position, token) in tokens.iter().enumerate() {
            if found.is_none() && token.span.end() >= at && !(token.span.end() == at && ends(token.kind)) {
                found = Some((reader.spot(&tokens, position, at), reader.blocks.clone(), reader.node));
            }
            reader.read(text, &tokens, position);
        }
        let (spot, blocks, node) =
            found.unwrap_or_else(|| (reader.spot_behind(), reader.blocks.clone(), reader.node));
        let name = |at: &usize| reader.nodes.get(*at).map(|node| node.name.clone());
        let block = blocks.last().map_or(0, |parent| parent + 1);
        // A name that is being written is no sibling of itself: it became the first node from there on.
        let own = match (&spot, node) {
            (Spot::Name(Some(span)), _) => reader.starts.iter().position(|start| *start == span.start),
            (_, node) => node,
        };
        let siblings = reader.nodes.iter().enumerate();
        let siblings = siblings.filter(|(at, node)| node.block == block && Some(*at) != own);
        let node = node.and_then(|at| reader.nodes.get(at));
        let written = match &spot {
            Spot::Property(span) => Some(span.slice(text).to_owned()),
            Spot::Value { property, .. } => Some(property.clone()),
            Spot::Name(_) | Spot::Argument { .. } | Spot::Nothing => None,
        };
        let properties = node.map(|node| node.properties.clone()).unwrap_or_default();
        Self {
            path: blocks.iter().filter_map(name).collect(),
            node: node.map(|node| node.name.clone()),
            spot,
            siblings: siblings.map(|(_, node)| node.name.clone()).collect(),
            properties: properties.into_iter().filter(|name| Some(name) != written.as_ref()).collect(),
        }
    }

    /// The rule of the block that it is in.
    pub(super) fn block_rule(&self) -> Option<Rule> {
        let files = [file(), shared_file()];
        let Some((first, rest)) = self.path.split_first() else {
            // Between the nodes of a file, which is of either kind.
            let children = files.into_iter().flat_map(Rule::into_children).collect();
            return Some(Rule::new("file", "", "A file.").block(children));
        };
        let mut rule = files.into_iter().flat_map(Rule::into_children).find(|rule| rule.name == first)?;
        for name in rest {
            rule = rule.into_children().into_iter().find(|child| child.name == name)?;
        }
        Some(rule)
    }

    /// The rule of the node that it is in.
    pub(super) fn node_rule(&self) -> Option<Rule> {
        self.rule_of(self.node.as_deref()?)
    }

    /// The rule of a node of the block.
    pub(super) fn rule_of(&self, name: &str) -> Option<Rule> {
        self.block_rule()?.into_children().into_iter().find(|rule| rule.name == name)
    }
}

/// The names of the outermost nodes of a text.
pub(super) fn outermost_names(text: &str) -> Vec<String> {
    let tokens = tokens_of(text);
    let mut reader = Reader::default();
    (0..tokens.len()).for_each(|position| reader.read(text, &tokens, position));
    reader.nodes.into_iter().filter(|node| node.block == 0).map(|node| node.name).collect()
}

/// The name of the first node of a text.
pub(super) fn first_name(text: &str) -> Option<String> {
    let tokens = tokens_of(text);
    tokens.iter().find(|token| is_word(token.kind)).map(|token| plain(token, text))
}

#[derive(Default)]
struct Reader {
    nodes: Vec<Seen>,
    /// Where the names of the nodes begin.
    starts: Vec<usize>,
    /// The nodes whose blocks are open.
    blocks: Vec<usize>,
    /// The node at hand.
    node: Option<usize>,
    /// The property whose value comes.
    property: Option<String>,
}

impl Reader {
    fn read(&mut self, text: &str, tokens: &[Token], position: usize) {
        let Some(token) = tokens.get(position) else { return };
        if matches!(token.kind, Kind::Newline | Kind::Semicolon | Kind::OpenBrace | Kind::CloseBrace) {
            if token.kind == Kind::OpenBrace {
                self.blocks.extend(self.node);
            } else if token.kind == Kind::CloseBrace {
                self.blocks.pop();
            }
            self.end_node();
        } else if is_word(token.kind) && !is_annotation(tokens, position) {
            self.read_word(text, tokens, position);
        }
    }

    fn read_word(&mut self, text: &str, tokens: &[Token], position: usize) {
        let Some(token) = tokens.get(position) else { return };
        let name = plain(token, text);
        let Some(node) = self.node.and_then(|node| self.nodes.get_mut(node)) else {
            let block = self.blocks.last().map_or(0, |parent| parent + 1);
            self.node = Some(self.nodes.len());
            self.nodes.push(Seen { name, block, ..Seen::default() });
            self.starts.push(token.span.start);
            return;
        };
        if is_property(tokens, position) {
            node.properties.push(name.clone());
            self.property = Some(name);
        } else if self.property.take().is_none() {
            node.arguments += 1;
        }
    }

    fn end_node(&mut self) {
        self.node = None;
        self.property = None;
    }

    /// What stands in or at a token.
    fn spot(&self, tokens: &[Token], position: usize, at: usize) -> Spot {
        let Some(token) = tokens.get(position) else { return Spot::Nothing };
        if matches!(token.kind, Kind::BlockComment | Kind::LineComment) && token.span.start < at {
            return Spot::Nothing;
        }
        if !is_word(token.kind) || is_annotation(tokens, position) {
            return self.spot_behind();
        }
        match self.spot_behind() {
            Spot::Argument { .. } | Spot::Value { .. } if is_property(tokens, position) => {
                Spot::Property(token.span)
            }
            Spot::Name(_) => Spot::Name(Some(token.span)),
            Spot::Argument { index, .. } => Spot::Argument { index, span: Some(token.span) },
            Spot::Value { property, .. } => Spot::Value { property, span: Some(token.span) },
            spot @ (Spot::Property(_) | Spot::Nothing) => spot,
        }
    }

    /// What would stand behind all that was read.
    fn spot_behind(&self) -> Spot {
        let arguments = self.node.and_then(|node| self.nodes.get(node)).map(|node| node.arguments);
        match (arguments, &self.property) {
            (None, _) => Spot::Name(None),
            (Some(_), Some(property)) => Spot::Value { property: property.clone(), span: None },
            (Some(index), None) => Spot::Argument { index, span: None },
        }
    }
}

fn is_word(kind: Kind) -> bool {
    matches!(kind, Kind::Word | Kind::Quoted | Kind::Number | Kind::Keyword)
}

/// Whether a place at its end is a place behind it.
fn ends(kind: Kind) -> bool {
    !is_word(kind) && !matches!(kind, Kind::LineComment)
}

/// Whether a `=` stands behind it.
fn is_property(tokens: &[Token], position: usize) -> bool {
    let mut behind = tokens.get(position + 1..).unwrap_or_default().iter().map(|token| token.kind);
    behind.find(|kind| !matches!(kind, Kind::Space | Kind::BlockComment | Kind::Continuation))
        == Some(Kind::Equals)
}

/// Whether it is the word of a type annotation.
fn is_annotation(tokens: &[Token], position: usize) -> bool {
    let before = tokens.get(..position).unwrap_or_default().iter().rev().map(|token| token.kind);
    before.into_iter().find(|kind| *kind != Kind::Space) == Some(Kind::OpenParenthesis)
}

/// A word without the quotes around it.
fn plain(token: &Token, text: &str) -> String {
    unquoted(token.span.slice(text)).to_owned()
}

/// What stands between quotes, if any.
pub(super) fn unquoted(written: &str) -> &str {
    written.trim_matches(['#', '"'])
}

//! Tokens to the one layout: white space, line ends and semicolons are ours, all else stays as it is written.
//!
//! Not the formatter of `kdl`: that takes quotes and raw strings away, joins comments with what follows them, drops those
//! in odd places and all empty lines, and does not look into what is written off with a slashdash.

use super::super::Span;
use super::token::{Kind, Token, tokens_of};

/// One level of depth.
const INDENT: &str = "    ";

/// The text in the one layout. It is KDL, or the layout means nothing.
pub(in crate::policy) fn lay_out(text: &str) -> String {
    let tokens = tokens_of(text);
    let mut layout = Layout::new(text);
    for token in &tokens {
        layout.read(token);
    }
    layout.end_line();
    in_columns(&layout.lines)
}

/// Each kind of line end as the one that the layout has.
fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A line of the layout.
struct Line {
    depth: usize,
    /// Whether an empty line stands in front of it.
    is_apart: bool,
    code: String,
    /// The comment that it ends with.
    comment: Option<String>,
}

/// Where in a node the next token stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Between nodes.
    Between,
    /// In a node, at its start or behind its name.
    Node,
    /// Right behind a slashdash, where line ends mean nothing.
    Slashdash,
}

/// The comments of a continuation.
struct Break {
    blocks: String,
    line: Option<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the line at hand")]
struct Layout<'t> {
    text: &'t str,
    lines: Vec<Line>,
    /// The number of lines up to the brace of each open block.
    blocks: Vec<usize>,
    /// The line at hand.
    code: String,
    is_apart: bool,
    /// Whether the line at hand goes on with a node of the line before.
    is_continued: bool,
    place: Place,
    /// Whether the next token adjoins what is there.
    is_joined: bool,
    /// Whether a comment that comes belongs to the line before.
    is_comment_due: bool,
    /// Continuations since the last token: of no use when the node ends here.
    breaks: Vec<Break>,
    /// Line ends since the last token.
    newlines: usize,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            lines: Vec::new(),
            blocks: Vec::new(),
            code: String::new(),
            is_apart: false,
            is_continued: false,
            place: Place::Between,
            is_joined: false,
            is_comment_due: false,
            breaks: Vec::new(),
            newlines: 0,
        }
    }

    fn read(&mut self, token: &Token) {
        let written = with_line_feeds(token.span.slice(self.text));
        match token.kind {
            Kind::Space => {}
            Kind::Newline if self.place == Place::Slashdash => {}
            Kind::Newline => {
                // A continuation that continues nothing has taken a line end in.
                self.newlines += 1 + usize::from(!self.breaks.is_empty());
                self.end_line();
                self.is_comment_due = false;
            }
            Kind::Semicolon => {
                self.end_line();
                self.is_comment_due = true;
            }
            Kind::LineComment => self.read_line_comment(written.trim_end()),
            Kind::BlockComment => {
                self.is_joined = false;
                self.put(&written);
            }
            Kind::Continuation => self.read_continuation(&written),
            Kind::OpenBrace => {
                self.put("{");
                self.push(None);
                self.blocks.push(self.lines.len());
                self.place = Place::Between;
                self.is_comment_due = true;
            }
            Kind::CloseBrace => self.close_block(),
            Kind::Slashdash | Kind::OpenParenthesis => {
                self.put(&written);
                self.is_joined = true;
                self.place = if token.kind == Kind::Slashdash { Place::Slashdash } else { Place::Node };
            }
            Kind::CloseParenthesis | Kind::Equals => {
                self.is_joined = true;
                self.put(&written);
                self.is_joined = true;
            }
            Kind::Word | Kind::Number | Kind::Quoted | Kind::Keyword | Kind::Stray => {
                self.put(&written);
                self.place = Place::Node;
            }
        }
    }

    /// Puts a token into the line at hand.
    fn put(&mut self, written: &str) {
        let breaks = std::mem::take(&mut self.breaks);
        let count = breaks.len();
        for (position, Break { blocks, line }) in breaks.into_iter().enumerate() {
            let is_needed = !blocks.is_empty() || line.is_some() || position + 1 == count;
            // One without a comment is needed only where no other breaks the line.
            let is_broken = self.code.is_empty() && self.is_continued;
            if is_needed && !(is_broken && blocks.is_empty() && line.is_none()) {
                self.push_word("\\");
                self.push_word(&blocks);
                self.break_line(line);
            }
        }
        if self.code.is_empty() && !self.is_continued {
            self.is_apart = self.newlines >= 2 && !self.lines.is_empty();
        }
        if self.is_joined {
            self.code.push_str(written);
        } else {
            self.push_word(written);
        }
        self.is_joined = false;
        self.is_comment_due = false;
        self.newlines = 0;
    }

    fn push_word(&mut self, word: &str) {
        if !self.code.is_empty() && !word.is_empty() {
            self.code.push(' ');
        }
        self.code.push_str(word);
    }

    /// Ends the line at hand, though not its node.
    fn break_line(&mut self, comment: Option<String>) {
        self.push(comment);
        self.is_continued = true;
        self.is_joined = false;
    }

    fn push(&mut self, comment: Option<String>) {
        let depth = self.blocks.len() + usize::from(self.is_continued);
        let code = std::mem::take(&mut self.code);
        self.lines.push(Line { depth, is_apart: self.is_apart, code, comment });
        self.is_apart = false;
        self.is_continued = false;
        self.is_joined = false;
    }

    /// Ends the line at hand and its node. Comments of continuations that continue nothing are kept as comments.
    fn end_line(&mut self) {
        let breaks = std::mem::take(&mut self.breaks);
        for Break { blocks, line } in breaks {
            if !blocks.is_empty() || line.is_some() {
                if self.code.is_empty() {
                    self.is_continued = false;
                }
                self.push_word(&blocks);
                self.push(line);
            }
        }
        if !self.code.is_empty() {
            self.push(None);
        }
        self.is_continued = false;
        self.is_joined = false;
        self.place = Place::Between;
    }

    fn read_line_comment(&mut self, comment: &str) {
        let comment = comment.to_owned();
        if self.place == Place::Slashdash {
            self.put("");
            self.code.truncate(self.code.trim_end().len());
            self.break_line(Some(comment));
            return;
        }
        if let Some(last) = self.lines.last_mut().filter(|last| self.is_comment_due && last.comment.is_none())
        {
            last.comment = Some(comment);
            self.is_comment_due = false;
            self.newlines = 0;
            return;
        }
        if self.code.is_empty() && self.breaks.is_empty() {
            self.is_apart = self.newlines >= 2 && !self.lines.is_empty();
            self.is_continued = false;
        }
        self.breaks.push(Break { blocks: String::new(), line: Some(comment) });
        self.end_line();
        self.newlines = 0;
    }

    fn read_continuation(&mut self, written: &str) {
        let mut found = Break { blocks: String::new(), line: None };
        let inner = written.get(1..).unwrap_or_default();
        for token in tokens_of(inner) {
            let comment = token.span.slice(inner);
            if token.kind == Kind::BlockComment {
                let gap = if found.blocks.is_empty() { "" } else { " " };
                found.blocks = format!("{}{gap}{comment}", found.blocks);
            } else if token.kind == Kind::LineComment {
                found.line = Some(comment.trim_end().to_owned());
            }
        }
        let has_comment = !found.blocks.is_empty() || found.line.is_some();
        if self.place == Place::Between {
            // There is nothing to continue.
            if !found.blocks.is_empty() {
                self.put(&found.blocks);
            }
            if let Some(line) = found.line {
                self.read_line_comment(&line);
            }
        } else if has_comment || self.place == Place::Node {
            self.breaks.push(found);
        }
    }

    fn close_block(&mut self) {
        self.end_line();
        let start = self.blocks.pop().unwrap_or_default();
        let is_empty = self.lines.len() == start;
        if let Some(brace) = self.lines.pop_if(|line| is_empty && line.comment.is_none()) {
            self.is_continued = brace.depth > self.blocks.len();
            self.is_apart = brace.is_apart;
            self.code = brace.code;
        }
        self.code.push('}');
        self.newlines = 0;
        self.place = Place::Node;
        self.is_comment_due = false;
    }
}

/// The lines as text; comments behind consecutive lines stand below one another.
fn in_columns(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut rest = lines;
    while let Some(first) = rest.first() {
        let run = rest.iter().enumerate().take_while(|(position, line)| {
            has_column(line) && line.depth == first.depth && (*position == 0 || !line.is_apart)
        });
        let run: Vec<&Line> = run.map(|(_, line)| line).collect();
        let width = run.iter().map(|line| line.code.chars().count()).max().unwrap_or_default();
        for line in rest.iter().take(run.len().max(1)) {
            write_line(&mut text, line, width);
        }
        rest = rest.get(run.len().max(1)..).unwrap_or_default();
    }
    text
}

/// Whether its comment stands in a column with others.
fn has_column(line: &Line) -> bool {
    line.comment.is_some()
        && !line.code.is_empty()
        && !line.code.contains('\n')
        && !line.code.ends_with('{')
        && !line.code.starts_with('}')
}

fn write_line(text: &mut String, line: &Line, width: usize) {
    if line.is_apart {
        text.push('\n');
    }
    text.push_str(&INDENT.repeat(line.depth));
    text.push_str(&line.code);
    if let Some(comment) = &line.comment {
        if !line.code.is_empty() {
            let pad = width.saturating_sub(line.code.chars().count());
            text.push_str(&" ".repeat(pad + 1));
        }
        text.push_str(comment);
    }
    text.push('\n');
}

/// What the layout keeps: every token that says something, in order, and every comment, sorted. Line ends are line feeds,
/// and comments have no white space behind them.
pub(in crate::policy) fn substance(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut said, mut comments) = (Vec::new(), Vec::new());
    for Token { kind, span, .. } in tokens_of(text) {
        let written = with_line_feeds(span.slice(text)).trim_end().to_owned();
        match kind {
            Kind::Newline | Kind::Space | Kind::Semicolon => {}
            Kind::BlockComment | Kind::LineComment => comments.push(written),
            Kind::Continuation => {
                let inner = Span::between(span.start + 1, span.end()).slice(text);
                comments.extend(substance(inner).1);
            }
            Kind::Word
            | Kind::Number
            | Kind::Quoted
            | Kind::Keyword
            | Kind::Slashdash
            | Kind::OpenBrace
            | Kind::CloseBrace
            | Kind::OpenParenthesis
            | Kind::CloseParenthesis
            | Kind::Equals
            | Kind::Stray => said.push(written),
        }
    }
    comments.sort();
    (said, comments)
}

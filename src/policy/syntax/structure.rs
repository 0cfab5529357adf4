//! Holds tokens against the grammar of KDL, and against how deep a policy may nest.
//!
//! The parser recurses into blocks and comments, and once for each place where it has to recover from an error. So it
//! is only given texts that pass here: a file that is no policy at all, such as a long list in JSON, must end in a
//! message and not in an overflow. In return its slips are told apart, with a hint for each.

use super::super::Span;
use super::super::error::Problems;
use super::super::problem::Problem;
use super::slip::Slip;
use super::token::{Fault, Kind, Token};

/// Deepest nesting of blocks that is read.
const MOST_BLOCKS: usize = 16;

/// Where the search for more problems ends.
const MOST_PROBLEMS: usize = 100;

/// Reports what is wrong with the tokens.
pub(super) fn check_structure(tokens: &[Token], text: &str, problems: &mut Problems) {
    for (fault, span) in tokens.iter().filter_map(|token| token.fault).take(MOST_PROBLEMS) {
        problems.report(span, fault.into());
    }
    let lines = lines_of(text);
    Walk { tokens, text, lines, at: 0, blocks: Vec::new(), problems, suspect: None }.walk();
}

/// The start of each line and the white space it begins with.
fn lines_of(text: &str) -> Vec<(usize, usize)> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1));
    starts
        .map(|start| {
            let line = text.get(start..).unwrap_or_default();
            (start, line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).take(200).count())
        })
        .collect()
}

/// A block that is open.
struct OpenBlock {
    brace: Span,
    /// What may still come in the node that it belongs to.
    node: NodeState,
    is_slashdashed: bool,
}

/// What a node has had so far.
#[derive(Clone, Copy, PartialEq)]
enum NodeState {
    /// Arguments and properties may follow.
    Entries,
    /// A block was written off with a slashdash; only blocks may follow.
    Blocks,
    /// It had its block.
    Done,
}

struct Walk<'t, 'p> {
    tokens: &'t [Token],
    text: &'t str,
    lines: Vec<(usize, usize)>,
    at: usize,
    blocks: Vec<OpenBlock>,
    problems: &'p mut Problems,
    /// The brace of the first block whose closing brace stands further left than its line begins.
    suspect: Option<Span>,
}

impl Walk<'_, '_> {
    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// The place of the next token, or the end of the text.
    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(Span { start: self.text.len(), length: 0 }, |token| token.span)
    }

    fn report(&mut self, span: Span, slip: Slip) {
        if self.problems.count() <= MOST_PROBLEMS {
            self.problems.report(span, slip.into());
        }
    }

    /// Steps over what may stand between the entries of a node; whether there was any.
    fn skip_spaces(&mut self) -> bool {
        self.skip(|kind| matches!(kind, Kind::Space | Kind::BlockComment | Kind::Continuation | Kind::Stray))
    }

    /// Steps over what may stand between nodes, and behind a slashdash.
    fn skip_lines(&mut self) -> bool {
        self.skip(|kind| {
            matches!(
                kind,
                Kind::Space
                    | Kind::BlockComment
                    | Kind::Continuation
                    | Kind::Stray
                    | Kind::Newline
                    | Kind::LineComment
            )
        })
    }

    fn skip(&mut self, is_skipped: impl Fn(Kind) -> bool) -> bool {
        let start = self.at;
        while self.kind().is_some_and(&is_skipped) {
            self.at += 1;
        }
        self.at > start
    }

    /// Steps over the rest of a node that cannot be made sense of.
    fn skip_node(&mut self) {
        self.skip(|kind| {
            !matches!(
                kind,
                Kind::Newline | Kind::Semicolon | Kind::LineComment | Kind::OpenBrace | Kind::CloseBrace
            )
        });
    }

    fn walk(&mut self) {
        loop {
            self.skip_lines();
            if self.problems.count() > MOST_PROBLEMS {
                return;
            }
            match self.kind() {
                None => break,
                Some(Kind::CloseBrace) => self.close_block(),
                Some(_) => self.begin_node(),
            }
        }
        let is_cut = self
            .tokens
            .iter()
            .any(|token| matches!(token.fault, Some((Fault::UnclosedString | Fault::UnclosedComment, _))));
        // The quote or comment that swallowed the rest has swallowed the braces too.
        if let Some(outermost) = self.blocks.first().filter(|_| !is_cut) {
            let problem = Slip::UnclosedBlock { open: self.blocks.len() }.into();
            match self.suspect {
                Some(suspect) if suspect != outermost.brace => {
                    self.problems.report_beside(
                        outermost.brace,
                        problem,
                        suspect,
                        "perhaps that of this one",
                    );
                }
                _ => self.problems.report(outermost.brace, problem),
            }
        }
    }

    fn close_block(&mut self) {
        let span = self.span();
        self.at += 1;
        let Some(block) = self.blocks.pop() else {
            self.report(span, Slip::StrayBrace);
            return;
        };
        if self.suspect.is_none() && self.indentation(span) < self.indentation(block.brace) {
            self.suspect = Some(block.brace);
        }
        let node = match (block.is_slashdashed, block.node) {
            (true, NodeState::Entries) => NodeState::Blocks,
            (true, state) => state,
            (false, _) => NodeState::Done,
        };
        self.continue_node(node, false);
    }

    /// White space in front of the line that a place is in.
    fn indentation(&self, span: Span) -> usize {
        let behind = self.lines.partition_point(|(start, _)| *start <= span.start);
        self.lines.get(behind.saturating_sub(1)).map_or(0, |(_, indentation)| *indentation)
    }

    fn begin_node(&mut self) {
        if self.kind() == Some(Kind::Slashdash) {
            self.at += 1;
            self.skip_lines();
        }
        self.read_annotation();
        match self.kind() {
            Some(Kind::Word | Kind::Quoted) => {
                self.at += 1;
                self.continue_node(NodeState::Entries, true);
            }
            Some(Kind::OpenBrace) => {
                self.report(self.span(), Slip::NamelessBlock);
                self.open_block(NodeState::Entries, false);
            }
            _ => {
                self.report(self.span(), Slip::NoName);
                // Whatever it is must be behind us, or the walk would come back to it.
                if !matches!(self.kind(), Some(Kind::CloseBrace)) {
                    self.at += 1;
                }
                self.skip_node();
                self.continue_node(NodeState::Entries, true);
            }
        }
    }

    /// The entries and blocks of a node, from behind its name or one of its blocks.
    fn continue_node(&mut self, mut node: NodeState, mut is_right_behind_name: bool) {
        loop {
            let is_spaced = self.skip_spaces();
            let span = self.span();
            match self.kind() {
                None | Some(Kind::Newline | Kind::LineComment | Kind::CloseBrace) => return,
                Some(Kind::Semicolon) => {
                    self.at += 1;
                    return;
                }
                Some(Kind::OpenBrace) => {
                    if node == NodeState::Done {
                        self.report(span, Slip::SecondBlock);
                    }
                    self.open_block(node, false);
                    return;
                }
                Some(Kind::Slashdash) => {
                    if !is_spaced {
                        self.report(span, Slip::NoSpace);
                    }
                    self.at += 1;
                    self.skip_lines();
                    if self.kind() == Some(Kind::OpenBrace) {
                        self.open_block(node, true);
                        return;
                    }
                    self.read_entry(node);
                }
                Some(Kind::Equals) => {
                    let slip = if is_right_behind_name { Slip::EqualsBehindName } else { Slip::SecondEquals };
                    self.report(span, slip);
                    self.at += 1;
                    self.skip_spaces();
                    if self.is_at_value() {
                        self.read_entry(node);
                    }
                }
                Some(_) => {
                    if !is_spaced {
                        let is_comma = self.text.get(span.start..).is_some_and(|rest| rest.starts_with(','));
                        self.report(span, if is_comma { Slip::Comma } else { Slip::NoSpace });
                    }
                    self.read_entry(node);
                }
            }
            is_right_behind_name = false;
            if node == NodeState::Done {
                // One report is enough for what follows a block in its line.
                self.skip_node();
                node = NodeState::Entries;
            }
        }
    }

    fn open_block(&mut self, node: NodeState, is_slashdashed: bool) {
        let brace = self.span();
        self.at += 1;
        self.blocks.push(OpenBlock { brace, node, is_slashdashed });
        if self.blocks.len() == MOST_BLOCKS + 1 {
            self.problems.report(brace, Problem::TooDeep { what: "blocks", most: MOST_BLOCKS });
        }
    }

    fn is_at_value(&self) -> bool {
        matches!(
            self.kind(),
            Some(Kind::Word | Kind::Number | Kind::Quoted | Kind::Keyword | Kind::OpenParenthesis)
        )
    }

    /// An argument or a property.
    fn read_entry(&mut self, node: NodeState) {
        if node != NodeState::Entries {
            self.report(self.span(), Slip::EntryBehindBlock);
        }
        if !self.is_at_value() {
            self.report(self.span(), Slip::NoValue);
            // An end of the node is left for the caller to find.
            if !matches!(
                self.kind(),
                None | Some(
                    Kind::Newline | Kind::LineComment | Kind::CloseBrace | Kind::Semicolon | Kind::OpenBrace
                )
            ) {
                self.at += 1;
            }
            return;
        }
        let is_annotated = self.read_annotation();
        let is_name = matches!(self.kind(), Some(Kind::Word | Kind::Quoted));
        self.read_value();
        if !is_name || is_annotated {
            return;
        }
        let behind_name = self.at;
        self.skip_spaces();
        if self.kind() != Some(Kind::Equals) {
            self.at = behind_name;
            return;
        }
        self.at += 1;
        self.skip_spaces();
        self.read_annotation();
        self.read_value();
    }

    fn read_value(&mut self) {
        if matches!(self.kind(), Some(Kind::Word | Kind::Number | Kind::Quoted | Kind::Keyword)) {
            self.at += 1;
        } else {
            self.report(self.span(), Slip::NoValue);
        }
    }

    /// A type in parentheses, if there is one.
    fn read_annotation(&mut self) -> bool {
        let open = self.span();
        if self.kind() != Some(Kind::OpenParenthesis) {
            return false;
        }
        self.at += 1;
        self.skip_spaces();
        if matches!(self.kind(), Some(Kind::Word | Kind::Quoted)) {
            self.at += 1;
            self.skip_spaces();
            if self.kind() == Some(Kind::CloseParenthesis) {
                self.at += 1;
                self.skip_spaces();
                return true;
            }
        }
        self.report(open, Slip::BrokenAnnotation);
        if self.kind() == Some(Kind::CloseParenthesis) {
            self.at += 1;
        }
        self.skip_spaces();
        true
    }
}

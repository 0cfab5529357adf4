//! Text to tokens (KDL 2.0, <https://kdl.dev/spec/>).
//!
//! Not the parser: that is `kdl`, which has the last word. The tokens serve what must be known before it runs (how
//! deep the text nests), what it does not tell (where a secret stands in a text that is no KDL) and what it would tell
//! less well (slips). Tokens cover the text without gaps, and reading them takes no stack.

use super::super::Span;
use super::character::{is_forbidden, is_in_word, is_newline, is_space};

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Token {
    pub(in crate::policy) kind: Kind,
    pub(in crate::policy) span: Span,
    /// What is wrong with it, and where.
    pub(super) fault: Option<(Fault, Span)>,
}

/// What a piece of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Kind {
    Newline,
    Space,
    BlockComment,
    LineComment,
    /// A backslash that makes the next line part of this one, with all it takes in.
    Continuation,
    /// Characters without quotes that are no number.
    Word,
    Number,
    /// A string in quotes, raw or not.
    Quoted,
    /// `#true` and its like.
    Keyword,
    Slashdash,
    OpenBrace,
    CloseBrace,
    OpenParenthesis,
    CloseParenthesis,
    Equals,
    Semicolon,
    /// A character that means nothing where it stands; always with a fault.
    Stray,
}

/// What can be wrong inside of one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnclosedComment,
    /// More comments inside one another than are read.
    DeepComment,
    UnclosedString,
    /// A string in single quotes marks that goes on in the next line.
    NewlineInString,
    MultilineString,
    Escape,
    BareKeyword(&'static str),
    UnknownKeyword,
    Percentage,
    NumberLike,
    /// A character that may not stand in a text file at all.
    ForbiddenCharacter,
    List,
    HashComment,
    LoneSlash,
    LoneBackslash,
}

/// Deepest nesting of comments that is read; the parser recurses into each.
pub(super) const MOST_COMMENTS: usize = 16;

/// The tokens of a text.
pub(in crate::policy) fn tokens_of(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0 };
    std::iter::from_fn(|| lexer.next()).collect()
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !is_skipped(c)).unwrap_or(rest.len());
    }

    /// Steps over a newline, which may be two characters.
    fn skip_newline(&mut self) -> bool {
        if self.rest().starts_with("\r\n") {
            self.at += 2;
            return true;
        }
        match self.peek().filter(|c| is_newline(*c)) {
            Some(newline) => {
                self.at += newline.len_utf8();
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let first = self.peek()?;
        let (kind, fault) = self.next_kind(first);
        let span = Span::between(start, self.at);
        Some(Token { kind, span, fault: fault.map(|(fault, place)| (fault, place.unwrap_or(span))) })
    }

    fn next_kind(&mut self, first: char) -> (Kind, Option<(Fault, Option<Span>)>) {
        let whole = |fault| Some((fault, None));
        if self.at == 0 && first == '\u{feff}' {
            self.at += first.len_utf8();
            return (Kind::Space, None);
        }
        if is_space(first) {
            self.skip_while(is_space);
            return (Kind::Space, None);
        }
        if self.skip_newline() {
            return (Kind::Newline, None);
        }
        if self.rest().starts_with("//") {
            self.skip_while(|c| !is_newline(c));
            return (Kind::LineComment, None);
        }
        if self.rest().starts_with("/*") {
            return (Kind::BlockComment, self.skip_block_comment().and_then(whole));
        }
        if self.rest().starts_with("/-") {
            self.at += 2;
            return (Kind::Slashdash, None);
        }
        if first == '"' || (first == '#' && self.rest().trim_start_matches('#').starts_with('"')) {
            return (Kind::Quoted, self.skip_string());
        }
        if is_in_word(first) {
            let start = self.at;
            self.skip_while(is_in_word);
            let (kind, fault) = judge_word(self.text.get(start..self.at).unwrap_or_default());
            return (kind, fault.and_then(whole));
        }
        self.at += first.len_utf8();
        match first {
            '{' => (Kind::OpenBrace, None),
            '}' => (Kind::CloseBrace, None),
            '(' => (Kind::OpenParenthesis, None),
            ')' => (Kind::CloseParenthesis, None),
            '=' => (Kind::Equals, None),
            ';' => (Kind::Semicolon, None),
            '#' => self.finish_keyword(),
            '\\' => self.finish_continuation(),
            '[' | ']' => (Kind::Stray, whole(Fault::List)),
            '/' => (Kind::Stray, whole(Fault::LoneSlash)),
            _ => (Kind::Stray, whole(Fault::ForbiddenCharacter)),
        }
    }

    fn skip_block_comment(&mut self) -> Option<Fault> {
        let mut depth = 0_usize;
        let mut deepest = 0;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                deepest = deepest.max(depth);
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return (deepest > MOST_COMMENTS).then_some(Fault::DeepComment);
                }
            } else if let Some(next) = rest.chars().next() {
                self.at += next.len_utf8();
            } else {
                return Some(Fault::UnclosedComment);
            }
        }
    }

    fn finish_keyword(&mut self) -> (Kind, Option<(Fault, Option<Span>)>) {
        let start = self.at;
        self.skip_while(is_in_word);
        match self.text.get(start..self.at).unwrap_or_default() {
            "true" | "false" | "null" | "nan" | "inf" | "-inf" => (Kind::Keyword, None),
            "" => {
                // All of a row at once: looking for the quote behind it is not to be done for each.
                self.skip_while(|c| c == '#');
                (Kind::Stray, Some((Fault::HashComment, None)))
            }
            _ => (Kind::Keyword, Some((Fault::UnknownKeyword, None))),
        }
    }

    fn finish_continuation(&mut self) -> (Kind, Option<(Fault, Option<Span>)>) {
        let start = self.at;
        let mut fault = None;
        self.skip_while(is_space);
        while self.rest().starts_with("/*") {
            fault = fault.or(self.skip_block_comment());
            self.skip_while(is_space);
        }
        if self.rest().starts_with("//") {
            self.skip_while(|c| !is_newline(c));
        }
        if self.skip_newline() || self.rest().is_empty() {
            return (Kind::Continuation, fault.map(|fault| (fault, None)));
        }
        self.at = start;
        (Kind::Stray, Some((Fault::LoneBackslash, None)))
    }

    /// Steps over a string of any form. One that its line does not close ends with the line.
    fn skip_string(&mut self) -> Option<(Fault, Option<Span>)> {
        let hashes = self.rest().len() - self.rest().trim_start_matches('#').len();
        self.at += hashes;
        let is_multiline = self.rest().starts_with("\"\"\"");
        let quotes = if is_multiline { "\"\"\"" } else { "\"" };
        let closing = format!("{quotes}{}", "#".repeat(hashes));
        self.at += quotes.len();
        let mut fault = is_multiline.then_some((Fault::MultilineString, None));
        loop {
            let Some(next) = self.peek() else { return Some((Fault::UnclosedString, None)) };
            if self.rest().starts_with(&closing) {
                self.at += closing.len();
                return fault;
            }
            if next == '\\' && hashes == 0 {
                let start = self.at;
                if !self.skip_escape() {
                    fault = fault.or(Some((Fault::Escape, Some(Span::between(start, self.at)))));
                }
            } else if is_newline(next) && !is_multiline {
                return Some((Fault::NewlineInString, None));
            } else {
                if is_forbidden(next) {
                    let place = Span { start: self.at, length: next.len_utf8() };
                    fault = fault.or(Some((Fault::ForbiddenCharacter, Some(place))));
                }
                self.at += next.len_utf8();
            }
        }
    }

    /// Steps over an escape; whether it is one.
    fn skip_escape(&mut self) -> bool {
        self.at += 1;
        match self.peek() {
            Some('n' | 'r' | 't' | '\\' | '"' | 'b' | 'f' | 's') => {
                self.at += 1;
                true
            }
            Some('u') => {
                self.at += 1;
                let Some(rest) = self.rest().strip_prefix('{') else { return false };
                let length = rest.bytes().take_while(u8::is_ascii_hexdigit).take(7).count();
                let digits = rest.get(..length).unwrap_or_default();
                let is_escape = length <= 6
                    && rest.get(length..).is_some_and(|rest| rest.starts_with('}'))
                    && u32::from_str_radix(digits, 16).is_ok_and(|code| char::from_u32(code).is_some());
                if is_escape {
                    self.at += length + 2;
                }
                is_escape
            }
            Some(c) if is_space(c) || is_newline(c) => {
                self.skip_while(|c| is_space(c) || is_newline(c));
                true
            }
            Some(c) if !is_forbidden(c) => {
                self.at += c.len_utf8();
                false
            }
            _ => false,
        }
    }
}

/// What characters without quotes are.
fn judge_word(word: &str) -> (Kind, Option<Fault>) {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        let fault = if is_number(unsigned) {
            None
        } else if unsigned.ends_with('%') {
            Some(Fault::Percentage)
        } else {
            Some(Fault::NumberLike)
        };
        return (Kind::Number, fault);
    }
    if unsigned.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return (Kind::Word, Some(Fault::NumberLike));
    }
    let keyword = match word {
        "true" => "#true",
        "false" => "#false",
        "null" => "#null",
        "nan" => "#nan",
        "inf" => "#inf",
        _ => return (Kind::Word, None),
    };
    (Kind::Word, Some(Fault::BareKeyword(keyword)))
}

/// Whether this is a number, without its sign. Longer ones than any use has are refused, so that none overflows.
fn is_number(text: &str) -> bool {
    let is_run = |digits: &str, radix| {
        digits.starts_with(|c: char| c.is_digit(radix))
            && digits.chars().all(|c| c == '_' || c.is_digit(radix))
    };
    if text.len() > 30 {
        return false;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return is_run(digits, radix);
        }
    }
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (integer, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(integer, fraction)| (integer, Some(fraction)));
    is_run(integer, 10)
        && fraction.is_none_or(|digits| is_run(digits, 10))
        && exponent.is_none_or(|digits| is_run(digits.strip_prefix(['+', '-']).unwrap_or(digits), 10))
}

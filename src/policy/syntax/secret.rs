//! Where secrets stand in a text.
//!
//! Judged by the tokens, so that it holds in texts that are no policy and not even KDL. Rather too much is found than
//! too little: all it costs is an excerpt with asterisks in it.

use super::super::Span;
use super::super::suggest::bare;
use super::token::{Fault, Kind, Token};

/// Words that the name of a secret has in it, in lower case and without hyphens.
const SECRET_WORDS: [&str; 9] =
    ["password", "passwd", "passwort", "passphrase", "pwd", "secret", "apikey", "token", "credential"];
/// Names that are one slip away from those.
const SECRET_NAMES: [&str; 6] = ["password", "secret", "apikey", "pass", "api", "key"];
/// A node whose secret stands behind another value, as in `bind`.
const SERVICE_ACCOUNT: &str = "serviceaccount";
/// Annotations of values that say where a secret is to be had.
const REFERENCES: [&str; 3] = ["env", "file", "command"];

/// Where tokens come from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// The text itself.
    Policy,
    /// A comment: prose for the most part, where words follow a `password` without being one.
    Comment,
}

/// Which values of the node at hand are secrets.
#[derive(Clone, Copy, PartialEq)]
enum Values {
    /// None, unless a property says so.
    Open,
    /// All of them.
    Secret,
    /// All but the first.
    SecretFromTheSecond,
    /// All that are left, which may belong to properties with other names.
    Rest,
}

/// The places of secrets, without the quotes around them, in the order of the text.
pub(super) fn secrets_in(tokens: &[Token], text: &str, place: Place) -> Vec<Span> {
    let mut search = Search {
        tokens,
        text,
        place,
        at: 0,
        is_node_start: true,
        values: Values::Open,
        blocks: Vec::new(),
        is_secret_property: false,
        is_owed: false,
        secrets: Vec::new(),
    };
    while let Some(token) = tokens.get(search.at) {
        search.at += 1;
        search.read(token);
    }
    search.secrets
}

struct Search<'t> {
    tokens: &'t [Token],
    text: &'t str,
    place: Place,
    /// The token behind the one at hand.
    at: usize,
    is_node_start: bool,
    values: Values,
    /// Whether a secret is due in each open block, for the node that it belongs to has a secret.
    blocks: Vec<bool>,
    /// Whether the value to come belongs to a property with a secret's name.
    is_secret_property: bool,
    /// Whether a secret is due and has not come: it may stand in the next line.
    is_owed: bool,
    secrets: Vec<Span>,
}

impl Search<'_> {
    fn read(&mut self, token: &Token) {
        if token.kind == Kind::Slashdash {
            // Up to what it takes out line ends mean nothing.
            self.skip(|kind| is_light(kind) || matches!(kind, Kind::Newline | Kind::LineComment));
        } else if matches!(token.kind, Kind::Newline | Kind::Semicolon | Kind::OpenBrace | Kind::CloseBrace) {
            if token.kind == Kind::OpenBrace {
                self.blocks.push(self.values != Values::Open || self.is_in_secret_block());
            } else if token.kind == Kind::CloseBrace {
                self.blocks.pop();
                self.is_owed = false;
            }
            self.is_node_start = true;
            self.is_secret_property = false;
            self.values = Values::Open;
        } else if token.kind == Kind::OpenParenthesis {
            self.read_annotation();
        } else if !matches!(token.kind, Kind::Word | Kind::Number | Kind::Quoted | Kind::Keyword) {
            // What holds neither a name nor a value.
        } else if self.is_node_start && self.place == Place::Policy && self.is_secret_in_a_name(token) {
            self.values = Values::Secret;
            self.is_node_start = false;
            self.read_value(token);
        } else if let Some(secret) = self.secret_in_name(token) {
            self.secrets.push(secret);
            self.values = Values::Secret;
            self.is_node_start = false;
        } else if self.is_name_of_a_property(token) {
            self.is_secret_property = names_a_secret(token.span.slice(self.text));
            self.is_owed |= self.is_secret_property;
            self.is_node_start = false;
        } else if self.is_node_start && self.place == Place::Policy {
            self.values = values_of(token.span.slice(self.text));
            self.is_owed = self.values != Values::Open;
            self.is_node_start = false;
        } else {
            self.read_value(token);
        }
    }

    /// Whether what stands in the place of a name is a secret: in the block of one, and in quotes behind a line that lacks
    /// one.
    fn is_secret_in_a_name(&self, token: &Token) -> bool {
        self.is_in_secret_block() || (self.is_owed && token.kind == Kind::Quoted)
    }

    fn is_in_secret_block(&self) -> bool {
        self.blocks.last().is_some_and(|is_secret| *is_secret)
    }

    /// What stands behind the name in `api-key:x`, which is one word.
    fn secret_in_name(&self, token: &Token) -> Option<Span> {
        if token.kind != Kind::Word || !self.is_node_start {
            return None;
        }
        let written = token.span.slice(self.text);
        let start = token.span.start + name_before_a_secret(written)?.len() + 1;
        Some(Span::between(start, token.span.end()))
    }

    /// Steps over the value behind an annotation that says where a secret is to be had.
    fn read_annotation(&mut self) {
        let word = self.tokens.get(self.at).map(|token| token.span.slice(self.text).trim_matches('"'));
        self.skip(|kind| is_light(kind) || matches!(kind, Kind::Word | Kind::Quoted));
        let is_closed = self.tokens.get(self.at).is_some_and(|token| token.kind == Kind::CloseParenthesis);
        if is_closed && word.is_some_and(|word| REFERENCES.contains(&word)) {
            self.at += 1;
            self.skip(is_light);
            if self.is_node_start && self.place == Place::Policy {
                // It is a name that comes.
                return;
            }
            let Some(value) = self.tokens.get(self.at) else { return };
            // No environment variable has such a name.
            if word == Some("env") && value.span.slice(self.text).contains('=') {
                return;
            }
            self.at += usize::from(matches!(value.kind, Kind::Word | Kind::Quoted));
            self.is_secret_property = false;
            self.is_owed = false;
        }
    }

    fn is_name_of_a_property(&self, token: &Token) -> bool {
        // Where a secret is due, a piece of it may have a `=` behind it.
        let is_due = self.values == Values::Secret && !self.is_node_start && self.place == Place::Policy;
        if self.is_secret_property || is_due || (self.values != Values::Open && token.kind == Kind::Quoted) {
            return false;
        }
        let mut behind = self.tokens.get(self.at..).unwrap_or_default().iter().map(|token| token.kind);
        behind.find(|kind| !is_light(*kind)) == Some(Kind::Equals)
            || (token.kind == Kind::Word && token.span.slice(self.text).ends_with(':'))
    }

    fn read_value(&mut self, token: &Token) {
        let is_prose = self.place == Place::Comment && token.kind != Kind::Quoted;
        let is_due = matches!(self.values, Values::Secret | Values::Rest);
        if self.is_secret_property || (is_due && !is_prose) {
            self.secrets.push(inside_quotes(token, self.text));
            self.is_owed = false;
            self.take_what_adjoins();
        } else if token.kind == Kind::Quoted {
            self.secrets.extend(user_of_url(token.span, self.text));
        }
        self.is_secret_property = false;
        if self.values == Values::SecretFromTheSecond {
            self.values = Values::Rest;
        }
        if self.place == Place::Comment && token.kind == Kind::Word {
            self.values = values_of(token.span.slice(self.text));
        }
    }

    /// A secret with quotes in it breaks into pieces: what adjoins it is taken too, and then the rest of the line.
    fn take_what_adjoins(&mut self) {
        let mut is_broken = false;
        while let Some(token) = self.tokens.get(self.at) {
            let ends_a_value = is_light(token.kind)
                || matches!(
                    token.kind,
                    Kind::LineComment | Kind::Semicolon | Kind::OpenBrace | Kind::CloseBrace
                );
            if token.kind == Kind::Newline || (ends_a_value && !is_broken) {
                break;
            }
            is_broken = true;
            self.secrets.push(token.span);
            self.at += 1;
        }
    }

    fn skip(&mut self, is_skipped: impl Fn(Kind) -> bool) {
        while self.tokens.get(self.at).is_some_and(|token| is_skipped(token.kind)) {
            self.at += 1;
        }
    }
}

/// Whether it may stand anywhere between the pieces of a node.
fn is_light(kind: Kind) -> bool {
    matches!(kind, Kind::Space | Kind::BlockComment | Kind::Continuation)
}

fn is_torn(token: &Token) -> bool {
    matches!(token.fault, Some((Fault::NewlineInString | Fault::UnclosedString, _)))
}

/// Whether values under this name are secrets.
fn names_a_secret(name: &str) -> bool {
    let plain = bare(name);
    plain != "passwords"
        && (SECRET_WORDS.iter().any(|word| plain.contains(word))
            || SECRET_NAMES.iter().any(|name| strsim::damerau_levenshtein(&plain, name) <= name.len() / 4))
}

/// A name that is written with the secret in one word, as in `api-key:x` or `api-key=x`: what stands before it.
pub(in crate::policy) fn name_before_a_secret(word: &str) -> Option<&str> {
    let (name, secret) = word.split_once([':', '='])?;
    (!secret.is_empty() && names_a_secret(name)).then_some(name)
}

fn values_of(name: &str) -> Values {
    if names_a_secret(name) {
        Values::Secret
    } else if name.trim_matches('"') == "bind"
        || strsim::damerau_levenshtein(&bare(name), SERVICE_ACCOUNT) <= 3
    {
        // Where a secret without its `password=` or `secret=` would stand.
        Values::SecretFromTheSecond
    } else {
        Values::Open
    }
}

/// The value without the quotes around it.
fn inside_quotes(token: &Token, text: &str) -> Span {
    let written = token.span.slice(text);
    if token.kind != Kind::Quoted {
        return token.span;
    }
    let hashes = written.len() - written.trim_start_matches('#').len();
    let is_multiline = written.get(hashes..).is_some_and(|rest| rest.starts_with("\"\"\""));
    let around = hashes + if is_multiline { 3 } else { 1 };
    let behind = if is_torn(token) { 0 } else { around };
    Span::between(token.span.start + around, token.span.end().saturating_sub(behind))
}

/// What stands before the `@` of a URL: a name and a password.
fn user_of_url(span: Span, text: &str) -> Option<Span> {
    let written = span.slice(text);
    let start = written.find("://")? + "://".len();
    let length = written.get(start..)?.rfind('@')?;
    Some(Span { start: span.start + start, length })
}

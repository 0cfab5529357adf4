//! Slips of KDL in words, each with a hint. None repeats a piece of the text: it might be a piece of a secret.

use super::super::problem::Problem;
use super::token::{Fault, MOST_COMMENTS};

/// What is wrong between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    UnclosedBlock { open: usize },
    StrayBrace,
    NoName,
    NamelessBlock,
    SecondBlock,
    EntryBehindBlock,
    EqualsBehindName,
    SecondEquals,
    NoSpace,
    Comma,
    NoValue,
    BrokenAnnotation,
}

impl From<Slip> for Problem {
    fn from(slip: Slip) -> Self {
        let (message, help) = match slip {
            Slip::UnclosedBlock { open: 1 } => {
                ("a block is not closed", "a closing `}` is missing; was the file cut off?")
            }
            Slip::UnclosedBlock { .. } => {
                ("several blocks are not closed", "closing `}` are missing; was the file cut off?")
            }
            Slip::StrayBrace => ("this `}` closes nothing", "leave it out, or look for a missing `{` above"),
            Slip::NoName => ("a node begins with its name", "write: name \"value\" property=\"value\""),
            Slip::NamelessBlock => {
                ("a block needs the name of its node before it, in the same line", "write: name \"value\" {")
            }
            Slip::SecondBlock => ("a node has one block only", "move its nodes into the first block"),
            Slip::EntryBehindBlock => (
                "a node ends with its block",
                "write the values before the `{`, or begin a new line for a new node",
            ),
            Slip::EqualsBehindName => (
                "no `=` stands between a node and its value",
                "write: takeover \"refuse\"; only properties have a `=`",
            ),
            Slip::SecondEquals => (
                "this `=` belongs to no property",
                "put a text with `=` in it in quotes: \"OU=Staff,DC=example,DC=com\"",
            ),
            Slip::NoSpace => ("a space is missing before this", "values are separated by spaces"),
            Slip::Comma => (
                "values are separated by spaces",
                "leave the comma out: email \"mail\" \"userPrincipalName\"",
            ),
            Slip::NoValue => ("a value is missing here", "write a text in quotes, a number, #true or #false"),
            Slip::BrokenAnnotation => (
                "parentheses hold the type of a value",
                "as in (env)\"NAME\"; put other text with parentheses in quotes",
            ),
        };
        syntax(message, help)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (message, help) = match fault {
            Fault::DeepComment => return Self::TooDeep { what: "comments", most: MOST_COMMENTS },
            Fault::MultilineString => return Self::MultilineString,
            Fault::UnclosedComment => ("a comment is not closed", "each /* needs its */"),
            Fault::UnclosedString => ("a text in quotes is not closed", "add the closing quotes"),
            Fault::NewlineInString => {
                ("a text in quotes is not closed in its line", "add the closing quotes")
            }
            Fault::Escape => (
                "a backslash in quotes begins an escape, and this is none",
                "double it, as in \"CORP\\\\jcimport\", or write a raw string: #\"CORP\\jcimport\"#",
            ),
            Fault::BareKeyword("#true") => ("`true` is no value of KDL 2", "write #true"),
            Fault::BareKeyword("#false") => ("`false` is no value of KDL 2", "write #false"),
            Fault::BareKeyword("#null") => ("`null` is no value of KDL 2", "write #null"),
            Fault::BareKeyword(_) => ("this is no value of KDL 2", "put it in quotes"),
            Fault::UnknownKeyword => {
                ("this is none of the keywords", "they are #true, #false and #null; a raw string is #\"…\"#")
            }
            Fault::Percentage => ("a number has no `%`", "write it without, as in: percent=5"),
            Fault::NumberLike => ("this begins as a number and is none", "put it in quotes: timeout \"30s\""),
            Fault::ForbiddenCharacter => {
                ("this character may not stand in KDL", "leave it out; in a text in quotes, write \\u{…}")
            }
            Fault::List => (
                "KDL has no lists in brackets",
                "write the values one after the other: email \"mail\" \"userPrincipalName\"",
            ),
            Fault::HashComment => ("a lone `#` means nothing", "comments begin with //"),
            Fault::LoneSlash => {
                ("a lone `/` means nothing", "put a text with `/` in it in quotes; comments begin with //")
            }
            Fault::LoneBackslash => (
                "a lone `\\` means nothing",
                "put a text with `\\` in it in a raw string: #\"CORP\\jcimport\"#",
            ),
        };
        syntax(message, help)
    }
}

fn syntax(message: &str, help: &str) -> Problem {
    Problem::Syntax { message: message.to_owned(), help: Some(help.to_owned()) }
}

//! Symbols, colours and columns, in one place.
//!
//! Text is always written with its colours; whoever prints it strips them where the output is no terminal.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::plan::Action;

const ADD: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const REMOVE: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The symbol and colour of an action.
pub(super) fn symbol(action: Action) -> String {
    match action {
        Action::Create | Action::Add => paint(ADD, "+"),
        Action::Adopt | Action::Update | Action::Suspend | Action::Activate | Action::Unbind => {
            paint(CHANGE, "~")
        }
        Action::Remove | Action::Drop => paint(REMOVE, "-"),
    }
}

/// A heading or a verdict.
pub(super) fn strong(text: &str) -> String {
    paint(BOLD, text)
}

/// What is there for those who look for it.
pub(super) fn faint(text: &str) -> String {
    paint(DIM, text)
}

/// A value that comes.
pub(super) fn added(text: &str) -> String {
    paint(ADD, text)
}

/// A value that goes, or a failure.
pub(super) fn removed(text: &str) -> String {
    paint(REMOVE, text)
}

/// Something to look at before going on.
pub(super) fn warning(text: &str) -> String {
    paint(CHANGE, text)
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A text of ours without its colours. Texts of others in it are safe, so that no other sequence is there.
pub(super) fn plain(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or("", |(_, rest)| rest))
}

/// The text with spaces behind it, to a width in terminal columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The width of the widest text, up to `limit` columns.
pub(super) fn column<'t>(texts: impl Iterator<Item = &'t str>, limit: usize) -> usize {
    texts.map(UnicodeWidthStr::width).max().unwrap_or(0).min(limit)
}

/// `1 entry`, `2 entries`
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

//! Pieces of a policy text that is written for people.

use std::fmt::Write as _;

use crate::model::is_active;

/// Adds a line at a depth.
pub(super) fn line(out: &mut String, depth: usize, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}{text}", "    ".repeat(depth));
}

/// A text as a string of KDL.
pub(super) fn kdl(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_active(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name in a comment, which ends with its line.
pub(super) fn inert(name: &str) -> String {
    name.chars().take(200).map(|c| if is_active(c) { '\u{fffd}' } else { c }).collect()
}

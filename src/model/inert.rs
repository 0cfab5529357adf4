//! Text of others, so that nothing interprets it.
//!
//! Names come from a directory that others write to. Wherever they are shown or kept, characters that would move a
//! cursor, turn the direction of writing or hide something are written out.

use std::fmt::Write as _;

/// Whether a character is one of those: control characters, line and paragraph separators, bidirectional controls (UAX
/// #9), invisible characters that no script needs, and tags. Joiners are not: scripts and emoji are spelled with them.
pub fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        )
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A JSON text with these characters as `\u202e`, so that it says the same and can be shown on a terminal.
pub fn safe_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Line feeds lay the text out: inside of strings they are escaped already.
        if c == '\n' || !is_active(c) {
            shown.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    shown
}

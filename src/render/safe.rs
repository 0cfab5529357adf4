//! Text of others, made fit for a terminal.

use std::fmt::Write as _;

/// The text with every character shown that would move a cursor, change the direction of writing or be invisible:
/// as `\n`, `\t` or `\u{202e}`.
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if is_unsafe(c) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// A JSON text with the same characters as `\u202e`, so that it says the same and can be shown on a terminal.
pub fn safe_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Line feeds lay the text out: inside of strings they are escaped already.
        if c == '\n' || !is_unsafe(c) {
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

/// Control characters, line and paragraph separators, bidirectional controls (UAX #9), invisible characters that no
/// script needs, and tags. Joiners stay: scripts and emoji are spelled with them.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        )
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{safe, safe_json};

    #[test]
    fn shows_what_a_terminal_would_interpret() {
        assert_eq!(safe("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(safe("line\nfeed\u{9b}"), "line\\nfeed\\u{9b}");
        assert_eq!(safe("gpj.\u{202e}exe"), "gpj.\\u{202e}exe");
        assert_eq!(safe("الاسم 名前 👩\u{200d}💻"), "الاسم 名前 👩\u{200d}💻");
    }

    #[test]
    fn json_says_the_same_in_characters_that_no_terminal_interprets() {
        let hostile =
            ["gpj.\u{202e}exe", "\u{1b}[2J\u{9b}0m\u{7f}", "tag\u{e0041}", "line\nfeed", "الاسم 名前"];
        let text = safe_json(&serde_json::to_string_pretty(&hostile).unwrap());
        assert_eq!(safe(&text.replace('\n', "")), text.replace('\n', ""));
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), hostile);
    }
}

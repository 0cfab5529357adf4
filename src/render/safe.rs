//! Text of others, made fit for a terminal.

use std::fmt::Write as _;

use crate::model::is_active;

/// The text with every character shown ([`is_active`]) that would move a cursor, change the direction of writing or be invisible:
/// as `\n`, `\t` or `\u{202e}`.
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if is_active(c) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::safe;
    use crate::model::safe_json;

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

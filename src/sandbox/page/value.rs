//! Values as a page shows them. Whoever writes to a directory chooses them, so none is trusted to be harmless.

use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

/// Longest text that is shown whole, in characters.
const LONGEST: usize = 2_000;

/// Whether a character would not be seen, or would change how others are seen: control characters, and those that turn the
/// direction of writing, are no wider than nothing, or belong to nothing.
pub(super) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// A text, on its own: it cannot turn the text around it, and what would not be seen is named.
pub(super) fn text(text: &str) -> Markup {
    let is_cut = text.chars().nth(LONGEST).is_some();
    let shown: String = text.chars().take(LONGEST).collect();
    let mut parts = Vec::new();
    let mut rest = shown.as_str();
    while let Some((place, character)) = rest.char_indices().find(|(_, character)| is_unseen(*character)) {
        let (seen, behind) = rest.split_at(place);
        parts.push((seen, Some(character)));
        rest = behind.get(character.len_utf8()..).unwrap_or_default();
    }
    parts.push((rest, None));
    html! {
        bdi {
            @for (seen, unseen) in parts {
                (seen)
                @if let Some(unseen) = unseen {
                    span.unseen { "U+" (format!("{:04X}", u32::from(unseen))) }
                }
            }
            @if is_cut { span.muted { "… (cut)" } }
        }
    }
}

/// What a field of a record holds.
pub(super) fn value(value: &Value) -> Markup {
    match value {
        Value::Null => html! { span.muted { "null" } },
        Value::Bool(flag) => html! { code { (flag) } },
        Value::Number(number) => html! { code { (number) } },
        Value::String(value) if value.is_empty() => nothing(),
        Value::String(value) => text(value),
        Value::Array(values) if values.is_empty() => nothing(),
        Value::Object(values) if values.is_empty() => nothing(),
        Value::Array(values) => html! {
            ul.values { @for one in values { li { (self::value(one)) } } }
        },
        Value::Object(values) => html! {
            dl.values {
                @for (name, one) in values {
                    div { dt { (text(name)) } dd { (self::value(one)) } }
                }
            }
        },
    }
}

/// What stands where there is nothing.
pub(super) fn nothing() -> Markup {
    html! { span.muted { "–" } }
}

/// A time, to the millisecond.
pub(super) fn time(time: Timestamp) -> Markup {
    html! { time datetime=(time) { span.date { (time.strftime("%F")) } " " (time.strftime("%T%.3f")) } }
}

/// A number, its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

pub(super) fn count(count: usize) -> String {
    number(u64::try_from(count).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_text_and_nothing_else() {
        for (given, expected) in [
            ("Ada", "<bdi>Ada</bdi>"),
            ("<b>\"&", "<bdi>&lt;b&gt;&quot;&amp;</bdi>"),
            (
                "a\u{202e}b\0",
                "<bdi>a<span class=\"unseen\">U+202E</span>b<span class=\"unseen\">U+0000</span></bdi>",
            ),
            ("שלום 👩‍💻", "<bdi>שלום 👩‍💻</bdi>"),
        ] {
            assert_eq!(text(given).into_string(), expected);
        }
        let long = text(&"ö".repeat(LONGEST + 1)).into_string();
        assert_eq!(long.matches('ö').count(), LONGEST);
        assert!(long.contains("(cut)"));
    }

    #[test]
    fn names_and_parts_of_values_are_text_too() {
        let shown = value(&json!([{ "<i>": ["</li><script>"] }])).into_string();
        assert!(!shown.contains("<i>") && !shown.contains("<script>"), "{shown}");
    }

    #[test]
    fn numbers_are_readable() {
        let shown: Vec<String> = [0, 999, 1_000, 50_000, 1_234_567].into_iter().map(number).collect();
        assert_eq!(shown, ["0", "999", "1,000", "50,000", "1,234,567"]);
    }
}

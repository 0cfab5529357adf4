//! A value before and after, on one line.

use similar::{ChangeTag, TextDiff};

use super::safe::safe;
use super::style::{added, faint, removed};

/// Values at least this long are compared inside the line.
const LONG: usize = 24;

/// `"Sales" → "Marketing"`; long values are shown once, with `[-…-]` and `{+…+}` where they differ.
pub(super) fn difference(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) if before.chars().count() >= LONG && after.chars().count() >= LONG => {
            inline(&safe(before), &safe(after))
        }
        (before, after) => format!("{} → {}", shown(before), shown(after)),
    }
}

/// The value in quotes; `none` where there is none.
pub(super) fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| faint("none"), quoted)
}

/// The value in quotes, those inside of it escaped.
fn quoted(value: &str) -> String {
    format!("\"{}\"", safe(value).replace('"', "\\\""))
}

fn inline(before: &str, after: &str) -> String {
    let diff = TextDiff::from_unicode_words(before, after);
    let mut line = String::from("\"");
    let mut changes = diff.iter_all_changes().peekable();
    while let Some(change) = changes.next() {
        let tag = change.tag();
        let mut run = change.value().to_owned();
        while let Some(next) = changes.next_if(|next| next.tag() == tag) {
            run.push_str(next.value());
        }
        match tag {
            ChangeTag::Equal => line.push_str(&run),
            ChangeTag::Delete => line.push_str(&removed(&format!("[-{run}-]"))),
            ChangeTag::Insert => line.push_str(&added(&format!("{{+{run}+}}"))),
        }
    }
    line.push('"');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn short_values_stand_side_by_side() {
        assert_eq!(plain(&difference(Some("Sales"), Some("Marketing"))), r#""Sales" → "Marketing""#);
        assert_eq!(plain(&difference(Some("Sales"), None)), r#""Sales" → none"#);
    }

    #[test]
    fn long_values_are_compared_inside_the_line() {
        let before = "CN=Ada King,OU=Sales,OU=Corporate Users,DC=example";
        let after = "CN=Ada King,OU=Research,OU=Corporate Users,DC=example";
        assert_eq!(
            plain(&difference(Some(before), Some(after))),
            r#""CN=Ada King,OU=[-Sales-]{+Research+},OU=Corporate Users,DC=example""#
        );
    }
}

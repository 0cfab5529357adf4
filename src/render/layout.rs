//! What a layout would change in a text, as a unified diff.

use similar::{ChangeTag, TextDiff};

use super::safe::safe;
use super::style::{added, faint, removed, strong};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

/// The lines that differ between a text and its layout, with some around them; empty where none does. Both texts are
/// shown, so they come without secrets.
pub fn render_layout_difference(file: &str, before: &str, after: &str) -> String {
    unified((file, before), (file, after))
}

/// The lines that differ between two texts with their names, with some around them; empty where none does.
pub(super) fn unified((before_name, before): (&str, &str), (after_name, after): (&str, &str)) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut unified = diff.unified_diff();
    let hunks: Vec<String> = unified
        .context_radius(CONTEXT)
        .iter_hunks()
        .map(|hunk| {
            let header = faint(&hunk.header().to_string());
            let lines = hunk.iter_changes().map(|change| line(change.tag(), change.value()));
            format!("{header}\n{}", lines.collect::<String>())
        })
        .collect();
    if hunks.is_empty() {
        return String::new();
    }
    let head = |sign, name| strong(&format!("{sign} {}", safe(name)));
    format!("{}\n{}\n{}", head("---", before_name), head("+++", after_name), hunks.concat())
}

fn line(tag: ChangeTag, written: &str) -> String {
    let (text, is_ended) = match written.strip_suffix('\n') {
        Some(text) => (text, true),
        None => (written, false),
    };
    // Tabs keep their place; a carriage return is told, for it may be all that differs.
    let text = text.split('\t').map(safe).collect::<Vec<_>>().join("\t");
    let line = match tag {
        ChangeTag::Equal => format!(" {text}"),
        ChangeTag::Delete => removed(&format!("-{text}")),
        ChangeTag::Insert => added(&format!("+{text}")),
    };
    let missing = if is_ended { "" } else { "\\ No newline at end of file\n" };
    format!("{line}\n{missing}")
}

#[cfg(test)]
mod tests {
    use super::render_layout_difference;

    fn plain(before: &str, after: &str) -> String {
        let shown = render_layout_difference("corp.kdl", before, after);
        anstream::adapter::strip_str(&shown).to_string()
    }

    #[test]
    fn shows_what_differs_with_three_lines_around_it() {
        let before = "1\n2\n3\n4\n  a\n5\n6\n7\n8\n";
        assert_eq!(
            plain(before, &before.replace("  a", "    a")),
            "--- corp.kdl\n+++ corp.kdl\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-  a\n+    a\n 5\n 6\n 7\n"
        );
        assert_eq!(plain(before, before), "");
    }

    #[test]
    fn shows_line_ends_that_nobody_sees() {
        assert_eq!(
            plain("a\r\nb", "a\nb\n"),
            "--- corp.kdl\n+++ corp.kdl\n@@ -1,2 +1,2 @@\n-a\\r\n-b\n\\ No newline at end of file\n+a\n+b\n"
        );
    }

    #[test]
    fn what_acts_on_a_terminal_is_shown() {
        assert!(plain("a \u{1b}[2J\n", "a\n").contains("-a \\u{1b}[2J\n"));
    }
}

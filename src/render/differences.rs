//! What a saved plan expects and did not find, in columns.

use std::fmt::Write as _;

use super::safe::safe;
use super::style::{column, faint, pad, plural, strong};
use crate::plan::saved::Difference;

/// Widest column; longer values push what follows to the right.
const COLUMNS: usize = 40;

/// A table with a line for each difference, with colours, ending in an empty line.
pub fn render_differences(differences: &[Difference]) -> String {
    let head = ["object", "field", "expected", "found"].map(str::to_owned);
    let rows = differences.iter().map(|difference| {
        let Difference { object, field, expected, found } = difference;
        [object, field, expected, found].map(|text| safe(text))
    });
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(rows).collect();
    let objects = column(rows.iter().map(|[object, ..]| object.as_str()), COLUMNS);
    let fields = column(rows.iter().map(|[_, field, ..]| field.as_str()), COLUMNS);
    let values = column(rows.iter().map(|[_, _, expected, _]| expected.as_str()), COLUMNS);
    let count = plural(differences.len(), "difference", "differences");
    let mut out = strong(&format!("{count} from what the plan expects of JumpCloud:"));
    out.push('\n');
    for (position, [object, field, expected, found]) in rows.iter().enumerate() {
        let [object, field, expected] = [pad(object, objects), pad(field, fields), pad(expected, values)];
        let line = format!("  {object}  {field}  {expected}  {found}");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", if position == 0 { faint(&line) } else { line });
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_in_columns_and_shows_what_a_terminal_would_interpret() {
        let difference = |object: &str, field: &str, expected: &str, found: &str| Difference {
            object: object.to_owned(),
            field: field.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        let text = render_differences(&[
            difference("user ada", "email", "\"ada@x.org\"", "\"e\u{1b}[2J\""),
            difference("group Sales", "id", "5f", "not in JumpCloud any more"),
        ]);
        let lines: Vec<String> =
            anstream::adapter::strip_str(&text).to_string().lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "2 differences from what the plan expects of JumpCloud:",
                "  object       field  expected     found",
                "  user ada     email  \"ada@x.org\"  \"e\\u{1b}[2J\"",
                "  group Sales  id     5f           not in JumpCloud any more",
                "",
            ]
        );
    }
}

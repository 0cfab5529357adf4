//! Tables of many rows.

use maud::{Markup, html};

use super::look::{Look, Part};
use super::value::count;

/// The columns that hold numbers, which stand at the right.
const NUMBERS: [&str; 5] = ["Groups", "Members", "No.", "Took", "Users"];

/// A table. Where it is wider than the window it moves by itself, and the page does not.
pub(super) fn table(label: &str, columns: &[&str], rows: impl IntoIterator<Item = Markup>) -> Markup {
    html! {
        div.wide role="region" aria-label=(label) tabindex="0" {
            table {
                thead { tr {
                    @for column in columns {
                        th scope="col" class=[NUMBERS.contains(column).then_some("number")] { (column) }
                    }
                } }
                tbody { @for row in rows { tr { (row) } } }
            }
        }
    }
}

/// Which rows are shown, and the ways to the others.
pub(super) fn pager(look: &Look, part: Part, name: &str) -> Markup {
    let Part { page, last, first, length, total } = part;
    html! {
        nav.pager aria-label={ "Pages of " (name) } {
            span {
                @if total == 0 { "None" }
                @else { (count(first + 1)) "–" (count(first + length)) " of " (count(total)) }
            }
            @if page > 0 {
                a href=(look.with_page(0)) { "First" }
                a href=(look.with_page(page - 1)) rel="prev" { "Previous" }
            }
            @if page < last {
                a href=(look.with_page(page + 1)) rel="next" { "Next" }
                a href=(look.with_page(last)) { "Last" }
            }
        }
    }
}

/// A field to search with, and how many rows have what is searched for.
pub(super) fn search(look: &Look, path: &str, label: &str) -> Markup {
    html! {
        form.search action=(path) method="get" role="search" {
            label for="q" { (label) }
            input #q type="search" name="q" value=(look.search) autocomplete="off" spellcheck="false";
            button type="submit" { "Search" }
            @if !look.search.is_empty() { a href=(path) { "Show all" } }
        }
    }
}

//! What a page is asked to show: the parameters in its address.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use url::form_urlencoded;

use super::ROWS;

/// The parameters of a page. What makes no sense counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    path: String,
    /// What to search for; nothing shows all.
    pub(super) search: String,
    /// Which page of many rows, from 0.
    page: usize,
    /// Whether the page refreshes itself, where the address says.
    live: Option<bool>,
}

impl Look {
    fn parse(path: &str, query: &str) -> Self {
        let mut look = Self { path: path.to_owned(), ..Self::default() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => value.trim().clone_into(&mut look.search),
                "page" => look.page = value.parse().unwrap_or(1_usize).saturating_sub(1),
                "live" => look.live = Some(value == "yes"),
                _ => {}
            }
        }
        look
    }

    /// Whether the page refreshes itself; `usual` is what it does when the address says nothing.
    pub(super) fn is_live(&self, usual: bool) -> bool {
        self.live.unwrap_or(usual)
    }

    /// The address of the same page, live or not.
    pub(super) fn with_live(&self, live: bool) -> String {
        self.address(self.page, Some(live))
    }

    /// The address of the page of rows before or behind this one.
    pub(super) fn with_page(&self, page: usize) -> String {
        self.address(page, self.live)
    }

    fn address(&self, page: usize, live: Option<bool>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if page > 0 {
            query.append_pair("page", &page.saturating_add(1).to_string());
        }
        if let Some(live) = live {
            query.append_pair("live", if live { "yes" } else { "no" });
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// Which of so many rows are shown; a page behind the last is the last.
    pub(super) fn part(&self, total: usize) -> Part {
        let last = total.saturating_sub(1) / ROWS;
        let page = self.page.min(last);
        let first = page * ROWS;
        Part { page, last, first, length: ROWS.min(total - first), total }
    }
}

/// A part of many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Its number, from 0, and the highest.
    pub(super) page: usize,
    pub(super) last: usize,
    /// Its first row, from 0, and how many rows it has.
    pub(super) first: usize,
    pub(super) length: usize,
    pub(super) total: usize,
}

impl<S: Sync> FromRequestParts<S> for Look {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.path(), parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_what_they_do_not_change() {
        let look = Look::parse("/users", "q=%3Cb%3E+%26&page=3&live=no&x=y");
        assert_eq!(look.with_live(true), "/users?q=%3Cb%3E+%26&page=3&live=yes");
        assert_eq!(look.with_page(0), "/users?q=%3Cb%3E+%26&live=no");
        assert_eq!(Look::parse("/", "").with_page(0), "/");
        assert!(Look::parse("/", "").is_live(true) && !look.is_live(true));
    }

    #[test]
    fn pages_are_there() {
        let part = |query: &str, total| {
            let Part { page, last, first, length, .. } = Look::parse("/", query).part(total);
            (page, last, first, length)
        };
        assert_eq!(part("", 0), (0, 0, 0, 0));
        assert_eq!(part("page=2", 100), (0, 0, 0, 100));
        assert_eq!(part("page=2", 101), (1, 1, 100, 1));
        for query in ["page=0", "page=x", "page=-1", "page=1"] {
            assert_eq!(part(query, 250), (0, 2, 0, 100), "{query}");
        }
        assert_eq!(part("page=18446744073709551615", 250), (2, 2, 200, 50));
    }
}

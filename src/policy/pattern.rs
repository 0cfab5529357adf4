//! Patterns of exclusions: `*` and `?` on whole values, without case.
//!
//! Not for file names: nothing here knows separators, and a backslash is a backslash on every platform.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

use crate::model::fold;

/// A pattern that a whole value must match. `*` stands for any run of characters, `?` for one; everything else stands
/// for itself, on every platform. Case and composition do not matter ([`crate::model::fold`]), and characters are
/// counted after folding: `ß`, which folds to `ss`, counts as two.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// None for a pattern that is longer than any value.
    matcher: Option<GlobMatcher>,
}

impl Pattern {
    /// Most characters of a pattern that can match. No name or DN of a directory comes near it, and the compiled form
    /// of a longer one would outgrow what the regular expressions below allow.
    pub const LONGEST: usize = 2_000;

    /// Takes the pattern as written; every text is one. One above [`Pattern::LONGEST`] matches nothing.
    pub fn new(text: &str) -> Self {
        Self::compile(text.to_owned(), text)
    }

    /// Takes a pattern for DNs as written: spaces around separators, semicolons for commas and the way escapes are
    /// spelled do not matter. The values it matches are those of [`crate::model::Dn::normalized`].
    pub fn for_dn(text: &str) -> Self {
        Self::compile(text.to_owned(), &super::dn_pattern::normalize_dn_pattern(text))
    }

    fn compile(text: String, pattern: &str) -> Self {
        let matcher = (pattern.chars().count() <= Self::LONGEST)
            .then(|| GlobBuilder::new(&encode_pattern(pattern)).build().ok())
            .flatten()
            .map(|glob| glob.compile_matcher());
        Self { text, matcher }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        self.matcher.as_ref().is_some_and(|matcher| matcher.is_match(encode(value)))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

/// One character in the code that globs are matched in: a capital letter for the plane, then four lower-case digits.
///
/// Globs match paths, byte by byte, and take `/`, `\` and a few more for syntax, some of it on some platforms only. In
/// this code no character has a meaning, `?` is five bytes for every character, and because only the first of the five
/// is a capital letter, a literal can match at the start of a character only.
fn push_encoded(encoded: &mut String, character: char) {
    let code = u32::from(character);
    // 17 planes, so from 'A' to 'Q'.
    encoded.push(char::from(b'A'.saturating_add(u8::try_from(code >> 16).unwrap_or_default())));
    for shift in [12, 8, 4, 0] {
        encoded.push(char::from_digit((code >> shift) & 0xf, 16).unwrap_or_default());
    }
}

fn encode(value: &str) -> String {
    let folded = fold(value);
    let mut encoded = String::with_capacity(folded.len() * 5);
    for character in folded.chars() {
        push_encoded(&mut encoded, character);
    }
    encoded
}

fn encode_pattern(pattern: &str) -> String {
    let mut encoded = String::new();
    for character in fold(pattern).chars() {
        match character {
            // Two stars in a row would be syntax of their own.
            '*' if encoded.ends_with('*') => {}
            '*' => encoded.push('*'),
            '?' => encoded.push_str("?????"),
            _ => push_encoded(&mut encoded, character),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_and_question_marks_are_wildcards() {
        for (pattern, value) in [
            ("svc-*", "SVC-backup"),
            ("svc-*", "svc-"),
            ("*", ""),
            ("*", "any thing/at\\all"),
            ("***", "ada"),
            ("a**b", "ab"),
            ("?", "é"),
            ("?", "e\u{301}"),
            ("?", "漢"),
            ("?", "\u{1f600}"),
            ("a?c", "a/c"),
            ("a?c", "a\\c"),
            (r"CORP\j*", r"corp\jc"),
            ("[ab]", "[AB]"),
            ("{a,b}", "{a,b}"),
            ("[!a]", "[!a]"),
            ("a/*/b", "a/x/y/b"),
            ("*/b", "a/b"),
            ("./a", "./a"),
            ("STRASSE*", "straße 5"),
            ("*?", "x"),
            ("x*?*y", "x-y"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
            ("a\nb*", "a\nb\nc"),
        ] {
            assert!(Pattern::new(pattern).matches(value), "{pattern:?} and {value:?}");
        }
        for (pattern, value) in [
            ("svc", "svc-1"),
            ("svc-?", "svc-"),
            ("?", ""),
            ("?", "漢漢"),
            ("??", "\u{1f600}"),
            ("??", "é"),
            ("[ab]", "a"),
            ("{a,b}", "a"),
            ("[!a]", "b"),
            (r"a\*", "a*"),
            (r"a\c", "a/c"),
            ("a/c", r"a\c"),
            ("./a", "a"),
            ("", "a"),
            ("*b*", "a\u{620}"),
            ("x*?*y", "xy"),
        ] {
            assert!(!Pattern::new(pattern).matches(value), "{pattern:?} and {value:?}");
        }
    }

    #[test]
    fn a_pattern_longer_than_any_value_matches_nothing() {
        let longest = "漢".repeat(Pattern::LONGEST);
        assert!(Pattern::new(&longest).matches(&longest));
        let longer = "漢".repeat(Pattern::LONGEST + 1);
        assert!(!Pattern::new(&longer).matches(&longer));
    }

    /// What a pattern means, without any library.
    fn reference(pattern: &[char], value: &[char]) -> bool {
        match pattern.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|skipped| reference(rest, &value[skipped..])),
            Some(('?', rest)) => !value.is_empty() && reference(rest, &value[1..]),
            Some((c, rest)) => value.first() == Some(c) && reference(rest, &value[1..]),
        }
    }

    fn folded(text: &str) -> Vec<char> {
        fold(text).chars().collect()
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_reference(pattern in "[aAbß漢*?/\\\\\\[{,!é\u{1f600}]{0,8}", value in "[aAbß漢/\\\\\\[{,!é\u{1f600}]{0,8}") {
            let expected = reference(&folded(&pattern), &folded(&value));
            proptest::prop_assert_eq!(Pattern::new(&pattern).matches(&value), expected);
        }

        #[test]
        fn every_text_without_wildcards_matches_itself(text in "[^*?]{0,40}") {
            proptest::prop_assert!(Pattern::new(&text).matches(&text));
        }

        #[test]
        fn a_star_in_place_of_any_run_still_matches(text in ".{0,20}", from in 0_usize..20, length in 0_usize..20) {
            let characters: Vec<char> = folded(&text).into_iter().filter(|c| !matches!(c, '*' | '?')).collect();
            let from = from.min(characters.len());
            let to = (from + length).min(characters.len());
            let head: String = characters[..from].iter().collect();
            let tail: String = characters[to..].iter().collect();
            let value: String = characters.iter().collect();
            // Cutting may let a combining mark meet a new neighbour; such cuts are not what is asked here.
            if fold(&head) + &fold(&tail) == fold(&format!("{head}{tail}")) && fold(&value) == value {
                let pattern = format!("{head}*{tail}");
                if fold(&pattern) == pattern {
                    proptest::prop_assert!(Pattern::new(&pattern).matches(&value));
                }
            }
        }
    }
}

//! How names are compared: Unicode case folding, in normalization form C.

use unicode_normalization::UnicodeNormalization;

/// The form in which two names, mail addresses or DNs are compared: full Unicode case folding between two
/// normalizations to NFC (Unicode Standard 3.13, D145).
///
/// The result is for comparing only; values are always written as their owner spelled them.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    caseless::default_case_fold_str(&text.nfc().collect::<String>()).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_case_and_composition_alike() {
        for (left, right) in [
            ("ADA", "ada"),
            ("Straße", "STRASSE"),
            ("Zoe\u{308}", "zo\u{eb}"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("İ", "i\u{307}"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} and {right}");
        }
        assert_ne!(fold("ada"), fold("adá"));
    }
}

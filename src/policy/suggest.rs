//! Words as they were meant: the known word that is nearest to a written one, and names without what does not tell them apart.

/// The nearest of the known words, if it is near enough to be meant. Case and the characters between words do not
/// count.
pub fn closest<'w>(written: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let written = plain(written);
    known
        .map(|word| (strsim::damerau_levenshtein(&written, &plain(word)), word))
        .filter(|(distance, word)| *distance <= 1.max(word.chars().count() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).take(64).collect()
}

/// A word of the policy for a message: control characters escaped, and not longer than a line.
pub(super) fn quote(word: &str) -> String {
    let shown: String = word.chars().take(60).collect();
    let dots = if shown.len() < word.len() { "…" } else { "" };
    format!("{}{dots}", shown.escape_debug())
}

/// The letters and digits of a name in lower case: names that differ in nothing else are one. Of a longer name the first 64.
pub(super) fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
}

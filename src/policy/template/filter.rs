//! What a placeholder does to a value.

/// A value that replacements make longer than this, in bytes, is cut: no field takes as much, and one that doubles it in each
/// of forty steps would take all memory.
const MOST_BYTES: usize = 8 * 1024;

/// A change of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    /// `lower`
    Lower,
    /// `upper`
    Upper,
    /// `trim`
    Trim,
    /// `before:@`: what stands before the first of these; all of a value that has none.
    Before(String),
    /// `after:@`: what stands behind the first of these; nothing of a value that has none.
    After(String),
    /// `replace:a:b`: each of the first for the second.
    Replace(String, String),
    /// `default:x`: this for an empty value.
    Default(String),
}

impl Filter {
    /// The names, for messages.
    pub(super) const NAMES: [&'static str; 7] =
        ["lower", "upper", "trim", "before", "after", "replace", "default"];

    pub(super) fn apply(&self, value: String) -> String {
        match self {
            Self::Lower => value.to_lowercase(),
            Self::Upper => value.to_uppercase(),
            Self::Trim => value.trim().to_owned(),
            Self::Before(mark) => match value.split_once(mark) {
                Some((before, _)) => before.to_owned(),
                None => value,
            },
            Self::After(mark) => {
                value.split_once(mark).map_or_else(String::new, |(_, after)| after.to_owned())
            }
            Self::Replace(from, to) => replace(&value, from, to),
            Self::Default(text) if value.trim().is_empty() => text.clone(),
            Self::Default(_) => value,
        }
    }
}

fn replace(value: &str, from: &str, to: &str) -> String {
    let mut replaced = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once(from) {
        replaced.push_str(before);
        replaced.push_str(to);
        rest = behind;
        if replaced.len() > MOST_BYTES {
            return replaced;
        }
    }
    replaced + rest
}

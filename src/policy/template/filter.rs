//! What a placeholder does to a value.

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
            Self::Replace(from, to) => value.replace(from, to),
            Self::Default(text) if value.trim().is_empty() => text.clone(),
            Self::Default(_) => value,
        }
    }
}

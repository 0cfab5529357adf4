//! Templates: texts with AD attributes in them, such as `{givenName} {sn}` or `{mail|before:@|lower}`.

mod filter;
mod parse;

pub(super) use parse::{Parsed, SlipKind, parse};

use crate::model::AttributeName;

use filter::Filter;

/// A text with placeholders, at least one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Placeholder { attribute: AttributeName, filters: Vec<Filter> },
}

impl Template {
    /// Reads a template; none where something is wrong with it, or no placeholder in it. Whether its attributes may be read
    /// is for the policy to say that it stands in, and what is wrong is told there.
    pub fn parse(text: &str) -> Option<Self> {
        let Parsed { template, names, slips } = parse(text);
        (slips.is_empty() && !names.is_empty()).then_some(template)
    }

    /// The AD attributes in it, in the order of the text.
    pub fn attributes(&self) -> impl Iterator<Item = &AttributeName> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder { attribute, .. } => Some(attribute),
            Part::Literal(_) => None,
        })
    }

    /// The text with values in it, without white space at its ends; none when all placeholders are empty.
    pub fn fill(&self, value: impl Fn(&AttributeName) -> Option<String>) -> Option<String> {
        let mut filled = String::new();
        let mut is_empty = true;
        for part in &self.parts {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Placeholder { attribute, filters } => {
                    let value = value(attribute).unwrap_or_default();
                    let value = filters.iter().fold(value, |value, filter| filter.apply(value));
                    is_empty &= value.trim().is_empty();
                    filled.push_str(&value);
                }
            }
        }
        let filled = filled.trim();
        (!is_empty && !filled.is_empty()).then(|| filled.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse::Slip;
    use super::*;

    fn fill(template: &str, values: &[(&str, &str)]) -> Option<String> {
        let Parsed { template, slips, .. } = parse(template);
        assert_eq!(slips, []);
        template.fill(|attribute| {
            let of_name = |(name, _): &&(&str, &str)| AttributeName::new(name) == *attribute;
            values.iter().find(of_name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn is_filled_with_values() {
        let ada = [("givenName", "Ada"), ("sn", "King"), ("mail", "Ada.King@example.com"), ("l", " Paris ")];
        for (template, expected) in [
            ("{givenName} {sn}", "Ada King"),
            ("{GIVENNAME}-{sn}-{givenName}", "Ada-King-Ada"),
            ("{mail|before:@|lower}", "ada.king"),
            ("{mail|after:@}", "example.com"),
            ("{mail|after:.|before:.}", "King@example"),
            ("{mail|before:#}", "Ada.King@example.com"),
            ("{sn|upper}", "KING"),
            ("<{l|trim}>", "<Paris>"),
            ("<{l}>", "< Paris >"),
            ("{l}", "Paris"),
            ("{mail|replace:a:}", "Ad.King@exmple.com"),
            ("{mail|replace:example.com:x:y}", "Ada.King@x:y"),
            ("{title|default:none at all}", "none at all"),
            ("{title|default:a:b}", "a:b"),
            ("{sn|default:x}", "King"),
            ("{mail|after:#|default:-}", "-"),
            ("{{{sn}}}", "{King}"),
            ("{{{{{sn}", "{{King"),
            ("{givenName} {title}", "Ada"),
            ("{sn|after:K}", "ing"),
            ("{givenName|replace:A:::}", "::da"),
            ("ä{sn}é", "äKingé"),
        ] {
            assert_eq!(fill(template, &ada).as_deref(), Some(expected), "{template}");
        }
        assert_eq!(
            fill("{proxyAddresses|after::}", &[("proxyAddresses", "smtp:a@b")]).as_deref(),
            Some("a@b")
        );
    }

    #[test]
    fn is_empty_when_all_its_placeholders_are() {
        for template in ["{title}", "room {title}, {l}", "{mail|after:#}", "{blank} {title}"] {
            let values = [("mail", "ada"), ("blank", " \t")];
            assert_eq!(fill(template, &values), None, "{template}");
        }
    }

    #[test]
    fn a_value_that_doubles_with_each_filter_ends() {
        let filled = fill(&format!("{{sn{}}}", "|replace:a:aa".repeat(60)), &[("sn", "a")]).unwrap();
        assert!((8_192..=2 * 8_192 + 2).contains(&filled.len()), "{}", filled.len());
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_slips_lie_within_it(
            text in "([{}|:@ ]|[a-z]{1,3}|lower|before|replace|default|é|\\PC){0,30}",
            value in "\\PC{0,10}",
        ) {
            let Parsed { template, names, slips } = parse(&text);
            for (start, name) in names {
                prop_assert_eq!(text.get(start..start + name.len()), Some(name));
            }
            for Slip { start, length, .. } in slips {
                prop_assert!(length > 0 && text.get(start..start + length).is_some());
            }
            // Values are as much somebody else's as the text is.
            let filled = template.fill(|_| Some(value.clone()));
            prop_assert!(filled.is_none_or(|filled| !filled.is_empty() && filled.trim() == filled));
        }
    }
}

//! Values that several nodes share: closed choices, durations, numbers in bounds, names of AD attributes, secrets.

use std::time::Duration;

use crate::model::AttributeName;

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::{closest, quote};
use super::super::syntax::{Content, Value};
use super::super::{SecretRef, Spanned};

/// AD attributes that hold passwords. They are not readable over LDAP for good reasons, or should not be.
const SECRET_ATTRIBUTES: [&str; 5] =
    ["unicodePwd", "userPassword", "supplementalCredentials", "ms-Mcs-AdmPwd", "msLAPS-Password"];

/// The choice that the text is.
pub(in crate::policy) fn choose<'c>(
    what: &'static str,
    written: &Spanned<&str>,
    choices: &[&'c str],
    problems: &mut Problems,
) -> Option<&'c str> {
    if let Some(choice) = choices.iter().find(|choice| **choice == written.value) {
        return Some(choice);
    }
    let known = choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(" or ");
    let help = match closest(written.value, choices.iter().copied()) {
        Some(close) => format!("did you mean \"{close}\"? It is one of {known}"),
        None if choices.len() > 1 => format!("it is one of {known}"),
        None => format!("it is {known}"),
    };
    problems.report(written.span, Problem::UnknownValue { what, value: quote(written.value), help });
    None
}

/// A number and a unit: `30s`, `7d`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}

/// The whole number, when it is within the bounds.
pub(super) fn read_number(
    what: &str,
    value: &Value,
    (least, most): (u64, u64),
    form: &'static str,
    problems: &mut Problems,
) -> Option<u64> {
    let Content::Integer(number) = value.content else { return None };
    match u64::try_from(number) {
        Ok(number) if (least..=most).contains(&number) => Some(number),
        _ => {
            problems.report(value.span, Problem::OutOfRange { what: what.to_owned(), least, most, form });
            None
        }
    }
}

/// The name of an AD attribute (RFC 4512 1.4, `keystring`) that is no secret.
pub(in crate::policy) fn read_attribute(
    name: &Spanned<&str>,
    problems: &mut Problems,
) -> Option<AttributeName> {
    let is_name = name.value.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_name {
        problems.report(name.span, Problem::InvalidAttribute { name: quote(name.value) });
        return None;
    }
    if SECRET_ATTRIBUTES.iter().any(|secret| secret.eq_ignore_ascii_case(name.value)) {
        problems.report(name.span, Problem::SecretAttribute { name: quote(name.value) });
        return None;
    }
    Some(AttributeName::new(name.value))
}

/// A secret of a sound node.
pub(super) fn read_secret(value: &Value) -> Option<Spanned<SecretRef>> {
    let text = value.text()?;
    let form = match value.annotation.as_ref()?.value.as_str() {
        "env" => SecretRef::Env,
        "file" => SecretRef::File,
        "command" => SecretRef::Command,
        _ => return None,
    };
    Some(Spanned::new(form(text.value.to_owned()), text.span))
}

/// A text as an owned value with its place.
pub(super) fn owned(text: Spanned<&str>) -> Spanned<String> {
    Spanned::new(text.value.to_owned(), text.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        for (text, seconds) in
            [("30s", 30), ("5m", 300), ("2h", 7_200), ("7d", 604_800), ("1w", 604_800), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "30",
            "1.5s",
            "-1s",
            "+1s",
            "30 s",
            "30S",
            "1y",
            "99999999999999999999s",
            "9999999999999999999w",
            "３s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

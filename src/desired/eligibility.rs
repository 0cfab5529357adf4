//! Why a selected user cannot be imported now, as far as the directory alone tells.

use std::collections::BTreeMap;

use crate::model::{AttributeName, Directory, DirectoryUser, Field, Reason};
use crate::policy::{Mapping, Policy};

/// The first reason that applies, in the order of [`Reason`], with a sentence for people.
///
/// A field that the policy does not map is not missed.
pub(super) fn reason(
    policy: &Policy,
    directory: &Directory,
    user: &DirectoryUser,
    fields: &BTreeMap<Field, Option<String>>,
) -> Option<(Reason, String)> {
    if user.attributes.first_text("adminCount").is_some_and(|count| count.trim() == "1") {
        return Some((
            Reason::Privileged,
            "adminCount is 1: Active Directory protects this account".to_owned(),
        ));
    }
    if directory.service_account == Some(user.guid) {
        return Some((Reason::ServiceAccount, "adjunct reads Active Directory with this account".to_owned()));
    }
    let missing = [
        (Field::Firstname, Reason::MissingFirstname),
        (Field::Lastname, Reason::MissingLastname),
        (Field::Email, Reason::MissingEmail),
        (Field::Username, Reason::MissingUsername),
    ];
    for (field, reason) in missing {
        if fields.get(&field) == Some(&None) {
            return Some((reason, no_value(policy.mappings.iter().find(|mapping| mapping.field == field))));
        }
    }
    let is_missed = |mapping: &&Mapping| mapping.is_required && fields.get(&mapping.field) == Some(&None);
    if let Some(mapping) = policy.mappings.iter().find(is_missed) {
        let because = format!("{}, and the policy requires {}", no_value(Some(mapping)), mapping.field);
        return Some((Reason::MissingAttribute, because));
    }
    let value = |field: &Field| fields.get(field).and_then(Option::as_deref);
    if let Some(username) = value(&Field::Username)
        && !is_username(username)
    {
        let because = format!(
            "{username:?} is no JumpCloud username: a letter first, then letters, digits, '.', '_' or '-'"
        );
        return Some((Reason::InvalidUsername, because));
    }
    if let Some(email) = value(&Field::Email)
        && !is_email(email)
    {
        return Some((Reason::InvalidEmail, format!("{email:?} is no mail address")));
    }
    None
}

/// `Active Directory has no mail and no userPrincipalName`
fn no_value(mapping: Option<&Mapping>) -> String {
    let names: Vec<&str> =
        mapping.into_iter().flat_map(Mapping::attributes).map(AttributeName::as_str).collect();
    format!("Active Directory has no {}", names.join(" and no "))
}

/// `[A-Za-z][A-Za-z0-9._-]*`
fn is_username(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// One `@` between a local part and a domain without white space, control or quoting characters (RFC 5321 4.1.2
/// without its quoted forms); at most JumpCloud's 1,024 characters.
fn is_email(text: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c);
    let is_dotted = |part: &str| !part.split('.').any(str::is_empty);
    text.split_once('@').is_some_and(|(local, domain)| {
        [local, domain].iter().all(|part| is_dotted(part) && part.chars().all(is_plain))
    }) && text.chars().count() <= 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_usernames() {
        for text in ["a", "Ada.Lovelace", "o-brien_2"] {
            assert!(is_username(text), "{text}");
        }
        for text in ["", "1ada", ".ada", "ada lovelace", "ada@x", "adä", "ada$"] {
            assert!(!is_username(text), "{text}");
        }
    }

    #[test]
    fn knows_mail_addresses() {
        for text in ["ada@example.com", "o'brien+x@corp.local", "ada@intranet", "zoë@exämple.com"] {
            assert!(is_email(text), "{text}");
        }
        for text in
            ["", "ada", "@example.com", "ada@", "a@b@c", "a b@example.com", "ada@example..com", "Ada <a@b.c>"]
        {
            assert!(!is_email(text), "{text}");
        }
    }
}

//! Which entry is the account that we bind with, found from what is written in the policy.

use ldap3::ldap_escape;

use crate::model::{Dn, DomainName};

/// How to find the account's entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trail {
    /// By reading the entry of this name.
    Name(String),
    /// By searching the domain with these filters, in this order; the first that finds one entry has it.
    Filters(Vec<String>),
}

/// Reads a bind name in the forms that Active Directory takes (MS-ADTS 5.1.1.1.1): a DN, `user@suffix`,
/// `DOMAIN\user`, and the plain logon name.
pub(super) fn trail_of(bind: &str, domain: &DomainName) -> Trail {
    if bind.starts_with('<') || Dn::parse(bind).is_ok() {
        return Trail::Name(bind.to_owned());
    }
    if let Some((_, user)) = bind.split_once('\\') {
        return Trail::Filters(vec![by("sAMAccountName", user)]);
    }
    let mut filters = vec![by("userPrincipalName", bind)];
    match bind.rsplit_once('@') {
        // Every account can also bind as logon name and DNS name of its domain.
        Some((user, suffix)) if DomainName::new(suffix) == *domain => {
            filters.push(by("sAMAccountName", user));
        }
        Some(_) => {}
        None => filters.push(by("sAMAccountName", bind)),
    }
    Trail::Filters(filters)
}

fn by(attribute: &str, value: &str) -> String {
    format!("(&(objectClass=user)({attribute}={}))", ldap_escape(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(bind: &str) -> Vec<String> {
        match trail_of(bind, &DomainName::new("corp.example.com")) {
            Trail::Filters(filters) => filters,
            Trail::Name(name) => panic!("{name}"),
        }
    }

    #[test]
    fn reads_every_form_of_a_bind_name() {
        let domain = DomainName::new("corp.example.com");
        let dn = "CN=jcimport,CN=Users,DC=corp,DC=example,DC=com";
        assert_eq!(trail_of(dn, &domain), Trail::Name(dn.to_owned()));
        assert_eq!(filters(r"CORP\jcimport"), ["(&(objectClass=user)(sAMAccountName=jcimport))"]);
        assert_eq!(
            filters("jcimport@CORP.example.com"),
            [
                "(&(objectClass=user)(userPrincipalName=jcimport@CORP.example.com))",
                "(&(objectClass=user)(sAMAccountName=jcimport))"
            ]
        );
        assert_eq!(
            filters("import@other.example"),
            ["(&(objectClass=user)(userPrincipalName=import@other.example))"]
        );
        assert_eq!(filters("jcimport").len(), 2);
    }

    #[test]
    fn escapes_what_a_filter_would_interpret() {
        assert_eq!(filters(r"CORP\a*)(b"), [r"(&(objectClass=user)(sAMAccountName=a\2a\29\28b))"]);
        assert_eq!(filters("CORP\\a\0"), [r"(&(objectClass=user)(sAMAccountName=a\00))"]);
    }
}

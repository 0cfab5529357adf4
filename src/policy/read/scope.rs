//! Which part of the directory is read: root container, domain, security group.

use crate::model::{Dn, DomainName};

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::syntax::Node;
use super::super::{GroupSelector, Spanned};

pub(super) fn read_root_container(node: &Node, problems: &mut Problems) -> Option<Spanned<Dn>> {
    read_dn("the root container", &node.text(0)?, problems)
}

/// The domain of `domain`, else that of the root container. One policy reads one domain, so both must agree.
pub(super) fn read_domain(policy: &Node, root: &Spanned<Dn>, problems: &mut Problems) -> Option<DomainName> {
    let root_domain = root.value.domain();
    let Some(node) = policy.child_block("active-directory").and_then(|node| node.child("domain")) else {
        let Some(domain) = root_domain else {
            problems.report(root.span, Problem::NoDomain);
            return None;
        };
        return checked_domain(domain, "the root container", root, problems);
    };
    let written = read_dn("the domain", &node.text(0)?, problems)?;
    let Some(domain) = written.value.domain().filter(|domain| dn_of(domain).as_ref() == Some(&written.value))
    else {
        problems.report(written.span, Problem::InvalidDomain { what: "the domain" });
        return None;
    };
    if root_domain.as_ref() != Some(&domain) {
        let actual = root_domain.map_or_else(|| "no domain".to_owned(), |domain| format!("`{domain}`"));
        problems.report_beside(
            written.span,
            Problem::OutsideDomain { actual },
            root.span,
            "the root container",
        );
        return None;
    }
    checked_domain(domain, "the domain", &written, problems)
}

/// The name stands in marks, which end where characters other than these begin.
fn checked_domain(
    domain: DomainName,
    what: &'static str,
    written: &Spanned<Dn>,
    problems: &mut Problems,
) -> Option<DomainName> {
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    if domain.as_str().split('.').all(is_label) {
        return Some(domain);
    }
    problems.report(written.span, Problem::InvalidDomain { what });
    None
}

/// The DN of a domain: its labels as DC parts.
fn dn_of(domain: &DomainName) -> Option<Dn> {
    let parts: Vec<String> = domain.as_str().split('.').map(|label| format!("DC={label}")).collect();
    Dn::parse(&parts.join(",")).ok()
}

pub(super) fn read_group(
    what: &'static str,
    node: &Node,
    root: Option<&Spanned<Dn>>,
    problems: &mut Problems,
) -> Option<Spanned<GroupSelector>> {
    let written = node.text(0)?;
    let selector = match Dn::parse_written(written.value) {
        Ok(dn) => GroupSelector::Dn(dn),
        // A name may have `=` in it, but hardly one that begins as a DN does.
        Err(source) if begins_as_dn(written.value) => {
            problems.report(written.span, Problem::InvalidDn { what, source });
            return None;
        }
        Err(_) => GroupSelector::Name(written.value.to_owned()),
    };
    if let (GroupSelector::Dn(dn), Some(root)) = (&selector, root)
        && !dn.is_within(&root.value)
    {
        problems.report_beside(
            written.span,
            Problem::OutsideRootContainer { what },
            root.span,
            "the root container",
        );
        return None;
    }
    Some(Spanned::new(selector, written.span))
}

fn begins_as_dn(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(name, _)| ["cn", "ou"].iter().any(|known| name.trim().eq_ignore_ascii_case(known)))
}

fn read_dn(what: &'static str, written: &Spanned<&str>, problems: &mut Problems) -> Option<Spanned<Dn>> {
    match Dn::parse_written(written.value) {
        Ok(dn) => Some(Spanned::new(dn, written.span)),
        Err(source) => {
            problems.report(written.span, Problem::InvalidDn { what, source });
            None
        }
    }
}

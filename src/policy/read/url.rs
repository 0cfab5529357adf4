//! URLs of servers: scheme, host and port, and nothing else.

use ::url::{Host, Url};

use super::super::Spanned;
use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::syntax::Value;

/// Ports of the global catalog, which holds the entries of all domains and a part of their attributes (MS-ADTS 3.1.1.3).
const GLOBAL_CATALOG_PORTS: [u16; 2] = [3268, 3269];
/// Where JumpCloud answers unless a policy says otherwise.
pub(super) const DEFAULT_JUMPCLOUD: &str = "https://console.jumpcloud.com";

/// The URL of a domain controller: `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`.
pub(super) fn read_server(value: &Value, problems: &mut Problems) -> Option<Spanned<Url>> {
    let help = "the form is: server \"ldaps://dc1.corp.example.com\"";
    let url = parse("the server", help, value, problems)?;
    if !matches!(url.value.scheme(), "ldaps" | "ldap") {
        return refuse(value, "the server", "has neither ldaps:// nor ldap://", help, problems);
    }
    if let Some(port) = url.value.port().filter(|port| GLOBAL_CATALOG_PORTS.contains(port)) {
        problems.report(value.span, Problem::GlobalCatalog { port });
        return None;
    }
    // The host of a scheme that the URL standard does not know is taken as it is.
    if url.value.host_str().is_some_and(|host| !is_plain_host(host)) {
        let help = "letters, digits, hyphens and dots, or an IP address; write other names in Punycode";
        return refuse(value, "the server", "has characters that host names do not have", help, problems);
    }
    Some(url)
}

/// The URL of the JumpCloud API. Without TLS it may only lead to this machine.
pub(super) fn read_api(value: &Value, problems: &mut Problems) -> Option<Spanned<Url>> {
    let help = "the form is: url \"https://console.eu.jumpcloud.com\"";
    let url = parse("the URL of JumpCloud", help, value, problems)?;
    match (url.value.scheme(), url.value.host()) {
        ("https", _) => Some(url),
        ("http", Some(host)) if is_loopback(&host) => Some(url),
        ("http", _) => {
            let help = "use https://; http:// is for 127.0.0.1, ::1 and localhost";
            refuse(value, "the URL of JumpCloud", "would send the API key in clear text", help, problems)
        }
        _ => refuse(value, "the URL of JumpCloud", "does not begin with https://", help, problems),
    }
}

fn parse(what: &'static str, help: &str, value: &Value, problems: &mut Problems) -> Option<Spanned<Url>> {
    let text = value.text()?;
    if value.is_bare() && text.value.ends_with(':') {
        let help = "without quotes, // begins a comment: put the URL in quotes";
        return refuse(value, what, "ends before its //", help, problems);
    }
    let url = match Url::parse(text.value) {
        Ok(url) => url,
        Err(source) => {
            let problem = Problem::InvalidUrl {
                what,
                problem: "is no URL",
                help: help.to_owned(),
                source: Some(source),
            };
            problems.report(value.span, problem);
            return None;
        }
    };
    let problem = if !url.username().is_empty() || url.password().is_some() || text.value.contains('@') {
        "must not name a user"
    } else if url.host_str().is_none_or(str::is_empty) {
        "names no host"
    } else if url.port() == Some(0) {
        "names port 0"
    } else if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        "goes on behind the host"
    } else {
        return Some(Spanned::new(url, text.span));
    };
    refuse(value, what, problem, help, problems)
}

fn refuse<T>(
    value: &Value,
    what: &'static str,
    problem: &'static str,
    help: &str,
    problems: &mut Problems,
) -> Option<T> {
    problems.report(value.span, Problem::InvalidUrl { what, problem, help: help.to_owned(), source: None });
    None
}

fn is_plain_host(host: &str) -> bool {
    host.starts_with('[') || host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

//! The block `active-directory`: servers with an account, or an LDIF file.

use std::collections::BTreeMap;
use std::time::Duration;

use ::url::Url;

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::quote;
use super::super::syntax::{Content, Node};
use super::super::{ActiveDirectory, Credential, LdapServer, Span, Spanned};
use super::url::read_server;
use super::value::{owned, parse_duration, read_number, read_secret};

const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);
const LONGEST_TIMEOUT: Duration = Duration::from_mins(10);
/// What only a server has use for.
const SERVER_NODES: [&str; 6] =
    ["server", "bind", "ca-certificate", "timeout", "page-size", "allow-insecure"];

pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<ActiveDirectory> {
    if node.has_child("ldif") {
        check_nothing_beside_ldif(node, problems);
        let file = node.child("ldif")?.text(0)?;
        return Some(ActiveDirectory::Ldif { file: owned(file) });
    }
    let servers = read_servers(node, problems);
    if !node.has_child("bind") && node.has_child("server") {
        let form = "bind \"CORP\\\\jcimport\" password=(env)\"AD_PASSWORD\"";
        let problem = Problem::MissingNode { name: "bind", parent: "`active-directory`".to_owned(), form };
        problems.report(node.name.span, problem);
    }
    let bind = node.child("bind");
    let credential = bind.and_then(|bind| read_credential(bind, problems));
    let allow_insecure = servers.as_ref().and_then(|servers| read_allow_insecure(node, servers, problems));
    let timeout = read_timeout(node, problems);
    let page_size = read_page_size(node, problems);
    Some(ActiveDirectory::Ldap(Box::new(LdapServer {
        servers: servers?,
        allow_insecure: allow_insecure?,
        bind: owned(bind?.text(0)?),
        credential: credential?,
        ca_certificate: node.child("ca-certificate").and_then(|node| node.text(0)).map(owned),
        timeout: timeout?,
        page_size: page_size?,
    })))
}

fn check_nothing_beside_ldif(node: &Node, problems: &mut Problems) {
    for child in node.children() {
        if let Some(name) = SERVER_NODES.iter().find(|name| **name == child.name.value) {
            problems.report(child.name.span, Problem::Conflict { node: name, other: "ldif" });
        }
    }
}

fn read_servers(node: &Node, problems: &mut Problems) -> Option<Vec<Spanned<Url>>> {
    if !node.has_child("server") {
        let form = "server \"ldaps://dc1.corp.example.com\"";
        let problem = Problem::MissingNode { name: "server", parent: "`active-directory`".to_owned(), form };
        problems.report(node.name.span, problem);
        return None;
    }
    let written = &node.child("server")?.arguments;
    let servers: Vec<_> = written.iter().map(|value| read_server(value, problems)).collect();
    let servers = servers.into_iter().collect::<Option<Vec<_>>>()?;
    let mut first_spans: BTreeMap<(String, String, u16), Span> = BTreeMap::new();
    for server in &servers {
        let endpoint = endpoint_of(&server.value);
        if let Some(first) = first_spans.get(&endpoint) {
            let server_name = quote(server.value.as_str().trim_end_matches('/'));
            let problem = Problem::DuplicateServer { server: server_name };
            problems.report_beside(server.span, problem, *first, "here before");
        }
        first_spans.entry(endpoint).or_insert(server.span);
    }
    Some(servers)
}

/// What two URLs of one server have in common.
fn endpoint_of(server: &Url) -> (String, String, u16) {
    let port = server.port().unwrap_or(if server.scheme() == "ldaps" { 636 } else { 389 });
    let host = server.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    (server.scheme().to_owned(), host, port)
}

/// A password or a keytab: one of the two.
fn read_credential(bind: &Node, problems: &mut Problems) -> Option<Credential> {
    match (bind.property("password"), bind.property_text("keytab")) {
        (Some(_), Some(keytab)) => {
            problems.report(keytab.span, Problem::Conflict { node: "keytab", other: "password" });
            None
        }
        (None, None) => {
            let form = "bind \"CORP\\\\jcimport\" password=(env)\"AD_PASSWORD\" or, with Kerberos, \
                        bind \"jcimport@CORP.EXAMPLE.COM\" keytab=\"jcimport.keytab\"";
            let problem = Problem::MissingProperty { name: "password", node: "bind", form };
            problems.report(bind.name.span, problem);
            None
        }
        (Some(password), None) => read_secret(password).map(Credential::Password),
        (None, Some(keytab)) => {
            let account = bind.text(0)?;
            if is_principal(account.value) {
                return Some(Credential::Keytab(owned(keytab)));
            }
            problems.report(account.span, Problem::NoPrincipal);
            None
        }
    }
}

/// Whether it is a Kerberos principal with its realm: `user@REALM`.
fn is_principal(account: &str) -> bool {
    account.split_once('@').is_some_and(|(user, realm)| {
        !user.is_empty()
            && !realm.is_empty()
            && !realm.contains('@')
            && !account.contains(['\\', '=', ',', ' '])
    })
}

/// Whether `ldap://` does without TLS. Where that can have no effect, the one who wrote it takes something else for
/// what it is.
fn read_allow_insecure(node: &Node, servers: &[Spanned<Url>], problems: &mut Problems) -> Option<bool> {
    if !node.has_child("allow-insecure") {
        return Some(false);
    }
    let value = node.child("allow-insecure")?.arguments.first()?;
    let Content::Boolean(is_allowed) = value.content else { return None };
    if is_allowed && servers.iter().all(|server| server.value.scheme() != "ldap") {
        problems.report(value.span, Problem::NothingInsecure);
    }
    if let Some(keytab) = node.child("bind").filter(|_| is_allowed).and_then(|bind| bind.property("keytab")) {
        let problem = Problem::Conflict { node: "allow-insecure", other: "keytab" };
        problems.report_beside(value.span, problem, keytab.span, "Kerberos goes over TLS");
    }
    Some(is_allowed)
}

fn read_timeout(node: &Node, problems: &mut Problems) -> Option<Duration> {
    if !node.has_child("timeout") {
        return Some(LdapServer::DEFAULT_TIMEOUT);
    }
    let text = node.child("timeout")?.text(0)?;
    let timeout =
        parse_duration(text.value).filter(|timeout| (SHORTEST_TIMEOUT..=LONGEST_TIMEOUT).contains(timeout));
    if timeout.is_none() {
        let problem =
            Problem::InvalidDuration { what: "the timeout", bounds: "from 1s to 10m", example: "30s" };
        problems.report(text.span, problem);
    }
    timeout
}

fn read_page_size(node: &Node, problems: &mut Problems) -> Option<u32> {
    if !node.has_child("page-size") {
        return Some(LdapServer::MOST_IN_A_PAGE);
    }
    let value = node.child("page-size")?.arguments.first()?;
    let number = read_number(
        "the page size",
        value,
        (1, u64::from(LdapServer::MOST_IN_A_PAGE)),
        "page-size 1000",
        problems,
    )?;
    u32::try_from(number).ok()
}

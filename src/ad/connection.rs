//! One connection to one server: TLS, and single requests. Paging and ranges are built on it elsewhere.
//!
//! `ldap3` asserts on malformed messages. Its driver and the operations whose answers it decodes on the caller's side
//! therefore run in tasks of their own, where a panic becomes [`End::Undecodable`].

use std::io::ErrorKind;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use ldap3::asn1::StructureTag;
use ldap3::controls::{Control, RawControl};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::bind::Bound;
use super::entry::RawAttributes;
use super::{Access, AdError, Answer, Credential, End, ReadProblem, tls};

/// Longest wait for the driver's last words once it has let go of an operation.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A connection.
pub(super) struct Connection {
    ldap: Ldap,
    end: Shared<BoxFuture<'static, End>>,
    timeout: Duration,
}

/// One search request.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: &'a str,
    pub(super) attributes: &'a [&'a str],
    pub(super) controls: Vec<RawControl>,
}

/// What a search request was answered with, whatever its result.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) entries: Vec<RawEntry>,
    /// Continuation references (RFC 4511 4.5.3).
    pub(super) references: Vec<String>,
    pub(super) answer: Answer,
    /// Referral URLs of the result itself.
    pub(super) referral: Vec<String>,
    pub(super) controls: Vec<Control>,
}

/// An entry as it came.
#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) name: String,
    pub(super) attributes: RawAttributes,
}

/// The server as messages name it: without path or user.
pub(super) fn name_of(server: &Url) -> String {
    let port = server.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", server.scheme(), server.host_str().unwrap_or_default())
}

/// How servers are connected to.
pub(super) struct Dial {
    tls: Arc<ClientConfig>,
    timeout: Duration,
    allow_insecure: bool,
}

impl Dial {
    pub(super) fn new(access: &Access) -> Result<Self, AdError> {
        Ok(Self {
            tls: tls::client_config(access.ca_certificate.as_ref())?,
            timeout: access.timeout,
            // The library's own Kerberos encryption loses messages that come together: TLS it is.
            allow_insecure: access.allow_insecure && matches!(access.credential, Credential::Password(_)),
        })
    }
}

impl Connection {
    /// Connects: `ldaps://` by TLS, `ldap://` by StartTLS unless it may do without.
    pub(super) async fn open(url: &Url, dial: &Dial) -> Result<Self, AdError> {
        let server = name_of(url);
        let options = LdapConnSettings::new()
            .set_conn_timeout(dial.timeout)
            .set_config(Arc::clone(&dial.tls))
            .set_starttls(!dial.allow_insecure);
        let url = url.clone();
        let opened =
            tokio::spawn(async move { LdapConnAsync::from_url_with_settings(options, &url).await }).await;
        let (driver, ldap) = match opened {
            Ok(opened) => opened.map_err(|error| connect_error(&server, dial.timeout, error))?,
            Err(_) => return Err(undecodable_answer(&server)),
        };
        let end = tokio::spawn(driver.drive()).map(|driven| match driven {
            Ok(Ok(())) => End::Closed,
            Ok(Err(error)) => end_of(error),
            Err(_) => End::Undecodable,
        });
        Ok(Self { ldap, end: end.boxed().shared(), timeout: dial.timeout })
    }

    /// A handle to its operations, for one with the longest wait for an answer.
    pub(super) fn operations(&self) -> Ldap {
        let mut ldap = self.ldap.clone();
        ldap.with_timeout(self.timeout);
        ldap
    }

    /// Sends name and password, once.
    pub(super) async fn simple_bind(&self, name: &str, password: SecretString) -> Bound {
        let (mut ldap, name) = (self.operations(), name.to_owned());
        let bound = tokio::spawn(async move { ldap.simple_bind(&name, password.expose_secret()).await });
        match bound.await {
            Ok(Ok(result)) => Bound::Answered(Answer::from(&result)),
            Ok(Err(error)) => Bound::Unanswered(self.problem(error).await),
            Err(_) => Bound::Unanswered(ReadProblem::Cut(End::Undecodable)),
        }
    }

    /// Sends one search request and gathers its answer.
    pub(super) async fn ask(&self, request: Request<'_>) -> Result<Answered, ReadProblem> {
        let Request { base, scope, filter, attributes, controls } = request;
        let mut ldap = self.operations();
        if !controls.is_empty() {
            ldap.with_controls(controls);
        }
        let mut stream = match ldap.streaming_search(base, scope, filter, attributes).await {
            Ok(stream) => stream,
            Err(error) => return Err(self.problem(error).await),
        };
        let mut entries = Vec::new();
        let mut references = Vec::new();
        loop {
            match stream.next().await {
                Ok(Some(item)) if item.is_intermediate() => {}
                Ok(Some(item)) if item.is_ref() => references.extend(
                    decode_reference(item.0).ok_or(ReadProblem::Undecodable("a continuation reference"))?,
                ),
                Ok(Some(item)) => {
                    entries.push(decode_entry(item.0).ok_or(ReadProblem::Undecodable("an entry"))?);
                }
                Ok(None) => break,
                Err(error) => return Err(self.problem(error).await),
            }
        }
        let result = stream.finish().await;
        let answer = Answer::from(&result);
        Ok(Answered { entries, references, answer, referral: result.refs, controls: result.ctrls })
    }

    /// What stopped an operation.
    pub(super) async fn problem(&self, error: LdapError) -> ReadProblem {
        if matches!(error, LdapError::Timeout { .. }) {
            return ReadProblem::Silence(self.timeout);
        }
        // An operation that its driver dropped says only that it was; the driver knows why.
        let end = tokio::time::timeout(LAST_WORDS, self.end.clone()).await;
        ReadProblem::Cut(end.unwrap_or_else(|_| End::Broken(error.to_string())))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Refuses a URL that no domain controller can have.
pub(super) fn check_address(url: &Url) -> Result<(), AdError> {
    let server = name_of(url);
    let host = url.host_str().unwrap_or_default();
    // ldap3 takes the host for the certificate's name with its brackets.
    let is_ipv6 = host.starts_with('[') || host.parse::<Ipv6Addr>().is_ok();
    if host.is_empty() || is_ipv6 || !matches!(url.scheme(), "ldaps" | "ldap") {
        return Err(AdError::Address { server });
    }
    if matches!(url.port(), Some(3268 | 3269)) {
        return Err(AdError::GlobalCatalog { server });
    }
    Ok(())
}

fn end_of(error: LdapError) -> End {
    let LdapError::Io { source } = error else { return End::Broken(error.to_string()) };
    // Closed without a word of TLS, as Windows does.
    let is_closed = source.kind() == ErrorKind::UnexpectedEof;
    if is_closed { End::Closed } else { End::Broken(source.to_string()) }
}

fn undecodable_answer(server: &str) -> AdError {
    let problem = ReadProblem::Cut(End::Undecodable);
    AdError::stopped(format!("the first answer of {server}"), problem)
}

fn connect_error(server: &str, timeout: Duration, error: LdapError) -> AdError {
    let owned = server.to_owned();
    if matches!(error, LdapError::DNSName { .. } | LdapError::UnknownScheme(_)) {
        return AdError::Address { server: owned };
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other errors of the library concern us alike")]
    let source = match error {
        LdapError::Timeout { .. } => return AdError::ConnectTimeout { server: owned, timeout },
        LdapError::LdapResult { result } => {
            return AdError::StartTls { server: owned, answer: Answer::from(&result) };
        }
        LdapError::Rustls { source } => return tls::handshake_error(server, source),
        LdapError::Io { source } => source,
        other => std::io::Error::other(other.to_string()),
    };
    match source.downcast::<rustls::Error>() {
        Ok(error) => tls::handshake_error(server, error),
        Err(source) => AdError::Unreachable { server: owned, source },
    }
}

/// `SearchResultEntry` (RFC 4511 4.5.2), without the assertions of `SearchEntry::construct`.
fn decode_entry(tag: StructureTag) -> Option<RawEntry> {
    let mut parts = tag.match_id(4)?.expect_constructed()?.into_iter();
    let name = decode_text(parts.next()?)?;
    let attributes = parts
        .next()?
        .expect_constructed()?
        .into_iter()
        .map(|attribute| {
            let mut parts = attribute.expect_constructed()?.into_iter();
            let description = decode_text(parts.next()?)?;
            let values = parts.next()?.expect_constructed()?;
            let values = values.into_iter().map(StructureTag::expect_primitive).collect::<Option<_>>()?;
            Some((description, values))
        })
        .collect::<Option<_>>()?;
    Some(RawEntry { name, attributes })
}

fn decode_reference(tag: StructureTag) -> Option<Vec<String>> {
    tag.expect_constructed()?.into_iter().map(decode_text).collect()
}

fn decode_text(tag: StructureTag) -> Option<String> {
    String::from_utf8(tag.expect_primitive()?).ok()
}

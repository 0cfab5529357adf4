//! Who may look, and what browsers are told about every page.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State as Extract};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, FORWARDED, HOST, HeaderName, REFERRER_POLICY, VIA,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::frame::message;
use crate::sandbox::server::Server;

/// No script, nothing from elsewhere, and no page around it.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets those in who may look.
pub(super) async fn check(Extract(server): Extract<Arc<Server>>, request: Request, next: Next) -> Response {
    let mut response = match refuse(&server, &request) {
        Some(refused) => refused,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The answer to somebody who may not look.
///
/// Without a key everybody may, as everybody may use the API; but a sandbox that only this machine can reach answers only
/// to the machine's own names, so that no web site can have its own name point here and read the pages through a visitor's
/// browser. With a key it takes the key, or sitting at the machine.
fn refuse(server: &Server, request: &Request) -> Option<Response> {
    let headers = request.headers();
    let host = host(request.uri(), headers);
    let listened = server.url.host_str().map(|host| host.trim_matches(['[', ']']));
    let listened: Option<IpAddr> = listened.and_then(|host| host.parse().ok());
    let is_local_name = host.is_some_and(|host| is_loopback(host, listened));
    let is_reached_from_here_only = listened.is_some_and(|address| address.to_canonical().is_loopback());
    if is_reached_from_here_only && !is_local_name {
        let text = "This sandbox can be looked at under localhost, 127.0.0.1 and [::1] only.";
        return Some(message(StatusCode::FORBIDDEN, text));
    }
    if server.gatekeeper.is_open() || server.gatekeeper.knows_by_password(headers) {
        return None;
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_here = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    if is_here && is_local_name && !is_handed_on(headers) {
        return None;
    }
    let text = "This sandbox has a key: look from its own machine, or give the key as the password.";
    let mut response = message(StatusCode::UNAUTHORIZED, text).into_response();
    let basic = HeaderValue::from_static("Basic realm=\"adjunct sandbox\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, basic);
    Some(response)
}

/// The host that a request means, without its port.
fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    if let Some(host) = uri.host() {
        return Some(host);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    let host = host.to_str().ok()?;
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => Some(name),
        Some(_) | None => Some(host),
    }
}

/// Whether a host is this machine, as the machine itself calls it.
fn is_loopback(host: &str, listened: Option<IpAddr>) -> bool {
    let address = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<IpAddr>().ok().filter(IpAddr::is_ipv6),
        None => host.parse().ok().filter(IpAddr::is_ipv4),
    };
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    match address {
        Some(address) => {
            address == IpAddr::from([127, 0, 0, 1])
                || address == IpAddr::from(std::net::Ipv6Addr::LOCALHOST)
                || (Some(address) == listened && is_loopback(address))
        }
        None => host.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether a proxy says that it stands between.
fn is_handed_on(headers: &HeaderMap) -> bool {
    let names =
        [FORWARDED, VIA, HeaderName::from_static("x-forwarded-for"), HeaderName::from_static("x-real-ip")];
    names.iter().any(|name| headers.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Options, State};

    #[test]
    fn a_host_is_read_without_its_port() {
        for (text, expected) in [
            ("localhost:8080", Some("localhost")),
            ("LOCALHOST", Some("LOCALHOST")),
            ("[::1]:8080", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("127.0.0.1:", Some("127.0.0.1")),
        ] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(text))]);
            assert_eq!(host(&Uri::from_static("/"), &headers), expected, "{text}");
            assert!(expected.is_some_and(|host| is_loopback(host, None)), "{text}");
        }
        let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
        assert_eq!(host(&Uri::from_static("http://evil.example/"), &headers), Some("evil.example"));
        headers.append(HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(host(&Uri::from_static("/"), &headers), None);
    }

    #[test]
    fn only_the_names_of_the_machine_are_local() {
        let listened = Some(IpAddr::from([127, 0, 0, 7]));
        for host in ["127.0.0.7", "127.0.0.1", "localhost", "[::1]"] {
            assert!(is_loopback(host, listened), "{host}");
        }
        for host in [
            "127.0.0.8",
            "localhost.evil.example",
            "evil.example",
            "0.0.0.0",
            "192.168.1.1",
            "::1",
            "",
            "[127.0.0.1]",
        ] {
            assert!(!is_loopback(host, listened), "{host}");
        }
        let public = Some(IpAddr::from([192, 168, 1, 1]));
        assert!(!is_loopback("192.168.1.1", public));
    }

    /// The status with which a request is refused: to a sandbox that listens there and has this key, from this peer.
    fn refused(listen: &str, key: Option<&str>, peer: &str, host: &'static str) -> Option<u16> {
        let options = Options { api_key: key.map(Into::into), ..Options::default() };
        let url = url::Url::parse(&format!("http://{listen}:8080/")).unwrap();
        let server = Server::new(State::empty(), options, url);
        let peer: SocketAddr = peer.parse().unwrap();
        let request = Request::builder().header(HOST, host).extension(ConnectInfo(peer));
        let request = request.body(axum::body::Body::empty()).unwrap();
        refuse(&server, &request).map(|response| response.status().as_u16())
    }

    #[test]
    fn a_key_keeps_the_network_out_and_the_machine_in() {
        let (here, mapped, elsewhere) = ("127.0.0.1:5000", "[::ffff:127.0.0.1]:5000", "192.0.2.7:5000");
        for (listen, key, peer, host, expected) in [
            ("127.0.0.1", None, here, "localhost", None),
            ("127.0.0.1", None, here, "evil.example", Some(403)),
            ("[::1]", Some("k"), here, "[::1]:8080", None),
            ("127.0.0.1", Some("k"), here, "evil.example", Some(403)),
            ("0.0.0.0", None, elsewhere, "sandbox.example:8080", None),
            ("0.0.0.0", Some("k"), elsewhere, "sandbox.example:8080", Some(401)),
            // Anybody can claim to mean this machine.
            ("0.0.0.0", Some("k"), elsewhere, "localhost:8080", Some(401)),
            ("0.0.0.0", Some("k"), here, "localhost:8080", None),
            ("[::]", Some("k"), mapped, "127.0.0.1:8080", None),
            ("0.0.0.0", Some("k"), here, "evil.example:8080", Some(401)),
        ] {
            assert_eq!(refused(listen, key, peer, host), expected, "{listen} {key:?} {peer} {host}");
        }
    }
}

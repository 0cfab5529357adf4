//! Where a request comes from, and whether it means this sandbox: what protects it from web sites that a visitor of its
//! machine has open.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{FORWARDED, HOST, HeaderName, VIA};
use axum::http::{HeaderMap, Uri};

use crate::sandbox::server::Server;

/// Whether a request names the sandbox as it may be named. One that only its own machine can reach answers only to the
/// machine's own names: a web site can have its own name point here.
pub(in crate::sandbox) fn means_this_sandbox(server: &Server, request: &Request) -> bool {
    let is_reached_from_here_only =
        listened(server).is_some_and(|address| address.to_canonical().is_loopback());
    !is_reached_from_here_only || names_this_machine(server, request)
}

/// Whether it comes from somebody who sits at the machine of the sandbox.
pub(in crate::sandbox) fn sits_here(server: &Server, request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_here = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    is_here && names_this_machine(server, request) && !is_handed_on(request.headers())
}

fn names_this_machine(server: &Server, request: &Request) -> bool {
    host(request.uri(), request.headers()).is_some_and(|host| is_loopback(host, listened(server)))
}

fn listened(server: &Server) -> Option<IpAddr> {
    let host = server.url.host_str().map(|host| host.trim_matches(['[', ']']));
    host.and_then(|host| host.parse().ok())
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
    use axum::http::HeaderValue;

    use super::*;

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
}

//! Who may look, and what browsers are told about every page.

use std::sync::Arc;

use axum::extract::{Request, State as Extract};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::frame::message;
use crate::sandbox::http::{means_this_sandbox, sits_here};
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
    if !means_this_sandbox(server, request) {
        let text = "This sandbox can be looked at under localhost, 127.0.0.1 and [::1] only.";
        return Some(message(StatusCode::FORBIDDEN, text));
    }
    if server.gatekeeper.is_open() || server.gatekeeper.knows_by_password(headers) {
        return None;
    }
    if sits_here(server, request) {
        return None;
    }
    let text = "This sandbox has a key: look from its own machine, or give the key as the password.";
    let mut response = message(StatusCode::UNAUTHORIZED, text).into_response();
    let basic = HeaderValue::from_static("Basic realm=\"adjunct sandbox\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, basic);
    Some(response)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;
    use axum::http::header::HOST;

    use super::*;
    use crate::sandbox::{Options, State};

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

//! Proxies of the environment: on the way to JumpCloud, and not on the way to this machine.

// Elsewhere the platform's own store says whom to trust, and a test cannot add to it.
#![cfg(target_os = "linux")]

use std::fs;

use adjunct::sandbox::Options;
use serde_json::json;
use tempfile::TempDir;

use crate::jumpcloud_run::{ACCOUNT_ID, plan_in, service_account};
use crate::support::forward_proxy::ForwardProxy;
use crate::support::organization::Organization;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A proxy that says it is JumpCloud, on any of its hosts.
fn proxy(organization: &Organization) -> ForwardProxy {
    let names = ["console.eu.jumpcloud.com", "admin-oauth.id.jumpcloud.com"];
    ForwardProxy::start(organization.sandbox().url().socket_addrs(|| None).unwrap()[0], &names)
}

#[test]
fn requests_to_jumpcloud_go_through_the_proxy_of_the_environment_and_tokens_too() {
    let options = Options { service_account: Some(service_account()), ..Organization::options() };
    let organization = Organization::with(&json!({}), options);
    let account = format!("service-account \"{ACCOUNT_ID}\" secret=(env)\"SECRET\"");
    let console = "CONNECT console.eu.jumpcloud.com:443 HTTP/1.1";
    let token = "CONNECT admin-oauth.id.jumpcloud.com:443 HTTP/1.1";
    for (variable, credentials, expected) in [
        ("HTTPS_PROXY", "api-key (env)\"KEY\"", &[console][..]),
        ("ALL_PROXY", "api-key (env)\"KEY\"", &[console]),
        ("https_proxy", account.as_str(), &[token, console]),
    ] {
        let proxy = proxy(&organization);
        let folder = TempDir::new().unwrap();
        let ca = folder.path().join("ca.pem");
        fs::write(&ca, proxy.ca_pem()).unwrap();
        let url = proxy.url();
        let variables =
            [(variable, url.as_str()), ("SSL_CERT_FILE", ca.to_str().unwrap()), ("NO_PROXY", "x.org")];
        let jumpcloud = format!("{credentials}; url \"https://console.eu.jumpcloud.com\"");
        let answer = plan_in(folder.path(), &jumpcloud, &variables);
        assert_eq!(answer.code, 0, "{variable}: {answer:?}");
        let mut asked = proxy.asked();
        asked.dedup();
        assert_eq!(asked, expected, "{variable}");
    }
    assert_eq!(organization.sandbox().tokens(), 1);
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let organization = Organization::of(&json!({}));
    let variables =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"].map(|name| (name, NOWHERE));
    let api = format!("api-key (env)\"KEY\"; url \"{}\"", organization.url());
    for jumpcloud in [api.as_str(), "sandbox \"org.json\""] {
        let answer = plan_in(TempDir::new().unwrap().path(), jumpcloud, &variables);
        assert_eq!(answer.code, 0, "{jumpcloud}: {answer:?}");
    }
}

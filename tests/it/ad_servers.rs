//! Which of several servers is read, and how `ldap://` is: the binary on a policy, scripted servers on the other side.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct_with};
use crate::support::ldap_server::{ACCOUNT, DOMAIN, Ending, Entry, LdapServer, PASSWORD, Script};

/// A directory with one user in the security group.
fn directory() -> Script {
    let ada = format!("CN=Ada,OU=Staff,{DOMAIN}");
    Script::new()
        .entry(Entry::group(&format!("CN=JumpCloud,OU=Staff,{DOMAIN}")).members([ada.clone()]))
        .entry(Entry::user(&ada))
}

/// Plans from the first of these servers that can be used. All the CAs of `trusted` are trusted.
fn plan(servers: &[&str], trusted: &[&LdapServer], nodes: &str) -> Answer {
    plan_with_password(servers, trusted, nodes, PASSWORD)
}

fn plan_with_password(servers: &[&str], trusted: &[&LdapServer], nodes: &str, password: &str) -> Answer {
    let bind = format!(r#"bind "{}" password=(env)"AD_PASSWORD""#, ACCOUNT.replace('\\', "\\\\"));
    plan_as(&bind, servers, trusted, nodes, password)
}

fn plan_as(bind: &str, servers: &[&str], trusted: &[&LdapServer], nodes: &str, password: &str) -> Answer {
    let folder = TempDir::new().unwrap();
    let policy = format!(
        r#"policy "test" {{
    active-directory {{
        server "{}"
        {bind}
        ca-certificate "ca.pem"
        {nodes}
    }}
    jumpcloud {{
        sandbox "organization.json"
    }}
    root-container "OU=Staff,{DOMAIN}"
    security-group "JumpCloud"
}}
"#,
        servers.join("\" \""),
    );
    let authorities: String = trusted.iter().map(|server| server.ca_pem()).collect();
    fs::write(folder.path().join("ca.pem"), authorities).unwrap();
    fs::write(folder.path().join("policy.kdl"), policy).unwrap();
    let answer = adjunct_with(
        folder.path(),
        &[("AD_PASSWORD", password)],
        &["plan", "policy.kdl", "--format", "json"],
    );
    assert!(!format!("{answer:?}").contains(PASSWORD), "the password shows: {answer:?}");
    answer
}

/// The plan as JSON, which must be made.
fn planned(answer: &Answer) -> Value {
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let plan = answer.json();
    assert_eq!(plan["summary"]["create"], 2, "{plan}");
    plan
}

/// The notes with this code: subject and message.
fn notes<'p>(plan: &'p Value, code: &str) -> Vec<(&'p str, &'p str)> {
    let notes = plan["notes"].as_array().unwrap().iter().filter(|note| note["code"] == code);
    notes.map(|note| (note["subject"].as_str().unwrap(), note["message"].as_str().unwrap())).collect()
}

fn binds(server: &LdapServer) -> usize {
    server.requests().iter().filter(|request| request.starts_with("bind ")).count()
}

/// A port on which nobody listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ldaps://127.0.0.1:{}", listener.local_addr().unwrap().port())
}

#[test]
fn a_server_that_is_down_silent_or_unknown_is_passed_over() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("ldaps://127.0.0.1:{}", silent.local_addr().unwrap().port());
    for (first, reason) in [
        (closed_port(), "cannot reach"),
        (silent_url, "within 1 s"),
        ("ldaps://dc1.invalid".to_owned(), "cannot reach"),
    ] {
        let second = directory().start();
        let plan = planned(&plan(&[&first, second.url()], &[&second], "timeout \"1s\""));
        assert_eq!(plan["source"]["location"], second.url());
        let skipped = notes(&plan, "server-skipped");
        assert_eq!(skipped.len(), 1, "{plan}");
        assert!(skipped[0].0 == first && skipped[0].1.contains(reason), "{skipped:?}");
        assert_eq!(binds(&second), 1);
    }
}

#[test]
fn a_server_that_cannot_be_used_is_passed_over_before_it_sees_the_password() {
    for (first, reason) in [
        (directory().host_names(&["dc9.corp.example.com"]), "dc9.corp.example.com"),
        (directory().expired_certificate(), "not valid at this time"),
        (directory().not_synchronized(), "not synchronized"),
        (directory().end_root_dse(Ending::Result(51)), "busy"),
        (directory().end_root_dse(Ending::Result(52)), "unavailable"),
        (directory().end_root_dse(Ending::Close), "closed the connection"),
        (directory().end_root_dse(Ending::Silence), "sent nothing"),
        (directory().refuse_start_tls(), "does not start TLS"),
    ] {
        let (first, second) = (first.start(), directory().start());
        let answer = plan(&[first.url(), second.url()], &[&first, &second], "timeout \"1s\"");
        let plan = planned(&answer);
        assert_eq!(plan["source"]["location"], second.url(), "{reason}");
        let skipped = notes(&plan, "server-skipped");
        assert_eq!(skipped.len(), 1, "{plan}");
        assert!(skipped[0].0 == first.url() && skipped[0].1.contains(reason), "{skipped:?}");
        assert_eq!((first.connections(), binds(&first), binds(&second)), (1, 0, 1), "{reason}");
    }
    let (stranger, second) = (directory().start(), directory().start());
    let plan = planned(&plan(&[stranger.url(), second.url()], &[&second], ""));
    assert!(notes(&plan, "server-skipped")[0].1.contains("not trusted"), "{plan}");
    assert_eq!(binds(&stranger), 0);
}

#[test]
fn a_server_that_is_too_busy_to_bind_is_passed_over() {
    for code in [51, 52] {
        let (first, second) = (directory().answer_binds(code, "").start(), directory().start());
        let plan = planned(&plan(&[first.url(), second.url()], &[&first, &second], ""));
        assert_eq!(plan["source"]["location"], second.url());
        assert_eq!((binds(&first), binds(&second)), (1, 1));
    }
}

#[test]
fn the_first_server_that_can_be_used_is_read_and_the_others_are_left_alone() {
    let (first, second) = (directory().start(), directory().start());
    let plan = planned(&plan(&[first.url(), second.url()], &[&first, &second], ""));
    assert_eq!(plan["source"]["location"], first.url());
    assert_eq!(notes(&plan, "server-skipped"), []);
    assert_eq!(second.connections(), 0);
}

#[test]
fn credentials_that_one_server_judged_go_to_no_other() {
    for code in [49, 8, 13, 48, 53, 1, 80] {
        let (first, second) = (directory().answer_binds(code, "").start(), directory().start());
        let answer = plan(&[first.url(), second.url()], &[&first, &second], "");
        let expected = if matches!(code, 1 | 80) { 6 } else { 1 };
        assert_eq!(answer.code, expected, "{code}: {}", answer.stderr);
        assert_eq!((binds(&first), second.connections()), (1, 0), "{code}");
    }
    let (first, second) = (directory().spoil_binds().start(), directory().start());
    let answer = plan(&[first.url(), second.url()], &[&first, &second], "");
    assert_eq!(answer.code, 6, "an answer that cannot be read may be a refusal: {}", answer.stderr);
    assert_eq!((binds(&first), second.connections()), (1, 0));
}

#[test]
fn a_read_that_breaks_off_is_not_begun_anew_elsewhere() {
    for ending in [Ending::Close, Ending::Result(51)] {
        let first = directory().end_search("objectClass=group", 1, ending).start();
        let second = directory().start();
        let answer = plan(&[first.url(), second.url()], &[&first, &second], "");
        assert_eq!(answer.code, 6, "{}", answer.stderr);
        assert!(answer.stderr.contains("groups"), "{}", answer.stderr);
        assert_eq!(second.connections(), 0);
    }
}

#[test]
fn when_no_server_can_be_used_each_is_named_with_its_reason() {
    let down = closed_port();
    let behind = directory().not_synchronized().start();
    let answer = plan(&[&down, behind.url()], &[&behind], "");
    assert_eq!(answer.code, 6, "{}", answer.stderr);
    for word in ["ad::no_server", &down, "ad::unreachable", behind.url(), "ad::not_synchronized"] {
        assert!(answer.stderr.contains(word), "no {word} in {}", answer.stderr);
    }

    let expired = directory().expired_certificate().start();
    let answer = plan(&[&down, expired.url()], &[&expired], "");
    assert_eq!(answer.code, 1, "a certificate does not mend itself: {}", answer.stderr);
    for word in [&down, expired.url(), "ad::certificate_time"] {
        assert!(answer.stderr.contains(word), "no {word} in {}", answer.stderr);
    }
}

#[test]
fn start_tls_comes_before_the_password() {
    let server = directory().start_tls().start();
    let plan = planned(&plan(&[server.url()], &[&server], ""));
    assert_eq!(plan["source"]["location"], server.url());
    assert_eq!(notes(&plan, "insecure-ldap"), []);
    assert_eq!(binds(&server), 1);
    assert!(!contains(&server.clear_text(), PASSWORD) && !contains(&server.clear_text(), "jcimport"));
}

#[test]
fn where_tls_does_not_start_nothing_is_sent_in_the_clear() {
    let stranger = directory().start_tls().start();
    let other = directory().start();
    for (server, trusted, code) in [
        (&directory().refuse_start_tls().start(), None, "ad::start_tls"),
        (&stranger, Some(&other), "ad::untrusted_certificate"),
    ] {
        let answer = plan(&[server.url()], &[trusted.unwrap_or(server)], "");
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        assert!(answer.stderr.contains(code), "{}", answer.stderr);
        assert_eq!((server.connections(), binds(server)), (1, 0));
        let sent = server.clear_text();
        assert!(contains(&sent, "1.3.6.1.4.1.1466.20037"), "only StartTLS is asked for");
        assert!(!contains(&sent, PASSWORD) && !contains(&sent, "jcimport"), "{sent:?}");
    }
}

#[test]
fn plain_ldap_is_read_where_the_policy_allows_it_and_the_plan_says_so() {
    let server = directory().plain().start();
    let answer = plan(&[server.url()], &[&server], "allow-insecure #true");
    let plan_made = planned(&answer);
    let said = notes(&plan_made, "insecure-ldap");
    assert_eq!(said.len(), 1, "{plan_made}");
    assert_eq!(said[0].0, server.url());
    assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
    assert!(answer.stderr.starts_with("warning: ") && answer.stderr.contains(server.url()));

    let (secure, plain) = (directory().start(), directory().plain().start());
    let answer = plan(&[secure.url(), plain.url()], &[&secure], "allow-insecure #true");
    assert_eq!(notes(&planned(&answer), "insecure-ldap"), [], "nothing went in the clear");
    assert!(answer.stderr.contains(plain.url()) && !answer.stderr.contains(secure.url()));
}

#[test]
fn an_empty_password_is_sent_to_no_server() {
    for (script, nodes) in
        [(directory(), ""), (directory().start_tls(), ""), (directory().plain(), "allow-insecure #true")]
    {
        let server = script.start();
        let answer = plan_with_password(&[server.url()], &[&server], nodes, "");
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        assert_eq!(server.connections(), 0);
    }
}

#[cfg(not(all(feature = "kerberos", target_os = "linux")))]
#[test]
fn a_build_without_kerberos_refuses_a_keytab_and_says_which_build_has_it() {
    let server = directory().start();
    let answer = plan_as(
        "bind \"jcimport@CORP.EXAMPLE.COM\" keytab=\"jcimport.keytab\"",
        &[server.url()],
        &[&server],
        "",
        PASSWORD,
    );
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    for word in ["ad::no_kerberos", "--features kerberos", "jcimport@CORP.EXAMPLE.COM"] {
        assert!(answer.stderr.contains(word), "no {word} in {}", answer.stderr);
    }
    assert_eq!(server.connections(), 0);
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

//! The sandbox and clients that take their time, or too many connections.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use adjunct::sandbox::{Limits, Options, Sandbox, State, StateFile};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::jumpcloud::users;
use crate::support::organization::Organization;
use crate::support::wire::{call, connect, replies, request};

/// Longer than any test runs.
const FOREVER: Duration = Duration::from_secs(100_000);
/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(150);

fn organization(document: &Value, patience: Duration, connections: usize) -> Organization {
    let limits = Limits { patience, connections, ..Limits::default() };
    Organization::with(document, Options { limits, ..Options::default() })
}

fn address(organization: &Organization) -> SocketAddr {
    organization.sandbox().address()
}

/// Sends a byte now and then until the other side says something, or hangs up.
fn drip(stream: &mut TcpStream) {
    let whole = stream.read_timeout().unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut bytes = 0;
    while stream.peek(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {
        bytes += 1;
        assert!(bytes < 4000, "there is no end to its patience");
        // The other side may hang up meanwhile, which the next look shows.
        let _ = stream.write_all(b"x");
    }
    stream.set_read_timeout(whole).unwrap();
}

#[test]
fn who_takes_too_long_over_a_request_is_told_so() {
    let organization = organization(&json!({}), SHORT, 8);
    let body =
        "POST /api/v2/usergroups HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 5000\r\n\r\n{\"name\":\"";
    for begun in [
        "GET /api/v2/users",
        "GET / HTTP/1.1\r\nX-Slow: ",
        body,
        &body.replace("Content-Length: 5000", "Transfer-Encoding: chunked").replace('{', "1000\r\n{"),
    ] {
        let mut stream = connect(address(&organization));
        stream.write_all(begun.as_bytes()).unwrap();
        drip(&mut stream);
        let replies = replies(stream);
        assert_eq!(replies.len(), 1, "{begun}");
        assert!(replies[0].status == 408 && replies[0].is_refusal(), "{begun}: {replies:?}");
    }
    // Who says nothing at all is told nothing.
    assert_eq!(replies(connect(address(&organization))), []);
    assert_eq!(call(address(&organization), "GET", "/api/v2/usergroups", "").json(), json!([]));
}

#[test]
fn one_connection_too_many_waits_for_another_to_end() {
    let organization = organization(&json!({}), FOREVER, 1);
    let mut first = connect(address(&organization));
    let mut second = connect(address(&organization));
    second.write_all(&request("GET", "/api/v2/usergroups", "", "")).unwrap();
    for name in ["a", "b", "c"] {
        let body = json!({ "name": name }).to_string();
        let head = format!(
            "POST /api/v2/usergroups HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {}\r\n",
            body.len()
        );
        first.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        assert!(first.read(&mut [0; 4096]).unwrap() > 0);
    }
    drop(first);
    let answer = replies(second).remove(0);
    assert_eq!(answer.json().as_array().unwrap().len(), 3, "the second did not wait: {answer:?}");
}

#[test]
fn idle_connections_make_room() {
    let organization = organization(&json!({}), SHORT, 3);
    let idle: Vec<TcpStream> = (0..9).map(|_| connect(address(&organization))).collect();
    assert_eq!(call(address(&organization), "GET", "/api/v2/usergroups", "").status, 200);
    for stream in idle {
        assert_eq!(replies(stream), []);
    }
}

#[test]
fn who_does_not_read_answers_is_hung_up_on() {
    let organization = organization(&json!({ "users": users(100) }), SHORT, 1);
    let mut silent = connect(address(&organization));
    let one = b"GET /api/systemusers?limit=100 HTTP/1.1\r\nHost: sandbox\r\n\r\n";
    silent.write_all(&one.repeat(3000)).unwrap();
    let answer = call(address(&organization), "GET", "/api/v2/usergroups", "");
    assert_eq!(answer.status, 200);
    assert!(organization.sandbox().requests().len() < 3000);
    drop(silent);
}

#[test]
fn a_sandbox_that_is_stopped_answers_what_was_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let (_, file) = StateFile::open(&path).unwrap();
    let runtime = Runtime::new().unwrap();
    let limits = Limits { patience: FOREVER, ..Limits::default() };
    let options = Options { state_file: Some(file), limits, ..Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(State::empty(), options)).unwrap();
    let address = sandbox.address();
    let idle = connect(address);
    let mut begun = connect(address);
    let head = "POST /api/v2/usergroups HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n";
    begun.write_all(head.as_bytes()).unwrap();
    // It asks for the body, so it is at work.
    assert!(begun.read(&mut [0; 25]).unwrap() > 0);
    let stopping = runtime.spawn(sandbox.stop());
    assert_eq!(replies(idle), []);
    while TcpStream::connect(address).is_ok() {
        // It still listens.
    }
    begun.write_all(br#"{"name":"g"}"#).unwrap();
    assert_eq!(replies(begun)[0].status, 201);
    runtime.block_on(stopping).unwrap().unwrap();
    assert_eq!(StateFile::open(&path).unwrap().0.unwrap().counts(), (0, 1));
    assert!(!folder.path().join("state.json.log").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_sandbox_without_files_left_goes_on_when_there_are_some_again() {
    const FILES: usize = 40;
    let mut served = crate::support::served::Served::with_files(FILES);
    let idle: Vec<TcpStream> = (0..2 * FILES).map(|_| connect(served.address())).collect();
    let open = format!("/proc/{}/fd", served.id());
    while std::fs::read_dir(&open).unwrap().count() < FILES {
        // It still takes them.
        std::thread::yield_now();
    }
    drop(idle);
    assert_eq!(call(served.address(), "GET", "/api/v2/usergroups", "").status, 200);
    let address = served.address();
    assert_eq!(served.kill(), format!("Listening on {address}; only this machine can reach it.\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn as_many_connections_as_there_may_be_take_little_memory() {
    let served = crate::support::served::Served::start(&[]);
    let head = format!("GET /{} HTTP/1.1\r\nX-Long: {}", "a".repeat(30_000), "b".repeat(30_000));
    let slow: Vec<TcpStream> = (0..Limits::default().connections)
        .map(|_| {
            let mut stream = connect(served.address());
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let begun: Vec<TcpStream> = (0..2).map(|_| connect(served.address())).collect();
    drop(slow);
    drop(begun);
    assert_eq!(call(served.address(), "GET", "/api/v2/usergroups", "").status, 200);
    assert!(served.most_memory() < 200 << 20, "{} MB", served.most_memory() >> 20);
}

//! The sandbox and requests that mean it no good: each is refused in so many words, and none is felt afterwards.

use serde_json::json;

use crate::support::served::Served;
use crate::support::wire::{Reply, call, exchange, exchange_parts, request};

/// What a sandbox may use at most, in all of these tests.
const MOST_MEMORY: u64 = 200 << 20;

/// A sandbox with a few users.
fn sandbox() -> Served {
    let served = Served::start(&[]);
    for name in ["ada", "bob", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"] {
        let user = json!({ "username": name, "email": format!("{name}@example.com") });
        assert_eq!(call(served.address(), "POST", "/api/systemusers", &user.to_string()).status, 200);
    }
    served
}

/// Checks that a sandbox goes on as if nothing had been, and that it had nothing to say about it.
fn goes_on(mut served: Served) {
    let users =
        call(served.address(), "GET", "/api/systemusers?sort=username&fields=username&skip=1", "").json();
    assert_eq!((&users["results"][0]["username"], &users["totalCount"]), (&json!("ada"), &json!(3)));
    let group = call(served.address(), "POST", "/api/v2/usergroups", r#"{"name":"after"}"#);
    assert_eq!(group.status, 201, "{group:?}");
    #[cfg(target_os = "linux")]
    {
        let memory = served.most_memory();
        assert!(memory < MOST_MEMORY, "{} MB", memory >> 20);
    }
    let address = served.address();
    assert_eq!(served.kill(), format!("Listening on {address}; only this machine can reach it.\n"));
}

fn refused(reply: &Reply, status: u16, what: &str) {
    assert!(reply.status == status && reply.is_refusal(), "{what:.200}: not {status} but {reply:?}");
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let served = sandbox();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let bodies = [
        "{".to_owned(),
        "{\"username\":".to_owned(),
        "{\"username\":\"x\",}".to_owned(),
        "nonsense".to_owned(),
        "\u{0}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "1e999999".to_owned(),
        "{\"username\":\"\\ud800\"}".to_owned(),
        "{\"username\":{\"a\":[\"b\"]},\"email\":17}".to_owned(),
        deep("[", "]"),
        deep("{\"a\":", "}").replace(":}", ":1}"),
    ];
    for body in &bodies {
        for (method, path) in [
            ("POST", "/api/systemusers"),
            ("POST", "/api/v2/usergroups"),
            ("POST", "/api/v2/activedirectories"),
            ("POST", "/api/v2/bulk/users"),
            ("POST", "/api/v2/bulk/userstates"),
        ] {
            if (path, body.as_str()) != ("/api/v2/bulk/users", "[]") {
                refused(&call(served.address(), method, path, body), 400, &format!("{path} {body}"));
            }
        }
    }
    for path in ["/api/search/systemusers", "/api/systemusers"] {
        let bytes =
            [request("POST", path, "Content-Length: 4\r\n", ""), vec![0xff, 0xfe, 0x80, 0x00]].concat();
        refused(&exchange(served.address(), &bytes)[0], 400, "bytes that are no UTF-8");
    }
    goes_on(served);
}

#[test]
fn an_id_that_leads_elsewhere_is_the_id_of_nothing() {
    let served = sandbox();
    let ids = [
        "../../etc/passwd",
        "..",
        ".",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%2f..%2fetc%2fpasswd",
        "..%5c..%5cwindows",
        "%00",
        "5a0000000000000000000001%00",
        "5a0000000000000000000001%0d%0aX-Injected:%20yes",
        "%ff%fe",
        "%c0%ae%c0%ae",
        "%",
        "%zz",
        "5a000000000000000000000",
        "5a00000000000000000000011",
        "5g0000000000000000000001",
        "%F0%9F%A4%96%F0%9F%A4%96%F0%9F%A4%96%F0%9F%A4%96%F0%9F%A4%96%F0%9F%A4%96",
        "'%20OR%201=1",
        &"a".repeat(40_000),
    ];
    for id in ids {
        for (method, path) in [
            ("GET", format!("/api/systemusers/{id}")),
            ("DELETE", format!("/api/systemusers/{id}")),
            ("GET", format!("/api/v2/usergroups/{id}/members")),
            ("GET", format!("/api/v2/activedirectories/{id}/agents/{id}").replace(&"a".repeat(80_000), "a")),
            ("GET", format!("/api/v2/bulk/users/{id}/results")),
            ("GET", format!("/api/organizations/{id}")),
        ] {
            if path.len() < 60_000 {
                let reply = call(served.address(), method, &path, "");
                refused(&reply, 404, &format!("{method} {path}"));
                assert!(!reply.head.contains("X-Injected"));
            }
        }
    }
    goes_on(served);
}

#[test]
fn what_there_is_not_is_not_found_and_what_cannot_be_done_is_not_allowed() {
    let served = sandbox();
    for path in ["/nothing", "/api", "/api/", "/api/v3/users", "//", "/api//systemusers", "/%", "/\u{7f}?x"] {
        let reply = exchange(served.address(), &request("GET", path, "", ""));
        assert!(reply.iter().all(|reply| matches!(reply.status, 400 | 404)), "{path}: {reply:?}");
        assert_eq!(reply.len(), 1, "{path}");
    }
    for method in ["PATCH", "TRACE", "OPTIONS", "PROPFIND", "get", "X"] {
        refused(&call(served.address(), method, "/api/systemusers", ""), 405, method);
    }
    assert!(call(served.address(), "PUT", "/api/systemusers", "{}").head.contains("allow: GET,HEAD,POST"));
    for line in ["CONNECT sandbox:80", "OPTIONS *", "GET http://other.example/api/systemusers/1"] {
        let bytes = format!("{line} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n");
        refused(&exchange(served.address(), bytes.as_bytes())[0], 404, line);
    }
    goes_on(served);
}

#[test]
fn a_list_is_no_longer_for_being_asked_and_a_filter_no_bomb() {
    let served = sandbox();
    let users = |query: &str| call(served.address(), "GET", &format!("/api/systemusers?{query}"), "");
    for query in [
        "limit=99999999999999",
        "limit=18446744073709551615&skip=0",
        "skip=18446744073709551615",
        "filter=username:$regex:(a%2B)%2B$",
        "filter=username:$regex:(a*)*b&filter=username:$regex:(a|a)*c",
        "sort=-_id,,,%20%20--username&fields=%00",
        "search=%00&&&=&=x&%ff=%fe",
        "filter=username:$eq:%0d%0aSet-Cookie:%20a=b",
    ] {
        let reply = users(query);
        assert!(reply.status == 200 && reply.json()["results"].is_array(), "{query}: {reply:?}");
    }
    let many = |filter: fn(usize) -> String| (0..1800).map(filter).collect::<Vec<_>>().join("&");
    let ones = many(|n| format!("filter=a:$eq:{n}"));
    let patterns = many(|n| format!("filter=a:$regex:b{{{n}}}"));
    for query in [
        "limit=-1",
        "skip=-1",
        "skip=1.5",
        "limit=99999999999999999999999999999",
        "limit=",
        "filter=username:$regex:((a{1000}){1000}){1000}",
        "filter=username:$regex:(((((((((((((((((((((((((((((((",
        "filter=username:$regex:[",
        "filter=username",
        "filter=",
        &ones,
        &patterns,
        &format!("filter=username:$regex:{}{}", "(".repeat(20_000), ")".repeat(20_000)),
        &format!("filter=username:$regex:{}", "\\pL{900}".repeat(3000)),
    ] {
        refused(&users(query), 400, query);
    }
    let search = |filter: String| call(served.address(), "POST", "/api/search/systemusers", &filter);
    let bomb = format!("{{\"filter\":{{\"or\":[{}1]}}}}", "{\"a\":{\"$regex\":\"a.*b\"}},".repeat(45_000));
    refused(&search(bomb), 400, "a search for very many patterns");
    let bomb = format!("{{\"filter\":[{}{{}}]}}", "{\"\":0},".repeat(1_200_000));
    refused(&search(bomb), 400, "very many objects in a few bytes each");
    let bomb = format!("{{\"filter\":[{}0]}}", "0,".repeat(4_900_000));
    refused(&search(bomb), 400, "very many numbers in a few bytes each");
    let bomb = format!("{{\"filter\":[{}\"a:$eq:b\"]}}", "\"a:$eq:b\",".repeat(900_000));
    refused(&search(bomb), 400, "a search for very many values");
    let bomb = json!({ "searchFilter": { "searchTerm": vec!["a"; 500_000], "fields": ["username"] } });
    refused(&search(bomb.to_string()), 400, "a search for very many terms");
    refused(&search("{\"limit\":-1}".to_owned()), 400, "a negative limit");
    goes_on(served);
}

#[test]
fn jobs_are_not_remembered_forever() {
    let served = sandbox();
    let job = format!("[{}{{}}]", "{},".repeat(9_999));
    for _ in 0..40 {
        assert_eq!(call(served.address(), "POST", "/api/v2/bulk/users", &job).status, 200);
    }
    goes_on(served);
}

#[test]
fn what_is_no_http_is_refused_or_hung_up_on() {
    let served = sandbox();
    let headers = "X-A: b\r\n".repeat(5000);
    let head = |line: &str, headers: &str| format!("{line}\r\nHost: sandbox\r\n{headers}\r\n").into_bytes();
    let long = "a".repeat(200_000);
    let requests = [
        ("thousands of headers", head("GET /api/systemusers HTTP/1.1", &headers), Some(431)),
        ("one header too many", head("GET / HTTP/1.1", &headers[..8 * 101]), Some(431)),
        ("a long header", head("GET / HTTP/1.1", &format!("X-A: {long}\r\n")), Some(431)),
        ("a long path", head(&format!("GET /{long} HTTP/1.1"), ""), Some(431)),
        ("a control character", head("GET /\u{1}\u{0} HTTP/1.1", ""), Some(400)),
        ("a bare line feed in a header", head("GET / HTTP/1.1", "X-A: b\nc\r\n"), Some(400)),
        ("a header without a name", head("GET / HTTP/1.1", ": b\r\n"), Some(400)),
        ("no version", b"GET /\r\n\r\n".to_vec(), Some(400)),
        ("another version", head("GET / HTTP/7.3", ""), Some(400)),
        ("a wrong length", head("POST /api/systemusers HTTP/1.1", "Content-Length: -5\r\n"), Some(400)),
        (
            "a length beyond all",
            head("POST / HTTP/1.1", &format!("Content-Length: {}\r\n", "9".repeat(30))),
            Some(400),
        ),
        (
            "two lengths",
            head("POST /api/systemusers HTTP/1.1", "Content-Length: 2\r\nContent-Length: 3\r\n"),
            Some(400),
        ),
        ("an unknown coding", head("POST / HTTP/1.1", "Transfer-Encoding: gzip\r\n"), Some(400)),
        (
            "chunks that are none",
            [head("POST /api/systemusers HTTP/1.1", "Transfer-Encoding: chunked\r\n"), b"zz\r\n".to_vec()]
                .concat(),
            Some(400),
        ),
        (
            "a chunk beyond all",
            [
                head("POST /api/systemusers HTTP/1.1", "Transfer-Encoding: chunked\r\n"),
                b"ffffffffffffffffff\r\n".to_vec(),
            ]
            .concat(),
            Some(400),
        ),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), None),
        ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), Some(400)),
        ("random bytes", (0..=255).rev().cycle().take(5000).collect(), Some(400)),
    ];
    for (what, bytes, status) in requests {
        let statuses: Vec<u16> =
            exchange(served.address(), &bytes).iter().map(|reply| reply.status).collect();
        assert_eq!(statuses, Vec::from_iter(status), "{what}");
    }
    goes_on(served);
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let served = sandbox();
    let one = |connection: &str| {
        format!("GET /api/systemusers?limit=1 HTTP/1.1\r\nHost: sandbox\r\n{connection}\r\n").into_bytes()
    };
    let mut row = one("").repeat(500);
    row.extend_from_slice(b"POST /api/systemusers HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 1\r\n\r\n{");
    row.extend(one("Connection: close\r\n"));
    // Nothing behind the last one counts.
    row.extend(one(""));
    let statuses: Vec<u16> = exchange(served.address(), &row).iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [vec![200; 500], vec![400, 200]].concat());
    // A length and chunks at once are two readings of one request; only the chunks count, and nothing may follow.
    let smuggled = "POST /api/v2/usergroups HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 5\r\n\
                    Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nDELETE /api/systemusers HTTP/1.1\r\n\r\n";
    let replies = exchange(served.address(), smuggled.as_bytes());
    assert!(replies.iter().all(|reply| (400..500).contains(&reply.status)), "{replies:?}");
    goes_on(served);
}

#[test]
fn the_pages_for_people_take_no_harm_either() {
    let served = sandbox();
    let ask = |method: &str, path: &str| {
        let line =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", served.address());
        exchange(served.address(), line.as_bytes()).remove(0)
    };
    for path in [
        "/users/..%2f..%2fetc%2fpasswd".to_owned(),
        "/users/%00".to_owned(),
        "/users/%ff%fe".to_owned(),
        "/groups/../../etc/passwd".to_owned(),
        format!("/groups/{}", "a".repeat(40_000)),
        "/style.css/..%2f..%2f".to_owned(),
    ] {
        let reply = ask("GET", &path);
        assert!(matches!(reply.status, 400 | 404), "{path:.100}: {reply:?}");
    }
    for page in ["/", "/users", "/groups", "/requests", "/outbox"] {
        let long = "x".repeat(40_000);
        for query in
            ["q=%3Cscript%3E", "page=-1", "skip=-1&page=99999999999999999999", "q=%00%ff&&&=&[]", &long]
        {
            let reply = ask("GET", &format!("{page}?{query}"));
            assert!(
                reply.status == 200 && !reply.body.contains("<script>"),
                "{page}?{query:.100}: {reply:?}"
            );
        }
        assert_eq!(ask("POST", page).status, 405, "{page}");
    }
    goes_on(served);
}

#[test]
fn requests_that_are_long_are_not_remembered_for_long() {
    let served = sandbox();
    let one = format!("GET /api/v2/usergroups?{} HTTP/1.1\r\nHost: sandbox\r\n\r\n", "x".repeat(60_000));
    let end = request("GET", "/api/v2/usergroups", "", "");
    let row = std::iter::repeat_n(one.as_bytes(), 4000).chain([end.as_slice()]);
    assert_eq!(exchange_parts(served.address(), row).len(), 4001);
    goes_on(served);
}

#[test]
fn a_value_cannot_end_a_header_or_a_line_of_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut served = Served::keeping(&path);
    let name = "a\r\nX-Injected: yes\r\n\r\n{\"folded\":\"\"}\n\u{2028}\u{0}";
    let group = call(served.address(), "POST", "/api/v2/usergroups", &json!({ "name": name }).to_string());
    assert!(matches!(group.status, 201 | 400), "{group:?}");
    let kept = group.status == 201;
    let list =
        call(served.address(), "GET", "/api/v2/usergroups?limit=1&filter=name:ne:%0d%0aX-Injected:y", "");
    assert!(list.status == 200 && !list.head.contains("X-Injected"), "{list:?}");
    served.kill();
    let served = Served::keeping(&path);
    let groups = call(served.address(), "GET", "/api/v2/usergroups", "").json();
    assert_eq!(
        groups.as_array().unwrap().iter().filter(|group| group["name"] == name).count(),
        usize::from(kept)
    );
}

#[test]
fn a_body_of_a_hundred_megabytes_is_refused_and_never_kept() {
    static MEGABYTE: [u8; 1 << 20] = [b' '; 1 << 20];
    let served = sandbox();
    let address = served.address();
    let long = format!("Content-Length: {}\r\n", 100 << 20);
    let head = request("POST", "/api/systemusers", &long, "");
    let with_length = || {
        let parts = [head.as_slice()].into_iter().chain(std::iter::repeat_n(&MEGABYTE[..], 100));
        exchange_parts(address, parts)
    };
    let in_chunks = || {
        let head = request("POST", "/api/systemusers", "Transfer-Encoding: chunked\r\n", "");
        let chunk = [b"100000\r\n", &MEGABYTE[..], b"\r\n"].concat();
        let chunks = std::iter::repeat_n(chunk.as_slice(), 100);
        exchange_parts(address, [head.as_slice()].into_iter().chain(chunks).chain([&b"0\r\n\r\n"[..]]))
    };
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|n| scope.spawn(move || if n % 2 == 0 { with_length() } else { in_chunks() }))
            .collect();
        for sender in senders {
            let replies = sender.join().unwrap();
            assert_eq!(replies.len(), 1);
            refused(&replies[0], 413, "a hundred megabytes");
        }
    });
    // Who asks first is told before sending.
    let asking = request("POST", "/api/systemusers", &format!("{long}Expect: 100-continue\r\n"), "");
    refused(&exchange(address, &asking)[0], 413, "a question");
    // As much as is taken, and one byte more.
    let padded = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    refused(&call(address, "POST", "/api/systemusers", &padded(10_000_000)), 400, "as much as is taken");
    refused(&call(address, "POST", "/api/systemusers", &padded(10_000_001)), 413, "one byte more");
    goes_on(served);
}

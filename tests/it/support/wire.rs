//! HTTP by hand: bytes that no client would send, and what comes back.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// What a test waits for at most before it fails; nothing takes so long.
const HANG: Duration = Duration::from_mins(1);

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The status line and the headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Whether it is an error as the API tells it.
    pub(crate) fn is_refusal(&self) -> bool {
        let json = self.json();
        json["code"] == self.status && json["message"].is_string() && json["status"].is_string()
    }
}

/// Connects.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.set_write_timeout(Some(HANG)).unwrap();
    stream
}

/// Sends bytes, and gives what is answered until the other side closes the connection.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<Reply> {
    exchange_parts(address, [bytes])
}

/// Sends these bytes one after the other, as long as they are taken.
pub(crate) fn exchange_parts<'b>(
    address: SocketAddr,
    parts: impl IntoIterator<Item = &'b [u8]>,
) -> Vec<Reply> {
    let mut stream = connect(address);
    for part in parts {
        if stream.write_all(part).is_err() {
            // The other side has heard enough; what it said is still to be read.
            break;
        }
    }
    replies(stream)
}

/// What is answered until the other side closes the connection.
pub(crate) fn replies(mut stream: TcpStream) -> Vec<Reply> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection stays open: {error}\n{}", String::from_utf8_lossy(&bytes)),
    }
    parse(&String::from_utf8(bytes).unwrap())
}

fn parse(mut text: &str) -> Vec<Reply> {
    let mut replies = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        let (body, rest) = if status < 200 { ("", rest) } else { rest.split_at(length.unwrap_or_default()) };
        replies.push(Reply { status, head: head.to_owned(), body: body.to_owned() });
        text = rest;
    }
    replies
}

/// A request as bytes, after which the connection is closed.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n{headers}{length}\r\n{body}")
        .into_bytes()
}

/// The one answer to a request.
pub(crate) fn call(address: SocketAddr, method: &str, path: &str, body: &str) -> Reply {
    let mut replies = exchange(address, &request(method, path, "", body));
    assert_eq!(replies.len(), 1, "{method} {path}: {replies:?}");
    replies.remove(0)
}

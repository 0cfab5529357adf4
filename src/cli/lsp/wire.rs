//! Messages of an editor, as they come over standard input.
//!
//! Not [`Message::read`]: it makes room for as many bytes as a message says that it has, and tells what it could not read.
//! What an editor sends are policies, and in one that is being written a secret may stand that should not.

use std::io::{self, BufRead, ErrorKind, Read};

use lsp_server::Message;

/// Most bytes of a message: a policy of the greatest size, each character as an escape, several times over.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most bytes of what stands before a message.
const MOST_HEADER_BYTES: u64 = 4 * 1024;

/// The next message; none where the input ends between two.
///
/// # Errors
/// When it is no message, is too long, or is cut off. Nothing of what was sent is in them.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Message>> {
    let Some(length) = read_header(input)? else { return Ok(None) };
    if length > MOST_BYTES {
        return Err(refused("a message is longer than 16 MiB"));
    }
    let mut body = Vec::new();
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    input.by_ref().take(limit).read_to_end(&mut body)?;
    if body.len() < length {
        return Err(io::Error::new(ErrorKind::UnexpectedEof, "a message is cut off"));
    }
    let text = std::str::from_utf8(&body).map_err(|_| refused("a message is no UTF-8 text"))?;
    // The reason would quote the message.
    serde_json::from_str(text).map(Some).map_err(|_| refused("a message is no JSON of the protocol"))
}

/// The length that the header gives.
fn read_header(input: &mut impl BufRead) -> io::Result<Option<usize>> {
    let mut header = input.by_ref().take(MOST_HEADER_BYTES);
    let mut length = None;
    let mut is_begun = false;
    loop {
        let mut line = Vec::new();
        header.read_until(b'\n', &mut line)?;
        if line.is_empty() && !is_begun {
            return Ok(None);
        }
        is_begun = true;
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(refused(
                "the header of a message is too long, cut off, or has lines that do not end in CR LF",
            ));
        };
        if line.is_empty() {
            return length
                .map(Some)
                .ok_or_else(|| refused("the header of a message gives no Content-Length"));
        }
        let line = std::str::from_utf8(line).ok();
        let Some((name, value)) = line.and_then(|line| line.split_once(':')) else {
            return Err(refused("a line of the header of a message has no colon"));
        };
        if name.trim().eq_ignore_ascii_case("Content-Length") {
            let number =
                value.trim().parse().map_err(|_| refused("the Content-Length of a message is no number"))?;
            length = Some(number);
        }
    }
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

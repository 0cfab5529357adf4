//! The written form of DNs (RFC 4514), read and spelled.

/// Why a text is no DN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a distinguished name: {problem} at character {position}")]
pub struct DnError {
    problem: &'static str,
    position: usize,
}

/// One `type=value` of an RDN, unescaped.
pub(super) struct Part {
    pub(super) attribute: String,
    pub(super) value: String,
}

/// The RDNs of a DN, each with its parts, from the first to the root.
pub(super) fn parse_rdns(text: &str, separator: char) -> Result<Vec<Vec<Part>>, DnError> {
    let characters: Vec<char> = text.chars().collect();
    let mut at = 0;
    let mut rdns = Vec::new();
    let mut rdn = Vec::new();
    loop {
        let (part, end) = parse_part(&characters, at, separator)?;
        rdn.push(part);
        match characters.get(end) {
            Some('+') => at = end + 1,
            Some(_) => {
                rdns.push(std::mem::take(&mut rdn));
                at = end + 1;
            }
            None => {
                rdns.push(rdn);
                return Ok(rdns);
            }
        }
    }
}

/// One `type=value` from `start`, and the index of the separator behind it (or the length).
fn parse_part(characters: &[char], start: usize, separator: char) -> Result<(Part, usize), DnError> {
    let mut at = start;
    let mut attribute = String::new();
    loop {
        match characters.get(at) {
            Some('=') => break,
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ' ' | '\n' | '\r' | '\t') => {
                attribute.push(*c);
            }
            Some(_) => {
                return Err(DnError {
                    problem: "unexpected character in an attribute type",
                    position: at + 1,
                });
            }
            None => return Err(DnError { problem: "a part without '='", position: at + 1 }),
        }
        at += 1;
    }
    let attribute = attribute.trim().to_owned();
    if attribute.is_empty() || attribute.contains(' ') {
        return Err(DnError { problem: "a part without an attribute type before '='", position: at + 1 });
    }
    at += 1;
    let (value, end) = parse_value(characters, at, separator)?;
    Ok((Part { attribute, value }, end))
}

/// The value from `start`, unescaped, and the index of the separator behind it (or the length).
fn parse_value(characters: &[char], start: usize, separator: char) -> Result<(String, usize), DnError> {
    let mut at = start;
    while characters.get(at) == Some(&' ') {
        at += 1;
    }
    // Escapes may stand for single bytes of a UTF-8 sequence, so the value is gathered as bytes.
    let mut bytes = Vec::new();
    // Length up to the last character that trimming may not take.
    let mut kept = 0;
    let is_quoted = characters.get(at) == Some(&'"');
    if is_quoted {
        at += 1;
    }
    loop {
        let Some(&c) = characters.get(at) else {
            if is_quoted {
                return Err(DnError {
                    problem: "a quoted value without its closing quote",
                    position: at + 1,
                });
            }
            break;
        };
        if is_quoted && c == '"' {
            at += 1;
            while characters.get(at) == Some(&' ') {
                at += 1;
            }
            if characters.get(at).is_some_and(|&c| c != separator && c != '+') {
                return Err(DnError { problem: "text behind a quoted value", position: at + 1 });
            }
            kept = bytes.len();
            break;
        }
        if !is_quoted && (c == separator || c == '+') {
            break;
        }
        if c == '\\' {
            let (length, byte) = parse_escape(characters, at)?;
            match byte {
                Escaped::Byte(byte) => bytes.push(byte),
                Escaped::Character(c) => push_char(&mut bytes, c),
            }
            at += length;
            kept = bytes.len();
            continue;
        }
        push_char(&mut bytes, c);
        if c != ' ' || is_quoted {
            kept = bytes.len();
        }
        at += 1;
    }
    bytes.truncate(kept);
    let value = String::from_utf8(bytes)
        .map_err(|_| DnError { problem: "escapes that are no UTF-8", position: start + 1 })?;
    Ok((value, at))
}

enum Escaped {
    Byte(u8),
    Character(char),
}

/// What the escape at `at` stands for, and how many characters it takes.
fn parse_escape(characters: &[char], at: usize) -> Result<(usize, Escaped), DnError> {
    let first = characters.get(at + 1);
    let hex = |c: Option<&char>| c.and_then(|c| c.to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    if let (Some(high), Some(low)) = (hex(first), hex(characters.get(at + 2))) {
        return Ok((3, Escaped::Byte(high * 16 + low)));
    }
    match first {
        Some(c) => Ok((2, Escaped::Character(*c))),
        None => Err(DnError { problem: "a backslash at the end", position: at + 1 }),
    }
}

fn push_char(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// An RDN with the escapes that RFC 4514 demands.
pub(super) fn spell_rdn(rdn: &[Part]) -> String {
    rdn.iter()
        .map(|part| format!("{}={}", part.attribute, spell_value(&part.value)))
        .collect::<Vec<_>>()
        .join("+")
}

/// The value with the escapes that RFC 4514 demands.
pub(super) fn spell_value(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut spelled = String::with_capacity(value.len());
    for (index, c) in value.chars().enumerate() {
        let is_edge_space = c == ' ' && (index == 0 || index == last);
        if is_edge_space
            || matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=')
            || (c == '#' && index == 0)
        {
            spelled.push('\\');
            spelled.push(c);
        } else if c == '\0' {
            spelled.push_str("\\00");
        } else {
            spelled.push(c);
        }
    }
    spelled
}

//! Patterns for DNs, brought into the spelling that [`Dn::normalized`](crate::model::Dn::normalized) gives DNs, as far
//! as a text with wildcards can be.

/// A piece of a written pattern, its escapes resolved.
#[derive(Clone, Copy, PartialEq)]
enum Piece {
    /// What separates parts, and types from values: `,` for any of the first.
    Separator(char),
    /// `*` or `?`.
    Wildcard(char),
    /// A character that stands for itself.
    Literal(char),
    /// A space that was not escaped, which counts inside of a value only.
    Space,
}

/// Takes spaces around separators away, turns semicolons into commas where no comma separates, and spells escapes as
/// RFC 4514 prefers them: `\2C` as `\,`. A wildcard cannot be escaped in a pattern, so `\2a` becomes a `?`.
pub(super) fn normalize_dn_pattern(written: &str) -> String {
    let pieces = without_idle_spaces(&pieces_of(written));
    let is_edge = |neighbour: Option<&Piece>| matches!(neighbour, None | Some(Piece::Separator(_)));
    let mut normalized = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let is_first = is_edge(at.checked_sub(1).and_then(|before| pieces.get(before)));
        let is_last = is_edge(pieces.get(at + 1));
        match *piece {
            Piece::Separator(character) | Piece::Wildcard(character) => normalized.push(character),
            Piece::Space => normalized.push(' '),
            Piece::Literal('*' | '?') => normalized.push('?'),
            Piece::Literal('\0') => normalized.push_str("\\00"),
            Piece::Literal(character) => {
                let is_special = matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=')
                    || (character == ' ' && (is_first || is_last))
                    || (character == '#' && is_first);
                if is_special {
                    normalized.push('\\');
                }
                normalized.push(character);
            }
        }
    }
    normalized
}

fn pieces_of(written: &str) -> Vec<Piece> {
    let characters: Vec<char> = written.chars().collect();
    let separator = separator_of(&characters);
    let mut pieces = Vec::new();
    // Whether the type of this part is behind us. A star may stand for whole parts, so the next `=` may be a type's.
    let mut is_value = false;
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        at += 1;
        match character {
            '\\' => {
                let (length, meant) = read_escape(characters.get(at..).unwrap_or_default());
                at += length;
                pieces.extend(meant.chars().map(Piece::Literal));
            }
            '=' if !is_value => {
                is_value = true;
                pieces.push(Piece::Separator('='));
            }
            '+' => {
                is_value = false;
                pieces.push(Piece::Separator('+'));
            }
            '*' | '?' => {
                is_value &= character == '?';
                pieces.push(Piece::Wildcard(character));
            }
            ' ' => pieces.push(Piece::Space),
            _ if character == separator => {
                is_value = false;
                pieces.push(Piece::Separator(','));
            }
            _ => pieces.push(Piece::Literal(character)),
        }
    }
    pieces
}

/// What separates the parts: `;` where no comma does.
fn separator_of(characters: &[char]) -> char {
    let mut is_escaped = false;
    for &character in characters {
        if character == ',' && !is_escaped {
            return ',';
        }
        is_escaped = !is_escaped && character == '\\';
    }
    ';'
}

/// Leaves out the spaces at both ends and at separators.
fn without_idle_spaces(pieces: &[Piece]) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::new();
    for &piece in pieces {
        match piece {
            Piece::Space if matches!(kept.last(), None | Some(Piece::Separator(_))) => {}
            Piece::Separator(_) => {
                trim_spaces(&mut kept);
                kept.push(piece);
            }
            Piece::Space | Piece::Wildcard(_) | Piece::Literal(_) => kept.push(piece),
        }
    }
    trim_spaces(&mut kept);
    kept
}

fn trim_spaces(pieces: &mut Vec<Piece>) {
    while pieces.last() == Some(&Piece::Space) {
        pieces.pop();
    }
}

/// What the escape behind a backslash stands for, and how many characters it takes. Hexadecimal pairs are bytes of
/// UTF-8, so all that follow one another are read together.
fn read_escape(rest: &[char]) -> (usize, String) {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(byte) = hex_pair(rest.get(length..).unwrap_or_default(), length > 0) {
        bytes.push(byte);
        length += if length > 0 { 3 } else { 2 };
    }
    match (String::from_utf8(bytes), rest.first()) {
        (Ok(text), _) if length > 0 => (length, text),
        (_, Some(&character)) => (1, character.to_string()),
        // A backslash at the end stands for itself.
        (_, None) => (0, "\\".to_owned()),
    }
}

/// The byte of the hexadecimal pair at the start, behind its own backslash where one is due.
fn hex_pair(rest: &[char], has_backslash: bool) -> Option<u8> {
    let rest = if has_backslash { rest.strip_prefix(&['\\'])? } else { rest };
    let high = rest.first()?.to_digit(16)?;
    let low = rest.get(1)?.to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use crate::model::Dn;
    use crate::policy::Pattern;

    use super::normalize_dn_pattern;

    #[test]
    fn spells_patterns_as_normalized_dns_are_spelled() {
        for (written, normalized) in [
            ("*,OU=Vendors,*", "*,OU=Vendors,*"),
            (" * , OU = Vendors , * ", "*,OU=Vendors,*"),
            ("*; OU=Vendors ;DC=x", "*,OU=Vendors,DC=x"),
            (r"CN=Lovelace\, Ada,*", r"CN=Lovelace\, Ada,*"),
            (r"CN=Lovelace\2C Ada,*", r"CN=Lovelace\, Ada,*"),
            (r"CN=Zo\C3\AB*", "CN=Zoë*"),
            ("CN=a;b,*", r"CN=a\;b,*"),
            ("CN=a=b,*", r"CN=a\=b,*"),
            ("CN=*OU=b,*", "CN=*OU=b,*"),
            (r"CN=a\ ,*", r"CN=a\ ,*"),
            (r"CN=a\20b,*", "CN=a b,*"),
            (r"CN=\2a,*", "CN=?,*"),
            (r"CN=a\", r"CN=a\\"),
            ("CN=#a,*", r"CN=\#a,*"),
        ] {
            assert_eq!(normalize_dn_pattern(written), normalized, "{written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_spelling_of_a_dn_is_a_pattern_that_matches_it(
            values in proptest::collection::vec("[a-zé ,;+=<>#\\\\\"]{1,6}", 1..4),
            separator in "( ?, ?)|( ?; ?)",
        ) {
            let spell = |value: &str| {
                value.chars().map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\{:02x}", u32::from(c)) }).collect::<String>()
            };
            let parts: Vec<String> = values.iter().map(|value| format!("CN={}", spell(value))).collect();
            let written = parts.join(&separator);
            let dn = Dn::parse(&parts.join(",")).unwrap();
            proptest::prop_assert!(Pattern::for_dn(&written).matches(&dn.normalized()), "{} and {}", written, dn.normalized());
        }
    }
}

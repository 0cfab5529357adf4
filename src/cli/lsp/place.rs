//! Places as editors count them.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::policy::Span;

/// How the characters of a line are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// Bytes where the editor can count them, else what every editor can.
    pub(super) fn of(offered: Option<&[PositionEncodingKind]>) -> Self {
        let is_utf8 = |kind: &PositionEncodingKind| *kind == PositionEncodingKind::UTF8;
        if offered.unwrap_or_default().iter().any(is_utf8) { Self::Utf8 } else { Self::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn length(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
        }
    }

    /// The place of a byte; of one within a character, that character's.
    pub(super) fn position(self, text: &str, at: usize) -> Position {
        let (mut line, mut column) = (0_usize, 0_usize);
        for (start, character) in text.char_indices() {
            if start + character.len_utf8() > at {
                break;
            }
            if is_line_end(text, start, character) {
                (line, column) = (line + 1, 0);
            } else {
                column += self.length(character);
            }
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position { line: number(line), character: number(column) }
    }

    pub(super) fn range(self, text: &str, span: Span) -> Range {
        Range { start: self.position(text, span.start), end: self.position(text, span.end()) }
    }

    /// The byte of a place; the end of the line or of the text where there is no such place.
    pub(super) fn offset(self, text: &str, position: Position) -> usize {
        let wanted = (position.line as usize, position.character as usize);
        let (mut line, mut column) = (0_usize, 0_usize);
        for (start, character) in text.char_indices() {
            if line == wanted.0 && (column >= wanted.1 || character == '\n' || character == '\r') {
                return start;
            }
            if is_line_end(text, start, character) {
                (line, column) = (line + 1, 0);
            } else {
                column += self.length(character);
            }
        }
        text.len()
    }
}

/// Whether a line ends with this character: `\n`, `\r\n` or `\r`.
fn is_line_end(text: &str, start: usize, character: char) -> bool {
    character == '\n'
        || (character == '\r' && !text.get(start + 1..).is_some_and(|rest| rest.starts_with('\n')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_editors_do() {
        let text = "a\r\né👩b\rc\n";
        for (at, utf8, utf16) in [
            (0, (0, 0), (0, 0)),
            (3, (1, 0), (1, 0)),
            (9, (1, 6), (1, 3)),
            (10, (1, 7), (1, 4)),
            (11, (2, 0), (2, 0)),
        ] {
            for (encoding, (line, character)) in [(Encoding::Utf8, utf8), (Encoding::Utf16, utf16)] {
                let position = Position { line, character };
                assert_eq!(encoding.position(text, at), position, "{at}");
                assert_eq!(encoding.offset(text, position), at, "{at}");
            }
        }
        let beyond = Position { line: 1, character: 900 };
        assert_eq!(Encoding::Utf16.offset(text, beyond), 10);
        assert_eq!(Encoding::Utf16.offset(text, Position { line: 70, character: 0 }), text.len());
    }
}

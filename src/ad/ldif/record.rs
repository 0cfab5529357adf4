//! The text of an LDIF file, taken apart into records (RFC 2849), and what `ldapsearch` adds at the end.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ad::entry::RawAttributes;

/// What is wrong with an LDIF text, whether torn or malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdifProblem {
    /// The text is UTF-16, as `ldifde -u` writes it.
    #[error("the text is UTF-16")]
    Utf16,
    /// The file is empty, or ends within a line.
    #[error("the file ends within a line")]
    NoLineEnd,
    /// The file ends with an entry that no empty line closes, so that lines of it may be missing.
    #[error(
        "the file may end within an entry: no empty line closes the last one, and no trailer counts the entries"
    )]
    NoEntryEnd,
    /// A continuation without a line to continue.
    #[error("a line starts with a space and continues nothing")]
    Continuation,
    /// A line without a colon behind an attribute's name.
    #[error("a line has not the form \"attribute: value\"")]
    Line,
    /// A value that is not base64 behind `::`.
    #[error("a value is not base64")]
    Base64,
    /// A name that is not UTF-8.
    #[error("a name is not UTF-8")]
    Name,
    /// A value that stands in another file.
    #[error("a value is a URL, and files beside the export are not read")]
    Url,
    /// A record that describes a change.
    #[error("a record describes a change, where an entry was expected")]
    Change,
    /// Lines that belong to no entry.
    #[error("a record does not start with dn:")]
    NoName,
    /// An entry that does not say what it is.
    #[error("an entry has no {0}")]
    Missing(&'static str),
    /// An entry that cannot be taken as it is.
    #[error(transparent)]
    Entry(#[from] crate::ad::EntryProblem),
    /// A ranged attribute without its last piece.
    #[error("the values of {attribute} are not all there: {problem}")]
    Range {
        /// The attribute.
        attribute: String,
        /// What tells.
        problem: crate::ad::RangeProblem,
    },
    /// Two entries of one name or one `objectGUID`.
    #[error("{0} stands twice in the file")]
    Twice(String),
    /// The trailer counts other than we do.
    #[error("its trailer counts {announced} entries, and it holds {found}")]
    Count {
        /// As many as `# numEntries:` says.
        announced: u64,
        /// As many as there are.
        found: u64,
    },
    /// The search that wrote the file did not succeed.
    #[error("the search that wrote it ended with {0}")]
    Result(String),
    /// `ldapsearch` wrote the beginning of the file, and the count that it writes at the end is missing.
    #[error("the end is missing: ldapsearch closes such a file with \"# numEntries:\"")]
    NoTrailer,
    /// The search that wrote the file was to go on with another page.
    #[error("the search that wrote it stopped before its last page")]
    Cookie,
}

impl LdifProblem {
    /// What to do about it.
    pub(in crate::ad) fn help(&self) -> &'static str {
        match self {
            Self::Utf16 => "export in UTF-8, without -u",
            Self::Change => "write an export (ldapsearch -L, or ldifde -f), not a list of changes",
            Self::Missing(_) => "export objectClass, objectGUID and all else that the policy maps",
            Self::Url => "export values in the file itself (ldapsearch -L without -t)",
            Self::Twice(_) => "write one export of one moment into the file",
            Self::NoEntryEnd => {
                "export again; where the file is whole (every tool closes each entry with an empty line), add that line"
            }
            Self::NoLineEnd
            | Self::Continuation
            | Self::Line
            | Self::Base64
            | Self::Name
            | Self::NoName
            | Self::Entry(_)
            | Self::Range { .. }
            | Self::Count { .. }
            | Self::Result(_)
            | Self::NoTrailer
            | Self::Cookie => {
                "ldapsearch -L -E pr=1000/noprompt writes what adjunct reads, with a count that proves it whole"
            }
        }
    }
}

/// A problem and the line where it is, from 1.
pub(super) type Located = (usize, LdifProblem);

/// An entry as the file spells it.
#[derive(Debug)]
pub(super) struct Record {
    /// The line of its `dn:`.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) attributes: RawAttributes,
}

/// One record's text: unfolded lines with their numbers.
#[derive(Debug)]
pub(super) struct Block {
    lines: Vec<(usize, Vec<u8>)>,
}

/// What comments and result records say about the file as a whole.
#[derive(Debug, Default)]
pub(super) struct Trailer {
    /// The line of the comment `LDAPv3`, with which `ldapsearch` begins a file that it will close with a count.
    pub(super) promised: Option<usize>,
    /// `# numEntries:`, with its line.
    pub(super) entries: Option<(usize, u64)>,
    /// References to other naming contexts.
    pub(super) references: Vec<String>,
    /// The first `result:` other than success.
    pub(super) failure: Option<(usize, String)>,
    /// The line of the last `pagedresults:`, when its cookie is not empty.
    pub(super) open_page: Option<usize>,
    /// The last line of an entry that no empty line closes. RFC 2849 allows that of the last one; but every tool closes
    /// it, and an entry that was cut between two lines looks the same.
    pub(super) open_entry: Option<usize>,
}

/// A text taken apart.
#[derive(Debug)]
pub(super) struct Text {
    /// Records of entries.
    pub(super) blocks: Vec<Block>,
    pub(super) trailer: Trailer,
}

/// Takes the text apart into lines and blocks.
pub(super) fn split(bytes: &[u8]) -> Result<Text, Located> {
    // LDIF has no NUL (RFC 2849), and every UTF-16 text that starts with an ASCII character has one in front.
    let has_nul = bytes.iter().take(2).any(|byte| *byte == 0);
    if has_nul || bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((1, LdifProblem::Utf16));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut trailer = Trailer::default();
    let mut blocks = Vec::new();
    let mut lines = Vec::new();
    for (number, line) in unfold(bytes)? {
        if line.is_empty() {
            finish_block(&mut lines, &mut blocks, &mut trailer);
        } else if let Some(comment) = line.strip_prefix(b"#") {
            trailer.read_comment(number, &String::from_utf8_lossy(comment));
        } else if !(lines.is_empty() && starts_with(&line, "version:")) {
            // ldapsearch writes the version anew before each page.
            lines.push((number, line));
        }
    }
    let (last_line, closed) = (lines.last().map(|(number, _)| *number), blocks.len());
    finish_block(&mut lines, &mut blocks, &mut trailer);
    trailer.open_entry = last_line.filter(|_| blocks.len() > closed);
    Ok(Text { blocks, trailer })
}

/// Joins continued lines. An empty line is an empty element.
fn unfold(bytes: &[u8]) -> Result<Vec<(usize, Vec<u8>)>, Located> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    let Some(bytes) = bytes.strip_suffix(b"\n") else {
        return Err((bytes.split(|byte| *byte == b'\n').count(), LdifProblem::NoLineEnd));
    };
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.strip_prefix(b" "), lines.last_mut()) {
            (Some(rest), Some((_, last))) if !last.is_empty() => last.extend_from_slice(rest),
            (Some(_), _) => return Err((index + 1, LdifProblem::Continuation)),
            (None, _) => lines.push((index + 1, line.to_vec())),
        }
    }
    Ok(lines)
}

fn finish_block(lines: &mut Vec<(usize, Vec<u8>)>, blocks: &mut Vec<Block>, trailer: &mut Trailer) {
    let lines = std::mem::take(lines);
    let Some((_, first)) = lines.first() else { return };
    if ["search:", "result:", "ref:"].iter().any(|start| starts_with(first, start)) {
        for (number, line) in &lines {
            trailer.read_line(*number, &String::from_utf8_lossy(line));
        }
    } else {
        blocks.push(Block { lines });
    }
}

fn starts_with(line: &[u8], start: &str) -> bool {
    line.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

impl Trailer {
    fn read_comment(&mut self, number: usize, comment: &str) {
        let comment = comment.trim();
        if comment == "LDAPv3" {
            self.promised = Some(number);
        } else if let Some(count) = comment.strip_prefix("numEntries:") {
            self.entries = count.trim().parse().ok().map(|count| (number, count));
        } else if let Some(reference) = comment.strip_prefix("ref")
            && reference.contains("://")
        {
            self.references.push(reference.trim_start_matches([':', ' ']).to_owned());
        } else {
            self.read_line(number, comment);
        }
    }

    fn read_line(&mut self, number: usize, line: &str) {
        let Some((name, value)) = line.split_once(": ") else { return };
        match name {
            "ref" => self.references.push(value.to_owned()),
            "result" if self.failure.is_none() && value.split(' ').next() != Some("0") => {
                self.failure = Some((number, value.to_owned()));
            }
            "pagedresults" => self.open_page = (!value.ends_with("cookie=")).then_some(number),
            _ => {}
        }
    }
}

/// Reads a block as an entry.
pub(super) fn read_record(block: &Block) -> Result<Record, Located> {
    let mut lines = block.lines.iter();
    let Some((line, first)) = lines.next() else { return Err((0, LdifProblem::NoName)) };
    let (attribute, value) = read_line(*line, first)?;
    if !attribute.eq_ignore_ascii_case("dn") {
        return Err((*line, LdifProblem::NoName));
    }
    let name = String::from_utf8(value).map_err(|_| (*line, LdifProblem::Name))?;
    let mut index_by_attribute: BTreeMap<String, usize> = BTreeMap::new();
    let mut attributes: RawAttributes = Vec::new();
    for (number, text) in lines {
        let (attribute, value) = read_line(*number, text)?;
        // Windows' ldifde writes an export as records to add.
        if attribute.eq_ignore_ascii_case("changetype") && value.eq_ignore_ascii_case(b"add") {
            continue;
        }
        if ["changetype", "control"].iter().any(|word| attribute.eq_ignore_ascii_case(word)) {
            return Err((*number, LdifProblem::Change));
        }
        let index = *index_by_attribute.entry(attribute.to_ascii_lowercase()).or_insert_with(|| {
            attributes.push((attribute, Vec::new()));
            attributes.len() - 1
        });
        // Active Directory has no empty values: this is an attribute that was sent without any.
        if let Some((_, values)) = attributes.get_mut(index)
            && !value.is_empty()
        {
            values.push(value);
        }
    }
    Ok(Record { line: *line, name, attributes })
}

/// `attribute: value`, `attribute:: base64` or, refused, `attribute:< URL`.
fn read_line(number: usize, line: &[u8]) -> Result<(String, Vec<u8>), Located> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or((number, LdifProblem::Line))?;
    let (name, rest) = line.split_at_checked(colon).ok_or((number, LdifProblem::Line))?;
    let name = str::from_utf8(name).map_err(|_| (number, LdifProblem::Line))?;
    let is_description = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ';' | '.' | '=' | '*');
    if name.is_empty() || !name.chars().all(is_description) {
        return Err((number, LdifProblem::Line));
    }
    let value = match rest {
        [b':', b':', encoded @ ..] => {
            STANDARD.decode(encoded.trim_ascii()).map_err(|_| (number, LdifProblem::Base64))?
        }
        [b':', b'<', ..] => return Err((number, LdifProblem::Url)),
        [b':', value @ ..] => {
            let spaces = value.iter().take_while(|byte| **byte == b' ').count();
            value.get(spaces..).unwrap_or_default().to_vec()
        }
        _ => return Err((number, LdifProblem::Line)),
    };
    Ok((name.to_owned(), value))
}

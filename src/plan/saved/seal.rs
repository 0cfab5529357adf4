//! The first line of a saved plan, which seals everything behind it.
//!
//! The seal is a digest, no signature: it shows that a file was cut, damaged or edited. Whoever may write the file and
//! computes another digest is kept out by the file's permissions, not by this.

use std::fmt;

use super::super::digest;
use super::SavedPlanError;

/// Version of the stored form. The first number changes when a reader of the old form would misread the new one.
/// 1.1 has the values of variables; a plan without any is written as 1.0.
pub const FORMAT_VERSION: &str = "1.1";

/// How the first line begins.
const WORDS: &str = "adjunct plan ";
/// How the body begins behind the line feed of the first line: enough to know a saved plan whose first line is damaged.
const BODY: &str = "{\n  \"saved_plan\": \"";
/// In how many bytes the body must begin.
const HEAD: usize = 512;

/// The digest of a saved plan. Two plans that say the same at different times have different ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seal(Box<str>);

impl Seal {
    /// SHA-256 in lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The file of a body: the line that seals it, and the body.
pub fn seal(body: &str) -> String {
    format!("{}\n{body}", first_line(version_of(body), &digest(body)))
}

fn first_line(version: &str, digest: &str) -> String {
    format!("{WORDS}{version} sha256:{digest}")
}

/// The version that a body names.
fn version_of(body: &str) -> &str {
    let version = body.strip_prefix(BODY).and_then(|rest| rest.split_once('"'));
    version.map_or(FORMAT_VERSION, |(version, _)| version)
}

/// Whether a file is a saved plan, or is what is left of one: never to be read as anything else. It is known by its first
/// line or by what follows, so that no single change makes another kind of file of it. An empty file counts.
pub fn is_saved_plan(file: &[u8]) -> bool {
    let head = file.get(..HEAD).unwrap_or(file);
    let is_shorter_than_the_words = WORDS.as_bytes().starts_with(head);
    let has_body = head.windows(BODY.len()).any(|part| part == BODY.as_bytes());
    is_shorter_than_the_words || head.starts_with(WORDS.as_bytes()) || has_body
}

/// The body of a file whose seal holds.
pub(super) fn unseal(file: &[u8]) -> Result<(&str, Seal), SavedPlanError> {
    let text = str::from_utf8(file).map_err(|_| SavedPlanError::Broken { why: "it is not UTF-8 text" })?;
    let Some((line, body)) = text.split_once('\n') else {
        let why = if text.is_empty() { "it is empty" } else { "it is cut off in its first line" };
        return Err(SavedPlanError::Broken { why });
    };
    let words = line.strip_prefix(WORDS).and_then(|rest| rest.split_once(" sha256:"));
    let Some((version, _)) = words else {
        return Err(SavedPlanError::Broken { why: "its first line is not that of a saved plan" });
    };
    if is_newer(version) {
        return Err(SavedPlanError::Newer { version: version.into() });
    }
    let digest = digest(body);
    // The whole line, so that nothing in it can be spelled in another way.
    if line != first_line(version_of(body), &digest) {
        return Err(SavedPlanError::Broken { why: "what is in it is not what was sealed" });
    }
    Ok((body, Seal(digest.into())))
}

fn is_newer(version: &str) -> bool {
    let numbers = |version: &str| -> Option<(u32, u32)> {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    numbers(version) > numbers(FORMAT_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY_OF_ONE: &str = "{\n  \"saved_plan\": \"1.0\"\n}\n";

    #[test]
    fn what_is_sealed_is_given_back() {
        let file = seal(BODY_OF_ONE);
        let (body, seal) = unseal(file.as_bytes()).unwrap();
        assert_eq!((body, seal.as_str()), (BODY_OF_ONE, digest(BODY_OF_ONE).as_str()));
        assert!(is_saved_plan(file.as_bytes()));
        assert!(!is_saved_plan(b"policy \"corp\" {\n    jumpcloud {\n    }\n}\n"));
    }

    #[test]
    fn no_byte_can_be_changed_added_or_taken_away() {
        let file = seal(BODY_OF_ONE).into_bytes();
        let refused = |file: &[u8], what: &str| {
            assert!(unseal(file).is_err(), "{what}");
            assert!(is_saved_plan(file), "{what} is taken for something else");
        };
        for position in 0..file.len() {
            for byte in [
                0,
                b'\n',
                b' ',
                b'"',
                b'0',
                b'a',
                b'z',
                0x80,
                0xff,
                file[position] ^ 1,
                file[position] ^ 0x20,
            ] {
                if byte != file[position] {
                    let mut changed = file.clone();
                    changed[position] = byte;
                    refused(&changed, &format!("byte {position} as {byte}"));
                }
                let mut longer = file.clone();
                longer.insert(position, byte);
                refused(&longer, &format!("{byte} added before {position}"));
            }
            let mut shorter = file.clone();
            shorter.remove(position);
            refused(&shorter, &format!("without byte {position}"));
            refused(&file[..position], &format!("cut off at {position}"));
        }
        refused(&[&file[..], b"\n"].concat(), "a line feed at the end");
        refused(&[&file[..], &file[..]].concat(), "twice");
    }

    #[test]
    fn a_newer_form_is_told_from_a_damaged_one() {
        let newer = |version: &str| {
            let file = seal(BODY_OF_ONE).replacen("1.0", version, 1);
            matches!(unseal(file.as_bytes()).unwrap_err(), SavedPlanError::Newer { .. })
        };
        for (version, expected) in
            [("1.1", false), ("1.2", true), ("2.0", true), ("10.0", true), ("0.9", false), ("x", false)]
        {
            assert_eq!(newer(version), expected, "{version}");
        }
    }
}

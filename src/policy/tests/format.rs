//! The one layout.

use std::path::Path;

use crate::policy::{FormatError, format, parse};

use super::table::TABLE;
use super::{WHOLE, codes};

fn laid_out(text: &str) -> String {
    let once = format("corp.kdl", text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert_eq!(format("corp.kdl", &once).unwrap(), once, "not the same twice, from:\n{text}");
    once
}

#[test]
fn the_policies_of_the_repository_stay_as_they_are() {
    for folder in ["policies", "tests/scenarios"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            files.push(if path.is_dir() { path.join("policy.kdl") } else { path });
        }
        files.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "kdl"));
        assert!(files.len() >= 2);
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(laid_out(&text), text, "{}", path.display());
        }
    }
    assert_eq!(laid_out(WHOLE), WHOLE);
}

#[test]
fn lays_out() {
    for (text, expected) in [
        ("", ""),
        ("\n\n", ""),
        ("  a   1\t2 ", "a 1 2\n"),
        ("\n\na\n\n\n\nb\n\n", "a\n\nb\n"),
        ("a;b ; c", "a\nb\nc\n"),
        ("a { b; c { d } }", "a {\n    b\n    c {\n        d\n    }\n}\n"),
        ("a{\n\n\n  b\n\n\n}", "a {\n\n    b\n}\n"),
        ("a { }", "a {}\n"),
        ("a {\n\n}\n", "a {}\n"),
        ("a p = 1  q= ( t )\"x\" ( \"u\" ) 2", "a p=1 q=(t)\"x\" (\"u\")2\n"),
        ("( t ) a", "(t)a\n"),
        // Strings stay as they are written.
        ("a \"x\" #\"C\\d\"# ##\"y\"# z\"## \"\\\\\" bare \"e\\u{e9}\" 0x1F 1_000 #true", "="),
        // The byte order mark goes, and each line ends as the first one does.
        ("\u{feff}a\nb\r\n\r\nc\rd", "a\nb\n\nc\nd\n"),
        ("a\r\nb\n\n\nc\rd", "a\r\nb\r\n\r\nc\r\nd\r\n"),
        ("a \"x\\\r\n  y\"\r\n/* 1\n 2 */", "a \"x\\\r\n  y\"\r\n/* 1\r\n 2 */\r\n"),
        // Comments.
        ("//a  \n\n\n  // b\nc", "//a\n\n// b\nc\n"),
        ("a // b\n// c\n", "a // b\n// c\n"),
        ("a // b", "a // b\n"),
        ("a; // b\n", "a // b\n"),
        ("a;\n// b\n", "a\n// b\n"),
        ("a { // b\n c // d\n // e\n}// f", "a { // b\n    c // d\n    // e\n} // f\n"),
        ("a { // b\n}", "a { // b\n}\n"),
        ("a {\n // b\n}", "a {\n    // b\n}\n"),
        ("a /* b */", "a /* b */\n"),
        ("/* a */b/* c */1", "/* a */ b /* c */ 1\n"),
        ("a p/* b */=/* c */1", "a p /* b */= /* c */ 1\n"),
        ("a (/* b */t/* c */)/* d */1", "a ( /* b */ t /* c */) /* d */ 1\n"),
        ("a { /* b */ }", "a {\n    /* b */\n}\n"),
        ("/* a\n     b */\n  c {\n/* d\ne */}", "/* a\n     b */\nc {\n    /* d\ne */\n}\n"),
        ("/* a */ // b\n/* c */", "/* a */ // b\n/* c */\n"),
        // Comments behind consecutive lines stand in a column.
        ("a 1 // b\naa 22 // c\n\na // d\nlong // e\n", "a 1   // b\naa 22 // c\n\na    // d\nlong // e\n"),
        ("a // b\nccc\nddd // e\n", "a // b\nccc\nddd // e\n"),
        ("aaa { // b\nc // d\n}", "aaa { // b\n    c // d\n}\n"),
        // What is written off.
        ("/-  a 1 {b}\n", "/-a 1 {\n    b\n}\n"),
        ("/-\na\nb", "/-a\nb\n"),
        ("a /- 1 /-  p = 2 3", "a /-1 /-p=2 3\n"),
        ("a /-{ b } { c } /-{}", "a /-{\n    b\n} {\n    c\n} /-{}\n"),
        ("a /- // why\n\n 1", "a /- // why\n    1\n"),
        ("/- /* why */ a", "/- /* why */ a\n"),
        ("/- kdl-version 2\na", "/-kdl-version 2\na\n"),
        // Continued lines.
        ("a 1 \\\n 2\\\n3", "a 1 \\\n    2 \\\n    3\n"),
        ("a \\ // b\n 1", "a \\ // b\n    1\n"),
        ("a \\ /* b */ /* c */ // d\n 1", "a \\ /* b */ /* c */ // d\n    1\n"),
        ("a \\\n\\\n 1", "a \\\n    1\n"),
        ("a \\ // b\n \\ // c\n 1", "a \\ // b\n    \\ // c\n    1\n"),
        ("a \\ // b\n \\\n 1", "a \\ // b\n    1\n"),
        ("a \\\n", "a\n"),
        ("a \\ // b\n\nc", "a // b\n\nc\n"),
        ("a \\ // b\n // c\n", "a // b\n// c\n"),
        ("a {\n b \\ // c\n}", "a {\n    b // c\n}\n"),
        ("\\\na", "a\n"),
        ("\\ // b\na", "// b\na\n"),
        ("a p=\\\n1", "a p= \\\n    1\n"),
        ("a \\\n { b }", "a \\\n    {\n    b\n}\n"),
    ] {
        let expected = if expected == "=" { format!("{text}\n") } else { expected.to_owned() };
        assert_eq!(laid_out(text), expected, "from:\n{text}");
    }
}

#[test]
fn what_is_no_kdl_is_not_laid_out() {
    for text in
        ["a {", "a }", "a \"b", "a 5%", "a\u{1b}", "a true", &"a{".repeat(250_000), &"/*".repeat(250_000)]
    {
        let error = format("corp.kdl", text).unwrap_err();
        assert!(matches!(error, FormatError::Syntax(_)), "{error:?}");
    }
}

#[test]
fn what_is_wrong_stays_wrong_in_the_same_way() {
    for (block, written, _) in TABLE {
        let text = format!("policy \"x\" {{ {block} {{\n{written}\n}}; }}");
        let Ok(formatted) = format("corp.kdl", &text) else { continue };
        let before = parse("corp.kdl", &text).map_or_else(|errors| codes(&errors), |_| Vec::new());
        let after = parse("corp.kdl", &formatted).map_or_else(|errors| codes(&errors), |_| Vec::new());
        assert_eq!(before, after, "{text}");
    }
}

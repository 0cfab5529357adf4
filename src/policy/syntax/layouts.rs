//! Tests that whatever layout a text comes in, it is brought into the one layout and says the same.

use kdl::KdlDocument;
use proptest::prelude::*;

use super::layout::substance;
use super::token::{Kind, tokens_of};
use crate::policy::{FormatError, format, parse};

const POLICIES: [&str; 3] = [
    include_str!("../../../policies/example.kdl"),
    include_str!("../../../policies/partners.kdl"),
    "policy \"corp\" {
    active-directory {
        server \"ldaps://dc1.corp.example.com\" \"ldaps://dc2.corp.example.com\"
        bind #\"CORP\\jc\"# password=(env)\"AD_PASSWORD\"
        /-timeout \"1m\"
    }
    jumpcloud {
        api-key (file)\"keys/jumpcloud\"
        /-directory \"ignore\" {
            nothing
        }
    }
    root-container \"OU=Staff,DC=corp,DC=example,DC=com\"
    security-group \"Jump\\u{43}loud\" /-\"other\"
    exclude {
        user \"svc-*\" reason=\"service accounts\"
    }
}
",
];

/// What stands for white space between the parts of a node.
const SPACES: [&str; 10] =
    [" ", " ", " ", "  ", "\t", " /* s */ ", " \\\n", " \\ // t\r\n  ", " \\ /* u */ \n\\\n", " /- off "];
/// What stands for the end of a line.
const ENDS: [&str; 12] = [
    "\n",
    "\n",
    "\r\n",
    "\n\n\n",
    " // e\n",
    "\n// o  \n\n\n",
    "\r",
    "\u{85}",
    "\n/- f 1 {\n g\n}\n",
    "\n/* b\r\n  c */\n",
    "\n\\ // c\n",
    " /* d */\n",
];
/// What stands between nodes.
const SEMICOLONS: [&str; 4] = [";", " ; ", "; // f\n", ";\n\n"];

/// The policy with its white space replaced, as the numbers say.
fn shaken(policy: &str, dice: &[usize]) -> String {
    let mut dice = dice.iter().copied().cycle();
    let mut pick = |of: &'static [&'static str]| of[dice.next().unwrap() % of.len()];
    let (mut text, mut last) = (String::new(), Kind::Newline);
    // The parser does not take a semicolon behind what is written off.
    let mut is_off = false;
    for token in tokens_of(policy) {
        let written = token.span.slice(policy);
        match (token.kind, last) {
            // The white space in front of a line.
            (Kind::Space, Kind::Newline) => text.push_str(pick(&["", " ", "\t ", "      "])),
            (Kind::Space, _) => text.push_str(pick(&SPACES)),
            (Kind::Newline, Kind::Word | Kind::Quoted | Kind::Number | Kind::Keyword) if !is_off => {
                text.push_str(if pick(&["", "", ";"]) == ";" { pick(&SEMICOLONS) } else { pick(&ENDS) });
            }
            (Kind::Newline, _) => text.push_str(pick(&ENDS)),
            (Kind::Equals, _) => text.push_str(pick(&["=", " = ", "= /* q */", "\\\n="])),
            _ => text.push_str(written),
        }
        last = token.kind;
        is_off = token.kind == Kind::Slashdash || (is_off && token.kind != Kind::Newline);
    }
    text
}

/// What a policy says, without the places it says it at.
fn meaning(text: &str) -> String {
    let said = match parse("corp.kdl", text) {
        Ok(policy) => format!("{policy:?}"),
        Err(errors) => format!("{:?}", errors.errors().iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    let places = regex::Regex::new(r"Span \{ start: \d+, length: \d+ \}|number: \d+").unwrap();
    places.replace_all(&said, "").into_owned()
}

fn check(text: &str) {
    let formatted = format("corp.kdl", text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert_eq!(format("corp.kdl", &formatted).unwrap(), formatted, "not the same twice, from:\n{text}");
    assert_eq!(substance(text), substance(&formatted), "from:\n{text}");
    assert_eq!(meaning(text), meaning(&formatted), "from:\n{text}\nto:\n{formatted}");
    assert!(!formatted.contains("\n\n\n") && !formatted.starts_with('\n'), "{formatted}");
    assert!(formatted.is_empty() || formatted.ends_with('\n'), "{formatted}");
    let comments: Vec<_> = tokens_of(&formatted)
        .into_iter()
        .filter(|token| matches!(token.kind, Kind::BlockComment))
        .map(|token| token.span.slice(&formatted).to_owned())
        .collect();
    let mut outside = formatted.clone();
    for comment in &comments {
        outside = outside.replacen(comment.as_str(), "*", 1);
    }
    assert!(outside.lines().all(|line| line == line.trim_end()), "{formatted:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_policy_in_any_layout_says_the_same_in_the_one(
        policy in prop::sample::select(POLICIES.to_vec()),
        dice in prop::collection::vec(0..1_000_usize, 1..200),
    ) {
        check(&shaken(policy, &dice));
    }

    /// Pieces of KDL in any order, sound ones and others.
    #[test]
    fn what_is_kdl_is_laid_out_and_what_is_not_is_refused(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "a", "b", " ", " ", " ", "\n", "\n", "\r\n", "\r", ";", "{", "}", "\n}", " {", "=", "(t)", " (u)1", "/-", " /-",
                "//c\n", " // d \r\n", "/*c*/", " /* /*c*/ */ ", "/* x\r\r\n y */", "\\\n", " \\\n", " \\ // e\n",
                " \\ /* f */ \n", "\"q\"", " \"q r\"", " \"\\\\\"", " \"x\\\r\n y\"", " #\"r\"#", " #true", " 1", " 0x1f",
                " p=1", " p = (t) 1", "a b\n", "a {\n", "\u{a0}", "\u{85}", "\n\n\n", " \\", "\u{feff}",
            ]),
            0..16,
        ),
    ) {
        let text = pieces.concat();
        match format("corp.kdl", &text) {
            Ok(_) => check(&text),
            Err(FormatError::Unfaithful { .. }) => prop_assert!(false, "{text:?}"),
            Err(FormatError::Syntax(_)) => {
                // About slashdashes the parser is freer than the specification.
                prop_assert!(text.contains("/-") || KdlDocument::parse(&text).is_err(), "{:?}", text);
            }
        }
    }
}

//! Tests that the checks in front of the parser and the parser agree on what is KDL.

use kdl::KdlDocument;

use super::super::error::Problems;
use super::structure::check_structure;
use super::token::tokens_of;

fn is_clean(text: &str) -> bool {
    let mut problems = Problems::default();
    check_structure(&tokens_of(text), text, &mut problems);
    problems.is_empty()
}

#[test]
fn passes_what_is_written_off() {
    for text in [
        "/- a 1 { b }\nc",
        "a /- 1 2",
        "a /- b=1 c",
        "a /-b=(t)1 {\n}",
        "a /-{ b } { c } /-{ d }",
        "a /- // why\n 1",
        "/-\na\nb",
        "/-(t)a",
    ] {
        assert!(is_clean(text), "{text}");
        assert!(KdlDocument::parse(text).is_ok(), "{text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]

    /// What passes keeps the parser from having to recover, and nothing that is KDL is refused.
    #[test]
    fn agrees_with_the_parser(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "b", " ", " ", " ", " ", "\n", "\n", "\r\n", ";", "{", "}", " }", "{ ", "}\n", "=", "(", ")", "(t)", "/-", "/-",
                "//c\n", "/*c*/", "/* /*c*/ */", "\\\n", "\\", "\"q\"", "\"q r\"", "\"\\\\\"", "\"\\j\"", "\"\\u{e9}\"",
                "\"\\ \n x\"", "#\"r\"#", "##\"r\"#s\"##", "\"open", "/*open", "#true", "#inf", "#", "#x", "true",
                "null", "-inf", "1", "-2", "1.5", "1e3", "0x1f", "5%", ".5", "1.", "1_0", "+", "-", ",", "é", "漢",
                "\u{feff}", "\u{a0}", "\u{85}", "[", "]", "/", "\u{1}", "p=1", " p=\"x\"", " p = (t) 1", "a b\n", "a {\n",
            ]),
            0..12,
        ),
    ) {
        let text = pieces.concat().replace("\"\"\"", "\" \"");
        let is_kdl = KdlDocument::parse(&text).is_ok();
        // About slashdashes the parser is freer than the specification, and with a `;` behind them less free.
        if !text.contains("/-") {
            proptest::prop_assert_eq!(is_clean(&text), is_kdl, "{:?}", text);
        } else if is_clean(&text) && !text.contains(';') {
            proptest::prop_assert!(is_kdl, "{:?}", text);
        }
    }
}

use proptest::prelude::*;

use super::*;

/// The text without the mark, and where the mark is.
fn marked(text: &str) -> (String, usize) {
    (text.replace('|', ""), text.find('|').unwrap())
}

fn labels(text: &str) -> Vec<String> {
    let (text, at) = marked(text);
    completions(&text, at).into_iter().map(|one| one.label).collect()
}

fn doc(text: &str) -> Option<String> {
    let (text, at) = marked(text);
    hover(&text, at).map(|hover| format!("{}: {}", hover.span.slice(&text), hover.doc))
}

#[test]
fn completes_names_of_nodes_that_are_not_there() {
    assert_eq!(labels("|"), ["policy", "shared"]);
    let attributes =
        labels("policy \"x\" {\n    attributes {\n        department \"department\"\n        j|\n    }\n}\n");
    assert!(attributes.contains(&"jobTitle".to_owned()) && attributes.contains(&"phone".to_owned()));
    assert!(!attributes.contains(&"department".to_owned()), "it is there");
    let open = labels("policy \"x\" {\n    takeover \"adopt\"\n    jumpcloud {\n        |");
    assert!(open.contains(&"api-key".to_owned()) && !open.contains(&"takeover".to_owned()));
    let behind =
        labels("policy \"x\" {\n    jumpcloud { api-key (env)\"A\"; }\n    |\n    takeover \"adopt\"\n}");
    assert!(
        behind.contains(&"passwords".to_owned()) && !behind.contains(&"takeover".to_owned()),
        "{behind:?}"
    );
    assert!(behind.contains(&"variable".to_owned()));
    assert!(labels("shared {\n  |").iter().all(|name| name != "include"));
    assert_eq!(labels("policy \"x\" { // com|ment"), [""; 0]);
}

#[test]
fn files_of_others_are_told_from_policies_that_are_not_right_yet() {
    for text in [
        "",
        "// soon",
        "policy \"x\" {",
        "polciy \"x\" { }",
        "shared {",
        "include \"a\"\npolicy {",
        "/- x\npolicy",
    ] {
        assert!(is_ours(text), "{text}");
    }
    for text in ["keybinds { policy }", "layout {\n pane\n}", "a { {", "tests { policy \"x\"; }"] {
        assert!(!is_ours(text), "{text}");
    }
}

#[test]
fn completes_values_and_properties() {
    assert_eq!(labels("policy \"x\" {\n takeover |"), ["\"refuse\"", "\"adopt\""]);
    assert_eq!(labels("policy \"x\" {\n takeover \"a|\""), ["\"refuse\"", "\"adopt\""]);
    assert_eq!(labels("policy \"x\" {\n new-users state=|"), ["\"activated\"", "\"staged\""]);
    assert_eq!(labels("policy \"x\" {\n new-users state=\"staged\" |"), ["welcome-email"]);
    assert_eq!(labels("policy \"x\" {\n new-users welcome-email=|"), ["#true", "#false"]);
    assert_eq!(
        labels("policy \"x\" {\n jumpcloud {\n api-key |"),
        ["(env)\"\"", "(file)\"\"", "(command)\"\""]
    );
    let (text, at) = marked("policy \"x\" {\n new-users st|=\"a\"");
    let state = completions(&text, at).remove(0);
    assert_eq!((state.text.as_str(), state.replaced.slice(&text)), ("state", "st"));
}

#[test]
fn says_what_stands_at_a_place() {
    let said = doc("policy \"x\" {\n    disso|ciation \"remove\" after=\"7d\"\n}").unwrap();
    assert!(said.starts_with("dissociation: What happens to owned users and groups"), "{said}");
    let said = doc("policy \"x\" {\n    dissociation \"remove\" aft|er=\"7d\"\n}").unwrap();
    assert!(said.starts_with("after: A grace period"), "{said}");
    let said = doc("policy \"x\" {\n    dissociation {\n        left \"rem|ove\"\n").unwrap();
    assert!(said.starts_with("\"remove\": Of whoever is not in the security group"), "{said}");
    assert_eq!(doc("policy \"x\" {\n    no|body\n}"), None);
    assert_eq!(doc("policy \"x\" {\n  |  \n}"), None);
}

#[test]
fn knows_what_is_included() {
    let (text, at) = marked("policy \"x\" {\n    include \"com|mon.kdl\"\n}");
    assert_eq!(included_at(&text, at).map(|(_, path)| path).as_deref(), Some("common.kdl"));
    let (text, at) = marked("policy \"x\" {\n    exclude { include \"com|mon.kdl\"; }\n}");
    assert_eq!(included_at(&text, at), None);
    assert!(is_shared_part("// ours\nshared {") && !is_shared_part("policy \"shared\" {"));
}

proptest! {
    #[test]
    fn whatever_the_text_each_place_has_an_answer(
        text in "(policy|shared|attributes|takeover|[a-z]|[\"#=(){};é/*\n \\\\-]| |\"x\"|👩){0,40}",
        at in 0..120_usize,
    ) {
        for one in completions(&text, at) {
            prop_assert!(one.replaced.length == 0 || text.get(one.replaced.start..one.replaced.end()).is_some());
        }
        if let Some(hover) = hover(&text, at) {
            prop_assert!(text.get(hover.span.start..hover.span.end()).is_some());
        }
        let _ = included_at(&text, at);
    }
}

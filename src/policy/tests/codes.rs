//! Every problem has a code, which documentation and tests name it by.

use std::collections::BTreeSet;

use syn::{Fields, Item, Meta};

/// The variants of an enum, with the code of each; none where there is none.
fn codes_in(source: &str, name: &str) -> Vec<(String, Option<String>)> {
    let file = syn::parse_file(source).unwrap();
    let variants = file.items.into_iter().find_map(|item| {
        let Item::Enum(item) = item else { return None };
        (item.ident == name).then_some(item.variants)
    });
    let code = |variant: &syn::Variant| {
        let mut lists = variant.attrs.iter().rev().filter_map(|attribute| {
            let Meta::List(list) = &attribute.meta else { return None };
            list.path.is_ident("diagnostic").then(|| list.tokens.to_string().replace(' ', ""))
        });
        let text = lists.next()?;
        // What is only handed on has its code where it comes from.
        if text == "transparent" && matches!(variant.fields, Fields::Unnamed(_)) {
            return Some(text);
        }
        Some(text.strip_prefix("code(")?.split_once(')')?.0.to_owned())
    };
    variants.unwrap().iter().map(|variant| (variant.ident.to_string(), code(variant))).collect()
}

#[test]
fn every_problem_has_a_code() {
    for (source, name, of) in [
        (include_str!("../problem.rs"), "Problem", "policy::"),
        (include_str!("../unit/problem.rs"), "TestProblem", "tests::"),
    ] {
        let codes = codes_in(source, name);
        assert!(codes.len() > 5, "{name}: {codes:?}");
        for (variant, code) in codes {
            let code = code.unwrap_or_else(|| panic!("{name}::{variant} has no code"));
            let is_code = code.strip_prefix(of).is_some_and(|code| !code.is_empty());
            assert!(is_code || code == "transparent", "{name}::{variant}: {code}");
        }
    }
}

#[test]
fn one_problem_alone_hands_another_on() {
    let codes = codes_in(include_str!("../problem.rs"), "Problem");
    let handed: BTreeSet<&str> = codes
        .iter()
        .filter(|(_, code)| code.as_deref() == Some("transparent"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(handed, BTreeSet::from(["Tests"]));
}

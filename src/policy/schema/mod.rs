//! The grammar of policies for others: a schema for tools, and a page for people. Both come from the table that the parser
//! goes by.

mod document;
#[cfg(test)]
mod judged;
mod reference;

use super::grammar::{file, shared_file};

/// The grammar as a document of the KDL Schema Language
/// (<https://github.com/kdl-org/kdl/blob/main/SCHEMA-SPEC.md>): of files with a policy, and of those that policies include.
pub fn policy_schema() -> String {
    document::document(&[file(), shared_file()])
}

/// The grammar as a page in Markdown.
pub fn policy_reference() -> String {
    reference::page(&file(), &shared_file())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kdl::KdlDocument;

    use super::*;
    use crate::policy::grammar::Rule;

    /// Set `ADJUNCT_WRITE_SCHEMAS=1` to write them anew.
    #[test]
    fn the_schema_and_the_page_stand_in_their_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        for (name, expected) in [("policy.kdl", policy_schema()), ("policy.md", policy_reference())] {
            let path = folder.join(name);
            if std::env::var_os("ADJUNCT_WRITE_SCHEMAS").is_some() {
                std::fs::write(&path, &expected).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), expected, "{name}");
        }
    }

    #[test]
    fn the_schema_is_kdl_in_the_one_layout() {
        let schema = policy_schema();
        KdlDocument::parse(&schema).unwrap();
        assert_eq!(crate::policy::format("policy.kdl", &schema).unwrap(), schema);
    }

    #[test]
    fn every_node_and_property_says_what_it_is_and_every_form_is_kdl() {
        fn check(rule: &Rule) {
            let sentences = |doc: &str| doc.len() > 10 && doc.ends_with('.');
            assert!(sentences(rule.doc), "{}: {:?}", rule.name, rule.doc);
            let form = rule.form.replace('…', "");
            KdlDocument::parse(&form).unwrap_or_else(|error| panic!("{form}: {error:?}"));
            for property in &rule.properties {
                assert!(sentences(property.doc), "{} {}: {:?}", rule.name, property.name, property.doc);
            }
            rule.children().iter().for_each(check);
        }
        for file in [file(), shared_file()] {
            file.children().iter().for_each(check);
        }
    }

    #[test]
    fn the_page_tells_of_every_node_and_property() {
        fn check(rule: &Rule, page: &str) {
            assert!(page.contains(&format!("`{}`", rule.name)), "{}", rule.name);
            for property in &rule.properties {
                assert!(
                    page.contains(&format!("| `{}` |", property.name)),
                    "{} {}",
                    rule.name,
                    property.name
                );
            }
            rule.children().iter().for_each(|child| check(child, page));
        }
        let page = policy_reference();
        for file in [file(), shared_file()] {
            file.children().iter().for_each(|rule| check(rule, &page));
        }
    }
}

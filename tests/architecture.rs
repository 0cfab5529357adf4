//! The import rule, as data, and a scan of `src/` that holds the code to it.
//!
//! What lies in a `#[cfg(test)]` item is free: tests may look anywhere. Comments and literals do not count.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "architecture/scan.rs"]
mod scan;

/// What a top-level module of `src/` may import from the others. A module that is not here is a violation.
const MAY_IMPORT: [(&str, &[&str]); 15] = [
    ("lib", &[]),
    ("main", &["cli"]),
    ("model", &[]),
    ("policy", &["model"]),
    ("desired", &["model", "policy"]),
    ("plan", &["model", "policy", "desired"]),
    ("event", &["model", "plan"]),
    ("render", &["model", "plan", "event"]),
    ("ad", &["model"]),
    ("jumpcloud", &["model"]),
    ("journal", &["model", "plan"]),
    ("apply", &["model", "plan", "event", "jumpcloud", "journal"]),
    ("sandbox", &[]),
    (
        "watch",
        &["model", "policy", "desired", "plan", "event", "render", "ad", "jumpcloud", "journal", "apply"],
    ),
    (
        "cli",
        &[
            "model",
            "policy",
            "desired",
            "plan",
            "event",
            "render",
            "ad",
            "jumpcloud",
            "journal",
            "apply",
            "sandbox",
            "watch",
        ],
    ),
];

/// Pure and synchronous: no clock, disk, network, environment or terminal.
const CORE: [&str; 6] = ["model", "policy", "desired", "plan", "event", "render"];

/// What only edges may touch, wherever in a path it begins.
const CLOSED_TO_THE_CORE: [&str; 12] = [
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::os",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "tokio",
    "futures_util",
    "jiff::Timestamp::now",
];

/// The crates that some modules alone may use.
const ALONE_MAY_USE: [(&str, &[&str]); 25] = [
    ("kdl", &["policy"]),
    ("strsim", &["policy"]),
    ("globset", &["policy"]),
    ("uuid", &["model"]),
    ("caseless", &["model"]),
    ("unicode_normalization", &["model"]),
    ("sha2", &["policy", "plan", "sandbox"]),
    ("anstyle", &["render"]),
    ("unicode_width", &["render"]),
    ("ldap3", &["ad"]),
    ("rustls", &["ad"]),
    ("reqwest", &["jumpcloud"]),
    ("backon", &["jumpcloud"]),
    ("axum", &["sandbox"]),
    ("hyper", &["sandbox"]),
    ("hyper_util", &["sandbox"]),
    ("maud", &["sandbox"]),
    ("regex", &["sandbox"]),
    ("etcetera", &["journal"]),
    ("gethostname", &["cli"]),
    ("clap", &["cli", "main"]),
    ("anstream", &["cli"]),
    ("indicatif", &["cli"]),
    ("lsp_server", &["cli"]),
    ("lsp_types", &["cli"]),
];

/// Macros that write to the terminal.
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// Longest file, in lines.
const LONGEST_FILE: usize = 500;

/// What is wrong with a file, in sentences. `module` is its path in the crate: `["plan", "diff"]`.
fn violations(text: &str, module: &[&str]) -> Vec<String> {
    let names = scan::names(text, if matches!(module, ["lib" | "main"]) { &[] } else { module });
    let top = module[0];
    let Some((_, may_import)) = MAY_IMPORT.iter().find(|(name, _)| *name == top) else {
        return vec![format!("module `{top}` is not in the table of tests/architecture.rs")];
    };
    let mut found = Vec::new();
    for path in &names.crate_paths {
        let imported = path.split("::").next().unwrap_or_default();
        if imported != top && !may_import.contains(&imported) {
            found.push(format!("`{top}` may not import `crate::{path}`"));
        }
    }
    for path in &names.other_paths {
        let krate = path.split("::").next().unwrap_or_default();
        if let Some((_, users)) = ALONE_MAY_USE.iter().find(|(name, _)| *name == krate)
            && !users.contains(&top)
        {
            found.push(format!("`{top}` may not use `{path}`: that is for {}", users.join(" and ")));
        }
        let is_closed = |closed: &&str| match path.strip_suffix("*") {
            Some(everything_in) => closed.starts_with(everything_in),
            None => path == closed || path.starts_with(&format!("{closed}::")),
        };
        if CORE.contains(&top) && (CLOSED_TO_THE_CORE.iter().any(is_closed) || path.ends_with("::now")) {
            found.push(format!("`{top}` is core and may not use `{path}`"));
        }
    }
    for name in PRINTING.iter().filter(|name| names.macros.contains(**name)) {
        if top != "cli" {
            found.push(format!("`{top}` may not print with `{name}!`"));
        }
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `src/plan/diff.rs` → `["plan", "diff"]`, `src/plan/mod.rs` → `["plan"]`.
fn module_of(file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut module: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.len() > 1 && module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

#[test]
fn the_code_keeps_the_import_rule() {
    let files = rust_files(&root().join("src"));
    let read = |file: &PathBuf| fs::read_to_string(file).unwrap();
    let mut for_tests_only: BTreeSet<Vec<String>> = BTreeSet::new();
    for file in &files {
        let module = module_of(file);
        let path: Vec<&str> = module.iter().map(String::as_str).collect();
        for child in scan::names(&read(file), &path).test_files {
            for_tests_only.insert(module.iter().cloned().chain([child]).collect());
        }
    }
    let mut found = Vec::new();
    for file in &files {
        let module = module_of(file);
        if for_tests_only.iter().any(|test_module| module.starts_with(test_module)) {
            continue;
        }
        let path: Vec<&str> = module.iter().map(String::as_str).collect();
        let file_name = file.strip_prefix(root()).unwrap().display();
        found.extend(violations(&read(file), &path).into_iter().map(|text| format!("{file_name}: {text}")));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    for file in rust_files(&root().join("src")).into_iter().chain(rust_files(&root().join("tests"))) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > LONGEST_FILE {
            found.push(format!("{} has {lines} lines", file.display()));
        }
    }
    assert!(
        found.is_empty(),
        "longer than {LONGEST_FILE} lines, so perhaps two ideas:\n{}",
        found.join("\n")
    );
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    const BELONGS: [&str; 11] = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "policies",
        "schemas",
        "tests",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "CHANGELOG.md",
        "target",
    ];
    let mut strangers = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.starts_with('.') && !BELONGS.contains(&name.as_str()) {
            strangers.push(name);
        }
    }
    assert!(strangers.is_empty(), "these do not belong to the top level: {strangers:?}");
}

mod the_scan {
    use super::violations;

    #[test]
    fn catches_a_planted_import() {
        let planted = [
            ("use crate::ad::Client;", "`plan` may not import `crate::ad::Client`"),
            (
                "use crate::{model::Dn, jumpcloud::{self as jc, Http}};",
                "`plan` may not import `crate::jumpcloud",
            ),
            ("fn f() { crate::apply::run() }", "`plan` may not import `crate::apply::run`"),
            ("use super::super::sandbox::Lock;", "`plan` may not import `crate::sandbox::Lock`"),
            ("mod inner { use super::super::super::cli; }", "`plan` may not import `crate::cli`"),
            ("use crate::*;", "`plan` may not import `crate::*`"),
            ("use crate as everything;", "`plan` may not import `crate::*`"),
            ("use super::super::{render};", "`plan` may not import `crate::render`"),
            ("type X = ::reqwest::Client;", "`plan` may not use `reqwest::Client`"),
            ("use kdl::{KdlDocument};", "`plan` may not use `kdl::KdlDocument`"),
            ("use std::{fmt, fs::File};", "`plan` is core and may not use `std::fs::File`"),
            (
                "use std::time::{Duration, SystemTime};",
                "`plan` is core and may not use `std::time::SystemTime`",
            ),
            ("fn f() { let t = Timestamp::now(); }", "`plan` is core and may not use `Timestamp::now`"),
            ("async fn f() { tokio::spawn(g()).await }", "`plan` is core and may not use `tokio::spawn`"),
            ("use std::time::*;", "`plan` is core and may not use `std::time::*`"),
            ("fn f() { println!(\"x\") }", "`plan` may not print with `println!`"),
            ("fn f() { format!(\"{}\", crate::ad::x(1)) }", "`plan` may not import `crate::ad::x`"),
            (
                "macro_rules! m { () => { ::std::fs::read(x) } }",
                "`plan` is core and may not use `std::fs::read`",
            ),
            ("fn f() { vec![g(|| std::eprint!(\"x\"))] }", "`plan` may not print with `eprint!`"),
            ("#[derive(Debug, clap::Args)] struct S;", "`plan` may not use `clap::Args`"),
            ("#[cfg(not(test))] use crate::ad;", "`plan` may not import `crate::ad`"),
        ];
        for (text, expected) in planted {
            let found = violations(text, &["plan", "diff"]);
            assert!(found.iter().any(|one| one.starts_with(expected)), "{text}\n{found:?}");
        }
    }

    #[test]
    fn lets_what_is_allowed_pass() {
        let text = r##"
            //! See [`crate::ad`].
            use std::collections::BTreeMap;
            use crate::desired::{self, Snapshot};
            use super::{Change, order::{self as sequence, Step}};
            /* crate::ad /* nested */ reqwest::get */
            fn f<'a>(x: &'a str) -> char { let _ = "crate::ad \" println!"; let _ = r#"kdl::x " "#; '"' }
            fn g() -> Change { crate::model::Dn::new('\'', b'"', "\\"); sha2::Sha256::digest(x) }
            fn h<'a>(x: &'a str) -> impl Iterator<Item = char> + use<'a> { x.chars(); }
            #[cfg(test)]
            mod tests { use crate::ad::ldif; fn f() { println!("{}", std::fs::read("x")) } }
            #[cfg(test)]
            use crate::sandbox;
            #[cfg_attr(test, derive(reqwest::Nothing))]
            struct S;
        "##;
        assert_eq!(violations(text, &["plan", "diff"]), Vec::<String>::new());
        assert_eq!(violations("use axum::Router;", &["sandbox"]), Vec::<String>::new());
        assert_eq!(violations("use adjunct::cli;", &["main"]), Vec::<String>::new());
    }

    #[test]
    fn catches_a_module_without_a_rule() {
        assert_eq!(
            violations("", &["extra"]),
            ["module `extra` is not in the table of tests/architecture.rs"]
        );
    }

    #[test]
    fn holds_main_to_the_command_line() {
        let found = violations("use adjunct::plan::Plan;", &["main"]);
        assert_eq!(found, ["`main` may not import `crate::plan::Plan`"]);
    }
}
